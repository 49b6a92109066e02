//! What states look like in a picture: the colours, glyphs and classes of the page, from its own files.

use std::fmt::Write as _;

use super::escaped;
use crate::scenario::Count;
use crate::units::TaskId;
use crate::view::shown::Shown;
use crate::view::{TaskView, View};

const TOKENS: &str = include_str!("../../../../static/style/tokens.css");
const ICONS: &str = include_str!("../../../../static/icons.svg");

/// Pixels that a character takes on the average, and a wide one at most.
const CHARACTER: f64 = 7.2;

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Ink on paper.
    #[default]
    Light,
    /// The other way round.
    Dark,
}

/// Characters that there are below a task's name.
const BELOW: usize = 19;

/// What stands below a task's name: what came of it, or its call; and its state, if both have room.
pub fn node_words(view: &View, task: TaskId) -> (String, &'static str) {
    let text = node_text(view, task);
    let word = view.shown(task).word_on_node();
    let length = text.chars().count();
    if length + word.len() < BELOW {
        return (text, word);
    }
    if view.items(task).is_some() && length < BELOW {
        return (text, "");
    }
    let room = BELOW - 2 - word.len();
    let short = length > room;
    let some = text.chars().take(if short { room - 1 } else { room });
    (some.chain(short.then_some('…')).collect(), word)
}

fn node_text(view: &View, task: TaskId) -> String {
    if let Some(items) = view.items(task) {
        let done = items.that_are(Shown::Succeeded);
        return match items.count() {
            Count::Finite(count) => format!("{done} of {count}"),
            Count::Endless => format!("{done} so far"),
        };
    }
    let outcome = match view.tasks.get(task.index()) {
        Some(TaskView::Submitted(future)) => {
            view.future(*future).and_then(|cell| cell.outcome.as_ref())
        }
        Some(TaskView::Waiting | TaskView::Skipped(_)) | None => None,
    };
    match outcome {
        Some(outcome) => outcome.in_short(),
        None => format!("{}()", view.plan().task(task).function.name),
    }
}

/// Styles and glyphs.
pub(super) fn defs(theme: Theme) -> String {
    let color = |name: &str| color(name, theme);
    let (paper, ink, ink_2) = (color("--n-0"), color("--n-900"), color("--n-600"));
    let (line, control, hatch) = (color("--n-150"), color("--n-400"), color("--hatch"));
    let mut css = format!(
        ".futurescope{{font:13px Inter,system-ui,'Segoe UI',Roboto,'Noto Sans',sans-serif;fill:{ink}}}\
         .paper{{fill:{paper}}}.title{{font-size:20px;font-weight:650}}.dim{{fill:{ink_2}}}\
         .strong{{font-weight:650}}.line{{stroke:{line}}}.edge{{fill:none;stroke:{control};stroke-width:1.5}}\
         .body{{fill:{paper};stroke:{control};stroke-width:1.5}}.glyph{{fill:none;stroke-width:1.8;\
         stroke-linecap:round;stroke-linejoin:round}}.wait{{fill:{paper};stroke:{hatch}}}\
         .tail{{fill:{tail}}}.cursor{{stroke:{accent};stroke-width:2}}.later{{fill:{paper};opacity:.6}}",
        tail = color("--tail"),
        accent = color("--accent"),
    );
    for shown in Shown::ALL {
        // What claims to run is queued, and has its colour.
        let name = shown.word_on_node();
        let (fill, on) = (color(&format!("--st-{name}")), color(&format!("--on-{name}")));
        let class = shown.class();
        let _ = write!(
            css,
            ".{class} .slab,.{class}.slab{{fill:{fill}}}.{class} .body{{stroke:{fill}}}\
             .{class} .glyph,.{class}.glyph{{stroke:{on};color:{on}}}.{class} .on{{fill:{on}}}"
        );
        if matches!(shown, Shown::Waiting | Shown::Skipped) {
            let _ = write!(css, ".{class} .body{{stroke-dasharray:4 3}}");
        }
    }
    let glyphs = ICONS.lines().filter(|line| line.contains(r#"<symbol id="g-"#));
    let glyphs: Vec<&str> = glyphs.map(str::trim).collect();
    format!("<style>{css}</style><defs>{}</defs>", glyphs.join(""))
}

/// A state's mark, 20 pixels wide.
pub(super) fn mark(body: &mut String, shown: Shown, (x, y): (f64, f64)) {
    let class = shown.class();
    let _ = write!(
        body,
        r#"<g class="{class}"><rect class="slab" x="{x}" y="{y}" width="18" height="18" rx="4"/>{}</g>"#,
        glyph(shown, (x + 2.0, y + 2.0), 14.0),
    );
}

/// A state's glyph.
pub(super) fn glyph(shown: Shown, (x, y): (f64, f64), size: f64) -> String {
    let name = shown.class().trim_start_matches("is-");
    let href = format!("#g-{name}");
    format!(r#"<use class="glyph" href="{href}" x="{x}" y="{y}" width="{size}" height="{size}"/>"#)
}

/// About how many pixels a text takes.
pub(super) fn width(text: &str) -> f64 {
    #[allow(clippy::cast_precision_loss)] // a few hundred
    let characters = text.chars().count() as f64;
    characters * CHARACTER
}

/// As much of a text as there is room for, escaped; none if that says nothing.
pub(super) fn fitted(text: &str, room: f64) -> Option<String> {
    if text.is_empty() || room < 2.0 * CHARACTER {
        return None;
    }
    if width(text) <= room {
        return Some(escaped(text));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // fewer than there are
    let some = (room / CHARACTER) as usize;
    (some >= 4).then(|| escaped(&text.chars().take(some - 1).chain(['…']).collect::<String>()))
}

/// A colour of the page's tokens.
fn color(name: &str, theme: Theme) -> String {
    let of_line = |line: &str| {
        let value = line.split(&format!("{name}:")).nth(1)?.trim();
        let both = value.strip_prefix("light-dark(")?.split(')').next()?;
        let (light, dark) = both.split_once(',')?;
        Some(if theme == Theme::Light { light } else { dark }.trim().to_owned())
    };
    TOKENS.lines().find_map(of_line).unwrap_or_else(|| "#888".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colours_are_those_of_the_page() {
        assert_eq!(color("--st-succeeded", Theme::Light), "#077F5D");
        assert_eq!(color("--st-succeeded", Theme::Dark), "#64F7C0");
        assert_eq!(color("--n-0", Theme::Light), "#FFFFFF");
        for theme in [Theme::Light, Theme::Dark] {
            let defs = defs(theme);
            assert!(!defs.contains("#888"), "a colour is missing: {defs}");
            for shown in Shown::ALL {
                let name = shown.class().trim_start_matches("is-");
                assert!(defs.contains(&format!(r#"id="g-{name}""#)), "{name}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_cut_or_left_out() {
        assert_eq!(fitted("succeeded", 100.0).as_deref(), Some("succeeded"));
        assert_eq!(fitted("succeeded", 40.0).as_deref(), Some("succ…"));
        assert_eq!(fitted("succeeded", 20.0), None);
        assert_eq!(fitted("a<b", 100.0).as_deref(), Some("a&lt;b"));
    }
}
