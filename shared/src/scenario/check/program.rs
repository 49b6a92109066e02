//! The program of a scenario: modes and steps, and what goes with what.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{check_name, lookup};
use crate::limits;
use crate::outcome::Raised;
use crate::scenario::error::{ScenarioErrorKind as Kind, at_most, wrong};
use crate::scenario::plan::ProgramPlan;
use crate::scenario::{
    ExecutorKind, Mode, Names, OnError, Program, ReturnWhen, Scenario, ScenarioError, Step,
};
use crate::units::{Span, TaskId};

/// The program: a mode with what goes with it, or steps.
pub fn check_program(
    scenario: &Scenario,
    names: &BTreeMap<String, TaskId>,
) -> Result<ProgramPlan, ScenarioError> {
    let program = &scenario.program;
    match (program.mode, &program.steps) {
        (Some(mode), None) => check_mode(scenario, program, mode),
        (None, Some(steps)) => check_steps_program(program, scenario.executor.kind, steps, names),
        (Some(_), Some(_)) => wrong(
            "/program",
            Kind::DoesNotFit("a program has either a mode or steps, not both".to_owned()),
        ),
        (None, None) => wrong(
            "/program",
            Kind::DoesNotFit(
                "a program needs a mode (submit, map, as_completed, wait) or steps".to_owned(),
            ),
        ),
    }
}

fn check_mode(
    scenario: &Scenario,
    program: &Program,
    mode: Mode,
) -> Result<ProgramPlan, ScenarioError> {
    let only = |field: &str, given: bool, fits: bool, modes: &str| {
        if given && !fits {
            let text = format!("{field} goes with {modes} only");
            return wrong(format!("/program/{field}"), Kind::DoesNotFit(text));
        }
        Ok(())
    };
    only("return_when", program.return_when.is_some(), mode == Mode::Wait, "mode wait")?;
    only("chunksize", program.chunksize.is_some(), mode == Mode::Map, "mode map")?;
    only("on_error", program.on_error != OnError::Stop, mode == Mode::Map, "mode map")?;
    only("with_block", !program.with_block, false, "steps")?;
    only(
        "timeout",
        program.timeout.is_some(),
        mode != Mode::Submit,
        "the modes map, as_completed and wait",
    )?;
    let timeout = program.timeout.map(|timeout| timeout.scaled(scenario.scale));
    if mode == Mode::Wait && timeout == Some(Span::ZERO) {
        // Rounds that never wait would spin until the run's limit.
        let (name, range) = ("timeout", "above 0 for mode wait");
        let value = Span::ZERO.to_string();
        return wrong("/program/timeout", Kind::OutOfRange { name, range, value });
    }
    let kind = scenario.executor.kind;
    let chunksize = check_chunksize("/program/chunksize", program.chunksize, kind)?;
    Ok(ProgramPlan::Mode {
        mode,
        timeout,
        return_when: program.return_when.unwrap_or(ReturnWhen::AllCompleted),
        chunksize: match scenario.executor.kind {
            ExecutorKind::Threads => 1,
            ExecutorKind::Processes => chunksize,
        },
        on_error: program.on_error,
    })
}

fn check_chunksize(
    at: &str,
    chunksize: Option<u32>,
    kind: ExecutorKind,
) -> Result<usize, ScenarioError> {
    match chunksize {
        // Threads take any and use none (rule 67); processes refuse it in these words (rule 97).
        Some(0) if kind == ExecutorKind::Processes => {
            wrong(at, Kind::DoesNotFit("chunksize must be >= 1.".to_owned()))
        }
        Some(chunksize) => Ok(chunksize as usize),
        None => Ok(1),
    }
}

fn check_steps_program(
    program: &Program,
    kind: ExecutorKind,
    steps: &[Step],
    names: &BTreeMap<String, TaskId>,
) -> Result<ProgramPlan, ScenarioError> {
    let given = [
        ("timeout", program.timeout.is_some()),
        ("return_when", program.return_when.is_some()),
        ("chunksize", program.chunksize.is_some()),
        ("on_error", program.on_error != OnError::Stop),
    ];
    for (field, given) in given {
        if given {
            let text = format!("{field} goes with a mode; steps say it where they need it");
            return wrong(format!("/program/{field}"), Kind::DoesNotFit(text));
        }
    }
    let mut checker = StepChecker { kind, names, bound: BTreeSet::new(), count: 0 };
    checker.bind_all(steps, 0)?;
    checker.steps("/program/steps", steps)?;
    Ok(ProgramPlan::Steps { steps: Arc::from(steps), with_block: program.with_block })
}

/// Checks names: each must be a task, or be bound by some `as` of the program.
///
/// Whether it is bound *before* it is used can depend on the run (an `if`, a caught exception), so
/// that is Python's `NameError` at run time, not an error of the scenario.
struct StepChecker<'a> {
    kind: ExecutorKind,
    names: &'a BTreeMap<String, TaskId>,
    bound: BTreeSet<&'a str>,
    count: usize,
}

impl<'a> StepChecker<'a> {
    fn bind_all(&mut self, steps: &'a [Step], depth: usize) -> Result<(), ScenarioError> {
        at_most("/program/steps", "levels of nested steps", depth, limits::STEP_DEPTH)?;
        self.count += steps.len();
        at_most("/program/steps", "steps", self.count, limits::STEPS)?;
        for step in steps {
            self.bound.extend(bound_by(step));
            for (_, block) in step.blocks() {
                self.bind_all(block, depth + 1)?;
            }
        }
        Ok(())
    }

    fn steps(&self, at: &str, steps: &[Step]) -> Result<(), ScenarioError> {
        for (index, step) in steps.iter().enumerate() {
            let at = format!("{at}/{index}");
            self.step(&at, step)?;
            for (field, block) in step.blocks() {
                self.steps(&format!("{at}/{field}"), block)?;
            }
        }
        Ok(())
    }

    fn step(&self, at: &str, step: &Step) -> Result<(), ScenarioError> {
        for name in bound_by(step) {
            check_name(at, name)?;
        }
        match step {
            Step::Submit { task } => self.tasks(&format!("{at}/task"), task.as_slice()),
            Step::Map { tasks, chunksize, .. } => {
                check_chunksize(&format!("{at}/chunksize"), *chunksize, self.kind)?;
                self.tasks(&format!("{at}/tasks"), tasks)
            }
            Step::Call { task, .. } => {
                self.tasks(&format!("{at}/task"), std::slice::from_ref(task))
            }
            Step::For { over: names, .. } => self.known(&format!("{at}/in"), names),
            Step::AsCompleted { of, .. } | Step::Wait { of, .. } => {
                self.known(&format!("{at}/of"), of)
            }
            Step::AddDoneCallback { of, print, raise } => {
                check_raise(&format!("{at}/raise"), raise.as_deref())?;
                self.text(&format!("{at}/print"), print.as_deref().unwrap_or(""))?;
                self.known(&format!("{at}/of"), of)
            }
            Step::Repeat { until_done, .. } => self.known(&format!("{at}/until_done"), until_done),
            Step::Next { of, .. }
            | Step::Close { of }
            | Step::Result { of, .. }
            | Step::Exception { of, .. }
            | Step::Done { of, .. }
            | Step::Running { of, .. }
            | Step::Cancelled { of, .. }
            | Step::Cancel { of, .. } => self.one(&format!("{at}/of"), of),
            Step::If { future, .. } => self.one(&format!("{at}/future"), future),
            Step::Print { text } => self.text(&format!("{at}/text"), text),
            Step::Sleep { .. } | Step::Shutdown { .. } | Step::Leave {} | Step::Try { .. } => {
                Ok(())
            }
        }
    }

    fn tasks(&self, at: &str, tasks: &[String]) -> Result<(), ScenarioError> {
        for task in tasks {
            lookup(self.names, task, || at.to_owned())?;
        }
        Ok(())
    }

    fn known(&self, at: &str, names: &Names) -> Result<(), ScenarioError> {
        names.as_slice().iter().try_for_each(|name| self.one(at, name))
    }

    fn one(&self, at: &str, name: &str) -> Result<(), ScenarioError> {
        if self.names.contains_key(name) || self.bound.contains(name) {
            return Ok(());
        }
        wrong(at, Kind::UnknownTask(name.to_owned()))
    }

    #[allow(clippy::unused_self)] // one of a family
    fn text(&self, at: &str, text: &str) -> Result<(), ScenarioError> {
        at_most(at, "characters", text.chars().count(), limits::TEXT_CHARS)
    }
}

/// What a callback raises must be an `Exception`: what else is raised in one, Python's documentation
/// leaves undefined, and kills its thread (V-11, V-24).
fn check_raise(at: &str, raise: Option<&str>) -> Result<(), ScenarioError> {
    let Some(text) = raise else { return Ok(()) };
    let kind = text.split(':').next().unwrap_or_default().trim();
    let word = !kind.is_empty() && kind.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if word && Raised::new(kind, "").is_a("Exception") {
        return Ok(());
    }
    let text = format!("\"{kind}\" is no exception that a callback can raise; try ValueError");
    wrong(at, Kind::DoesNotFit(text))
}

/// The names that a step binds.
fn bound_by(step: &Step) -> Vec<&str> {
    match step {
        Step::Map { name, .. } | Step::For { name, .. } | Step::AsCompleted { name, .. } => {
            vec![name]
        }
        Step::Next { name, .. }
        | Step::Wait { name, .. }
        | Step::Result { name, .. }
        | Step::Exception { name, .. }
        | Step::Done { name, .. }
        | Step::Running { name, .. }
        | Step::Cancelled { name, .. }
        | Step::Cancel { name, .. }
        | Step::Call { name, .. } => name.as_deref().into_iter().collect(),
        Step::Try { except, .. } => except.iter().filter_map(|e| e.name.as_deref()).collect(),
        Step::Submit { .. }
        | Step::Close { .. }
        | Step::AddDoneCallback { .. }
        | Step::Sleep { .. }
        | Step::Print { .. }
        | Step::Shutdown { .. }
        | Step::Leave {}
        | Step::If { .. }
        | Step::Repeat { .. } => Vec::new(),
    }
}
