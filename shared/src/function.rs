//! The catalogue of task functions: what a task of a graph can do.
//!
//! Each function is written once, against a [`Ctx`], and stands beside the Python that does the
//! same. A driver runs it by handing it a `Ctx`: real threads really wait and compute, the
//! simulator charges virtual time. The page builds its forms from [`Param`], a rendered program
//! prints [`Function::python`], and so a new function needs an entry here and nothing elsewhere.
//!
//! ```text
//! scenario ──literals──▶ check ──▶ run ──args──▶ body ──wait, compute, submit, result──▶ Ctx
//!                          │                      │
//!                     BadArgument             Outcome, or Stop
//!                   (before the run)       (never a Rust panic)
//! ```
//!
//! Two things look alike and are not. A *literal* that makes no sense is refused before the run,
//! in our words ([`Param::check`]). A value that *arrives* along an edge and makes no sense
//! raises what Python would raise, in Python's words, because the learner's program would.
//!
//! Where things are: `catalogue.rs` has the table and every body of a few lines, `bodies.rs` the
//! longer ones, `numbers.rs` what computes, `web.rs` what fetches.

mod args;
mod bodies;
mod catalogue;
mod ctx;
mod numbers;
mod param;
#[cfg(test)]
mod testing;
mod web;

use std::fmt;

use crate::outcome::{Outcome, Raised};
use crate::value::Value;

use args::Args;

pub use catalogue::CATALOGUE;
pub use ctx::{Boundary, Ctx, Inner, Stop, Unwind};
pub use param::{BadArgument, DefaultValue, Kind, MAX_SECONDS, Param};

/// One function of the catalogue.
pub struct Function {
    /// How scenarios and Python call it.
    pub name: &'static str,
    /// With which others it stands in a menu.
    pub group: Group,
    /// What it does, in one sentence for the learner who picks it.
    pub about: &'static str,
    /// What it takes, in Python's order; those without a default first.
    pub params: &'static [Param],
    /// The import lines that [`Function::python`] needs, one each.
    pub imports: &'static [&'static str],
    /// The same function in Python. Needs nothing but its imports, and the globals that its
    /// comments name.
    pub python: &'static str,
    /// What of it cannot go to another process and back.
    pub pickling: Pickling,
    /// Pure between its calls of `Ctx`; see there.
    body: fn(&Args<'_>, &mut dyn Ctx) -> Result<Value, Unwind>,
}

/// What of a function's call cannot go to another process and back (python-semantics §3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pickling {
    /// Everything can, or the body itself sees to it.
    Fine,
    /// The call cannot be pickled.
    NotTheCall,
    /// What it raises cannot be unpickled.
    NotItsErrors,
}

/// What functions have in common for whoever picks one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// They take time and no computing.
    Time,
    /// They calculate at once, or after a sleep.
    Numbers,
    /// They keep a core busy, and do nothing else.
    Computing,
    /// They fail, each in its own way.
    Trouble,
    /// They wait for somebody, perhaps for ever.
    Waiting,
}

impl Group {
    /// All groups, in the order of the catalogue.
    pub const ALL: [Self; 5] =
        [Self::Time, Self::Numbers, Self::Computing, Self::Trouble, Self::Waiting];

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Time => "Time",
            Self::Numbers => "Numbers",
            Self::Computing => "Computing",
            Self::Trouble => "Trouble",
            Self::Waiting => "Waiting",
        }
    }
}

/// The function called `name`.
pub fn find(name: &str) -> Option<&'static Function> {
    CATALOGUE.iter().find(|function| function.name == name)
}

impl Function {
    /// The parameter called `name`, and its place.
    pub fn param(&self, name: &str) -> Option<(usize, &'static Param)> {
        self.params.iter().enumerate().find(|(_, param)| param.name == name)
    }

    /// What is wrong with the literals of a scenario, in the order of the parameters.
    ///
    /// `literal` answers `None` for a parameter that has no literal, be it fed by an edge or
    /// missing: which of the two, only the graph knows.
    pub fn check<'a>(&self, literal: impl Fn(&str) -> Option<&'a Value>) -> Vec<BadArgument> {
        let wrong = |param: &Param| literal(param.name).and_then(|value| param.check(value).err());
        self.params.iter().filter_map(wrong).collect()
    }

    /// Runs the body to its end.
    ///
    /// `args` are in the order of `params`, with `Value::None` for an optional one that was not
    /// given; at the end they may be left out, as in Python. A variadic parameter takes one
    /// `Value::List`. Whatever the values are, the worst that comes of them is a raised exception.
    ///
    /// # Errors
    /// [`Stop`] if the body did not come to an end: it is suspended, or its process is going away.
    pub fn run(&self, args: &[Value], ctx: &mut dyn Ctx) -> Result<Outcome, Stop> {
        let ended =
            Args::bind(self, args).map_err(Unwind::from).and_then(|args| (self.body)(&args, ctx));
        match ended {
            Ok(value) if value.can_travel() => Ok(Outcome::Returned(value)),
            Ok(_) => Ok(Outcome::Raised(Raised::too_large("the value that the function returned"))),
            Err(Unwind::Raise(raised)) => Ok(Outcome::Raised(raised)),
            Err(Unwind::Stop(stop)) => Err(stop),
        }
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::testing::{FakeCtx, raised};
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        let names: BTreeSet<_> = CATALOGUE.iter().map(|function| function.name).collect();
        assert_eq!(names.len(), CATALOGUE.len());
        for name in names {
            assert_eq!(find(name).expect("in the catalogue").name, name);
        }
        assert!(find("no_such_function").is_none());
    }

    #[test]
    fn defaults_pass_their_own_check_and_come_last() {
        for function in CATALOGUE {
            assert!(
                function.params.is_sorted_by_key(|param| param.default.is_some()),
                "{function:?}"
            );
            for param in function.params {
                if let Some(default) = param.default {
                    assert_eq!(param.check(&default.value()), Ok(()), "{function:?}");
                }
            }
        }
    }

    #[test]
    fn the_python_takes_the_same_parameters() {
        for function in CATALOGUE {
            let written: Vec<String> = function.params.iter().map(Param::python).collect();
            let signature = format!("def {}({}):\n", function.name, written.join(", "));
            assert!(function.python.contains(&signature), "{signature}");
        }
    }

    #[test]
    fn no_value_that_arrives_makes_a_body_panic() {
        let values = [
            Value::None,
            Value::Bool(true),
            Value::Int(0),
            Value::Int(-1),
            Value::Int(i64::MAX),
            Value::Int(i64::MIN),
            Value::Float(-0.5),
            Value::Float(1e300),
            Value::from("x"),
            Value::List(vec![Value::Int(1)]),
        ];
        // `hang` never ends, and the largest number of all takes its time.
        let quick =
            |function: &&Function| !["hang", "factors", "is_prime"].contains(&function.name);
        for function in CATALOGUE.iter().filter(quick) {
            for first in &values {
                for second in &values {
                    let args = [first.clone(), second.clone(), first.clone()];
                    let given = &args[..function.params.len().min(args.len())];
                    let ended = function.run(given, &mut FakeCtx::default());
                    assert_ne!(ended, Err(Stop::Suspended), "{function:?} {given:?}");
                }
            }
        }
    }

    #[test]
    fn what_computes_does_nothing_else_and_nothing_else_computes() {
        let thirty = [Value::Int(30)];
        for function in CATALOGUE.iter().filter(|function| function.name != "hang") {
            let mut ctx = FakeCtx::default();
            let ended = function.run(&thirty, &mut ctx);
            if function.group == Group::Computing {
                assert!(ended.is_ok() && ctx.waits.is_empty() && ctx.submitted.is_empty());
                assert!(ctx.gates == 0 && ctx.allocated.is_empty(), "{function:?}");
            }
            assert_eq!(ctx.units.is_empty(), function.group != Group::Computing, "{function:?}");
        }
    }

    #[test]
    fn a_wrong_literal_is_named_and_an_absent_one_is_not() {
        let sleep = find("sleep").expect("in the catalogue");
        let wrong = Value::from("x");
        let found = sleep.check(|name| (name == "seconds").then_some(&wrong));
        let messages: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(messages, [r#"seconds must be a number from 0 to 86400, not "x""#]);
        assert!(sleep.check(|_| None).is_empty());
    }

    #[test]
    fn too_many_and_too_few_arguments_raise_as_in_python() {
        let args = vec![Value::Int(1); 4];
        let cases = [
            ("sleep", &args[..], "sleep() takes from 1 to 2 positional arguments but 4 were given"),
            ("identity", &args[..2], "identity() takes 1 positional argument but 2 were given"),
            ("hang", &args[..1], "hang() takes 0 positional arguments but 1 was given"),
            ("diff", &args[..1], "diff() missing 1 required positional argument: 'y'"),
        ];
        for (name, args, words) in cases {
            assert_eq!(raised(name, args), format!("TypeError: {words}"));
        }
    }
}
