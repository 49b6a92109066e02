//! Map nodes on real threads and real processes.

#![cfg(not(feature = "shuttle"))]

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use backend::runner::{Options, run_here};
use serde_json::{Value as Json, json};
use shared::engine::event::{Event, Record};
use shared::outcome::Outcome;
use shared::scenario::Scenario;
use shared::units::TaskId;
use shared::value::Value;
use shared::view::View;
use shared::view::shown::Shown;

const BOTH: [&str; 2] = ["threads", "processes"];

/// Runs share the process's descriptors and children: one at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// The log of a real run of these tasks, and what it shows.
fn run(kind: &str, tasks: &Json, program: &Json) -> (Vec<Record>, View) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let scenario = json!({
        "format": 1,
        "executor": { "kind": kind, "workers": 2 },
        "tasks": tasks,
        "program": program,
    });
    let scenario = Scenario::parse(&scenario.to_string()).expect("the test's scenario is whole");
    let plan = Arc::new(scenario.check().expect("the test's scenario is right"));
    let worker_exe = PathBuf::from(env!("CARGO_BIN_EXE_futurescope"));
    let finished = run_here(Arc::clone(&plan), &Options { worker_exe, tape: false });
    let records = finished.expect("a run can be begun").records;
    let mut view = View::new(plan);
    records.iter().for_each(|record| view.apply(record));
    (records, view)
}

fn calls(records: &[Record]) -> usize {
    let submitted = |record: &&Record| matches!(record.event, Event::Submitted { .. });
    records.iter().filter(submitted).count()
}

/// What the last future finished with.
fn last_outcome(view: &View) -> Option<Outcome> {
    view.futures.last().and_then(|future| future.outcome.clone())
}

#[test]
fn rules_56_96_181_every_item_is_computed_once_and_the_list_is_in_input_order() {
    let tasks = json!([
        { "id": "d", "function": "diff", "args": {
            "x": { "each": { "range": [10, 40] } }, "y": { "each": { "range": [0, 25] } } } },
        { "id": "list", "function": "identity", "args": { "value": { "from": "d" } } },
    ]);
    let expected = Outcome::Returned(Value::List(vec![Value::Int(10); 25]));
    for kind in BOTH {
        for mode in ["map", "submit", "as_completed", "wait"] {
            let (records, view) = run(kind, &tasks, &json!({ "mode": mode, "chunksize": 7 }));
            assert_eq!(last_outcome(&view), Some(expected.clone()), "{kind} {mode}");
            let chunks = if kind == "processes" { 4 } else { 25 };
            assert_eq!(calls(&records), chunks + 1, "{kind} {mode}");
            assert_eq!(view.items(TaskId(0)).unwrap().that_are(Shown::Succeeded), 25);
        }
    }
}

#[test]
fn rule_98_a_failing_item_loses_its_chunk_and_no_other() {
    let tasks = json!([
        { "id": "f", "function": "fail", "args": {
            "kind": { "each": ["ValueError", "KeyError", "OSError"] } } },
        { "id": "n", "function": "square", "args": { "x": { "each": { "range": [5] } } } },
    ]);
    let program = json!({ "mode": "as_completed", "chunksize": 2 });
    let (_, view) = run("processes", &tasks, &program);
    let ended = |name: &str| {
        let future = view.futures.iter().find(|future| future.name == name);
        match future.expect("it was submitted").outcome.clone() {
            Some(Outcome::Raised(raised)) => raised.kind,
            other => format!("{other:?}"),
        }
    };
    assert_eq!(ended("f[0…1]"), "ValueError", "the first of the chunk");
    assert_eq!(ended("f[2]"), "OSError", "another chunk runs all the same");
    assert_eq!(view.items(TaskId(0)).unwrap().that_are(Shown::Failed), 3);
    assert_eq!(view.items(TaskId(1)).unwrap().that_are(Shown::Succeeded), 5);
}

#[test]
fn rules_68_69_a_buffersize_goes_through_all_items_a_few_at_a_time() {
    let tasks = json!([
        { "id": "n", "function": "square", "args": { "x": { "each": { "range": [500] } } } },
        { "id": "list", "function": "identity", "args": { "value": { "from": "n" } } },
    ]);
    for kind in BOTH {
        let program = json!({ "mode": "map", "buffersize": 3 });
        let (records, view) = run(kind, &tasks, &program);
        let (mut ahead, mut most) = (0_i32, 0);
        for record in &records {
            match &record.event {
                Event::Submitted { .. } => ahead += 1,
                Event::Yielded { .. } => ahead -= 1,
                _ => {}
            }
            most = most.max(ahead);
        }
        assert_eq!(most, 4, "{kind}: three at the call, and one at the next that waits");
        let Some(Outcome::Returned(Value::List(squares))) = last_outcome(&view) else {
            panic!("{kind}: {:?}", last_outcome(&view));
        };
        let expected: Vec<Value> = (0..500).map(|n| Value::Int(n * n)).collect();
        assert_eq!(squares, expected, "{kind}");
    }
}

#[test]
fn thirty_nine_thousand_items_cost_as_many_calls_as_there_are_chunks() {
    let tasks = json!([{ "id": "primes", "function": "is_prime", "args": {
        "n": { "each": { "range": [1, 40_000] } } } }]);
    for (kind, mode, chunksize, expected) in [
        ("processes", "map", 1_000, 40),
        ("processes", "submit", 50_000, 1),
        ("threads", "map", 1_000, 39_999),
    ] {
        let (records, view) = run(kind, &tasks, &json!({ "mode": mode, "chunksize": chunksize }));
        assert_eq!(calls(&records), expected, "{kind}");
        let node = view.items(TaskId(0)).unwrap();
        assert_eq!(node.words(), "39,999 of 39,999");
        assert_eq!(
            node.that_are(Shown::Succeeded),
            39_999,
            "{kind} {mode} {:?}",
            last_outcome(&view)
        );
    }
}
