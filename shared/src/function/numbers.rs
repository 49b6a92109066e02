//! The functions that keep a processor busy: factors and primes by trial division.
//!
//! One unit of work is one trial division. The algorithms are the plain ones, on purpose: they
//! stand for work that takes long, and Python beside them must take the same steps.

use super::args::{Args, not_an_integer, not_ordered};
use super::{Ctx, Unwind};
use crate::outcome::Raised;
use crate::value::Value;

/// Trial divisions in one slice: at most about 0.2 ms natively, at 10 ns each.
const SLICE_DIVISIONS: u64 = 20_000;

/// The prime factors of `n` in rising order, each as often as it divides; 1 has itself.
pub(super) fn factors(args: &Args<'_>, ctx: &mut dyn Ctx) -> Result<Value, Unwind> {
    let n = args.get("n");
    let assertion = Raised::new("AssertionError", "");
    let n = match (n.as_int(), n.as_float()) {
        (Some(int), _) => u64::try_from(int).ok().filter(|n| *n >= 1).ok_or(assertion)?,
        (None, Some(float)) if float < 1.0 => return Err(assertion.into()),
        (None, Some(_)) => return Err(not_an_integer(n).into()),
        (None, None) => return Err(not_ordered(">=", n.type_name(), "int").into()),
    };
    let (mut search, mut found) = Search::start(n, ctx);
    while search.goes_on() {
        ctx.compute(&mut || search.slice(&mut found))?;
        ctx.rest(&|| search.place(&found))?;
    }
    if search.rest > 1 || found.is_empty() {
        found.push(search.rest);
    }
    let int = |factor| Value::Int(i64::try_from(factor).expect("divides a number of 63 bits"));
    Ok(Value::List(found.into_iter().map(int).collect()))
}

/// Whether `n` is a prime.
pub(super) fn is_prime(args: &Args<'_>, ctx: &mut dyn Ctx) -> Result<Value, Unwind> {
    let n = args.get("n");
    let Some(float) = n.as_float() else {
        return Err(not_ordered("<", n.type_name(), "int").into());
    };
    // Python compares and halves floats as well; only `isqrt` refuses them.
    let Some(int) = n.as_int() else {
        return match float {
            float if float < 2.0 => Ok(Value::Bool(false)),
            float if float % 2.0 == 0.0 => Ok(Value::Bool(float <= 2.0)),
            _ => Err(not_an_integer(n).into()),
        };
    };
    let Some(n) = u64::try_from(int).ok().filter(|n| *n >= 2) else {
        return Ok(Value::Bool(false));
    };
    let (mut search, mut found) = Search::start(n, ctx);
    while search.goes_on() && found.is_empty() {
        ctx.compute(&mut || search.slice_until_first(&mut found))?;
        ctx.rest(&|| search.place(&found))?;
    }
    Ok(Value::Bool(found.is_empty()))
}

/// A search for factors that can pause between any two divisions.
struct Search {
    /// What is left to be factored.
    rest: u64,
    /// The next number to divide by: 2, then the odd ones.
    candidate: u64,
    /// The last candidate: beyond the root of the number, only what is left can be a factor.
    last: u64,
}

impl Search {
    fn new(n: u64) -> Self {
        Self { rest: n, candidate: 2, last: n.isqrt() }
    }

    /// From where it rested, or from the beginning; and what was found by then.
    fn start(n: u64, ctx: &mut dyn Ctx) -> (Self, Vec<u64>) {
        let new = Self::new(n);
        match ctx.rested().as_deref() {
            Some([rest, candidate, found @ ..]) => {
                (Self { rest: *rest, candidate: *candidate, ..new }, found.to_vec())
            }
            Some(_) | None => (new, Vec::new()),
        }
    }

    /// A note of where it is, for [`Search::start`].
    fn place(&self, found: &[u64]) -> Vec<u64> {
        [&[self.rest, self.candidate], found].concat()
    }

    fn goes_on(&self) -> bool {
        self.rest > 1 && self.candidate <= self.last
    }

    /// Divides for one slice; returns how often it divided.
    fn slice(&mut self, found: &mut Vec<u64>) -> u64 {
        self.divide(found, usize::MAX)
    }

    /// The same, but rests when a factor was found.
    fn slice_until_first(&mut self, found: &mut Vec<u64>) -> u64 {
        self.divide(found, 1)
    }

    fn divide(&mut self, found: &mut Vec<u64>, enough: usize) -> u64 {
        let mut divisions = 0;
        while divisions < SLICE_DIVISIONS && self.goes_on() && found.len() < enough {
            divisions += 1;
            if self.rest.is_multiple_of(self.candidate) {
                found.push(self.candidate);
                self.rest /= self.candidate;
            } else {
                self.candidate += if self.candidate == 2 { 1 } else { 2 };
            }
        }
        divisions
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FakeCtx, raised, returned};
    use super::*;

    fn factors_of(n: i64) -> Vec<i64> {
        match returned("factors", &[Value::Int(n)]) {
            Value::List(factors) => factors.iter().filter_map(Value::as_int).collect(),
            other => panic!("factors({n}) returned {other}"),
        }
    }

    #[test]
    fn factors_are_those_that_python_finds() {
        assert_eq!(factors_of(123_456_789), [3, 3, 3607, 3803]);
        assert_eq!(factors_of(1), [1]);
        assert_eq!(factors_of(2), [2]);
        assert_eq!(factors_of(3), [3]);
        assert_eq!(factors_of(1 << 62), [2; 62]);
        assert_eq!(factors_of(1_000_003), [1_000_003]);
        let sum: i64 = (1..40_000).flat_map(factors_of).sum();
        assert_eq!(sum, 139_614_694);
    }

    #[test]
    fn primes_are_those_that_naive_division_leaves() {
        for n in -3..2_000_i64 {
            let naive = n >= 2 && (2..n).all(|divisor| n % divisor != 0);
            assert_eq!(returned("is_prime", &[Value::Int(n)]), Value::Bool(naive), "{n}");
        }
    }

    #[test]
    fn work_is_counted_in_trial_divisions_and_sliced() {
        let mut ctx = FakeCtx::default();
        let prime = Value::Int(112_272_535_095_293);
        super::super::find("is_prime").expect("in the catalogue").run(&[prime], &mut ctx).unwrap();
        // By 2, and by the odd numbers from 3 to the root, 10_595_873.
        assert_eq!(ctx.units.iter().sum::<u64>(), 1 + (10_595_873 - 3) / 2 + 1);
        assert!(ctx.units.iter().all(|units| (1..=SLICE_DIVISIONS).contains(units)));
    }

    #[test]
    fn what_is_no_whole_number_raises_as_in_python() {
        let isqrt = "TypeError: 'float' object cannot be interpreted as an integer";
        assert_eq!(raised("factors", &[Value::Int(0)]), "AssertionError");
        assert_eq!(raised("factors", &[Value::Float(0.5)]), "AssertionError");
        assert_eq!(raised("factors", &[Value::Float(8.0)]), isqrt);
        assert_eq!(
            raised("factors", &[Value::from("a")]),
            "TypeError: '>=' not supported between instances of 'str' and 'int'"
        );
        assert_eq!(raised("is_prime", &[Value::Float(7.0)]), isqrt);
        assert_eq!(returned("is_prime", &[Value::Float(2.0)]), Value::Bool(true));
        assert_eq!(
            raised("is_prime", &[Value::None]),
            "TypeError: '<' not supported between instances of 'NoneType' and 'int'"
        );
    }
}
