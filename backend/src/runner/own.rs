//! The threads that a pool of processes has of its own in the program's process: what each still has to
//! do, and whether it is kept by a callback.
//!
//! ```text
//!                 ┌─ free: the thread of `processes.rs` does its duties, one after the other
//!  own thread ────┤
//!                 └─ away: a callback of it runs in a thread beside; its duties wait until it is back
//! ```
//!
//! In CPython each is a thread. Here one thread is all of them, because that is quicker and nobody can
//! see the difference, but for one case: a callback that takes long keeps only the thread that runs it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use shared::engine::event::{Agent, HowExited};
use shared::engine::io::Answer;
use shared::scenario::ExecutorKind;
use shared::units::{CallId, WorkerId};

use super::Ending;
use super::lane::Lane;
use super::run::Run;
use super::state::{Mine, State};
use super::threads;

/// Something that one of them has to do.
#[derive(Debug)]
pub enum Duty {
    /// Read the result of this call.
    Read(CallId),
    /// Notice that this worker is no more.
    Exited(WorkerId, HowExited),
    /// Notice that this worker could not be started.
    NotStarted(WorkerId, String),
    /// Go on with its own steps.
    Steps,
}

/// One of them.
#[derive(Debug, Default)]
struct Own {
    duties: VecDeque<Duty>,
    away: bool,
}

/// All of them.
pub struct OwnThreads {
    run: Arc<Run>,
    threads: BTreeMap<Agent, Own>,
    /// Who reads results.
    reader: Agent,
    /// Who notices that workers end.
    reaper: Agent,
}

impl OwnThreads {
    /// Those of this run's pool.
    pub fn new(run: &Arc<Run>) -> Self {
        let (agents, reader, reaper) = match run.plan.kind() {
            ExecutorKind::Pool => {
                use Agent::{ResultHandler, TaskHandler, WorkerHandler};
                (vec![TaskHandler, ResultHandler, WorkerHandler], ResultHandler, WorkerHandler)
            }
            _ => (vec![Agent::Manager, Agent::Feeder], Agent::Manager, Agent::Manager),
        };
        let threads = agents.into_iter().map(|agent| (agent, Own::default())).collect();
        Self { run: Arc::clone(run), threads, reader, reaper }
    }

    /// The run.
    pub fn run(&self) -> &Arc<Run> {
        &self.run
    }

    /// Whoever it concerns has this to do.
    pub fn put(&mut self, duty: Duty) {
        let agent = match duty {
            Duty::Read(_) => self.reader,
            Duty::Exited(..) | Duty::NotStarted(..) | Duty::Steps => self.reaper,
        };
        self.own(agent).duties.push_back(duty);
    }

    /// This one has to go on with its steps before anything else.
    pub fn put_steps(&mut self, agent: Agent) {
        self.own(agent).duties.push_front(Duty::Steps);
    }

    fn own(&mut self, agent: Agent) -> &mut Own {
        self.threads.get_mut(&agent).expect("only the pool's own threads have duties")
    }

    /// Whether no callback keeps it.
    pub fn is_free(&self, agent: Agent) -> bool {
        self.threads.get(&agent).is_some_and(|own| !own.away)
    }

    /// The next thing to do for one of those that are free.
    pub fn next(&mut self, state: &State) -> Option<(Agent, Duty)> {
        for (agent, own) in self.threads.iter_mut().filter(|(_, own)| !own.away) {
            if let Some(duty) = own.duties.pop_front() {
                return Some((*agent, duty));
            }
            if state.engine.is_woken(*agent) {
                return Some((*agent, Duty::Steps));
            }
        }
        None
    }

    /// Whether there is anything to do for one of those that are free.
    pub fn has_nothing_to_do(&self, state: &State) -> bool {
        let idle = |(agent, own): (&Agent, &Own)| {
            own.away || (own.duties.is_empty() && !state.engine.is_woken(*agent))
        };
        self.threads.iter().all(idle)
    }

    /// Those whose callbacks are through are free again.
    pub fn come_back(&mut self, state: &mut State) {
        for agent in std::mem::take(&mut state.back) {
            self.own(agent).away = false;
        }
    }

    /// Callbacks of this one run in a thread beside. Nothing comes of them but what the engine is told.
    pub fn send_away(&mut self, agent: Agent, mine: Mine) -> Answer {
        self.own(agent).away = true;
        let answer = mine.answer.clone();
        let (run, lane) = (Arc::clone(&self.run), Lane::new(&self.run, agent));
        let name = run.plan.scenario.executor.kind.class().to_owned();
        let started = threads::start(&self.run, name, move || {
            lane.settle(mine)?;
            let mut state = run.enter("own thread")?;
            state.comes_back(agent);
            Ok(())
        });
        if let Err(error) = started {
            self.run.end(Ending::Failed(format!("no thread for a callback: {error}")));
        }
        answer
    }
}
