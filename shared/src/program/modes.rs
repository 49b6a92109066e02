//! The built-in programs over the graph.
//!
//! | mode | what it does |
//! |---|---|
//! | `submit` | each task is submitted by the done-callback of its last input; main waits until the last task is over |
//! | `map` | one `executor.map` a level, in `map_mode.rs` |
//! | `as_completed` | a loop over `as_completed` that submits what became ready |
//! | `wait` | rounds of `wait(return_when=…)` |
//!
//! A map node is submitted as its chunks of `chunksize` items, each a call of its own; it is over when
//! all of them are.
//!
//! When an input fails or is cancelled, these three skip what needs it and go on.

use std::collections::VecDeque;

use crate::engine::event::{Because, Part};
use crate::engine::io::{Answer, Callbacks, Command, Handle, ReturnWhen};
use crate::outcome::Raised;
use crate::program::callbacks::Agenda;
use crate::program::items::Chunks;
use crate::program::{Op, Shared};
use crate::units::{FutureId, IteratorId, Span, TaskId};
use crate::window::Window;

/// How a mode ends: out of the block, then out of the program.
#[derive(Debug, Clone, Default, Hash)]
pub struct Ending {
    raised: Option<Raised>,
    left: bool,
    ended: bool,
}

impl Ending {
    /// Out, with the exception that nobody caught.
    pub fn with(raised: Option<Raised>) -> Self {
        Self { raised, ..Self::default() }
    }

    /// What main does next on its way out.
    pub fn next(&mut self) -> Op {
        if !self.left {
            self.left = true;
            return Op::Do(Command::Leave);
        }
        if !self.ended {
            self.ended = true;
            return Op::Do(Command::End { raised: self.raised.take() });
        }
        Op::Ended
    }
}

/// Mode `submit`.
#[derive(Debug, Clone, Default, Hash)]
pub struct SubmitMode {
    began: bool,
    agenda: Agenda,
    waited: bool,
    ending: Ending,
}

impl SubmitMode {
    /// What main does next.
    pub fn resume(&mut self, shared: &mut Shared, answer: &Answer) -> Op {
        if !self.began {
            self.began = true;
            self.agenda.submit(shared.progress.roots());
        }
        self.agenda.answered(shared, answer);
        if !self.waited {
            if let Some(command) = self.agenda.next(shared) {
                return Op::Do(command);
            }
            self.waited = true;
            return Op::Do(Command::WaitAllTasks);
        }
        self.ending.next()
    }
}

/// Submits and skips for the modes whose main thread itself takes note of results.
#[derive(Debug, Clone, Default, Hash)]
struct Loop {
    began: bool,
    ready: VecDeque<TaskId>,
    skips: VecDeque<(TaskId, Because)>,
    /// What is still to be submitted of the task that is being submitted.
    chunks: Option<Chunks>,
    submitting: Option<Part>,
    /// What each future carries whose result main has not taken note of.
    outstanding: Window<Part>,
    /// The future whose result is awaited.
    reading: Option<FutureId>,
    ending: Option<Ending>,
}

impl Loop {
    /// Takes note of an answer that is for the loop; gives back one that is not.
    fn answered(&mut self, shared: &mut Shared, answer: Answer) -> Option<Answer> {
        if !self.began {
            self.began = true;
            self.ready = shared.progress.roots().into();
            return None;
        }
        if let Some(part) = self.submitting.take() {
            match answer {
                Answer::Future(future) => {
                    self.outstanding.insert(future.0, part);
                }
                _ => {
                    self.chunks = None;
                    let skipped = shared.progress.skipped(part.task, Because::ExecutorRefused);
                    self.skips.extend(skipped);
                }
            }
            return None;
        }
        if let Some(future) = self.reading.take() {
            let part = self.outstanding.remove(future.0).expect("only outstanding ones are read");
            let came = match answer {
                Answer::Value(value) => Ok(value),
                Answer::Raised(raised) => Err(raised),
                answer => unreachable!("a result is not {answer:?}"),
            };
            let over = shared.progress.part_over(part, came);
            self.ready.extend(over.ready);
            self.skips.extend(over.skips);
            return None;
        }
        Some(answer)
    }

    fn read(&mut self, future: FutureId) -> Op {
        self.reading = Some(future);
        Op::Do(Command::Result { future, timeout: None })
    }

    /// A submit or a skip, if one is to be done.
    fn next(&mut self, shared: &mut Shared) -> Option<Op> {
        loop {
            if let Some((task, because)) = self.skips.pop_front() {
                return Some(Op::Do(Command::Skip { task, because }));
            }
            if let Some(chunk) = self.chunks.as_mut().and_then(|chunks| chunks.next(&shared.plan)) {
                self.submitting = chunk.parts.first().copied();
                return Some(Op::Do(chunk.submit(None, Callbacks::default())));
            }
            let task = self.ready.pop_front()?;
            match shared.progress.nothing_to_do(task) {
                Some(over) => self.ready.extend(over.ready),
                None => {
                    let chunksize = shared.chunksize().unwrap_or(1);
                    self.chunks = Some(shared.chunks(vec![task], chunksize));
                }
            }
        }
    }

    fn futures(&self) -> Vec<FutureId> {
        self.outstanding.numbers().map(FutureId).collect()
    }

    fn end(&mut self, raised: Option<Raised>) -> Op {
        self.ending.insert(Ending::with(raised)).next()
    }
}

/// Mode `as_completed`.
#[derive(Debug, Clone, Hash)]
pub struct AsCompletedMode {
    timeout: Option<Span>,
    inner: Loop,
    iterator: Option<IteratorId>,
    /// Futures were submitted that the iterator does not know.
    stale: bool,
}

impl AsCompletedMode {
    /// The mode before its first command.
    pub fn new(timeout: Option<Span>) -> Self {
        Self { timeout, inner: Loop::default(), iterator: None, stale: true }
    }

    /// What main does next.
    pub fn resume(&mut self, shared: &mut Shared, answer: Answer) -> Op {
        if let Some(ending) = &mut self.inner.ending {
            return ending.next();
        }
        match self.inner.answered(shared, answer) {
            Some(Answer::Yield { future, .. }) => return self.inner.read(future),
            Some(Answer::Iterator(iterator)) => self.iterator = Some(iterator),
            Some(Answer::Raised(raised)) => return self.inner.end(Some(raised)),
            Some(Answer::Exhausted) => self.iterator = None,
            _ => {}
        }
        if let Some(op) = self.inner.next(shared) {
            self.stale |= self.inner.submitting.is_some();
            return op;
        }
        match self.iterator {
            // A new loop over what is left: `as_completed` takes its futures once.
            Some(iterator) if self.stale => {
                self.iterator = None;
                Op::Do(Command::CloseIterator { iterator })
            }
            Some(iterator) => Op::Do(Command::Next { iterator, choice: 0 }),
            None if self.inner.outstanding.is_empty() => self.inner.end(None),
            None => {
                self.stale = false;
                let futures = self.inner.futures();
                Op::Do(Command::OpenCompleted { futures, timeout: self.timeout })
            }
        }
    }
}

/// Mode `wait`.
#[derive(Debug, Clone, Hash)]
pub struct WaitMode {
    timeout: Option<Span>,
    return_when: ReturnWhen,
    inner: Loop,
    /// Futures of the last round that are done and were not read.
    done: VecDeque<FutureId>,
    /// Of Pool, what this round still waits for.
    round: Round,
}

/// A round on a Pool, whose results are waited for one by one, and then asked whether they are ready.
#[derive(Debug, Clone, Default, Hash)]
struct Round {
    waits: VecDeque<FutureId>,
    /// The futures of each task, of which all must be ready.
    tasks: VecDeque<VecDeque<FutureId>>,
    /// Those of the first task that were asked.
    asked: Vec<FutureId>,
}

impl Round {
    fn new(outstanding: &Window<Part>) -> Self {
        let mut tasks: Vec<(TaskId, VecDeque<FutureId>)> = Vec::new();
        for (future, part) in outstanding.iter() {
            // Those of one task were submitted one after the other.
            match tasks.last_mut() {
                Some((task, futures)) if *task == part.task => futures.push_back(FutureId(future)),
                _ => tasks.push((part.task, VecDeque::from([FutureId(future)]))),
            }
        }
        let tasks: VecDeque<_> = tasks.into_iter().map(|(_, futures)| futures).collect();
        let waits = tasks.iter().flatten().copied().collect();
        Self { waits, tasks, asked: Vec::new() }
    }

    /// The first task's next future is ready, or is not. Comes back with the task's futures if that was
    /// the last and all are.
    fn answered(&mut self, ready: bool) -> Vec<FutureId> {
        if ready && self.tasks.front().is_some_and(|futures| !futures.is_empty()) {
            return Vec::new();
        }
        self.tasks.pop_front();
        let asked = std::mem::take(&mut self.asked);
        if ready { asked } else { Vec::new() }
    }

    fn next(&mut self, timeout: Option<Span>) -> Option<Op> {
        if let Some(future) = self.waits.pop_front() {
            let (futures, return_when) = (vec![future], ReturnWhen::AllCompleted);
            return Some(Op::Do(Command::Wait { futures, timeout, return_when }));
        }
        let future = self.tasks.front_mut()?.pop_front()?;
        self.asked.push(future);
        Some(Op::Do(Command::Ready { of: Handle::Future(future) }))
    }
}

impl WaitMode {
    /// The mode before its first command.
    pub fn new(timeout: Option<Span>, return_when: ReturnWhen) -> Self {
        let (inner, done, round) = (Loop::default(), VecDeque::new(), Round::default());
        Self { timeout, return_when, inner, done, round }
    }

    /// What main does next.
    pub fn resume(&mut self, shared: &mut Shared, answer: Answer) -> Op {
        if let Some(ending) = &mut self.inner.ending {
            return ending.next();
        }
        let in_turn = !shared.plan.kind().has_futures();
        match self.inner.answered(shared, answer) {
            Some(Answer::Sets { done, .. }) if !in_turn => self.done = done.into(),
            Some(Answer::Bool(ready)) => self.done.extend(self.round.answered(ready)),
            _ => {}
        }
        if let Some(op) = self.round.next(self.timeout) {
            return op;
        }
        if let Some(future) = self.done.pop_front() {
            return self.inner.read(future);
        }
        if let Some(op) = self.inner.next(shared) {
            return op;
        }
        if self.inner.outstanding.is_empty() {
            return self.inner.end(None);
        }
        if in_turn {
            self.round = Round::new(&self.inner.outstanding);
            return self.round.next(self.timeout).expect("something is outstanding");
        }
        Op::Do(Command::Wait {
            futures: self.inner.futures(),
            timeout: self.timeout,
            return_when: self.return_when,
        })
    }
}
