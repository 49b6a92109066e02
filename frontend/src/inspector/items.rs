//! The items of a map node, one below the other: which travelled together, and what became of each.
//!
//! Only the rows in sight are in the page. What they show is found by the item's number, so that fifty
//! thousand cost as much as fifty.

use leptos::prelude::*;
use shared::units::{TaskId, with_commas};
use shared::view::shown::{Shown, letter};
use shared::view::{Came, Carried, ItemView, Place, Rows, View};

use crate::bench::Bench;
use crate::fold::{Fold, short};
use crate::icons::Mark;
use crate::palette::skin;
use crate::units::span;

/// Pixels of a row, and of the rows in sight at most.
const ROW: f64 = 44.0;
const IN_SIGHT: u32 = 5;
const HEIGHT: f64 = IN_SIGHT as f64 * ROW;

/// Rows kept in the page above and below those in sight.
const SPARE: u32 = 3;

/// Characters of an argument or a value that a row shows.
const SHORT: usize = 20;

/// A row, as it is drawn.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    place: u32,
    item: u32,
    args: String,
    shown: Shown,
    came: String,
    /// By whom, and for how long.
    ran: String,
    call: Option<usize>,
}

/// What holds the rows of one call together.
#[derive(Debug, Clone, PartialEq)]
struct Bracket {
    top: f64,
    height: f64,
    number: usize,
    title: String,
}

/// The list, with a filter by state and a jump to an item.
#[component]
pub fn ItemList(
    /// The map node.
    task: Memo<Option<TaskId>>,
    /// The item that was chosen.
    picked: RwSignal<Option<u32>>,
) -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let list = NodeRef::<leptos::html::Div>::new();
    let only = RwSignal::new(None::<Shown>);
    let top = RwSignal::new(0.0_f64);

    let counts = Memo::new(move |_| {
        session.tick.track();
        task.get().and_then(|task| session.with(|fold| fold.view.item_counts(task)))
    });
    let rows = Memo::new(move |_| {
        session.tick.track();
        let rows = task.get().and_then(|task| {
            let only = only.get();
            session.with(|fold| fold.view.item_rows(task, only))
        });
        rows.unwrap_or_default()
    });
    let visible = Memo::new(move |_| {
        session.tick.track();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative
        let first = (top.get() / ROW) as u32;
        let some = task.get().and_then(|task| {
            session.with(|fold| {
                rows.with(|rows| {
                    let places = first.saturating_sub(SPARE)..first + IN_SIGHT + SPARE;
                    let row = |place| Some(row_of(bench, fold, task, place, rows.item(place)?));
                    places.map_while(row).collect::<Vec<_>>()
                })
            })
        });
        some.unwrap_or_default()
    });
    let brackets = Memo::new(move |_| {
        let some = task.get().and_then(|task| {
            session.with(|fold| visible.with(|rows| brackets_of(&fold.view, task, rows)))
        });
        some.unwrap_or_default()
    });

    // What was chosen already, by a link for one, is shown once it is there.
    let chosen = StoredValue::new(picked.get_untracked());
    // Into sight, or, what was sought, into the middle of it.
    let reveal = move |row: u32, margin: f64| {
        request_animation_frame(move || {
            let Some(Some(list)) = list.try_get_untracked() else { return };
            let (at, above) = (f64::from(row) * ROW, f64::from(list.scroll_top()));
            let lowest = (at - margin).max(0.0);
            let to = above.clamp((at + ROW + margin - HEIGHT).clamp(0.0, lowest), lowest);
            #[allow(clippy::cast_possible_truncation)] // the browser's own unit
            list.set_scroll_top(to as i32);
        });
    };
    let pick = move |item: u32| {
        // What is sought is shown, also if it is not what is filtered for.
        if rows.with_untracked(|rows| rows.row_of(item)).is_none() {
            only.set(None);
        }
        picked.set(Some(item));
        if let Some(row) = rows.with_untracked(|rows| rows.row_of(item)) {
            reveal(row, HEIGHT / 2.0 - ROW);
        }
    };
    Effect::new(move |_| {
        let row = chosen.get_value().and_then(|item| rows.with(|rows| rows.row_of(item)));
        if let Some(row) = row {
            chosen.set_value(None);
            reveal(row, HEIGHT / 2.0 - ROW);
        }
    });
    let go = move |text: &str| {
        let number = text.trim().replace([',', '[', ']'], "").parse::<u32>().ok();
        let all = task.get_untracked().and_then(|task| {
            session.with(|fold| (fold.view.item_rows(task, None).len(), fold.view.task_name(task)))
        });
        let Some((all, name)) = all else { return };
        match number {
            Some(number) if number < all => pick(number),
            _ if all == 0 => bench.say(format!("{name} has no items yet.")),
            _ => bench.say(format!(
                "{name} has no item \u{201c}{}\u{201d}: its items are 0 to {}.",
                short(text.trim(), SHORT),
                grouped(all - 1)
            )),
        }
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        let (row, last) = rows.with_untracked(|rows| {
            let row = picked.get_untracked().and_then(|item| rows.row_of(item));
            (row, rows.len().saturating_sub(1))
        });
        let page = IN_SIGHT - 1;
        let to = match (event.key().as_str(), row) {
            ("Home", _) | ("ArrowDown" | "ArrowUp" | "PageDown" | "PageUp", None) => 0,
            ("End", _) => last,
            ("ArrowDown", Some(row)) => row + 1,
            ("ArrowUp", Some(row)) => row.saturating_sub(1),
            ("PageDown", Some(row)) => row + page,
            ("PageUp", Some(row)) => row.saturating_sub(page),
            _ => return,
        };
        event.prevent_default();
        let to = to.min(last);
        if let Some(item) = rows.with_untracked(|rows| rows.item(to)) {
            picked.set(Some(item));
            reveal(to, 0.0);
        }
    };

    let looks = Memo::new(move |_| {
        let chosen = only.get();
        let counts = counts.get().unwrap_or_default();
        let is_there = |look: &Shown| counts[*look as usize] > 0 || chosen == Some(*look);
        Shown::ALL.into_iter().filter(is_there).collect::<Vec<_>>()
    });
    let chip = move |look: Shown| {
        let count = move || counts.get().map_or(0, |counts| counts[look as usize]);
        let word = skin(look).legend;
        view! {
            <button
                type="button"
                class="btn tiny"
                aria-pressed=move || (only.get() == Some(look)).to_string()
                title=format!("Only items in the state \u{201c}{word}\u{201d}")
                data-only=skin(look).class
                on:click=move |_| {
                    only.update(|only| *only = (*only != Some(look)).then_some(look));
                }
            >
                <Mark of=look/>
                {word}
                " "
                <b class="num">{move || grouped(count())}</b>
            </button>
        }
    };
    let empty = move || {
        rows.with(Rows::is_empty).then(|| match only.get() {
            Some(look) => view! {
                <p class="none">
                    {format!("No item is in the state \u{201c}{}\u{201d} now.", skin(look).legend)}
                    " "
                    <button type="button" class="btn tiny" on:click=move |_| only.set(None)>
                        "Show all"
                    </button>
                </p>
            }
            .into_any(),
            None => view! { <p class="none">"There are no items."</p> }.into_any(),
        })
    };
    let row = move |row: Row| {
        let item = row.item;
        let skin = skin(row.shown);
        let label = {
            let parts = [row.args.as_str(), skin.legend, &row.ran, &row.came];
            let parts = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
            format!("item {item}: {}", parts.join(", "))
        };
        view! {
            <div
                class="item"
                class:sel=move || picked.get() == Some(item)
                role="option"
                id=format!("item-{item}")
                aria-label=label
                aria-selected=move || (picked.get() == Some(item)).to_string()
                aria-posinset=row.place + 1
                aria-setsize=move || rows.with(Rows::len)
                style=("top", format!("{}px", f64::from(row.place) * ROW))
                on:click=move |_| picked.set(Some(item))
            >
                <Mark of=row.shown/>
                <span class="what">
                    <span class="dim num">{format!("[{item}]")}</span>
                    " "
                    <code>{row.args}</code>
                </span>
                <code class="came">{row.came}</code>
                <span class="word">{skin.legend}</span>
                <span class="ran num">{row.ran}</span>
            </div>
        }
    };
    let bracket = |bracket: Bracket| {
        let Bracket { top, height, number, title } = bracket;
        view! {
            <div
                class="bracket"
                data-call=number
                title=title
                style=("top", format!("{top}px"))
                style=("height", format!("{height}px"))
            >
                <span>{if height > ROW { format!("call {number}") } else { number.to_string() }}</span>
            </div>
        }
    };
    let height = move || rows.with(|rows| f64::from(rows.len()) * ROW);
    let has_brackets = move || brackets.with(|brackets| !brackets.is_empty());
    let done = move || {
        session.tick.track();
        let task = task.get()?;
        session.with(|fold| fold.view.items(task).map(shared::view::ItemsView::words)).flatten()
    };
    view! {
        <section class="items-part">
            <header>
                <h3>"Items"</h3>
                <span class="dim num">{done}</span>
                <input
                    class="field num"
                    inputmode="numeric"
                    autocomplete="off"
                    aria-label="Go to item"
                    placeholder="go to item"
                    on:keydown=move |event| {
                        if event.key() == "Enter" {
                            go(&event_target_value(&event));
                        }
                    }
                />
            </header>
            <div class="only" role="group" aria-label="Only items that are">
                <For each=move || looks.get() key=|look| *look as usize children=chip/>
            </div>
            {empty}
            <div
                class="item-list"
                class:chunks=has_brackets
                role="listbox"
                tabindex="0"
                aria-label="Items"
                aria-activedescendant=move || picked.get().map(|item| format!("item-{item}"))
                node_ref=list
                style=("height", move || format!("{}px", height().min(HEIGHT)))
                on:keydown=on_key
                on:scroll=move |_| {
                    if let Some(Some(list)) = list.try_get_untracked() {
                        top.set(f64::from(list.scroll_top()));
                    }
                }
            >
                <div class="sheet" role="presentation" style=("height", move || format!("{}px", height()))>
                    <div class="brackets" aria-hidden="true">
                        {move || brackets.get().into_iter().map(bracket).collect_view()}
                    </div>
                    {move || visible.get().into_iter().map(row).collect_view()}
                </div>
            </div>
        </section>
    }
}

fn grouped(number: u32) -> String {
    with_commas(&number.to_string())
}

fn row_of(bench: Bench, fold: &Fold, task: TaskId, place: u32, item: u32) -> Row {
    let (view, plan) = (&fold.view, fold.view.plan());
    let now = view.item(task, item);
    let took = now.ran.or_else(|| {
        // It runs by itself, and so since its call was taken.
        let cell = view.future(now.future?)?;
        let is_alone = matches!(cell.place, Place::With(_)) && cell.work.item_count() == 1;
        is_alone.then(|| bench.session.shown_at().since(cell.taken.unwrap_or(view.now)))
    });
    let ran = now.worker.map(letter).into_iter().chain(took.map(|took| span(took, plan)));
    Row {
        place,
        item,
        args: short(&view.item_args(task, item), SHORT),
        shown: now.shown,
        came: short(&in_a_row(&now.came), SHORT),
        ran: ran.collect::<Vec<_>>().join(" · "),
        call: now.call,
    }
}

/// The brackets around these rows; none if every item travels by itself.
fn brackets_of(view: &View, task: TaskId, rows: &[Row]) -> Vec<Bracket> {
    if !view.items(task).is_some_and(shared::view::ItemsView::has_chunks) {
        return Vec::new();
    }
    let calls = view.calls_of(task);
    let mut brackets: Vec<Bracket> = Vec::new();
    for row in rows {
        let Some(call) = row.call else { continue };
        let Carried { first, count, .. } = calls[call];
        let number = call + 1;
        if brackets.last().is_some_and(|last| last.number == number) {
            continue;
        }
        let (top, height) = (row.place - (row.item - first), f64::from(count) * ROW);
        brackets.push(Bracket {
            top: f64::from(top) * ROW,
            height,
            number,
            title: format!("Call {} of {}: {}", number, calls.len(), together(view, calls[call])),
        });
    }
    brackets
}

/// Which items of the node travel in a call: `items 0 to 999`.
pub fn together(view: &View, call: Carried) -> String {
    let (first, last) = (grouped(call.first), grouped(call.first + call.count.saturating_sub(1)));
    let own =
        if call.count == 1 { format!("item {first}") } else { format!("items {first} to {last}") };
    let all = view.future(call.future).map_or(0, |cell| cell.work.item_count());
    match all.saturating_sub(call.count) {
        0 => own,
        others => format!("{own}, and {} of other tasks", grouped(others)),
    }
}

/// What came of an item, as short as a row needs it.
fn in_a_row(came: &Came) -> String {
    match came {
        Came::Nothing => String::new(),
        Came::Outcome(outcome) => outcome.in_short(),
        Came::LostWith(outcome) => format!("{}, lost", outcome.in_short()),
        Came::After(_) => "not run".to_owned(),
    }
}

/// What came of an item, and why, if that is not what one would think.
pub fn in_full(view: &View, item: &ItemView) -> Option<(String, Option<String>)> {
    match &item.came {
        Came::Nothing => None,
        Came::Outcome(shared::outcome::Outcome::Raised(raised)) => Some((raised.to_string(), None)),
        Came::Outcome(outcome) => Some((outcome.in_short(), None)),
        Came::LostWith(outcome) => {
            let why = "It returned this, but nobody gets it: another item of the same call raised.";
            Some((outcome.in_short(), Some(why.to_owned())))
        }
        Came::After(part) => {
            let before = view.part_name(*part);
            let why = format!("Its turn never came: {before}, before it in the same call, raised.");
            Some(("not run".to_owned(), Some(why)))
        }
    }
}
