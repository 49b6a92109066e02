//! A scenario in a link: the text behind `#x=`.
//!
//! A fragment never reaches a server, so such a link is the scenario itself, and works as long as
//! there is a page. It travels through programs that shorten, wrap and quote it; so what comes out
//! is told apart: cut off, damaged, from a later version, too large, no link at all.
//!
//! ```text
//!  Scenario ──compact JSON──▶ deflate ──▶ ┌────────┬────────┬───────┬────────┐ ──base64url──▶ text
//!                                         │ format │ length │ crc32 │ packed │   no padding
//!                                         │  1 B   │  u32   │  u32  │ length │
//!                                         └────────┴────────┴───────┴────────┘   little endian
//! ```
//!
//! The length tells a link that was cut from one that is wrong; the checksum is of the JSON text, so
//! it also finds what inflates without complaint. Every format keeps the first five bytes.
//!
//! What this does not do: check the scenario. A draft may be unfinished, and be sent to ask why.

mod columns;
mod envelope;
mod run;
#[cfg(test)]
mod tests;

use crate::limits;
use crate::scenario::{Scenario, ScenarioError, ScenarioErrorKind};

pub use run::{Recorded, pack_run, unpack_run};

/// What is wrong with a link: one variant for each thing that a person would do differently.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It never was one of our links.
    #[error("this is not a link to a scenario; it begins with other bytes")]
    NotALink,
    /// Its end is missing.
    #[error(
        "the link is cut off after {after} characters; the sender's program may have shortened it"
    )]
    Cut {
        /// The characters that there are.
        after: usize,
    },
    /// A character of it was changed, or something was added.
    #[error("the link is damaged: its checksum does not fit; copy it again from where it came")]
    Damaged,
    /// Its format, or that of the scenario in it, is not known here.
    #[error(
        "the link was made by a later version (format {0}); reload the page to get that version"
    )]
    Later(u64),
    /// The scenario is too large for a link.
    #[error(
        "the scenario has more than {} bytes, too many for a link; save and send it as a file",
        limits::LINK_BYTES
    )]
    TooLarge,
    /// The run is too long for a link.
    #[error(
        "its {records} records and the experiment would take more than {} characters, which many \
         programs cut off",
        limits::LINK_CHARS
    )]
    LongRun {
        /// How many it has.
        records: usize,
    },
    /// The link is as it was made, but what is in it is not a run.
    #[error("the link is whole, but the run in it cannot be read: {0}")]
    Run(String),
    /// The link is as it was made, but what is in it is not a scenario.
    #[error("the link is whole, but the scenario in it cannot be read: {0}")]
    Scenario(ScenarioError),
}

/// The text that stands for this scenario behind `#x=`: letters, digits, `-` and `_`.
///
/// # Errors
/// [`LinkError::TooLarge`] if its compact JSON has more than [`limits::LINK_BYTES`] bytes.
pub fn pack(scenario: &Scenario) -> Result<String, LinkError> {
    let json =
        serde_json::to_string(scenario).expect("a scenario has only text keys and finite numbers");
    envelope::close(json.as_bytes(), "")
}

/// The scenario that [`pack`] made this text from. It is not checked.
///
/// Never needs more memory than a few times [`limits::LINK_BYTES`], whatever the text is.
///
/// # Errors
/// Every variant of [`LinkError`].
pub fn unpack(text: &str) -> Result<Scenario, LinkError> {
    Scenario::parse(&json_of(text)?).map_err(|error| match error.kind {
        ScenarioErrorKind::FutureFormat(format) => LinkError::Later(format),
        _ => LinkError::Scenario(error),
    })
}

/// As [`unpack`], for who needs no words when something is wrong.
pub fn read(text: &str) -> Option<Scenario> {
    Scenario::read(&json_of(text).ok()?)
}

/// The scenario's own text.
fn json_of(text: &str) -> Result<String, LinkError> {
    String::from_utf8(envelope::open(text, "")?).map_err(|_| LinkError::Damaged)
}
