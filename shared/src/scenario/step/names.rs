//! Which names a step uses, and which it binds.

use super::{Names, Step};

impl Step {
    /// The one future, result or iterator that it asks something.
    pub fn asks(&self) -> Option<&str> {
        match self {
            Self::Next { of, .. }
            | Self::Close { of: Some(of) }
            | Self::Ready { of, .. }
            | Self::Successful { of, .. }
            | Self::Get { of, .. }
            | Self::Repr { of, .. }
            | Self::Result { of, .. }
            | Self::Exception { of, .. }
            | Self::Done { of, .. }
            | Self::Running { of, .. }
            | Self::Cancelled { of, .. }
            | Self::Cancel { of, .. }
            | Self::If { future: of, .. } => Some(of),
            Self::Submit { .. }
            | Self::Map { .. }
            | Self::Close { of: None }
            | Self::For { .. }
            | Self::AsCompleted { .. }
            | Self::Wait { .. }
            | Self::AddDoneCallback { .. }
            | Self::Apply { .. }
            | Self::ApplyAsync { .. }
            | Self::Starmap { .. }
            | Self::MapAsync { .. }
            | Self::Imap { .. }
            | Self::ImapUnordered { .. }
            | Self::Terminate {}
            | Self::Join {}
            | Self::TerminateWorkers {}
            | Self::KillWorkers {}
            | Self::Raise { .. }
            | Self::Sleep { .. }
            | Self::Print { .. }
            | Self::Call { .. }
            | Self::Shutdown { .. }
            | Self::Leave {}
            | Self::Try { .. }
            | Self::Repeat { .. } => None,
        }
    }

    /// The futures that it goes through, waits for or gives a callback.
    pub fn goes_through(&self) -> Option<&Names> {
        match self {
            Self::For { over: names, .. }
            | Self::AsCompleted { of: names, .. }
            | Self::Wait { of: names, .. }
            | Self::AddDoneCallback { of: names, .. }
            | Self::Repeat { until_done: names, .. } => Some(names),
            Self::Submit { .. }
            | Self::Map { .. }
            | Self::Next { .. }
            | Self::Close { .. }
            | Self::Result { .. }
            | Self::Exception { .. }
            | Self::Done { .. }
            | Self::Running { .. }
            | Self::Cancelled { .. }
            | Self::Cancel { .. }
            | Self::Apply { .. }
            | Self::ApplyAsync { .. }
            | Self::Starmap { .. }
            | Self::MapAsync { .. }
            | Self::Imap { .. }
            | Self::ImapUnordered { .. }
            | Self::Ready { .. }
            | Self::Successful { .. }
            | Self::Get { .. }
            | Self::Terminate {}
            | Self::Join {}
            | Self::TerminateWorkers {}
            | Self::KillWorkers {}
            | Self::Repr { .. }
            | Self::Raise { .. }
            | Self::Sleep { .. }
            | Self::Print { .. }
            | Self::Call { .. }
            | Self::Shutdown { .. }
            | Self::Leave {}
            | Self::Try { .. }
            | Self::If { .. } => None,
        }
    }

    /// The names that it binds.
    pub fn bound(&self) -> Vec<&str> {
        match self {
            Self::Map { name, .. }
            | Self::Starmap { name, .. }
            | Self::MapAsync { name, .. }
            | Self::Imap { name, .. }
            | Self::ImapUnordered { name, .. }
            | Self::Repr { name, .. }
            | Self::For { name, .. }
            | Self::AsCompleted { name, .. } => vec![name],
            Self::Next { name, .. }
            | Self::Apply { name, .. }
            | Self::Ready { name, .. }
            | Self::Successful { name, .. }
            | Self::Get { name, .. }
            | Self::Wait { name, .. }
            | Self::Result { name, .. }
            | Self::Exception { name, .. }
            | Self::Done { name, .. }
            | Self::Running { name, .. }
            | Self::Cancelled { name, .. }
            | Self::Cancel { name, .. }
            | Self::Call { name, .. } => name.as_deref().into_iter().collect(),
            Self::Try { except, .. } => except.iter().filter_map(|e| e.name.as_deref()).collect(),
            Self::Submit { .. }
            | Self::ApplyAsync { .. }
            | Self::Terminate {}
            | Self::Join {}
            | Self::TerminateWorkers {}
            | Self::KillWorkers {}
            | Self::Raise { .. }
            | Self::Close { .. }
            | Self::AddDoneCallback { .. }
            | Self::Sleep { .. }
            | Self::Print { .. }
            | Self::Shutdown { .. }
            | Self::Leave {}
            | Self::If { .. }
            | Self::Repeat { .. } => Vec::new(),
        }
    }
}
