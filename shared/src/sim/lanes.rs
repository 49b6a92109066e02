//! The agents of a simulated run, each a list of things to do: what is on top is next.
//!
//! An answer is taken by what stands below: a command of the program leaves `ToProgram` on the list, a
//! body's request leaves `ToBody`; if the answer is `Blocked`, `Woke` stands above until the agent is
//! woken. Callbacks are put on top of everything, because their lane runs them before it goes on.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::engine::event::{Act, Agent, BlockedOn, HowExited, Work};
use crate::engine::io::{Answer, Callbacks, Command, Effect, Fact, Input};
use crate::function::{Boundary, Inner};
use crate::outcome::Outcome;
use crate::program::Op;
use crate::scenario::ExecutorKind;
use crate::sim::Sim;
use crate::sim::body::{Body, BodyAnswer, Request};
use crate::units::{CallId, CallbackId, FutureId, Instant, Span, WorkerId};

/// One agent: what it will do, and from when on it can.
#[derive(Debug, Clone, Default, Hash)]
pub struct Lane {
    /// From when on it can go on.
    pub at: Instant,
    /// What it will do; the last is next.
    pub todo: Vec<Todo>,
}

/// One thing that an agent will do.
#[derive(Debug, Clone, Hash)]
pub enum Todo {
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
    Callbacks(VecDeque<CallbackRun>),
    /// A callback of this future is at work above.
    CallbackOf(FutureId, CallbackId),
    /// A worker runs for the first time.
    Start,
    /// A worker asks for a call.
    Ask,
    /// A thread found the queue empty, and is about to sleep at it.
    Idle,
    /// A worker sleeps until it is woken, by name or as one of any.
    Asleep,
    /// Run the present item of this body from where it is.
    Body(CallOrDirect, Box<Body>),
    /// The time that the body's work took has passed: do what it wants.
    Want(CallOrDirect, Box<Body>, Request),
    /// Above `Want`: a thread comes to compute for so long, and needs the GIL for it.
    NeedsGil(Span),
    /// It waits for the GIL, with so much left to compute.
    AwaitsGil(Span),
    /// It has the GIL, and would be through at this instant if nobody else wanted it.
    Computes {
        /// When.
        until: Instant,
    },
    /// The body's wait is over.
    Waited(CallOrDirect, Box<Body>),
    /// A worker process waits for its gate.
    AtGate(CallId, Box<Body>),
    /// A worker process waits for what will never come.
    Never,
    /// A thread tells that it ends.
    Exit,
    /// A thread of the pool's own sleeps: until it is woken, a result is there for it to read, or a
    /// dead worker to be noticed.
    OwnAsleep,
    /// It does its next step.
    OwnStep,
    /// A person acts.
    Act(Act),
}

/// A callback that is to run.
#[derive(Debug, Clone, Hash)]
pub struct CallbackRun {
    future: FutureId,
    callback: CallbackId,
    /// What it is called with, if that is no future.
    given: Option<Outcome>,
}

/// Whose call a body computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallOrDirect {
    /// A worker computes this call.
    Call(CallId),
    /// The main thread computes a task itself.
    Direct,
    /// A worker's initializer.
    Initializer(WorkerId),
}

/// An answer that can be hashed.
#[derive(Debug, Clone)]
pub struct AnswerKey(pub Answer);

impl Hash for AnswerKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Answers are small, and this is asked only when a search stops to compare.
        format!("{:?}", self.0).hash(state);
    }
}

impl Sim {
    /// An agent's list of things to do.
    pub fn lane(&mut self, agent: Agent) -> &mut Lane {
        self.lanes.entry(agent).or_default()
    }

    /// Puts something on top of an agent's list, to be done now.
    pub fn push(&mut self, agent: Agent, todo: Todo) {
        self.push_at(agent, self.now, todo);
    }

    fn push_at(&mut self, agent: Agent, at: Instant, todo: Todo) {
        let lane = self.lane(agent);
        lane.at = at;
        lane.todo.push(todo);
    }

    /// One input to the engine in this agent's name; callbacks that come of it are its next thing.
    pub fn input(&mut self, by: Agent, input: Input) -> Answer {
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
                    let body = Body::new(assignment, Boundary::None, self.now);
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

    /// Carries effects out; callbacks that come of them are the very next thing that `by` does.
    pub fn carry_out(&mut self, by: Agent, effects: Vec<Effect>) {
        let mut callbacks = VecDeque::new();
        for effect in effects {
            match effect {
                Effect::SpawnWorker { worker } => {
                    let cost = match self.plan.kind() {
                        ExecutorKind::Threads | ExecutorKind::Interpreters => {
                            self.costs.start_thread
                        }
                        ExecutorKind::Processes | ExecutorKind::Pool => self.costs.start_process,
                    };
                    self.push_at(Agent::Worker(worker), self.now + cost, Todo::Start);
                    let process = self.plan.kind().has_processes();
                    self.lateness.starts(by, Agent::Worker(worker), self.now, process);
                }
                Effect::Wake { agent: Agent::Worker(worker) } => {
                    self.roused.insert(worker);
                    self.touch(Agent::Worker(worker));
                }
                Effect::Wake { agent: agent @ (Agent::Manager | Agent::Feeder) } => {
                    if self.lane(agent).todo.is_empty() {
                        self.push(agent, Todo::OwnAsleep);
                    }
                    self.touch(agent);
                }
                Effect::Wake { agent } => self.touch(agent),
                Effect::WakeAnyWorker => {
                    let asleep = self.engine.sleeping_workers().count();
                    self.offers = (self.offers + 1).min(asleep);
                    let asleep: Vec<WorkerId> = self.engine.sleeping_workers().collect();
                    asleep.into_iter().for_each(|worker| self.touch(Agent::Worker(worker)));
                }
                Effect::RunCallback { future, callback, lane, given } => {
                    debug_assert_eq!(lane, by, "a callback runs in the lane that asked for it");
                    callbacks.push_back(CallbackRun { future, callback, given });
                }
                Effect::KillWorker { worker } => self.die(worker, HowExited::Signal(9)),
                Effect::TerminateWorkers => {
                    let alive: Vec<WorkerId> = self.engine.live_workers().collect();
                    alive.into_iter().for_each(|w| self.die(w, HowExited::Signal(15)));
                }
                Effect::SetTimer { timer, at } => {
                    self.timers.insert(timer, at);
                    self.lateness.sets(timer);
                }
                Effect::ClearTimer { timer } => {
                    self.timers.remove(&timer);
                    self.lateness.clears(timer);
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
                Some(Todo::Woke | Todo::Asleep | Todo::OwnAsleep | Todo::AtGate(..))
            )
        {
            lane.at = lane.at.max(now);
            self.lateness.wakes(agent, now, &mut self.chance);
        }
    }

    fn die(&mut self, worker: WorkerId, how: HowExited) {
        let lane = self.lane(Agent::Worker(worker));
        if lane.todo.is_empty() {
            return;
        }
        lane.todo.clear();
        self.died(worker, how);
    }

    /// A worker process has ended, and whoever reaps it may notice.
    fn died(&mut self, worker: WorkerId, how: HowExited) {
        self.deaths.push_back((worker, how));
        self.touch(match self.plan.kind() {
            ExecutorKind::Pool => Agent::WorkerHandler,
            _ => Agent::Manager,
        });
    }

    /// An agent does what is on top of its list.
    pub fn go_on(&mut self, agent: Agent) {
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
                let run = left.pop_front().expect("no list of callbacks is empty");
                let CallbackRun { future, callback, given } = run;
                if !left.is_empty() {
                    self.push(agent, Todo::Callbacks(left));
                }
                self.program.begin_callback(agent, future, callback, given);
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
            Todo::NeedsGil(work) => self.come_for_gil(agent, work),
            Todo::AwaitsGil(_) => unreachable!("whoever lets go of the GIL hands it over"),
            Todo::Computes { until } => self.let_go_of_gil(agent, until),
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
            Todo::OwnAsleep => self.own_thread_looks(agent),
            Todo::OwnStep => self.own_thread_steps(agent),
            Todo::Act(act) => {
                let command = Command::Act { plan: None, act };
                self.input(agent, Input::Command { by: agent, command });
            }
        }
    }

    fn resume(&mut self, agent: Agent, answer: Answer) {
        match self.program.resume(agent, answer) {
            Op::Do(command) => {
                let submits = agent == Agent::Main && matches!(command, Command::Submit { .. });
                let cost = if submits { self.costs.submit } else { Span::ZERO };
                self.push_at(agent, self.now + cost, Todo::Issue(command));
            }
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
                let process = self.plan.kind().has_processes();
                // Ids as they might be: the log of a simulated run is marked as such.
                let pid = process.then_some(1_001 + worker.0);
                let started = Fact::WorkerStarted { worker, pid };
                if let Answer::Initialize(assignment) = self.input(agent, Input::Fact(started)) {
                    let boundary = self.plan.kind().boundary();
                    let body = Box::new(Body::new(assignment, boundary, self.now));
                    let of = CallOrDirect::Initializer(worker);
                    return self.push(agent, Todo::Body(of, body));
                }
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
                let body = Body::new(assignment, self.plan.kind().boundary(), self.now);
                self.push(agent, Todo::Body(CallOrDirect::Call(call), Box::new(body)));
            }
            Answer::Again => self.push(agent, Todo::Ask),
            Answer::Empty => self.push(agent, Todo::Idle),
            Answer::Sleep => self.push(agent, Todo::Asleep),
            Answer::Exit if self.plan.kind().has_processes() => self.died(worker, HowExited::Told),
            Answer::Exit => self.push(agent, Todo::Exit),
            answer => unreachable!("a worker was answered {answer:?}"),
        }
    }

    fn run_body(&mut self, agent: Agent, of: CallOrDirect, mut body: Box<Body>) {
        let Some(progress) = body.run(&self.plan, self.costs, self.rests) else {
            return self.push(agent, Todo::Body(of, body));
        };
        let work = match self.recorded_of(&body) {
            // Of what passes outside the GIL only the sleeps are known, and they come by themselves.
            Some(held) if self.gil.is_some() && body.is_at_start() => held,
            // It is charged at the end, as far as it has not passed by then.
            Some(_) => Span::ZERO,
            None => {
                let before = if body.is_at_start() { self.costs.item } else { Span::ZERO };
                Span(before.0 + self.costs.compute(progress.units).0)
            }
        };
        if self.gil.is_some() && work > Span::ZERO {
            self.push(agent, Todo::Want(of, body, progress.request));
            self.push(agent, Todo::NeedsGil(work));
        } else {
            self.push_at(agent, self.now + work, Todo::Want(of, body, progress.request));
        }
    }

    /// What the present item of a body took in the recorded run.
    fn recorded_of(&self, body: &Body) -> Option<Span> {
        let recorded = self.recorded.as_ref()?;
        let part = body.item_part()?;
        recorded.item(part.task, part.first)
    }

    /// How long its gate was shut for the present item in the recorded run.
    fn gate_of(&self, body: &Body) -> Option<Span> {
        let part = body.item_part()?;
        self.recorded.as_ref()?.gate(part.task, part.first)
    }

    /// Until when the present item goes on because it did in the recorded run.
    fn goes_on_until(&self, body: &Body) -> Option<Instant> {
        let took = self.recorded_of(body).filter(|_| self.gil.is_none())?;
        Some(body.started() + took).filter(|until| *until > self.now)
    }

    fn want(&mut self, agent: Agent, of: CallOrDirect, mut body: Box<Body>, request: Request) {
        let process = self.plan.kind().has_processes() && of != CallOrDirect::Direct;
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
                    CallOrDirect::Direct | CallOrDirect::Initializer(_) => None,
                };
                let work = Work::Inner { of: parent, number, function, args };
                self.push(agent, Todo::ToBody(of, body));
                let (inputs, callbacks) = (Arc::default(), Callbacks::default());
                self.command(agent, Command::Submit { work, inputs, map: None, callbacks });
            }
            Request::Result(_) if process => {
                self.process_waits(agent, of, BlockedOn::OwnProcess, body);
            }
            Request::Result(Inner(future)) => {
                self.push(agent, Todo::ToBody(of, body));
                let future = FutureId(future);
                self.command(agent, Command::Result { future, timeout: None });
            }
            // A gate is shut for as long as it was, whoever opened it.
            Request::Gate if let Some(shut) = self.gate_of(&body) => {
                self.push_at(agent, self.now + shut, Todo::Waited(of, body));
            }
            Request::Gate => {
                let task = body.item_part().expect("a gate is a task's").task;
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
            Request::Forever => self.push(agent, Todo::Never),
            // Pool's worker catches only `Exception` (rule 172).
            Request::End(Outcome::Raised(raised))
                if process
                    && self.plan.kind() == ExecutorKind::Pool
                    && !raised.is_a("Exception") =>
            {
                let Agent::Worker(worker) = agent else { unreachable!("a process is a worker") };
                self.push(agent, Todo::Never);
                self.die(worker, HowExited::Code(raised.exit_code()));
            }
            Request::End(outcome) => match self.goes_on_until(&body) {
                Some(until) => {
                    self.push_at(agent, until, Todo::Want(of, body, Request::End(outcome)));
                }
                None => self.end_item(agent, of, body, outcome),
            },
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
                self.push_at(agent, self.now + self.costs.between_calls, Todo::Ask);
                self.input(agent, Input::Fact(fact));
                if self.plan.kind().has_processes() {
                    self.results.push_back(call);
                    self.touch(match self.plan.kind() {
                        ExecutorKind::Pool => Agent::ResultHandler,
                        _ => Agent::Manager,
                    });
                }
            }
            (CallOrDirect::Initializer(worker), _) => {
                let raised = match body.items.outcomes.pop() {
                    Some(Outcome::Raised(raised)) => Some(raised),
                    _ => None,
                };
                let failed = raised.is_some();
                let fact = Fact::InitializerReturned { worker, raised };
                self.push(agent, Todo::Ask);
                self.input(agent, Input::Fact(fact));
                match self.plan.kind() {
                    // It has logged the exception, and returns.
                    ExecutorKind::Processes if failed => self.die(worker, HowExited::Code(0)),
                    ExecutorKind::Pool if failed => self.die(worker, HowExited::Code(1)),
                    _ => {}
                }
            }
            (CallOrDirect::Direct, _) => {
                let task = body.first_task();
                let outcome = body.items.outcome(self.plan.task(task).items.is_some());
                let fact = Fact::DirectCallReturned { task, outcome };
                let step = self.engine.handle(Input::Fact(fact), self.now);
                self.take_answer(agent, step.answer);
                self.carry_out(agent, step.effects);
            }
            (of, agent) => unreachable!("{agent:?} does not compute {of:?}"),
        }
    }

    /// A thread of the pool's own looks in CPython's order: results, then whether it was woken, then the
    /// dead.
    fn own_thread_looks(&mut self, agent: Agent) {
        self.push(agent, Todo::OwnAsleep);
        let takes_steps = agent != Agent::ResultHandler;
        if takes_steps {
            self.push(agent, Todo::OwnStep);
        }
        let reads = matches!(agent, Agent::Manager | Agent::ResultHandler);
        let reaps = matches!(agent, Agent::Manager | Agent::WorkerHandler);
        if reads && let Some(call) = self.results.pop_front() {
            self.input(agent, Input::Fact(Fact::ResultArrived { call }));
        } else if reaps
            && !self.engine.is_woken(agent)
            && let Some((worker, how)) = self.deaths.pop_front()
        {
            self.input(agent, Input::Fact(Fact::WorkerExited { worker, how }));
        }
    }

    fn own_thread_steps(&mut self, agent: Agent) {
        let step = self.engine.handle(Input::Fact(Fact::AgentRuns { agent }), self.now);
        match step.answer {
            Answer::Again => self.push(agent, Todo::OwnStep),
            Answer::Sleep => {}
            // A worker may still die, and be noticed.
            Answer::Exit if agent == Agent::WorkerHandler => {}
            Answer::Exit => self.lane(agent).todo.clear(),
            answer => unreachable!("{agent:?} was answered {answer:?}"),
        }
        self.carry_out(agent, step.effects);
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
