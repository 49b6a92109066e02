//! The list of rules, as it is written: `rules.txt` says how in its first lines.

use thiserror::Error;

/// Rules that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What they are about.
    pub title: String,
    /// In the order of their numbers.
    pub rules: Vec<Rule>,
}

/// A rule of Python's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// From 1 on, without a gap over all groups.
    pub number: u16,
    /// Whose it is to see.
    pub tag: Tag,
    /// What holds, in one sentence.
    pub sentence: String,
    /// What of it is not held, or how it is meant; without the full stop.
    pub note: Option<String>,
    /// Why it has no test; without the full stop.
    pub no_test: Option<String>,
}

/// Where a rule can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// In the playground.
    Observable,
    /// In the engine alone.
    Library,
}

impl Tag {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Observable => "observable",
            Self::Library => "library",
        }
    }
}

/// What is wrong with the list; begins with the line's number.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum RulesError {
    /// A line is none of those that there are.
    #[error("{0}: {1:?} is neither a group, nor a rule, nor more about one")]
    Line(usize, String),
    /// A number is not the one after the last.
    #[error("{line}: rule {expected} should come here")]
    Number {
        /// The line.
        line: usize,
        /// The number that comes next.
        expected: u16,
    },
    /// A rule, or more about one, stands before what it belongs to.
    #[error("{0}: this belongs to nothing above it")]
    Orphan(usize),
    /// The same is said twice about one rule.
    #[error("{0}: this was said about the rule already")]
    Twice(usize),
}

/// Reads the list.
///
/// # Errors
/// Every [`RulesError`], with the first line that is wrong.
pub fn parse(text: &str) -> Result<Vec<Group>, RulesError> {
    let mut groups: Vec<Group> = Vec::new();
    let mut expected = 1;
    for (index, line) in text.lines().enumerate() {
        let at = index + 1;
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(title) = line.strip_prefix("== ") {
            groups.push(Group { title: title.to_owned(), rules: Vec::new() });
            continue;
        }
        let rules = &mut groups.last_mut().ok_or(RulesError::Orphan(at))?.rules;
        if let Some(more) = line.strip_prefix("  ") {
            let rule = rules.last_mut().ok_or(RulesError::Orphan(at))?;
            let (place, sentence) = if let Some(note) = more.strip_prefix("note: ") {
                (&mut rule.note, note)
            } else if let Some(reason) = more.strip_prefix("no test: ") {
                (&mut rule.no_test, reason)
            } else {
                return Err(RulesError::Line(at, line.to_owned()));
            };
            if place.replace(sentence.to_owned()).is_some() {
                return Err(RulesError::Twice(at));
            }
            continue;
        }
        let rule = rule(line).ok_or_else(|| RulesError::Line(at, line.to_owned()))?;
        if rule.number != expected {
            return Err(RulesError::Number { line: at, expected });
        }
        expected += 1;
        rules.push(rule);
    }
    Ok(groups)
}

/// `35 observable: A task …`
fn rule(line: &str) -> Option<Rule> {
    let (head, sentence) = line.split_once(": ")?;
    let (number, tag) = head.split_once(' ')?;
    let tags = [Tag::Observable, Tag::Library];
    let tag = tags.into_iter().find(|known| known.word() == tag)?;
    let (number, sentence) = (number.parse().ok()?, sentence.to_owned());
    Some(Rule { number, tag, sentence, note: None, no_test: None })
}
