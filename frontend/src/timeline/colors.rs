//! The stylesheet's colours, for a canvas.
//!
//! A custom property with `light-dark()` gives a script its text and not a colour; so a probe element
//! takes each as its own colour, and the browser says what came of it.

use leptos::prelude::*;
use shared::view::shown::Shown;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use crate::theme::prefers_dark;

/// What the drawing needs, as the browser writes colours.
#[derive(Debug, Clone, Default)]
pub struct Colors {
    /// The ground.
    pub paper: String,
    /// Text.
    pub ink: String,
    /// Text of less weight.
    pub ink_2: String,
    /// Text of the axis.
    pub ink_3: String,
    /// Lines of the grid and between lanes.
    pub line_faint: String,
    /// Edges that carry meaning.
    pub control: String,
    /// Main's waiting.
    pub hatch: String,
    /// A result on the shelf.
    pub tail: String,
    /// The now line and the selection.
    pub accent: String,
    /// Text on it.
    pub on_accent: String,
    /// What has not happened yet.
    pub unborn: String,
    /// A queued bar's ground.
    pub queued_20: String,
    /// The second stripe of a running bar.
    pub running_2: String,
    states: Vec<String>,
    on_states: Vec<String>,
}

/// The names of the states in the stylesheet, in the order of [`Shown::ALL`].
const STATES: [&str; 9] = [
    "waiting",
    "queued",
    "running",
    "running",
    "succeeded",
    "failed",
    "cancelled",
    "broken",
    "skipped",
];

impl Colors {
    /// As the page has them now.
    pub fn read() -> Self {
        let Some(body) = document().body() else { return Self::default() };
        let Ok(probe) = document().create_element("i") else { return Self::default() };
        let probe: web_sys::HtmlElement = probe.unchecked_into();
        probe.set_hidden(true);
        let _ = body.append_child(&probe);
        let read = |name: &str| {
            let _ = probe.style().set_property("color", &format!("var(--{name})"));
            let style = window().get_computed_style(&probe).ok().flatten();
            style.and_then(|style| style.get_property_value("color").ok()).unwrap_or_default()
        };
        let colors = Self {
            paper: read("paper"),
            ink: read("ink"),
            ink_2: read("ink-2"),
            ink_3: read("ink-3"),
            line_faint: read("line-faint"),
            control: read("control"),
            hatch: read("hatch"),
            tail: read("tail"),
            accent: read("accent"),
            on_accent: read("on-accent"),
            unborn: read("unborn"),
            queued_20: read("st-queued-20"),
            running_2: read("st-running-2"),
            states: STATES.map(|state| read(&format!("st-{state}"))).to_vec(),
            on_states: STATES.map(|state| read(&format!("on-{state}"))).to_vec(),
        };
        probe.remove();
        colors
    }

    /// A state's colour.
    pub fn state(&self, shown: Shown) -> &str {
        self.states.get(shown as usize).map_or("", String::as_str)
    }

    /// Text on a full ground of a state's colour.
    pub fn on_state(&self, shown: Shown) -> &str {
        self.on_states.get(shown as usize).map_or("", String::as_str)
    }
}

/// Changes when the colours do.
pub fn theme_key() -> String {
    let chosen = document().document_element().and_then(|root| root.get_attribute("data-theme"));
    let dark = prefers_dark().is_some_and(|query| query.matches());
    format!("{chosen:?} {dark}")
}

/// Whether the person wants nothing to move.
pub fn still() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
    query.is_some_and(|query| query.matches())
}

/// Calls when the theme changes, by the system or by the button, until the owner goes.
pub fn on_theme(then: impl Fn() + Clone + 'static) {
    let callback = Closure::<dyn FnMut()>::new({
        let then = then.clone();
        move || then()
    });
    let observer = web_sys::MutationObserver::new(callback.as_ref().unchecked_ref()).ok();
    if let (Some(observer), Some(root)) = (&observer, document().document_element()) {
        let what = web_sys::MutationObserverInit::new();
        what.set_attributes(true);
        let _ = observer.observe_with_options(&root, &what);
    }
    let query = prefers_dark();
    if let Some(query) = &query {
        let _ = query.add_event_listener_with_callback("change", callback.as_ref().unchecked_ref());
    }
    let held = StoredValue::new_local(Some((observer, query, callback)));
    on_cleanup(move || {
        held.update_value(|held| {
            let Some((observer, query, callback)) = held.take() else { return };
            if let Some(observer) = observer {
                observer.disconnect();
            }
            if let Some(query) = query {
                let callback = callback.as_ref().unchecked_ref();
                let _ = query.remove_event_listener_with_callback("change", callback);
            }
        });
    });
}
