//! Copying and pasting: what is copied is a small experiment, so its text can be read, pasted into
//! another page or a chat, and run as it is.

use std::collections::{BTreeMap, BTreeSet};

use super::refused::at_most;
use super::{Refused, drawable, edges, names, rename};
use crate::graph::layout::{layout, place_together};
use crate::limits;
use crate::scenario::{Mode, Program, Scenario, Task};

/// An experiment of these tasks alone, with the edges among them. What another task fed has its
/// sensible literal. Ids that there are not are passed over.
pub fn copied(scenario: &Scenario, ids: &BTreeSet<String>) -> Scenario {
    let is_chosen = |task: &&Task| ids.contains(&task.id);
    let mut tasks: Vec<Task> = scenario.tasks.iter().filter(is_chosen).cloned().collect();
    leave_others(&mut tasks);
    let mode = scenario.program.mode.or(Some(Mode::Submit));
    Scenario {
        title: String::new(),
        about: String::new(),
        tasks,
        program: Program { mode, with_block: true, ..Program::default() },
        interventions: Vec::new(),
        notes: Vec::new(),
        ..scenario.clone()
    }
}

/// See [`super::Edit::Paste`].
pub(super) fn paste(
    scenario: &mut Scenario,
    tasks: &[Task],
    near: (i32, i32),
) -> Result<(), Refused> {
    at_most("tasks", scenario.tasks.len() + tasks.len(), limits::TASKS)?;
    let mut tasks = tasks.to_vec();
    leave_others(&mut tasks);
    place(scenario, &mut tasks, near);
    add_copies(scenario, tasks)
}

/// Adds tasks at the end, those whose id is taken under the next free one; they speak of each other
/// by their new ids.
pub(super) fn add_copies(scenario: &mut Scenario, mut copies: Vec<Task>) -> Result<(), Refused> {
    let mut taken: BTreeSet<String> = scenario.tasks.iter().map(|task| task.id.clone()).collect();
    let mut copy_of = BTreeMap::new();
    for copy in &mut copies {
        if taken.contains(&copy.id) {
            let id = names::next_id(&copy.id, |id| taken.contains(id));
            copy_of.insert(std::mem::replace(&mut copy.id, id.clone()), id);
        }
        taken.insert(copy.id.clone());
    }
    for copy in &mut copies {
        rename::references_of(copy, &mut |name| {
            if let Some(copy) = copy_of.get(name) {
                name.clone_from(copy);
            }
        });
    }
    scenario.tasks.extend(copies);
    edges::refuse_too_many(scenario)
}

/// Takes away the edges from tasks that are not among these.
fn leave_others(tasks: &mut [Task]) {
    let ids: BTreeSet<String> = tasks.iter().map(|task| task.id.clone()).collect();
    tasks.iter_mut().for_each(|task| edges::detach(task, &|other| !ids.contains(other)));
}

/// Moves the tasks as a whole to where there is room, near this point.
fn place(scenario: &Scenario, tasks: &mut [Task], near: (i32, i32)) {
    if tasks.iter().any(|task| task.position.is_none()) {
        let alone = Scenario { tasks: tasks.to_vec(), ..scenario.clone() };
        for (task, corner) in tasks.iter_mut().zip(layout(&drawable(&alone))) {
            task.position = Some(corner);
        }
    }
    let corner = |task: &Task| task.position;
    let existing: Vec<_> = scenario.tasks.iter().filter_map(corner).collect();
    let together: Vec<_> = tasks.iter().filter_map(corner).collect();
    let by = place_together(&existing, &together, near);
    for task in tasks {
        task.position =
            task.position.map(|(x, y)| (x.saturating_add(by.0), y.saturating_add(by.1)));
    }
}
