//! Rules that no program of a scenario can show: the engine is told, input by input, what happens.

mod common;

use shared::engine::Engine;
use shared::engine::event::{Agent, Event, HowExited, Items, Record, WhyHang, Work};
use shared::engine::io::{Answer, Callbacks, Command, Effect, Fact, Input, ReturnWhen, Step};
use shared::outcome::{Outcome, Raised};
use shared::units::{CallId, CallbackId, FutureId, Instant, IteratorId, Span, TaskId, WorkerId};
use shared::value::Value;

const MAIN: Agent = Agent::Main;
const MANAGER: Agent = Agent::Manager;

/// A run in which the test is the driver, the program and the clock.
struct Hand {
    engine: Engine,
    now: Instant,
}

impl Hand {
    fn new(text: &str) -> Self {
        let mut engine = Engine::new(common::plan(text));
        engine.take_first_effects();
        Self { engine, now: Instant::ZERO }
    }

    fn step(&mut self, input: Input) -> Step {
        self.engine.handle(input, self.now)
    }

    fn calls(&mut self, by: Agent, command: Command) -> Answer {
        self.step(Input::Command { by, command }).answer
    }

    fn happens(&mut self, fact: Fact) -> Answer {
        self.step(Input::Fact(fact)).answer
    }

    fn submit(&mut self, by: Agent, task: u32) -> Answer {
        let work = Work::task(TaskId(task));
        self.calls(
            by,
            Command::Submit {
                work,
                inputs: std::sync::Arc::default(),
                map: None,
                callbacks: Callbacks::default(),
            },
        )
    }

    fn result(&mut self, by: Agent, future: FutureId) -> Answer {
        self.calls(by, Command::Result { future, timeout: None })
    }

    /// A worker runs for the first time and takes the call with its own number.
    fn starts_and_takes(&mut self, worker: u32) {
        let worker = WorkerId(worker);
        self.happens(Fact::WorkerStarted { worker, pid: None });
        let taken = self.happens(Fact::WorkerAsks { worker });
        assert!(matches!(taken, Answer::Take(a) if a.call == CallId(worker.0)), "{worker}");
    }

    fn returns(&mut self, worker: u32, call: u32, value: i64) -> Step {
        let (worker, call) = (WorkerId(worker), CallId(call));
        let items = Items::one(self.now, self.now, Outcome::Returned(Value::Int(value)));
        self.step(Input::Fact(Fact::Returned { worker, call, items, transport: None }))
    }

    /// The manager works until it sleeps, or has an end.
    fn manager_works(&mut self) -> Answer {
        loop {
            let answer = self.happens(Fact::AgentRuns { agent: MANAGER });
            if answer != Answer::Again {
                return answer;
            }
        }
    }

    fn records(&mut self) -> Vec<Record> {
        self.engine.drain_records()
    }
}

fn wakes(effects: &[Effect]) -> Vec<Agent> {
    let wake = |effect: &Effect| match effect {
        Effect::Wake { agent } => Some(*agent),
        _ => None,
    };
    effects.iter().filter_map(wake).collect()
}

#[test]
fn rule_17_all_who_wait_for_one_result_wake() {
    let mut hand = Hand::new("threads 3\n a: hang()\n b: hang()\n c: hang()\n do\n submit a b c");
    for worker in 0..3 {
        assert_eq!(hand.submit(MAIN, worker), Answer::Future(FutureId(worker)));
        hand.starts_and_takes(worker);
    }
    let readers = [MAIN, Agent::Worker(WorkerId(1)), Agent::Worker(WorkerId(2))];
    for reader in readers {
        assert_eq!(hand.result(reader, FutureId(0)), Answer::Blocked);
    }
    let step = hand.returns(0, 0, 7);
    assert_eq!(wakes(&step.effects), readers);
    for agent in readers {
        assert_eq!(hand.happens(Fact::Woke { agent }), Answer::Value(Value::Int(7)));
    }
}

#[test]
fn rule_51_two_tasks_that_wait_for_each_other_hang_in_a_circle() {
    let mut hand = Hand::new("threads 2\n a: hang()\n b: hang()\n do\n submit a b");
    for worker in 0..2 {
        hand.submit(MAIN, worker);
        hand.starts_and_takes(worker);
    }
    assert_eq!(hand.result(MAIN, FutureId(0)), Answer::Blocked);
    assert_eq!(hand.result(Agent::Worker(WorkerId(0)), FutureId(1)), Answer::Blocked);
    assert!(!hand.engine.is_hung(), "b could still return");
    assert_eq!(hand.result(Agent::Worker(WorkerId(1)), FutureId(0)), Answer::Blocked);
    assert!(hand.engine.is_hung());
    let why = hand.records().into_iter().find_map(|record| match record.event {
        Event::ProgramHangs { why, chain } => Some((why, chain.len())),
        _ => None,
    });
    assert_eq!(why, Some((WhyHang::Circle, 3)), "main, a, b, and back to a");
}

#[test]
fn rule_108_a_thousand_submits_wake_a_slow_manager_once_and_all_are_done() {
    const CALLS: u32 = 1_000;
    let mut hand = Hand::new("processes 1 forkserver\n a: hang()\n do\n submit a");
    let mut woken = 0;
    for _ in 0..CALLS {
        let work = Work::task(TaskId(0));
        let command = Command::Submit {
            work,
            inputs: std::sync::Arc::default(),
            map: None,
            callbacks: Callbacks::default(),
        };
        let step = hand.step(Input::Command { by: MAIN, command });
        woken += wakes(&step.effects).len();
    }
    assert_eq!(woken, 1, "CPython's pipe filled up with a byte for each");
    hand.manager_works();
    hand.starts_and_takes(0);
    for call in 0..CALLS {
        hand.returns(0, call, 1);
        hand.happens(Fact::ResultArrived { call: CallId(call) });
        hand.manager_works();
        let next = hand.happens(Fact::WorkerAsks { worker: WorkerId(0) });
        match next {
            Answer::Take(assignment) => assert_eq!(assignment.call, CallId(call + 1)),
            answer => assert_eq!((call, answer), (CALLS - 1, Answer::Sleep)),
        }
    }
    let finished = |record: &Record| matches!(record.event, Event::Finished { .. });
    let finished = hand.records().into_iter().filter(finished).count();
    assert_eq!(finished, CALLS as usize);
}

#[test]
fn rule_129_the_time_of_as_completed_begins_with_its_first_next() {
    let mut hand = Hand::new("threads 1\n a: hang()\n do\n submit a");
    hand.submit(MAIN, 0);
    let timeout = Some(Span::from_secs(1));
    let open = Command::OpenCompleted { futures: vec![FutureId(0)], timeout };
    assert_eq!(hand.calls(MAIN, open), Answer::Iterator(IteratorId(0)));
    hand.now = Instant::ZERO + Span::from_secs(5);
    let command = Command::Next { iterator: IteratorId(0), choice: 0 };
    let step = hand.step(Input::Command { by: MAIN, command });
    assert_eq!(step.answer, Answer::Blocked, "four seconds after what map would have taken");
    let Some(Effect::SetTimer { timer, at }) = step.effects.first() else {
        panic!("no clock: {:?}", step.effects)
    };
    assert_eq!(*at, Instant::ZERO + Span::from_secs(6));
    hand.now = *at;
    hand.happens(Fact::TimerFired { timer: *timer });
    let late = hand.happens(Fact::Woke { agent: MAIN });
    assert_eq!(late, Answer::Raised(Raised::unfinished(1, 1)));
}

#[test]
fn rule_139_wait_may_come_back_while_callbacks_run_and_shutdown_may_not() {
    let mut hand = Hand::new("threads 1\n a: hang()\n do\n submit a");
    hand.submit(MAIN, 0);
    let (future, callback) = (FutureId(0), CallbackId(0));
    hand.calls(MAIN, Command::AddCallback { future, callback });
    hand.starts_and_takes(0);
    let (futures, return_when) = (vec![future], ReturnWhen::AllCompleted);
    let wait = Command::Wait { futures, timeout: None, return_when };
    assert_eq!(hand.calls(MAIN, wait), Answer::Blocked);

    let step = hand.returns(0, 0, 1);
    assert_eq!(wakes(&step.effects), [MAIN]);
    let lane = Agent::Worker(WorkerId(0));
    assert!(step.effects.contains(&Effect::RunCallback { future, callback, lane, given: None }));
    hand.happens(Fact::CallbackStarted { lane, future, callback });
    let sets = Answer::Sets { done: vec![future], not_done: Vec::new() };
    assert_eq!(hand.happens(Fact::Woke { agent: MAIN }), sets, "the callback is at work");

    assert_eq!(hand.calls(MAIN, Command::Leave), Answer::Blocked);
    hand.happens(Fact::CallbackReturned { lane, future, callback, raised: None });
    let worker = WorkerId(0);
    assert_eq!(hand.happens(Fact::WorkerAsks { worker }), Answer::Exit);
    hand.happens(Fact::WorkerExited { worker, how: HowExited::Told });
    assert_eq!(hand.happens(Fact::Woke { agent: MAIN }), Answer::Nothing, "the block is left");
}

#[test]
fn rule_141_a_callback_that_submits_while_the_pool_breaks_is_refused_and_nothing_hangs() {
    let mut hand = Hand::new("processes 1 forkserver\n a: hang()\n b: hang()\n do\n submit a b");
    hand.submit(MAIN, 0);
    hand.submit(MAIN, 1);
    let (future, callback) = (FutureId(0), CallbackId(0));
    hand.calls(MAIN, Command::AddCallback { future, callback });
    hand.manager_works();
    hand.starts_and_takes(0);
    assert_eq!(hand.result(MAIN, FutureId(1)), Answer::Blocked);

    hand.happens(Fact::WorkerExited { worker: WorkerId(0), how: HowExited::Code(1) });
    let step = hand.step(Input::Fact(Fact::AgentRuns { agent: MANAGER }));
    let lane = MANAGER;
    assert_eq!(step.effects, [Effect::RunCallback { future, callback, lane, given: None }]);
    hand.happens(Fact::CallbackStarted { lane, future, callback });
    assert_eq!(hand.submit(MANAGER, 1), Answer::Raised(Raised::broken_pool_submit()));
    hand.happens(Fact::CallbackReturned { lane, future, callback, raised: None });

    assert_eq!(hand.manager_works(), Answer::Exit);
    let broken = Answer::Raised(Raised::broken_pool_future());
    assert_eq!(hand.happens(Fact::Woke { agent: MAIN }), broken);
}
