//! python-semantics §8.3: `Executor.map`, and §8.8's golden trace.

#![allow(clippy::float_cmp)] // virtual time is exact

mod common;

use std::sync::Arc;

use common::each_seed;
use shared::engine::future::FutureState;
use shared::scenario::{Plan, Scenario};
use shared::sim::Sim;
use shared::view::View;

const FIVE: &str = "t5: sleep(5)\n t4: sleep(4)\n t3: sleep(3)\n t2: sleep(2)\n t1: sleep(1)\n";

#[test]
fn rule_179_fifo_list_scheduling_of_seed_001() {
    for executor in ["threads 2", "processes 2"] {
        for mode in ["map", "as_completed", "submit", "wait"] {
            each_seed(&format!("{executor}\n{FIVE} mode {mode}"), |run| {
                let tasks = ["t5", "t4", "t3", "t2", "t1"];
                let times = |event| tasks.map(|task| run.time(task, event).unwrap());
                assert_eq!(times("taken"), [0.0, 0.0, 4.0, 5.0, 7.0]);
                assert_eq!(times("finished"), [5.0, 4.0, 7.0, 7.0, 8.0]);
            });
        }
    }
}

#[test]
fn rules_53_54_55_map_submits_everything_first_and_holds_results_back_for_the_head() {
    each_seed(&format!("threads 2\n{FIVE} mode map"), |run| {
        let names: Vec<String> = run.delivered().into_iter().map(|(name, _)| name).collect();
        let times: Vec<f64> = run.delivered().into_iter().map(|(_, at)| at).collect();
        assert_eq!(names, ["t5", "t4", "t3", "t2", "t1"]);
        assert_eq!(times, [5.0, 5.0, 7.0, 7.0, 8.0]);
        assert_eq!(run.time("t1", "submitted"), Some(0.0));
    });
}

#[test]
fn seed_001_as_completed_delivers_in_order_of_completion() {
    each_seed(&format!("threads 2\n{FIVE} mode as_completed"), |run| {
        let times: Vec<f64> = run.delivered().into_iter().map(|(_, at)| at).collect();
        let mut names: Vec<String> = run.delivered().into_iter().map(|(name, _)| name).collect();
        names[2..4].sort();
        assert_eq!(times, [4.0, 5.0, 7.0, 7.0, 8.0]);
        assert_eq!(names, ["t4", "t5", "t2", "t3", "t1"]);
    });
}

#[test]
fn rule_57_an_empty_map_submits_nothing() {
    each_seed("threads 1\n do\n map\n try next m", |run| {
        assert_eq!(run.main()[..2], ["next: exhausted", "print caught StopIteration: "]);
        assert_eq!(run.workers(), 0);
    });
}

#[test]
fn rules_59_60_an_items_error_comes_when_it_is_retrieved_and_ends_the_iterator() {
    each_seed(
        "threads 1
         a: identity(1)
         b: fail()
         c: sleep(1)
         d: sleep(1)
         do
         map a b c d
         sleep 0.5
         next
         try next
         try next",
        |run| {
            let expected = [
                "map a",
                "next: ValueError: Called broken function",
                "print caught ValueError: Called broken function",
                "next: exhausted",
                "print caught StopIteration: ",
            ];
            assert_eq!(run.main()[..5], expected);
        },
    );
}

#[test]
fn rule_61_after_an_error_what_has_not_started_is_cancelled_and_what_has_runs_on() {
    each_seed(
        "threads 1
         a: identity(1)
         b: fail()
         c: sleep(1)
         d: sleep(1)
         e: sleep(1)
         do
         map a b c d e
         sleep 0.5
         next
         try next",
        |run| {
            // The item right behind the failing one has started long ago.
            assert_eq!(run.outcome("c"), "1");
            for cancelled in ["d", "e"] {
                assert_eq!(run.state(cancelled), FutureState::CancelledAndNotified, "{cancelled}");
                assert!(!run.ran(cancelled));
            }
            assert!(run.place("e", "cancelled") < run.place("d", "cancelled"), "the last first");
        },
    );
}

#[test]
fn rules_62_63_maps_clock_starts_with_the_call_and_a_late_head_is_cancelled_with_the_rest() {
    each_seed(
        "threads 1
         a: sleep(2)
         b: sleep(1)
         c: sleep(1)
         do
         map a b c 1
         sleep 1.5
         try next
         try next",
        |run| {
            let expected = [
                "timed out",
                "next: TimeoutError",
                "print caught TimeoutError: ",
                "next: exhausted",
                "print caught StopIteration: ",
            ];
            assert_eq!(run.main()[..5], expected);
            assert_eq!(run.outcome("a"), "2", "what runs cannot be cancelled");
            assert!(run.state("b").cancelled() && run.state("c").cancelled());
        },
    );
}

#[test]
fn rule_63_a_blocked_next_times_out_at_the_deadline() {
    each_seed("threads 1\n a: sleep(2)\n b: sleep(1)\n do\n map a b 1\n try next", |run| {
        let late = run
            .records
            .iter()
            .find(|r| matches!(r.event, shared::engine::event::Event::TimedOut { .. }));
        assert_eq!(late.map(|record| record.at.seconds()), Some(1.0));
        assert!(run.state("b").cancelled());
    });
}

#[test]
fn rule_64_a_value_that_is_there_is_delivered_even_after_the_deadline() {
    each_seed("threads 1\n a: identity(1)\n do\n map a 1\n sleep 2\n next", |run| {
        assert_eq!(run.main()[0], "map a");
    });
}

#[test]
fn rules_65_66_closing_cancels_the_rest_but_only_after_the_first_next() {
    let text = |touched: &str| {
        format!(
            "threads 1
             a: identity(1)
             b: sleep(1)
             c: sleep(1)
             d: sleep(1)
             do
             map a b c d
             {touched}
             sleep 0.5
             close"
        )
    };
    each_seed(&text("next"), |run| {
        assert_eq!(run.outcome("b"), "1");
        assert!(run.state("c").cancelled() && run.state("d").cancelled());
    });
    each_seed(&text("print untouched"), |run| {
        assert_eq!(run.outcome("d"), "1");
    });
}

#[test]
fn rules_65_66_an_iterator_that_nothing_speaks_of_any_more_is_closed() {
    let steps = |tasks: &str, steps: &str| {
        let program = format!(
            r#"{{"with_block":false,"steps":[{tasks}{{"do":"map","tasks":["a","b","c","d"],"as":"m"}},{steps}]}}"#
        );
        let task = |id: &str, function: &str| format!(r#"{{"id":"{id}","function":"{function}"}}"#);
        let sleeps = ["a", "b", "c", "d"]
            .map(|id| format!(r#"{{"id":"{id}","function":"sleep","args":{{"seconds":1}}}}"#));
        let text = format!(
            r#"{{"format":1,"executor":{{"kind":"threads","workers":1}},"tasks":[{},{}],"program":{program}}}"#,
            task("x", "fail"),
            sleeps.join(",")
        );
        Scenario::parse(&text).unwrap().check().map(Arc::new).unwrap()
    };
    let cancelled = |plan: &Arc<Plan>| {
        let mut view = View::new(plan.clone());
        Sim::new(plan.clone(), 0).run().iter().for_each(|record| view.apply(record));
        view.futures.iter().filter(|future| future.state.cancelled()).count()
    };
    let next = r#"{"do":"next","of":"m"}"#;
    let sleep = r#"{"do":"sleep","span":"100ms"}"#;
    assert_eq!(cancelled(&steps("", &format!("{next},{sleep}"))), 2, "main ends");
    assert_eq!(cancelled(&steps("", sleep)), 0, "a generator that never began");
    let other = r#"{"do":"map","tasks":[],"as":"m"}"#;
    let again = format!(r#"{next},{sleep},{other},{{"do":"sleep","span":"5s"}}"#);
    assert_eq!(cancelled(&steps("", &again)), 2, "the name stands for another");
    let in_loop = format!(r#"{{"do":"for","in":"m","as":"y","steps":[{other},{sleep}]}}"#);
    assert_eq!(cancelled(&steps("", &in_loop)), 0, "the loop goes through it");
    let failed = r#"{"do":"submit","task":"x"},{"do":"try","steps":[{"do":"result","of":"x"}],
        "except":[{"kind":"ValueError","steps":[]}]},"#;
    assert_eq!(
        cancelled(&steps(failed, &format!("{next},{sleep}"))),
        0,
        "a traceback has main's frame"
    );
    let uncaught = format!(r#"{next},{sleep},{{"do":"raise","error":"KeyError"}}"#);
    assert_eq!(cancelled(&steps("", &uncaught)), 0, "so has an error that nobody caught");
}

#[test]
fn rule_67_the_thread_pool_ignores_the_chunksize() {
    each_seed(
        "threads 1
         a: identity(1)
         b: identity(2)
         c: identity(3)
         do
         chunks a b c 2
         all",
        |run| {
            let maps: Vec<String> = run.main().into_iter().take(3).collect();
            assert_eq!(maps, ["map a", "map b", "map c"]);
        },
    );
}

#[test]
fn the_mode_map_ends_with_the_exception_and_skips_later_levels() {
    let text = |options: &str| {
        format!(
            "threads 1
             a: identity(1)
             b: fail()
             c: sleep(1)
             d: identity(@a)
             e: identity(@b)
             mode map {options}"
        )
    };
    each_seed(&text("{}"), |run| {
        let main = run.main();
        assert_eq!(main[..2], ["map a", "next: ValueError: Called broken function"]);
        assert_eq!(main.last().unwrap(), "end ValueError: Called broken function");
        let skipped = run.count(|e| matches!(e, shared::engine::event::Event::TaskSkipped { .. }));
        assert_eq!(skipped, 2, "d and e");
    });
    each_seed(&text("{\"on_error\":\"continue\"}"), |run| {
        assert_eq!(run.outcome("d"), "1");
        assert_eq!(run.main().last().unwrap(), "end");
    });
}
