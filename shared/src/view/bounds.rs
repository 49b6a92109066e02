//! How long a run would have taken at best: the work there was, divided among its workers, and the
//! longest chain in it, which no number of workers makes shorter.
//!
//! Told from what really ran: the bars of the workers, without the parts in which their code waited.

use crate::engine::event::EndCause;
use crate::scenario::{Plan, ProgramPlan};
use crate::units::{Span, TaskId};
use crate::view::View;
use crate::view::timeline::{Bar, Lane, LaneKind, Look, Timeline};

/// What a run had to do, and what it could not have been faster than.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// The time that calls ran, all together, in the run's own time.
    pub work: Span,
    /// How many workers there were for it.
    pub workers: u32,
    /// The longest chain: tasks of which each needed the one before.
    pub chain: Vec<TaskId>,
    /// How long its tasks ran, one after the other.
    pub chain_takes: Span,
}

impl Bounds {
    /// The bounds of a run that came to its own end; none of one that was cut off, whose bars say
    /// nothing of how long its calls would have been, and of one without calls.
    pub fn of(view: &View, timeline: &Timeline) -> Option<Self> {
        if view.end != Some(EndCause::Finished) {
            return None;
        }
        let plan = view.plan();
        let mut work = Span::ZERO;
        // Of a map node the longest call: its items need not wait for each other.
        let mut longest = vec![Span::ZERO; plan.tasks.len()];
        let workers = timeline.lanes().iter().filter(|lane| is_worker(lane.kind));
        for bar in workers.flat_map(Lane::bars) {
            let Look::Shown(_) = bar.look else { continue };
            let ran = ran(bar, view);
            work = Span(work.0.saturating_add(ran.0));
            if let Some(cell) = bar.task.and_then(|task| longest.get_mut(task.index())) {
                *cell = (*cell).max(ran);
            }
        }
        if work == Span::ZERO {
            return None;
        }
        let (chain, chain_takes) = longest_chain(plan, &longest);
        Some(Self { work, workers: plan.max_workers(), chain, chain_takes })
    }

    /// The work divided among the workers, as if that were possible to the last bit.
    pub fn shared_out(&self) -> Span {
        Span(self.work.0 / u64::from(self.workers.max(1)))
    }

    /// No run of these calls on so many workers takes less.
    pub fn at_best(&self) -> Span {
        self.shared_out().max(self.chain_takes)
    }
}

fn is_worker(kind: LaneKind) -> bool {
    matches!(kind, LaneKind::Worker(_))
}

/// How long a call's own code ran: what it waited for others, and for the GIL, is no work.
fn ran(bar: &Bar, view: &View) -> Span {
    let waited = bar.hatched.iter().map(|part| part.until.unwrap_or(view.now).since(part.from).0);
    let waited = waited.fold(0, u64::saturating_add);
    Span(bar.length(view.now).0.saturating_sub(waited))
}

/// The chain of tasks, each of which needs the one before, that takes longest.
fn longest_chain(plan: &Plan, takes: &[Span]) -> (Vec<TaskId>, Span) {
    // Until the end of each task, and through whom.
    let mut until = takes.to_vec();
    let mut through: Vec<Option<TaskId>> = vec![None; takes.len()];
    for task in plan.graph.levels.iter().flatten() {
        // Steps have an order of their own: what a task shall come after is nothing to them.
        let needs = match plan.program {
            ProgramPlan::Mode { .. } => &plan.graph.needs[task.index()],
            ProgramPlan::Steps { .. } => &plan.tasks[task.index()].inputs,
        };
        let last = needs.iter().copied().max_by_key(|needed| until[needed.index()]);
        if let Some(last) = last {
            until[task.index()] = Span(takes[task.index()].0 + until[last.index()].0);
            through[task.index()] = Some(last);
        }
    }
    let Some(end) = (0..until.len()).max_by_key(|task| until[*task]).map(TaskId::at) else {
        return (Vec::new(), Span::ZERO);
    };
    let mut chain = vec![end];
    while let Some(before) = chain.last().and_then(|task| through[task.index()]) {
        chain.push(before);
    }
    chain.reverse();
    (chain, until[end.index()])
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::scenario::Scenario;
    use crate::sim::Sim;

    fn bounds(json: &str) -> Option<(f64, f64, String, f64)> {
        let plan = Arc::new(Scenario::parse(json).and_then(Scenario::check).unwrap());
        let (mut view, mut timeline) = (View::new(plan.clone()), Timeline::new(plan.clone()));
        for record in Sim::new(plan, 0).run() {
            view.apply(&record);
            timeline.apply(&view, &record);
        }
        let bounds = Bounds::of(&view, &timeline)?;
        let chain: Vec<String> = bounds.chain.iter().map(|task| view.task_name(*task)).collect();
        let seconds = |span: Span| (span.seconds() * 1e3).round() / 1e3;
        let (work, best) = (seconds(bounds.work), seconds(bounds.at_best()));
        Some((work, best, chain.join(" "), seconds(bounds.chain_takes)))
    }

    fn sleeps(workers: u32, more: &str) -> String {
        format!(
            r#"{{"format":1,"executor":{{"kind":"threads","workers":{workers}}},"tasks":[
            {{"id":"a","function":"sleep","args":{{"seconds":1}}}},
            {{"id":"b","function":"sleep","args":{{"seconds":2}}}},
            {{"id":"c","function":"sleep","args":{{"seconds":3}},"after":["b"]}},
            {{"id":"d","function":"sleep","args":{{"seconds":1}},"after":["a","c"]}}{more}],
            "program":{{"mode":"as_completed"}}}}"#
        )
    }

    #[test]
    fn the_work_is_shared_out_until_a_chain_is_longer() {
        let chain = "b c d".to_owned();
        assert_eq!(bounds(&sleeps(1, "")), Some((7.0, 7.0, chain.clone(), 6.0)));
        assert_eq!(bounds(&sleeps(8, "")), Some((7.0, 6.0, chain, 6.0)));
    }

    #[test]
    fn steps_know_no_after() {
        let text = sleeps(8, "");
        let steps = r#""program":{"steps":[{"do":"submit","task":["a","b","c","d"]}]}"#;
        let text = text.replace(r#""program":{"mode":"as_completed"}"#, steps);
        assert_eq!(bounds(&text), Some((7.0, 3.0, "c".to_owned(), 3.0)));
    }

    #[test]
    fn the_items_of_a_map_node_may_run_at_once() {
        let items = r#"{"format":1,"executor":{"kind":"threads","workers":2},"tasks":[
            {"id":"a","function":"sleep","args":{"seconds":{"each":[1,4,2,1]}}}],
            "program":{"mode":"map"}}"#;
        assert_eq!(bounds(items), Some((8.0, 4.0, "a".to_owned(), 4.0)));
    }

    #[test]
    fn what_a_call_waits_for_another_is_no_work() {
        // Two seconds of sleep, and a call that waits for them.
        let inner = r#"{"format":1,"executor":{"kind":"threads","workers":2},"tasks":[
            {"id":"a","function":"submit_and_wait","args":{"seconds":2}}],
            "program":{"mode":"map"}}"#;
        assert_eq!(bounds(inner), Some((2.0, 1.0, "a".to_owned(), 0.0)));
    }

    #[test]
    fn a_run_that_was_cut_off_has_none() {
        let hangs = r#"{"format":1,"executor":{"kind":"threads","workers":1},"tasks":[
            {"id":"a","function":"hang"}],"program":{"mode":"map"}}"#;
        assert_eq!(bounds(hangs), None);
    }
}
