//! Runners that were started ahead: a click need not wait until a process is made.
//!
//! Each waits for its scenario, locked down already, and serves one run. One that has died meanwhile
//! is not used. Nothing is started behind the caller's back: [`Stock::refill`] does it, so a machine
//! on which no runner can live is not kept busy with trying.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use shared::engine::event::Record;
use shared::protocol::Frame;

use super::idle::Idle;
use super::run::Job;
use super::{Patience, Supervisor};

/// Idle runners of one program. Dropping it ends them.
pub struct Stock {
    exe: PathBuf,
    size: usize,
    idle: Mutex<VecDeque<Idle>>,
    /// Held by whoever fills it, so that two do not fill it twice.
    filling: Mutex<()>,
}

impl Stock {
    /// A stock of up to `size` runners of `exe`; it is empty until it is filled.
    pub fn new(exe: PathBuf, size: usize) -> Self {
        Self { exe, size, idle: Mutex::default(), filling: Mutex::default() }
    }

    /// As [`Supervisor::start`], with a runner that waits, if there is one. The run's time begins
    /// now, not when its runner was started.
    ///
    /// # Errors
    /// As [`Supervisor::start`].
    pub fn start(
        &self,
        scenario_json: String,
        patience: Patience,
        sink: impl FnMut(&Frame, &[Record]) + Send + 'static,
    ) -> io::Result<Supervisor> {
        let mut job = Job { scenario: scenario_json, patience, sink: Box::new(sink) };
        while let Some(idle) = self.take() {
            match idle.hand(job) {
                Ok(run) => return Ok(run),
                Err(unused) => job = *unused,
            }
        }
        Supervisor::of_job(&self.exe, job)
    }

    /// Starts as many runners as are missing, and waits until they have been started.
    ///
    /// # Errors
    /// What the system said to the first that could not be started; those before it are kept.
    pub fn refill(&self) -> io::Result<()> {
        let _filling = self.filling.lock().unwrap_or_else(PoisonError::into_inner);
        while self.lock().len() < self.size {
            // Not under the lock: a run that begins meanwhile takes what there is.
            let idle = Idle::start(&self.exe, None)?;
            self.lock().push_back(idle);
        }
        Ok(())
    }

    /// Ends those that wait.
    pub fn clear(&self) {
        while let Some(idle) = self.take() {
            drop(idle);
        }
    }

    /// The process ids of those that wait.
    pub fn pids(&self) -> Vec<u32> {
        self.lock().iter().map(Idle::pid).collect()
    }

    fn take(&self) -> Option<Idle> {
        self.lock().pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
