//! Runs that are stopped in the midst of it.

use std::sync::PoisonError;
use std::sync::mpsc::channel;
use std::time::Instant;

use backend::supervisor::{Patience, Supervisor};
use serde_json::json;
use shared::engine::event::{EndCause, Event};

use crate::told::told;
use crate::{ALONE, exe, spread};

#[test]
#[ignore = "takes minutes"]
fn two_hundred_stops_end_their_runs() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut took = Vec::new();
    for round in 0..200 {
        let kind = if round % 2 == 0 { "threads" } else { "processes" };
        let scenario = json!({
            "format": 1,
            "executor": { "kind": kind, "workers": 2 },
            "tasks": [{ "id": "a", "function": "hang" }, { "id": "b", "function": "gate" }],
            "program": { "mode": "wait" },
        });
        let (told, tells) = channel();
        let supervisor = Supervisor::start(
            &exe(),
            scenario.to_string(),
            Patience::default(),
            move |_, records| {
                for record in records {
                    // Nobody listens any more once the run is stopped.
                    let _ = told.send(matches!(record.event, Event::Taken { .. }));
                }
            },
        )
        .expect("a run can be started");
        while !tells.recv().expect("the run goes on until it is stopped") {}
        let asked = Instant::now();
        supervisor.control().stop();
        assert_eq!(supervisor.wait().cause, EndCause::Stopped);
        took.push(u64::try_from(asked.elapsed().as_micros()).expect("it took no ages"));
    }
    told("200 runs stopped, from asking to the end of all their processes", &spread(took));
}
