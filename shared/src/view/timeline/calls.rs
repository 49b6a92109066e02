//! Calls on their way through the queues to a worker and back, and the workers themselves.

use std::sync::Arc;

use super::{Bar, Lane, LaneKind, Life, Look, MomentKind, Spot, Timeline, Track, gil, words};
use crate::engine::event::{Agent, HowExited, Items};
use crate::outcome::{Outcome, Raised};
use crate::scenario::ExecutorKind;
use crate::units::{CallId, FutureId, Instant, WorkerId};
use crate::view::View;
use crate::view::shown::{Shown, letter};

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
            // Of a Pool's call in the pipe nobody claims that it runs.
            let shown = match view.plan().kind() {
                ExecutorKind::Pool => Shown::Queued,
                _ => Shown::Claims,
            };
            self.open_call(future, lane, Look::Shown(shown));
        }
    }

    pub(super) fn taken(&mut self, view: &View, call: CallId, worker: WorkerId) {
        let (Some(future), Some(lane)) = (view.future_of(call), self.worker_lane(worker)) else {
            return;
        };
        self.close_call(future, "");
        self.make_room(lane);
        self.open_call(future, lane, Look::Shown(Shown::Running));
        self.sign(worker, lane);
    }

    /// A worker does one thing at a time; a log that says otherwise is not ours.
    fn make_room(&mut self, lane: usize) {
        match self.lanes[lane].peek(0).map(|bar| bar.future) {
            Some(Some(before)) => self.close_call(before, ""),
            Some(None) => self.lanes[lane].close(0, self.now),
            None => {}
        }
    }

    /// The first bar of a worker that took another's place says whose it is: `C · d`.
    fn sign(&mut self, worker: WorkerId, lane: usize) {
        if self.unsigned.remove(&worker)
            && let Some(bar) = self.lanes[lane].open_bar(0)
        {
            bar.label = format!("{} · {}", letter(worker), bar.label).into();
        }
    }

    /// A worker begins what it does before its first call.
    pub(super) fn initializes(&mut self, worker: WorkerId) {
        let Some(lane) = self.worker_lane(worker) else { return };
        self.make_room(lane);
        let bar = Bar::new(self.now, Look::Initializer, "initializer".into());
        self.lanes[lane].open(bar);
        self.sign(worker, lane);
    }

    /// It is through with that.
    pub(super) fn initialized(&mut self, worker: WorkerId, raised: Option<&Raised>) {
        let Some(lane) = self.worker_lane(worker) else { return };
        let Some(bar) = self.lanes[lane].open_bar(0) else { return };
        if bar.look != Look::Initializer {
            return;
        }
        if let Some(raised) = raised {
            bar.end_label = words::short(&raised.kind);
        }
        self.lanes[lane].close(0, self.now);
    }

    /// `terminate()`: what is in the queues then, nobody will take out (rule 167).
    pub(super) fn thrown_away(&mut self) {
        let in_queues = |track: &Track| track.call.is_some_and(|spot| spot.lane < self.workers);
        let all = (0..self.tracks.len()).filter(|at| in_queues(&self.tracks[*at]));
        for future in all.map(FutureId::at).collect::<Vec<_>>() {
            self.close_call(future, "thrown away");
        }
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
        match self.lanes[lane].peek(0).map(|bar| bar.future) {
            Some(Some(future)) => match how {
                // Pool ends its workers whether they are at work or not.
                HowExited::Told if view.plan().kind() == ExecutorKind::Pool => {
                    self.break_off(future, "lost");
                }
                HowExited::Told => self.close_call(future, ""),
                HowExited::Code(_) | HowExited::Signal(_) => self.break_off(future, &text),
            },
            // It did not get beyond its initializer.
            Some(None) => self.lanes[lane].close(0, self.now),
            None => {}
        }
        self.worker(view, worker, Life::Exited(how));
        self.say_worker(worker, MomentKind::Exits(how), &text);
    }

    /// Takes down what a worker is. One that the executor could not have from the start gets the lane
    /// of one that is no more, or a new one below: a pool may start hundreds, but never has as many.
    pub(super) fn worker(&mut self, view: &View, worker: WorkerId, life: Life) {
        if view.worker(worker).is_none() {
            return;
        }
        while self.lane_of_worker.len() <= worker.index() {
            self.give_lane(WorkerId::at(self.lane_of_worker.len()));
        }
        let lane = self.lane_of_worker[worker.index()];
        // Only whose lane it is; a log that has the dead do something is not ours.
        let later = self.lane_of_worker[worker.index() + 1..].contains(&lane);
        if !later {
            self.lanes[lane].becomes(self.now, worker, life);
        }
    }

    fn give_lane(&mut self, worker: WorkerId) {
        let own = self.workers + worker.index();
        let lane = if worker.0 < self.plan.max_workers() && own < self.lanes.len() {
            own
        } else if let Some(left) =
            (self.workers..self.lanes.len()).find(|at| self.lanes[*at].is_left())
        {
            self.unsigned.insert(worker);
            self.make_room(left);
            left
        } else {
            self.lanes.push(Lane::new(LaneKind::Worker(worker)));
            self.lanes.len() - 1
        };
        self.lane_of_worker.push(lane);
    }

    /// The lane of a worker that was asked for, or has one from the start.
    pub(super) fn worker_lane(&self, worker: WorkerId) -> Option<usize> {
        let own = || (worker.0 < self.plan.max_workers()).then(|| self.workers + worker.index());
        let lane = self.lane_of_worker.get(worker.index()).copied().or_else(own)?;
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
