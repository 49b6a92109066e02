//! The address bar, which always holds the experiment: `/play#x=…`, or `/run/{id}` while that is what
//! is shown.

use std::time::Duration;

use leptos::prelude::*;
use shared::link::{LinkError, pack, unpack};
use shared::scenario::Scenario;

use crate::bench::Bench;
use crate::session::now_ms;

/// What stands before the packed scenario.
const KEY: &str = "#x=";

/// Milliseconds between two changes of the address: browsers count them, and stop pages that make
/// hundreds.
const APART: f64 = 200.0;

/// The scenario in the address, if there is one.
pub fn read() -> Option<Result<Scenario, LinkError>> {
    let hash = window().location().hash().ok()?;
    hash.strip_prefix(KEY).map(unpack)
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
