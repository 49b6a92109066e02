//! The runner as a process: started alone in its group, killed with its whole group.

use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{self, Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};
use shared::units::Span;

/// Clock ticks of `/proc` in a second: 100 on every Linux that this is built for.
const TICKS: u64 = 100;

/// A runner that was started and not reaped. Dropping it kills its group and reaps it.
#[derive(Debug)]
pub struct Runner {
    child: Child,
    pid: Pid,
    /// Readable once the process has ended.
    ended: OwnedFd,
    /// None once it was closed.
    pub stdin: Option<ChildStdin>,
    /// Where its frames come from; none at its end.
    pub stdout: Option<ChildStdout>,
    /// None at its end.
    pub stderr: Option<ChildStderr>,
    reaped: bool,
}

impl Runner {
    /// Starts `exe runner --parent PID` with an empty environment, in `/`, leading a new process
    /// group. None of its pipes blocks on our side.
    pub fn start(exe: &Path) -> io::Result<Self> {
        let mut child = Command::new(exe)
            .arg0("futurescope")
            .args(["runner", "--parent", &process::id().to_string()])
            .env_clear()
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pid = Pid::from_child(&child);
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let ended = match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(ended) => ended,
            Err(error) => {
                kill_group(pid);
                let _ = child.wait();
                return Err(error.into());
            }
        };
        let (stdin, stdout, stderr) = pipes;
        // From here on, dropping it cleans up.
        let runner = Self { child, pid, ended, stdin, stdout, stderr, reaped: false };
        let ours = [
            runner.stdin.as_ref().map(AsFd::as_fd),
            runner.stdout.as_ref().map(AsFd::as_fd),
            runner.stderr.as_ref().map(AsFd::as_fd),
        ];
        for pipe in ours.into_iter().flatten() {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        Ok(runner)
    }

    /// What becomes readable when the process has ended.
    pub fn ended(&self) -> BorrowedFd<'_> {
        self.ended.as_fd()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills every process of the group. Nothing of it runs our code again, but it is not reaped.
    pub fn kill(&self) {
        if !self.reaped {
            // Not reaped means that its number is still its own.
            kill_group(self.pid);
        }
    }

    /// Kills what is left of the group, reaps the runner, and says how it had ended and how much CPU
    /// time was used, if that can still be read.
    pub fn reap(&mut self) -> io::Result<(ExitStatus, Option<CpuTime>)> {
        self.kill();
        let cpu = self.cpu_time();
        let status = self.child.wait()?;
        self.reaped = true;
        Ok((status, cpu))
    }

    /// What a process used that has ended and was not reaped.
    fn cpu_time(&self) -> Option<CpuTime> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        cpu_of_stat(&stat)
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        if !self.reaped {
            self.kill();
            let _ = self.child.wait();
        }
    }
}

fn kill_group(pid: Pid) {
    // It fails if nobody is left in the group, which is what is wanted.
    let _ = kill_process_group(pid, Signal::KILL);
}

/// CPU time, user's and system's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuTime {
    /// The runner's own.
    pub own: Span,
    /// With that of its children, as far as it has reaped them.
    pub all: Span,
}

/// `utime`, `stime`, `cutime` and `cstime`, the 14th to 17th field; the second is the name, which may
/// hold anything.
fn cpu_of_stat(stat: &str) -> Option<CpuTime> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut fields = behind_name.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let own = ticks()?.checked_add(ticks()?)?;
    let all = own.checked_add(ticks()?)?.checked_add(ticks()?)?;
    let span = |ticks: u64| Span(ticks.saturating_mul(1_000_000_000 / TICKS));
    Some(CpuTime { own: span(own), all: span(all) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_read_behind_whatever_the_name_is() {
        let stat = "77 (a) b (c) Z 1 77 77 0 -1 4228100 1 2 3 4 250 50 90 10 20 0 1 0 5";
        let used = CpuTime { own: Span::from_secs(3), all: Span::from_secs(4) };
        assert_eq!(cpu_of_stat(stat), Some(used));
        assert_eq!(cpu_of_stat("77 (a"), None);
        assert_eq!(cpu_of_stat("77 (a) Z 1"), None);
    }
}
