//! The address bar, which always holds the experiment: `/play#x=…`; or the run, `/run/{id}` or in the
//! link itself, while that is what is shown.

mod fragment;
mod linked;

use std::time::Duration;

use leptos::prelude::*;
use shared::link::{self, LinkError, pack, unpack};
use shared::scenario::Scenario;

use crate::bench::Bench;
use crate::session::now_ms;
use fragment::Fragment;
pub use fragment::Looked;
pub use linked::{follow, looked, of_recorded};

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
    fragment().experiment
}

fn fragment() -> Fragment {
    Fragment::parse(&window().location().hash().unwrap_or_default())
}

fn origin() -> String {
    window().location().origin().unwrap_or_default()
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
    Ok(format!("{}/play{KEY}{}", origin(), pack(scenario)?))
}

/// The address that opens this run of the server's, at what is looked at.
pub fn of_run(id: &str, look: &Looked) -> String {
    let look = look.written();
    let hash = if look.is_empty() { "" } else { "#" };
    format!("{}/run/{id}{hash}{}", origin(), look.trim_start_matches('&'))
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
        move || (bench.editor.scenario.get(), bench.session.era.get()),
        move |(scenario, era), before, _| {
            if names_a_run() && is_followed(bench, scenario, *era, before.is_none()) {
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
        let fragment = address.split_once('#').map(|(_, hash)| Fragment::parse(hash));
        let Some(fragment) = fragment else { return };
        match fragment.experiment.as_deref().map(unpack) {
            Some(Ok(scenario)) => {
                bench.open(scenario, "open a link");
                linked::open(bench, fragment);
            }
            Some(Err(error)) => bench.say(error.to_string()),
            None if run_id().is_some() => linked::look(bench, &fragment),
            None => {}
        }
    });
    on_cleanup(move || on_hash.remove());
}

/// Whether the address is that of a run.
fn names_a_run() -> bool {
    let fragment = fragment();
    run_id().is_some() || fragment.run.is_some() || fragment.simulates
}

/// Whether the run of the address is still what is shown, unedited. While it is being asked for, it is.
fn is_followed(bench: Bench, scenario: &Scenario, era: u32, first: bool) -> bool {
    bench.followed.with_untracked(|followed| match followed {
        None => first,
        Some(followed) => *followed.scenario == *scenario && followed.era == era,
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
