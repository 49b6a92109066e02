//! The graph as a list, level by level: everything that the drawing says and does, in words.

use leptos::prelude::*;
use shared::scenario::edit::Edge;

use crate::bench::{Bench, Pane, Selection};
use crate::canvas::{History, inputs};
use crate::icons::{Icon, Mark};
use crate::inspector::call_text;
use crate::palette::skin;
use crate::units::span;

/// The outline.
#[component]
pub fn Outline() -> impl IntoView {
    let bench = Bench::get();
    let levels = Memo::new(move |_| {
        bench.editor.ids.with(|ids| bench.editor.edges.with(|edges| levels(ids, edges)))
    });
    let level = move |(at, ids): (usize, Vec<String>)| {
        let words = match (at, ids.len()) {
            (0, 1) => "one task that needs nothing".to_owned(),
            (0, many) => format!("{many} tasks that need nothing"),
            (_, 1) => "one task that needs those above".to_owned(),
            (_, many) => format!("{many} tasks that need those above"),
        };
        view! {
            <h3 class="lvl">{format!("Level {}", at + 1)} " " <span>{words}</span></h3>
            <ul class="outline">
                {ids.into_iter().map(|id| view! { <Entry id=id/> }).collect_view()}
            </ul>
        }
    };
    view! {
        <div class="outline-pane">
            {move || levels.get().into_iter().enumerate().map(level).collect_view()}
            <button type="button" class="btn wide" on:click=move |_| bench.adding.set(true)>
                <Icon of="#i-plus"/>
                "New task"
            </button>
        </div>
    }
}

/// The outline where there is no room for the drawing.
#[component]
pub fn PhoneOutline() -> impl IntoView {
    let bench = Bench::get();
    let phone = window().match_media("(max-width: 599px)").ok().flatten();
    let narrow = RwSignal::new(phone.as_ref().is_some_and(web_sys::MediaQueryList::matches));
    let on_resize = window_event_listener(leptos::ev::resize, move |_| {
        let query = window().match_media("(max-width: 599px)").ok().flatten();
        let now = query.is_some_and(|query| query.matches());
        if narrow.get_untracked() != now {
            narrow.set(now);
        }
    });
    on_cleanup(move || on_resize.remove());
    view! {
        <Show when=move || narrow.get() && bench.pane.get() == Pane::Graph>
            <div class="phone-outline"><div class="phone-history"><History/></div><Outline/></div>
        </Show>
    }
}

#[component]
fn Entry(id: String) -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let look = session.look(&id);
    let shown = {
        let look = look.clone();
        Signal::derive(move || look.with(|look| look.shown))
    };
    let call = {
        let id = id.clone();
        move || bench.editor.task(&id).map(|task| call_text(&task))
    };
    let needs = {
        let id = id.clone();
        move || {
            let from: Vec<String> = inputs(bench, &id).into_iter().map(|edge| edge.from).collect();
            (!from.is_empty()).then(|| format!(", needs {}", from.join(", ")))
        }
    };
    let runs = id.clone();
    let how = {
        let look = look.clone();
        move || {
            session.plan.track();
            if session.task_id(&runs).is_none() {
                return String::new();
            }
            look.with(|look| {
                let word = skin(look.shown).legend;
                match &look.worker {
                    Some(worker) => format!("{word} on {worker}"),
                    None => word.to_owned(),
                }
            })
        }
    };
    let what = move || {
        session.plan.with(|plan| {
            let plan = plan.as_ref()?;
            look.with(|look| {
                let running = || {
                    let since = look.since?;
                    Some(span(session.shown_at().since(since), plan))
                };
                look.outcome.clone().or_else(running)
            })
        })
    };
    let selected = {
        let id = id.clone();
        move || bench.selection.with(|all| all.has(&id))
    };
    let select = {
        let id = id.clone();
        move |_| bench.selection.set(Selection::task(id.clone()))
    };
    let outline_task = id.clone();
    view! {
        <li class:sel=selected>
            <button type="button" data-outline=outline_task on:click=select>
                <Mark of=shown class="lg"/>
                <span class="what">
                    <b>{id}</b>
                    <span><code>{call}</code>{needs}</span>
                </span>
                <span class="state">
                    <b>{what}</b>
                    <span>{how}</span>
                </span>
            </button>
        </li>
    }
}

/// Tasks by their distance from those that need nothing; what is in a circle comes last.
fn levels(ids: &[String], edges: &[Edge]) -> Vec<Vec<String>> {
    let mut left: Vec<&String> = ids.iter().collect();
    let mut done: std::collections::BTreeSet<&str> = std::collections::BTreeSet::new();
    let mut levels = Vec::new();
    while !left.is_empty() {
        let missing = |id: &String| {
            edges.iter().any(|edge| edge.to == *id && !done.contains(edge.from.as_str()))
        };
        let (later, now): (Vec<_>, Vec<_>) = left.iter().copied().partition(|id| missing(id));
        let (later, now) = if now.is_empty() { (Vec::new(), later) } else { (later, now) };
        done.extend(now.iter().map(|id| id.as_str()));
        levels.push(now.into_iter().cloned().collect());
        left = later;
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::scenario::edit::Slot;

    #[test]
    fn a_level_has_what_the_levels_above_make_ready_and_circles_come_last() {
        let edge =
            |from: &str, to: &str| Edge { from: from.into(), to: to.into(), slot: Slot::After };
        let ids = ["a", "b", "c", "x", "y"].map(str::to_owned);
        let edges =
            [edge("a", "b"), edge("b", "c"), edge("a", "c"), edge("x", "y"), edge("y", "x")];
        assert_eq!(levels(&ids, &edges), [vec!["a"], vec!["b"], vec!["c"], vec!["x", "y"]]);
    }
}
