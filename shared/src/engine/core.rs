//! What both pools share: futures, calls, workers, who waits, and the log.
//!
//! Everything here changes one thing and writes it down. Which pool is at work, and what the program
//! called, is [`Engine`](crate::engine::Engine)'s to know.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::event::{
    Agent, BlockedOn, Event, HowExited, Items, Question, Record, Reply, Work,
};
use crate::engine::future::{FutureState, Futures, InvalidTransition};
use crate::engine::io::{Answer, Assignment, Effect};
use crate::engine::iterators::ResultIterator;
use crate::engine::log::Log;
use crate::engine::wait::{Blocked, Returning};
use crate::limits;
use crate::outcome::{Outcome, Raised, address};
use crate::scenario::{Change, Plan};
use crate::units::{CallId, CallbackId, FutureId, Instant, IteratorId, Seq, TaskId, WorkerId};
use crate::value::Value;

/// What both pools share: everything but their queues.
#[derive(Debug, Clone)]
pub struct Core {
    pub plan: Arc<Plan>,
    /// What CPython does one after the other is one input each: see [`Engine::fine`].
    ///
    /// [`Engine::fine`]: crate::engine::Engine::fine
    pub fine: bool,
    pub now: Instant,
    pub log: Log,
    /// What the present input asks of the driver.
    pub effects: Vec<Effect>,
    pub futures: Futures,
    /// By [`CallId`]; a call and its future have the same number.
    pub calls: Vec<CallCell>,
    /// By [`WorkerId`]: every worker that ever was.
    pub workers: Vec<WorkerCell>,
    /// The processes of workers that have started.
    pub pids: BTreeMap<WorkerId, u32>,
    /// By `IteratorId`.
    pub iterators: Vec<ResultIterator>,
    /// Exactly the agents whose code waits for something.
    pub blocked: BTreeMap<Agent, Blocked>,
    /// Agents whose `wait` is coming back, one future a step.
    pub returning: BTreeMap<Agent, Returning>,
    /// Agents that were asked to run and have not reported yet, and the record that woke them.
    pub woken: BTreeMap<Agent, Option<Seq>>,
    /// How many callbacks each lane still has to run.
    pub callbacks: BTreeMap<Agent, u32>,
    /// `finished.set()` was called.
    pub all_tasks: bool,
    /// Gates that were opened.
    pub open_gates: BTreeSet<TaskId>,
    /// Interventions whose event has not come, by their place in the plan.
    pub unmet: BTreeSet<u32>,
    /// Interventions whose timer is set.
    pub armed: BTreeSet<u32>,
    /// The hang that was reported and not ended since.
    pub hung: bool,
    /// `ProgramEnded` or `ProgramExiting` was written.
    pub over: bool,
    /// The interpreter is exiting: no more `submit`.
    pub exiting: bool,
    /// The exception that the main thread ended with, while the interpreter waits for workers.
    pub ended_with: Option<Raised>,
    /// More workers were wanted than a run may start.
    pub too_many_workers: bool,
}

/// One call.
#[derive(Debug, Clone, Hash)]
pub struct CallCell {
    pub work: Work,
    pub inputs: Arc<[Value]>,
    pub place: Place,
    /// When the call last changed its place, for the causes of the next change.
    pub since: Option<Seq>,
    /// The `map`, Pool's job or iterator that it is of. The program has no future of such a call in its
    /// hands.
    pub iterator: Option<IteratorId>,
}

/// Where a call physically is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the work queue, or among the work ids.
    Waiting,
    /// In the process pool's call queue, or in Pool's pipe.
    InCallQueue,
    /// With this worker.
    With(WorkerId),
    /// With this worker process, whose body waits for this.
    BlockedIn(WorkerId, BlockedOn),
    /// Its result is on the way to the manager.
    ResultOnItsWay,
    /// Done, or thrown away.
    Gone,
    /// Its worker died with it, and nobody will ever tell: Pool's.
    Lost,
}

/// One worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WorkerCell {
    pub life: Life,
    /// Python 3.11: it releases an idle token before it next looks at the queue (§0.2).
    pub owes_token: bool,
    /// Calls that it is through with; not counted where that makes no difference, so that workers stay
    /// alike for a search.
    pub served: u32,
    /// It was killed or terminated, which nobody has noticed yet.
    pub doomed: bool,
}

/// What a worker is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Life {
    /// It was asked for and does not run yet.
    Spawned,
    /// It runs its initializer.
    Initializing,
    /// Its initializer raised, and it fails what is queued, one future a step.
    Draining,
    /// It runs, and will ask or report sooner or later.
    Active,
    /// It has taken this call off the queue, and not yet looked whether it may run it.
    Holding(CallId),
    /// It runs this call.
    Busy(CallId),
    /// It sleeps at the empty queue.
    Asleep,
    /// It was told to end.
    Ending,
    /// It is no more.
    Gone,
}

impl Core {
    /// Nothing has happened yet.
    pub fn new(plan: Arc<Plan>, fine: bool) -> Self {
        Self {
            plan,
            fine,
            now: Instant::ZERO,
            log: Log::default(),
            effects: Vec::new(),
            futures: Futures::default(),
            calls: Vec::new(),
            workers: Vec::new(),
            pids: BTreeMap::new(),
            iterators: Vec::new(),
            blocked: BTreeMap::new(),
            returning: BTreeMap::new(),
            woken: BTreeMap::new(),
            callbacks: BTreeMap::new(),
            all_tasks: false,
            open_gates: BTreeSet::new(),
            unmet: BTreeSet::new(),
            armed: BTreeSet::new(),
            hung: false,
            over: false,
            exiting: false,
            ended_with: None,
            too_many_workers: false,
        }
    }

    /// Writes a record.
    pub fn record(&mut self, event: Event) -> Seq {
        let seq = self.log.write(self.now, event);
        if !self.unmet.is_empty() {
            self.arm_interventions();
        }
        seq
    }

    /// A question was answered with this value.
    pub fn answered(&mut self, by: Agent, what: Question, value: Value) {
        self.record(Event::Answered { by, what, reply: Reply::Value(value) });
    }

    /// Changes a future's state, or gives its story.
    pub fn transition(&mut self, future: FutureId, to: FutureState) {
        if let Err(from) = self.futures.transition(future, to) {
            let story = self.log.remembered().filter(|r| is_about(r, future)).cloned().collect();
            panic!("{}", InvalidTransition { future, from, to, story });
        }
    }

    /// Moves a worker from one of these lives to another, and insists that it led one of them.
    pub fn life(&mut self, worker: WorkerId, from: &[Life], to: Life) {
        let cell = &mut self.workers[worker.index()];
        assert!(from.contains(&cell.life), "worker {worker} is {:?}, not {from:?}", cell.life);
        cell.life = to;
    }

    /// Asks for a new worker.
    pub fn spawn(&mut self) {
        if self.workers.len() >= limits::WORKERS {
            self.too_many_workers = true;
            return;
        }
        let worker = WorkerId::at(self.workers.len());
        let life = Life::Spawned;
        self.workers.push(WorkerCell { life, owes_token: false, served: 0, doomed: false });
        self.record(Event::WorkerSpawned { worker });
        self.effects.push(Effect::SpawnWorker { worker });
    }

    /// Workers that have not ended.
    pub fn live_workers(&self) -> usize {
        self.workers.iter().filter(|worker| worker.life != Life::Gone).count()
    }

    /// Whether no worker is left.
    pub fn all_workers_gone(&self) -> bool {
        self.live_workers() == 0
    }

    /// Has one worker process killed.
    pub fn kill_worker(&mut self, worker: WorkerId) {
        self.workers[worker.index()].doomed = true;
        self.effects.push(Effect::KillWorker { worker });
    }

    /// Has every worker process terminated that lives.
    pub fn terminate_workers(&mut self) {
        for cell in self.workers.iter_mut().filter(|cell| cell.life != Life::Gone) {
            cell.doomed = true;
        }
        self.effects.push(Effect::TerminateWorkers);
    }

    /// Whether a worker process has computed as many calls as one may.
    pub fn retires(&self, worker: WorkerId) -> bool {
        let limit = self.plan.scenario.executor.max_tasks_per_child;
        limit.is_some_and(|limit| self.workers[worker.index()].served >= limit)
    }

    /// A worker found nothing to do.
    pub fn sleeps(&mut self, worker: WorkerId) -> Answer {
        let cell = &mut self.workers[worker.index()];
        assert!(
            matches!(cell.life, Life::Active | Life::Asleep),
            "worker {worker} asks while it is {:?}",
            cell.life
        );
        if cell.life == Life::Active {
            cell.life = Life::Asleep;
            self.record(Event::WorkerIdle { worker });
        }
        Answer::Sleep
    }

    /// Lets one of the pool's own threads run, because of the last record.
    pub fn rouse(&mut self, agent: Agent) {
        let cause = self.log.last();
        if let Entry::Vacant(place) = self.woken.entry(agent) {
            place.insert(cause);
            self.effects.push(Effect::Wake { agent });
        }
    }

    /// Python 3.15's words for a process that died.
    pub fn terminated_abruptly(&self, worker: WorkerId, how: HowExited) -> String {
        let pid = self.pids.get(&worker).copied().unwrap_or_default();
        let code = match how {
            HowExited::Told => 0,
            HowExited::Code(code) => code,
            HowExited::Signal(signal) => -signal,
        };
        format!("Process {pid} terminated abruptly with exit code {code}")
    }

    /// `repr(future)` (rule 24).
    pub fn repr(&self, future: FutureId) -> String {
        let cell = self.futures.get(future);
        let state = match (cell.state, &cell.outcome) {
            (FutureState::Pending, _) => "pending".to_owned(),
            (FutureState::Running, _) => "running".to_owned(),
            (FutureState::Cancelled | FutureState::CancelledAndNotified, _) => {
                "cancelled".to_owned()
            }
            (FutureState::Finished, Some(Outcome::Returned(value))) => {
                format!("finished returned {}", value.type_name())
            }
            (FutureState::Finished, Some(Outcome::Raised(raised))) => {
                format!("finished raised {}", raised.kind)
            }
            (FutureState::Finished, Some(Outcome::Lost) | None) => {
                unreachable!("a finished future has a value or an exception")
            }
        };
        let at = address(future.0);
        if self.plan.kind().has_futures() {
            return format!("<Future at {at} state={state}>");
        }
        format!("<multiprocessing.pool.ApplyResult object at {at}>")
    }

    /// What pickling this call raises in the program's process, if it cannot be pickled.
    pub fn cannot_be_pickled(&self, call: CallId) -> Option<Raised> {
        self.plan.cannot_be_pickled(&self.calls[call.index()].work)
    }

    /// Whether the program's process cannot unpickle this outcome of a call.
    pub fn cannot_be_read(&self, call: CallId, outcome: &Outcome) -> bool {
        matches!(outcome, Outcome::Raised(_))
            && self.plan.errors_cannot_be_read(&self.calls[call.index()].work)
    }

    /// Whether a worker sleeps at the queue.
    pub fn any_asleep(&self) -> bool {
        self.workers.iter().any(|worker| worker.life == Life::Asleep)
    }

    /// Wakes every sleeping worker by name, because each must see that it is to end.
    pub fn wake_sleepers(&mut self) {
        for index in 0..self.workers.len() {
            if self.workers[index].life == Life::Asleep {
                let agent = Agent::Worker(WorkerId::at(index));
                self.effects.push(Effect::Wake { agent });
            }
        }
    }

    /// What a call's future finishes with: its value, or the list of its items' values, or the first
    /// exception of any item, which loses the others (rule 98).
    pub fn outcome(&self, call: CallId, items: &Items) -> Outcome {
        items.outcome(self.calls[call.index()].work.item_count() > 1)
    }

    /// `set_running_or_notify_cancel`: whether the call may run.
    pub fn set_running_or_notify(&mut self, future: FutureId) -> bool {
        match self.futures.state(future) {
            FutureState::Cancelled => {
                self.notify(future);
                false
            }
            // Its cancellation was told at once.
            FutureState::CancelledAndNotified => false,
            _ => {
                self.transition(future, FutureState::Running);
                self.record(Event::Running { future });
                true
            }
        }
    }

    fn notify(&mut self, future: FutureId) {
        self.transition(future, FutureState::CancelledAndNotified);
        self.record(Event::Notified { future });
        self.settle(future);
    }

    /// `set_result` or `set_exception`: waiters hear of it before callbacks run (§5).
    pub fn finish(&mut self, lane: Agent, future: FutureId, outcome: Outcome) {
        self.transition(future, FutureState::Finished);
        self.futures.get_mut(future).outcome = Some(outcome.clone());
        self.record(Event::Finished { future, outcome });
        self.settle(future);
        self.wake_readers(future);
        self.ask_callbacks(lane, future);
    }

    /// `cancel()`: whether it is cancelled now. `wait` and `as_completed` are not told (§4.3).
    pub fn cancel(&mut self, by: Agent, future: FutureId) -> bool {
        match self.futures.state(future) {
            FutureState::Pending => {
                self.transition(future, FutureState::Cancelled);
                self.record(Event::Cancelled { future, by });
                if self.plan.has(Change::CancelledIsDone) {
                    self.notify(future);
                }
                self.wake_readers(future);
                self.ask_callbacks(by, future);
                true
            }
            FutureState::Cancelled | FutureState::CancelledAndNotified => true,
            FutureState::Running | FutureState::Finished => false,
        }
    }

    /// Asks for all callbacks of a future that is done.
    pub fn ask_callbacks(&mut self, lane: Agent, future: FutureId) {
        for callback in std::mem::take(&mut self.futures.get_mut(future).callbacks) {
            self.ask_callback(lane, future, callback, None);
        }
    }

    /// Asks for one callback.
    pub fn ask_callback(
        &mut self,
        lane: Agent,
        future: FutureId,
        callback: CallbackId,
        given: Option<Outcome>,
    ) {
        *self.callbacks.entry(lane).or_default() += 1;
        self.effects.push(Effect::RunCallback { future, callback, lane, given });
    }

    /// A callback of a future that is done runs at once, in the lane that registers it (rule 136).
    pub fn add_callback(&mut self, by: Agent, future: FutureId, callback: CallbackId) -> Answer {
        if self.futures.state(future).done() {
            self.ask_callback(by, future, callback, None);
        } else {
            self.futures.get_mut(future).callbacks.push(callback);
        }
        Answer::Nothing
    }

    /// Gives a call to a worker.
    pub fn take(&mut self, worker: WorkerId, call: CallId) -> Answer {
        self.workers[worker.index()].life = Life::Busy(call);
        let cell = &mut self.calls[call.index()];
        cell.place = Place::With(worker);
        let inputs = std::mem::take(&mut cell.inputs);
        let work = cell.work.clone();
        let cause = cell.since;
        let before = std::mem::replace(&mut self.log.cause, cause);
        let since = self.record(Event::Taken { call, worker });
        self.log.cause = before;
        self.calls[call.index()].since = Some(since);
        Answer::Take(Assignment { call, work, inputs })
    }
}

fn is_about(record: &Record, future: FutureId) -> bool {
    let call = CallId(future.0);
    match &record.event {
        Event::Submitted { future: f, .. }
        | Event::Running { future: f }
        | Event::Cancelled { future: f, .. }
        | Event::Notified { future: f }
        | Event::Finished { future: f, .. }
        | Event::CallbackStarted { future: f, .. }
        | Event::CallbackEnded { future: f, .. } => *f == future,
        Event::Queued { call: c }
        | Event::Packed { call: c, .. }
        | Event::Taken { call: c, .. }
        | Event::Blocked { call: c, .. }
        | Event::Unblocked { call: c }
        | Event::Returned { call: c, .. }
        | Event::ResultArrived { call: c }
        | Event::Lost { call: c, .. } => *c == call,
        _ => false,
    }
}
