//! Copying, and pasting what was copied.

use std::collections::BTreeSet;

use super::*;

fn copy(scenario: &Scenario, ids: &[&str]) -> Scenario {
    let ids: BTreeSet<String> = texts(ids).into_iter().collect();
    let text = copied(scenario, &ids).to_json();
    Scenario::parse(&text).unwrap()
}

fn paste(into: &Scenario, copied: &Scenario, near: (i32, i32)) -> Scenario {
    apply(&Edit::Paste { tasks: copied.tasks.clone(), near }, into)
}

#[test]
fn what_is_copied_is_an_experiment_of_its_own() {
    let copied = copy(&abc(), &["b", "c"]);
    assert_eq!(json(&copied, "b"), r#"{"id":"b","function":"sum","args":{"values":[1]}}"#);
    assert_eq!(
        json(&copied, "c"),
        r#"{"id":"c","function":"sleep","args":{"seconds":1},"after":["b"]}"#
    );
    copied.check().unwrap();
}

#[test]
fn what_a_script_does_with_its_tasks_is_not_copied() {
    let scripted = with_program(
        r#"{"id":"a","function":"sleep","args":{"seconds":1}}"#,
        r#"{"steps":[{"do":"submit","task":"a"}]}"#,
    );
    let copied = copy(&scripted, &["a"]);
    assert_eq!(copied.program.mode, Some(Mode::Submit));
    copied.check().unwrap();
}

#[test]
fn pasted_tasks_get_free_ids_and_keep_the_edges_among_them() {
    let pasted = paste(&abc(), &copy(&abc(), &["a", "b"]), (0, 0));
    let ids: Vec<&str> = pasted.tasks.iter().map(|task| task.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c", "a-2", "b-2"]);
    let edges: Vec<(String, String)> =
        edges(&pasted).into_iter().map(|edge| (edge.from, edge.to)).collect();
    assert!(edges.contains(&(text("a-2"), text("b-2"))));
    assert!(!edges.contains(&(text("a"), text("b-2"))), "that would be duplicate");
    assert_eq!(problems(&pasted), []);
}

#[test]
fn an_id_that_is_free_is_kept() {
    let pasted = paste(&scenario(""), &copy(&abc(), &["a", "b", "c"]), (0, 0));
    assert_eq!(pasted.tasks.iter().map(|task| &*task.id).collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[test]
fn pasted_often_it_stands_near_and_covers_nothing() {
    use crate::graph::layout::{HEIGHT, WIDTH, bounds};
    let copied = copy(&abc(), &["a", "b", "c"]);
    let mut now = scenario("");
    for _ in 0..6 {
        now = paste(&now, &copied, (500, 300));
    }
    let corners: Vec<_> = now.tasks.iter().map(|task| task.position.unwrap()).collect();
    let (x, y, width, height) = bounds(&corners[..3]).unwrap();
    assert!((490..=510).contains(&(x + width / 2)) && (290..=310).contains(&(y + height / 2)));
    for (at, (x1, y1)) in corners.iter().enumerate() {
        for (x2, y2) in &corners[..at] {
            let apart = x1.abs_diff(*x2) >= WIDTH as u32 || y1.abs_diff(*y2) >= HEIGHT as u32;
            assert!(apart, "({x1}, {y1}) covers ({x2}, {y2})");
        }
    }
}

#[test]
fn more_than_there_may_be_is_refused_and_changes_nothing() {
    let one = copy(&abc(), &["a"]);
    let many = Scenario { tasks: vec![one.tasks[0].clone(); limits::TASKS], ..one };
    let edit = Edit::Paste { tasks: many.tasks, near: (0, 0) };
    assert_eq!(refusal(&edit, &abc()), "That would make 2003 tasks; at most 2000 are allowed.");
}

#[test]
fn the_history_says_what_was_pasted() {
    let name =
        |ids: &[&str]| Edit::Paste { tasks: copy(&abc(), ids).tasks, near: (0, 0) }.name(&abc());
    assert_eq!(name(&["a"]), "paste a");
    assert_eq!(name(&["a", "b"]), "paste 2 tasks");
}
