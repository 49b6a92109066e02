//! One worker process as the manager sees it: started, spoken to, listened to, killed and reaped.
//!
//! What it says is checked like what any stranger says: it can only have the call that it was given,
//! return what such a call can return, and at times between then and now. Who lies is killed, and has
//! died like any other.
//!
//! Nothing here blocks. What the pipe does not take at once waits in the outbox until it does; a
//! worker that never reads keeps its own outbox waiting and nobody else.

use std::io::{self, PipeReader, PipeWriter, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{self, Command, ExitStatus};

use rustix::process::{Pid, Signal};
use shared::engine::event::{BlockedOn, HowExited, Items, Transport, Work};
use shared::engine::io::Assignment;
use shared::outcome::{Outcome, Raised};
use shared::units::{CallId, Instant};

use super::messages::{
    self, CannotPack, Filled, FromWorker, Garbled, INIT_BYTES, Inbox, MESSAGE_BYTES, ToWorker,
};
use super::sandbox::LAYERS;

/// One worker process.
pub struct Child {
    process: process::Child,
    /// What it says. Two pipes and not one socket: a message through a pipe costs half.
    from_it: PipeReader,
    /// What it is told.
    to_it: PipeWriter,
    inbox: Inbox,
    /// What is to be sent, from `sent` on.
    outbox: Vec<u8>,
    sent: usize,
    stage: Stage,
}

/// What it is doing, as far as it may say.
#[derive(Debug)]
enum Stage {
    /// It has not said hello; behind that, it may have an initializer to run.
    Starting { initializes: bool },
    /// It runs its initializer.
    Initializing,
    /// It asked, and waits.
    Idle,
    /// It has a call.
    Busy(Given),
    /// Its initializer raised, and it ends.
    Ending,
    /// It was told to end.
    Told,
}

/// The call that it has.
#[derive(Debug)]
struct Given {
    call: CallId,
    work: Work,
    taken: Instant,
    /// Its body has said that it waits.
    waits: bool,
}

/// What it said, checked.
#[derive(Debug)]
pub enum Said {
    /// It runs and asks, unless it has an initializer.
    Hello,
    /// Its initializer is through: with this exception, or it asks.
    Initialized(Option<Raised>),
    /// Its call waits.
    Blocked(CallId, BlockedOn),
    /// It is through with its call and asks.
    Done(CallId, Items, Transport),
}

/// It said what cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lied;

impl From<Garbled> for Lied {
    fn from(_: Garbled) -> Self {
        Self
    }
}

impl Child {
    /// Starts a worker process; it dies with the *thread* that calls this. If it `initializes`, it says
    /// so before it asks.
    ///
    /// # Errors
    /// What the operating system said.
    pub fn start(exe: &Path, init: &ToWorker, initializes: bool) -> io::Result<Self> {
        let (its_stdin, to_it) = io::pipe()?;
        let (from_it, its_stdout) = io::pipe()?;
        rustix::io::ioctl_fionbio(&to_it, true)?;
        rustix::io::ioctl_fionbio(&from_it, true)?;
        let process = Command::new(exe)
            .arg0("futurescope")
            .args(["worker", "--parent", &process::id().to_string()])
            .env_clear()
            .current_dir("/")
            .stdin(its_stdin)
            .stdout(its_stdout)
            .spawn()?;
        let mut child = Self {
            process,
            from_it,
            to_it,
            inbox: Inbox::default(),
            outbox: Vec::new(),
            sent: 0,
            stage: Stage::Starting { initializes },
        };
        let init = messages::pack(init, &[], INIT_BYTES).expect("the scenario was checked");
        child.push(init);
        Ok(child)
    }

    /// Its process's id.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Its pipe to us, for polling.
    pub fn hears(&self) -> &PipeReader {
        &self.from_it
    }

    /// Our pipe to it, for polling.
    pub fn sends(&self) -> &PipeWriter {
        &self.to_it
    }

    /// Whether something waits to be sent.
    pub fn has_mail(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Sends what it takes now.
    pub fn send(&mut self) {
        while self.sent < self.outbox.len() {
            match self.to_it.write(&self.outbox[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // It is gone, which its end of the other pipe will tell soon.
                Err(_) => break,
            }
        }
        self.outbox.clear();
        self.sent = 0;
    }

    fn push(&mut self, message: Vec<u8>) {
        if self.outbox.is_empty() {
            self.outbox = message;
        } else {
            self.outbox.extend(message);
        }
        self.send();
    }

    /// Gives it a call, which it took at this instant.
    ///
    /// # Errors
    /// [`CannotPack`] if the call's inputs are too large; it then still waits for a call.
    pub fn give(&mut self, assignment: Assignment, taken: Instant) -> Result<(), CannotPack> {
        let (call, work) = (assignment.call, assignment.work.clone());
        let message = messages::pack(&ToWorker::Call(assignment), &[], MESSAGE_BYTES)?;
        self.stage = Stage::Busy(Given { call, work, taken, waits: false });
        self.push(message);
        Ok(())
    }

    /// Tells it to end.
    pub fn tell_to_end(&mut self) {
        self.stage = Stage::Told;
        self.tell(&ToWorker::Exit);
    }

    /// Lets its body pass its gate.
    pub fn open(&mut self, call: CallId) {
        if let Stage::Busy(given) = &mut self.stage {
            given.waits = false;
        }
        self.tell(&ToWorker::Open { call });
    }

    fn tell(&mut self, message: &ToWorker) {
        let message = messages::pack(message, &[], MESSAGE_BYTES);
        self.push(message.expect("these are short"));
    }

    /// Reads what it says, until there is no more for now or, if it `hung_up`, for ever. Answers what
    /// it said and whether that was its last word.
    ///
    /// # Errors
    /// [`Lied`].
    pub fn listen(&mut self, hung_up: bool, now: Instant) -> Result<(Vec<Said>, bool), Lied> {
        let gone = self.read(hung_up);
        let mut said = Vec::new();
        while let Some(message) = self.inbox.next(MESSAGE_BYTES)? {
            let (message, behind) = messages::unpack(message)?;
            let items = match message {
                FromWorker::Done { .. } => Some(messages::unpack_items(behind)?),
                _ if behind.is_empty() => None,
                _ => return Err(Lied),
            };
            said.push(check(&mut self.stage, self.process.id(), message, items, now)?);
        }
        Ok((said, gone))
    }

    fn read(&mut self, hung_up: bool) -> bool {
        loop {
            match self.inbox.fill(&mut self.from_it) {
                Ok(Filled::Ended) => return true,
                Ok(Filled::Partly) if !hung_up => return false,
                Ok(Filled::Partly | Filled::Full) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                // It died with our bytes unread: the same as an end.
                Err(_) => return true,
            }
        }
    }

    /// Sends `SIGKILL`.
    pub fn kill(&mut self) {
        // The only error is that it is reaped, which takes `self`.
        let _ = self.process.kill();
    }

    /// Sends `SIGTERM`.
    pub fn terminate(&self) {
        let _ = rustix::process::kill_process(Pid::from_child(&self.process), Signal::TERM);
    }

    /// Waits for its end, which must be near: it closed its pipe, or was killed.
    pub fn reap(mut self) -> HowExited {
        // One that only closed its pipe would keep us waiting. One that is really ending has
        // closed it on its way out, and the reason of its end was fixed before.
        self.kill();
        match self.process.wait() {
            Ok(status) => how(status, matches!(self.stage, Stage::Told)),
            Err(_) => HowExited::Signal(Signal::KILL.as_raw()),
        }
    }
}

fn how(status: ExitStatus, told: bool) -> HowExited {
    match (status.code(), status.signal()) {
        (Some(0), _) if told => HowExited::Told,
        (Some(code), _) => HowExited::Code(code),
        (None, signal) => HowExited::Signal(signal.unwrap_or(Signal::KILL.as_raw())),
    }
}

/// Checks a message against what the worker was given, and moves its stage on.
fn check(
    stage: &mut Stage,
    its_pid: u32,
    message: FromWorker,
    items: Option<Items>,
    now: Instant,
) -> Result<Said, Lied> {
    match (message, &mut *stage) {
        (FromWorker::Hello { pid, layers }, Stage::Starting { initializes }) => {
            // A worker that lacks a layer is not let near a call.
            if pid != its_pid || layers != LAYERS {
                return Err(Lied);
            }
            *stage = if *initializes { Stage::Initializing } else { Stage::Idle };
            Ok(Said::Hello)
        }
        (FromWorker::Initialized { raised }, Stage::Initializing) => {
            // One whose initializer raised has nothing more to say.
            *stage = if raised.is_some() { Stage::Ending } else { Stage::Idle };
            Ok(Said::Initialized(raised))
        }
        (FromWorker::Blocked { call, on }, Stage::Busy(given)) => {
            if call != given.call || given.waits || !can_wait_for(&given.work, on) {
                return Err(Lied);
            }
            given.waits = true;
            Ok(Said::Blocked(call, on))
        }
        (FromWorker::Done { call, arrived, unpacked, packed }, Stage::Busy(given)) => {
            let mut items = items.ok_or(Lied)?;
            if call != given.call || given.waits || !can_return(&given.work, &items) {
                return Err(Lied);
            }
            let mut transport = Transport { arrived, unpacked, packed };
            clamp(&mut transport, &mut items, given.taken, now);
            *stage = Stage::Idle;
            Ok(Said::Done(call, items, transport))
        }
        _ => Err(Lied),
    }
}

fn can_wait_for(work: &Work, on: BlockedOn) -> bool {
    match on {
        BlockedOn::OwnProcess => true,
        BlockedOn::Gate(task) => work.carries(task),
        _ => false,
    }
}

/// One outcome for each item, or fewer if the last of them raised; before the last none did.
fn can_return(work: &Work, items: &Items) -> bool {
    let count = items.outcomes.len();
    let Some((last, before)) = items.outcomes.split_last() else { return false };
    let returned = |outcome: &Outcome| matches!(outcome, Outcome::Returned(_));
    let whole = returned(last) && count == work.item_count() as usize;
    let cut = matches!(last, Outcome::Raised(_)) && count <= work.item_count() as usize;
    items.started.len() == count
        && items.ended.len() == count
        && before.iter().all(returned)
        && (whole || cut)
}

/// Puts the worker's times in order, between when it took the call and now. Its clock is ours, so
/// honest times are not changed.
fn clamp(transport: &mut Transport, items: &mut Items, taken: Instant, now: Instant) {
    let mut low = taken;
    let mut put = |at: &mut Instant| {
        *at = (*at).clamp(low, now);
        low = *at;
    };
    put(&mut transport.arrived);
    put(&mut transport.unpacked);
    for (started, ended) in items.started.iter_mut().zip(&mut items.ended) {
        put(started);
        put(ended);
    }
    put(&mut transport.packed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::units::TaskId;
    use shared::value::Value;

    fn busy() -> Stage {
        let (call, work) = (CallId(4), Work::task(TaskId(2)));
        Stage::Busy(Given { call, work, taken: Instant(100), waits: false })
    }

    fn starts() -> Stage {
        Stage::Starting { initializes: true }
    }

    fn done(call: u32) -> FromWorker {
        let (arrived, unpacked, packed) = (Instant(101), Instant(102), Instant(110));
        FromWorker::Done { call: CallId(call), arrived, unpacked, packed }
    }

    fn one(started: u64, ended: u64, outcome: Outcome) -> Items {
        Items::one(Instant(started), Instant(ended), outcome)
    }

    fn five() -> Outcome {
        Outcome::Returned(Value::Int(5))
    }

    fn say(stage: &mut Stage, message: FromWorker, items: Option<Items>) -> Result<Said, Lied> {
        check(stage, 7, message, items, Instant(200))
    }

    #[test]
    fn an_honest_worker_is_believed() {
        let mut stage = Stage::Starting { initializes: false };
        let hello = FromWorker::Hello { pid: 7, layers: LAYERS.to_vec() };
        assert!(matches!(say(&mut stage, hello, None), Ok(Said::Hello)));
        stage = busy();
        let said = say(&mut stage, done(4), Some(one(103, 109, five())));
        let Ok(Said::Done(CallId(4), items, transport)) = said else { panic!("{said:?}") };
        assert_eq!(items, one(103, 109, five()));
        assert_eq!(transport.packed, Instant(110));
        assert!(matches!(stage, Stage::Idle));
    }

    #[test]
    fn times_are_clamped_to_when_they_can_have_been() {
        let said = say(&mut busy(), done(4), Some(one(5, 999, five())));
        let Ok(Said::Done(_, items, transport)) = said else { panic!("{said:?}") };
        assert_eq!(items, one(102, 200, five()));
        assert_eq!(transport.packed, Instant(200));
    }

    #[test]
    fn a_liar_is_found_out() {
        let layers = LAYERS.to_vec();
        let raised = Outcome::Raised(Raised::timeout());
        let mut two = one(103, 104, raised.clone());
        two.push(Instant(104), Instant(105), five());
        let gate =
            |task| FromWorker::Blocked { call: CallId(4), on: BlockedOn::Gate(TaskId(task)) };
        let waits = |on| FromWorker::Blocked { call: CallId(4), on };
        let lies = [
            (starts(), FromWorker::Hello { pid: 8, layers: layers.clone() }, None),
            (starts(), FromWorker::Hello { pid: 7, layers: layers[1..].to_vec() }, None),
            (starts(), FromWorker::Initialized { raised: None }, None),
            (Stage::Idle, FromWorker::Initialized { raised: None }, None),
            (Stage::Initializing, done(4), Some(one(103, 109, five()))),
            (starts(), done(4), Some(one(103, 109, five()))),
            (Stage::Idle, FromWorker::Hello { pid: 7, layers }, None),
            (Stage::Idle, done(4), Some(one(103, 109, five()))),
            (Stage::Told, done(4), Some(one(103, 109, five()))),
            (busy(), done(5), Some(one(103, 109, five()))),
            (busy(), done(4), None),
            (busy(), done(4), Some(Items::default())),
            (busy(), done(4), Some(one(103, 109, Outcome::Lost))),
            (busy(), done(4), Some(two)),
            (busy(), gate(3), None),
            (busy(), waits(BlockedOn::Shutdown), None),
        ];
        for (mut stage, message, items) in lies {
            let words = format!("{stage:?} {message:?} {items:?}");
            assert!(say(&mut stage, message, items).is_err(), "{words}");
        }
        let mut stage = busy();
        assert!(say(&mut stage, gate(2), None).is_ok());
        assert!(say(&mut stage, gate(2), None).is_err(), "it waits already");
        let items = Some(one(103, 109, raised));
        assert!(say(&mut stage, done(4), items).is_err(), "it waits still");
    }
}
