//! How the document is run: for real, by the server, or simulated in this page.
//!
//! It is a choice of whoever sits here, and no part of the document: a link does not carry it.

use leptos::prelude::*;

use crate::bench::Bench;
use crate::icons::Icon;
use crate::kept;

/// Where the choice is kept.
const KEY: &str = "how";

/// Seeds that are offered are below this: short enough to be read out to a class.
const SEEDS: f64 = 10_000.0;

/// How the document is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// On real threads or processes, by the server.
    Real,
    /// In virtual time, in this page.
    Simulated,
}

impl How {
    /// What was chosen the last time in this browser.
    pub fn recall() -> Self {
        match kept::recalled(KEY).as_deref() {
            Some("simulated") => Self::Simulated,
            _ => Self::Real,
        }
    }

    /// Keeps the choice for the next visit.
    pub fn remember(self) {
        let word = match self {
            Self::Real => "real",
            Self::Simulated => "simulated",
        };
        kept::keep(KEY, Some(word));
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Real => Self::Simulated,
            Self::Simulated => Self::Real,
        }
    }
}

/// A seed that is not this one.
pub fn another_seed(seed: u64) -> u64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // from 0 to SEEDS
    let drawn = (js_sys::Math::random() * SEEDS) as u64;
    if drawn == seed { drawn + 1 } else { drawn }
}

/// The choice.
#[component]
pub fn HowChoice() -> impl IntoView {
    let bench = Bench::get();
    let choice = move |of: How, name: &'static str, about: &'static str, words: AnyView| {
        view! {
            <label title=move || bench.hint(about, "how")>
                <input
                    type="radio"
                    name="how"
                    aria-label=name
                    prop:checked=move || bench.how.get() == of
                    on:change=move |_| bench.choose_how(of)
                />
                {words}
            </label>
        }
    };
    view! {
        <fieldset class="seg how-run" aria-label="How it is run">
            {choice(
                How::Real,
                "Real",
                "The server runs it on real threads or processes: pools in Rust that keep Python's rules",
                "Real".into_any(),
            )}
            {choice(
                How::Simulated,
                "Simulated",
                "This page computes it in virtual time, without a server",
                view! { <span>"Sim"<span class="rest">"ulated"</span></span> }.into_any(),
            )}
        </fieldset>
    }
}

/// The seed of the next simulation, and another one for the asking.
#[component]
pub fn AnotherSeed() -> impl IntoView {
    let bench = Bench::get();
    let seed = move || bench.editor.scenario.with(|all| all.seed);
    view! {
        <button
            type="button"
            class="btn quiet another-seed"
            aria-label=move || format!("Seed {}: simulate with another", seed())
            title=move || bench.hint("Simulate it with another seed: another of the ways in which it may go; seed 0 is how it usually goes", "seed")
            on:click=move |_| bench.command("seed")
        >
            <Icon of="#i-dice"/>
            <span class="num">{move || format!("seed {}", seed())}</span>
        </button>
    }
}

/// Whether simulations are by hand.
#[component]
pub fn ByHandButton() -> impl IntoView {
    let bench = Bench::get();
    view! {
        <button
            type="button"
            class="btn quiet icon by-hand"
            aria-label="By hand"
            aria-pressed=move || bench.by_hand.get().to_string()
            title="By hand: be the scheduler, and say at each turn which worker takes the next call"
            on:click=move |_| bench.by_hand.update(|by_hand| *by_hand = !*by_hand)
        >
            <Icon of="#i-palm"/>
        </button>
    }
}

/// The seed among the options, to be typed.
#[component]
pub fn SeedField() -> impl IntoView {
    let bench = Bench::get();
    let now = move || bench.editor.scenario.with(|all| all.seed.to_string());
    let choose = move |event| match event_target_value(&event).trim().parse::<u64>() {
        Ok(seed) => {
            bench.editor.edit_merging(shared::scenario::edit::Edit::SetSeed(seed));
        }
        Err(_) => bench.say(format!("seed must be a whole number from 0 to {}.", u64::MAX)),
    };
    view! {
        <label class="row">
            <span title="Chooses among what may happen in a simulation (0: what usually does), and draws random numbers in every run">
                "seed"
            </span>
            <input class="field num" inputmode="numeric" data-seed="" prop:value=now on:change=choose/>
        </label>
    }
}
