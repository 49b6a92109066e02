//! python-semantics §8.2: the thread pool.

#![allow(clippy::float_cmp)] // virtual time is exact

mod common;

use common::{each_seed, lines, main_is, run};
use shared::engine::event::{EndCause, Event};
use shared::engine::future::FutureState;
use shared::scenario::Scenario;

#[test]
fn rule_27_no_workers_is_refused_in_pythons_words() {
    let json = common::document("threads 0\n mode submit").to_string();
    let refused = Scenario::parse(&json).unwrap().check().unwrap_err();
    assert_eq!(refused.to_string(), "at /executor/workers: max_workers must be greater than 0");
}

#[test]
fn rule_29_no_worker_exists_before_the_first_submit() {
    each_seed("threads 4\n a: sleep(1)\n do\n sleep 1\n submit a", |run| {
        let spawned = |e: &Event| matches!(e, Event::WorkerSpawned { .. });
        let first = run.records.iter().find(|record| spawned(&record.event)).unwrap();
        assert!(first.at.seconds() >= 1.0);
        assert_eq!(run.workers(), 1);
    });
}

#[test]
fn rule_30_sequential_tasks_reuse_one_worker() {
    each_seed(
        "threads 4
         a: sleep(1)
         b: sleep(1)
         c: sleep(1)
         do
         submit a
         result a
         sleep 1
         submit b
         result b
         sleep 1
         submit c",
        |run| assert_eq!(run.workers(), 1),
    );
}

#[test]
fn rule_31_a_burst_creates_exactly_n_workers() {
    let tasks = lines(0..30, |i| format!("t{i}: sleep(1)\n"));
    each_seed(&format!("threads 4\n{tasks} mode wait"), |run| assert_eq!(run.workers(), 4));
}

#[test]
fn rule_32_workers_are_named_by_prefix_and_number() {
    let names = |run: &common::Run| -> Vec<String> {
        let name = |record: &shared::engine::event::Record| match &record.event {
            Event::WorkerStarted { name, .. } => Some(name.clone()),
            _ => None,
        };
        let mut names: Vec<String> = run.records.iter().filter_map(name).collect();
        names.sort();
        names
    };
    let by_default = run("threads 2\n a: sleep(1)\n b: sleep(1)\n mode submit", 1);
    assert_eq!(names(&by_default), ["ThreadPoolExecutor-0_0", "ThreadPoolExecutor-0_1"]);
}

#[test]
fn rule_33_tasks_start_in_the_order_of_submission() {
    let tasks = lines(10..22, |i| format!("t{i}: sleep(0.{})\n", i % 7 + 1));
    each_seed(&format!("threads 3\n{tasks} mode wait"), |run| {
        // Two threads that pop at one instant may begin in either order.
        let begun: Vec<_> = (10..22).map(|i| run.time(&format!("t{i}"), "taken")).collect();
        assert!(begun.is_sorted(), "{begun:?}");
    });
}

#[test]
fn rule_34_never_more_running_than_workers() {
    let tasks = lines(0..12, |i| format!("t{i}: sleep(1)\n"));
    each_seed(&format!("threads 3\n{tasks} mode submit"), |run| {
        assert_eq!(run.most_running(), 3);
    });
}

#[test]
fn rules_35_36_a_cancelled_task_stays_queued_until_a_worker_reaches_it_and_never_runs() {
    each_seed(
        "threads 1
         a: sleep(2)
         b: sleep(1)
         do
         submit a b
         sleep 1
         cancel b
         wait a b",
        |run| {
            assert!(!run.ran("b"));
            assert_eq!(run.time("b", "cancelled"), Some(1.0));
            assert_eq!(run.time("b", "notified"), Some(2.0));
            assert_eq!(run.main()[1], "wait (a b) ()");
        },
    );
}

#[test]
fn rules_37_38_a_tasks_error_even_sys_exit_is_stored_and_the_worker_lives() {
    each_seed(
        "threads 1
         a: exit(7)
         b: fail()
         c: identity(1)
         do
         submit a b c
         wait a b c",
        |run| {
            assert_eq!(run.outcome("a"), "SystemExit: 7");
            assert_eq!(run.outcome("b"), "ValueError: Called broken function");
            assert_eq!(run.outcome("c"), "1");
            assert_eq!(run.workers(), 1);
        },
    );
}

#[test]
fn rule_43_submit_after_shutdown_is_refused() {
    main_is(
        "threads 1
         a: sleep(1)
         b: sleep(1)
         do
         submit a
         shutdown
         try submit b",
        "shutdown
         submit: RuntimeError: cannot schedule new futures after shutdown
         print caught RuntimeError: cannot schedule new futures after shutdown
         shutdown
         left
         end",
    );
}

#[test]
fn rule_44_shutdown_waits_for_everything_pending() {
    each_seed(
        "threads 1
         a: sleep(1)
         b: sleep(1)
         c: sleep(1)
         do
         submit a b c
         shutdown
         done c",
        |run| assert_eq!(run.main()[..2], ["shutdown", "done c: True"]),
    );
}

#[test]
fn rule_45_shutdown_without_wait_returns_at_once_and_everything_still_runs() {
    each_seed(
        "without block
         threads 1
         a: sleep(1)
         b: sleep(1)
         do
         submit a b
         shutdown nowait
         done b",
        |run| {
            assert_eq!(run.main()[..2], ["shutdown", "done b: False"]);
            assert_eq!(run.outcome("b"), "1");
            assert_eq!(run.main()[2], "end");
        },
    );
}

#[test]
fn rule_46_shutdown_with_cancel_futures_cancels_what_is_queued() {
    each_seed(
        "threads 1
         a: sleep(1)
         b: sleep(1)
         c: sleep(1)
         do
         submit a b c
         sleep 0.5
         shutdown cancel
         done a",
        |run| {
            assert_eq!(run.main()[..2], ["shutdown", "done a: True"]);
            assert_eq!(run.state("b"), FutureState::Cancelled);
            assert_eq!(run.state("c"), FutureState::Cancelled);
        },
    );
}

#[test]
fn rule_47_a_second_shutdown_is_harmless_and_waits() {
    each_seed(
        "threads 1
         a: sleep(1)
         do
         submit a
         shutdown nowait
         shutdown
         done a",
        |run| assert_eq!(run.main()[..3], ["shutdown", "shutdown", "done a: True"]),
    );
}

#[test]
fn rule_48_the_block_waits_also_when_its_body_raised() {
    each_seed(
        "threads 1
         a: fail()
         b: sleep(2)
         do
         submit a b
         result a
         print unreachable",
        |run| {
            let expected = [
                "result a: ValueError: Called broken function",
                "shutdown",
                "left",
                "end ValueError: Called broken function",
            ];
            assert_eq!(run.main(), expected);
            assert_eq!(run.state("b"), FutureState::Finished);
        },
    );
}

#[test]
fn rule_50_a_task_that_waits_in_its_own_full_pool_hangs_and_the_chain_is_told() {
    each_seed("threads 1\n a: submit_and_wait(1)\n do\n submit a\n result a", |run| {
        assert_eq!(run.cause(), EndCause::Hang);
        assert_eq!(run.main(), ["hangs PoolFull"]);
        assert_eq!(run.state("a/0"), FutureState::Pending);
        let chain = run.records.iter().find_map(|record| match &record.event {
            Event::ProgramHangs { chain, .. } => Some(chain.len()),
            _ => None,
        });
        assert_eq!(chain, Some(2), "main waits for a, a waits for a/0");
    });
}

#[test]
fn rule_50_with_a_second_worker_it_does_not() {
    each_seed("threads 2\n a: submit_and_wait(1)\n do\n submit a\n result a", |run| {
        assert_eq!(run.cause(), EndCause::Finished);
        assert_eq!(run.outcome("a/0"), "1");
    });
}

#[test]
fn rule_52_a_running_task_cannot_be_stopped() {
    each_seed(
        "threads 1
         a: sleep(2)
         do
         submit a
         sleep 1
         cancel a
         shutdown cancel",
        |run| {
            assert_eq!(run.outcome("a"), "2");
            assert_eq!(run.time("a", "finished"), Some(2.0));
        },
    );
}

#[test]
fn a_hard_exit_in_a_thread_ends_the_program_and_its_cause_is_in_the_log() {
    each_seed("threads 2\n a: hard_exit(3, 1)\n b: sleep(5)\n mode wait", |run| {
        assert_eq!(run.cause(), EndCause::Exit(3));
        assert_eq!(run.main(), ["exit 3"]);
    });
}

#[test]
fn a_task_that_never_returns_meets_the_limit_of_time() {
    let endless = run("threads 1\n a: hang()\n mode wait", 1);
    assert_eq!(endless.cause(), EndCause::Deadline);
    assert_eq!(endless.records.last().unwrap().at.seconds(), 30.0);
}

#[test]
fn a_thread_pops_a_call_before_it_looks_whether_it_may_run_it() {
    // Between the two cancel() still succeeds, and a drain does not see the call any more.
    let mut cancelled = 0;
    for seed in 0..10 * common::SEEDS {
        let text =
            "threads 2\n c: sleep(0.1)\n d: identity(1)\n do\n submit c d\n result d\n cancel c";
        cancelled += usize::from(run(text, seed).main()[1] == "cancel c: True");
    }
    assert!(cancelled > 0, "nature never chose it");
    each_seed(
        "threads 1\n d: identity(1)\n do\n submit d\n shutdown nowait cancel\n cancelled d\n cancel d",
        |run| {
            // Either the drain took it, or the thread has it; then a cancel may come in time.
            assert!(run.state("d").done());
        },
    );
}

#[test]
fn what_a_callback_does_in_main_does_not_change_what_main_goes_on_with() {
    each_seed(
        "threads 1
         a: sleep(1)
         b: identity(1)
         do
         submit a b
         sleep 0.5
         callback b {outcome}
         shutdown cancel
         cancelled b",
        |run| {
            assert_eq!(run.printed(), ["cancelled"]);
            let main = run.main();
            assert_eq!(main[main.len() - 4..], ["cancelled b: True", "shutdown", "left", "end"]);
        },
    );
}

#[test]
fn a_direct_call_may_itself_submit_to_the_pool() {
    each_seed("threads 1\n a: submit_and_wait(1)\n do\n call a", |run| {
        assert_eq!(run.outcome("main/0"), "1");
        assert_eq!(run.main().last().unwrap(), "end");
    });
}
