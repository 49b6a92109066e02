//! `ThreadPoolExecutor`: one unbounded queue, threads that appear as they are needed.
//!
//! ```text
//!              ┌────────── work queue (FIFO) ──────────┐
//!  submit ───▶ │ c5  c4(cancelled)  c3                 │ ───▶ worker: ask ─▶ run ─▶ set_result ─▶ callbacks
//!              └───────────────────────────────────────┘        ▲                                   │
//!                                                               └───────────────────────────────────┘
//! ```
//!
//! A submit first tries to take an **idle token**; only without one, and below `max_workers`, does it
//! create a thread. A thread releases a token when it finds the queue empty, just before it sleeps
//! (Python 3.11: after every call). The token is a heuristic of CPython's, not a count of idle threads:
//! a call can be queued while a thread is about to report idle (§2.2).
//!
//! A cancelled call stays in the queue until a thread reaches it (rule 36).

use crate::engine::Closed;
use crate::engine::core::{Core, Life, Place};
use crate::engine::event::{Agent, Event};
use crate::engine::future::FutureState;
use crate::engine::io::{Answer, Effect};
use crate::outcome::{Outcome, Raised};
use crate::scenario::{ExecutorKind, Python};
use crate::units::{CallId, FutureId, WorkerId};
use std::collections::{BTreeSet, VecDeque};

/// The state of a thread pool, next to what [`Core`] holds for every pool.
#[derive(Debug, Clone, Default, Hash)]
pub struct ThreadPool {
    /// Calls that no thread has reached, in order of submission; cancelled ones included.
    queue: VecDeque<CallId>,
    /// Idle tokens that no submit has taken.
    tokens: u32,
    /// `shutdown` was called: no more submits.
    pub closed: bool,
    /// Whose `shutdown(cancel_futures=True)` is emptying the queue, between two of its steps.
    pub draining: BTreeSet<Agent>,
    /// The `None` behind the last call is in the queue: whoever reaches it ends.
    told_to_end: bool,
    /// What `submit` raises since an initializer failed.
    pub broken: Option<Raised>,
}

impl ThreadPool {
    /// Whether a worker that asked now would not be told to sleep.
    pub fn has_work(&self) -> bool {
        !self.queue.is_empty() || self.told_to_end
    }

    /// The call that this thread would pop if it looked now.
    pub fn would_take(&self, core: &Core, worker: WorkerId) -> Option<CallId> {
        match core.workers[worker.index()].life {
            Life::Holding(_) | Life::Draining => None,
            _ => self.queue.front().copied(),
        }
    }

    /// Queues a call, and creates a thread if there is neither an idle token nor the full number.
    pub fn submit(&mut self, core: &mut Core, call: CallId) {
        self.queue.push_back(call);
        if core.any_asleep() {
            core.effects.push(Effect::WakeAnyWorker);
        }
        if self.tokens > 0 {
            self.tokens -= 1;
        } else if core.workers.len() < core.plan.max_workers() as usize {
            // The count is of threads ever created: one that died is not replaced (V-11).
            core.spawn();
        }
    }

    /// A thread looks at the queue.
    pub fn ask(&mut self, core: &mut Core, worker: WorkerId) -> Answer {
        match core.workers[worker.index()].life {
            Life::Holding(call) => return run_or_skip(core, worker, call),
            Life::Draining => return self.drain(core, worker),
            _ => {}
        }
        let cell = &mut core.workers[worker.index()];
        let was_asleep = cell.life == Life::Asleep;
        assert!(
            was_asleep || cell.life == Life::Active,
            "worker {worker} asks while it is {:?}",
            cell.life
        );
        if std::mem::take(&mut cell.owes_token) {
            self.tokens += 1;
        }
        if let Some(answer) = self.next_call(core, worker) {
            return answer;
        }
        if was_asleep {
            return Answer::Sleep;
        }
        if core.plan.scenario.python == Python::V3_11 {
            // 3.11 goes straight to the blocking get: its token was released after the last call.
            return fall_asleep(core, worker);
        }
        Answer::Empty
    }

    /// A thread's initializer raised: nothing will be computed any more but what already is (rules 40
    /// and 41). The thread fails what is queued, and ends.
    pub fn initializer_failed(&mut self, core: &mut Core, worker: WorkerId) {
        let raised = Raised::broken_threads(match core.plan.kind() {
            ExecutorKind::Interpreters => "BrokenInterpreterPool",
            _ => "BrokenThreadPool",
        });
        core.record(Event::ExecutorBroken { raised: raised.clone() });
        self.broken = Some(raised);
        core.life(worker, &[Life::Active], Life::Draining);
    }

    /// One step of that: one future fails. A cancelled one stays as it is.
    fn drain(&mut self, core: &mut Core, worker: WorkerId) -> Answer {
        let Some(call) = self.queue.pop_front() else {
            core.life(worker, &[Life::Draining], Life::Ending);
            return Answer::Exit;
        };
        core.calls[call.index()].place = Place::Gone;
        let future = FutureId::from(call);
        if core.futures.state(future) == FutureState::Pending {
            let raised = self.broken.clone().expect("who drains has broken the pool");
            core.finish(Agent::Worker(worker), future, Outcome::Raised(raised));
        }
        Answer::Again
    }

    /// A thread that found the queue empty releases a token and sleeps, unless something came since.
    pub fn idle(&mut self, core: &mut Core, worker: WorkerId) -> Answer {
        assert!(
            core.workers[worker.index()].life == Life::Active,
            "only an active thread goes idle"
        );
        self.tokens += 1;
        match self.next_call(core, worker) {
            Some(answer) => answer,
            None => fall_asleep(core, worker),
        }
    }

    /// The head of the queue, one pop at a time: between two pops others can run.
    fn next_call(&mut self, core: &mut Core, worker: WorkerId) -> Option<Answer> {
        if let Some(call) = self.queue.pop_front() {
            core.workers[worker.index()].owes_token = core.plan.scenario.python == Python::V3_11;
            if core.fine {
                // `get` and `set_running_or_notify_cancel` are two steps: between them `cancel` still
                // succeeds, and a `shutdown` that empties the queue does not see this call any more.
                core.workers[worker.index()].life = Life::Holding(call);
                return Some(Answer::Again);
            }
            return Some(run_or_skip(core, worker, call));
        }
        if self.told_to_end {
            core.workers[worker.index()].life = Life::Ending;
            return Some(Answer::Exit);
        }
        None
    }

    /// `shutdown`, up to the join. With `cancel_futures` each call cancels one future.
    pub fn close(&mut self, core: &mut Core, by: Agent, cancel_futures: bool) -> Closed {
        self.closed = true;
        if cancel_futures && let Some(call) = self.queue.pop_front() {
            // What is taken off the queue here, no thread will ever reach: these futures stay
            // CANCELLED and are never notified (rules 46 and 122).
            core.calls[call.index()].place = Place::Gone;
            core.cancel(by, FutureId(call.0));
            self.draining.insert(by);
            return Closed::Again;
        }
        self.draining.remove(&by);
        self.exit(core);
        Closed::Joins
    }

    /// The interpreter exits: everything queued is still executed, and then the threads end.
    pub fn exit(&mut self, core: &mut Core) {
        if !self.told_to_end {
            self.told_to_end = true;
            core.wake_sleepers();
        }
    }

    /// For the invariants: the calls in the queue.
    pub fn queued(&self) -> impl Iterator<Item = CallId> + '_ {
        self.queue.iter().copied()
    }
}

/// A thread has popped this call: it runs it, or, if it was cancelled, asks again.
fn run_or_skip(core: &mut Core, worker: WorkerId, call: CallId) -> Answer {
    core.log.cause = core.calls[call.index()].since;
    if core.set_running_or_notify(FutureId(call.0)) {
        return core.take(worker, call);
    }
    core.calls[call.index()].place = Place::Gone;
    core.workers[worker.index()].life = Life::Active;
    Answer::Again
}

fn fall_asleep(core: &mut Core, worker: WorkerId) -> Answer {
    core.workers[worker.index()].life = Life::Asleep;
    core.record(Event::WorkerIdle { worker });
    Answer::Sleep
}
