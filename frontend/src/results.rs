//! What came to main, in the order in which it came; and what the program printed.

use leptos::prelude::*;
use shared::engine::event::Work;
use shared::outcome::Outcome;
use shared::scenario::Mode;
use shared::view::{Delivery, Through, View};

use crate::bench::{Bench, Selection};
use crate::fold::short;
use crate::honesty::Verdict;
use crate::icons::Mark;
use crate::session::Phase;
use crate::units::moment;

/// Rows that are shown: the last ones, and how many there were before.
const MOST: usize = 500;

/// Characters of a value.
const VALUE: usize = 200;

/// Deliveries and printed lines, side by side.
#[component]
pub fn Results() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let deliveries = move || {
        session.tick.track();
        session.with(|fold| {
            let view = &fold.view;
            let delivered: Vec<Delivery> = view.delivered.iter().copied().collect();
            let came = once(&delivered);
            let skipped = came.len().saturating_sub(MOST);
            let row = |(at, delivery): (usize, &shared::view::Delivery)| {
                let cell = view.future(delivery.future);
                let outcome = cell.and_then(|cell| cell.outcome.as_ref()).map(Outcome::in_short);
                let name = view.item_name(delivery.future, delivery.item);
                let through = match delivery.through {
                    Through::Map => "map",
                    Through::Imap => "imap",
                    Through::ImapUnordered => "imap_unordered",
                    Through::AsCompleted => "as_completed",
                    Through::Result => "result()",
                };
                let shown = view.shown_future(delivery.future);
                let outcome = short(&outcome.unwrap_or_else(|| "cancelled".to_owned()), VALUE);
                let time = moment(delivery.at, view.plan());
                let task = task_of(view, delivery);
                let select = move |_| {
                    if let Some(task) = &task {
                        bench.selection.set(Selection::task(task.clone()));
                    }
                };
                view! {
                    <tr>
                        <td class="num">{at + 1}</td>
                        <td class="num">{time}</td>
                        <td>
                            <button type="button" class="plain" on:click=select>
                                <Mark of=shown/>
                                {name}
                            </button>
                        </td>
                        <td><code>{outcome}</code></td>
                        <td class="dim">{through}</td>
                    </tr>
                }
            };
            let rows: Vec<_> = came.into_iter().enumerate().skip(skipped).map(row).collect();
            (skipped, rows)
        })
    };
    let printed = move || {
        session.tick.track();
        session.with(|fold| {
            let view = &fold.view;
            let skipped = view.printed.len().saturating_sub(MOST);
            let row = |line: &shared::view::Line| {
                let time = moment(line.at, view.plan());
                view! { <li><time>{time}</time><code>{line.text.clone()}</code></li> }
            };
            view.printed.iter().skip(skipped).map(row).collect::<Vec<_>>()
        })
    };
    let nothing_came = move || {
        let is_submit =
            session.plan.with(|plan| plan.as_ref().and_then(|plan| plan.scenario.program.mode))
                == Some(Mode::Submit);
        match session.phase.get() {
            _ if is_submit => "Nothing comes to main in submit mode: callbacks see the results.",
            Phase::Ended(_) => "Nothing came to main: it asked for no result.",
            _ => "Nothing came to main yet.",
        }
    };
    let before = |skipped: usize| {
        (skipped > 0).then(|| view! { <p class="pad dim">{format!("{skipped} before these")}</p> })
    };
    view! {
        <div class="results">
            <section aria-labelledby="came">
                <Verdict/>
                <h3 id="came">"What came to main, in its order"</h3>
                {move || match deliveries() {
                    Some((skipped, rows)) if !rows.is_empty() => view! {
                        {before(skipped)}
                        <table>
                            <thead>
                                <tr>
                                    <th scope="col">"#"</th>
                                    <th scope="col">"at"</th>
                                    <th scope="col">"task"</th>
                                    <th scope="col">"result"</th>
                                    <th scope="col">"through"</th>
                                </tr>
                            </thead>
                            <tbody>{rows}</tbody>
                        </table>
                    }.into_any(),
                    Some(_) => view! { <p class="dim">{nothing_came}</p> }.into_any(),
                    None => view! { <p class="dim">"Nothing has happened yet. Press Run."</p> }.into_any(),
                }}
            </section>
            <section aria-labelledby="printed">
                <h3 id="printed">"What the program printed"</h3>
                {move || match printed() {
                    Some(rows) if !rows.is_empty() => view! { <ol class="printed">{rows}</ol> }.into_any(),
                    _ => view! {
                        <p class="dim">"Nothing besides what came to main."</p>
                    }.into_any(),
                }}
            </section>
        </div>
    }
}

/// The task that a delivery is of, if it is one of the graph's.
fn task_of(view: &View, delivery: &Delivery) -> Option<String> {
    let Work::Tasks(parts) = &view.future(delivery.future)?.work else { return None };
    let mut before = 0;
    let part = parts.iter().find(|part| {
        before += part.count;
        delivery.item < before
    });
    part.map(|part| view.task_name(part.task))
}

/// The deliveries without the `result()` of a future that `as_completed` has just delivered: it is how
/// a loop looks at what it got.
fn once(delivered: &[Delivery]) -> Vec<&Delivery> {
    let looks_at = |delivery: &Delivery, before: &Delivery| {
        delivery.through == Through::Result
            && before.through == Through::AsCompleted
            && before.future == delivery.future
    };
    let is_new = |at: &usize| {
        let before = at.checked_sub(1).map(|before| &delivered[before]);
        before.is_none_or(|before| !looks_at(&delivered[*at], before))
    };
    (0..delivered.len()).filter(is_new).map(|at| &delivered[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::units::{FutureId, Instant};

    #[test]
    fn looking_at_what_as_completed_delivered_is_no_second_delivery() {
        let came = |future, through| Delivery {
            at: Instant::ZERO,
            through,
            future: FutureId(future),
            item: 0,
        };
        let delivered = [
            came(1, Through::AsCompleted),
            came(1, Through::Result),
            came(2, Through::AsCompleted),
            came(1, Through::Result),
        ];
        let futures: Vec<u32> = once(&delivered).iter().map(|came| came.future.0).collect();
        assert_eq!(futures, [1, 2, 1]);
    }
}
