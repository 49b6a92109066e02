//! Names wherever they are written: giving a task another one, and forgetting one.

use std::collections::BTreeSet;

use super::{Refused, names};
use crate::scenario::{Anchor, Arg, Names, PlannedAct, Scenario, Step, Task};

/// See [`super::Edit::Rename`].
pub(super) fn rename(scenario: &mut Scenario, from: &str, to: &str) -> Result<(), Refused> {
    let place = names::find(scenario, from)?;
    if from == to {
        return Ok(());
    }
    if !names::is_name(to) {
        return Err(Refused::BadName(to.to_owned()));
    }
    if names::find(scenario, to).is_ok() {
        return Err(Refused::Taken(to.to_owned()));
    }
    let ids: BTreeSet<String> = scenario.tasks.iter().map(|task| task.id.clone()).collect();
    let steps = scenario.program.steps.as_deref_mut().unwrap_or_default();
    let bound = bound_in(steps);
    if bound.contains(to) {
        return Err(Refused::TakenBySteps(to.to_owned()));
    }
    let mut change = |name: &mut String| {
        if name == from {
            to.clone_into(name);
        }
    };
    // A step may bind the task's own name anew. Then that changes too: all that is one name in the
    // program stays one name, and the program does what it did.
    each_word(steps, &mut |word| match word {
        Word::Name(name) | Word::Bound(name) => change(name),
        Word::Template(text) => {
            *text = with_names(text, |name| match name.rsplit_once('.') {
                _ if name == from => Some(to.to_owned()),
                // `{a.kind}` speaks of `a`, unless something is itself called `a.kind`.
                Some((base, field))
                    if base == from && !ids.contains(name) && !bound.contains(name) =>
                {
                    Some(format!("{to}.{field}"))
                }
                _ => None,
            });
        }
    });
    to.clone_into(&mut scenario.tasks[place].id);
    scenario.tasks.iter_mut().for_each(|task| references_of(task, &mut change));
    for planned in &mut scenario.interventions {
        match &mut planned.act {
            PlannedAct::Cancel(task) | PlannedAct::KillWorkerOf(task) | PlannedAct::Open(task) => {
                change(task);
            }
            PlannedAct::KillWorker(_) | PlannedAct::Shutdown { .. } => {}
        }
        match &mut planned.when.after {
            Some(
                Anchor::Submitted(task)
                | Anchor::Running(task)
                | Anchor::Taken(task)
                | Anchor::Finished(task)
                | Anchor::Cancelled(task),
            ) => change(task),
            None => {}
        }
    }
    Ok(())
}

/// Shows `f` each name of another task that this task speaks of.
pub(super) fn references_of(task: &mut Task, f: &mut dyn FnMut(&mut String)) {
    fn of_arg(arg: &mut Arg, f: &mut dyn FnMut(&mut String)) {
        match arg {
            Arg::Value(_) | Arg::Each(_) => {}
            Arg::From(from) => f(from),
            Arg::List(items) => items.iter_mut().for_each(|item| of_arg(item, f)),
        }
    }
    task.args.values_mut().for_each(|arg| of_arg(arg, f));
    task.after.iter_mut().for_each(f);
}

/// A place in a step at which names are written.
enum Word<'a> {
    /// A task, or whatever a name stands for.
    Name(&'a mut String),
    /// An `as`.
    Bound(&'a mut String),
    /// A printed line with `{name}`s. Not that of a callback: there only `{task}` and `{outcome}`
    /// stand for something.
    Template(&'a mut String),
}

/// Shows `f` each name of these steps, nested ones included.
fn each_word(steps: &mut [Step], f: &mut dyn FnMut(Word<'_>)) {
    for step in steps {
        words_of(step, f);
        step.blocks_mut().into_iter().for_each(|block| each_word(block, f));
    }
}

fn words_of(step: &mut Step, f: &mut dyn FnMut(Word<'_>)) {
    match step {
        Step::Submit { task: names }
        | Step::ApplyAsync { task: names, .. }
        | Step::AddDoneCallback { of: names, .. }
        | Step::Repeat { until_done: names, .. } => each_of(names, f),
        Step::Map { tasks, name, .. }
        | Step::Starmap { tasks, name, .. }
        | Step::MapAsync { tasks, name, .. }
        | Step::Imap { tasks, name, .. }
        | Step::ImapUnordered { tasks, name, .. } => {
            tasks.iter_mut().for_each(|task| f(Word::Name(task)));
            f(Word::Bound(name));
        }
        Step::Repr { of, name } => {
            f(Word::Name(of));
            f(Word::Bound(name));
        }
        Step::For { over: names, name, .. } | Step::AsCompleted { of: names, name, .. } => {
            each_of(names, f);
            f(Word::Bound(name));
        }
        Step::Wait { of, name, .. } => {
            each_of(of, f);
            name.iter_mut().for_each(|name| f(Word::Bound(name)));
        }
        Step::Next { of, name, .. }
        | Step::Apply { task: of, name }
        | Step::Ready { of, name }
        | Step::Successful { of, name }
        | Step::Get { of, name, .. }
        | Step::Result { of, name, .. }
        | Step::Exception { of, name, .. }
        | Step::Done { of, name }
        | Step::Running { of, name }
        | Step::Cancelled { of, name }
        | Step::Cancel { of, name }
        | Step::Call { task: of, name } => {
            f(Word::Name(of));
            name.iter_mut().for_each(|name| f(Word::Bound(name)));
        }
        Step::Close { of } => of.iter_mut().for_each(|of| f(Word::Name(of))),
        Step::If { future, .. } => f(Word::Name(future)),
        Step::Print { text } => f(Word::Template(text)),
        Step::Try { except, .. } => {
            except.iter_mut().filter_map(|e| e.name.as_mut()).for_each(|name| f(Word::Bound(name)));
        }
        Step::Sleep { .. }
        | Step::Shutdown { .. }
        | Step::Terminate {}
        | Step::Join {}
        | Step::TerminateWorkers {}
        | Step::KillWorkers {}
        | Step::Raise { .. }
        | Step::Leave {} => {}
    }
}

fn each_of(names: &mut Names, f: &mut dyn FnMut(Word<'_>)) {
    match names {
        Names::One(name) => f(Word::Name(name)),
        Names::Many(names) => names.iter_mut().for_each(|name| f(Word::Name(name))),
    }
}

/// The names that some `as` of these steps binds.
fn bound_in(steps: &mut [Step]) -> BTreeSet<String> {
    let mut bound = BTreeSet::new();
    each_word(steps, &mut |word| {
        if let Word::Bound(name) = word {
            bound.insert(name.clone());
        }
    });
    bound
}

/// A printed line with some of its names replaced; read as `program/names.rs` renders it.
fn with_names(text: &str, mut replace: impl FnMut(&str) -> Option<String>) -> String {
    let mut line = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let brace = &rest[at..=at];
        line.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix(brace) {
            line.push_str(brace);
            rest = behind;
        } else if brace == "{"
            && let Some(end) = rest.find('}')
        {
            let name = &rest[..end];
            line.push_str(replace(name).as_deref().unwrap_or(name));
            line.push('}');
            rest = &rest[end + 1..];
        }
    }
    line + rest
}

/// Takes tasks that are gone out of steps: lists shrink, and what spoke of nothing else vanishes.
///
/// So does what used a name that only a vanished step bound, and its printed lines: they would end
/// the program with a `NameError`.
pub(super) fn forget(steps: &mut Vec<Step>, is_gone: &dyn Fn(&str) -> bool) {
    let mut bound = bound_in(steps);
    // A name that some `as` binds as well may stand for that.
    let is_unbound = |name: &str| is_gone(name) && !bound.contains(name);
    forget_in(steps, &Gone { is_task: is_gone, is_name: &is_unbound });
    loop {
        let left = bound_in(steps);
        let lost: BTreeSet<String> = bound.difference(&left).cloned().collect();
        if lost.is_empty() {
            return;
        }
        let is_lost = |name: &str| lost.contains(name);
        // A task may have that name too, and is still there.
        forget_in(steps, &Gone { is_task: &|_| false, is_name: &is_lost });
        bound = left;
    }
}

/// What is no more: as a task, and as a name of the program.
struct Gone<'a> {
    is_task: &'a dyn Fn(&str) -> bool,
    is_name: &'a dyn Fn(&str) -> bool,
}

fn forget_in(steps: &mut Vec<Step>, gone: &Gone<'_>) {
    steps.retain_mut(|step| {
        step.blocks_mut().into_iter().for_each(|block| forget_in(block, gone));
        stays(step, gone)
    });
}

/// Shrinks a step's lists, and says whether anything is left of it.
fn stays(step: &mut Step, gone: &Gone<'_>) -> bool {
    match step {
        Step::Submit { task } | Step::ApplyAsync { task, .. } => shrink(task, gone.is_task),
        // An empty map is a map, and its iterator has a name.
        Step::Map { tasks, .. }
        | Step::Starmap { tasks, .. }
        | Step::MapAsync { tasks, .. }
        | Step::Imap { tasks, .. }
        | Step::ImapUnordered { tasks, .. } => {
            tasks.retain(|task| !(gone.is_task)(task));
            true
        }
        Step::Call { task, .. } | Step::Apply { task, .. } => !(gone.is_task)(task),
        Step::Close { of } => !of.as_deref().is_some_and(gone.is_name),
        Step::For { over: of, .. }
        | Step::AsCompleted { of, .. }
        | Step::Wait { of, .. }
        | Step::AddDoneCallback { of, .. } => shrink(of, gone.is_name),
        // Without a condition it still has its one round.
        Step::Repeat { until_done, .. } => {
            shrink(until_done, gone.is_name);
            true
        }
        Step::Next { of, .. }
        | Step::Ready { of, .. }
        | Step::Successful { of, .. }
        | Step::Get { of, .. }
        | Step::Repr { of, .. }
        | Step::Result { of, .. }
        | Step::Exception { of, .. }
        | Step::Done { of, .. }
        | Step::Running { of, .. }
        | Step::Cancelled { of, .. }
        | Step::Cancel { of, .. }
        | Step::If { future: of, .. } => !(gone.is_name)(of),
        Step::Print { text } => {
            let mut stays = true;
            with_names(text, |name| {
                let base = name.rsplit_once('.').map_or(name, |(base, _)| base);
                stays &= !(gone.is_name)(name) && !(gone.is_name)(base);
                None
            });
            stays
        }
        Step::Sleep { .. }
        | Step::Shutdown { .. }
        | Step::Terminate {}
        | Step::Join {}
        | Step::TerminateWorkers {}
        | Step::KillWorkers {}
        | Step::Raise { .. }
        | Step::Leave {}
        | Step::Try { .. } => true,
    }
}

/// Whether any name is left, or none ever was.
fn shrink(names: &mut Names, is_gone: &dyn Fn(&str) -> bool) -> bool {
    match names {
        Names::One(name) if is_gone(name) => {
            *names = Names::Many(Vec::new());
            false
        }
        Names::One(_) => true,
        Names::Many(names) => {
            let before = names.len();
            names.retain(|name| !is_gone(name));
            !names.is_empty() || before == 0
        }
    }
}
