use std::sync::Arc;

use super::*;
use crate::engine::event::{Because, Event, Work};
use crate::outcome::Raised;
use crate::scenario::{Plan, Scenario};
use crate::units::{CallId, Instant};
use crate::value::Value;
use crate::view::testing::*;

/// `a` beforehand, and a map node of so many items.
fn plan(items: &str) -> Arc<Plan> {
    // Only then may they never end.
    let more = if items.contains("count") { r#","buffersize":2"# } else { "" };
    let text = format!(
        r#"{{"format":1,"executor":{{"kind":"processes","workers":2}},"tasks":[
        {{"id":"a","function":"identity","args":{{"value":1}}}},
        {{"id":"squares","function":"square","args":{{"x":{{"each":{items}}}}}}}],
        "program":{{"mode":"map"{more}}}}}"#
    );
    Arc::new(Scenario::parse(&text).unwrap().check().unwrap())
}

const SQUARES: TaskId = TaskId(1);

fn view(items: &str, events: impl IntoIterator<Item = Event>) -> View {
    let mut view = View::new(plan(items));
    for record in log(events) {
        view.apply(&record);
    }
    view
}

/// A call with these items of the map node.
fn part(first: u32, count: u32) -> Part {
    Part { task: SQUARES, first, count }
}

fn carries(number: u32, parts: &[Part]) -> Event {
    submits(number, Work::Tasks(parts.iter().copied().collect()))
}

/// The call returned these, each after 1 ms.
fn came(number: u32, outcomes: Vec<Outcome>) -> Event {
    let mut items = Items::default();
    for (at, outcome) in (0..).zip(outcomes) {
        items.push(Instant(at * 1_000_000), Instant((at + 1) * 1_000_000), outcome);
    }
    Event::Returned { call: CallId(number), worker: WorkerId(0), items, transport: None }
}

fn runs(view: &View, look: Shown) -> Vec<u32> {
    let rows = view.item_rows(SQUARES, Some(look));
    (0..rows.len()).filter_map(|row| rows.item(row)).collect()
}

#[test]
fn an_item_is_found_by_its_number_and_looks_as_its_call_does() {
    let a = Part { task: TaskId(0), first: 0, count: 1 };
    let view = view(
        r#"{"range":[8]}"#,
        [carries(0, &[a, part(0, 2)]), carries(1, &[part(2, 3)]), running(0), taken(0, 0)],
    );
    assert_eq!(view.calls_of(SQUARES).len(), 2);
    assert_eq!(view.calls_of(SQUARES)[0].place, 1, "behind a");
    let call = |item| view.call_of_item(SQUARES, item);
    assert_eq!([0, 1, 2, 4, 5].map(call), [Some(0), Some(0), Some(1), Some(1), None]);
    let shown = |item| view.item(SQUARES, item).shown;
    assert_eq!([1, 2, 7].map(shown), [Shown::Running, Shown::Queued, Shown::Waiting]);
    assert_eq!(runs(&view, Shown::Running), [0, 1]);
    assert_eq!(runs(&view, Shown::Queued), [2, 3, 4]);
    assert_eq!(runs(&view, Shown::Waiting), [5, 6, 7]);
    assert_eq!(runs(&view, Shown::Failed), [0_u32; 0]);
    assert_eq!(view.item_counts(SQUARES)[Shown::Waiting as usize], 3);
    assert_eq!(view.item_rows(SQUARES, None).len(), 8);
}

#[test]
fn of_a_chunk_that_raised_each_item_says_what_became_of_it() {
    let view = view(
        r#"{"range":[4]}"#,
        [
            carries(0, &[part(0, 4)]),
            running(0),
            taken(0, 0),
            came(0, vec![value(0), failed()]),
            finished(0, failed()),
        ],
    );
    let came = |item| view.item(SQUARES, item).came;
    assert_eq!(came(0), Came::LostWith(value(0)));
    assert_eq!(came(1), Came::Outcome(failed()));
    assert_eq!([2, 3].map(came), [Came::After(part(1, 1)), Came::After(part(1, 1))]);
    assert_eq!(view.item(SQUARES, 1).ran, Some(Span::from_ms(1)));
    assert_eq!(view.item(SQUARES, 3).ran, None);
    assert_eq!(runs(&view, Shown::Failed), [0, 1, 2, 3], "for the program all of them are");
}

#[test]
fn of_a_chunk_that_returned_each_item_has_its_value_and_its_time() {
    let list = Outcome::Returned(Value::List(vec![Value::Int(0), Value::Int(1)]));
    let view = view(
        r#"{"range":[2]}"#,
        [
            carries(0, &[part(0, 2)]),
            running(0),
            taken(0, 0),
            came(0, vec![value(0), value(1)]),
            finished(0, list),
        ],
    );
    assert_eq!(view.item(SQUARES, 1).came, Came::Outcome(value(1)));
    assert_eq!(view.item(SQUARES, 1).ran, Some(Span::from_ms(1)));
    assert_eq!(view.item(SQUARES, 1).worker, Some(WorkerId(0)));
}

#[test]
fn an_item_by_itself_has_what_came_of_its_future() {
    let broken = Outcome::Raised(Raised::new("BrokenProcessPool", ""));
    let view = view(
        r#"{"range":[2]}"#,
        [
            carries(0, &[part(0, 1)]),
            carries(1, &[part(1, 1)]),
            running(0),
            taken(0, 1),
            came(0, vec![value(9)]),
            finished(0, value(9)),
            finished(1, broken.clone()),
        ],
    );
    let [first, second] = [0, 1].map(|item| view.item(SQUARES, item));
    assert_eq!((first.came, first.ran), (Came::Outcome(value(9)), Some(Span::from_ms(1))));
    assert_eq!((second.shown, second.came), (Shown::Broken, Came::Outcome(broken)));
}

#[test]
fn a_skipped_nodes_items_are_skipped_and_a_second_round_begins_anew() {
    let because = Because::MapEnded;
    let skipped = view(r#"{"range":[3]}"#, [Event::TaskSkipped { task: SQUARES, because }]);
    assert_eq!(runs(&skipped, Shown::Skipped), [0, 1, 2]);
    assert_eq!(skipped.item_counts(SQUARES)[Shown::Skipped as usize], 3);

    let again = view(
        r#"{"range":[3]}"#,
        [carries(0, &[part(0, 3)]), finished(0, failed()), carries(1, &[part(0, 2)])],
    );
    assert_eq!(again.item(SQUARES, 0).future, Some(FutureId(1)));
    assert_eq!(again.item(SQUARES, 2).shown, Shown::Waiting);
}

#[test]
fn of_endless_items_those_are_listed_that_were_submitted() {
    let view = view(r#"{"count":5}"#, [carries(0, &[part(0, 1)]), carries(1, &[part(1, 1)])]);
    assert_eq!(view.item_rows(SQUARES, None).len(), 2);
    assert!(view.item_rows(SQUARES, Some(Shown::Waiting)).is_empty());
    assert_eq!(view.item_args(SQUARES, 3), "8");
}

#[test]
fn a_row_finds_its_item_and_an_item_its_row() {
    let mut rows = Rows::default();
    for (first, count) in [(2, 3), (5, 1), (9, 2), (20, 0)] {
        rows.push(first, count);
    }
    assert_eq!(rows.runs.len(), 2, "what follows without a gap is one run");
    let items: Vec<_> = (0..=rows.len()).map(|row| rows.item(row)).collect();
    assert_eq!(items, [Some(2), Some(3), Some(4), Some(5), Some(9), Some(10), None]);
    assert_eq!(
        [2, 5, 6, 10, 20].map(|item| rows.row_of(item)),
        [Some(0), Some(3), None, Some(5), None]
    );
}

#[test]
fn calls_are_told_one_by_one_as_long_as_they_can_be_told_apart() {
    let calls = |size: u32, count: u32| {
        let call = |n| carries(n, &[part(n * size, size)]);
        let log = (0..count).map(call).chain([finished(1, failed())]);
        view(r#"{"range":[200]}"#, log).items(SQUARES).unwrap().few_calls().to_vec()
    };
    let three: Vec<_> = calls(3, 3).iter().map(|call| (call.end, call.look)).collect();
    assert_eq!(three, [(3, Shown::Queued), (6, Shown::Failed), (9, Shown::Queued)]);
    assert_eq!(calls(1, 3), [], "each by itself");
    assert_eq!(calls(2, 40).len(), 40);
    assert_eq!(calls(2, 41), [], "too narrow to be seen");
}

#[test]
fn a_log_that_is_not_ours_changes_nothing() {
    let view = view(
        r#"{"range":[4]}"#,
        [
            carries(0, &[part(0, 2)]),
            carries(1, &[part(1, 2)]),
            carries(2, &[part(u32::MAX, 2)]),
            carries(3, &[Part { task: TaskId(9), first: 0, count: 1 }]),
        ],
    );
    assert_eq!(view.calls_of(SQUARES).len(), 1);
    assert_eq!(view.calls_of(TaskId(9)), []);
    assert_eq!(view.item(TaskId(9), 0).shown, Shown::Waiting);
    assert!(view.item_rows(TaskId(9), None).is_empty());
}
