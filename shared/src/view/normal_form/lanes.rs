//! Main's moments, with the blocks of tied futures kept apart until they are complete.
//!
//! ```text
//!  moments: [ … ]                       what is settled
//!  open:    [ as_completed 0: [block a] [block b …] ]
//!                                        └─ what main does now goes here
//!             [ as_completed 1: [block c …] ]   inside the loop's body of the one above
//! ```

use std::collections::BTreeMap;

use super::Moment;
use crate::units::IteratorId;

/// What main saw and said so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct MainLane {
    moments: Vec<Moment>,
    /// Ties whose blocks may still grow, the innermost last.
    open: Vec<Tie>,
    /// Of each `as_completed` iterator that was asked: how many futures of the whole run had settled
    /// before its first `next`.
    first_asked: BTreeMap<IteratorId, u32>,
}

/// Futures of one iterator that come in no promised order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Tie {
    iterator: IteratorId,
    /// The last is being filled.
    blocks: Vec<Vec<Moment>>,
}

impl MainLane {
    /// Main saw or said this.
    pub fn push(&mut self, moment: Moment) {
        self.current().push(moment);
    }

    fn current(&mut self) -> &mut Vec<Moment> {
        match self.open.last_mut() {
            Some(tie) => tie.blocks.last_mut().expect("a tie begins with a block"),
            None => &mut self.moments,
        }
    }

    /// An `as_completed` iterator delivers a future, which was the `nth` of the run to settle;
    /// `settled` have by now.
    pub fn completed(&mut self, iterator: IteratorId, name: String, nth: u32, settled: u32) {
        let before = *self.first_asked.entry(iterator).or_insert(settled);
        let moment = Moment::Completed(name);
        if nth >= before {
            self.close(iterator);
            return self.push(moment);
        }
        self.leave_inside(iterator);
        match self.open.last_mut().filter(|tie| tie.iterator == iterator) {
            Some(tie) => tie.blocks.push(vec![moment]),
            None => self.open.push(Tie { iterator, blocks: vec![vec![moment]] }),
        }
    }

    /// `next` of an `as_completed` iterator was called and had nothing to deliver: it waits, or it is
    /// over.
    pub fn next_without_yield(&mut self, iterator: IteratorId) {
        // Whatever of its futures had settled by now would have been delivered: nothing is tied.
        self.first_asked.entry(iterator).or_insert(0);
        self.close(iterator);
    }

    /// The iterator's tie is complete, and with it whatever was open inside its last block.
    fn close(&mut self, iterator: IteratorId) {
        let Some(place) = self.open.iter().position(|tie| tie.iterator == iterator) else {
            return;
        };
        while self.open.len() > place {
            self.close_innermost();
        }
    }

    /// Main is back in the loop over this iterator: loops inside its body are over.
    fn leave_inside(&mut self, iterator: IteratorId) {
        let Some(place) = self.open.iter().position(|tie| tie.iterator == iterator) else {
            return;
        };
        while self.open.len() > place + 1 {
            self.close_innermost();
        }
    }

    fn close_innermost(&mut self) {
        let Some(Tie { mut blocks, .. }) = self.open.pop() else {
            return;
        };
        if blocks.len() == 1 {
            let only = blocks.remove(0);
            self.current().extend(only);
            return;
        }
        blocks.sort();
        self.push(Moment::Tied(blocks));
    }

    /// All moments, if nothing more comes.
    pub fn finish(mut self) -> Vec<Moment> {
        while !self.open.is_empty() {
            self.close_innermost();
        }
        self.moments
    }

    /// Whether what comes may still make these moments out of it.
    pub fn is_prefix_of(&self, whole: &[Moment]) -> bool {
        begins(&self.moments, &self.open, whole)
    }
}

/// Whether `whole` begins with these moments and then what is open.
fn begins(moments: &[Moment], open: &[Tie], whole: &[Moment]) -> bool {
    let Some(rest) = whole.strip_prefix(moments) else {
        return false;
    };
    let Some((tie, inside)) = open.split_first() else {
        return true;
    };
    let (growing, complete) = tie.blocks.split_last().expect("a tie begins with a block");
    // It may stay alone, and then is no tie at all …
    if complete.is_empty() && begins(growing, inside, rest) {
        return true;
    }
    // … or be one of several blocks, in any order.
    let Some(Moment::Tied(blocks)) = rest.first() else {
        return false;
    };
    let mut left: Vec<&Vec<Moment>> = blocks.iter().collect();
    for block in complete {
        let Some(place) = left.iter().position(|other| *other == block) else {
            return false;
        };
        left.swap_remove(place);
    }
    left.iter().any(|block| begins(growing, inside, block))
}
