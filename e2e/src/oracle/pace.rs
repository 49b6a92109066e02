//! How fast a recorded run lives: slow enough that being a little late changes nothing, fast enough
//! that fifty runs are soon over.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;
use shared::engine::event::{EndCause, Event};
use shared::scenario::{Plan, Python, StartMethod};
use shared::sim::Sim;
use shared::units::Span;

/// What the smallest difference between two spans of a scenario lasts: far above what a busy machine
/// takes to wake a thread, far below what anybody would wait for.
const UNIT: f64 = 0.080;

/// The same where workers start from nothing, which takes a Python about 80 ms.
const UNIT_OF_SPAWN: f64 = 0.400;

/// No run of a long scenario is to last longer, as long as its unit stays above [`LEAST_UNIT`].
const RUN: f64 = 1.6;

/// Below, a unit is lost in what waking up takes.
const LEAST_UNIT: f64 = 0.030;

/// Seconds without which no run counts as hanging that hangs by our own rules.
const PATIENCE: f64 = 1.0;

/// The same where a hang would be news: it is not to be mistaken for a machine that stood still.
const PATIENCE_WITH_OTHERS: f64 = 10.0;

/// The same where functions really compute, in Python and on a busy machine.
const PATIENCE_FOR_COMPUTING: f64 = 30.0;

/// How fast, and how long at most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Every span of the scenario is multiplied by it.
    pub scale: f64,
    /// How late a sleep may be before the run proves nothing.
    pub tolerance: Duration,
    /// When a run that is not over hangs.
    pub deadline: Duration,
    /// How long a run is expected to last.
    pub expected: Duration,
}

impl Pace {
    /// Half as fast, for a busy machine.
    #[must_use]
    pub fn slower(self) -> Self {
        Self {
            scale: self.scale * 2.0,
            tolerance: self.tolerance * 2,
            deadline: self.deadline + self.expected,
            expected: self.expected * 2,
        }
    }
}

/// The pace of a scenario whose start method is the plan's.
pub fn pace(plan: &Arc<Plan>) -> Pace {
    let document = serde_json::to_value(&plan.scenario).expect("a scenario has text keys only");
    let mut millis = Vec::new();
    spans(&document, &mut millis);
    let smallest = millis.into_iter().filter(|ms| *ms > 0).fold(0, gcd);
    let smallest = if smallest == 0 { 1.0 } else { smallest as f64 / 1_000.0 };
    let from_nothing = plan.kind().has_processes() && start_method(plan) != StartMethod::Fork;
    let unit = if from_nothing { UNIT_OF_SPAWN } else { UNIT };
    let (lasts, hangs) = simulated(plan);
    let scale = if from_nothing {
        unit / smallest
    } else {
        (unit / smallest).min((RUN / lasts.max(0.001)).max(LEAST_UNIT / smallest))
    };
    let expected = lasts * scale + if from_nothing { 0.5 } else { 0.05 };
    let computes =
        |task: &shared::scenario::Task| matches!(&*task.function, "factors" | "is_prime");
    let patience = if plan.scenario.tasks.iter().any(computes) {
        PATIENCE_FOR_COMPUTING
    } else if hangs {
        PATIENCE + 2.0 * unit
    } else {
        PATIENCE_WITH_OTHERS
    };
    Pace {
        scale,
        tolerance: Duration::from_secs_f64(smallest * scale / 3.0),
        deadline: Duration::from_secs_f64(expected + patience),
        expected: Duration::from_secs_f64(expected),
    }
}

/// The start method that holds: the scenario's, or its version's own.
pub fn start_method(plan: &Plan) -> StartMethod {
    let of_version = match plan.scenario.python {
        Python::V3_11 | Python::V3_12 | Python::V3_13 => StartMethod::Fork,
        Python::V3_14 => StartMethod::Forkserver,
    };
    plan.scenario.executor.start_method.unwrap_or(of_version)
}

/// How long the run lasts by the simulator, in the scenario's own seconds, and whether it hangs: then,
/// until nothing moves any more.
fn simulated(plan: &Arc<Plan>) -> (f64, bool) {
    let records = Sim::new(plan.clone(), plan.scenario.seed).run();
    let outer = |event: &Event| {
        matches!(
            event,
            Event::EndOfRun { cause: EndCause::Deadline | EndCause::Workers | EndCause::Hang, .. }
        )
    };
    let last = records.iter().rev().find(|record| !outer(&record.event));
    let hangs = records.iter().any(|record| outer(&record.event));
    (last.map_or(0.0, |record| record.at.seconds()) / plan.scenario.scale, hangs)
}

/// Every span that stands in a scenario, in milliseconds.
fn spans(document: &Json, found: &mut Vec<u64>) {
    match document {
        Json::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), value) {
                    ("span" | "timeout" | "at" | "plus", Json::String(_)) => {
                        if let Ok(span) = serde_json::from_value::<Span>(value.clone()) {
                            found.push(millis(span.seconds()));
                        }
                    }
                    ("seconds" | "low" | "high", value) => numbers(value, found),
                    (_, value) => spans(value, found),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| spans(item, found)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

fn numbers(value: &Json, found: &mut Vec<u64>) {
    match value {
        Json::Number(number) => found.extend(number.as_f64().map(millis)),
        Json::Array(items) => items.iter().for_each(|item| numbers(item, found)),
        Json::Object(fields) => fields.values().for_each(|value| numbers(value, found)),
        Json::Null | Json::Bool(_) | Json::String(_) => {}
    }
}

fn millis(seconds: f64) -> u64 {
    // Spans are limited to hours, and none is negative.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let millis = (seconds * 1_000.0).round() as u64;
    millis
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use shared::scenario::Scenario;

    use super::*;

    fn pace_of(text: &str) -> Pace {
        pace(&Arc::new(Scenario::parse(text).and_then(Scenario::check).unwrap()))
    }

    #[test]
    fn the_unit_is_the_smallest_difference_of_any_two_spans() {
        let text = |timeout: &str| {
            format!(
                r#"{{"format":1,"executor":{{"kind":"threads","workers":1}},
                "tasks":[{{"id":"a","function":"sleep","args":{{"seconds":2}}}}],
                "program":{{"mode":"as_completed","timeout":"{timeout}"}}}}"#
            )
        };
        assert!((pace_of(&text("4s")).scale - UNIT / 2.0).abs() < 1e-9);
        assert!((pace_of(&text("1500ms")).scale - UNIT / 0.5).abs() < 1e-9);
        let (pace, slower) = (pace_of(&text("4s")), pace_of(&text("4s")).slower());
        assert!(slower.deadline > pace.deadline && slower.tolerance > pace.tolerance);
    }
}
