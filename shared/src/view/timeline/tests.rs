mod any;
mod draw;
mod replaced;

use std::fs;

use expect_test::{Expect, expect};

use super::*;
use crate::engine::event::{HowExited, Items, Question, Reply, Work};
use crate::outcome::Outcome;
use crate::scenario::Scenario;
use crate::sim::Sim;
use crate::units::CallId;
use crate::view::shown::Shown;
use crate::view::testing::*;
use draw::draw;

/// The timeline of these records.
fn fold(plan: &Arc<Plan>, records: &[Record]) -> Timeline {
    let (mut view, mut timeline) = (View::new(plan.clone()), Timeline::new(plan.clone()));
    for record in records {
        view.apply(record);
        timeline.apply(&view, record);
    }
    timeline
}

fn plan(json: &str) -> Arc<Plan> {
    Arc::new(Scenario::parse(json).and_then(Scenario::check).unwrap())
}

fn example(name: &str) -> Arc<Plan> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../static/examples");
    plan(&fs::read_to_string(format!("{folder}/{name}.json")).unwrap())
}

/// The same example on other workers.
fn example_on(name: &str, kind: &str, start_method: Option<&str>) -> Arc<Plan> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../static/examples");
    let text = fs::read_to_string(format!("{folder}/{name}.json")).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["executor"]["kind"] = kind.into();
    if let Some(method) = start_method {
        json["executor"]["start_method"] = method.into();
    }
    plan(&json.to_string())
}

fn run(plan: &Arc<Plan>, seed: u64) -> Timeline {
    fold(plan, &Sim::new(plan.clone(), seed).run())
}

/// The run up to the last record that is not behind this second of the scenario.
fn run_until(plan: &Arc<Plan>, seed: u64, second: f64) -> Timeline {
    fold(plan, &records_until(plan, seed, second))
}

fn records_until(plan: &Arc<Plan>, seed: u64, second: f64) -> Vec<Record> {
    let until = Instant::ZERO + Span::from_seconds(second * plan.scenario.scale);
    let mut records = Sim::new(plan.clone(), seed).run();
    records.retain(|record| record.at <= until);
    records
}

/// How many workers have a call behind these records, and of how many.
fn busy(plan: &Arc<Plan>, records: &[Record]) -> (u32, u32) {
    let mut view = View::new(plan.clone());
    records.iter().for_each(|record| view.apply(record));
    (view.busy_workers(), plan.max_workers())
}

fn check(plan: &Arc<Plan>, timeline: &Timeline, expected: &Expect) {
    expected.assert_eq(&draw(plan, timeline, timeline.now()));
}

/// Two workers; tasks and program as in a scenario's document.
fn small(kind: &str, tasks: &str, program: &str) -> Arc<Plan> {
    plan(&format!(
        r#"{{"format":1,"executor":{{"kind":"{kind}","workers":2}},
            "tasks":[{tasks}],"program":{program}}}"#
    ))
}

fn sleep(id: &str, seconds: u32) -> String {
    format!(r#"{{"id":"{id}","function":"sleep","args":{{"seconds":{seconds}}}}}"#)
}

#[test]
fn seed_001_map_on_threads() {
    let plan = example("seed-001-line-024-map");
    check(
        &plan,
        &run(&plan, 1),
        &expect![[r#"
            main: blocked 8.0 s
              0 0.0–5.0 blocked: waits for task-5
              0 5.0–7.0 blocked: waits for task-3
              0 7.0–8.0 blocked: waits for task-1
              1 5.0 Takes: takes 50.0 and 40.0
              1 7.0 Takes: takes 30.0 and 20.0
              1 8.0 Takes: takes 10.0
            queue: 0
              0 0.0–4.0 queued: task-3
              1 0.0–5.0 queued: task-2
              2 0.0–7.0 queued: task-1
            result shelf: 0
              0 4.0–5.0 shelf (succeeded): task-4, behind task-5
            worker A: thread 0_0
              0 0.0–5.0 succeeded: task-5, 50.0
              0 5.0–7.0 succeeded: task-2, 20.0
              0 7.0–8.0 succeeded: task-1, 10.0
              0 0.0 Starts: thread 0_0 starts
              0 8.0 Exits(Told): ended
            worker B: thread 0_1
              0 0.0–4.0 succeeded: task-4, 40.0
              0 4.0–7.0 succeeded: task-3, 30.0
              0 0.0 Starts: thread 0_1 starts
              0 8.0 Exits(Told): ended
        "#]],
    );
}

#[test]
fn seed_001_map_on_processes() {
    let plan = example_on("seed-001-line-024-map", "processes", Some("fork"));
    let rows: Vec<u16> = run(&plan, 5).lanes().iter().map(Lane::rows_used).collect();
    assert_eq!(rows, [2, 1, 3, 1, 1, 1], "what nothing lies in takes no room");
    check(
        &plan,
        &run(&plan, 5),
        &expect![[r#"
            main: blocked 8.0 s
              0 0.0–5.0 blocked: waits for task-5
              0 5.0–7.0 blocked: waits for task-3
              0 7.0–8.0 blocked: waits for task-1
              1 5.0 Takes: takes 50.0 and 40.0
              1 7.0 Takes: takes 30.0 and 20.0
              1 8.0 Takes: takes 10.0
            queue: 0
            call queue: 0 of 3
              0 0.0–4.0 says RUNNING, is queued: task-3
              1 0.0–5.0 says RUNNING, is queued: task-2
              2 0.0–7.0 says RUNNING, is queued: task-1
            result shelf: 0
              0 4.0–5.0 shelf (succeeded): task-4, behind task-5
            worker A: pid 1001
              0 0.0–4.0 succeeded: task-4, 40.0
              0 4.0–7.0 succeeded: task-3, 30.0
              0 0.0 Starts: pid 1001 starts
              0 8.0 Exits(Told): ended
            worker B: pid 1002
              0 0.0–5.0 succeeded: task-5, 50.0
              0 5.0–7.0 succeeded: task-2, 20.0
              0 7.0–8.0 succeeded: task-1, 10.0
              0 0.0 Starts: pid 1002 starts
              0 8.0 Exits(Told): ended
        "#]],
    );
}

#[test]
fn the_picture_at_six_and_a_half_seconds() {
    let plan = example_on("seed-001-line-024-map", "processes", Some("fork"));
    let timeline = run_until(&plan, 5, 6.5);
    let now = Instant(650_000_000);
    expect![[r#"
        main: blocked 6.5 s
          0 0.0–5.0 blocked: waits for task-5
          0 5.0–… blocked: waits for task-3
          1 5.0 Takes: takes 50.0 and 40.0
        queue: 0
        call queue: 1 of 3
          0 0.0–4.0 says RUNNING, is queued: task-3
          1 0.0–5.0 says RUNNING, is queued: task-2
          2 0.0–… says RUNNING, is queued: task-1
        result shelf: 0
          0 4.0–5.0 shelf (succeeded): task-4, behind task-5
        worker A: pid 1001
          0 0.0–4.0 succeeded: task-4, 40.0
          0 4.0–… running: task-3
          0 0.0 Starts: pid 1001 starts
        worker B: pid 1002
          0 0.0–5.0 succeeded: task-5, 50.0
          0 5.0–… running: task-2
          0 0.0 Starts: pid 1002 starts
    "#]]
    .assert_eq(&draw(&plan, &timeline, now));
    assert_eq!(busy(&plan, &records_until(&plan, 5, 6.5)), (2, 2));
}

#[test]
fn as_completed_leaves_nothing_on_the_shelf() {
    let plan = example("seed-001-line-111-as-completed");
    check(
        &plan,
        &run(&plan, 1),
        &expect![[r#"
            main: blocked 5.0 s
              0 0.0–1.0 blocked: waits for whichever is next
              0 1.0–4.0 blocked: waits for whichever is next
              0 4.0–5.0 blocked: waits for whichever is next
              1 0.0 Prints: prints main: starting
              1 1.0 Takes: takes [3, 30.0] and [1, 10.0]
              1 1.0 Prints: prints main: result: [3, 30.0] and main: result: [1, 10.0]
              1 4.0 Takes: takes [4, 40.0] and [2, 20.0]
              1 4.0 Prints: prints main: result: [4, 40.0] and main: result: [2, 20.0]
              1 5.0 Takes: takes [5, 50.0]
              1 5.0 Prints: prints main: result: [5, 50.0]
            queue: 0
            result shelf: 0
            worker A: thread 0_0
              0 0.0–5.0 succeeded: task-5, [5, 50.0]
              0 0.0 Starts: thread 0_0 starts
              0 5.0 Exits(Told): ended
            worker B: thread 0_1
              0 0.0–4.0 succeeded: task-4, [4, 40.0]
              0 0.0 Starts: thread 0_1 starts
              0 5.0 Exits(Told): ended
            worker C: thread 0_2
              0 0.0–1.0 succeeded: task-3, [3, 30.0]
              0 0.0 Starts: thread 0_2 starts
              0 5.0 Exits(Told): ended
            worker D: thread 0_3
              0 0.0–4.0 succeeded: task-2, [2, 20.0]
              0 0.0 Starts: thread 0_3 starts
              0 5.0 Exits(Told): ended
            worker E: thread 0_4
              0 0.0–1.0 succeeded: task-1, [1, 10.0]
              0 0.0 Starts: thread 0_4 starts
              0 5.0 Exits(Told): ended
        "#]],
    );
}

#[test]
fn a_dying_worker_breaks_its_bar_and_every_other() {
    let plan = example("seed-002-line-150-crash");
    check(
        &plan,
        &run(&plan, 1),
        &expect![[r#"
            main: blocked 1.0 s
              0 0.0–1.0 blocked: waits for healthy-1
              1 1.0 Breaks: BrokenProcessPool
              1 1.0 Takes: takes 5 × BrokenProcessPool
              1 1.0 Prints: prints healthy-1: BrokenProcess…, crash: BrokenProcessPool, healthy-2: BrokenProcess… and 2 more
            queue: 0
            call queue: 0 of 3
              0 0.0–1.0 says RUNNING, is queued: healthy-3, BrokenProcessPool
              1 0.0–1.0 says RUNNING, is queued: healthy-2, BrokenProcessPool
              2 0.0–1.0 says RUNNING, is queued: healthy-4, BrokenProcessPool
            result shelf: 0
            worker A: SIGTERM
              0 0.0–1.0 broken: healthy-1, SIGTERM
              0 0.0 Starts: pid 1001 starts
              0 1.0 Exits(Signal(15)): SIGTERM
            worker B: exit code 1
              0 0.0–1.0 broken: crash, exit code 1
              0 0.0 Starts: pid 1002 starts
              0 1.0 Exits(Code(1)): exit code 1
        "#]],
    );
}

#[test]
fn a_cancelled_call_lies_in_the_queue_until_a_worker_reaches_it() {
    let tasks = [("a", 6), ("b", 2), ("c", 10), ("d", 1)].map(|(id, s)| sleep(id, s)).join(",");
    let steps = r#"{"steps":[{"do":"submit","task":["a","b","c","d"]},{"do":"sleep","span":"3s"},
        {"do":"cancel","of":"d"},{"do":"as_completed","of":["a","b","c","d"],"as":"x","steps":[]}]}"#;
    let plan = small("threads", &tasks, steps);
    check(
        &plan,
        &run(&plan, 1),
        &expect![[r#"
            main: blocked 12.0 s
              0 0.0–3.0 blocked: sleeps 3.0 s
              0 3.0–6.0 blocked: waits for whichever is next
              0 6.0–12.0 blocked: waits for whichever is next
              1 3.0 Takes: takes 2
              1 6.0 Takes: takes 6 and CancelledError
              1 12.0 Takes: takes 10
            queue: 0
              0 0.0–2.0 queued: c
              1 0.0–3.0 queued: d, CANCELLED
              1 3.0–6.0 cancelled: d
            result shelf: 0
              0 2.0–3.0 shelf (succeeded): b
            worker A: thread 0_0
              0 0.0–6.0 succeeded: a, 6
              0 0.0 Starts: thread 0_0 starts
              0 12.0 Exits(Told): ended
            worker B: thread 0_1
              0 0.0–2.0 succeeded: b, 2
              0 2.0–12.0 succeeded: c, 10
              0 0.0 Starts: thread 0_1 starts
              0 12.0 Exits(Told): ended
        "#]],
    );
}

#[test]
fn who_empties_the_queue_takes_the_cancelled_out_at_once() {
    let tasks = [("a", 6), ("b", 6), ("c", 1), ("d", 1)].map(|(id, s)| sleep(id, s)).join(",");
    let steps = r#"{"steps":[{"do":"submit","task":["a","b","c","d"]},{"do":"sleep","span":"3s"},
        {"do":"shutdown","cancel_futures":true}]}"#;
    let plan = small("threads", &tasks, steps);
    check(
        &plan,
        &run(&plan, 1),
        &expect![[r#"
            main: blocked 6.0 s
              0 0.0–3.0 blocked: sleeps 3.0 s
              0 3.0–6.0 blocked: shutdown: waits for the workers
            queue: 0
              0 0.0–3.0 queued: c, CANCELLED
              1 0.0–3.0 queued: d, CANCELLED
            result shelf: 0
            worker A: thread 0_0
              0 0.0–6.0 succeeded: a, 6
              0 0.0 Starts: thread 0_0 starts
              0 6.0 Exits(Told): ended
            worker B: thread 0_1
              0 0.0–6.0 succeeded: b, 6
              0 0.0 Starts: thread 0_1 starts
              0 6.0 Exits(Told): ended
        "#]],
    );
}

#[test]
fn the_items_of_a_chunk_are_bars_of_their_own() {
    let tasks = ["a", "b", "c", "d", "e"].map(|id| sleep(id, 1)).join(",");
    let plan = small("processes", &tasks, r#"{"mode":"map","chunksize":3}"#);
    check(
        &plan,
        &run(&plan, 1),
        &expect![[r#"
            main: blocked 3.0 s
              0 0.0–3.0 blocked: waits for a…c
              1 3.0 Takes: takes 5 × 1
            queue: 0
            call queue: 0 of 3
            result shelf: 0
              0 2.0–3.0 shelf (succeeded): d…e, behind a…c
            worker A: pid 1001
              0 0.0–1.0 succeeded: d, 1
              0 1.0–2.0 succeeded: e, 1
              0 0.0 Starts: pid 1001 starts
              0 3.0 Exits(Told): ended
            worker B: pid 1002
              0 0.0–1.0 succeeded: a, 1
              0 1.0–2.0 succeeded: b, 1
              0 2.0–3.0 succeeded: c, 1
              0 0.0 Starts: pid 1002 starts
              0 3.0 Exits(Told): ended
        "#]],
    );
}

/// Computes for some 8 ms of virtual time.
fn prime(id: &str) -> String {
    format!(r#"{{"id":"{id}","function":"is_prime","args":{{"n":50783974603}}}}"#)
}

/// In milliseconds: when each bar of computing was, and the parts in which it waited for the GIL.
fn gil_waits(timeline: &Timeline) -> Vec<String> {
    let ms = |at: Instant| at.seconds() * 1e3;
    let until = |at: Option<Instant>| at.map_or("…".to_owned(), |at| format!("{:.0}", ms(at)));
    let bars = timeline.lanes().iter().flat_map(Lane::bars);
    let computing = bars.filter(|bar| matches!(bar.look, Look::Shown(_)) && bar.needs_gil);
    let told = computing.map(|bar| {
        let whole = format!("{} {:.0}–{}", bar.label, ms(bar.from), until(bar.until));
        let part =
            |part: &Hatch| format!("{} {:.0}–{}", part.label, ms(part.from), until(part.until));
        let parts = bar.hatched.iter().map(part);
        std::iter::once(whole).chain(parts).collect::<Vec<_>>().join(", ")
    });
    told.collect()
}

#[test]
fn a_call_that_computes_is_hatched_while_it_waits_for_the_gil() {
    let tasks = format!("{},{}", prime("a"), prime("b"));
    let program = r#"{"steps":[{"do":"submit","task":["a"]},{"do":"call","task":"b"}]}"#;
    let plan = small("threads", &tasks, program);
    let records = Sim::new(plan.clone(), 3).run();
    let timeline = fold(&plan, &records);
    expect![[r#"
        [
            "b 0–13, waits for the GIL 5–10",
            "a 0–16, waits for the GIL 0–5, waits for the GIL 10–13",
        ]
    "#]]
    .assert_debug_eq(&gil_waits(&timeline));

    // Live: an open wait.
    let early = records.iter().filter(|record| record.at < Instant(7_000_000)).cloned();
    let live = fold(&plan, &early.collect::<Vec<_>>());
    expect!["b 0–…, waits for the GIL 5–…; a 0–…, waits for the GIL 0–5"]
        .assert_eq(&gil_waits(&live).join("; "));
}

#[test]
fn nobody_is_shown_to_wait_for_a_gil_that_there_is_not() {
    for executor in [r#""kind":"threads","gil":false"#, r#""kind":"processes""#] {
        let tasks = format!("{},{}", prime("a"), prime("b"));
        let plan = plan(&format!(
            r#"{{"format":1,"executor":{{{executor},"workers":2}},
                "tasks":[{tasks}],"program":{{"mode":"submit"}}}}"#
        ));
        let timeline = run(&plan, 1);
        assert!(timeline.lanes().iter().flat_map(Lane::bars).all(|bar| bar.hatched.is_empty()));
    }
}

#[test]
fn a_call_that_itself_waits_is_hatched() {
    let tasks = r#"{"id":"a","function":"submit_and_wait","args":{"seconds":2}}"#;
    let plan = small(
        "threads",
        tasks,
        r#"{"steps":[{"do":"submit","task":"a"},{"do":"result","of":"a"}]}"#,
    );
    check(
        &plan,
        &run(&plan, 1),
        &expect![[r#"
            main: blocked 2.0 s
              0 0.0–2.0 blocked: waits for a
              1 2.0 Takes: takes 2
            queue: 0
            result shelf: 0
            worker A: thread 0_0
              0 0.0–2.0 succeeded: a, 2
                  0.0–2.0 waits for a/0
              0 0.0 Starts: thread 0_0 starts
              0 2.0 Exits(Told): ended
            worker B: thread 0_1
              0 0.0–2.0 succeeded: a/0, 2
              0 0.0 Starts: thread 0_1 starts
              0 2.0 Exits(Told): ended
        "#]],
    );
}

#[test]
fn timeouts_prints_and_mains_own_calls_are_on_mains_lane() {
    let tasks = [sleep("a", 3), sleep("b", 1)].join(",");
    let steps = r#"{"steps":[{"do":"submit","task":"a"},{"do":"call","task":"b"},
        {"do":"try","steps":[{"do":"result","of":"a","timeout":"1s"}],
         "except":[{"kind":"TimeoutError","steps":[{"do":"print","text":"too late"}]}]},
        {"do":"sleep","span":"3s"},{"do":"result","of":"a"}]}"#;
    let plan = small("threads", &tasks, steps);
    check(
        &plan,
        &run(&plan, 1),
        &expect![[r#"
            main: blocked 4.0 s
              0 0.0–1.0 succeeded: b, 1
              0 1.0–2.0 blocked: waits for a
              0 2.0–5.0 blocked: sleeps 3.0 s
              1 2.0 TimesOut: time is up
              1 2.0 Prints: prints too late
              1 5.0 Takes: takes 3
            queue: 0
            result shelf: 0
              0 3.0–5.0 shelf (succeeded): a
            worker A: thread 0_0
              0 0.0–3.0 succeeded: a, 3
              0 0.0 Starts: thread 0_0 starts
              0 5.0 Exits(Told): ended
            worker B: not started
        "#]],
    );
}

#[test]
fn a_failing_map_empties_the_shelf() {
    let tasks = [
        sleep("a", 1),
        r#"{"id":"b","function":"fail","args":{"seconds":3}}"#.to_owned(),
        sleep("c", 1),
        sleep("d", 1),
    ];
    let plan = small("threads", &tasks.join(","), r#"{"mode":"map"}"#);
    check(
        &plan,
        &run(&plan, 1),
        &expect![[r#"
            main: blocked 3.0 s
              0 0.0–1.0 blocked: waits for a
              0 1.0–3.0 blocked: waits for b
              1 1.0 Takes: takes 1
              1 3.0 Raises: raises ValueError
            queue: 0
              0 0.0–1.0 queued: c
              1 0.0–2.0 queued: d
            result shelf: 0
              0 2.0–3.0 shelf (succeeded): c, behind b
            worker A: thread 0_0
              0 0.0–1.0 succeeded: a, 1
              0 1.0–2.0 succeeded: c, 1
              0 2.0–3.0 succeeded: d, 1
              0 0.0 Starts: thread 0_0 starts
              0 3.0 Exits(Told): ended
            worker B: thread 0_1
              0 0.0–3.0 failed: b, ValueError
              0 0.0 Starts: thread 0_1 starts
              0 3.0 Exits(Told): ended
        "#]],
    );
}

#[test]
fn results_that_nobody_takes_are_not_on_the_shelf() {
    let steps = r#"{"steps":[{"do":"submit","task":["a","b"]},{"do":"wait","of":["a","b"]},
        {"do":"sleep","span":"3s"},{"do":"result","of":"b"}]}"#;
    let shelved = |program: &str| {
        let plan = small("threads", &[sleep("a", 1), sleep("b", 2)].join(","), program);
        let timeline = run(&plan, 1);
        let shelf = timeline.lanes().iter().find(|lane| lane.kind == LaneKind::Shelf).unwrap();
        shelf.bars().map(|bar| bar.label.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(shelved(steps), ["b"], "a is only waited for");
    assert!(shelved(r#"{"mode":"submit"}"#).is_empty(), "callbacks took them");
}

#[test]
fn heads_can_be_asked_for_the_past() {
    let plan = example_on("seed-001-line-024-map", "processes", Some("fork"));
    let timeline = run(&plan, 1);
    let ends = |second: u64| -> Vec<String> {
        let now = Instant(second * 100_000_000 + 50_000_000);
        (0..timeline.lanes().len()).map(|lane| timeline.head(lane, now).end).collect()
    };
    assert_eq!(ends(6)[..4], ["blocked 6.5 s", "0", "1 of 3", "0"]);
    assert_eq!(ends(4)[3], "1", "4 is on the shelf behind 5");
    assert_eq!(busy(&plan, &records_until(&plan, 1, 7.5)), (1, 2));
}

#[test]
fn the_timeline_knows_since_when_a_call_is_where_it_is() {
    let plan = example_on("seed-001-line-024-map", "processes", Some("fork"));
    let timeline = run_until(&plan, 5, 6.5);
    let since = |future| timeline.since(FutureId(future)).map(|at| at.0 / 100_000_000);
    assert_eq!([0, 2, 3].map(since), [None, Some(4), Some(5)]);
    assert_eq!(since(4_000_000_000), None);
}

#[test]
fn of_many_bars_only_the_visible_are_looked_at() {
    let mut events = vec![spawned(0)];
    for number in 0..1_000 {
        events.extend([
            submits(number, Work::task(TaskId(0))),
            taken(number, 0),
            returned(number, 0, value(1)),
        ]);
    }
    let timeline = fold(&threads("a"), &log(events));
    let worker = timeline.lanes().last().map(|_| &timeline.lanes()[timeline.workers]).unwrap();
    // The 500th call is taken by record 1502 and returned by the next.
    let at = |record: u64| Instant(record * 100_000_000);
    let seen: Vec<_> = worker.visible(at(1_502), at(1_502)).map(|bar| bar.future).collect();
    assert_eq!(seen, [Some(FutureId(500))]);
    assert_eq!(worker.visible(at(1_504), at(1_504)).count(), 0, "between two calls");
    assert_eq!(worker.visible(Instant::ZERO, at(9_999)).count(), 1_000);
    assert_eq!(worker.busy(at(1_502) + Span::from_ms(50)), Span::from_ms(500 * 100 + 50));
}

#[test]
fn what_is_alike_is_told_by_its_number() {
    let takes = |values: &[i64]| {
        let numbers = 0..u32::try_from(values.len()).unwrap();
        let finish = |(number, of): (u32, &i64)| finished(number, value(*of));
        let events = numbers.clone().map(submitted).chain(numbers.clone().zip(values).map(finish));
        let mut records = log(events.chain(numbers.map(|number| mapped(0, number))));
        for record in &mut records[values.len() * 2..] {
            record.at = Instant(9_000_000_000);
        }
        fold(&threads("a b c d e"), &records).lanes()[0].moments()[0].text.clone()
    };
    assert_eq!(takes(&[1, 1, 1, 1]), "takes 4 × 1");
    assert_eq!(takes(&[1, 1, 2]), "takes 1, 1 and 2");
    assert_eq!(takes(&[1, 1, 1, 1, 2]), "takes 1, 1, 1 and 2 more");
}

#[test]
fn what_is_told_at_one_instant_is_told_once() {
    let take = |number| [completed(0, number), answered(Question::Result(FutureId(number)), 1)];
    let mut records = log((0..5)
        .map(submitted)
        .chain((0..5).map(|number| finished(number, value(i64::from(number)))))
        .chain((0..5).flat_map(take)));
    for record in &mut records[10..] {
        record.at = Instant(2_000_000_000);
    }
    let timeline = fold(&threads("a b c d e"), &records);
    let [moment] = timeline.lanes()[0].moments() else {
        panic!("{:?}", timeline.lanes()[0].moments());
    };
    assert_eq!((moment.count, moment.text.as_str()), (5, "takes 0, 1, 2 and 2 more"));
}
