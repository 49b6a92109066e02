//! The address bar, which always holds the experiment: `/play#x=…`, or `/run/{id}` while that is what
//! is shown.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::link::{self, LinkError, pack, unpack};
use shared::scenario::Scenario;

use crate::api;
use crate::bench::Bench;
use crate::session::{Phase, now_ms};

/// What stands before the packed scenario.
const KEY: &str = "#x=";

/// Milliseconds between two changes of the address: browsers count them, and stop pages that make
/// hundreds.
const APART: f64 = 200.0;

/// Whether the address holds a scenario, be it whole or not.
pub fn has_scenario() -> bool {
    packed().is_some()
}

/// The scenario in the address; what is wrong with one that cannot be read, [`say_trouble`] says.
pub fn read() -> Option<Scenario> {
    link::read(&packed()?)
}

/// Says what is wrong with the scenario in the address.
pub fn say_trouble(bench: Bench) {
    if let Some(Err(error)) = packed().map(|packed| unpack(&packed)) {
        bench.say(error.to_string());
    }
}

fn packed() -> Option<String> {
    let hash = window().location().hash().ok()?;
    hash.strip_prefix(KEY).map(str::to_owned)
}

/// The run in the address, if there is one.
pub fn run_id() -> Option<String> {
    let path = window().location().pathname().ok()?;
    path.strip_prefix("/run/").filter(|id| !id.is_empty()).map(str::to_owned)
}

/// The address that opens this scenario anywhere.
///
/// # Errors
/// [`LinkError`] if it is too large for a link.
pub fn of_scenario(scenario: &Scenario) -> Result<String, LinkError> {
    let origin = window().location().origin().unwrap_or_default();
    Ok(format!("{origin}/play{KEY}{}", pack(scenario)?))
}

/// The address that opens this run.
pub fn of_run(id: &str) -> String {
    let origin = window().location().origin().unwrap_or_default();
    format!("{origin}/run/{id}")
}

/// Opens the run of the address, if there is one: its scenario and its log.
pub fn follow(bench: Bench) {
    let Some(id) = run_id() else { return };
    spawn_local(async move {
        match api::run_status(&id).await {
            Ok(status) => match status.scenario.clone().check() {
                Ok(plan) => {
                    bench.open(status.scenario.clone(), "open a run");
                    let opened = bench.editor.scenario.get_untracked();
                    bench.followed.set(Some((status.id.clone(), opened)));
                    bench.session.follow(status, std::sync::Arc::new(plan));
                }
                Err(error) => bench.say(format!("This run's scenario cannot be read: {error}.")),
            },
            Err(error) => {
                let words = error.sentence();
                bench.session.phase.set(Phase::Lost(words.clone()));
                bench.say(words);
            }
        }
    });
}

/// Lets the address follow the document from now on, and the document follow a link that is pasted
/// over it.
pub fn keep(bench: Bench) {
    // When the address was written last, and whether it is about to be again.
    let written = StoredValue::new((f64::MIN, false));
    let write_soon = move || {
        let (last, pending) = written.get_value();
        if pending {
            return;
        }
        let wait = (last + APART - now_ms()).max(0.0);
        let write_now = move || {
            written.set_value((now_ms(), false));
            write(bench);
        };
        if wait > 0.0 {
            written.set_value((last, true));
            set_timeout(write_now, Duration::from_secs_f64(wait / 1_000.0));
        } else {
            write_now();
        }
    };
    Effect::watch(
        move || {
            let simulated = bench.session.simulated.with(Option::is_some);
            let run = bench.session.run.get().map(|run| run.id);
            (bench.editor.scenario.get(), run, simulated)
        },
        move |(scenario, run, simulated), before, _| {
            let elsewhere = !simulated && run_id().is_some();
            if elsewhere && is_followed(bench, scenario, run.as_ref(), before.is_none()) {
                return;
            }
            if before.is_none() {
                // It does not make the first edit wait, after which somebody may leave at once.
                return write(bench);
            }
            write_soon();
        },
        true,
    );
    // The address may be written over before this comes; the event knows what was pasted.
    let on_hash = window_event_listener(leptos::ev::hashchange, move |event| {
        let address = event.new_url();
        match address.split_once(KEY).map(|(_, packed)| unpack(packed)) {
            Some(Ok(scenario)) => bench.open(scenario, "open a link"),
            Some(Err(error)) => bench.say(error.to_string()),
            None => {}
        }
    });
    on_cleanup(move || on_hash.remove());
}

/// Whether the run of the address is still what is shown, unedited. While it is being asked for, it is.
fn is_followed(bench: Bench, scenario: &Scenario, run: Option<&String>, first: bool) -> bool {
    bench.followed.with_untracked(|followed| match followed {
        None => first,
        Some((id, opened)) => **opened == *scenario && run.is_none_or(|run| run == id),
    })
}

fn write(bench: Bench) {
    let scenario = bench.editor.scenario.get_untracked();
    match of_scenario(&scenario) {
        Ok(address) => {
            let Ok(history) = window().history() else { return };
            let _ =
                history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&address));
        }
        Err(error) => bench.say(error.to_string()),
    }
}
