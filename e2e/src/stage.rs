//! One thing to do, and what came of it.
//!
//! A stage decides nothing about other stages: whether one runs after a failure is up
//! to the caller.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::tally::Tally;

/// Work with a name for people; most often a program that runs.
pub struct Stage {
    name: &'static str,
    work: Box<dyn FnOnce() -> Result<Tally, Box<dyn Error>>>,
}

/// How a stage ended.
#[derive(Debug)]
pub struct Report {
    /// The stage's name.
    pub name: &'static str,
    /// From start to end, as a clock on the wall has it.
    pub wall: Duration,
    /// At least one failed if the work did not succeed.
    pub tally: Tally,
}

impl Stage {
    /// A program that passes or fails as a whole.
    pub fn check(name: &'static str, mut command: Command) -> Self {
        let work = move || Ok(Tally::one(command.status()?.success()));
        Self { name, work: Box::new(work) }
    }

    /// A program like `cargo test`: each test that it reports is one check.
    pub fn tests(name: &'static str, command: Command) -> Self {
        Self::prepared_tests(name, || Ok(command))
    }

    /// The same, where something comes before the program. If that fails, the stage is
    /// one failed check.
    pub fn prepared_tests(
        name: &'static str,
        prepare: impl FnOnce() -> Result<Command, Box<dyn Error>> + 'static,
    ) -> Self {
        let work = || {
            let (status, counted) = run_tests(&mut prepare()?)?;
            Ok(with_exit_status(counted, status.success()))
        };
        Self { name, work: Box::new(work) }
    }

    /// Work of our own that passes or fails as a whole.
    pub fn step<E: Error + 'static>(
        name: &'static str,
        work: impl FnOnce() -> Result<(), E> + 'static,
    ) -> Self {
        let work = || Ok(work().map(|()| Tally::one(true))?);
        Self { name, work: Box::new(work) }
    }

    /// Work of our own that counts its checks.
    pub fn checks<E: Error + 'static>(
        name: &'static str,
        work: impl FnOnce() -> Result<Tally, E> + 'static,
    ) -> Self {
        Self { name, work: Box::new(|| Ok(work()?)) }
    }

    /// Does the work to its end, the output of programs passed through as it comes.
    ///
    /// An error, such as a program that cannot be started, is a failed check, with the
    /// reason on standard error.
    pub fn run(self) -> Report {
        eprintln!("==> {}", self.name);
        let start = Instant::now();
        let tally = (self.work)().unwrap_or_else(|error| {
            eprintln!("{}: {error}", self.name);
            Tally::one(false)
        });
        Report { name: self.name, wall: start.elapsed(), tally }
    }
}

/// Runs `command` and counts the tests that it reports.
fn run_tests(command: &mut Command) -> io::Result<(ExitStatus, Tally)> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().expect("a piped stdout is there once");
    let tally = copy_counting(BufReader::new(output), io::stdout().lock())?;
    Ok((child.wait()?, tally))
}

/// Copies all lines and adds up the closing ones among them.
///
/// Lines are bytes: a test may print anything.
fn copy_counting(mut from: impl BufRead, mut to: impl Write) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line)? > 0 {
        to.write_all(&line)?;
        to.flush()?;
        if let Some(more) = Tally::of_line(&String::from_utf8_lossy(&line)) {
            tally += more;
        }
        line.clear();
    }
    Ok(tally)
}

/// Adds a failure where the program failed and no test says so: it did not compile, or
/// a test binary died before its closing line.
fn with_exit_status(mut counted: Tally, success: bool) -> Tally {
    if !success && counted.failed == 0 {
        counted += Tally::one(false);
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u32, failed: u32) -> Tally {
        Tally { passed, failed }
    }

    #[test]
    fn output_is_copied_byte_for_byte() {
        let output = b"running 1 test\n\xff\xfe\nno newline at the end";
        let mut copy = Vec::new();
        copy_counting(&output[..], &mut copy).unwrap();
        assert_eq!(copy, output);
    }

    #[test]
    fn closing_lines_of_all_binaries_add_up() {
        let output = "test result: ok. 3 passed; 0 failed; 0 ignored\n\
                      test result: FAILED. 4 passed; 1 failed; 0 ignored\n";
        let counted = copy_counting(output.as_bytes(), io::sink()).unwrap();
        assert_eq!(counted, tally(7, 1));
    }

    #[test]
    fn program_that_fails_without_a_failed_test_is_one_failure() {
        assert_eq!(with_exit_status(tally(7, 0), false), tally(7, 1));
    }

    #[test]
    fn program_that_fails_for_its_failed_tests_is_not_counted_again() {
        assert_eq!(with_exit_status(tally(7, 2), false), tally(7, 2));
    }

    #[test]
    fn work_that_fails_is_one_failure() {
        let stage = Stage::step("step", || Err(io::Error::other("no")));
        assert_eq!(stage.run().tally, tally(0, 1));
    }

    #[test]
    fn tests_that_cannot_be_prepared_are_one_failure() {
        let stage = Stage::prepared_tests("tests", || Err("there is no browser".into()));
        assert_eq!(stage.run().tally, tally(0, 1));
    }

    #[test]
    fn program_that_cannot_be_started_is_one_failure() {
        let stage = Stage::check("absent", Command::new("/nonexistent/program"));
        assert_eq!(stage.run().tally, tally(0, 1));
    }
}
