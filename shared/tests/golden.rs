//! What CPython was seen to do, the engine may do: every form of `tests/golden` is found by the search,
//! by that version's rules; and what CPython nearly always did, the scenario's own seed gives.
//!
//! `cargo xtask golden` records them. Nothing here needs a Python.

#[path = "common/golden.rs"]
mod golden;

use std::path::Path;
use std::thread::available_parallelism;

use golden::{plan, what};
use shared::golden::Golden;
use shared::sim::Sim;
use shared::sim::explore::{Found, explore_seen};
use shared::view::normal_form::NormalForm;

/// Files that need so much are looked at on all cores.
fn each_file(check: impl Fn(&Path, &Golden) -> Vec<String> + Sync) {
    golden::each_file(available_parallelism().unwrap().get(), check);
}

#[test]
fn what_cpython_does_the_engine_may_do() {
    each_file(|file, golden| {
        let mut wrong = Vec::new();
        for recording in &golden.recordings {
            let plan = plan(golden, recording, 1.0);
            for (form, count) in golden.forms.iter().zip(&recording.counts) {
                if *count == 0 {
                    continue;
                }
                match (explore_seen(&plan, form), &golden.too_large) {
                    (Found::Yes { .. }, _) | (Found::Undecided { .. }, Some(_)) => {}
                    (found, _) => wrong.push(format!(
                        "{}, {count} of {} runs: {found:?}\n{form}",
                        what(file, recording),
                        recording.runs
                    )),
                }
            }
        }
        wrong
    });
}

#[test]
fn what_cpython_nearly_always_does_the_scenarios_seed_gives() {
    each_file(|file, golden| {
        let mut wrong = Vec::new();
        for recording in &golden.recordings {
            let Some(place) = recording.dominant().filter(|_| golden.seed_differs.is_none()) else {
                continue;
            };
            let plan = plan(golden, recording, 1.0);
            let ours = NormalForm::seen(&plan, &Sim::new(plan.clone(), plan.scenario.seed).run());
            let form = &golden.forms[place];
            if ours != *form {
                wrong.push(format!(
                    "{}, {} of {} runs (there), but the seed gives (here)\n{}",
                    what(file, recording),
                    recording.counts[place],
                    recording.runs,
                    ours.diff(form)
                ));
            }
        }
        wrong
    });
}
