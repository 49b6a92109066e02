//! The oracle: what a real CPython does, asked about our scenarios.
//!
//! ```text
//!  scenario ──python text──▶ CPython, many times ──▶ Observed ──▶ set of normal forms
//!      │                     (e2e/oracle/observe.py)                    │
//!      │                                                golden ─────────┤ written to shared/tests/golden
//!      └──plan──▶ explore: may it look like that? ◀──── differ ─────────┘ asked at once
//! ```
//!
//! [`examples`] asks about each example, with every test run. [`golden`] records a list of scenarios for the tests, which then need no Python. [`differ`] makes
//! scenarios by chance until one differs, and makes that one small.
//!
//! A run in which the machine was late is thrown away: nature must not invent outcomes by being slow.

pub mod differ;
pub mod examples;
pub mod golden;
pub mod interpreter;
pub mod notation;
pub mod pace;
pub mod recording;
pub mod scenarios;

use std::path::PathBuf;

use shared::scenario::ScenarioError;
use thiserror::Error;

/// Why something could not be recorded.
#[derive(Debug, Error)]
pub enum OracleError {
    /// No Python that we know the rules of.
    #[error(
        "there is no Python 3.11, 3.12 or 3.13; install one with pyenv, or let {variable} name some, \
         separated by colons",
        variable = interpreter::VARIABLE
    )]
    NoPython,
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        error: std::io::Error,
    },
    /// The scenario is none of this version of Python's.
    #[error("{name}: {error}")]
    Scenario {
        /// What the scenario is called.
        name: String,
        /// What is wrong with it.
        error: ScenarioError,
    },
    /// The observer did not say what it saw.
    #[error("{name} under Python {version}: {what}\n{stderr}")]
    Observer {
        /// What the scenario is called.
        name: String,
        /// The interpreter.
        version: String,
        /// What is wrong.
        what: String,
        /// The last lines that it wrote.
        stderr: String,
    },
    /// The machine is too busy to prove anything.
    #[error("{name} under Python {version}: the machine disturbed {disturbed} of {runs} runs")]
    Disturbed {
        /// What the scenario is called.
        name: String,
        /// The interpreter.
        version: String,
        /// Runs that were thrown away.
        disturbed: u32,
        /// All runs.
        runs: u32,
    },
    /// There is no such scenario.
    #[error("there is no scenario called {0}")]
    Unknown(String),
}
