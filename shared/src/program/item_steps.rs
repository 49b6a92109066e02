//! Steps over map nodes: one name for many futures, and a `map` that submits as it goes.

use crate::engine::io::{Answer, Callbacks, Command, MapSubmit};
use crate::program::Shared;
use crate::program::callbacks::Callback;
use crate::program::items::{Chunks, Feed, Given};
use crate::program::names::Binding;
use crate::program::steps::{Flow, Found, Script, Waiting};
use crate::units::{FutureId, IteratorId, TaskId};

/// What the answer that comes next is for, in a step over items.
#[derive(Debug, Clone, Hash)]
pub enum ItemsWaiting {
    /// The future of one of a map node's items, all of which are submitted.
    Submitted { chunks: Chunks, task: TaskId, futures: Vec<FutureId> },
    /// Nothing, for each of these futures that gets a callback.
    AddedCallback { left: Vec<(FutureId, Callback)> },
    /// The iterator of a `map` whose calls are then submitted.
    MapOpened { feed: Feed, name: String },
    /// The future of a call that `map` itself submits.
    MapSubmitted { feed: Feed, name: String, iterator: IteratorId },
    /// The future of a call that a `next` submits before it waits.
    Refilled { iterator: IteratorId, then: Box<Waiting> },
    /// What a `next` of a `map` with a `buffersize` brings, which is for something else as well.
    Fed { iterator: IteratorId, then: Box<Waiting> },
}

impl ItemsWaiting {
    /// Whether an exception is no answer to it that unwinds: a refused refill comes out of the `next`
    /// that follows (rule 72).
    pub fn takes_exceptions(&self) -> bool {
        matches!(self, Self::Refilled { .. } | Self::Fed { .. })
    }
}

impl Script {
    /// What comes of the answer to a step over items.
    pub fn take_items_answer(
        &mut self,
        shared: &mut Shared,
        waiting: ItemsWaiting,
        answer: Answer,
    ) -> Found<Command> {
        match (waiting, answer) {
            (ItemsWaiting::Submitted { chunks, task, mut futures }, Answer::Future(future)) => {
                futures.push(future);
                self.submit_items(shared, chunks, task, futures)
            }
            (ItemsWaiting::AddedCallback { left }, _) => self.add_callbacks(shared, left),
            (ItemsWaiting::MapOpened { feed, name }, Answer::Iterator(iterator)) => {
                self.feed_map(shared, feed, name, iterator)
            }
            (ItemsWaiting::MapSubmitted { feed, name, iterator }, Answer::Future(_)) => {
                self.feed_map(shared, feed, name, iterator)
            }
            (ItemsWaiting::Refilled { iterator, then }, _) => {
                self.call_next(shared, iterator, *then)
            }
            (ItemsWaiting::Fed { iterator, then }, answer) => {
                match &answer {
                    Answer::Yield { item: Some((place, _)), .. } => {
                        if let Some(feed) = shared.feeds.get_mut(&iterator) {
                            feed.yielded(*place);
                        }
                    }
                    // A generator that ended pulls nothing more.
                    _ => drop(shared.feeds.remove(&iterator)),
                }
                match answer {
                    Answer::Raised(raised) => Err(Flow::Raise(raised)),
                    answer => self.take_answer(shared, *then, answer),
                }
            }
            (waiting, answer) => unreachable!("{answer:?} does not answer {waiting:?}"),
        }
    }

    /// `name = [executor.submit(function, item) for item in items]`.
    pub fn submit_node(&mut self, shared: &mut Shared, given: Given) -> Found<Command> {
        let task = given.0;
        self.submit_items(shared, Chunks::new(vec![given], 1), task, Vec::new())
    }

    fn submit_items(
        &mut self,
        shared: &mut Shared,
        mut chunks: Chunks,
        task: TaskId,
        futures: Vec<FutureId>,
    ) -> Found<Command> {
        let Some(chunk) = chunks.next(&shared.plan) else {
            // Futures are kept where every lane finds them.
            let id = shared.plan.task(task).id.clone();
            let binding = Binding::Futures(id.as_str().into(), futures.into());
            shared.names.bind(id, binding);
            return Err(Flow::Next);
        };
        let waiting = ItemsWaiting::Submitted { chunks, task, futures };
        self.waits(Waiting::Items(waiting), chunk.submit(None, Callbacks::default()))
    }

    /// `future.add_done_callback(...)` of each of these futures; the last is next.
    pub fn add_callbacks(
        &mut self,
        shared: &mut Shared,
        mut left: Vec<(FutureId, Callback)>,
    ) -> Found<Command> {
        let Some((future, callback)) = left.pop() else {
            return Err(Flow::Next);
        };
        let callback = shared.register(callback);
        let waiting = Waiting::Items(ItemsWaiting::AddedCallback { left });
        self.waits(waiting, Command::AddCallback { future, callback })
    }

    /// The next call that `map` itself submits.
    fn feed_map(
        &mut self,
        shared: &mut Shared,
        mut feed: Feed,
        name: String,
        iterator: IteratorId,
    ) -> Found<Command> {
        let Some(chunk) = feed.at_call(&shared.plan) else {
            // Only now has `map` returned, and the name a value.
            self.define(shared, name, Binding::Iterator(iterator));
            if feed.is_lazy() {
                shared.feeds.insert(iterator, feed);
            }
            return Err(Flow::Next);
        };
        let waiting = ItemsWaiting::MapSubmitted { feed, name, iterator };
        self.waits(
            Waiting::Items(waiting),
            chunk.submit(Some(MapSubmit::Call(iterator)), Callbacks::default()),
        )
    }

    /// `next(iterator)`; what it brings is for `then`.
    pub fn call_next(
        &mut self,
        shared: &mut Shared,
        iterator: IteratorId,
        then: Waiting,
    ) -> Found<Command> {
        let next = Command::Next { iterator, choice: 0 };
        let Some(feed) = shared.feeds.get_mut(&iterator) else {
            self.asks(iterator);
            return self.waits(then, next);
        };
        let then = Box::new(then);
        if let Some(chunk) = feed.at_next(&shared.plan) {
            let waiting = Waiting::Items(ItemsWaiting::Refilled { iterator, then });
            return self.waits(
                waiting,
                chunk.submit(Some(MapSubmit::Refill(iterator)), Callbacks::default()),
            );
        }
        feed.next_called();
        self.asks(iterator);
        self.waits(Waiting::Items(ItemsWaiting::Fed { iterator, then }), next)
    }
}
