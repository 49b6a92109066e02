//! The workbench: all its parts in their places.

use leptos::prelude::*;
use shared::scenario::Scenario;

use crate::bench::{Bench, GraphAs, Pane, Selection};
use crate::later::Later;
use crate::palette::skin;
use crate::session::Phase;
use crate::{
    address, canvas, dock, drafts, focus, functions, keys, notice, outline, status, topbar,
};

/// What the page opens on: seed 001's map, a tenth of its time.
const FIRST: &str = include_str!("../../static/examples/seed-001-line-024-map.json");

/// The workbench, on the experiment of the address.
#[component]
pub fn Workbench(
    /// The page's second half.
    later: Later,
) -> impl IntoView {
    let first = || Scenario::read(FIRST).expect("the tests read every example");
    let read = address::read();
    let is_broken = read.is_none() && address::has_scenario();
    let (scenario, words) = match read {
        Some(scenario) => (scenario, None),
        None if is_broken || address::run_id().is_some() => (first(), None),
        // Who comes back without a link finds what was edited last.
        None => match drafts::last() {
            Some(draft) => {
                let words = "Your last draft is open again; the others are among the drafts.";
                (draft, Some(words))
            }
            None => (first(), None),
        },
    };
    let bench = Bench::new(scenario, later);
    provide_context(bench);
    if let Some(words) = words {
        bench.say(words);
    }
    outline::watch_width(bench);
    bench.trail.follow();
    title(bench);
    Effect::new(move |_| {
        later.ask_for(|parts| untrack(|| (parts.take_up)(bench, is_broken)));
    });

    let session = bench.session;
    let run = move || session.run.get().map(|run| run.id);
    let records = move || {
        session.tick.track();
        session.whole(|all| all.fold.next_seq())
    };
    let hash = move || {
        let over = session.phase.with(|phase| matches!(phase, Phase::Ended(_)));
        over.then(|| later.ask_for(|parts| (parts.log_hash)(session)))
            .flatten()
            .flatten()
            .map(|hash| format!("{hash:08x}"))
    };
    let frames = move || {
        session.tick.track();
        session.frames()
    };
    let inspected = move || bench.selection.with(|selection| *selection != Selection::Nothing);
    // What stands out: its class is its name.
    let only = move || {
        let only = bench.pointed.get().or_else(|| bench.only.get());
        only.map(|shown| skin(shown).class)
    };
    let tab = move || bench.tab.get().name();
    let dock_height = move || bench.dock_height.get().map(dock::height_in_css);
    let pane = move || match bench.pane.get() {
        Pane::Graph => "graph",
        Pane::Dock => "dock",
    };
    view! {
        <div
            class="wb"
            class:inspected=inspected
            class:stale=bench.stale
            class:choosing=move || bench.tap.with(|tap| *tap != outline::Tap::Select)
            style=("--dock-h", dock_height)
            data-pane=pane
            data-tab=tab
            data-only=only
            data-held=move || session.held.get().map(|held| held.next)
            data-run=run
            data-state=move || session.phase.with(super::session::Phase::word)
            data-records=records
            data-log-hash=hash
            data-seed=move || session.simulated.get()
            data-frames=frames
        >
            <a
                class="skip-link"
                href="#canvas"
                on:click=move |event| {
                    // Followed, it would take the experiment's place in the address.
                    event.prevent_default();
                    focus::focus(keys::GRAPH);
                }
            >
                "Skip to the graph"
            </a>
            <topbar::TopBar/>
            <functions::Functions/>
            <main class="canvas" id="canvas">
                <h2 class="hide">"Graph"</h2>
                <Show when=move || !bench.narrow.get() fallback=move || view! { <outline::PhoneOutline/> }>
                    <Show
                        when=move || bench.graph_as.get() == GraphAs::Canvas
                        fallback=move || later.view(|parts| (parts.outline)())
                    >
                        <canvas::Canvas/>
                    </Show>
                    <canvas::Tools/>
                </Show>
            </main>
            // The focus goes from the graph to what happens, and then to what is selected.
            <dock::Dock/>
            {later.view(|parts| (parts.inspector)())}
            <status::Status/>
            <notice::Notice/>
            {later.view(|parts| (parts.around)())}
        </div>
    }
}

/// Keeps the window's title.
fn title(bench: Bench) {
    Effect::new(move |_| {
        let title = bench.editor.scenario.with(|scenario| scenario.title.clone());
        let name = if title.is_empty() { "Untitled" } else { &title };
        document().set_title(&format!("{name} · Futurescope"));
    });
}
