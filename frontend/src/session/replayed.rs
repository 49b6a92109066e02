//! A run that came with its link: the third source of records. All of them are there from the start,
//! and go through the same fold as those of a run that goes on.

use shared::engine::event::Record;
use shared::protocol::http::Ask;

use super::simulated::Source;

/// Records between two looks at the clock.
const RECORDS: usize = 10;

/// A recorded run as a source.
pub struct Replayed {
    records: std::vec::IntoIter<Record>,
    frames: u32,
}

impl Replayed {
    /// This log, before its first record.
    pub fn new(records: Vec<Record>) -> Self {
        Self { records: records.into_iter(), frames: 0 }
    }
}

impl Source for Replayed {
    fn begin_frame(&mut self) {
        self.frames += 1;
    }

    fn frames(&self) -> u32 {
        self.frames
    }

    fn goes_on(&self) -> bool {
        !self.records.as_slice().is_empty()
    }

    fn next_records(&mut self) -> Vec<Record> {
        self.records.by_ref().take(RECORDS).collect()
    }

    /// It is over: there is nothing that could still be wanted of it.
    fn ask(&mut self, _: Ask) {}
}
