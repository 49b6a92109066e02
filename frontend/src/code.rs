//! The scenario as a program, beside the same program in another dialect, and who is at which line.
//!
//! ```text
//!  document ──Texts──▶ concurrent.futures, multiprocessing.Pool, Rust ──▶ two panes, or one
//!                          └──differing──▶ marks in the two Python texts
//!  run ──standing──▶ who is at which line of the text that is run
//! ```
//!
//! Where there is room, two panes stand side by side; elsewhere the stylesheet hides the second, and
//! the first one's choice of a dialect are its tabs.

mod dialect;
mod lines;
mod words;

use leptos::prelude::*;

use crate::bench::Bench;
use crate::clipboard;
use crate::download::{download, file_name};
use crate::icons::Icon;

pub use dialect::Dialect;
use dialect::Texts;
use lines::Lines;
pub use words::words;

/// The program's texts.
#[component]
pub fn Code() -> impl IntoView {
    let texts = Texts::of(Bench::get());
    // Until somebody chooses: the text that is run, and beside it the other Python.
    let (chosen, chosen_beside) = (RwSignal::new(None), RwSignal::new(None));
    let left = Memo::new(move |_| chosen.get().unwrap_or_else(|| texts.own.get()));
    let right = Memo::new(move |_| {
        let other =
            || if left.get() == Dialect::Rust { texts.own.get() } else { left.get().other() };
        chosen_beside.get().unwrap_or_else(other)
    });
    let marked = RwSignal::new(true);
    view! {
        <div class="code" class:unmarked=move || !marked.get()>
            <Pane place="left" of=left chosen=chosen texts=texts marked=marked/>
            <Pane place="right" of=right chosen=chosen_beside texts=texts marked=marked/>
        </div>
    }
}

/// One of the texts, and the choice among them.
#[component]
fn Pane(
    /// A name of its own within the page.
    place: &'static str,
    of: Memo<Dialect>,
    chosen: RwSignal<Option<Dialect>>,
    texts: Texts,
    marked: RwSignal<bool>,
) -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let text = Memo::new(move |_| texts.text(of.get()));
    let of_this_run = Memo::new(move |_| {
        let plan = session.plan.get();
        plan.is_some_and(|plan| bench.editor.scenario.with(|document| plan.scenario == **document))
    });
    // Nobody runs the other Python; the Rust shows the same run.
    let is_run = move || of_this_run.get() && of.get() != texts.own.get().other();
    let standing = Memo::new(move |_| {
        session.tick.track();
        let Some(listing) = is_run().then(|| text.get().ok()).flatten() else { return Vec::new() };
        session.with(|fold| fold.view.standing(&listing).into_iter().collect()).unwrap_or_default()
    });
    let copy = move |_| {
        if let Ok(listing) = text.get_untracked() {
            let otherwise = "The browser does not let us copy; select the text instead.";
            clipboard::copy(bench, listing.text(), otherwise);
        }
    };
    let keep = move |_| {
        let Ok(listing) = text.get_untracked() else { return };
        let title = bench.editor.scenario.with_untracked(|all| all.title.clone());
        let name = file_name(&title, of.get_untracked().ending());
        let otherwise = "The browser does not let us make a file; copy the text instead.";
        bench.say_downloaded(&name, download(&name, &listing.text()), otherwise);
    };
    let body = move || match text.get() {
        Ok(listing) => {
            let (of, marks) = (of.get_untracked(), texts.marks(of.get_untracked()));
            view! { <Lines place=place listing=listing of=of marks=marks standing=standing/> }
                .into_any()
        }
        Err(why) => view! { <p class="pad dim">{why}</p> }.into_any(),
    };
    let choice = move |dialect: Dialect| {
        view! {
            <label title=dialect.name()>
                <input
                    type="radio"
                    name=format!("dialect-{place}")
                    prop:checked=move || of.get() == dialect
                    on:change=move |_| chosen.set(Some(dialect))
                />
                {dialect.short()}
            </label>
        }
    };
    let whose = move || {
        let words = if is_run() { "this run" } else { "as it would be run" };
        (of.get() != texts.own.get().other()).then_some(words)
    };
    view! {
        <section class=format!("pane {place}") aria-label=move || format!("The program with {}", of.get().name())>
            <header>
                <fieldset class="seg mono" aria-label="Dialect">
                    {Dialect::ALL.map(choice)}
                </fieldset>
                <span class="whose">{whose}</span>
                <Differ texts=texts marked=marked/>
                <span class="keep">
                    <button
                        type="button"
                        class="btn quiet icon"
                        aria-label="Copy"
                        title="Copy the whole text"
                        disabled=move || text.with(Result::is_err)
                        on:click=copy
                    >
                        <Icon of="#i-copy"/>
                    </button>
                    <button
                        type="button"
                        class="btn quiet icon"
                        aria-label="Download"
                        title=move || format!("Download as a .{} file", of.get().ending())
                        disabled=move || text.with(Result::is_err)
                        on:click=keep
                    >
                        <Icon of="#i-download"/>
                    </button>
                </span>
            </header>
            {body}
        </section>
    }
}

/// How many words differ, and whether they are marked.
#[component]
fn Differ(texts: Texts, marked: RwSignal<bool>) -> impl IntoView {
    let words = move || {
        let found = texts.differing.get()?;
        Some(match found.words {
            1 => "1 word differs".to_owned(),
            words => format!("{words} words differ"),
        })
    };
    view! {
        <Show when=move || words().is_some()>
            <label class="check differ" title="Mark what differs between the two Python texts">
                <input
                    type="checkbox"
                    prop:checked=marked
                    on:change=move |event| marked.set(event_target_checked(&event))
                />
                {words}
            </label>
        </Show>
    }
}
