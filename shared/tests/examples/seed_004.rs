//! Pool's `apply` and `apply_async`, and looking instead of waiting.

use std::sync::Arc;

use shared::scenario::Step;
use shared::units::Span;

use crate::common::{Run, SEEDS};
use crate::{calls, each_seed, scenario, seed_seconds, simulated};

const RESULTS: [&str; 6] = [
    "process-0 was successful. Result is 13",
    "process-1 was successful. Result is 3",
    "process-2 was successful. Result is 9",
    "process-3 was successful. Result is 7",
    "process-4 failed!",
    "Error = ValueError : Called broken function",
];

fn shows_the_results(run: &Run) {
    let printed = run.printed();
    let results = printed.iter().position(|line| line == "Here are the results.").unwrap();
    assert_eq!(printed[results + 1..], RESULTS);
}

/// The polling example on so many workers, for each seed; main sleeps so many milliseconds between
/// two looks.
fn polling(workers: u32, sleep_ms: u64, promise: impl Fn(&Run)) {
    let mut scenario = scenario("seed-004-line-224-polling");
    scenario.executor.workers = workers;
    let mut slept = 0;
    for step in scenario.program.steps.as_mut().unwrap() {
        for inner in step.blocks_mut().into_iter().flatten() {
            if let Step::Sleep { span } = inner {
                assert_eq!(*span, Span::from_secs(1), "the seed's");
                *span = Span::from_ms(sleep_ms);
                slept += 1;
            }
        }
    }
    assert_eq!(slept, 1);
    let plan = Arc::new(scenario.check().unwrap());
    (0..SEEDS).for_each(|seed| promise(&simulated(plan.clone(), seed)));
}

fn rounds(run: &Run) -> usize {
    run.printed().iter().filter(|line| *line == "Have the workers finished?").count()
}

#[test]
fn rule_146_lines_013_074_apply_blocks_until_the_worker_is_through() {
    for (name, task, result, seconds) in [
        ("seed-004-line-013-apply", "slow_function", 5, 5),
        ("seed-004-line-074-apply-sum", "slow_sum", 13, 1),
    ] {
        each_seed(name, SEEDS, |run| {
            assert_eq!(run.printed(), ["Master process".to_owned(), format!("Result is {result}")]);
            assert_eq!(seed_seconds(run, task, "finished"), seconds);
        });
    }
}

#[test]
fn rule_147_line_124_both_calls_are_at_work_at_once() {
    each_seed("seed-004-line-124-apply-async", SEEDS, |run| {
        assert_eq!(run.printed(), ["Master process", "Result one is 13", "Result two is 5"]);
        assert_eq!(calls(run), 2);
        assert!(run.place("r2", "taken") < run.place("r1", "returned"));
        assert!(run.place("r1", "taken") < run.place("r2", "returned"));
        assert_eq!(["r1", "r2"].map(|name| seed_seconds(run, name, "finished")), [1, 1]);
    });
}

#[test]
fn line_224_main_looks_16_9_7_and_6_times_for_1_2_3_and_5_workers() {
    for (workers, expected) in [(1, 16), (2, 9), (3, 7), (5, 6)] {
        // A main that comes back from each sleep a little late, as every real one does.
        polling(workers, 1_001, |run| {
            assert_eq!(rounds(run), expected, "{workers} workers");
            shows_the_results(run);
        });
        // On time to the nanosecond it looks in the instant in which the last call ends.
        polling(workers, 1_000, |run| {
            let rounds = rounds(run);
            assert!(rounds == expected || rounds == expected + 1, "{workers}: {rounds}");
            shows_the_results(run);
        });
    }
}

#[test]
fn line_224_golden_times_with_enough_workers_and_with_two() {
    let tasks = ["process-0", "process-1", "process-2", "process-3", "process-4"];
    let times = |run: &Run, event| tasks.map(|task| seed_seconds(run, task, event));
    polling(5, 1_000, |run| assert_eq!(times(run, "finished"), [3, 2, 1, 5, 4]));
    polling(2, 1_000, |run| {
        assert_eq!(times(run, "taken"), [0, 0, 2, 3, 3]);
        assert_eq!(times(run, "finished"), [3, 2, 3, 8, 7]);
    });
}

#[test]
fn line_224_is_running_is_said_of_what_is_still_in_the_queue() {
    polling(1, 1_000, |run| {
        let first_look = &run.printed()[1..6];
        assert!(first_look.contains(&"process-4 is running...".to_owned()), "{first_look:?}");
        assert_eq!(seed_seconds(run, "process-4", "taken"), 11);
    });
}

#[test]
fn line_224_the_five_calls_come_to_the_same_on_an_executor() {
    each_seed("seed-004-line-224-futures", SEEDS, shows_the_results);
}
