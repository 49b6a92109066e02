//! python-semantics §8.4: the process pool.

#![allow(clippy::float_cmp)] // virtual time is exact

mod common;

use common::{Run, SEEDS, each_seed, lines, main_is, run};
use shared::engine::event::{EndCause, Event, HowExited};
use shared::engine::future::FutureState;

const BROKEN: &str = "BrokenProcessPool: A process in the process pool was terminated abruptly \
                      while the future was running or pending.";
const UNUSABLE: &str = "BrokenProcessPool: A child process terminated abruptly, the process pool \
                        is not usable anymore";

fn ten(seconds: &str) -> String {
    lines(0..10, |i| format!("t{i}: sleep({seconds})\n"))
}

/// How many futures are `RUNNING`, and how many calls workers really have, at this second.
fn running_at(run: &Run, second: f64) -> (usize, usize) {
    let (mut running, mut really) = (0, 0);
    for record in run.records.iter().take_while(|record| record.at.seconds() <= second) {
        match record.event {
            Event::Running { .. } => running += 1,
            Event::Finished { .. } => running -= 1,
            Event::Taken { .. } => really += 1,
            Event::Returned { .. } => really -= 1,
            _ => {}
        }
    }
    (running, really)
}

#[test]
fn rule_73_a_future_is_running_from_the_call_queue_on() {
    each_seed(&format!("processes 1\n{} mode wait", ten("1")), |run| {
        for i in 0..10 {
            let name = format!("t{i}");
            assert!(run.place(&name, "running") < run.place(&name, "queued"));
            assert!(run.place(&name, "queued") < run.place(&name, "taken"));
        }
        let (running, really) = running_at(run, 0.5);
        assert_eq!(really, 1);
        assert!(running >= 2, "{running}");
    });
}

#[test]
fn rule_75_after_a_burst_between_n_plus_1_and_2n_plus_1_run() {
    for workers in 1..=3 {
        let tasks = lines(0..=2 * workers, |i| format!("t{i}: sleep(1)\n"));
        let text = format!("processes {workers}\n{tasks} mode wait");
        let mut seen = std::collections::BTreeSet::new();
        // Which of them it is depends on whether workers are there before the last submit.
        for seed in 0..30 * SEEDS {
            let (running, really) = running_at(&run(&text, seed), 0.5);
            assert_eq!(really, workers);
            seen.insert(running);
        }
        let possible = (workers + 1..=2 * workers + 1).collect();
        assert!(seen.is_subset(&possible), "{workers}: {seen:?}");
        assert!(seen.len() > workers.min(2), "nature has a choice: {seen:?}");
    }
}

#[test]
fn rule_75_spaced_submits_give_2n_plus_1_with_nothing_finished() {
    let tasks = lines(0..6, |i| format!("t{i}: sleep(9)\n"));
    let steps = lines(0..6, |i| format!("submit t{i}\nsleep 0.1\n"));
    each_seed(&format!("processes 2\n{tasks}\ndo\n{steps}"), |run| {
        assert_eq!(running_at(run, 2.0), (5, 2));
    });
}

#[test]
fn rule_76_after_the_first_result_2n_or_2n_plus_1_run() {
    let mut seen = std::collections::BTreeSet::new();
    // One finishes first, so that the manager is woken once with everything settled.
    let tasks = format!("first: sleep(0.5)\n{}", ten("2"));
    for seed in 0..8 * SEEDS {
        let (running, really) =
            running_at(&run(&format!("processes 2\n{tasks} mode wait"), seed), 1.0);
        assert_eq!(really, 2);
        seen.insert(running);
    }
    assert!(seen.is_subset(&[4, 5].into()), "{seen:?}");
    assert_eq!(seen.len(), 2, "both were seen in CPython: {seen:?}");
}

#[test]
fn rules_77_78_what_is_in_the_call_queue_cannot_be_cancelled_what_is_not_can() {
    let tasks = lines(0..6, |i| format!("t{i}: sleep(1)\n"));
    let cancels = lines(0..6, |i| format!("cancel t{i}\n"));
    each_seed(
        &format!("processes 1\n{tasks} do\n submit t0 t1 t2 t3 t4 t5\n sleep 0.5\n {cancels}"),
        |run| {
            let refused = run.main().iter().filter(|line| line.ends_with("False")).count();
            assert!((2..=3).contains(&refused), "{refused}");
            for i in 0..6 {
                let name = format!("t{i}");
                assert_eq!(run.ran(&name), i < refused, "{name}");
                let state = run.state(&name);
                let expected = if i < refused {
                    FutureState::Finished
                } else {
                    FutureState::CancelledAndNotified
                };
                assert_eq!(state, expected, "{name}");
            }
        },
    );
}

#[test]
fn rule_79_fork_starts_all_workers_at_the_first_submit_forkserver_one_a_submit() {
    each_seed("processes 4 fork\n a: sleep(1)\n do\n submit a", |run| {
        assert_eq!(run.workers(), 4);
    });
    let sequential = "a: sleep(1)\n b: sleep(1)\n do\n submit a\n result a\n sleep 1\n submit b";
    for method in ["forkserver", "spawn"] {
        each_seed(&format!("processes 4 {method}\n {sequential}"), |run| {
            assert_eq!(run.workers(), 1, "{method}");
        });
    }
    each_seed(&format!("python 3.13\n processes 4\n {sequential}"), |run| {
        assert_eq!(run.workers(), 4, "the default was fork until 3.13");
    });
}

#[test]
fn rule_81_sys_exit_is_stored_and_worker_and_pool_survive() {
    each_seed("processes 1\n a: exit(7)\n b: identity(1)\n mode wait", |run| {
        assert_eq!(run.outcome("a"), "SystemExit: 7");
        assert_eq!(run.outcome("b"), "1");
        assert_eq!(run.workers(), 1);
    });
}

#[test]
fn rules_21_82_83_85_87_a_dead_worker_fails_everything_unfinished_even_what_is_pending() {
    each_seed(
        "processes 2
         early: identity(5)
         crash: hard_exit(9, 1)
         long: sleep(9)
         p1: sleep(9)
         p2: sleep(9)
         p3: sleep(9)
         p4: sleep(9)
         late: sleep(1)
         do
         submit early
         result early
         submit crash long p1 p2 p3 p4
         try result p4
         wait crash long p1 p2 p3 p4
         sleep 1
         try submit late
         result early",
        |run| {
            for name in ["crash", "long", "p1", "p2", "p3", "p4"] {
                assert_eq!(run.outcome(name), BROKEN, "{name}");
            }
            assert!(run.main().contains(&format!("submit: {UNUSABLE}")));
            assert!(run.main().contains(&"result early: 5".to_owned()), "rule 83");
            let ends: Vec<HowExited> = run
                .records
                .iter()
                .filter_map(|record| match record.event {
                    Event::WorkerExited { how, .. } => Some(how),
                    _ => None,
                })
                .collect();
            assert_eq!(ends, [HowExited::Code(9), HowExited::Signal(15)], "rule 87");
        },
    );
}

#[test]
fn rule_84_what_was_cancelled_before_the_death_stays_cancelled() {
    each_seed(
        "processes 1
         crash: hard_exit(1, 2)
         q1: sleep(9)
         q2: sleep(9)
         q3: sleep(9)
         q4: sleep(9)
         do
         submit crash q1 q2 q3 q4
         sleep 1
         cancel q4
         sleep 2",
        |run| {
            assert_eq!(run.state("q4"), FutureState::Cancelled);
            assert_eq!(run.outcome("q3"), BROKEN);
        },
    );
}

#[test]
fn rule_86_the_death_of_an_idle_worker_breaks_the_pool_too() {
    each_seed(
        r#"processes 1
         a: identity(1)
         b: identity(2)
         do
         submit a
         result a
         sleep 2
         try submit b
         when {"do":{"kill_worker":0},"when":{"at":"1s"}}"#,
        |run| {
            assert!(run.main().contains(&format!("submit: {UNUSABLE}")));
            assert_eq!(run.outcome("a"), "1");
        },
    );
}

#[test]
fn rule_88_a_broken_pool_stays_broken_and_its_shutdown_returns() {
    let text =
        "processes 2\n a: hard_exit()\n do\n submit a\n wait a\n sleep 9\n try submit a\n shutdown";
    each_seed(text, |run| {
        let main = run.main();
        assert_eq!(main[1], format!("submit: {UNUSABLE}"), "it does not recover");
        assert_eq!(main[3..], ["shutdown", "shutdown", "left", "end"]);
    });
}

#[test]
fn rule_89_a_crash_after_shutdown_was_asked_still_fails_the_future() {
    each_seed(
        "processes 1\n a: hard_exit(1, 1)\n do\n submit a\n shutdown\n try result a",
        |run| {
            assert_eq!(run.outcome("a"), BROKEN);
        },
    );
}

#[test]
fn rule_92_a_result_that_cannot_be_pickled_fails_only_its_future() {
    each_seed("processes 1\n a: unpicklable()\n b: identity(1)\n mode wait", |run| {
        assert_eq!(run.outcome("a"), "TypeError: cannot pickle '_thread.lock' object");
        assert_eq!(run.outcome("b"), "1");
    });
    each_seed("threads 1\n a: unpicklable()\n mode wait", |run| {
        assert_eq!(
            run.outcome("a"),
            "'<unlocked _thread.lock object at 0x7f3a5c000000>'",
            "threads pickle nothing"
        );
    });
}

#[test]
fn rules_96_98_a_chunk_is_one_future_and_an_error_in_it_loses_it_whole() {
    let tasks = "a: identity(1)\n b: identity(2)\n c: identity(3)\n d: fail()\n e: identity(5)\n";
    each_seed(&format!("processes 2\n{tasks} do\n chunks a b c 2\n all"), |run| {
        let names: Vec<String> = run.delivered().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(run.count(|e| matches!(e, Event::Submitted { .. })), 2);
    });
    each_seed(&format!("processes 2\n{tasks} do\n chunks a b c d e 9\n all"), |run| {
        assert_eq!(run.delivered(), []);
        assert_eq!(run.main().last().unwrap(), "end ValueError: Called broken function");
    });
}

#[test]
fn rules_97_181_the_number_of_calls_is_the_number_of_chunks() {
    let json = common::document("processes 1\n a: identity(1)\n mode map {\"chunksize\":0}");
    let refused = shared::scenario::Scenario::parse(&json.to_string()).unwrap().check();
    assert_eq!(refused.unwrap_err().to_string(), "at /program/chunksize: chunksize must be >= 1.");
    for (chunksize, calls) in [(1, 10), (3, 4), (10, 1), (99, 1)] {
        let options = format!("{{\"chunksize\":{chunksize}}}");
        each_seed(&format!("processes 2\n{} mode map {options}", ten("0.1")), |run| {
            assert_eq!(run.count(|e| matches!(e, Event::Submitted { .. })), calls);
            assert_eq!(run.delivered().len(), 10);
        });
    }
}

#[test]
fn rule_102_shutdown_runs_everything_and_all_workers_exit() {
    each_seed(&format!("processes 3\n{} mode submit", ten("1")), |run| {
        let exited = run.count(|e| matches!(e, Event::WorkerExited { how: HowExited::Told, .. }));
        assert_eq!(exited, run.workers());
        assert_eq!(run.count(|e| matches!(e, Event::Finished { .. })), 10);
    });
}

#[test]
fn rule_103_shutdown_with_cancel_futures_still_runs_the_call_queue() {
    let tasks = lines(0..8, |i| format!("t{i}: sleep(1)\n"));
    let names = "t0 t1 t2 t3 t4 t5 t6 t7";
    let text = format!("processes 1\n{tasks} do\n submit {names}\n sleep 0.5\n shutdown cancel");
    each_seed(&text, |run| {
        let finished = run.count(|e| matches!(e, Event::Finished { .. }));
        let cancelled = run.count(|e| matches!(e, Event::Cancelled { .. }));
        assert!((2..=3).contains(&finished), "{finished}");
        assert_eq!(finished + cancelled, 8);
        assert_eq!(run.count(|e| matches!(e, Event::Notified { .. })), 0);
    });
}

#[test]
fn rule_104_submit_cancel_shutdown_does_not_hang() {
    each_seed("processes 1\n a: sleep(1)\n do\n submit a\n cancel a\n shutdown", |run| {
        assert_eq!(run.main().last().unwrap(), "end");
    });
}

#[test]
fn rule_47_after_shutdown_without_wait_nothing_waits_for_the_manager_but_the_exit() {
    main_is(
        "processes 1
         a: sleep(1)
         do
         submit a
         shutdown nowait
         shutdown
         done a",
        "shutdown
         shutdown
         done a: False
         shutdown
         left
         end",
    );
}

#[test]
fn rule_109_the_block_waits_even_for_a_task_whose_result_timed_out() {
    each_seed(
        "processes 1\n a: sleep(3)\n do\n submit a\n try result a 1\n leave\n print out",
        |run| {
            assert_eq!(
                run.main(),
                [
                    "timed out",
                    "print caught TimeoutError: ",
                    "shutdown",
                    "left",
                    "print out",
                    "end"
                ]
            );
            assert_eq!(run.records.last().unwrap().at.seconds(), 3.0);
        },
    );
}

#[test]
fn waiting_inside_a_task_for_its_own_process_hangs_with_its_chain() {
    each_seed("processes 2\n a: submit_and_wait(1)\n do\n submit a\n result a", |run| {
        assert_eq!(run.main(), ["hangs OwnProcess"]);
    });
}

#[test]
fn a_second_shutdown_wakes_no_manager() {
    // It lets go of the wake-up pipe with the first; what the second asks for is then forgotten when
    // the block is left.
    each_seed(
        "processes 1 fork
         a: sleep(3)
         b: identity(1)
         c: identity(1)
         d: identity(1)
         do
         submit a b c d
         sleep 0.5
         shutdown nowait
         sleep 0.5
         shutdown nowait cancel
         sleep 0.5
         cancelled d",
        |run| {
            assert!(run.main().contains(&"cancelled d: False".to_owned()));
            assert_eq!(run.outcome("d"), "1");
        },
    );
}

#[test]
fn the_interpreters_exit_takes_back_no_cancel_futures() {
    each_seed(
        "without block
         processes 1 fork
         a: sleep(1)
         b: identity(1)
         c: identity(1)
         d: identity(1)
         do
         submit a b c d
         sleep 0.5
         shutdown nowait cancel",
        |run| assert_eq!(run.state("d"), FutureState::Cancelled),
    );
}

#[test]
fn a_shutdown_while_another_waits_does_wake_the_manager() {
    // The executor lets go of its manager when the first shutdown returns, not when it begins.
    let tasks = lines(0..8, |i| format!("t{i}: sleep(1)"));
    let text = format!(
        "processes 1 fork
         {tasks}
         do
         submit t0 t1 t2 t3 t4 t5 t6 t7
         when {{\"do\":{{\"shutdown\":{{\"cancel_futures\":true}}}},\"when\":{{\"at\":\"300ms\"}}}}"
    );
    each_seed(&text, |run| assert_eq!(run.time("t7", "cancelled"), Some(0.3)));
}

#[test]
fn rule_67_only_processes_refuse_a_chunksize_of_zero() {
    let text = |kind: &str| {
        common::document(&format!("{kind} 1\n a: identity(1)\n mode map {{\"chunksize\":0}}"))
    };
    let check = |kind| shared::scenario::Scenario::parse(&text(kind).to_string()).unwrap().check();
    assert!(check("threads").is_ok());
    assert!(check("processes").is_err());
}

#[test]
fn a_cancelled_future_is_the_end_of_a_broken_pools_manager_up_to_3_11() {
    let text = |python: &str| {
        format!(
            "python {python}
             processes 1
             a: hard_exit(1, 1)
             b: sleep(2)
             c: sleep(1)
             d: sleep(1)
             e: sleep(1)
             do
             submit a b c d e
             sleep 0.5
             cancel d
             sleep 1"
        )
    };
    each_seed(&text("3.11"), |run| {
        assert!(run.outcome("c").contains("BrokenProcessPool"));
        assert_eq!(run.state("d"), FutureState::Cancelled);
        assert_eq!(run.state("e"), FutureState::Pending, "nobody is left to tell it");
        // Its only worker is dead, and so nothing keeps the interpreter.
        assert_eq!(run.cause(), EndCause::Finished);
    });
    each_seed(&text("3.12"), |run| {
        assert!(run.outcome("e").contains("BrokenProcessPool"));
        assert_eq!(run.cause(), EndCause::Finished);
    });
    // A worker that lives waits for a call for ever, and the interpreter for the worker.
    let two = text("3.11")
        .replace("processes 1", "processes 2 fork")
        .replace("b: sleep(2)", "b: sleep(9)\n f: sleep(1)")
        .replace("submit a b c d e", "submit a b c d e f")
        .replace("cancel d", "cancel f");
    each_seed(&two, |run| {
        assert_eq!(run.state("f"), FutureState::Cancelled);
        assert_eq!(run.cause(), EndCause::Hang);
    });
}
