//! How a call ended: it returned a value, it raised, or nobody will ever know.
//!
//! A failing task is a *value* here, never a Rust error: those mean that we ourselves failed.
//! The constructors of [`Raised`] carry Python's own texts; they are the only place where the
//! executors' texts are spelled.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::scenario::Python;
use crate::value::Value;

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The function returned this.
    Returned(Value),
    /// The function, or the pool in its place, raised this.
    Raised(Raised),
    /// The worker died with the call, and the modelled API never tells: `multiprocessing.Pool`.
    Lost,
}

impl Outcome {
    /// A value as Python prints it, or an exception's class.
    pub fn in_short(&self) -> String {
        match self {
            Self::Returned(value) => value.repr(),
            Self::Raised(raised) => raised.kind.clone(),
            Self::Lost => "lost".to_owned(),
        }
    }
}

/// A Python exception, by the name of its class and its text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Raised {
    /// The class as a traceback names it, without its module: `ValueError`, `BrokenProcessPool`.
    pub kind: String,
    /// What `str(exception)` gives; often empty.
    pub message: String,
    /// The last line of its `__cause__`'s traceback, if the pool gave it one.
    pub cause: Option<String>,
}

/// As people read it: no cause is no field.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Raised")]
struct Readable<'a> {
    kind: Cow<'a, str>,
    message: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<Cow<'a, str>>,
}

/// As our processes read it: every field has its place.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Raised")]
struct Packed<'a> {
    kind: Cow<'a, str>,
    message: Cow<'a, str>,
    cause: Option<Cow<'a, str>>,
}

impl Serialize for Raised {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, message) = (Cow::from(&self.kind), Cow::from(&self.message));
        let cause = self.cause.as_deref().map(Cow::from);
        if serializer.is_human_readable() {
            Readable { kind, message, cause }.serialize(serializer)
        } else {
            Packed { kind, message, cause }.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Raised {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (kind, message, cause) = if deserializer.is_human_readable() {
            let Readable { kind, message, cause } = Readable::deserialize(deserializer)?;
            (kind, message, cause)
        } else {
            let Packed { kind, message, cause } = Packed::deserialize(deserializer)?;
            (kind, message, cause)
        };
        let (kind, message) = (kind.into_owned(), message.into_owned());
        Ok(Self { kind, message, cause: cause.map(Cow::into_owned) })
    }
}

impl Raised {
    /// The exception `kind(message)`, where `message` is what `str(exception)` shall give.
    pub fn new(kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: kind.into(), message: message.into(), cause: None }
    }

    /// The same, raised `from` this one.
    #[must_use]
    pub fn caused_by(self, cause: impl fmt::Display) -> Self {
        Self { cause: Some(cause.to_string()), ..self }
    }

    /// What `result()` of a cancelled future raises.
    pub fn cancelled() -> Self {
        Self::new("CancelledError", "")
    }

    /// What `result(timeout=…)` raises when the time is over.
    pub fn timeout() -> Self {
        Self::new("TimeoutError", "")
    }

    /// What `as_completed(futures, timeout=…)` raises when the time is over: `pending` of its
    /// `total` distinct futures had not been yielded.
    pub fn unfinished(pending: usize, total: usize) -> Self {
        Self::new("TimeoutError", format!("{pending} (of {total}) futures unfinished"))
    }

    /// What `get(timeout)` of Pool's results raises: not the builtin `TimeoutError` (V-21).
    pub fn pool_timeout() -> Self {
        Self::new("multiprocessing.TimeoutError", "")
    }

    /// What Pool's methods raise once it is closed or terminated.
    pub fn pool_not_running() -> Self {
        Self::new("ValueError", "Pool not running")
    }

    /// What `pool.join()` raises before `close()` or `terminate()`.
    pub fn pool_still_running() -> Self {
        Self::new("ValueError", "Pool is still running")
    }

    /// What `pool.terminate()` raises when the thread that reads results has died and results are
    /// still to come (`_terminate_pool` in `multiprocessing/pool.py`, which 3.11 misspells).
    pub fn result_handler_dead(python: Python) -> Self {
        let handler = if python < Python::V3_12 { "result_hander" } else { "result_handler" };
        Self::new("AssertionError", format!("Cannot have cache with {handler} not alive"))
    }

    /// What `successful()` of a result of Pool's raises before it is ready. `class` is `ApplyResult`
    /// or `MapResult`; `number` tells objects apart.
    pub fn not_ready(class: &str, number: u32) -> Self {
        let at = address(number);
        Self::new("ValueError", format!("<multiprocessing.pool.{class} object at {at}> not ready"))
    }

    /// What a thread raises that waits for its own end.
    pub fn joins_itself() -> Self {
        Self::new("RuntimeError", "cannot join current thread")
    }

    /// What queued futures, and `submit`, of a pool of threads get when an initializer raised.
    /// `class` is `BrokenThreadPool` or `BrokenInterpreterPool`.
    pub fn broken_threads(class: &str) -> Self {
        Self::new(class, "A thread initializer failed, the thread pool is not usable anymore")
    }

    /// What unpickling an exception raises whose class wants two arguments and gets one.
    pub fn unreadable() -> Self {
        let text = "TwoPartError.__init__() missing 1 required positional argument: 'detail'";
        Self::type_error(text)
    }

    /// What pickling a function raises that stands inside another; `verb` is `pickle` up to Python
    /// 3.12, and `get` in 3.13.
    pub fn local_object(verb: &str, name: &str) -> Self {
        let text = format!("Can't {verb} local object 'main.<locals>.{name}'");
        Self::new("AttributeError", text)
    }

    /// What Pool's worker sends in place of a value that it cannot pickle.
    pub fn maybe_encoding_error(value: &str, reason: &Self) -> Self {
        let reason = format!("{}({:?})", reason.kind, reason.message);
        let text = format!("Error sending result: '{value}'. Reason: '{reason}'");
        Self::new("MaybeEncodingError", text)
    }

    /// What an interpreter raises that is to hand over what it cannot.
    pub fn not_shareable(value: &str) -> Self {
        let text = format!("{value} does not support cross-interpreter data");
        Self::new("NotShareableError", text)
    }

    /// What setting an outcome raises on a future that has one or is cancelled.
    pub fn invalid_state(state: &str, repr: &str) -> Self {
        Self::new("InvalidStateError", format!("{state}: {repr}"))
    }

    /// What `submit` raises after `shutdown()`.
    pub fn after_shutdown() -> Self {
        Self::new("RuntimeError", "cannot schedule new futures after shutdown")
    }

    /// What `submit` raises once the main thread has ended.
    pub fn after_interpreter_shutdown() -> Self {
        Self::new("RuntimeError", "cannot schedule new futures after interpreter shutdown")
    }

    /// What `submit` raises once a worker process has died.
    pub fn broken_pool_submit() -> Self {
        Self::new(
            "BrokenProcessPool",
            "A child process terminated abruptly, the process pool is not usable anymore",
        )
    }

    /// What every unfinished future of a process pool gets when one of its workers dies.
    pub fn broken_pool_future() -> Self {
        Self::new(
            "BrokenProcessPool",
            "A process in the process pool was terminated abruptly while the future was running or pending.",
        )
    }

    /// What `sys.exit(code)` raises.
    pub fn system_exit(code: i64) -> Self {
        Self::new("SystemExit", code.to_string())
    }

    /// What a body gets that asks for more memory than its process may have.
    pub fn memory() -> Self {
        let mib = crate::limits::DATA_BYTES / (1024 * 1024);
        Self::new("MemoryError", format!("the limit for one process is {mib} MiB"))
    }

    /// What dividing by zero raises.
    pub fn zero_division() -> Self {
        Self::new("ZeroDivisionError", "division by zero")
    }

    /// A `TypeError`, as Python raises it for a value of the wrong type.
    pub fn type_error(message: impl Into<String>) -> Self {
        Self::new("TypeError", message)
    }

    /// The code that a process ends with in which nobody caught it.
    pub fn exit_code(&self) -> i32 {
        match self.message.parse() {
            Ok(code) if self.kind == "SystemExit" => code,
            _ => 1,
        }
    }

    /// Whether `except class:` would catch it. `class` is named as in [`Raised::kind`].
    ///
    /// A kind that is not in [`EXCEPTIONS`] counts as a class of one's own, derived from
    /// `Exception`.
    pub fn is_a(&self, class: &str) -> bool {
        let mut here = self.kind.as_str();
        loop {
            if here == class {
                return true;
            }
            match known(here) {
                Some(known) => match known.base {
                    Some(base) => here = base,
                    None => return false,
                },
                None => here = "Exception",
            }
        }
    }
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if self.message.is_empty() {
            return Ok(());
        }
        write!(f, ": {}", self.message)
    }
}

/// Where an object with this number might be, as `repr` shows it.
pub fn address(number: u32) -> String {
    format!("{:#x}", 0x7f3a_5c00_0000_u64 + u64::from(number) * 0x60)
}

/// A class of Python's exceptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exception {
    /// Its name, as in [`Raised::kind`].
    pub name: &'static str,
    /// The name of the class that it derives from; only `BaseException` has none.
    pub base: Option<&'static str>,
    /// The module to import it from; `builtins` needs no import.
    pub module: &'static str,
}

/// The class `name`, if it is one of [`EXCEPTIONS`].
pub fn known(name: &str) -> Option<&'static Exception> {
    EXCEPTIONS.iter().find(|exception| exception.name == name)
}

/// The part of Python's class tree that a run can meet; bases stand before what derives from them.
pub const EXCEPTIONS: &[Exception] = &[
    Exception { name: "BaseException", base: None, module: "builtins" },
    builtin("SystemExit", "BaseException"),
    builtin("KeyboardInterrupt", "BaseException"),
    builtin("GeneratorExit", "BaseException"),
    builtin("Exception", "BaseException"),
    builtin("ArithmeticError", "Exception"),
    builtin("OverflowError", "ArithmeticError"),
    builtin("ZeroDivisionError", "ArithmeticError"),
    builtin("AssertionError", "Exception"),
    builtin("AttributeError", "Exception"),
    builtin("LookupError", "Exception"),
    builtin("IndexError", "LookupError"),
    builtin("KeyError", "LookupError"),
    builtin("MemoryError", "Exception"),
    builtin("OSError", "Exception"),
    builtin("ConnectionError", "OSError"),
    builtin("ConnectionRefusedError", "ConnectionError"),
    builtin("FileNotFoundError", "OSError"),
    builtin("PermissionError", "OSError"),
    builtin("TimeoutError", "OSError"),
    builtin("RuntimeError", "Exception"),
    builtin("NotImplementedError", "RuntimeError"),
    builtin("RecursionError", "RuntimeError"),
    builtin("TypeError", "Exception"),
    builtin("ValueError", "Exception"),
    class("Error", "Exception", "concurrent.futures._base"),
    class("CancelledError", "Error", "concurrent.futures"),
    class("InvalidStateError", "Error", "concurrent.futures"),
    class("BrokenExecutor", "RuntimeError", "concurrent.futures"),
    class("BrokenThreadPool", "BrokenExecutor", "concurrent.futures.thread"),
    class("BrokenProcessPool", "BrokenExecutor", "concurrent.futures.process"),
    class("URLError", "OSError", "urllib.error"),
    class("HTTPError", "URLError", "urllib.error"),
    class("BrokenInterpreterPool", "BrokenThreadPool", "concurrent.futures.interpreter"),
    class("ProcessError", "Exception", "multiprocessing"),
    class("multiprocessing.TimeoutError", "ProcessError", "multiprocessing"),
    class("MaybeEncodingError", "Exception", "multiprocessing.pool"),
    builtin("NameError", "Exception"),
    class("NotShareableError", "TypeError", "concurrent.interpreters"),
    class("PickleError", "Exception", "pickle"),
    class("PicklingError", "PickleError", "pickle"),
];

const fn builtin(name: &'static str, base: &'static str) -> Exception {
    class(name, base, "builtins")
}

const fn class(name: &'static str, base: &'static str, module: &'static str) -> Exception {
    Exception { name, base: Some(base), module }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_reads_as_the_last_line_of_a_traceback() {
        let failed = Raised::new("ValueError", "Called broken function");
        assert_eq!(failed.to_string(), "ValueError: Called broken function");
        assert_eq!(Raised::cancelled().to_string(), "CancelledError");
        assert_eq!(Raised::system_exit(1).to_string(), "SystemExit: 1");
        assert_eq!(Raised::unfinished(2, 3).message, "2 (of 3) futures unfinished");
    }

    #[test]
    fn except_catches_a_class_and_what_derives_from_it() {
        let caught = [
            (Raised::timeout(), vec!["TimeoutError", "OSError", "Exception", "BaseException"]),
            (Raised::broken_pool_submit(), vec!["BrokenExecutor", "RuntimeError", "Exception"]),
            (Raised::cancelled(), vec!["CancelledError", "Error", "Exception"]),
            (Raised::system_exit(1), vec!["SystemExit", "BaseException"]),
            (Raised::new("KeyError", ""), vec!["LookupError"]),
            (Raised::new("HTTPError", ""), vec!["URLError", "OSError"]),
            (Raised::new("MyError", ""), vec!["MyError", "Exception", "BaseException"]),
        ];
        for (raised, classes) in caught {
            for class in classes {
                assert!(raised.is_a(class), "{raised} is a {class}");
            }
        }
        assert!(!Raised::system_exit(1).is_a("Exception"));
        assert!(!Raised::cancelled().is_a("RuntimeError"));
        assert!(!Raised::timeout().is_a("MyError"));
        assert!(!Raised::new("Exception", "").is_a("ValueError"));
    }

    #[test]
    fn every_base_is_known_and_stands_before() {
        for (place, exception) in EXCEPTIONS.iter().enumerate() {
            if let Some(base) = exception.base {
                assert!(EXCEPTIONS[..place].iter().any(|known| known.name == base), "{base}");
            }
        }
    }

    #[test]
    fn an_outcome_survives_both_formats() {
        for (outcome, json) in [
            (Outcome::Returned(Value::Int(5)), r#"{"returned":5}"#),
            (
                Outcome::Raised(Raised::cancelled()),
                r#"{"raised":{"kind":"CancelledError","message":""}}"#,
            ),
            (Outcome::Lost, r#""lost""#),
        ] {
            assert_eq!(serde_json::to_string(&outcome).unwrap(), json);
            assert_eq!(serde_json::from_str::<Outcome>(json).unwrap(), outcome);
            let bytes = postcard::to_stdvec(&outcome).unwrap();
            assert_eq!(postcard::from_bytes::<Outcome>(&bytes).unwrap(), outcome);
        }
    }
}
