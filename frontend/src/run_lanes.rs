//! The lanes of one of the runs that the page has at once, below an axis that they share.
//!
//! Main and the workers only: who waits is in the timeline of the run that is shown.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use shared::engine::event::EndCause;
use shared::scenario::Plan;
use shared::units::{Instant, Span};
use shared::view::timeline::LaneKind;
use shared::view::timeline::scale::Scale;
use web_sys::PointerEvent;

use crate::bench::{Bench, Selection};
use crate::recording::Recording;
use crate::session::Phase;
use crate::timeline::{Painter, Scene, Tip, Tipped};
use crate::timeline::{on_theme, place_on, pointed, rows_of, theme_key};
use crate::units::moment;

/// Pixels that there are for the lanes of one run without scrolling.
const SEEN: f64 = 70.0;

/// Which run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The one at the left of a comparison.
    Left,
    /// The one that is shown.
    Shown,
    /// The one that is foretold.
    Ghost,
}

/// The lanes of one run.
#[component]
pub fn RunLanes(
    /// Whose.
    which: Which,
    /// How much later than in the run that is shown it is in another, in seconds of their scenarios.
    #[prop(into)]
    ahead: Signal<f64>,
    /// The window on the time of the run that is shown.
    scale: Memo<Scale>,
    /// Pixels.
    width: RwSignal<f64>,
    /// Drawn with the lanes of the run that is shown.
    axis: NodeRef<leptos::html::Canvas>,
) -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let lanes_at = NodeRef::<leptos::html::Canvas>::new();
    let tip = RwSignal::new(None::<Tipped>);
    let painter: StoredValue<Rc<RefCell<Painter>>, LocalStorage> =
        StoredValue::new_local(Rc::default());
    let is_shown_one = which == Which::Shown;
    let ahead = move || if is_shown_one { 0.0 } else { ahead.get() };
    let own_unit = move || with_run(bench, which, |all, _| unit_of(all)).unwrap_or(1.0);
    // One second of a scenario is as long in both.
    let own_scale = move || {
        let Scale { from, px_per_second } = scale.get();
        let (shown, own) = (session.unit(), own_unit());
        let from = (from / shown + ahead()) * own;
        Scale { from, px_per_second: px_per_second * shown / own }
    };
    // The tracked signals say when there is something new to look at.
    let track = move || {
        session.tick.track();
        session.left.track();
        session.era.track();
        bench.ghost.foretold.track();
    };
    let now = move |all: &Recording| {
        if is_shown_one { session.clock.get() } else { all.fold.view.now }
    };
    let layout = Memo::new(move |_| {
        track();
        let (scale, width) = (own_scale(), width.get());
        let of = |all: &Recording| {
            let (plan, lanes) = (all.fold.view.plan(), all.timeline.lanes());
            let wanted = |lane| is_shown(lane, which);
            rows_of(plan, lanes, &scale, width, now(all), SEEN, wanted)
        };
        with_run(bench, which, |all, _| of(all)).unwrap_or_default()
    });
    let held = move || {
        let held = session.held.get()?.at;
        let seconds = (held.seconds() / session.unit() + ahead()) * own_unit();
        Some(if is_shown_one { held } else { Instant::ZERO + Span::from_seconds(seconds) })
    };
    Effect::new(move |_| {
        track();
        let (Some(lanes), axis) = (lanes_at.get(), axis.get()) else { return };
        let scene = |all: &Recording, simulated: bool| Scene {
            scale: own_scale(),
            width: width.get(),
            height: layout.with(|rows| rows.last().map_or(0.0, |row| row.top + row.height)),
            unit: all.fold.view.plan().scenario.scale,
            now: now(all),
            held: held(),
            playing: session.playing.get(),
            skips: session.skips.get(),
            only: bench.pointed.get().or_else(|| bench.only.get()),
            phase: if is_shown_one {
                session.phase.get()
            } else {
                Phase::Ended(all.fold.view.end.unwrap_or(EndCause::Finished))
            },
            simulated,
            selection: bench.selection.get(),
            has_futures: all.fold.view.plan().kind().has_futures(),
            rows: layout.get(),
            theme: theme_key(),
        };
        with_run(bench, which, |all, simulated| {
            let scene = scene(all, simulated);
            let axis = axis.as_ref().filter(|_| is_shown_one);
            painter.with_value(|it| it.borrow_mut().paint(&lanes, axis, &scene, Some(all)));
        });
    });
    on_theme(move || session.tick.update(|tick| *tick = tick.wrapping_add(1)));

    let hit = move |event: &PointerEvent| {
        let at = place_on(event)?;
        let scale = untrack(own_scale);
        layout.with_untracked(|rows| {
            with_run(bench, which, |all, _| pointed(all, rows, &scale, at)).flatten()
        })
    };
    let click = move |event: PointerEvent| {
        if let Some((Some(task), _)) = hit(&event) {
            select(bench, &task);
        }
    };
    let hover = move |event: PointerEvent| {
        let words = hit(&event).map(|(_, words)| words);
        tip.set(words.map(|words| Tipped::at(&event, words)));
    };
    let caption = move || {
        track();
        let words = |all: &Recording, simulated| {
            let plan: &Plan = all.fold.view.plan();
            let at = moment(all.fold.view.now, plan);
            format!("{}, {at}", run_words(plan, simulated))
        };
        with_run(bench, which, words)
    };
    let heads = move || {
        track();
        let names = |all: &Recording, _| {
            let lanes = 0..all.timeline.lanes().len();
            lanes.map(|lane| all.timeline.head(lane, now(all)).name).collect::<Vec<_>>()
        };
        let names = with_run(bench, which, names).unwrap_or_default();
        let heights = layout.with(|rows| rows.iter().map(|row| row.height).collect::<Vec<_>>());
        let head = |(name, height)| {
            view! {
                <div class="lane-head" style=("height", format!("{height}px"))><b>{name}</b></div>
            }
        };
        let lanes = names.into_iter().zip(heights).filter(|(_, height)| *height > 0.0);
        lanes.map(head).collect_view()
    };
    let name = move || match which {
        Which::Left => session.left.get().name(),
        Which::Shown => "This run",
        Which::Ghost => "What is foretold",
    };
    // For whoever sees no line on a canvas.
    let at = move || {
        track();
        let at = held();
        with_run(bench, which, |all, _| {
            moment(at.unwrap_or_else(|| now(all)).min(now(all)), all.fold.view.plan())
        })
    };
    view! {
        <section class="run-lanes" aria-label=name data-at=at>
            <h3><b>{name}</b>" "<span>{caption}</span></h3>
            <div class="lanes">
                <div class="heads">{heads}</div>
                <canvas
                    node_ref=lanes_at
                    aria-hidden="true"
                    on:pointerdown=click
                    on:pointermove=hover
                    on:pointerleave=move |_| tip.set(None)
                ></canvas>
            </div>
            <Tip at=tip/>
        </section>
    }
}

/// Several runs have room for who does something; who waits is in the timeline of one.
fn is_shown(lane: LaneKind, which: Which) -> bool {
    match lane {
        LaneKind::Worker(_) => true,
        LaneKind::Main => which != Which::Ghost,
        LaneKind::Queue | LaneKind::CallQueue | LaneKind::Shelf => false,
    }
}

/// Looks at one of the runs, and whether it was simulated.
pub fn with_run<T>(
    bench: Bench,
    which: Which,
    look: impl FnOnce(&Recording, bool) -> T,
) -> Option<T> {
    match which {
        Which::Left => bench.session.with_left(look),
        Which::Ghost => bench.ghost.with(|all| look(all, true)),
        Which::Shown => {
            let simulated = bench.session.simulated.with(Option::is_some);
            bench.session.whole(|all| look(all, simulated))
        }
    }
}

/// Seconds of a run that are one of its scenario's.
pub fn unit_of(all: &Recording) -> f64 {
    all.fold.view.plan().scenario.scale
}

/// A run in a few words: what ran it, and how.
fn run_words(plan: &Plan, simulated: bool) -> String {
    let executor = plan.kind().class();
    let workers = plan.max_workers();
    let how = if simulated { "simulated" } else { "measured" };
    let workers = if workers == 1 { "1 worker".to_owned() } else { format!("{workers} workers") };
    format!("{executor}, {workers}, {how}")
}

/// Selects a task of the document by its name.
pub fn select(bench: Bench, task: &str) {
    if bench.editor.ids.with_untracked(|ids| ids.iter().any(|id| id == task)) {
        bench.selection.set(Selection::task(task));
    }
}
