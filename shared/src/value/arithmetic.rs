//! `+`, `-`, `*` and `/` as Python calculates them, up to 64 bits.
//!
//! Refusals are Python's own, word for word. Where Python would go on and we cannot, past
//! `i64` or to infinity, the answer is an `OverflowError` that says so.

use super::Value;
use crate::outcome::Raised;

/// Bytes or items that a repeated text or list may come to; the limit of any value that travels.
const MAX_REPEATED: usize = 1 << 20;

impl Value {
    /// `self + other`: numbers are added, text and lists joined.
    ///
    /// # Errors
    /// `TypeError` in Python's words; `OverflowError` past 64 bits or the largest float.
    pub fn checked_add(&self, other: &Self) -> Result<Self, Raised> {
        match (self, other) {
            (Self::Text(left), Self::Text(right)) => Ok(Self::Text(format!("{left}{right}"))),
            (Self::List(left), Self::List(right)) => Ok(Self::List([&left[..], right].concat())),
            (Self::Text(_) | Self::List(_), _) => {
                let (left, right) = (self.type_name(), other.type_name());
                let message = format!("can only concatenate {left} (not \"{right}\") to {left}");
                Err(Raised::type_error(message))
            }
            _ => match Numbers::of(self, other) {
                Some(Numbers::Ints(left, right)) => int(left.checked_add(right)),
                Some(Numbers::Floats(left, right)) => float(left + right),
                None => Err(unsupported("+", self, other)),
            },
        }
    }

    /// `self - other`, for numbers.
    ///
    /// # Errors
    /// `TypeError` in Python's words; `OverflowError` past 64 bits or the largest float.
    pub fn checked_sub(&self, other: &Self) -> Result<Self, Raised> {
        match Numbers::of(self, other) {
            Some(Numbers::Ints(left, right)) => int(left.checked_sub(right)),
            Some(Numbers::Floats(left, right)) => float(left - right),
            None => Err(unsupported("-", self, other)),
        }
    }

    /// `self * other`: numbers are multiplied; text or a list and a whole number make a repetition.
    ///
    /// # Errors
    /// `TypeError` in Python's words; `OverflowError` past 64 bits or the largest float;
    /// `MemoryError` for a repetition of more than 1 MiB or 2^20 items.
    pub fn checked_mul(&self, other: &Self) -> Result<Self, Raised> {
        match (self, other) {
            (sequence @ (Self::Text(_) | Self::List(_)), count)
            | (count, sequence @ (Self::Text(_) | Self::List(_))) => repeat(sequence, count),
            _ => match Numbers::of(self, other) {
                Some(Numbers::Ints(left, right)) => int(left.checked_mul(right)),
                Some(Numbers::Floats(left, right)) => float(left * right),
                None => Err(unsupported("*", self, other)),
            },
        }
    }

    /// `self / other`, for numbers: a float, whatever they are.
    ///
    /// # Errors
    /// `TypeError` in Python's words; `ZeroDivisionError`; `OverflowError` past the largest float.
    pub fn checked_div(&self, other: &Self) -> Result<Self, Raised> {
        match Numbers::of(self, other) {
            // Of floats, Pythons before 3.14 say "float division by zero".
            Some(Numbers::Ints(_, 0)) => Err(Raised::zero_division()),
            Some(Numbers::Floats(_, 0.0)) => Err(Raised::zero_division()),
            Some(Numbers::Ints(left, right)) => float(quotient(left, right)),
            Some(Numbers::Floats(left, right)) => float(left / right),
            None => Err(unsupported("/", self, other)),
        }
    }

    /// This number as Python's arithmetic takes it, where `True` is 1; `None` if it is no `int` or
    /// `bool`.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Bool(truth) => Some(i64::from(*truth)),
            Self::Int(int) => Some(*int),
            Self::None | Self::Float(_) | Self::Text(_) | Self::List(_) => None,
        }
    }

    /// This number as a float, where `True` is 1.0; `None` if it is no number.
    ///
    /// An int of more than 53 bits is rounded, as `float(value)` would.
    #[allow(clippy::cast_precision_loss)]
    pub fn as_float(&self) -> Option<f64> {
        match self {
            Self::Float(float) => Some(*float),
            other => other.as_int().map(|int| int as f64),
        }
    }
}

/// Two numbers of one type: Python makes both floats if either is one.
enum Numbers {
    Ints(i64, i64),
    Floats(f64, f64),
}

impl Numbers {
    fn of(left: &Value, right: &Value) -> Option<Self> {
        match (left.as_int(), right.as_int()) {
            (Some(left), Some(right)) => Some(Self::Ints(left, right)),
            _ => Some(Self::Floats(left.as_float()?, right.as_float()?)),
        }
    }
}

fn int(result: Option<i64>) -> Result<Value, Raised> {
    let message = "Futurescope counts to 64 bits";
    result.map(Value::Int).ok_or_else(|| Raised::new("OverflowError", message))
}

/// The float that is nearest to the quotient, which making both floats first would not give: they
/// would be rounded, too.
#[allow(clippy::cast_precision_loss)]
fn quotient(left: i64, right: i64) -> f64 {
    let [dividend, divisor] = [left, right].map(|int| u128::from(int.unsigned_abs()));
    // As far to the left as it goes, so that the quotient has 64 bits or more. A float has 53, and
    // so the last of them can stand for all that the division leaves over.
    let shift = dividend.leading_zeros().min(127);
    let shifted = dividend << shift;
    let rest = u128::from(shifted % divisor != 0);
    let magnitude = ((shifted / divisor) | rest) as f64 / (1_u128 << shift) as f64;
    if (left < 0) == (right < 0) { magnitude } else { -magnitude }
}

/// Python would answer `inf` here, which no [`Value`] can hold.
fn float(result: f64) -> Result<Value, Raised> {
    if result.is_finite() {
        return Ok(Value::Float(result));
    }
    Err(Raised::new("OverflowError", "Futurescope has no infinite floats"))
}

fn unsupported(operator: &str, left: &Value, right: &Value) -> Raised {
    let (left, right) = (left.type_name(), right.type_name());
    Raised::type_error(format!(
        "unsupported operand type(s) for {operator}: '{left}' and '{right}'"
    ))
}

fn repeat(sequence: &Value, count: &Value) -> Result<Value, Raised> {
    let Some(count) = count.as_int() else {
        let name = count.type_name();
        let message = format!("can't multiply sequence by non-int of type '{name}'");
        return Err(Raised::type_error(message));
    };
    let fits = |length: usize| {
        if length == 0 {
            return Some(0);
        }
        // Python takes a negative count for none at all.
        let count = usize::try_from(count.max(0)).ok()?;
        (length.checked_mul(count)? <= MAX_REPEATED).then_some(count)
    };
    let repeated = match sequence {
        Value::Text(text) => fits(text.len()).map(|count| Value::Text(text.repeat(count))),
        Value::List(items) => fits(items.len()).map(|count| {
            Value::List(std::iter::repeat_n(items, count).flatten().cloned().collect())
        }),
        other => unreachable!("{} is no sequence", other.type_name()),
    };
    repeated.ok_or_else(|| Raised::new("MemoryError", ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(value: i64) -> Value {
        Value::Int(value)
    }

    fn message(result: Result<Value, Raised>) -> String {
        result.expect_err("must be refused").to_string()
    }

    #[test]
    fn numbers_are_promoted_as_in_python() {
        let half = Value::Float(0.5);
        assert_eq!(int(6).checked_add(&int(7)), Ok(int(13)));
        assert_eq!(int(1).checked_add(&half), Ok(Value::Float(1.5)));
        assert_eq!(Value::Bool(true).checked_add(&Value::Bool(true)), Ok(int(2)));
        assert_eq!(half.checked_sub(&Value::Bool(true)), Ok(Value::Float(-0.5)));
        assert_eq!(Value::Bool(true).checked_mul(&Value::Bool(true)), Ok(int(1)));
        assert_eq!(int(5).checked_mul(&Value::Float(10.0)), Ok(Value::Float(50.0)));
    }

    #[test]
    fn a_quotient_is_a_float_and_rounded_once() {
        assert_eq!(int(6).checked_div(&int(3)), Ok(Value::Float(2.0)));
        assert_eq!(int(1).checked_div(&Value::Float(0.5)), Ok(Value::Float(2.0)));
        assert_eq!(Value::Bool(true).checked_div(&int(-4)), Ok(Value::Float(-0.25)));
        // What Python says of each. As floats, the first two would give …330.5 and …332.0.
        let cases = [
            (9_007_199_254_740_993, 3, 3_002_399_751_580_331.0),
            (9_007_199_254_740_995, 3, 3_002_399_751_580_331.5),
            (i64::MIN, -1, 9_223_372_036_854_775_808.0),
            (i64::MIN, i64::MAX, -1.0),
            (1, i64::MIN, -1.084_202_172_485_504_4e-19),
        ];
        for (left, right, quotient) in cases {
            assert_eq!(int(left).checked_div(&int(right)), Ok(Value::Float(quotient)));
        }
        assert_eq!(int(0).checked_div(&int(-5)).unwrap().repr(), "-0.0");
    }

    #[test]
    fn nothing_is_divided_by_zero() {
        let zeros = [int(0), Value::Bool(false), Value::Float(0.0), Value::Float(-0.0)];
        for left in [int(1), int(0), Value::Float(0.5)] {
            for zero in &zeros {
                let refused = "ZeroDivisionError: division by zero";
                assert_eq!(message(left.checked_div(zero)), refused);
            }
        }
    }

    #[test]
    fn sequences_are_joined_and_repeated() {
        let (ab, list) = (Value::from("ab"), Value::List(vec![int(1)]));
        assert_eq!(ab.checked_add(&ab), Ok(Value::from("abab")));
        assert_eq!(list.checked_add(&list), Ok(Value::List(vec![int(1), int(1)])));
        assert_eq!(ab.checked_mul(&int(2)), Ok(Value::from("abab")));
        assert_eq!(int(-1).checked_mul(&list), Ok(Value::List(vec![])));
    }

    #[test]
    fn wrong_types_are_refused_in_python_words() {
        let (text, none, list) = (Value::from("a"), Value::None, Value::List(vec![]));
        let cases = [
            (int(1).checked_add(&text), "unsupported operand type(s) for +: 'int' and 'str'"),
            (text.checked_add(&int(1)), "can only concatenate str (not \"int\") to str"),
            (list.checked_add(&text), "can only concatenate list (not \"str\") to list"),
            (text.checked_sub(&text), "unsupported operand type(s) for -: 'str' and 'str'"),
            (
                none.checked_mul(&none),
                "unsupported operand type(s) for *: 'NoneType' and 'NoneType'",
            ),
            (text.checked_div(&int(0)), "unsupported operand type(s) for /: 'str' and 'int'"),
            (list.checked_div(&none), "unsupported operand type(s) for /: 'list' and 'NoneType'"),
            (text.checked_mul(&text), "can't multiply sequence by non-int of type 'str'"),
            (none.checked_mul(&list), "can't multiply sequence by non-int of type 'NoneType'"),
        ];
        for (result, words) in cases {
            assert_eq!(message(result), format!("TypeError: {words}"));
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let beyond = "OverflowError: Futurescope counts to 64 bits";
        assert_eq!(message(int(i64::MAX).checked_add(&int(1))), beyond);
        assert_eq!(message(int(i64::MIN).checked_sub(&int(1))), beyond);
        assert_eq!(message(int(1 << 32).checked_mul(&int(1 << 32))), beyond);
        let huge = Value::Float(1e300);
        let infinite = "OverflowError: Futurescope has no infinite floats";
        assert_eq!(message(huge.checked_mul(&huge)), infinite);
        assert_eq!(message(huge.checked_div(&Value::Float(1e-300))), infinite);
        assert_eq!(message(Value::from("ab").checked_mul(&int(i64::MAX))), "MemoryError");
    }
}
