//! What a person does, and when: adding, changing and removing interventions.

use super::Refused;
use super::refused::at_most;
use crate::limits;
use crate::scenario::{Anchor, Intervention, Moment, PlannedAct, Scenario};
use crate::units::WorkerId;
use crate::view::shown::letter;

fn planned(scenario: &mut Scenario, at: usize) -> Result<&mut Intervention, Refused> {
    scenario.interventions.get_mut(at).ok_or(Refused::NoSuchIntervention)
}

/// See [`super::Edit::AddIntervention`].
pub(super) fn add(scenario: &mut Scenario, new: &Intervention) -> Result<(), Refused> {
    at_most("interventions", scenario.interventions.len() + 1, limits::INTERVENTIONS)?;
    scenario.interventions.push(new.clone());
    Ok(())
}

/// See [`super::Edit::SetMoment`].
pub(super) fn set_moment(
    scenario: &mut Scenario,
    at: usize,
    moment: &Moment,
) -> Result<(), Refused> {
    planned(scenario, at)?.when.clone_from(moment);
    Ok(())
}

/// See [`super::Edit::SetAct`].
pub(super) fn set_act(scenario: &mut Scenario, at: usize, act: &PlannedAct) -> Result<(), Refused> {
    planned(scenario, at)?.act.clone_from(act);
    Ok(())
}

/// See [`super::Edit::RemoveIntervention`].
pub(super) fn remove(scenario: &mut Scenario, at: usize) -> Result<(), Refused> {
    planned(scenario, at)?;
    scenario.interventions.remove(at);
    Ok(())
}

/// What is done at this place of the list, for the name of an edit.
pub(super) fn words_at(scenario: &Scenario, at: usize) -> String {
    let act = scenario.interventions.get(at).map(|planned| planned.act.words());
    act.unwrap_or_else(|| "what a person does".to_owned())
}

impl PlannedAct {
    /// What is done, in words: `cancel a`, `kill worker B`.
    pub fn words(&self) -> String {
        match self {
            Self::Cancel(task) => format!("cancel {task}"),
            Self::KillWorkerOf(task) => format!("kill the worker of {task}"),
            Self::KillWorker(worker) => format!("kill worker {}", letter(WorkerId(*worker))),
            Self::Open(task) => format!("open the gate of {task}"),
            Self::Shutdown { cancel_futures: false } => "shut down".to_owned(),
            Self::Shutdown { cancel_futures: true } => "shut down, cancel the pending".to_owned(),
        }
    }
}

impl Anchor {
    /// The task whose event it is.
    pub fn task(&self) -> &str {
        match self {
            Self::Submitted(task)
            | Self::Running(task)
            | Self::Taken(task)
            | Self::Finished(task)
            | Self::Cancelled(task) => task,
        }
    }

    /// Its event, in words.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Submitted(_) => "submitted",
            Self::Running(_) => "running",
            Self::Taken(_) => "taken",
            Self::Finished(_) => "finished",
            Self::Cancelled(_) => "cancelled",
        }
    }
}

impl Moment {
    /// When it is, in words: `at 1.5 s`, `0.2 s after a is running`, `when a is submitted`.
    pub fn words(&self) -> String {
        match (&self.at, &self.after) {
            (Some(at), None) => format!("at {} s", at.seconds()),
            (_, Some(anchor)) => {
                let event = format!("{} is {}", anchor.task(), anchor.word());
                match self.plus {
                    Some(plus) => format!("{} s after {event}", plus.seconds()),
                    None => format!("when {event}"),
                }
            }
            (None, None) => "at no time".to_owned(),
        }
    }
}
