//! What must be true of any scenario at all.

mod common;

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use shared::engine::event::{EndCause, Event, Record};
use shared::engine::future::FutureState;
use shared::scenario::{Plan, Scenario};
use shared::sim::Sim;
use shared::sim::explore::{Found, explore};
use shared::view::normal_form::NormalForm;

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn task() -> impl Strategy<Value = (&'static str, Json)> {
    prop_oneof![
        4 => (0..3_u32).prop_map(|s| ("sleep", json!({ "seconds": s }))),
        2 => Just(("identity", json!({ "value": 1 }))),
        1 => Just(("fail", json!({}))),
        1 => Just(("exit", json!({}))),
        2 => (0..4_i64).prop_map(|n| ("square", json!({ "x": { "each": { "range": [n] } } }))),
        1 => Just(("fail", json!({ "kind": { "each": ["ValueError", "KeyError"] } }))),
        1 => Just(("submit_and_wait", json!({ "seconds": 1 }))),
    ]
}

fn names() -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(NAMES.to_vec(), 1..=NAMES.len())
}

fn name() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(NAMES.to_vec())
}

fn timeout() -> impl Strategy<Value = Json> {
    proptest::sample::select(vec![json!(null), json!("0s"), json!("1500ms")])
}

fn buffersize() -> impl Strategy<Value = Json> {
    proptest::sample::select(vec![json!(null), json!(1), json!(3)])
}

fn simple_step() -> impl Strategy<Value = Json> {
    let method = proptest::sample::select(vec!["done", "running", "cancelled", "cancel"]);
    let when =
        proptest::sample::select(vec!["ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION"]);
    prop_oneof![
        names().prop_map(|of| json!({ "do": "submit", "task": of })),
        (method, name()).prop_map(|(method, of)| json!({ "do": method, "of": of })),
        (name(), timeout()).prop_map(|(of, t)| json!({ "do": "result", "of": of, "timeout": t })),
        (names(), timeout(), when).prop_map(|(of, t, when)| {
            json!({ "do": "wait", "of": of, "timeout": t, "return_when": when })
        }),
        (names(), timeout())
            .prop_map(|(of, t)| json!({ "do": "as_completed", "of": of, "timeout": t, "as": "x" })),
        (names(), timeout(), 1..3_u32, buffersize()).prop_map(|(of, t, chunk, buffersize)| {
            json!({ "do": "map", "tasks": of, "timeout": t, "chunksize": chunk,
                "buffersize": buffersize, "as": "m" })
        }),
        Just(json!({ "do": "next", "of": "m" })),
        Just(json!({ "do": "for", "in": "m", "as": "v" })),
        Just(json!({ "do": "close", "of": "m" })),
        name().prop_map(|of| json!({ "do": "add_done_callback", "of": of, "print": "{outcome}" })),
        Just(json!({ "do": "sleep", "span": "1s" })),
        (any::<bool>(), any::<bool>()).prop_map(
            |(wait, cancel)| json!({ "do": "shutdown", "wait": wait, "cancel_futures": cancel })
        ),
    ]
}

/// Most steps stand in a `try`, so that one exception does not end the program.
fn step() -> impl Strategy<Value = Json> {
    (simple_step(), 0..10_u32).prop_map(|(step, bare)| {
        if bare == 0 {
            return step;
        }
        json!({ "do": "try", "steps": [step], "except": [{ "kind": "BaseException" }] })
    })
}

fn scenario() -> impl Strategy<Value = Json> {
    let program = prop_oneof![
        3 => (prop::collection::vec(step(), 1..7), any::<bool>())
            .prop_map(|(mut steps, with_block)| {
                // So that `m` is a name of the program, whichever steps came before.
                steps.push(json!({ "do": "map", "tasks": [], "as": "m" }));
                json!({ "steps": steps, "with_block": with_block })
            }),
        1 => proptest::sample::select(vec!["submit", "map", "as_completed", "wait"])
            .prop_map(|mode| json!({ "mode": mode })),
        1 => (1..3_u32, buffersize()).prop_map(
            |(chunk, ahead)| json!({ "mode": "map", "chunksize": chunk, "buffersize": ahead })
        ),
    ];
    let executor = (any::<bool>(), 1..4_u32, any::<bool>()).prop_map(|(threads, workers, fork)| {
        if threads {
            json!({ "kind": "threads", "workers": workers })
        } else {
            let method = if fork { "fork" } else { "forkserver" };
            json!({ "kind": "processes", "workers": workers, "start_method": method })
        }
    });
    let act = prop_oneof![
        name().prop_map(|task| json!({ "cancel": task })),
        any::<bool>().prop_map(|cancel| json!({ "shutdown": { "cancel_futures": cancel } })),
    ];
    let interventions = prop::collection::vec((act, 0..3_u32), 0..2).prop_map(|acts| {
        let planned =
            |(act, at): (Json, u32)| json!({ "do": act, "when": { "at": format!("{at}s") } });
        acts.into_iter().map(planned).collect::<Vec<_>>()
    });
    let tasks = prop::collection::vec(task(), NAMES.len());
    (executor, tasks, program, interventions).prop_map(
        |(executor, tasks, program, interventions)| {
            let tasks: Vec<Json> = NAMES
            .iter()
            .zip(tasks)
            .map(|(id, (function, args))| json!({ "id": id, "function": function, "args": args }))
            .collect();
            json!({ "format": 1, "executor": executor, "tasks": tasks, "program": program,
                "interventions": interventions })
        },
    )
}

fn plan(json: &Json) -> Arc<Plan> {
    Arc::new(Scenario::parse(&json.to_string()).and_then(Scenario::check).unwrap())
}

/// Each future's states as the log tells them, which must be a legal life.
fn lives(records: &[Record]) -> Vec<FutureState> {
    let mut states: Vec<FutureState> = Vec::new();
    for record in records {
        let (future, next) = match &record.event {
            Event::Submitted { future, .. } => {
                assert_eq!(future.index(), states.len());
                states.push(FutureState::Pending);
                continue;
            }
            Event::Running { future } => (future, FutureState::Running),
            Event::Cancelled { future, .. } => (future, FutureState::Cancelled),
            Event::Notified { future } => (future, FutureState::CancelledAndNotified),
            Event::Finished { future, .. } => (future, FutureState::Finished),
            _ => continue,
        };
        let state = &mut states[future.index()];
        assert!(state.may_become(next), "{state:?} to {next:?}");
        *state = next;
    }
    states
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// The engine's invariants are on in tests: a broken one panics.
    #[test]
    fn any_scenario_ends_hangs_with_a_chain_or_meets_a_limit(json in scenario(), seed in 0..1000_u64) {
        let records = Sim::new(plan(&json), seed).run();
        lives(&records);
        for (place, record) in records.iter().enumerate() {
            prop_assert_eq!(record.seq, place as u64, "gap-free");
            prop_assert!(record.cause.is_none_or(|cause| cause < record.seq));
        }
        prop_assert!(records.is_sorted_by_key(|record| record.at));
        let ends = records.iter().filter(|r| matches!(r.event, Event::EndOfRun { .. })).count();
        prop_assert_eq!(ends, 1);
        let Event::EndOfRun { cause, .. } = records.last().unwrap().event else { unreachable!() };
        let chain = records.iter().rev().find_map(|record| match &record.event {
            Event::ProgramHangs { chain, .. } => Some(chain.clone()),
            _ => None,
        });
        match cause {
            EndCause::Finished => {}
            EndCause::Hang => prop_assert!(!chain.unwrap().is_empty()),
            other => prop_assert!(false, "{other:?} in\n{json:#}"),
        }
    }

    #[test]
    fn one_seed_gives_one_log(json in scenario(), seed in any::<u64>()) {
        let plan = plan(&json);
        prop_assert_eq!(Sim::new(plan.clone(), seed).run(), Sim::new(plan, seed).run());
    }

    #[test]
    fn a_scenario_survives_its_own_json(json in scenario()) {
        let scenario = Scenario::parse(&json.to_string()).unwrap();
        prop_assert_eq!(Scenario::parse(&scenario.to_json()), Ok(scenario));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_seed_gives_the_search_finds(json in scenario(), seed in 0..1000_u64) {
        let plan = plan(&json);
        let form = NormalForm::from_records(&plan, &Sim::new(plan.clone(), seed).run());
        let found = explore(&plan, &form);
        prop_assert!(matches!(found, Found::Yes { .. }), "{:?}\n{:#}\n{}", found, json, form);
    }
}
