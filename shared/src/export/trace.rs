//! A run as a trace in Chrome's JSON format, which Perfetto, Chrome, Speedscope and others open.
//!
//! ```text
//!  lane  ──▶ threads of process 1, one for each of its first thousand rows, in our order
//!  bar   ──▶ a complete event (X), with what its code waited for as events within it
//!  moment ─▶ an instant event (i)
//!  future ─▶ a flow (s, t, f) from the queues through its worker to the shelf
//! ```
//!
//! Times are microseconds of the run, to half a nanosecond; a bar that was open when
//! the run was cut off ends there. `otherData` holds the scenario, so that a trace says what it is of.
//!
//! The format is described in Google's *Trace Event Format*; what is used of it here all readers know.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use crate::engine::event::EndCause;
use crate::units::{FutureId, Instant};
use crate::view::View;
use crate::view::timeline::{Bar, Lane, LaneKind, Look, Timeline};

/// The one process of a trace: lanes are its threads, wherever their code ran.
const PID: u32 = 1;

/// Rows of a lane at most, as threads. Of a queue of thousands the rest is left out: nobody could look
/// at so many, and its calls are there again with their workers.
const ROWS: u16 = 1_000;

/// The trace of a run, as far as it has come.
pub fn trace(view: &View, timeline: &Timeline, simulated: bool) -> String {
    let mut events = Events::default();
    events.push(&json!({
        "ph": "M", "name": "process_name", "pid": PID, "args": { "name": title(view) }
    }));
    let mut flows = BTreeMap::<FutureId, Vec<(Instant, u32)>>::new();
    for (at, lane) in timeline.lanes().iter().enumerate() {
        let first = u32::try_from(at).unwrap_or_default() * u32::from(ROWS) + 1;
        for row in 0..lane.rows_used().min(ROWS) {
            let tid = thread(first, row);
            let name = lane_name(timeline, at, lane, row);
            events.push(&named("thread_name", tid, &json!({ "name": name })));
            events.push(&named("thread_sort_index", tid, &json!({ "sort_index": tid })));
        }
        for bar in lane.bars().filter(|bar| bar.row < ROWS) {
            let tid = thread(first, bar.row);
            bar_events(&mut events, bar, tid, timeline.now());
            if let Some(future) = bar.future.filter(|_| lane.kind != LaneKind::Main) {
                flows.entry(future).or_default().push((bar.from, tid));
            }
        }
        for moment in lane.moments() {
            events.push(&json!({
                "ph": "i", "s": "t", "name": moment.text, "cat": format!("{:?}", moment.kind),
                "pid": PID, "tid": thread(first, moment.row), "ts": us(moment.at)
            }));
        }
    }
    for (future, mut way) in flows {
        way.sort_unstable();
        let last = way.len() - 1;
        for (step, (at, tid)) in way.into_iter().enumerate().filter(|_| last > 0) {
            let phase = if step == 0 {
                "s"
            } else if step == last {
                "f"
            } else {
                "t"
            };
            events.push(&json!({
                "ph": phase, "bp": "e", "id": future.0, "name": "call", "cat": "call",
                "pid": PID, "tid": tid, "ts": us(at)
            }));
        }
    }
    let about = json!({
        "made by": concat!("Futurescope ", env!("CARGO_PKG_VERSION")),
        "known": if simulated { "simulated" } else { "measured" },
        "ended": view.end.map(EndCause::words),
        "scenario": view.plan().scenario,
    });
    let Events(events) = events;
    format!("{{\"displayTimeUnit\":\"ns\",\"otherData\":{about},\"traceEvents\":[\n{events}\n]}}\n")
}

/// Events as text, one a line: of a hundred thousand a tree of values would be many times as large.
#[derive(Default)]
struct Events(String);

impl Events {
    fn push(&mut self, event: &Value) {
        if !self.0.is_empty() {
            self.0.push_str(",\n");
        }
        let _ = write!(self.0, "{event}");
    }
}

fn title(view: &View) -> String {
    let scenario = &view.plan().scenario;
    let title = if scenario.title.is_empty() { "Untitled" } else { &scenario.title };
    format!("{title} ({})", scenario.executor.kind.class())
}

fn thread(first: u32, row: u16) -> u32 {
    first + u32::from(row)
}

fn named(what: &str, tid: u32, args: &Value) -> Value {
    json!({ "ph": "M", "name": what, "pid": PID, "tid": tid, "args": args })
}

fn lane_name(timeline: &Timeline, at: usize, lane: &Lane, row: u16) -> String {
    let name = match lane.kind {
        LaneKind::Main if row == 0 => return "main".to_owned(),
        LaneKind::Main => return "main: takes, prints".to_owned(),
        LaneKind::Queue => "queue".to_owned(),
        LaneKind::CallQueue => "call queue".to_owned(),
        LaneKind::Shelf => "result shelf".to_owned(),
        LaneKind::Worker(_) => {
            let head = timeline.head(at, timeline.now());
            return format!("{} {}", head.name, head.end).trim_end().to_owned();
        }
    };
    if row == 0 { name } else { format!("{name} {}", row + 1) }
}

fn bar_events(events: &mut Events, bar: &Bar, tid: u32, now: Instant) {
    let until = bar.until.unwrap_or(now);
    let look = match bar.look {
        Look::Shown(shown) => shown.word(),
        Look::Blocked => "waits",
        Look::Shelf(_) => "on the shelf",
        Look::Initializer => "initializer",
    };
    events.push(&json!({
        "ph": "X", "name": *bar.label, "cat": look, "pid": PID, "tid": tid,
        "ts": us(bar.from), "dur": us_between(bar.from, until),
        "args": { "state": look, "result": bar.end_label }
    }));
    for part in &bar.hatched {
        let end = part.until.unwrap_or(until).min(until);
        events.push(&json!({
            "ph": "X", "name": part.label, "cat": "waits", "pid": PID, "tid": tid,
            "ts": us(part.from), "dur": us_between(part.from, end)
        }));
    }
}

/// Microseconds since the run began, to half a nanosecond: in 1,024ths, of which sums and differences are
/// exact. Readers add beginnings and lengths up, and of two bars that meet, the first would otherwise
/// end a rounding error behind the other's beginning.
#[allow(clippy::cast_precision_loss)] // of a run of 30 s there are 2^35
fn us(at: Instant) -> f64 {
    let parts = (u128::from(at.0) * 128 + 62) / 125;
    parts as f64 / 1_024.0
}

fn us_between(from: Instant, until: Instant) -> f64 {
    (us(until) - us(from)).max(0.0)
}

#[cfg(test)]
mod tests;
