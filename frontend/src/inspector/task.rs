//! What the document says of a task, to be edited: its name, function, arguments and inputs.

use leptos::prelude::*;
use shared::function::{CATALOGUE, find};
use shared::limits;
use shared::scenario::edit::{Edit, Slot};

use super::field::ArgField;
use crate::bench::{Bench, Selection};
use crate::canvas::inputs;
use crate::icons::Icon;

/// The panel of a task.
#[component]
pub fn TaskPanel(id: String) -> impl IntoView {
    let bench = Bench::get();
    let id = StoredValue::new(id);
    let name = move || id.get_value();
    let task = Memo::new(move |_| bench.editor.task(&name()));
    let function =
        Memo::new(move |_| task.with(|task| task.as_ref().map(|task| task.function.clone())));
    let problems = Memo::new(move |_| bench.editor.problems_of(&name()));
    let problem_at = move |at: &str| {
        problems
            .with(|all| all.iter().find(|(place, _)| place == at).map(|(_, words)| words.clone()))
    };
    let rename = move |event: web_sys::Event| {
        let to = event_target_value(&event).trim().to_owned();
        if to != name() && bench.editor.edit(Edit::Rename { from: name(), to: to.clone() }) {
            bench.selection.set(Selection::task(to));
        } else {
            event_target::<web_sys::HtmlInputElement>(&event).set_value(&name());
        }
    };
    let choose = move |event| {
        bench.editor.edit(Edit::SetFunction { task: name(), function: event_target_value(&event) });
    };
    let option = move |of: &'static str| {
        let chosen = move || function.with(|function| function.as_deref() == Some(of));
        view! { <option value=of prop:selected=chosen>{of}</option> }
    };
    let about = move || function.get().and_then(|name| find(&name)).map(|function| function.about);
    let fields = move || {
        let function = function.get().and_then(|name| find(&name))?;
        let field = |(at, param): (usize, &'static shared::function::Param)| {
            view! { <ArgField task=name() param=param first={at == 0}/> }
        };
        Some(function.params.iter().enumerate().map(field).collect_view())
    };
    view! {
        <div class="scroll">
            <section class="form">
                <label class="row">
                    <span>"name"</span>
                    <input
                        class="field id-field"
                        spellcheck="false"
                        autocomplete="off"
                        maxlength=limits::NAME_CHARS
                        prop:value=name
                        on:change=rename
                    />
                </label>
                <Problem words=Signal::derive(move || problem_at("/id"))/>
                <label class="row">
                    <span>"function"</span>
                    <select class="field" data-field="function" on:change=choose>
                        {CATALOGUE.iter().map(|function| option(function.name)).collect_view()}
                    </select>
                </label>
                <Problem words=Signal::derive(move || problem_at("/function"))/>
                <p class="dim">{about}</p>
            </section>
            <section class="form">
                <h3>"Arguments"</h3>
                {fields}
            </section>
            <section class="form">
                <h3>"Inputs"</h3>
                <Inputs id=name()/>
                <Problem words=Signal::derive(move || problem_at(""))/>
            </section>
        </div>
        <footer>
            <button type="button" class="btn" title=move || bench.hint("Delete", "delete") on:click=move |_| bench.remove_selected()>
                <Icon of="#i-trash"/>
                "Delete"
            </button>
        </footer>
    }
}

/// What is wrong, beside the field that it is about.
#[component]
pub fn Problem(words: Signal<Option<String>>) -> impl IntoView {
    move || words.get().map(|words| view! { <p class="problem" role="alert">{words}</p> })
}

/// The edges into a task, and a way to add one that needs no drawing.
#[component]
fn Inputs(id: String) -> impl IntoView {
    let bench = Bench::get();
    let id = StoredValue::new(id);
    let name = move || id.get_value();
    let edges = Memo::new(move |_| inputs(bench, &name()));
    let list = move || {
        edges.get().into_iter().map(|edge| {
            let how = match &edge.slot {
                Slot::Arg { param, .. } => format!("as {param}"),
                Slot::After => "only waited for".to_owned(),
            };
            let from = edge.from.clone();
            let remove = move |_| {
                bench.editor.edit(Edit::Disconnect { from: from.clone(), to: name() });
            };
            view! {
                <li>
                    <span>{edge.from.clone()}</span>
                    <span class="dim">{how}</span>
                    <button type="button" class="btn quiet icon" aria-label=format!("Remove the edge from {}", edge.from) on:click=remove>
                        <Icon of="#i-x"/>
                    </button>
                </li>
            }
        }).collect_view()
    };
    let others = move || {
        let used: Vec<String> =
            edges.with(|edges| edges.iter().map(|edge| edge.from.clone()).collect());
        let fits = |other: &String| *other != name() && !used.contains(other);
        bench.editor.ids.with(|ids| ids.iter().filter(|id| fits(id)).cloned().collect::<Vec<_>>())
    };
    let add = move |event: web_sys::Event| {
        let from = event_target_value(&event);
        if !from.is_empty() {
            bench.editor.edit(Edit::Connect { from, to: name() });
        }
        if let Some(select) = event_target_select(&event) {
            select.set_value("");
        }
    };
    view! {
        <ul class="inputs">{list}</ul>
        <select class="field" aria-label="Add an input" data-field="add-input" on:change=add>
            <option value="">"add an input…"</option>
            {move || others().into_iter().map(|id| view! { <option value=id.clone()>{id.clone()}</option> }).collect_view()}
        </select>
    }
}

fn event_target_select(event: &web_sys::Event) -> Option<web_sys::HtmlSelectElement> {
    use wasm_bindgen::JsCast;
    event.target()?.dyn_into().ok()
}
