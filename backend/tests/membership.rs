//! What really happens is among what may happen.
//!
//! Scenarios without any time in them, so that nothing but order is left to nature: tasks return at
//! once, or wait at gates that interventions open when their event has come. Each runs on real
//! threads and on real processes; the search must find its normal form among the simulator's
//! outcomes, however the machine was feeling.

#![cfg(not(feature = "shuttle"))]

#[path = "../../shared/tests/common/mod.rs"]
mod common;

use std::path::PathBuf;
use std::sync::Arc;

use backend::runner::{Options, run_here};
use shared::engine::Engine;
use shared::scenario::{ExecutorKind, Plan, Scenario};
use shared::sim::explore::{Found, explore};
use shared::view::normal_form::NormalForm;

/// How often each is run: nature does not always choose the same.
const ROUNDS: usize = 5;

fn is_member(plan: &Arc<Plan>) {
    let worker_exe = PathBuf::from(env!("CARGO_BIN_EXE_futurescope"));
    let options = Options { worker_exe, tape: true };
    for _ in 0..ROUNDS {
        let finished = run_here(Arc::clone(plan), &options).expect("a run can be begun");
        let form = NormalForm::from_records(plan, &finished.records);
        let found = explore(plan, &form);
        let scenario = plan.scenario.to_json();
        assert!(matches!(found, Found::Yes { .. }), "{found:?} of\n{scenario}\n{form}");

        let mut engine = Engine::new(Arc::clone(plan));
        engine.take_first_effects();
        for (at, input) in finished.tape {
            engine.handle(input, at);
        }
        assert_eq!(engine.drain_records(), finished.records, "the replay of\n{scenario}");
    }
}

/// The scenario on each kind of pool.
fn on_both(workers: usize, text: &str) {
    for kind in ["threads", "processes"] {
        is_member(&common::plan(&format!("{kind} {workers}\n{text}")));
    }
}

fn on_processes(text: &str) {
    is_member(&common::plan(&format!("processes {text}")));
}

const SIX: &str = "a: identity(1)\n b: identity(2)\n c: identity(3)\n d: identity(4)\n \
                   e: identity(5)\n f: identity(6)\n";

#[test]
fn as_completed() {
    on_both(2, &format!("{SIX} mode as_completed"));
}

#[test]
fn map_and_its_barrier() {
    on_both(2, "a: identity(1)\n b: identity(@a)\n c: identity(@a)\n d: identity(@b)\n mode map");
}

#[test]
fn rounds_of_wait() {
    on_both(2, &format!("{SIX} mode wait {{\"return_when\":\"FIRST_COMPLETED\"}}"));
}

#[test]
fn callbacks_that_submit() {
    on_both(2, "a: identity(1)\n b: identity(@a)\n c: fail()\n d: identity(@c)\n mode submit");
}

#[test]
fn a_map_that_fails() {
    on_both(
        1,
        "a: identity(1)
         b: fail()
         c: identity(3)
         d: identity(4)
         do
         map a b c d
         all",
    );
}

#[test]
fn a_map_that_is_closed() {
    on_both(1, &format!("{SIX} do\n map a b c d e f\n next\n close"));
}

#[test]
fn cancels_in_a_hurry() {
    on_both(
        1,
        "a: identity(1)
         b: identity(2)
         c: identity(3)
         d: identity(4)
         do
         submit a b c d
         cancel d
         cancel c
         cancel b
         cancel a
         wait a b c d",
    );
}

#[test]
fn questions_in_a_hurry() {
    on_both(
        2,
        "a: identity(1)
         b: fail()
         do
         submit a b
         running a
         done b
         exception b
         cancelled a
         done a",
    );
}

#[test]
fn three_waits() {
    for mode in ["", "FIRST_COMPLETED", "FIRST_EXCEPTION"] {
        let tasks = "a: identity(1)\n b: fail()\n c: identity(3)\n d: exit(4)\n";
        on_both(2, &format!("{tasks} do\n submit a b c d\n wait a b c d {mode}"));
    }
}

#[test]
fn callbacks_that_print() {
    on_both(
        1,
        "a: identity(1)
         b: identity(2)
         c: identity(3)
         do
         submit a b c
         callback a {task} {outcome}
         callback c {task} {outcome}
         cancel c
         raising b ValueError: b
         result a",
    );
}

#[test]
fn a_shutdown_that_cancels() {
    on_both(1, &format!("{SIX} do\n submit a b c d e f\n shutdown cancel\n done a\n cancelled f"));
    on_both(
        1,
        "a: identity(1)\n b: identity(2)\n do\n submit a b\n shutdown nowait\n try submit b",
    );
}

#[test]
fn a_wait_that_never_ends() {
    on_both(
        1,
        r#"a: gate()
         b: identity(2)
         c: identity(3)
         d: identity(4)
         e: identity(5)
         do
         submit a b c d e
         shutdown cancel
         wait e
         when {"do":{"open":"a"},"when":{"after":{"cancelled":"e"}}}"#,
    );
}

#[test]
fn a_pool_that_waits_for_itself() {
    on_both(1, "a: submit_and_wait(0)\n do\n submit a\n result a");
    on_both(2, "a: submit_and_wait(0)\n b: identity(1)\n do\n submit a b\n result b\n result a");
}

#[test]
fn gates_in_an_order() {
    on_both(
        2,
        r#"a: gate(1)
         b: gate(2)
         c: identity(3)
         do
         submit a b c
         completed a b c
         when {"do":{"open":"b"},"when":{"after":{"taken":"a"}}}
         when {"do":{"open":"a"},"when":{"after":{"finished":"c"}}}"#,
    );
}

#[test]
fn a_person_cancels() {
    on_both(
        1,
        r#"a: gate(1)
         b: identity(2)
         c: identity(3)
         d: identity(4)
         e: identity(5)
         do
         submit a b c d e
         try result e
         when {"do":{"cancel":"e"},"when":{"after":{"taken":"a"}}}
         when {"do":{"open":"a"},"when":{"after":{"submitted":"e"}}}"#,
    );
}

#[test]
fn chunks() {
    on_processes(&format!("2\n{SIX} mode map {{\"chunksize\":2}}"));
    on_processes(
        "2 fork\n a: identity(1)\n b: fail()\n c: identity(3)\n do\n chunks a b c 2\n try all",
    );
}

#[test]
fn a_worker_that_exits() {
    on_processes(
        "2\n a: identity(1)\n b: hard_exit(3)\n c: identity(3)\n d: identity(4)\n do
         submit a b c d
         wait a b c d
         try submit a",
    );
}

#[test]
fn a_worker_that_is_killed() {
    on_processes(
        r#"2
         a: gate(1)
         b: identity(2)
         c: gate(3)
         do
         submit a b c
         wait a b c
         when {"do":{"kill_worker_of":"a"},"when":{"after":{"taken":"c"}}}"#,
    );
}

/// Every example on its own pool and on the other. They have times in them, so only how they end is
/// compared.
#[test]
fn the_examples_run_on_both_pools() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../static/examples");
    let worker_exe = PathBuf::from(env!("CARGO_BIN_EXE_futurescope"));
    for entry in std::fs::read_dir(folder).expect("the examples are there") {
        let path = entry.expect("the folder can be read").path();
        let text = std::fs::read_to_string(&path).expect("an example can be read");
        // Its point is that it meets the limit of 30 s.
        if path.ends_with("seed-000-hanging.json") {
            continue;
        }
        for kind in [ExecutorKind::Threads, ExecutorKind::Processes] {
            let mut scenario = Scenario::parse(&text).expect("an example is right");
            scenario.executor.kind = kind;
            if kind == ExecutorKind::Threads {
                scenario.executor.start_method = None;
            }
            scenario.scale = 0.02;
            let plan = Arc::new(scenario.check().expect("and on the other pool, too"));
            let options = Options { worker_exe: worker_exe.clone(), tape: false };
            let finished = run_here(Arc::clone(&plan), &options).expect("a run can be begun");
            let simulated = shared::sim::Sim::new(Arc::clone(&plan), 1).run();
            let ended = |records: &[_]| NormalForm::from_records(&plan, records).end;
            assert_eq!(ended(&finished.records), ended(&simulated), "{path:?} on {kind:?}");
        }
    }
}
