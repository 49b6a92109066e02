//! The dock: what happens, as lanes, as sentences, and as what came to main.

mod edge;

use leptos::prelude::*;

use crate::bench::{Bench, Pane, Tab};
use edge::Edge;
pub use edge::{height_in_css, height_recalled};

/// The dock.
#[component]
pub fn Dock() -> impl IntoView {
    let bench = Bench::get();
    let tab = move |of: Tab, words: &'static str| {
        let selected = move || if bench.tab.get() == of { "true" } else { "false" };
        view! {
            <button
                type="button"
                role="tab"
                aria-selected=selected
                aria-controls="dock-body"
                on:click=move |_| bench.tab.set(of)
            >
                {words}
            </button>
        }
    };
    view! {
        <section class="dock" aria-label="Run">
            <h2 class="hide">"Run"</h2>
            <Edge/>
            <header class="dock-head">
                <div class="tabs" role="tablist" aria-label="Dock">
                    {tab(Tab::Timeline, "Timeline")}
                    {tab(Tab::Story, "Story")}
                    {tab(Tab::Results, "Results")}
                    {tab(Tab::Code, "Code")}
                    {tab(Tab::Program, "Program")}
                    {tab(Tab::Compare, "Compare")}
                </div>
                {bench.later.view(|parts| (parts.honesty)())}
            </header>
            {bench.later.view(|parts| (parts.hands)())}
            <div class="dock-body" id="dock-body" role="tabpanel">
                {move || {
                    let tab = bench.tab.get();
                    bench.later.ask_for(|parts| untrack(|| (parts.tab)(tab)))
                }}
            </div>
        </section>
    }
}

/// The tabs of a phone, which shows one part at a time.
#[component]
pub fn PhoneTabs() -> impl IntoView {
    let bench = Bench::get();
    let tab = move |pane: Pane, tab: Option<Tab>, icon: &'static str, words: &'static str| {
        let on = move || {
            let there = bench.pane.get() == pane && tab.is_none_or(|tab| bench.tab.get() == tab);
            there.then_some("true")
        };
        let go = move |_| {
            bench.pane.set(pane);
            if let Some(tab) = tab {
                bench.tab.set(tab);
            }
        };
        view! {
            <button type="button" aria-current=on on:click=go>
                <crate::icons::Icon of=icon/>
                {words}
            </button>
        }
    };
    view! {
        <div class="phone-tabs" role="group" aria-label="What to show">
            {tab(Pane::Graph, None, "#i-list", "Outline")}
            {tab(Pane::Dock, Some(Tab::Timeline), "#i-timeline", "Timeline")}
            {tab(Pane::Dock, Some(Tab::Story), "#i-story", "Story")}
            {tab(Pane::Dock, Some(Tab::Results), "#i-copy", "Results")}
            {tab(Pane::Dock, Some(Tab::Code), "#i-code", "Code")}
            {tab(Pane::Dock, Some(Tab::Program), "#i-list", "Steps")}
            {tab(Pane::Dock, Some(Tab::Compare), "#i-list", "Compare")}
        </div>
    }
}
