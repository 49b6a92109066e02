//! The command line: reads a scenario, runs it for real or simulated, tells its story.
//!
//! ```text
//!  args ──parse──▶ Wanted ──▶ load FILE ──▶ Plan ──▶ supervisor, or simulator ──records──▶ Printer
//! ```
//!
//! What a caller can rely on: the exit codes in [`code`], one message on stderr when the file or the
//! command is wrong, and nothing but records on stdout with `--json`. A reader that goes away ends the
//! run, quietly.

mod args;
mod print;
mod run;
mod serve;
mod text;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use args::Wanted;

/// The exit codes of `futurescope run` and `futurescope simulate`, and of `futurescope serve` those that apply.
pub mod code {
    /// The program came to its end.
    pub const FINISHED: u8 = 0;
    /// The program ended with an exception.
    pub const RAISED: u8 = 1;
    /// The command or the file is wrong; nothing was run.
    pub const USAGE: u8 = 2;
    /// The program hangs.
    pub const HANG: u8 = 3;
    /// A limit was met: of wall-clock time, CPU time, memory or records.
    pub const LIMIT: u8 = 4;
    /// It was stopped: by SIGINT or SIGTERM, or because nobody reads its output any more.
    pub const STOPPED: u8 = 5;
    /// We failed, or a signal killed the program's process.
    pub const FAILED: u8 = 6;
    /// The program ended itself (`os._exit`); its own exit code is in the last line.
    pub const EXITED: u8 = 7;
}

/// What `futurescope help` says.
const HELP: &str = "\
futurescope: a playground for Python's concurrent.futures

usage:
  futurescope run FILE [--seed N] [--everything | --json] [--out NAME]...
  futurescope simulate FILE [--seed N] [--everything | --json | --hash] [--out NAME]...
  futurescope python FILE [--lines]
  futurescope rust FILE [--lines]
  futurescope serve [--listen ADDRESS:PORT] [--page DIR] [--origin URL]...
  futurescope help
  futurescope --version

run        runs the scenario in FILE (- is stdin) on real threads or processes, and tells its story
  --seed N      instead of the scenario's seed
  --everything  tells the bookkeeping, too
  --json        one record a line, as JSON, and nothing else
  --out NAME    when it is over, writes the run, in the form that the name ends in: .html replays it,
                .svg is a picture, .trace.json opens in Perfetto and Chrome, .json is the scenario,
                .py the Python program; may be given several times

simulate   the same in virtual time: the same seed always gives the same run, here and in the page
  --hash        only the hash of the log, 16 hexadecimal digits; run --simulate is another word

python     prints the Python program that does the same
rust       the same in Rust, with threads and channels; says why, with exit code 2, if there is none
  --lines       as JSON: each line with what it does in the log

serve      serves runs over HTTP, and says on stdout where; SIGTERM or SIGINT ends it in good order
  --listen ADDRESS:PORT  instead of 127.0.0.1:7070; port 0 lets the system pick one
  --page DIR             the folder of the built page, with index.html and assets
  --origin URL           an address at which others find this server, such as https://lab.example;
                         may be given several times, and is needed for all but this machine
  RUST_LOG               what is logged on stderr: error, warn, info (the default), debug

exit codes of both: 0 the program came to its end, 1 it ended with an exception, 2 the command or the
file is wrong, 3 it hangs, 4 it met a limit, 5 it was stopped, 6 we failed, 7 it ended itself with an
exit code
";

/// Carries out the command line; `args` are without the program's name.
pub fn main(args: Vec<OsString>) -> ExitCode {
    let code = match args::parse(args) {
        Ok(Wanted::Help) => say(HELP),
        Ok(Wanted::Version) => say(concat!("futurescope ", env!("CARGO_PKG_VERSION"), "\n")),
        Ok(Wanted::Run(options)) => run::run(&options),
        Ok(Wanted::Text(asked)) => text::print(&asked),
        Ok(Wanted::Serve(config)) => serve::serve(config),
        Err(message) => {
            complain(&format!("{message}; see futurescope help"));
            code::USAGE
        }
    };
    ExitCode::from(code)
}

fn say(text: &str) -> u8 {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => code::FINISHED,
        // Whoever asked does not want to read it.
        Err(_) => code::STOPPED,
    }
}

/// One message on stderr, which may be closed, too.
fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "futurescope: {}", print::clean(message));
}
