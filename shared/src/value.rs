//! What travels along the edges of a graph: the values of Python that a task takes and returns.
//!
//! A learner sees a value as Python would print it ([`Value::repr`], [`Value::str`]); a scenario
//! and a log carry it in the formats of `value/wire.rs`; task functions calculate with
//! `value/arithmetic.rs`. There are no dictionaries, tuples or objects: nothing in the catalogue
//! needs them.
//!
//! ```
//! use shared::value::Value;
//!
//! let pair = Value::List(vec![Value::Int(5), Value::from("it's")]);
//! assert_eq!(pair.repr(), r#"[5, "it's"]"#);
//! ```

mod arithmetic;
mod repr;
mod size;
mod wire;

use std::fmt;
use std::hash::{Hash, Hasher};

/// A Python value.
///
/// Equality is that of Rust, variant by variant: Python's `1 == 1.0 == True` does not hold here.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An `int` of 64 bits; Python's has no end, so arithmetic beyond raises `OverflowError`.
    Int(i64),
    /// A finite `float`: JSON has no word for infinity or not-a-number.
    Float(f64),
    /// A `str`.
    Text(String),
    /// A `list`, nested at most [`MAX_DEPTH`] deep where it comes from outside.
    List(Vec<Value>),
}

/// Lists within lists that are read from outside, at most; `[[1]]` is two.
///
/// Without an end, a megabyte of opening brackets would exhaust the stack of whoever reads it.
pub const MAX_DEPTH: usize = 32;

impl Value {
    /// What `repr(value)` gives: text in quotes, floats with the fewest digits that tell them apart.
    pub fn repr(&self) -> String {
        let mut written = String::new();
        repr::write_value(&mut written, self);
        written
    }

    /// What `str(value)` gives: text bare, all else as [`Value::repr`].
    pub fn str(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            other => other.repr(),
        }
    }

    /// What `type(value).__name__` gives: `NoneType`, `bool`, `int`, `float`, `str` or `list`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) => "str",
            Self::List(_) => "list",
        }
    }
}

/// As Python's `str`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.str())
    }
}

/// Floats by their bits, since `f64` has no hash of its own.
///
/// So `0.0` and `-0.0` hash apart although they are equal: good for telling states apart, which
/// is all that it serves, and the reason why [`Value`] is no key of a map (it is not `Eq`).
impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::None => {}
            Self::Bool(truth) => truth.hash(state),
            Self::Int(int) => int.hash(state),
            Self::Float(float) => float.to_bits().hash(state),
            Self::Text(text) => text.hash(state),
            Self::List(items) => items.hash(state),
        }
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Self::Int(int)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::List(items)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::hash_map::DefaultHasher;

    use super::*;

    #[test]
    fn str_is_bare_where_repr_has_quotes() {
        let text = Value::from("a");
        assert_eq!((text.str(), text.repr()), ("a".to_owned(), "'a'".to_owned()));
        let list = Value::List(vec![Value::Int(1), text]);
        assert_eq!(list.to_string(), "[1, 'a']");
        assert_eq!(Value::None.to_string(), "None");
    }

    #[test]
    fn types_are_named_as_in_python() {
        let named = [
            (Value::None, "NoneType"),
            (Value::Bool(true), "bool"),
            (Value::Int(1), "int"),
            (Value::Float(1.0), "float"),
            (Value::from(""), "str"),
            (Value::List(vec![]), "list"),
        ];
        for (value, name) in named {
            assert_eq!(value.type_name(), name);
        }
    }

    #[test]
    fn values_of_different_types_hash_apart() {
        let hash = |value: &Value| {
            let mut hasher = DefaultHasher::new();
            value.hash(&mut hasher);
            hasher.finish()
        };
        assert_ne!(hash(&Value::Int(0)), hash(&Value::Float(0.0)));
        assert_ne!(hash(&Value::Int(0)), hash(&Value::Bool(false)));
        assert_eq!(hash(&Value::Float(0.5)), hash(&Value::Float(0.5)));
    }
}
