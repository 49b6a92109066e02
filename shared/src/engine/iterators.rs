//! The iterators that a program holds: of `as_completed`, and of `map`.

use std::collections::{BTreeSet, VecDeque};

use crate::engine::core::Core;
use crate::engine::event::{Agent, BlockedOn, Event, Question, Reply, YieldedBy};
use crate::engine::future::Waiter;
use crate::engine::io::Answer;
use crate::engine::wait::Detail;
use crate::outcome::Raised;
use crate::units::{FutureId, Instant, IteratorId, Span};
use crate::value::Value;

/// An iterator that the program holds.
#[derive(Debug, Clone, Hash)]
pub enum ResultIterator {
    /// Of `as_completed`.
    Completed(Completed),
    /// Of `map`.
    Map(Map),
}

/// `as_completed`: nothing happens, and no clock runs, before its first `next` (rule 129).
#[derive(Debug, Clone, Hash)]
pub struct Completed {
    timeout: Option<Span>,
    deadline: Option<Instant>,
    started: bool,
    /// Futures that were not yielded, settled or not.
    pub left: BTreeSet<FutureId>,
    /// Those of them that have settled, in the order in which they are yielded.
    pub settled: VecDeque<FutureId>,
    total: usize,
}

/// `map`'s generator: yields in the order of the inputs, and cancels what is left when it dies.
#[derive(Debug, Clone, Hash)]
pub struct Map {
    /// From the call of `map` on (rule 62).
    deadline: Option<Instant>,
    /// Futures behind the head, in input order.
    left: VecDeque<FutureId>,
    /// The future whose values are being delivered or waited for.
    head: Option<FutureId>,
    /// Values of a chunk that were not yielded, with their item's number.
    values: VecDeque<(u32, Value)>,
    /// Its first `next` was called: only then does closing it cancel anything (rule 66).
    touched: bool,
    /// It is cancelling what is left, from the last to the first, and then raises this.
    dies_of: Option<Raised>,
}

impl Completed {
    /// Whether its first `next` was called, and no clock runs.
    pub fn is_under_way(&self) -> bool {
        self.started && self.deadline.is_none()
    }
}

impl Map {
    /// Whether it is neither dying nor against a clock.
    pub fn delivers_only(&self) -> bool {
        self.dies_of.is_none() && self.deadline.is_none()
    }

    /// The future whose value comes next, unless one of a chunk is still to be delivered.
    pub fn next(&self) -> Option<FutureId> {
        if self.values.is_empty() { self.left.front().copied() } else { None }
    }
}

impl Core {
    /// `as_completed(futures, timeout)`.
    pub fn open_completed(&mut self, futures: &[FutureId], timeout: Option<Span>) -> Answer {
        let left: BTreeSet<FutureId> = futures.iter().copied().collect();
        let total = left.len();
        self.new_iterator(ResultIterator::Completed(Completed {
            timeout,
            deadline: None,
            started: false,
            left,
            settled: VecDeque::new(),
            total,
        }))
    }

    /// The first half of `map(...)`.
    pub fn open_map(&mut self, timeout: Option<Span>) -> Answer {
        self.new_iterator(ResultIterator::Map(Map {
            deadline: timeout.map(|span| self.now + span),
            left: VecDeque::new(),
            head: None,
            values: VecDeque::new(),
            touched: false,
            dies_of: None,
        }))
    }

    fn new_iterator(&mut self, iterator: ResultIterator) -> Answer {
        self.iterators.push(iterator);
        Answer::Iterator(IteratorId::at(self.iterators.len() - 1))
    }

    /// A call of `map(...)` was submitted.
    pub fn add_to_map(&mut self, iterator: IteratorId, future: FutureId) {
        self.map(iterator).left.push_back(future);
    }

    fn map(&mut self, iterator: IteratorId) -> &mut Map {
        match &mut self.iterators[iterator.index()] {
            ResultIterator::Map(map) => map,
            ResultIterator::Completed(_) => panic!("iterator {iterator} is not of map"),
        }
    }

    fn completed(&mut self, iterator: IteratorId) -> &mut Completed {
        match &mut self.iterators[iterator.index()] {
            ResultIterator::Completed(completed) => completed,
            ResultIterator::Map(_) => panic!("iterator {iterator} is not of as_completed"),
        }
    }

    /// `next(iterator)`.
    pub fn next(&mut self, by: Agent, iterator: IteratorId) -> Answer {
        match &self.iterators[iterator.index()] {
            ResultIterator::Completed(_) => self.next_completed(by, iterator),
            ResultIterator::Map(_) => self.next_mapped(by, iterator),
        }
    }

    /// `next()` of `as_completed`.
    pub fn next_completed(&mut self, by: Agent, iterator: IteratorId) -> Answer {
        let now = self.now;
        let completed = self.completed(iterator);
        if !completed.started {
            completed.started = true;
            completed.deadline = completed.timeout.map(|span| now + span);
            self.install_completed(iterator);
        }
        let completed = self.completed(iterator);
        if let Some(future) = completed.settled.pop_front() {
            completed.left.remove(&future);
            let from = YieldedBy::AsCompleted;
            self.record(Event::Yielded { by, from, iterator, future, item: 0 });
            return Answer::Yield { future, item: None };
        }
        if completed.left.is_empty() {
            return self.exhausted(by, iterator);
        }
        let deadline = completed.deadline;
        if deadline.is_some_and(|deadline| deadline <= now) {
            let unfinished = Raised::unfinished(completed.left.len(), completed.total);
            self.record(Event::TimedOut { by, on: BlockedOn::CompletedNext(iterator) });
            self.forget_completed(iterator);
            return self.next_raises(by, iterator, unfinished);
        }
        self.block(by, BlockedOn::CompletedNext(iterator), deadline)
    }

    /// What has settled already comes first, in no promised order (rule 124); ours is that of
    /// submission.
    fn install_completed(&mut self, iterator: IteratorId) {
        for future in self.completed(iterator).left.clone() {
            if self.futures.state(future).settled() {
                self.completed(iterator).settled.push_back(future);
            } else {
                self.futures.get_mut(future).waiters.push(Waiter::Completed(iterator));
            }
        }
    }

    /// Leaves no waiter behind (rule 132).
    fn forget_completed(&mut self, iterator: IteratorId) {
        let completed = self.completed(iterator);
        completed.settled.clear();
        for future in std::mem::take(&mut completed.left) {
            let waiters = &mut self.futures.get_mut(future).waiters;
            waiters.retain(|waiter| *waiter != Waiter::Completed(iterator));
        }
    }

    fn exhausted(&mut self, by: Agent, iterator: IteratorId) -> Answer {
        let reply = Reply::Exhausted;
        self.record(Event::Answered { by, what: Question::Next(iterator), reply });
        Answer::Exhausted
    }

    fn next_raises(&mut self, by: Agent, iterator: IteratorId, raised: Raised) -> Answer {
        let reply = Reply::Raised(raised.clone());
        self.record(Event::Answered { by, what: Question::Next(iterator), reply });
        Answer::Raised(raised)
    }

    fn next_mapped(&mut self, by: Agent, iterator: IteratorId) -> Answer {
        let map = self.map(iterator);
        map.touched = true;
        if map.dies_of.is_some() {
            return self.map_dies(by, iterator);
        }
        if let Some((item, value)) = map.values.pop_front() {
            let future = map.head.expect("values are those of the head");
            return self.yield_mapped(by, iterator, future, item, value);
        }
        let Some(future) = map.left.pop_front() else {
            map.head = None;
            return self.exhausted(by, iterator);
        };
        map.head = Some(future);
        self.deliver_head(by, iterator, future)
    }

    /// Delivers the head if it is there, else waits for it; a value that is there is delivered even
    /// behind the deadline (rule 64).
    pub fn deliver_head(&mut self, by: Agent, iterator: IteratorId, future: FutureId) -> Answer {
        match self.result_now(future) {
            Some(Reply::Value(value)) => {
                let call = self.futures.get(future).call;
                let chunk = self.calls[call.index()].work.item_count() > 1;
                match value {
                    Value::List(values) if chunk => {
                        let mut values: VecDeque<(u32, Value)> = (0..).zip(values).collect();
                        let (item, value) = values.pop_front().expect("no chunk is empty");
                        self.map(iterator).values = values;
                        self.yield_mapped(by, iterator, future, item, value)
                    }
                    value => self.yield_mapped(by, iterator, future, 0, value),
                }
            }
            Some(Reply::Raised(raised)) => {
                self.map(iterator).dies_of = Some(raised);
                self.map_dies(by, iterator)
            }
            Some(Reply::Exhausted) => unreachable!("a result is no iterator"),
            None => {
                let deadline = self.map(iterator).deadline;
                if deadline.is_some_and(|deadline| deadline <= self.now) {
                    return self.map_times_out(by, iterator, future);
                }
                let on = BlockedOn::MapNext(future);
                self.block_with(by, on, deadline, Detail::Map(iterator))
            }
        }
    }

    fn yield_mapped(
        &mut self,
        by: Agent,
        iterator: IteratorId,
        future: FutureId,
        item: u32,
        value: Value,
    ) -> Answer {
        self.record(Event::Yielded { by, from: YieldedBy::Map, iterator, future, item });
        Answer::Yield { future, item: Some((item, value)) }
    }

    /// The head is cancelled if it can be, then what is left (rule 63).
    pub fn map_times_out(&mut self, by: Agent, iterator: IteratorId, head: FutureId) -> Answer {
        self.record(Event::TimedOut { by, on: BlockedOn::MapNext(head) });
        self.cancel(by, head);
        self.map(iterator).dies_of = Some(Raised::timeout());
        self.map_dies(by, iterator)
    }

    /// One step of the generator's `finally`: one future is cancelled, the last first, or, when none
    /// is left, the exception comes out and the iterator is exhausted (rules 60, 61).
    fn map_dies(&mut self, by: Agent, iterator: IteratorId) -> Answer {
        if let Some(future) = self.map(iterator).left.pop_back() {
            self.cancel(by, future);
            return Answer::Again;
        }
        let raised = self.map(iterator).dies_of.take().expect("it dies of something");
        self.next_raises(by, iterator, raised)
    }

    /// `iterator.close()`.
    pub fn close_iterator(&mut self, by: Agent, iterator: IteratorId) -> Answer {
        match &mut self.iterators[iterator.index()] {
            ResultIterator::Completed(completed) => {
                if completed.started {
                    self.forget_completed(iterator);
                } else {
                    completed.left.clear();
                }
                Answer::Nothing
            }
            ResultIterator::Map(map) => {
                map.values.clear();
                if !map.touched {
                    // A generator that never began has nothing to clean up (rule 66).
                    map.left.clear();
                    return Answer::Nothing;
                }
                match map.left.pop_back() {
                    Some(future) => {
                        self.cancel(by, future);
                        Answer::Again
                    }
                    None => Answer::Nothing,
                }
            }
        }
    }
}
