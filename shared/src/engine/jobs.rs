//! What Pool's `map_async`, `imap` and `imap_unordered` give: one result for many calls, or an
//! iterator over them.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use crate::engine::core::{CallCell, Core, Place};
use crate::engine::event::{Agent, BlockedOn, Event, Question, Reply, Work, YieldedBy};
use crate::engine::future::FutureState;
use crate::engine::io::{Answer, Callbacks, Handle};
use crate::engine::iterators::ResultIterator;
use crate::outcome::{Outcome, Raised};
use crate::units::{CallId, FutureId, IteratorId, Span};
use crate::value::Value;

/// `map_async`'s result: ready once every chunk is through, also if one of them failed (rule 153).
#[derive(Debug, Clone, Hash)]
pub struct Job {
    /// One for each chunk, in the order of the inputs.
    pub futures: Vec<FutureId>,
    /// Chunks that are not through.
    left: usize,
    /// The exception that arrived first (rule 154).
    failed: Option<Raised>,
    callbacks: Callbacks,
    /// What it has come to, once it is ready.
    ready: Option<Outcome>,
}

/// The iterator of `imap` or `imap_unordered`.
#[derive(Debug, Clone, Hash)]
pub struct Imap {
    unordered: bool,
    chunked: bool,
    /// Calls that were not pulled yet.
    feed: VecDeque<(Work, Arc<[Value]>)>,
    /// Everything was pulled.
    fed: bool,
    /// Futures that are not through, in the order of the inputs; in order also those that are, but
    /// stand behind one that is not.
    pub waiting: BTreeSet<FutureId>,
    /// Through, and to be delivered in this order.
    ready: VecDeque<FutureId>,
    /// Values of a chunk that were not delivered, with their item's number.
    values: VecDeque<(u32, Value)>,
    /// The future whose values these are.
    head: Option<FutureId>,
    /// A chunk raised: the generator over the items has ended (rule 156).
    dead: bool,
}

impl Imap {
    fn from(&self) -> YieldedBy {
        if self.unordered { YieldedBy::ImapUnordered } else { YieldedBy::Imap }
    }
}

impl Core {
    /// The first half of `map_async(...)`.
    pub fn open_job(&mut self, callbacks: Callbacks) -> IteratorId {
        self.new_iterator(ResultIterator::Job(Job {
            futures: Vec::new(),
            left: 0,
            failed: None,
            callbacks,
            ready: None,
        }))
    }

    fn job(&mut self, job: IteratorId) -> &mut Job {
        match &mut self.iterators[job.index()] {
            ResultIterator::Job(job) => job,
            other => panic!("iterator {job} is {other:?}, and no job"),
        }
    }

    fn imap(&mut self, iterator: IteratorId) -> &mut Imap {
        match &mut self.iterators[iterator.index()] {
            ResultIterator::Imap(imap) => imap,
            other => panic!("iterator {iterator} is {other:?}, and not of imap"),
        }
    }

    /// A chunk of a job was submitted.
    pub fn add_to_job(&mut self, job: IteratorId, future: FutureId) {
        let job = self.job(job);
        job.futures.push(future);
        job.left += 1;
    }

    /// Whether a job has no chunks.
    pub fn job_is_empty(&mut self, job: IteratorId) -> bool {
        self.job(job).futures.is_empty()
    }

    /// A chunk is through. Comes back with what the job has come to, if that was the last.
    pub fn job_advances(
        &mut self,
        job: IteratorId,
        future: FutureId,
    ) -> Option<(Outcome, Callbacks)> {
        let outcome = self.futures.get(future).outcome.clone();
        let cell = self.job(job);
        cell.left -= 1;
        if let Some(Outcome::Raised(raised)) = outcome {
            cell.failed.get_or_insert(raised);
        }
        if cell.left > 0 {
            return None;
        }
        let callbacks = cell.callbacks;
        let outcome = match cell.failed.clone() {
            Some(raised) => Outcome::Raised(raised),
            None => Outcome::Returned(Value::List(self.job_values(job))),
        };
        Some((outcome, callbacks))
    }

    fn job_values(&mut self, job: IteratorId) -> Vec<Value> {
        let futures = self.job(job).futures.clone();
        let mut values = Vec::new();
        for future in futures {
            let items = self.calls[future.index()].work.item_count();
            match &self.futures.get(future).outcome {
                Some(Outcome::Returned(Value::List(list))) if items > 1 => {
                    values.extend(list.iter().cloned());
                }
                Some(Outcome::Returned(value)) => values.push(value.clone()),
                other => unreachable!("no chunk failed, but one came to {other:?}"),
            }
        }
        values
    }

    /// The job is ready.
    pub fn job_ready(&mut self, job: IteratorId, outcome: Outcome) {
        self.job(job).ready = Some(outcome);
        self.wake_all(|on| on == BlockedOn::Job(job));
    }

    /// `get(timeout)` of a job.
    pub fn get_job(&mut self, by: Agent, job: IteratorId, timeout: Option<Span>) -> Answer {
        match self.answer_job(by, job) {
            Some(answer) => answer,
            None => self.wait_or_time_out(by, BlockedOn::Job(job), timeout),
        }
    }

    /// The answer to a `get` of a job that is ready.
    pub fn answer_job(&mut self, by: Agent, job: IteratorId) -> Option<Answer> {
        let (reply, answer) = match self.job(job).ready.clone()? {
            Outcome::Returned(value) => (Reply::Value(value.clone()), Answer::Value(value)),
            Outcome::Raised(raised) => (Reply::Raised(raised.clone()), Answer::Raised(raised)),
            Outcome::Lost => unreachable!("what is lost is never ready"),
        };
        self.record(Event::Answered { by, what: Question::Job(job), reply });
        Some(answer)
    }

    /// `ready()`.
    pub fn is_ready(&mut self, by: Agent, of: Handle) -> Answer {
        let (what, ready) = match of {
            Handle::Future(future) => (Question::Ready(future), self.futures.state(future).done()),
            Handle::Job(job) => (Question::JobReady(job), self.job(job).ready.is_some()),
        };
        self.answered(by, what, Value::Bool(ready));
        Answer::Bool(ready)
    }

    /// `successful()`: refused before it is ready (rule 149).
    pub fn successful(&mut self, by: Agent, of: Handle) -> Answer {
        let (what, outcome, class) = match of {
            Handle::Future(future) => {
                let outcome = self.futures.get(future).outcome.clone();
                (Question::Successful(future), outcome, "ApplyResult")
            }
            Handle::Job(job) => {
                (Question::JobSuccessful(job), self.job(job).ready.clone(), "MapResult")
            }
        };
        let Some(outcome) = outcome else {
            let number = match of {
                Handle::Future(future) => future.0,
                Handle::Job(job) => job.0,
            };
            let raised = Raised::not_ready(class, number);
            let reply = Reply::Raised(raised.clone());
            self.record(Event::Answered { by, what, reply });
            return Answer::Raised(raised);
        };
        let successful = matches!(outcome, Outcome::Returned(_));
        self.answered(by, what, Value::Bool(successful));
        Answer::Bool(successful)
    }

    /// `imap(...)`.
    pub fn open_imap(
        &mut self,
        unordered: bool,
        chunked: bool,
        calls: Vec<(Work, Arc<[Value]>)>,
    ) -> IteratorId {
        self.new_iterator(ResultIterator::Imap(Imap {
            unordered,
            chunked,
            feed: calls.into(),
            fed: false,
            waiting: BTreeSet::new(),
            ready: VecDeque::new(),
            values: VecDeque::new(),
            head: None,
            dead: false,
        }))
    }

    /// The task handler pulls the next call of an `imap`; none if there are no more.
    pub fn pull(&mut self, iterator: IteratorId) -> Option<CallId> {
        let Some((work, inputs)) = self.imap(iterator).feed.pop_front() else {
            self.imap(iterator).fed = true;
            self.wake_imap(iterator);
            return None;
        };
        let call = self.new_call(Agent::TaskHandler, work, inputs);
        self.calls[call.index()].iterator = Some(iterator);
        self.imap(iterator).waiting.insert(call.into());
        Some(call)
    }

    /// A future and its call.
    pub fn new_call(&mut self, by: Agent, work: Work, inputs: Arc<[Value]>) -> CallId {
        let call = CallId::at(self.calls.len());
        let future = self.futures.submit(call);
        let since = Some(self.record(Event::Submitted { future, call, work: work.clone(), by }));
        self.calls.push(CallCell { work, inputs, place: Place::Waiting, since, iterator: None });
        call
    }

    /// A future of an `imap` is through.
    pub fn imap_arrived(&mut self, iterator: IteratorId, future: FutureId) {
        if self.imap(iterator).unordered {
            let imap = self.imap(iterator);
            imap.waiting.remove(&future);
            imap.ready.push_back(future);
        } else {
            while let Some(first) = self.imap(iterator).waiting.first().copied()
                && self.futures.state(first) == FutureState::Finished
            {
                let imap = self.imap(iterator);
                imap.waiting.pop_first();
                imap.ready.push_back(first);
            }
        }
        self.wake_imap(iterator);
    }

    fn wake_imap(&mut self, iterator: IteratorId) {
        let imap = self.imap(iterator);
        if !imap.ready.is_empty() || (imap.fed && imap.waiting.is_empty()) {
            self.wake_all(|on| on == BlockedOn::ImapNext(iterator));
        }
    }

    /// Whether all of an `imap`'s results have arrived.
    pub fn imap_is_through(&mut self, iterator: IteratorId) -> bool {
        let imap = self.imap(iterator);
        imap.fed && imap.waiting.is_empty()
    }

    /// `next()` of Pool's iterators.
    pub fn next_imap(&mut self, by: Agent, iterator: IteratorId, timeout: Option<Span>) -> Answer {
        match self.deliver_imap(by, iterator) {
            Some(answer) => answer,
            None => self.wait_or_time_out(by, BlockedOn::ImapNext(iterator), timeout),
        }
    }

    /// What `next()` gives, if it does not have to wait.
    pub fn deliver_imap(&mut self, by: Agent, iterator: IteratorId) -> Option<Answer> {
        let imap = self.imap(iterator);
        let from = imap.from();
        if let (Some((item, value)), Some(future)) = (imap.values.pop_front(), imap.head) {
            return Some(self.yields(by, from, iterator, future, item, value));
        }
        if imap.dead || (imap.ready.is_empty() && imap.fed && imap.waiting.is_empty()) {
            return Some(self.exhausted(by, iterator));
        }
        let (chunked, future) = (imap.chunked, imap.ready.pop_front()?);
        imap.head = Some(future);
        let items = self.calls[future.index()].work.item_count();
        Some(match self.futures.get(future).outcome.clone() {
            Some(Outcome::Returned(Value::List(values))) if items > 1 => {
                let mut values: VecDeque<(u32, Value)> = (0..).zip(values).collect();
                let (item, value) = values.pop_front().expect("no chunk is empty");
                self.imap(iterator).values = values;
                self.yields(by, from, iterator, future, item, value)
            }
            Some(Outcome::Returned(value)) => self.yields(by, from, iterator, future, 0, value),
            Some(Outcome::Raised(raised)) => {
                self.imap(iterator).dead = chunked;
                self.next_raises(by, iterator, raised.clone());
                let part = self.calls[future.index()].work.item_at(0);
                Answer::YieldRaised { future, raised, part }
            }
            Some(Outcome::Lost) | None => unreachable!("what is ready has an outcome"),
        })
    }
}
