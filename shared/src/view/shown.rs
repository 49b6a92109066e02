//! The nine looks of a task.
