//! The Pythons on this machine that we know the rules of.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use shared::scenario::Python;

use super::OracleError;
use crate::tools;

/// Names interpreters to ask before all others.
pub const VARIABLE: &str = "FUTURESCOPE_PYTHONS";

/// The versions that can be recorded, each with its prefix in `sys.version`.
const VERSIONS: [(Python, &str); 3] =
    [(Python::V3_11, "3.11"), (Python::V3_12, "3.12"), (Python::V3_13, "3.13")];

/// A Python.
#[derive(Debug, Clone)]
pub struct Interpreter {
    /// Whose rules it follows.
    pub python: Python,
    /// `3.12`.
    pub name: &'static str,
    /// The program.
    pub program: PathBuf,
    /// What `sys.version` says.
    pub version: String,
}

/// The interpreters, one for each version that there is.
///
/// # Errors
/// There is none: `NoPython`.
pub fn find() -> Result<Vec<Interpreter>, OracleError> {
    let mut found: Vec<Interpreter> = Vec::new();
    for interpreter in candidates().into_iter().filter_map(known) {
        if found.iter().all(|other| other.python != interpreter.python) {
            found.push(interpreter);
        }
    }
    found.sort_by_key(|interpreter| interpreter.python);
    if found.is_empty() { Err(OracleError::NoPython) } else { Ok(found) }
}

/// The interpreter that is asked first: the one that is named, or `python3`, or any.
///
/// # Errors
/// There is none: `NoPython`.
pub fn at_hand() -> Result<Interpreter, OracleError> {
    candidates().into_iter().find_map(known).ok_or(OracleError::NoPython)
}

/// Programs that may be interpreters.
fn candidates() -> Vec<PathBuf> {
    let mut candidates: Vec<PathBuf> = Vec::new();
    if let Some(named) = env::var_os(VARIABLE) {
        candidates.extend(env::split_paths(&named));
    }
    let path = env::var_os("PATH").unwrap_or_default();
    candidates.extend(tools::find(&["python3"], &path));
    for (_, name) in VERSIONS {
        candidates.extend(installed_by_pyenv(name));
        candidates.extend(tools::find(&[&format!("python{name}")], &path));
    }
    candidates
}

/// The interpreter that a program is, if we know its rules.
fn known(program: PathBuf) -> Option<Interpreter> {
    let version = version_of(&program)?;
    let &(python, name) =
        VERSIONS.iter().find(|(_, name)| version.starts_with(&format!("{name}.")))?;
    Some(Interpreter { python, name, program, version })
}

/// `~/.pyenv/versions/3.12.1/bin/python`, the newest first.
fn installed_by_pyenv(name: &str) -> Vec<PathBuf> {
    let root = env::var_os("PYENV_ROOT").map(PathBuf::from);
    let root = root.or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".pyenv")));
    let Some(folder) = root.and_then(|root| root.join("versions").read_dir().ok()) else {
        return Vec::new();
    };
    let prefix = format!("{name}.");
    let is_such = |folder: &OsStr| folder.to_string_lossy().starts_with(&prefix);
    let mut folders: Vec<PathBuf> = folder
        .filter_map(Result::ok)
        .filter(|entry| is_such(&entry.file_name()))
        .map(|entry| entry.path().join("bin/python"))
        .collect();
    folders.sort();
    folders.reverse();
    folders
}

fn version_of(program: &Path) -> Option<String> {
    let code = "import sys; print(*sys.version.split())";
    let answer = Command::new(program).args(["-c", code]).output().ok()?;
    let version = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
    answer.status.success().then_some(version)
}
