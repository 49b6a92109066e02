//! Edits of a scenario as values: what the page's canvas, outline and forms do.
//!
//! ```text
//!  Edit ──apply──▶ Scenario, or Refused      what cannot be meant (a circle, a taken name)
//!  Edit ──History::edit──▶ a step to undo
//!  Scenario ──problems──▶ ScenarioErrors     what is not finished yet, all at once
//!  Scenario ──edges──▶ arrows to draw        also of a scenario that does not check
//! ```
//!
//! Two things look alike and are not. [`Refused`] is the answer to one edit, which then did not
//! happen. A *problem* is a state that a draft may be in while somebody works on it: a text where a
//! number belongs. So edits look at the graph's shape and at limits, and leave values to [`problems`].
//!
//! An edit is a pure function of the scenario; nothing here knows pixels, selection or signals. New
//! tasks are the last ones of the document, so whoever adds knows which to select.
//!
//! ```
//! use shared::scenario::edit::{Edit, History};
//! use shared::scenario::Scenario;
//!
//! let text = r#"{"format":1,"executor":{"kind":"threads","workers":2},"program":{"mode":"submit"}}"#;
//! let mut history = History::new(Scenario::parse(text).unwrap());
//! for function in ["sleep", "sum"] {
//!     history.edit(Edit::AddTask { function: function.to_owned(), position: None }).unwrap();
//! }
//! history.edit(Edit::Connect { from: "sleep".to_owned(), to: "sum".to_owned() }).unwrap();
//! assert_eq!(history.undo_name(), Some("connect sleep → sum"));
//! ```

mod clipboard;
mod edges;
mod history;
mod interventions;
mod literals;
mod names;
mod notes;
mod problems;
#[cfg(test)]
mod properties;
mod refused;
mod rename;
mod settings;
mod steps;
mod tasks;
#[cfg(test)]
mod tests;

use crate::scenario::{
    Arg, Change, ExecutorKind, Initializer, Intervention, Mode, Moment, OnError, PlannedAct,
    Python, ReturnWhen, Scenario, StartMethod, Step, Task,
};
use crate::units::Span;

pub use clipboard::copied;
pub use edges::{Edge, Slot, circle, drawable, edges};
pub use history::{History, STEPS};
pub use literals::sensible;
pub use names::new_id;
pub use problems::{PROBLEMS, problems};
pub use refused::Refused;
pub use steps::{StepKind, StepPath, Way, kinds};

/// One thing that a person does to a scenario. Tasks are named by their ids.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Adds a task at the end, with a new id made of the function's name and with literals that make
    /// it right at once.
    AddTask {
        /// A function of the catalogue.
        function: String,
        /// The top left corner of its node.
        position: Option<(i32, i32)>,
    },
    /// Adds a copy of each of these tasks at the end, in the document's order. Edges among them are
    /// copied as edges among the copies; edges from other tasks come from the same task.
    Duplicate(Vec<String>),
    /// Adds these tasks at the end, their middle near a point of the canvas. Those whose id is taken get
    /// the next free one. Edges among them are kept, others are not.
    Paste {
        /// As [`copied`] gives them, or any others.
        tasks: Vec<Task>,
        /// The point.
        near: (i32, i32),
    },
    /// Deletes these tasks, their edges, the interventions that name them, and their names in steps.
    Remove(Vec<String>),
    /// Gives a task another id, wherever it is spoken of.
    Rename {
        /// The id that it has.
        from: String,
        /// The id that it gets.
        to: String,
    },
    /// Lets a task do something else. Arguments that still fit stay; edges whose parameter is gone
    /// are connected anew, so none is lost.
    SetFunction {
        /// The task.
        task: String,
        /// A function of the catalogue.
        function: String,
    },
    /// Gives an argument this value, or takes it away.
    SetArg {
        /// The task.
        task: String,
        /// The parameter.
        param: String,
        /// The argument; none leaves it out.
        arg: Option<Arg>,
    },
    /// Lets a task use another's result: a parameter for any number of values takes it to its list,
    /// else the first parameter for a number or for anything that no edge feeds yet takes it in
    /// place of its literal, else the task only runs after the other.
    Connect {
        /// The task that comes first.
        from: String,
        /// The task that needs it.
        to: String,
    },
    /// Takes all edges between two tasks away.
    Disconnect {
        /// The task that comes first.
        from: String,
        /// The task that needed it.
        to: String,
    },
    /// Puts nodes to these places: their top left corners.
    Move(Vec<(String, (i32, i32))>),
    /// Chooses the pool. The options of the other are cleared, the workers brought within its limit.
    SetExecutor(ExecutorKind),
    /// `max_workers`.
    SetWorkers(u32),
    /// Whether threads share a GIL; none leaves it to the default, which is that they do.
    SetGil(Option<bool>),
    /// Chooses a mode, in place of steps if there are any. Options that it does not have are cleared.
    SetMode(Mode),
    /// The mode's `timeout`.
    SetTimeout(Option<Span>),
    /// `wait`'s `return_when`.
    SetReturnWhen(Option<ReturnWhen>),
    /// `map`'s `chunksize`, or that of map nodes in any mode.
    SetChunksize(Option<u32>),
    /// `map`'s `buffersize`.
    SetBuffersize(Option<i64>),
    /// What `map` does after a level with an exception.
    SetOnError(OnError),
    /// What every span is multiplied by.
    SetScale(f64),
    /// What the simulator chooses by, and random numbers are drawn from.
    SetSeed(u64),
    /// The title.
    SetTitle(String),
    /// Whose rules hold.
    SetPython(Python),
    /// How worker processes are started.
    SetStartMethod(Option<StartMethod>),
    /// After how many calls a worker process is replaced. An executor that forked no longer says so.
    SetMaxTasks(Option<u32>),
    /// What each worker does before its first call.
    SetInitializer(Option<Initializer>),
    /// Whether the run already does what a later Python does.
    SetChange(Change, bool),
    /// Adds a note to the canvas, as the last one.
    AddNote {
        /// What it says.
        text: String,
        /// Its upper left corner.
        position: (i32, i32),
    },
    /// Lets a note say something else.
    SetNote {
        /// Its place in the document, from 0.
        note: usize,
        /// What it says.
        text: String,
    },
    /// Puts a note elsewhere.
    MoveNote {
        /// Its place in the document, from 0.
        note: usize,
        /// Its upper left corner.
        position: (i32, i32),
    },
    /// Deletes a note; those behind it move up by one place.
    RemoveNote(usize),
    /// Makes several edits as one: all of them, or none.
    Together {
        /// What undo calls them.
        name: String,
        /// The edits, each of what those before it left.
        edits: Vec<Edit>,
    },
    /// Puts the steps that do the same in place of the mode.
    TurnIntoSteps,
    /// Puts steps in place of the program that do about what it is for: submit all, and take what comes.
    StartSteps,
    /// Puts a step there; those behind it make room.
    InsertStep(StepPath, Step),
    /// Puts this step in place of the one that stands there.
    SetStep(StepPath, Step),
    /// Moves a step, with all that is within it.
    MoveStep(StepPath, Way),
    /// Deletes a step, with all that is within it.
    RemoveStep(StepPath),
    /// Puts a step into a `try` that catches what it raises and prints it.
    WrapStep(StepPath),
    /// Whether the steps stand in a `with` block.
    SetWithBlock(bool),
    /// Lets a person do something at some time.
    AddIntervention(Intervention),
    /// When a person does what stands at this place of the list.
    SetMoment(usize, Moment),
    /// What a person does then.
    SetAct(usize, PlannedAct),
    /// Lets a person no longer do it.
    RemoveIntervention(usize),
}

impl Edit {
    /// The scenario after this edit. An edit that changes nothing gives an equal one.
    ///
    /// # Errors
    /// [`Refused`], with a sentence for the person, if the edit cannot be meant.
    pub fn apply(&self, scenario: &Scenario) -> Result<Scenario, Refused> {
        let mut next = scenario.clone();
        match self {
            Self::AddTask { function, position } => tasks::add(&mut next, function, *position)?,
            Self::Duplicate(ids) => tasks::duplicate(&mut next, ids)?,
            Self::Paste { tasks, near } => clipboard::paste(&mut next, tasks, *near)?,
            Self::Remove(ids) => tasks::remove(&mut next, ids)?,
            Self::Rename { from, to } => rename::rename(&mut next, from, to)?,
            Self::SetFunction { task, function } => tasks::set_function(&mut next, task, function)?,
            Self::SetArg { task, param, arg } => {
                tasks::set_arg(&mut next, task, param, arg.as_ref())?;
            }
            Self::Connect { from, to } => edges::connect(&mut next, from, to)?,
            Self::Disconnect { from, to } => edges::disconnect(&mut next, from, to)?,
            Self::Move(places) => tasks::move_to(&mut next, places)?,
            Self::SetExecutor(kind) => settings::set_executor(&mut next, *kind),
            Self::SetWorkers(workers) => settings::set_workers(&mut next, *workers)?,
            Self::SetGil(gil) => settings::set_gil(&mut next, *gil)?,
            Self::SetMode(mode) => settings::set_mode(&mut next, *mode),
            Self::SetTimeout(timeout) => settings::set_timeout(&mut next, *timeout)?,
            Self::SetReturnWhen(when) => settings::set_return_when(&mut next, *when)?,
            Self::SetChunksize(chunksize) => settings::set_chunksize(&mut next, *chunksize)?,
            Self::SetBuffersize(buffersize) => settings::set_buffersize(&mut next, *buffersize)?,
            Self::SetOnError(on_error) => settings::set_on_error(&mut next, *on_error)?,
            Self::SetScale(scale) => settings::set_scale(&mut next, *scale)?,
            Self::SetSeed(seed) => next.seed = *seed,
            Self::SetTitle(title) => settings::set_title(&mut next, title)?,
            Self::SetPython(python) => next.python = *python,
            Self::SetStartMethod(method) => settings::set_start_method(&mut next, *method)?,
            Self::SetMaxTasks(limit) => settings::set_max_tasks(&mut next, *limit)?,
            Self::SetInitializer(initializer) => {
                next.executor.initializer.clone_from(initializer);
            }
            Self::SetChange(change, holds) => settings::set_change(&mut next, *change, *holds),
            Self::AddNote { text, position } => notes::add(&mut next, text, *position)?,
            Self::SetNote { note, text } => notes::set(&mut next, *note, text)?,
            Self::MoveNote { note, position } => notes::move_to(&mut next, *note, *position)?,
            Self::RemoveNote(note) => notes::remove(&mut next, *note)?,
            Self::Together { edits, .. } => {
                for edit in edits {
                    next = edit.apply(&next)?;
                }
            }
            Self::TurnIntoSteps => steps::turn_into(&mut next)?,
            Self::StartSteps => steps::start(&mut next),
            Self::InsertStep(path, step) => steps::insert(&mut next, path, step)?,
            Self::SetStep(path, step) => steps::set(&mut next, path, step)?,
            Self::MoveStep(path, way) => steps::move_by(&mut next, path, *way)?,
            Self::RemoveStep(path) => steps::remove(&mut next, path)?,
            Self::WrapStep(path) => steps::wrap(&mut next, path)?,
            Self::SetWithBlock(with_block) => steps::set_with_block(&mut next, *with_block)?,
            Self::AddIntervention(new) => interventions::add(&mut next, new)?,
            Self::SetMoment(at, moment) => interventions::set_moment(&mut next, *at, moment)?,
            Self::SetAct(at, act) => interventions::set_act(&mut next, *at, act)?,
            Self::RemoveIntervention(at) => interventions::remove(&mut next, *at)?,
        }
        Ok(next)
    }

    /// What undo and redo call it, an imperative: `delete 3 tasks`, `set seconds of a`.
    ///
    /// `scenario` is the one to which the edit is applied.
    pub fn name(&self, scenario: &Scenario) -> String {
        match self {
            Self::AddTask { function, .. } => format!("add {}", new_id(scenario, function)),
            Self::Duplicate(ids) => format!("duplicate {}", tasks_in_words(ids)),
            Self::Paste { tasks, .. } => {
                let ids: Vec<String> = tasks.iter().map(|task| task.id.clone()).collect();
                format!("paste {}", tasks_in_words(&ids))
            }
            Self::Remove(ids) => format!("delete {}", tasks_in_words(ids)),
            Self::Rename { from, to } => format!("rename {from} to {to}"),
            Self::SetFunction { task, function } => format!("turn {task} into {function}"),
            Self::SetArg { task, param, arg: Some(_) } => format!("set {param} of {task}"),
            Self::SetArg { task, param, arg: None } => format!("clear {param} of {task}"),
            Self::Connect { from, to } => format!("connect {from} → {to}"),
            Self::Disconnect { from, to } => format!("disconnect {from} → {to}"),
            Self::Move(places) => {
                let ids: Vec<String> = places.iter().map(|(id, _)| id.clone()).collect();
                format!("move {}", tasks_in_words(&ids))
            }
            Self::SetExecutor(kind) => format!("choose {}", settings::executor_word(*kind)),
            Self::SetStartMethod(_) => "set start method".to_owned(),
            Self::SetMaxTasks(_) => "set max_tasks_per_child".to_owned(),
            Self::SetInitializer(_) => "set initializer".to_owned(),
            Self::SetChange(..) => "change what Python does".to_owned(),
            Self::SetWorkers(workers) => format!("set workers to {workers}"),
            Self::SetGil(Some(false)) => "take the GIL away".to_owned(),
            Self::SetGil(None | Some(true)) => "bring the GIL back".to_owned(),
            Self::SetMode(mode) => format!("choose {}", settings::mode_word(*mode)),
            Self::SetTimeout(_) => "set timeout".to_owned(),
            Self::SetReturnWhen(_) => "set return_when".to_owned(),
            Self::SetChunksize(_) => "set chunksize".to_owned(),
            Self::SetBuffersize(_) => "set buffersize".to_owned(),
            Self::SetOnError(_) => "set on_error".to_owned(),
            Self::SetScale(scale) => format!("set time to ×{scale}"),
            Self::SetSeed(seed) => format!("set seed to {seed}"),
            Self::SetTitle(_) => "change the title".to_owned(),
            Self::AddNote { .. } => "add a note".to_owned(),
            Self::SetNote { .. } => "write a note".to_owned(),
            Self::MoveNote { .. } => "move a note".to_owned(),
            Self::RemoveNote(_) => "delete a note".to_owned(),
            Self::Together { name, .. } => name.clone(),
            Self::SetPython(python) => {
                format!("choose Python {}", settings::python_word(*python))
            }
            Self::TurnIntoSteps => match scenario.program.mode {
                Some(mode) => format!("turn {} into steps", settings::mode_word(mode)),
                None => "turn it into steps".to_owned(),
            },
            Self::StartSteps => "start with plain steps".to_owned(),
            Self::InsertStep(_, step) => format!("add {}", step.word()),
            Self::SetStep(_, step) => format!("change {}", step.word()),
            Self::MoveStep(path, way) => {
                format!("move {} {}", steps::word_at(scenario, path), way.word())
            }
            Self::RemoveStep(path) => format!("delete {}", steps::word_at(scenario, path)),
            Self::WrapStep(path) => format!("put {} into a try", steps::word_at(scenario, path)),
            Self::SetWithBlock(true) => "put the steps into a with block".to_owned(),
            Self::SetWithBlock(false) => "take the steps out of the with block".to_owned(),
            Self::AddIntervention(new) => format!("add: {}", new.act.words()),
            Self::SetMoment(at, _) => {
                format!("change the time of: {}", interventions::words_at(scenario, *at))
            }
            Self::SetAct(_, act) => format!("change what a person does to: {}", act.words()),
            Self::RemoveIntervention(at) => {
                format!("delete: {}", interventions::words_at(scenario, *at))
            }
        }
    }
}

/// `a`, or `3 tasks`.
fn tasks_in_words(ids: &[String]) -> String {
    match ids {
        [only] => only.clone(),
        several => format!("{} tasks", several.len()),
    }
}
