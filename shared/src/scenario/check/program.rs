//! The program of a scenario: modes and steps, and what goes with what.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{check_name, lookup};
use crate::limits;
use crate::outcome::Raised;
use crate::scenario::error::{ScenarioErrorKind as Kind, at_most, wrong};
use crate::scenario::plan::{ProgramPlan, TaskPlan};
use crate::scenario::{
    Callback, Condition, Count, ExecutorKind, Mode, Names, OnError, Program, Python, ReturnWhen,
    Scenario, ScenarioError, Step,
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
        (None, Some(steps)) => check_steps_program(scenario, tasks, steps, names),
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
    let buffersize = check_buffersize("/program/buffersize", program.buffersize, kind, python)?;
    if buffersize.is_none() {
        for (index, task) in tasks.iter().enumerate() {
            refuse_endless(&format!("/tasks/{index}/args"), task)?;
        }
    }
    let return_when = program.return_when.unwrap_or(ReturnWhen::AllCompleted);
    if kind == ExecutorKind::Pool {
        if return_when != ReturnWhen::AllCompleted {
            let text = "Pool's results are waited for one by one: there is no return_when";
            return wrong("/program/return_when", Kind::DoesNotFit(text.to_owned()));
        }
        if mode == Mode::Map && timeout.is_some() {
            let text = "Pool.map has no timeout";
            return wrong("/program/timeout", Kind::DoesNotFit(text.to_owned()));
        }
    }
    Ok(ProgramPlan::Mode {
        mode,
        timeout,
        return_when,
        chunksize: if kind.has_processes() { chunksize } else { None },
        buffersize,
        on_error: program.on_error,
    })
}

fn check_chunksize(
    at: &str,
    chunksize: Option<u32>,
    kind: ExecutorKind,
) -> Result<Option<usize>, ScenarioError> {
    match (chunksize, kind) {
        // Threads take any and use none (rule 67); processes refuse it in these words (rule 97).
        (Some(0), ExecutorKind::Processes) => {
            wrong(at, Kind::DoesNotFit("chunksize must be >= 1.".to_owned()))
        }
        (Some(0), ExecutorKind::Pool) => {
            wrong(at, Kind::DoesNotFit("Chunksize must be 1+, not 0".to_owned()))
        }
        (chunksize, _) => Ok(chunksize.map(|chunksize| chunksize as usize)),
    }
}

/// A `buffersize`, in Python's words (rule 71). It came with 3.14.
fn check_buffersize(
    at: &str,
    buffersize: Option<i64>,
    kind: ExecutorKind,
    python: Python,
) -> Result<Option<usize>, ScenarioError> {
    let Some(buffersize) = buffersize else { return Ok(None) };
    if kind == ExecutorKind::Pool {
        let text = "multiprocessing.Pool has no buffersize";
        return wrong(at, Kind::DoesNotFit(text.to_owned()));
    }
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
    tasks: &[TaskPlan],
    steps: &[Step],
    names: &BTreeMap<String, TaskId>,
) -> Result<ProgramPlan, ScenarioError> {
    let program = &scenario.program;
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
    checker.steps("/program/steps", steps, false)?;
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
            self.bound.extend(step.bound());
            for (_, block) in step.blocks() {
                self.bind_all(block, depth + 1)?;
            }
        }
        Ok(())
    }

    fn steps(&self, at: &str, steps: &[Step], in_callback: bool) -> Result<(), ScenarioError> {
        for (index, step) in steps.iter().enumerate() {
            let at = format!("{at}/{index}");
            self.step(&at, step, in_callback)?;
            let is_callback = matches!(
                step,
                Step::AddDoneCallback { .. } | Step::ApplyAsync { .. } | Step::MapAsync { .. }
            );
            for (field, block) in step.blocks() {
                self.steps(&format!("{at}/{field}"), block, in_callback || is_callback)?;
            }
        }
        Ok(())
    }

    /// Whether this pool, in this Python, has what the step calls.
    fn fits(&self, at: &str, step: &Step) -> Result<(), ScenarioError> {
        if let Some(text) = misfit(step, self.kind, self.python) {
            return wrong(at, Kind::DoesNotFit(text));
        }
        Ok(())
    }

    fn step(&self, at: &str, step: &Step, in_callback: bool) -> Result<(), ScenarioError> {
        self.fits(at, step)?;
        for name in step.bound() {
            check_name(at, name)?;
        }
        match step {
            Step::Leave {} | Step::Call { .. } if in_callback => {
                let text = "only the main thread leaves the block or calls a task itself";
                wrong(at, Kind::DoesNotFit(text.to_owned()))
            }
            Step::Submit { task } => self.tasks(&format!("{at}/task"), task.as_slice(), false),
            Step::ApplyAsync { task, callback, error_callback } => {
                self.callbacks(at, callback.as_ref(), error_callback.as_ref())?;
                self.single(&format!("{at}/task"), task.as_slice())
            }
            Step::MapAsync { tasks, chunksize, callback, error_callback, .. } => {
                self.callbacks(at, callback.as_ref(), error_callback.as_ref())?;
                self.chunks(at, tasks, *chunksize, None)
            }
            Step::Starmap { tasks, chunksize, .. }
            | Step::Imap { tasks, chunksize, .. }
            | Step::ImapUnordered { tasks, chunksize, .. } => {
                self.chunks(at, tasks, *chunksize, None)
            }
            Step::Map { tasks, chunksize, buffersize, .. } => {
                self.chunks(at, tasks, *chunksize, *buffersize)
            }
            Step::Apply { task, .. } => {
                self.single(&format!("{at}/task"), std::slice::from_ref(task))
            }
            Step::Call { task, .. } => {
                self.tasks(&format!("{at}/task"), std::slice::from_ref(task), false)
            }
            Step::For { over: names, .. } => self.known(&format!("{at}/in"), names),
            Step::AsCompleted { of, .. } | Step::Wait { of, .. } => {
                self.known(&format!("{at}/of"), of)
            }
            Step::AddDoneCallback { of, print, raise, .. } => {
                check_raise(&format!("{at}/raise"), raise.as_deref())?;
                self.text(&format!("{at}/print"), print.as_deref().unwrap_or(""))?;
                self.known(&format!("{at}/of"), of)
            }
            Step::Repeat { until_done, .. } => self.known(&format!("{at}/until_done"), until_done),
            Step::Close { of } => match of {
                Some(of) => self.one(&format!("{at}/of"), of),
                None => Ok(()),
            },
            Step::Raise { error } => check_raise(&format!("{at}/error"), Some(error)),
            Step::Next { of, .. }
            | Step::Ready { of, .. }
            | Step::Successful { of, .. }
            | Step::Get { of, .. }
            | Step::Repr { of, .. }
            | Step::Result { of, .. }
            | Step::Exception { of, .. }
            | Step::Done { of, .. }
            | Step::Running { of, .. }
            | Step::Cancelled { of, .. }
            | Step::Cancel { of, .. } => self.one(&format!("{at}/of"), of),
            Step::If { future, .. } => self.one(&format!("{at}/future"), future),
            Step::Print { text } => self.text(&format!("{at}/text"), text),
            Step::Sleep { .. }
            | Step::Shutdown { .. }
            | Step::Terminate {}
            | Step::Join {}
            | Step::TerminateWorkers {}
            | Step::KillWorkers {}
            | Step::Leave {}
            | Step::Try { .. } => Ok(()),
        }
    }

    fn chunks(
        &self,
        at: &str,
        tasks: &[String],
        chunksize: Option<u32>,
        buffersize: Option<i64>,
    ) -> Result<(), ScenarioError> {
        check_chunksize(&format!("{at}/chunksize"), chunksize, self.kind)?;
        let at_field = format!("{at}/buffersize");
        let ahead = check_buffersize(&at_field, buffersize, self.kind, self.python)?;
        self.tasks(&format!("{at}/tasks"), tasks, ahead.is_some())
    }

    /// Tasks that are one call each.
    fn single(&self, at: &str, tasks: &[String]) -> Result<(), ScenarioError> {
        for task in tasks {
            let id = lookup(self.names, task, || at.to_owned())?;
            if self.tasks[id.index()].items.is_some() {
                let text = format!(
                    "apply is one call; for the items of \"{task}\" use map, map_async or imap"
                );
                return wrong(at, Kind::DoesNotFit(text));
            }
        }
        Ok(())
    }

    fn callbacks(
        &self,
        at: &str,
        value: Option<&Callback>,
        error: Option<&Callback>,
    ) -> Result<(), ScenarioError> {
        for (field, callback) in [("callback", value), ("error_callback", error)] {
            let Some(callback) = callback else { continue };
            check_raise(&format!("{at}/{field}/raise"), callback.raise.as_deref())?;
            let print = callback.print.as_deref().unwrap_or("");
            self.text(&format!("{at}/{field}/print"), print)?;
        }
        Ok(())
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
        // Every callback knows its own.
        if self.names.contains_key(name) || self.bound.contains(name) || name == "future" {
            return Ok(());
        }
        wrong(at, Kind::UnknownTask(name.to_owned()))
    }

    #[allow(clippy::unused_self)] // one of a family
    fn text(&self, at: &str, text: &str) -> Result<(), ScenarioError> {
        at_most(at, "characters", text.chars().count(), limits::TEXT_CHARS)
    }
}

/// Why a step cannot be done with this pool, in this Python; none if it can.
pub fn misfit(step: &Step, kind: ExecutorKind, python: Python) -> Option<String> {
    let (what, of_pool) = match step {
        Step::Submit { .. } => ("submit", false),
        Step::AsCompleted { .. } => ("as_completed", false),
        Step::AddDoneCallback { .. } => ("add_done_callback", false),
        Step::Result { .. } => ("result", false),
        Step::Exception { .. } => ("exception", false),
        Step::Done { .. } => ("done", false),
        Step::Running { .. } => ("running", false),
        Step::Cancelled { .. } => ("cancelled", false),
        Step::Cancel { .. } => ("cancel", false),
        Step::Shutdown { .. } => ("shutdown", false),
        Step::TerminateWorkers {} | Step::KillWorkers {} => {
            let name = match step {
                Step::KillWorkers {} => "kill_workers",
                _ => "terminate_workers",
            };
            return if kind != ExecutorKind::Processes {
                Some(format!("only ProcessPoolExecutor has {name}"))
            } else if python < Python::V3_14 {
                Some(format!("{name} came with Python 3.14"))
            } else {
                None
            };
        }
        Step::If { is, .. } => match is {
            Condition::Done => ("done", false),
            Condition::Running => ("running", false),
            Condition::Cancelled => ("cancelled", false),
            Condition::Failed => ("exception", false),
            Condition::Ready => ("ready", true),
            Condition::Successful => ("successful", true),
        },
        Step::Wait { return_when, name, .. } if kind == ExecutorKind::Pool => {
            let missing = match (return_when, name) {
                (ReturnWhen::AllCompleted, None) => return None,
                (ReturnWhen::AllCompleted, Some(_)) => "no sets to be named",
                _ => "no return_when",
            };
            return Some(format!("Pool's results are waited for one by one: there is {missing}"));
        }
        Step::Map { timeout: Some(_), .. } if kind == ExecutorKind::Pool => {
            return Some("Pool.map has no timeout".to_owned());
        }
        Step::Next { timeout: Some(_), .. } => ("next(timeout)", true),
        Step::Close { of: None } => ("close", true),
        Step::Apply { .. } => ("apply", true),
        Step::ApplyAsync { .. } => ("apply_async", true),
        Step::Starmap { .. } => ("starmap", true),
        Step::MapAsync { .. } => ("map_async", true),
        Step::Imap { .. } => ("imap", true),
        Step::ImapUnordered { .. } => ("imap_unordered", true),
        Step::Ready { .. } => ("ready", true),
        Step::Successful { .. } => ("successful", true),
        Step::Get { .. } => ("get", true),
        Step::Terminate {} => ("terminate", true),
        Step::Join {} => ("join", true),
        Step::Map { .. }
        | Step::Next { .. }
        | Step::Close { of: Some(_) }
        | Step::For { .. }
        | Step::Wait { .. }
        | Step::Sleep { .. }
        | Step::Print { .. }
        | Step::Call { .. }
        | Step::Leave {}
        | Step::Try { .. }
        | Step::Repeat { .. }
        | Step::Repr { .. }
        | Step::Raise { .. } => return None,
    };
    match (of_pool, kind == ExecutorKind::Pool) {
        (true, false) => Some(format!("only multiprocessing.Pool has {what}")),
        (false, true) => Some(format!("multiprocessing.Pool has no {what}")),
        (true, true) | (false, false) => None,
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
