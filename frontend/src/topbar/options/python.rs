//! Whose rules hold: the version, and what later ones do otherwise.

use leptos::prelude::*;
use shared::scenario::edit::Edit;
use shared::scenario::{Change, ExecutorKind, Python, Scenario};

use crate::bench::Bench;
use crate::topbar::executor::say_problem;

const VERSIONS: [(Python, &str); 4] = [
    (Python::V3_14, "3.14"),
    (Python::V3_13, "3.13"),
    (Python::V3_12, "3.12"),
    (Python::V3_11, "3.11"),
];

/// What the options' button says of it: only what is not the default.
pub fn python_summary(scenario: &Scenario) -> Vec<String> {
    let named = VERSIONS.iter().find(|(of, _)| *of == scenario.python).map(|(_, word)| *word);
    let version = named.filter(|_| scenario.python != Python::default());
    let version = version.map(|word| format!("Python {word}"));
    let later = (!scenario.changes.is_empty()).then(|| "later Python".to_owned());
    version.into_iter().chain(later).collect()
}

/// The version.
#[component]
pub fn VersionField() -> impl IntoView {
    let bench = Bench::get();
    let now = move || bench.editor.scenario.with(|all| all.python);
    let option = move |(of, word): (Python, &'static str)| {
        view! { <option value=word prop:selected=move || now() == of>{word}</option> }
    };
    let choose = move |event| {
        let word = event_target_value(&event);
        if let Some((of, _)) = VERSIONS.iter().find(|(_, name)| *name == word)
            && bench.editor.edit(Edit::SetPython(*of))
        {
            say_problem(bench);
        }
    };
    view! {
        <label class="row" title="Whose rules hold">
            <span>"Python"</span>
            <select class="field" data-option="python" on:change=choose>
                {VERSIONS.map(option).collect_view()}
            </select>
        </label>
    }
}

/// What a change is, in a sentence.
fn sentence(change: Change) -> &'static str {
    match change {
        Change::OwnExceptions => {
            "3.15: each future of a broken pool has an exception of its own, which names the process."
        }
        Change::MapContinues => "After 3.15: map goes on behind an item that raised.",
        Change::CallbackErrorIsResult => "After 3.15: what a callback raises becomes the result.",
        Change::CancelledIsDone => {
            "Proposed: a cancelled future counts as done for wait and as_completed at once."
        }
    }
}

/// Whether this executor would do anything otherwise.
fn concerns(change: Change, kind: ExecutorKind) -> bool {
    match change {
        Change::OwnExceptions => kind == ExecutorKind::Processes,
        Change::MapContinues | Change::CancelledIsDone => kind.has_futures(),
        Change::CallbackErrorIsResult => kind == ExecutorKind::Pool,
    }
}

/// A switch for each change that this executor has, and for what was switched on for another.
#[component]
pub fn LaterFields() -> impl IntoView {
    let bench = Bench::get();
    let switch = move |change: Change| {
        let holds = move || bench.editor.scenario.with(|all| all.changes.contains(&change));
        let shown = move || {
            holds() || bench.editor.scenario.with(|all| concerns(change, all.executor.kind))
        };
        let choose = move |event| {
            bench.editor.edit(Edit::SetChange(change, event_target_checked(&event)));
        };
        view! {
            <Show when=shown>
                <label class="check sentence">
                    <input type="checkbox" prop:checked=holds on:change=choose/>
                    <span>{sentence(change)}</span>
                </label>
            </Show>
        }
    };
    view! {
        <h3>"Later Pythons"</h3>
        {Change::ALL.map(switch).collect_view()}
    }
}
