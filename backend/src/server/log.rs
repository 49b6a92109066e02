//! The log of one run as its viewers read it: a list of chunks that only grows.
//!
//! ```text
//!  supervisor ──push──▶ fresh ──publish, once a tick──▶ chunks: [ c0 | c1 | c2 | … ]
//!   (a thread)                                              ▲         ▲
//!                                                         cursor    cursor
//! ```
//!
//! Chunks are made once for all viewers; a cursor is a place in the list. Nobody who reads can hold
//! up who writes: `push` locks for as long as it takes to copy a frame.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use axum::body::Bytes;
use shared::engine::event::{EndCause, Event, Record};
use shared::limits;
use shared::protocol::{Frame, FrameReader, ProtocolError, decode, seal};
use shared::units::{Instant, Seq};
use tokio::sync::Notify;

/// One run's log.
#[derive(Default)]
pub struct Log {
    fresh: Mutex<Fresh>,
    /// Rung at every push.
    arrived: Notify,
    chunks: RwLock<Vec<Chunk>>,
}

/// What was not published yet, and where the log stands.
#[derive(Default)]
struct Fresh {
    bytes: Vec<u8>,
    /// For each frame in `bytes`: its first record, the number behind its last, and where it ends.
    frames: Vec<(Seq, Seq, usize)>,
    /// All bytes that were ever pushed.
    total: u64,
    next_seq: Seq,
    last_at: Instant,
    ended: Option<EndCause>,
}

/// Some whole frames.
#[derive(Default)]
struct Chunk {
    bytes: Bytes,
    /// The number behind its last record.
    next_seq: Seq,
    /// For each frame: its first record, and where it begins.
    frames: Vec<(Seq, usize)>,
}

impl Log {
    /// Takes a frame of the supervisor's. Never waits for anybody.
    pub fn push(&self, frame: &Frame, records: &[Record]) {
        let mut fresh = self.fresh();
        fresh.append(frame.header.first_seq, frame.header.next_seq(), frame.as_bytes());
        if let Some(last) = records.last() {
            fresh.last_at = last.at;
            if let Event::EndOfRun { cause, .. } = last.event {
                fresh.ended = Some(cause);
            }
        }
        drop(fresh);
        self.arrived.notify_one();
    }

    /// Appends the last record of a run that no supervisor will end; does nothing if it has ended.
    pub fn push_end(&self, cause: EndCause) {
        let mut fresh = self.fresh();
        if fresh.ended.is_none() {
            let seq = fresh.next_seq;
            let after_seq = seq.checked_sub(1);
            let event = Event::EndOfRun { cause, after_seq, used: None };
            let record = Record { seq, at: fresh.last_at, cause: after_seq, event };
            fresh.append(seq, seq + 1, &seal(&[record]));
            fresh.ended = Some(cause);
        }
        drop(fresh);
        self.arrived.notify_one();
    }

    /// Waits until something was pushed since the last time.
    pub async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// Why the run ended, once its last record was pushed.
    pub fn ended(&self) -> Option<EndCause> {
        self.fresh().ended
    }

    /// How many records there are.
    pub fn records(&self) -> u64 {
        self.fresh().next_seq
    }

    /// How many bytes it has.
    pub fn bytes(&self) -> u64 {
        self.fresh().total
    }

    /// Makes what was pushed visible to cursors; returns how many chunks there are.
    pub fn publish(&self) -> usize {
        let (bytes, frames) = self.fresh().take();
        // Without the room that it had to grow: this is kept for long.
        let bytes = Bytes::from(bytes.into_boxed_slice());
        let mut made = Vec::new();
        let (mut begin, mut at) = (0, 0);
        let mut open: Option<Chunk> = None;
        for (first_seq, next_seq, end) in frames {
            // A frame that does not fit begins the next chunk, and may be larger than one alone.
            if end - begin > limits::CHUNK_BYTES
                && let Some(chunk) = open.take()
            {
                made.push(chunk);
                begin = at;
            }
            let chunk = open.get_or_insert_with(Chunk::default);
            chunk.frames.push((first_seq, at - begin));
            chunk.next_seq = next_seq;
            chunk.bytes = bytes.slice(begin..end);
            at = end;
        }
        made.extend(open);
        let mut chunks = self.chunks.write().unwrap_or_else(PoisonError::into_inner);
        chunks.append(&mut made);
        chunks.len()
    }

    fn fresh(&self) -> MutexGuard<'_, Fresh> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fresh {
    fn append(&mut self, first_seq: Seq, next_seq: Seq, frame: &[u8]) {
        self.bytes.extend_from_slice(frame);
        self.total += frame.len() as u64;
        self.next_seq = next_seq;
        self.frames.push((first_seq, next_seq, self.bytes.len()));
    }

    fn take(&mut self) -> (Vec<u8>, Vec<(Seq, Seq, usize)>) {
        (std::mem::take(&mut self.bytes), std::mem::take(&mut self.frames))
    }
}

/// A place in a log.
#[derive(Debug, Clone, Copy)]
pub struct Cursor {
    /// The first record that is wanted.
    from: Seq,
    /// The next chunk; none until the record has come.
    next: Option<usize>,
}

impl Cursor {
    /// The place of the frame that holds, or will hold, record `from`.
    pub fn new(from: Seq) -> Self {
        Self { from, next: None }
    }

    /// The next whole frames, about [`limits::CHUNK_BYTES`] of them; none if there are no more yet.
    pub fn advance(&mut self, log: &Log) -> Option<Bytes> {
        self.advance_to(log, usize::MAX)
    }

    /// The same, of a log that ends before chunk `end`.
    pub fn advance_to(&mut self, log: &Log, end: usize) -> Option<Bytes> {
        let chunks = log.chunks.read().unwrap_or_else(PoisonError::into_inner);
        let chunks = &chunks[..end.min(chunks.len())];
        let (index, first) = match self.next {
            Some(index) => (index, chunks.get(index)?.bytes.clone()),
            None => {
                let index = chunks.partition_point(|chunk| chunk.next_seq <= self.from);
                let chunk = chunks.get(index)?;
                let frame = chunk.frames.partition_point(|(first, _)| *first <= self.from);
                // A log has no gap: the record is in the frame before the first that is behind it.
                let (_, begin) = chunk.frames[frame.saturating_sub(1)];
                (index, chunk.bytes.slice(begin..))
            }
        };
        let mut end = index + 1;
        let mut len = first.len();
        while let Some(chunk) = chunks.get(end)
            && len + chunk.bytes.len() <= limits::CHUNK_BYTES
        {
            len += chunk.bytes.len();
            end += 1;
        }
        self.next = Some(end);
        if end == index + 1 {
            return Some(first);
        }
        let mut joined = Vec::with_capacity(len);
        joined.extend_from_slice(&first);
        chunks[index + 1..end].iter().for_each(|chunk| joined.extend_from_slice(&chunk.bytes));
        Some(joined.into())
    }
}

/// The records in what a cursor gave.
///
/// # Errors
/// [`ProtocolError`], which no log has that a supervisor has let through.
pub fn records(bytes: &[u8]) -> Result<Vec<Record>, ProtocolError> {
    let mut reader = FrameReader::joining();
    reader.push(bytes);
    let mut records = Vec::new();
    while let Some(frame) = reader.next_frame()? {
        records.extend(decode(&frame)?);
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log of so many frames of one record each.
    fn log(frames: u64) -> Log {
        let log = Log::default();
        (0..frames).for_each(|seq| push(&log, seq));
        log
    }

    fn push(log: &Log, seq: Seq) {
        let event = Event::ProgramStarted { max_workers: 1 };
        push_record(log, Record { seq, at: Instant(seq), cause: None, event });
    }

    fn push_record(log: &Log, record: Record) {
        let mut reader = FrameReader::joining();
        let records = [record];
        reader.push(&seal(&records));
        log.push(&reader.next_frame().unwrap().unwrap(), &records);
    }

    fn read(log: &Log, cursor: &mut Cursor) -> Vec<Seq> {
        let mut seqs = Vec::new();
        while let Some(bytes) = cursor.advance(log) {
            seqs.extend(records(&bytes).unwrap().iter().map(|record| record.seq));
        }
        seqs
    }

    #[test]
    fn a_cursor_sees_what_was_published_and_no_more() {
        let log = log(2);
        let mut cursor = Cursor::new(0);
        assert_eq!(read(&log, &mut cursor), [0; 0]);
        log.publish();
        push(&log, 2);
        assert_eq!(read(&log, &mut cursor), [0, 1]);
        log.publish();
        assert_eq!(read(&log, &mut cursor), [2]);
    }

    #[test]
    fn a_cursor_begins_with_the_frame_that_has_its_record_wherever_that_is() {
        let log = log(3);
        log.publish();
        push(&log, 3);
        log.publish();
        for from in 0..4 {
            let expected: Vec<Seq> = (from..4).collect();
            assert_eq!(read(&log, &mut Cursor::new(from)), expected);
        }
        let mut later = Cursor::new(5);
        assert_eq!(read(&log, &mut later), [0; 0]);
        push(&log, 4);
        push(&log, 5);
        log.publish();
        assert_eq!(read(&log, &mut later), [5]);
    }

    #[test]
    fn messages_hold_whole_frames_and_are_as_large_as_they_may_be() {
        use shared::engine::event::Agent;
        let log = Log::default();
        let sizes = [100, 30_000, 30_000, 30_000, 100_000, 100, 100];
        for (seq, size) in (0..).zip(sizes) {
            let event = Event::Printed { by: Agent::Main, text: "x".repeat(size) };
            push_record(&log, Record { seq, at: Instant::ZERO, cause: None, event });
        }
        let read = |log: &Log| {
            let mut cursor = Cursor::new(0);
            std::iter::from_fn(|| cursor.advance(log))
                .map(|bytes| records(&bytes).unwrap().len())
                .collect::<Vec<_>>()
        };
        log.publish();
        // What is larger than a message may be goes alone.
        assert_eq!(read(&log), [3, 1, 1, 2]);
        // Small chunks travel together when somebody catches up.
        for seq in 7..17 {
            push(&log, seq);
            log.publish();
        }
        assert_eq!(read(&log), [3, 1, 1, 12]);
    }

    #[test]
    fn a_log_that_nobody_ended_is_ended_once() {
        let log = Log::default();
        log.push_end(EndCause::Stopped);
        log.push_end(EndCause::Internal);
        log.publish();
        assert_eq!(log.ended(), Some(EndCause::Stopped));
        assert_eq!(read(&log, &mut Cursor::new(0)), [0]);
    }
}
