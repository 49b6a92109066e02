//! The watcher's loop: one `poll` over all that can happen to a run.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::mem;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant as Clock};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use shared::engine::event::{EndCause, Event, Record, Used};
use shared::limits;
use shared::protocol::{Frame, FrameReader, MAX_BODY_BYTES, MAX_FRAME_RECORDS, decode, seal};
use shared::units::{Instant, Seq, Span};

use super::cause::{Evidence, HowEnded, LogEnd, Reason, cause};
use super::control::Inbox;
use super::process::Runner;
use super::{Ending, Patience};
use crate::wire::{self, TO_RUNNER_BYTES, ToRunner};

/// Bytes of the runner's stderr that are kept: its last.
const STDERR_BYTES: usize = 16 * 1024;

/// Bytes that are read at once.
const READ_BYTES: usize = 64 * 1024;

/// Bytes of a log that are looked at: what a runner may write, and what it may still have to write
/// when it sees that it is too much.
const LOG_BYTES: u64 = limits::LOG_BYTES + 2 * MAX_BODY_BYTES as u64;

/// How long one `poll` waits for the end of a killed process.
const AFTER_KILL: Duration = Duration::from_secs(1);

/// Whoever sees the log.
pub type Sink = Box<dyn FnMut(&Frame, &[Record]) + Send>;

/// What a runner is to do, and for whom.
pub struct Job {
    /// As JSON; it was checked.
    pub scenario: String,
    /// How long it may take.
    pub patience: Patience,
    /// Whoever sees the log.
    pub sink: Sink,
}

/// One run, from its scenario to its end.
pub struct Run {
    runner: Runner,
    inbox: Inbox,
    patience: Patience,
    sink: Sink,
    started: Clock,
    /// The first thing to say to the runner.
    scenario: String,
    /// Bytes that its stdin has not taken.
    outgoing: VecDeque<u8>,
    reader: FrameReader,
    /// Bytes of its log.
    log_bytes: u64,
    log: LogEnd,
    /// The last record: its number and time.
    last: Option<(Seq, Instant)>,
    stderr: Vec<u8>,
    /// Why and when it was told to stop.
    stopping: Option<(Reason, Clock)>,
    /// Its group was killed, and its end is only a matter of time.
    killed: bool,
    fault: Option<String>,
}

/// Which of the things that are polled have something to say.
#[allow(clippy::struct_excessive_bools)] // one for each descriptor, and no more
struct Ready {
    ended: bool,
    requests: bool,
    stdin: bool,
    stdout: bool,
    stderr: bool,
}

impl Run {
    /// A run whose runner was told nothing yet. Its time begins now.
    pub fn new(runner: Runner, inbox: Inbox, job: Job) -> Self {
        let Job { scenario, patience, sink } = job;
        Self {
            runner,
            inbox,
            patience,
            sink,
            started: Clock::now(),
            scenario,
            outgoing: VecDeque::new(),
            reader: FrameReader::new(),
            log_bytes: 0,
            log: LogEnd::Open,
            last: None,
            stderr: Vec::new(),
            stopping: None,
            killed: false,
            fault: None,
        }
    }

    /// Watches it to its end.
    pub fn watch(mut self) -> Ending {
        let scenario = mem::take(&mut self.scenario);
        self.send(&ToRunner::Start { scenario });
        // What was asked together with the job may have spent its wake on a watcher that was idle.
        self.take_requests();
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let ready = match self.poll() {
                Ok(ready) => ready,
                Err(error) => {
                    self.fail(format!("poll failed: {error}"));
                    break;
                }
            };
            self.look_at_clock();
            if ready.requests {
                self.take_requests();
            }
            if ready.stdin {
                self.write_stdin();
            }
            if ready.ended {
                // Whoever is left of its group might write for ever to the pipes that we now empty.
                self.kill();
            }
            // The last words of a process are in its pipes when it has ended.
            if ready.stderr || ready.ended {
                self.read_stderr(&mut buffer);
            }
            if ready.stdout || ready.ended {
                self.read_stdout(&mut buffer, ready.ended);
            }
            if ready.ended {
                break;
            }
        }
        self.end()
    }

    fn poll(&self) -> io::Result<Ready> {
        let (input, output) = (PollFlags::IN, PollFlags::OUT);
        let mut fds = vec![
            PollFd::from_borrowed_fd(self.runner.ended(), input),
            PollFd::from_borrowed_fd(self.inbox.wake(), input),
        ];
        let stdin = self.runner.stdin.as_ref().filter(|_| !self.outgoing.is_empty());
        let places = [
            stdin.map(|pipe| (pipe.as_fd(), output)),
            self.runner.stdout.as_ref().map(|pipe| (pipe.as_fd(), input)),
            self.runner.stderr.as_ref().map(|pipe| (pipe.as_fd(), input)),
        ]
        .map(|pipe| {
            let (fd, flags) = pipe?;
            fds.push(PollFd::from_borrowed_fd(fd, flags));
            Some(fds.len() - 1)
        });
        let timeout = Timespec::try_from(self.until_clock()).ok();
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let is_ready = |place: usize| !fds[place].revents().is_empty();
        let [stdin, stdout, stderr] = places.map(|place| place.is_some_and(is_ready));
        Ok(Ready { ended: is_ready(0), requests: is_ready(1), stdin, stdout, stderr })
    }

    /// How long until the clock wants something done.
    fn until_clock(&self) -> Duration {
        let due = match self.stopping {
            _ if self.killed => return AFTER_KILL,
            Some((_, since)) => since + duration(self.patience.grace),
            None => self.started + duration(self.patience.wall),
        };
        due.saturating_duration_since(Clock::now())
    }

    fn look_at_clock(&mut self) {
        if !self.until_clock().is_zero() {
            return;
        }
        match self.stopping {
            Some(_) => self.kill(),
            None => self.stop(Reason::Deadline),
        }
    }

    fn kill(&mut self) {
        self.killed = true;
        self.runner.kill();
    }

    fn take_requests(&mut self) {
        let requests = self.inbox.take();
        for act in requests.acts {
            self.send(&ToRunner::Act(act));
        }
        if requests.stop {
            self.stop(Reason::Person);
        }
    }

    /// Asks it to stop; the first reason counts.
    fn stop(&mut self, reason: Reason) {
        if self.stopping.is_none() {
            self.stopping = Some((reason, Clock::now()));
            self.send(&ToRunner::Stop);
        }
    }

    /// Ends it at once, as our failure.
    fn fail(&mut self, fault: String) {
        self.stopping = Some((Reason::Fault, Clock::now()));
        self.fault = Some(fault);
        self.runner.stdout = None;
        self.kill();
    }

    fn send(&mut self, message: &ToRunner) {
        let mut bytes = Vec::new();
        if let Err(error) = wire::write(&mut bytes, message, TO_RUNNER_BYTES) {
            return self.fail(format!("the scenario cannot be sent: {error}"));
        }
        self.outgoing.extend(bytes);
    }

    fn write_stdin(&mut self) {
        let Some(stdin) = &mut self.runner.stdin else { return };
        while !self.outgoing.is_empty() {
            match stdin.write(self.outgoing.as_slices().0) {
                Ok(written) => {
                    self.outgoing.drain(..written);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // It reads no more; its end will say why.
                Err(_) => {
                    self.runner.stdin = None;
                    self.outgoing.clear();
                    return;
                }
            }
        }
    }

    fn read_stderr(&mut self, buffer: &mut [u8]) {
        // A program that writes without end gets no more of our time than any other.
        for _ in 0..16 {
            match read_some(&mut self.runner.stderr, buffer) {
                0 => return,
                read => self.stderr.extend_from_slice(&buffer[..read]),
            }
            let excess = self.stderr.len().saturating_sub(STDERR_BYTES);
            self.stderr.drain(..excess);
        }
    }

    /// Reads once, so that requests and the clock have their turn, or all that is left.
    fn read_stdout(&mut self, buffer: &mut [u8], all: bool) {
        loop {
            let read = read_some(&mut self.runner.stdout, buffer);
            if read == 0 {
                return;
            }
            self.log_bytes += read as u64;
            self.reader.push(&buffer[..read]);
            self.read_frames();
            if !all {
                return;
            }
        }
    }

    fn read_frames(&mut self) {
        loop {
            let frame = match self.reader.next_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                Err(error) => return self.fail(error.to_string()),
            };
            match decode(&frame) {
                Ok(records) => self.take(&frame, &records),
                Err(error) => return self.fail(error.to_string()),
            }
            if self.fault.is_some() {
                return;
            }
        }
        // It stops by itself at the limit; one that does not is no runner of ours.
        let records = self.last.map_or(0, |(seq, _)| seq);
        let too_many = records >= limits::RECORDS + u64::from(MAX_FRAME_RECORDS);
        if too_many || self.log_bytes > LOG_BYTES {
            self.stop(Reason::Records);
        }
    }

    fn take(&mut self, frame: &Frame, records: &[Record]) {
        if records.iter().any(|record| matches!(record.event, Event::EndOfRun { .. })) {
            return self.fail("a runner cannot say how it was ended".to_owned());
        }
        for record in records {
            self.log.apply(record);
            self.last = Some((record.seq, record.at));
        }
        (self.sink)(frame, records);
    }

    /// Cleans up, and appends the last record.
    fn end(mut self) -> Ending {
        let (how, cpu) = match self.runner.reap() {
            Ok((status, cpu)) => (how_ended(status), cpu),
            Err(_) => (HowEnded::Unknown, None),
        };
        let stderr = String::from_utf8_lossy(&self.stderr).into_owned();
        let reason = self.stopping.map(|(reason, _)| reason);
        let own = cpu.map(|cpu| cpu.own);
        let cause = cause(Evidence { log: self.log, reason, how, cpu: own, stderr: &stderr });
        self.append_end(cause, cpu.map(|cpu| used(cpu.all)));
        Ending { cause, stderr, fault: self.fault }
    }

    fn append_end(&mut self, cause: EndCause, used: Option<Used>) {
        let elapsed = u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let last_at = self.last.map_or(Instant::ZERO, |(_, at)| at);
        let after_seq = self.last.map(|(seq, _)| seq);
        let record = Record {
            seq: after_seq.map_or(0, |seq| seq + 1),
            at: last_at.max(Instant(elapsed).floor_to_micros()),
            cause: after_seq,
            event: Event::EndOfRun { cause, after_seq, used },
        };
        let mut sealed = FrameReader::joining();
        sealed.push(&seal(std::slice::from_ref(&record)));
        let frame = sealed.next_frame().expect("we sealed it").expect("and it is whole");
        (self.sink)(&frame, &[record]);
    }
}

/// What is told of the machine: the processors are those that this server may use, and so its runs.
fn used(cpu: Span) -> Used {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Used { cpu, cores: u16::try_from(cores).unwrap_or(u16::MAX) }
}

/// Reads what is there, without waiting; 0 if nothing is. At its end, or when it fails, the pipe is
/// closed.
fn read_some(pipe: &mut Option<impl Read>, buffer: &mut [u8]) -> usize {
    loop {
        let Some(open) = pipe else { return 0 };
        match open.read(buffer) {
            Ok(0) => *pipe = None,
            Ok(read) => return read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return 0,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => *pipe = None,
        }
    }
}

fn how_ended(status: std::process::ExitStatus) -> HowEnded {
    match (status.code(), status.signal()) {
        (Some(code), _) => HowEnded::Code(code),
        (None, Some(signal)) => HowEnded::Signal(signal),
        (None, None) => HowEnded::Unknown,
    }
}

fn duration(span: Span) -> Duration {
    Duration::from_nanos(span.0)
}
