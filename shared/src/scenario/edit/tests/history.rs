//! The way back and the way forth.

use super::*;

#[test]
fn undo_and_redo_say_what_they_do() {
    let mut history = History::new(abc());
    assert_eq!((history.undo(), history.redo()), (None, None));
    history.edit(add("hang")).unwrap();
    history.edit(connect("hang", "b")).unwrap();
    assert!(history.edit(connect("hang", "b")).is_err());
    assert_eq!(history.undo_name(), Some("connect hang → b"));
    assert_eq!(history.undo().as_deref(), Some("connect hang → b"));
    assert_eq!(
        (history.undo_name(), history.redo_name()),
        (Some("add hang"), Some("connect hang → b"))
    );
    history.undo();
    assert_eq!(**history.now(), abc());
    assert_eq!(history.redo().as_deref(), Some("add hang"));
    // A new edit leaves what was undone behind.
    history.edit(add("sum")).unwrap();
    assert_eq!((history.redo_name(), history.now().tasks.len()), (None, 5));
}

#[test]
fn an_edit_that_changes_nothing_is_no_step_and_keeps_the_way_forth() {
    let mut history = History::new(abc());
    history.edit(add("hang")).unwrap();
    history.undo();
    history.edit(Edit::SetWorkers(2)).unwrap();
    history.edit(Edit::Remove(Vec::new())).unwrap();
    assert_eq!((history.undo_name(), history.redo_name()), (None, Some("add hang")));
}

#[test]
fn a_gesture_is_one_step() {
    let place = |x| Edit::Move(vec![(text("a"), (x, 0))]);
    let mut history = History::new(abc());
    for x in [20, 40, 60] {
        history.edit_merging(place(x)).unwrap();
    }
    history.end_merging();
    history.edit_merging(place(80)).unwrap();
    history.edit_merging(Edit::Move(vec![(text("b"), (0, 0))])).unwrap();
    let mut corners = Vec::new();
    while history.undo().is_some() {
        corners.push(history.now().tasks[0].position.unwrap().0);
    }
    assert_eq!(corners, [80, 60, 0]);
}

#[test]
fn a_gesture_that_comes_back_leaves_no_step() {
    let mut history = History::new(abc());
    for title in ["n", "ne", "n", ""] {
        history.edit_merging(Edit::SetTitle(text(title))).unwrap();
    }
    assert_eq!((history.undo_name(), &**history.now()), (None, &abc()));
}

#[test]
fn an_example_that_is_opened_can_be_taken_back() {
    let mut history = History::new(abc());
    history.replace(scenario(""), "open an example");
    assert_eq!(history.undo().as_deref(), Some("open an example"));
    assert_eq!(**history.now(), abc());
}

#[test]
fn only_so_many_steps_are_remembered() {
    let mut history = History::new(abc());
    for step in 0..STEPS + 5 {
        history.edit(Edit::SetTitle(step.to_string())).unwrap();
    }
    let undone = std::iter::from_fn(|| history.undo()).count();
    assert_eq!((undone, history.now().title.as_str()), (STEPS, "4"));
}
