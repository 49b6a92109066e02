//! How many workers: a stepper, and behind its number a slider. What is set by the slider runs again
//! when it is let go, if there was a run to compare with.

use leptos::prelude::*;
use shared::scenario::edit::Edit;

use super::most_workers;
use crate::bench::Bench;
use crate::icons::Icon;
use crate::outside::on_press_outside;
use crate::session::Phase;

/// The stepper, with the slider.
#[component]
pub fn Workers() -> impl IntoView {
    let bench = Bench::get();
    let executor = move || bench.editor.scenario.with(|all| all.executor.clone());
    let count = move || executor().workers;
    let most = move || most_workers(executor().kind);
    let change = move |by: i32| {
        let wanted = count().saturating_add_signed(by).clamp(1, most());
        bench.editor.edit_merging(Edit::SetWorkers(wanted));
    };
    // A scenario says its number, so that it is the same on every machine.
    let default = move || {
        let kind = executor().kind;
        let [two, eight] = [2, 8].map(|cores| kind.default_workers(cores));
        format!("Without a number, Python takes {two} on 2 processors and {eight} on 8.")
    };
    view! {
        <div class="labelled" role="group" aria-label="Workers" title=default>
            <span class="label">"workers"</span>
            <div class="step">
                <button
                    type="button"
                    aria-label="One worker less"
                    disabled=move || count() <= 1
                    on:click=move |_| change(-1)
                >
                    <Icon of="#i-minus"/>
                </button>
                <Slider/>
                <button
                    type="button"
                    aria-label="One worker more"
                    disabled=move || { count() >= most() }
                    on:click=move |_| change(1)
                >
                    <Icon of="#i-plus"/>
                </button>
            </div>
        </div>
    }
}

/// The number, and the slider that it opens.
#[component]
fn Slider() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let details = NodeRef::<leptos::html::Details>::new();
    let range = NodeRef::<leptos::html::Input>::new();
    let executor = move || bench.editor.scenario.with(|all| all.executor.clone());
    let count = move || executor().workers;
    let words =
        move || if count() == 1 { "1 worker".to_owned() } else { format!("{} workers", count()) };
    let close = move || {
        if let Some(details) = details.get_untracked() {
            details.set_open(false);
        }
    };
    on_press_outside(details, close);

    // The number was moved and not let go of; a key holds it.
    let (moved, held) = (StoredValue::new(false), StoredValue::new(false));
    // The run that the slider began, and whether another is to follow it.
    let (began, again) = (StoredValue::new(None::<u32>), RwSignal::new(false));
    let run = move || {
        bench.command("run");
        began.set_value(Some(session.era.get_untracked()));
    };
    let let_go = move || {
        if !moved.get_value() {
            return;
        }
        moved.set_value(false);
        match session.phase.get_untracked() {
            Phase::Ended(_) => run(),
            // Of what the slider itself began, only the last number counts.
            phase if phase.is_going() && began.get_value() == Some(session.era.get_untracked()) => {
                again.set(true);
                bench.command("stop");
            }
            _ => {}
        }
    };
    Effect::new(move |_| {
        if again.get() && !session.phase.with(Phase::is_going) {
            again.set(false);
            run();
        }
    });
    let slide = move |event: web_sys::Event| {
        let wanted = event_target_value(&event).parse::<u32>().unwrap_or(1);
        let wanted = wanted.clamp(1, most_workers(executor().kind));
        if wanted != untrack(count) && bench.editor.edit_merging(Edit::SetWorkers(wanted)) {
            moved.set_value(true);
        }
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            close();
            crate::focus::focus(".workers > summary");
        }
    };
    let on_toggle = move |_| {
        if details.get_untracked().is_some_and(|details| details.open())
            && let Some(range) = range.get_untracked()
        {
            let _ = range.focus();
        }
    };
    let note = move || match session.phase.get() {
        Phase::Ended(_) => "Runs again when you let go.",
        phase if phase.is_going() => "The run that goes on keeps its own number.",
        _ => "Run it once, and it runs again whenever you let go.",
    };
    view! {
        <details class="workers" node_ref=details on:keydown=on_key on:toggle=on_toggle>
            <summary aria-label=move || format!("{}: open the slider", words())>
                <output>{count}</output>
            </summary>
            <div class="menu">
                <input
                    type="range"
                    node_ref=range
                    aria-label="Number of workers"
                    aria-valuetext=words
                    min="1"
                    max=move || most_workers(executor().kind)
                    prop:value=move || count().to_string()
                    on:pointerdown=move |_| bench.editor.end_merging()
                    on:keydown=move |_| held.set_value(true)
                    on:keyup=move |_| {
                        held.set_value(false);
                        let_go();
                    }
                    on:blur=move |_| held.set_value(false)
                    on:input=slide
                    on:change=move |_| {
                        if !held.get_value() {
                            bench.editor.end_merging();
                            let_go();
                        }
                    }
                />
                <div class="ends num">
                    <span>"1"</span>
                    <b>{words}</b>
                    <span>{move || most_workers(executor().kind)}</span>
                </div>
                <p class="dim">{note}</p>
            </div>
        </details>
    }
}
