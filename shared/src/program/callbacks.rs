//! What done-callbacks do: submit what became ready, or print.

use std::collections::VecDeque;

use crate::engine::event::{Because, Part};
use crate::engine::io::{Answer, Command};
use crate::outcome::Raised;
use crate::program::items::Chunks;
use crate::program::names::{not_defined, render};
use crate::program::progress::Over;
use crate::program::steps::outcome_text;
use crate::program::{Op, Shared};
use crate::units::{FutureId, TaskId};

/// What a registered callback does.
#[derive(Debug, Clone, Hash)]
pub enum Callback {
    /// Mode `submit`: takes note of this call's result, and submits what became ready.
    Dependents(Part),
    /// A script's: prints a line about its future, and perhaps raises.
    Print {
        /// The future's task, by name.
        task: String,
        /// The line; `{task}` and `{outcome}` stand for what they say.
        text: Option<String>,
        /// What it raises at its end.
        raises: Option<Raised>,
    },
}

/// A callback at work.
#[derive(Debug, Clone, Hash)]
pub struct CallbackFrame {
    future: FutureId,
    does: Callback,
    /// It has asked its future for its result.
    asked: bool,
    agenda: Agenda,
}

impl CallbackFrame {
    /// A callback before its first command.
    pub fn new(future: FutureId, does: Callback) -> Self {
        Self { future, does, asked: false, agenda: Agenda::default() }
    }

    /// What it does next.
    pub fn resume(&mut self, shared: &mut Shared, answer: Answer) -> Op {
        if !self.asked {
            self.asked = true;
            return Op::Do(Command::Result { future: self.future, timeout: None });
        }
        match self.does.clone() {
            Callback::Dependents(part) => self.go_on(shared, part, answer),
            Callback::Print { task, text, raises } => match (answer, text) {
                (answer @ (Answer::Value(_) | Answer::Raised(_)), Some(text)) => {
                    let outcome = outcome_text(&answer);
                    let text_of = |name: &str| match name {
                        "task" => Ok(task.clone()),
                        "outcome" => Ok(outcome.clone()),
                        name => Err(not_defined(name)),
                    };
                    match render(&text, text_of) {
                        Ok(text) => Op::Do(Command::Print { text }),
                        Err(raised) => Op::CallbackEnded { raised: Some(raised) },
                    }
                }
                _ => Op::CallbackEnded { raised: raises },
            },
        }
    }

    fn go_on(&mut self, shared: &mut Shared, part: Part, answer: Answer) -> Op {
        match answer {
            Answer::Value(value) => {
                self.agenda.follow(shared.progress.part_over(part, Ok(value)));
            }
            Answer::Raised(raised) if !self.agenda.is_submitting() => {
                self.agenda.follow(shared.progress.part_over(part, Err(raised)));
            }
            answer => self.agenda.answered(shared, &answer),
        }
        match self.agenda.next(shared) {
            Some(command) => Op::Do(command),
            None => Op::CallbackEnded { raised: None },
        }
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

    /// Whether the answer that is awaited is that of a `submit`.
    pub fn is_submitting(&self) -> bool {
        self.submitting.is_some()
    }

    /// What came of the last command of this agenda.
    pub fn answered(&mut self, shared: &mut Shared, answer: &Answer) {
        let Some(part) = self.submitting.take() else {
            return;
        };
        match answer {
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

    /// The next command; none when the agenda is through.
    pub fn next(&mut self, shared: &mut Shared) -> Option<Command> {
        loop {
            match self.todo.pop_front() {
                Some(Todo::Submit(task)) => match shared.progress.nothing_to_do(task) {
                    Some(over) => self.follow(over),
                    None => self.todo.push_front(Todo::Chunks(shared.chunks(vec![task]))),
                },
                Some(Todo::Chunks(mut chunks)) => {
                    let Some(chunk) = chunks.next(&shared.plan) else {
                        continue;
                    };
                    self.submitting = chunk.parts.first().copied();
                    self.todo.push_front(Todo::Chunks(chunks));
                    return Some(chunk.submit(None));
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
