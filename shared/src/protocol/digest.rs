//! One number for a whole log: equal for equal logs, wherever they were written.

use super::FrameBuilder;
use crate::engine::event::Record;

/// FNV-1a's first value, and what it multiplies by.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// The hash of a log that comes record by record: FNV-1a, 64 bits, of the very bytes that
/// [`seal`](super::seal) makes of all its records at once.
///
/// It tells logs apart that nobody made to be alike; it is no protection against those who would.
///
/// ```
/// use shared::engine::event::{Event, Record};
/// use shared::protocol::LogHash;
/// use shared::units::Instant;
///
/// let event = Event::ProgramStarted { max_workers: 2 };
/// let mut hash = LogHash::new();
/// hash.push(&Record { seq: 0, at: Instant::ZERO, cause: None, event });
/// assert_eq!(format!("{:016x}", hash.finish()).len(), 16);
/// ```
#[derive(Debug)]
pub struct LogHash {
    frame: FrameBuilder,
    hash: u64,
}

impl Default for LogHash {
    fn default() -> Self {
        Self::new()
    }
}

impl LogHash {
    /// Of no record.
    pub fn new() -> Self {
        Self { frame: FrameBuilder::new(), hash: BASIS }
    }

    /// Takes the next record.
    ///
    /// # Panics
    /// As [`FrameBuilder::push`].
    pub fn push(&mut self, record: &Record) {
        if self.frame.is_full() {
            self.take_frame();
        }
        self.frame.push(record);
    }

    /// The hash of all records.
    pub fn finish(mut self) -> u64 {
        self.take_frame();
        self.hash
    }

    fn take_frame(&mut self) {
        for byte in self.frame.seal() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::Event;
    use crate::protocol::seal;
    use crate::units::{FutureId, Instant};

    fn hash(records: &[Record]) -> u64 {
        let mut hash = LogHash::new();
        records.iter().for_each(|record| hash.push(record));
        hash.finish()
    }

    /// A log of several frames.
    fn log() -> Vec<Record> {
        let record = |seq| {
            let event = Event::Running { future: FutureId(u32::try_from(seq).unwrap()) };
            Record { seq, at: Instant(seq * 1_000_000), cause: seq.checked_sub(1), event }
        };
        (0..20_000).map(record).collect()
    }

    #[test]
    fn it_is_fnv_1a_of_the_sealed_log() {
        let log = log();
        let plain = seal(&log)
            .into_iter()
            .fold(BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
        assert_eq!(hash(&log), plain);
        assert_eq!(hash(&[]), BASIS);
        // The reference value of FNV-1a for "a" has this step.
        assert_eq!((BASIS ^ u64::from(b'a')).wrapping_mul(PRIME), 0xaf63_dc4c_8601_ec8c);
    }

    #[test]
    fn whatever_differs_in_a_record_differs_in_the_hash() {
        let log = log();
        for change in [
            |record: &mut Record| record.at.0 += 1,
            |record: &mut Record| record.cause = None,
            |record: &mut Record| record.event = Event::Notified { future: FutureId(19_999) },
        ] {
            let mut other = log.clone();
            change(other.last_mut().unwrap());
            assert_ne!(hash(&other), hash(&log));
        }
        assert_ne!(hash(&log[..19_999]), hash(&log));
    }
}
