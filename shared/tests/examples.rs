//! Every file of `static/examples`: it is right, it runs, and it shows what its seed shows.

mod common;

use std::path::PathBuf;
use std::sync::Arc;

use common::{Run, SEEDS};
use shared::engine::event::EndCause;
use shared::scenario::{Plan, Scenario};
use shared::sim::Sim;
use shared::value::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../static/examples")
}

fn example(name: &str) -> Arc<Plan> {
    let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
    let plan = Scenario::parse(&text).and_then(Scenario::check);
    Arc::new(plan.unwrap_or_else(|error| panic!("{name}: {error}")))
}

fn each_seed(name: &str, seeds: u64, promise: impl Fn(&Run)) {
    let plan = example(name);
    for seed in 0..seeds {
        promise(&Run { records: Sim::new(plan.clone(), seed).run(), plan: plan.clone() });
    }
}

/// Seconds as the seed says them: the examples run ten times as fast.
fn seed_seconds(run: &Run, name: &str, event: &str) -> u64 {
    let place = run.place(name, event).unwrap();
    run.records[place].at.0 / 100_000_000
}

#[test]
fn every_example_is_named_by_its_seed_says_what_to_look_for_and_ends() {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    for seed in ["seed-000", "seed-001", "seed-002", "seed-003", "seed-004"] {
        assert!(names.iter().any(|name| name.starts_with(seed)), "{seed} has no example");
    }
    for name in names {
        assert!(name.starts_with("seed-00"), "{name}");
        let plan = example(&name);
        assert!(!plan.scenario.title.is_empty() && !plan.scenario.about.is_empty(), "{name}");
        assert_eq!(Scenario::parse(&plan.scenario.to_json()).as_ref(), Ok(&plan.scenario));
        let run = Run { records: Sim::new(plan.clone(), 1).run(), plan };
        let expected =
            if name == "seed-000-line-107-hanging" { EndCause::Deadline } else { EndCause::Finished };
        assert_eq!(run.cause(), expected, "{name}");
    }
}

#[test]
fn in_slices_the_steps_are_shorter_and_the_log_is_the_same() {
    let run = |mut sim: Sim| {
        let mut steps = 1_u64;
        while sim.step() {
            steps += 1;
        }
        (sim.drain_records(), steps)
    };
    for name in ["seed-002-line-091-factors", "seed-003-line-104-primes", "seed-001-line-204-processes", "seed-004-line-224-futures"] {
        let plan = example(name);
        for seed in 0..4 {
            let (whole, steps) = run(Sim::new(plan.clone(), seed));
            let (sliced, short_steps) = run(Sim::new(plan.clone(), seed).in_slices());
            assert!(whole == sliced, "{name}, seed {seed}");
            // A slice has 20,000 trial divisions, and these numbers take millions of them.
            let computes = ["seed-002-line-091-factors", "seed-003-line-104-primes"].contains(&name);
            assert_eq!(computes, short_steps > steps + 1_000, "{name}: {steps}, {short_steps}");
        }
    }
}

#[test]
fn seed_001_map_keeps_its_golden_times_on_two_workers() {
    each_seed("seed-001-line-024-map", SEEDS, |run| {
        let tasks = ["task-5", "task-4", "task-3", "task-2", "task-1"];
        let times = |event| tasks.map(|task| seed_seconds(run, task, event));
        assert_eq!(times("taken"), [0, 0, 4, 5, 7]);
        assert_eq!(times("finished"), [5, 4, 7, 7, 8]);
        let names: Vec<String> = run.delivered().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, tasks);
    });
}

#[test]
fn seed_002_the_factors_of_six_numbers_add_up() {
    each_seed("seed-002-line-091-factors", 1, |run| {
        let mut sum = 0;
        for record in &run.records {
            if let shared::engine::event::Event::Finished { outcome, .. } = &record.event {
                let shared::outcome::Outcome::Returned(Value::List(factors)) = outcome else {
                    panic!("factors returned {outcome:?}");
                };
                sum += factors.iter().filter_map(Value::as_int).sum::<i64>();
            }
        }
        assert_eq!(sum, 568_206_055_343_329);
    });
}

#[test]
fn seed_002_a_hard_exit_breaks_every_future_and_sys_exit_none() {
    each_seed("seed-002-line-150-crash", SEEDS, |run| {
        let names = ["healthy-1", "crash", "healthy-2", "healthy-3", "healthy-4"];
        assert_eq!(run.printed(), names.map(|name| format!("{name}: BrokenProcessPool")));
    });
    each_seed("seed-002-line-150-sys-exit", SEEDS, |run| {
        assert_eq!(run.printed(), ["zero: SystemExit", "n4: 4"]);
    });
}

#[test]
fn seed_000_the_timeout_reaches_main_and_the_task_goes_on() {
    each_seed("seed-000-line-107-timeout", SEEDS, |run| {
        assert_eq!(run.printed(), ["timeout", "return from main()"]);
        assert_eq!(run.outcome("worker_1"), "5");
        assert_eq!(seed_seconds(run, "worker_1", "finished"), 5);
    });
    each_seed("seed-000-line-107-hanging", 1, |run| assert_eq!(run.printed(), ["timeout"]));
}

#[test]
fn seed_000_all_ten_callbacks_run_before_the_block_is_left() {
    each_seed("seed-000-line-036-callbacks", SEEDS, |run| {
        let mut printed: Vec<u32> =
            run.printed().iter().map(|line| line.parse().unwrap()).collect();
        printed.sort_unstable();
        assert_eq!(printed, [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);
    });
}

#[test]
fn seed_003_waits_return_partitions() {
    each_seed("seed-003-line-167-wait-all", SEEDS, |run| {
        assert_eq!(run.printed()[1], "not done: {}");
    });
    each_seed("seed-003-line-167-wait-exception", SEEDS, |run| {
        assert!(run.printed()[0].contains("task-2"), "{:?}", run.printed());
    });
}

#[test]
fn seed_003_the_made_up_page_fails_and_the_others_do_not() {
    each_seed("seed-003-line-073-fetch", SEEDS, |run| {
        let failed: Vec<String> =
            run.printed().into_iter().filter(|line| line.contains("exception")).collect();
        let text = "<urlopen error [Errno -2] Name or service not known>";
        assert_eq!(failed, [format!("made-up generated an exception: {text}")]);
        assert_eq!(run.printed().len(), 5);
    });
}

#[test]
fn seed_004_the_five_calls_come_to_what_the_seed_shows() {
    each_seed("seed-004-line-224-futures", SEEDS, |run| {
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
        assert_eq!(printed[results + 1..], expected);
    });
}
