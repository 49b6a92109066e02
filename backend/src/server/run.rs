//! One run, from the line to its end.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use shared::engine::event::{Act, EndCause};
use shared::limits;
use shared::protocol::http::{RunState, RunStatus};
use shared::scenario::Scenario;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::app::App;
use super::log::Log;
use super::series::Series;
use crate::supervisor::{Control, Patience, Supervisor};

/// A scenario that was checked. Runs of the same share it.
#[derive(Clone)]
pub struct Given {
    /// As it was understood.
    pub scenario: Arc<Scenario>,
    /// As it came.
    pub text: Arc<str>,
}

impl Given {
    /// How many bytes it came as.
    pub fn size(&self) -> usize {
        self.text.len()
    }
}

/// One run.
pub struct Run {
    /// Its name.
    pub id: String,
    /// Who may act on it.
    pub key: String,
    /// Those that it runs with; gone when the last of them has ended.
    pub series: Weak<Series>,
    scenario: Arc<Scenario>,
    /// The same as it came; empty once it was handed to a runner.
    text: Mutex<Arc<str>>,
    /// How many of the bytes that the scenario came as are counted for this run.
    size: usize,
    /// Its log.
    pub log: Log,
    /// How many follow it.
    pub viewers: AtomicU32,
    now: watch::Sender<Now>,
    hand: Mutex<Hand>,
}

/// What viewers wait for changes of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Where it is in its life.
    pub stage: Stage,
    /// How many chunks of its log are published.
    pub chunks: usize,
}

/// Where a run is in its life, for its viewers: it has ended once all of its log is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It stands in the line, or behind others of its series, at this place from 1.
    Waiting(u32),
    /// Its program runs.
    Running,
    /// Its log is complete.
    Ended(EndCause),
    /// The server ends, and it was never started.
    Dropped,
}

/// How to reach whoever carries the run out.
enum Hand {
    /// Nobody does yet; this has been asked already.
    Nobody { acts: Vec<Act>, stop: bool },
    /// Its supervisor.
    Supervisor(Control),
    /// It is over. What reached it is let go of: a log is kept for long, its descriptors are not.
    Over,
}

impl Run {
    /// A run that stands nowhere yet. So many are `sharing` what was given.
    pub fn new(
        (id, key): (String, String),
        given: Given,
        sharing: usize,
        series: Weak<Series>,
    ) -> Self {
        let (now, _) = watch::channel(Now { stage: Stage::Waiting(1), chunks: 0 });
        Self {
            id,
            key,
            series,
            size: given.size().div_ceil(sharing),
            scenario: given.scenario,
            text: Mutex::new(given.text),
            log: Log::default(),
            viewers: AtomicU32::new(0),
            now,
            hand: Mutex::new(Hand::Nobody { acts: Vec::new(), stop: false }),
        }
    }

    /// To wait for changes.
    pub fn watch(&self) -> watch::Receiver<Now> {
        self.now.subscribe()
    }

    /// Where it is in its life.
    pub fn stage(&self) -> Stage {
        self.now.borrow().stage
    }

    /// Says where it is in its life; viewers are told if it is elsewhere than before.
    pub fn set_stage(&self, stage: Stage) {
        self.now.send_if_modified(|now| {
            let changed = now.stage != stage;
            now.stage = stage;
            changed
        });
    }

    /// Shows viewers what has been logged since the last time.
    fn publish(&self) {
        let chunks = self.log.publish();
        self.now.send_modify(|now| now.chunks = chunks);
    }

    /// Shows viewers the end of the log. The log has one.
    pub fn publish_end(&self) {
        let chunks = self.log.publish();
        let cause = self.log.ended().unwrap_or(EndCause::Internal);
        self.now.send_modify(|now| *now = Now { stage: Stage::Ended(cause), chunks });
    }

    /// How it stands; none if it was dropped.
    pub fn status(&self) -> Option<RunStatus> {
        let state = match self.stage() {
            Stage::Waiting(place) => RunState::Waiting { place },
            Stage::Running => RunState::Running,
            Stage::Ended(cause) => RunState::Ended { cause },
            Stage::Dropped => return None,
        };
        Some(RunStatus {
            id: self.id.clone(),
            state,
            records: self.log.records(),
            viewers: self.viewers.load(Ordering::Relaxed),
            scenario: Scenario::clone(&self.scenario),
        })
    }

    /// Bytes that keeping it costs, roughly.
    pub fn weight(&self) -> u64 {
        /// What a run without tasks and records costs.
        const EMPTY: u64 = 4 * 1024;
        // A scenario takes more in memory than as text; those that share it share that.
        self.log.bytes() + 3 * self.size as u64 + EMPTY
    }

    /// Asks it to stop, whether or not its program runs yet.
    pub fn stop(&self) {
        match &mut *self.hand() {
            Hand::Nobody { stop, .. } => *stop = true,
            Hand::Supervisor(control) => control.stop(),
            Hand::Over => {}
        }
    }

    /// A person acts; false if it still stands in the line, and there is nothing to act on.
    pub fn act(&self, act: Act) -> bool {
        let mut hand = self.hand();
        if matches!(self.stage(), Stage::Waiting(_)) {
            return false;
        }
        match &mut *hand {
            Hand::Nobody { acts, .. } if acts.len() < limits::INTERVENTIONS => acts.push(act),
            Hand::Nobody { .. } | Hand::Over => {}
            Hand::Supervisor(control) => control.act(act),
        }
        true
    }

    fn hand_to(&self, control: Control) {
        let mut hand = self.hand();
        if let Hand::Nobody { acts, stop } = &mut *hand {
            acts.drain(..).for_each(|act| control.act(act));
            if *stop {
                control.stop();
            }
        }
        *hand = Hand::Supervisor(control);
    }

    fn hand(&self) -> MutexGuard<'_, Hand> {
        self.hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Carries a run out whose turn it is. Whatever happens, its log has an end, of which nobody has heard
/// yet.
pub async fn carry_out(app: &Arc<App>, run: &Arc<Run>) {
    let carried = AssertUnwindSafe(watch_over(app, run)).catch_unwind().await;
    if carried.is_err() {
        tracing::error!(run = run.id, "the task of a run panicked");
        run.stop();
        run.log.push_end(EndCause::Internal);
    }
    *run.hand() = Hand::Over;
}

async fn watch_over(app: &Arc<App>, run: &Arc<Run>) {
    run.set_stage(Stage::Running);
    let supervisor = match start(app, run).await {
        Ok(supervisor) => supervisor,
        Err(error) => {
            tracing::error!(run = run.id, %error, "no runner could be started");
            return run.log.push_end(EndCause::Internal);
        }
    };
    tracing::info!(run = run.id, "a run starts");
    run.hand_to(supervisor.control());
    app.refill();
    // At once, and then no more often than every tick, for all viewers alike.
    loop {
        run.log.arrived().await;
        if run.log.ended().is_some() {
            break;
        }
        run.publish();
        sleep(Duration::from_nanos(limits::TICK.0)).await;
    }
    let ending = spawn_blocking(move || supervisor.wait()).await;
    let ending = ending.expect("a log's push does not panic");
    if ending.cause == EndCause::Internal {
        tracing::error!(run = run.id, fault = ending.fault, "a run failed on our side");
        // What it said may quote the scenario, which is nobody's business unless we look for a fault.
        tracing::debug!(run = run.id, stderr = ending.stderr);
    }
}

async fn start(app: &Arc<App>, run: &Arc<Run>) -> std::io::Result<Supervisor> {
    let text = std::mem::take(&mut *run.text.lock().unwrap_or_else(PoisonError::into_inner));
    let (stock, logged) = (Arc::clone(&app.stock), Arc::clone(run));
    let started = spawn_blocking(move || {
        let sink = move |frame: &_, records: &[_]| logged.log.push(frame, records);
        stock.start(text.as_ref().to_owned(), Patience::default(), sink)
    });
    started.await.expect("starting a runner does not panic")
}
