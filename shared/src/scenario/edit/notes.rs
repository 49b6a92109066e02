//! Notes: adding, writing, moving and deleting them. A note is named by its place in the document.

use super::Refused;
use super::refused::at_most;
use crate::limits;
use crate::scenario::{Note, Scenario};

/// See [`super::Edit::AddNote`].
pub(super) fn add(
    scenario: &mut Scenario,
    text: &str,
    position: (i32, i32),
) -> Result<(), Refused> {
    at_most("notes", scenario.notes.len() + 1, limits::NOTES)?;
    scenario.notes.push(Note { text: fitting(text)?, position });
    Ok(())
}

/// See [`super::Edit::SetNote`].
pub(super) fn set(scenario: &mut Scenario, note: usize, text: &str) -> Result<(), Refused> {
    find(scenario, note)?.text = fitting(text)?;
    Ok(())
}

/// See [`super::Edit::MoveNote`].
pub(super) fn move_to(
    scenario: &mut Scenario,
    note: usize,
    position: (i32, i32),
) -> Result<(), Refused> {
    find(scenario, note)?.position = position;
    Ok(())
}

/// See [`super::Edit::RemoveNote`].
pub(super) fn remove(scenario: &mut Scenario, note: usize) -> Result<(), Refused> {
    find(scenario, note)?;
    scenario.notes.remove(note);
    Ok(())
}

fn find(scenario: &mut Scenario, note: usize) -> Result<&mut Note, Refused> {
    scenario.notes.get_mut(note).ok_or(Refused::UnknownNote)
}

fn fitting(text: &str) -> Result<String, Refused> {
    at_most("characters of a note", text.chars().count(), limits::TEXT_CHARS)?;
    Ok(text.to_owned())
}
