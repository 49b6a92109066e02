//! Many runs of one experiment: what is left of each, and what of all of them may come, against what
//! must.
//!
//! ```text
//!  log ──▶ Digest ──▶ Summary ─┐
//!  log ──▶ Digest ──▶ Summary ─┼─▶ Ranks    how often each task was the k-th to finish
//!  …                           └─▶ Spread   how long the shortest, middle and longest took
//! ```
//!
//! Thirty runs of 40,000 calls are more than a page can hold: so a log is folded as it comes, and is
//! gone.

use std::collections::BTreeMap;

use super::timeline::scale::format_instant;
use crate::engine::event::{EndCause, Event, Record};
use crate::scenario::Plan;
use crate::units::{FutureId, Instant, Seq, TaskId};

/// A log on its way to a [`Summary`].
#[derive(Debug, Clone, Default)]
pub struct Digest {
    /// The tasks that a future carries.
    carries: BTreeMap<FutureId, Vec<TaskId>>,
    /// When each task's last call was done.
    done: BTreeMap<TaskId, Seq>,
    next: Seq,
    now: Instant,
    calls: u32,
    end: Option<EndCause>,
}

/// What is left of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How long it took.
    pub took: Instant,
    /// How it ended.
    pub end: EndCause,
    /// How many calls there were.
    pub calls: u32,
    /// Its tasks in the order in which they finished, a map node with its last item.
    pub order: Vec<TaskId>,
}

impl Digest {
    /// The number of the record that is to come.
    pub fn next_seq(&self) -> Seq {
        self.next
    }

    /// Takes the next record of the log into account.
    pub fn apply(&mut self, record: &Record) {
        (self.next, self.now) = (record.seq + 1, record.at);
        match &record.event {
            Event::Submitted { future, work, .. } => {
                self.calls = self.calls.saturating_add(1);
                self.carries.insert(*future, work.tasks().collect());
            }
            Event::Finished { future, .. } => {
                for task in self.carries.get(future).into_iter().flatten() {
                    self.done.insert(*task, record.seq);
                }
            }
            Event::DirectCallReturned { task, .. } => {
                self.done.insert(*task, record.seq);
            }
            Event::EndOfRun { cause, .. } => self.end = Some(*cause),
            _ => {}
        }
    }

    /// What is left of the run, once its log has ended.
    pub fn summary(&self) -> Option<Summary> {
        let end = self.end?;
        let mut done: Vec<(Seq, TaskId)> =
            self.done.iter().map(|(task, at)| (*at, *task)).collect();
        done.sort_unstable();
        let order = done.into_iter().map(|(_, task)| task).collect();
        Some(Summary { took: self.now, end, calls: self.calls, order })
    }
}

impl Summary {
    /// Whether its program came to its end: of one that did not, neither its time nor its order is one
    /// of the program's.
    pub fn is_whole(&self) -> bool {
        self.end == EndCause::Finished
    }
}

/// How often each task was the k-th to finish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranks {
    /// The tasks that ever finished, those first that are first as a rule; each with how often it was
    /// the k-th.
    pub rows: Vec<(TaskId, Vec<u32>)>,
    /// How many runs there were.
    pub runs: u32,
    /// In how many different orders the tasks finished.
    pub orders: usize,
}

impl Ranks {
    /// Of these runs.
    pub fn of<'a>(all: impl Iterator<Item = &'a Summary> + Clone) -> Self {
        let most = all.clone().map(|run| run.order.len()).max().unwrap_or_default();
        let mut rows: BTreeMap<TaskId, Vec<u32>> = BTreeMap::new();
        let (mut runs, mut orders) = (0, Vec::new());
        for run in all {
            runs += 1;
            for (rank, task) in run.order.iter().enumerate() {
                rows.entry(*task).or_insert_with(|| vec![0; most])[rank] += 1;
            }
            orders.push(&run.order);
        }
        orders.sort_unstable();
        orders.dedup();
        let mut rows: Vec<_> = rows.into_iter().collect();
        // By the middle of their ranks.
        let middle = |counts: &[u32]| {
            let half = counts.iter().sum::<u32>().div_ceil(2);
            let mut seen = 0;
            counts.iter().position(|count| {
                seen += count;
                seen >= half
            })
        };
        rows.sort_by_key(|(task, counts)| (middle(counts), *task));
        Self { rows, runs, orders: orders.len() }
    }

    /// What must come, and what may: in a sentence.
    pub fn sentence(&self, plan: &Plan) -> String {
        let name = |task: &TaskId| plan.scenario.tasks[task.index()].id.clone();
        if self.runs < 2 || self.rows.len() < 2 {
            return String::new();
        }
        let runs = self.runs;
        if self.orders == 1 {
            return format!("All {runs} finished their tasks in the same order.");
        }
        let always = |(_, counts): &&(TaskId, Vec<u32>)| counts.contains(&runs);
        let fixed: Vec<String> =
            self.rows.iter().filter(always).map(|(task, _)| name(task)).collect();
        let orders = format!("{} orders in {runs} runs", self.orders);
        match fixed.as_slice() {
            [] => format!("{orders}: no task had the same place in all."),
            [one] => format!("{orders}: only {one} had the same place in all."),
            [first, .., last] if fixed.len() > 3 => {
                let count = fixed.len();
                format!(
                    "{orders}: {count} tasks had the same place in all, from {first} to {last}."
                )
            }
            some => format!("{orders}: {} had the same places in all.", some.join(", ")),
        }
    }
}

/// How long the runs took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// The shortest.
    pub least: Instant,
    /// The middle one; of an even number the later of the two.
    pub middle: Instant,
    /// The longest.
    pub most: Instant,
}

impl Spread {
    /// Of these runs; none of none.
    pub fn of<'a>(all: impl Iterator<Item = &'a Summary>) -> Option<Self> {
        let mut times: Vec<Instant> = all.map(|run| run.took).collect();
        times.sort_unstable();
        let middle = *times.get(times.len() / 2)?;
        Some(Self { least: *times.first()?, middle, most: *times.last()? })
    }

    /// In a sentence.
    pub fn sentence(&self, plan: &Plan) -> String {
        let told = |at| format_instant(at, plan.scenario.scale);
        let [least, middle, most] = [self.least, self.middle, self.most].map(told);
        if least == most {
            return format!("Each took {middle}.");
        }
        format!("From {least} to {most}, the middle one {middle}.")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::scenario::Scenario;
    use crate::sim::Sim;

    fn plan(json: &str) -> Arc<Plan> {
        Arc::new(Scenario::parse(json).and_then(Scenario::check).unwrap())
    }

    fn summary(plan: &Arc<Plan>, seed: u64) -> Summary {
        let mut digest = Digest::default();
        for record in Sim::new(plan.clone(), seed).run() {
            assert_eq!(digest.next_seq(), record.seq);
            assert_eq!(digest.summary(), None);
            digest.apply(&record);
        }
        digest.summary().unwrap()
    }

    /// Two that sleep alike, and one that sleeps longer.
    fn tied() -> Arc<Plan> {
        plan(
            r#"{"format":1,"executor":{"kind":"threads","workers":3},"tasks":[
                {"id":"slow","function":"sleep","args":{"seconds":2}},
                {"id":"a","function":"sleep","args":{"seconds":1}},
                {"id":"b","function":"sleep","args":{"seconds":1}}],
                "program":{"mode":"as_completed"}}"#,
        )
    }

    #[test]
    fn what_may_come_is_told_from_what_must() {
        let plan = tied();
        let runs: Vec<Summary> = (1..=30).map(|seed| summary(&plan, seed)).collect();
        assert!(runs.iter().all(|run| run.order[2] == TaskId(0) && run.calls == 3));
        let ranks = Ranks::of(runs.iter());
        let counts = |task: u32| &ranks.rows.iter().find(|(it, _)| *it == TaskId(task)).unwrap().1;
        assert_eq!(counts(0), &[0, 0, 30]);
        let [first, second, third] = counts(1)[..] else { panic!("three places") };
        assert_eq!((first + second, third), (30, 0));
        assert!(first > 0 && second > 0, "{first} and {second}");
        assert_eq!(counts(2), &[second, first, 0]);
        assert_eq!(ranks.rows[2].0, TaskId(0));
        assert_eq!(
            ranks.sentence(&plan),
            "2 orders in 30 runs: only slow had the same place in all."
        );
        assert_eq!(Spread::of(runs.iter()).unwrap().sentence(&plan), "Each took 2.00 s.");
    }

    #[test]
    fn what_always_comes_alike_is_said_so() {
        let plan = tied();
        let runs = [summary(&plan, 0), summary(&plan, 0)];
        let ranks = Ranks::of(runs.iter());
        assert_eq!(ranks.sentence(&plan), "All 2 finished their tasks in the same order.");
        assert_eq!(Ranks::of(runs[..1].iter()).sentence(&plan), "");
    }

    #[test]
    fn the_spread_is_that_of_the_shortest_middle_and_longest() {
        let plan = tied();
        let one = summary(&plan, 0);
        let of = |ms: u64| Summary { took: Instant(ms * 1_000_000), ..one.clone() };
        let runs = [of(900), of(100), of(300)];
        let spread = Spread::of(runs.iter()).unwrap();
        assert_eq!(spread.sentence(&plan), "From 0.10 s to 0.90 s, the middle one 0.30 s.");
        assert_eq!(Spread::of([].iter()), None);
    }

    #[test]
    fn a_map_node_finishes_with_its_last_item_and_what_main_calls_itself_does_too() {
        let items = plan(
            r#"{"format":1,"executor":{"kind":"threads","workers":2},"tasks":[
                {"id":"many","function":"sleep","args":{"seconds":{"each":[1,1,1,4]}}},
                {"id":"one","function":"sleep","args":{"seconds":3}}],
                "program":{"mode":"as_completed"}}"#,
        );
        assert_eq!(summary(&items, 0).order, [TaskId(1), TaskId(0)]);
        assert_eq!(summary(&items, 0).calls, 5);
        let direct = plan(
            r#"{"format":1,"executor":{"kind":"threads","workers":2},"tasks":[
                {"id":"a","function":"square","args":{"x":2}}],
                "program":{"steps":[{"do":"call","task":"a","as":"x"}]}}"#,
        );
        let direct = summary(&direct, 0);
        assert_eq!((direct.order, direct.calls), (vec![TaskId(0)], 0));
    }
}
