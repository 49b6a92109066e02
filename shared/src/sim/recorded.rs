//! What calls took in a run that is over, so that another run of the same tasks can be foretold: with
//! more workers, say, or in larger chunks.
//!
//! ```text
//!  log ──▶ each item's own time · how long a worker takes to start, and from one call to the next
//!                                                    └──▶ Sim::foretold ──▶ a log of another plan
//! ```
//!
//! A body is still run for its value; only its time is that of the recorded run. What main computes
//! itself is computed by the simulator's own costs, as everywhere. What a guess cannot know
//! is left out: that cores are shared by fewer or more who compute, and that a result is waited for
//! longer or shorter. So a foretold run is a guess, and is called simulated like any other.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::event::{Agent, BlockedOn, Event, Record, Work};
use crate::scenario::{ExecutorKind, Plan, Scenario};
use crate::units::{CallId, Instant, Span, TaskId, WorkerId};

use super::cpu::Costs;

/// What calls took in a run, and what went by around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// What the pool's own doings took, as a rule.
    pub(super) costs: Costs,
    /// By task and item: the time that passed in its body; of threads under the GIL, the time that it
    /// had the GIL, for its sleeps are known.
    items: BTreeMap<(TaskId, u32), Span>,
    /// How long it stood at its gate.
    gates: BTreeMap<(TaskId, u32), Span>,
}

impl Recorded {
    /// From the log of a run of this plan.
    pub fn of(plan: &Plan, records: &[Record]) -> Self {
        let mut reading = Reading::default();
        let gil = plan.gil();
        records.iter().for_each(|record| reading.take(record, gil));
        let Reading { mut items, gates, nested, starts, between, submits, .. } = reading;
        // How long such a task waited for the call that it made is not its own.
        items.retain(|(task, _), _| !nested.contains(task));
        let start = median(starts);
        let costs = Costs {
            start_thread: start,
            start_process: start,
            between_calls: median(between),
            submit: median(submits),
            ..Costs::IDEAL
        };
        Self { costs, items, gates }
    }

    /// As if nothing had been recorded, and the machine were `CPython` with such an executor: what its
    /// own doings take, and its computing.
    pub fn of_cpython(kind: ExecutorKind) -> Self {
        Self { costs: Costs::cpython(kind), items: BTreeMap::new(), gates: BTreeMap::new() }
    }

    /// Whether what calls took in a run of one scenario tells of a run of the other: the same tasks on
    /// the same kind of executor. How many workers there are, and in what way they are given their calls,
    /// may differ.
    pub fn foretells(ran: &Scenario, asked: &Scenario) -> bool {
        let placeless = |scenario: &Scenario| {
            let mut tasks = scenario.tasks.clone();
            tasks.iter_mut().for_each(|task| task.position = None);
            tasks
        };
        let (one, two) = (&ran.executor, &asked.executor);
        (one.kind, one.gil, ran.scale) == (two.kind, two.gil, asked.scale)
            && placeless(ran) == placeless(asked)
    }

    /// The time of one item; none if it did not come to its end.
    pub(super) fn item(&self, task: TaskId, item: u32) -> Option<Span> {
        self.items.get(&(task, item)).copied()
    }

    /// How long it stood at its gate; none if it never did.
    pub(super) fn gate(&self, task: TaskId, item: u32) -> Option<Span> {
        self.gates.get(&(task, item)).copied()
    }
}

/// A log that is being read.
#[derive(Default)]
struct Reading<'a> {
    items: BTreeMap<(TaskId, u32), Span>,
    gates: BTreeMap<(TaskId, u32), Span>,
    /// Tasks that made calls of their own.
    nested: BTreeSet<TaskId>,
    starts: Vec<Span>,
    between: Vec<Span>,
    submits: Vec<Span>,
    calls: BTreeMap<CallId, (Instant, &'a Work)>,
    workers: BTreeMap<WorkerId, Worker>,
    /// Since when calls stand at gates.
    shut: BTreeMap<CallId, Instant>,
    /// When main submitted last, if it has not waited since.
    submitted: Option<Instant>,
}

/// What is known of a worker.
#[derive(Default)]
struct Worker {
    spawned: Instant,
    /// When it was through with its last call.
    through: Option<Instant>,
    /// Since when it has the GIL.
    since: Option<Instant>,
    /// How long it had it during this call.
    held: Span,
}

impl<'a> Reading<'a> {
    fn take(&mut self, record: &'a Record, gil: bool) {
        let at = record.at;
        match &record.event {
            Event::Submitted { call, work, by, future: _ } => {
                self.calls.insert(*call, (at, work));
                if *by == Agent::Main {
                    self.submits.extend(self.submitted.replace(at).map(|last| at.since(last)));
                }
                if let Work::Inner { of: Some(of), .. } = work {
                    // Calls and futures are numbered alike.
                    let maker = self.calls.get(&CallId(of.0)).map(|(_, work)| *work);
                    self.nested.extend(maker.into_iter().flat_map(Work::tasks));
                }
            }
            // What main does between two submits is no part of a submit.
            Event::ProgramBlocked { by: Agent::Main, .. }
            | Event::DirectCallStarted { .. }
            | Event::CallbackStarted { lane: Agent::Main, .. } => self.submitted = None,
            Event::Blocked { call, on: BlockedOn::Gate(_) } => {
                self.shut.insert(*call, at);
            }
            Event::Unblocked { call } => {
                let work = self.calls.get(call).map(|(_, work)| *work);
                if let Some(since) = self.shut.remove(call)
                    && let Some(part) = work.and_then(|work| work.item_at(0))
                {
                    self.gates.insert((part.task, part.first), at.since(since));
                }
            }
            Event::WorkerSpawned { worker } => self.worker(*worker).spawned = at,
            Event::WorkerStarted { worker, .. } => {
                let span = at.since(self.worker(*worker).spawned);
                self.starts.push(span);
            }
            Event::Taken { call, worker } => {
                let submitted = self.calls.get(call).map(|(at, _)| *at);
                let cell = self.worker(*worker);
                cell.held = Span::ZERO;
                if let Some(through) = cell.through.take()
                    && submitted.is_some_and(|submitted| submitted < through)
                {
                    self.between.push(at.since(through));
                }
            }
            Event::GilTaken { by: Agent::Worker(worker) } => self.worker(*worker).since = Some(at),
            Event::GilReleased { by: Agent::Worker(worker) } => {
                let cell = self.worker(*worker);
                if let Some(since) = cell.since.take() {
                    cell.held = Span(cell.held.0.saturating_add(at.since(since).0));
                }
            }
            Event::Returned { call, worker, items, .. } => {
                let cell = self.worker(*worker);
                cell.through = Some(at);
                let held = gil.then_some(cell.held);
                let Some((_, work)) = self.calls.get(call) else { return };
                for (place, (started, ended)) in (0..).zip(items.started.iter().zip(&items.ended)) {
                    if let Some(part) = work.item_at(place) {
                        let took = held.unwrap_or_else(|| ended.since(*started));
                        self.items.insert((part.task, part.first), took);
                    }
                }
            }
            _ => {}
        }
    }

    fn worker(&mut self, worker: WorkerId) -> &mut Worker {
        self.workers.entry(worker).or_default()
    }
}

/// The middle one: what was seldom, a page fault or another program's turn, is no rule.
fn median(mut spans: Vec<Span>) -> Span {
    let middle = spans.len() / 2;
    if spans.is_empty() { Span::ZERO } else { *spans.select_nth_unstable(middle).1 }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::outcome::Outcome;
    use crate::sim::Sim;

    fn plan(json: &str) -> Arc<Plan> {
        Arc::new(Scenario::parse(json).and_then(Scenario::check).unwrap())
    }

    fn foretold(ran: &Arc<Plan>, log: &[Record], asked: &Arc<Plan>) -> Vec<Record> {
        assert!(Recorded::foretells(&ran.scenario, &asked.scenario));
        Sim::foretold(asked.clone(), 0, Arc::new(Recorded::of(ran, log))).run()
    }

    /// Microseconds.
    fn took(log: &[Record]) -> u64 {
        log.last().unwrap().at.0 / 1_000
    }

    /// The same log, in which everything takes so many times as long.
    fn slower(mut log: Vec<Record>, times: u64) -> Vec<Record> {
        for record in &mut log {
            record.at = Instant(record.at.0 * times);
            if let Event::Returned { items, .. } = &mut record.event {
                let all = items.started.iter_mut().chain(&mut items.ended);
                all.for_each(|at| *at = Instant(at.0 * times));
            }
        }
        log
    }

    fn primes(workers: u32, gil: bool) -> Arc<Plan> {
        plan(&format!(
            r#"{{"format":1,"executor":{{"kind":"threads","workers":{workers},"gil":{gil}}},
                "tasks":[{{"id":"p","function":"is_prime","args":{{"n":{{"each":
                [115797848077099,115797848077099,115797848077099]}}}}}}],
                "program":{{"mode":"map"}}}}"#
        ))
    }

    #[test]
    fn every_example_is_foretold_as_it_was_simulated() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/examples");
        let mut seen = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let plan = plan(&std::fs::read_to_string(&path).unwrap());
            // Forty thousand calls of seed 002 take too long for a test.
            let name = path.file_name().unwrap().to_string_lossy();
            if plan.tasks.iter().any(|task| task.items.is_some()) && name.contains("seed-002") {
                continue;
            }
            let log = Sim::new(plan.clone(), 0).run();
            assert_eq!(took(&foretold(&plan, &log, &plan)), took(&log), "{}", path.display());
            seen += 1;
        }
        assert!(seen > 30, "only {seen} examples");
    }

    #[test]
    fn what_was_slow_is_slow_with_other_workers_too() {
        let (one, three) = (primes(1, false), primes(3, false));
        let log = Sim::new(one.clone(), 0).run();
        let alone = took(&log);
        let slow = slower(log, 4);
        assert_eq!(took(&foretold(&one, &slow, &three)), alone * 4 / 3);
    }

    #[test]
    fn under_the_gil_more_workers_compute_no_faster() {
        let (three, one) = (primes(3, true), primes(1, true));
        let log = Sim::new(three.clone(), 0).run();
        // Each of the three was at it for the whole time, and had the GIL for a third of it.
        assert_eq!(took(&foretold(&three, &log, &one)), took(&log));
        assert_eq!(took(&foretold(&three, &log, &three)), took(&log));
    }

    #[test]
    fn values_come_from_the_bodies_and_what_never_ended_is_computed() {
        let two = |workers: u32| {
            plan(&format!(
                r#"{{"format":1,"executor":{{"kind":"threads","workers":{workers}}},"tasks":[
                    {{"id":"a","function":"square","args":{{"x":7}}}},
                    {{"id":"b","function":"sleep","args":{{"seconds":2}}}}],
                    "program":{{"mode":"submit"}}}}"#
            ))
        };
        let one = two(1);
        let log = Sim::new(one.clone(), 0).run();
        let until = log.iter().position(|record| matches!(record.event, Event::Returned { .. }));
        let told = foretold(&one, &log[..=until.unwrap()], &two(2));
        let values = told.iter().filter_map(|record| match &record.event {
            Event::Finished { outcome: Outcome::Returned(value), .. } => Some(value.repr()),
            _ => None,
        });
        assert_eq!(values.collect::<Vec<_>>(), ["49", "2"]);
        assert_eq!(took(&told), 2_000_000);
    }

    #[test]
    fn a_gate_is_shut_as_long_as_it_was() {
        for (kind, gil) in
            [("threads", ",\"gil\":true"), ("threads", ",\"gil\":false"), ("processes", "")]
        {
            let gated = |workers: u32| {
                plan(&format!(
                    r#"{{"format":1,"executor":{{"kind":"{kind}","workers":{workers}{gil}}},"tasks":[
                        {{"id":"a","function":"gate"}},
                        {{"id":"b","function":"sleep","args":{{"seconds":2}}}}],
                        "interventions":[{{"when":{{"at":"5s"}},"do":{{"open":"a"}}}}],
                        "program":{{"mode":"submit"}}}}"#
                ))
            };
            let one = gated(1);
            let log = Sim::new(one.clone(), 0).run();
            assert_eq!(took(&log), 7_000_000, "{kind}{gil}");
            // Its gate takes five seconds, whenever it comes there; and nobody need open it.
            let two = Arc::new(
                Scenario { interventions: Vec::new(), ..gated(2).scenario.clone() }
                    .check()
                    .unwrap(),
            );
            assert_eq!(took(&foretold(&one, &log, &two)), 5_000_000, "{kind}{gil}");
        }
    }

    #[test]
    fn what_main_computes_between_two_submits_is_no_part_of_them() {
        let steps = |workers: u32| {
            plan(&format!(
                r#"{{"format":1,"executor":{{"kind":"threads","workers":{workers}}},"tasks":[
                    {{"id":"a","function":"square","args":{{"x":2}}}},
                    {{"id":"b","function":"sleep","args":{{"seconds":1}}}}],
                    "program":{{"steps":[{{"do":"submit","task":"a"}},{{"do":"call","task":"b","as":"x"}},
                    {{"do":"submit","task":"a"}},{{"do":"submit","task":"a"}}]}}}}"#
            ))
        };
        let one = steps(1);
        let log = Sim::new(one.clone(), 0).run();
        assert_eq!(took(&foretold(&one, &log, &steps(2))), 1_000_000);
    }

    #[test]
    fn starting_and_the_way_from_call_to_call_take_what_they_took() {
        let text = |workers: u32| {
            format!(
                r#"{{"format":1,"executor":{{"kind":"processes","workers":{workers}}},"tasks":[
                    {{"id":"a","function":"sleep","args":{{"seconds":{{"each":[1,1,1,1]}}}}}}],
                    "program":{{"mode":"map"}}}}"#
            )
        };
        let (one, two) = (plan(&text(1)), plan(&text(2)));
        let mut log = Sim::new(one.clone(), 0).run();
        // A process takes 100 ms to start, and each further call 10 ms to come.
        let mut late = Span::ZERO;
        let mut calls = 0;
        for record in &mut log {
            match &record.event {
                Event::WorkerStarted { .. } => late = Span(late.0 + 100_000_000),
                Event::Taken { .. } => {
                    calls += 1;
                    late = Span(late.0 + if calls > 1 { 10_000_000 } else { 0 });
                }
                _ => {}
            }
            record.at = record.at + late;
            if let Event::Returned { items, .. } = &mut record.event {
                let all = items.started.iter_mut().chain(&mut items.ended);
                all.for_each(|at| *at = *at + late);
            }
        }
        assert_eq!(took(&log), 4_130_000);
        // It asks once more, to be told that there is nothing left.
        assert_eq!(took(&foretold(&one, &log, &one)), 4_140_000);
        assert_eq!(took(&foretold(&one, &log, &two)), 2_120_000);
    }

    #[test]
    fn other_tasks_or_another_executor_are_not_foretold() {
        let text = |kind: &str, seconds: u32, workers: u32| {
            let json = format!(
                r#"{{"format":1,"executor":{{"kind":"{kind}","workers":{workers}}},"tasks":[
                    {{"id":"a","function":"sleep","args":{{"seconds":{seconds}}},"position":[{workers},0]}}],
                    "program":{{"mode":"submit"}}}}"#
            );
            Scenario::parse(&json).unwrap()
        };
        let ran = text("threads", 1, 1);
        assert!(Recorded::foretells(&ran, &text("threads", 1, 2)));
        assert!(!Recorded::foretells(&ran, &text("threads", 2, 1)));
        assert!(!Recorded::foretells(&ran, &text("processes", 1, 1)));
    }
}
