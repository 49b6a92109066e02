//! One agent's thread of control: the protocol between it, the program and the engine.
//!
//! ```text
//!            ┌──────────────────────────────────────────────┐
//!            ▼                                              │
//!   program.resume ─command─▶ engine.handle ─▶ start threads, run callbacks (nested)
//!                                                  │        │
//!                                        Blocked?  ├── no ──┘ answer
//!                                                  │
//!                                                  └── yes: sleep until woken or due, report
//!                                                           `Woke`, and look at what comes of that
//! ```
//!
//! The main thread, each worker, the manager of worker processes and the person are lanes. A callback
//! runs in the lane that the engine named, to its end, before that lane does anything else, as Python
//! runs it in the thread that finished or cancelled the future.

use std::sync::Arc;

use shared::engine::event::Agent;
use shared::engine::io::{Answer, Assignment, Command, Fact, Timer};
use shared::outcome::Raised;
use shared::program::Op;
use shared::units::Instant;

use super::body;
use super::over::Over;
use super::run::{Run, STEPS};
use super::state::{CallbackRun, Mine};
use super::threads;

/// A lane: whoever has it is this agent.
#[derive(Clone)]
pub struct Lane {
    /// The run.
    pub run: Arc<Run>,
    /// Who this is.
    pub agent: Agent,
}

impl Lane {
    /// This agent of this run.
    pub fn new(run: &Arc<Run>, agent: Agent) -> Self {
        Self { run: Arc::clone(run), agent }
    }

    /// Calls something and brings back what it answers, however long that takes.
    ///
    /// # Errors
    /// [`Over`] if the run ends first.
    pub fn call(&self, command: Command) -> Result<Answer, Over> {
        let mine = self.run.enter("call")?.command(self.agent, command);
        self.settle(mine)
    }

    /// Reports what happened.
    ///
    /// # Errors
    /// [`Over`] if the run ends first.
    pub fn tell(&self, purpose: &'static str, fact: Fact) -> Result<Answer, Over> {
        let mine = self.run.enter(purpose)?.fact(fact);
        self.settle(mine)
    }

    /// Reports what happened, and at once what follows upon it, unless there is something to do between
    /// the two; answers the second.
    ///
    /// # Errors
    /// [`Over`] if the run ends first.
    pub fn tell_both(
        &self,
        purpose: &'static str,
        first: Fact,
        second: Fact,
    ) -> Result<Answer, Over> {
        let mine = {
            let mut state = self.run.enter(purpose)?;
            let mine = state.fact(first);
            if STEPS > 1 && mine.is_plain() && !state.is_over() {
                // Also if somebody is to be rung: that is soon enough after one more step.
                state.look_at_the_clock();
                Ok(state.fact(second))
            } else {
                Err((mine, second))
            }
        };
        match mine {
            Ok(mine) => self.settle(mine),
            Err((mine, second)) => {
                self.settle(mine)?;
                self.tell(purpose, second)
            }
        }
    }

    /// Does what is left for this lane, and waits if it is blocked; the answer is never `Blocked`.
    ///
    /// # Errors
    /// [`Over`] if the run ends first.
    pub fn settle(&self, mut mine: Mine) -> Result<Answer, Over> {
        loop {
            for worker in mine.spawn {
                if let Err(error) = threads::spawn(&self.run, worker) {
                    let message = error.to_string();
                    self.tell("spawn failed", Fact::SpawnFailed { worker, message })?;
                }
            }
            for callback in mine.callbacks {
                self.run_callback(callback)?;
            }
            if mine.answer != Answer::Blocked {
                return Ok(mine.answer);
            }
            mine = self.sleep_until_woken(mine.deadline)?;
        }
    }

    /// Runs the program in this lane until the callback that is at work in it ends, or the program
    /// itself; returns what the callback raised.
    ///
    /// # Errors
    /// [`Over`] if the run ends first, as it does at the end of the program itself.
    pub fn run_program(&self) -> Result<Option<Raised>, Over> {
        let mut answer = Answer::Nothing;
        loop {
            let mine = {
                let mut state = self.run.enter("program")?;
                let mut steps = 1;
                loop {
                    let mine = match state.program.resume(self.agent, answer) {
                        Op::Do(command) => state.command(self.agent, command),
                        Op::CallbackEnded { raised } => return Ok(raised),
                        Op::Ended => return Ok(None),
                    };
                    let here = matches!(mine.answer, Answer::RunHere(_));
                    if here || !mine.is_plain() || steps == STEPS || !state.go_on() {
                        break mine;
                    }
                    answer = mine.answer;
                    steps += 1;
                }
            };
            answer = match self.settle(mine)? {
                Answer::RunHere(assignment) => self.run_here(&assignment)?,
                answer => answer,
            };
        }
    }

    fn run_callback(&self, run: CallbackRun) -> Result<(), Over> {
        let CallbackRun { future, callback, given } = run;
        let lane = self.agent;
        let mine = {
            let mut state = self.run.enter("callback")?;
            state.program.begin_callback(lane, future, callback, given);
            state.fact(Fact::CallbackStarted { lane, future, callback })
        };
        self.settle(mine)?;
        let raised = self.run_program()?;
        let ended = Fact::CallbackReturned { lane, future, callback, raised };
        self.tell("callback ended", ended)?;
        Ok(())
    }

    /// The main thread calls a task's function itself.
    fn run_here(&self, assignment: &Assignment) -> Result<Answer, Over> {
        let items = body::run_in_thread(self, assignment)?;
        let task = assignment.work.first_task().expect("only tasks are called directly");
        let outcome = items.outcome(self.run.plan.task(task).items.is_some());
        self.tell("direct call", Fact::DirectCallReturned { task, outcome })
    }

    /// Sleeps until the engine has woken this lane; its deadline, if it has one, is reported by the
    /// sleeper itself, which nobody can then forget to tell.
    fn sleep_until_woken(&self, mut deadline: Option<Instant>) -> Result<Mine, Over> {
        let agent = self.agent;
        let bell = self.run.bells.of(agent);
        let mut state = self.run.enter("wake")?;
        if !state.engine.is_woken(agent) {
            state = state.look_out(bell)?;
        }
        loop {
            if state.engine.is_woken(agent) {
                return Ok(state.fact(Fact::Woke { agent }));
            }
            if deadline.is_some_and(|at| at <= state.now()) {
                deadline = None;
                let fired = state.fact(Fact::TimerFired { timer: Timer::Blocked(agent) });
                debug_assert!(fired.callbacks.is_empty(), "a deadline runs no callback");
            } else {
                state = state.wait(bell, deadline)?;
            }
        }
    }
}
