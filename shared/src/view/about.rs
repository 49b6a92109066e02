//! What an event is about.

use super::View;
use crate::engine::event::{Event, Work};
use crate::units::{FutureId, TaskId};

impl View {
    /// The future that an event is about, if it is about one.
    pub fn future_of_event(&self, event: &Event) -> Option<FutureId> {
        match event {
            Event::Submitted { future, .. }
            | Event::Running { future }
            | Event::Cancelled { future, .. }
            | Event::Notified { future }
            | Event::Finished { future, .. }
            | Event::Yielded { future, .. }
            | Event::CallbackStarted { future, .. }
            | Event::CallbackEnded { future, .. } => Some(*future),
            Event::Queued { call }
            | Event::Packed { call, .. }
            | Event::Taken { call, .. }
            | Event::Blocked { call, .. }
            | Event::Unblocked { call }
            | Event::Returned { call, .. }
            | Event::ResultArrived { call }
            | Event::Lost { call, .. } => self.future_of(*call),
            Event::WorkerSpawned { .. }
            | Event::WorkerStarted { .. }
            | Event::WorkerIdle { .. }
            | Event::WorkerExited { .. }
            | Event::SpawnFailed { .. }
            | Event::AgentWoke { .. }
            | Event::ExecutorBroken { .. }
            | Event::ProgramStarted { .. }
            | Event::ProgramBlocked { .. }
            | Event::Answered { .. }
            | Event::WaitReturned { .. }
            | Event::TimedOut { .. }
            | Event::Printed { .. }
            | Event::TaskSkipped { .. }
            | Event::DirectCallStarted { .. }
            | Event::DirectCallReturned { .. }
            | Event::ShutdownAsked { .. }
            | Event::ShutdownReturned { .. }
            | Event::HandlerDied { .. }
            | Event::WorkersStopped { .. }
            | Event::PoolClosed { .. }
            | Event::TerminateAsked { .. }
            | Event::TerminateReturned { .. }
            | Event::JoinReturned { .. }
            | Event::BlockLeft
            | Event::ProgramExiting { .. }
            | Event::ProgramHangs { .. }
            | Event::ProgramEnded { .. }
            | Event::InitializerStarted { .. }
            | Event::InitializerEnded { .. }
            | Event::GilTaken { .. }
            | Event::GilReleased { .. }
            | Event::Intervened { .. }
            | Event::EndOfRun { .. } => None,
        }
    }

    /// The tasks that an event is about, in the order of their parts in the call.
    pub fn tasks_of_event(&self, event: &Event) -> Vec<TaskId> {
        if let Event::TaskSkipped { task, .. }
        | Event::DirectCallStarted { task }
        | Event::DirectCallReturned { task, .. } = event
        {
            return vec![*task];
        }
        let future = self.future_of_event(event).and_then(|future| self.future(future));
        match future.map(|cell| &cell.work) {
            Some(Work::Tasks(parts)) => parts.iter().map(|part| part.task).collect(),
            Some(Work::Inner { .. }) | None => Vec::new(),
        }
    }
}
