//! The modes of `concurrent.futures`, as programs over the graph.
//!
//! | graph | text |
//! |---|---|
//! | no edges, nothing that could go wrong | a few lines (`flat.rs`) |
//! | any other | its calls in a dictionary, each to be made as soon as its inputs are there (`graph.rs`) |
//! | `map` | one `executor.map` a level (`levels.rs`) |

mod flat;
mod graph;
mod levels;

use super::calls::Call;
use super::{Text, quoted};
use crate::function::Group;
use crate::listing::Does;
use crate::scenario::{Argument, Mode, PlannedAct, ReturnWhen, TaskPlan};
use crate::units::TaskId;
use crate::value::Value;

pub use graph::TAKE_READY;

impl Text<'_> {
    /// A mode's `main`.
    pub fn mode(&mut self) {
        let program = &self.plan.scenario.program;
        match program.mode.expect("a mode was checked") {
            Mode::Map => self.map_mode(),
            mode if self.is_flat() => self.flat(mode),
            mode => self.graph(mode),
        }
    }

    pub fn all_tasks(&self) -> Vec<TaskId> {
        (0..self.plan.tasks.len()).map(TaskId::at).collect()
    }

    /// Neither edges nor map nodes, and an executor that nothing keeps from taking all calls.
    fn is_flat(&self) -> bool {
        let plain = |task: TaskId| {
            self.plan.graph.needs[task.index()].is_empty() && self.plan.task(task).items.is_none()
        };
        self.all_tasks().into_iter().all(plain) && !self.may_refuse() && !self.names_its_futures()
    }

    /// Whether the executor may be broken or shut down while calls are still submitted.
    pub fn may_refuse(&self) -> bool {
        let scenario = &self.plan.scenario;
        let shut_or_killed =
            |act: &PlannedAct| !matches!(act, PlannedAct::Cancel(_) | PlannedAct::Open(_));
        let deadly = |name: &str| matches!(name, "hard_exit" | "unimportable" | "allocate");
        let processes = self.plan.kind().has_processes();
        scenario.interventions.iter().any(|planned| shut_or_killed(&planned.act))
            || scenario.executor.initializer.is_some()
            || (processes && scenario.tasks.iter().any(|task| deadly(&task.function)))
    }

    /// Whether a person acts on some future by its name.
    fn names_its_futures(&self) -> bool {
        !self.plan.scenario.interventions.is_empty()
    }

    /// `Exception`, or `BaseException` where something raises what is none.
    pub fn widest(&self) -> &'static str {
        let exits = |task: &TaskPlan| {
            let of_kind = |argument: &Argument| match argument {
                Argument::Value(value) => {
                    ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "BaseException"]
                        .iter()
                        .any(|kind| *value == Value::from(*kind))
                }
                Argument::Each(_) | Argument::Input(_) | Argument::List(_) => true,
            };
            match task.function.name {
                "exit" => true,
                "fail" => task.args.first().is_some_and(of_kind),
                _ => false,
            }
        };
        if self.plan.tasks.iter().any(exits) { "BaseException" } else { "Exception" }
    }

    /// Whether some future may come to anything else than a value.
    pub fn may_fail(&self) -> bool {
        let plan = self.plan;
        let calm = |task: &TaskPlan| {
            let literal = |argument: &Argument| matches!(argument, Argument::Value(_));
            let group = task.function.group;
            match task.function.name {
                "fetch" | "factors" => false,
                _ => {
                    matches!(group, Group::Time | Group::Numbers | Group::Computing)
                        && task.items.is_none()
                        && task.args.iter().all(literal)
                }
            }
        };
        !plan.tasks.iter().all(calm) || !plan.scenario.interventions.is_empty() || self.may_refuse()
    }

    /// Whether some task's calls are several.
    pub fn has_nodes(&self) -> bool {
        self.plan.tasks.iter().any(|task| task.items.is_some())
    }

    /// The map nodes' names, quoted.
    pub fn node_names(&self) -> Vec<String> {
        let nodes = self.plan.tasks.iter().filter(|task| task.items.is_some());
        nodes.map(|task| quoted(&task.id)).collect()
    }

    /// Whether the items of map nodes travel in chunks.
    pub fn is_chunked(&self) -> bool {
        self.has_chunks() && self.plan.scenario.program.chunksize.is_some_and(|size| size > 1)
    }

    /// The call of a task, with its inputs from `results`.
    pub fn results_call(&mut self, task: TaskId) -> Call {
        self.call(task, &|text, input| format!("results[{}]", quoted(&text.plan.task(input).id)))
    }

    /// The call of a task, with its inputs in variables.
    pub fn variable_call(&mut self, task: TaskId) -> Call {
        self.call(task, &|text, input| {
            let plan = text.plan;
            text.idents.task(plan, input)
        })
    }

    /// `print(f"a: {a}")` for each task.
    pub fn show_variables(&mut self) {
        let plan = self.plan;
        for task in self.all_tasks() {
            let (id, name) = (&plan.task(task).id, self.idents.task(plan, task));
            let label = quoted(&format!("{id}:"));
            let shown = match plan.task(task).items {
                Some(_) => format!("{name}[:10], len({name})"),
                None => name,
            };
            self.page.line(format!("print({label}, {shown})"), [Does::Show]);
        }
    }
}

/// `FIRST_COMPLETED`, and its likes.
pub fn return_when_name(when: ReturnWhen) -> &'static str {
    match when {
        ReturnWhen::AllCompleted => "ALL_COMPLETED",
        ReturnWhen::FirstCompleted => "FIRST_COMPLETED",
        ReturnWhen::FirstException => "FIRST_EXCEPTION",
    }
}
