//! What the rows of the outline show. What they do is said once for all of them, in `tree.rs`.

use leptos::attr::custom::custom_attribute;
use leptos::prelude::*;
use shared::scenario::edit::{Edge, Slot};

use super::levels::Ends;
use super::tree::{Link, Row, Tree};
use crate::bench::Bench;
use crate::icons::{Icon, Mark};
use crate::inspector::call_text;
use crate::palette::skin;
use crate::units::span;

/// A task, and the edges at it while it is open.
#[component]
pub fn TaskRow(id: String, tree: Tree) -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let look = session.look(&id);
    let id = StoredValue::new(id);
    let name = move || id.get_value();
    let shown = {
        let look = look.clone();
        Signal::derive(move || look.with(|look| look.shown))
    };
    let call = Memo::new(move |_| {
        id.with_value(|id| bench.editor.task(id)).map(|task| call_text(&task)).unwrap_or_default()
    });
    let needs = move || {
        tree.ends.with(|ends| {
            let needs = &id.with_value(|id| ends.get(id))?.needs;
            let from: Vec<&str> = needs.iter().map(|edge| edge.from.as_str()).collect();
            (!from.is_empty()).then(|| format!(", needs {}", from.join(", ")))
        })
    };
    let how = {
        let look = look.clone();
        move || {
            session.plan.track();
            if id.with_value(|id| session.task_id(id)).is_none() {
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
    let outcome = {
        let look = look.clone();
        move || look.with(|look| look.outcome.clone())
    };
    let label = {
        let (how, outcome) = (how.clone(), outcome.clone());
        move || {
            let call = format!("{}{}", call.get(), needs().unwrap_or_default());
            let parts = [Some(name()), Some(call), Some(how()), outcome()];
            let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
            parts.collect::<Vec<_>>().join(", ")
        }
    };
    let what = move || {
        session.plan.with(|plan| {
            let plan = plan.as_ref()?;
            let running = || {
                let since = look.with(|look| look.since)?;
                Some(span(session.shown_at().since(since), plan))
            };
            outcome().or_else(running)
        })
    };
    let selected = move || id.with_value(|id| bench.selection.with(|all| all.has(id)));
    let open = Memo::new(move |_| tree.open.with(|open| id.with_value(|id| open.contains(id))));
    view! {
        <div
            class="task"
            class:sel=selected
            role="treeitem"
            {..custom_attribute("aria-level", "1")}
            aria-label=label
            aria-selected=move || selected().to_string()
            aria-expanded=move || open.get().to_string()
            tabindex=move || tree.tabindex(&name())
            data-outline=name()
            data-key=name()
        >
            <Mark of=shown class="lg"/>
            <span class="what">
                <b>{name()}</b>
                <span><code>{call}</code>{needs}</span>
            </span>
            <span class="state">
                <b>{what}</b>
                <span>{how}</span>
            </span>
            <button
                type="button"
                class="btn quiet icon"
                tabindex="-1"
                data-open=""
                aria-label=format!("Edges of {}", name())
            >
                <Icon of="#i-down"/>
            </button>
        </div>
        {move || open.get().then(|| links(&name(), tree))}
    }
}

/// The rows of the edges at a task, and the one that asks for another.
fn links(id: &str, tree: Tree) -> impl IntoView + use<> {
    let id = id.to_owned();
    let add = link(&Row { task: id.clone(), link: Link::Add }, "needs another task…", "", tree);
    let edges = move || {
        let Ends { needs, feeds } =
            tree.ends.with(|ends| ends.get(&id).cloned()).unwrap_or_default();
        let row = |link| Row { task: id.clone(), link };
        let needs = needs.into_iter().map(|edge| {
            let words = format!("needs {}", edge.from);
            link(&row(Link::Needs(edge.from.clone())), &words, &slot_words(&edge), tree)
        });
        let feeds = feeds.into_iter().map(|edge| {
            let words = format!("feeds {}", edge.to);
            link(&row(Link::Feeds(edge.to.clone())), &words, &slot_words(&edge), tree)
        });
        needs.chain(feeds).collect_view()
    };
    view! { {edges} {add} }
}

fn link(row: &Row, words: &str, how: &str, tree: Tree) -> impl IntoView + use<> {
    let key = row.key();
    let at = key.clone();
    let cut = (row.link != Link::Add).then(|| {
        let label = format!("Remove the edge: {} {words}", row.task);
        view! {
            <button type="button" class="btn quiet icon" tabindex="-1" data-cut="" aria-label=label>
                <Icon of="#i-x"/>
            </button>
        }
    });
    let label = format!("{} {words} {how}", row.task);
    view! {
        <div
            class="link"
            role="treeitem"
            {..custom_attribute("aria-level", "2")}
            aria-label=label.trim().to_owned()
            tabindex=move || tree.tabindex(&at)
            data-key=key
        >
            <span>{words.to_owned()}</span>
            <span class="dim">{how.to_owned()}</span>
            {cut}
        </div>
    }
}

/// What an edge carries.
fn slot_words(edge: &Edge) -> String {
    match &edge.slot {
        Slot::Arg { param, .. } => format!("as {param}"),
        Slot::After => "only waited for".to_owned(),
    }
}
