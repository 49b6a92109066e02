//! What each name of a script stands for, as far as its text tells.

use std::collections::{BTreeMap, BTreeSet};

use super::printed::Given;
use crate::scenario::{ExecutorKind, Names, Plan, Step};
use crate::units::TaskId;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// The future of this task.
    Future(String),
    /// The futures of a map node.
    Futures,
    /// Now this future, now that: a loop's.
    Each(Vec<String>),
    /// What `map` or `imap` gave.
    Iterator,
    /// An exception.
    Exception,
    /// What `wait` gave.
    Sets,
    /// The result of `map_async`.
    Job,
    /// Anything that is printed as it is.
    Value,
    /// In a callback, what it was given.
    Given(Given),
}

/// What the names of a script stand for.
#[derive(Debug, Default)]
pub struct Meanings {
    by_name: BTreeMap<String, Meaning>,
    /// Tasks whose names are looked up by their futures.
    listed: BTreeSet<String>,
}

impl Meanings {
    /// Of this script.
    pub fn new(steps: &[Step], plan: &Plan) -> Self {
        let mut meanings = Self::default();
        // A loop may go through what is bound further down.
        for _ in 0..2 {
            meanings.bind_all(steps, plan);
        }
        meanings
    }

    /// What this name stands for.
    pub fn of(&self, name: &str) -> Option<&Meaning> {
        self.by_name.get(name)
    }

    /// From here on this name means that. Comes back with what it meant.
    pub fn means(&mut self, name: &str, meaning: Meaning) -> Option<Meaning> {
        self.by_name.insert(name.to_owned(), meaning)
    }

    /// Whether the name of this task's future is looked up somewhere.
    pub fn is_listed(&self, task: &str) -> bool {
        self.listed.contains(task)
    }

    /// Whether the names that are looked up are all of these tasks'.
    pub fn listed_are_all(&self, tasks: &[String]) -> bool {
        self.listed.iter().all(|task| tasks.contains(task))
    }

    /// The name of this one's future is looked up, whichever it is.
    pub fn list(&mut self, name: &str) {
        match self.by_name.get(name) {
            Some(Meaning::Each(tasks)) => {
                let tasks = tasks.clone();
                self.listed.extend(tasks);
            }
            Some(Meaning::Future(task)) => {
                let task = task.clone();
                self.listed.insert(task);
            }
            Some(Meaning::Futures) => {
                self.listed.insert(name.to_owned());
            }
            _ => {}
        }
    }

    /// The tasks that a name can stand for.
    pub fn tasks_of(&self, name: &str, plan: &Plan) -> Vec<TaskId> {
        let tasks: Vec<&str> = match self.by_name.get(name) {
            Some(Meaning::Future(task)) => vec![task],
            Some(Meaning::Futures) => vec![name],
            Some(Meaning::Each(tasks)) => tasks.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        tasks.into_iter().filter_map(|task| plan.names.get(task).copied()).collect()
    }

    /// A callback's own names; what they hid comes back with [`Meanings::leave_callback`].
    pub fn enter_callback(&mut self, given: Given) -> Vec<(String, Option<Meaning>)> {
        let own = match given {
            Given::Future => {
                vec![("future", Meaning::Given(given)), ("task", Meaning::Given(given))]
            }
            Given::Value | Given::Error => vec![("task", Meaning::Value)],
        };
        let own = own.into_iter().chain([("outcome", Meaning::Given(given))]);
        own.map(|(name, meaning)| (name.to_owned(), self.by_name.insert(name.to_owned(), meaning)))
            .collect()
    }

    /// The end of a callback.
    pub fn leave_callback(&mut self, outer: Vec<(String, Option<Meaning>)>) {
        for (name, meaning) in outer {
            match meaning {
                Some(meaning) => self.by_name.insert(name, meaning),
                None => self.by_name.remove(&name),
            };
        }
    }

    fn bind(&mut self, name: &str, meaning: Meaning) {
        self.by_name.insert(name.to_owned(), meaning);
    }

    fn futures(&self, names: &Names) -> Vec<String> {
        let of = |name: &String| match self.by_name.get(name) {
            Some(Meaning::Each(tasks)) => tasks.clone(),
            _ => vec![name.clone()],
        };
        names.as_slice().iter().flat_map(of).collect()
    }

    fn bind_all(&mut self, steps: &[Step], plan: &Plan) {
        for step in steps {
            self.bind_step(step, plan);
            for (_, block) in step.blocks() {
                self.bind_all(block, plan);
            }
        }
    }

    fn bind_step(&mut self, step: &Step, plan: &Plan) {
        match step {
            Step::Submit { task } | Step::ApplyAsync { task, .. } => {
                for name in task.as_slice() {
                    let is_node = plan.task(plan.names[name.as_str()]).items.is_some();
                    let future = Meaning::Future(name.clone());
                    self.bind(name, if is_node { Meaning::Futures } else { future });
                }
            }
            Step::Map { name, .. } if plan.kind() != ExecutorKind::Pool => {
                self.bind(name, Meaning::Iterator);
            }
            Step::Imap { name, .. } | Step::ImapUnordered { name, .. } => {
                self.bind(name, Meaning::Iterator);
            }
            Step::MapAsync { name, .. } => self.bind(name, Meaning::Job),
            Step::For { over: Names::One(over), name, .. } => {
                let meaning = match self.by_name.get(over) {
                    Some(Meaning::Futures) => Meaning::Each(vec![over.clone()]),
                    Some(Meaning::Each(tasks)) => Meaning::Each(tasks.clone()),
                    _ => Meaning::Value,
                };
                self.bind(name, meaning);
            }
            Step::For { over, name, .. } => {
                let is_future = |name: &String| {
                    matches!(
                        self.by_name.get(name),
                        Some(Meaning::Future(_) | Meaning::Futures | Meaning::Each(_))
                    )
                };
                let meaning = if over.as_slice().iter().all(is_future) {
                    Meaning::Each(self.futures(over))
                } else {
                    Meaning::Value
                };
                self.bind(name, meaning);
            }
            Step::AsCompleted { of, name, .. } => {
                let meaning = Meaning::Each(self.futures(of));
                self.bind(name, meaning);
            }
            Step::Wait { name: Some(name), .. } => self.bind(name, Meaning::Sets),
            Step::Exception { name: Some(name), .. } => self.bind(name, Meaning::Exception),
            Step::Try { except, .. } => {
                for name in except.iter().filter_map(|clause| clause.name.as_ref()) {
                    self.bind(name, Meaning::Exception);
                }
            }
            // A value: a result, an answer, a list.
            _ => step.bound().into_iter().for_each(|name| self.bind(name, Meaning::Value)),
        }
    }
}
