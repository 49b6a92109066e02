//! What can stand in a log: records, each with its number, its time, its cause and one event.
//!
//! The list was thought through once, for every executor and every driver, because a later addition
//! costs a new format, an upgrade and a golden log. Three groups are kept apart on purpose:
//!
//! * the **future's** events (`Submitted`, `Running`, `Finished` …) are what Python's library says;
//! * the **call's** events (`Queued`, `Taken`, `Returned` …) are what is physically true;
//! * the **agents'** events are when somebody who can run late really ran.
//!
//! A process pool's future is `Running` from the moment its call is `Queued` in the call queue, long
//! before it is `Taken`: the fact that surprises everyone can be shown only because both are here.

mod parts;

use serde::{Deserialize, Serialize};

pub use parts::Parts;

use crate::outcome::{Outcome, Raised};
use crate::units::{
    CallId, CallbackId, FutureId, Instant, IteratorId, Seq, Span, TaskId, WorkerId,
};
use crate::value::Value;

/// The number of the log's format; a reader refuses a higher one.
pub const LOG_FORMAT: u16 = 1;

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its place in the log, from 0, without gaps.
    pub seq: Seq,
    /// When it happened, in nanoseconds since the run began; never earlier than the record before.
    pub at: Instant,
    /// The record without which this one would not be, if there is one in the log.
    pub cause: Option<Seq>,
    /// What happened.
    pub event: Event,
}

/// Whatever of a Python program can run late: it is woken, and reports when it really runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agent {
    /// The program's main thread.
    Main,
    /// One worker of the pool.
    Worker(WorkerId),
    /// The process pool's manager thread, in the program's process.
    Manager,
    /// `multiprocessing.Pool`'s thread that writes tasks to the pipe.
    TaskHandler,
    /// `multiprocessing.Pool`'s thread that reads results and runs callbacks.
    ResultHandler,
    /// `multiprocessing.Pool`'s thread that replaces dead workers.
    WorkerHandler,
    /// The process pool's queue feeder thread, which pickles calls in the program's process.
    Feeder,
    /// The person who watches, or the scenario's planned interventions in their name.
    Person,
}

/// What a call carries: which part of which task, or a call that a task made itself.
#[derive(Debug, Clone, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Tasks of the graph in order; more than one only in a chunk of `map`.
    Tasks(Parts),
    /// Submitted by a running task to its own executor.
    Inner {
        /// The future of the task that submitted it; none if the main thread computed that task itself.
        of: Option<FutureId>,
        /// Its number among that task's own submits, from 0.
        number: u32,
        /// The function's name in the catalogue.
        function: String,
        /// One argument for each parameter.
        args: Vec<Value>,
    },
}

impl Work {
    /// One whole task.
    pub fn task(task: TaskId) -> Self {
        Self::Tasks(Parts::One(Part { task, first: 0, count: 1 }))
    }

    /// The tasks that it is of, in order.
    pub fn tasks(&self) -> impl Iterator<Item = TaskId> + '_ {
        let parts = match self {
            Self::Tasks(parts) => &parts[..],
            Self::Inner { .. } => &[],
        };
        parts.iter().map(|part| part.task)
    }

    /// Whether this task, or items of it, are in it.
    pub fn carries(&self, task: TaskId) -> bool {
        self.tasks().any(|one| one == task)
    }

    /// How many items are in it; each gives one outcome.
    pub fn item_count(&self) -> u32 {
        match self {
            Self::Tasks(parts) => {
                parts.iter().fold(0, |count, part| part.count.saturating_add(count))
            }
            Self::Inner { .. } => 1,
        }
    }

    /// The item in this place of the call, counted from 0, as a part of its own.
    pub fn item_at(&self, place: u32) -> Option<Part> {
        let (part, within) = self.part_at(place)?;
        Some(Part { first: part.first.saturating_add(within), count: 1, ..part })
    }

    /// The part in which this place of the call lies, counted from 0, and how far into it.
    pub fn part_at(&self, place: u32) -> Option<(Part, u32)> {
        let Self::Tasks(parts) = self else { return None };
        let mut within = place;
        for part in parts {
            if within < part.count {
                return Some((*part, within));
            }
            within -= part.count;
        }
        None
    }

    /// The task of the graph that this call starts with, if it is one of the graph's.
    pub fn first_task(&self) -> Option<TaskId> {
        match self {
            Self::Tasks(parts) => parts.first().map(|part| part.task),
            Self::Inner { .. } => None,
        }
    }
}

/// A range of one task's items. A task that is no map node has exactly one item, number 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Part {
    /// The task.
    pub task: TaskId,
    /// Its first item in this call.
    pub first: u32,
    /// How many of its items; at least 1.
    pub count: u32,
}

/// What somebody is blocked on. Blocked without a deadline and without anybody left to end it is a
/// hang.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockedOn {
    /// `future.result()` or `.exception()`.
    Result(FutureId),
    /// `next()` of a `map` iterator, whose head is this future.
    MapNext(FutureId),
    /// `next()` of an `as_completed` iterator.
    CompletedNext(IteratorId),
    /// `wait(...)` for this many futures that are not done.
    Wait(u32),
    /// `finished.wait()`: until callbacks have seen the last task of the graph.
    AllTasks,
    /// `time.sleep(...)`.
    Sleep(Span),
    /// `shutdown(wait=True)`, or the end of the `with` block.
    Shutdown,
    /// The interpreter's exit, which waits for every worker.
    Exit,
    /// A future that the task submitted in its own process, where no manager thread runs.
    OwnProcess,
    /// This task's gate, which a person or an intervention must open.
    Gate(TaskId),
    /// `AsyncResult.get()` of Pool's `map_async`, or Pool's `map` itself.
    Job(IteratorId),
    /// `next()` of an iterator of Pool's `imap` or `imap_unordered`.
    ImapNext(IteratorId),
    /// `pool.join()`: until handlers and workers have ended.
    Join,
    /// `pool.terminate()`, or the end of Pool's `with` block: until the workers are dead.
    Terminate,
}

/// How a worker's life ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HowExited {
    /// It was told to stop and did.
    Told,
    /// It ended by itself with this exit code (`os._exit`).
    Code(i32),
    /// It was killed by this signal.
    Signal(i32),
}

/// Which iterator delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum YieldedBy {
    /// `Executor.map`: in the order of the inputs.
    Map,
    /// `as_completed`: in the order of completion.
    AsCompleted,
    /// Pool's `imap`: in the order of the inputs.
    Imap,
    /// Pool's `imap_unordered`: in the order of arrival.
    ImapUnordered,
}

/// What was asked of a future, or of the program's surroundings, and is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// `future.result(timeout)`.
    Result(FutureId),
    /// `future.exception(timeout)`.
    Exception(FutureId),
    /// `future.done()`.
    Done(FutureId),
    /// `future.running()`.
    Running(FutureId),
    /// `future.cancelled()`.
    Cancelled(FutureId),
    /// `future.cancel()`: whether it could be.
    Cancel(FutureId),
    /// `AsyncResult.ready()`.
    Ready(FutureId),
    /// `AsyncResult.successful()`.
    Successful(FutureId),
    /// `executor.submit(...)`, when it was refused.
    Submit,
    /// `next(...)` of an iterator, when it is exhausted or raised.
    Next(IteratorId),
    /// `time.sleep(...)` came back.
    Sleep,
    /// `finished.wait()` came back.
    AllTasks,
    /// `get()` of `map_async`'s result, or Pool's `map` itself.
    Job(IteratorId),
    /// `ready()` of `map_async`'s result.
    JobReady(IteratorId),
    /// `successful()` of `map_async`'s result.
    JobSuccessful(IteratorId),
    /// `repr(future)`.
    Repr(FutureId),
    /// `pool.join()`, when it was refused.
    Join,
    /// `pool.terminate()`, when it raised.
    Terminate,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// A value; `None` for what answers nothing.
    Value(Value),
    /// An exception, raised in whoever asked.
    Raised(Raised),
    /// `StopIteration`: the iterator is exhausted.
    Exhausted,
}

/// A planned or clicked act of a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Cancel this task's future.
    Cancel(TaskId),
    /// Kill the worker that has this task's call (process pools only).
    KillWorkerOf(TaskId),
    /// Kill this worker (process pools only).
    KillWorker(WorkerId),
    /// Open this task's gate.
    Open(TaskId),
    /// Shut the executor down.
    Shutdown {
        /// Also cancel what is pending.
        cancel_futures: bool,
    },
}

/// What became of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActResult {
    /// It was done.
    Done,
    /// It was refused: too late, already over, or not possible for this executor.
    Refused,
    /// The event that it was to follow never came.
    NeverCame,
}

/// Why a task of the graph is not submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// One of its inputs raised.
    InputFailed(TaskId),
    /// One of its inputs was cancelled.
    InputCancelled(TaskId),
    /// One of its inputs was itself skipped.
    InputSkipped(TaskId),
    /// An earlier level of `map` ended with an exception.
    MapEnded,
    /// The executor takes no more calls.
    ExecutorRefused,
}

/// Why a run cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyHang {
    /// Every worker is occupied by a call that waits for a call which needs a worker.
    PoolFull,
    /// Tasks wait for each other in a circle.
    Circle,
    /// It waits for a future which is cancelled and which nobody will ever notify (rule 122).
    NeverNotified,
    /// A task waits for a future of its own process, where no manager runs (docs; rule 50).
    OwnProcess,
    /// No worker is left that could take the call.
    NoWorker,
    /// Its worker died with the call, and Pool never tells (rules 170 to 172).
    Lost,
    /// The pool was terminated, and its results never become ready (rule 167).
    Terminated,
    /// The pool's thread that reads results died of an exception (rule 165, V-33).
    HandlerDied,
    /// The manager waits inside a callback for a result that only it could read (rule 142).
    ManagerWaits,
}

/// One link of a hang: `who` waits for `on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HangLink {
    /// Who waits.
    pub who: Agent,
    /// The future whose call is waiting, if a call is.
    pub of: Option<FutureId>,
    /// What for.
    pub on: BlockedOn,
}

/// One outcome of each item of a call, as columns: 50,000 items are three vectors, not 50,000
/// records.
#[derive(Debug, Clone, Default, PartialEq, Hash, Serialize, Deserialize)]
pub struct Items {
    /// When each item's body began.
    pub started: Vec<Instant>,
    /// When it ended.
    pub ended: Vec<Instant>,
    /// How.
    pub outcomes: Vec<Outcome>,
}

impl Items {
    /// One item.
    pub fn one(started: Instant, ended: Instant, outcome: Outcome) -> Self {
        Self { started: vec![started], ended: vec![ended], outcomes: vec![outcome] }
    }

    /// None yet, and room for so many.
    pub fn with_capacity(count: usize) -> Self {
        let (started, ended) = (Vec::with_capacity(count), Vec::with_capacity(count));
        Self { started, ended, outcomes: Vec::with_capacity(count) }
    }

    /// Appends an item.
    pub fn push(&mut self, started: Instant, ended: Instant, outcome: Outcome) {
        self.started.push(started);
        self.ended.push(ended);
        self.outcomes.push(outcome);
    }

    /// What comes of all of them: the first exception, which loses the others (rule 98); else the one
    /// value, or, `as_list`, the list of them.
    pub fn outcome(&self, as_list: bool) -> Outcome {
        let returned = |outcome: &Outcome| match outcome {
            Outcome::Returned(value) => Ok(value.clone()),
            Outcome::Raised(_) | Outcome::Lost => Err(outcome.clone()),
        };
        if !as_list {
            return self.outcomes.first().cloned().unwrap_or(Outcome::Lost);
        }
        match self.outcomes.iter().map(returned).collect::<Result<Vec<Value>, Outcome>>() {
            Ok(values) => {
                let list = Value::List(values);
                if list.can_travel() {
                    Outcome::Returned(list)
                } else {
                    Outcome::Raised(Raised::too_large("the list of the items' results"))
                }
            }
            Err(first) => first,
        }
    }
}

/// A call's way to a worker process and back, by the worker's own readings of the same clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Transport {
    /// When its bytes had arrived in the worker.
    pub arrived: Instant,
    /// When the worker had unpacked it.
    pub unpacked: Instant,
    /// When the worker had packed what came of it.
    pub packed: Instant,
}

/// What happened.
///
/// In the order of a run's life; the `match`es over it name every variant, so that the compiler lists
/// the places to visit when one is added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The program began.
    ProgramStarted {
        /// How many workers the executor may have.
        max_workers: u32,
    },
    /// A future exists, `PENDING`, and its call is in the work queue.
    Submitted {
        /// The future.
        future: FutureId,
        /// Its call.
        call: CallId,
        /// What the call carries.
        work: Work,
        /// Whose code called `submit`.
        by: Agent,
    },
    /// The future is `RUNNING`: for threads a worker took it, for processes the manager queued it.
    Running {
        /// The future.
        future: FutureId,
    },
    /// The future is `CANCELLED`: `cancel()` came in time.
    Cancelled {
        /// The future.
        future: FutureId,
        /// Who cancelled it.
        by: Agent,
    },
    /// The future is `CANCELLED_AND_NOTIFIED`: a worker or the manager reached it.
    Notified {
        /// The future.
        future: FutureId,
    },
    /// The future is `FINISHED`.
    Finished {
        /// The future.
        future: FutureId,
        /// With a value or an exception.
        outcome: Outcome,
    },

    /// The call is in the call queue (process pools) or on the task queue's pipe (Pool).
    Queued {
        /// The call.
        call: CallId,
    },
    /// The call's bytes are ready for the way.
    Packed {
        /// The call.
        call: CallId,
        /// How many bytes.
        bytes: u32,
    },
    /// A worker has the call.
    Taken {
        /// The call.
        call: CallId,
        /// Who took it.
        worker: WorkerId,
    },
    /// A running call waits for something.
    Blocked {
        /// The call.
        call: CallId,
        /// What for.
        on: BlockedOn,
    },
    /// A running call goes on.
    Unblocked {
        /// The call.
        call: CallId,
    },
    /// The worker is through with the call.
    Returned {
        /// The call.
        call: CallId,
        /// Who had it.
        worker: WorkerId,
        /// What came of each item.
        items: Items,
        /// The way there and back, for a worker process.
        transport: Option<Transport>,
    },
    /// The manager (or Pool's result handler) has the result.
    ResultArrived {
        /// The call.
        call: CallId,
    },
    /// The worker died with the call.
    Lost {
        /// The call.
        call: CallId,
        /// Who had it.
        worker: WorkerId,
    },

    /// A worker was asked for.
    WorkerSpawned {
        /// The worker.
        worker: WorkerId,
    },
    /// A worker runs.
    WorkerStarted {
        /// The worker.
        worker: WorkerId,
        /// The thread's or process's name.
        name: String,
        /// The process's id; none for a thread.
        pid: Option<u32>,
    },
    /// A worker found nothing to do and sleeps.
    WorkerIdle {
        /// The worker.
        worker: WorkerId,
    },
    /// A worker is no more.
    WorkerExited {
        /// The worker.
        worker: WorkerId,
        /// How.
        how: HowExited,
    },
    /// A worker could not be started.
    SpawnFailed {
        /// The worker.
        worker: WorkerId,
        /// What the operating system said.
        message: String,
    },

    /// The manager (or a handler of Pool's) really runs.
    AgentWoke {
        /// Who.
        agent: Agent,
    },
    /// The executor is broken: no future of it will be computed any more.
    ExecutorBroken {
        /// What broke it.
        raised: Raised,
    },
    /// A thread of the pool's own died of an exception, and nobody does its work any more.
    HandlerDied {
        /// Who.
        agent: Agent,
        /// What of.
        raised: Raised,
    },

    /// Somebody's code waits.
    ProgramBlocked {
        /// Whose.
        by: Agent,
        /// What for.
        on: BlockedOn,
    },
    /// Somebody's question is answered.
    Answered {
        /// Whose.
        by: Agent,
        /// What was asked.
        what: Question,
        /// What came back.
        reply: Reply,
    },
    /// An iterator delivered.
    Yielded {
        /// To whom.
        by: Agent,
        /// Which kind of iterator.
        from: YieldedBy,
        /// Which iterator.
        iterator: IteratorId,
        /// The future delivered.
        future: FutureId,
        /// The item within the future's call, from 0; above 0 only in chunks.
        item: u32,
    },
    /// `wait` came back.
    WaitReturned {
        /// To whom.
        by: Agent,
        /// Its first set, in order of submission.
        done: Vec<FutureId>,
        /// Its second set, in order of submission.
        not_done: Vec<FutureId>,
    },
    /// A deadline passed while somebody waited.
    TimedOut {
        /// Who.
        by: Agent,
        /// For what.
        on: BlockedOn,
    },
    /// The program printed a line.
    Printed {
        /// In which lane.
        by: Agent,
        /// The line, without its end.
        text: String,
    },
    /// A task will not be submitted.
    TaskSkipped {
        /// The task.
        task: TaskId,
        /// Why.
        because: Because,
    },
    /// The program calls a task's function itself, without the pool.
    DirectCallStarted {
        /// The task whose function and arguments it uses.
        task: TaskId,
    },
    /// That call came back.
    DirectCallReturned {
        /// The task.
        task: TaskId,
        /// With what.
        outcome: Outcome,
    },
    /// `shutdown` was called.
    ShutdownAsked {
        /// By whom.
        by: Agent,
        /// Whether it waits for the workers.
        wait: bool,
        /// Whether pending futures are cancelled.
        cancel_futures: bool,
        /// Whether nobody wrote it: the end of the `with` block calls it.
        leaves_block: bool,
    },
    /// `shutdown` came back.
    ShutdownReturned {
        /// To whom.
        by: Agent,
    },
    /// `terminate_workers()` or `kill_workers()` was called.
    WorkersStopped {
        /// By whom.
        by: Agent,
        /// Whether they are killed, and not asked to end.
        kill: bool,
    },
    /// `pool.close()` was called.
    PoolClosed {
        /// By whom.
        by: Agent,
    },
    /// `pool.terminate()` was called.
    TerminateAsked {
        /// By whom.
        by: Agent,
        /// Whether nobody wrote it: the end of the `with` block, or the interpreter's exit, calls it.
        unwritten: bool,
    },
    /// `pool.terminate()` came back: no worker is left.
    TerminateReturned {
        /// To whom.
        by: Agent,
    },
    /// `pool.join()` came back.
    JoinReturned {
        /// To whom.
        by: Agent,
    },
    /// The `with` block is left.
    BlockLeft,
    /// Code in a thread ends the whole program (`os._exit`).
    ProgramExiting {
        /// The exit code.
        code: i32,
        /// Whose code it was.
        by: Agent,
    },
    /// Nobody is left who could let the program go on.
    ProgramHangs {
        /// Why.
        why: WhyHang,
        /// Who waits for what, from `main` on.
        chain: Vec<HangLink>,
    },
    /// The program came to its end.
    ProgramEnded {
        /// The exception that it ended with, if it did.
        raised: Option<Raised>,
    },

    /// A done-callback begins.
    CallbackStarted {
        /// Of which future.
        future: FutureId,
        /// Which callback.
        callback: CallbackId,
        /// Whose thread runs it.
        lane: Agent,
    },
    /// A done-callback ended.
    CallbackEnded {
        /// Of which future.
        future: FutureId,
        /// Which callback.
        callback: CallbackId,
        /// Whose thread ran it.
        lane: Agent,
        /// What it raised: logged by Python, and otherwise ignored.
        raised: Option<Raised>,
    },
    /// A worker's initializer begins.
    InitializerStarted {
        /// The worker.
        worker: WorkerId,
    },
    /// A worker's initializer ended.
    InitializerEnded {
        /// The worker.
        worker: WorkerId,
        /// What it raised.
        raised: Option<Raised>,
    },

    /// A thread holds the (emulated) global interpreter lock.
    GilTaken {
        /// Who.
        by: Agent,
    },
    /// It let go of it.
    GilReleased {
        /// Who.
        by: Agent,
    },
    /// A person, or the plan in their name, acted.
    Intervened {
        /// The place in the scenario's list of interventions; none for a click.
        plan: Option<u32>,
        /// What was to be done.
        act: Act,
        /// What became of it.
        result: ActResult,
    },
    /// Appended by whoever watched the run from outside, exactly once and last.
    EndOfRun {
        /// Why it ended.
        cause: EndCause,
        /// The last record that is known to be true before this one; none if there is none.
        after_seq: Option<Seq>,
        /// What it used of the machine, as far as that can be known; none of a simulated run.
        #[serde(default)]
        used: Option<Used>,
    },
}

/// What a run used of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Used {
    /// Processor time, user's and system's, of all processes of the run that ended before it did. The
    /// kernel counts it in hundredths of a second.
    pub cpu: Span,
    /// Processors that the run may use at once.
    pub cores: u16,
}

/// Why a run ended, seen from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// The program came to its end.
    Finished,
    /// The program can never go on; see its `ProgramHangs`.
    Hang,
    /// A person stopped it.
    Stopped,
    /// It met its limit of wall-clock time.
    Deadline,
    /// It ended its own process with this code.
    Exit(i32),
    /// A signal ended its process.
    Signal(i32),
    /// It met its limit of CPU time.
    Cpu,
    /// It met its limit of memory.
    Memory,
    /// It met the limit of records a run may have.
    Records,
    /// It met the limit of workers a run may start.
    Workers,
    /// We failed, not the program.
    Internal,
}

impl EndCause {
    /// As people say it.
    pub fn words(self) -> String {
        match self {
            Self::Finished => "finished".to_owned(),
            Self::Hang => "hangs: it can never go on".to_owned(),
            Self::Stopped => "stopped".to_owned(),
            Self::Deadline => {
                format!("stopped by the limit of {} s for a run", crate::limits::WALL.seconds())
            }
            Self::Exit(code) => format!("ended its own process with code {code}"),
            Self::Signal(signal) => format!("killed by signal {signal}"),
            Self::Cpu => "stopped by the limit of CPU time".to_owned(),
            Self::Memory => "stopped by the limit of memory".to_owned(),
            Self::Records => "stopped by the limit of records".to_owned(),
            Self::Workers => "stopped by the limit of workers".to_owned(),
            Self::Internal => "failed on our side; nothing of yours is lost".to_owned(),
        }
    }
}
