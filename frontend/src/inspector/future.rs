//! What the run says of a task: what its future answers beside what is true, and its story. Of a map
//! node, its items, and the same of the one that is chosen among them.

use leptos::prelude::*;
use shared::scenario::ExecutorKind;
use shared::units::{FutureId, Instant, Seq, TaskId};
use shared::view::shown::Shown;
use shared::view::story::Depth;
use shared::view::{ItemsView, TaskView};

use crate::bench::{Bench, Selection};
use crate::fold::Fold;
use crate::icons::{Icon, Mark};
use crate::inspector::items::{ItemList, in_full, together};
use crate::inspector::transport::transport;
use crate::recording::{Line, Recording};
use crate::session::{Held, Phase};
use crate::units::{exact_moment, moment, span};

/// Sentences of the story that are shown: the last ones.
const MOST: usize = 12;

/// The panel of a future.
#[component]
pub fn FuturePanel(id: String) -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let id = StoredValue::new(id);
    let task = Memo::new(move |_| id.with_value(|id| session.task_id(id)));
    // What was chosen of it before, or by a link.
    let chosen = untrack(|| id.with_value(|id| bench.item_of(id)));
    let picked = RwSignal::new(chosen);
    Effect::new(move |_| {
        bench.item.set(picked.get().map(|item| (id.get_value(), item)));
    });
    let is_map_node = Memo::new(move |_| {
        let items = |plan: &shared::scenario::Plan| plan.task(task.get()?).items;
        session.plan.with(|plan| plan.as_deref().and_then(items).is_some())
    });
    let task = move || task.get();
    let table = move || {
        let (task, item) = (task()?, picked.get());
        session.tick.track();
        session.with(|fold| match future_of(fold, task, item) {
            Some(future) => match fold.view.truth(future) {
                rows if rows.is_empty() => nothing_to_ask(fold.view.whereabouts(future)),
                rows => truth_table(rows),
            },
            None if item.is_none() && is_map_node.get() && fold.future_of(task).is_some() => view! {
                <p class="dim">"Choose an item to see its own call, beside what Python says of it."</p>
            }
            .into_any(),
            None => not_submitted(fold, task),
        })
    };
    let which = move || {
        let (task, item) = (task()?, picked.get().filter(|_| is_map_node.get())?);
        session.tick.track();
        session.with(|fold| {
            let calls = fold.view.calls_of(task);
            let call = fold.view.call_of_item(task, item).map(|at| (at + 1, calls[at]));
            let mates = call.filter(|_| fold.view.items(task).is_some_and(ItemsView::has_chunks));
            let mates = mates.map(|(number, call)| {
                format!(", in call {number} with {}", together(&fold.view, call))
            });
            format!("Item {item}{}", mates.unwrap_or_default())
        })
    };
    let outcome = move || {
        let (task, item) = (task()?, picked.get());
        session.tick.track();
        session.with(|fold| {
            let (text, note, worker, ran) = match item.filter(|_| is_map_node.get()) {
                Some(item) => {
                    let item = fold.view.item(task, item);
                    let (text, note) = in_full(&fold.view, &item)?;
                    (text, note, item.worker, item.ran)
                }
                None => {
                    let cell = fold.view.future(future_of(fold, task, None)?)?;
                    let text = match cell.outcome.as_ref()? {
                        shared::outcome::Outcome::Raised(raised) => raised.to_string(),
                        outcome => outcome.in_short(),
                    };
                    (text, None, cell.worker, cell.ran)
                }
            };
            let worker = worker.map(|worker| fold.view.worker_name_and_pid(worker));
            Some((text, note, worker, ran.map(|ran| span(ran, fold.view.plan()))))
        })?
    };
    // When it was over, seen from the program: sought in the log once, and not in each frame.
    let ended = Memo::new(move |_| {
        let (task, item) = (task()?, picked.get());
        session.tick.track();
        let future = session.with(|fold| future_of(fold, task, item)).flatten()?;
        // Also where somebody looks at a moment before that.
        let done = |all: &Recording| all.fold.view.future(future).is_some_and(|it| it.state.done());
        session.whole(done)?.then_some(future)
    });
    let over = Memo::new(move |_| {
        session.era.track();
        let future = ended.get()?;
        session.whole(|all| all.over(future).map(|(next, at)| Held { next, at })).flatten()
    });
    let post = move || {
        let (task, item) = (task()?, picked.get());
        session.tick.track();
        let is_simulated = session.simulated.with(Option::is_some);
        session.with(|fold| transport(fold, task, future_of(fold, task, item), is_simulated))?
    };
    let why = move || {
        let task = task()?;
        session.tick.track();
        let now = session.shown_at();
        let item = picked.get();
        let future = |fold: &Fold| future_of(fold, task, item).or(fold.future_of(task));
        let why = session.with(|fold| why(fold, task, future(fold), now))?;
        (!why.is_empty()).then_some(why)
    };
    let story = move || {
        let Some(task) = task() else { return Vec::new() };
        session.tick.track();
        let until = session.held.get().map_or(Seq::MAX, |held| held.next);
        // Of an item, its call's alone.
        let item = picked.get().filter(|_| is_map_node.get());
        let call = session.with(|fold| future_of(fold, task, item)).flatten();
        let lines = session.whole(|all| {
            let told = all.lines.iter().take_while(|line| line.seq < until);
            let is_its = |line: &&Line| match item {
                Some(_) => call.is_some() && line.future == call,
                None => line.task == Some(task),
            };
            let mine = told.filter(|line| is_its(line) && line.depth == Depth::Main);
            let mine: Vec<_> = mine.cloned().collect();
            let skip = mine.len().saturating_sub(MOST);
            let timed = |line: Line| (moment(line.at, all.fold.view.plan()), line);
            mine.into_iter().skip(skip).map(timed).collect::<Vec<_>>()
        });
        lines.unwrap_or_default()
    };
    let can_cancel = move || {
        session.tick.track();
        let may = task().and_then(|task| {
            session.with(|fold| fold.future_of(task).map(|future| fold.view.says(future)))
        });
        session.phase.get() == Phase::Running && may.flatten().is_some_and(|says| !says.done)
    };
    let answer = move || {
        session.tick.track();
        let said = task().and_then(|task| session.with(|fold| fold.cancel_answer(task))).flatten();
        said.map(|said| view! { <code>{if said { "→ True" } else { "→ False" }}</code> })
    };
    let worker = move || {
        session.tick.track();
        task().and_then(|task| session.with(|fold| fold.worker_of(task))).flatten()
    };
    let is_gate = move || {
        id.with_value(|id| bench.editor.task(id)).is_some_and(|task| task.function == "gate")
    };
    let foreign =
        move || (!session.is_ours()).then_some("Only who started this run can act on it.");
    view! {
        <div class="scroll" tabindex="0" role="group" aria-label="What the run says of it">
            {move || is_map_node.get().then(|| {
                let task = Memo::new(move |_| task());
                view! { <ItemList task=task picked=picked/> }
            })}
            <section>
                {move || which().map(|which| view! { <h3 data-item="">{which}</h3> })}
                {table}
            </section>
            {move || outcome().map(|(text, note, worker, took)| view! {
                <section>
                    <h3>"What came of it"</h3>
                    <p class="outcome"><code data-outcome="">{text}</code></p>
                    <p class="dim">
                        {worker.map(|worker| format!("on {worker}"))}
                        {took.map(|took| format!(", after {took}"))}
                    </p>
                    {note.map(|note| view! { <p>{note}</p> })}
                    {over.get().map(|held| view! {
                        <button type="button" class="btn tiny" data-over="" on:click=move |_| session.hold_at_moment(held.at, Some(held.next))>
                            {session.whole(|all| format!("Go to {}, when it was over", exact_moment(held.at, all.fold.view.plan())))}
                        </button>
                    })}
                </section>
            })}
            {move || why().map(|why| view! {
                <section data-why="">
                    <h3>"Why?"</h3>
                    {why.into_iter().map(|why| view! { <p>{why}</p> }).collect_view()}
                </section>
            })}
            {move || post().map(|post| view! {
                <section>
                    <h3>"Transport"</h3>
                    {post}
                </section>
            })}
            <section>
                <h3>"Its story"</h3>
                <ol class="mini-story">
                    {move || story().into_iter().map(|(time, line)| view! {
                        <li>
                            <time>{time}</time>
                            {line.shown.map(|shown| view! { <Mark of=shown/> })}
                            <span>{line.text}</span>
                        </li>
                    }).collect_view()}
                </ol>
            </section>
        </div>
        <footer>
            <Show
                when=move || bench.has_futures()
                fallback=|| view! { <p class="dim">"A Pool's result has no "<code>"cancel()"</code>"."</p> }
            >
                <button
                    type="button"
                    class="btn"
                    title=move || foreign().map_or_else(|| bench.hint("Asks the future to cancel", "cancel"), str::to_owned)
                    disabled=move || !can_cancel() || !session.is_ours()
                    on:click=move |_| bench.cancel()
                >
                    <Icon of="#g-cancelled"/>
                    <code>"cancel()"</code>
                </button>
                <output class="answer">{answer}</output>
            </Show>
            <Show when=is_gate>
                <button
                    type="button"
                    class="btn"
                    title=move || foreign().map_or_else(|| bench.hint("Lets the task go on", "gate"), str::to_owned)
                    disabled=move || session.phase.get() != Phase::Running || !session.is_ours()
                    on:click=move |_| bench.open_gate()
                >
                    "Open its gate"
                </button>
            </Show>
            {move || worker().map(|worker| view! {
                <button
                    type="button"
                    class="btn quiet"
                    on:click=move |_| bench.selection.set(Selection::Worker(worker))
                >
                    "Worker "
                    <span class="wk">{shared::view::shown::letter(worker)}</span>
                </button>
            })}
        </footer>
    }
}

/// The future that is spoken of: a task's own, or of a map node that of the item that was chosen.
fn future_of(fold: &Fold, task: TaskId, item: Option<u32>) -> Option<FutureId> {
    if fold.view.items(task).is_some() {
        fold.view.item(task, item?).future
    } else {
        fold.future_of(task)
    }
}

fn truth_table(rows: Vec<shared::view::shown::Truth>) -> AnyView {
    // An exception's name needs more room than `False`.
    let raises = rows.iter().any(|row| row.method == "successful()");
    let row = |row: shared::view::shown::Truth| {
        view! {
            <tr class:differs=row.differs data-says=format!("{} {}", row.method, row.says)>
                <th scope="row"><code>{row.method}</code></th>
                <td><code>{row.says}</code></td>
                <td>
                    <span>{row.text}</span>
                    {row.differs.then(|| view! { <Icon of="#g-claims"/> })}
                </td>
            </tr>
        }
    };
    view! {
        <table class="says" class:raises=raises>
            <caption class="hide">"What Python says and what is true"</caption>
            <colgroup><col class="method"/><col class="answer"/><col/></colgroup>
            <thead>
                <tr>
                    <th scope="col" colspan="2">"Python says"</th>
                    <th scope="col">"What is true"</th>
                </tr>
            </thead>
            <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}

/// Within a Pool's `map` the program has no result that it could ask.
fn nothing_to_ask(whereabouts: String) -> AnyView {
    view! {
        <p>"The program gets no object for this call that it could ask. What is true: it is "{whereabouts}"."</p>
    }
    .into_any()
}

fn not_submitted(fold: &Fold, task: TaskId) -> AnyView {
    let words = match fold.view.tasks.get(task.index()) {
        Some(TaskView::Skipped(because)) => {
            let because = shared::view::story::because(&fold.view, *because);
            format!("It will not be submitted: {because}.")
        }
        _ => "It was not submitted yet: there is no future to ask.".to_owned(),
    };
    view! { <p>{words}</p> }.into_any()
}

/// Why it waited, and what its function or whoever wants its result waits for now.
fn why(fold: &Fold, task: TaskId, future: Option<FutureId>, now: Instant) -> Vec<String> {
    let view = &fold.view;
    let mut why = fold.whys.why(view, task, future, now);
    let cell = future.and_then(|future| view.future(future));
    if let Some(on) = cell.and_then(|cell| cell.blocked) {
        why.push(format!("Its function {}.", shared::view::story::waits_for(view, on)));
    }
    let is_pool = view.plan().kind() == ExecutorKind::Pool;
    if is_pool && view.shown(task) == Shown::Broken {
        why.push("Its result never becomes ready, and nobody is told.".to_owned());
    }
    why
}
