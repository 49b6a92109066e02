//! What a function takes, and whether a scenario's literal will do.
//!
//! This is about literals only, before a run. What arrives along an edge is read by `args.rs`.

use std::fmt;

use crate::outcome::known;
use crate::value::Value;

/// The longest time that a literal may ask a task to wait: a day.
pub const MAX_SECONDS: u32 = 86_400;

/// Characters of a wrong literal that its refusal quotes.
const QUOTED: usize = 40;

/// One parameter of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param {
    /// Its name, in scenarios and in Python.
    pub name: &'static str,
    /// What a literal for it must be.
    pub kind: Kind,
    /// What it is when not given; `None` if it must be given.
    pub default: Option<DefaultValue>,
    /// What it means, for the form; no full stop.
    pub about: &'static str,
}

/// What a literal must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An int or a float from 0 to [`MAX_SECONDS`].
    Seconds,
    /// An int from `min` to `max`, both included.
    Int {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A bool, an int or a float: what Python calculates with.
    Number,
    /// A text of at most `max_len` bytes.
    Text {
        /// Bytes in UTF-8.
        max_len: usize,
    },
    /// The name of an exception class: a known one, or a new one by the usual rule, a capital at
    /// the beginning and `Error` or `Exception` at the end.
    Exception,
    /// Any value at all.
    Any,
    /// A list: all further arguments, Python's `*values`. Any number of edges may feed it.
    Values,
}

/// What a parameter is when not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultValue {
    /// `None`; for [`Kind::Values`], no values.
    Nothing,
    /// An int.
    Int(i64),
    /// A text.
    Text(&'static str),
}

impl DefaultValue {
    /// This default as a value.
    pub fn value(self) -> Value {
        match self {
            Self::Nothing => Value::None,
            Self::Int(int) => Value::Int(int),
            Self::Text(text) => Value::from(text),
        }
    }
}

/// A literal that a function cannot take; it reads `seconds must be a number from 0 to 86400, not
/// "x"`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{param} must be {wanted}, not {got}")]
pub struct BadArgument {
    /// The name of the parameter.
    pub param: &'static str,
    /// What it takes.
    pub wanted: Kind,
    /// The beginning of the literal, as JSON.
    pub got: String,
}

impl Param {
    /// Whether `literal` will do. `null` is "not given", and will do for whatever has a default.
    ///
    /// # Errors
    /// [`BadArgument`] if not.
    pub fn check(&self, literal: &Value) -> Result<(), BadArgument> {
        let left_out = *literal == Value::None && self.default.is_some();
        if left_out || self.kind.takes(literal) {
            return Ok(());
        }
        let json = serde_json::to_string(literal).unwrap_or_else(|_| literal.repr());
        let mut got: String = json.chars().take(QUOTED).collect();
        if got.len() < json.len() {
            got.push('…');
        }
        Err(BadArgument { param: self.name, wanted: self.kind, got })
    }

    /// How Python writes it between the parentheses of `def`: `seconds`, `timeout=60`, `*values`.
    pub fn python(&self) -> String {
        match (self.kind, self.default) {
            (Kind::Values, _) => format!("*{}", self.name),
            (_, Some(default)) => {
                // `repr` prefers single quotes, our Python sources double ones.
                let default = default.value().repr().replace('\'', "\"");
                format!("{}={default}", self.name)
            }
            (_, None) => self.name.to_owned(),
        }
    }
}

impl Kind {
    fn takes(self, literal: &Value) -> bool {
        match (self, literal) {
            (Self::Seconds, Value::Int(seconds)) => (0..=i64::from(MAX_SECONDS)).contains(seconds),
            (Self::Seconds, Value::Float(seconds)) => {
                (0.0..=f64::from(MAX_SECONDS)).contains(seconds)
            }
            (Self::Int { min, max }, Value::Int(int)) => (min..=max).contains(int),
            (Self::Number, Value::Bool(_) | Value::Int(_) | Value::Float(_)) => true,
            (Self::Text { max_len }, Value::Text(text)) => text.len() <= max_len,
            (Self::Exception, Value::Text(name)) => names_exception(name),
            (Self::Any, _) | (Self::Values, Value::List(_)) => true,
            _ => false,
        }
    }
}

/// As it follows "must be".
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seconds => write!(f, "a number from 0 to {MAX_SECONDS}"),
            Self::Int { min, max } => write!(f, "a whole number from {min} to {max}"),
            Self::Number => write!(f, "a number"),
            Self::Text { max_len } => write!(f, "a text of at most {max_len} bytes"),
            Self::Exception => write!(f, "the name of an exception, such as ValueError"),
            Self::Any => write!(f, "a value"),
            Self::Values => write!(f, "a list"),
        }
    }
}

/// Whether `name` may stand for an exception class in a rendered program.
///
/// A class that Python does not have is defined there, so the name must not be able to hide
/// anything else that the program uses: `Future`, say, or `print`.
pub(super) fn names_exception(name: &str) -> bool {
    // It takes five arguments, where a message is all that we have.
    if name == "HTTPError" {
        return false;
    }
    let new = name.len() <= 60
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && (name.ends_with("Error") || name.ends_with("Exception"));
    new || known(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(kind: Kind, literal: impl Into<Value>) -> Option<String> {
        let param = Param { name: "it", kind, default: None, about: "" };
        param.check(&literal.into()).err().map(|bad| bad.to_string())
    }

    #[test]
    fn a_literal_must_be_of_its_kind() {
        let refused = [
            (Kind::Seconds, Value::from("x"), "a number from 0 to 86400, not \"x\""),
            (Kind::Seconds, Value::Int(-1), "a number from 0 to 86400, not -1"),
            (Kind::Seconds, Value::Float(86_400.5), "a number from 0 to 86400, not 86400.5"),
            (Kind::Seconds, Value::Bool(true), "a number from 0 to 86400, not true"),
            (Kind::Int { min: 0, max: 9 }, Value::Int(10), "a whole number from 0 to 9, not 10"),
            (
                Kind::Int { min: 0, max: 9 },
                Value::Float(1.0),
                "a whole number from 0 to 9, not 1.0",
            ),
            (Kind::Number, Value::None, "a number, not null"),
            (Kind::Text { max_len: 1 }, Value::from("ab"), "a text of at most 1 bytes, not \"ab\""),
            (Kind::Values, Value::Int(1), "a list, not 1"),
        ];
        for (kind, literal, words) in refused {
            assert_eq!(refusal(kind, literal), Some(format!("it must be {words}")));
        }
        assert_eq!(refusal(Kind::Seconds, Value::Float(0.5)), None);
        assert_eq!(refusal(Kind::Any, Value::None), None);
        assert_eq!(refusal(Kind::Number, true), None);
    }

    #[test]
    fn a_long_literal_is_quoted_by_its_beginning() {
        let words = refusal(Kind::Number, "é".repeat(1_000)).expect("a text is no number");
        assert_eq!(words, format!("it must be a number, not \"{}…", "é".repeat(QUOTED - 1)));
    }

    #[test]
    fn an_exception_must_look_like_one() {
        for name in ["ValueError", "MyError", "SystemExit", "BrokenProcessPool", "My_2Exception"] {
            assert_eq!(refusal(Kind::Exception, name), None);
        }
        for name in
            ["", "print", "Future", "myError", "My Error", "x);import os#Error", "HTTPError"]
        {
            assert!(refusal(Kind::Exception, name).is_some(), "{name}");
        }
    }
}
