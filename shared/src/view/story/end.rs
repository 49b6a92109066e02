//! How a run ended, in words.

use crate::engine::event::EndCause;
use crate::limits;
use crate::units::with_commas;
use crate::view::{Counts, Ended, View};

use super::words::signal_name;

/// Why the run ended, with the limit's value if it met one, and how far it came.
pub fn end_of_run(view: &View, cause: EndCause) -> String {
    let far = how_far(view.counts());
    let why = match cause {
        EndCause::Finished => match &view.ended {
            Some(Ended::Raised(raised)) => format!("ended with {raised}"),
            Some(Ended::Returned | Ended::Exited(_)) | None => "finished".to_owned(),
        },
        EndCause::Hang => "ended, since the program hangs".to_owned(),
        EndCause::Stopped => "stopped by a person".to_owned(),
        EndCause::Deadline => {
            format!(
                "stopped at {}, the limit of wall-clock time",
                in_seconds(limits::WALL.seconds())
            )
        }
        EndCause::Exit(code) => format!("the program ended itself with exit code {code}"),
        EndCause::Signal(signal) => {
            format!("the program's process was killed by {}", signal_name(signal))
        }
        EndCause::Cpu => {
            let limit = in_seconds(limits::CPU.seconds());
            format!("stopped at {limit}, the limit of CPU time of a process")
        }
        EndCause::Memory => {
            let mib = limits::DATA_BYTES / (1024 * 1024);
            format!("stopped at {mib} MiB, the limit of memory of a process")
        }
        EndCause::Workers => {
            let limit = limits::WORKERS;
            format!("stopped at {limit} workers, the limit of workers that a run may ever start")
        }
        EndCause::Records => {
            format!(
                "stopped at {} records, the limit of a run",
                with_commas(&limits::RECORDS.to_string())
            )
        }
        EndCause::Internal => "this run failed on our side".to_owned(),
    };
    format!("{why}; {far}")
}

/// `3 of 5 tasks finished (1 raised), 1 cancelled, 1 skipped`
fn how_far(counts: Counts) -> String {
    let raised =
        if counts.raised > 0 { format!(" ({} raised)", counts.raised) } else { String::new() };
    let mut parts =
        vec![format!("{} of {} tasks finished{raised}", counts.finished(), counts.tasks)];
    for (count, what) in [(counts.cancelled, "cancelled"), (counts.skipped, "skipped")] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    parts.join(", ")
}

fn in_seconds(seconds: f64) -> String {
    format!("{seconds} s")
}
