//! The `futurescope` command.

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<OsString> = env::args_os().skip(1).collect();
    // A runner and a worker lock themselves down first of all: nothing may come before this, and no
    // thread may exist yet.
    match args.first().and_then(|first| first.to_str()) {
        Some("runner") => backend::runner::main(&words(&args[1..])),
        Some("worker") => backend::runner::worker_main(&words(&args[1..])),
        _ => backend::cli::main(args),
    }
}

/// Both are started by us, with words that we wrote.
fn words(args: &[OsString]) -> Vec<String> {
    args.iter().map(|arg| arg.to_string_lossy().into_owned()).collect()
}
