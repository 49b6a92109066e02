//! What the seeds' examples come to on real processes: the pairs of an executor and a
//! `multiprocessing.Pool` that do the opposite, many small numbers, and looking instead of waiting.

#![cfg(not(feature = "shuttle"))]

#[path = "../../shared/tests/common/mod.rs"]
mod common;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use backend::runner::{Ending, Options, run_here};
use common::Run;
use shared::engine::event::{Event, HowExited, WhyHang};
use shared::outcome::Outcome;
use shared::scenario::Scenario;
use shared::value::Value;

/// Runs share the process's descriptors and children: one at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn example(name: &str) -> Scenario {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../static/examples");
    let text = std::fs::read_to_string(folder.join(name)).expect("an example can be read");
    Scenario::parse(&text).expect("an example is right")
}

/// A real run, and how it ended.
fn run(scenario: Scenario) -> (Run, Ending) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let plan = Arc::new(scenario.check().expect("an example can be run"));
    let worker_exe = PathBuf::from(env!("CARGO_BIN_EXE_futurescope"));
    let finished = run_here(Arc::clone(&plan), &Options { worker_exe, tape: false });
    let finished = finished.expect("a run can be begun");
    (Run { plan, records: finished.records }, finished.ending)
}

/// Where the program left its `with` block.
fn left(run: &Run) -> usize {
    let left = run.records.iter().position(|record| matches!(record.event, Event::BlockLeft));
    left.expect("it leaves the block")
}

fn numbers(run: &Run) -> BTreeSet<u64> {
    run.printed().iter().map(|line| line.parse().unwrap()).collect()
}

#[test]
fn seed_000_an_executor_runs_all_callbacks_and_the_end_of_pools_block_loses_them() {
    let squares: BTreeSet<u64> = (0..10).map(|i| i * i).collect();
    let (run_of_executor, _) = run(example("seed-000-line-036-callbacks.json"));
    assert_eq!(numbers(&run_of_executor), squares);

    let (run_of_pool, ending) = run(example("seed-000-line-017-pool-callbacks.json"));
    assert_eq!(ending, Ending::Ended);
    assert!(numbers(&run_of_pool).is_subset(&squares));
    let (before, after) = run_of_pool.records.split_at(left(&run_of_pool));
    let is_callback = |record: &&shared::engine::event::Record| {
        matches!(record.event, Event::CallbackStarted { .. })
    };
    assert_eq!(before.iter().filter(is_callback).count(), run_of_pool.printed().len());
    assert_eq!(after.iter().filter(is_callback).count(), 0);
}

#[test]
fn rules_167_168_seed_000_a_call_that_is_not_through_at_the_end_of_the_block_has_no_callback() {
    // With a call that waits until somebody opens its gate, the race is decided.
    let mut scenario = example("seed-000-line-017-pool-callbacks.json");
    scenario.tasks[9].function = "gate".to_owned();
    scenario.tasks[9].args.clear();
    let (run, ending) = run(scenario);
    assert_eq!(ending, Ending::Ended);
    assert!(!numbers(&run).contains(&81));
    assert_eq!(run.place("square-9", "finished"), None);
}

#[test]
fn rules_148_168_seed_000_pools_block_ends_although_its_task_never_does() {
    let (run, ending) = run(example("seed-000-line-131-pool-timeout.json"));
    assert_eq!(ending, Ending::Ended);
    assert_eq!(run.printed(), ["timeout", "return from main()"]);
    assert_eq!(run.place("worker_1", "finished"), None);
}

#[test]
fn rule_181_seed_002_39_999_items_one_by_one_and_in_chunks_of_a_thousand() {
    for (name, calls) in [
        ("seed-002-line-127-many-one-by-one.json", 39_999),
        ("seed-002-line-138-many-in-chunks.json", 40),
    ] {
        let (run, ending) = run(example(name));
        assert_eq!(ending, Ending::Ended, "{name}");
        assert_eq!(run.count(|event| matches!(event, Event::Submitted { .. })), calls, "{name}");
        let (mut items, mut sum) = (0, 0);
        for record in &run.records {
            let Event::Returned { items: returned, .. } = &record.event else { continue };
            for outcome in &returned.outcomes {
                let Outcome::Returned(Value::List(factors)) = outcome else {
                    panic!("{name}: {outcome:?}");
                };
                items += 1;
                sum += factors.iter().filter_map(Value::as_int).sum::<i64>();
            }
        }
        assert_eq!((items, sum), (39_999, 139_614_694), "{name}");
    }
}

#[test]
fn rules_82_172_seed_002_an_executor_says_that_it_is_broken_and_pool_freezes() {
    let (broken, ending) = run(example("seed-002-line-150-crash.json"));
    assert_eq!(ending, Ending::Ended);
    let names = ["healthy-1", "crash", "healthy-2", "healthy-3", "healthy-4"];
    assert_eq!(broken.printed(), names.map(|name| format!("{name}: BrokenProcessPool")));

    let (frozen, ending) = run(example("seed-002-line-173-pool-freeze.json"));
    assert_eq!(ending, Ending::Hung);
    let why = frozen.records.iter().find_map(|record| match &record.event {
        Event::ProgramHangs { why, .. } => Some(*why),
        _ => None,
    });
    assert_eq!(why, Some(WhyHang::Lost));
    let died = |event: &Event| matches!(event, Event::WorkerExited { how: HowExited::Code(1), .. });
    assert_eq!(frozen.count(died), 2, "0 and 5 each end a worker");
}

#[test]
fn seed_004_what_was_ready_at_one_look_is_so_at_the_next_with_one_worker_and_with_five() {
    for workers in [1, 5] {
        let mut scenario = example("seed-004-line-224-polling.json");
        scenario.executor.workers = workers;
        let (run, ending) = run(scenario);
        assert_eq!(ending, Ending::Ended);
        let printed = run.printed();
        let results = printed.iter().position(|line| line == "Here are the results.").unwrap();
        let expected = [
            "process-0 was successful. Result is 13",
            "process-1 was successful. Result is 3",
            "process-2 was successful. Result is 9",
            "process-3 was successful. Result is 7",
            "process-4 failed!",
            "Error = ValueError : Called broken function",
        ];
        assert_eq!(printed[results + 1..], expected, "{workers} workers");
        // What was ready once stays so.
        let looks: Vec<&[String]> = printed[..results].chunks(6).collect();
        for pair in looks.windows(2) {
            for (earlier, later) in pair[0].iter().zip(pair[1]) {
                assert!(!earlier.ends_with("finished") || earlier == later, "{pair:?}");
            }
        }
        let last = looks.last().expect("it looks at least once");
        // Behind the question.
        assert!(last[1..].iter().all(|line| line.ends_with("finished")), "{last:?}");
    }
}
