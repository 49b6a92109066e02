//! The moment that the page shows: now, or one in the past at which it holds.
//!
//! Holding stops nothing: a run goes on, its records are taken, and whoever goes back to now has
//! missed nothing.

use leptos::prelude::*;
use shared::units::{Instant, Seq};

use super::{Inner, Session};
use crate::fold::Look;
use crate::recording::Line;

/// A moment at which the page holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The record that comes next: those before it have happened.
    pub next: Seq,
    /// The run's time.
    pub at: Instant,
}

impl Session {
    /// The run's time that is shown.
    pub fn shown_at(self) -> Instant {
        self.held.get().map_or_else(|| self.clock.get(), |held| held.at)
    }

    /// Holds at an instant: what happened until then has happened.
    pub fn hold_at(self, at: Instant) {
        self.hold_at_moment(at.min(self.clock.get_untracked()), None);
    }

    /// Holds at an instant at which this record is the next; if none is said, all of it have happened.
    pub fn hold_at_moment(self, at: Instant, next: Option<Seq>) {
        let moment = self.whole(|all| {
            let at = at.min(all.fold.view.now);
            (at, all.records_before(at), all.records_until(at))
        });
        if let Some((at, before, until)) = moment {
            self.hold(Held { next: next.unwrap_or(until).clamp(before, until), at });
        }
    }

    /// Holds before anything happened.
    pub fn hold_at_start(self) {
        if self.whole(|_| ()).is_some() {
            self.hold(Held { next: 0, at: Instant::ZERO });
        }
    }

    /// Holds behind a line of the story.
    pub fn hold_behind(self, line: &Line) {
        let depth = self.depth.get_untracked();
        if let Some(next) = self.whole(|all| all.behind(line, depth)) {
            self.hold(Held { next, at: line.at });
        }
    }

    /// Steps to the next line of the story, or back to the one before; of those that are wanted.
    /// Whether there was one.
    pub fn step(self, forward: bool, wanted: impl Fn(&Line) -> bool) -> bool {
        self.playing.set(false);
        let depth = self.depth.get_untracked();
        let held = self.held.get_untracked();
        let line = self.whole(|all| {
            let moment = held.map_or(all.fold.next_seq(), |held| held.next);
            all.next_line(moment, forward, depth, wanted).cloned()
        });
        match line.flatten() {
            Some(line) => self.hold_behind(&line),
            None => return false,
        }
        true
    }

    /// Shows what is now again.
    pub fn go_live(self) {
        self.playing.set(false);
        if self.held.get_untracked().is_some() {
            self.held.set(None);
            let looks = self.with_inner(|inner| {
                inner.held = None;
                inner.looks()
            });
            self.show_looks(looks);
            self.tick.update(|tick| *tick += 1);
            self.ask_for_frame();
        }
    }

    /// Holds at a moment.
    pub(super) fn hold(self, held: Held) {
        if self.held.get_untracked() == Some(held) {
            return;
        }
        let looks = self.with_inner(|inner| {
            // An instant between two records changes nothing but the time.
            let same = inner.held.as_ref().is_some_and(|fold| fold.next_seq() == held.next);
            if same {
                return Vec::new();
            }
            let near = inner.held.take();
            inner.held = inner.recording.as_ref().map(|all| all.fold_until(held.next, near));
            inner.looks()
        });
        self.show_looks(looks);
        self.held.set(Some(held));
        self.tick.update(|tick| *tick += 1);
    }
}

impl Inner {
    /// What all nodes of the run look like at the moment that is shown.
    fn looks(&self) -> Vec<(String, Look)> {
        let Some(fold) = self.shown() else { return Vec::new() };
        let tasks = 0..fold.view.tasks.len();
        tasks
            .map(shared::units::TaskId::at)
            .map(|task| (fold.view.task_name(task), fold.look(task)))
            .collect()
    }
}
