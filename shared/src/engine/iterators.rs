//! The iterators that a program holds: of `as_completed`, and of `map`.

use std::collections::VecDeque;

use crate::engine::core::Core;
use crate::engine::event::{Agent, BlockedOn, Event, Question, Reply, YieldedBy};
use crate::engine::future::Waiter;
use crate::engine::io::Answer;
use crate::engine::jobs::{Imap, Job};
use crate::engine::wait::Detail;
use crate::outcome::Raised;
use crate::scenario::Change;
use crate::units::{FutureId, Instant, IteratorId, Span};
use crate::value::Value;
use crate::window::Window;

/// An iterator that the program holds.
#[derive(Debug, Clone, Hash)]
pub enum ResultIterator {
    /// Of `as_completed`.
    Completed(Completed),
    /// Of `map`.
    Map(Map),
    /// No iterator, but the one result of Pool's `map_async`.
    Job(Job),
    /// Of Pool's `imap` and `imap_unordered`.
    Imap(Imap),
}

/// `as_completed`: nothing happens, and no clock runs, before its first `next` (rule 129).
#[derive(Debug, Clone, Hash)]
pub struct Completed {
    timeout: Option<Span>,
    deadline: Option<Instant>,
    started: bool,
    /// Futures that were not yielded, settled or not.
    pub left: Window<()>,
    /// Those of them that are being yielded, in this order, without a look at the clock.
    pub settled: VecDeque<FutureId>,
    /// Those that have settled since the last of them was taken to be yielded.
    pub arrived: VecDeque<FutureId>,
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
    /// Futures that were not yielded, ascending.
    pub fn futures(&self) -> impl Iterator<Item = FutureId> {
        self.left.numbers().map(FutureId)
    }

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
        let mut left = Window::default();
        futures.iter().for_each(|future| left.insert(future.0, ()));
        let total = left.len();
        Answer::Iterator(self.new_iterator(ResultIterator::Completed(Completed {
            timeout,
            deadline: None,
            started: false,
            left,
            settled: VecDeque::new(),
            arrived: VecDeque::new(),
            total,
        })))
    }

    /// The first half of `map(...)`.
    pub fn open_map(&mut self, timeout: Option<Span>) -> Answer {
        let deadline = timeout.map(|span| self.now + span);
        Answer::Iterator(self.new_iterator(ResultIterator::Map(Map {
            deadline,
            left: VecDeque::new(),
            head: None,
            values: VecDeque::new(),
            touched: false,
            dies_of: None,
        })))
    }

    /// Another iterator that the program holds.
    pub fn new_iterator(&mut self, iterator: ResultIterator) -> IteratorId {
        self.iterators.push(iterator);
        IteratorId::at(self.iterators.len() - 1)
    }

    /// A call of `map(...)` was submitted.
    pub fn add_to_map(&mut self, iterator: IteratorId, future: FutureId) {
        self.map(iterator).left.push_back(future);
    }

    /// `next()` of a `map` with a `buffersize` could not submit one more call: the generator dies of
    /// that, even if its head is there already (rule 72).
    pub fn refill_refused(&mut self, iterator: IteratorId, refused: Raised) {
        self.map(iterator).dies_of = Some(refused);
    }

    fn map(&mut self, iterator: IteratorId) -> &mut Map {
        match &mut self.iterators[iterator.index()] {
            ResultIterator::Map(map) => map,
            other => panic!("iterator {iterator} is {other:?}, and not of map"),
        }
    }

    fn completed(&mut self, iterator: IteratorId) -> &mut Completed {
        match &mut self.iterators[iterator.index()] {
            ResultIterator::Completed(completed) => completed,
            other => panic!("iterator {iterator} is {other:?}, and not of as_completed"),
        }
    }

    /// `next(iterator)`.
    pub fn next(&mut self, by: Agent, iterator: IteratorId, choice: u32) -> Answer {
        match &self.iterators[iterator.index()] {
            ResultIterator::Completed(_) => self.next_completed(by, iterator, choice),
            ResultIterator::Map(_) => self.next_mapped(by, iterator),
            ResultIterator::Imap(_) => self.next_imap(by, iterator, None),
            ResultIterator::Job(_) => panic!("iterator {iterator} is a job, and has no next"),
        }
    }

    /// `next()` of `as_completed`.
    fn next_completed(&mut self, by: Agent, iterator: IteratorId, choice: u32) -> Answer {
        let now = self.now;
        let completed = self.completed(iterator);
        if !completed.started {
            completed.started = true;
            completed.deadline = completed.timeout.map(|span| now + span);
            self.install_completed(iterator, choice);
        }
        let completed = self.completed(iterator);
        // The clock is looked at before each wait, and not before each yield: what was taken to be
        // yielded is, however late; what has settled since is not, once the deadline has passed.
        let late = match completed.deadline {
            Some(deadline) if deadline == now => choice > 0,
            deadline => deadline.is_some_and(|deadline| deadline < now),
        };
        if completed.settled.is_empty() && !late {
            completed.settled = std::mem::take(&mut completed.arrived);
        }
        if let Some(answer) = self.yield_completed(by, iterator) {
            return answer;
        }
        let completed = self.completed(iterator);
        if completed.deadline.is_some_and(|deadline| deadline <= now) {
            return self.completed_times_out(by, iterator);
        }
        let deadline = completed.deadline;
        self.block(by, BlockedOn::CompletedNext(iterator), deadline)
    }

    /// `as_completed` was woken: it takes what has arrived without a look at the clock.
    pub fn wake_completed(&mut self, by: Agent, iterator: IteratorId) -> Answer {
        let completed = self.completed(iterator);
        completed.settled = std::mem::take(&mut completed.arrived);
        match self.yield_completed(by, iterator) {
            Some(answer) => answer,
            None => self.completed_times_out(by, iterator),
        }
    }

    fn yield_completed(&mut self, by: Agent, iterator: IteratorId) -> Option<Answer> {
        let completed = self.completed(iterator);
        if let Some(future) = completed.settled.pop_front() {
            completed.left.remove(future.0);
            let from = YieldedBy::AsCompleted;
            self.record(Event::Yielded { by, from, iterator, future, item: 0 });
            let part = self.calls[future.index()].work.item_at(0);
            return Some(Answer::Yield { future, item: None, part });
        }
        completed.left.is_empty().then(|| self.exhausted(by, iterator))
    }

    fn completed_times_out(&mut self, by: Agent, iterator: IteratorId) -> Answer {
        let completed = self.completed(iterator);
        let unfinished = Raised::unfinished(completed.left.len(), completed.total);
        self.record(Event::TimedOut { by, on: BlockedOn::CompletedNext(iterator) });
        self.forget_completed(iterator);
        self.next_raises(by, iterator, unfinished)
    }

    /// See [`Engine::next_choices`](crate::engine::Engine::next_choices).
    pub fn next_choices(&self, iterator: IteratorId) -> u32 {
        let ResultIterator::Completed(completed) = &self.iterators[iterator.index()] else {
            return 1;
        };
        if !completed.started {
            let done = completed.futures().filter(|f| self.futures.state(*f).settled()).count();
            return orders(done);
        }
        let tied = completed.deadline == Some(self.now)
            && completed.settled.is_empty()
            && !completed.arrived.is_empty();
        if tied { 2 } else { 1 }
    }

    /// What has settled already comes first, in no promised order (rule 124): nature chooses one.
    fn install_completed(&mut self, iterator: IteratorId, choice: u32) {
        let mut done = Vec::new();
        let left: Vec<FutureId> = self.completed(iterator).futures().collect();
        for future in left {
            if self.futures.state(future).settled() {
                done.push(future);
            } else {
                self.futures.get_mut(future).waiters.push(Waiter::Completed(iterator));
            }
        }
        self.completed(iterator).settled = in_order(done, choice);
    }

    /// Leaves no waiter behind (rule 132).
    fn forget_completed(&mut self, iterator: IteratorId) {
        let completed = self.completed(iterator);
        completed.settled.clear();
        completed.arrived.clear();
        for future in std::mem::take(&mut completed.left).numbers().map(FutureId) {
            let waiters = &mut self.futures.get_mut(future).waiters;
            waiters.retain(|waiter| *waiter != Waiter::Completed(iterator));
        }
    }

    /// `StopIteration`.
    pub fn exhausted(&mut self, by: Agent, iterator: IteratorId) -> Answer {
        let reply = Reply::Exhausted;
        self.record(Event::Answered { by, what: Question::Next(iterator), reply });
        Answer::Exhausted
    }

    /// `next()` raises this.
    pub fn next_raises(&mut self, by: Agent, iterator: IteratorId, raised: Raised) -> Answer {
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
            Some(Reply::Raised(raised)) if self.plan.has(Change::MapContinues) => {
                self.next_raises(by, iterator, raised)
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
        self.yields(by, YieldedBy::Map, iterator, future, item, value)
    }

    /// An iterator delivers the value of one item of a call.
    pub fn yields(
        &mut self,
        by: Agent,
        from: YieldedBy,
        iterator: IteratorId,
        future: FutureId,
        item: u32,
        value: Value,
    ) -> Answer {
        self.record(Event::Yielded { by, from, iterator, future, item });
        let part = self.calls[future.index()].work.item_at(item);
        Answer::Yield { future, item: Some((item, value)), part }
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
            // Dropping what Pool gave changes nothing: its calls are computed all the same.
            ResultIterator::Job(_) | ResultIterator::Imap(_) => Answer::Nothing,
        }
    }
}

/// Up to so many futures that are done already, every order of them is a choice; of more, only which
/// comes first.
const ORDERED: usize = 4;

/// How many orders of `count` futures can be chosen.
fn orders(count: usize) -> u32 {
    let count = u32::try_from(count).expect("futures are limited");
    if count as usize <= ORDERED { (1..=count).product() } else { count }
}

/// These futures in the order with this number, below [`orders`]; 0 leaves them as they are.
fn in_order(futures: Vec<FutureId>, choice: u32) -> VecDeque<FutureId> {
    // Most are taken from the front, which costs a list as much as all that are behind.
    let mut futures = VecDeque::from(futures);
    let mut ordered = VecDeque::with_capacity(futures.len());
    let mut choice = choice as usize;
    let all = futures.len() <= ORDERED;
    while !futures.is_empty() {
        let places = if all || ordered.is_empty() { futures.len() } else { 1 };
        ordered.extend(futures.remove(choice % places));
        choice /= places;
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_choice_is_another_order_and_0_leaves_it() {
        for count in 0..=6 {
            let futures: Vec<FutureId> = (0..count).map(FutureId::at).collect();
            let orders: BTreeSet<Vec<FutureId>> =
                (0..orders(count)).map(|choice| in_order(futures.clone(), choice).into()).collect();
            assert_eq!(orders.len(), super::orders(count) as usize);
            assert!(orders.contains(&futures), "{count}");
            assert_eq!(Vec::from(in_order(futures.clone(), 0)), futures);
        }
    }
}
