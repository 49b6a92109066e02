//! Every limit of a run, in one place, with its unit.
//!
//! Nothing in the code compares with a bare number: it names a constant from here. The server shows
//! this table to people, so each has a sentence.

use crate::units::Span;

/// Tasks a scenario may have.
pub const TASKS: usize = 2_000;
/// Items one map node may have.
pub const ITEMS: usize = 50_000;
/// Edges a scenario's graph may have: references from an argument to another task, and `after`s.
pub const EDGES: usize = 10_000;
/// Futures a run may have, inner ones and those of retries included.
pub const FUTURES: usize = 60_000;
/// Records a run may have.
pub const RECORDS: u64 = 1_000_000;
/// Bytes of encoded records a run may have.
pub const LOG_BYTES: u64 = 64 * 1024 * 1024;
/// Threads a thread pool may have.
pub const THREADS: u32 = 16;
/// Processes a process pool may have.
pub const PROCESSES: u32 = 8;
/// Workers that a run may ever start, replacements included.
pub const WORKERS: usize = 200;
/// Calls that `multiprocessing.Pool` writes ahead of its workers: about what a pipe of 64 KiB takes of
/// short ones (V-18).
pub const PIPE_CALLS: usize = 1_000;
/// Wall-clock time of a run.
pub const WALL: Span = Span::from_secs(30);
/// CPU time of one process of a run.
pub const CPU: Span = Span::from_secs(60);
/// Data (heap, stacks, private memory) of one process of a run, in bytes.
pub const DATA_BYTES: u64 = 256 * 1024 * 1024;
/// Encoded bytes of one value that travels to or from a worker process.
pub const VALUE_BYTES: usize = 1024 * 1024;
/// Open descriptors of a runner or worker process.
pub const DESCRIPTORS: u64 = 64;
/// Bytes of a scenario file or request body.
pub const SCENARIO_BYTES: usize = 4 * 1024 * 1024;
/// Steps of a program, nested ones included.
pub const STEPS: usize = 5_000;
/// How deep steps may be nested.
pub const STEP_DEPTH: usize = 16;
/// Instructions that a program of steps may execute, loops included.
pub const INSTRUCTIONS: u32 = 250_000;
/// Rounds of one `repeat`.
pub const ROUNDS: u32 = 10_000;
/// Interventions of a scenario.
pub const INTERVENTIONS: usize = 5_000;
/// Notes on a scenario's canvas.
pub const NOTES: usize = 100;
/// Characters of a task's id or of a variable's name.
pub const NAME_CHARS: usize = 64;
/// Characters of a title, a sentence, a note, or a printed line's template.
pub const TEXT_CHARS: usize = 2_000;
/// Characters of one printed line.
pub const PRINTED_CHARS: usize = 20_000;
/// A frame of records is sealed when it holds this many bytes …
pub const FRAME_BYTES: usize = 32 * 1024;
/// … or when its first record is this old.
pub const FRAME_AGE: Span = Span::from_ms(5);
/// How long a thread waits for the GIL before it asks whoever has it to let go: Python's
/// `sys.getswitchinterval()`. Real time, whatever the scenario's scale, as the work is.
pub const SWITCH_INTERVAL: Span = Span::from_ms(5);
/// How long a stopped run has before its processes are killed.
pub const STOP_GRACE: Span = Span::from_ms(150);
/// Runs of a series, which run one after another.
pub const SERIES_RUNS: usize = 30;
/// Wall-clock time of all runs of a series together.
pub const SERIES_WALL: Span = Span::from_secs(60);
/// Runs that one address may have at once; a series has one going on.
pub const RUNS_AN_ADDRESS: usize = 2;
/// Runs that may stand in the line; a series stands there as one.
pub const LINE: usize = 100;
/// Bytes of all scenarios in the line together.
pub const LINE_BYTES: usize = 32 * 1024 * 1024;
/// Bytes of all requests' bodies that are being read or looked at.
pub const BODIES_BYTES: usize = 64 * 1024 * 1024;
/// Sockets that may be open at once.
pub const VIEWERS: usize = 10_000;
/// How long the log of a finished run is kept …
pub const KEPT_FOR: Span = Span::from_secs(3_600);
/// … unless all kept logs together are larger than this; then the oldest go first.
pub const KEPT_BYTES: u64 = 256 * 1024 * 1024;
/// Bytes of a message that a page may send on the socket.
pub const MESSAGE_BYTES: usize = 64 * 1024;
/// Bytes of a log that a socket is sent in one message; a frame that is larger goes alone. Whoever
/// does not read keeps one message in our memory, so this times the viewers is what they can cost.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// Connections that may be open at once, sockets included.
pub const CONNECTIONS: usize = VIEWERS + 2_000;
/// Logs that may be downloaded as JSON at once.
pub const DOWNLOADS: usize = 32;
/// Messages a second that a page may send on one socket, on the average.
pub const MESSAGES_A_SECOND: u32 = 20;
/// How often a socket is asked whether anybody is still there; the second silence closes it.
pub const PING: Span = Span::from_secs(20);
/// How long a connection may be silent in both directions.
pub const SILENCE: Span = Span::from_secs(75);
/// How long the body of a request may take.
pub const BODY: Span = Span::from_secs(20);
/// How often a run's new records are sent, to all who follow it alike.
pub const TICK: Span = Span::from_ms(16);
/// How long a socket may take nothing of what it is sent.
pub const STALLED: Span = Span::from_secs(30);
/// How long runs have to end by themselves when the server is asked to.
pub const DRAIN: Span = Span::from_secs(10);
/// Bytes of a link that holds a scenario, unpacked.
pub const LINK_BYTES: usize = 256 * 1024;
/// Characters that a recorded run and its experiment may take in a link. A longer one travels badly: RFC
/// 9110 asks programs for no more than 8,000 octets.
pub const LINK_CHARS: usize = 8_000;
/// Records of a run that anybody tries to put into a link.
pub const LINK_RECORDS: usize = 20_000;
/// States that a search for an outcome may visit before it answers *undecided*.
pub const EXPLORED_STATES: usize = 100_000;

/// One row of the table of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Its name, as errors say it.
    pub name: &'static str,
    /// Its value in `unit`s.
    pub value: u64,
    /// The unit.
    pub unit: &'static str,
}

/// The limits that a person can meet, for showing.
#[allow(clippy::cast_possible_truncation)]
pub fn table() -> Vec<Limit> {
    let row = |name, value, unit| Limit { name, value, unit };
    vec![
        row("tasks of a scenario", TASKS as u64, "tasks"),
        row("items of a map node", ITEMS as u64, "items"),
        row("edges of a scenario", EDGES as u64, "edges"),
        row("futures of a run", FUTURES as u64, "futures"),
        row("records of a run", RECORDS, "records"),
        row("log of a run", LOG_BYTES, "bytes"),
        row("threads of a pool", u64::from(THREADS), "threads"),
        row("processes of a pool", u64::from(PROCESSES), "processes"),
        row("workers ever started by a run", WORKERS as u64, "workers"),
        row("steps of a program", STEPS as u64, "steps"),
        row("steps that a program executes", u64::from(INSTRUCTIONS), "steps"),
        row("rounds of a repeat", u64::from(ROUNDS), "rounds"),
        row("interventions of a scenario", INTERVENTIONS as u64, "interventions"),
        row("notes of a scenario", NOTES as u64, "notes"),
        row("text of a note", TEXT_CHARS as u64, "characters"),
        row("wall-clock time of a run", WALL.0 / 1_000_000_000, "seconds"),
        row("CPU time of a process", CPU.0 / 1_000_000_000, "seconds"),
        row("memory of a process", DATA_BYTES, "bytes"),
        row("one value between processes", VALUE_BYTES as u64, "bytes"),
        row("scenario file", SCENARIO_BYTES as u64, "bytes"),
        row("scenario in a link", LINK_BYTES as u64, "bytes"),
        row("characters of a link with a run", LINK_CHARS as u64, "characters"),
        row("runs of a series", SERIES_RUNS as u64, "runs"),
        row("wall-clock time of a series", SERIES_WALL.0 / 1_000_000_000, "seconds"),
        row("runs of an address at once", RUNS_AN_ADDRESS as u64, "runs"),
        row("runs in the line", LINE as u64, "runs"),
        row("scenarios in the line", LINE_BYTES as u64, "bytes"),
        row("requests at once", BODIES_BYTES as u64, "bytes"),
        row("viewers at once", VIEWERS as u64, "sockets"),
        row("message on the socket", MESSAGE_BYTES as u64, "bytes"),
        row("messages on a socket", u64::from(MESSAGES_A_SECOND), "messages a second"),
        row("downloads at once", DOWNLOADS as u64, "logs"),
        row("keeping of a finished run", KEPT_FOR.0 / 1_000_000_000, "seconds"),
        row("all finished runs that are kept", KEPT_BYTES, "bytes"),
    ]
}
