//! What a long test has to say beside that it passed: a row of the table of `cargo xtask soak`.

use std::fs::OpenOptions;
use std::io::Write;

/// The file that rows are appended to. Not set outside of `cargo xtask soak`.
const FILE: &str = "FUTURESCOPE_SOAK";

/// Prints what was done and what came of it, and appends both, with a tab between them, to the file
/// that is asked for.
pub fn told(done: &str, came: &str) {
    println!("{done}: {came}");
    let Some(file) = std::env::var_os(FILE) else { return };
    let mut file = OpenOptions::new().append(true).open(file).expect("whoever asks makes the file");
    // In one write: several tests may tell at once.
    file.write_all(format!("{done}\t{came}\n").as_bytes()).expect("it can be written");
}
