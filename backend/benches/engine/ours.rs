//! Our side: a runner process watched as `futurescope run` watches it, timed by its own log.

use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use backend::supervisor::{Patience, Supervisor};
use serde_json::{Value as Json, json};
use shared::engine::event::{EndCause, Event, Question, Record};
use shared::protocol::{Frame, decode};
use shared::units::{FutureId, Instant, TaskId};

use crate::median;

/// The program that is measured.
pub fn exe() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_futurescope"))
}

/// How long the tasks take that warm a pool up.
const WARM: f64 = 0.05;

/// Two workers of this kind compute `identity` for `count` items, behind two tasks that keep both
/// workers busy until both are there.
pub fn items(kind: &str, mode: &str, chunksize: u32, count: u32) -> Json {
    warm_items(kind, mode, chunksize, count, WARM)
}

/// The same, where the workers take this long to get warm.
pub fn warm_items(kind: &str, mode: &str, chunksize: u32, count: u32, warm: f64) -> Json {
    let sleep = |id: &str| json!({ "id": id, "function": "sleep", "args": { "seconds": warm } });
    let chunk = if mode == "map" { json!(chunksize) } else { Json::Null };
    let mut scenario = json!({
        "format": 1,
        "executor": { "kind": kind, "workers": 2 },
        "tasks": [sleep("v"), sleep("w"), {
            "id": "items", "function": "identity", "after": ["v", "w"],
            "args": { "value": { "each": { "range": [count] } } },
        }],
        "program": { "mode": mode },
    });
    if !chunk.is_null() {
        scenario["program"]["chunksize"] = chunk;
    }
    if kind != "threads" {
        scenario["executor"]["start_method"] = json!("fork");
    }
    scenario
}

/// So many times `submit` and at once `result`, one task after the other.
pub fn trips(kind: &str, count: usize) -> Json {
    let task =
        |n: usize| json!({ "id": format!("t{n}"), "function": "identity", "args": { "value": n } });
    let steps = |n: usize| {
        let name = format!("t{n}");
        [json!({ "do": "submit", "task": name }), json!({ "do": "result", "of": name })]
    };
    let mut scenario = json!({
        "format": 1,
        "executor": { "kind": kind, "workers": 2 },
        "tasks": (0..count).map(task).collect::<Vec<_>>(),
        "program": { "steps": (0..count).flat_map(steps).collect::<Vec<_>>() },
    });
    if kind != "threads" {
        scenario["executor"]["start_method"] = json!("fork");
    }
    scenario
}

/// Runs it, and keeps every record.
pub fn run(scenario: &Json) -> Vec<Record> {
    let (sender, receiver) = mpsc::channel();
    // As the server's log does, the frame is kept; its records have been decoded and checked.
    let sink = move |frame: &Frame, _: &[Record]| {
        sender.send(frame.clone()).expect("they are received below");
    };
    let supervisor = Supervisor::start(&exe(), scenario.to_string(), Patience::default(), sink)
        .expect("a runner can be started");
    let ending = supervisor.wait();
    assert_eq!(ending.cause, EndCause::Finished, "{ending:?}");
    receiver.iter().flat_map(|frame| decode(&frame).expect("it was checked")).collect()
}

/// From the first submit of the items to the end of the last thing that main does with them.
pub fn time_of_items(records: &[Record], count: u32) -> Duration {
    let items = TaskId(2);
    let mut first = None;
    let mut submitted = 0;
    let mut finished = 0;
    for record in records {
        match &record.event {
            Event::Submitted { work, .. } if work.first_task() == Some(items) => {
                submitted += work.item_count();
                first.get_or_insert(record.at);
            }
            Event::Returned { items, .. } => finished += items.outcomes.len(),
            Event::ShutdownAsked { .. } | Event::TerminateAsked { .. } => {
                assert_eq!(submitted, count, "every transition is in the log");
                assert_eq!(finished, count as usize + 2, "every transition is in the log");
                return between(first.expect("the items were submitted"), record.at);
            }
            _ => {}
        }
    }
    panic!("the program did not come to the end of its block")
}

/// Runs items and takes their time.
pub fn measure(scenario: &Json, count: u32) -> Duration {
    time_of_items(&run(scenario), count)
}

/// The median from a submit to the answer of `result`, behind the first few, which start the pool.
pub fn median_trip(records: &[Record]) -> Duration {
    let mut submits: Vec<Option<Instant>> = Vec::new();
    let mut trips = Vec::new();
    for record in records {
        match record.event {
            Event::Submitted { .. } => submits.push(Some(record.at)),
            Event::Answered { what: Question::Result(FutureId(future)), .. } => {
                let submitted = submits[future as usize].take().expect("one result each");
                trips.push(between(submitted, record.at).as_secs_f64());
            }
            _ => {}
        }
    }
    Duration::from_secs_f64(median(&trips[10..]))
}

/// From the first worker's being asked for to the second one's running.
pub fn start(kind: &str) -> Duration {
    let mut scenario = items(kind, "map", 1, 2);
    scenario["tasks"] = json!([
        { "id": "a", "function": "sleep", "args": { "seconds": WARM } },
        { "id": "b", "function": "sleep", "args": { "seconds": WARM } },
    ]);
    let records = run(&scenario);
    let spawned = |r: &&Record| matches!(r.event, Event::WorkerSpawned { .. });
    let started = |r: &&Record| matches!(r.event, Event::WorkerStarted { .. });
    let first = records.iter().find(spawned).expect("workers were asked for");
    let last = records.iter().filter(started).nth(1).expect("both started");
    between(first.at, last.at)
}

/// `shutdown(cancel_futures=True)` with so many futures in the queue of two threads that sleep: from
/// the first that is cancelled to the last.
pub fn cancels(count: u32) -> Duration {
    let mut scenario = warm_items("threads", "submit", 1, count, 1.0);
    scenario["tasks"][2]["after"] = json!([]);
    scenario["program"] = json!({ "steps": [
        { "do": "submit", "task": ["v", "w", "items"] },
        { "do": "shutdown", "cancel_futures": true },
    ] });
    let records = run(&scenario);
    let asked = |record: &&Record| matches!(record.event, Event::ShutdownAsked { .. });
    let cancelled = |record: &&Record| matches!(record.event, Event::Cancelled { .. });
    let first = records.iter().find(asked).expect("it was asked for");
    let last = records.iter().rfind(cancelled).expect("they were cancelled");
    let all = records.iter().filter(cancelled).count();
    assert!(all + 100 > count as usize, "{all} of {count}: the queue was not full");
    between(first.at, last.at)
}

/// From the end of Pool's only worker to the next one's first call.
pub fn replaces() -> Duration {
    let scenario = json!({
        "format": 1,
        "executor": { "kind": "pool", "workers": 1, "start_method": "fork" },
        "tasks": [
            { "id": "dies", "function": "hard_exit" },
            { "id": "next", "function": "identity", "args": { "value": 1 } },
        ],
        "program": { "steps": [
            { "do": "apply_async", "task": ["dies", "next"] },
            { "do": "get", "of": "next" },
        ] },
    });
    let records = run(&scenario);
    let exited = |record: &&Record| matches!(record.event, Event::WorkerExited { .. });
    let taken = |record: &&Record| matches!(record.event, Event::Taken { .. });
    let end = records.iter().find(exited).expect("the worker died");
    let next = records.iter().rfind(taken).expect("the next one took a call");
    between(end.at, next.at)
}

/// Between two instants of one run.
pub fn between(from: Instant, to: Instant) -> Duration {
    Duration::from_nanos(to.since(from).0)
}
