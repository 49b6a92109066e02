//! The log as the engine writes it: numbers, times and causes.

use std::collections::VecDeque;

use crate::engine::event::{Event, Record};
use crate::units::{Instant, Seq};

/// How many of the last records stay for stories of errors.
const REMEMBERED: usize = 1_000;

/// Records that have not been handed out yet, and the last ones that have.
///
/// Not hashed with the engine's state: two states that differ only in what was written are the same.
#[derive(Debug, Clone, Default)]
pub struct Log {
    next: Seq,
    fresh: Vec<Record>,
    recent: VecDeque<Record>,
    /// What the next record is due to; the first record of an input becomes the cause of the rest.
    pub cause: Option<Seq>,
}

impl Log {
    /// Appends a record due to `self.cause`.
    pub fn write(&mut self, at: Instant, event: Event) -> Seq {
        let seq = self.next;
        self.next += 1;
        self.fresh.push(Record { seq, at, cause: self.cause, event });
        self.cause.get_or_insert(seq);
        seq
    }

    /// The number of the last record written; nothing before the first.
    pub fn last(&self) -> Option<Seq> {
        self.next.checked_sub(1)
    }

    /// How many records were ever written.
    pub fn written(&self) -> u64 {
        self.next
    }

    /// How many wait to be handed out.
    pub fn waiting(&self) -> usize {
        self.fresh.len()
    }

    /// Hands out what was written since the last time.
    pub fn drain(&mut self) -> Vec<Record> {
        let fresh = std::mem::take(&mut self.fresh);
        let kept = fresh.len().saturating_sub(REMEMBERED);
        self.recent.extend(fresh[kept..].iter().cloned());
        while self.recent.len() > REMEMBERED {
            self.recent.pop_front();
        }
        fresh
    }

    /// What is still remembered, oldest first.
    pub fn remembered(&self) -> impl Iterator<Item = &Record> {
        self.recent.iter().chain(&self.fresh)
    }
}
