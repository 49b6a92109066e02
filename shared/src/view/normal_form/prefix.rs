//! Whether a run that is half way can still come out like a given normal form.
//!
//! A search through all that nature may choose asks this after every step, and turns back at *no*. So
//! *no* must be certain; *yes* may be wrong, and costs only time.

use std::collections::BTreeMap;

use super::{End, FutureForm, NormalForm, NormalFormBuilder, Workers};
use crate::engine::future::FutureState;

impl NormalFormBuilder {
    /// Whether this run can still come out like `whole`. A `true` promises nothing; a `false` is
    /// certain, whatever nature chooses from here on.
    pub fn is_prefix_of(&self, whole: &NormalForm) -> bool {
        match &self.end {
            End::Unfinished => {}
            // The search may go on only to find that a planned act ends the hang.
            End::Hangs(_) => {}
            End::Returned | End::Raised(_) | End::Exiting { .. } | End::CutOff(_) => {
                return self.finish() == *whole;
            }
        }
        self.futures_may_become(&whole.futures)
            && self.main.is_prefix_of(&whole.main)
            && is_part_of(&self.callback_lines, &whole.callbacks)
            && is_part_of(&self.skipped, &whole.skipped)
            && (!self.broken || whole.broken)
            && self.workers_may_become(whole.workers.as_ref())
    }

    fn futures_may_become(&self, whole: &[FutureForm]) -> bool {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        self.futures.iter().all(|form| {
            // Futures of one name stand in the order of submission, in both.
            let nth = seen.entry(&form.name).or_default();
            let first = whole.partition_point(|other| other.name < form.name);
            let other = whole.get(first + *nth).filter(|other| other.name == form.name);
            *nth += 1;
            other.is_some_and(|other| may_become(form, other))
        })
    }

    fn workers_may_become(&self, whole: Option<&Workers>) -> bool {
        if !self.compares_workers {
            return true;
        }
        let Some(whole) = whole else { return false };
        let now = self.workers();
        now.started <= whole.started && is_part_of(&now.had, &whole.had)
    }
}

/// Whether a future that is like this now can end up like that.
fn may_become(now: &FutureForm, then: &FutureForm) -> bool {
    use FutureState::{Cancelled, CancelledAndNotified, Finished, Pending, Running};
    match now.state {
        Pending => true,
        Running => matches!(then.state, Running | Finished),
        Cancelled => matches!(then.state, Cancelled | CancelledAndNotified),
        CancelledAndNotified | Finished => now == then,
    }
}

/// Whether the whole, which is sorted, holds each of these at least as often.
fn is_part_of<T: Ord>(part: &[T], whole: &[T]) -> bool {
    let mut part: Vec<&T> = part.iter().collect();
    part.sort();
    let mut left = whole.iter();
    part.into_iter().all(|wanted| left.any(|item| item == wanted))
}
