//! The lock-down: limits that a runner or worker puts on itself before it does anything else.
//!
//! No parent prepares the child between fork and exec (that takes `unsafe`), so the child does it, as
//! the first thing in `main` and before any thread: limits and the rest then hold for all of them.
//! What is in force is reported, and whoever started the child compares.
//!
//! Built so far: dying with the parent, resource limits, no new privileges. Landlock, seccomp and
//! whatever else keeps a *stranger's code* in comes with stranger's code; today only functions of the
//! catalogue run.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::process::{Resource, Rlimit, Signal};
use serde::{Deserialize, Serialize};
use shared::limits;

/// Who locks itself down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A run's own process.
    Runner,
    /// One process of its pool.
    Worker,
}

/// Something that holds a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Layer {
    /// It is killed when the thread that started it ends.
    DiesWithParent,
    /// Its private writable memory is limited (`RLIMIT_DATA`).
    Data,
    /// Its time on a CPU is limited (`RLIMIT_CPU`).
    Cpu,
    /// It can write to no file (`RLIMIT_FSIZE`).
    FileSize,
    /// Its descriptors are limited (`RLIMIT_NOFILE`).
    Descriptors,
    /// It leaves no core dump (`RLIMIT_CORE`).
    Core,
    /// No program that it runs has more rights than itself.
    NoNewPrivileges,
}

/// Every layer, in the order in which they are put on.
pub const LAYERS: &[Layer] = &[
    Layer::DiesWithParent,
    Layer::Data,
    Layer::Cpu,
    Layer::FileSize,
    Layer::Descriptors,
    Layer::Core,
    Layer::NoNewPrivileges,
];

/// Why a process is not locked down, and must not go on.
#[derive(Debug, thiserror::Error)]
pub enum LockDownError {
    /// The process that started this one is gone.
    #[error("the parent is not process {0} any more")]
    Orphan(u32),
    /// The operating system refused a layer.
    #[error("{layer:?} was refused: {error}")]
    Refused {
        /// Which.
        layer: Layer,
        /// What it said.
        error: io::Error,
    },
}

/// Locks this process down. `parent` is the process that started it, by its own word.
///
/// # Errors
/// [`LockDownError`]; the process must then end, with whatever layers it has.
pub fn lock_down(role: Role, parent: u32) -> Result<Vec<Layer>, LockDownError> {
    for layer in LAYERS {
        let refused = |error| LockDownError::Refused { layer: *layer, error };
        put_on(*layer, role).map_err(refused)?;
        if *layer == Layer::DiesWithParent && std::os::unix::process::parent_id() != parent {
            // It may have died before the signal was arranged, and will then never be sent.
            return Err(LockDownError::Orphan(parent));
        }
    }
    Ok(LAYERS.to_vec())
}

fn put_on(layer: Layer, role: Role) -> io::Result<()> {
    match layer {
        Layer::DiesWithParent => {
            rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
            Ok(())
        }
        // Not RLIMIT_AS, which the reserved arenas of idle threads exhaust.
        Layer::Data => limit(Resource::Data, data_bytes(role), 0),
        // The soft limit's signal, SIGXCPU, says what happened; a second later SIGKILL would not.
        Layer::Cpu => limit(Resource::Cpu, limits::CPU.0.div_ceil(1_000_000_000), 1),
        Layer::FileSize => {
            // Its signal would kill a process that only wants to say on a redirected stderr why it
            // fails; handled, the write fails instead.
            signal_hook::flag::register(Signal::XFSZ.as_raw(), Arc::new(AtomicBool::new(false)))?;
            limit(Resource::Fsize, 0, 0)
        }
        Layer::Descriptors => limit(Resource::Nofile, limits::DESCRIPTORS, 0),
        Layer::Core => limit(Resource::Core, 0, 0),
        Layer::NoNewPrivileges => Ok(rustix::thread::set_no_new_privs(true)?),
    }
}

/// What bodies may hold, and room for what is not theirs: stacks, the engine, messages.
fn data_bytes(role: Role) -> u64 {
    const MIB: u64 = 1024 * 1024;
    let room = match role {
        // Up to 16 stacks of half a MiB and a few larger ones; 60,000 futures.
        Role::Runner => 96 * MIB,
        // One stack, one scenario, a few messages.
        Role::Worker => 48 * MIB,
    };
    limits::DATA_BYTES + room
}

/// Sets a limit; never above one that is in force already.
fn limit(resource: Resource, soft: u64, above: u64) -> io::Result<()> {
    let before = rustix::process::getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let hard = (soft + above).min(before);
    let new = Rlimit { current: Some(soft.min(hard)), maximum: Some(hard) };
    Ok(rustix::process::setrlimit(resource, new)?)
}
