//! Normal forms of simulated runs: a search that prunes by them never cuts off what it looks for.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use shared::scenario::{Plan, Scenario};
use shared::sim::Sim;
use shared::view::normal_form::{NormalForm, NormalFormBuilder};

/// Every scenario of `static/examples`, with its file's name, but those of 39,999 items: each prefix
/// of their logs is compared with the whole.
fn examples() -> Vec<(String, Arc<Plan>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/examples");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| !file.to_string_lossy().contains("-many-"));
    files.sort();
    let read = |file: std::path::PathBuf| {
        let text = fs::read_to_string(&file).unwrap();
        let plan = Scenario::parse(&text).unwrap().check().unwrap();
        (file.display().to_string(), Arc::new(plan))
    };
    files.into_iter().map(read).collect()
}

#[test]
fn every_prefix_of_a_run_can_become_that_run() {
    for (name, plan) in examples() {
        for seed in 0..3 {
            let records = Sim::new(plan.clone(), seed).run();
            let whole = NormalForm::from_records(&plan, &records);
            let mut builder = NormalFormBuilder::new(&plan);
            for record in &records {
                builder.apply(record);
                assert!(builder.is_prefix_of(&whole), "{name}, seed {seed}, {record:?}");
            }
            assert_eq!(builder.finish(), whole, "{name}, seed {seed}");
        }
    }
}

#[test]
fn two_forms_are_equal_or_their_difference_has_words() {
    for (name, plan) in examples() {
        let form = |seed| NormalForm::from_records(&plan, &Sim::new(plan.clone(), seed).run());
        let first = form(0);
        for seed in 1..4 {
            let other = form(seed);
            assert_eq!(first == other, first.diff(&other).is_empty(), "{name}, seed {seed}");
        }
    }
}
