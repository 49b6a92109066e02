//! Logs written by hand, for the tests of this module and of those below it.

use std::sync::Arc;

use crate::engine::event::{Agent, Event, Items, Question, Record, Reply, Work, YieldedBy};
use crate::outcome::{Outcome, Raised};
use crate::scenario::{Plan, Scenario};
use crate::units::{CallId, FutureId, Instant, IteratorId, Seq, TaskId, WorkerId};
use crate::value::Value;

/// Two workers, and a task that sleeps a second for each of these ids. `more` stands after the tasks.
pub fn plan_with(kind: &str, ids: &str, more: &str) -> Arc<Plan> {
    let task = |id| format!(r#"{{"id":"{id}","function":"sleep","args":{{"seconds":1}}}}"#);
    let tasks: Vec<String> = ids.split_whitespace().map(task).collect();
    let text = format!(
        r#"{{"format":1,"executor":{{"kind":"{kind}","workers":2}},
            "tasks":[{}],"program":{{"mode":"submit"}}{more}}}"#,
        tasks.join(",")
    );
    Arc::new(Scenario::parse(&text).unwrap().check().unwrap())
}

/// A thread pool of two and these tasks.
pub fn threads(ids: &str) -> Arc<Plan> {
    plan_with("threads", ids, "")
}

/// A process pool of two and these tasks.
pub fn processes(ids: &str) -> Arc<Plan> {
    plan_with("processes", ids, "")
}

/// A record for each event, 100 ms apart.
pub fn log(events: impl IntoIterator<Item = Event>) -> Vec<Record> {
    let record = |(seq, event): (Seq, Event)| Record {
        seq,
        at: Instant(seq * 100_000_000),
        cause: None,
        event,
    };
    (0..).zip(events).map(record).collect()
}

/// Main submits the task with this number, as the future with this number.
pub fn submitted(number: u32) -> Event {
    submits(number, Work::task(TaskId(number)))
}

/// Main submits this work.
pub fn submits(number: u32, work: Work) -> Event {
    let (future, call) = (FutureId(number), CallId(number));
    Event::Submitted { future, call, work, by: Agent::Main }
}

/// The future is `RUNNING`.
pub fn running(number: u32) -> Event {
    Event::Running { future: FutureId(number) }
}

/// The worker takes the call.
pub fn taken(number: u32, worker: u32) -> Event {
    Event::Taken { call: CallId(number), worker: WorkerId(worker) }
}

/// The worker, a thread, is through with the call after 0.4 s.
pub fn returned(number: u32, worker: u32, outcome: Outcome) -> Event {
    let items = Items::one(Instant(0), Instant(400_000_000), outcome);
    let (call, worker) = (CallId(number), WorkerId(worker));
    Event::Returned { call, worker, items, transport: None }
}

/// The future is `FINISHED`.
pub fn finished(number: u32, outcome: Outcome) -> Event {
    Event::Finished { future: FutureId(number), outcome }
}

/// A worker was asked for.
pub fn spawned(worker: u32) -> Event {
    Event::WorkerSpawned { worker: WorkerId(worker) }
}

/// A process is there.
pub fn process_started(worker: u32, pid: u32) -> Event {
    let name = format!("ForkServerProcess-{}", worker + 1);
    Event::WorkerStarted { worker: WorkerId(worker), name, pid: Some(pid) }
}

/// `as_completed` delivers to main.
pub fn completed(iterator: u32, number: u32) -> Event {
    yielded(YieldedBy::AsCompleted, iterator, number)
}

/// `map` delivers to main.
pub fn mapped(iterator: u32, number: u32) -> Event {
    yielded(YieldedBy::Map, iterator, number)
}

fn yielded(from: YieldedBy, iterator: u32, number: u32) -> Event {
    let (iterator, future) = (IteratorId(iterator), FutureId(number));
    Event::Yielded { by: Agent::Main, from, iterator, future, item: 0 }
}

/// Main's question is answered with a value.
pub fn answered(what: Question, value: impl Into<Value>) -> Event {
    Event::Answered { by: Agent::Main, what, reply: Reply::Value(value.into()) }
}

/// Main prints.
pub fn printed(text: &str) -> Event {
    Event::Printed { by: Agent::Main, text: text.to_owned() }
}

/// The outcome of a function that returned this.
pub fn value(int: i64) -> Outcome {
    Outcome::Returned(Value::Int(int))
}

/// The outcome of a broken function.
pub fn failed() -> Outcome {
    Outcome::Raised(Raised::new("ValueError", "Called broken function"))
}
