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
    /// By row: the places of its closed bars that must not be overlooked, in order.
    alarms: Vec<Vec<usize>>,
    /// Exactly the rows that have an open bar …
    open: BTreeSet<u16>,
    /// … and those that have none.
    free: BTreeSet<u16>,
    /// How many bars are open, since when; each instant once.
    counts: Vec<(Instant, u32)>,
    /// In order of time.
    moments: Vec<Moment>,
    /// The places of those that must not be overlooked, in order.
    rare: Vec<usize>,
    /// Of workers: who it is and what, since when.
    life: Vec<(Instant, WorkerId, Life)>,
}

impl Lane {
    pub(super) fn new(kind: LaneKind) -> Self {
        Self {
            kind,
            rows: Vec::new(),
            alarms: Vec::new(),
            open: BTreeSet::new(),
            free: BTreeSet::new(),
            counts: Vec::new(),
            moments: Vec::new(),
            rare: Vec::new(),
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

    /// The bars of a row that meet this window, without those that are `covered` by the one before that
    /// is not: so they are few, however many there are. What is covered must come before what is not.
    pub fn spaced(
        &self,
        row: u16,
        (from, until): (Instant, Instant),
        covered: impl Fn(&Bar, &Bar) -> bool,
    ) -> impl Iterator<Item = &Bar> {
        let mut rest = self.row(row);
        rest = &rest[rest.partition_point(|bar| bar.until.is_some_and(|end| end < from))..];
        let mut last = None;
        std::iter::from_fn(move || {
            if let Some(last) = last {
                rest = behind(rest, |bar| covered(last, bar));
            }
            let (bar, others) = rest.split_first()?;
            (last, rest) = (Some(bar), others);
            bar.meets(from, until).then_some(bar)
        })
    }

    /// The closed bars of a row that meet this window and must be seen among any number of others: what
    /// failed, and what broke.
    pub fn alarms(&self, row: u16, from: Instant, until: Instant) -> impl Iterator<Item = &Bar> {
        let bars = self.row(row);
        let places = self.alarms.get(usize::from(row)).map_or(&[][..], Vec::as_slice);
        let ends_before = |place: &usize| bars[*place].until.is_some_and(|end| end < from);
        let first = places.partition_point(ends_before);
        let seen = places[first..].iter().map(|place| &bars[*place]);
        seen.take_while(move |bar| bar.meets(from, until))
    }

    /// The moments, in order of time.
    pub fn moments(&self) -> &[Moment] {
        &self.moments
    }

    /// The moments of this window, without what is taken and printed so soon behind another that it is
    /// `covered` by it.
    pub fn spaced_moments(
        &self,
        (from, until): (Instant, Instant),
        covered: impl Fn(&Moment, &Moment) -> bool,
    ) -> Vec<&Moment> {
        let mut at = self.moments.partition_point(|moment| moment.at < from);
        let end = self.moments.partition_point(|moment| moment.at <= until);
        let mut spaced = Vec::new();
        while at < end {
            let here = &self.moments[at];
            let next = end - behind(&self.moments[at + 1..end], |it| covered(here, it)).len();
            spaced.push(here);
            let rare = self.rare.partition_point(|place| *place <= at);
            let rare = self.rare[rare..].iter().take_while(|place| **place < next);
            spaced.extend(rare.map(|place| &self.moments[*place]));
            at = next;
        }
        spaced
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

    /// The name under which its worker ran last, if one did.
    pub(super) fn last_name(&self) -> Option<&str> {
        self.life.iter().rev().find_map(|(_, _, life)| match life {
            Life::Runs(name) => Some(name.as_str()),
            _ => None,
        })
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
            self.alarms.push(Vec::new());
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
        } else {
            self.note_alarm(row);
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
            self.note_alarm(row);
        }
        self.set_free(row);
        self.count(at);
    }

    /// Rows with an open bar, from the top.
    pub(super) fn open_rows(&self) -> impl Iterator<Item = u16> + use<'_> {
        self.open.iter().copied()
    }

    /// Remembers the last bar of a row, which has just been closed, if it must not be overlooked.
    fn note_alarm(&mut self, row: u16) {
        let row = usize::from(row);
        if self.rows[row].last().is_some_and(Bar::is_alarm) {
            self.alarms[row].push(self.rows[row].len() - 1);
        }
    }

    fn set_free(&mut self, row: u16) {
        self.open.remove(&row);
        self.free.insert(row);
    }

    /// Rows in which nothing is left take no room at the bottom.
    fn drop_empty_rows(&mut self) {
        while self.rows.last().is_some_and(Vec::is_empty) {
            self.rows.pop();
            self.alarms.pop();
            if let Ok(row) = u16::try_from(self.rows.len()) {
                self.free.remove(&row);
            }
        }
    }

    pub(super) fn say(&mut self, moment: Moment) {
        if !matches!(moment.kind, MomentKind::Takes | MomentKind::Prints) {
            self.rare.push(self.moments.len());
        }
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

/// What is behind those for which this holds; it holds for the first ones only. As quick for few as it
/// is for many.
fn behind<T>(all: &[T], holds: impl Fn(&T) -> bool) -> &[T] {
    let mut step = 1;
    while all.get(step - 1).is_some_and(&holds) {
        step *= 2;
    }
    let (from, until) = (step / 2, (step - 1).min(all.len()));
    &all[from + all[from..until].partition_point(holds)..]
}
