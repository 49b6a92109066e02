//! The timeline: lanes over time, drawn on a canvas; their heads and the axis stand still.
//!
//! What there is to draw is a fold of the log (`shared::view::timeline`); here it becomes pixels. One
//! effect draws, whenever the run, the clock, the window or the selection change, and so at most once
//! in an animation frame.

mod axis;
mod colors;
mod glyphs;
mod lanes;
mod marks;
mod paint;
mod pen;
mod pointed;
mod thin;
mod trial;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use shared::scenario::{Plan, Scenario};
use shared::units::Instant;
use shared::view::Place;
use shared::view::timeline::scale::Scale;
use shared::view::timeline::{LaneKind, lane_name};
use web_sys::{KeyboardEvent, PointerEvent, WheelEvent};

use crate::bench::{Bench, Selection};
use crate::commands::keys_of;
use crate::ghost::Ghost;
use crate::icons::Icon;
use crate::recording::Recording;
use crate::session::{Phase, now_ms};
use crate::size;
pub use axis::{Axis, Transport};
pub use colors::{on_theme, theme_key};
use lanes::rows;
pub use lanes::rows_of;
pub use paint::{Painter, Scene};
pub use pointed::{Tip, Tipped, place_on, pointed};
use trial::Trial;

/// The timeline.
#[component]
pub fn Timeline() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let lanes_at = NodeRef::<leptos::html::Canvas>::new();
    let axis_at = NodeRef::<leptos::html::Canvas>::new();
    let width = size::width_of(lanes_at);
    // The window on time; none as long as nobody chose one, and all is shown.
    let chosen = RwSignal::new(None::<Scale>);
    let tip = RwSignal::new(None::<Tipped>);
    let painter: StoredValue<Rc<RefCell<Painter>>, LocalStorage> =
        StoredValue::new_local(Rc::default());

    let unplaced = Memo::new(move |_| bench.editor.scenario.with(|all| placeless(all)));
    let document = Memo::new(move |_| Here(unplaced.get().check().ok().map(Arc::new)));
    // Before a run, the lanes are those of the document.
    let plan = Memo::new(move |_| Here(session.plan.get().or_else(|| document.get().0)));
    let trial_of = |plan: Here| plan.0.map(|plan| Trial::of(&plan)).unwrap_or_default();
    let trial = Memo::new(move |_| trial_of(document.get()));
    let expected = Memo::new(move |_| match session.plan.get() {
        None => trial.with(|trial| trial.end),
        // Once for a run, and not for each edit beside it; as a rule it is of the document.
        Some(plan) => untrack(|| {
            let is_document = unplaced.with(|document| placeless(&plan.scenario) == *document);
            if is_document { trial.with(|trial| trial.end) } else { Trial::of(&plan).end }
        }),
    });
    Effect::new(move |_| {
        session.era.track();
        chosen.set(None);
    });
    let unit = move || plan.with(|plan| plan.0.as_ref().map_or(1.0, |plan| plan.scenario.scale));
    let until = move || {
        let now = session.clock.get();
        let (expected, phase) = (expected.get(), session.phase.get());
        let foretold = bench.ghost.foretold.with(|all| all.as_ref().map(|all| all.end.0));
        match phase {
            // A little more, so that its last moments and their words are not at the very edge.
            Phase::Ended(_) => {
                let last = now.max(foretold.unwrap_or_default());
                Instant(last.0.saturating_add(last.0 / 32))
            }
            // Room for what is still to come.
            _ if now > expected => Instant(now.0.saturating_add(now.0 / 4)),
            _ => expected.max(foretold.unwrap_or_default()),
        }
    };
    let scale = Memo::new(move |_| {
        chosen.get().unwrap_or_else(|| Scale::fit(until(), width.get() - 12.0, unit()))
    });
    let choose = move |change: &dyn Fn(Scale) -> Scale| {
        let next = change(scale.get_untracked());
        chosen.set(Some(untrack(|| next.clamped(until(), width.get(), unit()))));
    };
    let layout = Memo::new(move |_| {
        session.tick.track();
        let (scale, width, now) = (scale.get(), width.get(), session.clock.get());
        let of_run = session
            .whole(|all| rows(all.fold.view.plan(), all.timeline.lanes(), &scale, width, now));
        of_run.unwrap_or_else(|| {
            plan.with(|plan| {
                let Some(plan) = &plan.0 else { return Vec::new() };
                let empty = shared::view::timeline::Timeline::new(plan.clone());
                rows(plan, empty.lanes(), &scale, width, now)
            })
        })
    });
    let height = move || layout.with(|rows| rows.last().map_or(0.0, |row| row.top + row.height));

    // When the next drawing may be: what takes long is done less often, and never while one is due.
    let rest_until = StoredValue::new(0.0_f64);
    // Counts the drawings that were left out, to be made up for: nothing else may follow.
    let left_out = RwSignal::new(0_u32);
    let making_up = StoredValue::new(false);
    Effect::new(move |_| {
        session.tick.track();
        left_out.track();
        let (Some(lanes), Some(axis)) = (lanes_at.get(), axis_at.get()) else { return };
        let scene = Scene {
            scale: scale.get(),
            width: width.get(),
            height: height(),
            unit: unit(),
            now: session.clock.get(),
            held: session.held.get().map(|held| held.at),
            playing: session.playing.get(),
            skips: session.skips.get(),
            only: bench.pointed.get().or_else(|| bench.only.get()),
            phase: session.phase.get(),
            simulated: session.simulated.with(Option::is_some),
            selection: bench.selection.get(),
            has_futures: bench.has_futures(),
            rows: layout.get(),
            theme: theme_key(),
        };
        let began = now_ms();
        if scene.phase == Phase::Running && began < rest_until.get_value() {
            if !making_up.get_value() {
                making_up.set_value(true);
                let later = Duration::from_secs_f64((rest_until.get_value() - began) / 1_000.0);
                let make_up = move || {
                    making_up.set_value(false);
                    left_out.update(|count| *count = count.wrapping_add(1));
                };
                set_timeout(make_up, later);
            }
            return;
        }
        let paint = |all: Option<&Recording>| {
            let (lanes, axis) = (&lanes, Some(&axis));
            painter.with_value(|painter| painter.borrow_mut().paint(lanes, axis, &scene, all));
        };
        if session.whole(|all| paint(Some(all))).is_none() {
            paint(None);
        }
        let ended = now_ms();
        rest_until.set_value(ended + 3.0 * (ended - began));
    });
    // Colours are read when something is drawn; a new theme is a reason to draw.
    let repaint = move || session.tick.update(|tick| *tick = tick.wrapping_add(1));
    on_theme(repaint);

    let hit = move |event: &PointerEvent| {
        let at = place_on(event)?;
        let scale = scale.get_untracked();
        layout.with_untracked(|rows| session.whole(|all| pointed(all, rows, &scale, at)).flatten())
    };
    let click = move |event: PointerEvent| {
        if let Some((Some(task), _)) = hit(&event) {
            bench.selection.set(Selection::task(task));
        }
    };
    let hover = move |event: PointerEvent| {
        let words = hit(&event).map(|(_, words)| words);
        tip.set(words.map(|words| Tipped::at(&event, words)));
    };
    let wheel = move |event: WheelEvent| {
        if event.ctrl_key() || event.meta_key() {
            event.prevent_default();
            let x = f64::from(event.offset_x());
            choose(&|scale| scale.zoom_at(x, (-event.delta_y() * 0.004).exp()));
        } else if event.delta_x().abs() > event.delta_y().abs() || event.shift_key() {
            event.prevent_default();
            let by = if event.delta_x() == 0.0 { event.delta_y() } else { event.delta_x() };
            choose(&|scale| scale.pan(by));
        }
    };
    let zoom = move |factor: f64| {
        // About what one looks at, if that is in sight.
        let held = session.held.get_untracked();
        let held = held.map(|held| scale.get_untracked().x(held.at));
        let width = width.get_untracked();
        let about = held.filter(|x| (0.0..=width).contains(x)).unwrap_or(width / 2.0);
        choose(&|scale| scale.zoom_at(about, factor));
    };
    let key = move |event: KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let step = width.get_untracked() / 8.0;
        match event.key().as_str() {
            "w" => zoom(1.5),
            "s" => zoom(1.0 / 1.5),
            "a" | "ArrowLeft" => choose(&|scale| scale.pan(-step)),
            "d" | "ArrowRight" => choose(&|scale| scale.pan(step)),
            "0" => chosen.set(None),
            " " => session.play_or_hold(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    // What stands in the heads, without what changes within the lanes.
    let frames = Memo::new(move |_| {
        layout.with(|rows| rows.iter().map(|row| (row.kind, row.height)).collect::<Vec<_>>())
    });
    let heads = move || {
        let head = |(at, (kind, height))| view! { <Head at=at kind=kind height=height/> };
        frames.get().into_iter().enumerate().map(head).collect_view()
    };
    let empty = move || session.phase.with(|phase| *phase == Phase::None);
    // A run of which nothing came: there are no lanes to look at, but a reason.
    let missed = move || {
        let nothing = session.plan.with(Option::is_none);
        session.phase.with(|phase| match phase {
            Phase::Lost(why) if nothing => Some(why.clone()),
            _ => None,
        })
    };
    view! {
        <div class="tl">
            <div class="axis-row">
                <Transport/>
                <Axis canvas=axis_at scale=scale unit=Signal::derive(unit)/>
                <marks::Marks scale=scale unit=Signal::derive(unit) width=width trial=trial/>
            </div>
            <Ghost scale=scale width=width/>
            <div class="lanes" tabindex="0" role="group" aria-label="Timeline; W and S zoom, A and D move" on:keydown=key>
                <div class="heads">{heads}</div>
                <canvas
                    node_ref=lanes_at
                    aria-hidden="true"
                    on:pointerdown=click
                    on:pointermove=hover
                    on:pointerleave=move |_| tip.set(None)
                    on:wheel=wheel
                ></canvas>
                {move || missed().map(|why| view! { <p class="expect">{why}</p> })}
                <Show when=empty>
                    <p class="expect">"Your run appears here. Press Run"<span>", or " {keys_of(bench, "run")}</span>"."</p>
                </Show>
            </div>
            <div class="window" role="group" aria-label="Time window">
                <button type="button" class="btn quiet icon" aria-label="Zoom out (S)" title="Zoom out (S)" on:click=move |_| zoom(1.0 / 1.5)>
                    <Icon of="#i-minus"/>
                </button>
                <button type="button" class="btn quiet icon" aria-label="Zoom in (W)" title="Zoom in (W)" on:click=move |_| zoom(1.5)>
                    <Icon of="#i-plus"/>
                </button>
                <button type="button" class="btn quiet icon" aria-label="All of it (0)" title="All of it (0)" on:click=move |_| chosen.set(None)>
                    <Icon of="#i-fit"/>
                </button>
            </div>
            <Tip at=tip/>
        </div>
    }
}

/// Without where nodes and notes stand, which is nothing to a run.
fn placeless(scenario: &Scenario) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.tasks.iter_mut().for_each(|task| task.position = None);
    scenario.notes.clear();
    scenario
}

/// A plan; equal only to itself, so that it need not be compared.
#[derive(Clone)]
struct Here(Option<Arc<Plan>>);

impl PartialEq for Here {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(two)) => Arc::ptr_eq(one, two),
            (None, None) => true,
            _ => false,
        }
    }
}

/// The head of a lane.
#[component]
fn Head(at: usize, kind: LaneKind, height: f64) -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let head = Memo::new(move |_| {
        let now = session.shown_at();
        session.tick.track();
        // Much happens at one instant: what lies where is counted up to the very event.
        let place = match kind {
            LaneKind::Queue => Some(Place::Queued),
            LaneKind::CallQueue => Some(Place::InCallQueue),
            LaneKind::Main | LaneKind::Shelf | LaneKind::Worker(_) => None,
        };
        let place = place.filter(|_| session.held.with(Option::is_some));
        let lying = place.and_then(|place| session.with(|fold| fold.view.lying(place)));
        session.whole(|all| match lying {
            Some(lying) => all.timeline.head_with(at, now, lying),
            None => all.timeline.head(at, now),
        })
    });
    let end = move || head.with(|head| head.as_ref().map(|head| head.end.clone()));
    let name = move || {
        head.with(|head| head.as_ref().map(|head| head.name.clone())).unwrap_or_else(|| {
            let of = bench.editor.scenario.with(|all| all.executor.kind);
            lane_name(of, kind, None)
        })
    };
    let height = format!("{height}px");
    match kind {
        LaneKind::Worker(first) => {
            // Whose lane it is now.
            let worker = Memo::new(move |_| {
                let now = session.shown_at();
                session.tick.track();
                let of_run = session.whole(|all| all.timeline.lanes().get(at)?.worker_at(now));
                of_run.flatten().unwrap_or(first)
            });
            let selected =
                move || bench.selection.with(|all| *all == Selection::Worker(worker.get()));
            view! {
                <button
                    type="button"
                    class="lane-head"
                    class:selected=selected
                    style=("height", height)
                    on:click=move |_| bench.selection.set(Selection::Worker(worker.get_untracked()))
                >
                    <b>{name}</b>
                    <span class="end">{end}</span>
                </button>
            }
            .into_any()
        }
        LaneKind::Main | LaneKind::Queue | LaneKind::CallQueue | LaneKind::Shelf => view! {
            <div class="lane-head" style=("height", height)>
                <b>{name}</b>
                <span class="end">{end}</span>
            </div>
        }
        .into_any(),
    }
}
