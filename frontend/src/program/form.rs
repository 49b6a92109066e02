//! The fields of a step, opened below its line.

use leptos::prelude::*;
use shared::scenario::Step;
use shared::scenario::edit::{Edit, StepPath};
use shared::scenario::step::{Field, FieldKind};

use crate::bench::Bench;
use crate::icons::Icon;
use crate::inspector::Problem;

/// The fields. What is written is an edit when the field is left.
#[component]
pub fn StepForm(path: StepPath, close: impl Fn() + Copy + Send + 'static) -> impl IntoView {
    let bench = Bench::get();
    let path = StoredValue::new(path);
    let step = Memo::new(move |_| {
        bench
            .editor
            .scenario
            .with(|all| path.with_value(|path| path.step(all.program.steps.as_deref()?).cloned()))
    });
    let fields =
        Memo::new(move |_| step.with(|step| step.as_ref().map(Step::fields)).unwrap_or_default());
    let set = move |step: Step| bench.editor.edit(Edit::SetStep(path.get_value(), step));
    // What is wrong with it, if it is.
    let write = move |field: &Field, text: &str| -> Option<String> {
        match step.try_get_untracked()??.with_field(field, text) {
            Ok(step) => {
                set(step);
                None
            }
            Err(bad) => Some(bad.to_string()),
        }
    };
    let clauses = move || {
        step.with(|step| match step {
            Some(Step::Try { except, .. }) => Some(except.len()),
            _ => None,
        })
    };
    let change = move |change: &dyn Fn(Step) -> Step| {
        if let Some(step) = step.get_untracked() {
            set(change(step));
        }
    };
    let clause_tools = move || {
        clauses().map(|count| {
            let remove = move |number: usize| view! {
                <button
                    type="button"
                    class="btn quiet"
                    title="With all that is in it"
                    on:click=move |_| change(&|step| step.without_clause(number))
                >
                    <Icon of="#i-trash"/>
                    {format!("Delete except {}", number + 1)}
                </button>
            };
            view! {
                <button type="button" class="btn quiet" on:click=move |_| change(&Step::with_clause)>
                    <Icon of="#i-plus"/>
                    "Add an except"
                </button>
                {(0..count).map(remove).collect_view()}
            }
        })
    };
    let row = move |(number, field): (usize, Field)| {
        let first = (number == 0).then_some("");
        view! { <FieldRow field=field step=step first=first write=write/> }
    };
    view! {
        <div class="step-form" role="group" aria-label="This step">
            <div class="fields">
                {move || fields.get().into_iter().enumerate().map(row).collect_view()}
            </div>
            <p class="acts-row">
                <button
                    type="button"
                    class="btn quiet"
                    data-first=move || fields.with(Vec::is_empty).then_some("")
                    on:click=move |_| close()
                >
                    "Done"
                </button>
                {clause_tools}
            </p>
        </div>
    }
}

#[component]
fn FieldRow(
    field: Field,
    step: Memo<Option<Step>>,
    first: Option<&'static str>,
    write: impl Fn(&Field, &str) -> Option<String> + Copy + Send + 'static,
) -> impl IntoView {
    let Field { label, kind, about, .. } = field;
    let field = StoredValue::new(field);
    let text = Memo::new(move |_| {
        field
            .with_value(|field| step.with(|step| step.as_ref().map(|step| step.field(field))))
            .unwrap_or_default()
    });
    let bad = RwSignal::new(None::<String>);
    let set = move |text: &str| {
        if let Some(wrong) = field.try_with_value(|field| write(field, text)) {
            bad.set(wrong);
        }
    };
    let change = move |event: web_sys::Event| set(&event_target_value(&event));
    let control = match kind {
        FieldKind::Flag | FieldKind::Part => view! {
            <input
                type="checkbox"
                data-field=label
                data-first=first
                aria-label=label
                prop:checked=move || text.get() == "true"
                on:change=move |event| set(&event_target_checked(&event).to_string())
            />
        }
        .into_any(),
        FieldKind::Choice(of) => {
            let option = move |word: &'static str| {
                view! { <option value=word prop:selected=move || text.get() == word>{word}</option> }
            };
            view! {
                <select class="field" data-field=label data-first=first aria-label=label on:change=change>
                    {of.iter().copied().map(option).collect_view()}
                </select>
            }
            .into_any()
        }
        _ => view! {
            <input
                class="field"
                data-field=label
                data-first=first
                aria-label=label
                aria-invalid=move || bad.with(Option::is_some).then_some("true")
                autocomplete="off"
                spellcheck="false"
                placeholder=if may_be_empty(kind) { "none" } else { "" }
                prop:value=text
                on:change=change
            />
        }
        .into_any(),
    };
    view! {
        <label class="row" title=about>
            <span><code>{label}</code></span>
            {control}
        </label>
        <Problem words=bad.into()/>
    }
}

fn may_be_empty(kind: FieldKind) -> bool {
    matches!(
        kind,
        FieldKind::MaybeWord | FieldKind::MaybeText | FieldKind::MaybeSpan | FieldKind::MaybeCount
    )
}
