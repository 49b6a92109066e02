//! The search for an outcome finds what the simulator does, and refuses what cannot be.

mod common;

use shared::rng::Rng;
use shared::sim::explore::{Found, explore, outcomes};
use shared::sim::{Move, Sim};
use shared::view::normal_form::NormalForm;

/// Scenarios in which nature has much to choose.
const RICH: [&str; 6] = [
    "threads 2\n a: sleep(1)\n b: sleep(1)\n c: sleep(1)\n d: sleep(1)\n mode as_completed",
    "processes 2\n a: sleep(1)\n b: sleep(1)\n c: sleep(1)\n d: sleep(1)\n mode wait {\"return_when\":\"FIRST_COMPLETED\"}",
    "threads 2\n a: identity(1)\n b: identity(@a)\n c: identity(@a)\n d: identity(@b)\n mode submit",
    "processes 1\n a: sleep(1)\n b: sleep(1)\n c: sleep(1)\n d: sleep(1)\n do\n submit a b c d\n cancel a\n cancel b\n cancel c\n cancel d",
    "processes 2\n a: hard_exit(1)\n b: sleep(1)\n c: sleep(1)\n do\n submit a b c\n wait a b c FIRST_EXCEPTION\n wait a b c",
    "threads 1\n a: identity(1)\n b: sleep(1)\n c: sleep(1)\n do\n submit a b c\n cancel c\n shutdown cancel\n done b",
];

#[test]
fn what_a_seed_gives_is_found() {
    for text in RICH {
        let plan = common::plan(text);
        for seed in 0..8 {
            let form = NormalForm::from_records(&plan, &Sim::new(plan.clone(), seed).run());
            let found = explore(&plan, &form);
            assert!(
                matches!(found, Found::Yes { .. }),
                "{found:?}: seed {seed} of\n{text}\n{form}"
            );
        }
    }
}

#[test]
fn what_a_person_hands_to_the_workers_is_found_if_nobody_is_held_back() {
    for text in RICH {
        let plan = common::plan(text);
        for seed in 0..8 {
            let mut rng = Rng::new(seed);
            let records = common::by_hand(Sim::new(plan.clone(), seed), |offers| {
                let gives = offers.iter().filter(|offer| **offer != Move::Wait).count();
                rng.below(gives as u64)
            });
            let form = NormalForm::from_records(&plan, &records);
            let found = explore(&plan, &form);
            assert!(
                matches!(found, Found::Yes { .. }),
                "{found:?}: seed {seed} of\n{text}\n{form}"
            );
        }
    }
}

#[test]
fn what_cannot_be_is_refused_after_a_whole_search() {
    let plan = common::plan("threads 1\n a: sleep(1)\n b: sleep(1)\n mode as_completed");
    let mut form = NormalForm::from_records(&plan, &Sim::new(plan.clone(), 1).run());
    form.main.reverse();
    let found = explore(&plan, &form);
    assert!(matches!(found, Found::No { .. }), "{found:?}");
}

#[test]
fn wait_over_four_equal_tasks_returns_sets_of_one_to_four() {
    let tasks = "a: sleep(1)\n b: sleep(1)\n c: sleep(1)\n d: sleep(1)\n";
    let text = format!("threads 4\n {tasks} do\n submit a b c d\n wait a b c d FIRST_COMPLETED");
    let mut sizes = std::collections::BTreeSet::new();
    for form in outcomes(&common::plan(&text)).expect("few enough states") {
        for moment in &form.main {
            if let shared::view::normal_form::Moment::Waited { done, .. } = moment {
                sizes.insert(done.len());
            }
        }
    }
    assert_eq!(sizes, [1, 2, 3, 4].into());
}
