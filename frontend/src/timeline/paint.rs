//! Lanes as pixels.
//!
//! Whatever the log holds, no more is drawn than there are pixels: bars thinner than one are merged
//! with their neighbour's.

use shared::units::Instant;
use shared::view::shown::Shown;
use shared::view::timeline::scale::{Scale, format_instant, format_seconds};
use shared::view::timeline::{Bar, Lane, Look, Moment, MomentKind};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::colors::{Colors, still};
use super::glyphs::Glyphs;
use super::lanes::Row;
use super::pen::{Pen, Widths};
use super::thin::{Piece, SMALL, Window};
use crate::bench::Selection;
use crate::palette::skin;
use crate::recording::Recording;
use crate::session::{Phase, now_ms};

/// Pixels of the axis.
const AXIS: f64 = 28.0;
/// The least height of a bar that has words.
const WORDS: f64 = 14.0;
/// Less room than this says nothing.
const NO_WORDS: f64 = 8.0;
/// Radius of a bar's corners.
const RADIUS: f64 = 4.0;
/// Width of one pair of stripes: it drifts by as much in a second.
const STRIPE: f64 = 12.0;

const FONT: &str =
    "400 13px Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
const BOLD: &str =
    "650 13px Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
const TICK: &str =
    "400 12px Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";

/// What is to be drawn.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The window on time.
    pub scale: Scale,
    /// Pixels.
    pub width: f64,
    /// Pixels of all lanes.
    pub height: f64,
    /// Seconds of the run that are one of the scenario's.
    pub unit: f64,
    /// The run's time.
    pub now: Instant,
    /// The moment at which the page holds, if it does.
    pub held: Option<Instant>,
    /// Whether that moves on.
    pub playing: bool,
    /// Whether it is in a stretch that is cut short.
    pub skips: bool,
    /// The state that is not dimmed, if the others are.
    pub only: Option<Shown>,
    /// Where the run is in its life.
    pub phase: Phase,
    /// Whether this page simulates it.
    pub simulated: bool,
    /// What is selected.
    pub selection: Selection,
    /// Whether its calls have futures, and not a Pool's results.
    pub has_futures: bool,
    /// The lanes' places.
    pub rows: Vec<Row>,
    /// Changes with the colours.
    pub theme: String,
}

/// What drawing needs to remember.
#[derive(Default)]
pub struct Painter {
    colors: Colors,
    theme: Option<String>,
    glyphs: Glyphs,
    widths: Widths,
    /// Nothing is to move by itself.
    is_still: bool,
}

impl Painter {
    /// Draws everything anew; the axis if it is given.
    pub fn paint(
        &mut self,
        lanes: &HtmlCanvasElement,
        axis: Option<&HtmlCanvasElement>,
        scene: &Scene,
        all: Option<&Recording>,
    ) {
        if self.theme.as_ref() != Some(&scene.theme) {
            self.colors = Colors::read();
            self.theme = Some(scene.theme.clone());
        }
        if scene.width < 1.0 {
            return;
        }
        self.is_still = still();
        let widths = self.widths.clone();
        let pen = |context| Pen::new(context, widths.clone());
        let axis = axis.and_then(|axis| prepare(axis, scene.width, AXIS));
        if let Some(pen) = axis.map(pen) {
            self.axis(&pen, scene);
        }
        if let Some(pen) = prepare(lanes, scene.width, scene.height).map(pen) {
            self.lanes(&pen, scene, all);
        }
    }

    fn axis(&self, pen: &Pen, scene: &Scene) {
        pen.set_font(TICK);
        pen.set_fill_style_str(&self.colors.ink_3);
        pen.set_text_baseline("alphabetic");
        for tick in scene.scale.ticks(scene.width, scene.unit) {
            let first = tick.x < 12.0;
            pen.set_text_align(if first { "left" } else { "center" });
            let x = if first { tick.x + 2.0 } else { tick.x };
            let _ = pen.fill_text(&tick.label, x, 20.0);
        }
        let [now, held] = pills(scene);
        for pill in [now, held].into_iter().flatten() {
            self.pill(pen, scene, &pill);
        }
    }

    /// A moment's time at its line.
    fn pill(&self, pen: &Pen, scene: &Scene, pill: &Pill) {
        pen.set_font(BOLD);
        let width = pen.width(&pill.words) + 16.0;
        let left = (pill.x - width / 2.0).clamp(0.0, (scene.width - width).max(0.0));
        let ink = if pill.is_here { &self.colors.on_accent } else { &self.colors.ink_2 };
        rounded(pen, left + 0.5, 3.5, width - 1.0, 21.0, 10.5);
        if pill.is_here {
            pen.set_fill_style_str(&self.colors.accent);
            pen.fill();
        } else {
            pen.set_fill_style_str(&self.colors.paper);
            pen.fill();
            pen.set_stroke_style_str(&self.colors.control);
            pen.set_line_width(1.0);
            pen.stroke();
        }
        pen.set_fill_style_str(ink);
        pen.set_text_align("left");
        let _ = pen.fill_text(&pill.words, left + 8.0, 18.5);
        let line = if pill.is_here { &self.colors.accent } else { &self.colors.control };
        pen.set_fill_style_str(line);
        pen.fill_rect(pill.x - 1.0, 25.0, 2.0, 3.0);
    }

    fn lanes(&mut self, pen: &Pen, scene: &Scene, all: Option<&Recording>) {
        pen.set_fill_style_str(&self.colors.line_faint);
        for tick in scene.scale.ticks(scene.width, scene.unit) {
            pen.fill_rect(tick.x.round(), 0.0, 1.0, scene.height);
        }
        for row in &scene.rows {
            pen.fill_rect(0.0, row.top, scene.width, 1.0);
        }
        if let Some(all) = all {
            let lanes = scene.rows.iter().zip(all.timeline.lanes());
            for (row, lane) in lanes.filter(|(row, _)| row.height > 0.0) {
                self.lane(pen, scene, row, lane, all);
            }
        }
        let [now, held] = pills(scene);
        let Some(now) = now else { return };
        if scene.phase == Phase::Running && now.x < scene.width {
            pen.set_fill_style_str(&self.colors.unborn);
            pen.fill_rect(now.x, 0.0, scene.width - now.x, scene.height);
        }
        if let Some(held) = &held {
            // What had not happened yet.
            let left = held.x.max(0.0);
            pen.set_global_alpha(0.6);
            pen.set_fill_style_str(&self.colors.paper);
            pen.fill_rect(left, 0.0, (scene.width - left).max(0.0), scene.height);
            pen.set_global_alpha(1.0);
            pen.set_fill_style_str(&self.colors.control);
            pen.fill_rect(now.x - 0.5, 0.0, 1.0, scene.height);
        }
        pen.set_fill_style_str(&self.colors.accent);
        pen.fill_rect(held.unwrap_or(now).x - 1.0, 0.0, 2.0, scene.height);
    }

    fn lane(&mut self, pen: &Pen, scene: &Scene, row: &Row, lane: &Lane, all: &Recording) {
        let window = Window { lane, scale: &scene.scale, width: scene.width, now: scene.now };
        let style = |bar: &Bar| {
            let dimmed = scene.only.is_some_and(|only| !is_of(bar, only));
            (bar.look, dimmed, is_selected(scene, bar, all))
        };
        for (place, number) in row.shown().iter().enumerate() {
            let (top, height) = row.bar(place);
            for Piece { bar, x0, x1, style, hairs } in window.pieces(*number, style) {
                let (_, dimmed, selected) = style;
                pen.set_global_alpha(if dimmed { 0.25 } else { 1.0 });
                let place = Place { x0, x1, top, height };
                // Too small for words or patterns: a rectangle, as there may be thousands.
                if hairs || place.width() < SMALL || height < 6.0 {
                    pen.set_fill_style_str(self.plain(bar.look));
                    pen.fill_rect(x0, top, (place.width() - 0.5).max(1.0), height);
                } else {
                    self.bar(pen, scene, &place, bar);
                }
                pen.set_global_alpha(1.0);
                if selected {
                    pen.set_stroke_style_str(&self.colors.accent);
                    pen.set_line_width(2.0);
                    let (width, height) = (x1 - x0 + 2.0, height + 2.0);
                    rounded(pen, x0 - 1.0, top - 1.0, width, height, RADIUS + 1.0);
                    pen.stroke();
                }
            }
        }
        let moments = window.moments();
        // Words do not run into each other: up to where the last ones go.
        let mut taken = f64::MIN;
        for (at, moment) in moments.iter().enumerate() {
            let next = moments.get(at + 1);
            let next = next.map_or(scene.width, |next| scene.scale.x(next.at) - 10.0);
            taken = self.moment(pen, scene, row, moment, (taken, next));
        }
    }

    fn bar(&mut self, pen: &Pen, scene: &Scene, place: &Place, bar: &Bar) {
        match bar.look {
            Look::Blocked => self.blocked(pen, place, &bar.label, bar.until.is_none()),
            Look::Initializer => self.initializer(pen, place, bar),
            Look::Shelf(shown) => self.shelf(pen, scene, place, bar, shown),
            Look::Shown(shown) => self.shown(pen, scene, place, bar, shown),
        }
        for part in &bar.hatched {
            let x0 = scene.scale.x(part.from).max(place.x0);
            let x1 = scene.scale.x(part.until.unwrap_or(scene.now)).min(place.x1);
            if x1 - x0 > 2.0 {
                let part_place = Place { x0, x1, ..*place };
                self.blocked(pen, &part_place, &part.label, part.until.is_none());
            } else if x1 > 0.0 && x0 < scene.width {
                // Too narrow for a pattern. Where turns of the GIL follow each other within a pixel,
                // the foot of the bar is as pale as the share of the time that it waited.
                let foot = (place.height / 4.0).min(5.0);
                pen.set_fill_style_str(&self.colors.paper);
                pen.fill_rect(x0, place.top + place.height - foot, (x1 - x0).max(0.0), foot);
            }
        }
    }

    /// The one colour of a bar that is too small for more.
    fn plain(&self, look: Look) -> &str {
        match look {
            Look::Blocked => &self.colors.hatch,
            Look::Initializer => &self.colors.tail,
            Look::Shelf(shown) | Look::Shown(shown) => self.colors.state(shown),
        }
    }

    /// Waiting that is nobody's state: thin grey hatch, its words on paper.
    fn blocked(&self, pen: &Pen, place: &Place, words: &str, open: bool) {
        let Place { x0, top, height, .. } = *place;
        let width = place.width();
        pen.save();
        rounded(pen, x0, top, width, height, RADIUS);
        pen.clip();
        pen.set_fill_style_str(&self.colors.paper);
        pen.fill_rect(x0, top, width, height);
        pen.set_stroke_style_str(&self.colors.hatch);
        pen.set_line_width(1.25);
        pen.begin_path();
        let (first, last) = (x0.max(-100.0), place.x1.min(10_000.0));
        // On a grid of its own, so that it stands still while the bar grows.
        let mut x = (first / 7.0).floor() * 7.0 - height;
        while x < last {
            pen.move_to(x, top);
            pen.line_to(x + height, top + height);
            x += 7.0;
        }
        pen.stroke();
        if height >= WORDS && width > 40.0 {
            pen.set_font(FONT);
            let left = x0.max(0.0) + 8.0;
            let room = place.x1 - left - 8.0;
            if let Some(words) = fitted(pen, words, room - 12.0) {
                let wide = pen.width(&words) + 12.0;
                pen.set_fill_style_str(&self.colors.paper);
                rounded(pen, left, top + 2.0, wide, height - 4.0, 3.0);
                pen.fill();
                pen.set_fill_style_str(&self.colors.ink_2);
                text(pen, &words, left + 6.0, top, height);
            }
        }
        pen.restore();
        pen.set_stroke_style_str(&self.colors.control);
        pen.set_line_width(1.0);
        outline(pen, place, open);
    }

    /// A worker's initializer: grey, for it is nobody's call; its exception at the right.
    fn initializer(&self, pen: &Pen, place: &Place, bar: &Bar) {
        let Place { x0, x1, top, height } = *place;
        pen.save();
        rounded(pen, x0, top, place.width(), height, RADIUS);
        pen.clip();
        pen.set_fill_style_str(&self.colors.tail);
        pen.fill_rect(x0, top, place.width(), height);
        if height >= WORDS {
            pen.set_font(FONT);
            pen.set_fill_style_str(&self.colors.ink_2);
            let left = x0.max(0.0) + 6.0;
            let words = match bar.end_label.as_str() {
                "" => bar.label.to_string(),
                raised => format!("{} raised {raised}", bar.label),
            };
            if let Some(words) = fitted(pen, &words, x1 - left - 6.0) {
                text(pen, &words, left, top, height);
            }
        }
        pen.restore();
        pen.set_stroke_style_str(&self.colors.control);
        pen.set_line_width(1.0);
        outline(pen, place, bar.until.is_none());
    }

    /// A cap in the colour of the result, then a grey tail until somebody takes it.
    fn shelf(&mut self, pen: &Pen, scene: &Scene, place: &Place, bar: &Bar, shown: Shown) {
        let Place { x0, top, height, .. } = *place;
        pen.save();
        rounded(pen, x0, top, place.width(), height, RADIUS);
        pen.clip();
        pen.set_fill_style_str(&self.colors.tail);
        pen.fill_rect(x0, top, place.width(), height);
        pen.set_font(BOLD);
        let cap = (pen.width(&bar.label) + 32.0).min(place.width());
        pen.set_fill_style_str(self.colors.state(shown));
        pen.fill_rect(x0, top, cap, height);
        if height >= WORDS && place.width() > 22.0 {
            let on = self.colors.on_state(shown).to_owned();
            self.glyphs.draw(
                pen,
                skin(shown).glyph,
                (x0 + 5.0, top + (height - 14.0) / 2.0),
                14.0,
                &on,
            );
            pen.set_fill_style_str(&on);
            if let Some(label) = fitted(pen, &bar.label, cap - 26.0) {
                text(pen, &label, x0 + 23.0, top, height);
            }
            pen.set_font(FONT);
            pen.set_fill_style_str(&self.colors.ink);
            let room = place.width() - cap - 12.0;
            let lay = format_seconds(bar.length(scene.now), scene.unit);
            let whole = format!("{lay} {}", bar.end_label);
            let words = if pen.width(&whole) <= room { whole } else { lay };
            if pen.width(&words) <= room {
                text(pen, &words, x0 + cap + 6.0, top, height);
            }
        }
        pen.restore();
    }

    fn shown(&mut self, pen: &Pen, scene: &Scene, place: &Place, bar: &Bar, shown: Shown) {
        let Place { x0, x1, top, height } = *place;
        let open = bar.until.is_none();
        let color = self.colors.state(shown).to_owned();
        let (ground, text_color) = match shown {
            Shown::Queued | Shown::Claims => {
                (self.colors.queued_20.clone(), self.colors.ink.clone())
            }
            Shown::Waiting | Shown::Cancelled | Shown::Skipped => {
                (self.colors.paper.clone(), self.colors.ink.clone())
            }
            Shown::Running | Shown::Succeeded | Shown::Failed | Shown::Broken => {
                (color.clone(), self.colors.on_state(shown).to_owned())
            }
        };
        shape(pen, place, shown);
        pen.set_fill_style_str(&ground);
        pen.fill();
        if shown == Shown::Running {
            // To clip costs as much as all else here.
            pen.save();
            pen.clip();
            self.stripes(pen, place);
            pen.restore();
        }
        if height >= WORDS && place.width() > 22.0 {
            self.words(pen, scene, place, bar, shown, &text_color);
        }
        match shown {
            Shown::Queued
            | Shown::Claims
            | Shown::Waiting
            | Shown::Cancelled
            | Shown::Skipped
            | Shown::Running => {
                pen.set_stroke_style_str(&color);
                pen.set_line_width(1.5);
                let inner =
                    Place { x0: x0 + 0.75, x1: x1 - 0.75, top: top + 0.75, height: height - 1.5 };
                if inner.width() > 0.0 {
                    outline(pen, &inner, open);
                }
            }
            Shown::Succeeded | Shown::Failed | Shown::Broken => {}
        }
        // Neighbours of one colour stay apart.
        pen.set_fill_style_str(&self.colors.paper);
        if place.width() > 4.0 && !open {
            pen.fill_rect(x1 - 0.5, top, 1.0, height);
        }
    }

    /// Stripes that drift while it runs.
    fn stripes(&self, pen: &Pen, place: &Place) {
        let Place { x0, x1, top, height } = *place;
        let drift = if self.is_still { 0.0 } else { (now_ms() / 1_000.0 * STRIPE) % STRIPE };
        pen.set_fill_style_str(&self.colors.running_2);
        let mut x = (x0.max(-100.0) / STRIPE).floor() * STRIPE - height + drift - STRIPE;
        while x < x1.min(10_000.0) {
            pen.begin_path();
            pen.move_to(x + height, top);
            pen.line_to(x + height + STRIPE / 2.0, top);
            pen.line_to(x + STRIPE / 2.0, top + height);
            pen.line_to(x, top + height);
            pen.close_path();
            pen.fill();
            x += STRIPE;
        }
    }

    /// Glyph and name at the left, what came of it at the right.
    fn words(
        &mut self,
        pen: &Pen,
        scene: &Scene,
        place: &Place,
        bar: &Bar,
        shown: Shown,
        color: &str,
    ) {
        let Place { x1, top, height, .. } = *place;
        // What begins before the window is named within it.
        let left = place.x0.max(0.0) + 6.0;
        self.glyphs.draw(pen, skin(shown).glyph, (left, top + (height - 14.0) / 2.0), 14.0, color);
        pen.set_fill_style_str(color);
        pen.set_font(BOLD);
        let label_left = left + 20.0;
        let Some(label) = fitted(pen, &bar.label, x1 - label_left - 6.0) else { return };
        text(pen, &label, label_left, top, height);
        let label_right = label_left + pen.width(&label);
        if shown == Shown::Cancelled {
            pen.fill_rect(label_left, top + height / 2.0, label_right - label_left, 1.0);
        }
        pen.set_font(FONT);
        let word = match shown {
            // A Pool's result has no such state.
            Shown::Queued if !scene.has_futures => "",
            Shown::Queued => "PENDING",
            Shown::Claims => "says RUNNING",
            _ => "",
        };
        let end = match shown {
            Shown::Running if bar.until.is_none() => {
                format_seconds(bar.length(scene.now), scene.unit)
            }
            _ => bar.end_label.clone(),
        };
        let room = x1 - 8.0 - label_right - 8.0;
        if !word.is_empty() {
            if let Some(word) = fitted(pen, word, room) {
                text(pen, &word, label_right + 7.0, top, height);
            }
        } else if let Some(end) = fitted(pen, &end, room) {
            let wide = pen.width(&end);
            text(pen, &end, x1.min(scene.width) - 8.0 - wide, top, height);
        }
    }

    /// Draws a moment and its words, between what is taken before it and what comes next; up to where
    /// it is taken then.
    fn moment(
        &mut self,
        pen: &Pen,
        scene: &Scene,
        row: &Row,
        moment: &Moment,
        (taken, next): (f64, f64),
    ) -> f64 {
        let x = scene.scale.x(moment.at);
        let (top, height) = row.bar(row.shown().len().saturating_sub(1));
        let middle = top + height / 2.0;
        match moment.kind {
            // The head of the lane says it.
            MomentKind::Starts => return taken,
            // The bar behind it has the letter.
            MomentKind::Replaces => {
                pen.set_fill_style_str(&self.colors.ink_2);
                pen.fill_rect(x - 1.0, row.top + 1.0, 2.0, row.height - 1.0);
                return taken;
            }
            MomentKind::Exits(shared::engine::event::HowExited::Told) => {
                return taken;
            }
            MomentKind::Takes => {
                pen.set_fill_style_str(&self.colors.ink);
                pen.begin_path();
                pen.move_to(x, middle - 6.0);
                pen.line_to(x + 6.0, middle);
                pen.line_to(x, middle + 6.0);
                pen.line_to(x - 6.0, middle);
                pen.close_path();
                pen.fill();
            }
            MomentKind::Prints => {
                pen.set_fill_style_str(&self.colors.ink_2);
                pen.fill_rect(x - 1.0, middle - 5.0, 2.0, 10.0);
            }
            MomentKind::TimesOut => {
                pen.set_fill_style_str(&self.colors.ink_2);
                pen.fill_rect(x - 0.5, row.top + 1.0, 1.0, row.height - 1.0);
                pen.set_stroke_style_str(&self.colors.ink_2);
                pen.set_line_width(1.5);
                pen.begin_path();
                let _ = pen.arc(x, middle, 5.0, 0.0, 2.0 * std::f64::consts::PI);
                pen.move_to(x, middle - 3.0);
                pen.line_to(x, middle);
                pen.line_to(x + 2.5, middle);
                pen.stroke();
            }
            MomentKind::Raises
            | MomentKind::Breaks
            | MomentKind::Hangs
            | MomentKind::Exits(_)
            | MomentKind::NotStarted => {
                let shown =
                    if moment.kind == MomentKind::Raises { Shown::Failed } else { Shown::Broken };
                let color = self.colors.state(shown).to_owned();
                self.glyphs.draw(pen, skin(shown).glyph, (x - 7.0, middle - 7.0), 14.0, &color);
            }
        }
        let room = next.min(scene.width) - x - 14.0;
        // Neither behind it nor before it: not even worth measuring.
        if room < NO_WORDS && x - 14.0 - taken.max(0.0) < NO_WORDS {
            return x + 8.0;
        }
        pen.set_font(FONT);
        pen.set_fill_style_str(&self.colors.ink);
        let wide = pen.width(&moment.text);
        // Behind it; or before it where only there is room; or as much as there is.
        // A worker's end has the next worker behind it and its own bar before it.
        let between = matches!(moment.kind, MomentKind::Exits(_)) && next + 10.0 < scene.width;
        if !between && wide > room && x - 14.0 - wide > taken.max(0.0) {
            text(pen, &moment.text, x - 11.0 - wide, top, height);
            return x + 8.0;
        }
        match fitted(pen, &moment.text, room) {
            Some(words) => {
                text(pen, &words, x + 11.0, top, height);
                x + 14.0 + wide.min(room)
            }
            None => x + 8.0,
        }
    }
}

/// Where a bar is.
#[derive(Debug, Clone, Copy)]
struct Place {
    x0: f64,
    x1: f64,
    top: f64,
    height: f64,
}

impl Place {
    fn width(&self) -> f64 {
        self.x1 - self.x0
    }
}

/// Whether a bar is of this state, or of main, which has none.
fn is_of(bar: &Bar, state: Shown) -> bool {
    match bar.look {
        Look::Shown(shown) | Look::Shelf(shown) => shown == state,
        Look::Blocked | Look::Initializer => false,
    }
}

fn is_selected(scene: &Scene, bar: &Bar, all: &Recording) -> bool {
    let Selection::Tasks(ids) = &scene.selection else { return false };
    // Main's waiting is not the task itself.
    if bar.look == Look::Blocked {
        return false;
    }
    bar.task.is_some_and(|task| {
        all.fold.view.plan().tasks.get(task.index()).is_some_and(|task| ids.contains(&task.id))
    })
}

/// A moment's line and what stands at its head.
struct Pill {
    x: f64,
    words: String,
    /// Whether this is the moment that the page shows.
    is_here: bool,
}

/// Now, or the end; and the moment at which the page holds. None before a run.
fn pills(scene: &Scene) -> [Option<Pill>; 2] {
    let time = |at| format_instant(at, scene.unit);
    let here = scene.held.is_none();
    let words = match scene.phase {
        Phase::Running | Phase::Ended(_) if scene.simulated && here => {
            format!("{}, simulated", time(scene.now))
        }
        Phase::Running if here => format!("● {}, live", time(scene.now)),
        Phase::Running => format!("live {}", time(scene.now)),
        Phase::Ended(_) => time(scene.now),
        Phase::None | Phase::Starting | Phase::Waiting(_) | Phase::Lost(_) => return [None, None],
    };
    let held = scene.held.map(|at| {
        // A break, as on an axis that leaves something out.
        let sign = match (scene.playing, scene.skips) {
            (true, true) => "▶ //",
            (true, false) => "▶",
            (false, _) => "held",
        };
        Pill { x: scene.scale.x(at), words: format!("{sign} {}", time(at)), is_here: true }
    });
    [Some(Pill { x: scene.scale.x(scene.now), words, is_here: here }), held]
}

/// A context that draws in the page's pixels, cleared.
fn prepare(
    canvas: &HtmlCanvasElement,
    width: f64,
    height: f64,
) -> Option<CanvasRenderingContext2d> {
    let ratio = leptos::prelude::window().device_pixel_ratio().max(1.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // `as` saturates
    let device = |pixels: f64| (pixels * ratio).round() as u32;
    if canvas.height() != device(height) || canvas.width() != device(width) {
        canvas.set_width(device(width));
        canvas.set_height(device(height));
        let style = web_sys::HtmlElement::style(canvas);
        let _ = style.set_property("height", &format!("{height}px"));
    }
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    let _ = context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, width, height);
    Some(context)
}

fn rounded(pen: &Pen, x: f64, y: f64, width: f64, height: f64, radius: f64) {
    pen.begin_path();
    let radius = radius.min(width / 2.0).min(height / 2.0).max(0.0);
    let _ = pen.round_rect_with_f64(x, y, width.max(0.0), height.max(0.0), radius);
}

/// The outline of a bar; what is still open has no right edge.
fn outline(pen: &Pen, place: &Place, open: bool) {
    let Place { x0, x1, top, height } = *place;
    if !open {
        rounded(pen, x0, top, place.width(), height, RADIUS);
        pen.stroke();
        return;
    }
    let radius = RADIUS.min(place.width()).min(height / 2.0);
    pen.begin_path();
    pen.move_to(x1, top);
    pen.line_to(x0 + radius, top);
    let _ = pen.arc_to(x0, top, x0, top + radius, radius);
    pen.line_to(x0, top + height - radius);
    let _ = pen.arc_to(x0, top + height, x0 + radius, top + height, radius);
    pen.line_to(x1, top + height);
    pen.stroke();
}

/// The path of a bar: notched on the left where it failed, jagged on the right where it broke.
fn shape(pen: &Pen, place: &Place, shown: Shown) {
    let Place { x0, x1, top, height } = *place;
    let bottom = top + height;
    match shown {
        Shown::Failed if place.width() > 8.0 => {
            pen.begin_path();
            pen.move_to(x0, top);
            pen.line_to(x1, top);
            pen.line_to(x1, bottom);
            pen.line_to(x0, bottom);
            pen.line_to(x0, top + height * 0.7);
            pen.line_to(x0 + 5.0, top + height * 0.5);
            pen.line_to(x0, top + height * 0.3);
            pen.close_path();
        }
        Shown::Broken if place.width() > 8.0 => {
            pen.begin_path();
            pen.move_to(x0, top);
            for step in 0..=6 {
                let x = if step % 2 == 0 { x1 } else { x1 - 5.0 };
                pen.line_to(x, top + height * f64::from(step) / 6.0);
            }
            pen.line_to(x0, bottom);
            pen.close_path();
        }
        _ => rounded(pen, x0, top, place.width(), height, RADIUS),
    }
}

fn text(pen: &Pen, words: &str, x: f64, top: f64, height: f64) {
    pen.set_text_align("left");
    pen.set_text_baseline("middle");
    let _ = pen.fill_text(words, x, top + height / 2.0 + 0.5);
}

/// As much of the words as there is room for; none if that says nothing.
fn fitted(pen: &Pen, words: &str, room: f64) -> Option<String> {
    if words.is_empty() || room < NO_WORDS {
        return None;
    }
    let wide = pen.width(words);
    if wide <= room {
        return Some(words.to_owned());
    }
    let all = words.chars().count();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // fewer than there are
    let some = (all as f64 * room / wide) as usize;
    (some >= 4).then(|| words.chars().take(some - 1).chain(['…']).collect())
}
