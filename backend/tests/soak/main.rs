//! What takes long: `cargo xtask soak`. Each test repeats one thing often, and tells what came of it.

#![cfg(not(feature = "shuttle"))]

#[path = "../support/belongings.rs"]
mod belongings;
mod examples;
mod kills;
mod stops;
#[path = "../support/told.rs"]
mod told;

use std::path::PathBuf;
use std::sync::Mutex;

/// They measure times, and one counts the descriptors and children of the whole process: one at a
/// time.
static ALONE: Mutex<()> = Mutex::new(());

fn exe() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_futurescope"))
}

/// Times, as a row of the table has them.
fn spread(mut micros: Vec<u64>) -> String {
    micros.sort_unstable();
    let at = |hundredths: usize| {
        let place = (micros.len() * hundredths).div_ceil(100).max(1) - 1;
        Some(*micros.get(place)? as f64 / 1_000.0)
    };
    match (at(50), at(99), at(100)) {
        (Some(median), Some(p99), Some(most)) => {
            format!("median {median:.1} ms, 99 % within {p99:.1} ms, at most {most:.1} ms")
        }
        _ => "no times".to_owned(),
    }
}
