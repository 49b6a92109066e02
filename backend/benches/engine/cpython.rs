//! CPython's pools: each measurement is a process of its own, which times itself.

use std::process::{Command, Stdio};
use std::time::Duration;

/// The cases, as Python reads them.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/engine/cpython.py");

/// Which Python the ratios are to: `$PYTHON`, or `python3`.
fn python() -> Command {
    Command::new(std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into()))
}

/// Its version.
pub fn version() -> String {
    let output = python().arg("--version").output().expect("python3 is installed, or $PYTHON is");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Runs one case once.
pub fn case(name: &str, count: u32) -> Duration {
    let mut command = python();
    command.args([SCRIPT, name, &count.to_string()]).stderr(Stdio::inherit());
    let output = command.output().expect("python3 is installed, or $PYTHON is");
    let text = String::from_utf8_lossy(&output.stdout);
    let seconds: f64 = text.trim().parse().expect("a case prints one number");
    Duration::from_secs_f64(seconds)
}
