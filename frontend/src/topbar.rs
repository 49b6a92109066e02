//! The top bar, in the order of work: name, executor, workers, mode and its options, Run, Share.

mod executor;
mod gil;
pub mod how;
mod options;
mod workers;

use leptos::prelude::*;
use shared::limits;
use shared::scenario::edit::Edit;
use shared::scenario::{ExecutorKind, Mode};

use crate::bench::Bench;
use crate::icons::Icon;
use crate::session::Phase;
use crate::share::Share;
use crate::theme;
use executor::ExecutorChoice;
pub use executor::choose_executor;
pub use gil::{GilBadge, InterpretersBadge};
use how::{AnotherSeed, ByHandButton, How, HowChoice};
pub use options::OptionFields;
use options::Options;
use workers::Workers;

/// The modes, as Python spells them.
pub const MODES: [(Mode, &str); 4] = [
    (Mode::Submit, "submit"),
    (Mode::Map, "map"),
    (Mode::AsCompleted, "as_completed"),
    (Mode::Wait, "wait"),
];

/// What a mode does, in a sentence without its name.
pub fn about_mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Submit => "each task is submitted by a callback of its last input.",
        Mode::Map => "one map for each level of the graph, its results taken in order.",
        Mode::AsCompleted => "a loop over as_completed submits what became ready.",
        Mode::Wait => "rounds of wait; what became ready is submitted between them.",
    }
}

/// The top bar. On a phone its middle is folded behind one line, and Run is at the bottom.
#[component]
pub fn TopBar() -> impl IntoView {
    let bench = Bench::get();
    let unfolded = RwSignal::new(false);
    let summary = move || {
        bench.editor.scenario.with(|scenario| {
            let executor = executor_word(scenario.executor.kind);
            let mode = mode_word(scenario.program.mode);
            format!("{executor} · {} · {mode}", workers(scenario.executor.workers))
        })
    };
    view! {
        <header class="topbar">
            <a class="brand" href="/gallery" aria-label="Futurescope, all examples" title="All examples">
                <Logo/>
            </a>
            <Name/>
            <button
                type="button"
                class="how-summary"
                aria-expanded=move || unfolded.get().to_string()
                on:click=move |_| unfolded.update(|open| *open = !*open)
            >
                <span>{summary}</span>
                <Icon of="#i-down"/>
            </button>
            <div class="how" class:unfolded=unfolded>
                <ExecutorChoice/>
                <Workers/>
                <ModeChoice/>
                <Options/>
            </div>
            <span class="grow"></span>
            <div class="runbar">
                <Show when=move || bench.how.get() == How::Simulated fallback=|| view! { <LimitRing/> }>
                    <AnotherSeed/>
                    <ByHandButton/>
                </Show>
                <HowChoice/>
                <RunButton/>
            </div>
            <button
                type="button"
                class="btn quiet icon phone-only"
                aria-label="Dark or light"
                on:click=move |_| theme::toggle()
            >
                <Icon of="#i-theme"/>
            </button>
            <Share/>
            <crate::dock::PhoneTabs/>
        </header>
    }
}

/// The mark of the project.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">
            <rect class="logo-bg" x="1" y="1" width="22" height="22" rx="6"></rect>
            <path class="logo-bar" d="M5 8h6M5 12h9M5 16h4"></path>
            <path class="logo-now" d="M16.5 5v14"></path>
        </svg>
    }
}

/// A word where a class's name is too long.
fn executor_word(kind: ExecutorKind) -> &'static str {
    match kind {
        ExecutorKind::Threads => "Threads",
        ExecutorKind::Interpreters => "Interpreters",
        ExecutorKind::Processes => "Processes",
        ExecutorKind::Pool => "Pool",
    }
}

/// How a program's mode is spelled; `script` if its steps are its own.
pub fn mode_word(mode: Option<Mode>) -> &'static str {
    let named = |mode| MODES.iter().find(|(of, _)| *of == mode).map(|(_, word)| *word);
    mode.and_then(named).unwrap_or("script")
}

fn workers(count: u32) -> String {
    if count == 1 { "1 worker".to_owned() } else { format!("{count} workers") }
}

#[component]
fn Name() -> impl IntoView {
    let bench = Bench::get();
    let title = move || bench.editor.scenario.with(|scenario| scenario.title.clone());
    let rename = move |event| {
        bench.editor.edit_merging(Edit::SetTitle(event_target_value(&event)));
    };
    view! {
        <div class="name">
            <h1 class="hide">{title}</h1>
            <input
                class="title"
                aria-label="Name of the experiment"
                placeholder="Untitled"
                spellcheck="false"
                autocomplete="off"
                maxlength=limits::TEXT_CHARS
                title=move || bench.editor.scenario.with(|scenario| scenario.about.clone())
                prop:value=title
                on:change=rename
            />
        </div>
    }
}

/// The most workers that this kind of pool may have.
pub fn most_workers(kind: ExecutorKind) -> u32 {
    if kind.has_processes() { limits::PROCESSES } else { limits::THREADS }
}

#[component]
fn ModeChoice() -> impl IntoView {
    let bench = Bench::get();
    let mode = move || bench.editor.scenario.with(|all| all.program.mode);
    let choice = move |of: Mode, word: &'static str| {
        view! {
            <label title=format!("{word}: {}", about_mode(of))>
                <input
                    type="radio"
                    name="mode"
                    prop:checked=move || mode() == Some(of)
                    on:change=move |_| {
                        bench.editor.edit(Edit::SetMode(of));
                    }
                />
                {word}
            </label>
        }
    };
    let script = move || {
        mode().is_none().then(|| {
            view! {
                <label title="What this experiment's own main thread does, step by step">
                    <input type="radio" name="mode" prop:checked=true/>
                    "script"
                </label>
            }
        })
    };
    view! {
        <fieldset class="seg mono" aria-label="Mode">
            {script} {MODES.map(|(of, word)| choice(of, word)).collect_view()}
        </fieldset>
    }
}

/// How much of its time the run has used.
#[component]
fn LimitRing() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let limit = limits::WALL.seconds();
    let used = move || match session.phase.get() {
        Phase::Running | Phase::Ended(_) => session.clock.get().seconds().min(limit),
        _ => 0.0,
    };
    let words = move || format!("{:.1} seconds of at most {limit:.0} used", used());
    view! {
        <div class="limit" role="img" aria-label=words title=format!("A run may take {limit:.0} s of real time")>
            <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
                <circle class="ring-bg" cx="10" cy="10" r="7.5"></circle>
                <circle
                    class="ring-fg"
                    cx="10"
                    cy="10"
                    r="7.5"
                    pathLength="30"
                    stroke-dasharray=move || format!("{:.2} 60", used())
                    transform="rotate(-90 10 10)"
                ></circle>
            </svg>
            <span>{format!("of {limit:.0} s")}</span>
        </div>
    }
}

/// Run, or Stop: one place, one width.
#[component]
fn RunButton() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let going = move || session.phase.with(Phase::is_going);
    let may = move || {
        bench.later.is_here()
            && (!going() || session.is_ours() || session.run.with(Option::is_none))
    };
    let press = move |_| bench.command(if going() { "stop" } else { "run" });
    let title = move || match (going(), may()) {
        (true, true) => bench.hint("Stop the run", "stop"),
        (true, false) => "Only who started this run can stop it".to_owned(),
        (false, _) => match bench.how.get() {
            How::Real => bench.hint("Run it on real workers", "run"),
            How::Simulated => bench.hint("Simulate it in this page", "run"),
        },
    };
    let icon = Signal::derive(move || if going() { "#i-stop" } else { "#i-run" });
    view! {
        <button type="button" class="btn primary run" title=title disabled=move || !may() on:click=press>
            <Icon of=icon/>
            {move || if going() { "Stop" } else { "Run" }}
        </button>
    }
}
