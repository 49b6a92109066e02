//! The kinds of steps that one can choose from, each with a sentence and a first form.

use std::collections::BTreeSet;

use crate::scenario::check::misfit;
use crate::scenario::edit::names::new_id;
use crate::scenario::{Condition, Except, ExecutorKind, Names, ReturnWhen, Scenario, Step, Task};
use crate::units::Span;

/// A kind of step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepKind {
    /// What it does, in one sentence.
    pub about: &'static str,
    /// One that is right as it is, as far as the scenario allows.
    pub new: Step,
}

/// The kinds that this scenario's executor has, in the order in which one needs them.
pub fn kinds(scenario: &Scenario) -> Vec<StepKind> {
    let all = every(scenario).into_iter();
    let kinds = all.map(|(about, new)| StepKind { about, new });
    kinds
        .filter(|kind| misfit(&kind.new, scenario.executor.kind, scenario.python).is_none())
        .collect()
}

/// The tasks that no step uses yet; all if there are none such.
fn unused(scenario: &Scenario, fits: impl Fn(&Task) -> bool) -> Vec<String> {
    fn used<'a>(steps: &'a [Step], found: &mut BTreeSet<&'a str>) {
        for step in steps {
            match step {
                Step::Submit { task } | Step::ApplyAsync { task, .. } => {
                    found.extend(task.as_slice().iter().map(String::as_str));
                }
                Step::Map { tasks, .. }
                | Step::Starmap { tasks, .. }
                | Step::MapAsync { tasks, .. }
                | Step::Imap { tasks, .. }
                | Step::ImapUnordered { tasks, .. } => {
                    found.extend(tasks.iter().map(String::as_str));
                }
                Step::Call { task, .. } | Step::Apply { task, .. } => {
                    found.insert(task);
                }
                _ => {}
            }
            step.blocks().into_iter().for_each(|(_, block)| used(block, found));
        }
    }
    let mut found = BTreeSet::new();
    used(scenario.program.steps.as_deref().unwrap_or_default(), &mut found);
    let fitting = || scenario.tasks.iter().filter(|task| fits(task)).map(|task| task.id.clone());
    let left: Vec<String> = fitting().filter(|id| !found.contains(id.as_str())).collect();
    if left.is_empty() { fitting().collect() } else { left }
}

#[allow(clippy::too_many_lines)] // a line or two for each kind
fn every(scenario: &Scenario) -> Vec<(&'static str, Step)> {
    let pool = scenario.executor.kind == ExecutorKind::Pool;
    let name = |wanted: &str| new_id(scenario, wanted);
    let some = |wanted: &str| Some(new_id(scenario, wanted));
    let tasks = unused(scenario, |_| true);
    let plain = unused(scenario, |task| !task.is_map_node());
    let all = || {
        let ids = scenario.tasks.iter().map(|task| task.id.clone());
        Names::Many(ids.collect())
    };
    let first = |ids: &[String]| ids.first().cloned().unwrap_or_else(|| "a".to_owned());
    let of = || first(&scenario.tasks.iter().map(|task| task.id.clone()).collect::<Vec<_>>());
    let (print, steps) = (Some("{task}: {outcome}".to_owned()), Vec::new);
    let callback = || {
        let print = print.clone();
        Some(crate::scenario::Callback { print, steps: Vec::new(), raise: None })
    };
    let error = "ValueError: it went wrong".to_owned();
    vec![
        (
            "Hands tasks to the executor; each gives a future at once.",
            Step::Submit { task: Names::Many(tasks.clone()) },
        ),
        (
            "Hands tasks to the pool; each gives a result at once.",
            Step::ApplyAsync {
                task: Names::Many(plain.clone()),
                callback: None,
                error_callback: None,
            },
        ),
        (
            "Hands tasks to the pool, with a callback for each value.",
            Step::ApplyAsync {
                task: Names::Many(plain.clone()),
                callback: callback(),
                error_callback: callback(),
            },
        ),
        (
            "Submits one task and waits for its value.",
            Step::Apply { task: first(&plain), name: some("value") },
        ),
        (
            if pool {
                "Hands all of them to the pool, and comes back with the list of their values."
            } else {
                "Submits all of them, and gives an iterator over their results in this order."
            },
            Step::Map {
                tasks: tasks.clone(),
                name: name("results"),
                chunksize: None,
                timeout: None,
                buffersize: None,
            },
        ),
        (
            "Like map, for functions of several arguments.",
            Step::Starmap { tasks: tasks.clone(), name: name("results"), chunksize: None },
        ),
        (
            "Like map, and comes back at once with one result for all.",
            Step::MapAsync {
                tasks: tasks.clone(),
                name: name("results"),
                chunksize: None,
                callback: None,
                error_callback: None,
            },
        ),
        (
            "Gives an iterator over the values, in the order of the tasks.",
            Step::Imap { tasks: tasks.clone(), name: name("results"), chunksize: None },
        ),
        (
            "Gives an iterator over the values, in the order in which they come.",
            Step::ImapUnordered { tasks, name: name("results"), chunksize: None },
        ),
        (
            "Takes the next value of an iterator, and waits for it.",
            Step::Next { of: name("results"), timeout: None, name: some("value") },
        ),
        (
            "Does its body for each of an iterator's values, or of some futures.",
            Step::For { over: all(), name: name("future"), steps: steps() },
        ),
        (
            "Does its body for each future, in the order in which they finish.",
            Step::AsCompleted { of: all(), timeout: None, name: name("future"), steps: steps() },
        ),
        (
            "Waits until futures are done.",
            Step::Wait {
                of: all(),
                timeout: None,
                return_when: ReturnWhen::AllCompleted,
                name: if pool { None } else { some("sets") },
            },
        ),
        (
            "Waits for a future and takes its value, or raises its exception.",
            Step::Result { of: of(), timeout: None, name: some("value") },
        ),
        (
            "Waits for a result and takes its value, or raises its exception.",
            Step::Get { of: of(), timeout: None, name: some("value") },
        ),
        (
            "Waits for a future and takes its exception; None if there was none.",
            Step::Exception { of: of(), timeout: None, name: some("error") },
        ),
        (
            "Prints a line; {name} stands for what the name is bound to.",
            Step::Print { text: "Hello".to_owned() },
        ),
        (
            "Calls a function when a future is done, in whatever thread ends it.",
            Step::AddDoneCallback { of: all(), print: print.clone(), steps: steps(), raise: None },
        ),
        (
            "Does its body, and catches what it raises.",
            Step::Try {
                steps: steps(),
                except: vec![Except {
                    kind: "Exception".to_owned(),
                    name: some("e"),
                    steps: steps(),
                }],
            },
        ),
        (
            "Asks a future or a result, and goes one way or the other.",
            Step::If {
                future: of(),
                is: if pool { Condition::Ready } else { Condition::Done },
                then: steps(),
                otherwise: steps(),
            },
        ),
        (
            "Does its body until all of these are done.",
            Step::Repeat {
                until_done: all(),
                steps: vec![Step::Sleep { span: Span::from_ms(100) }],
            },
        ),
        ("Lets the main thread sleep.", Step::Sleep { span: Span::from_ms(500) }),
        (
            "Cancels a future that does not run yet.",
            Step::Cancel { of: of(), name: some("cancelled") },
        ),
        ("Asks whether a future is done.", Step::Done { of: of(), name: some("answer") }),
        (
            "Asks whether a future is running; in a process pool also whether it is about to.",
            Step::Running { of: of(), name: some("answer") },
        ),
        (
            "Asks whether a future was cancelled.",
            Step::Cancelled { of: of(), name: some("answer") },
        ),
        ("Asks whether a result is ready.", Step::Ready { of: of(), name: some("answer") }),
        (
            "Asks whether a result came without an exception; raises ValueError if it is not ready.",
            Step::Successful { of: of(), name: some("answer") },
        ),
        (
            "How Python shows a future: its state and its value's type.",
            Step::Repr { of: of(), name: name("text") },
        ),
        (
            "Calls a task's function in the main thread itself, without the pool.",
            Step::Call { task: of(), name: some("value") },
        ),
        ("Raises an exception in the main thread.", Step::Raise { error }),
        (
            "Takes no more calls; waits for those that there are, unless told otherwise.",
            Step::Shutdown { wait: true, cancel_futures: false },
        ),
        ("Takes no more calls.", Step::Close { of: None }),
        (
            "Closes an iterator: what is left of a map is cancelled.",
            Step::Close { of: some("results") },
        ),
        ("Waits until all workers have ended, behind close or terminate.", Step::Join {}),
        ("Ends the workers at once; what they did is lost.", Step::Terminate {}),
        ("Asks the worker processes to end, and breaks the pool.", Step::TerminateWorkers {}),
        ("Kills the worker processes, and breaks the pool.", Step::KillWorkers {}),
        ("Ends the with block here; what follows stands behind it.", Step::Leave {}),
    ]
}
