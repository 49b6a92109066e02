//! What things cost in virtual time. The simulator charges from here, and never measures.

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
        unit_ps: 71_000,
    };

    /// The time that this many units take.
    pub fn compute(&self, units: u64) -> Span {
        Span(units.saturating_mul(self.unit_ps) / 1_000)
    }
}
