//! What has come of each task of the graph, as the program knows it.

use crate::engine::event::Because;
use crate::graph::TaskGraph;
use crate::outcome::Raised;
use crate::units::TaskId;
use crate::value::Value;

/// What has come of a task.
#[derive(Debug, Clone, PartialEq, Hash)]
enum Fate {
    /// It is not over.
    Open,
    /// It returned this.
    Returned(Value),
    /// It raised, was cancelled, or is skipped.
    Lost,
}

/// What has come of each task.
#[derive(Debug, Clone, Hash)]
pub struct Progress {
    fates: Vec<Fate>,
    /// How many of its needs have not returned.
    missing: Vec<u32>,
    /// How many tasks are not over.
    open: usize,
    needs: Vec<Vec<TaskId>>,
    dependents: Vec<Vec<TaskId>>,
}

impl Progress {
    /// Nothing has come of anything yet.
    pub fn new(graph: &TaskGraph) -> Self {
        let missing = |needs: &Vec<TaskId>| u32::try_from(needs.len()).expect("edges are limited");
        Self {
            fates: vec![Fate::Open; graph.needs.len()],
            missing: graph.needs.iter().map(missing).collect(),
            open: graph.needs.len(),
            needs: graph.needs.clone(),
            dependents: graph.dependents.clone(),
        }
    }

    /// Tasks that need nothing, ascending.
    pub fn roots(&self) -> Vec<TaskId> {
        let is_root = |index: &usize| self.needs[*index].is_empty();
        (0..self.needs.len()).filter(is_root).map(TaskId::at).collect()
    }

    /// Whether every task is over.
    pub fn all_over(&self) -> bool {
        self.open == 0
    }

    /// Whether this task is not over.
    pub fn is_open(&self, task: TaskId) -> bool {
        self.fates[task.index()] == Fate::Open
    }

    /// What a task returned.
    ///
    /// # Panics
    /// If it has not.
    pub fn value(&self, task: TaskId) -> &Value {
        match &self.fates[task.index()] {
            Fate::Returned(value) => value,
            Fate::Open | Fate::Lost => panic!("task {task} has not returned"),
        }
    }

    /// A task returned; comes back with the tasks that are ready now, ascending.
    pub fn returned(&mut self, task: TaskId, value: Value) -> Vec<TaskId> {
        if !self.close(task, Fate::Returned(value)) {
            return Vec::new();
        }
        let mut ready = Vec::new();
        for dependent in self.dependents[task.index()].clone() {
            self.missing[dependent.index()] -= 1;
            if self.missing[dependent.index()] == 0 && self.is_open(dependent) {
                ready.push(dependent);
            }
        }
        ready
    }

    /// A task raised or was cancelled; comes back with everything that can therefore not be computed,
    /// nearest first.
    pub fn raised(&mut self, task: TaskId, raised: &Raised) -> Vec<(TaskId, Because)> {
        // A cancelled future's `result()` raises, and nothing else raises this class.
        let because = if raised.kind == "CancelledError" {
            Because::InputCancelled(task)
        } else {
            Because::InputFailed(task)
        };
        if self.close(task, Fate::Lost) { self.lose(task, because) } else { Vec::new() }
    }

    /// A task will not be submitted; comes back with itself and everything that needs it.
    pub fn skipped(&mut self, task: TaskId, because: Because) -> Vec<(TaskId, Because)> {
        if !self.close(task, Fate::Lost) {
            return Vec::new();
        }
        let mut skipped = vec![(task, because)];
        skipped.extend(self.lose(task, Because::InputSkipped(task)));
        skipped
    }

    fn lose(&mut self, task: TaskId, because: Because) -> Vec<(TaskId, Because)> {
        let mut skipped: Vec<(TaskId, Because)> = Vec::new();
        let mut from = vec![(task, because)];
        while let Some((task, because)) = from.pop() {
            for dependent in self.dependents[task.index()].clone() {
                if self.close(dependent, Fate::Lost) {
                    skipped.push((dependent, because));
                    from.insert(0, (dependent, Because::InputSkipped(dependent)));
                }
            }
        }
        skipped
    }

    fn close(&mut self, task: TaskId, fate: Fate) -> bool {
        if !self.is_open(task) {
            return false;
        }
        self.fates[task.index()] = fate;
        self.open -= 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diamond() -> Progress {
        let needs = vec![vec![], vec![TaskId(0)], vec![TaskId(0)], vec![TaskId(1), TaskId(2)]];
        Progress::new(&TaskGraph::new(needs).unwrap())
    }

    #[test]
    fn a_task_is_ready_when_its_last_input_returned() {
        let mut progress = diamond();
        assert_eq!(progress.returned(TaskId(0), Value::Int(1)), [TaskId(1), TaskId(2)]);
        assert_eq!(progress.returned(TaskId(2), Value::Int(2)), []);
        assert_eq!(progress.returned(TaskId(1), Value::Int(3)), [TaskId(3)]);
        assert!(!progress.all_over());
    }

    #[test]
    fn what_needs_a_failed_task_is_skipped_once_and_says_why() {
        let mut progress = diamond();
        let skipped = progress.raised(TaskId(0), &Raised::new("ValueError", ""));
        let expected = [
            (TaskId(1), Because::InputFailed(TaskId(0))),
            (TaskId(2), Because::InputFailed(TaskId(0))),
            (TaskId(3), Because::InputSkipped(TaskId(1))),
        ];
        assert_eq!(skipped, expected);
        assert!(progress.all_over());
    }
}
