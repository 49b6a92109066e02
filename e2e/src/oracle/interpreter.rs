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
    let mut candidates: Vec<PathBuf> = Vec::new();
    if let Some(named) = env::var_os(VARIABLE) {
        candidates.extend(env::split_paths(&named));
    }
    let path = env::var_os("PATH").unwrap_or_default();
    for (_, name) in VERSIONS {
        candidates.extend(installed_by_pyenv(name));
        candidates.extend(tools::find(&[&format!("python{name}")], &path));
    }
    let mut found: Vec<Interpreter> = Vec::new();
    for program in candidates {
        let Some(version) = version_of(&program) else { continue };
        let known = VERSIONS.iter().find(|(_, name)| version.starts_with(&format!("{name}.")));
        let Some(&(python, name)) = known else { continue };
        if found.iter().all(|other| other.python != python) {
            found.push(Interpreter { python, name, program, version });
        }
    }
    found.sort_by_key(|interpreter| interpreter.python);
    if found.is_empty() { Err(OracleError::NoPython) } else { Ok(found) }
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
