//! In which order futures must return for main to see what it is to see.
//!
//! `as_completed` and `imap_unordered` deliver in the order in which results came, and of a Pool that is
//! terminated the results that came last are lost. Of a search for one outcome that order is known
//! beforehand, and a call that returns out of turn need not be followed up to where it would show.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::event::{BlockedOn, Event, YieldedBy};
use crate::scenario::{ExecutorKind, Mode, Plan, ProgramPlan, Step};
use crate::view::normal_form::{FutureForm, Moment, NormalForm, NormalFormBuilder, OutcomeForm};

/// Where a run stands in the order of returns; cheap to copy.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// Of each future that must return, by its name: as what it must. Those that may do so in either
    /// order have one number.
    ranks: Arc<BTreeMap<String, usize>>,
    /// The ranks in order.
    sequence: Arc<Vec<usize>>,
    returned: usize,
    /// How many of them have finished, and whether the loop has begun.
    finished: usize,
    begun: bool,
    /// How many must have finished when a Pool is terminated.
    needed: usize,
}

impl Order {
    /// What the outcome that is looked for says about the order; nothing, where the plan allows no
    /// conclusion.
    pub fn new(plan: &Plan, wanted: &NormalForm) -> Self {
        let mut named: BTreeMap<&str, Option<&FutureForm>> = BTreeMap::new();
        for future in &wanted.futures {
            // Two of one name cannot be told apart.
            named.entry(&future.name).and_modify(|known| *known = None).or_insert(Some(future));
        }
        // What raised may have come to that without a worker.
        let returns =
            |future: &&FutureForm| matches!(future.outcome, Some(OutcomeForm::Returned(_)));
        let known = |name: &str| named.get(name).copied().flatten();
        let delivered = |whom: fn(&Moment) -> Option<&str>| -> Vec<BTreeSet<&str>> {
            let returns = |name: &&str| known(name).is_some_and(|future| returns(&future));
            let names = wanted.main.iter().map(|moment| names(moment, whom));
            names.map(|names| names.into_iter().filter(returns).collect()).collect()
        };
        let all = || named.values().copied().flatten();
        let (groups, needed) = match loops_of(plan) {
            Loops::Completed => (delivered(completed), 0),
            Loops::Mapped => (delivered(mapped), 0),
            Loops::None if plan.kind() == ExecutorKind::Pool => {
                let ready: BTreeSet<&str> = all().filter(returns).map(|it| &*it.name).collect();
                let open = |future: &&FutureForm| future.outcome.is_none();
                let open = all().filter(open).map(|it| &*it.name).collect();
                let needed = ready.len();
                (vec![ready, open], needed)
            }
            Loops::None | Loops::Several => (Vec::new(), 0),
        };
        let (mut ranks, mut sequence) = (BTreeMap::new(), Vec::new());
        for (rank, group) in groups.into_iter().enumerate() {
            for name in group {
                if !ranks.contains_key(name) {
                    ranks.insert(name.to_owned(), rank);
                    sequence.push(rank);
                }
            }
        }
        let (ranks, sequence) = (Arc::new(ranks), Arc::new(sequence));
        Self { ranks, sequence, needed, ..Self::default() }
    }

    /// Takes an event into account; `form` has seen it, too. Whether what is wanted is still possible.
    pub fn allows(&mut self, event: &Event, form: &NormalFormBuilder) -> bool {
        let rank = |future| self.ranks.get(&form.name(future));
        match event {
            Event::Returned { call, .. } => {
                let Some(rank) = rank((*call).into()) else { return true };
                let due = self.sequence.get(self.returned) == Some(rank);
                self.returned += 1;
                due
            }
            Event::Finished { future, .. } => {
                self.finished += usize::from(rank(*future).is_some());
                true
            }
            Event::Yielded { from: YieldedBy::AsCompleted, .. }
            | Event::ProgramBlocked { on: BlockedOn::CompletedNext(_), .. }
                if !self.begun =>
            {
                self.begun = true;
                self.may_begin()
            }
            // What is ready then, or in the hands of a callback, comes to its end.
            Event::TerminateAsked { .. } => self.finished + 1 >= self.needed,
            _ => true,
        }
    }

    /// Futures that are done when a loop begins have no order among them, and only those.
    fn may_begin(&self) -> bool {
        let tied = self.sequence.iter().take_while(|rank| **rank == self.sequence[0]).count();
        if tied > 1 { self.finished == tied } else { self.finished <= 1 }
    }
}

/// What there is in a program of loops over results that come as they come.
enum Loops {
    None,
    /// One over `as_completed`, gone through once.
    Completed,
    /// One over `imap_unordered`, gone through once.
    Mapped,
    /// More, or others.
    Several,
}

fn loops_of(plan: &Plan) -> Loops {
    let pool = plan.kind() == ExecutorKind::Pool;
    let steps = match &plan.program {
        ProgramPlan::Mode { mode: Mode::AsCompleted, .. } if pool => return Loops::Mapped,
        // With edges, a loop begins anew whenever tasks have become ready.
        ProgramPlan::Mode { mode: Mode::AsCompleted, .. } if plan.graph.levels.len() == 1 => {
            return Loops::Completed;
        }
        ProgramPlan::Mode { .. } => return Loops::Several,
        ProgramPlan::Steps { steps, .. } => steps,
    };
    let mut looping = steps.iter().filter(|step| iterators(step) > 0);
    match (looping.next(), looping.next()) {
        (None, _) => Loops::None,
        (Some(one), None) if iterators(one) == 1 => match one {
            Step::AsCompleted { .. } => Loops::Completed,
            Step::ImapUnordered { .. } => Loops::Mapped,
            _ => Loops::Several,
        },
        _ => Loops::Several,
    }
}

/// How many iterators this step and those within it make.
fn iterators(step: &Step) -> usize {
    let own = matches!(
        step,
        Step::AsCompleted { .. }
            | Step::ImapUnordered { .. }
            | Step::Imap { .. }
            | Step::Map { .. }
            | Step::MapAsync { .. }
            | Step::Starmap { .. }
    );
    let inner = step.blocks().into_iter().flat_map(|(_, block)| block).map(iterators);
    usize::from(own) + inner.sum::<usize>()
}

fn completed(moment: &Moment) -> Option<&str> {
    match moment {
        Moment::Completed(name) => Some(name),
        _ => None,
    }
}

fn mapped(moment: &Moment) -> Option<&str> {
    match moment {
        Moment::Mapped(name, _) => Some(name),
        _ => None,
    }
}

/// Whom a moment delivers: several, where they are tied.
fn names(moment: &Moment, whom: fn(&Moment) -> Option<&str>) -> BTreeSet<&str> {
    match moment {
        Moment::Tied(blocks) => blocks.iter().flatten().filter_map(whom).collect(),
        other => whom(other).into_iter().collect(),
    }
}
