//! `/api/limits`: the limits of a run, and what holds its processes.
//!
//! The layers are not what we meant to put on but what is in force: the kernel is asked about a
//! runner that waits in the stock and has locked itself down.

use std::fs;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use shared::limits;
use tokio::task::spawn_blocking;

use super::app::App;
use super::problem::Refusal;

/// The body of the answer.
#[derive(Serialize)]
pub struct Limits {
    limits: Vec<LimitInfo>,
    /// Empty while no runner waits.
    layers: Vec<Layer>,
}

#[derive(Serialize)]
struct LimitInfo {
    name: &'static str,
    value: u64,
    unit: &'static str,
}

/// Something that holds a runner.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Layer {
    name: &'static str,
    in_force: bool,
}

/// Limits of `/proc/PID/limits`, and what they hold.
const RESOURCES: [(&str, &str); 5] = [
    ("Max data size", "memory is limited"),
    ("Max cpu time", "time on a CPU is limited"),
    ("Max file size", "no file can be written"),
    ("Max open files", "descriptors are limited"),
    ("Max core file size", "no core dump is left"),
];

/// Lines of `/proc/PID/status`, the value that is wanted, and what it means.
const STATUS: [(&str, &str, &str); 2] = [
    ("NoNewPrivs:", "1", "no program that it runs has more rights"),
    ("Seccomp:", "2", "system calls are filtered"),
];

/// Answers `GET /api/limits`.
pub async fn limits(State(app): State<Arc<App>>) -> Result<Json<Limits>, Refusal> {
    let rows = limits::table().into_iter();
    let limits = rows.map(|row| LimitInfo { name: row.name, value: row.value, unit: row.unit });
    let pids = app.stock.pids();
    // The one that has waited longest has surely locked itself down.
    let layers = spawn_blocking(move || pids.into_iter().find_map(layers_of)).await;
    let layers = layers.map_err(|_| Refusal::internal())?.unwrap_or_default();
    Ok(Json(Limits { limits: limits.collect(), layers }))
}

/// What holds this process; none if it is gone.
fn layers_of(pid: u32) -> Option<Vec<Layer>> {
    let read = |file| fs::read_to_string(format!("/proc/{pid}/{file}")).ok();
    Some(layers(&read("limits")?, &read("status")?))
}

fn layers(limits: &str, status: &str) -> Vec<Layer> {
    let line = |text: &str, name: &str| {
        let mut lines = text.lines();
        lines.find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned()
    };
    let is_limited = |name| {
        let soft = line(limits, name);
        let soft = soft.split_whitespace().next().and_then(|soft| soft.parse::<u64>().ok());
        // Everybody has some limit of descriptors, and of core dumps none of use.
        match (name, soft) {
            ("Max open files", Some(most)) => most <= limits::DESCRIPTORS,
            ("Max file size" | "Max core file size", Some(most)) => most == 0,
            (_, most) => most.is_some(),
        }
    };
    let resources =
        RESOURCES.map(|(name, means)| Layer { name: means, in_force: is_limited(name) });
    let status = STATUS
        .map(|(name, wanted, means)| Layer { name: means, in_force: line(status, name) == wanted });
    resources.into_iter().chain(status).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_nothing_holds_is_called_that() {
        let free = layers("Max data size  unlimited unlimited bytes\n", "NoNewPrivs:\t0\n");
        assert!(free.iter().all(|layer| !layer.in_force), "{free:?}");
        let held = layers(
            "Max cpu time  60 61 seconds\nMax file size  0 0 bytes\nMax data size  5 5 bytes\n\
             Max core file size  0 0 bytes\nMax open files  64 64 files\n",
            "NoNewPrivs:\t1\nSeccomp:\t2\n",
        );
        assert!(held.iter().all(|layer| layer.in_force), "{held:?}");
    }
}
