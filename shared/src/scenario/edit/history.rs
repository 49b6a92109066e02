//! What can be undone.
//!
//! Each step keeps the whole scenario before it, and not the edit's inverse: so whatever an edit did,
//! undo gives back exactly what was there, and no new edit needs an inverse that could be wrong. A
//! scenario of 200 tasks takes some tens of kilobytes, and [`STEPS`] of them are less than a picture.

use std::borrow::Borrow;
use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use super::{Edit, Refused};
use crate::scenario::Scenario;

/// Steps that can be undone at most; older ones are forgotten.
pub const STEPS: usize = 200;

/// A scenario that is being edited, with the way back and the way forth.
#[derive(Debug, Clone)]
pub struct History {
    now: Arc<Scenario>,
    /// The steps that led here, the last at the end: each with the scenario *before* it.
    past: VecDeque<Step>,
    /// The steps that were undone, the last undone at the end: each with the scenario *after* it.
    future: Vec<Step>,
    /// What the last step changed, as long as the next edit of the same may join it.
    merging: Option<Field>,
}

#[derive(Debug, Clone)]
struct Step {
    name: String,
    scenario: Arc<Scenario>,
}

/// What a person changes in many small edits that are one to them: by dragging, or letter by letter.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Field {
    Arg(String, String),
    Corners(Vec<String>),
    Note(usize),
    Title,
    Scale,
    Seed,
    Workers,
    MaxTasks,
    Initializer,
    Moment(usize),
}

impl Field {
    fn of(edit: &Edit) -> Option<Self> {
        match edit {
            Edit::SetArg { task, param, .. } => Some(Self::Arg(task.clone(), param.clone())),
            Edit::Move(places) => {
                Some(Self::Corners(places.iter().map(|(id, _)| id.clone()).collect()))
            }
            Edit::MoveNote { note, .. } => Some(Self::Note(*note)),
            Edit::SetTitle(_) => Some(Self::Title),
            Edit::SetScale(_) => Some(Self::Scale),
            Edit::SetSeed(_) => Some(Self::Seed),
            Edit::SetWorkers(_) => Some(Self::Workers),
            Edit::AddTask { .. }
            | Edit::Duplicate(_)
            | Edit::Paste { .. }
            | Edit::Remove(_)
            | Edit::Rename { .. }
            | Edit::SetFunction { .. }
            | Edit::Connect { .. }
            | Edit::Disconnect { .. }
            | Edit::SetExecutor(_)
            | Edit::SetGil(_)
            | Edit::SetMode(_)
            | Edit::SetTimeout(_)
            | Edit::SetReturnWhen(_)
            | Edit::SetChunksize(_)
            | Edit::SetBuffersize(_)
            | Edit::SetOnError(_)
            | Edit::SetPython(_)
            | Edit::SetStartMethod(_)
            | Edit::SetChange(..)
            | Edit::AddNote { .. }
            | Edit::SetNote { .. }
            | Edit::RemoveNote(_)
            | Edit::Together { .. }
            | Edit::TurnIntoSteps
            | Edit::StartSteps
            | Edit::InsertStep(..)
            | Edit::SetStep(..)
            | Edit::MoveStep(..)
            | Edit::RemoveStep(_)
            | Edit::WrapStep(_)
            | Edit::SetWithBlock(_)
            | Edit::AddIntervention(_)
            | Edit::SetAct(..)
            | Edit::RemoveIntervention(_) => None,
            Edit::SetMaxTasks(_) => Some(Self::MaxTasks),
            Edit::SetInitializer(_) => Some(Self::Initializer),
            Edit::SetMoment(at, _) => Some(Self::Moment(*at)),
        }
    }
}

impl History {
    /// A history that begins with this scenario.
    pub fn new(scenario: Scenario) -> Self {
        let now = Arc::new(scenario);
        Self { now, past: VecDeque::new(), future: Vec::new(), merging: None }
    }

    /// The scenario as it is now.
    pub fn now(&self) -> &Arc<Scenario> {
        &self.now
    }

    /// Carries out an edit as a step of its own. One that changes nothing is no step.
    ///
    /// # Errors
    /// [`Refused`]; then nothing has changed.
    pub fn edit(&mut self, edit: impl Borrow<Edit>) -> Result<(), Refused> {
        let edit = edit.borrow();
        let next = edit.apply(&self.now)?;
        self.merging = None;
        self.go_on(next, edit.name(&self.now));
        Ok(())
    }

    /// Carries out an edit that joins the step before if that one was made by this function too and
    /// changed the same: the same argument, the corners of the same tasks, title, scale, workers, or the time of the same
    /// intervention.
    ///
    /// A step that comes back to where it began vanishes.
    ///
    /// # Errors
    /// [`Refused`]; then nothing has changed.
    pub fn edit_merging(&mut self, edit: impl Borrow<Edit>) -> Result<(), Refused> {
        let edit = edit.borrow();
        let next = edit.apply(&self.now)?;
        let field = Field::of(edit);
        let joins = field.is_some() && field == self.merging;
        let name = edit.name(&self.now);
        match self.past.back_mut() {
            Some(last) if joins => {
                if *last.scenario == next {
                    self.now = last.scenario.clone();
                    self.past.pop_back();
                    self.merging = None;
                } else {
                    last.name = name;
                    self.now = Arc::new(next);
                }
            }
            _ => {
                if self.go_on(next, name) {
                    self.merging = field;
                }
            }
        }
        Ok(())
    }

    /// Ends a gesture: the next edit is a step of its own, even if it changes the same.
    pub fn end_merging(&mut self) {
        self.merging = None;
    }

    /// Puts another scenario in place of this one, as a step that can be undone: an example that is
    /// opened, say.
    pub fn replace(&mut self, scenario: Scenario, name: impl Into<String>) {
        self.merging = None;
        self.go_on(scenario, name.into());
    }

    /// Whether there was anything to do.
    fn go_on(&mut self, next: Scenario, name: String) -> bool {
        if next == *self.now {
            return false;
        }
        let before = mem::replace(&mut self.now, Arc::new(next));
        self.past.push_back(Step { name, scenario: before });
        if self.past.len() > STEPS {
            self.past.pop_front();
        }
        self.future.clear();
        true
    }

    /// Takes the last step back and returns its name; nothing if there is none.
    pub fn undo(&mut self) -> Option<String> {
        let Step { name, scenario } = self.past.pop_back()?;
        let after = mem::replace(&mut self.now, scenario);
        self.future.push(Step { name: name.clone(), scenario: after });
        self.merging = None;
        Some(name)
    }

    /// Takes the last undo back and returns the step's name; nothing if there is none.
    pub fn redo(&mut self) -> Option<String> {
        let Step { name, scenario } = self.future.pop()?;
        let before = mem::replace(&mut self.now, scenario);
        self.past.push_back(Step { name: name.clone(), scenario: before });
        self.merging = None;
        Some(name)
    }

    /// What [`History::undo`] would take back.
    pub fn undo_name(&self) -> Option<&str> {
        self.past.back().map(|step| step.name.as_str())
    }

    /// What [`History::redo`] would do again.
    pub fn redo_name(&self) -> Option<&str> {
        self.future.last().map(|step| step.name.as_str())
    }
}
