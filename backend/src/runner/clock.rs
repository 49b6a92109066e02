//! The run's clock: nanoseconds since the run began, in whole microseconds. What is shorter is shorter
//! than to look at the clock twice, and a log travels in a link with its times as they are.
//!
//! It is `CLOCK_MONOTONIC`, which every process of a machine reads alike: a worker process that is
//! told the zero writes times that can be laid beside the runner's. Under shuttle it is a counter that
//! every look moves on.

use shared::units::Instant;

/// Reads the time of one run.
#[cfg(not(feature = "shuttle"))]
#[derive(Debug, Clone)]
pub struct Clock {
    /// What the machine's clock said when the run began.
    zero: u64,
}

#[cfg(not(feature = "shuttle"))]
impl Clock {
    /// A clock for a run that begins now.
    pub fn start() -> Self {
        Self::since(machine())
    }

    /// The clock of a run that began when the machine's clock said `zero` nanoseconds.
    pub fn since(zero: u64) -> Self {
        Self { zero }
    }

    /// What to tell another process, for its [`Clock::since`].
    pub fn zero(&self) -> u64 {
        self.zero
    }

    /// The time of the run.
    pub fn now(&self) -> Instant {
        Instant(machine().saturating_sub(self.zero)).floor_to_micros()
    }
}

#[cfg(not(feature = "shuttle"))]
fn machine() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    // Neither is ever negative: the clock counts from the machine's start.
    time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs()
}

/// Counts looks.
#[cfg(feature = "shuttle")]
#[derive(Debug, Clone, Default)]
pub struct Clock {
    // Std's and not shuttle's: the order of looks is given by the lock, and is no choice to explore.
    looks: std::sync::Arc<std::sync::atomic::AtomicU64>,
}

#[cfg(feature = "shuttle")]
impl Clock {
    /// A clock for a run that begins now.
    pub fn start() -> Self {
        Self::default()
    }

    /// There are no processes under shuttle, hence nobody to agree with on a zero.
    pub fn since(_: u64) -> Self {
        Self::default()
    }

    /// See [`Clock::since`].
    #[allow(clippy::unused_self)] // std's variant needs it
    pub fn zero(&self) -> u64 {
        0
    }

    /// The time of the run, later at each look.
    pub fn now(&self) -> Instant {
        let before = self.looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Instant(before + 1)
    }

    /// Lets time pass.
    pub fn pass(&self, span: shared::units::Span) {
        self.looks.fetch_add(span.0, std::sync::atomic::Ordering::Relaxed);
    }
}
