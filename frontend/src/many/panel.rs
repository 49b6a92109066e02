//! What is run many times, and what came of it.

use leptos::prelude::*;
use shared::view::many::{Ranks, Spread};

use super::chart::{Curve, Dots};
use super::table::{Places, Points};
use super::{Batch, One, Stage, Vary, start, whole};
use crate::bench::Bench;
use crate::focus;
use crate::topbar::how::How;
use crate::units::moment;

/// Two runs, or many: which of the panels is shown.
#[component]
pub fn Choice() -> impl IntoView {
    let bench = Bench::get();
    let many = bench.many;
    let choice = move |of: Option<Vary>, words: &'static str, title: &'static str| {
        view! {
            <label title=title>
                <input
                    type="radio"
                    name="many"
                    prop:checked=move || many.shown.get() == of
                    on:change=move |_| {
                        many.shown.set(of);
                        // It stands in each of the panels anew.
                        request_animation_frame(|| focus::focus("[name=many]:checked"));
                    }
                />
                {words}
            </label>
        }
    };
    view! {
        <fieldset class="seg" aria-label="What is compared">
            {choice(None, "Two runs", "This run beside the one before")}
            {choice(Some(Vary::Nature), "30 times", "The same thirty times: how differently it goes")}
            {choice(Some(Vary::Workers), "Workers", "With one worker, with two, and so on")}
            {choice(Some(Vary::Chunks), "Chunks", "With chunks of 1, 10, 100 and so on")}
        </fieldset>
    }
}

/// The panel of runs that differ in this.
#[component]
pub fn Panel(vary: Vary) -> impl IntoView {
    let bench = Bench::get();
    let many = bench.many;
    let is_its =
        move || many.batch.with(|batch| batch.as_ref().is_some_and(|batch| batch.vary == vary));
    let words = Memo::new(move |_| said(bench, vary));
    // What changes thirty times a second is not read out: only how it ended.
    let read_out =
        move || many.stage.with(|stage| matches!(stage, Stage::Over(_))).then(|| words.get());
    let some = Memo::new(move |_| is_its() && many.runs.with(|runs| !runs.is_empty()));
    view! {
        <div class="many">
            <header>
                <Choice/>
                <p class="sentence">{words}</p>
                <Go vary=vary/>
                <p class="hide" role="status">{read_out}</p>
            </header>
            <Show when=move || some.get() fallback=move || view! { <p class="alone">{about(bench, vary)}</p> }>
                <div class="came">
                    {match vary {
                        Vary::Nature => view! { <Dots/><Places/> }.into_any(),
                        Vary::Workers | Vary::Chunks => view! { <Curve/><Points/> }.into_any(),
                    }}
                </div>
            </Show>
        </div>
    }
}

/// Begins, or stops.
#[component]
fn Go(vary: Vary) -> impl IntoView {
    let bench = Bench::get();
    let many = bench.many;
    let going = Memo::new(move |_| many.is_going());
    let words = move || match (vary, going.get()) {
        (_, true) => "Stop",
        (Vary::Nature, false) => "Run it 30 times",
        (Vary::Workers, false) => "Run with 1, 2, 3 …",
        (Vary::Chunks, false) => "Run with 1, 10, 100 …",
    };
    let title = move || match bench.how.get() {
        How::Real => "On real workers, one run after another; a minute at most",
        How::Simulated => "Simulated in this page, each with another seed",
    };
    let press = move |_| if going.get_untracked() { many.stop() } else { start(bench, vary) };
    view! {
        <button type="button" class="btn" title=title on:click=press>
            {words}
        </button>
    }
}

/// What there will be to see.
fn about(bench: Bench, vary: Vary) -> impl IntoView {
    let how = move || match bench.how.get() {
        How::Real => " They run on real workers, one after another, for a minute at most.",
        How::Simulated => " They are simulated in this page.",
    };
    let words = match vary {
        Vary::Nature => {
            "One run shows one way in which it may go. Thirty show more of them: who was the first to finish how often, and how long it took in all."
        }
        Vary::Workers => {
            "The time that it takes with one worker, with two and so on, as a curve. Each point is a run that you can open."
        }
        Vary::Chunks => {
            "The time that it takes with chunks of 1, 10, 100, 1,000 and 10,000 items, as a curve. Each point is a run that you can open."
        }
    };
    view! { {words}{how} }
}

/// How far it is, and what has come so far.
fn said(bench: Bench, vary: Vary) -> String {
    let many = bench.many;
    let of_it = many.batch.with(|batch| batch.clone().filter(|batch| batch.vary == vary));
    let Some(batch) = of_it else { return String::new() };
    let count = many.runs.with(Vec::len);
    let of = batch.values.len();
    let far = many.stage.with(|stage| match stage {
        Stage::Waiting(place) => format!("In the server's line, place {place}."),
        Stage::Going => format!("{} of {of} …", count + 1),
        Stage::Over(Some(why)) => format!("{why} {count} of {of} are here."),
        Stage::Over(None) | Stage::Idle => String::new(),
    });
    let came = many.runs.with(|runs| match vary {
        Vary::Nature => {
            let spread = Spread::of(whole(runs)).map(|spread| spread.sentence(&batch.plan));
            let others = runs.len() - whole(runs).count();
            let others = match others {
                0 => String::new(),
                1 => "1 did not come to its own end.".to_owned(),
                others => format!("{others} did not come to their own end."),
            };
            let ranks = Ranks::of(whole(runs)).sentence(&batch.plan);
            [others, spread.unwrap_or_default(), ranks].join(" ")
        }
        Vary::Workers | Vary::Chunks => ends(&batch, runs),
    });
    let before = !bench.editor.scenario.with(|document| batch.is_of(document));
    let before = if before && count > 0 { "From before your edit." } else { "" };
    let how = if batch.simulated { "Simulated." } else { "Measured." };
    let how = if count > 0 { how } else { "" };
    let parts = [far.as_str(), before, how, came.as_str()];
    parts.into_iter().map(str::trim).filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The shortest and the longest of a sweep.
fn ends(batch: &Batch, runs: &[One]) -> String {
    let came = || runs.iter().filter(|one| one.summary.is_whole());
    let told = |one: &One| {
        format!("{} with {}", moment(one.summary.took, &batch.plan), batch.name(one.at))
    };
    let least = came().min_by_key(|one| one.summary.took);
    let most = came().max_by_key(|one| one.summary.took);
    match (least, most) {
        (Some(least), Some(most)) if least.at != most.at => {
            format!("Shortest {}, longest {}.", told(least), told(most))
        }
        _ => String::new(),
    }
}
