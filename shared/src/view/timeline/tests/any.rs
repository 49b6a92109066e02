//! What holds for the timeline of any log, ours or a stranger's.

use proptest::prelude::*;

use super::*;
use crate::engine::event::{Act, ActResult, Because, EndCause, Part, WhyHang, YieldedBy};
use crate::outcome::Raised;
use crate::rng::Rng;
use crate::units::{CallbackId, IteratorId};

/// What must hold of every timeline, finished or not.
fn assert_well_formed(timeline: &Timeline) {
    let ends = [Instant::ZERO, timeline.now()];
    for lane in timeline.lanes() {
        let mut open = 0;
        for row in 0..lane.rows_used() {
            let bars = lane.row(row);
            for (place, bar) in bars.iter().enumerate() {
                assert_eq!(bar.row, row);
                assert!(bar.until.is_none_or(|until| bar.from <= until), "{bar:?}");
                assert!(bar.until.is_some() || place + 1 == bars.len(), "only the last is open");
                open += usize::from(bar.until.is_none());
                for hatch in &bar.hatched {
                    assert!(bar.from <= hatch.from, "{bar:?}");
                    assert!(bar.until.is_none() || hatch.until.is_some(), "{bar:?}");
                }
                if let Some(next) = bars.get(place + 1) {
                    assert!(bar.until.unwrap() <= next.from, "{bar:?} overlaps {next:?}");
                }
            }
        }
        assert_eq!(lane.open_at(Instant(u64::MAX)) as usize, open, "{:?}", lane.kind);
        assert!(lane.moments().is_sorted_by_key(|moment| moment.at));
        assert_eq!(lane.visible(ends[0], ends[1]).count(), lane.bars().count());
        assert!(
            matches!(
                lane.kind,
                LaneKind::Main | LaneKind::Queue | LaneKind::CallQueue | LaneKind::Shelf
            ) || lane.rows_used() == 1,
            "a worker has one call"
        );
    }
    for place in 0..=timeline.lanes().len() {
        for now in ends {
            let _ = timeline.head(place, now);
        }
    }
}

fn assert_closed(timeline: &Timeline) {
    assert!(timeline.is_over());
    for lane in timeline.lanes() {
        assert!(lane.bars().all(|bar| bar.until.is_some()), "{:?}", lane.kind);
        assert_eq!(lane.open_at(timeline.now()), 0);
    }
}

#[test]
fn every_example_gives_rows_without_overlaps_and_ends_closed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../static/examples");
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let names: Vec<String> =
        names.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    assert!(names.len() > 10);
    for name in names {
        let plan = example(&name);
        // With 39,999 items a look at every bar takes long: fewer seeds, and fewer looks.
        let many = name.contains("-many-");
        for seed in 0..if many { 1 } else { 4 } {
            let records = Sim::new(plan.clone(), seed).run();
            let pause = if many { records.len() / 8 + 1 } else { 16 };
            // At every moment of its life, not only at its end.
            let (mut view, mut timeline) = (View::new(plan.clone()), Timeline::new(plan.clone()));
            for (place, record) in records.iter().enumerate() {
                view.apply(record);
                timeline.apply(&view, record);
                if place % pause == 0 {
                    assert_well_formed(&timeline);
                }
            }
            assert_well_formed(&timeline);
            assert_closed(&timeline);
            // Each call that was taken left a bar with its worker.
            let taken = |record: &&Record| matches!(record.event, Event::Taken { .. });
            let bars: usize =
                timeline.lanes()[timeline.workers..].iter().map(|lane| lane.bars().count()).sum();
            assert!(bars >= records.iter().filter(taken).count(), "{name} {seed}");
        }
    }
}

/// Any event with small numbers, some of which exist and some of which do not.
fn rubbish(chance: &mut Rng) -> Event {
    let mut small = |below: u64| u32::try_from(chance.below(below)).unwrap();
    let (future, call, worker) = (FutureId(small(6)), CallId(small(6)), WorkerId(small(4)));
    let (task, item) = (TaskId(small(4)), small(4));
    let by = [Agent::Main, Agent::Worker(worker), Agent::Manager, Agent::Person][small(4) as usize];
    let on = [
        BlockedOn::Result(future),
        BlockedOn::MapNext(future),
        BlockedOn::CompletedNext(IteratorId(0)),
        BlockedOn::Sleep(Span::from_ms(1)),
        BlockedOn::Exit,
        BlockedOn::Gate(task),
    ][small(6) as usize];
    let how = [HowExited::Told, HowExited::Code(1), HowExited::Signal(9)][small(3) as usize];
    let outcome =
        [value(1), failed(), Outcome::Lost, Outcome::Raised(Raised::broken_pool_future())]
            [small(4) as usize]
            .clone();
    let mut items = Items::default();
    for _ in 0..small(4) {
        let (started, ended) = (Instant(small(9).into()), Instant(small(9).into()));
        items.push(started, ended, outcome.clone());
    }
    let part = Part { task, first: item, count: 1 + small(3) };
    let work = match small(3) {
        0 => Work::task(task),
        1 => Work::Tasks(vec![part, Part { task, first: 0, count: u32::MAX }].into()),
        _ => Work::Inner { of: Some(future), number: 0, function: String::new(), args: vec![] },
    };
    // Often the number that comes next, so that something exists.
    let from = [YieldedBy::Map, YieldedBy::AsCompleted][small(2) as usize];
    let iterator = IteratorId(0);
    let text = "x".repeat(40);
    match small(39) {
        0..4 => Event::Submitted { future, call, work, by },
        4 => Event::Running { future },
        5 => Event::Cancelled { future, by },
        6 => Event::Notified { future },
        7 => Event::Finished { future, outcome },
        8 => Event::Queued { call },
        9..12 => Event::Taken { call, worker },
        12 => Event::Blocked { call, on },
        13 => Event::Unblocked { call },
        14 => Event::Returned { call, worker, items, transport: None },
        15 => Event::Lost { call, worker },
        16..18 => Event::WorkerSpawned { worker },
        18 => Event::WorkerStarted { worker, name: text, pid: Some(7) },
        19 => Event::WorkerExited { worker, how },
        20 => Event::SpawnFailed { worker, message: text },
        21 => Event::ExecutorBroken { raised: Raised::broken_pool_submit() },
        22..24 => Event::ProgramBlocked { by, on },
        24 => Event::Answered { by, what: Question::Result(future), reply: Reply::Exhausted },
        25 => Event::Answered {
            by,
            what: Question::Next(iterator),
            reply: Reply::Raised(Raised::timeout()),
        },
        26 => Event::Yielded { by, from, iterator, future, item },
        27 => Event::TimedOut { by, on },
        28 => Event::Printed { by, text },
        29 => Event::DirectCallStarted { task },
        30 => Event::DirectCallReturned { task, outcome },
        31 => Event::ShutdownAsked { by, wait: true, cancel_futures: true, leaves_block: false },
        32 => Event::ProgramHangs { why: WhyHang::Circle, chain: Vec::new() },
        33 => Event::GilTaken { by },
        34 => Event::GilReleased { by },
        35 => Event::InitializerStarted { worker },
        36 => Event::InitializerEnded { worker, raised: None },
        37 => Event::TerminateAsked { by, unwritten: false },
        _ => Event::Intervened { plan: None, act: Act::Cancel(task), result: ActResult::Refused },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_log_is_so_odd_that_rows_overlap(seed in any::<u64>(), kind in 0..3_usize) {
        let plan = plan_with(["threads", "processes", "pool"][kind], "a b c", "");
        let mut chance = Rng::new(seed);
        let (mut view, mut timeline) = (View::new(plan.clone()), Timeline::new(plan));
        let mut next = 0;
        for seq in 0..200 {
            let mut event = rubbish(&mut chance);
            if let Event::Submitted { future, call, .. } = &mut event {
                if chance.below(4) > 0 {
                    (*future, *call) = (FutureId(next), CallId(next));
                }
                next += u32::from(future.0 == next);
            }
            // Time that runs backwards now and then, too.
            let at = Instant(chance.below(20) + seq / 10 * 10);
            let record = Record { seq, at, cause: None, event };
            view.apply(&record);
            timeline.apply(&view, &record);
            assert_well_formed(&timeline);
        }
        let event = Event::EndOfRun { cause: EndCause::Stopped, after_seq: None, used: None };
        let record = Record { seq: 200, at: Instant::ZERO, cause: None, event };
        view.apply(&record);
        timeline.apply(&view, &record);
        assert_well_formed(&timeline);
        assert_closed(&timeline);
    }
}

#[test]
fn what_names_nothing_that_exists_changes_nothing() {
    let far = 4_000_000_000;
    let (future, call, worker) = (FutureId(far), CallId(far), WorkerId(far));
    let by = Agent::Worker(worker);
    let events = [
        submits(far, Work::task(TaskId(far))),
        finished(far, value(1)),
        taken(far, far),
        Event::Queued { call },
        returned(far, far, value(1)),
        Event::Lost { call, worker },
        spawned(far),
        process_started(far, 1),
        Event::WorkerExited { worker, how: HowExited::Told },
        Event::Cancelled { future, by },
        Event::Notified { future },
        completed(far, far),
        Event::TaskSkipped { task: TaskId(far), because: Because::MapEnded },
        Event::CallbackStarted { future, callback: CallbackId(far), lane: by },
        Event::Blocked { call, on: BlockedOn::Exit },
        Event::Unblocked { call },
    ];
    let plan = processes("a");
    let timeline = fold(&plan, &log(events));
    assert_eq!(timeline.lanes().len(), 6, "no lane for worker four billion");
    for lane in timeline.lanes() {
        assert_eq!((lane.bars().count(), lane.moments().len()), (0, 0), "{:?}", lane.kind);
    }
}
