//! Every example's Python text, run by the Python at hand: what it does must be what the engine may do.

use std::path::Path;
use std::sync::Arc;

use shared::scenario::Plan;
use shared::sim::Sim;
use shared::sim::explore::{Found, explore_seen};
use shared::view::normal_form::NormalForm;

use super::OracleError;
use super::interpreter::{self, Interpreter};
use super::{recording, scenarios};
use crate::tally::Tally;

/// Simulated runs that are looked at before the search: most often one of them was it.
const SEEDS: u64 = 4;

/// Runs every example once, and says of each whether it did what the engine may do.
///
/// # Errors
/// There is no Python, or an example cannot be read.
pub fn check(root: &Path) -> Result<Tally, OracleError> {
    let interpreter = interpreter::at_hand()?;
    eprintln!("{}: {}", interpreter.program.display(), interpreter.version);
    let mut tally = Tally::default();
    for entry in scenarios::examples(root)? {
        let wrong = match recording::record(&entry.name, &entry.scenario, &interpreter, 1) {
            Ok(seen) => seen.forms.keys().find_map(|form| why_not(&seen.plan, form)),
            Err(error) => Some(error.to_string()),
        };
        tally += Tally::one(wrong.is_none());
        let Interpreter { name, .. } = &interpreter;
        match wrong {
            None => println!("{} under Python {name} ... ok", entry.name),
            Some(wrong) => println!("{} under Python {name} ... FAILED\n{wrong}\n", entry.name),
        }
    }
    Ok(tally)
}

/// Why the engine may not do this.
fn why_not(plan: &Arc<Plan>, form: &NormalForm) -> Option<String> {
    if (0..SEEDS).any(|seed| simulated(plan, seed) == *form) {
        return None;
    }
    match explore_seen(plan, form) {
        Found::Yes { .. } => None,
        found => Some(format!(
            "{found:?}\n{form}\nthe nearest of ours (here):\n{}",
            simulated(plan, 0).diff(form)
        )),
    }
}

/// What a simulated run would look like from Python.
fn simulated(plan: &Arc<Plan>, seed: u64) -> NormalForm {
    NormalForm::seen(plan, &Sim::new(plan.clone(), seed).run())
}
