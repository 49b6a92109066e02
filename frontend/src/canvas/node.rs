//! A node: a card with a band. The band has the pattern and the glyph, the words stand on paper.

use leptos::prelude::*;
use shared::scenario::Count;
use shared::scenario::edit::{Edge, Slot};
use shared::units::with_commas;
use shared::view::ItemsView;
use shared::view::shown::Shown;

use super::wiring::{Role, Roles};
use super::{Camera, Detail, NODE_H, NODE_W, Wiring, place_of};
use crate::bench::Bench;
use crate::fold::short;
use crate::inspector::{call_text, short_call_text};
use crate::palette::skin;
use crate::units::span;

/// Characters of a label, and of the line of the function.
const LABEL: usize = 15;
/// Characters of the label of a map node, which has the number of its items beside it.
const MAP_LABEL: usize = 9;
const CALL: usize = 15;

/// Where a map node's bar begins, and its width.
const BAR_X: f64 = 42.0;
const BAR_W: f64 = 124.0;

/// The outline of a card: notched at the left if it failed, jagged at the right if its worker died.
fn body_of(shown: Shown) -> &'static str {
    match shown {
        Shown::Failed => {
            "M8 0h160a8 8 0 0 1 8 8v40a8 8 0 0 1-8 8H8a8 8 0 0 1-8-8V36l5-8-5-8V8a8 8 0 0 1 8-8z"
        }
        Shown::Broken => {
            "M8 0h168l-5 7 5 7-5 7 5 7-5 7 5 7-5 7 5 7H8a8 8 0 0 1-8-8V8a8 8 0 0 1 8-8z"
        }
        _ => "M8 0h160a8 8 0 0 1 8 8v40a8 8 0 0 1-8 8H8a8 8 0 0 1-8-8V8a8 8 0 0 1 8-8z",
    }
}

/// The band at its left.
fn band_of(shown: Shown) -> &'static str {
    match shown {
        Shown::Failed => {
            "M32 .75H8A7.25 7.25 0 0 0 .75 8v11.8L5.9 28 .75 36.2V48A7.25 7.25 0 0 0 8 55.25h24z"
        }
        _ => "M32 .75H8A7.25 7.25 0 0 0 .75 8v40A7.25 7.25 0 0 0 8 55.25h24z",
    }
}

/// The most slots that a port draws one by one.
const SLOTS: usize = 6;

/// A node, in as much detail as can be seen.
#[component]
pub fn Node(
    /// The task's id.
    id: String,
    camera: Camera,
    /// What the tasks are to the edge that is being drawn.
    roles: Memo<Option<Roles>>,
) -> impl IntoView {
    let bench = Bench::get();
    let look = bench.session.look(&id);
    let id = StoredValue::new(id);
    let with_id = move |f: &dyn Fn(&str) -> String| id.with_value(|id| f(id));

    let place = Memo::new(move |_| id.with_value(|id| place_of(bench, id)));
    let detail = Memo::new(move |_| camera.detail(place.get()));
    let selected = move || id.with_value(|id| bench.selection.with(|all| all.has(id)));
    let role = Memo::new(move |_| {
        let role = id.with_value(|id| roles.with(|all| all.as_ref().map(|all| all.of(id))))?;
        let aims = |now: &Wiring| id.with_value(|id| now.to.as_ref() == Some(id));
        let is_target = bench.wiring.with(|now| now.as_ref().is_some_and(aims));
        // What would close a circle is no target, however much it is aimed at.
        Some(if is_target && role != Role::Circle { Role::Target } else { role })
    });
    let wrong = Memo::new(move |_| id.with_value(|id| !bench.editor.problems_of(id).is_empty()));
    let call = Memo::new(move |_| {
        id.with_value(|id| bench.editor.task(id)).map(|task| short_call_text(&task))
    });
    let class = {
        let look = look.clone();
        // One text: `class:` beside it would be lost whenever it changes.
        move || {
            let mut class = format!("node {}", skin(look.with(|look| look.shown)).class);
            for (on, word) in [(selected(), " selected"), (wrong.get(), " wrong")] {
                if on {
                    class += word;
                }
            }
            class + role.get().map_or("", Role::class)
        }
    };
    let label = {
        let look = look.clone();
        move || {
            let call = call.get().unwrap_or_default();
            look.with(|look| {
                let worker = look.worker.as_ref().map(|worker| format!(" on worker {worker}"));
                let word = skin(look.shown).legend;
                format!("{}, {call}, {word}{}", with_id(&str::to_owned), worker.unwrap_or_default())
            })
        }
    };
    let value = move || look.with(|look| look.outcome.clone());
    view! {
        <g
            class=class
            data-task=with_id(&str::to_owned)
            data-value=value
            role="img"
            aria-label=label
        >
            {move || match detail.get() {
                Detail::Nothing => ().into_any(),
                // Placed by its own coordinates: a transformation would cost a layer.
                Detail::Colour => view! {
                    <rect
                        class="far"
                        x=move || place.get().0
                        y=move || place.get().1
                        width=NODE_W
                        height=NODE_H
                        rx="8"
                    ></rect>
                }.into_any(),
                Detail::All => view! {
                    <Card id=id.get_value() place=place call=call wrong=wrong/>
                }.into_any(),
            }}
        </g>
    }
}

/// The card, with all its words.
#[component]
fn Card(
    id: String,
    place: Memo<(i32, i32)>,
    call: Memo<Option<String>>,
    wrong: Memo<bool>,
) -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let look = session.look(&id);
    let inputs = {
        let id = id.clone();
        Memo::new(move |_| inputs(bench, &id))
    };
    let slots = move || {
        let given = |edge: &Edge| session.look(&edge.from).with(|look| look.given);
        inputs.with(|inputs| inputs.iter().map(given).collect::<Vec<_>>())
    };
    let in_run = {
        let id = id.clone();
        move || session.task_id(&id).is_some()
    };
    let in_run = Memo::new(move |_| in_run());
    let shown = {
        let look = look.clone();
        Memo::new(move |_| look.with(|look| look.shown))
    };
    let skin_now = move || skin(shown.get());

    let items = {
        let id = id.clone();
        Memo::new(move |_| bench.editor.task(&id).and_then(|task| task.items()).map(items_text))
    };
    // The upper right: how long it takes or took, or how many inputs are there.
    let meta = {
        let look = look.clone();
        move || {
            // Of a map node, how many items there are, or how far they are.
            if let Some(items) = items.get() {
                return Some(look.with(|look| match &look.items {
                    Some(now) if in_run.get() => percent(now).unwrap_or(items),
                    _ => items,
                }));
            }
            let of_inputs = || {
                let slots = slots();
                let there = slots.iter().filter(|given| **given).count();
                (slots.len() > 1).then(|| format!("{there} of {}", slots.len()))
            };
            session.plan.with(|plan| {
                let plan = plan.as_ref()?;
                look.with(|look| match (look.took, look.since) {
                    (Some(took), _) => Some(span(took, plan)),
                    (None, Some(since)) if look.outcome.is_none() => {
                        Some(span(session.shown_at().since(since), plan))
                    }
                    _ => of_inputs(),
                })
            })
        }
    };
    let words = {
        let look = look.clone();
        Memo::new(move |_| {
            // The word of the state stands in the same line.
            let word = if in_run.get() { skin_now().word.len() } else { 0 };
            let room = CALL.saturating_sub(word);
            match look.with(|look| look.outcome.clone()) {
                Some(outcome) => (short(&outcome, room), "t-val"),
                None => (short(&call.get().unwrap_or_default(), room), "t-fn"),
            }
        })
    };
    let worker = {
        let look = look.clone();
        move || look.with(|look| look.worker.clone())
    };
    // What is jagged at the right has less room there.
    let right = move || if shown.get() == Shown::Broken { 160.0 } else { 166.0 };
    let meta_right = {
        let worker = worker.clone();
        move || if worker().is_some() { right() - 22.0 } else { right() }
    };
    let port = move || {
        let slots = slots();
        if slots.len() < 2 || slots.len() > SLOTS {
            let some = !slots.is_empty();
            // In the notch, if there is one.
            let x = move || if shown.get() == Shown::Failed { "5" } else { "0" };
            return view! { <circle class="port" class:fed=some cx=x cy="28" r="3.5"></circle> }
                .into_any();
        }
        let dots = slots.iter().enumerate().map(|(at, full)| {
            let y = slot_y(at, slots.len());
            view! { <circle class="slot" class:full=*full cx="0" cy=y r="2.5"></circle> }
        });
        view! {
            <rect class="port" x="-4.5" y="4" width="9" height="48" rx="4.5"></rect>
            {dots.collect_view()}
        }
        .into_any()
    };
    let bar = {
        let look = look.clone();
        move || {
            let is_map_node = items.with(Option::is_some);
            let now = look.with(|look| look.items.clone()).filter(|_| in_run.get());
            is_map_node.then(|| now.map(|now| (bar_parts(&now), borders(&now))).unwrap_or_default())
        }
    };
    let glyph = move || skin_now().glyph;
    let word = move || if in_run.get() { skin_now().word } else { "" };
    let label = {
        let id = id.clone();
        move || short(&id, if items.with(Option::is_some) { MAP_LABEL } else { LABEL })
    };
    view! {
        <g
            class="card"
            transform=move || { let (x, y) = place.get(); format!("translate({x} {y})") }
        >
            <title>{move || tooltip(bench, &id)}</title>
            <rect class="ring" x="-4" y="-4" width="184" height="64" rx="12"></rect>
            <path class="body" d=move || body_of(shown.get())></path>
            <path class="band" d=move || band_of(shown.get())></path>
            <use_ href=glyph x="8" y="20" width="16" height="16"></use_>
            <text class="t-label" x="42" y="23">{label}</text>
            <text class="t-meta" x=meta_right y="23" text-anchor="end">{meta}</text>
            {move || worker().map(|letter| view! {
                <rect class="wkbox" x=move || right() - 15.5 y="10.5" width="16" height="16" rx="4"></rect>
                <text class="t-wk" x=move || right() - 7.5 y="23" text-anchor="middle">{letter}</text>
            })}
            <text class=move || words.get().1 x="42" y="43">{move || words.get().0}</text>
            <text class="t-word" x=right y="43" text-anchor="end">{word}</text>
            {move || bar().map(|(parts, borders)| view! {
                <g class="items">
                    <rect class="items-all" x=BAR_X y="49" width=BAR_W height="3" rx="1.5"></rect>
                    {parts.into_iter().map(|(class, x, width)| view! {
                        <rect class=class x=x y="49" width=width height="3"></rect>
                    }).collect_view()}
                    {(!borders.is_empty()).then(|| view! { <path class="items-borders" d=borders></path> })}
                </g>
            })}
            {move || (in_run.get() && bench.stale.get()).then(|| view! {
                <rect class="from-before" width="176" height="56" rx="8" fill="url(#p-before)"></rect>
            })}
            {port}
            <circle class="port out" cx="176" cy="28" r="3.5"></circle>
            <circle class="port-hit" data-port="" cx="176" cy="28" r="13"></circle>
            <text class="t-wrong" x="166" y="72" text-anchor="end">
                {move || wrong.get().then_some("see what is wrong")}
            </text>
        </g>
    }
}

/// How often a map node's function is called, so short that it stands beside the name.
fn items_text(items: Count) -> String {
    match items {
        Count::Finite(items) => format!("×{}", with_commas(&items.to_string())),
        Count::Endless => "×∞".to_owned(),
    }
}

/// How far a map node is; nothing more to say once all of its items are through.
fn percent(items: &ItemsView) -> Option<String> {
    let (of, over) = (u64::from(items.of?), u64::from(items.over()));
    (over < of).then(|| format!("{} %", 100 * over / of))
}

/// A map node's bar, as pieces: the class of each, where it begins, and how wide it is. What waits is
/// the bar's ground. Of few calls each is a piece by itself, in the items' order; else each state that
/// some of the items have, in the order of the legend.
fn bar_parts(items: &ItemsView) -> Vec<(String, f64, f64)> {
    let all = items.of.unwrap_or_else(|| items.submitted()).max(1);
    let wide = |count: u32| BAR_W * f64::from(count) / f64::from(all);
    let class = |shown| format!("items-{}", skin(shown).class);
    let (mut x, mut parts) = (BAR_X, Vec::new());
    let mut push = |shown: Shown, width: f64| {
        if width > 0.0 && !matches!(shown, Shown::Waiting | Shown::Queued | Shown::Skipped) {
            parts.push((class(shown), x, width));
        }
        x += width;
    };
    let calls = items.few_calls();
    let begins = std::iter::once(0).chain(calls.iter().map(|call| call.end));
    for (call, begin) in calls.iter().zip(begins) {
        push(call.look, wide(call.end.saturating_sub(begin)));
    }
    if calls.is_empty() {
        for shown in [
            Shown::Succeeded,
            Shown::Failed,
            Shown::Broken,
            Shown::Cancelled,
            Shown::Running,
            Shown::Claims,
        ] {
            push(shown, wide(items.that_are(shown)));
        }
    }
    parts
}

/// Cuts through a map node's bar between the calls that it shows one by one.
fn borders(items: &ItemsView) -> String {
    let all = items.of.unwrap_or_else(|| items.submitted()).max(1);
    let cut = |end: u32| format!("M{:.1} 49v3", BAR_X + BAR_W * f64::from(end) / f64::from(all));
    let calls = items.few_calls().iter().map(|call| call.end);
    calls.filter(|end| *end < all).map(cut).collect()
}

/// The edges into a task, in the order of its slots.
pub fn inputs(bench: Bench, id: &str) -> Vec<Edge> {
    bench.editor.edges.with(|edges| edges.iter().filter(|edge| edge.to == id).cloned().collect())
}

/// Where an edge arrives, below the node's upper edge.
pub fn slot_y(at: usize, of: usize) -> f64 {
    if !(2..=SLOTS).contains(&of) {
        return 28.0;
    }
    let gap = 36.0 / (of - 1) as f64;
    10.0 + gap * at as f64
}

fn tooltip(bench: Bench, id: &str) -> String {
    let Some(task) = bench.editor.task(id) else { return String::new() };
    let mut text = format!("{id}: {}", call_text(&task));
    for edge in inputs(bench, id) {
        if edge.slot == Slot::After {
            text = format!("{text}\nafter {}", edge.from);
        }
    }
    for (_, problem) in bench.editor.problems_of(id) {
        text.push('\n');
        text.push_str(&problem);
    }
    text
}
