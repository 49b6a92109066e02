//! Copying, where the browser lets a page do so.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

use crate::bench::Bench;

/// Copies a text and says so; `otherwise` is said where the browser does not let us.
pub fn copy(bench: Bench, text: String, otherwise: &'static str) {
    spawn_local(async move {
        // Outside a secure context a browser has no clipboard at all.
        let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into());
        let there = clipboard.is_ok_and(|clipboard| !clipboard.is_undefined());
        let copied = there
            && JsFuture::from(window().navigator().clipboard().write_text(&text)).await.is_ok();
        bench.say(if copied { "Copied." } else { otherwise });
    });
}
