//! Membership: is what really happened among what may happen?
//!
//! A search through nature's choices, not a sample of them: depth first, every state visited once. A
//! path is left as soon as it can no longer become the outcome that is looked for. When the number of
//! states reaches its limit the answer is *undecided*, which counts as a failure.

mod order;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::limits;
use crate::scenario::Plan;
use crate::sim::{Choice, Sim};
use crate::view::normal_form::{NormalForm, NormalFormBuilder};

use order::Order;

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It may happen; found after so many states.
    Yes {
        /// States visited.
        states: usize,
    },
    /// It cannot happen: all states were visited.
    No {
        /// States visited.
        states: usize,
    },
    /// The limit of states came first.
    Undecided {
        /// States visited.
        states: usize,
    },
}

/// Looks for a run of this plan with this normal form.
pub fn explore(plan: &Arc<Plan>, wanted: &NormalForm) -> Found {
    explore_from(Node::new(plan, NormalFormBuilder::new(plan)), wanted)
}

/// Looks for a run of this plan that looks so from Python, where not all can be seen
/// ([`NormalFormBuilder::seen_from_python`]).
pub fn explore_seen(plan: &Arc<Plan>, wanted: &NormalForm) -> Found {
    let mut root = Node::new(plan, NormalFormBuilder::seen_from_python(plan));
    root.order = Order::new(plan, wanted);
    explore_from(root, wanted)
}

fn explore_from(root: Node, wanted: &NormalForm) -> Found {
    let mut seen = HashSet::new();
    let mut path = vec![root];
    while let Some(mut node) = path.pop() {
        let Some(choices) = node.choices(wanted) else {
            continue;
        };
        if node.sim.ended {
            if node.form.finish() == *wanted {
                return Found::Yes { states: seen.len() };
            }
            continue;
        }
        if !seen.insert(node.key()) {
            continue;
        }
        if seen.len() >= limits::EXPLORED_STATES {
            return Found::Undecided { states: seen.len() };
        }
        // The first choice is tried first: it is pushed last.
        for choice in choices.iter().skip(1).rev() {
            let mut next = node.clone();
            next.take(*choice);
            path.push(next);
        }
        if let Some(choice) = choices.first() {
            node.take(*choice);
            path.push(node);
        }
    }
    Found::No { states: seen.len() }
}

/// Every normal form that runs of this plan can have, up to the limit of states.
///
/// # Errors
/// The number of states, if the limit came first.
pub fn outcomes(plan: &Arc<Plan>) -> Result<HashSet<NormalForm>, usize> {
    outcomes_from(Node::new(plan, NormalFormBuilder::new(plan)))
}

/// Every look from Python that runs of this plan can have, up to the limit of states.
///
/// # Errors
/// The number of states, if the limit came first.
pub fn outcomes_seen(plan: &Arc<Plan>) -> Result<HashSet<NormalForm>, usize> {
    outcomes_from(Node::new(plan, NormalFormBuilder::seen_from_python(plan)))
}

fn outcomes_from(root: Node) -> Result<HashSet<NormalForm>, usize> {
    let mut seen = HashSet::new();
    let mut found = HashSet::new();
    let mut path = vec![root];
    while let Some(mut node) = path.pop() {
        let choices = node.go_to_choice();
        if node.sim.ended {
            found.insert(node.form.finish());
            continue;
        }
        if !seen.insert(node.key()) {
            continue;
        }
        if seen.len() >= limits::EXPLORED_STATES {
            return Err(seen.len());
        }
        for choice in choices {
            let mut next = node.clone();
            next.take(choice);
            path.push(next);
        }
    }
    Ok(found)
}

#[derive(Clone)]
struct Node {
    sim: Sim,
    form: NormalFormBuilder,
    order: Order,
    /// A call returned out of turn.
    out_of_order: bool,
}

impl Node {
    fn new(plan: &Arc<Plan>, form: NormalFormBuilder) -> Self {
        let sim = Sim::new(plan.clone(), 0);
        let mut node = Self { sim, form, order: Order::default(), out_of_order: false };
        node.take_records();
        node
    }

    /// Goes on while there is no choice; comes back with the choices at the next fork, or nothing if
    /// this can no longer become what is wanted.
    fn choices(&mut self, wanted: &NormalForm) -> Option<Vec<Choice>> {
        loop {
            if self.out_of_order || (!self.sim.ended && !self.form.is_prefix_of(wanted)) {
                return None;
            }
            let choices = self.sim.choices();
            let choices = self.sim.without_twins(choices);
            if self.sim.ended || choices.len() > 1 {
                return Some(choices);
            }
            self.sim.take(choices.first().copied());
            self.take_records();
        }
    }

    fn go_to_choice(&mut self) -> Vec<Choice> {
        loop {
            let choices = self.sim.choices();
            let choices = self.sim.without_twins(choices);
            if self.sim.ended || choices.len() > 1 {
                return choices;
            }
            self.sim.take(choices.first().copied());
            self.take_records();
        }
    }

    fn take(&mut self, choice: Choice) {
        self.sim.take(Some(choice));
        self.take_records();
    }

    fn take_records(&mut self) {
        for record in self.sim.drain_records() {
            self.form.apply(&record);
            self.out_of_order |= !self.order.allows(&record.event, &self.form);
        }
    }

    /// Where it is and what has been seen of it: the same future with another past is another node.
    fn key(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.sim.fingerprint().hash(&mut hasher);
        self.form.finish().hash(&mut hasher);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    /// Small enough for trying every order of every step.
    fn plan(executor: &str, steps: &str) -> Arc<Plan> {
        let text = format!(
            r#"{{"format":1,"executor":{executor},
                "tasks":[{{"id":"a","function":"identity","args":{{"value":1}}}},
                         {{"id":"b","function":"fail"}},
                         {{"id":"c","function":"sleep","args":{{"seconds":1}}}}],
                "program":{{"steps":[{steps}]}}}}"#
        );
        Arc::new(Scenario::parse(&text).and_then(Scenario::check).unwrap())
    }

    #[test]
    fn leaving_out_orders_of_steps_that_commute_loses_no_outcome() {
        let executors = [
            r#"{"kind":"threads","workers":1}"#,
            r#"{"kind":"threads","workers":2}"#,
            r#"{"kind":"processes","workers":1}"#,
        ];
        let programs = [
            r#"{"do":"submit","task":["a","b"]},{"do":"cancel","of":"b"},{"do":"done","of":"a"}"#,
            r#"{"do":"submit","task":["a","b"]},{"do":"as_completed","of":["a","b"],"as":"f"}"#,
            r#"{"do":"submit","task":["a","b"]},
               {"do":"wait","of":["a","b"],"return_when":"FIRST_COMPLETED"}"#,
            r#"{"do":"map","tasks":["b","a"],"as":"m"},{"do":"next","of":"m"}"#,
            r#"{"do":"submit","task":["a"]},{"do":"add_done_callback","of":"a","print":"x"},
               {"do":"result","of":"a"},{"do":"print","text":"y"}"#,
            r#"{"do":"submit","task":["c","a"]},{"do":"shutdown","cancel_futures":true},
               {"do":"cancelled","of":"a"}"#,
        ];
        for executor in executors {
            for program in programs {
                assert_nothing_is_lost(&plan(executor, program));
            }
        }
    }

    fn assert_nothing_is_lost(plan: &Arc<Plan>) {
        let mut thorough = Node::new(plan, NormalFormBuilder::new(plan));
        thorough.sim.every_order = true;
        let all = outcomes_from(thorough).expect("small enough");
        let reduced = outcomes(plan).expect("smaller");
        assert_eq!(reduced, all, "{}", plan.scenario.to_json());
    }

    #[test]
    fn what_is_known_beforehand_about_the_order_loses_no_outcome() {
        let executors = [
            r#"{"kind":"threads","workers":2}"#,
            r#"{"kind":"processes","workers":2}"#,
            r#"{"kind":"pool","workers":2}"#,
        ];
        let [loops, other] = [
            r#"{"do":"submit","task":["a","b","c"]},{"do":"cancel","of":"c"},
               {"do":"as_completed","of":["c","a","b"],"as":"f"}"#,
            r#"{"do":"submit","task":["a","b"]},{"do":"wait","of":["a"]},
               {"do":"as_completed","of":["a","b"],"as":"f"},{"do":"done","of":"b"}"#,
        ];
        let pools = [
            r#"{"do":"imap_unordered","tasks":["a","b"],"as":"m"},{"do":"for","in":"m","as":"x"}"#,
            r#"{"do":"apply_async","task":["a","b","c"]},{"do":"ready","of":"a"},{"do":"terminate"}"#,
            r#"{"do":"apply_async","task":["a","b"],"callback":{"raise":"ValueError: x"}},
               {"do":"ready","of":"b"}"#,
        ];
        for executor in executors {
            let programs = if executor.contains("pool") { &pools[..] } else { &[loops, other] };
            for program in programs {
                let plan = plan(executor, program);
                let all = outcomes_seen(&plan).expect("few enough");
                assert!(all.len() > 1, "{program} has one outcome");
                for outcome in &all {
                    let found = explore_seen(&plan, outcome);
                    assert!(matches!(found, Found::Yes { .. }), "{found:?} of\n{outcome}");
                }
            }
        }
    }

    /// Each of these takes two turns of the GIL, and they end in the order in which they came for it.
    #[test]
    fn nor_does_it_lose_an_order_in_which_the_gil_goes_round() {
        fn outcomes_of(workers: u32, of: &[&str], program: &str, interventions: &str) -> usize {
            let compute = |id: &&str| {
                format!(r#"{{"id":"{id}","function":"is_prime","args":{{"n":{PRIME}}}}}"#)
            };
            let text = format!(
                r#"{{"format":1,"executor":{{"kind":"threads","workers":{workers}}},
                    "tasks":[{}],"program":{program},"interventions":[{interventions}]}}"#,
                of.iter().map(compute).collect::<Vec<_>>().join(","),
            );
            let plan = Arc::new(Scenario::parse(&text).and_then(Scenario::check).unwrap());
            assert_nothing_is_lost(&plan);
            outcomes(&plan).expect("few enough").len()
        }
        let mode = r#"{"mode":"as_completed"}"#;
        assert_eq!(outcomes_of(1, &["a", "b"], mode, ""), 1);
        assert_eq!(outcomes_of(2, &["a", "b"], mode, ""), 2);
        // Acts too late to change anything, at one instant: a fork, at which the search compares who
        // stands where in the queue.
        let late = r#"{"do":{"cancel":"a"},"when":{"at":"1ms"}}"#;
        let late = format!("{late},{late}");
        assert_eq!(outcomes_of(3, &["a", "b", "c"], mode, &late), 6);
        // Main and the worker are not alike: whoever has it first is through first.
        let call = r#"{"steps":[{"do":"submit","task":"a"},{"do":"call","task":"b"},
                                {"do":"done","of":"a"}]}"#;
        assert_eq!(outcomes_of(1, &["a", "b"], call, ""), 2);
    }

    /// Some 8 ms of virtual time.
    const PRIME: u64 = 50_783_974_603;
}
