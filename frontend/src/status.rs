//! The bottom line: the legend with its counts, which is always there, and how the page stands.

use leptos::prelude::*;
use shared::units::with_commas;
use shared::view::shown::Shown;

use crate::bench::Bench;
use crate::commands::keys_of;
use crate::honesty::simulated_words;
use crate::icons::{Icon, Mark};
use crate::palette::skin;
use crate::theme;

/// The bottom line.
#[component]
pub fn Status() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let counts = Memo::new(move |_| {
        session.tick.track();
        let tasks = bench.editor.ids.with(Vec::len);
        session.with(|fold| fold.view.shown_counts()).unwrap_or_else(|| {
            let mut none = [0; Shown::ALL.len()];
            none[Shown::Waiting as usize] = tasks;
            none
        })
    });
    let entry = move |shown: Shown| {
        let count = move || counts.with(|counts| counts[shown as usize]);
        let told = move || with_commas(&count().to_string());
        let only = move || bench.only.get() == Some(shown);
        let filter = move |_| bench.only.set((!only()).then_some(shown));
        view! {
            <button
                type="button"
                class:none=move || count() == 0
                title="Tasks, and items of map nodes; press to show only these"
                aria-pressed=move || only().to_string()
                data-legend=skin(shown).class
                on:click=filter
                on:mouseenter=move |_| bench.pointed.set(Some(shown))
                on:mouseleave=move |_| bench.pointed.set(None)
            >
                <Mark of=shown/>
                <span class="word">{skin(shown).legend}</span>
                <b>{told}</b>
            </button>
        }
    };
    let note = move || {
        session.tick.track();
        let count = session.whole(|all| all.fold.next_seq());
        let events = match (count, session.held.get()) {
            (None, _) => "no run yet".to_owned(),
            (Some(count), Some(held)) => format!("event {} of {count}", held.next),
            (Some(1), None) => "1 event".to_owned(),
            (Some(count), None) => format!("{count} events"),
        };
        match session.simulated.get() {
            Some(_) => format!("{} · {events}", simulated_words(session)),
            None => events,
        }
    };
    view! {
        <footer class="status">
            <div class="legend" role="group" aria-label="Legend and live counts">
                {Shown::ALL.map(entry).collect_view()}
            </div>
            <span class="grow"></span>
            <span class="live-note num">{note}</span>
            <button
                type="button"
                class="btn quiet tiny"
                aria-label="All keys"
                on:click=move |_| bench.keys_shown.set(true)
            >
                {keys_of(bench, "keys")}
                <span class="label">"keys"</span>
            </button>
            <button
                type="button"
                class="btn quiet tiny icon"
                aria-label="Dark or light"
                title=move || bench.hint("Dark or light", "theme")
                on:click=move |_| theme::toggle()
            >
                <Icon of="#i-theme"/>
            </button>
        </footer>
    }
}
