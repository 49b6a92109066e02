//! Who is at which line of a program's text, now.

use std::collections::BTreeMap;

use crate::engine::event::{Agent, BlockedOn, EndCause};
use crate::listing::{Does, Listing};
use crate::units::{FutureId, TaskId};
use crate::view::{FutureView, Place, View};

/// Who is at each line that somebody is at, by the line's place in the listing.
pub type Standing = BTreeMap<usize, Vec<Agent>>;

impl View {
    /// Who is at which line: main where it waits, each worker in the function that it runs.
    ///
    /// Where several lines do what somebody waits for, the first of them is shown. Nobody is anywhere
    /// once the run is over, unless it ended with a hang.
    pub fn standing(&self, listing: &Listing) -> Standing {
        let mut standing = Standing::new();
        // Of a run that is over only a hang stands still.
        if self.end.is_some_and(|end| end != EndCause::Hang) {
            return standing;
        }
        if let Some(on) = self.main_waits_for() {
            let line = listing.first(|does| self.is_at(does, on));
            // `apply` waits where it submits.
            let line = line.or_else(|| listing.first(|does| self.submits(does, on)));
            if let Some(line) = line {
                standing.entry(line).or_default().push(Agent::Main);
            }
        }
        for future in &self.futures {
            let Place::With(worker) = future.place else { continue };
            let running = |does: &Does| match does {
                Does::Body(tasks) => future.work.tasks().any(|task| tasks.contains(&task)),
                _ => false,
            };
            // What a function needs may stand before its `def`, or its `fn` in Rust.
            let head = listing.lines.iter().position(|line| {
                let text = line.text.trim_start();
                let begins = text.starts_with("def ") || text.starts_with("fn ");
                begins && line.does.iter().any(running)
            });
            if let Some(head) = head {
                standing.entry(head + 1).or_default().push(Agent::Worker(worker));
            }
        }
        standing
    }

    fn is_of(&self, tasks: &[TaskId], future: FutureId) -> bool {
        let of = |cell: &FutureView| cell.work.tasks().any(|task| tasks.contains(&task));
        self.future(future).is_some_and(of)
    }

    fn submits(&self, does: &Does, on: BlockedOn) -> bool {
        match (does, on) {
            (Does::Submit(task), BlockedOn::Result(future)) => self.is_of(&[*task], future),
            _ => false,
        }
    }

    fn is_at(&self, does: &Does, on: BlockedOn) -> bool {
        match (does, on) {
            (Does::Ask(tasks) | Does::Map(tasks), BlockedOn::Result(future)) => {
                self.is_of(tasks, future)
            }
            (
                Does::Next,
                BlockedOn::MapNext(_) | BlockedOn::CompletedNext(_) | BlockedOn::ImapNext(_),
            )
            | (Does::Map(_), BlockedOn::Job(_))
            | (Does::Wait, BlockedOn::Wait(_))
            | (Does::Sleep, BlockedOn::Sleep(_))
            | (Does::AllTasks, BlockedOn::AllTasks)
            | (
                Does::Shutdown | Does::Leave,
                BlockedOn::Shutdown | BlockedOn::Join | BlockedOn::Terminate | BlockedOn::Exit,
            ) => true,
            (Does::Call(task), BlockedOn::Gate(of)) => *task == of,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::scenario::{Scenario, python};
    use crate::sim::Sim;

    /// The texts of the lines that somebody was at, in the order of the run, each change once.
    fn visited(program: &serde_json::Value) -> Vec<String> {
        let scenario = json!({
            "format": 1, "executor": { "kind": "threads", "workers": 1 },
            "tasks": [{ "id": "a", "function": "sleep", "args": { "seconds": 1 } },
                      { "id": "b", "function": "square", "args": { "x": 2 } }],
            "program": program,
        });
        let plan = Arc::new(Scenario::parse(&scenario.to_string()).unwrap().check().unwrap());
        let listing = python(&plan);
        let mut view = View::new(plan.clone());
        let mut visited: Vec<String> = Vec::new();
        for record in Sim::new(plan, 0).run() {
            view.apply(&record);
            for (line, who) in view.standing(&listing) {
                let who: Vec<String> = who.iter().map(|agent| view.agent_name(*agent)).collect();
                let text = format!("{}: {}", who.join(" "), listing.lines[line].text.trim());
                if !visited.contains(&text) {
                    visited.push(text);
                }
            }
        }
        visited
    }

    #[test]
    fn main_is_where_it_waits_and_a_worker_in_its_function() {
        let worker = "ThreadPoolExecutor-0_0";
        let steps = json!([{ "do": "submit", "task": ["a", "b"] }, { "do": "sleep", "span": "200ms" },
                           { "do": "result", "of": "a" }]);
        let visited = visited(&json!({ "steps": steps }));
        for line in [
            format!("{worker}: time.sleep(seconds)"),
            format!("{worker}: return x * x"),
            "main: time.sleep(0.2)".to_owned(),
            "main: a.result()".to_owned(),
        ] {
            assert!(visited.contains(&line), "{line} in {visited:#?}");
        }
    }

    #[test]
    fn what_stands_before_a_function_is_nobodys_place() {
        let scenario = json!({
            "format": 1, "executor": { "kind": "threads", "workers": 1 },
            "tasks": [{ "id": "a", "function": "fetch", "args": { "url": "http://www.cnn.com/" } }],
            "program": { "mode": "submit" },
        });
        let plan = Arc::new(Scenario::parse(&scenario.to_string()).unwrap().check().unwrap());
        let listing = python(&plan);
        let mut view = View::new(plan.clone());
        let mut at = Vec::new();
        for record in Sim::new(plan, 0).run() {
            view.apply(&record);
            let workers =
                view.standing(&listing).into_iter().filter(|(_, who)| who[0] != Agent::Main);
            at.extend(workers.map(|(line, _)| listing.lines[line - 1].text.clone()));
        }
        at.dedup();
        assert_eq!(at, ["def fetch(url, timeout=60):"]);
    }

    #[test]
    fn nobody_is_anywhere_once_the_program_has_ended() {
        let scenario = json!({
            "format": 1, "executor": { "kind": "threads", "workers": 1 },
            "tasks": [{ "id": "a", "function": "sleep", "args": { "seconds": 1 } }],
            "program": { "mode": "submit" },
        });
        let plan = Arc::new(Scenario::parse(&scenario.to_string()).unwrap().check().unwrap());
        let mut view = View::new(plan.clone());
        Sim::new(plan.clone(), 0).run().iter().for_each(|record| view.apply(record));
        assert_eq!(view.standing(&python(&plan)), Standing::new());
    }

    #[test]
    fn main_is_at_the_loop_of_a_mode() {
        let visited = visited(&json!({ "mode": "as_completed" }));
        let line = "main: for future in as_completed(names):".to_owned();
        assert!(visited.contains(&line), "{visited:#?}");
    }
}
