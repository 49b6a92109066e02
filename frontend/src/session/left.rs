//! The run at the left of a comparison: the one before, as long as nobody keeps another.
//!
//! ```text
//!  a run ends ──▶ shown ──another begins──▶ the one before ──another──▶ gone
//!                   └─────kept──────another begins──▶ kept, until let go
//! ```

use leptos::prelude::*;

use super::{Inner, Session};
use crate::recording::Recording;

/// Records of a run at most that stays only because it was the one before: 40,000 calls, one by one,
/// have fewer, and two much longer ones may be more than a browser has.
const BEFORE: u64 = 500_000;

/// Which run stands at the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Left {
    /// None.
    #[default]
    Nobody,
    /// The one that is shown will be, as soon as another is; until then whoever was.
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
            Self::Kept => "Kept",
            Self::Before | Self::Shown | Self::Nobody => "Before",
        }
    }
}

impl Session {
    /// Keeps the run that is shown, if it is over: it will stand at the left until it is let go.
    pub fn keep(self) -> bool {
        let over = self.whole(|all| all.fold.view.end.is_some()) == Some(true);
        if over {
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
        // What never came to a record was not even started.
        let Some(recording) = self.recording.take().filter(|all| all.fold.next_seq() > 0) else {
            return left;
        };
        let kept = match left {
            Left::Kept => return left,
            Left::Shown => Left::Kept,
            Left::Nobody | Left::Before => Left::Before,
        };
        let fits = recording.fold.view.end.is_some() && recording.fold.next_seq() <= BEFORE;
        if kept == Left::Before && !fits {
            self.aside = None;
            return Left::Nobody;
        }
        self.aside = Some(Aside { recording, simulated });
        kept
    }
}
