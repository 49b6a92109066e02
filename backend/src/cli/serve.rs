//! `futurescope serve`: a process that serves until it is told to end.

use std::io::{self, IsTerminal, Write};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use shared::limits;
use tracing_subscriber::EnvFilter;

use super::{code, complain};
use crate::server::{self, Config, Server};

/// Descriptors besides connections: of runs and their viewers' ends, of files.
const OTHER_DESCRIPTORS: u64 = 1_000;

/// Serves, and gives the exit code.
pub fn serve(config: Config) -> u8 {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
    if let Some(message) = wrong_page(&config) {
        complain(&message);
        return code::USAGE;
    }
    raise_descriptors();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("the server could not be started: {error}"));
            return code::FAILED;
        }
    };
    match runtime.block_on(listen(config)) {
        Ok(()) => code::FINISHED,
        Err(message) => {
            complain(&message);
            code::FAILED
        }
    }
}

async fn listen(config: Config) -> Result<(), String> {
    // Before anybody can know that we are there.
    let asked_to_end = server::asked_to_end(code::STOPPED.into())
        .map_err(|error| format!("signals cannot be heard: {error}"))?;
    let wanted = config.listen;
    if !wanted.ip().is_loopback() && config.origins.is_empty() {
        tracing::warn!("others can reach this server only by a name that --origin gives it");
    }
    let server = Server::bind(config).await;
    let server = server.map_err(|error| format!("{wanted} cannot be listened on: {error}"))?;
    // Whoever started us may not want to know.
    let _ = writeln!(io::stdout(), "listening on http://{}/", server.address());
    server.run(asked_to_end).await;
    Ok(())
}

fn wrong_page(config: &Config) -> Option<String> {
    let index = config.page.as_ref()?.join("index.html");
    (!index.is_file()).then(|| format!("--page: there is no file {}", index.display()))
}

/// As many descriptors as all connections take, if the system lets us.
fn raise_descriptors() {
    let wanted = limits::CONNECTIONS as u64 + OTHER_DESCRIPTORS;
    let before = getrlimit(Resource::Nofile);
    let most = before.maximum.unwrap_or(u64::MAX);
    let now = Rlimit { current: Some(wanted.min(most)), maximum: before.maximum };
    let is_enough = before.current.is_none_or(|current| current >= wanted);
    if !is_enough && setrlimit(Resource::Nofile, now).is_err() || most < wanted {
        tracing::warn!(descriptors = most, wanted, "the system allows few connections at once");
    }
}
