use std::sync::Arc;

use super::*;
use crate::engine::event::{Agent, Because, BlockedOn, Event, Items, Transport, Work};
use crate::outcome::{Outcome, Raised};
use crate::scenario::{Plan, Scenario};
use crate::sim::Sim;
use crate::units::{CallId, Instant};
use crate::view::testing::*;

fn view_of(plan: Arc<Plan>, events: impl IntoIterator<Item = Event>) -> View {
    let mut view = View::new(plan);
    for record in &log(events) {
        view.apply(record);
    }
    view
}

fn queued(number: u32) -> Event {
    Event::Queued { call: CallId(number) }
}

fn cancelled(number: u32) -> Event {
    Event::Cancelled { future: FutureId(number), by: Agent::Main }
}

/// The rows as text, those that differ with a `!`.
fn rows(view: &View) -> Vec<String> {
    let row = |row: Truth| {
        let mark = if row.differs { "!" } else { "" };
        format!("{} {} {mark}{}", row.method, row.says, row.text)
    };
    view.truth(FutureId(0)).into_iter().map(row).collect()
}

#[test]
fn a_processs_call_claims_to_run_from_the_call_queue_to_its_taking() {
    let transport =
        Some(Transport { arrived: Instant::ZERO, unpacked: Instant::ZERO, packed: Instant::ZERO });
    let items = Items::one(Instant(0), Instant(7), value(1));
    let (call, worker) = (CallId(0), WorkerId(0));
    let life = [
        (submitted(0), Shown::Queued),
        (running(0), Shown::Claims),
        (queued(0), Shown::Claims),
        (taken(0, 0), Shown::Running),
        (Event::Returned { call, worker, items, transport }, Shown::Running),
        (finished(0, value(1)), Shown::Succeeded),
    ];
    let mut view = View::new(processes("a"));
    assert_eq!(view.shown(TaskId(0)), Shown::Waiting);
    for (record, (_, shown)) in log(life.iter().map(|(event, _)| event.clone())).iter().zip(&life) {
        view.apply(record);
        assert_eq!(view.shown(TaskId(0)), *shown, "{record:?}");
    }
}

#[test]
fn a_threads_call_never_claims() {
    let view = view_of(threads("a"), [submitted(0), running(0)]);
    assert_eq!(view.shown(TaskId(0)), Shown::Running);
}

#[test]
fn of_a_map_node_its_items_are_counted() {
    let text = r#"{"format":1,"executor":{"kind":"processes","workers":2},"tasks":[
        {"id":"one","function":"square","args":{"x":2}},
        {"id":"many","function":"divide","args":{"x":6,"y":{"each":[1,2,0,3]}},"after":["one"]},
        {"id":"rest","function":"square","args":{"x":{"from":"many"}}}],
        "program":{"mode":"submit"}}"#;
    let plan = Arc::new(Scenario::parse(text).and_then(Scenario::check).unwrap());
    let mut view = View::new(plan.clone());
    let counted = |view: &View, shown: Shown| view.shown_counts()[shown as usize];
    assert_eq!(counted(&view, Shown::Waiting), 1 + 4 + 1);
    for record in Sim::new(plan, 0).run() {
        view.apply(&record);
        assert_eq!(view.shown_counts().iter().sum::<usize>(), 6, "{record:?}");
    }
    assert_eq!(counted(&view, Shown::Succeeded), 1 + 3);
    assert_eq!(counted(&view, Shown::Failed), 1);
    assert_eq!(counted(&view, Shown::Skipped), 1);
}

#[test]
fn every_end_has_its_own_look_and_all_are_counted() {
    let broken = Outcome::Raised(Raised::broken_pool_future());
    let view = view_of(
        threads("a b c d e f g"),
        [
            submitted(0),
            submitted(1),
            submitted(2),
            submitted(3),
            submitted(4),
            finished(0, value(1)),
            finished(1, failed()),
            finished(2, broken),
            cancelled(3),
            Event::TaskSkipped { task: TaskId(5), because: Because::InputFailed(TaskId(1)) },
        ],
    );
    let looks: Vec<Shown> = (0..7).map(|task| view.shown(TaskId(task))).collect();
    assert_eq!(
        looks,
        [
            Shown::Succeeded,
            Shown::Failed,
            Shown::Broken,
            Shown::Cancelled,
            Shown::Queued,
            Shown::Skipped,
            Shown::Waiting
        ]
    );
    assert_eq!(view.shown_counts(), [1, 1, 0, 0, 1, 1, 1, 1, 1]);
    for (place, shown) in Shown::ALL.into_iter().enumerate() {
        assert_eq!(shown as usize, place, "the counts go by this order");
    }
}

#[test]
fn in_the_call_queue_two_of_three_answers_mislead() {
    let view = view_of(processes("a"), [submitted(0), running(0), queued(0)]);
    assert_eq!(
        rows(&view),
        [
            "running() True !on no worker",
            "done() False not even begun",
            "cancel() False !it is too late",
        ]
    );
}

#[test]
fn a_call_at_work_is_as_python_says_unless_it_waits_itself() {
    let begun = [submitted(0), running(0), spawned(0), spawned(1), taken(0, 1)];
    let view = view_of(threads("a"), begun.clone());
    assert_eq!(
        rows(&view),
        [
            "running() True with worker B",
            "done() False at work",
            "cancel() False a worker has begun",
        ]
    );
    let waits = Event::Blocked { call: CallId(0), on: BlockedOn::Result(FutureId(0)) };
    let view = view_of(threads("a"), begun.into_iter().chain([waits]));
    assert_eq!(rows(&view)[0], "running() True !with worker B, but itself waits");
}

#[test]
fn a_cancelled_future_is_done_though_nothing_was() {
    let view = view_of(threads("a"), [submitted(0), cancelled(0)]);
    let says = Says { done: true, running: false, cancelled: true, cancel_would: true };
    assert_eq!(view.says(FutureId(0)), says);
    assert_eq!(
        rows(&view),
        [
            "running() False no worker ever had it",
            "done() True !never begun, and never will be",
            "cancel() True it is cancelled already",
        ]
    );
}

#[test]
fn a_pending_future_can_be_cancelled_and_a_finished_one_cannot() {
    let view = view_of(threads("a"), [submitted(0)]);
    let says = Says { done: false, running: false, cancelled: false, cancel_would: true };
    assert_eq!(view.says(FutureId(0)), says);
    let view = view_of(threads("a"), [submitted(0), finished(0, value(1))]);
    let says = Says { done: true, running: false, cancelled: false, cancel_would: false };
    assert_eq!(view.says(FutureId(0)), says);
}

#[test]
fn workers_have_letters_beyond_the_alphabet() {
    let cases = [(0, "A"), (25, "Z"), (26, "AA"), (27, "AB"), (701, "ZZ"), (702, "AAA")];
    for (worker, expected) in cases {
        assert_eq!(letter(WorkerId(worker)), expected);
    }
    assert!(!letter(WorkerId(u32::MAX)).is_empty());
}

#[test]
fn what_does_not_exist_has_a_look_and_no_rows() {
    let view = view_of(threads("a"), [submits(0, Work::task(TaskId(9)))]);
    let far = 4_000_000_000;
    assert_eq!(view.shown(TaskId(far)), Shown::Waiting);
    assert_eq!(view.shown_future(FutureId(far)), Shown::Waiting);
    assert!(view.truth(FutureId(far)).is_empty());
    assert!(!view.says(FutureId(far)).done);
}

/// A Pool of two with the calls of these events, and the last future's rows.
fn pool_rows(events: impl IntoIterator<Item = Event>) -> Vec<String> {
    rows(&view_of(plan_with("pool", "a", ""), [spawned(0), spawned(1)].into_iter().chain(events)))
}

#[test]
fn rule_149_a_pools_result_is_not_ready_wherever_its_call_is_and_successful_raises() {
    let transport = None;
    let items = Items::one(Instant(0), Instant(7), value(1));
    let (call, worker) = (CallId(0), WorkerId(1));
    let life = [
        (submitted(0), Shown::Queued, "False in the task queue"),
        (queued(0), Shown::Queued, "False in the pipe, on no worker"),
        (taken(0, 1), Shown::Running, "False with worker B"),
        (
            Event::Returned { call, worker, items, transport },
            Shown::Running,
            "False !computed: its result is on its way",
        ),
        (finished(0, value(1)), Shown::Succeeded, "True worker B had it"),
    ];
    let mut so_far = vec![spawned(0), spawned(1)];
    for (event, shown, ready) in life {
        let done = matches!(event, Event::Finished { .. });
        so_far.push(event);
        let view = view_of(plan_with("pool", "a", ""), so_far.clone());
        assert_eq!(view.shown(TaskId(0)), shown);
        let successful = if done { "True it has a value" } else { "ValueError it is not ready" };
        assert_eq!(rows(&view), [format!("ready() {ready}"), format!("successful() {successful}")]);
    }
}

#[test]
fn what_a_pools_worker_died_with_looks_lost_though_python_says_only_not_ready() {
    let (call, worker) = (CallId(0), WorkerId(1));
    let events = [submitted(0), queued(0), taken(0, 1), Event::Lost { call, worker }];
    assert_eq!(
        pool_rows(events.clone()),
        [
            "ready() False !lost: worker B died with it",
            "successful() ValueError !it never will be ready"
        ]
    );
    let view = view_of(plan_with("pool", "a", ""), events_on(events));
    assert_eq!(view.shown(TaskId(0)), Shown::Broken);
    // A process pool's is running until the pool gives it up.
    let events = [submitted(0), running(0), queued(0), taken(0, 1), Event::Lost { call, worker }];
    let view = view_of(processes("a"), events_on(events));
    assert_eq!(view.shown(TaskId(0)), Shown::Running);
}

fn events_on(events: impl IntoIterator<Item = Event>) -> impl Iterator<Item = Event> {
    [spawned(0), spawned(1)].into_iter().chain(events)
}

#[test]
fn rule_167_what_terminate_throws_away_looks_broken_from_then_on() {
    let terminate = Event::TerminateAsked { by: Agent::Main, unwritten: true };
    let items = Items::one(Instant(0), Instant(7), value(1));
    let returns = Event::Returned { call: CallId(0), worker: WorkerId(0), items, transport: None };
    let thrown = "ready() False !thrown away by terminate()";
    assert_eq!(pool_rows([submitted(0), terminate.clone()])[0], thrown);
    assert_eq!(pool_rows([submitted(0), queued(0), terminate.clone()])[0], thrown);
    let computed = [submitted(0), queued(0), taken(0, 0), returns.clone()];
    assert_eq!(pool_rows(computed.into_iter().chain([terminate.clone()]))[0], thrown);
    // Who is still at work then works for nobody.
    let late = [submitted(0), queued(0), taken(0, 0), terminate, returns];
    let view = view_of(plan_with("pool", "a", ""), events_on(late));
    assert_eq!((view.shown(TaskId(0)), &*rows(&view)[0]), (Shown::Broken, thrown));
}

#[test]
fn behind_a_dead_result_handler_what_is_computed_never_arrives() {
    let items = Items::one(Instant(0), Instant(7), value(1));
    let returns = Event::Returned { call: CallId(0), worker: WorkerId(0), items, transport: None };
    let raised = Raised::new("ValueError", "no");
    let died = Event::HandlerDied { agent: Agent::ResultHandler, raised };
    assert_eq!(
        pool_rows([submitted(0), queued(0), taken(0, 0), died, returns])[0],
        "ready() False !computed, but nobody reads results any more"
    );
}

#[test]
fn inside_pools_map_there_is_no_result_to_ask() {
    let text = r#"{"format":1,"executor":{"kind":"pool","workers":1},"program":{"mode":"map"},
        "tasks":[{"id":"a","function":"sleep","args":{"seconds":1}}]}"#;
    let plan = Arc::new(crate::scenario::Scenario::parse(text).unwrap().check().unwrap());
    let view = view_of(plan, [submitted(0), queued(0)]);
    assert_eq!(rows(&view), [""; 0]);
    assert_eq!(view.whereabouts(FutureId(0)), "in the pipe, on no worker");
}
