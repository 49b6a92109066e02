//! Many bars, few pixels: what is left to draw of a row when no pixel is drawn more than once or twice.
//!
//! ```text
//!  bars    ▏▏▏▏▏▏✕▏▏▏▏▏▏▏▏  ▐██████████▌
//!  pieces  └─ run ───────┘  └── bar ───┘
//!                ✕ alarm, drawn above
//! ```

use shared::units::Instant;
use shared::view::timeline::scale::Scale;
use shared::view::timeline::{Bar, Lane, LaneKind, Moment};

/// The least width of a bar that ran, in pixels.
const LEAST: f64 = 3.0;
/// The width from which on a bar is more than a rectangle.
pub const SMALL: f64 = 10.0;
/// Below this width, bars of one style become one rectangle.
const HAIR: f64 = 2.0;
/// What is nearer than this to another's right end is not drawn.
const STEP: f64 = 1.0;

/// How far the words of a moment may reach.
const WORDS: f64 = 200.0;

/// Something to draw, from `x0` to `x1`.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece<'a, S> {
    /// The bar; of several that became one, the first.
    pub bar: &'a Bar,
    /// Where it begins, in pixels.
    pub x0: f64,
    /// Where it ends.
    pub x1: f64,
    /// What all of it looks like.
    pub style: S,
    /// Whether it is of bars too thin to be told apart.
    pub hairs: bool,
}

/// A window on a lane.
#[derive(Debug, Clone, Copy)]
pub struct Window<'a> {
    /// The lane.
    pub lane: &'a Lane,
    /// From instants to pixels.
    pub scale: &'a Scale,
    /// Pixels.
    pub width: f64,
    /// Where open bars end.
    pub now: Instant,
}

impl<'a> Window<'a> {
    /// What there is to draw of a row, what must not be overlooked last.
    pub fn pieces<S: PartialEq>(self, row: u16, style: impl Fn(&Bar) -> S) -> Vec<Piece<'a, S>> {
        let (from, until) = self.scale.window(self.width);
        let covered = |last: &Bar, bar: &Bar| self.extent(bar).1 < self.extent(last).1 + STEP;
        let mut pieces = Vec::<Piece<'a, S>>::new();
        for bar in self.lane.spaced(row, (from, until), covered) {
            let (x0, x1) = self.extent(bar);
            let hairs = self.x_end(bar) - x0 < HAIR;
            let style = style(bar);
            match pieces.last_mut() {
                Some(run) if run.hairs && hairs && run.style == style && x0 < run.x1 + STEP => {
                    run.x1 = x1;
                }
                _ => pieces.push(Piece { bar, x0, x1, style, hairs }),
            }
        }
        let mut drawn_to = f64::MIN;
        for bar in self.lane.alarms(row, from, until) {
            let (x0, x1) = self.extent(bar);
            if x1 - x0 < SMALL && x1 >= drawn_to + STEP {
                drawn_to = x1;
                let hairs = self.x_end(bar) - x0 < HAIR;
                pieces.push(Piece { bar, x0, x1, style: style(bar), hairs });
            }
        }
        pieces
    }

    /// The moments to be drawn, with the words of those that begin at the left of it.
    pub fn moments(self) -> Vec<&'a Moment> {
        let span = (self.scale.instant(-WORDS), self.scale.instant(self.width));
        let covered =
            |last: &Moment, it: &Moment| self.scale.x(it.at) < self.scale.x(last.at) + STEP;
        self.lane.spaced_moments(span, covered)
    }

    fn x_end(self, bar: &Bar) -> f64 {
        self.scale.x(bar.until.unwrap_or(self.now))
    }

    fn extent(self, bar: &Bar) -> (f64, f64) {
        let x0 = self.scale.x(bar.from);
        let least = if matches!(self.lane.kind, LaneKind::Worker(_)) { LEAST } else { 1.0 };
        (x0, self.x_end(bar).max(x0 + least))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use shared::scenario::Scenario;
    use shared::sim::Sim;
    use shared::view::View;
    use shared::view::timeline::{Look, Timeline};

    use super::*;

    /// 8,001 calls, one of which fails, and the end of the run.
    fn many() -> (Timeline, Instant) {
        let text = r#"{"format":1,"executor":{"kind":"threads","workers":2},"tasks":[
            {"id":"a","function":"sleep","args":{"seconds":0.001,"returns":{"each":{"range":[4000]}}}},
            {"id":"b","function":"fail","args":{"seconds":0.001}},
            {"id":"c","function":"sleep","args":{"seconds":0.001,"returns":{"each":{"range":[4000]}}}}
            ],"program":{"mode":"submit"}}"#;
        let plan = Arc::new(Scenario::parse(text).unwrap().check().unwrap());
        let (mut view, mut all) = (View::new(plan.clone()), Timeline::new(plan.clone()));
        for record in Sim::new(plan, 3).run() {
            view.apply(&record);
            all.apply(&view, &record);
        }
        let now = all.now();
        (all, now)
    }

    #[test]
    fn as_many_pieces_as_pixels_and_the_one_that_failed_is_among_them() {
        let (all, now) = many();
        let scale = Scale::fit(now, 800.0, 1.0);
        let mut alarms = 0;
        for lane in all.lanes() {
            let window = Window { lane, scale: &scale, width: 800.0, now };
            for row in 0..lane.rows_used().min(4) {
                let pieces = window.pieces(row, |bar| bar.look);
                assert!(pieces.len() < 900, "{:?}: {} pieces", lane.kind, pieces.len());
                let at_worker = matches!(lane.kind, LaneKind::Worker(_));
                alarms += usize::from(at_worker && pieces.iter().any(|it| it.bar.is_alarm()));
            }
        }
        assert_eq!(alarms, 1);
    }

    #[test]
    fn wherever_there_is_a_bar_something_is_drawn() {
        let (all, now) = many();
        for zoom in [1.0, 7.0, 300.0] {
            let scale = Scale::fit(now, 800.0, 1.0).zoom_at(10.0, zoom);
            for lane in all.lanes() {
                let window = Window { lane, scale: &scale, width: 800.0, now };
                let pieces = window.pieces(0, |bar| bar.look);
                let (from, until) = scale.window(800.0);
                for bar in lane.visible_rows(0..1, from, until) {
                    let (x0, x1) = window.extent(bar);
                    let drawn =
                        |x: f64| pieces.iter().any(|it| it.x0 - 1.0 <= x && x <= it.x1 + 1.0);
                    assert!(drawn(x0) && drawn(x1), "{:?} at {x0}..{x1}, zoom {zoom}", lane.kind);
                }
                let in_order = pieces.iter().filter(|it| !it.bar.is_alarm());
                assert!(in_order.map(|it| it.x0).is_sorted());
                assert!(pieces.iter().all(|it| it.bar.look != Look::Initializer));
            }
        }
    }
}
