//! One experiment run many times: thirty times as it is, or once for each of several numbers of workers
//! or sizes of chunks.
//!
//! ```text
//!  series of the server ──socket of each──┐
//!                                         ├─▶ Digest ─▶ Summary ─▶ panels ─▶ a run is opened again
//!  simulator, one seed after another ─────┘
//! ```
//!
//! No log is kept: the server has those of real runs, and a simulated one comes out the same again.

mod chart;
mod panel;
mod real;
mod table;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::limits;
use shared::scenario::edit::Edit;
use shared::scenario::{Plan, Scenario};
use shared::sim::{Recorded, Sim};
use shared::units::Instant;
use shared::view::many::{Digest, Summary};

use crate::api;
use crate::bench::{Bench, Pane, Tab};
use crate::topbar::how::How;
use crate::topbar::most_workers;
use crate::units::moment;
use crate::{focus, frames};
pub use panel::{Choice, Panel};
use real::Following;

/// Milliseconds of one animation frame that simulating may take.
const BUDGET_MS: f64 = 10.0;

/// Steps between two looks at the clock.
const STEPS: u32 = 16;

/// The most workers of a sweep.
const WORKERS: u32 = 8;

/// The sizes of chunks of a sweep.
const CHUNKS: [u32; 5] = [1, 10, 100, 1_000, 10_000];

/// What is otherwise from run to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vary {
    /// Only what nature chooses; in a simulation, the seed.
    Nature,
    /// The number of workers.
    Workers,
    /// How many items travel in one call.
    Chunks,
}

/// Runs that are asked for together.
#[derive(Debug)]
pub struct Batch {
    /// What is otherwise from one to the next.
    pub vary: Vary,
    /// Of what.
    pub plan: Arc<Plan>,
    /// Whether this page simulates them.
    pub simulated: bool,
    /// Each run's own: a seed, workers, a size; of real runs of the same, a number from 1.
    pub values: Vec<u64>,
    /// What each runs.
    plans: Vec<Arc<Plan>>,
}

/// A run that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct One {
    /// Its place in the set.
    pub at: usize,
    /// The server's name for it; none of a simulated one.
    id: Option<String>,
    /// What is left of it.
    pub summary: Summary,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// Nothing was asked for.
    Idle,
    /// It stands in the server's line.
    Waiting(u32),
    /// Runs are going.
    Going,
    /// No more will come; why, if not all came.
    Over(Option<String>),
}

/// One experiment many times. A handle: copies are the same.
#[derive(Clone, Copy)]
pub struct Many {
    /// What the panel shows; two runs beside each other if nothing.
    pub shown: RwSignal<Option<Vary>>,
    /// What was asked for last.
    pub batch: RwSignal<Option<Arc<Batch>>>,
    /// Those that are over, in order.
    pub runs: RwSignal<Vec<One>>,
    /// What CPython would take for each of a sweep, as a model has it.
    pub models: RwSignal<Vec<Option<Instant>>>,
    /// How far it is.
    pub stage: RwSignal<Stage>,
    /// The place of the run that was opened last.
    opened: StoredValue<Option<usize>>,
    inner: StoredValue<Rc<RefCell<Inner>>, LocalStorage>,
}

#[derive(Default)]
struct Inner {
    /// Counts the batches, so that an answer for an earlier one is recognised.
    round: u32,
    simulating: Option<Simulating>,
    following: Option<Following>,
}

/// A simulation that goes on.
struct Simulating {
    at: usize,
    /// Whether it is one of the model's.
    is_model: bool,
    sim: Sim,
    digest: Digest,
}

impl Batch {
    /// What the document would be run as, and with which numbers.
    fn of(document: &Scenario, vary: Vary, simulated: bool) -> Result<Self, String> {
        let kind = document.executor.kind;
        let values: Vec<u64> = match vary {
            Vary::Nature => {
                let first = if simulated { document.seed } else { 1 };
                (0..limits::SERIES_RUNS as u64).map(|at| first.wrapping_add(at)).collect()
            }
            Vary::Workers => (1..=WORKERS.min(most_workers(kind)).into()).collect(),
            Vary::Chunks if kind.has_processes() => CHUNKS.iter().copied().map(u64::from).collect(),
            Vary::Chunks => {
                return Err(
                    "Threads take their calls one by one, whatever chunksize says: choose \
                            ProcessPoolExecutor or Pool to see what chunks do."
                        .to_owned(),
                );
            }
        };
        let checked = |scenario: Scenario| {
            scenario.check().map(Arc::new).map_err(|error| format!("Not started: {}.", error.kind))
        };
        let plan = checked(document.clone())?;
        let of_one = |value: &u64| match Self::edit(vary, simulated, *value) {
            None => Ok(plan.clone()),
            Some(edit) => checked(edit.apply(document).map_err(|refused| refused.to_string())?),
        };
        let plans = values.iter().map(of_one).collect::<Result<_, _>>()?;
        Ok(Self { vary, plan, simulated, values, plans })
    }

    /// What makes the document that of one run.
    fn edit(vary: Vary, simulated: bool, value: u64) -> Option<Edit> {
        let small = u32::try_from(value).unwrap_or(u32::MAX);
        match vary {
            Vary::Nature => simulated.then_some(Edit::SetSeed(value)),
            Vary::Workers => Some(Edit::SetWorkers(small)),
            Vary::Chunks => Some(Edit::SetChunksize(Some(small))),
        }
    }

    /// Whether this is still what it is of.
    pub fn is_of(&self, document: &Scenario) -> bool {
        let same = |plan: &Arc<Plan>| plan.scenario.runs_like(document);
        same(&self.plan) || self.plans.iter().any(same)
    }

    /// How long a run took, and how it ended if its program did not come to its end.
    pub fn took(&self, summary: &Summary) -> String {
        let took = moment(summary.took, &self.plan);
        if summary.is_whole() { took } else { format!("{took}, {}", summary.end.words()) }
    }

    /// A run of it in words: what was otherwise in it.
    pub fn name(&self, at: usize) -> String {
        let value = self.values.get(at).copied().unwrap_or_default();
        match self.vary {
            Vary::Nature if self.simulated => format!("seed {value}"),
            Vary::Nature => format!("run {value}"),
            Vary::Workers if value == 1 => "1 worker".to_owned(),
            Vary::Workers => format!("{value} workers"),
            Vary::Chunks => format!("chunksize {value}"),
        }
    }
}

impl Many {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            shown: RwSignal::new(None),
            batch: RwSignal::new(None),
            runs: RwSignal::new(Vec::new()),
            models: RwSignal::new(Vec::new()),
            stage: RwSignal::new(Stage::Idle),
            opened: StoredValue::new(None),
            inner: StoredValue::new_local(Rc::default()),
        }
    }

    /// Whether runs are still to come.
    pub fn is_going(self) -> bool {
        self.stage.with(|stage| matches!(stage, Stage::Waiting(_) | Stage::Going))
    }

    /// Stops; what came stays.
    pub fn stop(self) {
        if let Some(following) = self.change(|inner| inner.following.take()) {
            following.stop();
        }
        self.change(|inner| (inner.round += 1, inner.simulating = None));
        self.over(Some("Stopped."));
    }

    fn over(self, why: Option<&str>) {
        self.stage.set(Stage::Over(why.map(str::to_owned)));
    }

    fn change<T>(self, change: impl FnOnce(&mut Inner) -> T) -> T {
        self.inner.with_value(|inner| change(&mut inner.borrow_mut()))
    }

    /// Keeps what is left of a run.
    fn push(self, at: usize, id: Option<String>, summary: Summary) {
        self.stage.set(Stage::Going);
        self.runs.update(|runs| runs.push(One { at, id, summary }));
    }

    /// Nothing is still to come; beside a sweep stands what CPython would take.
    fn all_came(self, batch: &Arc<Batch>) {
        self.change(|inner| inner.following = None);
        self.over(None);
        if batch.vary != Vary::Nature {
            self.simulate(batch, 0, true);
        }
    }

    /// Begins the simulation of this place, or of the next one's model; it is over if there is none.
    fn simulate(self, batch: &Arc<Batch>, at: usize, is_model: bool) {
        let Some(plan) = batch.plans.get(at).cloned() else {
            if !is_model {
                self.all_came(batch);
            }
            return;
        };
        let seed = plan.scenario.seed;
        let sim = if is_model {
            let recorded = Recorded::of_cpython(plan.kind());
            Sim::foretold(plan, 0, Arc::new(recorded))
        } else {
            Sim::new(plan, seed).attended()
        };
        let simulating =
            Simulating { at, is_model, sim: sim.in_slices(), digest: Digest::default() };
        let round = self.change(|inner| {
            inner.simulating = Some(simulating);
            inner.round
        });
        let batch = batch.clone();
        request_animation_frame(move || self.go_on(round, &batch));
    }

    /// Simulates for some milliseconds.
    fn go_on(self, round: u32, batch: &Arc<Batch>) {
        let simulating =
            self.change(|inner| (inner.round == round).then(|| inner.simulating.take()).flatten());
        let Some(mut simulating) = simulating else { return };
        if frames::within(BUDGET_MS, || simulating.is_through())
            && let Some(summary) = simulating.digest.summary()
        {
            let Simulating { at, is_model, .. } = simulating;
            if is_model {
                let model = summary.is_whole().then_some(summary.took);
                self.models.update(|models| models.push(model));
            } else {
                self.push(at, None, summary);
            }
            return self.simulate(batch, at + 1, is_model);
        }
        self.change(|inner| inner.simulating = Some(simulating));
        let batch = batch.clone();
        request_animation_frame(move || self.go_on(round, &batch));
    }
}

impl Simulating {
    /// Takes a few steps; whether it came to its end.
    fn is_through(&mut self) -> bool {
        let goes_on = (0..STEPS).all(|_| self.sim.step());
        if self.sim.waits_for_person() {
            // Nobody is here thirty times to open a gate.
            self.sim.stop();
        }
        self.sim.drain_records().iter().for_each(|record| self.digest.apply(record));
        !goes_on
    }
}

/// Of these, those whose program came to its end.
pub fn whole(runs: &[One]) -> impl Iterator<Item = &Summary> + Clone {
    runs.iter().map(|one| &one.summary).filter(|summary| summary.is_whole())
}

/// Shows the panel of this, and runs it if the document can be run so.
pub fn start(bench: Bench, vary: Vary) {
    let many = bench.many;
    many.shown.set(Some(vary));
    bench.tab.set(Tab::Compare);
    bench.pane.set(Pane::Dock);
    if untrack(|| many.is_going()) {
        return bench.say("Runs are going: stop them first.");
    }
    if let Err(error) = bench.editor.plan() {
        bench.show_place(&error.at);
        return bench.say(format!("Not started: {}.", error.kind));
    }
    let simulated = bench.how.get_untracked() == How::Simulated;
    let document = bench.editor.scenario.get_untracked();
    let batch = match Batch::of(&document, vary, simulated) {
        Ok(batch) => Arc::new(batch),
        Err(words) => return bench.say(words),
    };
    many.runs.set(Vec::new());
    many.models.set(Vec::new());
    many.opened.set_value(None);
    many.batch.set(Some(batch.clone()));
    many.stage.set(Stage::Going);
    let round = many.change(|inner| {
        inner.round += 1;
        inner.round
    });
    if simulated {
        many.simulate(&batch, 0, false);
    } else {
        real::start(bench, batch, round);
    }
}

/// Opens a run of the batch that is shown, as if it had just been run.
pub fn open(bench: Bench, at: usize) {
    let many = bench.many;
    let Some(batch) = many.batch.get_untracked() else { return };
    let one = many.runs.with_untracked(|runs| runs.iter().find(|one| one.at == at).cloned());
    let (Some(one), Some(plan)) = (one, batch.plans.get(at).cloned()) else { return };
    many.opened.set_value(Some(at));
    let Some(id) = one.id else {
        show(bench, &batch, at);
        return bench.session.simulate(plan, false);
    };
    let (era, document) =
        (bench.session.era.get_untracked(), bench.editor.scenario.get_untracked());
    spawn_local(async move {
        let answer = api::run_status(&id).await;
        let same = bench.editor.scenario.with_untracked(|now| Arc::ptr_eq(now, &document));
        let last = many.opened.get_value() == Some(at);
        if bench.session.era.get_untracked() != era || !same || !last {
            // Somebody did not wait for the answer.
            return;
        }
        match answer {
            Ok(status) => {
                show(bench, &batch, at);
                bench.session.follow(status, plan);
            }
            Err(error) => bench.say(error.sentence()),
        }
    });
}

/// Lets the document be that of a run of the batch.
fn show(bench: Bench, batch: &Batch, at: usize) {
    let (document, of_run) = (bench.editor.scenario.get_untracked(), &batch.plans[at].scenario);
    if !document.runs_like(of_run) {
        bench.editor.open(of_run.clone(), &format!("open {}", batch.name(at)));
    }
    bench.tab.set(Tab::Timeline);
    bench.say(format!("This is {}, {} of {}.", batch.name(at), at + 1, batch.values.len()));
    // What was pressed is gone with its tab.
    request_animation_frame(|| focus::focus(".tl > .lanes"));
}
