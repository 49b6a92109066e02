//! What goes into a runner: length-prefixed messages on its stdin. Also its exit codes.
//!
//! ```text
//!             ToRunner: Start, then Act …, then perhaps Stop
//!  supervisor ────────────────stdin────────────────▶ runner
//!             ◀───────────────stdout──────────────── frames of records (`shared::protocol`)
//!             ◀───────────────stderr──────────────── what Rust says when we failed
//! ```
//!
//! A message is a `u32` in little endian, how many bytes follow, and as many bytes of postcard. The
//! same reading and writing serves every pipe between our own processes; each names its own limit.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::engine::event::Act;
use shared::limits;

/// Exit code of a runner whose log says how the program ended: `ProgramEnded` or `ProgramHangs`.
///
/// A program can end with any of these codes itself, by `os._exit`; a `ProgramExiting` as the log's
/// last record tells the two apart.
pub const EXIT_LOGGED: u8 = 0;
/// Exit code of a runner that has written as many records as a run may have.
pub const EXIT_RECORDS: u8 = 90;
/// Exit code of a runner that wanted more workers than a run may start.
pub const EXIT_WORKERS: u8 = 92;
/// Exit code of a runner that was asked to stop, and did.
pub const EXIT_STOPPED: u8 = 91;
/// Exit code of a runner that failed, our fault: Rust's own after a panic.
pub const EXIT_FAILED: u8 = 101;

/// Bytes that one message to a runner may have: a scenario, and what stands around it.
pub const TO_RUNNER_BYTES: usize = limits::SCENARIO_BYTES + 1024;

/// A message to a runner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToRunner {
    /// The first message, and only the first: run this.
    Start {
        /// The scenario, as JSON. It was checked, and the runner checks it again.
        scenario: String,
    },
    /// A person acts.
    Act(Act),
    /// End the run now, with [`EXIT_STOPPED`].
    Stop,
}

/// A message that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// It is longer than this pipe allows.
    #[error("a message of {len} bytes; at most {limit} are allowed")]
    TooLong {
        /// How long it is, or claims to be.
        len: usize,
        /// How long it may be.
        limit: usize,
    },
    /// The pipe ended in the middle of it.
    #[error("the pipe ended in the middle of a message")]
    Torn,
    /// Its bytes are no message of this pipe.
    #[error("a message cannot be read: {0}")]
    Garbled(#[source] postcard::Error),
    /// The pipe failed.
    #[error("the pipe failed: {0}")]
    Pipe(#[from] io::Error),
}

/// Reads the next message of at most `limit` bytes; none if the pipe has ended before it.
///
/// # Errors
/// Every [`WireError`].
pub fn read<T: DeserializeOwned>(
    from: &mut impl Read,
    limit: usize,
) -> Result<Option<T>, WireError> {
    let mut prefix = Vec::with_capacity(4);
    from.by_ref().take(4).read_to_end(&mut prefix)?;
    if prefix.is_empty() {
        return Ok(None);
    }
    let prefix = <[u8; 4]>::try_from(prefix).map_err(|_| WireError::Torn)?;
    let len = u32::from_le_bytes(prefix) as usize;
    if len > limit {
        return Err(WireError::TooLong { len, limit });
    }
    // Grows as bytes arrive: a length alone reserves nothing.
    let mut body = Vec::new();
    from.by_ref().take(len as u64).read_to_end(&mut body)?;
    if body.len() < len {
        return Err(WireError::Torn);
    }
    postcard::from_bytes(&body).map(Some).map_err(WireError::Garbled)
}

/// Writes one message of at most `limit` bytes, in one call of `write_all`, and flushes.
///
/// # Errors
/// [`WireError::TooLong`], [`Garbled`](WireError::Garbled) if it holds what cannot be written, such
/// as a float that is not finite, or [`Pipe`](WireError::Pipe).
pub fn write<T: Serialize>(
    into: &mut impl Write,
    message: &T,
    limit: usize,
) -> Result<(), WireError> {
    let mut bytes = postcard::to_extend(message, vec![0; 4]).map_err(WireError::Garbled)?;
    let len = bytes.len() - 4;
    let too_long = WireError::TooLong { len, limit };
    if len > limit {
        return Err(too_long);
    }
    let prefix = u32::try_from(len).map_err(|_| too_long)?;
    bytes[..4].copy_from_slice(&prefix.to_le_bytes());
    into.write_all(&bytes)?;
    into.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::units::TaskId;

    fn written(message: &ToRunner) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut bytes, message, TO_RUNNER_BYTES).unwrap();
        bytes
    }

    fn read_from(mut bytes: &[u8]) -> Result<Option<ToRunner>, WireError> {
        read(&mut bytes, TO_RUNNER_BYTES)
    }

    #[test]
    fn messages_come_out_as_they_went_in() {
        let messages = [
            ToRunner::Start { scenario: "{}".to_owned() },
            ToRunner::Act(Act::Cancel(TaskId(3))),
            ToRunner::Stop,
        ];
        let pipe: Vec<u8> = messages.iter().flat_map(written).collect();
        let mut rest = pipe.as_slice();
        for message in messages {
            assert_eq!(read(&mut rest, TO_RUNNER_BYTES).unwrap(), Some(message));
        }
        assert_eq!(read::<ToRunner>(&mut rest, TO_RUNNER_BYTES).unwrap(), None);
    }

    #[test]
    fn a_pipe_that_ends_within_a_message_is_torn() {
        let whole = written(&ToRunner::Start { scenario: "{}".to_owned() });
        for len in 1..whole.len() {
            assert!(matches!(read_from(&whole[..len]), Err(WireError::Torn)), "at {len}");
        }
    }

    #[test]
    fn a_message_beyond_the_limit_is_refused_by_both_ends() {
        let scenario = " ".repeat(TO_RUNNER_BYTES);
        let refused = write(&mut Vec::new(), &ToRunner::Start { scenario }, TO_RUNNER_BYTES);
        assert!(matches!(refused, Err(WireError::TooLong { .. })));
        assert!(matches!(read_from(&[0xff; 8]), Err(WireError::TooLong { .. })));
    }

    #[test]
    fn what_is_no_message_is_garbled() {
        assert!(matches!(read_from(&[1, 0, 0, 0, 9]), Err(WireError::Garbled(_))));
    }

    #[test]
    fn the_largest_scenario_fits() {
        let scenario = " ".repeat(limits::SCENARIO_BYTES);
        written(&ToRunner::Start { scenario });
    }
}
