//! Where things lie, and the cargo that builds them.

use std::env;
use std::path::{self, PathBuf};
use std::process::Command;

/// The top of the workspace.
///
/// Asked for when run: a path compiled in would survive the move of a clone, and xtask
/// would work on the old place.
pub fn root() -> PathBuf {
    let e2e = env::var_os("CARGO_MANIFEST_DIR").expect("`cargo run` and `cargo test` set it");
    PathBuf::from(e2e).parent().expect("the crate lies inside the workspace").to_owned()
}

/// What is made goes here: `CARGO_TARGET_DIR`, or `target` at the top of the workspace.
pub fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) if !folder.is_empty() => {
            path::absolute(&folder).unwrap_or_else(|_| PathBuf::from(folder))
        }
        _ => root().join("target"),
    }
}

/// Cargo at the top of the workspace: the one that runs us, where there is one.
///
/// It builds into [`target`], also where a relative `CARGO_TARGET_DIR` would mean
/// another folder from there.
pub fn cargo(arguments: &[&str]) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root()).env("CARGO_TARGET_DIR", target()).args(arguments);
    command
}
