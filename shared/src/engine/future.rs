//! A future: its five states, the only ways from one to another, and who waits for it.
//!
//! ```text
//!            submit
//!              ▼
//!           PENDING ──────────────▶ RUNNING
//!            │   └──────────────┐      │
//!     cancel ▼                  ▼      ▼
//!        CANCELLED              FINISHED
//!            │
//!            ▼  a worker or the manager reaches it
//!   CANCELLED_AND_NOTIFIED
//! ```
//!
//! Nothing leaves `FINISHED` or `CANCELLED_AND_NOTIFIED`, and nothing running can be cancelled
//! (python-semantics §1.2, rules 2–9).

use serde::{Deserialize, Serialize};

use crate::engine::event::{Agent, Record};
use crate::outcome::Outcome;
use crate::units::{CallId, CallbackId, FutureId, IteratorId};

/// The states of Python's future, by Python's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FutureState {
    /// Nobody has taken it on yet.
    Pending,
    /// A worker has it, or, in a process pool, it is on its way to one.
    Running,
    /// It was cancelled, but `wait` and `as_completed` have not heard of it.
    Cancelled,
    /// It was cancelled, and they have.
    CancelledAndNotified,
    /// It has a value or an exception.
    Finished,
}

impl FutureState {
    /// Every state, in the order of a life.
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::Running, Self::Cancelled, Self::CancelledAndNotified, Self::Finished];

    /// Whether a future may go from this state to that one.
    pub fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Pending, Self::Running | Self::Cancelled | Self::Finished)
                | (Self::Running, Self::Finished)
                | (Self::Cancelled, Self::CancelledAndNotified)
        )
    }

    /// `future.done()` (rule 8).
    pub fn done(self) -> bool {
        matches!(self, Self::Cancelled | Self::CancelledAndNotified | Self::Finished)
    }

    /// `future.running()` (rule 9).
    pub fn running(self) -> bool {
        self == Self::Running
    }

    /// `future.cancelled()` (rule 7).
    pub fn cancelled(self) -> bool {
        matches!(self, Self::Cancelled | Self::CancelledAndNotified)
    }

    /// Whether `wait` and `as_completed` count it as done: not when it is merely `CANCELLED`
    /// (rule 121).
    pub fn settled(self) -> bool {
        matches!(self, Self::CancelledAndNotified | Self::Finished)
    }
}

/// A change that no future can make: our own fault, with the future's story.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("future {future} cannot go from {from:?} to {to:?}; its story: {story:#?}")]
pub struct InvalidTransition {
    /// The future.
    pub future: FutureId,
    /// Its state.
    pub from: FutureState,
    /// What it should have become.
    pub to: FutureState,
    /// What is still remembered of the log about it.
    pub story: Vec<Record>,
}

/// Somebody who is told when a future settles, as Python's `_waiters` are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Waiter {
    /// This agent is in `wait(...)`.
    Wait(Agent),
    /// This iterator is of `as_completed`.
    Completed(IteratorId),
}

/// One future.
#[derive(Debug, Clone, Hash)]
pub struct FutureCell {
    /// Its state.
    pub state: FutureState,
    /// Its value or exception: there exactly in `Finished`.
    pub outcome: Option<Outcome>,
    /// Its call.
    pub call: CallId,
    /// Callbacks that have not been asked to run, in order of registration; empty once it is done.
    pub callbacks: Vec<CallbackId>,
    /// Who is told when it settles; empty once it has.
    pub waiters: Vec<Waiter>,
}

/// All futures of a run, by [`FutureId`].
#[derive(Debug, Clone, Default, Hash)]
pub struct Futures {
    cells: Vec<FutureCell>,
}

impl Futures {
    /// A new `PENDING` future of this call.
    pub fn submit(&mut self, call: CallId) -> FutureId {
        let id = FutureId::at(self.cells.len());
        self.cells.push(FutureCell {
            state: FutureState::Pending,
            outcome: None,
            call,
            callbacks: Vec::new(),
            waiters: Vec::new(),
        });
        id
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// One of them.
    pub fn get(&self, future: FutureId) -> &FutureCell {
        &self.cells[future.index()]
    }

    /// One of them, to change anything but its state.
    pub fn get_mut(&mut self, future: FutureId) -> &mut FutureCell {
        &mut self.cells[future.index()]
    }

    /// The state of one of them.
    pub fn state(&self, future: FutureId) -> FutureState {
        self.get(future).state
    }

    /// Changes a future's state: the only place where one changes.
    ///
    /// # Errors
    /// The state that it had, if it cannot become `next`.
    pub fn transition(&mut self, future: FutureId, next: FutureState) -> Result<(), FutureState> {
        let cell = self.get_mut(future);
        if !cell.state.may_become(next) {
            return Err(cell.state);
        }
        cell.state = next;
        Ok(())
    }

    /// All of them with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FutureId, &FutureCell)> {
        self.cells.iter().enumerate().map(|(index, cell)| (FutureId::at(index), cell))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FutureState::{Cancelled, CancelledAndNotified, Finished, Pending, Running};

    #[test]
    fn rule_2_exactly_five_transitions_are_legal() {
        let legal: Vec<_> = FutureState::ALL
            .into_iter()
            .flat_map(|from| FutureState::ALL.into_iter().map(move |to| (from, to)))
            .filter(|(from, to)| from.may_become(*to))
            .collect();
        let expected = [
            (Pending, Running),
            (Pending, Cancelled),
            (Pending, Finished),
            (Running, Finished),
            (Cancelled, CancelledAndNotified),
        ];
        assert_eq!(legal, expected);
    }

    #[test]
    fn rules_7_8_9_what_each_state_says_of_itself() {
        let says = |state: FutureState| (state.done(), state.running(), state.cancelled());
        assert_eq!(says(Pending), (false, false, false));
        assert_eq!(says(Running), (false, true, false));
        assert_eq!(says(Cancelled), (true, false, true));
        assert_eq!(says(CancelledAndNotified), (true, false, true));
        assert_eq!(says(Finished), (true, false, false));
    }

    #[test]
    fn rule_121_a_merely_cancelled_future_has_not_settled() {
        let settled: Vec<_> = FutureState::ALL.into_iter().filter(|s| s.settled()).collect();
        assert_eq!(settled, [CancelledAndNotified, Finished]);
    }

    #[test]
    fn rules_18_19_20_what_is_done_or_cancelled_takes_no_outcome_and_nothing_changes() {
        for (way, last) in [
            (&[Finished][..], Finished),
            (&[Running, Finished], Finished),
            (&[Cancelled], Cancelled),
            (&[Cancelled, CancelledAndNotified], CancelledAndNotified),
        ] {
            let mut futures = Futures::default();
            let future = futures.submit(CallId(0));
            for next in way {
                futures.transition(future, *next).unwrap();
            }
            assert_eq!(futures.transition(future, Finished), Err(last));
            assert_eq!(futures.state(future), last);
        }
    }

    #[test]
    fn rule_22_only_a_pending_future_becomes_running_and_only_a_cancelled_one_notified() {
        for next in [Running, CancelledAndNotified] {
            let may = |from: &FutureState| from.may_become(next);
            let from: Vec<_> = FutureState::ALL.into_iter().filter(may).collect();
            assert_eq!(from, [if next == Running { Pending } else { Cancelled }]);
        }
        let mut futures = Futures::default();
        let future = futures.submit(CallId(0));
        futures.transition(future, Finished).unwrap();
        assert_eq!(futures.transition(future, Running), Err(Finished));
        assert_eq!(futures.state(future), Finished);
    }
}
