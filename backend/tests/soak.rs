//! What takes long: `cargo xtask soak`.

#![cfg(not(feature = "shuttle"))]

#[path = "support/belongings.rs"]
mod belongings;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use belongings::belongings;

use backend::runner::{Ending, Finished, Options, run_here};
use backend::supervisor::{Patience, Supervisor};
use serde_json::{Value as Json, json};
use shared::engine::event::{EndCause, Event};
use shared::rng::Rng;
use shared::scenario::Scenario;

const SEED: u64 = 1;

/// One of them counts the descriptors and children of the whole process: one at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn exe() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_futurescope"))
}

fn ends(finished: &Finished) -> BTreeMap<u32, u32> {
    let mut ends = BTreeMap::new();
    for record in &finished.records {
        match &record.event {
            Event::Submitted { future, .. } => {
                ends.insert(future.0, 0);
            }
            Event::Finished { future, .. } | Event::Cancelled { future, .. } => {
                *ends.get_mut(&future.0).expect("what ends was submitted") += 1;
            }
            _ => {}
        }
    }
    ends
}

#[test]
#[ignore = "takes minutes"]
fn a_thousand_kills_leave_one_end_to_every_future_and_nothing_else() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut rng = Rng::new(SEED);
    let tasks: Vec<Json> = (0..60)
        .map(|n| json!({ "id": format!("n{n}"), "function": "is_prime", "args": { "n": 999_999_937 } }))
        .collect();
    let before = belongings();
    let (mut broken, mut idle) = (0, 0);
    for kill in 0..1_000 {
        let workers = if kill % 2 == 0 { 2 } else { 8 };
        let (at, worker) = (rng.below(9_000), rng.below(workers));
        let mode = ["submit", "map", "as_completed", "wait"][kill % 4];
        let scenario = json!({
            "format": 1,
            "executor": { "kind": "processes", "workers": workers, "start_method": "fork" },
            "tasks": tasks,
            "program": { "mode": mode },
            "interventions": [{ "do": { "kill_worker": worker }, "when": { "at": format!("{at}us") } }],
        });
        let words =
            format!("kill {kill} of seed {SEED}: worker {worker} of {workers} at {at} us, {mode}");
        let plan = Scenario::parse(&scenario.to_string()).and_then(Scenario::check).expect("right");
        let options = Options { worker_exe: exe(), tape: false };
        let finished = run_here(Arc::new(plan), &options).expect("a run can be begun");
        assert_eq!(finished.ending, Ending::Ended, "{words}");
        assert!(ends(&finished).values().all(|count| *count == 1), "{words}");
        assert_eq!(belongings(), before, "{words}");
        let broke =
            finished.records.iter().any(|r| matches!(r.event, Event::ExecutorBroken { .. }));
        broken += usize::from(broke);
        idle += usize::from(!broke);
    }
    println!(
        "1000 kills of seed {SEED}: {broken} broke a pool, {idle} came before or after its life"
    );
    assert!(broken > 100, "too few kills hit a living worker");
}

#[test]
#[ignore = "takes minutes"]
fn two_hundred_stops_end_their_runs() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut took: Vec<u128> = Vec::new();
    for round in 0..200 {
        let kind = if round % 2 == 0 { "threads" } else { "processes" };
        let scenario = json!({
            "format": 1,
            "executor": { "kind": kind, "workers": 2 },
            "tasks": [{ "id": "a", "function": "hang" }, { "id": "b", "function": "gate" }],
            "program": { "mode": "wait" },
        });
        let (told, tells) = std::sync::mpsc::channel();
        let supervisor = Supervisor::start(
            &exe(),
            scenario.to_string(),
            Patience::default(),
            move |_, records| {
                for record in records {
                    // Nobody listens any more once the run is stopped.
                    let _ = told.send(matches!(record.event, Event::Taken { .. }));
                }
            },
        )
        .expect("a run can be started");
        while !tells.recv().expect("the run goes on until it is stopped") {}
        let asked = Instant::now();
        supervisor.control().stop();
        assert_eq!(supervisor.wait().cause, EndCause::Stopped);
        took.push(asked.elapsed().as_millis());
    }
    took.sort_unstable();
    println!("200 stops: median {} ms, worst {} ms", took[100], took[199]);
}
