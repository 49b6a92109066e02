//! The items of tasks as calls, a chunk at a time.
//!
//! ```text
//!  tasks  a   squares (5 items)   b          chunksize 3
//!  calls [a   squares[0…1]] [squares[2…4]] [b]
//! ```
//!
//! Nothing is written out: what is still to be submitted is a place among the items, so that a
//! `map` over fifty thousand of them, or over all numbers there are, costs as much as one over three.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::engine::event::{Part, Parts, Work};
use crate::engine::io::{Callbacks, Command, MapSubmit};
use crate::scenario::{Count, Plan};
use crate::units::TaskId;
use crate::value::Value;

/// A task, and the values of its inputs, which all its calls share.
pub type Given = (TaskId, Arc<[Value]>);

/// What is still to be submitted of some tasks, in order.
#[derive(Debug, Clone, Hash)]
pub struct Chunks {
    tasks: Arc<[Given]>,
    /// The task that is next, and how many of its items are through.
    at: usize,
    through: u32,
    chunksize: u32,
}

/// One call's worth of items.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct Chunk {
    /// Which items.
    pub parts: Parts,
    /// The values of their tasks' inputs, one behind the other.
    pub inputs: Arc<[Value]>,
}

impl Chunk {
    /// How many items it has.
    pub fn size(&self) -> u32 {
        self.parts.iter().map(|part| part.count).sum()
    }

    /// The command that submits it.
    pub fn submit(self, map: Option<MapSubmit>, callbacks: Callbacks) -> Command {
        Command::Submit { work: Work::Tasks(self.parts), inputs: self.inputs, map, callbacks }
    }
}

impl Chunks {
    /// The items of these tasks, so many at a time. A task that is no map node has one.
    pub fn new(tasks: Vec<Given>, chunksize: usize) -> Self {
        let chunksize = u32::try_from(chunksize).unwrap_or(u32::MAX).max(1);
        Self { tasks: tasks.into(), at: 0, through: 0, chunksize }
    }

    /// The next call's items; none behind the last.
    pub fn next(&mut self, plan: &Plan) -> Option<Chunk> {
        let mut parts = Parts::default();
        let mut inputs: Vec<&Arc<[Value]>> = Vec::new();
        let mut room = self.chunksize;
        while room > 0
            && let Some((task, given)) = self.tasks.get(self.at)
        {
            let items = match plan.task(*task).items {
                None => 1,
                Some(Count::Finite(items)) => u32::try_from(items).expect("items are limited"),
                Some(Count::Endless) => u32::MAX,
            };
            let count = room.min(items - self.through);
            if count > 0 {
                parts.push(Part { task: *task, first: self.through, count });
                inputs.push(given);
                self.through += count;
                room -= count;
            }
            if self.through == items {
                (self.at, self.through) = (self.at + 1, 0);
            }
        }
        let inputs = match inputs.as_slice() {
            [] => return None,
            [only] => (*only).clone(),
            several => several.iter().flat_map(|given| given.iter().cloned()).collect(),
        };
        Some(Chunk { parts, inputs })
    }
}

/// What one `map` has still to submit, and when.
///
/// Without a `buffersize` the call of `map` submits all of it (rule 53). With one it submits so many
/// calls (rule 68), and then each `next` that does not find the next item in a chunk that has arrived
/// submits one more, before it waits (rule 69).
#[derive(Debug, Clone, Hash)]
pub struct Feed {
    chunks: Chunks,
    /// How many calls `map` itself may still submit; none for all of them.
    ahead: Option<usize>,
    /// The sizes of the calls of which no item was delivered.
    sizes: VecDeque<u32>,
    /// Items of the head's chunk that were not delivered.
    in_head: u32,
    /// The `next` that is about to be called has submitted its call.
    pulled: bool,
}

impl Feed {
    /// Before the first submit.
    pub fn new(chunks: Chunks, buffersize: Option<usize>) -> Self {
        Self { chunks, ahead: buffersize, sizes: VecDeque::new(), in_head: 0, pulled: false }
    }

    /// Whether `next` has anything to submit, ever.
    pub fn is_lazy(&self) -> bool {
        self.ahead.is_some()
    }

    /// What the call of `map` submits next.
    pub fn at_call(&mut self, plan: &Plan) -> Option<Chunk> {
        if self.ahead == Some(0) {
            return None;
        }
        let chunk = self.chunks.next(plan)?;
        self.ahead = self.ahead.map(|ahead| ahead - 1);
        self.sizes.push_back(chunk.size());
        Some(chunk)
    }

    /// What a `next` submits before it waits: at most one call.
    pub fn at_next(&mut self, plan: &Plan) -> Option<Chunk> {
        if !self.is_lazy() || self.in_head > 0 || std::mem::replace(&mut self.pulled, true) {
            return None;
        }
        let chunk = self.chunks.next(plan)?;
        self.sizes.push_back(chunk.size());
        Some(chunk)
    }

    /// A `next` is called.
    pub fn next_called(&mut self) {
        self.pulled = false;
    }

    /// A `next` delivered the item in this place of its call.
    pub fn yielded(&mut self, place: u32) {
        if place == 0 {
            self.in_head = self.sizes.pop_front().unwrap_or(1);
        }
        self.in_head = self.in_head.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    fn plan(buffered: bool) -> Plan {
        let map = if buffered { r#","buffersize":2"# } else { "" };
        let count = if buffered { r#"{"count":0}"# } else { r#"{"range":[5]}"# };
        let text = format!(
            r#"{{"format":1,"executor":{{"kind":"processes","workers":1}},"tasks":[
            {{"id":"a","function":"identity","args":{{"value":1}}}},
            {{"id":"none","function":"square","args":{{"x":{{"each":[]}}}}}},
            {{"id":"squares","function":"square","args":{{"x":{{"each":{count}}}}}}},
            {{"id":"b","function":"identity","args":{{"value":1}}}}],
            "program":{{"mode":"map"{map}}}}}"#
        );
        Scenario::parse(&text).unwrap().check().unwrap()
    }

    fn all(plan: &Plan, chunksize: usize) -> Vec<Vec<(u32, u32, u32)>> {
        let given = (0..4).map(|task| (TaskId(task), Arc::from([Value::Int(task.into())])));
        let mut chunks = Chunks::new(given.collect(), chunksize);
        let mut all = Vec::new();
        while let Some(chunk) = chunks.next(plan) {
            assert_eq!(chunk.inputs.len(), chunk.parts.len(), "each part brings its own");
            all.push(chunk.parts.iter().map(|p| (p.task.0, p.first, p.count)).collect());
        }
        all
    }

    #[test]
    fn rule_96_items_of_several_tasks_fill_chunks_one_after_the_other() {
        let plan = plan(false);
        assert_eq!(all(&plan, 3), [vec![(0, 0, 1), (2, 0, 2)], vec![(2, 2, 3)], vec![(3, 0, 1)]]);
        assert_eq!(all(&plan, 1).len(), 7);
        assert_eq!(all(&plan, 100), [vec![(0, 0, 1), (2, 0, 5), (3, 0, 1)]]);
    }

    #[test]
    fn rules_68_69_70_so_many_calls_ahead_and_one_more_each_next() {
        let plan = plan(true);
        let chunks = Chunks::new(vec![(TaskId(2), Arc::default())], 2);
        let mut feed = Feed::new(chunks, Some(3));
        let first = |chunk: Option<Chunk>| chunk.map(|chunk| chunk.parts[0].first);
        for n in [Some(0), Some(2), Some(4), None] {
            assert_eq!(first(feed.at_call(&plan)), n);
        }
        assert_eq!(first(feed.at_next(&plan)), Some(6));
        assert_eq!(first(feed.at_next(&plan)), None, "one is enough for this next");
        feed.next_called();
        feed.yielded(0);
        assert_eq!(first(feed.at_next(&plan)), None, "the second item of the head is there");
        feed.next_called();
        feed.yielded(1);
        assert_eq!(first(feed.at_next(&plan)), Some(8));
    }
}
