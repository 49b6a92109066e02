//! The four built-in programs over the graph.
//!
//! | mode | what it does |
//! |---|---|
//! | `submit` | each task is submitted by the done-callback of its last input; main waits until the last task is over |
//! | `map` | one `executor.map` a level; results consumed in input order |
//! | `as_completed` | a loop over `as_completed` that submits what became ready |
//! | `wait` | rounds of `wait(return_when=…)` |
//!
//! When an input fails or is cancelled, `submit`, `as_completed` and `wait` skip what needs it and go
//! on. `map` yields the items before it, has the rest of the level cancelled, skips later levels and
//! ends with that exception, unless `on_error` says `continue`.

use std::collections::{BTreeMap, VecDeque};

use crate::engine::event::Because;
use crate::engine::io::{Answer, Callbacks, Command, ReturnWhen};
use crate::outcome::Raised;
use crate::program::callbacks::Agenda;
use crate::program::{Op, Shared, parts};
use crate::scenario::OnError;
use crate::units::{FutureId, IteratorId, Span, TaskId};

/// How a mode ends: out of the block, then out of the program.
#[derive(Debug, Clone, Default, Hash)]
pub struct Ending {
    raised: Option<Raised>,
    left: bool,
    ended: bool,
}

impl Ending {
    /// The way out, with this exception or none.
    pub fn with(raised: Option<Raised>) -> Self {
        Self { raised, ..Self::default() }
    }

    /// What it does next.
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

/// Mode `map`.
#[derive(Debug, Clone, Hash)]
pub struct MapMode {
    timeout: Option<Span>,
    chunksize: usize,
    on_error: OnError,
    level: usize,
    /// Chunks of the level that are still to be submitted.
    chunks: VecDeque<Vec<TaskId>>,
    iterator: Option<IteratorId>,
    /// The tasks of each future of the level.
    carries: BTreeMap<FutureId, Vec<TaskId>>,
    submitting: Option<Vec<TaskId>>,
    skips: VecDeque<(TaskId, Because)>,
    ending: Option<Ending>,
}

impl MapMode {
    /// The mode before its first command.
    pub fn new(timeout: Option<Span>, chunksize: usize, on_error: OnError) -> Self {
        Self {
            timeout,
            chunksize,
            on_error,
            level: 0,
            chunks: VecDeque::new(),
            iterator: None,
            carries: BTreeMap::new(),
            submitting: None,
            skips: VecDeque::new(),
            ending: None,
        }
    }

    /// What main does next.
    pub fn resume(&mut self, shared: &mut Shared, answer: Answer) -> Op {
        match (answer, self.submitting.take()) {
            (Answer::Iterator(iterator), _) => self.iterator = Some(iterator),
            (Answer::Future(future), Some(tasks)) => {
                self.carries.insert(future, tasks);
            }
            // `map` itself raised while it submitted: the executor takes no more calls.
            (Answer::Raised(raised), Some(_)) => {
                self.chunks.clear();
                self.refused(shared);
                self.level_failed(shared, raised, Because::ExecutorRefused);
            }
            (Answer::Raised(raised), None) => {
                self.level_failed(shared, raised, Because::MapEnded);
            }
            (Answer::Yield { future, item: Some((item, value)), .. }, _) => {
                let task = self.carries[&future][item as usize];
                shared.progress.returned(task, value);
            }
            (Answer::Exhausted, _) => self.level_over(),
            _ => {}
        }
        if let Some((task, because)) = self.skips.pop_front() {
            return Op::Do(Command::Skip { task, because });
        }
        if let Some(ending) = &mut self.ending {
            return ending.next();
        }
        self.go_on(shared)
    }

    fn go_on(&mut self, shared: &mut Shared) -> Op {
        if let Some(tasks) = self.chunks.pop_front() {
            let inputs = tasks.iter().flat_map(|task| shared.inputs(*task)).collect();
            let work = parts(&tasks);
            self.submitting = Some(tasks);
            let (map, callbacks) = (self.iterator, Callbacks::default());
            return Op::Do(Command::Submit { work, inputs, map, callbacks });
        }
        if let Some(iterator) = self.iterator {
            return Op::Do(Command::Next { iterator, choice: 0 });
        }
        while let Some(level) = shared.plan.graph.levels.get(self.level) {
            let open: Vec<TaskId> =
                level.iter().copied().filter(|task| shared.progress.is_open(*task)).collect();
            if open.is_empty() {
                self.level += 1;
                continue;
            }
            self.chunks = open.chunks(self.chunksize).map(<[TaskId]>::to_vec).collect();
            return Op::Do(Command::OpenMap { timeout: self.timeout });
        }
        self.ending.insert(Ending::default()).next()
    }

    fn level_over(&mut self) {
        self.iterator = None;
        self.carries.clear();
        self.level += 1;
    }

    /// Tasks of this level that were not submitted, and will not be.
    fn refused(&mut self, shared: &mut Shared) {
        let submitted: Vec<TaskId> = self.carries.values().flatten().copied().collect();
        for task in shared.plan.graph.levels[self.level].clone() {
            if !submitted.contains(&task) {
                self.skips.extend(shared.progress.skipped(task, Because::ExecutorRefused));
            }
        }
    }

    fn level_failed(&mut self, shared: &mut Shared, raised: Raised, because: Because) {
        let levels = &shared.plan.graph.levels;
        for task in levels[self.level].clone() {
            let skipped = match self.on_error {
                _ if !shared.progress.is_open(task) => continue,
                OnError::Continue => shared.progress.raised(task, &raised),
                // Of this level nothing is skipped: its futures tell their own story. What needs them
                // is skipped because map ended, not because of an input.
                OnError::Stop => {
                    let lost = shared.progress.raised(task, &raised);
                    lost.into_iter().map(|(task, _)| (task, because)).collect()
                }
            };
            self.skips.extend(skipped);
        }
        if self.on_error == OnError::Stop {
            for task in shared.plan.graph.levels[self.level + 1..].concat() {
                self.skips.extend(shared.progress.skipped(task, because));
            }
            self.skips.make_contiguous().sort_unstable_by_key(|(task, _)| *task);
            self.ending = Some(Ending::with(Some(raised)));
        }
        self.level_over();
    }
}

/// Submits and skips for the modes whose main thread itself takes note of results.
#[derive(Debug, Clone, Default, Hash)]
struct Loop {
    began: bool,
    ready: VecDeque<TaskId>,
    skips: VecDeque<(TaskId, Because)>,
    submitting: Option<TaskId>,
    /// The task of each future whose result main has not taken note of.
    outstanding: BTreeMap<FutureId, TaskId>,
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
        if let Some(task) = self.submitting.take() {
            match answer {
                Answer::Future(future) => {
                    self.outstanding.insert(future, task);
                }
                _ => self.skips.extend(shared.progress.skipped(task, Because::ExecutorRefused)),
            }
            return None;
        }
        if let Some(future) = self.reading.take() {
            let task = self.outstanding.remove(&future).expect("only outstanding ones are read");
            match answer {
                Answer::Value(value) => self.ready.extend(shared.progress.returned(task, value)),
                Answer::Raised(raised) => {
                    self.skips.extend(shared.progress.raised(task, &raised));
                }
                answer => unreachable!("a result is not {answer:?}"),
            }
            return None;
        }
        Some(answer)
    }

    fn read(&mut self, future: FutureId) -> Op {
        self.reading = Some(future);
        Op::Do(Command::Result { future, timeout: None })
    }

    /// A submit or a skip, if one is to be done.
    fn next(&mut self, shared: &Shared) -> Option<Op> {
        if let Some((task, because)) = self.skips.pop_front() {
            return Some(Op::Do(Command::Skip { task, because }));
        }
        let task = self.ready.pop_front()?;
        self.submitting = Some(task);
        Some(Op::Do(shared.submit_command(task, Callbacks::default())))
    }

    fn futures(&self) -> Vec<FutureId> {
        self.outstanding.keys().copied().collect()
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
}

impl WaitMode {
    /// The mode before its first command.
    pub fn new(timeout: Option<Span>, return_when: ReturnWhen) -> Self {
        Self { timeout, return_when, inner: Loop::default(), done: VecDeque::new() }
    }

    /// What main does next.
    pub fn resume(&mut self, shared: &mut Shared, answer: Answer) -> Op {
        if let Some(ending) = &mut self.inner.ending {
            return ending.next();
        }
        if let Some(Answer::Sets { done, .. }) = self.inner.answered(shared, answer) {
            self.done = done.into();
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
        Op::Do(Command::Wait {
            futures: self.inner.futures(),
            timeout: self.timeout,
            return_when: self.return_when,
        })
    }
}
