//! python-semantics §8.1: the future itself. Each test names the rules that it holds us to.

#![allow(clippy::float_cmp)] // virtual time is exact

mod common;

use common::{each_seed, main_is};
use shared::engine::event::{Agent, Event, Question};
use shared::engine::future::FutureState;

#[test]
fn rule_1_a_submitted_future_starts_pending() {
    main_is(
        "threads 1
         a: sleep(1)
         b: sleep(1)
         do
         submit a b
         done b
         running b
         cancelled b",
        "done b: False
         running b: False
         cancelled b: False
         shutdown
         left
         end",
    );
}

#[test]
fn rules_3_6_cancel_of_pending_works_and_again_changes_nothing() {
    each_seed(
        "threads 1
         a: sleep(1)
         b: sleep(1)
         do
         submit a b
         cancel b
         cancel b
         result a
         sleep 1
         cancel b",
        |run| {
            assert_eq!(run.main()[..2], ["cancel b: True", "cancel b: True"]);
            assert_eq!(run.main()[3], "cancel b: True");
            assert_eq!(run.state("b"), FutureState::CancelledAndNotified);
        },
    );
}

#[test]
fn rule_4_cancel_of_running_is_refused_and_changes_nothing() {
    each_seed(
        "threads 1
         a: sleep(1, 7)
         do
         submit a
         sleep 0.5
         cancel a
         running a
         result a",
        |run| {
            assert_eq!(run.main()[..3], ["cancel a: False", "running a: True", "result a: 7"]);
        },
    );
}

#[test]
fn rule_5_cancel_of_finished_is_refused_for_value_and_error() {
    each_seed(
        "threads 2
         a: identity(1)
         b: fail()
         do
         submit a b
         wait a b
         cancel a
         cancel b",
        |run| assert_eq!(run.main()[1..3], ["cancel a: False", "cancel b: False"]),
    );
}

#[test]
fn rules_7_8_9_the_three_questions_in_each_state() {
    main_is(
        "threads 1
         a: sleep(2)
         b: sleep(1)
         do
         submit a b
         sleep 1
         running a
         done a
         cancel b
         running b
         done b
         cancelled b
         wait a
         done a
         running a
         cancelled a",
        "running a: True
         done a: False
         cancel b: True
         running b: False
         done b: True
         cancelled b: True
         wait (a) ()
         done a: True
         running a: False
         cancelled a: False
         shutdown
         left
         end",
    );
}

#[test]
fn rules_10_23_a_timeout_raises_without_a_message_and_the_task_goes_on() {
    each_seed(
        "threads 1
         a: sleep(2, 5)
         b: sleep(1)
         do
         submit a b
         try result a 0
         try result b 0
         try result a 0.5
         result a",
        |run| {
            let caught = "print caught TimeoutError: ";
            let expected =
                ["timed out", caught, "timed out", caught, "timed out", caught, "result a: 5"];
            assert_eq!(run.main()[..7], expected);
            assert_eq!(run.time("a", "finished"), Some(2.0));
        },
    );
}

#[test]
fn rules_11_14_a_cancelled_future_raises_cancelled_error_at_once() {
    each_seed(
        "threads 1
         a: sleep(1)
         b: sleep(1)
         do
         submit a b
         cancel b
         try result b
         try exception b
         wait a b
         try result b",
        |run| {
            assert_eq!(
                run.main()[1..],
                [
                    "result b: CancelledError",
                    "print caught CancelledError: ",
                    "exception b: CancelledError",
                    "print caught CancelledError: ",
                    "wait (a b) ()",
                    "result b: CancelledError",
                    "print caught CancelledError: ",
                    "shutdown",
                    "left",
                    "end"
                ]
            );
        },
    );
}

#[test]
fn rules_12_13_25_a_finished_future_gives_its_value_or_the_same_error_each_time() {
    main_is(
        "threads 2
         a: identity(\"x\")
         b: fail(\"OSError\", \"k\")
         do
         submit a b
         result a
         exception a
         try result b
         try result b
         exception b",
        "result a: 'x'
         exception a: None
         result b: OSError: k
         print caught OSError: k
         result b: OSError: k
         print caught OSError: k
         exception b: OSError: k
         shutdown
         left
         end",
    );
}

#[test]
fn rule_14_exception_with_a_timeout_raises_it() {
    each_seed(
        "threads 1
         a: sleep(1)
         do
         submit a
         try exception a 0.5",
        |run| assert_eq!(run.main()[..2], ["timed out", "print caught TimeoutError: "]),
    );
}

#[test]
fn rules_15_16_a_reader_wakes_for_a_result_and_for_a_cancel() {
    each_seed(
        r#"threads 1
         a: sleep(2)
         b: sleep(1)
         do
         submit a b
         try result b
         result a
         when {"do":{"cancel":"b"},"when":{"at":"500ms"}}"#,
        |run| {
            let answer = |text: &str| {
                let at = run.main().iter().position(|line| line == text);
                at.unwrap_or_else(|| panic!("no {text}"))
            };
            assert!(answer("result b: CancelledError") < answer("result a: 2"));
            assert_eq!(run.time("b", "cancelled"), Some(0.5));
            let answered = |what: Question| {
                let by_main = |e: &Event| matches!(e, Event::Answered { by: Agent::Main, what: w, .. } if *w == what);
                let record = run.records.iter().find(|record| by_main(&record.event));
                record.map(|record| record.at.seconds())
            };
            assert_eq!(answered(Question::Result(run.future("b"))), Some(0.5), "at once");
            assert_eq!(answered(Question::Result(run.future("a"))), Some(2.0), "at once");
        },
    );
}

#[test]
fn rule_24_the_text_of_a_future_names_its_state_and_the_type_of_its_outcome() {
    let states = |steps: &str, states: &[&str]| {
        let steps = steps
            .replace("text a", r#"{"do":"repr","of":"a","as":"text"}"#)
            .replace("text b", r#"{"do":"repr","of":"b","as":"text"}"#);
        let tasks = "a: sleep(1)\n b: fail(\"OSError\", \"no\", 1)";
        each_seed(&format!("threads 1\n {tasks}\n do\n submit a b\n {steps}"), |run| {
            let main = run.main();
            let texts = main.iter().filter(|line| line.contains("'<Future at 0x"));
            let texts: Vec<&str> =
                texts.filter_map(|line| line.split_once(" state=")?.1.strip_suffix(">'")).collect();
            assert_eq!(texts, states);
        });
    };
    let steps =
        "sleep 0.5\n text a\n text b\n cancel b\n text b\n result a\n text a\n sleep 1\n text b";
    let (running, done) = (["running", "pending", "cancelled"], "finished returned int");
    states(steps, &[&running[..], &[done, "cancelled"]].concat());
    states("wait a b\n text b", &["finished raised OSError"]);
}
