//! The edge that is being drawn: from which task, and to which one.
//!
//! ```text
//!  E, or "Connect to…"   ──▶ armed, aims at a neighbour ──arrows──▶ another ──Enter──▶ set
//!  a tap on an output    ──▶ armed, aims at nothing ─────a tap on a task─────────────▶ set
//!  a drag from an output ──▶ armed, aims at what is near ──────let go over it────────▶ set
//!                              Esc, or a tap on the ground: let go
//! ```
//!
//! It is one state, so whoever began with a key may end with a finger. What it must not be is a drag
//! alone: not every hand can drag (WCAG 2.5.7).

use std::collections::BTreeSet;

use leptos::prelude::*;
use shared::graph::layout::curve;
use shared::scenario::edit::{Edit, Refused, circle};

use super::edges::line;
use super::gestures::Gestures;
use super::{NODE_H, NODE_W, place_of};
use crate::bench::{Bench, GraphAs, Pane};
use crate::focus::focus;
use crate::keys::{GRAPH, nearest};
use crate::lineage::{Way, closure};
use crate::outline::Tap;

/// How far an edge that leads back bows out.
const BOW: f64 = 48.0;

/// An edge that is being drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wiring {
    /// The task from which it goes.
    pub from: String,
    /// The task to which it would go now.
    pub to: Option<String>,
}

/// What a task is to the edge that is being drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The edge begins there.
    Source,
    /// It would go there now.
    Target,
    /// It may go there.
    Possible,
    /// It would close a circle there.
    Circle,
    /// It is there already.
    Connected,
}

impl Role {
    /// The class of such a node.
    pub fn class(self) -> &'static str {
        match self {
            Self::Source => " source",
            Self::Target => " target",
            Self::Possible => " possible",
            Self::Circle => " no-target",
            Self::Connected => "",
        }
    }
}

/// What the tasks are to the edge that is being drawn, other than possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    from: String,
    circle: BTreeSet<String>,
    connected: BTreeSet<String>,
}

impl Roles {
    /// The roles now; none if no edge is being drawn.
    pub fn now(bench: Bench) -> Memo<Option<Self>> {
        let from = Memo::new(move |_| {
            bench.wiring.with(|wiring| wiring.as_ref().map(|wiring| wiring.from.clone()))
        });
        Memo::new(move |_| {
            let from = from.get()?;
            bench.editor.edges.with(|edges| {
                let circle = closure(edges, BTreeSet::from([from.clone()]), Way::Up);
                let direct = edges.iter().filter(|edge| edge.from == from);
                let connected = direct.map(|edge| edge.to.clone()).collect();
                Some(Self { from, circle, connected })
            })
        })
    }

    /// What this task is.
    pub fn of(&self, id: &str) -> Role {
        match () {
            () if self.from == id => Role::Source,
            () if self.circle.contains(id) => Role::Circle,
            () if self.connected.contains(id) => Role::Connected,
            () => Role::Possible,
        }
    }
}

impl Bench {
    /// Begins an edge at the selected task, towards the nearest one on its right.
    pub fn start_wiring(self) {
        let from = self.selection.with_untracked(|selection| selection.one().map(str::to_owned));
        let Some(from) = from else {
            return self.say("Select the task from which the edge shall go, then press E.");
        };
        if self.narrow.get_untracked() || self.graph_as.get_untracked() == GraphAs::Outline {
            self.pane.set(Pane::Graph);
            self.tap.set(Tap::EdgeFrom(from));
            request_animation_frame(|| {
                focus(GRAPH);
            });
            return;
        }
        let Some(to) = self.first_target(&from) else {
            return self.say("There is no other task to connect to.");
        };
        self.say(format!(
            "Edge from {from} to {to}? Arrows or a tap choose another, Enter sets, Esc lets go."
        ));
        self.wiring.set(Some(Wiring { from, to: Some(to) }));
        focus(GRAPH);
    }

    /// Says that an edge was begun by a tap.
    pub fn say_armed(self) {
        if let Some(Wiring { from, .. }) = self.wiring.get_untracked() {
            self.say(format!(
                "Edge from {from}: tap the task that needs it, or choose it by arrows. Esc lets go."
            ));
        }
    }

    /// The nearest task in the direction in which edges go, or in any other.
    fn first_target(self, from: &str) -> Option<String> {
        let keys = ["ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft"];
        keys.iter().find_map(|key| nearest(self, from, key, None))
    }

    /// Aims the edge at the next task in the direction of an arrow.
    pub fn aim_by_arrow(self, wiring: &Wiring, key: &str) {
        let Wiring { from, to } = wiring;
        let next = match to {
            Some(to) => nearest(self, to, key, Some(from)),
            None => nearest(self, from, key, None),
        };
        if let Some(next) = next {
            let circle = self.editor.scenario.with_untracked(|all| circle(all, from, &next));
            self.say(match circle {
                Some(circle) => {
                    format!("To {next}? That would close a circle: {}.", circle.join(" → "))
                }
                None => format!("To {next}?"),
            });
            self.aim(Some(next));
        }
    }

    /// Aims the edge at this task, or at none.
    pub fn aim(self, to: Option<String>) {
        if self.wiring.with_untracked(|wiring| wiring.as_ref().is_some_and(|now| now.to != to)) {
            self.wiring.update(|wiring| {
                if let Some(wiring) = wiring {
                    wiring.to = to;
                }
            });
        }
    }

    /// Sets the edge that was aimed at a task.
    pub fn connect(self) {
        let Some(Wiring { from, to: Some(to) }) = self.wiring.get_untracked() else {
            return self.say("Choose the task that needs it first: by arrows, or by a tap.");
        };
        self.wiring.set(None);
        if self.editor.edit(Edit::Connect { from: from.clone(), to: to.clone() }) {
            self.say(format!("Connected {from} to {to}."));
        }
    }

    /// Lets the edge go that was being drawn.
    pub fn drop_wire(self) {
        self.wiring.set(None);
        self.say("No edge drawn.");
    }
}

/// The edge that is being drawn.
#[component]
pub fn Wire(gestures: Gestures) -> impl IntoView {
    let bench = Bench::get();
    let path = move || {
        let Wiring { from, to } = bench.wiring.get()?;
        if let Some(to) = to {
            // Where it would close a circle, the circle is drawn.
            let closes = bench.editor.scenario.with(|all| circle(all, &from, &to).is_some());
            return (!closes).then(|| line(bench, &from, &to));
        }
        let (x, y) = place_of(bench, &from);
        let start = (f64::from(x) + NODE_W, f64::from(y) + NODE_H / 2.0);
        gestures.loose_end.get().map(|end| curve(start, end))
    };
    move || path().map(|d| view! { <path class="edge wire" d=d></path> })
}

/// The circle that an edge would close: one that was refused, or one that is only aimed at so far.
#[component]
pub fn Circle() -> impl IntoView {
    let bench = Bench::get();
    let around = Memo::new(move |_| {
        let refused = bench.editor.refused.with(|refused| match refused {
            Some(Refused::Circle { circle, .. }) => Some(circle.clone()),
            _ => None,
        });
        refused.or_else(|| {
            let Wiring { from, to } = bench.wiring.get()?;
            bench.editor.scenario.with(|all| circle(all, &from, &to?))
        })
    });
    move || {
        let around = around.get()?;
        let name = around.join(" → ");
        let step = |(at, pair): (usize, &[String])| {
            let d = if at == 0 {
                back(bench, &pair[0], &pair[1])
            } else {
                line(bench, &pair[0], &pair[1])
            };
            view! { <path d=d></path> }
        };
        Some(view! {
            <g class="circle" data-circle=name aria-hidden="true">
                {around.windows(2).enumerate().map(step).collect_view()}
            </g>
        })
    }
}

/// The edge that would close a circle: below the nodes, where it leads back, so that it is not taken
/// for the way forth.
fn back(bench: Bench, from: &str, to: &str) -> String {
    let ((x0, y0), (x1, y1)) = (place_of(bench, from), place_of(bench, to));
    let (start, end) = (f64::from(x0) + NODE_W, f64::from(x1) - 4.0);
    if end >= start {
        return line(bench, from, to);
    }
    let (y0, y1) = (f64::from(y0) + NODE_H / 2.0, f64::from(y1) + NODE_H / 2.0);
    let below = y0.max(y1) + NODE_H;
    let (right, left) = (start + BOW, end - BOW);
    format!(
        "M{start} {y0}C{right} {y0} {right} {below} {start} {below}H{end}C{left} {below} {left} {y1} {end} {y1}"
    )
}
