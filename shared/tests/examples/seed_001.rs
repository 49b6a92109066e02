//! The first steps with threads: `map`, `submit`, `as_completed`, callbacks; `map` on processes.

use std::cell::RefCell;
use std::collections::BTreeSet;

use shared::engine::event::{Agent, Event};

use crate::common::{Run, SEEDS};
use crate::{each_seed, first, seed_seconds};

const TASKS: [&str; 5] = ["task-5", "task-4", "task-3", "task-2", "task-1"];

/// The names of what was delivered, and at which second of the seed's.
fn delivered(run: &Run) -> (Vec<String>, Vec<f64>) {
    run.delivered().into_iter().map(|(name, at)| (name, (at * 10.0).floor())).unzip()
}

#[test]
fn rule_179_line_024_map_keeps_its_golden_times_on_two_workers() {
    each_seed("seed-001-line-024-map", SEEDS, |run| {
        let times = |event| TASKS.map(|task| seed_seconds(run, task, event));
        assert_eq!(times("taken"), [0, 0, 4, 5, 7]);
        assert_eq!(times("finished"), [5, 4, 7, 7, 8]);
        let (names, at) = delivered(run);
        assert_eq!(names, TASKS);
        assert_eq!(at, [5.0, 5.0, 7.0, 7.0, 8.0]);
        assert_eq!(TASKS.map(|task| run.outcome(task)), ["50.0", "40.0", "30.0", "20.0", "10.0"]);
        // One has 5 and 2, the other 4 and 3; the last is for whoever is free first of two.
        let worker = |task| run.taken().iter().find(|(name, _)| name == task).unwrap().1;
        assert_eq!(worker("task-5"), worker("task-2"));
        assert_eq!(worker("task-4"), worker("task-3"));
        assert_ne!(worker("task-5"), worker("task-4"));
    });
}

#[test]
fn line_071_right_after_submit_the_future_is_pending_or_running() {
    let before = RefCell::new(BTreeSet::new());
    each_seed("seed-001-line-071-submit", SEEDS, |run| {
        let printed = run.printed();
        let [starting, submitted, waiting, result, after] = &printed[..] else {
            panic!("{printed:?}");
        };
        assert_eq!(starting, "main: starting");
        assert_eq!(waiting, "main: waiting for results");
        assert_eq!(result, "main: result: 50.0");
        assert!(submitted.starts_with("main: future: <Future at 0x"), "{submitted}");
        let address = submitted.split_whitespace().nth(4).unwrap();
        let finished = format!(
            "main: future after result: <Future at {address} state=finished returned float>"
        );
        assert_eq!(after, &finished);
        before.borrow_mut().insert(submitted.rsplit(' ').next().unwrap().to_owned());
    });
    let both = ["state=pending>", "state=running>"].map(str::to_owned);
    assert_eq!(before.into_inner(), BTreeSet::from(both), "the seed shows one of two");
}

#[test]
fn line_111_results_come_in_the_order_of_finishing() {
    each_seed("seed-001-line-111-as-completed", SEEDS, |run| {
        let (names, at) = delivered(run);
        let finished: Vec<u64> =
            names.iter().map(|name| seed_seconds(run, name, "finished")).collect();
        assert!(finished.is_sorted(), "{finished:?}");
        assert!(at.is_sorted());
        let lines = names.iter().map(|name| format!("main: result: {}", run.outcome(name)));
        let lines: Vec<String> =
            std::iter::once("main: starting".to_owned()).chain(lines).collect();
        assert_eq!(run.printed(), lines);
    });
}

#[test]
fn line_146_the_second_call_is_mains_own_and_the_callback_is_the_workers() {
    each_seed("seed-001-line-146-callback", SEEDS, |run| {
        let lines = [
            "main: starting",
            "moving on I think I want to call task again",
            "Calling task again:  10",
            "5: value returned: 50",
        ];
        assert_eq!(run.printed(), lines);
        assert_eq!(run.count(|event| matches!(event, Event::Submitted { .. })), 1);
        let own = first(run, |event| matches!(event, Event::DirectCallReturned { .. })).unwrap();
        assert!(own < run.place("task", "finished").unwrap());
        let by_worker =
            |event: &Event| matches!(event, Event::Printed { by: Agent::Worker(_), .. });
        assert_eq!(run.count(by_worker), 1);
    });
}

#[test]
fn line_204_processes_are_used_again_and_map_keeps_the_order() {
    each_seed("seed-001-line-204-processes", SEEDS, |run| {
        assert_eq!(delivered(run).0, TASKS);
        assert_eq!(run.workers(), 2);
        let used: BTreeSet<u32> = run.taken().into_iter().map(|(_, worker)| worker).collect();
        assert_eq!(used.len(), 2);
        // The fourth waits in the call queue while both workers sleep.
        assert!(run.place("task-2", "running") < run.place("task-2", "taken"));
    });
}
