//! The server's addresses: what each answers, and what it says to whatever is wrong.

#![cfg(not(feature = "shuttle"))]

#[allow(dead_code)] // each test uses a part of it
#[path = "support/site.rs"]
mod site;

use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream};

use reqwest::{Method, StatusCode};
use serde_json::{Value as Json, json};
use shared::engine::event::{Act, EndCause, Event, Record};
use shared::limits;
use shared::protocol::http::{Ask, Example, ProblemKind, RunState, Upward};
use shared::units::{TaskId, WorkerId};
use site::{Site, gated, problem, scenario, short, talkative};

/// Whatever was done to it, it still runs what it is given.
async fn assert_lives(site: &Site) {
    let log = site.whole_log(&site.create(&short()).await).await;
    let last = log.last().expect("a log has an end");
    assert!(matches!(last.event, Event::EndOfRun { cause: EndCause::Finished, .. }), "{last:?}");
}

#[tokio::test]
async fn a_run_can_be_started_looked_at_and_read() {
    let site = Site::start().await;
    let response = site.post("/api/runs", &gated()).await;
    assert_eq!(response.status(), 201);
    let at = response.headers()["location"].to_str().unwrap().to_owned();
    let run: shared::protocol::http::RunCreated = response.json().await.unwrap();
    assert_eq!(at, run.run);
    assert_eq!((run.id.len(), run.control.len(), run.place), (32, 32, None));
    assert_eq!(run.page, format!("/run/{}", run.id));

    let mut follower = site.follow(&run, "").await;
    follower.until_event(|event| matches!(event, Event::Taken { .. })).await;
    let status = site.status(&run).await;
    assert_eq!((status.state, status.viewers), (RunState::Running, 1));
    assert!(status.records > 0);
    assert_eq!(serde_json::to_value(&status.scenario).unwrap()["tasks"], gated()["tasks"]);

    site.open_gate(&run).await;
    let heard = follower.until_end().await;
    assert_eq!(heard.cause(), Some(EndCause::Finished));
    let status = site.status(&run).await;
    assert_eq!(status.state, RunState::Ended { cause: EndCause::Finished });
    assert_eq!(status.records, heard.records.len() as u64);
    let records: Vec<Record> = site.get(&run.records).await.json().await.unwrap();
    assert_eq!(records, heard.records);
}

#[tokio::test]
async fn a_log_can_be_downloaded_compressed() {
    let site = Site::start().await;
    let run = site.create(&talkative(1_000)).await;
    site.open_gate(&run).await;
    site.whole_log(&run).await;
    let plain = site.get(&run.records).await.bytes().await.unwrap();
    let request = site.request(Method::GET, &run.records).header("accept-encoding", "gzip");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let packed = response.bytes().await.unwrap();
    assert!(packed.len() < plain.len() / 10);
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
    assert!(unpacked == plain);
}

#[tokio::test]
async fn the_records_of_a_run_that_has_none_yet_are_an_empty_array() {
    let site = Site::with(|config| config.at_once = 1).await;
    let first = site.create(&gated()).await;
    let waits = site.create(&gated()).await;
    assert_eq!(waits.place, Some(1));
    assert_eq!(site.get_json(&waits.records).await, json!([]));
    assert_eq!(site.ask(&first, Ask::Stop).await.status(), 204);
}

#[tokio::test]
async fn catalogue_examples_and_limits_say_what_there_is() {
    let site = Site::start().await;
    let functions = site.get_json("/api/functions").await;
    let sleep = functions.as_array().unwrap().iter().find(|function| function["name"] == "sleep");
    let sleep = sleep.expect("it can sleep");
    assert_eq!(sleep["params"][0]["takes"], "a number from 0 to 86400");
    assert!(sleep["python"].as_str().unwrap().contains("def sleep("));

    let examples: Vec<Example> =
        serde_json::from_value(site.get_json("/api/examples").await).unwrap();
    assert_eq!(examples.len(), fs::read_dir("../static/examples").unwrap().count());

    let limits = site.get_json("/api/limits").await;
    assert_eq!(limits["limits"].as_array().unwrap().len(), limits::table().len());
    // What holds a runner is known as soon as one waits in the stock and has locked itself down.
    let in_force = |limits: &Json, name: &str| {
        let layers = limits["layers"].as_array().unwrap();
        layers.iter().any(|layer| layer["name"] == name && layer["in_force"] == json!(true))
    };
    while !in_force(&site.get_json("/api/limits").await, "no program that it runs has more rights")
    {
        tokio::task::yield_now().await;
    }
    // It is the last that is put on, so now all are.
    let limits = site.get_json("/api/limits").await;
    for name in ["memory is limited", "time on a CPU is limited", "no file can be written"] {
        assert!(in_force(&limits, name), "{limits}");
    }
    let response = site.get("/healthz").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn a_wrong_scenario_is_refused_with_its_place() {
    let site = Site::start().await;
    let map = json!({ "mode": "wait" });
    let with_tasks = |tasks: Json| scenario("threads", &tasks, &map);
    let mut no_workers = short();
    no_workers["executor"]["workers"] = json!(-1);
    let many: Vec<Json> =
        (0..2_001).map(|n| json!({ "id": format!("t{n}"), "function": "hang" })).collect();
    let circle = json!([
        { "id": "a", "function": "identity", "args": { "value": { "from": "b" } } },
        { "id": "b", "function": "identity", "args": { "value": { "from": "a" } } },
    ]);
    let wrong_argument = json!([{ "id": "a", "function": "sleep", "args": { "seconds": "long" } }]);
    for (wrong, pointer) in [
        (with_tasks(json!([{ "id": "a", "function": "slep" }])), "/tasks/0/function"),
        (with_tasks(wrong_argument), "/tasks/0/args/seconds"),
        (with_tasks(circle), "/tasks/"),
        (with_tasks(json!(many)), "/tasks"),
        (no_workers, "/executor/workers"),
        (json!({ "format": 99 }), "/format"),
        (json!([]), ""),
    ] {
        let response = site.post("/api/runs", &wrong).await;
        assert_eq!(response.status(), 422, "{pointer}");
        let problem = problem(response).await;
        assert_eq!(problem.kind, ProblemKind::Scenario);
        let at = problem.pointer.expect("it says where");
        assert!(at.starts_with(pointer), "{at} is not within {pointer}: {}", problem.detail);
    }
    assert_lives(&site).await;
}

#[tokio::test]
async fn a_body_that_is_no_scenario_is_refused() {
    let site = Site::start().await;
    let post = |kind: &'static str, body: Vec<u8>| {
        let request = site.request(Method::POST, "/api/runs").body(body);
        async move { request.header("content-type", kind).send().await.expect("an answer, not a reset") }
    };
    let not_json = post("application/json", b"{oops".to_vec()).await;
    assert_eq!(not_json.status(), 422);
    assert_eq!(problem(not_json).await.kind, ProblemKind::Scenario);

    let not_text = post("application/json", b"{\xff}".to_vec()).await;
    assert_eq!(not_text.status(), 400);
    problem(not_text).await;

    let wrong_type = post("text/plain", short().to_string().into_bytes()).await;
    assert_eq!(wrong_type.status(), 415);
    problem(wrong_type).await;

    for megabytes in [5, 10] {
        let too_large = post("application/json", vec![b' '; megabytes << 20]).await;
        assert_eq!(too_large.status(), 413);
        assert_eq!(problem(too_large).await.limit.as_deref(), Some("scenario file"));
    }
    assert_lives(&site).await;
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let site = Site::start().await;
    let unknown = [
        "/api/runs/0123456789abcdef0123456789abcdef",
        "/api/runs/x/records",
        "/api/runs/x/live",
        "/api/runs/%ff",
        "/api",
        "/assets/a.js",
        "/nowhere",
    ];
    for path in unknown {
        let response = site.get(path).await;
        assert_eq!(response.status(), 404, "{path}");
        assert_eq!(problem(response).await.kind, ProblemKind::Unknown);
    }
    let response = site.request(Method::DELETE, "/api/runs").send().await.unwrap();
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "POST");
    assert_eq!(problem(response).await.kind, ProblemKind::Request);
    assert_lives(&site).await;
}

#[tokio::test]
async fn a_socket_is_opened_by_those_who_ask_for_one_in_the_right_way() {
    let site = Site::start().await;
    let run = site.create(&gated()).await;
    let plain = site.get(&run.live).await;
    assert_eq!(plain.status(), 400);
    problem(plain).await;
    for query in ["?from=x", "?from=-1", "?format=xml", "?form=1"] {
        let response = site.get(&format!("{}{query}", run.live)).await;
        assert_eq!(response.status(), 400);
        assert!(problem(response).await.detail.contains("it takes from="));
    }
    site.open_gate(&run).await;
    assert_eq!(site.follow(&run, "").await.until_end().await.cause(), Some(EndCause::Finished));
}

#[tokio::test]
async fn a_wrong_key_is_answered_as_an_unknown_run() {
    let site = Site::start().await;
    let run = site.create(&gated()).await;
    let asked = async |path: String, control: &str| {
        let upward = Upward { control: control.to_owned(), ask: Ask::Stop };
        let response = site.post(&path, &serde_json::to_value(upward).unwrap()).await;
        assert_eq!(response.status(), 404);
        problem(response).await
    };
    let unknown = asked(format!("/api/runs/{}/ask", "0".repeat(32)), &run.control).await;
    assert!(unknown.detail.contains("kept for an hour"), "{}", unknown.detail);
    for control in ["", "0", &"0".repeat(32), &run.id, &run.control[1..]] {
        assert_eq!(asked(format!("{}/ask", run.run), control).await, unknown);
    }
    assert_eq!(site.status(&run).await.state, RunState::Running);

    let rubbish = site.post(&format!("{}/ask", run.run), &json!({ "ask": "sing" })).await;
    assert_eq!(rubbish.status(), 400);
    problem(rubbish).await;

    assert_eq!(site.ask(&run, Ask::Stop).await.status(), 204);
    let heard = site.follow(&run, "").await.until_end().await;
    assert_eq!(heard.cause(), Some(EndCause::Stopped));
    let late = site.ask(&run, Ask::Act(Act::Open(TaskId(0)))).await;
    assert_eq!(late.status(), 409);
    problem(late).await;
}

#[tokio::test]
async fn what_is_asked_while_a_run_is_being_started_is_not_lost() {
    let site = Site::start().await;
    for _ in 0..20 {
        let run = site.create(&gated()).await;
        assert_eq!(site.ask(&run, Ask::Stop).await.status(), 204);
        let heard = site.follow(&run, "").await.until_end().await;
        assert_eq!(heard.cause(), Some(EndCause::Stopped));

        let run = site.create(&gated()).await;
        site.open_gate(&run).await;
        let heard = site.follow(&run, "").await.until_end().await;
        assert_eq!(heard.cause(), Some(EndCause::Finished));
    }
}

#[tokio::test]
async fn an_act_on_what_does_not_exist_is_refused_by_the_run() {
    let site = Site::start().await;
    let run = site.create(&gated()).await;
    let mut follower = site.follow(&run, "").await;
    follower.until_event(|event| matches!(event, Event::Taken { .. })).await;
    let no_task = TaskId(u32::MAX);
    let acts = [
        Act::Cancel(no_task),
        Act::Open(no_task),
        Act::KillWorkerOf(no_task),
        Act::KillWorker(WorkerId(u32::MAX)),
    ];
    for act in acts {
        assert_eq!(site.ask(&run, Ask::Act(act)).await.status(), 204);
    }
    site.open_gate(&run).await;
    assert_eq!(follower.until_end().await.cause(), Some(EndCause::Finished));
}

#[tokio::test]
async fn a_run_whose_runner_cannot_be_started_ends_as_our_failure() {
    let site = Site::with(|config| config.exe = "/nowhere".into()).await;
    for _ in 0..3 {
        let run = site.create(&short()).await;
        assert_eq!(run.place, None);
        let heard = site.follow(&run, "").await.until_end().await;
        assert_eq!((heard.cause(), heard.records.len()), (Some(EndCause::Internal), 1));
    }
}

#[tokio::test]
async fn strangers_pages_may_not_ask() {
    let site = Site::with(|config| config.origins = vec!["https://lab.example".parse().unwrap()]);
    let site = site.await;
    let own = format!("http://{}", site.address);
    let post = async |origin: &str| {
        let request = site.request(Method::POST, "/api/runs").header("origin", origin);
        request.json(&short()).send().await.unwrap()
    };
    for origin in ["https://evil.example", "null", "http://localhost.evil.example"] {
        let response = post(origin).await;
        assert_eq!(response.status(), 403);
        assert_eq!(problem(response).await.kind, ProblemKind::Origin);
    }
    for origin in [&own, "https://lab.example"] {
        assert_eq!(post(origin).await.status(), 201, "{origin}");
    }
    for host in ["evil.example", "localhost", "localhost:1", "127.0.0.1.evil.example"] {
        let request = site.request(Method::GET, "/healthz").header("host", host);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 403, "{host}");
        assert_eq!(problem(response).await.kind, ProblemKind::Origin);
    }
    let named = site.request(Method::GET, "/healthz").header("host", "lab.example");
    assert_eq!(named.send().await.unwrap().status(), 200);

    // A socket, too, which browsers open for any page.
    let run = site.create(&short()).await;
    let upgrade = async |origin: &str| {
        let request = site.request(Method::GET, &run.live).header("origin", origin);
        let request = request.header("connection", "upgrade").header("upgrade", "websocket");
        let request = request.header("sec-websocket-version", "13");
        let request = request.header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        request.send().await.unwrap().status()
    };
    assert_eq!(upgrade("https://evil.example").await, StatusCode::FORBIDDEN);
    assert_eq!(upgrade(&own).await, StatusCode::SWITCHING_PROTOCOLS);
    assert_lives(&site).await;
}

#[tokio::test]
async fn rubbish_on_the_connection_harms_nobody() {
    let site = Site::start().await;
    let address = site.address;
    let rubbish = [
        &b"\x16\x03\x01\x02\x00"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/runs HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n",
        b"GET /%00 HTTP/1.1\r\n\r\n",
        b"\r\n\r\n\r\n",
    ];
    for bytes in rubbish {
        let answer = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(bytes).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            answer
        });
        let answer = String::from_utf8(answer.await.unwrap()).unwrap();
        assert!(answer.is_empty() || answer.contains(" 40"), "{answer}");
    }
    assert_lives(&site).await;
}

#[tokio::test]
async fn a_full_line_says_when_to_come_back() {
    let site = Site::with(|config| config.at_once = 1).await;
    let first = site.create(&gated()).await;
    assert_eq!(first.place, None);
    for place in 1..=u32::try_from(limits::LINE).unwrap() {
        assert_eq!(site.create(&gated()).await.place, Some(place));
    }
    let response = site.post("/api/runs", &gated()).await;
    assert_eq!(response.status(), 429);
    let after: u32 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    let problem = problem(response).await;
    assert_eq!((problem.kind, problem.retry_after), (ProblemKind::Busy, Some(after)));
    assert_eq!(problem.limit.as_deref(), Some("runs in the line"));

    // One less, and there is room for one.
    site.open_gate(&first).await;
    assert_eq!(
        site.whole_log(&first).await.last().unwrap().seq,
        site.status(&first).await.records - 1
    );
    assert_eq!(site.create(&gated()).await.place, Some(100));
}

#[tokio::test]
async fn an_address_with_its_share_lets_others_pass() {
    let site = Site::with(|config| config.at_once = 3).await;
    let other = reqwest::Client::builder().local_address(IpAddr::from([127, 0, 0, 9])).build();
    let other = other.unwrap();
    for place in [None, None, Some(1)] {
        assert_eq!(site.create(&gated()).await.place, place);
    }
    let created = other.post(site.url("/api/runs")).json(&gated()).send().await.unwrap();
    let created: shared::protocol::http::RunCreated = created.json().await.unwrap();
    assert_eq!(created.place, None);
}

#[tokio::test]
async fn the_pages_addresses_give_the_document_and_its_assets_stay() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("assets")).unwrap();
    fs::write(dir.path().join("index.html"), "<!doctype html>the page").unwrap();
    fs::write(dir.path().join("assets/a-1.js"), "plain").unwrap();
    fs::write(dir.path().join("assets/a-1.js.br"), "as br").unwrap();
    fs::write(dir.path().join("assets/a-1.js.gz"), "as gz").unwrap();
    fs::write(dir.path().join("secret"), "no").unwrap();
    let site = Site::with(|config| config.page = Some(dir.path().to_owned())).await;

    for path in ["/play", "/run/abc", "/gallery", "/limits"] {
        let response = site.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["cache-control"], "no-cache");
        assert_eq!(response.headers()["content-type"], "text/html");
        assert_eq!(response.text().await.unwrap(), "<!doctype html>the page");
    }
    let no_redirects = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let root = no_redirects.build().unwrap().get(site.url("/")).send().await.unwrap();
    assert_eq!(
        (root.status().as_u16(), &root.headers()["location"]),
        (307, &"/play".parse().unwrap())
    );

    let asset = async |encodings: &str| {
        let request = site.request(Method::GET, "/assets/a-1.js");
        request.header("accept-encoding", encodings).send().await.unwrap()
    };
    for (encodings, body) in [("br, gzip", "as br"), ("gzip", "as gz"), ("identity", "plain")] {
        let response = asset(encodings).await;
        assert_eq!(response.headers()["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(response.text().await.unwrap(), body);
    }

    let person = async |path| {
        let request = site.request(Method::GET, path).header("accept", "text/html,*/*");
        request.send().await.unwrap()
    };
    problem(person("/api/nowhere").await).await;
    let response = person("/nowhere").await;
    assert_eq!(response.status(), 404);
    assert_eq!(response.text().await.unwrap(), "<!doctype html>the page");
    for path in
        ["/nowhere", "/secret", "/assets/b.js", "/assets/../secret", "/assets/%2e%2e/secret"]
    {
        let response = site.get(path).await;
        assert_eq!(response.status(), 404, "{path}");
        assert_eq!(response.headers().get("cache-control"), None);
        problem(response).await;
    }
}

#[tokio::test]
async fn without_a_page_the_server_says_how_to_get_one() {
    let site = Site::start().await;
    let response = site.get("/").await;
    assert!(response.text().await.unwrap().contains("cargo xtask page"));
}
