//! `cargo xtask differ`: random scenarios, each run by a live CPython some times; every form that is
//! seen must be one that the search finds. One that it does not find is made small, and shown.
//!
//! ```text
//!  random ──▶ record ──forms──▶ explore_seen ──No──▶ smaller: without a task, without a step …
//!    ▲                              │Yes                 └──▶ the smallest that still differs
//!    └──────────────────────────────┘
//! ```
//!
//! A difference counts when it is seen in several runs that the machine did not disturb, since no
//! clock is ideal.

mod random;
mod shrink;

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use shared::rng::Rng;
use shared::scenario::{Plan, Scenario};
use shared::sim::explore::{Found, explore_seen, outcomes_seen};
use shared::view::normal_form::NormalForm;

use super::OracleError;
use super::interpreter::{self, Interpreter};
use super::recording;

/// Runs of each random scenario under one interpreter.
const RUNS: u32 = 6;

/// A form that so few runs of as many again had is believed; one that does not come back is not.
const RUNS_TO_CONFIRM: u32 = 20;

/// What we show of what may happen.
const SHOWN: usize = 6;

/// What to look for, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// How long.
    pub span: Duration,
    /// Which pool; all if none.
    pub kind: Option<Kind>,
    /// Where the random numbers begin.
    pub seed: u64,
}

/// The pools of which random scenarios are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `ThreadPoolExecutor`
    Threads,
    /// `ProcessPoolExecutor`
    Processes,
    /// `multiprocessing.Pool`
    Pool,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Threads, Self::Processes, Self::Pool];

    /// As a scenario spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Threads => "threads",
            Self::Processes => "processes",
            Self::Pool => "pool",
        }
    }
}

impl Search {
    /// `--minutes N`, `--kind threads|processes|pool` and `--seed N`.
    ///
    /// # Errors
    /// What was not understood, in words.
    pub fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut search = Self { span: Duration::from_mins(5), kind: None, seed: 0 };
        let mut arguments = arguments.iter();
        while let Some(option) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("{option} needs a value"))?;
            let number = || value.parse::<u32>().map_err(|_| format!("{value} is no number"));
            match option.as_str() {
                "--minutes" => search.span = Duration::from_mins(number()?.into()),
                "--seed" => search.seed = number()?.into(),
                "--kind" => {
                    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == value);
                    search.kind = Some(kind.ok_or_else(|| format!("there is no kind {value}"))?);
                }
                _ => return Err(format!("unknown option: {option}")),
            }
        }
        Ok(search)
    }
}

/// Looks for a difference until the time is over.
///
/// # Errors
/// There is one; it has been shown. Or there is no Python.
pub fn search(search: &Search) -> Result<(), Box<dyn Error>> {
    let interpreters = interpreter::find()?;
    let start = Instant::now();
    let (mut tried, mut passed_over) = (0_u64, 0_u64);
    while start.elapsed() < search.span {
        let seed = search.seed + tried;
        tried += 1;
        let mut rng = Rng::new(seed);
        let kind = search.kind.unwrap_or_else(|| *random::one_of(&mut rng, &Kind::ALL));
        let document = random::scenario(&mut rng, kind);
        let interpreter = random::one_of(&mut rng, &interpreters);
        match differs(&document, interpreter, RUNS) {
            Ok(None) => {}
            Ok(Some(_)) => {
                eprintln!("==> seed {seed} under {} seems to differ", interpreter.name);
                let Some(found) = shrink::confirmed(&document, interpreter) else {
                    passed_over += 1;
                    continue;
                };
                show(&shrink::smallest(document, found, interpreter), interpreter, seed);
                return Err("CPython did what the engine may not, see above".into());
            }
            Err(error) => {
                passed_over += 1;
                eprintln!("seed {seed} passed over: {error}");
            }
        }
        if tried % 20 == 0 {
            eprintln!("{tried} scenarios, {passed_over} of them passed over");
        }
    }
    println!("{tried} scenarios without a difference, {passed_over} passed over");
    Ok(())
}

/// A form that was seen and that the search says cannot be.
#[derive(Debug, Clone)]
pub struct Difference {
    plan: Arc<Plan>,
    form: NormalForm,
}

/// Runs a scenario so many times; comes back with the first form that cannot be, if there is one.
/// A search that does not come to an end shows nothing.
fn differs(
    document: &Json,
    interpreter: &Interpreter,
    runs: u32,
) -> Result<Option<Difference>, OracleError> {
    let wrong = |error| OracleError::Scenario { name: "random".to_owned(), error };
    let scenario = Scenario::parse(&document.to_string()).map_err(wrong)?;
    // Searches on several kinds may go on at once.
    let name = format!("random-{:?}", scenario.executor.kind).to_lowercase();
    let seen = recording::record(&name, &scenario, interpreter, runs)?;
    for form in seen.forms.into_keys() {
        if names_nothing(&form) {
            continue;
        }
        if matches!(explore_seen(&seen.plan, &form), Found::No { .. }) {
            return Ok(Some(Difference { plan: seen.plan, form }));
        }
    }
    Ok(None)
}

/// Whether a name stood for nothing. In a function CPython then says `UnboundLocalError`, and what was
/// made smaller must not become a difference of that kind.
fn names_nothing(form: &NormalForm) -> bool {
    let text = form.to_string();
    text.contains("NameError") || text.contains("UnboundLocalError")
}

fn show(
    (document, Difference { plan, form }): &(Json, Difference),
    python: &Interpreter,
    seed: u64,
) {
    println!("CPython {} and the engine differ (seed {seed}).\n", python.version);
    println!("{document:#}\n\n{}", shared::scenario::python(plan).text());
    println!("CPython:\n{form}\n");
    match outcomes_seen(plan) {
        Err(states) => println!("the engine: not this, and more than {states} states besides"),
        Ok(outcomes) => {
            println!("the engine, {} outcomes:", outcomes.len());
            let mut outcomes: Vec<&NormalForm> = outcomes.iter().collect();
            // The nearest first.
            outcomes.sort_by_cached_key(|ours| (ours.diff(form).lines().count(), ours.to_string()));
            for ours in outcomes.into_iter().take(SHOWN) {
                println!("{ours}\n  here the engine, there CPython:\n{}\n", ours.diff(form));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_wrong_ones_refused() {
        let parse = |text: &str| {
            let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            Search::parse(&words)
        };
        let search = parse("--minutes 2 --kind pool --seed 7").unwrap();
        let expected = Search { span: Duration::from_mins(2), kind: Some(Kind::Pool), seed: 7 };
        assert_eq!(search, expected);
        assert!(parse("--kind poll").is_err());
        assert!(parse("--minutes").is_err());
        assert!(parse("--often 3").is_err());
    }
}
