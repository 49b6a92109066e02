//! What two normal forms do not share, in words.

use std::collections::BTreeSet;

use super::{FutureForm, Moment, NormalForm};

/// Differences that are named; the rest are counted.
const NAMED: usize = 6;

/// The first differences, one a line; empty if there is none.
pub fn diff(here: &NormalForm, there: &NormalForm) -> String {
    let mut lines = Vec::new();
    futures(&here.futures, &there.futures, &mut lines);
    moments(&here.main, &there.main, &mut lines);
    extra("a callback prints", &here.callbacks, &there.callbacks, &mut lines);
    let skipped = |form: &NormalForm| -> Vec<String> {
        form.skipped.iter().map(|(task, why)| format!("{task} ({why})")).collect()
    };
    extra("skipped is", &skipped(here), &skipped(there), &mut lines);
    if here.broken != there.broken {
        let word = |broken| if broken { "broken" } else { "whole" };
        lines.push(format!(
            "the executor is {} here and {} there",
            word(here.broken),
            word(there.broken)
        ));
    }
    if here.workers != there.workers {
        let text = |form: &NormalForm| match &form.workers {
            Some(workers) => workers.to_string(),
            None => "not compared".to_owned(),
        };
        lines.push(format!("workers: here {}, there {}", text(here), text(there)));
    }
    if here.end != there.end {
        lines.push(format!("the end: here {}, there {}", here.end, there.end));
    }
    if lines.len() > NAMED {
        let more = lines.len() - NAMED;
        lines.truncate(NAMED);
        lines.push(format!("… and {more} more"));
    }
    lines.join("\n")
}

fn futures(here: &[FutureForm], there: &[FutureForm], lines: &mut Vec<String>) {
    let names: BTreeSet<&str> = here.iter().chain(there).map(|form| form.name.as_str()).collect();
    for name in names {
        let of_name = |forms: &[FutureForm]| -> Vec<String> {
            forms.iter().filter(|form| form.name == name).map(ToString::to_string).collect()
        };
        let (here, there) = (of_name(here), of_name(there));
        if here == there {
            continue;
        }
        let text = |forms: &[String]| {
            if forms.is_empty() { format!("no {name}") } else { forms.join(", ") }
        };
        lines.push(format!("here {}, there {}", text(&here), text(&there)));
    }
}

/// Only the first: what follows a difference mostly differs because of it.
fn moments(here: &[Moment], there: &[Moment], lines: &mut Vec<String>) {
    let shared = here.iter().zip(there).take_while(|(here, there)| here == there).count();
    let text = |moments: &[Moment]| match moments.get(shared) {
        Some(moment) => moment.to_string(),
        None => "nothing more".to_owned(),
    };
    if shared < here.len().max(there.len()) {
        let number = shared + 1;
        lines.push(format!("main, moment {number}: here {}, there {}", text(here), text(there)));
    }
}

/// Names what only one of two sorted lists holds.
fn extra(what: &str, here: &[String], there: &[String], lines: &mut Vec<String>) {
    for (only, other, place) in [(here, there, "here"), (there, here, "there")] {
        let mut left: Vec<&String> = other.iter().collect();
        for item in only {
            match left.iter().position(|other| *other == item) {
                Some(found) => {
                    left.swap_remove(found);
                }
                None => lines.push(format!("only {place} {what} {item}")),
            }
        }
    }
}
