//! What a person does, and when.

use super::*;
use crate::scenario::{Anchor, PlannedAct};

fn cancel(task: &str) -> PlannedAct {
    PlannedAct::Cancel(text(task))
}

fn at_ms(ms: u64) -> Moment {
    Moment { at: Some(Span::from_ms(ms)), ..Moment::default() }
}

#[test]
fn an_intervention_is_added_changed_and_removed_and_each_can_be_undone() {
    let mut history = History::new(abc());
    let edits = [
        (
            Edit::AddIntervention(Intervention { act: cancel("a"), when: at_ms(500) }),
            "add: cancel a",
        ),
        (Edit::SetMoment(0, at_ms(700)), "change the time of: cancel a"),
        (
            Edit::SetAct(0, PlannedAct::Shutdown { cancel_futures: true }),
            "change what a person does to: shut down, cancel the pending",
        ),
        (Edit::RemoveIntervention(0), "delete: shut down, cancel the pending"),
    ];
    let mut been = Vec::new();
    for (edit, name) in &edits {
        been.push(history.now().clone());
        history.edit(edit).unwrap();
        assert_eq!(history.undo_name(), Some(*name));
        assert_eq!(problems(history.now()), [], "{name}");
    }
    assert_eq!(**history.now(), abc());
    for before in been.iter().rev() {
        history.undo();
        assert_eq!(history.now(), before);
    }
}

#[test]
fn a_time_that_is_dragged_is_one_step_back() {
    let mut history = History::new(abc());
    history
        .edit(Edit::AddIntervention(Intervention { act: cancel("a"), when: at_ms(500) }))
        .unwrap();
    let before = history.now().clone();
    for ms in [600, 700, 800] {
        history.edit_merging(Edit::SetMoment(0, at_ms(ms))).unwrap();
    }
    history.undo();
    assert_eq!(*history.now(), before);
}

#[test]
fn what_is_not_there_cannot_be_changed() {
    let words = "A person does not do that any more; it may have been deleted.";
    for edit in
        [Edit::RemoveIntervention(0), Edit::SetMoment(2, at_ms(1)), Edit::SetAct(0, cancel("a"))]
    {
        assert_eq!(refusal(&edit, &abc()), words);
    }
    let mut full = abc();
    let one = Intervention { act: cancel("a"), when: at_ms(1) };
    full.interventions = vec![one.clone(); limits::INTERVENTIONS];
    assert_eq!(
        refusal(&Edit::AddIntervention(one), &full),
        "That would make 5001 interventions; at most 5000 are allowed."
    );
}

#[test]
fn a_moment_is_told_as_people_say_it() {
    let after = Some(Anchor::Running(text("a")));
    let told = [
        (at_ms(1500), "at 1.5 s"),
        (Moment { after: after.clone(), ..Moment::default() }, "when a is running"),
        (Moment { after, plus: Some(Span::from_ms(200)), at: None }, "0.2 s after a is running"),
    ];
    for (moment, words) in told {
        assert_eq!(moment.words(), words);
    }
}
