//! What done-callbacks do: submit what became ready, or print.

use std::collections::VecDeque;

use crate::engine::event::Because;
use crate::engine::io::{Answer, Command};
use crate::outcome::Raised;
use crate::program::names::{not_defined, render};
use crate::program::steps::outcome_text;
use crate::program::{Op, Shared};
use crate::units::{FutureId, TaskId};

/// What a registered callback does.
#[derive(Debug, Clone, Hash)]
pub enum Callback {
    /// Mode `submit`: takes note of this task's result, and submits what became ready.
    Dependents(TaskId),
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
            Callback::Dependents(task) => self.go_on(shared, task, answer),
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

    fn go_on(&mut self, shared: &mut Shared, task: TaskId, answer: Answer) -> Op {
        match answer {
            Answer::Value(value) => {
                let ready = shared.progress.returned(task, value);
                self.agenda.submit(ready);
            }
            Answer::Raised(raised) if !self.agenda.is_submitting() => {
                let skipped = shared.progress.raised(task, &raised);
                self.agenda.skip(skipped);
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
    submitting: Option<TaskId>,
    said_finished: bool,
}

#[derive(Debug, Clone, Hash)]
enum Todo {
    Submit(TaskId),
    Skip(TaskId, Because),
    AddCallback(FutureId, TaskId),
}

impl Agenda {
    /// These tasks are ready.
    pub fn submit(&mut self, tasks: Vec<TaskId>) {
        self.todo.extend(tasks.into_iter().map(Todo::Submit));
    }

    /// These tasks will not be submitted.
    pub fn skip(&mut self, tasks: Vec<(TaskId, Because)>) {
        self.todo.extend(tasks.into_iter().map(|(task, because)| Todo::Skip(task, because)));
    }

    /// Whether the answer that is awaited is that of a `submit`.
    pub fn is_submitting(&self) -> bool {
        self.submitting.is_some()
    }

    /// What came of the last command of this agenda.
    pub fn answered(&mut self, shared: &mut Shared, answer: &Answer) {
        let Some(task) = self.submitting.take() else {
            return;
        };
        match answer {
            Answer::Future(future) => self.todo.push_front(Todo::AddCallback(*future, task)),
            _ => {
                let skipped = shared.progress.skipped(task, Because::ExecutorRefused);
                self.skip(skipped);
            }
        }
    }

    /// The next command; none when the agenda is through.
    pub fn next(&mut self, shared: &mut Shared) -> Option<Command> {
        match self.todo.pop_front() {
            Some(Todo::Submit(task)) => {
                self.submitting = Some(task);
                Some(shared.submit_command(task))
            }
            Some(Todo::Skip(task, because)) => Some(Command::Skip { task, because }),
            Some(Todo::AddCallback(future, task)) => {
                let callback = shared.register(Callback::Dependents(task));
                Some(Command::AddCallback { future, callback })
            }
            None if shared.progress.all_over() && !self.said_finished => {
                self.said_finished = true;
                Some(Command::SetAllTasks)
            }
            None => None,
        }
    }
}
