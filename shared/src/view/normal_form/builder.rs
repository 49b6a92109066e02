//! The fold from records to a normal form, which can also be asked half way.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::lanes::MainLane;
use super::observed::{plain_outcome, seen_end, without_address, without_addresses};
use super::{End, FutureForm, Method, Moment, NormalForm, OutcomeForm, Workers};
use crate::engine::event::{
    ActResult, Agent, Because, BlockedOn, EndCause, Event, Part, Question, Record, Reply, Work,
    YieldedBy,
};
use crate::engine::future::FutureState;
use crate::scenario::{Compare, ExecutorKind, Plan};
use crate::units::{CallId, FutureId, TaskId, WorkerId};
use crate::view::names;

/// A normal form in the making. Cheap to copy, since a search keeps many.
#[derive(Debug, Clone)]
pub struct NormalFormBuilder {
    /// The tasks' ids.
    /// Each task's id, and whether it is a map node.
    task_names: Arc<[(String, bool)]>,
    /// Whether who did what counts.
    pub(super) compares_workers: bool,
    /// What Python cannot tell is left out.
    seen_from: Option<SeenFrom>,
    /// By [`FutureId`].
    pub(super) futures: Vec<FutureForm>,
    calls: BTreeMap<CallId, FutureId>,
    pub(super) main: MainLane,
    /// Futures that are finished, or cancelled and notified, each with how many were before it.
    settled: BTreeMap<FutureId, u32>,
    /// Callbacks at work in main's lane, within each other.
    callbacks_in_main: u32,
    pub(super) callback_lines: Vec<String>,
    pub(super) skipped: Vec<(String, String)>,
    pub(super) broken: bool,
    pub(super) end: End,
    started: u32,
    /// Workers in the order of their first call.
    letters: Vec<WorkerId>,
    /// Each future that was taken, and the place of its worker among the letters.
    had: Vec<(FutureId, usize)>,
    /// The future that each worker has at present.
    has: BTreeMap<WorkerId, FutureId>,
}

/// What somebody sees who looks at a real CPython.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SeenFrom {
    /// An executor's futures say whether they run.
    Executor,
    /// A Pool's results do not (rule 177).
    Pool,
}

impl NormalFormBuilder {
    /// The normal form of nothing, as it will look to somebody who looks at a real CPython: without
    /// skipped tasks, which are the program's own idea, without addresses, without who did what,
    /// without the reason of a hang; and a Pool's call has not returned or it has.
    pub fn seen_from_python(plan: &Plan) -> Self {
        let seen_from = match plan.kind() {
            ExecutorKind::Pool => SeenFrom::Pool,
            ExecutorKind::Threads | ExecutorKind::Processes | ExecutorKind::Interpreters => {
                SeenFrom::Executor
            }
        };
        let all = Self::new(plan);
        Self { seen_from: Some(seen_from), compares_workers: false, ..all }
    }

    /// The normal form of nothing.
    pub fn new(plan: &Plan) -> Self {
        Self {
            task_names: plan
                .tasks
                .iter()
                .map(|task| (task.id.clone(), task.items.is_some()))
                .collect(),
            compares_workers: plan.scenario.compare == Compare::Workers,
            seen_from: None,
            futures: Vec::new(),
            calls: BTreeMap::new(),
            main: MainLane::default(),
            settled: BTreeMap::new(),
            callbacks_in_main: 0,
            callback_lines: Vec::new(),
            skipped: Vec::new(),
            broken: false,
            end: End::Unfinished,
            started: 0,
            letters: Vec::new(),
            had: Vec::new(),
            has: BTreeMap::new(),
        }
    }

    /// The normal form of a whole log.
    pub(super) fn of<'a>(mut self, records: impl IntoIterator<Item = &'a Record>) -> NormalForm {
        for record in records {
            self.apply(record);
        }
        self.finish()
    }

    /// Takes the next record into account.
    #[allow(clippy::too_many_lines)] // an arm for each event
    pub fn apply(&mut self, record: &Record) {
        match &record.event {
            Event::Submitted { future, call, work, .. } => self.submitted(*future, *call, work),
            Event::Running { future } => self.state(*future, FutureState::Running),
            Event::Cancelled { future, .. } => self.state(*future, FutureState::Cancelled),
            Event::Notified { future } => {
                self.state(*future, FutureState::CancelledAndNotified);
                self.settle(*future);
            }
            Event::Finished { future, outcome } => {
                self.state(*future, FutureState::Finished);
                let mut outcome = OutcomeForm::of(outcome);
                if self.seen_from.is_some() {
                    outcome = plain_outcome(outcome);
                }
                if let Some(form) = self.futures.get_mut(future.index()) {
                    form.outcome = Some(outcome);
                }
                self.settle(*future);
            }
            Event::Taken { call, worker } => self.taken(*call, *worker),
            Event::Returned { worker, .. } | Event::Lost { worker, .. } => {
                self.has.remove(worker);
            }
            Event::WorkerSpawned { .. } => self.started += 1,
            Event::ExecutorBroken { .. } | Event::HandlerDied { .. } => self.broken = true,

            Event::ProgramBlocked { by, on: BlockedOn::CompletedNext(iterator) }
                if self.is_main(*by) =>
            {
                self.main.next_without_yield(*iterator);
            }
            Event::Answered { by, what, reply } if self.is_main(*by) => {
                self.answered(*what, reply);
            }
            Event::Yielded { by, from, iterator, future, item } if self.is_main(*by) => {
                let name = self.name(*future);
                match from {
                    YieldedBy::Map | YieldedBy::Imap | YieldedBy::ImapUnordered => {
                        self.sees(Moment::Mapped(name, *item));
                    }
                    YieldedBy::AsCompleted => {
                        let settled = self.settled_count();
                        let nth = self.settled.get(future).copied().unwrap_or(settled);
                        self.main.completed(*iterator, name, nth, settled);
                    }
                }
            }
            Event::WaitReturned { by, done, not_done } if self.is_main(*by) => {
                let (done, not_done) = (self.set(done), self.set(not_done));
                self.sees(Moment::Waited { done, not_done });
            }
            // `next` says it by the exception that it raises, with a text of its own.
            Event::TimedOut { by, on: BlockedOn::Result(future) } if self.is_main(*by) => {
                let name = self.name(*future);
                self.sees(Moment::TimedOut(name));
            }
            Event::Printed { by, text } => {
                if self.is_main(*by) {
                    self.sees(Moment::Printed(text.clone()));
                } else if self.seen_from.is_some() {
                    self.callback_lines.push(without_address(text));
                } else {
                    self.callback_lines.push(text.clone());
                }
            }
            Event::DirectCallReturned { task, outcome } => {
                let name = self.task_name(*task);
                self.sees(Moment::Called(name, OutcomeForm::of(outcome)));
            }
            Event::CallbackStarted { lane: Agent::Main, .. } => self.callbacks_in_main += 1,
            Event::CallbackEnded { lane: Agent::Main, .. } => {
                self.callbacks_in_main = self.callbacks_in_main.saturating_sub(1);
            }
            Event::TaskSkipped { .. } if self.seen_from.is_some() => {}
            Event::TaskSkipped { task, because } => {
                let why = self.because(*because);
                self.skipped.push((self.task_name(*task), why));
            }

            Event::ProgramExiting { code, by } => {
                self.end = End::Exiting { code: *code, by: self.culprit(*by) };
            }
            Event::ProgramHangs { why, .. } => self.end = End::Hangs(*why),
            // Only a person gets a program out of a hang.
            Event::Intervened { result: ActResult::Done, .. } => {
                if matches!(self.end, End::Hangs(_)) {
                    self.end = End::Unfinished;
                }
            }
            Event::ProgramEnded { raised } => {
                let raised = raised.as_ref().map(|raised| End::Raised(raised.to_string()));
                self.end = raised.unwrap_or(End::Returned);
            }
            Event::EndOfRun { cause, .. } => self.end_of_run(*cause),

            // Who ran when, what other lanes asked, and what follows from the rest.
            Event::ProgramStarted { .. }
            | Event::Queued { .. }
            | Event::Packed { .. }
            | Event::Blocked { .. }
            | Event::Unblocked { .. }
            | Event::ResultArrived { .. }
            | Event::WorkerStarted { .. }
            | Event::WorkerIdle { .. }
            | Event::WorkerExited { .. }
            | Event::SpawnFailed { .. }
            | Event::AgentWoke { .. }
            | Event::ProgramBlocked { .. }
            | Event::Answered { .. }
            | Event::Yielded { .. }
            | Event::WaitReturned { .. }
            | Event::TimedOut { .. }
            | Event::DirectCallStarted { .. }
            | Event::ShutdownAsked { .. }
            | Event::ShutdownReturned { .. }
            | Event::WorkersStopped { .. }
            | Event::PoolClosed { .. }
            | Event::TerminateAsked { .. }
            | Event::TerminateReturned { .. }
            | Event::JoinReturned { .. }
            | Event::BlockLeft
            | Event::CallbackStarted { .. }
            | Event::CallbackEnded { .. }
            | Event::InitializerStarted { .. }
            | Event::InitializerEnded { .. }
            | Event::GilTaken { .. }
            | Event::GilReleased { .. }
            | Event::Intervened { .. } => {}
        }
    }

    /// The normal form, if nothing more comes.
    pub fn finish(&self) -> NormalForm {
        let mut futures = self.futures.clone();
        futures.sort_by(|a, b| a.name.cmp(&b.name));
        let mut callbacks = self.callback_lines.clone();
        callbacks.sort();
        let mut skipped = self.skipped.clone();
        skipped.sort();
        NormalForm {
            futures,
            main: self.main.clone().finish(),
            callbacks,
            skipped,
            broken: self.broken,
            end: match self.seen_from {
                Some(_) => seen_end(self.end.clone()),
                None => self.end.clone(),
            },
            workers: self.compares_workers.then(|| self.workers()),
        }
    }

    pub(super) fn workers(&self) -> Workers {
        let name = |(future, place): &(FutureId, usize)| (self.name(*future), letter(*place));
        let mut had: Vec<(String, String)> = self.had.iter().map(name).collect();
        had.sort();
        Workers { started: self.started, had }
    }

    /// Main saw or said this.
    fn sees(&mut self, moment: Moment) {
        self.main.push(match self.seen_from {
            Some(_) => without_addresses(moment),
            None => moment,
        });
    }

    fn submitted(&mut self, future: FutureId, call: CallId, work: &Work) {
        if future.index() != self.futures.len() {
            return;
        }
        let name = names::of_work(work, |part| self.part_name(part), |of| self.name(of));
        self.futures.push(FutureForm { name, state: FutureState::Pending, outcome: None });
        self.calls.insert(call, future);
    }

    fn state(&mut self, future: FutureId, state: FutureState) {
        if self.seen_from == Some(SeenFrom::Pool) && state == FutureState::Running {
            return;
        }
        if let Some(form) = self.futures.get_mut(future.index()) {
            form.state = state;
        }
    }

    fn settle(&mut self, future: FutureId) {
        let nth = self.settled_count();
        self.settled.entry(future).or_insert(nth);
    }

    fn settled_count(&self) -> u32 {
        u32::try_from(self.settled.len()).expect("futures are limited")
    }

    fn taken(&mut self, call: CallId, worker: WorkerId) {
        let Some(future) = self.calls.get(&call).copied() else {
            return;
        };
        let known = self.letters.iter().position(|other| *other == worker);
        let place = known.unwrap_or(self.letters.len());
        if known.is_none() {
            self.letters.push(worker);
        }
        self.had.push((future, place));
        self.has.insert(worker, future);
    }

    fn answered(&mut self, what: Question, reply: &Reply) {
        let answer = match reply {
            Reply::Value(value) => OutcomeForm::Returned(value.repr()),
            Reply::Raised(raised) => OutcomeForm::raised(raised),
            Reply::Exhausted => OutcomeForm::Lost,
        };
        let (future, method) = match what {
            Question::Result(future) => (future, Method::Result),
            Question::Exception(future) => (future, Method::Exception),
            Question::Done(future) => (future, Method::Done),
            Question::Running(future) => (future, Method::Running),
            Question::Cancelled(future) => (future, Method::Cancelled),
            Question::Cancel(future) => (future, Method::Cancel),
            Question::Ready(future) => (future, Method::Ready),
            Question::Successful(future) => (future, Method::Successful),
            Question::Submit => {
                if let Reply::Raised(raised) = reply {
                    self.sees(Moment::Refused(raised.to_string()));
                }
                return;
            }
            Question::Next(iterator) => {
                self.main.next_without_yield(iterator);
                if let Reply::Raised(raised) = reply {
                    self.sees(Moment::NextRaised(raised.to_string()));
                }
                return;
            }
            // One of all, whose futures have names and which itself has none.
            Question::Job(job) | Question::JobReady(job) | Question::JobSuccessful(job) => {
                let method = match what {
                    Question::Job(_) => Method::Result,
                    Question::JobReady(_) => Method::Ready,
                    _ => Method::Successful,
                };
                return self.sees(Moment::Asked(format!("map_async {job}"), method, answer));
            }
            Question::Join | Question::Terminate => {
                if let Reply::Raised(raised) = reply {
                    self.sees(Moment::Refused(raised.to_string()));
                }
                return;
            }
            Question::Repr(future) => (future, Method::Repr),
            // They only say that main goes on.
            Question::Sleep | Question::AllTasks => return,
        };
        let name = self.name(future);
        self.sees(Moment::Asked(name, method, answer));
    }

    fn end_of_run(&mut self, cause: EndCause) {
        match self.end {
            End::Unfinished => self.end = End::CutOff(cause),
            // The program has said better how it ended.
            End::Returned
            | End::Raised(_)
            | End::Exiting { .. }
            | End::Hangs(_)
            | End::CutOff(_) => {}
        }
    }

    /// Main's own code, and no callback that happens to run in its lane.
    fn is_main(&self, by: Agent) -> bool {
        by == Agent::Main && self.callbacks_in_main == 0
    }

    /// Which worker it was, nature chose; which future's call, it did not.
    fn culprit(&self, by: Agent) -> String {
        match by {
            Agent::Worker(worker) => match self.has.get(&worker) {
                Some(future) => self.name(*future),
                None => "a worker".to_owned(),
            },
            Agent::Main => "main".to_owned(),
            Agent::Manager
            | Agent::TaskHandler
            | Agent::ResultHandler
            | Agent::WorkerHandler
            | Agent::Feeder
            | Agent::Person => "a handler".to_owned(),
        }
    }

    fn because(&self, because: Because) -> String {
        let input = |task, what| format!("its input {} {what}", self.task_name(task));
        match because {
            Because::InputFailed(task) => input(task, "raised"),
            Because::InputCancelled(task) => input(task, "was cancelled"),
            Because::InputSkipped(task) => input(task, "was skipped"),
            Because::MapEnded => "an earlier map ended with an exception".to_owned(),
            Because::ExecutorRefused => "the executor takes no more calls".to_owned(),
        }
    }

    fn part_name(&self, part: Part) -> String {
        let task = self.task_names.get(part.task.index());
        names::of_part(part, task.map(|(id, is_map_node)| (id.as_str(), *is_map_node)))
    }

    fn task_name(&self, task: TaskId) -> String {
        match self.task_names.get(task.index()) {
            Some((name, _)) => name.clone(),
            None => format!("task {task}"),
        }
    }

    /// What a future is called here.
    pub fn name(&self, future: FutureId) -> String {
        match self.futures.get(future.index()) {
            Some(form) => form.name.clone(),
            None => format!("future {future}"),
        }
    }

    fn set(&self, futures: &[FutureId]) -> Vec<String> {
        let mut names: Vec<String> = futures.iter().map(|future| self.name(*future)).collect();
        names.sort();
        names
    }
}

/// `A` to `Z`, then `AA`, `AB` …, as spreadsheets name their columns.
fn letter(place: usize) -> String {
    let last = char::from(b'A' + u8::try_from(place % 26).expect("26 letters"));
    match place / 26 {
        0 => last.to_string(),
        before => format!("{}{last}", letter(before - 1)),
    }
}
