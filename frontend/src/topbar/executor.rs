//! Which executor, by Python's own names, and what is wrong with the choice.

use leptos::prelude::*;
use shared::scenario::edit::Edit;
use shared::scenario::{ExecutorKind, ScenarioError};

use crate::bench::Bench;

/// The menu of executors. Four class names are no row of buttons: a list holds them at any width.
#[component]
pub fn ExecutorChoice() -> impl IntoView {
    let bench = Bench::get();
    let kind = move || bench.editor.scenario.with(|all| all.executor.kind);
    let option = move |of: ExecutorKind| {
        view! { <option value=of.class() prop:selected=move || kind() == of>{of.class()}</option> }
    };
    let choose = move |event| {
        let class = event_target_value(&event);
        if let Some(of) = ExecutorKind::ALL.into_iter().find(|of| of.class() == class) {
            choose_executor(bench, of);
        }
    };
    let title = move || {
        let (words, id) = about(kind());
        problem_at(bench, "/executor").unwrap_or_else(|| bench.hint(words, id))
    };
    let is_wrong = move || problem_at(bench, "/executor").is_some().then_some("true");
    view! {
        <select
            class="field executor"
            aria-label="Executor"
            title=title
            aria-invalid=is_wrong
            on:change=choose
        >
            {ExecutorKind::ALL.map(option).collect_view()}
        </select>
    }
}

/// Chooses an executor, and says at once what in the experiment does not go with it.
pub fn choose_executor(bench: Bench, kind: ExecutorKind) {
    if bench.editor.edit(Edit::SetExecutor(kind)) {
        say_problem(bench);
    }
}

/// Says what does not go together in executor, version and program, if something does not.
pub fn say_problem(bench: Bench) {
    let found = ["/executor", "/python", "/program"];
    if let Some(words) = untrack(|| found.into_iter().find_map(|at| problem_at(bench, at))) {
        bench.say(format!("{words}."));
    }
}

/// The first thing that is wrong within this place of the document, in words.
pub fn problem_at(bench: Bench, at: &str) -> Option<String> {
    let within = |error: &&ScenarioError| error.at.starts_with(at);
    bench.editor.problems.with(|all| all.iter().find(within).map(|error| error.kind.to_string()))
}

/// What it is, and the command that chooses it.
fn about(kind: ExecutorKind) -> (&'static str, &'static str) {
    match kind {
        ExecutorKind::Threads => ("Threads of one process", "threads"),
        ExecutorKind::Interpreters => {
            ("Threads, each with an interpreter of its own; since Python 3.14", "interpreters")
        }
        ExecutorKind::Processes => ("Processes, with futures", "processes"),
        ExecutorKind::Pool => {
            ("Processes, with results that have no cancel() and no running()", "pool")
        }
    }
}
