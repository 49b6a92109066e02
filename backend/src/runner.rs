//! The runner: one run, as the program that a learner wrote.
//!
//! Its main thread runs the program, its threads are the thread pool, its children are the process
//! pool. Everything that happens is told to one engine behind one lock (`run.rs`); the log leaves
//! through one writer (`sealer.rs`). It serves one run and is thrown away.
//!
//! ```text
//!  stdin ─▶ commands ─┐                          ┌─ main        lane.rs
//!                     ▼                          ├─ workers     threads.rs, or
//!                   person ─┐                    ├─ manager     processes.rs ◀──▶ worker.rs, a child
//!                           ▼                    │
//!                   ┌── Mutex<State> ──┐ ◀───────┘
//!                   │ engine, program  │ ─▶ records ─▶ sealer ─▶ stdout
//!                   └──────────────────┘
//! ```
//!
//! Threads and what they may wait for:
//!
//! | thread | is the lane | waits for |
//! |---|---|---|
//! | the process's first | `Main` | the engine; the GIL; at the end, manager and sealer |
//! | one for each worker of a thread pool | `Worker(n)` | work; the engine; its body; the GIL |
//! | the manager of a process pool | `Manager` | sockets, orders |
//! | the person | `Person` | acts, planned instants |
//! | the sealer | none | records |
//! | the reader of commands | none | stdin |
//!
//! **How a run ends.** Somebody says so under the lock: the engine's last record, a hang, a hard exit,
//! a limit, a stop, a panic of ours. From then on the engine is told nothing. Every thread finds out
//! at its next step and unwinds; the sealer writes what is left; the manager kills and reaps its
//! workers; the first thread waits for these two and leaves the process, with whoever is still
//! inside a body. [`run_here`] is the same without a process to leave: it waits for all.

mod body;
mod child;
mod clock;
mod gil;
mod lane;
mod messages;
mod over;
mod own;
mod person;
mod processes;
mod run;
mod sandbox;
mod sealer;
mod service;
mod state;
mod sync;
mod threads;
mod worker;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use shared::engine::event::{Agent, Record};
use shared::engine::io::Input;
use shared::scenario::Plan;
use shared::units::{Instant, Span};

use lane::Lane;
use over::Over;
use processes::WakeUp;
use run::Run;

pub use service::main;
pub use worker::main as worker_main;

/// How to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The program that is started as `… worker` for each worker process.
    pub worker_exe: PathBuf,
    /// Keep everything that the engine is told.
    pub tape: bool,
}

/// A run that is over.
#[derive(Debug)]
pub struct Finished {
    /// Its log.
    pub records: Vec<Record>,
    /// What the engine was told and when; empty unless asked for. Told the same again, a new engine
    /// writes the same log.
    pub tape: Vec<(Instant, Input)>,
    /// Why it is over.
    pub ending: Ending,
    /// The longest that anybody had the lock.
    pub longest_hold: Hold,
}

/// Why a run is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The program came to its end.
    Ended,
    /// The program can never go on.
    Hung,
    /// Code in one of its threads left the process with this code.
    Exited(i32),
    /// Somebody stopped it, or nobody reads what it writes.
    Stopped,
    /// It wrote as much as a run may.
    Records,
    /// It wanted more workers than a run may start.
    Workers,
    /// We failed; with what the panic said, if that is known.
    Failed(String),
}

/// How long somebody had the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// What for.
    pub purpose: &'static str,
    /// How long.
    pub span: Span,
}

impl Default for Hold {
    /// No time at all, for nobody.
    fn default() -> Self {
        Self { purpose: "nothing", span: Span::ZERO }
    }
}

/// Runs a plan in this process, and returns when nothing of it is left: no thread, no child, no
/// descriptor.
///
/// # Errors
/// What the operating system said, if the run could not be begun.
///
/// # Panics
/// If we fail.
pub fn run_here(plan: Arc<Plan>, options: &Options) -> io::Result<Finished> {
    let run = begin(plan, options)?;
    if !run.plan.interventions.is_empty() {
        let its_run = Arc::clone(&run);
        let started = threads::start(&run, "person".to_owned(), move || person::act(&its_run));
        // Without its person the run would not be the one that was asked for.
        started.inspect_err(|_| run.end(Ending::Stopped))?;
    }
    run_main(&run);
    while let Some(thread) = next_thread(&run) {
        // A panic in it has ended the run as failed, which is looked at below.
        let _ = thread.join();
    }
    let mut state = run.lock("finish");
    let records = state.engine.drain_records();
    let ((ending, tape), longest_hold) = (state.finish(), state.longest_hold);
    drop(state);
    assert!(!matches!(ending, Ending::Failed(_)), "{ending:?}, after {:?}", records.last());
    Ok(Finished { records, tape, ending, longest_hold })
}

/// A thread that somebody still has to wait for. While there is one, there can be more.
fn next_thread(run: &Run) -> Option<sync::JoinHandle<()>> {
    sync::unpoisoned(run.threads.lock()).pop()
}

/// A run and, for a process pool, its manager.
fn begin(plan: Arc<Plan>, options: &Options) -> io::Result<Arc<Run>> {
    let has_manager = plan.kind().has_processes();
    let wake_up = if has_manager { Some(WakeUp::new()?) } else { None };
    let run = Arc::new(Run::new(plan, options.tape, wake_up));
    if has_manager {
        let (its_run, exe) = (Arc::clone(&run), options.worker_exe.clone());
        threads::start(&run, "manager".to_owned(), move || processes::manage(&its_run, &exe))?;
    }
    Ok(run)
}

/// Runs the program in this thread until the run is over.
fn run_main(run: &Arc<Run>) {
    threads::guard(run, || {
        Lane::new(run, Agent::Main).run_program()?;
        // The program's last command is answered with the end of the run, which comes as `Over`.
        Err::<(), _>(Over)
    });
    if !run.lock("main ended").is_over() {
        run.end(Ending::Failed("the program ended, and the run did not".to_owned()));
    }
}

/// The process that started this one, from the arguments `--parent PID`.
fn parent_of(args: &[String]) -> Result<u32, String> {
    match args {
        [name, pid] if name == "--parent" => {
            pid.parse().map_err(|_| format!("--parent needs a process id, not {pid:?}"))
        }
        _ => Err("this is started by futurescope itself, with --parent PID".to_owned()),
    }
}

/// The program that this process runs, by a name that a child can open too.
fn own_exe() -> &'static Path {
    Path::new("/proc/self/exe")
}
