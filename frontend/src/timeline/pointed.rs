//! What a pointer is at in the lanes: a task, and the bar in words.

use leptos::prelude::*;
use shared::units::Instant;
use shared::view::timeline::scale::Scale;
use shared::view::timeline::{Bar, Look};
use wasm_bindgen::JsCast;
use web_sys::{HtmlCanvasElement, PointerEvent};

use super::lanes::Row;
use crate::recording::Recording;
use crate::units::moment;

/// Words beside the pointer, and where it is in the window.
#[derive(Debug, Clone, PartialEq)]
pub struct Tipped {
    x: f64,
    y: f64,
    words: String,
}

impl Tipped {
    /// Where this event is.
    pub fn at(event: &PointerEvent, words: String) -> Self {
        Self { x: event.client_x().into(), y: event.client_y().into(), words }
    }
}

/// The words beside the pointer.
#[component]
pub fn Tip(at: RwSignal<Option<Tipped>>) -> impl IntoView {
    let shown = |Tipped { x, y, words }| {
        view! {
            <div class="tip" style=("left", format!("{x}px")) style=("top", format!("{y}px"))>{words}</div>
        }
    };
    view! { {move || at.get().map(shown)} }
}

/// Where on the canvas that it came to an event is.
pub fn place_on(event: &PointerEvent) -> Option<(f64, f64)> {
    let canvas =
        event.current_target().and_then(|target| target.dyn_into::<HtmlCanvasElement>().ok());
    let rect = canvas?.get_bounding_client_rect();
    Some((f64::from(event.client_x()) - rect.left(), f64::from(event.client_y()) - rect.top()))
}

/// The bar at this place of the lanes: its task's name, and the bar in words.
pub fn pointed(
    all: &Recording,
    rows: &[Row],
    scale: &Scale,
    (x, y): (f64, f64),
) -> Option<(Option<String>, String)> {
    let (lane, row) = rows.iter().enumerate().find(|(_, row)| row.has(y))?;
    let bar = bar_at(all, lane, row, y, scale.instant(x - 2.0), scale.instant(x + 2.0))?;
    Some((bar_task(all, bar), bar_words(all, bar, scale.instant(x))))
}

/// The bar of a lane's row at this height, in this span of time.
fn bar_at<'a>(
    all: &'a Recording,
    lane: usize,
    row: &Row,
    y: f64,
    from: Instant,
    until: Instant,
) -> Option<&'a Bar> {
    let number = row.row_at(y)?;
    let lane = all.timeline.lanes().get(lane)?;
    lane.visible_rows(number..number + 1, from, until).last()
}

/// The task that a bar is of, by its name.
fn bar_task(all: &Recording, bar: &Bar) -> Option<String> {
    let view = &all.fold.view;
    let task = bar.task.or_else(|| view.future(bar.future?)?.work.first_task())?;
    Some(view.task_name(task))
}

/// A bar in words.
fn bar_words(all: &Recording, bar: &Bar, at: Instant) -> String {
    let plan = all.fold.view.plan();
    let until = bar.until.map_or("now".to_owned(), |until| moment(until, plan));
    let mut words = format!("{}: {} to {until}", bar.label, moment(bar.from, plan));
    if !bar.end_label.is_empty() {
        words = format!("{words}, {}", bar.end_label);
    }
    let waits = bar
        .hatched
        .iter()
        .find(|part| part.from <= at && part.until.is_none_or(|until| until >= at));
    if let Some(part) = waits {
        words = format!("{words} ({})", part.label);
    }
    // Main's own waiting is about a task, and is not its.
    let is_call = matches!(bar.look, Look::Shown(_) | Look::Shelf(_));
    if let (true, Some(task), Some(future)) = (is_call, bar.task, bar.future) {
        let view = &all.fold.view;
        let why = all.fold.whys.why(view, task, Some(future), view.now);
        words = format!("{words}. {}", why.join(" "));
    }
    words
}
