//! What the learner's program does: a mode over the task graph, or steps, as a generator of commands.
//!
//! A program stands *above* the engine and uses only its commands, exactly the calls that any Python
//! program could make. It never sees the pool, a worker or the log. A driver asks it what a lane does
//! next, hands the command to the engine, and brings the answer back:
//!
//! ```text
//!   driver ──resume(lane, answer)──▶ Program ──Op::Do(command)──▶ driver ──▶ Engine ──answer──▶ …
//! ```
//!
//! Lanes are the main thread, and every thread in which Python would run a done-callback: a worker,
//! the manager, a person who cancels. What they share (which task has come to what) is the program's
//! own state, as a script's variables are.

mod callbacks;
mod compile;
mod item_steps;
mod items;
mod map_mode;
mod modes;
mod names;
mod pool_modes;
mod pool_steps;
mod progress;
mod steps;

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::engine::event::Agent;
use crate::engine::io::{Answer, Command};
use crate::outcome::{Outcome, Raised};
use crate::scenario::{ExecutorKind, Mode, Plan, ProgramPlan};
use crate::units::{CallbackId, FutureId, IteratorId, TaskId};

use callbacks::{Callback, CallbackFrame};
use compile::{Instruction, compile};
use items::{Chunks, Feed, Given};
use map_mode::MapMode;
use modes::{AsCompletedMode, SubmitMode, WaitMode};
use names::Names;
use pool_modes::{PoolCompletedMode, PoolMapMode};
use progress::Progress;
use steps::Script;

/// What a lane does next.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// Call this, and bring its answer back.
    Do(Command),
    /// The callback that runs in this lane has ended.
    CallbackEnded {
        /// What it raised.
        raised: Option<Raised>,
    },
    /// The program is over.
    Ended,
}

/// One run of a scenario's program. See the module's page.
#[derive(Debug, Clone)]
pub struct Program {
    main: MainFrame,
    /// Callbacks at work in each lane; the last is the innermost.
    frames: BTreeMap<Agent, Vec<CallbackFrame>>,
    /// Each lane's last command that can be answered `Again`; by how many callbacks were at work in it, because what a
    /// command cancels has callbacks, and these have commands, before the command is done again.
    last: BTreeMap<(Agent, usize), Command>,
    shared: Shared,
}

/// What all lanes of a program know.
#[derive(Debug, Clone)]
struct Shared {
    plan: Arc<Plan>,
    progress: Progress,
    /// What each registered callback does, by [`CallbackId`].
    callbacks: Vec<Callback>,
    /// What the iterators of a script's `map` with a `buffersize` have still to submit.
    feeds: BTreeMap<IteratorId, Feed>,
    /// What a script's names stand for, for all of its lanes.
    names: Names,
}

#[derive(Debug, Clone, Hash)]
enum MainFrame {
    Submit(SubmitMode),
    Map(MapMode),
    AsCompleted(AsCompletedMode),
    Wait(WaitMode),
    PoolMap(PoolMapMode),
    PoolCompleted(PoolCompletedMode),
    Steps(Box<Script>),
}

impl Program {
    /// The program of this plan, before its first command.
    pub fn new(plan: Arc<Plan>) -> Self {
        let pool = plan.kind() == ExecutorKind::Pool;
        let main = match &plan.program {
            ProgramPlan::Mode {
                mode,
                timeout,
                return_when,
                chunksize: _,
                buffersize,
                on_error,
            } => match mode {
                Mode::Submit => MainFrame::Submit(SubmitMode::default()),
                Mode::Map if pool => MainFrame::PoolMap(PoolMapMode::new(*on_error)),
                Mode::Map => MainFrame::Map(MapMode::new(*timeout, *buffersize, *on_error)),
                Mode::AsCompleted if pool => {
                    MainFrame::PoolCompleted(PoolCompletedMode::new(*timeout))
                }
                Mode::AsCompleted => MainFrame::AsCompleted(AsCompletedMode::new(*timeout)),
                Mode::Wait => MainFrame::Wait(WaitMode::new(*timeout, *return_when)),
            },
            ProgramPlan::Steps { steps, with_block } => {
                let code = compile(steps, &plan).into();
                MainFrame::Steps(Box::new(Script::main(code, *with_block)))
            }
        };
        let progress = Progress::new(&plan);
        Self {
            main,
            frames: BTreeMap::new(),
            last: BTreeMap::new(),
            shared: Shared {
                plan,
                progress,
                callbacks: Vec::new(),
                feeds: BTreeMap::new(),
                names: Names::default(),
            },
        }
    }

    /// What `lane` does next, when `answer` is what came of its last command; `Answer::Nothing` at the
    /// beginning of the main thread or of a callback.
    pub fn resume(&mut self, lane: Agent, answer: Answer) -> Op {
        let depth = self.frames.get(&lane).map_or(0, Vec::len);
        if answer == Answer::Again {
            return Op::Do(self.last[&(lane, depth)].clone());
        }
        let op = match self.frames.get_mut(&lane).and_then(|frames| frames.last_mut()) {
            Some(callback) => callback.resume(&mut self.shared, answer),
            None => self.resume_main(answer),
        };
        match &op {
            // Nearly all commands of a long run are these two, and neither is answered `Again`.
            Op::Do(Command::Submit { .. } | Command::Result { .. }) => {}
            Op::Do(command) => {
                self.last.insert((lane, depth), command.clone());
            }
            Op::CallbackEnded { .. } => {
                self.frames.get_mut(&lane).map(Vec::pop);
            }
            Op::Ended => {}
        }
        op
    }

    /// A callback begins in `lane`, inside whatever that lane is doing.
    ///
    /// The lane's answer to its interrupted command is for the caller to keep until
    /// [`Op::CallbackEnded`].
    pub fn begin_callback(
        &mut self,
        lane: Agent,
        future: FutureId,
        callback: CallbackId,
        given: Option<Outcome>,
    ) {
        let does = self.shared.callbacks[callback.index()].clone();
        self.frames.entry(lane).or_default().push(CallbackFrame::new(future, does, given));
    }

    /// Whether this callback can keep its lane waiting: one of a mode's own, or one that only prints,
    /// cannot.
    pub fn may_take_long(&self, callback: CallbackId) -> bool {
        match &self.shared.callbacks[callback.index()] {
            Callback::Dependents(_) => false,
            Callback::Script { code, .. } => code.code.iter().any(Instruction::may_wait),
        }
    }

    /// The callbacks at work in a lane, for comparing states; of main, also what it is doing.
    pub fn hash_lane(&self, lane: Agent, state: &mut impl Hasher) {
        self.frames.get(&lane).hash(state);
        if lane == Agent::Main {
            self.main.hash(state);
        }
    }

    /// What all lanes know, for comparing states.
    pub fn hash_shared(&self, state: &mut impl Hasher) {
        let shared = &self.shared;
        (&shared.progress, &shared.callbacks, &shared.feeds, &shared.names).hash(state);
    }

    fn resume_main(&mut self, answer: Answer) -> Op {
        let shared = &mut self.shared;
        match &mut self.main {
            MainFrame::Submit(mode) => mode.resume(shared, &answer),
            MainFrame::Map(mode) => mode.resume(shared, answer),
            MainFrame::AsCompleted(mode) => mode.resume(shared, answer),
            MainFrame::Wait(mode) => mode.resume(shared, answer),
            MainFrame::PoolMap(mode) => mode.resume(shared, answer),
            MainFrame::PoolCompleted(mode) => mode.resume(shared, answer),
            MainFrame::Steps(script) => script.resume(shared, answer),
        }
    }
}

impl Shared {
    /// The `chunksize` of a mode, if it is given.
    fn chunksize(&self) -> Option<usize> {
        match self.plan.program {
            ProgramPlan::Mode { chunksize, .. } => chunksize,
            ProgramPlan::Steps { .. } => None,
        }
    }

    /// The calls of these tasks, whose inputs must all have returned.
    fn chunks(&self, tasks: Vec<TaskId>, chunksize: usize) -> Chunks {
        let value = |input: &TaskId| self.progress.value(*input).clone();
        let given = |task: TaskId| -> Given {
            (task, self.plan.task(task).inputs.iter().map(value).collect())
        };
        Chunks::new(tasks.into_iter().map(given).collect(), chunksize)
    }

    fn register(&mut self, callback: Callback) -> CallbackId {
        self.callbacks.push(callback);
        CallbackId::at(self.callbacks.len() - 1)
    }
}
