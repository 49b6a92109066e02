//! A scenario as a program's text, line by line, each line tied to what it does in the log.
//!
//! ```text
//!  Plan ──scenario/python.rs──▶ Listing ──text()──▶ what a learner reads, copies and runs
//!                                  └──does──▶ which line a record belongs to
//! ```

pub mod differ;

use serde::{Deserialize, Serialize};

use crate::units::TaskId;

/// A program's text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Listing {
    /// Its lines, from the first to the last.
    pub lines: Vec<Line>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The text, without its end of line.
    pub text: String,
    /// What it does, if that leaves a trace in the log.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub does: Vec<Does>,
}

impl Line {
    /// The tasks that it is about.
    pub fn tasks(&self) -> impl Iterator<Item = TaskId> + '_ {
        self.does
            .iter()
            .flat_map(|does| match does {
                Does::Submit(task) | Does::Call(task) => std::slice::from_ref(task),
                Does::Body(tasks)
                | Does::Map(tasks)
                | Does::Ask(tasks)
                | Does::AddCallback(tasks)
                | Does::Callback(tasks)
                | Does::Cancel(tasks) => tasks.as_slice(),
                Does::Executor
                | Does::Next
                | Does::Wait
                | Does::Print
                | Does::Show
                | Does::Sleep
                | Does::Skip
                | Does::AllTasks
                | Does::Shutdown
                | Does::Leave
                | Does::Act(_) => &[],
            })
            .copied()
    }
}

/// What a line does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// It is the function that these tasks run.
    Body(Vec<TaskId>),
    /// It makes the executor.
    Executor,
    /// It submits this task: its call, or the calls of its chunks.
    Submit(TaskId),
    /// It hands these tasks to one `map`, in any of its forms.
    Map(Vec<TaskId>),
    /// It asks an iterator for the next result, or an `as_completed` for the next future.
    Next,
    /// It calls `wait(...)`.
    Wait,
    /// It asks the future or result of one of these tasks something, or waits for it.
    Ask(Vec<TaskId>),
    /// The main thread itself computes this task.
    Call(TaskId),
    /// It registers a callback with the future of one of these tasks.
    AddCallback(Vec<TaskId>),
    /// It is the callback of one of these tasks.
    Callback(Vec<TaskId>),
    /// It cancels a future of one of these tasks.
    Cancel(Vec<TaskId>),
    /// It prints what the scenario prints.
    Print,
    /// It prints something for the reader that the scenario does not.
    Show,
    /// It sleeps in the main thread.
    Sleep,
    /// It is where this task is given up, since an input failed or the executor refused it.
    Skip,
    /// It waits until the last task of the graph is over.
    AllTasks,
    /// It shuts the executor down, closes it, terminates it or joins it.
    Shutdown,
    /// It is the end of the `with` block, or of the program.
    Leave,
    /// It is what a person does, in the order of the scenario's interventions.
    Act(u32),
}

impl Listing {
    /// The first line that does this.
    pub fn first(&self, does: impl Fn(&Does) -> bool) -> Option<usize> {
        self.lines.iter().position(|line| line.does.iter().any(&does))
    }

    /// The whole text, with a line's end behind each line.
    pub fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect()
    }
}
