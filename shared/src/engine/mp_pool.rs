//! `multiprocessing.Pool`: its own threads, its own rules.
//!
//! ```text
//!  apply_async, map ──▶ task queue ──▶ task handler ──▶ pipe ──▶ worker ──▶ results ──▶ result handler
//!                                                                  ▲                        │
//!                                              worker handler: replaces the dead            ▼
//!                                                                              callback, then ready
//! ```
//!
//! All workers exist from the beginning (rule 144). Nobody can be cancelled, and nobody is told which
//! call runs (rule 177). A worker that dies is replaced, and its call is lost: its result never becomes
//! ready (rule 170). Callbacks run in the thread that reads results, before the result is ready
//! (rule 163); one that raises is that thread's end (rule 165).
//!
//! A result is a future here that goes from `PENDING` to `FINISHED`; of `map`, one future a chunk, and
//! a job that waits for all of them (`jobs.rs`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::engine::core::{Core, Life, Place, WorkerCell};
use crate::engine::event::{Agent, BlockedOn, Event};
use crate::engine::io::{Answer, Callbacks, Effect, Handle};
use crate::engine::iterators::ResultIterator;
use crate::limits;
use crate::outcome::{Outcome, Raised};
use crate::scenario::Change;
use crate::units::{CallId, FutureId, IteratorId, WorkerId};

/// The state of a pool, next to what [`Core`] holds for every pool.
#[derive(Debug, Clone, Hash)]
pub struct MpPool {
    state: State,
    /// What the task handler has not handed out, in order.
    tasks: VecDeque<Task>,
    /// Calls of a job whose other calls are still to come.
    unsealed: Vec<CallId>,
    /// Calls that it wrote to the pipe and no worker has taken; at most [`limits::PIPE_CALLS`].
    pipe: VecDeque<CallId>,
    /// Results that came back from workers and that the result handler has not read.
    results: Vec<(CallId, Outcome)>,
    /// What becomes ready when the callback that is at work in a handler returns.
    settling: Option<Settling>,
    /// The thread that reads results died.
    no_results: bool,
    /// The thread that hands out tasks died.
    no_tasks: bool,
    /// The callbacks of single calls that are not ready.
    callbacks: BTreeMap<FutureId, Callbacks>,
    /// What is not ready: CPython's `_cache`.
    open: BTreeSet<Handle>,
    /// The worker handler has ended, and put the end behind the last task.
    ending: bool,
    /// The task handler has seen it, and whoever finds the pipe empty ends.
    told_to_end: bool,
    /// Workers that `terminate` has told to end and that have not asked since, where it raised.
    dismissed: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum State {
    Run,
    Close,
    Terminate,
}

/// What the task handler hands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Task {
    /// This call.
    Call(CallId),
    /// The calls of this iterator's `imap`, pulled one after the other.
    Feed(IteratorId),
    /// There will be no more.
    End,
}

/// A result whose callback is at work.
#[derive(Debug, Clone, Hash)]
struct Settling {
    of: Handle,
    outcome: Outcome,
    lane: Agent,
}

impl MpPool {
    /// A pool whose workers have just been asked for.
    pub fn new(core: &mut Core) -> Self {
        (0..core.plan.max_workers()).for_each(|_| core.spawn());
        Self {
            state: State::Run,
            tasks: VecDeque::new(),
            unsealed: Vec::new(),
            pipe: VecDeque::new(),
            results: Vec::new(),
            settling: None,
            no_results: false,
            no_tasks: false,
            callbacks: BTreeMap::new(),
            open: BTreeSet::new(),
            ending: false,
            dismissed: 0,
            told_to_end: false,
        }
    }

    /// Whether it takes tasks.
    pub fn runs(&self) -> bool {
        self.state == State::Run
    }

    /// Whether `terminate` was called.
    pub fn is_terminated(&self) -> bool {
        self.state == State::Terminate
    }

    /// Whether the thread that reads results died.
    pub fn reads_no_results(&self) -> bool {
        self.no_results
    }

    /// Whether a worker that asked now would not be told to sleep.
    pub fn has_work(&self) -> bool {
        !self.pipe.is_empty() || self.told_to_end || self.dismissed > 0
    }

    /// Whether a handler has something that it can do.
    pub fn is_busy(&self) -> bool {
        if self.is_terminated() {
            return false;
        }
        let hands_out = !self.tasks.is_empty() && !self.no_tasks && !self.is_full();
        let reads = !self.results.is_empty() && !self.no_results && self.settling.is_none();
        hands_out || reads
    }

    /// What is not ready, and was asked for first.
    pub fn first_open(&self) -> Option<BlockedOn> {
        self.open.first().map(|handle| match handle {
            Handle::Future(future) => BlockedOn::Result(*future),
            Handle::Job(job) => BlockedOn::Job(*job),
        })
    }

    /// Whether joining its threads and workers would come back at once.
    pub fn joined(&self, core: &Core) -> bool {
        core.all_workers_gone()
            && (self.is_terminated() || (self.told_to_end && self.open.is_empty()))
    }

    fn is_full(&self) -> bool {
        self.pipe.len() >= limits::PIPE_CALLS
    }

    /// Puts a call into the task queue. Those of a job are put there together, when all are known.
    pub fn submit(&mut self, core: &mut Core, call: CallId, callbacks: Callbacks) {
        if core.calls[call.index()].iterator.is_some() {
            self.unsealed.push(call);
            return;
        }
        let future = FutureId::from(call);
        self.open.insert(Handle::Future(future));
        if callbacks != Callbacks::default() {
            self.callbacks.insert(future, callbacks);
        }
        self.put(core, Task::Call(call));
    }

    /// A job begins that the pool has to finish before it may end.
    pub fn open_job(&mut self, job: IteratorId) {
        self.open.insert(Handle::Job(job));
    }

    /// The task handler is to pull the calls of this iterator.
    pub fn feed(&mut self, core: &mut Core, iterator: IteratorId) {
        self.open.insert(Handle::Job(iterator));
        self.put(core, Task::Feed(iterator));
    }

    fn put(&mut self, core: &mut Core, task: Task) {
        self.tasks.push_back(task);
        core.rouse(Agent::TaskHandler);
    }

    /// The call that this worker would be given if it asked now.
    pub fn would_take(&self, core: &Core, worker: WorkerId) -> Option<CallId> {
        self.pipe.front().copied().filter(|_| !core.retires(worker))
    }

    /// A worker wants a call.
    pub fn ask(&mut self, core: &mut Core, worker: WorkerId) -> Answer {
        if core.retires(worker) {
            core.life(worker, &[Life::Active], Life::Ending);
            return Answer::Exit;
        }
        if let Some(call) = self.pipe.pop_front() {
            core.rouse(Agent::TaskHandler);
            return core.take(worker, call);
        }
        if self.told_to_end || self.dismissed > 0 {
            self.dismissed = self.dismissed.saturating_sub(1);
            core.workers[worker.index()].life = Life::Ending;
            return Answer::Exit;
        }
        core.sleeps(worker)
    }

    /// A worker's result is on its way.
    pub fn returned(&mut self, core: &mut Core, call: CallId, outcome: Outcome) {
        core.calls[call.index()].place = Place::ResultOnItsWay;
        self.results.push((call, outcome));
    }

    /// A worker is no more: its call, if it had one, is lost, and the worker handler has work to do.
    pub fn worker_gone(&mut self, core: &mut Core) {
        if !self.is_terminated() && !self.ending {
            core.rouse(Agent::WorkerHandler);
        }
    }

    /// One step of a handler.
    pub fn step(&mut self, core: &mut Core, agent: Agent) -> Answer {
        if let Some(cause) = core.woken.remove(&agent) {
            core.log.cause = cause;
        }
        if self.is_terminated() {
            return Answer::Exit;
        }
        match agent {
            Agent::TaskHandler => self.hand_out(core),
            Agent::WorkerHandler => self.repopulate(core),
            other => unreachable!("{other:?} is no handler that takes steps"),
        }
    }

    /// Writes one call to the pipe.
    fn hand_out(&mut self, core: &mut Core) -> Answer {
        if self.no_tasks {
            return Answer::Exit;
        }
        if self.is_full() || self.settling.as_ref().is_some_and(|s| s.lane == Agent::TaskHandler) {
            return Answer::Sleep;
        }
        let call = match self.tasks.front() {
            None => return Answer::Sleep,
            Some(Task::End) => {
                self.tasks.pop_front();
                self.told_to_end = true;
                core.wake_sleepers();
                if self.joined(core) {
                    core.wake_joiners();
                }
                return Answer::Exit;
            }
            Some(Task::Call(call)) => {
                let call = *call;
                self.tasks.pop_front();
                call
            }
            Some(Task::Feed(iterator)) => {
                let iterator = *iterator;
                match core.pull(iterator) {
                    Some(call) => call,
                    None => {
                        self.tasks.pop_front();
                        self.close_if_through(core, iterator);
                        return Answer::Again;
                    }
                }
            }
        };
        core.log.cause = core.calls[call.index()].since;
        if let Some(raised) = core.cannot_be_pickled(call) {
            self.settle(core, Agent::TaskHandler, call, Outcome::Raised(raised));
            return Answer::Again;
        }
        self.pipe.push_back(call);
        core.calls[call.index()].place = Place::InCallQueue;
        core.calls[call.index()].since = Some(core.record(Event::Queued { call }));
        if core.any_asleep() {
            core.effects.push(Effect::WakeAnyWorker);
        }
        Answer::Again
    }

    /// Starts one worker for one that is no more, as long as there is something to do.
    fn repopulate(&mut self, core: &mut Core) -> Answer {
        if self.ending {
            return Answer::Exit;
        }
        let goes_on = self.state == State::Run || !self.open.is_empty();
        if goes_on {
            if core.live_workers() < core.plan.max_workers() as usize {
                core.record(Event::AgentWoke { agent: Agent::WorkerHandler });
                core.spawn();
                return Answer::Again;
            }
            return Answer::Sleep;
        }
        self.ending = true;
        self.put(core, Task::End);
        Answer::Exit
    }

    /// The result handler read a result.
    pub fn result_arrived(&mut self, core: &mut Core, call: CallId) -> Answer {
        let at = self.results.iter().position(|(returned, _)| *returned == call);
        let (_, outcome) = self.results.remove(at.expect("a result arrives after it returned"));
        if self.no_results || self.is_terminated() {
            return Answer::Nothing;
        }
        core.log.cause = core.calls[call.index()].since;
        let arrived = core.record(Event::ResultArrived { call });
        core.log.cause = Some(arrived);
        if core.cannot_be_read(call, &outcome) {
            self.handler_dies(core, Agent::ResultHandler, Raised::unreadable());
            return Answer::Nothing;
        }
        core.calls[call.index()].place = Place::Gone;
        self.settle(core, Agent::ResultHandler, call, outcome);
        Answer::Nothing
    }

    /// The outcome of a call is known: its callback runs, and then it is ready.
    fn settle(&mut self, core: &mut Core, lane: Agent, call: CallId, outcome: Outcome) {
        let future = FutureId::from(call);
        let Some(job) = core.calls[call.index()].iterator else {
            let callbacks = self.callbacks.remove(&future).unwrap_or_default();
            return self.call_back(
                core,
                lane,
                (Handle::Future(future), future),
                outcome,
                callbacks,
            );
        };
        core.finish(lane, future, outcome);
        match &core.iterators[job.index()] {
            ResultIterator::Job(_) => {
                if let Some((outcome, callbacks)) = core.job_advances(job, future) {
                    self.call_back(core, lane, (Handle::Job(job), future), outcome, callbacks);
                }
            }
            _ => {
                core.imap_arrived(job, future);
                self.close_if_through(core, job);
            }
        }
    }

    /// There are no more calls of this job: they can be handed out. An empty one is ready at once
    /// (rule 152).
    pub fn seal(&mut self, core: &mut Core, job: IteratorId) {
        for call in std::mem::take(&mut self.unsealed) {
            self.put(core, Task::Call(call));
        }
        if core.job_is_empty(job) {
            // Python calls nobody back for nothing.
            self.ready(core, Agent::Main, Handle::Job(job), Outcome::Returned(Vec::new().into()));
        }
    }

    fn call_back(
        &mut self,
        core: &mut Core,
        lane: Agent,
        (of, future): (Handle, FutureId),
        outcome: Outcome,
        callbacks: Callbacks,
    ) {
        let callback = match &outcome {
            Outcome::Returned(_) => callbacks.value,
            Outcome::Raised(_) | Outcome::Lost => callbacks.error,
        };
        let Some(callback) = callback else {
            return self.ready(core, lane, of, outcome);
        };
        core.ask_callback(lane, future, callback, Some(outcome.clone()));
        self.settling = Some(Settling { of, outcome, lane });
    }

    /// A callback returned in a handler: what it was for is ready, or the handler is no more.
    pub fn called_back(&mut self, core: &mut Core, lane: Agent, raised: Option<&Raised>) {
        if self.settling.as_ref().is_none_or(|settling| settling.lane != lane) {
            return;
        }
        let Some(Settling { of, mut outcome, .. }) = self.settling.take() else { return };
        if let Some(raised) = raised {
            if !core.plan.has(Change::CallbackErrorIsResult) {
                return self.handler_dies(core, lane, raised.clone());
            }
            outcome = Outcome::Raised(raised.clone());
        }
        self.ready(core, lane, of, outcome);
        if lane == Agent::TaskHandler {
            core.rouse(Agent::TaskHandler);
        }
    }

    fn ready(&mut self, core: &mut Core, lane: Agent, of: Handle, outcome: Outcome) {
        match of {
            Handle::Future(future) => core.finish(lane, future, outcome),
            Handle::Job(job) => core.job_ready(job, outcome),
        }
        self.closed(core, of);
    }

    fn close_if_through(&mut self, core: &mut Core, iterator: IteratorId) {
        if core.imap_is_through(iterator) {
            self.closed(core, Handle::Job(iterator));
        }
    }

    /// One thing less that is not ready. The last one, behind a `close`, is what the pool waits for.
    fn closed(&mut self, core: &mut Core, of: Handle) {
        self.open.remove(&of);
        if self.open.is_empty() && self.state == State::Close {
            core.rouse(Agent::WorkerHandler);
            if self.joined(core) {
                core.wake_joiners();
            }
        }
    }

    fn handler_dies(&mut self, core: &mut Core, agent: Agent, raised: Raised) {
        match agent {
            Agent::TaskHandler => self.no_tasks = true,
            _ => self.no_results = true,
        }
        core.record(Event::HandlerDied { agent, raised });
    }

    /// `pool.close()`.
    pub fn close(&mut self, core: &mut Core) {
        if self.state == State::Run {
            self.state = State::Close;
            core.rouse(Agent::WorkerHandler);
        }
    }

    /// `pool.terminate()`, up to the join: what was not computed never will be (rule 167).
    ///
    /// # Errors
    /// The thread that reads results has died, and something is not ready: CPython gives up half-way.
    /// Workers that have nothing to do end; the others cannot go on after their call, because the
    /// lock of the pipe was never given back.
    pub fn terminate(&mut self, core: &mut Core) -> Result<(), Raised> {
        if self.is_terminated() {
            return Ok(());
        }
        self.state = State::Terminate;
        for agent in [Agent::TaskHandler, Agent::WorkerHandler] {
            core.woken.remove(&agent);
        }
        for call in self.pipe.drain(..) {
            core.calls[call.index()].place = Place::Gone;
        }
        for task in self.tasks.drain(..) {
            if let Task::Call(call) = task {
                core.calls[call.index()].place = Place::Gone;
            }
        }
        if self.no_results && !self.open.is_empty() {
            let idle = |cell: &&WorkerCell| matches!(cell.life, Life::Asleep);
            self.dismissed = core.workers.iter().filter(idle).count();
            core.wake_sleepers();
            return Err(Raised::result_handler_dead(core.plan.scenario.python));
        }
        terminate_workers(core);
        Ok(())
    }

    /// The interpreter's exit: whoever is left of the workers does not outlive it.
    pub fn exit(&mut self, core: &mut Core) {
        if !self.is_terminated() {
            core.record(Event::TerminateAsked { by: Agent::Main, unwritten: true });
            // A finalizer of the module's terminates what nobody has ended, and nobody hears of what
            // it raises.
            let _ = self.terminate(core);
        }
        terminate_workers(core);
    }

    /// For the invariants: the calls in the pipe.
    pub fn pipe(&self) -> &VecDeque<CallId> {
        &self.pipe
    }
}

/// Has the workers terminated, but for those to which that has happened already.
fn terminate_workers(core: &mut Core) {
    let lives_on = |cell: &WorkerCell| cell.life != Life::Gone && !cell.doomed;
    if core.workers.iter().any(lives_on) {
        core.terminate_workers();
    }
}
