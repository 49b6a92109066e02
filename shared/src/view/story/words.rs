//! Parts of sentences: what somebody waits for, how a call is written, what came of it.

use crate::engine::event::{Because, BlockedOn, HangLink, Part, Reply, WhyHang, Work};
use crate::engine::future::FutureState;
use crate::function::{self, Function, Kind};
use crate::outcome::Outcome;
use crate::scenario::{Argument, TaskPlan};
use crate::units::{FutureId, TaskId};
use crate::value::Value;
use crate::view::{TaskView, View};

/// Characters of a value, of a call's arguments or of a set that a sentence shows.
const SHOWN: usize = 60;

/// Futures of a set that a sentence names.
const NAMED: usize = 12;

/// What somebody waits for, as the second half of a sentence: `waits for a (result)`.
pub fn waits_for(view: &View, on: BlockedOn) -> String {
    match on {
        BlockedOn::Result(future) => format!("waits for {} (result)", view.future_name(future)),
        BlockedOn::MapNext(future) => format!("waits for {} (map)", view.future_name(future)),
        BlockedOn::CompletedNext(_) => "waits for the next future (as_completed)".to_owned(),
        BlockedOn::Wait(1) => "waits for 1 future (wait)".to_owned(),
        BlockedOn::Wait(count) => format!("waits for {count} futures (wait)"),
        BlockedOn::AllTasks => "waits until all tasks are over".to_owned(),
        BlockedOn::Sleep(span) => format!("sleeps for {}", view.told(span)),
        BlockedOn::Shutdown => "waits for the workers to end (shutdown)".to_owned(),
        BlockedOn::Exit => "waits for the workers to end (exit)".to_owned(),
        BlockedOn::OwnProcess => "waits for a future of its own process".to_owned(),
        BlockedOn::Gate(task) => format!("waits at the gate of {}", view.task_name(task)),
        BlockedOn::Job(_) => "waits for all results of a map".to_owned(),
        BlockedOn::ImapNext(_) => "waits for the next result (imap)".to_owned(),
        BlockedOn::Join => "waits for the pool to end (join)".to_owned(),
        BlockedOn::Terminate => "waits for the workers to die (terminate)".to_owned(),
    }
}

/// Why a task is not submitted, as the second half of a sentence: `its input c raised`.
pub fn because(view: &View, because: Because) -> String {
    match because {
        Because::InputFailed(task) => format!("its input {} raised", view.task_name(task)),
        Because::InputCancelled(task) => {
            format!("its input {} was cancelled", view.task_name(task))
        }
        Because::InputSkipped(task) => format!("its input {} was skipped", view.task_name(task)),
        Because::MapEnded => "an earlier map ended with an exception".to_owned(),
        Because::ExecutorRefused => "the executor takes no more calls".to_owned(),
    }
}

/// A signal's name as `kill -l` has it, or its number.
pub fn signal_name(signal: i32) -> String {
    // The numbers of Linux, the only system with drivers.
    let name = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        31 => "SIGSYS",
        _ => return format!("signal {signal}"),
    };
    name.to_owned()
}

/// A future's state by Python's name.
pub fn state(state: FutureState) -> &'static str {
    match state {
        FutureState::Pending => "PENDING",
        FutureState::Running => "RUNNING",
        FutureState::Cancelled => "CANCELLED",
        FutureState::CancelledAndNotified => "CANCELLED_AND_NOTIFIED",
        FutureState::Finished => "FINISHED",
    }
}

/// What came of a call: `returned 4`, `raised ValueError: …`.
pub fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Returned(value) => format!("returned {}", short(&value.repr())),
        Outcome::Raised(raised) => format!("raised {raised}"),
        Outcome::Lost => "was lost".to_owned(),
    }
}

/// What a question was answered: a value, or the exception.
pub fn reply(reply: &Reply) -> String {
    match reply {
        Reply::Value(value) => short(&value.repr()),
        Reply::Raised(raised) => raised.to_string(),
        Reply::Exhausted => "StopIteration".to_owned(),
    }
}

/// The value that an item of a future has, if the future has one.
pub fn item_value(view: &View, future: FutureId, item: u32) -> Option<String> {
    let cell = view.future(future)?;
    match cell.outcome.as_ref()? {
        Outcome::Returned(Value::List(items)) if cell.work.item_count() > 1 => {
            items.get(item as usize).map(|value| short(&value.repr()))
        }
        Outcome::Returned(value) => Some(short(&value.repr())),
        Outcome::Raised(_) | Outcome::Lost => None,
    }
}

/// `shutdown` as it was called.
pub fn shutdown_call(wait: bool, cancel_futures: bool) -> String {
    let python = |yes| Value::Bool(yes).repr();
    let cancels = if cancel_futures { ", cancel_futures=True" } else { "" };
    format!("shutdown(wait={}{cancels})", python(wait))
}

/// Names in braces, the first few of many.
pub fn set(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let mut shown: Vec<String> = names.take(NAMED).collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    format!("{{{}}}", shown.join(", "))
}

/// A call as Python would write it: `sleep(5)`.
pub fn call(view: &View, work: &Work) -> String {
    match work {
        Work::Inner { function, args, .. } => {
            let texts = args.iter().map(Value::repr).collect();
            let known = function::find(function);
            written(function, known, texts, |index| args.get(index).cloned())
        }
        Work::Tasks(parts) => match &**parts {
            [Part { task, .. }] => task_call(view, *task),
            several => format!("{} tasks in one call", several.len()),
        },
    }
}

/// A task's call as Python would write it, with the values of its inputs where they are known.
pub fn task_call(view: &View, task: TaskId) -> String {
    let Some(plan) = view.plan().tasks.get(task.index()) else {
        return view.task_name(task);
    };
    let texts = plan.args.iter().map(|arg| argument(view, plan, arg)).collect();
    let literal = |index: usize| match plan.args.get(index) {
        Some(Argument::Value(value)) => Some(value.clone()),
        _ => None,
    };
    written(plan.function.name, Some(plan.function), texts, literal)
}

fn argument(view: &View, plan: &TaskPlan, arg: &Argument) -> String {
    match arg {
        Argument::Value(value) => value.repr(),
        Argument::Input(number) => match plan.inputs.get(*number) {
            Some(input) => returned(view, *input).unwrap_or_else(|| view.task_name(*input)),
            None => "…".to_owned(),
        },
        Argument::Each(each) => each.python(),
        Argument::List(items) => {
            let items: Vec<String> = items.iter().map(|item| argument(view, plan, item)).collect();
            format!("[{}]", items.join(", "))
        }
    }
}

/// The value that a task has returned, as text.
fn returned(view: &View, task: TaskId) -> Option<String> {
    let Some(TaskView::Submitted(future)) = view.tasks.get(task.index()) else {
        return None;
    };
    // Of a map node that is only its last call.
    if view.items(task).is_some() {
        return None;
    }
    match &view.future(*future)?.outcome {
        Some(Outcome::Returned(value)) if view.future(*future)?.work.item_count() == 1 => {
            Some(value.repr())
        }
        _ => None,
    }
}

/// Arguments that are what they would be anyway are left out; behind one that was left out, the rest
/// are named.
fn written(
    name: &str,
    function: Option<&Function>,
    texts: Vec<String>,
    literal: impl Fn(usize) -> Option<Value>,
) -> String {
    let mut left_out = false;
    let mut args = Vec::new();
    for (index, text) in texts.into_iter().enumerate() {
        let Some(param) = function.and_then(|function| function.params.get(index)) else {
            args.push(text);
            continue;
        };
        let default = param.default.map(function::DefaultValue::value);
        if default.is_some() && literal(index) == default {
            left_out = true;
        } else if param.kind == Kind::Values {
            let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
            args.push(inside.unwrap_or(&text).to_owned());
        } else if left_out {
            args.push(format!("{}={text}", param.name));
        } else {
            args.push(text);
        }
    }
    format!("{name}({})", short(&args.join(", ")))
}

/// A hang, with the chain of who waits for whom.
pub fn hang(view: &View, why: WhyHang, chain: &[HangLink]) -> String {
    let mut links: Vec<String> = chain.iter().map(|link| self::link(view, link)).collect();
    let needed = chain.last().and_then(|link| match link.on {
        BlockedOn::Result(future) | BlockedOn::MapNext(future) => Some(view.future_name(future)),
        _ => None,
    });
    let needed = needed.as_deref().unwrap_or("what it waits for");
    links.push(match why {
        WhyHang::PoolFull => format!("{needed} is PENDING, and every worker is occupied"),
        WhyHang::Circle => "that closes the circle".to_owned(),
        WhyHang::NeverNotified => {
            format!("{needed} is CANCELLED, and nobody will ever notify it")
        }
        WhyHang::OwnProcess => "no manager thread runs there".to_owned(),
        WhyHang::NoWorker => "no worker is left that could help".to_owned(),
        WhyHang::Lost => "the worker that had it died with it, and Pool never tells".to_owned(),
        WhyHang::Terminated => {
            "the pool was terminated, and its results never become ready".to_owned()
        }
        WhyHang::HandlerDied => {
            "the thread that reads results died of an exception, and nobody reads them".to_owned()
        }
        WhyHang::ManagerWaits => {
            format!("only the manager thread could bring {needed}, and it is waiting itself")
        }
    });
    format!("the program hangs: {}", links.join("; "))
}

fn link(view: &View, link: &HangLink) -> String {
    let who = view.agent_name(link.who);
    let what = waits_for(view, link.on);
    match link.of {
        Some(future) => format!("{} on {who} {what}", view.future_name(future)),
        None => format!("{who} {what}"),
    }
}

/// The beginning of a long text.
fn short(text: &str) -> String {
    let mut chars = text.chars();
    let shown: String = chars.by_ref().take(SHOWN).collect();
    if chars.next().is_none() { shown } else { format!("{shown}…") }
}
