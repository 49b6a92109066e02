//! A recorded run in a link: the text behind `&r=`.
//!
//! It stands beside the experiment that was run and is nothing without it, so its checksum is of both:
//! a run that was pasted behind another experiment is as damaged as one with a letter changed.
//!
//! ```text
//!  records ──▶ columns ──deflate──▶ ┌────────┬────────┬───────┬────────┐ ──▶ text
//!                                   │ format │ length │ crc32 │ packed │
//!                                   └────────┴────────┴───────┴────────┘
//! ```
//!
//! Of a record its number is its place, and its time the distance to the record before, in the coarsest
//! of two units in which all times of the run are whole. Its cause is
//! most often the record before it that is about the same future or call, so it is given as how many
//! of those to go back, or else as how many records. When an item began is told from the record before
//! of its call, and when it ended from its own. All else is as [`columns`](super::columns) has it.

use std::collections::BTreeMap;

use super::columns::{ColumnsError, Reader, Writer, unzigzag, zigzag};
use super::{LinkError, envelope};
use crate::engine::event::{Event, Items, LOG_FORMAT, Question, Record, Transport};
use crate::limits;
use crate::units::{Instant, Seq};

/// Nanoseconds of the unit that real runs are measured in. If any time is no multiple of it, all are in
/// nanoseconds.
const TICK: u64 = 1_000;

/// A run that was recorded somewhere, to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its log.
    pub records: Vec<Record>,
    /// Whether it was simulated, and not measured.
    pub simulated: bool,
}

/// The text that stands for this run behind `&r=`, beside the text of its `experiment` behind `#x=`.
///
/// # Errors
/// [`LinkError::LongRun`] if both take more than [`limits::LINK_CHARS`].
pub fn pack_run(
    experiment: &str,
    records: &[Record],
    simulated: bool,
) -> Result<String, LinkError> {
    let long = LinkError::LongRun { records: records.len() };
    if records.len() > limits::LINK_RECORDS || experiment.len() > limits::LINK_CHARS {
        return Err(long);
    }
    let bytes = write(records, simulated).map_err(|error| LinkError::Run(error.to_string()))?;
    let text = envelope::close(&bytes, experiment).map_err(|_| long.clone())?;
    if experiment.len() + text.len() > limits::LINK_CHARS { Err(long) } else { Ok(text) }
}

/// The run that [`pack_run`] made this text from. Its records are those that it was made from, if
/// nobody forged them; that they are a possible run of the experiment is not checked.
///
/// # Errors
/// Every variant of [`LinkError`] but those about the experiment.
pub fn unpack_run(experiment: &str, text: &str) -> Result<Recorded, LinkError> {
    let bytes = envelope::open(text, experiment).map_err(|error| match error {
        LinkError::TooLarge => {
            LinkError::Run(format!("it unpacks to more than {} bytes", limits::LINK_BYTES))
        }
        other => other,
    })?;
    let from = Reader::new(&bytes).map_err(|error| LinkError::Run(error.to_string()))?;
    read(from)
}

fn write(records: &[Record], simulated: bool) -> Result<Vec<u8>, ColumnsError> {
    let mut to = Writer::default();
    to.put("log", &LOG_FORMAT)?;
    to.put("simulated", &simulated)?;
    to.put("records", &(records.len() as u64))?;
    let tick = if in_ticks(records) { TICK } else { 1 };
    to.put("tick", &tick)?;
    let mut past = Past::default();
    for record in records {
        let at = record.at.0 / tick;
        to.put("at", &(at.saturating_sub(past.at)))?;
        let subject = subject(&record.event);
        let began = past.last(subject).unwrap_or(at);
        let near = |time: Instant, base: u64| {
            Instant(zigzag((time.0 / tick).wrapping_sub(base).cast_signed()))
        };
        to.put("event", &moved(record.event.clone(), began, at, near))?;
        to.put("cause", &past.way_to(record, subject))?;
        past.note(record.seq, at, subject);
    }
    Ok(to.finish())
}

fn read(mut from: Reader<'_>) -> Result<Recorded, LinkError> {
    let wrong = |error: ColumnsError| LinkError::Run(error.to_string());
    let log: u16 = from.take("log").map_err(wrong)?;
    if log > LOG_FORMAT {
        return Err(LinkError::Later(log.into()));
    }
    let simulated = from.take("simulated").map_err(wrong)?;
    let count: u64 = from.take("records").map_err(wrong)?;
    if count > limits::LINK_RECORDS as u64 {
        return Err(LinkError::Run(format!("it has more than {} records", limits::LINK_RECORDS)));
    }
    let tick: u64 = from.take("tick").map_err(wrong)?;
    let mut records = Vec::new();
    let mut past = Past::default();
    for seq in 0..count {
        let record = read_record(&mut from, seq, tick, &mut past).map_err(wrong)?;
        let record =
            record.ok_or_else(|| LinkError::Run(format!("record {seq} is out of time")))?;
        records.push(record);
    }
    from.finish().map_err(wrong)?;
    match records.last().map(|last| &last.event) {
        Some(Event::EndOfRun { .. }) => Ok(Recorded { records, simulated }),
        _ => Err(LinkError::Run("it has no end".to_owned())),
    }
}

/// None if its time is beyond all times, or its cause is not a record before it.
fn read_record(
    from: &mut Reader<'_>,
    seq: Seq,
    tick: u64,
    past: &mut Past,
) -> Result<Option<Record>, ColumnsError> {
    let later: u64 = from.take("at")?;
    let event: Event = from.take("event")?;
    let way = from.take("cause")?;
    let subject = subject(&event);
    let cause = if way == 0 { None } else { past.cause(way, seq, subject) };
    let at = past.at.checked_add(later).filter(|_| way == 0 || cause.is_some());
    let Some(at) = at else { return Ok(None) };
    let began = past.last(subject).unwrap_or(at);
    // A forged time may lie anywhere; it is cut to what an instant can be.
    let far = |time: Instant, base: u64| {
        Instant(base.wrapping_add(unzigzag(time.0).cast_unsigned()).saturating_mul(tick))
    };
    let event = moved(event, began, at, far);
    past.note(seq, at, subject);
    Ok(at.checked_mul(tick).map(|at| Record { seq, at: Instant(at), cause, event }))
}

/// Whether every time of a log is whole in [`TICK`]s.
fn in_ticks(records: &[Record]) -> bool {
    let whole = |time: Instant| time.0.is_multiple_of(TICK);
    records.iter().all(|record| {
        let of_items = match &record.event {
            Event::Returned { items: Items { started, ended, .. }, transport, .. } => {
                let way = transport.map(|way| [way.arrived, way.unpacked, way.packed]);
                let mut times = started.iter().chain(ended).chain(way.iter().flatten());
                times.all(|time| whole(*time))
            }
            _ => true,
        };
        whole(record.at) && of_items
    })
}

/// The event with the times in it moved: those of beginnings from or to `began`, those of ends from or
/// to `ended`.
fn moved(mut event: Event, began: u64, ended: u64, to: impl Fn(Instant, u64) -> Instant) -> Event {
    if let Event::Returned { items: Items { started, ended: ends, .. }, transport, .. } = &mut event
    {
        started.iter_mut().for_each(|time| *time = to(*time, began));
        ends.iter_mut().for_each(|time| *time = to(*time, ended));
        if let Some(Transport { arrived, unpacked, packed }) = transport {
            (*arrived, *unpacked) = (to(*arrived, began), to(*unpacked, began));
            *packed = to(*packed, ended);
        }
    }
    event
}

/// The number of the future or call that an event is about. They are told apart only by being small
/// numbers that most often are the same: this is for guessing well, not for knowing. It is a part of
/// the format: whatever else is known of what an event is about, this stays.
fn subject(event: &Event) -> Option<u32> {
    match event {
        Event::Submitted { future, .. }
        | Event::Running { future }
        | Event::Cancelled { future, .. }
        | Event::Notified { future }
        | Event::Finished { future, .. }
        | Event::Yielded { future, .. }
        | Event::CallbackStarted { future, .. }
        | Event::CallbackEnded { future, .. }
        | Event::Answered { what: Question::Result(future), .. } => Some(future.0),
        Event::Queued { call }
        | Event::Packed { call, .. }
        | Event::Taken { call, .. }
        | Event::Blocked { call, .. }
        | Event::Unblocked { call }
        | Event::Returned { call, .. }
        | Event::ResultArrived { call }
        | Event::Lost { call, .. } => Some(call.0),
        _ => None,
    }
}

/// The records so far, as far as those after them are told by them.
#[derive(Default)]
struct Past {
    /// The time of the last, in ticks.
    at: u64,
    /// Number and time of those about each future or call.
    about: BTreeMap<u32, Vec<(Seq, u64)>>,
}

impl Past {
    fn note(&mut self, seq: Seq, at: u64, subject: Option<u32>) {
        self.at = at;
        if let Some(subject) = subject {
            self.about.entry(subject).or_default().push((seq, at));
        }
    }

    fn about(&self, subject: Option<u32>) -> &[(Seq, u64)] {
        subject.and_then(|subject| self.about.get(&subject)).map_or(&[], Vec::as_slice)
    }

    /// The time of the last record that is about this.
    fn last(&self, subject: Option<u32>) -> Option<u64> {
        self.about(subject).last().map(|(_, at)| *at)
    }

    /// The way from a record to its cause: 0 if it has none; even by those about the same; odd by all.
    fn way_to(&self, record: &Record, subject: Option<u32>) -> u64 {
        let Some(cause) = record.cause else { return 0 };
        let back = self.about(subject).iter().rev().position(|(seq, _)| *seq == cause);
        match back {
            Some(back) => 2 * (back as u64 + 1),
            None => 2 * (record.seq - cause) + 1,
        }
    }

    /// Where such a way leads, if it is one; none if nowhere.
    fn cause(&self, way: u64, seq: Seq, subject: Option<u32>) -> Option<Seq> {
        if way % 2 == 1 {
            return seq.checked_sub(way / 2).filter(|cause| *cause < seq);
        }
        let about = self.about(subject);
        let back = usize::try_from(way / 2).ok()?;
        about.len().checked_sub(back).map(|at| about[at].0)
    }
}

#[cfg(test)]
mod tests;
