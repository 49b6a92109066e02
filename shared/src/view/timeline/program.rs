//! What main does: it waits, takes results, prints; and the shelf, from which it takes them.

use std::sync::Arc;

use super::{Bar, Hatch, LaneKind, Look, Moment, MomentKind, TOGETHER, Timeline, gil, words};
use crate::engine::event::{BlockedOn, Question, Reply};
use crate::outcome::Outcome;
use crate::scenario::ProgramPlan;
use crate::units::{FutureId, TaskId};
use crate::view::View;
use crate::view::shown::Shown;

/// Main's waiting has one row, its moments the next.
pub(super) const WAITING_ROW: u16 = 0;
const MOMENTS_ROW: u16 = 1;
/// Results on the shelf among which the one that a `map` raised is looked for.
const LOOKED_AT: usize = 1_000;

impl Timeline {
    /// Brings main's bar of waiting up to what the view knows.
    pub(super) fn follow_main(&mut self, view: &View) {
        let waits = if self.over { None } else { view.main_waits_for() };
        if waits == self.waiting {
            return;
        }
        let now = self.now;
        let was_waiting = self.waiting.take().is_some();
        let main = &mut self.lanes[0];
        let own_call = main.open_bar(WAITING_ROW).is_some_and(|bar| bar.look != Look::Blocked);
        if own_call {
            // Main computes a task itself, and that task waits: a part of its bar.
            if let (true, Some(bar)) = (was_waiting, main.open_bar(WAITING_ROW)) {
                bar.end_hatch(now);
            }
        } else {
            main.close(WAITING_ROW, now);
        }
        self.waiting = waits;
        let Some(on) = waits else {
            return;
        };
        let label = words::waits_for(view, on);
        match main.open_bar(WAITING_ROW) {
            Some(bar) => bar.hatched.push(Hatch { from: now, until: None, label }),
            None => {
                let mut bar = Bar::new(now, Look::Blocked, label.into());
                bar.future = awaited(on);
                bar.task = bar
                    .future
                    .and_then(|future| self.tracks.get(future.index()))
                    .and_then(|track| track.task);
                main.open_in(WAITING_ROW, bar);
            }
        }
    }

    /// Main computes a task itself.
    pub(super) fn main_calls(&mut self, view: &View, task: TaskId) {
        self.waiting = None;
        let now = self.now;
        let name: Arc<str> = view.task_name(task).into();
        let main = &mut self.lanes[0];
        main.close(WAITING_ROW, now);
        let mut bar = Bar::new(now, Look::Shown(Shown::Running), name);
        bar.task = Some(task);
        main.open_in(WAITING_ROW, bar);
    }

    pub(super) fn main_has(&mut self, outcome: &Outcome) {
        let now = self.now;
        let main = &mut self.lanes[0];
        match main.open_bar(WAITING_ROW) {
            Some(bar) if bar.look != Look::Blocked => {
                gil::is_through(bar);
                bar.look = Look::Shown(Shown::of_outcome(outcome));
                bar.end_label = words::ending(outcome);
            }
            _ => return,
        }
        main.close(WAITING_ROW, now);
    }

    pub(super) fn answered(&mut self, view: &View, what: Question, reply: &Reply) {
        match (what, reply) {
            (Question::Result(future) | Question::Exception(future), _) => {
                // A timeout has nothing to take.
                if view.future(future).is_some_and(|cell| cell.state.done()) {
                    self.main_takes_all(view, future);
                }
            }
            (Question::Next(_), Reply::Raised(raised)) => {
                self.say(0, MomentKind::Raises, None, &words::short(&raised.kind));
                self.iterator_raised(view, &Outcome::Raised(raised.clone()));
            }
            (
                Question::Next(_)
                | Question::Done(_)
                | Question::Running(_)
                | Question::Cancelled(_)
                | Question::Cancel(_)
                | Question::Ready(_)
                | Question::Successful(_)
                | Question::Job(_)
                | Question::JobReady(_)
                | Question::JobSuccessful(_)
                | Question::Repr(_)
                | Question::Join
                | Question::Terminate
                | Question::Submit
                | Question::Sleep
                | Question::AllTasks,
                _,
            ) => {}
        }
    }

    /// `map` raised what its head had raised; what lies behind it nobody will take.
    fn iterator_raised(&mut self, view: &View, outcome: &Outcome) {
        if matches!(self.plan.program, ProgramPlan::Mode { .. }) {
            // One iterator at a time: what is on the shelf is this one's.
            return self.empty_shelf("");
        }
        // The log does not say whose iterator it is: the first that raised the same.
        let shelf = &self.lanes[self.shelf];
        let raised = shelf.open_rows().take(LOOKED_AT).filter_map(|row| shelf.peek(row)?.future);
        let same = |future: &FutureId| {
            view.future(*future).and_then(|cell| cell.outcome.as_ref()) == Some(outcome)
        };
        if let Some(future) = raised.filter(same).min() {
            self.take_from_shelf(future);
        }
    }

    /// An item of a result comes to main.
    pub(super) fn main_takes(&mut self, view: &View, future: FutureId, item: u32) {
        self.say_taken(view, future, item);
        let Some(track) = self.tracks.get_mut(future.index()) else {
            return;
        };
        track.left = track.left.saturating_sub(1);
        // `as_completed` yields a chunk's future whole: there are no chunks but in `map`.
        if track.left == 0 {
            self.take_from_shelf(future);
        }
    }

    fn main_takes_all(&mut self, view: &View, future: FutureId) {
        self.say_taken(view, future, 0);
        self.take_from_shelf(future);
    }

    fn say_taken(&mut self, view: &View, future: FutureId, item: u32) {
        if view.future(future).is_some() {
            let text = words::taken(view, future, item);
            self.say(0, MomentKind::Takes, Some((future, item)), &text);
        }
    }

    /// A result is there, and main will take it.
    pub(super) fn put_on_shelf(&mut self, view: &View, future: FutureId, outcome: &Outcome) {
        let Some(track) = self.tracks.get(future.index()) else {
            return;
        };
        if self.closed || !track.awaited || track.shelf.is_some() {
            return;
        }
        let mut bar = self.bar(future, Look::Shelf(Shown::of_outcome(outcome)));
        if let Some(before) = view.main_waits_for().and_then(awaited)
            && before != future
        {
            bar.end_label = format!("behind {}", words::short(&view.future_name(before)));
        }
        let row = self.lanes[self.shelf].open(bar);
        self.tracks[future.index()].shelf = row;
    }

    fn take_from_shelf(&mut self, future: FutureId) {
        let Some(track) = self.tracks.get_mut(future.index()) else {
            return;
        };
        // Taken once, it does not come back.
        track.awaited = false;
        if let Some(row) = track.shelf.take() {
            let now = self.now;
            self.lanes[self.shelf].close(row, now);
        }
    }

    /// Nobody takes results any more.
    pub(super) fn close_shelf(&mut self) {
        if !std::mem::replace(&mut self.closed, true) {
            self.empty_shelf("never taken");
        }
    }

    fn empty_shelf(&mut self, end_label: &str) {
        let now = self.now;
        let shelf = &mut self.lanes[self.shelf];
        for row in shelf.open_rows().collect::<Vec<_>>() {
            if let Some(bar) = shelf.open_bar(row) {
                if !end_label.is_empty() {
                    end_label.clone_into(&mut bar.end_label);
                }
                if let Some(track) = bar.future.and_then(|f| self.tracks.get_mut(f.index())) {
                    track.shelf = None;
                }
            }
            shelf.close(row, now);
        }
    }

    /// A moment in a lane: together with the last of its kind, if that is not long ago.
    pub(super) fn say(
        &mut self,
        lane: usize,
        kind: MomentKind,
        of: Option<(FutureId, u32)>,
        text: &str,
    ) {
        let verb = match kind {
            MomentKind::Takes => "takes",
            MomentKind::Prints => "prints",
            MomentKind::Raises => "raises",
            MomentKind::TimesOut
            | MomentKind::Breaks
            | MomentKind::Hangs
            | MomentKind::Starts
            | MomentKind::Replaces
            | MomentKind::Exits(_)
            | MomentKind::NotStarted => "",
        };
        let now = self.now;
        let lane = &mut self.lanes[lane];
        let row = if lane.kind == LaneKind::Main { MOMENTS_ROW } else { 0 };
        let together = matches!(kind, MomentKind::Takes | MomentKind::Prints);
        if let Some(last) =
            lane.recent(kind).filter(|last| together && now.since(last.at) < TOGETHER)
        {
            // `as_completed` delivers the future, `result()` its value: main takes it once.
            if of.is_some() && last.last == of {
                return;
            }
            last.last = of;
            last.tell(text);
            last.text = words::several(verb, &last.said, last.count);
            return;
        }
        let said = vec![text.to_owned()];
        let text = if verb.is_empty() { text.to_owned() } else { words::several(verb, &said, 1) };
        let future = of.map(|(future, _)| future);
        lane.say(Moment { at: now, row, kind, future, count: 1, text, said, last: of });
    }

    /// The run is over: whatever is open ends here.
    pub(super) fn end(&mut self, view: &View) {
        self.over = true;
        self.waiting = None;
        let now = self.now;
        for lane in &mut self.lanes {
            for row in lane.open_rows().collect::<Vec<_>>() {
                // Nobody saw its worker die, but Python had given the call up.
                if let (LaneKind::Worker(_), Some(bar)) = (lane.kind, lane.open_bar(row))
                    && bar.future.is_some_and(|f| view.shown_future(f) == Shown::Broken)
                {
                    bar.look = Look::Shown(Shown::Broken);
                }
                lane.close(row, now);
            }
        }
        for track in &mut self.tracks {
            track.call = None;
            track.shelf = None;
        }
    }
}

/// The one future that is waited for, if it is one.
pub(super) fn awaited(on: BlockedOn) -> Option<FutureId> {
    match on {
        BlockedOn::Result(future) | BlockedOn::MapNext(future) => Some(future),
        BlockedOn::CompletedNext(_)
        | BlockedOn::Wait(_)
        | BlockedOn::AllTasks
        | BlockedOn::Sleep(_)
        | BlockedOn::Shutdown
        | BlockedOn::Exit
        | BlockedOn::OwnProcess
        | BlockedOn::Job(_)
        | BlockedOn::ImapNext(_)
        | BlockedOn::Join
        | BlockedOn::Terminate
        | BlockedOn::Gate(_) => None,
    }
}
