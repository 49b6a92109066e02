//! The modes that `multiprocessing.Pool` does with methods of its own.
//!
//! | mode | what it does on a Pool |
//! |---|---|
//! | `submit` | `apply_async`; the callback submits what became ready (`modes.rs`) |
//! | `map` | one `pool.map` a level, which comes back when all of the level is through |
//! | `as_completed` | one `pool.imap_unordered` a level |
//! | `wait` | `apply_async` of what is ready, then `wait()` for each result (`modes.rs`) |

use std::collections::VecDeque;

use crate::engine::event::{Because, Part, Work};
use crate::engine::io::{Answer, Callbacks, Command, MapSubmit};
use crate::outcome::Raised;
use crate::program::items::Chunks;
use crate::program::modes::Ending;
use crate::program::{Op, Shared};
use crate::scenario::{OnError, Plan};
use crate::units::{IteratorId, Span, TaskId};
use crate::value::Value;

/// The items of these tasks, which are all known: of an endless one nobody takes all.
pub fn item_count(plan: &Plan, tasks: &[TaskId]) -> usize {
    tasks.iter().map(|task| plan.task(*task).item_count().unwrap_or(0) as usize).sum()
}

/// `chunksize` by Pool's formula (rule 151): about four chunks a worker.
pub fn chunksize(items: usize, workers: u32) -> usize {
    items.div_ceil(4 * workers as usize)
}

/// What both modes share: the level that they are in.
#[derive(Debug, Clone, Default, Hash)]
struct Levels {
    level: usize,
    skips: VecDeque<(TaskId, Because)>,
    ending: Option<Ending>,
}

impl Levels {
    /// The tasks of the next level that has some; none if all are through.
    fn next(&mut self, shared: &Shared) -> Option<Vec<TaskId>> {
        while let Some(level) = shared.plan.graph.levels.get(self.level) {
            self.level += 1;
            let open: Vec<TaskId> =
                level.iter().copied().filter(|task| shared.progress.is_open(*task)).collect();
            if !open.is_empty() {
                return Some(open);
            }
        }
        None
    }

    /// A skip or the end, if one is to be done.
    fn op(&mut self) -> Option<Op> {
        if let Some((task, because)) = self.skips.pop_front() {
            return Some(Op::Do(Command::Skip { task, because }));
        }
        Some(self.ending.as_mut()?.next())
    }

    fn end(&mut self, raised: Option<Raised>) -> Op {
        self.ending.insert(Ending::with(raised)).next()
    }

    /// All later tasks are skipped, and the program ends with this.
    fn stop(&mut self, shared: &mut Shared, raised: Raised, because: Because) -> Op {
        for task in shared.plan.graph.levels.concat() {
            self.skips.extend(shared.progress.skipped(task, because));
        }
        self.skips.make_contiguous().sort_unstable_by_key(|(task, _)| *task);
        self.ending = Some(Ending::with(Some(raised)));
        self.op().expect("an ending was just set")
    }
}

/// Mode `map` on a Pool.
#[derive(Debug, Clone, Hash)]
pub struct PoolMapMode {
    on_error: OnError,
    levels: Levels,
    /// The tasks of the present level, in the order of the list that comes back.
    tasks: Vec<TaskId>,
    chunks: Option<Chunks>,
    job: Option<IteratorId>,
    sealed: bool,
}

impl PoolMapMode {
    /// The mode before its first command.
    pub fn new(on_error: OnError) -> Self {
        Self {
            on_error,
            levels: Levels::default(),
            tasks: Vec::new(),
            chunks: None,
            job: None,
            sealed: false,
        }
    }

    /// What main does next.
    pub fn resume(&mut self, shared: &mut Shared, answer: Answer) -> Op {
        if let Some(op) = self.levels.op() {
            return op;
        }
        match answer {
            Answer::Iterator(job) => self.job = Some(job),
            Answer::Value(Value::List(values)) => {
                let mut values = values.into_iter();
                for task in std::mem::take(&mut self.tasks) {
                    let count = shared.plan.task(task).item_count().unwrap_or(0);
                    for (first, value) in (0..count).zip(values.by_ref()) {
                        shared.progress.part_over(Part { task, first, count: 1 }, Ok(value));
                    }
                    shared.progress.nothing_to_do(task);
                }
                (self.job, self.sealed) = (None, false);
            }
            Answer::Raised(raised) => {
                let because =
                    if self.sealed { Because::MapEnded } else { Because::ExecutorRefused };
                if let Some(op) = self.failed(shared, raised, because) {
                    return op;
                }
            }
            _ => {}
        }
        self.go_on(shared)
    }

    fn go_on(&mut self, shared: &mut Shared) -> Op {
        if let Some(op) = self.levels.op() {
            return op;
        }
        if let Some(job) = self.job {
            if let Some(chunk) = self.chunks.as_mut().and_then(|chunks| chunks.next(&shared.plan)) {
                return Op::Do(chunk.submit(Some(MapSubmit::Call(job)), Callbacks::default()));
            }
            if std::mem::replace(&mut self.sealed, true) {
                return Op::Do(Command::GetJob { job, timeout: None });
            }
            return Op::Do(Command::SealJob { job });
        }
        let Some(tasks) = self.levels.next(shared) else {
            return self.levels.end(None);
        };
        let items = item_count(&shared.plan, &tasks);
        let formula = || chunksize(items, shared.plan.max_workers());
        let chunksize = shared.chunksize().unwrap_or_else(formula);
        self.chunks = Some(shared.chunks(tasks.clone(), chunksize));
        self.tasks = tasks;
        Op::Do(Command::OpenJob { callbacks: Callbacks::default() })
    }

    /// `pool.map` raised: the values of the whole level are lost with it.
    fn failed(&mut self, shared: &mut Shared, raised: Raised, because: Because) -> Option<Op> {
        let tasks = std::mem::take(&mut self.tasks);
        (self.job, self.sealed) = (None, false);
        self.chunks = None;
        for task in tasks {
            let lost = match because {
                Because::ExecutorRefused => shared.progress.skipped(task, because),
                _ => shared.progress.raised(task, &raised),
            };
            self.levels.skips.extend(lost);
        }
        match self.on_error {
            OnError::Continue if because == Because::MapEnded => None,
            _ => Some(self.levels.stop(shared, raised, because)),
        }
    }
}

/// Mode `as_completed` on a Pool.
#[derive(Debug, Clone, Hash)]
pub struct PoolCompletedMode {
    timeout: Option<Span>,
    levels: Levels,
    opening: bool,
    /// The tasks of the present level.
    tasks: Vec<TaskId>,
    iterator: Option<IteratorId>,
}

impl PoolCompletedMode {
    /// The mode before its first command. The timeout is of each `next()`.
    pub fn new(timeout: Option<Span>) -> Self {
        Self {
            timeout,
            levels: Levels::default(),
            opening: false,
            tasks: Vec::new(),
            iterator: None,
        }
    }

    /// What main does next.
    pub fn resume(&mut self, shared: &mut Shared, answer: Answer) -> Op {
        if let Some(op) = self.levels.op() {
            return op;
        }
        let opening = std::mem::take(&mut self.opening);
        match answer {
            Answer::Iterator(iterator) => self.iterator = Some(iterator),
            Answer::Yield { item: Some((_, value)), part: Some(part), .. } => {
                shared.progress.part_over(part, Ok(value));
            }
            Answer::YieldRaised { raised, part: Some(part), .. } => {
                self.levels.skips.extend(shared.progress.part_over(part, Err(raised)).skips);
            }
            Answer::Raised(raised) => {
                let because = if opening { Because::ExecutorRefused } else { Because::MapEnded };
                return self.levels.stop(shared, raised, because);
            }
            Answer::Exhausted => {
                self.iterator = None;
                for task in std::mem::take(&mut self.tasks) {
                    shared.progress.nothing_to_do(task);
                }
            }
            _ => {}
        }
        if let Some(op) = self.levels.op() {
            return op;
        }
        if let Some(iterator) = self.iterator {
            return Op::Do(match self.timeout {
                Some(timeout) => Command::NextWithin { iterator, timeout },
                None => Command::Next { iterator, choice: 0 },
            });
        }
        let Some(tasks) = self.levels.next(shared) else {
            return self.levels.end(None);
        };
        self.opening = true;
        let mut chunks = shared.chunks(tasks.clone(), 1);
        self.tasks = tasks;
        let next =
            || chunks.next(&shared.plan).map(|chunk| (Work::Tasks(chunk.parts), chunk.inputs));
        let calls = std::iter::from_fn(next).collect();
        Op::Do(Command::OpenImap { unordered: true, chunked: false, calls })
    }
}

#[cfg(test)]
mod tests {
    use super::chunksize;

    #[test]
    fn rule_151_pools_chunksize_is_a_quarter_of_each_workers_share_rounded_up() {
        let measured = [(0, 0), (1, 1), (7, 1), (8, 1), (9, 2), (40, 5), (100, 13)];
        for (items, expected) in measured {
            assert_eq!(chunksize(items, 2), expected, "{items} items on 2 workers");
        }
    }
}
