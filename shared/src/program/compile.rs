//! Steps as flat code with jumps: what makes a script that can stop at every command and go on.

use std::sync::Arc;

use crate::engine::io::ReturnWhen;
use crate::outcome::Raised;
use crate::program::callbacks::CallbackCode;
use crate::scenario::{Callback, Condition, ExecutorKind, Names, Plan, Step};
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
    /// Pool's `apply`.
    Apply { task: TaskId, name: Option<String> },
    /// Pool's `apply_async`.
    ApplyAsync { task: TaskId, callbacks: Arc<PoolCallbacks> },
    /// Pool's `map`, `starmap` and `map_async`.
    PoolMap {
        tasks: Vec<TaskId>,
        name: String,
        chunksize: Option<usize>,
        /// Whether it comes back only with the list.
        waits: bool,
        callbacks: Arc<PoolCallbacks>,
    },
    /// Pool's `imap` and `imap_unordered`.
    Imap { tasks: Vec<TaskId>, name: String, chunksize: usize, unordered: bool },
    /// `name = result.get(timeout)`.
    Get { of: String, timeout: Option<Span>, name: Option<String> },
    /// `pool.close()`.
    ClosePool,
    /// `pool.terminate()`.
    Terminate,
    /// `pool.join()`.
    Join,
    /// `executor.terminate_workers()` or `executor.kill_workers()`.
    StopWorkers { kill: bool },
    /// `name = repr(future)`.
    Repr { of: String, name: String },
    /// `raise …`.
    Raise { raised: Raised },
    /// `name = next(of)`.
    Next { of: String, timeout: Option<Span>, name: Option<String> },
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
    AddCallback { of: String, code: CallbackCode },
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

/// The callbacks of a method of Pool's.
#[derive(Debug, Clone, Default, Hash)]
pub struct PoolCallbacks {
    /// `callback`.
    pub value: Option<CallbackCode>,
    /// `error_callback`.
    pub error: Option<CallbackCode>,
}

impl Instruction {
    /// Whether it can keep its lane waiting.
    pub fn may_wait(&self) -> bool {
        match self {
            Self::Print { .. } | Self::Raise { .. } | Self::Jump { .. } => false,
            Self::EnterTry { .. } | Self::LeaveTry | Self::Repr { .. } => false,
            Self::Ask { what, .. } | Self::Test { what, .. } => *what == Condition::Failed,
            // A submit can have inputs, which are waited for; the others wait by themselves, or ask the
            // lane to cancel others, with callbacks of their own.
            _ => true,
        }
    }
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
            Step::Map { tasks, name, chunksize, .. } if self.plan.kind() == ExecutorKind::Pool => {
                self.pool_map(tasks, name, *chunksize, true, (None, None));
            }
            Step::Map { tasks, name, chunksize, timeout, buffersize } => {
                let tasks = tasks.iter().map(|name| self.task(name)).collect();
                // Rule 67: threads ignore it.
                let chunksize = match self.plan.kind() {
                    ExecutorKind::Threads | ExecutorKind::Interpreters => 1,
                    ExecutorKind::Processes | ExecutorKind::Pool => chunksize.unwrap_or(1) as usize,
                };
                let (name, timeout) = (name.clone(), self.span(*timeout));
                // What is no number above 0, `check` has refused.
                let buffersize = buffersize.and_then(|buffersize| usize::try_from(buffersize).ok());
                let call = MapCall { tasks, name, chunksize, buffersize, timeout };
                self.push(Instruction::Map(Arc::new(call)));
            }
            Step::Next { of, timeout, name } => {
                let timeout = self.span(*timeout);
                self.push(Instruction::Next { of: of.clone(), timeout, name: name.clone() });
            }
            Step::Close { of: Some(of) } => {
                self.push(Instruction::Close { of: of.clone() });
            }
            Step::Close { of: None } => {
                self.push(Instruction::ClosePool);
            }
            Step::Apply { task, name } => {
                let (task, name) = (self.task(task), name.clone());
                self.push(Instruction::Apply { task, name });
            }
            Step::ApplyAsync { task, callback, error_callback } => {
                let callbacks = self.callbacks(callback.as_ref(), error_callback.as_ref());
                for name in task.as_slice() {
                    let (task, callbacks) = (self.task(name), callbacks.clone());
                    self.push(Instruction::ApplyAsync { task, callbacks });
                }
            }
            Step::Starmap { tasks, name, chunksize } => {
                self.pool_map(tasks, name, *chunksize, true, (None, None));
            }
            Step::MapAsync { tasks, name, chunksize, callback, error_callback } => {
                let callbacks = (callback.as_ref(), error_callback.as_ref());
                self.pool_map(tasks, name, *chunksize, false, callbacks);
            }
            Step::Imap { tasks, name, chunksize } => self.imap(tasks, name, *chunksize, false),
            Step::ImapUnordered { tasks, name, chunksize } => {
                self.imap(tasks, name, *chunksize, true);
            }
            Step::Ready { of, name } => self.ask(of, Condition::Ready, name.as_ref()),
            Step::Successful { of, name } => self.ask(of, Condition::Successful, name.as_ref()),
            Step::Get { of, timeout, name } => {
                let timeout = self.span(*timeout);
                self.push(Instruction::Get { of: of.clone(), timeout, name: name.clone() });
            }
            Step::Terminate {} => {
                self.push(Instruction::Terminate);
            }
            Step::Join {} => {
                self.push(Instruction::Join);
            }
            Step::TerminateWorkers {} => {
                self.push(Instruction::StopWorkers { kill: false });
            }
            Step::KillWorkers {} => {
                self.push(Instruction::StopWorkers { kill: true });
            }
            Step::Repr { of, name } => {
                self.push(Instruction::Repr { of: of.clone(), name: name.clone() });
            }
            Step::Raise { error } => {
                self.push(Instruction::Raise { raised: exception(error) });
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
            // Pool's results are waited for one by one, each for its own `timeout`.
            Step::Wait { of, timeout, return_when, .. }
                if self.plan.kind() == ExecutorKind::Pool =>
            {
                for name in of.as_slice() {
                    self.push(Instruction::Wait {
                        of: vec![name.clone()],
                        timeout: self.span(*timeout),
                        return_when: *return_when,
                        name: None,
                    });
                }
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
            Step::AddDoneCallback { of, print, steps, raise } => {
                let code = self.callback(print.as_ref(), steps, raise.as_deref());
                for of in of.as_slice() {
                    let (of, code) = (of.clone(), code.clone());
                    self.push(Instruction::AddCallback { of, code });
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

    /// What a callback does, as code of its own.
    fn callback(
        &self,
        print: Option<&String>,
        steps: &[Step],
        raise: Option<&str>,
    ) -> CallbackCode {
        let mut compiler = Compiler { plan: self.plan, code: Vec::new() };
        if let Some(text) = print {
            compiler.push(Instruction::Print { text: text.clone() });
        }
        compiler.block(steps);
        if let Some(error) = raise {
            compiler.push(Instruction::Raise { raised: exception(error) });
        }
        let tells = |instruction: &Instruction| match instruction {
            Instruction::Print { text } => text.contains("{outcome"),
            _ => false,
        };
        // One that says what it does in a line or an exception looks at its future first.
        let asks = print.is_some() || raise.is_some() || compiler.code.iter().any(tells);
        CallbackCode { code: compiler.code.into(), asks }
    }

    fn callbacks(&self, value: Option<&Callback>, error: Option<&Callback>) -> Arc<PoolCallbacks> {
        let code = |callback: &Callback| {
            self.callback(callback.print.as_ref(), &callback.steps, callback.raise.as_deref())
        };
        Arc::new(PoolCallbacks { value: value.map(code), error: error.map(code) })
    }

    fn pool_map(
        &mut self,
        tasks: &[String],
        name: &str,
        chunksize: Option<u32>,
        waits: bool,
        (value, error): (Option<&Callback>, Option<&Callback>),
    ) {
        let tasks = tasks.iter().map(|name| self.task(name)).collect();
        let chunksize = chunksize.map(|chunksize| chunksize as usize);
        let (name, callbacks) = (name.to_owned(), self.callbacks(value, error));
        self.push(Instruction::PoolMap { tasks, name, chunksize, waits, callbacks });
    }

    fn imap(&mut self, tasks: &[String], name: &str, chunksize: Option<u32>, unordered: bool) {
        let tasks = tasks.iter().map(|name| self.task(name)).collect();
        let (name, chunksize) = (name.to_owned(), chunksize.unwrap_or(1) as usize);
        self.push(Instruction::Imap { tasks, name, chunksize, unordered });
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
