//! What differs, as a table; and the words of the two programs that differ.

use std::ops::Range;

use leptos::prelude::*;
use shared::listing::Listing;
use shared::listing::differ::differing;
use shared::scenario::python;
use shared::view::compare::{Comparison, Difference};

use crate::bench::Bench;
use crate::code::{Dialect, words};
use crate::run_lanes::select;

/// The table, and the code below it.
#[component]
pub fn Differences(comparison: Memo<Option<Comparison>>) -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let row = move |Difference { what, left, right, task }: Difference| {
        let head = match task {
            Some(task) => view! {
                <button type="button" class="plain" on:click=move |_| select(bench, &task)>{what}</button>
            }
            .into_any(),
            None => what.into_any(),
        };
        view! { <tr><th scope="row">{head}</th><td>{left}</td><td>{right}</td></tr> }
    };
    let part = move |name: &'static str, rows: Vec<Difference>| {
        (!rows.is_empty()).then(|| {
            view! {
                <tbody>
                    <tr class="part"><th scope="rowgroup" colspan="3">{name}</th></tr>
                    {rows.into_iter().map(row).collect_view()}
                </tbody>
            }
        })
    };
    let table = move || {
        comparison.get().map(|all| {
            let nothing = all.settings.is_empty() && all.outcomes.is_empty();
            view! {
                <table>
                    <thead><tr><th scope="col">"Differs"</th><th scope="col">{move || session.left.get().name()}</th><th scope="col">"This run"</th></tr></thead>
                    {part("What was asked for", all.settings)}
                    {part("What came of it", all.outcomes)}
                </table>
                <Show when=move || nothing><p class="dim">"Nothing differs that could be told."</p></Show>
            }
        })
    };
    view! {
        <section class="differences" aria-label="What differs">
            {table}
            <Programs/>
        </section>
    }
}

/// The lines of the two programs in which words differ.
#[component]
fn Programs() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let texts = Memo::new(move |_| {
        session.left.track();
        let right = session.plan.get()?;
        let left = session.with_left(|all, _| python(all.fold.view.plan()))?;
        let right = python(&right);
        let found = differing(&left, &right)?;
        (found.words > 0).then(|| {
            let count = match found.words {
                1 => "1 word of the program differs".to_owned(),
                words => format!("{words} words of the program differ"),
            };
            (count, changed(&left, found.left), changed(&right, found.right))
        })
    });
    let side = |name: &'static str, lines: Vec<Changed>| {
        let line = |(number, text, marks): Changed| {
            let words = words(Dialect::Futures, &text, &marks);
            view! { <li><span class="no">{number}</span><code>{words}</code></li> }
        };
        view! { <ol aria-label=name>{lines.into_iter().map(line).collect_view()}</ol> }
    };
    view! {
        {move || texts.get().map(|(count, left, right)| view! {
            <details class="programs code" open=true>
                <summary>{count}</summary>
                <div>
                    {side("In the other run", left)}
                    {side("This run", right)}
                </div>
            </details>
        })}
    }
}

/// A line's number, its text, and the bytes in it that the other text does not have.
type Changed = (usize, String, Vec<Range<usize>>);

fn changed(listing: &Listing, marks: Vec<Vec<Range<usize>>>) -> Vec<Changed> {
    let lines = listing.lines.iter().zip(marks).enumerate();
    lines
        .filter(|(_, (_, marks))| !marks.is_empty())
        .map(|(at, (line, marks))| (at + 1, line.text.clone(), marks))
        .collect()
}
