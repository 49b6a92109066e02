//! A run as a picture: its graph and its timeline in one SVG, for whoever has no page at hand.
//!
//! ```text
//!  ┌ title ────────────────────────────────┐
//!  │ what ran it, and how we know          │
//!  │ graph, every node in its state        │
//!  │ lanes of main, queues, shelf, workers │
//!  │ legend of the states that there are   │
//!  └───────────────────────────────────────┘
//! ```
//!
//! Colours and glyphs are those of the page: they are read from its own files. A state is a class, so
//! that a page around the picture can change it; each node has the name of its task in `data-task`.

mod graph;
mod lanes;
mod look;

use std::fmt::Write as _;

pub use look::{Theme, node_words};

use crate::view::View;
use crate::view::shown::Shown;
use crate::view::timeline::Timeline;
use crate::view::timeline::scale::format_instant;

/// Pixels of a picture.
const WIDTH: f64 = 1_200.0;
/// Around everything.
const MARGIN: f64 = 24.0;

/// A picture of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The SVG, a document of its own.
    pub svg: String,
    /// Pixels of its width and height.
    pub size: (f64, f64),
    /// Where the run's time 0 is, and how many pixels its seconds take.
    pub axis: (f64, f64),
    /// Pixels from the top to the first lane, and of all lanes together.
    pub lanes: (f64, f64),
}

/// The run as it stands, as a picture.
pub fn picture(view: &View, timeline: &Timeline, simulated: bool, theme: Theme) -> Picture {
    let scenario = &view.plan().scenario;
    let mut body = String::new();
    let title = if scenario.title.is_empty() { "Untitled" } else { &scenario.title };
    let _ = write!(
        body,
        r#"<text class="title" x="{MARGIN}" y="48">{}</text><text class="dim" x="{MARGIN}" y="72">{}</text>"#,
        escaped(title),
        escaped(&how(view, simulated)),
    );
    let mut y = 96.0;
    y += graph::draw(&mut body, view, (MARGIN, y), WIDTH - 2.0 * MARGIN) + 24.0;
    let drawn = lanes::draw(&mut body, view, timeline, (MARGIN, y), WIDTH - 2.0 * MARGIN);
    let lanes = (y + lanes::AXIS, drawn.height - lanes::AXIS);
    y += drawn.height + 32.0;
    legend(&mut body, view, y);
    let height = (y + MARGIN).ceil();
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" class="futurescope" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{}">"#,
        escaped(&format!("{title}: {}", how(view, simulated))),
    );
    svg.push_str(&look::defs(theme));
    let _ = write!(svg, r#"<rect class="paper" width="{WIDTH}" height="{height}"/>"#);
    svg.push_str(&body);
    svg.push_str("</svg>\n");
    Picture { svg, size: (WIDTH, height), axis: drawn.axis, lanes }
}

/// What ran it, how it is known, and how it ended.
fn how(view: &View, simulated: bool) -> String {
    let plan = view.plan();
    let workers = plan.max_workers();
    let workers = if workers == 1 { "1 worker".to_owned() } else { format!("{workers} workers") };
    let known = match (simulated, view.used) {
        (true, _) => format!("simulated, seed {}", plan.scenario.seed),
        (false, Some(used)) if used.cores == 1 => "measured on 1 core".to_owned(),
        (false, Some(used)) => format!("measured on {} cores", used.cores),
        (false, None) => "measured".to_owned(),
    };
    let at = format_instant(view.now, plan.scenario.scale);
    let end = view
        .end
        .map_or_else(|| format!("still going at {at}"), |end| format!("{} at {at}", end.words()));
    let scale = plan.scenario.scale;
    #[allow(clippy::float_cmp)] // one is written as one
    let scale = if scale == 1.0 { String::new() } else { format!(", time ×{scale}") };
    format!("{}, {workers}{scale} · {known} · {end}", plan.kind().class())
}

/// The states that there are, each with its mark, its word and how many tasks are in it.
fn legend(body: &mut String, view: &View, y: f64) {
    let mut x = MARGIN;
    for shown in Shown::ALL {
        let tasks = (0..view.tasks.len()).map(crate::units::TaskId::at);
        let count = tasks.filter(|task| view.shown(*task) == shown).count();
        if count == 0 {
            continue;
        }
        let words = format!("{} {count}", shown.word());
        look::mark(body, shown, (x, y - 14.0));
        let _ = write!(body, r#"<text x="{}" y="{}">{}</text>"#, x + 24.0, y - 1.0, words);
        x += 24.0 + look::width(&words) + 24.0;
    }
    let _ = write!(
        body,
        r#"<text class="dim" x="{}" y="{}" text-anchor="end">Futurescope</text>"#,
        WIDTH - MARGIN,
        y - 1.0,
    );
}

/// A text as XML has it.
pub(in crate::export) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no way to write most of the others.
            c if c.is_control() => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
