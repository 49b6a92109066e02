//! Whether what claims to be a log can be one of a plan's.
//!
//! A log that a runner of ours wrote is true, and the folds rely on that: futures and calls are
//! numbered in the order in which they come, and nothing is said of what is not there. A log out of a
//! link is a stranger's word, and is looked at by this first. What passes may still be a run that no
//! Python would do; it makes a strange picture, and no harm.

use crate::engine::event::{Act, Agent, Because, BlockedOn, Event, Items, Question, Record, Work};
use crate::limits;
use crate::scenario::Plan;
use crate::units::{CallId, FutureId, Seq, TaskId, WorkerId};

/// Why something is not a log of this plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("record {seq} {why}")]
pub struct Unsound {
    /// Which record.
    pub seq: Seq,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Makes sure that these records can be a log of this plan.
///
/// # Errors
/// [`Unsound`] at the first that cannot.
pub fn check(plan: &Plan, records: &[Record]) -> Result<(), Unsound> {
    let mut known = Known {
        tasks: plan.tasks.len(),
        calls: Vec::new(),
        finished: Vec::new(),
        parts: 0,
        workers: 0,
    };
    let mut now = records.first().map(|first| first.at);
    for (record, seq) in records.iter().zip(0..) {
        let in_order = record.seq == seq
            && Some(record.at) >= now
            && record.cause.is_none_or(|cause| cause < seq);
        now = Some(record.at);
        let wrong =
            if in_order { known.look(&record.event).err() } else { Some("is out of order") };
        if let Some(why) = wrong {
            return Err(Unsound { seq, why });
        }
    }
    Ok(())
}

/// What the records so far have named.
struct Known {
    tasks: usize,
    /// By call, and so by future: how many items it carries.
    calls: Vec<u32>,
    /// By future: whether it is done.
    finished: Vec<bool>,
    /// Parts of all calls together.
    parts: usize,
    workers: usize,
}

type Look = Result<(), &'static str>;

fn when(fits: bool, otherwise: &'static str) -> Look {
    if fits { Ok(()) } else { Err(otherwise) }
}

impl Known {
    fn look(&mut self, event: &Event) -> Look {
        match event {
            Event::Submitted { future, call, work, by } => {
                self.agent(*by)?;
                self.submitted(*future, *call, work)
            }
            Event::WorkerSpawned { worker } => {
                let next = worker.index() == self.workers && self.workers < limits::WORKERS;
                self.workers += 1;
                when(next, "starts a worker that is not the next")
            }
            Event::Running { future } | Event::Notified { future } => self.future(*future),
            Event::Finished { future, .. } => {
                self.future(*future)?;
                let before = std::mem::replace(&mut self.finished[future.index()], true);
                when(!before, "finishes a future that is finished")
            }
            Event::Cancelled { future, by } | Event::Yielded { future, by, .. } => {
                self.future(*future)?;
                self.agent(*by)
            }
            Event::CallbackStarted { future, lane, .. }
            | Event::CallbackEnded { future, lane, .. } => {
                self.future(*future)?;
                self.agent(*lane)
            }
            Event::Queued { call }
            | Event::Packed { call, .. }
            | Event::Unblocked { call }
            | Event::ResultArrived { call } => self.call(*call),
            Event::Blocked { call, on } => {
                self.call(*call)?;
                self.on(*on)
            }
            Event::Taken { call, worker } | Event::Lost { call, worker } => {
                self.call(*call)?;
                self.worker(*worker)
            }
            Event::Returned { call, worker, items, .. } => {
                self.call(*call)?;
                self.worker(*worker)?;
                self.items(*call, items)
            }
            Event::WorkerStarted { worker, .. }
            | Event::WorkerIdle { worker }
            | Event::WorkerExited { worker, .. }
            | Event::SpawnFailed { worker, .. }
            | Event::InitializerStarted { worker }
            | Event::InitializerEnded { worker, .. } => self.worker(*worker),
            Event::AgentWoke { agent: by }
            | Event::HandlerDied { agent: by, .. }
            | Event::Printed { by, .. }
            | Event::ShutdownAsked { by, .. }
            | Event::ShutdownReturned { by }
            | Event::WorkersStopped { by, .. }
            | Event::PoolClosed { by }
            | Event::TerminateAsked { by, .. }
            | Event::TerminateReturned { by }
            | Event::JoinReturned { by }
            | Event::ProgramExiting { by, .. }
            | Event::GilTaken { by }
            | Event::GilReleased { by } => self.agent(*by),
            Event::ProgramBlocked { by, on } | Event::TimedOut { by, on } => {
                self.agent(*by)?;
                self.on(*on)
            }
            Event::Answered { by, what, .. } => {
                self.agent(*by)?;
                self.question(*what)
            }
            Event::WaitReturned { by, done, not_done } => {
                self.agent(*by)?;
                done.iter().chain(not_done).try_for_each(|future| self.future(*future))
            }
            Event::TaskSkipped { task, because } => {
                self.task(*task)?;
                match because {
                    Because::InputFailed(task)
                    | Because::InputCancelled(task)
                    | Because::InputSkipped(task) => self.task(*task),
                    Because::MapEnded | Because::ExecutorRefused => Ok(()),
                }
            }
            Event::DirectCallStarted { task } | Event::DirectCallReturned { task, .. } => {
                self.task(*task)
            }
            Event::ProgramHangs { chain, .. } => chain.iter().try_for_each(|link| {
                self.agent(link.who)?;
                link.of.map_or(Ok(()), |future| self.future(future))?;
                self.on(link.on)
            }),
            Event::Intervened { act, .. } => match act {
                Act::Cancel(task) | Act::KillWorkerOf(task) | Act::Open(task) => self.task(*task),
                Act::KillWorker(worker) => self.worker(*worker),
                Act::Shutdown { .. } => Ok(()),
            },
            Event::ProgramStarted { .. }
            | Event::ExecutorBroken { .. }
            | Event::BlockLeft
            | Event::ProgramEnded { .. }
            | Event::EndOfRun { .. } => Ok(()),
        }
    }

    fn submitted(&mut self, future: FutureId, call: CallId, work: &Work) -> Look {
        let next = self.calls.len();
        let fits = future.index() == next && call.index() == next && next < limits::FUTURES;
        when(fits, "submits a future that is not the next")?;
        if let Work::Tasks(parts) = work {
            self.parts += parts.len();
            when(self.parts <= limits::FUTURES, "carries more tasks than a run has")?;
            let most = limits::ITEMS as u64;
            for part in parts {
                self.task(part.task)?;
                let ends = u64::from(part.first) + u64::from(part.count);
                when(part.count > 0 && ends <= most, "is of items that no task has")?;
            }
        }
        if let Work::Inner { of: Some(of), .. } = work {
            self.future(*of)?;
        }
        self.calls.push(work.item_count());
        self.finished.push(false);
        Ok(())
    }

    fn items(&self, call: CallId, items: &Items) -> Look {
        let ended = items.ended.len();
        let as_long = items.started.len() == ended && items.outcomes.len() == ended;
        // Items behind one that raised are not computed (rule 98).
        let known = self.calls[call.index()] as usize;
        when(as_long && ended <= known, "returns items that its call does not have")
    }

    fn task(&self, task: TaskId) -> Look {
        when(task.index() < self.tasks, "names a task that the experiment does not have")
    }

    fn future(&self, future: FutureId) -> Look {
        when(future.index() < self.calls.len(), "names a future that was not submitted")
    }

    fn call(&self, call: CallId) -> Look {
        when(call.index() < self.calls.len(), "names a call that was not submitted")
    }

    fn worker(&self, worker: WorkerId) -> Look {
        when(worker.index() < self.workers, "names a worker that was not started")
    }

    fn agent(&self, agent: Agent) -> Look {
        match agent {
            Agent::Worker(worker) => self.worker(worker),
            Agent::Main
            | Agent::Manager
            | Agent::TaskHandler
            | Agent::ResultHandler
            | Agent::WorkerHandler
            | Agent::Feeder
            | Agent::Person => Ok(()),
        }
    }

    fn on(&self, on: BlockedOn) -> Look {
        match on {
            BlockedOn::Result(future) | BlockedOn::MapNext(future) => self.future(future),
            BlockedOn::Gate(task) => self.task(task),
            BlockedOn::CompletedNext(_)
            | BlockedOn::Wait(_)
            | BlockedOn::AllTasks
            | BlockedOn::Sleep(_)
            | BlockedOn::Shutdown
            | BlockedOn::Exit
            | BlockedOn::OwnProcess
            | BlockedOn::Job(_)
            | BlockedOn::ImapNext(_)
            | BlockedOn::Join
            | BlockedOn::Terminate => Ok(()),
        }
    }

    fn question(&self, what: Question) -> Look {
        match what {
            Question::Result(future)
            | Question::Exception(future)
            | Question::Done(future)
            | Question::Running(future)
            | Question::Cancelled(future)
            | Question::Cancel(future)
            | Question::Ready(future)
            | Question::Successful(future)
            | Question::Repr(future) => self.future(future),
            Question::Submit
            | Question::Next(_)
            | Question::Sleep
            | Question::AllTasks
            | Question::Job(_)
            | Question::JobReady(_)
            | Question::JobSuccessful(_)
            | Question::Join
            | Question::Terminate => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::scenario::Scenario;
    use crate::sim::Sim;
    use crate::units::Instant;

    fn submitted(future: u32, task: u32) -> Event {
        let work = Work::task(TaskId(task));
        Event::Submitted { future: FutureId(future), call: CallId(future), work, by: Agent::Main }
    }

    #[test]
    fn what_no_engine_would_write_is_told_by_its_record() {
        let text = include_str!("../../../static/examples/seed-001-line-024-map.json");
        let plan = Scenario::parse(text).unwrap().check().unwrap();
        let done = Event::Finished { future: FutureId(0), outcome: crate::outcome::Outcome::Lost };
        let taken = |call| Event::Taken { call: CallId(call), worker: WorkerId(0) };
        let spawned = Event::WorkerSpawned { worker: WorkerId(0) };
        let empty = Event::Returned {
            call: CallId(0),
            worker: WorkerId(0),
            items: Items { started: vec![Instant::ZERO], ..Items::default() },
            transport: None,
        };
        for (events, why) in [
            (vec![submitted(1, 0)], "submits a future that is not the next"),
            (vec![submitted(0, 99)], "names a task that the experiment does not have"),
            (vec![taken(0)], "names a call that was not submitted"),
            (vec![submitted(0, 0), taken(0)], "names a worker that was not started"),
            (
                vec![Event::WorkerSpawned { worker: WorkerId(7) }],
                "starts a worker that is not the next",
            ),
            (vec![done.clone()], "names a future that was not submitted"),
            (vec![submitted(0, 0), done.clone(), done], "finishes a future that is finished"),
            (vec![submitted(0, 0), spawned, empty], "returns items that its call does not have"),
        ] {
            let last = events.len() as Seq - 1;
            let log = events.into_iter().zip(0..).map(|(event, seq)| Record {
                seq,
                at: Instant::ZERO,
                cause: None,
                event,
            });
            let log: Vec<Record> = log.collect();
            assert_eq!(check(&plan, &log), Err(Unsound { seq: last, why }));
        }
        let late = Record { seq: 0, at: Instant(5), cause: None, event: Event::BlockLeft };
        let early = Record { seq: 1, at: Instant(4), ..late.clone() };
        let own = Record { cause: Some(0), ..late.clone() };
        for log in [vec![late.clone(), early], vec![own], vec![Record { seq: 3, ..late }]] {
            assert_eq!(check(&plan, &log).unwrap_err().why, "is out of order");
        }
    }

    #[test]
    fn the_log_of_every_example_is_sound() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/examples");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let scenario = Scenario::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let plan = Arc::new(scenario.check().unwrap());
            let mut sim = Sim::new(plan.clone(), 5);
            while sim.step() {}
            assert_eq!(check(&plan, &sim.drain_records()), Ok(()), "{}", path.display());
        }
    }
}
