//! With or without a GIL: what threads can be told, and how a run with one is marked.

use leptos::prelude::*;
use shared::function::Group;
use shared::scenario::edit::Edit;
use shared::scenario::{ExecutorKind, Plan, Scenario};

use crate::bench::Bench;

/// What the options' button says of it: only what is not Python's default.
pub fn gil_summary(scenario: &Scenario) -> Option<&'static str> {
    (scenario.executor.gil == Some(false)).then_some("no GIL")
}

/// The switch, for threads; nothing for others.
#[component]
pub fn GilField() -> impl IntoView {
    let bench = Bench::get();
    let of_threads =
        move || bench.editor.scenario.with(|all| all.executor.kind == ExecutorKind::Threads);
    let has_gil = move || bench.editor.scenario.with(|all| all.executor.gil.unwrap_or(true));
    let choose = move |event| {
        // The default is left out of the document.
        let gil = if event_target_checked(&event) { None } else { Some(false) };
        bench.editor.edit(Edit::SetGil(gil));
    };
    view! {
        <Show when=of_threads>
            <label
                class="row"
                title="CPython's global interpreter lock: threads take turns of 5 ms. Without it, as in a \
                       free-threaded build, they compute at once. Sleeping tasks overlap either way."
            >
                <span>"GIL"</span>
                <span class="check">
                    <input type="checkbox" prop:checked=has_gil on:change=choose/>
                    "one thread computes at a time"
                </span>
            </label>
        </Show>
    }
}

/// Marks a run whose tasks computed under the GIL.
#[component]
pub fn GilBadge() -> impl IntoView {
    let bench = Bench::get();
    let is_under_gil =
        move || bench.session.plan.with(|plan| plan.as_ref().is_some_and(|plan| takes_gil(plan)));
    view! {
        <Show when=is_under_gil>
            <span
                class="badge emulated"
                title="The threads are real, the GIL is emulated: who computes holds one lock, which is \
                       handed on to who has waited longest, at the latest 5 ms after it was asked for. \
                       CPython leaves the choice to the operating system."
            >
                <span class="dot"></span>
                "GIL emulated"
            </span>
        </Show>
    }
}

/// Says of a run on interpreters that they are modelled.
#[component]
pub fn InterpretersBadge() -> impl IntoView {
    let session = Bench::get().session;
    let is_modelled = move || {
        session.plan.with(|plan| {
            plan.as_ref().is_some_and(|plan| plan.kind() == ExecutorKind::Interpreters)
        })
    };
    view! {
        <Show when=is_modelled>
            <span
                class="badge emulated"
                title="The threads are real, their interpreters are not: names, errors, what cannot be \
                       shared and the GIL that they do not have in common are those of \
                       InterpreterPoolExecutor."
            >
                <span class="dot"></span>
                "interpreters modelled"
            </span>
        </Show>
    }
}

/// Whether something in it computes, and must have the GIL for it.
fn takes_gil(plan: &Plan) -> bool {
    let of_tasks = plan.tasks.iter().map(|task| task.function);
    let mut functions = of_tasks.chain(plan.initializer.iter().map(|first| first.function));
    plan.gil() && functions.any(|function| function.group == Group::Computing)
}
