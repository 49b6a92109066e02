//! One run: an engine and its program behind one lock, and who waits for what beside it.
//!
//! ```text
//!                    ┌───────────── Mutex<State> ─────────────┐
//!   lane ──input──▶  │ engine   program   tape   orders  acts │  ──▶ Mine: what is left for this lane
//!                    └────────────────────────────────────────┘
//!                         on unlocking: ring whoever has to run
//! ```
//!
//! **The lock is the linearisation point.** Whatever is said to the engine is said under it, and the
//! clock is read inside it: the order of the log is the order of time. Under the lock there is no I/O
//! and no function of a user; only pure state machines run.
//!
//! **No wake-up is lost**, because every effect is sorted while the lock is still held
//! ([`Locked::handle`]): what another thread has to do becomes state that this thread will find under
//! the lock, or is the engine's own state already; then, after unlocking, its bell is rung. Whoever
//! sleeps looked at that state under the same lock and fell asleep in the same breath. The rules:
//!
//! | who sleeps | until, looked at under the lock | bell |
//! |---|---|---|
//! | the main thread | the engine has woken it, or its deadline | `main` |
//! | a pool's thread at the empty queue | there is work | `pool` |
//! | a body or callback that is blocked | the engine has woken its lane, or its deadline | `blocked` |
//! | the person | an act or a due intervention, or its lane is woken | `person` |
//! | the sealer | records wait | `sealer`, rung only if it sleeps |
//! | the manager of processes | orders, or the engine has woken it | a descriptor, only if it sleeps |
//!
//! Before the main thread, a pool's thread or a blocked lane sleeps, it looks out for its bell for a
//! moment, unlocked, and then looks at the state again ([`Locked::look_out`]): that often saves a sleep,
//! and nothing depends on it.
//!
//! A body that sleeps, and one that waits for the GIL, are not at the engine; they look at `over.rs` and
//! `gil.rs`, which the end of the run tells too.
//!
//! The end of the run rings all of them; [`Run::enter`] then refuses everybody, for ever.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use shared::engine::event::Agent;
use shared::engine::io::{Command, Fact, Input};
use shared::limits;
use shared::scenario::Plan;
use shared::units::Instant;

use super::clock::Clock;
use super::gil::Gil;
use super::over::{EndSignal, Over};
use super::processes::WakeUp;
use super::state::{Mine, State, Wakes};
use super::sync::{self, Bell, JoinHandle, LockResult, Mutex, MutexGuard};
use super::{Ending, Hold};

/// Steps that a lane takes at a stretch before it lets others have the lock. Under shuttle one, so that
/// every schedule is tried.
pub const STEPS: u32 = if cfg!(feature = "shuttle") { 1 } else { 32 };

/// Records that the sealer does not wait any longer for: about a frame full of them.
pub const MANY_RECORDS: usize = limits::FRAME_BYTES / 40;

/// One run. See the module's page.
pub struct Run {
    /// What runs.
    pub plan: Arc<Plan>,
    /// Its time.
    pub clock: Clock,
    /// Its end, for who is not at the engine.
    pub over: EndSignal,
    /// What its threads compute under; none if they need not.
    pub gil: Option<Gil>,
    /// Bytes that bodies in this process hold.
    pub held: AtomicU64,
    /// Rings the manager of worker processes; a thread pool has none.
    pub wake_up: Option<WakeUp>,
    /// Who waits beside the lock.
    pub bells: Bells,
    state: Mutex<State>,
    /// Every thread that was started for this run.
    pub threads: Mutex<Vec<JoinHandle<()>>>,
}

/// One for each kind of sleeper. See the table on the module's page.
#[derive(Debug, Default)]
pub struct Bells {
    /// The main thread.
    pub main: Bell,
    /// Threads of the pool at the empty queue.
    pub pool: Bell,
    /// Bodies and callbacks that are blocked.
    pub blocked: Bell,
    /// The person.
    pub person: Bell,
    /// The sealer.
    pub sealer: Bell,
}

impl Bells {
    /// The bell at which this agent waits for the engine to wake it.
    pub fn of(&self, agent: Agent) -> &Bell {
        match agent {
            Agent::Main => &self.main,
            Agent::Worker(_)
            | Agent::Manager
            | Agent::Feeder
            | Agent::TaskHandler
            | Agent::ResultHandler
            | Agent::WorkerHandler => &self.blocked,
            Agent::Person => &self.person,
        }
    }
}

impl Run {
    /// A run before its first step. Its clock starts now.
    pub fn new(plan: Arc<Plan>, tape: bool, wake_up: Option<WakeUp>) -> Self {
        let state = State::new(&plan, tape);
        let gil = plan.gil().then(Gil::default);
        Self {
            plan,
            gil,
            clock: Clock::start(),
            over: EndSignal::default(),
            held: AtomicU64::new(0),
            wake_up,
            bells: Bells::default(),
            state: Mutex::new(state),
            threads: Mutex::default(),
        }
    }

    /// Takes the one lock, for `purpose`, whether or not the run is over.
    pub fn lock(&self, purpose: &'static str) -> Locked<'_> {
        self.locked(self.state.lock(), purpose)
    }

    /// Takes the lock to go on with the run.
    ///
    /// # Errors
    /// [`Over`] if there is nothing to go on with.
    pub fn enter(&self, purpose: &'static str) -> Result<Locked<'_>, Over> {
        self.lock(purpose).unless_over()
    }

    fn locked<'run>(
        &'run self,
        state: LockResult<MutexGuard<'run, State>>,
        purpose: &'static str,
    ) -> Locked<'run> {
        let poisoned = state.is_err();
        let state = Some(sync::unpoisoned(state));
        let mut locked = Locked { run: self, state, purpose, now: self.clock.now() };
        if poisoned {
            // Somebody panicked under the lock, most likely the engine itself: it must not be asked
            // again. What it wrote until then is still good.
            locked.end(Ending::Failed(String::new()));
        }
        locked
    }

    /// Ends the run, unless it has ended.
    pub fn end(&self, ending: Ending) {
        self.lock("end").end(ending);
    }

    /// Tells everybody concerned that they have something to do. Nobody may hold the lock.
    fn ring(&self, wakes: Wakes) {
        let Wakes { main, any_worker, all_workers, blocked, person, manager, sealer, everybody } =
            wakes;
        if everybody {
            self.over.throw();
            if let Some(gil) = &self.gil {
                gil.end();
            }
        }
        if main || everybody {
            self.bells.main.ring();
        }
        if all_workers || everybody {
            self.bells.pool.ring();
        } else {
            (0..any_worker).for_each(|_| self.bells.pool.ring_one());
        }
        if blocked || everybody {
            self.bells.blocked.ring();
        }
        if person || everybody {
            self.bells.person.ring();
        }
        if sealer || everybody {
            self.bells.sealer.ring();
        }
        if let Some(wake_up) = &self.wake_up
            && (manager || everybody)
        {
            wake_up.ring();
        }
    }
}

/// The run's state, locked. Unlocks when dropped, and then rings whoever has to run.
pub struct Locked<'run> {
    run: &'run Run,
    /// Empty only on the way out.
    state: Option<MutexGuard<'run, State>>,
    purpose: &'static str,
    /// When the lock was taken: the time of everything that is said under it.
    now: Instant,
}

/// Rings when it is dropped.
#[must_use = "whoever is to be rung waits for it"]
pub struct Ring<'run> {
    run: &'run Run,
    wakes: Wakes,
}

impl Drop for Ring<'_> {
    fn drop(&mut self) {
        self.run.ring(self.wakes);
    }
}

impl<'run> Locked<'run> {
    /// The time of everything that is said under this lock.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Tells the engine that somebody calls something.
    pub fn command(&mut self, by: Agent, command: Command) -> Mine {
        self.handle(Input::Command { by, command })
    }

    /// Tells the engine what happened.
    pub fn fact(&mut self, fact: Fact) -> Mine {
        self.handle(Input::Fact(fact))
    }

    fn handle(&mut self, input: Input) -> Mine {
        let now = self.now;
        State::handle(self, input, now)
    }

    /// Goes on to another step of the same lane without letting others in between, as happens anyway
    /// where they are not quick enough. Only while nobody is to be told of the last one.
    pub fn go_on(&mut self) -> bool {
        if self.is_over() || self.has_wakes() {
            return false;
        }
        self.look_at_the_clock();
        true
    }

    /// What is said from now on has another time.
    pub fn look_at_the_clock(&mut self) {
        self.now = self.run.clock.now();
    }

    /// Unlocks, and rings whoever has to run only when what comes back is dropped, which must be soon.
    pub fn unlock(mut self) -> Ring<'run> {
        let mut state = self.state.take().expect("empty only on the way out");
        let wakes = state.take_wakes();
        self.measure(&mut state);
        Ring { run: self.run, wakes }
    }

    /// # Errors
    /// [`Over`] if it is over.
    pub fn unless_over(self) -> Result<Self, Over> {
        if self.is_over() { Err(Over) } else { Ok(self) }
    }

    /// Unlocks, looks out for a ring of this bell, and locks again. Whoever calls looks at the state
    /// again, and waits if there is still nothing to do.
    ///
    /// # Errors
    /// [`Over`] if the run is over.
    pub fn look_out(self, bell: &Bell) -> Result<Self, Over> {
        let (run, purpose, before) = (self.run, self.purpose, bell.rings());
        drop(self);
        sync::look_out(|| bell.rings() != before);
        run.enter(purpose)
    }

    /// Unlocks, waits at this bell until it rings or the time has come, and locks again. Comes back
    /// without a reason at times: whoever calls looks whether there was one.
    ///
    /// # Errors
    /// [`Over`] if the run is over.
    pub fn wait(self, bell: &Bell, until: Option<Instant>) -> Result<Self, Over> {
        self.wait_anyway(bell, until).unless_over()
    }

    /// As [`Locked::wait`], for who has work behind the end.
    pub fn wait_anyway(mut self, bell: &Bell, until: Option<Instant>) -> Self {
        let (run, purpose) = (self.run, self.purpose);
        let mut state = self.state.take().expect("empty only on the way out");
        let wakes = state.take_wakes();
        if wakes != Wakes::default() {
            // Sleeping on what we have to tell others could be for ever.
            drop(state);
            run.ring(wakes);
            return run.lock(purpose);
        }
        self.measure(&mut state);
        let state = match until {
            None => bell.sleepers.wait(state),
            Some(at) => {
                let left = at.since(self.now);
                sync::wait_at_most(&run.state, &bell.sleepers, state, &run.clock, left)
            }
        };
        run.locked(state, purpose)
    }

    /// Only where somebody keeps a tape: a look at the clock at each unlocking is dear.
    fn measure(&self, state: &mut State) {
        if !state.has_tape() {
            return;
        }
        let span = self.run.clock.now().since(self.now);
        if span > state.longest_hold.span {
            state.longest_hold = Hold { purpose: self.purpose, span };
        }
    }
}

impl Deref for Locked<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        self.state.as_ref().expect("empty only on the way out")
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut State {
        self.state.as_mut().expect("empty only on the way out")
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        let Some(mut state) = self.state.take() else { return };
        let wakes = state.take_wakes();
        self.measure(&mut state);
        drop(state);
        self.run.ring(wakes);
    }
}
