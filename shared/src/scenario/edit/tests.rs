//! What each edit does, on the smallest scenario that shows it.

mod clipboard;
mod edges;
mod history;
mod interventions;
mod notes;
mod problems;
mod settings;
mod steps;

use super::*;
use crate::limits;
use crate::value::Value;

/// A scenario of threads with these tasks and this program.
fn with_program(tasks: &str, program: &str) -> Scenario {
    let text = format!(
        r#"{{"format":1,"executor":{{"kind":"threads","workers":2}},"tasks":[{tasks}],"program":{program}}}"#
    );
    Scenario::parse(&text).unwrap()
}

fn scenario(tasks: &str) -> Scenario {
    with_program(tasks, r#"{"mode":"submit"}"#)
}

/// `a` feeds `b`'s list, `c` only comes after `b`.
fn abc() -> Scenario {
    scenario(
        r#"{"id":"a","function":"sleep","args":{"seconds":2},"position":[0,0]},
           {"id":"b","function":"sum","args":{"values":[1,{"from":"a"}]}},
           {"id":"c","function":"sleep","args":{"seconds":1},"after":["b"]}"#,
    )
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().copied().map(text).collect()
}

fn add(function: &str) -> Edit {
    Edit::AddTask { function: text(function), position: None }
}

fn connect(from: &str, to: &str) -> Edit {
    Edit::Connect { from: text(from), to: text(to) }
}

fn apply(edit: &Edit, scenario: &Scenario) -> Scenario {
    edit.apply(scenario).unwrap()
}

fn refusal(edit: &Edit, scenario: &Scenario) -> String {
    edit.apply(scenario).unwrap_err().to_string()
}

/// A task as JSON, which is short to read.
fn json(scenario: &Scenario, id: &str) -> String {
    let task = scenario.tasks.iter().find(|task| task.id == id).unwrap();
    serde_json::to_string(task).unwrap()
}

/// The steps as JSON.
fn steps(scenario: &Scenario) -> String {
    serde_json::to_string(scenario.program.steps.as_ref().unwrap()).unwrap()
}

#[test]
fn a_new_task_is_right_at_once_whatever_it_does() {
    let mut now = scenario("");
    for function in crate::function::CATALOGUE {
        now = apply(&add(function.name), &now);
        assert_eq!(problems(&now), [], "{function:?}");
    }
    now.check().unwrap();
}

#[test]
fn new_tasks_get_the_next_free_number() {
    let edit = Edit::AddTask { function: text("sleep"), position: Some((140, 100)) };
    let mut now = scenario("");
    for _ in 0..3 {
        now = apply(&edit, &now);
    }
    let ids: Vec<&str> = now.tasks.iter().map(|task| task.id.as_str()).collect();
    assert_eq!(ids, ["sleep", "sleep-2", "sleep-3"]);
    assert_eq!(now.tasks[2].position, Some((140, 100)));
    assert_eq!(edit.name(&now), "add sleep-4");
    assert_eq!(refusal(&add("nap"), &now), "There is no function \"nap\" in the catalogue.");
}

#[test]
fn a_long_id_is_shortened_to_make_room_for_its_number() {
    let long = "x".repeat(limits::NAME_CHARS);
    let now = scenario(&format!(r#"{{"id":"{long}","function":"hang"}}"#));
    let now = apply(&Edit::Duplicate(vec![long]), &now);
    assert_eq!(now.tasks[1].id.len(), limits::NAME_CHARS);
    now.check().unwrap();
}

#[test]
fn copies_keep_their_edges_among_each_other_and_from_outside() {
    let now = apply(&Edit::Duplicate(texts(&["c", "b"])), &abc());
    assert_eq!(
        json(&now, "b-2"),
        r#"{"id":"b-2","function":"sum","args":{"values":[1,{"from":"a"}]}}"#
    );
    assert_eq!(
        json(&now, "c-2"),
        r#"{"id":"c-2","function":"sleep","args":{"seconds":1},"after":["b-2"]}"#
    );
    let now = apply(&Edit::Duplicate(texts(&["a"])), &now);
    assert_eq!(now.tasks.last().unwrap().position, Some((40, 40)));
}

#[test]
fn a_copy_of_a_numbered_task_gets_the_next_number() {
    let tasks = r#"{"id":"task-5","function":"hang"},{"id":"task-6","function":"hang"}"#;
    let now = apply(&Edit::Duplicate(texts(&["task-5"])), &scenario(tasks));
    assert_eq!(now.tasks[2].id, "task-7");
}

#[test]
fn with_a_task_go_its_edges_and_what_a_person_does_to_it() {
    let mut now = abc();
    now.interventions = serde_json::from_str(
        r#"[{"do":{"cancel":"b"},"when":{"at":"1s"}},
            {"do":{"cancel":"c"},"when":{"after":{"running":"b"}}},
            {"do":{"cancel":"c"},"when":{"at":"1s"}}]"#,
    )
    .unwrap();
    let now = apply(&Edit::Remove(texts(&["b"])), &now);
    assert_eq!(json(&now, "c"), r#"{"id":"c","function":"sleep","args":{"seconds":1}}"#);
    assert_eq!(now.interventions.len(), 1);
    now.check().unwrap();
}

#[test]
fn what_a_deleted_task_fed_gets_a_literal_back_if_it_must_have_one() {
    let now = scenario(
        r#"{"id":"a","function":"hang"},
           {"id":"b","function":"diff","args":{"x":{"from":"a"},"y":5}},
           {"id":"c","function":"sleep","args":{"seconds":1,"returns":{"from":"a"}}},
           {"id":"d","function":"sum","args":{"values":[7,{"from":"a"}]}}"#,
    );
    let now = apply(&Edit::Remove(texts(&["a"])), &now);
    assert_eq!(json(&now, "b"), r#"{"id":"b","function":"diff","args":{"x":1,"y":5}}"#);
    assert_eq!(json(&now, "c"), r#"{"id":"c","function":"sleep","args":{"seconds":1}}"#);
    assert_eq!(json(&now, "d"), r#"{"id":"d","function":"sum","args":{"values":[7]}}"#);
    assert_eq!(
        refusal(&Edit::Remove(texts(&["b", "z"])), &now),
        "There is no task \"z\"; it may have been deleted."
    );
}

#[test]
fn with_a_task_go_its_steps_and_what_only_they_bound() {
    let now = with_program(
        r#"{"id":"a","function":"hang"},{"id":"b","function":"hang"}"#,
        r#"{"steps":[
            {"do":"submit","task":["a","b"]},
            {"do":"for","in":["a","b"],"as":"f","steps":[{"do":"result","of":"f"}]},
            {"do":"result","of":"a","as":"value"},
            {"do":"print","text":"{value}"},
            {"do":"print","text":"{{value}} of {b}"},
            {"do":"if","future":"a","is":"done"},
            {"do":"wait","of":"a"}]}"#,
    );
    let now = apply(&Edit::Remove(texts(&["a"])), &now);
    assert_eq!(
        steps(&now),
        concat!(
            r#"[{"do":"submit","task":["b"]},"#,
            r#"{"do":"for","in":["b"],"as":"f","steps":[{"do":"result","of":"f"}]},"#,
            r#"{"do":"print","text":"{{value}} of {b}"}]"#
        )
    );
    now.check().unwrap();
}

#[test]
fn a_task_is_renamed_wherever_it_is_spoken_of() {
    let mut now = with_program(
        r#"{"id":"a","function":"hang"},
           {"id":"b","function":"sum","args":{"values":[{"from":"a"},"a"]},"after":["a"]}"#,
        r#"{"steps":[
            {"do":"submit","task":"a"},
            {"do":"add_done_callback","of":["a","b"],"print":"{task} a"},
            {"do":"try","steps":[{"do":"result","of":"a","as":"a"}],
             "except":[{"kind":"Exception","steps":[{"do":"print","text":"a {a} {a.kind} {{a}}"}]}]}]}"#,
    );
    now.interventions =
        serde_json::from_str(r#"[{"do":{"open":"a"},"when":{"after":{"taken":"a"}}}]"#).unwrap();
    now.clone().check().unwrap();
    let edit = Edit::Rename { from: text("a"), to: text("x") };
    assert_eq!(edit.name(&now), "rename a to x");
    let now = apply(&edit, &now);
    assert_eq!(
        json(&now, "b"),
        r#"{"id":"b","function":"sum","args":{"values":[{"from":"x"},"a"]},"after":["x"]}"#
    );
    assert_eq!(
        steps(&now),
        concat!(
            r#"[{"do":"submit","task":"x"},"#,
            r#"{"do":"add_done_callback","of":["x","b"],"print":"{task} a"},"#,
            r#"{"do":"try","steps":[{"do":"result","of":"x","as":"x"}],"except":[{"kind":"Exception","#,
            r#""steps":[{"do":"print","text":"a {x} {x.kind} {{a}}"}]}]}]"#
        )
    );
    assert_eq!(
        serde_json::to_string(&now.interventions).unwrap(),
        r#"[{"do":{"open":"x"},"when":{"after":{"taken":"x"}}}]"#
    );
    now.check().unwrap();
}

#[test]
fn a_name_that_is_taken_or_none_is_refused() {
    let now = with_program(
        r#"{"id":"a","function":"hang"},{"id":"b","function":"hang"}"#,
        r#"{"steps":[{"do":"done","of":"a","as":"is_done"}]}"#,
    );
    let refused = |to: &str| refusal(&Edit::Rename { from: text("a"), to: text(to) }, &now);
    assert_eq!(refused("b"), "There is a task \"b\" already. Ids are unique; choose another.");
    assert!(refused("is_done").starts_with("The program's steps use the name \"is_done\""));
    assert!(refused("b b").starts_with("\"b b\" cannot be a name: use a letter"));
    assert!(refused("").starts_with("\"\" cannot be a name"));
}

#[test]
fn another_function_keeps_what_fits_and_loses_no_edge() {
    let now = scenario(
        r#"{"id":"a","function":"hang"},{"id":"b","function":"hang"},
           {"id":"c","function":"slow_sum","args":{"seconds":2,"x":{"from":"a"},"y":{"from":"b"}}}"#,
    );
    let to = |now: &Scenario, function: &str| {
        let edit = Edit::SetFunction { task: text("c"), function: text(function) };
        json(&apply(&edit, now), "c")
    };
    assert_eq!(
        to(&now, "slow_diff"),
        r#"{"id":"c","function":"slow_diff","args":{"seconds":2,"x":{"from":"a"},"y":{"from":"b"}}}"#
    );
    assert_eq!(
        to(&now, "sum"),
        r#"{"id":"c","function":"sum","args":{"values":[{"from":"a"},{"from":"b"}]}}"#
    );
    assert_eq!(
        to(&now, "square"),
        r#"{"id":"c","function":"square","args":{"x":{"from":"a"}},"after":["b"]}"#
    );
    assert_eq!(
        to(&now, "fetch"),
        r#"{"id":"c","function":"fetch","args":{"url":"http://www.bbc.co.uk/"},"after":["a","b"]}"#
    );
    assert_eq!(to(&now, "hang"), r#"{"id":"c","function":"hang","after":["a","b"]}"#);
}

#[test]
fn a_literal_that_the_other_function_cannot_take_is_replaced() {
    let now = scenario(r#"{"id":"a","function":"sleep","args":{"seconds":0.5}}"#);
    let edit = Edit::SetFunction { task: text("a"), function: text("allocate") };
    assert_eq!(
        json(&apply(&edit, &now), "a"),
        r#"{"id":"a","function":"allocate","args":{"mb":1,"seconds":0.5}}"#
    );
    let now = scenario(r#"{"id":"a","function":"square","args":{"x":true}}"#);
    let edit = Edit::SetFunction { task: text("a"), function: text("factors") };
    assert_eq!(
        json(&apply(&edit, &now), "a"),
        r#"{"id":"a","function":"factors","args":{"n":12}}"#
    );
}

#[test]
fn an_argument_is_set_cleared_and_may_be_wrong_for_a_while() {
    let set = |param: &str, arg| Edit::SetArg { task: text("a"), param: text(param), arg };
    let edit = set("seconds", Some(Arg::Value(Value::from("soon"))));
    assert_eq!(edit.name(&abc()), "set seconds of a");
    let now = apply(&edit, &abc());
    let found = problems(&now);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].at, "/tasks/0/args/seconds");
    let now = apply(&set("seconds", None), &now);
    assert_eq!(json(&now, "a"), r#"{"id":"a","function":"sleep","position":[0,0]}"#);
    assert_eq!(
        refusal(&set("x", Some(Arg::Value(Value::None))), &now),
        "sleep has no argument \"x\"."
    );
    let circle = set("seconds", Some(Arg::From(text("c"))));
    assert!(refusal(&circle, &now).starts_with("c → a would close a circle: c → a → b → c."));
    let unknown = set("seconds", Some(Arg::From(text("z"))));
    assert!(refusal(&unknown, &now).starts_with("There is no task \"z\""));
}

#[test]
fn there_can_be_no_more_tasks_and_edges_than_the_limits_say() {
    let task = |i| format!(r#"{{"id":"t{i}","function":"hang"}}"#);
    let tasks: Vec<String> = (0..limits::TASKS).map(task).collect();
    let mut full = scenario(&tasks.join(","));
    let sentence = "That would make 2001 tasks; at most 2000 are allowed.";
    assert_eq!(refusal(&add("sleep"), &full), sentence);
    assert_eq!(refusal(&Edit::Duplicate(texts(&["t1"])), &full), sentence);
    for place in 1_000..1_010 {
        full.tasks[place].after = (0..1_000).map(|i| format!("t{i}")).collect();
    }
    assert_eq!(
        refusal(&connect("t1", "t1999"), &full),
        "That would make 10001 edges; at most 10000 are allowed."
    );
}

#[test]
fn several_tasks_are_counted_in_a_name() {
    let now = abc();
    assert_eq!(Edit::Remove(texts(&["a"])).name(&now), "delete a");
    assert_eq!(Edit::Remove(texts(&["a", "b", "c"])).name(&now), "delete 3 tasks");
    assert_eq!(connect("a", "b").name(&now), "connect a → b");
    let edit = Edit::SetFunction { task: text("a"), function: text("sum") };
    assert_eq!(edit.name(&now), "turn a into sum");
}
