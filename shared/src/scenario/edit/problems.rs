//! Everything that is wrong with a scenario at once.
//!
//! [`Scenario::check`] stops at the first thing: enough for whoever runs it, too little for whoever
//! writes it. Tasks are looked at here one by one. For all else, `check` itself is asked, of a copy
//! in which each thing that it named was put right, so there is no second set of rules to keep.

use std::collections::BTreeSet;

use super::edges::{self, edges};
use super::names::{is_name, probe};
use super::steps::StepPath;
use crate::function;
use crate::graph::{Circle, TaskGraph};
use crate::limits;
use crate::scenario::check::items;
use crate::scenario::error::at_most;
use crate::scenario::{
    Arg, Count, Each, Except, FORMAT, Intervention, Mode, Moment, OnError, PlannedAct, Program,
    Python, Range, Scenario, ScenarioError, ScenarioErrorKind as Kind, Step, Task,
};
use crate::units::Span;

/// Problems that are named at most: nobody reads more, and a page has to show them.
pub const PROBLEMS: usize = 100;

/// What is wrong with the scenario, in the document's order; empty exactly if it checks.
///
/// At least: for each task its id, its function, each argument and each reference; a circle; and the
/// first wrong thing of each other field, of each step that is in no wrong one, and of each
/// intervention.
pub fn problems(scenario: &Scenario) -> Vec<ScenarioError> {
    // Asked after every edit, and mostly nothing is wrong.
    let Err(first) = scenario.clone().check() else { return Vec::new() };
    let (behind, mut found): (Vec<_>, Vec<_>) = around(scenario)
        .into_iter()
        .partition(|error| error.at.starts_with("/program") || error.at.starts_with("/interv"));
    found.extend(of_tasks(scenario));
    found.extend(behind);
    // Whatever is not foreseen above is still said.
    if !found.contains(&first) {
        found.insert(0, first);
    }
    found.truncate(PROBLEMS);
    found
}

fn of_tasks(scenario: &Scenario) -> Vec<ScenarioError> {
    let mut found: Vec<ScenarioError> =
        at_most("/tasks", "tasks", scenario.tasks.len(), limits::TASKS).err().into_iter().collect();
    let ids: BTreeSet<&str> = scenario.tasks.iter().map(|task| task.id.as_str()).collect();
    let mut seen = BTreeSet::new();
    for (index, task) in scenario.tasks.iter().enumerate().take(limits::TASKS) {
        let mut report = Report { at: format!("/tasks/{index}"), ids: &ids, found: &mut found };
        if !is_name(&task.id) {
            report.add("/id", Kind::BadName(task.id.chars().take(limits::NAME_CHARS).collect()));
        } else if !seen.insert(&task.id) {
            report.add("/id", Kind::DuplicateTask(task.id.clone()));
        }
        report.function_and_arguments(task);
        for (place, name) in task.after.iter().enumerate() {
            report.reference(&format!("/after/{place}"), name);
        }
        if found.len() > PROBLEMS {
            return found;
        }
    }
    found.extend(at_most("/tasks", "edges", edges(scenario).len(), limits::EDGES).err());
    found.extend(items::check_sum(scenario.tasks.iter().map(Task::items)).err());
    if let Err(Circle(circle)) = TaskGraph::new(edges::needs(scenario)) {
        let name = |place: usize| scenario.tasks[circle[place % circle.len()].index()].id.clone();
        let around = (0..=circle.len()).map(name).collect();
        found.push(ScenarioError {
            at: format!("/tasks/{}", circle[0]),
            kind: Kind::Circle(around),
        });
    }
    found
}

/// What is wrong with one task.
struct Report<'a> {
    /// Its place.
    at: String,
    /// The ids of all tasks.
    ids: &'a BTreeSet<&'a str>,
    found: &'a mut Vec<ScenarioError>,
}

impl Report<'_> {
    fn add(&mut self, place: &str, kind: Kind) {
        self.found.push(ScenarioError { at: format!("{}{place}", self.at), kind });
    }

    fn reference(&mut self, place: &str, name: &str) {
        if !self.ids.contains(name) {
            self.add(place, Kind::UnknownTask(name.to_owned()));
        }
    }

    fn function_and_arguments(&mut self, task: &Task) {
        let Some(function) = function::find(&task.function) else {
            // Any id that is a name will do: it is the function that is asked about.
            if let Some(unknown @ Kind::UnknownFunction { .. }) = probe("a", &task.function) {
                self.add("/function", unknown);
            }
            for (name, arg) in &task.args {
                self.references(&format!("/args/{name}"), arg);
            }
            return;
        };
        for (name, arg) in &task.args {
            let place = format!("/args/{name}");
            match function.param(name) {
                Some((_, param)) => {
                    self.references(&place, arg);
                    if let Arg::Value(value) = arg
                        && let Err(bad) = param.check(value)
                    {
                        self.add(&place, Kind::WrongArgument(bad));
                    }
                    if let Arg::Each(each) = arg {
                        let at = format!("{}{place}", self.at);
                        self.found.extend(items::check_each(&at, each, param).err());
                    }
                }
                None => {
                    let takes: Vec<&str> = function.params.iter().map(|param| param.name).collect();
                    let takes = if takes.is_empty() { "none".to_owned() } else { takes.join(", ") };
                    let (function, name) = (function.name, name.clone());
                    self.add(&place, Kind::UnknownArgument { function, name, takes });
                }
            }
        }
        self.found.extend(items::check_count(&self.at, task.items()).err());
        for param in function.params {
            if param.default.is_none() && !task.args.contains_key(param.name) {
                let (function, name) = (function.name, param.name);
                self.add("/args", Kind::MissingArgument { function, name });
            }
        }
    }

    fn references(&mut self, place: &str, arg: &Arg) {
        match arg {
            Arg::Value(_) | Arg::Each(_) => {}
            Arg::From(name) => self.reference(&format!("{place}/from"), name),
            Arg::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let at = format!("{}{place}/{index}", self.at);
                    self.found.extend(items::refuse_inside_list(&at, item).err());
                    self.references(&format!("{place}/{index}"), item);
                }
            }
        }
    }
}

/// What is wrong outside the tasks.
fn around(scenario: &Scenario) -> Vec<ScenarioError> {
    let mut draft = Scenario { tasks: stand_ins(&scenario.tasks), ..scenario.clone() };
    let ids: BTreeSet<&str> = scenario.tasks.iter().map(|task| task.id.as_str()).collect();
    let mut found = Vec::new();
    while let Err(error) = draft.clone().check() {
        if found.len() > PROBLEMS || !put_right(&mut draft, &error.at) {
            break;
        }
        // A task whose id cannot be a name has no stand-in, but it is there; its id is what is wrong.
        if !matches!(&error.kind, Kind::UnknownTask(name) if ids.contains(name.as_str())) {
            found.push(error);
        }
    }
    found
}

/// For each id that can be one, a task that is right; a map node for a map node, and an endless one
/// for an endless one, because the program cares.
fn stand_ins(tasks: &[Task]) -> Vec<Task> {
    let mut seen = BTreeSet::new();
    let fits = |task: &&Task| is_name(&task.id) && seen.insert(task.id.clone());
    let stand_in = |task: &Task| Task {
        id: task.id.clone(),
        function: if task.is_map_node() { "identity" } else { "hang" }.to_owned(),
        args: task
            .items()
            .map(|items| ("value".to_owned(), stand_in_items(items)))
            .into_iter()
            .collect(),
        after: Vec::new(),
        position: None,
    };
    tasks.iter().take(limits::TASKS).filter(fits).map(stand_in).collect()
}

fn stand_in_items(items: Count) -> Arg {
    Arg::Each(match items {
        Count::Finite(_) => Each::Range(Range { start: 0, stop: 1, step: 1 }),
        Count::Endless => Each::Count(0),
    })
}

/// Puts something in place of a step that binds what it bound and does nothing, so that the steps
/// behind it are looked at, and find their names. False if there is no such step.
fn put_step_right(program: &mut Program, at: &str) -> bool {
    let Some(steps) = &mut program.steps else { return false };
    let Some(path) = StepPath::at_pointer(steps, at) else { return false };
    let Some(step) = path.step_mut(steps) else { return false };
    let mut bound = Vec::new();
    names_bound(step, &mut bound);
    bound.retain(|name| is_name(name));
    let clause = |name| Except { kind: String::new(), name: Some(name), steps: Vec::new() };
    let stand_in = Step::Try { steps: Vec::new(), except: bound.into_iter().map(clause).collect() };
    let is_new = *step != stand_in;
    *step = stand_in;
    is_new
}

fn names_bound(step: &Step, found: &mut Vec<String>) {
    found.extend(step.bound().into_iter().map(str::to_owned));
    for (_, block) in step.blocks() {
        block.iter().for_each(|step| names_bound(step, found));
    }
}

/// Makes what `check` complained about right; false if that is not known how.
fn put_right(draft: &mut Scenario, at: &str) -> bool {
    let program = &mut draft.program;
    match at {
        "/format" => draft.format = FORMAT,
        "/title" => draft.title.clear(),
        "/about" => draft.about.clear(),
        "/scale" => draft.scale = 1.0,
        "/executor/workers" => draft.executor.workers = 1,
        "/executor/start_method" => draft.executor.start_method = None,
        "/executor/thread_name_prefix" => draft.executor.thread_name_prefix = None,
        "/program/timeout" => program.timeout = None,
        "/program/return_when" => program.return_when = None,
        "/program/chunksize" => program.chunksize = None,
        "/program/buffersize" if program.mode == Some(Mode::Map) => {
            (program.buffersize, draft.python) = (Some(1), Python::V3_14);
        }
        "/program/buffersize" => program.buffersize = None,
        "/program/on_error" => program.on_error = OnError::default(),
        "/program/with_block" => program.with_block = true,
        "/interventions" => draft.interventions.clear(),
        "/notes" => draft.notes.clear(),
        at if at.starts_with("/notes/") => {
            let index = at.split('/').nth(2).and_then(|index| index.parse::<usize>().ok());
            let Some(note) = index.and_then(|index| draft.notes.get_mut(index)) else {
                return false;
            };
            note.text.clear();
        }
        at if at.starts_with("/program/steps/") && put_step_right(program, at) => {}
        at if at.starts_with("/program") => {
            *program = Program { steps: Some(Vec::new()), with_block: true, ..Program::default() };
        }
        at if at.starts_with("/tasks/") => {
            let index = at.split('/').nth(2).and_then(|index| index.parse::<usize>().ok());
            // Of a stand-in only this can be wrong: it never ends, and the program takes all of it.
            match index.and_then(|index| draft.tasks.get_mut(index)) {
                Some(task) if task.items() == Some(Count::Endless) => {
                    task.args.insert("value".to_owned(), stand_in_items(Count::Finite(1)));
                }
                _ => return false,
            }
        }
        at => {
            let Some(place) = at.strip_prefix("/interventions/") else { return false };
            let index = place.split('/').next().and_then(|index| index.parse::<usize>().ok());
            let Some(wrong) = index.and_then(|index| draft.interventions.get_mut(index)) else {
                return false;
            };
            *wrong = Intervention {
                act: PlannedAct::Shutdown { cancel_futures: false },
                when: Moment { at: Some(Span::ZERO), ..Moment::default() },
            };
        }
    }
    true
}
