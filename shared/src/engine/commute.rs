//! Which steps could as well come a little later or earlier, for a search that need not try both.
//!
//! Two agents' steps *commute* when either order leads to the same state, and nobody can tell them
//! apart afterwards but by the log's times. A search that takes such a step at once, without trying
//! the others first, still finds every outcome (partial-order reduction). When in doubt a step does
//! not commute: that costs the search time, never truth.

use std::hash::{Hash, Hasher};

use crate::engine::core::{Life, Place};
use crate::engine::event::{Agent, BlockedOn};
use crate::engine::io::Command;
use crate::engine::iterators::ResultIterator;
use crate::engine::{Engine, Pool};
use crate::outcome::Outcome;
use crate::units::{FutureId, WorkerId};

impl Engine {
    /// Whether this command of an agent commutes with whatever others may do meanwhile.
    pub fn commutes(&self, command: &Command) -> bool {
        match command {
            // What a future has come to never changes, and to wait for it changes nobody else.
            Command::Result { timeout: None, .. } | Command::Exception { timeout: None, .. } => {
                true
            }
            Command::OpenCompleted { .. }
            | Command::Print { .. }
            | Command::Skip { .. }
            | Command::CallDirectly { .. }
            | Command::WaitAllTasks
            | Command::SetAllTasks
            | Command::PassGate { .. } => true,
            // The order of completion is fixed when futures complete, not when they are yielded; only
            // the first `next` looks at what is done already.
            Command::Next { iterator, .. } => match &self.core.iterators[iterator.index()] {
                ResultIterator::Completed(completed) => completed.is_under_way(),
                ResultIterator::Map(map) => {
                    map.delivers_only() && map.next().is_none_or(|next| !self.may_raise(next))
                }
                ResultIterator::Job(_) | ResultIterator::Imap(_) => false,
            },
            Command::OpenJob { .. }
            | Command::SealJob { .. }
            | Command::GetJob { .. }
            | Command::Ready { .. }
            | Command::Successful { .. }
            | Command::OpenImap { .. }
            | Command::NextWithin { .. }
            | Command::StopWorkers { .. }
            | Command::ClosePool
            | Command::TerminatePool
            | Command::JoinPool
            | Command::Repr { .. }
            | Command::Submit { .. }
            | Command::AddCallback { .. }
            | Command::Result { .. }
            | Command::Exception { .. }
            | Command::Wait { .. }
            | Command::OpenMap { .. }
            | Command::CloseIterator { .. }
            | Command::Cancel { .. }
            | Command::Done { .. }
            | Command::Running { .. }
            | Command::Cancelled { .. }
            | Command::Shutdown { .. }
            | Command::Leave
            | Command::End { .. }
            | Command::Sleep { .. }
            | Command::HardExit { .. }
            | Command::Act { .. } => false,
        }
    }

    /// Whether what this woken agent does when it runs commutes with whatever others may do before.
    pub fn wake_commutes(&self, agent: Agent) -> bool {
        let Some(blocked) = self.core.blocked.get(&agent) else { return false };
        if blocked.deadline.is_some() && !matches!(blocked.on, BlockedOn::Sleep(_)) {
            return false;
        }
        match blocked.on {
            BlockedOn::Result(_)
            | BlockedOn::CompletedNext(_)
            | BlockedOn::Sleep(_)
            | BlockedOn::AllTasks
            | BlockedOn::Gate(_)
            | BlockedOn::Shutdown
            | BlockedOn::Exit
            | BlockedOn::Job(_)
            | BlockedOn::Join
            | BlockedOn::Terminate => true,
            BlockedOn::MapNext(future) => !self.may_raise(future),
            // Its sets are computed when it runs.
            BlockedOn::Wait(_) | BlockedOn::OwnProcess | BlockedOn::ImapNext(_) => false,
        }
    }

    /// A `map` that raises cancels others, and when it does so matters.
    fn may_raise(&self, future: FutureId) -> bool {
        !matches!(self.core.futures.get(future).outcome, Some(Outcome::Returned(_)))
    }

    /// Whether this worker's asking would do nothing but put it to sleep, and commutes with what
    /// gives it work: a worker process gets its call a moment later all the same.
    pub fn ask_commutes(&self, worker: WorkerId) -> bool {
        match &self.pool {
            Pool::Threads(_) => false,
            Pool::Processes(pool) => {
                self.core.workers[worker.index()].life == Life::Active && !pool.has_work()
            }
            Pool::Mp(pool) => {
                self.core.workers[worker.index()].life == Life::Active && !pool.has_work()
            }
        }
    }

    /// All that the engine knows about one worker, but for its number.
    pub fn hash_worker(&self, worker: WorkerId, state: &mut impl Hasher) {
        let agent = Agent::Worker(worker);
        let core = &self.core;
        core.workers[worker.index()].hash(state);
        core.blocked.get(&agent).hash(state);
        core.woken.contains_key(&agent).hash(state);
        core.callbacks.get(&agent).hash(state);
    }

    /// All that the engine knows, but for what [`Engine::hash_worker`] covers and what was logged.
    ///
    /// Workers are alike: two states that differ only in which of them is which lead to the same.
    pub fn hash_rest(&self, state: &mut impl Hasher) {
        let core = &self.core;
        let not_worker = |agent: &Agent| !matches!(agent, Agent::Worker(_));
        (&core.futures, &core.iterators, core.all_tasks, &core.open_gates).hash(state);
        core.returning.hash(state);
        (&core.unmet, &core.armed, core.hung, core.over, core.exiting).hash(state);
        core.ended_with.hash(state);
        for call in &core.calls {
            (&call.work, &call.inputs).hash(state);
            match call.place {
                Place::With(_) => 0.hash(state),
                Place::BlockedIn(_, on) => on.hash(state),
                other => other.hash(state),
            }
        }
        for (agent, blocked) in core.blocked.iter().filter(|(agent, _)| not_worker(agent)) {
            (agent, blocked).hash(state);
        }
        for agent in core.woken.keys().filter(|agent| not_worker(agent)) {
            agent.hash(state);
        }
        for (agent, count) in core.callbacks.iter().filter(|(agent, _)| not_worker(agent)) {
            (agent, count).hash(state);
        }
        self.pool.hash(state);
    }
}
