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
//! One thread starts the workers (they die with the thread that started them, so it must not end before
//! them), and is the only one that touches their pipes and their processes. It is also what the pool
//! has of threads of its own: the executor's manager and feeder, Pool's three handlers. Only while one
//! of these runs a callback that may take long does another thread do it (`own.rs`): then its results
//! wait, and workers go on.
//! A worker that is free asks in the same message in which it returns; who is told to
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
use super::messages::{ToWorker, look_out_at};
use super::over::Over;
use super::own::{Duty, OwnThreads};
use super::run::{Locked, Run};
use super::state::{CallbackRun, Order};

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
        own: OwnThreads::new(run),
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
    /// The pool's own threads, as far as they are this one.
    own: OwnThreads,
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
        self.own.come_back(&mut state);
        for (worker, news) in mem::take(&mut self.news) {
            state = self.report(run, state, worker, news)?;
        }
        while let Some((agent, duty)) = self.own.next(&state) {
            state = self.attend(run, state, agent, duty)?;
        }
        state = self.hand_out(run, state)?;
        let nothing_left = self.own.has_nothing_to_do(&state);
        let (orders, rests) = state.manager_rests(nothing_left);
        // Workers first: they compute while we wake whoever waits for results.
        let wakes = state.unlock();
        self.send_calls();
        drop(wakes);
        for order in orders {
            self.carry_out(order);
        }
        self.listen(rests && self.news.is_empty());
        Ok(())
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Spawn(worker) => {
                let run = self.own.run();
                let zero = run.clock.zero();
                let init = ToWorker::Init { scenario: self.scenario.clone(), worker, zero };
                let initializes = run.plan.initializer_of(worker).is_some();
                match Child::start(&self.exe, &init, initializes) {
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
                self.kill_at = Some(self.own.run().clock.now() + limits::STOP_GRACE);
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
        let run = Arc::clone(self.own.run());
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
            polled.push(PollFd::new(child.hears(), PollFlags::IN));
        }
        let mail = self.children.values().filter(|child| child.has_mail());
        polled.extend(mail.map(|child| PollFd::new(child.sends(), PollFlags::OUT)));
        if may_sleep {
            look_out_at(&mut polled);
        }
        if poll(&mut polled, timeout.as_ref()).is_err() {
            // Interrupted by a signal: as good as a wake-up, everything is looked at again.
            return;
        }
        let heard: Vec<PollFlags> = polled.iter().map(PollFd::revents).collect();
        let (heard, may_send) = heard.split_at(1 + self.children.len());
        if heard[0].contains(PollFlags::IN) {
            wake_up.silence();
        }
        let now = run.clock.now();
        if self.kill_at.is_some_and(|at| at <= now) {
            self.kill_at = None;
            self.children.values_mut().for_each(Child::kill);
        }
        let mail = self.children.values_mut().filter(|child| child.has_mail());
        for (child, may_send) in mail.zip(may_send) {
            if !may_send.is_empty() {
                child.send();
            }
        }
        let mut gone = Vec::new();
        for ((worker, child), heard) in self.children.iter_mut().zip(&heard[1..]) {
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
                let started = Fact::WorkerStarted { worker, pid };
                match self.tell(run, state, Agent::Worker(worker), started)? {
                    // It runs by itself, and says when it is through.
                    (state, Answer::Initialize(_)) => Ok(state),
                    (state, _) => self.ask(run, state, worker),
                }
            }
            News::Said(Said::Initialized(raised)) => {
                let failed = raised.is_some();
                let fact = Fact::InitializerReturned { worker, raised };
                let (state, _) = self.tell(run, state, Agent::Worker(worker), fact)?;
                if failed { Ok(state) } else { self.ask(run, state, worker) }
            }
            News::Said(Said::Blocked(call, on)) => {
                let fact = Fact::CallBlocked { call, on };
                Ok(self.tell(run, state, Agent::Worker(worker), fact)?.0)
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
                self.own.put(Duty::Exited(worker, how));
                Ok(state)
            }
            News::NotStarted(message) => {
                self.own.put(Duty::NotStarted(worker, message));
                Ok(state)
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
        let (state, _) = self.tell(run, state, Agent::Worker(worker), returned)?;
        let mut state = self.ask(run, state, worker)?;
        // Who is not busy reads it now; behind what it has to do before.
        self.own.put(Duty::Read(call));
        while let Some((agent, duty)) = self.own.next(&state) {
            state = self.attend(run, state, agent, duty)?;
        }
        Ok(state)
    }

    /// One of the pool's own threads does something.
    fn attend<'run>(
        &mut self,
        run: &'run Run,
        state: Locked<'run>,
        agent: Agent,
        duty: Duty,
    ) -> Result<Locked<'run>, Over> {
        let fact = match duty {
            Duty::Read(call) => Fact::ResultArrived { call },
            Duty::Exited(worker, how) => Fact::WorkerExited { worker, how },
            Duty::NotStarted(worker, message) => Fact::SpawnFailed { worker, message },
            Duty::Steps => return self.take_steps(run, state, agent),
        };
        let (state, _) = self.tell(run, state, agent, fact)?;
        // The executor's manager looks after everything, whatever it was that woke it.
        match agent {
            Agent::Manager if self.own.is_free(agent) => self.take_steps(run, state, agent),
            Agent::Manager => {
                self.own.put(Duty::Steps);
                Ok(state)
            }
            _ => Ok(state),
        }
    }

    /// Lets one of the pool's own threads work until it has nothing more to do, or is kept by a callback.
    fn take_steps<'run>(
        &mut self,
        run: &'run Run,
        mut state: Locked<'run>,
        agent: Agent,
    ) -> Result<Locked<'run>, Over> {
        for step in 1.. {
            let (after, answer) = self.tell(run, state, agent, Fact::AgentRuns { agent })?;
            state = after;
            if answer != Answer::Again {
                break;
            }
            if !self.own.is_free(agent) {
                self.own.put_steps(agent);
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
            let fact = Fact::WorkerAsks { worker };
            let (after, answer) = self.tell(run, state, Agent::Worker(worker), fact)?;
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

    /// Reports a fact of this agent's. If callbacks come of it that are soon through, they run here and
    /// now, unlocked, and after whatever workers were given: they need not wait for callbacks. Others run
    /// in a thread of their own.
    fn tell<'run>(
        &mut self,
        run: &'run Run,
        mut state: Locked<'run>,
        agent: Agent,
        fact: Fact,
    ) -> Result<(Locked<'run>, Answer), Over> {
        let mine = state.fact(fact);
        let state = state.unless_over()?;
        if mine.callbacks.is_empty() {
            return Ok((state, mine.answer));
        }
        let takes_long = |run: &CallbackRun| state.program.may_take_long(run.callback);
        let takes_long = mine.callbacks.iter().any(takes_long);
        drop(state);
        self.send_calls();
        let answer = if takes_long {
            self.own.send_away(agent, mine)
        } else {
            Lane::new(self.own.run(), agent).settle(mine)?
        };
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
