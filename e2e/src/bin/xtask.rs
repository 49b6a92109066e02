//! `cargo xtask`: the project's helper commands.
//!
//! This file decides which stages a command has; how one runs is `e2e::stage`'s.
//! All stages run, also after a failed one: the reader gets the whole list at once.

use std::env;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use e2e::stage::Stage;
use e2e::summary::Summary;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  check   formatting, clippy, unit tests: while you work
  test    everything: before a change is handed on
  soak    the long tests, on the release build

The last line is `N passed, N failed`; the exit code is 1 if anything failed.";

/// Exit code for a command line that was not understood, as shells have it.
const EXIT_USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["check"] => run(check()),
        ["test"] => run(test()),
        ["soak"] => soak(),
        ["help" | "-h" | "--help"] => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        [] => refuse("no command"),
        _ => refuse(&format!("unknown command: {}", arguments.join(" "))),
    }
}

/// Runs all stages and shows what they came to.
fn run(stages: Vec<Stage>) -> ExitCode {
    let summary: Summary = stages.into_iter().map(Stage::run).collect();
    println!("\n{summary}");
    if summary.total().failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn refuse(reason: &str) -> ExitCode {
    eprintln!("{reason}\n\n{USAGE}");
    ExitCode::from(EXIT_USAGE)
}

/// The inner loop.
fn check() -> Vec<Stage> {
    let unit_tests = cargo(&["test", "--workspace", "--lib", "--bins"]);
    vec![fmt(), clippy(), Stage::tests("unit tests", unit_tests)]
}

/// Everything that must hold before a change lands.
fn test() -> Vec<Stage> {
    vec![
        fmt(),
        clippy(),
        clippy_shuttle(),
        doc(),
        wasm(),
        Stage::tests("tests", cargo(&["test", "--workspace", "--no-fail-fast"])),
        interleavings(),
    ]
}

/// The tests that are marked `#[ignore]` because they repeat the same for long.
fn soak() -> ExitCode {
    let build = cargo(&["build", "--release", "-p", "backend", "--bin", "futurescope"]);
    let mut tests = cargo(&["test", "--release", "-p", "backend", "--test", "soak"]);
    tests.args(["--", "--ignored", "--nocapture"]);
    run(vec![Stage::check("build", build), Stage::tests("soak", tests)])
}

fn fmt() -> Stage {
    Stage::check("fmt", cargo(&["fmt", "--all", "--check"]))
}

fn clippy() -> Stage {
    let mut command = cargo(&["clippy", "--workspace", "--all-targets"]);
    command.args(["--", "-D", "warnings"]);
    Stage::check("clippy", command)
}

fn clippy_shuttle() -> Stage {
    let mut command = cargo(&["clippy", "-p", "backend", "--features", "shuttle"]);
    command.args(["--all-targets", "--", "-D", "warnings"]);
    Stage::check("clippy shuttle", command)
}

fn doc() -> Stage {
    let mut command = cargo(&["doc", "--workspace", "--no-deps"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    Stage::check("doc", command)
}

/// The page compiles for the browser, and not only natively as clippy sees it.
fn wasm() -> Stage {
    let target = "wasm32-unknown-unknown";
    Stage::check("wasm", cargo(&["build", "-p", "frontend", "--target", target]))
}

fn interleavings() -> Stage {
    // Only the library: a `futurescope` whose threads are shuttle's could not run anything.
    let mut command = cargo(&["test", "-p", "backend", "--features", "shuttle"]);
    command.args(["--lib", "interleavings"]);
    Stage::tests("interleavings", command)
}

/// Cargo at the top of the workspace: the one that runs us, where there is one.
fn cargo(arguments: &[&str]) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root()).args(arguments);
    command
}

/// The top of the workspace.
fn root() -> PathBuf {
    // Asked for when run: a path compiled in would survive the move of a clone, and
    // xtask would check the old place.
    let e2e = env::var_os("CARGO_MANIFEST_DIR").expect("`cargo run` sets it");
    PathBuf::from(e2e).join("..")
}
