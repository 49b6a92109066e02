//! Steps as flat code with jumps: what makes a script that can stop at every command and go on.

use std::sync::Arc;

use crate::engine::io::ReturnWhen;
use crate::outcome::Raised;
use crate::scenario::{Condition, ExecutorKind, Names, Plan, Step};
use crate::units::{Span, TaskId};

/// One instruction. Jump targets are places in the code.
#[derive(Debug, Clone, Hash)]
pub enum Instruction {
    /// `executor.submit(...)`.
    Submit { task: TaskId },
    /// `name = function(...)` in the main thread.
    Call { task: TaskId, name: Option<String> },
    /// `name = executor.map(...)`.
    Map(Arc<MapCall>),
    /// `name = next(of)`.
    Next { of: String, name: Option<String> },
    /// `of.close()`.
    Close { of: String },
    /// Begins a loop over a `map` iterator or over futures.
    EnterFor { over: Names },
    /// Begins a loop over `as_completed`.
    EnterCompleted { of: Vec<String>, timeout: Option<Span> },
    /// The next round of the innermost loop, or out of it.
    NextRound { name: String, exit: usize },
    /// Begins a loop that counts its rounds.
    EnterRepeat,
    /// One more round.
    CountRound,
    /// Out of the loop if all of these are done, else back.
    UnlessAllDone { futures: Vec<String>, back: usize },
    /// `name = wait(...)`.
    Wait { of: Vec<String>, timeout: Option<Span>, return_when: ReturnWhen, name: Option<String> },
    /// `name = future.result(timeout)`.
    Result { of: String, timeout: Option<Span>, name: Option<String> },
    /// `name = future.exception(timeout)`.
    Exception { of: String, timeout: Option<Span>, name: Option<String> },
    /// `name = future.done()` and its likes.
    Ask { of: String, what: Condition, name: Option<String> },
    /// On if the future is so, else to `otherwise`.
    Test { of: String, what: Condition, otherwise: usize },
    /// `name = future.cancel()`.
    Cancel { of: String, name: Option<String> },
    /// `future.add_done_callback(...)`.
    AddCallback { of: String, print: Option<String>, raises: Option<Raised> },
    /// `time.sleep(...)`.
    Sleep { span: Span },
    /// `print(...)`.
    Print { text: String },
    /// `executor.shutdown(...)`.
    Shutdown { wait: bool, cancel_futures: bool },
    /// The end of the `with` block.
    Leave,
    /// Begins a `try` body.
    EnterTry { handlers: Vec<Handler> },
    /// Ends it.
    LeaveTry,
    /// Goes there.
    Jump { to: usize },
}

/// A call of `executor.map`.
#[derive(Debug, Clone, Hash)]
pub struct MapCall {
    /// Over these tasks, and all items of those that are map nodes.
    pub tasks: Vec<TaskId>,
    /// What its iterator is called.
    pub name: String,
    /// Items that travel together.
    pub chunksize: usize,
    /// Calls that are submitted ahead of what was taken.
    pub buffersize: Option<usize>,
    /// Of the whole iteration.
    pub timeout: Option<Span>,
}

/// An `except` clause: class, name of the exception, place of its body.
#[derive(Debug, Clone, Hash)]
pub struct Handler {
    /// The class that it catches.
    pub kind: String,
    /// What the exception is called.
    pub name: Option<String>,
    /// Where its body begins.
    pub at: usize,
}

/// The code of these steps, with spans in the run's own time.
pub fn compile(steps: &[Step], plan: &Plan) -> Vec<Instruction> {
    let mut compiler = Compiler { plan, code: Vec::new() };
    compiler.block(steps);
    compiler.code
}

struct Compiler<'a> {
    plan: &'a Plan,
    code: Vec<Instruction>,
}

impl Compiler<'_> {
    fn block(&mut self, steps: &[Step]) {
        steps.iter().for_each(|step| self.step(step));
    }

    fn push(&mut self, instruction: Instruction) -> usize {
        self.code.push(instruction);
        self.code.len() - 1
    }

    fn task(&self, name: &str) -> TaskId {
        self.plan.names[name]
    }

    fn span(&self, span: Option<Span>) -> Option<Span> {
        span.map(|span| self.plan.scaled(span))
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Submit { task } => {
                for name in task.as_slice() {
                    let task = self.task(name);
                    self.push(Instruction::Submit { task });
                }
            }
            Step::Map { tasks, name, chunksize, timeout, buffersize } => {
                let tasks = tasks.iter().map(|name| self.task(name)).collect();
                // Rule 67: threads ignore it.
                let chunksize = match self.plan.kind() {
                    ExecutorKind::Threads => 1,
                    ExecutorKind::Processes => chunksize.unwrap_or(1) as usize,
                };
                let (name, timeout) = (name.clone(), self.span(*timeout));
                // What is no number above 0, `check` has refused.
                let buffersize = buffersize.and_then(|buffersize| usize::try_from(buffersize).ok());
                let call = MapCall { tasks, name, chunksize, buffersize, timeout };
                self.push(Instruction::Map(Arc::new(call)));
            }
            Step::Next { of, name } => {
                self.push(Instruction::Next { of: of.clone(), name: name.clone() });
            }
            Step::Close { of } => {
                self.push(Instruction::Close { of: of.clone() });
            }
            Step::For { over, name, steps } => {
                self.push(Instruction::EnterFor { over: over.clone() });
                self.rounds(name, steps);
            }
            Step::AsCompleted { of, timeout, name, steps } => {
                let (of, timeout) = (of.as_slice().to_vec(), self.span(*timeout));
                self.push(Instruction::EnterCompleted { of, timeout });
                self.rounds(name, steps);
            }
            Step::Wait { of, timeout, return_when, name } => {
                self.push(Instruction::Wait {
                    of: of.as_slice().to_vec(),
                    timeout: self.span(*timeout),
                    return_when: *return_when,
                    name: name.clone(),
                });
            }
            Step::Result { of, timeout, name } => {
                let timeout = self.span(*timeout);
                self.push(Instruction::Result { of: of.clone(), timeout, name: name.clone() });
            }
            Step::Exception { of, timeout, name } => {
                let timeout = self.span(*timeout);
                self.push(Instruction::Exception { of: of.clone(), timeout, name: name.clone() });
            }
            Step::Done { of, name } => self.ask(of, Condition::Done, name.as_ref()),
            Step::Running { of, name } => self.ask(of, Condition::Running, name.as_ref()),
            Step::Cancelled { of, name } => self.ask(of, Condition::Cancelled, name.as_ref()),
            Step::Cancel { of, name } => {
                self.push(Instruction::Cancel { of: of.clone(), name: name.clone() });
            }
            Step::AddDoneCallback { of, print, raise } => {
                let raises = raise.as_deref().map(exception);
                for of in of.as_slice() {
                    let (of, print, raises) = (of.clone(), print.clone(), raises.clone());
                    self.push(Instruction::AddCallback { of, print, raises });
                }
            }
            Step::Sleep { span } => {
                let span = self.plan.scaled(*span);
                self.push(Instruction::Sleep { span });
            }
            Step::Print { text } => {
                self.push(Instruction::Print { text: text.clone() });
            }
            Step::Call { task, name } => {
                let task = self.task(task);
                self.push(Instruction::Call { task, name: name.clone() });
            }
            Step::Shutdown { wait, cancel_futures } => {
                let (wait, cancel_futures) = (*wait, *cancel_futures);
                self.push(Instruction::Shutdown { wait, cancel_futures });
            }
            Step::Leave {} => {
                self.push(Instruction::Leave);
            }
            Step::Try { steps, except } => {
                let enter = self.push(Instruction::EnterTry { handlers: Vec::new() });
                self.block(steps);
                self.push(Instruction::LeaveTry);
                let mut to_end = vec![self.push(Instruction::Jump { to: 0 })];
                let mut handlers = Vec::with_capacity(except.len());
                for clause in except {
                    let (kind, name) = (clause.kind.clone(), clause.name.clone());
                    handlers.push(Handler { kind, name, at: self.code.len() });
                    self.block(&clause.steps);
                    to_end.push(self.push(Instruction::Jump { to: 0 }));
                }
                self.code[enter] = Instruction::EnterTry { handlers };
                let to = self.code.len();
                to_end.into_iter().for_each(|at| self.code[at] = Instruction::Jump { to });
            }
            Step::If { future, is, then, otherwise } => {
                let (of, what) = (future.clone(), *is);
                let test = self.push(Instruction::Test { of: of.clone(), what, otherwise: 0 });
                self.block(then);
                let to_end = self.push(Instruction::Jump { to: 0 });
                let at = self.code.len();
                self.code[test] = Instruction::Test { of, what, otherwise: at };
                self.block(otherwise);
                self.code[to_end] = Instruction::Jump { to: self.code.len() };
            }
            Step::Repeat { until_done, steps } => {
                self.push(Instruction::EnterRepeat);
                let back = self.push(Instruction::CountRound);
                self.block(steps);
                let futures = until_done.as_slice().to_vec();
                self.push(Instruction::UnlessAllDone { futures, back });
            }
        }
    }

    fn ask(&mut self, of: &str, what: Condition, name: Option<&String>) {
        self.push(Instruction::Ask { of: of.to_owned(), what, name: name.cloned() });
    }

    fn rounds(&mut self, name: &str, steps: &[Step]) {
        let name = name.to_owned();
        let next = self.push(Instruction::NextRound { name: name.clone(), exit: 0 });
        self.block(steps);
        self.push(Instruction::Jump { to: next });
        self.code[next] = Instruction::NextRound { name, exit: self.code.len() };
    }
}

/// `"ValueError: its message"` or `"ValueError"`.
fn exception(text: &str) -> Raised {
    let (kind, message) = text.split_once(':').unwrap_or((text, ""));
    Raised::new(kind.trim(), message.trim())
}
