//! What it costs to send a call to another process and its results back: bytes, and microseconds.
//!
//! ```text
//!  taken ─pack─▶ packed ─way─▶ arrived ─unpack─▶ ▓▓ work ▓▓ ─pack─▶ packed ─way─▶ returned ─▶ arrived
//!  └ the program's process ┘   └────────── the worker's process ──────────┘   └ the program's ┘
//! ```
//!
//! All of it is from the log, where both processes read the same clock; what the log does not tell (of
//! a thread, of a simulated run, of a call that never came back) is not told here either. These are
//! real times, also where the scenario's own are scaled.

use crate::engine::event::{Items, Transport};
use crate::units::{CallId, FutureId, Instant, Span, TaskId};
use crate::view::View;

/// One call's way to a worker process and back, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Way {
    /// When its bytes were ready to be sent, and how many they were.
    sent: Option<(Instant, u32)>,
    back: Option<Back>,
    /// When the manager, or Pool's result handler, had the results.
    handed_over: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Back {
    transport: Transport,
    /// When its first body began and the last one ended.
    work: (Instant, Instant),
    /// When the program's process had read it.
    read: Instant,
    /// Bytes of what came of its items, as they were sent.
    bytes: u32,
}

/// What the post of one call took, or of several together. Spans are in real nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Post {
    /// Of how many calls.
    pub calls: u32,
    /// With how many items.
    pub items: u32,
    /// Of how many of them the log tells when they were packed, and into how many bytes.
    told: u32,
    sent: u64,
    received: u64,
    packing: Span,
    /// To the worker; with the packing of those calls of which it is not told apart.
    pub way_there: Span,
    /// In the worker.
    pub unpacking: Span,
    /// From the begin of the first body to the end of the last.
    pub work: Span,
    /// Of what came of it, in the worker.
    pub packing_back: Span,
    /// To the program's process, and unpacking there, which the log does not tell apart.
    pub way_back: Span,
    /// Until the manager, or Pool's result handler, could look at it.
    pub handing_over: Span,
}

impl Post {
    /// Bytes of all calls; none if the log does not tell.
    pub fn sent(&self) -> Option<u64> {
        self.tells_packing().then_some(self.sent)
    }

    /// Bytes of all results.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// How long packing the calls took; none if the log does not tell it from the way.
    pub fn packing(&self) -> Option<Span> {
        self.tells_packing().then_some(self.packing)
    }

    fn tells_packing(&self) -> bool {
        self.told == self.calls
    }

    /// All that is not work.
    pub fn post(&self) -> Span {
        let legs = [
            self.packing,
            self.way_there,
            self.unpacking,
            self.packing_back,
            self.way_back,
            self.handing_over,
        ];
        Span(legs.iter().fold(0, |sum, leg| sum.saturating_add(leg.0)))
    }

    /// What the post costs beside the work, for one of so many (calls, or items): `3.2 µs of work, 180 µs
    /// of post: the post costs 56 times the work.`
    pub fn sentence(&self, of: u32) -> String {
        let (work, post) = (self.work.0 as f64, self.post().0 as f64);
        let figures =
            format!("{} of work, {} of post", micros(self.work, of), micros(self.post(), of));
        let times = post / work;
        let verdict = match () {
            () if work == 0.0 => "no clock could see the work".to_owned(),
            () if times >= 9.5 => format!("the post costs {times:.0} times the work"),
            () if times >= 1.5 => format!("the post costs {times:.1} times the work"),
            () if times >= 0.67 => "the post costs as much as the work".to_owned(),
            () if times >= 0.01 => format!("the post costs {:.0} % of the work", times * 100.0),
            () => "the post costs less than 1 % of the work".to_owned(),
        };
        format!("{figures}: {verdict}.")
    }

    /// Together with another.
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.items = self.items.saturating_add(other.items);
        self.told += other.told;
        self.sent = self.sent.saturating_add(other.sent);
        self.received = self.received.saturating_add(other.received);
        for (sum, leg) in [
            (&mut self.packing, other.packing),
            (&mut self.way_there, other.way_there),
            (&mut self.unpacking, other.unpacking),
            (&mut self.work, other.work),
            (&mut self.packing_back, other.packing_back),
            (&mut self.way_back, other.way_back),
            (&mut self.handing_over, other.handing_over),
        ] {
            sum.0 = sum.0.saturating_add(leg.0);
        }
    }
}

/// A part of a real time, one of so many, in microseconds: `0.8 µs`, `180 µs`; longer ones `1.2 ms`,
/// `5.00 s`.
pub fn micros(span: Span, of: u32) -> String {
    let us = span.0 as f64 / 1e3 / f64::from(of.max(1));
    match () {
        () if us >= 999_500.0 => format!("{:.2} s", us / 1e6),
        () if us >= 9_950.0 => format!("{:.0} ms", us / 1e3),
        () if us >= 999.5 => format!("{:.1} ms", us / 1e3),
        () if us >= 9.95 => format!("{us:.0} µs"),
        () if us >= 0.095 || us == 0.0 => format!("{us:.1} µs"),
        () => format!("{us:.2} µs"),
    }
}

impl View {
    /// What the post of a call took, once its results are there; none where nothing travels.
    pub fn post(&self, future: FutureId) -> Option<Post> {
        let cell = self.future(future)?;
        let (way, taken) = (cell.way.as_ref()?, cell.taken?);
        let (back, handed_over) = (way.back?, way.handed_over?);
        let Transport { arrived, unpacked, packed } = back.transport;
        let left = way.sent.map_or(taken, |(at, _)| at.max(taken));
        Some(Post {
            calls: 1,
            items: cell.work.item_count(),
            told: u32::from(way.sent.is_some()),
            sent: way.sent.map_or(0, |(_, bytes)| bytes.into()),
            received: back.bytes.into(),
            packing: left.since(taken),
            way_there: arrived.since(left),
            unpacking: unpacked.since(arrived),
            work: back.work.1.since(back.work.0),
            packing_back: packed.since(back.work.1),
            way_back: back.read.since(packed),
            handing_over: handed_over.since(back.read),
        })
    }

    /// What the post of all calls took that carry items of this map node and are back.
    pub fn post_of_items(&self, task: TaskId) -> Option<&Post> {
        self.posts.get(&task)
    }

    pub(super) fn packed(&mut self, call: CallId, bytes: u32) {
        let now = self.now;
        self.change_call(call, |cell| {
            cell.way.get_or_insert_default().sent = Some((now, bytes));
        });
    }

    pub(super) fn came_back(&mut self, call: CallId, items: &Items, transport: Option<&Transport>) {
        let work = items.started.first().copied().zip(items.ended.last().copied());
        let (Some(transport), Some(work)) = (transport, work) else { return };
        let (transport, read, bytes) = (*transport, self.now, packed_len(items));
        self.change_call(call, |cell| {
            cell.way.get_or_insert_default().back = Some(Back { transport, work, read, bytes });
        });
    }

    pub(super) fn handed_over(&mut self, call: CallId) {
        let now = self.now;
        self.change_call(call, |cell| {
            if let Some(way) = &mut cell.way {
                way.handed_over = Some(now);
            }
        });
        let Some((future, post)) = self.future_of(call).and_then(|it| Some((it, self.post(it)?)))
        else {
            return;
        };
        let tasks = self.futures[future.index()].work.tasks();
        let map_nodes: Vec<TaskId> = tasks.filter(|task| self.items(*task).is_some()).collect();
        for task in map_nodes {
            self.posts.entry(task).or_default().add(&post);
        }
    }
}

/// Bytes that what came of a call's items is sent as.
fn packed_len(items: &Items) -> u32 {
    let len = postcard::experimental::serialized_size(items).unwrap_or(0);
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
