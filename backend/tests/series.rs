//! Series: several runs in one place of the line, one after another.

#![cfg(not(feature = "shuttle"))]

#[allow(dead_code)] // each test uses a part of it
#[path = "support/site.rs"]
mod site;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value as Json, json};
use shared::engine::event::{Act, EndCause, Event};
use shared::limits;
use shared::protocol::http::{
    Ask, Downward, ProblemKind, RunCreated, RunState, SeriesCreated, close,
};
use shared::units::{Span, TaskId};
use site::{Heard, Site, gated, problem, scenario, short};

/// Has scenarios run one after another, and all of them so many times.
async fn create(site: &Site, scenarios: &[Json], times: u32) -> Vec<RunCreated> {
    let body = json!({ "scenarios": scenarios, "times": times });
    let response = site.post("/api/series", &body).await;
    assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
    response.json::<SeriesCreated>().await.expect("it says what it made").runs
}

async fn states(site: &Site, runs: &[RunCreated]) -> Vec<RunState> {
    join_all(runs.iter().map(async |run| site.status(run).await.state)).await
}

fn places(runs: &[RunCreated]) -> Vec<Option<u32>> {
    runs.iter().map(|run| run.place).collect()
}

fn taken(event: &Event) -> bool {
    matches!(event, Event::Taken { .. })
}

/// Waits until a run waits at its gate.
async fn until_at_gate(site: &Site, run: &RunCreated) {
    site.follow(run, "").await.until_event(taken).await;
}

/// Why each run ended, and how many records it has; waits for that.
async fn ends(site: &Site, runs: &[RunCreated]) -> Vec<(Option<EndCause>, usize)> {
    let all = runs.iter().map(async |run| site.follow(run, "").await.until_end().await);
    join_all(all).await.iter().map(|heard| (heard.cause(), heard.records.len())).collect()
}

const NEVER_BEGAN: (Option<EndCause>, usize) = (Some(EndCause::Stopped), 1);

#[tokio::test]
async fn thirty_runs_end_in_order_and_never_two_go_on_at_once() {
    let site = Site::start().await;
    let mut other = short();
    other["tasks"][0]["id"] = json!("b");
    let runs = create(&site, &[short(), other], 15).await;
    let expected: Vec<_> = [None].into_iter().chain((1..30).map(Some)).collect();
    assert_eq!(places(&runs), expected);
    assert!(runs.iter().all(|run| run.control == runs[0].control));

    let mut over = false;
    while !over {
        // From the last to the first: one that has begun when it is looked at has none before it that
        // has not ended, and that stays so until those are looked at.
        let mut behind_has_begun = false;
        for (place, run) in runs.iter().enumerate().rev() {
            let state = site.status(run).await.state;
            let has_ended = state == RunState::Ended { cause: EndCause::Finished };
            assert!(has_ended || !behind_has_begun, "run {place} is {state:?}");
            behind_has_begun |= !matches!(state, RunState::Waiting { .. });
            over |= has_ended && place == runs.len() - 1;
        }
    }
    for (run, id) in runs.iter().zip(["a", "b"].into_iter().cycle()) {
        let heard = site.follow(run, "").await.until_end().await;
        assert_eq!((heard.cause(), heard.code), (Some(EndCause::Finished), Some(close::DONE)));
        let status = site.status(run).await;
        assert_eq!(status.records, heard.records.len() as u64);
        assert!(heard.records.iter().map(|record| record.seq).eq(0..status.records));
        assert_eq!(serde_json::to_value(&status.scenario).unwrap()["tasks"][0]["id"], id);
    }
}

#[tokio::test]
async fn a_series_stands_in_the_line_as_one_and_runs_under_one_permit() {
    let site = Site::with(|config| config.at_once = 1).await;
    let before = site.create(&gated()).await;
    let runs = create(&site, &[gated()], 3).await;
    let behind = site.create(&gated()).await;
    assert_eq!((places(&runs), behind.place), (vec![Some(1); 3], Some(2)));
    let waiting = |place| RunState::Waiting { place };
    assert_eq!(states(&site, &runs).await, [waiting(1); 3]);
    let told = |places: &'static [u32]| {
        move |heard: &Heard| {
            let waits = heard.said.iter().filter_map(|said| match said {
                Downward::Waiting { place } => Some(*place),
                _ => None,
            });
            waits.eq(places.iter().copied())
        }
    };
    let mut last = site.follow(&runs[2], "").await;
    last.until(told(&[1])).await;

    let running = RunState::Running;
    let ended = RunState::Ended { cause: EndCause::Finished };
    site.open_gate(&before).await;
    until_at_gate(&site, &runs[0]).await;
    assert_eq!(states(&site, &runs).await, [running, waiting(1), waiting(2)]);
    last.until(told(&[1, 2])).await;
    site.open_gate(&runs[0]).await;
    until_at_gate(&site, &runs[1]).await;
    assert_eq!(states(&site, &runs).await, [ended, running, waiting(1)]);
    last.until(told(&[1, 2, 1])).await;
    let too_early = site.ask(&runs[2], Ask::Act(Act::Open(TaskId(0)))).await;
    assert_eq!(too_early.status(), 409);
    site.open_gate(&runs[1]).await;
    last.until_event(taken).await;
    assert_eq!(states(&site, &runs).await, [ended, ended, running]);
    assert_eq!(site.status(&behind).await.state, waiting(1));

    site.open_gate(&runs[2]).await;
    let heard = last.until_end().await;
    assert!(told(&[1, 2, 1])(&heard), "{:?}", heard.said);
    assert_eq!((heard.cause(), heard.code), (Some(EndCause::Finished), Some(close::DONE)));
    assert_eq!(site.status(&behind).await.state, running);
    assert_eq!(site.ask(&behind, Ask::Stop).await.status(), 204);
}

#[tokio::test]
async fn a_series_is_one_of_its_addresses_share() {
    let site = Site::with(|config| config.at_once = 3).await;
    let runs = create(&site, &[gated()], 2).await;
    assert_eq!(places(&runs), [None, Some(1)]);
    let others = [site.create(&gated()).await, site.create(&gated()).await];
    assert_eq!(places(&others), [None, Some(1)]);
    assert_eq!(site.ask(&runs[0], Ask::Stop).await.status(), 204);
    ends(&site, &runs).await;
    assert_eq!(site.status(&others[1]).await.state, RunState::Running);
}

#[tokio::test]
async fn a_stop_of_any_run_of_a_series_stops_all() {
    let site = Site::with(|config| config.at_once = 1).await;
    for asked in 0..4 {
        let runs = create(&site, &[short(), gated(), gated(), gated()], 1).await;
        // The permit of the series before is free.
        assert_eq!(runs[0].place, None);
        until_at_gate(&site, &runs[1]).await;
        assert_eq!(site.ask(&runs[asked], Ask::Stop).await.status(), 204);
        let ends = ends(&site, &runs).await;
        assert_eq!((ends[0].0, ends[1].0), (Some(EndCause::Finished), Some(EndCause::Stopped)));
        assert!(ends[1].1 > 1, "it had begun");
        assert_eq!(ends[2..], [NEVER_BEGAN; 2]);
    }
}

#[tokio::test]
async fn a_series_that_is_stopped_in_the_line_never_begins() {
    let site = Site::with(|config| config.at_once = 1).await;
    let before = site.create(&gated()).await;
    let runs = create(&site, &[gated()], 3).await;
    let behind = site.create(&gated()).await;
    assert_eq!(site.ask(&runs[1], Ask::Stop).await.status(), 204);
    assert_eq!(ends(&site, &runs).await, [NEVER_BEGAN; 3]);
    assert_eq!(site.status(&before).await.state, RunState::Running);
    assert_eq!(site.status(&behind).await.state, RunState::Waiting { place: 1 });
}

#[tokio::test]
async fn a_series_whose_time_is_over_is_stopped() {
    let site = Site::with(|config| {
        config.at_once = 1;
        config.patience.series = Span::from_ms(1);
    });
    let site = site.await;
    let runs = create(&site, &[gated()], 3).await;
    let behind = site.create(&gated()).await;
    let ends = ends(&site, &runs).await;
    assert_eq!(ends[0].0, Some(EndCause::Stopped));
    assert_eq!(ends[1..], [NEVER_BEGAN; 2]);
    // The permit is free: it has its turn, and its own time.
    let heard = site.follow(&behind, "").await.until_end().await;
    assert_eq!(heard.cause(), Some(EndCause::Stopped));
}

#[tokio::test]
async fn a_run_that_is_lost_ends_neither_its_series_nor_the_permit() {
    let site = Site::with(|config| config.at_once = 1).await;
    let tasks = json!([{ "id": "a", "function": "hard_exit" }]);
    let lost = scenario("threads", &tasks, &json!({ "mode": "wait" }));
    let runs = create(&site, &[lost, short()], 2).await;
    let causes: Vec<_> = ends(&site, &runs).await.into_iter().map(|(cause, _)| cause).collect();
    let (gone, finished) = (causes[0], Some(EndCause::Finished));
    assert!(gone.is_some() && gone != finished, "{gone:?}");
    assert_eq!(causes, [gone, finished, gone, finished]);
    assert_eq!(site.create(&gated()).await.place, None);
}

#[tokio::test]
async fn a_series_whose_runners_cannot_be_started_ends() {
    let site = Site::with(|config| {
        config.at_once = 1;
        config.exe = "/nowhere".into();
    });
    let site = site.await;
    for _ in 0..2 {
        let runs = create(&site, &[short()], 3).await;
        assert_eq!(runs[0].place, None);
        assert_eq!(ends(&site, &runs).await, [(Some(EndCause::Internal), 1); 3]);
    }
}

#[tokio::test]
async fn a_server_that_is_asked_to_end_lets_the_run_end_that_has_begun() {
    let mut site = Site::with(|config| config.at_once = 1).await;
    let runs = create(&site, &[gated()], 2).await;
    let in_line = create(&site, &[gated()], 2).await;
    let mut first = site.follow(&runs[0], "").await;
    first.until_event(taken).await;
    let others = [&runs[1], &in_line[0], &in_line[1]];
    let others = join_all(others.map(|run| site.follow(run, ""))).await;
    site.ask_to_end();
    for other in others {
        let heard = other.until_end().await;
        assert_eq!((heard.code, heard.records.len()), (Some(close::RESTART), 0));
        let last = heard.said.last().expect("it was told why");
        assert!(
            matches!(last, Downward::Refused(why) if why.kind == ProblemKind::Restarting),
            "{last:?}"
        );
    }
    let refused = site.post("/api/series", &json!({ "scenarios": [gated()] })).await;
    assert_eq!(refused.status(), 503);
    assert_eq!(problem(refused).await.kind, ProblemKind::Restarting);
    site.open_gate(&runs[0]).await;
    let heard = first.until_end().await;
    assert_eq!((heard.cause(), heard.code), (Some(EndCause::Finished), Some(close::DONE)));
    site.ended().await;
}

#[tokio::test]
async fn a_series_that_does_not_end_is_stopped_when_the_server_ends() {
    let mut site = Site::with(|config| config.patience.drain = Span::from_ms(1)).await;
    let runs = create(&site, &[gated()], 2).await;
    let mut first = site.follow(&runs[0], "").await;
    first.until_event(taken).await;
    site.ask_to_end();
    assert_eq!(first.until_end().await.cause(), Some(EndCause::Stopped));
    site.ended().await;
}

#[tokio::test]
async fn a_series_has_1_to_30_runs() {
    let site = Site::start().await;
    for (scenarios, times) in [(1, 31), (31, 1), (16, 2), (0, 1), (1, 0), (2, u32::MAX)] {
        let body = json!({ "scenarios": vec![short(); scenarios], "times": times });
        let response = site.post("/api/series", &body).await;
        assert_eq!(response.status(), 422, "{scenarios} * {times}");
        let problem = problem(response).await;
        assert_eq!(problem.kind, ProblemKind::Request);
        assert_eq!(problem.limit.as_deref(), Some("runs of a series"));
        assert!(problem.detail.contains("1 to 30 runs"), "{}", problem.detail);
    }
    let body = json!({ "scenarios": [short()] });
    let created = site.post("/api/series", &body).await.json::<SeriesCreated>().await.unwrap();
    assert_eq!(created.runs.len(), 1);
    assert_eq!(ends(&site, &created.runs).await[0].0, Some(EndCause::Finished));
    assert!(limits::table().iter().any(|limit| limit.name == "runs of a series"));
}

#[tokio::test]
async fn what_is_wrong_with_a_scenario_is_told_with_its_place_in_the_series() {
    let site = Site::start().await;
    let mut unknown = short();
    unknown["tasks"][0]["function"] = json!("slep");
    let mut no_workers = short();
    no_workers["executor"]["workers"] = json!(-1);
    for (wrong, pointer) in [
        (unknown, "/scenarios/1/tasks/0/function"),
        (no_workers, "/scenarios/1/executor/workers"),
        (json!([]), "/scenarios/1"),
    ] {
        let body = json!({ "scenarios": [short(), wrong, short()] });
        let response = site.post("/api/series", &body).await;
        assert_eq!(response.status(), 422);
        let problem = problem(response).await;
        assert_eq!(problem.kind, ProblemKind::Scenario);
        assert_eq!(problem.pointer.as_deref(), Some(pointer));
        let at = format!("at {pointer}: ");
        assert!(problem.detail.starts_with(&at), "{}", problem.detail);
    }
}

#[tokio::test]
async fn a_body_that_is_no_series_is_refused() {
    let site = Site::start().await;
    let own = format!("http://{}", site.address);
    let post = async |kind: &str, origin: &str, body: Vec<u8>| {
        let request = site.request(Method::POST, "/api/series").body(body);
        let request = request.header("content-type", kind).header("origin", origin);
        let response = request.send().await.expect("an answer, not a reset");
        let status = response.status().as_u16();
        (status, problem(response).await)
    };
    let good = json!({ "scenarios": [short()] });
    for wrong in [
        "{oops".to_owned(),
        "{}".to_owned(),
        short().to_string(),
        json!({ "scenarios": short() }).to_string(),
        json!({ "scenarios": [short()], "times": -1 }).to_string(),
        json!({ "scenarios": [short()], "tmies": 2 }).to_string(),
        format!("{good} and more"),
    ] {
        let (status, problem) = post("application/json", &own, wrong.clone().into_bytes()).await;
        assert_eq!((status, problem.kind), (400, ProblemKind::Request), "{wrong}");
        assert!(problem.detail.contains(r#"{"scenarios": ["#), "{}", problem.detail);
    }
    let good = good.to_string().into_bytes();
    assert_eq!(post("text/plain", &own, good.clone()).await.0, 415);
    assert_eq!(post("application/json", "https://evil.example", good).await.0, 403);
    let (status, problem) = post("application/json", &own, vec![b' '; 5 << 20]).await;
    assert_eq!((status, problem.limit.as_deref()), (413, Some("scenario file")));
}

#[tokio::test]
async fn all_scenarios_of_a_series_count_in_the_line() {
    let site = Site::with(|config| config.at_once = 1).await;
    site.create(&gated()).await;
    // Half as large as a body may be, nearly.
    let wide = gated().to_string().replacen('{', &format!("{{{}", " ".repeat(2_000_000)), 1);
    let body = format!(r#"{{ "scenarios": [{wide}, {wide}], "times": 15 }}"#);
    let post = async || {
        let request = site.request(Method::POST, "/api/series").body(body.clone());
        request.header("content-type", "application/json").send().await.expect("it answers")
    };
    for _ in 0..limits::LINE_BYTES / body.len() {
        assert_eq!(post().await.status(), 201);
    }
    let response = post().await;
    assert_eq!(response.status(), 429);
    assert_eq!(problem(response).await.limit.as_deref(), Some("scenarios in the line"));
}
