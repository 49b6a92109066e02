//! How far a map node is: its items by look, counted as records come.
//!
//! Nobody walks fifty thousand futures to draw a frame: each change of a future moves the items of its
//! call from one count to another. Which call carries an item is found by the item's number ([`list`]).

pub(super) mod list;

use crate::engine::event::Work;
use crate::scenario::{Count, Plan};
use crate::units::{FutureId, TaskId, with_commas};
use crate::view::View;
use crate::view::shown::Shown;

/// The most calls whose borders a node has room for.
const BORDERS: usize = 40;

/// A call that carries some of a map node's items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallView {
    /// Its future.
    pub future: FutureId,
    /// The number behind that of the last item in it.
    pub end: u32,
    /// What it looks like, and so all of its items.
    pub look: Shown,
}

/// The items of a map node, by look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemsView {
    /// How many there are; none if they never end.
    pub of: Option<u32>,
    /// How many of those that were submitted look how, in the order of [`Shown::ALL`].
    looks: [u32; Shown::ALL.len()],
    /// Where the present round begins: a map node that is submitted once more counts anew.
    since: FutureId,
    /// The calls in the items' order; of one call more than there is room for.
    calls: Vec<CallView>,
    /// The most items, of whatever task, that travel in one of its calls.
    largest: u32,
}

impl ItemsView {
    fn new(items: Count) -> Self {
        let of = match items {
            Count::Finite(items) => u32::try_from(items).ok(),
            Count::Endless => None,
        };
        let looks = [0; Shown::ALL.len()];
        Self { of, looks, since: FutureId(0), calls: Vec::new(), largest: 0 }
    }

    /// How many there are to be.
    pub fn count(&self) -> Count {
        self.of.map_or(Count::Endless, |of| Count::Finite(of.into()))
    }

    /// How many items look so. Those that nobody has submitted are waiting; of endless ones, none.
    pub fn that_are(&self, look: Shown) -> u32 {
        match look {
            Shown::Waiting => self.of.map_or(0, |of| of.saturating_sub(self.submitted())),
            look => self.looks[look as usize],
        }
    }

    /// How many items were submitted.
    pub fn submitted(&self) -> u32 {
        self.looks.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// How many items are over, however they ended.
    pub fn over(&self) -> u32 {
        let over = [Shown::Succeeded, Shown::Failed, Shown::Cancelled, Shown::Broken];
        over.into_iter().fold(0, |sum, look| sum.saturating_add(self.that_are(look)))
    }

    /// What the node looks like as a whole: as its liveliest item does; when nothing lives any more,
    /// as the one that ended worst.
    pub fn shown(&self) -> Shown {
        let by_rank = [
            Shown::Running,
            Shown::Claims,
            Shown::Queued,
            Shown::Broken,
            Shown::Failed,
            Shown::Cancelled,
            Shown::Waiting,
        ];
        let found = by_rank.into_iter().find(|look| self.that_are(*look) > 0);
        let unknown = if self.of.is_none() { Shown::Waiting } else { Shown::Succeeded };
        found.unwrap_or(unknown)
    }

    /// The calls one by one, in the items' order; nothing if each item travels by itself, or if there are
    /// so many calls that nobody could tell them apart.
    pub fn few_calls(&self) -> &[CallView] {
        if self.has_chunks() && self.calls.len() <= BORDERS { &self.calls } else { &[] }
    }

    /// Whether several items travel in one call.
    pub fn has_chunks(&self) -> bool {
        self.largest > 1
    }

    /// `1,204 of 39,999`; `1,204` of those that never end.
    pub fn words(&self) -> String {
        let grouped = |number: u32| with_commas(&number.to_string());
        let over = grouped(self.over());
        match self.of {
            Some(of) => format!("{over} of {}", grouped(of)),
            None => over,
        }
    }
}

/// Before the first record: for each task, its items if it is a map node.
pub fn of_plan(plan: &Plan) -> Vec<Option<ItemsView>> {
    plan.tasks.iter().map(|task| task.items.map(ItemsView::new)).collect()
}

impl View {
    /// How far a map node is; none for any other task.
    pub fn items(&self, task: TaskId) -> Option<&ItemsView> {
        self.items.get(task.index())?.as_ref()
    }

    /// Items were submitted.
    pub(super) fn count_submitted(&mut self, future: FutureId, work: &Work) {
        let Work::Tasks(parts) = work else {
            return;
        };
        let largest = work.item_count();
        for part in parts {
            let Some(Some(items)) = self.items.get_mut(part.task.index()) else { continue };
            if part.first == 0 {
                *items = ItemsView { since: future, ..ItemsView::new(items.count()) };
            }
            let count = &mut items.looks[Shown::Queued as usize];
            *count = count.saturating_add(part.count);
            items.largest = items.largest.max(largest);
            if items.calls.len() <= BORDERS {
                let end = part.first.saturating_add(part.count);
                items.calls.push(CallView { future, end, look: Shown::Queued });
            }
        }
        self.list_submitted(future, parts);
    }

    /// A future, and so its call's items, look different now.
    pub(super) fn count_change(&mut self, future: FutureId, before: Shown, after: Shown) {
        let Some(cell) = self.futures.get(future.index()) else {
            return;
        };
        let Work::Tasks(parts) = &cell.work else {
            return;
        };
        for part in parts {
            let items = self.items.get_mut(part.task.index()).and_then(Option::as_mut);
            if let Some(items) = items.filter(|items| future >= items.since) {
                let left = &mut items.looks[before as usize];
                *left = left.saturating_sub(part.count);
                let joined = &mut items.looks[after as usize];
                *joined = joined.saturating_add(part.count);
                // More than there is room for are never asked for.
                if items.calls.len() <= BORDERS
                    && let Some(call) = items.calls.iter_mut().find(|it| it.future == future)
                {
                    call.look = after;
                }
            }
        }
    }
}
