//! python-semantics §8.5: `wait` and `as_completed`.

#![allow(clippy::float_cmp)] // virtual time is exact

mod common;

use common::{SEEDS, each_seed, lines, run};
use shared::engine::event::{EndCause, Event};

fn first_line(text: &str, line: &str) {
    each_seed(text, |run| assert_eq!(run.main()[0], line));
}

const THREE: &str = "a: sleep(1)\n b: sleep(2)\n c: sleep(3)\n";

#[test]
fn rules_110_123_duplicates_collapse() {
    let mut orders = std::collections::BTreeSet::new();
    for seed in 0..SEEDS {
        let run = run(
            "threads 1
             a: identity(1)
             b: identity(2)
             do
             submit a b
             wait a a b a
             completed a b a",
            seed,
        );
        let main = run.main();
        assert_eq!(main[0], "wait (a b) ()");
        assert_eq!(main[3], "next: exhausted");
        orders.insert(main[1..3].to_vec());
    }
    // Rule 124: what is done already comes in no promised order.
    assert_eq!(orders.len(), 2, "{orders:?}");
}

#[test]
fn rule_111_all_completed_waits_for_all_and_raises_none_of_their_errors() {
    first_line(
        "threads 2\n a: fail()\n b: sleep(2)\n c: fail()\n do\n submit a b c\n wait a b c",
        "wait (a b c) ()",
    );
}

#[test]
fn rule_112_first_completed_returns_after_the_first() {
    let text = format!("threads 3\n {THREE} do\n submit a b c\n wait a b c FIRST_COMPLETED");
    first_line(&text, "wait (a) (b c)");
}

#[test]
fn rule_113_first_completed_with_several_done_returns_all_of_those_at_once() {
    let text =
        format!("threads 3\n {THREE} do\n submit a b c\n sleep 2.5\n wait a b c FIRST_COMPLETED");
    first_line(&text, "wait (a b) (c)");
}

#[test]
fn rules_114_115_first_exception_returns_at_the_first_failure_or_at_once() {
    let tasks = "a: sleep(1)\n b: fail(\"ValueError\", \"\", 2)\n c: sleep(3)\n";
    let submit = format!("threads 3\n {tasks} do\n submit a b c\n");
    first_line(&format!("{submit} wait a b c FIRST_EXCEPTION"), "wait (a b) (c)");
    each_seed(&format!("{submit} sleep 2.5\n wait b c FIRST_EXCEPTION"), |run| {
        assert_eq!(run.main()[0], "wait (b) (c)");
        let returned = |e: &Event| matches!(e, Event::WaitReturned { .. });
        let at = run.records.iter().find(|record| returned(&record.event)).unwrap().at;
        assert_eq!(at.seconds(), 2.5);
    });
}

#[test]
fn rules_116_117_without_failures_first_exception_waits_for_all_cancelled_ones_included() {
    let text = format!("threads 3\n {THREE} do\n submit a b c\n wait a b c FIRST_EXCEPTION");
    first_line(&text, "wait (a b c) ()");
    each_seed(
        "threads 2
         a: sleep(5)
         x: sleep(1)
         b: sleep(1)
         do
         submit a x b
         cancel b
         wait a b FIRST_EXCEPTION",
        |run| {
            assert_eq!(run.time("b", "notified"), Some(1.0));
            assert_eq!(run.main()[1], "wait (a b) ()", "and not when b was notified");
        },
    );
}

#[test]
fn rule_118_a_timeout_returns_what_is_done_and_cancels_nothing() {
    each_seed(&format!("threads 3\n {THREE} do\n submit a b c\n wait a b c 1.5"), |run| {
        assert_eq!(run.main()[0], "wait (a) (b c)");
        assert_eq!(run.outcome("c"), "3");
    });
}

#[test]
fn rule_119_waiting_for_nothing_returns_at_once() {
    for mode in ["", "FIRST_COMPLETED", "FIRST_EXCEPTION"] {
        first_line(&format!("threads 1\n do\n wait {mode}"), "wait () ()");
    }
}

#[test]
fn rule_121_a_cancelled_future_is_not_done_until_a_worker_reaches_it() {
    each_seed(
        "threads 1
         a: sleep(2)
         b: sleep(1)
         do
         submit a b
         sleep 1
         cancel b
         wait b 0.5
         wait b",
        |run| {
            assert_eq!(run.main()[1..3], ["wait () (b)", "wait (b) ()"]);
            assert_eq!(run.time("b", "notified"), Some(2.0));
        },
    );
}

#[test]
fn rule_122_after_shutdown_with_cancel_futures_waiting_never_ends() {
    for executor in ["threads 1", "processes 1"] {
        let tasks = lines(0..5, |i| format!("t{i}: sleep(1)\n"));
        let text = format!(
            "{executor}\n {tasks} do\n submit t0 t1 t2 t3 t4\n sleep 0.5\n shutdown cancel\n wait t4"
        );
        each_seed(&text, |run| {
            assert_eq!(run.main(), ["shutdown", "hangs NeverNotified"]);
            assert_eq!(run.cause(), EndCause::Hang);
        });
    }
}

#[test]
fn rules_124_126_done_ones_first_then_by_completion_failed_ones_too() {
    each_seed(
        "threads 5
         a: sleep(3)
         b: fail(\"ValueError\", \"\", 1)
         c: sleep(2)
         d: sleep(5)
         e: sleep(4)
         do
         submit a b c d e
         sleep 2.5
         completed a b c d e",
        |run| {
            let mut main = run.main();
            main[..2].sort();
            let expected =
                ["completed b", "completed c", "completed a", "completed e", "completed d"];
            assert_eq!(main[..5], expected);
        },
    );
}

#[test]
fn rule_126_a_cancelled_future_is_yielded_once_it_is_notified() {
    each_seed(
        "threads 1
         a: sleep(1)
         b: sleep(1)
         do
         submit a b
         cancel b
         completed a b",
        |run| {
            let mut yielded = run.main()[1..3].to_vec();
            yielded.sort();
            assert_eq!(yielded, ["completed a", "completed b"]);
            let delivered = run.delivered();
            assert_eq!(delivered.iter().map(|(_, at)| *at).collect::<Vec<_>>(), [1.0, 1.0]);
        },
    );
}

#[test]
fn rule_125_a_slow_consumer_still_gets_the_order_of_completion() {
    let mut document =
        common::document("threads 3\n a: sleep(3)\n b: sleep(1)\n c: sleep(2)\n do\n submit a b c");
    let slow = serde_json::json!({ "do": "as_completed", "of": ["a", "b", "c"], "as": "f",
        "steps": [{ "do": "sleep", "span": "5s" }] });
    document["program"]["steps"].as_array_mut().unwrap().push(slow);
    let plan = shared::scenario::Scenario::parse(&document.to_string()).unwrap().check().unwrap();
    let records = shared::sim::Sim::new(std::sync::Arc::new(plan), 7).run();
    let order: Vec<u32> = records
        .iter()
        .filter_map(|record| match record.event {
            Event::Yielded { future, .. } => Some(future.0),
            _ => None,
        })
        .collect();
    assert_eq!(order, [1, 2, 0]);
}

#[test]
fn rule_127_the_timeouts_text_counts_what_is_unfinished() {
    each_seed(
        "threads 4
         a: sleep(1)
         b: sleep(9)
         c: sleep(9)
         d: sleep(9)
         do
         submit a b c d
         try completed a b c d 3",
        |run| {
            let text = "caught TimeoutError: 3 (of 4) futures unfinished";
            assert_eq!(run.main()[3], format!("print {text}"));
        },
    );
}

#[test]
fn rule_128_a_timeout_of_zero_yields_what_is_done_and_then_raises() {
    each_seed(
        "threads 2
         a: sleep(1)
         b: sleep(3)
         do
         submit a b
         sleep 2
         try completed a b 0",
        |run| {
            assert_eq!(run.main()[0], "completed a");
            assert_eq!(run.main()[3], "print caught TimeoutError: 1 (of 2) futures unfinished");
        },
    );
}

#[test]
fn rule_132_a_left_as_completed_leaves_no_waiter_behind() {
    // The invariants look after each input: a settled future that still had a waiter would panic.
    each_seed(
        "threads 2
         a: sleep(1)
         b: sleep(3)
         do
         submit a b
         try completed a b 2
         wait b",
        |run| assert!(run.main().contains(&"wait (b) ()".to_owned())),
    );
}

#[test]
fn seed_003_the_three_waits_return_legal_sets() {
    let five = "a: random_sleep(1, 5)\n b: random_sleep(1, 5)\n c: random_sleep(1, 5)\n \
                d: random_sleep(1, 5)\n e: random_sleep(1, 5)\n";
    for (mode, least) in [("", 5), ("FIRST_COMPLETED", 1), ("FIRST_EXCEPTION", 5)] {
        let text = format!("threads 5\n {five} do\n submit a b c d e\n wait a b c d e {mode}");
        each_seed(&text, |run| {
            let done = run.records.iter().find_map(|record| match &record.event {
                Event::WaitReturned { done, not_done, .. } => {
                    assert_eq!(done.len() + not_done.len(), 5);
                    Some(done.len())
                }
                _ => None,
            });
            assert!(done.is_some_and(|done| done >= least), "{mode}: {done:?}");
        });
    }
}

#[test]
fn past_its_deadline_as_completed_raises_even_though_futures_have_settled() {
    // The clock is looked at before each wait for more, not before what was taken to be yielded.
    let mut document =
        common::document("threads 2\n a: identity(1)\n b: sleep(1)\n do\n submit a b\n sleep 0.5");
    let slow = serde_json::json!({ "do": "as_completed", "of": ["a", "b"], "timeout": "1s",
        "as": "f", "steps": [{ "do": "sleep", "span": "2s" }] });
    document["program"]["steps"].as_array_mut().unwrap().push(slow);
    let plan = shared::scenario::Scenario::parse(&document.to_string()).unwrap().check().unwrap();
    let plan = std::sync::Arc::new(plan);
    for seed in 0..SEEDS {
        let records = shared::sim::Sim::new(plan.clone(), seed).run();
        let run = common::Run { plan: plan.clone(), records };
        let text = "next: TimeoutError: 1 (of 2) futures unfinished";
        assert_eq!(run.main()[..3], ["completed a", "timed out", text], "seed {seed}");
    }
}

#[test]
fn wait_lets_go_of_its_futures_one_by_one() {
    // A future that settles behind that is not in `done`, though a later one that was held may be.
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..40 * SEEDS {
        let tasks = "z: sleep(1)\n a: identity(1)\n b: identity(1)\n c: identity(1)";
        let text =
            format!("threads 1\n {tasks}\n do\n submit z a b c\n wait FIRST_COMPLETED z a b c");
        seen.insert(run(&text, seed).main()[0].clone());
    }
    assert!(seen.contains("wait (z b c) (a)"), "{seen:?}");
    assert!(seen.contains("wait (z) (a b c)"), "{seen:?}");
}
