//! Notes on the canvas, and several edits as one.

use super::*;
use crate::scenario::{Note, ScenarioErrorKind};

fn note(text: &str, position: (i32, i32)) -> Note {
    Note { text: text.to_owned(), position }
}

#[test]
fn a_note_is_added_written_moved_and_deleted() {
    let position = (20, 40);
    let mut history = History::new(abc());
    for edit in [
        Edit::AddNote { text: text("first"), position },
        Edit::AddNote { text: text("Why?\n\nLook."), position },
        Edit::RemoveNote(0),
        Edit::SetNote { note: 0, text: text("Why not?") },
    ] {
        history.edit(edit).unwrap();
    }
    for x in [40, 60] {
        history.edit_merging(Edit::MoveNote { note: 0, position: (x, 40) }).unwrap();
    }
    assert_eq!(history.now().notes, [note("Why not?", (60, 40))]);
    let names = std::iter::from_fn(|| history.undo());
    let in_words =
        ["move a note", "write a note", "delete a note", "add a note", "add a note"].map(text);
    assert_eq!(names.collect::<Vec<_>>(), in_words);
    assert_eq!(**history.now(), abc());
}

#[test]
fn a_note_that_there_is_not_or_that_is_too_long_or_one_too_many_is_refused() {
    let gone = "There is no such note; it may have been deleted.";
    assert_eq!(refusal(&Edit::RemoveNote(0), &abc()), gone);
    assert_eq!(refusal(&Edit::SetNote { note: 7, text: text("x") }, &abc()), gone);
    let long = Edit::AddNote { text: "é".repeat(2_001), position: (0, 0) };
    assert_eq!(
        refusal(&long, &abc()),
        "That would make 2001 characters of a note; at most 2000 are allowed."
    );
    let many = Scenario { notes: vec![note("x", (0, 0)); limits::NOTES], ..abc() };
    let one_more = Edit::AddNote { text: text("x"), position: (0, 0) };
    assert_eq!(refusal(&one_more, &many), "That would make 101 notes; at most 100 are allowed.");
}

#[test]
fn notes_of_a_document_have_limits_too_and_every_one_that_is_too_long_is_found() {
    let long = "x".repeat(limits::TEXT_CHARS + 1);
    let notes = vec![note(&long, (0, 0)), note("short", (0, 0)), note(&long, (0, 0))];
    let found = problems(&Scenario { notes, ..abc() });
    let places: Vec<&str> = found.iter().map(|error| error.at.as_str()).collect();
    assert_eq!(places, ["/notes/0/text", "/notes/2/text"]);
    let many = Scenario { notes: vec![note("x", (0, 0)); limits::NOTES + 1], ..abc() };
    let error = many.check().unwrap_err();
    assert_eq!(error.at, "/notes");
    assert!(matches!(error.kind, ScenarioErrorKind::TooMany { .. }));
}

#[test]
fn a_note_is_read_as_it_was_written_and_a_document_without_says_nothing_of_notes() {
    let noted = Scenario { notes: vec![note("Why?\n\nLook.", (-20, 40))], ..abc() };
    assert_eq!(Scenario::parse(&noted.to_json()), Ok(noted));
    assert!(!abc().to_json().contains("notes"));
}

#[test]
fn several_edits_as_one_are_all_made_or_none() {
    let together = |edits| Edit::Together { name: text("edit a"), edits };
    let rename = |to: &str| Edit::Rename { from: text("a"), to: text(to) };
    let mut history = History::new(abc());
    assert!(history.edit(together(vec![add("hang"), rename("b")])).is_err());
    assert_eq!(**history.now(), abc());
    history.edit(together(vec![add("hang"), rename("z")])).unwrap();
    assert_eq!((history.now().tasks.len(), history.undo_name()), (4, Some("edit a")));
    history.undo();
    assert_eq!(**history.now(), abc());
}
