//! What it costs a run to be watched: a real server, and a viewer in a process of its own.

use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Command, ExitCode, Stdio};
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use backend::server::{Config, Server};
use futures_util::StreamExt;
use serde_json::Value as Json;
use shared::engine::event::{Event, Record};
use shared::protocol::http::{RunCreated, RunState, RunStatus};
use shared::protocol::{FrameReader, decode};
use tokio::runtime::Runtime;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::protocol::Message;

use crate::{Goal, Group, Side, ours};

/// Items of the run.
const ITEMS: u32 = 40_000;

/// Seconds that its workers take to get warm, so that the viewer is there before the first item.
const WARM: f64 = 0.5;

/// A watched run against the same one unwatched.
pub fn group() -> Group {
    // The server is started at the first use: other groups need none.
    let site: Rc<RefCell<Option<Site>>> = Rc::default();
    let side = |name: &'static str, watched: bool| {
        let site = Rc::clone(&site);
        Side::new(name, move || site.borrow_mut().get_or_insert_with(Site::start).run(watched))
    };
    Group {
        name: "40,000 tasks on threads, watched: a task",
        of: ITEMS,
        ours: side("watched", true),
        others: vec![(side("unwatched", false), Goal::Within(1.05))],
    }
}

struct Site {
    runtime: Runtime,
    address: SocketAddr,
    client: reqwest::Client,
}

impl Site {
    fn start() -> Self {
        let runtime = Runtime::new().expect("there are threads");
        let mut config = Config::new(SocketAddr::from(([127, 0, 0, 1], 0)));
        config.exe = ours::exe();
        let server = runtime.block_on(Server::bind(config)).expect("a port is free");
        let address = server.address();
        runtime.spawn(server.run(std::future::pending()));
        Self { runtime, address, client: reqwest::Client::new() }
    }

    fn run(&self, watched: bool) -> Duration {
        let scenario = ours::warm_items("threads", "as_completed", 1, ITEMS, WARM);
        let run = self.runtime.block_on(self.create(&scenario));
        let url = format!("ws://{}{}", self.address, run.live);
        if watched {
            let records = watch_at_nice(&url);
            assert_eq!(self.log(&url).len(), records, "a viewer sees every transition");
        } else {
            while !matches!(self.runtime.block_on(self.state(&run)), RunState::Ended { .. }) {
                // Nobody else looks; and often enough would be to watch.
                thread::sleep(Duration::from_millis(200));
            }
        }
        ours::time_of_items(&self.log(&url), ITEMS)
    }

    async fn create(&self, scenario: &Json) -> RunCreated {
        let url = format!("http://{}/api/runs", self.address);
        let response = self.client.post(url).json(scenario).send().await.expect("it answers");
        response.json().await.expect("it says what it made")
    }

    async fn state(&self, run: &RunCreated) -> RunState {
        let url = format!("http://{}{}", self.address, run.run);
        let response = self.client.get(url).send().await.expect("it answers");
        response.json::<RunStatus>().await.expect("it says how it stands").state
    }

    fn log(&self, url: &str) -> Vec<Record> {
        self.runtime.block_on(follow(url))
    }
}

/// Follows a run to its end; how many records came.
fn watch_at_nice(url: &str) -> usize {
    let mut command = Command::new(std::env::current_exe().expect("it runs"));
    command.args(["watch", url]).stdout(Stdio::piped());
    let mut child = command.spawn().expect("it can be started again");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("it is piped");
    BufReader::new(stdout).read_line(&mut line).expect("it says how many");
    child.wait().expect("it ends");
    line.trim().parse().expect("a number")
}

/// The process of the viewer, which leaves the cores to the run.
pub fn watch(url: &str) -> ExitCode {
    rustix::process::nice(19).expect("anybody may be nicer");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let records = runtime.expect("it needs no thread").block_on(follow(url));
    println!("{}", records.len());
    ExitCode::SUCCESS
}

async fn follow(url: &str) -> Vec<Record> {
    let (mut socket, _) = connect_async(url).await.expect("it upgrades");
    let mut frames = FrameReader::joining();
    let mut records = Vec::new();
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Binary(bytes) = message {
            frames.push(&bytes);
            while let Some(frame) = frames.next_frame().expect("frames without a gap") {
                records.extend(decode(&frame).expect("whole frames"));
            }
        }
    }
    assert!(matches!(records.last(), Some(Record { event: Event::EndOfRun { .. }, .. })));
    records
}
