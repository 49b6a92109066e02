//! At which step main is, while it waits.

use shared::engine::event::{BlockedOn, EndCause};
use shared::scenario::Step;
use shared::scenario::edit::StepPath;
use shared::units::FutureId;
use shared::view::View;

/// The step at which main waits. Where several could be it, the first, as in the program's text.
pub fn main_is_at(steps: &[Step], view: &View) -> Option<StepPath> {
    // Of a run that is over only a hang stands still.
    if view.end.is_some_and(|end| end != EndCause::Hang) {
        return None;
    }
    let on = view.main_waits_for()?;
    let is_at = |step: &Step| waits(step, on, view);
    // A submit waits, too: for the results that it hands on.
    first(steps, &StepPath::top(0), &is_at).or_else(|| {
        let submits = |step: &Step| {
            matches!(
                (step, on),
                (
                    Step::Submit { .. }
                        | Step::ApplyAsync { .. }
                        | Step::Map { .. }
                        | Step::Apply { .. },
                    BlockedOn::Result(_)
                )
            )
        };
        first(steps, &StepPath::top(0), &submits)
    })
}

/// The first of these steps, and of those within them, for which this holds.
fn first(steps: &[Step], from: &StepPath, holds: &dyn Fn(&Step) -> bool) -> Option<StepPath> {
    steps.iter().enumerate().find_map(|(at, step)| {
        let path = from.beside(at);
        if holds(step) {
            return Some(path);
        }
        // What a callback does is not done by main.
        if matches!(
            step,
            Step::AddDoneCallback { .. } | Step::ApplyAsync { .. } | Step::MapAsync { .. }
        ) {
            return None;
        }
        let blocks = step.blocks().into_iter().enumerate();
        blocks.into_iter().find_map(|(block, (_, list))| first(list, &path.inside(block, 0), holds))
    })
}

fn waits(step: &Step, on: BlockedOn, view: &View) -> bool {
    match (step, on) {
        (
            Step::Result { of, .. } | Step::Exception { of, .. } | Step::Get { of, .. },
            BlockedOn::Result(future),
        ) => may_be(of, future, view),
        (Step::If { future: of, .. }, BlockedOn::Result(future)) => may_be(of, future, view),
        (Step::Apply { task, .. }, BlockedOn::Result(future)) => may_be(task, future, view),
        (Step::AsCompleted { .. }, BlockedOn::CompletedNext(_))
        | (Step::For { .. } | Step::Next { .. }, BlockedOn::MapNext(_) | BlockedOn::ImapNext(_))
        | (Step::Wait { .. }, BlockedOn::Wait(_))
        | (Step::Sleep { .. }, BlockedOn::Sleep(_))
        | (Step::Map { .. } | Step::Starmap { .. } | Step::Get { .. }, BlockedOn::Job(_))
        | (Step::Shutdown { .. } | Step::Leave {}, BlockedOn::Shutdown)
        | (Step::Join {}, BlockedOn::Join)
        | (Step::Terminate {} | Step::Leave {}, BlockedOn::Terminate) => true,
        (Step::Call { task, .. }, BlockedOn::Gate(of)) => view.task_name(of) == *task,
        _ => false,
    }
}

/// Whether a name stands for this future: its task's, or one that a loop gives to each.
fn may_be(name: &str, future: FutureId, view: &View) -> bool {
    if !view.plan().names.contains_key(name) {
        return true;
    }
    let future = view.future(future);
    future.is_some_and(|cell| cell.work.tasks().any(|task| view.task_name(task) == name))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use shared::scenario::Scenario;
    use shared::sim::Sim;

    use super::*;

    #[test]
    fn main_is_at_the_step_for_which_it_waits() {
        let text = r#"{"format":1,"executor":{"kind":"threads","workers":1},
            "tasks":[{"id":"a","function":"sleep","args":{"seconds":1}},
                     {"id":"b","function":"sleep","args":{"seconds":1}}],
            "program":{"steps":[{"do":"submit","task":["a","b"]},{"do":"sleep","span":"100ms"},
                {"do":"result","of":"a"},
                {"do":"as_completed","of":["a","b"],"as":"f","steps":[{"do":"result","of":"f"}]}]}}"#;
        let plan =
            Arc::new(Scenario::parse(text).expect("it is right").check().expect("it is right"));
        let steps = plan.scenario.program.steps.clone().expect("they are steps");
        let mut view = View::new(plan.clone());
        let mut been = Vec::new();
        for record in Sim::new(plan, 0).run() {
            view.apply(&record);
            let at = main_is_at(&steps, &view).map(|path| path.pointer(&steps));
            if been.last() != Some(&at) {
                been.push(at);
            }
        }
        let places: Vec<_> = been.into_iter().flatten().collect();
        assert_eq!(places, ["/program/steps/1", "/program/steps/2", "/program/steps/3"]);
    }
}
