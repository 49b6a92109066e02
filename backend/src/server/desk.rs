//! Every run by its name: those in the line, those that run, and those whose log is kept.
//!
//! What stands in the line and is let in is a series, most often of one run; what has a name, a log
//! and viewers is a run.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use shared::engine::event::EndCause;
use shared::limits;
use shared::protocol::http::{Ask, Upward};

use super::app::App;
use super::kept::Kept;
use super::keys;
use super::line::Line;
use super::problem::Refusal;
use super::run::{Given, Run, Stage};
use super::series::{self, Series};

/// Seconds after which the line may have moved.
const LINE_MOVES: u32 = 10;

/// All runs.
pub struct Desk(Mutex<Inner>);

struct Inner {
    runs: BTreeMap<String, Arc<Run>>,
    line: Line<Arc<Series>>,
    /// Those that have ended.
    kept: Kept,
    /// Whether new runs are taken.
    open: bool,
}

impl Desk {
    /// Without runs; so many series may run at once.
    pub fn new(at_once: usize) -> Self {
        let kept_for = Duration::from_nanos(limits::KEPT_FOR.0);
        Self(Mutex::new(Inner {
            runs: BTreeMap::new(),
            line: Line::new(at_once, limits::RUNS_AN_ADDRESS, limits::LINE),
            kept: Kept::new(kept_for, limits::KEPT_BYTES),
            open: true,
        }))
    }

    /// Whether runs are taken on at all: to be asked before one looks at a scenario.
    ///
    /// # Errors
    /// A refusal if the server is about to end.
    pub fn is_open(&self) -> Result<(), Refusal> {
        self.lock().is_open()
    }

    /// Takes a series on, each of `given` and that so many times, which starts at once or stands in
    /// the line; gives its runs in order. It has one run at least.
    ///
    /// # Errors
    /// A refusal if the line is full, or the server is about to end.
    pub fn take_on(
        &self,
        app: &Arc<App>,
        address: IpAddr,
        given: &[Given],
        times: usize,
    ) -> Result<Vec<Arc<Run>>, Refusal> {
        let random = |bits| {
            keys::random(bits).map_err(|error| {
                tracing::error!(%error, "the system has no randomness");
                Refusal::internal()
            })
        };
        let names = (0..given.len() * times).map(|_| random(keys::NAME_BITS));
        let names = names.collect::<Result<Vec<_>, _>>()?;
        let (series, runs) = Series::new(address, given, names, &random(keys::KEY_BITS)?);
        let mut inner = self.lock();
        inner.is_open()?;
        let full = |limit| {
            let detail = "the line is full; try again when some of the runs in it are over";
            Err(Refusal::busy(StatusCode::TOO_MANY_REQUESTS, limit, LINE_MOVES, detail))
        };
        if inner.line.is_full() {
            return full("runs in the line");
        }
        let waiting: usize = inner.line.waiting().map(|series| series.size).sum();
        if waiting > 0 && waiting + series.size > limits::LINE_BYTES {
            return full("scenarios in the line");
        }
        inner.runs.extend(runs.iter().map(|run| (run.id.clone(), Arc::clone(run))));
        inner.line.join(address, series);
        inner.let_in(app);
        Ok(runs)
    }

    /// The run of this name.
    ///
    /// # Errors
    /// A refusal if there is none, or none any more.
    pub fn find(&self, id: &str) -> Result<Arc<Run>, Refusal> {
        let mut inner = self.lock();
        inner.forget_old(Instant::now());
        inner.runs.get(id).cloned().ok_or_else(Refusal::unknown_run)
    }

    /// Does what is asked of a run, if the key is right.
    ///
    /// # Errors
    /// A refusal: of an unknown run, if the key is wrong; or of an act that comes too early or late.
    pub fn ask(&self, app: &Arc<App>, run: &Arc<Run>, upward: Upward) -> Result<(), Refusal> {
        if !keys::same(&run.key, &upward.control) {
            return Err(Refusal::unknown_run());
        }
        match upward.ask {
            Ask::Stop => {
                // When it is gone all have ended, and there is nothing to stop.
                if let Some(series) = run.series.upgrade() {
                    self.stop(app, &series);
                }
                Ok(())
            }
            Ask::Act(_) if run.log.ended().is_some() => Err(Refusal::request(
                StatusCode::CONFLICT,
                "the run is over: nothing can be done to it",
            )),
            Ask::Act(act) => run.act(act).then_some(()).ok_or_else(|| {
                let detail = "the run has not been started: act on it when it runs";
                Refusal::request(StatusCode::CONFLICT, detail)
            }),
        }
    }

    /// Stops the run of a series whose turn it is, and lets the others never begin.
    pub fn stop(&self, app: &Arc<App>, series: &Arc<Series>) {
        let mut inner = self.lock();
        inner.line.take(|waiting| Arc::ptr_eq(waiting, series));
        series.stop_running();
        let never = series.take_waiting();
        for run in &never {
            // Its log is its end alone.
            run.log.push_end(EndCause::Stopped);
            inner.keep(run);
        }
        inner.let_in(app);
        drop(inner);
        never.iter().for_each(|run| run.publish_end());
    }

    /// A run of a series has ended: gives the next, whose turn it is now. If there is none, the place
    /// of the series is free.
    pub fn leave(&self, app: &Arc<App>, series: &Arc<Series>, run: &Arc<Run>) -> Option<Arc<Run>> {
        let mut inner = self.lock();
        inner.keep(run);
        let next = series.next();
        if next.is_none() {
            inner.line.leave(series.address);
            inner.let_in(app);
        }
        next
    }

    /// Takes no runs any more, and drops those that have not begun, be it in the line or behind
    /// others of their series.
    pub fn close(&self) {
        let mut inner = self.lock();
        inner.open = false;
        let all: Vec<_> = inner.runs.values().filter_map(|run| run.series.upgrade()).collect();
        inner.line.take(|_| true);
        for run in all.iter().flat_map(|series| series.take_waiting()) {
            inner.runs.remove(&run.id);
            run.set_stage(Stage::Dropped);
        }
    }

    /// Stops all that run.
    pub fn stop_all(&self) {
        let runs: Vec<_> = self.lock().runs.values().cloned().collect();
        runs.iter().for_each(|run| run.stop());
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn is_open(&self) -> Result<(), Refusal> {
        if self.open { Ok(()) } else { Err(Refusal::restarting()) }
    }

    /// Starts whoever may run now, and tells the others their places.
    fn let_in(&mut self, app: &Arc<App>) {
        while let Some(series) = self.line.next() {
            let first = series.next().expect("who has no run to begin is not in the line");
            // Before its task begins, so that whoever took it on sees that it does not wait.
            first.set_stage(Stage::Running);
            app.running.spawn(series::see_through(Arc::clone(app), series, first));
        }
        for (place, series) in (1..).zip(self.line.waiting()) {
            series.stand_at(place);
        }
    }

    fn keep(&mut self, run: &Run) {
        let now = Instant::now();
        self.kept.push(now, run.id.clone(), run.weight());
        self.forget_old(now);
    }

    fn forget_old(&mut self, now: Instant) {
        while let Some(id) = self.kept.pop(now) {
            self.runs.remove(&id);
        }
    }
}
