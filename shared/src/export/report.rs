//! A run as one HTML file that replays: the picture, a slider, and the story, with nothing to load.
//!
//! ```text
//!  records ──fold──▶ what each node looks like after which record ──▶ JSON within the file
//!          ──told──▶ the sentences, with their times                ──▶ the same
//!  end     ──▶ the picture, whose classes and texts a script of a page changes
//! ```
//!
//! The file asks nobody for anything: it works from a disk, in a mail, in ten years.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};

use super::picture::{Theme, escaped, node_words, picture};
use crate::engine::event::{Event, Record};
use crate::scenario::Plan;
use crate::units::TaskId;
use crate::view::View;
use crate::view::shown::Shown;
use crate::view::story::{Depth, told};
use crate::view::timeline::Timeline;
use crate::view::timeline::scale::format_exact_instant;

/// Changes of nodes at most: many more are megabytes, and nobody sees each.
const CHANGES: usize = 100_000;

/// Sentences of the story at most: a browser takes long for more.
const LINES: usize = 5_000;

const SCRIPT: &str = include_str!("report/report.js");
const STYLE: &str = include_str!("report/report.css");

/// The run as a file that replays it; `link` opens it in the workbench, if it has one.
pub fn report(
    plan: &Arc<Plan>,
    records: &[Record],
    simulated: bool,
    theme: Theme,
    link: Option<&str>,
) -> String {
    let (mut view, mut timeline) =
        (View::new(plan.clone()).in_scenario_seconds(), Timeline::new(plan.clone()));
    let tasks: Vec<TaskId> = (0..plan.tasks.len()).map(TaskId::at).collect();
    let look = |view: &View, task: TaskId| (view.shown(task), node_words(view, task));
    let mut looks: Vec<NodeLook> = tasks.iter().map(|task| look(&view, *task)).collect();
    let first: Vec<Value> = looks.iter().map(look_json).collect();
    let mut changes = Vec::new();
    let (mut lines, mut left_out) = (Vec::new(), 0_u32);
    for record in records {
        view.apply(record);
        timeline.apply(&view, record);
        let at = record.at.seconds();
        for task in &touched(&view, &record.event, &tasks) {
            let now = look(&view, *task);
            let before = &mut looks[task.index()];
            if *before != now && changes.len() < CHANGES {
                changes.push(json!([at, task.index(), look_json(&now)]));
                *before = now;
            }
        }
        if let Some((text, Depth::Main)) = told(&view, record) {
            if lines.len() == LINES {
                left_out += 1;
                continue;
            }
            let time = format_exact_instant(record.at, plan.scenario.scale);
            lines.push(json!([at, changes.len(), time, text]));
        }
    }
    // Where there were too many, the end is there all the same.
    for task in &tasks {
        let now = look(&view, *task);
        if looks[task.index()] != now {
            changes.push(json!([view.now.seconds(), task.index(), look_json(&now)]));
        }
    }
    if left_out > 0 {
        let time = format_exact_instant(view.now, plan.scenario.scale);
        let text = format!("{left_out} more lines are not in this file.");
        lines.push(json!([view.now.seconds(), changes.len(), time, text]));
    }
    let picture = picture(&view, &timeline, simulated, theme);
    let run = json!({
        "end": view.now.seconds(),
        "scale": plan.scenario.scale,
        "left": picture.axis.0,
        "pxPerSecond": picture.axis.1,
        "right": picture.size.0,
        "first": first,
        "changes": changes,
        "lines": lines,
        "scenario": plan.scenario,
    });
    let title = if plan.scenario.title.is_empty() { "A run" } else { &plan.scenario.title };
    let title = escaped(title);
    let mut page = String::new();
    let scheme = if theme == Theme::Light { "light" } else { "dark" };
    let _ = write!(
        page,
        r#"<!doctype html>
<html lang="en" data-theme="{scheme}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Futurescope</title>
<style>{STYLE}</style>
<main>
<div class="picture">{}</div>
<div class="bar">
<button id="back" type="button" aria-label="To the event before">&#8249;</button>
<button id="forth" type="button" aria-label="To the next event">&#8250;</button>
<button id="play" type="button">Play</button>
<input id="at" type="range" min="0" max="1000" value="1000" aria-label="Moment of the run">
<output id="now"></output>
</div>
<ol id="story" aria-label="Story"></ol>
"#,
        picture.svg
    );
    if let Some(link) = link {
        let _ = writeln!(page, r#"<p><a href="{}">Open it in Futurescope</a></p>"#, escaped(link));
    }
    // `<` could end the script, or begin a comment that never does.
    let run = run.to_string().replace('<', "\\u003c");
    let _ = write!(
        page,
        "</main>\n<script type=\"application/json\" id=\"run\">{run}</script>\n<script>{SCRIPT}</script>\n</html>\n"
    );
    page
}

/// The tasks that may look otherwise behind this event.
fn touched(view: &View, event: &Event, all: &[TaskId]) -> Vec<TaskId> {
    match event {
        // They change what is told of whatever was not done.
        Event::TerminateAsked { .. }
        | Event::ExecutorBroken { .. }
        | Event::HandlerDied { .. }
        | Event::EndOfRun { .. } => all.to_vec(),
        _ => view.tasks_of_event(event),
    }
}

/// A node's state, and its words.
type NodeLook = (Shown, (String, &'static str));

/// Class, word and text of a node.
fn look_json((shown, (text, word)): &NodeLook) -> Value {
    json!([shown.class(), word, text])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;
    use crate::sim::Sim;

    const MAP: &str = include_str!("../../../static/examples/seed-001-line-024-map.json");

    fn reported(text: &str) -> String {
        let plan = Arc::new(Scenario::parse(text).unwrap().check().unwrap());
        let mut sim = Sim::new(plan.clone(), 0);
        while sim.step() {}
        report(
            &plan,
            &sim.drain_records(),
            true,
            Theme::Light,
            Some("https://example.org/play#x=A&r=B"),
        )
    }

    #[test]
    fn a_report_asks_nobody_for_anything() {
        let page = reported(MAP);
        assert!(!page.contains("src=") && !page.contains("url(") && !page.contains("@import"));
        let addresses: Vec<&str> = page.split("http").skip(1).map(|rest| &rest[..20]).collect();
        assert!(
            addresses.iter().all(|to| to.starts_with("://www.w3.org/2000/s")
                || to.starts_with("s://example.org/play")),
            "{addresses:?}"
        );
        assert!(page.contains(r#"<a href="https://example.org/play#x=A&amp;r=B">"#));
    }

    #[test]
    fn every_change_and_every_sentence_is_in_it() {
        let page = reported(MAP);
        let json = page.split(r#"id="run">"#).nth(1).unwrap().split("</script>").next().unwrap();
        let run: Value = serde_json::from_str(json).unwrap();
        assert_eq!(run["first"][0], json!(["is-waiting", "waiting", "sleep()"]));
        let changes = run["changes"].as_array().unwrap();
        let last = changes.iter().rfind(|change| change[1] == 0).unwrap();
        assert_eq!(last[2], json!(["is-succeeded", "succeeded", "50.0"]));
        let lines = run["lines"].as_array().unwrap();
        assert!(lines.len() > 10 && lines.last().unwrap()[1] == changes.len());
    }

    #[test]
    fn a_text_cannot_end_the_script() {
        let text = MAP.replace("\"title\": \"", "\"title\": \"</script><!--");
        assert!(text != MAP, "the example has a title");
        let page = reported(&text);
        assert_eq!(page.matches("</script>").count(), 2);
        assert!(!page.contains("<!--"));
    }
}
