//! Calls on their way through the queues to a worker and back, and the workers themselves.

use std::sync::Arc;

use super::{Bar, Lane, LaneKind, Life, Look, MomentKind, Spot, Timeline, Track, gil, words};
use crate::engine::event::{Agent, HowExited, Items};
use crate::outcome::Outcome;
use crate::scenario::ExecutorKind;
use crate::units::{CallId, FutureId, Instant, WorkerId};
use crate::view::View;
use crate::view::shown::Shown;

impl Timeline {
    pub(super) fn submitted(&mut self, view: &View, future: FutureId) {
        // As in the view: numbers are given in order.
        let Some(cell) = view.future(future).filter(|_| future.index() == self.tracks.len()) else {
            return;
        };
        let task = cell.work.first_task();
        self.tracks.push(Track {
            name: Arc::from(cell.name.as_str()),
            task,
            call: None,
            shelf: None,
            left: cell.work.item_count(),
            awaited: task.is_some_and(|task| self.takers.takes(task)),
        });
        self.open_call(future, self.queue, Look::Shown(Shown::Queued));
    }

    pub(super) fn queued(&mut self, view: &View, call: CallId) {
        if let (Some(future), Some(lane)) = (view.future_of(call), self.call_queue) {
            self.close_call(future, "");
            self.open_call(future, lane, Look::Shown(Shown::Claims));
        }
    }

    pub(super) fn taken(&mut self, view: &View, call: CallId, worker: WorkerId) {
        let (Some(future), Some(lane)) = (view.future_of(call), self.worker_lane(worker)) else {
            return;
        };
        self.close_call(future, "");
        // A worker has one call; a log that says otherwise is not ours.
        if let Some(before) = self.lanes[lane].peek(0).and_then(|bar| bar.future) {
            self.close_call(before, "");
        }
        self.open_call(future, lane, Look::Shown(Shown::Running));
    }

    /// The open bar of a call that a worker has, and the time.
    pub(super) fn running_bar(&mut self, view: &View, call: CallId) -> Option<(Instant, &mut Bar)> {
        let spot = self.tracks.get(view.future_of(call)?.index())?.call?;
        if spot.lane < self.workers {
            return None;
        }
        let now = self.now;
        self.lanes[spot.lane].open_bar(spot.row).map(|bar| (now, bar))
    }

    /// The one bar becomes one for each item, if the record knows their times; else, or if there is but
    /// one, it ends as the call did.
    pub(super) fn returned(&mut self, view: &View, call: CallId, items: &Items) {
        let Some((now, bar)) = self.running_bar(view, call) else {
            return;
        };
        gil::is_through(bar);
        let whole = bar.clone();
        let Some((future, spot)) =
            whole.future.and_then(|f| Some((f, self.tracks.get(f.index())?.call?)))
        else {
            return;
        };
        let bars =
            if items.outcomes.len() > 1 { item_bars(view, whole, now, items) } else { Vec::new() };
        if bars.is_empty() {
            if let (Some(outcome), Some(bar)) =
                (items.outcomes.first(), self.lanes[spot.lane].open_bar(spot.row))
            {
                bar.look = Look::Shown(Shown::of_outcome(outcome));
                bar.end_label = words::ending(outcome);
            }
            self.close_call(future, "");
            return;
        }
        self.lanes[spot.lane].replace(spot.row, now, bars);
        self.tracks[future.index()].call = None;
    }

    /// Cancelled in time, a call still lies in the queue until a worker or the manager reaches it; only
    /// who empties the queue takes it out at once.
    pub(super) fn cancelled(&mut self, view: &View, future: FutureId, by: Agent) {
        let emptied = match view.plan().kind() {
            ExecutorKind::Threads | ExecutorKind::Interpreters => self.draining.contains(&by),
            ExecutorKind::Processes | ExecutorKind::Pool => by == Agent::Manager,
        };
        let Some(spot) = self.tracks.get(future.index()).and_then(|track| track.call) else {
            return;
        };
        if spot.lane != self.queue {
            return;
        }
        self.close_call(future, "CANCELLED");
        if !emptied {
            let bar = self.bar(future, Look::Shown(Shown::Cancelled));
            self.lanes[spot.lane].open_in(spot.row, bar);
            self.tracks[future.index()].call = Some(spot);
        }
    }

    pub(super) fn finished(&mut self, view: &View, future: FutureId, outcome: &Outcome) {
        // A worker's bar ends when the worker does, or is through: not when Python gives the call up.
        self.leave_queues(future, &words::ending(outcome));
        self.put_on_shelf(view, future, outcome);
    }

    /// Closes a call's bar in a queue, if it is in one.
    pub(super) fn leave_queues(&mut self, future: FutureId, end_label: &str) {
        let spot = self.tracks.get(future.index()).and_then(|track| track.call);
        if spot.is_some_and(|spot| spot.lane < self.workers) {
            self.close_call(future, end_label);
        }
    }

    /// What is cancelled is not even looked at when a pool breaks.
    pub(super) fn drop_cancelled(&mut self) {
        let is_cancelled = |bar: &&Bar| bar.look == Look::Shown(Shown::Cancelled);
        let queue = &self.lanes[self.queue];
        let rows = queue.open_rows();
        let dropped: Vec<FutureId> = rows
            .filter_map(|row| queue.peek(row).filter(is_cancelled).and_then(|bar| bar.future))
            .collect();
        for future in dropped {
            self.close_call(future, "");
        }
    }

    /// A call's bar ends with its worker, or with the pool.
    pub(super) fn break_off(&mut self, future: FutureId, end_label: &str) {
        let Some(spot) = self.tracks.get(future.index()).and_then(|track| track.call) else {
            return;
        };
        if let Some(bar) = self.lanes[spot.lane].open_bar(spot.row)
            && spot.lane >= self.workers
        {
            bar.look = Look::Shown(Shown::Broken);
        }
        self.close_call(future, end_label);
    }

    pub(super) fn exited(&mut self, view: &View, worker: WorkerId, how: HowExited) {
        let Some(lane) = self.worker_lane(worker) else {
            return;
        };
        let text = words::exited(how);
        if let Some(future) = self.lanes[lane].peek(0).and_then(|bar| bar.future) {
            match how {
                HowExited::Told => self.close_call(future, ""),
                HowExited::Code(_) | HowExited::Signal(_) => self.break_off(future, &text),
            }
        }
        self.worker(view, worker, Life::Exited(how));
        self.say_worker(worker, MomentKind::Exits(how), &text);
    }

    /// Takes down what a worker is. One that the executor could not have from the start gets a lane.
    pub(super) fn worker(&mut self, view: &View, worker: WorkerId, life: Life) {
        if view.worker(worker).is_none() {
            return;
        }
        while self.lanes.len() - self.workers <= worker.index() {
            let next = WorkerId::at(self.lanes.len() - self.workers);
            self.lanes.push(Lane::new(LaneKind::Worker(next)));
        }
        let now = self.now;
        self.lanes[self.workers + worker.index()].becomes(now, life);
    }

    /// The lane of a worker that exists.
    pub(super) fn worker_lane(&self, worker: WorkerId) -> Option<usize> {
        let lane = self.workers.checked_add(worker.index())?;
        (lane < self.lanes.len()).then_some(lane)
    }

    /// Where it shows what an agent did: what has no lane of its own is told in main's.
    pub(super) fn lane_of(&self, agent: Agent) -> usize {
        match agent {
            Agent::Worker(worker) => self.worker_lane(worker).unwrap_or(0),
            _ => 0,
        }
    }

    pub(super) fn say_worker(&mut self, worker: WorkerId, kind: MomentKind, text: &str) {
        if let Some(lane) = self.worker_lane(worker) {
            self.say(lane, kind, None, text);
        }
    }

    /// A bar about this future that begins now.
    pub(super) fn bar(&self, future: FutureId, look: Look) -> Bar {
        let track = &self.tracks[future.index()];
        let mut bar = Bar::new(self.now, look, track.name.clone());
        bar.future = Some(future);
        bar.task = track.task;
        bar
    }

    /// The call is now here. Its bar elsewhere must be closed.
    fn open_call(&mut self, future: FutureId, lane: usize, look: Look) {
        if future.index() >= self.tracks.len() {
            return;
        }
        let bar = self.bar(future, look);
        let row = self.lanes[lane].open(bar);
        self.tracks[future.index()].call = row.map(|row| Spot { lane, row });
    }

    /// The call is not there any more.
    fn close_call(&mut self, future: FutureId, end_label: &str) {
        let Some(track) = self.tracks.get_mut(future.index()) else {
            return;
        };
        let Some(spot) = track.call.take() else {
            return;
        };
        let lane = &mut self.lanes[spot.lane];
        if let Some(bar) = lane.open_bar(spot.row)
            && !end_label.is_empty()
        {
            end_label.clone_into(&mut bar.end_label);
        }
        lane.close(spot.row, self.now);
    }
}

/// The bars of a chunk's items, each within the chunk's own bar and not before the one before it.
fn item_bars(view: &View, whole: Bar, now: Instant, items: &Items) -> Vec<Bar> {
    let Some(future) = whole.future else {
        return Vec::new();
    };
    let mut bars = Vec::new();
    let mut earliest = whole.from;
    let times = items.started.iter().zip(&items.ended).zip(&items.outcomes);
    for ((task, name), ((started, ended), outcome)) in words::items(view, future).zip(times) {
        let from = (*started).max(earliest).min(now);
        let until = (*ended).max(from).min(now);
        earliest = until;
        let mut bar = Bar::new(from, Look::Shown(Shown::of_outcome(outcome)), name.into());
        bar.until = Some(until);
        bar.future = whole.future;
        bar.task = Some(task);
        bar.end_label = words::ending(outcome);
        bars.push(bar);
    }
    for mut hatch in whole.hatched {
        let after = bars.partition_point(|bar| bar.from <= hatch.from);
        if let Some(bar) = after.checked_sub(1).and_then(|last| bars.get_mut(last)) {
            hatch.until.get_or_insert(now);
            bar.hatched.push(hatch);
        }
    }
    bars
}
