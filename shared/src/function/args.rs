//! The arguments of one call, and how a body reads what Python would have to convert.
//!
//! Nothing here has been checked: a value may have come along an edge. So each reading raises what
//! Python raises in its place.

use std::borrow::Cow;

use super::{Ctx, Function, Param, Unwind};
use crate::outcome::Raised;
use crate::units::Span;
use crate::value::Value;

/// The arguments of one call, by the names of the parameters.
pub(super) struct Args<'a> {
    params: &'static [Param],
    /// One for each of `params`; defaults are filled in.
    values: Vec<Cow<'a, Value>>,
}

impl<'a> Args<'a> {
    /// Gives each parameter its argument or its default.
    ///
    /// # Errors
    /// `TypeError` if there are too many arguments, or too few.
    pub(super) fn bind(function: &Function, given: &'a [Value]) -> Result<Self, Raised> {
        let params = function.params;
        if given.len() > params.len() {
            return Err(too_many(function, given.len()));
        }
        let mut values = Vec::with_capacity(params.len());
        for (place, param) in params.iter().enumerate() {
            values.push(match (given.get(place), param.default) {
                (None | Some(Value::None), Some(default)) => Cow::Owned(default.value()),
                (Some(value), _) => Cow::Borrowed(value),
                (None, None) => {
                    let (function, param) = (function.name, param.name);
                    return Err(Raised::type_error(format!(
                        "{function}() missing 1 required positional argument: '{param}'"
                    )));
                }
            });
        }
        Ok(Self { params, values })
    }

    /// The argument of the parameter `name`, which the function must have.
    pub(super) fn get(&self, name: &str) -> &Value {
        let place = self.params.iter().position(|param| param.name == name);
        &self.values[place.expect("a body asks for parameters that it declares")]
    }

    /// The argument `returns`, or `otherwise` if it was not given.
    pub(super) fn returns_or(&self, otherwise: Value) -> Value {
        match self.get("returns") {
            Value::None => otherwise,
            given => given.clone(),
        }
    }

    /// The further arguments: those of a variadic parameter.
    pub(super) fn variadic(&self, name: &str) -> Result<&[Value], Raised> {
        match self.get(name) {
            Value::None => Ok(&[]),
            Value::List(values) => Ok(values),
            other => Err(Raised::type_error(format!(
                "argument after * must be an iterable, not {}",
                other.type_name()
            ))),
        }
    }
}

fn too_many(function: &Function, given: usize) -> Raised {
    let most = function.params.len();
    let least = function.params.iter().filter(|param| param.default.is_none()).count();
    let range = if least == most { most.to_string() } else { format!("from {least} to {most}") };
    let arguments = if most == 1 { "argument" } else { "arguments" };
    let were = if given == 1 { "was" } else { "were" };
    let name = function.name;
    Raised::type_error(format!(
        "{name}() takes {range} positional {arguments} but {given} {were} given"
    ))
}

/// `time.sleep(seconds)`.
pub(super) fn sleep(seconds: &Value, ctx: &mut dyn Ctx) -> Result<(), Unwind> {
    let span = span(seconds)?;
    ctx.wait(span)
}

fn span(seconds: &Value) -> Result<Span, Raised> {
    let Some(float) = seconds.as_float() else {
        return Err(not_an_integer(seconds));
    };
    if float < 0.0 {
        return Err(Raised::new("ValueError", "sleep length must be non-negative"));
    }
    // Python counts nanoseconds in 64 bits with a sign.
    if float * 1e9 >= 9_223_372_036_854_775_808.0 {
        let message = "timestamp too large to convert to C PyTime_t";
        return Err(Raised::new("OverflowError", message));
    }
    Ok(Span::from_seconds(float))
}

/// `operator.index(value)`: what Python does where only a whole number will do.
pub(super) fn index(value: &Value) -> Result<i64, Raised> {
    value.as_int().ok_or_else(|| not_an_integer(value))
}

/// What Python raises when it wants a whole number and gets `value`.
pub(super) fn not_an_integer(value: &Value) -> Raised {
    let name = value.type_name();
    Raised::type_error(format!("'{name}' object cannot be interpreted as an integer"))
}

/// What `left < right` and its like raise when the two have no order.
pub(super) fn not_ordered(operator: &str, left: &str, right: &str) -> Raised {
    let between = format!("not supported between instances of '{left}' and '{right}'");
    Raised::type_error(format!("'{operator}' {between}"))
}
