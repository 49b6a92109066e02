//! python-semantics §8.6: done-callbacks.

mod common;

use common::each_seed;
use shared::engine::event::{Agent, EndCause, Event};
use shared::engine::future::FutureState;
use shared::units::WorkerId;

fn lanes(run: &common::Run) -> Vec<Agent> {
    let lane = |record: &shared::engine::event::Record| match record.event {
        Event::CallbackStarted { lane, .. } => Some(lane),
        _ => None,
    };
    run.records.iter().filter_map(lane).collect()
}

#[test]
fn rules_133_134_135_callbacks_run_in_order_once_for_value_error_and_cancel() {
    each_seed(
        "threads 1
         a: sleep(1, 5)
         b: fail()
         c: sleep(1)
         do
         submit a b c
         callback a first {task}: {outcome}
         callback a second {task}: {outcome}
         callback b {task}: {outcome}
         callback c {task}: {outcome}
         cancel c
         cancel c",
        |run| {
            let expected = [
                "c: cancelled",
                "first a: 5",
                "second a: 5",
                "b: ValueError: Called broken function",
            ];
            assert_eq!(run.printed(), expected);
        },
    );
}

#[test]
fn rule_136_on_a_done_future_a_callback_runs_at_once_in_the_registering_thread() {
    each_seed(
        "threads 1
         a: identity(1)
         do
         submit a
         result a
         callback a now {outcome}
         print after",
        |run| {
            assert_eq!(run.printed(), ["now 1", "after"]);
            assert_eq!(lanes(run), [Agent::Main]);
        },
    );
}

#[test]
fn rule_137_a_failing_callback_is_noted_and_stops_nothing() {
    each_seed(
        "threads 1
         a: sleep(1)
         do
         submit a
         raising a ZeroDivisionError: division by zero
         callback a second
         result a",
        |run| {
            assert_eq!(run.printed(), ["second"]);
            let raised = run.count(|e| matches!(e, Event::CallbackEnded { raised: Some(_), .. }));
            assert_eq!(raised, 1);
            assert_eq!(run.main().last().unwrap(), "end");
        },
    );
}

#[test]
fn rule_138_the_thread_is_the_worker_the_manager_or_the_canceller() {
    let text = "a: sleep(1)\n do\n submit a\n callback a done";
    each_seed(&format!("threads 1\n {text}"), |run| {
        assert_eq!(lanes(run), [Agent::Worker(WorkerId(0))]);
    });
    each_seed(&format!("processes 1\n {text}"), |run| assert_eq!(lanes(run), [Agent::Manager]));
    each_seed(
        "threads 1\n a: sleep(1)\n b: sleep(1)\n do\n submit a b\n callback b done\n cancel b",
        |run| assert_eq!(lanes(run), [Agent::Main]),
    );
}

#[test]
fn rule_139_result_may_return_before_callbacks_ran_shutdown_only_after() {
    let mut before = 0;
    for seed in 0..common::SEEDS {
        let run = common::run(
            "threads 1\n a: sleep(1)\n do\n submit a\n callback a done\n result a\n leave",
            seed,
        );
        let place = |is: fn(&Event) -> bool| run.records.iter().position(|r| is(&r.event));
        let ended = place(|e| matches!(e, Event::CallbackEnded { .. })).unwrap();
        let answered = place(|e| matches!(e, Event::Answered { by: Agent::Main, .. })).unwrap();
        let left = place(|e| matches!(e, Event::BlockLeft)).unwrap();
        before += usize::from(answered < ended);
        assert!(ended < left, "seed {seed}");
    }
    assert!(before > 0, "nature can let result() come first");
}

#[test]
fn rule_140_a_callback_may_submit() {
    // Mode submit is made of nothing else.
    for executor in ["threads 2", "processes 2"] {
        let text =
            format!("{executor}\n a: identity(1)\n b: identity(@a)\n c: sum([1, 2])\n mode submit");
        each_seed(&text.replace("c: sum([1, 2])", "c: identity(@b)"), |run| {
            let submitted_by = |name: &str| {
                let future = run.future(name);
                run.records.iter().find_map(|record| match &record.event {
                    Event::Submitted { future: f, by, .. } if *f == future => Some(*by),
                    _ => None,
                })
            };
            assert_eq!(submitted_by("a"), Some(Agent::Main));
            assert_eq!(run.outcome("c"), "1");
        });
    }
}

#[test]
fn what_needs_a_failed_task_is_skipped_in_every_mode_that_goes_on() {
    for mode in ["submit", "as_completed", "wait"] {
        let text = format!(
            "threads 2
             bad: fail()
             good: identity(1)
             b: identity(@bad)
             c: identity(@b)
             d: identity(@good)
             mode {mode}"
        );
        each_seed(&text, |run| {
            assert_eq!(run.outcome("d"), "1", "{mode}");
            assert_eq!(run.count(|e| matches!(e, Event::TaskSkipped { .. })), 2, "{mode}");
            assert_eq!(run.main().last().unwrap(), "end", "{mode}");
        });
    }
}

#[test]
fn rule_139_wait_comes_back_while_a_slow_callback_runs() {
    for executor in ["threads 1", "processes 1"] {
        let text = format!(
            "{executor}
             a: sleep(1)
             do
             submit a
             {SLOW_CALLBACK}
             wait a
             print waited
             leave
             print left"
        );
        each_seed(&text, |run| {
            assert_eq!(run.printed(), ["waited", "called back", "left"], "{executor}");
        });
    }
}

/// `a`'s callback, which takes three seconds.
const SLOW_CALLBACK: &str = "{\"do\":\"add_done_callback\",\"of\":\"a\",\"steps\":[\
    {\"do\":\"sleep\",\"span\":\"3s\"},{\"do\":\"print\",\"text\":\"called back\"}]}";

#[test]
fn rule_142_a_callback_that_waits_for_another_future_holds_up_all_results_of_processes() {
    let text = |executor: &str| {
        format!(
            r#"{executor}
             a: sleep(1)
             b: sleep(2)
             c: sleep(1.5)
             do
             submit a b c
             {{"do":"add_done_callback","of":"a","steps":[{{"do":"result","of":"b"}}]}}
             try result c 9
             result c"#
        )
    };
    each_seed(&text("processes 3"), |run| {
        assert_eq!(run.main()[..2], ["timed out", "print caught TimeoutError: "]);
        assert_eq!(run.time("c", "returned"), Some(1.5));
        assert_eq!(run.state("b"), FutureState::Running, "and nobody can say otherwise");
        assert_eq!(run.cause(), EndCause::Hang);
    });
    each_seed(&text("threads 3"), |run| {
        assert_eq!(run.main()[0], "result c: 1.5", "a thread's result needs no manager");
        assert_eq!(run.cause(), EndCause::Finished);
    });
}

#[test]
fn rule_143_a_slow_callback_of_a_thread_pool_keeps_its_worker_busy() {
    let text = |executor: &str| {
        format!("{executor}\n a: sleep(1)\n b: sleep(1)\n do\n submit a b\n {SLOW_CALLBACK}")
    };
    each_seed(&text("threads 1"), |run| assert_eq!(run.time("b", "taken"), Some(4.0)));
    each_seed(&text("processes 1"), |run| {
        assert_eq!(run.time("b", "taken"), Some(1.0), "its worker runs no callbacks");
    });
}
