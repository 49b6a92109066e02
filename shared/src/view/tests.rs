use super::testing::*;
use super::*;
use crate::engine::event::{ActResult, HowExited, Part, Transport, WhyHang};
use crate::units::IteratorId;

fn view_of(plan: Arc<Plan>, events: impl IntoIterator<Item = Event>) -> View {
    let mut view = View::new(plan);
    for record in &log(events) {
        view.apply(record);
    }
    view
}

#[test]
fn before_the_first_record_every_task_waits() {
    let view = View::new(threads("a b"));
    assert_eq!(view.tasks, [TaskView::Waiting; 2]);
    assert_eq!((view.last_seq, view.main_waits_for()), (None, None));
}

#[test]
fn a_processs_future_runs_long_before_its_call_is_taken() {
    let transport =
        Some(Transport { arrived: Instant::ZERO, unpacked: Instant::ZERO, packed: Instant::ZERO });
    let (call, worker) = (CallId(0), WorkerId(0));
    let items = Items::one(Instant(0), Instant(7), value(1));
    let steps = [
        (submitted(0), FutureState::Pending, Place::Queued),
        (running(0), FutureState::Running, Place::Queued),
        (Event::Queued { call }, FutureState::Running, Place::InCallQueue),
        (taken(0, 0), FutureState::Running, Place::With(worker)),
        (
            Event::Returned { call, worker, items, transport },
            FutureState::Running,
            Place::ResultOnItsWay,
        ),
        (finished(0, value(1)), FutureState::Finished, Place::Over),
    ];
    let mut view = view_of(processes("a"), []);
    let events = steps.iter().map(|(event, ..)| event.clone());
    for (record, (_, state, place)) in log(events).iter().zip(&steps) {
        view.apply(record);
        assert_eq!((view.futures[0].state, view.futures[0].place), (*state, *place), "{record:?}");
    }
    assert_eq!(view.futures[0].ran, Some(Span(7)));
    assert_eq!(view.futures[0].outcome, Some(value(1)));
}

#[test]
fn a_worker_is_busy_from_take_to_return() {
    let plan = threads("a");
    let mut view = view_of(plan, [spawned(0), submitted(0)]);
    assert_eq!(view.workers[0].name, "ThreadPoolExecutor-0_0");
    assert_eq!(view.workers[0].state, WorkerState::Starting);
    for (event, state, call) in [
        (taken(0, 0), WorkerState::Busy, Some(CallId(0))),
        (returned(0, 0, value(1)), WorkerState::Free, None),
        (Event::WorkerIdle { worker: WorkerId(0) }, WorkerState::Idle, None),
    ] {
        view.apply(&log([event])[0]);
        assert_eq!((view.workers[0].state, view.workers[0].call), (state, call));
    }
}

#[test]
fn a_dead_worker_is_still_known_by_what_it_had() {
    let how = HowExited::Signal(9);
    let events = [
        submitted(0),
        spawned(0),
        process_started(0, 77),
        taken(0, 0),
        Event::WorkerExited { worker: WorkerId(0), how },
        Event::Lost { call: CallId(0), worker: WorkerId(0) },
    ];
    let view = view_of(processes("a"), events);
    let worker = WorkerView {
        name: "ForkServerProcess-1".to_owned(),
        pid: Some(77),
        state: WorkerState::Exited(how),
        call: Some(CallId(0)),
    };
    assert_eq!(view.workers, [worker]);
    assert_eq!(view.futures[0].place, Place::Over);
}

#[test]
fn main_is_blocked_until_what_it_waits_for_comes() {
    let by = Agent::Main;
    let on = BlockedOn::Result(FutureId(0));
    let mut view = view_of(threads("a"), [submitted(0), Event::ProgramBlocked { by, on }]);
    assert_eq!(view.main_waits_for(), Some(on));
    view.apply(&log([answered(Question::Result(FutureId(0)), 5)])[0]);
    assert_eq!(view.main_waits_for(), None);
}

#[test]
fn results_are_listed_in_the_order_of_their_delivery() {
    let view = view_of(
        threads("a b c"),
        [
            submitted(0),
            submitted(1),
            submitted(2),
            completed(0, 1),
            mapped(1, 0),
            answered(Question::Result(FutureId(2)), 5),
            answered(Question::Done(FutureId(2)), true),
        ],
    );
    let got: Vec<_> = view.delivered.iter().map(|got| (got.through, got.future.0)).collect();
    assert_eq!(got, [(Through::AsCompleted, 1), (Through::Map, 0), (Through::Result, 2)]);
}

#[test]
fn tasks_are_counted_by_what_became_of_them() {
    let by = Agent::Main;
    let view = view_of(
        threads("a b c d e"),
        [
            submitted(0),
            submitted(1),
            submitted(2),
            finished(0, value(1)),
            finished(1, failed()),
            Event::Cancelled { future: FutureId(2), by },
            Event::TaskSkipped { task: TaskId(3), because: Because::InputFailed(TaskId(1)) },
        ],
    );
    let counts = Counts {
        tasks: 5,
        returned: 1,
        raised: 1,
        cancelled: 1,
        skipped: 1,
        futures: 3,
        states: [0, 0, 1, 0, 2],
    };
    assert_eq!(view.counts(), counts);
    let skipped: Vec<_> = view.skipped().collect();
    assert_eq!(skipped, [(TaskId(3), Because::InputFailed(TaskId(1)))]);
}

#[test]
fn a_task_that_was_submitted_again_is_its_last_future() {
    let again = submits(1, Work::task(TaskId(0)));
    let view = view_of(threads("a"), [submitted(0), again]);
    assert_eq!(view.tasks, [TaskView::Submitted(FutureId(1))]);
    assert_eq!(view.future_name(FutureId(0)), view.future_name(FutureId(1)));
}

#[test]
fn futures_have_names_for_people() {
    let part = |task, first, count| Part { task: TaskId(task), first, count };
    let inner = |of, number| Work::Inner {
        of: Some(FutureId(of)),
        number,
        function: "sleep".to_owned(),
        args: Vec::new(),
    };
    let works = [
        (Work::task(TaskId(1)), "b"),
        (Work::Tasks(vec![part(0, 0, 1), part(1, 0, 1), part(2, 0, 1)].into()), "a…c"),
        (inner(0, 0), "b/0"),
        (inner(2, 1), "b/0/1"),
        (Work::Tasks(vec![part(0, 10, 5)].into()), "a[10…14]"),
        (Work::task(TaskId(99)), "task 99"),
    ];
    let events = (0..).zip(&works).map(|(number, (work, _))| submits(number, work.clone()));
    let view = view_of(threads("a b c"), events);
    for (future, (_, name)) in view.futures.iter().zip(works) {
        assert_eq!(future.name, name);
    }
    assert_eq!(view.item_name(FutureId(1), 2), "c");
    assert_eq!(view.item_name(FutureId(4), 2), "a[12]");
}

#[test]
fn what_names_nothing_that_exists_changes_nothing() {
    let far = 4_000_000_000;
    let (future, call, worker) = (FutureId(far), CallId(far), WorkerId(far));
    let task = TaskId(far);
    let items = Items::default();
    let events = vec![
        submits(far, Work::task(task)),
        running(far),
        taken(far, far),
        returned(0, far, value(1)),
        Event::Returned { call, worker, items, transport: None },
        finished(far, value(1)),
        spawned(far),
        process_started(far, 1),
        Event::Lost { call, worker },
        Event::TaskSkipped { task, because: Because::MapEnded },
        completed(far, far),
        Event::ProgramHangs { why: WhyHang::Circle, chain: Vec::new() },
        Event::Intervened {
            plan: Some(far),
            act: crate::engine::event::Act::Cancel(task),
            result: ActResult::Refused,
        },
        Event::Answered {
            by: Agent::Worker(worker),
            what: Question::Next(IteratorId(far)),
            reply: Reply::Exhausted,
        },
        Event::WaitReturned { by: Agent::Main, done: vec![future], not_done: vec![] },
    ];
    let mut view = View::new(threads("a"));
    for record in log(events) {
        view.apply(&record);
        // Whatever it says, it can be told.
        let _ = story::sentence(&view, &record, story::Depth::Everything);
    }
    assert_eq!(view.tasks, [TaskView::Waiting]);
    assert_eq!((view.futures.len(), view.workers.len()), (0, 0));
}

#[test]
fn calls_are_counted_where_they_lie_after_every_record_of_every_example() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../static/examples");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // Forty thousand calls take their time.
        if path.to_string_lossy().contains("-many-") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let plan =
            crate::scenario::Scenario::parse(&text).and_then(crate::scenario::Scenario::check);
        let plan = Arc::new(plan.unwrap());
        let mut view = View::new(plan.clone());
        let records = crate::sim::Sim::new(plan, 3).run();
        let some = records.len().div_ceil(500);
        for (at, record) in records.iter().enumerate() {
            view.apply(record);
            if at % some != 0 {
                continue;
            }
            for place in [Place::Queued, Place::InCallQueue, Place::ResultOnItsWay] {
                let lies = |cell: &&FutureView| cell.place == place && !cell.state.done();
                let walked = view.futures.iter().filter(lies).count();
                assert_eq!(view.lying(place) as usize, walked, "{path:?} {place:?} {record:?}");
            }
        }
    }
}
