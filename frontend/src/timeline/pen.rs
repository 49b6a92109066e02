//! A canvas that is told nothing twice: a call into the browser costs more than to know what it would
//! change.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;

use web_sys::CanvasRenderingContext2d;

/// Words whose width is remembered, at most: times that count up are new in each frame.
const WORDS: usize = 4_000;

/// How wide words are, by their font. A handle: copies are the same.
#[derive(Clone, Default)]
pub struct Widths(Rc<RefCell<HashMap<&'static str, HashMap<String, f64>>>>);

/// What draws on a canvas. Colour and font of the context itself are set here and nowhere else.
pub struct Pen {
    context: CanvasRenderingContext2d,
    widths: Widths,
    fill: RefCell<String>,
    font: Cell<&'static str>,
}

impl Pen {
    /// Draws on this context, about which nothing is known.
    pub fn new(context: CanvasRenderingContext2d, widths: Widths) -> Self {
        Self { context, widths, fill: RefCell::default(), font: Cell::new("") }
    }

    /// Fills with this colour from now on.
    pub fn set_fill_style_str(&self, color: &str) {
        let mut fill = self.fill.borrow_mut();
        if *fill != color {
            color.clone_into(&mut fill);
            self.context.set_fill_style_str(color);
        }
    }

    /// Writes in this font from now on.
    pub fn set_font(&self, font: &'static str) {
        if self.font.replace(font) != font {
            self.context.set_font(font);
        }
    }

    /// Back to what was so at the last `save`.
    pub fn restore(&self) {
        self.context.restore();
        self.fill.borrow_mut().clear();
        self.font.set("");
    }

    /// How wide these words are in the present font, in pixels.
    pub fn width(&self, words: &str) -> f64 {
        let mut widths = self.widths.0.borrow_mut();
        let widths = widths.entry(self.font.get()).or_default();
        if let Some(width) = widths.get(words) {
            return *width;
        }
        if widths.len() >= WORDS {
            widths.clear();
        }
        let width = self.context.measure_text(words).map_or(0.0, |metrics| metrics.width());
        widths.insert(words.to_owned(), width);
        width
    }
}

impl Deref for Pen {
    type Target = CanvasRenderingContext2d;

    fn deref(&self) -> &CanvasRenderingContext2d {
        &self.context
    }
}
