use std::sync::Arc;

use super::*;
use crate::engine::event::{Event, Part, Record, Work};
use crate::scenario::{Plan, Scenario};
use crate::units::{Seq, WorkerId};
use crate::view::testing::{running, submits, value};

const NODE: TaskId = TaskId(0);

fn plan() -> Arc<Plan> {
    let text = r#"{"format":1,"executor":{"kind":"processes","workers":2},"tasks":[
        {"id":"squares","function":"square","args":{"x":{"each":{"range":[4]}}}}],
        "program":{"mode":"map","chunksize":2}}"#;
    Arc::new(Scenario::parse(text).unwrap().check().unwrap())
}

fn us(us: u64) -> Instant {
    Instant(us * 1_000)
}

/// A call of two items: taken at 100 µs, back at 280 µs, 10 µs of work; packed apart or not.
fn a_call(number: u32, tells_packing: bool) -> Vec<(u64, Event)> {
    let call = CallId(number);
    let part = Part { task: NODE, first: number * 2, count: 2 };
    let mut items = Items::default();
    items.push(us(165), us(170), value(1));
    items.push(us(170), us(175), value(4));
    let transport = Some(Transport { arrived: us(160), unpacked: us(165), packed: us(185) });
    let packed = tells_packing.then_some((120, Event::Packed { call, bytes: 40 }));
    let events = [
        (0, submits(number, Work::Tasks([part].into_iter().collect()))),
        (0, running(number)),
        (100, Event::Taken { call, worker: WorkerId(0) }),
    ];
    let back = [
        (280, Event::Returned { call, worker: WorkerId(0), items, transport }),
        (285, Event::ResultArrived { call }),
    ];
    events.into_iter().chain(packed).chain(back).collect()
}

fn view(events: impl IntoIterator<Item = (u64, Event)>) -> View {
    let mut view = View::new(plan());
    for (seq, (at, event)) in (0..).zip(events) {
        let seq: Seq = seq;
        view.apply(&Record { seq, at: us(at), cause: None, event });
    }
    view
}

#[test]
fn a_calls_post_is_told_leg_by_leg() {
    let view = view(a_call(0, true));
    let post = view.post(FutureId(0)).unwrap();
    assert_eq!((post.sent(), post.packing()), (Some(40), Some(us(20).since(us(0)))));
    assert_eq!(post.way_there, us(40).since(us(0)));
    assert_eq!(post.unpacking, us(5).since(us(0)));
    assert_eq!(post.work, us(10).since(us(0)));
    assert_eq!(post.packing_back, us(10).since(us(0)));
    assert_eq!(post.way_back, us(95).since(us(0)));
    assert_eq!(post.handing_over, us(5).since(us(0)));
    assert_eq!(post.post(), us(175).since(us(0)), "what is not work, and nothing twice");
    assert!(post.received() > 4, "two outcomes and their times");
    assert_eq!(
        post.sentence(1),
        "10 µs of work, 175 µs of post: the post costs 18 times the work."
    );
}

#[test]
fn what_the_log_does_not_tell_is_not_told() {
    let whole = a_call(0, false);
    let untold = view(whole.clone()).post(FutureId(0)).unwrap();
    assert_eq!((untold.sent(), untold.packing()), (None, None));
    assert_eq!(untold.way_there, us(60).since(us(0)), "packing is in it");
    // Not back yet; and a thread's or a simulated call, which has no transport.
    assert_eq!(view(whole[..4].to_vec()).post(FutureId(0)), None);
    let mut nothing_travels = whole;
    for (_, event) in &mut nothing_travels {
        if let Event::Returned { transport, .. } = event {
            *transport = None;
        }
    }
    assert_eq!(view(nothing_travels).post(FutureId(0)), None);
}

#[test]
fn a_map_nodes_post_is_that_of_all_its_calls() {
    let view = view(a_call(0, true).into_iter().chain(a_call(1, true)));
    let all = view.post_of_items(NODE).unwrap();
    assert_eq!((all.calls, all.items, all.sent()), (2, 4, Some(80)));
    assert_eq!(
        all.sentence(all.items),
        "5.0 µs of work, 88 µs of post: the post costs 18 times the work."
    );
}

#[test]
fn the_verdict_has_words_for_every_share() {
    let says = |work: u64, way: u64| {
        let post = Post { work: Span(work), way_there: Span(way), ..Post::default() };
        post.sentence(1).rsplit(": ").next().unwrap().to_owned()
    };
    assert_eq!(says(3_200, 180_000), "the post costs 56 times the work.");
    assert_eq!(says(1_000, 2_000), "the post costs 2.0 times the work.");
    assert_eq!(says(1_000, 1_000), "the post costs as much as the work.");
    assert_eq!(says(1_000, 400), "the post costs 40 % of the work.");
    assert_eq!(says(1_000_000, 400), "the post costs less than 1 % of the work.");
    assert_eq!(says(0, 400), "no clock could see the work.");
}

#[test]
fn microseconds_are_written_with_as_many_digits_as_tell_something() {
    let cases = [
        (0, "0.0 µs"),
        (20, "0.02 µs"),
        (800, "0.8 µs"),
        (3_200, "3.2 µs"),
        (9_960, "10 µs"),
        (180_400, "180 µs"),
        (999_600, "1.0 ms"),
        (12_000_000, "12 ms"),
        (5_000_000_000, "5.00 s"),
    ];
    for (ns, text) in cases {
        assert_eq!(micros(Span(ns), 1), text);
    }
    assert_eq!(micros(Span(1_000), 10), "0.1 µs");
}
