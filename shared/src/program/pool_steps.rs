//! The steps that call methods of `multiprocessing.Pool`.

use std::sync::Arc;

use crate::engine::event::Work;
use crate::engine::io::{Answer, Callbacks, Command, MapSubmit};
use crate::program::Shared;
use crate::program::callbacks::{Callback, CallbackCode};
use crate::program::compile::PoolCallbacks;
use crate::program::items::{Chunks, Given};
use crate::program::names::Binding;
use crate::program::pool_modes;
use crate::program::steps::{Flow, Found, Script, Waiting};
use crate::units::{FutureId, IteratorId, TaskId};

/// `map`, `starmap` or `map_async`, with its arguments known.
#[derive(Debug, Clone, Hash)]
pub struct PoolMap {
    /// What the list, or the result, is called.
    pub name: String,
    /// None: by the formula.
    pub chunksize: Option<usize>,
    /// Whether it comes back only with the list.
    pub waits: bool,
    /// Of `map_async`.
    pub callbacks: Arc<PoolCallbacks>,
}

/// What the answer that comes next is for.
#[derive(Debug, Clone, Hash)]
pub enum PoolWaiting {
    /// The result of `apply`, which is then waited for.
    Applied(Option<String>),
    /// The result of `apply_async` of this task.
    Async(TaskId),
    /// The job, whose chunks are then submitted.
    JobOpened { job: PoolMap, chunks: Chunks },
    /// One of them.
    JobSubmits(Submitting),
    /// All of them are known.
    JobSealed(Submitting),
    /// The iterator of `imap`, for this name.
    ImapOpened(String),
}

/// A job whose chunks are being submitted.
#[derive(Debug, Clone, Hash)]
pub struct Submitting {
    job: PoolMap,
    id: IteratorId,
    /// What is still to be submitted.
    chunks: Chunks,
    /// What was.
    futures: Vec<FutureId>,
}

impl Script {
    /// `apply_async`, or the first half of `apply`.
    pub(super) fn apply(
        &mut self,
        shared: &mut Shared,
        (task, inputs): Given,
        waiting: PoolWaiting,
        callbacks: Option<&PoolCallbacks>,
    ) -> Found<Command> {
        let name = shared.plan.task(task).id.clone();
        let callbacks = callbacks.map_or_else(Callbacks::default, |c| register(shared, c, &name));
        let command = Command::Submit { work: Work::task(task), inputs, map: None, callbacks };
        self.waits(Waiting::Pool(waiting), command)
    }

    /// `map`, `starmap` and `map_async`.
    pub(super) fn open_job(
        &mut self,
        shared: &mut Shared,
        given: Vec<Given>,
        job: PoolMap,
    ) -> Found<Command> {
        let tasks: Vec<TaskId> = given.iter().map(|(task, _)| *task).collect();
        let items = pool_modes::item_count(&shared.plan, &tasks);
        let formula = || pool_modes::chunksize(items, shared.plan.max_workers());
        let chunks = Chunks::new(given, job.chunksize.unwrap_or_else(formula));
        let callbacks = register(shared, &job.callbacks, &job.name);
        let waiting = PoolWaiting::JobOpened { job, chunks };
        self.waits(Waiting::Pool(waiting), Command::OpenJob { callbacks })
    }

    /// Goes on with a method of Pool's.
    pub(super) fn take_pools_answer(
        &mut self,
        shared: &mut Shared,
        waiting: PoolWaiting,
        answer: Answer,
    ) -> Found<Command> {
        match (waiting, answer) {
            (PoolWaiting::Applied(name), Answer::Future(future)) => {
                self.waits(Waiting::Bound(name), Command::Result { future, timeout: None })
            }
            (PoolWaiting::Async(task), Answer::Future(future)) => {
                let id = shared.plan.task(task).id.clone();
                shared.names.bind(id.clone(), Binding::Future(future, id));
                Err(Flow::Next)
            }
            (PoolWaiting::JobOpened { job, chunks }, Answer::Iterator(id)) => {
                self.submit_next(shared, Submitting { job, id, chunks, futures: Vec::new() })
            }
            (PoolWaiting::JobSubmits(mut submitting), Answer::Future(future)) => {
                submitting.futures.push(future);
                self.submit_next(shared, submitting)
            }
            (PoolWaiting::JobSealed(Submitting { job, id, futures, .. }), _) => {
                if job.waits {
                    let command = Command::GetJob { job: id, timeout: None };
                    return self.waits(Waiting::Bound(Some(job.name)), command);
                }
                shared.names.bind(job.name, Binding::Job(id, futures.into()));
                Err(Flow::Next)
            }
            (PoolWaiting::ImapOpened(name), Answer::Iterator(iterator)) => {
                self.define(shared, name, Binding::Iterator(iterator));
                Err(Flow::Next)
            }
            (waiting, answer) => unreachable!("{answer:?} does not answer {waiting:?}"),
        }
    }

    fn submit_next(&mut self, shared: &Shared, mut submitting: Submitting) -> Found<Command> {
        let job = submitting.id;
        let Some(chunk) = submitting.chunks.next(&shared.plan) else {
            let waiting = PoolWaiting::JobSealed(submitting);
            return self.waits(Waiting::Pool(waiting), Command::SealJob { job });
        };
        let waiting = Waiting::Pool(PoolWaiting::JobSubmits(submitting));
        self.waits(waiting, chunk.submit(Some(MapSubmit::Call(job)), Callbacks::default()))
    }
}

/// Callbacks of a method of Pool's, of what is called so.
fn register(shared: &mut Shared, callbacks: &PoolCallbacks, name: &str) -> Callbacks {
    let mut one = |code: &Option<CallbackCode>| {
        let code = code.clone()?;
        Some(shared.register(Callback::Script { task: name.to_owned(), code }))
    };
    Callbacks { value: one(&callbacks.value), error: one(&callbacks.error) }
}
