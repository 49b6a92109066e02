//! The simulator: the same engine and the same program, in virtual time.
//!
//! Every agent of the model is a little machine that does one thing after the other. What could happen
//! next is the set of agents that are ready at the earliest instant; which of them goes first is
//! **nature's choice**, and here the seed makes it. One seed, one log, byte for byte.
//!
//! ```text
//!            ┌─ ready at the earliest instant: main, worker 0, the manager, a timer …
//!   pick ◀───┤
//!     │      └─ none ready: the clock jumps to the next instant at which one is
//!     ▼
//!   one input to the engine ─▶ answer (what that agent does next) and effects (who else is ready)
//! ```
//!
//! [`explore`](explore::explore) asks for *all* of nature's choices instead of one, to see whether
//! something that really happened is among what may happen.

mod body;
pub mod cpu;
pub mod explore;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::engine::Engine;
use crate::engine::event::{Agent, BlockedOn, EndCause, Event, HowExited, Record, Work};
use crate::engine::io::{Answer, Command, Effect, Fact, Input, Timer};
use crate::function::Inner;
use crate::limits;
use crate::outcome::Outcome;
use crate::program::{Op, Program};
use crate::rng::Rng;
use crate::scenario::{Compare, ExecutorKind, Plan};
use crate::units::{CallId, CallbackId, FutureId, Instant, Seq, WorkerId};

use body::{Body, BodyAnswer, Request};
use cpu::Costs;

/// A simulated run.
#[derive(Debug, Clone)]
pub struct Sim {
    plan: Arc<Plan>,
    costs: Costs,
    engine: Engine,
    program: Program,
    now: Instant,
    chance: Rng,
    /// What each agent does next; the last is next.
    lanes: BTreeMap<Agent, Lane>,
    timers: BTreeMap<Timer, Instant>,
    /// Workers that sleep and were woken by name.
    roused: BTreeSet<WorkerId>,
    /// How many sleeping workers may wake, whichever.
    offers: usize,
    /// Results on their way to the manager, in order.
    results: VecDeque<CallId>,
    /// Deaths that the manager has not noticed, in order.
    deaths: VecDeque<(WorkerId, HowExited)>,
    /// Gates of worker processes that were opened for their calls.
    opened: BTreeSet<CallId>,
    /// Try also the orders of steps that commute: only to check that they do.
    every_order: bool,
    records: Vec<Record>,
    /// The place, time and end of the log once it has one.
    last: Option<(Seq, Instant)>,
    ended: bool,
}

/// One agent: what it will do, and from when on it can.
#[derive(Debug, Clone, Default, Hash)]
struct Lane {
    at: Instant,
    todo: Vec<Todo>,
}

/// One thing that an agent will do.
#[derive(Debug, Clone, Hash)]
enum Todo {
    /// Bring the program an answer, and see what it wants next.
    Resume(AnswerKey),
    /// Do that.
    Issue(Command),
    /// Wait until woken, then pass the answer on to what stands below.
    Woke,
    /// Below `Woke`, or for an answer that is there: the program gets it.
    ToProgram,
    /// The same: the body gets it.
    ToBody(CallOrDirect, Box<Body>),
    /// These callbacks, in order.
    Callbacks(VecDeque<(FutureId, CallbackId)>),
    /// A callback of this future is at work above.
    CallbackOf(FutureId, CallbackId),
    Start,
    Ask,
    Idle,
    Asleep,
    /// Run the present item of this body from where it is.
    Body(CallOrDirect, Box<Body>),
    /// The time that the body's work took has passed: do what it wants.
    Want(CallOrDirect, Box<Body>, Request),
    /// The body's wait is over.
    Waited(CallOrDirect, Box<Body>),
    /// A worker process waits for its gate.
    AtGate(CallId, Box<Body>),
    /// A worker process waits for what will never come.
    Never,
    /// A thread tells that it ends.
    Exit,
    ManagerAsleep,
    ManagerStep,
}

/// Whose call a body computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum CallOrDirect {
    Call(CallId),
    Direct,
}

/// An answer that can be hashed.
#[derive(Debug, Clone)]
struct AnswerKey(Answer);

impl Hash for AnswerKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Answers are small, and this is asked only when a search stops to compare.
        format!("{:?}", self.0).hash(state);
    }
}

/// Something that can happen now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Choice {
    Lane(Agent),
    /// The same, with the choice that its `next()` has.
    Next(Agent, u32),
    Timer(Timer),
}

impl Sim {
    /// A simulated run of this plan, before its first step. The seed is nature.
    pub fn new(plan: Arc<Plan>, seed: u64) -> Self {
        let mut engine = Engine::fine(plan.clone());
        let first = engine.take_first_effects();
        let mut sim = Self {
            engine,
            program: Program::new(plan.clone()),
            costs: Costs::IDEAL,
            now: Instant::ZERO,
            chance: Rng::new(seed),
            lanes: BTreeMap::new(),
            timers: BTreeMap::new(),
            roused: BTreeSet::new(),
            offers: 0,
            results: VecDeque::new(),
            deaths: VecDeque::new(),
            opened: BTreeSet::new(),
            every_order: false,
            records: Vec::new(),
            last: None,
            ended: false,
            plan,
        };
        sim.push(Agent::Main, Todo::Resume(AnswerKey(Answer::Nothing)));
        sim.carry_out(Agent::Main, first);
        sim.take_records();
        sim
    }

    /// Runs to the end and hands out the whole log.
    pub fn run(mut self) -> Vec<Record> {
        while self.step() {}
        self.drain_records()
    }

    /// One input to the engine; false once the run is over and its `EndOfRun` is written.
    pub fn step(&mut self) -> bool {
        let choices = self.choices();
        let pick = match choices.len() {
            0 | 1 => 0,
            // Fewer than 2^32 agents, so the pick fits.
            several => usize::try_from(self.chance.below(several as u64)).unwrap_or(0),
        };
        self.take(choices.get(pick).copied());
        !self.ended
    }

    /// Hands out the records written since the last time.
    pub fn drain_records(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.records)
    }

    /// The run's instant.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Everything that may happen next, in a fixed order. The clock jumps if it must.
    fn choices(&mut self) -> Vec<Choice> {
        let mut ready: Vec<(Instant, Choice)> = self
            .lanes
            .iter()
            .filter(|(agent, lane)| self.is_ready(**agent, lane))
            .flat_map(|(agent, lane)| self.ways(*agent, lane).map(|way| (lane.at, way)))
            .collect();
        let person_is_free = self.lanes.get(&Agent::Person).is_none_or(|lane| lane.todo.is_empty());
        for (timer, at) in &self.timers {
            if person_is_free || !matches!(timer, Timer::Intervention(_)) {
                ready.push((*at, Choice::Timer(*timer)));
            }
        }
        let Some(earliest) = ready.iter().map(|(at, _)| *at).min() else {
            return Vec::new();
        };
        let now = self.now.max(earliest);
        self.now = now;
        let due = |(at, choice)| (at <= now).then_some(choice);
        let due: Vec<Choice> = ready.into_iter().filter_map(due).collect();
        // A step that commutes with all others is no choice of nature's.
        match due.iter().find(|choice| self.commutes(**choice)) {
            Some(choice) if !self.every_order => vec![*choice],
            _ => due,
        }
    }

    /// Whether it makes no difference when, within this instant, this happens.
    fn commutes(&self, choice: Choice) -> bool {
        let Choice::Lane(agent) = choice else { return false };
        match self.lanes[&agent].todo.last() {
            // Only the agent itself changes, or only the log.
            Some(
                Todo::Resume(_)
                | Todo::Callbacks(_)
                | Todo::Start
                | Todo::Body(..)
                | Todo::Want(_, _, Request::Wait(_))
                | Todo::Waited(..)
                | Todo::AtGate(..)
                | Todo::Exit,
            ) => true,
            Some(Todo::Issue(command)) => self.engine.commutes(command),
            Some(Todo::Woke) => self.engine.wake_commutes(agent),
            Some(Todo::Ask) => match agent {
                Agent::Worker(worker) => self.engine.ask_commutes(worker),
                _ => unreachable!("only workers ask"),
            },
            _ => false,
        }
    }

    /// Of choices that differ only in which of several like workers goes on, one.
    fn without_twins(&self, choices: Vec<Choice>) -> Vec<Choice> {
        if self.plan.scenario.compare == Compare::Workers || self.every_order {
            return choices;
        }
        let mut seen = BTreeSet::new();
        let is_new = |choice: &Choice| match choice {
            Choice::Lane(Agent::Worker(worker)) => seen.insert(self.worker_key(*worker)),
            _ => true,
        };
        choices.into_iter().filter(is_new).collect()
    }

    /// The ways in which a ready agent can go on: one, but where its `next()` has more.
    fn ways(&self, agent: Agent, lane: &Lane) -> impl Iterator<Item = Choice> + use<> {
        let choices = match lane.todo.last() {
            Some(Todo::Issue(Command::Next { iterator, .. })) => {
                self.engine.next_choices(*iterator)
            }
            _ => 1,
        };
        let way = move |choice| match choices {
            1 => Choice::Lane(agent),
            _ => Choice::Next(agent, choice),
        };
        (0..choices).map(way)
    }

    fn is_ready(&self, agent: Agent, lane: &Lane) -> bool {
        match lane.todo.last() {
            None | Some(Todo::Never) => false,
            Some(Todo::Woke) => self.engine.is_woken(agent),
            Some(Todo::Asleep) => match agent {
                Agent::Worker(worker) => self.offers > 0 || self.roused.contains(&worker),
                _ => unreachable!("only workers sleep at a queue"),
            },
            Some(Todo::ManagerAsleep) => {
                self.engine.is_woken(agent) || !self.results.is_empty() || !self.deaths.is_empty()
            }
            Some(Todo::AtGate(call, _)) => self.opened.contains(call),
            Some(_) => true,
        }
    }

    /// Lets this happen, and ends the run if nothing can, or if it met a limit.
    fn take(&mut self, choice: Option<Choice>) {
        if self.ended {
            return;
        }
        if self.now > Instant::ZERO + limits::WALL {
            self.now = Instant::ZERO + limits::WALL;
            return self.end(EndCause::Deadline);
        }
        match choice {
            Some(Choice::Lane(agent)) => self.go_on(agent),
            Some(Choice::Next(agent, chosen)) => {
                if let Some(Todo::Issue(Command::Next { choice, .. })) =
                    self.lane(agent).todo.last_mut()
                {
                    *choice = chosen;
                }
                self.go_on(agent);
            }
            Some(Choice::Timer(timer)) => {
                self.timers.remove(&timer);
                let (by, fact) = (Agent::Person, Fact::TimerFired { timer });
                self.input(by, Input::Fact(fact));
            }
            // A gate that nobody is going to open: a person could, but nobody is here.
            None => {
                self.now = Instant::ZERO + limits::WALL;
                return self.end(EndCause::Deadline);
            }
        }
        self.take_records();
        self.look_for_end();
    }

    fn look_for_end(&mut self) {
        if self.engine.is_over() {
            let exited = self.records.iter().rev().find_map(|record| match record.event {
                Event::ProgramExiting { code, .. } => Some(code),
                _ => None,
            });
            return self.end(exited.map_or(EndCause::Finished, EndCause::Exit));
        }
        if self.engine.is_hung() && !self.engine.has_armed_interventions() {
            return self.end(EndCause::Hang);
        }
        if self.engine.written_records() >= limits::RECORDS {
            self.end(EndCause::Records);
        }
    }

    fn end(&mut self, cause: EndCause) {
        self.ended = true;
        let after_seq = self.last.map(|(seq, _)| seq);
        let seq = after_seq.map_or(0, |seq| seq + 1);
        let event = Event::EndOfRun { cause, after_seq };
        self.records.push(Record { seq, at: self.now, cause: after_seq, event });
    }

    fn take_records(&mut self) {
        self.records.extend(self.engine.drain_records());
        if let Some(record) = self.records.last() {
            self.last = Some((record.seq, record.at));
        }
    }

    fn lane(&mut self, agent: Agent) -> &mut Lane {
        self.lanes.entry(agent).or_default()
    }

    fn push(&mut self, agent: Agent, todo: Todo) {
        self.push_at(agent, self.now, todo);
    }

    fn push_at(&mut self, agent: Agent, at: Instant, todo: Todo) {
        let lane = self.lane(agent);
        lane.at = at;
        lane.todo.push(todo);
    }

    /// One input to the engine in this agent's name; callbacks that come of it are its next thing.
    fn input(&mut self, by: Agent, input: Input) -> Answer {
        let step = self.engine.handle(input, self.now);
        self.carry_out(by, step.effects);
        step.answer
    }

    fn command(&mut self, by: Agent, command: Command) {
        let step = self.engine.handle(Input::Command { by, command }, self.now);
        // What the lane does with the answer comes below the callbacks that it must run first.
        self.take_answer(by, step.answer);
        self.carry_out(by, step.effects);
    }

    /// Puts what an agent does with an answer on its list.
    fn take_answer(&mut self, agent: Agent, answer: Answer) {
        if answer == Answer::Blocked {
            return self.push(agent, Todo::Woke);
        }
        match self.lane(agent).todo.pop() {
            Some(Todo::ToProgram) => match answer {
                Answer::RunHere(assignment) => {
                    let body = Body::new(assignment, false, self.now);
                    self.push(agent, Todo::ToProgram);
                    self.push(agent, Todo::Body(CallOrDirect::Direct, Box::new(body)));
                }
                Answer::Ended => {}
                answer => self.push(agent, Todo::Resume(AnswerKey(answer))),
            },
            Some(Todo::ToBody(of, mut body)) => {
                if let Some(answer) = body_answer(answer) {
                    body.answer(answer);
                    self.push(agent, Todo::Body(of, body));
                }
            }
            other => unreachable!("{agent:?} did not ask for {answer:?}, but for {other:?}"),
        }
    }

    fn carry_out(&mut self, by: Agent, effects: Vec<Effect>) {
        let mut callbacks = VecDeque::new();
        for effect in effects {
            match effect {
                Effect::SpawnWorker { worker } => {
                    let cost = match self.plan.kind() {
                        ExecutorKind::Threads => self.costs.start_thread,
                        ExecutorKind::Processes => self.costs.start_process,
                    };
                    self.push_at(Agent::Worker(worker), self.now + cost, Todo::Start);
                }
                Effect::Wake { agent: Agent::Worker(worker) } => {
                    self.roused.insert(worker);
                    self.touch(Agent::Worker(worker));
                }
                Effect::Wake { agent: Agent::Manager } => {
                    if self.lane(Agent::Manager).todo.is_empty() {
                        self.push(Agent::Manager, Todo::ManagerAsleep);
                    }
                    self.touch(Agent::Manager);
                }
                Effect::Wake { agent } => self.touch(agent),
                Effect::WakeAnyWorker => {
                    let asleep = self.engine.sleeping_workers().count();
                    self.offers = (self.offers + 1).min(asleep);
                    let asleep: Vec<WorkerId> = self.engine.sleeping_workers().collect();
                    asleep.into_iter().for_each(|worker| self.touch(Agent::Worker(worker)));
                }
                Effect::RunCallback { future, callback, lane } => {
                    debug_assert_eq!(lane, by, "a callback runs in the lane that asked for it");
                    callbacks.push_back((future, callback));
                }
                Effect::KillWorker { worker } => self.die(worker, HowExited::Signal(9)),
                Effect::TerminateWorkers => {
                    let alive: Vec<WorkerId> = self.engine.live_workers().collect();
                    alive.into_iter().for_each(|w| self.die(w, HowExited::Signal(15)));
                }
                Effect::SetTimer { timer, at } => {
                    self.timers.insert(timer, at);
                }
                Effect::ClearTimer { timer } => {
                    self.timers.remove(&timer);
                }
                Effect::OpenGate { call, worker } => {
                    self.opened.insert(call);
                    self.touch(Agent::Worker(worker));
                }
                Effect::Hang => {}
            }
        }
        if !callbacks.is_empty() {
            self.push(by, Todo::Callbacks(callbacks));
        }
    }

    /// What an agent waited for is there: it can run from now on.
    fn touch(&mut self, agent: Agent) {
        let now = self.now;
        if let Some(lane) = self.lanes.get_mut(&agent)
            && matches!(
                lane.todo.last(),
                Some(Todo::Woke | Todo::Asleep | Todo::ManagerAsleep | Todo::AtGate(..))
            )
        {
            lane.at = lane.at.max(now);
        }
    }

    fn die(&mut self, worker: WorkerId, how: HowExited) {
        let lane = self.lane(Agent::Worker(worker));
        if lane.todo.is_empty() {
            return;
        }
        lane.todo.clear();
        self.deaths.push_back((worker, how));
        self.touch(Agent::Manager);
    }

    fn go_on(&mut self, agent: Agent) {
        let todo = self.lane(agent).todo.pop().expect("a ready agent has something to do");
        match todo {
            Todo::Resume(AnswerKey(answer)) => self.resume(agent, answer),
            Todo::Issue(command) => {
                self.push(agent, Todo::ToProgram);
                self.command(agent, command);
            }
            Todo::Woke => {
                let step = self.engine.handle(Input::Fact(Fact::Woke { agent }), self.now);
                self.take_answer(agent, step.answer);
                self.carry_out(agent, step.effects);
            }
            Todo::Callbacks(mut left) => {
                let (future, callback) = left.pop_front().expect("no list of callbacks is empty");
                if !left.is_empty() {
                    self.push(agent, Todo::Callbacks(left));
                }
                self.program.begin_callback(agent, future, callback);
                self.input(
                    agent,
                    Input::Fact(Fact::CallbackStarted { lane: agent, future, callback }),
                );
                self.push(agent, Todo::CallbackOf(future, callback));
                self.push(agent, Todo::Resume(AnswerKey(Answer::Nothing)));
            }
            Todo::CallbackOf(..) | Todo::ToProgram | Todo::ToBody(..) => {
                unreachable!("{todo:?} is taken by what stands above it")
            }
            Todo::Start | Todo::Ask | Todo::Idle | Todo::Asleep | Todo::Exit => {
                self.worker(agent, &todo);
            }
            Todo::Body(of, body) => self.run_body(agent, of, body),
            Todo::Want(of, body, request) => self.want(agent, of, body, request),
            Todo::Waited(of, mut body) => {
                body.answer(BodyAnswer::Through);
                self.push(agent, Todo::Body(of, body));
            }
            Todo::AtGate(call, mut body) => {
                self.opened.remove(&call);
                body.answer(BodyAnswer::Through);
                self.push(agent, Todo::Body(CallOrDirect::Call(call), body));
            }
            Todo::Never => unreachable!("never"),
            Todo::ManagerAsleep => self.manager_looks(),
            Todo::ManagerStep => self.manager_step(),
        }
    }

    fn resume(&mut self, agent: Agent, answer: Answer) {
        match self.program.resume(agent, answer) {
            Op::Do(command) => self.push(agent, Todo::Issue(command)),
            Op::CallbackEnded { raised } => {
                let Some(Todo::CallbackOf(future, callback)) = self.lane(agent).todo.pop() else {
                    unreachable!("a callback ends in its own lane");
                };
                let fact = Fact::CallbackReturned { lane: agent, future, callback, raised };
                self.input(agent, Input::Fact(fact));
            }
            Op::Ended => {}
        }
    }

    fn worker(&mut self, agent: Agent, todo: &Todo) {
        let Agent::Worker(worker) = agent else { unreachable!("{agent:?} is no worker") };
        let fact = match todo {
            Todo::Start => {
                let process = self.plan.kind() == ExecutorKind::Processes;
                // Ids as they might be: the log of a simulated run is marked as such.
                let pid = process.then_some(1_001 + worker.0);
                self.input(agent, Input::Fact(Fact::WorkerStarted { worker, pid }));
                return self.push(agent, Todo::Ask);
            }
            Todo::Exit => {
                let how = HowExited::Told;
                self.input(agent, Input::Fact(Fact::WorkerExited { worker, how }));
                return;
            }
            Todo::Idle => Fact::WorkerIdle { worker },
            Todo::Asleep => {
                if !self.roused.remove(&worker) {
                    self.offers -= 1;
                }
                Fact::WorkerAsks { worker }
            }
            _ => Fact::WorkerAsks { worker },
        };
        let answer = self.input(agent, Input::Fact(fact));
        match answer {
            Answer::Take(assignment) => {
                let call = assignment.call;
                let pickles = self.plan.kind() == ExecutorKind::Processes;
                let body = Body::new(assignment, pickles, self.now);
                self.push(agent, Todo::Body(CallOrDirect::Call(call), Box::new(body)));
            }
            Answer::Again => self.push(agent, Todo::Ask),
            Answer::Empty => self.push(agent, Todo::Idle),
            Answer::Sleep => self.push(agent, Todo::Asleep),
            Answer::Exit => match self.plan.kind() {
                ExecutorKind::Threads => self.push(agent, Todo::Exit),
                ExecutorKind::Processes => {
                    self.deaths.push_back((worker, HowExited::Told));
                    self.touch(Agent::Manager);
                }
            },
            answer => unreachable!("a worker was answered {answer:?}"),
        }
    }

    fn run_body(&mut self, agent: Agent, of: CallOrDirect, body: Box<Body>) {
        let progress = body.run(&self.plan);
        let at = self.now + self.costs.compute(progress.units);
        self.push_at(agent, at, Todo::Want(of, body, progress.request));
    }

    fn want(&mut self, agent: Agent, of: CallOrDirect, mut body: Box<Body>, request: Request) {
        let process = self.plan.kind() == ExecutorKind::Processes && of != CallOrDirect::Direct;
        match request {
            Request::Wait(span) => {
                let at = self.now + self.plan.scaled(span);
                self.push_at(agent, at, Todo::Waited(of, body));
            }
            Request::Submit { number, .. } if process => {
                // In the child's copy of the executor no manager runs: nobody will ever take it.
                body.answer(BodyAnswer::Submitted(Inner(number)));
                self.push(agent, Todo::Body(of, body));
            }
            Request::Submit { number, function, args } => {
                let function = function.to_owned();
                let parent = match of {
                    CallOrDirect::Call(call) => Some(call.into()),
                    CallOrDirect::Direct => None,
                };
                let work = Work::Inner { of: parent, number, function, args };
                self.push(agent, Todo::ToBody(of, body));
                self.command(agent, Command::Submit { work, inputs: Vec::new(), map: None });
            }
            Request::Result(_) if process => {
                self.process_waits(agent, of, BlockedOn::OwnProcess, body);
            }
            Request::Result(Inner(future)) => {
                self.push(agent, Todo::ToBody(of, body));
                let future = FutureId(future);
                self.command(agent, Command::Result { future, timeout: None });
            }
            Request::Gate => {
                let task = body.task().expect("a gate is a task's");
                if process {
                    return self.process_waits(agent, of, BlockedOn::Gate(task), body);
                }
                self.push(agent, Todo::ToBody(of, body));
                self.command(agent, Command::PassGate { task });
            }
            Request::HardExit(code) => match agent {
                Agent::Worker(worker) if process => {
                    // Its lane has something to die with.
                    self.push(agent, Todo::Never);
                    self.die(worker, HowExited::Code(code));
                }
                _ => {
                    self.input(
                        agent,
                        Input::Command { by: agent, command: Command::HardExit { code } },
                    );
                }
            },
            Request::End(outcome) => self.end_item(agent, of, body, outcome),
        }
    }

    fn process_waits(&mut self, agent: Agent, of: CallOrDirect, on: BlockedOn, body: Box<Body>) {
        let CallOrDirect::Call(call) = of else { unreachable!("processes compute calls") };
        self.push(
            agent,
            if on == BlockedOn::OwnProcess { Todo::Never } else { Todo::AtGate(call, body) },
        );
        self.input(agent, Input::Fact(Fact::CallBlocked { call, on }));
    }

    fn end_item(&mut self, agent: Agent, of: CallOrDirect, mut body: Box<Body>, outcome: Outcome) {
        if !body.end_item(outcome, self.now) {
            return self.push(agent, Todo::Body(of, body));
        }
        match (of, agent) {
            (CallOrDirect::Call(call), Agent::Worker(worker)) => {
                let fact = Fact::Returned { worker, call, items: body.items, transport: None };
                self.push(agent, Todo::Ask);
                self.input(agent, Input::Fact(fact));
                if self.plan.kind() == ExecutorKind::Processes {
                    self.results.push_back(call);
                    self.touch(Agent::Manager);
                }
            }
            (CallOrDirect::Direct, _) => {
                let task = body.first_task();
                let outcome = body.items.outcomes.pop().expect("it has one item");
                let fact = Fact::DirectCallReturned { task, outcome };
                let step = self.engine.handle(Input::Fact(fact), self.now);
                self.take_answer(agent, step.answer);
                self.carry_out(agent, step.effects);
            }
            (of, agent) => unreachable!("{agent:?} does not compute {of:?}"),
        }
    }

    /// The manager looks in CPython's order: results, then the wake-up pipe, then the dead.
    fn manager_looks(&mut self) {
        let agent = Agent::Manager;
        self.push(agent, Todo::ManagerAsleep);
        self.push(agent, Todo::ManagerStep);
        if let Some(call) = self.results.pop_front() {
            self.input(agent, Input::Fact(Fact::ResultArrived { call }));
        } else if !self.engine.is_woken(agent)
            && let Some((worker, how)) = self.deaths.pop_front()
        {
            self.input(agent, Input::Fact(Fact::WorkerExited { worker, how }));
        }
    }

    fn manager_step(&mut self) {
        let agent = Agent::Manager;
        let step = self.engine.handle(Input::Fact(Fact::ManagerWoke), self.now);
        match step.answer {
            Answer::Again => self.push(agent, Todo::ManagerStep),
            Answer::Sleep => {}
            Answer::Exit => self.lane(agent).todo.clear(),
            answer => unreachable!("the manager was answered {answer:?}"),
        }
        self.carry_out(agent, step.effects);
    }

    /// A number that is equal for runs from which the same can follow.
    fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.engine.hash_rest(&mut hasher);
        self.program.hash_shared(&mut hasher);
        (self.now, &self.timers, self.offers, &self.results, &self.opened, self.ended)
            .hash(&mut hasher);
        for (agent, lane) in &self.lanes {
            if !matches!(agent, Agent::Worker(_)) {
                agent.hash(&mut hasher);
                self.hash_lane(*agent, lane, &mut hasher);
            }
        }
        let workers = self.lanes.keys().filter_map(|agent| match agent {
            Agent::Worker(worker) => Some(self.worker_key(*worker)),
            _ => None,
        });
        let mut workers: Vec<u64> = workers.collect();
        if self.plan.scenario.compare != Compare::Workers {
            workers.sort_unstable();
        }
        workers.hash(&mut hasher);
        for (worker, how) in &self.deaths {
            (self.worker_key(*worker), how).hash(&mut hasher);
        }
        hasher.finish()
    }

    fn hash_lane(&self, agent: Agent, lane: &Lane, hasher: &mut impl Hasher) {
        self.program.hash_lane(agent, hasher);
        lane.todo.hash(hasher);
        // When it fell asleep makes no difference, nor since when it could have gone on.
        match lane.todo.last() {
            Some(Todo::Woke | Todo::Asleep | Todo::ManagerAsleep | Todo::AtGate(..)) => {}
            _ => lane.at.max(self.now).hash(hasher),
        }
    }

    /// All about one worker, but for its number.
    fn worker_key(&self, worker: WorkerId) -> u64 {
        let agent = Agent::Worker(worker);
        let mut hasher = DefaultHasher::new();
        self.engine.hash_worker(worker, &mut hasher);
        if let Some(lane) = self.lanes.get(&agent) {
            self.hash_lane(agent, lane, &mut hasher);
        }
        self.roused.contains(&worker).hash(&mut hasher);
        let died = self.deaths.iter().position(|(dead, _)| *dead == worker);
        died.hash(&mut hasher);
        hasher.finish()
    }
}

/// What an engine's answer is to a body; nothing if its program is over.
fn body_answer(answer: Answer) -> Option<BodyAnswer> {
    Some(match answer {
        Answer::Nothing => BodyAnswer::Through,
        Answer::Future(future) => BodyAnswer::Submitted(Inner(future.0)),
        Answer::Value(value) => BodyAnswer::Value(value),
        Answer::Raised(raised) => BodyAnswer::Raised(raised),
        Answer::Ended => return None,
        answer => unreachable!("a body was answered {answer:?}"),
    })
}
