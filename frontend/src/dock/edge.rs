//! The edge between graph and dock, by which the dock is made as high as somebody wants it: by dragging,
//! by keys, and by a double click between its own height and most of the window.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent, PointerEvent};

use crate::bench::Bench;
use crate::kept;

/// Where the height is kept.
const KEY: &str = "dock-height";

/// Pixels: the least that shows something, what it is by default (as `--dock-h` in
/// `static/style/tokens.css`), and a step of the keys.
const LEAST: f64 = 160.0;
const USUAL: f64 = 280.0;
const STEP: f64 = 40.0;

/// Pixels that are left to bars and graph.
const REST: f64 = 240.0;

/// The height that was chosen in this browser; none if none was.
pub fn height_recalled() -> Option<f64> {
    kept::recalled(KEY)?.parse().ok().filter(|height: &f64| height.is_finite() && *height >= LEAST)
}

/// A chosen height for the stylesheet: a window that became smaller has less room for it.
pub fn height_in_css(height: f64) -> String {
    format!("min({height}px, 100vh - {REST}px)")
}

/// The edge.
#[component]
pub fn Edge() -> impl IntoView {
    let bench = Bench::get();
    let height = move || bench.dock_height.get().unwrap_or(USUAL).min(most());
    let set = move |wanted: Option<f64>| {
        bench.dock_height.set(wanted.map(|wanted| wanted.clamp(LEAST, most()).round()));
    };
    let keep = move || {
        let height = bench.dock_height.get_untracked().map(|height| height.to_string());
        kept::keep(KEY, height.as_deref());
    };
    let choose = move |wanted| {
        set(wanted);
        keep();
    };
    // Where the pointer went down, and how high the dock was then.
    let dragged = StoredValue::new(None::<(f64, f64)>);
    let down = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        // Else the drag would mark the page's text.
        event.prevent_default();
        if let Some(edge) = event.current_target().and_then(|it| it.dyn_into::<HtmlElement>().ok())
        {
            let _ = edge.set_pointer_capture(event.pointer_id());
            let _ = edge.focus();
        }
        dragged.set_value(Some((f64::from(event.client_y()), untrack(height))));
    };
    let drag = move |event: PointerEvent| {
        if let Some((from, height)) = dragged.get_value() {
            set(Some(height + from - f64::from(event.client_y())));
        }
    };
    let drop = move |_| {
        if dragged.try_update_value(Option::take).flatten().is_some() {
            keep();
        }
    };
    let toggle = move || {
        let is_usual = bench.dock_height.with_untracked(Option::is_none);
        choose(is_usual.then(most));
    };
    let key = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "ArrowUp" => choose(Some(untrack(height) + STEP)),
            "ArrowDown" => choose(Some(untrack(height) - STEP)),
            "Home" => choose(Some(LEAST)),
            "End" => choose(Some(most())),
            "Enter" => toggle(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    view! {
        <div
            class="dock-edge"
            role="separator"
            tabindex="0"
            aria-orientation="horizontal"
            aria-label="Height of the run's part"
            aria-valuemin=LEAST.to_string()
            aria-valuemax=move || most().to_string()
            aria-valuenow=move || height().to_string()
            title="Drag it, or double-click: the run's part gets higher or lower"
            on:pointerdown=down
            on:pointermove=drag
            on:pointerup=drop
            on:pointercancel=drop
            on:dblclick=move |_| toggle()
            on:keydown=key
        ></div>
    }
}

/// The most that this window has room for.
fn most() -> f64 {
    let window = window().inner_height().ok().and_then(|height| height.as_f64());
    (window.unwrap_or(900.0) - REST).max(LEAST)
}
