//! When a call that computes had the GIL, and when it waited for it.
//!
//! The log says who took it and who let go of it. A function of the group [`Group::Computing`] does
//! nothing else, so what its call does not spend with the GIL it spends waiting for it. All other calls
//! need no GIL, and wait for none.

use super::{Bar, Hatch, Timeline, program};
use crate::engine::event::{Agent, Work};
use crate::function::{self, Group};
use crate::units::{CallId, Instant, Span, TaskId};
use crate::view::View;

/// Waits that are over sooner are no waits: a thread that has the GIL at once takes some microseconds
/// to get it, and more on a busy machine.
const NO_WAIT: Span = Span(200_000);

impl Timeline {
    /// A worker has taken this call; if it is to compute, it needs the GIL from now on.
    pub(super) fn worker_needs_gil(&mut self, view: &View, call: CallId) {
        let work = view.future_of(call).and_then(|future| view.future(future));
        let computes = match work.map(|cell| &cell.work) {
            Some(Work::Tasks(parts)) => parts.iter().all(|part| self.is_computing(part.task)),
            Some(Work::Inner { function, .. }) => {
                function::find(function).is_some_and(|f| f.group == Group::Computing)
            }
            None => false,
        };
        if computes
            && self.plan.gil()
            && let Some((now, bar)) = self.running_bar(view, call)
        {
            bar.needs_gil = true;
            begin_wait(bar, now);
        }
    }

    /// The same for main's own call, whose bar has just been opened.
    pub(super) fn main_needs_gil(&mut self, task: TaskId) {
        let (now, needs) = (self.now, self.plan.gil() && self.is_computing(task));
        if let (true, Some(bar)) = (needs, self.lanes[0].open_bar(program::WAITING_ROW)) {
            bar.needs_gil = true;
            begin_wait(bar, now);
        }
    }

    pub(super) fn gil_taken(&mut self, by: Agent) {
        let now = self.now;
        if let Some(bar) = self.bar_under_gil(by) {
            end_wait(bar, now);
        }
    }

    pub(super) fn gil_released(&mut self, by: Agent) {
        let now = self.now;
        if let Some(bar) = self.bar_under_gil(by) {
            end_wait(bar, now);
            begin_wait(bar, now);
        }
    }

    fn is_computing(&self, task: TaskId) -> bool {
        let task = self.plan.tasks.get(task.index());
        task.is_some_and(|task| task.function.group == Group::Computing)
    }

    /// The open bar of what this agent computes.
    fn bar_under_gil(&mut self, by: Agent) -> Option<&mut Bar> {
        let (lane, row) = match by {
            Agent::Main => (0, program::WAITING_ROW),
            Agent::Worker(worker) => (self.worker_lane(worker)?, 0),
            Agent::Manager
            | Agent::Feeder
            | Agent::TaskHandler
            | Agent::ResultHandler
            | Agent::WorkerHandler
            | Agent::Person => return None,
        };
        self.lanes[lane].open_bar(row).filter(|bar| bar.needs_gil)
    }
}

/// A call is through. It let go of the GIL just before, and not to wait for it again.
pub(super) fn is_through(bar: &mut Bar) {
    if bar.needs_gil && bar.hatched.last().is_some_and(|part| part.until.is_none()) {
        bar.hatched.pop();
    }
}

fn begin_wait(bar: &mut Bar, now: Instant) {
    bar.hatched.push(Hatch { from: now, until: None, label: "waits for the GIL".to_owned() });
}

fn end_wait(bar: &mut Bar, now: Instant) {
    if bar.hatched.last().is_some_and(|part| part.until.is_none() && now.since(part.from) < NO_WAIT)
    {
        bar.hatched.pop();
    }
    bar.end_hatch(now);
}
