//! The engine: the executors and futures of one run, as a pure state machine.
//!
//! It knows no clock, no thread, no process and no socket. Drivers tell it what a program wants and
//! what the world did, each with a time; it answers, asks for effects, and writes the log.
//!
//! ```text
//!   threads                                   processes
//!
//!   submit ─▶ work queue ─▶ worker            submit ─▶ work ids ─▶ manager ─▶ call queue ─▶ worker
//!                             │                                        ▲                       │
//!                             ▼                                        └───── result queue ◀───┘
//!                       future FINISHED                            future FINISHED (by the manager)
//! ```
//!
//! What makes it fit for real pools as well as for simulated ones: it **never picks a worker** (a
//! worker that is free asks, and gets the head of the queue), and everything of CPython that can run
//! late is an **agent** that is woken and reports when it really runs. Finishing a future runs no
//! program, refills no queue and frees no idle token.
//!
//! Its methods are of four kinds: getters; [`Engine::handle`] for commands and facts; and
//! [`Engine::drain_records`], which hands the log out. There is nothing else to call.

pub mod event;
pub mod future;
pub mod io;

mod commute;
mod core;
mod hang;
mod invariants;
mod iterators;
mod jobs;
mod log;
mod mp_pool;
mod person;
mod process_pool;
mod thread_pool;
mod wait;

use std::sync::Arc;

use crate::limits;
use crate::outcome::{Outcome, Raised};
use crate::scenario::{ExecutorKind, Plan};
use crate::units::{CallId, FutureId, Instant, IteratorId, WorkerId};
use crate::value::Value;

use self::core::{Core, Life, Place, WorkerCell};
use event::{
    Agent, BlockedOn, Event, HowExited, Items, Part, Parts, Question, Record, Reply, Transport,
    Work,
};
use future::FutureState;
use io::{Answer, Assignment, Callbacks, Command, Effect, Fact, Input, MapSubmit, Step, Timer};
use mp_pool::MpPool;
use process_pool::ProcessPool;
use thread_pool::ThreadPool;

/// One run's executors and futures. See the module's page.
#[derive(Debug, Clone)]
pub struct Engine {
    core: Core,
    pool: Pool,
}

/// The pool that the scenario asks for.
#[derive(Debug, Clone, Hash)]
enum Pool {
    Threads(ThreadPool),
    Processes(ProcessPool),
    /// `multiprocessing.Pool`.
    Mp(MpPool),
}

impl Engine {
    /// The engine at the beginning of a run, for real drivers; the first record is `ProgramStarted`.
    ///
    /// A few things that CPython does one after the other are one input here, because they happen
    /// under one lock: what comes of that is among what could come of them one by one.
    pub fn new(plan: Arc<Plan>) -> Self {
        Self::with_grain(plan, false)
    }

    /// The same for the simulator: whatever others can run in between is an input of its own.
    pub fn fine(plan: Arc<Plan>) -> Self {
        Self::with_grain(plan, true)
    }

    fn with_grain(plan: Arc<Plan>, fine: bool) -> Self {
        let mut core = Core::new(plan, fine);
        core.record(Event::ProgramStarted { max_workers: core.plan.max_workers() });
        let pool = match core.plan.kind() {
            ExecutorKind::Threads | ExecutorKind::Interpreters => {
                Pool::Threads(ThreadPool::default())
            }
            ExecutorKind::Processes => Pool::Processes(ProcessPool::new(core.plan.max_workers())),
            ExecutorKind::Pool => Pool::Mp(MpPool::new(&mut core)),
        };
        core.log.cause = None;
        core.plan_interventions();
        Self { core, pool }
    }

    /// What is wanted before anything has happened: timers of interventions at a fixed time, and the
    /// workers of a pool that starts them when it is made.
    ///
    /// To be called once, before the first input.
    pub fn take_first_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.core.effects)
    }

    /// Handles one command or fact at `now`, which is never earlier than the one before.
    ///
    /// # Panics
    /// If the driver reports what cannot be (a call returned by a worker that does not have it), or
    /// if we are wrong (an illegal transition): the message holds the story.
    pub fn handle(&mut self, input: Input, now: Instant) -> Step {
        // The lock is the linearisation point; a clock that stands still is fine, one that goes back
        // is not, and two cores may disagree by nanoseconds.
        self.core.now = self.core.now.max(now);
        self.core.log.cause = None;
        let answer = match input {
            Input::Command { by, command } => self.command(by, command),
            Input::Fact(fact) => self.fact(fact),
        };
        self.look_for_hang();
        self.check_invariants();
        Step { answer, effects: std::mem::take(&mut self.core.effects) }
    }

    /// Hands out the records written since the last time. They are forgotten here, but for the last
    /// 1,000, which stay for the stories of errors.
    pub fn drain_records(&mut self) -> Vec<Record> {
        self.core.log.drain()
    }

    /// The same without a copy, for who hands them out often: the records are shared with what is
    /// remembered. New ones are written into `room`. Comes back also with those that are remembered no
    /// more, so that nobody has to free them, or to find new room, under a lock.
    pub fn hand_out_records(
        &mut self,
        room: Vec<Record>,
    ) -> (Arc<Vec<Record>>, Vec<Arc<Vec<Record>>>) {
        self.core.log.hand_out(room)
    }

    /// How many records wait to be handed out.
    pub fn waiting_records(&self) -> usize {
        self.core.log.waiting()
    }

    /// How many records were ever written.
    pub fn written_records(&self) -> u64 {
        self.core.log.written()
    }

    /// Whether this agent was asked to run and has not reported since.
    pub fn is_woken(&self, agent: Agent) -> bool {
        self.core.woken.contains_key(&agent)
    }

    /// Whether the program is over, and nothing more will be written.
    pub fn is_over(&self) -> bool {
        self.core.over
    }

    /// Whether the program hangs: see [`Event::ProgramHangs`].
    pub fn is_hung(&self) -> bool {
        self.core.hung
    }

    /// Whether more workers were wanted than a run may start ([`limits::WORKERS`]).
    pub fn wanted_too_many_workers(&self) -> bool {
        self.core.too_many_workers
    }

    /// The state of every future, by its number.
    pub fn states(&self) -> Vec<FutureState> {
        self.core.futures.iter().map(|(_, cell)| cell.state).collect()
    }

    /// Whether interventions are still planned for an instant that will come.
    pub fn has_armed_interventions(&self) -> bool {
        !self.core.armed.is_empty()
    }

    /// Workers that sleep at the empty queue and were not woken by name, ascending.
    pub fn sleeping_workers(&self) -> impl Iterator<Item = WorkerId> + '_ {
        let asleep = |(_, cell): &(usize, &WorkerCell)| cell.life == Life::Asleep;
        self.core.workers.iter().enumerate().filter(asleep).map(|(index, _)| WorkerId::at(index))
    }

    /// Workers that were started, or asked for, and have not ended, ascending.
    pub fn live_workers(&self) -> impl Iterator<Item = WorkerId> + '_ {
        let alive = |(_, cell): &(usize, &WorkerCell)| cell.life != Life::Gone;
        self.core.workers.iter().enumerate().filter(alive).map(|(index, _)| WorkerId::at(index))
    }

    /// How many answers `next()` of this iterator could have now: see [`Command::Next`].
    pub fn next_choices(&self, iterator: IteratorId) -> u32 {
        self.core.next_choices(iterator)
    }

    /// Whether a worker that asked now would be given something to do, or be told to end.
    pub fn has_work(&self) -> bool {
        match &self.pool {
            Pool::Threads(pool) => pool.has_work(),
            Pool::Processes(pool) => pool.has_work(),
            Pool::Mp(pool) => pool.has_work(),
        }
    }

    /// The call that this worker would be given if it asked now: the head of the queue, cancelled or
    /// not. None if it would be told to sleep or to end, or goes on with what it has.
    pub fn would_take(&self, worker: WorkerId) -> Option<CallId> {
        match &self.pool {
            Pool::Threads(pool) => pool.would_take(&self.core, worker),
            Pool::Processes(pool) => pool.would_take(&self.core, worker),
            Pool::Mp(pool) => pool.would_take(&self.core, worker),
        }
    }

    fn command(&mut self, by: Agent, command: Command) -> Answer {
        let core = &mut self.core;
        match command {
            Command::Submit { work, inputs, map, callbacks } => {
                self.submit(by, work, inputs, map, callbacks)
            }
            Command::OpenJob { callbacks } => {
                if let Err(refused) = self.may_submit() {
                    return self.refuse_submit(by, refused);
                }
                let job = self.core.open_job(callbacks);
                self.mp_pool().open_job(job);
                Answer::Iterator(job)
            }
            Command::SealJob { job } => {
                let Pool::Mp(pool) = &mut self.pool else { unreachable!("only Pool has jobs") };
                pool.seal(core, job);
                Answer::Nothing
            }
            Command::GetJob { job, timeout } => core.get_job(by, job, timeout),
            Command::Ready { of } => core.is_ready(by, of),
            Command::Successful { of } => core.successful(by, of),
            Command::OpenImap { unordered, chunked, calls } => {
                if let Err(refused) = self.may_submit() {
                    return self.refuse_submit(by, refused);
                }
                let Pool::Mp(pool) = &mut self.pool else { unreachable!("only Pool has imap") };
                let iterator = self.core.open_imap(unordered, chunked, calls);
                pool.feed(&mut self.core, iterator);
                Answer::Iterator(iterator)
            }
            Command::NextWithin { iterator, timeout } => {
                core.next_imap(by, iterator, Some(timeout))
            }
            Command::AddCallback { future, callback } => core.add_callback(by, future, callback),
            Command::Result { future, timeout } => core.result(by, future, timeout),
            Command::Exception { future, timeout } => core.exception(by, future, timeout),
            Command::Wait { futures, timeout, return_when } => {
                core.wait(by, &futures, timeout, return_when)
            }
            Command::OpenCompleted { futures, timeout } => core.open_completed(&futures, timeout),
            Command::OpenMap { timeout } => core.open_map(timeout),
            Command::Next { iterator, choice } => core.next(by, iterator, choice),
            Command::CloseIterator { iterator } => core.close_iterator(by, iterator),
            Command::Cancel { future } => {
                let cancelled = core.cancel(by, future);
                core.answered(by, Question::Cancel(future), Value::Bool(cancelled));
                Answer::Bool(cancelled)
            }
            Command::Done { future } => {
                let done = core.futures.state(future).done();
                core.answered(by, Question::Done(future), Value::Bool(done));
                Answer::Bool(done)
            }
            Command::Running { future } => {
                let running = core.futures.state(future).running();
                core.answered(by, Question::Running(future), Value::Bool(running));
                Answer::Bool(running)
            }
            Command::Cancelled { future } => {
                let cancelled = core.futures.state(future).cancelled();
                core.answered(by, Question::Cancelled(future), Value::Bool(cancelled));
                Answer::Bool(cancelled)
            }
            Command::Shutdown { wait, cancel_futures } => {
                self.shutdown(by, wait, cancel_futures, false)
            }
            Command::StopWorkers { kill } => self.stop_workers(by, kill),
            Command::ClosePool => {
                core.record(Event::PoolClosed { by });
                let Pool::Mp(pool) = &mut self.pool else { unreachable!("only Pool is closed") };
                pool.close(core);
                Answer::Nothing
            }
            Command::TerminatePool => self.terminate(by, false),
            Command::JoinPool => self.join(by),
            Command::Repr { future } => {
                let text = Value::from(core.repr(future).as_str());
                core.answered(by, Question::Repr(future), text.clone());
                Answer::Value(text)
            }
            Command::Leave => self.leave(by),
            Command::End { raised } => self.end(raised),
            Command::Sleep { span } => core.sleep(by, span),
            Command::WaitAllTasks => core.wait_all_tasks(by),
            Command::SetAllTasks => core.set_all_tasks(),
            Command::Print { text } => {
                core.record(Event::Printed { by, text });
                Answer::Nothing
            }
            Command::Skip { task, because } => {
                core.record(Event::TaskSkipped { task, because });
                Answer::Nothing
            }
            Command::CallDirectly { task, inputs } => {
                core.record(Event::DirectCallStarted { task });
                // A map node's items one after the other, as by Python's own `map`.
                let count = core.plan.task(task).item_count().unwrap_or(0);
                let work = Work::Tasks(Parts::One(Part { task, first: 0, count }));
                Answer::RunHere(Assignment { call: Assignment::DIRECT, work, inputs })
            }
            Command::PassGate { task } => core.pass_gate(by, task),
            Command::HardExit { code } => {
                core.record(Event::ProgramExiting { code, by });
                core.over = true;
                Answer::Ended
            }
            Command::Act { plan, act } => self.act(plan, act),
        }
    }

    fn fact(&mut self, fact: Fact) -> Answer {
        match fact {
            Fact::Woke { agent } => self.woke(agent),
            Fact::AgentRuns { agent } => match &mut self.pool {
                Pool::Threads(_) => unreachable!("a thread pool has no threads but its workers"),
                Pool::Processes(pool) => pool.step(&mut self.core, agent),
                Pool::Mp(pool) => pool.step(&mut self.core, agent),
            },
            Fact::WorkerStarted { worker, pid } => {
                self.core.life(worker, &[Life::Spawned], Life::Active);
                self.core.pids.extend(pid.map(|pid| (worker, pid)));
                let name = self.core.plan.worker_name(worker);
                self.core.record(Event::WorkerStarted { worker, name, pid });
                self.initialize(worker)
            }
            Fact::InitializerReturned { worker, raised } => {
                self.core.life(worker, &[Life::Initializing], Life::Active);
                let ended = Event::InitializerEnded { worker, raised: raised.clone() };
                self.core.record(ended);
                if raised.is_some()
                    && let Pool::Threads(pool) = &mut self.pool
                {
                    pool.initializer_failed(&mut self.core, worker);
                }
                Answer::Nothing
            }
            Fact::WorkerAsks { worker } => match &mut self.pool {
                Pool::Threads(pool) => pool.ask(&mut self.core, worker),
                Pool::Processes(pool) => pool.ask(&mut self.core, worker),
                Pool::Mp(pool) => pool.ask(&mut self.core, worker),
            },
            Fact::WorkerIdle { worker } => match &mut self.pool {
                Pool::Threads(pool) => pool.idle(&mut self.core, worker),
                Pool::Processes(_) | Pool::Mp(_) => {
                    unreachable!("only threads look before they sleep")
                }
            },
            Fact::Returned { worker, call, items, transport } => {
                self.returned(worker, call, items, transport)
            }
            Fact::ResultArrived { call } => match &mut self.pool {
                Pool::Threads(_) => unreachable!("a thread's result is there when it returns"),
                Pool::Processes(pool) => pool.result_arrived(&mut self.core, call),
                Pool::Mp(pool) => pool.result_arrived(&mut self.core, call),
            },
            Fact::CallBlocked { call, on } => self.core.call_blocked(call, on),
            Fact::CallbackStarted { lane, future, callback } => {
                self.core.record(Event::CallbackStarted { future, callback, lane });
                Answer::Nothing
            }
            Fact::CallbackReturned { lane, future, callback, raised } => {
                let ended = Event::CallbackEnded { future, callback, lane, raised: raised.clone() };
                self.core.record(ended);
                if let Pool::Mp(pool) = &mut self.pool {
                    pool.called_back(&mut self.core, lane, raised.as_ref());
                }
                let left = self.core.callbacks.get_mut(&lane).expect("a callback was to run here");
                *left -= 1;
                if *left == 0 {
                    self.core.callbacks.remove(&lane);
                }
                Answer::Nothing
            }
            Fact::DirectCallReturned { task, outcome } => {
                self.core.record(Event::DirectCallReturned { task, outcome: outcome.clone() });
                match outcome {
                    Outcome::Returned(value) => Answer::Value(value),
                    Outcome::Raised(raised) => Answer::Raised(raised),
                    Outcome::Lost => unreachable!("the main thread loses nothing"),
                }
            }
            Fact::WorkerExited { worker, how } => self.worker_exited(worker, how),
            Fact::SpawnFailed { worker, message } => {
                self.core.life(worker, &[Life::Spawned], Life::Gone);
                self.core.record(Event::SpawnFailed { worker, message });
                if let Pool::Mp(pool) = &mut self.pool {
                    pool.worker_gone(&mut self.core);
                }
                self.after_exit();
                Answer::Nothing
            }
            Fact::GilTaken { by } => {
                self.core.record(Event::GilTaken { by });
                Answer::Nothing
            }
            Fact::GilReleased { by } => {
                self.core.record(Event::GilReleased { by });
                Answer::Nothing
            }
            Fact::TimerFired { timer: Timer::Blocked(agent) } => {
                self.core.timer_fired(agent);
                Answer::Nothing
            }
            Fact::TimerFired { timer: Timer::Intervention(place) } => {
                self.core.armed.remove(&place);
                let act = self.core.plan.interventions[place as usize].act.clone();
                self.act(Some(place), act)
            }
        }
    }

    fn submit(
        &mut self,
        by: Agent,
        work: Work,
        inputs: Arc<[Value]>,
        map: Option<MapSubmit>,
        callbacks: Callbacks,
    ) -> Answer {
        if let Err(refused) = self.may_submit() {
            if let Some(MapSubmit::Refill(iterator)) = map {
                self.core.refill_refused(iterator, refused.clone());
            }
            return self.refuse_submit(by, refused);
        }
        let core = &mut self.core;
        let call = core.new_call(by, work, inputs);
        let future = FutureId::from(call);
        let iterator = map.map(|(MapSubmit::Call(map) | MapSubmit::Refill(map))| map);
        core.calls[call.index()].iterator = iterator;
        match &mut self.pool {
            Pool::Threads(pool) => {
                iterator.into_iter().for_each(|map| core.add_to_map(map, future));
                pool.submit(core, call);
            }
            Pool::Processes(pool) => {
                iterator.into_iter().for_each(|map| core.add_to_map(map, future));
                pool.submit(core, call);
            }
            Pool::Mp(pool) => {
                iterator.into_iter().for_each(|job| core.add_to_job(job, future));
                pool.submit(core, call, callbacks);
            }
        }
        Answer::Future(future)
    }

    fn refuse_submit(&mut self, by: Agent, refused: Raised) -> Answer {
        let reply = Reply::Raised(refused.clone());
        self.core.record(Event::Answered { by, what: Question::Submit, reply });
        Answer::Raised(refused)
    }

    fn mp_pool(&mut self) -> &mut MpPool {
        match &mut self.pool {
            Pool::Mp(pool) => pool,
            Pool::Threads(_) | Pool::Processes(_) => unreachable!("the program is checked"),
        }
    }

    /// In Python's order: broken, shut down, interpreter exiting; then our own limit.
    fn may_submit(&self) -> Result<(), Raised> {
        let (broken, closed) = match &self.pool {
            Pool::Threads(pool) => (pool.broken.clone(), pool.closed),
            Pool::Processes(pool) => {
                (pool.is_broken().then(Raised::broken_pool_submit), pool.closed)
            }
            Pool::Mp(pool) if pool.runs() => (None, false),
            Pool::Mp(_) => (Some(Raised::pool_not_running()), true),
        };
        if let Some(broken) = broken {
            return Err(broken);
        }
        if closed {
            return Err(Raised::after_shutdown());
        }
        if self.core.exiting {
            return Err(Raised::after_interpreter_shutdown());
        }
        if self.core.futures.len() >= limits::FUTURES {
            let text = format!("Futurescope allows {} futures a run", limits::FUTURES);
            return Err(Raised::new("RuntimeError", text));
        }
        Ok(())
    }

    fn returned(
        &mut self,
        worker: WorkerId,
        call: CallId,
        items: Items,
        transport: Option<Transport>,
    ) -> Answer {
        let core = &mut self.core;
        core.life(worker, &[Life::Busy(call)], Life::Active);
        if core.plan.scenario.executor.max_tasks_per_child.is_some() {
            core.workers[worker.index()].served += 1;
        }
        let outcome = core.outcome(call, &items);
        core.log.cause = core.calls[call.index()].since;
        let since = core.record(Event::Returned { call, worker, items, transport });
        core.log.cause = Some(since);
        core.calls[call.index()].since = Some(since);
        match &mut self.pool {
            Pool::Threads(_) => {
                core.calls[call.index()].place = Place::Gone;
                core.finish(Agent::Worker(worker), FutureId(call.0), outcome);
            }
            Pool::Processes(pool) => pool.returned(core, worker, call, outcome),
            Pool::Mp(pool) => pool.returned(core, call, outcome),
        }
        Answer::Nothing
    }

    /// A worker has started: it runs its initializer first, if it has one.
    fn initialize(&mut self, worker: WorkerId) -> Answer {
        let Some(initializer) = self.core.plan.initializer_of(worker) else {
            return Answer::Nothing;
        };
        self.core.life(worker, &[Life::Active], Life::Initializing);
        self.core.record(Event::InitializerStarted { worker });
        Answer::Initialize(initializer)
    }

    fn worker_exited(&mut self, worker: WorkerId, how: HowExited) -> Answer {
        let life = self.core.workers[worker.index()].life;
        assert!(life != Life::Gone, "worker {worker} exited twice");
        self.core.workers[worker.index()].life = Life::Gone;
        self.core.woken.remove(&Agent::Worker(worker));
        self.core.blocked.remove(&Agent::Worker(worker));
        self.core.record(Event::WorkerExited { worker, how });
        if let Life::Busy(call) = life {
            self.core.calls[call.index()].place = match &self.pool {
                Pool::Mp(_) => Place::Lost,
                Pool::Threads(_) | Pool::Processes(_) => Place::Gone,
            };
            self.core.record(Event::Lost { call, worker });
        }
        match &mut self.pool {
            Pool::Threads(_) => {}
            Pool::Processes(pool) if life == Life::Ending => pool.worker_ended(&mut self.core),
            Pool::Processes(pool) => pool.worker_died(&mut self.core, worker, how),
            Pool::Mp(pool) => pool.worker_gone(&mut self.core),
        }
        self.after_exit();
        Answer::Nothing
    }

    /// Who waits for the workers' end may have it now.
    fn after_exit(&mut self) {
        if self.workers_joined() {
            self.core.wake_joiners();
        }
    }

    /// Whether a `join` of the executor's threads would come back at once.
    fn workers_joined(&self) -> bool {
        match &self.pool {
            Pool::Threads(_) => self.core.all_workers_gone(),
            Pool::Processes(pool) => pool.manager_gone(),
            Pool::Mp(pool) => pool.joined(&self.core),
        }
    }

    /// Whether nothing keeps the interpreter from exiting: the worker processes that a dead manager left
    /// behind do (`multiprocessing` joins all that are no daemons).
    fn exits(&self) -> bool {
        let left_behind = match &self.pool {
            Pool::Processes(pool) => pool.manager_died() && !self.core.all_workers_gone(),
            Pool::Threads(_) | Pool::Mp(_) => false,
        };
        self.workers_joined() && !left_behind
    }

    /// `terminate_workers()` or `kill_workers()`: nothing happens where no worker exists, or all is
    /// over anyway (rule 106).
    fn stop_workers(&mut self, by: Agent, kill: bool) -> Answer {
        self.core.record(Event::WorkersStopped { by, kill });
        let Pool::Processes(pool) = &mut self.pool else {
            unreachable!("only process pools have terminate_workers");
        };
        if pool.is_broken() || pool.manager_gone() {
            return Answer::Nothing;
        }
        pool.close(&mut self.core, false, true);
        if kill {
            let alive: Vec<WorkerId> = self.live_workers().collect();
            alive.into_iter().for_each(|worker| self.core.kill_worker(worker));
        } else {
            self.core.terminate_workers();
        }
        Answer::Nothing
    }

    /// `pool.terminate()`. From a callback of the pool's own it does not wait: CPython's waits for
    /// ever (gh-87129).
    fn terminate(&mut self, by: Agent, unwritten: bool) -> Answer {
        self.core.record(Event::TerminateAsked { by, unwritten });
        let Pool::Mp(pool) = &mut self.pool else {
            unreachable!("only Pool is terminated");
        };
        if let Err(raised) = pool.terminate(&mut self.core) {
            let (what, reply) = (Question::Terminate, Reply::Raised(raised.clone()));
            self.core.record(Event::Answered { by, what, reply });
            return Answer::Raised(raised);
        }
        if self.workers_joined() || by != Agent::Main {
            self.core.record(Event::TerminateReturned { by });
            return Answer::Nothing;
        }
        self.core.block(by, BlockedOn::Terminate, None)
    }

    /// `pool.join()`.
    fn join(&mut self, by: Agent) -> Answer {
        if self.mp_pool().runs() {
            let raised = Raised::pool_still_running();
            let reply = Reply::Raised(raised.clone());
            self.core.record(Event::Answered { by, what: Question::Join, reply });
            return Answer::Raised(raised);
        }
        if self.workers_joined() {
            self.core.record(Event::JoinReturned { by });
            return Answer::Nothing;
        }
        // As a thread of the pool's own it would wait for itself (V-36).
        if by != Agent::Main {
            return Answer::Raised(Raised::joins_itself());
        }
        self.core.block(by, BlockedOn::Join, None)
    }

    fn shutdown(
        &mut self,
        by: Agent,
        wait: bool,
        cancel_futures: bool,
        leaves_block: bool,
    ) -> Answer {
        if !self.continues_shutdown(by) {
            self.core.record(Event::ShutdownAsked { by, wait, cancel_futures, leaves_block });
        }
        match self.close(by, wait, cancel_futures) {
            Closed::Again => Answer::Again,
            Closed::NothingToJoin => self.shutdown_returned(by),
            Closed::Joins if !wait || self.workers_joined() => self.shutdown_returned(by),
            // Python's Thread.join refuses to wait for itself (V-36).
            Closed::Joins if by != Agent::Main => Answer::Raised(Raised::joins_itself()),
            Closed::Joins => self.core.block(by, BlockedOn::Shutdown, None),
        }
    }

    fn shutdown_returned(&mut self, by: Agent) -> Answer {
        self.core.record(Event::ShutdownReturned { by });
        Answer::Nothing
    }

    fn continues_shutdown(&self, by: Agent) -> bool {
        match &self.pool {
            Pool::Threads(pool) => pool.draining.contains(&by),
            Pool::Processes(_) | Pool::Mp(_) => false,
        }
    }

    fn close(&mut self, by: Agent, wait: bool, cancel_futures: bool) -> Closed {
        match &mut self.pool {
            Pool::Threads(pool) => pool.close(&mut self.core, by, cancel_futures),
            Pool::Processes(pool) => pool.close(&mut self.core, wait, cancel_futures),
            Pool::Mp(_) => unreachable!("Pool has no shutdown"),
        }
    }

    /// `__exit__`: `shutdown(wait=True)`, also when the block's body raised (rule 48); of Pool,
    /// `terminate()` (rule 168).
    fn leave(&mut self, by: Agent) -> Answer {
        let answer = match &self.pool {
            Pool::Mp(_) => self.terminate(by, true),
            Pool::Threads(_) | Pool::Processes(_) => self.shutdown(by, true, false, true),
        };
        if matches!(answer, Answer::Nothing | Answer::Raised(_)) {
            self.core.record(Event::BlockLeft);
        } else if let Some(blocked) = self.core.blocked.get_mut(&by) {
            blocked.leaves_block = true;
        }
        answer
    }

    /// The main thread's end: the interpreter shuts every executor down and waits for its workers,
    /// even after `shutdown(wait=False)`.
    fn end(&mut self, raised: Option<Raised>) -> Answer {
        self.core.exiting = true;
        match &mut self.pool {
            Pool::Threads(pool) => pool.exit(&mut self.core),
            Pool::Processes(pool) => pool.exit(&mut self.core),
            Pool::Mp(pool) if !pool.joined(&self.core) => pool.exit(&mut self.core),
            Pool::Mp(_) => {}
        }
        self.core.ended_with = raised;
        if self.exits() {
            return self.ended();
        }
        self.core.block(Agent::Main, BlockedOn::Exit, None)
    }

    fn ended(&mut self) -> Answer {
        self.core.miss_interventions();
        let raised = self.core.ended_with.take();
        self.core.record(Event::ProgramEnded { raised });
        self.core.over = true;
        Answer::Ended
    }

    fn woke(&mut self, agent: Agent) -> Answer {
        let Some(cause) = self.core.woken.remove(&agent) else {
            return Answer::Blocked;
        };
        self.core.log.cause = cause;
        let joined = self.workers_joined();
        let Some(on) = self.core.blocked.get(&agent).map(|blocked| blocked.on) else {
            return Answer::Nothing;
        };
        match on {
            BlockedOn::Shutdown if joined => {
                if let Pool::Processes(pool) = &mut self.pool {
                    pool.forget_manager();
                }
                let blocked = self.core.unblock(agent);
                self.core.record(Event::ShutdownReturned { by: agent });
                if blocked.leaves_block {
                    self.core.record(Event::BlockLeft);
                }
                Answer::Nothing
            }
            BlockedOn::Join if joined => {
                self.core.unblock(agent);
                self.core.record(Event::JoinReturned { by: agent });
                Answer::Nothing
            }
            BlockedOn::Terminate if joined => {
                let blocked = self.core.unblock(agent);
                self.core.record(Event::TerminateReturned { by: agent });
                if blocked.leaves_block {
                    self.core.record(Event::BlockLeft);
                }
                Answer::Nothing
            }
            BlockedOn::Exit if self.exits() => {
                self.core.unblock(agent);
                self.ended()
            }
            BlockedOn::Shutdown | BlockedOn::Exit | BlockedOn::Join | BlockedOn::Terminate => {
                Answer::Blocked
            }
            _ => self.core.resume(agent),
        }
    }
}

/// What became of closing a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closed {
    /// One pending future was cancelled; there may be more.
    Again,
    /// It is closed, and a `wait=True` joins the workers.
    Joins,
    /// It is closed, and nobody is there to be joined (rule 47).
    NothingToJoin,
}
