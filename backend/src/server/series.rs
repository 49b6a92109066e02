//! Runs that stand in the line as one, and then run one after another. Most often it is one run.
//!
//! ```text
//!  line ──permit──▶ [ running | waiting  waiting  … ] ──the last has ended──▶ permit
//!                        ▲─────────┘ as soon as the one before is over
//! ```
//!
//! The desk alone moves them on. The task of a series has it until its end, and so does the line; a
//! run only knows of it, so that it can be kept for long after the others are gone.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::timeout;

use super::app::App;
use super::run::{self, Given, Run, Stage};

/// Runs that one permit is for.
pub struct Series {
    /// Whose they are.
    pub address: IpAddr,
    /// How many bytes their scenarios came as; one that is run several times is there once.
    pub size: usize,
    left: Mutex<Left>,
}

/// Those that have not ended.
#[derive(Default)]
struct Left {
    /// None while it stands in the line, and behind its end.
    running: Option<Arc<Run>>,
    /// Those that have not begun, in order.
    waiting: VecDeque<Arc<Run>>,
}

impl Series {
    /// A series that stands nowhere yet, and its runs: each of `given` in turn, and that `times`
    /// times. `names` are theirs, one each; whoever knows `key` may act on all of them.
    pub fn new(
        address: IpAddr,
        given: &[Given],
        names: Vec<String>,
        key: &str,
    ) -> (Arc<Self>, Vec<Arc<Run>>) {
        let mut runs = Vec::new();
        let series = Arc::new_cyclic(|series: &Weak<Self>| {
            let sharing = (names.len() / given.len().max(1)).max(1);
            let all = names.into_iter().zip(given.iter().cycle());
            runs.extend(all.map(|(id, given)| {
                let keys = (id, key.to_owned());
                Arc::new(Run::new(keys, given.clone(), sharing, Weak::clone(series)))
            }));
            let left = Left { running: None, waiting: runs.iter().cloned().collect() };
            let size = given.iter().map(Given::size).sum();
            Self { address, size, left: Mutex::new(left) }
        });
        (series, runs)
    }

    /// Says at which place of the line it stands: all its runs wait for the same.
    pub fn stand_at(&self, place: u32) {
        self.left().waiting.iter().for_each(|run| run.set_stage(Stage::Waiting(place)));
    }

    /// The run that had its turn is over, or there was none yet: the turn is the next one's, if there
    /// is one, and the others are told how many are before them.
    pub fn next(&self) -> Option<Arc<Run>> {
        let mut left = self.left();
        left.running = left.waiting.pop_front();
        for (place, run) in (1..).zip(&left.waiting) {
            run.set_stage(Stage::Waiting(place));
        }
        left.running.clone()
    }

    /// Takes out those that have not begun, which never will.
    pub fn take_waiting(&self) -> VecDeque<Arc<Run>> {
        std::mem::take(&mut self.left().waiting)
    }

    /// Asks the one whose turn it is to stop.
    pub fn stop_running(&self) {
        if let Some(run) = &self.left().running {
            run.stop();
        }
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Carries out a series that has been let in, from its first run on, and stops it when its time is
/// over.
pub async fn see_through(app: Arc<App>, series: Arc<Series>, first: Arc<Run>) {
    let all = one_after_another(&app, &series, first);
    tokio::pin!(all);
    let time = Duration::from_nanos(app.config.patience.series.0);
    if timeout(time, &mut all).await.is_err() {
        tracing::info!("the time of a series is over, and it is stopped");
        app.desk.stop(&app, &series);
        all.await;
    }
}

/// The place of each run becomes the next one's, or free, before anybody hears of its end; and the
/// next one begins when its end can be heard of.
async fn one_after_another(app: &Arc<App>, series: &Arc<Series>, first: Arc<Run>) {
    let mut turn = Some(first);
    while let Some(run) = turn {
        run::carry_out(app, &run).await;
        turn = app.desk.leave(app, series, &run);
        run.publish_end();
        tracing::info!(run = run.id, records = run.log.records(), "a run ended");
    }
}
