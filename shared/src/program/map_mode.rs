//! Mode `map`: one `executor.map` a level of the graph, its results consumed in input order.
//!
//! ```text
//!  level   plain tasks ─▶ one executor.map ─▶ consumed
//!          map node    ─▶ another one, over its items, behind it
//! ```
//!
//! When an item raises, `map` yields the items before it and cancels what is left of that call. The
//! rest of the level and the later levels are skipped, and the program ends with that exception,
//! unless `on_error` says `continue`.

use std::collections::VecDeque;

use crate::engine::event::{Because, Work};
use crate::engine::io::{Answer, Callbacks, Command, MapSubmit};
use crate::outcome::Raised;
use crate::program::items::{Chunk, Feed};
use crate::program::modes::Ending;
use crate::program::{Op, Shared};
use crate::scenario::OnError;
use crate::units::{IteratorId, Span, TaskId};
use crate::window::Window;

/// Mode `map`.
#[derive(Debug, Clone, Hash)]
pub struct MapMode {
    timeout: Option<Span>,
    buffersize: Option<usize>,
    on_error: OnError,
    /// The level that is next.
    level: usize,
    /// What is left of the level that is under way: the tasks of each `executor.map`.
    groups: VecDeque<Vec<TaskId>>,
    /// The tasks of the `executor.map` at work.
    group: Vec<TaskId>,
    /// What it has still to submit.
    feed: Option<Feed>,
    iterator: Option<IteratorId>,
    /// What each of its futures carries of which not all was delivered.
    carries: Window<Work>,
    submitting: Option<(Work, Submitting)>,
    skips: VecDeque<(TaskId, Because)>,
    ending: Option<Ending>,
}

/// Who submits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Submitting {
    /// The call of `map`.
    Call,
    /// A `next`.
    Refill,
}

impl MapMode {
    /// The mode before its first command.
    pub fn new(timeout: Option<Span>, buffersize: Option<usize>, on_error: OnError) -> Self {
        Self {
            timeout,
            buffersize,
            on_error,
            level: 0,
            groups: VecDeque::new(),
            group: Vec::new(),
            feed: None,
            iterator: None,
            carries: Window::default(),
            submitting: None,
            skips: VecDeque::new(),
            ending: None,
        }
    }

    /// What main does next.
    pub fn resume(&mut self, shared: &mut Shared, answer: Answer) -> Op {
        match (answer, self.submitting.take()) {
            (Answer::Iterator(iterator), _) => self.iterator = Some(iterator),
            (Answer::Future(future), Some((work, _))) => {
                self.carries.insert(future.0, work);
            }
            // `map` itself raised while it submitted: the executor takes no more calls.
            (Answer::Raised(raised), Some((_, Submitting::Call))) => {
                self.refused(shared);
                self.group_failed(shared, raised, Because::ExecutorRefused);
            }
            // It comes out of the `next` that follows.
            (Answer::Raised(_), Some((_, Submitting::Refill))) => {}
            (Answer::Raised(raised), None) => {
                self.group_failed(shared, raised, Because::MapEnded);
            }
            (Answer::Yield { future, item: Some((place, value)), .. }, _) => {
                let work = self.carries.get(future.0).expect("it was submitted");
                let is_last = place + 1 == work.item_count();
                let one = work.item_at(place).expect("the call has this item");
                shared.progress.part_over(one, Ok(value));
                if is_last {
                    self.carries.remove(future.0);
                }
                if let Some(feed) = &mut self.feed {
                    feed.yielded(place);
                }
            }
            (Answer::Exhausted, _) => self.group_over(shared),
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
        if let (Some(feed), Some(iterator)) = (&mut self.feed, self.iterator) {
            if let Some(chunk) = feed.at_call(&shared.plan) {
                return self.submit(chunk, Submitting::Call, MapSubmit::Call(iterator));
            }
            if let Some(chunk) = feed.at_next(&shared.plan) {
                return self.submit(chunk, Submitting::Refill, MapSubmit::Refill(iterator));
            }
            feed.next_called();
            return Op::Do(Command::Next { iterator, choice: 0 });
        }
        loop {
            while let Some(group) = self.groups.pop_front() {
                let open = |task: &TaskId| shared.progress.is_open(*task);
                let group: Vec<TaskId> = group.into_iter().filter(open).collect();
                if group.is_empty() {
                    continue;
                }
                let chunksize = shared.chunksize().unwrap_or(1);
                let chunks = shared.chunks(group.clone(), chunksize);
                self.feed = Some(Feed::new(chunks, self.buffersize));
                self.group = group;
                return Op::Do(Command::OpenMap { timeout: self.timeout });
            }
            let Some(level) = shared.plan.graph.levels.get(self.level) else {
                return self.ending.insert(Ending::default()).next();
            };
            self.level += 1;
            let is_map_node = |task: &TaskId| shared.plan.task(*task).items.is_some();
            let (nodes, plain) = level.iter().copied().partition(is_map_node);
            let nodes: Vec<TaskId> = nodes;
            self.groups.push_back(plain);
            self.groups.extend(nodes.into_iter().map(|node| vec![node]));
        }
    }

    fn submit(&mut self, chunk: Chunk, who: Submitting, map: MapSubmit) -> Op {
        self.submitting = Some((Work::Tasks(chunk.parts.clone()), who));
        Op::Do(chunk.submit(Some(map), Callbacks::default()))
    }

    fn group_over(&mut self, shared: &mut Shared) {
        for task in std::mem::take(&mut self.group) {
            shared.progress.nothing_to_do(task);
        }
        self.iterator = None;
        self.feed = None;
        self.carries.clear();
    }

    /// Tasks of this `map` that were not submitted, and will not be.
    fn refused(&mut self, shared: &mut Shared) {
        let submitted: Vec<TaskId> =
            self.carries.iter().flat_map(|(_, work)| tasks_of(work)).collect();
        for task in &self.group {
            if !submitted.contains(task) {
                self.skips.extend(shared.progress.skipped(*task, Because::ExecutorRefused));
            }
        }
    }

    fn group_failed(&mut self, shared: &mut Shared, raised: Raised, because: Because) {
        for task in self.group.clone() {
            let skipped = match self.on_error {
                _ if !shared.progress.is_open(task) => continue,
                OnError::Continue => shared.progress.raised(task, &raised),
                // Of this `map` nothing is skipped: its futures tell their own story. What needs them
                // is skipped because map ended, not because of an input.
                OnError::Stop => {
                    let lost = shared.progress.raised(task, &raised);
                    lost.into_iter().map(|(task, _)| (task, because)).collect()
                }
            };
            self.skips.extend(skipped);
        }
        if self.on_error == OnError::Stop {
            let later = shared.plan.graph.levels[self.level..].concat();
            let rest: Vec<TaskId> = self.groups.drain(..).flatten().chain(later).collect();
            for task in rest {
                self.skips.extend(shared.progress.skipped(task, because));
            }
            self.skips.make_contiguous().sort_unstable_by_key(|(task, _)| *task);
            self.ending = Some(Ending::with(Some(raised)));
        }
        self.group_over(shared);
    }
}

fn tasks_of(work: &Work) -> Vec<TaskId> {
    match work {
        Work::Tasks(parts) => parts.iter().map(|part| part.task).collect(),
        Work::Inner { .. } => Vec::new(),
    }
}
