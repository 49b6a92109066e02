//! The real thread driver under schedules that shuttle chooses: take, cancel and shutdown at once.

#[path = "../tests/support/told.rs"]
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::runner::{Ending, Finished, Options, run_here};
use shared::engine::Engine;
use shared::engine::event::Event;
use shared::scenario::{Plan, Scenario};
use shared::units::FutureId;
use told::told;

/// Schedules that each test tries, unless `FUTURESCOPE_SCHEDULES` says how many.
const SCHEDULES: usize = 10_000;
/// One that really computes, or whose end is looked for, tries fewer by this factor.
const FEWER: usize = 10;
/// What the engine needs in a debug build; shuttle's own default is 32 KiB.
const STACK_BYTES: usize = 512 * 1024;

fn plan(scenario: &str) -> Arc<Plan> {
    let scenario = Scenario::parse(scenario).expect("the test's scenario is whole");
    Arc::new(scenario.check().expect("the test's scenario is right"))
}

fn schedules() -> usize {
    match std::env::var("FUTURESCOPE_SCHEDULES") {
        Ok(number) => number.parse().expect("FUTURESCOPE_SCHEDULES is a whole number"),
        Err(_) => SCHEDULES,
    }
}

/// Tries schedules of a scenario, and returns in how many ways its log came out, times left aside.
fn explore(what: &str, scenario: &str, check: fn(&Plan, &Finished)) -> usize {
    explore_some(schedules(), what, scenario, check)
}

/// The same, for a scenario that really computes.
fn explore_some(
    schedules: usize,
    what: &str,
    scenario: &str,
    check: fn(&Plan, &Finished),
) -> usize {
    let plan = plan(scenario);
    let logs = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = Arc::clone(&logs);
    let mut config = shuttle::Config::default();
    config.stack_size = STACK_BYTES;
    let scheduler = shuttle::scheduler::RandomScheduler::new(schedules);
    shuttle::Runner::new(scheduler, config).run(move || {
        let options = Options { worker_exe: PathBuf::new(), tape: true };
        let finished = run_here(Arc::clone(&plan), &options).expect("threads can be started");
        assert_eq!(finished.ending, Ending::Ended);
        replay(&plan, &finished);
        ends(&finished);
        check(&plan, &finished);
        let events: Vec<&Event> = finished.records.iter().map(|record| &record.event).collect();
        let log = postcard::to_stdvec(&events).expect("records can be written");
        // Of a hundred thousand logs only their hashes fit.
        let mut hasher = DefaultHasher::new();
        log.hash(&mut hasher);
        seen.lock().expect("nobody panics with it").insert(hasher.finish());
    });
    let ways = logs.lock().expect("nobody panics with it").len();
    told(&format!("{schedules} schedules of {what}"), &format!("{ways} different logs, all legal"));
    ways
}

/// The engine is a function of what it is told: told the same again, it writes the same.
fn replay(plan: &Arc<Plan>, finished: &Finished) {
    let mut engine = Engine::new(Arc::clone(plan));
    engine.take_first_effects();
    for (at, input) in &finished.tape {
        engine.handle(input.clone(), *at);
    }
    assert_eq!(engine.drain_records(), finished.records);
}

/// Every future ends in exactly one state, and in one that is allowed.
fn ends(finished: &Finished) {
    let mut states: BTreeMap<FutureId, Vec<&str>> = BTreeMap::new();
    for record in &finished.records {
        let (future, state) = match &record.event {
            Event::Submitted { future, .. } => (future, "pending"),
            Event::Running { future } => (future, "running"),
            Event::Cancelled { future, .. } => (future, "cancelled"),
            Event::Notified { future } => (future, "notified"),
            Event::Finished { future, .. } => (future, "finished"),
            _ => continue,
        };
        states.entry(*future).or_default().push(state);
    }
    for (future, states) in states {
        let legal: &[&[&str]] = &[
            &["pending", "running", "finished"],
            &["pending", "cancelled", "notified"],
            // Taken off the queue by `shutdown(cancel_futures=True)`: no thread ever reaches it.
            &["pending", "cancelled"],
        ];
        assert!(legal.contains(&states.as_slice()), "future {future}: {states:?}");
    }
}

#[test]
fn take_cancel_and_shutdown_at_once_leave_one_end_to_every_future() {
    let ways = explore(
        "take, cancel and shutdown at once",
        r#"{
            "format": 1,
            "executor": { "kind": "threads", "workers": 2 },
            "tasks": [
                { "id": "a", "function": "identity", "args": { "value": 1 } },
                { "id": "b", "function": "identity", "args": { "value": 2 } },
                { "id": "c", "function": "identity", "args": { "value": 3 } },
                { "id": "d", "function": "identity", "args": { "value": 4 } }
            ],
            "program": { "steps": [
                { "do": "submit", "task": ["a", "b", "c", "d"] },
                { "do": "shutdown", "cancel_futures": true },
                { "do": "done", "of": "c", "as": "done" },
                { "do": "print", "text": "{done}" }
            ] },
            "interventions": [
                { "do": { "cancel": "c" }, "when": { "after": { "submitted": "c" } } }
            ]
        }"#,
        |_, finished| {
            // Behind a shutdown that waits, everything is over.
            let printed = finished.records.iter().find_map(|record| match &record.event {
                Event::Printed { text, .. } => Some(text.as_str()),
                _ => None,
            });
            assert_eq!(printed, Some("True"));
        },
    );
    assert!(ways > 100, "only {ways} different logs: the schedules do not reach the races");
}

#[test]
fn callbacks_submit_from_whichever_thread_finishes() {
    let ways = explore(
        "callbacks that submit",
        r#"{
            "format": 1,
            "executor": { "kind": "threads", "workers": 2 },
            "tasks": [
                { "id": "a", "function": "identity", "args": { "value": 1 } },
                { "id": "b", "function": "identity", "args": { "value": 2 } },
                { "id": "c", "function": "sum", "args": { "values": [{ "from": "a" }, { "from": "b" }] } }
            ],
            "program": { "mode": "submit" }
        }"#,
        |_, finished| {
            let finished = finished.records.iter();
            let count = finished.filter(|r| matches!(r.event, Event::Finished { .. })).count();
            assert_eq!(count, 3);
        },
    );
    assert!(ways > 50, "only {ways} different logs: the schedules do not reach the races");
}

#[test]
fn a_deadline_and_the_result_it_waits_for_race_without_harm() {
    let ways = explore(
        "a deadline and the result it waits for",
        r#"{
            "format": 1,
            "executor": { "kind": "threads", "workers": 1 },
            "tasks": [{ "id": "b", "function": "identity", "args": { "value": 2 } }],
            "program": { "steps": [
                { "do": "submit", "task": "b" },
                { "do": "try",
                  "steps": [{ "do": "result", "of": "b", "timeout": "1us" }],
                  "except": [{ "kind": "TimeoutError" }] },
                { "do": "wait", "of": ["b"], "timeout": "1us" }
            ] }
        }"#,
        |_, _| {},
    );
    assert!(ways > 10, "only {ways} different logs: the schedules do not reach the races");
}

/// Two slices each, and a main thread that computes one, too: the token is asked for, let go of and
/// taken in whatever order there is, and time jumps whenever somebody waits for it.
#[test]
fn the_gil_has_one_holder_and_comes_back_in_every_schedule() {
    let ways = explore_some(
        schedules() / FEWER,
        "three threads and one GIL",
        r#"{
            "format": 1,
            "executor": { "kind": "threads", "workers": 2 },
            "tasks": [
                { "id": "a", "function": "is_prime", "args": { "n": 2500000001 } },
                { "id": "b", "function": "is_prime", "args": { "n": 2500000001 } },
                { "id": "c", "function": "is_prime", "args": { "n": 4 } }
            ],
            "program": { "steps": [
                { "do": "submit", "task": ["a", "b"] },
                { "do": "call", "task": "c" }
            ] }
        }"#,
        |_, finished| {
            let mut holder = None;
            for record in &finished.records {
                match record.event {
                    Event::GilTaken { by } => assert_eq!(holder.replace(by), None),
                    Event::GilReleased { by } => assert_eq!(holder.take(), Some(by)),
                    _ => {}
                }
            }
            assert_eq!(holder, None);
        },
    );
    assert!(ways > 100, "only {ways} different logs: the schedules do not reach the races");
}

#[test]
fn a_hang_is_seen_in_every_schedule() {
    let plan = plan(
        r#"{
            "format": 1,
            "executor": { "kind": "threads", "workers": 1 },
            "tasks": [{ "id": "a", "function": "submit_and_wait", "args": { "seconds": 0 } }],
            "program": { "mode": "submit" }
        }"#,
    );
    let mut config = shuttle::Config::default();
    config.stack_size = STACK_BYTES;
    let schedules = schedules() / FEWER;
    let scheduler = shuttle::scheduler::RandomScheduler::new(schedules);
    shuttle::Runner::new(scheduler, config).run(move || {
        let options = Options { worker_exe: PathBuf::new(), tape: true };
        let finished = run_here(Arc::clone(&plan), &options).expect("threads can be started");
        assert_eq!(finished.ending, Ending::Hung);
        replay(&plan, &finished);
    });
    told(&format!("{schedules} schedules of a program that hangs"), "it is seen in each");
}
