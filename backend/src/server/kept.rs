//! Which logs of runs that are over are kept, and for how long.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Names of runs that have ended, the oldest first.
pub struct Kept {
    time: Duration,
    bytes: u64,
    /// When each ended, its name, and what keeping it costs.
    runs: VecDeque<(Instant, String, u64)>,
    total: u64,
}

impl Kept {
    /// Keeps each for `time`, and no more than `bytes` of them all.
    pub fn new(time: Duration, bytes: u64) -> Self {
        Self { time, bytes, runs: VecDeque::new(), total: 0 }
    }

    /// One has ended now.
    pub fn push(&mut self, now: Instant, name: String, bytes: u64) {
        self.total += bytes;
        self.runs.push_back((now, name, bytes));
    }

    /// The next that is to be forgotten.
    pub fn pop(&mut self, now: Instant) -> Option<String> {
        let (ended, ..) = self.runs.front()?;
        let too_old = now.duration_since(*ended) > self.time;
        if !too_old && self.total <= self.bytes {
            return None;
        }
        let (_, name, bytes) = self.runs.pop_front()?;
        self.total -= bytes;
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forgotten(kept: &mut Kept, now: Instant) -> Vec<String> {
        std::iter::from_fn(|| kept.pop(now)).collect()
    }

    #[test]
    fn the_oldest_go_first_when_they_are_too_many_bytes() {
        let now = Instant::now();
        let mut kept = Kept::new(Duration::from_mins(1), 10);
        for (name, bytes) in [("a", 3), ("b", 4), ("c", 3)] {
            kept.push(now, name.to_owned(), bytes);
        }
        assert_eq!(forgotten(&mut kept, now), [""; 0]);
        kept.push(now, "d".to_owned(), 5);
        assert_eq!(forgotten(&mut kept, now), ["a", "b"]);
        kept.push(now, "e".to_owned(), 3);
        assert_eq!(forgotten(&mut kept, now), ["c"]);
    }

    #[test]
    fn each_is_kept_for_its_time() {
        let now = Instant::now();
        let mut kept = Kept::new(Duration::from_mins(1), 10);
        kept.push(now, "a".to_owned(), 1);
        kept.push(now + Duration::from_secs(30), "b".to_owned(), 1);
        assert_eq!(forgotten(&mut kept, now + Duration::from_mins(1)), [""; 0]);
        assert_eq!(forgotten(&mut kept, now + Duration::from_secs(61)), ["a"]);
        assert_eq!(forgotten(&mut kept, now + Duration::from_mins(10)), ["b"]);
    }
}
