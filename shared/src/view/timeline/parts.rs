//! What lies in a lane: bars, moments, and what a worker is.

use std::sync::Arc;

use super::LaneKind;
use crate::engine::event::HowExited;
use crate::units::{FutureId, Instant, Span, TaskId};
use crate::view::shown::Shown;

/// What a bar looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Look {
    /// As a task does. With a worker: `Running` while open, and closed only if the run was cut off;
    /// else how it ended. `Broken` has a jagged end.
    Shown(Shown),
    /// Main waits: thin hatch.
    Blocked,
    /// A cap in this colour with a grey tail, until somebody takes it.
    Shelf(Shown),
    /// A worker runs its initializer: quiet, for it is nobody's call.
    Initializer,
}

/// A span of time in a lane.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// When it began.
    pub from: Instant,
    /// When it ended, never before `from`; none while it is open.
    pub until: Option<Instant>,
    /// The row in its lane, from 0.
    pub row: u16,
    /// How it looks.
    pub look: Look,
    /// The future that it is about; of main's waiting, the one waited for.
    pub future: Option<FutureId>,
    /// The task that it is about: the first of a chunk.
    pub task: Option<TaskId>,
    /// A name, or what main waits for.
    pub label: Arc<str>,
    /// Text for the right end: a value, an exception's class, `behind a` on the shelf; often empty.
    pub end_label: String,
    /// The parts of it in which its own code waited, in order.
    pub hatched: Vec<Hatch>,
    /// It does nothing but compute, under a GIL: the hatched parts are those in which it waited for it.
    pub(super) needs_gil: bool,
    /// How long the earlier bars of its row are together, those that count.
    pub(super) before: Span,
}

/// A part of a bar in which the call, or main's own call, waited: for what its code named, or for the
/// GIL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hatch {
    /// Since when.
    pub from: Instant,
    /// Until when; none while it waits.
    pub until: Option<Instant>,
    /// What for: `waits for b`, `waits for the GIL`.
    pub label: String,
}

impl Bar {
    /// An open bar that begins now; its row comes from its lane.
    pub(super) fn new(from: Instant, look: Look, label: Arc<str>) -> Self {
        Self {
            from,
            until: None,
            row: 0,
            look,
            future: None,
            task: None,
            label,
            end_label: String::new(),
            hatched: Vec::new(),
            needs_gil: false,
            before: Span::ZERO,
        }
    }

    /// How long it has lasted at `now`; an open one grows.
    pub fn length(&self, now: Instant) -> Span {
        self.until.map_or(now, |until| until.min(now)).since(self.from)
    }

    /// Whether it began before the end of this window and did not end before its beginning.
    pub fn meets(&self, from: Instant, until: Instant) -> bool {
        self.from <= until && self.until.is_none_or(|end| end >= from)
    }

    /// Whether it must be seen among any number of others.
    pub fn is_alarm(&self) -> bool {
        matches!(
            self.look,
            Look::Shown(Shown::Failed | Shown::Broken) | Look::Shelf(Shown::Failed | Shown::Broken)
        )
    }

    /// Main's own call of a function is work, not waiting; a worker's initializer is no call.
    pub(super) fn counts(&self, kind: LaneKind) -> bool {
        self.look != Look::Initializer && (kind != LaneKind::Main || self.look == Look::Blocked)
    }

    /// Ends the waiting that is open, if one is.
    pub(super) fn end_hatch(&mut self, at: Instant) {
        if let Some(Hatch { until: until @ None, .. }) = self.hatched.last_mut() {
            *until = Some(at);
        }
    }
}

/// Something that happened in a lane at one instant, or several of a kind that are drawn as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// When: the first of several.
    pub at: Instant,
    /// The row in its lane, from 0.
    pub row: u16,
    /// What.
    pub kind: MomentKind,
    /// The future that it is about: the first of several.
    pub future: Option<FutureId>,
    /// How many are drawn as one.
    pub count: u32,
    /// In words: `takes 50.0 and 40.0`.
    pub text: String,
    /// What is said of the first few; but one text if all are alike.
    pub(super) said: Vec<String>,
    /// The last of them, so that one is not told twice.
    pub(super) last: Option<(FutureId, u32)>,
}

impl Moment {
    /// One more of them.
    pub(super) fn tell(&mut self, text: &str) {
        /// So many are told by what they are, the rest by their number.
        const TOLD: usize = 3;
        let before = self.count as usize;
        self.count = self.count.saturating_add(1);
        if let [only] = self.said.as_slice() {
            // As long as all are alike, one text says all.
            if only == text {
                return;
            }
            self.said = vec![only.clone(); before.min(TOLD)];
        }
        if self.said.len() < TOLD {
            self.said.push(text.to_owned());
        }
    }
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MomentKind {
    /// A result came to main: a diamond.
    Takes,
    /// A line was printed.
    Prints,
    /// A deadline passed: a thin line with a clock.
    TimesOut,
    /// An iterator raised in main.
    Raises,
    /// The executor is broken.
    Breaks,
    /// The program can never go on.
    Hangs,
    /// A worker began.
    Starts,
    /// A worker began in the lane of one that is no more.
    Replaces,
    /// A worker is no more.
    Exits(HowExited),
    /// A worker could not be started.
    NotStarted,
}

/// What a worker is, from some instant on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Life {
    /// Nobody has asked for it.
    Unborn,
    /// It was asked for, and does not run yet.
    Starting,
    /// It runs, under this short name: `pid 77`, `thread 0_1`.
    Runs(String),
    /// It is no more.
    Exited(HowExited),
    /// It could not be started.
    Failed,
}
