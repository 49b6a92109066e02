//! What people call tasks, futures, workers and agents.

use crate::engine::event::{Agent, Part, Work};
use crate::units::{FutureId, TaskId, WorkerId};
use crate::view::View;

/// Bytes of a parent's name that an inner call repeats. Calls within calls within calls are legal,
/// and their names would grow with the square of their depth.
const LONGEST: usize = 200;

/// The name of the future of this work: the task's id, `a…c` for a chunk, `a/0` for a call that the
/// task of future `a` made itself, `main/0` if the main thread was computing it.
pub fn of_work(
    work: &Work,
    task_name: impl Fn(TaskId) -> String,
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
        Work::Tasks(parts) => match parts.as_slice() {
            [] => "nothing".to_owned(),
            [part] => of_part(*part, &task_name),
            [first, .., last] => format!("{}…{}", task_name(first.task), task_name(last.task)),
        },
    }
}

/// A task that is no map node has just one item, and needs no number.
fn of_part(part: Part, task_name: impl Fn(TaskId) -> String) -> String {
    let Part { task, first, count } = part;
    let name = task_name(task);
    let last = first.saturating_add(count).saturating_sub(1);
    match (first, count) {
        (0, 1) => name,
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

    /// A future's name.
    pub fn future_name(&self, future: FutureId) -> String {
        match self.future(future) {
            Some(cell) => cell.name.clone(),
            None => format!("future {future}"),
        }
    }

    /// What an item of a future's call is called: in a chunk, the task that it is of.
    pub fn item_name(&self, future: FutureId, item: u32) -> String {
        let Some(Work::Tasks(parts)) = self.future(future).map(|cell| &cell.work) else {
            return self.future_name(future);
        };
        let mut before = 0;
        for part in parts {
            let within = item - before;
            if within < part.count {
                let first = part.first.saturating_add(within);
                let one = Part { task: part.task, first, count: 1 };
                return of_part(one, |task| self.task_name(task));
            }
            before += part.count;
        }
        self.future_name(future)
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
