//! `done()`, pages and primes, and the three ways to wait.

use std::cell::RefCell;
use std::collections::BTreeSet;

use shared::engine::event::Event;

use crate::common::{Run, SEEDS};
use crate::{each_seed, seed_seconds};

/// How many futures `wait` came back with: done, and not done.
fn sets(run: &Run) -> (usize, usize) {
    let sets = run.records.iter().find_map(|record| match &record.event {
        Event::WaitReturned { done, not_done, .. } => Some((done.len(), not_done.len())),
        _ => None,
    });
    sets.unwrap()
}

#[test]
fn lines_024_046_the_second_done_is_a_race_with_threads_and_with_processes() {
    for (name, result) in
        [("seed-003-line-024-done", "hello"), ("seed-003-line-046-done-processes", "Result: hello")]
    {
        let seen = RefCell::new(BTreeSet::new());
        each_seed(name, SEEDS, |run| {
            let printed = run.printed();
            assert_eq!((printed[0].as_str(), printed[2].as_str()), ("False", result), "{name}");
            seen.borrow_mut().insert(printed[1].clone());
        });
        let both = ["False", "True"].map(str::to_owned);
        assert_eq!(seen.into_inner(), BTreeSet::from(both), "{name}");
    }
}

#[test]
fn line_073_the_made_up_page_fails_and_the_others_do_not() {
    each_seed("seed-003-line-073-fetch", SEEDS, |run| {
        let failed: Vec<String> =
            run.printed().into_iter().filter(|line| line.contains("exception")).collect();
        let text = "<urlopen error [Errno -2] Name or service not known>";
        assert_eq!(failed, [format!("made-up generated an exception: {text}")]);
        assert_eq!(run.printed().len(), 5);
    });
}

#[test]
fn line_104_all_but_the_last_are_prime_and_answers_come_in_the_order_of_questions() {
    each_seed("seed-003-line-104-primes", 4, |run| {
        let delivered = run.delivered().into_iter().map(|(name, _)| name);
        let expected: Vec<String> = (0..6).map(|number| format!("prime-{number}")).collect();
        assert_eq!(delivered.collect::<Vec<_>>(), expected);
        let answers: Vec<String> = expected.iter().map(|name| run.outcome(name)).collect();
        assert_eq!(answers, ["True", "True", "True", "True", "True", "False"]);
    });
}

#[test]
fn line_143_as_completed_delivers_at_the_sorted_times() {
    each_seed("seed-003-line-143-as-completed", SEEDS, |run| {
        let delivered = run.delivered();
        assert_eq!(delivered.len(), 5);
        let finished: Vec<u64> =
            delivered.iter().map(|(name, _)| seed_seconds(run, name, "finished")).collect();
        assert!(finished.is_sorted(), "{finished:?}");
        for ((name, at), line) in delivered.iter().zip(run.printed()) {
            assert_eq!(line, format!("Return of {}", name.trim_start_matches("task-")));
            let finished = run.time(name, "finished").unwrap();
            assert!((at - finished).abs() < 0.01, "{name} is delivered when it is finished");
        }
    });
}

#[test]
fn rules_110_111_112_114_line_167_waits_return_partitions() {
    each_seed("seed-003-line-167-wait-all", SEEDS, |run| {
        assert_eq!(run.printed()[1], "not done: {}");
        assert_eq!(sets(run), (5, 0));
    });
    each_seed("seed-003-line-167-wait-first", SEEDS, |run| {
        let (done, not_done) = sets(run);
        assert!(done >= 1 && done + not_done == 5, "{done} and {not_done}");
    });
    each_seed("seed-003-line-167-wait-exception", SEEDS, |run| {
        assert!(run.printed()[0].contains("task-2"), "{:?}", run.printed());
        let (done, not_done) = sets(run);
        assert_eq!(done + not_done, 5);
    });
}
