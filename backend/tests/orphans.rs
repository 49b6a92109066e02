//! Nobody outlives the shell that started a run, however it ends.

#![cfg(not(feature = "shuttle"))]

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use serde_json::Value as Json;

const ENDLESS: &str = r#"{"format":1,"executor":{"kind":"processes","workers":1},
    "tasks":[{"id":"a","function":"hang"}],"program":{"mode":"wait"}}"#;

fn pidfd(pid: u64) -> OwnedFd {
    let pid = Pid::from_raw(i32::try_from(pid).expect("a pid is small")).expect("no pid is 0");
    pidfd_open(pid, PidfdFlags::empty()).expect("it lives")
}

/// The pid of a process's parent.
fn parent_of(pid: u64) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it lives");
    let line = status.lines().find(|line| line.starts_with("PPid:")).expect("each has a parent");
    line["PPid:".len()..].trim().parse().expect("a pid is a number")
}

/// Waits for the event that this process is no more.
fn wait_for_end(pidfd: &OwnedFd) {
    poll(&mut [PollFd::new(pidfd, PollFlags::IN)], None).expect("a pidfd can be waited for");
}

#[test]
fn runner_and_worker_die_with_a_shell_that_is_killed() {
    let mut shell = Command::new(env!("CARGO_BIN_EXE_futurescope"))
        .args(["run", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("futurescope can be started");
    let mut stdin = shell.stdin.take().expect("it is piped");
    stdin.write_all(ENDLESS.as_bytes()).expect("it reads");
    drop(stdin);
    let lines = BufReader::new(shell.stdout.take().expect("it is piped")).lines();
    let mut worker = None;
    for line in lines {
        let record: Json = serde_json::from_str(&line.expect("text")).expect("JSON");
        worker = worker.or(record["event"]["worker_started"]["pid"].as_u64());
        if record["event"].get("taken").is_some() {
            break;
        }
    }
    let worker = worker.expect("a worker started before it took the call");
    let runner = parent_of(worker);
    assert_eq!(parent_of(runner), u64::from(shell.id()));
    let both = [pidfd(runner), pidfd(worker)];

    shell.kill().expect("it lives");
    both.iter().for_each(wait_for_end);
    shell.wait().expect("it is our child");
}
