//! Programs of steps: names, loops and their limits, as a Python script has them.

mod common;

use serde_json::{Value as Json, json};

use common::{Run, each_seed};
use shared::engine::event::{ActResult, EndCause, Event};
use shared::scenario::Scenario;
use shared::sim::Sim;

/// A run of these steps over two tasks, `a` and `a.b`, on one thread.
fn run(steps: &Json) -> Run {
    let mut document = common::document("threads 1\n a: identity(0)\n a.b: identity(5)\n do");
    document["tasks"][0]["args"]["value"] = json!([1, 2]);
    document["program"]["steps"] = steps.clone();
    let plan = Scenario::parse(&document.to_string()).and_then(Scenario::check);
    let plan = std::sync::Arc::new(plan.unwrap_or_else(|error| panic!("{error}")));
    Run { records: Sim::new(plan.clone(), 1).run(), plan }
}

fn ends(steps: &Json) -> String {
    run(steps).main().last().unwrap().clone()
}

#[test]
fn a_name_that_stands_for_nothing_is_a_name_error() {
    let steps = json!([{ "do": "result", "of": "a" }]);
    assert_eq!(ends(&steps), "end NameError: name 'a' is not defined");
}

#[test]
fn a_map_that_raised_has_bound_no_name() {
    let steps = json!([
        { "do": "shutdown" },
        { "do": "try", "steps": [{ "do": "map", "tasks": ["a"], "as": "r" }],
          "except": [{ "kind": "RuntimeError" }] },
        { "do": "next", "of": "r" },
    ]);
    assert_eq!(ends(&steps), "end NameError: name 'r' is not defined");
}

#[test]
fn a_loop_goes_through_a_list_and_refuses_what_is_none() {
    let over = |name: &str| {
        json!([
            { "do": "submit", "task": "a" },
            { "do": "result", "of": "a", "as": "v" },
            { "do": "for", "in": name, "as": "x", "steps": [{ "do": "print", "text": "{x}" }] },
        ])
    };
    assert_eq!(run(&over("v")).printed(), ["1", "2"]);
    assert_eq!(ends(&over("a")), "end TypeError: 'Future' object is not iterable");
}

#[test]
fn a_task_may_be_called_like_another_ones_attribute() {
    let steps = json!([
        { "do": "submit", "task": ["a", "a.b"] },
        { "do": "print", "text": "{a} {a.b} {{a}}" },
    ]);
    assert_eq!(run(&steps).printed(), ["a a.b {a}"]);
}

#[test]
fn a_program_that_never_ends_meets_its_limit_of_steps() {
    let names = vec!["a"; 300];
    let mut steps = json!([]);
    for _ in 0..5 {
        steps = json!([{ "do": "for", "in": names, "as": "x", "steps": steps }]);
    }
    let steps = json!([{ "do": "submit", "task": "a" }, steps[0]]);
    assert_eq!(ends(&steps), "end RuntimeError: Futurescope ends a program after 250000 steps");
}

#[test]
fn what_is_printed_has_a_limit_that_is_kept_before_it_is_met() {
    let text = "{v}".repeat(600);
    let mut document = common::document("threads 1\n a: identity(1)\n do\n submit a");
    document["tasks"][0]["args"]["value"] = json!("x".repeat(100_000));
    let steps = document["program"]["steps"].as_array_mut().unwrap();
    steps.push(json!({ "do": "result", "of": "a", "as": "v" }));
    steps.push(json!({ "do": "print", "text": text }));
    let plan = Scenario::parse(&document.to_string()).and_then(Scenario::check).unwrap();
    let plan = std::sync::Arc::new(plan);
    let run = Run { records: Sim::new(plan.clone(), 1).run(), plan };
    assert_eq!(run.printed()[0].len(), shared::limits::PRINTED_CHARS);
}

#[test]
fn an_intervention_whose_time_does_not_come_is_reported() {
    each_seed(
        r#"threads 1
         a: identity(1)
         mode wait
         when {"do":{"cancel":"a"},"when":{"at":"5s"}}"#,
        |run| {
            let never =
                |e: &Event| matches!(e, Event::Intervened { result: ActResult::NeverCame, .. });
            assert_eq!(run.count(never), 1);
        },
    );
}

#[test]
fn work_beyond_the_limit_of_time_is_not_done_to_its_end() {
    // Nine days of trial division, or a thousand million waits: neither is computed.
    for task in ["is_prime(9223372036854775783)", "hang()"] {
        let run = common::run(&format!("threads 1\n a: {task}\n mode wait"), 1);
        assert_eq!(run.cause(), EndCause::Deadline, "{task}");
    }
}

#[test]
fn main_at_a_gate_waits_for_a_person_and_does_not_hang() {
    let run = common::run("threads 1\n a: gate()\n do\n call a", 1);
    assert_eq!(run.cause(), EndCause::Deadline);
}

#[test]
fn a_wrong_type_is_not_called_wrong_json() {
    let text =
        r#"{"format":1,"python":3.14,"executor":{"kind":"threads","workers":1},"program":{}}"#;
    let error = Scenario::parse(text).unwrap_err().to_string();
    assert!(error.starts_with("at /python: "), "{error}");
}

#[test]
fn a_callback_cannot_raise_what_kills_its_thread() {
    for raise in ["SystemExit", "KeyboardInterrupt: x", "", ":", "not a name"] {
        let mut document = common::document("threads 1\n a: identity(1)\n do\n submit a");
        let step = json!({ "do": "add_done_callback", "of": "a", "raise": raise });
        document["program"]["steps"].as_array_mut().unwrap().push(step);
        let checked = Scenario::parse(&document.to_string()).and_then(Scenario::check);
        assert!(checked.is_err(), "{raise}");
    }
}
