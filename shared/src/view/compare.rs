//! Two runs beside each other, in words: what was asked for otherwise, and what came of it otherwise.
//!
//! ```text
//!  scenario, scenario ──as JSON, leaf by leaf──▶ settings   chunksize: 1, 1000
//!  view, view         ──folded to figures─────▶ outcomes   calls: 40,000, 40
//!                                                sentence   chunksize 1: 4.8 s, 40,000 calls; …
//! ```
//!
//! What is the same in both is not told. Names of settings are those of the scenario, which are
//! Python's.

use std::collections::BTreeMap;

use serde_json::Value;

use super::bounds::Bounds;
use super::shown::Shown;
use super::timeline::Timeline;
use super::timeline::scale::format_seconds;
use super::transport::Post;
use super::{TaskView, View};
use crate::engine::event::EndCause;
use crate::outcome::Outcome;
use crate::scenario::Scenario;
use crate::units::{FutureId, Instant, Span, TaskId, nth, with_commas};

/// Tasks whose outcomes differ that are told one by one.
const TASKS: usize = 8;

/// One of the two runs.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// How it stands.
    pub view: &'a View,
    /// Its lanes.
    pub timeline: &'a Timeline,
}

/// What is otherwise, in words; where a run has nothing of it, `–`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What of the runs.
    pub what: String,
    /// In the one at the left.
    pub left: String,
    /// In the one at the right.
    pub right: String,
    /// The task that it is about, if it is about one that both have.
    pub task: Option<String>,
}

/// All that is otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// What was asked for.
    pub settings: Vec<Difference>,
    /// What came of it.
    pub outcomes: Vec<Difference>,
    /// Both in one sentence.
    pub sentence: String,
}

const NOTHING: &str = "–";

/// What is otherwise in two runs.
pub fn compare(left: Side<'_>, right: Side<'_>) -> Comparison {
    let settings = settings(&left.view.plan().scenario, &right.view.plan().scenario);
    let mut outcomes = figures(left, right);
    outcomes.extend(orders(left.view, right.view));
    outcomes.extend(of_tasks(left.view, right.view));
    let sentence = sentence(left, right, &settings);
    Comparison { settings, outcomes, sentence }
}

fn difference(what: &str, left: String, right: String) -> Option<Difference> {
    (left != right).then(|| Difference { what: what.to_owned(), left, right, task: None })
}

/// Without what is only to be read, and where things stand on the canvas.
fn settings(left: &Scenario, right: &Scenario) -> Vec<Difference> {
    let mut leaves: BTreeMap<String, [Option<String>; 2]> = BTreeMap::new();
    for (side, scenario) in [left, right].into_iter().enumerate() {
        let mut bare = scenario.clone();
        (bare.title, bare.about, bare.notes) = (String::new(), String::new(), Vec::new());
        bare.tasks.iter_mut().for_each(|task| task.position = None);
        let tasks = std::mem::take(&mut bare.tasks);
        let json = serde_json::to_value(&bare).expect("it is plain data");
        walk("", &json, &mut |path, text| leaves.entry(path).or_default()[side] = Some(text));
        for task in &tasks {
            let mut json = serde_json::to_value(task).expect("it is plain data");
            if let Some(fields) = json.as_object_mut() {
                fields.remove("id");
            }
            let path = format!("task {}", task.id);
            walk(&path, &json, &mut |path, text| {
                leaves.entry(path).or_default()[side] = Some(text);
            });
        }
    }
    let or_nothing = |text: Option<String>| text.unwrap_or_else(|| NOTHING.to_owned());
    leaves
        .into_iter()
        .filter_map(|(what, [left, right])| difference(&what, or_nothing(left), or_nothing(right)))
        .collect()
}

/// Every value within a value that holds no others, by its path. The sections of a scenario are known
/// by what is in them, and not told.
fn walk(path: &str, json: &Value, found: &mut impl FnMut(String, String)) {
    match json {
        Value::Object(fields) => {
            for (name, field) in fields {
                let section = matches!(name.as_str(), "executor" | "program" | "args");
                let within = match (path, section) {
                    (_, true) => path.to_owned(),
                    ("", false) => name.clone(),
                    (_, false) => format!("{path}: {name}"),
                };
                walk(&within, field, found);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (at, item) in items.iter().enumerate() {
                walk(&format!("{path} {}", at + 1), item, found);
            }
        }
        Value::String(text) => found(path.to_owned(), text.clone()),
        other => found(path.to_owned(), other.to_string()),
    }
}

/// How long, how many, how much.
fn figures(left: Side<'_>, right: Side<'_>) -> Vec<Difference> {
    let rows = figures_of(left).into_iter().zip(figures_of(right));
    let or_nothing = |told: Option<String>| told.unwrap_or_else(|| NOTHING.to_owned());
    rows.filter_map(|((what, left), (_, right))| {
        difference(what, or_nothing(left), or_nothing(right))
    })
    .collect()
}

/// What there is to tell of one side; of what it does not have, nothing.
fn figures_of(side: Side<'_>) -> [(&'static str, Option<String>); 11] {
    let view = side.view;
    let bounds = Bounds::of(view, side.timeline);
    let bounds = bounds.as_ref();
    let post = post(view);
    let post = post.as_ref();
    let ended = view.end.map_or_else(|| "not yet".to_owned(), EndCause::words);
    [
        ("took", Some(took(side))),
        ("calls", Some(grouped(view.futures.len()))),
        ("work in all", bounds.map(|it| span(side, it.work))),
        ("at best, with these workers", bounds.map(|it| span(side, it.at_best()))),
        ("workers started", Some(grouped(view.workers.len()))),
        ("at work at once, at most", bounds.map(|it| grouped(it.at_once))),
        ("calls on their way, in all", post.map(|it| real(it.post()))),
        ("bytes of calls", post.and_then(Post::sent).map(grouped)),
        ("bytes of results", post.map(|it| grouped(it.received()))),
        ("ended", Some(ended)),
        ("lines printed", Some(grouped(view.printed.len()))),
    ]
}

/// In what order results came to main, and what was printed: the first that is otherwise.
fn orders(left: &View, right: &View) -> Vec<Difference> {
    let delivered = |view: &View| -> Vec<String> {
        let names = view.delivered.iter();
        names.map(|delivery| view.item_name(delivery.future, delivery.item)).collect()
    };
    let printed = |view: &View| -> Vec<String> {
        view.printed.iter().map(|line| line.text.clone()).collect()
    };
    let rows = [
        first_other("to main", &delivered(left), &delivered(right)),
        first_other("line printed", &printed(left), &printed(right)),
    ];
    rows.into_iter().flatten().collect()
}

fn first_other(what: &str, left: &[String], right: &[String]) -> Option<Difference> {
    // Where one has nothing at all, that is told by how many there are.
    let at = left.iter().zip(right).position(|(one, two)| one != two)?;
    difference(&format!("{} {what}", nth(at + 1)), left[at].clone(), right[at].clone())
}

/// The tasks that came out otherwise.
fn of_tasks(left: &View, right: &View) -> Vec<Difference> {
    let names = &right.plan().names;
    let mut rows = Vec::new();
    let mut more = 0;
    for (name, task) in &left.plan().names {
        let Some(other) = names.get(name) else { continue };
        let (one, two) = (outcome(left, *task), outcome(right, *other));
        if one == two {
            continue;
        }
        if rows.len() == TASKS {
            more += 1;
            continue;
        }
        let what = name.clone();
        rows.push(Difference { task: Some(what.clone()), what, left: one, right: two });
    }
    if more > 0 {
        let (left, right) = (format!("{more} tasks"), "otherwise, too".to_owned());
        rows.push(Difference { what: "and".to_owned(), left, right, task: None });
    }
    rows
}

fn outcome(view: &View, task: TaskId) -> String {
    let of_future = |future: FutureId| {
        let cell = view.future(future)?;
        Some(match &cell.outcome {
            Some(Outcome::Returned(value)) => value.repr(),
            Some(Outcome::Raised(raised)) => raised.to_string(),
            Some(Outcome::Lost) => "lost".to_owned(),
            None if cell.state.cancelled() => "cancelled".to_owned(),
            None => "not done".to_owned(),
        })
    };
    match view.tasks.get(task.index()) {
        _ if view.items(task).is_some() => {
            let counts = view.item_counts(task);
            let told = |shown: Shown| {
                let count = counts[shown as usize];
                (count > 0).then(|| format!("{} {}", grouped(count), shown.word()))
            };
            Shown::ALL.into_iter().filter_map(told).collect::<Vec<_>>().join(", ")
        }
        Some(TaskView::Submitted(future)) => {
            of_future(*future).unwrap_or_else(|| NOTHING.to_owned())
        }
        Some(TaskView::Skipped(_)) => "skipped".to_owned(),
        Some(TaskView::Waiting) | None => "never submitted".to_owned(),
    }
}

/// Each side by what was asked of it otherwise, with its time and its calls.
fn sentence(left: Side<'_>, right: Side<'_>, settings: &[Difference]) -> String {
    let figures = |side: Side<'_>| {
        let calls = side.view.futures.len();
        let calls =
            if calls == 1 { "1 call".to_owned() } else { format!("{} calls", grouped(calls)) };
        format!("{}, {calls}", took(side))
    };
    let asked = |of: &dyn Fn(&Difference) -> &str| {
        let told = settings.iter().filter(|row| !row.what.starts_with("task ")).take(3);
        let told: Vec<String> = told
            .map(|row| match row.what.as_str() {
                "kind" | "mode" => of(row).to_owned(),
                what => format!("{what} {}", of(row)),
            })
            .collect();
        told.join(", ")
    };
    let (one, two) = (asked(&|row| &row.left), asked(&|row| &row.right));
    if settings.is_empty() {
        return format!("The same experiment twice: {}; {}.", figures(left), figures(right));
    }
    if one.is_empty() {
        return format!("Other tasks: {}; {}.", figures(left), figures(right));
    }
    format!("{one}: {}; {two}: {}.", figures(left), figures(right))
}

fn took(side: Side<'_>) -> String {
    span(side, side.view.now.since(Instant::ZERO))
}

fn span(side: Side<'_>, span: Span) -> String {
    format_seconds(span, side.view.plan().scenario.scale)
}

/// Real time, also where the scenario's own is scaled.
fn real(span: Span) -> String {
    format_seconds(span, 1.0)
}

/// What the post of all calls took together; none where nothing travels.
fn post(view: &View) -> Option<Post> {
    let mut all: Option<Post> = None;
    for future in 0..view.futures.len() {
        if let Some(post) = view.post(FutureId::at(future)) {
            all.get_or_insert_default().add(&post);
        }
    }
    all
}

fn grouped(count: impl std::fmt::Display) -> String {
    with_commas(&format!("{count}"))
}

#[cfg(test)]
mod tests;
