//! What a person does to a run: cancel, kill a worker, open a gate, shut down, now or as planned.
//!
//! A planned act is anchored to an event ("20 ms after `d` was taken") or to an instant. The engine
//! watches its own log for the anchors and asks for a timer when one comes; one that never comes is
//! reported at the end.

use crate::engine::core::{Core, Life, Place};
use crate::engine::event::{Act, ActResult, Agent, BlockedOn, Event};
use crate::engine::future::FutureState;
use crate::engine::io::{Answer, Effect, Timer};
use crate::engine::{Closed, Engine, Pool};
use crate::scenario::When;
use crate::units::{CallId, FutureId, TaskId, WorkerId};

impl Core {
    /// Sorts the planned interventions into those with a time and those that wait for an event.
    pub fn plan_interventions(&mut self) {
        for index in 0..self.plan.interventions.len() {
            let place = u32::try_from(index).expect("interventions are limited");
            match self.plan.interventions[index].when {
                When::At(at) => {
                    self.armed.insert(place);
                    let timer = Timer::Intervention(place);
                    self.effects.push(Effect::SetTimer { timer, at });
                }
                When::After { .. } => {
                    self.unmet.insert(place);
                }
            }
        }
    }

    /// Sets the timers of the interventions that the record just written is the anchor of.
    pub fn arm_interventions(&mut self) {
        let Some(record) = self.log.last_record() else {
            return;
        };
        let mut met = Vec::new();
        for place in &self.unmet {
            let When::After { kind, task, plus } = self.plan.interventions[*place as usize].when
            else {
                continue;
            };
            if let Some(future) = kind.subject(&record.event)
                && self.is_of(future, task, &record.event)
            {
                met.push((*place, self.now + plus));
            }
        }
        for (place, at) in met {
            self.unmet.remove(&place);
            self.armed.insert(place);
            self.effects.push(Effect::SetTimer { timer: Timer::Intervention(place), at });
        }
    }

    /// Whether a future carries this task.
    fn is_of(&self, future: FutureId, task: TaskId, event: &Event) -> bool {
        match event {
            // Its call is not in the table yet.
            Event::Submitted { work, .. } => work.carries(task),
            _ => self.calls[future.index()].work.carries(task),
        }
    }

    /// Reports the interventions whose event never came, and those whose time the program did not live
    /// to see.
    pub fn miss_interventions(&mut self) {
        let mut missed = std::mem::take(&mut self.unmet);
        missed.append(&mut self.armed);
        for place in missed {
            let act = self.plan.interventions[place as usize].act.clone();
            let result = ActResult::NeverCame;
            self.record(Event::Intervened { plan: Some(place), act, result });
        }
    }

    /// The futures of a task, in the order of their submits.
    fn futures_of(&self, task: TaskId) -> Vec<FutureId> {
        let carries = |index: &usize| self.calls[*index].work.carries(task);
        (0..self.calls.len()).filter(carries).map(FutureId::at).collect()
    }

    /// Cancels a task's last future; of a map node, every call that can be. Whether any could. One
    /// that the program has in its hands goes before those that are hidden in a `map`, as `c.cancel()`
    /// means the `c` of `c = executor.submit(...)`.
    fn cancel_task(&mut self, task: TaskId) -> bool {
        let mut futures = self.futures_of(task);
        let at_hand = |future: &FutureId| self.calls[future.index()].iterator.is_none();
        if futures.iter().any(at_hand) {
            futures.retain(at_hand);
        }
        // A person may name a task that there is not.
        let is_map_node =
            self.plan.tasks.get(task.index()).is_some_and(|task| task.items.is_some());
        let most = if is_map_node { futures.len() } else { 1 };
        let mut any = false;
        for future in futures.split_off(futures.len().saturating_sub(most)) {
            let pending = self.futures.state(future) == FutureState::Pending;
            any |= pending && self.cancel(Agent::Person, future);
        }
        any
    }

    fn worker_of(&self, task: TaskId) -> Option<WorkerId> {
        let future = *self.futures_of(task).last()?;
        match self.calls[future.index()].place {
            Place::With(worker) | Place::BlockedIn(worker, _) => Some(worker),
            Place::Waiting
            | Place::InCallQueue
            | Place::ResultOnItsWay
            | Place::Gone
            | Place::Lost => None,
        }
    }

    fn kill(&mut self, worker: Option<WorkerId>) -> bool {
        let lives = |worker: &WorkerId| {
            self.workers.get(worker.index()).is_some_and(|cell| cell.life != Life::Gone)
        };
        match worker.filter(lives) {
            Some(worker) => {
                self.kill_worker(worker);
                true
            }
            None => false,
        }
    }
}

impl Engine {
    /// Whether this agent's task waits at its gate, which only a person can open.
    pub fn waits_at_gate(&self, agent: Agent) -> bool {
        let blocked = self.core.blocked.get(&agent);
        blocked.is_some_and(|blocked| matches!(blocked.on, BlockedOn::Gate(_)))
    }

    /// Does what a person wants done, now.
    pub(super) fn act(&mut self, plan: Option<u32>, act: Act) -> Answer {
        self.core.hung = false;
        let done = match &act {
            Act::Cancel(_) if !self.core.plan.kind().has_futures() => false,
            Act::Cancel(task) => self.core.cancel_task(*task),
            Act::KillWorkerOf(task) => {
                let worker = self.core.worker_of(*task);
                self.kill(worker)
            }
            Act::KillWorker(worker) => self.kill(Some(*worker)),
            Act::Open(task) => {
                self.core.open_gate(*task);
                true
            }
            // What a person would call there is `terminate`.
            Act::Shutdown { .. } if !self.core.plan.kind().has_futures() => {
                self.terminate(Agent::Person, false);
                true
            }
            Act::Shutdown { cancel_futures } => {
                let by = Agent::Person;
                let (wait, cancel_futures) = (false, *cancel_futures);
                let leaves_block = false;
                self.core.record(Event::ShutdownAsked { by, wait, cancel_futures, leaves_block });
                while self.close(by, wait, cancel_futures) == Closed::Again {}
                self.core.record(Event::ShutdownReturned { by });
                true
            }
        };
        let result = if done { ActResult::Done } else { ActResult::Refused };
        self.core.record(Event::Intervened { plan, act, result });
        Answer::Nothing
    }

    fn kill(&mut self, worker: Option<WorkerId>) -> bool {
        match &self.pool {
            Pool::Threads(_) => false,
            Pool::Processes(_) | Pool::Mp(_) => self.core.kill(worker),
        }
    }
}

/// A call's number is its future's.
impl From<CallId> for FutureId {
    fn from(call: CallId) -> Self {
        Self(call.0)
    }
}
