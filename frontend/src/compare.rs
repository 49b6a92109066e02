//! Two runs beside each other: under one cursor and one axis, and what is otherwise in words.
//!
//! ```text
//!  ┌ what both are, in a sentence ─────────┬ what differs ─────────────────┐
//!  │ ▏axis, buttons                        │           kept     this run   │
//!  │ lanes of the other run                │ workers   2        3          │
//!  │ lanes of the run that is shown        │ took      7.0 s    5.0 s      │
//!  └───────────────────────────────────────┴───────────────────────────────┘
//! ```
//!
//! The other, at the left of the table, is the run before, or one that somebody kept. Its lanes are moved
//! along the axis so that both begin, or end, or take up one task, at one place.

mod difference;
mod lanes;

use leptos::prelude::*;
use shared::units::Instant;
use shared::view::compare::{Comparison, Side, compare};

use crate::bench::Bench;
use crate::many::{Choice, Panel};
use crate::recording::Recording;
use crate::run_lanes::unit_of;
use crate::session::{Left, Phase};
use difference::Differences;
use lanes::Both;

/// What of two runs stands at one place of the axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Align {
    /// Their beginnings.
    #[default]
    Start,
    /// Their ends.
    End,
    /// When a worker took the selected task.
    Task,
}

/// Two runs, compared.
#[component]
pub fn Compare() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let comparison = Memo::new(move |_| {
        session.era.track();
        session.left.track();
        // Of one that goes on, what differs is not known yet.
        session.phase.with(|phase| matches!(phase, Phase::Ended(_))).then_some(())?;
        session.with_left(|left, _| session.whole(|right| compare(side(left), side(right))))?
    });
    let two = Memo::new(move |_| {
        session.left.track();
        session.era.track();
        session.plan.with(Option::is_some) && session.with_left(|_, _| ()).is_some()
    });
    let panel = move || match bench.many.shown.get() {
        Some(vary) => view! { <Panel vary=vary/> }.into_any(),
        None => view! {
            <div class="compare">
                <Show when=move || two.get() fallback=move || view! { <Alone/> }>
                    <Beside comparison=comparison/>
                </Show>
            </div>
        }
        .into_any(),
    };
    view! { {panel} }
}

/// What to do while there is only one run, or none.
#[component]
fn Alone() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let over = move || session.phase.with(|phase| matches!(phase, Phase::Ended(_)));
    let words = move || match session.left.get() {
        Left::Shown => {
            "This run is kept. Change something, and run again: both stand here, under one cursor."
        }
        Left::Before | Left::Kept => {
            "Run something: it stands here beside the run before, under one cursor."
        }
        Left::Nobody if over() => {
            "Change something, and run again: this run and the next stand here, under one cursor."
        }
        Left::Nobody => {
            "Two runs stand here under one cursor, with what differs in words. Run something, change it, and run again."
        }
    };
    view! {
        <div class="beside alone-beside">
            <header><Choice/></header>
        </div>
        <div class="alone">
            <p>{words}</p>
            <Show when=over>
                <p><Keep/></p>
            </Show>
        </div>
    }
}

/// Keeps the run that is shown, or lets the one at the left go.
#[component]
fn Keep() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let kept = move || matches!(session.left.get(), Left::Shown | Left::Kept);
    let over = move || session.phase.with(|phase| matches!(phase, Phase::Ended(_)));
    let press = move |_| {
        if kept() {
            session.let_go();
            bench.say("Let go: from now on the run before is compared with.");
        } else {
            bench.keep_run();
        }
    };
    let words = move || match session.left.get() {
        Left::Shown | Left::Kept => "Let it go",
        Left::Before | Left::Nobody => "Keep this run",
    };
    let title = move || match session.left.get() {
        Left::Shown | Left::Kept => "From now on it is the run before that is compared with",
        Left::Before | Left::Nobody => "Every run to come is compared with it, until it is let go",
    };
    view! {
        <button
            type="button"
            class="btn"
            title=title
            disabled=move || !kept() && !over()
            on:click=press
        >
            {words}
        </button>
    }
}

/// Both runs.
#[component]
fn Beside(comparison: Memo<Option<Comparison>>) -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let align = RwSignal::new(Align::Start);
    let choice = move |of: Align, words: &'static str, title: &'static str| {
        view! {
            <label title=title>
                <input
                    type="radio"
                    name="align"
                    prop:checked=move || align.get() == of
                    on:change=move |_| align.set(of)
                />
                {words}
            </label>
        }
    };
    // How much later than in the run that is shown it is in the other, in seconds of their scenarios.
    let ahead = Memo::new(move |_| {
        session.tick.track();
        session.left.track();
        let task = bench.selection.with(|selection| selection.one().map(str::to_owned));
        let at = |all: &Recording| match align.get() {
            Align::Start => Some(Instant::ZERO),
            Align::End => Some(all.fold.view.now),
            Align::Task => taken(all, task.as_deref()?),
        };
        let seconds = |all: &Recording| Some(at(all)?.seconds() / unit_of(all));
        let left = session.with_left(|all, _| seconds(all)).flatten();
        let right = session.whole(seconds).flatten();
        left.zip(right).map(|(left, right)| left - right)
    });
    let missed = move || {
        (align.get() == Align::Task && ahead.get().is_none()).then_some(
            "Select one task that a worker took in both runs: they are moved so that this is at one place.",
        )
    };
    let sentence = move || match comparison.get() {
        Some(all) => all.sentence,
        None => "What differs is told when the run is over.".to_owned(),
    };
    view! {
        <div class="beside">
            <header>
                <Choice/>
                <p class="sentence">{sentence}</p>
                <fieldset class="seg" aria-label="At one place of the axis">
                    {choice(Align::Start, "Start", "Both begin at one place")}
                    {choice(Align::End, "End", "Both end at one place")}
                    {choice(Align::Task, "Task", "The selected task is taken at one place")}
                </fieldset>
                <Keep/>
                {move || missed().map(|words| view! { <p class="missed">{words}</p> })}
            </header>
            <Both ahead=Signal::derive(move || ahead.get().unwrap_or(0.0))/>
        </div>
        <Differences comparison=comparison/>
    }
}

fn side(all: &Recording) -> Side<'_> {
    Side { view: &all.fold.view, timeline: &all.timeline }
}

/// When a worker took this task first.
fn taken(all: &Recording, task: &str) -> Option<Instant> {
    let view = &all.fold.view;
    let task = *view.plan().names.get(task)?;
    view.futures.iter().filter(|future| future.work.carries(task)).filter_map(|it| it.taken).min()
}
