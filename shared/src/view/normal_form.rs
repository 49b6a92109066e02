//! What two faithful runs of one scenario must share, and nothing else: no times, no pids, and no
//! order where Python promises none.
//!
//! The engine, the simulator, real threads, real processes and CPython itself are compared by this.
//! A normal form holds
//!
//! * each future's final state and outcome, by name;
//! * main's **moments**, in order: what iterators and `wait` gave it, what its questions were
//!   answered, what it printed;
//! * the lines that callbacks printed, sorted: how they interleave with main is nature's choice;
//! * skipped tasks, how the program ended, whether the executor broke;
//! * where the scenario says `compare: workers`, who did what, as letters by first use.
//!
//! **Tied.** Futures that had settled before the first `next` of an `as_completed` iterator come out
//! in no promised order (rule 124). What main did with each of them, up to its next `next`, is a
//! block; the blocks of tied futures are sorted, so that they compare as a set.
//!
//! ```text
//!  records ──NormalFormBuilder::apply──▶ finish ──▶ NormalForm ──diff──▶ words
//!                    └── is_prefix_of(a form): can this run still come out like that?
//! ```

mod builder;
mod diff;
mod lanes;
mod observed;
mod prefix;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::engine::event::{EndCause, Record, WhyHang};
use crate::engine::future::FutureState;
use crate::outcome::{Outcome, Raised};
use crate::scenario::Plan;

pub use builder::NormalFormBuilder;
pub use observed::{Observed, Sight};

/// What two faithful runs must share. See the module's page.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NormalForm {
    /// Every future, sorted by name; those of one name in the order of submission.
    pub futures: Vec<FutureForm>,
    /// What main saw and said, in order.
    pub main: Vec<Moment>,
    /// The lines printed by callbacks, in whatever lane they ran, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub callbacks: Vec<String>,
    /// The tasks that were not submitted, sorted, each with the reason in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<(String, String)>,
    /// Whether the executor broke.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub broken: bool,
    /// How the program ended.
    pub end: End,
    /// Who did what, if the scenario compares workers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workers: Option<Workers>,
}

/// What became of a future.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FutureForm {
    /// Its name: the task's id, `a…c`, `a/0`.
    pub name: String,
    /// Its last state.
    pub state: FutureState,
    /// What it finished with; there exactly in `FINISHED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<OutcomeForm>,
}

/// How a call ended, with its value as Python's `repr` shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeForm {
    /// `repr` of the value.
    Returned(String),
    /// The exception as the last line of a traceback: `ValueError: its message`.
    Raised(String),
    /// Nobody will ever know.
    Lost,
}

impl OutcomeForm {
    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Returned(value) => Self::Returned(value.repr()),
            Outcome::Raised(raised) => Self::raised(raised),
            Outcome::Lost => Self::Lost,
        }
    }

    fn raised(raised: &Raised) -> Self {
        Self::Raised(raised.to_string())
    }
}

/// One thing that main saw or said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// `as_completed` delivered this future.
    Completed(String),
    /// `map` delivered an item of this future.
    Mapped(String, u32),
    /// Blocks of tied futures, sorted: each begins with its `Completed`. At least two.
    Tied(Vec<Vec<Moment>>),
    /// `wait` returned these sets, each sorted.
    Waited {
        /// The first.
        done: Vec<String>,
        /// The second.
        not_done: Vec<String>,
    },
    /// A method of a future was answered: the future, the method, and `repr` of the value or the
    /// exception.
    Asked(String, Method, OutcomeForm),
    /// `submit` was refused with this.
    Refused(String),
    /// An iterator raised this.
    NextRaised(String),
    /// `result(timeout)` or `exception(timeout)` of this future raised `TimeoutError`.
    TimedOut(String),
    /// Main called the function of this task itself.
    Called(String, OutcomeForm),
    /// Main printed this line.
    Printed(String),
}

/// A method of a future.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// `result(timeout)`
    Result,
    /// `exception(timeout)`
    Exception,
    /// `done()`
    Done,
    /// `running()`
    Running,
    /// `cancelled()`
    Cancelled,
    /// `cancel()`
    Cancel,
    /// `ready()`
    Ready,
    /// `successful()`
    Successful,
    /// `repr(future)`
    Repr,
}

/// How the program ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The log is not at its end.
    Unfinished,
    /// Main came to its end.
    Returned,
    /// Nobody caught this exception.
    Raised(String),
    /// Code of `by` ended the program: `main`, or the future's name.
    Exiting {
        /// The exit code.
        code: i32,
        /// Whose code.
        by: String,
    },
    /// It can never go on.
    Hangs(WhyHang),
    /// It was ended from outside.
    CutOff(EndCause),
}

/// Who did what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workers {
    /// How many workers were ever asked for.
    pub started: u32,
    /// Each future that was taken, sorted by name, with its worker: the first worker to take a call
    /// is `A`, the next new one `B`.
    pub had: Vec<(String, String)>,
}

impl NormalForm {
    /// The normal form of a log.
    pub fn from_records<'a>(plan: &Plan, records: impl IntoIterator<Item = &'a Record>) -> Self {
        NormalFormBuilder::new(plan).of(records)
    }

    /// The same as it would look from Python: see [`NormalFormBuilder::seen_from_python`].
    pub fn seen<'a>(plan: &Plan, records: impl IntoIterator<Item = &'a Record>) -> Self {
        NormalFormBuilder::seen_from_python(plan).of(records)
    }

    /// The first differences in words, one a line; empty if there is none. `self` is *here*, `other`
    /// is *there*.
    pub fn diff(&self, other: &Self) -> String {
        diff::diff(self, other)
    }
}

/// A few lines: futures, main, and what else there is.
impl fmt::Display for NormalForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "futures    {}", list(&self.futures, ", "))?;
        writeln!(f, "main       {}", list(&self.main, "; "))?;
        if !self.callbacks.is_empty() {
            writeln!(f, "callbacks  {}", list(&self.callbacks, "; "))?;
        }
        if !self.skipped.is_empty() {
            let skipped = self.skipped.iter().map(|(task, why)| format!("{task}: {why}"));
            writeln!(f, "skipped    {}", list(skipped, "; "))?;
        }
        if self.broken {
            writeln!(f, "executor   broken")?;
        }
        if let Some(workers) = &self.workers {
            writeln!(f, "workers    {workers}")?;
        }
        write!(f, "end        {}", self.end)
    }
}

impl fmt::Display for FutureForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, state, outcome } = self;
        write!(f, "{name} {}", state_name(*state))?;
        match outcome {
            Some(outcome) => write!(f, " {outcome}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for OutcomeForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Returned(text) | Self::Raised(text) => f.write_str(text),
            Self::Lost => f.write_str("lost"),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completed(future) => write!(f, "as_completed {future}"),
            Self::Mapped(future, 0) => write!(f, "map {future}"),
            Self::Mapped(future, item) => write!(f, "map {future}[{item}]"),
            Self::Tied(blocks) => {
                let blocks = blocks.iter().map(|block| list(block, "; "));
                write!(f, "in any order {{{}}}", list(blocks, " | "))
            }
            Self::Waited { done, not_done } => {
                write!(f, "wait {{{}}} {{{}}}", list(done, ", "), list(not_done, ", "))
            }
            Self::Asked(future, method, answer) => {
                write!(f, "{future}.{}() {answer}", method.name())
            }
            Self::Refused(raised) => write!(f, "submit refused: {raised}"),
            Self::NextRaised(raised) => write!(f, "next raised {raised}"),
            Self::TimedOut(future) => write!(f, "time out on {future}"),
            Self::Called(task, outcome) => write!(f, "called {task} {outcome}"),
            Self::Printed(text) => write!(f, "print {text:?}"),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unfinished => f.write_str("not yet"),
            Self::Returned => f.write_str("returned"),
            Self::Raised(raised) => write!(f, "raised {raised}"),
            Self::Exiting { code, by } => write!(f, "exit code {code} by {by}"),
            Self::Hangs(why) => write!(f, "hangs: {why:?}"),
            Self::CutOff(cause) => write!(f, "cut off: {cause:?}"),
        }
    }
}

impl fmt::Display for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let had = self.had.iter().map(|(future, letter)| format!("{future} {letter}"));
        write!(f, "{}: {}", self.started, list(had, ", "))
    }
}

impl Method {
    /// The method's name in Python.
    pub fn name(self) -> &'static str {
        match self {
            Self::Result => "result",
            Self::Exception => "exception",
            Self::Done => "done",
            Self::Running => "running",
            Self::Cancelled => "cancelled",
            Self::Cancel => "cancel",
            Self::Ready => "ready",
            Self::Successful => "successful",
            Self::Repr => "__repr__",
        }
    }
}

fn state_name(state: FutureState) -> &'static str {
    match state {
        FutureState::Pending => "PENDING",
        FutureState::Running => "RUNNING",
        FutureState::Cancelled => "CANCELLED",
        FutureState::CancelledAndNotified => "CANCELLED_AND_NOTIFIED",
        FutureState::Finished => "FINISHED",
    }
}

fn list(items: impl IntoIterator<Item = impl fmt::Display>, between: &str) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    items.join(between)
}

#[cfg(test)]
mod tests;
