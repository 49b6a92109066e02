//! Worker processes that are killed, and what becomes of their pool's futures.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use backend::runner::{Ending, Finished, Options, run_here};
use serde_json::{Value as Json, json};
use shared::engine::event::{Event, Record};
use shared::outcome::Outcome;
use shared::rng::Rng;
use shared::scenario::Scenario;
use shared::units::Instant;

use crate::belongings::belongings;
use crate::told::told;
use crate::{ALONE, exe, spread};

const SEED: u64 = 1;
/// Kills that hit a living worker.
const KILLS: usize = 1_000;
/// Runs in which that many are hit; some kills come before a worker's life, or behind it.
const RUNS: usize = 3 * KILLS;

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

/// The instant of the last event that is so.
fn last(records: &[Record], is: impl Fn(&Event) -> bool) -> Option<Instant> {
    records.iter().rfind(|record| is(&record.event)).map(|record| record.at)
}

fn is_affected(event: &Event) -> bool {
    match event {
        Event::Finished { outcome: Outcome::Raised(raised), .. } => {
            raised.kind == "BrokenProcessPool"
        }
        _ => false,
    }
}

/// Microseconds from the kill to the last future that the pool's break finished, if it had any.
///
/// The log has the act's instant just before the signal is sent, so nothing is left out.
fn to_the_last_future(records: &[Record]) -> Option<u64> {
    let killed = last(records, |event| matches!(event, Event::Intervened { .. }))?;
    let finished = last(records, is_affected)?;
    Some((finished.0 - killed.0) / 1_000)
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
    let (mut broken, mut runs) = (0, 0);
    let mut took: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    while broken < KILLS {
        let workers = if runs % 2 == 0 { 2 } else { 8 };
        let (at, worker) = (rng.below(9_000), rng.below(workers));
        let mode = ["submit", "map", "as_completed", "wait"][runs % 4];
        let scenario = json!({
            "format": 1,
            "executor": { "kind": "processes", "workers": workers, "start_method": "fork" },
            "tasks": tasks,
            "program": { "mode": mode },
            "interventions": [{ "do": { "kill_worker": worker }, "when": { "at": format!("{at}us") } }],
        });
        let words =
            format!("kill {runs} of seed {SEED}: worker {worker} of {workers} at {at} us, {mode}");
        let plan = Scenario::parse(&scenario.to_string()).and_then(Scenario::check).expect("right");
        let options = Options { worker_exe: exe(), tape: false };
        let finished = run_here(Arc::new(plan), &options).expect("a run can be begun");
        assert_eq!(finished.ending, Ending::Ended, "{words}");
        assert!(ends(&finished).values().all(|count| *count == 1), "{words}");
        assert_eq!(belongings(), before, "{words}");
        let broke =
            finished.records.iter().any(|r| matches!(r.event, Event::ExecutorBroken { .. }));
        if broke {
            broken += 1;
            took.entry(workers).or_default().extend(to_the_last_future(&finished.records));
        }
        runs += 1;
        assert!(runs < RUNS, "too few kills hit a living worker: {broken} of {runs}");
    }
    told(
        &format!("{KILLS} kills of a living worker process, in {runs} runs of seed {SEED}"),
        "each future has one end, and nothing is left of any run",
    );
    for (workers, took) in took {
        let done = format!(
            "of these, {} with {workers} workers and futures to lose: from SIGKILL to the last of them",
            took.len()
        );
        told(&done, &spread(took));
    }
}
