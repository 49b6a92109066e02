//! A runner as a process of its own: a scenario and commands in, frames of the log out.
//!
//! Nothing of this is needed to run a plan; see [`run_here`](super::run_here).

use std::fs::File;
use std::process::ExitCode;
use std::sync::Arc;

use shared::scenario::{Plan, Scenario};

use super::run::Run;
use super::sandbox::{self, Role};
use super::{Ending, Options, person, sealer, sync, threads};
use crate::wire::{
    self, EXIT_FAILED, EXIT_LOGGED, EXIT_RECORDS, EXIT_STOPPED, EXIT_WORKERS, ToRunner,
};

/// Runs a runner process; `args` are `--parent PID`. The exit codes are those of [`wire`].
pub fn main(args: &[String]) -> ExitCode {
    match run(args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("futurescope runner: {error}");
            ExitCode::from(EXIT_FAILED)
        }
    }
}

fn run(args: &[String]) -> Result<ExitCode, Box<dyn std::error::Error>> {
    sandbox::lock_down(Role::Runner, super::parent_of(args)?)?;
    let mut commands = File::from(rustix::stdio::stdin().try_clone_to_owned()?);
    let log = File::from(rustix::stdio::stdout().try_clone_to_owned()?);
    let plan = match wire::read(&mut commands, wire::TO_RUNNER_BYTES)? {
        Some(ToRunner::Start { scenario }) => Scenario::parse(&scenario)?.check()?,
        // An idle runner that is not needed after all.
        Some(ToRunner::Stop) | None => return Ok(ExitCode::from(EXIT_STOPPED)),
        Some(ToRunner::Act(_)) => return Err("the first message must be the scenario".into()),
    };
    Ok(code(&serve(plan, commands, log)?))
}

fn serve(plan: Plan, commands: File, log: File) -> std::io::Result<Ending> {
    let options = Options { worker_exe: super::own_exe().to_owned(), tape: false };
    let run = super::begin(Arc::new(plan), &options)?;

    // Who is waited for at the end: the manager, which has just been started, and the sealer.
    let its_run = Arc::clone(&run);
    threads::start(&run, "sealer".to_owned(), move || {
        sealer::write_log(&its_run, log);
        Ok(())
    })?;
    let awaited = std::mem::take(&mut *sync::unpoisoned(run.threads.lock()));

    let its_run = Arc::clone(&run);
    threads::start(&run, "person".to_owned(), move || person::act(&its_run))?;
    let its_run = Arc::clone(&run);
    threads::start(&run, "commands".to_owned(), move || {
        read_commands(&its_run, commands);
        Ok(())
    })?;

    super::run_main(&run);
    for thread in awaited {
        // A panic in it has ended the run as failed, and the exit code says so.
        let _ = thread.join();
    }
    let (ending, _) = run.lock("finish").finish();
    Ok(ending)
}

/// Hands on what comes in, until a stop or the end of it. That nothing more will come means nothing:
/// a shell's `futurescope run` has nothing to say.
fn read_commands(run: &Run, mut commands: File) {
    loop {
        match wire::read(&mut commands, wire::TO_RUNNER_BYTES) {
            Ok(Some(ToRunner::Act(act))) => {
                let mut state = run.lock("act");
                state.acts.push_back(act);
                drop(state);
                run.bells.person.ring();
            }
            Ok(Some(ToRunner::Stop)) => return run.end(Ending::Stopped),
            Ok(Some(ToRunner::Start { .. })) => {
                return run.end(Ending::Failed("a second scenario".to_owned()));
            }
            Ok(None) => return,
            Err(error) => return run.end(Ending::Failed(error.to_string())),
        }
    }
}

fn code(ending: &Ending) -> ExitCode {
    match ending {
        Ending::Ended | Ending::Hung => ExitCode::from(EXIT_LOGGED),
        // What `os._exit` leaves of a code.
        Ending::Exited(code) => ExitCode::from((code & 0xff).to_le_bytes()[0]),
        Ending::Stopped => ExitCode::from(EXIT_STOPPED),
        Ending::Records => ExitCode::from(EXIT_RECORDS),
        Ending::Workers => ExitCode::from(EXIT_WORKERS),
        Ending::Failed(_) => ExitCode::from(EXIT_FAILED),
    }
}
