//! The run that the page shows: started here or elsewhere, or simulated here; live, lost for a
//! moment, or over.
//!
//! ```text
//!  socket ──frames──▶ queue ──┐
//!                             ├─(one animation frame)──▶ Recording ──▶ signals ──▶ panels
//!  simulator ──records────────┤                              │
//!  link ───────records────────┘                              │
//!                                          held at a moment ─┘
//! ```
//!
//! Frames wait in a queue until the next animation frame, which decodes and folds for a few
//! milliseconds at most and goes on in the one after: so a page that joins late, or a run that says
//! much at once, never freezes it. A simulated run is computed within the same milliseconds. Only the nodes whose look changed are told, each by a signal of its
//! own; all else looks at [`Session::tick`], which changes once in such a frame.

mod cursor;
mod left;
mod pace;
mod replayed;
mod simulated;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::engine::event::{Act, EndCause};
use shared::link::Recorded;
use shared::protocol::http::{Ask, Downward, RunCreated, RunState, RunStatus, Upward};
use shared::protocol::{Frame, decode};
use shared::scenario::Plan;
use shared::units::{Instant, TaskId};
use shared::view::story::Depth;

use crate::api::{self, ApiError};
use crate::fold::{Fold, Look};
use crate::frames;
use crate::recording::Recording;
use crate::socket::{Came, Socket};
pub use cursor::Held;
use left::Aside;
pub use left::Left;
pub use pace::Pace;
use replayed::Replayed;
pub use simulated::{Hand, Turn};
use simulated::{Simulated, Source};

/// Milliseconds of one animation frame that simulating and folding may take together.
const BUDGET_MS: f64 = 8.0;

/// Milliseconds between two pictures of a simulation that goes on: drawing all panels takes longer
/// than what is new in a frame is worth.
const SHOWN_MS: f64 = 100.0;

/// How often a log that cannot be read is asked for again.
const FAULTS: u32 = 5;

/// Nodes that are told of a change in one animation frame; the others are told in the next.
const NODES: usize = 120;

/// Where the run is in its life, as far as the page knows.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// There is none.
    None,
    /// It was asked for.
    Starting,
    /// It stands in the server's line.
    Waiting(u32),
    /// Its program runs.
    Running,
    /// Its log is complete.
    Ended(EndCause),
    /// It cannot be followed any more, for this reason.
    Lost(String),
}

impl Phase {
    /// For the page's own attributes and its tests.
    pub fn word(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Starting | Self::Waiting(_) => "waiting",
            Self::Running => "running",
            Self::Ended(_) => "ended",
            Self::Lost(_) => "lost",
        }
    }

    /// Whether it can still be stopped.
    pub fn is_going(&self) -> bool {
        matches!(self, Self::Starting | Self::Waiting(_) | Self::Running)
    }
}

/// Which run it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRef {
    /// Its name.
    pub id: String,
    /// The key to it, if we have it.
    pub control: Option<String>,
}

/// The run that the page shows. A handle: copies are the same.
#[derive(Clone, Copy)]
pub struct Session {
    /// Where it is in its life.
    pub phase: RwSignal<Phase>,
    /// Which run of the server's it is; none of a simulated one.
    pub run: RwSignal<Option<RunRef>>,
    /// The seed of a run that this page simulates; none of a real one.
    pub simulated: RwSignal<Option<u64>>,
    /// Whether a person hands its calls to the workers, who simulates it.
    pub by_hand: RwSignal<bool>,
    /// Whose turn it was last in such a run, and what can be chosen; none before and behind it.
    pub turn: RwSignal<Option<Turn>>,
    /// Whether it came with the link that was opened.
    pub linked: RwSignal<bool>,
    /// Whether it is over for the server, and only its log is still to be read.
    pub reads: RwSignal<bool>,
    /// Which run stands at the left when two are compared.
    pub left: RwSignal<Left>,
    /// Counts the runs that were shown.
    pub era: RwSignal<u32>,
    /// What it runs.
    pub plan: RwSignal<Option<Arc<Plan>>>,
    /// How often the connection was tried again since it was lost; 0 while it holds.
    pub retries: RwSignal<u32>,
    /// Counts the animation frames in which something new was folded.
    pub tick: RwSignal<u32>,
    /// The run's time now: runs on between records while the run does.
    pub clock: RwSignal<Instant>,
    /// The moment at which the page holds; none while it shows what is now.
    pub held: RwSignal<Option<Held>>,
    /// Whether the moment moves on by itself.
    pub playing: RwSignal<bool>,
    /// How fast it does.
    pub pace: RwSignal<Pace>,
    /// Whether it is in a stretch that is cut short.
    pub skips: RwSignal<bool>,
    /// How much the story tells; a step goes from one of its lines to the next.
    pub depth: RwSignal<Depth>,
    /// What the server refused last, in words.
    pub refused: RwSignal<Option<String>>,
    /// Counts how often it began to play.
    plays: StoredValue<u32>,
    /// What each task's node shows, by the task's id.
    looks: StoredValue<BTreeMap<String, ArcRwSignal<Look>>>,
    inner: StoredValue<Rc<RefCell<Inner>>, LocalStorage>,
}

#[derive(Default)]
struct Inner {
    recording: Option<Recording>,
    /// The run at the moment at which the page holds.
    held: Option<Fold>,
    /// The run at the left of a comparison, if it is not the one that is shown.
    aside: Option<Aside>,
    /// Frames that were not folded yet.
    queue: VecDeque<Frame>,
    socket: Option<Socket>,
    /// Where its records come from, if not from the server.
    source: Option<Box<dyn Source>>,
    /// Counts the runs that were shown, so that an answer for an earlier one is recognised.
    era: u32,
    /// The page's clock at the run's time 0, in milliseconds: the earliest that any record allows.
    zero_ms: Option<f64>,
    frame_asked_for: bool,
    /// Something was folded that the panels have not been told of.
    unshown: bool,
    /// When they were told last, by the page's clock.
    shown_ms: f64,
    /// Stop was pressed before there was a run to stop.
    stop_wanted: bool,
    /// How often what came could not be read.
    faults: u32,
}

impl Session {
    /// No run yet.
    pub fn new() -> Self {
        Self {
            phase: RwSignal::new(Phase::None),
            run: RwSignal::new(None),
            simulated: RwSignal::new(None),
            by_hand: RwSignal::new(false),
            turn: RwSignal::new(None),
            linked: RwSignal::new(false),
            reads: RwSignal::new(false),
            left: RwSignal::new(Left::Nobody),
            era: RwSignal::new(0),
            plan: RwSignal::new(None),
            retries: RwSignal::new(0),
            tick: RwSignal::new(0),
            clock: RwSignal::new(Instant::ZERO),
            held: RwSignal::new(None),
            playing: RwSignal::new(false),
            pace: RwSignal::new(Pace::Times(1.0)),
            skips: RwSignal::new(false),
            depth: RwSignal::new(Depth::Main),
            refused: RwSignal::new(None),
            plays: StoredValue::new(0),
            looks: StoredValue::new(BTreeMap::new()),
            inner: StoredValue::new_local(Rc::default()),
        }
    }

    /// Starts a run of this plan, and follows it.
    pub fn start(self, plan: Arc<Plan>, on_refused: impl FnOnce(ApiError) + 'static) {
        let era = self.begin(plan.clone());
        self.phase.set(Phase::Starting);
        spawn_local(async move {
            let answer = api::start_run(&plan.scenario).await;
            if let Ok(RunCreated { id, control, .. }) = &answer {
                // Also of a run that nobody looks at any more: its address still works.
                remember_control(id, control);
            }
            if !self.is_era(era) {
                return;
            }
            match answer {
                Ok(RunCreated { id, control, place, .. }) => {
                    self.run.set(Some(RunRef { id, control: Some(control) }));
                    self.phase.set(place.map_or(Phase::Running, Phase::Waiting));
                    self.connect();
                }
                Err(error) => {
                    self.leave();
                    on_refused(error);
                }
            }
        });
    }

    /// Simulates a run of this plan, in this page and by its own seed; `by_hand`, a person gives out its
    /// calls.
    pub fn simulate(self, plan: Arc<Plan>, by_hand: bool) {
        let simulated = Box::new(Simulated::new(&plan, by_hand));
        self.take_from(simulated, plan, true);
        self.by_hand.set(by_hand);
    }

    /// Whether a hand was in the run that is shown, or may have been: then no seed gives it again.
    pub fn is_steered(self) -> bool {
        // The log of a link does not say.
        self.by_hand.get() || self.linked.get()
    }

    /// A person does this at their turn.
    pub fn hand(self, hand: Hand) {
        self.with_inner(|inner| {
            if let Some(source) = &mut inner.source {
                source.hand(hand);
            }
            // Also where nothing happens: there is something else to choose.
            inner.unshown = true;
        });
        self.go_live();
        self.ask_for_frame();
    }

    /// Shows a run of this plan that was recorded to its end, here or elsewhere.
    pub fn replay(self, recorded: Recorded, plan: Arc<Plan>) {
        self.take_from(Box::new(Replayed::new(recorded.records)), plan, recorded.simulated);
        self.linked.set(true);
    }

    fn take_from(self, source: Box<dyn Source>, plan: Arc<Plan>, simulated: bool) {
        let seed = plan.scenario.seed;
        self.begin(plan);
        self.with_inner(|inner| inner.source = Some(source));
        self.simulated.set(simulated.then_some(seed));
        self.phase.set(Phase::Running);
        self.ask_for_frame();
    }

    /// Follows a run that was started elsewhere.
    pub fn follow(self, status: RunStatus, plan: Arc<Plan>) {
        self.begin(plan);
        let control = recall_control(&status.id);
        self.run.set(Some(RunRef { id: status.id, control }));
        self.reads.set(matches!(status.state, RunState::Ended { .. }));
        self.phase.set(match status.state {
            RunState::Waiting { place } => Phase::Waiting(place),
            // Its log tells how it ended.
            RunState::Running | RunState::Ended { .. } => Phase::Running,
        });
        self.connect();
    }

    /// Forgets the run; a real one goes on without us.
    pub fn leave(self) {
        self.reset(None);
        self.phase.set(Phase::None);
    }

    /// What a task's node shows: changes exactly when that changes.
    pub fn look(self, task: &str) -> ArcRwSignal<Look> {
        self.looks
            .try_update_value(|looks| looks.entry(task.to_owned()).or_default().clone())
            .expect("the session lives as long as the page")
    }

    /// Looks at the run, if there is one, as it is now or at the moment at which the page holds. The
    /// caller tracks [`Self::tick`] first.
    pub fn with<T>(self, look: impl FnOnce(&Fold) -> T) -> Option<T> {
        self.inner.with_value(|inner| inner.borrow().shown().map(look))
    }

    /// Looks at the whole run so far, if there is one. The caller tracks [`Self::tick`] first.
    pub fn whole<T>(self, look: impl FnOnce(&Recording) -> T) -> Option<T> {
        self.inner.with_value(|inner| inner.borrow().recording.as_ref().map(look))
    }

    /// Seconds of the run that are one of its scenario's; 1 without a run.
    pub fn unit(self) -> f64 {
        self.plan.with(|plan| plan.as_ref().map_or(1.0, |plan| plan.scenario.scale))
    }

    /// The number of a task in the run that is shown.
    pub fn task_id(self, name: &str) -> Option<TaskId> {
        self.plan.with(|plan| plan.as_ref()?.names.get(name).copied())
    }

    /// Whether we may act on the run that is shown.
    pub fn is_ours(self) -> bool {
        self.simulated.with(Option::is_some)
            || self.run.with(|run| run.as_ref().is_some_and(|run| run.control.is_some()))
    }

    /// In how many animation frames a simulated run was computed so far. The caller tracks
    /// [`Self::tick`] first.
    pub fn frames(self) -> Option<u32> {
        self.inner.with_value(|inner| inner.borrow().source.as_ref().map(|it| it.frames()))
    }

    /// A person acts on the run.
    pub fn act(self, act: Act) {
        self.ask(Ask::Act(act));
    }

    /// Asks the run to stop.
    pub fn stop(self) {
        self.ask(Ask::Stop);
    }

    fn ask(self, ask: Ask) {
        match self.phase.get_untracked() {
            Phase::None | Phase::Ended(_) | Phase::Lost(_) => {
                return self.refused.set(Some("No run is going.".to_owned()));
            }
            // There is nobody to ask yet: the server's first words are the time for it.
            Phase::Starting if ask == Ask::Stop => {
                return self.with_inner(|inner| inner.stop_wanted = true);
            }
            Phase::Starting | Phase::Waiting(_) | Phase::Running => {}
        }
        if self.simulated.with_untracked(Option::is_some) {
            self.with_inner(|inner| {
                if let Some(source) = &mut inner.source {
                    source.ask(ask);
                }
            });
            return self.ask_for_frame();
        }
        let control = self.run.with_untracked(|run| run.as_ref()?.control.clone());
        let Some(control) = control else {
            let starting = self.run.with_untracked(Option::is_none);
            let words = if starting {
                "It is just being started."
            } else {
                "Only who started this run can act on it."
            };
            return self.refused.set(Some(words.to_owned()));
        };
        let is_stop = ask == Ask::Stop;
        let text = serde_json::to_string(&Upward { control, ask }).expect("it is plain data");
        let sent =
            self.with_inner(|inner| inner.socket.as_ref().is_some_and(|socket| socket.send(&text)));
        if !sent {
            self.with_inner(|inner| inner.stop_wanted |= is_stop);
            let now_what = if is_stop { "it is stopped as soon as" } else { "try again when" };
            let words = format!("There is no connection to the run just now; {now_what} there is.");
            self.refused.set(Some(words));
        }
    }

    fn begin(self, plan: Arc<Plan>) -> u32 {
        self.reset(Some(plan))
    }

    /// Lets the run go, for one of this plan or for none; the count of the runs that were shown.
    fn reset(self, plan: Option<Arc<Plan>>) -> u32 {
        self.put_aside();
        let era = self.with_inner(|inner| {
            inner.era += 1;
            (inner.recording, inner.held) = (plan.clone().map(Recording::new), None);
            (inner.stop_wanted, inner.faults, inner.unshown) = (false, 0, false);
            inner.queue.clear();
            inner.socket = None;
            inner.source = None;
            inner.zero_ms = None;
            inner.era
        });
        self.era.set(era);
        self.held.set(None);
        self.playing.set(false);
        self.run.set(None);
        self.simulated.set(None);
        self.by_hand.set(false);
        self.turn.set(None);
        self.linked.set(false);
        self.reads.set(false);
        self.retries.set(0);
        self.clock.set(Instant::ZERO);
        self.reset_looks();
        self.plan.set(plan);
        self.tick.update(|tick| *tick += 1);
        era
    }

    fn is_era(self, era: u32) -> bool {
        self.with_inner(|inner| inner.era == era)
    }

    fn reset_looks(self) {
        self.looks.with_value(|looks| {
            for look in looks.values() {
                if look.with_untracked(|look| *look != Look::default()) {
                    look.set(Look::default());
                }
            }
        });
    }

    /// Opens the socket from the next record on.
    fn connect(self) {
        let Some(id) = self.run.with_untracked(|run| run.as_ref().map(|run| run.id.clone())) else {
            return;
        };
        let (era, from) = self.with_inner(|inner| {
            // What waits in the queue will be folded; what comes twice is dropped there.
            let folded = inner.recording.as_ref().map_or(0, |all| all.fold.next_seq());
            let next = inner.queue.back().map_or(folded, |frame| frame.header.next_seq());
            (inner.era, next)
        });
        let socket = Socket::open(&id, from, move |came| match came {
            Came::Frames(frames) => self.take_frames(era, frames),
            Came::Words(words) => self.take_words(era, words),
            Came::Nothing => self.lost_connection(era),
        });
        self.with_inner(|inner| inner.socket = Some(socket));
    }

    /// Frames came in on the socket of this era.
    fn take_frames(self, era: u32, frames: Vec<Frame>) {
        if self.is_era(era) {
            self.retries.set(0);
            self.with_inner(|inner| inner.queue.extend(frames));
            self.ask_for_frame();
        }
    }

    /// Words came in on the socket of this era.
    fn take_words(self, era: u32, words: Downward) {
        if !self.is_era(era) {
            return;
        }
        match words {
            Downward::Hello { version, .. } => {
                self.retries.set(0);
                if version != env!("CARGO_PKG_VERSION") {
                    let words = "The server has another version than this page: load it anew.";
                    self.refused.set(Some(words.to_owned()));
                }
                if self.with_inner(|inner| std::mem::take(&mut inner.stop_wanted)) {
                    self.stop();
                }
            }
            Downward::Waiting { place } => self.phase.set(Phase::Waiting(place)),
            Downward::Refused(problem) => self.refused.set(Some(api::said(&problem))),
        }
    }

    /// The socket of this era closed, or what it brought cannot be read.
    fn lost_connection(self, era: u32) {
        let going = matches!(self.phase.get_untracked(), Phase::Waiting(_) | Phase::Running);
        if !self.is_era(era) || !going || self.end_is_queued() {
            return;
        }
        self.with_inner(|inner| inner.socket = None);
        self.retries.update(|retries| *retries += 1);
        let retries = self.retries.get_untracked();
        // Jitter spreads a class that was cut off at one instant.
        let most = 200.0 * f64::from(2_u32.pow(retries.min(5)));
        let delay = most.min(5_000.0) * (0.5 + js_sys::Math::random() / 2.0);
        set_timeout(
            move || self.try_again(era),
            std::time::Duration::from_secs_f64(delay / 1_000.0),
        );
    }

    fn try_again(self, era: u32) {
        let run = self.run.get_untracked();
        let (true, Some(run)) = (self.is_era(era), run) else { return };
        spawn_local(async move {
            // A refused upgrade has no words in a browser; the run's address has.
            let status = api::run_status(&run.id).await;
            if !self.is_era(era) {
                return;
            }
            match status {
                Ok(_) => self.connect(),
                Err(ApiError::Refused(problem)) => self.lose(api::said(&problem)),
                Err(ApiError::Unreachable(_)) => self.lost_connection(era),
            }
        });
    }

    /// Gives the run up, for this reason.
    fn lose(self, why: String) {
        self.refused.set(Some(why.clone()));
        self.phase.set(Phase::Lost(why));
    }

    /// Whether the last record is here and only waits to be folded.
    fn end_is_queued(self) -> bool {
        self.with_inner(|inner| {
            let last = inner.queue.back().and_then(|frame| decode(frame).ok());
            let is_end = |record: &shared::engine::event::Record| {
                matches!(record.event, shared::engine::event::Event::EndOfRun { .. })
            };
            last.is_some_and(|records| records.last().is_some_and(is_end))
        })
    }

    /// Runs once in each animation frame while there is something to fold or a clock to move.
    fn on_frame(self) {
        let (era, show, changed, fault) = self.with_inner(|inner| {
            inner.frame_asked_for = false;
            let folded =
                if inner.source.is_some() { Ok(inner.take_some()) } else { inner.fold_some() };
            let looks = inner.changed_looks();
            let fault = folded.is_err();
            inner.unshown |= folded.unwrap_or(true);
            (inner.era, inner.show(), looks, fault)
        });
        self.show_looks(changed);
        if show {
            self.after_fold();
        }
        if fault {
            let faults = self.with_inner(|inner| {
                inner.socket = None;
                inner.faults += 1;
                inner.faults
            });
            if faults < FAULTS {
                self.lost_connection(era);
            } else {
                self.lose("This page cannot read the run's log: load it anew.".to_owned());
            }
        }
        if show || self.simulated.with_untracked(Option::is_none) {
            self.move_clock();
        }
        let (more, clock) = self.with_inner(|inner| {
            let live = inner.recording.as_ref().filter(|_| inner.held.is_none());
            let changed = live.is_some_and(|all| all.fold.has_changed());
            let simulates = inner.source.as_ref().is_some_and(|it| it.goes_on());
            // Virtual time stands still between records.
            (!inner.queue.is_empty() || changed || simulates, inner.source.is_none())
        });
        if more || clock && self.phase.with_untracked(|phase| *phase == Phase::Running) {
            self.ask_for_frame();
        }
    }

    fn show_looks(self, looks: Vec<(String, Look)>) {
        for (task, look) in looks {
            let signal = self.look(&task);
            if signal.with_untracked(|old| *old != look) {
                signal.set(look);
            }
        }
    }

    /// Tells what the newest records mean for the run as a whole.
    fn after_fold(self) {
        let known = self.whole(|all| (all.fold.view.end, all.fold.view.last_seq));
        if let Some((end, last)) = known {
            let phase = match (end, last) {
                (Some(cause), _) => Phase::Ended(cause),
                (None, Some(_)) => Phase::Running,
                (None, None) => self.phase.get_untracked(),
            };
            if self.phase.with_untracked(|old| *old != phase) {
                self.phase.set(phase);
            }
        }
        // While it is computed, the question stays as it was: an answer does not take the place of its
        // button away.
        let asks = self.with_inner(|inner| {
            let source = inner.source.as_ref()?;
            (!source.goes_on()).then(|| source.turn())
        });
        if let Some(turn) = asks
            && self.turn.with_untracked(|old| *old != turn)
        {
            self.turn.set(turn);
        }
        self.tick.update(|tick| *tick += 1);
    }

    fn move_clock(self) {
        let going = self.phase.with_untracked(|phase| *phase == Phase::Running);
        let now = self.with_inner(|inner| {
            let last = inner.recording.as_ref()?.fold.view.now;
            // While there is something left to fold, it is not as late as the clock would have it.
            let zero = inner.zero_ms.filter(|_| going && inner.queue.is_empty());
            let estimate = zero.map_or(0.0, |zero| (now_ms() - zero).max(0.0));
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative
            let estimate = Instant((estimate * 1e6) as u64);
            Some(last.max(estimate))
        });
        if let Some(now) = now
            && self.clock.get_untracked() != now
        {
            self.clock.set(now);
        }
    }

    fn ask_for_frame(self) {
        let asked = self.with_inner(|inner| std::mem::replace(&mut inner.frame_asked_for, true));
        if !asked {
            request_animation_frame(move || self.on_frame());
        }
    }

    fn with_inner<T>(self, change: impl FnOnce(&mut Inner) -> T) -> T {
        self.inner.with_value(|inner| change(&mut inner.borrow_mut()))
    }
}

impl Inner {
    /// The run at the moment that is shown.
    fn shown(&self) -> Option<&Fold> {
        self.held.as_ref().or(self.recording.as_ref().map(|all| &all.fold))
    }

    /// What some of the nodes look like whose look changed; none while another moment is shown.
    fn changed_looks(&mut self) -> Vec<(String, Look)> {
        let Some(all) = self.recording.as_mut().filter(|_| self.held.is_none()) else {
            return Vec::new();
        };
        let changed = all.fold.take_changed(NODES);
        let named = |task: &TaskId| (all.fold.view.task_name(*task), all.fold.look(*task));
        changed.iter().map(named).collect()
    }

    /// Whether the panels are to be told now of what was folded.
    fn show(&mut self) -> bool {
        let now = now_ms();
        let busy = self.source.as_ref().is_some_and(|it| it.goes_on());
        if !self.unshown || busy && now < self.shown_ms + SHOWN_MS {
            return false;
        }
        (self.unshown, self.shown_ms) = (false, now);
        true
    }

    /// Takes from the source and folds until the budget is spent; whether anything happened.
    fn take_some(&mut self) -> bool {
        let (Some(source), Some(all)) = (&mut self.source, &mut self.recording) else {
            return false;
        };
        let first = all.fold.next_seq();
        source.begin_frame();
        frames::within(BUDGET_MS, || {
            source.next_records().into_iter().for_each(|record| all.apply(record));
            !source.goes_on()
        });
        all.fold.next_seq() > first
    }

    /// Folds frames until the budget is spent; whether there was anything.
    fn fold_some(&mut self) -> Result<bool, String> {
        let Some(all) = &mut self.recording else { return Ok(false) };
        let start = now_ms();
        let mut folded = false;
        while let Some(frame) = self.queue.pop_front() {
            let records = decode(&frame).map_err(|error| error.to_string())?;
            for record in records {
                let next = all.fold.next_seq();
                // A frame is sent whole, also when we had its beginning before.
                if record.seq < next {
                    continue;
                }
                if record.seq > next {
                    self.queue.clear();
                    return Err(format!("record {next} is missing"));
                }
                all.apply(record);
                folded = true;
            }
            let zero = now_ms() - all.fold.view.now.seconds() * 1_000.0;
            self.zero_ms = Some(self.zero_ms.map_or(zero, |old| old.min(zero)));
            if now_ms() - start > BUDGET_MS {
                break;
            }
        }
        Ok(folded)
    }
}

/// The browser's monotonic clock, in milliseconds.
pub fn now_ms() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Keeps the key to a run for as long as the tab lives, so that a reload may still stop it.
fn remember_control(id: &str, control: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = storage.set_item(&format!("control:{id}"), control);
    }
}

fn recall_control(id: &str) -> Option<String> {
    window().session_storage().ok()??.get_item(&format!("control:{id}")).ok()?
}
