//! A real server on a port of its own, and a client of it.

use std::net::SocketAddr;

use backend::server::{Config, Server};
use futures_util::StreamExt;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value as Json, json};
use shared::engine::event::{Act, BlockedOn, EndCause, Event, Record};
use shared::protocol::http::{Ask, Downward, Problem, RunCreated, RunStatus, Upward};
use shared::protocol::{FrameReader, decode};
use shared::units::TaskId;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A server that ends with the test.
pub struct Site {
    pub address: SocketAddr,
    pub client: Client,
    end: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl Site {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A server that differs from the usual one; two runs at once, whatever this machine has.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new(SocketAddr::from(([127, 0, 0, 1], 0)));
        config.exe = env!("CARGO_BIN_EXE_futurescope").into();
        config.at_once = 2;
        change(&mut config);
        let server = Server::bind(config).await.expect("a port is free");
        let address = server.address();
        let (end, ended) = oneshot::channel();
        let serving = tokio::spawn(server.run(async {
            let _ = ended.await;
        }));
        Self { address, client: Client::new(), end: Some(end), serving }
    }

    /// Asks it to end, as SIGTERM does.
    pub fn ask_to_end(&mut self) {
        self.end.take().expect("it is asked once").send(()).expect("it serves");
    }

    /// Waits until it has ended.
    pub async fn ended(self) {
        self.serving.await.expect("it does not panic");
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.expect("it answers")
    }

    pub async fn get_json(&self, path: &str) -> Json {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.expect("it is JSON")
    }

    pub async fn post(&self, path: &str, body: &Json) -> Response {
        self.request(Method::POST, path).json(body).send().await.expect("it answers")
    }

    /// Has a scenario run.
    pub async fn create(&self, scenario: &Json) -> RunCreated {
        let response = self.post("/api/runs", scenario).await;
        assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
        response.json().await.expect("it says what it made")
    }

    pub async fn status(&self, run: &RunCreated) -> RunStatus {
        self.get(&run.run).await.json().await.expect("it says how it stands")
    }

    pub async fn ask(&self, run: &RunCreated, ask: Ask) -> Response {
        let upward = Upward { control: run.control.clone(), ask };
        let body = serde_json::to_value(&upward).unwrap();
        self.post(&format!("{}/ask", run.run), &body).await
    }

    /// Opens the gate of the first task; the run waits at it.
    pub async fn open_gate(&self, run: &RunCreated) {
        assert_eq!(self.ask(run, Ask::Act(Act::Open(TaskId(0)))).await.status(), 204);
    }

    pub fn live_url(&self, run: &RunCreated, query: &str) -> String {
        format!("ws://{}{}{query}", self.address, run.live)
    }

    /// Follows a run; the query is `""` or begins with a question mark.
    pub async fn follow(&self, run: &RunCreated, query: &str) -> Follower {
        let (socket, _) = connect_async(self.live_url(run, query)).await.expect("it upgrades");
        Follower::new(socket)
    }

    /// Follows a run to its end.
    pub async fn whole_log(&self, run: &RunCreated) -> Vec<Record> {
        self.follow(run, "").await.until_end().await.records
    }
}

/// What the server said on one socket.
#[derive(Debug, Default)]
pub struct Heard {
    pub said: Vec<Downward>,
    /// Frames, one behind the other.
    pub bytes: Vec<u8>,
    pub records: Vec<Record>,
    /// Why it closed; none if it only hung up.
    pub code: Option<u16>,
}

impl Heard {
    pub fn cause(&self) -> Option<EndCause> {
        match self.records.last()?.event {
            Event::EndOfRun { cause, .. } => Some(cause),
            _ => None,
        }
    }
}

/// One viewer.
pub struct Follower {
    pub socket: Socket,
    pub heard: Heard,
    frames: FrameReader,
}

impl Follower {
    pub fn new(socket: Socket) -> Self {
        Self { socket, heard: Heard::default(), frames: FrameReader::joining() }
    }

    /// Takes the next message; false behind the last.
    pub async fn next(&mut self) -> bool {
        match self.socket.next().await {
            Some(Ok(Message::Text(text))) => {
                self.heard.said.push(serde_json::from_str(&text).expect("it is ours"));
            }
            Some(Ok(Message::Binary(bytes))) => {
                self.heard.bytes.extend_from_slice(&bytes);
                self.frames.push(&bytes);
                while let Some(frame) = self.frames.next_frame().expect("frames without a gap") {
                    self.heard.records.extend(decode(&frame).expect("whole frames"));
                }
                assert_eq!(self.frames.torn_bytes(), 0, "a message holds whole frames");
            }
            Some(Ok(Message::Close(frame))) => {
                self.heard.code = frame.map(|frame| frame.code.into());
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return false,
        }
        true
    }

    /// Reads until something was heard.
    pub async fn until(&mut self, heard: impl Fn(&Heard) -> bool) {
        while !heard(&self.heard) {
            assert!(self.next().await, "it closed: {:?}", self.heard);
        }
    }

    /// Reads until an event is in the log.
    pub async fn until_event(&mut self, wanted: impl Fn(&Event) -> bool) {
        self.until(|heard| heard.records.iter().any(|record| wanted(&record.event))).await;
    }

    pub async fn until_end(mut self) -> Heard {
        while self.next().await {}
        self.heard
    }
}

pub async fn problem(response: Response) -> Problem {
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    assert_eq!(kind, "application/problem+json");
    assert!(response.headers().contains_key("content-security-policy"));
    let status = response.status().as_u16();
    let problem: Problem = response.json().await.expect("it is a problem");
    assert_eq!(problem.status, status);
    assert_eq!(problem.title, problem.kind.title());
    assert!(!problem.detail.is_empty());
    problem
}

/// A scenario with these tasks and this program.
pub fn scenario(kind: &str, tasks: &Json, program: &Json) -> Json {
    json!({
        "format": 1,
        "executor": { "kind": kind, "workers": 1 },
        "tasks": tasks,
        "program": program,
    })
}

/// A run that ends when somebody opens its gate.
pub fn gated() -> Json {
    let tasks = json!([{ "id": "g", "function": "gate" }]);
    scenario("threads", &tasks, &json!({ "mode": "wait" }))
}

/// A run that ends by itself at once.
pub fn short() -> Json {
    let tasks = json!([{ "id": "a", "function": "square", "args": { "x": 3 } }]);
    scenario("threads", &tasks, &json!({ "mode": "wait" }))
}

/// A run that prints so many lines of 200 letters, waits at its gate, and prints as many again.
pub fn talkative(lines: usize) -> Json {
    let print = json!({ "do": "print", "text": "x".repeat(200) });
    let mut steps = vec![print; 2 * lines];
    steps.insert(lines, json!({ "do": "call", "task": "g" }));
    let tasks = json!([{ "id": "g", "function": "gate" }]);
    scenario("threads", &tasks, &json!({ "steps": steps }))
}

/// Whether an event says that the main thread waits at its gate.
pub fn waits_at_gate(event: &Event) -> bool {
    matches!(event, Event::ProgramBlocked { on: BlockedOn::Gate(_), .. })
}
