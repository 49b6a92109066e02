//! The short texts of bars and moments. Sentences are [`story`](crate::view::story)'s.

use crate::engine::event::{BlockedOn, HowExited, Part, Work};
use crate::outcome::Outcome;
use crate::scenario::ExecutorKind;
use crate::units::{FutureId, TaskId, WorkerId};
use crate::value::Value;
use crate::view::View;
use crate::view::shown::letter;
use crate::view::story::signal_name;
use crate::view::timeline::LaneKind;
use crate::view::timeline::scale::format_seconds;

/// Characters of a value or a line that are shown.
const SHOWN: usize = 24;

/// What somebody waits for: `waits for b`. Of several words for a thing the shortest, for it must fit
/// into a bar.
pub fn waits_for(view: &View, on: BlockedOn) -> String {
    match on {
        BlockedOn::Result(future) | BlockedOn::MapNext(future) => {
            format!("waits for {}", view.future_name(future))
        }
        BlockedOn::CompletedNext(_) => "waits for whichever is next".to_owned(),
        BlockedOn::Wait(1) => "waits for 1 future".to_owned(),
        BlockedOn::Wait(count) => format!("waits for {count} futures"),
        BlockedOn::AllTasks => "waits for all tasks".to_owned(),
        BlockedOn::Sleep(span) => {
            format!("sleeps {}", format_seconds(span, view.plan().scenario.scale))
        }
        BlockedOn::Shutdown => "shutdown: waits for the workers".to_owned(),
        BlockedOn::Exit => "exit: waits for the workers".to_owned(),
        BlockedOn::OwnProcess => "waits in its own process".to_owned(),
        BlockedOn::Gate(task) => format!("waits at the gate of {}", view.task_name(task)),
        BlockedOn::Job(_) => "waits for all results".to_owned(),
        BlockedOn::ImapNext(_) => "waits for the next result".to_owned(),
        BlockedOn::Join => "join: waits for the pool".to_owned(),
        BlockedOn::Terminate => "terminate: waits for the workers".to_owned(),
    }
}

/// What came of a call, at the end of its bar: a value, or the exception's class.
pub fn ending(outcome: &Outcome) -> String {
    short(&outcome.in_short())
}

/// What main gets with a future's item: its value or exception, else the future's name.
pub fn taken(view: &View, future: FutureId, item: u32) -> String {
    let Some(cell) = view.future(future) else {
        return view.future_name(future);
    };
    match &cell.outcome {
        Some(Outcome::Returned(Value::List(values))) if cell.work.item_count() > 1 => {
            match values.get(item as usize) {
                Some(value) => short(&value.repr()),
                None => cell.name.clone(),
            }
        }
        Some(outcome) => ending(outcome),
        None if cell.state.cancelled() => "CancelledError".to_owned(),
        None => cell.name.clone(),
    }
}

/// The items of a call, each with its task and its name, in order.
pub fn items(view: &View, future: FutureId) -> impl Iterator<Item = (TaskId, String)> + '_ {
    let parts = match view.future(future).map(|cell| &cell.work) {
        Some(Work::Tasks(parts)) => &**parts,
        Some(Work::Inner { .. }) | None => &[],
    };
    parts.iter().flat_map(move |part| {
        (0..part.count).map(move |item| {
            let first = part.first.saturating_add(item);
            (part.task, view.part_name(Part { task: part.task, first, count: 1 }))
        })
    })
}

/// Several of a kind in one text: `takes 50.0 and 40.0`, `takes 5, 4, 3 and 9 more`, `takes 5 × None`.
pub fn several(verb: &str, said: &[String], count: u32) -> String {
    if let ([only], 2..) = (said, count) {
        return format!("{verb} {count} × {only}");
    }
    let more = (count as usize).saturating_sub(said.len());
    let more = (more > 0).then(|| format!("{more} more"));
    let mut parts: Vec<&str> = said.iter().map(String::as_str).chain(more.as_deref()).collect();
    let last = parts.pop().unwrap_or_default();
    if parts.is_empty() {
        return format!("{verb} {last}");
    }
    format!("{verb} {} and {last}", parts.join(", "))
}

/// A worker's name so short that it fits into the lane's head.
pub fn worker(view: &View, name: &str, pid: Option<u32>) -> String {
    match (pid, view.plan().kind()) {
        (Some(pid), _) => format!("pid {pid}"),
        (None, kind @ (ExecutorKind::Threads | ExecutorKind::Interpreters)) => {
            let numbers = name.strip_prefix(kind.class()).and_then(|rest| rest.strip_prefix('-'));
            match (numbers, kind) {
                (Some(numbers), ExecutorKind::Threads) => format!("thread {numbers}"),
                (Some(numbers), _) => format!("interpreter {numbers}"),
                (None, _) => short(name),
            }
        }
        (None, ExecutorKind::Processes | ExecutorKind::Pool) => short(name),
    }
}

/// What a lane is called: of a worker's, by who has it then.
pub fn lane_name(of: ExecutorKind, kind: LaneKind, worker: Option<WorkerId>) -> String {
    match (kind, of) {
        (LaneKind::Main, _) => "main".to_owned(),
        (LaneKind::Queue, ExecutorKind::Pool) => "task queue".to_owned(),
        (LaneKind::Queue, _) => "queue".to_owned(),
        (LaneKind::CallQueue, ExecutorKind::Pool) => "pipe".to_owned(),
        (LaneKind::CallQueue, _) => "call queue".to_owned(),
        (LaneKind::Shelf, _) => "result shelf".to_owned(),
        (LaneKind::Worker(first), _) => format!("worker {}", letter(worker.unwrap_or(first))),
    }
}

/// How a worker's life ended, in a word or two.
pub fn exited(how: HowExited) -> String {
    match how {
        HowExited::Told => "ended".to_owned(),
        HowExited::Code(code) => format!("exit code {code}"),
        HowExited::Signal(signal) => signal_name(signal),
    }
}

/// The beginning of a long text.
pub fn short(text: &str) -> String {
    let mut chars = text.chars();
    let shown: String = chars.by_ref().take(SHOWN).collect();
    if chars.next().is_none() { shown } else { format!("{shown}…") }
}
