//! The left panel: functions to add, examples and drafts to open.

use leptos::prelude::*;
use shared::function::{CATALOGUE, Function, Group};
use shared::protocol::http::Example;

use crate::api::{self, ApiError};
use crate::bench::Bench;
use crate::commands::keys_of;
use crate::focus::focus;
use crate::icons::Icon;
use crate::outside::on_press_outside;

/// The type under which a dragged function travels to the canvas.
pub const DRAGGED: &str = "application/x-futurescope-function";

/// What there is to take from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    Functions,
    Examples,
    Drafts,
}

/// The left panel.
#[component]
pub fn Functions() -> impl IntoView {
    let bench = Bench::get();
    let from = RwSignal::new(From::Functions);
    // Where there is room only for icons, the whole of it lies over the graph for a while.
    let unfolded = RwSignal::new(false);
    let panel = NodeRef::<leptos::html::Nav>::new();
    let fold = move || {
        if unfolded.get_untracked() {
            unfolded.set(false);
            // The icons are those of functions.
            from.set(From::Functions);
        }
    };
    // Whoever opened something wants to see it.
    Effect::new(move |_| {
        bench.editor.opened.track();
        fold();
    });
    on_press_outside(panel, fold);
    let on_key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" && unfolded.get_untracked() {
            event.stop_propagation();
            fold();
            focus(".palette .unfold");
        }
    };
    let tab = move |of: From, words: &'static str| {
        let current = move || (from.get() == of).then_some("true");
        view! {
            <button type="button" aria-current=current on:click=move |_| from.set(of)>
                {words}
            </button>
        }
    };
    view! {
        <nav class="palette" class:unfolded=unfolded aria-label="Palette" node_ref=panel on:keydown=on_key>
            <button
                type="button"
                class="btn quiet icon unfold"
                aria-label="Unfold the palette"
                title="Functions by name, examples and drafts"
                aria-expanded=move || unfolded.get().to_string()
                on:click=move |_| if unfolded.get_untracked() { fold() } else { unfolded.set(true) }
            >
                <Icon of="#i-list"/>
            </button>
            <div class="seg full" role="group" aria-label="What to take from">
                {tab(From::Functions, "Functions")}
                {tab(From::Examples, "Examples")}
                {tab(From::Drafts, "Drafts")}
            </div>
            {move || match from.get() {
                From::Functions => view! { <FunctionList/> }.into_any(),
                From::Examples => bench.later.view(|parts| (parts.examples)()).into_any(),
                From::Drafts => bench.later.view(|parts| (parts.drafts)()).into_any(),
            }}
            <p class="hint">{keys_of(bench, "add")}<span>"new task"</span></p>
        </nav>
    }
}

/// What a function's drawing in the palette says.
pub fn icon_of(function: &Function) -> &'static str {
    match (function.group, function.name) {
        (_, "fetch") => "#f-web",
        (_, "exit" | "hard_exit") => "#f-exit",
        (_, "submit_and_wait") => "#f-pool",
        (Group::Time, _) => "#f-time",
        (Group::Numbers, _) => "#f-number",
        (Group::Computing, _) => "#f-compute",
        (Group::Trouble, _) => "#f-fail",
        (Group::Waiting, _) => "#f-block",
    }
}

/// The names of a function's required parameters.
fn takes(function: &Function) -> String {
    let required = function
        .params
        .iter()
        .filter(|param| param.default.is_none() || param.kind == shared::function::Kind::Values);
    required.map(|param| param.name).collect::<Vec<_>>().join(", ")
}

#[component]
fn FunctionList() -> impl IntoView {
    let bench = Bench::get();
    let entry = move |function: &'static Function| {
        let drag = move |event: web_sys::DragEvent| {
            if let Some(data) = event.data_transfer() {
                let _ = data.set_data(DRAGGED, function.name);
                data.set_effect_allowed("copy");
            }
        };
        view! {
            <li>
                <button
                    type="button"
                    draggable="true"
                    aria-label=function.name
                    title=format!("{}: {}", function.name, function.about)
                    on:click=move |_| bench.add(function.name, None)
                    on:dragstart=drag
                >
                    <Icon of=icon_of(function)/>
                    <code>{function.name}</code>
                    <span>{takes(function)}</span>
                </button>
            </li>
        }
    };
    let group = move |group: Group| {
        let members = CATALOGUE.iter().filter(move |function| function.group == group);
        view! {
            <h3>{group.title()}</h3>
            <ul>{members.map(entry).collect_view()}</ul>
        }
    };
    view! {
        <div class="functions">
            <h2 class="hide">"Functions"</h2>
            {Group::ALL.map(group).collect_view()}
        </div>
    }
}

/// Examples to open.
#[component]
pub fn ExampleList() -> impl IntoView {
    let examples = LocalResource::new(api::examples);
    view! {
        <div class="functions">
            <h2 class="hide">"Examples"</h2>
            <Suspense fallback=|| view! { <p class="pad dim">"Loading…"</p> }>
                {move || examples.get().map(|examples| list(&examples))}
            </Suspense>
            <p class="pad"><a href="/gallery">"All with pictures"</a></p>
        </div>
    }
}

fn list(examples: &Result<Vec<Example>, ApiError>) -> AnyView {
    let examples = match examples {
        Ok(examples) => examples,
        Err(error) => return view! { <p class="pad">{error.sentence()}</p> }.into_any(),
    };
    let mut seeds: Vec<&str> = examples.iter().map(|example| example.seed.as_str()).collect();
    seeds.dedup();
    let of_seed = |seed: &str| {
        let entries = examples.iter().filter(|example| example.seed == seed).map(entry);
        view! {
            <h3>{format!("Tutorial {seed}")}</h3>
            <ul class="examples">{entries.collect_view()}</ul>
        }
    };
    seeds.into_iter().map(of_seed).collect_view().into_any()
}

fn entry(example: &Example) -> impl IntoView + use<> {
    let bench = Bench::get();
    let Example { name, scenario, .. } = example.clone();
    let (title, about) = (scenario.title.clone(), scenario.about.clone());
    let scenario = StoredValue::new(scenario);
    let open = move |_| bench.open(scenario.get_value(), "open an example");
    view! {
        <li><button type="button" title=about data-example=name on:click=open>{title}</button></li>
    }
}
