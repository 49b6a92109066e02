//! The emulated GIL on real threads: who has it, in which order, and that waiting is done without it.
//!
//! The log is looked at, never the time: which records there are and what comes before what. A run
//! that should end and does not is a lock that nobody lets go of.

#![cfg(not(feature = "shuttle"))]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use backend::runner::{Ending, Finished, Options, run_here};
use serde_json::{Value as Json, json};
use shared::engine::Engine;
use shared::engine::event::{Agent, Event};
use shared::scenario::Scenario;
use shared::units::WorkerId;

/// A prime of 16.6 million trial divisions: many times as long as one may keep the GIL from another.
const LARGE: u64 = 1_099_726_899_285_397;
/// A few slices.
const SMALL: u64 = 10_000_600_009;

fn run(executor: &Json, tasks: &Json, program: &Json, interventions: &Json) -> Finished {
    let scenario = json!({
        "format": 1,
        "executor": executor,
        "tasks": tasks,
        "program": program,
        "interventions": interventions,
    });
    let scenario = Scenario::parse(&scenario.to_string()).expect("the test's scenario is whole");
    let plan = Arc::new(scenario.check().expect("the test's scenario is right"));
    let worker_exe = PathBuf::from(env!("CARGO_BIN_EXE_futurescope"));
    let options = Options { worker_exe, tape: true };
    let finished = within_a_minute(|| run_here(Arc::clone(&plan), &options));
    let finished = finished.expect("a run can be begun");

    let mut engine = Engine::new(plan);
    engine.take_first_effects();
    for (at, input) in &finished.tape {
        engine.handle(input.clone(), *at);
    }
    assert_eq!(engine.drain_records(), finished.records, "the same again writes the same");
    finished
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

fn threads(workers: u32) -> Json {
    json!({ "kind": "threads", "workers": workers })
}

fn prime(id: &str, n: u64) -> Json {
    json!({ "id": id, "function": "is_prime", "args": { "n": n } })
}

/// Who took the GIL, in order; and that it was let go of by its holder before it was taken again.
fn takers(finished: &Finished) -> Vec<Agent> {
    let mut takers = Vec::new();
    let mut holder = None;
    for record in &finished.records {
        match record.event {
            Event::GilTaken { by } => {
                assert_eq!(holder.replace(by), None, "{by:?} takes what another has: {record:?}");
                takers.push(by);
            }
            Event::GilReleased { by } => {
                assert_eq!(holder.take(), Some(by), "{by:?} lets go of what it has not");
            }
            Event::Returned { worker, .. } => {
                assert_ne!(holder, Some(Agent::Worker(worker)), "{worker} is through and has it");
            }
            _ => {}
        }
    }
    takers
}

#[test]
fn rule_180_two_computations_go_on_by_turns() {
    let tasks = json!([prime("a", LARGE), prime("b", LARGE)]);
    let finished = run(&threads(2), &tasks, &json!({ "mode": "submit" }), &json!([]));
    let takers = takers(&finished);
    let turns = |of: u32| takers.iter().filter(|by| **by == Agent::Worker(WorkerId(of))).count();
    assert!(turns(0) > 2 && turns(1) > 2, "{takers:?}");
    // Once both want it, nobody has it twice in a row; alone, nobody is asked to let go.
    assert!(takers.windows(2).all(|two| two[0] != two[1]), "{takers:?}");
}

#[test]
fn the_main_threads_own_call_competes_too() {
    let program =
        json!({ "steps": [{ "do": "submit", "task": "a" }, { "do": "call", "task": "b" }] });
    let tasks = json!([prime("a", LARGE), prime("b", LARGE)]);
    let takers = takers(&run(&threads(1), &tasks, &program, &json!([])));
    let of_main = takers.iter().filter(|by| **by == Agent::Main).count();
    assert!(of_main > 2 && takers.len() - of_main > 2, "{takers:?}");
    assert!(takers.windows(2).all(|two| two[0] != two[1]), "{takers:?}");
}

/// a and b must both wait at once, and c must compute meanwhile: else the run never ends.
#[test]
fn rule_180_waiting_is_done_without_the_gil() {
    let gate = |id: &str| json!({ "id": id, "function": "gate" });
    let sleep = json!({ "id": "d", "function": "sleep", "args": { "seconds": 0.001 } });
    let tasks = json!([gate("a"), gate("b"), prime("c", SMALL), sleep]);
    let interventions = json!([
        { "do": { "open": "a" }, "when": { "after": { "finished": "c" } } },
        { "do": { "open": "b" }, "when": { "after": { "finished": "a" } } }
    ]);
    let finished = run(&threads(4), &tasks, &json!({ "mode": "submit" }), &interventions);
    assert_eq!(finished.ending, Ending::Ended);
    assert_eq!(takers(&finished).len(), 1, "c computes, alone and once; the others never");
}

#[test]
fn a_call_that_computes_alone_costs_two_records() {
    let tasks = json!([prime("a", LARGE), prime("b", SMALL), prime("c", 4)]);
    let finished = run(&threads(1), &tasks, &json!({ "mode": "map" }), &json!([]));
    assert_eq!(takers(&finished), [Agent::Worker(WorkerId(0)); 3]);
}

/// One of them waits for the GIL at the end. `run_here` comes back when all threads have.
#[test]
fn who_waits_for_the_gil_when_the_run_ends_goes_away() {
    let exit = json!({ "id": "c", "function": "hard_exit", "args": { "code": 3 } });
    let tasks = json!([prime("a", LARGE), prime("b", LARGE), exit]);
    let program = json!({ "steps": [
        { "do": "submit", "task": ["a", "b", "c"] },
        { "do": "wait", "of": ["a", "b", "c"] }
    ] });
    for _ in 0..20 {
        let finished = run(&threads(3), &tasks, &program, &json!([]));
        assert_eq!(finished.ending, Ending::Exited(3));
    }
}

#[test]
fn without_a_gil_and_with_processes_nobody_takes_it() {
    let tasks = json!([prime("a", SMALL), prime("b", SMALL)]);
    let free = json!({ "kind": "threads", "workers": 2, "gil": false });
    let processes = json!({ "kind": "processes", "workers": 2 });
    for executor in [free, processes] {
        let finished = run(&executor, &tasks, &json!({ "mode": "submit" }), &json!([]));
        assert_eq!((finished.ending.clone(), takers(&finished)), (Ending::Ended, vec![]));
    }
}
