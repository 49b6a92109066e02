//! Waiting: `result`, `wait` with its three modes, sleeping, gates; who is woken, and by what.
//!
//! Waiters stand beside the futures, not inside a pool, so they work the same for every executor.
//! Whoever waits is *blocked*; what ends the wait *wakes* it; when it really runs it reports `Woke`,
//! and only then is the answer computed: `wait`'s `done` may by then hold more futures than the one
//! that woke it (§4.1).

use std::collections::{BTreeSet, VecDeque};

use crate::engine::core::{Core, Life, Place};
use crate::engine::event::{Agent, BlockedOn, Event, Question, Reply};
use crate::engine::future::{FutureState, Waiter};
use crate::engine::io::{Answer, Effect, ReturnWhen, Timer};
use crate::engine::iterators::ResultIterator;
use crate::outcome::{Outcome, Raised};
use crate::scenario::ExecutorKind;
use crate::units::{FutureId, Instant, IteratorId, Seq, Span, TaskId};
use crate::value::Value;

/// An agent whose code waits.
#[derive(Debug, Clone, Hash)]
pub struct Blocked {
    /// On what.
    pub on: BlockedOn,
    /// Until when at most.
    pub deadline: Option<Instant>,
    /// More than `on` can say.
    pub detail: Detail,
    /// Its `shutdown` is the end of a `with` block.
    pub leaves_block: bool,
}

/// A `wait` that is coming back.
#[derive(Debug, Clone, Hash)]
pub struct Returning {
    futures: BTreeSet<FutureId>,
    /// Futures that it has not let go of; they had not settled when it began to.
    held: VecDeque<FutureId>,
    /// Those that had not settled when it let go of them.
    let_go: BTreeSet<FutureId>,
}

/// More about a wait than [`BlockedOn`] can say.
#[derive(Debug, Clone, Hash)]
pub enum Detail {
    /// There is no more.
    None,
    /// `exception()` instead of `result()`.
    Exception,
    /// `wait()`.
    Wait {
        /// All of its futures.
        futures: BTreeSet<FutureId>,
        /// How many have not settled.
        left: u32,
        /// When it comes back.
        return_when: ReturnWhen,
    },
    /// `next()` of this `map` iterator.
    Map(IteratorId),
}

impl Core {
    /// `by` waits for `on`, until `deadline` at most.
    pub fn block(&mut self, by: Agent, on: BlockedOn, deadline: Option<Instant>) -> Answer {
        self.block_with(by, on, deadline, Detail::None)
    }

    /// The same, with more to say about it.
    pub fn block_with(
        &mut self,
        by: Agent,
        on: BlockedOn,
        deadline: Option<Instant>,
        detail: Detail,
    ) -> Answer {
        match self.running_call(by) {
            Some(call) => self.record(Event::Blocked { call, on }),
            None => self.record(Event::ProgramBlocked { by, on }),
        };
        if let Some(at) = deadline {
            self.effects.push(Effect::SetTimer { timer: Timer::Blocked(by), at });
        }
        let blocked = Blocked { on, deadline, detail, leaves_block: false };
        let before = self.blocked.insert(by, blocked);
        assert!(before.is_none(), "{by:?} is blocked on {:?} already", before.map(|b| b.on));
        Answer::Blocked
    }

    /// The call whose body is at work in this lane, if it is a worker's and not a callback of it.
    fn running_call(&self, by: Agent) -> Option<crate::units::CallId> {
        let Agent::Worker(worker) = by else {
            return None;
        };
        match self.workers[worker.index()].life {
            Life::Busy(call) => Some(call),
            _ => None,
        }
    }

    /// `by` waits no more.
    pub fn unblock(&mut self, by: Agent) -> Blocked {
        let blocked = self.blocked.remove(&by).expect("only who is blocked is unblocked");
        if let Some(call) = self.running_call(by) {
            self.record(Event::Unblocked { call });
        }
        blocked
    }

    /// Lets a blocked agent run, because of the last record.
    pub fn wake(&mut self, agent: Agent) {
        self.wake_because(agent, self.log.last());
    }

    fn wake_because(&mut self, agent: Agent, cause: Option<Seq>) {
        if self.woken.contains_key(&agent) {
            return;
        }
        self.woken.insert(agent, cause);
        self.effects.push(Effect::Wake { agent });
        if self.blocked.get(&agent).is_some_and(|blocked| blocked.deadline.is_some()) {
            self.effects.push(Effect::ClearTimer { timer: Timer::Blocked(agent) });
        }
    }

    /// A deadline passed; whoever waits looks once more when it runs.
    pub fn timer_fired(&mut self, agent: Agent) {
        let due = |deadline: Instant| deadline <= self.now;
        if self.blocked.get(&agent).is_some_and(|b| b.deadline.is_some_and(due)) {
            self.wake_because(agent, None);
        }
    }

    /// Whoever waits in `result` or `map` for this future may have it now.
    pub fn wake_readers(&mut self, future: FutureId) {
        self.wake_all(|on| on == BlockedOn::Result(future) || on == BlockedOn::MapNext(future));
    }

    /// Wakes everybody who is blocked on such a thing, because of the last record.
    pub fn wake_all(&mut self, such: impl Fn(BlockedOn) -> bool) {
        let blocked = self.blocked.iter().filter(|(_, blocked)| such(blocked.on));
        let agents: Vec<Agent> = blocked.map(|(agent, _)| *agent).collect();
        agents.into_iter().for_each(|agent| self.wake(agent));
    }

    /// Whoever waits for the workers' end may have it now.
    pub fn wake_joiners(&mut self) {
        let joins = |on| {
            use BlockedOn::{Exit, Join, Shutdown, Terminate};
            matches!(on, Shutdown | Exit | Join | Terminate)
        };
        self.wake_all(joins);
    }

    /// Tells `wait` and `as_completed` that a future is finished, or cancelled and notified.
    pub fn settle(&mut self, future: FutureId) {
        for waiter in std::mem::take(&mut self.futures.get_mut(future).waiters) {
            match waiter {
                Waiter::Wait(agent) => self.settle_wait(agent, future),
                Waiter::Completed(iterator) => {
                    let ResultIterator::Completed(completed) =
                        &mut self.iterators[iterator.index()]
                    else {
                        unreachable!("only as_completed iterators are told");
                    };
                    completed.arrived.push_back(future);
                    let waits = |b: &Blocked| b.on == BlockedOn::CompletedNext(iterator);
                    let agent = self.blocked.iter().find(|(_, b)| waits(b)).map(|(a, _)| *a);
                    if let Some(agent) = agent {
                        self.wake(agent);
                    }
                }
            }
        }
    }

    fn settle_wait(&mut self, agent: Agent, future: FutureId) {
        let failed = self.failed(future);
        let Some(Blocked { detail: Detail::Wait { left, return_when, .. }, .. }) =
            self.blocked.get_mut(&agent)
        else {
            return;
        };
        *left -= 1;
        let over = match return_when {
            ReturnWhen::FirstCompleted => true,
            // Cancellation is not an exception (rule 117).
            ReturnWhen::FirstException => failed || *left == 0,
            ReturnWhen::AllCompleted => *left == 0,
        };
        if over {
            self.wake(agent);
        }
    }

    fn failed(&self, future: FutureId) -> bool {
        matches!(self.futures.get(future).outcome, Some(Outcome::Raised(_)))
    }

    /// What a future's `result()` is, if it does not have to wait.
    pub fn result_now(&self, future: FutureId) -> Option<Reply> {
        let cell = self.futures.get(future);
        match (cell.state, &cell.outcome) {
            (FutureState::Pending | FutureState::Running, _) => None,
            (FutureState::Cancelled | FutureState::CancelledAndNotified, _) => {
                Some(Reply::Raised(Raised::cancelled()))
            }
            (FutureState::Finished, Some(Outcome::Returned(value))) => {
                Some(Reply::Value(value.clone()))
            }
            (FutureState::Finished, Some(Outcome::Raised(raised))) => {
                Some(Reply::Raised(raised.clone()))
            }
            (FutureState::Finished, Some(Outcome::Lost) | None) => {
                unreachable!("a finished future has a value or an exception")
            }
        }
    }

    /// `future.result(timeout)`.
    pub fn result(&mut self, by: Agent, future: FutureId, timeout: Option<Span>) -> Answer {
        match self.answer_result(by, future) {
            Some(answer) => answer,
            None => self.wait_or_time_out(by, BlockedOn::Result(future), timeout),
        }
    }

    fn answer_result(&mut self, by: Agent, future: FutureId) -> Option<Answer> {
        let reply = self.result_now(future)?;
        self.record(Event::Answered { by, what: Question::Result(future), reply: reply.clone() });
        Some(match reply {
            Reply::Value(value) => Answer::Value(value),
            Reply::Raised(raised) => Answer::Raised(raised),
            Reply::Exhausted => unreachable!("a result is no iterator"),
        })
    }

    /// `future.exception(timeout)`: on a cancelled future it raises (rule 14).
    pub fn exception(&mut self, by: Agent, future: FutureId, timeout: Option<Span>) -> Answer {
        match self.answer_exception(by, future) {
            Some(answer) => answer,
            None => self.wait_or_time_out_with(
                by,
                BlockedOn::Result(future),
                timeout,
                Detail::Exception,
            ),
        }
    }

    fn answer_exception(&mut self, by: Agent, future: FutureId) -> Option<Answer> {
        let reply = self.result_now(future)?;
        let finished = self.futures.state(future) == FutureState::Finished;
        let (reply, answer) = match reply {
            Reply::Raised(raised) if finished => {
                (Reply::Raised(raised.clone()), Answer::Exception(Some(raised)))
            }
            Reply::Raised(raised) => (Reply::Raised(raised.clone()), Answer::Raised(raised)),
            Reply::Value(_) | Reply::Exhausted => {
                (Reply::Value(Value::None), Answer::Exception(None))
            }
        };
        self.record(Event::Answered { by, what: Question::Exception(future), reply });
        Some(answer)
    }

    /// A timeout of zero, or below, looks once and never waits (V-38).
    pub fn wait_or_time_out(&mut self, by: Agent, on: BlockedOn, timeout: Option<Span>) -> Answer {
        self.wait_or_time_out_with(by, on, timeout, Detail::None)
    }

    fn wait_or_time_out_with(
        &mut self,
        by: Agent,
        on: BlockedOn,
        timeout: Option<Span>,
        detail: Detail,
    ) -> Answer {
        match timeout {
            Some(Span::ZERO) => self.timed_out(by, on),
            timeout => self.block_with(by, on, timeout.map(|span| self.now + span), detail),
        }
    }

    fn timed_out(&mut self, by: Agent, on: BlockedOn) -> Answer {
        self.record(Event::TimedOut { by, on });
        Answer::Raised(match self.plan.kind() {
            ExecutorKind::Pool => Raised::pool_timeout(),
            ExecutorKind::Threads | ExecutorKind::Interpreters | ExecutorKind::Processes => {
                Raised::timeout()
            }
        })
    }

    /// `wait(futures, timeout, return_when)`. Waiting for nothing returns at once (rule 119).
    pub fn wait(
        &mut self,
        by: Agent,
        futures: &[FutureId],
        timeout: Option<Span>,
        return_when: ReturnWhen,
    ) -> Answer {
        if self.returning.contains_key(&by) {
            return self.let_go_of_one(by);
        }
        let futures: BTreeSet<FutureId> = futures.iter().copied().collect();
        let settled = |f: &&FutureId| self.futures.state(**f).settled();
        let done = futures.iter().filter(settled).count();
        let failed = |f: &FutureId| self.failed(*f);
        let over = done == futures.len()
            || (return_when == ReturnWhen::FirstCompleted && done > 0)
            || (return_when == ReturnWhen::FirstException && futures.iter().any(failed));
        if over || timeout == Some(Span::ZERO) {
            return self.wait_returns(by, &futures);
        }
        for future in &futures {
            if !self.futures.state(*future).settled() {
                self.futures.get_mut(*future).waiters.push(Waiter::Wait(by));
            }
        }
        let left = u32::try_from(futures.len() - done).expect("futures are limited");
        let deadline = timeout.map(|span| self.now + span);
        let detail = Detail::Wait { futures, left, return_when };
        self.block_with(by, BlockedOn::Wait(left), deadline, detail)
    }

    /// `wait` lets go of its futures one after the other, and one that settles behind that is not in
    /// its `done` any more. In coarse grain it does so at once.
    fn wait_comes_back(&mut self, by: Agent, futures: BTreeSet<FutureId>) -> Answer {
        let open = |f: &&FutureId| !self.futures.state(**f).settled();
        let held: VecDeque<FutureId> = futures.iter().filter(open).copied().collect();
        if !self.fine || held.is_empty() {
            return self.wait_returns(by, &futures);
        }
        self.returning.insert(by, Returning { futures, held, let_go: BTreeSet::new() });
        Answer::Again
    }

    /// One future is let go; behind the last one, `wait` returns.
    fn let_go_of_one(&mut self, by: Agent) -> Answer {
        let mut returning = self.returning.remove(&by).expect("only who is returning lets go");
        if let Some(future) = returning.held.pop_front() {
            if !self.futures.state(future).settled() {
                returning.let_go.insert(future);
                let waiters = &mut self.futures.get_mut(future).waiters;
                waiters.retain(|waiter| *waiter != Waiter::Wait(by));
            }
            self.returning.insert(by, returning);
            return Answer::Again;
        }
        let in_time = |f: &FutureId| !returning.let_go.contains(f);
        let (done, not_done) = returning.futures.iter().partition(|f| in_time(f));
        self.sets(by, done, not_done)
    }

    /// The sets are computed when `wait` returns, not when it was woken.
    fn wait_returns(&mut self, by: Agent, futures: &BTreeSet<FutureId>) -> Answer {
        let (done, not_done): (Vec<FutureId>, Vec<FutureId>) =
            futures.iter().partition(|f| self.futures.state(**f).settled());
        for future in &not_done {
            let waiters = &mut self.futures.get_mut(*future).waiters;
            waiters.retain(|waiter| *waiter != Waiter::Wait(by));
        }
        self.sets(by, done, not_done)
    }

    fn sets(&mut self, by: Agent, done: Vec<FutureId>, not_done: Vec<FutureId>) -> Answer {
        self.record(Event::WaitReturned { by, done: done.clone(), not_done: not_done.clone() });
        Answer::Sets { done, not_done }
    }

    /// `time.sleep(span)`.
    pub fn sleep(&mut self, by: Agent, span: Span) -> Answer {
        let deadline = self.now + span;
        self.block(by, BlockedOn::Sleep(span), Some(deadline))
    }

    /// `finished.wait()`.
    pub fn wait_all_tasks(&mut self, by: Agent) -> Answer {
        if self.all_tasks {
            return Answer::Nothing;
        }
        self.block(by, BlockedOn::AllTasks, None)
    }

    /// `finished.set()`.
    pub fn set_all_tasks(&mut self) -> Answer {
        self.all_tasks = true;
        self.wake_all(|on| on == BlockedOn::AllTasks);
        Answer::Nothing
    }

    /// A thread's body comes to its task's gate.
    pub fn pass_gate(&mut self, by: Agent, task: TaskId) -> Answer {
        if self.open_gates.contains(&task) {
            return Answer::Nothing;
        }
        self.block(by, BlockedOn::Gate(task), None)
    }

    /// A worker process's body waits for something.
    pub fn call_blocked(&mut self, call: crate::units::CallId, on: BlockedOn) -> Answer {
        let Place::With(worker) = self.calls[call.index()].place else {
            panic!("call {call} waits for {on:?}, but no worker has it");
        };
        self.record(Event::Blocked { call, on });
        match on {
            BlockedOn::Gate(task) if self.open_gates.contains(&task) => {
                self.record(Event::Unblocked { call });
                self.effects.push(Effect::OpenGate { call, worker });
            }
            _ => self.calls[call.index()].place = Place::BlockedIn(worker, on),
        }
        Answer::Nothing
    }

    /// Opens a task's gate for whoever waits at it, and for whoever will come.
    pub fn open_gate(&mut self, task: TaskId) {
        self.open_gates.insert(task);
        self.wake_all(|on| on == BlockedOn::Gate(task));
        for index in 0..self.calls.len() {
            let Place::BlockedIn(worker, on) = self.calls[index].place else {
                continue;
            };
            if on == BlockedOn::Gate(task) {
                let call = crate::units::CallId::at(index);
                self.calls[index].place = Place::With(worker);
                self.record(Event::Unblocked { call });
                self.effects.push(Effect::OpenGate { call, worker });
            }
        }
    }

    /// A woken agent runs: what it waited for is answered, or it waits on.
    pub fn resume(&mut self, agent: Agent) -> Answer {
        let blocked = self.unblock(agent);
        let late = blocked.deadline.is_some_and(|deadline| deadline <= self.now);
        match (blocked.on, blocked.detail) {
            (BlockedOn::Result(future), detail) => {
                let answer = match detail {
                    Detail::Exception => self.answer_exception(agent, future),
                    _ => self.answer_result(agent, future),
                };
                // Python looks once more after its wait, and raises only then (§1.3).
                answer.unwrap_or_else(|| {
                    assert!(late, "{agent:?} was woken, but nothing has come of it");
                    self.timed_out(agent, blocked.on)
                })
            }
            (BlockedOn::Wait(_), Detail::Wait { futures, .. }) => {
                self.wait_comes_back(agent, futures)
            }
            (BlockedOn::MapNext(future), Detail::Map(iterator)) => {
                if late && self.result_now(future).is_none() {
                    return self.map_times_out(agent, iterator, future);
                }
                self.deliver_head(agent, iterator, future)
            }
            (BlockedOn::CompletedNext(iterator), _) => self.wake_completed(agent, iterator),
            (BlockedOn::Sleep(_), _) => {
                self.answered(agent, Question::Sleep, Value::None);
                Answer::Nothing
            }
            (BlockedOn::AllTasks, _) => {
                self.answered(agent, Question::AllTasks, Value::None);
                Answer::Nothing
            }
            (BlockedOn::Gate(_), _) => Answer::Nothing,
            (BlockedOn::Job(job), _) => match self.answer_job(agent, job) {
                Some(answer) => answer,
                None => self.timed_out(agent, blocked.on),
            },
            (BlockedOn::ImapNext(iterator), _) => match self.deliver_imap(agent, iterator) {
                Some(answer) => answer,
                None => self.timed_out(agent, blocked.on),
            },
            (on, detail) => unreachable!("{agent:?} cannot wait for {on:?} with {detail:?}"),
        }
    }

    /// For the search for hangs: the futures that this agent needs, one of them if one will do.
    pub fn waits_for(&self, blocked: &Blocked) -> Vec<FutureId> {
        match (blocked.on, &blocked.detail) {
            (BlockedOn::Result(future) | BlockedOn::MapNext(future), _) => vec![future],
            (BlockedOn::Wait(_), Detail::Wait { futures, .. }) => {
                let open = |f: &&FutureId| !self.futures.state(**f).settled();
                futures.iter().filter(open).copied().collect()
            }
            (BlockedOn::CompletedNext(iterator), _) => match &self.iterators[iterator.index()] {
                ResultIterator::Completed(completed) => completed.futures().collect(),
                ResultIterator::Map(_) | ResultIterator::Job(_) | ResultIterator::Imap(_) => {
                    Vec::new()
                }
            },
            (BlockedOn::Job(job) | BlockedOn::ImapNext(job), _) => {
                match &self.iterators[job.index()] {
                    ResultIterator::Job(job) => job.futures.clone(),
                    ResultIterator::Imap(imap) => imap.waiting.iter().copied().collect(),
                    ResultIterator::Map(_) | ResultIterator::Completed(_) => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }
}
