//! `cargo xtask bench engine [ROW…]`: how fast our pools are, as ratios to what else there is.
//!
//! ```text
//!  group ─▶ round 1: ours, A, B   round 2: ours, A, B   …   ─▶ medians, ratios, their spread
//! ```
//!
//! An absolute time says how busy the machine was; a ratio of two sides that took turns in the same run
//! says how they compare. So every figure here has another side: CPython's pools, the `threadpool`
//! crate, rayon, or a raw limit of the machine. Our side is the real thing: a runner process, its
//! records sealed, sent, decoded and kept, every transition of every task.
//!
//! Arguments are parts of the names of groups, none for all; `--rounds N` sets how many turns.

mod cpython;
mod groups;
mod limits;
mod ours;
mod rivals;
mod watched;

use std::process::ExitCode;
use std::time::Duration;

/// Turns that the sides of a group take.
const ROUNDS: usize = 5;

/// Sides that are measured by turns, and what is expected of the first.
pub struct Group {
    /// What is measured, such as "threads, map: a task".
    pub name: &'static str,
    /// So many of what a side measures at once; times are shown of one.
    pub of: u32,
    /// Our side.
    pub ours: Side,
    /// The others, each with what our side should reach against it.
    pub others: Vec<(Side, Goal)>,
}

/// One side.
pub struct Side {
    /// Who.
    pub name: &'static str,
    /// Measures once.
    pub measure: Box<dyn FnMut() -> Duration>,
}

impl Side {
    /// A side.
    pub fn new(name: &'static str, measure: impl FnMut() -> Duration + 'static) -> Self {
        Self { name, measure: Box::new(measure) }
    }
}

/// What our side should reach.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    /// It takes at most one in so many of the other side's time.
    Faster(f64),
    /// It takes at most so many times the other side's time.
    Within(f64),
    /// It is shown for the reader.
    None,
}

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    // Cargo says it to everything that it benches.
    arguments.retain(|argument| argument != "--bench");
    if let [first, url] = arguments.as_slice()
        && first == "watch"
    {
        return watched::watch(url);
    }
    let rounds = match take_rounds(&mut arguments) {
        Ok(rounds) => rounds,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    println!("{}, {rounds} rounds by turns, medians [least..most]", cpython::version());
    println!("| what | ours | other side | other's time | ratio [least..most] | goal |");
    println!("|---|---|---|---|---|---|");
    let wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|a| name.contains(a));
    for group in groups::all() {
        if wanted(group.name) {
            print_group(group, rounds);
        }
    }
    if wanted("killed worker") {
        rivals::kills();
    }
    ExitCode::SUCCESS
}

/// Takes `--rounds N` out of the arguments.
fn take_rounds(arguments: &mut Vec<String>) -> Result<usize, String> {
    let Some(at) = arguments.iter().position(|argument| argument == "--rounds") else {
        return Ok(ROUNDS);
    };
    let number = arguments.get(at + 1).and_then(|number| number.parse().ok());
    let rounds = number.filter(|rounds| *rounds > 0).ok_or("--rounds needs a number from 1 on")?;
    arguments.drain(at..at + 2);
    Ok(rounds)
}

fn print_group(mut group: Group, rounds: usize) {
    let mut ours = Vec::new();
    let mut others = vec![Vec::new(); group.others.len()];
    for _ in 0..rounds {
        ours.push(seconds((group.ours.measure)()));
        for ((side, _), times) in group.others.iter_mut().zip(&mut others) {
            times.push(seconds((side.measure)()));
        }
    }
    for ((side, goal), times) in group.others.iter().zip(&others) {
        let ratios = |of: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
            ours.iter().zip(times).map(|(ours, other)| of(*ours, *other)).collect()
        };
        let of = f64::from(group.of);
        let times_of_one = (shown(median(&ours) / of), shown(median(times) / of));
        let (ratio, spread, goal) = match goal {
            Goal::Faster(goal) => {
                let ratio = median(times) / median(&ours);
                (ratio, ratios(&|ours, other| other / ours), reached(ratio >= *goal, "≥", *goal))
            }
            Goal::Within(goal) => {
                let ratio = median(&ours) / median(times);
                (ratio, ratios(&|ours, other| ours / other), reached(ratio <= *goal, "≤", *goal))
            }
            Goal::None => {
                let ratio = median(times) / median(&ours);
                (ratio, ratios(&|ours, other| other / ours), String::new())
            }
        };
        let least = spread.iter().copied().fold(f64::INFINITY, f64::min);
        let most = spread.iter().copied().fold(0.0, f64::max);
        println!(
            "| {} | {} | {} | {} | {ratio:.2} [{least:.2}..{most:.2}] | {goal} |",
            group.name, times_of_one.0, side.name, times_of_one.1
        );
    }
}

fn reached(reached: bool, sign: &str, goal: f64) -> String {
    format!("{sign} {goal} {}", if reached { "reached" } else { "**not reached**" })
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

/// The middle of some times; of none, nothing.
pub fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// Seconds, as people read them.
pub fn shown(seconds: f64) -> String {
    match seconds {
        s if s < 1e-6 => format!("{:.0} ns", s * 1e9),
        s if s < 1e-3 => format!("{:.2} µs", s * 1e6),
        s if s < 1.0 => format!("{:.2} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}
