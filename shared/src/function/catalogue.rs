//! The table of all functions.
//!
//! In the order in which a learner meets them: what waits, what calculates, what computes, what
//! fails, what blocks. To add one, add its entry and a test; a body of more than a few lines goes
//! to the file of its kind.

use super::args::sleep;
use super::{
    Boundary, DefaultValue, Function, Group, Kind, Param, Pickling, Unwind, bodies, numbers, param,
    web,
};
use crate::outcome::{Raised, address};
use crate::value::Value;

/// Every function that a task can be, in the order of the page's menu.
pub const CATALOGUE: &[Function] = &[
    Function {
        name: "sleep",
        group: Group::Time,
        about: "Sleeps for some seconds and returns how many.",
        params: &[required("seconds", Kind::Seconds, "how long to sleep"), RETURNS],
        imports: &["import time"],
        python: r"def sleep(seconds, returns=None):
    time.sleep(seconds)
    return seconds if returns is None else returns
",
        pickling: Pickling::Fine,
        body: |args, ctx| {
            let seconds = args.get("seconds");
            sleep(seconds, ctx)?;
            Ok(args.returns_or(seconds.clone()))
        },
    },
    Function {
        name: "random_sleep",
        group: Group::Time,
        about: "Sleeps for a random whole number of seconds and returns it.",
        params: &[
            required("low", WHOLE_SECONDS, "the shortest sleep, in seconds"),
            required("high", WHOLE_SECONDS, "the longest sleep, in seconds"),
            RETURNS,
        ],
        imports: &["import random", "import time"],
        python: r"def random_sleep(low, high, returns=None):
    seconds = random.randint(low, high)
    time.sleep(seconds)
    return seconds if returns is None else returns
",
        pickling: Pickling::Fine,
        body: bodies::random_sleep,
    },
    Function {
        name: "fetch",
        group: Group::Time,
        about: "Pretends to load a web page and returns its size in bytes.",
        params: &[
            required("url", Kind::Text { max_len: 2_000 }, "the address of the page"),
            optional(
                "timeout",
                Kind::Seconds,
                DefaultValue::Int(60),
                "seconds after which to give up",
            ),
        ],
        imports: &["import time", "from urllib.error import URLError"],
        python: web::PYTHON,
        pickling: Pickling::Fine,
        body: web::fetch,
    },
    Function {
        name: "identity",
        group: Group::Numbers,
        about: "Returns what it is given.",
        params: &[required("value", Kind::Any, "what to return")],
        imports: &[],
        python: r"def identity(value):
    return value
",
        pickling: Pickling::Fine,
        body: |args, _| Ok(args.get("value").clone()),
    },
    Function {
        name: "square",
        group: Group::Numbers,
        about: "Multiplies a number by itself.",
        params: &[required("x", Kind::Number, "the number")],
        imports: &[],
        python: r"def square(x):
    return x * x
",
        pickling: Pickling::Fine,
        body: |args, _| Ok(args.get("x").checked_mul(args.get("x"))?),
    },
    Function {
        name: "sum",
        group: Group::Numbers,
        about: "Adds up all numbers that it is given.",
        params: &[optional("values", Kind::Values, DefaultValue::Nothing, "the numbers to add up")],
        imports: &[],
        python: r"def sum(*values):
    total = 0
    for value in values:
        total = total + value
    return total
",
        pickling: Pickling::Fine,
        body: |args, _| {
            let mut values = args.variadic("values")?.iter();
            Ok(values.try_fold(Value::Int(0), |total, value| total.checked_add(value))?)
        },
    },
    Function {
        name: "diff",
        group: Group::Numbers,
        about: "Subtracts one number from another.",
        params: &[X, Y_SUBTRACTED],
        imports: &[],
        python: r"def diff(x, y):
    return x - y
",
        pickling: Pickling::Fine,
        body: |args, _| Ok(args.get("x").checked_sub(args.get("y"))?),
    },
    Function {
        name: "divide",
        group: Group::Numbers,
        about: "Divides one number by another.",
        params: &[X, required("y", Kind::Number, "the number to divide by")],
        imports: &[],
        python: r"def divide(x, y):
    return x / y
",
        pickling: Pickling::Fine,
        body: |args, _| Ok(args.get("x").checked_div(args.get("y"))?),
    },
    Function {
        name: "slow_sum",
        group: Group::Numbers,
        about: "Sleeps for some seconds, then adds two numbers.",
        params: &[SECONDS_FIRST, X, required("y", Kind::Number, "the number to add")],
        imports: &["import time"],
        python: r"def slow_sum(seconds, x, y):
    time.sleep(seconds)
    return x + y
",
        pickling: Pickling::Fine,
        body: |args, ctx| {
            sleep(args.get("seconds"), ctx)?;
            Ok(args.get("x").checked_add(args.get("y"))?)
        },
    },
    Function {
        name: "slow_diff",
        group: Group::Numbers,
        about: "Sleeps for some seconds, then subtracts one number from another.",
        params: &[SECONDS_FIRST, X, Y_SUBTRACTED],
        imports: &["import time"],
        python: r"def slow_diff(seconds, x, y):
    time.sleep(seconds)
    return x - y
",
        pickling: Pickling::Fine,
        body: |args, ctx| {
            sleep(args.get("seconds"), ctx)?;
            Ok(args.get("x").checked_sub(args.get("y"))?)
        },
    },
    Function {
        name: "factors",
        group: Group::Computing,
        about: "Finds the prime factors of a number, which takes real computing.",
        params: &[required("n", Kind::Int { min: 1, max: i64::MAX }, "the number to factor")],
        imports: &["import math", "from itertools import chain"],
        python: r"def factors(n):
    assert n >= 1
    found = []
    for candidate in chain([2], range(3, math.isqrt(n) + 1, 2)):
        while n % candidate == 0:
            found.append(candidate)
            n //= candidate
            if n == 1:
                return found
    return found + [n]
",
        pickling: Pickling::Fine,
        body: numbers::factors,
    },
    Function {
        name: "is_prime",
        group: Group::Computing,
        about: "Finds out whether a number is prime, which takes real computing.",
        params: &[required("n", Kind::Int { min: i64::MIN, max: i64::MAX }, "the number to test")],
        imports: &["import math"],
        python: r"def is_prime(n):
    if n < 2:
        return False
    if n % 2 == 0:
        return n == 2
    for candidate in range(3, math.isqrt(n) + 1, 2):
        if n % candidate == 0:
            return False
    return True
",
        pickling: Pickling::Fine,
        body: numbers::is_prime,
    },
    Function {
        name: "fail",
        group: Group::Trouble,
        about: "Raises an exception, which its future keeps until somebody asks for the result.",
        params: &[
            optional(
                "kind",
                Kind::Exception,
                DefaultValue::Text("ValueError"),
                "the exception's class",
            ),
            optional(
                "message",
                Kind::Text { max_len: 1_000 },
                DefaultValue::Text("Called broken function"),
                "what the exception says",
            ),
            SECONDS_BEFORE,
        ],
        imports: &["import builtins", "import time"],
        // Whoever renders a program must import or define a `kind` that is not built in;
        // `outcome::known` tells from where.
        python: r#"def fail(kind="ValueError", message="Called broken function", seconds=0):
    time.sleep(seconds)
    exception = globals().get(kind) or getattr(builtins, kind)
    raise exception(message)
"#,
        pickling: Pickling::Fine,
        body: bodies::fail,
    },
    Function {
        name: "exit",
        group: Group::Trouble,
        about: "Calls sys.exit, which raises SystemExit and ends no worker.",
        params: &[EXIT_CODE, SECONDS_BEFORE],
        imports: &["import sys", "import time"],
        python: r"def exit(code=1, seconds=0):
    time.sleep(seconds)
    sys.exit(code)
",
        pickling: Pickling::Fine,
        body: |args, ctx| {
            sleep(args.get("seconds"), ctx)?;
            Err(Raised::new("SystemExit", args.get("code").str()).into())
        },
    },
    Function {
        name: "hard_exit",
        group: Group::Trouble,
        about: "Ends its process at once: a pool's worker, or for a thread the whole program.",
        params: &[EXIT_CODE, SECONDS_BEFORE],
        imports: &["import os", "import time"],
        python: r"def hard_exit(code=1, seconds=0):
    time.sleep(seconds)
    os._exit(code)
",
        pickling: Pickling::Fine,
        body: bodies::hard_exit,
    },
    Function {
        name: "allocate",
        group: Group::Trouble,
        about: "Holds some memory, which the process may not have.",
        params: &[
            required("mb", Kind::Int { min: 0, max: 65_536 }, "how many times 1024 * 1024 bytes"),
            optional("seconds", Kind::Seconds, DefaultValue::Int(0), "how long to hold them"),
        ],
        imports: &["import time"],
        python: r"def allocate(mb, seconds=0):
    held = bytearray(mb << 20)
    time.sleep(seconds)
    return mb
",
        pickling: Pickling::Fine,
        body: bodies::allocate,
    },
    Function {
        name: "unpicklable",
        group: Group::Trouble,
        about: "Returns a lock, which cannot be pickled and so cannot leave a worker process.",
        params: &[SECONDS_BEFORE],
        imports: &["import threading", "import time"],
        python: r"def unpicklable(seconds=0):
    time.sleep(seconds)
    return threading.Lock()
",
        pickling: Pickling::Fine,
        body: |args, ctx| {
            sleep(args.get("seconds"), ctx)?;
            let lock = &format!("<unlocked _thread.lock object at {}>", address(0));
            let raised = Raised::type_error("cannot pickle '_thread.lock' object");
            Err(Unwind::from(match ctx.boundary() {
                Boundary::None => return Ok(Value::from(lock.as_str())),
                Boundary::Interpreter => Raised::not_shareable(lock),
                Boundary::Process => raised,
                Boundary::Pool => Raised::maybe_encoding_error(lock, &raised),
            }))
        },
    },
    Function {
        name: "closure",
        group: Group::Trouble,
        about: "A function inside another, which cannot be pickled and so cannot reach another process.",
        params: &[SECONDS_BEFORE],
        imports: &["import time"],
        // Whoever renders a program puts this into its `main`.
        python: r"def closure(seconds=0):
    time.sleep(seconds)
    return seconds
",
        pickling: Pickling::NotTheCall,
        body: |args, ctx| {
            sleep(args.get("seconds"), ctx)?;
            if ctx.boundary() == Boundary::Interpreter {
                return Err(Raised::not_shareable("<function main.<locals>.closure>").into());
            }
            Ok(args.get("seconds").clone())
        },
    },
    Function {
        name: "unimportable",
        group: Group::Trouble,
        about: "A function that no worker process can import: unpickling the call is its end.",
        params: &[SECONDS_BEFORE],
        imports: &["import time"],
        // Whoever renders a program defines it only where `__name__` is `\"__main__\"`.
        python: r"def unimportable(seconds=0):
    time.sleep(seconds)
    return seconds
",
        pickling: Pickling::Fine,
        body: |args, ctx| {
            if ctx.boundary().is_process() {
                return Err(ctx.hard_exit(1));
            }
            sleep(args.get("seconds"), ctx)?;
            Ok(args.get("seconds").clone())
        },
    },
    Function {
        name: "fail_in_two_parts",
        group: Group::Trouble,
        about: "Raises an exception that wants two arguments, which nobody can unpickle.",
        params: &[SECONDS_BEFORE],
        imports: &["import time"],
        python: r#"class TwoPartError(Exception):
    def __init__(self, what, detail):
        super().__init__(f"{what}: {detail}")


def fail_in_two_parts(seconds=0):
    time.sleep(seconds)
    raise TwoPartError("it failed", "in two parts")
"#,
        pickling: Pickling::NotItsErrors,
        body: |args, ctx| {
            sleep(args.get("seconds"), ctx)?;
            Err(Raised::new("TwoPartError", "it failed: in two parts").into())
        },
    },
    Function {
        name: "gate",
        group: Group::Waiting,
        about: "Blocks until somebody opens its gate.",
        params: &[RETURNS_NOTHING],
        imports: &["import threading"],
        python: r"def gate(returns=None):
    gate_opened.wait()  # gate_opened = threading.Event(); opened by gate_opened.set()
    return returns
",
        pickling: Pickling::Fine,
        body: |args, ctx| {
            ctx.gate()?;
            Ok(args.get("returns").clone())
        },
    },
    Function {
        name: "submit_and_wait",
        group: Group::Waiting,
        about: "Submits a sleep to its own executor and waits for it: one worker short is a deadlock.",
        params: &[required("seconds", Kind::Seconds, "how long the inner task sleeps")],
        imports: &[],
        python: r"def submit_and_wait(seconds):
    inner = executor.submit(sleep, seconds)  # executor: the pool that runs this task
    return inner.result()
",
        pickling: Pickling::Fine,
        body: |args, ctx| {
            let seconds = args.get("seconds");
            if ctx.boundary() == Boundary::Interpreter {
                let text = "name 'executor' is not defined";
                return Err(Raised::new("NameError", text).into());
            }
            let inner = ctx.submit("sleep", vec![seconds.clone()])?;
            ctx.result(inner)
        },
    },
    Function {
        name: "hang",
        group: Group::Waiting,
        about: "Never returns.",
        params: &[],
        imports: &["import time"],
        python: r"def hang():
    while True:
        time.sleep(1)
",
        pickling: Pickling::Fine,
        body: |_, ctx| Err(ctx.forever()),
    },
];

const WHOLE_SECONDS: Kind = Kind::Int { min: 0, max: param::MAX_SECONDS as i64 };
const X: Param = required("x", Kind::Number, "the first number");
const Y_SUBTRACTED: Param = required("y", Kind::Number, "the number to subtract");
const SECONDS_FIRST: Param = required("seconds", Kind::Seconds, "how long to sleep first");
const SECONDS_BEFORE: Param =
    optional("seconds", Kind::Seconds, DefaultValue::Int(0), "how long to sleep first");
const EXIT_CODE: Param =
    optional("code", Kind::Int { min: 0, max: 255 }, DefaultValue::Int(1), "the exit code");
const RETURNS: Param =
    optional("returns", Kind::Any, DefaultValue::Nothing, "what to return in place of the seconds");
const RETURNS_NOTHING: Param =
    optional("returns", Kind::Any, DefaultValue::Nothing, "what to return");

const fn required(name: &'static str, kind: Kind, about: &'static str) -> Param {
    Param { name, kind, default: None, about }
}

const fn optional(
    name: &'static str,
    kind: Kind,
    default: DefaultValue,
    about: &'static str,
) -> Param {
    Param { name, kind, default: Some(default), about }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FakeCtx, int, raised, returned, run, run_in, waits};
    use super::super::{Boundary, Ctx, Inner, Stop};
    use crate::outcome::{Outcome, Raised};
    use crate::units::Span;
    use crate::value::Value;

    #[test]
    fn sleep_returns_its_seconds_unless_told_otherwise() {
        assert_eq!(run("sleep", &[int(5)]), (Ok(int(5)), vec![Span::from_secs(5)]));
        assert_eq!(returned("sleep", &[int(5), Value::Float(50.0)]), Value::Float(50.0));
        assert_eq!(returned("sleep", &[int(5), Value::None]), int(5));
        assert_eq!(waits("sleep", &[Value::Float(0.1)]), [Span::from_ms(100)]);
        assert_eq!(raised("sleep", &[int(-1)]), "ValueError: sleep length must be non-negative");
        assert_eq!(
            raised("sleep", &[Value::from("x")]),
            "TypeError: 'str' object cannot be interpreted as an integer"
        );
        assert_eq!(
            raised("sleep", &[int(i64::MAX)]),
            "OverflowError: timestamp too large to convert to C PyTime_t"
        );
    }

    #[test]
    fn calculations_are_those_of_python() {
        assert_eq!(returned("identity", &[Value::None]), Value::None);
        assert_eq!(returned("square", &[int(6)]), int(36));
        assert_eq!(returned("sum", &[]), int(0));
        let list = Value::List(vec![int(1), Value::Bool(true), Value::Float(0.5)]);
        assert_eq!(returned("sum", &[list]), Value::Float(2.5));
        assert_eq!(returned("diff", &[int(6), int(7)]), int(-1));
        assert_eq!(returned("divide", &[int(6), int(4)]), Value::Float(1.5));
        assert_eq!(raised("divide", &[int(6), int(0)]), "ZeroDivisionError: division by zero");
        assert_eq!(
            run("slow_sum", &[int(1), int(6), int(7)]),
            (Ok(int(13)), vec![Span::from_secs(1)])
        );
        assert_eq!(returned("slow_diff", &[int(1), int(6), int(7)]), int(-1));
        assert_eq!(
            raised("sum", &[Value::List(vec![Value::from("a")])]),
            "TypeError: unsupported operand type(s) for +: 'int' and 'str'"
        );
    }

    #[test]
    fn a_lock_cannot_leave_its_process() {
        let text = Value::from("<unlocked _thread.lock object at 0x7f3a5c000000>");
        assert_eq!(returned("unpicklable", &[]), text);
        let mut ctx = FakeCtx::default();
        ctx.boundary = Boundary::Process;
        let raised = Raised::type_error("cannot pickle '_thread.lock' object");
        assert_eq!(run_in(&mut ctx, "unpicklable", &[]), Ok(Outcome::Raised(raised)));
    }

    #[test]
    fn what_blocks_asks_its_ctx() {
        let mut ctx = FakeCtx::default();
        assert_eq!(run_in(&mut ctx, "gate", &[int(4)]), Ok(Outcome::Returned(int(4))));
        assert_eq!(ctx.gates, 1);
        let mut ctx = FakeCtx::default();
        assert_eq!(run_in(&mut ctx, "submit_and_wait", &[int(2)]), Ok(Outcome::Returned(int(2))));
        assert_eq!(ctx.submitted, [("sleep", vec![int(2)])]);
        assert_eq!(ctx.result(Inner(0)), Ok(int(2)));
        let mut ctx = FakeCtx::default();
        assert_eq!(run_in(&mut ctx, "hang", &[]), Err(Stop::Suspended));
        assert!(ctx.waits.len() > 1 && ctx.waits.iter().all(|wait| *wait == Span::from_secs(1)));
    }
}
