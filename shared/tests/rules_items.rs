//! Map nodes: §8.3 and §8.5's rules of `map`, with items instead of tasks.

#![allow(clippy::float_cmp)] // virtual time is exact

mod common;

use common::{Run, each_seed, plan, run};
use shared::engine::event::{Event, YieldedBy};
use shared::outcome::Outcome;
use shared::scenario::{Count, Scenario};
use shared::units::TaskId;
use shared::view::View;
use shared::view::shown::Shown;

const MODES: [&str; 4] = ["map", "submit", "as_completed", "wait"];

/// What each call of the graph carries, as the view names it, in the order of submission.
fn calls(run: &Run) -> Vec<String> {
    let mut view = View::new(run.plan.clone());
    run.records.iter().for_each(|record| view.apply(record));
    view.futures.into_iter().map(|future| future.name).collect()
}

/// The items that `map` delivered, by name, and when.
fn yielded(run: &Run) -> Vec<(String, f64)> {
    let mut view = View::new(run.plan.clone());
    let mut yielded = Vec::new();
    for record in &run.records {
        view.apply(record);
        if let Event::Yielded { from: YieldedBy::Map, future, item, .. } = &record.event {
            yielded.push((view.item_name(*future, *item), record.at.seconds()));
        }
    }
    yielded
}

/// The value of the last task, which all others feed.
fn last_value(run: &Run) -> String {
    let last = run.plan.tasks.last().expect("there are tasks").id.clone();
    run.outcome(&last)
}

#[test]
fn rules_54_96_a_map_nodes_value_is_the_list_of_its_items_results_in_every_mode() {
    for executor in ["threads 2", "processes 2", "pool 2"] {
        for mode in MODES {
            for chunksize in [1, 2, 3, 100] {
                let text = format!(
                    "{executor}
                     squares: square({{\"each\": {{\"range\": [1, 6]}}}})
                     list: identity(@squares)
                     mode {mode} {{\"chunksize\": {chunksize}}}"
                );
                for seed in 0..8 {
                    let run = run(&text, seed);
                    assert_eq!(last_value(&run), "[1, 4, 9, 16, 25]", "{text} {seed}");
                }
            }
        }
    }
}

#[test]
fn rule_56_several_mapped_arguments_are_zipped_and_the_shortest_decides() {
    for mode in MODES {
        each_seed(
            &format!(
                "threads 2
                 d: diff({{\"each\": [10, 20, 30]}}, {{\"each\": {{\"range\": [5]}}}})
                 list: identity(@d)
                 mode {mode}"
            ),
            |run| assert_eq!(last_value(run), "[10, 19, 28]"),
        );
    }
    let endless = "threads 1
                   d: diff({\"each\": {\"count\": 1}}, {\"each\": [1, 2]})
                   mode submit";
    assert_eq!(plan(endless).tasks[0].items, Some(Count::Finite(2)));
}

#[test]
fn what_is_not_mapped_is_the_same_for_each_item_and_may_come_from_another_task() {
    for mode in MODES {
        each_seed(
            &format!(
                "processes 2
                 ten: identity(10)
                 d: diff(@ten, {{\"each\": [1, 2, 3]}})
                 list: identity(@d)
                 mode {mode} {{\"chunksize\": 2}}"
            ),
            |run| assert_eq!(last_value(run), "[9, 8, 7]"),
        );
    }
}

#[test]
fn rule_57_a_map_node_without_items_submits_nothing_and_is_an_empty_list() {
    for (executor, mode) in
        ["threads 1", "pool 1"].iter().flat_map(|executor| MODES.map(|mode| (executor, mode)))
    {
        each_seed(
            &format!(
                "{executor}\n none: square({{\"each\": []}})\n list: identity(@none)\n mode {mode}"
            ),
            |run| {
                assert_eq!(calls(run), ["list"], "{mode}");
                assert_eq!(last_value(run), "[]");
            },
        );
    }
}

#[test]
fn rules_53_55_a_maps_items_are_submitted_first_and_held_back_for_the_head() {
    each_seed("threads 2\n s: sleep({\"each\": [5, 4, 3, 2, 1]})\n mode map", |run| {
        let submitted = |record: &shared::engine::event::Record| match &record.event {
            Event::Submitted { .. } => Some(record.at.seconds()),
            _ => None,
        };
        let submitted: Vec<f64> = run.records.iter().filter_map(submitted).collect();
        assert_eq!(submitted, [0.0; 5]);
        let names = ["s[0]", "s[1]", "s[2]", "s[3]", "s[4]"].map(str::to_owned);
        assert_eq!(
            yielded(run).into_iter().unzip(),
            (names.to_vec(), vec![5.0, 5.0, 7.0, 7.0, 8.0])
        );
    });
}

#[test]
fn rules_67_96_181_chunks_are_calls_and_threads_have_none() {
    let text = |executor: &str, mode: &str| {
        format!(
            "{executor}\n s: square({{\"each\": {{\"range\": [7]}}}})\n mode {mode} {{\"chunksize\": 3}}"
        )
    };
    for mode in MODES {
        let chunks = ["s[0…2]", "s[3…5]", "s[6]"];
        each_seed(&text("processes 2", mode), |run| assert_eq!(calls(run), chunks, "{mode}"));
        each_seed(&text("threads 2", mode), |run| assert_eq!(calls(run).len(), 7, "{mode}"));
    }
}

#[test]
fn rule_98_a_failing_item_loses_its_chunk_and_no_other() {
    let failing = "processes 2
         s: fail({\"each\": [\"ValueError\", \"KeyError\", \"TypeError\"]})
         list: identity(@s)";
    for mode in ["submit", "as_completed", "wait"] {
        each_seed(&format!("{failing}\n mode {mode} {{\"chunksize\": 2}}"), |run| {
            let ends = |event: &Event| match event {
                Event::Finished { outcome: Outcome::Raised(raised), .. } => {
                    Some(raised.kind.clone())
                }
                _ => None,
            };
            let mut ends: Vec<String> = run.records.iter().filter_map(|r| ends(&r.event)).collect();
            ends.sort();
            // The second item of the first chunk was never run.
            assert_eq!(ends, ["TypeError", "ValueError"], "{mode}");
            assert_eq!(run.count(|event| matches!(event, Event::TaskSkipped { .. })), 1);
        });
    }
}

#[test]
fn rules_59_60_61_a_map_over_items_ends_at_the_one_that_raised() {
    each_seed(
        "threads 1
         f: fail({\"each\": [\"ValueError\", \"KeyError\", \"TypeError\", \"OSError\"]}, \"oops\", 1)
         g: identity(@f)
         mode map",
        |run| {
            assert!(yielded(run).is_empty());
            assert_eq!(run.main().last().unwrap(), "end ValueError: oops");
            // The thread may have taken the second item before main looks.
            let cancelled = run.count(|event| matches!(event, Event::Cancelled { .. }));
            assert!((2..=3).contains(&cancelled));
            assert_eq!(run.count(|event| matches!(event, Event::TaskSkipped { .. })), 1);
        },
    );
}

#[test]
fn a_map_node_is_an_executor_map_of_its_own_behind_the_plain_tasks_of_its_level() {
    each_seed(
        "threads 2
         squares: square({\"each\": [1, 2]})
         a: sleep(1)
         b: sleep(2)
         after: identity(@squares)
         mode map",
        |run| {
            assert_eq!(calls(run), ["a", "b", "squares[0]", "squares[1]", "after"]);
            assert_eq!(run.time("squares", "submitted"), Some(2.0));
        },
    );
}

#[test]
fn rules_68_69_buffersize_submits_so_many_calls_and_one_more_each_next_before_it_waits() {
    let text = "threads 1\n s: sleep({\"each\": [1, 1, 1, 1, 1]})\n mode map {\"buffersize\": 2}";
    each_seed(text, |run| {
        let submitted = |record: &shared::engine::event::Record| match &record.event {
            Event::Submitted { .. } => Some(record.at.seconds()),
            _ => None,
        };
        let submitted: Vec<f64> = run.records.iter().filter_map(submitted).collect();
        // Two at the call and one at the first next, then one whenever the head has come.
        assert_eq!(submitted, [0.0, 0.0, 0.0, 1.0, 2.0]);
        assert_eq!(yielded(run).len(), 5);
    });
}

#[test]
fn rule_69_with_chunks_a_next_that_finds_its_item_submits_nothing() {
    let text = "processes 1 spawn
                s: identity({\"each\": {\"range\": [10]}})
                mode map {\"chunksize\": 2, \"buffersize\": 1}";
    each_seed(text, |run| {
        let mut story = Vec::new();
        for record in &run.records {
            match &record.event {
                Event::Submitted { .. } => story.push('s'),
                Event::Yielded { .. } => story.push('y'),
                _ => {}
            }
        }
        assert_eq!(story.into_iter().collect::<String>(), "ssyysyysyysyyyy");
    });
}

#[test]
fn rule_70_buffersize_works_with_items_that_never_end() {
    let text = "threads 2\n s: sleep({\"each\": {\"count\": 1}}, 7)\n mode map {\"buffersize\": 3}";
    let run = run(text, 0);
    // It sleeps longer and longer, up to the end of the run.
    assert!(yielded(&run).len() > 3);
    assert_eq!(run.cause(), shared::engine::event::EndCause::Deadline);
}

#[test]
fn rule_71_a_buffersize_is_a_number_above_0() {
    let text = |buffersize: &str| {
        format!(
            r#"{{"format":1,"executor":{{"kind":"threads","workers":1}},"tasks":[],
            "program":{{"mode":"map","buffersize":{buffersize}}}}}"#
        )
    };
    let wrong = |buffersize: &str| {
        let checked = Scenario::parse(&text(buffersize)).and_then(Scenario::check);
        checked.map(|_| ()).unwrap_err().to_string()
    };
    for buffersize in ["0", "-1"] {
        assert_eq!(wrong(buffersize), "at /program/buffersize: buffersize must be None or > 0");
    }
    for buffersize in ["1.5", "\"2\"", "true"] {
        let words = "at /program/buffersize: buffersize must be an integer or None";
        assert_eq!(wrong(buffersize), words);
    }
}

#[test]
fn rule_72_a_refill_after_shutdown_raises_even_if_the_head_is_there() {
    each_seed(
        "threads 2
         s: sleep({\"each\": [1, 3, 1, 1, 1, 1, 1]}, 5)
         mode map {\"buffersize\": 3}
         when {\"do\": {\"shutdown\": {}}, \"when\": {\"at\": \"2s\"}}",
        |run| {
            // s[0] came at 1; s[1] is at work until 3, and while main waits for it s[2] has come.
            assert_eq!(yielded(run).len(), 2);
            let end = "end RuntimeError: cannot schedule new futures after shutdown";
            assert_eq!(run.main().last().unwrap(), end);
            let cancelled = |event: &Event| matches!(event, Event::Cancelled { .. });
            assert!(run.count(cancelled) <= 2);
            let finished = |event: &Event| matches!(event, Event::Finished { .. });
            assert_eq!(run.count(finished) + run.count(cancelled), calls(run).len());
        },
    );
}

/// A scenario of steps over one map node.
fn steps(executor: &str, tasks: &str, steps: &str) -> std::sync::Arc<shared::scenario::Plan> {
    let text = format!(
        r#"{{"format":1,"executor":{executor},"tasks":[{tasks}],"program":{{"steps":[{steps}]}}}}"#
    );
    let checked = Scenario::parse(&text).and_then(Scenario::check);
    std::sync::Arc::new(checked.unwrap_or_else(|error| panic!("{error}\nin {text}")))
}

fn run_steps(tasks: &str, text: &str, seed: u64) -> Run {
    let plan = steps(r#"{"kind":"processes","workers":2}"#, tasks, text);
    Run { records: shared::sim::Sim::new(plan.clone(), seed).run(), plan }
}

const SQUARES: &str = r#"{"id":"squares","function":"square","args":{"x":{"each":[3,1,2]}}},
    {"id":"list","function":"identity","args":{"value":{"from":"squares"}}}"#;

#[test]
fn a_submitted_map_node_is_a_list_of_futures_with_the_places_of_its_items_as_names() {
    let text = r#"
        {"do":"submit","task":"squares"},
        {"do":"add_done_callback","of":"squares","print":"{task} is {outcome}"},
        {"do":"wait","of":"squares","as":"sets"},
        {"do":"for","in":"squares","as":"future","steps":[
            {"do":"result","of":"future","as":"x"},{"do":"print","text":"{future}: {x}"}]},
        {"do":"as_completed","of":["squares"],"as":"future","steps":[{"do":"done","of":"future","as":"d"}]},
        {"do":"repeat","until_done":["squares"],"steps":[{"do":"print","text":"once"}]},
        {"do":"submit","task":"list"},
        {"do":"result","of":"list","as":"all"},
        {"do":"print","text":"{squares} gave {all}, {sets.not_done}"},
        {"do":"try","steps":[{"do":"result","of":"squares"}],
         "except":[{"kind":"AttributeError","as":"e","steps":[{"do":"print","text":"{e}"}]}]}"#;
    for seed in 0..16 {
        let run = run_steps(SQUARES, text, seed);
        let mut callbacks: Vec<String> = run.printed();
        let main: Vec<String> = run
            .main()
            .into_iter()
            .filter_map(|l| l.strip_prefix("print ").map(str::to_owned))
            // What is added to a future that is done is called at once, by main.
            .filter(|line| !line.contains(" is "))
            .collect();
        callbacks.retain(|line| line.contains(" is "));
        callbacks.sort();
        assert_eq!(callbacks, ["squares[0] is 9", "squares[1] is 1", "squares[2] is 4"]);
        let expected = [
            "squares[0]: 9",
            "squares[1]: 1",
            "squares[2]: 4",
            "once",
            "[squares[0], squares[1], squares[2]] gave [9, 1, 4], {}",
            "'list' object has no attribute 'result'",
        ];
        assert_eq!(main, expected);
        assert_eq!(
            run.count(|e| matches!(e, Event::Yielded { from: YieldedBy::AsCompleted, .. })),
            3
        );
    }
}

#[test]
fn rules_96_181_maps_over_nodes_and_tasks_flatten_items_to_chunks() {
    let tasks = r#"{"id":"a","function":"identity","args":{"value":"a"}},
        {"id":"squares","function":"square","args":{"x":{"each":{"range":[5]}}}}"#;
    let text = r#"{"do":"map","tasks":["a","squares"],"as":"m","chunksize":4},
        {"do":"for","in":"m","as":"x","steps":[{"do":"print","text":"{x}"}]}"#;
    for seed in 0..16 {
        let run = run_steps(tasks, text, seed);
        assert_eq!(calls(&run), ["a…squares[2]", "squares[3…4]"]);
        assert_eq!(run.printed(), ["a", "0", "1", "4", "9", "16"]);
    }
}

#[test]
fn rules_68_69_72_a_script_sees_its_map_pull_and_refuse() {
    let tasks = r#"{"id":"n","function":"identity","args":{"value":{"each":{"count":7}}}}"#;
    let text = r#"{"do":"map","tasks":["n"],"as":"m","buffersize":2},
        {"do":"next","of":"m","as":"x"},{"do":"print","text":"{x}"},
        {"do":"next","of":"m","as":"x"},{"do":"print","text":"{x}"},
        {"do":"sleep","span":"1s"},
        {"do":"shutdown"},
        {"do":"try","steps":[{"do":"next","of":"m"}],
         "except":[{"kind":"RuntimeError","as":"e","steps":[{"do":"print","text":"{e}"}]}]},
        {"do":"try","steps":[{"do":"next","of":"m"}],
         "except":[{"kind":"StopIteration","as":"e","steps":[{"do":"print","text":"stop"}]}]}"#;
    for seed in 0..32 {
        let run = run_steps(tasks, text, seed);
        assert_eq!(run.printed(), ["7", "8", "cannot schedule new futures after shutdown", "stop"]);
        // Two at the call, one each at the two nexts that could.
        assert_eq!(calls(&run), ["n[0]", "n[1]", "n[2]", "n[3]"]);
    }
}

#[test]
fn a_closed_map_with_a_buffersize_pulls_nothing_more() {
    let tasks = r#"{"id":"n","function":"identity","args":{"value":{"each":{"count":7}}}}"#;
    let text = r#"{"do":"map","tasks":["n"],"as":"m","buffersize":2},
        {"do":"next","of":"m"},{"do":"close","of":"m"},
        {"do":"for","in":"m","as":"x","steps":[{"do":"print","text":"never"}]}"#;
    for seed in 0..16 {
        let run = run_steps(tasks, text, seed);
        assert!(run.printed().is_empty());
        assert_eq!(calls(&run).len(), 3);
    }
}

#[test]
fn main_can_compute_a_map_node_itself_one_item_after_the_other() {
    let text = r#"{"do":"call","task":"squares","as":"x"},{"do":"print","text":"{x}"}"#;
    assert_eq!(run_steps(SQUARES, text, 0).printed(), ["[9, 1, 4]"]);
    let none = r#"{"id":"squares","function":"square","args":{"x":{"each":[]}}}"#;
    assert_eq!(run_steps(none, text, 0).printed(), ["[]"]);
    let fails =
        r#"{"id":"squares","function":"fail","args":{"kind":{"each":["ValueError","KeyError"]}}}"#;
    let run = run_steps(fails, text, 0);
    assert_eq!(run.main().last().unwrap(), "end ValueError: Called broken function");
}

#[test]
fn a_person_cancels_every_item_that_can_be() {
    let text = "threads 1\n s: sleep({\"each\": [3, 3, 3, 3]})\n mode submit
        when {\"do\": {\"cancel\": \"s\"}, \"when\": {\"at\": \"1s\"}}";
    each_seed(text, |run| {
        let cancelled = |event: &Event| matches!(event, Event::Cancelled { .. });
        assert_eq!(run.count(cancelled), 3);
        let done = |event: &Event| match event {
            Event::Intervened { result, .. } => *result == shared::engine::event::ActResult::Done,
            _ => false,
        };
        assert_eq!(run.count(done), 1);
    });
}

#[test]
fn rule_151_a_pools_map_cuts_a_nodes_items_by_its_formula() {
    let text =
        |mode| format!("pool 2\n s: square({{\"each\": {{\"range\": [100]}}}})\n mode {mode}");
    each_seed(&text("map"), |run| {
        assert_eq!(calls(run).len(), 8);
        assert_eq!(calls(run)[0], "s[0…12]");
    });
    each_seed(&text("as_completed"), |run| assert_eq!(calls(run).len(), 100));
}

#[test]
fn items_that_never_end_are_refused_where_all_of_them_are_taken() {
    let node = r#"{"id":"n","function":"identity","args":{"value":{"each":{"count":0}}}}"#;
    let wrong = |program: &str| {
        let text = format!(
            r#"{{"format":1,"executor":{{"kind":"threads","workers":1}},"tasks":[{node}],"program":{program}}}"#
        );
        Scenario::parse(&text).and_then(Scenario::check).map(|_| ()).unwrap_err().to_string()
    };
    let why = "the items of \"n\" never end; only a map with a buffersize takes them one by one";
    for mode in MODES {
        assert_eq!(wrong(&format!(r#"{{"mode":"{mode}"}}"#)), format!("at /tasks/0/args: {why}"));
    }
    for (step, place) in [
        (r#"{"do":"submit","task":"n"}"#, "task"),
        (r#"{"do":"call","task":"n"}"#, "task"),
        (r#"{"do":"map","tasks":["n"],"as":"m"}"#, "tasks"),
    ] {
        let at = format!("at /program/steps/0/{place}: {why}");
        assert_eq!(wrong(&format!(r#"{{"steps":[{step}]}}"#)), at);
    }
}

#[test]
fn forty_thousand_items_go_through_the_simulator_in_every_mode() {
    for (mode, chunksize, calls) in [
        ("map", 1, 39_999),
        ("map", 1_000, 40),
        ("submit", 1_000, 40),
        ("as_completed", 1, 39_999),
        ("wait", 1_000, 40),
    ] {
        let text = format!(
            "processes 2
             primes: is_prime({{\"each\": {{\"range\": [1, 40000]}}}})
             mode {mode} {{\"chunksize\": {chunksize}}}"
        );
        let run = run(&text, 0);
        let submitted = |event: &Event| matches!(event, Event::Submitted { .. });
        assert_eq!(run.count(submitted), calls, "rule 181: ceil(L / c)");
        let items = run.records.iter().map(|record| match &record.event {
            Event::Returned { items, .. } => items.outcomes.len(),
            _ => 0,
        });
        assert_eq!(items.sum::<usize>(), 39_999);
        let mut view = View::new(run.plan.clone());
        run.records.iter().for_each(|record| view.apply(record));
        let node = view.items(TaskId(0)).unwrap();
        assert_eq!(node.that_are(Shown::Succeeded), 39_999);
        assert_eq!(node.words(), "39,999 of 39,999");
    }
}

#[test]
fn a_view_counts_a_map_nodes_items_as_walking_all_its_futures_would() {
    let texts = [
        "processes 2\n s: sleep({\"each\": [3, 1, 2, 1, 1, 1, 1]})\n mode map {\"chunksize\": 2}",
        "threads 2\n s: fail({\"each\": [\"ValueError\", \"KeyError\", \"OSError\", \"TypeError\"]}, \"m\", 1)\n mode map",
        "processes 2\n s: hard_exit({\"each\": [1, 2, 3, 4]}, 1)\n mode wait",
        "threads 1\n s: sleep({\"each\": [1, 1, 1]})\n mode submit
         when {\"do\": {\"shutdown\": {\"cancel_futures\": true}}, \"when\": {\"at\": \"500ms\"}}",
    ];
    for text in texts {
        for seed in 0..8 {
            let run = run(text, seed);
            let mut view = View::new(run.plan.clone());
            for record in &run.records {
                view.apply(record);
                let node = view.items(TaskId(0)).unwrap();
                let mut walked = [0; 9];
                for (index, future) in view.futures.iter().enumerate() {
                    let look = view.shown_future(shared::units::FutureId::at(index));
                    walked[look as usize] += future.work.item_count();
                }
                let submitted: u32 = walked.iter().sum();
                walked[Shown::Waiting as usize] = node.of.unwrap() - submitted;
                assert_eq!(Shown::ALL.map(|look| node.that_are(look)), walked, "{text} {seed}");
            }
        }
    }
}
