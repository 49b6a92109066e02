//! A simulated run whose calls a person hands to the workers: whose turn it is, and what can be chosen.

use leptos::prelude::*;
use shared::sim::Move;
use shared::view::View;
use shared::view::shown::letter;

use crate::bench::Bench;
use crate::session::Hand;
use crate::topbar::how::How;
use crate::units::moment;

/// The question and its answers, above whatever tab is open, while the run waits for one.
#[component]
pub fn Hands() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let asked = Memo::new(move |_| session.offers.with(|offers| !offers.is_empty()));
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
    // What is offered stands at the run's last moment, wherever somebody looks.
    let told = move |words: &dyn Fn(&View) -> String| {
        session.whole(|all| words(&all.fold.view)).unwrap_or_default()
    };
    let call = move || {
        let given = session.offers.with(|offers| {
            offers.iter().find_map(|offer| match offer {
                Move::Give { future, .. } => Some(*future),
                Move::Wait => None,
            })
        });
        given.map(|future| told(&|view| view.future_name(future))).unwrap_or_default()
    };
    let when = move || {
        session.offers.track();
        told(&|view| moment(view.now, view.plan()))
    };
    let button = move |at: usize| {
        let words = move || match session.offers.with(|offers| offers.get(at).copied()) {
            Some(Move::Give { worker, .. }) => format!("worker {}", letter(worker)),
            Some(Move::Wait) => "Nobody yet".to_owned(),
            None => String::new(),
        };
        let title = move || match session.offers.with(|offers| offers.get(at).copied()) {
            Some(Move::Wait) => {
                "They are held back until something else happens, as an operating system may"
            }
            _ => "This worker takes it now",
        };
        view! {
            <button type="button" class="btn" title=title on:click=move |_| session.hand(Hand::Choose(at))>
                {words}
            </button>
        }
    };
    let count = Memo::new(move |_| session.offers.with(Vec::len));
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
