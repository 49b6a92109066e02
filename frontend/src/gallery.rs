//! The gallery: every example, what to look for in it, and one click to open it.

use leptos::prelude::*;
use shared::graph::layout::bounds;
use shared::protocol::http::Example;
use shared::scenario::{ExecutorKind, Scenario};
use shared::view::shown::Shown;

use crate::api;
use crate::canvas::{NODE_H, NODE_W};
use crate::editor::placed;
use crate::icons::Icon;
use crate::palette::skin;
use crate::theme;
use crate::topbar::{Logo, mode_word};

/// The gallery.
#[component]
pub fn Gallery() -> impl IntoView {
    document().set_title("Examples · Futurescope");
    let examples = LocalResource::new(api::examples);
    view! {
        <div class="site-page">
            <SiteHeader here="gallery"/>
            <main>
                <h1>"Every example of five tutorials"</h1>
                <p class="lead">
                    "Each runs on real workers, threads or processes. Open one, press Run, change something, run again."
                </p>
                <Suspense fallback=|| view! { <p class="dim">"Loading…"</p> }>
                    {move || examples.get().map(|examples| match &examples {
                        Ok(examples) => cards(examples).into_any(),
                        Err(error) => view! { <p>{error.sentence()}</p> }.into_any(),
                    })}
                </Suspense>
            </main>
        </div>
    }
}

/// The top of the pages beside the workbench.
#[component]
pub fn SiteHeader(here: &'static str) -> impl IntoView {
    let current = move |page: &str| (page == here).then_some("page");
    view! {
        <header class="site">
            <a class="home" href="/play"><Logo/><b>"Futurescope"</b></a>
            <nav aria-label="Pages">
                <a href="/play">"Workbench"</a>
                <a href="/gallery" aria-current=current("gallery")>"Examples"</a>
                <a href="/limits" aria-current=current("limits")>"Limits"</a>
            </nav>
            <span class="grow"></span>
            <button type="button" class="btn quiet icon" aria-label="Dark or light" on:click=move |_| theme::toggle()>
                <Icon of="#i-theme"/>
            </button>
        </header>
    }
}

fn cards(examples: &[Example]) -> impl IntoView + use<> {
    let mut seeds: Vec<&str> = examples.iter().map(|example| example.seed.as_str()).collect();
    seeds.dedup();
    let of_seed = |seed: &str| {
        let cards = examples.iter().filter(|example| example.seed == seed).map(card);
        view! {
            <h2>{format!("Tutorial {seed}")}</h2>
            <ul class="cards">{cards.collect_view()}</ul>
        }
    };
    seeds.into_iter().map(of_seed).collect_view()
}

fn card(example: &Example) -> impl IntoView + use<> {
    let Example { name, scenario, .. } = example.clone();
    let meta = kind_and_mode(&scenario);
    // Too large for a link is none of our examples; the workbench would say so.
    let href = shared::link::pack(&scenario)
        .map_or_else(|_| "/play".to_owned(), |link| format!("/play#x={link}"));
    let picture = picture(scenario.clone(), &[]);
    view! {
        <li>
            <a class="tpl" href=href data-example=name>
                {picture}
                <b>{scenario.title}</b>
                <p>{scenario.about}</p>
                <span>{meta}</span>
            </a>
        </li>
    }
}

/// On what an experiment runs, and how.
pub fn kind_and_mode(scenario: &Scenario) -> String {
    let executor = match scenario.executor.kind {
        ExecutorKind::Threads => "threads",
        ExecutorKind::Interpreters => "interpreters",
        ExecutorKind::Processes => "processes",
        ExecutorKind::Pool => "Pool workers",
    };
    let mode = mode_word(scenario.program.mode);
    format!("{} {executor} · {mode}", scenario.executor.workers)
}

/// The graph in small, and where its tasks stand, in the document's order; of no run if that is empty.
pub fn picture(scenario: Scenario, shown: &[Shown]) -> impl IntoView + use<> {
    let scenario = placed(scenario);
    let places: Vec<(i32, i32)> = scenario.tasks.iter().filter_map(|task| task.position).collect();
    let (x, y, w, h) = bounds(&places).unwrap_or((0, 0, 1, 1));
    // Small graphs are not blown up.
    let (w2, h2) = (w.max(640), h.max(280));
    let frame =
        format!("{} {} {} {}", x - (w2 - w) / 2 - 20, y - (h2 - h) / 2 - 20, w2 + 40, h2 + 40);
    let node = |(at, (x, y)): (usize, (i32, i32))| {
        let class = shown.get(at).map_or("mini", |shown| skin(*shown).class);
        view! {
            <g class=format!("node {class}") transform=format!("translate({x} {y})")>
                <rect class="body" width=NODE_W height=NODE_H rx="10"></rect>
                <path class="band" d="M32 1.5H10A8.5 8.5 0 0 0 1.5 10v36A8.5 8.5 0 0 0 10 54.5h22z"></path>
            </g>
        }
    };
    let at =
        |id: &str| scenario.tasks.iter().find(|task| task.id == id).and_then(|task| task.position);
    let edge = |edge: &shared::scenario::edit::Edge| {
        let ((x0, y0), (x1, y1)) = (at(&edge.from)?, at(&edge.to)?);
        let start = (f64::from(x0) + NODE_W, f64::from(y0) + NODE_H / 2.0);
        let end = (f64::from(x1), f64::from(y1) + NODE_H / 2.0);
        Some(view! { <path class="mini-edge" d=shared::graph::layout::curve(start, end)></path> })
    };
    let edges = shared::scenario::edit::edges(&scenario);
    view! {
        <svg viewBox=frame aria-hidden="true" preserveAspectRatio="xMidYMid meet">
            {edges.iter().filter_map(edge).collect_view()}
            {places.into_iter().enumerate().map(node).collect_view()}
        </svg>
    }
}
