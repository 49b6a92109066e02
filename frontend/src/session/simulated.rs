//! A run that this page simulates: the second source of records, beside the socket.
//!
//! It computes a little in each animation frame, and its records go through the same fold as those of
//! a real run. It needs no server, and has no name there.

use std::sync::Arc;

use shared::engine::event::Record;
use shared::protocol::http::Ask;
use shared::scenario::Plan;
use shared::sim::{Move, Sim};
use shared::units::Instant;

/// Steps between two looks at the clock, which costs about as much as one.
const STEPS: u32 = 4;

/// Where records come from in this page itself. A trait, so that the first half of the page can hold a
/// simulated run without the code of the simulator, which is in the second.
pub trait Source {
    /// An animation frame begins in which some of it is computed, or taken.
    fn begin_frame(&mut self);

    /// In how many animation frames it was so far.
    fn frames(&self) -> u32;

    /// Whether it can go on by itself: not if it has ended, or waits for a person.
    fn goes_on(&self) -> bool;

    /// The records of the next few steps.
    fn next_records(&mut self) -> Vec<Record>;

    /// What a person wants of it. Its log tells what comes of that.
    fn ask(&mut self, ask: Ask);

    /// What a person may choose; none if it is not their turn.
    fn turn(&self) -> Option<Turn> {
        None
    }

    /// What a person chose.
    fn hand(&mut self, _: Hand) {}
}

/// A person's turn in a run by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// When, in virtual time: it moves on also where nothing is written in the log.
    pub at: Instant,
    /// What can be chosen.
    pub moves: Vec<Move>,
}

/// What a person does at their turn in a run by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// The move in this place.
    Choose(usize),
    /// None any more: nature goes on alone.
    LetRun,
}

/// The simulator as a source.
pub struct Simulated {
    sim: Sim,
    ended: bool,
    frames: u32,
}

impl Simulated {
    /// This plan with its own seed, before the first step; `by_hand`, a person gives out its calls.
    pub fn new(plan: &Arc<Plan>, by_hand: bool) -> Self {
        let sim = Sim::new(plan.clone(), plan.scenario.seed).attended().in_slices();
        let sim = if by_hand { sim.by_hand() } else { sim };
        Self { sim, ended: false, frames: 0 }
    }
}

impl Source for Simulated {
    fn begin_frame(&mut self) {
        self.frames += 1;
    }

    fn frames(&self) -> u32 {
        self.frames
    }

    fn goes_on(&self) -> bool {
        !self.ended && !self.sim.waits_for_person() && !self.sim.waits_for_move()
    }

    fn next_records(&mut self) -> Vec<Record> {
        for _ in 0..STEPS {
            self.ended |= !self.sim.step();
            if !self.goes_on() {
                break;
            }
        }
        self.sim.drain_records()
    }

    fn ask(&mut self, ask: Ask) {
        match ask {
            Ask::Act(act) => {
                self.sim.act(act);
            }
            Ask::Stop => self.sim.stop(),
        }
    }

    fn turn(&self) -> Option<Turn> {
        let moves = self.sim.offers().to_vec();
        (!moves.is_empty()).then(|| Turn { at: self.sim.now(), moves })
    }

    fn hand(&mut self, hand: Hand) {
        match hand {
            Hand::Choose(at) => {
                self.sim.choose(at);
            }
            Hand::LetRun => self.sim.let_run(),
        }
    }
}
