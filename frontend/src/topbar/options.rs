//! What executor and mode can be told, and how fast time passes: only what there is to tell, with
//! Python's own words and defaults.

mod executor;
mod initializer;
mod python;

use leptos::prelude::*;
use shared::engine::io::ReturnWhen;
use shared::scenario::edit::Edit;
use shared::scenario::{ExecutorKind, Mode, OnError, Python};
use shared::units::Span;

use self::executor::{ProcessFields, executor_summary};
use self::initializer::{InitializerField, initializer_summary};
use self::python::{LaterFields, VersionField, python_summary};
use super::gil::{GilField, gil_summary};
use super::mode_word;
use crate::bench::Bench;
use crate::hands::ByHand;
use crate::icons::Icon;
use crate::outside::on_press_outside;
use crate::topbar::how::SeedField;

/// The speeds on offer: what every span of the scenario is multiplied by.
const SCALES: [(f64, &str); 5] = [
    (0.01, "×0.01"),
    (0.1, "×0.1: a second takes a tenth"),
    (0.5, "×0.5"),
    (1.0, "×1: as written"),
    (2.0, "×2"),
];

const RETURN_WHENS: [(ReturnWhen, &str); 3] = [
    (ReturnWhen::AllCompleted, "ALL_COMPLETED"),
    (ReturnWhen::FirstCompleted, "FIRST_COMPLETED"),
    (ReturnWhen::FirstException, "FIRST_EXCEPTION"),
];

/// The options, behind one button.
#[component]
pub fn Options() -> impl IntoView {
    let bench = Bench::get();
    let details = NodeRef::<leptos::html::Details>::new();
    let close = move || {
        if let Some(details) = details.get_untracked() {
            details.set_open(false);
        }
    };
    on_press_outside(details, close);
    let on_key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            close();
            bench.trail.back();
        }
    };
    view! {
        <details class="options" node_ref=details on:keydown=on_key>
            <summary class="btn quiet" title=move || summary(bench)>
                <Icon of="#i-sliders"/>
                <span>{move || summary(bench)}</span>
                <Icon of="#i-down"/>
            </summary>
            <div class="menu">
                {bench.later.view(|parts| (parts.options)())}
            </div>
        </details>
    }
}

/// The fields: only those that mean something for this executor and mode.
#[component]
pub fn OptionFields() -> impl IntoView {
    let bench = Bench::get();
    let mode = move || bench.editor.scenario.with(|all| all.program.mode);
    let kind = move || bench.editor.scenario.with(|all| all.executor.kind);
    // It came with 3.14, and Pool has none; what is there can be taken away.
    let has_buffersize = move || {
        bench.editor.scenario.with(|all| {
            let is_new = all.executor.kind.has_futures() && all.python >= Python::V3_14;
            is_new || all.program.buffersize.is_some()
        })
    };
    // Pool.map has none.
    let has_timeout = move || match mode() {
        Some(Mode::Map) => kind().has_futures(),
        Some(Mode::AsCompleted | Mode::Wait) => true,
        Some(Mode::Submit) | None => false,
    };
    let mode_word = move || {
        let with_options = mode().filter(|mode| *mode != Mode::Submit);
        with_options.map(|mode| mode_word(Some(mode)))
    };
    let has_chunks = move || {
        let map_nodes = bench
            .editor
            .scenario
            .with(|all| all.tasks.iter().any(shared::scenario::Task::is_map_node));
        mode() == Some(Mode::Map) || (mode().is_some() && map_nodes)
    };
    view! {
        <h3><code>{move || kind().class()}</code></h3>
        <ProcessFields/>
        <InitializerField/>
        <GilField/>
        {move || mode_word().map(|word| view! { <h3><code>{word}</code></h3> })}
        <Show when=move || mode() == Some(Mode::Wait) && kind().has_futures()>
            <ReturnWhenField/>
        </Show>
        <Show when=move || kind().has_processes() && has_chunks()>
            <ChunksizeField/>
        </Show>
        <Show when=move || mode() == Some(Mode::Map)>
            <Show when=has_buffersize>
                <BuffersizeField/>
            </Show>
            <OnErrorField/>
        </Show>
        <Show when=has_timeout>
            <TimeoutField/>
        </Show>
        <h3>"Version and time"</h3>
        <VersionField/>
        <ScaleField/>
        <SeedField/>
        <ByHand/>
        <LaterFields/>
    }
}

fn summary(bench: Bench) -> String {
    bench.editor.scenario.with(|all| {
        let program = &all.program;
        let mut parts = python_summary(all);
        parts.extend(executor_summary(all));
        parts.extend(initializer_summary(all));
        if let Some(when) = program.return_when.filter(|_| program.mode == Some(Mode::Wait)) {
            let named = RETURN_WHENS.iter().find(|(of, _)| *of == when);
            parts.extend(named.map(|(_, word)| (*word).to_owned()));
        }
        if let Some(chunk) = program.chunksize {
            parts.push(format!("chunk {chunk}"));
        }
        if let Some(ahead) = program.buffersize {
            parts.push(format!("buffer {ahead}"));
        }
        if let Some(timeout) = program.timeout {
            parts.push(format!("timeout {} s", timeout.seconds()));
        }
        parts.extend(gil_summary(all).map(str::to_owned));
        parts.push(format!("time ×{}", all.scale));
        parts.join(", ")
    })
}

#[component]
fn ReturnWhenField() -> impl IntoView {
    let bench = Bench::get();
    let now = move || bench.editor.scenario.with(|all| all.program.return_when.unwrap_or_default());
    let option = move |(of, word): (ReturnWhen, &'static str)| {
        view! { <option value=word prop:selected=move || now() == of>{word}</option> }
    };
    let choose = move |event| {
        let word = event_target_value(&event);
        if let Some((of, _)) = RETURN_WHENS.iter().find(|(_, name)| *name == word) {
            bench.editor.edit(Edit::SetReturnWhen(Some(*of)));
        }
    };
    view! {
        <label class="row">
            <span><code>"return_when"</code></span>
            <select class="field" on:change=choose>{RETURN_WHENS.map(option).collect_view()}</select>
        </label>
    }
}

#[component]
fn OnErrorField() -> impl IntoView {
    let bench = Bench::get();
    let goes_on =
        move || bench.editor.scenario.with(|all| all.program.on_error == OnError::Continue);
    let choose = move |event| {
        let on = if event_target_checked(&event) { OnError::Continue } else { OnError::Stop };
        bench.editor.edit(Edit::SetOnError(on));
    };
    view! {
        <label class="row" title="The program catches what a result raises, and asks for the next. What map itself cancels behind an item that raised stays cancelled.">
            <span>"after an exception"</span>
            <span class="check">
                <input type="checkbox" prop:checked=goes_on on:change=choose/>
                "go on with what is left"
            </span>
        </label>
    }
}

#[component]
fn ChunksizeField() -> impl IntoView {
    let bench = Bench::get();
    let now = move || {
        let chunk = bench.editor.scenario.with(|all| all.program.chunksize);
        chunk.map_or_else(String::new, |chunk| chunk.to_string())
    };
    let default = move || {
        let is_pool = bench.editor.scenario.with(|all| all.executor.kind == ExecutorKind::Pool);
        if is_pool { "None: items / (4 × workers), rounded up" } else { "1" }
    };
    let choose = move |event: web_sys::Event| match event_target_value(&event).trim() {
        "" => {
            bench.editor.edit_merging(Edit::SetChunksize(None));
        }
        text => match text.parse::<u32>() {
            Ok(chunk @ 1..) => {
                bench.editor.edit_merging(Edit::SetChunksize(Some(chunk)));
            }
            _ => {
                bench.say("chunksize must be a whole number of at least 1, or empty.");
                event_target::<web_sys::HtmlInputElement>(&event).set_value(&untrack(now));
            }
        },
    };
    view! {
        <label class="row">
            <span><code>"chunksize"</code></span>
            <input class="field num" inputmode="numeric" placeholder=default prop:value=now on:change=choose/>
        </label>
    }
}

#[component]
fn BuffersizeField() -> impl IntoView {
    let bench = Bench::get();
    let now = move || {
        let buffersize = bench.editor.scenario.with(|all| all.program.buffersize);
        buffersize.map_or_else(String::new, |buffersize| buffersize.to_string())
    };
    let choose = move |event| {
        let text = event_target_value(&event);
        let buffersize = match text.trim() {
            "" => None,
            text => match text.parse::<i64>() {
                Ok(buffersize @ 1..) => Some(buffersize),
                _ => {
                    return bench.say("buffersize must be a whole number of at least 1, or empty.");
                }
            },
        };
        bench.editor.edit_merging(Edit::SetBuffersize(buffersize));
    };
    view! {
        <label class="row">
            <span><code>"buffersize"</code></span>
            <input class="field num" type="number" min="1" placeholder="all" prop:value=now on:change=choose/>
        </label>
    }
}

#[component]
fn TimeoutField() -> impl IntoView {
    let bench = Bench::get();
    let now = move || {
        let timeout = bench.editor.scenario.with(|all| all.program.timeout);
        timeout.map_or_else(String::new, |span| span.seconds().to_string())
    };
    let choose = move |event| {
        let text = event_target_value(&event);
        let timeout = match text.trim() {
            "" => None,
            text => match text.parse::<f64>() {
                Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => {
                    Some(Span::from_seconds(seconds))
                }
                _ => return bench.say("timeout must be a number of seconds from 0, or empty."),
            },
        };
        bench.editor.edit_merging(Edit::SetTimeout(timeout));
    };
    view! {
        <label class="row">
            <span>"timeout, in seconds"</span>
            <input class="field num" inputmode="decimal" placeholder="none" prop:value=now on:change=choose/>
        </label>
    }
}

#[component]
fn ScaleField() -> impl IntoView {
    let bench = Bench::get();
    let now = move || bench.editor.scenario.with(|all| all.scale);
    let is = |a: f64, b: f64| (a - b).abs() < 1e-9;
    let option = move |(scale, word): (f64, &'static str)| {
        view! { <option value=scale prop:selected=move || is(now(), scale)>{word}</option> }
    };
    let other = move || {
        let known = SCALES.iter().any(|(scale, _)| is(*scale, now()));
        (!known).then(
            || view! { <option value=now() prop:selected=true>{format!("×{}", now())}</option> },
        )
    };
    let choose = move |event| {
        if let Ok(scale) = event_target_value(&event).parse::<f64>() {
            bench.editor.edit(Edit::SetScale(scale));
        }
    };
    view! {
        <label class="row">
            <span>"time"</span>
            <select class="field" on:change=choose>{other} {SCALES.map(option).collect_view()}</select>
        </label>
    }
}
