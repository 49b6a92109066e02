//! The executor of a scenario: what goes with which pool, and with which Python.

use std::collections::BTreeMap;

use super::check_task;
use crate::function::Group;
use crate::limits;
use crate::scenario::error::{ScenarioErrorKind as Kind, at_most, wrong};
use crate::scenario::plan::{InitializerPlan, TaskPlan};
use crate::scenario::{
    Arg, Executor, ExecutorKind, Python, Scenario, ScenarioError, StartMethod, Task,
};
use crate::value::Value;

/// Which pool, how large, and its options.
pub fn check_executor(scenario: &Scenario) -> Result<(), ScenarioError> {
    let executor = &scenario.executor;
    let processes = executor.kind.has_processes();
    let at = "/executor/workers";
    let (what, limit) =
        if processes { ("processes", limits::PROCESSES) } else { ("threads", limits::THREADS) };
    if executor.workers == 0 {
        return wrong(
            at,
            match executor.kind {
                ExecutorKind::Pool => {
                    Kind::DoesNotFit("Number of processes must be at least 1".to_owned())
                }
                _ => Kind::NoWorkers,
            },
        );
    }
    at_most(at, what, executor.workers as usize, limit as usize)?;
    if executor.kind == ExecutorKind::Interpreters && scenario.python < Python::V3_14 {
        let text = "InterpreterPoolExecutor came with Python 3.14";
        return wrong("/executor/kind", Kind::DoesNotFit(text.to_owned()));
    }
    if !processes && executor.start_method.is_some() {
        let text = "threads have no start method; leave it out or choose \"processes\"";
        return wrong("/executor/start_method", Kind::DoesNotFit(text.to_owned()));
    }
    check_max_tasks(executor)?;
    if let Some(prefix) = &executor.thread_name_prefix {
        let at = "/executor/thread_name_prefix";
        if processes {
            let text = "only thread pools have a thread_name_prefix";
            return wrong(at, Kind::DoesNotFit(text.to_owned()));
        }
        at_most(at, "characters", prefix.chars().count(), limits::NAME_CHARS)?;
    }
    if executor.kind != ExecutorKind::Threads && executor.gil.is_some() {
        let text = "only a thread pool's threads share a GIL; leave it out or choose \"threads\"";
        return wrong("/executor/gil", Kind::DoesNotFit(text.to_owned()));
    }
    Ok(())
}

/// In Python's words (rules 101 and 175).
fn check_max_tasks(executor: &Executor) -> Result<(), ScenarioError> {
    let text = match (executor.kind, executor.max_tasks_per_child) {
        (_, None) => return Ok(()),
        (ExecutorKind::Threads | ExecutorKind::Interpreters, Some(_)) => {
            "only pools of processes have max_tasks_per_child"
        }
        (ExecutorKind::Pool, Some(0)) => "maxtasksperchild must be a positive int or None",
        (ExecutorKind::Processes, Some(0)) => "max_tasks_per_child must be >= 1",
        (ExecutorKind::Processes, Some(_)) if executor.start_method == Some(StartMethod::Fork) => {
            "max_tasks_per_child is incompatible with the 'fork' multiprocessing start method; \
             supply a different mp_context."
        }
        (ExecutorKind::Processes | ExecutorKind::Pool, Some(_)) => return Ok(()),
    };
    wrong("/executor/max_tasks_per_child", Kind::DoesNotFit(text.to_owned()))
}

/// The initializer: a function of the catalogue that ends by itself, with values as arguments. It is
/// checked as a task without inputs would be.
pub fn check_initializer(scenario: &Scenario) -> Result<Option<InitializerPlan>, ScenarioError> {
    let Some(initializer) = &scenario.executor.initializer else { return Ok(None) };
    let at = "/executor/initializer";
    let value = |(name, value): (&String, &Value)| (name.clone(), Arg::Value(value.clone()));
    let task = Task {
        id: "initializer".to_owned(),
        function: initializer.function.clone(),
        args: initializer.args.iter().map(value).collect(),
        after: Vec::new(),
        position: None,
    };
    let TaskPlan { function, args, .. } = check_task(at, &task, &BTreeMap::new())?;
    if function.group == Group::Waiting {
        let text = format!("{} waits for somebody, which an initializer cannot", function.name);
        return wrong(format!("{at}/function"), Kind::DoesNotFit(text));
    }
    let args = args.iter().map(|arg| arg.value(&[], 0)).collect();
    Ok(Some(InitializerPlan { function, args, from_worker: initializer.from_worker }))
}
