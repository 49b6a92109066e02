//! The program as steps: from a mode to steps, and each change of a step.
//!
//! A step is replaced as a whole; what its form shows of it are its [fields](super::super::step::fields).
//! Which step is meant is said by its [`StepPath`], which holds as long as no other edit was made.

mod equal;
mod kinds;
mod path;

use super::Refused;
use super::names::new_id;
use super::refused::at_most;
use crate::limits;
use crate::scenario::{Except, Program, Scenario, Step};

pub use kinds::{StepKind, kinds};
pub use path::{StepPath, Way};

fn steps(scenario: &mut Scenario) -> Result<&mut Vec<Step>, Refused> {
    scenario.program.steps.as_mut().ok_or(Refused::NoSteps)
}

/// The list in which a step stands, or may be put.
fn list<'a>(scenario: &'a mut Scenario, path: &StepPath) -> Result<&'a mut Vec<Step>, Refused> {
    path.list_mut(steps(scenario)?).ok_or(Refused::NoSuchStep)
}

fn step<'a>(scenario: &'a mut Scenario, path: &StepPath) -> Result<&'a mut Step, Refused> {
    path.step_mut(steps(scenario)?).ok_or(Refused::NoSuchStep)
}

/// Refuses more steps, or deeper ones, than a program may have.
fn refuse_too_many(scenario: &Scenario) -> Result<(), Refused> {
    fn measure(steps: &[Step], depth: usize) -> (usize, usize) {
        let blocks = steps.iter().flat_map(Step::blocks);
        let inner = blocks.map(|(_, block)| measure(block, depth + 1));
        inner.fold((steps.len(), depth), |(count, deepest), (more, deep)| {
            (count + more, deepest.max(deep))
        })
    }
    let (count, depth) = measure(scenario.program.steps.as_deref().unwrap_or_default(), 0);
    at_most("steps", count, limits::STEPS)?;
    at_most("levels of nested steps", depth, limits::STEP_DEPTH)
}

/// See [`super::Edit::TurnIntoSteps`].
pub(super) fn turn_into(scenario: &mut Scenario) -> Result<(), Refused> {
    let Some(mode) = scenario.program.mode else { return Ok(()) };
    let steps = equal::equal(scenario, mode).map_err(|why| Refused::NoEqualSteps { mode, why })?;
    set_program(scenario, steps);
    Ok(())
}

/// See [`super::Edit::StartSteps`].
pub(super) fn start(scenario: &mut Scenario) {
    let steps = equal::plain(scenario);
    set_program(scenario, steps);
}

fn set_program(scenario: &mut Scenario, steps: Vec<Step>) {
    scenario.program = Program { steps: Some(steps), with_block: true, ..Program::default() };
}

/// See [`super::Edit::InsertStep`].
pub(super) fn insert(scenario: &mut Scenario, path: &StepPath, new: &Step) -> Result<(), Refused> {
    let list = list(scenario, path)?;
    if path.at > list.len() {
        return Err(Refused::NoSuchStep);
    }
    list.insert(path.at, new.clone());
    refuse_too_many(scenario)
}

/// See [`super::Edit::SetStep`].
pub(super) fn set(scenario: &mut Scenario, path: &StepPath, new: &Step) -> Result<(), Refused> {
    step(scenario, path)?.clone_from(new);
    refuse_too_many(scenario)
}

/// See [`super::Edit::MoveStep`].
pub(super) fn move_by(scenario: &mut Scenario, from: &StepPath, way: Way) -> Result<(), Refused> {
    step(scenario, from)?;
    let to = from.moved(steps(scenario)?, way).ok_or(Refused::NoWay(way))?;
    let moved = list(scenario, from)?.remove(from.at);
    // Neither place is within the step that moves, and what stood before it still does.
    list(scenario, &to)?.insert(to.at, moved);
    refuse_too_many(scenario)
}

/// See [`super::Edit::RemoveStep`].
pub(super) fn remove(scenario: &mut Scenario, path: &StepPath) -> Result<(), Refused> {
    step(scenario, path)?;
    list(scenario, path)?.remove(path.at);
    Ok(())
}

/// See [`super::Edit::WrapStep`].
pub(super) fn wrap(scenario: &mut Scenario, path: &StepPath) -> Result<(), Refused> {
    let name = new_id(scenario, "e");
    let step = step(scenario, path)?;
    let print = Step::Print { text: format!("{{{name}.kind}}: {{{name}}}") };
    let inner = std::mem::replace(step, Step::Leave {});
    *step = Step::Try {
        steps: vec![inner],
        except: vec![Except { kind: "Exception".to_owned(), name: Some(name), steps: vec![print] }],
    };
    refuse_too_many(scenario)
}

/// See [`super::Edit::SetWithBlock`].
pub(super) fn set_with_block(scenario: &mut Scenario, with_block: bool) -> Result<(), Refused> {
    steps(scenario)?;
    scenario.program.with_block = with_block;
    Ok(())
}

/// What kind of step stands there, for the name of an edit.
pub(super) fn word_at(scenario: &Scenario, path: &StepPath) -> &'static str {
    let steps = scenario.program.steps.as_deref().unwrap_or_default();
    path.step(steps).map_or("a step", Step::word)
}
