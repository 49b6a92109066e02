//! The forms in which a run can be kept as a file: the page and the shell write the same.

use std::sync::Arc;

use super::picture::{Theme, picture};
use super::report::report;
use super::trace::trace;
use crate::engine::event::Record;
use crate::scenario::{Plan, python};
use crate::view::View;
use crate::view::timeline::Timeline;

/// A form of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Chrome's trace format.
    Trace,
    /// The experiment itself.
    Scenario,
    /// Graph and timeline as a picture.
    Picture,
    /// A file that replays the run.
    Report,
    /// The Python program that does the same.
    Python,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Trace, Self::Scenario, Self::Picture, Self::Report, Self::Python];

    /// How the name of such a file ends.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Trace => "trace.json",
            Self::Scenario => "json",
            Self::Picture => "svg",
            Self::Report => "html",
            Self::Python => "py",
        }
    }

    /// The form of a file of this name.
    pub fn of(name: &str) -> Option<Self> {
        // A trace ends as a scenario does, and is asked for first.
        Self::ALL.into_iter().find(|form| name.ends_with(&format!(".{}", form.ending())))
    }

    /// The run in this form. `link` is its address in the workbench, if it has one.
    pub fn written(self, run: &Run<'_>, theme: Theme, link: Option<&str>) -> String {
        let Run { plan, records, view, timeline, simulated } = *run;
        match self {
            Self::Trace => trace(view, timeline, simulated),
            Self::Scenario => plan.scenario.to_json(),
            Self::Picture => picture(view, timeline, simulated, theme).svg,
            Self::Report => report(plan, records, simulated, theme, link),
            Self::Python => python(plan).text(),
        }
    }
}

/// A run, and what is known of it behind its last record.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// What was run.
    pub plan: &'a Arc<Plan>,
    /// All that happened.
    pub records: &'a [Record],
    /// How it stands, in the scenario's seconds.
    pub view: &'a View,
    /// Its lanes.
    pub timeline: &'a Timeline,
    /// Whether it was simulated.
    pub simulated: bool,
}

/// How a run stands behind these records, and its lanes.
pub fn folded(plan: &Arc<Plan>, records: &[Record]) -> (View, Timeline) {
    let mut view = View::new(plan.clone()).in_scenario_seconds();
    let mut timeline = Timeline::new(plan.clone());
    for record in records {
        view.apply(record);
        timeline.apply(&view, record);
    }
    (view, timeline)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_the_form() {
        for (name, form) in [
            ("run.trace.json", Some(Form::Trace)),
            ("run.json", Some(Form::Scenario)),
            ("a.b.svg", Some(Form::Picture)),
            ("run.html", Some(Form::Report)),
            ("run.py", Some(Form::Python)),
            ("run.png", None),
            ("svg", None),
            ("", None),
        ] {
            assert_eq!(Form::of(name), form, "{name}");
        }
    }
}
