//! A ghost: how the document would run, foretold from what the calls of the run before it took.
//!
//! ```text
//!  a run ends ──edit: more workers──▶ ghost beside it ──Run──▶ ghost beside the new run ──another edit──▶ …
//! ```
//!
//! It is simulated in this page as soon as the document differs from the run in something that such a
//! guess can bear ([`Recorded::foretells`]), and stays as long as the document is what it was made for. So
//! what was foretold and what then came are seen together.

mod panel;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use shared::engine::event::EndCause;
use shared::scenario::Scenario;
use shared::sim::{Recorded, Sim};
use shared::units::{Instant, Seq};

use crate::bench::Bench;
use crate::frames;
use crate::recording::Recording;
use crate::session::Phase;
pub use panel::Ghost;

/// Records at most of a run of which a ghost is made: one takes about as long as it took to show them.
const RECORDS: Seq = 100_000;

/// Milliseconds of one animation frame that it may take.
const BUDGET_MS: f64 = 8.0;

/// Steps between two looks at the clock.
const STEPS: u32 = 16;

/// What is foretold.
#[derive(Debug, Clone, PartialEq)]
pub struct Foretold {
    /// Of what.
    pub asked: Arc<Scenario>,
    /// When and how it would end.
    pub end: (Instant, EndCause),
}

/// The ghost, if there is one. A handle: copies are the same.
#[derive(Clone, Copy)]
pub struct Ghosts {
    /// What is foretold, once that is known.
    pub foretold: RwSignal<Option<Foretold>>,
    inner: StoredValue<Rc<RefCell<Inner>>, LocalStorage>,
}

#[derive(Default)]
struct Inner {
    /// What its calls took in the run of this era.
    recorded: Option<(u32, Arc<Recorded>)>,
    making: Option<Making>,
    made: Option<Recording>,
    frame_asked_for: bool,
    /// What was let go: it does not come again by itself.
    unwanted: Option<Arc<Scenario>>,
}

/// One that is being simulated.
struct Making {
    asked: Arc<Scenario>,
    sim: Sim,
    recording: Recording,
}

impl Ghosts {
    /// None yet.
    pub fn new() -> Self {
        Self { foretold: RwSignal::new(None), inner: StoredValue::new_local(Rc::default()) }
    }

    /// Looks at it. The caller tracks [`Self::foretold`].
    pub fn with<T>(self, look: impl FnOnce(&Recording) -> T) -> Option<T> {
        self.inner.with_value(|inner| inner.borrow().made.as_ref().map(look))
    }

    /// Lets it go; the same does not come again before the document is another.
    pub fn let_go(self) {
        let asked = self.foretold.with_untracked(|all| all.as_ref().map(|all| all.asked.clone()));
        self.change(|inner| inner.unwanted = asked);
        self.clear();
    }

    fn clear(self) {
        self.change(|inner| (inner.making, inner.made) = (None, None));
        if self.foretold.with_untracked(Option::is_some) {
            self.foretold.set(None);
        }
    }

    fn change<T>(self, change: impl FnOnce(&mut Inner) -> T) -> T {
        self.inner.with_value(|inner| change(&mut inner.borrow_mut()))
    }

    /// Simulates for a few milliseconds, and goes on in the next animation frame.
    fn go_on(self) {
        let Some(mut making) = self.change(|inner| inner.making.take()) else { return };
        if !frames::within(BUDGET_MS, || making.is_through()) {
            self.change(|inner| inner.making = Some(making));
            return self.ask_for_frame();
        }
        let Making { asked, recording, .. } = making;
        let view = &recording.fold.view;
        let end = (view.now, view.end.unwrap_or(EndCause::Finished));
        self.change(|inner| inner.made = Some(recording));
        self.foretold.set(Some(Foretold { asked, end }));
    }

    /// One frame at a time, however often something else is asked for meanwhile.
    fn ask_for_frame(self) {
        if self.change(|inner| std::mem::replace(&mut inner.frame_asked_for, true)) {
            return;
        }
        request_animation_frame(move || {
            self.change(|inner| inner.frame_asked_for = false);
            self.go_on();
        });
    }
}

impl Making {
    /// Takes a few steps; whether it came to its end.
    fn is_through(&mut self) -> bool {
        let goes_on = (0..STEPS).all(|_| self.sim.step());
        self.sim.drain_records().into_iter().for_each(|record| self.recording.apply(record));
        !goes_on
    }
}

/// Foretells the document whenever a run that is over allows it.
pub fn follow(bench: Bench) {
    let (session, ghost) = (bench.session, bench.ghost);
    Effect::new(move |_| {
        let asked = bench.editor.scenario.get();
        session.era.track();
        let over = session.phase.with(|phase| *phase == Phase::Ended(EndCause::Finished));
        let is_it = |of: &Arc<Scenario>| of.runs_like(&asked);
        if ghost.change(|inner| inner.unwanted.as_ref().is_some_and(is_it)) {
            return ghost.clear();
        }
        let is_made =
            ghost.foretold.with_untracked(|all| all.as_ref().is_some_and(|it| is_it(&it.asked)));
        let is_making =
            ghost.change(|inner| inner.making.as_ref().is_some_and(|it| is_it(&it.asked)));
        // A run that was refused leaves nothing beside which it could stand, and where each call is handed
        // out there is no room for it.
        let alone = session.plan.with(Option::is_none) || session.by_hand.get();
        if !alone && (is_made || is_making) {
            return;
        }
        ghost.change(|inner| inner.unwanted = None);
        match over.then(|| making(bench, &asked)).flatten() {
            Some(making) => {
                let waits = ghost.change(|inner| {
                    inner.making = Some(making);
                    inner.frame_asked_for
                });
                if !waits {
                    ghost.go_on();
                }
            }
            None => ghost.clear(),
        }
    });
}

/// The simulation of what is asked for, if the run that is shown tells of it.
fn making(bench: Bench, asked: &Arc<Scenario>) -> Option<Making> {
    let (session, ghost) = (bench.session, bench.ghost);
    let ran = session.plan.get_untracked()?;
    let fits = Recorded::foretells(&ran.scenario, asked) && !ran.scenario.runs_like(asked);
    let plan = Arc::new(fits.then(|| Scenario::clone(asked).check().ok()).flatten()?);
    let era = session.era.get_untracked();
    let known = ghost.change(|inner| inner.recorded.clone()).filter(|(of, _)| *of == era);
    let recorded = match known {
        Some((_, recorded)) => recorded,
        None => {
            let read = |all: &Recording| {
                let fits = all.fold.next_seq() <= RECORDS;
                fits.then(|| Arc::new(Recorded::of(&ran, all.records())))
            };
            let recorded = session.whole(read)??;
            ghost.change(|inner| inner.recorded = Some((era, recorded.clone())));
            recorded
        }
    };
    let sim = Sim::foretold(plan.clone(), asked.seed, recorded).in_slices();
    Some(Making { asked: asked.clone(), sim, recording: Recording::new(plan) })
}
