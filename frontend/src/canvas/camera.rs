//! What part of the graph is looked at, and how large.

use leptos::prelude::*;

use super::{NODE_H, NODE_W};

/// The least and the most enlargement.
const ZOOM: (f64, f64) = (0.1, 2.5);

/// Pixels around the graph when all of it is looked at.
const MARGIN: f64 = 72.0;

/// A camera. A handle: copies are the same.
#[derive(Clone, Copy)]
pub struct Camera {
    svg: NodeRef<leptos::svg::Svg>,
    /// Where the graph's origin is on the drawing, in pixels, and how large a unit is.
    at: RwSignal<(f64, f64, f64)>,
    /// Whether somebody moved it since it last looked at everything.
    moved: RwSignal<bool>,
    /// Width and height of the drawing, in pixels.
    size: RwSignal<(f64, f64)>,
}

/// How much of a node there is to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// It is outside of the drawing.
    Nothing,
    /// It is so small that only its colour can be told.
    Colour,
    /// Everything.
    All,
}

/// Smaller than this, words are not words any more.
const LEGIBLE: f64 = 0.4;

/// Smaller than this, nobody writes.
const READABLE: f64 = 0.75;

/// Pixels between what is to be seen and the drawing's edge, where the tools are.
const ROOM: f64 = 56.0;

impl Camera {
    /// The camera of this drawing.
    pub fn new(svg: NodeRef<leptos::svg::Svg>) -> Self {
        Self {
            svg,
            at: RwSignal::new((0.0, 0.0, 1.0)),
            moved: RwSignal::new(false),
            size: RwSignal::new((0.0, 0.0)),
        }
    }

    /// How many pixels a unit of the graph has.
    pub fn scale(self) -> f64 {
        self.at.get_untracked().2
    }

    /// For the group of everything.
    pub fn transform(self) -> String {
        let (x, y, scale) = self.at.get();
        format!("translate({x:.1} {y:.1}) scale({scale:.3})")
    }

    /// For a part of the page that lies over the drawing at a point of the graph, as large as it.
    pub fn over(self, (x, y): (i32, i32)) -> String {
        let (ox, oy, scale) = self.at.get();
        let (x, y) = (ox + f64::from(x) * scale, oy + f64::from(y) * scale);
        format!("translate({x:.1}px, {y:.1}px) scale({scale:.3})")
    }

    /// Looks at a box of the graph so that all of it is in sight and can be read, and moves no more
    /// than that needs.
    pub fn reveal(self, (x, y): (i32, i32), width: i32, height: i32) {
        let (left, top, of_width, of_height) = self.frame();
        let (ox, oy, scale) = self.at.get_untracked();
        if scale < READABLE {
            let (x, y) = (ox + f64::from(x) * scale, oy + f64::from(y) * scale);
            self.zoom_at(left + x, top + y, 1.0 / scale);
        }
        let (ox, oy, scale) = self.at.get_untracked();
        let by = |from: f64, length: i32, room: f64| {
            let over = from + f64::from(length) * scale - (room - ROOM);
            // Its beginning counts where not all of it has room.
            let from = from - over.max(0.0);
            (ROOM - from).max(0.0) - over.max(0.0)
        };
        let dx = by(ox + f64::from(x) * scale, width, of_width);
        let dy = by(oy + f64::from(y) * scale, height, of_height);
        if dx != 0.0 || dy != 0.0 {
            self.pan(dx, dy);
        }
    }

    /// The enlargement, for people.
    pub fn percent(self) -> String {
        format!("{:.0} %", self.at.get().2 * 100.0)
    }

    /// The drawing has this size now.
    pub fn resized(self, width: f64, height: f64) {
        self.size.set((width, height));
    }

    /// How much there is to see of a node that stands here.
    pub fn detail(self, (x, y): (i32, i32)) -> Detail {
        let (ox, oy, scale) = self.at.get();
        let (width, height) = self.size.get();
        let (left, top) = (ox + f64::from(x) * scale, oy + f64::from(y) * scale);
        // A little more than is seen, so that nothing pops up at the edges.
        let room = 40.0;
        let sees = left < width + room
            && top < height + room
            && left + NODE_W * scale > -room
            && top + NODE_H * scale > -room;
        match () {
            () if !sees => Detail::Nothing,
            () if scale < LEGIBLE => Detail::Colour,
            () => Detail::All,
        }
    }

    /// A point of the window, in the graph's units.
    pub fn point(self, x: f64, y: f64) -> (f64, f64) {
        let (left, top, ..) = self.frame();
        let (ox, oy, scale) = self.at.get_untracked();
        ((x - left - ox) / scale, (y - top - oy) / scale)
    }

    /// Where a node would stand in the middle of what is seen.
    pub fn middle(self) -> (i32, i32) {
        let (ox, oy, scale) = self.at.get();
        let (_, _, width, height) = self.frame();
        let (x, y) = ((width / 2.0 - ox) / scale, (height / 2.0 - oy) / scale);
        super::snapped(x - NODE_W / 2.0, y - NODE_H / 2.0)
    }

    /// Moves by so many pixels.
    pub fn pan(self, dx: f64, dy: f64) {
        self.moved.set(true);
        self.at.update(|(x, y, _)| {
            *x += dx;
            *y += dy;
        });
    }

    /// Enlarges around the middle.
    pub fn zoom_by(self, factor: f64) {
        let (left, top, width, height) = self.frame();
        self.zoom_at(left + width / 2.0, top + height / 2.0, factor);
    }

    /// Enlarges around a point of the window.
    pub fn zoom_at(self, x: f64, y: f64, factor: f64) {
        let (left, top, ..) = self.frame();
        self.moved.set(true);
        self.at.update(|(ox, oy, scale)| {
            let next = (*scale * factor).clamp(ZOOM.0, ZOOM.1);
            let factor = next / *scale;
            (*ox, *oy) = (x - left - (x - left - *ox) * factor, y - top - (y - top - *oy) * factor);
            *scale = next;
        });
    }

    /// Looks at all of this box again, unless somebody chose to look elsewhere.
    pub fn keep_fit(self, bounds: Option<(i32, i32, i32, i32)>) {
        if !self.moved.get_untracked() {
            self.fit(bounds);
        }
    }

    /// Looks at this box, which is a part of the graph.
    pub fn show(self, bounds: (i32, i32, i32, i32)) {
        self.fit(Some(bounds));
        self.moved.set(true);
    }

    /// Looks at all of this box, at most at its own size.
    pub fn fit(self, bounds: Option<(i32, i32, i32, i32)>) {
        self.moved.set(false);
        let (_, _, width, height) = self.frame();
        let Some((x, y, w, h)) = bounds else {
            return self.at.set((width / 2.0 - NODE_W / 2.0, height / 2.0 - NODE_H / 2.0, 1.0));
        };
        if width < 1.0 || height < 1.0 {
            return;
        }
        let (x, y, w, h) = (f64::from(x), f64::from(y), f64::from(w), f64::from(h));
        let fits = ((width - MARGIN) / w).min((height - 2.0 * MARGIN) / h);
        let scale = fits.clamp(ZOOM.0, 1.0);
        self.at.set((
            (width - w * scale) / 2.0 - x * scale,
            (height - h * scale) / 2.0 - y * scale,
            scale,
        ));
    }

    /// Left, top, width and height of the drawing on the window.
    fn frame(self) -> (f64, f64, f64, f64) {
        let Some(Some(svg)) = self.svg.try_get_untracked() else { return (0.0, 0.0, 0.0, 0.0) };
        let rect = svg.get_bounding_client_rect();
        (rect.left(), rect.top(), rect.width(), rect.height())
    }
}
