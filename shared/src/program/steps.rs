//! A script: what a seed's or a lesson's main thread does, step by step.
//!
//! Names live in one flat table, as in a Python function. A name that stands for nothing, or for
//! something else than is needed, raises Python's own `NameError` or `AttributeError`; exceptions
//! unwind to the nearest `try` that catches them, and else out of the `with` block, which waits
//! (rule 48), and out of the program.

use std::sync::Arc;

use crate::engine::event::Work;
use crate::engine::io::{Answer, Command};
use crate::limits;
use crate::outcome::Raised;
use crate::program::callbacks::Callback;
use crate::program::compile::{Handler, Instruction, MapCall};
use crate::program::item_steps::ItemsWaiting;
use crate::program::items::{Chunks, Feed, Given};
use crate::program::names::{Binding, Iterable, Names};
use crate::program::{Op, Shared};
use crate::scenario::{self, Condition, Count};
use crate::units::{IteratorId, TaskId};
use crate::value::Value;

/// A script at work.
#[derive(Debug, Clone, Hash)]
pub struct Script {
    code: Vec<Instruction>,
    at: usize,
    pub(super) names: Names,
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
    /// What a step over a map node's items, or a `map`, needs.
    Items(ItemsWaiting),
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
    /// Whether one of the futures from this place on is done; of a map node's, from this one on.
    AllDone { futures: Vec<String>, asked: (usize, usize), back: usize },
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
    /// A script before its first command.
    pub fn new(code: Vec<Instruction>, with_block: bool) -> Self {
        Self {
            code,
            at: 0,
            names: Names::default(),
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
            (Waiting::Items(waiting), answer) if waiting.takes_exceptions() => {
                self.take_items_answer(shared, waiting, answer)
            }
            // Every exception that any other command raises unwinds from here.
            (_, Answer::Raised(raised)) => Err(Flow::Raise(raised)),
            (waiting, answer) => self.take_answer(shared, waiting, answer),
        };
        loop {
            match flow {
                Ok(command) => return Op::Do(command),
                Err(Flow::Raise(raised)) if !self.catch(&raised) => return self.fall(raised),
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
    fn catch(&mut self, raised: &Raised) -> bool {
        while let Some(guard) = self.tries.pop() {
            self.loops.truncate(guard.loops);
            if let Some(handler) = guard.handlers.iter().find(|h| raised.is_a(&h.kind)) {
                if let Some(name) = &handler.name {
                    self.names.bind(name.clone(), Binding::Exception(raised.clone()));
                }
                self.at = handler.at;
                return true;
            }
        }
        false
    }

    /// Nobody caught it: out of the block, then out of the program.
    fn fall(&mut self, raised: Raised) -> Op {
        self.raised = Some(raised);
        if std::mem::take(&mut self.in_block) {
            self.waiting = Waiting::Unwinding;
            return Op::Do(Command::Leave);
        }
        self.end()
    }

    fn end(&mut self) -> Op {
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
            Instruction::Map(call) => self.gather(shared, call.tasks.clone(), Then::Map(call)),
            Instruction::Next { of, name } => {
                let iterator = self.names.iterator(&of, "__next__")?;
                self.call_next(shared, iterator, Waiting::Bound(name))
            }
            Instruction::Close { of } => {
                let iterator = self.names.iterator(&of, "close")?;
                shared.feeds.remove(&iterator);
                Ok(Command::CloseIterator { iterator })
            }
            Instruction::EnterFor { over } => self.enter_for(&over),
            Instruction::EnterCompleted { of, timeout } => {
                let futures = self.names.futures(&of)?;
                self.waits(Waiting::LoopOpened, Command::OpenCompleted { futures, timeout })
            }
            Instruction::NextRound { name, exit } => self.next_round(shared, name, exit),
            Instruction::EnterRepeat => {
                self.loops.push(Round::Counted(0));
                Err(Flow::Next)
            }
            Instruction::CountRound => self.count_round(),
            Instruction::UnlessAllDone { futures, back } => {
                self.ask_all_done(futures, (0, 0), back)
            }
            Instruction::Wait { of, timeout, return_when, name } => {
                let futures = self.names.futures(&of)?;
                let command = Command::Wait { futures, timeout, return_when };
                self.waits(Waiting::Bound(name), command)
            }
            Instruction::Result { of, timeout, name } => {
                let future = self.names.future(&of, "result")?;
                self.waits(Waiting::Bound(name), Command::Result { future, timeout })
            }
            Instruction::Exception { of, timeout, name } => {
                let future = self.names.future(&of, "exception")?;
                self.waits(Waiting::Bound(name), Command::Exception { future, timeout })
            }
            Instruction::Ask { of, what, name } => {
                let command = self.question(&of, what)?;
                self.waits(Waiting::Bound(name), command)
            }
            Instruction::Test { of, what, otherwise } => {
                let command = self.question(&of, what)?;
                self.waits(Waiting::Tested { otherwise }, command)
            }
            Instruction::Cancel { of, name } => {
                let future = self.names.future(&of, "cancel")?;
                self.waits(Waiting::Bound(name), Command::Cancel { future })
            }
            Instruction::AddCallback { of, print, raises } => {
                let mut futures = self.names.callees(&of, "add_done_callback")?;
                futures.reverse();
                let does = |(future, task)| {
                    (future, Callback::Print { task, text: print.clone(), raises: raises.clone() })
                };
                self.add_callbacks(shared, futures.into_iter().map(does).collect())
            }
            Instruction::Sleep { span } => Ok(Command::Sleep { span }),
            Instruction::Print { text } => Ok(Command::Print { text: self.names.render(&text)? }),
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
            (Waiting::Submitted(task), Answer::Future(future)) => {
                let id = shared.plan.task(task).id.clone();
                self.names.bind(id.clone(), Binding::Future(future, id));
                Err(Flow::Next)
            }
            (Waiting::Bound(name), answer) => self.bind(name, answer),
            (Waiting::LoopOpened, Answer::Iterator(iterator)) => {
                self.loops.push(Round::Iterator(iterator));
                Err(Flow::Next)
            }
            (Waiting::LoopNext { name, .. }, Answer::Yield { future, item }) => {
                let binding = match item {
                    Some((_, value)) => Binding::Value(value),
                    None => self.names.binding_of(future),
                };
                self.names.bind(name, binding);
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
                    return self.ask_all_done(futures, (asked.0, asked.1 + 1), back);
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
            let future = match self.names.binding(name)? {
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
                _ => self.names.future(name, "result")?,
            };
            return self
                .waits(Waiting::Inputs(gathering), Command::Result { future, timeout: None });
        }
        self.use_gathered(shared, gathering)
    }

    fn use_gathered(&mut self, shared: &mut Shared, gathering: Gathering) -> Found<Command> {
        let Gathering { tasks, values, then, .. } = gathering;
        let mut given = tasks.into_iter().zip(values.into_iter().map(Arc::from));
        match then {
            Then::Submit => {
                let (task, inputs): Given = given.next().expect("one task is submitted");
                if shared.plan.task(task).items.is_some() {
                    return self.submit_node(shared, (task, inputs));
                }
                let command = Command::Submit { work: Work::task(task), inputs, map: None };
                self.waits(Waiting::Submitted(task), command)
            }
            Then::Call(name) => {
                let (task, inputs): Given = given.next().expect("one task is called");
                if shared.plan.task(task).items == Some(Count::Finite(0)) {
                    return self.bind(name, Answer::Value(Value::List(Vec::new())));
                }
                self.waits(Waiting::Bound(name), Command::CallDirectly { task, inputs })
            }
            Then::Map(call) => {
                let chunks = Chunks::new(given.collect(), call.chunksize);
                let feed = Feed::new(chunks, call.buffersize);
                let waiting = ItemsWaiting::MapOpened { feed, name: call.name.clone() };
                self.waits(Waiting::Items(waiting), Command::OpenMap { timeout: call.timeout })
            }
        }
    }

    fn enter_for(&mut self, over: &scenario::Names) -> Found<Command> {
        let iterable = match over {
            scenario::Names::One(name) => self.names.iterable(name)?,
            scenario::Names::Many(names) => {
                let bindings = names.iter().map(|name| self.names.binding(name).cloned());
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
                    Some(binding) => self.names.bind(name, binding),
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
        futures: Vec<String>,
        mut asked: (usize, usize),
        back: usize,
    ) -> Found<Command> {
        while let Some(name) = futures.get(asked.0) {
            let future = match self.names.binding(name)? {
                Binding::Futures(_, of_items) => of_items.get(asked.1).copied(),
                _ if asked.1 > 0 => None,
                _ => Some(self.names.future(name, "done")?),
            };
            match future {
                Some(future) => {
                    let waiting = Waiting::AllDone { futures, asked, back };
                    return self.waits(waiting, Command::Done { future });
                }
                None => asked = (asked.0 + 1, 0),
            }
        }
        self.loops.pop();
        Err(Flow::Next)
    }

    fn question(&self, of: &str, what: Condition) -> Found<Command> {
        Ok(match what {
            Condition::Done => Command::Done { future: self.names.future(of, "done")? },
            Condition::Running => Command::Running { future: self.names.future(of, "running")? },
            Condition::Cancelled => {
                Command::Cancelled { future: self.names.future(of, "cancelled")? }
            }
            Condition::Failed => {
                Command::Exception { future: self.names.future(of, "exception")?, timeout: None }
            }
        })
    }

    fn bind(&mut self, name: Option<String>, answer: Answer) -> Found<Command> {
        let binding = match answer {
            Answer::Value(value) | Answer::Yield { item: Some((_, value)), .. } => {
                Binding::Value(value)
            }
            Answer::Yield { future, item: None } => self.names.binding_of(future),
            Answer::Bool(yes) => Binding::Value(Value::Bool(yes)),
            Answer::Exception(Some(raised)) => Binding::Exception(raised),
            Answer::Exception(None) | Answer::Nothing => Binding::Value(Value::None),
            Answer::Sets { done, not_done } => {
                Binding::Sets(self.names.names_of(&done), self.names.names_of(&not_done))
            }
            Answer::Exhausted => {
                return Err(Flow::Raise(Raised::new("StopIteration", "")));
            }
            answer => unreachable!("{answer:?} cannot be bound"),
        };
        if let Some(name) = name {
            self.names.bind(name, binding);
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
