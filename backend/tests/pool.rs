//! `multiprocessing.Pool` on real processes, and what workers do beside calls: what really happens is
//! among what may happen, and told the same again the engine writes the same.

#![cfg(not(feature = "shuttle"))]

#[path = "../../shared/tests/common/mod.rs"]
mod common;

use std::path::PathBuf;
use std::sync::Arc;

use backend::runner::{Ending, Finished, Options, run_here};
use common::Run;
use shared::engine::Engine;
use shared::engine::event::{Agent, Event, HowExited, WhyHang};
use shared::limits;
use shared::scenario::Plan;
use shared::sim::explore::{Found, explore};
use shared::view::normal_form::NormalForm;

/// How often each is run: nature does not always choose the same.
const ROUNDS: usize = 3;

fn run_once(plan: &Arc<Plan>) -> Finished {
    let worker_exe = PathBuf::from(env!("CARGO_BIN_EXE_futurescope"));
    let options = Options { worker_exe, tape: true };
    let finished = run_here(Arc::clone(plan), &options).expect("a run can be begun");
    let mut engine = Engine::new(Arc::clone(plan));
    engine.take_first_effects();
    for (at, input) in &finished.tape {
        engine.handle(input.clone(), *at);
    }
    assert_eq!(engine.drain_records(), finished.records, "the replay");
    finished
}

/// Runs it, and looks at the log as at a simulated one.
fn run(text: &str) -> (Run, Ending) {
    let plan = common::plan(text);
    let finished = run_once(&plan);
    (Run { plan, records: finished.records }, finished.ending)
}

fn is_member(text: &str) {
    let plan = common::plan(text);
    for _ in 0..ROUNDS {
        let form = NormalForm::from_records(&plan, &run_once(&plan).records);
        let found = explore(&plan, &form);
        assert!(matches!(found, Found::Yes { .. }), "{found:?} of\n{text}\n{form}");
    }
}

fn why(run: &Run) -> Option<WhyHang> {
    run.records.iter().rev().find_map(|record| match &record.event {
        Event::ProgramHangs { why, .. } => Some(*why),
        _ => None,
    })
}

#[test]
fn apply_and_apply_async() {
    is_member(
        "pool 2\n a: identity(1)\n b: fail()\n c: identity(3)\n do\n apply a\n async b c\n try get b\n get c",
    );
}

#[test]
fn maps_and_imaps() {
    is_member("pool 2\n a: identity(1)\n b: identity(2)\n c: identity(3)\n do\n map a b c");
    is_member(
        "pool 2\n a: identity(1)\n b: fail()\n c: identity(3)\n do\n imap a b c\n next\n try next\n next\n close_pool\n join",
    );
    is_member("pool 2\n a: identity(1)\n b: identity(2)\n do\n imap_unordered a b\n all");
}

#[test]
fn the_modes() {
    for mode in ["submit", "map", "as_completed", "wait"] {
        is_member(&format!(
            "pool 2\n a: identity(1)\n b: identity(@a)\n c: identity(@a)\n mode {mode}"
        ));
    }
}

#[test]
fn rule_168_what_was_not_done_when_the_block_ends_never_is() {
    is_member("pool 1\n a: gate()\n b: identity(1)\n do\n async a b\n leave\n ready a\n ready b");
}

#[test]
fn rules_163_164_a_callback_that_does_not_end_keeps_its_thread_and_no_worker() {
    // It waits for a result that only its own thread could read.
    let (run, ending) = run(r#"pool 1
         a: identity(1)
         b: identity(2)
         c: identity(3)
         do
         {"do":"apply_async","task":"a","callback":{"steps":[{"do":"get","of":"b"}]}}
         async b c
         get c"#);
    assert!(run.place("b", "returned").is_some());
    assert!(run.place("c", "returned").is_some());
    for task in ["b", "c"] {
        assert_eq!(run.place(task, "arrived"), None, "{task}");
    }
    assert_eq!(run.place("a", "finished"), None);
    let callbacks = run
        .count(|event| matches!(event, Event::CallbackStarted { lane: Agent::ResultHandler, .. }));
    assert_eq!(callbacks, 1);
    assert_eq!(ending, Ending::Hung);
}

#[test]
fn rule_165_a_raising_callback_stops_all_results() {
    let (run, ending) = run(r#"pool 1
         a: identity(1)
         do
         {"do":"apply_async","task":"a","callback":{"raise":"ZeroDivisionError"}}
         get a"#);
    assert_eq!(ending, Ending::Hung);
    assert_eq!(why(&run), Some(WhyHang::HandlerDied));
}

#[test]
fn rules_170_171_a_dead_worker_is_replaced_and_its_call_is_lost() {
    let (run, ending) = run(
        "pool 1\n a: hard_exit(5)\n b: identity(2)\n do\n async a b\n get b\n close_pool\n join",
    );
    assert_eq!(run.main()[0], "result b: 2");
    assert_eq!(ending, Ending::Hung);
    assert_eq!(why(&run), Some(WhyHang::Lost));
    assert_eq!(run.workers(), 2);
}

#[test]
fn rule_172_sys_exit_ends_pools_worker_with_its_code() {
    let (run, ending) = run("pool 1\n a: exit(7)\n do\n async a\n get a");
    let exits = |e: &Event| matches!(e, Event::WorkerExited { how: HowExited::Code(7), .. });
    assert_eq!(run.count(exits), 1);
    assert_eq!(ending, Ending::Hung);
}

#[test]
fn rule_173_a_failing_initializer_meets_the_limit_of_workers() {
    let (run, ending) =
        run("pool 4\n initializer 0 fail()\n a: identity(1)\n do\n async a\n get a");
    assert_eq!(ending, Ending::Workers);
    let spawned = run.count(|event| matches!(event, Event::WorkerSpawned { .. }));
    assert_eq!(spawned, limits::WORKERS);
    assert!(!run.ran("a"));
}

#[test]
fn rule_174_maxtasksperchild_counts_chunks() {
    let (run, _) = run(r#"pool 1
         retire 1
         a: identity(1)
         b: identity(2)
         c: identity(3)
         d: identity(4)
         do
         {"do":"map_async","tasks":["a","b","c","d"],"as":"m","chunksize":2}
         close_pool
         join
         get m"#);
    let workers: Vec<u32> = run.taken().into_iter().map(|(_, worker)| worker).collect();
    assert_eq!(workers, [0, 1]);
    assert_eq!(run.main()[..2], ["joined", "map: [1, 2, 3, 4]"]);
}

#[test]
fn rule_176_what_cannot_be_pickled_fails_alone() {
    let (run, _) = run(
        "pool 1\n a: closure()\n b: unpicklable()\n c: identity(1)\n do\n async a b c\n get c\n try get a\n try get b",
    );
    assert!(run.outcome("a").starts_with("AttributeError: "));
    assert!(run.outcome("b").starts_with("MaybeEncodingError: "));
    assert_eq!(run.outcome("c"), "1");
}

#[test]
fn rules_39_40_95_initializers_on_real_workers() {
    for pool in ["threads 2", "interpreters 2", "processes 2 fork"] {
        let (run, _) =
            run(&format!("{pool}\n initializer 0 identity(1)\n a: identity(1)\n mode wait"));
        let started = run.count(|e| matches!(e, Event::WorkerStarted { .. }));
        let ended = run.count(|e| matches!(e, Event::InitializerEnded { raised: None, .. }));
        assert_eq!(started, ended, "{pool}");
    }
    is_member(
        "threads 1\n initializer 0 fail()\n a: identity(1)\n b: identity(2)\n do\n submit a\n try submit b\n try result a",
    );
    is_member(
        "processes 1\n initializer 0 fail()\n a: identity(1)\n b: identity(2)\n do\n submit a\n try submit b\n try result a",
    );
}

#[test]
fn rules_90_91_93_what_cannot_be_pickled_on_the_way() {
    is_member(
        "processes 1\n a: closure()\n b: identity(1)\n do\n submit a b\n try result a\n result b",
    );
    is_member("processes 1\n a: unimportable()\n do\n submit a\n try result a");
    is_member("processes 1\n a: fail_in_two_parts()\n do\n submit a\n try result a");
}

#[test]
fn rules_99_100_workers_retire_and_others_take_their_place() {
    is_member(
        "processes 1\n retire 2\n a: identity(1)\n b: identity(2)\n c: identity(3)\n mode wait",
    );
    let tasks = common::lines(0..7, |i| format!("t{i}: identity({i})"));
    let (run, ending) = run(&format!("processes 2\n retire 2\n{tasks} mode as_completed"));
    assert_eq!(ending, Ending::Ended);
    let mut served = [0; 16];
    for (_, worker) in run.taken() {
        served[worker as usize] += 1;
    }
    assert!(served.iter().all(|calls| *calls <= 2), "{served:?}");
    assert_eq!(run.taken().len(), 7);
}

#[test]
fn rule_105_stopped_workers() {
    for step in ["terminate_workers", "kill_workers"] {
        let text = format!(
            "processes 1\n a: gate()\n b: gate()\n c: gate()\n d: gate()\n do\n submit a b c d\n {step}\n \
             try result a\n try result d"
        );
        is_member(&text);
    }
}

#[test]
fn rule_142_a_callback_of_a_process_pool_that_waits_blocks_results_and_hangs() {
    let (run, ending) = run(r#"processes 2 fork
         a: gate(1)
         b: gate(2)
         do
         submit a b
         {"do":"add_done_callback","of":"a","steps":[{"do":"result","of":"b"}]}
         result b
         when {"do":{"open":"a"},"when":{"after":{"taken":"b"}}}
         when {"do":{"open":"b"},"when":{"after":{"finished":"a"}}}"#);
    assert_eq!(ending, Ending::Hung);
    assert_eq!(why(&run), Some(WhyHang::ManagerWaits));
    assert!(run.place("b", "returned").is_some(), "its worker was through with it");
}
