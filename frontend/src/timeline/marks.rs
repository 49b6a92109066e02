//! What a person does, as marks above the axis: each can be dragged along it, and opened.
//!
//! A drag moves only the mark; the document changes once, when it is let go. So the axis, which is as
//! long as the run is expected to be, stands still under the pointer.

use leptos::prelude::*;
use shared::scenario::edit::Edit;
use shared::scenario::{Intervention, Moment, PlannedAct};
use shared::units::{Instant, Span};
use shared::view::timeline::scale::Scale;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent, PointerEvent};

use super::trial::Trial;
use crate::bench::Bench;
use crate::focus::focus;
use crate::icons::Icon;
use crate::program::{ActForm, add_intervention, in_words, open_act, planned};

/// Marks that are drawn at most.
const MOST: usize = 200;

/// Pixels that a press may wander and is still a click.
const CLICK: f64 = 3.0;

/// A mark that is being dragged.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Drag {
    /// Which intervention.
    at: usize,
    /// Where the pointer went down.
    from: f64,
    /// How far it has moved since then, in the scenario's seconds; none as long as it is a click.
    by: Option<f64>,
}

/// The marks, the button that adds one, and the form of the one that is open.
#[component]
pub fn Marks(
    scale: Memo<Scale>,
    /// Seconds of the run that are one of the scenario.
    #[prop(into)]
    unit: Signal<f64>,
    /// Pixels that the axis is wide.
    #[prop(into)]
    width: Signal<f64>,
    /// The document's run in virtual time: when those that follow an event are expected.
    trial: Memo<Trial>,
) -> impl IntoView {
    let bench = Bench::get();
    let count = Memo::new(move |_| bench.editor.scenario.with(|all| all.interventions.len()));
    let drag = RwSignal::new(None::<Drag>);
    let x_of = move |at: usize| {
        let when = bench.editor.scenario.with(|all| all.interventions.get(at)?.when.at);
        let run = match when {
            Some(span) => Instant::ZERO + span.scaled(unit.get()),
            None => trial.with(|trial| trial.interventions.get(&at).copied())?,
        };
        let moved = drag.get().filter(|drag| drag.at == at).and_then(|drag| drag.by);
        Some(scale.get().x(run) + moved.unwrap_or(0.0) * unit.get() * scale.get().px_per_second)
    };
    let opened = move || {
        let at = bench.acting.get().filter(|at| *at < count.get())?;
        // What cannot be placed is opened where marks begin.
        Some((at, x_of(at).unwrap_or(0.0)))
    };
    let opened_at = Memo::new(move |_| opened().map(|(at, _)| at));
    let left = move || {
        opened().map(|(_, x)| {
            format!("clamp(8px, calc(var(--gutter) + {x:.0}px - 150px), calc(100% - 308px))")
        })
    };
    view! {
        <div class="marks" role="group" aria-label="What a person does">
            <For each=move || 0..count.get().min(MOST) key=|at| *at let:at>
                <Mark
                    at=at
                    x=Signal::derive(move || x_of(at).filter(|x| (-1.0..=width.get() + 1.0).contains(x)))
                    per_pixel=Signal::derive(move || 1.0 / (scale.get().px_per_second * unit.get()))
                    drag=drag
                />
            </For>
        </div>
        <button
            type="button"
            class="btn quiet icon add-act"
            data-add-act=""
            aria-label="Add an intervention"
            title=move || bench.hint("Add an intervention", "act")
            on:click=move |_| add_intervention(bench)
        >
            <Icon of="#i-hand"/>
            <Icon of="#i-plus"/>
        </button>
        {move || opened_at.get().map(|at| view! {
            <div class="act-pop" style=("left", move || left().unwrap_or_default())>
                <ActForm at=at/>
            </div>
        })}
    }
}

#[component]
fn Mark(
    at: usize,
    /// Where it stands; none if that is not known, or not in sight.
    x: Signal<Option<f64>>,
    /// Seconds of the scenario that a pixel is.
    per_pixel: Signal<f64>,
    drag: RwSignal<Option<Drag>>,
) -> impl IntoView {
    let bench = Bench::get();
    let planned = planned(bench, at);
    let mine = move || drag.get_untracked().filter(|drag| drag.at == at);
    let by = Memo::new(move |_| drag.get().filter(|drag| drag.at == at).and_then(|drag| drag.by));
    let moved = move |by: f64| {
        let moment = planned.get_untracked()?.when;
        Some(later(&moment, by, snap(per_pixel.get_untracked())))
    };
    let down = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        if let Some(mark) = event.current_target().and_then(|it| it.dyn_into::<Element>().ok()) {
            let _ = mark.set_pointer_capture(event.pointer_id());
        }
        drag.set(Some(Drag { at, from: f64::from(event.client_x()), by: None }));
    };
    let wander = move |event: PointerEvent| {
        let Some(now) = mine() else { return };
        let pixels = f64::from(event.client_x()) - now.from;
        if now.by.is_some() || pixels.abs() > CLICK {
            let by = Some(pixels * per_pixel.get_untracked());
            drag.set(Some(Drag { by, ..now }));
        }
    };
    // A click follows the drag, and is none.
    let dragged = StoredValue::new(false);
    let up = move |_| {
        let Some(now) = mine() else { return };
        drag.set(None);
        dragged.set_value(now.by.is_some());
        if let Some(moment) = now.by.and_then(moved) {
            bench.editor.edit(Edit::SetMoment(at, moment));
        }
    };
    let click = move |_| {
        if !dragged.get_value() {
            open_act(bench, at);
        }
        dragged.set_value(false);
    };
    let key = move |event: KeyboardEvent| {
        let by = if event.shift_key() { 1.0 } else { 0.1 };
        let nudge = |by: f64| {
            if let Some(moment) =
                planned.get_untracked().map(|planned| later(&planned.when, by, 0.1))
            {
                bench.editor.edit_merging(Edit::SetMoment(at, moment));
            }
        };
        match event.key().as_str() {
            "ArrowLeft" => nudge(-by),
            "ArrowRight" => nudge(by),
            "Delete" | "Backspace" => {
                bench.acting.set(None);
                bench.editor.edit(Edit::RemoveIntervention(at));
                request_animation_frame(|| {
                    focus(".marks button, .add-act");
                });
            }
            "Escape" if mine().is_some() => {
                drag.set(None);
                dragged.set_value(true);
            }
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let words = move || planned.with(|planned| planned.as_ref().map(in_words));
    let icon =
        Signal::derive(move || planned.with(|planned| planned.as_ref().map_or("#i-hand", icon)));
    let place = move || x.get().map(|x| format!("clamp(11px, {x:.1}px, calc(100% - 11px))"));
    let preview = move || by.get().and_then(moved).map(|moment| moment.words());
    view! {
        <button
            type="button"
            class="act-mark"
            class:dragged=move || by.get().is_some()
            class:open=move || bench.acting.get() == Some(at)
            hidden=move || x.get().is_none()
            style=("left", place)
            data-act=at
            aria-label=words
            title=words
            aria-haspopup="dialog"
            on:pointerdown=down
            on:pointermove=wander
            on:pointerup=up
            on:pointercancel=move |_| drag.set(None)
            on:click=click
            on:keydown=key
        >
            <Icon of=icon/>
            {move || preview().map(|words| view! { <span>{words}</span> })}
        </button>
    }
}

fn icon(planned: &Intervention) -> &'static str {
    match planned.act {
        PlannedAct::Cancel(_) => "#g-cancelled",
        PlannedAct::KillWorkerOf(_) | PlannedAct::KillWorker(_) => "#g-broken",
        PlannedAct::Open(_) => "#f-exit",
        PlannedAct::Shutdown { .. } => "#i-stop",
    }
}

/// The next power of ten above what a pixel is: a drag comes to round times.
fn snap(per_pixel: f64) -> f64 {
    if per_pixel.is_finite() && per_pixel > 0.0 {
        10_f64.powf(per_pixel.log10().ceil())
    } else {
        0.1
    }
}

/// So many seconds later, at a multiple of `step`; never before its beginning.
fn later(moment: &Moment, by: f64, step: f64) -> Moment {
    let of = |span: Option<Span>| {
        let seconds = span.unwrap_or(Span::ZERO).seconds() + by;
        let steps = (seconds / step).round().max(0.0);
        // Divided where a step is below one: tenths are tenths then.
        let seconds = if step < 1.0 { steps / (1.0 / step).round() } else { steps * step };
        Some(Span::from_seconds(seconds))
    };
    match &moment.after {
        Some(_) => Moment { plus: of(moment.plus), ..moment.clone() },
        None => Moment { at: of(moment.at), ..moment.clone() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_comes_to_round_times_and_never_before_the_beginning() {
        let at = |ms| Moment { at: Some(Span::from_ms(ms)), ..Moment::default() };
        assert_eq!(later(&at(1_000), 0.1, 0.1), at(1_100));
        assert_eq!(later(&at(1_200), 0.1, 0.1), at(1_300));
        assert_eq!(later(&at(1_000), 0.234_567, 0.01), at(1_230));
        assert_eq!(later(&at(500), -1.0, 0.1), at(0));
        assert!((snap(0.004) - 0.01).abs() < 1e-12);
        assert!((snap(f64::NAN) - 0.1).abs() < 1e-12);
    }
}
