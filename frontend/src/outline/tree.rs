//! What keys, presses and the focus do in the outline: once, for all of its rows.
//!
//! The rows in sight are those of the page, in its order; each says by one attribute what it is. One
//! of them is the tree's place in the order of Tab, and that goes where the focus goes.

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;
use shared::scenario::edit::Edit;
use wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget, KeyboardEvent, MouseEvent};

use super::Tap;
use super::levels::{Ends, ends};
use crate::bench::{Bench, Selection};
use crate::focus::focus_on;
use crate::inspector::focus_first_field;

/// A row: a task, or something below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The task.
    pub task: String,
    /// What of it.
    pub link: Link,
}

/// What a row says of its task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// That it is there.
    Itself,
    /// That it needs this one.
    Needs(String),
    /// That this one needs it.
    Feeds(String),
    /// That it could need another.
    Add,
}

impl Row {
    /// The row as the text of an attribute; names have no line breaks.
    pub fn key(&self) -> String {
        let (word, other) = match &self.link {
            Link::Itself => return self.task.clone(),
            Link::Needs(other) => ("needs", other.as_str()),
            Link::Feeds(other) => ("feeds", other.as_str()),
            Link::Add => ("add", ""),
        };
        format!("{}\n{word}\n{other}", self.task)
    }

    /// The row of such a text.
    fn parse(key: &str) -> Self {
        let mut parts = key.split('\n').map(str::to_owned);
        let task = parts.next().unwrap_or_default();
        let word = parts.next().unwrap_or_default();
        let other = parts.next().unwrap_or_default();
        let link = match word.as_str() {
            "needs" => Link::Needs(other),
            "feeds" => Link::Feeds(other),
            "add" => Link::Add,
            _ => Link::Itself,
        };
        Self { task, link }
    }
}

/// The tree. A handle: copies are the same.
#[derive(Clone, Copy)]
pub struct Tree {
    bench: Bench,
    /// The edges at each task.
    pub ends: Memo<BTreeMap<String, Ends>>,
    /// The tasks whose edges are shown.
    pub open: RwSignal<BTreeSet<String>>,
    /// The beginning of the name that is looked for.
    pub search: RwSignal<Option<String>>,
    /// The row that Tab comes to, and its place among the rows.
    active: RwSignal<(String, usize)>,
    /// Whether the focus is here, also if the row that had it has just gone.
    held: StoredValue<bool>,
    /// Where a selection with Shift begins.
    anchor: StoredValue<String>,
}

impl Tree {
    /// The tree of this document.
    pub fn new(bench: Bench) -> Self {
        let tree = Self {
            bench,
            ends: Memo::new(move |_| bench.editor.edges.with(|edges| ends(edges))),
            open: RwSignal::default(),
            search: RwSignal::new(None),
            active: RwSignal::default(),
            held: StoredValue::new(false),
            anchor: StoredValue::default(),
        };
        // What is selected elsewhere is where the keys go on.
        Effect::new(move |_| {
            let one = bench.selection.with(|selection| selection.one().map(str::to_owned));
            let Some(one) = one else { return };
            if tree.active.with_untracked(|(key, _)| Row::parse(key).task != one) {
                tree.active.update(|(key, _)| key.clone_from(&one));
                tree.anchor.set_value(one);
                tree.settle_soon();
            }
        });
        Effect::new(move |_| {
            tree.ends.track();
            tree.open.track();
            tree.settle_soon();
        });
        tree
    }

    /// A row's place in the order of Tab: only one of them has one.
    pub fn tabindex(self, key: &str) -> &'static str {
        if self.active.with(|(active, _)| active == key) { "0" } else { "-1" }
    }

    /// Finds the row that Tab comes to again, once the rows are those of the document; and gives it
    /// the focus if the one that had it has gone. The rows are there as soon as what is running has
    /// run, and the next key may come before the next frame; in a new outline they need that frame.
    pub fn settle_soon(self) {
        queue_microtask(move || self.settle());
        request_animation_frame(move || self.settle());
    }

    fn settle(self) {
        let Some((key, place)) = self.active.try_get_untracked() else { return };
        let rows = rows();
        let is = |key: &str| rows.iter().position(|row| key_of(row) == key);
        let last = rows.len().checked_sub(1);
        let at = is(&key).or_else(|| is(&Row::parse(&key).task));
        let Some(at) = at.or_else(|| last.map(|last| last.min(place))) else { return };
        let now = key_of(&rows[at]);
        if now != key {
            self.active.set((now, at));
        }
        let focused = document().active_element();
        let may = focused.is_none_or(|it| it.tag_name() == "BODY" || row_at(&it).is_some());
        if may && self.held.get_value() {
            focus_on(&rows[at]);
        }
    }

    /// The focus came to a row.
    pub fn came(self, event: &web_sys::FocusEvent) {
        self.held.set_value(true);
        if let Some(row) = row_of(event.target()) {
            let place = rows().iter().position(|it| *it == row).unwrap_or_default();
            self.active.set((key_of(&row), place));
        }
    }

    /// The focus went, perhaps to another row. To nowhere it goes if its row goes.
    pub fn went(self, event: &web_sys::FocusEvent) {
        if event.related_target().is_some() {
            let stays = row_of(event.related_target()).is_some();
            self.held.set_value(stays);
            if !stays {
                self.search.set(None);
            }
        }
    }

    /// Leaves what was asked for.
    pub fn leave(self) {
        self.search.set(None);
        self.bench.tap.set(Tap::Select);
        crate::focus::focus(crate::keys::GRAPH);
    }

    /// A key on a row.
    pub fn key(self, event: &KeyboardEvent) {
        // A button within a row has its own.
        let Some(here) = row_of(event.target()).filter(|_| !event.alt_key()) else { return };
        let (row, rows) = (Row::parse(&key_of(&here)), rows());
        let Some(at) = rows.iter().position(|it| *it == here) else { return };
        let ctrl = event.ctrl_key() || event.meta_key();
        let name = event.key();
        let is_open = self.open.with_untracked(|open| open.contains(&row.task));
        let is_task = row.link == Link::Itself;
        let last = rows.len() - 1;
        let go = |to: usize| self.go(&rows, to.min(last), ctrl, event.shift_key());
        if self.looks_for(&name, ctrl, &rows, at) {
            return event.prevent_default();
        }
        match name.as_str() {
            "ArrowDown" => go(at + 1),
            "ArrowUp" => go(at.saturating_sub(1)),
            "Home" => go(0),
            "End" => go(last),
            "ArrowRight" if is_task && is_open => self.go(&rows, at + 1, true, false),
            "ArrowRight" if is_task => self.toggle_open(&row.task),
            "ArrowLeft" if is_task && is_open => self.toggle_open(&row.task),
            "ArrowLeft" if !is_task => {
                let up = rows[..at].iter().rposition(|it| key_of(it) == row.task);
                go(up.unwrap_or(at));
            }
            "ArrowRight" | "ArrowLeft" => {}
            "Enter" if !ctrl => {
                let selects = self.bench.tap.with_untracked(|tap| *tap == Tap::Select);
                if is_task && selects {
                    self.select(&row.task, &rows, false, false);
                    focus_first_field(self.bench);
                } else {
                    self.choose(&row, &rows, false, false);
                }
            }
            " " => self.choose(&row, &rows, false, true),
            "Delete" | "Backspace" if !is_task => self.cut(row),
            "Escape" if self.bench.tap.with_untracked(|tap| *tap != Tap::Select) => {
                self.bench.say("Left as it was.");
                self.leave();
            }
            _ => return,
        }
        event.prevent_default();
    }

    /// A key while a name is looked for, or the one that begins it. Whether it was for that.
    fn looks_for(self, key: &str, ctrl: bool, rows: &[Element], at: usize) -> bool {
        let is_sign = key.chars().count() == 1 && !ctrl;
        let is_letter = is_sign && key.chars().all(char::is_alphanumeric);
        let text = match self.search.get_untracked() {
            // Letters that are no keys need no beginning.
            None if is_letter && !self.bench.letters.get_untracked() => key.to_owned(),
            None if key == "/" && !ctrl => String::new(),
            None => return false,
            Some(text) if is_sign => text + key,
            Some(mut text) if key == "Backspace" => {
                text.pop();
                text
            }
            // An arrow goes on from there.
            Some(_) => {
                self.search.set(None);
                return matches!(key, "Enter" | "Escape");
            }
        };
        let wanted = text.to_lowercase();
        let order = (at..rows.len()).chain(0..at);
        let found = order.into_iter().find(|at| {
            let row = Row::parse(&key_of(&rows[*at]));
            row.link == Link::Itself && row.task.to_lowercase().starts_with(&wanted)
        });
        if let Some(found) = found {
            self.go(rows, found, false, false);
        }
        self.search.set(Some(text));
        true
    }

    /// Moves the focus to a row, and with it the selection, unless Ctrl or a question holds that.
    fn go(self, rows: &[Element], to: usize, ctrl: bool, shift: bool) {
        let Some(element) = rows.get(to) else { return };
        focus_on(element);
        let row = Row::parse(&key_of(element));
        let selects = self.bench.tap.with_untracked(|tap| *tap == Tap::Select);
        if selects && !ctrl && row.link == Link::Itself {
            self.select(&row.task, rows, shift, false);
        }
    }

    /// A press.
    pub fn pressed(self, event: &MouseEvent) {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(target) = target else { return };
        let Some(here) = row_at(&target) else { return };
        let on = |what| target.closest(what).ok().flatten().is_some();
        let row = Row::parse(&key_of(&here));
        focus_on(&here);
        if on("[data-open]") {
            self.toggle_open(&row.task);
        } else if on("[data-cut]") {
            self.cut(row);
        } else {
            let ctrl = event.ctrl_key() || event.meta_key();
            self.choose(&row, &rows(), event.shift_key(), ctrl);
        }
    }

    /// The right button, a long press, or the key for it.
    pub fn menu(self, event: &MouseEvent) {
        let Some(here) = row_of(event.target()) else { return };
        event.prevent_default();
        let row = Row::parse(&key_of(&here));
        if !self.bench.selection.with_untracked(|all| all.has(&row.task)) {
            self.bench.selection.set(Selection::task(row.task));
        }
        self.bench.open_menu(f64::from(event.client_x()), f64::from(event.client_y()));
    }

    /// Does what a press on this row is for now.
    fn choose(self, row: &Row, rows: &[Element], shift: bool, ctrl: bool) {
        let target = match &row.link {
            Link::Itself => &row.task,
            Link::Needs(other) | Link::Feeds(other) => other,
            Link::Add => return self.bench.tap.set(Tap::EdgeTo(row.task.clone())),
        };
        match self.bench.tap.get_untracked() {
            Tap::EdgeFrom(from) => self.connect(from, target.clone()),
            Tap::EdgeTo(to) => self.connect(target.clone(), to),
            _ if row.link != Link::Itself => {
                self.held.set_value(true);
                self.bench.selection.set(Selection::task(target.clone()));
            }
            Tap::Several => self.select(target, rows, false, true),
            Tap::Select => self.select(target, rows, shift, ctrl),
        }
    }

    fn connect(self, from: String, to: String) {
        self.bench.tap.set(Tap::Select);
        let words = format!("Connected {from} to {to}.");
        if self.bench.editor.edit(Edit::Connect { from, to }) {
            self.bench.say(words);
        }
    }

    fn cut(self, Row { task, link }: Row) {
        let (from, to) = match link {
            Link::Needs(other) => (other, task),
            Link::Feeds(other) => (task, other),
            Link::Itself | Link::Add => return,
        };
        let words = format!("Removed the edge from {from} to {to}.");
        if self.bench.editor.edit(Edit::Disconnect { from, to }) {
            self.bench.say(words);
        }
    }

    fn toggle_open(self, task: &str) {
        self.open.update(|open| {
            if !open.remove(task) {
                open.insert(task.to_owned());
            }
        });
    }

    /// Selects a task: alone, with all from where the selection began, or beside the others.
    fn select(self, task: &str, rows: &[Element], shift: bool, beside: bool) {
        if shift {
            let tasks: Vec<String> = rows
                .iter()
                .map(|row| Row::parse(&key_of(row)))
                .filter(|row| row.link == Link::Itself)
                .map(|row| row.task)
                .collect();
            let anchor = self.anchor.get_value();
            let at = |id: &str| tasks.iter().position(|it| it == id);
            if let (Some(one), Some(two)) = (at(&anchor).or_else(|| at(task)), at(task)) {
                let span = &tasks[one.min(two)..=one.max(two)];
                self.bench.selection.set(Selection::Tasks(span.iter().cloned().collect()));
            }
            return;
        }
        self.anchor.set_value(task.to_owned());
        self.bench.selection.update(|selection| match selection {
            Selection::Tasks(ids) if beside => {
                if !ids.remove(task) {
                    ids.insert(task.to_owned());
                }
                if ids.is_empty() {
                    *selection = Selection::Nothing;
                }
            }
            _ => *selection = Selection::task(task),
        });
    }
}

/// All rows in sight, from the first to the last.
fn rows() -> Vec<Element> {
    let Ok(all) = document().query_selector_all(".tree [role=treeitem]") else {
        return Vec::new();
    };
    (0..all.length()).filter_map(|at| all.item(at)?.dyn_into().ok()).collect()
}

/// The row that this is or is within.
fn row_at(element: &Element) -> Option<Element> {
    element.closest("[role=treeitem]").ok().flatten()
}

fn row_of(target: Option<EventTarget>) -> Option<Element> {
    row_at(&target?.dyn_into::<Element>().ok()?)
}

fn key_of(row: &Element) -> String {
    row.get_attribute("data-key").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_the_same_after_the_page_has_kept_it() {
        let other = || "b, c".to_owned();
        for link in [Link::Itself, Link::Needs(other()), Link::Feeds(other()), Link::Add] {
            let row = Row { task: "a needs b".to_owned(), link };
            assert_eq!(Row::parse(&row.key()), row);
        }
    }
}
