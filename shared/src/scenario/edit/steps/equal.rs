//! A mode as the steps that do the same.
//!
//! Most modes look at what comes back and decide: what needs a task that failed is skipped, what became
//! ready is submitted. A list of steps has no words for that. So only where there is nothing to decide
//! are there *equal* steps: a graph without edges, and a pool that refuses nothing. For all others there
//! are [`plain`] ones, which are a beginning and not the same.

use crate::graph::TaskGraph;
use crate::scenario::edit::edges::needs;
use crate::scenario::edit::names::new_id;
use crate::scenario::{
    Except, ExecutorKind, Mode, Names, OnError, PlannedAct, ReturnWhen, Scenario, Step, Task,
};

/// The steps that do what this mode does, or why there are none: the end of a sentence.
pub(super) fn equal(scenario: &Scenario, mode: Mode) -> Result<Vec<Step>, &'static str> {
    let pool = scenario.executor.kind == ExecutorKind::Pool;
    let tasks: Vec<String> = scenario.tasks.iter().map(|task| task.id.clone()).collect();
    let program = &scenario.program;
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    if needs(scenario).iter().any(|needed| !needed.is_empty()) {
        return Err("the graph has edges, and a mode decides after each result what comes next");
    }
    // A mode notes what is refused and goes on; a step raises.
    let ends = |act: &PlannedAct| {
        matches!(
            act,
            PlannedAct::KillWorker(_) | PlannedAct::KillWorkerOf(_) | PlannedAct::Shutdown { .. }
        )
    };
    if scenario.executor.initializer.is_some()
        || scenario.interventions.iter().any(|planned| ends(&planned.act))
    {
        return Err("the pool may refuse a call, and a mode then goes on where a step raises");
    }
    let has_nodes = scenario.tasks.iter().any(Task::is_map_node);
    if has_nodes && program.chunksize.is_some_and(|size| size > 1) && mode != Mode::Map {
        return Err(
            "it submits the items of map nodes in chunks, and steps submit them one by one",
        );
    }
    if has_nodes && matches!(mode, Mode::AsCompleted | Mode::Wait) {
        return Err("it asks each item of a map node for its result, and a step asks the future");
    }
    match mode {
        Mode::Map => map(scenario, tasks, has_nodes),
        _ if pool => Err("on a Pool it is done with callbacks of its own"),
        Mode::Submit => Ok(vec![submit(tasks)]),
        Mode::AsCompleted => Ok(vec![
            submit(tasks.clone()),
            Step::AsCompleted {
                of: Names::Many(tasks),
                timeout: program.timeout,
                name: new_id(scenario, "future"),
                steps: vec![caught(vec![result(scenario, None)])],
            },
        ]),
        Mode::Wait => {
            if program.timeout.is_some()
                || program.return_when.is_some_and(|when| when != ReturnWhen::AllCompleted)
            {
                return Err("it waits in rounds for what is not done, and steps wait once");
            }
            Ok(vec![
                submit(tasks.clone()),
                Step::Wait {
                    of: Names::Many(tasks.clone()),
                    timeout: None,
                    return_when: ReturnWhen::AllCompleted,
                    name: None,
                },
                Step::For {
                    over: Names::Many(tasks),
                    name: new_id(scenario, "future"),
                    steps: vec![caught(vec![result(scenario, None)])],
                },
            ])
        }
    }
}

fn map(
    scenario: &Scenario,
    tasks: Vec<String>,
    has_nodes: bool,
) -> Result<Vec<Step>, &'static str> {
    if has_nodes && tasks.len() > 1 {
        return Err("it maps each map node by itself, and skips the others when one raises");
    }
    let program = &scenario.program;
    let name = new_id(scenario, "results");
    let map = Step::Map {
        tasks,
        name: name.clone(),
        chunksize: program.chunksize,
        timeout: program.timeout,
        buffersize: program.buffersize,
    };
    let take =
        Step::For { over: Names::One(name), name: new_id(scenario, "value"), steps: Vec::new() };
    // Pool's `map` comes back with the whole list.
    let steps = match scenario.executor.kind {
        ExecutorKind::Pool => vec![map],
        _ => vec![map, take],
    };
    Ok(match program.on_error {
        OnError::Stop => steps,
        OnError::Continue => vec![caught(steps)],
    })
}

/// A beginning: each task is submitted in an order in which it can be, and told when it is over.
pub(super) fn plain(scenario: &Scenario) -> Vec<Step> {
    let order = match TaskGraph::new(needs(scenario)) {
        Ok(graph) => graph.levels.concat(),
        // A circle is said elsewhere; the steps can be there already.
        Err(_) => (0..scenario.tasks.len()).map(crate::units::TaskId::at).collect(),
    };
    let tasks: Vec<String> =
        order.iter().map(|task| scenario.tasks[task.index()].id.clone()).collect();
    let (future, value) = (new_id(scenario, "future"), new_id(scenario, "value"));
    let print = |of: &str, what: &str| Step::Print { text: format!("{{{of}}}: {{{what}}}") };
    let error = new_id(scenario, "e");
    let told = Step::Try {
        steps: vec![result(scenario, Some(value.clone())), print(&future, &value)],
        except: vec![Except {
            kind: "Exception".to_owned(),
            name: Some(error.clone()),
            steps: vec![print(&future, &format!("{error}.kind"))],
        }],
    };
    let (of, name, steps) = (Names::Many(tasks.clone()), future, vec![told]);
    if scenario.executor.kind == ExecutorKind::Pool {
        let task = Names::Many(tasks);
        let apply = Step::ApplyAsync { task, callback: None, error_callback: None };
        vec![apply, Step::For { over: of, name, steps }]
    } else {
        vec![submit(tasks), Step::AsCompleted { of, timeout: None, name, steps }]
    }
}

fn submit(tasks: Vec<String>) -> Step {
    Step::Submit { task: Names::Many(tasks) }
}

/// The result of the future that a loop is at.
fn result(scenario: &Scenario, name: Option<String>) -> Step {
    let of = new_id(scenario, "future");
    match scenario.executor.kind {
        ExecutorKind::Pool => Step::Get { of, timeout: None, name },
        _ => Step::Result { of, timeout: None, name },
    }
}

/// Steps whose exception is nobody's concern.
fn caught(steps: Vec<Step>) -> Step {
    let kind = "BaseException".to_owned();
    Step::Try { steps, except: vec![Except { kind, name: None, steps: Vec::new() }] }
}
