//! What goes into the engine and what comes out of it, short of the log.
//!
//! ```text
//!            Command (a program or a person wants)           Answer (to whoever asked)
//!  driver ─────────────────────────────────────────▶ Engine ──────────────────────────▶ driver
//!            Fact (the world did)                            Effect (please do)
//! ```
//!
//! Commands are imperatives, facts are what happened, effects are imperatives to the driver. An answer
//! is for the agent whose input it was; effects are carried out after the lock is let go, and
//! [`Effect::RunCallback`] by that same agent, before it does anything else.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::engine::event::{Act, Agent, BlockedOn, HowExited, Items, Part, Transport, Work};
use crate::outcome::{Outcome, Raised};
use crate::units::{CallId, CallbackId, FutureId, Instant, IteratorId, Span, TaskId, WorkerId};
use crate::value::Value;

/// One thing for the engine to handle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// Somebody's code calls something.
    Command {
        /// Whose code: the main thread, or the lane in which a callback or a task runs.
        by: Agent,
        /// What it calls.
        command: Command,
    },
    /// The world did something.
    Fact(Fact),
}

/// When `wait` comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReturnWhen {
    /// When one future is done.
    FirstCompleted,
    /// When one future raised, or all are done.
    FirstException,
    /// When all are done.
    #[default]
    AllCompleted,
}

/// How a call comes to be one of a `map`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MapSubmit {
    /// The call of `map`, or of Pool's `map_async`, itself submits it. A refusal comes out of that call.
    Call(IteratorId),
    /// `next()` of a `map` with a `buffersize` submits it before it waits for the head. A refusal ends
    /// the generator, and comes out of the `Next` that follows (rule 72).
    Refill(IteratorId),
}

/// What a program's code can call. Each is exactly a call that any Python program could make.
#[derive(Debug, Clone, PartialEq, Hash, Serialize, Deserialize)]
pub enum Command {
    /// `executor.submit(...)`, or Pool's `apply_async(...)`. Answers `Future`, or `Raised`.
    Submit {
        /// What the call carries.
        work: Work,
        /// The values of its tasks' inputs, in the order of [`TaskPlan::inputs`](crate::scenario::TaskPlan).
        /// The calls of a map node share theirs.
        inputs: Arc<[Value]>,
        /// The `map`, or Pool's job, that submits it, if it is one.
        map: Option<MapSubmit>,
        /// Pool's callbacks, which have to be there before the result is.
        callbacks: Callbacks,
    },
    /// `future.add_done_callback(...)`. Answers `Nothing`.
    AddCallback {
        /// The future.
        future: FutureId,
        /// What to hand back in [`Effect::RunCallback`].
        callback: CallbackId,
    },
    /// `future.result(timeout)`. Answers `Value`, `Raised` or `Blocked`.
    Result {
        /// The future.
        future: FutureId,
        /// How long to wait at most.
        timeout: Option<Span>,
    },
    /// `future.exception(timeout)`. Answers `Exception`, `Raised` or `Blocked`.
    Exception {
        /// The future.
        future: FutureId,
        /// How long to wait at most.
        timeout: Option<Span>,
    },
    /// `wait(futures, timeout, return_when)`. Answers `Sets` or `Blocked`.
    Wait {
        /// The futures; duplicates collapse.
        futures: Vec<FutureId>,
        /// How long to wait at most.
        timeout: Option<Span>,
        /// When to come back.
        return_when: ReturnWhen,
    },
    /// `as_completed(futures, timeout)`. Answers `Iterator`.
    OpenCompleted {
        /// The futures; duplicates collapse.
        futures: Vec<FutureId>,
        /// How long the whole iteration may take, from its first `next` on.
        timeout: Option<Span>,
    },
    /// The first half of `executor.map(...)`: its clock starts. Answers `Iterator`; the calls follow
    /// as `Submit`s that name it.
    OpenMap {
        /// How long the whole iteration may take, from now on.
        timeout: Option<Span>,
    },
    /// The first half of Pool's `map_async(...)`. Answers `Iterator`, which stands for the one result
    /// of all; the calls follow as `Submit`s that name it, and then `SealJob`.
    OpenJob {
        /// Called with the whole list, or with the exception.
        callbacks: Callbacks,
    },
    /// The second half of Pool's `map_async(...)`: there are no more calls. Answers `Nothing`.
    SealJob {
        /// The job.
        job: IteratorId,
    },
    /// `get(timeout)` of `map_async`'s result. Answers `Value`, `Raised` or `Blocked`.
    GetJob {
        /// The job.
        job: IteratorId,
        /// How long to wait at most.
        timeout: Option<Span>,
    },
    /// `ready()` of a result of Pool's. Answers `Bool`.
    Ready {
        /// Of what.
        of: Handle,
    },
    /// `successful()` of a result of Pool's. Answers `Bool` or `Raised`.
    Successful {
        /// Of what.
        of: Handle,
    },
    /// Pool's `imap(...)` or `imap_unordered(...)`: its thread that hands out tasks pulls these calls,
    /// one after the other. Answers `Iterator`, or `Raised`.
    OpenImap {
        /// In the order of arrival.
        unordered: bool,
        /// Several tasks travel together: then the iterator ends at the first exception (rule 156).
        chunked: bool,
        /// Each call's work, and its tasks' inputs.
        calls: Vec<(Work, Arc<[Value]>)>,
    },
    /// `next(timeout)` of an iterator of Pool's. Answers as `Next`.
    NextWithin {
        /// The iterator.
        iterator: IteratorId,
        /// How long to wait at most.
        timeout: Span,
    },
    /// `next(iterator)`. Answers `Yield`, `Exhausted`, `Raised`, `Blocked`, or `Again`: a failed
    /// `map` cancels one future a step.
    Next {
        /// The iterator.
        iterator: IteratorId,
        /// What nature chooses where Python leaves it open, below [`Engine::next_choices`]: which of
        /// the futures that are done already comes first, or whether a deadline that falls on this
        /// very instant has passed. 0 is always one.
        ///
        /// [`Engine::next_choices`]: crate::engine::Engine::next_choices
        choice: u32,
    },
    /// `iterator.close()`, or dropping it. Answers `Nothing` or `Again`.
    CloseIterator {
        /// The iterator.
        iterator: IteratorId,
    },
    /// `future.cancel()`. Answers `Bool`.
    Cancel {
        /// The future.
        future: FutureId,
    },
    /// `future.done()`. Answers `Bool`.
    Done {
        /// The future.
        future: FutureId,
    },
    /// `future.running()`. Answers `Bool`.
    Running {
        /// The future.
        future: FutureId,
    },
    /// `future.cancelled()`. Answers `Bool`.
    Cancelled {
        /// The future.
        future: FutureId,
    },
    /// `executor.shutdown(wait, cancel_futures)`. Answers `Nothing`, `Blocked`, `Raised` or `Again`.
    Shutdown {
        /// Wait for the workers to end.
        wait: bool,
        /// Cancel what is pending.
        cancel_futures: bool,
    },
    /// `executor.terminate_workers()` or `executor.kill_workers()`. Answers `Nothing`.
    StopWorkers {
        /// Kill them, and do not ask them to end.
        kill: bool,
    },
    /// `pool.close()`. Answers `Nothing`.
    ClosePool,
    /// `pool.terminate()`. Answers `Nothing` or `Blocked`.
    TerminatePool,
    /// `pool.join()`. Answers `Nothing`, `Blocked` or `Raised`.
    JoinPool,
    /// `repr(future)`. Answers `Value`.
    Repr {
        /// The future.
        future: FutureId,
    },
    /// Leaving the `with` block. Answers `Nothing` or `Blocked`.
    Leave,
    /// The main thread's end; the interpreter then waits for the workers. Answers `Ended` or
    /// `Blocked`.
    End {
        /// The exception that nobody caught.
        raised: Option<Raised>,
    },
    /// `time.sleep(...)`. Answers `Blocked`, then `Nothing`.
    Sleep {
        /// How long, in the run's own time.
        span: Span,
    },
    /// `finished.wait()`, a `threading.Event` of the program's. Answers `Nothing` or `Blocked`.
    WaitAllTasks,
    /// `finished.set()`. Answers `Nothing`.
    SetAllTasks,
    /// `print(...)`. Answers `Nothing`.
    Print {
        /// The line, without its end.
        text: String,
    },
    /// The program will not submit a task. Answers `Nothing`.
    Skip {
        /// The task.
        task: TaskId,
        /// Why.
        because: crate::engine::event::Because,
    },
    /// The main thread calls a task's function itself. Answers `RunHere`.
    CallDirectly {
        /// The task whose function it is.
        task: TaskId,
        /// The values of its inputs.
        inputs: Arc<[Value]>,
    },
    /// A body waits at its task's gate. Answers `Nothing` if it is open, else `Blocked`.
    PassGate {
        /// The task.
        task: TaskId,
    },
    /// `os._exit(code)` in a thread of the program. Answers `Ended`.
    HardExit {
        /// The exit code.
        code: i32,
    },
    /// A person acts, or the plan in their name. Answers `Nothing`.
    Act {
        /// The place in the scenario's list of interventions; none for a click.
        plan: Option<u32>,
        /// What is to be done.
        act: Act,
    },
}

/// A result of Pool's: of one call, or of all calls of a `map_async`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Handle {
    /// Of one call.
    Future(FutureId),
    /// Of a `map_async`.
    Job(IteratorId),
}

/// The callbacks of Pool's methods.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Callbacks {
    /// `callback`: called with the value.
    pub value: Option<CallbackId>,
    /// `error_callback`: called with the exception.
    pub error: Option<CallbackId>,
}

/// What the world did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Fact {
    /// A woken agent runs. Answers what it had asked before it blocked.
    Woke {
        /// Who.
        agent: Agent,
    },
    /// A thread of the pool's own runs (the manager, the feeder, a handler of Pool's): it was woken, or
    /// its last answer was `Again`. Answers `Again`, `Sleep` or `Exit`.
    AgentRuns {
        /// Which.
        agent: Agent,
    },
    /// A worker runs for the first time. Answers `Nothing`, or `Initialize`.
    WorkerStarted {
        /// Who.
        worker: WorkerId,
        /// Its process's id; none for a thread.
        pid: Option<u32>,
    },
    /// A worker's initializer is through. Answers `Nothing`: a thread asks next; a process whose
    /// initializer raised has ended, which is reported like any death.
    InitializerReturned {
        /// Who.
        worker: WorkerId,
        /// What it raised.
        raised: Option<Raised>,
    },
    /// A worker wants a call. Answers `Take`, `Again` (it skipped a cancelled one), `Empty` (threads:
    /// report `WorkerIdle` next), `Sleep` or `Exit`.
    WorkerAsks {
        /// Who.
        worker: WorkerId,
    },
    /// A thread that found the queue empty is about to sleep at it. Answers as `WorkerAsks`, never
    /// `Empty`.
    WorkerIdle {
        /// Who.
        worker: WorkerId,
    },
    /// A worker is through with its call. For threads this finishes the future; for processes the
    /// result is now on its way. Answers `Nothing`.
    Returned {
        /// Who.
        worker: WorkerId,
        /// With which call.
        call: CallId,
        /// With what.
        items: Items,
        /// The way there and back, for a worker process.
        transport: Option<Transport>,
    },
    /// The manager has read a result. Answers `Nothing`.
    ResultArrived {
        /// Of which call.
        call: CallId,
    },
    /// A body in a worker process waits for what can never come, or for its gate. Answers `Nothing`.
    CallBlocked {
        /// Its call.
        call: CallId,
        /// What for.
        on: BlockedOn,
    },
    /// A callback begins. Answers `Nothing`.
    CallbackStarted {
        /// Whose lane it runs in.
        lane: Agent,
        /// Of which future.
        future: FutureId,
        /// Which callback.
        callback: CallbackId,
    },
    /// A callback ended. Answers `Nothing`.
    CallbackReturned {
        /// Whose lane it ran in.
        lane: Agent,
        /// Of which future.
        future: FutureId,
        /// Which callback.
        callback: CallbackId,
        /// What it raised.
        raised: Option<Raised>,
    },
    /// The main thread's direct call came back. Answers `Value` or `Raised`.
    DirectCallReturned {
        /// The task whose function it was.
        task: TaskId,
        /// With what.
        outcome: Outcome,
    },
    /// A worker is no more, and the manager (or, for threads, the worker itself) says so.
    /// Answers `Nothing`.
    WorkerExited {
        /// Who.
        worker: WorkerId,
        /// How.
        how: HowExited,
    },
    /// A worker could not be started. Answers `Nothing`.
    SpawnFailed {
        /// Who.
        worker: WorkerId,
        /// What the operating system said.
        message: String,
    },
    /// A timer set by [`Effect::SetTimer`] is due. Answers `Nothing`.
    TimerFired {
        /// Which.
        timer: Timer,
    },
    /// A thread has the emulated GIL. Answers `Nothing`. Who may have it is the driver's to say; the
    /// engine only writes it down.
    GilTaken {
        /// Who.
        by: Agent,
    },
    /// It is about to let go of it. Answers `Nothing`.
    GilReleased {
        /// Who.
        by: Agent,
    },
}

/// Whose deadline a timer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Timer {
    /// Of what the agent is blocked on. A new one of the same agent replaces it.
    Blocked(Agent),
    /// The instant of a planned intervention, by its place in the scenario.
    Intervention(u32),
}

/// What the engine answers to the agent whose input it was.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Done; go on.
    Nothing,
    /// Wait to be woken, then report `Woke`; its answer is the answer to this.
    Blocked,
    /// Do the same again: this was one step of several.
    Again,
    /// A future.
    Future(FutureId),
    /// An iterator.
    Iterator(IteratorId),
    /// Yes or no.
    Bool(bool),
    /// A value.
    Value(Value),
    /// `exception()`'s answer: none on success.
    Exception(Option<Raised>),
    /// An exception, raised in the caller.
    Raised(Raised),
    /// The same, of an iterator's `next()`: which future it was, and whether the iterator goes on.
    YieldRaised {
        /// The future.
        future: FutureId,
        /// What it raised.
        raised: Raised,
        /// The item that it is of: of a chunk, the first.
        part: Option<Part>,
    },
    /// `wait`'s two sets, each in order of submission.
    Sets {
        /// The futures that are done.
        done: Vec<FutureId>,
        /// The others.
        not_done: Vec<FutureId>,
    },
    /// An iterator delivers.
    Yield {
        /// The future.
        future: FutureId,
        /// `map` delivers the value of this item of its call; `as_completed` delivers the future
        /// itself, and no value.
        item: Option<(u32, Value)>,
        /// The item that this is of, if it is one of the graph's.
        part: Option<Part>,
    },
    /// The iterator is exhausted.
    Exhausted,
    /// To a worker: run this.
    Take(Assignment),
    /// To a worker: run the initializer, then report `InitializerReturned`.
    Initialize(Assignment),
    /// To a thread: the queue was empty when looked at; report `WorkerIdle`.
    Empty,
    /// To a worker or the manager: sleep until woken.
    Sleep,
    /// To a worker or the manager: end.
    Exit,
    /// To the main thread: run this task's function now, then report `DirectCallReturned`.
    RunHere(Assignment),
    /// To the main thread: the program is over.
    Ended,
}

/// A call as it is given to a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    /// The call.
    pub call: CallId,
    /// What it carries.
    pub work: Work,
    /// The values of its tasks' inputs.
    pub inputs: Arc<[Value]>,
}

impl Assignment {
    /// The number of the call that the main thread computes itself: of none in the table.
    pub const DIRECT: CallId = CallId(u32::MAX);
}

/// What the driver must now do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Start a worker; then report `WorkerStarted` or `SpawnFailed`.
    SpawnWorker {
        /// Its number.
        worker: WorkerId,
    },
    /// Let this agent run, whenever it may; it then reports `Woke` (a blocked one), `AgentRuns`
    /// or, for a sleeping worker, `WorkerAsks`.
    Wake {
        /// Who.
        agent: Agent,
    },
    /// There is something to take for a sleeping worker: let *one* of them run, whichever the world
    /// likes; it reports `WorkerAsks`.
    WakeAnyWorker,
    /// To the very agent whose input it was: run this callback, then report `CallbackReturned`.
    RunCallback {
        /// Of which future.
        future: FutureId,
        /// Which.
        callback: CallbackId,
        /// Whose lane: the one who reads this.
        lane: Agent,
        /// What it is called with, if that is no future: Pool's are given a value or an exception.
        given: Option<Outcome>,
    },
    /// Kill this worker process (`SIGKILL`); its death is reported like any other.
    KillWorker {
        /// Who.
        worker: WorkerId,
    },
    /// Terminate every live worker process. Each death is reported.
    TerminateWorkers,
    /// Report `TimerFired` at this instant, unless it is replaced or cleared before.
    SetTimer {
        /// Whose.
        timer: Timer,
        /// When.
        at: Instant,
    },
    /// Forget this timer.
    ClearTimer {
        /// Whose.
        timer: Timer,
    },
    /// Let this call's body, which waits at its gate, go on.
    OpenGate {
        /// The call that waits.
        call: CallId,
        /// The worker process that has it. (Threads are woken like anybody who is blocked.)
        worker: WorkerId,
    },
    /// The program hangs. The driver may wait for a person, or end the run.
    Hang,
}

/// What comes of one input.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// To the agent whose input it was.
    pub answer: Answer,
    /// To the driver, in this order.
    pub effects: Vec<Effect>,
}
