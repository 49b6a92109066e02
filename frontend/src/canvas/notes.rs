//! Notes: texts on the ground of the drawing, for whoever looks at it. No run knows of them.
//!
//! A note can be the subject of keys and menus as tasks can: one at a time, and never together with
//! tasks. Its text is written in a field over it; going elsewhere or Ctrl Enter keeps that, Esc leaves
//! the note as it was, and a note without a text is none.

use leptos::html::Textarea;
use leptos::prelude::*;
use shared::limits;
use shared::scenario::Note;
use shared::scenario::edit::Edit;
use shared::units::with_commas;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, WheelEvent};

use super::gestures::Gestures;
use super::{Camera, NODE_H, NODE_W, is_in_sight};
use crate::bench::{Bench, Editing, Pane, Selection};
use crate::focus::focus;
use crate::keys::GRAPH;
use crate::outline;

/// Width of a note, in the graph's units.
pub const NOTE_W: i32 = 240;

/// Characters that about fill a line of a note.
const LINE: usize = 30;

/// Characters that may still be written when it is said how many.
const FEW_LEFT: usize = 200;

impl Bench {
    /// Makes a note what keys and menus are about.
    pub fn select_note(self, note: usize) {
        self.selection.set(Selection::Nothing);
        self.note.set(Some(note));
    }

    /// Writes a new note in the middle of what is seen.
    pub fn new_note(self) {
        self.note.set(None);
        let place = if is_in_sight() {
            self.middle.get_untracked()
        } else {
            // The outline has a field for it, which a phone may not show now.
            self.pane.set(Pane::Graph);
            outline::place_below(self)
        };
        self.editing.set(Some(Editing::NewNote(place)));
    }
}

/// How many lines a text about has on a note.
fn lines(text: &str) -> usize {
    text.split('\n').map(|line| line.chars().count().div_ceil(LINE).max(1)).sum()
}

/// The corners of nodes that would take about as much room as this note.
pub fn room(note: &Note) -> [(i32, i32); 2] {
    let (x, y) = note.position;
    #[allow(clippy::cast_possible_truncation)] // small and whole
    let (node_w, node_h) = (NODE_W as i32, NODE_H as i32);
    let height = 24 + 20 * i32::try_from(lines(&note.text)).unwrap_or(100);
    [(x, y), (x.saturating_add(NOTE_W - node_w), y.saturating_add((height - node_h).max(0)))]
}

/// The note that this is part of.
pub fn note_at(element: &Element) -> Option<usize> {
    element.closest("[data-note]").ok().flatten()?.get_attribute("data-note")?.parse().ok()
}

/// All notes.
#[component]
pub fn Notes() -> impl IntoView {
    let bench = Bench::get();
    let count = Memo::new(move |_| bench.editor.scenario.with(|all| all.notes.len()));
    view! {
        <For each=move || 0..count.get() key=|at| *at let:at>
            <OneNote at=at/>
        </For>
    }
}

#[component]
fn OneNote(at: usize) -> impl IntoView {
    let bench = Bench::get();
    let note = Memo::new(move |_| bench.editor.scenario.with(|all| all.notes.get(at).cloned()));
    let place = Memo::new(move |_| {
        note.with(|note| note.as_ref().map(|it| it.position).unwrap_or_default())
    });
    let text = move || note.with(|note| note.as_ref().map(|note| note.text.clone()));
    view! {
        <foreignObject x=move || place.get().0 y=move || place.get().1 width=NOTE_W height="20">
            <div
                class="note"
                class:selected=move || bench.note.get() == Some(at)
                class:edited=move || bench.editing.get() == Some(Editing::Note(at))
                data-note=at
                role="note"
                tabindex="0"
                on:focus=move |_| bench.select_note(at)
            >
                {text}
            </div>
        </foreignObject>
    }
}

/// The field over the note that is being written.
#[component]
pub fn NoteField(camera: Camera, gestures: Gestures) -> impl IntoView {
    let bench = Bench::get();
    move || {
        let editing = bench.editing.get()?;
        let note = match &editing {
            Editing::Task(_) => return None,
            Editing::Note(at) => {
                bench.editor.scenario.with_untracked(|all| all.notes.get(*at).cloned())?
            }
            Editing::NewNote(position) => Note { text: String::new(), position: *position },
        };
        Some(view! { <Field editing=editing note=note camera=camera gestures=gestures/> })
    }
}

#[component]
fn Field(editing: Editing, note: Note, camera: Camera, gestures: Gestures) -> impl IntoView {
    let bench = Bench::get();
    let field = NodeRef::<Textarea>::new();
    let Note { text: before, position } = note;
    let text = RwSignal::new(before.clone());
    let keep = move || {
        if bench.editing.get_untracked().as_ref() == Some(&editing) {
            bench.editing.set(None);
            write(bench, &editing, text.get_untracked().trim_end());
        }
    };
    let keep = StoredValue::new(keep);
    let on_key = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "Enter" if event.ctrl_key() || event.meta_key() => keep.with_value(|keep| keep()),
            "Escape" => bench.editing.set(None),
            _ => return,
        }
        focus(GRAPH);
        event.prevent_default();
        event.stop_propagation();
    };
    // Leaving the window is not leaving the field; so it is asked where the focus is then.
    let left = move |_| {
        request_animation_frame(move || {
            let here = document().active_element();
            let element = field.try_get_untracked().flatten();
            let within = element.is_none_or(|field| {
                here.as_ref().is_some_and(|here| here == field.unchecked_ref::<Element>())
            });
            if !within {
                keep.try_with_value(|keep| keep());
            }
        });
    };
    Effect::new(move |_| {
        let Some(field) = field.get() else { return };
        // At once: the next key may come before the next frame does.
        let _ = field.focus();
        field.select();
        request_animation_frame(move || {
            let element: &HtmlElement = &field;
            camera.reveal(position, NOTE_W, element.offset_height());
        });
    });
    let rows = move || text.with(|text| lines(text)).max(3);
    let few_left = move || {
        let count = text.with(|text| text.chars().count());
        let limit = with_commas(&limits::TEXT_CHARS.to_string());
        (count + FEW_LEFT > limits::TEXT_CHARS)
            .then(|| format!("{} of {limit} characters. ", with_commas(&count.to_string())))
    };
    view! {
        <div
            class="note-field"
            style:transform=move || camera.over(position)
            on:wheel=move |event: WheelEvent| gestures.wheel(&event)
        >
            <textarea
                aria-label="Text of the note"
                placeholder="What to look for, what to ask yourself …"
                maxlength=limits::TEXT_CHARS
                rows=rows
                node_ref=field
                on:input=move |event| text.set(event_target_value(&event))
                on:keydown=on_key
                on:focusout=left
            >
                {before}
            </textarea>
            <p>{few_left} <kbd>"Ctrl"</kbd> " " <kbd>"Enter"</kbd> " keeps, " <kbd>"Esc"</kbd> " leaves"</p>
        </div>
    }
}

/// Makes what was written of a note part of the document.
pub fn write(bench: Bench, editing: &Editing, text: &str) {
    match editing {
        Editing::Task(_) => {}
        Editing::NewNote(_) if text.is_empty() => bench.say("A note without a text is none."),
        Editing::NewNote(position) => {
            if bench.editor.edit(Edit::AddNote { text: text.to_owned(), position: *position }) {
                let count = bench.editor.scenario.with_untracked(|all| all.notes.len());
                // Whoever went on to a task is there now.
                if bench.selection.with_untracked(|selection| *selection == Selection::Nothing) {
                    bench.note.set(Some(count - 1));
                }
            }
        }
        Editing::Note(note) if text.is_empty() => {
            bench.editor.edit(Edit::RemoveNote(*note));
            bench.note.set(None);
            bench.say("Deleted the note: it has no text.");
        }
        Editing::Note(note) => {
            bench.editor.edit(Edit::SetNote { note: *note, text: text.to_owned() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_has_as_many_lines_as_its_text_fills() {
        assert_eq!(lines(""), 1);
        assert_eq!(lines("one\n\nthree"), 3);
        assert_eq!(lines(&"x".repeat(61)), 3);
    }

    #[test]
    fn a_note_takes_the_room_of_its_width_and_lines() {
        let note = Note { text: "one\ntwo\nthree\nfour".to_owned(), position: (20, 40) };
        assert_eq!(room(&note), [(20, 40), (84, 88)]);
    }
}
