//! What is known of a run after each record: a fold over its log.
//!
//! ```text
//!  log ──Record──▶ View::apply ──▶ tasks, futures, workers, who is blocked, deliveries, lines
//! ```
//!
//! Everything that is shown comes from here and from the scenario's [`Plan`], for names; nobody who
//! shows a run knows an engine. So a live run, a saved one and a moment in the past of either are the
//! same thing: a log, folded up to a cursor.
//!
//! Two views of one future are kept apart, as everywhere: [`FutureView::state`] is what Python says
//! of it, [`FutureView::place`] is where its call really is.
//!
//! [`story`] tells records as sentences; [`score`] draws a run as text, for tests and diffs;
//! [`normal_form`] says what two runs must share.
//!
//! Logs come from strangers, too. A record that names what does not exist changes nothing.

mod about;
mod items;
mod names;
mod parts;
mod transport;

pub mod bounds;
pub mod compare;
pub mod many;
pub mod normal_form;
pub mod score;
pub mod shown;
pub mod sound;
pub mod standing;
pub mod story;
pub mod timeline;
pub mod why;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use imbl::{OrdMap, Vector};

use crate::engine::event::{
    Agent, Because, BlockedOn, EndCause, Event, Items, Question, Record, Reply, Used, Work,
    YieldedBy,
};
use crate::engine::future::FutureState;
use crate::outcome::{Outcome, Raised};
use crate::scenario::Plan;
use crate::units::{CallId, FutureId, Instant, Seq, Span, TaskId, WorkerId};
use crate::view::shown::Shown;

pub use items::list::{Came, Carried, ItemView, Rows};
pub use items::{CallView, ItemsView};
pub use parts::{
    Counts, Delivery, Ended, FutureView, Line, Place, TaskView, Through, WorkerState, WorkerView,
};
pub use transport::{Post, Way, micros};

/// What is known of a run. See the module's page.
///
/// What grows with the run is in collections whose copies share what is alike: to keep what was known
/// at a moment costs what changes after it, and not all that is known. Only which calls carry a map
/// node's items is one list, copied when it grows: it is sixteen bytes a call, and soon complete.
#[derive(Debug, Clone)]
pub struct View {
    plan: Arc<Plan>,
    /// When the last record happened.
    pub now: Instant,
    /// The number of the last record; none before the first.
    pub last_seq: Option<Seq>,
    /// By [`TaskId`].
    pub tasks: Vec<TaskView>,
    /// By [`TaskId`]: how far each map node is.
    items: Vec<Option<ItemsView>>,
    /// By [`TaskId`]: of each map node the calls that carry its items, in the items' order.
    carried: Vec<Arc<Vec<Carried>>>,
    /// What the post of each map node's calls took, of those whose results are there.
    posts: BTreeMap<TaskId, Post>,
    /// By [`FutureId`].
    pub futures: Vector<FutureView>,
    /// By [`WorkerId`]: every worker that ever was.
    pub workers: Vec<WorkerView>,
    /// Exactly the agents whose own code waits, and what for. A task that waits inside its call is
    /// found in [`FutureView::blocked`] instead.
    pub blocked: BTreeMap<Agent, BlockedOn>,
    /// What came to main, in the order in which it came.
    pub delivered: Vector<Delivery>,
    /// The printed lines of all lanes, in order.
    pub printed: Vector<Line>,
    /// What broke the executor, if something did.
    pub broken: Option<Raised>,
    /// `terminate()` was called: what was not ready then never will be (rule 167).
    pub terminated: bool,
    /// Threads of a Pool's own that died of an exception.
    pub handlers_died: BTreeSet<Agent>,
    /// How the program ended, once it has.
    pub ended: Option<Ended>,
    /// How the run ended, seen from outside, once it has.
    pub end: Option<EndCause>,
    /// What it used of the machine, once that is known.
    pub used: Option<Used>,
    /// Whether times are told in the scenario's seconds.
    scaled: bool,
    /// How many calls that are not done lie where, by [`Place::lies_at`].
    lying: [u32; Place::LYING],
    /// The future of each call.
    calls: OrdMap<CallId, FutureId>,
}

impl View {
    /// The view before the first record.
    pub fn new(plan: Arc<Plan>) -> Self {
        Self {
            now: Instant::ZERO,
            last_seq: None,
            tasks: vec![TaskView::Waiting; plan.tasks.len()],
            items: items::of_plan(&plan),
            carried: vec![Arc::default(); plan.tasks.len()],
            posts: BTreeMap::new(),
            futures: Vector::new(),
            workers: Vec::new(),
            blocked: BTreeMap::new(),
            delivered: Vector::new(),
            printed: Vector::new(),
            broken: None,
            terminated: false,
            handlers_died: BTreeSet::new(),
            ended: None,
            end: None,
            used: None,
            scaled: false,
            lying: [0; Place::LYING],
            calls: OrdMap::new(),
            plan,
        }
    }

    /// The same, but sentences tell times in the scenario's seconds: a run of scale 0.1 slept 5 s where
    /// a clock saw half a one.
    #[must_use]
    pub fn in_scenario_seconds(self) -> Self {
        Self { scaled: true, ..self }
    }

    /// A span in words.
    fn told(&self, span: Span) -> String {
        if self.scaled {
            timeline::scale::format_seconds(span, self.plan.scenario.scale)
        } else {
            format!("{:.2} s", span.seconds())
        }
    }

    /// The scenario of the run.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// A future, if there is one with this number.
    pub fn future(&self, future: FutureId) -> Option<&FutureView> {
        self.futures.get(future.index())
    }

    /// A worker, if there is one with this number.
    pub fn worker(&self, worker: WorkerId) -> Option<&WorkerView> {
        self.workers.get(worker.index())
    }

    /// How many workers have a call.
    pub fn busy_workers(&self) -> u32 {
        count(self.workers.iter().filter(|worker| worker.state == WorkerState::Busy))
    }

    /// How many calls lie in this place; of those that a worker has, none.
    pub fn lying(&self, place: Place) -> u32 {
        place.lies_at().map_or(0, |at| self.lying[at])
    }

    /// The future of a call.
    pub fn future_of(&self, call: CallId) -> Option<FutureId> {
        self.calls.get(&call).copied()
    }

    /// What main waits for, if it waits.
    pub fn main_waits_for(&self) -> Option<BlockedOn> {
        self.blocked.get(&Agent::Main).copied()
    }

    /// The tasks that will not be submitted, and why, in the scenario's order.
    pub fn skipped(&self) -> impl Iterator<Item = (TaskId, Because)> + '_ {
        self.tasks.iter().enumerate().filter_map(|(index, task)| match task {
            TaskView::Skipped(because) => Some((TaskId::at(index), *because)),
            TaskView::Waiting | TaskView::Submitted(_) => None,
        })
    }

    /// How many there are of what, now.
    pub fn counts(&self) -> Counts {
        let mut counts =
            Counts { tasks: self.tasks.len(), futures: self.futures.len(), ..Counts::default() };
        for future in &self.futures {
            counts.states[future.state as usize] += 1;
        }
        for (index, task) in self.tasks.iter().enumerate() {
            if let Some(items) = &self.items[index] {
                match items.shown() {
                    _ if matches!(task, TaskView::Skipped(_)) => counts.skipped += 1,
                    Shown::Succeeded => counts.returned += 1,
                    Shown::Failed | Shown::Broken => counts.raised += 1,
                    Shown::Cancelled => counts.cancelled += 1,
                    Shown::Waiting
                    | Shown::Queued
                    | Shown::Claims
                    | Shown::Running
                    | Shown::Skipped => {}
                }
                continue;
            }
            match task {
                TaskView::Waiting => {}
                TaskView::Skipped(_) => counts.skipped += 1,
                TaskView::Submitted(future) => match &self.futures[future.index()] {
                    FutureView { outcome: Some(Outcome::Returned(_)), .. } => counts.returned += 1,
                    FutureView { outcome: Some(_), .. } => counts.raised += 1,
                    FutureView { state, .. } if state.cancelled() => counts.cancelled += 1,
                    _ => {}
                },
            }
        }
        counts
    }

    /// Takes the next record of the log into account.
    pub fn apply(&mut self, record: &Record) {
        self.now = record.at;
        self.last_seq = Some(record.seq);
        match &record.event {
            Event::Submitted { future, call, work, by } => {
                self.submitted(*future, *call, work, *by);
            }
            Event::Running { future } => self.state(*future, FutureState::Running),
            Event::Cancelled { future, .. } => {
                self.state(*future, FutureState::Cancelled);
                self.place(*future, Place::Over);
            }
            Event::Notified { future } => self.state(*future, FutureState::CancelledAndNotified),
            Event::Finished { future, outcome } => {
                self.state(*future, FutureState::Finished);
                self.place(*future, Place::Over);
                self.change(*future, |cell| cell.outcome = Some(outcome.clone()));
            }

            Event::Queued { call } => self.place_call(*call, Place::InCallQueue),
            Event::Taken { call, worker } => self.taken(*call, *worker),
            Event::Blocked { call, on } => self.change_call(*call, |cell| cell.blocked = Some(*on)),
            Event::Unblocked { call } => self.change_call(*call, |cell| cell.blocked = None),
            Event::Packed { call, bytes } => self.packed(*call, *bytes),
            Event::Returned { call, worker, items, transport } => {
                self.returned(*call, *worker, items);
                self.came_back(*call, items, transport.as_ref());
            }
            Event::ResultArrived { call } => self.handed_over(*call),
            Event::Lost { call, .. } => self.place_call(*call, Place::Over),

            Event::WorkerSpawned { worker } => self.spawned(*worker),
            Event::WorkerStarted { worker, name, pid } => self.change_worker(*worker, |cell| {
                cell.name.clone_from(name);
                cell.pid = *pid;
                cell.state = WorkerState::Free;
            }),
            Event::WorkerIdle { worker } => self.worker_is(*worker, WorkerState::Idle),
            Event::WorkerExited { worker, how } => {
                self.worker_is(*worker, WorkerState::Exited(*how));
                self.blocked.remove(&Agent::Worker(*worker));
            }
            Event::SpawnFailed { worker, .. } => self.worker_is(*worker, WorkerState::Failed),
            Event::ExecutorBroken { raised } => self.broken = Some(raised.clone()),

            Event::ProgramBlocked { by, on } => {
                self.blocked.insert(*by, *on);
            }
            Event::Answered { by, what, reply } => self.answered(*by, *what, reply),
            Event::Yielded { by, from, future, item, .. } => {
                self.blocked.remove(by);
                let through = match from {
                    YieldedBy::Map => Through::Map,
                    YieldedBy::AsCompleted => Through::AsCompleted,
                    YieldedBy::Imap => Through::Imap,
                    YieldedBy::ImapUnordered => Through::ImapUnordered,
                };
                self.deliver(*by, through, *future, *item);
            }
            Event::WaitReturned { by, .. }
            | Event::TimedOut { by, .. }
            | Event::TerminateReturned { by }
            | Event::JoinReturned { by }
            | Event::ShutdownReturned { by } => {
                self.blocked.remove(by);
            }
            Event::Printed { by, text } => {
                self.printed.push_back(Line { at: self.now, by: *by, text: text.clone() });
            }
            Event::TaskSkipped { task, because } => {
                if let Some(cell) = self.tasks.get_mut(task.index()) {
                    *cell = TaskView::Skipped(*because);
                }
            }
            Event::ProgramExiting { code, .. } => self.program_ended(Ended::Exited(*code)),
            Event::ProgramEnded { raised } => {
                self.program_ended(raised.clone().map_or(Ended::Returned, Ended::Raised));
            }
            Event::EndOfRun { cause, used, .. } => {
                (self.end, self.used) = (Some(*cause), *used);
            }

            Event::HandlerDied { agent, raised } => {
                self.broken = Some(raised.clone());
                self.blocked.remove(agent);
                self.handlers_died.insert(*agent);
            }
            Event::TerminateAsked { .. } => self.terminated(),

            // They say when somebody ran, not what came of it.
            Event::ProgramStarted { .. }
            | Event::AgentWoke { .. }
            | Event::DirectCallStarted { .. }
            | Event::DirectCallReturned { .. }
            | Event::ShutdownAsked { .. }
            | Event::WorkersStopped { .. }
            | Event::PoolClosed { .. }
            | Event::BlockLeft
            | Event::ProgramHangs { .. }
            | Event::CallbackStarted { .. }
            | Event::CallbackEnded { .. }
            | Event::InitializerStarted { .. }
            | Event::InitializerEnded { .. }
            | Event::GilTaken { .. }
            | Event::GilReleased { .. }
            | Event::Intervened { .. } => {}
        }
    }

    fn submitted(&mut self, future: FutureId, call: CallId, work: &Work, by: Agent) {
        // Numbers are given in order; anything else would be a log that is not ours.
        if future.index() != self.futures.len() {
            return;
        }
        let name = names::of_work(work, |part| self.part_name(part), |of| self.future_name(of));
        self.futures.push_back(FutureView {
            name,
            work: work.clone(),
            by,
            state: FutureState::Pending,
            place: Place::Queued,
            blocked: None,
            outcome: None,
            worker: None,
            ran: None,
            each: None,
            taken: None,
            way: None,
        });
        self.calls.insert(call, future);
        self.count_lying(None, Some((Place::Queued, FutureState::Pending)));
        self.count_submitted(future, work);
        if let Work::Tasks(parts) = work {
            for part in parts {
                if let Some(cell) = self.tasks.get_mut(part.task.index()) {
                    *cell = TaskView::Submitted(future);
                }
            }
        }
    }

    fn taken(&mut self, call: CallId, worker: WorkerId) {
        self.place_call(call, Place::With(worker));
        let now = self.now;
        self.change_call(call, |cell| (cell.worker, cell.taken) = (Some(worker), Some(now)));
        self.change_worker(worker, |cell| {
            cell.state = WorkerState::Busy;
            cell.call = Some(call);
        });
    }

    fn returned(&mut self, call: CallId, worker: WorkerId, items: &Items) {
        let ran = match (items.started.first(), items.ended.last()) {
            (Some(started), Some(ended)) => ended.since(*started),
            _ => Span::ZERO,
        };
        let is_read = self.plan.kind().has_processes() && !self.terminated;
        let place = if is_read { Place::ResultOnItsWay } else { Place::Over };
        self.change_call(call, |cell| {
            cell.place = place;
            cell.blocked = None;
            cell.ran = Some(ran);
            if cell.work.item_count() > 1 {
                cell.each = Some(Box::new(items.clone()));
            }
        });
        self.change_worker(worker, |cell| {
            cell.state = WorkerState::Free;
            cell.call = None;
        });
    }

    /// What lies in queues and pipes is thrown away; what a worker has dies with it a little later.
    fn terminated(&mut self) {
        self.terminated = true;
        for cell in self.futures.iter_mut().filter(|cell| !cell.state.done()) {
            match cell.place {
                Place::Queued | Place::InCallQueue | Place::ResultOnItsWay => {
                    cell.place = Place::Over;
                }
                Place::With(_) | Place::Over => {}
            }
        }
        self.lying = [0; Place::LYING];
    }

    fn spawned(&mut self, worker: WorkerId) {
        if worker.index() != self.workers.len() {
            return;
        }
        self.workers.push(WorkerView {
            name: self.plan.worker_name(worker),
            pid: None,
            state: WorkerState::Starting,
            call: None,
        });
    }

    fn answered(&mut self, by: Agent, what: Question, reply: &Reply) {
        self.blocked.remove(&by);
        if let (Question::Result(future), Reply::Value(_) | Reply::Raised(_)) = (what, reply) {
            self.deliver(by, Through::Result, future, 0);
        }
    }

    fn deliver(&mut self, by: Agent, through: Through, future: FutureId, item: u32) {
        if by == Agent::Main {
            self.delivered.push_back(Delivery { at: self.now, through, future, item });
        }
    }

    fn program_ended(&mut self, ended: Ended) {
        self.blocked.remove(&Agent::Main);
        self.ended = Some(ended);
    }

    fn state(&mut self, future: FutureId, state: FutureState) {
        self.change(future, |cell| cell.state = state);
    }

    fn place(&mut self, future: FutureId, place: Place) {
        self.change(future, |cell| cell.place = place);
    }

    fn place_call(&mut self, call: CallId, place: Place) {
        self.change_call(call, |cell| cell.place = place);
    }

    fn change(&mut self, future: FutureId, change: impl FnOnce(&mut FutureView)) {
        let before = self.shown_future(future);
        if let Some(cell) = self.futures.get_mut(future.index()) {
            let was = (cell.place, cell.state);
            change(cell);
            let is = (cell.place, cell.state);
            self.count_lying(Some(was), Some(is));
        }
        let after = self.shown_future(future);
        if before != after {
            self.count_change(future, before, after);
        }
    }

    /// A call was there, and is here.
    fn count_lying(&mut self, was: Option<(Place, FutureState)>, is: Option<(Place, FutureState)>) {
        let lies = |of: Option<(Place, FutureState)>| {
            of.filter(|(_, state)| !state.done()).and_then(|(place, _)| place.lies_at())
        };
        if let Some(at) = lies(was) {
            self.lying[at] = self.lying[at].saturating_sub(1);
        }
        if let Some(at) = lies(is) {
            self.lying[at] += 1;
        }
    }

    fn change_call(&mut self, call: CallId, change: impl FnOnce(&mut FutureView)) {
        if let Some(future) = self.future_of(call) {
            self.change(future, change);
        }
    }

    fn worker_is(&mut self, worker: WorkerId, state: WorkerState) {
        self.change_worker(worker, |cell| cell.state = state);
    }

    fn change_worker(&mut self, worker: WorkerId, change: impl FnOnce(&mut WorkerView)) {
        if let Some(cell) = self.workers.get_mut(worker.index()) {
            change(cell);
        }
    }
}

#[cfg(test)]
mod testing;
fn count<T>(all: impl Iterator<Item = T>) -> u32 {
    u32::try_from(all.count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
