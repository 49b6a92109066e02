//! Tasks: adding, copying, deleting, and what each does.

use std::collections::{BTreeMap, BTreeSet};

use super::edges::{self, edges_to, references, still_fits};
use super::refused::at_most;
use super::{Refused, clipboard, literals, names, rename, settings};
use crate::function::{self, Function};
use crate::graph::TaskGraph;
use crate::limits;
use crate::scenario::{Anchor, Arg, Intervention, PlannedAct, Scenario, Task};

/// How far a copy stands from what it was copied from.
const COPY_OFFSET: i32 = 40;

fn known(function: &str) -> Result<&'static Function, Refused> {
    function::find(function).ok_or_else(|| Refused::UnknownFunction(function.to_owned()))
}

/// See [`super::Edit::AddTask`].
pub(super) fn add(
    scenario: &mut Scenario,
    function: &str,
    position: Option<(i32, i32)>,
) -> Result<(), Refused> {
    let function = known(function)?;
    at_most("tasks", scenario.tasks.len() + 1, limits::TASKS)?;
    let mut task = Task {
        id: names::new_id(scenario, function.name),
        function: function.name.to_owned(),
        args: BTreeMap::new(),
        after: Vec::new(),
        position,
    };
    literals::fill(&mut task, function);
    scenario.tasks.push(task);
    Ok(())
}

/// See [`super::Edit::Duplicate`].
pub(super) fn duplicate(scenario: &mut Scenario, ids: &[String]) -> Result<(), Refused> {
    ids.iter().try_for_each(|id| names::find(scenario, id).map(drop))?;
    let chosen: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    let is_chosen = |task: &&Task| chosen.contains(task.id.as_str());
    let mut copies: Vec<Task> = scenario.tasks.iter().filter(is_chosen).cloned().collect();
    at_most("tasks", scenario.tasks.len() + copies.len(), limits::TASKS)?;
    for copy in &mut copies {
        let moved = |at: i32| at.saturating_add(COPY_OFFSET);
        copy.position = copy.position.map(|(x, y)| (moved(x), moved(y)));
    }
    clipboard::add_copies(scenario, copies)
}

/// See [`super::Edit::Remove`].
pub(super) fn remove(scenario: &mut Scenario, ids: &[String]) -> Result<(), Refused> {
    ids.iter().try_for_each(|id| names::find(scenario, id).map(drop))?;
    let gone: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    let is_gone = |id: &str| gone.contains(id);
    scenario.tasks.retain(|task| !is_gone(&task.id));
    scenario.tasks.iter_mut().for_each(|task| edges::detach(task, &is_gone));
    scenario.interventions.retain(|planned| !named_by(planned).into_iter().any(is_gone));
    if let Some(steps) = &mut scenario.program.steps {
        rename::forget(steps, &is_gone);
    }
    settings::drop_chunksize(scenario);
    Ok(())
}

/// The tasks that an intervention speaks of.
fn named_by(planned: &Intervention) -> Vec<&str> {
    let mut named: Vec<&str> = Vec::new();
    match &planned.act {
        PlannedAct::Cancel(task) | PlannedAct::KillWorkerOf(task) | PlannedAct::Open(task) => {
            named.push(task);
        }
        PlannedAct::KillWorker(_) | PlannedAct::Shutdown { .. } => {}
    }
    match &planned.when.after {
        Some(
            Anchor::Submitted(task)
            | Anchor::Running(task)
            | Anchor::Taken(task)
            | Anchor::Finished(task)
            | Anchor::Cancelled(task),
        ) => named.push(task),
        None => {}
    }
    named
}

/// See [`super::Edit::SetFunction`].
pub(super) fn set_function(
    scenario: &mut Scenario,
    task: &str,
    function: &str,
) -> Result<(), Refused> {
    let place = names::find(scenario, task)?;
    let function = known(function)?;
    let task = &mut scenario.tasks[place];
    let before: Vec<String> = edges_to(task).into_iter().map(|edge| edge.from).collect();
    function.name.clone_into(&mut task.function);
    task.args.retain(|name, arg| still_fits(Some(function), name, arg));
    // Whoever chooses another function did not ask for another graph.
    for from in before {
        if !edges_to(task).iter().any(|edge| edge.from == from) {
            edges::attach(task, &from);
        }
    }
    literals::fill(task, function);
    settings::drop_chunksize(scenario);
    Ok(())
}

/// See [`super::Edit::SetArg`].
pub(super) fn set_arg(
    scenario: &mut Scenario,
    id: &str,
    param: &str,
    arg: Option<&Arg>,
) -> Result<(), Refused> {
    let place = names::find(scenario, id)?;
    let task = &mut scenario.tasks[place];
    let Some(arg) = arg else {
        // Also an argument that the function does not know: so it can be got rid of.
        task.args.remove(param);
        settings::drop_chunksize(scenario);
        return Ok(());
    };
    if function::find(&task.function).is_some_and(|function| function.param(param).is_none()) {
        let (function, name) = (task.function.clone(), param.to_owned());
        return Err(Refused::UnknownArgument { function, name });
    }
    task.args.insert(param.to_owned(), arg.clone());
    settings::drop_chunksize(scenario);
    references(arg).into_iter().try_for_each(|from| names::find(scenario, from).map(drop))?;
    edges::refuse_too_many(scenario)?;
    // One look at the whole graph first: to look for the way around each edge takes its time.
    if TaskGraph::new(edges::needs(scenario)).is_err() {
        for from in references(arg) {
            edges::refuse_circle(scenario, from, id)?;
        }
    }
    Ok(())
}

/// See [`super::Edit::Move`].
pub(super) fn move_to(
    scenario: &mut Scenario,
    places: &[(String, (i32, i32))],
) -> Result<(), Refused> {
    let by_id: BTreeMap<String, usize> =
        scenario.tasks.iter().enumerate().rev().map(|(i, task)| (task.id.clone(), i)).collect();
    for (id, corner) in places {
        let place = by_id.get(id).ok_or_else(|| Refused::UnknownTask(id.clone()))?;
        scenario.tasks[*place].position = Some(*corner);
    }
    Ok(())
}
