//! What must be on the machine: the compiler's target, Node.js, a browser.
//!
//! What is missing is installed where that asks nobody, and otherwise refused in one
//! line that says what to install.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use thiserror::Error;

use crate::workspace;

/// The browser, as the compiler calls it.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Playwright starts with this version of Node.js.
pub const OLDEST_NODE: u32 = 20;

/// What a Chromium is called by those who package it, our first choice first.
const CHROMIUM_NAMES: [&str; 4] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Says which browser to drive.
const CHROMIUM_VARIABLE: &str = "CHROMIUM";

/// Something that the machine lacks. One line, with what to do.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{what}: {remedy}")]
pub struct Missing {
    /// What there is not.
    what: String,
    /// What to do.
    remedy: String,
}

impl Missing {
    fn new(what: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self { what: what.to_string(), remedy: remedy.to_string() }
    }
}

/// Node.js, with the program that installs packages for it.
#[derive(Debug)]
pub struct Node {
    /// `node`
    pub node: PathBuf,
    /// `npm`
    pub npm: PathBuf,
}

/// Sees to it that the compiler can build for the browser.
///
/// # Errors
/// The target is not there, and rustup could not add it.
pub fn wasm_target() -> Result<(), Missing> {
    // The compiler is asked, not rustup: it may come from elsewhere, with the target.
    let asked = Command::new("rustc")
        .current_dir(workspace::root())
        .args(["--print", "target-libdir", "--target", WASM_TARGET])
        .output();
    let is_there = asked.is_ok_and(|answer| {
        let folder = String::from_utf8_lossy(&answer.stdout);
        answer.status.success() && Path::new(folder.trim_end()).is_dir()
    });
    if is_there {
        return Ok(());
    }
    eprintln!("==> rustup target add {WASM_TARGET}");
    let added = Command::new("rustup")
        .current_dir(workspace::root())
        .args(["target", "add", WASM_TARGET])
        .status();
    let what = format!("the Rust compiler has no {WASM_TARGET}");
    match added {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(Missing::new(what, "`rustup target add` failed, see above")),
        Err(_) => Err(Missing::new(
            what,
            "install rustup from https://rustup.rs, or the standard library for that target",
        )),
    }
}

/// Finds Node.js.
///
/// # Errors
/// It is not in `PATH`, or too old, or without npm.
pub fn node() -> Result<Node, Missing> {
    let remedy = format!(
        "install Node.js {OLDEST_NODE} or newer with npm (Debian: apt-get install nodejs npm)"
    );
    let [node, npm] = ["node", "npm"].map(|name| {
        find(&[name], &path()).ok_or_else(|| Missing::new(format!("there is no {name}"), &remedy))
    });
    let (node, npm) = (node?, npm?);

    let answer = Command::new(&node).arg("--version").output();
    let version = answer.map(|answer| String::from_utf8_lossy(&answer.stdout).trim().to_owned());
    match version {
        Ok(version) if major(&version).is_some_and(|major| major >= OLDEST_NODE) => {
            Ok(Node { node, npm })
        }
        Ok(version) => {
            Err(Missing::new(format!("{} is version `{version}`", node.display()), remedy))
        }
        Err(error) => Err(Missing::new(format!("{}: {error}", node.display()), remedy)),
    }
}

/// Finds a Chromium; on a Debian where we are root, installs one if there is none.
///
/// # Errors
/// There is none, or `CHROMIUM` names something that cannot be started.
pub fn chromium() -> Result<PathBuf, Missing> {
    if let Some(named) = env::var_os(CHROMIUM_VARIABLE) {
        let named = PathBuf::from(named);
        return if is_program(&named) {
            Ok(named)
        } else {
            let what = format!("{CHROMIUM_VARIABLE}={} is no program", named.display());
            Err(Missing::new(what, "let it name a Chromium, or nothing"))
        };
    }
    if let Some(found) = find(&CHROMIUM_NAMES, &path()) {
        return Ok(found);
    }
    if rustix::process::geteuid().is_root()
        && let Some(apt_get) = find(&["apt-get"], &path())
    {
        eprintln!("==> apt-get install chromium");
        let succeeds = |arguments: &[&str]| {
            let mut command = Command::new(&apt_get);
            command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
            command.status().is_ok_and(|status| status.success())
        };
        if succeeds(&["update"])
            && succeeds(&["install", "--yes", "chromium"])
            && let Some(found) = find(&CHROMIUM_NAMES, &path())
        {
            return Ok(found);
        }
    }
    Err(Missing::new(
        "there is no Chromium",
        format!(
            "install it (Debian: apt-get install chromium), or let {CHROMIUM_VARIABLE} name one"
        ),
    ))
}

fn path() -> OsString {
    env::var_os("PATH").unwrap_or_default()
}

/// The first program in the folders of `path` that has one of `names`.
///
/// An earlier name wins over an earlier folder.
pub fn find(names: &[&str], path: &OsStr) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(path).filter(|it| it.is_absolute()).collect();
    let mut candidates =
        names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.find(|candidate| is_program(candidate))
}

fn is_program(path: &Path) -> bool {
    const ANYBODY_MAY_RUN: u32 = 0o111;
    path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & ANYBODY_MAY_RUN != 0)
}

/// The first number of `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn put(folder: &Path, name: &str, mode: u32) -> PathBuf {
        let file = folder.join(name);
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    #[test]
    fn first_version_number_is_read() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("v8.0.0-nightly"), Some(8));
        assert_eq!(major("20.20.2"), None);
        assert_eq!(major("v"), None);
        assert_eq!(major(""), None);
    }

    #[test]
    fn earlier_name_wins_over_earlier_folder() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        put(first.path(), "google-chrome", 0o755);
        let expected = put(second.path(), "chromium", 0o755);
        let path = env::join_paths([first.path(), second.path()]).unwrap();
        assert_eq!(find(&["chromium", "google-chrome"], &path), Some(expected));
    }

    #[test]
    fn only_a_program_is_found() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        put(first.path(), "chromium", 0o644);
        fs::create_dir(first.path().join("node")).unwrap();
        let path = env::join_paths([first.path(), second.path()]).unwrap();
        assert_eq!(find(&["chromium", "node"], &path), None);
        let expected = put(second.path(), "chromium", 0o755);
        assert_eq!(find(&["chromium", "node"], &path), Some(expected));
    }

    #[test]
    fn empty_path_holds_nothing() {
        // An empty entry means the current folder to shells, and never to us.
        assert_eq!(find(&["Cargo.toml", "sh"], OsStr::new("")), None);
    }
}
