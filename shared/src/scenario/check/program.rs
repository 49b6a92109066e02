//! The program of a scenario: modes and steps, and what goes with what.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{check_name, lookup};
use crate::limits;
use crate::outcome::Raised;
use crate::scenario::error::{ScenarioErrorKind as Kind, at_most, wrong};
use crate::scenario::plan::{ProgramPlan, TaskPlan};
use crate::scenario::{
    Count, ExecutorKind, Mode, Names, OnError, Program, Python, ReturnWhen, Scenario,
    ScenarioError, Step,
};
use crate::units::{Span, TaskId};

/// The program: a mode with what goes with it, or steps.
pub fn check_program(
    scenario: &Scenario,
    tasks: &[TaskPlan],
    names: &BTreeMap<String, TaskId>,
) -> Result<ProgramPlan, ScenarioError> {
    let program = &scenario.program;
    match (program.mode, &program.steps) {
        (Some(mode), None) => check_mode(scenario, program, tasks, mode),
        (None, Some(steps)) => check_steps_program(scenario, program, tasks, steps, names),
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
    tasks: &[TaskPlan],
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
    let chunks = mode == Mode::Map || tasks.iter().any(|task| task.items.is_some());
    only("chunksize", program.chunksize.is_some(), chunks, "mode map or a map node")?;
    only("buffersize", program.buffersize.is_some(), mode == Mode::Map, "mode map")?;
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
    let python = scenario.python;
    let buffersize = check_buffersize("/program/buffersize", program.buffersize, python)?;
    if buffersize.is_none() {
        for (index, task) in tasks.iter().enumerate() {
            refuse_endless(&format!("/tasks/{index}/args"), task)?;
        }
    }
    Ok(ProgramPlan::Mode {
        mode,
        timeout,
        return_when: program.return_when.unwrap_or(ReturnWhen::AllCompleted),
        chunksize: match scenario.executor.kind {
            ExecutorKind::Threads => 1,
            ExecutorKind::Processes => chunksize,
        },
        buffersize,
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

/// A `buffersize`, in Python's words (rule 71). It came with 3.14.
fn check_buffersize(
    at: &str,
    buffersize: Option<i64>,
    python: Python,
) -> Result<Option<usize>, ScenarioError> {
    let Some(buffersize) = buffersize else { return Ok(None) };
    match python {
        Python::V3_11 | Python::V3_12 | Python::V3_13 => {
            let text = "buffersize is new in Python 3.14; choose \"3.14\", or leave it out";
            return wrong(at, Kind::DoesNotFit(text.to_owned()));
        }
        Python::V3_14 => {}
    }
    if buffersize < 1 {
        return wrong(at, Kind::DoesNotFit("buffersize must be None or > 0".to_owned()));
    }
    // More than there can be calls is as good as all of them.
    Ok(Some(usize::try_from(buffersize).map_or(limits::FUTURES, |b| b.min(limits::FUTURES))))
}

/// Whoever takes all items at once never gets to the end of an endless one.
fn refuse_endless(at: &str, task: &TaskPlan) -> Result<(), ScenarioError> {
    if task.items == Some(Count::Endless) {
        let text = format!(
            "the items of \"{}\" never end; only a map with a buffersize takes them one by one",
            task.id
        );
        return wrong(at, Kind::DoesNotFit(text));
    }
    Ok(())
}

fn check_steps_program(
    scenario: &Scenario,
    program: &Program,
    tasks: &[TaskPlan],
    steps: &[Step],
    names: &BTreeMap<String, TaskId>,
) -> Result<ProgramPlan, ScenarioError> {
    let given = [
        ("timeout", program.timeout.is_some()),
        ("return_when", program.return_when.is_some()),
        ("chunksize", program.chunksize.is_some()),
        ("buffersize", program.buffersize.is_some()),
        ("on_error", program.on_error != OnError::Stop),
    ];
    for (field, given) in given {
        if given {
            let text = format!("{field} goes with a mode; steps say it where they need it");
            return wrong(format!("/program/{field}"), Kind::DoesNotFit(text));
        }
    }
    let (kind, python) = (scenario.executor.kind, scenario.python);
    let mut checker = StepChecker { kind, python, tasks, names, bound: BTreeSet::new(), count: 0 };
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
    python: Python,
    tasks: &'a [TaskPlan],
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
            Step::Submit { task } => self.tasks(&format!("{at}/task"), task.as_slice(), false),
            Step::Map { tasks, chunksize, buffersize, .. } => {
                check_chunksize(&format!("{at}/chunksize"), *chunksize, self.kind)?;
                let at_field = format!("{at}/buffersize");
                let lazily = check_buffersize(&at_field, *buffersize, self.python)?.is_some();
                self.tasks(&format!("{at}/tasks"), tasks, lazily)
            }
            Step::Call { task, .. } => {
                self.tasks(&format!("{at}/task"), std::slice::from_ref(task), false)
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

    fn tasks(&self, at: &str, tasks: &[String], lazily: bool) -> Result<(), ScenarioError> {
        for task in tasks {
            let task = lookup(self.names, task, || at.to_owned())?;
            if !lazily {
                refuse_endless(at, &self.tasks[task.index()])?;
            }
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
