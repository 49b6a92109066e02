//! One process of a process pool: ask, unpack, run, pack, answer.
//!
//! It has one thread. It is told on its stdin and speaks on its stdout; its environment is empty. It
//! gets the scenario once, and then only edge values.
//!
//! A body that submits to its own executor gets a future which nobody will ever run, because no
//! manager thread runs in a child; waiting for it is for ever, as in CPython.

use std::fs::File;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::atomic::AtomicU64;

use rustix::event::{PollFd, PollFlags};
use shared::engine::event::{BlockedOn, Items};
use shared::engine::io::Assignment;
use shared::function::{Boundary, Ctx, Inner, Stop, Unwind};
use shared::limits;
use shared::outcome::{Outcome, Raised};
use shared::protocol::append;
use shared::rng::Rng;
use shared::scenario::{ExecutorKind, Plan, Scenario};
use shared::units::{CallId, Instant, Span, TaskId};
use shared::value::Value;

use super::body::{self, AtWork, Memory};
use super::clock::Clock;
use super::messages::{self, Filled, FromWorker, INIT_BYTES, Inbox, MESSAGE_BYTES, ToWorker};
use super::sandbox::{self, Role};
use crate::wire::EXIT_FAILED;

/// Runs a worker process; `args` are `--parent PID`.
pub fn main(args: &[String]) -> ExitCode {
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("futurescope worker: {error}");
            ExitCode::from(EXIT_FAILED)
        }
    }
}

fn run(args: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let layers = sandbox::lock_down(Role::Worker, super::parent_of(args)?)?;
    let told = File::from(rustix::stdio::stdin().try_clone_to_owned()?);
    let says = File::from(rustix::stdio::stdout().try_clone_to_owned()?);
    let mut link = Link { told, says, inbox: Inbox::default() };
    let Some(ToWorker::Init { scenario, worker, zero }) = link.receive(INIT_BYTES)? else {
        return Err("the first message must be the scenario".into());
    };
    let plan = Scenario::parse(&scenario)?.check()?;
    let process = Worker { plan, clock: Clock::since(zero), held: AtomicU64::new(0) };
    link.send(&FromWorker::Hello { pid: std::process::id(), layers }, &[])?;
    if let Some(initializer) = process.plan.initializer_of(worker) {
        process.initialize(&mut link, &initializer)?;
    }
    process.serve(&mut link)?;
    Ok(())
}

/// The pipes from and to the manager.
struct Link {
    told: File,
    says: File,
    inbox: Inbox,
}

impl Link {
    /// The next message; none if the manager is gone.
    fn receive(&mut self, limit: usize) -> io::Result<Option<ToWorker>> {
        Ok(self.receive_at(limit, || ())?.map(|(message, ())| message))
    }

    /// The same, and what `arrived` says between its arrival and its unpacking.
    fn receive_at<T>(
        &mut self,
        limit: usize,
        arrived: impl Fn() -> T,
    ) -> io::Result<Option<(ToWorker, T)>> {
        let garbled = |_| io::Error::other("the manager's message cannot be read");
        loop {
            if let Some(message) = self.inbox.next(limit).map_err(garbled)? {
                let at = arrived();
                let (message, _) = messages::unpack(message).map_err(garbled)?;
                return Ok(Some((message, at)));
            }
            messages::look_out_at(&mut [PollFd::new(&self.told, PollFlags::IN)]);
            match self.inbox.fill(&mut self.told) {
                Ok(Filled::Ended) => return Ok(None),
                Ok(Filled::Partly | Filled::Full) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn send(&mut self, message: &FromWorker, behind: &[u8]) -> io::Result<()> {
        let bytes = messages::pack(message, behind, MESSAGE_BYTES)
            .map_err(|_| io::Error::other("a message is too long"))?;
        self.says.write_all(&bytes)
    }
}

struct Worker {
    plan: Plan,
    clock: Clock,
    held: AtomicU64,
}

impl Worker {
    /// Asks, runs, answers, until it is told to end or nobody is there to tell it.
    fn serve(&self, link: &mut Link) -> io::Result<()> {
        while let Some((message, arrived)) = link.receive_at(MESSAGE_BYTES, || self.clock.now())? {
            let unpacked = self.clock.now();
            match message {
                ToWorker::Call(assignment) => {
                    let call = assignment.call;
                    let packed_items = self.run(link, &assignment)?;
                    let packed = self.clock.now();
                    let done = FromWorker::Done { call, arrived, unpacked, packed };
                    link.send(&done, &packed_items)?;
                }
                // A gate can be opened twice, or just as nobody waits at it any more.
                ToWorker::Open { .. } => {}
                ToWorker::Exit => return Ok(()),
                ToWorker::Init { .. } => return Err(io::Error::other("a second scenario")),
            }
        }
        Ok(())
    }

    /// Runs the initializer. One that raises is the process's end, which an executor's takes for a plain
    /// return, and Pool's for an exception that nobody caught.
    fn initialize(&self, link: &mut Link, initializer: &Assignment) -> io::Result<()> {
        let mut items = self.run_items(link, initializer)?;
        let raised = match items.outcomes.pop() {
            Some(Outcome::Raised(raised)) => Some(raised),
            _ => None,
        };
        let failed = raised.is_some();
        link.send(&FromWorker::Initialized { raised }, &[])?;
        if failed {
            std::process::exit(i32::from(self.plan.kind() == ExecutorKind::Pool));
        }
        Ok(())
    }

    /// Runs a call; what came of its items, packed.
    fn run(&self, link: &mut Link, assignment: &Assignment) -> io::Result<Vec<u8>> {
        let items = self.run_items(link, assignment)?;
        if let Some(Outcome::Raised(raised)) = items.outcomes.last()
            && self.plan.kind() == ExecutorKind::Pool
            && !raised.is_a("Exception")
        {
            // Pool's worker catches only `Exception` (rule 172).
            std::process::exit(raised.exit_code());
        }
        let mut packed = Vec::new();
        append(&mut packed, &items).map_err(io::Error::other)?;
        // Each value is within its limit; the list that a chunk makes of them may not be.
        if packed.len() > limits::VALUE_BYTES + 32 * items.outcomes.len() {
            return postcard::to_stdvec(&too_large(&items)).map_err(io::Error::other);
        }
        Ok(packed)
    }

    fn run_items(&self, link: &mut Link, assignment: &Assignment) -> io::Result<Items> {
        let mut ctx = WorkerCtx {
            worker: self,
            link,
            call: assignment.call,
            task: None,
            item: 0,
            submitted: 0,
            memory: Memory::new(&self.held),
            rng: None,
        };
        let items = body::run_items(&self.plan, assignment, &mut ctx);
        items.map_err(|stop| io::Error::other(format!("the body stopped: {stop:?}")))
    }
}

/// What comes of a chunk whose values are too much for one message: one exception for all.
fn too_large(items: &Items) -> Items {
    let (first, last) = (items.started[0], items.ended[items.ended.len() - 1]);
    let raised = Raised::too_large("the list of values that the chunk returned");
    Items::one(first, last, Outcome::Raised(raised))
}

/// What a body has in a worker process.
struct WorkerCtx<'a> {
    worker: &'a Worker,
    link: &'a mut Link,
    call: CallId,
    task: Option<TaskId>,
    item: u32,
    /// How many futures the body has submitted, all in vain.
    submitted: u32,
    memory: Memory<'a>,
    rng: Option<Rng>,
}

impl WorkerCtx<'_> {
    /// Says what the body waits for, and waits until its gate is opened, if ever it is.
    fn block(&mut self, on: BlockedOn) -> Result<(), Unwind> {
        let call = self.call;
        if self.link.send(&FromWorker::Blocked { call, on }, &[]).is_err() {
            leave();
        }
        match self.link.receive(MESSAGE_BYTES) {
            Ok(Some(ToWorker::Open { call: opened })) if opened == call => Ok(()),
            // Told to end, or nobody is there: nobody will ask how the body ended.
            _ => leave(),
        }
    }
}

fn leave() -> ! {
    std::process::exit(0)
}

impl AtWork for WorkerCtx<'_> {
    fn begin(&mut self, task: Option<TaskId>, item: u32) {
        (self.task, self.item, self.rng) = (task, item, None);
        self.memory.release();
    }

    fn now(&self) -> Instant {
        self.worker.clock.now()
    }
}

impl Ctx for WorkerCtx<'_> {
    fn wait(&mut self, span: Span) -> Result<(), Unwind> {
        let span = self.worker.plan.scaled(span);
        std::thread::sleep(std::time::Duration::from_nanos(span.0));
        Ok(())
    }

    fn compute(&mut self, slice: &mut dyn FnMut() -> u64) -> Result<(), Unwind> {
        slice();
        Ok(())
    }

    fn submit(&mut self, _: &'static str, _: Vec<Value>) -> Result<Inner, Unwind> {
        let inner = Inner(self.submitted);
        self.submitted += 1;
        Ok(inner)
    }

    fn result(&mut self, _: Inner) -> Result<Value, Unwind> {
        self.block(BlockedOn::OwnProcess)?;
        Err(Stop::Exited.into())
    }

    fn gate(&mut self) -> Result<(), Unwind> {
        match self.task {
            Some(task) => self.block(BlockedOn::Gate(task)),
            None => Ok(()),
        }
    }

    fn allocate(&mut self, bytes: u64) -> Result<(), Unwind> {
        Ok(self.memory.hold(bytes)?)
    }

    fn hard_exit(&mut self, code: i32) -> Unwind {
        std::process::exit(code)
    }

    fn boundary(&self) -> Boundary {
        self.worker.plan.kind().boundary()
    }

    fn rng(&mut self) -> &mut Rng {
        let plan = &self.worker.plan;
        self.rng.get_or_insert_with(|| body::rng_of(plan, self.task, self.item))
    }
}
