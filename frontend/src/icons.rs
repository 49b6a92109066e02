//! Symbols of `static/icons.svg`, which stand in the page itself.

use leptos::prelude::*;

/// An icon beside words; assistive technology skips it.
#[component]
pub fn Icon(
    /// `#i-run`.
    #[prop(into)]
    of: Signal<&'static str>,
) -> impl IntoView {
    view! {
        <svg class="i" aria-hidden="true">
            <use_ href=of></use_>
        </svg>
    }
}

/// The mark of a state, at 20 px.
#[component]
pub fn Mark(
    /// The state.
    #[prop(into)]
    of: Signal<shared::view::shown::Shown>,
    /// More classes.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let skin = move || crate::palette::skin(of.get());
    let glyph = Signal::derive(move || skin().glyph);
    view! {
        <span class=move || format!("mark {class} {}", skin().class) aria-hidden="true">
            <Icon of=glyph/>
        </span>
    }
}
