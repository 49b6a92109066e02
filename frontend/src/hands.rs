//! A simulated run whose calls a person hands to the workers: whose turn it is, and what can be chosen.

use leptos::prelude::*;
use shared::sim::Move;
use shared::view::View;
use shared::view::shown::letter;

use crate::bench::Bench;
use crate::focus;
use crate::session::Hand;
use crate::topbar::how::How;
use crate::units::moment;

/// The question and its answers, above whatever tab is open, while the run waits for one.
#[component]
pub fn Hands() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let asked = Memo::new(move |_| session.turn.with(Option::is_some));
    view! {
        <Show when=move || asked.get()>
            <Question/>
        </Show>
    }
}

#[component]
fn Question() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let told = move |words: &dyn Fn(&View) -> String| {
        session.whole(|all| words(&all.fold.view)).unwrap_or_default()
    };
    let offer = move |at: usize| {
        session.turn.with(|turn| turn.as_ref().and_then(|turn| turn.moves.get(at).copied()))
    };
    // All that is offered at once is one call.
    let call = move || match offer(0) {
        Some(Move::Give { future, .. }) => told(&|view| view.future_name(future)),
        Some(Move::Wait) | None => String::new(),
    };
    let when = move || {
        let at = session.turn.with(|turn| turn.as_ref().map(|turn| turn.at)).unwrap_or_default();
        told(&|view| moment(at, view.plan()))
    };
    let button = move |at: usize| {
        let words = move || match offer(at) {
            Some(Move::Give { worker, .. }) => format!("worker {}", letter(worker)),
            Some(Move::Wait) => "Nobody yet".to_owned(),
            None => String::new(),
        };
        let title = move || match offer(at) {
            Some(Move::Wait) => {
                "They are held back until something else happens, as an operating system may"
            }
            _ => "This worker takes it now",
        };
        view! {
            <button
                type="button"
                class="btn"
                title=title
                on:click=move |_| session.hand(Hand::Choose(at))
            >
                {words}
            </button>
        }
    };
    let count = Memo::new(move |_| {
        session.turn.with(|turn| turn.as_ref().map_or(0, |turn| turn.moves.len()))
    });
    view! {
        <section class="hands" aria-label="Your turn">
            <p aria-live="polite">
                <b>"Your turn"</b>
                " at " {when} ": who takes " <b>{call}</b> "?"
            </p>
            <div class="choices" role="group" aria-label="Who takes it">
                <For each=move || 0..count.get() key=|at| *at children=button/>
            </div>
            <button
                type="button"
                class="btn quiet"
                title="From here on the seed chooses, as it does in other simulations"
                on:click=move |_| session.hand(Hand::LetRun)
            >
                "Let it run"
            </button>
        </section>
    }
}

/// Simulates the document, with its calls handed out by whoever sits here.
pub fn start(bench: Bench) {
    bench.choose_how(How::Simulated);
    bench.by_hand.set(true);
    if bench.session.phase.with_untracked(crate::session::Phase::is_going) {
        return bench.say("A run is going: the next simulation is yours to schedule.");
    }
    bench.run();
    // Whoever asked for it is asked in turn.
    let era = bench.session.era.get_untracked();
    let asked = StoredValue::new_local(None::<Effect<LocalStorage>>);
    asked.set_value(Some(Effect::new(move |_| {
        let (turn, now) = (bench.session.turn.with(Option::is_some), bench.session.era.get());
        if (turn || now != era)
            && let Some(effect) = asked.try_get_value().flatten()
        {
            effect.stop();
            if now == era {
                request_animation_frame(|| focus::focus(".hands .choices button"));
            }
        }
    })));
}

/// Whether simulations are by hand, among the options.
#[component]
pub fn ByHand() -> impl IntoView {
    let bench = Bench::get();
    view! {
        <Show when=move || bench.how.get() == How::Simulated>
            <label class="row check" title="Be the scheduler: at each turn you say which worker takes the next call, or that nobody does yet">
                <span>"by hand"</span>
                <input
                    type="checkbox"
                    prop:checked=move || bench.by_hand.get()
                    on:change=move |event| bench.by_hand.set(event_target_checked(&event))
                />
            </label>
        </Show>
    }
}
