//! Which rules a source's tests are named after.
//!
//! `rule_35_…` tests one rule, `rules_35_36_…` all those whose numbers stand there one after the
//! other. The sources are read as lines, which is enough for what rustfmt has written.

use thiserror::Error;

/// A test and the rules that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The test's name.
    pub test: String,
    /// The rules' numbers, as the name has them.
    pub rules: Vec<u16>,
}

/// Why a name does not say which rules are tested.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// It is named like a test of a rule, but is none, or one that does not run.
    #[error("{0} stands for a rule's test, but it is no test, or one that is ignored")]
    NoTest(String),
    /// `rule_` is followed by one number and a word, `rules_` by several numbers and a word.
    #[error("{0}: a test is called rule_35_… for one rule, rules_35_36_… for several")]
    Numbers(String),
}

/// The tests of a source that are named after rules, in the order of the lines.
///
/// # Errors
/// Every [`NameError`], for the first name that is wrong.
pub fn find(source: &str) -> Result<Vec<Named>, NameError> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = function(line) else {
            continue;
        };
        let several = name.starts_with("rules_");
        let Some(rest) = name.strip_prefix("rule_").or_else(|| name.strip_prefix("rules_")) else {
            continue;
        };
        let words: Vec<&str> = rest.split('_').collect();
        let rules: Vec<u16> = words.iter().map_while(|word| word.parse().ok()).collect();
        // What comes behind one rule's number may be a number of its own: `rule_75_2n_…`, `rule_27_0_…`.
        let rules = if several { rules } else { rules.into_iter().take(1).collect() };
        if rules.is_empty() || rules.len() == words.len() || several != (rules.len() > 1) {
            return Err(NameError::Numbers(name.to_owned()));
        }
        let above = lines[..at].iter().rev();
        let (mut test, mut ignored) = (false, false);
        for line in above.take_while(|line| line.starts_with("#[") || line.starts_with("//")) {
            test |= *line == "#[test]";
            ignored |= line.starts_with("#[ignore");
        }
        if !test || ignored {
            return Err(NameError::NoTest(name.to_owned()));
        }
        found.push(Named { test: name.to_owned(), rules });
    }
    Ok(found)
}

/// The name of the function that begins in this line.
fn function(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let (name, _) = line.strip_prefix("fn ")?.split_once('(')?;
    Some(name)
}
