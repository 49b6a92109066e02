//! A scenario that has been checked: everything by number, ready to run.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::event::{Act, Event, Work};
use crate::engine::io::Assignment;
use crate::function::{self, Function, Pickling};
use crate::graph::TaskGraph;
use crate::outcome::Raised;
use crate::scenario::{
    Change, Count, Each, ExecutorKind, Mode, OnError, Python, ReturnWhen, Scenario, StartMethod,
    Step,
};
use crate::units::{FutureId, Instant, Span, TaskId, WorkerId};
use crate::value::Value;

/// A checked scenario. Made by [`Scenario::check`] only.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The document that it was made from.
    pub scenario: Scenario,
    /// The tasks, by [`TaskId`].
    pub tasks: Vec<TaskPlan>,
    /// Who needs whom.
    pub graph: TaskGraph,
    /// The tasks' ids.
    pub names: BTreeMap<String, TaskId>,
    /// What the main thread does.
    pub program: ProgramPlan,
    /// What a person does, in the scenario's order.
    pub interventions: Vec<Planned>,
    /// When worker processes appear.
    pub start_method: StartMethod,
    /// What each worker does before its first call.
    pub initializer: Option<InitializerPlan>,
}

/// An initializer, checked.
#[derive(Debug, Clone)]
pub struct InitializerPlan {
    /// Its function.
    pub function: &'static Function,
    /// One argument for each of the function's parameters, in order.
    pub args: Vec<Value>,
    /// The first worker that does it.
    pub from_worker: u32,
}

/// A task, checked.
#[derive(Debug, Clone)]
pub struct TaskPlan {
    /// Its name.
    pub id: String,
    /// Its function.
    pub function: &'static Function,
    /// One argument for each of the function's parameters, in order.
    pub args: Vec<Argument>,
    /// The tasks whose values its arguments use, in the order of the references, each as often as it
    /// is used.
    pub inputs: Vec<TaskId>,
    /// How many items it has if it is a map node; none for any other task.
    pub items: Option<Count>,
}

impl TaskPlan {
    /// How many items it has for sure: one if it is no map node, none that are known of an endless
    /// one.
    pub fn item_count(&self) -> Option<u32> {
        match self.items {
            None => Some(1),
            Some(Count::Finite(items)) => u32::try_from(items).ok(),
            Some(Count::Endless) => None,
        }
    }
}

/// An argument, checked.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// This value.
    Value(Value),
    /// The value of the task's input with this number.
    Input(usize),
    /// A list of such.
    List(Vec<Argument>),
    /// For each item another value.
    Each(Each),
}

impl Argument {
    /// Its value for one item, when the inputs have these values.
    pub fn value(&self, inputs: &[Value], item: u32) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::Input(number) => inputs.get(*number).cloned().unwrap_or(Value::None),
            Self::List(list) => {
                Value::List(list.iter().map(|element| element.value(inputs, item)).collect())
            }
            Self::Each(each) => each.item(item),
        }
    }
}

/// What the main thread does, checked.
#[derive(Debug, Clone)]
pub enum ProgramPlan {
    /// A mode over the graph.
    Mode {
        /// Which.
        mode: Mode,
        /// Of the iteration or of each round.
        timeout: Option<Span>,
        /// For `wait`.
        return_when: ReturnWhen,
        /// Tasks of a `map`'s level, and items of any map node, that travel together, if it is given;
        /// none on threads.
        chunksize: Option<usize>,
        /// For `map`: calls that are submitted ahead of what was taken.
        buffersize: Option<usize>,
        /// For `map`.
        on_error: OnError,
    },
    /// Steps.
    Steps {
        /// In order.
        steps: Arc<[Step]>,
        /// Whether they stand in a `with` block.
        with_block: bool,
    },
}

/// An intervention, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// What is done.
    pub act: Act,
    /// When.
    pub when: When,
}

/// When an intervention is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At this instant of the run.
    At(Instant),
    /// After an event of a task, the first time that it comes.
    After {
        /// Which event.
        kind: AnchorKind,
        /// Of which task.
        task: TaskId,
        /// So much later.
        plus: Span,
    },
}

/// The events that an intervention can follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnchorKind {
    /// The task's future exists.
    Submitted,
    /// It is `RUNNING`.
    Running,
    /// A worker has its call.
    Taken,
    /// It is `FINISHED`.
    Finished,
    /// It is `CANCELLED`.
    Cancelled,
}

impl AnchorKind {
    /// The future or call whose event this is, if it is of this kind.
    pub fn subject(self, event: &Event) -> Option<FutureId> {
        match (self, event) {
            (Self::Submitted, Event::Submitted { future, .. })
            | (Self::Running, Event::Running { future })
            | (Self::Finished, Event::Finished { future, .. })
            | (Self::Cancelled, Event::Cancelled { future, .. }) => Some(*future),
            // A call has one future, and the engine numbers both alike.
            (Self::Taken, Event::Taken { call, .. }) => Some(FutureId(call.0)),
            _ => None,
        }
    }
}

/// What a call computes in one of its places.
#[derive(Debug, Clone)]
pub struct Item {
    /// The task that it is of; none for a call that a task made itself.
    pub task: Option<TaskId>,
    /// The number of that task's item.
    pub item: u32,
    /// What is called.
    pub function: &'static Function,
    /// With what: one value for each parameter.
    pub args: Vec<Value>,
}

impl Plan {
    /// Which pool.
    pub fn kind(&self) -> ExecutorKind {
        self.scenario.executor.kind
    }

    /// Whether the run already does what a later Python does.
    pub fn has(&self, change: Change) -> bool {
        self.scenario.changes.contains(&change)
    }

    /// What a worker does before its first call, as a call of no task.
    pub fn initializer_of(&self, worker: WorkerId) -> Option<Assignment> {
        let initializer = self.initializer.as_ref().filter(|i| i.from_worker <= worker.0)?;
        let work = Work::Inner {
            of: None,
            // Beyond all numbers of what bodies submit, so that it draws random numbers of its own.
            number: u32::MAX - worker.0,
            function: initializer.function.name.to_owned(),
            args: initializer.args.clone(),
        };
        Some(Assignment { call: Assignment::DIRECT, work, inputs: Arc::default() })
    }

    fn functions_of<'a>(&'a self, work: &'a Work) -> impl Iterator<Item = &'static Function> + 'a {
        let (parts, inner) = match work {
            Work::Tasks(parts) => (&**parts, None),
            Work::Inner { function, .. } => ([].as_slice(), function::find(function)),
        };
        parts.iter().map(|part| self.task(part.task).function).chain(inner)
    }

    /// What pickling such a call raises in the program's process, if it cannot be pickled.
    pub fn cannot_be_pickled(&self, work: &Work) -> Option<Raised> {
        let verb = if self.scenario.python < Python::V3_13 { "pickle" } else { "get" };
        let stays = |function: &&Function| function.pickling == Pickling::NotTheCall;
        self.functions_of(work)
            .find(stays)
            .map(|function| Raised::local_object(verb, function.name))
    }

    /// Whether the program's process cannot unpickle what such a call raises.
    pub fn errors_cannot_be_read(&self, work: &Work) -> bool {
        self.functions_of(work).any(|function| function.pickling == Pickling::NotItsErrors)
    }

    /// `max_workers`.
    pub fn max_workers(&self) -> u32 {
        self.scenario.executor.workers
    }

    /// Whether the threads of the program share a GIL, so that only one of them computes at a time
    /// (rule 180). Each process and each interpreter has its own, and no more than one thread that
    /// computes under it.
    pub fn gil(&self) -> bool {
        match self.kind() {
            ExecutorKind::Threads => self.scenario.executor.gil.unwrap_or(true),
            ExecutorKind::Interpreters | ExecutorKind::Processes | ExecutorKind::Pool => false,
        }
    }

    /// A task.
    pub fn task(&self, task: TaskId) -> &TaskPlan {
        &self.tasks[task.index()]
    }

    /// A span of the scenario in the run's own time.
    pub fn scaled(&self, span: Span) -> Span {
        span.scaled(self.scenario.scale)
    }

    /// A task's arguments, one for each parameter of its function, when its inputs have these values.
    /// A task that is no map node has only the item 0.
    pub fn arguments(&self, task: TaskId, inputs: &[Value], item: u32) -> Vec<Value> {
        self.task(task).args.iter().map(|arg| arg.value(inputs, item)).collect()
    }

    /// What a call computes in one of its places, counted from 0: which function, with what.
    ///
    /// `inputs` are those of the call's parts, one behind the other. None behind the last place.
    pub fn item(&self, work: &Work, inputs: &[Value], place: u32) -> Option<Item> {
        let parts = match work {
            Work::Tasks(parts) => parts,
            Work::Inner { function, args, .. } => {
                let function = function::find(function).expect("a body submits from the catalogue");
                let args = args.clone();
                return (place == 0).then_some(Item { task: None, item: 0, function, args });
            }
        };
        let (mut before, mut inputs) = (0, inputs);
        for part in parts {
            let task = self.task(part.task);
            let (own, behind) = inputs.split_at(task.inputs.len());
            let within = place - before;
            if within < part.count {
                let item = part.first + within;
                let args = self.arguments(part.task, own, item);
                return Some(Item { task: Some(part.task), item, function: task.function, args });
            }
            before += part.count;
            inputs = behind;
        }
        None
    }

    /// The worker's name as Python gives it (rule 32).
    pub fn worker_name(&self, worker: WorkerId) -> String {
        match (self.kind(), &self.scenario.executor.thread_name_prefix) {
            (ExecutorKind::Threads | ExecutorKind::Interpreters, Some(prefix))
                if !prefix.is_empty() =>
            {
                format!("{prefix}_{worker}")
            }
            // Python takes an empty prefix for none.
            (kind @ (ExecutorKind::Threads | ExecutorKind::Interpreters), _) => {
                format!("{}-0_{worker}", kind.class())
            }
            // multiprocessing counts its children from 1, and names them after the context.
            (ExecutorKind::Processes | ExecutorKind::Pool, _) => {
                let context = match self.start_method {
                    StartMethod::Fork => "Fork",
                    StartMethod::Forkserver => "ForkServer",
                    StartMethod::Spawn => "Spawn",
                };
                let pool = if self.kind() == ExecutorKind::Pool { "PoolWorker" } else { "Process" };
                format!("{context}{pool}-{}", worker.0 + 1)
            }
        }
    }
}
