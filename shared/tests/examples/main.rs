//! Every file of `static/examples`: it is right, it runs, and it shows what its seed shows, or what
//! really happens where the seed is wrong.
//!
//! Each module has the promises of one seed, in the order of its lines.

#[path = "../common/mod.rs"]
mod common;
mod seed_000;
mod seed_001;
mod seed_002;
mod seed_003;
mod seed_004;

use std::path::PathBuf;
use std::sync::Arc;

use common::Run;
use shared::engine::event::{EndCause, Event};
use shared::outcome::Outcome;
use shared::scenario::{Plan, Scenario};
use shared::sim::Sim;
use shared::value::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../static/examples")
}

fn scenario(name: &str) -> Scenario {
    let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
    Scenario::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn example(name: &str) -> Arc<Plan> {
    Arc::new(scenario(name).check().unwrap_or_else(|error| panic!("{name}: {error}")))
}

fn simulated(plan: Arc<Plan>, seed: u64) -> Run {
    Run { records: Sim::new(plan.clone(), seed).run(), plan }
}

fn each_seed(name: &str, seeds: u64, promise: impl Fn(&Run)) {
    let plan = example(name);
    for seed in 0..seeds {
        promise(&simulated(plan.clone(), seed));
    }
}

/// Seconds as the seed says them: the examples run ten times as fast.
fn seed_seconds(run: &Run, name: &str, event: &str) -> u64 {
    let place = run.place(name, event).unwrap();
    run.records[place].at.0 / 100_000_000
}

/// The place in the log of the first event that is so.
fn first(run: &Run, is: impl Fn(&Event) -> bool) -> Option<usize> {
    run.records.iter().position(|record| is(&record.event))
}

/// How many calls were submitted.
fn calls(run: &Run) -> usize {
    run.count(|event| matches!(event, Event::Submitted { .. }))
}

/// The sum of all whole numbers in all that calls returned, to a worker's future or to main itself.
fn sum_of_results(run: &Run) -> i64 {
    let outcomes = run.records.iter().filter_map(|record| match &record.event {
        Event::Returned { items, .. } => Some(items.outcomes.as_slice()),
        Event::DirectCallReturned { outcome, .. } => Some(std::slice::from_ref(outcome)),
        _ => None,
    });
    let sum = |outcome: &Outcome| match outcome {
        Outcome::Returned(value) => sum_of(value),
        other => panic!("a call came to {other:?}"),
    };
    outcomes.flatten().map(sum).sum()
}

fn sum_of(value: &Value) -> i64 {
    match value {
        Value::List(values) => values.iter().map(sum_of).sum(),
        value => value.as_int().unwrap(),
    }
}

#[test]
fn every_example_is_named_by_seed_and_line_says_what_to_look_for_and_ends() {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    for seed in ["seed-000", "seed-001", "seed-002", "seed-003", "seed-004"] {
        assert!(names.iter().any(|name| name.starts_with(seed)), "{seed} has no example");
    }
    for name in names {
        let words: Vec<&str> = name.splitn(5, '-').collect();
        let ["seed", seed, "line", line, _] = words[..] else { panic!("{name}") };
        assert!(seed.len() == 3 && line.len() == 3 && line.parse::<u32>().is_ok(), "{name}");
        let plan = example(&name);
        assert!(!plan.scenario.title.is_empty() && !plan.scenario.about.is_empty(), "{name}");
        assert_eq!(Scenario::parse(&plan.scenario.to_json()).as_ref(), Ok(&plan.scenario));
        if name.contains("-many-") {
            // They take a while, and once is enough: their promises are in `seed_002`.
            continue;
        }
        let expected = match name.as_str() {
            "seed-000-line-107-hanging" => EndCause::Deadline,
            "seed-002-line-173-pool-freeze" => EndCause::Hang,
            _ => EndCause::Finished,
        };
        assert_eq!(simulated(plan, 1).cause(), expected, "{name}");
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
    let compute = ["seed-002-line-091-factors", "seed-003-line-104-primes"];
    let others = ["seed-001-line-204-processes", "seed-004-line-224-futures"];
    for name in compute.into_iter().chain(others) {
        let plan = example(name);
        for seed in 0..4 {
            let (whole, steps) = run(Sim::new(plan.clone(), seed));
            let (sliced, short_steps) = run(Sim::new(plan.clone(), seed).in_slices());
            assert!(whole == sliced, "{name}, seed {seed}");
            // A slice has 20,000 trial divisions, and these numbers take millions of them.
            let computes = compute.contains(&name);
            assert_eq!(computes, short_steps > steps + 1_000, "{name}: {steps}, {short_steps}");
        }
    }
}
