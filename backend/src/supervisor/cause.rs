//! Why a run ended: what its log said, what we did to it, and how its process ended, together.

use shared::engine::event::{ActResult, EndCause, Event, Record};
use shared::limits;
use shared::units::Span;

use crate::wire::{EXIT_FAILED, EXIT_LOGGED, EXIT_RECORDS, EXIT_STOPPED, EXIT_WORKERS};

/// How the program ended, by the last that the log says of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogEnd {
    /// The log says nothing of an end.
    #[default]
    Open,
    /// `ProgramEnded`.
    Ended,
    /// `ProgramHangs`, and nobody ended the hang.
    Hangs,
    /// `ProgramExiting`.
    Exiting(i32),
}

impl LogEnd {
    /// Takes the next record into account.
    pub fn apply(&mut self, record: &Record) {
        match &record.event {
            Event::ProgramEnded { .. } => *self = Self::Ended,
            Event::ProgramHangs { .. } => *self = Self::Hangs,
            Event::ProgramExiting { code, .. } => *self = Self::Exiting(*code),
            Event::Intervened { result: ActResult::Done, .. } if *self == Self::Hangs => {
                *self = Self::Open;
            }
            _ => {}
        }
    }
}

/// Why we ended the run, if we did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A person asked for it.
    Person,
    /// Its time was over.
    Deadline,
    /// Its log was too long.
    Records,
    /// Its frames were wrong.
    Fault,
}

/// How the runner's process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HowEnded {
    /// With this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// Nobody knows.
    Unknown,
}

/// Everything that is known about a run's end.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// What the log said.
    pub log: LogEnd,
    /// What we did.
    pub reason: Option<Reason>,
    /// How its process ended.
    pub how: HowEnded,
    /// CPU time that it had used, if known.
    pub cpu: Option<Span>,
    /// The end of its stderr.
    pub stderr: &'a str,
}

/// What Rust writes before it aborts for want of memory.
const OUT_OF_MEMORY: &str = "memory allocation of";

const SIGABRT: i32 = 6;
const SIGKILL: i32 = 9;
const SIGXCPU: i32 = 24;

/// Why the run ended.
pub fn cause(evidence: Evidence<'_>) -> EndCause {
    let Evidence { log, reason, how, .. } = evidence;
    if reason == Some(Reason::Fault) {
        return EndCause::Internal;
    }
    let failed = how == HowEnded::Code(i32::from(EXIT_FAILED));
    match (log, how) {
        // A program may end itself with any code, ours included.
        (LogEnd::Exiting(_), HowEnded::Code(code)) => return EndCause::Exit(code),
        (LogEnd::Exiting(code), _) => return EndCause::Exit(code),
        // It had come to its end, whatever was done to it afterwards.
        (LogEnd::Ended, _) if !failed => return EndCause::Finished,
        // It would not have gone on; a person who stops it does so because of that.
        (LogEnd::Hangs, _) if reason == Some(Reason::Deadline) => return EndCause::Hang,
        (LogEnd::Open | LogEnd::Ended | LogEnd::Hangs, _) => {}
    }
    match how {
        HowEnded::Code(code) => of_code(log, reason, code),
        HowEnded::Signal(signal) => of_signal(evidence, signal),
        HowEnded::Unknown => EndCause::Internal,
    }
}

fn of_code(log: LogEnd, reason: Option<Reason>, code: i32) -> EndCause {
    match u8::try_from(code) {
        Ok(EXIT_LOGGED) if log == LogEnd::Hangs => EndCause::Hang,
        Ok(EXIT_RECORDS) => EndCause::Records,
        Ok(EXIT_WORKERS) => EndCause::Workers,
        Ok(EXIT_STOPPED) => of_reason(reason).unwrap_or(EndCause::Stopped),
        _ => EndCause::Internal,
    }
}

fn of_signal(evidence: Evidence<'_>, signal: i32) -> EndCause {
    let Evidence { reason, cpu, stderr, .. } = evidence;
    match signal {
        SIGABRT if stderr.contains(OUT_OF_MEMORY) => return EndCause::Memory,
        SIGXCPU => return EndCause::Cpu,
        _ => {}
    }
    if let Some(cause) = of_reason(reason) {
        return cause;
    }
    // The kernel's last word at the hard limit; nobody else had a reason to kill it.
    if signal == SIGKILL && cpu.is_some_and(|cpu| cpu >= limits::CPU) {
        return EndCause::Cpu;
    }
    EndCause::Signal(signal)
}

fn of_reason(reason: Option<Reason>) -> Option<EndCause> {
    Some(match reason? {
        Reason::Person => EndCause::Stopped,
        Reason::Deadline => EndCause::Deadline,
        Reason::Records => EndCause::Records,
        Reason::Fault => EndCause::Internal,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use HowEnded::{Code, Signal};

    fn end(log: LogEnd, reason: Option<Reason>, how: HowEnded) -> EndCause {
        cause(Evidence { log, reason, how, cpu: None, stderr: "" })
    }

    #[test]
    fn exit_code_0_is_what_the_log_says() {
        assert_eq!(end(LogEnd::Ended, None, Code(0)), EndCause::Finished);
        assert_eq!(end(LogEnd::Hangs, None, Code(0)), EndCause::Hang);
        assert_eq!(end(LogEnd::Open, None, Code(0)), EndCause::Internal);
    }

    #[test]
    fn a_program_may_exit_with_any_code_even_ours() {
        for code in [0, 3, 90, 91, 101] {
            assert_eq!(end(LogEnd::Exiting(code), None, Code(code)), EndCause::Exit(code));
        }
    }

    #[test]
    fn a_code_that_nobody_logged_is_our_failure() {
        assert_eq!(end(LogEnd::Open, None, Code(3)), EndCause::Internal);
        assert_eq!(end(LogEnd::Open, None, Code(101)), EndCause::Internal);
        assert_eq!(end(LogEnd::Ended, None, Code(101)), EndCause::Internal);
    }

    #[test]
    fn who_stopped_it_decides_what_a_stop_is_called() {
        for how in [Code(91), Signal(SIGKILL)] {
            assert_eq!(end(LogEnd::Open, Some(Reason::Person), how), EndCause::Stopped);
            assert_eq!(end(LogEnd::Open, Some(Reason::Deadline), how), EndCause::Deadline);
        }
        assert_eq!(end(LogEnd::Ended, Some(Reason::Person), Code(91)), EndCause::Finished);
        assert_eq!(end(LogEnd::Hangs, Some(Reason::Person), Code(91)), EndCause::Stopped);
        assert_eq!(end(LogEnd::Hangs, Some(Reason::Deadline), Code(91)), EndCause::Hang);
    }

    #[test]
    fn signals_are_told_apart() {
        let died = |signal, cpu, stderr| {
            let (log, reason, how) = (LogEnd::Open, None, Signal(signal));
            cause(Evidence { log, reason, how, cpu, stderr })
        };
        assert_eq!(died(11, None, ""), EndCause::Signal(11));
        assert_eq!(died(SIGXCPU, None, ""), EndCause::Cpu);
        assert_eq!(died(SIGKILL, None, ""), EndCause::Signal(SIGKILL));
        assert_eq!(died(SIGKILL, Some(limits::CPU), ""), EndCause::Cpu);
        assert_eq!(died(SIGABRT, None, ""), EndCause::Signal(SIGABRT));
        let stderr = "memory allocation of 1048576 bytes failed";
        assert_eq!(died(SIGABRT, None, stderr), EndCause::Memory);
    }

    #[test]
    fn wrong_frames_are_our_failure_whatever_else_is_true() {
        for log in [LogEnd::Open, LogEnd::Ended, LogEnd::Exiting(3)] {
            assert_eq!(end(log, Some(Reason::Fault), Code(0)), EndCause::Internal);
        }
    }

    #[test]
    fn a_hang_that_a_person_ended_is_none() {
        use shared::engine::event::{Act, WhyHang};
        use shared::units::{Instant, TaskId};
        let mut log = LogEnd::default();
        let hangs = Event::ProgramHangs { why: WhyHang::PoolFull, chain: Vec::new() };
        let (act, result) = (Act::Cancel(TaskId(0)), ActResult::Done);
        let acted = Event::Intervened { plan: None, act, result };
        for event in [hangs, acted] {
            log.apply(&Record { seq: 0, at: Instant::ZERO, cause: None, event });
        }
        assert_eq!(log, LogEnd::Open);
    }
}
