//! The dock: what happens, as lanes, as sentences, and as what came to main.

use leptos::prelude::*;

use shared::view::timeline::BusyWorkers;

use crate::bench::{Bench, Pane, Tab};
use crate::code::Code;
use crate::program::Program;
use crate::results::Results;
use crate::session::{Phase, Session};
use crate::story::StoryList;
use crate::timeline::Timeline;
use crate::topbar::{GilBadge, InterpretersBadge};

/// The dock.
#[component]
pub fn Dock() -> impl IntoView {
    let bench = Bench::get();
    let tab = move |of: Tab, words: &'static str| {
        let selected = move || if bench.tab.get() == of { "true" } else { "false" };
        view! {
            <button
                type="button"
                role="tab"
                aria-selected=selected
                aria-controls="dock-body"
                on:click=move |_| bench.tab.set(of)
            >
                {words}
            </button>
        }
    };
    view! {
        <section class="dock" aria-label="Run">
            <header class="dock-head">
                <div class="tabs" role="tablist" aria-label="Dock">
                    {tab(Tab::Timeline, "Timeline")}
                    {tab(Tab::Story, "Story")}
                    {tab(Tab::Results, "Results")}
                    {tab(Tab::Code, "Code")}
                    {tab(Tab::Program, "Program")}
                </div>
                <Honesty/>
            </header>
            <div class="dock-body" id="dock-body" role="tabpanel">
                {move || match bench.tab.get() {
                    Tab::Timeline => view! { <Timeline/> }.into_any(),
                    Tab::Story => view! { <StoryList/> }.into_any(),
                    Tab::Results => view! { <Results/> }.into_any(),
                    Tab::Code => view! { <Code/> }.into_any(),
                    Tab::Program => view! { <Program/> }.into_any(),
                }}
            </div>
        </section>
    }
}

/// The tabs of a phone, which shows one part at a time.
#[component]
pub fn PhoneTabs() -> impl IntoView {
    let bench = Bench::get();
    let tab = move |pane: Pane, tab: Option<Tab>, icon: &'static str, words: &'static str| {
        let on = move || {
            let there = bench.pane.get() == pane && tab.is_none_or(|tab| bench.tab.get() == tab);
            there.then_some("true")
        };
        let go = move |_| {
            bench.pane.set(pane);
            if let Some(tab) = tab {
                bench.tab.set(tab);
            }
        };
        view! {
            <button type="button" aria-current=on on:click=go>
                <crate::icons::Icon of=icon/>
                {words}
            </button>
        }
    };
    view! {
        <div class="phone-tabs" role="group" aria-label="What to show">
            {tab(Pane::Graph, None, "#i-list", "Outline")}
            {tab(Pane::Dock, Some(Tab::Timeline), "#i-timeline", "Timeline")}
            {tab(Pane::Dock, Some(Tab::Story), "#i-story", "Story")}
            {tab(Pane::Dock, Some(Tab::Results), "#i-copy", "Results")}
            {tab(Pane::Dock, Some(Tab::Code), "#i-code", "Code")}
            {tab(Pane::Dock, Some(Tab::Program), "#i-list", "Steps")}
        </div>
    }
}

/// How we know what we show, and how busy the workers are.
#[component]
fn Honesty() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let busy = move || {
        session.tick.track();
        session.with(|fold| {
            let BusyWorkers { busy, of } = fold.timeline.busy_workers(fold.view.now);
            (busy, of)
        })
    };
    let simulated = move || session.simulated.get();
    let words = move || match session.phase.get() {
        Phase::Running | Phase::Ended(_) if simulated().is_some() => simulated_words(session),
        Phase::None => "nothing measured yet".to_owned(),
        Phase::Starting => "starting…".to_owned(),
        Phase::Waiting(place) => format!("in the line, place {place}"),
        Phase::Running if session.retries.get() > 0 => {
            format!("connection lost, the run goes on; trying again ({})", session.retries.get())
        }
        Phase::Running => "measured, live".to_owned(),
        Phase::Ended(_) => "measured".to_owned(),
        Phase::Lost(_) => "lost".to_owned(),
    };
    let kind = move || match session.phase.get() {
        _ if simulated().is_some() => "badge simulated",
        Phase::Running | Phase::Ended(_) => "badge measured",
        _ => "badge simulated",
    };
    let title = move || {
        simulated().map(|_| {
            "In virtual time, in this page: no thread and no process ran. The same seed always gives this run."
        })
    };
    let meter = move || {
        let (busy, of) = busy().unwrap_or((0, 1));
        format!("{:.0}", 100.0 * f64::from(busy) / f64::from(of.max(1)))
    };
    view! {
        <div class="honesty" role="group" aria-label="Where this comes from">
            <Show when=move || busy().is_some()>
                <span class="pair">
                    "workers busy"
                    <span class="meter" aria-hidden="true">
                        <span style=("width", move || format!("{}%", meter()))></span>
                    </span>
                    <b>{move || busy().map(|(busy, of)| format!("{busy} of {of}"))}</b>
                </span>
            </Show>
            <span class="ends">{move || ends(bench)}</span>
            <GilBadge/>
            <InterpretersBadge/>
            <Show when=move || bench.stale.get()>
                <span class="badge before" title="This run is of the experiment as it was before your last edits. Run shows the new one.">
                    "from before your edit"
                </span>
            </Show>
            <span class=kind title=title><span class="dot"></span>{words}</span>
        </div>
    }
}

/// `simulated, seed 7`; empty if the run is a real one.
pub fn simulated_words(session: Session) -> String {
    let seed = session.simulated.get();
    seed.map(|seed| format!("simulated, seed {seed}")).unwrap_or_default()
}

/// How the run ended, in a few words.
fn ends(bench: Bench) -> Option<String> {
    let session = bench.session;
    session.tick.track();
    let Phase::Ended(cause) = session.phase.get() else { return None };
    session.with(|fold| {
        let time = crate::units::moment(fold.view.now, fold.view.plan());
        format!("{} at {time}", crate::status::cause_words(cause))
    })
}
