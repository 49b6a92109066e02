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
use shared::engine::event::{Agent, Event, Record};
use shared::scenario::{Arg, ExecutorKind, Plan, Scenario};
use shared::sim::Sim;
use shared::sim::explore::{Found, explore};
use shared::value::Value;
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

/// An example on this kind of pool, fifty times as fast as its seed.
fn example(name: &str, kind: ExecutorKind) -> Arc<Plan> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../static/examples");
    let text = std::fs::read_to_string(folder.join(name)).expect("an example can be read");
    let mut scenario = Scenario::parse(&text).expect("an example is right");
    scenario.executor.kind = kind;
    if kind == ExecutorKind::Threads {
        scenario.executor.start_method = None;
    }
    scenario.scale = 0.02;
    Arc::new(scenario.check().expect("and on the other pool, too"))
}

fn run_once(plan: &Arc<Plan>) -> Vec<Record> {
    let worker_exe = PathBuf::from(env!("CARGO_BIN_EXE_futurescope"));
    let options = Options { worker_exe, tape: false };
    run_here(Arc::clone(plan), &options).expect("a run can be begun").records
}

const BOTH: [ExecutorKind; 2] = [ExecutorKind::Threads, ExecutorKind::Processes];

/// They have times in them, so what is compared is what comes of each future and of the program.
#[test]
fn the_examples_come_to_the_same_on_every_pool_they_fit_and_in_the_simulator() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../static/examples");
    for entry in std::fs::read_dir(folder).expect("the examples are there") {
        let name = entry.expect("the folder can be read").file_name();
        let name = name.to_str().expect("its name is text");
        if NOT_COMPARED.iter().any(|(part, _)| name.contains(part)) {
            continue;
        }
        let own = ExecutorKind::Pool;
        let kinds = if is_for_pool(name) { &[own][..] } else { &BOTH };
        for kind in kinds.iter().copied() {
            // On threads, os._exit ends everything wherever it is.
            if name == "seed-002-line-150-crash.json" && kind == ExecutorKind::Threads {
                continue;
            }
            let plan = example(name, kind);
            let real = NormalForm::from_records(&plan, &run_once(&plan));
            let simulated = Sim::new(Arc::clone(&plan), 1).run();
            let simulated = NormalForm::from_records(&plan, &simulated);
            assert_eq!(real.futures, simulated.futures, "{name} on {kind:?}");
            assert_eq!(real.end, simulated.end, "{name} on {kind:?}");
        }
    }
}

/// Examples that do not come to the same each time, or not soon, and why.
const NOT_COMPARED: [(&str, &str); 3] = [
    ("-hanging", "its point is that it meets the limit of 30 s"),
    ("-pool-callbacks", "what is done when the block ends is left to nature"),
    ("-many-", "long, and in seeds.rs"),
];

/// Whether an example has steps that only `multiprocessing.Pool` has.
fn is_for_pool(name: &str) -> bool {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../static/examples");
    let text = std::fs::read_to_string(folder.join(name)).expect("an example can be read");
    let scenario = Scenario::parse(&text).expect("an example is right");
    scenario.executor.kind == ExecutorKind::Pool
}

fn printed(records: &[Record]) -> Vec<&str> {
    fn text(record: &Record) -> Option<&str> {
        match &record.event {
            Event::Printed { text, .. } => Some(text.as_str()),
            _ => None,
        }
    }
    records.iter().filter_map(text).collect()
}

#[test]
fn seed_000_result_times_out_in_main_and_the_task_goes_on() {
    for kind in BOTH {
        // A task that lasts long enough for main to be late: half a second against a tenth of that.
        let mut scenario = example("seed-000-line-107-timeout.json", kind).scenario.clone();
        scenario.tasks[0].args.insert("seconds".to_owned(), Arg::Value(Value::Int(25)));
        let records = run_once(&Arc::new(scenario.check().expect("a number of seconds")));
        assert_eq!(printed(&records), ["timeout", "return from main()"]);
        let place = |is: fn(&Event) -> bool| records.iter().position(|r| is(&r.event));
        let timed_out = place(|e| matches!(e, Event::TimedOut { by: Agent::Main, .. })).unwrap();
        let finished = place(|e| matches!(e, Event::Finished { .. })).unwrap();
        let left = place(|e| matches!(e, Event::BlockLeft)).unwrap();
        assert!(timed_out < finished && finished < left, "{kind:?}");
    }
}

#[test]
fn seed_003_waits_return_legal_sets() {
    for kind in BOTH {
        for (name, least) in [("all", 5), ("first", 1), ("exception", 1)] {
            let plan = example(&format!("seed-003-line-167-wait-{name}.json"), kind);
            let records = run_once(&plan);
            let sets = records.iter().find_map(|record| match &record.event {
                Event::WaitReturned { done, not_done, .. } => Some((done.len(), not_done.len())),
                _ => None,
            });
            let (done, not_done) = sets.expect("wait returned");
            assert!(done >= least && done + not_done == 5, "{name} on {kind:?}: {done}");
        }
    }
}

#[test]
fn rule_80_seed_004_results_and_errors_cross_the_process_boundary() {
    for kind in BOTH {
        let plan = example("seed-004-line-224-futures.json", kind);
        let records = run_once(&plan);
        let lines = printed(&records);
        let results = lines.iter().position(|line| *line == "Here are the results.").unwrap();
        let expected = [
            "process-0 was successful. Result is 13",
            "process-1 was successful. Result is 3",
            "process-2 was successful. Result is 9",
            "process-3 was successful. Result is 7",
            "process-4 failed!",
            "Error = ValueError : Called broken function",
        ];
        assert_eq!(lines[results + 1..], expected, "{kind:?}");
    }
}
