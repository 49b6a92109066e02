//! A run told in sentences, for the page, the shell and screen readers.
//!
//! Each record is at most one sentence, without its time and without a full stop. There are two
//! depths: [`Depth::Main`] is what one would tell a friend, [`Depth::Everything`] adds the agents'
//! bookkeeping (who woke, who packed, who fell asleep).
//!
//! ```text
//!  main submits b: sleep(4)
//!  ForkServerProcess-2 takes b
//!  b returned 4 after 0.40 s (ForkServerProcess-2, pid 4120)
//!  as_completed delivers b
//! ```

mod end;
mod words;

use std::sync::Arc;

use crate::engine::event::{
    Act, ActResult, Agent, BlockedOn, Event, HowExited, Question, Record, Reply, Work, YieldedBy,
};
use crate::engine::future::FutureState;
use crate::outcome::Outcome;
use crate::scenario::{ExecutorKind, Plan};
use crate::units::{CallId, FutureId, TaskId, WorkerId};
use crate::view::View;

pub use end::end_of_run;
pub use words::{because, signal_name, waits_for};

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Depth {
    /// What happens.
    #[default]
    Main,
    /// Also the bookkeeping.
    Everything,
}

/// A view that tells each record as it comes.
#[derive(Debug, Clone)]
pub struct Story {
    view: View,
    depth: Depth,
}

impl Story {
    /// The story of a run of this plan, before its first record.
    pub fn new(plan: Arc<Plan>, depth: Depth) -> Self {
        Self { view: View::new(plan), depth }
    }

    /// Takes the next record, and says what it tells, if anything.
    pub fn tell(&mut self, record: &Record) -> Option<String> {
        self.view.apply(record);
        sentence(&self.view, record, self.depth)
    }

    /// What is known of the run by now.
    pub fn view(&self) -> &View {
        &self.view
    }
}

/// What a record tells at this depth. `view` has taken the record into account, and none after it.
pub fn sentence(view: &View, record: &Record, depth: Depth) -> Option<String> {
    let (text, since) = told(view, record)?;
    (depth >= since).then_some(text)
}

/// What a record tells, and from which depth on. `view` is as for [`sentence`].
pub fn told(view: &View, record: &Record) -> Option<(String, Depth)> {
    let Told { text, since } = Teller { view }.tell(&record.event)?;
    Some((text, since))
}

/// A sentence, and the depth from which on it is told.
struct Told {
    text: String,
    since: Depth,
}

#[allow(clippy::unnecessary_wraps)] // reads as the arms of one match
fn tell(text: String) -> Option<Told> {
    Some(Told { text, since: Depth::Main })
}

#[allow(clippy::unnecessary_wraps)] // as above
fn aside(text: String) -> Option<Told> {
    Some(Told { text, since: Depth::Everything })
}

/// Knows the names.
struct Teller<'a> {
    view: &'a View,
}

impl Teller<'_> {
    #[allow(clippy::too_many_lines)] // an arm for each event
    fn tell(&self, event: &Event) -> Option<Told> {
        match event {
            Event::ProgramStarted { max_workers } => {
                let pool = self.pool();
                let workers = match self.view.plan().kind() {
                    ExecutorKind::Pool => "processes",
                    _ => "max_workers",
                };
                tell(format!("the program starts with {pool}({workers}={max_workers})"))
            }
            Event::Submitted { future, work, by, .. } => tell(self.submitted(*future, work, *by)),
            Event::Running { future } => self.running(*future),
            Event::Cancelled { future, by } => {
                tell(format!("{} cancels {}: it is CANCELLED", self.agent(*by), self.name(*future)))
            }
            Event::Notified { future } => {
                tell(format!("{} is CANCELLED_AND_NOTIFIED", self.name(*future)))
            }
            Event::Finished { future, outcome } => self.finished(*future, outcome),

            Event::Queued { call } => {
                let queue = match self.view.plan().kind() {
                    ExecutorKind::Pool => "pipe",
                    _ => "call queue",
                };
                aside(format!("{} enters the {queue}", self.call(*call)))
            }
            Event::Packed { call, bytes } => {
                aside(format!("{} is packed: {bytes} bytes", self.call(*call)))
            }
            Event::Taken { call, worker } => {
                tell(format!("{} takes {}", self.worker(*worker), self.call(*call)))
            }
            Event::Blocked { call, on } => {
                let what = waits_for(self.view, *on);
                tell(format!("{} {what}", self.call(*call)))
            }
            Event::Unblocked { call } => aside(format!("{} goes on", self.call(*call))),
            Event::Returned { call, worker, items, .. } => {
                tell(self.returned(*call, *worker, &items.outcomes))
            }
            Event::ResultArrived { call } => {
                let reader = self.agent(match self.view.plan().kind() {
                    ExecutorKind::Pool => Agent::ResultHandler,
                    _ => Agent::Manager,
                });
                aside(format!("{reader} has the result of {}", self.call(*call)))
            }
            // Of a Pool, this is the last that is heard of it.
            Event::Lost { call, worker } if self.view.plan().kind() == ExecutorKind::Pool => {
                tell(format!(
                    "{} is lost with {}: its result never becomes ready",
                    self.call(*call),
                    self.worker(*worker)
                ))
            }
            Event::Lost { call, worker } => {
                aside(format!("{} is lost with {}", self.call(*call), self.worker(*worker)))
            }

            Event::WorkerSpawned { worker } => {
                aside(format!("{} is asked for", self.worker(*worker)))
            }
            Event::WorkerStarted { worker, .. } => {
                tell(format!("{} starts", self.view.worker_name_and_pid(*worker)))
            }
            Event::WorkerIdle { worker } => {
                aside(format!("{} finds nothing to do, and sleeps", self.worker(*worker)))
            }
            Event::WorkerExited { worker, how } => self.exited(*worker, *how),
            Event::SpawnFailed { worker, message } => {
                tell(format!("{} could not be started: {message}", self.worker(*worker)))
            }
            Event::AgentWoke { agent } => aside(format!("{} wakes", self.agent(*agent))),
            Event::ExecutorBroken { raised } => {
                tell(format!("the pool is broken: {}", raised.message))
            }
            Event::HandlerDied { agent, raised } => tell(format!(
                "{} dies of {raised}: nobody does its work any more",
                self.agent(*agent)
            )),

            Event::ProgramBlocked { by, on } => self.blocked(*by, *on),
            Event::Answered { by, what, reply } => self.answered(*by, *what, reply),
            Event::Yielded { from, future, item, .. } => tell(self.delivers(*from, *future, *item)),
            Event::WaitReturned { done, not_done, .. } => {
                let (done, not_done) = (self.set(done), self.set(not_done));
                tell(format!("wait returns: done {done}, not done {not_done}"))
            }
            Event::TimedOut { by, on } => {
                let what = waits_for(self.view, *on);
                tell(format!("time is up: {} {what} no longer", self.agent(*by)))
            }
            Event::Printed { by, text } => tell(format!("{} prints: {text}", self.agent(*by))),
            Event::TaskSkipped { task, because: why } => {
                tell(format!("{} is skipped: {}", self.task(*task), because(self.view, *why)))
            }
            Event::DirectCallStarted { task } => {
                let call = words::task_call(self.view, *task);
                tell(format!("main itself calls {}: {call}", self.task(*task)))
            }
            Event::DirectCallReturned { task, outcome } => {
                let came = words::outcome(outcome);
                tell(format!("main's own call of {} {came}", self.task(*task)))
            }
            Event::ShutdownAsked { by, wait, cancel_futures, leaves_block } => {
                let (who, call) = (self.agent(*by), words::shutdown_call(*wait, *cancel_futures));
                let does =
                    if *leaves_block { "comes to the end of the with block:" } else { "calls" };
                tell(format!("{who} {does} {call}"))
            }
            Event::ShutdownReturned { by } => {
                aside(format!("shutdown returns to {}", self.agent(*by)))
            }
            Event::WorkersStopped { by, kill } => {
                let call = if *kill { "kill_workers()" } else { "terminate_workers()" };
                tell(format!("{} calls {call}", self.agent(*by)))
            }
            Event::PoolClosed { by } => tell(format!("{} calls close()", self.agent(*by))),
            Event::TerminateAsked { by, unwritten: true } => tell(format!(
                "nobody has ended the pool, so {} terminates it: what is not ready never will be",
                self.agent(*by)
            )),
            Event::TerminateAsked { by, unwritten: false } => {
                tell(format!("{} calls terminate()", self.agent(*by)))
            }
            Event::TerminateReturned { by } => {
                aside(format!("terminate returns to {}", self.agent(*by)))
            }
            Event::JoinReturned { by } => aside(format!("join returns to {}", self.agent(*by))),
            Event::BlockLeft => tell("main leaves the with block".to_owned()),
            Event::ProgramExiting { code, by } => {
                tell(format!("{} ends the whole program with exit code {code}", self.agent(*by)))
            }
            Event::ProgramHangs { why, chain } => tell(words::hang(self.view, *why, chain)),
            Event::ProgramEnded { raised: None } => tell("the program ends".to_owned()),
            Event::ProgramEnded { raised: Some(raised) } => {
                tell(format!("the program ends with {raised}"))
            }

            Event::CallbackStarted { future, lane, .. } => {
                aside(format!("{} runs a callback of {}", self.agent(*lane), self.name(*future)))
            }
            Event::CallbackEnded { future, raised: Some(raised), .. }
                if self.view.plan().kind() == ExecutorKind::Pool =>
            {
                tell(format!("a callback of {} raised {raised}", self.name(*future)))
            }
            Event::CallbackEnded { future, raised: Some(raised), .. } => {
                let name = self.name(*future);
                tell(format!("a callback of {name} raised {raised}; Python logs it and goes on"))
            }
            Event::CallbackEnded { future, raised: None, .. } => {
                aside(format!("the callback of {} returns", self.name(*future)))
            }
            Event::InitializerStarted { worker } => {
                aside(format!("{} runs its initializer", self.worker(*worker)))
            }
            Event::InitializerEnded { worker, raised: Some(raised) } => {
                tell(format!("the initializer of {} raised {raised}", self.worker(*worker)))
            }
            Event::InitializerEnded { worker, raised: None } => {
                aside(format!("the initializer of {} returns", self.worker(*worker)))
            }
            Event::GilTaken { by } => aside(format!("{} takes the GIL", self.agent(*by))),
            Event::GilReleased { by } => aside(format!("{} lets go of the GIL", self.agent(*by))),
            Event::Intervened { plan, act, result } => self.intervened(*plan, act, *result),
            Event::EndOfRun { cause, .. } => tell(end_of_run(self.view, *cause)),
        }
    }

    fn submitted(&self, future: FutureId, work: &Work, by: Agent) -> String {
        let name = self.name(future);
        let call = words::call(self.view, work);
        match work {
            // The call, and not the worker that happens to run it, is who submits.
            Work::Inner { of: Some(of), .. } => {
                format!("{} submits {name}: {call}", self.name(*of))
            }
            Work::Inner { of: None, .. } | Work::Tasks(_) => {
                format!("{} submits {name}: {call}", self.agent(by))
            }
        }
    }

    /// For a process pool this is the surprise; a thread that takes a call says it already.
    fn running(&self, future: FutureId) -> Option<Told> {
        let name = self.name(future);
        match self.view.plan().kind() {
            ExecutorKind::Threads | ExecutorKind::Interpreters => {
                aside(format!("{name} is RUNNING"))
            }
            ExecutorKind::Processes | ExecutorKind::Pool => tell(format!(
                "{name} is RUNNING: it is in the call queue, and no worker has it yet"
            )),
        }
    }

    fn returned(&self, call: CallId, worker: WorkerId, outcomes: &[Outcome]) -> String {
        let name = self.call(call);
        let future = self.view.future_of(call).and_then(|future| self.view.future(future));
        let ran = future.and_then(|cell| cell.ran).unwrap_or_default();
        let pid = match self.view.worker(worker).and_then(|cell| cell.pid) {
            Some(pid) => format!(", pid {pid}"),
            None => String::new(),
        };
        let by = format!("after {} ({}{pid})", self.view.told(ran), self.worker(worker));
        let futures = self.view.plan().kind().has_futures();
        let raised = outcomes.iter().find(|outcome| !matches!(outcome, Outcome::Returned(_)));
        match (raised, outcomes) {
            (Some(raised), _) => format!(
                "{name} {} {by}; the exception waits in the {} until someone calls {}()",
                words::outcome(raised),
                if futures { "future" } else { "result" },
                if futures { "result" } else { "get" },
            ),
            (None, [one]) => format!("{name} {} {by}", words::outcome(one)),
            (None, several) => format!("{name} returned {} values {by}", several.len()),
        }
    }

    /// Told only where no worker's return told it: when the pool broke.
    fn finished(&self, future: FutureId, outcome: &Outcome) -> Option<Told> {
        let name = self.name(future);
        let ran = self.view.future(future).is_some_and(|cell| cell.ran.is_some());
        match outcome {
            Outcome::Raised(raised) if !ran => tell(format!("{name} is FINISHED with {raised}")),
            _ => aside(format!("{name} is FINISHED")),
        }
    }

    fn exited(&self, worker: WorkerId, how: HowExited) -> Option<Told> {
        let name = self.view.worker_name_and_pid(worker);
        let call = self.view.worker(worker).and_then(|cell| cell.call);
        let had = call.map(|call| format!("; it had {}", self.call(call))).unwrap_or_default();
        match how {
            HowExited::Told => aside(format!("{name} ends, as it was told")),
            HowExited::Code(code) => {
                tell(format!("worker {name} ended itself with exit code {code}{had}"))
            }
            HowExited::Signal(signal) => {
                tell(format!("worker {name} was killed by {}{had}", signal_name(signal)))
            }
        }
    }

    fn blocked(&self, by: Agent, on: BlockedOn) -> Option<Told> {
        let text = match on {
            BlockedOn::Exit => "main is through; the interpreter waits for the workers".to_owned(),
            _ => format!("{} {}", self.agent(by), waits_for(self.view, on)),
        };
        tell(text)
    }

    fn answered(&self, by: Agent, what: Question, reply: &Reply) -> Option<Told> {
        let who = self.agent(by);
        let question = |future: FutureId, method: &str| {
            tell(format!("{who} asks {}.{method}(): {}", self.name(future), words::reply(reply)))
        };
        match (what, reply) {
            (Question::Result(future), reply) => {
                let text = match reply {
                    Reply::Raised(raised) => {
                        format!("{who} calls {}.result(): it raises {raised}", self.name(future))
                    }
                    _ => format!("{who} has {}: {}", self.name(future), words::reply(reply)),
                };
                // A callback that looks at its own future is no news.
                if by == Agent::Main { tell(text) } else { aside(text) }
            }
            (Question::Exception(future), _) => question(future, "exception"),
            (Question::Done(future), _) => question(future, "done"),
            (Question::Running(future), _) => question(future, "running"),
            (Question::Cancelled(future), _) => question(future, "cancelled"),
            (Question::Ready(future), _) => question(future, "ready"),
            (Question::Successful(future), _) => question(future, "successful"),
            (Question::Cancel(future), _) => self.asked_to_cancel(future, reply),
            (Question::Submit, _) => tell(format!("submit is refused: {}", words::reply(reply))),
            (Question::Next(_), Reply::Exhausted) => aside("the iterator is exhausted".to_owned()),
            (Question::Next(_), _) => {
                tell(format!("the iterator raises in {who}: {}", words::reply(reply)))
            }
            (Question::Sleep, _) => aside(format!("{who} has slept enough")),
            (Question::Job(_), Reply::Raised(raised)) => {
                tell(format!("the map raises in {who}: {raised}"))
            }
            (Question::Job(_), _) => {
                tell(format!("{who} has the results of a map: {}", words::reply(reply)))
            }
            (Question::JobReady(_), _) => {
                tell(format!("{who} asks a map's result: ready() is {}", words::reply(reply)))
            }
            (Question::JobSuccessful(_), _) => {
                tell(format!("{who} asks a map's result: successful() is {}", words::reply(reply)))
            }
            (Question::Repr(future), _) => question(future, "__repr__"),
            (Question::Join, _) => tell(format!("join is refused: {}", words::reply(reply))),
            (Question::Terminate, _) => tell(format!("terminate raises: {}", words::reply(reply))),
            (Question::AllTasks, _) => tell(format!("all tasks are over, and {who} goes on")),
        }
    }

    fn asked_to_cancel(&self, future: FutureId, reply: &Reply) -> Option<Told> {
        let name = self.name(future);
        if *reply == Reply::Value(true.into()) {
            // Its `Cancelled` came just before.
            return aside(format!("{name}: cancel() came in time"));
        }
        let state = self.view.future(future).map_or(FutureState::Running, |cell| cell.state);
        let state = words::state(state);
        tell(format!("{name}: cancel() came too late: it is {state}"))
    }

    fn delivers(&self, from: YieldedBy, future: FutureId, item: u32) -> String {
        match from {
            YieldedBy::AsCompleted => format!("as_completed delivers {}", self.name(future)),
            YieldedBy::Map | YieldedBy::Imap | YieldedBy::ImapUnordered => {
                let method = match from {
                    YieldedBy::Imap => "imap",
                    YieldedBy::ImapUnordered => "imap_unordered",
                    YieldedBy::Map | YieldedBy::AsCompleted => "map",
                };
                let name = self.view.item_name(future, item);
                match words::item_value(self.view, future, item) {
                    Some(value) => format!("{method} delivers {name}: {value}"),
                    None => format!("{method} delivers {name}"),
                }
            }
        }
    }

    fn intervened(&self, plan: Option<u32>, act: &Act, result: ActResult) -> Option<Told> {
        let act_text = match act {
            Act::Cancel(task) => format!("cancel {}", self.task(*task)),
            Act::KillWorkerOf(task) => format!("kill the worker that has {}", self.task(*task)),
            Act::KillWorker(worker) => format!("kill {}", self.worker(*worker)),
            Act::Open(task) => format!("open the gate of {}", self.task(*task)),
            Act::Shutdown { cancel_futures } => words::shutdown_call(false, *cancel_futures),
        };
        let whose = if plan.is_some() { "as planned" } else { "a person's click" };
        match (result, act) {
            // Told already, by `Cancelled` and `ShutdownAsked`.
            (ActResult::Done, Act::Cancel(_) | Act::Shutdown { .. }) => {
                aside(format!("{whose}: {act_text}"))
            }
            (ActResult::Done, _) => tell(format!("{whose}: {act_text}")),
            (ActResult::Refused, _) => {
                tell(format!("{whose}: {act_text}, but it is too late or not possible"))
            }
            (ActResult::NeverCame, _) => {
                tell(format!("planned, but its moment never came: {act_text}"))
            }
        }
    }

    fn pool(&self) -> &'static str {
        self.view.plan().kind().class()
    }

    fn set(&self, futures: &[FutureId]) -> String {
        words::set(futures.iter().map(|future| self.name(*future)))
    }

    fn agent(&self, agent: Agent) -> String {
        self.view.agent_name(agent)
    }

    fn name(&self, future: FutureId) -> String {
        self.view.future_name(future)
    }

    fn call(&self, call: CallId) -> String {
        match self.view.future_of(call) {
            Some(future) => self.name(future),
            None => format!("call {call}"),
        }
    }

    fn worker(&self, worker: WorkerId) -> String {
        self.view.worker_name(worker)
    }

    fn task(&self, task: TaskId) -> String {
        self.view.task_name(task)
    }
}

#[cfg(test)]
mod tests;
