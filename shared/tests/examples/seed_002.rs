//! Work that computes: processes against threads, chunks; what a worker's end does to its pool.

use shared::engine::event::{Agent, EndCause, Event, HowExited, WhyHang};

use crate::common::{Run, SEEDS};
use crate::{calls, each_seed, first, sum_of_results};

const SIX: i64 = 568_206_055_343_329;
const MANY: i64 = 139_614_694;

/// Nanoseconds of virtual time from the first record to the last.
fn span(run: &Run) -> u64 {
    run.records.last().unwrap().at.0 - run.records[0].at.0
}

#[test]
fn line_013_the_result_is_what_was_submitted() {
    each_seed("seed-002-line-013-submit", SEEDS, |run| assert_eq!(run.printed(), ["123456789"]));
}

#[test]
fn line_063_a_call_in_main_has_no_future_and_no_worker() {
    each_seed("seed-002-line-063-one-number", SEEDS, |run| {
        assert_eq!(run.printed(), ["[3, 3, 3607, 3803]"]);
        assert_eq!((calls(run), run.workers()), (0, 0));
    });
}

#[test]
fn rule_180_lines_081_091_103_threads_take_turns_and_processes_do_not() {
    let took = |name: &str, submitted: usize| {
        let took = std::cell::Cell::new(0);
        each_seed(name, 1, |run| {
            assert_eq!(sum_of_results(run), SIX, "{name}");
            assert_eq!(calls(run), submitted, "{name}");
            took.set(span(run));
        });
        took.get()
    };
    let sequential = took("seed-002-line-081-sequential", 0);
    let processes = took("seed-002-line-091-factors", 6);
    let threads = took("seed-002-line-103-threads", 6);
    assert!(threads >= sequential, "{threads}, {sequential}");
    assert!(processes * 3 < sequential * 2, "{processes}, {sequential}");
}

#[test]
fn rule_181_lines_117_127_138_the_same_numbers_in_no_in_many_and_in_forty_calls() {
    for (name, submitted) in [
        ("seed-002-line-117-many-sequential", 0),
        ("seed-002-line-127-many-one-by-one", 39_999),
        ("seed-002-line-138-many-in-chunks", 40),
    ] {
        each_seed(name, 1, |run| {
            assert_eq!(calls(run), submitted, "{name}");
            assert_eq!(sum_of_results(run), MANY, "{name}");
            assert_eq!(run.cause(), EndCause::Finished, "{name}");
        });
    }
}

#[test]
fn line_150_the_builtin_map_ends_the_program_and_uses_no_pool() {
    each_seed("seed-002-line-150-builtin-map", SEEDS, |run| {
        assert_eq!(run.main().last().unwrap(), "end SystemExit: 1");
        assert_eq!(run.printed(), [""; 0], "there is no BrokenProcessPool to be caught");
        assert_eq!((calls(run), run.workers()), (0, 0));
        let own = |event: &Event| matches!(event, Event::DirectCallStarted { .. });
        assert_eq!(run.count(own), 1, "0 % 5 is 0: the first of the ten ends it");
    });
}

#[test]
fn rule_81_line_150_sys_exit_in_a_worker_breaks_nothing() {
    each_seed("seed-002-line-150-sys-exit", SEEDS, |run| {
        assert_eq!(run.printed(), ["zero: SystemExit", "n4: 4"]);
    });
}

#[test]
fn rule_82_line_150_a_hard_exit_breaks_every_future() {
    each_seed("seed-002-line-150-crash", SEEDS, |run| {
        let names = ["healthy-1", "crash", "healthy-2", "healthy-3", "healthy-4"];
        assert_eq!(run.printed(), names.map(|name| format!("{name}: BrokenProcessPool")));
    });
}

#[test]
fn rules_170_172_line_173_pool_replaces_the_worker_and_map_waits_for_ever() {
    each_seed("seed-002-line-173-pool-freeze", SEEDS, |run| {
        let why = run.records.iter().find_map(|record| match &record.event {
            Event::ProgramHangs { why, chain } => Some((*why, chain[0].who)),
            _ => None,
        });
        assert_eq!(why, Some((WhyHang::Lost, Agent::Main)));
        assert_eq!(run.printed(), [""; 0]);
        let exited =
            |event: &Event| matches!(event, Event::WorkerExited { how: HowExited::Code(1), .. });
        assert_eq!(run.count(exited), 2, "0 and 5 each end a worker");
        assert_eq!(run.workers(), 4, "and each is replaced");
        let returned = run.count(|event| matches!(event, Event::Returned { .. }));
        assert_eq!(returned, 3, "the other chunks go through");
        let broken = first(run, |event| matches!(event, Event::ExecutorBroken { .. }));
        assert_eq!(broken, None);
    });
}
