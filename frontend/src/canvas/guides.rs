//! Guides: lines where a node that is being dragged stands in line with others.
//!
//! They help the eye and never move anything: the grid alone decides where a node can stand.

use leptos::prelude::*;

use super::gestures::Gestures;

/// A box on the drawing, by its edges: left, top, right, bottom.
pub type Edges = (i32, i32, i32, i32);

/// A line: from one point to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guide {
    /// Where it begins.
    pub from: (i32, i32),
    /// Where it ends, right of that or below.
    pub to: (i32, i32),
}

/// The lines for a box among others: one down and one across at most, to the nearest in line. Of edges
/// and middles that are in line, the left or upper edge counts first.
pub fn guides(dragged: Edges, others: &[Edges]) -> Vec<Guide> {
    let down =
        in_line(dragged, others).map(|(x, top, bottom)| Guide { from: (x, top), to: (x, bottom) });
    let turned: Vec<Edges> = others.iter().map(|&other| turn(other)).collect();
    let across = in_line(turn(dragged), &turned);
    let across = across.map(|(y, left, right)| Guide { from: (left, y), to: (right, y) });
    down.into_iter().chain(across).collect()
}

/// Across for down.
fn turn((left, top, right, bottom): Edges) -> Edges {
    (top, left, bottom, right)
}

/// Where the line down stands, and from where to where it goes.
fn in_line(dragged: Edges, others: &[Edges]) -> Option<(i32, i32, i32)> {
    let lines = |it: Edges| [it.0, it.2, it.0.midpoint(it.2)];
    let [left, right, middle] = lines(dragged);
    let shared = |other: Edges| {
        let of_other = lines(other);
        // A middle is in line with a middle only: with an edge it looks like a mistake.
        [left, right]
            .into_iter()
            .find(|line| of_other[..2].contains(line))
            .or_else(|| (middle == of_other[2]).then_some(middle))
    };
    let apart =
        |other: Edges| other.1.saturating_sub(dragged.3).max(dragged.1.saturating_sub(other.3));
    let in_line = others.iter().filter_map(|&other| Some((apart(other), shared(other)?, other)));
    let (_, line, other) = in_line.min_by_key(|(apart, ..)| *apart)?;
    Some((line, dragged.1.min(other.1), dragged.3.max(other.3)))
}

/// The guides of what is being dragged now.
#[component]
pub fn Guides(gestures: Gestures) -> impl IntoView {
    let line = |Guide { from, to }| {
        view! { <line class="guide" x1=from.0 y1=from.1 x2=to.0 y2=to.1></line> }
    };
    move || {
        let guides = gestures.guides.get();
        (!guides.is_empty()).then(|| {
            view! { <g class="guides">{guides.into_iter().map(line).collect_view()}</g> }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(x: i32, y: i32) -> Edges {
        (x, y, x + 176, y + 56)
    }

    #[test]
    fn a_node_in_line_with_others_has_a_line_to_the_nearest_each_way() {
        let others = [node(0, 0), node(0, 300), node(400, 500)];
        let found = guides(node(0, 400), &others);
        assert_eq!(found, [Guide { from: (0, 300), to: (0, 456) }]);
        let found = guides(node(400, 0), &others);
        let across = Guide { from: (0, 0), to: (576, 0) };
        assert_eq!(found, [Guide { from: (400, 0), to: (400, 556) }, across]);
    }

    #[test]
    fn a_node_that_is_beside_the_line_has_none() {
        assert_eq!(guides(node(20, 100), &[node(0, 0)]), []);
        assert_eq!(guides(node(20, 100), &[]), []);
    }

    #[test]
    fn several_nodes_are_in_line_by_their_middle_or_an_edge_of_all() {
        // Two that are dragged together, and one below their middle.
        let both = (0, 0, 576, 56);
        assert_eq!(guides(both, &[node(200, 200)]), [Guide { from: (288, 0), to: (288, 256) }]);
        // Its left is where their right is.
        assert_eq!(guides(both, &[node(576, 200)]), [Guide { from: (576, 0), to: (576, 256) }]);
    }
}
