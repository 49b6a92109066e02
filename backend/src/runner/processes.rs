//! The process driver, parent side: the manager thread.
//!
//! ```text
//!        orders (from whoever told the engine something)         Hello, Done, Blocked, end of file
//!                     │                                                     │
//!                     ▼                                                     ▼
//!   poll ─▶ read what workers say ─▶ lock: report it, take steps, hand out calls ─▶ unlock, send
//!     ▲                                                                              │
//!     └──────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! One thread is the engine's `Manager` agent, starts the workers (they die with the thread that
//! started them, so it must not end before them), and is the only one that touches their sockets and
//! their processes. A worker that is free asks in the same message in which it returns; who is told to
//! sleep stands in line and asks again, first come first served, when there is work.
//!
//! It sleeps in `poll`. Before, under the lock, it looks for orders and for the engine's waking it, and
//! notes that it sleeps; whoever then has something for it sees that note under the lock and rings the
//! descriptor. So it is rung when it sleeps and only then.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::mem;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use shared::engine::event::{Agent, HowExited, Items, Transport};
use shared::engine::io::{Answer, Assignment, Fact};
use shared::limits;
use shared::outcome::{Outcome, Raised};
use shared::units::{CallId, Instant, Span, WorkerId};

use super::child::{Child, Said};
use super::lane::Lane;
use super::messages::ToWorker;
use super::over::Over;
use super::run::{Locked, Run};
use super::state::Order;

/// Steps that the manager takes at a stretch before it lets others have the lock.
const STEPS: u32 = 32;

/// A descriptor that wakes the manager from `poll`.
#[derive(Debug)]
pub struct WakeUp {
    descriptor: OwnedFd,
}

impl WakeUp {
    /// A new one, silent.
    ///
    /// # Errors
    /// What the operating system said.
    pub fn new() -> io::Result<Self> {
        let descriptor = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { descriptor })
    }

    /// Rings it.
    pub fn ring(&self) {
        // It can only fail by being full of 2^64 rings, and then it rings already.
        let _ = rustix::io::write(&self.descriptor, &1_u64.to_ne_bytes());
    }

    fn silence(&self) {
        let _ = rustix::io::read(&self.descriptor, &mut [0; 8]);
    }
}

/// Manages the worker processes until the run is over; none of them is left then.
///
/// # Errors
/// [`Over`], always: nothing else ends it.
pub fn manage(run: &Arc<Run>, exe: &Path) -> Result<(), Over> {
    let mut manager = Manager {
        lane: Lane::new(run, Agent::Manager),
        exe: exe.to_owned(),
        scenario: run.plan.scenario.to_json(),
        children: BTreeMap::new(),
        line: VecDeque::new(),
        given: Vec::new(),
        news: Vec::new(),
        kill_at: None,
    };
    loop {
        manager.turn(run)?;
    }
}

struct Manager {
    lane: Lane,
    exe: PathBuf,
    scenario: String,
    /// Exactly the workers that were started and not reaped.
    children: BTreeMap<WorkerId, Child>,
    /// Exactly the workers that asked and were told to sleep, in that order.
    line: VecDeque<WorkerId>,
    /// Calls that workers have taken and that are not sent yet.
    given: Vec<(WorkerId, Assignment, Instant)>,
    /// What is to be reported at the next occasion.
    news: Vec<(WorkerId, News)>,
    /// When those who did not heed `SIGTERM` are killed.
    kill_at: Option<Instant>,
}

/// Something that happened to a worker.
enum News {
    Said(Said),
    /// The call it took cannot be sent to it.
    CannotSend(CallId, Instant),
    Gone(HowExited),
    NotStarted(String),
}

impl Manager {
    fn turn(&mut self, run: &Run) -> Result<(), Over> {
        let mut state = run.enter("manager")?;
        state.manager_wakes();
        for (worker, news) in mem::take(&mut self.news) {
            state = self.report(run, state, worker, news)?;
        }
        if state.engine.is_woken(Agent::Manager) {
            state = self.take_steps(run, state)?;
        }
        state = self.hand_out(run, state)?;
        let (orders, rests) = state.manager_rests();
        drop(state);

        self.send_calls();
        for order in orders {
            self.carry_out(order);
        }
        self.listen(rests && self.news.is_empty());
        Ok(())
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Spawn(worker) => {
                let zero = self.lane.run.clock.zero();
                let init = ToWorker::Init { scenario: self.scenario.clone(), worker, zero };
                match Child::start(&self.exe, &init) {
                    Ok(child) => {
                        self.children.insert(worker, child);
                    }
                    Err(error) => self.news.push((worker, News::NotStarted(error.to_string()))),
                }
            }
            // Whoever is not among the children is dead already, or was never born.
            Order::Kill(worker) => {
                if let Some(child) = self.children.get_mut(&worker) {
                    child.kill();
                }
            }
            Order::Terminate => {
                self.children.values().for_each(Child::terminate);
                self.kill_at = Some(self.lane.run.clock.now() + limits::STOP_GRACE);
            }
            Order::Open(call, worker) => {
                if let Some(child) = self.children.get_mut(&worker) {
                    child.open(call);
                }
            }
        }
    }

    /// Waits until a worker says something, if there is nothing else to do, and gathers the news.
    fn listen(&mut self, may_sleep: bool) {
        let run = Arc::clone(&self.lane.run);
        let wake_up = run.wake_up.as_ref().expect("who has a manager can wake it");
        let now = run.clock.now();
        let timeout =
            if may_sleep { self.kill_at.map(|at| at.since(now)) } else { Some(Span::ZERO) };
        let timeout = timeout.map(|span| Timespec {
            tv_sec: i64::try_from(span.0 / 1_000_000_000).unwrap_or(i64::MAX),
            tv_nsec: i64::try_from(span.0 % 1_000_000_000).expect("below a second"),
        });
        let mut polled = vec![PollFd::new(&wake_up.descriptor, PollFlags::IN)];
        for child in self.children.values() {
            let mail = if child.has_mail() { PollFlags::OUT } else { PollFlags::empty() };
            polled.push(PollFd::new(child.socket(), PollFlags::IN | mail));
        }
        if poll(&mut polled, timeout.as_ref()).is_err() {
            // Interrupted by a signal: as good as a wake-up, everything is looked at again.
            return;
        }
        let heard: Vec<PollFlags> = polled.iter().map(PollFd::revents).collect();
        if heard[0].contains(PollFlags::IN) {
            wake_up.silence();
        }
        let now = run.clock.now();
        if self.kill_at.is_some_and(|at| at <= now) {
            self.kill_at = None;
            self.children.values_mut().for_each(Child::kill);
        }
        let mut gone = Vec::new();
        for ((worker, child), heard) in self.children.iter_mut().zip(&heard[1..]) {
            if heard.contains(PollFlags::OUT) {
                child.send();
            }
            if !heard.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR) {
                continue;
            }
            let hung_up = heard.intersects(PollFlags::HUP | PollFlags::ERR);
            match child.listen(hung_up, now) {
                Ok((said, last)) => {
                    self.news.extend(said.into_iter().map(|said| (*worker, News::Said(said))));
                    if last {
                        gone.push(*worker);
                    }
                }
                Err(_) => {
                    eprintln!("futurescope: worker {worker} said what cannot be, and is killed");
                    gone.push(*worker);
                }
            }
        }
        for worker in gone {
            let child = self.children.remove(&worker).expect("it was listened to just now");
            self.news.push((worker, News::Gone(child.reap())));
        }
    }

    fn report<'run>(
        &mut self,
        run: &'run Run,
        state: Locked<'run>,
        worker: WorkerId,
        news: News,
    ) -> Result<Locked<'run>, Over> {
        match news {
            News::Said(Said::Hello) => {
                let pid = self.children.get(&worker).map(Child::pid);
                let (state, _) = self.tell(run, state, Fact::WorkerStarted { worker, pid })?;
                self.ask(run, state, worker)
            }
            News::Said(Said::Blocked(call, on)) => {
                let (state, _) = self.tell(run, state, Fact::CallBlocked { call, on })?;
                Ok(state)
            }
            News::Said(Said::Done(call, items, transport)) => {
                self.returned(run, state, worker, call, items, Some(transport))
            }
            News::CannotSend(call, at) => {
                let raised = Raised::too_large("the list of the call's inputs");
                let items = Items::one(at, at, Outcome::Raised(raised));
                self.returned(run, state, worker, call, items, None)
            }
            News::Gone(how) => {
                self.line.retain(|waiting| *waiting != worker);
                let (state, _) = self.tell(run, state, Fact::WorkerExited { worker, how })?;
                self.take_steps(run, state)
            }
            News::NotStarted(message) => {
                let (state, _) = self.tell(run, state, Fact::SpawnFailed { worker, message })?;
                self.take_steps(run, state)
            }
        }
    }

    fn returned<'run>(
        &mut self,
        run: &'run Run,
        state: Locked<'run>,
        worker: WorkerId,
        call: CallId,
        items: Items,
        transport: Option<Transport>,
    ) -> Result<Locked<'run>, Over> {
        let returned = Fact::Returned { worker, call, items, transport };
        let (state, _) = self.tell(run, state, returned)?;
        let state = self.ask(run, state, worker)?;
        let (state, _) = self.tell(run, state, Fact::ResultArrived { call })?;
        self.take_steps(run, state)
    }

    /// Lets the manager agent work until it has nothing more to do.
    fn take_steps<'run>(
        &mut self,
        run: &'run Run,
        mut state: Locked<'run>,
    ) -> Result<Locked<'run>, Over> {
        for step in 1.. {
            let (after, answer) = self.tell(run, state, Fact::ManagerWoke)?;
            state = after;
            if answer != Answer::Again {
                break;
            }
            if step % STEPS == 0 {
                drop(state);
                state = run.enter("manager")?;
            }
        }
        Ok(state)
    }

    /// Lets those in the line ask again while there is something to have.
    fn hand_out<'run>(
        &mut self,
        run: &'run Run,
        mut state: Locked<'run>,
    ) -> Result<Locked<'run>, Over> {
        // Once for each at most: in a broken pool they are told to sleep whatever there is.
        for _ in 0..self.line.len() {
            if !state.engine.has_work() {
                break;
            }
            let Some(worker) = self.line.pop_front() else { break };
            state = self.ask(run, state, worker)?;
        }
        Ok(state)
    }

    fn ask<'run>(
        &mut self,
        run: &'run Run,
        mut state: Locked<'run>,
        worker: WorkerId,
    ) -> Result<Locked<'run>, Over> {
        // These may have been its last words, and the dead do not ask.
        if !self.children.contains_key(&worker) {
            return Ok(state);
        }
        loop {
            let (after, answer) = self.tell(run, state, Fact::WorkerAsks { worker })?;
            state = after;
            match answer {
                Answer::Take(assignment) => self.given.push((worker, assignment, state.now())),
                Answer::Sleep => self.line.push_back(worker),
                Answer::Exit => {
                    if let Some(child) = self.children.get_mut(&worker) {
                        child.tell_to_end();
                    }
                }
                Answer::Again => continue,
                other => unreachable!("a worker that asks is not answered {other:?}"),
            }
            return Ok(state);
        }
    }

    /// Sends what was taken.
    fn send_calls(&mut self) {
        for (worker, assignment, taken) in mem::take(&mut self.given) {
            let call = assignment.call;
            let Some(child) = self.children.get_mut(&worker) else { continue };
            if child.give(assignment, taken).is_err() {
                self.news.push((worker, News::CannotSend(call, taken)));
            }
        }
    }

    /// Reports a fact. If callbacks come of it, they run here and now, unlocked, and after whatever
    /// workers were given: they need not wait for callbacks.
    fn tell<'run>(
        &mut self,
        run: &'run Run,
        mut state: Locked<'run>,
        fact: Fact,
    ) -> Result<(Locked<'run>, Answer), Over> {
        let mine = state.fact(fact);
        let state = state.unless_over()?;
        if mine.callbacks.is_empty() {
            return Ok((state, mine.answer));
        }
        drop(state);
        self.send_calls();
        let answer = self.lane.settle(mine)?;
        Ok((run.enter("manager")?, answer))
    }
}

impl Drop for Manager {
    /// Whatever ends the run, no worker is left.
    fn drop(&mut self) {
        self.children.values_mut().for_each(Child::kill);
        for (_, child) in mem::take(&mut self.children) {
            child.reap();
        }
    }
}
