//! A runner that waits for its scenario, and the thread that started it.
//!
//! ```text
//!  started ──▶ waits ──job──▶ watches the run to its end
//!                │
//!                └──its process ends, or nobody wants it──▶ gone
//! ```

use std::io;
use std::mem;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use shared::engine::event::EndCause;

use super::control::{self, Control, Inbox};
use super::process::Runner;
use super::run::{Job, Run};
use super::{Ending, Supervisor};

/// A runner that was told nothing yet. Dropping it ends it.
pub struct Idle {
    control: Control,
    slot: Arc<Mutex<Slot>>,
    /// Readable once the runner's process has ended.
    ended: OwnedFd,
    pid: u32,
    /// Taken by whoever makes a run of it.
    thread: Option<JoinHandle<Ending>>,
}

/// What the thread is to do next.
enum Slot {
    /// Wait.
    Empty,
    /// This, as soon as it looks.
    Job(Job),
    /// End.
    Dismissed,
    /// Nothing: its runner has ended.
    Gone,
}

impl Idle {
    /// Starts a runner, and perhaps gives it its job at once.
    ///
    /// # Errors
    /// If it could not be started, or the system has no descriptor or thread left.
    pub fn start(exe: &Path, job: Option<Job>) -> io::Result<Self> {
        let (control, inbox) = control::channel()?;
        let slot = Arc::new(Mutex::new(job.map_or(Slot::Empty, Slot::Job)));
        let (exe, its_slot) = (exe.to_owned(), Arc::clone(&slot));
        let (started, told) = mpsc::sync_channel(1);
        let live = move || {
            // Here and not in the caller: the runner lives as long as the thread that started it.
            let runner = Runner::start(&exe).and_then(|runner| {
                let ended = runner.ended().try_clone_to_owned()?;
                Ok((runner, ended))
            });
            match runner {
                Ok((runner, ended)) => {
                    let _ = started.send(Ok((runner.pid(), ended)));
                    wait(runner, inbox, &its_slot)
                }
                Err(error) => {
                    let _ = started.send(Err(error));
                    nothing_was_run()
                }
            }
        };
        let thread = thread::Builder::new().name("supervisor".to_owned()).spawn(live)?;
        match told.recv().expect("the thread says how it went before it does anything else") {
            Ok((pid, ended)) => Ok(Self { control, slot, ended, pid, thread: Some(thread) }),
            Err(error) => {
                let _ = thread.join();
                Err(error)
            }
        }
    }

    /// The runner's process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Gives it its job; the job comes back if the runner has ended meanwhile.
    pub fn hand(self, job: Job) -> Result<Supervisor, Box<Job>> {
        let mut slot = lock(&self.slot);
        if matches!(*slot, Slot::Gone) || has_ended(&self.ended) {
            drop(slot);
            return Err(Box::new(job));
        }
        *slot = Slot::Job(job);
        drop(slot);
        self.control.wake();
        Ok(self.into_run())
    }

    /// The run that it is, once it has a job.
    pub fn into_run(mut self) -> Supervisor {
        Supervisor { control: self.control.clone(), thread: self.thread.take() }
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        *lock(&self.slot) = Slot::Dismissed;
        self.control.wake();
        let _ = thread.join();
    }
}

/// The thread, behind the start of its runner.
fn wait(runner: Runner, inbox: Inbox, slot: &Mutex<Slot>) -> Ending {
    loop {
        let mut now = lock(slot);
        match mem::replace(&mut *now, Slot::Empty) {
            Slot::Job(job) => {
                drop(now);
                return Run::new(runner, inbox, job).watch();
            }
            Slot::Dismissed => return nothing_was_run(),
            Slot::Empty | Slot::Gone if has_ended(runner.ended()) => {
                *now = Slot::Gone;
                return nothing_was_run();
            }
            Slot::Empty | Slot::Gone => drop(now),
        }
        let input = PollFlags::IN;
        let mut fds = [
            PollFd::from_borrowed_fd(inbox.wake(), input),
            PollFd::from_borrowed_fd(runner.ended(), input),
        ];
        let _ = poll(&mut fds, None);
        inbox.calm();
    }
}

fn has_ended(ended: impl AsFd) -> bool {
    let mut fds = [PollFd::new(&ended, PollFlags::IN)];
    poll(&mut fds, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
}

/// What the thread of a runner that got no job returns; nobody looks at it.
fn nothing_was_run() -> Ending {
    Ending { cause: EndCause::Internal, stderr: String::new(), fault: None }
}

fn lock(slot: &Mutex<Slot>) -> MutexGuard<'_, Slot> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}
