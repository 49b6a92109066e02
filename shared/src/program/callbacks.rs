//! What done-callbacks do: submit what became ready, or steps of their own.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::engine::event::{Because, Part};
use crate::engine::io::{Answer, Callbacks, Command};
use crate::outcome::Outcome;
use crate::program::compile::Instruction;
use crate::program::items::Chunks;
use crate::program::names::{Binding, Names};
use crate::program::progress::Over;
use crate::program::steps::{Script, outcome_text};
use crate::program::{Op, Shared};
use crate::scenario::ExecutorKind;
use crate::units::{FutureId, TaskId};
use crate::value::Value;

/// What a registered callback does.
#[derive(Debug, Clone, Hash)]
pub enum Callback {
    /// Mode `submit`: takes note of this call's result, and submits what became ready.
    Dependents(Part),
    /// A script's: its own steps.
    Script {
        /// The future's task, by name.
        task: String,
        /// What it does.
        code: CallbackCode,
    },
}

/// What a script's callback does.
#[derive(Debug, Clone, Hash)]
pub struct CallbackCode {
    /// Its steps.
    pub code: Arc<[Instruction]>,
    /// Whether it begins with a look at what its future has come to.
    pub asks: bool,
}

/// A callback at work.
#[derive(Debug, Clone, Hash)]
pub struct CallbackFrame {
    future: FutureId,
    does: Callback,
    /// What it was called with, if that was no future.
    given: Option<Outcome>,
    stage: Stage,
}

#[derive(Debug, Clone, Hash)]
enum Stage {
    /// It has not begun.
    Begins,
    /// It has asked its future for its result.
    Asked,
    /// Mode `submit`'s goes through this.
    Submits(Agenda),
    /// A script's is somewhere in its steps.
    Steps(Box<Script>),
}

impl CallbackFrame {
    /// A callback before its first command.
    pub fn new(future: FutureId, does: Callback, given: Option<Outcome>) -> Self {
        Self { future, does, given, stage: Stage::Begins }
    }

    /// What it does next.
    pub fn resume(&mut self, shared: &mut Shared, answer: Answer) -> Op {
        match (&mut self.stage, &self.does) {
            (Stage::Begins, Callback::Script { code, .. })
                if !code.asks && self.given.is_none() =>
            {
                self.begin(shared, &Answer::Nothing)
            }
            (Stage::Begins, _) => match self.given.take() {
                Some(outcome) => self.begin(shared, &given(outcome)),
                None => {
                    self.stage = Stage::Asked;
                    Op::Do(Command::Result { future: self.future, timeout: None })
                }
            },
            (Stage::Asked, _) => self.begin(shared, &answer),
            (Stage::Submits(agenda), _) => {
                agenda.answered(shared, &answer);
                agenda.op(shared)
            }
            (Stage::Steps(script), _) => script.resume(shared, answer),
        }
    }

    /// It knows what came of its future, if it wants to.
    fn begin(&mut self, shared: &mut Shared, outcome: &Answer) -> Op {
        match &self.does {
            Callback::Dependents(part) => {
                let mut agenda = Agenda::default();
                let came = match outcome {
                    Answer::Value(value) => Ok(value.clone()),
                    Answer::Raised(raised) => Err(raised.clone()),
                    answer => unreachable!("{answer:?} is no outcome"),
                };
                agenda.follow(shared.progress.part_over(*part, came));
                let op = agenda.op(shared);
                self.stage = Stage::Submits(agenda);
                op
            }
            Callback::Script { task, code } => {
                let mut locals = Names::default();
                let text = |text: String| Binding::Value(Value::from(text.as_str()));
                locals.bind("task".to_owned(), text(task.clone()));
                locals.bind("future".to_owned(), Binding::Future(self.future, task.clone()));
                if *outcome != Answer::Nothing {
                    locals.bind("outcome".to_owned(), text(outcome_text(outcome)));
                }
                let mut script = Script::callback(code.code.clone(), locals);
                let op = script.resume(shared, Answer::Nothing);
                self.stage = Stage::Steps(Box::new(script));
                op
            }
        }
    }
}

fn given(outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Returned(value) => Answer::Value(value),
        Outcome::Raised(raised) => Answer::Raised(raised),
        Outcome::Lost => unreachable!("nobody is called back for what is lost"),
    }
}

/// Tasks to be submitted or skipped, one command at a time; each submitted one gets the callback that
/// goes on from it, and the last task of all sets `finished`.
#[derive(Debug, Clone, Default, Hash)]
pub struct Agenda {
    todo: VecDeque<Todo>,
    submitting: Option<Part>,
    said_finished: bool,
}

#[derive(Debug, Clone, Hash)]
enum Todo {
    Submit(TaskId),
    /// What is left of a task that is being submitted.
    Chunks(Chunks),
    Skip(TaskId, Because),
    AddCallback(FutureId, Part),
}

impl Agenda {
    /// These tasks are ready.
    pub fn submit(&mut self, tasks: Vec<TaskId>) {
        self.todo.extend(tasks.into_iter().map(Todo::Submit));
    }

    /// What follows when a task is over.
    fn follow(&mut self, over: Over) {
        self.submit(over.ready);
        self.skip(over.skips);
    }

    /// These tasks will not be submitted.
    fn skip(&mut self, tasks: Vec<(TaskId, Because)>) {
        self.todo.extend(tasks.into_iter().map(|(task, because)| Todo::Skip(task, because)));
    }

    /// What came of the last command of this agenda.
    pub fn answered(&mut self, shared: &mut Shared, answer: &Answer) {
        let Some(part) = self.submitting.take() else {
            return;
        };
        match answer {
            // Pool's has its callback already.
            Answer::Future(_) if shared.plan.kind() == ExecutorKind::Pool => {}
            Answer::Future(future) => self.todo.push_front(Todo::AddCallback(*future, part)),
            _ => {
                if let Some(Todo::Chunks(_)) = self.todo.front() {
                    self.todo.pop_front();
                }
                let skipped = shared.progress.skipped(part.task, Because::ExecutorRefused);
                self.skip(skipped);
            }
        }
    }

    /// What a callback whose agenda this is does next.
    fn op(&mut self, shared: &mut Shared) -> Op {
        match self.next(shared) {
            Some(command) => Op::Do(command),
            None => Op::CallbackEnded { raised: None },
        }
    }

    /// The next command; none when the agenda is through.
    pub fn next(&mut self, shared: &mut Shared) -> Option<Command> {
        loop {
            match self.todo.pop_front() {
                Some(Todo::Submit(task)) => match shared.progress.nothing_to_do(task) {
                    Some(over) => self.follow(over),
                    None => {
                        let chunksize = shared.chunksize().unwrap_or(1);
                        let chunks = shared.chunks(vec![task], chunksize);
                        self.todo.push_front(Todo::Chunks(chunks));
                    }
                },
                Some(Todo::Chunks(mut chunks)) => {
                    let Some(chunk) = chunks.next(&shared.plan) else {
                        continue;
                    };
                    let part = chunk.parts[0];
                    self.submitting = Some(part);
                    self.todo.push_front(Todo::Chunks(chunks));
                    let pool = shared.plan.kind() == ExecutorKind::Pool;
                    let callback = pool.then(|| shared.register(Callback::Dependents(part)));
                    let callbacks = Callbacks { value: callback, error: callback };
                    return Some(chunk.submit(None, callbacks));
                }
                Some(Todo::Skip(task, because)) => return Some(Command::Skip { task, because }),
                Some(Todo::AddCallback(future, part)) => {
                    let callback = shared.register(Callback::Dependents(part));
                    return Some(Command::AddCallback { future, callback });
                }
                None if shared.progress.all_over() && !self.said_finished => {
                    self.said_finished = true;
                    return Some(Command::SetAllTasks);
                }
                None => return None,
            }
        }
    }
}
