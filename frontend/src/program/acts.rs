//! What a person does while it runs, and when: a list, and a form for each.
//!
//! The same interventions stand as marks on the timeline's axis; here nothing needs to be dragged.

use leptos::prelude::*;
use shared::scenario::edit::Edit;
use shared::scenario::step::span;
use shared::scenario::{Anchor, ExecutorKind, Intervention, Moment, PlannedAct, ScenarioError};
use shared::units::{Span, WorkerId};
use shared::view::shown::letter;

use crate::bench::{Bench, Pane, Tab};
use crate::focus::focus;
use crate::icons::Icon;
use crate::inspector::Problem;
use crate::keys::write_out;

/// Interventions that are shown at most.
const MOST: usize = 500;

/// What can be done, as the form's choice and in words.
const ACTS: [(&str, &str); 6] = [
    ("cancel", "cancel the future of"),
    ("open", "open the gate of"),
    ("kill_worker_of", "kill the worker of"),
    ("kill_worker", "kill worker"),
    ("shutdown", "shut the executor down"),
    ("shutdown_cancel", "shut down and cancel the pending"),
];

/// When, in the same way.
const WHENS: [(&str, &str); 6] = [
    ("at", "at a time"),
    ("submitted", "after the submit of"),
    ("taken", "after a worker took"),
    ("running", "after the start of"),
    ("finished", "after the end of"),
    ("cancelled", "after the cancel of"),
];

/// Adds an intervention that fits what is selected and shown, and opens its form.
pub fn add_intervention(bench: Bench) {
    let (kind, scale, first) = bench.editor.scenario.with_untracked(|all| {
        let first = all.tasks.first().map(|task| task.id.clone());
        (all.executor.kind, all.scale, first)
    });
    let task = bench.selection.with_untracked(|all| all.one().map(str::to_owned)).or(first);
    let act = match (kind, task) {
        // A Pool's results cannot be cancelled; its workers can die.
        (ExecutorKind::Pool, Some(task)) => PlannedAct::KillWorkerOf(task),
        (_, Some(task)) => PlannedAct::Cancel(task),
        (_, None) => PlannedAct::Shutdown { cancel_futures: false },
    };
    // At the moment that is shown, or a second after the beginning.
    let now = untrack(|| bench.session.shown_at()).seconds() / scale;
    let mut tenths = if now > 0.0 { (now * 10.0).round() } else { 10.0 };
    let at = |tenths: f64| Some(Span::from_seconds(tenths / 10.0));
    // Not on another's mark, which it would hide.
    bench.editor.scenario.with_untracked(|all| {
        while all.interventions.iter().any(|planned| planned.when.at == at(tenths)) {
            tenths += 5.0;
        }
    });
    let seconds = tenths / 10.0;
    let when = Moment { at: Some(Span::from_seconds(seconds)), ..Moment::default() };
    if !bench.editor.edit(Edit::AddIntervention(Intervention { act, when })) {
        return;
    }
    bench.pane.set(Pane::Dock);
    if bench.tab.get_untracked() != Tab::Timeline {
        bench.tab.set(Tab::Program);
    }
    let last = bench.editor.scenario.with_untracked(|all| all.interventions.len()) - 1;
    open(bench, last);
}

/// Opens the form of an intervention.
pub fn open(bench: Bench, at: usize) {
    bench.acting.set(Some(at));
    request_animation_frame(|| focus(".act-form select"));
}

/// The list.
#[component]
pub fn Acts() -> impl IntoView {
    let bench = Bench::get();
    let count = Memo::new(move |_| bench.editor.scenario.with(|all| all.interventions.len()));
    let hidden = move || count.get().saturating_sub(MOST);
    view! {
        <section class="acts" aria-labelledby="program-acts">
            <h3 id="program-acts">"What a person does"</h3>
            <ol>
                <For each=move || 0..count.get().min(MOST) key=|at| *at let:at>
                    <Entry at=at/>
                </For>
            </ol>
            <Show when=move || { hidden() > 0 }>
                <p class="dim">{move || format!("{} more.", hidden())}</p>
            </Show>
            <Show when=move || count.get() == 0>
                <p class="dim">"Nothing. A person can cancel futures, kill workers, open gates and shut down."</p>
            </Show>
            <button type="button" class="btn" data-add-act="" on:click=move |_| add_intervention(bench)>
                <Icon of="#i-plus"/>
                "Add an intervention"
            </button>
        </section>
    }
}

#[component]
fn Entry(at: usize) -> impl IntoView {
    let bench = Bench::get();
    let planned = planned(bench, at);
    let words = move || planned.with(|planned| planned.as_ref().map(in_words));
    let is_open = Memo::new(move |_| bench.acting.get() == Some(at));
    let toggle = move |_| {
        if is_open.get_untracked() { bench.acting.set(None) } else { open(bench, at) }
    };
    let remove = move || {
        bench.editor.edit(Edit::RemoveIntervention(at));
        bench.acting.set(None);
        request_animation_frame(|| focus("[data-add-act]"));
    };
    view! {
        <li class:sel=is_open>
            <button
                type="button"
                class="act-line"
                data-act=at
                aria-expanded=move || is_open.get().to_string()
                on:click=toggle
                on:keydown=move |event| {
                    if matches!(event.key().as_str(), "Delete" | "Backspace") {
                        event.prevent_default();
                        event.stop_propagation();
                        remove();
                    }
                }
            >
                <Icon of="#i-hand"/>
                {words}
            </button>
            <Problem words=Signal::derive(move || problem(bench, at))/>
            <Show when=move || is_open.get()>
                <ActForm at=at/>
            </Show>
        </li>
    }
}

/// What is done and when, in words: `cancel a at 1.5 s`.
pub fn in_words(planned: &Intervention) -> String {
    format!("{} {}", planned.act.words(), planned.when.words())
}

/// The intervention at this place of the document.
pub fn planned(bench: Bench, at: usize) -> Memo<Option<Intervention>> {
    Memo::new(move |_| bench.editor.scenario.with(|all| all.interventions.get(at).cloned()))
}

fn problem(bench: Bench, at: usize) -> Option<String> {
    let place = format!("/interventions/{at}/");
    let here = |error: &&ScenarioError| error.at.starts_with(&place);
    bench.editor.problems.with(|all| all.iter().find(here).map(|error| error.kind.to_string()))
}

/// What is done, to whom, and when.
#[component]
pub fn ActForm(at: usize) -> impl IntoView {
    let bench = Bench::get();
    let planned = planned(bench, at);
    let with = move |f: fn(&Intervention) -> String| {
        Memo::new(move |_| planned.with(|planned| planned.as_ref().map(f)).unwrap_or_default())
    };
    let (act, target) = (with(|planned| act_key(&planned.act).to_owned()), with(target_of));
    let when = with(|planned| planned.when.after.as_ref().map_or("at", Anchor::word).to_owned());
    let anchor = with(|planned| {
        planned.when.after.as_ref().map(|anchor| anchor.task().to_owned()).unwrap_or_default()
    });
    let time = with(|planned| {
        let span = if planned.when.after.is_some() { planned.when.plus } else { planned.when.at };
        span.map(|span| format!("{} s", span.seconds())).unwrap_or_default()
    });
    let first =
        move || bench.editor.ids.with_untracked(|ids| ids.first().cloned()).unwrap_or_default();
    let set_act = move |key: &str, target: String| {
        let worker = target.parse().unwrap_or(0);
        let is_task = bench.editor.index.with_untracked(|index| index.contains_key(&target));
        let task = if is_task { target } else { first() };
        let act = match key {
            "open" => PlannedAct::Open(task),
            "kill_worker_of" => PlannedAct::KillWorkerOf(task),
            "kill_worker" => PlannedAct::KillWorker(worker),
            "shutdown" => PlannedAct::Shutdown { cancel_futures: false },
            "shutdown_cancel" => PlannedAct::Shutdown { cancel_futures: true },
            _ => PlannedAct::Cancel(task),
        };
        bench.editor.edit(Edit::SetAct(at, act));
    };
    let set_when = move |key: &str, task: String| {
        let Some(now) = planned.get_untracked().map(|planned| planned.when) else { return };
        let after = anchor_of(key, if task.is_empty() { first() } else { task });
        let moment = match after {
            Some(after) => Moment { at: None, after: Some(after), plus: now.plus },
            None => Moment { at: now.at.or(Some(Span::from_secs(1))), after: None, plus: None },
        };
        bench.editor.edit(Edit::SetMoment(at, moment));
    };
    let bad = RwSignal::new(None::<String>);
    let set_time = move |event: web_sys::Event| {
        let now = planned.try_get_untracked().flatten();
        let Some(mut moment) = now.map(|planned| planned.when) else { return };
        let text = event_target_value(&event);
        let read = span(&text);
        let anchored = moment.after.is_some();
        if read.is_none() && !(anchored && text.trim().is_empty()) {
            bad.set(Some(format!("\"{text}\" is no time; write 1.5 s or 300 ms.")));
            return;
        }
        bad.set(None);
        *(if anchored { &mut moment.plus } else { &mut moment.at }) = read;
        bench.editor.edit(Edit::SetMoment(at, moment));
    };
    let choice = |of: &'static [(&'static str, &'static str)], chosen: Memo<String>| {
        let option = move |(key, words): &(&'static str, &'static str)| {
            let key = *key;
            view! { <option value=key prop:selected=move || chosen.get() == key>{*words}</option> }
        };
        of.iter().map(option).collect_view()
    };
    let tasks = move |chosen: Memo<String>| {
        let option = move |id: String| {
            let (key, value) = (id.clone(), id.clone());
            view! { <option value=value prop:selected=move || chosen.get() == key>{id}</option> }
        };
        move || bench.editor.ids.get().into_iter().map(option).collect_view()
    };
    let workers = move || {
        let count = bench.editor.scenario.with(|all| all.executor.workers);
        let option = move |worker: u32| {
            let key = worker.to_string();
            view! {
                <option value=worker.to_string() prop:selected=move || target.get() == key>
                    {letter(WorkerId(worker))}
                </option>
            }
        };
        (0..count).map(option).collect_view()
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            event.stop_propagation();
            close(bench, at);
        }
    };
    view! {
        <div class="act-form" role="group" aria-label="This intervention" on:keydown=on_key>
            <label class="row">
                <span>"does"</span>
                <select
                    class="field"
                    aria-label="What is done"
                    on:change=move |event| set_act(&event_target_value(&event), target.get_untracked())
                >
                    {choice(&ACTS, act)}
                </select>
            </label>
            {move || match act.get().as_str() {
                "shutdown" | "shutdown_cancel" => None,
                of => {
                    let options = if of == "kill_worker" {
                        workers.into_any()
                    } else {
                        tasks(target).into_any()
                    };
                    let set = move |event| set_act(&act.get_untracked(), event_target_value(&event));
                    Some(view! {
                        <label class="row">
                            <span>"to"</span>
                            <select class="field" aria-label="To whom" on:change=set>{options}</select>
                        </label>
                    })
                }
            }}
            <label class="row">
                <span>"when"</span>
                <select
                    class="field"
                    aria-label="When"
                    on:change=move |event| set_when(&event_target_value(&event), anchor.get_untracked())
                >
                    {choice(&WHENS, when)}
                </select>
            </label>
            <Show when=move || when.get() != "at">
                <label class="row">
                    <span>"task"</span>
                    <select
                        class="field"
                        aria-label="After which task"
                        on:change=move |event| set_when(&when.get_untracked(), event_target_value(&event))
                    >
                        {tasks(anchor)}
                    </select>
                </label>
            </Show>
            <label class="row">
                <span>{move || if when.get() == "at" { "time" } else { "later by" }}</span>
                <input
                    class="field"
                    aria-label="Time"
                    aria-invalid=move || bad.with(Option::is_some).then_some("true")
                    autocomplete="off"
                    placeholder="0 s"
                    prop:value=time
                    on:change=set_time
                />
            </label>
            <Problem words=bad.into()/>
            <p class="acts-row">
                <button type="button" class="btn quiet" on:click=move |_| close(bench, at)>"Done"</button>
                <button
                    type="button"
                    class="btn quiet"
                    on:click=move |_| {
                        bench.acting.set(None);
                        bench.editor.edit(Edit::RemoveIntervention(at));
                        request_animation_frame(|| focus("[data-add-act]"));
                    }
                >
                    <Icon of="#i-trash"/>
                    "Delete"
                </button>
            </p>
        </div>
    }
}

fn close(bench: Bench, at: usize) {
    write_out();
    bench.acting.set(None);
    request_animation_frame(move || focus(&format!("[data-act='{at}']")));
}

fn act_key(act: &PlannedAct) -> &'static str {
    match act {
        PlannedAct::Cancel(_) => "cancel",
        PlannedAct::KillWorkerOf(_) => "kill_worker_of",
        PlannedAct::KillWorker(_) => "kill_worker",
        PlannedAct::Open(_) => "open",
        PlannedAct::Shutdown { cancel_futures: false } => "shutdown",
        PlannedAct::Shutdown { cancel_futures: true } => "shutdown_cancel",
    }
}

fn target_of(planned: &Intervention) -> String {
    match &planned.act {
        PlannedAct::Cancel(task) | PlannedAct::KillWorkerOf(task) | PlannedAct::Open(task) => {
            task.clone()
        }
        PlannedAct::KillWorker(worker) => worker.to_string(),
        PlannedAct::Shutdown { .. } => String::new(),
    }
}

fn anchor_of(key: &str, task: String) -> Option<Anchor> {
    Some(match key {
        "submitted" => Anchor::Submitted(task),
        "taken" => Anchor::Taken(task),
        "running" => Anchor::Running(task),
        "finished" => Anchor::Finished(task),
        "cancelled" => Anchor::Cancelled(task),
        _ => return None,
    })
}
