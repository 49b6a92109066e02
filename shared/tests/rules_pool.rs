//! python-semantics §8.7: `multiprocessing.Pool`.

#![allow(clippy::float_cmp)] // virtual time is exact

mod common;

use common::{Run, each_seed, lines, main_is, run};
use shared::engine::event::{Agent, BlockedOn, EndCause, Event, WhyHang};
use shared::limits;
use shared::scenario::Scenario;

/// Why the program hangs, and who waits for what.
fn hang(run: &Run) -> (WhyHang, Vec<(Agent, BlockedOn)>) {
    let hang = run.records.iter().rev().find_map(|record| match &record.event {
        Event::ProgramHangs { why, chain } => {
            Some((*why, chain.iter().map(|link| (link.who, link.on)).collect()))
        }
        _ => None,
    });
    hang.unwrap_or_else(|| panic!("it does not hang: {:#?}", run.main()))
}

fn refusal(text: &str) -> String {
    let json = common::document(text).to_string();
    Scenario::parse(&json).unwrap().check().unwrap_err().to_string()
}

#[test]
fn rule_144_all_workers_exist_from_the_beginning() {
    each_seed("pool 3\n a: sleep(1)\n do\n sleep 1\n async a\n get a", |run| {
        let started = |event: &Event| matches!(event, Event::WorkerStarted { .. });
        let at: Vec<f64> = run
            .records
            .iter()
            .filter(|record| started(&record.event))
            .map(|record| record.at.seconds())
            .collect();
        assert_eq!(at, [0.0, 0.0, 0.0]);
    });
}

#[test]
fn rule_145_no_processes_are_refused_in_pools_words() {
    let refused = refusal("pool 0\n mode submit");
    assert_eq!(refused, "at /executor/workers: Number of processes must be at least 1");
}

#[test]
fn rule_146_two_applies_take_the_sum_of_their_times() {
    each_seed("pool 2\n a: sleep(1)\n b: sleep(2)\n do\n apply a\n apply b\n print after", |run| {
        assert_eq!(
            run.main(),
            ["result a: 1", "result b: 2", "print after", "terminated", "left", "end"]
        );
        assert_eq!(run.time("b", "submitted"), Some(1.0));
        assert_eq!(run.time("b", "finished"), Some(3.0));
    });
}

#[test]
fn rules_147_177_apply_async_returns_at_once_and_nobody_is_told_that_it_runs() {
    main_is(
        "pool 2
         a: sleep(1)
         do
         async a
         ready a
         sleep 0.5
         ready a
         sleep 1
         ready a
         successful a
         get a",
        "ready a: False
         ready a: False
         ready a: True
         successful a: True
         result a: 1
         terminated
         left
         end",
    );
    for step in ["cancel a", "running a", "done a", "callback a {outcome}"] {
        let method = if step.starts_with("callback") {
            "add_done_callback"
        } else {
            &step[..step.len() - 2]
        };
        assert_eq!(
            refusal(&format!("pool 1\n a: sleep(1)\n do\n async a\n {step}")),
            format!("at /program/steps/1: multiprocessing.Pool has no {method}"),
        );
    }
}

#[test]
fn rule_148_get_with_a_timeout_raises_pools_own_error_and_can_be_asked_again() {
    main_is(
        "pool 1
         a: sleep(2)
         do
         async a
         try get a 1
         get a",
        "timed out
         print caught TimeoutError:
         result a: 2
         terminated
         left
         end",
    );
}

#[test]
fn rule_149_successful_before_ready_raises_value_error() {
    each_seed("pool 1\n a: sleep(1)\n do\n async a\n try successful a", |run| {
        let said = &run.main()[1];
        assert!(
            said.starts_with(
                "print caught ValueError: <multiprocessing.pool.ApplyResult object at 0x"
            ),
            "{said}"
        );
        assert!(said.ends_with("> not ready"), "{said}");
    });
}

#[test]
fn rules_150_151_map_and_starmap_give_a_list_in_input_order_in_chunks_of_the_formula() {
    let tasks = lines(1..10, |i| format!("t{i}: sleep(0.{})", 10 - i));
    let names: Vec<String> = (1..10).map(|i| format!("t{i}")).collect();
    for method in ["map", "starmap"] {
        let text = format!("pool 2\n{tasks} do\n {method} {}\n print {{m}}", names.join(" "));
        each_seed(&text, |run| {
            let list = "[0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]";
            assert_eq!(run.printed(), [list]);
            // 9 items on 2 workers: chunks of 2, the last one shorter.
            assert_eq!(run.count(|event| matches!(event, Event::Taken { .. })), 5);
        });
    }
}

#[test]
fn rule_152_an_empty_map_is_ready_at_once() {
    main_is(
        r#"pool 1
         do
         {"do":"map_async","tasks":[],"as":"m","callback":{"print":"called"}}
         ready m
         get m"#,
        "map ready: True
         map: []
         terminated
         left
         end",
    );
}

#[test]
fn rules_153_154_map_waits_for_all_and_raises_what_arrived_first() {
    each_seed(
        r#"pool 2
         late: fail("ValueError", "index 0", 8)
         early: fail("KeyError", "index 1", 1)
         long: sleep(10)
         do
         try map late early long"#,
        |run| {
            assert_eq!(run.printed(), ["caught KeyError: 'index 1'"]);
            let raised = run.records.iter().find(|r| matches!(r.event, Event::Printed { .. }));
            assert_eq!(raised.unwrap().at.seconds(), 11.0, "`long` began at 1 and took 10");
        },
    );
}

#[test]
fn rule_155_imap_raises_at_the_items_place_and_goes_on() {
    main_is(
        "pool 2
         a: sleep(3, 30)
         b: fail()
         c: sleep(1, 10)
         do
         imap a b c
         next
         try next
         next
         try next",
        "imap a
         next: ValueError: Called broken function
         print caught ValueError: Called broken function
         imap c
         next: exhausted
         print caught StopIteration:
         terminated
         left
         end",
    );
}

#[test]
fn rule_156_imap_in_chunks_ends_at_the_first_error() {
    main_is(
        "pool 1
         a: fail()
         b: identity(1)
         c: identity(2)
         do
         imap a b c 2
         try next
         try next",
        "next: ValueError: Called broken function
         print caught ValueError: Called broken function
         next: exhausted
         print caught StopIteration:
         terminated
         left
         end",
    );
}

#[test]
fn rule_157_imaps_next_with_a_timeout_can_be_tried_again() {
    main_is(
        r#"pool 1
         a: sleep(2)
         do
         imap a
         {"do":"try","steps":[{"do":"next","of":"m","timeout":"1s"}],"except":[{"kind":"multiprocessing.TimeoutError"}]}
         next"#,
        "timed out
         imap a
         terminated
         left
         end",
    );
}

#[test]
fn rule_158_imap_unordered_yields_in_the_order_of_arrival() {
    main_is(
        "pool 3
         a: sleep(3)
         b: sleep(1)
         c: sleep(2)
         do
         imap_unordered a b c
         all",
        "unordered b
         unordered c
         unordered a
         next: exhausted
         terminated
         left
         end",
    );
}

#[test]
fn rule_159_imap_pulls_far_ahead_of_who_consumes() {
    let tasks = lines(0..1200, |i| format!("t{i}: sleep(1)"));
    let names: Vec<String> = (0..1200).map(|i| format!("t{i}")).collect();
    let text = format!("pool 1\n{tasks} do\n imap {}\n sleep 0.5\n terminate", names.join(" "));
    let run = run(&text, 1);
    let pulled =
        run.count(|event| matches!(event, Event::Submitted { by: Agent::TaskHandler, .. }));
    // What fits into the pipe, and the one that the worker has (V-18: 1,001).
    assert_eq!(pulled, limits::PIPE_CALLS + 1);
}

#[test]
fn rules_161_163_a_callback_gets_the_value_or_the_exception_before_the_result_is_ready() {
    each_seed(
        r#"pool 1
         a: identity(5)
         b: fail()
         do
         {"do":"apply_async","task":["a","b"],"callback":{"print":"value {outcome}","steps":[{"do":"ready","of":"a","as":"r"},{"do":"print","text":"ready {r}"}]},"error_callback":{"print":"error {outcome}"}}
         sleep 1
         ready a"#,
        |run| {
            assert_eq!(
                run.printed(),
                ["value 5", "ready False", "error ValueError: Called broken function"]
            );
            assert_eq!(run.main()[0], "ready a: True");
            let lanes = run.count(|event| {
                matches!(event, Event::CallbackStarted { lane: Agent::ResultHandler, .. })
            });
            assert_eq!(lanes, 2);
        },
    );
}

#[test]
fn rule_162_map_asyncs_callback_is_called_once_with_the_whole_list() {
    each_seed(
        r#"pool 2
         a: identity(1)
         b: identity(2)
         c: identity(3)
         do
         {"do":"map_async","tasks":["a","b","c"],"as":"m","callback":{"print":"{outcome}"},"error_callback":{"print":"never"}}
         get m"#,
        |run| assert_eq!(run.printed(), ["[1, 2, 3]"]),
    );
}

#[test]
fn rule_164_a_slow_callback_delays_other_results() {
    each_seed(
        r#"pool 2
         a: sleep(1)
         b: sleep(2)
         do
         {"do":"apply_async","task":"a","callback":{"steps":[{"do":"sleep","span":"5s"}]}}
         async b
         get b"#,
        |run| {
            assert_eq!(run.time("b", "returned"), Some(2.0));
            assert_eq!(run.time("b", "finished"), Some(6.0));
        },
    );
}

#[test]
fn rule_165_a_raising_callback_stops_all_further_results() {
    let text = r#"pool 2
         a: sleep(1)
         b: sleep(2)
         do
         {"do":"apply_async","task":"a","callback":{"raise":"ZeroDivisionError: division by zero"}}
         async b
         get b"#;
    each_seed(text, |run| {
        assert_eq!(run.cause(), EndCause::Hang);
        let b = run.future("b");
        assert_eq!(hang(run), (WhyHang::HandlerDied, vec![(Agent::Main, BlockedOn::Result(b))]));
    });
    // After 3.15 it becomes the job's own result.
    let changed = text.replacen("pool 2", "pool 2\n change callback_error_is_result", 1);
    main_is(
        &format!("{changed}\n try get a"),
        "result b: 2
         result a: ZeroDivisionError: division by zero
         print caught ZeroDivisionError: division by zero
         terminated
         left
         end",
    );
}

#[test]
fn rules_165_168_a_pool_whose_results_nobody_reads_cannot_be_terminated() {
    let text = r#"pool 2
         a: sleep(1)
         b: sleep(5)
         do
         {"do":"apply_async","task":"a","callback":{"raise":"ZeroDivisionError: division by zero"}}
         async b
         sleep 2
         leave
         print never"#;
    let refused = "AssertionError: Cannot have cache with result_handler not alive";
    each_seed(text, |run| {
        assert_eq!(
            run.main(),
            [&format!("terminate: {refused}"), "left", &format!("end {refused}")]
        );
        // Who has nothing to do is told to end; who has is killed when the interpreter exits.
        let ends = run.records.iter().filter_map(|record| match record.event {
            Event::WorkerExited { how, .. } => Some((how, record.at)),
            _ => None,
        });
        let ends: Vec<_> = ends.collect();
        assert_eq!(ends.len(), 2, "{ends:?}");
    });
    // 3.11 misspells it; what is caught ends nothing, and a second time nothing is left to be done.
    let caught = text
        .replace("pool 2", "python 3.11\n pool 2")
        .replace("leave\n", "try terminate\n terminate\n");
    each_seed(&caught, |run| {
        let refused = "AssertionError: Cannot have cache with result_hander not alive";
        assert_eq!(
            run.main()[..2],
            [format!("terminate: {refused}"), format!("print caught {refused}")]
        );
    });
}

#[test]
fn each_result_is_waited_for_as_long_as_the_step_says() {
    main_is(
        r#"pool 2
         a: sleep(2)
         b: sleep(4)
         do
         async a b
         {"do":"wait","of":["a","b"],"timeout":"3s"}"#,
        "wait (a) ()
         wait (b) ()
         terminated
         left
         end",
    );
}

#[test]
fn rules_166_169_close_lets_queued_work_be_done_and_then_the_workers_end() {
    each_seed(
        "pool 1
         a: sleep(1)
         b: sleep(1)
         do
         async a b
         try join
         close_pool
         try async a
         join
         get b",
        |run| {
            assert_eq!(
                run.main(),
                [
                    "join: ValueError: Pool is still running",
                    "print caught ValueError: Pool is still running",
                    "submit: ValueError: Pool not running",
                    "print caught ValueError: Pool not running",
                    "joined",
                    "result b: 1",
                    "terminated",
                    "left",
                    "end",
                ]
            );
            assert_eq!(run.count(|e| matches!(e, Event::WorkerExited { .. })), 1);
        },
    );
}

#[test]
fn rules_167_168_leaving_the_block_terminates_and_results_never_become_ready() {
    each_seed(
        r#"pool 1
         a: sleep(5)
         b: sleep(5)
         do
         {"do":"apply_async","task":["a","b"],"callback":{"print":"never"}}
         sleep 1
         leave
         ready a
         get a"#,
        |run| {
            assert!(run.printed().is_empty());
            assert_eq!(run.main()[..3], ["terminated", "left", "ready a: False"]);
            let a = run.future("a");
            assert_eq!(hang(run), (WhyHang::Terminated, vec![(Agent::Main, BlockedOn::Result(a))]));
        },
    );
}

#[test]
fn rule_170_a_dead_worker_is_replaced_and_its_call_never_completes() {
    each_seed(
        "pool 2
         a: hard_exit(1)
         b: sleep(2)
         do
         async a b
         get b
         get a",
        |run| {
            assert_eq!(run.main()[0], "result b: 2");
            assert_eq!(run.workers(), 3, "one more than two");
            assert_eq!(run.count(|e| matches!(e, Event::Lost { .. })), 1);
            let a = run.future("a");
            assert_eq!(hang(run), (WhyHang::Lost, vec![(Agent::Main, BlockedOn::Result(a))]));
        },
    );
}

#[test]
fn rule_171_after_such_a_loss_close_and_join_hang_and_terminate_ends_it() {
    let text = "pool 1\n a: hard_exit(1)\n do\n async a\n sleep 1\n close_pool\n";
    each_seed(&format!("{text} join"), |run| {
        let a = run.future("a");
        let chain =
            vec![(Agent::Main, BlockedOn::Join), (Agent::WorkerHandler, BlockedOn::Result(a))];
        assert_eq!(hang(run), (WhyHang::Lost, chain));
    });
    each_seed(&format!("{text} terminate\n join"), |run| {
        assert_eq!(run.main()[..2], ["terminated", "joined"]);
        assert_eq!(run.cause(), EndCause::Finished);
    });
}

#[test]
fn rule_172_sys_exit_in_a_task_kills_pools_worker() {
    each_seed("pool 1\n a: exit(3)\n b: identity(1)\n do\n async a b\n get b\n get a", |run| {
        let exited = |e: &Event| {
            use shared::engine::event::HowExited;
            matches!(e, Event::WorkerExited { how: HowExited::Code(3), .. })
        };
        assert_eq!(run.count(exited), 1);
        assert_eq!(run.main()[0], "result b: 1");
        assert_eq!(hang(run).0, WhyHang::Lost);
    });
}

#[test]
fn rule_173_a_failing_initializer_is_an_endless_respawn_up_to_our_limit() {
    each_seed("pool 2\n initializer 0 fail()\n a: identity(1)\n do\n async a\n get a", |run| {
        assert_eq!(run.cause(), EndCause::Workers);
        assert_eq!(run.workers(), limits::WORKERS);
        assert!(!run.ran("a"));
    });
}

#[test]
fn rule_174_maxtasksperchild_counts_chunks_and_close_still_completes_all() {
    let tasks = lines(0..9, |i| format!("t{i}: sleep(1)"));
    let names: Vec<String> = (0..9).map(|i| format!("t{i}")).collect();
    let names = names.join(" ");
    let text = format!(
        "pool 1\n retire 1\n{tasks} do\n \
         {{\"do\":\"map_async\",\"tasks\":{:?},\"as\":\"m\",\"chunksize\":3}}\n \
         close_pool\n get m\n join",
        names.split(' ').collect::<Vec<_>>()
    );
    each_seed(&text, |run| {
        let workers: Vec<u32> = run.taken().into_iter().map(|(_, worker)| worker).collect();
        assert_eq!(workers, [0, 1, 2]);
        assert_eq!(run.main()[..2], ["map: [1, 1, 1, 1, 1, 1, 1, 1, 1]", "joined"]);
    });
}

#[test]
fn rule_175_a_limit_of_no_calls_is_refused_in_pools_words() {
    let refused = refusal("pool 1\n retire 0\n mode submit");
    assert_eq!(
        refused,
        "at /executor/max_tasks_per_child: maxtasksperchild must be a positive int or None"
    );
}

#[test]
fn rule_176_what_cannot_be_pickled_fails_alone() {
    main_is(
        "pool 1
         a: closure()
         b: unpicklable()
         c: identity(1)
         do
         async a b c
         try get a
         try get b
         get c",
        "result a: AttributeError: Can't get local object 'main.<locals>.closure'
         print caught AttributeError: Can't get local object 'main.<locals>.closure'
         result b: MaybeEncodingError: Error sending result: '<unlocked _thread.lock object at 0x7f3a5c000000>'. Reason: 'TypeError(\"cannot pickle '_thread.lock' object\")'
         print caught MaybeEncodingError: Error sending result: '<unlocked _thread.lock object at 0x7f3a5c000000>'. Reason: 'TypeError(\"cannot pickle '_thread.lock' object\")'
         result c: 1
         terminated
         left
         end",
    );
}

#[test]
fn a_worker_that_ended_is_replaced_at_once_and_once() {
    each_seed("pool 2\n a: hard_exit(0, 1)\n b: sleep(3)\n do\n async a b\n get b", |run| {
        let full = run.records.iter().filter(|record| record.at.seconds() == 1.0);
        assert_eq!(full.filter(|r| matches!(r.event, Event::WorkerSpawned { .. })).count(), 1);
    });
}

#[test]
fn what_cannot_be_unpickled_is_the_end_of_the_thread_that_reads_results() {
    each_seed("pool 1\n a: fail_in_two_parts()\n do\n async a\n get a", |run| {
        assert_eq!(hang(run).0, WhyHang::HandlerDied);
    });
}

#[test]
fn the_modes_use_pools_own_methods_and_skip_what_needs_a_failed_task() {
    for mode in ["submit", "as_completed", "wait"] {
        let text = format!(
            "pool 2\n a: sleep(1)\n b: fail()\n c: diff(@a, 1)\n d: identity(@b)\n e: diff(@c, 5)\n mode {mode}"
        );
        each_seed(&text, |run| {
            assert_eq!(run.cause(), EndCause::Finished, "{mode}");
            assert_eq!(run.outcome("e"), "-5", "{mode}");
            let skipped = |e: &Event| matches!(e, Event::TaskSkipped { .. });
            assert_eq!(run.count(skipped), 1, "{mode}");
        });
    }
    each_seed("pool 2\n a: sleep(1)\n b: fail()\n c: diff(@a, 1)\n mode map", |run| {
        assert_eq!(run.main().last().unwrap(), "end ValueError: Called broken function");
        assert_eq!(run.count(|e| matches!(e, Event::TaskSkipped { .. })), 1);
    });
}
