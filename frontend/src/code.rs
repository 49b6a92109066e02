//! The scenario as a program, and who is at which line of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::prelude::*;
use shared::engine::event::Agent;
use shared::listing::{Line, Listing};
use shared::scenario::{Plan, python, rust};
use shared::units::TaskId;
use shared::view::shown::letter;

use crate::bench::{Bench, Selection};
use crate::clipboard;
use crate::icons::Icon;

/// Lines that are shown; all of them are copied.
const MOST: usize = 3_000;

/// Marks beside a line; of more, how many there are.
const MARKS: usize = 3;

/// The language of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Python,
    Rust,
}

impl Language {
    fn name(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Rust => "Rust",
        }
    }

    /// The text, or why there is none.
    fn listing(self, plan: &Plan) -> Result<Listing, String> {
        match self {
            Self::Python => Ok(python(plan)),
            Self::Rust => rust(plan).map_err(|why| why.to_string()),
        }
    }

    fn keywords(self) -> &'static [&'static str] {
        match self {
            Self::Python => &[
                "import", "from", "def", "return", "with", "as", "for", "in", "while", "if",
                "else", "try", "except", "finally", "raise", "break", "continue", "pass", "lambda",
                "class", "global", "not", "and", "or", "is", "assert",
            ],
            Self::Rust => &[
                "use", "fn", "let", "mut", "for", "in", "while", "loop", "if", "else", "match",
                "return", "break", "continue", "move", "struct", "enum", "impl", "type", "const",
                "static", "where", "pub", "as", "dyn",
            ],
        }
    }

    /// What a comment begins with.
    fn comment(self) -> &'static str {
        match self {
            Self::Python => "#",
            Self::Rust => "//",
        }
    }
}

/// The program's text.
#[component]
pub fn Code() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let language = RwSignal::new(Language::Python);
    // The document's, so that it is there before a run and follows each edit.
    let listing = Memo::new(move |_| {
        bench.editor.scenario.track();
        match bench.editor.plan() {
            Ok(plan) => {
                let text = language.get().listing(&plan).map(Arc::new);
                text.map_err(|why| format!("There is none in {}: {why}.", language.get().name()))
            }
            Err(error) => Err(format!("There is no program yet: {}.", error.kind)),
        }
    });
    let of_this_run = Memo::new(move |_| {
        let plan = session.plan.get();
        plan.is_some_and(|plan| bench.editor.scenario.with(|document| plan.scenario == **document))
    });
    let standing = Memo::new(move |_| {
        session.tick.track();
        let Ok(listing) = listing.get() else { return Vec::new() };
        if !of_this_run.get() {
            return Vec::new();
        }
        let marks = |fold: &crate::fold::Fold| {
            fold.view.standing(&listing).into_iter().collect::<Vec<(usize, Vec<Agent>)>>()
        };
        session.with(marks).unwrap_or_default()
    });
    let copy = move |_| {
        if let Ok(listing) = listing.get_untracked() {
            let otherwise = "The browser does not let us copy; select the text instead.";
            clipboard::copy(bench, listing.text(), otherwise);
        }
    };
    let whose = move || {
        if of_this_run.get() { "this run" } else { "as it would be run" }
    };
    let body = move || match listing.get() {
        Ok(listing) => {
            let of = language.get_untracked();
            view! { <Lines listing=listing of=of standing=standing/> }.into_any()
        }
        Err(why) => view! { <p class="pad dim">{why}</p> }.into_any(),
    };
    let choice = move |of: Language| {
        view! {
            <label>
                <input
                    type="radio"
                    name="language"
                    prop:checked=move || language.get() == of
                    on:change=move |_| language.set(of)
                />
                {of.name()}
            </label>
        }
    };
    view! {
        <div class="code">
            <header>
                <fieldset class="seg" aria-label="Language">
                    {choice(Language::Python)}
                    {choice(Language::Rust)}
                </fieldset>
                <span class="whose">{whose}</span>
                <button
                    type="button"
                    class="btn quiet"
                    disabled=move || listing.with(Result::is_err)
                    on:click=copy
                >
                    <Icon of="#i-copy"/>
                    "Copy"
                </button>
            </header>
            {body}
        </div>
    }
}

#[component]
fn Lines(
    listing: Arc<Listing>,
    of: Language,
    standing: Memo<Vec<(usize, Vec<Agent>)>>,
) -> impl IntoView {
    let hidden = listing.lines.len().saturating_sub(MOST);
    let rows: Vec<_> = listing
        .lines
        .iter()
        .take(MOST)
        .enumerate()
        .map(|(at, line)| view! { <Row at=at of=of line=line.clone() standing=standing/> })
        .collect();
    view! {
        <div class="lines" tabindex="0" role="group" aria-label=format!("The program in {}", of.name())>
            {rows}
            <Show when=move || { hidden > 0 }>
                <p class="pad dim">{format!("{hidden} lines more; Copy takes all of them.")}</p>
            </Show>
        </div>
    }
}

#[component]
fn Row(
    at: usize,
    of: Language,
    line: Line,
    standing: Memo<Vec<(usize, Vec<Agent>)>>,
) -> impl IntoView {
    let bench = Bench::get();
    let about: BTreeSet<TaskId> = line.tasks().collect();
    let ids = Memo::new(move |_| {
        bench.editor.ids.with(|ids| {
            about.iter().filter_map(|task| ids.get(task.index()).cloned()).collect::<Vec<_>>()
        })
    });
    let here = Memo::new(move |_| {
        standing.with(|all| {
            let found = all.binary_search_by_key(&at, |(line, _)| *line);
            found.map(|found| all[found].1.clone()).unwrap_or_default()
        })
    });
    let lit = move || {
        let ids = ids.get();
        bench.selection.with(|selection| ids.iter().any(|id| selection.has(id)))
    };
    let class = move || {
        let mut class = "code-line".to_owned();
        if lit() {
            class.push_str(" sel");
        }
        if here.with(|here| !here.is_empty()) {
            class.push_str(" here");
        }
        class
    };
    let marks = move || {
        let here = here.get();
        let more = here.len().saturating_sub(MARKS);
        let mark = |agent: &Agent| match agent {
            Agent::Worker(worker) => letter(*worker),
            _ => "main".to_owned(),
        };
        let mut marks: Vec<String> = here.iter().take(MARKS).map(mark).collect();
        if more > 0 {
            marks.push(format!("+{more}"));
        }
        marks.into_iter().map(|mark| view! { <span class="who">{mark}</span> }).collect::<Vec<_>>()
    };
    let select = move |_| {
        let ids: BTreeSet<String> = ids.get_untracked().into_iter().collect();
        if !ids.is_empty() {
            bench.selection.set(Selection::Tasks(ids));
        }
    };
    view! {
        <div class=class on:click=select>
            <span class="marks">{marks}</span>
            <span class="no" aria-hidden="true">{at + 1}</span>
            <code>{words(of, &line.text)}</code>
        </div>
    }
}

/// The language's own words in bold, comments dimmed; texts stay as they are.
fn words(of: Language, text: &str) -> Vec<AnyView> {
    let mut views: Vec<AnyView> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let first = rest.chars().next().unwrap_or(' ');
        let is_comment = rest.starts_with(of.comment());
        // In Rust a single quote is more often a lifetime's.
        let quotes: &[char] = if of == Language::Python { &['"', '\''] } else { &['"'] };
        let length = match first {
            _ if is_comment => rest.len(),
            c if quotes.contains(&c) => quoted(rest, first),
            c if c.is_alphanumeric() || c == '_' => {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            _ => {
                let begins =
                    |c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '\'' | '#' | '/');
                // At least one: a slash that begins no comment.
                let one = first.len_utf8();
                rest[one..].find(begins).map_or(rest.len(), |at| one + at)
            }
        };
        let (word, behind) = rest.split_at(length);
        rest = behind;
        views.push(match first {
            _ if is_comment => view! { <span class="dim">{word.to_owned()}</span> }.into_any(),
            _ if of.keywords().contains(&word) => view! { <b>{word.to_owned()}</b> }.into_any(),
            _ => word.to_owned().into_any(),
        });
    }
    views
}

/// The bytes of a quoted text, its quotes included.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}
