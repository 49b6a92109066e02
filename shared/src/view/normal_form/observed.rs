//! What somebody saw who looked at a real CPython: the library's answers, and no engine's records.
//!
//! It becomes a normal form by the same rules of order as a log does. What Python cannot tell is left
//! out, on both sides: see [`NormalFormBuilder::seen_from_python`].
//!
//! ```text
//!  CPython ──observe.py──▶ Observed ──form──▶ NormalForm ◀──finish── seen_from_python ◀── records
//! ```

use serde::{Deserialize, Serialize};

use super::lanes::MainLane;
use super::{End, FutureForm, Moment, NormalForm, OutcomeForm};
use crate::engine::event::EndCause;
use crate::units::IteratorId;

/// A run as it was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observed {
    /// In the order of submission.
    pub futures: Vec<FutureForm>,
    /// What main saw and said, in order.
    pub main: Vec<Sight>,
    /// The lines that callbacks printed.
    pub callbacks: Vec<String>,
    /// Whether the executor broke.
    pub broken: bool,
    /// How the program ended.
    pub end: End,
}

/// One thing that main saw or said, before what is tied is known as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Sight {
    /// What needs nothing else to be understood.
    Moment(Moment),
    /// `as_completed` delivered a future.
    Completed {
        /// Which of the run's iterators.
        iterator: IteratorId,
        /// The future's name.
        name: String,
        /// Whether it had settled before this iterator's first `next`.
        tied: bool,
    },
    /// `next` of this `as_completed` iterator had nothing to deliver.
    Nothing(IteratorId),
}

impl Observed {
    /// The normal form of what was seen.
    pub fn form(self) -> NormalForm {
        let mut main = MainLane::default();
        for sight in self.main {
            match sight {
                Sight::Moment(moment) => main.push(without_addresses(moment)),
                // Counts that say the same: before the first `next`, or behind it.
                Sight::Completed { iterator, name, tied } => {
                    main.completed(iterator, name, u32::from(!tied), 1);
                }
                Sight::Nothing(iterator) => main.next_without_yield(iterator),
            }
        }
        let mut futures: Vec<FutureForm> = self.futures.into_iter().map(plain_future).collect();
        futures.sort_by(|a, b| a.name.cmp(&b.name));
        let mut callbacks: Vec<String> =
            self.callbacks.iter().map(|line| without_address(line)).collect();
        callbacks.sort();
        NormalForm {
            futures,
            main: main.finish(),
            callbacks,
            skipped: Vec::new(),
            broken: self.broken,
            end: seen_end(self.end),
            workers: None,
        }
    }
}

/// An end as it looks from Python: that it will never come has one look, whatever the reason.
pub(super) fn seen_end(end: End) -> End {
    match end {
        End::Hangs(_)
        | End::CutOff(EndCause::Hang | EndCause::Deadline | EndCause::Workers | EndCause::Cpu) => {
            End::CutOff(EndCause::Hang)
        }
        End::Raised(text) => End::Raised(without_address(&text)),
        End::Unfinished | End::Returned | End::Exiting { .. } | End::CutOff(_) => end,
    }
}

fn plain_future(future: FutureForm) -> FutureForm {
    FutureForm { outcome: future.outcome.map(plain_outcome), ..future }
}

/// An outcome whose texts name no address: no two runs have the same.
pub(super) fn plain_outcome(outcome: OutcomeForm) -> OutcomeForm {
    match outcome {
        OutcomeForm::Returned(text) => OutcomeForm::Returned(without_address(&text)),
        OutcomeForm::Raised(text) => OutcomeForm::Raised(without_address(&text)),
        OutcomeForm::Lost => OutcomeForm::Lost,
    }
}

/// A moment whose texts name no address.
pub(super) fn without_addresses(moment: Moment) -> Moment {
    match moment {
        Moment::Asked(name, method, answer) => Moment::Asked(name, method, plain_outcome(answer)),
        Moment::Called(name, outcome) => Moment::Called(name, plain_outcome(outcome)),
        Moment::Refused(text) => Moment::Refused(without_address(&text)),
        Moment::NextRaised(text) => Moment::NextRaised(without_address(&text)),
        Moment::Printed(text) => Moment::Printed(without_address(&text)),
        Moment::Completed(_)
        | Moment::Mapped(..)
        | Moment::Tied(_)
        | Moment::Waited { .. }
        | Moment::TimedOut(_) => moment,
    }
}

/// A text with each `0x7f3a5c000000` as `0x…`.
pub(super) fn without_address(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("0x") {
        let (before, address) = rest.split_at(at + 2);
        plain.push_str(before);
        rest = address.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        if rest.len() < address.len() {
            plain.push('…');
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(iterator: u32, name: &str, tied: bool) -> Sight {
        Sight::Completed { iterator: IteratorId(iterator), name: name.to_owned(), tied }
    }

    fn form(main: Vec<Sight>, end: End) -> NormalForm {
        let (futures, callbacks) = (Vec::new(), Vec::new());
        Observed { futures, main, callbacks, broken: false, end }.form()
    }

    #[test]
    fn futures_that_had_settled_before_the_first_next_compare_as_a_set() {
        let printed = |text: &str| Sight::Moment(Moment::Printed(text.to_owned()));
        let one = vec![
            completed(0, "b", true),
            printed("b"),
            completed(0, "a", true),
            printed("a"),
            completed(0, "c", false),
        ];
        let other = vec![
            completed(0, "a", true),
            printed("a"),
            completed(0, "b", true),
            printed("b"),
            completed(0, "c", false),
        ];
        let one = form(one, End::Returned);
        assert_eq!(one, form(other, End::Returned));
        assert_eq!(one.main.len(), 2, "{one}");
    }

    #[test]
    fn those_that_came_later_have_an_order() {
        let order = |names: [&str; 2]| {
            form(names.map(|name| completed(0, name, false)).into(), End::Returned)
        };
        assert_ne!(order(["a", "b"]), order(["b", "a"]));
    }

    #[test]
    fn texts_differ_in_no_address_and_in_nothing_else() {
        assert_eq!(
            without_address("<Future at 0x7fe2 state=x> 0x10"),
            "<Future at 0x… state=x> 0x…"
        );
        assert_eq!(without_address("0xyz 12"), "0xyz 12");
    }
}
