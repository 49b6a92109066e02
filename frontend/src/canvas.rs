//! The graph as a drawing: nodes, edges, and a camera to look at them with.
//!
//! The drawing is SVG, a group moved and scaled by [`Camera`]. A node is told of its run by a signal of
//! its own, so that a run of many tasks touches only the nodes that change. Gestures are in
//! `gestures.rs`; whatever they do, a key does too.

mod camera;
mod edges;
mod gestures;
mod guides;
mod in_place;
mod node;
mod notes;
mod wiring;

use leptos::prelude::*;
use shared::graph::layout::{self, bounds};

use crate::bench::{Bench, GraphAs, Selection};
use crate::commands::keys_of;
use crate::functions::DRAGGED;
use crate::icons::Icon;
use crate::size;
pub use camera::{Camera, Detail};
use edges::Edges;
pub use gestures::Gestures;
use gestures::Marquee;
use guides::Guides;
use in_place::InPlace;
use node::Node;
pub use node::inputs;
pub use notes::write as write_note;
use notes::{NoteField, Notes};
pub use wiring::Wiring;
use wiring::{Circle, Roles, Wire};

/// Width of a node, in the graph's units.
pub const NODE_W: f64 = layout::WIDTH as f64;
/// Height of a node.
pub const NODE_H: f64 = layout::HEIGHT as f64;
/// So many nodes may have a shadow; each costs the browser a layer of its own.
const FEW: usize = 60;
/// Nodes stand on a grid of this width.
pub const SNAP: i32 = layout::GRID;

/// The drawing.
#[component]
pub fn Canvas() -> impl IntoView {
    let bench = Bench::get();
    let svg = NodeRef::<leptos::svg::Svg>::new();
    let camera = Camera::new(svg);
    let gestures = Gestures::new(bench, camera);
    let roles = Roles::now(bench);

    // A document that was just opened is looked at as a whole.
    Effect::new(move |_| {
        bench.editor.opened.track();
        if svg.get().is_some() {
            request_animation_frame(move || camera.fit(graph_bounds(bench)));
        }
    });
    Effect::new(move |_| {
        let Some(svg) = svg.get() else { return };
        size::observe(&svg, move |width, height| camera.resized(width, height));
    });
    // Another window is another look; a panel that opens is not, and nothing jumps for it.
    let on_resize = window_event_listener(leptos::ev::resize, move |_| {
        camera.keep_fit(graph_bounds(bench));
    });
    let on_fit = window_event_listener(leptos::ev::Custom::<web_sys::Event>::new(FIT), move |_| {
        camera.fit(graph_bounds(bench));
    });
    let event = leptos::ev::Custom::<web_sys::Event>::new(FIT_SELECTED);
    let on_fit_selected = window_event_listener(event, move |_| {
        if let Some(bounds) = selected_bounds(bench) {
            camera.show(bounds);
        }
    });
    on_cleanup(move || {
        on_resize.remove();
        on_fit.remove();
        on_fit_selected.remove();
    });
    Effect::new(move |_| bench.middle.set(camera.middle()));

    let label = move || {
        let tasks = bench.editor.ids.with(Vec::len);
        let edges = bench.editor.edges.with(|edges| edges.len());
        let selected = match bench.selection.get() {
            Selection::Tasks(ids) if ids.len() == 1 => {
                format!("{} selected", ids.first().map_or("", String::as_str))
            }
            Selection::Tasks(ids) => format!("{} selected", ids.len()),
            Selection::Nothing | Selection::Worker(_) => "nothing selected".to_owned(),
        };
        let notes = match bench.editor.scenario.with(|all| all.notes.len()) {
            0 => String::new(),
            1 => ", 1 note".to_owned(),
            many => format!(", {many} notes"),
        };
        format!("Graph, {tasks} tasks, {edges} edges{notes}, {selected}")
    };
    let drop = move |event: web_sys::DragEvent| {
        event.prevent_default();
        let function = event.data_transfer().and_then(|data| data.get_data(DRAGGED).ok());
        if let Some(function) = function.filter(|function| !function.is_empty()) {
            let (x, y) = camera.point(f64::from(event.client_x()), f64::from(event.client_y()));
            bench.add(&function, Some(snapped(x - NODE_W / 2.0, y - NODE_H / 2.0)));
        }
    };
    view! {
        <svg
            class="graph"
            class:panning=move || gestures.is_panning()
            class:panning-ready=move || gestures.space.get()
            class:wiring=move || bench.wiring.with(Option::is_some)
            node_ref=svg
            role="application"
            tabindex="0"
            aria-label=label
            aria-describedby="graph-help"
            on:pointerdown=move |event| gestures.down(&event)
            on:pointermove=move |event| gestures.moved(&event)
            on:pointerup=move |event| gestures.up(&event)
            on:pointercancel=move |_| gestures.cancel()
            on:dblclick=move |event| gestures.double(&event)
            on:wheel=move |event| gestures.wheel(&event)
            on:contextmenu=move |event| gestures.menu(&event)
            on:keydown=move |event| crate::keys::on_canvas(bench, &event)
            on:dragover=move |event| event.prevent_default()
            on:drop=drop
        >
            <rect class="ground" width="100%" height="100%" fill="url(#p-dots)" aria-hidden="true"></rect>
            <g transform=move || camera.transform()>
                <g class="notes"><Notes/></g>
                <g class="edges" aria-hidden="true">
                    <Edges/>
                    <Wire gestures=gestures/>
                </g>
                <g class="nodes" class:few=move || { bench.editor.ids.with(Vec::len) <= FEW }>
                    <For each=move || bench.editor.ids.get() key=Clone::clone let:id>
                        <Node id=id camera=camera roles=roles/>
                    </For>
                </g>
                <Circle/>
                <Guides gestures=gestures/>
                <Marquee gestures=gestures/>
            </g>
        </svg>
        {bench.later.view(move |parts| (parts.in_place)(camera, gestures))}
        <p class="hide" id="graph-help">
            {move || {
                let keys = |id| bench.chord(id).unwrap_or_else(|| "no key".to_owned());
                format!(
                    "Arrows walk from task to task. {} adds one, {} a note, {} draws an edge, Enter edits, \
                     {} removes, {} lists all keys.",
                    keys("add"), keys("note"), keys("connect"), keys("delete"), keys("keys"),
                )
            }}
        </p>
        <Show when=move || bench.editor.ids.with(Vec::is_empty)>
            <div class="welcome">
                <h3>"A task is a function call that can run later."</h3>
                <Show when=move || bench.later.is_here()>
                    <p>"Press " {keys_of(bench, "add")} ", double-click, or take one of these."</p>
                </Show>
                {bench.later.view(|parts| (parts.starters)())}
            </div>
        </Show>
        <div class="tools bl-corner">
            <div class="group" role="group" aria-label="Zoom">
                <button type="button" class="btn quiet icon" aria-label="Zoom out" on:click=move |_| camera.zoom_by(1.0 / 1.2)>
                    <Icon of="#i-minus"/>
                </button>
                <output class="num">{move || camera.percent()}</output>
                <button type="button" class="btn quiet icon" aria-label="Zoom in" on:click=move |_| camera.zoom_by(1.2)>
                    <Icon of="#i-plus"/>
                </button>
                <span class="rule"></span>
                <button
                    type="button"
                    class="btn quiet icon"
                    aria-label="Fit all"
                    title=move || bench.hint("Fit all", "fit")
                    on:click=move |_| camera.fit(graph_bounds(bench))
                >
                    <Icon of="#i-fit"/>
                </button>
                <button
                    type="button"
                    class="btn quiet icon"
                    aria-label="Lay out"
                    title=move || bench.hint("Lay out", "layout")
                    on:click=move |_| bench.command("layout")
                >
                    <Icon of="#i-layout"/>
                </button>
            </div>
        </div>
    }
}

/// The form over the task that is being edited, and the field over the note.
pub fn in_place(camera: Camera, gestures: Gestures) -> impl IntoView {
    view! {
        <InPlace camera=camera gestures=gestures/>
        <NoteField camera=camera gestures=gestures/>
    }
}

/// The event by which a command asks the camera to look at everything.
const FIT: &str = "futurescope:fit";

/// The same for what is selected.
const FIT_SELECTED: &str = "futurescope:fit-selected";

/// Whether the graph is shown as a drawing: on a phone there is no room for it.
pub fn is_in_sight() -> bool {
    let graph = document().query_selector(".graph").ok().flatten();
    graph.is_some_and(|graph| graph.get_bounding_client_rect().width() > 0.0)
}

/// Asks the camera to look at everything.
pub fn fit() {
    ask_camera(FIT);
}

/// Asks the camera to look at what is selected.
pub fn fit_selected() {
    ask_camera(FIT_SELECTED);
}

fn ask_camera(event: &str) {
    if let Ok(event) = web_sys::Event::new(event) {
        let _ = window().dispatch_event(&event);
    }
}

/// The corner tools: drawing or list, and the history.
#[component]
pub fn Tools() -> impl IntoView {
    let bench = Bench::get();
    let current = move |of: GraphAs| (bench.graph_as.get() == of).then_some("true");
    view! {
        <div class="tools tl-corner">
            <div class="seg" role="group" aria-label="Show the graph as">
                <button type="button" aria-current=move || current(GraphAs::Canvas) on:click=move |_| bench.graph_as.set(GraphAs::Canvas)>
                    <Icon of="#i-graph"/>
                    "Canvas"
                </button>
                <button type="button" aria-current=move || current(GraphAs::Outline) on:click=move |_| bench.graph_as.set(GraphAs::Outline)>
                    <Icon of="#i-list"/>
                    "Outline"
                </button>
            </div>
            <History/>
            <div class="group">
                <crate::menu::MenuButton label="More for the graph, or for what is selected"/>
            </div>
        </div>
    }
}

/// Undo and redo.
#[component]
pub fn History() -> impl IntoView {
    let bench = Bench::get();
    let title = |verb: &str, name: Option<String>| match name {
        Some(name) => format!("{verb}: {name}"),
        None => format!("Nothing to {}", verb.to_lowercase()),
    };
    let undo = move || title("Undo", bench.editor.undo_name());
    let redo = move || title("Redo", bench.editor.redo_name());
    view! {
            <div class="group" role="group" aria-label="History">
                <button
                    type="button"
                    class="btn quiet icon"
                    aria-label=undo
                    title=undo
                    disabled=move || bench.editor.undo_name().is_none()
                    on:click=move |_| bench.undo()
                >
                    <Icon of="#i-undo"/>
                </button>
                <button
                    type="button"
                    class="btn quiet icon"
                    aria-label=redo
                    title=redo
                    disabled=move || bench.editor.redo_name().is_none()
                    on:click=move |_| bench.redo()
                >
                    <Icon of="#i-redo"/>
                </button>
            </div>
    }
}

/// Where a task stands.
pub fn place_of(bench: Bench, id: &str) -> (i32, i32) {
    bench.editor.task(id).and_then(|task| task.position).unwrap_or_default()
}

/// The box around all nodes and notes.
pub fn graph_bounds(bench: Bench) -> Option<(i32, i32, i32, i32)> {
    let places: Vec<_> = bench.editor.scenario.with_untracked(|all| {
        let tasks = all.tasks.iter().filter_map(|task| task.position);
        tasks.chain(all.notes.iter().flat_map(notes::room)).collect()
    });
    bounds(&places)
}

/// The box around the selected nodes.
fn selected_bounds(bench: Bench) -> Option<(i32, i32, i32, i32)> {
    let Selection::Tasks(ids) = bench.selection.get_untracked() else { return None };
    let place = |id: &String| untrack(|| place_of(bench, id));
    bounds(&ids.iter().map(place).collect::<Vec<_>>())
}

/// The nearest point of the grid.
fn snapped(x: f64, y: f64) -> (i32, i32) {
    #[allow(clippy::cast_possible_truncation)] // far within; and `as` saturates
    let snap = |at: f64| (at / f64::from(SNAP)).round() as i32 * SNAP;
    (snap(x), snap(y))
}
