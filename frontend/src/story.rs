//! The story: the log as sentences. Only the lines in sight are in the page, however many there are.

use leptos::prelude::*;
use shared::view::story::Depth;

use crate::bench::{Bench, Selection};
use crate::honesty::BackToNow;
use crate::icons::Mark;
use crate::palette::skin;
use crate::recording::{Line, Recording};
use crate::timeline::Transport;
use crate::units::exact_moment;

/// Pixels of a line; on a phone it is two lines high, and a finger wide.
const ROW: f64 = 28.0;
const TALL_ROW: f64 = 44.0;

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
    let row_height = move || if bench.narrow.get() { TALL_ROW } else { ROW };

    // The lines to be shown, by their place in the story.
    let wanted = Memo::new(move |_| {
        session.tick.track();
        let task = bench.selection.with(|selection| selection.one().map(str::to_owned));
        let task = only.get().then(|| task.and_then(|task| session.task_id(&task))).flatten();
        let (depth, state) = (session.depth.get(), bench.only.get());
        let matching = |all: &Recording| -> Vec<usize> {
            let fits = |(_, line): &(usize, &Line)| {
                line.depth <= depth
                    && (task.is_none() || line.task == task)
                    && (state.is_none() || line.shown == state)
            };
            all.lines.iter().enumerate().filter(fits).map(|(at, _)| at).collect()
        };
        session.whole(matching).unwrap_or_default()
    });
    // The first line that has not happened at the moment that is shown, by its place among the wanted.
    let here = Memo::new(move |_| {
        let next = session.held.get()?.next;
        wanted.with(|wanted| {
            let happened = |at: &usize| {
                session.whole(|all| all.lines.get(*at).is_some_and(|line| line.seq < next))
            };
            Some(wanted.partition_point(|at| happened(at) == Some(true)))
        })
    });
    let measure = move || {
        if let Some(Some(list)) = list.try_get_untracked() {
            let row = untrack(row_height);
            let (top, height) = (f64::from(list.scroll_top()), f64::from(list.client_height()));
            seen.set((top, height.max(row)));
            at_end.set(top + height + row >= f64::from(list.scroll_height()));
        }
    };
    // Whoever holds at a moment sees where that is.
    Effect::new(move |_| {
        let (Some(here), Some(list)) = (here.get(), list.get()) else { return };
        let (top, height) = (f64::from(list.scroll_top()), f64::from(list.client_height()));
        let row = row_height();
        let y = here as f64 * row;
        if y < top + row || y > top + height - 2.0 * row {
            #[allow(clippy::cast_possible_truncation)] // the browser's own unit
            list.set_scroll_top((y - height / 2.0).max(0.0) as i32);
            request_animation_frame(measure);
        }
    });
    // Whoever reads the end goes on reading the end.
    Effect::new(move |_| {
        let count = wanted.with(Vec::len);
        let Some(list) = list.get() else { return };
        if at_end.get_untracked() && session.held.with_untracked(Option::is_none) {
            #[allow(clippy::cast_possible_truncation)] // the browser's own unit
            list.set_scroll_top((count as f64 * untrack(row_height)) as i32);
            request_animation_frame(measure);
        }
    });
    let slice = move || {
        let (row, (top, height)) = (row_height(), seen.get());
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative
        let (first, many) = ((top / row) as usize, (height / row).ceil() as usize);
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
        let lines = session.whole(|all| {
            let line =
                |(offset, at): (usize, &usize)| Some((first + offset, all.lines.get(*at)?.clone()));
            some.iter().enumerate().filter_map(line).collect::<Vec<_>>()
        });
        lines.unwrap_or_default()
    };
    let row = move |(place, line): (usize, Line)| {
        let top = move || format!("{}px", place as f64 * row_height());
        let jump = line.clone();
        let words = session.with(|fold| {
            let id = line.task.map(|task| fold.view.task_name(task));
            (exact_moment(line.at, fold.view.plan()), id)
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
            session.playing.set(false);
            session.hold_behind(&jump);
        };
        let to_come = move || here.get().is_some_and(|here| place >= here);
        let is_here = move || here.get() == Some(place + 1);
        view! {
            <button
                type="button"
                class="line"
                class:sel=selected
                class:to-come=to_come
                class:here=is_here
                class:aside=line.depth == Depth::Everything
                aria-current=move || is_here().then_some("time")
                title="Show this moment"
                data-seq=line.seq
                style=("top", top)
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
    let height = move || format!("{}px", wanted.with(Vec::len) as f64 * row_height());
    let one = move || bench.selection.with(|selection| selection.one().map(str::to_owned));
    let nothing = move || {
        wanted.with(Vec::is_empty).then(|| match bench.only.get() {
            Some(only) if session.whole(|all| all.lines.is_empty()) == Some(false) => view! {
                <p class="pad dim">
                    {format!("No event of this run ends in “{}”. ", skin(only).legend)}
                    <button type="button" class="plain link" on:click=move |_| bench.only.set(None)>
                        "Show all events"
                    </button>
                </p>
            }
            .into_any(),
            _ if session.whole(|all| all.lines.is_empty()) == Some(false) => {
                view! { <p class="pad dim">"No event is about it."</p> }.into_any()
            }
            _ => view! { <p class="pad dim">"Nothing has happened yet. Press Run."</p> }.into_any(),
        })
    };
    let depth = move |of: Depth, words: &'static str, title: &'static str| {
        view! {
            <button
                type="button"
                aria-current=move || (session.depth.get() == of).then_some("true")
                title=title
                on:click=move |_| session.depth.set(of)
            >
                {words}
            </button>
        }
    };
    view! {
        <div class="story">
            <header>
                <Transport/>
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
                <div class="phone-only"><BackToNow/></div>
                <div class="seg" role="group" aria-label="How much is told">
                    {depth(Depth::Main, "Short", "What happens")}
                    {depth(Depth::Everything, "Exact", "Also the bookkeeping: who woke, who packed, who fell asleep")}
                </div>
            </header>
            <div class="lines" node_ref=list tabindex="0" role="group" aria-label="Story" on:scroll=move |_| measure()>
                {nothing}
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
