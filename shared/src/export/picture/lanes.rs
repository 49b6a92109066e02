//! The timeline of a picture.

use std::fmt::Write as _;

use super::escaped;
use super::look::{fitted, glyph};
use crate::units::Instant;
use crate::view::View;
use crate::view::shown::Shown;
use crate::view::timeline::scale::Scale;
use crate::view::timeline::{Bar, Lane, LaneKind, Look, MomentKind, Timeline};

/// Pixels of the axis above the lanes, and of the lanes' names.
pub const AXIS: f64 = 28.0;
const HEADS: f64 = 132.0;
/// Pixels of a row, and of the room around those of a lane.
const ROW: f64 = 22.0;
const ROOM: f64 = 6.0;
/// Rows of a queue that are drawn.
const ROWS: u16 = 4;
/// A bar below this width has no words.
const WORDS: f64 = 30.0;

/// What was drawn.
pub struct Drawn {
    /// Pixels, with the axis.
    pub height: f64,
    /// Where time 0 is, and how many pixels a second of the run takes.
    pub axis: (f64, f64),
}

/// Draws axis and lanes below `(x, y)`, as wide as `room`.
pub fn draw(
    body: &mut String,
    view: &View,
    timeline: &Timeline,
    (x, y): (f64, f64),
    room: f64,
) -> Drawn {
    let unit = view.plan().scenario.scale;
    let now = view.now;
    let width = room - HEADS;
    // A little more, so that the last words are not at the very edge.
    let until = Instant(now.0.saturating_add(now.0 / 12));
    let scale = Scale::fit(until, width, unit);
    let left = x + HEADS;
    let mut lanes = String::new();
    let mut top = y + AXIS;
    for (at, lane) in timeline.lanes().iter().enumerate() {
        let rows = rows_of(lane, &scale, width, now);
        #[allow(clippy::cast_precision_loss)] // a handful
        let height = ROOM + ROW * rows.len().max(1) as f64;
        let name = timeline.head(at, now).name;
        let _ = write!(
            lanes,
            r#"<line class="line" x1="{x}" x2="{}" y1="{top}" y2="{top}"/><text class="strong" x="{x}" y="{}">{}</text>"#,
            x + room,
            top + height / 2.0 + 4.5,
            escaped(&name),
        );
        for (place, row) in rows.iter().enumerate() {
            #[allow(clippy::cast_precision_loss)] // a handful
            let row_top = top + ROOM / 2.0 + 1.0 + ROW * place as f64;
            let window = (Instant::ZERO, Instant(u64::MAX));
            let end = |bar: &Bar| scale.x(bar.until.unwrap_or(now));
            // What is drawn over would only make the file longer.
            let covered = |last: &Bar, bar: &Bar| end(bar) < end(last) + 0.5;
            for bar in lane.spaced(*row, window, covered) {
                self::bar(&mut lanes, bar, (left + scale.x(bar.from), left + end(bar)), row_top);
            }
        }
        moments(&mut lanes, lane, &scale, left, top + height - ROOM / 2.0 - ROW / 2.0, width);
        top += height;
    }
    let height = top - y;
    for tick in scale.ticks(width, unit) {
        let at = left + tick.x;
        let _ = write!(
            body,
            r#"<line class="line" x1="{at:.1}" x2="{at:.1}" y1="{}" y2="{top}"/><text class="dim" x="{at:.1}" y="{}" text-anchor="middle">{}</text>"#,
            y + AXIS - 6.0,
            y + 16.0,
            escaped(&tick.label),
        );
    }
    body.push_str(&lanes);
    let here = left + scale.x(now);
    let _ = write!(
        body,
        r#"<rect class="later" x="{here:.1}" y="{0}" width="0" height="{1}"/><line class="cursor" x1="{here:.1}" x2="{here:.1}" y1="{0}" y2="{top}"/>"#,
        y + AXIS,
        height - AXIS,
    );
    Drawn { height, axis: (left, scale.px_per_second) }
}

/// The rows of a lane with something to see.
fn rows_of(lane: &Lane, scale: &Scale, width: f64, now: Instant) -> Vec<u16> {
    match lane.kind {
        LaneKind::Main => vec![0, 1],
        LaneKind::Worker(_) => vec![0],
        LaneKind::Queue | LaneKind::CallQueue | LaneKind::Shelf => {
            let wide = |row: &u16| {
                let span = |bar: &Bar| scale.x(bar.until.unwrap_or(now)) - scale.x(bar.from);
                let all = lane.visible_rows(*row..*row + 1, Instant::ZERO, scale.instant(width));
                all.map(span).fold(0.0, f64::max) >= 2.0
            };
            let few = lane.rows_used().min(200);
            (0..few).filter(wide).take(usize::from(ROWS)).collect()
        }
    }
}

fn bar(body: &mut String, bar: &Bar, (x0, x1): (f64, f64), y: f64) {
    let width = (x1 - x0).max(1.0);
    let height = ROW - 4.0;
    let rect = |class: &str| {
        let radius = if width > 8.0 { 4 } else { 0 };
        format!(
            r#"<rect class="{class}" x="{x0:.1}" y="{y}" width="{width:.1}" height="{height}" rx="{radius}"/>"#
        )
    };
    let (ground, shown) = match bar.look {
        Look::Blocked => ("wait", None),
        Look::Initializer => ("tail", None),
        Look::Shelf(shown) | Look::Shown(shown) => ("slab", Some(shown)),
    };
    let group = shown.map_or("", Shown::class);
    let _ = write!(body, r#"<g class="{group}">{}"#, rect(ground));
    let mut left = x0 + 6.0;
    if width >= WORDS
        && let Some(shown) = shown
    {
        body.push_str(&glyph(shown, (left - 2.0, y + 2.0), 14.0));
        left += 16.0;
    }
    let ink = if shown.is_some() { "on" } else { "dim" };
    if let Some(label) = fitted(&bar.label, x1 - left - 4.0).filter(|_| width >= WORDS) {
        let _ =
            write!(body, r#"<text class="{ink}" x="{left:.1}" y="{}">{label}</text>"#, y + 13.5);
    }
    body.push_str("</g>");
}

/// What main did: where it took a result, printed, raised.
fn moments(body: &mut String, lane: &Lane, scale: &Scale, left: f64, y: f64, width: f64) {
    let mut taken = f64::MIN;
    for moment in lane.moments() {
        let x = left + scale.x(moment.at);
        if matches!(moment.kind, MomentKind::Starts | MomentKind::Replaces) || x < taken {
            continue;
        }
        let _ = write!(body, r#"<circle class="dot" cx="{x:.1}" cy="{y:.1}" r="3"/>"#);
        taken = x + 8.0;
        if lane.kind != LaneKind::Main {
            continue;
        }
        let next =
            lane.moments().iter().map(|next| left + scale.x(next.at)).find(|at| *at > x + 1.0);
        let room = next.unwrap_or(left + width) - x - 18.0;
        if let Some(words) = fitted(&moment.text, room) {
            let _ = write!(body, r#"<text x="{:.1}" y="{}">{words}</text>"#, x + 8.0, y + 4.5);
        }
    }
}
