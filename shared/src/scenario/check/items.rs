//! Map nodes: how many items they have, and whether their function takes each.

use crate::function::Param;
use crate::limits;
use crate::scenario::error::{ScenarioErrorKind as Kind, at_most, wrong};
use crate::scenario::{Arg, Count, Each, ScenarioError};

/// How many items a task with these mapped arguments has, if there is one: as many as the shortest
/// of them (rule 56).
pub fn count<'a>(mapped: impl Iterator<Item = &'a Each>) -> Option<Count> {
    mapped.map(Each::count).min()
}

/// Whether that is not too many.
pub fn check_count(at: &str, items: Option<Count>) -> Result<(), ScenarioError> {
    at_most(&format!("{at}/args"), "items", known(items), limits::ITEMS)
}

/// Whether all map nodes together have no more items than a run may have futures. An endless one
/// has as many as are pulled, which only the run can count.
pub fn check_sum(counts: impl Iterator<Item = Option<Count>>) -> Result<(), ScenarioError> {
    let items = counts.map(known).fold(0, usize::saturating_add);
    at_most("/tasks", "items of map nodes", items, limits::FUTURES)
}

fn known(items: Option<Count>) -> usize {
    match items {
        None | Some(Count::Endless) => 0,
        Some(Count::Finite(items)) => usize::try_from(items).unwrap_or(usize::MAX),
    }
}

/// Whether a parameter takes each item of a mapped argument.
pub fn check_each(at: &str, each: &Each, param: &Param) -> Result<(), ScenarioError> {
    let at = format!("{at}/each");
    if let Each::Range(range) = each
        && range.step == 0
    {
        let text = "range() arg 3 must not be zero".to_owned();
        return wrong(format!("{at}/range"), Kind::DoesNotFit(text));
    }
    each.check(param).map_err(|(index, bad)| {
        let place = match each {
            Each::Values(_) => format!("{at}/{index}"),
            Each::Range(_) => format!("{at}/range"),
            Each::Count(_) => format!("{at}/count"),
        };
        ScenarioError { at: place, kind: Kind::WrongArgument(bad) }
    })
}

/// A mapped argument is a whole one.
pub fn refuse_inside_list(at: &str, arg: &Arg) -> Result<(), ScenarioError> {
    if matches!(arg, Arg::Each(_)) {
        let text = "\"each\" is a whole argument, and cannot stand in a list".to_owned();
        return wrong(at, Kind::DoesNotFit(text));
    }
    Ok(())
}
