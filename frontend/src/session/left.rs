//! The run at the left of a comparison: the one before, as long as nobody keeps another.
//!
//! ```text
//!  a run ends ──▶ shown ──another begins──▶ the one before ──another──▶ gone
//!                   └─────kept──────another begins──▶ kept, until let go
//! ```

use leptos::prelude::*;

use super::{Inner, Session};
use crate::recording::Recording;

/// Records of a run at most that stays only because it was the one before: two long ones may be more
/// than a phone has.
const BEFORE: u64 = 200_000;

/// Which run stands at the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Left {
    /// None.
    #[default]
    Nobody,
    /// The one that is shown: the next will stand beside it.
    Shown,
    /// The one before.
    Before,
    /// One that somebody kept.
    Kept,
}

/// A run that is not shown any more.
pub(super) struct Aside {
    recording: Recording,
    simulated: bool,
}

impl Left {
    /// What it is called beside the run that is shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kept | Self::Shown => "Kept",
            Self::Before | Self::Nobody => "Before",
        }
    }
}

impl Session {
    /// Keeps the run that is shown, if it is over: it will stand at the left until it is let go.
    pub fn keep(self) -> bool {
        let over = self.whole(|all| all.fold.view.end.is_some()) == Some(true);
        if over {
            self.with_inner(|inner| inner.aside = None);
            self.left.set(Left::Shown);
        }
        over
    }

    /// Lets the run at the left go with the next one that begins.
    pub fn let_go(self) {
        let left = match self.left.get_untracked() {
            Left::Shown | Left::Nobody => Left::Nobody,
            Left::Before | Left::Kept => Left::Before,
        };
        self.left.set(left);
    }

    /// Looks at the run at the left and whether it was simulated, if another is shown beside it. The
    /// caller tracks [`Self::left`] and [`Self::era`].
    pub fn with_left<T>(self, look: impl FnOnce(&Recording, bool) -> T) -> Option<T> {
        self.inner.with_value(|inner| {
            inner.borrow().aside.as_ref().map(|aside| look(&aside.recording, aside.simulated))
        })
    }

    /// Puts the run that is shown aside, before another takes its place.
    pub(super) fn put_aside(self) {
        let simulated = self.simulated.with_untracked(Option::is_some);
        let left = self.left.get_untracked();
        let next = self.with_inner(|inner| inner.put_aside(left, simulated));
        if next != left {
            self.left.set(next);
        }
    }
}

impl Inner {
    fn put_aside(&mut self, left: Left, simulated: bool) -> Left {
        let shown = self.recording.take();
        let keeps = |all: &Recording| match left {
            Left::Kept => false,
            Left::Shown => true,
            Left::Nobody | Left::Before => {
                all.fold.view.end.is_some() && all.fold.next_seq() <= BEFORE
            }
        };
        let Some(recording) = shown.filter(keeps) else { return left };
        self.aside = Some(Aside { recording, simulated });
        if left == Left::Shown { Left::Kept } else { Left::Before }
    }
}
