//! What a task or a future looks like, and what is true of it beside what Python says.
//!
//! Python's future has five states. A learner must see nine: a task may not be submitted yet, or
//! never; `RUNNING` may mean that a worker has the call, or only that it lies in the call queue; and
//! `FINISHED` may mean a value, an exception, or that the pool broke.
//!
//! ```text
//!  waiting ─submit─▶ queued ─▶ claims ─▶ running ─▶ succeeded │ failed │ broken
//!     │                │     (processes)
//!     └─▶ skipped      └─▶ cancelled
//! ```
//!
//! `multiprocessing.Pool` has results in place of futures: they are not ready, or ready. Whoever lost
//! one never hears of it; here it looks broken, though Python goes on to say *not ready*.
//!
//! A look is a fact about one moment. When it came about, only [`timeline`](super::timeline) knows.

mod pool;

use crate::engine::future::FutureState;
use crate::outcome::Outcome;
use crate::scenario::ExecutorKind;
use crate::units::{FutureId, TaskId, WorkerId};
use crate::view::{FutureView, Place, TaskView, View};

/// What a task or a future looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shown {
    /// Not submitted yet.
    Waiting,
    /// `PENDING`, in line.
    Queued,
    /// Python says `RUNNING`, but no worker has it: it lies in the process pool's call queue.
    Claims,
    /// `RUNNING`: a worker has it, or its result is on its way back.
    Running,
    /// `FINISHED` with a value.
    Succeeded,
    /// `FINISHED` with an exception that its function raised.
    Failed,
    /// `CANCELLED`, be it notified or not.
    Cancelled,
    /// `FINISHED` with a `BrokenExecutor`: a worker died, or could not begin. Of a Pool: lost with its
    /// worker or thrown away, and never ready.
    Broken,
    /// It will not be submitted.
    Skipped,
}

impl Shown {
    /// Every look, in the order of a life and of the legend.
    pub const ALL: [Self; 9] = [
        Self::Waiting,
        Self::Queued,
        Self::Claims,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
        Self::Broken,
        Self::Skipped,
    ];

    /// The class of whatever shows it: the style sheets know a look by no other name.
    pub fn class(self) -> &'static str {
        match self {
            Self::Waiting => "is-waiting",
            Self::Queued => "is-queued",
            Self::Claims => "is-claims",
            Self::Running => "is-running",
            Self::Succeeded => "is-succeeded",
            Self::Failed => "is-failed",
            Self::Cancelled => "is-cancelled",
            Self::Broken => "is-broken",
            Self::Skipped => "is-skipped",
        }
    }

    /// The word on a node, which has no room for all of [`Self::word`]; the glyph and the outline say
    /// the rest.
    pub fn word_on_node(self) -> &'static str {
        match self {
            Self::Claims => "queued",
            other => other.word(),
        }
    }

    /// The look of what ended so.
    pub fn of_outcome(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Returned(_) => Self::Succeeded,
            Outcome::Raised(raised) if raised.is_a("BrokenExecutor") => Self::Broken,
            Outcome::Raised(_) => Self::Failed,
            Outcome::Lost => Self::Broken,
        }
    }

    /// The word for it, as the legend has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Queued => "queued",
            Self::Claims => "says RUNNING, is queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Broken => "broken",
            Self::Skipped => "skipped",
        }
    }
}

/// What Python's methods would answer now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Says {
    /// `future.done()`.
    pub done: bool,
    /// `future.running()`.
    pub running: bool,
    /// `future.cancelled()`.
    pub cancelled: bool,
    /// `future.cancel()`, if it were called now.
    pub cancel_would: bool,
}

/// A row of the table *Python says, what is true*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// The method, as it is called: `running()`.
    pub method: &'static str,
    /// What it answers, as Python writes it: `True`, `False`, or the exception that it raises.
    pub says: &'static str,
    /// What is true: a few words without a full stop, `on no worker`.
    pub text: String,
    /// Whether the answer would mislead who does not know better.
    pub differs: bool,
}

/// A worker's letter: A for the first, Z for the 26th, AA for the next.
pub fn letter(worker: WorkerId) -> String {
    let mut letters = Vec::new();
    // Counted from 1: these numerals have no zero.
    let mut rest = u64::from(worker.0) + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).expect("below 26")));
        rest /= 26;
    }
    letters.into_iter().rev().collect()
}

impl View {
    /// What a task looks like: as its last future does; a map node as [`ItemsView::shown`] says. A
    /// task that does not exist waits for ever.
    ///
    /// [`ItemsView::shown`]: crate::view::ItemsView::shown
    pub fn shown(&self, task: TaskId) -> Shown {
        let is_skipped = matches!(self.tasks.get(task.index()), Some(TaskView::Skipped(_)));
        if let Some(items) = self.items(task)
            && !is_skipped
        {
            return items.shown();
        }
        match self.tasks.get(task.index()) {
            None | Some(TaskView::Waiting) => Shown::Waiting,
            Some(TaskView::Skipped(_)) => Shown::Skipped,
            Some(TaskView::Submitted(future)) => self.shown_future(*future),
        }
    }

    /// What a future looks like. One that does not exist waits for ever.
    pub fn shown_future(&self, future: FutureId) -> Shown {
        let Some(cell) = self.future(future) else {
            return Shown::Waiting;
        };
        match (cell.state, cell.place) {
            (FutureState::Cancelled | FutureState::CancelledAndNotified, _) => Shown::Cancelled,
            (FutureState::Finished, _) => {
                cell.outcome.as_ref().map_or(Shown::Broken, Shown::of_outcome)
            }
            (_, Place::With(_) | Place::ResultOnItsWay) => Shown::Running,
            // Pool's results claim nothing.
            (FutureState::Pending, Place::InCallQueue)
                if self.plan().kind() == ExecutorKind::Pool =>
            {
                Shown::Queued
            }
            (FutureState::Pending, Place::Over) if self.plan().kind() == ExecutorKind::Pool => {
                Shown::Broken
            }
            (_, Place::InCallQueue) => Shown::Claims,
            (FutureState::Pending, Place::Queued | Place::Over) => Shown::Queued,
            // A thread says so when it has taken the call from the queue; the manager, when it is
            // about to put it into the next one.
            (FutureState::Running, Place::Queued) => match self.plan().kind() {
                ExecutorKind::Threads | ExecutorKind::Interpreters => Shown::Running,
                ExecutorKind::Processes | ExecutorKind::Pool => Shown::Claims,
            },
            (FutureState::Running, Place::Over) => Shown::Running,
        }
    }

    /// How many tasks look how, in the order of [`Shown::ALL`]; of a map node, how many of its items.
    pub fn shown_counts(&self) -> [usize; 9] {
        let mut counts = [0; 9];
        for task in (0..self.tasks.len()).map(TaskId::at) {
            let items = self.item_counts(task);
            if items.iter().all(|count| *count == 0) {
                counts[self.shown(task) as usize] += 1;
            }
            for (sum, count) in counts.iter_mut().zip(items) {
                *sum += count as usize;
            }
        }
        counts
    }

    /// What Python's methods would answer now; of a future that does not exist, what a new one says.
    pub fn says(&self, future: FutureId) -> Says {
        let state = self.future(future).map_or(FutureState::Pending, |cell| cell.state);
        Says {
            done: state.done(),
            running: state.running(),
            cancelled: state.cancelled(),
            // Once more is as good as once: `cancel()` of a cancelled future is true (rule 6).
            cancel_would: state == FutureState::Pending || state.cancelled(),
        }
    }

    /// What Python says of a future beside what is true: a row each for `running()`, `done()` and
    /// `cancel()`; of a Pool's result, for `ready()` and `successful()` (rules 148 and 149). No rows for
    /// a future that does not exist.
    pub fn truth(&self, future: FutureId) -> Vec<Truth> {
        let Some(cell) = self.future(future) else {
            return Vec::new();
        };
        let (says, shown) = (self.says(future), self.shown_future(future));
        if self.plan().kind() == ExecutorKind::Pool {
            return pool::truth(self, cell, shown);
        }
        let row = |method, says, (text, differs): (String, bool)| Truth {
            method,
            says: python(says),
            text,
            differs,
        };
        vec![
            row("running()", says.running, where_it_is(cell, shown)),
            row("done()", says.done, how_far(cell, shown)),
            row("cancel()", says.cancel_would, in_time(cell, shown)),
        ]
    }
}

/// A bool as Python writes it.
fn python(says: bool) -> &'static str {
    if says { "True" } else { "False" }
}

/// Beside `running()`: where the call is, and whether that is not what one would think.
fn where_it_is(cell: &FutureView, shown: Shown) -> (String, bool) {
    match (shown, cell.place) {
        (_, Place::With(worker)) => {
            let with = format!("with worker {}", letter(worker));
            match cell.blocked {
                Some(_) => (format!("{with}, but itself waits"), true),
                None => (with, false),
            }
        }
        (Shown::Claims, _) => ("on no worker".to_owned(), true),
        (Shown::Running, _) if returned(cell) => {
            ("on no worker any more: its result is on its way".to_owned(), true)
        }
        (Shown::Running, Place::Over) => ("its worker is no more".to_owned(), true),
        (Shown::Running, _) => ("a worker is about to begin".to_owned(), false),
        (Shown::Queued, _) => ("in the queue".to_owned(), false),
        (Shown::Cancelled | Shown::Broken, _) if cell.worker.is_none() => {
            ("no worker ever had it".to_owned(), false)
        }
        _ => match cell.worker {
            Some(worker) => (format!("worker {} had it", letter(worker)), false),
            None => ("on no worker".to_owned(), false),
        },
    }
}

/// Whether its worker is through with it: a thread's call is then in no place any more.
fn returned(cell: &FutureView) -> bool {
    cell.place == Place::ResultOnItsWay || (cell.place == Place::Over && cell.ran.is_some())
}

/// Beside `done()`: how far it is, and whether that is not what one would think.
fn how_far(cell: &FutureView, shown: Shown) -> (String, bool) {
    let (text, differs) = match (shown, cell.place) {
        (Shown::Waiting | Shown::Queued | Shown::Claims | Shown::Skipped, _) => {
            ("not even begun", false)
        }
        (Shown::Running, _) if returned(cell) => ("computed already", true),
        (Shown::Running, Place::Over) => ("it will never be computed", true),
        (Shown::Running, _) => ("at work", false),
        (Shown::Succeeded, _) => ("it has a value", false),
        (Shown::Failed, _) => ("it has an exception", false),
        // Done, though nothing was: the word that surprises.
        (Shown::Cancelled, _) => ("never begun, and never will be", true),
        (Shown::Broken, _) => ("given up, not computed", true),
    };
    (text.to_owned(), differs)
}

/// Beside `cancel()`: why it would come in time or not, and whether that is not what one would think.
fn in_time(cell: &FutureView, shown: Shown) -> (String, bool) {
    let (text, differs) = match (shown, cell.place) {
        (Shown::Waiting | Shown::Queued | Shown::Skipped, _) => ("it would come in time", false),
        (Shown::Claims, _) => ("it is too late", true),
        (Shown::Running, Place::With(_) | Place::Queued | Place::InCallQueue) => {
            ("a worker has begun", false)
        }
        (Shown::Running, Place::ResultOnItsWay | Place::Over)
        | (Shown::Succeeded | Shown::Failed | Shown::Broken, _) => ("it is over", false),
        (Shown::Cancelled, _) => ("it is cancelled already", false),
    };
    (text.to_owned(), differs)
}

#[cfg(test)]
mod tests;
