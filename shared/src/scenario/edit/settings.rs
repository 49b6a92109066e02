//! What is not the graph: pool, mode, options, time, title.

use super::Refused;
use super::refused::at_most;
use crate::limits;
use crate::scenario::{
    Change, ExecutorKind, Mode, OnError, Python, ReturnWhen, Scenario, StartMethod, Task,
};
use crate::units::Span;

/// The least and the greatest scale, as [`Scenario::check`] has them.
const SCALE: std::ops::RangeInclusive<f64> = 1e-6..=10.0;

fn most_workers(kind: ExecutorKind) -> u32 {
    match kind {
        ExecutorKind::Threads | ExecutorKind::Interpreters => limits::THREADS,
        ExecutorKind::Processes | ExecutorKind::Pool => limits::PROCESSES,
    }
}

/// See [`super::Edit::SetExecutor`].
pub(super) fn set_executor(scenario: &mut Scenario, kind: ExecutorKind) {
    let executor = &mut scenario.executor;
    executor.kind = kind;
    executor.workers = executor.workers.clamp(1, most_workers(kind));
    if kind.has_processes() {
        executor.thread_name_prefix = None;
    } else {
        executor.start_method = None;
        executor.max_tasks_per_child = None;
    }
    if kind != ExecutorKind::Threads {
        executor.gil = None;
    }
    if executor.max_tasks_per_child.is_some() {
        never_fork(scenario);
    }
    clear_what_pool_lacks(scenario);
}

/// Pool's results are waited for one by one, and its `map` until the last is there; its input is read
/// at once.
fn clear_what_pool_lacks(scenario: &mut Scenario) {
    if scenario.executor.kind == ExecutorKind::Pool {
        scenario.program.return_when = None;
        scenario.program.buffersize = None;
        if scenario.program.mode == Some(Mode::Map) {
            scenario.program.timeout = None;
        }
    }
}

/// An executor whose workers are replaced cannot fork (rule 101).
fn never_fork(scenario: &mut Scenario) {
    let executor = &mut scenario.executor;
    if executor.kind == ExecutorKind::Processes && executor.start_method == Some(StartMethod::Fork)
    {
        executor.start_method = None;
    }
}

/// See [`super::Edit::SetStartMethod`].
pub(super) fn set_start_method(
    scenario: &mut Scenario,
    method: Option<StartMethod>,
) -> Result<(), Refused> {
    let executor = &mut scenario.executor;
    if method.is_some() && !executor.kind.has_processes() {
        return Err(Refused::NotOfExecutor { option: "start method", executor: executor.kind });
    }
    executor.start_method = method;
    Ok(())
}

/// See [`super::Edit::SetMaxTasks`].
pub(super) fn set_max_tasks(scenario: &mut Scenario, limit: Option<u32>) -> Result<(), Refused> {
    let executor = &mut scenario.executor;
    if limit.is_some() && !executor.kind.has_processes() {
        let option = "max_tasks_per_child";
        return Err(Refused::NotOfExecutor { option, executor: executor.kind });
    }
    if limit == Some(0) {
        let (name, range) = ("max_tasks_per_child", "1 or more".to_owned());
        return Err(Refused::OutOfRange { name, range, value: "0".to_owned() });
    }
    executor.max_tasks_per_child = limit;
    if limit.is_some() {
        never_fork(scenario);
    }
    Ok(())
}

/// See [`super::Edit::SetChange`].
pub(super) fn set_change(scenario: &mut Scenario, change: Change, holds: bool) {
    if holds {
        scenario.changes.insert(change);
    } else {
        scenario.changes.remove(&change);
    }
}

/// See [`super::Edit::SetGil`].
pub(super) fn set_gil(scenario: &mut Scenario, gil: Option<bool>) -> Result<(), Refused> {
    let executor = &mut scenario.executor;
    if gil.is_some() && executor.kind != ExecutorKind::Threads {
        return Err(Refused::NotOfExecutor { option: "gil option", executor: executor.kind });
    }
    executor.gil = gil;
    Ok(())
}

/// See [`super::Edit::SetWorkers`].
pub(super) fn set_workers(scenario: &mut Scenario, workers: u32) -> Result<(), Refused> {
    let most = most_workers(scenario.executor.kind);
    if !(1..=most).contains(&workers) {
        let range = format!("from 1 to {most}");
        return Err(Refused::OutOfRange { name: "workers", range, value: workers.to_string() });
    }
    scenario.executor.workers = workers;
    Ok(())
}

/// See [`super::Edit::SetMode`].
pub(super) fn set_mode(scenario: &mut Scenario, mode: Mode) {
    let program = &mut scenario.program;
    program.mode = Some(mode);
    program.steps = None;
    program.with_block = true;
    // Rounds of `wait` that never wait would spin; the other modes take a timeout of nothing.
    let spins = program.timeout.is_some_and(|span| span.scaled(scenario.scale) == Span::ZERO);
    if mode == Mode::Submit || (mode == Mode::Wait && spins) {
        program.timeout = None;
    }
    if mode != Mode::Wait {
        program.return_when = None;
    }
    if mode != Mode::Map {
        program.buffersize = None;
        program.on_error = OnError::default();
    }
    drop_chunksize(scenario);
    clear_what_pool_lacks(scenario);
}

/// Without map nodes, only mode `map` has chunks.
pub(super) fn drop_chunksize(scenario: &mut Scenario) {
    let is_mode = scenario.program.mode.is_some_and(|mode| mode != Mode::Map);
    if is_mode && !scenario.tasks.iter().any(Task::is_map_node) {
        scenario.program.chunksize = None;
    }
}

/// Refuses an option unless one of these modes is chosen. Taking it back is always allowed.
fn goes_with(
    scenario: &Scenario,
    option: &'static str,
    is_given: bool,
    having: &[Mode],
    modes: &'static str,
) -> Result<(), Refused> {
    if is_given && !scenario.program.mode.is_some_and(|mode| having.contains(&mode)) {
        return Err(Refused::NoSuchOption { option, modes });
    }
    Ok(())
}

/// See [`super::Edit::SetTimeout`].
pub(super) fn set_timeout(scenario: &mut Scenario, timeout: Option<Span>) -> Result<(), Refused> {
    let (having, words) =
        ([Mode::Map, Mode::AsCompleted, Mode::Wait], "the modes map, as_completed and wait");
    goes_with(scenario, "timeout", timeout.is_some(), &having, words)?;
    scenario.program.timeout = timeout;
    Ok(())
}

/// See [`super::Edit::SetReturnWhen`].
pub(super) fn set_return_when(
    scenario: &mut Scenario,
    when: Option<ReturnWhen>,
) -> Result<(), Refused> {
    goes_with(scenario, "return_when", when.is_some(), &[Mode::Wait], "mode wait")?;
    scenario.program.return_when = when;
    Ok(())
}

/// See [`super::Edit::SetChunksize`].
pub(super) fn set_chunksize(
    scenario: &mut Scenario,
    chunksize: Option<u32>,
) -> Result<(), Refused> {
    if !scenario.tasks.iter().any(Task::is_map_node) || scenario.program.mode.is_none() {
        let words = "mode map or a map node";
        goes_with(scenario, "chunksize", chunksize.is_some(), &[Mode::Map], words)?;
    }
    scenario.program.chunksize = chunksize;
    Ok(())
}

/// See [`super::Edit::SetBuffersize`].
pub(super) fn set_buffersize(
    scenario: &mut Scenario,
    buffersize: Option<i64>,
) -> Result<(), Refused> {
    goes_with(scenario, "buffersize", buffersize.is_some(), &[Mode::Map], "mode map")?;
    scenario.program.buffersize = buffersize;
    Ok(())
}

/// See [`super::Edit::SetOnError`].
pub(super) fn set_on_error(scenario: &mut Scenario, on_error: OnError) -> Result<(), Refused> {
    goes_with(scenario, "on_error", on_error != OnError::default(), &[Mode::Map], "mode map")?;
    scenario.program.on_error = on_error;
    Ok(())
}

/// See [`super::Edit::SetScale`].
pub(super) fn set_scale(scenario: &mut Scenario, scale: f64) -> Result<(), Refused> {
    if !SCALE.contains(&scale) {
        let range = "from 0.000001 to 10".to_owned();
        return Err(Refused::OutOfRange { name: "scale", range, value: scale.to_string() });
    }
    scenario.scale = scale;
    Ok(())
}

/// See [`super::Edit::SetTitle`].
pub(super) fn set_title(scenario: &mut Scenario, title: &str) -> Result<(), Refused> {
    at_most("characters of a title", title.chars().count(), limits::TEXT_CHARS)?;
    title.clone_into(&mut scenario.title);
    Ok(())
}

/// A pool in one word.
pub(super) fn executor_word(kind: ExecutorKind) -> &'static str {
    match kind {
        ExecutorKind::Threads => "threads",
        ExecutorKind::Interpreters => "interpreters",
        ExecutorKind::Processes => "processes",
        ExecutorKind::Pool => "Pool",
    }
}

/// A mode as Python spells it.
pub(super) fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Submit => "submit",
        Mode::Map => "map",
        Mode::AsCompleted => "as_completed",
        Mode::Wait => "wait",
    }
}

/// A version as people say it.
pub(super) fn python_word(python: Python) -> &'static str {
    match python {
        Python::V3_11 => "3.11",
        Python::V3_12 => "3.12",
        Python::V3_13 => "3.13",
        Python::V3_14 => "3.14",
    }
}
