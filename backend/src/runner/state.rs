//! What the lock protects, and how an input's effects are sorted while it is held.
//!
//! ```text
//!                             ┌─▶ a bell to ring after unlocking           (Wakes)
//!  engine ─Effect─▶ sort ─────┼─▶ something that another thread will find  (timers, orders)
//!                             └─▶ something for the very lane that asked   (Mine)
//! ```
//!
//! So no effect can be forgotten, and what one thread leaves for another is there before that one can
//! look: see the page of `run.rs`.

use std::collections::{BTreeSet, VecDeque};
use std::mem;
use std::sync::Arc;

use shared::engine::Engine;
use shared::engine::event::{Act, Agent};
use shared::engine::io::{Answer, Command, Effect, Input, Timer};
use shared::limits;
use shared::outcome::Outcome;
use shared::program::Program;
use shared::scenario::{ExecutorKind, Plan};
use shared::units::{CallId, CallbackId, FutureId, Instant, WorkerId};

use super::{Ending, Hold};

/// What the lock protects.
pub struct State {
    /// The executors and futures.
    pub engine: Engine,
    /// What the main thread and the callbacks do.
    pub program: Program,
    /// Which pool: its workers are this process's threads, or the manager's children.
    kind: ExecutorKind,
    /// Everything the engine was told, if somebody wants to know.
    tape: Option<Vec<(Instant, Input)>>,
    /// How the run ended. Nothing is handled afterwards.
    ending: Option<Ending>,
    /// Everybody was told of the end.
    announced: bool,
    /// Planned interventions by their instant and place, for the person.
    pub timers: BTreeSet<(Instant, u32)>,
    /// What a person clicked, for the person.
    pub acts: VecDeque<Act>,
    /// For the manager of worker processes, in the order of the log.
    pub orders: Vec<Order>,
    /// The pool's own threads that have come back from a callback that took long.
    pub back: Vec<Agent>,
    /// The manager found nothing to do and will not look again before it is rung.
    manager_asleep: bool,
    /// The sealer will not look again before it is rung: it waits for so many records.
    pub sealer_awaits: Option<usize>,
    wakes: Wakes,
    /// The longest that anybody had the lock.
    pub longest_hold: Hold,
}

/// What the manager of worker processes is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Start this worker.
    Spawn(WorkerId),
    /// Kill this worker.
    Kill(WorkerId),
    /// End every worker: the pool is broken.
    Terminate,
    /// Let this worker's body pass its gate.
    Open(CallId, WorkerId),
}

/// Who is to be rung after unlocking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // each is another bell
pub struct Wakes {
    /// The main thread.
    pub main: bool,
    /// So many threads that sleep at the queue, whichever.
    pub any_worker: u32,
    /// All of them.
    pub all_workers: bool,
    /// Whoever is blocked in a body or a callback.
    pub blocked: bool,
    /// The person.
    pub person: bool,
    /// The manager of worker processes.
    pub manager: bool,
    /// The sealer.
    pub sealer: bool,
    /// The run is over.
    pub everybody: bool,
}

/// A callback that is to run.
#[derive(Debug, Clone)]
pub struct CallbackRun {
    /// Of which future.
    pub future: FutureId,
    /// Which.
    pub callback: CallbackId,
    /// What it is called with, if that is no future.
    pub given: Option<Outcome>,
}

impl Mine {
    /// Whether it is nothing but an answer.
    pub fn is_plain(&self) -> bool {
        self.callbacks.is_empty() && self.spawn.is_empty() && self.answer != Answer::Blocked
    }
}

/// What comes of an input and is for the very lane whose input it was.
#[derive(Debug)]
#[must_use = "callbacks and threads must be started by the lane that was told to"]
pub struct Mine {
    /// The engine's answer.
    pub answer: Answer,
    /// Done-callbacks to run, in order, before the lane goes on.
    pub callbacks: Vec<CallbackRun>,
    /// Threads to start.
    pub spawn: Vec<WorkerId>,
    /// When the wait that was answered `Blocked` ends at the latest.
    pub deadline: Option<Instant>,
}

impl State {
    /// The state before the first step.
    pub fn new(plan: &Arc<Plan>, tape: bool) -> Self {
        let mut engine = Engine::new(Arc::clone(plan));
        let first_effects = engine.take_first_effects();
        let mut state = Self {
            engine,
            program: Program::new(Arc::clone(plan)),
            kind: plan.kind(),
            tape: tape.then(Vec::new),
            ending: None,
            announced: false,
            timers: BTreeSet::new(),
            acts: VecDeque::new(),
            orders: Vec::new(),
            back: Vec::new(),
            manager_asleep: false,
            sealer_awaits: None,
            wakes: Wakes::default(),
            longest_hold: Hold::default(),
        };
        let mine = state.sort(Answer::Nothing, first_effects);
        assert!(mine.spawn.is_empty() && mine.callbacks.is_empty(), "nothing has been submitted");
        state
    }

    /// Tells the engine something, at `now`.
    pub fn handle(&mut self, input: Input, now: Instant) -> Mine {
        let exit = match &input {
            Input::Command { command: Command::HardExit { code }, .. } => Some(*code),
            _ => None,
        };
        if let Some(tape) = &mut self.tape {
            tape.push((now, input.clone()));
        }
        let step = self.engine.handle(input, now);
        let mine = self.sort(step.answer, step.effects);
        if self.engine.is_over() {
            self.end(exit.map_or(Ending::Ended, Ending::Exited));
        } else if self.engine.wanted_too_many_workers() {
            self.end(Ending::Workers);
        } else if self.engine.written_records() >= limits::RECORDS {
            self.end(Ending::Records);
        }
        mine
    }

    /// Ends the run, unless it has ended.
    pub fn end(&mut self, ending: Ending) {
        match (&mut self.ending, ending) {
            // That the lock is poisoned may be known before what was panicked with.
            (Some(Ending::Failed(known)), Ending::Failed(text)) if known.is_empty() => {
                *known = text;
            }
            (Some(_), _) => {}
            (none, ending) => *none = Some(ending),
        }
    }

    /// Whether the run is over.
    pub fn is_over(&self) -> bool {
        self.ending.is_some()
    }

    /// How the run ended, and what the engine was told.
    pub fn finish(&mut self) -> (Ending, Vec<(Instant, Input)>) {
        let ending = self.ending.clone().expect("the run is over");
        (ending, self.tape.take().unwrap_or_default())
    }

    /// Sorts effects into bells to ring, things for other threads to find, and what is left for the
    /// lane itself.
    fn sort(&mut self, answer: Answer, effects: Vec<Effect>) -> Mine {
        let mut mine = Mine { answer, callbacks: Vec::new(), spawn: Vec::new(), deadline: None };
        for effect in effects {
            match effect {
                Effect::SpawnWorker { worker } => match self.kind {
                    ExecutorKind::Threads | ExecutorKind::Interpreters => mine.spawn.push(worker),
                    ExecutorKind::Processes | ExecutorKind::Pool => {
                        self.order(Order::Spawn(worker));
                    }
                },
                Effect::Wake { agent } => self.wake(agent),
                Effect::WakeAnyWorker => match self.kind {
                    ExecutorKind::Threads | ExecutorKind::Interpreters => {
                        self.wakes.any_worker += 1;
                    }
                    // The manager speaks for its workers, and looks before it sleeps.
                    ExecutorKind::Processes | ExecutorKind::Pool => self.wakes.manager = true,
                },
                Effect::RunCallback { future, callback, lane: _, given } => {
                    mine.callbacks.push(CallbackRun { future, callback, given });
                }
                Effect::KillWorker { worker } => self.order(Order::Kill(worker)),
                Effect::TerminateWorkers => self.order(Order::Terminate),
                Effect::OpenGate { call, worker } => self.order(Order::Open(call, worker)),
                Effect::SetTimer { timer: Timer::Blocked(_), at } => mine.deadline = Some(at),
                Effect::SetTimer { timer: Timer::Intervention(place), at } => {
                    self.timers.insert((at, place));
                    self.wakes.person = true;
                }
                // Who is blocked looks after its own deadline, and sees that it was woken.
                Effect::ClearTimer { timer: Timer::Blocked(_) } => {}
                Effect::ClearTimer { timer: Timer::Intervention(place) } => {
                    self.timers.retain(|(_, other)| *other != place);
                }
                Effect::Hang => self.end(Ending::Hung),
            }
        }
        mine
    }

    fn order(&mut self, order: Order) {
        self.orders.push(order);
        self.wakes.manager = true;
    }

    fn wake(&mut self, agent: Agent) {
        match agent {
            Agent::Main => self.wakes.main = true,
            Agent::Worker(_) => {
                // Asleep at the queue, or blocked in a body: the engine knows, we ring both.
                self.wakes.all_workers = true;
                self.wakes.blocked = true;
            }
            // One thread is all of these; a callback of theirs may wait at the other bell.
            Agent::Manager
            | Agent::Feeder
            | Agent::TaskHandler
            | Agent::ResultHandler
            | Agent::WorkerHandler => {
                self.wakes.manager = true;
                self.wakes.blocked = true;
            }
            Agent::Person => self.wakes.person = true,
        }
    }

    /// The manager begins its turn: whoever has something for it need not ring.
    pub fn manager_wakes(&mut self) {
        self.manager_asleep = false;
    }

    /// One of the pool's own threads is through with its callbacks.
    pub fn comes_back(&mut self, agent: Agent) {
        self.back.push(agent);
        self.wakes.manager = true;
    }

    /// Takes the manager's orders; whether there is nothing for it, and it will wait to be rung.
    pub fn manager_rests(&mut self, nothing_left: bool) -> (Vec<Order>, bool) {
        let orders = mem::take(&mut self.orders);
        self.manager_asleep = orders.is_empty() && nothing_left && self.back.is_empty();
        // Whatever it told itself in this turn, it has just seen.
        self.wakes.manager = false;
        (orders, self.manager_asleep)
    }

    /// Whether everything that the engine is told is kept.
    pub fn has_tape(&self) -> bool {
        self.tape.is_some()
    }

    /// Whether somebody may have to be rung.
    pub fn has_wakes(&self) -> bool {
        self.wakes != Wakes::default()
    }

    /// Who is to be rung, once; those who are awake anyway are left alone.
    pub fn take_wakes(&mut self) -> Wakes {
        let mut wakes = mem::take(&mut self.wakes);
        wakes.manager = wakes.manager && mem::take(&mut self.manager_asleep);
        if let Some(many) = self.sealer_awaits
            && self.engine.waiting_records() >= many
        {
            self.sealer_awaits = None;
            wakes.sealer = true;
        }
        wakes.everybody = self.ending.is_some() && !mem::replace(&mut self.announced, true);
        wakes
    }
}
