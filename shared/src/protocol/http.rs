//! What server and page say to each other around the log: bodies over HTTP, and text on the socket.
//!
//! The log itself travels as binary frames (see the module above). Everything here is JSON.

use serde::{Deserialize, Serialize};

use crate::engine::event::{Act, EndCause};
use crate::scenario::Scenario;
use crate::units::Seq;

/// The body of `POST /api/series`: runs that stand in the line as one, and run one after another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSeries<S> {
    /// What is run, one after the other: scenarios, or as who reads them has them.
    pub scenarios: Vec<S>,
    /// How often all of them are, in the same order.
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

/// The answer to `POST /api/series`, with status 201.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesCreated {
    /// Its runs in their order, all with one key. What stops one of them stops all.
    pub runs: Vec<RunCreated>,
}

/// The answer to `POST /api/runs`, with status 201; and each run in [`SeriesCreated`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunCreated {
    /// The run's random name; whoever knows it may watch.
    pub id: String,
    /// Whoever knows this as well may act on the run and stop it.
    pub control: String,
    /// The address of [`RunStatus`].
    pub run: String,
    /// The address of all records so far, as a JSON array.
    pub records: String,
    /// The address of the socket.
    pub live: String,
    /// The address for people.
    pub page: String,
    /// Its place in the line or in its series, as in [`RunState::Waiting`]; none if it has been
    /// started.
    pub place: Option<u32>,
}

/// How a run stands: the answer to `GET /api/runs/{id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStatus {
    /// Its name.
    pub id: String,
    /// Where it is in its life.
    pub state: RunState,
    /// How many records there are so far.
    pub records: u64,
    /// How many sockets follow it now.
    pub viewers: u32,
    /// What is run.
    pub scenario: Scenario,
}

/// Where a run is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// It stands in the line, or behind others of its series.
    Waiting {
        /// From 1: in the line, that of its series; afterwards how many of the series are before it.
        place: u32,
    },
    /// Its program runs.
    Running,
    /// Its log is complete.
    Ended {
        /// Why it ended.
        cause: EndCause,
    },
}

/// What a page sends on the socket, one in each text message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upward {
    /// [`RunCreated::control`].
    pub control: String,
    /// What is wanted.
    pub ask: Ask,
}

/// What can be asked of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// A person acts; the log says what became of it.
    Act(Act),
    /// The run shall stop.
    Stop,
}

/// What the server says on the socket beside the log, one in each text message. With
/// `?format=json` each record is a text message, too: an object that has `seq`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Downward {
    /// The first message: the run is there, and its log will be sent from here on.
    Hello {
        /// The run's name.
        run: String,
        /// The first record that is wanted.
        from: Seq,
        /// The server's version; a page of another one should be loaded anew.
        version: String,
    },
    /// The run still stands in the line, or behind others of its series.
    Waiting {
        /// As in [`RunState::Waiting`].
        place: u32,
    },
    /// What was sent was refused. The socket stays open unless the server closes it.
    Refused(Problem),
}

/// Why something was refused, as RFC 9457 has it (`application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Which kind; relative to the server.
    #[serde(rename = "type")]
    pub kind: ProblemKind,
    /// The kind in words.
    pub title: String,
    /// The status code.
    pub status: u16,
    /// What happened, to what, and what now.
    pub detail: String,
    /// A JSON pointer into the body, which is the scenario or has it, to what is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The name of the limit that was met, as on `/api/limits`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// Seconds after which to try again; the header `Retry-After` says the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

/// The kinds of problems: one for each thing that a client would do differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProblemKind {
    /// The scenario is wrong; see `pointer`.
    #[serde(rename = "/problems/scenario")]
    Scenario,
    /// The request is not what this address takes: its method, type, size or words.
    #[serde(rename = "/problems/request")]
    Request,
    /// There is no such thing, or the key for it is wrong.
    #[serde(rename = "/problems/unknown")]
    Unknown,
    /// The page that asks is not ours, or the name that it asks by is not.
    #[serde(rename = "/problems/origin")]
    Origin,
    /// There are too many of them now; see `limit` and `retry_after`.
    #[serde(rename = "/problems/busy")]
    Busy,
    /// The server is about to end.
    #[serde(rename = "/problems/restarting")]
    Restarting,
    /// We failed.
    #[serde(rename = "/problems/internal")]
    Internal,
}

impl ProblemKind {
    /// The kind in words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Scenario => "The scenario is wrong",
            Self::Request => "The request is wrong",
            Self::Unknown => "There is no such thing",
            Self::Origin => "This page may not ask",
            Self::Busy => "Too many at once",
            Self::Restarting => "The server is restarting",
            Self::Internal => "We failed",
        }
    }
}

/// A scenario that the server offers: an element of the answer to `GET /api/examples`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// Its name, unique: that of its file, `seed-001-line-024-map`.
    pub name: String,
    /// The tutorial that it comes from: `001`.
    pub seed: String,
    /// The scenario; its title and sentence are in it.
    pub scenario: Scenario,
}

/// Why the server closes a socket: codes of RFC 6455 and of its registry.
pub mod close {
    /// The log was sent to its end.
    pub const DONE: u16 = 1000;
    /// What was sent is not as websockets have it.
    pub const PROTOCOL: u16 = 1002;
    /// What was sent as text is none.
    pub const NOT_TEXT: u16 = 1007;
    /// What was sent breaks the rules of the socket.
    pub const POLICY: u16 = 1008;
    /// What was sent is too large.
    pub const TOO_LARGE: u16 = 1009;
    /// We failed; come back.
    pub const FAILED: u16 = 1011;
    /// The server ends; come back in a moment.
    pub const RESTART: u16 = 1012;
    /// Nothing was read for too long; come back when there is time.
    pub const TRY_LATER: u16 = 1013;
}
