//! A scenario: everything needed to run again, as people write it.
//!
//! One JSON document is the file, the request, the clipboard and the link. [`Scenario`] is that
//! document, field for field; [`Plan`] is the same after [`Scenario::check`], indexed and known to be
//! right, and the only form that the rest of the code ever sees.
//!
//! ```text
//!  JSON text ──parse──▶ Scenario ──check──▶ Plan ──▶ engine, program, drivers
//! ```

pub mod edit;
mod rust;

mod check;
mod each;
mod error;
mod parse;
pub mod pieces;
mod plan;
mod python;
pub mod step;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use each::{Count, Each, Range};
pub use error::{ScenarioError, ScenarioErrorKind};
pub use plan::{Argument, InitializerPlan, Item, Plan, Planned, ProgramPlan, TaskPlan, When};
pub use python::{python, python_of_other_module};
pub use rust::{NoRust, rust};
pub use step::{Callback, Condition, Except, Names, Step};

pub use crate::engine::io::ReturnWhen;
use crate::function::Boundary;
use crate::units::Span;
use crate::value::Value;

/// The number of the format that this code writes, and the highest that it reads.
pub const FORMAT: u32 = 1;

/// The document. Field order is the order in which it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The format's number, [`FORMAT`].
    pub format: u32,
    /// A short name for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// A sentence on what to look for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Whose rules hold.
    #[serde(default)]
    pub python: Python,
    /// Every span of the scenario is multiplied by this when it runs: `0.1` lets a tutorial's five
    /// seconds pass in half a one. From 0.000001 to 10.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub scale: f64,
    /// What carries the calls out.
    pub executor: Executor,
    /// The nodes of the graph.
    #[serde(default)]
    pub tasks: Vec<Task>,
    /// What the main thread does.
    pub program: Program,
    /// What a person does, and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interventions: Vec<Intervention>,
    /// Chooses among what may happen in the simulator, and draws the random numbers of tasks.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub seed: u64,
    /// What two runs must share to count as the same.
    #[serde(default, skip_serializing_if = "Compare::is_default")]
    pub compare: Compare,
    /// What a Python after 3.14 does otherwise, and this run already does.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub changes: BTreeSet<Change>,
    /// Texts on the canvas, for whoever looks at it. No run knows of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

fn one() -> f64 {
    1.0
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_one(scale: &f64) -> bool {
    (*scale - 1.0).abs() < f64::EPSILON
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_zero(seed: &u64) -> bool {
    *seed == 0
}

/// A version of Python whose rules hold (python-semantics §0.2).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Python {
    /// 3.11
    #[serde(rename = "3.11")]
    V3_11,
    /// 3.12
    #[serde(rename = "3.12")]
    V3_12,
    /// 3.13
    #[serde(rename = "3.13")]
    V3_13,
    /// 3.14
    #[default]
    #[serde(rename = "3.14")]
    V3_14,
}

/// A change of behaviour that came, or is proposed, after Python 3.14 (python-semantics §0.2, §13.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// 3.15: each future of a broken process pool has an exception of its own, whose cause names the
    /// process and its exit code (gh-139462).
    OwnExceptions,
    /// After 3.15: `Executor.map`'s iterator goes on behind an item that raised (gh-108518).
    MapContinues,
    /// After 3.15: what a callback of `multiprocessing.Pool` raises becomes the job's result
    /// (gh-83371).
    CallbackErrorIsResult,
    /// Proposed: a future that is cancelled counts as done for `wait` and `as_completed` at once
    /// (gh-109934).
    CancelledIsDone,
}

impl Change {
    /// Every change, in the order of the versions.
    pub const ALL: [Self; 4] = [
        Self::OwnExceptions,
        Self::MapContinues,
        Self::CallbackErrorIsResult,
        Self::CancelledIsDone,
    ];
}

/// Which pool, and how large.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Executor {
    /// Which pool.
    pub kind: ExecutorKind,
    /// `max_workers`.
    pub workers: u32,
    /// How worker processes are started; the version's default if not given. Pools of processes only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_method: Option<StartMethod>,
    /// `thread_name_prefix`. Pools of threads only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_name_prefix: Option<String>,
    /// `initializer` and `initargs`: what each worker does before its first call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initializer: Option<Initializer>,
    /// `max_tasks_per_child`, or Pool's `maxtasksperchild`: after so many calls a worker process ends
    /// and another takes its place. Pools of processes only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tasks_per_child: Option<u32>,
    /// Whether its threads share a global interpreter lock, as in a default build of CPython; `false`
    /// is a free-threaded build. True if not given. `threads` only (python-semantics §7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gil: Option<bool>,
}

/// What each worker does before its first call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Initializer {
    /// A function of the catalogue.
    pub function: String,
    /// Its arguments by parameter: values only.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, Value>,
    /// The number of the first worker that does it; those before do nothing. 0 if not given.
    #[serde(default, skip_serializing_if = "is_first")]
    pub from_worker: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_first(worker: &u32) -> bool {
    *worker == 0
}

/// The pools there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutorKind {
    /// `ThreadPoolExecutor`.
    Threads,
    /// `InterpreterPoolExecutor`: threads, each with an interpreter of its own. Since 3.14.
    Interpreters,
    /// `ProcessPoolExecutor`.
    Processes,
    /// `multiprocessing.Pool`.
    Pool,
}

impl ExecutorKind {
    /// All of them, in the order of a menu.
    pub const ALL: [Self; 4] = [Self::Threads, Self::Interpreters, Self::Processes, Self::Pool];

    /// Whether its workers are processes, and not threads of the program's own.
    pub fn has_processes(self) -> bool {
        matches!(self, Self::Processes | Self::Pool)
    }

    /// Whether it is one of `concurrent.futures`, whose results are futures.
    pub fn has_futures(self) -> bool {
        self != Self::Pool
    }

    /// How many workers Python gives it that is not told, on a machine with so many processors
    /// (rule 28; §3.3, §6.1).
    pub fn default_workers(self, processors: u32) -> u32 {
        match self {
            Self::Threads | Self::Interpreters => processors.saturating_add(4).min(32),
            Self::Processes | Self::Pool => processors,
        }
    }

    /// What lies between a body in one of its workers and whoever asks for the result.
    pub fn boundary(self) -> Boundary {
        match self {
            Self::Threads => Boundary::None,
            Self::Interpreters => Boundary::Interpreter,
            Self::Processes => Boundary::Process,
            Self::Pool => Boundary::Pool,
        }
    }

    /// Its class, as Python names it.
    pub fn class(self) -> &'static str {
        match self {
            Self::Threads => "ThreadPoolExecutor",
            Self::Interpreters => "InterpreterPoolExecutor",
            Self::Processes => "ProcessPoolExecutor",
            Self::Pool => "multiprocessing.Pool",
        }
    }
}

/// `multiprocessing`'s ways to start a process. Here it decides *when* workers appear (rule 79).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartMethod {
    /// All workers at the first submit.
    Fork,
    /// On demand. The default on Linux since 3.14.
    Forkserver,
    /// On demand.
    Spawn,
}

/// A node: a function and its arguments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Its name, unique: a letter or digit, then letters, digits, `_`, `-` and `.`.
    pub id: String,
    /// A function of the catalogue.
    pub function: String,
    /// Its arguments by parameter.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, Arg>,
    /// Tasks that must be over first, though their values are not used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// Where it stands on the canvas, in the canvas's own units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<(i32, i32)>,
}

/// A text on the canvas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// What it says: plain text, with line breaks. At most [`crate::limits::TEXT_CHARS`] characters.
    pub text: String,
    /// Where its upper left corner stands, in the canvas's own units.
    pub position: (i32, i32),
}

/// An argument: a value, the result of another task, a list of both, or one value for each item.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    /// This value.
    Value(Value),
    /// `{"from": "a"}`: what task `a` returned.
    From(String),
    /// A list in which at least one element is not a plain value.
    List(Vec<Arg>),
    /// `{"each": ...}`: it is mapped, and its task a map node. Never inside a list.
    Each(Each),
}

/// The JSON form of [`Arg`]'s reference.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FromTask {
    from: String,
}

impl Serialize for Arg {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::From(task) => FromTask { from: task.clone() }.serialize(serializer),
            Self::List(items) => items.serialize(serializer),
            Self::Each(each) => each.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Arg {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = serde_json::Value::deserialize(deserializer)?;
        Self::from_json(json).map_err(serde::de::Error::custom)
    }
}

impl Arg {
    fn from_json(json: serde_json::Value) -> Result<Self, serde_json::Error> {
        match json {
            serde_json::Value::Object(fields) if fields.contains_key("each") => {
                Ok(Self::Each(serde_json::from_value(serde_json::Value::Object(fields))?))
            }
            serde_json::Value::Object(_) => {
                Ok(Self::From(serde_json::from_value::<FromTask>(json)?.from))
            }
            serde_json::Value::Array(items) => {
                let items =
                    items.into_iter().map(Self::from_json).collect::<Result<Vec<_>, _>>()?;
                Ok(Self::list(items))
            }
            plain => Ok(Self::Value(serde_json::from_value(plain)?)),
        }
    }

    /// A list of only values is one value, so that each document has one form.
    fn list(items: Vec<Self>) -> Self {
        if items.iter().any(|item| !matches!(item, Self::Value(_))) {
            return Self::List(items);
        }
        let plain = |item| match item {
            Self::Value(value) => value,
            Self::From(_) | Self::List(_) | Self::Each(_) => unreachable!("looked at above"),
        };
        Self::Value(Value::List(items.into_iter().map(plain).collect()))
    }
}

/// What the main thread does: a mode over the graph, or steps.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// A built-in program over the whole graph. Exactly one of `mode` and `steps` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// What a script's main thread does, in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<Step>>,
    /// For `map` and `as_completed`: the `timeout` of the iteration; for `wait`: of each round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// For `wait`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_when: Option<ReturnWhen>,
    /// For `map`: tasks of a level that travel together; for map nodes, in every mode: items that
    /// do. Thread pools ignore it (rule 67).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunksize: Option<u32>,
    /// For `map`: calls that are submitted ahead of what was taken. Since 3.14 (rules 68 to 72).
    #[serde(
        default,
        deserialize_with = "step::buffersize",
        skip_serializing_if = "Option::is_none"
    )]
    pub buffersize: Option<i64>,
    /// For `map`: what to do when a level ended with an exception.
    #[serde(default, skip_serializing_if = "OnError::is_default")]
    pub on_error: OnError,
    /// For steps: whether they stand in a `with Executor(...) as executor:` block.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub with_block: bool,
}

fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_yes(with_block: &bool) -> bool {
    *with_block
}

/// The built-in programs, spelled as in Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Each task is submitted by the done-callback of its last input.
    Submit,
    /// One `executor.map` a level.
    Map,
    /// A loop over `as_completed` that submits what became ready.
    AsCompleted,
    /// Rounds of `wait`.
    Wait,
}

/// What `map` does when a level ended with an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// It skips the later levels, and the program ends with that exception.
    #[default]
    Stop,
    /// It goes on with what can still be computed.
    Continue,
}

impl OnError {
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What two runs must share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// States, yields, sets, results and printed lines.
    #[default]
    Outcome,
    /// The same, and which worker had which task.
    Workers,
}

impl Compare {
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A person's act at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intervention {
    /// What is done.
    #[serde(rename = "do")]
    pub act: PlannedAct,
    /// When.
    pub when: Moment,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlannedAct {
    /// Cancel this task's future.
    Cancel(String),
    /// Kill the worker that has this task's call. Process pools only.
    KillWorkerOf(String),
    /// Kill the worker with this number. Process pools only.
    KillWorker(u32),
    /// Open this task's gate.
    Open(String),
    /// Shut the executor down, without waiting.
    Shutdown {
        /// Also cancel what is pending.
        #[serde(default)]
        cancel_futures: bool,
    },
}

/// When it is done: at a time, or after an event. Exactly one of `at` and `after` is given.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// So long after the run's beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Span>,
    /// After this event of a task, the first time that it comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Anchor>,
    /// So long after that event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plus: Option<Span>,
}

/// An event of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// Its future exists.
    Submitted(String),
    /// Its future is `RUNNING`.
    Running(String),
    /// A worker has its call.
    Taken(String),
    /// Its future is `FINISHED`.
    Finished(String),
    /// Its future is `CANCELLED`.
    Cancelled(String),
}

impl Task {
    /// Whether it is a map node: at least one of its arguments is mapped.
    pub fn is_map_node(&self) -> bool {
        self.mapped().next().is_some()
    }

    /// Its mapped arguments.
    pub fn mapped(&self) -> impl Iterator<Item = &Each> {
        self.args.values().filter_map(|arg| match arg {
            Arg::Each(each) => Some(each),
            Arg::Value(_) | Arg::From(_) | Arg::List(_) => None,
        })
    }

    /// How many items it has if it is a map node: as many as the shortest of its mapped arguments.
    pub fn items(&self) -> Option<Count> {
        check::items::count(self.mapped())
    }
}

impl Scenario {
    /// Reads a document, and says in one sentence and with its place what is wrong with it.
    ///
    /// # Errors
    /// [`ScenarioError`] of kind `TooLarge`, `NotJson`, `FutureFormat` or `Shape`.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        parse::parse(text)
    }

    /// As [`Self::parse`], for who needs no words when something is wrong: with much less code, which
    /// the page's first picture waits for.
    pub fn read(text: &str) -> Option<Self> {
        parse::read(text)
    }

    /// Indexes the scenario for running, or says what is wrong with it.
    ///
    /// # Errors
    /// [`ScenarioError`] with the place of the first thing that is wrong.
    pub fn check(self) -> Result<Plan, ScenarioError> {
        check::check(self)
    }

    /// The document, with two spaces of indentation.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self)
            .expect("a scenario has only text keys and finite numbers")
    }

    /// Whether both run alike: they differ at most in what is there for people, such as where nodes stand.
    pub fn runs_like(&self, other: &Self) -> bool {
        fn of(scenario: &Scenario) -> impl PartialEq {
            let Scenario { executor, program, interventions, changes, .. } = scenario;
            let Scenario { python, scale, seed, .. } = scenario;
            (executor, program, interventions, changes, python, scale, seed)
        }
        let alike = |(a, b): (&Task, &Task)| {
            (&a.id, &a.function, &a.args, &a.after) == (&b.id, &b.function, &b.args, &b.after)
        };
        self.tasks.len() == other.tasks.len()
            && self.tasks.iter().zip(&other.tasks).all(alike)
            && of(self) == of(other)
    }

    /// How worker processes are started: as asked, or by the version's default (§0.2). An executor
    /// with `max_tasks_per_child` is spawned unless told otherwise (§3.4).
    pub fn start_method(&self) -> StartMethod {
        let executor = &self.executor;
        let retires =
            executor.kind == ExecutorKind::Processes && executor.max_tasks_per_child.is_some();
        executor.start_method.unwrap_or(match self.python {
            _ if retires => StartMethod::Spawn,
            Python::V3_11 | Python::V3_12 | Python::V3_13 => StartMethod::Fork,
            Python::V3_14 => StartMethod::Forkserver,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{ExecutorKind, Note, Scenario};

    #[test]
    fn rule_28_without_a_number_python_takes_the_processors_and_for_threads_four_more() {
        let of = |kind: ExecutorKind| [1, 2, 28, 64].map(|cores| kind.default_workers(cores));
        for kind in [ExecutorKind::Threads, ExecutorKind::Interpreters] {
            assert_eq!(of(kind), [5, 6, 32, 32]);
        }
        for kind in [ExecutorKind::Processes, ExecutorKind::Pool] {
            assert_eq!(of(kind), [1, 2, 28, 64]);
        }
    }

    #[test]
    fn scenarios_run_alike_whatever_they_tell_people() {
        let text = r#"{"format":1,"executor":{"kind":"threads","workers":2},
            "tasks":[{"id":"a","function":"sleep","args":{"seconds":1}}],"program":{"mode":"submit"}}"#;
        let first = Scenario::parse(text).unwrap();
        let told = |change: &dyn Fn(&mut Scenario)| {
            let mut other = first.clone();
            change(&mut other);
            first.runs_like(&other)
        };
        assert!(told(&|other| other.title = "Named".to_owned()));
        assert!(told(&|other| other.tasks[0].position = Some((20, 40))));
        let note = Note { text: "Why?".to_owned(), position: (0, 0) };
        assert!(told(&|other| other.notes.push(note.clone())));
        assert!(!told(&|other| other.executor.workers = 3));
        assert!(!told(&|other| other.seed = 1));
        assert!(!told(&|other| other.tasks[0].function = "identity".to_owned()));
        assert!(!told(&|other| other.tasks.clear()));
    }
}
