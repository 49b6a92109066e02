//! What an executor of processes can be told: how its workers are started, and how long they live.

use leptos::prelude::*;
use shared::scenario::edit::Edit;
use shared::scenario::{ExecutorKind, Scenario, StartMethod};

use crate::bench::Bench;

const START_METHODS: [(StartMethod, &str); 3] = [
    (StartMethod::Fork, "fork"),
    (StartMethod::Forkserver, "forkserver"),
    (StartMethod::Spawn, "spawn"),
];

fn start_word(of: StartMethod) -> &'static str {
    match of {
        StartMethod::Fork => "fork",
        StartMethod::Forkserver => "forkserver",
        StartMethod::Spawn => "spawn",
    }
}

/// As Python spells it: each of the two has a name of its own for it.
fn max_tasks_word(kind: ExecutorKind) -> &'static str {
    if kind == ExecutorKind::Pool { "maxtasksperchild" } else { "max_tasks_per_child" }
}

/// What the options' button says of it: only what is not Python's default.
pub fn executor_summary(scenario: &Scenario) -> Vec<String> {
    let executor = &scenario.executor;
    let start = executor.start_method.map(|of| start_word(of).to_owned());
    let limit = executor.max_tasks_per_child;
    let limit = limit.map(|limit| format!("{}={limit}", max_tasks_word(executor.kind)));
    start.into_iter().chain(limit).collect()
}

/// The fields of pools of processes; nothing for others.
#[component]
pub fn ProcessFields() -> impl IntoView {
    let bench = Bench::get();
    let processes = move || bench.editor.scenario.with(|all| all.executor.kind.has_processes());
    view! {
        <Show when=processes>
            <StartMethodField/>
            <MaxTasksField/>
        </Show>
    }
}

#[component]
fn StartMethodField() -> impl IntoView {
    let bench = Bench::get();
    let now = move || bench.editor.scenario.with(|all| all.executor.start_method);
    let default = move || {
        let mut scenario = Scenario::clone(&bench.editor.scenario.get());
        scenario.executor.start_method = None;
        format!("default: {}", start_word(scenario.start_method()))
    };
    // Who replaces its workers cannot fork (rule 101).
    let cannot_fork = move || {
        bench.editor.scenario.with(|all| {
            let executor = &all.executor;
            executor.kind == ExecutorKind::Processes && executor.max_tasks_per_child.is_some()
        })
    };
    let option = move |(of, word): (StartMethod, &'static str)| {
        let disabled = move || of == StartMethod::Fork && cannot_fork();
        view! { <option value=word disabled=disabled prop:selected=move || now() == Some(of)>{word}</option> }
    };
    let choose = move |event| {
        let word = event_target_value(&event);
        let of = START_METHODS.iter().find(|(_, name)| *name == word).map(|(of, _)| *of);
        bench.editor.edit(Edit::SetStartMethod(of));
    };
    view! {
        <label class="row" title="fork starts all workers at once, or at the first submit; forkserver and spawn start them one by one">
            <span>"start method"</span>
            <select class="field" data-option="start_method" on:change=choose>
                <option value="" prop:selected=move || now().is_none()>{default}</option>
                {START_METHODS.map(option).collect_view()}
            </select>
        </label>
    }
}

#[component]
fn MaxTasksField() -> impl IntoView {
    let bench = Bench::get();
    let kind = move || bench.editor.scenario.with(|all| all.executor.kind);
    let now = move || {
        let limit = bench.editor.scenario.with(|all| all.executor.max_tasks_per_child);
        limit.map_or_else(String::new, |limit| limit.to_string())
    };
    let choose = move |event: web_sys::Event| {
        let limit = match event_target_value(&event).trim() {
            "" => None,
            text => match text.parse::<u32>() {
                Ok(limit @ 1..) => Some(limit),
                _ => {
                    let word = max_tasks_word(untrack(kind));
                    bench.say(format!("{word} must be a whole number of at least 1, or empty."));
                    event_target::<web_sys::HtmlInputElement>(&event).set_value(&untrack(now));
                    return;
                }
            },
        };
        bench.editor.edit_merging(Edit::SetMaxTasks(limit));
    };
    view! {
        <label class="row" title="After so many calls a worker process ends, and another takes its place">
            <span><code>{move || max_tasks_word(kind())}</code></span>
            <input
                class="field num"
                inputmode="numeric"
                placeholder="None"
                data-option="max_tasks"
                prop:value=now
                on:change=choose
            />
        </label>
    }
}
