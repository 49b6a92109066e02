//! Each mistake that an author can make, and what it says.

use super::*;
use crate::value::Value;

const GOOD: &str = r#"{"format":1,"executor":{"kind":"threads","workers":2},
    "tasks":[{"id":"a","function":"identity","args":{"value":1}},
             {"id":"b","function":"identity","args":{"value":{"from":"a"}}}],
    "program":{"mode":"submit"}}"#;

fn error(text: &str) -> String {
    match Scenario::parse(text).and_then(Scenario::check) {
        Ok(_) => "no error".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn changed(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from} is not in the example");
    error(&GOOD.replace(from, to))
}

#[test]
fn a_good_scenario_becomes_a_plan() {
    let plan = Scenario::parse(GOOD).unwrap().check().unwrap();
    assert_eq!(plan.task(TaskId(1)).inputs, [TaskId(0)]);
    assert_eq!(plan.arguments(TaskId(1), &[Value::Int(7)], 0), [Value::Int(7)]);
}

#[test]
fn threads_have_a_gil_unless_they_say_otherwise_and_processes_share_none() {
    let gil = |executor: &str| {
        let text = GOOD.replace(r#""kind":"threads","workers":2"#, executor);
        Scenario::parse(&text).and_then(Scenario::check).unwrap().gil()
    };
    assert!(gil(r#""kind":"threads","workers":2"#));
    assert!(gil(r#""kind":"threads","workers":2,"gil":true"#));
    assert!(!gil(r#""kind":"threads","workers":2,"gil":false"#));
    for kind in ["interpreters", "processes", "pool"] {
        assert!(!gil(&format!(r#""kind":"{kind}","workers":2"#)), "{kind}");
    }
}

#[test]
fn a_scenario_survives_its_own_json() {
    let scenario = Scenario::parse(GOOD).unwrap();
    assert_eq!(Scenario::parse(&scenario.to_json()), Ok(scenario));
}

#[test]
fn each_mistake_has_one_message_and_its_place() {
    let cases = [
        (changed("{\"format\":1,", "{\"format\":1,,"), "this is not JSON: "),
        (changed("\"format\":1", "\"format\":2"), "at /format: format 2 is from a later"),
        (
            changed("\"workers\":2", "\"workers\":0"),
            "at /executor/workers: max_workers must be greater than 0",
        ),
        (
            changed("\"workers\":2", "\"workers\":17"),
            "at /executor/workers: there are 17 threads; at most 16",
        ),
        (
            changed("\"threads\",\"workers\":2", "\"processes\",\"workers\":2,\"gil\":true"),
            "at /executor/gil: only a thread pool's threads share a GIL; leave it out or choose",
        ),
        (changed("\"workers\":2", "\"workers\":\"two\""), "at /executor/workers: invalid type"),
        (
            changed("\"identity\"", "\"identify\""),
            "at /tasks/0/function: there is no function \"identify\"; did you mean \"identity\"?",
        ),
        (
            changed("{\"value\":1}", "{\"worth\":1}"),
            "at /tasks/0/args/worth: identity has no argument \"worth\"; it takes value",
        ),
        (changed("{\"value\":1}", "{}"), "at /tasks/0/args: identity needs the argument \"value\""),
        (
            changed("{\"value\":1}", "{\"value\":{\"from\":\"b\"}}"),
            "at /tasks/0: a → b → a is a circle",
        ),
        (
            changed("\"from\":\"a\"", "\"from\":\"z\""),
            "at /tasks/1/args/value/from: there is no task \"z\"",
        ),
        (changed("\"id\":\"b\"", "\"id\":\"a\""), "at /tasks/1/id: there are two tasks"),
        (changed("\"id\":\"b\"", "\"id\":\"b b\""), "at /tasks/1/id: \"b b\" cannot be a name"),
        (
            changed("\"mode\":\"submit\"", "\"mode\":\"submti\""),
            "at /program/mode: unknown variant `submti`",
        ),
        (changed("\"mode\":\"submit\"", ""), "at /program: a program needs a mode"),
        (
            changed("\"mode\":\"submit\"", "\"steps\":[{\"do\":\"result\",\"of\":\"q\"}]"),
            "at /program/steps/0/of: there is no task \"q\"",
        ),
    ];
    for (message, start) in cases {
        assert!(message.starts_with(start), "{message}\ndoes not start with\n{start}");
    }
}

#[test]
fn a_huge_text_is_refused_before_it_is_read() {
    let text = " ".repeat(limits::SCENARIO_BYTES + 1);
    assert!(error(&text).starts_with("the scenario has 4194305 bytes"));
}

#[test]
fn too_many_tasks_are_refused() {
    let task = |i| format!(r#"{{"id":"t{i}","function":"identity","args":{{"value":1}}}}"#);
    let tasks: Vec<String> = (0..=limits::TASKS).map(task).collect();
    let text = format!(
        r#"{{"format":1,"executor":{{"kind":"threads","workers":1}},"tasks":[{}],"program":{{"mode":"map"}}}}"#,
        tasks.join(",")
    );
    assert_eq!(error(&text), "at /tasks: there are 2001 tasks; at most 2000 are allowed");
}
