//! A node: a card with a band. The band has the pattern and the glyph, the words stand on paper.

use leptos::prelude::*;
use shared::scenario::edit::{Edge, Slot};

use super::place_of;
use crate::bench::Bench;
use crate::fold::short;
use crate::inspector::{call_text, short_call_text};
use crate::palette::skin;
use crate::units::span;

/// Characters of a label, and of the line of the function.
const LABEL: usize = 15;
const CALL: usize = 15;

/// The most slots that a port draws one by one.
const SLOTS: usize = 6;

/// A node.
#[component]
pub fn Node(
    /// The task's id.
    id: String,
) -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let look = session.look(&id);
    let id = StoredValue::new(id);
    let with_id = move |f: &dyn Fn(&str) -> String| id.with_value(|id| f(id));

    let place = Memo::new(move |_| id.with_value(|id| place_of(bench, id)));
    let selected = move || id.with_value(|id| bench.selection.with(|all| all.has(id)));
    let target = move || {
        bench
            .wiring
            .with(|wiring| wiring.as_ref().is_some_and(|(_, to)| id.with_value(|id| id == to)))
    };
    let wrong = Memo::new(move |_| id.with_value(|id| !bench.editor.problems_of(id).is_empty()));
    let call = Memo::new(move |_| {
        id.with_value(|id| bench.editor.task(id)).map(|task| short_call_text(&task))
    });
    let skin_now = {
        let look = look.clone();
        move || skin(look.with(|look| look.shown))
    };
    let inputs = Memo::new(move |_| id.with_value(|id| inputs(bench, id)));
    let slots = move || {
        let given = |edge: &Edge| session.look(&edge.from).with(|look| look.given);
        inputs.with(|inputs| inputs.iter().map(given).collect::<Vec<_>>())
    };

    let in_run = move || session.plan.with(Option::is_some);

    // The upper right: how long it takes or took, or how many inputs are there.
    let meta = {
        let look = look.clone();
        move || {
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
                        Some(span(session.clock.get().since(since), plan))
                    }
                    _ => of_inputs(),
                })
            })
        }
    };
    let words = {
        let look = look.clone();
        move || match look.with(|look| look.outcome.clone()) {
            Some(outcome) => (outcome, "t-val"),
            None => {
                // The word of the state stands in the same line.
                let word = if in_run() { skin(look.with(|look| look.shown)).word.len() } else { 0 };
                let room = CALL.saturating_sub(word);
                (short(&call.get().unwrap_or_default(), room), "t-fn")
            }
        }
    };
    let words = Memo::new(move |_| words());
    let worker = {
        let look = look.clone();
        move || look.with(|look| look.worker.clone())
    };
    let label = {
        let skin = skin_now.clone();
        let worker = worker.clone();
        move || {
            let mut label = format!(
                "{}, {}, {}",
                with_id(&str::to_owned),
                call.get().unwrap_or_default(),
                skin().legend
            );
            if let Some(worker) = worker() {
                label = format!("{label} on worker {worker}");
            }
            label
        }
    };
    let meta_right = {
        let worker = worker.clone();
        move || if worker().is_some() { "144" } else { "166" }
    };
    let port = move || {
        let slots = slots();
        if slots.len() < 2 || slots.len() > SLOTS {
            let some = !slots.is_empty();
            return view! { <circle class="port" class:fed=some cx="0" cy="28" r="3.5"></circle> }
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
    let class = {
        let skin = skin_now.clone();
        move || format!("node {}", skin().class)
    };
    let glyph = {
        let skin = skin_now.clone();
        move || skin().glyph
    };
    let word = {
        let skin = skin_now;
        move || if in_run() { skin().word } else { "" }
    };
    view! {
        <g
            class=class
            class:selected=selected
            class:target=target
            class:wrong=wrong
            data-task=with_id(&str::to_owned)
            data-value=move || look.with(|look| look.outcome.clone())
            role="img"
            aria-label=label
            transform=move || { let (x, y) = place.get(); format!("translate({x} {y})") }
        >
            <title>{move || with_id(&|id| tooltip(bench, id))}</title>
            <rect class="ring" x="-4" y="-4" width="184" height="64" rx="12"></rect>
            <rect class="body" width="176" height="56" rx="8"></rect>
            <path class="band" d="M32 .75H8A7.25 7.25 0 0 0 .75 8v40A7.25 7.25 0 0 0 8 55.25h24z"></path>
            <use_ href=glyph x="8" y="20" width="16" height="16"></use_>
            <text class="t-label" x="42" y="23">{with_id(&|id| short(id, LABEL))}</text>
            <text class="t-meta" x=meta_right y="23" text-anchor="end">{meta}</text>
            {move || worker().map(|letter| view! {
                <rect class="wkbox" x="150.5" y="10.5" width="16" height="16" rx="4"></rect>
                <text class="t-wk" x="158.5" y="23" text-anchor="middle">{letter}</text>
            })}
            <text class=move || words.get().1 x="42" y="43">{move || words.get().0}</text>
            <text class="t-word" x="166" y="43" text-anchor="end">{word}</text>
            {port}
            <circle class="port out" cx="176" cy="28" r="3.5"></circle>
            <circle class="port-hit" data-port="" cx="176" cy="28" r="13"></circle>
            <text class="t-wrong" x="166" y="66" text-anchor="end">
                {move || wrong.get().then_some("see what is wrong")}
            </text>
        </g>
    }
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
