//! The time axis and what moves along it: the moment that the page shows, by dragging, by keys, and by
//! the buttons beside it.

use leptos::prelude::*;
use shared::view::timeline::scale::{Scale, format_instant};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent, PointerEvent};

use crate::bench::{Bench, Selection};
use crate::icons::Icon;
use crate::recording::Line;
use crate::session::{Pace, Phase};

/// The axis: a canvas that the painter draws, and a slider for whoever cannot see it.
#[component]
pub fn Axis(
    canvas: NodeRef<leptos::html::Canvas>,
    scale: Memo<Scale>,
    /// Seconds of the run that are one of the scenario's.
    #[prop(into)]
    unit: Signal<f64>,
) -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let dragging = StoredValue::new(false);
    let hold = move |event: &PointerEvent| {
        let target = event.current_target().and_then(|it| it.dyn_into::<HtmlElement>().ok());
        let Some(target) = target else { return };
        let x = f64::from(event.client_x()) - target.get_bounding_client_rect().left();
        session.playing.set(false);
        session.hold_at(scale.get_untracked().instant(x.max(0.0)));
    };
    let down = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        dragging.set_value(true);
        let target = event.current_target().and_then(|it| it.dyn_into::<HtmlElement>().ok());
        if let Some(target) = target {
            let _ = target.set_pointer_capture(event.pointer_id());
        }
        hold(&event);
    };
    let moved = move |event: PointerEvent| {
        if dragging.get_value() {
            hold(&event);
        }
    };
    let key = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => bench.step(false),
            "ArrowRight" | "ArrowUp" => bench.step(true),
            " " => session.play_or_hold(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let seconds = move |at: shared::units::Instant| format!("{:.3}", at.seconds() / unit.get());
    let words = move || {
        let at = format_instant(session.shown_at(), unit.get());
        match (session.held.get(), session.phase.get()) {
            (Some(_), _) => format!("held at {at}"),
            (None, Phase::None) => "no run yet".to_owned(),
            (None, Phase::Ended(_)) => format!("the end, {at}"),
            (None, _) => format!("now, {at}"),
        }
    };
    view! {
        <div
            class="axis-at"
            role="slider"
            tabindex="0"
            aria-label="Moment of the run"
            aria-valuemin="0"
            aria-valuemax=move || seconds(session.clock.get())
            aria-valuenow=move || seconds(session.shown_at())
            aria-valuetext=words
            aria-disabled=move || session.phase.with(|phase| *phase == Phase::None).then_some("true")
            on:pointerdown=down
            on:pointermove=moved
            on:pointerup=move |_| dragging.set_value(false)
            on:pointercancel=move |_| dragging.set_value(false)
            on:keydown=key
        >
            <canvas class="axis" node_ref=canvas aria-hidden="true"></canvas>
        </div>
    }
}

/// The buttons that move the moment.
#[component]
pub fn Transport() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let none = move || session.phase.with(|phase| matches!(phase, Phase::None | Phase::Starting));
    // With the keys of its command, if it is one.
    let button =
        move |icon: &'static str, name: &'static str, id: Option<&'static str>, act: fn(Bench)| {
            let label = move || id.map_or_else(|| name.to_owned(), |id| bench.hint(name, id));
            view! {
                <button
                    type="button"
                    class="btn quiet icon"
                    aria-label=label
                    title=label
                    disabled=none
                    on:click=move |_| act(bench)
                >
                    <Icon of=icon/>
                </button>
            }
        };
    let holds = move || session.held.with(Option::is_some) && !session.playing.get();
    let can_play =
        move || holds() || !session.phase.with(Phase::is_going) && !session.playing.get();
    view! {
        <div class="transport" role="group" aria-label="Moment">
            {button("#i-first", "To the start", Some("start"), Bench::to_start)}
            {button("#i-back", "One event back", Some("back"), |bench| bench.step(false))}
            {move || if can_play() {
                button("#i-run", "Play from here (Space)", None, |bench| bench.session.play_or_hold())
            } else {
                button("#i-hold", "Hold here (Space)", None, |bench| bench.session.play_or_hold())
            }}
            {button("#i-forth", "One event on", Some("forth"), |bench| bench.step(true))}
            {button("#i-last", "To now, or the end", Some("now"), |bench| bench.session.go_live())}
            <Speed/>
        </div>
    }
}

/// How fast it plays.
#[component]
fn Speed() -> impl IntoView {
    let session = Bench::get().session;
    let option = move |pace: Pace| {
        let (value, name) = (pace.name(), pace.name());
        view! { <option value=value prop:selected=move || session.pace.get() == pace>{name}</option> }
    };
    let choose = move |event| {
        let name = event_target_value(&event);
        if let Some(pace) = Pace::ALL.into_iter().find(|pace| pace.name() == name) {
            session.pace.set(pace);
        }
    };
    view! {
        <select
            class="speed"
            aria-label="Speed"
            title="How fast it plays. auto: from line to line of the story, waiting cut short, what happens at once stretched"
            on:change=choose
        >
            {Pace::ALL.map(option).collect_view()}
        </select>
    }
}

impl Bench {
    /// Plays faster, or slower, from now on.
    pub fn change_pace(self, faster: bool) {
        self.session.pace.update(|pace| *pace = pace.next(faster));
        self.say(format!("Plays at {}.", self.session.pace.get_untracked().name()));
    }

    /// Shows the moment before anything happened.
    pub fn to_start(self) {
        self.session.playing.set(false);
        self.session.hold_at_start();
    }

    /// Steps to the next event, or back to the one before.
    pub fn step(self, forward: bool) {
        self.step_where(forward, "event", |_| true);
    }

    /// Steps to the next event of what is selected, or back.
    pub fn step_selected(self, forward: bool) {
        let ids = match self.selection.get_untracked() {
            Selection::Tasks(ids) => ids,
            Selection::Nothing | Selection::Worker(_) => {
                return self.say("Select a task first: this steps through its events.");
            }
        };
        let tasks: Vec<_> = ids.iter().filter_map(|id| self.session.task_id(id)).collect();
        self.step_where(forward, "event of it", |line| {
            line.task.is_some_and(|task| tasks.contains(&task))
        });
    }

    fn step_where(self, forward: bool, what: &str, wanted: impl Fn(&Line) -> bool) {
        if self.session.whole(|_| ()).is_none() {
            self.say("There is no run to step through. Press Run.");
        } else if !self.session.step(forward, wanted) {
            let (side, way) = if forward { ("behind", "now") } else { ("before", "the start") };
            self.say(format!("No {what} {side} this one, up to {way}."));
        }
    }
}
