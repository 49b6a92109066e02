//! A run as the page knows it: where it stands, and the whole way there.
//!
//! ```text
//!  records ──┬──▶ Fold       where it stands now
//!            ├──▶ Timeline   every bar, whenever it was
//!            ├──▶ lines      the story
//!            └──▶ kept, to be folded again up to any moment
//! ```
//!
//! What changes with the moment that one looks at is a [`Fold`]; what only grows is here, once.

use std::sync::Arc;

use shared::engine::event::{Event, Record};
use shared::export::form::Run;
use shared::protocol::record_json;
use shared::scenario::Plan;
use shared::units::{FutureId, Instant, Seq, Span, TaskId};
use shared::view::shown::Shown;
use shared::view::story::{Depth, told};
use shared::view::timeline::Timeline;

use crate::fold::Fold;

/// Records between two check-points: so many are folded within a few milliseconds. A check-point shares
/// with the one before it all that did not change between them.
const APART: Seq = 1_000;

/// What comes within this time of a line, and is not told, belongs to it.
const AT_ONCE: Span = Span::from_ms(1);

/// A run, up to its last known record.
pub struct Recording {
    /// Where it stands now.
    pub fold: Fold,
    /// The lanes.
    pub timeline: Timeline,
    /// The sentences, of every depth.
    pub lines: Vec<Line>,
    plan: Arc<Plan>,
    records: Vec<Record>,
    /// The check-points: the first is behind [`APART`] records, and so on.
    marks: Vec<Fold>,
    hash: crc32fast::Hasher,
}

/// A sentence of the story.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its record.
    pub seq: Seq,
    /// When.
    pub at: Instant,
    /// From which depth on it is told.
    pub depth: Depth,
    /// The sentence.
    pub text: String,
    /// The task that it is about, if it is about one.
    pub task: Option<TaskId>,
    /// The future of the call that it is about, if it is about one.
    pub future: Option<FutureId>,
    /// What that looked like then; none for main and the workers.
    pub shown: Option<Shown>,
}

impl Recording {
    /// Before the first record.
    pub fn new(plan: Arc<Plan>) -> Self {
        Self {
            fold: Fold::new(plan.clone()),
            timeline: Timeline::new(plan.clone()),
            plan,
            lines: Vec::new(),
            records: Vec::new(),
            marks: Vec::new(),
            hash: crc32fast::Hasher::new(),
        }
    }

    /// A checksum of all records so far, the same for everybody who has the same log.
    pub fn log_hash(&self) -> u32 {
        self.hash.clone().finalize()
    }

    /// All records so far.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The run as files tell of it.
    pub fn run(&self, simulated: bool) -> Run<'_> {
        let (plan, view) = (&self.plan, &self.fold.view);
        Run { plan, records: &self.records, view, timeline: &self.timeline, simulated }
    }

    /// Takes the next record.
    pub fn apply(&mut self, record: Record) {
        let (tasks, future) = self.fold.apply(&record);
        let view = &self.fold.view;
        self.timeline.apply(view, &record);
        self.hash.update(record_json(&record).as_bytes());
        self.hash.update(b"\n");
        if let Some((text, depth)) = told(view, &record) {
            let task = tasks.first().copied();
            let shown = returned(&record.event)
                .or_else(|| future.map(|future| view.shown_future(future)))
                .or_else(|| task.map(|task| view.shown(task)));
            let (seq, at) = (record.seq, record.at);
            self.lines.push(Line { seq, at, depth, text, task, future, shown });
        }
        self.records.push(record);
        if self.fold.next_seq().is_multiple_of(APART) {
            let mut mark = self.fold.clone();
            mark.forget_changed();
            self.marks.push(mark);
        }
    }

    /// The moment at which a future was over, and when that was; none if it is not.
    pub fn over(&self, future: FutureId) -> Option<(Seq, Instant)> {
        let is_its = |record: &&Record| match &record.event {
            Event::Finished { future: of, .. } | Event::Cancelled { future: of, .. } => {
                *of == future
            }
            _ => false,
        };
        self.records.iter().find(is_its).map(|record| (record.seq + 1, record.at))
    }

    /// How many records there are until this instant, that included.
    pub fn records_until(&self, at: Instant) -> Seq {
        self.records.partition_point(|record| record.at <= at) as Seq
    }

    /// How many records there are before this instant.
    pub fn records_before(&self, at: Instant) -> Seq {
        self.records.partition_point(|record| record.at < at) as Seq
    }

    /// The line before or behind a moment, of those of this depth that are wanted. The moment is the
    /// number of the record that comes next; the last line before it, wanted or not, is the one that
    /// one is at.
    pub fn next_line(
        &self,
        moment: Seq,
        forward: bool,
        depth: Depth,
        wanted: impl Fn(&Line) -> bool,
    ) -> Option<&Line> {
        let here = self.lines.partition_point(|line| line.seq < moment);
        let told = |line: &&Line| line.depth <= depth;
        if forward {
            self.lines[here..].iter().filter(told).find(|line| wanted(line))
        } else {
            // The one that one is at does not count.
            self.lines[..here].iter().rev().filter(told).skip(1).find(|line| wanted(line))
        }
    }

    /// The moment behind a line: with what came of it at once and is not told at this depth, such as the
    /// future that is done when its call has returned.
    pub fn behind(&self, line: &Line, depth: Depth) -> Seq {
        let first = line.seq + 1;
        let after = self.lines.partition_point(|other| other.seq < first);
        let next = self.lines[after..].iter().find(|other| other.depth <= depth);
        let next = next.map_or(Seq::MAX, |next| next.seq);
        let untold = self.records.iter().skip(usize::try_from(first).unwrap_or(usize::MAX));
        let at_once = |record: &&Record| record.seq < next && record.at.since(line.at) <= AT_ONCE;
        first + untold.take_while(at_once).count() as Seq
    }

    /// The run when `next` records had happened. `near` is where one looked before, if anywhere.
    pub fn fold_until(&self, next: Seq, near: Option<Fold>) -> Fold {
        let next = next.min(self.records.len() as Seq);
        let near = near.filter(|fold| fold.next_seq() <= next);
        let place = |seq: Seq| usize::try_from(seq).unwrap_or(usize::MAX);
        let mark = place(next / APART).checked_sub(1).and_then(|at| self.marks.get(at));
        let mut fold = match (near, mark) {
            (Some(near), Some(mark)) if mark.next_seq() > near.next_seq() => mark.clone(),
            (Some(near), _) => near,
            (None, Some(mark)) => mark.clone(),
            (None, None) => Fold::new(self.plan.clone()),
        };
        for record in &self.records[place(fold.next_seq())..place(next)] {
            fold.apply(record);
        }
        fold.forget_changed();
        fold
    }
}

/// What came of a call, before its future knows: the worker has just returned it.
fn returned(event: &Event) -> Option<Shown> {
    match event {
        Event::Returned { items, .. } => items.outcomes.last().map(Shown::of_outcome),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use shared::scenario::Scenario;
    use shared::sim::Sim;

    use super::*;

    const MAP: &str = include_str!("../../static/examples/seed-001-line-024-map.json");
    const MANY: &str = r#"{"format":1,"executor":{"kind":"threads","workers":3},"tasks":[
        {"id":"a","function":"square","args":{"x":{"each":{"range":[600]}}}}],
        "program":{"mode":"map"}}"#;

    fn recording(text: &str) -> Recording {
        let plan = Arc::new(Scenario::parse(text).unwrap().check().unwrap());
        let mut recording = Recording::new(plan.clone());
        let mut sim = Sim::new(plan, 7);
        while sim.step() {}
        sim.drain_records().into_iter().for_each(|record| recording.apply(record));
        recording
    }

    fn known(fold: &Fold) -> String {
        format!("{:?} {:?}", fold.view, fold.whys)
    }

    #[test]
    fn any_moment_is_the_same_from_wherever_one_comes_to_it() {
        let recording = recording(MANY);
        let all = recording.fold.next_seq();
        assert!(all > APART as Seq, "{all} records: too few for a check-point");
        // To and fro, near and far.
        let moments: Vec<Seq> = (1..40).map(|step| 1 + (step * step * 331) % all).collect();
        let mut straight = Fold::new(recording.plan.clone());
        let mut expected = BTreeMap::new();
        for record in recording.records.clone() {
            straight.apply(&record);
            if moments.contains(&straight.next_seq()) {
                expected.insert(straight.next_seq(), known(&straight));
            }
        }
        let mut here = None;
        for next in moments {
            let fold = recording.fold_until(next, here.take());
            assert!(known(&fold) == expected[&next], "moment {next}");
            here = Some(fold);
        }
        assert!(!recording.marks.is_empty());
        assert_eq!(known(&recording.fold_until(Seq::MAX, None)), known(&recording.fold));
    }

    #[test]
    fn a_step_goes_from_one_line_to_the_next_and_back() {
        let recording = recording(MAP);
        let main = |line: &Line| line.depth == Depth::Main;
        let mut way = Vec::new();
        let mut moment = 0;
        while let Some(line) = recording.next_line(moment, true, Depth::Main, |_| true) {
            moment = recording.behind(line, Depth::Main);
            way.push(line.seq);
        }
        let told: Vec<Seq> =
            recording.lines.iter().filter(|line| main(line)).map(|line| line.seq).collect();
        assert_eq!(way, told);
        let mut back = vec![*told.last().unwrap()];
        while let Some(line) = recording.next_line(moment, false, Depth::Main, |_| true) {
            moment = recording.behind(line, Depth::Main);
            back.push(line.seq);
        }
        back.reverse();
        assert_eq!(back, told);
    }

    #[test]
    fn a_step_back_to_a_task_finds_its_last_line_from_that_of_another() {
        let recording = recording(MAP);
        let of = |task: u32| move |line: &Line| line.task == Some(TaskId(task));
        let lasts = |task| {
            let mut all = recording.lines.iter().filter(|line| line.depth == Depth::Main);
            all.rfind(|line| of(task)(line)).unwrap().seq
        };
        let back = |moment, task| recording.next_line(moment, false, Depth::Main, of(task));
        // From the end, which is the program's, to the last of each.
        for task in 0..5 {
            assert_eq!(back(Seq::MAX, task).unwrap().seq, lasts(task));
        }
        // And from there to one before it.
        assert!(back(lasts(0) + 1, 0).unwrap().seq < lasts(0));
    }

    #[test]
    fn an_instant_has_all_records_until_then() {
        let recording = recording(MAP);
        let last = recording.records.last().unwrap().at;
        assert_eq!(recording.records_until(last), recording.fold.next_seq());
        assert_eq!(recording.records_until(Instant(u64::MAX)), recording.fold.next_seq());
        let first = recording.records_until(Instant::ZERO);
        assert!(recording.records[..usize::try_from(first).unwrap()].iter().all(|r| r.at.0 == 0));
        assert!(recording.records[usize::try_from(first).unwrap()].at.0 > 0);
    }
}

#[cfg(test)]
mod forged {
    use shared::export::form::Form;
    use shared::export::picture::Theme;
    use shared::rng::Rng;
    use shared::scenario::Scenario;
    use shared::sim::Sim;
    use shared::view::bounds::Bounds;
    use shared::view::compare::{Side, compare};
    use shared::view::sound::check;

    use super::*;

    /// Numbers that a forger would try.
    const ODD: [u64; 7] = [0, 1, 2, 7, 49_999, u32::MAX as u64, u64::MAX];

    fn forge(value: &mut serde_json::Value, rng: &mut Rng) {
        match value {
            serde_json::Value::Number(_) if rng.below(150) == 0 => {
                let at = usize::try_from(rng.below(ODD.len() as u64)).unwrap();
                *value = ODD[at].into();
            }
            serde_json::Value::Array(items) => {
                if rng.below(150) == 0 {
                    items.clear();
                }
                items.iter_mut().for_each(|item| forge(item, rng));
            }
            serde_json::Value::Object(fields) => {
                fields.values_mut().for_each(|field| forge(field, rng));
            }
            _ => {}
        }
    }

    /// Links hold what strangers wrote: a log that no engine would write is a strange picture, not the
    /// end of the page.
    #[test]
    fn a_forged_log_is_folded_without_a_panic() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/examples");
        let mut folded = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let plan = Arc::new(Scenario::parse(&text).unwrap().check().unwrap());
            let mut sim = Sim::new(plan.clone(), 7);
            while sim.step() {}
            let mut records = sim.drain_records();
            records.truncate(600);
            for seed in 0..12 {
                let log = forged(&records, &mut Rng::new(seed));
                // As far as it is sound, so that there is much of it.
                let sound =
                    check(&plan, &log).map_or_else(|wrong| wrong.seq, |()| log.len() as Seq);
                let mut recording = Recording::new(plan.clone());
                log.into_iter().take_while(|record| record.seq < sound).for_each(|record| {
                    recording.apply(record);
                });
                folded += sound;
                for task in 0..plan.scenario.tasks.len() {
                    let _ = recording.fold.look(TaskId(u32::try_from(task).unwrap()));
                }
                let _ = recording.fold_until(Seq::MAX, None);
                let Recording { fold, timeline, .. } = &recording;
                let _ = Bounds::of(&fold.view, timeline);
                let side = Side { view: &fold.view, timeline };
                let _ = compare(side, side);
                for form in [Form::Picture, Form::Report, Form::Trace] {
                    let _ = form.written(&recording.run(true), Theme::Light, None);
                }
            }
        }
        assert!(folded > 10_000, "only {folded} records were worth looking at");
    }

    /// Some come twice, some too early, and some of their numbers are others.
    fn forged(records: &[Record], rng: &mut Rng) -> Vec<Record> {
        let mut log: Vec<Record> = Vec::new();
        for at in 0..records.len() as u64 {
            let other = if rng.below(30) == 0 { rng.below(records.len() as u64) } else { at };
            let record = &records[usize::try_from(other).unwrap()];
            let mut json = serde_json::to_value(&record.event).unwrap();
            forge(&mut json, rng);
            let Ok(event) = serde_json::from_value(json) else { continue };
            let seq = log.len() as Seq;
            let before = log.last().map_or(Instant::ZERO, |before| before.at);
            let cause = record.cause.filter(|cause| *cause < seq);
            log.push(Record { seq, at: before.max(record.at), cause, event });
        }
        log
    }
}
