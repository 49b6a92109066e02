//! A series of the server's, followed from run to run.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::engine::event::EndCause;
use shared::protocol::http::{Downward, NewSeries, RunCreated, SeriesCreated};
use shared::protocol::{Frame, decode};
use shared::view::many::Digest;

use super::{Batch, Many, Stage, Vary};
use crate::api::{self, ApiError};
use crate::bench::Bench;
use crate::socket::{Came, Socket};

/// How often a connection is opened again since some of the log came.
const ATTEMPTS: u32 = 5;

/// Milliseconds before that, the first time; then twice as many, and so on.
const PAUSE_MS: u64 = 250;

/// The run of a series that is being followed.
pub struct Following {
    runs: Arc<[RunCreated]>,
    at: usize,
    digest: Digest,
    /// Open for as long as this is followed; none until it is opened again.
    socket: Option<Socket>,
    attempts: u32,
}

impl Following {
    /// Asks the server to stop the series.
    pub fn stop(&self) {
        if let Some(run) = self.runs.get(self.at).cloned() {
            spawn_local(async move { api::stop(&run).await });
        }
    }

    /// Folds a frame of the log; whether it could be read, and nothing is missing before it.
    fn digest_of(&mut self, frame: &Frame) -> bool {
        let Ok(records) = decode(frame) else { return false };
        for record in &records {
            // A frame is sent whole, also when we had its beginning before.
            if record.seq > self.digest.next_seq() {
                return false;
            }
            if record.seq == self.digest.next_seq() {
                self.digest.apply(record);
            }
        }
        true
    }
}

/// Starts the runs of this batch, and follows them.
pub fn start(bench: Bench, batch: Arc<Batch>, round: u32) {
    let many = bench.many;
    spawn_local(async move {
        let (different, times) = match batch.vary {
            Vary::Nature => (1, batch.values.len()),
            Vary::Workers | Vary::Chunks => (batch.values.len(), 1),
        };
        let scenarios = batch.plans.iter().take(different).map(|plan| &plan.scenario).collect();
        let times = u32::try_from(times).expect("a batch is small");
        let answer = api::start_series(&NewSeries { scenarios, times }).await;
        match answer {
            Ok(SeriesCreated { runs }) if !is_round(many, round) => {
                // Nobody waits for them any more.
                if let Some(run) = runs.first() {
                    api::stop(run).await;
                }
            }
            Ok(created) => {
                if let Some(place) = created.runs.first().and_then(|run| run.place) {
                    many.stage.set(Stage::Waiting(place));
                }
                follow(many, &batch, round, created.runs.into(), 0);
            }
            Err(_) if !is_round(many, round) => {}
            Err(error) => {
                let now_what = match error {
                    ApiError::Unreachable(_) => {
                        " Or choose Simulated beside Run: that needs no server."
                    }
                    ApiError::Refused(_) => "",
                };
                many.over(Some(&format!("{}{now_what}", error.sentence())));
            }
        }
    });
}

fn is_round(many: Many, round: u32) -> bool {
    many.change(|inner| inner.round == round)
}

fn follow(many: Many, batch: &Arc<Batch>, round: u32, runs: Arc<[RunCreated]>, at: usize) {
    let Some(run) = runs.get(at) else { return many.all_came(batch) };
    let socket = open(many, batch.clone(), round, &run.id, 0);
    let (digest, socket) = (Digest::default(), Some(socket));
    let following = Following { at, digest, socket, attempts: 0, runs };
    many.change(|inner| inner.following = Some(following));
}

fn open(many: Many, batch: Arc<Batch>, round: u32, id: &str, from: u64) -> Socket {
    Socket::open(id, from, move |came| {
        if is_round(many, round) {
            hear(many, &batch, round, came);
        }
    })
}

fn hear(many: Many, batch: &Arc<Batch>, round: u32, came: Came) {
    let Some(mut following) = many.change(|inner| inner.following.take()) else { return };
    match came {
        Came::Words(Downward::Waiting { place }) if following.at == 0 => {
            many.stage.set(Stage::Waiting(place));
        }
        Came::Words(_) => {}
        Came::Frames(frames) => {
            following.attempts = 0;
            if many.stage.with_untracked(|stage| matches!(stage, Stage::Waiting(_))) {
                many.stage.set(Stage::Going);
            }
            if !frames.iter().all(|frame| following.digest_of(frame)) {
                return many.over(Some("This page cannot read the runs' logs: load it anew."));
            }
            if let Some(summary) = following.digest.summary() {
                if summary.end == EndCause::Stopped {
                    return many.over(Some("Stopped: together they may take a minute at most."));
                }
                let Following { runs, at, .. } = following;
                many.push(at, Some(runs[at].id.clone()), summary);
                return follow(many, batch, round, runs, at + 1);
            }
        }
        Came::Nothing => {
            // Whatever else would come by it is none of ours any more.
            following.socket = None;
            following.attempts += 1;
            if following.attempts > ATTEMPTS {
                return many.over(Some("The connection to the server was lost."));
            }
            let pause = Duration::from_millis(PAUSE_MS << (following.attempts - 1));
            let batch = batch.clone();
            set_timeout(move || open_again(many, batch, round), pause);
        }
    }
    many.change(|inner| inner.following = Some(following));
}

/// Opens the connection again, from the record on that is missing.
fn open_again(many: Many, batch: Arc<Batch>, round: u32) {
    if !is_round(many, round) {
        return;
    }
    many.change(|inner| {
        let Some(following) = &mut inner.following else { return };
        let id = &following.runs[following.at].id;
        following.socket = Some(open(many, batch, round, id, following.digest.next_seq()));
    });
}
