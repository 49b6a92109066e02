//! The keys: which command a chord is, and what arrows do on the graph. The list that `?` opens is in
//! `list.rs`, the keys that somebody chose in `own.rs`.

mod list;
mod own;

use leptos::prelude::*;
use shared::scenario::edit::Edit;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use crate::bench::{Bench, Pane, Selection, Tab};
use crate::canvas::{self, NODE_H, NODE_W, place_of};
use crate::focus::focus;
use crate::kept;
use crate::topbar::most_workers;

/// Where the focus goes for the graph, be it a drawing or a list.
pub const GRAPH: &str = ".graph, .tree [tabindex='0'], .outline-pane .wide";

pub use list::Keys;
pub use own::Own;

/// Listens for as long as the workbench is there.
pub fn listen(bench: Bench) {
    own::recall(bench);
    let listener = window_event_listener(leptos::ev::keydown, move |event| {
        if !event.default_prevented() {
            on_key(bench, &event);
        }
    });
    on_cleanup(move || listener.remove());
}

/// Where it is kept that single letters are no keys.
const NO_LETTERS: &str = "no-letters";

/// Whether single letters were keys the last time in this browser.
pub fn letters_recalled() -> bool {
    kept::recalled(NO_LETTERS).is_none()
}

/// Makes single letters and signs keys, or no keys: who speaks to the computer, or trembles, may not
/// want that one letter does something.
fn choose_letters(bench: Bench, letters: bool) {
    bench.letters.set(letters);
    kept::keep(NO_LETTERS, (!letters).then_some("1"));
}

/// Whether somebody is typing: single letters are letters then.
pub fn is_typing(event: &web_sys::Event) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| {
        let within = |what: &str| element.closest(what).ok().flatten().is_some();
        // What has just been closed keeps the focus until the next frame.
        !within("dialog:not([open])")
            && within("input:not([type=radio]):not([type=checkbox]), select, textarea, dialog")
    })
}

fn on_key(bench: Bench, event: &KeyboardEvent) {
    let key = event.key();
    if key == "Escape" {
        escape(bench, is_typing(event));
        return event.prevent_default();
    }
    let chord = chord(bench, event);
    if chord.chars().count() == 1 && !bench.letters.get_untracked() {
        return;
    }
    let Some(command) = bench.of_chord(&chord) else { return };
    // A key that is held asks once: a worker must not die of it.
    if event.repeat() && !command.repeats {
        return;
    }
    // A dialog has its own keys; copying and pasting have events of their own.
    if command.by_browser || (is_typing(event) && !command.always) {
        return;
    }
    if command.id == "run" {
        write_out();
    }
    event.prevent_default();
    command.run(bench);
}

/// Leaves the field that has the focus: what is being written counts, too.
pub fn write_out() {
    let field = document().active_element();
    if let Some(field) = field.and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = field.blur();
    }
}

/// A key with what is held beside it, as the table spells it.
fn chord(bench: Bench, event: &KeyboardEvent) -> String {
    let key = event.key();
    let code = event.code();
    let digit = match code.as_str() {
        "Comma" => Some(","),
        "Period" => Some("."),
        other => other.strip_prefix("Digit"),
    };
    let digit = digit.map(str::to_owned);
    let letter = event.code().strip_prefix("Key").map(str::to_owned);
    let is_letter = key.chars().count() == 1 && key.chars().all(char::is_alphabetic);
    let name = match (digit, letter) {
        // Whatever sign Shift makes of a digit or a comma here, unless that sign is a chord itself, as `+` on some
        // layouts.
        (Some(digit), _) if event.shift_key() && digit != key && bench.of_chord(&key).is_none() => {
            digit
        }
        // With Alt, some systems make other letters of them.
        (_, Some(letter)) if event.alt_key() => letter,
        _ if is_letter => key.to_uppercase(),
        _ => key.clone(),
    };
    // A sign that needs Shift is that sign.
    let is_sign = name == key && name.chars().count() == 1 && !is_letter;
    let shift = event.shift_key() && !is_sign;
    // Many layouts have `[` only with AltGr, which some systems tell as Ctrl and Alt.
    let is_typed = is_sign && event.get_modifier_state("AltGraph");
    let held = [
        ((event.ctrl_key() || event.meta_key()) && !is_typed, "Ctrl "),
        (event.alt_key() && !is_typed, "Alt "),
        (shift, "Shift "),
    ];
    let held: String = held.into_iter().filter_map(|(held, word)| held.then_some(word)).collect();
    held + &name
}

/// So many workers more.
pub fn more_workers(bench: Bench, by: i32) {
    let executor = bench.editor.scenario.with_untracked(|all| all.executor.clone());
    let wanted = executor.workers.saturating_add_signed(by).clamp(1, most_workers(executor.kind));
    bench.editor.edit_merging(Edit::SetWorkers(wanted));
    bench.say(format!("{wanted} workers."));
}

/// Presses a button of the page.
pub fn press(selector: &str) {
    let button = document().query_selector(selector).ok().flatten();
    if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
        button.click();
    }
}

/// Moves the focus from the graph to the timeline to the story and back.
pub fn next_view(bench: Bench) {
    let on = |selector: &str| {
        let active = document().active_element();
        active.is_some_and(|element| element.closest(selector).ok().flatten().is_some())
    };
    let (pane, tab, selector) = if on(".graph, .tree") {
        (Pane::Dock, Some(Tab::Timeline), ".lanes")
    } else if on(".lanes") {
        (Pane::Dock, Some(Tab::Story), ".story .lines")
    } else {
        (Pane::Graph, None, GRAPH)
    };
    bench.pane.set(pane);
    if let Some(tab) = tab {
        bench.tab.set(tab);
    }
    request_animation_frame(move || {
        focus(selector);
    });
}

fn escape(bench: Bench, typing: bool) {
    if bench.menu.get_untracked().is_some() {
        bench.menu.set(None);
    } else if bench.wiring.get_untracked().is_some() {
        bench.drop_wire();
    } else if bench.keys_shown.get_untracked() {
        bench.keys_shown.set(false);
    } else if bench.finding.get_untracked() {
        bench.finding.set(false);
    } else if bench.adding.get_untracked() {
        bench.adding.set(false);
    } else if bench.acting.get_untracked().is_some() {
        // Its form has keys of its own, from the frame on in which it gets the focus.
        bench.acting.set(None);
    } else if close_menu() {
        // The same of a menu of the top bar.
    } else {
        let in_panel = bench.trail.is_in_panel();
        bench.note.set(None);
        bench.selection.set(Selection::Nothing);
        // Whoever leaves a field wants letters to be keys again.
        if typing && !in_panel {
            focus(GRAPH);
        } else {
            bench.trail.back();
        }
    }
}

/// What closes the menu of the top bar that is open.
const CLOSES: &str = ".topbar details[open] > summary, .topbar [data-share][aria-expanded=true]";

/// Closes that menu, if one is open; whether it was.
fn close_menu() -> bool {
    let is_open = document().query_selector(CLOSES).is_ok_and(|it| it.is_some());
    if is_open {
        press(CLOSES);
    }
    is_open
}

/// Keys while the graph has the focus.
pub fn on_canvas(bench: Bench, event: &KeyboardEvent) {
    let key = event.key();
    let handled = match key.as_str() {
        "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown" => arrow(bench, event, &key),
        "Enter" if event.ctrl_key() || event.meta_key() => false,
        "Enter" => {
            if bench.wiring.with_untracked(Option::is_some) {
                bench.connect();
            } else {
                bench.edit_selected();
            }
            true
        }
        _ => false,
    };
    if handled {
        event.prevent_default();
    }
}

fn arrow(bench: Bench, event: &KeyboardEvent, key: &str) -> bool {
    if event.ctrl_key() || event.meta_key() {
        return false;
    }
    if event.alt_key() {
        return move_selected(bench, event, key);
    }
    if let Some(wiring) = bench.wiring.get_untracked() {
        bench.aim_by_arrow(&wiring, key);
        return true;
    }
    let one = bench.selection.with_untracked(|selection| selection.one().map(str::to_owned));
    let next = match one {
        Some(id) => nearest(bench, &id, key, None),
        None => bench.editor.ids.with_untracked(|ids| ids.first().cloned()),
    };
    let Some(next) = next else { return true };
    // From a note one walks on among the tasks.
    if bench.note.get_untracked().is_some() {
        focus(GRAPH);
    }
    bench.selection.update(|selection| match selection {
        Selection::Tasks(ids) if event.shift_key() => {
            ids.insert(next);
        }
        _ => *selection = Selection::task(next),
    });
    true
}

fn move_selected(bench: Bench, event: &KeyboardEvent, key: &str) -> bool {
    let by = if event.shift_key() { 5 * canvas::SNAP } else { canvas::SNAP };
    let (dx, dy) = match key {
        "ArrowLeft" => (-by, 0),
        "ArrowRight" => (by, 0),
        "ArrowUp" => (0, -by),
        _ => (0, by),
    };
    if let Some(note) = bench.note.get_untracked() {
        let place = bench.editor.scenario.with_untracked(|all| Some(all.notes.get(note)?.position));
        let (x, y) = place.unwrap_or_default();
        let position = (x.saturating_add(dx), y.saturating_add(dy));
        return bench.editor.edit_merging(Edit::MoveNote { note, position });
    }
    let Selection::Tasks(ids) = bench.selection.get_untracked() else { return false };
    let moved = |id: String| {
        let (x, y) = untrack(|| place_of(bench, &id));
        (id, (x.saturating_add(dx), y.saturating_add(dy)))
    };
    bench.editor.edit_merging(Edit::Move(ids.into_iter().map(moved).collect()));
    true
}

/// The nearest task in the direction of an arrow, but not `except`.
pub fn nearest(bench: Bench, from: &str, key: &str, except: Option<&str>) -> Option<String> {
    let center = |id: &str| {
        let (x, y) = untrack(|| place_of(bench, id));
        (f64::from(x) + NODE_W / 2.0, f64::from(y) + NODE_H / 2.0)
    };
    let (x0, y0) = center(from);
    let ids = bench.editor.ids.get_untracked();
    let reach = |id: &String| {
        let (x, y) = center(id);
        let (dx, dy) = (x - x0, y - y0);
        let (along, aside) = match key {
            "ArrowLeft" => (-dx, dy),
            "ArrowRight" => (dx, dy),
            "ArrowUp" => (-dy, dx),
            _ => (dy, dx),
        };
        // What is more aside than ahead is in another direction, unless nothing else is there.
        (along > 1.0).then_some(along + 3.0 * aside.abs())
    };
    let others = ids.into_iter().filter(|id| id != from && Some(id.as_str()) != except);
    let far = others.filter_map(|id| reach(&id).map(|far| (far, id)));
    far.min_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, id)| id)
}
