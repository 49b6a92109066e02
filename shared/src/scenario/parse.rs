//! From text to a scenario.

use std::fmt::Write;

use crate::limits;
use crate::scenario::error::{ScenarioErrorKind as Kind, wrong};
use crate::scenario::{FORMAT, Scenario, ScenarioError};

/// See [`Scenario::parse`].
pub fn parse(text: &str) -> Result<Scenario, ScenarioError> {
    refuse_unread(text)?;
    let mut json = serde_json::Deserializer::from_str(text);
    let scenario = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let at = pointer(error.path());
        shape_error(at, error.inner(), is_json(text))
    })?;
    json.end().map_err(|error| shape_error(String::new(), &error, false))?;
    Ok(scenario)
}

/// See [`Scenario::read`].
pub fn read(text: &str) -> Option<Scenario> {
    refuse_unread(text).ok()?;
    serde_json::from_str(text).ok()
}

/// Refuses what is not to be read at all.
fn refuse_unread(text: &str) -> Result<(), ScenarioError> {
    if text.len() > limits::SCENARIO_BYTES {
        return wrong("", Kind::TooLarge { bytes: text.len() });
    }
    refuse_future_format(text)
}

/// A later format may have fields that this one would call unknown, so its number is read first.
fn refuse_future_format(text: &str) -> Result<(), ScenarioError> {
    #[derive(serde::Deserialize)]
    struct OnlyFormat {
        format: Option<u64>,
    }
    match serde_json::from_str::<OnlyFormat>(text) {
        Ok(OnlyFormat { format: Some(format) }) if format > u64::from(FORMAT) => {
            wrong("/format", Kind::FutureFormat(format))
        }
        Ok(OnlyFormat { format: Some(0) }) => {
            wrong("/format", Kind::OutOfRange { name: "format", range: "1", value: "0".to_owned() })
        }
        // What else is wrong, the whole reading says better.
        _ => Ok(()),
    }
}

/// Whether a text is JSON at all: some wrong types its reader calls wrong syntax.
fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

fn shape_error(at: String, error: &serde_json::Error, is_json: bool) -> ScenarioError {
    let text = error.to_string();
    // serde_json appends the place to its message; we have it in fields of our own.
    let message = text.split(" at line ").next().unwrap_or(&text).to_owned();
    let is_shape = error.is_data() || is_json;
    let kind = if is_shape {
        Kind::Shape(message)
    } else {
        Kind::NotJson { message, line: error.line(), column: error.column() }
    };
    ScenarioError { at: if is_shape { at } else { String::new() }, kind }
}

/// The path as a JSON pointer.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => write!(pointer, "/{index}").expect("text takes all"),
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            // The variant of an enum is not a place of its own in the JSON.
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each thing that [`parse`] refuses, and what it does not.
    #[test]
    fn who_needs_no_words_reads_the_very_documents_that_parse_reads() {
        let right = r#"{"format":1,"executor":{"kind":"threads","workers":2},"tasks":
            [{"id":"a","function":"sleep","args":{"seconds":1}}],"program":{"mode":"map"}}"#;
        assert!(read(right).is_some());
        let changed = |from: &str, to: &str| right.replacen(from, to, 1);
        let texts = [
            right.to_owned(),
            changed("\"format\":1", "\"format\":2"),
            changed("\"format\":1", "\"format\":0"),
            changed("\"format\":1,", ""),
            changed("\"workers\":2", "\"workers\":-2"),
            changed("\"workers\"", "\"wrokers\""),
            changed("\"map\"", "\"mop\""),
            format!("{right} and more"),
            right[1..].to_owned(),
            format!("{right}{}", " ".repeat(limits::SCENARIO_BYTES)),
            String::new(),
        ];
        for text in &texts {
            assert_eq!(read(text), parse(text).ok(), "{}", &text[..text.len().min(400)]);
        }
    }
}
