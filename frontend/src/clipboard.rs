//! Copying and pasting: texts, and tasks as text.
//!
//! The browser's own events carry copied tasks, so that its keys and its menu work and nobody is asked
//! for leave; our menus and the palette have to ask the browser, which may refuse.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::scenario::edit::{Edit, copied};
use shared::scenario::{Scenario, Task};
use wasm_bindgen_futures::JsFuture;
use web_sys::ClipboardEvent;

use crate::bench::{Bench, Selection};
use crate::canvas::{NODE_H, NODE_W};
use crate::keys::is_typing;

/// Copies a text and says so; `otherwise` is said where the browser does not let us.
pub fn copy(bench: Bench, text: String, otherwise: &'static str) {
    copy_saying(bench, text, "Copied.".to_owned(), otherwise);
}

fn copy_saying(bench: Bench, text: String, done: String, otherwise: &'static str) {
    spawn_local(async move {
        let copied = write(&text).await;
        bench.say(if copied { done } else { otherwise.to_owned() });
    });
}

/// Whether the browser let us copy.
async fn write(text: &str) -> bool {
    match clipboard() {
        Some(clipboard) => JsFuture::from(clipboard.write_text(text)).await.is_ok(),
        None => false,
    }
}

/// Outside a secure context a browser has no clipboard at all.
fn clipboard() -> Option<web_sys::Clipboard> {
    let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into());
    let there = clipboard.is_ok_and(|clipboard| !clipboard.is_undefined());
    there.then(|| window().navigator().clipboard())
}

/// Listens to the browser's own copying and pasting for as long as the workbench is there.
pub fn listen(bench: Bench) {
    use leptos::ev::{copy, cut, paste};
    let put = move |event: &ClipboardEvent| {
        if event.default_prevented() || is_typing(event) || text_is_selected() {
            return None;
        }
        let (text, words) = selected_text(bench)?;
        event.clipboard_data()?.set_data("text/plain", &text).ok()?;
        event.prevent_default();
        Some(words)
    };
    let on_copy = window_event_listener(copy, move |event| {
        if let Some(words) = put(&event) {
            bench.say(format!("Copied {words}."));
        }
    });
    let on_cut = window_event_listener(cut, move |event| {
        if let Some(words) = put(&event) {
            bench.remove_selected();
            bench.say(format!("Cut {words}."));
        }
    });
    let on_paste = window_event_listener(paste, move |event| {
        if event.default_prevented() || is_typing(&event) {
            return;
        }
        let text = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok());
        event.prevent_default();
        paste_text(bench, &text.unwrap_or_default());
    });
    on_cleanup(move || {
        on_copy.remove();
        on_cut.remove();
        on_paste.remove();
    });
}

/// Whether words of the page are selected: whoever copies then means those.
fn text_is_selected() -> bool {
    let selection = window().get_selection().ok().flatten();
    selection.is_some_and(|selection| !selection.is_collapsed())
}

const REFUSED: &str = "The browser does not let us copy from here: press Ctrl C.";

/// Copies the selected tasks, from a menu.
pub fn copy_selected(bench: Bench) {
    if let Some((text, words)) = selected_text(bench) {
        copy_saying(bench, text, format!("Copied {words}."), REFUSED);
    }
}

/// Copies the selected tasks and removes them, from a menu.
pub fn cut_selected(bench: Bench) {
    let Some((text, words)) = selected_text(bench) else { return };
    spawn_local(async move {
        // What was not copied is not cut.
        if write(&text).await {
            bench.remove_selected();
            bench.say(format!("Cut {words}."));
        } else {
            bench.say(REFUSED);
        }
    });
}

/// Pastes, from a menu.
pub fn paste_asked(bench: Bench) {
    spawn_local(async move {
        let text = match clipboard() {
            Some(clipboard) => JsFuture::from(clipboard.read_text()).await.ok(),
            None => None,
        };
        match text.and_then(|text| text.as_string()) {
            Some(text) => paste_text(bench, &text),
            None => bench.say("The browser does not let us read what was copied: press Ctrl V."),
        }
    });
}

/// The selected tasks as text, and how many they are, in words.
fn selected_text(bench: Bench) -> Option<(String, String)> {
    let Selection::Tasks(ids) = bench.selection.get_untracked() else { return None };
    let copied = bench.editor.scenario.with_untracked(|scenario| copied(scenario, &ids));
    let words = in_words(&copied.tasks);
    Some((copied.to_json(), words))
}

fn in_words(tasks: &[Task]) -> String {
    match tasks {
        [only] => only.id.clone(),
        several => format!("{} tasks", several.len()),
    }
}

/// Adds the tasks that stand in a text to the graph, where one looks, and selects them.
pub fn paste_text(bench: Bench, text: &str) {
    if text.trim().is_empty() {
        return bench
            .say("There is nothing to paste. Copy some tasks first, here or in another tab.");
    }
    let scenario = match Scenario::parse(text) {
        Ok(scenario) => scenario,
        Err(error) => {
            return bench.say(format!(
                "What was copied is no experiment: {}. Nothing was pasted.",
                error.kind
            ));
        }
    };
    if scenario.tasks.is_empty() {
        return bench.say("The experiment that was copied has no tasks. Nothing was pasted.");
    }
    // More than its tasks: somebody's whole experiment, which has a place where nothing is yet.
    let ids = scenario.tasks.iter().map(|task| task.id.clone()).collect();
    let is_whole = scenario != copied(&scenario, &ids);
    if is_whole && bench.editor.ids.with_untracked(Vec::is_empty) {
        bench.open(scenario, "open what was pasted");
        return bench.say("Opened the experiment that was pasted.");
    }
    let tasks = scenario.tasks;
    let (x, y) = bench.middle.get_untracked();
    #[allow(clippy::cast_possible_truncation)] // small and whole
    let near = (x.saturating_add(NODE_W as i32 / 2), y.saturating_add(NODE_H as i32 / 2));
    let (count, words) = (tasks.len(), in_words(&tasks));
    if bench.editor.edit(Edit::Paste { tasks, near }) {
        bench.select_last(count);
        bench.say(if is_whole {
            format!("Pasted {words}, and nothing else of that experiment: on an empty graph all of it opens.")
        } else {
            format!("Pasted {words}.")
        });
    }
}
