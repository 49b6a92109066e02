//! Where nodes stand when nobody put them anywhere, and how edges run between them.
//!
//! ```text
//!   level 0     level 1     level 2
//!  ┌───────┐
//!  │   a   ├──╮
//!  └───────┘  │ ┌───────┐
//!  ┌───────┐  ├─▶  sum  ├───▶ …        Inputs left, dependents right; each level is centred
//!  │   b   ├──╯ └───────┘              against the highest one.
//!  └───────┘
//! ```
//!
//! A node is named by its top left corner, in the canvas's own units. All corners lie on a grid of
//! [`GRID`] units. The same graph always gets the same picture: nothing is random, and every tie
//! keeps the order of the document. Edges that skip a level get no lane of their own; they may run
//! behind a node, and people move nodes anyway.

use crate::graph::TaskGraph;
use crate::units::TaskId;

/// The width of a node.
pub const WIDTH: i32 = 176;
/// The height of a node.
pub const HEIGHT: i32 = 56;
/// Corners lie at multiples of this.
pub const GRID: i32 = 20;
/// From the top of a node to the top of the one below it.
pub const ROW: i32 = 80;
/// The corner of the block of all nodes.
pub const ORIGIN: (i32, i32) = (140, 100);

/// Tasks that one column may hold before its level is wrapped.
const COLUMN: usize = 12;
/// From column to column within a wrapped level.
const INNER_STEP: i32 = 200;
/// How often the levels are ordered anew, there and back.
const SWEEPS: usize = 4;
/// How far around a point room is looked for, for several nodes at once.
const FAR_RINGS: i32 = 40;
/// Coordinates further out than this are taken for this, so that sums stay far from overflow.
const FAR: i32 = 1_000_000_000;

/// The top left corner of each task's node.
///
/// No two nodes overlap, and a task stands left of all that need it.
pub fn layout(graph: &TaskGraph) -> Vec<(i32, i32)> {
    let mut levels: Vec<Level> = graph.levels.iter().cloned().map(Level::new).collect();
    let highest = levels.iter().map(|level| level.rows).max().unwrap_or(0);
    for level in &mut levels {
        level.top = ORIGIN.1 + steps(highest - level.rows, ROW) / 2;
    }
    let mut heights = vec![0; graph.needs.len()];
    levels.iter().for_each(|level| level.stand(&mut heights));
    for _ in 0..SWEEPS {
        for level in &mut levels {
            level.order_by(&graph.needs, &mut heights);
        }
        for level in levels.iter_mut().rev() {
            level.order_by(&graph.dependents, &mut heights);
        }
    }
    let step = level_step(levels.len());
    let mut left = ORIGIN.0;
    let mut corners = vec![ORIGIN; graph.needs.len()];
    for level in &levels {
        for (place, task) in level.tasks.iter().enumerate() {
            let x = left + steps(place / level.rows, INNER_STEP);
            corners[task.index()] = (x, heights[task.index()]);
        }
        left += steps(level.columns() - 1, INNER_STEP) + step;
    }
    corners
}

/// From level to level: wide while the picture fits a screen, for the eye to follow the edges.
fn level_step(levels: usize) -> i32 {
    match levels {
        0..=2 => WIDTH + 264,
        3 => WIDTH + 224,
        4 => WIDTH + 184,
        5 => WIDTH + 144,
        _ => WIDTH + 124,
    }
}

/// `count` steps. Counts are those of tasks, and tasks have a limit.
fn steps(count: usize, step: i32) -> i32 {
    i32::try_from(count).map_or(FAR, |count| count.saturating_mul(step).min(FAR))
}

/// A level in its order: down the first column, then down the next.
struct Level {
    tasks: Vec<TaskId>,
    rows: usize,
    /// Where its first row stands.
    top: i32,
}

impl Level {
    fn new(tasks: Vec<TaskId>) -> Self {
        // A column of a thousand is a thread, a row of twelve columns a page: a large level becomes
        // about as wide as it is high. Two and a half rows are as high as a column is wide.
        let square = (tasks.len() * 5 / 2).isqrt();
        let columns = tasks.len().div_ceil(square.max(COLUMN)).max(1);
        // The columns share evenly: 13 are 7 and 6, not 12 and 1.
        let rows = tasks.len().div_ceil(columns).max(1);
        Self { tasks, rows, top: 0 }
    }

    fn columns(&self) -> usize {
        self.tasks.len().div_ceil(self.rows).max(1)
    }

    fn stand(&self, heights: &mut [i32]) {
        for (place, task) in self.tasks.iter().enumerate() {
            heights[task.index()] = self.top + steps(place % self.rows, ROW);
        }
    }

    /// Each task as near as its order allows to the middle of its neighbours.
    fn order_by(&mut self, neighbours: &[Vec<TaskId>], heights: &mut [i32]) {
        let middle = |task: &TaskId| {
            let of_task = &neighbours[task.index()];
            if of_task.is_empty() {
                return f64::from(heights[task.index()]);
            }
            let sum: f64 = of_task.iter().map(|other| f64::from(heights[other.index()])).sum();
            sum / of_task.len() as f64
        };
        // The sort is stable, so equals keep the document's order.
        self.tasks.sort_by_cached_key(|task| Middle(middle(task)));
        self.stand(heights);
    }
}

/// A float that is never not-a-number, to sort by.
#[derive(PartialEq)]
struct Middle(f64);

impl Eq for Middle {}

impl PartialOrd for Middle {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Middle {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// A free spot on the grid for a new node: where it was asked for if there is room, else as near as
/// a step of one column or row allows, rather below than above.
pub fn place_new(existing: &[(i32, i32)], near: (i32, i32)) -> (i32, i32) {
    let (x, y) = (snap(near.0), snap(near.1));
    let free = |spot: &(i32, i32)| {
        let clear = |other: &(i32, i32)| {
            spot.0.abs_diff(other.0) >= INNER_STEP.unsigned_abs()
                || spot.1.abs_diff(other.1) >= ROW.unsigned_abs()
        };
        existing.iter().all(clear)
    };
    // Each node takes at most four of the spots, so one of `4n + 1` is free, and these rings hold
    // more than that.
    let rings = steps(existing.len(), 4).isqrt() / 2 + 1;
    let spot = |(column, row): (i32, i32)| (x + column * INNER_STEP, y + row * ROW);
    (0..=rings).flat_map(ring).map(spot).find(free).unwrap_or((x, y))
}

/// How far to move nodes that stand together, so that their middle is near a point and none of them
/// covers another node: as near as a step of one column or row allows, rather below than above.
pub fn place_together(
    existing: &[(i32, i32)],
    together: &[(i32, i32)],
    near: (i32, i32),
) -> (i32, i32) {
    let Some((x, y, width, height)) = bounds(together) else { return (0, 0) };
    let middle = |from: i32, size: i32| from.saturating_add(size / 2);
    let by = (
        snap(near.0.saturating_sub(middle(x, width))),
        snap(near.1.saturating_sub(middle(y, height))),
    );
    let spot = |(column, row): (i32, i32)| (by.0 + column * INNER_STEP, by.1 + row * ROW);
    let clear = |by: &(i32, i32)| {
        let (x, y) = (x.saturating_add(by.0), y.saturating_add(by.1));
        existing.iter().all(|other| {
            other.0 >= x.saturating_add(width + GRID)
                || other.0.saturating_add(WIDTH + GRID) <= x
                || other.1 >= y.saturating_add(height + GRID)
                || other.1.saturating_add(HEIGHT + GRID) <= y
        })
    };
    (0..=FAR_RINGS).flat_map(ring).map(spot).find(clear).unwrap_or(by)
}

/// The cells around `(0, 0)` at this distance: the nearest first, and below before above.
fn ring(distance: i32) -> Vec<(i32, i32)> {
    let mut cells = Vec::new();
    for row in -distance..=distance {
        for column in -distance..=distance {
            if row.abs().max(column.abs()) == distance {
                cells.push((column, row));
            }
        }
    }
    let far = |(column, row): (i32, i32)| {
        let (x, y) = (i64::from(column * INNER_STEP), i64::from(row * ROW));
        x * x + y * y
    };
    cells.sort_by_key(|&cell| (far(cell), std::cmp::Reverse(cell.1), std::cmp::Reverse(cell.0)));
    cells
}

/// The nearest corner of the grid.
fn snap(value: i32) -> i32 {
    let value = value.clamp(-FAR, FAR);
    (value + GRID / 2).div_euclid(GRID) * GRID
}

/// The SVG path of an edge: it leaves to the right and arrives from the left.
///
/// An edge that leads back, because somebody moved a node, bows out on both sides.
pub fn curve(from: (f64, f64), to: (f64, f64)) -> String {
    let ahead = to.0 - from.0;
    let least = if ahead < 0.0 { (40.0 - ahead / 4.0).min(160.0) } else { ahead.min(40.0) };
    let bow = (ahead / 2.0).max(least);
    let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(hundredths);
    let [c1, c2] = [from.0 + bow, to.0 - bow].map(hundredths);
    format!("M{x1} {y1}C{c1} {y1} {c2} {y2} {x2} {y2}")
}

/// More digits are invisible, and there are thousands of paths.
fn hundredths(value: f64) -> f64 {
    // The sum turns -0 into 0.
    (value * 100.0).round() / 100.0 + 0.0
}

/// The rectangle that holds all nodes with these corners: x, y, width, height; none without nodes.
pub fn bounds(corners: &[(i32, i32)]) -> Option<(i32, i32, i32, i32)> {
    let x = corners.iter().map(|corner| corner.0).min()?;
    let y = corners.iter().map(|corner| corner.1).min()?;
    let right = corners.iter().map(|corner| corner.0).max()?;
    let bottom = corners.iter().map(|corner| corner.1).max()?;
    let width = right.saturating_sub(x).saturating_add(WIDTH);
    let height = bottom.saturating_sub(y).saturating_add(HEIGHT);
    Some((x, y, width, height))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn graph(needs: &[&[u32]]) -> TaskGraph {
        let ids = |of_task: &&[u32]| of_task.iter().copied().map(TaskId).collect();
        TaskGraph::new(needs.iter().map(ids).collect()).unwrap()
    }

    fn wide(tasks: usize) -> TaskGraph {
        TaskGraph::new(vec![Vec::new(); tasks]).unwrap()
    }

    fn overlap(a: (i32, i32), b: (i32, i32)) -> bool {
        (a.0 - b.0).abs() < WIDTH && (a.1 - b.1).abs() < HEIGHT
    }

    fn no_two_overlap(corners: &[(i32, i32)]) -> bool {
        let mut sorted = corners.to_vec();
        sorted.sort_unstable();
        let apart = |(place, a): (usize, &(i32, i32))| {
            let near = sorted[place + 1..].iter().take_while(|b| b.0 - a.0 < WIDTH);
            near.copied().all(|b| !overlap(*a, b))
        };
        sorted.iter().enumerate().all(apart)
    }

    #[test]
    fn five_tasks_and_their_sum_stand_as_in_the_picture() {
        let corners = layout(&graph(&[&[], &[], &[], &[], &[], &[0, 1, 2, 3, 4]]));
        let picture = [(140, 100), (140, 180), (140, 260), (140, 340), (140, 420), (580, 260)];
        assert_eq!(corners, picture);
    }

    #[test]
    fn edges_that_would_cross_are_untangled() {
        // 3 needs the first, 4 the last: as the document has them, their edges would cross.
        let corners = layout(&graph(&[&[], &[], &[], &[2], &[0]]));
        assert!(corners[4].1 < corners[3].1, "{corners:?}");
        let unrelated = layout(&wide(4));
        assert!(unrelated.is_sorted_by_key(|corner| corner.1), "{unrelated:?}");
    }

    #[test]
    fn a_large_level_becomes_a_block() {
        let twelve = layout(&wide(12));
        assert!(twelve.iter().all(|corner| corner.0 == ORIGIN.0));
        let thirteen = layout(&wide(13));
        assert_eq!(bounds(&thirteen), Some((140, 100, 376, 6 * 80 + 56)));
        let (_, _, width, height) = bounds(&layout(&wide(2_000))).unwrap();
        assert!(width < 2 * height && height < 2 * width, "{width} × {height}");
    }

    #[test]
    fn the_largest_graph_is_laid_out() {
        let layered = |task: u32| (1..=5).filter_map(|back| task.checked_sub(back * 37)).collect();
        let needs: Vec<Vec<u32>> = (0..2_000).map(layered).collect();
        let needs: Vec<&[u32]> = needs.iter().map(Vec::as_slice).collect();
        let corners = layout(&graph(&needs));
        assert_eq!(corners.len(), 2_000);
        assert!(no_two_overlap(&corners));
        assert!(no_two_overlap(&layout(&wide(2_000))));
    }

    #[test]
    fn an_empty_graph_has_no_corners_and_no_bounds() {
        assert_eq!(layout(&wide(0)), []);
        assert_eq!(bounds(&[]), None);
    }

    #[test]
    fn bounds_hold_every_node_and_never_overflow() {
        assert_eq!(bounds(&[(0, 0)]), Some((0, 0, 176, 56)));
        assert_eq!(bounds(&[(-20, 100), (60, 40)]), Some((-20, 40, 256, 116)));
        let far = bounds(&[(i32::MIN, 0), (i32::MAX, 0)]);
        assert_eq!(far, Some((i32::MIN, 0, i32::MAX, 56)));
    }

    #[test]
    fn a_new_node_stands_where_it_was_put_unless_another_does() {
        assert_eq!(place_new(&[], (147, -9)), (140, 0));
        assert_eq!(place_new(&[(140, 100)], (140, 100)), (140, 180));
        assert_eq!(place_new(&[(140, 100)], (340, 100)), (340, 100));
        let middle = place_new(&[(i32::MAX, i32::MIN)], (i32::MAX, i32::MIN));
        assert_eq!(middle, (FAR, -FAR));
    }

    #[test]
    fn curves_are_those_of_the_picture() {
        let path = curve((316.0, 128.0), (576.0, 270.0));
        assert_eq!(path, "M316 128C446 128 446 270 576 270");
        assert_eq!(curve((0.5, 0.25), (10.0, -0.001)), "M0.5 0.25C10 0.25 0.5 0 10 0");
        let back = curve((400.0, 0.0), (100.0, 90.0));
        assert_eq!(back, "M400 0C515 0 -15 90 100 90");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_two_nodes_overlap_and_inputs_stand_left(
            needs in prop::collection::vec(prop::collection::vec(any::<u32>(), 0..4), 0..120),
        ) {
            let earlier = |(task, of_task): (usize, Vec<u32>)| {
                let task = u32::try_from(task).unwrap();
                of_task.into_iter().filter(|_| task > 0).map(|n| TaskId(n % task.max(1))).collect()
            };
            let graph = TaskGraph::new(needs.into_iter().enumerate().map(earlier).collect()).unwrap();
            let corners = layout(&graph);
            prop_assert!(no_two_overlap(&corners));
            for (x, y) in &corners {
                prop_assert_eq!((x % GRID, y % GRID), (0, 0));
            }
            for (task, of_task) in graph.needs.iter().enumerate() {
                for needed in of_task {
                    prop_assert!(corners[needed.index()].0 + WIDTH < corners[task].0);
                }
            }
            prop_assert_eq!(layout(&graph), corners);
        }

        #[test]
        fn nodes_that_are_placed_one_by_one_never_overlap(
            wishes in prop::collection::vec((-300..300, -300..300), 1..60),
        ) {
            let mut corners = Vec::new();
            for near in wishes {
                corners.push(place_new(&corners, near));
            }
            prop_assert!(no_two_overlap(&corners));
        }
    }
}
