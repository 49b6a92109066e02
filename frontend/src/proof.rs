//! What the browser tests ask of the compiled page and nobody else: that it computes the very logs
//! that the native program does. It could be asked of the page's parts only record by record, and a
//! hundred runs would take minutes; this is the same simulator, compiled into the page's second half.

use std::sync::{Arc, OnceLock};

use shared::protocol::LogHash;
use shared::scenario::Scenario;
use shared::sim::Sim;
use wasm_bindgen::prelude::*;

/// Computes the hash of the log of a scenario (JSON) simulated with a seed, or says what is wrong.
pub type Proof = fn(&str, u64) -> Result<String, String>;

static PROOF: OnceLock<Proof> = OnceLock::new();

/// Offers the way to compute it, once that is here.
pub fn offer(proof: Proof) {
    PROOF.get_or_init(|| proof);
}

/// The hash of the log of this scenario (JSON) simulated with this seed, as
/// `futurescope simulate FILE --seed N --hash` prints it.
///
/// # Errors
/// What is wrong with the scenario, in words.
#[wasm_bindgen(js_name = simulatedLogHash)]
pub fn simulated_log_hash(json: &str, seed: u64) -> Result<String, JsError> {
    let proof = PROOF.get().ok_or_else(|| JsError::new("the page is not whole yet"))?;
    proof(json, seed).map_err(|words| JsError::new(&words))
}

/// The same, in the second half of the page.
///
/// # Errors
/// What is wrong with the scenario, in words.
pub fn hash(json: &str, seed: u64) -> Result<String, String> {
    let mut scenario = Scenario::parse(json).map_err(|error| error.to_string())?;
    scenario.seed = seed;
    let plan = scenario.check().map_err(|error| error.to_string())?;
    let mut sim = Sim::new(Arc::new(plan), seed).in_slices();
    let mut hash = LogHash::new();
    loop {
        let goes_on = sim.step();
        sim.drain_records().iter().for_each(|record| hash.push(record));
        if !goes_on {
            return Ok(format!("{:016x}", hash.finish()));
        }
    }
}
