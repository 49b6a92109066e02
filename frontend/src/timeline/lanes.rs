//! Where lanes and their rows are: heights that are known before a run begins, so that nothing shifts.

use shared::scenario::Plan;
use shared::units::Instant;
use shared::view::timeline::scale::Scale;
use shared::view::timeline::{Bar, Lane, LaneKind};

/// Pixels of a worker's lane and of the shelf; less where all lanes would not be seen at once.
const ONE: f64 = 28.0;
const COMPACT: f64 = 20.0;
/// The same where there is a phone's width, and a finger.
const TOUCHED: f64 = 44.0;
const NARROW: f64 = 440.0;
/// Pixels that there are for lanes without scrolling.
const SEEN: f64 = 217.0;
/// Pixels of a row in a lane of several, and of the room around them.
const ROW: f64 = 20.0;
const ROOM: f64 = 4.0;
/// The thinnest row that is still drawn.
const THINNEST: f64 = 3.0;
/// Rows of the queue that get their full height.
const MOST: usize = 4;

/// A lane's place.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What it is.
    pub kind: LaneKind,
    /// Pixels from the first lane's top.
    pub top: f64,
    /// Pixels.
    pub height: f64,
    /// The rows of its lane that are drawn, from the top.
    shown: Vec<u16>,
}

/// Pixels that some bar of a queue's row must have for the row to be drawn: through a queue much passes
/// in an instant, and would leave nothing but empty rows. Where all is short, less will do.
const WIDE: [f64; 2] = [6.0, 1.5];

/// The places of these lanes, in this window of `width` pixels.
pub fn rows(plan: &Plan, lanes: &[Lane], scale: &Scale, width: f64, now: Instant) -> Vec<Row> {
    rows_of(plan, lanes, scale, width, now, SEEN, |_| true)
}

/// The same where only so many pixels are `seen` without scrolling; lanes that are not wanted have no
/// height.
pub fn rows_of(
    plan: &Plan,
    lanes: &[Lane],
    scale: &Scale,
    width: f64,
    now: Instant,
    seen: f64,
    wanted: impl Fn(LaneKind) -> bool,
) -> Vec<Row> {
    let workers = plan.max_workers() as usize;
    let waiting = plan.tasks.len().saturating_sub(workers);
    let full = |rows: usize| ROOM + ROW * rows as f64;
    let height = |lane: &Lane, one: f64| match lane.kind {
        other if !wanted(other) => 0.0,
        LaneKind::Main => full(2),
        // A process pool has a call queue below, and needs less here.
        LaneKind::Queue if plan.kind().has_processes() => full(2),
        LaneKind::Queue => full(waiting.clamp(2, MOST)),
        LaneKind::CallQueue => full((workers + 1).min(waiting).clamp(2, MOST - 1)),
        LaneKind::Shelf | LaneKind::Worker(_) => one,
    };
    let all: f64 = lanes.iter().map(|lane| height(lane, ONE)).sum();
    let one = match () {
        () if width < NARROW => TOUCHED,
        () if all > seen => COMPACT,
        () => ONE,
    };
    let mut top = 0.0;
    let place = |lane: &Lane| {
        let height = height(lane, one);
        let shown = match lane.kind {
            other if !wanted(other) => Vec::new(),
            LaneKind::Main => vec![0, 1],
            LaneKind::Worker(_) => vec![0],
            LaneKind::Queue | LaneKind::CallQueue | LaneKind::Shelf => {
                wide_rows(lane, scale, width, now, height)
            }
        };
        let row = Row { kind: lane.kind, top, height, shown };
        top += height;
        row
    };
    lanes.iter().map(place).collect()
}

/// The rows with something to see in this window, as many as there is room for.
fn wide_rows(lane: &Lane, scale: &Scale, width: f64, now: Instant, height: f64) -> Vec<u16> {
    let (from, until) = scale.window(width);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a few dozen
    let fits = ((height - ROOM) / THINNEST) as usize;
    let x_end = |bar: &Bar| scale.x(bar.until.unwrap_or(now));
    // What is wide ends far behind the bar before it, so it is never covered.
    let covered = |last: &Bar, bar: &Bar| x_end(bar) < x_end(last) + 1.0;
    let mut found = WIDE.map(|_| Vec::new());
    for row in 0..lane.rows_used() {
        let bars = lane.spaced(row, (from, until), covered);
        let widest = bars.map(|bar| x_end(bar) - scale.x(bar.from)).fold(0.0, f64::max);
        for (rows, least) in found.iter_mut().zip(WIDE) {
            if widest >= least && rows.len() < fits {
                rows.push(row);
            }
        }
        if found[0].len() == fits {
            break;
        }
    }
    found.into_iter().find(|rows| !rows.is_empty()).unwrap_or_default()
}

impl Row {
    /// Whether this height is within it.
    pub fn has(&self, y: f64) -> bool {
        (self.top..self.top + self.height).contains(&y)
    }

    /// How far apart its rows are.
    fn pitch(&self) -> f64 {
        let room = self.height - ROOM;
        if self.shown.len() <= 1 { room } else { (room / self.shown.len() as f64).min(ROW) }
    }

    /// The rows of its lane that are drawn, from the top.
    pub fn shown(&self) -> &[u16] {
        &self.shown
    }

    /// Top and height of the bars of the row that is drawn at this place, from 0.
    pub fn bar(&self, place: usize) -> (f64, f64) {
        if self.shown.len() <= 1 {
            // Alone in its lane, a bar stands in the middle.
            let height = if self.height > ONE { 32.0 } else { (self.height - ROOM).min(ROW) };
            return (self.top + (self.height - height) / 2.0, height);
        }
        let pitch = self.pitch();
        let height = (pitch - 2.0).clamp(1.0, ROW);
        (self.top + ROOM - 1.0 + pitch * place as f64, height)
    }

    /// The row of its lane that is drawn at this height.
    pub fn row_at(&self, y: f64) -> Option<u16> {
        let is_there = |place: &usize| {
            let (top, height) = self.bar(*place);
            (top - 1.0..=top + height + 1.0).contains(&y)
        };
        (0..self.shown.len()).find(is_there).map(|place| self.shown[place])
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use shared::scenario::Scenario;
    use shared::view::timeline::Timeline;

    const NOW: Instant = Instant(1_000_000_000);

    fn of(text: &str) -> Vec<Row> {
        let plan = Arc::new(Scenario::parse(text).unwrap().check().unwrap());
        let scale = Scale::fit(NOW, 1_000.0, 1.0);
        rows(&plan, Timeline::new(plan.clone()).lanes(), &scale, 1_000.0, NOW)
    }

    #[test]
    fn lanes_follow_each_other_without_gaps_and_their_bars_stay_within() {
        for text in [
            include_str!("../../../static/examples/seed-001-line-024-map.json"),
            include_str!("../../../static/examples/seed-001-line-204-processes.json"),
            include_str!("../../../static/examples/seed-000-line-036-callbacks.json"),
        ] {
            let rows = of(text);
            for pair in rows.windows(2) {
                assert!((pair[0].top + pair[0].height - pair[1].top).abs() < 1e-9);
            }
            for row in rows {
                for used in [1, 2, 3, 10] {
                    let row = Row { shown: (0..used).collect(), ..row.clone() };
                    let (top, height) = row.bar(row.shown.len() - 1);
                    assert!(top >= row.top && top + height <= row.top + row.height, "{row:?}");
                }
            }
        }
    }

    #[test]
    fn the_row_under_a_bar_is_its_own() {
        let row =
            of(include_str!("../../../static/examples/seed-001-line-024-map.json")).swap_remove(1);
        let row = Row { shown: vec![0, 2, 7], ..row };
        for (place, number) in [0, 2, 7].into_iter().enumerate() {
            let (top, height) = row.bar(place);
            assert_eq!(row.row_at(top + height / 2.0), Some(number));
        }
    }

    #[test]
    fn a_row_through_which_calls_only_passed_is_not_drawn() {
        let text = include_str!("../../../static/examples/seed-001-line-024-map.json");
        let plan = Arc::new(Scenario::parse(text).unwrap().check().unwrap());
        let records = shared::sim::Sim::new(plan.clone(), 0).run();
        let mut view = shared::view::View::new(plan.clone());
        let mut timeline = Timeline::new(plan.clone());
        for record in records {
            view.apply(&record);
            timeline.apply(&view, &record);
        }
        // As far away as this, all that ran is narrower than a pixel.
        let far = Scale { from: 0.0, px_per_second: 0.5 };
        let queue = |scale| rows(&plan, timeline.lanes(), scale, 1_000.0, view.now).swap_remove(1);
        assert_eq!(queue(&far).shown, [0_u16; 0]);
        let near = Scale { from: 0.0, px_per_second: 1_000.0 };
        assert_eq!(queue(&near).shown.len(), 3);
    }
}
