//! The box for a new task: type the name of a function, Enter adds it.

use leptos::prelude::*;
use shared::function::{CATALOGUE, Function};
use web_sys::KeyboardEvent;

use crate::bench::Bench;
use crate::functions::icon_of;
use crate::icons::Icon;
use crate::keys::{GRAPH, focus};

/// The box.
#[component]
pub fn NewTask() -> impl IntoView {
    let bench = Bench::get();
    let dialog = NodeRef::<leptos::html::Dialog>::new();
    let text = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    Effect::new(move |_| {
        let adding = bench.adding.get();
        let Some(dialog) = dialog.get() else { return };
        if adding && !dialog.open() {
            text.set(String::new());
            at.set(0);
            let _ = dialog.show_modal();
        } else if !adding && dialog.open() {
            dialog.close();
        }
    });
    Effect::new(move |_| {
        let chosen = document().get_element_by_id(&format!("new-{}", at.get()));
        if let Some(chosen) = chosen {
            chosen.scroll_into_view_with_bool(false);
        }
    });
    let found = move || text.with(|text| matching(text));
    let take = move |function: &'static Function| {
        bench.adding.set(false);
        bench.add(function.name, None);
        request_animation_frame(|| focus(GRAPH));
    };
    let on_key = move |event: KeyboardEvent| {
        let count = found().len();
        match event.key().as_str() {
            "ArrowDown" if count > 0 => at.update(|at| *at = (*at + 1) % count),
            "ArrowUp" if count > 0 => at.update(|at| *at = (*at + count - 1) % count),
            "Enter" => {
                if let Some(function) = found().get(at.get_untracked()) {
                    take(function);
                }
            }
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let entry = move |(number, function): (usize, &'static Function)| {
        let chosen = move || at.get() == number;
        view! {
            <li
                role="option"
                id=format!("new-{number}")
                aria-selected=move || chosen().to_string()
                on:click=move |_| take(function)
            >
                <Icon of=icon_of(function)/>
                <code>{function.name}</code>
                <span>{function.about}</span>
            </li>
        }
    };
    view! {
        <dialog class="dialog new-task" node_ref=dialog aria-label="New task" on:close=move |_| bench.adding.set(false)>
            <input
                class="field"
                role="combobox"
                aria-expanded="true"
                aria-controls="new-list"
                aria-activedescendant=move || format!("new-{}", at.get())
                aria-label="Function of the new task"
                placeholder="Which function? sleep, sum, fail …"
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
            <ul role="listbox" id="new-list" aria-label="Functions">
                {move || found().into_iter().enumerate().map(entry).collect_view()}
            </ul>
            {move || found().is_empty().then(|| view! {
                <p class="pad dim">"No function of this name. The palette on the left has all there are."</p>
            })}
        </dialog>
    }
}

/// The functions whose name has this in it, those that begin with it first; else those whose
/// sentence has it.
fn matching(text: &str) -> Vec<&'static Function> {
    let text = text.trim().to_lowercase();
    let mut named: Vec<&Function> =
        CATALOGUE.iter().filter(|function| function.name.contains(&text)).collect();
    named.sort_by_key(|function| !function.name.starts_with(&text));
    if named.is_empty() {
        named = CATALOGUE
            .iter()
            .filter(|function| function.about.to_lowercase().contains(&text))
            .collect();
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_with_the_text_comes_first() {
        let names = |text| matching(text).iter().map(|function| function.name).collect::<Vec<_>>();
        assert_eq!(names("sleep"), ["sleep", "random_sleep"]);
        assert_eq!(names("prime factors"), ["factors"]);
        assert!(names("nothing like it").is_empty());
        assert_eq!(names("").len(), CATALOGUE.len());
    }
}
