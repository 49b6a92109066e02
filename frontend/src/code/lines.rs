//! The lines of a text: walked by keyboard, lit while somebody is there, and each a way to its tasks.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use leptos::prelude::*;
use shared::engine::event::Agent;
use shared::listing::{Line, Listing};
use shared::units::TaskId;
use shared::view::shown::letter;
use web_sys::KeyboardEvent;

use super::dialect::Dialect;
use super::words::words;
use crate::bench::{Bench, Selection};
use crate::recording;
use crate::session::Phase;

/// Lines that are shown; all of them are copied.
const MOST: usize = 2_000;

/// Marks beside a line; of more, how many there are.
const MARKS: usize = 3;

/// Pixels of a line.
const ROW: i32 = 22;

/// Who is at which line.
type Standing = Memo<Vec<(usize, Vec<Agent>)>>;

/// All lines of a text, up to [`MOST`].
#[component]
pub fn Lines(
    /// A name of its own within the page.
    place: &'static str,
    listing: Arc<Listing>,
    of: Dialect,
    /// By line: what is marked.
    marks: Vec<Vec<Range<usize>>>,
    standing: Standing,
) -> impl IntoView {
    let bench = Bench::get();
    // Where the keyboard is.
    let current = RwSignal::new(None::<usize>);
    let list = NodeRef::<leptos::html::Div>::new();
    let count = listing.lines.len().min(MOST);
    let hidden = listing.lines.len() - count;
    let mut marks = marks.into_iter();
    let row = |(at, line): (usize, &Line)| {
        let marks = marks.next().unwrap_or_default();
        view! {
            <Row id=line_id(place, at) at=at of=of line=line.clone() marks=marks standing=standing current=current/>
        }
    };
    let rows: Vec<_> = listing.lines.iter().take(MOST).enumerate().map(row).collect();
    let on_key = move |event: KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key() {
            return;
        }
        let key = event.key();
        if matches!(key.as_str(), "Enter" | " ") {
            if let Some(line) = current.get_untracked().and_then(|at| listing.lines.get(at)) {
                show_what_it_does(bench, line);
            }
            return event.prevent_default();
        }
        let Some(list) = list.get_untracked() else { return };
        if let Some(next) = walked(&key, current.get_untracked(), count, list.client_height()) {
            event.prevent_default();
            current.set(Some(next));
            bring_into_sight(&list, next);
        }
    };
    view! {
        <div
            class="lines"
            node_ref=list
            tabindex="0"
            role="listbox"
            aria-label=format!("The lines with {}", of.name())
            aria-activedescendant=move || current.get().map(|at| line_id(place, at))
            on:keydown=on_key
            on:blur=move |_| current.set(None)
        >
            {rows}
        </div>
        <Show when=move || { hidden > 0 }>
            <p class="pad dim">{format!("{hidden} lines more; Copy and Download take all of them.")}</p>
        </Show>
    }
}

fn line_id(place: &str, at: usize) -> String {
    format!("code-{place}-{at}")
}

/// The line that a key leads to.
fn walked(key: &str, from: Option<usize>, count: usize, height: i32) -> Option<usize> {
    let last = count.checked_sub(1)?;
    let page = usize::try_from(height / ROW).unwrap_or(1).max(1);
    let to = match (key, from) {
        ("ArrowDown" | "PageDown", None) | ("Home", _) => 0,
        ("ArrowDown", Some(from)) => from + 1,
        ("PageDown", Some(from)) => from + page,
        ("ArrowUp", from) => from.unwrap_or(1).saturating_sub(1),
        ("PageUp", from) => from.unwrap_or(0).saturating_sub(page),
        ("End", _) => last,
        _ => return None,
    };
    Some(to.min(last))
}

fn bring_into_sight(list: &web_sys::HtmlElement, line: usize) {
    let (top, height) = (list.scroll_top(), list.client_height());
    let at = ROW * i32::try_from(line).unwrap_or(0);
    if at < top {
        list.set_scroll_top(at);
    } else if at + 2 * ROW > top + height {
        list.set_scroll_top(at + 2 * ROW - height);
    }
}

/// Selects the tasks that a line speaks of, and goes to the next event of one of them; from the last
/// one to the first. A run that goes on is not left for it.
fn show_what_it_does(bench: Bench, line: &Line) {
    let ids = ids(bench, line.tasks());
    if ids.is_empty() {
        return;
    }
    let session = bench.session;
    let tasks: Vec<TaskId> = ids.iter().filter_map(|id| session.task_id(id)).collect();
    bench.selection.set(Selection::Tasks(ids));
    let is_live = session.held.with_untracked(Option::is_none)
        && session.phase.with_untracked(Phase::is_going);
    if is_live || bench.stale.get_untracked() {
        return;
    }
    let of_it = |line: &recording::Line| line.task.is_some_and(|task| tasks.contains(&task));
    if !session.step(true, of_it) {
        session.hold_at_start();
        session.step(true, of_it);
    }
}

fn ids(bench: Bench, tasks: impl Iterator<Item = TaskId>) -> BTreeSet<String> {
    let ids = bench.editor.ids;
    ids.with_untracked(|ids| tasks.filter_map(|task| ids.get(task.index()).cloned()).collect())
}

#[component]
fn Row(
    id: String,
    at: usize,
    of: Dialect,
    line: Line,
    marks: Vec<Range<usize>>,
    standing: Standing,
    current: RwSignal<Option<usize>>,
) -> impl IntoView {
    let bench = Bench::get();
    let about: BTreeSet<TaskId> = line.tasks().collect();
    let ids = Memo::new(move |_| {
        bench.editor.ids.with(|ids| {
            about.iter().filter_map(|task| ids.get(task.index()).cloned()).collect::<Vec<_>>()
        })
    });
    let here = Memo::new(move |_| {
        standing.with(|all| {
            let found = all.binary_search_by_key(&at, |(line, _)| *line);
            found.map(|found| all[found].1.clone()).unwrap_or_default()
        })
    });
    let lit = move || {
        let ids = ids.get();
        bench.selection.with(|selection| ids.iter().any(|id| selection.has(id)))
    };
    let class = move || {
        let mut class = "code-line".to_owned();
        if lit() {
            class.push_str(" sel");
        }
        if here.with(|here| !here.is_empty()) {
            class.push_str(" here");
        }
        if current.get() == Some(at) {
            class.push_str(" at");
        }
        class
    };
    let who = move || {
        let here = here.get();
        let more = here.len().saturating_sub(MARKS);
        let mark = |agent: &Agent| match agent {
            Agent::Worker(worker) => letter(*worker),
            _ => "main".to_owned(),
        };
        let mut marks: Vec<String> = here.iter().take(MARKS).map(mark).collect();
        if more > 0 {
            marks.push(format!("+{more}"));
        }
        marks.into_iter().map(|mark| view! { <span class="who">{mark}</span> }).collect::<Vec<_>>()
    };
    let code = words(of, &line.text, &marks);
    view! {
        <div
            id=id
            class=class
            role="option"
            aria-label=line.text.trim().is_empty().then_some("empty line")
            aria-selected=move || if lit() { "true" } else { "false" }
            on:click=move |_| {
                current.set(Some(at));
                show_what_it_does(bench, &line);
            }
        >
            <span class="marks">{who}</span>
            <span class="no" aria-hidden="true">{at + 1}</span>
            <code>{code}</code>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::walked;

    #[test]
    fn keys_walk_from_line_to_line_and_stop_at_the_ends() {
        let walk = |key, from| walked(key, from, 10, 3 * super::ROW);
        assert_eq!(walk("ArrowDown", None), Some(0));
        assert_eq!(walk("ArrowDown", Some(9)), Some(9));
        assert_eq!(walk("ArrowUp", None), Some(0));
        assert_eq!(walk("ArrowUp", Some(4)), Some(3));
        assert_eq!(walk("PageDown", Some(4)), Some(7));
        assert_eq!(walk("PageUp", Some(1)), Some(0));
        assert_eq!(walk("Home", Some(4)), Some(0));
        assert_eq!(walk("End", None), Some(9));
        assert_eq!(walk("x", Some(4)), None);
        assert_eq!(walked("End", None, 0, 100), None);
    }
}
