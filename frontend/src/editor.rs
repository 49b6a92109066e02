//! The experiment that is being edited: the document, its history, and what is wrong with it.
//!
//! Every change is an [`Edit`] with a name, so that each can be undone by its name. An edit that
//! cannot be made says why, and changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;
use shared::graph::layout::{layout, place_new};
use shared::scenario::edit::{Edge, Edit, History, Refused, drawable, edges, problems};
use shared::scenario::{Plan, Scenario, ScenarioError, Task};

/// The experiment that is being edited. A handle: copies are the same.
#[derive(Clone, Copy)]
pub struct Editor {
    history: RwSignal<History>,
    /// The document.
    pub scenario: Memo<Arc<Scenario>>,
    /// By id: where each task stands in the document.
    pub index: Memo<Arc<BTreeMap<String, usize>>>,
    /// The tasks' ids, in the document's order.
    pub ids: Memo<Vec<String>>,
    /// Who needs whom.
    pub edges: Memo<Arc<Vec<Edge>>>,
    /// Everything that is wrong, as far as it is known at once.
    pub problems: Memo<Arc<Vec<ScenarioError>>>,
    /// Counts the reasons for the camera to look at the whole graph anew.
    pub opened: RwSignal<u32>,
    /// Counts the documents that took the place of another.
    pub documents: RwSignal<u32>,
    /// What could not be done last, for as long as that is shown.
    pub refused: RwSignal<Option<Refused>>,
}

impl Editor {
    /// An editor of this document.
    pub fn new(scenario: Scenario) -> Self {
        let history = RwSignal::new(History::new(placed(scenario)));
        let scenario = Memo::new(move |_| history.with(|history| history.now().clone()));
        let index = Memo::new(move |_| {
            let by_id = |(at, task): (usize, &Task)| (task.id.clone(), at);
            Arc::new(scenario.with(|all| all.tasks.iter().enumerate().map(by_id).collect()))
        });
        let ids = Memo::new(move |_| {
            scenario.with(|all| all.tasks.iter().map(|task| task.id.clone()).collect())
        });
        let edges = Memo::new(move |_| Arc::new(scenario.with(|all| edges(all))));
        let problems = Memo::new(move |_| Arc::new(scenario.with(|all| problems(all))));
        let (opened, documents) = (RwSignal::new(0), RwSignal::new(0));
        let refused = RwSignal::new(None);
        Self { history, scenario, index, ids, edges, problems, opened, documents, refused }
    }

    /// The document as it can be run, or the first thing that is wrong with it.
    ///
    /// # Errors
    /// [`ScenarioError`].
    pub fn plan(self) -> Result<Arc<Plan>, ScenarioError> {
        let scenario = self.scenario.get_untracked();
        Scenario::clone(&scenario).check().map(Arc::new)
    }

    /// A task of the document.
    pub fn task(self, id: &str) -> Option<Task> {
        let at = self.index.with(|index| index.get(id).copied())?;
        self.scenario.with(|scenario| scenario.tasks.get(at).cloned())
    }

    /// What is wrong with a task: the part of the pointer behind `/tasks/N`, and the sentence.
    pub fn problems_of(self, id: &str) -> Vec<(String, String)> {
        let Some(at) = self.index.with(|index| index.get(id).copied()) else { return Vec::new() };
        let prefix = format!("/tasks/{at}");
        let of_task = |error: &ScenarioError| {
            let rest = error.at.strip_prefix(&prefix)?;
            (rest.is_empty() || rest.starts_with('/'))
                .then(|| (rest.to_owned(), error.kind.to_string()))
        };
        self.problems.with(|all| all.iter().filter_map(of_task).collect())
    }

    /// Makes an edit; what cannot be done is said in [`Self::refused`]. Whether it was made.
    pub fn edit(self, edit: Edit) -> bool {
        self.change(|history| history.edit(edit))
    }

    /// As [`Self::edit`], and it is undone together with the edit of the same thing before it.
    pub fn edit_merging(self, edit: Edit) -> bool {
        self.change(|history| history.edit_merging(edit))
    }

    fn change(self, change: impl FnOnce(&mut History) -> Result<(), Refused>) -> bool {
        let result = self.history.try_update(change).expect("the editor lives as long as the page");
        let done = result.is_ok();
        self.refused.set(result.err());
        done
    }

    /// Opens another document in place of this one, which can be undone.
    pub fn open(self, scenario: Scenario, name: &str) {
        self.documents.update(|count| *count += 1);
        self.history.update(|history| history.replace(placed(scenario), name));
        self.refused.set(None);
        self.opened.update(|opened| *opened += 1);
    }

    /// What comes next is a step of its own in the history, also if it is about the same thing.
    pub fn end_merging(self) {
        self.history.update_untracked(History::end_merging);
    }

    /// Takes the last edit back, and says which.
    pub fn undo(self) -> Option<String> {
        self.history.try_update(History::undo).flatten()
    }

    /// Makes the edit again that was taken back last, and says which.
    pub fn redo(self) -> Option<String> {
        self.history.try_update(History::redo).flatten()
    }

    /// The name of the edit that would be taken back.
    pub fn undo_name(self) -> Option<String> {
        self.history.with(|history| history.undo_name().map(str::to_owned))
    }

    /// The name of the edit that would be made again.
    pub fn redo_name(self) -> Option<String> {
        self.history.with(|history| history.redo_name().map(str::to_owned))
    }

    /// Adds a task, near a place of the canvas where there is room, and says what it is called.
    pub fn add(self, function: &str, near: (i32, i32)) -> Option<String> {
        let taken: Vec<_> = self
            .scenario
            .with_untracked(|all| all.tasks.iter().filter_map(|t| t.position).collect());
        let position = place_new(&taken, near);
        self.edit(Edit::AddTask { function: function.to_owned(), position: Some(position) })
            .then(|| self.ids.with_untracked(|ids| ids.last().cloned()))
            .flatten()
    }

    /// Lays the whole graph out anew.
    pub fn lay_out(self) {
        let scenario = self.scenario.get_untracked();
        let places = layout(&drawable(&scenario));
        let ids = scenario.tasks.iter().map(|task| task.id.clone());
        let edits = vec![Edit::Move(ids.zip(places).collect())];
        self.edit(Edit::Together { name: "lay the graph out".to_owned(), edits });
        self.opened.update(|opened| *opened += 1);
    }
}

/// The document with a place for every task, so that nothing moves when one is added.
pub fn placed(mut scenario: Scenario) -> Scenario {
    if scenario.tasks.iter().any(|task| task.position.is_none()) {
        let places = layout(&drawable(&scenario));
        for (task, place) in scenario.tasks.iter_mut().zip(places) {
            task.position = Some(place);
        }
    }
    scenario
}
