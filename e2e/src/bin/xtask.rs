//! `cargo xtask`: the project's helper commands.
//!
//! This file decides which stages a command has; how one runs is `e2e::stage`'s.
//! All stages run, also after a failed one: the reader gets the whole list at once.

use std::env;
use std::error::Error;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::time::Instant;

use e2e::browser;
use e2e::conformance;
use e2e::oracle::differ::{self, Search};
use e2e::oracle::{examples, golden};
use e2e::page::{self, Page};
use e2e::soak::Soak;
use e2e::stage::Stage;
use e2e::summary::Summary;
use e2e::workspace::{cargo, root, target};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  check                formatting, clippy, unit tests: while you work
  test                 everything: before a change is handed on
  soak [--write]       the long tests, on the release build; writes docs/soak.md if asked
  bench engine [ROW…]  our pools against CPython's and the machine's limits, as ratios
  bench web [ARG…]     how large the page is, how soon it is there, and whether it keeps up,
                       measured in a browser; ARGs are Playwright's
  browser [ARG…]       the tests in the browser alone; ARGs are Playwright's
  python               every example's Python text, run by the Python at hand
  page                 builds the page
  conformance          writes docs/conformance.md: which rule of Python's has which tests
  golden [--runs N] [NAME…]
                       records what the Pythons on this machine do with the scenarios of a
                       list, or with those whose names begin so
  differ [--minutes N] [--kind KIND] [--seed N]
                       makes scenarios by chance until a Python does what the engine may not
  serve [ARG…]         builds the page and the server, and serves; ARGs are the server's

The last line of the tests is `N passed, N failed`; the exit code is 1 if anything
failed.";

/// Exit code for a command line that was not understood, as shells have it.
const EXIT_USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["check"] => run(check()),
        ["test"] => run(test()),
        ["soak"] => soak(false),
        ["soak", "--write"] => soak(true),
        ["bench", "engine", ..] => succeed(bench(&arguments[2..])),
        ["bench", "web", ..] => succeed(bench_web(&arguments[2..])),
        ["browser", ..] => run(vec![browser(&arguments[1..])]),
        ["python"] => run(vec![python()]),
        ["page"] => succeed(build_page().map(drop)),
        ["conformance"] => succeed(write_conformance()),
        ["golden", "--runs", runs, ..] => match runs.parse() {
            Ok(runs) => succeed(record_golden(&arguments[3..], runs)),
            Err(_) => refuse(&format!("{runs} is no number")),
        },
        ["golden", ..] => succeed(record_golden(&arguments[1..], golden::RUNS)),
        ["differ", ..] => differ(&arguments[1..]),
        ["serve", ..] => succeed(serve(&arguments[1..])),
        ["help" | "-h" | "--help"] => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        [] => refuse("no command"),
        _ => refuse(&format!("unknown command: {}", words.join(" "))),
    }
}

/// Runs all stages and shows what they came to.
fn run(stages: Vec<Stage>) -> ExitCode {
    let summary: Summary = stages.into_iter().map(Stage::run).collect();
    println!("\n{summary}");
    if summary.total().failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Shows why something was not done.
fn succeed(done: Result<(), Box<dyn Error>>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn refuse(reason: &str) -> ExitCode {
    eprintln!("{reason}\n\n{USAGE}");
    ExitCode::from(EXIT_USAGE)
}

/// The inner loop.
fn check() -> Vec<Stage> {
    let unit_tests = cargo(&["test", "--workspace", "--exclude", "e2e", "--lib", "--bins"]);
    vec![fmt(), clippy(), Stage::tests("unit tests", unit_tests), own_tests()]
}

/// Everything that must hold before a change lands.
fn test() -> Vec<Stage> {
    vec![
        fmt(),
        clippy(),
        clippy_shuttle(),
        doc(),
        Stage::step("page", || page::build().map(drop)),
        tests(),
        own_tests(),
        interleavings(),
        browser(&[]),
        // Last, when nothing else needs the machine.
        python(),
    ]
}

/// The tests that repeat the same for long: those marked `#[ignore]`, and more schedules than usual.
fn soak(write: bool) -> ExitCode {
    let soak = match Soak::begin(&target()) {
        Ok(soak) => soak,
        Err(error) => return succeed(Err(error.into())),
    };
    let build = cargo(&["build", "--release", "-p", "backend", "--bin", "futurescope"]);
    let mut tests = cargo(&["test", "--release", "-p", "backend", "--test", "soak"]);
    tests.args(["--", "--ignored", "--nocapture"]);
    let mut schedules = cargo(&["test", "--release", "-p", "backend", "--features", "shuttle"]);
    schedules.args(["--lib", "interleavings", "--", "--nocapture"]);
    for command in [&mut tests, &mut schedules] {
        soak.ask(command);
    }
    let code = run(vec![
        Stage::check("build", build),
        Stage::tests("soak", tests),
        Stage::tests("schedules", schedules),
    ]);
    let said = soak.end(code == ExitCode::SUCCESS, write.then(root)).map(|page| print!("{page}"));
    match succeed(said.map_err(Into::into)) {
        ExitCode::SUCCESS => code,
        failure => failure,
    }
}

/// Builds the benchmark of the engine and becomes it.
fn bench(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let mut bench = cargo(&["bench", "--quiet", "--package", "backend", "--bench", "engine", "--"]);
    // Its table is its output; nothing of ours belongs behind it.
    Err(bench.args(arguments).exec().into())
}

/// Makes the page and the server as people have them, and becomes what measures them.
fn bench_web(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    Err(browser::prepare_bench(arguments)?.exec().into())
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

fn tests() -> Stage {
    let mut command = cargo(&["test", "--workspace", "--exclude", "e2e"]);
    command.arg("--no-fail-fast");
    Stage::tests("tests", command)
}

/// The tests of this crate.
///
/// They run on their own, with the features that xtask itself was built with: as part
/// of the workspace they would need wasm-bindgen compiled a second time.
fn own_tests() -> Stage {
    Stage::tests("xtask tests", cargo(&["test", "--package", "e2e"]))
}

/// What a person can do in the page.
fn browser(arguments: &[String]) -> Stage {
    let arguments = arguments.to_vec();
    Stage::prepared_tests("browser", move || browser::prepare(&arguments))
}

/// What the examples' own Python does.
fn python() -> Stage {
    Stage::checks("python", || examples::check(&root()))
}

fn interleavings() -> Stage {
    // Only the library: a `futurescope` whose threads are shuttle's could not run anything.
    let mut command = cargo(&["test", "-p", "backend", "--features", "shuttle"]);
    command.args(["--lib", "interleavings"]);
    Stage::tests("interleavings", command)
}

/// Builds the page, and then becomes the server.
fn serve(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let page = build_page()?;
    let mut build = cargo(&["build", "--release", "--package", "backend", "--bin", "futurescope"]);
    timed("server", || {
        let built = build.status()?.success();
        if built { Ok(()) } else { Err("the server does not compile".into()) }
    })?;
    let mut server = Command::new(target().join("release/futurescope"));
    server.arg("serve").arg("--page").arg(page.folder).args(arguments);
    // In our place, not beneath us: signals and the exit code are the server's own.
    Err(server.exec().into())
}

fn build_page() -> Result<Page, Box<dyn Error>> {
    let page = timed("page", || Ok(page::build()?))?;
    let Page { folder, first, later } = &page;
    let [first, later] = [first, later].map(|size| size.brotli_bytes / 1000);
    let folder = folder.display();
    eprintln!("    {folder}: {first} kB on the wire for the first picture, then {later} kB");
    Ok(page)
}

fn write_conformance() -> Result<(), Box<dyn Error>> {
    let unnamed = conformance::write(&root())?;
    eprintln!("{}: {unnamed} rules have no test yet", conformance::PAGE);
    Ok(())
}

fn record_golden(names: &[String], runs: u32) -> Result<(), Box<dyn Error>> {
    match golden::record(names, runs)? {
        0 => Ok(()),
        failed => Err(format!("{failed} scenarios could not be recorded, see above").into()),
    }
}

fn differ(arguments: &[String]) -> ExitCode {
    match Search::parse(arguments) {
        Ok(search) => succeed(differ::search(&search)),
        Err(reason) => refuse(&reason),
    }
}

/// Does something and says how long that took.
fn timed<T>(
    name: &str,
    work: impl FnOnce() -> Result<T, Box<dyn Error>>,
) -> Result<T, Box<dyn Error>> {
    let start = Instant::now();
    let made = work()?;
    eprintln!("==> {name} ({:.1} s)", start.elapsed().as_secs_f64());
    Ok(made)
}
