//! The order of the outline: tasks by how far they are from those that need nothing.

use std::collections::BTreeMap;

use shared::scenario::edit::Edge;

/// The edges at a task.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ends {
    /// Those into it, in the order of its slots.
    pub needs: Vec<Edge>,
    /// Those out of it.
    pub feeds: Vec<Edge>,
}

/// The edges at each task that has any.
pub fn ends(edges: &[Edge]) -> BTreeMap<String, Ends> {
    let mut all: BTreeMap<String, Ends> = BTreeMap::new();
    for edge in edges {
        all.entry(edge.to.clone()).or_default().needs.push(edge.clone());
        all.entry(edge.from.clone()).or_default().feeds.push(edge.clone());
    }
    all
}

/// Tasks by their distance from those that need nothing; what is in a circle comes last.
pub fn levels(ids: &[String], ends: &BTreeMap<String, Ends>) -> Vec<Vec<String>> {
    let place: BTreeMap<&str, usize> =
        ids.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
    let needed = |id: &String| ends.get(id).map_or(0, |ends| ends.needs.len());
    let mut missing: Vec<usize> = ids.iter().map(needed).collect();
    let mut levels = Vec::new();
    let mut level: Vec<usize> = (0..ids.len()).filter(|at| missing[*at] == 0).collect();
    while !level.is_empty() {
        let mut next = Vec::new();
        for edge in level.iter().filter_map(|at| ends.get(&ids[*at])).flat_map(|all| &all.feeds) {
            let Some(to) = place.get(edge.to.as_str()) else { continue };
            missing[*to] -= 1;
            if missing[*to] == 0 {
                next.push(*to);
            }
        }
        next.sort_unstable();
        levels.push(std::mem::replace(&mut level, next));
    }
    let circle: Vec<usize> = (0..ids.len()).filter(|at| missing[*at] > 0).collect();
    levels.extend((!circle.is_empty()).then_some(circle));
    let named = |level: Vec<usize>| level.into_iter().map(|at| ids[at].clone()).collect();
    levels.into_iter().map(named).collect()
}

/// What the tasks of a level have in common, in words.
pub fn words(level: usize, tasks: usize) -> String {
    match (level, tasks) {
        (0, 1) => "one task that needs nothing".to_owned(),
        (0, many) => format!("{many} tasks that need nothing"),
        (_, 1) => "one task that needs some of those above".to_owned(),
        (_, many) => format!("{many} tasks that need some of those above"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::scenario::edit::Slot;

    fn edge(from: &str, to: &str) -> Edge {
        Edge { from: from.into(), to: to.into(), slot: Slot::After }
    }

    #[test]
    fn a_level_has_what_the_levels_above_make_ready_and_circles_come_last() {
        let ids = ["a", "b", "c", "x", "y"].map(str::to_owned);
        let edges =
            [edge("a", "b"), edge("b", "c"), edge("a", "c"), edge("x", "y"), edge("y", "x")];
        let levels = levels(&ids, &ends(&edges));
        assert_eq!(levels, [vec!["a"], vec!["b"], vec!["c"], vec!["x", "y"]]);
    }

    #[test]
    fn a_long_chain_is_as_many_levels_as_it_has_tasks() {
        let ids: Vec<String> = (0..2_000).map(|at| format!("task-{at}")).collect();
        let edges: Vec<Edge> = ids.windows(2).map(|two| edge(&two[0], &two[1])).collect();
        assert_eq!(levels(&ids, &ends(&edges)).len(), 2_000);
    }

    #[test]
    fn an_edge_is_at_both_of_its_tasks() {
        let ends = ends(&[edge("a", "c"), edge("b", "c")]);
        let from = |id: &str| ends[id].needs.iter().map(|it| it.from.as_str()).collect::<Vec<_>>();
        assert_eq!((from("c"), from("a")), (vec!["a", "b"], vec![]));
        assert_eq!(ends["b"].feeds, [edge("b", "c")]);
    }
}
