//! Small random scenarios: what `shared/tests/properties.rs` makes, as far as it has a text that
//! CPython can run, and with sums of times that are never a near miss.

use serde_json::{Value as Json, json};
use shared::rng::Rng;

use super::Kind;

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// One of these.
pub fn one_of<'a, T>(rng: &mut Rng, of: &'a [T]) -> &'a T {
    let place = rng.below(of.len() as u64);
    &of[usize::try_from(place).expect("a place in a slice")]
}

/// A scenario's document.
pub fn scenario(rng: &mut Rng, kind: Kind) -> Json {
    let workers = rng.between_inclusive(1, 3);
    let mut executor = json!({ "kind": kind.name(), "workers": workers });
    if kind != Kind::Threads {
        executor["start_method"] = json!("fork");
    }
    let names = &NAMES[..usize::try_from(rng.between_inclusive(2, 5)).expect("a few")];
    let by_steps = rng.below(4) != 0;
    let tasks: Vec<Json> =
        (0..names.len()).map(|place| task(rng, names, place, kind, by_steps)).collect();
    let program = if by_steps { steps(rng, names, kind) } else { mode(rng, kind) };
    let mut document =
        json!({ "format": 1, "executor": executor, "tasks": tasks, "program": program });
    if kind != Kind::Pool && rng.below(4) == 0 {
        // Never at an instant at which tasks end: those are whole seconds.
        let at = format!("{}500ms", rng.between_inclusive(0, 2));
        let act = if by_steps && rng.below(2) == 0 {
            json!({ "shutdown": { "cancel_futures": rng.below(2) == 0 } })
        } else {
            json!({ "cancel": one_of(rng, names) })
        };
        let can_be_done = if act.get("cancel").is_some() {
            // A text of mode `map` has no future in its hands that it could cancel.
            document["program"]["mode"] != json!("map")
        } else {
            // Without a block, nobody but the timer holds the executor once main has returned; and behind
            // the timer's `shutdown` it is gone before its manager looks what to cancel (a weak reference).
            document["program"]["with_block"] != json!(false)
        };
        if can_be_done {
            document["interventions"] = json!([{ "do": act, "when": { "at": at } }]);
        }
    }
    document
}

fn task(rng: &mut Rng, names: &[&str], place: usize, kind: Kind, by_steps: bool) -> Json {
    let id = names[place];
    let (function, args) = match rng.below(12) {
        0..=5 => ("sleep", json!({ "seconds": rng.below(4) })),
        6 => ("identity", json!({ "value": 1 })),
        7 => ("fail", json!({ "seconds": rng.below(3) })),
        8 => ("exit", json!({ "seconds": rng.below(2) })),
        // Scripts must submit inputs first, which random ones do not.
        9 if place > 0 && !by_steps => {
            ("identity", json!({ "value": { "from": names[place - 1] } }))
        }
        10 if !(kind == Kind::Pool && by_steps) => {
            ("square", json!({ "x": { "each": { "range": [rng.below(4)] } } }))
        }
        11 if kind != Kind::Threads && rng.below(3) == 0 => {
            ("hard_exit", json!({ "seconds": rng.below(2) }))
        }
        _ => ("sleep", json!({ "seconds": 1 })),
    };
    json!({ "id": id, "function": function, "args": args })
}

fn some(rng: &mut Rng, names: &[&str]) -> Vec<String> {
    let mut chosen: Vec<String> =
        names.iter().filter(|_| rng.below(3) != 0).map(|name| (*name).to_owned()).collect();
    if chosen.is_empty() {
        chosen.push(one_of(rng, names).to_string());
    }
    chosen
}

fn timeout(rng: &mut Rng) -> Json {
    one_of(rng, &[json!(null), json!("0s"), json!("1500ms"), json!("2500ms")]).clone()
}

fn mode(rng: &mut Rng, kind: Kind) -> Json {
    let mode = *one_of(rng, &["submit", "map", "as_completed", "wait"]);
    let mut program = json!({ "mode": mode });
    match mode {
        "map" => {
            program["chunksize"] = json!(rng.between_inclusive(1, 2));
            program["on_error"] = json!(*one_of(rng, &["stop", "continue"]));
        }
        "wait" if kind != Kind::Pool => {
            let when = ["FIRST_COMPLETED", "FIRST_EXCEPTION", "ALL_COMPLETED"];
            program["return_when"] = json!(*one_of(rng, &when));
        }
        _ => {}
    }
    if matches!(mode, "as_completed" | "map") && kind != Kind::Pool && rng.below(3) == 0 {
        program["timeout"] = json!("1500ms");
    }
    program
}

fn steps(rng: &mut Rng, names: &[&str], kind: Kind) -> Json {
    // Most questions are about futures that there are.
    let verb = if kind == Kind::Pool { "apply_async" } else { "submit" };
    let mut steps = vec![json!({ "do": verb, "task": names })];
    // So that these are names of the program, whichever steps come.
    steps.push(json!({ "do": "map", "tasks": [], "as": "m" }));
    if kind == Kind::Pool {
        steps.push(json!({ "do": "map_async", "tasks": [], "as": "j" }));
    }
    for _ in 0..rng.between_inclusive(1, 5) {
        let step = if kind == Kind::Pool { pool_step(rng, names) } else { step(rng, names) };
        steps.push(if rng.below(10) == 0 { step } else { guarded(&step) });
    }
    json!({ "steps": steps, "with_block": rng.below(4) != 0 })
}

/// One exception does not end the program.
fn guarded(step: &Json) -> Json {
    let caught = json!({ "kind": "BaseException", "as": "error",
        "steps": [{ "do": "print", "text": "caught {error.kind}" }] });
    json!({ "do": "try", "steps": [step], "except": [caught] })
}

fn step(rng: &mut Rng, names: &[&str]) -> Json {
    let one = *one_of(rng, names);
    match rng.below(15) {
        0 | 1 => {
            let method = *one_of(rng, &["done", "running", "cancelled", "cancel"]);
            json!({ "do": method, "of": one })
        }
        2 | 3 => json!({ "do": "result", "of": one, "timeout": timeout(rng) }),
        4 | 5 => {
            let when = ["FIRST_COMPLETED", "FIRST_EXCEPTION", "ALL_COMPLETED"];
            json!({ "do": "wait", "of": some(rng, names), "timeout": timeout(rng),
                "return_when": *one_of(rng, &when) })
        }
        6 => json!({ "do": "as_completed", "of": some(rng, names), "timeout": timeout(rng),
            "as": "x" }),
        7 => json!({ "do": "map", "tasks": some(rng, names), "timeout": timeout(rng),
            "chunksize": rng.between_inclusive(1, 2), "as": "m" }),
        8 => json!({ "do": "next", "of": "m" }),
        9 => json!({ "do": "for", "in": "m", "as": "v", "steps": [] }),
        10 => json!({ "do": "close", "of": "m" }),
        11 => json!({ "do": "add_done_callback", "of": one, "print": "{task}: {outcome}" }),
        12 => json!({ "do": "cancel", "of": one }),
        13 => json!({ "do": "shutdown", "wait": rng.below(2) == 0,
            "cancel_futures": rng.below(2) == 0 }),
        // Never to an instant at which tasks end.
        _ => json!({ "do": "sleep", "span": "500ms" }),
    }
}

fn pool_step(rng: &mut Rng, names: &[&str]) -> Json {
    let one = *one_of(rng, names);
    let chunksize = rng.between_inclusive(1, 2);
    match rng.below(14) {
        0 => json!({ "do": "apply", "task": one }),
        1 | 2 => json!({ "do": "get", "of": one, "timeout": timeout(rng) }),
        3 => json!({ "do": *one_of(rng, &["ready", "successful"]), "of": one }),
        4 => json!({ "do": "map", "tasks": some(rng, names), "as": "m", "chunksize": chunksize }),
        5 => json!({ "do": "map_async", "tasks": some(rng, names), "as": "j",
            "chunksize": chunksize }),
        6 | 7 => {
            let method = *one_of(rng, &["imap", "imap_unordered"]);
            json!({ "do": method, "tasks": some(rng, names), "as": "m", "chunksize": chunksize })
        }
        8 => json!({ "do": "get", "of": "j", "timeout": timeout(rng) }),
        9 => json!({ "do": "wait", "of": some(rng, names), "timeout": timeout(rng) }),
        10 => json!({ "do": "for", "in": "m", "as": "v", "steps": [] }),
        11 => json!({ "do": "apply_async", "task": [one],
            "callback": { "print": "{task}: {outcome}" } }),
        12 => json!({ "do": *one_of(rng, &["close", "terminate", "join"]) }),
        _ => json!({ "do": "sleep", "span": "500ms" }),
    }
}

#[cfg(test)]
mod tests {
    use shared::scenario::{Python, Scenario};

    use super::*;

    #[test]
    fn random_scenarios_are_scenarios() {
        for seed in 0..300 {
            let mut rng = Rng::new(seed);
            let kind = *one_of(&mut rng, &Kind::ALL);
            let document = scenario(&mut rng, kind);
            let scenario = Scenario::parse(&document.to_string())
                .unwrap_or_else(|error| panic!("{error}\n{document:#}"));
            let checked = Scenario { python: Python::V3_12, ..scenario }.check();
            assert!(checked.is_ok(), "{:?}\n{document:#}", checked.err());
        }
    }
}
