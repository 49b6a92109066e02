//! The address bar, which always holds the experiment: `/play#x=…`, or `/run/{id}` while that is what
//! is shown.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use shared::link::{LinkError, pack, unpack};
use shared::scenario::Scenario;

use crate::bench::Bench;

/// What stands before the packed scenario.
const KEY: &str = "#x=";

/// How long nothing has to be edited before the address follows.
const AFTER: Duration = Duration::from_millis(200);

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
    let pending: StoredValue<Option<TimeoutHandle>> = StoredValue::new(None);
    Effect::watch(
        move || (bench.editor.scenario.get(), bench.session.run.get().map(|run| run.id)),
        move |(scenario, run), before, _| {
            if run_id().is_some() && is_followed(bench, scenario, run.as_ref(), before.is_none()) {
                return;
            }
            if let Some(Some(handle)) = pending.try_update_value(Option::take) {
                handle.clear();
            }
            let handle = set_timeout_with_handle(move || write(bench), AFTER).ok();
            pending.set_value(handle);
        },
        true,
    );
    let on_hash = window_event_listener(leptos::ev::hashchange, move |_| match read() {
        Some(Ok(scenario)) => bench.open(scenario, "open a link"),
        Some(Err(error)) => bench.say(error.to_string()),
        None => {}
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
