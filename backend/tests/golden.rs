//! Real threads and real worker processes do what CPython was seen to do: the native drivers are held
//! against the recordings in `shared/tests/golden`, as the simulator is.

#![cfg(not(feature = "shuttle"))]

#[path = "../../shared/tests/common/golden.rs"]
mod golden;

use std::path::PathBuf;

use backend::runner::{Options, run_here};
use golden::{each_file, plan, what};
use shared::golden::{Golden, Recording};
use shared::sim::Sim;
use shared::sim::explore::{Found, explore_seen};
use shared::view::normal_form::NormalForm;

/// At first a run is short. One whose outcome nobody has seen may have been late somewhere, and is made
/// again where being late is less of the whole.
const SCALES: [f64; 3] = [0.1, 0.3, 1.0];

/// Runs at once: they mostly wait.
const AT_ONCE: usize = 6;

/// Longer runs are left out, in the scenario's own seconds.
const LONG: f64 = 20.0;

#[test]
fn what_the_native_pools_do_cpython_does() {
    each_file(AT_ONCE, |file, golden| {
        if takes_its_time(golden) {
            return Vec::new();
        }
        let differs =
            |recording: &&Recording| SCALES.iter().all(|scale| !does(golden, recording, *scale));
        golden.recordings.iter().filter(differs).map(|recording| what(file, recording)).collect()
    });
}

/// Whether it computes or hangs, which no scale makes shorter, or is long.
fn takes_its_time(golden: &Golden) -> bool {
    let plan = plan(golden, &golden.recordings[0], 1.0);
    let names = ["factors", "is_prime", "hang"];
    plan.scenario.tasks.iter().any(|task| names.contains(&&*task.function))
        || Sim::new(plan, 0).run().last().is_some_and(|record| record.at.seconds() > LONG)
}

/// Whether a run did what CPython was seen to do, or at least what it may do: of ten squares that are
/// tied nobody has seen all orders.
fn does(golden: &Golden, recording: &Recording, scale: f64) -> bool {
    let plan = plan(golden, recording, scale);
    let worker_exe = PathBuf::from(env!("CARGO_BIN_EXE_futurescope"));
    let options = Options { worker_exe, tape: false };
    let finished = run_here(plan.clone(), &options).expect("a run can be begun");
    let form = NormalForm::seen(&plan, &finished.records);
    golden.forms.contains(&form) || matches!(explore_seen(&plan, &form), Found::Yes { .. })
}
