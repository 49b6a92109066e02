//! The workbench: all its parts in their places.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::scenario::Scenario;

use crate::api::{self, ApiError};
use crate::bench::{Bench, GraphAs, Pane, Selection};
use crate::palette::skin;
use crate::session::Phase;
use crate::{
    address, canvas, clipboard, dock, drafts, finder, focus, functions, inspector, keys, menu,
    new_task, notice, outline, status, told, topbar,
};

/// What the page opens on: seed 001's map, a tenth of its time.
const FIRST: &str = include_str!("../../static/examples/seed-001-line-024-map.json");

/// The workbench, on the experiment of the address.
#[component]
pub fn Workbench() -> impl IntoView {
    let first = || Scenario::parse(FIRST).expect("the tests read every example");
    let (scenario, trouble) = match address::read() {
        Some(Ok(scenario)) => (scenario, None),
        Some(Err(error)) => (first(), Some(error.to_string())),
        None if address::run_id().is_some() => (first(), None),
        // Who comes back without a link finds what was edited last.
        None => match drafts::last() {
            Some(draft) => {
                let words = "Your last draft is open again; the others are among the drafts.";
                (draft, Some(words.to_owned()))
            }
            None => (first(), None),
        },
    };
    let bench = Bench::new(scenario);
    provide_context(bench);
    if let Some(trouble) = trouble {
        bench.say(trouble);
    }
    if let Some(id) = address::run_id() {
        follow(bench, id);
    }
    address::keep(bench);
    keys::listen(bench);
    outline::watch_width(bench);
    bench.trail.follow();
    clipboard::listen(bench);
    drafts::keep(bench);
    title(bench);

    let session = bench.session;
    let run = move || session.run.get().map(|run| run.id);
    let records = move || {
        session.tick.track();
        session.whole(|all| all.fold.next_seq())
    };
    let hash = move || {
        let over = session.phase.with(|phase| matches!(phase, Phase::Ended(_)));
        over.then(|| session.whole(crate::recording::Recording::log_hash))
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
                <Show when=move || !bench.narrow.get() fallback=|| view! { <outline::PhoneOutline/> }>
                    <Show
                        when=move || bench.graph_as.get() == GraphAs::Canvas
                        fallback=|| view! { <outline::Outline/> }
                    >
                        <canvas::Canvas/>
                    </Show>
                    <canvas::Tools/>
                </Show>
            </main>
            // The focus goes from the graph to what happens, and then to what is selected.
            <dock::Dock/>
            <inspector::Inspector/>
            <status::Status/>
            <new_task::NewTask/>
            <finder::Finder/>
            <menu::ContextMenu/>
            <keys::Keys/>
            <notice::Notice/>
            <told::Told/>
        </div>
    }
}

/// Opens the run of the address: its scenario and its log.
fn follow(bench: Bench, id: String) {
    spawn_local(async move {
        match api::run_status(&id).await {
            Ok(status) => match status.scenario.clone().check() {
                Ok(plan) => {
                    bench.open(status.scenario.clone(), "open a run");
                    let opened = bench.editor.scenario.get_untracked();
                    bench.followed.set(Some((status.id.clone(), opened)));
                    bench.session.follow(status, std::sync::Arc::new(plan));
                }
                Err(error) => bench.say(format!("This run's scenario cannot be read: {error}.")),
            },
            Err(error) => {
                let words = match &error {
                    ApiError::Refused(problem) => problem.detail.clone(),
                    ApiError::Unreachable(_) => error.sentence(),
                };
                bench.session.phase.set(Phase::Lost(words.clone()));
                bench.say(words);
            }
        }
    });
}

/// Keeps the window's title.
fn title(bench: Bench) {
    Effect::new(move |_| {
        let title = bench.editor.scenario.with(|scenario| scenario.title.clone());
        let name = if title.is_empty() { "Untitled" } else { &title };
        document().set_title(&format!("{name} · Futurescope"));
    });
}
