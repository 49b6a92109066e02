//! A map node's items one by one: which call carries which, what became of each, and which rows a list
//! of some of them has.
//!
//! ```text
//!  items   0  1  2 │ 3  4  5 │ 6  7          chunksize 3
//!  calls   └─ 0 ─┘   └─ 1 ─┘   not yet
//! ```
//!
//! An item is found by its number, in as many steps as the number of calls has digits in binary. Only
//! a list of those that look so walks the calls (never the items), and writes down runs of them.

use std::sync::Arc;

use crate::engine::event::{Items, Part};
use crate::outcome::Outcome;
use crate::scenario::Argument;
use crate::units::{FutureId, Span, TaskId, WorkerId};
use crate::view::shown::Shown;
use crate::view::{FutureView, TaskView, View};

/// Items of a map node that travel in one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// The first of them.
    pub first: u32,
    /// How many; at least 1 in a log of ours.
    pub count: u32,
    /// The call's future.
    pub future: FutureId,
    /// Where the first of them stands in the call, behind other tasks' items.
    pub place: u32,
}

impl Carried {
    fn end(&self) -> u32 {
        self.first.saturating_add(self.count)
    }
}

/// What is known of one item.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemView {
    /// Its state: that of its call.
    pub shown: Shown,
    /// Its call, by its place among those of this node; none before it is submitted.
    pub call: Option<usize>,
    /// The future of that call.
    pub future: Option<FutureId>,
    /// The worker that has its call, or had it.
    pub worker: Option<WorkerId>,
    /// How long its own body ran, once it returned.
    pub ran: Option<Span>,
    /// What came of it.
    pub came: Came,
}

/// What came of an item.
#[derive(Debug, Clone, PartialEq)]
pub enum Came {
    /// Nothing so far, or ever.
    Nothing,
    /// This value or exception.
    Outcome(Outcome),
    /// This value, which is lost with its call, of which another item raised (rule 98).
    LostWith(Outcome),
    /// Nothing: this item of the same call, or of another task in it, raised before.
    After(Part),
}

impl View {
    /// The calls that carry a map node's items, in the items' order.
    pub fn calls_of(&self, task: TaskId) -> &[Carried] {
        self.carried.get(task.index()).map_or(&[], |calls| calls.as_slice())
    }

    /// The call that carries an item, by its place in [`View::calls_of`].
    pub fn call_of_item(&self, task: TaskId, item: u32) -> Option<usize> {
        let calls = self.calls_of(task);
        let at = calls.partition_point(|call| call.end() <= item);
        calls.get(at).is_some_and(|call| call.first <= item).then_some(at)
    }

    /// What is known of one item of a map node.
    pub fn item(&self, task: TaskId, item: u32) -> ItemView {
        let call = self.call_of_item(task, item);
        let carried = call.map(|at| self.calls_of(task)[at]);
        let Some((carried, cell)) = carried.and_then(|it| Some((it, self.future(it.future)?)))
        else {
            return ItemView {
                shown: self.unsubmitted(task),
                call: None,
                future: None,
                worker: None,
                ran: None,
                came: Came::Nothing,
            };
        };
        let place = carried.place.saturating_add(item - carried.first);
        let (ran, came) = match &cell.each {
            Some(each) => of_chunk(cell, each, place),
            None => (cell.ran, cell.outcome.clone().map_or(Came::Nothing, Came::Outcome)),
        };
        // The time of a whole call is no item's own.
        let ran = ran.filter(|_| cell.each.is_some() || cell.work.item_count() == 1);
        ItemView {
            shown: self.shown_future(carried.future),
            call,
            future: Some(carried.future),
            worker: cell.worker,
            ran,
            came,
        }
    }

    /// The arguments that a map node's function gets for one item alone, as Python writes them: `3`,
    /// `1, 2` of two that are zipped.
    pub fn item_args(&self, task: TaskId, item: u32) -> String {
        let args = self.plan().tasks.get(task.index()).map_or(&[][..], |task| &task.args);
        let own = args.iter().filter_map(|arg| match arg {
            Argument::Each(each) => Some(each.item(item).repr()),
            Argument::Value(_) | Argument::Input(_) | Argument::List(_) => None,
        });
        own.collect::<Vec<_>>().join(", ")
    }

    /// What an item looks like that is in no call.
    fn unsubmitted(&self, task: TaskId) -> Shown {
        match self.tasks.get(task.index()) {
            Some(TaskView::Skipped(_)) => Shown::Skipped,
            _ => Shown::Waiting,
        }
    }

    /// How many items of a map node look how, in the order of [`Shown::ALL`]; nothing for any other task.
    pub fn item_counts(&self, task: TaskId) -> [u32; Shown::ALL.len()] {
        let mut counts = [0; Shown::ALL.len()];
        if let Some(items) = self.items(task) {
            for look in Shown::ALL {
                let of = if look == Shown::Waiting { self.unsubmitted(task) } else { look };
                counts[of as usize] += items.that_are(look);
            }
        }
        counts
    }

    /// The rows of a list of a map node's items: of all, or of those that look so. Of endless ones,
    /// those that were submitted.
    pub fn item_rows(&self, task: TaskId, only: Option<Shown>) -> Rows {
        let mut rows = Rows::default();
        let calls = self.calls_of(task);
        let submitted = calls.last().map_or(0, Carried::end);
        let of = self.items(task).and_then(|items| items.of).unwrap_or(submitted);
        match only {
            None => rows.push(0, of.max(submitted)),
            Some(look) => {
                for call in calls.iter().filter(|call| self.shown_future(call.future) == look) {
                    rows.push(call.first, call.count);
                }
                if look == self.unsubmitted(task) {
                    rows.push(submitted, of.saturating_sub(submitted));
                }
            }
        }
        rows
    }

    /// Items were submitted; a map node that is submitted once more begins anew.
    pub(super) fn list_submitted(&mut self, future: FutureId, parts: &[Part]) {
        let mut place = 0_u32;
        for part in parts {
            if let Some(calls) = self.carried.get_mut(part.task.index()).map(Arc::make_mut) {
                if part.first == 0 {
                    calls.clear();
                    self.posts.remove(&part.task);
                }
                // They come in order; anything else would be a log that is not ours.
                let is_next = part.first >= calls.last().map_or(0, Carried::end);
                if is_next && part.first.checked_add(part.count).is_some() {
                    let Part { first, count, .. } = *part;
                    calls.push(Carried { first, count, future, place });
                }
            }
            place = place.saturating_add(part.count);
        }
    }
}

/// How long an item of a chunk that returned ran, and what came of it.
fn of_chunk(cell: &FutureView, each: &Items, place: u32) -> (Option<Span>, Came) {
    let at = place as usize;
    let times = each.started.get(at).zip(each.ended.get(at));
    let ran = times.map(|(started, ended)| ended.since(*started));
    let raised = |outcome: &Outcome| !matches!(outcome, Outcome::Returned(_));
    let call_failed =
        each.outcomes.last().is_some_and(raised) || cell.outcome.as_ref().is_some_and(raised);
    let came = match each.outcomes.get(at) {
        Some(outcome @ Outcome::Returned(_)) if call_failed => Came::LostWith(outcome.clone()),
        Some(outcome) => Came::Outcome(outcome.clone()),
        None => {
            let last = u32::try_from(each.outcomes.len()).unwrap_or(u32::MAX).saturating_sub(1);
            cell.work.item_at(last).map_or(Came::Nothing, Came::After)
        }
    };
    (ran, came)
}

/// Which items the rows of a list are, as runs of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows {
    runs: Vec<Run>,
    len: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    /// The row of its first item.
    row: u32,
    first: u32,
    count: u32,
}

impl Rows {
    fn push(&mut self, first: u32, count: u32) {
        match self.runs.last_mut() {
            Some(last) if last.first.saturating_add(last.count) == first => last.count += count,
            _ if count > 0 => self.runs.push(Run { row: self.len, first, count }),
            _ => {}
        }
        self.len = self.len.saturating_add(count);
    }

    /// How many rows there are.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The item in this row.
    pub fn item(&self, row: u32) -> Option<u32> {
        let at = self.runs.partition_point(|run| run.row + run.count <= row);
        self.runs.get(at).map(|run| run.first + (row - run.row))
    }

    /// The row of this item, if it is in the list.
    pub fn row_of(&self, item: u32) -> Option<u32> {
        let at = self.runs.partition_point(|run| run.first + run.count <= item);
        self.runs.get(at).filter(|run| run.first <= item).map(|run| run.row + (item - run.first))
    }
}

#[cfg(test)]
mod tests;
