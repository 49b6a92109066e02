//! Requests to a run, from any thread, and the descriptor that wakes its watcher.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::event::{EventfdFlags, eventfd};
use shared::engine::event::Act;
use shared::limits;

/// Acts on a run from any thread.
#[derive(Debug, Clone)]
pub struct Control(Arc<Shared>);

/// The watcher's end.
#[derive(Debug)]
pub struct Inbox {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    requests: Mutex<Requests>,
    /// Readable when there are requests.
    wake: OwnedFd,
}

/// What was asked for and not taken yet.
#[derive(Debug, Default)]
pub struct Requests {
    /// Acts, in order.
    pub acts: Vec<Act>,
    /// The run shall stop.
    pub stop: bool,
    /// Acts that were ever asked for.
    count: usize,
}

/// Both ends, for one run.
pub fn channel() -> io::Result<(Control, Inbox)> {
    let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
    let shared = Arc::new(Shared { requests: Mutex::default(), wake });
    Ok((Control(shared.clone()), Inbox { shared }))
}

impl Control {
    /// A person acts. Beyond [`limits::INTERVENTIONS`] nothing happens.
    pub fn act(&self, act: Act) {
        self.0.change(|requests| {
            if requests.count < limits::INTERVENTIONS {
                requests.count += 1;
                requests.acts.push(act);
            }
        });
    }

    /// Asks the run to stop.
    pub fn stop(&self) {
        self.0.change(|requests| requests.stop = true);
    }

    /// Wakes the watcher, who looks for whatever else it waits for.
    pub(super) fn wake(&self) {
        self.0.change(|_| {});
    }
}

impl Inbox {
    /// What to poll for input.
    pub fn wake(&self) -> BorrowedFd<'_> {
        self.shared.wake.as_fd()
    }

    /// Makes [`Inbox::wake`] unreadable until something is asked again.
    pub fn calm(&self) {
        let _ = rustix::io::read(&self.shared.wake, &mut [0_u8; 8]);
    }

    /// What was asked for since the last time.
    pub fn take(&self) -> Requests {
        // First the descriptor, so that a request in between wakes once more.
        self.calm();
        let mut requests = self.shared.lock();
        let Requests { acts, stop, count } = &mut *requests;
        Requests { acts: std::mem::take(acts), stop: std::mem::take(stop), count: *count }
    }
}

impl Shared {
    fn change(&self, change: impl FnOnce(&mut Requests)) {
        change(&mut self.lock());
        // It fails only when the counter is full, and then the watcher is awake anyway.
        let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
