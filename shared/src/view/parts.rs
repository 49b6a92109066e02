//! What a view is made of: tasks, futures, workers, deliveries, counts.

use crate::engine::event::{Agent, Because, BlockedOn, HowExited, Items, Work};
use crate::engine::future::FutureState;
use crate::outcome::{Outcome, Raised};
use crate::units::{CallId, FutureId, Instant, Span, WorkerId};
use crate::view::Way;

/// A task of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskView {
    /// It was not submitted yet.
    Waiting,
    /// It was submitted: its last future. How far a map node is says [`View::items`].
    ///
    /// [`View::items`]: super::View::items
    Submitted(FutureId),
    /// It will not be submitted.
    Skipped(Because),
}

/// A future and its call.
#[derive(Debug, Clone, PartialEq)]
pub struct FutureView {
    /// What people call it: the task's id, `a…c` for a chunk, `squares[3]` or `squares[0…999]` for
    /// items of a map node, `a/0` for a task's own call.
    pub name: String,
    /// What its call carries.
    pub work: Work,
    /// Whose code submitted it.
    pub by: Agent,
    /// What Python says.
    pub state: FutureState,
    /// What is true.
    pub place: Place,
    /// What its running call waits for, if it does.
    pub blocked: Option<BlockedOn>,
    /// Its value or exception, once it is `FINISHED`.
    pub outcome: Option<Outcome>,
    /// The worker that has its call, or had it.
    pub worker: Option<WorkerId>,
    /// How long its bodies took, from the first's begin to the last's end, once they returned.
    pub ran: Option<Span>,
    /// Of a call with several items, what came of each, once they returned. Behind one that raised there
    /// is nothing.
    pub each: Option<Box<Items>>,
    /// When a worker took it.
    pub taken: Option<Instant>,
    /// What its way to a worker process and back took; none where nothing travels.
    pub way: Option<Box<Way>>,
}

/// Where a call really is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the work queue (threads), among the work ids (processes), or in the task queue (Pool).
    Queued,
    /// In the process pool's call queue, or in Pool's pipe.
    InCallQueue,
    /// With this worker.
    With(WorkerId),
    /// Its result is on its way from the worker process to the manager, or to Pool's result handler.
    ResultOnItsWay,
    /// It is nowhere any more: done, cancelled or lost.
    Over,
}

impl Place {
    /// Places in which calls lie, and nobody has them.
    pub(super) const LYING: usize = 3;

    /// Which of them this is, if it is one.
    pub(super) fn lies_at(self) -> Option<usize> {
        match self {
            Self::Queued => Some(0),
            Self::InCallQueue => Some(1),
            Self::ResultOnItsWay => Some(2),
            Self::With(_) | Self::Over => None,
        }
    }
}

/// A worker of the pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerView {
    /// The thread's or process's name.
    pub name: String,
    /// The process's id; none for a thread, and before it runs.
    pub pid: Option<u32>,
    /// What it does.
    pub state: WorkerState,
    /// The call that it has; of a dead worker, the one that it died with.
    pub call: Option<CallId>,
}

/// What a worker does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerState {
    /// It was asked for and does not run yet.
    Starting,
    /// It runs, and is between two calls.
    Free,
    /// It found nothing to do and sleeps.
    Idle,
    /// It has a call.
    Busy,
    /// It is no more.
    Exited(HowExited),
    /// It could not be started.
    Failed,
}

/// Something that came to main.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// When.
    pub at: Instant,
    /// Through what.
    pub through: Through,
    /// The future.
    pub future: FutureId,
    /// The item within its call, from 0; above 0 only in chunks.
    pub item: u32,
}

/// Through what a result came to main.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Through {
    /// The iterator of `map`.
    Map,
    /// The iterator of `as_completed`.
    AsCompleted,
    /// Pool's `imap`.
    Imap,
    /// Pool's `imap_unordered`.
    ImapUnordered,
    /// `future.result()`, be it a value or an exception.
    Result,
}

/// A printed line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: Instant,
    /// In which lane.
    pub by: Agent,
    /// The line, without its end.
    pub text: String,
}

/// How the program ended, as it says itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Its main thread came to its end.
    Returned,
    /// Nobody caught this.
    Raised(Raised),
    /// Code in it called `os._exit` with this.
    Exited(i32),
}

/// How many there are of what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tasks of the graph.
    pub tasks: usize,
    /// Tasks whose last future is `FINISHED` with a value.
    pub returned: usize,
    /// Tasks whose last future is `FINISHED` with an exception.
    pub raised: usize,
    /// Tasks whose last future was cancelled.
    pub cancelled: usize,
    /// Tasks that will not be submitted.
    pub skipped: usize,
    /// Futures, inner ones included.
    pub futures: usize,
    /// Futures by state, in the order of [`FutureState::ALL`].
    pub states: [usize; 5],
}

impl Counts {
    /// Tasks whose last future is `FINISHED`.
    pub fn finished(&self) -> usize {
        self.returned + self.raised
    }
}
