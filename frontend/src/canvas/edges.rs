//! The edges: dashed while their value is still to come, solid once it was handed out.

use std::collections::BTreeMap;

use leptos::prelude::*;
use shared::graph::layout::curve;
use shared::scenario::edit::{Edge, Slot};

use super::node::{inputs, slot_y};
use super::{NODE_H, NODE_W, place_of};
use crate::bench::Bench;

/// An edge and where it arrives.
#[derive(Debug, Clone, PartialEq)]
struct Drawn {
    edge: Edge,
    /// Which of the inputs, from 0, and of how many.
    slot: (usize, usize),
}

/// All edges.
#[component]
pub fn Edges() -> impl IntoView {
    let bench = Bench::get();
    let drawn = Memo::new(move |_| {
        bench.editor.edges.with(|edges| {
            let mut count: BTreeMap<&str, usize> = BTreeMap::new();
            for edge in edges.iter() {
                *count.entry(&edge.to).or_default() += 1;
            }
            let mut next: BTreeMap<&str, usize> = BTreeMap::new();
            let place = |edge: &Edge| (edge.clone(), count[edge.to.as_str()]);
            let mut all = Vec::new();
            for edge in edges.iter() {
                let at = next.entry(&edge.to).or_default();
                let (edge, of) = place(edge);
                all.push(Drawn { edge, slot: (*at, of) });
                *at += 1;
            }
            all
        })
    });
    let key = |drawn: &Drawn| {
        let Drawn { edge, slot } = drawn;
        format!("{} {} {slot:?} {:?}", edge.from, edge.to, edge.slot)
    };
    view! {
        <For each=move || drawn.get() key=key let:drawn>
            <EdgePath drawn=drawn/>
        </For>
    }
}

#[component]
fn EdgePath(drawn: Drawn) -> impl IntoView {
    let bench = Bench::get();
    let Drawn { edge, slot: (at, of) } = drawn;
    let look = bench.session.look(&edge.from);
    let given = move || look.with(|look| look.given);
    let after = edge.slot == Slot::After;
    let name = format!("{} → {}", edge.from, edge.to);
    let (from, to) = (edge.from, edge.to);
    let ends = (from.clone(), to.clone());
    let in_run = move || {
        let runs = |id: &str| bench.session.task_id(id).is_some();
        runs(&ends.0) && runs(&ends.1)
    };
    let path = move || path(bench, &from, &to, slot_y(at, of));
    view! {
        <path
            class="edge"
            class:given=given.clone()
            class:open=move || in_run() && !given()
            class:after=after
            data-edge=name
            d=path
        ></path>
    }
}

/// The path of an edge between these tasks, also of one that there is not.
pub fn line(bench: Bench, from: &str, to: &str) -> String {
    let into = inputs(bench, to);
    let at = into.iter().position(|edge| edge.from == from);
    path(bench, from, to, at.map_or(NODE_H / 2.0, |at| slot_y(at, into.len())))
}

fn path(bench: Bench, from: &str, to: &str, slot: f64) -> String {
    let (x0, y0) = place_of(bench, from);
    let (x1, y1) = place_of(bench, to);
    let start = (f64::from(x0) + NODE_W, f64::from(y0) + NODE_H / 2.0);
    curve(start, (f64::from(x1) - 4.0, f64::from(y1) + slot))
}
