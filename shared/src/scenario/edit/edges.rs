//! Edges: reading them off a scenario, drawing and removing them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::refused::at_most;
use super::{Refused, literals, names};
use crate::function::{self, Function, Kind};
use crate::graph::TaskGraph;
use crate::limits;
use crate::scenario::{Arg, Scenario, Task};
use crate::units::TaskId;
use crate::value::Value;

/// An edge: `to` needs `from`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// The task that comes first. In a scenario that does not check there may be no such task.
    pub from: String,
    /// The task that needs it.
    pub to: String,
    /// Where it ends.
    pub slot: Slot,
}

/// Where an edge ends at its task.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// At an argument.
    Arg {
        /// The parameter.
        param: String,
        /// The place in the argument's list, from 0; none if the edge is the whole argument.
        index: Option<usize>,
    },
    /// Nowhere: the task only comes after the other.
    After,
}

/// All edges in the order of their references: by task; in a task by parameter, then `after`.
///
/// Reads any scenario, also one that does not check: an edge may begin at a task that there is not,
/// and edges may run in a circle.
pub fn edges(scenario: &Scenario) -> Vec<Edge> {
    scenario.tasks.iter().flat_map(edges_to).collect()
}

/// The edges that end at this task.
pub(super) fn edges_to(task: &Task) -> Vec<Edge> {
    let mut edges = Vec::new();
    let mut push = |from: &str, slot| {
        edges.push(Edge { from: from.to_owned(), to: task.id.clone(), slot });
    };
    for (param, arg) in in_order(task) {
        let mut at = |from: &str, index| push(from, Slot::Arg { param: param.clone(), index });
        match arg {
            Arg::Value(_) | Arg::Each(_) => {}
            Arg::From(from) => at(from, None),
            Arg::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    references(item).iter().for_each(|from| at(from, Some(index)));
                }
            }
        }
    }
    task.after.iter().for_each(|from| push(from, Slot::After));
    edges
}

/// The arguments in the order of the function's parameters; unknown ones come last.
fn in_order(task: &Task) -> Vec<(&String, &Arg)> {
    let mut args: Vec<_> = task.args.iter().collect();
    if let Some(function) = function::find(&task.function) {
        let place = |name: &str| function.param(name).map_or(usize::MAX, |(place, _)| place);
        args.sort_by_key(|(name, _)| place(name));
    }
    args
}

/// The tasks that an argument speaks of, in order.
pub(super) fn references(arg: &Arg) -> Vec<&str> {
    match arg {
        Arg::Value(_) | Arg::Each(_) => Vec::new(),
        Arg::From(from) => vec![from],
        Arg::List(items) => items.iter().flat_map(references).collect(),
    }
}

/// The graph as far as it can be drawn: without the edges from tasks that there are not, and without
/// those that close a circle.
///
/// For [`crate::graph::layout`], which must put a draft somewhere, too. Tasks are numbered as in the
/// document; of two with one id, the edges go to the first.
pub fn drawable(scenario: &Scenario) -> TaskGraph {
    let mut needs = needs(scenario);
    drop_circles(&mut needs);
    TaskGraph::new(needs).expect("the edges that close circles are gone")
}

/// For each task, the known tasks that it needs.
pub(super) fn needs(scenario: &Scenario) -> Vec<Vec<TaskId>> {
    let mut places: BTreeMap<&str, TaskId> = BTreeMap::new();
    for (place, task) in scenario.tasks.iter().enumerate() {
        places.entry(&task.id).or_insert(TaskId::at(place));
    }
    let of_task = |task: &Task| {
        let known = |edge: &Edge| places.get(edge.from.as_str()).copied();
        edges_to(task).iter().filter_map(known).collect()
    };
    scenario.tasks.iter().map(of_task).collect()
}

/// Walks into the depth, and drops each edge that leads back to where the walk came through.
fn drop_circles(needs: &mut [Vec<TaskId>]) {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Not,
        OnTheWay,
        Done,
    }
    let mut seen = vec![Seen::Not; needs.len()];
    for start in 0..needs.len() {
        // Each entry: a task, and how many of its needs were looked at. No recursion: a chain may be
        // as long as there are tasks.
        let mut way = if seen[start] == Seen::Not { vec![(start, 0)] } else { Vec::new() };
        while let Some((task, looked_at)) = way.pop() {
            seen[task] = Seen::OnTheWay;
            let Some(need) = needs[task].get(looked_at).map(|need| need.index()) else {
                seen[task] = Seen::Done;
                continue;
            };
            if seen[need] == Seen::OnTheWay {
                needs[task].remove(looked_at);
                way.push((task, looked_at));
                continue;
            }
            way.push((task, looked_at + 1));
            if seen[need] == Seen::Not {
                way.push((need, 0));
            }
        }
    }
}

/// See [`super::Edit::Connect`].
pub(super) fn connect(scenario: &mut Scenario, from: &str, to: &str) -> Result<(), Refused> {
    names::find(scenario, from)?;
    let place = names::find(scenario, to)?;
    if edges_to(&scenario.tasks[place]).iter().any(|edge| edge.from == from) {
        return Err(Refused::Connected { from: from.to_owned(), to: to.to_owned() });
    }
    refuse_circle(scenario, from, to)?;
    attach(&mut scenario.tasks[place], from);
    refuse_too_many(scenario)
}

/// Refuses more edges than there may be.
pub(super) fn refuse_too_many(scenario: &Scenario) -> Result<(), Refused> {
    at_most("edges", edges(scenario).len(), limits::EDGES)
}

/// Refuses the edge if `from` already needs `to`, and says by which way.
pub(super) fn refuse_circle(scenario: &Scenario, from: &str, to: &str) -> Result<(), Refused> {
    match circle(scenario, from, to) {
        Some(circle) => Err(Refused::Circle { from: from.to_owned(), to: to.to_owned(), circle }),
        None => Ok(()),
    }
}

/// The tasks around the circle that an edge would close, a shortest one, beginning and ending with
/// `from`; none if it closes none.
pub fn circle(scenario: &Scenario, from: &str, to: &str) -> Option<Vec<String>> {
    let mut dependents: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for edge in edges(scenario) {
        dependents.entry(edge.from).or_default().insert(edge.to);
    }
    // Breadth first, so that the way that is named is a shortest one.
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut next = VecDeque::from([to]);
    while let Some(task) = next.pop_front() {
        if task == from {
            let mut back = vec![from.to_owned()];
            let mut at = from;
            while at != to {
                at = came_from[at];
                back.push(at.to_owned());
            }
            back.push(from.to_owned());
            back.reverse();
            return Some(back);
        }
        for dependent in dependents.get(task).into_iter().flatten() {
            if dependent != to && !came_from.contains_key(dependent.as_str()) {
                came_from.insert(dependent, task);
                next.push_back(dependent);
            }
        }
    }
    None
}

/// Adds the edge to where the rule of [`super::Edit::Connect`] says.
pub(super) fn attach(task: &mut Task, from: &str) {
    let reference = Arg::From(from.to_owned());
    let params = function::find(&task.function).map_or(&[][..], |function| function.params);
    for param in params.iter().filter(|param| param.kind == Kind::Values) {
        let mut items = match task.args.get(param.name) {
            Some(Arg::List(items)) => items.clone(),
            Some(Arg::Value(Value::List(values))) => {
                values.iter().cloned().map(Arg::Value).collect()
            }
            // Another task brings the whole list, or each item has its own: there is nothing to append
            // to.
            Some(Arg::From(_) | Arg::Each(_)) => continue,
            Some(Arg::Value(_)) | None => Vec::new(),
        };
        items.push(reference);
        task.args.insert(param.name.to_owned(), Arg::List(items));
        return;
    }
    for param in params {
        // What may be left out is not what an edge is drawn for: `sleep` after a task, not its `returns`.
        let takes = matches!(param.kind, Kind::Number | Kind::Int { .. } | Kind::Any)
            && param.default.is_none();
        let is_free = match task.args.get(param.name) {
            None => true,
            // An edge into a map node feeds what is the same for each item.
            Some(Arg::Each(_)) => false,
            Some(arg) => references(arg).is_empty(),
        };
        if takes && is_free {
            task.args.insert(param.name.to_owned(), reference);
            return;
        }
    }
    task.after.push(from.to_owned());
}

/// See [`super::Edit::Disconnect`].
pub(super) fn disconnect(scenario: &mut Scenario, from: &str, to: &str) -> Result<(), Refused> {
    let place = names::find(scenario, to)?;
    let task = &mut scenario.tasks[place];
    if !edges_to(task).iter().any(|edge| edge.from == from) {
        return Err(Refused::NotConnected { from: from.to_owned(), to: to.to_owned() });
    }
    detach(task, &|other| other == from);
    Ok(())
}

/// Takes the edges from such tasks away. What was fed and must be given gets its sensible literal.
pub(super) fn detach(task: &mut Task, is_gone: &dyn Fn(&str) -> bool) {
    task.after.retain(|other| !is_gone(other));
    let function = function::find(&task.function);
    let touched = |arg: &&Arg| references(arg).into_iter().any(is_gone);
    let params: Vec<String> =
        task.args.iter().filter(|(_, arg)| touched(arg)).map(|(name, _)| name.clone()).collect();
    for name in params {
        let kept = task.args.remove(&name).and_then(|arg| without(arg, is_gone));
        if let Some(kept) = kept.filter(|kept| still_fits(function, &name, kept)) {
            task.args.insert(name, kept);
        }
    }
    if let Some(function) = function {
        literals::fill(task, function);
    }
}

/// An argument without these references; nothing if nothing of it is left.
fn without(arg: Arg, is_gone: &dyn Fn(&str) -> bool) -> Option<Arg> {
    match arg {
        Arg::Value(value) => Some(Arg::Value(value)),
        Arg::Each(each) => Some(Arg::Each(each)),
        Arg::From(from) => (!is_gone(&from)).then_some(Arg::From(from)),
        Arg::List(items) => {
            let items: Vec<Arg> =
                items.into_iter().filter_map(|item| without(item, is_gone)).collect();
            (!items.is_empty()).then(|| Arg::list(items))
        }
    }
}

/// Whether a parameter of that name takes this argument; an unknown function may take anything.
pub(super) fn still_fits(function: Option<&Function>, name: &str, arg: &Arg) -> bool {
    let Some(function) = function else { return true };
    let Some((_, param)) = function.param(name) else { return false };
    match arg {
        Arg::Value(value) => param.check(value).is_ok(),
        Arg::From(_) => true,
        // A list that waits for its elements is a list nevertheless.
        Arg::List(_) => matches!(param.kind, Kind::Values | Kind::Any),
        Arg::Each(each) => each.check(param).is_ok(),
    }
}
