//! The notes below the outline: the same texts as on the drawing, for whoever does without it.

use leptos::html::Textarea;
use leptos::prelude::*;
use shared::limits;
use shared::scenario::edit::Edit;
use web_sys::KeyboardEvent;

use crate::bench::{Bench, Editing};
use crate::canvas::{NODE_H, graph_bounds, write_note};
use crate::focus::focus;
use crate::icons::Icon;
use crate::keys::write_out;

/// All notes, each in a field, and one that is being begun.
#[component]
pub fn OutlineNotes() -> impl IntoView {
    let bench = Bench::get();
    let count = Memo::new(move |_| bench.editor.scenario.with(|all| all.notes.len()));
    let is_new = move || bench.editing.with(|editing| matches!(editing, Some(Editing::NewNote(_))));
    let none = move || count.get() == 0 && !is_new();
    view! {
        <section class="outline-notes" aria-label="Notes" hidden=none>
            <h3>"Notes"</h3>
            <For each=move || 0..count.get() key=|at| *at let:at>
                <OneNote at=at/>
            </For>
            {move || is_new().then(|| view! { <NewNote/> })}
        </section>
    }
}

#[component]
fn OneNote(at: usize) -> impl IntoView {
    let bench = Bench::get();
    let text = Memo::new(move |_| {
        bench
            .editor
            .scenario
            .with(|all| all.notes.get(at).map(|note| note.text.clone()))
            .unwrap_or_default()
    });
    let rows = move || text.with(|text| text.lines().count().max(2));
    let keep = move |event| write_note(bench, &Editing::Note(at), &event_target_value(&event));
    let remove = move |_| {
        bench.editor.edit(Edit::RemoveNote(at));
        // Keys and menus may have been about it, on the drawing.
        bench.note.set(None);
        request_animation_frame(|| {
            focus(".outline-notes textarea, .outline-pane .wide");
        });
    };
    view! {
        <div class="one-note">
            <textarea
                class="field"
                aria-label=format!("Note {}", at + 1)
                data-outline-note=at
                maxlength=limits::TEXT_CHARS
                rows=rows
                prop:value=text
                on:change=keep
                on:keydown=on_key
            ></textarea>
            <button type="button" class="btn quiet icon" aria-label=format!("Delete note {}", at + 1) on:click=remove>
                <Icon of="#i-trash"/>
            </button>
        </div>
    }
}

#[component]
fn NewNote() -> impl IntoView {
    let bench = Bench::get();
    let field = NodeRef::<Textarea>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            let _ = field.focus();
        }
    });
    let keep = move |event: web_sys::Event| {
        // Esc has given it up; the field says so late that it changed.
        let Some(editing @ Editing::NewNote(_)) = bench.editing.get_untracked() else { return };
        bench.editing.set(None);
        write_note(bench, &editing, event_target_value(&event).trim_end());
        // Here it has a field, and is not what keys and menus are about.
        bench.note.set(None);
    };
    let leave = move |_| {
        if bench.editing.with_untracked(|editing| matches!(editing, Some(Editing::NewNote(_)))) {
            bench.editing.set(None);
        }
    };
    let key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            bench.editing.set(None);
            focus(".outline-pane .wide");
            event.prevent_default();
            event.stop_propagation();
        } else {
            on_key(event);
        }
    };
    view! {
        <div class="one-note">
            <textarea
                class="field"
                aria-label="Text of the new note"
                placeholder="What to look for, what to ask yourself …"
                maxlength=limits::TEXT_CHARS
                rows="3"
                node_ref=field
                on:change=keep
                on:blur=leave
                on:keydown=key
            ></textarea>
        </div>
    }
}

/// Ctrl Enter keeps what is written; Enter alone is a line of it.
#[allow(clippy::needless_pass_by_value)] // as listeners are
fn on_key(event: KeyboardEvent) {
    if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
        write_out();
        event.prevent_default();
        event.stop_propagation();
    }
}

/// A place on the drawing below everything that is there.
pub fn place_below(bench: Bench) -> (i32, i32) {
    #[allow(clippy::cast_possible_truncation)] // small and whole
    let gap = NODE_H as i32;
    let (left, top, _, height) = graph_bounds(bench).unwrap_or_default();
    (left, top.saturating_add(height).saturating_add(gap))
}
