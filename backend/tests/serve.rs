//! The server as a process: how it begins, how it ends, and what is left of it.

#![cfg(not(feature = "shuttle"))]

#[allow(dead_code)] // each test uses a part of it
#[path = "support/site.rs"]
mod site;

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Client;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};
use serde_json::{Value as Json, json};
use shared::engine::event::{Act, EndCause, Event};
use shared::protocol::http::{Ask, Downward, ProblemKind, RunCreated, RunState, Upward, close};
use shared::units::{Span, TaskId};
use site::{Follower, Site, gated, problem, scenario};
use tokio::task::spawn_blocking;
use tokio_tungstenite::connect_async;

/// `futurescope serve`, killed if the test fails.
struct Served {
    process: Child,
    address: SocketAddr,
    client: Client,
}

impl Served {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_futurescope"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("futurescope can be started");
        let mut said = String::new();
        let stdout = process.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut said).expect("it says where it listens");
        let address = said.strip_prefix("listening on http://").expect("it says it in these words");
        let address = address.trim_end().strip_suffix('/').expect("with a slash").parse();
        Self { process, address: address.expect("an address"), client: Client::new() }
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.process);
        kill_process(pid, signal).expect("it lives");
    }

    async fn post(&self, path: &str, body: &Json) -> reqwest::Response {
        let url = format!("http://{}{path}", self.address);
        self.client.post(url).json(body).send().await.expect("it answers")
    }

    async fn create(&self, scenario: &Json) -> RunCreated {
        let created = self.post("/api/runs", scenario).await;
        assert_eq!(created.status(), 201);
        created.json().await.expect("it says what it made")
    }

    async fn follow(&self, run: &RunCreated) -> Follower {
        let url = format!("ws://{}{}", self.address, run.live);
        Follower::new(connect_async(url).await.expect("it upgrades").0)
    }

    async fn open_gate(&self, run: &RunCreated) {
        let upward = Upward { control: run.control.clone(), ask: Ask::Act(Act::Open(TaskId(0))) };
        let (path, body) = (format!("{}/ask", run.run), serde_json::to_value(upward).unwrap());
        assert_eq!(self.post(&path, &body).await.status(), 204);
    }

    /// Waits for its end.
    async fn exit_code(mut self) -> Option<i32> {
        let waited = spawn_blocking(move || self.process.wait());
        waited.await.unwrap().expect("it is our child").code()
    }

    /// Every process that it started and that lives.
    fn children(&self) -> Vec<u32> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.process.id())).expect("it lives");
        let children =
            tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("children")).ok());
        let all = children.collect::<Vec<_>>().join(" ");
        all.split_whitespace().map(|pid| pid.parse().expect("a number")).collect()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn pidfd(pid: u32) -> OwnedFd {
    let pid = Pid::from_raw(i32::try_from(pid).expect("a pid is small")).expect("no pid is 0");
    pidfd_open(pid, PidfdFlags::empty()).expect("it lives")
}

/// Waits for the event that this process is no more.
fn wait_for_end(pidfd: &OwnedFd) {
    poll(&mut [PollFd::new(pidfd, PollFlags::IN)], None).expect("a pidfd can be waited for");
}

/// The pid of a process's parent.
fn parent_of(pid: u32) -> u32 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it lives");
    let line = status.lines().find(|line| line.starts_with("PPid:")).expect("each has a parent");
    line["PPid:".len()..].trim().parse().expect("a pid is a number")
}

fn taken(event: &Event) -> bool {
    matches!(event, Event::Taken { .. })
}

/// The pid of a run's worker process.
fn worker(follower: &Follower) -> u32 {
    let started = follower.heard.records.iter().find_map(|record| match record.event {
        Event::WorkerStarted { pid, .. } => pid,
        _ => None,
    });
    started.expect("a worker has started")
}

/// A run of a worker process that never ends.
fn endless() -> Json {
    let tasks = json!([{ "id": "a", "function": "hang" }]);
    scenario("processes", &tasks, &json!({ "mode": "wait" }))
}

#[tokio::test]
async fn a_server_that_is_asked_to_end_lets_runs_end_and_tells_the_others() {
    let served = Served::start();
    let mut runs = Vec::new();
    let waits = loop {
        let run = served.create(&gated()).await;
        match run.place {
            None => runs.push(run),
            Some(_) => break run,
        }
    };
    let mut followers = Vec::new();
    for run in &runs {
        let mut follower = served.follow(run).await;
        follower.until_event(taken).await;
        followers.push(follower);
    }
    let waiting = served.follow(&waits).await;

    served.signal(Signal::TERM);
    let heard = waiting.until_end().await;
    assert_eq!(heard.code, Some(close::RESTART));
    let last = heard.said.last().expect("it was told why");
    assert!(
        matches!(last, Downward::Refused(why) if why.kind == ProblemKind::Restarting),
        "{last:?}"
    );
    let refused = served.post("/api/runs", &gated()).await;
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(problem(refused).await.kind, ProblemKind::Restarting);

    for (run, follower) in runs.iter().zip(followers) {
        served.open_gate(run).await;
        let heard = follower.until_end().await;
        assert_eq!((heard.cause(), heard.code), (Some(EndCause::Finished), Some(close::DONE)));
    }
    assert_eq!(served.exit_code().await, Some(0));
}

#[tokio::test]
async fn runs_that_do_not_end_are_stopped_and_their_logs_have_an_end() {
    let mut site = Site::with(|config| config.patience.drain = Span::from_ms(1)).await;
    let run = site.create(&endless()).await;
    let mut follower = site.follow(&run, "").await;
    follower.until_event(taken).await;
    let both = [pidfd(worker(&follower))];
    site.ask_to_end();
    let heard = follower.until_end().await;
    assert_eq!((heard.cause(), heard.code), (Some(EndCause::Stopped), Some(close::DONE)));
    site.ended().await;
    both.iter().for_each(wait_for_end);
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let served = Served::start();
    let run = served.create(&endless()).await;
    let mut follower = served.follow(&run).await;
    follower.until_event(taken).await;
    let everybody: Vec<OwnedFd> =
        served.children().into_iter().chain([worker(&follower)]).map(pidfd).collect();
    served.signal(Signal::INT);
    // The first has been heard when it takes no runs any more.
    while served.post("/api/runs", &json!({})).await.status() != 503 {
        tokio::task::yield_now().await;
    }
    served.signal(Signal::TERM);
    assert_eq!(served.exit_code().await, Some(5));
    everybody.iter().for_each(wait_for_end);
}

#[tokio::test]
async fn nobody_outlives_a_server_that_is_killed() {
    let served = Served::start();
    let run = served.create(&endless()).await;
    let mut follower = served.follow(&run).await;
    follower.until_event(taken).await;
    let cores = std::thread::available_parallelism().unwrap().get();
    // Those that wait for a run, besides the one that has one.
    while served.children().len() < cores + 1 {
        tokio::task::yield_now().await;
    }
    let everybody: Vec<OwnedFd> =
        served.children().into_iter().chain([worker(&follower)]).map(pidfd).collect();
    assert_eq!(everybody.len(), cores + 2);
    served.signal(Signal::KILL);
    served.exit_code().await;
    everybody.iter().for_each(wait_for_end);
}

#[tokio::test]
async fn a_runner_that_died_while_it_waited_is_not_used() {
    let served = Served::start();
    let cores = std::thread::available_parallelism().unwrap().get();
    while served.children().len() < cores {
        tokio::task::yield_now().await;
    }
    for idle in served.children() {
        let fd = pidfd(idle);
        kill_process(Pid::from_raw(idle.cast_signed()).unwrap(), Signal::KILL).unwrap();
        wait_for_end(&fd);
    }
    let run = served.create(&gated()).await;
    served.open_gate(&run).await;
    assert_eq!(served.follow(&run).await.until_end().await.cause(), Some(EndCause::Finished));
}

#[tokio::test]
async fn a_run_gets_a_runner_that_waited_and_another_takes_its_place() {
    let served = Served::start();
    let cores = std::thread::available_parallelism().unwrap().get();
    while served.children().len() < cores {
        tokio::task::yield_now().await;
    }
    let waited = served.children();
    let run = served.create(&endless()).await;
    let mut follower = served.follow(&run).await;
    follower.until_event(taken).await;
    assert!(waited.contains(&parent_of(worker(&follower))));
    while served.children().len() < cores + 1 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_run_that_is_over_leaves_the_server_no_descriptor_and_no_process() {
    let served = Served::start();
    let run_one = async || {
        let run = served.create(&gated()).await;
        served.open_gate(&run).await;
        assert_eq!(served.follow(&run).await.until_end().await.cause(), Some(EndCause::Finished));
    };
    let descriptors =
        || fs::read_dir(format!("/proc/{}/fd", served.process.id())).expect("it lives").count();
    run_one().await;
    let before = descriptors();
    for _ in 0..50 {
        run_one().await;
    }
    // Some are about to be closed: those of a socket, of a runner. One for each run would be fifty.
    let cores = std::thread::available_parallelism().unwrap().get();
    let is_clean = || served.children().len() == cores && descriptors() < before + 20;
    let patience = Instant::now() + Duration::from_secs(5);
    while !is_clean() && Instant::now() < patience {
        tokio::task::yield_now().await;
    }
    assert!(is_clean(), "{before}, {}, {:?}", descriptors(), served.children());
}

#[tokio::test]
async fn a_server_that_cannot_begin_says_why() {
    let said = async |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_futurescope"));
        command.arg("serve").args(args).env("RUST_LOG", "off").stdin(Stdio::null());
        let output = spawn_blocking(move || command.output()).await.unwrap().unwrap();
        assert!(output.stdout.is_empty());
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let site = Site::start().await;
    let (code, why) = said(&["--listen", &site.address.to_string()]).await;
    assert_eq!(code, Some(6));
    assert!(why.contains("cannot be listened on"), "{why}");
    let (code, why) = said(&["--page", "/nowhere"]).await;
    assert_eq!(
        (code, why.as_str()),
        (Some(2), "futurescope: --page: there is no file /nowhere/index.html\n")
    );
    let (code, why) = said(&["--origin", "lab"]).await;
    assert_eq!(code, Some(2));
    assert!(why.contains("lab is no origin"), "{why}");
}

#[tokio::test]
async fn a_server_that_ends_keeps_answering_until_its_runs_have_ended() {
    let mut site = Site::start().await;
    let run = site.create(&gated()).await;
    let mut follower = site.follow(&run, "").await;
    follower.until_event(taken).await;
    site.ask_to_end();
    while site.post("/api/runs", &json!({})).await.status() != 503 {
        tokio::task::yield_now().await;
    }
    assert_eq!(site.status(&run).await.state, RunState::Running);
    site.open_gate(&run).await;
    assert_eq!(follower.until_end().await.cause(), Some(EndCause::Finished));
    site.ended().await;
}
