//! Makes a scenario that differs smaller, as long as it still does.

use serde_json::Value as Json;

use super::{Difference, RUNS_TO_CONFIRM, differs};
use crate::oracle::interpreter::Interpreter;

/// Whether a difference comes back in other runs.
pub fn confirmed(document: &Json, interpreter: &Interpreter) -> Option<Difference> {
    differs(document, interpreter, RUNS_TO_CONFIRM).ok().flatten()
}

/// The smallest that still differs, of those that come of leaving something out.
pub fn smallest(
    document: Json,
    difference: Difference,
    interpreter: &Interpreter,
) -> (Json, Difference) {
    let mut best = (document, difference);
    'again: loop {
        for smaller in smaller(&best.0) {
            if let Some(difference) = confirmed(&smaller, interpreter) {
                eprintln!("==> smaller: {smaller}");
                best = (smaller, difference);
                continue 'again;
            }
        }
        return best;
    }
}

/// What comes of leaving one thing out; what is no scenario any more will be refused.
fn smaller(document: &Json) -> Vec<Json> {
    let mut all = Vec::new();
    let mut without = |pointer: &str| {
        let Some(Json::Array(items)) = document.pointer(pointer) else { return };
        for place in (0..items.len()).rev() {
            let mut smaller = document.clone();
            if let Some(Json::Array(items)) = smaller.pointer_mut(pointer) {
                items.remove(place);
            }
            all.push(smaller);
        }
    };
    without("/interventions");
    without("/program/steps");
    if let Some(Json::Array(steps)) = document.pointer("/program/steps") {
        for (place, step) in steps.iter().enumerate() {
            let inside = if step["do"] == "try" { "/steps/0" } else { "" };
            for list in ["of", "task", "tasks"] {
                without(&format!("/program/steps/{place}{inside}/{list}"));
            }
        }
    }
    for place in (0..document["tasks"].as_array().map_or(0, Vec::len)).rev() {
        all.extend(without_task(document, place));
    }
    if let Some(workers) = document["executor"]["workers"].as_u64().filter(|n| *n > 1) {
        let mut smaller = document.clone();
        smaller["executor"]["workers"] = (workers - 1).into();
        all.push(smaller);
    }
    all
}

/// Without a task, and without its name wherever that stands in a list.
fn without_task(document: &Json, place: usize) -> Option<Json> {
    let mut smaller = document.clone();
    let task = smaller["tasks"].as_array_mut()?.remove(place);
    forget(&mut smaller["program"], task["id"].as_str()?);
    Some(smaller)
}

fn forget(json: &mut Json, name: &str) {
    match json {
        Json::Array(items) => {
            items.retain(|item| item.as_str() != Some(name));
            items.iter_mut().for_each(|item| forget(item, name));
        }
        Json::Object(fields) => fields.values_mut().for_each(|value| forget(value, name)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_part_can_be_left_out() {
        let document = json!({
            "executor": { "kind": "threads", "workers": 2 },
            "tasks": [{ "id": "a" }, { "id": "b" }],
            "program": { "steps": [{ "do": "submit", "task": ["a", "b"] }] },
        });
        let all = smaller(&document);
        // The step, either name in it, either task, a worker.
        assert_eq!(all.len(), 6, "{all:?}");
        let without_a = without_task(&document, 0).unwrap();
        assert_eq!(without_a["program"]["steps"][0]["task"], json!(["b"]));
    }
}
