//! The ghost above the lanes of the run that is shown: a sentence, its workers, and by how much it and
//! the run differ, shaded.

use leptos::prelude::*;
use shared::engine::event::EndCause;
use shared::scenario::Plan;
use shared::units::Instant;
use shared::view::timeline::scale::Scale;

use crate::bench::Bench;
use crate::icons::Icon;
use crate::run_lanes::{RunLanes, Which};
use crate::session::Phase;
use crate::topbar::how::How;
use crate::units::{moment, span};

/// The ghost, below the axis of the run that is shown.
#[component]
pub fn Ghost(
    /// The window on time.
    scale: Memo<Scale>,
    /// Pixels of the lanes.
    width: RwSignal<f64>,
) -> impl IntoView {
    let bench = Bench::get();
    let is_there = Memo::new(move |_| bench.ghost.foretold.with(Option::is_some));
    view! {
        <Show when=move || is_there.get()>
            <Shown scale=scale width=width/>
        </Show>
    }
}

#[component]
fn Shown(scale: Memo<Scale>, width: RwSignal<f64>) -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    // When the run ended, once it has.
    let ran_until = move || {
        session.era.track();
        session.phase.with(|phase| matches!(phase, Phase::Ended(_))).then_some(())?;
        session.whole(|all| all.fold.view.now)
    };
    let sentence = move || {
        let foretold = bench.ghost.foretold.get()?;
        let plan = session.plan.get()?;
        let came = plan.scenario.runs_like(&foretold.asked);
        Some(words(&plan, foretold.end, ran_until(), came))
    };
    let shade = move || {
        let (ghost, _) = bench.ghost.foretold.with(|all| all.as_ref().map(|all| all.end))?;
        let ran = ran_until()?;
        let scale = scale.get();
        let [from, until] = [ghost.min(ran), ghost.max(ran)].map(|at| scale.x(at));
        let (from, until) = (from.max(0.0), until.min(width.get()));
        (until - from >= 1.0).then(|| {
            let left = format!("calc(var(--gutter) + {from}px)");
            let width = format!("{}px", until - from);
            view! { <span class="shade" aria-hidden="true" style=("left", left) style=("width", width)></span> }
        })
    };
    let for_real = move |_| {
        bench.choose_how(How::Real);
        bench.command("run");
    };
    let stale = move || bench.stale.get();
    view! {
        <section class="ghost" aria-label="Ghost">
            <header>
                <p title="Simulated in this page, from what the calls of the run before took">
                    <b>"Ghost"</b>
                    " from what the calls took: "
                    <span aria-live="polite">{sentence}</span>
                </p>
                <span class="badge">"simulated"</span>
                <Show when=stale>
                    <button type="button" class="btn" on:click=for_real>"Run for real"</button>
                </Show>
                <button
                    type="button"
                    class="btn quiet icon"
                    aria-label="Let the ghost go"
                    title="Let the ghost go"
                    on:click=move |_| bench.ghost.let_go()
                >
                    <Icon of="#i-x"/>
                </button>
            </header>
            <div class="haunted">
                <RunLanes which=Which::Ghost ahead=Signal::stored(0.0) scale=scale width=width axis=NodeRef::new()/>
                {shade}
            </div>
        </section>
    }
}

/// What is foretold, and beside it what the run took: the one before, or the very one that was
/// foretold.
fn words(plan: &Plan, end: (Instant, EndCause), ran_until: Option<Instant>, came: bool) -> String {
    let (ghost, cause) = end;
    if cause != EndCause::Finished {
        return format!("it would not come to its own end ({}).", cause.words());
    }
    let told = moment(ghost, plan);
    let Some(ran) = ran_until else { return format!("{told}.") };
    let took = moment(ran, plan);
    if took == told {
        return format!("{told}, as {} took.", if came { "it" } else { "this run" });
    }
    let (later, by) =
        if ran > ghost { (true, ran.since(ghost)) } else { (false, ghost.since(ran)) };
    let by = span(by, plan);
    match (came, later) {
        (true, true) => format!("{told}. It took {took}, {by} longer."),
        (true, false) => format!("{told}. It took {took}, {by} less."),
        (false, true) => format!("{told} instead of {took}, {by} sooner."),
        (false, false) => format!("{told} instead of {took}, {by} later."),
    }
}
