//! What the browser tests ask of the compiled page and nobody else: that it computes the very logs
//! that the native program does. It could be asked of the page's parts only record by record, and a
//! hundred runs would take minutes; this is the same simulator, compiled into the same file.

use std::sync::Arc;

use shared::protocol::LogHash;
use shared::scenario::Scenario;
use shared::sim::Sim;
use wasm_bindgen::prelude::*;

/// The hash of the log of this scenario (JSON) simulated with this seed, as
/// `futurescope simulate FILE --seed N --hash` prints it.
///
/// # Errors
/// What is wrong with the scenario, in words.
#[wasm_bindgen(js_name = simulatedLogHash)]
pub fn simulated_log_hash(json: &str, seed: u64) -> Result<String, JsError> {
    let mut scenario = Scenario::parse(json)?;
    scenario.seed = seed;
    let mut sim = Sim::new(Arc::new(scenario.check()?), seed).in_slices();
    let mut hash = LogHash::new();
    loop {
        let goes_on = sim.step();
        sim.drain_records().iter().for_each(|record| hash.push(record));
        if !goes_on {
            return Ok(format!("{:016x}", hash.finish()));
        }
    }
}
