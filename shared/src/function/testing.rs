//! A [`Ctx`] for the tests of the bodies: nothing takes time, and everything is written down.

use super::{Boundary, Ctx, Inner, Stop, Unwind, find};
use crate::outcome::{Outcome, Raised};
use crate::rng::Rng;
use crate::units::Span;
use crate::value::Value;

/// How many waits a body may ask for; then it is stopped, as one that never ends must be.
const MAX_WAITS: usize = 100;

/// Grants everything at once and writes it down.
pub(super) struct FakeCtx {
    /// Each wait.
    pub(super) waits: Vec<Span>,
    /// The units of each slice.
    pub(super) units: Vec<u64>,
    /// Each inner submit, by its number.
    pub(super) submitted: Vec<(&'static str, Vec<Value>)>,
    /// The bytes of each allocation.
    pub(super) allocated: Vec<u64>,
    /// How often the gate was waited for.
    pub(super) gates: usize,
    /// The code of the hard exit.
    pub(super) exited: Option<i32>,
    /// What [`Ctx::boundary`] answers.
    pub(super) boundary: Boundary,
    rng: Rng,
}

impl Default for FakeCtx {
    fn default() -> Self {
        Self {
            waits: vec![],
            units: vec![],
            submitted: vec![],
            allocated: vec![],
            gates: 0,
            exited: None,
            boundary: Boundary::None,
            rng: Rng::for_task(1, 0, 0),
        }
    }
}

impl Ctx for FakeCtx {
    fn wait(&mut self, span: Span) -> Result<(), Unwind> {
        self.waits.push(span);
        if self.waits.len() < MAX_WAITS { Ok(()) } else { Err(Stop::Suspended.into()) }
    }

    fn compute(&mut self, slice: &mut dyn FnMut() -> u64) -> Result<(), Unwind> {
        self.units.push(slice());
        Ok(())
    }

    fn submit(&mut self, function: &'static str, args: Vec<Value>) -> Result<Inner, Unwind> {
        self.submitted.push((function, args));
        Ok(Inner(u32::try_from(self.submitted.len() - 1).expect("a handful")))
    }

    fn result(&mut self, inner: Inner) -> Result<Value, Unwind> {
        let (function, args) = self.submitted[inner.0 as usize].clone();
        match find(function).expect("in the catalogue").run(&args, self)? {
            Outcome::Returned(value) => Ok(value),
            Outcome::Raised(raised) => Err(raised.into()),
            Outcome::Lost => unreachable!("a body never loses itself"),
        }
    }

    fn gate(&mut self) -> Result<(), Unwind> {
        self.gates += 1;
        Ok(())
    }

    fn allocate(&mut self, bytes: u64) -> Result<(), Unwind> {
        self.allocated.push(bytes);
        Ok(())
    }

    fn hard_exit(&mut self, code: i32) -> Unwind {
        self.exited = Some(code);
        Stop::Exited.into()
    }

    fn boundary(&self) -> Boundary {
        self.boundary
    }

    fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }
}

pub(super) fn int(value: i64) -> Value {
    Value::Int(value)
}

/// Runs `name` in `ctx`, to look at `ctx` afterwards.
pub(super) fn run_in(ctx: &mut FakeCtx, name: &str, args: &[Value]) -> Result<Outcome, Stop> {
    find(name).expect("in the catalogue").run(args, ctx)
}

/// How the function `name` ended, and what it waited for.
pub(super) fn run(name: &str, args: &[Value]) -> (Result<Value, Raised>, Vec<Span>) {
    let mut ctx = FakeCtx::default();
    let ended = match run_in(&mut ctx, name, args) {
        Ok(Outcome::Returned(value)) => Ok(value),
        Ok(Outcome::Raised(raised)) => Err(raised),
        other => panic!("{name} ended with {other:?}"),
    };
    (ended, ctx.waits)
}

/// What it returned.
pub(super) fn returned(name: &str, args: &[Value]) -> Value {
    run(name, args).0.unwrap_or_else(|raised| panic!("{name} raised {raised}"))
}

/// What it raised, as the last line of a traceback.
pub(super) fn raised(name: &str, args: &[Value]) -> String {
    run(name, args).0.expect_err("must raise").to_string()
}

/// What it waited for.
pub(super) fn waits(name: &str, args: &[Value]) -> Vec<Span> {
    run(name, args).1
}
