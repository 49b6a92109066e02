//! The tests that drive the page in a real browser.
//!
//! Here everything is made ready, then Playwright runs `e2e/tests`, or measures with
//! `e2e/bench`. What they need to know reaches them through the environment, and nothing
//! else does:
//!
//! | variable | what it names |
//! |---|---|
//! | `CHROMIUM` | the browser |
//! | `FUTURESCOPE_BIN` | the server |
//! | `FUTURESCOPE_PAGE` | the folder that it serves |
//! | `FUTURESCOPE_OUT` | where pictures and traces of failed tests go |

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::{self, Node};
use crate::{page, workspace};

/// Builds the page and the server, and says how the tests are run on them.
///
/// `arguments` go to Playwright as they are.
///
/// # Errors
/// Something does not build, or the machine lacks something; shown, it says which.
pub fn prepare(arguments: &[String]) -> Result<Command, Box<dyn Error>> {
    let mut playwright = ready("debug")?;
    playwright.args(arguments);
    Ok(playwright)
}

/// The same for the measurements of the page, on the server as people run it.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_bench(arguments: &[String]) -> Result<Command, Box<dyn Error>> {
    let mut playwright = ready("release")?;
    playwright.args(["--config", "bench/playwright.config.ts"]).args(arguments);
    Ok(playwright)
}

/// Builds the page, and the server with this profile, for Playwright's `test`.
fn ready(profile: &str) -> Result<Command, Box<dyn Error>> {
    // What may be missing is asked first: building takes longer.
    let node = tools::node()?;
    let chromium = tools::chromium()?;
    let page = page::build()?;
    // The profile is called `dev`, and its folder `debug`.
    let name = if profile == "debug" { "dev" } else { profile };
    let mut build = workspace::cargo(&["build", "--package", "backend", "--bin", "futurescope"]);
    build.args(["--profile", name]);
    succeed(build)?;

    let e2e = workspace::root().join("e2e");
    install(&node, &e2e)?;
    succeed(script(&node, &e2e, "typescript/bin/tsc"))?;

    let target = workspace::target();
    let mut playwright = script(&node, &e2e, "@playwright/test/cli.js");
    playwright
        .arg("test")
        .env("CHROMIUM", chromium)
        .env("FUTURESCOPE_BIN", target.join(profile).join("futurescope"))
        .env("FUTURESCOPE_PAGE", page.folder)
        .env("FUTURESCOPE_OUT", target.join("browser"));
    Ok(playwright)
}

/// Installs the packages that the lock file names, unless they are there.
fn install(node: &Node, e2e: &Path) -> Result<(), Box<dyn Error>> {
    let lock = fs::read(e2e.join("package-lock.json"))?;
    // npm empties the folder before it installs, so what lies in it is whole and of
    // this very lock file.
    let installed = e2e.join("node_modules/.installed-lock.json");
    if fs::read(&installed).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let mut npm = Command::new(&node.npm);
    // The machine's own browser is used.
    npm.current_dir(e2e).arg("ci").env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    succeed(npm)?;
    fs::write(installed, lock)?;
    Ok(())
}

/// A script of an installed package, run at the top of this crate.
fn script(node: &Node, e2e: &Path, name: &str) -> Command {
    let mut command = Command::new(&node.node);
    command.current_dir(e2e).arg(PathBuf::from("node_modules").join(name));
    command
}

fn succeed(mut command: Command) -> Result<(), Box<dyn Error>> {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}
