//! The right panel: what is selected. What the run says of it, and what the document says of it.

mod field;
mod future;
mod items;
mod task;
mod transport;
mod worker;

use leptos::prelude::*;
use shared::function::Kind;
use shared::scenario::{Arg, Task};
use shared::value::Value;

use crate::bench::{Bench, Selection, Side};
use crate::icons::{Icon, Mark};
use crate::menu::MenuButton;
pub use field::{read, read_like, written};
use future::FuturePanel;
pub use task::Problem;
use task::TaskPanel;
use worker::WorkerPanel;

/// The panel, when something is selected.
#[component]
pub fn Inspector() -> impl IntoView {
    let bench = Bench::get();
    let what = Memo::new(move |_| bench.selection.get());
    view! {
        <Show when=move || what.with(|what| *what != Selection::Nothing)>
            <aside class="inspector" aria-label="Inspector">
                {move || match what.get() {
                    Selection::Nothing => ().into_any(),
                    Selection::Worker(worker) => view! { <WorkerPanel worker=worker/> }.into_any(),
                    Selection::Tasks(ids) if ids.len() == 1 => {
                        let id = ids.into_iter().next().unwrap_or_default();
                        view! { <OneTask id=id/> }.into_any()
                    }
                    Selection::Tasks(ids) => view! { <Several count=ids.len()/> }.into_any(),
                }}
            </aside>
        </Show>
    }
}

/// Closes the panel.
#[component]
fn Close() -> impl IntoView {
    let bench = Bench::get();
    view! {
        <button
            type="button"
            class="btn quiet icon"
            aria-label="Close (Esc)"
            on:click=move |_| {
                bench.selection.set(Selection::Nothing);
                bench.trail.back();
            }
        >
            <Icon of="#i-x"/>
        </button>
    }
}

#[component]
fn Several(count: usize) -> impl IntoView {
    let bench = Bench::get();
    view! {
        <header>
            <div>
                <h2>{format!("{count} tasks")}</h2>
                <p>{move || (!bench.narrow.get()).then_some("Drag one to move them all.")}</p>
            </div>
            <MenuButton label="More for these tasks"/>
            <Close/>
        </header>
        <section>
            <button type="button" class="btn" on:click=move |_| bench.remove_selected()>
                <Icon of="#i-trash"/>
                "Delete them"
            </button>
        </section>
    }
}

#[component]
fn OneTask(id: String) -> impl IntoView {
    let bench = Bench::get();
    let look = bench.session.look(&id);
    let shown = Signal::derive(move || look.with(|look| look.shown));
    let in_run = {
        let id = id.clone();
        move || {
            bench.session.plan.track();
            bench.session.task_id(&id).is_some()
        }
    };
    let side = move || if in_run() { bench.side.get() } else { Side::Task };
    let side = Memo::new(move |_| side());
    let current = move |of: Side| (side.get() == of).then_some("true");
    let name = id.clone();
    let call = {
        let id = id.clone();
        move || bench.editor.task(&id).map(|task| call_text(&task))
    };
    let can = {
        let id = id.clone();
        move || {
            bench.session.plan.with(|plan| plan.as_ref().is_some_and(|p| p.names.contains_key(&id)))
        }
    };
    view! {
        <header>
            <Mark of=shown class="lg"/>
            <div>
                <h2>{name}</h2>
                <p><code>{call}</code></p>
            </div>
            <MenuButton label="More for this task"/>
            <Close/>
        </header>
        <div class="seg full" role="group" aria-label="What to show of it">
            <button
                type="button"
                aria-current=move || current(Side::Future)
                disabled=move || !can()
                title="What the run says of it"
                on:click=move |_| bench.side.set(Side::Future)
            >
                {move || if bench.has_futures() { "Future" } else { "Result" }}
            </button>
            <button
                type="button"
                aria-current=move || current(Side::Task)
                title="Its function and arguments"
                on:click=move |_| bench.side.set(Side::Task)
            >
                "Task"
            </button>
        </div>
        {move || match side.get() {
            Side::Future => view! { <FuturePanel id=id.clone()/> }.into_any(),
            Side::Task => view! { <TaskPanel id=id.clone()/> }.into_any(),
        }}
    }
}

/// A task's call as Python would write it, inputs by name: `sleep(5)`, `sum(a, b)`.
pub fn call_text(task: &Task) -> String {
    let function = shared::function::find(&task.function);
    let in_order = function.map_or(&[][..], |function| function.params);
    let given = in_order.iter().filter_map(|param| Some((param.name, task.args.get(param.name)?)));
    let mut texts = Vec::new();
    // As long as none is left out, arguments need no names.
    let mut all_so_far = true;
    for (next, (name, arg)) in given.enumerate() {
        all_so_far &= in_order.get(next).is_some_and(|param| param.name == name);
        // Python's `*values` are written one by one.
        let spread =
            function.and_then(|f| f.param(name)).is_some_and(|(_, p)| p.kind == Kind::Values);
        let text = match arg {
            Arg::List(items) if spread => items.iter().map(arg_text).collect::<Vec<_>>().join(", "),
            Arg::Value(Value::List(items)) if spread => {
                items.iter().map(Value::repr).collect::<Vec<_>>().join(", ")
            }
            arg => arg_text(arg),
        };
        texts.push(if all_so_far { text } else { format!("{name}={text}") });
    }
    format!("{}({})", task.function, texts.join(", "))
}

/// A call as short as a node needs it: without the arguments that could be left out.
pub fn short_call_text(task: &Task) -> String {
    let mut short = task.clone();
    if let Some(function) = shared::function::find(&task.function) {
        let optional = |name: &str| {
            let param = function.param(name).map(|(_, param)| param);
            param.is_some_and(|param| param.default.is_some() && param.kind != Kind::Values)
        };
        short.args.retain(|name, _| !optional(name));
    }
    let text = call_text(&short);
    let names = task.args.values().filter(|arg| matches!(arg, Arg::List(items) if items.len() > 1));
    // Where the edges are drawn, their names need not be written.
    if names.count() > 0 { format!("{}(…)", task.function) } else { text }
}

/// An argument as Python would write it, inputs by name.
pub fn arg_text(arg: &Arg) -> String {
    match arg {
        Arg::Value(value) => value.repr(),
        Arg::From(task) => task.clone(),
        // One call stands for all: its argument is one of these.
        Arg::Each(each) => format!("*{}", each.python()),
        Arg::List(items) => {
            format!("[{}]", items.iter().map(arg_text).collect::<Vec<_>>().join(", "))
        }
    }
}

/// Moves the focus to where the selected task is edited.
pub fn focus_first_field(bench: Bench) {
    bench.side.set(Side::Task);
    // The panel is there in the next frame.
    request_animation_frame(|| {
        use wasm_bindgen::JsCast;
        let find = |selector| document().query_selector(selector).ok().flatten();
        let field = find(".inspector [data-first] input").or_else(|| find(".inspector .id-field"));
        if let Some(field) = field
            && let Ok(field) = field.dyn_into::<web_sys::HtmlInputElement>()
        {
            let _ = field.focus();
            field.select();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_reads_as_python_writes_it() {
        let text = |json: &str| call_text(&serde_json::from_str(json).expect("it is a task"));
        let of = |args: &str, function: &str| {
            text(&format!(r#"{{"id": "a", "function": "{function}", "args": {args}}}"#))
        };
        assert_eq!(of(r#"{"seconds": 5}"#, "sleep"), "sleep(5)");
        assert_eq!(of(r#"{"seconds": 5, "returns": 50.0}"#, "sleep"), "sleep(5, 50.0)");
        assert_eq!(of(r#"{"returns": 50.0}"#, "sleep"), "sleep(returns=50.0)");
        assert_eq!(of(r#"{"x": {"from": "b"}, "y": 1}"#, "diff"), "diff(b, 1)");
        assert_eq!(of(r#"{"values": [{"from": "b"}, 2]}"#, "sum"), "sum(b, 2)");
        assert_eq!(of(r#"{"x": {"each": {"range": [9]}}}"#, "square"), "square(*range(9))");
    }
}
