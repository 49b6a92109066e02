//! What must always hold, derived again from scratch and compared.
//!
//! On in tests and debug builds: after each input up to 200 futures, after every 1,000th beyond.

use crate::engine::core::{Life, Place};
use crate::engine::future::FutureState;
use crate::engine::{Engine, Pool};
use crate::scenario::Change;
use crate::units::{CallId, FutureId, WorkerId};

/// Up to so many futures everything is checked after each input.
const CHECKED_ALWAYS: usize = 200;
/// Beyond, after each record whose number is a multiple of this.
const CHECKED_EACH: u64 = 1_000;

impl Engine {
    pub(super) fn check_invariants(&self) {
        let few = self.core.futures.len() <= CHECKED_ALWAYS;
        let turn = self.core.log.written().is_multiple_of(CHECKED_EACH);
        if cfg!(debug_assertions) && (few || turn) {
            self.assert_invariants();
        }
    }

    /// Panics if something does not hold that must.
    fn assert_invariants(&self) {
        let core = &self.core;
        assert_eq!(core.calls.len(), core.futures.len(), "one call a future");
        for (future, cell) in core.futures.iter() {
            let finished = cell.state == FutureState::Finished;
            assert_eq!(finished, cell.outcome.is_some(), "future {future}: outcome iff FINISHED");
            assert!(
                !cell.state.done() || cell.callbacks.is_empty(),
                "future {future}: late callback"
            );
            assert!(
                !cell.state.settled() || cell.waiters.is_empty(),
                "future {future}: forgot a waiter"
            );
            assert_eq!(cell.call.0, future.0, "a call and its future have one number");
        }
        for (index, cell) in core.workers.iter().enumerate() {
            if let Life::Busy(call) = cell.life {
                let worker = WorkerId::at(index);
                let place = core.calls[call.index()].place;
                let has = matches!(place, Place::With(w) | Place::BlockedIn(w, _) if w == worker);
                assert!(has, "worker {worker} is busy with call {call}, which is {place:?}");
            }
        }
        for agent in core.woken.keys() {
            use super::Agent::{Feeder, Manager, ResultHandler, TaskHandler, WorkerHandler};
            let own = [Manager, Feeder, TaskHandler, ResultHandler, WorkerHandler];
            let asleep = core.blocked.contains_key(agent) || own.contains(agent);
            assert!(asleep, "{agent:?} was woken, but does not wait");
        }
        match &self.pool {
            Pool::Threads(pool) => self.assert_threads(pool),
            Pool::Processes(pool) => self.assert_processes(pool),
            Pool::Mp(pool) => self.assert_pool(pool),
        }
    }

    fn state_of(&self, call: CallId) -> FutureState {
        self.core.futures.state(FutureId::from(call))
    }

    /// Whether a future's call may still be in a queue.
    fn may_wait(&self, state: FutureState) -> bool {
        let told_at_once = self.core.plan.has(Change::CancelledIsDone);
        match state {
            FutureState::Pending | FutureState::Cancelled => true,
            FutureState::CancelledAndNotified => told_at_once,
            FutureState::Running | FutureState::Finished => false,
        }
    }

    fn assert_threads(&self, pool: &super::ThreadPool) {
        let core = &self.core;
        assert!(core.workers.len() <= core.plan.max_workers() as usize, "too many threads");
        for call in pool.queued() {
            let state = self.state_of(call);
            assert!(self.may_wait(state), "call {call} is queued, but its future is {state:?}");
        }
        // Rule 34: in a thread pool the futures that are RUNNING are exactly those that really run.
        let running = core.futures.iter().filter(|(_, f)| f.state.running()).count();
        let busy = core.workers.iter().filter(|w| matches!(w.life, Life::Busy(_))).count();
        assert_eq!(running, busy, "RUNNING futures and busy threads");
    }

    fn assert_pool(&self, pool: &super::MpPool) {
        for call in pool.pipe() {
            assert_eq!(self.core.calls[call.index()].place, Place::InCallQueue);
        }
        // Rule 177: nobody hears of a state between not ready and ready.
        for (future, cell) in self.core.futures.iter() {
            let known = matches!(cell.state, FutureState::Pending | FutureState::Finished);
            assert!(known, "Pool's future {future} is {:?}", cell.state);
        }
        let live = self.core.live_workers();
        assert!(live <= self.core.plan.max_workers() as usize, "{live} live processes");
    }

    fn assert_processes(&self, pool: &super::ProcessPool) {
        let (call_queue, capacity) = pool.call_queue();
        assert!(call_queue.len() <= capacity, "the call queue holds {}", call_queue.len());
        for call in call_queue {
            assert_eq!(self.core.calls[call.index()].place, Place::InCallQueue);
            assert_eq!(
                self.state_of(*call),
                FutureState::Running,
                "call {call} is in the call queue"
            );
        }
        for call in pool.work_ids() {
            let state = self.state_of(*call);
            assert!(
                self.may_wait(state),
                "call {call} waits for the manager, but its future is {state:?}"
            );
        }
        let live = self.core.live_workers();
        assert!(live <= self.core.plan.max_workers() as usize, "{live} live processes");
    }
}
