//! What is open closes when somebody presses beside it.

use leptos::html::ElementType;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Node;

/// Does this whenever a press begins outside of an element that is there, for as long as the component
/// around it is.
pub fn on_press_outside<E>(of: NodeRef<E>, act: impl Fn() + 'static)
where
    E: ElementType + 'static,
    E::Output: AsRef<Node> + JsCast + Clone + 'static,
{
    let listener = window_event_listener(leptos::ev::pointerdown, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Node>().ok());
        let element = of.try_get_untracked().flatten();
        let is_beside = |element: E::Output| {
            let node: &Node = element.as_ref();
            !node.contains(target.as_ref())
        };
        if element.is_some_and(is_beside) {
            act();
        }
    });
    on_cleanup(move || listener.remove());
}
