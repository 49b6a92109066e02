//! The program, editable as a list of steps; and what a person does while it runs.
//!
//! ```text
//!  Scenario.program ──rows()──▶ Row, Row, …     a line each: a step, the head of a block, an empty block
//!                                  │
//!      arrows walk, Enter opens ◀──┘──▶ Edit::{InsertStep, SetStep, MoveStep, …}
//! ```
//!
//! Lines are drawn by their number, so that an edit changes texts and no elements, and the focus stays
//! where it was.

mod acts;
mod form;
mod rows;
mod standing;

use std::sync::Arc;

use leptos::prelude::*;
use shared::scenario::Step;
use shared::scenario::edit::{Edit, StepKind, StepPath, Way, kinds};
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;

use crate::bench::Bench;
use crate::focus::focus;
use crate::icons::Icon;
use crate::keys::{is_typing, write_out};
use crate::picker::{Choice, Picker};
use crate::topbar::{MODES, about_mode};
use acts::Acts;
pub use acts::{ActForm, add_intervention, in_words, open as open_act, planned};
use form::StepForm;
use rows::{Is, Row, rows};
use standing::main_is_at;

/// Lines that are shown at most.
const MOST: usize = 1_000;

/// The list. A handle: copies are the same.
#[derive(Clone, Copy)]
struct List {
    bench: Bench,
    rows: Memo<Arc<Vec<Row>>>,
    /// The line that is walked to.
    at: RwSignal<usize>,
    /// The step whose fields are open.
    open: RwSignal<Option<StepPath>>,
    /// Whether the box for a new step is open.
    adding: RwSignal<bool>,
    /// The step at which main waits, in a run of this very program.
    main_at: Memo<Option<StepPath>>,
}

/// The tab.
#[component]
pub fn Program() -> impl IntoView {
    let bench = Bench::get();
    let is_steps =
        Memo::new(move |_| bench.editor.scenario.with(|all| all.program.steps.is_some()));
    view! {
        <div class="program">
            <section aria-labelledby="program-steps">
                {move || if is_steps.get() {
                    view! { <Steps/> }.into_any()
                } else {
                    view! { <AsMode/> }.into_any()
                }}
            </section>
            <Acts/>
        </div>
    }
}

/// A mode in a sentence, and the way to steps.
#[component]
fn AsMode() -> impl IntoView {
    let bench = Bench::get();
    let mode = move || bench.editor.scenario.with(|all| all.program.mode);
    let word = move || MODES.iter().find(|(of, _)| Some(*of) == mode()).map(|(_, word)| *word);
    let turn = move |edit: Edit| {
        if bench.editor.edit(edit) {
            request_animation_frame(|| focus("[data-row='0']"));
        }
    };
    view! {
        <h3 id="program-steps">"What main does"</h3>
        <p>"Mode " <code>{word}</code> ": " {move || mode().map(about_mode)}</p>
        <p class="acts-row">
            <button type="button" class="btn" on:click=move |_| turn(Edit::TurnIntoSteps)>
                "Turn into steps"
            </button>
            <button
                type="button"
                class="btn quiet"
                title="Submits all tasks, and prints each result as it comes"
                on:click=move |_| turn(Edit::StartSteps)
            >
                "Start with plain steps"
            </button>
        </p>
    }
}

#[component]
fn Steps() -> impl IntoView {
    let bench = Bench::get();
    let list = List {
        bench,
        rows: Memo::new(move |_| {
            let problems = bench.editor.problems.get();
            Arc::new(
                bench
                    .editor
                    .scenario
                    .with(|all| rows(all.program.steps.as_deref().unwrap_or_default(), &problems)),
            )
        }),
        at: RwSignal::new(0),
        open: RwSignal::new(None),
        adding: RwSignal::new(false),
        main_at: Memo::new(move |_| {
            bench.session.tick.track();
            if bench.stale.get() {
                return None;
            }
            let at = |fold: &crate::fold::Fold| {
                let steps = fold.view.plan().scenario.program.steps.as_deref()?;
                main_is_at(steps, &fold.view)
            };
            bench.session.with(at).flatten()
        }),
    };
    let count = Memo::new(move |_| list.rows.with(|rows| rows.len()));
    let hidden = move || count.get().saturating_sub(MOST);
    // What is wrong with the program, and with none of its steps.
    let problem = move || {
        bench.editor.problems.with(|all| {
            let of_program = |at: &str| {
                at == "/program"
                    || (at.starts_with("/program/") && !at.starts_with("/program/steps/"))
            };
            all.iter().find(|error| of_program(&error.at)).map(|error| error.kind.to_string())
        })
    };
    let with_block = move || bench.editor.scenario.with(|all| all.program.with_block);
    let tool = move |icon: &'static str, words: &'static str, press: fn(List)| {
        view! {
            <button
                type="button"
                class="btn quiet icon"
                aria-label=words
                title=words
                disabled=move || list.step_at(list.at.get()).is_none()
                on:click=move |_| press(list)
            >
                <Icon of=icon/>
            </button>
        }
    };
    let choices = move |text: String| {
        let text = text.trim().to_lowercase();
        let fits = |kind: &StepKind| {
            kind.new.word().contains(&text) || kind.about.to_lowercase().contains(&text)
        };
        let mut found = bench.editor.scenario.with_untracked(|all| kinds(all));
        found.retain(fits);
        found.sort_by_key(|kind| !kind.new.word().starts_with(&text));
        let choice = |kind: StepKind| Choice {
            icon: "#i-plus",
            title: kind.new.word().to_owned(),
            is_code: true,
            about: kind.about.to_owned(),
            chord: None,
            take: Arc::new(move || list.insert(kind.new.clone())),
        };
        found.into_iter().map(choice).collect::<Vec<_>>()
    };
    view! {
        <header>
            <h3 id="program-steps">"What main does"</h3>
            <label class="check" title="At the end of a with block main waits until all is done">
                <input
                    type="checkbox"
                    prop:checked=with_block
                    on:change=move |event| {
                        bench.editor.edit(Edit::SetWithBlock(event_target_checked(&event)));
                    }
                />
                "in a with block"
            </label>
            <span class="grow"></span>
            <div class="step-tools" role="group" aria-label="This step">
                {tool("#i-up", "Move up (Alt ↑)", |list| list.go(Way::Up))}
                {tool("#i-lower", "Move down (Alt ↓)", |list| list.go(Way::Down))}
                {tool("#i-in", "Move in, to the body above (Alt →)", |list| list.go(Way::In))}
                {tool("#i-out", "Move out (Alt ←)", |list| list.go(Way::Out))}
                {tool("#i-try", "Put into a try", List::wrap)}
                {tool("#i-trash", "Delete (Delete)", List::remove)}
            </div>
        </header>
        {move || problem().map(|words| view! { <p class="problem" role="alert">{words}</p> })}
        <div
            class="steps"
            role="group"
            aria-label="Steps; arrows walk, Alt and arrows move, Enter edits, Insert adds, Delete deletes"
            on:keydown=move |event| list.on_key(&event)
        >
            <For each=move || 0..count.get().min(MOST) key=|at| *at let:at>
                <Line list=list at=at/>
            </For>
            <Show when=move || count.get() == 0>
                <p class="dim">"No steps: main leaves the block at once."</p>
            </Show>
            <Show when=move || { hidden() > 0 }>
                <p class="dim">{move || format!("{} lines more.", hidden())}</p>
            </Show>
            <button type="button" class="btn" data-add-step="" on:click=move |_| list.add_at_end()>
                <Icon of="#i-plus"/>
                "Add a step"
            </button>
        </div>
        <Picker
            open=list.adding
            label="New step"
            id="new-step"
            field="Kind of the new step"
            placeholder="Which step? submit, print, result …"
            choices=choices
            nothing="This executor has no such step."
        />
    }
}

#[component]
fn Line(list: List, at: usize) -> impl IntoView {
    let row = Memo::new(move |_| list.rows.with(|rows| rows.get(at).cloned()));
    let problem = Signal::derive(move || row.with(|row| row.as_ref()?.problem.clone()));
    let open = Memo::new(move |_| {
        let opened = list.open.get()?;
        row.with(|row| (row.as_ref()?.step()? == &opened).then_some(opened))
    });
    let is_step =
        Memo::new(move |_| row.with(|row| row.as_ref().is_some_and(|row| row.step().is_some())));
    let indent = move || {
        let depth = row.with(|row| row.as_ref().map_or(0, |row| row.depth));
        format!("{}px", 20 * depth)
    };
    let words = move || row.with(|row| row.as_ref().map(|row| row.words.clone()));
    let here = Memo::new(move |_| {
        list.main_at.with(|path| {
            path.is_some() && row.with(|row| row.as_ref().and_then(Row::step) == path.as_ref())
        })
    });
    view! {
        <div class="step-row" class:here=here class:sel=move || list.at.get() == at class:wrong=move || problem.get().is_some()>
            <button
                type="button"
                class="step-line"
                data-row=at
                tabindex=move || if list.is_at(at) { "0" } else { "-1" }
                aria-expanded=move || is_step.get().then(|| open.with(Option::is_some).to_string())
                on:focus=move |_| list.at.set(at)
                on:click=move |_| list.toggle(at)
            >
                <span class="no" aria-hidden="true">{at + 1}</span>
                <code class:dim=move || !is_step.get() style=("margin-left", indent)>{words}</code>
                <Show when=move || here.get()><span class="who">"main"</span></Show>
            </button>
            {move || problem.get().map(|words| view! { <p class="problem" role="alert">{words}</p> })}
            {move || open.get().map(|path| view! { <StepForm path=path close=move || list.close()/> })}
        </div>
    }
}

impl List {
    fn step_at(self, at: usize) -> Option<StepPath> {
        self.rows.with(|rows| rows.get(at)?.step().cloned())
    }

    fn here(self) -> Option<StepPath> {
        untrack(|| self.step_at(self.at.get()))
    }

    /// Whether Tab comes to this line: where one was last, or the last if there are fewer now.
    fn is_at(self, at: usize) -> bool {
        let last = self.rows.with(|rows| rows.len()).saturating_sub(1);
        self.at.get().min(last) == at
    }

    /// Walks to a line.
    fn walk(self, to: usize) {
        let last = self.rows.with_untracked(|rows| rows.len()).saturating_sub(1);
        let to = to.min(last);
        self.at.set(to);
        focus(&format!("[data-row='{to}']"));
        // Once more when the lines are those of the document, if it is being changed.
        request_animation_frame(move || {
            // Unless somebody has walked on meanwhile.
            if self.at.get_untracked() == to {
                focus(&format!("[data-row='{to}']"));
            }
        });
    }

    fn walk_to(self, path: &StepPath) {
        let at =
            self.rows.with_untracked(|rows| rows.iter().position(|row| row.step() == Some(path)));
        self.walk(at.unwrap_or_default());
    }

    /// Opens the fields of the step of a line, or shuts them.
    fn toggle(self, at: usize) {
        self.at.set(at);
        let path = untrack(|| self.step_at(at));
        let is_open = path.is_some() && self.open.with_untracked(|open| *open == path);
        self.open.set(path.filter(|_| !is_open));
        if !is_open {
            // Where there is a field to be written in, one writes.
            request_animation_frame(|| focus(".step-form [data-first]"));
        }
    }

    fn close(self) {
        // A field that goes while it is written in would tell so when nobody listens any more.
        write_out();
        self.open.set(None);
        self.walk(self.at.get_untracked());
    }

    fn go(self, way: Way) {
        let Some(from) = self.here() else { return };
        let to = self.bench.editor.scenario.with_untracked(|all| {
            from.moved(all.program.steps.as_deref().unwrap_or_default(), way)
        });
        if self.bench.editor.edit(Edit::MoveStep(from, way))
            && let Some(to) = to
        {
            self.open.set(None);
            self.walk_to(&to);
        }
    }

    fn wrap(self) {
        let Some(path) = self.here() else { return };
        if self.bench.editor.edit(Edit::WrapStep(path)) {
            self.open.set(None);
            self.walk(self.at.get_untracked());
        }
    }

    fn remove(self) {
        let Some(path) = self.here() else { return };
        if self.bench.editor.edit(Edit::RemoveStep(path)) {
            self.open.set(None);
            self.walk(self.at.get_untracked());
        }
    }

    fn add_at_end(self) {
        self.at.set(usize::MAX);
        self.adding.set(true);
    }

    /// Puts a new step behind the line that is walked to, as a new line of a text would: behind a
    /// line with a body it is the first in it.
    fn insert(self, step: Step) {
        let path = self.rows.with_untracked(|rows| match rows.get(self.at.get_untracked()) {
            Some(row) => row.next(),
            None => StepPath::top(rows.iter().filter(|row| row.is_at_top()).count()),
        });
        if self.bench.editor.edit(Edit::InsertStep(path.clone(), step)) {
            self.walk_to(&path);
            self.open.set(Some(path));
            request_animation_frame(|| focus(".step-form [data-first]"));
        }
    }

    fn on_key(self, event: &KeyboardEvent) {
        let key = event.key();
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let on_line = target.is_some_and(|it| it.closest("[data-row]").ok().flatten().is_some());
        let in_form = is_typing(event) || !on_line;
        if event.ctrl_key() || event.meta_key() {
            return;
        }
        let at = self.at.get_untracked();
        match (key.as_str(), event.alt_key()) {
            ("Escape", _) if self.open.with_untracked(Option::is_some) => self.close(),
            _ if in_form => return,
            ("ArrowUp", false) => self.walk(at.saturating_sub(1)),
            ("ArrowDown", false) => self.walk(at.saturating_add(1)),
            ("Home", false) => self.walk(0),
            ("End", false) => self.walk(usize::MAX),
            ("ArrowUp", true) => self.go(Way::Up),
            ("ArrowDown", true) => self.go(Way::Down),
            ("ArrowRight", true) => self.go(Way::In),
            ("ArrowLeft", true) => self.go(Way::Out),
            ("Delete" | "Backspace", false) => self.remove(),
            ("Insert" | "+", false) => self.adding.set(true),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    }
}

impl Row {
    /// The place of a new step behind this line.
    fn next(&self) -> StepPath {
        match &self.is {
            Is::Step { path, opens: true } => path.inside(0, 0),
            Is::Step { path, opens: false } => path.beside(path.at + 1),
            Is::Block { of, block } => of.inside(*block, 0),
        }
    }
}
