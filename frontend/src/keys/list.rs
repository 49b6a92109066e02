//! The list of all keys, in which every command can be given another.

use leptos::html::Dialog;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::{choose_letters, chord};
use crate::bench::Bench;
use crate::commands::{COMMANDS, Command, Group, caps};
use crate::focus::focus;
use crate::icons::Icon;
use crate::modal;

/// Keys of the listing that are no commands: they need to know more than that they were pressed.
const OTHERS: &[(Group, &str, &str)] = &[
    (
        Group::Look,
        "Arrows",
        "Walk from task to task (with the graph focused); with Shift, select both",
    ),
    (Group::Edit, "Alt arrows", "Move the selected tasks, or the note, by 20 (with Shift by 100)"),
    (
        Group::Edit,
        "Enter",
        "Edit the selected task; set the edge that E began, whose end arrows choose",
    ),
    (Group::Look, "W S A D", "Zoom and move the timeline (with the timeline focused)"),
    (
        Group::Look,
        "Space",
        "Hold it to move the graph with the mouse; on the timeline, play or hold; in the outline, \
         select",
    ),
    (Group::Look, "/", "In the outline: go to the task whose name begins with what follows"),
    (Group::Page, "Esc", "Close, or deselect; it never stops a run"),
];

/// The list of keys.
#[component]
pub fn Keys() -> impl IntoView {
    let bench = Bench::get();
    let dialog = NodeRef::<Dialog>::new();
    // The command whose next keys are being waited for.
    let asking = RwSignal::new(None::<&'static str>);
    let said = RwSignal::new(String::new());
    modal::follow(dialog, bench.keys_shown, move || {
        asking.set(None);
        said.set(String::new());
    });
    let has_own = move || bench.own_keys.with(|own| !own.is_empty());
    let forget_all = move |_| {
        bench.forget_chord(None);
        // The button is off now.
        focus(".all-keys .close");
        said.set("Every command has its own keys again.".to_owned());
    };
    let group = move |group: Group| {
        let commands = COMMANDS.iter().filter(|command| command.group == group);
        let commands =
            commands.map(|command| view! { <Row command=command asking=asking said=said/> });
        let others = OTHERS.iter().filter(|(of, ..)| *of == group).map(|(_, keys, does)| {
            view! { <li>{caps(keys)}<span>{*does}</span></li> }
        });
        view! {
            <section>
                <h3>{group.title()}</h3>
                <ul class="key-list">{commands.collect_view()} {others.collect_view()}</ul>
            </section>
        }
    };
    view! {
        <dialog class="dialog all-keys" node_ref=dialog aria-labelledby="keys-title" on:close=move |_| bench.keys_shown.set(false)>
            <header>
                <h2 id="keys-title">"All keys"</h2>
                <button type="button" class="btn quiet" disabled=move || !has_own() on:click=forget_all>
                    "Reset all keys"
                </button>
                <button type="button" class="btn quiet icon close" aria-label="Close" on:click=move |_| bench.keys_shown.set(false)>
                    <Icon of="#i-x"/>
                </button>
            </header>
            <p class="keys-note" role="status">
                {move || said.with(|said| if said.is_empty() { HINT.to_owned() } else { said.clone() })}
            </p>
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=bench.letters
                    on:change=move |event| choose_letters(bench, event_target_checked(&event))
                />
                "Single letters and signs are keys, too"
            </label>
            <div class="key-groups">{Group::ALL.map(group).collect_view()}</div>
        </dialog>
    }
}

/// What is said as long as nothing else is.
const HINT: &str = "Press a command's keys here to give it others; this browser remembers them.";

/// A command with its keys, which are a button to change them.
#[component]
fn Row(
    command: &'static Command,
    asking: RwSignal<Option<&'static str>>,
    said: RwSignal<String>,
) -> impl IntoView {
    let bench = Bench::get();
    let is_asked = move || asking.get() == Some(command.id);
    let is_own = move || bench.own_keys.with(|own| own.contains_key(command.id));
    let first = move || bench.chords(command).into_iter().next();
    let ask = move |_| {
        asking.set(Some(command.id));
        said.set(format!("\"{}\": press its new keys, or Esc to leave it.", command.does));
    };
    let on_key = move |event: KeyboardEvent| {
        if !is_asked() {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
        // The Enter that asked may still be held.
        if event.repeat() {
            return;
        }
        let pressed = chord(bench, &event);
        if pressed == "Escape" {
            asking.set(None);
            return said.set(String::new());
        }
        match bench.choose_chord(command, &pressed) {
            Ok(()) => {
                asking.set(None);
                said.set(format!("{pressed} does \"{}\" from now on.", command.does));
            }
            Err(why) => said.set(why),
        }
    };
    let forget = move |_| {
        bench.forget_chord(Some(command));
        // The button is gone now.
        focus(&format!("[data-keys-of={}]", command.id));
        said.set(format!("\"{}\" has its own keys again.", command.does));
    };
    let shown = move || match (is_asked(), first()) {
        (true, _) => view! { <em>"press keys"</em> }.into_any(),
        (false, Some(chord)) => caps(&chord).into_any(),
        (false, None) => view! { <span class="dim">"none"</span> }.into_any(),
    };
    let label = move || {
        let now = first().unwrap_or_else(|| "no keys".to_owned());
        format!("{}: {now}; change", command.does)
    };
    let keys = if command.by_browser {
        command.chords.first().map(|chord| caps(chord)).into_any()
    } else {
        view! {
            <button
                type="button"
                class="rebind"
                data-keys-of=command.id
                aria-label=label
                aria-pressed=move || is_asked().to_string()
                on:click=ask
                on:keydown=on_key
                on:blur=move |_| asking.update(|now| if *now == Some(command.id) { *now = None })
            >
                {shown}
            </button>
        }
        .into_any()
    };
    view! {
        <li class:own=is_own>
            {keys}
            <span>
                {command.does}
                <Show when=is_own>
                    <button
                        type="button"
                        class="btn quiet tiny icon"
                        aria-label=format!("Reset the keys of {}", command.does)
                        title="Reset its keys"
                        on:click=forget
                    >
                        <Icon of="#i-undo"/>
                    </button>
                </Show>
            </span>
        </li>
    }
}
