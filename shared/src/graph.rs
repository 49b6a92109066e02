//! The task graph's shape: who needs whom, levels, circles.
//!
//! Python's executors know nothing of dependencies; the program around them does. This module knows
//! only numbers and arrows; names, functions and arguments belong to [`crate::scenario`].

pub mod layout;

use crate::units::TaskId;

/// Who needs whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskGraph {
    /// For each task, the tasks it needs, ascending, each once.
    pub needs: Vec<Vec<TaskId>>,
    /// For each task, the tasks that need it, ascending, each once.
    pub dependents: Vec<Vec<TaskId>>,
    /// Tasks by longest distance from a task that needs nothing; ascending within a level.
    pub levels: Vec<Vec<TaskId>>,
}

/// Tasks that wait for themselves: each needs the next, the last needs the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle(pub Vec<TaskId>);

impl TaskGraph {
    /// The graph in which task `i` needs the tasks `needs[i]`.
    ///
    /// # Errors
    /// [`Circle`] if a task would wait for itself.
    pub fn new(mut needs: Vec<Vec<TaskId>>) -> Result<Self, Circle> {
        for of_task in &mut needs {
            of_task.sort_unstable();
            of_task.dedup();
        }
        let mut dependents = vec![Vec::new(); needs.len()];
        for (index, of_task) in needs.iter().enumerate() {
            for needed in of_task {
                dependents[needed.index()].push(TaskId::at(index));
            }
        }
        let levels = levels(&needs, &dependents).ok_or_else(|| circle(&needs))?;
        Ok(Self { needs, dependents, levels })
    }

    /// Tasks that nobody needs, ascending.
    pub fn sinks(&self) -> impl Iterator<Item = TaskId> + '_ {
        let nobody_needs = |index: &usize| self.dependents[*index].is_empty();
        (0..self.needs.len()).filter(nobody_needs).map(TaskId::at)
    }
}

/// Kahn's algorithm a level at a time; nothing if some tasks are left over.
fn levels(needs: &[Vec<TaskId>], dependents: &[Vec<TaskId>]) -> Option<Vec<Vec<TaskId>>> {
    let mut missing: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut level: Vec<TaskId> =
        (0..needs.len()).filter(|&i| missing[i] == 0).map(TaskId::at).collect();
    let mut levels = Vec::new();
    let mut placed = 0;
    while !level.is_empty() {
        placed += level.len();
        let mut next = Vec::new();
        for task in &level {
            for dependent in &dependents[task.index()] {
                missing[dependent.index()] -= 1;
                if missing[dependent.index()] == 0 {
                    next.push(*dependent);
                }
            }
        }
        next.sort_unstable();
        levels.push(std::mem::replace(&mut level, next));
    }
    (placed == needs.len()).then_some(levels)
}

/// Some circle of a graph that has one, found by walking from need to need until a task comes again.
fn circle(needs: &[Vec<TaskId>]) -> Circle {
    // Tasks that can be finished are peeled off first, so that the walk cannot leave the circles.
    let mut stuck: Vec<bool> = vec![true; needs.len()];
    let mut changed = true;
    while changed {
        changed = false;
        for index in 0..needs.len() {
            if stuck[index] && needs[index].iter().all(|need| !stuck[need.index()]) {
                stuck[index] = false;
                changed = true;
            }
        }
    }
    let start = stuck.iter().position(|stuck| *stuck).expect("a graph without levels has a circle");
    let mut path = vec![TaskId::at(start)];
    loop {
        let last = path[path.len() - 1];
        let next = needs[last.index()]
            .iter()
            .copied()
            .find(|need| stuck[need.index()])
            .expect("a stuck task needs a stuck task");
        if let Some(at) = path.iter().position(|task| *task == next) {
            return Circle(path.split_off(at));
        }
        path.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(numbers: &[u32]) -> Vec<TaskId> {
        numbers.iter().copied().map(TaskId).collect()
    }

    #[test]
    fn a_level_holds_what_the_levels_before_it_make_ready() {
        let graph = TaskGraph::new(vec![ids(&[]), ids(&[0, 0]), ids(&[0]), ids(&[2, 1])]).unwrap();
        assert_eq!(graph.levels, [ids(&[0]), ids(&[1, 2]), ids(&[3])]);
        assert_eq!(graph.dependents[0], ids(&[1, 2]));
        assert_eq!(graph.sinks().collect::<Vec<_>>(), ids(&[3]));
    }

    #[test]
    fn a_circle_is_named_without_the_tasks_that_only_lead_to_it() {
        let needs = vec![ids(&[1]), ids(&[2]), ids(&[3]), ids(&[1]), ids(&[])];
        assert_eq!(TaskGraph::new(needs), Err(Circle(ids(&[1, 2, 3]))));
        assert_eq!(TaskGraph::new(vec![ids(&[0])]), Err(Circle(ids(&[0]))));
    }
}
