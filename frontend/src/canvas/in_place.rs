//! A task edited where it stands: its name, its function, and what it is given.
//!
//! The form lies over the node and moves and scales with the graph. Nothing of the document changes
//! while somebody types: what is typed is tried on a copy, and whatever is wrong with that is said
//! beside its field. Enter keeps it all as one step of the history, and so does going elsewhere; Esc
//! leaves everything as it was.

use std::collections::BTreeMap;

use leptos::html::Div;
use leptos::prelude::*;
use shared::function::{CATALOGUE, Param, find};
use shared::limits;
use shared::scenario::edit::{Edit, problems};
use shared::scenario::{Arg, Task};
use wasm_bindgen::JsCast;
use web_sys::{FocusEvent, HtmlInputElement, KeyboardEvent, Node, WheelEvent};

use super::gestures::Gestures;
use super::{Camera, place_of};
use crate::bench::{Bench, Editing, Selection};
use crate::focus::focus;
use crate::inspector::{Problem, focus_first_field, read_like, written};
use crate::keys::GRAPH;

/// Arguments that the form has room for; the panel has them all.
const ARGS: usize = 3;

/// The form over the node that is being edited.
#[component]
pub fn InPlace(camera: Camera, gestures: Gestures) -> impl IntoView {
    let bench = Bench::get();
    move || {
        let Editing::Task(id) = bench.editing.get()? else { return None };
        let task = untrack(|| bench.editor.task(&id))?;
        Some(view! { <Form task=task camera=camera gestures=gestures/> })
    }
}

/// What is typed, tried on a copy of the document.
#[derive(Debug, Clone, PartialEq)]
struct Tried {
    /// What would be done.
    edits: Vec<Edit>,
    /// The task as it would be.
    task: Task,
    /// What is wrong with what was typed: the field, and the sentence.
    wrong: Vec<(String, String)>,
}

impl Tried {
    fn wrong_at(&self, field: &str) -> Option<String> {
        self.wrong.iter().find(|(at, _)| at == field).map(|(_, words)| words.clone())
    }
}

/// Tries a name, a function and arguments on a task.
fn attempt(
    bench: Bench,
    before: &Task,
    name: &str,
    function: &str,
    typed: &BTreeMap<&'static str, String>,
) -> Tried {
    let mut now = bench.editor.scenario.get();
    let mut tried = Tried { edits: Vec::new(), task: before.clone(), wrong: Vec::new() };
    let Some(at) = bench.editor.index.with(|index| index.get(&before.id).copied()) else {
        return tried;
    };
    let task = before.id.clone();
    let mut edit = |field: &str, edit: Edit, tried: &mut Tried| match edit.apply(&now) {
        Ok(next) if next != *now => {
            now = next.into();
            tried.task.clone_from(&now.tasks[at]);
            tried.edits.push(edit);
        }
        Ok(_) => {}
        Err(refused) => tried.wrong.push((field.to_owned(), refused.to_string())),
    };
    edit(
        "function",
        Edit::SetFunction { task: task.clone(), function: function.to_owned() },
        &mut tried,
    );
    for (param, text) in
        fields(&tried.task).into_iter().filter_map(|p| Some((p, typed.get(p.name)?)))
    {
        let was = tried.task.args.get(param.name);
        if was.map(|was| written(was, param.kind)).unwrap_or_default() != *text {
            let arg = read_like(was, text, param.kind);
            let param = param.name.to_owned();
            edit(&param.clone(), Edit::SetArg { task: task.clone(), param, arg }, &mut tried);
        }
    }
    let to = name.trim().to_owned();
    edit("name", Edit::Rename { from: task, to }, &mut tried);

    for error in problems(&now) {
        let Some(place) = error.at.strip_prefix(&format!("/tasks/{at}/args")) else { continue };
        let about = |param: &&Param| match place.strip_prefix('/') {
            Some(place) => place.split('/').next() == Some(param.name),
            None => param.default.is_none() && typed[param.name].trim().is_empty(),
        };
        // Only what was typed here: what was wrong before is no reason to keep nothing.
        let touched =
            fields(&tried.task).into_iter().filter(|param| typed.contains_key(param.name));
        if let Some(param) = touched.into_iter().find(about) {
            tried.wrong.push((param.name.to_owned(), error.kind.to_string()));
        }
    }
    tried
}

/// The parameters that the form shows: the first that no edge feeds.
fn fields(task: &Task) -> Vec<&'static Param> {
    let params = find(&task.function).map_or(&[][..], |function| function.params);
    let is_written =
        |param: &&Param| !matches!(task.args.get(param.name), Some(Arg::From(_) | Arg::List(_)));
    params.iter().filter(is_written).take(ARGS).collect()
}

#[component]
fn Form(task: Task, camera: Camera, gestures: Gestures) -> impl IntoView {
    let bench = Bench::get();
    let form = NodeRef::<Div>::new();
    let id = task.id.clone();
    let name = RwSignal::new(task.id.clone());
    let function = RwSignal::new(task.function.clone());
    let typed = RwSignal::new(BTreeMap::<&'static str, String>::new());
    let before = StoredValue::new(task);
    let tried = Memo::new(move |_| {
        before.with_value(|before| {
            name.with(|name| {
                function.with(|function| {
                    typed.with(|typed| attempt(bench, before, name, function, typed))
                })
            })
        })
    });
    let wrong = move |field: &'static str| {
        Signal::derive(move || tried.with(|tried| tried.wrong_at(field)))
    };
    let leave_for = move |there: Option<&Node>| {
        let within = form.try_get_untracked().flatten().is_none_or(|form| form.contains(there));
        if !within && let Err((_, words)) = keep(bench, before, tried) {
            bench.editing.set(None);
            bench
                .say(format!("{} stays as it was. {words}", before.with_value(|it| it.id.clone())));
        }
    };
    let left = move |event: FocusEvent| match event.related_target() {
        // At once: a tap on Run runs what was typed.
        Some(there) => leave_for(there.dyn_ref()),
        // Leaving the page's window is not leaving the form; so it is asked where the focus is *then*.
        None => request_animation_frame(move || leave_for(document().active_element().as_deref())),
    };
    // Whether it was kept; otherwise the focus goes to what is wrong.
    let kept = move || {
        let wrong = keep(bench, before, tried).err();
        wrong.is_none_or(|(field, _)| {
            focus(&format!(".in-place [data-field={field}]"));
            false
        })
    };
    let keep_and = move |then: fn(Bench)| {
        if kept() {
            then(bench);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        match event.key().as_str() {
            // It goes on to run what is kept now.
            "Enter" if (event.ctrl_key() || event.meta_key()) && kept() => return,
            "Enter" if event.ctrl_key() || event.meta_key() => {}
            // A button does what it says.
            "Enter" if !is_button(&event) => keep_and(|_| {
                focus(GRAPH);
            }),
            "Escape" => {
                bench.editing.set(None);
                focus(GRAPH);
            }
            "F2" if event.shift_key() => keep_and(focus_first_field),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let place_of_task = move || before.with_value(|task| task.position.unwrap_or_default());
    Effect::new(move |_| {
        let Some(form) = form.get() else { return };
        let first = form.query_selector("input").ok().flatten();
        let first = first.and_then(|first| first.dyn_into::<HtmlInputElement>().ok());
        // At once: the next key may come before the next frame does.
        if let Some(first) = &first {
            let _ = first.focus();
            first.select();
        }
        request_animation_frame(move || {
            camera.reveal(place_of_task(), form.offset_width(), form.offset_height());
            // What followed in this frame may have let go of the selection.
            let is_untouched = before.with_value(|task| name.with_untracked(|it| *it == task.id));
            let here = document().active_element();
            let first = first.filter(|first| here.as_ref() == Some(first.as_ref()));
            if let Some(first) = first.filter(|_| is_untouched) {
                first.select();
            }
        });
    });
    // What is said of a field makes the form longer.
    Effect::new(move |before: Option<usize>| {
        let wrong = tried.with(|tried| tried.wrong.len());
        if before.is_some_and(|before| wrong > before) {
            request_animation_frame(move || {
                let Some(Some(form)) = form.try_get_untracked() else { return };
                let at = place_of_task();
                camera.reveal(at, form.offset_width(), form.offset_height());
            });
        }
        wrong
    });
    let place = {
        let id = id.clone();
        move || camera.over(place_of(bench, &id))
    };
    let option = move |of: &'static str| {
        let chosen = move || function.with(|function| function == of);
        view! { <option value=of prop:selected=chosen>{of}</option> }
    };
    let params = Memo::new(move |_| {
        let of = |task: &Task| fields(task).iter().map(|param| param.name).collect::<Vec<_>>();
        tried.with(|tried| (tried.task.function.clone(), of(&tried.task)))
    });
    let arg = move |(of, param): (String, &'static str)| {
        let (_, param) = find(&of)?.param(param)?;
        let value = move || {
            let typed = typed.with(|typed| typed.get(param.name).cloned());
            let as_is = || {
                tried.with(|tried| {
                    tried.task.args.get(param.name).map(|arg| written(arg, param.kind))
                })
            };
            typed.or_else(as_is).unwrap_or_default()
        };
        let type_in = move |event| {
            typed.update(|typed| {
                typed.insert(param.name, event_target_value(&event));
            });
        };
        Some(view! {
            <label class="row" title=param.about>
                <span><code>{param.name}</code></span>
                <input
                    class="field"
                    data-field=param.name
                    aria-invalid=move || wrong(param.name).get().is_some().then_some("true")
                    autocomplete="off"
                    spellcheck="false"
                    placeholder=param.default.map(|default| default.value().repr())
                    prop:value=value
                    on:input=type_in
                />
            </label>
            <Problem words=wrong(param.name)/>
        })
    };
    let args = move || {
        let (of, names) = params.get();
        names.into_iter().map(|name| arg((of.clone(), name))).collect_view()
    };
    view! {
        <div
            class="in-place"
            role="group"
            aria-label=format!("Edit {id}")
            node_ref=form
            style:transform=place
            on:keydown=on_key
            on:focusout=left
            on:wheel=move |event: WheelEvent| gestures.wheel(&event)
        >
            <label class="row">
                <span>"name"</span>
                <input
                    class="field"
                    data-field="name"
                    aria-invalid=move || wrong("name").get().is_some().then_some("true")
                    autocomplete="off"
                    spellcheck="false"
                    maxlength=limits::NAME_CHARS
                    prop:value=name
                    on:input=move |event| name.set(event_target_value(&event))
                />
            </label>
            <Problem words=wrong("name")/>
            <label class="row">
                <span>"function"</span>
                <select class="field" data-field="function" on:change=move |event| function.set(event_target_value(&event))>
                    {CATALOGUE.iter().map(|function| option(function.name)).collect_view()}
                </select>
            </label>
            {args}
            <footer>
                <span><kbd>"Enter"</kbd> " keeps, " <kbd>"Esc"</kbd> " leaves"</span>
                <button type="button" class="btn quiet" title="Edit in the panel (Shift F2)" on:click=move |_| keep_and(focus_first_field)>
                    "All of it"
                </button>
            </footer>
        </div>
    }
}

fn is_button(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| target.tag_name() == "BUTTON")
}

/// Makes what was typed part of the document and closes the form, or says which field is wrong.
fn keep(
    bench: Bench,
    before: StoredValue<Task>,
    tried: Memo<Tried>,
) -> Result<(), (String, String)> {
    if bench.editing.get_untracked().is_none() {
        return Ok(());
    }
    let Tried { mut edits, task, wrong } = tried.get_untracked();
    if let Some(first) = wrong.into_iter().next() {
        return Err(first);
    }
    bench.editing.set(None);
    let name = before.with_value(|before| before.id.clone());
    let done = match edits.len() {
        0 => return Ok(()),
        1 => bench.editor.edit(edits.remove(0)),
        _ => bench.editor.edit(Edit::Together { name: format!("edit {name}"), edits }),
    };
    if done && name != task.id && bench.selection.with_untracked(|all| all.has(&name)) {
        bench.selection.set(Selection::task(task.id));
    }
    Ok(())
}
