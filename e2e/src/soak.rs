//! `docs/soak.md`: what the long tests came to, when and where.
//!
//! ```text
//!  Soak::begin ─▶ an empty file ◀─rows── the long tests (backend/tests/support/told.rs)
//!                        └──Soak::end──▶ docs/soak.md
//! ```
//!
//! Which tests these are is decided in `bin/xtask.rs`; here their rows become a table.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use thiserror::Error;

/// The page, from the top of the workspace.
pub const PAGE: &str = "docs/soak.md";

/// Schedules that each test of interleavings tries: ten times as many as between two commits.
const SCHEDULES: &str = "100000";

/// Why there is no page.
#[derive(Debug, Error)]
pub enum SoakError {
    /// A file cannot be read or written.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A page says that all is well, so there is none of a soak that failed.
    #[error("{PAGE} is not written: a test failed")]
    Failed,
    /// A test told something that is no row.
    #[error("a row has no tab between what was done and what came of it: {0}")]
    Row(String),
}

/// A soak that is under way.
pub struct Soak {
    began: Instant,
    rows: PathBuf,
}

impl Soak {
    /// Begins one; its rows are collected in this folder.
    ///
    /// # Errors
    /// [`SoakError::Io`] if the folder cannot be written.
    pub fn begin(folder: &Path) -> Result<Self, SoakError> {
        let rows = folder.join("soak.tsv");
        let made = fs::create_dir_all(folder).and_then(|()| fs::write(&rows, ""));
        made.map_err(|error| SoakError::Io { path: rows.clone(), error })?;
        Ok(Self { began: Instant::now(), rows })
    }

    /// Tells tests to go on for long, and where their rows go.
    pub fn ask(&self, tests: &mut Command) {
        tests.env("FUTURESCOPE_SOAK", &self.rows).env("FUTURESCOPE_SCHEDULES", SCHEDULES);
    }

    /// The page, after all tests; also written to the workspace if its top is given.
    ///
    /// # Errors
    /// [`SoakError::Row`] if a test told nonsense, [`SoakError::Failed`] if a page of failed tests is
    /// to be written, [`SoakError::Io`] if a file cannot be read or written.
    pub fn end(self, passed: bool, root: Option<PathBuf>) -> Result<String, SoakError> {
        let rows = fs::read_to_string(&self.rows)
            .map_err(|error| SoakError::Io { path: self.rows.clone(), error })?;
        let page = page(&rows, &place(), self.began.elapsed())?;
        if let Some(root) = root {
            if !passed {
                return Err(SoakError::Failed);
            }
            let path = root.join(PAGE);
            fs::write(&path, &page).map_err(|error| SoakError::Io { path, error })?;
        }
        Ok(page)
    }
}

/// When and where: a list of what and which.
fn place() -> Vec<(&'static str, String)> {
    let cores = available_parallelism().map_or(1, NonZero::get);
    let file = |path| fs::read_to_string(path).unwrap_or_default();
    let cpu = file("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("processor unknown", |(_, model)| model);
    // Without what a distribution adds to its number.
    let kernel = said("uname", &["-sr"]);
    let kernel = kernel.split('-').next().unwrap_or_default().to_owned();
    let load = file("/proc/loadavg");
    let load: Vec<&str> = load.split(' ').take(3).collect();
    vec![
        ("date", said("date", &["-u", "+%Y-%m-%d"])),
        ("cores", format!("{cores} ({model})")),
        ("kernel", kernel),
        ("rustc", said("rustc", &["--version"])),
        ("commit", said("git", &["rev-parse", "--short", "HEAD"])),
        ("load average at its end", load.join(", ")),
    ]
}

/// What a program says, without the end of its line.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    match output {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        }
        _ => "unknown".to_owned(),
    }
}

fn page(rows: &str, place: &[(&str, String)], took: Duration) -> Result<String, SoakError> {
    let mut page =
        "# The long tests\n\n`cargo xtask soak --write` writes this page: what repeats the \
                    same for long, and what came of it the last time.\n\n"
            .to_owned();
    let minutes = took.as_secs().div_ceil(60);
    for (what, which) in place {
        writeln!(page, "- {what}: {which}").expect("text can be written to");
    }
    write!(page, "- it took {minutes} min\n\n| what | what came of it |\n|---|---|\n")
        .expect("text can be written to");
    for row in rows.lines() {
        let (done, came) = row.split_once('\t').ok_or_else(|| SoakError::Row(row.to_owned()))?;
        writeln!(page, "| {done} | {came} |").expect("text can be written to");
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soak(folder: &tempfile::TempDir, rows: &str) -> Soak {
        let soak = Soak::begin(folder.path()).unwrap();
        fs::write(&soak.rows, rows).unwrap();
        soak
    }

    #[test]
    fn a_row_of_a_test_is_a_row_of_the_table() {
        let place = [("cores", "2".to_owned())];
        let page = page("3 kills\tall well\n", &place, Duration::from_secs(61)).unwrap();
        let end = "- cores: 2\n- it took 2 min\n\n| what | what came of it |\n|---|---|\n\
                   | 3 kills | all well |\n";
        assert!(page.ends_with(end), "{page}");
    }

    #[test]
    fn what_is_no_row_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let error = soak(&folder, "oops\n").end(true, None).unwrap_err();
        assert!(error.to_string().ends_with(": oops"), "{error}");
    }

    #[test]
    fn a_soak_that_failed_leaves_the_page_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let root = || Some(folder.path().to_owned());
        fs::create_dir(folder.path().join("docs")).unwrap();
        assert!(matches!(soak(&folder, "a\tb\n").end(false, root()), Err(SoakError::Failed)));
        assert!(!folder.path().join(PAGE).exists());
        soak(&folder, "a\tb\n").end(true, root()).unwrap();
        let page = fs::read_to_string(folder.path().join(PAGE)).unwrap();
        assert!(page.contains("| a | b |"));
    }

    #[test]
    fn tests_are_told_where_their_rows_go() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("true");
        let soak = soak(&folder, "");
        soak.ask(&mut command);
        let set: Vec<_> = command.get_envs().filter_map(|(_, value)| value).collect();
        assert!(set.contains(&soak.rows.as_os_str()) && set.contains(&"100000".as_ref()));
    }
}
