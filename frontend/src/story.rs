//! The story: the log as sentences. Only the lines in sight are in the page, however many there are.

use leptos::prelude::*;

use crate::bench::{Bench, Selection};
use crate::fold::Line;
use crate::icons::Mark;
use crate::units::moment;

/// Pixels of a line.
const ROW: f64 = 28.0;

/// Lines kept in the page above and below those in sight.
const SPARE: usize = 8;

/// The list of sentences.
#[component]
pub fn StoryList() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let only = RwSignal::new(false);
    let list = NodeRef::<leptos::html::Div>::new();
    let seen = RwSignal::new((0.0_f64, 600.0_f64));
    let at_end = RwSignal::new(true);

    // The lines to be shown, by their place in the story.
    let wanted = Memo::new(move |_| {
        session.tick.track();
        let task = bench.selection.with(|selection| selection.one().map(str::to_owned));
        let task = only.get().then(|| task.and_then(|task| session.task_id(&task))).flatten();
        let matching = |fold: &crate::fold::Fold| -> Vec<usize> {
            let fits = |(_, line): &(usize, &Line)| task.is_none() || line.task == task;
            fold.lines.iter().enumerate().filter(fits).map(|(at, _)| at).collect()
        };
        session.with(matching).unwrap_or_default()
    });
    let measure = move || {
        if let Some(Some(list)) = list.try_get_untracked() {
            let (top, height) = (f64::from(list.scroll_top()), f64::from(list.client_height()));
            seen.set((top, height.max(ROW)));
            at_end.set(top + height + ROW >= f64::from(list.scroll_height()));
        }
    };
    // Whoever reads the end goes on reading the end.
    Effect::new(move |_| {
        let count = wanted.with(Vec::len);
        let Some(list) = list.get() else { return };
        if at_end.get_untracked() {
            #[allow(clippy::cast_possible_truncation)] // the browser's own unit
            list.set_scroll_top((count as f64 * ROW) as i32);
            request_animation_frame(measure);
        }
    });
    let slice = move || {
        let (top, height) = seen.get();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative
        let (first, many) = ((top / ROW) as usize, (height / ROW).ceil() as usize);
        let first = first.saturating_sub(SPARE);
        wanted.with(|wanted| {
            let until = (first + many + 2 * SPARE).min(wanted.len());
            let some = wanted.get(first.min(until)..until).unwrap_or_default().to_vec();
            (first, some)
        })
    };
    // Each with its place, which changes with what is left out; so both are its key.
    let visible = move || {
        let (first, some) = slice();
        let lines = session.with(|fold| {
            let line = |(offset, at): (usize, &usize)| {
                Some((first + offset, fold.lines.get(*at)?.clone()))
            };
            some.iter().enumerate().filter_map(line).collect::<Vec<_>>()
        });
        lines.unwrap_or_default()
    };
    let row = move |(place, line): (usize, Line)| {
        let top = place as f64 * ROW;
        let words = session.with(|fold| {
            let id = line.task.map(|task| fold.view.task_name(task));
            (moment(line.at, fold.view.plan()), id)
        });
        let (time, id) = words.unwrap_or_default();
        let selected = {
            let id = id.clone();
            move || id.as_ref().is_some_and(|id| bench.selection.with(|all| all.has(id)))
        };
        let mark = match line.shown {
            Some(shown) => view! { <Mark of=shown/> }.into_any(),
            None => view! { <span class="mark main" aria-hidden="true"></span> }.into_any(),
        };
        let select = move |_| {
            if let Some(id) = &id {
                bench.selection.set(Selection::task(id.clone()));
            }
        };
        view! {
            <button
                type="button"
                class="line"
                class:sel=selected
                data-seq=line.seq
                style=("top", format!("{top}px"))
                on:click=select
            >
                <time>{time}</time>
                {mark}
                <span>{line.text}</span>
            </button>
        }
    };
    // A new run has lines of the same numbers.
    let era = move || session.era.get();
    let height = move || format!("{}px", wanted.with(Vec::len) as f64 * ROW);
    let one = move || bench.selection.with(|selection| selection.one().map(str::to_owned));
    view! {
        <div class="story">
            <header>
                <label class="check">
                    <input
                        type="checkbox"
                        disabled=move || one().is_none()
                        prop:checked=only
                        on:change=move |event| only.set(event_target_checked(&event))
                    />
                    {move || match one() {
                        Some(id) => format!("only {id}"),
                        None => "only the selected task".to_owned(),
                    }}
                </label>
            </header>
            <div class="lines" node_ref=list tabindex="0" role="group" aria-label="Story" on:scroll=move |_| measure()>
                <Show when=move || wanted.with(Vec::is_empty)>
                    <p class="pad dim">"Nothing has happened yet. Press Run."</p>
                </Show>
                <div class="sheet" style=("height", height)>
                    <For
                        each=visible
                        key=move |(place, line)| (*place, line.seq, untrack(era))
                        children=row
                    />
                </div>
            </div>
        </div>
    }
}
