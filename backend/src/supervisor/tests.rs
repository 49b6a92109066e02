//! A shell script stands in for the runner: it says what we want said, and ends as we want.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, mpsc};

use shared::engine::event::Event;
use shared::protocol::seal;
use shared::units::{Instant, Seq};
use tempfile::TempDir;

use super::*;

/// A stand-in for the runner and what it will say.
struct Fake {
    dir: TempDir,
}

/// What the sink saw.
type Seen = Arc<Mutex<Vec<Record>>>;

impl Fake {
    /// Runs `script`, in which `$LOG` is a file of these bytes.
    fn new(log: &[u8], script: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let log_file = dir.path().join("log");
        fs::write(&log_file, log).unwrap();
        let exe = dir.path().join("exe");
        let head = format!("#!/bin/sh\nLOG={}\n", log_file.display());
        fs::write(&exe, head + script).unwrap();
        fs::set_permissions(&exe, fs::Permissions::from_mode(0o755)).unwrap();
        Self { dir }
    }

    fn exe(&self) -> PathBuf {
        self.dir.path().join("exe")
    }

    fn start(&self, patience: Patience) -> (Supervisor, Seen) {
        let seen = Seen::default();
        loop {
            let into = seen.clone();
            let sink = move |_: &Frame, records: &[Record]| {
                into.lock().unwrap().extend_from_slice(records);
            };
            match Supervisor::start(&self.exe(), "{}".to_owned(), patience, sink) {
                Ok(run) => return (run, seen),
                // Another test forked while the script was open for writing.
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn run(&self) -> (Ending, Vec<Record>) {
        let (run, seen) = self.start(Patience::default());
        let ending = run.wait();
        let seen = seen.lock().unwrap().clone();
        (ending, seen)
    }
}

fn log(events: &[Event]) -> Vec<Record> {
    let record = |(seq, event): (Seq, &Event)| {
        let (at, event) = (Instant(seq), event.clone());
        Record { seq, at, cause: None, event }
    };
    (0..).zip(events).map(record).collect()
}

fn started() -> Event {
    Event::ProgramStarted { max_workers: 2 }
}

fn ended() -> Event {
    Event::ProgramEnded { raised: None }
}

/// What is in the last record.
fn end_of(records: &[Record]) -> (Seq, EndCause, Option<Seq>) {
    match records {
        [.., Record { seq, event: Event::EndOfRun { cause, after_seq, .. }, .. }] => {
            (*seq, *cause, *after_seq)
        }
        other => panic!("no end: {other:?}"),
    }
}

#[test]
fn a_log_that_ends_is_handed_on_whole_with_one_more_record() {
    let records = log(&[started(), ended()]);
    let (ending, seen) = Fake::new(&seal(&records), "/bin/cat $LOG; exit 0").run();
    let fine = Ending { cause: EndCause::Finished, stderr: String::new(), fault: None };
    assert_eq!(ending, fine);
    assert_eq!(seen[..2], records);
    assert_eq!(end_of(&seen), (2, EndCause::Finished, Some(1)));
    assert!(seen[2].at >= seen[1].at);
}

#[test]
fn a_torn_last_frame_is_cut() {
    let records = log(&[started(), ended()]);
    let whole = seal(&records[..1]);
    let torn = &seal(&records[1..])[..20];
    let fake = Fake::new(&[&whole, torn].concat(), "/bin/cat $LOG; kill -9 $$");
    let (ending, seen) = fake.run();
    assert_eq!(ending.cause, EndCause::Signal(9));
    assert_eq!(end_of(&seen), (1, EndCause::Signal(9), Some(0)));
}

#[test]
fn a_runner_that_says_nothing_has_an_end_all_the_same() {
    let (ending, seen) = Fake::new(&[], "echo we failed >&2; exit 101").run();
    assert_eq!(ending.stderr, "we failed\n");
    assert_eq!(end_of(&seen), (0, EndCause::Internal, None));
}

#[test]
fn only_the_end_of_its_stderr_is_kept() {
    let script = "/bin/cat $LOG >&2; echo the end >&2; exit 101";
    let (ending, _) = Fake::new(&vec![b'x'; 100_000], script).run();
    assert_eq!(ending.stderr.len(), 16 * 1024);
    assert!(ending.stderr.ends_with("x\nthe end\n") || ending.stderr.ends_with("xthe end\n"));
}

#[test]
fn frames_that_are_none_end_the_run_as_our_failure() {
    let (ending, seen) = Fake::new(&[b'x'; 100], "/bin/cat $LOG; exec /bin/sleep 1000").run();
    assert_eq!(end_of(&seen), (0, EndCause::Internal, None));
    assert!(ending.fault.unwrap().contains("FSLG"));
}

#[test]
fn a_runner_cannot_forge_its_own_end() {
    let forged = Event::EndOfRun { cause: EndCause::Finished, after_seq: None, used: None };
    let bytes = seal(&log(&[forged]));
    let (_, seen) = Fake::new(&bytes, "/bin/cat $LOG; exec /bin/sleep 1000").run();
    assert_eq!(seen.len(), 1);
    assert_eq!(end_of(&seen), (0, EndCause::Internal, None));
}

#[test]
fn a_run_that_does_not_listen_is_killed_at_its_deadline() {
    let (wall, grace) = (Span::from_ms(20), Span::from_ms(10));
    let fake = Fake::new(&[], "exec /bin/sleep 1000");
    let (run, seen) = fake.start(Patience { wall, grace });
    assert_eq!(run.wait().cause, EndCause::Deadline);
    assert!(seen.lock().unwrap()[0].at >= Instant::ZERO + wall);
}

#[test]
fn a_run_is_stopped_by_a_person_and_killed_if_it_does_not_listen() {
    let fake = Fake::new(&[], "exec /bin/sleep 1000");
    let (run, _) = fake.start(Patience::default());
    run.stop();
    assert_eq!(run.wait().cause, EndCause::Stopped);
}

#[test]
fn a_run_that_listens_gets_the_scenario_and_the_stop() {
    // `Start` with "{}" is eight bytes, `Stop` five.
    let fake = Fake::new(&[], "/usr/bin/head -c 13 >&2; exit 91");
    let (run, _) = fake.start(Patience::default());
    run.stop();
    let ending = run.wait();
    assert_eq!(ending.cause, EndCause::Stopped);
    assert_eq!(ending.stderr.as_bytes(), b"\x04\0\0\0\0\x02{}\x01\0\0\0\x02");
}

#[test]
fn nobody_of_the_group_outlives_the_run() {
    let script = "/bin/sleep 1000 <&- >&- 2>&- & echo $! >&2; exit 101";
    let (ending, _) = Fake::new(&[], script).run();
    let pid: u32 = ending.stderr.trim().parse().unwrap();
    // It was killed, and is dead a moment later, though whoever adopted it may not have reaped it yet.
    let is_dead = || match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.contains(") Z "),
        Err(_) => true,
    };
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(5);
    while !is_dead() && std::time::Instant::now() < patience {
        std::thread::yield_now();
    }
    assert!(is_dead());
}

#[test]
fn dropping_a_run_ends_it() {
    let (told, over) = mpsc::channel();
    let fake = Fake::new(&[], "exec /bin/sleep 1000");
    let sink = move |_: &Frame, records: &[Record]| {
        let _ = told.send(records.to_vec());
    };
    let start = || Supervisor::start(&fake.exe(), String::new(), Patience::default(), sink.clone());
    let run = loop {
        match start() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {}
            run => break run.unwrap(),
        }
    };
    drop(run);
    assert_eq!(end_of(&over.recv().unwrap()), (0, EndCause::Stopped, None));
}

#[test]
fn a_runner_that_cannot_be_started_is_an_error() {
    let nothing = |_: &Frame, _: &[Record]| panic!("there is nothing to see");
    let refused = Supervisor::start(
        std::path::Path::new("/nonexistent"),
        String::new(),
        Patience::default(),
        nothing,
    );
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::NotFound);
}
