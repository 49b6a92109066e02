//! `docs/conformance.md`: each rule of Python's that the project is held to, and the tests of it.
//!
//! ```text
//! shared/tests/conformance/rules.txt ──read──▶ rules ───┐
//!                                                       ├──▶ docs/conformance.md
//! tests called `rule_35_…` ──found in the sources──▶ ───┘
//! ```
//!
//! The names of tests are the only place that says which rule has a test, so that the page cannot
//! say more than the tests do. A rule that is still without one says why, or stands there as having
//! none yet.

pub mod named;
pub mod rules;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use named::{NameError, Named};
use rules::{Group, Rule, RulesError};

/// The page, from the top of the workspace.
pub const PAGE: &str = "docs/conformance.md";

/// The rules, from the top of the workspace.
const RULES: &str = "shared/tests/conformance/rules.txt";

/// Where tests of rules stand, from the top of the workspace.
const SOURCES: [&str; 6] =
    ["shared/src", "shared/tests", "backend/src", "backend/tests", "e2e/src", "e2e/tests"];

/// Why there is no page.
#[derive(Debug, Error)]
pub enum ConformanceError {
    /// The list of rules is not in its own format.
    #[error("{RULES}, line {0}")]
    Rules(#[from] RulesError),
    /// A test's name does not say which rules it tests.
    #[error("{path}: {error}")]
    Name {
        /// The source, from the top of the workspace.
        path: String,
        /// What is wrong with the name.
        error: NameError,
    },
    /// A test names a rule that there is not.
    #[error("{path}: {test} names rule {number}, but there are {last}; see {RULES}")]
    Unknown {
        /// The source, from the top of the workspace.
        path: String,
        /// The test.
        test: String,
        /// The number that it names.
        number: u16,
        /// The last rule's number.
        last: u16,
    },
    /// A rule says why it has no test, but it has one.
    #[error(
        "{RULES}: rule {number} has a test, {test}: take its `no test:` away, or make it a `note:`"
    )]
    Outdated {
        /// The rule.
        number: u16,
        /// Its first test.
        test: String,
    },
    /// A file cannot be read or written.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
}

/// All rules with their tests.
#[derive(Debug)]
pub struct Conformance {
    groups: Vec<Group>,
    /// By rule; in order of path and place.
    tests: BTreeMap<u16, Vec<Test>>,
}

/// A test of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Test {
    /// Its source, from the top of the workspace, with `/`.
    path: String,
    name: String,
}

impl Conformance {
    /// Reads the rules, and finds their tests in the sources below `root`, the top of the workspace.
    ///
    /// # Errors
    /// Every [`ConformanceError`].
    pub fn read(root: &Path) -> Result<Self, ConformanceError> {
        let groups = rules::parse(&read(&root.join(RULES))?)?;
        let mut sources = Vec::new();
        for folder in SOURCES {
            find_sources(&root.join(folder), &mut sources)?;
        }
        let mut found = Vec::new();
        for source in sources {
            let path = source.strip_prefix(root).expect("it was found below").display();
            found.push((path.to_string(), read(&source)?));
        }
        Self::of(groups, &found)
    }

    /// The same, of sources given as path and text.
    fn of(groups: Vec<Group>, sources: &[(String, String)]) -> Result<Self, ConformanceError> {
        let last = groups.iter().map(|group| group.rules.len()).sum::<usize>();
        let last = u16::try_from(last).expect("rules are numbered in 16 bits");
        let mut tests: BTreeMap<u16, Vec<Test>> = BTreeMap::new();
        for (path, text) in sources {
            let path = path.clone();
            let named = match named::find(text) {
                Ok(named) => named,
                Err(error) => return Err(ConformanceError::Name { path, error }),
            };
            for Named { test, rules } in named {
                for number in rules {
                    if !(1..=last).contains(&number) {
                        return Err(ConformanceError::Unknown { path, test, number, last });
                    }
                    let test = Test { path: path.clone(), name: test.clone() };
                    tests.entry(number).or_default().push(test);
                }
            }
        }
        let conformance = Self { groups, tests };
        for rule in conformance.rules().filter(|rule| rule.no_test.is_some()) {
            if let [test, ..] = conformance.tests_of(rule) {
                let (number, test) = (rule.number, test.name.clone());
                return Err(ConformanceError::Outdated { number, test });
            }
        }
        Ok(conformance)
    }

    /// Numbers of the rules that have neither a test nor a reason.
    pub fn unnamed(&self) -> Vec<u16> {
        let unnamed = |rule: &&Rule| rule.no_test.is_none() && self.tests_of(rule).is_empty();
        self.rules().filter(unnamed).map(|rule| rule.number).collect()
    }

    /// The page.
    pub fn page(&self) -> String {
        let total = self.rules().count();
        let tested = self.rules().filter(|rule| !self.tests_of(rule).is_empty()).count();
        let reasons = self.rules().filter(|rule| rule.no_test.is_some()).count();
        let unnamed = self.unnamed().len();
        let mut page = format!(
            "# Conformance\n\n\
             What Python's futures and pools do, as {total} rules, and the tests that hold \
             Futurescope to them.\n\n\
             {tested} of them have a test. {reasons} have none and say why; {unnamed} have none yet.\n\n\
             A rule is *observable* if one can see it in the playground, and *library* if it is of \
             the engine alone.\n\n\
             This page is made by `cargo xtask conformance`, of `{RULES}` and of the names of the \
             tests: a test called `rule_35_…` tests rule 35. A test fails when the page is not what \
             that would make.\n"
        );
        for group in &self.groups {
            write!(page, "\n## {}\n\n", group.title).expect("text takes everything");
            for rule in &group.rules {
                page.push_str(&self.entry(rule));
            }
        }
        page
    }

    /// One rule with its tests.
    fn entry(&self, rule: &Rule) -> String {
        let Rule { number, tag, sentence, note, no_test } = rule;
        let mut entry = format!("- **{number}** {sentence} *({})*", tag.word());
        if let Some(note) = note {
            write!(entry, " Note: {note}.").expect("text takes everything");
        }
        entry.push('\n');
        for Test { path, name } in self.tests_of(rule) {
            writeln!(entry, "  - [`{name}`](../{path})").expect("text takes everything");
        }
        if let Some(reason) = no_test {
            writeln!(entry, "  - no test: {reason}").expect("text takes everything");
        } else if self.tests_of(rule).is_empty() {
            entry.push_str("  - no test yet\n");
        }
        entry
    }

    fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.groups.iter().flat_map(|group| &group.rules)
    }

    fn tests_of(&self, rule: &Rule) -> &[Test] {
        self.tests.get(&rule.number).map_or(&[], Vec::as_slice)
    }
}

/// Writes the page of the workspace at `root`, and says how many rules still have no test.
///
/// # Errors
/// Every [`ConformanceError`].
pub fn write(root: &Path) -> Result<usize, ConformanceError> {
    let conformance = Conformance::read(root)?;
    let path = root.join(PAGE);
    let written = fs::write(&path, conformance.page());
    written.map_err(|error| ConformanceError::Io { path, error })?;
    Ok(conformance.unnamed().len())
}

fn read(path: &Path) -> Result<String, ConformanceError> {
    fs::read_to_string(path).map_err(|error| ConformanceError::Io { path: path.to_owned(), error })
}

/// Adds all Rust sources below a folder, in the order of their paths.
fn find_sources(folder: &Path, sources: &mut Vec<PathBuf>) -> Result<(), ConformanceError> {
    let failed = |error| ConformanceError::Io { path: folder.to_owned(), error };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    for path in paths {
        if path.is_dir() {
            find_sources(&path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
