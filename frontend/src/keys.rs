//! The keys: what each does, in one table for the listener and for the list that `?` opens.

use leptos::prelude::*;
use shared::scenario::edit::Edit;
use shared::scenario::{ExecutorKind, Mode};
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use crate::bench::{Bench, GraphAs, Selection, Tab};
use crate::canvas::{NODE_H, NODE_W, fit, place_of};
use crate::icons::Icon;
use crate::inspector::focus_first_field;
use crate::topbar::how::How;
use crate::topbar::{choose_executor, most_workers};
use crate::{canvas, theme};

/// The list: keys, and what they do.
const KEYS: &[(&str, &str)] = &[
    ("Ctrl Enter", "run"),
    ("Ctrl .", "stop the run"),
    ("R", "for real, or simulated in this page"),
    ("Shift R", "simulate with another seed"),
    ("N", "new task, by the name of its function"),
    ("E", "draw an edge from the selected task: arrows choose, Enter sets"),
    ("Arrows", "walk from task to task (with the graph focused); with Shift, select both"),
    ("Alt arrows", "move the selected tasks by 20 (with Shift by 100)"),
    ("Enter, F2", "edit the selected task"),
    ("Delete", "delete what is selected"),
    ("Ctrl D", "duplicate what is selected"),
    ("Ctrl A", "select all tasks"),
    ("Ctrl Z, Ctrl Shift Z", "undo, redo"),
    ("1 2 3 4", "submit, map, as_completed, wait"),
    ("T I P M", "threads, interpreters, processes, multiprocessing.Pool"),
    ("+ -", "one worker more, one less"),
    ("C", "cancel the selected task's future; a Pool's result has no cancel()"),
    ("K", "kill the selected worker, or the one that has the selected task"),
    ("O", "open the selected task's gate"),
    ("W S A D", "zoom and move the timeline"),
    ("G", "go from graph to timeline to story"),
    ("L", "lay the graph out"),
    ("Shift 1", "fit the graph"),
    ("Shift S", "share"),
    ("Alt Shift D", "dark or light"),
    ("Esc", "close, or deselect; it never stops a run"),
    ("?", "these keys"),
];

/// Where the focus goes for the graph, be it a drawing or a list.
pub const GRAPH: &str = ".graph, .outline-pane button";

/// Listens for as long as the workbench is there.
pub fn listen(bench: Bench) {
    let listener = window_event_listener(leptos::ev::keydown, move |event| {
        if !event.default_prevented() {
            on_key(bench, &event);
        }
    });
    on_cleanup(move || listener.remove());
}

/// Whether somebody is typing: single letters are letters then.
fn is_typing(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| {
        element
            .closest("input:not([type=radio]):not([type=checkbox]), select, textarea, dialog")
            .ok()
            .flatten()
            .is_some()
    })
}

fn on_key(bench: Bench, event: &KeyboardEvent) {
    let key = event.key();
    // A key that is held asks once: a worker must not die of it.
    if event.repeat() && !matches!(key.as_str(), "+" | "-") {
        return;
    }
    let command = event.ctrl_key() || event.meta_key();
    let handled = if command {
        on_command(bench, event, &key)
    } else if event.alt_key() {
        let dark = event.shift_key() && event.code() == "KeyD";
        if dark {
            theme::toggle();
        }
        dark
    } else if key == "Escape" {
        escape(bench);
        true
    } else {
        !is_typing(event) && on_letter(bench, event, &key)
    };
    if handled {
        event.prevent_default();
    }
}

fn on_command(bench: Bench, event: &KeyboardEvent, key: &str) -> bool {
    match key {
        "Enter" => {
            // What is being written counts, too.
            if let Some(field) = document().active_element()
                && let Ok(field) = field.dyn_into::<web_sys::HtmlElement>()
            {
                let _ = field.blur();
            }
            bench.run();
        }
        "." => bench.session.stop(),
        _ if is_typing(event) => return false,
        "z" => bench.undo(),
        "Z" | "y" => bench.redo(),
        "a" => {
            let ids = bench.editor.ids.get_untracked();
            if !ids.is_empty() {
                bench.selection.set(Selection::Tasks(ids.into_iter().collect()));
            }
        }
        "d" => {
            if let Selection::Tasks(ids) = bench.selection.get_untracked() {
                bench.editor.edit(Edit::Duplicate(ids.into_iter().collect()));
            }
        }
        _ => return false,
    }
    true
}

fn on_letter(bench: Bench, event: &KeyboardEvent, key: &str) -> bool {
    let editor = bench.editor;
    match key {
        "?" => bench.keys_shown.set(true),
        "n" | "N" => bench.adding.set(true),
        "c" => bench.cancel(),
        "k" => bench.kill(),
        "o" => bench.open_gate(),
        "r" => {
            bench.choose_how(bench.how.get_untracked().other());
            let words = match bench.how.get_untracked() {
                How::Real => "Run runs it on real workers.",
                How::Simulated => "Run simulates it in this page.",
            };
            bench.say(words);
        }
        "R" => bench.simulate_another(),
        "l" => editor.lay_out(),
        "g" => next_view(bench),
        "t" => choose_executor(bench, ExecutorKind::Threads),
        "i" => choose_executor(bench, ExecutorKind::Interpreters),
        "p" => choose_executor(bench, ExecutorKind::Processes),
        "m" => choose_executor(bench, ExecutorKind::Pool),
        "1" | "2" | "3" | "4" => {
            let mode = match key {
                "1" => Mode::Submit,
                "2" => Mode::Map,
                "3" => Mode::AsCompleted,
                _ => Mode::Wait,
            };
            editor.edit(Edit::SetMode(mode));
        }
        "+" => more_workers(bench, 1),
        "-" => more_workers(bench, -1),
        "!" => fit(),
        "S" => press("[data-share]"),
        "e" => start_wiring(bench),
        "F2" => focus_first_field(bench),
        "Delete" | "Backspace" => bench.remove_selected(),
        _ => {
            return event.code() == "Digit1" && event.shift_key() && {
                fit();
                true
            };
        }
    }
    true
}

fn more_workers(bench: Bench, by: i32) {
    let executor = bench.editor.scenario.with_untracked(|all| all.executor.clone());
    let wanted = executor.workers.saturating_add_signed(by).clamp(1, most_workers(executor.kind));
    bench.editor.edit_merging(Edit::SetWorkers(wanted));
    bench.say(format!("{wanted} workers."));
}

/// Presses a button of the page.
fn press(selector: &str) {
    let button = document().query_selector(selector).ok().flatten();
    if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
        button.click();
    }
}

/// Moves the focus from the graph to the timeline to the story and back.
fn next_view(bench: Bench) {
    let on = |selector: &str| {
        let active = document().active_element();
        active.is_some_and(|element| element.closest(selector).ok().flatten().is_some())
    };
    let selector = if on(".graph") {
        bench.tab.set(Tab::Timeline);
        ".lanes"
    } else if on(".lanes") {
        bench.tab.set(Tab::Story);
        ".story .lines"
    } else {
        GRAPH
    };
    request_animation_frame(move || focus(selector));
}

/// Moves the focus there.
pub fn focus(selector: &str) {
    let element = document().query_selector(selector).ok().flatten();
    let Some(element) = element else { return };
    if let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() {
        let _ = element.focus();
    } else if let Some(element) = element.dyn_ref::<web_sys::SvgElement>() {
        let _ = element.focus();
    }
}

fn escape(bench: Bench) {
    if bench.wiring.get_untracked().is_some() {
        bench.wiring.set(None);
        bench.say("No edge drawn.");
    } else if bench.keys_shown.get_untracked() {
        bench.keys_shown.set(false);
    } else if bench.adding.get_untracked() {
        bench.adding.set(false);
    } else {
        bench.selection.set(Selection::Nothing);
        focus(GRAPH);
    }
}

/// Begins an edge at the selected task, towards the nearest one on its right.
fn start_wiring(bench: Bench) {
    if bench.graph_as.get_untracked() == GraphAs::Outline {
        return bench.say("In the outline, add an input in the task's panel.");
    }
    let from = bench.selection.with_untracked(|selection| selection.one().map(str::to_owned));
    let Some(from) = from else {
        return bench.say("Select the task from which the edge shall go, then press E.");
    };
    let to = ["ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft"]
        .iter()
        .find_map(|key| nearest(bench, &from, key, None));
    let Some(to) = to else { return bench.say("There is no other task to connect to.") };
    bench.say(format!("Edge from {from} to {to}? Arrows choose another, Enter sets, Esc leaves."));
    bench.wiring.set(Some((from, to)));
    focus(GRAPH);
}

/// Keys while the graph has the focus.
pub fn on_canvas(bench: Bench, event: &KeyboardEvent) {
    let key = event.key();
    let handled = match key.as_str() {
        "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown" => arrow(bench, event, &key),
        "Enter" if event.ctrl_key() || event.meta_key() => false,
        "Enter" => {
            match bench.wiring.get_untracked() {
                Some((from, to)) => {
                    bench.wiring.set(None);
                    if bench.editor.edit(Edit::Connect { from: from.clone(), to: to.clone() }) {
                        bench.say(format!("Connected {from} to {to}."));
                    }
                }
                None => focus_first_field(bench),
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
    if let Some((from, to)) = bench.wiring.get_untracked() {
        if let Some(next) = nearest(bench, &to, key, Some(&from)) {
            bench.say(format!("To {next}?"));
            bench.wiring.set(Some((from, next)));
        }
        return true;
    }
    let one = bench.selection.with_untracked(|selection| selection.one().map(str::to_owned));
    let next = match one {
        Some(id) => nearest(bench, &id, key, None),
        None => bench.editor.ids.with_untracked(|ids| ids.first().cloned()),
    };
    let Some(next) = next else { return true };
    bench.selection.update(|selection| match selection {
        Selection::Tasks(ids) if event.shift_key() => {
            ids.insert(next);
        }
        _ => *selection = Selection::task(next),
    });
    true
}

fn move_selected(bench: Bench, event: &KeyboardEvent, key: &str) -> bool {
    let Selection::Tasks(ids) = bench.selection.get_untracked() else { return false };
    let by = if event.shift_key() { 5 * canvas::SNAP } else { canvas::SNAP };
    let (dx, dy) = match key {
        "ArrowLeft" => (-by, 0),
        "ArrowRight" => (by, 0),
        "ArrowUp" => (0, -by),
        _ => (0, by),
    };
    let moved = |id: String| {
        let (x, y) = untrack(|| place_of(bench, &id));
        (id, (x.saturating_add(dx), y.saturating_add(dy)))
    };
    bench.editor.edit_merging(Edit::Move(ids.into_iter().map(moved).collect()));
    true
}

/// The nearest task in the direction of an arrow, but not `except`.
fn nearest(bench: Bench, from: &str, key: &str, except: Option<&str>) -> Option<String> {
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

/// The list of keys.
#[component]
pub fn Keys() -> impl IntoView {
    let bench = Bench::get();
    let dialog = NodeRef::<leptos::html::Dialog>::new();
    Effect::new(move |_| {
        let shown = bench.keys_shown.get();
        if let Some(dialog) = dialog.get() {
            if shown && !dialog.open() {
                let _ = dialog.show_modal();
            } else if !shown && dialog.open() {
                dialog.close();
            }
        }
    });
    let row = |(keys, does): &(&'static str, &'static str)| {
        let keys = keys.split(' ').map(|key| view! { <kbd>{key}</kbd> }).collect_view();
        view! { <li><span class="keys">{keys}</span><span>{*does}</span></li> }
    };
    view! {
        <dialog class="dialog" node_ref=dialog aria-labelledby="keys-title" on:close=move |_| bench.keys_shown.set(false)>
            <header>
                <h2 id="keys-title">"All keys"</h2>
                <button type="button" class="btn quiet icon" aria-label="Close" on:click=move |_| bench.keys_shown.set(false)>
                    <Icon of="#i-x"/>
                </button>
            </header>
            <ul class="key-list">{KEYS.iter().map(row).collect_view()}</ul>
        </dialog>
    }
}
