//! Ids: finding tasks by them, making new ones, and whether a text can be one.

use std::collections::BTreeSet;

use super::Refused;
use crate::limits;
use crate::scenario::{
    Executor, ExecutorKind, FORMAT, Mode, Program, Scenario, ScenarioErrorKind, Task,
};

/// An id that no task has: `sleep`, then `sleep-2`, `sleep-3` …
pub fn new_id(scenario: &Scenario, wanted: &str) -> String {
    let taken: BTreeSet<&str> = scenario.tasks.iter().map(|task| task.id.as_str()).collect();
    if !taken.contains(wanted) {
        return wanted.to_owned();
    }
    next_id(wanted, |id| taken.contains(id))
}

/// The id of a copy: `a-2` of `a`, and of `task-5` the next `task-6` that is free.
pub(super) fn next_id(id: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = id.rsplit_once('-').filter(|(stem, _)| !stem.is_empty());
    let (stem, first) = match numbered.map(|(stem, number)| (stem, number.parse::<u32>())) {
        Some((stem, Ok(number))) => (stem, u64::from(number) + 1),
        _ => (id, 2),
    };
    // As many numbers as there are tasks and one more are tried at most, since each is another id.
    (first..u64::MAX)
        .map(|number| {
            let ending = format!("-{number}");
            let room = limits::NAME_CHARS - ending.len();
            stem.chars().take(room).collect::<String>() + &ending
        })
        .find(|id| !is_taken(id))
        .expect("there are more numbers than tasks")
}

/// The place of the task with this id; of several, the first.
pub(super) fn find(scenario: &Scenario, id: &str) -> Result<usize, Refused> {
    let place = scenario.tasks.iter().position(|task| task.id == id);
    place.ok_or_else(|| Refused::UnknownTask(id.to_owned()))
}

/// Whether a text can be a task's id.
pub(super) fn is_name(text: &str) -> bool {
    !matches!(probe(text, "hang"), Some(ScenarioErrorKind::BadName(_)))
}

/// What [`Scenario::check`] says of a task with this id and function and no arguments.
///
/// So there is one rule for names and one way to find a function that is nearly spelled so.
pub(super) fn probe(id: &str, function: &str) -> Option<ScenarioErrorKind> {
    let task = Task {
        id: id.to_owned(),
        function: function.to_owned(),
        args: std::collections::BTreeMap::new(),
        after: Vec::new(),
        position: None,
    };
    empty(vec![task]).check().err().map(|error| error.kind)
}

/// A scenario with nothing but these tasks.
fn empty(tasks: Vec<Task>) -> Scenario {
    Scenario {
        format: FORMAT,
        title: String::new(),
        about: String::new(),
        python: crate::scenario::Python::default(),
        scale: 1.0,
        executor: Executor {
            kind: ExecutorKind::Threads,
            workers: 1,
            start_method: None,
            thread_name_prefix: None,
            initializer: None,
            max_tasks_per_child: None,
            gil: None,
        },
        tasks,
        program: Program { mode: Some(Mode::Submit), with_block: true, ..Program::default() },
        interventions: Vec::new(),
        seed: 0,
        compare: crate::scenario::Compare::default(),
        changes: std::collections::BTreeSet::new(),
        notes: Vec::new(),
    }
}
