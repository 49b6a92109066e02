//! From bytes to frames, and from frames to records.

use serde::Deserialize;

use super::{HEADER_BYTES, Header, ProtocolError};
use crate::engine::event::{Event, Record};
use crate::units::{Instant, Seq};

/// A whole frame whose checksum is right. Its records may still be nonsense: [`decode`] says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its header.
    pub header: Header,
    /// Header and body.
    bytes: Vec<u8>,
}

impl Frame {
    /// Header and body, as they came: to be kept or handed on.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The records as they were sealed.
    pub fn body(&self) -> &[u8] {
        &self.bytes[HEADER_BYTES..]
    }
}

/// Finds the frames in a stream of bytes that arrives in any pieces.
///
/// After an error it stays in that error: behind damage nothing tells where a frame begins.
#[derive(Debug, Default)]
pub struct FrameReader {
    /// Bytes that came; those before `read` were handed out.
    buffer: Vec<u8>,
    read: usize,
    /// The number that the next frame must begin with; none if any will do.
    expected: Option<Seq>,
    /// The error that was met.
    failed: Option<ProtocolError>,
}

impl FrameReader {
    /// Reads a log from its beginning: the first frame has record 0.
    pub fn new() -> Self {
        Self { expected: Some(0), ..Self::default() }
    }

    /// Reads a log from somewhere in it: the first frame may have any number.
    pub fn joining() -> Self {
        Self::default()
    }

    /// Takes bytes that have arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failed.is_some() {
            // Nothing will be read from them, so a stranger cannot fill our memory with them.
            return;
        }
        self.buffer.drain(..self.read);
        self.read = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame; none if more bytes are needed.
    ///
    /// # Errors
    /// Every [`ProtocolError`] but `BadRecord`, and the same one for ever after.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, ProtocolError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let found = self.look();
        if let Err(error) = &found {
            self.failed = Some(error.clone());
            self.buffer = Vec::new();
            self.read = 0;
        }
        found
    }

    /// Bytes of a frame that has not come to its end. When the stream is over, this is the length of
    /// the torn last frame, which is to be cut: no error of format, but the mark of a sudden death.
    pub fn torn_bytes(&self) -> usize {
        self.buffer.len() - self.read
    }

    fn look(&mut self) -> Result<Option<Frame>, ProtocolError> {
        let waiting = &self.buffer[self.read..];
        let Some((header, rest)) = waiting.split_first_chunk::<HEADER_BYTES>() else {
            return Ok(None);
        };
        let header = Header::parse(header)?;
        let found = header.first_seq;
        if let Some(expected) = self.expected
            && found != expected
        {
            return Err(ProtocolError::Gap { expected, found });
        }
        let Some(body) = rest.get(..header.len as usize) else {
            return Ok(None);
        };
        let crc32 = crc32fast::hash(body);
        if crc32 != header.crc32 {
            let (first_seq, said) = (found, header.crc32);
            return Err(ProtocolError::Damaged { first_seq, said, found: crc32 });
        }
        let bytes = waiting[..HEADER_BYTES + body.len()].to_vec();
        self.read += bytes.len();
        self.expected = Some(header.next_seq());
        Ok(Some(Frame { header, bytes }))
    }
}

/// A record as it stands in a body; what was written is its twin.
#[derive(Deserialize)]
struct Unpacked {
    after_t0: u64,
    cause_back: Option<u64>,
    event: Event,
}

/// The records of a frame.
///
/// # Errors
/// [`ProtocolError::BadRecord`] if one of them cannot be read, goes back in time or names a cause
/// that is not before it, or if bytes are left over.
pub fn decode(frame: &Frame) -> Result<Vec<Record>, ProtocolError> {
    let Header { first_seq, t0, count, .. } = frame.header;
    let mut body = frame.body();
    let mut seq = first_seq;
    let mut last = t0;
    // The count alone reserves nothing: a record has at least three bytes.
    let mut records = Vec::with_capacity((count as usize).min(body.len() / 3));
    for _ in 0..count {
        let bad = |why| ProtocolError::BadRecord { seq, why };
        let (unpacked, rest) = postcard::take_from_bytes::<Unpacked>(body)
            .map_err(|_| bad("its bytes make no event"))?;
        let Unpacked { after_t0, cause_back, event } = unpacked;
        let at = t0.0.checked_add(after_t0).map(Instant);
        let at = at.filter(|at| *at >= last).ok_or_else(|| bad("time goes back"))?;
        let cause = match cause_back {
            None => None,
            Some(0) => return Err(bad("it is its own cause")),
            Some(back) => Some(seq.checked_sub(back).ok_or_else(|| bad("its cause is no record"))?),
        };
        let next = seq.checked_add(1).ok_or_else(|| bad("there is no number after it"))?;
        records.push(Record { seq, at, cause, event });
        (body, last, seq) = (rest, at, next);
    }
    if !body.is_empty() {
        return Err(ProtocolError::BadRecord {
            seq,
            why: "there are bytes behind the last record",
        });
    }
    Ok(records)
}
