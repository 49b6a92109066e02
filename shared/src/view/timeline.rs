//! The run as lanes over time: who waited where, and who ran what when.
//!
//! ```text
//!  main          ▒▒▒ waits for a ▒▒▒▒▒▒▒▒▒◆ takes 50.0 and 40.0
//!  queue         ⋯ c ⋯⋯⋯⋯⋯⋯⋯⋯⋯⋯
//!                ⋯ d ⋯⋯⋯⋯⋯⋯⋯⋯⋯⋯⋯⋯⋯⋯⋯⋯⋯⋯
//!  call queue    (process pools)
//!  result shelf                 ✓ b ─────┘ behind a
//!  worker A      ✓ a ──────────────── 50.0
//!  worker B      ✓ b ────── 40.0▶ c ──────────
//! ```
//!
//! A fold beside [`View`]: the view knows what *is*, the timeline what *was* and for how long. It is fed
//! a record and the view that has taken it into account; nothing else goes in, so a run that is live,
//! saved or half told gives the same picture. What changes with time alone (an open bar, `blocked 6.5 s`)
//! is asked for with a `now`; a `now` in the past gives the heads of then.
//!
//! Lanes never move: all workers that the executor may have are there from the start, and those that
//! replace dead ones go on in their lanes, each with its letter on its first bar. It does not draw, has no pixels but in [`scale`], and no colours.
//!
//! Logs come from strangers, too: a record that names what does not exist changes nothing, time that
//! runs backwards stands still, and no more is kept than the log holds.

mod calls;
mod gil;
mod lane;
mod parts;
mod program;
pub mod scale;
mod takers;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::event::{Agent, BlockedOn, Event, HowExited, Record};
use crate::limits;
use crate::scenario::{ExecutorKind, Plan, ProgramPlan};
use crate::units::{FutureId, Instant, Span, TaskId, WorkerId};
use crate::view::View;
use crate::view::shown::letter;

pub use lane::{Lane, LaneKind};
pub use parts::{Bar, Hatch, Life, Look, Moment, MomentKind};
use takers::Takers;
pub use words::lane_name;

/// Moments of a kind that are less apart than this are drawn as one, in the run's own time: the steps
/// between two results that main takes one after the other.
const TOGETHER: Span = Span(500_000);

/// Where an open bar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Spot {
    lane: usize,
    row: u16,
}

/// What the timeline knows of a future.
#[derive(Debug, Clone)]
struct Track {
    name: Arc<str>,
    task: Option<TaskId>,
    /// The open bar of its call, in a queue or with a worker.
    call: Option<Spot>,
    /// The row of its open bar on the shelf.
    shelf: Option<u16>,
    /// How many of its items main has not taken.
    left: u32,
    /// Main takes its result, as far as one can know.
    awaited: bool,
}

/// A lane's name and what its head says at the right end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// `main`, `queue`, `worker A`.
    pub name: String,
    /// `blocked 6.5 s`, `3`, `1 of 3`, `pid 20521`; empty if there is nothing to say.
    pub end: String,
}

/// The lanes of a run. See the module's page.
#[derive(Debug, Clone)]
pub struct Timeline {
    plan: Arc<Plan>,
    takers: Takers,
    lanes: Vec<Lane>,
    /// Where the queue, the call queue, the shelf and the first worker are among the lanes.
    queue: usize,
    call_queue: Option<usize>,
    shelf: usize,
    workers: usize,
    /// By [`WorkerId`]: which of the lanes is its.
    lane_of_worker: Vec<usize>,
    /// Exactly the workers that took another's place and have not begun anything.
    unsigned: BTreeSet<WorkerId>,
    /// By [`FutureId`].
    tracks: Vec<Track>,
    /// What main's open bar of waiting is about; none while it is at work.
    waiting: Option<BlockedOn>,
    /// Exactly the agents that are in a `shutdown` which cancels.
    draining: BTreeSet<Agent>,
    now: Instant,
    /// Nobody takes results any more.
    closed: bool,
    broken: bool,
    over: bool,
}

impl Timeline {
    /// The lanes before the first record, all empty.
    pub fn new(plan: Arc<Plan>) -> Self {
        let mut lanes = vec![Lane::new(LaneKind::Main), Lane::new(LaneKind::Queue)];
        let call_queue = plan.kind().has_processes().then(|| {
            lanes.push(Lane::new(LaneKind::CallQueue));
            lanes.len() - 1
        });
        lanes.push(Lane::new(LaneKind::Shelf));
        let (shelf, workers) = (lanes.len() - 1, lanes.len());
        let most = limits::THREADS.max(limits::PROCESSES);
        for worker in 0..plan.max_workers().min(most) {
            lanes.push(Lane::new(LaneKind::Worker(WorkerId(worker))));
        }
        Self {
            takers: Takers::of(&plan),
            lanes,
            queue: 1,
            call_queue,
            shelf,
            workers,
            lane_of_worker: Vec::new(),
            unsigned: BTreeSet::new(),
            tracks: Vec::new(),
            waiting: None,
            draining: BTreeSet::new(),
            now: Instant::ZERO,
            closed: false,
            broken: false,
            over: false,
            plan,
        }
    }

    /// The lanes, from the top: main, queue, call queue (process pools), shelf, workers.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// When the last record happened.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Whether the run has ended, so that no bar is open.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// What the head of a lane says at `now`. Empty if there is no such lane.
    pub fn head(&self, lane: usize, now: Instant) -> Head {
        let open = self.lanes.get(lane).map_or(0, |lane| lane.open_at(now));
        self.head_with(lane, now, open)
    }

    /// The same where so many bars are open, if somebody knows it better than by the instant.
    pub fn head_with(&self, lane: usize, now: Instant, open: u32) -> Head {
        let Some(lane) = self.lanes.get(lane) else {
            return Head { name: String::new(), end: String::new() };
        };
        let end = match lane.kind {
            LaneKind::Main => {
                let blocked = lane.busy(now);
                let text = scale::format_seconds(blocked, self.plan.scenario.scale);
                if blocked == Span::ZERO { String::new() } else { format!("blocked {text}") }
            }
            LaneKind::CallQueue if self.plan.kind() != ExecutorKind::Pool => {
                // As in CPython (rule 74).
                let capacity = self.plan.max_workers().saturating_add(1);
                format!("{open} of {capacity}")
            }
            LaneKind::Queue | LaneKind::CallQueue | LaneKind::Shelf => open.to_string(),
            LaneKind::Worker(_) => match lane.life_at(now) {
                Life::Unborn => "not started".to_owned(),
                Life::Starting => "starting".to_owned(),
                Life::Runs(name) => name.clone(),
                // Who it was is still asked when it is no more.
                Life::Exited(HowExited::Told) => lane.last_name().unwrap_or("ended").to_owned(),
                Life::Exited(how) => words::exited(*how),
                Life::Failed => "could not start".to_owned(),
            },
        };
        Head { name: words::lane_name(self.plan.kind(), lane.kind, lane.worker_at(now)), end }
    }

    /// The lane of a worker, which it may share with others before and after it.
    pub fn lane_of_worker(&self, worker: WorkerId) -> Option<&Lane> {
        self.lanes.get(self.worker_lane(worker)?)
    }

    /// Since when a future's call is where it is now: in a queue or with a worker.
    pub fn since(&self, future: FutureId) -> Option<Instant> {
        let spot = self.tracks.get(future.index())?.call?;
        self.lanes.get(spot.lane)?.peek(spot.row).map(|bar| bar.from)
    }

    /// Takes the next record into account; `view` has done so, and has taken none after it.
    pub fn apply(&mut self, view: &View, record: &Record) {
        if self.over {
            return;
        }
        self.now = self.now.max(record.at);
        self.follow(view, &record.event);
        self.follow_main(view);
    }

    fn follow(&mut self, view: &View, event: &Event) {
        match event {
            Event::Submitted { future, .. } => self.submitted(view, *future),
            Event::Cancelled { future, by } => self.cancelled(view, *future, *by),
            Event::Notified { future } => self.leave_queues(*future, ""),
            Event::Finished { future, outcome } => self.finished(view, *future, outcome),

            Event::Queued { call } => self.queued(view, *call),
            Event::Taken { call, worker } => {
                self.taken(view, *call, *worker);
                self.worker_needs_gil(view, *call);
            }
            Event::Blocked { call, on } => {
                let label = words::waits_for(view, *on);
                if let Some((from, bar)) = self.running_bar(view, *call) {
                    bar.end_hatch(from);
                    bar.hatched.push(Hatch { from, until: None, label });
                }
            }
            Event::Unblocked { call } => {
                if let Some((now, bar)) = self.running_bar(view, *call) {
                    bar.end_hatch(now);
                }
            }
            Event::Returned { call, items, .. } => self.returned(view, *call, items),
            Event::GilTaken { by } => self.gil_taken(*by),
            Event::GilReleased { by } => self.gil_released(*by),
            Event::Lost { call, .. } => {
                if let Some(future) = view.future_of(*call) {
                    self.break_off(future, "lost");
                }
            }

            Event::WorkerSpawned { worker } => self.worker(view, *worker, Life::Starting),
            Event::WorkerStarted { worker, name, pid } => {
                let name = words::worker(view, name, *pid);
                self.worker(view, *worker, Life::Runs(name.clone()));
                if self.unsigned.contains(worker) {
                    let text = format!("worker {}, {name}, takes its place", letter(*worker));
                    self.say_worker(*worker, MomentKind::Replaces, &text);
                } else {
                    self.say_worker(*worker, MomentKind::Starts, &format!("{name} starts"));
                }
            }
            Event::WorkerExited { worker, how } => self.exited(view, *worker, *how),
            Event::SpawnFailed { worker, message } => {
                self.worker(view, *worker, Life::Failed);
                let text = words::short(message);
                self.say_worker(*worker, MomentKind::NotStarted, &text);
            }
            Event::ExecutorBroken { raised } => {
                if !std::mem::replace(&mut self.broken, true) {
                    self.drop_cancelled();
                }
                self.say(0, MomentKind::Breaks, None, &words::short(&raised.kind));
            }

            Event::HandlerDied { agent, raised } => {
                let text =
                    format!("{} dies: {}", view.agent_name(*agent), words::short(&raised.kind));
                self.say(0, MomentKind::Breaks, None, &text);
            }
            Event::TerminateAsked { by, .. } => {
                self.thrown_away();
                if *by == Agent::Main {
                    self.close_shelf();
                }
            }
            Event::InitializerStarted { worker } => self.initializes(*worker),
            Event::InitializerEnded { worker, raised } => {
                self.initialized(*worker, raised.as_ref());
            }

            Event::Answered { by: Agent::Main, what, reply } => self.answered(view, *what, reply),
            Event::Yielded { by: Agent::Main, future, item, .. } => {
                self.main_takes(view, *future, *item);
            }
            Event::TimedOut { by, on } => {
                let lane = self.lane_of(*by);
                let of = program::awaited(*on).map(|future| (future, 0));
                self.say(lane, MomentKind::TimesOut, of, "time is up");
            }
            Event::Printed { by, text } => {
                let lane = self.lane_of(*by);
                self.say(lane, MomentKind::Prints, None, &words::short(text));
            }
            Event::DirectCallStarted { task } => {
                self.main_calls(view, *task);
                self.main_needs_gil(*task);
            }
            Event::DirectCallReturned { outcome, .. } => self.main_has(outcome),
            Event::ShutdownAsked { by, cancel_futures, leaves_block, .. } => {
                if *cancel_futures {
                    self.draining.insert(*by);
                }
                // A mode reads nothing behind its block; a script may.
                let is_mode = matches!(self.plan.program, ProgramPlan::Mode { .. });
                if *leaves_block && is_mode {
                    self.close_shelf();
                }
            }
            Event::ShutdownReturned { by } => {
                self.draining.remove(by);
            }
            Event::ProgramBlocked { by: Agent::Main, on: BlockedOn::Exit }
            | Event::ProgramExiting { .. }
            | Event::ProgramEnded { .. } => self.close_shelf(),
            Event::ProgramHangs { .. } => self.say(0, MomentKind::Hangs, None, "hangs"),
            Event::EndOfRun { .. } => self.end(view),

            // They are in the view, or say when somebody ran and not what came of it.
            Event::ProgramStarted { .. }
            | Event::Running { .. }
            | Event::Packed { .. }
            | Event::ResultArrived { .. }
            | Event::WorkerIdle { .. }
            | Event::AgentWoke { .. }
            | Event::ProgramBlocked { .. }
            | Event::Answered { .. }
            | Event::Yielded { .. }
            | Event::WaitReturned { .. }
            | Event::TaskSkipped { .. }
            | Event::WorkersStopped { .. }
            | Event::PoolClosed { .. }
            | Event::TerminateReturned { .. }
            | Event::JoinReturned { .. }
            | Event::BlockLeft
            | Event::CallbackStarted { .. }
            | Event::CallbackEnded { .. }
            | Event::Intervened { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests;
