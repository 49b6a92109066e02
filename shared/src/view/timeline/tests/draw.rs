//! A timeline as text: a line a bar, in seconds of the scenario.

use std::fmt::Write;

use super::*;

pub fn draw(plan: &Plan, timeline: &Timeline, now: Instant) -> String {
    let mut text = String::new();
    for (place, lane) in timeline.lanes().iter().enumerate() {
        let Head { name, end } = timeline.head(place, now);
        writeln!(text, "{}", format!("{name}: {end}").trim_end_matches(": ")).unwrap();
        for bar in lane.bars() {
            writeln!(text, "  {} {}", bar.row, self::bar(plan, bar)).unwrap();
            for hatch in &bar.hatched {
                let span = span(plan, hatch.from, hatch.until);
                writeln!(text, "      {span} {}", hatch.label).unwrap();
            }
        }
        for moment in lane.moments() {
            let at = seconds(plan, moment.at);
            writeln!(text, "  {} {at} {:?}: {}", moment.row, moment.kind, moment.text).unwrap();
        }
    }
    text
}

fn bar(plan: &Plan, bar: &Bar) -> String {
    let look = match bar.look {
        Look::Shown(shown) => shown.word().to_owned(),
        Look::Blocked => "blocked".to_owned(),
        Look::Initializer => "initializer".to_owned(),
        Look::Shelf(shown) => format!("shelf ({})", shown.word()),
    };
    let span = span(plan, bar.from, bar.until);
    format!("{span} {look}: {}, {}", bar.label, bar.end_label).trim_end_matches(", ").to_owned()
}

fn span(plan: &Plan, from: Instant, until: Option<Instant>) -> String {
    let until = until.map_or_else(|| "…".to_owned(), |until| seconds(plan, until));
    format!("{}–{until}", seconds(plan, from))
}

fn seconds(plan: &Plan, at: Instant) -> String {
    format!("{:.1}", at.seconds() / plan.scenario.scale)
}
