//! One behaviour suite, on real threads and on real processes.
//!
//! Nothing sleeps and no duration is asserted: tasks wait at gates, and the scenario's interventions
//! open them when the event has come that is waited for. After every run its tape is played to a new
//! engine, which must write the same log.

#![cfg(not(feature = "shuttle"))]

#[path = "support/belongings.rs"]
mod belongings;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use belongings::belongings;

use backend::runner::{Ending, Finished, Options, run_here};
use backend::supervisor::{Patience, Supervisor};
use serde_json::{Value as Json, json};
use shared::engine::Engine;
use shared::engine::event::{Act, Agent, BlockedOn, EndCause, Event, HowExited, WhyHang};
use shared::outcome::{Outcome, Raised};
use shared::rng::Rng;
use shared::scenario::{Plan, Scenario};
use shared::units::{FutureId, TaskId, WorkerId};
use shared::value::Value;

const BOTH: [&str; 2] = ["threads", "processes"];

/// Runs share the process's descriptors and children, which some tests count: one at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A run that is over, and what it was.
struct Ran {
    plan: Arc<Plan>,
    finished: Finished,
}

/// Runs a scenario, given by its executor, tasks, program and interventions.
fn run(kind: &str, workers: u32, tasks: &Json, program: &Json, interventions: &Json) -> Ran {
    let _alone = alone();
    run_beside(kind, workers, tasks, program, interventions)
}

fn scenario(
    kind: &str,
    workers: u32,
    tasks: &Json,
    program: &Json,
    interventions: &Json,
) -> String {
    let scenario = json!({
        "format": 1,
        "executor": { "kind": kind, "workers": workers },
        "tasks": tasks,
        "program": program,
        "interventions": interventions,
    });
    scenario.to_string()
}

/// A run that is never over would keep the whole suite waiting: better an end that says which.
fn within_a_minute<T>(run: impl FnOnce() -> T) -> T {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let (over, is_over) = mpsc::channel::<()>();
    std::thread::spawn(move || {
        if is_over.recv_timeout(Duration::from_mins(1)) == Err(RecvTimeoutError::Timeout) {
            eprintln!("{test}: the run is not over after a minute");
            std::process::abort();
        }
    });
    let finished = run();
    drop(over);
    finished
}

fn run_beside(kind: &str, workers: u32, tasks: &Json, program: &Json, interventions: &Json) -> Ran {
    let scenario = scenario(kind, workers, tasks, program, interventions);
    let scenario = Scenario::parse(&scenario).expect("the test's scenario is whole");
    let plan = Arc::new(scenario.check().expect("the test's scenario is right"));
    let worker_exe = PathBuf::from(env!("CARGO_BIN_EXE_futurescope"));
    let options = Options { worker_exe, tape: true };
    let finished = within_a_minute(|| run_here(Arc::clone(&plan), &options));
    let finished = finished.expect("a run can be begun");
    let ran = Ran { plan, finished };
    ran.replay();
    ran
}

impl Ran {
    /// The engine is a function of what it is told: told the same again, it writes the same.
    fn replay(&self) {
        let mut engine = Engine::new(Arc::clone(&self.plan));
        engine.take_first_effects();
        for (at, input) in &self.finished.tape {
            engine.handle(input.clone(), *at);
        }
        let bytes = |records| postcard::to_stdvec(records).expect("records can be written");
        assert_eq!(bytes(&engine.drain_records()), bytes(&self.finished.records));
    }

    fn events(&self) -> impl Iterator<Item = &Event> {
        self.finished.records.iter().map(|record| &record.event)
    }

    /// The task of each future; futures that tasks submitted themselves are left out.
    fn tasks(&self) -> BTreeMap<FutureId, String> {
        let submitted = self.events().filter_map(|event| match event {
            Event::Submitted { future, work, .. } => Some((*future, work.first_task()?)),
            _ => None,
        });
        submitted.map(|(future, task)| (future, self.plan.task(task).id.clone())).collect()
    }

    /// The tasks in the order in which workers took them, and who took each.
    fn taken(&self) -> Vec<(String, WorkerId)> {
        let tasks = self.tasks();
        let taken = self.events().filter_map(|event| match event {
            Event::Taken { call, worker } => Some((tasks[&FutureId(call.0)].clone(), *worker)),
            _ => None,
        });
        taken.collect()
    }

    fn yielded(&self) -> Vec<String> {
        let tasks = self.tasks();
        let yielded = self.events().filter_map(|event| match event {
            Event::Yielded { future, .. } => Some(tasks[future].clone()),
            _ => None,
        });
        yielded.collect()
    }

    fn printed(&self) -> Vec<&str> {
        let printed = self.events().filter_map(|event| match event {
            Event::Printed { text, .. } => Some(text.as_str()),
            _ => None,
        });
        printed.collect()
    }

    /// How each task's future finished.
    fn outcomes(&self) -> BTreeMap<String, Outcome> {
        let tasks = self.tasks();
        let finished = self.events().filter_map(|event| match event {
            Event::Finished { future, outcome } => Some((tasks.get(future)?, outcome)),
            _ => None,
        });
        finished.map(|(task, outcome)| (task.clone(), outcome.clone())).collect()
    }

    /// Every future has exactly one end.
    fn assert_each_future_ended_once(&self) {
        let mut ends = BTreeMap::new();
        for event in self.events() {
            match event {
                Event::Submitted { future, .. } => assert_eq!(ends.insert(*future, 0), None),
                Event::Finished { future, .. } | Event::Cancelled { future, .. } => {
                    *ends.get_mut(future).expect("what ends was submitted") += 1;
                }
                _ => {}
            }
        }
        assert!(ends.values().all(|count| *count == 1), "{ends:?}");
    }
}

fn gates(tasks: &[(&str, i64)]) -> Json {
    let gate = |(id, returns): &(&str, i64)| json!({ "id": id, "function": "gate", "args": { "returns": returns } });
    tasks.iter().map(gate).collect()
}

fn open(task: &str, after: &str, of: &str) -> Json {
    json!({ "do": { "open": task }, "when": { "after": { after: of } } })
}

/// `result()` of a task's future; what it raises is printed.
fn result_or_print(task: &str) -> Json {
    let print = json!([{ "do": "print", "text": "{e}" }]);
    json!({
        "do": "try",
        "steps": [{ "do": "result", "of": task }],
        "except": [{ "kind": "BaseException", "as": "e", "steps": print }],
    })
}

fn int(value: i64) -> Outcome {
    Outcome::Returned(Value::Int(value))
}

/// The first tutorial's five tasks on two workers, opened one by one.
fn five_gates(kind: &str) -> Ran {
    let tasks = gates(&[("t5", 50), ("t4", 40), ("t3", 30), ("t2", 20), ("t1", 10)]);
    let acts = json!([
        open("t4", "taken", "t4"),
        open("t5", "taken", "t3"),
        open("t3", "taken", "t2"),
        open("t2", "finished", "t3"),
        open("t1", "finished", "t2"),
    ]);
    run(kind, 2, &tasks, &json!({ "mode": "map" }), &acts)
}

#[test]
fn rule_33_workers_take_calls_in_the_order_of_submission_whoever_is_free() {
    for kind in BOTH {
        let ran = five_gates(kind);
        assert_eq!(ran.finished.ending, Ending::Ended);
        let taken = ran.taken();
        let tasks: Vec<&str> = taken.iter().map(|(task, _)| task.as_str()).collect();
        assert_eq!(tasks, ["t5", "t4", "t3", "t2", "t1"], "{kind}");
        let workers: Vec<WorkerId> = taken.iter().map(|(_, worker)| *worker).collect();
        let (a, b) = (workers[0], workers[1]);
        assert_ne!(a, b);
        // The fifth goes to whoever asks first when both have just been let go.
        assert_eq!(workers[..4], [a, b, b, a], "{kind}");
    }
}

#[test]
fn rule_54_map_delivers_in_the_order_of_its_inputs() {
    for kind in BOTH {
        let ran = five_gates(kind);
        assert_eq!(ran.yielded(), ["t5", "t4", "t3", "t2", "t1"], "{kind}");
        let outcomes = ran.outcomes();
        let in_order = ran.yielded().into_iter().map(|task| outcomes[&task].clone());
        assert_eq!(in_order.collect::<Vec<_>>(), [50, 40, 30, 20, 10].map(int), "{kind}");
    }
}

#[test]
fn rule_124_as_completed_delivers_in_the_order_of_completion() {
    let mut tasks = gates(&[("t5", 50), ("t4", 40), ("t3", 30), ("t2", 20), ("t1", 10)]);
    let more = tasks.as_array_mut().expect("it is a list");
    for id in ["first", "began"] {
        more.push(json!({ "id": id, "function": "identity", "args": { "value": 0 } }));
    }
    let all = json!(["first", "t5", "t4", "t3", "t2", "t1"]);
    // What was over before the loop began would come in the order of submission.
    let in_the_loop = json!([{ "do": "submit", "task": "began" }]);
    let steps = json!([
        { "do": "submit", "task": all },
        { "do": "as_completed", "of": all, "as": "future", "steps": in_the_loop },
    ]);
    let acts = json!([
        open("t4", "submitted", "began"),
        open("t5", "finished", "t4"),
        open("t3", "finished", "t5"),
        open("t2", "finished", "t3"),
        open("t1", "finished", "t2"),
    ]);
    for kind in BOTH {
        let ran = run(kind, 2, &tasks, &json!({ "steps": steps }), &acts);
        assert_eq!(ran.yielded(), ["first", "t4", "t5", "t3", "t2", "t1"], "{kind}");
    }
}

#[test]
fn rules_138_140_callbacks_submit_what_became_ready() {
    let tasks = json!([
        { "id": "a", "function": "identity", "args": { "value": 3 } },
        { "id": "b", "function": "square", "args": { "x": { "from": "a" } } },
        { "id": "c", "function": "square", "args": { "x": { "from": "b" } } },
        { "id": "d", "function": "sum", "args": { "values": [{ "from": "b" }, { "from": "c" }] } },
    ]);
    for kind in BOTH {
        let ran = run(kind, 2, &tasks, &json!({ "mode": "submit" }), &json!([]));
        assert_eq!(ran.outcomes()["d"], int(90), "{kind}");
        let lanes: Vec<Agent> = ran
            .events()
            .filter_map(|event| match event {
                Event::CallbackStarted { lane, .. } => Some(*lane),
                _ => None,
            })
            .collect();
        // In the thread that finished the future: its worker's, or the manager's for processes.
        let expected = |lane: &Agent| match lane {
            Agent::Worker(_) => kind == "threads",
            Agent::Manager => kind == "processes",
            Agent::Main => true,
            _ => false,
        };
        assert!(!lanes.is_empty() && lanes.iter().all(expected), "{kind}: {lanes:?}");
    }
}

#[test]
fn rules_46_134_callbacks_of_what_shutdown_cancels_run_once_each() {
    let tasks = gates(&[("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5), ("g", 6)]);
    let steps = json!([
        { "do": "submit", "task": ["a", "b", "c", "d", "e"] },
        // Main itself waits at a gate: a worker that came later could take what is to be cancelled.
        { "do": "call", "task": "g" },
        { "do": "add_done_callback", "of": ["d", "e"], "print": "{task}: {outcome}" },
        { "do": "shutdown", "cancel_futures": true },
    ]);
    // Processes: `b` and `c` are in the call queue, perhaps, and then cannot be cancelled.
    let acts = json!([
        open("g", "taken", "a"),
        open("a", "cancelled", "e"),
        open("b", "cancelled", "e"),
        open("c", "cancelled", "e"),
    ]);
    for kind in BOTH {
        let ran = run(kind, 1, &tasks, &json!({ "steps": steps }), &acts);
        assert_eq!(ran.finished.ending, Ending::Ended);
        assert_eq!(ran.printed(), ["d: cancelled", "e: cancelled"], "{kind}");
    }
}

#[test]
fn the_factors_of_the_second_tutorial_sum_to_its_number() {
    let numbers = [
        112_272_535_095_293_i64,
        112_582_705_942_171,
        112_272_535_095_293,
        115_280_095_190_773,
        115_797_848_077_099,
        1_099_726_899_285_419,
    ];
    let task = |(place, n): (usize, &i64)| json!({ "id": format!("n{place}"), "function": "factors", "args": { "n": n } });
    let tasks: Json = numbers.iter().enumerate().map(task).collect();
    for kind in BOTH {
        let ran = run(kind, 2, &tasks, &json!({ "mode": "map" }), &json!([]));
        let total: i64 = ran
            .outcomes()
            .into_values()
            .map(|outcome| match outcome {
                Outcome::Returned(Value::List(factors)) => {
                    factors.iter().filter_map(Value::as_int).sum::<i64>()
                }
                other => panic!("{other:?}"),
            })
            .sum();
        assert_eq!(total, 568_206_055_343_329, "{kind}");
    }
}

#[test]
fn rule_96_chunks_travel_whole_and_are_yielded_item_by_item() {
    let task = |n: i64| json!({ "id": format!("n{n}"), "function": "square", "args": { "x": n } });
    let tasks: Json = (0..7).map(task).collect();
    let program = json!({ "mode": "map", "chunksize": 3 });
    let ran = run("processes", 2, &tasks, &program, &json!([]));
    let items: Vec<u32> = ran
        .events()
        .filter_map(|event| match event {
            Event::Yielded { item, .. } => Some(*item),
            _ => None,
        })
        .collect();
    assert_eq!(items, [0, 1, 2, 0, 1, 2, 0]);
}

#[test]
fn rules_82_85_87_a_hard_exit_in_a_worker_process_breaks_the_pool() {
    let tasks = json!([
        { "id": "waits", "function": "gate" },
        { "id": "exits", "function": "hard_exit", "args": { "code": 3 } },
        { "id": "queued", "function": "gate" },
        { "id": "late", "function": "gate" },
    ]);
    let submit_late = json!({
        "do": "try",
        "steps": [{ "do": "submit", "task": "late" }],
        "except": [{ "kind": "BrokenExecutor", "as": "e", "steps": [{ "do": "print", "text": "{e}" }] }],
    });
    let steps = json!([
        { "do": "submit", "task": ["waits", "exits", "queued"] },
        result_or_print("queued"),
        submit_late,
    ]);
    let ran = run("processes", 2, &tasks, &json!({ "steps": steps }), &json!([]));
    assert_eq!(ran.finished.ending, Ending::Ended);
    let broken = Outcome::Raised(Raised::broken_pool_future());
    let outcomes = ran.outcomes();
    assert_eq!(outcomes.len(), 3);
    assert!(outcomes.values().all(|outcome| *outcome == broken), "{outcomes:?}");
    let texts = [Raised::broken_pool_future().message, Raised::broken_pool_submit().message];
    assert_eq!(ran.printed(), texts);
    let exits: Vec<HowExited> = ran
        .events()
        .filter_map(|event| match event {
            Event::WorkerExited { how, .. } => Some(*how),
            _ => None,
        })
        .collect();
    assert_eq!(exits[0], HowExited::Code(3));
    let terminated = exits[1..].iter().all(|how| *how == HowExited::Signal(15));
    assert!(terminated, "{exits:?}");
}

#[test]
fn a_hard_exit_in_a_thread_ends_the_program() {
    let tasks = json!([
        { "id": "waits", "function": "hang" },
        { "id": "exits", "function": "hard_exit", "args": { "code": 3 } },
    ]);
    let ran = run("threads", 2, &tasks, &json!({ "mode": "submit" }), &json!([]));
    assert_eq!(ran.finished.ending, Ending::Exited(3));
    let last = ran.events().last();
    assert!(
        matches!(last, Some(Event::ProgramExiting { code: 3, by: Agent::Worker(_) })),
        "{last:?}"
    );
}

#[test]
fn rule_50_a_worker_that_waits_for_its_own_pool_hangs_and_the_chain_says_why() {
    let tasks = json!([{ "id": "a", "function": "submit_and_wait", "args": { "seconds": 0 } }]);
    let steps = json!([{ "do": "submit", "task": "a" }, { "do": "result", "of": "a" }]);
    for kind in BOTH {
        let ran = run(kind, 1, &tasks, &json!({ "steps": steps }), &json!([]));
        assert_eq!(ran.finished.ending, Ending::Hung, "{kind}");
        let Some(Event::ProgramHangs { why, chain }) = ran.events().last() else {
            panic!("{:?}", ran.events().last());
        };
        let (a, worker) = (FutureId(0), Agent::Worker(WorkerId(0)));
        assert_eq!((chain[0].who, chain[0].on), (Agent::Main, BlockedOn::Result(a)), "{kind}");
        assert_eq!((chain[1].who, chain[1].of), (worker, Some(a)), "{kind}");
        let (expected, on) = match kind {
            "threads" => (WhyHang::PoolFull, BlockedOn::Result(FutureId(1))),
            _ => (WhyHang::OwnProcess, BlockedOn::OwnProcess),
        };
        assert_eq!((*why, chain[1].on), (expected, on), "{kind}");
    }
}

#[test]
fn a_thread_can_wait_for_its_own_pool_if_there_is_another() {
    let tasks = json!([{ "id": "a", "function": "submit_and_wait", "args": { "seconds": 0 } }]);
    let ran = run("threads", 2, &tasks, &json!({ "mode": "submit" }), &json!([]));
    assert_eq!(ran.finished.ending, Ending::Ended);
    assert_eq!(ran.outcomes()["a"], int(0));
}

#[test]
fn what_is_more_than_a_process_may_hold_is_a_memory_error() {
    let tasks = json!([
        { "id": "a", "function": "allocate", "args": { "mb": 300 } },
        { "id": "b", "function": "allocate", "args": { "mb": 30 } },
    ]);
    for kind in BOTH {
        let ran = run(kind, 1, &tasks, &json!({ "mode": "submit" }), &json!([]));
        let outcomes = ran.outcomes();
        let Outcome::Raised(raised) = &outcomes["a"] else { panic!("{outcomes:?}") };
        assert_eq!(raised.kind, "MemoryError");
        assert!(raised.message.contains("256 MiB"), "{raised}");
        assert_eq!(outcomes["b"], int(30), "{kind}");
    }
}

#[test]
fn what_is_too_large_to_travel_raises_and_breaks_nothing() {
    let text = "x".repeat(600_000);
    let tasks = json!([
        { "id": "half", "function": "identity", "args": { "value": text } },
        { "id": "both", "function": "identity", "args": { "value": [{ "from": "half" }, { "from": "half" }] } },
        { "id": "after", "function": "identity", "args": { "value": 1 }, "after": ["both"] },
        { "id": "fine", "function": "identity", "args": { "value": 2 }, "after": ["half"] },
    ]);
    for kind in BOTH {
        let ran = run(kind, 1, &tasks, &json!({ "mode": "submit" }), &json!([]));
        assert_eq!(ran.finished.ending, Ending::Ended);
        let outcomes = ran.outcomes();
        assert!(matches!(&outcomes["half"], Outcome::Returned(Value::Text(_))), "{kind}");
        let Outcome::Raised(raised) = &outcomes["both"] else { panic!("{kind}: it fitted") };
        assert_eq!(raised.kind, "ValueError");
        assert!(raised.message.contains("1 MiB"), "{raised}");
        assert!(!outcomes.contains_key("after"), "{kind}: skipped, its input failed");
        assert_eq!(outcomes["fine"], int(2), "{kind}");
    }
}

#[test]
fn rules_10_23_a_deadline_ends_a_wait_for_what_does_not_come() {
    let tasks = gates(&[("a", 1), ("b", 2)]);
    let print = json!([{ "do": "print", "text": "not yet" }]);
    let steps = json!([
        { "do": "submit", "task": "a" },
        {
            "do": "try",
            "steps": [{ "do": "result", "of": "a", "timeout": "1ms" }],
            "except": [{ "kind": "TimeoutError", "steps": print }],
        },
        { "do": "submit", "task": "b" },
        { "do": "result", "of": "a", "as": "value" },
        { "do": "print", "text": "{value}" },
    ]);
    let acts = json!([open("a", "submitted", "b"), open("b", "submitted", "b")]);
    for kind in BOTH {
        let ran = run(kind, 1, &tasks, &json!({ "steps": steps }), &acts);
        assert_eq!(ran.finished.ending, Ending::Ended);
        assert_eq!(ran.printed(), ["not yet", "1"], "{kind}");
    }
}

#[test]
fn rules_35_78_what_a_person_cancels_in_the_queue_never_runs() {
    let tasks = gates(&[("a", 1), ("b", 2), ("c", 3), ("d", 4)]);
    let acts = json!([
        { "do": { "cancel": "d" }, "when": { "after": { "submitted": "d" } } },
        open("a", "cancelled", "d"),
        open("b", "taken", "b"),
        open("c", "taken", "c"),
    ]);
    let steps = json!([
        { "do": "submit", "task": ["a", "b", "c", "d"] },
        result_or_print("d"),
    ]);
    // One worker has `a`; a call queue would hold `b` and `c`, and those could not be cancelled.
    for kind in BOTH {
        let ran = run(kind, 1, &tasks, &json!({ "steps": steps }), &acts);
        assert_eq!(ran.finished.ending, Ending::Ended);
        assert_eq!(ran.taken().len(), 3, "{kind}");
        ran.assert_each_future_ended_once();
    }
}

#[test]
fn fifty_kills_each_leave_one_end_to_every_future_and_nothing_else() {
    const SEED: u64 = 20_260_101;
    let _alone = alone();
    let mut rng = Rng::new(SEED);
    let task = |n: i64| json!({ "id": format!("n{n}"), "function": "is_prime", "args": { "n": 999_999_937 } });
    let tasks: Json = (0..40).map(task).collect();
    let before = belongings();
    let mut broken = 0;
    for kill in 0..50 {
        let (at, worker) = (format!("{}us", rng.below(12_000)), rng.below(2));
        let act = json!([{ "do": { "kill_worker": worker }, "when": { "at": at } }]);
        let ran = run_beside("processes", 2, &tasks, &json!({ "mode": "as_completed" }), &act);
        let words = format!("kill {kill} of seed {SEED}: worker {worker} at {at}");
        assert_eq!(ran.finished.ending, Ending::Ended, "{words}");
        ran.assert_each_future_ended_once();
        broken +=
            usize::from(ran.events().any(|event| matches!(event, Event::ExecutorBroken { .. })));
        assert_eq!(belongings(), before, "{words}");
    }
    assert!(broken > 0, "no kill of seed {SEED} hit a living worker");
}

#[test]
fn rule_94_a_worker_that_dies_with_much_on_its_way_leaves_nobody_waiting() {
    const SEED: u64 = 20_261_122;
    let _alone = alone();
    let mut rng = Rng::new(SEED);
    // More than a socket holds: each way takes the worker and the manager several turns.
    let text = "x".repeat(400_000);
    let big = json!({ "id": "big", "function": "identity", "args": { "value": text } });
    let copy = |n: i64| json!({ "id": format!("n{n}"), "function": "identity", "args": { "value": { "from": "big" } } });
    let tasks: Json = std::iter::once(big).chain((0..5).map(copy)).collect();
    let broken = |event: &Event| matches!(event, Event::ExecutorBroken { .. });
    let mut in_transit = 0;
    for kill in 0..12 {
        let plus = format!("{}us", rng.below(4_000));
        let (after, worker) = (format!("n{}", rng.below(3)), rng.below(2));
        let act = json!([{
            "do": { "kill_worker": worker },
            "when": { "after": { "taken": after }, "plus": plus },
        }]);
        let ran = run_beside("processes", 2, &tasks, &json!({ "mode": "as_completed" }), &act);
        assert_eq!(ran.finished.ending, Ending::Ended, "kill {kill} of seed {SEED}: {plus}");
        ran.assert_each_future_ended_once();
        let lost = |event: &Event| matches!(event, Event::Lost { .. });
        in_transit += usize::from(ran.events().any(broken) && ran.events().any(lost));
    }
    assert!(in_transit > 0, "no kill of seed {SEED} hit a worker with a call");
}

#[test]
fn rule_82_a_killed_worker_takes_its_call_with_it() {
    let tasks = gates(&[("a", 1), ("b", 2), ("c", 3)]);
    let acts = json!([{ "do": { "kill_worker_of": "b" }, "when": { "after": { "taken": "b" } } }]);
    let ran = run("processes", 2, &tasks, &json!({ "mode": "as_completed" }), &acts);
    let broken = Outcome::Raised(Raised::broken_pool_future());
    assert!(ran.outcomes().values().all(|outcome| *outcome == broken));
    let killed = ran.events().find_map(|event| match event {
        Event::WorkerExited { worker, how } => Some((*worker, *how)),
        _ => None,
    });
    let of_b = ran.taken()[1].1;
    assert_eq!(killed, Some((of_b, HowExited::Signal(9))));
}

#[test]
fn a_worker_that_cannot_be_started_is_reported() {
    let _alone = alone();
    let tasks = gates(&[("a", 1)]);
    let scenario = scenario("processes", 1, &tasks, &json!({ "mode": "as_completed" }), &json!([]));
    let plan = Scenario::parse(&scenario).unwrap().check().unwrap();
    let options = Options { worker_exe: PathBuf::from("/nonexistent"), tape: true };
    let finished = run_here(Arc::new(plan), &options).expect("a run can be begun");
    assert_eq!(finished.ending, Ending::Hung);
    let failed = |event: &Event| matches!(event, Event::SpawnFailed { .. });
    assert!(finished.records.iter().any(|record| failed(&record.event)));
}

/// A run in a process of its own, and its events as they come.
struct Watched {
    supervisor: Supervisor,
    events: mpsc::Receiver<Event>,
}

fn watch(kind: &str, tasks: &Json) -> Watched {
    let scenario = scenario(kind, 2, tasks, &json!({ "mode": "submit" }), &json!([]));
    let exe = Path::new(env!("CARGO_BIN_EXE_futurescope"));
    let (sender, events) = mpsc::channel();
    let supervisor = Supervisor::start(exe, scenario, Patience::default(), move |_, records| {
        for record in records {
            // Whoever has seen enough does not listen any more.
            let _ = sender.send(record.event.clone());
        }
    });
    Watched { supervisor: supervisor.expect("a runner can be started"), events }
}

impl Watched {
    fn wait_for<T>(&self, wanted: impl Fn(&Event) -> Option<T>) -> T {
        self.events.iter().find_map(|event| wanted(&event)).expect("the log ended before that")
    }

    /// Its cause of death, and the events that were not waited for.
    fn end(self) -> (EndCause, Vec<Event>) {
        let ending = self.supervisor.wait();
        assert_eq!((ending.stderr.as_str(), ending.fault), ("", None));
        (ending.cause, self.events.iter().collect())
    }
}

fn taken(event: &Event) -> Option<WorkerId> {
    match event {
        Event::Taken { worker, .. } => Some(*worker),
        _ => None,
    }
}

#[test]
fn a_runner_that_exits_hard_has_written_everything_before() {
    let _alone = alone();
    let tasks = json!([
        { "id": "waits", "function": "hang" },
        { "id": "exits", "function": "hard_exit", "args": { "code": 3 } },
    ]);
    let (cause, events) = watch("threads", &tasks).end();
    assert_eq!(cause, EndCause::Exit(3));
    let last = &events[events.len() - 2..];
    assert!(matches!(last[0], Event::ProgramExiting { code: 3, .. }), "{last:?}");
    assert!(matches!(last[1], Event::EndOfRun { .. }), "{last:?}");
}

#[test]
fn a_person_opens_a_gate_of_a_runner_and_stops_it() {
    let _alone = alone();
    let tasks = json!([
        { "id": "a", "function": "gate" },
        { "id": "b", "function": "hang", "after": ["a"] },
    ]);
    for kind in BOTH {
        let watched = watch(kind, &tasks);
        watched.wait_for(taken);
        watched.supervisor.act(Act::Open(TaskId(0)));
        watched.wait_for(taken);
        watched.supervisor.stop();
        let (cause, _) = watched.end();
        assert_eq!(cause, EndCause::Stopped, "{kind}");
    }
}

#[test]
fn runner_and_worker_have_put_their_limits_on_before_any_call() {
    let _alone = alone();
    let watched = watch("processes", &json!([{ "id": "a", "function": "gate" }]));
    let pid = watched.wait_for(|event| match event {
        Event::WorkerStarted { pid, .. } => *pid,
        _ => None,
    });
    let read = |pid: &str, file: &str| {
        std::fs::read_to_string(format!("/proc/{pid}/{file}")).expect("it waits at its gate")
    };
    let field = |text: &str, name: &str| -> Vec<String> {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("a known field");
        line.split_whitespace().map(str::to_owned).collect()
    };
    let worker = pid.to_string();
    let runner = field(&read(&worker, "status"), "PPid:").remove(0);
    for (pid, mib) in [(worker, 256 + 48), (runner, 256 + 96)] {
        let limits = read(&pid, "limits");
        let data = (mib * 1024 * 1024).to_string();
        assert_eq!(field(&limits, "Max data size")[..2], [data.clone(), data]);
        assert_eq!(field(&limits, "Max cpu time")[..2], ["60", "61"]);
        assert_eq!(field(&limits, "Max file size")[..2], ["0", "0"]);
        assert_eq!(field(&limits, "Max open files")[..2], ["64", "64"]);
        assert_eq!(field(&limits, "Max core file size")[..2], ["0", "0"]);
        assert_eq!(field(&read(&pid, "status"), "NoNewPrivs:"), ["1"]);
    }
    watched.supervisor.act(Act::Open(TaskId(0)));
    let (cause, _) = watched.end();
    assert_eq!(cause, EndCause::Finished);
}

#[test]
fn a_thousand_calls_go_through_a_runner_without_a_gap() {
    let _alone = alone();
    let task = |n: i64| json!({ "id": format!("n{n}"), "function": "square", "args": { "x": n } });
    let tasks: Json = (0..1_000).map(task).collect();
    for kind in BOTH {
        // The supervisor refuses a log with a gap.
        let (cause, events) = watch(kind, &tasks).end();
        assert_eq!(cause, EndCause::Finished, "{kind}");
        let finished = events.iter().filter(|event| matches!(event, Event::Finished { .. }));
        assert_eq!(finished.count(), 1_000, "{kind}");
    }
}
