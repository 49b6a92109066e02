//! From a scenario to a plan.

mod executor;
pub mod items;
mod program;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::engine::event::Act;
use crate::function::{self, Function, Param};
use crate::graph::{Circle, TaskGraph};
use crate::limits;
use crate::scenario::error::{ScenarioErrorKind as Kind, at_most, wrong};
use crate::scenario::plan::{AnchorKind, Argument, Plan, Planned, TaskPlan, When};
use crate::scenario::{
    Anchor, Arg, FORMAT, Intervention, Moment, PlannedAct, Scenario, ScenarioError, Task,
};
use crate::units::{Instant, Span, TaskId, WorkerId};

use program::check_program;
pub use program::misfit;

/// See [`Scenario::check`].
pub fn check(scenario: Scenario) -> Result<Plan, ScenarioError> {
    if scenario.format != FORMAT {
        return wrong("/format", Kind::FutureFormat(u64::from(scenario.format)));
    }
    check_texts(&scenario)?;
    executor::check_executor(&scenario)?;
    let names = task_names(&scenario.tasks)?;
    let mut tasks = Vec::with_capacity(scenario.tasks.len());
    let mut needs = Vec::with_capacity(scenario.tasks.len());
    let mut edges = 0;
    for (index, task) in scenario.tasks.iter().enumerate() {
        let at = format!("/tasks/{index}");
        let task_plan = check_task(&at, task, &names)?;
        let mut of_task = task_plan.inputs.clone();
        for (place, name) in task.after.iter().enumerate() {
            of_task.push(lookup(&names, name, || format!("{at}/after/{place}"))?);
        }
        edges += of_task.len();
        tasks.push(task_plan);
        needs.push(of_task);
    }
    at_most("/tasks", "edges", edges, limits::EDGES)?;
    items::check_sum(tasks.iter().map(|task| task.items))?;
    let graph = TaskGraph::new(needs).map_err(|Circle(circle)| {
        let first = circle[0];
        let mut around: Vec<String> = circle.iter().map(|t| tasks[t.index()].id.clone()).collect();
        around.push(around[0].clone());
        ScenarioError { at: format!("/tasks/{first}"), kind: Kind::Circle(around) }
    })?;
    let program = check_program(&scenario, &tasks, &names)?;
    let interventions = check_interventions(&scenario, &names)?;
    let start_method = scenario.start_method();
    let initializer = executor::check_initializer(&scenario)?;
    Ok(Plan { scenario, tasks, graph, names, program, interventions, start_method, initializer })
}

fn check_texts(scenario: &Scenario) -> Result<(), ScenarioError> {
    for (at, text) in [("/title", &scenario.title), ("/about", &scenario.about)] {
        at_most(at, "characters", text.chars().count(), limits::TEXT_CHARS)?;
    }
    at_most("/notes", "notes", scenario.notes.len(), limits::NOTES)?;
    for (place, note) in scenario.notes.iter().enumerate() {
        let at = format!("/notes/{place}/text");
        at_most(&at, "characters", note.text.chars().count(), limits::TEXT_CHARS)?;
    }
    let scale = scenario.scale;
    if !(1e-6..=10.0).contains(&scale) {
        let range = "from 0.000001 to 10";
        return wrong(
            "/scale",
            Kind::OutOfRange { name: "scale", range, value: scale.to_string() },
        );
    }
    Ok(())
}

fn task_names(tasks: &[Task]) -> Result<BTreeMap<String, TaskId>, ScenarioError> {
    at_most("/tasks", "tasks", tasks.len(), limits::TASKS)?;
    let mut names = BTreeMap::new();
    for (index, task) in tasks.iter().enumerate() {
        let at = format!("/tasks/{index}/id");
        check_name(&at, &task.id)?;
        if names.insert(task.id.clone(), TaskId::at(index)).is_some() {
            return wrong(at, Kind::DuplicateTask(task.id.clone()));
        }
    }
    Ok(names)
}

fn check_name(at: &str, name: &str) -> Result<(), ScenarioError> {
    let first_fits = name.chars().next().is_some_and(char::is_alphanumeric);
    let all_fit = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if first_fits && all_fit && name.chars().count() <= limits::NAME_CHARS {
        return Ok(());
    }
    let shown: String = name.chars().take(limits::NAME_CHARS).collect();
    wrong(at, Kind::BadName(shown))
}

fn lookup(
    names: &BTreeMap<String, TaskId>,
    name: &str,
    at: impl FnOnce() -> String,
) -> Result<TaskId, ScenarioError> {
    match names.get(name) {
        Some(task) => Ok(*task),
        None => wrong(at(), Kind::UnknownTask(name.to_owned())),
    }
}

fn check_task(
    at: &str,
    task: &Task,
    names: &BTreeMap<String, TaskId>,
) -> Result<TaskPlan, ScenarioError> {
    let Some(function) = function::find(&task.function) else {
        let nearest = nearest(&task.function);
        let kind = Kind::UnknownFunction { name: task.function.clone(), nearest };
        return wrong(format!("{at}/function"), kind);
    };
    for name in task.args.keys() {
        if !function.params.iter().any(|param| param.name == name) {
            let takes: Vec<&str> = function.params.iter().map(|param| param.name).collect();
            let takes = if takes.is_empty() { "none".to_owned() } else { takes.join(", ") };
            let kind = Kind::UnknownArgument { function: function.name, name: name.clone(), takes };
            return wrong(format!("{at}/args/{name}"), kind);
        }
    }
    let mut inputs = Vec::new();
    let mut args = Vec::with_capacity(function.params.len());
    for param in function.params {
        args.push(check_arg(at, task, function, param, names, &mut inputs)?);
    }
    let items = task.items();
    items::check_count(at, items)?;
    Ok(TaskPlan { id: task.id.clone(), function, args, inputs, items })
}

fn check_arg(
    at: &str,
    task: &Task,
    function: &'static Function,
    param: &Param,
    names: &BTreeMap<String, TaskId>,
    inputs: &mut Vec<TaskId>,
) -> Result<Argument, ScenarioError> {
    let Some(arg) = task.args.get(param.name) else {
        return match param.default {
            Some(default) => Ok(Argument::Value(default.value())),
            None => {
                let kind = Kind::MissingArgument { function: function.name, name: param.name };
                wrong(format!("{at}/args"), kind)
            }
        };
    };
    let at = format!("{at}/args/{}", param.name);
    let argument = argument(&at, arg, names, inputs)?;
    // What another task brings is known only when it runs; a function then raises, as in Python.
    if let Argument::Value(value) = &argument {
        param.check(value).map_err(|bad| ScenarioError { at, kind: Kind::WrongArgument(bad) })?;
    } else if let Argument::Each(each) = &argument {
        items::check_each(&at, each, param)?;
    }
    Ok(argument)
}

fn argument(
    at: &str,
    arg: &Arg,
    names: &BTreeMap<String, TaskId>,
    inputs: &mut Vec<TaskId>,
) -> Result<Argument, ScenarioError> {
    Ok(match arg {
        Arg::Value(value) => Argument::Value(value.clone()),
        Arg::From(name) => {
            inputs.push(lookup(names, name, || format!("{at}/from"))?);
            Argument::Input(inputs.len() - 1)
        }
        Arg::List(items) => {
            let mut list = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                items::refuse_inside_list(&format!("{at}/{index}"), item)?;
                list.push(argument(&format!("{at}/{index}"), item, names, inputs)?);
            }
            Argument::List(list)
        }
        Arg::Each(each) => Argument::Each(each.clone()),
    })
}

/// A function whose name is at most two letters away.
fn nearest(name: &str) -> Option<String> {
    let distance = |other: &str| edit_distance(name, other);
    let best = function::CATALOGUE.iter().min_by_key(|function| distance(function.name))?;
    (distance(best.name) <= 2).then(|| best.name.to_owned())
}

fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().take(limits::NAME_CHARS).enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

fn check_interventions(
    scenario: &Scenario,
    names: &BTreeMap<String, TaskId>,
) -> Result<Vec<Planned>, ScenarioError> {
    let plans = &scenario.interventions;
    at_most("/interventions", "interventions", plans.len(), limits::INTERVENTIONS)?;
    let check = |(index, intervention)| {
        check_intervention(&format!("/interventions/{index}"), scenario, intervention, names)
    };
    plans.iter().enumerate().map(check).collect()
}

fn check_intervention(
    at: &str,
    scenario: &Scenario,
    intervention: &Intervention,
    names: &BTreeMap<String, TaskId>,
) -> Result<Planned, ScenarioError> {
    let named = |name: &String| lookup(names, name, || format!("{at}/do"));
    let kills = matches!(intervention.act, PlannedAct::KillWorkerOf(_) | PlannedAct::KillWorker(_));
    if kills && !scenario.executor.kind.has_processes() {
        let text = "a thread cannot be killed, only a process; choose \"processes\"";
        return wrong(format!("{at}/do"), Kind::DoesNotFit(text.to_owned()));
    }
    let act = match &intervention.act {
        PlannedAct::Cancel(task) => Act::Cancel(named(task)?),
        PlannedAct::KillWorkerOf(task) => Act::KillWorkerOf(named(task)?),
        PlannedAct::KillWorker(worker) => Act::KillWorker(WorkerId(*worker)),
        PlannedAct::Open(task) => Act::Open(named(task)?),
        PlannedAct::Shutdown { cancel_futures } => {
            Act::Shutdown { cancel_futures: *cancel_futures }
        }
    };
    let when = check_moment(&format!("{at}/when"), scenario, &intervention.when, names)?;
    Ok(Planned { act, when })
}

fn check_moment(
    at: &str,
    scenario: &Scenario,
    moment: &Moment,
    names: &BTreeMap<String, TaskId>,
) -> Result<When, ScenarioError> {
    match (&moment.at, &moment.after) {
        (Some(span), None) if moment.plus.is_none() => {
            Ok(When::At(Instant::ZERO + span.scaled(scenario.scale)))
        }
        (None, Some(anchor)) => {
            let (kind, name) = match anchor {
                Anchor::Submitted(name) => (AnchorKind::Submitted, name),
                Anchor::Running(name) => (AnchorKind::Running, name),
                Anchor::Taken(name) => (AnchorKind::Taken, name),
                Anchor::Finished(name) => (AnchorKind::Finished, name),
                Anchor::Cancelled(name) => (AnchorKind::Cancelled, name),
            };
            let task = lookup(names, name, || format!("{at}/after"))?;
            let plus = moment.plus.unwrap_or(Span::ZERO).scaled(scenario.scale);
            Ok(When::After { kind, task, plus })
        }
        _ => {
            let text = "say either \"at\", or \"after\" and perhaps \"plus\"";
            wrong(at, Kind::DoesNotFit(text.to_owned()))
        }
    }
}
