//! The lanes of both runs, one below the other, on one axis.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use shared::engine::event::EndCause;
use shared::scenario::Plan;
use shared::units::{Instant, Span};
use shared::view::timeline::LaneKind;
use shared::view::timeline::scale::Scale;
use web_sys::PointerEvent;

use super::{run_words, select};
use crate::bench::Bench;
use crate::recording::Recording;
use crate::session::Phase;
use crate::size;
use crate::timeline::{Axis, Painter, Scene, Tip, Tipped, Transport};
use crate::timeline::{on_theme, place_on, pointed, rows_of, theme_key};
use crate::units::moment;

/// Pixels that there are for the lanes of one of the two without scrolling.
const SEEN: f64 = 70.0;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Left,
    Shown,
}

/// Both runs' lanes below one axis.
#[component]
pub fn Both(
    /// How much later than in the run that is shown it is in the other, in seconds of their scenarios.
    #[prop(into)]
    ahead: Signal<f64>,
) -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let axis_at = NodeRef::<leptos::html::Canvas>::new();
    let width = size::width_of(axis_at);
    let unit = move || session.unit();
    // Seconds of the run that is shown; the other's are moved.
    let scale = Memo::new(move |_| {
        session.tick.track();
        session.left.track();
        let (ahead, unit) = (ahead.get(), unit());
        let end = |all: &Recording| all.fold.view.now.seconds() / super::unit(all);
        let left = session.with_left(|all, _| end(all)).unwrap_or_default();
        let shown = session.clock.get().seconds() / unit;
        let (from, until) = ((-ahead).min(0.0), shown.max(left - ahead));
        let all = Span::from_seconds((until - from) * unit * 33.0 / 32.0);
        Scale { from: from * unit, ..Scale::fit(Instant::ZERO + all, width.get() - 12.0, unit) }
    });
    let lanes = move |which: Which| {
        view! { <Lanes which=which ahead=ahead scale=scale width=width axis=axis_at/> }
    };
    view! {
        <div class="both">
            <div class="axis-row">
                <Transport/>
                <Axis canvas=axis_at scale=scale unit=Signal::derive(unit)/>
            </div>
            <div class="runs">
                {lanes(Which::Left)}
                {lanes(Which::Shown)}
            </div>
        </div>
    }
}

/// One of them.
#[component]
fn Lanes(
    which: Which,
    ahead: Signal<f64>,
    scale: Memo<Scale>,
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
    let is_left = which == Which::Left;
    let ahead = move || if is_left { ahead.get() } else { 0.0 };
    let own_unit = move || with(bench, which, |all, _| super::unit(all)).unwrap_or(1.0);
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
    };
    let now = move |all: &Recording| {
        if is_left { all.fold.view.now } else { session.clock.get() }
    };
    let layout = Memo::new(move |_| {
        track();
        let (scale, width) = (own_scale(), width.get());
        let of = |all: &Recording| {
            let (plan, lanes) = (all.fold.view.plan(), all.timeline.lanes());
            rows_of(plan, lanes, &scale, width, now(all), SEEN, is_shown)
        };
        with(bench, which, |all, _| of(all)).unwrap_or_default()
    });
    let held = move || {
        let held = session.held.get()?.at;
        let seconds = (held.seconds() / session.unit() + ahead()) * own_unit();
        Some(if is_left { Instant::ZERO + Span::from_seconds(seconds) } else { held })
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
            phase: if is_left {
                Phase::Ended(all.fold.view.end.unwrap_or(EndCause::Finished))
            } else {
                session.phase.get()
            },
            simulated,
            selection: bench.selection.get(),
            has_futures: all.fold.view.plan().kind().has_futures(),
            rows: layout.get(),
            theme: theme_key(),
        };
        with(bench, which, |all, simulated| {
            let scene = scene(all, simulated);
            let axis = axis.as_ref().filter(|_| !is_left);
            painter.with_value(|it| it.borrow_mut().paint(&lanes, axis, &scene, Some(all)));
        });
    });
    on_theme(move || session.tick.update(|tick| *tick = tick.wrapping_add(1)));

    let hit = move |event: &PointerEvent| {
        let at = place_on(event)?;
        let scale = untrack(own_scale);
        layout.with_untracked(|rows| {
            with(bench, which, |all, _| pointed(all, rows, &scale, at)).flatten()
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
        with(bench, which, words)
    };
    let heads = move || {
        track();
        let names = |all: &Recording, _| {
            let lanes = 0..all.timeline.lanes().len();
            lanes.map(|lane| all.timeline.head(lane, now(all)).name).collect::<Vec<_>>()
        };
        let names = with(bench, which, names).unwrap_or_default();
        let heights = layout.with(|rows| rows.iter().map(|row| row.height).collect::<Vec<_>>());
        let head = |(name, height)| {
            view! {
                <div class="lane-head" style=("height", format!("{height}px"))><b>{name}</b></div>
            }
        };
        let lanes = names.into_iter().zip(heights).filter(|(_, height)| *height > 0.0);
        lanes.map(head).collect_view()
    };
    let name = move || if is_left { session.left.get().name() } else { "This run" };
    // For whoever sees no line on a canvas.
    let at = move || {
        track();
        let at = held();
        with(bench, which, |all, _| {
            moment(at.unwrap_or_else(|| now(all)).min(now(all)), all.fold.view.plan())
        })
    };
    view! {
        <section class="run" aria-label=name data-at=at>
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

/// Two runs have room for who does something; who waits is in the timeline of one.
fn is_shown(lane: LaneKind) -> bool {
    matches!(lane, LaneKind::Main | LaneKind::Worker(_))
}

/// Looks at one of the runs, and whether it was simulated.
fn with<T>(bench: Bench, which: Which, look: impl FnOnce(&Recording, bool) -> T) -> Option<T> {
    match which {
        Which::Left => bench.session.with_left(look),
        Which::Shown => {
            let simulated = bench.session.simulated.with(Option::is_some);
            bench.session.whole(|all| look(all, simulated))
        }
    }
}
