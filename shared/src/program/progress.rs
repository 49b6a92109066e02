//! What has come of each task of the graph, as the program knows it.

use std::collections::BTreeMap;

use crate::engine::event::{Because, Part};
use crate::outcome::Raised;
use crate::scenario::{Count, Plan};
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
    /// What has come of the items of the map nodes that are not over.
    gathered: BTreeMap<TaskId, Gathered>,
}

/// What has come of a map node's items so far.
#[derive(Debug, Clone, Hash)]
struct Gathered {
    /// By item; `None` where nothing has come.
    values: Vec<Value>,
    /// How many items something has yet to come of.
    left: usize,
    /// The exception of the first item, in input order, that raised.
    raised: Option<(u32, Raised)>,
}

/// What follows when a task, or a part of it, is over.
#[derive(Debug, Default)]
pub struct Over {
    /// Tasks that are ready now, ascending.
    pub ready: Vec<TaskId>,
    /// Tasks that can therefore not be computed, nearest first.
    pub skips: Vec<(TaskId, Because)>,
}

impl Progress {
    /// Nothing has come of anything yet.
    pub fn new(plan: &Plan) -> Self {
        let graph = &plan.graph;
        let gathered =
            plan.tasks.iter().enumerate().filter_map(|(index, task)| match task.items? {
                Count::Finite(items) => {
                    let items = usize::try_from(items).expect("items are limited");
                    let values = Vec::new();
                    Some((TaskId::at(index), Gathered { values, left: items, raised: None }))
                }
                // Its list is never complete, and nobody gathers it.
                Count::Endless => None,
            });
        let missing = |needs: &Vec<TaskId>| u32::try_from(needs.len()).expect("edges are limited");
        Self {
            fates: vec![Fate::Open; graph.needs.len()],
            missing: graph.needs.iter().map(missing).collect(),
            open: graph.needs.len(),
            needs: graph.needs.clone(),
            dependents: graph.dependents.clone(),
            gathered: gathered.collect(),
        }
    }

    /// A call of a task is over: of a task that is no map node, the task is. A map node is when all of
    /// its items are; then its value is the list of theirs, or the first exception in input order.
    pub fn part_over(&mut self, part: Part, came: Result<Value, Raised>) -> Over {
        if !self.is_open(part.task) {
            return Over::default();
        }
        let Some(gathered) = self.gathered.get_mut(&part.task) else {
            return self.over(part.task, came);
        };
        gathered.take(part, came);
        if gathered.left > 0 {
            return Over::default();
        }
        let Some(Gathered { values, raised, .. }) = self.gathered.remove(&part.task) else {
            unreachable!("it was there a moment ago");
        };
        self.over(part.task, raised.map_or(Ok(Value::List(values)), |(_, raised)| Err(raised)))
    }

    /// A map node without items: its list is empty, and nothing is submitted for it (rule 57).
    pub fn nothing_to_do(&mut self, task: TaskId) -> Option<Over> {
        let empty = self.gathered.get(&task).is_some_and(|gathered| gathered.left == 0);
        if !empty || !self.is_open(task) {
            return None;
        }
        self.gathered.remove(&task);
        Some(self.over(task, Ok(Value::List(Vec::new()))))
    }

    fn over(&mut self, task: TaskId, came: Result<Value, Raised>) -> Over {
        match came {
            Ok(value) => Over { ready: self.returned(task, value), skips: Vec::new() },
            Err(raised) => Over { ready: Vec::new(), skips: self.raised(task, &raised) },
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

impl Gathered {
    fn take(&mut self, part: Part, came: Result<Value, Raised>) {
        let (first, count) = (part.first as usize, part.count as usize);
        self.left -= count;
        match came {
            Ok(value) => {
                if self.values.len() < first + count {
                    self.values.resize(first + count, Value::None);
                }
                match value {
                    // A chunk of several brings a list of their values.
                    Value::List(values) if count > 1 => {
                        for (place, value) in values.into_iter().enumerate().take(count) {
                            self.values[first + place] = value;
                        }
                    }
                    value => self.values[first] = value,
                }
            }
            Err(raised) => {
                if self.raised.as_ref().is_none_or(|(item, _)| part.first < *item) {
                    self.raised = Some((part.first, raised));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(tasks: &str) -> Progress {
        let text = format!(
            r#"{{"format":1,"executor":{{"kind":"threads","workers":1}},"tasks":[{tasks}],
            "program":{{"mode":"submit"}}}}"#
        );
        Progress::new(&crate::scenario::Scenario::parse(&text).unwrap().check().unwrap())
    }

    fn diamond() -> Progress {
        progress(
            r#"{"id":"a","function":"hang"},{"id":"b","function":"hang","after":["a"]},
            {"id":"c","function":"hang","after":["a"]},
            {"id":"d","function":"hang","after":["b","c"]}"#,
        )
    }

    /// A map node of five items, and a task that needs it.
    fn mapped() -> Progress {
        progress(
            r#"{"id":"a","function":"square","args":{"x":{"each":{"range":[5]}}}},
            {"id":"b","function":"sum","args":{"values":{"from":"a"}}}"#,
        )
    }

    fn part(first: u32, count: u32) -> Part {
        Part { task: TaskId(0), first, count }
    }

    #[test]
    fn a_map_node_is_over_when_all_its_chunks_are_and_its_value_is_their_list_in_input_order() {
        let mut progress = mapped();
        let list = |ints: &[i64]| Value::List(ints.iter().copied().map(Value::Int).collect());
        assert!(progress.part_over(part(3, 2), Ok(list(&[9, 16]))).ready.is_empty());
        assert!(progress.part_over(part(2, 1), Ok(Value::Int(4))).ready.is_empty());
        assert_eq!(progress.part_over(part(0, 2), Ok(list(&[0, 1]))).ready, [TaskId(1)]);
        assert_eq!(progress.value(TaskId(0)), &list(&[0, 1, 4, 9, 16]));
    }

    #[test]
    fn of_several_exceptions_the_first_in_input_order_decides() {
        let mut progress = mapped();
        let oops = |kind: &str| Err(Raised::new(kind, ""));
        progress.part_over(part(3, 2), oops("ValueError"));
        progress.part_over(part(0, 2), oops("CancelledError"));
        let over = progress.part_over(part(2, 1), Ok(Value::Int(4)));
        assert_eq!(over.skips, [(TaskId(1), Because::InputCancelled(TaskId(0)))]);
    }

    #[test]
    fn rule_57_a_map_node_without_items_is_an_empty_list_at_once() {
        let mut progress = progress(
            r#"{"id":"a","function":"square","args":{"x":{"each":[]}}},
            {"id":"b","function":"sum","args":{"values":{"from":"a"}}}"#,
        );
        assert_eq!(progress.nothing_to_do(TaskId(0)).unwrap().ready, [TaskId(1)]);
        assert!(progress.nothing_to_do(TaskId(0)).is_none());
        assert_eq!(progress.value(TaskId(0)), &Value::List(Vec::new()));
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
