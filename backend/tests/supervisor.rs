//! The supervisor with the real runner: what it starts, it ends, whatever the program does.
//!
//! One test, since it counts what this very process holds.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use backend::supervisor::{Patience, Stock, Supervisor};
use shared::engine::event::{Act, EndCause, Event, Record};
use shared::protocol::Frame;
use shared::units::TaskId;

/// A run of one task, whose log is collected, and who is told of each call that is taken.
fn start(kind: &str, function: &str) -> (Supervisor, Arc<Mutex<Vec<Record>>>, mpsc::Receiver<()>) {
    let scenario = format!(
        r#"{{"format":1,"executor":{{"kind":"{kind}","workers":1}},
            "tasks":[{{"id":"a","function":"{function}"}}],"program":{{"mode":"wait"}}}}"#
    );
    let log = Arc::new(Mutex::new(Vec::new()));
    let (tell, taken) = mpsc::channel();
    let into = log.clone();
    let sink = move |_: &Frame, records: &[Record]| {
        into.lock().unwrap().extend_from_slice(records);
        if records.iter().any(|record| matches!(record.event, Event::Taken { .. })) {
            let _ = tell.send(());
        }
    };
    let exe = Path::new(env!("CARGO_BIN_EXE_futurescope"));
    let run = Supervisor::start(exe, scenario, Patience::default(), sink).unwrap();
    (run, log, taken)
}

fn count(what: &str) -> usize {
    fs::read_dir(format!("/proc/self/{what}")).unwrap().count()
}

/// Children of this process, dead ones that nobody reaped included.
fn children() -> String {
    let pid = std::process::id();
    fs::read_to_string(format!("/proc/self/task/{pid}/children")).unwrap_or_default()
}

#[test]
fn a_run_that_is_over_leaves_nothing_behind_however_it_ended() {
    let before = (count("fd"), count("task"), children());
    for kind in ["threads", "processes"] {
        // It computes for ever, and is stopped.
        let (run, log, taken) = start(kind, "hang");
        taken.recv().unwrap();
        run.stop();
        assert_eq!(run.wait().cause, EndCause::Stopped);
        assert!(matches!(log.lock().unwrap().last().unwrap().event, Event::EndOfRun { .. }));

        // It blocks until a person acts.
        let (run, _, taken) = start(kind, "gate");
        taken.recv().unwrap();
        run.act(Act::Open(TaskId(0)));
        assert_eq!(run.wait().cause, EndCause::Finished);

        // Nobody waits for it.
        let (run, log, taken) = start(kind, "hang");
        taken.recv().unwrap();
        drop(run);
        let last = log.lock().unwrap().last().unwrap().event.clone();
        assert!(matches!(last, Event::EndOfRun { cause: EndCause::Stopped, .. }), "{last:?}");
    }
    // It waited for its scenario, or was never wanted.
    let stock = Stock::new(env!("CARGO_BIN_EXE_futurescope").into(), 2);
    stock.refill().unwrap();
    assert_eq!(stock.pids().len(), 2);
    let scenario = r#"{"format":1,"executor":{"kind":"threads","workers":1},"tasks":[],"program":{"mode":"wait"}}"#;
    let run = stock.start(scenario.to_owned(), Patience::default(), |_, _| {}).unwrap();
    assert_eq!(run.wait().cause, EndCause::Finished);
    assert_eq!(stock.pids().len(), 1);
    drop(stock);

    // A thread that was joined leaves `/proc` a moment later.
    let patience = Instant::now() + Duration::from_secs(5);
    while count("task") != before.1 && Instant::now() < patience {
        std::thread::yield_now();
    }
    assert_eq!((count("fd"), count("task"), children()), before);
}
