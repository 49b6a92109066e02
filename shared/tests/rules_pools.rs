//! Rules that hold for both pools alike: being left, many at once, and what is passed on as it is.

mod common;

use common::{each_seed, lines, run};
use shared::engine::event::{Agent, Event, HowExited, Record};
use shared::engine::future::FutureState;
use shared::scenario::Scenario;
use shared::sim::Sim;

const BOTH: [&str; 2] = ["threads 2", "processes 2"];

#[test]
fn rule_26_an_exception_with_nothing_to_say_is_raised_all_the_same() {
    for executor in BOTH {
        let text =
            format!("{executor}\n a: fail(\"ValueError\", \"\")\n do\n submit a\n try result a");
        each_seed(&text, |run| {
            assert_eq!(run.main()[..2], ["result a: ValueError", "print caught ValueError: "]);
        });
    }
}

#[test]
fn rule_32_a_prefix_that_is_given_stands_before_the_number() {
    let mut document = common::document("threads 2\n a: sleep(1)\n b: sleep(1)\n mode wait");
    document["executor"]["thread_name_prefix"] = "fetcher".into();
    let plan = Scenario::parse(&document.to_string()).unwrap().check().unwrap();
    let name = |record: Record| match record.event {
        Event::WorkerStarted { name, .. } => Some(name),
        _ => None,
    };
    let records = Sim::new(std::sync::Arc::new(plan), 1).run();
    let names: std::collections::BTreeSet<String> = records.into_iter().filter_map(name).collect();
    assert_eq!(names, ["fetcher_0".to_owned(), "fetcher_1".to_owned()].into());
}

#[test]
fn rule_38_an_interrupt_is_stored_and_its_worker_lives() {
    for executor in ["threads 1", "processes 1"] {
        let text = format!(
            "{executor}
             a: fail(\"KeyboardInterrupt\", \"\")
             b: identity(1)
             mode wait"
        );
        each_seed(&text, |run| {
            assert_eq!(run.outcome("a"), "KeyboardInterrupt");
            assert_eq!(run.outcome("b"), "1");
            assert_eq!(run.workers(), 1);
        });
    }
}

#[test]
fn rule_46_no_future_is_left_pending_by_a_shutdown_that_cancels() {
    let tasks = lines(0..9, |i| format!("t{i}: sleep(1)"));
    let submits = lines(0..9, |i| format!("submit t{i}"));
    for executor in BOTH {
        // Leaving the block at once would take `cancel_futures` back before the manager has seen it.
        for shutdown in ["shutdown cancel", "shutdown nowait cancel\n sleep 0.1"] {
            let text = format!("{executor}\n{tasks} do\n {submits} sleep 0.5\n {shutdown}");
            each_seed(&text, |run| {
                let states: Vec<FutureState> =
                    (0..9).map(|i| run.state(&format!("t{i}"))).collect();
                assert!(states.iter().all(|state| state.done()), "{executor}: {states:?}");
                assert_eq!(run.outcome("t0"), "1", "{executor}: it ran");
                assert_eq!(states[8], FutureState::Cancelled, "{executor}");
            });
        }
    }
}

#[test]
fn rule_49_a_pool_that_nobody_shuts_down_does_all_its_work_and_its_workers_end() {
    let tasks = lines(0..7, |i| format!("t{i}: sleep(1)"));
    let submits = lines(0..7, |i| format!("submit t{i}"));
    for executor in BOTH {
        each_seed(&format!("without block\n {executor}\n{tasks} do\n {submits}"), |run| {
            assert_eq!(run.main(), ["end"], "{executor}");
            assert_eq!(run.count(|e| matches!(e, Event::Finished { .. })), 7);
            assert_eq!(run.count(|e| matches!(e, Event::ShutdownAsked { .. })), 0);
            let ended = |e: &Event| matches!(e, Event::WorkerExited { how: HowExited::Told, .. });
            assert_eq!(run.count(ended), 2, "{executor}");
            // The interpreter waits for them.
            let last = run.records.iter().rposition(|record| ended(&record.event));
            let over = |record: &Record| matches!(record.event, Event::ProgramEnded { .. });
            assert!(last < run.records.iter().position(over), "{executor}");
        });
    }
}

#[test]
fn rule_58_an_exception_of_the_inputs_is_raised_by_the_call_of_map() {
    for executor in BOTH {
        let text = format!(
            "{executor}
             bad: fail()
             a: identity(1)
             b: identity(@bad)
             do
             submit bad
             try map a b
             try next"
        );
        each_seed(&text, |run| {
            let expected = [
                "result bad: ValueError: Called broken function",
                "print caught ValueError: Called broken function",
                "print caught NameError: name 'm' is not defined",
            ];
            assert_eq!(run.main()[..3], expected);
            assert_eq!(run.count(|e| matches!(e, Event::Submitted { .. })), 1, "bad alone");
        });
    }
}

#[test]
fn rule_131_of_many_that_finish_at_one_moment_none_is_forgotten() {
    let tasks = lines(0..48, |i| format!("t{i}: sleep(1)"));
    let names: Vec<String> = (0..48).map(|i| format!("t{i}")).collect();
    let names = names.join(" ");
    for executor in ["threads 16", "processes 8"] {
        let text = format!(
            "{executor}\n{tasks} do\n submit {names}\n completed {names}\n wait {names}\n \
             wait FIRST_EXCEPTION {names}"
        );
        for seed in 0..8 {
            let run = run(&text, seed);
            let main = run.main();
            let yielded: std::collections::BTreeSet<&String> = main[..48].iter().collect();
            assert_eq!(yielded.len(), 48, "seed {seed}");
            assert_eq!(main[48], "next: exhausted", "seed {seed}");
            let all = format!("wait ({names}) ()");
            assert_eq!(main[49..51], [all.clone(), all], "seed {seed}");
        }
    }
    // And with someone in `wait` while they do.
    let text = format!("threads 16\n{tasks} do\n submit {names}\n wait {names}");
    for seed in 0..8 {
        assert_eq!(run(&text, seed).main()[0], format!("wait ({names}) ()"), "seed {seed}");
    }
}

#[test]
fn rule_136_on_a_failed_or_cancelled_future_a_callback_runs_at_once_too() {
    for executor in ["threads 1", "processes 1"] {
        let text = format!(
            "{executor}
             a: fail(\"ValueError\", \"no\")
             b: sleep(9)
             c: sleep(9)
             d: sleep(9)
             e: sleep(9)
             do
             submit a
             try result a
             submit b c d e
             cancel e
             callback a now {{outcome}}
             callback e now {{outcome}}
             print after"
        );
        each_seed(&text, |run| {
            let expected =
                ["caught ValueError: no", "now ValueError: no", "now cancelled", "after"];
            assert_eq!(run.printed(), expected);
            let in_main = |e: &Event| matches!(e, Event::CallbackStarted { lane: Agent::Main, .. });
            assert_eq!(run.count(in_main), 2);
        });
    }
}

#[test]
fn rule_137_a_callback_that_raises_at_once_does_not_raise_in_who_adds_it() {
    each_seed(
        "threads 1
         a: identity(1)
         do
         submit a
         result a
         raising a ZeroDivisionError: division by zero
         callback a second
         print after",
        |run| {
            assert_eq!(run.printed(), ["second", "after"]);
            let raised = run.count(|e| matches!(e, Event::CallbackEnded { raised: Some(_), .. }));
            assert_eq!(raised, 1);
            assert_eq!(run.main().last().unwrap(), "end");
        },
    );
}

#[test]
fn rule_138_what_shutdown_cancels_is_called_back_in_main_or_in_the_manager() {
    for (executor, lane) in [("threads 1", Agent::Main), ("processes 1", Agent::Manager)] {
        let tasks = lines(0..5, |i| format!("t{i}: sleep(1)"));
        let text = format!(
            "{executor}\n{tasks} do\n submit t0 t1 t2 t3 t4\n callback t4 {{outcome}}\n sleep 0.5\n \
             shutdown cancel"
        );
        each_seed(&text, |run| {
            assert_eq!(run.printed(), ["cancelled"], "{executor}");
            let there =
                |e: &Event| matches!(e, Event::CallbackStarted { lane: l, .. } if *l == lane);
            assert_eq!(run.count(there), 1, "{executor}");
        });
    }
}
