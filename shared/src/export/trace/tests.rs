//! The trace as a reader would see it.

use std::fs;
use std::sync::Arc;

use serde_json::Value;

use super::{trace, us, us_between};
use crate::scenario::{Plan, Scenario};
use crate::sim::Sim;
use crate::units::Instant;
use crate::view::View;
use crate::view::timeline::{Lane, Timeline};

fn examples() -> Vec<(String, Arc<Plan>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../static/examples");
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        // Forty thousand calls take their time.
        if !name.contains("-many-") {
            let scenario = Scenario::parse(&fs::read_to_string(path).unwrap()).unwrap();
            all.push((name, Arc::new(scenario.check().unwrap())));
        }
    }
    all
}

/// The trace of a simulated run, of its first `part` of the records.
fn of(plan: &Arc<Plan>, part: f64) -> (Value, Timeline) {
    let records = Sim::new(plan.clone(), plan.scenario.seed).run();
    let (mut view, mut timeline) = (View::new(plan.clone()), Timeline::new(plan.clone()));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a part of a number
    for record in &records[..(records.len() as f64 * part) as usize] {
        view.apply(record);
        timeline.apply(&view, record);
    }
    (serde_json::from_str(&trace(&view, &timeline, true)).expect("it is JSON"), timeline)
}

fn events<'t>(trace: &'t Value, phase: &str) -> Vec<&'t Value> {
    let all = trace["traceEvents"].as_array().unwrap();
    all.iter().filter(|event| event["ph"] == phase).collect()
}

#[test]
fn every_bar_and_every_moment_is_an_event_on_a_thread_with_a_name() {
    for (name, plan) in examples() {
        let (trace, timeline) = of(&plan, 1.0);
        let count = |of: fn(&Lane) -> usize| -> usize { timeline.lanes().iter().map(of).sum() };
        let bars = count(|lane| lane.bars().map(|bar| 1 + bar.hatched.len()).sum());
        assert_eq!(events(&trace, "X").len(), bars, "{name}");
        assert_eq!(events(&trace, "i").len(), count(|lane| lane.moments().len()), "{name}");
        let named: Vec<&Value> = events(&trace, "M")
            .into_iter()
            .filter(|event| event["name"] == "thread_name")
            .map(|event| &event["tid"])
            .collect();
        for event in events(&trace, "X").into_iter().chain(events(&trace, "i")) {
            assert!(named.contains(&&event["tid"]), "{name}: {event}");
        }
    }
}

/// Readers draw what overlaps on one thread as a stack: it must be one within the other.
#[test]
fn on_each_thread_events_lie_behind_or_within_each_other_also_of_a_run_that_was_cut_off() {
    for (name, plan) in examples() {
        for part in [0.3, 0.7, 1.0] {
            let (trace, timeline) = of(&plan, part);
            let end = us(timeline.now());
            let mut spans: Vec<(u64, f64, f64)> = Vec::new();
            for event in events(&trace, "X") {
                let [ts, dur] = ["ts", "dur"].map(|key| event[key].as_f64().unwrap());
                assert!(ts >= 0.0 && dur >= 0.0 && ts + dur <= end, "{name}: {event}");
                spans.push((event["tid"].as_u64().unwrap(), ts, ts + dur));
            }
            // The outer one first; what is still open then must hold all of the next. To the last bit: a
            // reader compares what it adds up.
            spans.sort_by(|a, b| (a.0, a.1, -a.2).partial_cmp(&(b.0, b.1, -b.2)).unwrap());
            let mut open: Vec<(u64, f64, f64)> = Vec::new();
            for span in spans {
                open.retain(|over| over.0 == span.0 && over.2 > span.1);
                let crossed = open.iter().find(|over| over.2 < span.2);
                assert_eq!(crossed, None, "{name}: {span:?}");
                open.push(span);
            }
        }
    }
}

#[test]
fn a_calls_way_goes_from_the_queue_to_the_end_and_forward_in_time() {
    for (name, plan) in examples() {
        let (trace, _) = of(&plan, 1.0);
        let ids = |phase| -> Vec<u64> {
            events(&trace, phase).iter().map(|event| event["id"].as_u64().unwrap()).collect()
        };
        assert_eq!(ids("s"), ids("f"), "{name}");
        let at = |event: &Value| (event["id"].as_u64(), event["ts"].as_f64());
        let flows: Vec<_> = trace["traceEvents"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|event| event["cat"] == "call")
            .map(at)
            .collect();
        assert!(flows.is_sorted(), "{name}");
    }
}

#[test]
fn of_a_queue_of_thousands_a_thousand_rows_are_threads_and_each_has_one_name() {
    let text = r#"{"format":1,"executor":{"kind":"threads","workers":2},"tasks":[
        {"id":"a","function":"sleep","args":{"seconds":0.01,"returns":{"each":{"range":[1500]}}}}],
        "program":{"mode":"map"}}"#;
    let plan = Arc::new(Scenario::parse(text).and_then(Scenario::check).unwrap());
    let (trace, timeline) = of(&plan, 1.0);
    let queue = timeline.lanes().iter().map(Lane::rows_used).max();
    assert!(queue > Some(1_000), "{queue:?}");
    let mut named: Vec<u64> = events(&trace, "M")
        .iter()
        .filter(|event| event["name"] == "thread_name")
        .map(|event| event["tid"].as_u64().unwrap())
        .collect();
    let count = named.len();
    assert!(count > 1_000);
    named.dedup();
    assert_eq!(named.len(), count);
    let ran = events(&trace, "X").into_iter().filter(|event| event["cat"] == "succeeded");
    assert_eq!(ran.count(), 1_500, "each call is with its worker");
}

#[test]
fn a_trace_says_what_it_is_of() {
    let (_, plan) = examples().into_iter().find(|(name, _)| name.contains("024-map")).unwrap();
    let (trace, _) = of(&plan, 1.0);
    let scenario = Scenario::parse(&trace["otherData"]["scenario"].to_string()).unwrap();
    assert_eq!(trace["otherData"]["known"], "simulated");
    assert_eq!(trace["otherData"]["ended"], "finished");
    assert_eq!(scenario, plan.scenario);
    let names: Vec<&str> = events(&trace, "M")
        .iter()
        .filter(|event| event["name"] == "thread_name")
        .map(|event| event["args"]["name"].as_str().unwrap())
        .collect();
    let expected = [
        "main",
        "main: takes, prints",
        "queue",
        "queue 2",
        "queue 3",
        "result shelf",
        "worker A thread 0_0",
        "worker B thread 0_1",
    ];
    assert_eq!(names, expected);
}

#[test]
fn the_end_of_an_event_is_the_very_number_at_which_the_next_begins() {
    let mut at = Instant(0);
    for step in 0..20_000_u64 {
        let next = Instant(at.0 + step * step % 7_919_777);
        let end = us(at) + us_between(at, next);
        assert_eq!(end.to_bits(), us(next).to_bits(), "{at:?} {next:?}");
        assert!((us(at) - at.0 as f64 / 1_000.0).abs() < 0.000_6, "{at:?}");
        at = next;
    }
}
