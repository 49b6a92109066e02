//! Every way in which an edit can be refused, each with its sentence.

use super::settings::mode_word;
use super::steps::Way;
use crate::limits;
use crate::scenario::{ExecutorKind, Mode};

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
    /// No list of steps does what the mode does.
    #[error(
        "Mode {} has no equal steps here: {why}. Start with plain steps instead, and change them.",
        mode_word(*mode)
    )]
    NoEqualSteps {
        /// The mode.
        mode: Mode,
        /// Why not: the end of a sentence.
        why: &'static str,
    },
    /// The program is a mode.
    #[error("The program is a mode and has no steps. Turn it into steps first.")]
    NoSteps,
    /// There is no such step.
    #[error("There is no such step; it may have been deleted.")]
    NoSuchStep,
    /// A step cannot be moved that way.
    #[error("It cannot go {}: {}.", .0.word(), no_way(*.0))]
    NoWay(Way),
    /// There is no such intervention.
    #[error("A person does not do that any more; it may have been deleted.")]
    NoSuchIntervention,
}

fn no_way(way: Way) -> &'static str {
    match way {
        Way::Up => "it is the program's first step",
        Way::Down => "it is the program's last step",
        Way::In => "the step above has no body",
        Way::Out => "it is in no other step's body",
    }
}

/// Refuses what is more than its limit.
pub(super) fn at_most(what: &'static str, count: usize, limit: usize) -> Result<(), Refused> {
    if count > limit { Err(Refused::TooMany { what, count, limit }) } else { Ok(()) }
}
