//! What the parts of the workbench share: the document, the run, the selection, and a place for words.

use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::prelude::*;
use shared::engine::event::Act;
use shared::scenario::Scenario;
use shared::scenario::edit::Edit;
use shared::units::WorkerId;
use shared::view::bounds::Bounds;
use shared::view::shown::Shown;

use crate::api::ApiError;
use crate::canvas::{self, Wiring};
use crate::dock;
use crate::editor::Editor;
use crate::focus::{Trail, focus};
use crate::ghost::Ghosts;
use crate::inspector;
use crate::keys::{self, GRAPH, Own};
use crate::later::Later;
use crate::many::Many;
use crate::menu::Menu;
use crate::outline::Tap;
use crate::session::Session;
use crate::topbar::how::{How, another_seed};

/// A document without tasks.
const EMPTY: &str = r#"{"format":1,"executor":{"kind":"threads","workers":2},"tasks":[],
    "program":{"mode":"submit"}}"#;

/// The run that the address names, and the document as it was opened with it: as long as both are what
/// is shown, the address stays.
#[derive(Debug, Clone, PartialEq)]
pub struct Followed {
    /// Which of the runs that were shown, by the session's count.
    pub era: u32,
    /// The document.
    pub scenario: Arc<Scenario>,
}

/// What is selected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Selection {
    /// Nothing.
    #[default]
    Nothing,
    /// Tasks, by id; at least one.
    Tasks(BTreeSet<String>),
    /// A worker of the run.
    Worker(WorkerId),
}

impl Selection {
    /// One task.
    pub fn task(id: impl Into<String>) -> Self {
        Self::Tasks(BTreeSet::from([id.into()]))
    }

    /// The task, if exactly one is selected.
    pub fn one(&self) -> Option<&str> {
        match self {
            Self::Tasks(ids) if ids.len() == 1 => ids.first().map(String::as_str),
            Self::Nothing | Self::Tasks(_) | Self::Worker(_) => None,
        }
    }

    /// Whether this task is among the selected ones.
    pub fn has(&self, id: &str) -> bool {
        matches!(self, Self::Tasks(ids) if ids.contains(id))
    }
}

/// The tabs of the dock; on a phone, with the outline, of the whole page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// The lanes.
    Timeline,
    /// The sentences.
    Story,
    /// What came to main, in its order.
    Results,
    /// The program's text.
    Code,
    /// The program as steps, and what a person does.
    Program,
    /// Two runs beside each other.
    Compare,
}

impl Tab {
    /// For the page's own attributes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Timeline => "timeline",
            Self::Story => "story",
            Self::Results => "results",
            Self::Code => "code",
            Self::Program => "program",
            Self::Compare => "compare",
        }
    }
}

/// How the graph is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphAs {
    /// As a drawing.
    Canvas,
    /// As a list, for everybody to whom a drawing says nothing.
    Outline,
}

/// The part that a phone shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The outline of the graph.
    Graph,
    /// The dock.
    Dock,
}

/// The tabs of the inspector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What the run says of it.
    Future,
    /// What the document says of it.
    Task,
}

/// What is being edited where it stands on the canvas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Editing {
    /// A task, by its id.
    Task(String),
    /// A note, by its place in the document.
    Note(usize),
    /// A note that there is not yet, whose upper left corner will be here.
    NewNote((i32, i32)),
}

/// What the parts of the workbench share. A handle: copies are the same.
#[derive(Clone, Copy)]
pub struct Bench {
    /// The document.
    pub editor: Editor,
    /// The run.
    pub session: Session,
    /// The experiment, run many times.
    pub many: Many,
    /// How the document would run, foretold from the run before.
    pub ghost: Ghosts,
    /// How the document is run.
    pub how: RwSignal<How>,
    /// Whether simulations are by hand.
    pub by_hand: RwSignal<bool>,
    /// What is selected.
    pub selection: RwSignal<Selection>,
    /// The item that was chosen last, and of which map node.
    pub item: RwSignal<Option<(String, u32)>>,
    /// The state whose tasks stand out, the others dimmed; none if nothing is.
    pub only: RwSignal<Option<Shown>>,
    /// The state that is pointed at in the legend; its tasks stand out as long as that lasts.
    pub pointed: RwSignal<Option<Shown>>,
    /// The tab of the dock.
    pub tab: RwSignal<Tab>,
    /// How the graph is shown.
    pub graph_as: RwSignal<GraphAs>,
    /// What a phone shows.
    pub pane: RwSignal<Pane>,
    /// The tab of the inspector.
    pub side: RwSignal<Side>,
    /// The note that keys and menus are about, by its place in the document; then no task is selected.
    pub note: RwSignal<Option<usize>>,
    /// The edge that is being drawn.
    pub wiring: RwSignal<Option<Wiring>>,
    /// What is being edited on the canvas.
    pub editing: RwSignal<Option<Editing>>,
    /// What a press on a task of the outline means.
    pub tap: RwSignal<Tap>,
    /// Whether the window is that of a phone.
    pub narrow: RwSignal<bool>,
    /// Whether single letters and signs are keys.
    pub letters: RwSignal<bool>,
    /// Chords that were chosen in place of those of the table, once that is here.
    pub own_keys: RwSignal<Own>,
    /// Where the focus was.
    pub trail: Trail,
    /// Whether the box for a new task is open.
    pub adding: RwSignal<bool>,
    /// The intervention whose form is open, by its place in the document.
    pub acting: RwSignal<Option<usize>>,
    /// Whether the list of keys is open.
    pub keys_shown: RwSignal<bool>,
    /// Whether the command palette is open.
    pub finding: RwSignal<bool>,
    /// The menu that is open, and where.
    pub menu: RwSignal<Option<Menu>>,
    /// What was said last to whoever looks; counted, so that the same can be said twice.
    pub notice: RwSignal<(u32, String)>,
    /// The middle of what the canvas shows, in the graph's own units.
    pub middle: RwSignal<(i32, i32)>,
    /// The run that the address names.
    pub followed: RwSignal<Option<Followed>>,
    /// Whether the run that is shown is one of the document before the last edits.
    pub stale: Memo<bool>,
    /// Counts how often a draft was kept.
    pub drafts: RwSignal<u32>,
    /// Whether killing a worker was agreed to in this visit.
    pub may_kill: RwSignal<bool>,
    /// What a run that came to its own end could have taken at best.
    pub bounds: Memo<Option<Bounds>>,
    /// The page's second half.
    pub later: Later,
    /// Pixels of the dock; none for as many as there are by default.
    pub dock_height: RwSignal<Option<f64>>,
}

impl Bench {
    /// A workbench with this document.
    pub fn new(scenario: Scenario, later: Later) -> Self {
        let (editor, session) = (Editor::new(scenario), Session::new());
        let stale = Memo::new(move |_| {
            session.plan.with(|plan| {
                let of_run = plan.as_ref().map(|plan| &plan.scenario);
                of_run.is_some_and(|run| editor.scenario.with(|now| !now.runs_like(run)))
            })
        });
        // Once for a run: every bar is looked at.
        let bounds = Memo::new(move |_| {
            session.phase.track();
            later.ask_for(|parts| (parts.bounds)(session)).flatten()
        });
        let bench = Self {
            editor,
            session,
            ghost: Ghosts::new(),
            many: Many::new(),
            how: RwSignal::new(How::recall()),
            by_hand: RwSignal::new(false),
            selection: RwSignal::default(),
            item: RwSignal::new(None),
            only: RwSignal::new(None),
            pointed: RwSignal::new(None),
            tab: RwSignal::new(Tab::Timeline),
            graph_as: RwSignal::new(GraphAs::Canvas),
            pane: RwSignal::new(Pane::Dock),
            side: RwSignal::new(Side::Task),
            note: RwSignal::new(None),
            wiring: RwSignal::new(None),
            editing: RwSignal::new(None),
            tap: RwSignal::default(),
            narrow: RwSignal::new(false),
            letters: RwSignal::new(keys::letters_recalled()),
            own_keys: RwSignal::default(),
            trail: Trail::new(),
            adding: RwSignal::new(false),
            acting: RwSignal::new(None),
            keys_shown: RwSignal::new(false),
            finding: RwSignal::new(false),
            menu: RwSignal::new(None),
            notice: RwSignal::new((0, String::new())),
            middle: RwSignal::new((0, 0)),
            followed: RwSignal::new(None),
            stale,
            drafts: RwSignal::new(0),
            may_kill: RwSignal::new(false),
            bounds,
            later,
            dock_height: RwSignal::new(dock::height_recalled()),
        };
        Effect::new(move |_| {
            if bench.selection.with(|selection| *selection != Selection::Nothing) {
                bench.note.set(None);
            }
        });
        Effect::new(move |_| {
            if let Some(words) = bench.session.refused.get() {
                bench.say(words);
            }
        });
        Effect::new(move |_| {
            if let Some(refused) = bench.editor.refused.get() {
                bench.say(refused.to_string());
            }
        });
        bench
    }

    /// The workbench around a component.
    pub fn get() -> Self {
        use_context().expect("every part of the workbench is within it")
    }

    /// The item that was chosen of this map node.
    pub fn item_of(self, task: &str) -> Option<u32> {
        let of_it = |(of, item): &(String, u32)| (of == task).then_some(*item);
        self.item.with(|item| item.as_ref().and_then(of_it))
    }

    /// Does the command of this id, once the page is whole.
    pub fn command(self, id: &'static str) {
        untrack(|| self.later.ask_for(|parts| (parts.command)(self, id)));
    }

    /// The keys of a command, if it has any and the page is whole.
    pub fn chord(self, id: &'static str) -> Option<String> {
        self.later.ask_for(|parts| (parts.chord)(self, id)).flatten()
    }

    /// Words with the keys of a command behind them, as far as it has any.
    pub fn hint(self, words: &str, id: &'static str) -> String {
        match self.chord(id) {
            Some(chord) => format!("{words} ({chord})"),
            None => words.to_owned(),
        }
    }

    /// Says something to whoever looks, on the page and to a screen reader.
    pub fn say(self, words: impl Into<String>) {
        let words = words.into();
        self.notice.update(|(count, said)| {
            *count += 1;
            *said = words;
        });
    }

    /// Opens another document; the run before it is left.
    pub fn open(self, scenario: Scenario, name: &str) {
        self.selection.set(Selection::Nothing);
        self.session.leave();
        self.editor.open(scenario, name);
    }

    /// Lets the address be that of what is shown, until something else is.
    pub fn follow_what_is_shown(self) {
        let era = self.session.era.get_untracked();
        let scenario = self.editor.scenario.get_untracked();
        self.followed.set(Some(Followed { era, scenario }));
    }

    /// Keeps the run that is shown, to compare those to come with it.
    pub fn keep_run(self) {
        self.say(if self.session.keep() {
            "Kept. Change something and run again: Compare shows both."
        } else {
            "There is no run to keep yet: it can be kept when it is over."
        });
    }

    /// Opens a document without tasks: on the same executor, with nothing else of the old one.
    pub fn new_graph(self) {
        let executor = self.editor.scenario.with_untracked(|all| all.executor.kind);
        let mut scenario = Scenario::parse(EMPTY).expect("a test reads it");
        scenario.executor.kind = executor;
        self.open(scenario, "begin a new graph");
        self.say("A new graph, empty. Undo brings the old one back.");
    }

    /// Runs the document, or shows what is wrong with it.
    pub fn run(self) {
        if self.session.phase.with_untracked(crate::session::Phase::is_going) {
            return;
        }
        match self.editor.plan() {
            Ok(plan) => {
                self.side.set(Side::Future);
                match self.how.get_untracked() {
                    How::Simulated => self.session.simulate(plan, self.by_hand.get_untracked()),
                    How::Real => self.session.start(plan, move |error| self.not_started(&error)),
                }
            }
            Err(error) => {
                self.show_place(&error.at);
                self.say(format!("Not started: {}.", error.kind));
            }
        }
    }

    /// Says why the server did not start the run, and what can be done.
    fn not_started(self, error: &ApiError) {
        match error {
            ApiError::Refused(problem) => {
                self.show_place(problem.pointer.as_deref().unwrap_or_default());
                self.say(error.sentence());
            }
            ApiError::Unreachable(_) => self.say(format!(
                "{} Or choose Simulated beside Run: that needs no server.",
                error.sentence()
            )),
        }
    }

    /// Chooses how the document is run from now on.
    pub fn choose_how(self, how: How) {
        self.how.set(how);
        how.remember();
    }

    /// Chooses the other way to run from now on, and says which.
    pub fn other_how(self) {
        self.choose_how(self.how.get_untracked().other());
        self.say(match self.how.get_untracked() {
            How::Real => "Run runs it on real workers.",
            How::Simulated => "Run simulates it in this page.",
        });
    }

    /// Simulates the document with another seed; a simulation that goes on is left for it.
    pub fn simulate_another(self) {
        if self.session.simulated.with_untracked(Option::is_some) {
            self.session.leave();
        }
        if self.session.phase.with_untracked(crate::session::Phase::is_going) {
            return self.say("A run is going: stop it first, to simulate with another seed.");
        }
        self.choose_how(How::Simulated);
        let seed = another_seed(self.editor.scenario.with_untracked(|all| all.seed));
        if self.editor.edit_merging(Edit::SetSeed(seed)) {
            self.run();
        }
    }

    /// Selects the task that a JSON pointer is within, or shows the program if it is in that.
    pub fn show_place(self, pointer: &str) {
        if pointer.starts_with("/program/steps") || pointer.starts_with("/interventions") {
            self.pane.set(Pane::Dock);
            return self.tab.set(Tab::Program);
        }
        let number = pointer.strip_prefix("/tasks/").and_then(|rest| rest.split('/').next());
        let number = number.and_then(|number| number.parse::<usize>().ok());
        let id = number.and_then(|at| self.editor.ids.with_untracked(|ids| ids.get(at).cloned()));
        if let Some(id) = id {
            self.selection.set(Selection::task(id));
            self.side.set(Side::Task);
        }
    }

    /// Whether the run, or before one the document, has futures and not a Pool's results.
    pub fn has_futures(self) -> bool {
        let of_run = self.session.plan.with(|plan| plan.as_ref().map(|plan| plan.kind()));
        let kind = of_run.unwrap_or_else(|| self.editor.scenario.with(|all| all.executor.kind));
        kind.has_futures()
    }

    /// Cancels the future of the selected task.
    pub fn cancel(self) {
        if !untrack(|| self.has_futures()) {
            self.say("multiprocessing.Pool's results have no cancel().");
            return;
        }
        if let Some(task) = self.selected_in_run() {
            self.session.act(Act::Cancel(task));
        }
    }

    /// Kills the selected worker, or the one that has the selected task's call.
    pub fn kill(self) {
        if self
            .session
            .plan
            .with_untracked(|plan| plan.as_ref().is_some_and(|plan| !plan.kind().has_processes()))
        {
            self.say("A thread cannot be killed, only a worker process. Choose processes.");
            return;
        }
        let act = match self.selection.get_untracked() {
            Selection::Worker(worker) => Some(Act::KillWorker(worker)),
            Selection::Tasks(_) | Selection::Nothing => {
                self.selected_in_run().map(Act::KillWorkerOf)
            }
        };
        let Some(act) = act else {
            self.say("Select a worker, or a task that runs on one, to kill it.");
            return;
        };
        // Once a visit, and not as a dialog: those stop the page while the run goes on.
        if self.may_kill.get_untracked() {
            self.session.act(act);
        } else {
            self.may_kill.set(true);
            self.say(if untrack(|| self.has_futures()) {
                "Killing a worker breaks the whole pool: every future that is not done gets \
                 BrokenProcessPool. Once more to do it."
            } else {
                "What a killed worker had is lost: its result never becomes ready, and the Pool \
                 starts another worker. Once more to do it."
            });
        }
    }

    /// Opens the gate of the selected task.
    pub fn open_gate(self) {
        if let Some(task) = self.selected_in_run() {
            self.session.act(Act::Open(task));
        }
    }

    /// The number of the selected task in the run.
    fn selected_in_run(self) -> Option<shared::units::TaskId> {
        let id = self.selection.with_untracked(|selection| selection.one().map(str::to_owned))?;
        self.session.task_id(&id)
    }

    /// Edits the selected task, on its node, or in the panel where there is no drawing; or the note.
    pub fn edit_selected(self) {
        if let Some(note) = self.note.get_untracked() {
            return self.editing.set(Some(Editing::Note(note)));
        }
        let one = self.selection.with_untracked(|selection| selection.one().map(str::to_owned));
        match one {
            Some(id) if canvas::is_in_sight() => self.editing.set(Some(Editing::Task(id))),
            Some(_) => inspector::focus_first_field(self),
            None => self.say("Select one task to edit it."),
        }
    }

    /// Copies what is selected beside it, and selects the copies.
    pub fn duplicate(self) {
        if let Selection::Tasks(ids) = self.selection.get_untracked() {
            let count = ids.len();
            if self.editor.edit(Edit::Duplicate(ids.into_iter().collect())) {
                self.select_last(count);
            }
        }
    }

    /// Selects the last tasks of the document: those that were just added.
    pub fn select_last(self, count: usize) {
        let ids = self.editor.ids.get_untracked();
        let new = ids.into_iter().rev().take(count).collect();
        self.selection.set(Selection::Tasks(new));
    }

    /// Selects all tasks; of those that are dimmed, none.
    pub fn select_all(self) {
        let mut ids = self.editor.ids.get_untracked();
        if let Some(only) = self.only.get_untracked() {
            ids.retain(|id| self.session.look(id).with_untracked(|look| look.shown == only));
        }
        if !ids.is_empty() {
            self.selection.set(Selection::Tasks(ids.into_iter().collect()));
        }
    }

    /// Removes what is selected, be it tasks or a note.
    pub fn remove_selected(self) {
        if let Some(note) = self.note.get_untracked()
            && self.editor.edit(Edit::RemoveNote(note))
        {
            self.note.set(None);
            // It may have had the focus.
            focus(GRAPH);
            self.say("Deleted the note.");
        }
        if let Selection::Tasks(ids) = self.selection.get_untracked() {
            let ids = ids.into_iter().collect();
            if self.editor.edit(Edit::Remove(ids)) {
                self.selection.set(Selection::Nothing);
            }
        }
    }

    /// Adds a task of this function where one looks, selects it and says so.
    pub fn add(self, function: &str, near: Option<(i32, i32)>) {
        let near = near.unwrap_or_else(|| self.middle.get_untracked());
        if let Some(id) = self.editor.add(function, near) {
            self.say(format!("Added {id}."));
            self.selection.set(Selection::task(id));
            self.side.set(Side::Task);
        }
    }

    /// Takes the last edit back.
    pub fn undo(self) {
        let undone = self.editor.undo();
        self.say(undone.map_or("Nothing to undo.".to_owned(), |name| format!("Undid: {name}.")));
        self.forget_removed();
    }

    /// Makes it again.
    pub fn redo(self) {
        let redone = self.editor.redo();
        self.say(
            redone.map_or("Nothing to redo.".to_owned(), |name| format!("Did again: {name}.")),
        );
        self.forget_removed();
    }

    /// Deselects what is no more.
    fn forget_removed(self) {
        let notes = self.editor.scenario.with_untracked(|all| all.notes.len());
        if self.note.get_untracked().is_some_and(|note| note >= notes) {
            self.note.set(None);
        }
        self.selection.update(|selection| {
            if let Selection::Tasks(ids) = selection {
                self.editor.index.with_untracked(|index| ids.retain(|id| index.contains_key(id)));
                if ids.is_empty() {
                    *selection = Selection::Nothing;
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_document_can_be_read_and_has_no_tasks() {
        assert!(Scenario::parse(EMPTY).unwrap().tasks.is_empty());
    }
}
