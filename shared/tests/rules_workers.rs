//! What workers do beside calls, and what becomes of pools: initializers, retirement, being stopped, and
//! calls that cannot be pickled (python-semantics §8.2, §8.4).

#![allow(clippy::float_cmp)] // virtual time is exact

mod common;

use common::{Run, each_seed, lines, main_is};
use shared::engine::event::{Agent, EndCause, Event, HowExited, WhyHang};
use shared::engine::future::FutureState;
use shared::scenario::Scenario;

const BROKEN: &str = "A thread initializer failed, the thread pool is not usable anymore";
const DIED: &str = "BrokenProcessPool: A process in the process pool was terminated abruptly while \
                    the future was running or pending.";

fn refusal(text: &str) -> String {
    let json = common::document(text).to_string();
    Scenario::parse(&json).unwrap().check().unwrap_err().to_string()
}

fn broken(run: &Run, name: &str, class: &str) {
    assert_eq!(run.outcome(name), format!("{class}: {BROKEN}"), "{name}");
}

#[test]
fn rule_39_the_initializer_runs_once_in_each_worker_before_its_first_call() {
    for pool in ["threads 2", "interpreters 2", "processes 2", "pool 2"] {
        let mode = if pool == "pool 2" { "map" } else { "wait" };
        let tasks = lines(0..6, |i| format!("t{i}: sleep(1)"));
        each_seed(&format!("{pool}\n initializer 0 sleep(1)\n{tasks} mode {mode}"), |run| {
            let ended = |e: &Event| matches!(e, Event::InitializerEnded { raised: None, .. });
            assert_eq!(run.count(ended), 2, "{pool}");
            for worker in 0..2 {
                let of = |e: &Event| match e {
                    Event::InitializerEnded { worker: w, .. } | Event::Taken { worker: w, .. } => {
                        w.0 == worker
                    }
                    _ => false,
                };
                let first = run.records.iter().find(|record| of(&record.event)).unwrap();
                assert!(ended(&first.event), "{pool}, worker {worker}: {first:?}");
            }
        });
    }
}

#[test]
fn rule_40_a_failing_initializer_breaks_the_pool_of_threads() {
    for (pool, class) in
        [("threads 1", "BrokenThreadPool"), ("interpreters 1", "BrokenInterpreterPool")]
    {
        let text = format!(
            "{pool}\n initializer 0 fail(\"ValueError\", \"no\", 1)\n a: sleep(1)\n b: sleep(1)\n do\n \
             submit a b\n wait a b\n try submit a"
        );
        each_seed(&text, |run| {
            broken(run, "a", class);
            broken(run, "b", class);
            assert!(!run.ran("a"));
            assert_eq!(run.main()[1], format!("submit: {class}: {BROKEN}"));
            assert_eq!(run.cause(), EndCause::Finished);
        });
    }
}

#[test]
fn rule_41_what_runs_on_a_healthy_worker_completes() {
    each_seed(
        r#"threads 2
         initializer 1 fail("ValueError", "", 1)
         a: sleep(3)
         b: sleep(1)
         c: sleep(1)
         do
         submit a
         sleep 1
         submit b c
         wait a b c"#,
        |run| {
            assert_eq!(run.outcome("a"), "3");
            broken(run, "b", "BrokenThreadPool");
            broken(run, "c", "BrokenThreadPool");
        },
    );
}

#[test]
fn rule_42_an_initializer_that_is_no_function_is_refused() {
    let json = r#"{"format":1,"executor":{"kind":"threads","workers":1,"initializer":
        {"function":"slep"}},"program":{"mode":"submit"}}"#;
    let refused = Scenario::parse(json).unwrap().check().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "at /executor/initializer/function: there is no function \"slep\"; did you mean \"sleep\"?"
    );
    let waits = refusal("threads 1\n initializer 0 gate()\n mode submit");
    assert!(waits.contains("gate waits for somebody, which an initializer cannot"), "{waits}");
}

#[test]
fn a_cancelled_future_stays_so_when_an_initializer_fails_and_those_behind_it_are_told() {
    each_seed(
        "threads 1
         initializer 0 fail(\"ValueError\", \"\", 1)
         a: sleep(1)
         b: sleep(1)
         c: sleep(1)
         do
         submit a b c
         cancel b
         wait a c",
        |run| {
            broken(run, "a", "BrokenThreadPool");
            assert_eq!(run.state("b"), FutureState::Cancelled);
            broken(run, "c", "BrokenThreadPool");
        },
    );
}

#[test]
fn rule_90_an_argument_that_cannot_be_pickled_fails_its_own_future_only() {
    each_seed(
        "processes 1
         a: closure()
         b: identity(1)
         do
         submit a b
         callback a {outcome}
         try result a
         result b",
        |run| {
            let error = "AttributeError: Can't get local object 'main.<locals>.closure'";
            assert_eq!(run.outcome("a"), error);
            assert_eq!(run.outcome("b"), "1");
            assert!(!run.ran("a"));
            // V-55: the feeder thread's callbacks are its own, unless it was quicker than main.
            let lanes = |e: &Event| {
                matches!(e, Event::CallbackStarted { lane: Agent::Feeder | Agent::Main, .. })
            };
            assert_eq!(run.count(lanes), 1);
        },
    );
}

#[test]
fn rule_90_in_the_words_of_each_python() {
    for (python, verb) in [("3.11", "pickle"), ("3.12", "pickle"), ("3.13", "get")] {
        let text = format!("python {python}\n processes 1\n a: closure()\n mode wait");
        each_seed(&text, |run| {
            let words =
                format!("AttributeError: Can't {verb} local object 'main.<locals>.closure'");
            assert_eq!(run.outcome("a"), words);
        });
    }
}

#[test]
fn rule_91_a_call_that_the_worker_cannot_unpickle_breaks_the_pool() {
    each_seed(
        "processes 1
         a: sleep(1)
         b: unimportable()
         c: sleep(1)
         do
         submit a b c
         wait b c",
        |run| {
            assert_eq!(run.outcome("a"), "1");
            assert_eq!(run.outcome("b"), DIED);
            assert_eq!(run.outcome("c"), DIED);
        },
    );
}

#[test]
fn rule_93_an_exception_that_the_parent_cannot_unpickle_breaks_the_pool_and_is_its_cause() {
    each_seed(
        "processes 1\n a: fail_in_two_parts(1)\n b: sleep(9)\n do\n submit a b\n wait a b",
        |run| {
            for name in ["a", "b"] {
                assert_eq!(run.outcome(name), DIED);
            }
            let cause = run.records.iter().find_map(|record| match &record.event {
                Event::ExecutorBroken { raised } => raised.cause.clone(),
                _ => None,
            });
            assert!(cause.unwrap().starts_with("TypeError: TwoPartError.__init__() missing"));
        },
    );
}

#[test]
fn rule_95_a_failing_initializer_breaks_the_process_pool() {
    each_seed(
        "processes 2
         initializer 0 fail(\"ValueError\", \"no\", 1)
         a: sleep(1)
         do
         submit a
         wait a
         sleep 1
         try submit a",
        |run| {
            assert_eq!(run.outcome("a"), DIED);
            let said = &run.main()[1];
            assert!(said.starts_with("submit: BrokenProcessPool: A child process"), "{said}");
            let quiet =
                |e: &Event| matches!(e, Event::WorkerExited { how: HowExited::Code(0), .. });
            assert!(run.count(quiet) >= 1, "CPython's worker returns, having logged it");
        },
    );
}

#[test]
fn rule_99_a_worker_serves_so_many_calls_and_then_another_does() {
    each_seed(
        "processes 1
         retire 2
         a: identity(1)
         b: identity(2)
         c: identity(3)
         do
         submit a
         result a
         sleep 1
         submit b
         result b
         sleep 1
         submit c
         result c",
        |run| {
            let taken: Vec<u32> = run.taken().into_iter().map(|(_, worker)| worker).collect();
            assert_eq!(taken, [0, 0, 1]);
        },
    );
}

#[test]
fn rule_100_with_a_backlog_every_call_is_computed() {
    let tasks = lines(0..6, |i| format!("t{i}: sleep(1)"));
    each_seed(&format!("processes 1\n retire 2\n{tasks} mode wait"), |run| {
        assert_eq!(run.cause(), EndCause::Finished);
        let taken: Vec<u32> = run.taken().into_iter().map(|(_, worker)| worker).collect();
        assert_eq!(taken, [0, 0, 1, 1, 2, 2]);
    });
}

#[test]
fn rule_101_limits_that_cannot_be_are_refused_in_pythons_words() {
    let at = "at /executor/max_tasks_per_child: ";
    assert_eq!(
        refusal("processes 1\n retire 0\n mode submit"),
        format!("{at}max_tasks_per_child must be >= 1")
    );
    assert_eq!(
        refusal("processes 1 fork\n retire 1\n mode submit"),
        format!(
            "{at}max_tasks_per_child is incompatible with the 'fork' multiprocessing start method; \
             supply a different mp_context."
        )
    );
}

#[test]
fn rule_105_stopped_workers_break_what_runs_and_cancel_what_waits() {
    for step in ["terminate_workers", "kill_workers"] {
        let tasks = lines(0..6, |i| format!("t{i}: sleep(3)"));
        let text = format!(
            "processes 1\n done: identity(1)\n{tasks} do\n submit done\n result done\n \
             submit t0 t1 t2 t3 t4 t5\n sleep 1\n {step}\n print at once\n sleep 1\n try submit done"
        );
        each_seed(&text, |run| {
            let main = run.main();
            assert_eq!(main[1], "print at once", "{step}");
            assert!(main[2].starts_with("submit: BrokenProcessPool: A child"), "{main:?}");
            assert_eq!(run.outcome("done"), "1");
            assert_eq!(run.outcome("t0"), DIED);
            let states: Vec<FutureState> = (0..6).map(|i| run.state(&format!("t{i}"))).collect();
            let cancelled = states.iter().filter(|state| **state == FutureState::Cancelled).count();
            assert!((3..=4).contains(&cancelled), "{states:?}");
            let failed = states.iter().filter(|state| **state == FutureState::Finished).count();
            assert_eq!(cancelled + failed, 6, "{states:?}");
        });
    }
}

#[test]
fn rule_106_stopping_workers_before_there_are_any_and_twice_does_nothing() {
    each_seed(
        "processes 1
         a: sleep(3)
         do
         terminate_workers
         submit a
         sleep 1
         kill_workers
         sleep 1
         kill_workers
         print after",
        |run| {
            assert_eq!(run.main()[0], "print after");
            assert_eq!(run.outcome("a"), DIED);
            assert_eq!(run.cause(), EndCause::Finished);
        },
    );
    assert_eq!(
        refusal("python 3.13\n processes 1\n a: sleep(1)\n do\n kill_workers"),
        "at /program/steps/0: kill_workers came with Python 3.14"
    );
}

#[test]
fn rule_107_from_3_15_on_each_future_has_an_exception_of_its_own_that_names_the_process() {
    let text = "processes 1\n a: hard_exit(9, 1)\n b: sleep(1)\n do\n submit a b\n wait a b";
    let causes = |run: &Run| -> Vec<Option<String>> {
        let cause = |record: &shared::engine::event::Record| match &record.event {
            Event::Finished { outcome: shared::outcome::Outcome::Raised(raised), .. } => {
                Some(raised.cause.clone())
            }
            _ => None,
        };
        run.records.iter().filter_map(cause).collect()
    };
    each_seed(text, |run| assert_eq!(causes(run), [None, None]));
    let changed = text.replacen("processes 1", "processes 1\n change own_exceptions", 1);
    each_seed(&changed, |run| {
        let cause = Some("Process 1001 terminated abruptly with exit code 9".to_owned());
        assert_eq!(causes(run), [cause.clone(), cause]);
    });
}

#[test]
fn rule_142_a_callback_of_a_process_pool_that_waits_for_another_future_blocks_all_results() {
    each_seed(
        r#"processes 2
         a: sleep(1)
         b: sleep(2)
         do
         submit a b
         {"do":"add_done_callback","of":"a","steps":[{"do":"result","of":"b"}]}
         result b"#,
        |run| {
            assert_eq!(run.cause(), EndCause::Hang);
            let why = run.records.iter().rev().find_map(|record| match &record.event {
                Event::ProgramHangs { why, chain } => Some((*why, chain.len())),
                _ => None,
            });
            assert_eq!(why, Some((WhyHang::ManagerWaits, 2)));
        },
    );
}

#[test]
fn rules_140_143_a_callback_may_submit_and_a_slow_one_keeps_its_thread() {
    each_seed(
        r#"threads 1
         a: sleep(1)
         b: sleep(1)
         do
         submit a
         {"do":"add_done_callback","of":"a","steps":[{"do":"submit","task":"b"},{"do":"sleep","span":"5s"}]}
         sleep 2
         result b"#,
        |run| {
            assert_eq!(run.time("b", "submitted"), Some(1.0));
            assert_eq!(run.time("b", "taken"), Some(6.0));
        },
    );
}

#[test]
fn rule_24_a_futures_text_shows_its_state() {
    main_is(
        r#"threads 1
         a: identity(5)
         b: sleep(1)
         c: fail()
         d: sleep(1)
         do
         submit b a c d
         cancel d
         sleep 0.5
         {"do":"repr","of":"b","as":"x"}
         {"do":"repr","of":"a","as":"x"}
         {"do":"repr","of":"d","as":"x"}
         sleep 1
         {"do":"repr","of":"a","as":"x"}
         {"do":"repr","of":"c","as":"x"}"#,
        "cancel d: True
         repr b: '<Future at 0x7f3a5c000000 state=running>'
         repr a: '<Future at 0x7f3a5c000060 state=pending>'
         repr d: '<Future at 0x7f3a5c000120 state=cancelled>'
         repr a: '<Future at 0x7f3a5c000060 state=finished returned int>'
         repr c: '<Future at 0x7f3a5c0000c0 state=finished raised ValueError>'
         shutdown
         left
         end",
    );
}

#[test]
fn after_3_15_map_goes_on_behind_an_item_that_raised() {
    let text = "threads 1\n change map_continues\n a: identity(1)\n b: fail()\n c: identity(3)\n do\n \
                map a b c\n next\n try next\n next\n try next";
    each_seed(text, |run| {
        let main = run.main();
        assert_eq!(main[0], "map a");
        assert_eq!(main[3], "map c");
        assert_eq!(main[4], "next: exhausted");
    });
}

#[test]
fn as_proposed_a_cancelled_future_is_done_for_wait_at_once() {
    let text = "threads 1\n a: sleep(5)\n b: sleep(1)\n do\n submit a b\n cancel b\n wait b";
    each_seed(text, |run| {
        let at = run.records.iter().find(|r| matches!(r.event, Event::WaitReturned { .. }));
        assert_eq!(at.unwrap().at.seconds(), 5.0);
    });
    let changed = text.replacen("threads 1", "threads 1\n change cancelled_is_done", 1);
    each_seed(&changed, |run| {
        let at = run.records.iter().find(|r| matches!(r.event, Event::WaitReturned { .. }));
        assert_eq!(at.unwrap().at.seconds(), 0.0);
        assert!(!run.ran("b"));
    });
}

#[test]
fn an_interpreter_hands_over_only_what_it_can() {
    each_seed(
        "interpreters 1\n a: unpicklable()\n b: closure()\n c: submit_and_wait(1)\n d: identity(1)\n mode wait",
        |run| {
            assert!(run.outcome("a").starts_with("NotShareableError: "));
            assert!(run.outcome("b").starts_with("NotShareableError: "));
            assert_eq!(run.outcome("c"), "NameError: name 'executor' is not defined");
            assert_eq!(run.outcome("d"), "1");
        },
    );
    assert_eq!(
        refusal("python 3.13\n interpreters 1\n mode submit"),
        "at /executor/kind: InterpreterPoolExecutor came with Python 3.14"
    );
}
