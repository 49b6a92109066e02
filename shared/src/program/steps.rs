//! A script: what a seed's or a lesson's main thread does, step by step.
//!
//! Names live in one flat table, as in a Python function. A name that stands for nothing, or for
//! something else than is needed, raises Python's own `NameError` or `AttributeError`; exceptions
//! unwind to the nearest `try` that catches them, and else out of the `with` block, which waits
//! (rule 48), and out of the program.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::event::Work;
use crate::engine::io::{Answer, Callbacks, Command, Handle};
use crate::limits;
use crate::outcome::Raised;
use crate::program::callbacks::Callback;
use crate::program::compile::{Handler, Instruction, MapCall, PoolCallbacks};
use crate::program::item_steps::ItemsWaiting;
use crate::program::items::{Chunks, Feed, Given};
use crate::program::names::{Binding, Iterable, Names, Scope};
use crate::program::pool_steps::{PoolMap, PoolWaiting};
use crate::program::{Op, Shared};
use crate::scenario::{self, Condition, Count, ExecutorKind};
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
    /// Whose `next` was called last, as long as it has not answered.
    asked: Option<IteratorId>,
    /// `map`'s iterators that have given something and have not ended: what is left of them is
    /// cancelled when nothing speaks of them any more (rule 65).
    begun: BTreeSet<IteratorId>,
    /// A future's exception came through main: its traceback holds main's frame, and the frame its
    /// names, so that none of them goes when main ends.
    frame_is_held: bool,
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
    /// What a step over a map node's items, or a `map`, needs.
    Items(ItemsWaiting),
    /// A future of this task.
    Submitted(TaskId),
    /// An answer to be bound to a name, if there is one.
    Bound(Option<String>),
    /// A future's result, to be bound to a name, if there is one.
    Result(Option<String>),
    /// An `as_completed` iterator, for the loop that begins.
    LoopOpened,
    /// The next of the innermost loop.
    LoopNext { name: String, exit: usize },
    /// A condition's answer.
    Tested { otherwise: usize },
    /// Whether one of the futures from this place on is done; of a map node's, from this one on.
    AllDone { futures: Vec<String>, asked: (usize, usize), back: usize },
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
    /// Of an input that is a map node, the results of its items so far.
    items: Option<Vec<Value>>,
    then: Then,
}

#[derive(Debug, Clone, Hash)]
enum Then {
    Submit,
    Call(Option<String>),
    Map(Arc<MapCall>),
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
            asked: None,
            begun: BTreeSet::new(),
            frame_is_held: false,
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
        self.notice(&waiting, &answer);
        let mut flow = match (waiting, answer) {
            (Waiting::Unwinding, answer) => {
                // What leaving raises takes the place of what it was left for.
                if let Answer::Raised(raised) = answer {
                    self.raised = Some(raised);
                }
                return self.end();
            }
            (Waiting::Items(waiting), answer) if waiting.takes_exceptions() => {
                self.take_items_answer(shared, waiting, answer)
            }
            // Every exception that any other command raises unwinds from here.
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
            if let Some(iterator) = self.let_go(&shared.names) {
                return Op::Do(Command::CloseIterator { iterator });
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
        // With an exception that nobody caught, the names live until the interpreter has no more threads.
        if self.raised.is_none()
            && !self.frame_is_held
            && let Some(iterator) = self.begun.pop_first()
        {
            return Op::Do(Command::CloseIterator { iterator });
        }
        self.ended = true;
        Op::Do(Command::End { raised: self.raised.take() })
    }

    /// Notes what an answer means for what main's names hold.
    fn notice(&mut self, waiting: &Waiting, answer: &Answer) {
        if let Answer::Raised(raised) = answer
            && matches!(waiting, Waiting::Result(_) | Waiting::Inputs(_))
        {
            // These two are made anew for whoever asks.
            self.frame_is_held |= *raised != Raised::timeout() && *raised != Raised::cancelled();
        }
        let Some(iterator) = self.asked.take() else { return };
        if matches!(answer, Answer::Yield { item: Some(_), .. }) {
            self.begun.insert(iterator);
        } else {
            self.begun.remove(&iterator);
        }
    }

    /// An iterator to be closed since nothing speaks of it any more. A callback's are not looked at.
    fn let_go(&mut self, names: &Names) -> Option<IteratorId> {
        if self.begun.is_empty() || self.locals.is_some() {
            return None;
        }
        let goes_through = |iterator| {
            self.loops.iter().any(|round| matches!(round, Round::Iterator(of) if *of == iterator))
        };
        let gone = self
            .begun
            .iter()
            .copied()
            .find(|iterator| !goes_through(*iterator) && !names.speak_of(*iterator))?;
        self.begun.remove(&gone);
        Some(gone)
    }

    /// `next(iterator)` is called now.
    pub(super) fn asks(&mut self, iterator: IteratorId) {
        self.asked = Some(iterator);
    }

    fn execute(&mut self, shared: &mut Shared, instruction: Instruction) -> Found<Command> {
        match instruction {
            Instruction::Submit { task } => self.gather(shared, vec![task], Then::Submit),
            Instruction::Call { task, name } => self.gather(shared, vec![task], Then::Call(name)),
            Instruction::Map(call) => self.gather(shared, call.tasks.clone(), Then::Map(call)),
            Instruction::Next { of, timeout, name } => {
                let iterator = self.scope(shared).iterator(&of, "__next__")?;
                match timeout {
                    Some(timeout) => {
                        let command = Command::NextWithin { iterator, timeout };
                        self.waits(Waiting::Bound(name), command)
                    }
                    None => self.call_next(shared, iterator, Waiting::Bound(name)),
                }
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
                shared.feeds.remove(&iterator);
                self.begun.remove(&iterator);
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
                self.ask_all_done(shared, futures, (0, 0), back)
            }
            Instruction::Wait { of, timeout, return_when, name } => {
                let futures = self.scope(shared).futures(&of)?;
                let command = Command::Wait { futures, timeout, return_when };
                self.waits(Waiting::Bound(name), command)
            }
            Instruction::Result { of, timeout, name } => {
                let future = self.scope(shared).future(&of, "result")?;
                self.waits(Waiting::Result(name), Command::Result { future, timeout })
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
                let mut futures = self.scope(shared).callees(&of, "add_done_callback")?;
                futures.reverse();
                let does = |(future, task)| (future, Callback::Script { task, code: code.clone() });
                self.add_callbacks(shared, futures.into_iter().map(does).collect())
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

    pub(super) fn take_answer(
        &mut self,
        shared: &mut Shared,
        waiting: Waiting,
        answer: Answer,
    ) -> Found<Command> {
        match (waiting, answer) {
            (Waiting::Inputs(mut gathering), Answer::Value(value)) => {
                match &mut gathering.items {
                    Some(items) => items.push(value),
                    None => gathering.inputs().push(value),
                }
                self.go_on_gathering(shared, gathering)
            }
            (Waiting::Items(waiting), answer) => self.take_items_answer(shared, waiting, answer),
            (Waiting::Pool(waiting), answer) => self.take_pools_answer(shared, waiting, answer),
            (Waiting::Submitted(task), Answer::Future(future)) => {
                // Futures are kept where every lane finds them.
                let id = shared.plan.task(task).id.clone();
                shared.names.bind(id.clone(), Binding::Future(future, id));
                Err(Flow::Next)
            }
            (Waiting::Bound(name) | Waiting::Result(name), answer) => {
                self.bind(shared, name, answer)
            }
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
                    return self.ask_all_done(shared, futures, (asked.0, asked.1 + 1), back);
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
        self.go_on_gathering(
            shared,
            Gathering { tasks, values: vec![Vec::new()], items: None, then },
        )
    }

    fn go_on_gathering(&mut self, shared: &mut Shared, mut gathering: Gathering) -> Found<Command> {
        while let Some(task) = gathering.tasks.get(gathering.values.len() - 1) {
            let inputs = &shared.plan.task(*task).inputs;
            let Some(input) = inputs.get(gathering.inputs().len()) else {
                gathering.values.push(Vec::new());
                continue;
            };
            let name = &shared.plan.task(*input).id;
            let scope = self.scope(shared);
            let future = match scope.binding(name)? {
                // The value of a map node is the list of its items' results.
                Binding::Futures(_, futures) => {
                    let items = gathering.items.get_or_insert_default();
                    match futures.get(items.len()) {
                        Some(future) => *future,
                        None => {
                            let list = gathering.items.take().unwrap_or_default();
                            gathering.inputs().push(Value::List(list));
                            continue;
                        }
                    }
                }
                _ => scope.future(name, "result")?,
            };
            return self
                .waits(Waiting::Inputs(gathering), Command::Result { future, timeout: None });
        }
        self.use_gathered(shared, gathering)
    }

    fn use_gathered(&mut self, shared: &mut Shared, gathering: Gathering) -> Found<Command> {
        let Gathering { tasks, values, then, .. } = gathering;
        let mut given = tasks.into_iter().zip(values.into_iter().map(Arc::from));
        let mut one = || -> Given { given.next().expect("one task is used") };
        match then {
            Then::Submit => {
                let (task, inputs) = one();
                if shared.plan.task(task).items.is_some() {
                    return self.submit_node(shared, (task, inputs));
                }
                let (work, callbacks) = (Work::task(task), Callbacks::default());
                let command = Command::Submit { work, inputs, map: None, callbacks };
                self.waits(Waiting::Submitted(task), command)
            }
            Then::Call(name) => {
                let (task, inputs) = one();
                if shared.plan.task(task).items == Some(Count::Finite(0)) {
                    return self.bind(shared, name, Answer::Value(Value::List(Vec::new())));
                }
                self.waits(Waiting::Bound(name), Command::CallDirectly { task, inputs })
            }
            Then::Map(call) => {
                let chunks = Chunks::new(given.collect(), call.chunksize);
                let feed = Feed::new(chunks, call.buffersize);
                let waiting = ItemsWaiting::MapOpened { feed, name: call.name.clone() };
                self.waits(Waiting::Items(waiting), Command::OpenMap { timeout: call.timeout })
            }
            Then::Apply(name) => {
                let given = one();
                self.apply(shared, given, PoolWaiting::Applied(name), None)
            }
            Then::ApplyAsync(callbacks) => {
                let given = one();
                let waiting = PoolWaiting::Async(given.0);
                self.apply(shared, given, waiting, Some(&callbacks))
            }
            Then::PoolMap(job) => self.open_job(shared, given.collect(), job),
            Then::Imap { name, chunksize, unordered } => {
                let mut chunks = Chunks::new(given.collect(), chunksize);
                let next = || {
                    let chunk = chunks.next(&shared.plan)?;
                    Some((Work::Tasks(chunk.parts), chunk.inputs))
                };
                let calls = std::iter::from_fn(next).collect();
                let command = Command::OpenImap { unordered, chunked: chunksize > 1, calls };
                self.waits(Waiting::Pool(PoolWaiting::ImapOpened(name)), command)
            }
        }
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
                let iterator = *iterator;
                self.call_next(shared, iterator, Waiting::LoopNext { name, exit })
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
        mut asked: (usize, usize),
        back: usize,
    ) -> Found<Command> {
        while let Some(name) = futures.get(asked.0) {
            let done = match self.scope(shared).binding(name)? {
                Binding::Futures(_, of_items) => {
                    of_items.get(asked.1).map(|future| Command::Done { future: *future })
                }
                _ if asked.1 > 0 => None,
                _ => {
                    let what = match shared.plan.kind() {
                        ExecutorKind::Pool => Condition::Ready,
                        _ => Condition::Done,
                    };
                    Some(self.question(shared, name, what)?)
                }
            };
            match done {
                Some(command) => {
                    return self.waits(Waiting::AllDone { futures, asked, back }, command);
                }
                None => asked = (asked.0 + 1, 0),
            }
        }
        self.loops.pop();
        Err(Flow::Next)
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

impl Gathering {
    /// The values of the inputs of the task that is looked at.
    fn inputs(&mut self) -> &mut Vec<Value> {
        self.values.last_mut().expect("there is a list for each task, and one more")
    }
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
