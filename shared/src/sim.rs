//! The simulator: the same engine and the same program, in virtual time.
//!
//! Every agent of the model is a little machine that does one thing after the other. What could happen
//! next is the set of agents that are ready at the earliest instant; which of them goes first is
//! **nature's choice**, and here the seed makes it. One seed, one log, byte for byte.
//!
//! ```text
//!            ┌─ ready at the earliest instant: main, worker 0, the manager, a timer …
//!   pick ◀───┤
//!     │      └─ none ready: the clock jumps to the next instant at which one is
//!     ▼
//!   one input to the engine ─▶ answer (what that agent does next) and effects (who else is ready)
//! ```
//!
//! [`explore`](explore::explore) asks for *all* of nature's choices instead of one, to see whether
//! something that really happened is among what may happen.

mod body;
pub mod cpu;
pub mod explore;
mod gil;
mod hands;
mod lanes;
mod lateness;
mod person;
mod recorded;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::engine::Engine;
use crate::engine::event::{Agent, EndCause, Event, HowExited, Record};
use crate::engine::future::FutureState;
use crate::engine::io::{Answer, Command, Fact, Input, Timer};
use crate::limits;
use crate::program::Program;
use crate::rng::Rng;
use crate::scenario::{Compare, ExecutorKind, Plan};
use crate::units::{CallId, Instant, Seq, WorkerId};

use body::Request;
use cpu::Costs;
use gil::Gil;
use hands::Hands;
pub use hands::Move;
use lanes::{AnswerKey, Lane, Todo};
use lateness::Lateness;
pub use recorded::Recorded;

/// A simulated run.
#[derive(Debug, Clone)]
pub struct Sim {
    plan: Arc<Plan>,
    costs: Costs,
    /// What its calls take, if they took it before.
    recorded: Option<Arc<Recorded>>,
    engine: Engine,
    program: Program,
    now: Instant,
    chance: Rng,
    lateness: Lateness,
    /// The choices are never a whim's.
    typical: bool,
    /// What each agent does next; the last is next.
    lanes: BTreeMap<Agent, Lane>,
    timers: BTreeMap<Timer, Instant>,
    /// Workers that sleep and were woken by name.
    roused: BTreeSet<WorkerId>,
    /// How many sleeping workers may wake, whichever.
    offers: usize,
    /// Results on their way to the manager, in order.
    results: VecDeque<CallId>,
    /// Deaths that the manager has not noticed, in order.
    deaths: VecDeque<(WorkerId, HowExited)>,
    /// Gates of worker processes that were opened for their calls.
    opened: BTreeSet<CallId>,
    /// What threads compute under; none if they need not.
    gil: Option<Gil>,
    /// Try also the orders of steps that commute: only to check that they do.
    every_order: bool,
    /// A body that computes rests after each slice: see [`Sim::in_slices`].
    rests: bool,
    /// A person is there to open gates: see [`Sim::attended`].
    attended: bool,
    /// Nothing can happen until a person acts.
    stands: bool,
    /// A person hands calls to workers: see [`Sim::by_hand`].
    hands: Option<Hands>,
    records: Vec<Record>,
    /// The place, time and end of the log once it has one.
    last: Option<(Seq, Instant)>,
    ended: bool,
}

/// Something that can happen now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Choice {
    Lane(Agent),
    /// The same, with the choice that its `next()` has.
    Next(Agent, u32),
    Timer(Timer),
}

impl Sim {
    /// A simulated run of this plan, before its first step. The seed is nature; 0 is how it usually is.
    pub fn new(plan: Arc<Plan>, seed: u64) -> Self {
        Self::with(plan, seed, None)
    }

    /// The same, in which each call that was through in a recorded run [of the same
    /// tasks](Recorded::foretells) takes what it took there.
    pub fn foretold(plan: Arc<Plan>, seed: u64, recorded: Arc<Recorded>) -> Self {
        Self::with(plan, seed, Some(recorded))
    }

    fn with(plan: Arc<Plan>, seed: u64, recorded: Option<Arc<Recorded>>) -> Self {
        let mut engine = Engine::fine(plan.clone());
        let first = engine.take_first_effects();
        let mut sim = Self {
            engine,
            program: Program::new(plan.clone()),
            costs: recorded.as_ref().map_or(Costs::IDEAL, |recorded| recorded.costs),
            recorded,
            now: Instant::ZERO,
            chance: Rng::new(seed),
            lateness: Lateness::default(),
            typical: seed == 0,
            lanes: BTreeMap::new(),
            timers: BTreeMap::new(),
            roused: BTreeSet::new(),
            offers: 0,
            results: VecDeque::new(),
            deaths: VecDeque::new(),
            opened: BTreeSet::new(),
            gil: plan.gil().then(Gil::default),
            every_order: false,
            rests: false,
            attended: false,
            stands: false,
            hands: None,
            records: Vec::new(),
            last: None,
            ended: false,
            plan,
        };
        sim.push(Agent::Main, Todo::Resume(AnswerKey(Answer::Nothing)));
        if sim.plan.kind() == ExecutorKind::Pool {
            for agent in [Agent::TaskHandler, Agent::ResultHandler, Agent::WorkerHandler] {
                sim.push(agent, Todo::OwnAsleep);
            }
        }
        sim.carry_out(Agent::Main, first);
        sim.take_records();
        sim
    }

    /// The same run in shorter steps, for whoever must not be kept waiting: a step computes for one
    /// slice at most. The log is the same.
    #[must_use]
    pub fn in_slices(self) -> Self {
        Self { rests: true, ..self }
    }

    /// Runs to the end and hands out the whole log.
    ///
    /// # Panics
    /// If the run is [attended](Sim::attended) or [by hand](Sim::by_hand) and waits for its person,
    /// who could not act.
    pub fn run(mut self) -> Vec<Record> {
        while self.step() {
            let waits = self.stands || self.waits_for_move();
            assert!(!waits, "a run that waits for a person does not end by itself");
        }
        self.drain_records()
    }

    /// One input to the engine; false once the run is over and its `EndOfRun` is written.
    ///
    /// While it waits for a person, [to act](Sim::waits_for_person) or [to
    /// choose](Sim::waits_for_move), nothing happens.
    pub fn step(&mut self) -> bool {
        if self.ended || self.stands || self.waits_for_move() {
            return !self.ended;
        }
        let choices = match self.hands {
            Some(_) => self.choices_by_hand(),
            None => Some(self.choices()),
        };
        if let Some(choices) = choices {
            let pick = self.pick(choices);
            self.happen(pick);
        }
        !self.ended
    }

    /// Nature's choice.
    fn pick(&mut self, mut choices: Vec<Choice>) -> Option<Choice> {
        if choices.len() > 1 && (self.typical || self.chance.below(lateness::WHIM) != 0) {
            let least = choices.iter().map(|choice| self.late(*choice)).min();
            choices.retain(|choice| Some(self.late(*choice)) == least);
        }
        let pick = match choices.len() {
            0 | 1 => choices.first(),
            // Fewer than 2^32 agents, so the pick fits.
            several => choices.get(usize::try_from(self.chance.below(several as u64)).unwrap_or(0)),
        };
        pick.copied()
    }

    /// Lets what was chosen happen, and knows who is how late because of it.
    fn happen(&mut self, choice: Option<Choice>) {
        match choice {
            Some(Choice::Lane(agent) | Choice::Next(agent, _)) => {
                self.lateness.steps(agent, self.now);
            }
            Some(Choice::Timer(timer)) => self.lateness.fires(timer),
            None => {}
        }
        self.take(choice);
    }

    fn late(&self, choice: Choice) -> u64 {
        match choice {
            Choice::Lane(agent) | Choice::Next(agent, _) => self.lateness.of(agent),
            Choice::Timer(timer) => self.lateness.of_timer(timer),
        }
    }

    /// Virtual time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// What the engine holds of every future, for comparing it with what its log says.
    pub fn states(&self) -> Vec<FutureState> {
        self.engine.states()
    }

    /// Hands out the records written since the last time.
    pub fn drain_records(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.records)
    }

    /// Everything that may happen next, in a fixed order. The clock jumps if it must.
    fn choices(&mut self) -> Vec<Choice> {
        let ready = self.ready();
        self.due(ready)
    }

    /// All that can happen, and from when on.
    fn ready(&self) -> Vec<(Instant, Choice)> {
        let mut ready: Vec<(Instant, Choice)> = self
            .lanes
            .iter()
            .filter(|(agent, lane)| self.is_ready(**agent, lane))
            .flat_map(|(agent, lane)| self.ways(*agent, lane).map(|way| (lane.at, way)))
            .collect();
        let person_is_free = self.lanes.get(&Agent::Person).is_none_or(|lane| lane.todo.is_empty());
        for (timer, at) in &self.timers {
            if person_is_free || !matches!(timer, Timer::Intervention(_)) {
                ready.push((*at, Choice::Timer(*timer)));
            }
        }
        ready
    }

    /// What of this comes first. The clock jumps if it must.
    fn due(&mut self, ready: Vec<(Instant, Choice)>) -> Vec<Choice> {
        let Some(earliest) = ready.iter().map(|(at, _)| *at).min() else {
            return Vec::new();
        };
        let now = self.now.max(earliest);
        self.now = now;
        let due = |(at, choice)| (at <= now).then_some(choice);
        let due: Vec<Choice> = ready.into_iter().filter_map(due).collect();
        // A step that commutes with all others is no choice of nature's.
        match due.iter().find(|choice| self.commutes(**choice)) {
            Some(choice) if !self.every_order => vec![*choice],
            _ => due,
        }
    }

    /// Whether it makes no difference when, within this instant, this happens.
    fn commutes(&self, choice: Choice) -> bool {
        let Choice::Lane(agent) = choice else { return false };
        match self.lanes[&agent].todo.last() {
            // Only the agent itself changes, or only the log.
            Some(
                Todo::Resume(_)
                | Todo::Callbacks(_)
                | Todo::Start
                | Todo::Body(..)
                | Todo::Want(_, _, Request::Wait(_))
                | Todo::Waited(..)
                | Todo::AtGate(..)
                | Todo::Exit,
            ) => true,
            // Who has waited longest has it next, whoever else may come meanwhile. (To come for it is
            // a choice, and so is to go back to the end of the queue: others may come before.)
            Some(Todo::Computes { until }) => *until <= self.now,
            Some(Todo::Issue(command)) => self.engine.commutes(command),
            Some(Todo::Woke) => self.engine.wake_commutes(agent),
            Some(Todo::Ask) => match agent {
                Agent::Worker(worker) => self.engine.ask_commutes(worker),
                _ => unreachable!("only workers ask"),
            },
            _ => false,
        }
    }

    /// Of choices that differ only in which of several like workers goes on, one.
    fn without_twins(&self, choices: Vec<Choice>) -> Vec<Choice> {
        if self.plan.scenario.compare == Compare::Workers || self.every_order {
            return choices;
        }
        let mut seen = BTreeSet::new();
        let is_new = |choice: &Choice| match choice {
            Choice::Lane(Agent::Worker(worker)) => seen.insert(self.worker_key(*worker)),
            _ => true,
        };
        choices.into_iter().filter(is_new).collect()
    }

    /// The ways in which a ready agent can go on: one, but where its `next()` has more.
    fn ways(&self, agent: Agent, lane: &Lane) -> impl Iterator<Item = Choice> + use<> {
        let choices = match lane.todo.last() {
            Some(Todo::Issue(Command::Next { iterator, .. })) => {
                self.engine.next_choices(*iterator)
            }
            _ => 1,
        };
        let way = move |choice| match choices {
            1 => Choice::Lane(agent),
            _ => Choice::Next(agent, choice),
        };
        (0..choices).map(way)
    }

    fn is_ready(&self, agent: Agent, lane: &Lane) -> bool {
        match lane.todo.last() {
            None | Some(Todo::Never | Todo::AwaitsGil(_)) => false,
            Some(Todo::Woke) => self.engine.is_woken(agent),
            Some(Todo::Asleep) => match agent {
                Agent::Worker(worker) => self.offers > 0 || self.roused.contains(&worker),
                _ => unreachable!("only workers sleep at a queue"),
            },
            Some(Todo::OwnAsleep) => {
                let reads = matches!(agent, Agent::Manager | Agent::ResultHandler);
                let reaps = matches!(agent, Agent::Manager | Agent::WorkerHandler);
                self.engine.is_woken(agent)
                    || (reads && !self.results.is_empty())
                    || (reaps && !self.deaths.is_empty())
            }
            Some(Todo::AtGate(call, _)) => self.opened.contains(call),
            Some(_) => true,
        }
    }

    /// Lets this happen, and ends the run if nothing can, or if it met a limit.
    fn take(&mut self, choice: Option<Choice>) {
        if self.ended {
            return;
        }
        if self.now > Instant::ZERO + limits::WALL {
            self.now = Instant::ZERO + limits::WALL;
            return self.end(EndCause::Deadline);
        }
        match choice {
            Some(Choice::Lane(agent)) => self.go_on(agent),
            Some(Choice::Next(agent, chosen)) => {
                if let Some(Todo::Issue(Command::Next { choice, .. })) =
                    self.lane(agent).todo.last_mut()
                {
                    *choice = chosen;
                }
                self.go_on(agent);
            }
            Some(Choice::Timer(timer)) => {
                self.timers.remove(&timer);
                let (by, fact) = (Agent::Person, Fact::TimerFired { timer });
                self.input(by, Input::Fact(fact));
            }
            None if self.attended && self.waits_at_gate() => return self.stands = true,
            // A gate that nobody is going to open: a person could, but nobody is here.
            None => {
                self.now = Instant::ZERO + limits::WALL;
                return self.end(EndCause::Deadline);
            }
        }
        self.take_records();
        self.look_for_end();
    }

    fn look_for_end(&mut self) {
        if self.engine.is_over() {
            let exited = self.records.iter().rev().find_map(|record| match record.event {
                Event::ProgramExiting { code, .. } => Some(code),
                _ => None,
            });
            return self.end(exited.map_or(EndCause::Finished, EndCause::Exit));
        }
        if self.engine.is_hung() && !self.engine.has_armed_interventions() {
            return self.end(EndCause::Hang);
        }
        if self.engine.wanted_too_many_workers() {
            return self.end(EndCause::Workers);
        }
        if self.engine.written_records() >= limits::RECORDS {
            self.end(EndCause::Records);
        }
    }

    fn end(&mut self, cause: EndCause) {
        self.ended = true;
        self.withdraw_offers();
        let after_seq = self.last.map(|(seq, _)| seq);
        let seq = after_seq.map_or(0, |seq| seq + 1);
        let event = Event::EndOfRun { cause, after_seq, used: None };
        self.records.push(Record { seq, at: self.now, cause: after_seq, event });
    }

    fn take_records(&mut self) {
        self.records.extend(self.engine.drain_records());
        if let Some(record) = self.records.last() {
            self.last = Some((record.seq, record.at));
        }
    }

    /// A number that is equal for runs from which the same can follow.
    fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.engine.hash_rest(&mut hasher);
        self.program.hash_shared(&mut hasher);
        (self.now, &self.timers, self.offers, &self.results, &self.opened, self.ended)
            .hash(&mut hasher);
        for (agent, lane) in &self.lanes {
            if !matches!(agent, Agent::Worker(_)) {
                agent.hash(&mut hasher);
                self.hash_lane(*agent, lane, &mut hasher);
            }
        }
        let workers = self.lanes.keys().filter_map(|agent| match agent {
            Agent::Worker(worker) => Some(self.worker_key(*worker)),
            _ => None,
        });
        let mut workers: Vec<u64> = workers.collect();
        if self.plan.scenario.compare != Compare::Workers {
            workers.sort_unstable();
        }
        workers.hash(&mut hasher);
        for (worker, how) in &self.deaths {
            (self.worker_key(*worker), how).hash(&mut hasher);
        }
        hasher.finish()
    }

    fn hash_lane(&self, agent: Agent, lane: &Lane, hasher: &mut impl Hasher) {
        self.program.hash_lane(agent, hasher);
        lane.todo.hash(hasher);
        self.gil.as_ref().and_then(|gil| gil.place(agent)).hash(hasher);
        // When it fell asleep makes no difference, nor since when it could have gone on.
        match lane.todo.last() {
            Some(
                Todo::Woke | Todo::Asleep | Todo::OwnAsleep | Todo::AtGate(..) | Todo::AwaitsGil(_),
            ) => {}
            _ => lane.at.max(self.now).hash(hasher),
        }
    }

    /// All about one worker, but for its number.
    fn worker_key(&self, worker: WorkerId) -> u64 {
        let agent = Agent::Worker(worker);
        let mut hasher = DefaultHasher::new();
        self.engine.hash_worker(worker, &mut hasher);
        if let Some(lane) = self.lanes.get(&agent) {
            self.hash_lane(agent, lane, &mut hasher);
        }
        self.roused.contains(&worker).hash(&mut hasher);
        let died = self.deaths.iter().position(|(dead, _)| *dead == worker);
        died.hash(&mut hasher);
        hasher.finish()
    }
}
