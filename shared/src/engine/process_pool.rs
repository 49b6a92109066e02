//! `ProcessPoolExecutor`: a manager thread, a bounded call queue, worker processes.
//!
//! ```text
//!            work ids (FIFO)        the manager          call queue (N + 1)      workers
//!  submit ─▶ │ 9  8  7  6 │ ──▶ moves, only when ──▶ │ 5  4  3 │ ──────────▶ 1  2
//!            PENDING            it is woken            RUNNING                RUNNING, and really so
//!                                    ▲                                           │
//!                                    └────────────── result queue ◀──────────────┘
//! ```
//!
//! A future is `RUNNING` from the moment it enters the call queue, and can then no longer be cancelled
//! (rules 73, 77). The manager refills the queue only when a submit, a result or a shutdown wakes it,
//! never because a worker took a call (rules 75, 76). When a worker dies, every unfinished future
//! fails, and the pool never recovers (rules 82–88).
//!
//! The manager works in steps, one future a step: between two of them the program may run.

use std::collections::VecDeque;

use crate::engine::Closed;
use crate::engine::core::{Core, Life, Place};
use crate::engine::event::{Agent, Event, HowExited};
use crate::engine::future::FutureState;
use crate::engine::io::{Answer, Effect};
use crate::outcome::{Outcome, Raised};
use crate::scenario::{Change, Python, StartMethod};
use crate::units::{CallId, FutureId, WorkerId};
use crate::window::Window;

/// Calls that may sit in the call queue: `max_workers + 1`, as in CPython (rule 74).
///
/// Smaller leaves workers idle between calls; larger makes more futures uncancellable.
pub fn call_queue_capacity(max_workers: u32) -> usize {
    max_workers as usize + 1
}

/// The state of a process pool, next to what [`Core`] holds for every pool.
#[derive(Debug, Clone, Hash)]
pub struct ProcessPool {
    /// Calls whose futures are not over: exactly CPython's `_pending_work_items`.
    pending: Window<()>,
    /// Calls that the manager has not moved yet, in order of submission.
    work_ids: VecDeque<CallId>,
    /// Calls that it moved and no worker took yet; with those of `feeder` at most `capacity`.
    call_queue: VecDeque<CallId>,
    /// Calls that it moved and that cannot be pickled, as the feeder thread will find out.
    feeder: VecDeque<CallId>,
    capacity: usize,
    /// Idle tokens: one for each result that no submit has answered since.
    tokens: u32,
    /// Results that came back from workers and that the manager has not read.
    results: Vec<Read>,
    manager: Manager,
    /// Something woke the manager while it was at work; it will look again before it sleeps.
    wake_up_byte: bool,
    /// The manager has read a result since it last released an idle token.
    owes_token: bool,
    /// `shutdown` was called, or the pool broke: no more submits.
    pub closed: bool,
    /// The interpreter exits.
    exiting: bool,
    /// A `shutdown(cancel_futures=True)` that the manager has not carried out.
    cancel_pending: bool,
    /// The executor let go of its manager thread: the first `shutdown` to return does, whatever its
    /// `wait`, so that a later one has nobody to wait for (rule 47).
    forgot_manager: bool,
    /// What its unfinished futures get since a worker died.
    broken: Option<Raised>,
}

/// A result that the manager has to read.
#[derive(Debug, Clone, Hash)]
struct Read {
    call: CallId,
    outcome: Outcome,
    /// Its worker ends with it, and will not be idle.
    last: bool,
}

/// What the manager thread is doing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Manager {
    /// There is none before the first submit.
    NotStarted,
    /// It sleeps, or was woken and does not run yet.
    Asleep,
    /// It runs and has yet to look whether the pool is being shut down.
    LooksAtShutdown,
    /// It cancels what is pending: these are still to be tried, in order.
    Cancels(VecDeque<CallId>),
    /// It fills the call queue; behind a shutdown it then looks whether anything is left to do.
    Fills {
        /// Whether the pool was being shut down when it looked.
        closing: bool,
    },
    /// It fails every unfinished future: these are still to do, in order.
    Breaks(VecDeque<CallId>),
    /// It told the workers to end, and waits for each.
    Joins,
    /// It ended.
    Gone,
    /// It died of an exception: nobody fails what is left, nor ends the workers.
    Dead,
}

impl ProcessPool {
    /// A pool before its first submit.
    pub fn new(max_workers: u32) -> Self {
        Self {
            pending: Window::default(),
            work_ids: VecDeque::new(),
            call_queue: VecDeque::new(),
            capacity: call_queue_capacity(max_workers),
            tokens: 0,
            results: Vec::new(),
            manager: Manager::NotStarted,
            wake_up_byte: false,
            owes_token: false,
            closed: false,
            exiting: false,
            cancel_pending: false,
            forgot_manager: false,
            broken: None,
            feeder: VecDeque::new(),
        }
    }

    /// Whether a worker that asked now would not be told to sleep.
    pub fn has_work(&self) -> bool {
        !self.call_queue.is_empty() || self.manager == Manager::Joins
    }

    /// Whether a worker's death broke it.
    pub fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// Whether joining the manager thread would come back at once.
    pub fn manager_gone(&self) -> bool {
        matches!(self.manager, Manager::NotStarted | Manager::Gone | Manager::Dead)
    }

    /// Whether it left its workers behind, for whose end the interpreter waits at its exit.
    pub fn manager_died(&self) -> bool {
        self.manager == Manager::Dead
    }

    /// Whether the manager is at work, or results wait for it. Joining counts: every worker that was
    /// told to end will.
    pub fn manager_is_busy(&self) -> bool {
        match self.manager {
            Manager::Dead => false,
            Manager::NotStarted | Manager::Asleep | Manager::Gone => {
                !self.results.is_empty() || !self.feeder.is_empty()
            }
            Manager::LooksAtShutdown
            | Manager::Cancels(_)
            | Manager::Fills { .. }
            | Manager::Breaks(_)
            | Manager::Joins => true,
        }
    }

    /// Queues a call, wakes the manager, and starts workers: all of them at the first submit with
    /// `fork`, else one if there is no idle token (rule 79).
    pub fn submit(&mut self, core: &mut Core, call: CallId) {
        self.pending.insert(call.0, ());
        self.work_ids.push_back(call);
        let first = self.manager == Manager::NotStarted;
        if core.plan.start_method == StartMethod::Fork {
            if first {
                (0..core.plan.max_workers()).for_each(|_| core.spawn());
            }
        } else if self.tokens > 0 {
            self.tokens -= 1;
        } else if core.live_workers() < core.plan.max_workers() as usize {
            core.spawn();
        }
        if first {
            self.manager = Manager::Asleep;
        }
        self.wake(core);
    }

    /// The wake-up pipe: the manager runs again after it slept or finished what it is doing.
    fn wake(&mut self, core: &mut Core) {
        match self.manager {
            Manager::NotStarted | Manager::Gone | Manager::Dead | Manager::Joins => {}
            Manager::Asleep => core.rouse(Agent::Manager),
            Manager::LooksAtShutdown
            | Manager::Cancels(_)
            | Manager::Fills { .. }
            | Manager::Breaks(_) => self.wake_up_byte = true,
        }
    }

    /// The call that this worker would be given if it asked now.
    pub fn would_take(&self, core: &Core, worker: WorkerId) -> Option<CallId> {
        self.call_queue.front().copied().filter(|_| !self.would_end(core, worker))
    }

    /// Whether this worker ends when it asks, whatever lies in the call queue.
    fn would_end(&self, core: &Core, worker: WorkerId) -> bool {
        let told = self.manager == Manager::Joins && self.broken.is_none();
        told || core.retires(worker)
    }

    /// A worker wants a call.
    pub fn ask(&mut self, core: &mut Core, worker: WorkerId) -> Answer {
        if self.would_end(core, worker) {
            core.life(worker, &[Life::Active, Life::Asleep], Life::Ending);
            return Answer::Exit;
        }
        match self.call_queue.pop_front() {
            Some(call) => core.take(worker, call),
            None => core.sleeps(worker),
        }
    }

    /// A worker's result is on its way.
    pub fn returned(&mut self, core: &mut Core, worker: WorkerId, call: CallId, outcome: Outcome) {
        core.calls[call.index()].place = Place::ResultOnItsWay;
        self.results.push(Read { call, outcome, last: core.retires(worker) });
    }

    /// The manager read a result: the future is over, and its callbacks run in the manager's thread.
    pub fn result_arrived(&mut self, core: &mut Core, call: CallId) -> Answer {
        let at = self.results.iter().position(|read| read.call == call);
        let read = self.results.remove(at.expect("a result arrives after it returned"));
        let (outcome, last) = (read.outcome, read.last);
        core.calls[call.index()].place = Place::Gone;
        core.log.cause = core.calls[call.index()].since;
        let arrived = core.record(Event::ResultArrived { call });
        core.log.cause = Some(arrived);
        if core.cannot_be_read(call, &outcome) && self.broken.is_none() {
            // The manager itself raised, and takes that for a broken pool (rule 93).
            self.pending.insert(call.0, ());
            self.breaks(core, Raised::broken_pool_future().caused_by(Raised::unreadable()));
            return Answer::Nothing;
        }
        // The result of a call that a breakage has already failed is thrown away.
        if self.pending.remove(call.0).is_some() {
            core.finish(Agent::Manager, FutureId(call.0), outcome);
        }
        if self.manager == Manager::Asleep {
            // Reading a result clears the wake-up pipe: one look serves both.
            core.woken.remove(&Agent::Manager);
            self.wake_up_byte = false;
            self.owes_token = !last;
            self.manager = Manager::LooksAtShutdown;
        }
        Answer::Nothing
    }

    /// One step of the manager, or of the feeder.
    pub fn step(&mut self, core: &mut Core, agent: Agent) -> Answer {
        if agent == Agent::Feeder {
            return self.feed(core);
        }
        match &mut self.manager {
            Manager::NotStarted => unreachable!("there is no manager before the first submit"),
            Manager::Asleep => {
                let Some(cause) = core.woken.remove(&Agent::Manager) else {
                    return Answer::Sleep;
                };
                core.log.cause = cause;
                core.record(Event::AgentWoke { agent: Agent::Manager });
                self.wake_up_byte = false;
                self.manager = Manager::LooksAtShutdown;
                Answer::Again
            }
            Manager::LooksAtShutdown => {
                if std::mem::take(&mut self.owes_token) {
                    self.tokens += 1;
                }
                let closing = self.closed || self.exiting;
                self.manager = if closing && self.cancel_pending {
                    Manager::Cancels(self.pending.numbers().map(CallId).collect())
                } else {
                    Manager::Fills { closing }
                };
                Answer::Again
            }
            Manager::Cancels(left) => {
                let Some(call) = left.pop_front() else {
                    self.work_ids.clear();
                    self.cancel_pending = false;
                    self.manager = Manager::Fills { closing: true };
                    return Answer::Again;
                };
                if core.cancel(Agent::Manager, FutureId(call.0)) {
                    self.pending.remove(call.0);
                    core.calls[call.index()].place = Place::Gone;
                }
                Answer::Again
            }
            Manager::Fills { closing } => {
                let closing = *closing;
                if self.fill_one(core) {
                    return Answer::Again;
                }
                self.after_filling(core, closing)
            }
            Manager::Breaks(left) => {
                let Some(call) = left.pop_front() else {
                    self.manager = Manager::Joins;
                    core.terminate_workers();
                    return self.join(core);
                };
                let future = FutureId(call.0);
                let state = core.futures.state(future);
                if state == FutureState::Cancelled && core.plan.scenario.python < Python::V3_12 {
                    return self.dies(core, future);
                }
                if matches!(state, FutureState::Pending | FutureState::Running) {
                    let broken = self.broken.clone().expect("who breaks is broken");
                    core.finish(Agent::Manager, future, Outcome::Raised(broken));
                }
                if matches!(core.calls[call.index()].place, Place::Waiting | Place::InCallQueue) {
                    core.calls[call.index()].place = Place::Gone;
                }
                Answer::Again
            }
            Manager::Joins => self.join(core),
            Manager::Gone | Manager::Dead => Answer::Exit,
        }
    }

    /// Up to 3.11 the manager sets the exception of a cancelled future, too, which raises: the futures
    /// behind it never end (V-33), and nobody ends the workers. They may still take what lay in the
    /// call queue, of which nobody would hear; here they do not.
    fn dies(&mut self, core: &mut Core, cancelled: FutureId) -> Answer {
        let raised = Raised::invalid_state("CANCELLED", &core.repr(cancelled));
        self.manager = Manager::Dead;
        core.record(Event::HandlerDied { agent: Agent::Manager, raised });
        core.wake_joiners();
        Answer::Exit
    }

    /// Moves one call towards the workers, if there is one and there is room.
    fn fill_one(&mut self, core: &mut Core) -> bool {
        if self.call_queue.len() + self.feeder.len() >= self.capacity {
            return false;
        }
        let Some(call) = self.work_ids.pop_front() else {
            return false;
        };
        core.log.cause = core.calls[call.index()].since;
        let runs = core.set_running_or_notify(FutureId(call.0));
        if runs && core.cannot_be_pickled(call).is_some() {
            self.feeder.push_back(call);
            core.rouse(Agent::Feeder);
        } else if runs {
            self.call_queue.push_back(call);
            core.calls[call.index()].place = Place::InCallQueue;
            core.calls[call.index()].since = Some(core.record(Event::Queued { call }));
            if core.any_asleep() {
                core.effects.push(Effect::WakeAnyWorker);
            }
        } else {
            self.pending.remove(call.0);
            core.calls[call.index()].place = Place::Gone;
        }
        true
    }

    /// The feeder fails one call that cannot be pickled; the others are not touched (rule 90).
    fn feed(&mut self, core: &mut Core) -> Answer {
        if let Some(cause) = core.woken.remove(&Agent::Feeder) {
            core.log.cause = cause;
        }
        let Some(call) = self.feeder.pop_front() else { return Answer::Sleep };
        let raised = core.cannot_be_pickled(call).expect("only such calls are the feeder's");
        core.calls[call.index()].place = Place::Gone;
        if self.pending.remove(call.0).is_some() {
            core.finish(Agent::Feeder, FutureId(call.0), Outcome::Raised(raised));
        }
        self.wake(core);
        Answer::Again
    }

    fn after_filling(&mut self, core: &mut Core, closing: bool) -> Answer {
        if closing && self.pending.is_empty() {
            self.manager = Manager::Joins;
            core.wake_sleepers();
            return self.join(core);
        }
        if std::mem::take(&mut self.wake_up_byte) {
            core.record(Event::AgentWoke { agent: Agent::Manager });
            self.manager = Manager::LooksAtShutdown;
            return Answer::Again;
        }
        self.manager = Manager::Asleep;
        Answer::Sleep
    }

    fn join(&mut self, core: &mut Core) -> Answer {
        if !core.all_workers_gone() {
            return Answer::Sleep;
        }
        self.manager = Manager::Gone;
        core.wake_joiners();
        Answer::Exit
    }

    /// A worker ended as it was to: behind its last call (rule 99), or behind a shutdown. Another takes
    /// its place, as behind a submit; if calls wait, whatever the tokens say (rule 100).
    pub fn worker_ended(&mut self, core: &mut Core) {
        let waits = !self.work_ids.is_empty() || !self.call_queue.is_empty();
        let over = self.manager == Manager::Joins || self.broken.is_some();
        if over || (self.closed && !waits) {
            return;
        }
        if self.tokens > 0 && !waits {
            self.tokens -= 1;
        } else if core.live_workers() < core.plan.max_workers() as usize {
            core.spawn();
        }
    }

    /// A worker died that nobody had told to: the pool is broken, and the manager has work to do.
    pub fn worker_died(&mut self, core: &mut Core, worker: WorkerId, how: HowExited) {
        if self.broken.is_some() || self.manager == Manager::Joins {
            return;
        }
        let mut raised = Raised::broken_pool_future();
        if core.plan.has(Change::OwnExceptions) {
            raised = raised.caused_by(core.terminated_abruptly(worker, how));
        }
        self.breaks(core, raised);
    }

    fn breaks(&mut self, core: &mut Core, raised: Raised) {
        self.closed = true;
        let cause = raised.cause.clone();
        let submit = Raised { cause, ..Raised::broken_pool_submit() };
        core.record(Event::ExecutorBroken { raised: submit });
        self.broken = Some(raised);
        self.call_queue.clear();
        self.work_ids.clear();
        self.feeder.clear();
        core.woken.remove(&Agent::Feeder);
        core.woken.remove(&Agent::Manager);
        self.manager = Manager::Breaks(self.pending.numbers().map(CallId).collect());
        self.pending.clear();
    }

    /// `shutdown`, up to the join: the manager does the rest.
    pub fn close(&mut self, core: &mut Core, wait: bool, cancel_futures: bool) -> Closed {
        self.cancel_pending = cancel_futures;
        self.closed = true;
        // The executor lets go of the wake-up pipe with its manager: a second `shutdown` sets its flags
        // and wakes nobody.
        if !self.forgot_manager {
            self.wake(core);
        }
        let joins = self.manager != Manager::NotStarted && !self.forgot_manager;
        if joins && wait {
            return Closed::Joins;
        }
        self.forget_manager();
        Closed::NothingToJoin
    }

    /// A `shutdown` returns: the executor lets go of its manager and the wake-up pipe.
    pub fn forget_manager(&mut self) {
        self.forgot_manager = true;
    }

    /// The interpreter exits: the manager finishes what there is, as behind a `shutdown`.
    pub fn exit(&mut self, core: &mut Core) {
        self.exiting = true;
        self.wake(core);
    }

    /// For the invariants: the calls in the call queue and its capacity.
    pub fn call_queue(&self) -> (&VecDeque<CallId>, usize) {
        (&self.call_queue, self.capacity)
    }

    /// For the invariants: the work ids.
    pub fn work_ids(&self) -> &VecDeque<CallId> {
        &self.work_ids
    }
}

#[cfg(test)]
mod tests {
    use super::call_queue_capacity;

    #[test]
    fn rule_74_the_call_queue_holds_one_more_than_there_are_workers() {
        assert_eq!(call_queue_capacity(1), 2);
        assert_eq!(call_queue_capacity(8), 9);
    }
}
