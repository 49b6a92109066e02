//! A script: what a seed's or a lesson's main thread does, step by step.
//!
//! Names live in one flat table, as in a Python function. A name that stands for nothing, or for
//! something else than is needed, raises Python's own `NameError` or `AttributeError`; exceptions
//! unwind to the nearest `try` that catches them, and else out of the `with` block, which waits
//! (rule 48), and out of the program.

use std::sync::Arc;

use crate::engine::io::{Answer, Callbacks, Command, Handle};
use crate::limits;
use crate::outcome::Raised;
use crate::program::callbacks::Callback;
use crate::program::compile::{Handler, Instruction, PoolCallbacks};
use crate::program::names::{Binding, Iterable, Names, Scope};
use crate::program::pool_steps::{PoolMap, PoolWaiting};
use crate::program::{Op, Shared, parts};
use crate::scenario::{self, Condition, ExecutorKind};
use crate::units::{IteratorId, TaskId};
use crate::value::Value;

/// A script at work.
#[derive(Debug, Clone, Hash)]
pub struct Script {
    code: Arc<[Instruction]>,
    at: usize,
    /// A callback's own names; main's are everybody's.
    locals: Option<Names>,
    loops: Vec<Round>,
    tries: Vec<Guard>,
    waiting: Waiting,
    in_block: bool,
    /// Instructions so far.
    executed: u32,
    /// The exception that nobody caught, on its way out.
    raised: Option<Raised>,
    ended: bool,
}

/// A loop at work.
#[derive(Debug, Clone, Hash)]
enum Round {
    /// Over `map` or `as_completed`.
    Iterator(IteratorId),
    /// Over these; the last is next.
    Bindings(Vec<Binding>),
    /// `while True`, with the number of rounds begun.
    Counted(u32),
}

#[derive(Debug, Clone, Hash)]
struct Guard {
    handlers: Vec<Handler>,
    loops: usize,
}

/// What the answer that comes next is for.
#[derive(Debug, Clone, Hash)]
pub enum Waiting {
    /// Nothing in particular: go on unless it is an exception.
    Nothing,
    /// The inputs of these tasks, one result after the other, before they are used.
    Inputs(Gathering),
    /// The iterator of a `map` whose calls are then submitted.
    MapOpened { chunks: Vec<(Vec<TaskId>, Vec<Value>)>, name: String },
    /// The futures of a `map`'s calls.
    MapSubmits { chunks: Vec<(Vec<TaskId>, Vec<Value>)>, name: String, iterator: IteratorId },
    /// A future of this task.
    Submitted(TaskId),
    /// An answer to be bound to a name, if there is one.
    Bound(Option<String>),
    /// An `as_completed` iterator, for the loop that begins.
    LoopOpened,
    /// The next of the innermost loop.
    LoopNext { name: String, exit: usize },
    /// A condition's answer.
    Tested { otherwise: usize },
    /// Whether one of the futures from this place on is done.
    AllDone { futures: Vec<String>, asked: usize, back: usize },
    /// What a method of Pool's needs.
    Pool(PoolWaiting),
    /// Leaving the block with an exception.
    Unwinding,
}

/// Results that are asked for before tasks can be used.
#[derive(Debug, Clone, Hash)]
pub struct Gathering {
    tasks: Vec<TaskId>,
    /// For each task so far, its inputs' values so far.
    values: Vec<Vec<Value>>,
    then: Then,
}

#[derive(Debug, Clone, Hash)]
enum Then {
    Submit,
    Call(Option<String>),
    Map { name: String, chunksize: usize, timeout: Option<crate::units::Span> },
    Apply(Option<String>),
    ApplyAsync(Arc<PoolCallbacks>),
    PoolMap(PoolMap),
    Imap { name: String, chunksize: usize, unordered: bool },
}

/// Why an instruction did not lead to a command.
pub enum Flow {
    /// Go on with the next one.
    Next,
    /// It raised.
    Raise(Raised),
}

pub type Found<T> = Result<T, Flow>;

impl From<Raised> for Flow {
    fn from(raised: Raised) -> Self {
        Self::Raise(raised)
    }
}

impl Script {
    /// Main's, before its first command.
    pub fn main(code: Arc<[Instruction]>, with_block: bool) -> Self {
        Self::new(code, None, with_block)
    }

    /// A callback's, before its first command.
    pub fn callback(code: Arc<[Instruction]>, locals: Names) -> Self {
        Self::new(code, Some(locals), false)
    }

    fn new(code: Arc<[Instruction]>, locals: Option<Names>, with_block: bool) -> Self {
        Self {
            code,
            at: 0,
            locals,
            loops: Vec::new(),
            tries: Vec::new(),
            waiting: Waiting::Nothing,
            in_block: with_block,
            executed: 0,
            raised: None,
            ended: false,
        }
    }

    /// What main does next.
    pub fn resume(&mut self, shared: &mut Shared, answer: Answer) -> Op {
        if self.ended {
            return Op::Ended;
        }
        let waiting = std::mem::replace(&mut self.waiting, Waiting::Nothing);
        let mut flow = match (waiting, answer) {
            (Waiting::Unwinding, _) => return self.end(),
            // Every exception that a command raises unwinds from here.
            (_, Answer::Raised(raised) | Answer::YieldRaised { raised, .. }) => {
                Err(Flow::Raise(raised))
            }
            (waiting, answer) => self.take_answer(shared, waiting, answer),
        };
        loop {
            match flow {
                Ok(command) => return Op::Do(command),
                Err(Flow::Raise(raised)) if !self.catch(shared, &raised) => {
                    return self.fall(raised);
                }
                Err(Flow::Raise(_) | Flow::Next) => {}
            }
            let Some(instruction) = self.code.get(self.at).cloned() else {
                return self.end();
            };
            self.at += 1;
            self.executed += 1;
            flow = if self.executed > limits::INSTRUCTIONS {
                // Nothing catches it: what stands in the program is over.
                self.tries.clear();
                Err(Flow::Raise(too_much()))
            } else {
                self.execute(shared, instruction)
            };
        }
    }

    /// Finds the nearest `except` clause for it, and goes there.
    fn catch(&mut self, shared: &mut Shared, raised: &Raised) -> bool {
        while let Some(guard) = self.tries.pop() {
            self.loops.truncate(guard.loops);
            if let Some(handler) = guard.handlers.iter().find(|h| raised.is_a(&h.kind)) {
                if let Some(name) = &handler.name {
                    self.define(shared, name.clone(), Binding::Exception(raised.clone()));
                }
                self.at = handler.at;
                return true;
            }
        }
        false
    }

    /// Nobody caught it: out of the block, then out of the program.
    fn fall(&mut self, raised: Raised) -> Op {
        if self.locals.is_some() {
            return Op::CallbackEnded { raised: Some(raised) };
        }
        self.raised = Some(raised);
        if std::mem::take(&mut self.in_block) {
            self.waiting = Waiting::Unwinding;
            return Op::Do(Command::Leave);
        }
        self.end()
    }

    fn end(&mut self) -> Op {
        if self.locals.is_some() {
            return Op::CallbackEnded { raised: None };
        }
        if std::mem::take(&mut self.in_block) {
            return Op::Do(Command::Leave);
        }
        self.ended = true;
        Op::Do(Command::End { raised: self.raised.take() })
    }

    fn execute(&mut self, shared: &mut Shared, instruction: Instruction) -> Found<Command> {
        match instruction {
            Instruction::Submit { task } => self.gather(shared, vec![task], Then::Submit),
            Instruction::Call { task, name } => self.gather(shared, vec![task], Then::Call(name)),
            Instruction::Map { tasks, name, chunksize, timeout } => {
                self.gather(shared, tasks, Then::Map { name, chunksize, timeout })
            }
            Instruction::Next { of, timeout, name } => {
                let iterator = self.scope(shared).iterator(&of, "__next__")?;
                let command = match timeout {
                    Some(timeout) => Command::NextWithin { iterator, timeout },
                    None => Command::Next { iterator, choice: 0 },
                };
                self.waits(Waiting::Bound(name), command)
            }
            Instruction::Apply { task, name } => self.gather(shared, vec![task], Then::Apply(name)),
            Instruction::ApplyAsync { task, callbacks } => {
                self.gather(shared, vec![task], Then::ApplyAsync(callbacks))
            }
            Instruction::PoolMap { tasks, name, chunksize, waits, callbacks } => {
                let job = PoolMap { name, chunksize, waits, callbacks };
                self.gather(shared, tasks, Then::PoolMap(job))
            }
            Instruction::Imap { tasks, name, chunksize, unordered } => {
                self.gather(shared, tasks, Then::Imap { name, chunksize, unordered })
            }
            Instruction::Get { of, timeout, name } => {
                let command = match self.scope(shared).handle(&of, "get")? {
                    Handle::Future(future) => Command::Result { future, timeout },
                    Handle::Job(job) => Command::GetJob { job, timeout },
                };
                self.waits(Waiting::Bound(name), command)
            }
            Instruction::ClosePool => Ok(Command::ClosePool),
            Instruction::Terminate => Ok(Command::TerminatePool),
            Instruction::Join => Ok(Command::JoinPool),
            Instruction::StopWorkers { kill } => Ok(Command::StopWorkers { kill }),
            Instruction::Repr { of, name } => {
                let future = self.scope(shared).future(&of, "__repr__")?;
                self.waits(Waiting::Bound(Some(name)), Command::Repr { future })
            }
            Instruction::Raise { raised } => Err(Flow::Raise(raised)),
            Instruction::Close { of } => {
                let iterator = self.scope(shared).iterator(&of, "close")?;
                Ok(Command::CloseIterator { iterator })
            }
            Instruction::EnterFor { over } => self.enter_for(shared, &over),
            Instruction::EnterCompleted { of, timeout } => {
                let futures = self.scope(shared).futures(&of)?;
                self.waits(Waiting::LoopOpened, Command::OpenCompleted { futures, timeout })
            }
            Instruction::NextRound { name, exit } => self.next_round(shared, name, exit),
            Instruction::EnterRepeat => {
                self.loops.push(Round::Counted(0));
                Err(Flow::Next)
            }
            Instruction::CountRound => self.count_round(),
            Instruction::UnlessAllDone { futures, back } => {
                self.ask_all_done(shared, futures, 0, back)
            }
            Instruction::Wait { of, timeout, return_when, name } => {
                let futures = self.scope(shared).futures(&of)?;
                let command = Command::Wait { futures, timeout, return_when };
                self.waits(Waiting::Bound(name), command)
            }
            Instruction::Result { of, timeout, name } => {
                let future = self.scope(shared).future(&of, "result")?;
                self.waits(Waiting::Bound(name), Command::Result { future, timeout })
            }
            Instruction::Exception { of, timeout, name } => {
                let future = self.scope(shared).future(&of, "exception")?;
                self.waits(Waiting::Bound(name), Command::Exception { future, timeout })
            }
            Instruction::Ask { of, what, name } => {
                let command = self.question(shared, &of, what)?;
                self.waits(Waiting::Bound(name), command)
            }
            Instruction::Test { of, what, otherwise } => {
                let command = self.question(shared, &of, what)?;
                self.waits(Waiting::Tested { otherwise }, command)
            }
            Instruction::Cancel { of, name } => {
                let future = self.scope(shared).future(&of, "cancel")?;
                self.waits(Waiting::Bound(name), Command::Cancel { future })
            }
            Instruction::AddCallback { of, code } => {
                let future = self.scope(shared).future(&of, "add_done_callback")?;
                let task = self.scope(shared).text_of(&of)?;
                let callback = shared.register(Callback::Script { task, code });
                Ok(Command::AddCallback { future, callback })
            }
            Instruction::Sleep { span } => Ok(Command::Sleep { span }),
            Instruction::Print { text } => {
                Ok(Command::Print { text: self.scope(shared).render(&text)? })
            }
            Instruction::Shutdown { wait, cancel_futures } => {
                Ok(Command::Shutdown { wait, cancel_futures })
            }
            Instruction::Leave => {
                self.in_block = false;
                Ok(Command::Leave)
            }
            Instruction::EnterTry { handlers } => {
                self.tries.push(Guard { handlers, loops: self.loops.len() });
                Err(Flow::Next)
            }
            Instruction::LeaveTry => {
                self.tries.pop();
                Err(Flow::Next)
            }
            Instruction::Jump { to } => {
                self.at = to;
                Err(Flow::Next)
            }
        }
    }

    /// The names that this script sees.
    pub(super) fn scope<'a>(&'a self, shared: &'a Shared) -> Scope<'a> {
        Scope { locals: self.locals.as_ref(), globals: &shared.names }
    }

    /// `name = …`: in a callback, a name of its own.
    pub(super) fn define(&mut self, shared: &mut Shared, name: String, binding: Binding) {
        self.locals.as_mut().unwrap_or(&mut shared.names).bind(name, binding);
    }

    #[allow(clippy::unnecessary_wraps)] // the shape of what `execute` gives back
    pub(super) fn waits(&mut self, waiting: Waiting, command: Command) -> Found<Command> {
        self.waiting = waiting;
        Ok(command)
    }

    fn take_answer(
        &mut self,
        shared: &mut Shared,
        waiting: Waiting,
        answer: Answer,
    ) -> Found<Command> {
        match (waiting, answer) {
            (Waiting::Inputs(mut gathering), Answer::Value(value)) => {
                gathering.values.last_mut().expect("an input was asked for").push(value);
                self.go_on_gathering(shared, gathering)
            }
            (Waiting::MapOpened { chunks, name }, Answer::Iterator(iterator)) => {
                self.submit_chunk(shared, chunks, name, iterator)
            }
            (Waiting::MapSubmits { chunks, name, iterator }, Answer::Future(_)) => {
                self.submit_chunk(shared, chunks, name, iterator)
            }
            (Waiting::Pool(waiting), answer) => self.take_pools_answer(shared, waiting, answer),
            (Waiting::Submitted(task), Answer::Future(future)) => {
                // Futures are kept where every lane finds them.
                let id = shared.plan.task(task).id.clone();
                shared.names.bind(id.clone(), Binding::Future(future, id));
                Err(Flow::Next)
            }
            (Waiting::Bound(name), answer) => self.bind(shared, name, answer),
            (Waiting::LoopOpened, Answer::Iterator(iterator)) => {
                self.loops.push(Round::Iterator(iterator));
                Err(Flow::Next)
            }
            (Waiting::LoopNext { name, .. }, Answer::Yield { future, item, .. }) => {
                let binding = match item {
                    Some((_, value)) => Binding::Value(value),
                    None => self.scope(shared).binding_of(future),
                };
                self.define(shared, name, binding);
                Err(Flow::Next)
            }
            (Waiting::LoopNext { exit, .. }, Answer::Exhausted) => {
                self.loops.pop();
                self.at = exit;
                Err(Flow::Next)
            }
            (Waiting::Tested { otherwise }, answer) => {
                if !holds(&answer) {
                    self.at = otherwise;
                }
                Err(Flow::Next)
            }
            (Waiting::AllDone { futures, asked, back }, answer) => {
                if holds(&answer) {
                    return self.ask_all_done(shared, futures, asked + 1, back);
                }
                self.at = back;
                Err(Flow::Next)
            }
            (Waiting::Nothing, _) => Err(Flow::Next),
            (waiting, answer) => unreachable!("{answer:?} does not answer {waiting:?}"),
        }
    }

    /// Python evaluates arguments before the call: the result of each input, in order.
    fn gather(&mut self, shared: &mut Shared, tasks: Vec<TaskId>, then: Then) -> Found<Command> {
        self.go_on_gathering(shared, Gathering { tasks, values: vec![Vec::new()], then })
    }

    fn go_on_gathering(&mut self, shared: &mut Shared, mut gathering: Gathering) -> Found<Command> {
        while let Some(task) = gathering.tasks.get(gathering.values.len() - 1) {
            let inputs = &shared.plan.task(*task).inputs;
            let have = gathering.values.last().map_or(0, Vec::len);
            if let Some(input) = inputs.get(have) {
                let future = self.scope(shared).future(&shared.plan.task(*input).id, "result")?;
                let command = Command::Result { future, timeout: None };
                return self.waits(Waiting::Inputs(gathering), command);
            }
            gathering.values.push(Vec::new());
        }
        self.use_gathered(shared, gathering)
    }

    fn use_gathered(&mut self, shared: &mut Shared, gathering: Gathering) -> Found<Command> {
        let Gathering { tasks, mut values, then } = gathering;
        values.truncate(tasks.len());
        match then {
            Then::Submit => {
                let (task, inputs) = (tasks[0], values.swap_remove(0));
                let (work, callbacks) = (parts(&tasks), Callbacks::default());
                let command = Command::Submit { work, inputs, map: None, callbacks };
                self.waits(Waiting::Submitted(task), command)
            }
            Then::Call(name) => {
                let command =
                    Command::CallDirectly { task: tasks[0], inputs: values.swap_remove(0) };
                self.waits(Waiting::Bound(name), command)
            }
            Then::Map { name, chunksize, timeout } => {
                let chunks = chunks_of(&tasks, &values, chunksize);
                self.waits(Waiting::MapOpened { chunks, name }, Command::OpenMap { timeout })
            }
            Then::Apply(name) => {
                let waiting = PoolWaiting::Applied(name);
                self.apply(shared, (tasks[0], values.swap_remove(0)), waiting, None)
            }
            Then::ApplyAsync(callbacks) => {
                let (task, inputs) = (tasks[0], values.swap_remove(0));
                self.apply(shared, (task, inputs), PoolWaiting::Async(task), Some(&callbacks))
            }
            Then::PoolMap(job) => self.open_job(shared, &tasks, &values, job),
            Then::Imap { name, chunksize, unordered } => {
                let mut chunks = chunks_of(&tasks, &values, chunksize);
                chunks.reverse();
                let call = |(tasks, inputs): (Vec<TaskId>, _)| (parts(&tasks), inputs);
                let calls = chunks.into_iter().map(call).collect();
                let command = Command::OpenImap { unordered, chunked: chunksize > 1, calls };
                self.waits(Waiting::Pool(PoolWaiting::ImapOpened(name)), command)
            }
        }
    }

    /// The next call of a `map`; its chunks are kept in reverse, so that the next is the last.
    fn submit_chunk(
        &mut self,
        shared: &mut Shared,
        mut chunks: Vec<(Vec<TaskId>, Vec<Value>)>,
        name: String,
        iterator: IteratorId,
    ) -> Found<Command> {
        let Some((tasks, inputs)) = chunks.pop() else {
            // Only now has `map` returned, and the name a value.
            self.define(shared, name, Binding::Iterator(iterator));
            return Err(Flow::Next);
        };
        let (work, callbacks) = (parts(&tasks), Callbacks::default());
        let command = Command::Submit { work, inputs, map: Some(iterator), callbacks };
        self.waits(Waiting::MapSubmits { chunks, name, iterator }, command)
    }

    fn enter_for(&mut self, shared: &Shared, over: &scenario::Names) -> Found<Command> {
        let iterable = match over {
            scenario::Names::One(name) => self.scope(shared).iterable(name)?,
            scenario::Names::Many(names) => {
                let bindings = names.iter().map(|name| self.scope(shared).binding(name).cloned());
                Iterable::Bindings(bindings.collect::<Result<_, _>>()?)
            }
        };
        self.loops.push(match iterable {
            Iterable::Iterator(iterator) => Round::Iterator(iterator),
            Iterable::Bindings(mut bindings) => {
                bindings.reverse();
                Round::Bindings(bindings)
            }
        });
        Err(Flow::Next)
    }

    fn next_round(&mut self, shared: &mut Shared, name: String, exit: usize) -> Found<Command> {
        match self.loops.last_mut().expect("a round is in a loop") {
            Round::Iterator(iterator) => {
                let command = Command::Next { iterator: *iterator, choice: 0 };
                self.waits(Waiting::LoopNext { name, exit }, command)
            }
            Round::Bindings(left) => {
                match left.pop() {
                    Some(binding) => self.define(shared, name, binding),
                    None => {
                        self.loops.pop();
                        self.at = exit;
                    }
                }
                Err(Flow::Next)
            }
            Round::Counted(_) => unreachable!("repeat has no next"),
        }
    }

    fn count_round(&mut self) -> Found<Command> {
        let Some(Round::Counted(rounds)) = self.loops.last_mut() else {
            unreachable!("only repeat counts its rounds");
        };
        *rounds += 1;
        if *rounds > limits::ROUNDS {
            let text = format!("Futurescope ends a repeat after {} rounds", limits::ROUNDS);
            return Err(Flow::Raise(Raised::new("RuntimeError", text)));
        }
        Err(Flow::Next)
    }

    /// `all(future.done() for future in futures)`: it stops at the first that is not.
    fn ask_all_done(
        &mut self,
        shared: &Shared,
        futures: Vec<String>,
        asked: usize,
        back: usize,
    ) -> Found<Command> {
        let Some(name) = futures.get(asked) else {
            self.loops.pop();
            return Err(Flow::Next);
        };
        let command = self.question(
            shared,
            name,
            match shared.plan.kind() {
                ExecutorKind::Pool => Condition::Ready,
                _ => Condition::Done,
            },
        )?;
        self.waits(Waiting::AllDone { futures, asked, back }, command)
    }

    fn question(&self, shared: &Shared, of: &str, what: Condition) -> Found<Command> {
        let scope = self.scope(shared);
        Ok(match what {
            Condition::Done => Command::Done { future: scope.future(of, "done")? },
            Condition::Running => Command::Running { future: scope.future(of, "running")? },
            Condition::Cancelled => Command::Cancelled { future: scope.future(of, "cancelled")? },
            Condition::Failed => {
                Command::Exception { future: scope.future(of, "exception")?, timeout: None }
            }
            Condition::Ready => Command::Ready { of: scope.handle(of, "ready")? },
            Condition::Successful => Command::Successful { of: scope.handle(of, "successful")? },
        })
    }

    pub(super) fn bind(
        &mut self,
        shared: &mut Shared,
        name: Option<String>,
        answer: Answer,
    ) -> Found<Command> {
        let binding = match answer {
            Answer::Value(value) | Answer::Yield { item: Some((_, value)), .. } => {
                Binding::Value(value)
            }
            Answer::Yield { future, item: None, .. } => self.scope(shared).binding_of(future),
            Answer::Bool(yes) => Binding::Value(Value::Bool(yes)),
            Answer::Exception(Some(raised)) => Binding::Exception(raised),
            Answer::Exception(None) | Answer::Nothing => Binding::Value(Value::None),
            Answer::Sets { done, not_done } => {
                let scope = self.scope(shared);
                Binding::Sets(scope.names_of(&done), scope.names_of(&not_done))
            }
            Answer::Exhausted => {
                return Err(Flow::Raise(Raised::new("StopIteration", "")));
            }
            answer => unreachable!("{answer:?} cannot be bound"),
        };
        if let Some(name) = name {
            self.define(shared, name, binding);
        }
        Err(Flow::Next)
    }
}

/// These tasks and their inputs' values in chunks, the last first.
pub(super) fn chunks_of(
    tasks: &[TaskId],
    values: &[Vec<Value>],
    chunksize: usize,
) -> Vec<(Vec<TaskId>, Vec<Value>)> {
    let chunks = tasks.chunks(chunksize).zip(values.chunks(chunksize));
    chunks.map(|(tasks, values)| (tasks.to_vec(), values.concat())).rev().collect()
}

/// What a program raises that does more than any may.
fn too_much() -> Raised {
    let text = format!("Futurescope ends a program after {} steps", limits::INSTRUCTIONS);
    Raised::new("RuntimeError", text)
}

fn holds(answer: &Answer) -> bool {
    match answer {
        Answer::Bool(yes) => *yes,
        Answer::Exception(raised) => raised.is_some(),
        answer => unreachable!("{answer:?} is no condition"),
    }
}

/// How a script's callback tells what came of its future.
pub fn outcome_text(answer: &Answer) -> String {
    match answer {
        Answer::Value(value) => value.str(),
        Answer::Raised(raised) if raised.kind == "CancelledError" => "cancelled".to_owned(),
        Answer::Raised(raised) => raised.to_string(),
        answer => unreachable!("{answer:?} is no outcome"),
    }
}
