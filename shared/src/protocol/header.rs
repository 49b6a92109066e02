//! The fixed part of a frame.

use super::{MAX_BODY_BYTES, MAX_FRAME_RECORDS, ProtocolError};
use crate::engine::event::LOG_FORMAT;
use crate::units::{Instant, Seq};

/// What every frame begins with.
pub const MAGIC: [u8; 4] = *b"FSLG";

/// Bytes of a header.
pub const HEADER_BYTES: usize = 34;

/// What whoever forwards a frame needs to know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The format of the log, [`LOG_FORMAT`].
    pub version: u16,
    /// The number of the frame's first record.
    pub first_seq: Seq,
    /// How many records it holds; at least one.
    pub count: u32,
    /// When its first record happened.
    pub t0: Instant,
    /// Bytes of its body.
    pub len: u32,
    /// The body's checksum (CRC-32 as in gzip).
    pub crc32: u32,
}

impl Header {
    /// The number of the record after the frame's last.
    pub fn next_seq(&self) -> Seq {
        self.first_seq.saturating_add(u64::from(self.count))
    }

    /// The header as it stands before its body.
    pub fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[0..4].copy_from_slice(&MAGIC);
        bytes[4..6].copy_from_slice(&self.version.to_le_bytes());
        bytes[6..14].copy_from_slice(&self.first_seq.to_le_bytes());
        bytes[14..18].copy_from_slice(&self.count.to_le_bytes());
        bytes[18..26].copy_from_slice(&self.t0.0.to_le_bytes());
        bytes[26..30].copy_from_slice(&self.len.to_le_bytes());
        bytes[30..34].copy_from_slice(&self.crc32.to_le_bytes());
        bytes
    }

    /// Reads a header, and refuses one that no runner of ours could have written.
    ///
    /// # Errors
    /// [`ProtocolError::NotAFrame`], [`UnknownVersion`](ProtocolError::UnknownVersion),
    /// [`TooLong`](ProtocolError::TooLong) or [`BadCount`](ProtocolError::BadCount).
    pub fn parse(bytes: &[u8; HEADER_BYTES]) -> Result<Self, ProtocolError> {
        let mut rest = Fields(bytes);
        let found = rest.take();
        if found != MAGIC {
            return Err(ProtocolError::NotAFrame { found });
        }
        let version = u16::from_le_bytes(rest.take());
        // Only this much is promised to stay where it is in later versions.
        if version == 0 || version > LOG_FORMAT {
            return Err(ProtocolError::UnknownVersion { version });
        }
        let header = Self {
            version,
            first_seq: u64::from_le_bytes(rest.take()),
            count: u32::from_le_bytes(rest.take()),
            t0: Instant(u64::from_le_bytes(rest.take())),
            len: u32::from_le_bytes(rest.take()),
            crc32: u32::from_le_bytes(rest.take()),
        };
        let Self { count, len, .. } = header;
        if len as usize > MAX_BODY_BYTES {
            return Err(ProtocolError::TooLong { len });
        }
        if count == 0 || count > MAX_FRAME_RECORDS {
            return Err(ProtocolError::BadCount { count, len });
        }
        Ok(header)
    }
}

/// The bytes of a header that were not read yet.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (field, rest) = self.0.split_first_chunk().expect("the fields fill the header");
        self.0 = rest;
        *field
    }
}
