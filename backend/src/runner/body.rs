//! Running bodies natively: the `Ctx` of a thread, and what it shares with that of a worker process.
//!
//! A body runs outside every lock. It can panic, which is our fault and shows as an exception of its
//! task; it can wait for ever, until the run is over.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use shared::engine::event::{Agent, Items, Work};
use shared::engine::io::{Answer, Assignment, Callbacks, Command};
use shared::function::{Boundary, Ctx, Function, Inner, Stop, Unwind};
use shared::limits;
use shared::outcome::{Outcome, Raised};
use shared::rng::Rng;
use shared::scenario::{Item, Plan};
use shared::units::{CallId, FutureId, Instant, Span, TaskId};
use shared::value::Value;

use super::gil::Share;
use super::lane::Lane;
use super::over::Over;

/// A `Ctx` in which one item after another runs.
pub trait AtWork: Ctx {
    /// The next item begins: its random stream starts, and what the last one held is let go.
    fn begin(&mut self, task: Option<TaskId>, item: u32);
    /// The run's time.
    fn now(&self) -> Instant;
}

/// Runs every item of a call in order, up to the first that raises: the rest of a chunk is not run,
/// as in CPython.
///
/// # Errors
/// [`Stop`] if the process is going away.
pub fn run_items(
    plan: &Plan,
    assignment: &Assignment,
    ctx: &mut impl AtWork,
) -> Result<Items, Stop> {
    let count = assignment.work.item_count();
    let mut items = Items::with_capacity(count as usize);
    // In a chunk, one body begins when the one before it has ended.
    let mut started = ctx.now();
    for place in 0..count {
        let Some(Item { task, item, function, args }) =
            plan.item(&assignment.work, &assignment.inputs, place)
        else {
            break;
        };
        ctx.begin(task, item);
        let outcome = run_item(function, &args, ctx)?;
        let ended = ctx.now();
        let raised = matches!(outcome, Outcome::Raised(_));
        items.push(started, ended, outcome);
        if raised {
            break;
        }
        started = ended;
    }
    Ok(items)
}

fn run_item(
    function: &'static Function,
    args: &[Value],
    ctx: &mut impl AtWork,
) -> Result<Outcome, Stop> {
    catch_unwind(AssertUnwindSafe(|| function.run(args, ctx))).unwrap_or_else(|panic| {
        let message = format!("the function panicked: {}", panic_text(&*panic));
        Ok(Outcome::Raised(Raised::new("RuntimeError", message)))
    })
}

/// What was panicked with.
pub fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "for an unknown reason".to_owned())
}

/// The memory that one body holds, out of what all bodies of its process may hold together.
pub struct Memory<'a> {
    /// Bytes that bodies hold.
    of_all: &'a AtomicU64,
    held: Vec<Vec<u8>>,
    bytes: u64,
}

impl<'a> Memory<'a> {
    /// Nothing yet.
    pub fn new(of_all: &'a AtomicU64) -> Self {
        Self { of_all, held: Vec::new(), bytes: 0 }
    }

    /// Takes `bytes` more and touches every page of them.
    ///
    /// # Errors
    /// `MemoryError`, if bodies may not hold so much, or the system has it not.
    pub fn hold(&mut self, bytes: u64) -> Result<(), Raised> {
        let fits = |held: u64| held.checked_add(bytes).filter(|sum| *sum <= limits::DATA_BYTES);
        self.of_all
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits)
            .map_err(|_| Raised::memory())?;
        self.bytes += bytes;
        let len = usize::try_from(bytes).map_err(|_| Raised::memory())?;
        let mut held = Vec::new();
        held.try_reserve_exact(len).map_err(|_| Raised::memory())?;
        while held.len() < len {
            // A page at a time: `resize` goes byte by byte in a debug build.
            let page = [1; 4096];
            held.extend_from_slice(&page[..page.len().min(len - held.len())]);
        }
        self.held.push(held);
        Ok(())
    }

    /// Lets go of everything.
    pub fn release(&mut self) {
        self.held.clear();
        self.of_all.fetch_sub(std::mem::take(&mut self.bytes), Ordering::Relaxed);
    }
}

impl Drop for Memory<'_> {
    fn drop(&mut self) {
        self.release();
    }
}

/// Runs a call in the thread that has this lane.
///
/// # Errors
/// [`Over`] if the run ended first.
pub fn run_in_thread(lane: &Lane, assignment: &Assignment) -> Result<Items, Over> {
    let plan = &*lane.run.plan;
    let mut ctx = ThreadCtx {
        lane,
        gil: Share::new(lane),
        call: assignment.call,
        task: None,
        submitted: Vec::new(),
        memory: Memory::new(&lane.run.held),
        rng: None,
        item: 0,
    };
    match run_items(plan, assignment, &mut ctx) {
        Ok(items) => {
            ctx.gil.let_go()?;
            Ok(items)
        }
        Err(Stop::Exited) => Err(Over),
        Err(Stop::Suspended) => unreachable!("only the simulator suspends"),
    }
}

/// What a body has in a thread of the program.
struct ThreadCtx<'a> {
    lane: &'a Lane,
    /// It has it only while it computes: everything else here lets go of it first.
    gil: Share<'a>,
    call: CallId,
    /// None for a call that a task made itself.
    task: Option<TaskId>,
    item: u32,
    submitted: Vec<FutureId>,
    memory: Memory<'a>,
    /// Made at the first use: most bodies draw nothing.
    rng: Option<Rng>,
}

impl AtWork for ThreadCtx<'_> {
    fn begin(&mut self, task: Option<TaskId>, item: u32) {
        (self.task, self.item, self.rng) = (task, item, None);
        self.memory.release();
    }

    fn now(&self) -> Instant {
        self.lane.run.clock.now()
    }
}

impl Ctx for ThreadCtx<'_> {
    fn wait(&mut self, span: Span) -> Result<(), Unwind> {
        self.gil.let_go()?;
        let run = &self.lane.run;
        Ok(run.over.sleep(&run.clock, run.plan.scaled(span))?)
    }

    fn compute(&mut self, slice: &mut dyn FnMut() -> u64) -> Result<(), Unwind> {
        self.gil.turn()?;
        slice();
        Ok(self.lane.run.over.check()?)
    }

    fn submit(&mut self, function: &'static str, args: Vec<Value>) -> Result<Inner, Unwind> {
        self.gil.let_go()?;
        let number = u32::try_from(self.submitted.len()).expect("futures are limited");
        let of = (self.call != Assignment::DIRECT).then(|| FutureId::from(self.call));
        let work = Work::Inner { of, number, function: function.to_owned(), args };
        let (inputs, callbacks) = (Arc::default(), Callbacks::default());
        let submit = Command::Submit { work, inputs, map: None, callbacks };
        match self.lane.call(submit)? {
            Answer::Future(future) => {
                self.submitted.push(future);
                Ok(Inner(number))
            }
            Answer::Raised(raised) => Err(raised.into()),
            other => unreachable!("submit is not answered {other:?}"),
        }
    }

    fn result(&mut self, inner: Inner) -> Result<Value, Unwind> {
        self.gil.let_go()?;
        let future = self.submitted[inner.0 as usize];
        match self.lane.call(Command::Result { future, timeout: None })? {
            Answer::Value(value) => Ok(value),
            Answer::Raised(raised) => Err(raised.into()),
            other => unreachable!("result is not answered {other:?}"),
        }
    }

    fn gate(&mut self) -> Result<(), Unwind> {
        // What a task submits itself is no task, and has no gate that could be closed.
        if let Some(task) = self.task {
            self.gil.let_go()?;
            self.lane.call(Command::PassGate { task })?;
        }
        Ok(())
    }

    fn allocate(&mut self, bytes: u64) -> Result<(), Unwind> {
        Ok(self.memory.hold(bytes)?)
    }

    fn hard_exit(&mut self, code: i32) -> Unwind {
        // The engine writes it, and the run is over for everybody; whoever began it flushes and
        // leaves the process. Should it be over already, nobody is left to hear of either.
        let _ = self.gil.let_go();
        let _ = self.lane.call(Command::HardExit { code });
        Stop::Exited.into()
    }

    fn boundary(&self) -> Boundary {
        if self.call == Assignment::DIRECT && self.lane.agent == Agent::Main {
            return Boundary::None;
        }
        self.lane.run.plan.kind().boundary()
    }

    fn rng(&mut self) -> &mut Rng {
        self.rng.get_or_insert_with(|| rng_of(&self.lane.run.plan, self.task, self.item))
    }
}

/// The random stream of a task's item. What a task submits itself draws from a stream of its own.
pub fn rng_of(plan: &Plan, task: Option<TaskId>, item: u32) -> Rng {
    Rng::for_task(plan.scenario.seed, task.map_or(u32::MAX, |task| task.0), item)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_share_what_a_process_may_hold() {
        let of_all = AtomicU64::new(0);
        let (mut one, mut two) = (Memory::new(&of_all), Memory::new(&of_all));
        one.hold(1 << 20).unwrap();
        let refused = two.hold(limits::DATA_BYTES).unwrap_err();
        assert_eq!(refused.to_string(), "MemoryError: the limit for one process is 256 MiB");
        two.hold(1 << 10).unwrap();
        drop(one);
        assert_eq!(of_all.load(Ordering::Relaxed), 1 << 10);
    }

    /// No function of the catalogue computes and waits; the next one might.
    #[cfg(not(feature = "shuttle"))]
    #[test]
    fn whatever_may_wait_is_done_without_the_gil() {
        use super::super::{Ending, run::Run, sync};
        use shared::engine::event::{Act, Agent, Event};
        use shared::scenario::Scenario;
        use std::sync::Arc;

        let text = r#"{"format":1,"executor":{"kind":"threads","workers":1},
            "tasks":[{"id":"a","function":"gate"}],"program":{"mode":"submit"}}"#;
        let plan = Scenario::parse(text).and_then(Scenario::check).unwrap();
        let run = Arc::new(Run::new(Arc::new(plan), false, None));
        let (lane, person) = (Lane::new(&run, Agent::Main), Lane::new(&run, Agent::Person));
        person.call(Command::Act { plan: None, act: Act::Open(TaskId(0)) }).unwrap();
        let mut ctx = ThreadCtx {
            lane: &lane,
            gil: Share::new(&lane),
            call: Assignment::DIRECT,
            task: Some(TaskId(0)),
            submitted: Vec::new(),
            memory: Memory::new(&run.held),
            rng: None,
            item: 0,
        };
        let waits: [fn(&mut ThreadCtx<'_>); 4] = [
            |ctx| ctx.wait(Span::from_ms(1)).unwrap(),
            |ctx| assert_eq!(ctx.submit("identity", vec![Value::Int(1)]), Ok(Inner(0))),
            |ctx| assert_eq!(ctx.result(Inner(0)), Ok(Value::Int(1))),
            |ctx| ctx.gate().unwrap(),
        ];
        let mut written = Vec::new();
        for (place, wait) in waits.iter().enumerate() {
            ctx.compute(&mut || 1).unwrap();
            ctx.compute(&mut || 1).unwrap();
            wait(&mut ctx);
            written.extend(run.lock("test").engine.drain_records());
            let count = |is: fn(&Event) -> bool| written.iter().filter(|r| is(&r.event)).count();
            let taken = count(|event| matches!(event, Event::GilTaken { .. }));
            let released = count(|event| matches!(event, Event::GilReleased { .. }));
            assert_eq!((taken, released), (place + 1, place + 1), "wait {place}");
        }
        run.end(Ending::Stopped);
        let threads = std::mem::take(&mut *sync::unpoisoned(run.threads.lock()));
        for thread in threads {
            thread.join().unwrap();
        }
    }
}
