//! How large an element is, followed for as long as its owner lives.

use leptos::html::ElementType;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};

/// How wide an element is, in pixels; 0 until it is there. Less than half a pixel is no change.
pub fn width_of<E>(element: NodeRef<E>) -> RwSignal<f64>
where
    E: ElementType + 'static,
    E::Output: JsCast + Clone + AsRef<Element> + 'static,
{
    let width = RwSignal::new(0.0_f64);
    Effect::new(move |_| {
        let Some(element) = element.get() else { return };
        observe(element.as_ref(), move |now, _| {
            if (width.get_untracked() - now).abs() > 0.5 {
                width.set(now);
            }
        });
    });
    width
}

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
