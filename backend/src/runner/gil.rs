//! The emulated GIL: of all threads of the program that have something to compute, one does.
//!
//! Our threads are real and would compute at once. CPython's do not, and so whoever computes needs this
//! token. It goes to who has waited longest, and it is made to go round: the first in the queue, having
//! seen no switch for 5 ms ([`limits::SWITCH_INTERVAL`]), asks for it; whoever has it looks between two
//! slices of its work whether it was asked, and then lets go and joins the end of the queue. A plain
//! mutex would not do: who unlocks and locks again at once mostly wins against who has to wake up first,
//! and in seconds of work there would be two or three switches.
//!
//! ```text
//!   compute ──take──▶ [ held ] ◀──wanted── first in the queue, after 5 ms ◀── … ◀── others
//!                        │
//!                        └── at its next slice: release, and take again behind them
//! ```
//!
//! **Order of locks**: this token before the engine, never the reverse. Whoever has it may speak to the
//! engine, and does so twice: `GilTaken` when it has it, `GilReleased` before it lets go. So the log
//! never shows two who have it. Nobody waits here under the engine's lock; and the mutex inside is
//! held for a few lines only, in which nobody is called.
//!
//! The end of the run wakes all who wait, and they unwind ([`Gil::end`]).

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

use shared::engine::event::Agent;
use shared::engine::io::Fact;
use shared::limits;
use shared::units::Span;

use super::clock::Clock;
use super::lane::Lane;
use super::over::Over;
use super::sync::{self, Condvar, Mutex};

/// The token. See the module's page.
#[derive(Debug, Default)]
pub struct Gil {
    token: Mutex<Token>,
    /// Rung at each change of the token.
    bell: Condvar,
    /// The first in the queue has waited long enough. For whoever has the token, who looks at each slice
    /// and does not want to lock.
    wanted: AtomicBool,
}

#[derive(Debug, Default)]
struct Token {
    held: bool,
    /// Who waits, the longest waiting first.
    queue: VecDeque<Agent>,
    /// How often it went to somebody who had waited.
    switches: u64,
    /// The run is over, and nobody gets it any more.
    over: bool,
}

impl Gil {
    /// Takes it, and waits for it behind everybody else who does.
    ///
    /// # Errors
    /// [`Over`] if the run ends first.
    fn take(&self, clock: &Clock, agent: Agent) -> Result<(), Over> {
        let mut token = sync::unpoisoned(self.token.lock());
        if !token.over && !token.held && token.queue.is_empty() {
            token.held = true;
            return Ok(());
        }
        token.queue.push_back(agent);
        let (mut seen, mut asks_at) = (token.switches, clock.now() + limits::SWITCH_INTERVAL);
        loop {
            if token.over {
                return Err(Over);
            }
            let is_first = token.queue.front() == Some(&agent);
            if is_first && !token.held {
                token.queue.pop_front();
                token.held = true;
                token.switches += 1;
                self.wanted.store(false, Ordering::Relaxed);
                // For the one that is first now: its time begins.
                self.bell.notify_all();
                return Ok(());
            }
            if token.switches != seen {
                (seen, asks_at) = (token.switches, clock.now() + limits::SWITCH_INTERVAL);
            }
            let left = asks_at.since(clock.now());
            if is_first && left == Span::ZERO {
                self.wanted.store(true, Ordering::Relaxed);
            }
            let woken = if is_first && left > Span::ZERO {
                sync::wait_at_most(&self.token, &self.bell, token, clock, left)
            } else {
                self.bell.wait(token)
            };
            token = sync::unpoisoned(woken);
        }
    }

    fn release(&self) {
        sync::unpoisoned(self.token.lock()).held = false;
        self.bell.notify_all();
    }

    fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }

    /// Wakes all who wait: the run is over.
    pub fn end(&self) {
        sync::unpoisoned(self.token.lock()).over = true;
        self.bell.notify_all();
    }
}

/// What one body has of the GIL: it, or not.
pub struct Share<'a> {
    lane: &'a Lane,
    /// None without a GIL.
    gil: Option<&'a Gil>,
    holds: bool,
}

impl<'a> Share<'a> {
    /// Not yet.
    pub fn new(lane: &'a Lane) -> Self {
        Self { lane, gil: lane.run.gil.as_ref(), holds: false }
    }

    /// To be called before each slice of work: takes the GIL, or lets others have it who want it.
    ///
    /// # Errors
    /// [`Over`] if the run ends first.
    pub fn turn(&mut self) -> Result<(), Over> {
        let Some(gil) = self.gil else { return Ok(()) };
        if self.holds && gil.is_wanted() {
            self.let_go()?;
        }
        if !self.holds {
            let by = self.lane.agent;
            gil.take(&self.lane.run.clock, by)?;
            self.holds = true;
            self.lane.tell("GIL taken", Fact::GilTaken { by })?;
        }
        Ok(())
    }

    /// To be called before anything that may wait, and when the body is through.
    ///
    /// # Errors
    /// [`Over`] if the run is over.
    pub fn let_go(&mut self) -> Result<(), Over> {
        let (Some(gil), true) = (self.gil, self.holds) else { return Ok(()) };
        let by = self.lane.agent;
        // Told first: afterwards somebody else could tell that it has it.
        self.lane.tell("GIL released", Fact::GilReleased { by })?;
        self.holds = false;
        gil.release();
        Ok(())
    }
}
