//! What the mouse, the pen and the finger do on the canvas: select, move, pan, zoom, connect.

use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::prelude::*;
use shared::graph::layout::bounds;
use shared::scenario::edit::Edit;
use shared::scenario::{Scenario, Task};
use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent, PointerEvent, WheelEvent};

use super::guides::{Guide, guides};
use super::notes::note_at;
use super::{Camera, NODE_H, NODE_W, Wiring, place_of};
use crate::bench::{Bench, Editing, Selection};

/// Pixels from a node at which an edge that is being drawn snaps to it.
const MAGNET: f64 = 24.0;

/// Pixels that a press may wander and is still a click.
const CLICK: f64 = 4.0;

/// What a press has become.
#[derive(Debug, Clone, PartialEq, Default)]
enum Doing {
    #[default]
    Nothing,
    /// With Shift on the ground: a frame, from this point of the graph, and what was selected before.
    Frame { from: (f64, f64), before: BTreeSet<String> },
    /// It is on the ground: a pan if it moves, else it deselects.
    Pan { last: (f64, f64), moved: bool },
    /// It is on a node: these tasks move, from where they stood.
    Move { start: (f64, f64), from: Vec<(String, (i32, i32))>, moved: bool },
    /// It is on a note, which moves, from where it stood.
    Note { note: usize, start: (f64, f64), from: (i32, i32), moved: bool },
    /// It is on a port, or anywhere on a node while an edge is being drawn: the edge follows the
    /// pointer. Whether it began with this press.
    Wire { start: (f64, f64), moved: bool, began: bool },
}

/// The gestures. A handle: copies are the same.
#[derive(Clone, Copy)]
pub struct Gestures {
    bench: Bench,
    camera: Camera,
    doing: RwSignal<Doing>,
    /// Where the pointer holds the end of the edge that is being drawn.
    pub loose_end: RwSignal<Option<(f64, f64)>>,
    /// Where what is being dragged is in line with other nodes.
    pub guides: RwSignal<Vec<Guide>>,
    /// The frame that is being drawn around nodes: two of its corners.
    frame: RwSignal<Option<Corners>>,
    /// Whether Space is held: then whatever is dragged, the graph moves as a whole.
    pub space: RwSignal<bool>,
}

/// Two opposite corners, in the graph's units.
type Corners = ((f64, f64), (f64, f64));

impl Gestures {
    /// The gestures on this camera's drawing.
    pub fn new(bench: Bench, camera: Camera) -> Self {
        let gestures = Self {
            bench,
            camera,
            doing: RwSignal::default(),
            loose_end: RwSignal::new(None),
            guides: RwSignal::new(Vec::new()),
            frame: RwSignal::new(None),
            space: RwSignal::new(false),
        };
        gestures.listen_to_space();
        gestures
    }

    fn listen_to_space(self) {
        let down = window_event_listener(leptos::ev::keydown, move |event| {
            let on_graph =
                document().active_element().is_some_and(|it| it.matches(".graph") == Ok(true));
            if event.key() == " " && on_graph {
                // Else the page would scroll.
                event.prevent_default();
                self.space.set(true);
            }
        });
        let up = window_event_listener(leptos::ev::keyup, move |event| {
            if event.key() == " " {
                self.space.set(false);
            }
        });
        let blur = window_event_listener(leptos::ev::blur, move |_| self.space.set(false));
        on_cleanup(move || {
            down.remove();
            up.remove();
            blur.remove();
        });
    }

    /// Whether the ground is being moved.
    pub fn is_panning(self) -> bool {
        self.doing.with(|doing| matches!(doing, Doing::Pan { moved: true, .. }))
    }

    /// A button went down.
    pub fn down(self, event: &PointerEvent) {
        if event.button() > 1 {
            return;
        }
        let at = window_point(event);
        let hit = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if let Some(canvas) = event.current_target().and_then(|c| c.dyn_into::<Element>().ok()) {
            // So that a drag that leaves the drawing still ends.
            let _ = canvas.set_pointer_capture(event.pointer_id());
        }
        let by_hand = event.button() == 1 || self.space.get_untracked();
        let task = hit.as_ref().and_then(task_at).filter(|_| !by_hand);
        let note = hit.as_ref().and_then(note_at).filter(|_| !by_hand);
        let on_port = hit.is_some_and(|hit| hit.has_attribute("data-port"));
        let armed = self.bench.wiring.with_untracked(Option::is_some);
        self.bench.editor.refused.set(None);
        match task {
            Some(_) if armed => {
                self.aim_at(at);
                self.doing.set(Doing::Wire { start: at, moved: false, began: false });
            }
            Some(from) if on_port => {
                self.bench.wiring.set(Some(Wiring { from, to: None }));
                self.loose_end.set(Some(self.camera.point(at.0, at.1)));
                self.doing.set(Doing::Wire { start: at, moved: false, began: true });
            }
            Some(task) => {
                self.select(&task, event.shift_key() || event.ctrl_key() || event.meta_key());
                let from = match self.bench.selection.get_untracked() {
                    Selection::Tasks(ids) => {
                        let place = |id: String| {
                            let at = untrack(|| place_of(self.bench, &id));
                            (id, at)
                        };
                        ids.into_iter().map(place).collect()
                    }
                    Selection::Nothing | Selection::Worker(_) => Vec::new(),
                };
                self.doing.set(Doing::Move { start: at, from, moved: false });
            }
            None if note.is_some() && !armed => {
                let note = note.unwrap_or_default();
                let place = |all: &Arc<Scenario>| all.notes.get(note).map(|note| note.position);
                let Some(from) = self.bench.editor.scenario.with_untracked(place) else { return };
                self.bench.select_note(note);
                self.doing.set(Doing::Note { note, start: at, from, moved: false });
            }
            None if event.shift_key() && !by_hand => {
                let from = self.camera.point(at.0, at.1);
                let before = match self.bench.selection.get_untracked() {
                    Selection::Tasks(ids) => ids,
                    Selection::Nothing | Selection::Worker(_) => BTreeSet::new(),
                };
                self.frame.set(Some((from, from)));
                self.doing.set(Doing::Frame { from, before });
            }
            None => self.doing.set(Doing::Pan { last: at, moved: false }),
        }
    }

    /// The pointer moved.
    pub fn moved(self, event: &PointerEvent) {
        let (x, y) = window_point(event);
        match self.doing.get_untracked() {
            // An edge that was begun by a tap follows the mouse.
            Doing::Nothing if self.bench.wiring.with_untracked(Option::is_some) => {
                if event.pointer_type() == "mouse" {
                    self.aim_at((x, y));
                }
            }
            Doing::Nothing => {}
            Doing::Pan { last, moved } => {
                let (dx, dy) = (x - last.0, y - last.1);
                if moved || dx.hypot(dy) > CLICK {
                    self.camera.pan(dx, dy);
                    self.doing.set(Doing::Pan { last: (x, y), moved: true });
                }
            }
            Doing::Move { start, from, moved } => {
                if !moved && (x - start.0).hypot(y - start.1) <= CLICK {
                    return;
                }
                let (dx, dy) = self.steps(start, (x, y));
                let by = |(id, (x, y)): &(String, (i32, i32))| {
                    (id.clone(), (x.saturating_add(dx), y.saturating_add(dy)))
                };
                let to: Vec<_> = from.iter().map(by).collect();
                self.guide(&to);
                self.bench.editor.edit_merging(Edit::Move(to));
                self.doing.set(Doing::Move { start, from, moved: true });
            }
            Doing::Note { note, start, from, moved } => {
                if !moved && (x - start.0).hypot(y - start.1) <= CLICK {
                    return;
                }
                let (dx, dy) = self.steps(start, (x, y));
                let position = (from.0.saturating_add(dx), from.1.saturating_add(dy));
                self.bench.editor.edit_merging(Edit::MoveNote { note, position });
                self.doing.set(Doing::Note { note, start, from, moved: true });
            }
            Doing::Frame { from, before } => {
                let to = self.camera.point(x, y);
                self.frame.set(Some((from, to)));
                let mut ids = before;
                ids.extend(self.tasks_within(from, to));
                let next = if ids.is_empty() { Selection::Nothing } else { Selection::Tasks(ids) };
                if self.bench.selection.with_untracked(|now| *now != next) {
                    self.bench.selection.set(next);
                }
            }
            Doing::Wire { start, moved, began } => {
                let moved = moved || (x - start.0).hypot(y - start.1) > CLICK;
                if moved {
                    self.aim_at((x, y));
                    self.doing.set(Doing::Wire { start, moved, began });
                }
            }
        }
    }

    /// How far it is from one point of the window to another, in whole steps of the grid.
    fn steps(self, from: (f64, f64), to: (f64, f64)) -> (i32, i32) {
        let (x0, y0) = self.camera.point(from.0, from.1);
        let (x1, y1) = self.camera.point(to.0, to.1);
        super::snapped(x1 - x0, y1 - y0)
    }

    /// Aims the edge that is being drawn at the task at this point of the window, or so near that it
    /// is meant.
    fn aim_at(self, (x, y): (f64, f64)) {
        let end = self.camera.point(x, y);
        self.loose_end.set(Some(end));
        let reach = MAGNET / self.camera.scale();
        let from = self.bench.wiring.with_untracked(|wiring| Some(wiring.as_ref()?.from.clone()));
        let distance = |task: &Task| {
            let (left, top) = task.position.unwrap_or_default();
            let beside = |at: f64, from: i32, size: f64| {
                (f64::from(from) - at).max(at - f64::from(from) - size).max(0.0)
            };
            beside(end.0, left, NODE_W).hypot(beside(end.1, top, NODE_H))
        };
        let to = self.bench.editor.scenario.with_untracked(|all| {
            // The last is on top.
            let near = all.tasks.iter().rev().map(|task| (distance(task), &task.id));
            let nearest = near.filter(|(far, _)| *far <= reach).min_by(|a, b| a.0.total_cmp(&b.0));
            nearest.map(|(_, id)| id.clone())
        });
        self.bench.aim(to.filter(|to| Some(to) != from.as_ref()));
    }

    /// The pointer that held an edge was let go, over the task at which it aims, or over none.
    fn wire_let_go(self, moved: bool, began: bool) {
        let aims = self.bench.wiring.with_untracked(|wiring| Some(wiring.as_ref()?.to.is_some()));
        match aims {
            Some(true) if moved || !began => self.bench.connect(),
            // A tap on an output: the next tap says where the edge goes.
            Some(_) if began && !moved => self.bench.say_armed(),
            Some(_) => self.bench.drop_wire(),
            None => {}
        }
    }

    /// Shows where the dragged tasks, which stand here, are in line with the others.
    fn guide(self, dragged: &[(String, (i32, i32))]) {
        let places: Vec<_> = dragged.iter().map(|(_, place)| *place).collect();
        let Some(around) = bounds(&places) else { return };
        let of = |(x, y, width, height): (i32, i32, i32, i32)| {
            (x, y, x.saturating_add(width), y.saturating_add(height))
        };
        let ids: BTreeSet<&str> = dragged.iter().map(|(id, _)| id.as_str()).collect();
        let others: Vec<_> = self.bench.editor.scenario.with_untracked(|all| {
            let others = all.tasks.iter().filter(|task| !ids.contains(task.id.as_str()));
            others.filter_map(|task| bounds(&[task.position?]).map(of)).collect()
        });
        let next = guides(of(around), &others);
        if self.guides.with_untracked(|now| *now != next) {
            self.guides.set(next);
        }
    }

    /// The tasks whose nodes this frame touches.
    fn tasks_within(self, a: (f64, f64), b: (f64, f64)) -> Vec<String> {
        let touches = |task: &Task| {
            let (x, y) = task.position.unwrap_or_default();
            let (x, y) = (f64::from(x), f64::from(y));
            x < a.0.max(b.0)
                && x + NODE_W > a.0.min(b.0)
                && y < a.1.max(b.1)
                && y + NODE_H > a.1.min(b.1)
        };
        self.bench.editor.scenario.with_untracked(|all| {
            all.tasks.iter().filter(|task| touches(task)).map(|task| task.id.clone()).collect()
        })
    }

    /// The right button, a long press, or the key for it.
    pub fn menu(self, event: &MouseEvent) {
        event.prevent_default();
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        self.cancel();
        let hit = element_at(x, y);
        if let Some(note) = hit.as_ref().and_then(note_at) {
            self.bench.select_note(note);
            return self.bench.open_menu(x, y);
        }
        let task = hit.as_ref().and_then(task_at);
        match task {
            Some(task) if !self.bench.selection.with_untracked(|all| all.has(&task)) => {
                self.bench.selection.set(Selection::task(task));
            }
            // By a key it is about what is selected, wherever the mouse is.
            None if event.button() == 2 => {
                self.bench.note.set(None);
                self.bench.selection.set(Selection::Nothing);
                let (x, y) = self.camera.point(x, y);
                self.bench.middle.set(super::snapped(x - NODE_W / 2.0, y - NODE_H / 2.0));
            }
            _ => {}
        }
        self.bench.open_menu(x, y);
    }

    /// The button went up.
    pub fn up(self, event: &PointerEvent) {
        let (x, y) = window_point(event);
        match self.doing.get_untracked() {
            // Beside a task is near enough for the edge, and far from all lets it go.
            Doing::Pan { moved: false, .. }
                if self.bench.wiring.with_untracked(Option::is_some) =>
            {
                self.aim_at((x, y));
                self.wire_let_go(false, false);
            }
            Doing::Pan { moved: false, .. } => {
                self.bench.note.set(None);
                self.bench.selection.set(Selection::Nothing);
            }
            Doing::Wire { moved, began, .. } => self.wire_let_go(moved, began),
            Doing::Move { .. } | Doing::Note { .. } => self.bench.editor.end_merging(),
            Doing::Pan { .. } | Doing::Frame { .. } | Doing::Nothing => {}
        }
        self.cancel();
    }

    /// Whatever was going on is over.
    pub fn cancel(self) {
        self.doing.set(Doing::Nothing);
        self.loose_end.set(None);
        if self.guides.with_untracked(|guides| !guides.is_empty()) {
            self.guides.set(Vec::new());
        }
        self.frame.set(None);
    }

    /// Twice on the ground: a new task there, or with Alt a new note. Twice on a node or a note: edit it.
    pub fn double(self, event: &MouseEvent) {
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        // Not the event's target: the captured pointer makes that the drawing.
        let hit = element_at(x, y);
        if let Some(note) = hit.as_ref().and_then(note_at) {
            self.bench.select_note(note);
            self.bench.edit_selected();
        } else if hit.as_ref().and_then(task_at).is_some() {
            self.bench.edit_selected();
        } else if event.alt_key() {
            let (x, y) = self.camera.point(x, y);
            self.bench.editing.set(Some(Editing::NewNote(super::snapped(x, y))));
        } else {
            let (x, y) = self.camera.point(x, y);
            self.bench.middle.set(super::snapped(x - NODE_W / 2.0, y - NODE_H / 2.0));
            self.bench.adding.set(true);
        }
    }

    /// The wheel: moves, or enlarges with Ctrl (which is also a pinch on a touchpad).
    pub fn wheel(self, event: &WheelEvent) {
        event.prevent_default();
        if event.ctrl_key() || event.meta_key() {
            let factor = (-event.delta_y() * 0.004).exp();
            self.camera.zoom_at(f64::from(event.client_x()), f64::from(event.client_y()), factor);
        } else {
            self.camera.pan(-event.delta_x(), -event.delta_y());
        }
    }

    fn select(self, task: &str, more: bool) {
        self.bench.selection.update(|selection| match selection {
            Selection::Tasks(ids) if more => {
                if !ids.remove(task) {
                    ids.insert(task.to_owned());
                }
                if ids.is_empty() {
                    *selection = Selection::Nothing;
                }
            }
            // A press on one of several moves them all.
            Selection::Tasks(ids) if ids.contains(task) => {}
            _ => *selection = Selection::task(task),
        });
    }
}

/// The frame that is being drawn around nodes.
#[component]
pub fn Marquee(gestures: Gestures) -> impl IntoView {
    move || {
        gestures.frame.get().map(|(a, b)| {
            view! {
                <rect
                    class="marquee"
                    x=a.0.min(b.0)
                    y=a.1.min(b.1)
                    width=(a.0 - b.0).abs()
                    height=(a.1 - b.1).abs()
                ></rect>
            }
        })
    }
}

fn window_point(event: &PointerEvent) -> (f64, f64) {
    (f64::from(event.client_x()), f64::from(event.client_y()))
}

/// What is on top at a point of the window.
fn element_at(x: f64, y: f64) -> Option<Element> {
    #[allow(clippy::cast_possible_truncation)] // the browser's own units
    document().element_from_point(x as f32, y as f32)
}

/// The task whose node this is part of.
fn task_at(element: &Element) -> Option<String> {
    element.closest("[data-task]").ok().flatten()?.get_attribute("data-task")
}
