//! The emulated GIL in virtual time: of all threads that have something to compute, one does.
//!
//! ```text
//!           nobody has it                        through with its work: let go
//!  NeedsGil ─────────────▶ Computes ───────────────────────────────────────────▶ what the body wants
//!     │                     ▲    │
//!     │ somebody has it     │    │ others wait, and its turn is over: let go, to the end of the queue
//!     └──────────▶ AwaitsGil ◀───┘
//! ```
//!
//! Whoever waits stands in a queue, and whoever lets go hands over to its head. A turn is over 5 ms
//! ([`limits::SWITCH_INTERVAL`]) after it began or after somebody came to wait, whichever is later:
//! that is when a waiting thread of CPython, having seen no switch for so long, asks for one. Without
//! waiters a turn lasts as long as the work. So nothing happens here but takings and releases.
//!
//! Where this is more orderly than CPython: there, whom the lock goes to is the operating system's
//! choice. Here as with real threads (`backend`, `runner/gil.rs`) it is who has waited longest.

use std::collections::VecDeque;

use super::Sim;
use super::lanes::Todo;
use crate::engine::event::Agent;
use crate::engine::io::{Fact, Input};
use crate::limits;
use crate::units::{Instant, Span};

/// Who has the GIL and who waits for it.
#[derive(Debug, Clone, Default)]
pub struct Gil {
    /// Exactly the agent whose next thing to do is `Computes`.
    holder: Option<Agent>,
    /// Exactly the agents whose next thing to do is `AwaitsGil`, the longest waiting first. Empty
    /// while nobody has it.
    queue: VecDeque<Agent>,
}

impl Gil {
    /// How many are before this agent; none if it does not wait. For comparing states: agents are
    /// told apart by their places here, and who has it by what it does.
    pub fn place(&self, agent: Agent) -> Option<usize> {
        self.queue.iter().position(|waiter| *waiter == agent)
    }
}

impl Sim {
    /// An agent comes to compute for so long.
    pub fn come_for_gil(&mut self, agent: Agent, work: Span) {
        let Some(holder) = self.gil().holder else {
            return self.take_gil(agent, work);
        };
        self.gil().queue.push_back(agent);
        self.push(agent, Todo::AwaitsGil(work));
        if self.gil().queue.len() == 1 {
            // The first to wait; till now, the turn had no end but the work's.
            let turn_ends = self.now + limits::SWITCH_INTERVAL;
            let lane = self.lane(holder);
            lane.at = lane.at.min(turn_ends);
        }
    }

    /// The agent that has it is through with its work, which takes until `until`, or its turn is
    /// over: it lets go, and whoever is next has it.
    pub fn let_go_of_gil(&mut self, agent: Agent, until: Instant) {
        self.input(agent, Input::Fact(Fact::GilReleased { by: agent }));
        self.gil().holder = None;
        if until > self.now {
            self.gil().queue.push_back(agent);
            self.push(agent, Todo::AwaitsGil(until.since(self.now)));
        }
        let Some(next) = self.gil().queue.pop_front() else { return };
        match self.lane(next).todo.pop() {
            Some(Todo::AwaitsGil(work)) => self.take_gil(next, work),
            other => unreachable!("{next:?} waits for the GIL, and is to do {other:?}"),
        }
    }

    fn take_gil(&mut self, agent: Agent, work: Span) {
        self.input(agent, Input::Fact(Fact::GilTaken { by: agent }));
        let until = self.now + work;
        let turn_ends =
            if self.gil().queue.is_empty() { until } else { self.now + limits::SWITCH_INTERVAL };
        self.gil().holder = Some(agent);
        self.push(agent, Todo::Computes { until });
        self.lane(agent).at = until.min(turn_ends);
    }

    fn gil(&mut self) -> &mut Gil {
        self.gil.as_mut().expect("only who shares a GIL comes for it")
    }
}
