//! The thread driver: a pool's workers as threads of this process.
//!
//! ```text
//!  WorkerStarted ─▶ WorkerAsks ─▶ Take ─▶ run the body, unlocked ─▶ Returned ─▶ callbacks ─┐
//!                      ▲ ▲ │                                                              │
//!                      │ │ └─▶ Empty ─▶ WorkerIdle ─▶ Sleep: until there is work ─┐        │
//!                      │ └────────────────────────────────────────────────────────┘        │
//!                      └───────────────────────────────────────────────────────────────────┘
//! ```
//!
//! There is no queue here beside the engine's: a thread that is free asks, and which of several asks
//! first the operating system decides. Between the answer `Sleep` and falling asleep the lock is let
//! go, so a sleeper first looks whether there is work by now: that is why no wake-up is lost.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use shared::engine::event::{Agent, HowExited};
use shared::engine::io::{Answer, Fact};
use shared::outcome::Outcome;
use shared::units::WorkerId;

use super::Ending;
use super::body::{self, panic_text};
use super::lane::Lane;
use super::over::Over;
use super::run::Run;
use super::sync::{self, Builder};

/// Stack of each of our threads. Bodies do not recurse, and values are nested at most 32 deep; sixteen
/// default stacks would take an eighth of the memory that a run may have.
const STACK_BYTES: usize = 512 * 1024;

/// Starts a worker of the thread pool.
///
/// # Errors
/// What the operating system said, if there is no thread to be had.
pub fn spawn(run: &Arc<Run>, worker: WorkerId) -> io::Result<()> {
    let lane = Lane::new(run, Agent::Worker(worker));
    // The name may hold anything that a scenario can say; the system's cannot hold a NUL.
    let name = run.plan.worker_name(worker).replace('\0', "");
    start(run, name, move || work(&lane, worker))
}

/// Starts one of our threads. If it panics, the run fails.
///
/// # Errors
/// What the operating system said, if there is no thread to be had.
pub fn start(
    run: &Arc<Run>,
    name: String,
    work: impl FnOnce() -> Result<(), Over> + Send + 'static,
) -> io::Result<()> {
    let its_run = Arc::clone(run);
    let builder = Builder::new().name(name).stack_size(STACK_BYTES);
    let handle = builder.spawn(move || guard(&its_run, work))?;
    sync::unpoisoned(run.threads.lock()).push(handle);
    Ok(())
}

/// Runs a thread's work to its end. A panic of ours is the end of the run.
pub fn guard<T>(run: &Run, work: impl FnOnce() -> Result<T, Over>) {
    // What a panic leaves half done is the run's state, and nothing looks at that again.
    if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
        run.end(Ending::Failed(panic_text(&*panic)));
    }
}

fn work(lane: &Lane, worker: WorkerId) -> Result<(), Over> {
    let started = lane.tell("worker started", Fact::WorkerStarted { worker, pid: None })?;
    if let Answer::Initialize(assignment) = started {
        let mut items = body::run_in_thread(lane, &assignment)?;
        let raised = match items.outcomes.pop() {
            Some(Outcome::Raised(raised)) => Some(raised),
            _ => None,
        };
        lane.tell("initializer", Fact::InitializerReturned { worker, raised })?;
    }
    let asks = || Fact::WorkerAsks { worker };
    let mut answer = lane.tell("worker asks", asks())?;
    loop {
        answer = match answer {
            Answer::Take(assignment) => {
                let items = body::run_in_thread(lane, &assignment)?;
                let (call, transport) = (assignment.call, None);
                let returned = Fact::Returned { worker, call, items, transport };
                lane.tell_both("returned", returned, asks())?
            }
            Answer::Again => lane.tell("worker asks", asks())?,
            Answer::Empty => lane.tell("worker idle", Fact::WorkerIdle { worker })?,
            Answer::Sleep => {
                sleep_until_work(lane)?;
                lane.tell("worker asks", asks())?
            }
            Answer::Exit => break,
            other => unreachable!("a worker that asks is not answered {other:?}"),
        };
    }
    lane.tell("worker exited", Fact::WorkerExited { worker, how: HowExited::Told })?;
    Ok(())
}

fn sleep_until_work(lane: &Lane) -> Result<(), Over> {
    let bell = &lane.run.bells.pool;
    let mut state = lane.run.enter("sleep at the queue")?;
    if !state.engine.has_work() {
        state = state.look_out(bell)?;
    }
    while !state.engine.has_work() {
        state = state.wait(bell, None)?;
    }
    Ok(())
}
