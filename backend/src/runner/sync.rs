//! The primitives that the runner waits with: std's, or shuttle's under the feature of that name.
//!
//! Everything of the thread driver that locks, waits or starts threads takes it from here, so that
//! `interleavings.rs` can choose the schedule. What belongs to processes and pipes does not:
//! under shuttle there are none.

use shared::units::Span;

use super::clock::Clock;

#[cfg(not(feature = "shuttle"))]
pub use std::sync::{Condvar, Mutex, MutexGuard};
#[cfg(not(feature = "shuttle"))]
pub use std::thread::{Builder, JoinHandle};

#[cfg(feature = "shuttle")]
pub use shuttle::sync::{Condvar, Mutex, MutexGuard};
#[cfg(feature = "shuttle")]
pub use shuttle::thread::{Builder, JoinHandle};

pub use std::sync::{LockResult, PoisonError};

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long somebody who has nothing to do looks out for news before sleeping. To fall asleep and be
/// woken on a core that sleeps takes about as long, and most news of a busy pool comes sooner.
const LOOKS_OUT: Duration = Duration::from_micros(50);

/// A condition variable that counts how often it was rung, for those who look out before they sleep.
#[derive(Debug, Default)]
pub struct Bell {
    pub sleepers: Condvar,
    rings: AtomicU32,
}

impl Bell {
    /// Wakes all who sleep at it.
    pub fn ring(&self) {
        self.rings.fetch_add(1, Ordering::Release);
        self.sleepers.notify_all();
    }

    /// Wakes one of them.
    pub fn ring_one(&self) {
        self.rings.fetch_add(1, Ordering::Release);
        self.sleepers.notify_one();
    }

    /// How often it was rung; begins anew after 2^32 times.
    pub fn rings(&self) -> u32 {
        self.rings.load(Ordering::Acquire)
    }
}

/// Looks out until there is news, for a short while; lets others run meanwhile. Nothing may depend on
/// it: it may come back without news, and late. Under shuttle it is nothing, as time is.
pub fn look_out(mut is_news: impl FnMut() -> bool) {
    if cfg!(feature = "shuttle") {
        return;
    }
    let began = Instant::now();
    while !is_news() && began.elapsed() < LOOKS_OUT {
        std::thread::yield_now();
    }
}

/// The guard, also of a mutex that a panic has poisoned: what it protects is whole at any time, or
/// whoever calls has looked.
pub fn unpoisoned<G>(guard: LockResult<G>) -> G {
    guard.unwrap_or_else(PoisonError::into_inner)
}

/// Waits for the condition variable, at most so long. May come back early, as all waiting here.
#[cfg(not(feature = "shuttle"))]
pub fn wait_at_most<'a, T>(
    _: &'a Mutex<T>,
    bell: &Condvar,
    guard: MutexGuard<'a, T>,
    _: &Clock,
    span: Span,
) -> LockResult<MutexGuard<'a, T>> {
    match bell.wait_timeout(guard, std::time::Duration::from_nanos(span.0)) {
        Ok((guard, _)) => Ok(guard),
        Err(poisoned) => Err(PoisonError::new(poisoned.into_inner().0)),
    }
}

/// As above. Shuttle has no time, and its timed waits never end by themselves: here the clock jumps,
/// others run, and it is as if the time had passed. So a deadline races with what it is for.
#[cfg(feature = "shuttle")]
pub fn wait_at_most<'a, T>(
    mutex: &'a Mutex<T>,
    _: &Condvar,
    guard: MutexGuard<'a, T>,
    clock: &Clock,
    span: Span,
) -> LockResult<MutexGuard<'a, T>> {
    drop(guard);
    clock.pass(span);
    shuttle::thread::yield_now();
    mutex.lock()
}
