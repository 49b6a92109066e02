//! Dark or light: as the system says, until somebody chooses. `static/theme.js` reads the choice
//! before anything is painted.

use leptos::prelude::*;

use crate::kept;

/// Where the choice is kept.
const KEY: &str = "theme";

/// Whether the page is dark.
pub fn is_dark() -> bool {
    let root = document().document_element();
    match root.and_then(|root| root.get_attribute("data-theme")).as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => prefers_dark().is_some_and(|query| query.matches()),
    }
}

/// Whether the system prefers it dark.
pub fn prefers_dark() -> Option<web_sys::MediaQueryList> {
    window().match_media("(prefers-color-scheme: dark)").ok().flatten()
}

/// Changes from dark to light or back, and keeps the choice.
pub fn toggle() {
    let Some(root) = document().document_element() else { return };
    let next = if is_dark() { "light" } else { "dark" };
    let _ = root.set_attribute("data-theme", next);
    kept::keep(KEY, Some(next));
}
