//! What people call tasks, futures, workers and agents.

use crate::engine::event::{Agent, Part, Work};
use crate::units::{FutureId, TaskId, WorkerId};
use crate::view::View;

/// Bytes of a parent's name that an inner call repeats. Calls within calls within calls are legal,
/// and their names would grow with the square of their depth.
const LONGEST: usize = 200;

/// The name of the future of this work: the task's id, `a…c` for a chunk, `squares[3]` and
/// `squares[0…999]` for items of a map node, `a/0` for a call that the task of future `a` made
/// itself, `main/0` if the main thread was computing it.
pub fn of_work(
    work: &Work,
    part_name: impl Fn(Part) -> String,
    future_name: impl Fn(FutureId) -> String,
) -> String {
    match work {
        Work::Inner { of, number, .. } => {
            let parent = of.map_or_else(|| "main".to_owned(), future_name);
            if parent.len() > LONGEST {
                format!("…/{number}")
            } else {
                format!("{parent}/{number}")
            }
        }
        Work::Tasks(parts) => match &**parts {
            [] => "nothing".to_owned(),
            [part] => part_name(*part),
            [first, .., last] => {
                let first = Part { count: 1, ..*first };
                let last_item = last.first.saturating_add(last.count.saturating_sub(1));
                let last = Part { first: last_item, count: 1, ..*last };
                format!("{}…{}", part_name(first), part_name(last))
            }
        },
    }
}

/// A task that is no map node has just one item, and needs no number.
///
/// None stands for a task that there is not.
pub fn of_part(part: Part, task: Option<(&str, bool)>) -> String {
    let Part { task: number, first, count } = part;
    let (name, is_map_node) = match task {
        Some((name, is_map_node)) => (name.to_owned(), is_map_node),
        None => (format!("task {number}"), false),
    };
    let last = first.saturating_add(count).saturating_sub(1);
    match (first, count) {
        (0, 1) if !is_map_node => name,
        (_, 1) => format!("{name}[{first}]"),
        _ => format!("{name}[{first}…{last}]"),
    }
}

impl View {
    /// A task's id.
    pub fn task_name(&self, task: TaskId) -> String {
        match self.plan.tasks.get(task.index()) {
            Some(plan) => plan.id.clone(),
            None => format!("task {task}"),
        }
    }

    /// What a part of a call is called: `a`, `squares[3]`, `squares[0…999]`.
    pub fn part_name(&self, part: Part) -> String {
        let task = self.plan.tasks.get(part.task.index());
        of_part(part, task.map(|task| (task.id.as_str(), task.items.is_some())))
    }

    /// A future's name.
    pub fn future_name(&self, future: FutureId) -> String {
        match self.future(future) {
            Some(cell) => cell.name.clone(),
            None => format!("future {future}"),
        }
    }

    /// What an item of a future's call is called: in a chunk, the task that it is of.
    pub fn item_name(&self, future: FutureId, item: u32) -> String {
        let part = self.future(future).and_then(|cell| cell.work.part_at(item));
        match part {
            Some((part, within)) => {
                let first = part.first.saturating_add(within);
                self.part_name(Part { task: part.task, first, count: 1 })
            }
            None => self.future_name(future),
        }
    }

    /// A worker's name, as Python gives it.
    pub fn worker_name(&self, worker: WorkerId) -> String {
        match self.worker(worker) {
            Some(cell) => cell.name.clone(),
            None => format!("worker {worker}"),
        }
    }

    /// A worker's name, and its process's id in brackets if it has one: `X (pid 77)`.
    pub fn worker_name_and_pid(&self, worker: WorkerId) -> String {
        let name = self.worker_name(worker);
        match self.worker(worker).and_then(|cell| cell.pid) {
            Some(pid) => format!("{name} (pid {pid})"),
            None => name,
        }
    }

    /// Whose code does something.
    pub fn agent_name(&self, agent: Agent) -> String {
        match agent {
            Agent::Main => "main".to_owned(),
            Agent::Worker(worker) => self.worker_name(worker),
            Agent::Manager => "the manager thread".to_owned(),
            Agent::TaskHandler => "the task handler".to_owned(),
            Agent::ResultHandler => "the result handler".to_owned(),
            Agent::WorkerHandler => "the worker handler".to_owned(),
            Agent::Feeder => "the queue feeder thread".to_owned(),
            Agent::Person => "a person".to_owned(),
        }
    }
}
