//! Workers that come and go: whose lane it is, their initializers, and what is lost with them.

use super::*;
use crate::outcome::Raised;

fn killed(worker: u32) -> Event {
    Event::WorkerExited { worker: WorkerId(worker), how: HowExited::Signal(9) }
}

fn lost(call: u32, worker: u32) -> Event {
    Event::Lost { call: CallId(call), worker: WorkerId(worker) }
}

/// What stands in the lanes of workers, from the fourth on.
fn labels(timeline: &Timeline, lane: usize) -> Vec<String> {
    timeline.lanes()[lane].bars().map(|bar| bar.label.to_string()).collect()
}

#[test]
fn a_worker_that_replaces_a_dead_one_goes_on_in_its_lane_and_signs_its_first_bar() {
    let plan = plan_with("pool", "a b c", "");
    let timeline = fold(
        &plan,
        &log([
            spawned(0),
            spawned(1),
            process_started(0, 77),
            submitted(0),
            Event::Queued { call: CallId(0) },
            taken(0, 0),
            killed(0),
            lost(0, 0),
            spawned(2),
            process_started(2, 79),
            submitted(1),
            taken(1, 2),
            returned(1, 2, value(1)),
            submitted(2),
            taken(2, 2),
        ]),
    );
    let lanes = &timeline.lanes()[timeline.workers..];
    let kinds: Vec<LaneKind> = lanes.iter().map(|lane| lane.kind).collect();
    assert_eq!(kinds, [0, 1].map(|worker| LaneKind::Worker(WorkerId(worker))));
    assert_eq!(labels(&timeline, timeline.workers), ["a", "C · b", "c"]);
    assert_eq!(lanes[0].bars().next().unwrap().look, Look::Shown(Shown::Broken));
    // The head says whose it is at the time that one looks at.
    let head = |now| timeline.head(timeline.workers, Instant(now));
    assert_eq!(head(600_000_000), Head { name: "worker A".into(), end: "SIGKILL".into() });
    assert_eq!(head(900_000_000), Head { name: "worker C".into(), end: "pid 79".into() });
    assert_eq!(lanes[0].worker_at(Instant(500_000_000)), Some(WorkerId(0)));
    let kind = |kind| lanes[0].moments().iter().filter(|m| m.kind == kind).count();
    assert_eq!((kind(MomentKind::Starts), kind(MomentKind::Replaces)), (1, 1));
}

#[test]
fn two_hundred_workers_one_after_the_other_need_no_lane_more_than_the_pool_has() {
    let plan = plan_with("pool", "a", "");
    let mut events = vec![spawned(0), spawned(1)];
    for next in 2..200 {
        events.extend([process_started(next - 2, next), killed(next - 2), spawned(next)]);
    }
    let timeline = fold(&plan, &log(events));
    assert_eq!(timeline.lanes().len() - timeline.workers, 2);
    let names: Vec<String> = (timeline.workers..timeline.lanes().len())
        .map(|lane| timeline.head(lane, timeline.now()).name)
        .collect();
    assert_eq!(names, ["worker GQ", "worker GR"]);
}

#[test]
fn who_comes_before_another_has_gone_gets_a_lane_below() {
    let timeline = fold(&processes("a"), &log([spawned(0), spawned(1), spawned(2)]));
    assert_eq!(timeline.lanes().len() - timeline.workers, 3);
}

#[test]
fn an_initializer_is_a_bar_of_its_own_and_no_call() {
    let worker = WorkerId(0);
    let raised = Some(Raised::new("ValueError", "no"));
    let plan = threads("a");
    let begun = [spawned(0), Event::InitializerStarted { worker }];
    let records = log(begun.clone());
    assert_eq!(busy(&plan, &records).0, 0);
    let timeline = fold(&plan, &records);
    let bar = timeline.lanes()[timeline.workers].bars().next().unwrap();
    assert_eq!((bar.look, bar.until), (Look::Initializer, None));

    let ended = Event::InitializerEnded { worker, raised };
    let records = log(begun.into_iter().chain([ended, submitted(0), taken(0, 0)]));
    assert_eq!(busy(&plan, &records).0, 1);
    let timeline = fold(&plan, &records);
    let lane = &timeline.lanes()[timeline.workers];
    let bar = lane.bars().next().unwrap();
    assert_eq!((bar.until, &*bar.end_label), (Some(Instant(200_000_000)), "ValueError"));
    let later = Instant(500_000_000);
    assert_eq!(lane.busy(later), Span::from_ms(100), "only the call");
}

#[test]
fn rule_167_what_terminate_throws_away_leaves_the_queues() {
    let terminate = Event::TerminateAsked { by: Agent::Person, unwritten: false };
    let events = [submitted(0), submitted(1), Event::Queued { call: CallId(0) }, terminate];
    let timeline = fold(&plan_with("pool", "a b", ""), &log(events));
    for (lane, name) in [(1, "task queue"), (2, "pipe")] {
        assert_eq!(
            timeline.head(lane, timeline.now()),
            Head { name: name.into(), end: "0".into() }
        );
        let bar = timeline.lanes()[lane].bars().last().unwrap();
        assert_eq!((bar.look, &*bar.end_label), (Look::Shown(Shown::Queued), "thrown away"));
    }
}

#[test]
fn a_dead_handler_is_told_in_mains_lane() {
    let raised = Raised::new("ValueError", "no");
    let died = Event::HandlerDied { agent: Agent::ResultHandler, raised };
    let timeline = fold(&plan_with("pool", "a", ""), &log([died]));
    let moment = &timeline.lanes()[0].moments()[0];
    assert_eq!(moment.kind, MomentKind::Breaks);
    assert_eq!(moment.text, "the result handler dies: ValueError");
}

#[test]
fn a_real_pool_whose_workers_retire_stays_within_its_lanes() {
    let tasks: Vec<String> = (0..9)
        .map(|at| format!(r#"{{"id":"t{at}","function":"sleep","args":{{"seconds":1}}}}"#))
        .collect();
    let plan = plan(&format!(
        r#"{{"format":1,"executor":{{"kind":"pool","workers":2,"max_tasks_per_child":1,
            "initializer":{{"function":"sleep","args":{{"seconds":0.1}}}}}},
            "tasks":[{}],"program":{{"mode":"submit"}}}}"#,
        tasks.join(",")
    ));
    for seed in 0..4 {
        let timeline = run(&plan, seed);
        assert_eq!(timeline.lanes().len() - timeline.workers, 2, "seed {seed}");
        let signed = |lane| labels(&timeline, lane).iter().filter(|l| l.contains(" · ")).count();
        assert!(signed(timeline.workers) + signed(timeline.workers + 1) >= 7, "seed {seed}");
    }
}
