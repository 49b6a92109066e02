//! Rust's own pools, and how long the futures of a killed worker live on.

use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant as Clock};

use backend::runner::{Options, run_here};
use rayon::prelude::*;
use serde_json::json;
use shared::engine::event::{ActResult, Event};
use shared::function::{self, Boundary, Ctx, Inner, Stop, Unwind};
use shared::outcome::Outcome;
use shared::rng::Rng;
use shared::scenario::Scenario;
use shared::units::{Instant, Span};
use shared::value::Value;

use crate::{median, ours, shown};

/// The `threadpool` crate with a channel for results: no future, no record, no order.
pub fn threadpool(count: u32) -> Duration {
    let pool = threadpool::ThreadPool::new(2);
    let (sender, receiver) = mpsc::channel();
    let start = Clock::now();
    for n in 0..count {
        let sender = sender.clone();
        pool.execute(move || sender.send(n).expect("they are received below"));
    }
    drop(sender);
    assert_eq!(receiver.into_iter().count(), count as usize);
    start.elapsed()
}

/// Large primes, each some fifty milliseconds of trial division.
pub const LARGE: [i64; 8] = [
    112_272_535_095_293,
    112_582_705_942_171,
    115_280_095_190_773,
    115_797_848_077_099,
    117_450_548_693_743,
    993_960_000_099_397,
    1_099_726_899_285_419,
    1_100_000_000_000_013,
];

/// `factors` of each number in rayon's pool of two threads.
pub fn rayon() -> Duration {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("there are threads");
    let factors = function::find("factors").expect("it is in the catalogue");
    let start = Clock::now();
    let found: Vec<Outcome> = pool.install(|| {
        LARGE.par_iter().map(|n| factors.run(&[Value::Int(*n)], &mut Bare).expect("ends")).collect()
    });
    assert_eq!(found.len(), LARGE.len());
    start.elapsed()
}

/// The same in our pool of threads, without the emulated GIL.
pub fn our_factors() -> Duration {
    let task = |(at, n): (usize, &i64)| json!({ "id": format!("f{at}"), "function": "factors", "args": { "n": n } });
    let scenario = json!({
        "format": 1,
        "executor": { "kind": "threads", "workers": 2, "gil": false },
        "tasks": LARGE.iter().enumerate().map(task).collect::<Vec<_>>(),
        "program": { "mode": "map" },
    });
    let records = ours::run(&scenario);
    let submitted = records.iter().find(|r| matches!(r.event, Event::Submitted { .. }));
    let left = records.iter().find(|r| matches!(r.event, Event::ShutdownAsked { .. }));
    let [first, last] = [submitted, left].map(|record| record.expect("it ran").at);
    ours::between(first, last)
}

/// A body's surroundings where nothing is kept and nobody asks.
struct Bare;

impl Ctx for Bare {
    fn wait(&mut self, _: Span) -> Result<(), Unwind> {
        Ok(())
    }
    fn compute(&mut self, slice: &mut dyn FnMut() -> u64) -> Result<(), Unwind> {
        slice();
        Ok(())
    }
    fn submit(&mut self, _: &'static str, _: Vec<Value>) -> Result<Inner, Unwind> {
        Err(Stop::Exited.into())
    }
    fn result(&mut self, _: Inner) -> Result<Value, Unwind> {
        Err(Stop::Exited.into())
    }
    fn gate(&mut self) -> Result<(), Unwind> {
        Ok(())
    }
    fn allocate(&mut self, _: u64) -> Result<(), Unwind> {
        Ok(())
    }
    fn hard_exit(&mut self, _: i32) -> Unwind {
        Stop::Exited.into()
    }
    fn boundary(&self) -> Boundary {
        Boundary::None
    }
    fn rng(&mut self) -> &mut Rng {
        unreachable!("factors draws nothing")
    }
}

/// Kills that are tried.
const KILLS: usize = 1_000;

/// Kills a worker a thousand times, and says how long fifty futures took to their ends.
pub fn kills() {
    let sleep = |n: u32| json!({ "id": format!("t{n}"), "function": "gate" });
    let scenario = json!({
        "format": 1,
        "executor": { "kind": "processes", "workers": 2, "start_method": "fork" },
        "tasks": (0..50).map(sleep).collect::<Vec<_>>(),
        "program": { "mode": "as_completed" },
        "interventions": [
            { "do": { "kill_worker_of": "t1" }, "when": { "after": { "taken": "t1" }, "plus": "1ms" } },
        ],
    });
    let plan = Scenario::parse(&scenario.to_string()).and_then(Scenario::check).expect("right");
    let plan = Arc::new(plan);
    let mut times: Vec<f64> = (0..KILLS).map(|_| killed(&plan).as_secs_f64()).collect();
    times.sort_by(f64::total_cmp);
    let worst = times[KILLS - 1];
    let theirs: Vec<f64> =
        (0..5).map(|_| crate::cpython::case("processes-killed", 5).as_secs_f64()).collect();
    let (ours, theirs) = (median(&times), median(&theirs));
    println!(
        "| killed worker: its 50 futures are over | {} (99 of 100: {}, worst of {KILLS}: {}) | ProcessPoolExecutor | {} | {:.2} | {}, {} |",
        shown(ours),
        shown(times[KILLS * 99 / 100]),
        shown(worst),
        shown(theirs),
        theirs / ours,
        if ours <= 1e-3 { "median ≤ 1 ms reached" } else { "median ≤ 1 ms **not reached**" },
        if worst <= 10e-3 { "worst ≤ 10 ms reached" } else { "worst ≤ 10 ms **not reached**" },
    );
}

/// From the act, before the signal is sent, to the last future's end.
fn killed(plan: &Arc<shared::scenario::Plan>) -> Duration {
    let options = Options { worker_exe: ours::exe(), tape: false };
    let finished = run_here(Arc::clone(plan), &options).expect("a run can be begun");
    let mut act = None;
    let mut last = Instant::ZERO;
    let mut ends = 0;
    for record in &finished.records {
        match &record.event {
            // One that was refused, or never came, has killed nobody.
            Event::Intervened { result: ActResult::Done, .. } => act = Some(record.at),
            Event::Finished { outcome: Outcome::Raised(_), .. } => {
                ends += 1;
                last = record.at;
            }
            _ => {}
        }
    }
    assert_eq!(ends, 50, "every future of a broken pool has an end");
    ours::between(act.expect("the worker was killed"), last)
}
