//! Callbacks, `as_completed` and timeouts: executors beside `multiprocessing.Pool`.

use std::collections::BTreeSet;

use shared::engine::event::{Agent, Event};
use shared::engine::future::FutureState;

use crate::common::{Run, SEEDS};
use crate::{calls, each_seed, first, seed_seconds};

const SQUARES: [u64; 10] = [0, 1, 4, 9, 16, 25, 36, 49, 64, 81];

/// Printed numbers, sorted.
fn numbers(run: &Run) -> Vec<u64> {
    let mut numbers: Vec<u64> = run.printed().iter().map(|line| line.parse().unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

/// Where the program leaves its `with` block.
fn left(run: &Run) -> usize {
    first(run, |event| matches!(event, Event::BlockLeft)).unwrap()
}

#[test]
fn rule_168_line_017_the_end_of_the_block_loses_callbacks() {
    let name = "seed-000-line-017-pool-callbacks";
    let least = std::cell::Cell::new(10);
    each_seed(name, SEEDS, |run| {
        let printed = numbers(run);
        let distinct: BTreeSet<u64> = printed.iter().copied().collect();
        assert_eq!(distinct.len(), printed.len(), "no callback runs twice");
        assert!(printed.iter().all(|number| SQUARES.contains(number)), "{printed:?}");
        assert!(printed.len() < 10, "all ten callbacks ran");
        assert_eq!(calls(run), 10);
        let by_pool = |event: &Event| matches!(event, Event::Printed { by, .. } if *by != Agent::ResultHandler);
        assert_eq!(run.count(by_pool), 0, "callbacks run in the thread that reads results");
        let late = |event: &Event| matches!(event, Event::CallbackStarted { .. });
        assert!(!run.records[left(run)..].iter().any(|record| late(&record.event)));
        assert_eq!(run.main().last().unwrap(), "end", "and nobody says that any was lost");
        least.set(least.get().min(printed.len()));
    });
    assert_eq!(least.get(), 0, "often none runs at all");
}

#[test]
fn line_036_all_ten_callbacks_run_before_the_block_is_left() {
    each_seed("seed-000-line-036-callbacks", SEEDS, |run| {
        assert_eq!(numbers(run), SQUARES);
        let last = run.records.iter().rposition(|r| matches!(r.event, Event::Printed { .. }));
        assert!(last.unwrap() < left(run));
    });
}

#[test]
fn line_036_as_it_is_written_the_name_is_unknown_and_the_block_waits_all_the_same() {
    each_seed("seed-000-line-036-callbacks-as-written", SEEDS, |run| {
        assert_eq!(run.printed(), [""; 0]);
        for number in 0..10 {
            assert!(run.place(&format!("square-{number}"), "finished").unwrap() < left(run));
        }
        let end = "end NameError: name 'process_result' is not defined";
        assert_eq!(run.main().last().unwrap(), end);
    });
}

#[test]
fn line_061_results_are_printed_in_the_order_of_delivery() {
    each_seed("seed-000-line-061-as-completed", SEEDS, |run| {
        let delivered = run.delivered().into_iter().map(|(name, _)| run.outcome(&name));
        assert_eq!(run.printed(), delivered.collect::<Vec<_>>());
        assert_eq!(numbers(run), SQUARES);
    });
}

#[test]
fn rules_158_181_line_077_a_hundred_squares_in_fifteen_chunks_each_in_its_order() {
    let orders = std::cell::RefCell::new(BTreeSet::new());
    each_seed("seed-000-line-077-imap-unordered", SEEDS, |run| {
        assert_eq!(calls(run), 15);
        assert_eq!(numbers(run), (0..100).map(|i| i * i).collect::<Vec<_>>());
        let roots: Vec<u64> =
            run.printed().iter().map(|line| line.parse::<u64>().unwrap().isqrt()).collect();
        let mut at = 0;
        while at < 100 {
            let in_chunk = if roots[at] == 98 { 2 } else { 7 };
            let chunk: Vec<u64> = (roots[at]..roots[at] + in_chunk).collect();
            assert!(roots[at].is_multiple_of(7), "a chunk begins at {}", roots[at]);
            assert_eq!(roots[at..at + chunk.len()], chunk);
            at += chunk.len();
        }
        orders.borrow_mut().insert(roots);
    });
    assert!(orders.borrow().len() > 1, "chunks arrive in more than one order");
}

#[test]
fn rule_109_line_107_the_timeout_reaches_main_and_the_task_goes_on() {
    each_seed("seed-000-line-107-timeout", SEEDS, |run| {
        assert_eq!(run.printed(), ["timeout", "return from main()"]);
        assert_eq!(run.outcome("worker_1"), "5");
        assert_eq!(seed_seconds(run, "worker_1", "finished"), 5);
        assert!(run.place("worker_1", "finished").unwrap() < left(run), "the block waits for it");
    });
    each_seed("seed-000-line-107-hanging", 1, |run| assert_eq!(run.printed(), ["timeout"]));
}

#[test]
fn rules_148_167_line_131_the_block_of_a_pool_does_not_wait_for_a_task_that_never_ends() {
    each_seed("seed-000-line-131-pool-timeout", SEEDS, |run| {
        assert_eq!(run.printed(), ["timeout", "return from main()"]);
        assert_ne!(run.state("worker_1"), FutureState::Finished);
        let timed_out = first(run, |event| matches!(event, Event::TimedOut { .. })).unwrap();
        assert!(timed_out < left(run));
        assert_eq!(run.records[left(run)].at.0 / 100_000_000, 3, "it is left at once");
    });
}

#[test]
fn rule_146_line_162_apply_submits_the_second_call_behind_the_first() {
    each_seed("seed-000-line-162-pool-apply", SEEDS, |run| {
        assert_eq!(run.printed(), ["36", "16"]);
        assert!(run.place("six", "finished") < run.place("four", "submitted"));
    });
}

#[test]
fn line_185_each_result_is_tied_to_its_argument() {
    each_seed("seed-000-line-185-tie-result-to-argument", SEEDS, |run| {
        let mut lines = run.printed();
        let order: Vec<String> = run.delivered().into_iter().map(|(name, _)| name).collect();
        let tied: Vec<&str> = lines.iter().map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(tied, order);
        lines.sort();
        let pairs: Vec<String> = (0..10).map(|i| format!("square-{i} {}", i * i)).collect();
        assert_eq!(lines, pairs);
    });
}
