//! Records on their way to stdout: as a story, or as JSON.

use std::io::{self, Write};
use std::sync::Arc;

use shared::engine::event::{EndCause, Event, Record};
use shared::protocol::{LogHash, record_json};
use shared::scenario::{ExecutorKind, Mode, Plan, ProgramPlan};
use shared::view::story::{Depth, Story};
use shared::view::{Ended, View};

use super::code;

/// How records are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// As sentences.
    Story(Depth),
    /// One line of JSON each.
    Json,
    /// Not at all: at the end comes the [hash](LogHash) of the log, and nothing else.
    Hash,
}

/// Writes records, and keeps what is known of the run.
pub struct Printer<W> {
    out: W,
    telling: Telling,
    hash: Option<LogHash>,
    story: Story,
    /// All records, if somebody wants them.
    records: Option<Vec<Record>>,
}

impl<W: Write> Printer<W> {
    /// A printer for a run of this plan.
    pub fn new(out: W, plan: Arc<Plan>, telling: Telling) -> Self {
        let depth = match telling {
            Telling::Story(depth) => depth,
            Telling::Json | Telling::Hash => Depth::Main,
        };
        let hash = (telling == Telling::Hash).then(LogHash::new);
        Self { out, telling, hash, story: Story::new(plan, depth), records: None }
    }

    /// Keeps the records from now on, for [`Self::records`].
    pub fn keep_records(&mut self) {
        self.records = Some(Vec::new());
    }

    /// All records that were kept.
    pub fn records(&self) -> &[Record] {
        self.records.as_deref().unwrap_or_default()
    }

    /// Writes what is run, and how: `simulated` is a seed.
    pub fn header(&mut self, simulated: Option<u64>) -> io::Result<()> {
        if !matches!(self.telling, Telling::Story(_)) {
            return Ok(());
        }
        let plan = self.story.view().plan();
        writeln!(self.out, "{}", header(plan, simulated))?;
        if !plan.scenario.about.is_empty() {
            writeln!(self.out, "{}", clean(&plan.scenario.about))?;
        }
        self.out.flush()
    }

    /// Takes records, in order; they are written at once.
    pub fn print(&mut self, records: &[Record]) -> io::Result<()> {
        let mut written = Ok(());
        for record in records {
            // A reader that is gone must not keep us from knowing how the run ended.
            let sentence = self.story.tell(record);
            if let Some(kept) = &mut self.records {
                kept.push(record.clone());
            }
            if written.is_ok() {
                written = self.line(record, sentence);
            }
        }
        written.and_then(|()| self.out.flush())
    }

    fn line(&mut self, record: &Record, sentence: Option<String>) -> io::Result<()> {
        match (self.telling, sentence) {
            (Telling::Json, _) => writeln!(self.out, "{}", record_json(record)),
            (Telling::Story(_), Some(text)) => {
                writeln!(self.out, "{:>7.3} s  {}", record.at.seconds(), clean(&text))
            }
            (Telling::Story(_), None) => Ok(()),
            (Telling::Hash, _) => self.take_into_hash(record),
        }
    }

    /// Takes a record into the hash, and writes it behind the last one.
    fn take_into_hash(&mut self, record: &Record) -> io::Result<()> {
        let Some(hash) = &mut self.hash else { return Ok(()) };
        hash.push(record);
        match record.event {
            Event::EndOfRun { .. } => {
                let hash = self.hash.take().map_or(0, LogHash::finish);
                writeln!(self.out, "{hash:016x}")
            }
            _ => Ok(()),
        }
    }

    /// The exit code of the run that was printed.
    pub fn exit_code(&self) -> u8 {
        exit_code(self.story.view())
    }
}

/// The exit code of a run that is over.
fn exit_code(view: &View) -> u8 {
    match view.end {
        Some(EndCause::Finished) => match view.ended {
            Some(Ended::Raised(_)) => code::RAISED,
            Some(Ended::Returned | Ended::Exited(_)) | None => code::FINISHED,
        },
        Some(EndCause::Hang) => code::HANG,
        Some(
            EndCause::Deadline
            | EndCause::Cpu
            | EndCause::Memory
            | EndCause::Records
            | EndCause::Workers,
        ) => code::LIMIT,
        Some(EndCause::Stopped) => code::STOPPED,
        Some(EndCause::Exit(_)) => code::EXITED,
        Some(EndCause::Signal(_) | EndCause::Internal) | None => code::FAILED,
    }
}

/// `Five sleeps: ThreadPoolExecutor(max_workers=4), program as_completed, ×0.1`
fn header(plan: &Plan, simulated: Option<u64>) -> String {
    let scenario = &plan.scenario;
    let title = if scenario.title.is_empty() { "a scenario" } else { &scenario.title };
    let kind = plan.kind();
    let (pool, size) = match kind {
        ExecutorKind::Pool => (kind.class(), "processes"),
        _ => (kind.class(), "max_workers"),
    };
    let program = match &plan.program {
        ProgramPlan::Mode { mode: Mode::Submit, .. } => "submit",
        ProgramPlan::Mode { mode: Mode::Map, .. } => "map",
        ProgramPlan::Mode { mode: Mode::AsCompleted, .. } => "as_completed",
        ProgramPlan::Mode { mode: Mode::Wait, .. } => "wait",
        ProgramPlan::Steps { .. } => "steps",
    };
    let workers = plan.max_workers();
    let mut parts =
        vec![format!("{title}: {pool}({size}={workers})"), format!("program {program}")];
    if (scenario.scale - 1.0).abs() > f64::EPSILON {
        parts.push(format!("×{}", scenario.scale));
    }
    if let Some(seed) = simulated {
        parts.push(format!("simulated with seed {seed}"));
    }
    clean(&parts.join(", "))
}

/// Text without control characters: a scenario is a stranger's, and a terminal obeys them.
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            cleaned.extend(c.escape_default());
        } else {
            cleaned.push(c);
        }
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_told_nothing_by_a_stranger() {
        assert_eq!(clean("a\u{1b}[2Jb\nc – d"), r"a\u{1b}[2Jb\nc – d");
    }
}
