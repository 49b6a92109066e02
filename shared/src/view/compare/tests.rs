use std::sync::Arc;

use super::*;
use crate::engine::event::Record;
use crate::scenario::Plan;
use crate::sim::Sim;

struct Ran {
    view: View,
    timeline: Timeline,
}

impl Ran {
    fn of(scenario: &Scenario) -> Self {
        let plan: Arc<Plan> = Arc::new(scenario.clone().check().unwrap());
        let mut sim = Sim::new(plan.clone(), 0);
        while sim.step() {}
        let (mut view, mut timeline) = (View::new(plan.clone()), Timeline::new(plan));
        let records: Vec<Record> = sim.drain_records();
        for record in &records {
            view.apply(record);
            timeline.apply(&view, record);
        }
        Self { view, timeline }
    }

    fn side(&self) -> Side<'_> {
        Side { view: &self.view, timeline: &self.timeline }
    }
}

const FIVE: &str = r#"{"format":1,"title":"Five","executor":{"kind":"threads","workers":2},"tasks":[
    {"id":"a","function":"sleep","args":{"seconds":5}},{"id":"b","function":"sleep","args":{"seconds":4}},
    {"id":"c","function":"sleep","args":{"seconds":3}},{"id":"d","function":"square","args":{"x":3}}],
    "program":{"mode":"as_completed"}}"#;

fn compared(left: &str, right: &str) -> Comparison {
    let [left, right] = [left, right].map(|text| Ran::of(&Scenario::parse(text).unwrap()));
    compare(left.side(), right.side())
}

fn row<'a>(rows: &'a [Difference], what: &str) -> Option<(&'a str, &'a str)> {
    let row = rows.iter().find(|row| row.what == what)?;
    Some((&row.left, &row.right))
}

#[test]
fn a_run_is_as_itself() {
    let same = compared(FIVE, FIVE);
    assert_eq!((same.settings.len(), same.outcomes.len()), (0, 0), "{same:?}");
    assert_eq!(same.sentence, "The same experiment twice: 7.0 s, 4 calls; 7.0 s, 4 calls.");
}

#[test]
fn what_is_only_to_be_read_is_no_difference() {
    let other = FIVE
        .replace("\"Five\"", "\"Cinq\"")
        .replace("\"id\":\"a\",", "\"id\":\"a\",\"position\":[20,40],");
    assert!(compared(FIVE, &other).settings.is_empty());
}

#[test]
fn other_workers_are_told_with_what_came_of_them() {
    let more = compared(FIVE, &FIVE.replace("\"workers\":2", "\"workers\":3"));
    assert_eq!(more.settings.len(), 1);
    assert_eq!(row(&more.settings, "workers"), Some(("2", "3")));
    assert_eq!(row(&more.outcomes, "took"), Some(("7.0 s", "5.0 s")));
    assert_eq!(row(&more.outcomes, "at work at once, at most"), Some(("2", "3")));
    assert_eq!(row(&more.outcomes, "1st to main"), Some(("b", "c")));
    assert_eq!(row(&more.outcomes, "work in all"), None, "the same in both");
    assert_eq!(more.sentence, "workers 2: 7.0 s, 4 calls; workers 3: 5.0 s, 4 calls.");
}

#[test]
fn a_task_that_comes_out_otherwise_is_told_by_its_name() {
    let other = FIVE.replace(r#""function":"square","args":{"x":3}"#, r#""function":"fail""#);
    let failed = compared(FIVE, &other);
    assert_eq!(row(&failed.settings, "task d: function"), Some(("square", "fail")));
    assert_eq!(row(&failed.settings, "task d: x"), Some(("3", "–")));
    let of_d = failed.outcomes.iter().find(|row| row.task.as_deref() == Some("d")).unwrap();
    assert_eq!(of_d.left, "9");
    assert_eq!(of_d.right, "ValueError: Called broken function");
    assert!(failed.sentence.starts_with("Other tasks: "), "{}", failed.sentence);
}

#[test]
fn a_chunksize_is_seen_in_the_calls() {
    let map = |chunk: u32| {
        format!(
            r#"{{"format":1,"executor":{{"kind":"processes","workers":2}},"tasks":[{{"id":"a",
            "function":"square","args":{{"x":{{"each":{{"range":[4000]}}}}}}}}],
            "program":{{"mode":"map","chunksize":{chunk}}}}}"#
        )
    };
    let chunks = compared(&map(1), &map(1_000));
    assert_eq!(row(&chunks.settings, "chunksize"), Some(("1", "1000")));
    assert_eq!(row(&chunks.outcomes, "calls"), Some(("4,000", "4")));
    assert!(chunks.sentence.starts_with("chunksize 1: "), "{}", chunks.sentence);
    assert!(chunks.sentence.ends_with("4 calls."), "{}", chunks.sentence);
}

#[test]
fn of_many_tasks_that_differ_some_are_told_and_the_rest_is_counted() {
    let tasks = |value: u32| {
        let task =
            |at| format!(r#"{{"id":"t{at}","function":"identity","args":{{"value":{value}}}}}"#);
        let tasks: Vec<String> = (0..20).map(task).collect();
        format!(
            r#"{{"format":1,"executor":{{"kind":"threads","workers":2}},"tasks":[{}],
            "program":{{"mode":"submit"}}}}"#,
            tasks.join(",")
        )
    };
    let all = compared(&tasks(1), &tasks(2));
    assert_eq!(all.outcomes.iter().filter(|row| row.task.is_some()).count(), TASKS);
    assert_eq!(row(&all.outcomes, "and"), Some(("12 tasks", "otherwise, too")));
}

#[test]
fn places_are_counted_as_in_english() {
    let words = [1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(nth);
    assert_eq!(
        words,
        ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th"]
    );
}
