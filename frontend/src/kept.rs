//! What this browser remembers from visit to visit: choices, and drafts. It may refuse to, and then each
//! visit is the first.

use leptos::prelude::window;

/// What was kept under this name; none if nothing was, or nothing may be.
pub fn recalled(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Keeps this under a name, or nothing any more. Whether the browser let us.
pub fn keep(key: &str, text: Option<&str>) -> bool {
    let Ok(Some(storage)) = window().local_storage() else { return false };
    match text {
        Some(text) => storage.set_item(key, text).is_ok(),
        None => storage.remove_item(key).is_ok(),
    }
}
