//! What is wrong, all at once.

use std::path::PathBuf;

use super::*;
use crate::scenario::ScenarioErrorKind;

#[test]
fn everything_that_is_wrong_is_named_with_its_place() {
    let text = r#"{"format":1,"scale":70,"executor":{"kind":"threads","workers":0,"start_method":"fork"},
        "tasks":[
          {"id":"a","function":"sleep","args":{"seconds":"x","more":1}},
          {"id":"a","function":"slepe"},
          {"id":"c c","function":"diff","args":{"x":{"from":"q"}},"after":["d","c c"]},
          {"id":"d","function":"sum","args":{"values":[[{"from":"q"}],{"from":"e"}]}},
          {"id":"e","function":"identity","args":{"value":{"from":"d"}}}],
        "program":{"mode":"submit","chunksize":2,"timeout":"1s"},
        "interventions":[{"do":{"cancel":"q"},"when":{"at":"1s"}},
                         {"do":{"kill_worker":1},"when":{"at":"1s"}},
                         {"do":{"open":"c c"},"when":{}}]}"#;
    let found = problems(&Scenario::parse(text).unwrap());
    let places: Vec<&str> = found.iter().map(|error| error.at.as_str()).collect();
    assert_eq!(
        places,
        [
            "/scale",
            "/executor/workers",
            "/executor/start_method",
            "/tasks/0/args/more",
            "/tasks/0/args/seconds",
            "/tasks/1/id",
            "/tasks/1/function",
            "/tasks/2/id",
            "/tasks/2/args/x/from",
            "/tasks/2/args",
            "/tasks/3/args/values/0/0/from",
            "/tasks/2",
            "/program/chunksize",
            "/program/timeout",
            "/interventions/0/do",
            "/interventions/1/do",
        ]
    );
    assert_eq!(
        found[6].to_string(),
        "at /tasks/1/function: there is no function \"slepe\"; did you mean \"sleep\"?"
    );
    assert_eq!(found[11].kind, ScenarioErrorKind::Circle(texts(&["c c", "c c"])));
}

#[test]
fn a_scenario_full_of_mistakes_has_only_so_many_named() {
    let task = |i| format!(r#"{{"id":"t{i}","function":"nothing","after":["z"]}}"#);
    let tasks: Vec<String> = (0..limits::TASKS).map(task).collect();
    assert_eq!(problems(&scenario(&tasks.join(","))).len(), PROBLEMS);
}

#[test]
fn the_examples_have_no_problems() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../static/examples");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let now = Scenario::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(problems(&now), [], "{}", path.display());
        // Without its tasks a program is short, but nothing in it hangs in the air.
        for task in &now.tasks {
            let less = apply(&Edit::Remove(vec![task.id.clone()]), &now);
            assert_eq!(problems(&less), [], "{} without {}", path.display(), task.id);
        }
    }
}
