//! Who comes before whom: selecting along the edges.

use std::collections::BTreeSet;

use leptos::prelude::*;
use shared::scenario::edit::Edge;

use crate::bench::{Bench, Selection};

/// A way along the edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To what is needed.
    Up,
    /// To what needs it.
    Down,
}

/// Adds to the selection all that lies that way.
pub fn select(bench: Bench, way: Way) {
    let Selection::Tasks(ids) = bench.selection.get_untracked() else { return };
    let wider = bench.editor.edges.with_untracked(|edges| closure(edges, ids.clone(), way));
    let more = wider.len() - ids.len();
    bench.say(match (more, way) {
        (0, Way::Up) => "They need nothing else.".to_owned(),
        (0, Way::Down) => "Nothing else needs them.".to_owned(),
        (1, _) => "1 task more is selected.".to_owned(),
        _ => format!("{more} tasks more are selected."),
    });
    bench.selection.set(Selection::Tasks(wider));
}

/// These tasks, and all that can be reached from them.
pub fn closure(edges: &[Edge], mut ids: BTreeSet<String>, way: Way) -> BTreeSet<String> {
    let mut next: Vec<String> = ids.iter().cloned().collect();
    while let Some(id) = next.pop() {
        let neighbours = edges.iter().filter_map(|edge| match way {
            Way::Up => (edge.to == id).then_some(&edge.from),
            Way::Down => (edge.from == id).then_some(&edge.to),
        });
        for neighbour in neighbours {
            if ids.insert(neighbour.clone()) {
                next.push(neighbour.clone());
            }
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use shared::scenario::edit::Slot;

    use super::*;

    #[test]
    fn all_that_leads_there_is_found_also_around_a_circle() {
        let edge =
            |from: &str, to: &str| Edge { from: from.into(), to: to.into(), slot: Slot::After };
        let edges =
            [edge("a", "c"), edge("b", "c"), edge("c", "d"), edge("d", "c"), edge("x", "y")];
        let of = |id: &str, way| {
            let found = closure(&edges, BTreeSet::from([id.to_owned()]), way);
            found.into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of("c", Way::Up), "a b c d");
        assert_eq!(of("a", Way::Down), "a c d");
        assert_eq!(of("y", Way::Down), "y");
    }
}
