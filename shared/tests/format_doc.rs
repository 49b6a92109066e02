//! `docs/format.md` is true: every example is read, and every list is complete.

use serde::de::DeserializeOwned;
use shared::engine::event::{Event, Record};
use shared::function::{CATALOGUE, Param};
use shared::limits;
use shared::protocol::record_json;
use shared::scenario::{Scenario, Step};

fn document() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/format.md");
    std::fs::read_to_string(path).unwrap()
}

/// The fenced examples of this kind, such as `scenario`.
fn examples(document: &str, kind: &str) -> Vec<String> {
    let begin = format!("```json {kind}\n");
    let mut examples = Vec::new();
    for behind in document.split(&begin).skip(1) {
        let (example, _) = behind.split_once("```").expect("every fence is closed");
        examples.push(example.to_owned());
    }
    assert!(!examples.is_empty(), "there is no {kind}");
    examples
}

/// The names of an enum's variants, which serde knows best.
fn variants<T: DeserializeOwned>(unknown: &str) -> Vec<String> {
    let Err(error) = serde_json::from_str::<T>(unknown) else { panic!("{unknown} is known") };
    let message = error.to_string();
    let (_, names) = message.split_once("expected one of ").expect("serde lists the names");
    let quoted = names.split('`').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}

#[test]
fn every_example_is_of_a_kind_that_is_tested() {
    let document = document();
    for fence in document.split("```json").skip(1) {
        let kind = fence.lines().next().unwrap().trim();
        assert!(["scenario", "steps", "records"].contains(&kind), "{kind}");
    }
}

#[test]
fn every_scenario_is_right() {
    for example in examples(&document(), "scenario") {
        let checked = Scenario::parse(&example).and_then(Scenario::check);
        checked.unwrap_or_else(|error| panic!("{error}\n{example}"));
    }
}

#[test]
fn every_step_has_an_example() {
    let text = examples(&document(), "steps").concat();
    let steps: Vec<Step> = serde_json::from_str(&text).unwrap();
    let names = variants::<Step>(r#"{"do":"?"}"#);
    assert_eq!(steps.len(), names.len());
    for name in names {
        assert!(text.contains(&format!(r#""do": "{name}""#)), "{name} has no example");
    }
}

#[test]
fn every_event_has_an_example_as_it_is_written() {
    let text = examples(&document(), "records").concat();
    for line in text.lines() {
        let record: Record =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}\n{line}"));
        assert_eq!(record_json(&record), line);
    }
    for name in variants::<Event>(r#""?""#) {
        let tag = format!(r#""event":{{"{name}":"#);
        let bare = format!(r#""event":"{name}""#);
        assert!(text.contains(&tag) || text.contains(&bare), "{name} has no example");
    }
}

#[test]
fn every_function_is_listed_with_its_parameters() {
    let document = document();
    for function in CATALOGUE {
        let params: Vec<String> = function.params.iter().map(Param::python).collect();
        let row = format!("| `{}({})` |", function.name, params.join(", "));
        assert!(document.contains(&row), "{row}");
    }
}

#[test]
fn the_schema_knows_every_function() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/scenario.schema.json");
    let schema: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let known = schema["$defs"]["function"]["enum"].as_array().unwrap();
    let names: Vec<&str> = shared::function::CATALOGUE.iter().map(|it| it.name).collect();
    assert_eq!(known.iter().map(|it| it.as_str().unwrap()).collect::<Vec<_>>(), names);
}

#[test]
fn every_limit_is_listed_with_its_value() {
    let document = document();
    for limit in limits::table() {
        let unit = match limit.unit {
            unit @ ("bytes" | "seconds") => format!(" {unit}"),
            // The limit's name says what is counted.
            _ => String::new(),
        };
        let row = format!("| {} | {}{unit} |", limit.name, with_commas(limit.value));
        assert!(document.contains(&row), "{row}");
    }
}

fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}
