//! What is measured against what, and what is expected.

use crate::cpython::case;
use crate::ours::{self, items, measure, median_trip, run, trips};
use crate::{Goal, Group, Side, limits, rivals, watched};

/// Items of a run.
const ITEMS: u32 = 20_000;

/// The same where CPython takes long.
const FEWER: u32 = 8_000;

/// Items in chunks.
const IN_CHUNKS: u32 = 40_000;

/// Round trips of one run.
const TRIPS: u32 = 2_000;

fn our_items(kind: &'static str, mode: &'static str, chunksize: u32, count: u32) -> Side {
    let scenario = items(kind, mode, chunksize, count);
    Side::new("ours", move || measure(&scenario, count))
}

fn our_trips(kind: &'static str) -> Side {
    let scenario = trips(kind, TRIPS as usize);
    Side::new("ours", move || median_trip(&run(&scenario)))
}

fn python(name: &'static str, of: &'static str, count: u32) -> Side {
    Side::new(name, move || case(of, count))
}

/// Every group, in the order of the table.
pub fn all() -> Vec<Group> {
    vec![
        Group {
            name: "threads, as_completed: a task",
            of: ITEMS,
            ours: our_items("threads", "as_completed", 1, ITEMS),
            others: vec![
                (python("ThreadPoolExecutor", "threads-completed", ITEMS), Goal::Faster(10.0)),
                (Side::new("threadpool crate", || rivals::threadpool(ITEMS)), Goal::None),
            ],
        },
        Group {
            name: "threads, map: a task",
            of: ITEMS,
            ours: our_items("threads", "map", 1, ITEMS),
            others: vec![(python("ThreadPoolExecutor", "threads-map", ITEMS), Goal::Faster(10.0))],
        },
        Group {
            name: "processes, as_completed: a task",
            of: FEWER,
            ours: our_items("processes", "as_completed", 1, FEWER),
            others: vec![(
                python("ProcessPoolExecutor", "processes-completed", FEWER),
                Goal::Faster(15.0),
            )],
        },
        Group {
            name: "processes, map, chunksize 1: a task",
            of: FEWER,
            ours: our_items("processes", "map", 1, FEWER),
            others: vec![
                (python("ProcessPoolExecutor", "processes-map-1", FEWER), Goal::Faster(15.0)),
                (python("Pool", "pool-map-1", FEWER), Goal::Faster(3.0)),
            ],
        },
        Group {
            name: "processes, map, chunksize 1000: a task",
            of: IN_CHUNKS,
            ours: our_items("processes", "map", 1000, IN_CHUNKS),
            others: vec![
                (python("ProcessPoolExecutor", "processes-map-1000", IN_CHUNKS), Goal::Faster(2.0)),
                (python("Pool", "pool-map-1000", IN_CHUNKS), Goal::Faster(1.0)),
            ],
        },
        Group {
            name: "Pool, map, chunksize 1: a task",
            of: FEWER,
            ours: our_items("pool", "map", 1, FEWER),
            others: vec![(python("Pool", "pool-map-1", FEWER), Goal::None)],
        },
        Group {
            name: "threads: submit to result",
            of: 1,
            ours: our_trips("threads"),
            others: vec![
                (python("ThreadPoolExecutor", "threads-trip", TRIPS), Goal::Faster(4.0)),
                (Side::new("mutex, condvar", || limits::condvar() / limits::TRIPS), Goal::None),
            ],
        },
        Group {
            name: "processes: submit to result",
            of: 1,
            ours: our_trips("processes"),
            others: vec![
                (python("ProcessPoolExecutor", "processes-trip", TRIPS), Goal::Faster(8.0)),
                (Side::new("pipe ping-pong", || limits::ping_pong() / limits::TRIPS), Goal::None),
            ],
        },
        Group {
            name: "threads: two started",
            of: 1,
            ours: Side::new("ours", || ours::start("threads")),
            others: vec![
                (Side::new("two std threads", limits::two_threads), Goal::Within(3.0)),
                (python("ThreadPoolExecutor", "threads-start", 1), Goal::Faster(10.0)),
            ],
        },
        Group {
            name: "processes: two started, locked down",
            of: 1,
            ours: Side::new("ours", || ours::start("processes")),
            others: vec![
                (Side::new("two bare execs", limits::two_execs), Goal::Within(2.0)),
                (python("ProcessPoolExecutor", "processes-start", 1), Goal::Faster(3.0)),
            ],
        },
        Group {
            name: "Pool: a worker for one that died",
            of: 1,
            ours: Side::new("ours", ours::replaces),
            others: vec![(Side::new("a bare exec", || limits::two_execs() / 2), Goal::Within(2.0))],
        },
        Group {
            name: "threads, shutdown: a future cancelled",
            of: IN_CHUNKS,
            ours: Side::new("ours", || ours::cancels(IN_CHUNKS)),
            others: vec![(
                python("ThreadPoolExecutor", "threads-cancel", IN_CHUNKS),
                Goal::Faster(4.0),
            )],
        },
        Group {
            name: "factors, two threads, no GIL",
            of: 1,
            ours: Side::new("ours", rivals::our_factors),
            others: vec![(Side::new("rayon", rivals::rayon), Goal::Faster(0.95))],
        },
        watched::group(),
    ]
}
