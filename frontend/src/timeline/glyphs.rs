//! The glyphs of `static/icons.svg` on a canvas, read from the page itself so that each is drawn once
//! and for all.

use std::collections::BTreeMap;

use leptos::prelude::document;
use web_sys::{Element, Path2d};

use super::pen::Pen;

/// The glyphs that were drawn so far, by symbol.
#[derive(Default)]
pub struct Glyphs(BTreeMap<&'static str, Vec<Part>>);

/// A stroke of a glyph.
struct Part {
    path: Path2d,
    filled: bool,
}

impl Glyphs {
    /// Draws a glyph of 16 × 16 units in this color.
    pub fn draw(
        &mut self,
        pen: &Pen,
        symbol: &'static str,
        (x, y): (f64, f64),
        size: f64,
        color: &str,
    ) {
        let parts = self.0.entry(symbol).or_insert_with(|| read(symbol));
        pen.save();
        let _ = pen.translate(x, y);
        let _ = pen.scale(size / 16.0, size / 16.0);
        pen.set_stroke_style_str(color);
        pen.set_fill_style_str(color);
        pen.set_line_width(1.75);
        pen.set_line_cap("round");
        pen.set_line_join("round");
        for part in parts.iter() {
            if part.filled {
                pen.fill_with_path_2d(&part.path);
            }
            pen.stroke_with_path(&part.path);
        }
        pen.restore();
    }
}

fn read(symbol: &str) -> Vec<Part> {
    let Ok(Some(symbol)) = document().query_selector(symbol) else { return Vec::new() };
    let children = symbol.children();
    (0..children.length()).filter_map(|at| part(&children.item(at)?)).collect()
}

fn part(element: &Element) -> Option<Part> {
    let filled = element.has_attribute("fill");
    let number = |name: &str| element.get_attribute(name)?.parse::<f64>().ok();
    let path = match element.tag_name().as_str() {
        "path" => Path2d::new_with_path_string(&element.get_attribute("d")?).ok()?,
        "circle" => {
            let path = Path2d::new().ok()?;
            let whole = 2.0 * std::f64::consts::PI;
            path.arc(number("cx")?, number("cy")?, number("r")?, 0.0, whole).ok()?;
            path
        }
        _ => return None,
    };
    Some(Part { path, filled })
}
