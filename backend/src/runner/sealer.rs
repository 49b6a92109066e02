//! The sealer: the one thread that writes the log out, in order and without gaps.
//!
//! It sleeps until a record exists, gives the others [`limits::FRAME_AGE`] to write more (or until a
//! frame is about full), takes all there are under the lock, and seals and writes them outside it. At
//! the end of the run it takes what is left and returns: then everything is written.

use std::io::{self, Write};
use std::mem;
use std::sync::Arc;

use shared::engine::event::Record;
use shared::{limits, protocol};

use super::Ending;
use super::run::{MANY_RECORDS, Run};

/// Writes the log until the run is over, and then the rest of it.
pub fn write_log(run: &Run, mut out: impl Write) {
    let mut bytes = 0;
    let mut room = Vec::new();
    loop {
        let Next { records, forgotten, last } = next(run, mem::take(&mut room));
        match write(&mut out, &records) {
            Ok(written) => bytes += written,
            // Nobody reads any more, so there is nobody to run for.
            Err(_) => return run.end(Ending::Stopped),
        }
        if last {
            return;
        }
        if bytes > limits::LOG_BYTES {
            run.end(Ending::Records);
        }
        // Memory that was filled once is filled again: else each frame's worth would be asked of the
        // system and given back, which costs the run more than what is written into it.
        drop(records);
        for mut hand in forgotten.into_iter().filter_map(Arc::into_inner) {
            hand.clear();
            room = hand;
        }
    }
}

fn write(out: &mut impl Write, records: &[Record]) -> io::Result<u64> {
    let sealed = protocol::seal(records);
    out.write_all(&sealed)?;
    out.flush()?;
    Ok(sealed.len() as u64)
}

/// What is to be written next.
struct Next {
    records: Arc<Vec<Record>>,
    /// What was written long ago, and can be thrown away.
    forgotten: Vec<Arc<Vec<Record>>>,
    /// Nothing comes behind it.
    last: bool,
}

/// The next records, when there are enough of them or they are old enough; those behind them go into
/// `room`.
fn next(run: &Run, room: Vec<Record>) -> Next {
    let bell = &run.bells.sealer;
    let mut state = run.lock("seal");
    let mut many = 1;
    let mut until = None;
    let last = loop {
        if state.is_over() {
            break true;
        }
        let waiting = state.engine.waiting_records();
        if waiting > 0 && until.is_none() {
            many = MANY_RECORDS;
            until = Some(state.now() + limits::FRAME_AGE);
        }
        if waiting >= MANY_RECORDS || until.is_some_and(|at| at <= state.now()) {
            state.sealer_awaits = None;
            break false;
        }
        state.sealer_awaits = Some(many);
        state = state.wait_anyway(bell, until);
    };
    let (records, forgotten) = state.engine.hand_out_records(room);
    Next { records, forgotten, last }
}
