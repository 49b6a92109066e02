//! How long a run would have taken at best: the work there was, divided among its workers, and the
//! longest chain in it, which no number of workers makes shorter.
//!
//! Told from what really ran: the bars of the workers, without the parts in which their code waited.

use crate::engine::event::EndCause;
use crate::scenario::{Plan, ProgramPlan};
use crate::units::{Instant, Span, TaskId};
use crate::view::View;
use crate::view::timeline::{Bar, Lane, LaneKind, Look, Timeline};

/// What a run had to do, and what it could not have been faster than.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// The time that calls ran, all together, in the run's own time.
    pub work: Span,
    /// How many workers there were for it.
    pub workers: u32,
    /// How many of them had a call at once, at most …
    pub at_once: u32,
    /// … and for how long, all together.
    pub at_once_for: Span,
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
        let mut changes = Vec::new();
        let workers = timeline.lanes().iter().filter(|lane| is_worker(lane.kind));
        for bar in workers.flat_map(Lane::bars) {
            let Look::Shown(_) = bar.look else { continue };
            // An end before a beginning at the same instant: a worker that goes on is still one.
            changes.extend([(bar.from, 1), (bar.until.unwrap_or(view.now), -1)]);
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
        let (at_once, at_once_for) = most_at_once(changes);
        Some(Self { work, workers: plan.max_workers(), at_once, at_once_for, chain, chain_takes })
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

/// The most that there are at once, and how long there are so many, from when one comes (1) or goes
/// (-1).
fn most_at_once(mut changes: Vec<(Instant, i32)>) -> (u32, Span) {
    changes.sort_unstable();
    let (mut now, mut most, mut total) = (0, 0, Span::ZERO);
    for (at, change) in changes.iter().enumerate() {
        now += change.1;
        let until = changes.get(at + 1).map_or(change.0, |next| next.0);
        let lasts = until.since(change.0);
        if lasts > Span::ZERO && now > most {
            (most, total) = (now, Span::ZERO);
        }
        if now == most {
            total = Span(total.0.saturating_add(lasts.0));
        }
    }
    (u32::try_from(most).unwrap_or_default(), total)
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
            until[task.index()] = Span(takes[task.index()].0.saturating_add(until[last.index()].0));
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
    fn how_many_are_at_work_at_once_and_for_how_long() {
        let seconds = |at: u64| Instant::ZERO + Span::from_secs(at);
        let bar = |from, until| [(seconds(from), 1), (seconds(until), -1)];
        let most = |bars: &[[(Instant, i32); 2]]| most_at_once(bars.concat());
        // One begins when another ends: never two.
        assert_eq!(most(&[bar(0, 2), bar(2, 3)]), (1, Span::from_secs(3)));
        assert_eq!(most(&[bar(0, 4), bar(1, 2), bar(3, 9)]), (2, Span::from_secs(2)));
        // What takes no time is nobody's company.
        assert_eq!(most(&[bar(0, 2), bar(1, 1)]), (1, Span::from_secs(2)));
        assert_eq!(most(&[]), (0, Span::ZERO));
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
