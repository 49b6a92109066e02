//! How large an element is, followed for as long as its owner lives.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};

/// Calls `then` with width and height in pixels, now and whenever they change.
pub fn observe(element: &Element, then: impl Fn(f64, f64) + 'static) {
    let measured = element.clone();
    let on_resize = Closure::<dyn FnMut()>::new(move || {
        let rect = measured.get_bounding_client_rect();
        then(rect.width(), rect.height());
    });
    let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) else { return };
    observer.observe(element);
    let held = StoredValue::new_local(Some((observer, on_resize)));
    on_cleanup(move || {
        held.update_value(|held| {
            if let Some((observer, _)) = held.take() {
                observer.disconnect();
            }
        });
    });
}
