//! The person: whoever clicks, and the scenario's planned interventions in their name.
//!
//! One thread is this lane. It sleeps until somebody has clicked or a planned instant has come, and
//! tells the engine; if an act cancels a future, the future's callbacks run here. What comes over the
//! wire is read by another thread, which only puts it where this one looks: a lane is one thread.

use std::sync::Arc;

use shared::engine::event::Agent;
use shared::engine::io::{Command, Fact, Timer};

use super::lane::Lane;
use super::over::Over;
use super::run::Run;
use super::state::Mine;

/// Acts until the run is over.
///
/// # Errors
/// [`Over`], always: nothing else ends it.
pub fn act(run: &Arc<Run>) -> Result<(), Over> {
    let lane = Lane::new(run, Agent::Person);
    loop {
        let mine = next(run)?;
        lane.settle(mine)?;
    }
}

fn next(run: &Run) -> Result<Mine, Over> {
    let mut state = run.enter("person")?;
    loop {
        if let Some(act) = state.acts.pop_front() {
            return Ok(state.command(Agent::Person, Command::Act { plan: None, act }));
        }
        let first = state.timers.first().copied();
        match first {
            Some((at, place)) if at <= state.now() => {
                state.timers.pop_first();
                let timer = Timer::Intervention(place);
                return Ok(state.fact(Fact::TimerFired { timer }));
            }
            first => state = state.wait(&run.bells.person, first.map(|(at, _)| at))?,
        }
    }
}
