//! The focus is never lost: when what had it goes away, it returns to where it came from.
//!
//! A browser gives up the focus of whatever leaves the page or is disabled, and who goes by keys
//! would begin at the top again. After every click and every key we look whether that has happened.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, SvgElement};

use crate::keys::GRAPH;

/// What opens beside or over the parts that are always there, and goes away again.
const PASSING: &str = ".inspector, dialog, .menu, .notice";

/// Where the focus was. A handle: copies are the same.
#[derive(Clone, Copy)]
pub struct Trail {
    /// What had it last, and whether that was in the inspector.
    last: StoredValue<Option<(Element, bool)>, LocalStorage>,
    /// What had it last among the parts that are always there.
    before: StoredValue<Option<Element>, LocalStorage>,
}

impl Trail {
    /// Nobody has been anywhere.
    pub fn new() -> Self {
        Self { last: StoredValue::new_local(None), before: StoredValue::new_local(None) }
    }

    /// Follows the focus for as long as the workbench is there.
    pub fn follow(self) {
        let came = window_event_listener(leptos::ev::focusin, move |event| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let Some(target) = target else { return };
            let within = |what| target.closest(what).ok().flatten().is_some();
            if !within(PASSING) {
                self.before.set_value(Some(target.clone()));
            }
            self.last.set_value(Some((target.clone(), within(".inspector"))));
        });
        // By then what goes away has gone, and who looks after itself, as the outline, has done so.
        // What is lost only later is the matter of a later key.
        let look = move || {
            request_animation_frame(move || {
                // A browser takes the focus from a button that is off a frame later only.
                if is_nowhere() || self.has_gone() {
                    request_animation_frame(move || self.mend());
                }
            });
        };
        let clicked = window_event_listener(leptos::ev::click, move |_| look());
        let pressed = window_event_listener(leptos::ev::keyup, move |_| look());
        on_cleanup(move || {
            came.remove();
            clicked.remove();
            pressed.remove();
        });
    }

    /// Whether what had the focus last can have it no more.
    fn has_gone(self) -> bool {
        let last = self.last.try_get_value().flatten();
        last.is_some_and(|(last, _)| !can_have_it(&last))
    }

    /// Whether the focus is in the inspector.
    pub fn is_in_panel(self) -> bool {
        self.last.with_value(|last| last.as_ref().is_some_and(|(_, in_panel)| *in_panel))
    }

    /// Moves the focus to where it came from, before it went to what can go away.
    pub fn back(self) {
        if !self.before.get_value().is_some_and(|before| focus_on(&before)) {
            focus(GRAPH);
        }
    }

    /// Gives the focus a place if what had it has gone, or can be pressed no more.
    fn mend(self) {
        let Some((last, in_inspector)) = self.last.try_get_value().flatten() else { return };
        if !is_nowhere() || can_have_it(&last) {
            return;
        }
        // Beside a button that is off now, such as Redo beside Undo.
        let group = last.closest("[role=group], footer").ok().flatten();
        let beside = group.filter(|group| group.is_connected());
        let beside = beside.and_then(|group| group.query_selector(PRESSED).ok().flatten());
        if beside.is_some_and(|beside| focus_on(&beside)) {
            return;
        }
        if !(in_inspector && focus_first(".inspector header button")) {
            self.back();
        }
    }
}

/// Whatever can be pressed.
const PRESSED: &str = "button:not(:disabled)";

/// Whether nothing has the focus.
fn is_nowhere() -> bool {
    document().active_element().is_none_or(|it| it.tag_name() == "BODY")
}

/// Whether it is in the page, in sight, and not off.
fn can_have_it(element: &Element) -> bool {
    let rect = element.get_bounding_client_rect();
    element.is_connected() && rect.width() > 0.0 && element.matches(":disabled") != Ok(true)
}

/// Moves the focus to the first of these that is in sight, if there is one.
pub fn focus(selector: &str) {
    focus_first(selector);
}

/// The same; whether there was one.
fn focus_first(selector: &str) -> bool {
    let Ok(all) = document().query_selector_all(selector) else { return false };
    (0..all.length()).any(|at| {
        let element = all.item(at).and_then(|node| node.dyn_into::<Element>().ok());
        element.is_some_and(|element| focus_on(&element))
    })
}

/// Moves the focus there; whether it went.
pub fn focus_on(element: &Element) -> bool {
    if !can_have_it(element) {
        return false;
    }
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus();
    } else if let Some(element) = element.dyn_ref::<SvgElement>() {
        let _ = element.focus();
    }
    document().active_element().as_ref() == Some(element)
}
