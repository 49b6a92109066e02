//! The graph of a picture.

use std::fmt::Write as _;

use super::look::{fitted, glyph, node_words};
use crate::graph::layout::{HEIGHT, WIDTH, bounds, curve, layout};
use crate::units::TaskId;
use crate::view::View;

/// Draws the graph below `(x, y)`, no wider than `room`; tells how high it is.
pub fn draw(body: &mut String, view: &View, (x, y): (f64, f64), room: f64) -> f64 {
    let plan = view.plan();
    let laid_out = layout(&plan.graph);
    let tasks = plan.scenario.tasks.iter().zip(&laid_out);
    let places: Vec<(i32, i32)> =
        tasks.map(|(task, place)| task.position.unwrap_or(*place)).collect();
    let Some((left, top, width, height)) = bounds(&places) else { return 0.0 };
    let (width, height) = (f64::from(width), f64::from(height));
    // Where nodes stand nobody knows how far apart, they are dots rather than nothing.
    let zoom = (room / width).clamp(0.001, 1.0);
    let _ = write!(
        body,
        r#"<g class="graph" transform="translate({x} {y}) scale({zoom:.4}) translate({} {})">"#,
        -f64::from(left),
        -f64::from(top)
    );
    let at = |task: usize| (f64::from(places[task].0), f64::from(places[task].1));
    let (node_w, node_h) = (f64::from(WIDTH), f64::from(HEIGHT));
    for (task, needs) in plan.graph.needs.iter().enumerate() {
        for need in needs {
            let (from, to) = (at(need.index()), at(task));
            let path = curve((from.0 + node_w, from.1 + node_h / 2.0), (to.0, to.1 + node_h / 2.0));
            let _ = write!(body, r#"<path class="edge" d="{path}"/>"#);
        }
    }
    for task in 0..places.len() {
        node(body, view, TaskId::at(task), at(task));
    }
    body.push_str("</g>");
    height * zoom
}

fn node(body: &mut String, view: &View, task: TaskId, (x, y): (f64, f64)) {
    let shown = view.shown(task);
    let (width, height) = (f64::from(WIDTH), f64::from(HEIGHT));
    let name = view.task_name(task);
    let room = width - 48.0;
    let (words, state) = node_words(view, task);
    let words = super::escaped(&words);
    let (class, id) = (shown.class(), super::escaped(&name));
    let name = fitted(&name, room).unwrap_or_default();
    let _ = write!(
        body,
        r#"<g class="node {class}" data-task="{id}" transform="translate({x} {y})"><rect class="body" width="{width}" height="{height}" rx="8"/>"#
    );
    let bend = height - 8.0;
    let _ = write!(
        body,
        r#"<path class="slab" d="M8 0H32V{height}H8A8 8 0 0 1 0 {bend}V8A8 8 0 0 1 8 0Z"/>{}"#,
        glyph(shown, (8.0, 20.0), 16.0)
    );
    let right = width - 10.0;
    let _ = write!(
        body,
        r#"<text class="strong" x="42" y="23">{name}</text><text class="value" x="42" y="43">{words}</text><text class="state dim" x="{right}" y="43" text-anchor="end">{state}</text></g>"#
    );
}
