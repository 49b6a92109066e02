//! Words for whoever looks: shown for a while at the bottom, and read aloud.

use std::time::Duration;

use leptos::prelude::*;

use crate::bench::Bench;
use crate::icons::Icon;

/// How long words stay, at least; longer ones longer.
const STAYS: Duration = Duration::from_secs(6);

/// The words that were said last.
#[component]
pub fn Notice() -> impl IntoView {
    let bench = Bench::get();
    let shown = RwSignal::new(false);
    Effect::new(move |_| {
        let (count, words) = bench.notice.get();
        if count == 0 {
            return;
        }
        shown.set(true);
        if bench
            .editor
            .refused
            .with_untracked(|was| was.as_ref().is_some_and(|was| was.to_string() != words))
        {
            bench.editor.refused.set(None);
        }
        let stays = STAYS + Duration::from_millis(40 * words.len() as u64);
        set_timeout(
            move || {
                // Unless something else was said meanwhile.
                if bench.notice.try_with_untracked(|(now, _)| *now == count) == Some(true) {
                    shown.set(false);
                }
            },
            stays,
        );
    });
    // What is drawn of a refusal is there as long as its words.
    Effect::new(move |_| {
        if !shown.get() {
            bench.editor.refused.set(None);
        }
    });
    view! {
        <div class="notice" class:shown=shown role="status" aria-live="polite">
            <p>{move || if shown.get() { bench.notice.get().1 } else { String::new() }}</p>
            <Show when=move || shown.get()>
                <button
                    type="button"
                    class="btn quiet icon"
                    aria-label="Close"
                    on:click=move |_| shown.set(false)
                >
                    <Icon of="#i-x"/>
                </button>
            </Show>
        </div>
    }
}
