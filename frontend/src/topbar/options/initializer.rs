//! What each worker does before its first call.

use leptos::prelude::*;
use shared::function::{CATALOGUE, Function, Group, Param, find};
use shared::scenario::edit::{Edit, sensible};
use shared::scenario::{Arg, Initializer, Scenario};

use crate::bench::Bench;
use crate::inspector::{Problem, read, written};
use crate::topbar::executor::problem_at;

/// What the options' button says of it.
pub fn initializer_summary(scenario: &Scenario) -> Option<String> {
    scenario.executor.initializer.as_ref().map(|first| format!("initializer={}", first.function))
}

/// The function, its arguments, and from which worker on.
#[component]
pub fn InitializerField() -> impl IntoView {
    let bench = Bench::get();
    let now =
        Memo::new(move |_| bench.editor.scenario.with(|all| all.executor.initializer.clone()));
    let name = Memo::new(move |_| now.with(|now| now.as_ref().map(|first| first.function.clone())));
    let choose = move |event| {
        let first = find(&event_target_value(&event)).map(new_initializer);
        bench.editor.edit(Edit::SetInitializer(first));
    };
    let option = move |of: &'static str| {
        let chosen = move || name.with(|name| name.as_deref() == Some(of));
        view! { <option value=of prop:selected=chosen>{of}</option> }
    };
    // An initializer cannot wait for somebody.
    let fits = |function: &&Function| function.group != Group::Waiting;
    let fields = move || {
        let function = find(&name.get()?)?;
        let field = |param: &'static Param| view! { <InitArg param=param/> };
        Some(function.params.iter().map(field).collect_view())
    };
    view! {
        <label class="row" title="What each worker does before its first call">
            <span><code>"initializer"</code></span>
            <select class="field" data-option="initializer" on:change=choose>
                <option value="" prop:selected=move || name.with(Option::is_none)>"None"</option>
                {CATALOGUE.iter().filter(fits).map(|function| option(function.name)).collect_view()}
            </select>
        </label>
        {fields}
        <Show when=move || name.with(Option::is_some)>
            <FromWorker/>
        </Show>
        <Problem words=Signal::derive(move || problem_at(bench, "/executor/initializer"))/>
    }
}

fn new_initializer(function: &'static Function) -> Initializer {
    let required = function.params.iter().filter(|param| param.default.is_none());
    Initializer {
        function: function.name.to_owned(),
        args: required.map(|param| (param.name.to_owned(), sensible(param))).collect(),
        from_worker: 0,
    }
}

/// Changes the initializer that there is.
fn change(bench: Bench, change: impl FnOnce(&mut Initializer)) {
    let now = bench.editor.scenario.with_untracked(|all| all.executor.initializer.clone());
    if let Some(mut first) = now {
        change(&mut first);
        bench.editor.edit_merging(Edit::SetInitializer(Some(first)));
    }
}

/// One of `initargs`: a value, for there are no tasks yet that could feed it.
#[component]
fn InitArg(param: &'static Param) -> impl IntoView {
    let bench = Bench::get();
    let text = move || {
        bench.editor.scenario.with(|all| {
            let value = all.executor.initializer.as_ref()?.args.get(param.name)?.clone();
            Some(written(&Arg::Value(value), param.kind))
        })
    };
    let set = move |event: web_sys::Event| match read(&event_target_value(&event), param.kind) {
        None => change(bench, |first| drop(first.args.remove(param.name))),
        Some(Arg::Value(value)) => change(bench, |first| {
            first.args.insert(param.name.to_owned(), value);
        }),
        Some(Arg::From(_) | Arg::List(_) | Arg::Each(_)) => {
            bench.say("An initializer runs before any task: its arguments are values.");
            let before = untrack(text).unwrap_or_default();
            event_target::<web_sys::HtmlInputElement>(&event).set_value(&before);
        }
    };
    let default = param.default.map(|default| default.value().repr());
    view! {
        <label class="row nested" title=param.about>
            <span><code>{param.name}</code></span>
            <input
                class="field"
                data-initarg=param.name
                aria-label=format!("{}, {}", param.name, param.about)
                autocomplete="off"
                spellcheck="false"
                placeholder=default
                prop:value=move || text().unwrap_or_default()
                on:change=set
            />
        </label>
    }
}

/// The first worker that does it: those before do nothing, as if only later ones met the trouble.
#[component]
fn FromWorker() -> impl IntoView {
    let bench = Bench::get();
    let now = move || {
        bench
            .editor
            .scenario
            .with(|all| all.executor.initializer.as_ref().map_or(0, |first| first.from_worker))
    };
    let set = move |event: web_sys::Event| {
        let text = event_target_value(&event);
        match if text.trim().is_empty() { Ok(0) } else { text.trim().parse::<u32>() } {
            Ok(from) => change(bench, |first| first.from_worker = from),
            Err(_) => {
                bench.say(
                    "The number of the first worker that does it must be a whole number from 0.",
                );
                let input = event_target::<web_sys::HtmlInputElement>(&event);
                input.set_value(&untrack(now).to_string());
            }
        }
    };
    view! {
        <label class="row nested" title="Workers before this one skip it: 0 is worker A. Not Python's own; it is for trying what happens when only later workers fail.">
            <span>"from worker"</span>
            <input class="field num" inputmode="numeric" data-option="from_worker" prop:value=now on:change=set/>
        </label>
    }
}
