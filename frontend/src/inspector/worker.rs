//! What the run says of a worker.

use leptos::prelude::*;
use shared::engine::event::HowExited;
use shared::units::WorkerId;
use shared::view::WorkerState;
use shared::view::shown::letter;
use shared::view::story::signal_name;

use super::Close;
use crate::bench::{Bench, Selection};
use crate::session::Phase;

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
    let processes =
        move || session.plan.with(|plan| plan.as_ref().is_some_and(|p| p.kind().has_processes()));
    let alive = move || {
        cell()
            .is_some_and(|cell| !matches!(cell.state, WorkerState::Exited(_) | WorkerState::Failed))
    };
    let may = move || alive() && session.phase.get() == Phase::Running && session.is_ours();
    let title = move || {
        if session.is_ours() {
            "Kill this worker process (K)"
        } else {
            "Only who started this run can act on it."
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
        </div>
        <footer>
            <Show
                when=processes
                fallback=|| view! { <p class="dim">"A thread cannot be killed from outside."</p> }
            >
                <button type="button" class="btn" title=title disabled=move || !may() on:click=move |_| bench.kill()>
                    "Kill it"
                </button>
                <kbd>"K"</kbd>
            </Show>
        </footer>
    }
}
