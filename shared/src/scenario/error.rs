//! Every way in which a scenario can be wrong, each with its sentence.

use crate::function::BadArgument;
use crate::limits;
use crate::scenario::FORMAT;

/// What is wrong with a scenario, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{kind}", place(at))]
pub struct ScenarioError {
    /// A JSON pointer (RFC 6901) to the place; empty for the document as a whole.
    pub at: String,
    /// What is wrong.
    pub kind: ScenarioErrorKind,
}

fn place(at: &str) -> String {
    if at.is_empty() { String::new() } else { format!("at {at}: ") }
}

/// What is wrong with a scenario: one variant for each thing that an author would do differently.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioErrorKind {
    /// The text is too long to be looked at.
    #[error("the scenario has {bytes} bytes; at most {} are allowed", limits::SCENARIO_BYTES)]
    TooLarge {
        /// How long it is.
        bytes: usize,
    },
    /// The text is not JSON.
    #[error("this is not JSON: {message} (line {line}, column {column})")]
    NotJson {
        /// What the reader said.
        message: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// It was written by a later version.
    #[error("format {0} is from a later version; this one reads formats up to {FORMAT}")]
    FutureFormat(u64),
    /// A field is missing, unknown or of the wrong type.
    #[error("{0}")]
    Shape(String),
    /// There is more of something than the limits allow.
    #[error("there are {count} {what}; at most {limit} are allowed")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A name is empty, too long, or has a character that names may not have.
    #[error(
        "\"{0}\" cannot be a name: use a letter or digit first, then letters, digits, _, - and ., \
         at most {limit} characters", limit = limits::NAME_CHARS
    )]
    BadName(String),
    /// Two tasks have one id.
    #[error("there are two tasks with the id \"{0}\"; ids are unique")]
    DuplicateTask(String),
    /// There is no such task.
    #[error("there is no task \"{0}\"")]
    UnknownTask(String),
    /// There is no such function.
    #[error("there is no function \"{name}\"{}", did_you_mean(nearest.as_deref()))]
    UnknownFunction {
        /// The name that was asked for.
        name: String,
        /// One that there is, if it is near.
        nearest: Option<String>,
    },
    /// The function has no such parameter.
    #[error("{function} has no argument \"{name}\"; it takes {takes}")]
    UnknownArgument {
        /// The function.
        function: &'static str,
        /// The name that was given.
        name: String,
        /// The parameters that there are.
        takes: String,
    },
    /// A parameter without a default is not given.
    #[error("{function} needs the argument \"{name}\"")]
    MissingArgument {
        /// The function.
        function: &'static str,
        /// The parameter.
        name: &'static str,
    },
    /// The value does not fit the parameter.
    #[error("{0}")]
    WrongArgument(BadArgument),
    /// Tasks wait for themselves.
    #[error("{} is a circle: a task cannot wait for itself", .0.join(" → "))]
    Circle(Vec<String>),
    /// `max_workers` of 0, in Python's words.
    #[error("max_workers must be greater than 0")]
    NoWorkers,
    /// A field does not go with another.
    #[error("{0}")]
    DoesNotFit(String),
    /// A number is outside its range.
    #[error("{name} must be {range}, not {value}")]
    OutOfRange {
        /// The field.
        name: &'static str,
        /// Its range, in words.
        range: &'static str,
        /// What it was.
        value: String,
    },
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean \"{name}\"?"))
}

pub(super) fn wrong<T>(at: impl Into<String>, kind: ScenarioErrorKind) -> Result<T, ScenarioError> {
    Err(ScenarioError { at: at.into(), kind })
}

pub(super) fn at_most(
    at: &str,
    what: &'static str,
    count: usize,
    limit: usize,
) -> Result<(), ScenarioError> {
    if count > limit {
        wrong(at, ScenarioErrorKind::TooMany { what, count, limit })
    } else {
        Ok(())
    }
}
