//! What a body is given to live in, and the ways in which it ends early.

use crate::outcome::Raised;
use crate::rng::Rng;
use crate::units::Span;
use crate::value::Value;

/// What a body is given to live in: everything that it may do besides returning a value.
///
/// A native driver really waits and computes. The simulator charges virtual time; it suspends a
/// body by answering `Err(Unwind::Stop(Stop::Suspended))`, and later runs it again from its start
/// with the answers known so far. Hence the two rules for a body: hand every `Err` on with `?`,
/// and be pure between the calls, so that the same answers lead to the same next call.
pub trait Ctx {
    /// Blocks for `span`, as `time.sleep`. In the scenario's own seconds: the driver applies the
    /// scenario's scale.
    ///
    /// # Errors
    /// [`Unwind::Stop`] if the body must not go on.
    fn wait(&mut self, span: Span) -> Result<(), Unwind>;

    /// Runs one slice of real work, and answers when it is this body's turn again.
    ///
    /// `slice` does the work and returns how many units it did. What a unit is the function says,
    /// such as one trial division; a slice takes at most about 0.2 ms natively, because only
    /// between slices can the body be stopped or another thread get the GIL. A body calls this in
    /// a loop until its work is done.
    ///
    /// # Errors
    /// [`Unwind::Stop`] if the body must not go on; whether the slice ran is then unknown.
    fn compute(&mut self, slice: &mut dyn FnMut() -> u64) -> Result<(), Unwind>;

    /// Where this computing rested, if it was suspended between two slices: what [`Ctx::rest`] was
    /// given. A body asks before its first slice, and goes on from there.
    fn rested(&mut self) -> Option<Vec<u64>> {
        None
    }

    /// A place between two slices at which the body can rest, and be run again with this note of
    /// where it was. Natively it never does; the simulator in the page has other things to do than
    /// to compute.
    ///
    /// # Errors
    /// [`Unwind::Stop`] if it is to rest here.
    fn rest(&mut self, place: &dyn Fn() -> Vec<u64>) -> Result<(), Unwind> {
        let _ = place;
        Ok(())
    }

    /// `executor.submit(function, *args)` from inside the task.
    ///
    /// # Errors
    /// [`Unwind::Raise`] with what Python's `submit` raises; [`Unwind::Stop`] if the body must
    /// not go on.
    fn submit(&mut self, function: &'static str, args: Vec<Value>) -> Result<Inner, Unwind>;

    /// `inner.result()`: blocks until it is there.
    ///
    /// # Errors
    /// [`Unwind::Raise`] with what the inner future raised; [`Unwind::Stop`] if the body must not
    /// go on.
    fn result(&mut self, inner: Inner) -> Result<Value, Unwind>;

    /// Never comes back: what comes of it, the body hands on as its `Err`.
    fn forever(&mut self) -> Unwind {
        loop {
            if let Err(unwind) = self.wait(Span::from_secs(1)) {
                return unwind;
            }
        }
    }

    /// Blocks until a person or an intervention opens this task's gate.
    ///
    /// # Errors
    /// [`Unwind::Stop`] if the body must not go on.
    fn gate(&mut self) -> Result<(), Unwind>;

    /// Holds `bytes` of memory until the body ends.
    ///
    /// # Errors
    /// [`Unwind::Raise`] with `MemoryError` if the process may not have them; [`Unwind::Stop`] if
    /// the body must not go on.
    fn allocate(&mut self, bytes: u64) -> Result<(), Unwind>;

    /// `os._exit(code)`: ends the process that this body runs in, which for a thread is the
    /// program itself. What comes back, if anything does, the body hands on as its `Err`.
    fn hard_exit(&mut self, code: i32) -> Unwind;

    /// What lies between the body and whoever asks for its result.
    fn boundary(&self) -> Boundary;

    /// The random stream of this task and item, [`Rng::for_task`]; from its beginning whenever
    /// the body starts, again after a suspension too.
    fn rng(&mut self) -> &mut Rng;
}

/// What lies between a body and whoever asks for its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Boundary {
    /// Nothing: they share their objects.
    None,
    /// An interpreter's: what cannot be shared or pickled is refused.
    Interpreter,
    /// A worker process's, of an executor: what the body returns is pickled.
    Process,
    /// The same, of `multiprocessing.Pool`, whose workers catch only `Exception`.
    Pool,
}

impl Boundary {
    /// Whether a body runs in another process.
    pub fn is_process(self) -> bool {
        matches!(self, Self::Process | Self::Pool)
    }
}

/// A future that a body submitted: how many it had submitted before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Inner(pub u32);

/// Why a body ended without an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stop {
    /// The simulator will run the body again, from its start.
    Suspended,
    /// The process is going away, and nobody will ask how the body ended.
    Exited,
}

/// Why a body ends before its last line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Unwind {
    /// It raises; the outcome of its call.
    Raise(Raised),
    /// It stops, without an outcome.
    Stop(Stop),
}

impl From<Raised> for Unwind {
    fn from(raised: Raised) -> Self {
        Self::Raise(raised)
    }
}

impl From<Stop> for Unwind {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}
