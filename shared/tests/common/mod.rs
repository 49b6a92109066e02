//! A scenario in a few lines of text, run through the simulator, and questions about its log.
//!
//! ```text
//! threads 2                      the executor; also `processes 2 fork`, `threads 2 free` (without
//!                                a GIL), `pool 2`, `python 3.11`
//! initializer 1 fail()           from worker 1 on; `retire 2` after two calls; `change own_exceptions`
//! a: sleep(3)                    tasks; an argument `@x` is what task x returned
//! b: fail("ValueError")
//! c: square({"each":[1,2]})      a map node
//! do                             steps, one a line; or `mode map`, `mode map {"timeout":"1s"}`
//! submit a b
//! try result b                   prints `caught ValueError: …`
//! {"do": …}                      any step as JSON
//! when {"do": …, "when": …}      interventions
//! ```

#![allow(dead_code)] // each test file uses its part

use std::sync::Arc;

use serde_json::{Value as Json, json};

use shared::engine::event::{Agent, EndCause, Event, Question, Record, Reply, Work, YieldedBy};
use shared::engine::future::FutureState;
use shared::function;
use shared::outcome::Outcome;
use shared::scenario::{Plan, Scenario};
use shared::sim::{Move, Sim};
use shared::units::FutureId;

/// So many seeds must each keep a promise.
pub const SEEDS: u64 = 64;

/// One text a number, each a line of its own.
pub fn lines(numbers: impl IntoIterator<Item = usize>, line: impl Fn(usize) -> String) -> String {
    numbers.into_iter().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

/// A simulated run and its plan.
pub struct Run {
    pub plan: Arc<Plan>,
    pub records: Vec<Record>,
}

/// The checked plan of a scenario in the notation of this module.
pub fn plan(text: &str) -> Arc<Plan> {
    let json = document(text);
    let checked = Scenario::parse(&json.to_string()).and_then(Scenario::check);
    Arc::new(checked.unwrap_or_else(|error| panic!("{error}\nin {json:#}")))
}

/// One run.
pub fn run(text: &str, seed: u64) -> Run {
    let plan = plan(text);
    Run { records: Sim::new(plan.clone(), seed).run(), plan }
}

/// The log of a run whose calls a person hands to the workers: the place of each move among its
/// offers.
pub fn by_hand(sim: Sim, mut chosen: impl FnMut(&[Move]) -> u64) -> Vec<Record> {
    let mut sim = sim.by_hand();
    while sim.step() {
        if sim.waits_for_move() {
            let at = usize::try_from(chosen(sim.offers())).expect("offers are few");
            assert!(sim.choose(at), "{at} is none of {:?}", sim.offers());
        }
    }
    sim.drain_records()
}

/// The same promise for each of many seeds; a broken one says which seed broke it.
pub fn each_seed(text: &str, promise: impl Fn(&Run)) {
    let plan = plan(text);
    for seed in 0..SEEDS {
        let run = Run { records: Sim::new(plan.clone(), seed).run(), plan: plan.clone() };
        let kept = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| promise(&run)));
        if let Err(broken) = kept {
            eprintln!("seed {seed} of\n{text}\nmain:\n{}", run.main().join("\n"));
            std::panic::resume_unwind(broken);
        }
    }
}

/// For each seed, main's transcript is these lines.
pub fn main_is(text: &str, lines: &str) {
    let lines: Vec<&str> = lines.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    each_seed(text, |run| {
        let main = run.main();
        let main: Vec<&str> = main.iter().map(|line| line.trim_end()).collect();
        assert_eq!(main, lines);
    });
}

impl Run {
    /// What a future is called: its task, or `a/0` for a call that `a` made, or `a+b` for a chunk.
    pub fn name(&self, future: FutureId) -> String {
        let work = self.records.iter().find_map(|record| match &record.event {
            Event::Submitted { future: f, work, .. } if *f == future => Some(work),
            _ => None,
        });
        match work.expect("every future was submitted") {
            Work::Tasks(parts) => {
                let names = parts.iter().map(|part| self.plan.task(part.task).id.as_str());
                names.collect::<Vec<_>>().join("+")
            }
            Work::Inner { of, number, .. } => {
                let parent = of.map_or_else(|| "main".to_owned(), |of| self.name(of));
                format!("{parent}/{number}")
            }
        }
    }

    fn names(&self, futures: &[FutureId]) -> String {
        let names: Vec<String> = futures.iter().map(|future| self.name(*future)).collect();
        names.join(" ")
    }

    /// The future of this name.
    pub fn future(&self, name: &str) -> FutureId {
        self.records
            .iter()
            .find_map(|record| match &record.event {
                Event::Submitted { future, .. } if self.name(*future) == name => Some(*future),
                _ => None,
            })
            .unwrap_or_else(|| panic!("{name} was never submitted"))
    }

    /// The last state of a future.
    pub fn state(&self, name: &str) -> FutureState {
        let future = self.future(name);
        let mut state = FutureState::Pending;
        for record in &self.records {
            state = match &record.event {
                Event::Running { future: f } if *f == future => FutureState::Running,
                Event::Cancelled { future: f, .. } if *f == future => FutureState::Cancelled,
                Event::Notified { future: f } if *f == future => FutureState::CancelledAndNotified,
                Event::Finished { future: f, .. } if *f == future => FutureState::Finished,
                _ => state,
            };
        }
        state
    }

    /// What a future finished with, as Python would show it.
    pub fn outcome(&self, name: &str) -> String {
        let future = self.future(name);
        let outcome = self.records.iter().find_map(|record| match &record.event {
            Event::Finished { future: f, outcome } if *f == future => Some(outcome),
            _ => None,
        });
        match outcome {
            Some(Outcome::Returned(value)) => value.repr(),
            Some(Outcome::Raised(raised)) => raised.to_string(),
            Some(Outcome::Lost) | None => format!("{:?}", self.state(name)),
        }
    }

    /// When the first such event of a future's life came, in seconds.
    pub fn time(&self, name: &str, event: &str) -> Option<f64> {
        self.place(name, event).map(|place| self.records[place].at.seconds())
    }

    /// The place in the log of the first such event of a future's life: `submitted`, `running`,
    /// `queued`, `taken`, `returned`, `arrived`, `finished`, `cancelled`, `notified`.
    pub fn place(&self, name: &str, event: &str) -> Option<usize> {
        let future = self.future(name);
        self.records.iter().position(|record| {
            let (kind, of) = match &record.event {
                Event::Submitted { future, .. } => ("submitted", future.0),
                Event::Running { future } => ("running", future.0),
                Event::Finished { future, .. } => ("finished", future.0),
                Event::Cancelled { future, .. } => ("cancelled", future.0),
                Event::Notified { future } => ("notified", future.0),
                Event::Queued { call } => ("queued", call.0),
                Event::Taken { call, .. } => ("taken", call.0),
                Event::Returned { call, .. } => ("returned", call.0),
                Event::ResultArrived { call } => ("arrived", call.0),
                _ => return false,
            };
            kind == event && of == future.0
        })
    }

    /// Whether a worker ever had this future's call.
    pub fn ran(&self, name: &str) -> bool {
        self.place(name, "taken").is_some()
    }

    /// How many records satisfy this.
    pub fn count(&self, is: impl Fn(&Event) -> bool) -> usize {
        self.records.iter().filter(|record| is(&record.event)).count()
    }

    /// How many workers ever started.
    pub fn workers(&self) -> usize {
        self.count(|event| matches!(event, Event::WorkerStarted { .. }))
    }

    /// Tasks in the order in which workers took them, with the worker's number.
    pub fn taken(&self) -> Vec<(String, u32)> {
        let taken = |record: &Record| match &record.event {
            Event::Taken { call, worker } => Some((self.name(FutureId(call.0)), worker.0)),
            _ => None,
        };
        self.records.iter().filter_map(taken).collect()
    }

    /// What `main` delivered, with the second of each delivery.
    pub fn delivered(&self) -> Vec<(String, f64)> {
        let delivered = |record: &Record| match &record.event {
            Event::Yielded { future, item, .. } => {
                let names = self.name(*future);
                let name = names.split('+').nth(*item as usize).unwrap_or(&names).to_owned();
                Some((name, record.at.seconds()))
            }
            _ => None,
        };
        self.records.iter().filter_map(delivered).collect()
    }

    /// What was printed, in any lane.
    pub fn printed(&self) -> Vec<String> {
        let printed = |record: &Record| match &record.event {
            Event::Printed { text, .. } => Some(text.clone()),
            _ => None,
        };
        self.records.iter().filter_map(printed).collect()
    }

    /// Why the run ended.
    pub fn cause(&self) -> EndCause {
        match self.records.last().map(|record| &record.event) {
            Some(Event::EndOfRun { cause, .. }) => *cause,
            other => panic!("the last record is {other:?}"),
        }
    }

    /// The greatest number of futures that were `RUNNING` at once.
    pub fn most_running(&self) -> usize {
        let (mut now, mut most) = (0_usize, 0);
        let mut running = std::collections::BTreeSet::new();
        for record in &self.records {
            match &record.event {
                Event::Running { future } => {
                    running.insert(*future);
                    now += 1;
                }
                Event::Finished { future, .. } if running.remove(future) => now -= 1,
                _ => {}
            }
            most = most.max(now);
        }
        most
    }

    /// Everything that came back to `main`, in order, a line each.
    pub fn main(&self) -> Vec<String> {
        self.records.iter().filter_map(|record| self.main_line(&record.event)).collect()
    }

    fn main_line(&self, event: &Event) -> Option<String> {
        let main = Agent::Main;
        Some(match event {
            Event::Answered { by, what, reply } if *by == main => {
                let what = match what {
                    Question::Result(f) => format!("result {}", self.name(*f)),
                    Question::Exception(f) => format!("exception {}", self.name(*f)),
                    Question::Done(f) => format!("done {}", self.name(*f)),
                    Question::Running(f) => format!("running {}", self.name(*f)),
                    Question::Cancelled(f) => format!("cancelled {}", self.name(*f)),
                    Question::Cancel(f) => format!("cancel {}", self.name(*f)),
                    Question::Submit => "submit".to_owned(),
                    Question::Next(_) => "next".to_owned(),
                    Question::Sleep | Question::AllTasks => return None,
                    Question::Ready(f) => format!("ready {}", self.name(*f)),
                    Question::Successful(f) => format!("successful {}", self.name(*f)),
                    Question::Job(_) => "map".to_owned(),
                    Question::JobReady(_) => "map ready".to_owned(),
                    Question::JobSuccessful(_) => "map successful".to_owned(),
                    Question::Repr(f) => format!("repr {}", self.name(*f)),
                    Question::Join => "join".to_owned(),
                    Question::Terminate => "terminate".to_owned(),
                };
                match reply {
                    Reply::Value(value) => format!("{what}: {}", value.repr()),
                    Reply::Raised(raised) => format!("{what}: {raised}"),
                    Reply::Exhausted => format!("{what}: exhausted"),
                }
            }
            Event::Yielded { by, from, future, .. } if *by == main => match from {
                YieldedBy::Map => format!("map {}", self.name(*future)),
                YieldedBy::AsCompleted => format!("completed {}", self.name(*future)),
                YieldedBy::Imap => format!("imap {}", self.name(*future)),
                YieldedBy::ImapUnordered => format!("unordered {}", self.name(*future)),
            },
            Event::WaitReturned { by, done, not_done } if *by == main => {
                format!("wait ({}) ({})", self.names(done), self.names(not_done))
            }
            Event::TimedOut { by, .. } if *by == main => "timed out".to_owned(),
            Event::Printed { by, text } if *by == main => format!("print {text}"),
            Event::ShutdownReturned { by } if *by == main => "shutdown".to_owned(),
            Event::JoinReturned { by } if *by == main => "joined".to_owned(),
            Event::TerminateReturned { by } if *by == main => "terminated".to_owned(),
            Event::BlockLeft => "left".to_owned(),
            Event::ProgramHangs { why, .. } => format!("hangs {why:?}"),
            Event::ProgramExiting { code, .. } => format!("exit {code}"),
            Event::ProgramEnded { raised: None } => "end".to_owned(),
            Event::ProgramEnded { raised: Some(raised) } => format!("end {raised}"),
            _ => return None,
        })
    }
}

/// The JSON document of a scenario in the notation of this module.
pub fn document(text: &str) -> Json {
    let mut document = json!({ "format": 1, "tasks": [] });
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut steps: Option<Vec<Json>> = None;
    let mut interventions: Vec<Json> = Vec::new();
    for line in lines.by_ref() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (word, &mut steps) {
            ("when", _) => interventions.push(serde_json::from_str(rest).expect("a JSON object")),
            (_, Some(steps)) => steps.push(step(line)),
            ("do", None) => steps = Some(Vec::new()),
            ("without", None) => document["program"]["with_block"] = json!(false),
            ("mode", None) => {
                let (mode, options) = rest.split_once(' ').unwrap_or((rest, "{}"));
                document["program"] = serde_json::from_str(options).expect("a JSON object");
                document["program"]["mode"] = json!(mode);
            }
            ("initializer", None) => {
                let (from, call) = rest.split_once(' ').expect("a worker and a call");
                let task = json_task("", call);
                document["executor"]["initializer"] = json!({ "function": task["function"],
                    "args": task["args"], "from_worker": from.parse::<u32>().expect("a worker") });
            }
            ("retire", None) => {
                let limit: u32 = rest.parse().expect("a number of calls");
                document["executor"]["max_tasks_per_child"] = json!(limit);
            }
            ("change", None) => document["changes"] = json!([rest]),
            ("threads" | "interpreters" | "processes" | "pool", None) => {
                let words: Vec<&str> = rest.split(' ').collect();
                let workers: u32 = words[0].parse().expect("a number of workers");
                document["executor"] = json!({ "kind": word, "workers": workers });
                match words.get(1) {
                    Some(&"free") => document["executor"]["gil"] = json!(false),
                    Some(method) => document["executor"]["start_method"] = json!(method),
                    None => {}
                }
            }
            ("python", None) => document["python"] = json!(rest),
            (task, None) => {
                let task = json_task(task.trim_end_matches(':'), rest);
                document["tasks"].as_array_mut().expect("a list").push(task);
            }
        }
    }
    if let Some(steps) = steps {
        document["program"]["steps"] = json!(steps);
    }
    if !interventions.is_empty() {
        document["interventions"] = json!(interventions);
    }
    document
}

fn json_task(id: &str, call: &str) -> Json {
    let (name, args) = call.split_once('(').expect("function(arguments)");
    let args = args.trim_end().strip_suffix(')').expect("a closing parenthesis");
    let function = function::find(name).unwrap_or_else(|| panic!("no function {name}"));
    let values: Vec<Json> = match args.trim() {
        "" => Vec::new(),
        args => top_level(args).map(|arg| argument(arg.trim())).collect(),
    };
    let mut given = serde_json::Map::new();
    for (param, value) in function.params.iter().zip(values) {
        given.insert(param.name.to_owned(), value);
    }
    json!({ "id": id, "function": name, "args": given })
}

/// The parts between the commas that stand in no brackets.
fn top_level(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    text.split(move |c| {
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    })
}

fn argument(text: &str) -> Json {
    match text.strip_prefix('@') {
        Some(task) => json!({ "from": task }),
        None => serde_json::from_str(text).unwrap_or_else(|_| panic!("{text} is not JSON")),
    }
}

fn step(line: &str) -> Json {
    if line.starts_with('{') {
        return serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let rest = &words[1..];
    let seconds = rest.last().filter(|word| word.parse::<f64>().is_ok());
    let names: Vec<&str> = match seconds {
        Some(_) => rest[..rest.len() - 1].to_vec(),
        None => rest.to_vec(),
    };
    let timeout = seconds.map(|seconds| format!("{seconds}s"));
    let one = names.first().copied().unwrap_or("");
    match words[0] {
        "try" => json!({ "do": "try", "steps": [step(&line[4..])], "except": [
            { "kind": "BaseException", "as": "e",
              "steps": [{ "do": "print", "text": "caught {e.kind}: {e}" }] }] }),
        "submit" => json!({ "do": "submit", "task": names }),
        "map" => json!({ "do": "map", "tasks": names, "as": "m", "timeout": timeout }),
        "chunks" => json!({ "do": "map", "tasks": names, "as": "m",
            "chunksize": words[rest.len()].parse::<u32>().expect("a chunksize") }),
        "next" => json!({ "do": "next", "of": "m", "as": "v" }),
        "close" => json!({ "do": "close", "of": "m" }),
        "all" => json!({ "do": "for", "in": "m", "as": "v", "steps": [] }),
        "completed" => json!({ "do": "as_completed", "of": names, "as": "f", "timeout": timeout }),
        "wait" => {
            let (modes, names): (Vec<&str>, Vec<&str>) =
                names.into_iter().partition(|name| name.starts_with("FIRST_"));
            let return_when = modes.first().copied().unwrap_or("ALL_COMPLETED");
            json!({ "do": "wait", "of": names, "timeout": timeout, "return_when": return_when })
        }
        "result" | "exception" => json!({ "do": words[0], "of": one, "timeout": timeout }),
        "done" | "running" | "cancelled" | "cancel" => json!({ "do": words[0], "of": one }),
        "callback" => json!({ "do": "add_done_callback", "of": one, "print": rest[1..].join(" ") }),
        "raising" => json!({ "do": "add_done_callback", "of": one, "raise": rest[1..].join(" ") }),
        "sleep" => json!({ "do": "sleep", "span": timeout }),
        "print" => json!({ "do": "print", "text": rest.join(" ") }),
        "call" => json!({ "do": "call", "task": one }),
        "shutdown" => json!({ "do": "shutdown", "wait": !rest.contains(&"nowait"),
            "cancel_futures": rest.contains(&"cancel") }),
        "leave" | "terminate" | "join" | "terminate_workers" | "kill_workers" => {
            json!({ "do": words[0] })
        }
        "close_pool" => json!({ "do": "close" }),
        "apply" => json!({ "do": "apply", "task": one, "as": "v" }),
        "async" => json!({ "do": "apply_async", "task": names }),
        "starmap" | "map_async" | "imap" | "imap_unordered" => {
            json!({ "do": words[0], "tasks": names, "as": "m",
                "chunksize": seconds.and_then(|chunk| chunk.parse::<u32>().ok()) })
        }
        "get" => json!({ "do": "get", "of": one, "timeout": timeout }),
        "ready" | "successful" => json!({ "do": words[0], "of": one }),
        "raise" => json!({ "do": "raise", "error": rest.join(" ") }),
        other => panic!("no step {other}"),
    }
}
