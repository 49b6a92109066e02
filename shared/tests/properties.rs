//! What must be true of any scenario at all.

mod common;

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use shared::engine::event::{EndCause, Event, Record};
use shared::engine::future::FutureState;
use shared::rng::Rng;
use shared::scenario::{Plan, Scenario};
use shared::sim::explore::{Found, explore};
use shared::sim::{Move, Sim};
use shared::view::View;
use shared::view::normal_form::NormalForm;
use shared::view::sound::check;

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
        1 => proptest::sample::select(vec![
            ("unpicklable", json!({})),
            ("closure", json!({})),
            ("unimportable", json!({})),
            ("fail_in_two_parts", json!({})),
        ]),
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
        (name(), callback_steps()).prop_map(|(of, steps)| {
            json!({ "do": "add_done_callback", "of": of, "print": "{outcome}", "steps": steps })
        }),
        Just(json!({ "do": "sleep", "span": "1s" })),
        (any::<bool>(), any::<bool>()).prop_map(
            |(wait, cancel)| json!({ "do": "shutdown", "wait": wait, "cancel_futures": cancel })
        ),
    ]
}

/// What a callback does besides saying so.
fn callback_steps() -> impl Strategy<Value = Json> {
    prop_oneof![
        4 => Just(json!([])),
        1 => Just(json!([{ "do": "sleep", "span": "1s" }])),
        1 => name().prop_map(|of| json!([{ "do": "wait", "of": of, "timeout": "1500ms" }])),
    ]
}

fn pool_step() -> impl Strategy<Value = Json> {
    let chunk = proptest::option::of(1..3_u32);
    let method = proptest::sample::select(vec!["starmap", "imap", "imap_unordered"]);
    let question = proptest::sample::select(vec!["ready", "successful"]);
    let end = proptest::sample::select(vec!["close", "terminate", "join"]);
    let callback = (callback_steps(), proptest::option::of(Just("ValueError")))
        .prop_map(|(steps, raise)| json!({ "print": "{outcome}", "steps": steps, "raise": raise }))
        .boxed();
    prop_oneof![
        name().prop_map(|task| json!({ "do": "apply", "task": task })),
        (names(), proptest::option::of(callback.clone())).prop_map(|(of, callback)| {
            json!({ "do": "apply_async", "task": of, "callback": callback })
        }),
        (names(), chunk.clone()).prop_map(|(of, chunk)| {
            json!({ "do": "map", "tasks": of, "as": "m", "chunksize": chunk })
        }),
        (names(), chunk.clone(), proptest::option::of(callback)).prop_map(
            |(of, chunk, callback)| {
                json!({ "do": "map_async", "tasks": of, "as": "j", "chunksize": chunk,
                "error_callback": callback })
            }
        ),
        (method, names(), chunk).prop_map(|(method, of, chunk)| {
            json!({ "do": method, "tasks": of, "as": "m", "chunksize": chunk })
        }),
        (question, name()).prop_map(|(method, of)| json!({ "do": method, "of": of })),
        (name(), timeout()).prop_map(|(of, t)| json!({ "do": "get", "of": of, "timeout": t })),
        timeout().prop_map(|t| json!({ "do": "get", "of": "j", "timeout": t })),
        (names(), timeout()).prop_map(|(of, t)| json!({ "do": "wait", "of": of, "timeout": t })),
        timeout().prop_map(|t| json!({ "do": "next", "of": "m", "timeout": t })),
        Just(json!({ "do": "for", "in": "m", "as": "v" })),
        Just(json!({ "do": "sleep", "span": "1s" })),
        end.prop_map(|end| json!({ "do": end })),
    ]
}

/// Most steps stand in a `try`, so that one exception does not end the program.
fn step(of: impl Strategy<Value = Json>) -> impl Strategy<Value = Json> {
    (of, 0..10_u32).prop_map(|(step, bare)| {
        if bare == 0 {
            return step;
        }
        json!({ "do": "try", "steps": [step], "except": [{ "kind": "BaseException" }] })
    })
}

fn program(of: impl Strategy<Value = Json>, pool: bool) -> impl Strategy<Value = Json> {
    prop_oneof![
        3 => (prop::collection::vec(step(of), 1..7), any::<bool>())
            .prop_map(move |(mut steps, with_block)| {
                // So that `m` and `j` are names of the program, whichever steps came before.
                steps.push(json!({ "do": "map", "tasks": [], "as": "m" }));
                if pool {
                    steps.push(json!({ "do": "map_async", "tasks": [], "as": "j" }));
                }
                json!({ "steps": steps, "with_block": with_block })
            }),
        1 => proptest::sample::select(vec!["submit", "map", "as_completed", "wait"])
            .prop_map(|mode| json!({ "mode": mode })),
        1 => (1..3_u32, buffersize()).prop_map(move |(chunk, ahead)| {
            let ahead = if pool { json!(null) } else { ahead };
            json!({ "mode": "map", "chunksize": chunk, "buffersize": ahead })
        }),
    ]
}

/// An executor of any kind, and a program that it can do.
fn executor_and_program() -> impl Strategy<Value = (Json, Json)> {
    let initializer = prop_oneof![
        6 => Just(json!(null)),
        1 => (0..3_u32, any::<bool>()).prop_map(|(from, fails)| {
            let function = if fails { "fail" } else { "identity" };
            let args = if fails { json!({}) } else { json!({ "value": 1 }) };
            json!({ "function": function, "args": args, "from_worker": from })
        }),
    ];
    let retire = prop_oneof![6 => Just(json!(null)), 1 => (1..3_u32).prop_map(|n| json!(n))];
    let kind = proptest::sample::select(vec!["threads", "processes", "pool", "interpreters"]);
    (kind, 1..4_u32, any::<bool>(), initializer, retire).prop_flat_map(
        |(kind, workers, fork, initializer, retire)| {
            let mut executor =
                json!({ "kind": kind, "workers": workers, "initializer": initializer });
            let processes = kind == "processes" || kind == "pool";
            if processes {
                executor["max_tasks_per_child"] = retire.clone();
                let fork = fork && retire.is_null();
                executor["start_method"] = json!(if fork { "fork" } else { "forkserver" });
            }
            let program = match kind {
                "pool" => program(pool_step(), true).boxed(),
                _ => program(simple_step(), false).boxed(),
            };
            program.prop_map(move |program| (executor.clone(), program))
        },
    )
}

fn scenario() -> impl Strategy<Value = Json> {
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
    (executor_and_program(), tasks, interventions).prop_map(
        |((executor, program), tasks, interventions)| {
            // Pool's apply is one call, and takes no map node.
            let no_nodes = executor["kind"] == "pool" && program.get("steps").is_some();
            let tasks = tasks.into_iter().map(|(function, args)| match function {
                "square" if no_nodes => (function, json!({ "x": 1 })),
                "fail" if no_nodes => (function, json!({})),
                _ => (function, args),
            });
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

/// The same, but that what only returned its argument computes, for which threads need the GIL, and
/// that in a mode some tasks wait for the one before.
fn busy_scenario() -> impl Strategy<Value = Json> {
    (scenario(), prop::collection::vec(any::<bool>(), NAMES.len())).prop_map(|(json, links)| {
        let mut busy = json;
        for task in busy["tasks"].as_array_mut().expect("a list") {
            if task["function"] == "identity" {
                // Some 8 ms of virtual time.
                task["function"] = json!("is_prime");
                task["args"] = json!({ "n": 50_783_974_603_u64 });
            }
        }
        if busy["program"].get("mode").is_none() {
            return busy;
        }
        let mut linked = busy.clone();
        for (place, _) in links.iter().enumerate().skip(1).filter(|(_, linked)| **linked) {
            linked["tasks"][place]["after"] = json!([NAMES[place - 1]]);
        }
        // Not everything can be in one call that the mode wants to be.
        let checked = Scenario::parse(&linked.to_string()).and_then(Scenario::check);
        if checked.is_ok() { linked } else { busy }
    })
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
            // Pool's workers whose initializer fails are replaced for ever.
            EndCause::Finished | EndCause::Workers => {}
            EndCause::Hang => prop_assert!(!chain.unwrap().is_empty()),
            other => prop_assert!(false, "{other:?} in\n{json:#}"),
        }
    }

    /// What the page shows is what the engine holds, at every moment.
    #[test]
    fn the_log_folds_to_the_engines_own_state(json in scenario(), seed in 0..1000_u64) {
        let plan = plan(&json);
        let (mut sim, mut view) = (Sim::new(plan.clone(), seed), View::new(plan));
        loop {
            let goes_on = sim.step();
            for record in sim.drain_records() {
                view.apply(&record);
            }
            let folded: Vec<FutureState> = view.futures.iter().map(|f| f.state).collect();
            prop_assert_eq!(folded, sim.states());
            if !goes_on {
                break;
            }
        }
    }

    /// Moves of all kinds, and those that nearly always hold back.
    #[test]
    fn whatever_a_person_hands_to_the_workers_comes_to_an_end(
        json in busy_scenario(), seed in 0..1000_u64, waits in 0..4_u64,
    ) {
        let plan = plan(&json);
        let play = || {
            let (mut rng, mut given) = (Rng::new(seed), Vec::new());
            let records = common::by_hand(Sim::new(plan.clone(), seed), |offers| {
                let last = offers.len() as u64 - 1;
                let at = if rng.below(4) < waits { last } else { rng.below(last + 1) };
                given.extend(match offers[usize::try_from(at).unwrap()] {
                    Move::Give { worker, call, .. } => Some((call, worker)),
                    Move::Wait => None,
                });
                at
            });
            (records, given)
        };
        let (records, given) = play();
        prop_assert_eq!(check(&plan, &records), Ok(()));
        let states = lives(&records);
        prop_assert!(records.is_sorted_by_key(|record| record.at));
        let ends = records.iter().filter(|r| matches!(r.event, Event::EndOfRun { .. })).count();
        prop_assert_eq!(ends, 1);
        let Event::EndOfRun { cause, .. } = records.last().unwrap().event else { unreachable!() };
        // Held back for long enough, workers do not come to the end in time.
        let in_time = [EndCause::Finished, EndCause::Workers, EndCause::Hang].contains(&cause);
        prop_assert!(in_time || cause == EndCause::Deadline, "{cause:?} in\n{json:#}");
        let taken = |call| records.iter().find_map(|record| match record.event {
            Event::Taken { call: c, worker } if c == call => Some(worker),
            _ => None,
        });
        for (call, worker) in given {
            match taken(call) {
                Some(taker) => prop_assert_eq!(taker, worker),
                None => prop_assert!(states[call.index()].cancelled(), "{call} in\n{json:#}"),
            }
        }
        prop_assert_eq!(play().0, records, "the same moves, the same log");
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
    // The search may come to its limit of states; of 60 decided cases at most so many may have.
    #![proptest_config(ProptestConfig {
        cases: 60,
        max_global_rejects: 15,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_a_person_hands_out_the_search_finds(json in scenario(), seed in 0..1000_u64) {
        let (plan, mut rng) = (plan(&json), Rng::new(seed));
        let records = common::by_hand(Sim::new(plan.clone(), seed), |offers| {
            let gives = offers.iter().filter(|offer| **offer != Move::Wait).count();
            rng.below(gives as u64)
        });
        let form = NormalForm::from_records(&plan, &records);
        let found = explore(&plan, &form);
        prop_assume!(!matches!(found, Found::Undecided { .. }), "more states than the search visits");
        prop_assert!(matches!(found, Found::Yes { .. }), "{:?}\n{:#}\n{}", found, json, form);
    }

    #[test]
    fn what_a_seed_gives_the_search_finds(json in scenario(), seed in 0..1000_u64) {
        let plan = plan(&json);
        let form = NormalForm::from_records(&plan, &Sim::new(plan.clone(), seed).run());
        let found = explore(&plan, &form);
        prop_assume!(!matches!(found, Found::Undecided { .. }), "more states than the search visits");
        prop_assert!(matches!(found, Found::Yes { .. }), "{:?}\n{:#}\n{}", found, json, form);
    }
}
