//! A lane: bars in rows, moments, and how much was in it when.
//!
//! Within a row bars never overlap. So they are in order both of their beginnings and of their ends,
//! and only the last can be open: whoever draws finds what is visible by halving, however many there
//! are and however long one is.

use std::collections::BTreeSet;
use std::ops::Range;

use super::parts::{Bar, Life, Moment, MomentKind};
use crate::units::{Instant, Span, WorkerId};

/// What a lane is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LaneKind {
    /// The main thread: row 0 is its waiting, row 1 its moments.
    Main,
    /// The work queue of threads; the work ids of a process pool.
    Queue,
    /// A process pool's call queue.
    CallQueue,
    /// Results that are there and that main has not taken.
    Shelf,
    /// A worker, and after it those that took its place; it has one row.
    Worker(WorkerId),
}

impl LaneKind {
    /// Whether a bar without length says something. In a queue it only says that nothing waited there;
    /// with a worker it is a call that ran.
    fn keeps_empty_bars(self) -> bool {
        matches!(self, Self::Worker(_))
    }
}

/// A lane of the timeline.
#[derive(Debug, Clone)]
pub struct Lane {
    /// What it is about.
    pub kind: LaneKind,
    /// The last row is never empty.
    rows: Vec<Vec<Bar>>,
    /// Exactly the rows that have an open bar …
    open: BTreeSet<u16>,
    /// … and those that have none.
    free: BTreeSet<u16>,
    /// How many bars are open, since when; each instant once.
    counts: Vec<(Instant, u32)>,
    /// In order of time.
    moments: Vec<Moment>,
    /// Of workers: who it is and what, since when.
    life: Vec<(Instant, WorkerId, Life)>,
}

impl Lane {
    pub(super) fn new(kind: LaneKind) -> Self {
        Self {
            kind,
            rows: Vec::new(),
            open: BTreeSet::new(),
            free: BTreeSet::new(),
            counts: Vec::new(),
            moments: Vec::new(),
            life: Vec::new(),
        }
    }

    /// How many rows it takes to draw all: at least one, and main's two. Where many calls pass through
    /// a queue at one instant, it is more for that instant.
    pub fn rows_used(&self) -> u16 {
        let least = if self.kind == LaneKind::Main { 2 } else { 1 };
        u16::try_from(self.rows.len()).unwrap_or(u16::MAX).max(least)
    }

    /// The bars of a row, in order; empty if there is no such row.
    pub fn row(&self, row: u16) -> &[Bar] {
        self.rows.get(usize::from(row)).map_or(&[], Vec::as_slice)
    }

    /// All bars, row by row.
    pub fn bars(&self) -> impl Iterator<Item = &Bar> {
        self.rows.iter().flatten()
    }

    /// The bars that meet this window, row by row.
    pub fn visible(&self, from: Instant, until: Instant) -> impl Iterator<Item = &Bar> {
        self.visible_rows(0..u16::MAX, from, until)
    }

    /// The bars of some rows that meet this window, row by row: a lane may have more rows than there
    /// is room for.
    pub fn visible_rows(
        &self,
        rows: Range<u16>,
        from: Instant,
        until: Instant,
    ) -> impl Iterator<Item = &Bar> {
        let last = usize::from(rows.end).min(self.rows.len());
        let first = usize::from(rows.start).min(last);
        self.rows[first..last].iter().flat_map(move |bars| {
            let first = bars.partition_point(|bar| bar.until.is_some_and(|end| end < from));
            bars[first..].iter().take_while(move |bar| bar.meets(from, until))
        })
    }

    /// The moments, in order of time.
    pub fn moments(&self) -> &[Moment] {
        &self.moments
    }

    /// The moments of this window.
    pub fn visible_moments(&self, from: Instant, until: Instant) -> &[Moment] {
        let first = self.moments.partition_point(|moment| moment.at < from);
        let last = self.moments.partition_point(|moment| moment.at <= until);
        &self.moments[first..last.max(first)]
    }

    /// How many bars were open at this instant: the length of a queue; 1 for a worker with a call.
    /// What began and ended at one instant was not open.
    pub fn open_at(&self, now: Instant) -> u32 {
        let after = self.counts.partition_point(|(at, _)| *at <= now);
        after.checked_sub(1).map_or(0, |last| self.counts[last].1)
    }

    /// How long, until `now`, main had waited or the worker had had a call. Of the other lanes, the sum
    /// over their bars.
    pub fn busy(&self, now: Instant) -> Span {
        let spans = self.rows.iter().map(|bars| {
            let after = bars.partition_point(|bar| bar.from <= now);
            match after.checked_sub(1).map(|last| &bars[last]) {
                Some(bar) if bar.counts(self.kind) => {
                    bar.before.0.saturating_add(bar.length(now).0)
                }
                Some(bar) => bar.before.0,
                None => 0,
            }
        });
        Span(spans.fold(0, u64::saturating_add))
    }

    /// What the worker was at this instant; `Unborn` for a lane that is no worker's.
    pub fn life_at(&self, now: Instant) -> &Life {
        let after = self.life.partition_point(|(at, ..)| *at <= now);
        after.checked_sub(1).map_or(&Life::Unborn, |last| &self.life[last].2)
    }

    /// Whose lane it was at this instant; none for a lane that is no worker's.
    pub fn worker_at(&self, now: Instant) -> Option<WorkerId> {
        let LaneKind::Worker(first) = self.kind else { return None };
        let after = self.life.partition_point(|(at, ..)| *at <= now);
        Some(after.checked_sub(1).map_or(first, |last| self.life[last].1))
    }

    /// Whether its worker is no more, so that another can have it.
    pub(super) fn is_left(&self) -> bool {
        matches!(self.life.last(), Some((_, _, Life::Exited(_) | Life::Failed)))
    }

    /// Whether its worker had a call at this instant.
    pub(super) fn has_call(&self, now: Instant) -> bool {
        let bars = self.row(0);
        let after = bars.partition_point(|bar| bar.from <= now);
        let last = after.checked_sub(1).map(|last| &bars[last]);
        self.open_at(now) > 0 && last.is_some_and(|bar| bar.counts(self.kind))
    }

    /// Opens a bar in the lowest free row; none if there are more rows than a `u16` counts.
    pub(super) fn open(&mut self, bar: Bar) -> Option<u16> {
        let row = match self.free.first() {
            Some(row) => *row,
            None => u16::try_from(self.rows.len()).ok().filter(|row| *row < u16::MAX)?,
        };
        self.open_in(row, bar);
        Some(row)
    }

    /// Opens a bar in a row that has no open one.
    pub(super) fn open_in(&mut self, row: u16, mut bar: Bar) {
        for new in self.rows.len()..=usize::from(row) {
            self.rows.push(Vec::new());
            self.free.extend(u16::try_from(new));
        }
        let at = bar.from;
        let bars = &mut self.rows[usize::from(row)];
        bar.row = row;
        bar.before = bars.last().map_or(Span::ZERO, |last| match last.until {
            Some(until) if last.counts(self.kind) => {
                Span(last.before.0.saturating_add(until.since(last.from).0))
            }
            _ => last.before,
        });
        bars.push(bar);
        self.free.remove(&row);
        self.open.insert(row);
        self.count(at);
    }

    /// The open bar of a row, if one is open there.
    pub(super) fn open_bar(&mut self, row: u16) -> Option<&mut Bar> {
        let last = self.rows.get_mut(usize::from(row))?.last_mut()?;
        last.until.is_none().then_some(last)
    }

    /// The open bar of a row, without changing it.
    pub(super) fn peek(&self, row: u16) -> Option<&Bar> {
        self.row(row).last().filter(|bar| bar.until.is_none())
    }

    /// Closes the open bar of a row. One without length goes away, where it would say nothing.
    pub(super) fn close(&mut self, row: u16, at: Instant) {
        let keeps = self.kind.keeps_empty_bars();
        let Some(bar) = self.open_bar(row) else {
            return;
        };
        bar.end_hatch(at);
        bar.until = Some(at);
        let empty = bar.from >= at;
        self.set_free(row);
        if empty && !keeps {
            self.rows[usize::from(row)].pop();
            self.drop_empty_rows();
        }
        self.count(at);
    }

    /// Puts closed bars, in order and without overlaps, in the place of the open one of a row.
    pub(super) fn replace(&mut self, row: u16, at: Instant, bars: Vec<Bar>) {
        if self.open_bar(row).is_none() {
            return;
        }
        self.rows[usize::from(row)].pop();
        for bar in bars {
            let until = bar.until;
            self.open_in(row, bar);
            if let Some(open) = self.open_bar(row) {
                open.until = Some(until.unwrap_or(at));
            }
        }
        self.set_free(row);
        self.count(at);
    }

    /// Rows with an open bar, from the top.
    pub(super) fn open_rows(&self) -> impl Iterator<Item = u16> + use<'_> {
        self.open.iter().copied()
    }

    fn set_free(&mut self, row: u16) {
        self.open.remove(&row);
        self.free.insert(row);
    }

    /// Rows in which nothing is left take no room at the bottom.
    fn drop_empty_rows(&mut self) {
        while self.rows.last().is_some_and(Vec::is_empty) {
            self.rows.pop();
            if let Ok(row) = u16::try_from(self.rows.len()) {
                self.free.remove(&row);
            }
        }
    }

    pub(super) fn say(&mut self, moment: Moment) {
        self.moments.push(moment);
    }

    /// The last moment of this kind. Looks back a few only: what is together is near.
    pub(super) fn recent(&mut self, kind: MomentKind) -> Option<&mut Moment> {
        const FEW: usize = 4;
        self.moments.iter_mut().rev().take(FEW).find(|moment| moment.kind == kind)
    }

    pub(super) fn becomes(&mut self, at: Instant, worker: WorkerId, life: Life) {
        self.life.push((at, worker, life));
    }

    /// Takes down how many bars are open now.
    fn count(&mut self, at: Instant) {
        let open = u32::try_from(self.open.len()).unwrap_or(u32::MAX);
        match self.counts.last_mut() {
            // Bars that replace another may begin before the last count; what counts is the last word.
            Some((last, count)) if *last >= at => *count = open,
            _ => self.counts.push((at, open)),
        }
    }
}
