//! A run at a moment: its log, folded up to one record into all that the graph shows of it.
//!
//! Pure: records in, knowledge out. [`crate::recording`] has the way there, [`crate::session`] decides
//! when records are folded and whom to tell; nothing on the page is told of an event in any other way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use shared::engine::event::{Act, ActResult, Event, Record};
use shared::scenario::{Mode, Plan, ProgramPlan};
use shared::units::{FutureId, Instant, Seq, Span, TaskId, WorkerId};
use shared::view::shown::{Shown, letter};
use shared::view::why::Whys;
use shared::view::{ItemsView, Place, TaskView, View};

/// Characters of a value or an exception that a node shows.
const ON_A_NODE: usize = 14;

/// A run, folded up to one of its records.
#[derive(Clone)]
pub struct Fold {
    /// What is known by then.
    pub view: View,
    /// Why calls waited.
    pub whys: Whys,
    /// Since when workers have the calls that they have.
    since: BTreeMap<FutureId, Instant>,
    /// Tasks whose value was handed out.
    given: BTreeSet<TaskId>,
    /// What a person's `cancel()` answered last.
    answers: BTreeMap<TaskId, bool>,
    /// Deliveries of the view that `given` has seen.
    delivered: usize,
    /// Whether results are handed out by main, and not by callbacks.
    main_hands_out: bool,
    changed: BTreeSet<TaskId>,
}

/// What a node shows of its run.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Its state.
    pub shown: Shown,
    /// Its value or exception in short, once there is one.
    pub outcome: Option<String>,
    /// The letter of the worker that has its call, or had it.
    pub worker: Option<String>,
    /// Since when it runs.
    pub since: Option<Instant>,
    /// How long it ran.
    pub took: Option<Span>,
    /// Its value was handed out to those who need it.
    pub given: bool,
    /// How far it is, if it is a map node.
    pub items: Option<ItemsView>,
}

impl Default for Look {
    /// Before any run.
    fn default() -> Self {
        Self {
            shown: Shown::Waiting,
            outcome: None,
            worker: None,
            since: None,
            took: None,
            given: false,
            items: None,
        }
    }
}

impl Fold {
    /// Before the first record.
    pub fn new(plan: Arc<Plan>) -> Self {
        let main_hands_out = match plan.program {
            ProgramPlan::Mode { mode, .. } => matches!(mode, Mode::Map | Mode::AsCompleted),
            ProgramPlan::Steps { .. } => false,
        };
        Self {
            view: View::new(plan).in_scenario_seconds(),
            whys: Whys::default(),
            since: BTreeMap::new(),
            given: BTreeSet::new(),
            answers: BTreeMap::new(),
            delivered: 0,
            main_hands_out,
            changed: BTreeSet::new(),
        }
    }

    /// The number of the record that comes next.
    pub fn next_seq(&self) -> Seq {
        self.view.last_seq.map_or(0, |seq| seq + 1)
    }

    /// Takes the next record; tells which tasks and which future it is about.
    pub fn apply(&mut self, record: &Record) -> (Vec<TaskId>, Option<FutureId>) {
        self.view.apply(record);
        self.whys.apply(&self.view, record);

        let future = self.view.future_of_event(&record.event);
        match &record.event {
            Event::Intervened { act: Act::Cancel(task), result, .. } => {
                self.answers.insert(*task, *result == ActResult::Done);
            }
            Event::Taken { .. } => self.since.extend(future.map(|future| (future, record.at))),
            Event::Returned { .. } | Event::Lost { .. } => {
                future.map(|future| self.since.remove(&future));
            }
            _ => {}
        }
        let tasks = self.view.tasks_of_event(&record.event);
        self.hand_out(&tasks);
        self.changed.extend(tasks.iter().copied());
        (tasks, future)
    }

    /// Forgets which tasks look different: whoever asks looks at all of them.
    pub fn forget_changed(&mut self) {
        self.changed.clear();
    }

    /// Some tasks that look different than the last time, at most so many.
    pub fn take_changed(&mut self, most: usize) -> Vec<TaskId> {
        let some: Vec<TaskId> = self.changed.iter().copied().take(most).collect();
        for task in &some {
            self.changed.remove(task);
        }
        some
    }

    /// Whether there are more of them.
    pub fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// What a task's node shows.
    pub fn look(&self, task: TaskId) -> Look {
        let shown = self.view.shown(task);
        let given = self.given.contains(&task);
        if let Some(items) = self.view.items(task) {
            return Look { shown, given, items: Some(items.clone()), ..Look::default() };
        }
        let Some(TaskView::Submitted(future)) = self.view.tasks.get(task.index()) else {
            return Look { shown, given, ..Look::default() };
        };
        let Some(cell) = self.view.future(*future) else {
            return Look { shown, given, ..Look::default() };
        };
        Look {
            shown,
            outcome: cell.outcome.as_ref().map(|outcome| short(&outcome.in_short(), ON_A_NODE)),
            worker: cell.worker.map(letter),
            since: matches!(cell.place, Place::With(_))
                .then(|| self.since.get(future).copied())
                .flatten(),
            took: cell.ran,
            given,
            items: None,
        }
    }

    /// The future that a task was submitted as, last.
    pub fn future_of(&self, task: TaskId) -> Option<FutureId> {
        match self.view.tasks.get(task.index())? {
            TaskView::Submitted(future) => Some(*future),
            TaskView::Waiting | TaskView::Skipped(_) => None,
        }
    }

    /// What the last `cancel()` of a task's future answered to a person.
    pub fn cancel_answer(&self, task: TaskId) -> Option<bool> {
        self.answers.get(&task).copied()
    }

    /// The worker that has a task's call now.
    pub fn worker_of(&self, task: TaskId) -> Option<WorkerId> {
        let cell = self.view.future(self.future_of(task)?)?;
        match cell.place {
            Place::With(worker) => Some(worker),
            _ => None,
        }
    }

    /// Whose value travels along its edges now: what main received, or what callbacks saw.
    fn hand_out(&mut self, tasks: &[TaskId]) {
        for at in self.delivered..self.view.delivered.len() {
            let delivery = self.view.delivered[at];
            let work = self.view.future(delivery.future).map(|cell| &cell.work);
            if let Some(work) = work {
                let one = work.part_at(delivery.item).map(|(part, _)| part.task);
                self.given.extend(one.or(work.first_task()));
                self.changed.extend(one.or(work.first_task()));
            }
        }
        self.delivered = self.view.delivered.len();
        if !self.main_hands_out {
            let over = |task: &&TaskId| self.view.shown(**task) == Shown::Succeeded;
            self.given.extend(tasks.iter().filter(over));
        }
    }
}

/// At most so many characters, the last one `…` if some are missing.
pub fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}
