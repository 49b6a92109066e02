//! The messages between the manager and its worker processes.
//!
//! ```text
//!            Init, then Call or Exit, and Open while a body waits at its gate
//!  manager ─────────────────────────────────────────────────────────────────▶ worker
//!          ◀─────────────────────────────────────────────────────────────────
//!            Hello (I ask), then Done (here it is, and I ask) or Blocked
//! ```
//!
//! Each is a `u32` in little endian, how many bytes follow, and as many bytes of postcard; behind a
//! `Done` stand the [`Items`] in the same message, because it tells when they had been packed.
//! Both ends read through an [`Inbox`], which takes memory as bytes arrive and not because a length
//! said so.

use std::io::{self, Read};

use rustix::event::{PollFd, Timespec, poll};
use serde::{Deserialize, Serialize};
use shared::engine::event::{BlockedOn, Items};
use shared::engine::io::Assignment;
use shared::limits;
use shared::outcome::Raised;
use shared::protocol::append;
use shared::units::{CallId, Instant, WorkerId};

use super::sandbox::Layer;
use super::sync;

/// Bytes of one message. A value may have [`limits::VALUE_BYTES`]; around it stand two times for each
/// item of a chunk, and whatever else there is to say.
pub const MESSAGE_BYTES: usize = limits::VALUE_BYTES + 32 * limits::TASKS + 1024;

/// Bytes of the first message, which carries the scenario.
pub const INIT_BYTES: usize = limits::SCENARIO_BYTES + 1024;

/// Bytes that an inbox has room for at first: most messages are far shorter.
const FIRST_ROOM: usize = 8 * 1024;

/// To a worker.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToWorker {
    /// The first message, and only the first.
    Init {
        /// The scenario as JSON. The manager has checked it.
        scenario: String,
        /// Who the worker is.
        worker: WorkerId,
        /// The zero of the run's clock.
        zero: u64,
    },
    /// Run this.
    Call(Assignment),
    /// The gate is open at which this call's body waits.
    Open {
        /// The call.
        call: CallId,
    },
    /// End.
    Exit,
}

/// From a worker.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromWorker {
    /// It runs, is locked down, and wants a call.
    Hello {
        /// Its process's id.
        pid: u32,
        /// What holds it.
        layers: Vec<Layer>,
    },
    /// Its initializer is through, and it wants a call; or its initializer raised, and it ends.
    Initialized {
        /// What the initializer raised.
        raised: Option<Raised>,
    },
    /// Its body waits for something.
    Blocked {
        /// The call that it has.
        call: CallId,
        /// What for.
        on: BlockedOn,
    },
    /// It is through with its call, and wants another. The items follow in the same message.
    Done {
        /// The call.
        call: CallId,
        /// When its bytes had arrived.
        arrived: Instant,
        /// When they had been unpacked.
        unpacked: Instant,
        /// When the items had been packed.
        packed: Instant,
    },
}

/// A message that cannot be sent: it is too long, or holds a value that has no encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CannotPack;

/// One message, ready to be sent, with `behind` at its end.
///
/// # Errors
/// [`CannotPack`].
pub fn pack(message: &impl Serialize, behind: &[u8], limit: usize) -> Result<Vec<u8>, CannotPack> {
    // Most messages are short, and none grows twice.
    let mut bytes = Vec::with_capacity(64 + behind.len());
    bytes.extend([0; 4]);
    append(&mut bytes, message).map_err(|_| CannotPack)?;
    bytes.extend_from_slice(behind);
    let len = bytes.len() - 4;
    let prefix = u32::try_from(len).ok().filter(|_| len <= limit).ok_or(CannotPack)?;
    bytes[..4].copy_from_slice(&prefix.to_le_bytes());
    Ok(bytes)
}

/// Reads the head of a message, and returns what stands behind it.
///
/// # Errors
/// [`Garbled`].
pub fn unpack<'a, T: Deserialize<'a>>(message: &'a [u8]) -> Result<(T, &'a [u8]), Garbled> {
    postcard::take_from_bytes(message).map_err(|_| Garbled)
}

/// Reads the items behind a `Done`.
///
/// # Errors
/// [`Garbled`].
pub fn unpack_items(behind: &[u8]) -> Result<Items, Garbled> {
    match unpack(behind)? {
        (items, []) => Ok(items),
        _ => Err(Garbled),
    }
}

/// Bytes that are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Garbled;

/// Bytes that have arrived, and the messages in them.
#[derive(Debug, Default)]
pub struct Inbox {
    /// Room for what arrives; what is in it has arrived from `at` to `end`.
    bytes: Vec<u8>,
    /// Where the next message begins.
    at: usize,
    end: usize,
}

/// What one read brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    /// It ended: nothing will ever come.
    Ended,
    /// Something, and there was room for more: that was all for now, mostly.
    Partly,
    /// As much as there was room for.
    Full,
}

impl Inbox {
    /// Reads once.
    ///
    /// # Errors
    /// Those of `from`.
    pub fn fill(&mut self, from: &mut impl Read) -> io::Result<Filled> {
        self.make_room();
        let count = from.read(&mut self.bytes[self.end..])?;
        self.end += count;
        Ok(match count {
            0 => Filled::Ended,
            _ if self.end < self.bytes.len() => Filled::Partly,
            _ => Filled::Full,
        })
    }

    /// Makes room for something: in front, or by twice as much memory as was filled.
    fn make_room(&mut self) {
        if self.at == self.end {
            (self.at, self.end) = (0, 0);
        }
        if self.end == self.bytes.len() && self.at > 0 {
            self.bytes.copy_within(self.at..self.end, 0);
            (self.at, self.end) = (0, self.end - self.at);
        }
        if self.end == self.bytes.len() {
            self.bytes.resize((2 * self.end).max(FIRST_ROOM), 0);
        }
    }

    /// The next message, if it has arrived whole.
    ///
    /// # Errors
    /// [`Garbled`] if it is longer than `limit`.
    pub fn next(&mut self, limit: usize) -> Result<Option<&[u8]>, Garbled> {
        let waiting = &self.bytes[self.at..self.end];
        let Some((prefix, body)) = waiting.split_first_chunk::<4>() else { return Ok(None) };
        let len = u32::from_le_bytes(*prefix) as usize;
        if len > limit {
            return Err(Garbled);
        }
        if body.len() < len {
            return Ok(None);
        }
        self.at += 4 + len;
        Ok(Some(&self.bytes[self.at - len..self.at]))
    }
}

/// Looks out until one of these descriptors has news, for a short while: [`sync::look_out`].
pub fn look_out_at(polled: &mut [PollFd<'_>]) {
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    sync::look_out(|| poll(polled, Some(&at_once)) != Ok(0));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_as_they_went_in_however_they_are_cut() {
        let hello = FromWorker::Hello { pid: 7, layers: vec![Layer::Core] };
        let blocked = FromWorker::Blocked { call: CallId(3), on: BlockedOn::OwnProcess };
        let packed = [&hello, &blocked].map(|m| pack(m, b"behind", MESSAGE_BYTES).unwrap());
        let bytes = packed.concat();
        for size in 1..bytes.len() {
            let mut inbox = Inbox::default();
            let mut came = Vec::new();
            for mut piece in bytes.chunks(size) {
                assert_eq!(inbox.fill(&mut piece).unwrap(), Filled::Partly);
                while let Some(message) = inbox.next(MESSAGE_BYTES).unwrap() {
                    let (head, behind) = unpack::<FromWorker>(message).unwrap();
                    assert_eq!(behind, b"behind");
                    came.push(head);
                }
            }
            assert_eq!(came.len(), 2, "in pieces of {size}");
            assert_eq!((&came[0], &came[1]), (&hello, &blocked));
        }
    }

    #[test]
    fn a_message_beyond_the_limit_is_refused_by_both_ends() {
        assert_eq!(pack(&ToWorker::Exit, &[0; 100], 50), Err(CannotPack));
        let mut inbox = Inbox::default();
        inbox.fill(&mut [0xff; 4].as_slice()).unwrap();
        assert_eq!(inbox.next(MESSAGE_BYTES), Err(Garbled));
    }

    #[test]
    fn room_grows_with_what_has_arrived() {
        let behind_it = vec![7; 100_000];
        let long = pack(&ToWorker::Exit, &behind_it, MESSAGE_BYTES).unwrap();
        let pipe = [long.clone(), long.clone(), long].concat();
        let (mut inbox, mut rest, mut came) = (Inbox::default(), pipe.as_slice(), 0);
        while inbox.fill(&mut rest).unwrap() != Filled::Ended {
            while let Some(message) = inbox.next(MESSAGE_BYTES).unwrap() {
                let (ToWorker::Exit, behind) = unpack(message).unwrap() else { panic!("garbled") };
                assert_eq!(behind, behind_it);
                came += 1;
            }
            assert!(inbox.bytes.len() <= 4 * 100_000, "{}", inbox.bytes.len());
        }
        assert_eq!(came, 3);
    }

    #[test]
    fn what_stands_behind_the_items_is_garbled() {
        let mut bytes = postcard::to_stdvec(&Items::default()).unwrap();
        assert_eq!(unpack_items(&bytes), Ok(Items::default()));
        bytes.push(0);
        assert_eq!(unpack_items(&bytes), Err(Garbled));
    }
}
