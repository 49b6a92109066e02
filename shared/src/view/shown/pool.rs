//! What is true of a result of `multiprocessing.Pool`, beside the little that Python says of it.
//!
//! An `AsyncResult` can be asked whether it is ready and whether it was successful, and nothing else:
//! whoever waits cannot tell a call in a queue from one at work, nor from one that is lost.

use super::{Shown, Truth, letter, python};
use crate::engine::event::Agent;
use crate::scenario::{Mode, ProgramPlan};
use crate::units::FutureId;
use crate::view::{FutureView, Place, View};

impl View {
    /// Where a call of a Pool is, in a few words without a full stop. Empty if there is no such call.
    pub fn whereabouts(&self, future: FutureId) -> String {
        self.future(future).map_or_else(String::new, |cell| whereabouts(self, cell))
    }
}

/// See [`View::truth`]. No rows where the program has no object to ask: inside `map` and
/// `imap_unordered`.
pub(super) fn truth(view: &View, cell: &FutureView, shown: Shown) -> Vec<Truth> {
    if let ProgramPlan::Mode { mode: Mode::Map | Mode::AsCompleted, .. } = view.plan().program {
        return Vec::new();
    }
    let (successful, text, differs) = match shown {
        Shown::Succeeded => ("True", "it has a value", false),
        Shown::Failed => ("False", "it has an exception", false),
        Shown::Broken => ("ValueError", "it never will be ready", true),
        Shown::Waiting
        | Shown::Queued
        | Shown::Claims
        | Shown::Running
        | Shown::Cancelled
        | Shown::Skipped => ("ValueError", "it is not ready", false),
    };
    let misleads = shown == Shown::Broken || cell.place == Place::ResultOnItsWay;
    let says = python(cell.state.done());
    vec![
        Truth { method: "ready()", says, text: whereabouts(view, cell), differs: misleads },
        Truth { method: "successful()", says: successful, text: text.to_owned(), differs },
    ]
}

fn whereabouts(view: &View, cell: &FutureView) -> String {
    let died = |agent| view.handlers_died.contains(&agent);
    match (cell.place, cell.worker) {
        (Place::Queued, _) if died(Agent::TaskHandler) => {
            "in the task queue, and nobody hands out any more".to_owned()
        }
        (Place::Queued, _) => "in the task queue".to_owned(),
        (Place::InCallQueue, _) => "in the pipe, on no worker".to_owned(),
        (Place::With(worker), _) if cell.blocked.is_some() => {
            format!("with worker {}, but itself waits", letter(worker))
        }
        (Place::With(worker), _) => format!("with worker {}", letter(worker)),
        (Place::ResultOnItsWay, _) if died(Agent::ResultHandler) => {
            "computed, but nobody reads results any more".to_owned()
        }
        (Place::ResultOnItsWay, _) => "computed: its result is on its way".to_owned(),
        (Place::Over, Some(worker)) if cell.state.done() => {
            format!("worker {} had it", letter(worker))
        }
        (Place::Over, None) if cell.state.done() => "no worker ever had it".to_owned(),
        (Place::Over, Some(worker)) if cell.ran.is_none() => {
            format!("lost: worker {} died with it", letter(worker))
        }
        (Place::Over, _) => "thrown away by terminate()".to_owned(),
    }
}
