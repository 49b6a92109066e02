use std::sync::Arc;

use super::*;
use crate::engine::event::{Agent, Because, BlockedOn, Event, Items, Transport, Work};
use crate::outcome::{Outcome, Raised};
use crate::scenario::Plan;
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
            "running() true !on no worker",
            "done() false not even begun",
            "cancel() false !it is too late",
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
            "running() true with worker B",
            "done() false at work",
            "cancel() false a worker has begun",
        ]
    );
    let waits = Event::Blocked { call: CallId(0), on: BlockedOn::Result(FutureId(0)) };
    let view = view_of(threads("a"), begun.into_iter().chain([waits]));
    assert_eq!(rows(&view)[0], "running() true !with worker B, but itself waits");
}

#[test]
fn a_cancelled_future_is_done_though_nothing_was() {
    let view = view_of(threads("a"), [submitted(0), cancelled(0)]);
    let says = Says { done: true, running: false, cancelled: true, cancel_would: true };
    assert_eq!(view.says(FutureId(0)), says);
    assert_eq!(
        rows(&view),
        [
            "running() false no worker ever had it",
            "done() true !never begun, and never will be",
            "cancel() true it is cancelled already",
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
