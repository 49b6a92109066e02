//! Every way in which an edit can be refused, each with its sentence.

use crate::limits;
use crate::scenario::ExecutorKind;

/// Why an edit did not happen. Shown to the person as it is, so each is whole sentences.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The edge would make a task wait for itself.
    #[error(
        "{from} → {to} would close a circle: {}. A task cannot wait for itself.",
        circle.join(" → ")
    )]
    Circle {
        /// Where the edge would begin.
        from: String,
        /// Where it would end.
        to: String,
        /// The tasks around, beginning and ending with `from`.
        circle: Vec<String>,
    },
    /// There is such an edge already.
    #[error("{from} → {to} is there already: {to} waits for {from}.")]
    Connected {
        /// Where the edge begins.
        from: String,
        /// Where it ends.
        to: String,
    },
    /// There is no such edge.
    #[error("There is no edge {from} → {to}.")]
    NotConnected {
        /// Where the edge would begin.
        from: String,
        /// Where it would end.
        to: String,
    },
    /// There is no such task.
    #[error("There is no task \"{0}\"; it may have been deleted.")]
    UnknownTask(String),
    /// There is no such note.
    #[error("There is no such note; it may have been deleted.")]
    UnknownNote,
    /// There is no such function.
    #[error("There is no function \"{0}\" in the catalogue.")]
    UnknownFunction(String),
    /// The function has no such parameter.
    #[error("{function} has no argument \"{name}\".")]
    UnknownArgument {
        /// The function.
        function: String,
        /// The name that was given.
        name: String,
    },
    /// Another task has that id.
    #[error("There is a task \"{0}\" already. Ids are unique; choose another.")]
    Taken(String),
    /// The steps of the program use that name for something else.
    #[error("The program's steps use the name \"{0}\" for something else; choose another.")]
    TakenBySteps(String),
    /// It cannot be a name.
    #[error(
        "\"{0}\" cannot be a name: use a letter or digit first, then letters, digits, _, - and ., \
         at most {limit} characters.", limit = limits::NAME_CHARS
    )]
    BadName(String),
    /// There would be more of something than the limits allow.
    #[error("That would make {count} {what}; at most {limit} are allowed.")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there would be.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A number is outside its range.
    #[error("{name} must be {range}, not {value}.")]
    OutOfRange {
        /// The field.
        name: &'static str,
        /// Its range, in words.
        range: String,
        /// What it would be.
        value: String,
    },
    /// The executor that is chosen has no such option.
    #[error("{} has no {option}.", executor.class())]
    NotOfExecutor {
        /// The option.
        option: &'static str,
        /// The executor.
        executor: ExecutorKind,
    },
    /// The mode that is chosen has no such option.
    #[error("{option} goes with {modes} only.")]
    NoSuchOption {
        /// The option.
        option: &'static str,
        /// What has it.
        modes: &'static str,
    },
}

/// Refuses what is more than its limit.
pub(super) fn at_most(what: &'static str, count: usize, limit: usize) -> Result<(), Refused> {
    if count > limit { Err(Refused::TooMany { what, count, limit }) } else { Ok(()) }
}
