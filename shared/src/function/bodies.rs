//! The longer bodies of the table: those that draw, fail, exit and allocate.

use super::args::{Args, index, sleep};
use super::{Ctx, Unwind, param};
use crate::outcome::Raised;
use crate::value::Value;

/// Its draw is the first of the task's stream, so that a rendered program can print it.
pub(super) fn random_sleep(args: &Args<'_>, ctx: &mut dyn Ctx) -> Result<Value, Unwind> {
    // `randint` adds 1 to `high` before it looks at either, hence the order of the refusals.
    let end = args.get("high").checked_add(&Value::Int(1))?;
    let (low, end) = (index(args.get("low"))?, index(&end)?);
    if low >= end {
        let message = format!("empty range in randrange({low}, {end})");
        return Err(Raised::new("ValueError", message).into());
    }
    let seconds = Value::Int(ctx.rng().between_inclusive(low, end - 1));
    sleep(&seconds, ctx)?;
    Ok(args.returns_or(seconds))
}

pub(super) fn fail(args: &Args<'_>, ctx: &mut dyn Ctx) -> Result<Value, Unwind> {
    sleep(args.get("seconds"), ctx)?;
    let kind = match args.get("kind") {
        Value::Text(kind) if param::names_exception(kind) => kind,
        Value::Text(other) => {
            let message = format!("module 'builtins' has no attribute '{other}'");
            return Err(Raised::new("AttributeError", message).into());
        }
        Value::List(_) => return Err(Raised::type_error("unhashable type: 'list'").into()),
        other => {
            let name = other.type_name();
            let message = format!("attribute name must be string, not '{name}'");
            return Err(Raised::type_error(message).into());
        }
    };
    let message = args.get("message");
    let text = match kind.as_str() {
        // The text of a KeyError is the repr of its key.
        "KeyError" => message.repr(),
        "URLError" => format!("<urlopen error {message}>"),
        _ => message.str(),
    };
    Err(Raised::new(kind, text).into())
}

pub(super) fn hard_exit(args: &Args<'_>, ctx: &mut dyn Ctx) -> Result<Value, Unwind> {
    sleep(args.get("seconds"), ctx)?;
    let code = i32::try_from(index(args.get("code"))?);
    let too_large = |_| Raised::new("OverflowError", "Python int too large to convert to C int");
    Err(ctx.hard_exit(code.map_err(too_large)?))
}

pub(super) fn allocate(args: &Args<'_>, ctx: &mut dyn Ctx) -> Result<Value, Unwind> {
    let mb = args.get("mb");
    let Some(count) = mb.as_int() else {
        let name = mb.type_name();
        let message = format!("unsupported operand type(s) for <<: '{name}' and 'int'");
        return Err(Raised::type_error(message).into());
    };
    let too_large = || Raised::new("OverflowError", "cannot fit 'int' into an index-sized integer");
    let bytes = count.checked_mul(1 << 20).ok_or_else(too_large)?;
    let bytes = u64::try_from(bytes).map_err(|_| Raised::new("ValueError", "negative count"))?;
    ctx.allocate(bytes)?;
    sleep(args.get("seconds"), ctx)?;
    Ok(mb.clone())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FakeCtx, int, raised, returned, run, run_in, waits};
    use super::super::{Ctx, Stop};
    use crate::outcome::Outcome;
    use crate::units::Span;
    use crate::value::Value;

    #[test]
    fn random_sleep_draws_once_and_the_same_for_a_seed() {
        let drawn = FakeCtx::default().rng().between_inclusive(1, 5);
        let (ended, waits) = run("random_sleep", &[int(1), int(5)]);
        assert_eq!(ended, Ok(int(drawn)));
        assert_eq!(waits, [Span::from_secs(drawn.unsigned_abs())]);
        assert_eq!(returned("random_sleep", &[int(1), int(5), int(9)]), int(9));
        assert_eq!(
            raised("random_sleep", &[int(5), int(3)]),
            "ValueError: empty range in randrange(5, 4)"
        );
    }

    #[test]
    fn fail_raises_what_it_is_told() {
        assert_eq!(raised("fail", &[]), "ValueError: Called broken function");
        let cases = [
            ("KeyError", "x", "KeyError: 'x'"),
            ("URLError", "x", "URLError: <urlopen error x>"),
            ("MyError", "", "MyError"),
            ("x y", "", "AttributeError: module 'builtins' has no attribute 'x y'"),
        ];
        for (kind, message, line) in cases {
            assert_eq!(raised("fail", &[Value::from(kind), Value::from(message)]), line);
        }
        assert_eq!(waits("fail", &[Value::None, Value::None, int(2)]), [Span::from_secs(2)]);
    }

    #[test]
    fn an_exit_raises_and_a_hard_exit_stops() {
        assert_eq!(raised("exit", &[]), "SystemExit: 1");
        assert_eq!(raised("exit", &[int(7)]), "SystemExit: 7");
        let mut ctx = FakeCtx::default();
        assert_eq!(run_in(&mut ctx, "hard_exit", &[int(3), int(2)]), Err(Stop::Exited));
        assert_eq!((ctx.exited, ctx.waits), (Some(3), vec![Span::from_secs(2)]));
    }

    #[test]
    fn memory_is_asked_for_in_bytes() {
        let mut ctx = FakeCtx::default();
        assert_eq!(run_in(&mut ctx, "allocate", &[int(3)]), Ok(Outcome::Returned(int(3))));
        assert_eq!(ctx.allocated, [3 * 1024 * 1024]);
        assert_eq!(raised("allocate", &[int(-1)]), "ValueError: negative count");
    }
}
