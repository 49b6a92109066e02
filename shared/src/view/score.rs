//! A run as text, like a score: one line a worker, one column a span of time.
//!
//! ```text
//! 0       aaaaaccd
//! 1       bbbbcc..
//! yields  b@4 a@5 c@7 …
//! ```
//!
//! So a test's snapshot shows *what changed in time*. A letter is the last character of the task's
//! name (tasks of tests are called `a b c` or `t1 t2 t3`), `.` is a worker with nothing to do, `x` its
//! death. What `main` got stands below with its column: yields, `wait`'s sets, timeouts, prints.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::engine::event::{Agent, Event, HowExited, Record, Work};
use crate::scenario::Plan;
use crate::units::{CallId, FutureId, Instant, Span, WorkerId};

/// The score of these records, with columns as long as `column`.
pub fn score(plan: &Plan, records: &[Record], column: Span) -> String {
    let mut score =
        Score { plan, column, names: Vec::new(), rows: BTreeMap::new(), main: Vec::new() };
    for record in records {
        score.apply(record);
    }
    score.text()
}

struct Score<'a> {
    plan: &'a Plan,
    column: Span,
    /// By [`FutureId`].
    names: Vec<String>,
    /// Each worker's line so far, and the call and column since which it computes it.
    rows: BTreeMap<WorkerId, Row>,
    main: Vec<String>,
}

#[derive(Default)]
struct Row {
    line: Vec<char>,
    busy: Option<(CallId, usize)>,
}

impl Row {
    /// Fills the line with `.` up to a column.
    fn rest_until(&mut self, column: usize) {
        while self.line.len() < column {
            self.line.push('.');
        }
    }
}

impl Score<'_> {
    fn column(&self, at: Instant) -> usize {
        usize::try_from(at.0 / self.column.0.max(1)).unwrap_or(usize::MAX)
    }

    fn name(&self, future: FutureId) -> &str {
        self.names.get(future.index()).map_or("?", String::as_str)
    }

    fn letter(&self, call: CallId) -> char {
        self.name(FutureId(call.0)).chars().last().unwrap_or('?')
    }

    fn said(&mut self, at: Instant, text: &str) {
        let column = self.column(at);
        self.main.push(format!("{text}@{column}"));
    }

    fn apply(&mut self, record: &Record) {
        let at = self.column(record.at);
        match &record.event {
            Event::Submitted { work, .. } => {
                let name = match work {
                    Work::Tasks(parts) => {
                        let task =
                            parts.first().and_then(|part| self.plan.tasks.get(part.task.index()));
                        task.map_or_else(|| "?".to_owned(), |task| task.id.clone())
                    }
                    Work::Inner { of, number, .. } => {
                        format!("{}/{number}", of.map_or("main", |of| self.name(of)))
                    }
                };
                self.names.push(name);
            }
            Event::Taken { call, worker } => {
                let row = self.rows.entry(*worker).or_default();
                row.rest_until(at);
                row.busy = Some((*call, at));
            }
            Event::Returned { call, worker, .. } | Event::Lost { call, worker } => {
                let letter = self.letter(*call);
                let row = self.rows.entry(*worker).or_default();
                let died = matches!(record.event, Event::Lost { .. });
                if row.busy.take().is_some() {
                    while row.line.len() < at {
                        row.line.push(letter);
                    }
                }
                if died {
                    row.line.push('x');
                }
            }
            Event::WorkerExited { worker, how: HowExited::Signal(_) | HowExited::Code(_) } => {
                let row = self.rows.entry(*worker).or_default();
                if row.busy.is_none() {
                    row.rest_until(at);
                    row.line.push('x');
                }
            }
            Event::Yielded { by: Agent::Main, future, .. } => {
                let name = self.name(*future).to_owned();
                self.said(record.at, &name);
            }
            Event::WaitReturned { by: Agent::Main, done, .. } => {
                let names: Vec<&str> = done.iter().map(|future| self.name(*future)).collect();
                let text = format!("{{{}}}", names.join(" "));
                self.said(record.at, &text);
            }
            Event::TimedOut { by: Agent::Main, .. } => self.said(record.at, "timeout"),
            Event::Printed { text, .. } => self.said(record.at, &format!("{text:?}")),
            Event::ProgramEnded { .. } => self.said(record.at, "end"),
            Event::ProgramHangs { .. } => self.said(record.at, "hangs"),
            _ => {}
        }
    }

    fn text(self) -> String {
        let mut text = String::new();
        for (worker, row) in self.rows {
            let line: String = row.line.into_iter().collect();
            writeln!(text, "{:<6}  {line}", worker.to_string()).expect("text takes all");
        }
        writeln!(text, "{:<6}  {}", "main", self.main.join(" ")).expect("text takes all");
        text
    }
}
