//! What things cost in virtual time. The simulator charges from here, and never measures.

use crate::scenario::ExecutorKind;
use crate::units::Span;

/// The costs of a simulated machine. It has a core for each that computes at once; how many threads
/// may do so is the GIL's to say (`gil.rs`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Costs {
    /// From asking for a thread to its first step.
    pub start_thread: Span,
    /// From asking for a process to its first step.
    pub start_process: Span,
    /// From a call's end until its worker asks for the next.
    pub between_calls: Span,
    /// What goes before each call that main submits.
    pub submit: Span,
    /// What goes before each item's body.
    pub item: Span,
    /// One unit of a body's work: one trial division, say. In picoseconds, because a unit is short.
    pub unit_ps: u64,
}

impl Costs {
    /// Only work costs time; everything that the pool itself does is free.
    ///
    /// So whatever may happen "at once" in any order really is tied, and the seed decides: all that
    /// nature could do within an instant can come out. A unit is what CPython 3.11 took for one trial
    /// division of seed 002's `factors` (4.3e7 of them in 3.07 s).
    pub const IDEAL: Self = Self {
        start_thread: Span::ZERO,
        start_process: Span::ZERO,
        between_calls: Span::ZERO,
        submit: Span::ZERO,
        item: Span::ZERO,
        unit_ps: 71_000,
    };

    /// What `CPython` 3.11 takes for a call and an item, for a picture of what it would take in all.
    ///
    /// Measured on two cores with 40,000 calls of a function that does nothing: 0.73 s in threads, 5.9 s
    /// in a `ProcessPoolExecutor`, 1.4 s in a `Pool`; the last two with chunks of 1,000 in 0.05 s, most
    /// of which is starting and ending. All of a process pool's call is charged to main, the slowest
    /// in the chain, and all of a thread's to its worker, where it has the GIL.
    pub fn cpython(kind: ExecutorKind) -> Self {
        let (start, submit, item) = match kind {
            ExecutorKind::Threads | ExecutorKind::Interpreters => (60_000, 0, 18_300),
            ExecutorKind::Processes => (30_000_000, 147_000, 600),
            ExecutorKind::Pool => (35_000_000, 35_000, 300),
        };
        let [start, submit, item] = [start, submit, item].map(Span);
        Self { start_thread: start, start_process: start, submit, item, ..Self::IDEAL }
    }

    /// The time that this many units take.
    pub fn compute(&self, units: u64) -> Span {
        Span(units.saturating_mul(self.unit_ps) / 1_000)
    }
}
