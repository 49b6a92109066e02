//! The graph as a list: everything that the drawing says and does, in words. For whoever sees no
//! drawing, and for a screen that has no room for one.
//!
//! It is a tree. At its root are the tasks, level by level; below each, when it is open, its edges.
//!
//! ```text
//!  ◌ sum   sum(a, b), needs a, b   Enter edits; arrows, Ctrl and Shift select, as in any list
//!    ├─ needs a, as values         Enter goes there, Delete removes the edge
//!    ├─ feeds last
//!    └─ needs another task…        then the task that is pressed
//! ```
//!
//! Whatever is done with what is selected is a command, and so has its key and its place in a menu.

mod levels;
mod notes;
mod rows;
mod tree;

use leptos::prelude::*;

use crate::bench::{Bench, Pane};
use crate::canvas::History;
use crate::icons::Icon;
use crate::menu::MenuButton;
use notes::OutlineNotes;
pub use notes::place_below;
use rows::TaskRow;
use tree::Tree;

/// What a press on a task of the outline means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Tap {
    /// It alone is selected.
    #[default]
    Select,
    /// It is selected beside the others, or is no more.
    Several,
    /// It shall need this task.
    EdgeFrom(String),
    /// This task shall need it.
    EdgeTo(String),
}

impl Tap {
    /// What is asked for, if it is more than a selection.
    pub fn words(&self) -> Option<String> {
        match self {
            Self::Select => None,
            Self::Several => Some("Each press selects one more, or one less.".to_owned()),
            Self::EdgeFrom(id) => Some(format!("Which task shall need {id}?")),
            Self::EdgeTo(id) => Some(format!("Which task shall {id} need?")),
        }
    }
}

/// The outline.
#[component]
pub fn Outline() -> impl IntoView {
    let bench = Bench::get();
    let tree = Tree::new(bench);
    let levels = Memo::new(move |_| {
        bench.editor.ids.with(|ids| tree.ends.with(|ends| levels::levels(ids, ends)))
    });
    Effect::new(move |_| {
        levels.track();
        tree.settle_soon();
    });
    on_cleanup(move || bench.tap.set(Tap::Select));
    let level = move |at: usize| {
        let ids = move || levels.with(|levels| levels.get(at).map_or_else(Vec::new, Vec::clone));
        let words =
            move || levels::words(at, levels.with(|levels| levels.get(at).map_or(0, Vec::len)));
        let label = move || format!("Level {}, {}", at + 1, words());
        view! {
            <div role="group" aria-label=label>
                <p class="lvl" aria-hidden="true">
                    <b>{format!("Level {}", at + 1)}</b>
                    " "
                    {words}
                </p>
                <For each=ids key=Clone::clone let:id>
                    <TaskRow id=id tree=tree/>
                </For>
            </div>
        }
    };
    let label = move || {
        let tasks = bench.editor.ids.with(Vec::len);
        let edges = bench.editor.edges.with(|edges| edges.len());
        format!("Graph as an outline, {tasks} tasks, {edges} edges")
    };
    let several = move || bench.tap.with(|tap| *tap == Tap::Several);
    let many = move |_| bench.tap.set(if several() { Tap::Select } else { Tap::Several });
    let asked = move || {
        let looked_for = tree.search.get().map(|text| format!("Go to: {text}"));
        looked_for.or_else(|| bench.tap.with(Tap::words))
    };
    view! {
        <div class="outline-pane">
            <div class="outline-bar">
                <button type="button" class="btn" aria-pressed=move || several().to_string() on:click=many>
                    "Select several"
                </button>
                <Show when=move || bench.narrow.get()>
                    <History/>
                    <MenuButton label="More for the graph, or for what is selected"/>
                </Show>
            </div>
            <div class="asked" role="status">
                {move || asked().map(|words| view! {
                    <p>{words}</p>
                    <button type="button" class="btn" on:click=move |_| tree.leave()>
                        {if several() { "Done" } else { "Leave it" }}
                    </button>
                })}
            </div>
            <Show when=move || bench.editor.ids.with(Vec::is_empty)>
                <p class="pad dim">
                    "A task is a function call that can run later. Begin with one; give a second task the first as its input."
                </p>
            </Show>
            <div
                class="tree"
                role="tree"
                aria-multiselectable="true"
                aria-label=label
                on:keydown=move |event| tree.key(&event)
                on:click=move |event| tree.pressed(&event)
                on:contextmenu=move |event| tree.menu(&event)
                on:focusin=move |event| tree.came(&event)
                on:focusout=move |event| tree.went(&event)
            >
                <For each=move || 0..levels.with(Vec::len) key=|at| *at children=level/>
            </div>
            <button type="button" class="btn wide" on:click=move |_| bench.adding.set(true)>
                <Icon of="#i-plus"/>
                "New task"
            </button>
            <OutlineNotes/>
        </div>
    }
}

/// The outline where there is no room for the drawing.
#[component]
pub fn PhoneOutline() -> impl IntoView {
    let bench = Bench::get();
    view! {
        <Show when=move || bench.pane.get() == Pane::Graph>
            {bench.later.view(|parts| (parts.outline)())}
        </Show>
    }
}

/// Knows for as long as the workbench is there whether the window is that of a phone.
pub fn watch_width(bench: Bench) {
    let is_narrow = || {
        let query = window().match_media("(max-width: 599px)").ok().flatten();
        query.is_some_and(|query| query.matches())
    };
    bench.narrow.set(is_narrow());
    let on_resize = window_event_listener(leptos::ev::resize, move |_| {
        let now = is_narrow();
        if bench.narrow.get_untracked() != now {
            bench.narrow.set(now);
        }
    });
    on_cleanup(move || on_resize.remove());
}
