//! The sealer: the one thread that writes the log out, in order and without gaps.
//!
//! It sleeps until a record exists, gives the others [`limits::FRAME_AGE`] to write more (or until a
//! frame is about full), takes all there are under the lock, and seals and writes them outside it. At
//! the end of the run it takes what is left and returns: then everything is written.

use std::io::{self, Write};

use shared::engine::event::Record;
use shared::{limits, protocol};

use super::Ending;
use super::run::{MANY_RECORDS, Run};

/// Writes the log until the run is over, and then the rest of it.
pub fn write_log(run: &Run, mut out: impl Write) {
    let mut bytes = 0;
    loop {
        let (records, last) = next(run);
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
    }
}

fn write(out: &mut impl Write, records: &[Record]) -> io::Result<u64> {
    let sealed = protocol::seal(records);
    out.write_all(&sealed)?;
    out.flush()?;
    Ok(sealed.len() as u64)
}

/// The next records, and whether they are the last.
fn next(run: &Run) -> (Vec<Record>, bool) {
    let bell = &run.bells.sealer;
    let mut state = run.lock("seal");
    let mut many = 1;
    let mut until = None;
    loop {
        if state.is_over() {
            return (state.engine.drain_records(), true);
        }
        let waiting = state.engine.waiting_records();
        if waiting > 0 && until.is_none() {
            many = MANY_RECORDS;
            until = Some(state.now() + limits::FRAME_AGE);
        }
        if waiting >= MANY_RECORDS || until.is_some_and(|at| at <= state.now()) {
            state.sealer_awaits = None;
            return (state.engine.drain_records(), false);
        }
        state.sealer_awaits = Some(many);
        state = state.wait_anyway(bell, until);
    }
}
