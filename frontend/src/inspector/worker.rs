//! What the run says of a worker.

use std::sync::Arc;

use leptos::prelude::*;
use shared::engine::event::HowExited;
use shared::units::{Instant, WorkerId};
use shared::view::WorkerState;
use shared::view::shown::letter;
use shared::view::story::signal_name;
use shared::view::timeline::Bar;

use super::Close;
use crate::bench::{Bench, Selection};
use crate::commands::keys_of;
use crate::recording::Recording;
use crate::session::Phase;
use crate::units::{exact_moment, span};

/// Calls that are listed: the last ones.
const MOST: usize = 20;

/// The panel of a worker.
#[component]
pub fn WorkerPanel(worker: WorkerId) -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let cell = move || {
        session.tick.track();
        session.with(|fold| fold.view.worker(worker).cloned()).flatten()
    };
    let state = move || match cell().map(|cell| cell.state) {
        None => "not started yet".to_owned(),
        Some(WorkerState::Starting) => "starting".to_owned(),
        Some(WorkerState::Free) => "between two calls".to_owned(),
        Some(WorkerState::Idle) => "idle".to_owned(),
        Some(WorkerState::Busy) => "busy".to_owned(),
        Some(WorkerState::Failed) => "could not be started".to_owned(),
        Some(WorkerState::Exited(HowExited::Told)) => "ended, as it was told".to_owned(),
        Some(WorkerState::Exited(HowExited::Code(code))) => {
            format!("ended itself with code {code}")
        }
        Some(WorkerState::Exited(HowExited::Signal(signal))) => {
            format!("killed by {}", signal_name(signal))
        }
    };
    let has = move || {
        session.tick.track();
        session
            .with(|fold| {
                let call = fold.view.worker(worker)?.call?;
                let future = fold.view.future_of(call)?;
                let task = fold.view.future(future)?.work.first_task();
                Some((fold.view.future_name(future), task.map(|task| fold.view.task_name(task))))
            })
            .flatten()
    };
    let calls = Memo::new(move |_| {
        session.tick.track();
        let now = session.shown_at();
        session.whole(|all| calls(all, worker, now)).unwrap_or_default()
    });
    let row = move |call: Call| {
        let select = move |_| {
            if let Some(task) = &call.task {
                bench.selection.set(Selection::task(task.clone()));
            }
        };
        view! {
            <li class="call">
                <time>{call.since}</time>
                <button type="button" class="plain" on:click=select>{call.name.to_string()}</button>
                <span class="dim">{call.took}</span>
            </li>
        }
    };
    let processes =
        move || session.plan.with(|plan| plan.as_ref().is_some_and(|p| p.kind().has_processes()));
    let alive = move || {
        cell()
            .is_some_and(|cell| !matches!(cell.state, WorkerState::Exited(_) | WorkerState::Failed))
    };
    let may = move || alive() && session.phase.get() == Phase::Running && session.is_ours();
    let title = move || {
        if session.is_ours() {
            bench.hint("Kill this worker process", "kill")
        } else {
            "Only who started this run can act on it.".to_owned()
        }
    };
    view! {
        <header>
            <span class="wk lg">{letter(worker)}</span>
            <div>
                <h2>{format!("worker {}", letter(worker))}</h2>
                <p>{move || cell().map(|cell| cell.name)}</p>
            </div>
            <Close/>
        </header>
        <div class="scroll" tabindex="0" role="group" aria-label="What the run says of it">
            <section>
                <dl>
                    <dt>"state"</dt>
                    <dd>{state}</dd>
                    {move || cell().and_then(|cell| cell.pid).map(|pid| view! {
                        <dt>"process"</dt>
                        <dd>{format!("pid {pid}")}</dd>
                    })}
                    {move || has().map(|(name, task)| {
                        view! {
                            <dt>{if alive() { "has" } else { "died with" }}</dt>
                            <dd>
                                {match task {
                                    Some(task) => view! {
                                        <button type="button" class="plain" on:click=move |_| bench.selection.set(Selection::task(task.clone()))>
                                            {name}
                                        </button>
                                    }.into_any(),
                                    None => name.into_any(),
                                }}
                            </dd>
                        }
                    })}
                </dl>
            </section>
            {move || Some(calls.get()).filter(|calls| !calls.is_empty()).map(|calls| view! {
                <section data-calls="">
                    <h3>"What it had"</h3>
                    <ol class="mini-story">{calls.into_iter().map(row).collect_view()}</ol>
                </section>
            })}
        </div>
        <footer>
            <Show
                when=processes
                fallback=|| view! { <p class="dim">"A thread cannot be killed from outside."</p> }
            >
                <button type="button" class="btn" title=title disabled=move || !may() on:click=move |_| bench.kill()>
                    "Kill it"
                </button>
                {keys_of(bench, "kill")}
            </Show>
        </footer>
    }
}

/// A call that a worker had, in words.
#[derive(Debug, Clone, PartialEq)]
struct Call {
    since: String,
    name: Arc<str>,
    took: String,
    /// The task to select for it.
    task: Option<String>,
}

/// The last calls that a worker had begun by this moment, in order.
fn calls(all: &Recording, worker: WorkerId, now: Instant) -> Vec<Call> {
    let view = &all.fold.view;
    let Some(lane) = all.timeline.lane_of_worker(worker) else { return Vec::new() };
    let is_its = |bar: &&Bar| {
        let cell = bar.future.and_then(|future| view.future(future));
        cell.is_some_and(|cell| cell.worker == Some(worker))
    };
    let call = |bar: &Bar| Call {
        since: exact_moment(bar.from, view.plan()),
        name: bar.label.clone(),
        took: match bar.until {
            Some(_) => span(bar.length(now), view.plan()),
            None => "until now".to_owned(),
        },
        task: bar.task.map(|task| view.task_name(task)),
    };
    let bars = lane.row(0);
    let begun = &bars[..bars.partition_point(|bar| bar.from <= now)];
    let mut calls: Vec<Call> = begun.iter().rev().filter(is_its).take(MOST).map(call).collect();
    calls.reverse();
    calls
}
