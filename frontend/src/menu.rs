//! Context menus: what can be done with what was pointed at. Whatever a key does, a menu does too, so
//! that a finger can.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent, MouseEvent};

use crate::bench::{Bench, Selection};
use crate::commands::{Command, caps, command};
use crate::focus::{focus, focus_on};
use crate::keys::GRAPH;
use crate::outside::on_press_outside;

/// A menu, and where it opens.
#[derive(Debug, Clone, PartialEq)]
pub struct Menu {
    /// Pixels of the window from its left.
    pub x: f64,
    /// From its top.
    pub y: f64,
    /// What it is about.
    pub about: About,
}

/// What a menu is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// What is selected.
    Tasks,
    /// A note.
    Note,
    /// The graph.
    Graph,
}

/// The commands for tasks; a line stands between the groups.
const TASKS: &[&[&str]] = &[
    &["cancel", "kill", "gate"],
    &["edit", "panel", "connect", "upstream", "downstream", "fit-selection"],
    &["copy", "cut", "duplicate", "paste"],
    &["delete"],
];

/// The commands for a note.
const NOTE: &[&[&str]] = &[&["edit"], &["delete"]];

/// The commands for the graph.
const GRAPH_ITSELF: &[&[&str]] = &[
    &["new-graph", "add", "note", "paste", "all"],
    &["fit", "layout", "undo", "redo"],
    &["compare", "commands", "keys"],
];

impl Bench {
    /// Opens the menu for what is selected, or for the graph if nothing is.
    pub fn open_menu(self, x: f64, y: f64) {
        let about = match self.selection.with_untracked(Clone::clone) {
            Selection::Tasks(_) => About::Tasks,
            _ if self.note.with_untracked(Option::is_some) => About::Note,
            Selection::Nothing | Selection::Worker(_) => About::Graph,
        };
        self.menu.set(Some(Menu { x, y, about }));
    }
}

/// A button that opens the menu, for who has no right button.
#[component]
pub fn MenuButton(
    /// What it says to a screen reader.
    label: &'static str,
) -> impl IntoView {
    let bench = Bench::get();
    let open = move |event: MouseEvent| {
        let button =
            event.current_target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
        if let Some(rect) = button.map(|button| button.get_bounding_client_rect()) {
            bench.open_menu(rect.left(), rect.bottom() + 4.0);
        }
    };
    let open_now = move || bench.menu.with(Option::is_some).to_string();
    view! {
        <button
            type="button"
            class="btn quiet icon"
            aria-label=label
            title=label
            aria-haspopup="menu"
            aria-expanded=open_now
            on:click=open
        >
            <crate::icons::Icon of="#i-more"/>
        </button>
    }
}

/// The menu that is open.
#[component]
pub fn ContextMenu() -> impl IntoView {
    let bench = Bench::get();
    let list = NodeRef::<leptos::html::Div>::new();
    // What had the focus before gets it back.
    let opener = StoredValue::new_local(None::<web_sys::Element>);
    let close = move || {
        bench.menu.set(None);
        if !opener.get_value().is_some_and(|opener| focus_on(&opener)) {
            focus(GRAPH);
        }
    };
    // What has the focus can be left by keys.
    Effect::new(move |_| {
        if bench.menu.with(Option::is_some)
            && let Some(list) = list.get()
        {
            let within = |it: &web_sys::Element| list.contains(Some(it));
            if let Some(it) = document().active_element().filter(|it| !within(it)) {
                opener.set_value(Some(it));
            }
            place(&list);
            request_animation_frame(move || step(list.as_ref(), Step::First));
        }
    });
    on_press_outside(list, move || {
        if bench.menu.with_untracked(Option::is_some) {
            bench.menu.set(None);
        }
    });
    let on_key = move |event: KeyboardEvent| {
        let Some(list) = list.get_untracked() else { return };
        match event.key().as_str() {
            "ArrowDown" => step(list.as_ref(), Step::Next),
            "ArrowUp" => step(list.as_ref(), Step::Previous),
            "Tab" | "Escape" => close(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let item = move |command: &'static Command| {
        let why_not = command.off(bench);
        let take = move |_| {
            close();
            command.run(bench);
        };
        let keys = bench.chords(command).first().map(|chord| caps(chord));
        view! {
            <button
                type="button"
                role="menuitem"
                data-command=command.id
                tabindex="-1"
                aria-disabled=why_not.is_some().to_string()
                title=why_not
                on:click=take
            >
                <span>{command.does}</span>
                {keys}
            </button>
        }
    };
    let shown = move || {
        bench.menu.get().map(|menu| {
            let groups = match menu.about {
                About::Tasks => TASKS,
                About::Note => NOTE,
                About::Graph => GRAPH_ITSELF,
            };
            let group = move |ids: &&[&'static str]| {
                let items = ids.iter().map(|id| item(command(id))).collect_view();
                view! { <div role="group">{items}</div> }
            };
            view! {
                <div
                    class="menu context"
                    role="menu"
                    aria-label="What can be done"
                    node_ref=list
                    style=("left", format!("{}px", menu.x))
                    style=("top", format!("{}px", menu.y))
                    on:keydown=on_key
                    on:contextmenu=|event: MouseEvent| event.prevent_default()
                >
                    {groups.iter().map(group).collect_view()}
                </div>
            }
        })
    };
    view! { {shown} }
}

/// Moves the menu into the window.
fn place(list: &web_sys::HtmlDivElement) {
    let rect = list.get_bounding_client_rect();
    let size = |of: Result<wasm_bindgen::JsValue, _>| {
        of.ok().and_then(|size| size.as_f64()).unwrap_or_default()
    };
    let (width, height) = (size(window().inner_width()), size(window().inner_height()));
    let fitted = |from: f64, length: f64, room: f64| from.min(room - length - 8.0).max(8.0);
    let style = HtmlElement::style(list);
    let _ = style.set_property("left", &format!("{}px", fitted(rect.left(), rect.width(), width)));
    let _ = style.set_property("top", &format!("{}px", fitted(rect.top(), rect.height(), height)));
}

/// Where the focus goes in a menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    First,
    Next,
    Previous,
}

/// Moves the focus within the menu, around its end.
fn step(list: &web_sys::Element, to: Step) {
    let Ok(items) = list.query_selector_all("[role=menuitem]") else { return };
    let count = items.length();
    let active = document().active_element();
    let has_focus = |at: &u32| {
        active.as_ref().is_some_and(|active| items.item(*at).is_some_and(|item| item == **active))
    };
    let next = match ((0..count).find(has_focus), to) {
        (None, _) | (_, Step::First) => 0,
        (Some(now), Step::Next) => (now + 1) % count,
        (Some(now), Step::Previous) => (now + count - 1) % count,
    };
    if let Some(item) = items.item(next).and_then(|item| item.dyn_into::<HtmlElement>().ok()) {
        let _ = item.focus();
    }
}
