//! Tables of many runs: who was the k-th to finish how often, and what each point of a sweep is.

use leptos::prelude::*;
use shared::units::{TaskId, nth, with_commas};
use shared::view::many::Ranks;

use super::{One, Vary, open, whole};
use crate::bench::Bench;
use crate::units::moment;

/// Tasks and places at most that have a row and a column.
const MOST: usize = 40;

/// How often each task was the k-th to finish; a cell opens such a run, and then the next.
#[component]
pub fn Places() -> impl IntoView {
    let bench = Bench::get();
    let many = bench.many;
    let ranks = Memo::new(move |_| many.runs.with(|runs| Ranks::of(whole(runs))));
    let open_one = move |task: TaskId, rank: usize| {
        let such: Vec<usize> = many.runs.with_untracked(|runs| {
            let is_such = |one: &&One| one.summary.order.get(rank) == Some(&task);
            runs.iter().filter(is_such).map(|one| one.at).collect()
        });
        let last = many.opened.get_value();
        let next = last.and_then(|last| such.iter().find(|at| **at > last).copied());
        if let Some(at) = next.or(such.first().copied()) {
            open(bench, at);
        }
    };
    let table = move || {
        let batch = many.batch.get()?;
        let all = ranks.get();
        let places = all.rows.first().map_or(0, |(_, counts)| counts.len()).min(MOST);
        let name = |task: TaskId| batch.plan.scenario.tasks[task.index()].id.clone();
        let left_out = all.rows.len().saturating_sub(MOST);
        let row = |(task, counts): &(TaskId, Vec<u32>)| {
            let (task, id) = (*task, name(*task));
            let cell = |(rank, count): (usize, &u32)| match *count {
                0 => view! { <td></td> }.into_any(),
                count => {
                    // Five shades: enough to see what is usual.
                    let shade = (count * 5).div_ceil(all.runs.max(1));
                    let title = format!(
                        "{id} was {} to finish in {count} of {}: open one",
                        nth(rank + 1),
                        all.runs
                    );
                    view! {
                        <td>
                            <button
                                type="button"
                                class="cell num"
                                data-shade=shade
                                title=title.clone()
                                aria-label=title
                                on:click=move |_| open_one(task, rank)
                            >
                                {count}
                            </button>
                        </td>
                    }
                    .into_any()
                }
            };
            let cells = counts.iter().take(MOST).enumerate().map(cell).collect_view();
            view! { <tr><th scope="row">{id.clone()}</th>{cells}</tr> }
        };
        Some(view! {
            <table class="places">
                <caption>"How often each was the k-th to finish"</caption>
                <thead>
                    <tr>
                        <th scope="col">"task"</th>
                        {(0..places).map(|rank| view! { <th scope="col">{nth(rank + 1)}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>{all.rows.iter().take(MOST).map(row).collect_view()}</tbody>
            </table>
            {(left_out > 0).then(|| view! { <p class="dim">{format!("and {left_out} tasks more")}</p> })}
        })
    };
    view! { <div class="scrolls" tabindex="0" role="group" aria-label="Places">{table}</div> }
}

/// The points of a sweep.
#[component]
pub fn Points() -> impl IntoView {
    let bench = Bench::get();
    let many = bench.many;
    let table = move || {
        let batch = many.batch.get()?;
        let row = |one: &One| {
            let at = one.at;
            let model = many.models.with(|models| models.get(at).copied());
            let model = match model {
                Some(Some(took)) => moment(took, &batch.plan),
                Some(None) => "–".to_owned(),
                None => "…".to_owned(),
            };
            let name = batch.name(at);
            let calls = with_commas(&one.summary.calls.to_string());
            view! {
                <tr>
                    <th scope="row">
                        <button type="button" class="plain link" title="Open this run" on:click=move |_| open(bench, at)>{name}</button>
                    </th>
                    <td class="num">{batch.took(&one.summary)}</td>
                    <td class="num">{calls}</td>
                    <td class="num dim">{model}</td>
                </tr>
            }
        };
        let rows = many.runs.with(|runs| runs.iter().map(row).collect_view());
        let took = if batch.simulated { "simulated" } else { "measured" };
        Some(view! {
            <table class="points">
                <thead>
                    <tr>
                        <th scope="col">{if batch.vary == Vary::Workers { "workers" } else { "chunks" }}</th>
                        <th scope="col">{took}</th>
                        <th scope="col">"calls"</th>
                        <th scope="col" title=MODEL>"CPython, a model"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            <p class="dim">{MODEL}</p>
        })
    };
    view! { <div class="scrolls" tabindex="0" role="group" aria-label="Points">{table}</div> }
}

/// How the model is to be taken.
const MODEL: &str = "Real runs are native: pools of this server, in Rust, with Python's rules. CPython beside them is a model: 71 ns for a trial division and, measured with CPython 3.11 on two cores, what a call costs (18 µs in threads, 147 µs in ProcessPoolExecutor, 35 µs in Pool). It has a core for each worker.";
