//! A box in which something is found by a few letters, and taken with Enter.

use std::sync::Arc;

use leptos::prelude::*;
use web_sys::KeyboardEvent;

use crate::commands::caps;
use crate::icons::Icon;
use crate::modal;

/// Something that can be taken.
#[derive(Clone)]
pub struct Choice {
    /// Its drawing.
    pub icon: &'static str,
    /// Its name.
    pub title: String,
    /// Whether the name is a word of a program.
    pub is_code: bool,
    /// What it is, in a few words.
    pub about: String,
    /// The keys that would have done it.
    pub chord: Option<String>,
    /// What happens when it is taken.
    pub take: Arc<dyn Fn() + Send + Sync>,
}

/// The most that are listed; who has not found it yet types one letter more.
const LISTED: usize = 60;

/// The box, as a dialog that is there while `open` says so.
#[component]
pub fn Picker(
    open: RwSignal<bool>,
    /// The name of the dialog, and the beginning of its elements' ids.
    label: &'static str,
    id: &'static str,
    /// The name of the field.
    field: &'static str,
    placeholder: &'static str,
    /// What there is for a text, the best first.
    #[prop(into)]
    choices: Callback<String, Vec<Choice>>,
    /// What is said if there is nothing.
    nothing: &'static str,
) -> impl IntoView {
    let dialog = NodeRef::<leptos::html::Dialog>::new();
    let text = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    modal::follow(dialog, open, move || {
        text.set(String::new());
        at.set(0);
    });
    Effect::new(move |_| {
        let chosen = document().get_element_by_id(&format!("{id}-{}", at.get()));
        if let Some(chosen) = chosen {
            chosen.scroll_into_view_with_bool(false);
        }
    });
    // The browser tells late that it closed: by then somebody may have opened it again.
    let closed = move |_| {
        if dialog.get_untracked().is_none_or(|dialog| !dialog.open()) {
            open.set(false);
        }
    };
    // What there is while it is shut, nobody asks.
    let find = move |_: Option<&Vec<Choice>>| {
        let mut found = if open.get() { choices.run(text.get()) } else { Vec::new() };
        found.truncate(LISTED);
        found
    };
    let found = Memo::new_with_compare(find, |_, _| true);
    let take = move |choice: &Choice| {
        open.set(false);
        (choice.take)();
    };
    let on_key = move |event: KeyboardEvent| {
        let found = found.get_untracked();
        let count = found.len();
        match event.key().as_str() {
            "ArrowDown" if count > 0 => at.update(|at| *at = (*at + 1) % count),
            "ArrowUp" if count > 0 => at.update(|at| *at = (*at + count - 1) % count),
            "Enter" if !event.ctrl_key() && !event.meta_key() => {
                if let Some(choice) = found.get(at.get_untracked()) {
                    take(choice);
                }
            }
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let entry = move |(number, choice): (usize, Choice)| {
        let chosen = move || at.get() == number;
        let name = choice.title.clone();
        let name = if choice.is_code {
            view! { <code>{name}</code> }.into_any()
        } else {
            view! { <b>{name}</b> }.into_any()
        };
        view! {
            <li
                role="option"
                id=format!("{id}-{number}")
                aria-selected=move || chosen().to_string()
                on:click={
                    let choice = choice.clone();
                    move |_| take(&choice)
                }
            >
                <Icon of=choice.icon/>
                {name}
                <span>{choice.about.clone()}</span>
                {choice.chord.as_deref().map(caps)}
            </li>
        }
    };
    view! {
        <dialog class="dialog picker" node_ref=dialog aria-label=label on:close=closed>
            <input
                class="field"
                role="combobox"
                aria-expanded="true"
                aria-controls=format!("{id}-list")
                aria-activedescendant=move || format!("{id}-{}", at.get())
                aria-label=field
                placeholder=placeholder
                autocomplete="off"
                spellcheck="false"
                autofocus
                prop:value=text
                on:input=move |event| {
                    text.set(event_target_value(&event));
                    at.set(0);
                }
                on:keydown=on_key
            />
            <ul role="listbox" id=format!("{id}-list") aria-label=label>
                {move || found.get().into_iter().enumerate().map(entry).collect_view()}
            </ul>
            {move || (open.get() && found.with(Vec::is_empty)).then(|| view! {
                <p class="pad dim">{nothing}</p>
            })}
        </dialog>
    }
}
