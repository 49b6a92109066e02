//! What a script's main thread can do, step by step.

mod fields;
mod names;
mod words;

use serde::{Deserialize, Deserializer, Serialize};

use crate::engine::io::ReturnWhen;
use crate::units::Span;

pub use fields::{BadField, Field, FieldKind, span};

/// One name or several.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Names {
    /// One.
    One(String),
    /// Several, in order.
    Many(Vec<String>),
}

impl Names {
    /// The names in order.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Many(names) => names,
        }
    }
}

/// One thing that a script's main thread does.
///
/// Futures are named by their task's id; `as` binds another name. A name that stands for nothing at
/// run time is Python's `NameError`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// `executor.submit(...)` of each task in order. A task with inputs first calls `.result()` of
    /// each of them.
    Submit {
        /// The tasks.
        task: Names,
    },
    /// `name = executor.map(...)` over these tasks.
    Map {
        /// The tasks.
        tasks: Vec<String>,
        /// What the iterator is called.
        #[serde(rename = "as")]
        name: String,
        /// Tasks that travel together; thread pools ignore it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chunksize: Option<u32>,
        /// Of the whole iteration, from now on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<Span>,
        /// Calls that are submitted ahead of what was taken. Since 3.14.
        #[serde(default, deserialize_with = "buffersize", skip_serializing_if = "Option::is_none")]
        buffersize: Option<i64>,
    },
    /// `name = next(iterator)`.
    Next {
        /// The iterator.
        of: String,
        /// How long at most. Only the iterators of Pool's `imap` can be asked so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<Span>,
        /// What the value is called.
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// `iterator.close()`; without a name, `pool.close()`.
    Close {
        /// The iterator.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<String>,
    },
    /// `for name in iterator:` of `map`, or over futures.
    For {
        /// The iterator's name, or the futures.
        #[serde(rename = "in")]
        over: Names,
        /// What each value or future is called.
        #[serde(rename = "as")]
        name: String,
        /// The loop's body.
        #[serde(default)]
        steps: Vec<Step>,
    },
    /// `for name in as_completed(futures, timeout):`.
    AsCompleted {
        /// The futures.
        of: Names,
        /// Of the whole iteration, from its first `next` on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<Span>,
        /// What each future is called.
        #[serde(rename = "as")]
        name: String,
        /// The loop's body.
        #[serde(default)]
        steps: Vec<Step>,
    },
    /// `name = wait(futures, timeout, return_when)`; a text can use `{name.done}` and
    /// `{name.not_done}`.
    Wait {
        /// The futures.
        of: Names,
        /// How long at most.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<Span>,
        /// When to come back.
        #[serde(default)]
        return_when: ReturnWhen,
        /// What the pair of sets is called.
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// `name = future.result(timeout)`.
    Result {
        /// The future.
        of: String,
        /// How long at most.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<Span>,
        /// What the value is called.
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// `name = future.exception(timeout)`.
    Exception {
        /// The future.
        of: String,
        /// How long at most.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<Span>,
        /// What the exception is called; `None` if there was none.
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// `name = future.done()`.
    Done {
        /// The future.
        of: String,
        /// What the answer is called.
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// `name = future.running()`.
    Running {
        /// The future.
        of: String,
        /// What the answer is called.
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// `name = future.cancelled()`.
    Cancelled {
        /// The future.
        of: String,
        /// What the answer is called.
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// `name = future.cancel()`.
    Cancel {
        /// The future.
        of: String,
        /// What the answer is called.
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// `future.add_done_callback(...)` of a callback that prints, does some steps, and perhaps raises,
    /// in this order. Its texts can use `{task}` and `{outcome}`; `future` is its future.
    AddDoneCallback {
        /// The future.
        of: Names,
        /// What it prints.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        print: Option<String>,
        /// What else it does.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        steps: Vec<Step>,
        /// The exception that it raises at its end: `ValueError` or `ValueError: its message`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        raise: Option<String>,
    },
    /// `name = pool.apply(...)`: submits one task and waits for it.
    Apply {
        /// The task.
        task: String,
        /// What the value is called.
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// `pool.apply_async(...)` of each task in order. Its texts can use `{task}` and `{outcome}`.
    ApplyAsync {
        /// The tasks.
        task: Names,
        /// Called with the value, before the result is ready.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        callback: Option<Callback>,
        /// Called with the exception.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error_callback: Option<Callback>,
    },
    /// `name = pool.starmap(...)`: a list, in the order of the inputs.
    Starmap {
        /// The tasks.
        tasks: Vec<String>,
        /// What the list is called.
        #[serde(rename = "as")]
        name: String,
        /// Tasks that travel together; by Pool's formula if not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chunksize: Option<u32>,
    },
    /// `name = pool.map_async(...)`: one result for all.
    MapAsync {
        /// The tasks.
        tasks: Vec<String>,
        /// What the result is called.
        #[serde(rename = "as")]
        name: String,
        /// Tasks that travel together; by Pool's formula if not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chunksize: Option<u32>,
        /// Called once with the whole list.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        callback: Option<Callback>,
        /// Called once with the exception.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error_callback: Option<Callback>,
    },
    /// `name = pool.imap(...)`: an iterator, in the order of the inputs.
    Imap {
        /// The tasks.
        tasks: Vec<String>,
        /// What the iterator is called.
        #[serde(rename = "as")]
        name: String,
        /// Tasks that travel together.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chunksize: Option<u32>,
    },
    /// `name = pool.imap_unordered(...)`: an iterator, in the order of arrival.
    ImapUnordered {
        /// The tasks.
        tasks: Vec<String>,
        /// What the iterator is called.
        #[serde(rename = "as")]
        name: String,
        /// Tasks that travel together.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chunksize: Option<u32>,
    },
    /// `name = result.ready()`.
    Ready {
        /// The result.
        of: String,
        /// What the answer is called.
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// `name = result.successful()`.
    Successful {
        /// The result.
        of: String,
        /// What the answer is called.
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// `name = result.get(timeout)`.
    Get {
        /// The result.
        of: String,
        /// How long at most.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<Span>,
        /// What the value is called.
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// `pool.terminate()`.
    Terminate {},
    /// `pool.join()`.
    Join {},
    /// `executor.terminate_workers()`. Process pools, since 3.14.
    TerminateWorkers {},
    /// `executor.kill_workers()`. Process pools, since 3.14.
    KillWorkers {},
    /// `name = repr(future)`.
    Repr {
        /// The future.
        of: String,
        /// What the text is called.
        #[serde(rename = "as")]
        name: String,
    },
    /// `raise ValueError("its message")`.
    Raise {
        /// `ValueError` or `ValueError: its message`.
        error: String,
    },
    /// `time.sleep(...)`.
    Sleep {
        /// How long.
        span: Span,
    },
    /// `print(f"...")`: `{name}` stands for a value, a future's task, or an exception.
    Print {
        /// The line.
        text: String,
    },
    /// `name = function(...)`: the main thread itself computes the task, without the pool.
    Call {
        /// The task.
        task: String,
        /// What the value is called.
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// `executor.shutdown(wait, cancel_futures)`.
    Shutdown {
        /// Wait for the workers to end.
        #[serde(default = "yes")]
        wait: bool,
        /// Cancel what is pending.
        #[serde(default)]
        cancel_futures: bool,
    },
    /// The end of the `with` block; later steps stand behind it.
    Leave {},
    /// `try: … except …:`.
    Try {
        /// The body.
        steps: Vec<Step>,
        /// What is caught, the first that fits.
        except: Vec<Except>,
    },
    /// `if future.done(): … else: …`, and its likes.
    If {
        /// The future.
        future: String,
        /// What is asked of it.
        is: Condition,
        /// If it is so.
        #[serde(default)]
        then: Vec<Step>,
        /// If not.
        #[serde(rename = "else", default)]
        otherwise: Vec<Step>,
    },
    /// `while True: …; if all(future.done() …): break`.
    Repeat {
        /// Until all of these are done, asked after each round.
        until_done: Names,
        /// The loop's body.
        steps: Vec<Step>,
    },
}

/// What a callback of Pool's does: it prints, does some steps, and perhaps raises, in this order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Callback {
    /// What it prints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub print: Option<String>,
    /// What else it does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// The exception that it raises at its end: `ValueError` or `ValueError: its message`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raise: Option<String>,
}

/// One `except` clause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Except {
    /// The class that it catches, subclasses included.
    pub kind: String,
    /// What the exception is called.
    #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its body.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// What an `if` asks of a future.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// `future.done()`.
    Done,
    /// `future.running()`.
    Running,
    /// `future.cancelled()`.
    Cancelled,
    /// `future.exception() is not None`; waits for the future, like Python's.
    Failed,
    /// `result.ready()`.
    Ready,
    /// `result.successful()`.
    Successful,
}

impl Step {
    /// The blocks inside a step, each with its place in it.
    pub fn blocks<'a>(&'a self) -> Vec<(String, &'a [Self])> {
        match self {
            Self::For { steps, .. }
            | Self::AsCompleted { steps, .. }
            | Self::AddDoneCallback { steps, .. }
            | Self::Repeat { steps, .. } => {
                vec![("steps".to_owned(), steps)]
            }
            Self::ApplyAsync { callback, error_callback, .. }
            | Self::MapAsync { callback, error_callback, .. } => {
                let both = [("callback", callback), ("error_callback", error_callback)];
                let block = |(field, callback): (&str, &'a Option<Callback>)| {
                    Some((format!("{field}/steps"), callback.as_ref()?.steps.as_slice()))
                };
                both.into_iter().filter_map(block).collect()
            }
            Self::Try { steps, except } => {
                let mut blocks: Vec<(String, &[Self])> = vec![("steps".to_owned(), steps)];
                for (index, clause) in except.iter().enumerate() {
                    blocks.push((format!("except/{index}/steps"), &clause.steps));
                }
                blocks
            }
            Self::If { then, otherwise, .. } => {
                vec![("then".to_owned(), then), ("else".to_owned(), otherwise)]
            }
            Self::Submit { .. }
            | Self::Map { .. }
            | Self::Next { .. }
            | Self::Close { .. }
            | Self::Wait { .. }
            | Self::Result { .. }
            | Self::Exception { .. }
            | Self::Done { .. }
            | Self::Running { .. }
            | Self::Cancelled { .. }
            | Self::Cancel { .. }
            | Self::Apply { .. }
            | Self::Starmap { .. }
            | Self::Imap { .. }
            | Self::ImapUnordered { .. }
            | Self::Ready { .. }
            | Self::Successful { .. }
            | Self::Get { .. }
            | Self::Terminate {}
            | Self::Join {}
            | Self::TerminateWorkers {}
            | Self::KillWorkers {}
            | Self::Repr { .. }
            | Self::Raise { .. }
            | Self::Sleep { .. }
            | Self::Print { .. }
            | Self::Call { .. }
            | Self::Shutdown { .. }
            | Self::Leave {} => Vec::new(),
        }
    }

    /// The same, to be changed.
    pub fn blocks_mut(&mut self) -> Vec<&mut Vec<Self>> {
        match self {
            Self::For { steps, .. }
            | Self::AsCompleted { steps, .. }
            | Self::AddDoneCallback { steps, .. }
            | Self::Repeat { steps, .. } => {
                vec![steps]
            }
            Self::ApplyAsync { callback, error_callback, .. }
            | Self::MapAsync { callback, error_callback, .. } => {
                let both = [callback, error_callback].into_iter().flatten();
                both.map(|callback| &mut callback.steps).collect()
            }
            Self::Try { steps, except } => {
                let mut blocks = vec![steps];
                blocks.extend(except.iter_mut().map(|clause| &mut clause.steps));
                blocks
            }
            Self::If { then, otherwise, .. } => vec![then, otherwise],
            Self::Submit { .. }
            | Self::Map { .. }
            | Self::Next { .. }
            | Self::Close { .. }
            | Self::Wait { .. }
            | Self::Result { .. }
            | Self::Exception { .. }
            | Self::Done { .. }
            | Self::Running { .. }
            | Self::Cancelled { .. }
            | Self::Cancel { .. }
            | Self::Apply { .. }
            | Self::Starmap { .. }
            | Self::Imap { .. }
            | Self::ImapUnordered { .. }
            | Self::Ready { .. }
            | Self::Successful { .. }
            | Self::Get { .. }
            | Self::Terminate {}
            | Self::Join {}
            | Self::TerminateWorkers {}
            | Self::KillWorkers {}
            | Self::Repr { .. }
            | Self::Raise { .. }
            | Self::Sleep { .. }
            | Self::Print { .. }
            | Self::Call { .. }
            | Self::Shutdown { .. }
            | Self::Leave {} => Vec::new(),
        }
    }
}

fn yes() -> bool {
    true
}

/// Reads a `buffersize`, and refuses what is no number in Python's words (rule 71).
pub(super) fn buffersize<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<i64>, D::Error> {
    match serde_json::Value::deserialize(reader)? {
        serde_json::Value::Null => Ok(None),
        json => match json.as_i64() {
            Some(buffersize) => Ok(Some(buffersize)),
            None => Err(serde::de::Error::custom("buffersize must be an integer or None")),
        },
    }
}
