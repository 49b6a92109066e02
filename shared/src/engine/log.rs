//! The log as the engine writes it: numbers, times and causes.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

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
    /// What was handed out last, a hand at a time: all of the last [`REMEMBERED`], and less than a
    /// whole hand more.
    recent: VecDeque<Arc<Vec<Record>>>,
    /// How many records are in `recent`.
    kept: usize,
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
        let fresh = mem::take(&mut self.fresh);
        let kept = fresh.len().saturating_sub(REMEMBERED);
        drop(self.remember(Arc::new(fresh[kept..].to_vec())));
        fresh
    }

    /// The same without a copy: what is remembered and what is handed out are one. New records go
    /// into `room`, whose own are forgotten; comes back with what is remembered no more.
    pub fn hand_out(&mut self, mut room: Vec<Record>) -> (Arc<Vec<Record>>, Vec<Arc<Vec<Record>>>) {
        room.clear();
        let fresh = Arc::new(mem::replace(&mut self.fresh, room));
        let forgotten = self.remember(Arc::clone(&fresh));
        (fresh, forgotten)
    }

    fn remember(&mut self, hand: Arc<Vec<Record>>) -> Vec<Arc<Vec<Record>>> {
        self.kept += hand.len();
        self.recent.push_back(hand);
        let mut forgotten = Vec::new();
        while let Some(oldest) = self.recent.front()
            && self.kept - oldest.len() >= REMEMBERED
        {
            self.kept -= oldest.len();
            forgotten.extend(self.recent.pop_front());
        }
        forgotten
    }

    /// What is still remembered, oldest first.
    pub fn remembered(&self) -> impl Iterator<Item = &Record> {
        self.recent.iter().flat_map(|hand| hand.iter()).chain(&self.fresh)
    }

    /// The last record, unless it was forgotten.
    pub fn last_record(&self) -> Option<&Record> {
        self.fresh.last().or_else(|| self.recent.back()?.last())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(records: Seq) -> Log {
        let mut log = Log::default();
        write(&mut log, records);
        log
    }

    fn write(log: &mut Log, records: Seq) {
        for _ in 0..records {
            log.write(Instant::ZERO, Event::BlockLeft);
        }
    }

    fn numbers<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<Seq> {
        records.into_iter().map(|record| record.seq).collect()
    }

    #[test]
    fn the_last_thousand_records_are_remembered_however_they_were_handed_out() {
        for size in [1, 7, 400, 999, 1_000, 1_001, 2_500] {
            let mut log = Log::default();
            let mut spare = Vec::new();
            let mut out = Vec::new();
            for hand in 0..5_000 / size {
                write(&mut log, size);
                if hand % 3 == 0 {
                    out.extend(numbers(&log.drain()));
                } else {
                    let (hand, forgotten) = log.hand_out(mem::take(&mut spare));
                    out.extend(numbers(hand.iter()));
                    spare = forgotten.into_iter().find_map(Arc::into_inner).unwrap_or_default();
                }
                let remembered = numbers(log.remembered());
                let first = log.written().saturating_sub(REMEMBERED as u64);
                assert!(remembered.ends_with(&(first..log.written()).collect::<Vec<_>>()));
                assert!(remembered.len() < REMEMBERED + usize::try_from(size).unwrap());
                assert_eq!(log.last_record().map(|record| record.seq), log.last());
            }
            assert_eq!(out, (0..log.written()).collect::<Vec<_>>(), "in hands of {size}");
        }
    }

    #[test]
    fn what_is_in_the_room_is_no_part_of_the_log() {
        let room = log(3).drain();
        let mut log = log(2);
        assert_eq!(numbers(log.hand_out(room).0.iter()), [0, 1]);
        write(&mut log, 1);
        assert_eq!(numbers(&log.drain()), [2]);
    }
}
