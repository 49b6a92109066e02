//! From records to frames.

use std::mem;

use postcard::ser_flavors::Flavor;
use serde::Serialize;

use super::{HEADER_BYTES, Header, MAX_BODY_BYTES, MAX_FRAME_RECORDS};
use crate::engine::event::{Event, LOG_FORMAT, Record};
use crate::limits::FRAME_BYTES;
use crate::units::{Instant, Seq};

/// A record as it stands in a body; what the reader reads is its twin.
#[derive(Serialize)]
struct Packed<'a> {
    /// Nanoseconds since the frame's `t0`.
    after_t0: u64,
    /// How many records back its cause is.
    cause_back: Option<u64>,
    event: &'a Event,
}

/// Appends to bytes. Postcard's own way of doing that appends them one by one.
struct Behind<'a>(&'a mut Vec<u8>);

impl Flavor for Behind<'_> {
    type Output = ();

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

/// Appends a value's bytes, as postcard has them.
///
/// # Errors
/// Postcard's, for a value that has no encoding, such as a float that is not finite; some of its bytes
/// may then have been appended.
pub fn append(bytes: &mut Vec<u8>, value: &impl Serialize) -> postcard::Result<()> {
    postcard::serialize_with_flavor(value, Behind(bytes))
}

/// A frame that is being filled.
///
/// The runner pushes each record as it comes, and seals when the frame
/// [is full](FrameBuilder::is_full) or old enough.
#[derive(Debug, Default)]
pub struct FrameBuilder {
    /// Room for a header, then the records so far; empty if there is none.
    bytes: Vec<u8>,
    first_seq: Seq,
    count: u32,
    t0: Instant,
}

impl FrameBuilder {
    /// A frame without records.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a record.
    ///
    /// # Panics
    /// If it is not the one after the last, or is earlier; if the frame has
    /// [`MAX_FRAME_RECORDS`] already; if it holds a float that is not finite.
    pub fn push(&mut self, record: &Record) {
        if self.is_empty() {
            self.bytes.resize(HEADER_BYTES, 0);
            self.first_seq = record.seq;
            self.t0 = record.at;
        }
        let expected = self.first_seq + u64::from(self.count);
        assert_eq!(record.seq, expected, "a frame holds records without gaps");
        assert!(self.count < MAX_FRAME_RECORDS, "a full frame takes nothing more");
        let after_t0 = record.at.0.checked_sub(self.t0.0).expect("time does not go back");
        let back = |cause: Seq| record.seq.checked_sub(cause).expect("a cause comes first");
        let packed = Packed { after_t0, cause_back: record.cause.map(back), event: &record.event };
        append(&mut self.bytes, &packed).expect("the floats of values are finite");
        self.count += 1;
    }

    /// Whether no record is in it.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether it should be sealed before another record is pushed.
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= FRAME_BYTES || self.count == MAX_FRAME_RECORDS
    }

    /// When its first record happened; none if it is empty.
    pub fn t0(&self) -> Option<Instant> {
        (!self.is_empty()).then_some(self.t0)
    }

    /// The finished frame, header and body; no bytes at all if it is empty. The builder is empty
    /// afterwards.
    ///
    /// # Panics
    /// If the body is longer than [`MAX_BODY_BYTES`], which takes a record that breaks the limits.
    pub fn seal(&mut self) -> Vec<u8> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut bytes = mem::take(&mut self.bytes);
        let count = mem::take(&mut self.count);
        let body = &bytes[HEADER_BYTES..];
        assert!(body.len() <= MAX_BODY_BYTES, "a record of {} bytes", body.len());
        let header = Header {
            version: LOG_FORMAT,
            first_seq: self.first_seq,
            count,
            t0: self.t0,
            len: u32::try_from(body.len()).expect("checked above"),
            crc32: crc32fast::hash(body),
        };
        bytes[..HEADER_BYTES].copy_from_slice(&header.to_bytes());
        bytes
    }
}

/// These records as frames: mostly one, several if they are many, none if there is none.
///
/// # Panics
/// As [`FrameBuilder::push`] and [`FrameBuilder::seal`].
pub fn seal(records: &[Record]) -> Vec<u8> {
    let mut frame = FrameBuilder::new();
    let mut sealed = Vec::new();
    for record in records {
        if frame.is_full() {
            sealed.extend(frame.seal());
        }
        frame.push(record);
    }
    sealed.extend(frame.seal());
    sealed
}
