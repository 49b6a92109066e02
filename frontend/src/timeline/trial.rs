//! What a run is expected to be before it is one: tried out in virtual time, so that the axis is long
//! enough from the beginning and need not grow under one's eyes.

use std::collections::BTreeMap;
use std::sync::Arc;

use shared::engine::event::Event;
use shared::function::Group;
use shared::scenario::{Plan, TaskPlan};
use shared::sim::Sim;
use shared::units::Instant;

/// Tasks of a plan that is tried out, at most.
const TASKS: usize = 200;

/// Steps of the trial, at most.
const STEPS: usize = 20_000;

/// A run in virtual time; empty where that is not worth trying.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trial {
    /// When its last record happens.
    pub end: Instant,
    /// When interventions happen, by their place in the scenario.
    pub interventions: BTreeMap<usize, Instant>,
}

impl Trial {
    /// Tries a plan out.
    pub fn of(plan: &Arc<Plan>) -> Self {
        let mut trial = Self::default();
        // A body that computes would really compute, here and now.
        let computes = |task: &TaskPlan| task.function.group == Group::Computing;
        if plan.tasks.len() > TASKS || plan.tasks.iter().any(computes) {
            return trial;
        }
        let mut sim = Sim::new(plan.clone(), plan.scenario.seed);
        for _ in 0..STEPS {
            let goes_on = sim.step();
            for record in sim.drain_records() {
                trial.end = record.at;
                if let Event::Intervened { plan: Some(at), .. } = record.event {
                    trial.interventions.entry(at as usize).or_insert(record.at);
                }
            }
            if !goes_on {
                break;
            }
        }
        trial
    }
}
