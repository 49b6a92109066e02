//! A task's body in virtual time: run again from its start with the answers known so far, up to the
//! next thing that takes time or asks the engine.

use std::sync::Arc;

use crate::engine::event::{Items, Part, Work};
use crate::engine::io::Assignment;
use crate::function::{Boundary, Ctx, Inner, Stop, Unwind};
use crate::limits;
use crate::outcome::{Outcome, Raised};
use crate::rng::Rng;
use crate::scenario::{Item, Plan};
use crate::sim::cpu::Costs;
use crate::units::{Instant, Span, TaskId};
use crate::value::Value;

/// A call that a simulated worker (or the main thread) is computing.
#[derive(Debug, Clone, Hash)]
pub struct Body {
    /// What it was given.
    pub work: Work,
    inputs: Arc<[Value]>,
    boundary: Boundary,
    /// Its items that are through.
    pub items: Items,
    started: Instant,
    /// What the present item has been answered so far.
    answers: Vec<BodyAnswer>,
    /// Where its computing rests since the last answer.
    rested: Option<Rested>,
}

/// Computing that rests between two slices.
#[derive(Debug, Clone, Hash)]
struct Rested {
    /// Units of work that are done since the last answer.
    units: u64,
    /// The body's own note of where it is.
    place: Vec<u64>,
}

/// What a body was answered.
#[derive(Debug, Clone, Hash)]
pub enum BodyAnswer {
    /// It waited, or passed its gate.
    Through,
    /// Its submit went through.
    Submitted(Inner),
    /// Its inner future's value.
    Value(Value),
    /// What it asked for raised.
    Raised(Raised),
}

/// What a body wants next.
#[derive(Debug, Clone, PartialEq, Hash)]
pub enum Request {
    /// So much time.
    Wait(Span),
    /// `executor.submit(function, *args)`; its number among this body's submits.
    Submit { number: u32, function: &'static str, args: Vec<Value> },
    /// `inner.result()`.
    Result(Inner),
    /// To pass its task's gate.
    Gate,
    /// `os._exit(code)`.
    HardExit(i32),
    /// Never to go on.
    Forever,
    /// Nothing: the present item is through, with this outcome.
    End(Outcome),
}

/// How far a body came: after so many units of work it wants this.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Units of work since its last answer.
    pub units: u64,
    /// What it wants then.
    pub request: Request,
}

impl Body {
    /// The body of this call, before its first item.
    pub fn new(assignment: Assignment, boundary: Boundary, now: Instant) -> Self {
        let Assignment { call: _, work, inputs } = assignment;
        let items = Items::default();
        Self { work, inputs, boundary, items, started: now, answers: Vec::new(), rested: None }
    }

    /// Runs the present item from its start, up to the first request that has no answer yet.
    ///
    /// If it `rests`, one slice of computing is enough: nothing comes back then, and the same call
    /// goes on behind that slice.
    pub fn run(&mut self, plan: &Plan, costs: Costs, rests: bool) -> Option<Progress> {
        let (Item { function, args, .. }, mut rng) = self.item(plan, self.place());
        let mut ctx = Replay {
            answers: &self.answers,
            next: 0,
            units: 0,
            submits: 0,
            request: None,
            boundary: self.boundary,
            costs,
            rng: &mut rng,
            rests,
            rested: self.rested.take(),
        };
        let ended = function.run(&args, &mut ctx);
        let Replay { units, request, rested, .. } = ctx;
        let request = match (ended, request) {
            (Ok(outcome), _) => Request::End(outcome),
            (Err(_), Some(request)) => request,
            (Err(_), None) => {
                assert!(rested.is_some(), "a body stops only at a request, or to rest");
                self.rested = rested;
                return None;
            }
        };
        Some(Progress { units, request })
    }

    /// What is computed in one of the call's places, and the random stream of that.
    fn item(&self, plan: &Plan, place: u32) -> (Item, Rng) {
        let item =
            plan.item(&self.work, &self.inputs, place).expect("the place is one of the call's");
        let seed = plan.scenario.seed;
        let rng = match &self.work {
            Work::Tasks(_) => {
                let task = item.task.expect("a part is a task's");
                Rng::for_task(seed, task.0, item.item)
            }
            Work::Inner { of, number, .. } => {
                // Streams of inner calls lie beyond those of the scenario's tasks.
                let of = of.map_or(u32::MAX, |of| u32::MAX - 1 - of.0);
                Rng::for_task(seed, of, *number)
            }
        };
        (item, rng)
    }

    /// The present item; none of an inner call.
    pub fn item_part(&self) -> Option<Part> {
        self.work.item_at(self.place())
    }

    /// The place of the present item in the call.
    fn place(&self) -> u32 {
        u32::try_from(self.items.outcomes.len()).expect("items are limited")
    }

    /// When the present item began.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Whether the present item has asked for nothing yet.
    pub fn is_at_start(&self) -> bool {
        self.answers.is_empty()
    }

    /// The task that the main thread computes itself.
    pub fn first_task(&self) -> TaskId {
        self.work.first_task().expect("main calls tasks of the graph")
    }

    /// The present item is answered.
    pub fn answer(&mut self, answer: BodyAnswer) {
        self.answers.push(answer);
    }

    /// The present item is through; whether it was the last. Behind one that raised, the others of
    /// its chunk are not run.
    pub fn end_item(&mut self, outcome: Outcome, now: Instant) -> bool {
        let raised = matches!(outcome, Outcome::Raised(_));
        self.items.push(self.started, now, outcome);
        self.started = now;
        self.answers.clear();
        raised || self.items.outcomes.len() == self.work.item_count() as usize
    }
}

/// The `Ctx` that answers from a list, and stops the body at the first request behind its end.
struct Replay<'a> {
    answers: &'a [BodyAnswer],
    next: usize,
    units: u64,
    submits: u32,
    request: Option<Request>,
    boundary: Boundary,
    costs: Costs,
    rng: &'a mut Rng,
    /// It rests after a slice.
    rests: bool,
    /// Where it rested the last time, until it goes on from there; and where it rests now.
    rested: Option<Rested>,
}

impl Replay<'_> {
    fn ask(&mut self, request: Request) -> Result<BodyAnswer, Unwind> {
        match self.answers.get(self.next) {
            Some(BodyAnswer::Raised(raised)) => {
                self.next += 1;
                Err(Unwind::Raise(raised.clone()))
            }
            Some(answer) => {
                self.next += 1;
                Ok(answer.clone())
            }
            None => {
                self.request = Some(request);
                Err(Unwind::Stop(Stop::Suspended))
            }
        }
    }
}

impl Ctx for Replay<'_> {
    fn wait(&mut self, span: Span) -> Result<(), Unwind> {
        self.ask(Request::Wait(span)).map(|_| ())
    }

    fn compute(&mut self, slice: &mut dyn FnMut() -> u64) -> Result<(), Unwind> {
        let units = slice();
        // What lies before an answer was charged before that answer.
        if self.next == self.answers.len() {
            self.units += units;
        }
        if self.costs.compute(self.units) > limits::WALL {
            // It works on beyond the end of the run: nobody will see what comes of it.
            return Err(self.forever());
        }
        Ok(())
    }

    fn rested(&mut self) -> Option<Vec<u64>> {
        // Only what lies behind the last answer rested; what lies before it runs again as a whole.
        if self.next < self.answers.len() {
            return None;
        }
        let Rested { units, place } = self.rested.take()?;
        self.units = units;
        Some(place)
    }

    fn rest(&mut self, place: &dyn Fn() -> Vec<u64>) -> Result<(), Unwind> {
        if !self.rests || self.next < self.answers.len() {
            return Ok(());
        }
        self.rested = Some(Rested { units: self.units, place: place() });
        Err(Unwind::Stop(Stop::Suspended))
    }

    fn submit(&mut self, function: &'static str, args: Vec<Value>) -> Result<Inner, Unwind> {
        let number = self.submits;
        self.submits += 1;
        match self.ask(Request::Submit { number, function, args })? {
            BodyAnswer::Submitted(inner) => Ok(inner),
            answer => unreachable!("{answer:?} does not answer a submit"),
        }
    }

    fn result(&mut self, inner: Inner) -> Result<Value, Unwind> {
        match self.ask(Request::Result(inner))? {
            BodyAnswer::Value(value) => Ok(value),
            answer => unreachable!("{answer:?} is no result"),
        }
    }

    fn gate(&mut self) -> Result<(), Unwind> {
        self.ask(Request::Gate).map(|_| ())
    }

    fn allocate(&mut self, bytes: u64) -> Result<(), Unwind> {
        // Simulated memory is empty but for what this body holds.
        if bytes > limits::DATA_BYTES { Err(Raised::memory().into()) } else { Ok(()) }
    }

    fn hard_exit(&mut self, code: i32) -> Unwind {
        self.request = Some(Request::HardExit(code));
        Unwind::Stop(Stop::Exited)
    }

    fn forever(&mut self) -> Unwind {
        self.request = Some(Request::Forever);
        Unwind::Stop(Stop::Suspended)
    }

    fn boundary(&self) -> Boundary {
        self.boundary
    }

    fn rng(&mut self) -> &mut Rng {
        self.rng
    }
}
