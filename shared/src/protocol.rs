//! The log on its way: frames of records between runner, server and page, and records as JSON.
//!
//! A frame is a header of fixed size and a body, sealed once by the runner and handed on whole by
//! everyone after it: whoever only forwards reads the header alone.
//!
//! ```text
//!  records ──FrameBuilder, seal──▶ bytes ──pipe, socket, file──▶ FrameReader ──▶ Frame ──decode──▶ records
//!
//!  ┌──────┬─────────┬───────────┬───────┬───────┬─────┬───────┬──────────────────────┐
//!  │ FSLG │ version │ first_seq │ count │ t0_ns │ len │ crc32 │ body: `len` bytes    │
//!  │  4   │   u16   │    u64    │  u32  │  u64  │ u32 │  u32  │ `count` records      │
//!  └──────┴─────────┴───────────┴───────┴───────┴─────┴───────┴──────────────────────┘
//! ```
//!
//! All numbers of the header are little endian; the checksum is of the body. In the body each record
//! is postcard of `(at - t0, distance back to its cause, event)`, one after the other; its number
//! follows from its place. So a record takes few bytes, and a frame can be decoded by itself, with
//! no knowledge of the scenario.
//!
//! Frames come from processes that run strangers' programs: nothing in here panics whatever the
//! bytes are, and no memory is taken because a length said so.
//!
//! For people there is JSON instead: [`record_json`] gives one line for each record.
//!
//! ```
//! use shared::engine::event::{Event, Record};
//! use shared::protocol::{FrameReader, decode, seal};
//! use shared::units::Instant;
//!
//! let event = Event::ProgramStarted { max_workers: 2 };
//! let record = Record { seq: 0, at: Instant::ZERO, cause: None, event };
//! let mut reader = FrameReader::new();
//! reader.push(&seal(std::slice::from_ref(&record)));
//! let frame = reader.next_frame()?.expect("a whole frame was pushed");
//! assert_eq!(decode(&frame)?, [record]);
//! # Ok::<(), shared::protocol::ProtocolError>(())
//! ```

pub mod http;

mod digest;
mod header;
mod reader;
mod seal;

pub use digest::LogHash;
pub use header::{HEADER_BYTES, Header, MAGIC};
pub use reader::{Frame, FrameReader, decode};
pub use seal::{FrameBuilder, append, seal};

use crate::engine::event::{LOG_FORMAT, Record};
use crate::units::Seq;

/// Bytes that the body of a frame may have.
///
/// Far above [`limits::FRAME_BYTES`](crate::limits::FRAME_BYTES), at which frames are sealed, since
/// one record can be large by itself: a value of a megabyte, or 60,000 futures in a set of `wait`.
pub const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// Records that a frame may have.
///
/// The shortest record is three bytes on the wire and fifty times as much in memory; without this a
/// frame of permitted length would fill a phone.
pub const MAX_FRAME_RECORDS: u32 = 16 * 1024;

/// Bytes that cannot be a log. Whoever reads gives this source up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// The bytes where a frame should begin are something else.
    #[error("a frame begins with \"FSLG\", not with {found:?}")]
    NotAFrame {
        /// What was found.
        found: [u8; 4],
    },
    /// It was most likely written by a later version.
    #[error("the log has format {version}; this version reads formats 1 to {LOG_FORMAT}")]
    UnknownVersion {
        /// The format that it has.
        version: u16,
    },
    /// It is longer than any frame may be.
    #[error("a frame of {len} bytes; at most {MAX_BODY_BYTES} are allowed")]
    TooLong {
        /// How long its body claims to be.
        len: u32,
    },
    /// It holds more records than any frame may, or none.
    #[error("a frame of {count} records in {len} bytes; 1 to {MAX_FRAME_RECORDS} are allowed")]
    BadCount {
        /// How many it claims to hold.
        count: u32,
        /// In how many bytes.
        len: u32,
    },
    /// The body is not what was sealed.
    #[error(
        "the frame of record {first_seq} is damaged: its checksum is {found:08x}, not {said:08x}"
    )]
    Damaged {
        /// The frame's first record.
        first_seq: Seq,
        /// The header's checksum.
        said: u32,
        /// The body's.
        found: u32,
    },
    /// Records are missing, or come twice.
    #[error("the log goes on with record {found}, not with {expected}")]
    Gap {
        /// The number that was due.
        expected: Seq,
        /// The number that came.
        found: Seq,
    },
    /// The body does not hold the records that the header promises.
    #[error("record {seq} cannot be read: {why}")]
    BadRecord {
        /// Which.
        seq: Seq,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// One record as one line of JSON, without the line's end.
///
/// It is the record as `serde` gives it: `{"seq":…,"at":…,"cause":…,"event":…}`, with `at` in
/// nanoseconds since the run began and `cause` `null` where there is none. An event without fields is
/// its name, any other is an object with its name as the only key:
///
/// ```
/// # use shared::engine::event::{Event, Record};
/// # use shared::units::{FutureId, Instant};
/// let event = Event::Running { future: FutureId(2) };
/// let record = Record { seq: 7, at: Instant(1_500_000), cause: Some(4), event };
/// assert_eq!(
///     shared::protocol::record_json(&record),
///     r#"{"seq":7,"at":1500000,"cause":4,"event":{"running":{"future":2}}}"#,
/// );
/// ```
///
/// # Panics
/// If a value holds a float that is not finite, which no value of a run does.
pub fn record_json(record: &Record) -> String {
    serde_json::to_string(record).expect("keys are text, and floats of values are finite")
}

#[cfg(test)]
mod tests;
