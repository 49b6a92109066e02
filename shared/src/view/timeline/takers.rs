//! Whose results come to main: only those wait on the shelf.
//!
//! A tail on the shelf says: *it is there, and main has not taken it*. It would be endless, and say
//! nothing, where no line of the program takes that result. So the program is asked first:
//!
//! * `map`, `as_completed` and `wait` read every result;
//! * `submit` reads none: callbacks use them the moment they are there;
//! * steps read what `result`, `exception`, `as_completed`, a loop or `next` over a `map`, and the
//!   submit of a task with inputs name. What a script only *submits* or *waits for* is not on the
//!   shelf. A result named in a branch that is never reached stays there to the end of the program:
//!   that it was never taken is then worth seeing.

use std::collections::{BTreeMap, BTreeSet};

use crate::scenario::{Condition, ExecutorKind, Mode, Plan, ProgramPlan, Step};
use crate::units::TaskId;

/// The tasks whose results main takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takers {
    /// Every task's.
    All,
    /// Exactly these tasks'.
    These(BTreeSet<TaskId>),
}

impl Takers {
    /// Those of this plan's program.
    pub fn of(plan: &Plan) -> Self {
        match &plan.program {
            ProgramPlan::Mode { mode: Mode::Submit, .. } => Self::These(BTreeSet::new()),
            ProgramPlan::Mode { mode: Mode::Map | Mode::AsCompleted | Mode::Wait, .. } => Self::All,
            ProgramPlan::Steps { steps, .. } => {
                let mut search = Search { plan, taken: BTreeSet::new(), maps: BTreeMap::new() };
                // What an iterator is called may stand below the loop that uses it.
                search.find_maps(steps);
                search.look_at(steps);
                Self::These(search.taken)
            }
        }
    }

    /// Whether main takes this task's result.
    pub fn takes(&self, task: TaskId) -> bool {
        match self {
            Self::All => true,
            Self::These(tasks) => tasks.contains(&task),
        }
    }
}

struct Search<'a> {
    plan: &'a Plan,
    taken: BTreeSet<TaskId>,
    /// The tasks of each iterator of `map`, by the iterator's name.
    maps: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> Search<'a> {
    fn find_maps(&mut self, steps: &'a [Step]) {
        for step in steps {
            if let Step::Map { tasks, name, .. }
            | Step::Starmap { tasks, name, .. }
            | Step::MapAsync { tasks, name, .. }
            | Step::Imap { tasks, name, .. }
            | Step::ImapUnordered { tasks, name, .. } = step
            {
                let tasks = tasks.iter().map(String::as_str);
                self.maps.entry(name).or_default().extend(tasks);
            }
            for (_, inner) in step.blocks() {
                self.find_maps(inner);
            }
        }
    }

    fn look_at(&mut self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Result { of, .. } | Step::Exception { of, .. } | Step::Get { of, .. } => {
                    self.takes(of);
                }
                Step::Apply { task, .. } => {
                    self.reads_inputs(task);
                    self.takes(task);
                }
                // Pool's comes back with the list.
                Step::Starmap { tasks, .. } => tasks.iter().for_each(|of| self.takes(of)),
                Step::Map { tasks, .. } if self.plan.kind() == ExecutorKind::Pool => {
                    tasks.iter().for_each(|of| self.takes(of));
                }
                Step::AsCompleted { of, .. } => {
                    of.as_slice().iter().for_each(|of| self.takes(of));
                }
                Step::For { over, .. } => over.as_slice().iter().for_each(|of| self.takes(of)),
                Step::Next { of, .. } => self.takes(of),
                Step::If { future, is: Condition::Failed, .. } => self.takes(future),
                Step::Submit { task } | Step::ApplyAsync { task, .. } => {
                    task.as_slice().iter().for_each(|of| self.reads_inputs(of));
                }
                Step::Map { tasks, .. }
                | Step::MapAsync { tasks, .. }
                | Step::Imap { tasks, .. }
                | Step::ImapUnordered { tasks, .. } => {
                    tasks.iter().for_each(|of| self.reads_inputs(of));
                }
                Step::Call { task, .. } => self.reads_inputs(task),
                Step::Ready { .. }
                | Step::Successful { .. }
                | Step::Terminate {}
                | Step::Join {}
                | Step::TerminateWorkers {}
                | Step::KillWorkers {}
                | Step::Repr { .. }
                | Step::Raise { .. }
                | Step::Close { .. }
                | Step::Wait { .. }
                | Step::Done { .. }
                | Step::Running { .. }
                | Step::Cancelled { .. }
                | Step::Cancel { .. }
                | Step::AddDoneCallback { .. }
                | Step::Sleep { .. }
                | Step::Print { .. }
                | Step::Shutdown { .. }
                | Step::Leave {}
                | Step::Try { .. }
                | Step::If { .. }
                | Step::Repeat { .. } => {}
            }
            for (_, inner) in step.blocks() {
                self.look_at(inner);
            }
        }
    }

    /// A name is a task's or an iterator's; one that a loop binds stands for futures named elsewhere.
    fn takes(&mut self, name: &str) {
        self.taken.extend(self.plan.names.get(name));
        for task in self.maps.get(name).into_iter().flatten() {
            self.taken.extend(self.plan.names.get(*task));
        }
    }

    fn reads_inputs(&mut self, name: &str) {
        if let Some(task) = self.plan.names.get(name).and_then(|id| self.plan.tasks.get(id.index()))
        {
            self.taken.extend(&task.inputs);
        }
    }
}
