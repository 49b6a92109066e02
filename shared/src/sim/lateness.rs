//! Who goes first where several could at one instant: as a rule, whoever is the least late.
//!
//! Virtual time knows no microseconds, but a real machine does: waking a thread takes longer than going
//! on, and what began later ends later. So every agent has a *lateness* within the instant, which goes
//! on with whatever it does and passes to whomever it wakes. It moves no event; it only makes likely
//! what is likely in CPython. Nature is free to choose otherwise, and with every seed but 0 it often does.

use std::collections::BTreeMap;

use crate::engine::event::Agent;
use crate::engine::io::Timer;
use crate::rng::Rng;
use crate::units::Instant;

/// Of so many choices, one does not look at who is late; with the seed 0 all do.
pub const WHIM: u64 = 2;

/// What things take, about in microseconds.
const STEP: u64 = 1;
/// To wake somebody, and how much more it may be.
const WAKE: (u64, u64) = (20, 30);
/// Python's `Thread.start` waits until the thread runs.
const START_THREAD: u64 = 60;
const START_PROCESS: u64 = 400;

/// How late everybody is.
#[derive(Debug, Clone, Default)]
pub struct Lateness {
    agents: BTreeMap<Agent, (Instant, u64)>,
    timers: BTreeMap<Timer, u64>,
    /// Of who made the last step.
    running: u64,
}

impl Lateness {
    /// How late this agent is.
    pub fn of(&self, agent: Agent) -> u64 {
        self.agents.get(&agent).map_or(0, |(_, late)| *late)
    }

    /// How late who set this timer was.
    pub fn of_timer(&self, timer: Timer) -> u64 {
        self.timers.get(&timer).copied().unwrap_or(0)
    }

    /// This agent makes a step.
    pub fn steps(&mut self, agent: Agent, now: Instant) {
        self.running = self.of(agent) + STEP;
        self.agents.insert(agent, (now, self.running));
    }

    /// This timer fires.
    pub fn fires(&mut self, timer: Timer) {
        self.running = self.timers.remove(&timer).unwrap_or(0);
    }

    /// Who made the last step sets this timer.
    pub fn sets(&mut self, timer: Timer) {
        self.timers.insert(timer, self.running);
    }

    /// This timer will not fire.
    pub fn clears(&mut self, timer: Timer) {
        self.timers.remove(&timer);
    }

    /// Who made the last step wakes this agent.
    pub fn wakes(&mut self, agent: Agent, now: Instant, chance: &mut Rng) {
        let own = match self.agents.get(&agent) {
            Some((at, late)) if *at == now => *late,
            _ => 0,
        };
        let (least, more) = WAKE;
        let late = own.max(self.running + least + chance.below(more));
        self.agents.insert(agent, (now, late));
    }

    /// This agent starts a worker: a process, or a thread.
    pub fn starts(&mut self, by: Agent, worker: Agent, now: Instant, process: bool) {
        let took = if process { START_PROCESS } else { START_THREAD };
        self.agents.insert(worker, (now, self.running + took / 2));
        self.running += took;
        self.agents.insert(by, (now, self.running));
    }
}
