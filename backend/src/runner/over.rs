//! The end of the run, as seen by whoever is not at the engine at that moment.
//!
//! A run ends under the engine's lock (see `run.rs`), and everybody who waits there is woken. A body
//! that sleeps or computes is elsewhere; it looks here, so that after the end nobody is left behind.

use std::sync::atomic::{AtomicBool, Ordering};

use shared::function::{Stop, Unwind};
use shared::units::Span;

use super::clock::Clock;
use super::sync::{self, Condvar, Mutex};

/// The run is over: whatever you do, stop doing it and return.
///
/// Every step of a lane hands this on with `?`, and so each thread unwinds to its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Over;

impl From<Over> for Unwind {
    fn from(_: Over) -> Self {
        Self::Stop(Stop::Exited)
    }
}

/// A switch that is thrown once.
#[derive(Debug, Default)]
pub struct EndSignal {
    /// For those who look between two slices of work and do not want to lock.
    thrown: AtomicBool,
    /// The same, for those who sleep.
    asleep: Mutex<bool>,
    bell: Condvar,
}

impl EndSignal {
    /// Throws it and wakes who sleeps.
    pub fn throw(&self) {
        self.thrown.store(true, Ordering::Release);
        *sync::unpoisoned(self.asleep.lock()) = true;
        self.bell.notify_all();
    }

    /// # Errors
    /// [`Over`] if it was thrown.
    pub fn check(&self) -> Result<(), Over> {
        if self.thrown.load(Ordering::Acquire) { Err(Over) } else { Ok(()) }
    }

    /// Sleeps for `span`.
    ///
    /// # Errors
    /// [`Over`] as soon as it is thrown.
    pub fn sleep(&self, clock: &Clock, span: Span) -> Result<(), Over> {
        let until = clock.now() + span;
        let mut thrown = sync::unpoisoned(self.asleep.lock());
        loop {
            if *thrown {
                return Err(Over);
            }
            let left = until.since(clock.now());
            if left == Span::ZERO {
                return Ok(());
            }
            let woken = sync::wait_at_most(&self.asleep, &self.bell, thrown, clock, left);
            thrown = sync::unpoisoned(woken);
        }
    }
}
