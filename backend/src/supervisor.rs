//! A run seen from outside: starts a runner, hands its log on, and says why it ended.
//!
//! ```text
//!   act, stop ──▶ ┌────────────┐ ──stdin──▶ ┌────────┐
//!                 │ supervisor │ ◀─frames── │ runner │ ──▶ its workers
//!   sink ◀─frames─└────────────┘ ◀─stderr── └────────┘
//! ```
//!
//! One thread for each run does all of it, and sleeps in one `poll`. It is the thread that starts the
//! runner and it outlives it, because a runner asks to be killed when its parent *thread* ends.
//!
//! Whatever happens inside, this much is sure: the log that the sink sees has no gap and no torn
//! frame, its last record is one [`EndOfRun`](shared::engine::event::Event::EndOfRun), and by then
//! the runner is reaped and every process of its group was killed.
//!
//! A [`Stock`] starts runners ahead, so that a run begins without the making of a process.
//!
//! It does not check the scenario and knows nothing of engines; it believes neither its runner's
//! frames nor its exit code without looking.

mod cause;
mod control;
mod idle;
mod process;
mod run;
mod stock;

use std::io;
use std::path::Path;
use std::thread::JoinHandle;

use shared::engine::event::{Act, EndCause, Record};
use shared::limits;
use shared::protocol::Frame;
use shared::units::Span;

pub use control::Control;
pub use stock::Stock;

use idle::Idle;
use run::Job;

/// How long a run may take, and how long it has to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Wall-clock time of the whole run.
    pub wall: Span,
    /// From the request to stop to the kill.
    pub grace: Span,
}

impl Default for Patience {
    fn default() -> Self {
        Self { wall: limits::WALL, grace: limits::STOP_GRACE }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Why, as in the log's last record.
    pub cause: EndCause,
    /// The end of what the runner wrote to its stderr; mostly empty, a panic's message if we failed.
    pub stderr: String,
    /// What was wrong with its frames, if that is why it was ended.
    pub fault: Option<String>,
}

/// A run and its watcher: with [`Supervisor::start`] a runner is made for it, from a [`Stock`] it gets
/// one that waits. Dropping it stops the run and waits for its end.
#[derive(Debug)]
pub struct Supervisor {
    control: Control,
    /// Taken by whoever waits for it.
    thread: Option<JoinHandle<Ending>>,
}

impl Supervisor {
    /// Starts `exe runner` on this scenario, which has been checked. `sink` is called on the watcher's
    /// thread, in order, with each frame and the records in it; the last one holds `EndOfRun` alone.
    /// While the sink does not return, the run is held up by its full pipe.
    ///
    /// # Errors
    /// If the runner could not be started, or the system has no descriptor or thread left; the sink
    /// was not called then.
    pub fn start(
        exe: &Path,
        scenario_json: String,
        patience: Patience,
        sink: impl FnMut(&Frame, &[Record]) + Send + 'static,
    ) -> io::Result<Self> {
        Self::of_job(exe, Job { scenario: scenario_json, patience, sink: Box::new(sink) })
    }

    fn of_job(exe: &Path, job: Job) -> io::Result<Self> {
        Ok(Idle::start(exe, Some(job))?.into_run())
    }

    /// What acts on the run from other threads, as long as anyone likes to keep it.
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// A person acts. The log says what became of it; after the run's end nothing does.
    pub fn act(&self, act: Act) {
        self.control.act(act);
    }

    /// Asks the run to stop; it ends within the patience's grace, or is killed.
    pub fn stop(&self) {
        self.control.stop();
    }

    /// Waits for the run's end: the sink has seen everything, and all processes are gone.
    ///
    /// # Panics
    /// If the sink did.
    pub fn wait(mut self) -> Ending {
        let thread = self.thread.take().expect("only waiting takes it, and takes the whole");
        match thread.join() {
            Ok(ending) => ending,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            self.control.stop();
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;
