//! A scenario as a short Rust program that shows the same, with threads and channels of `std` only.
//!
//! ```text
//!  Plan ──types──▶ Calls ──modes, or steps──▶ Program ──▶ Listing
//! ```
//!
//! Each text is the classic picture of a pool. Jobs go down one channel, whose end all workers share
//! behind a lock; what came of them comes back up another; and there is no future, only the memory of
//! who waits. What a channel cannot do, such as taking back a job, has no text: [`NoRust`] says why.
//!
//! It is for reading beside the Python, and does not copy Python: an exception is a `Result`, values
//! are spelled as Rust spells them, all of a program's tasks return one type, no lock keeps threads
//! from computing at once, and a number that overflows panics. Times are the scenario's, not scaled.

mod functions;
mod layout;
mod modes;
mod results;
mod steps;
mod types;

use std::collections::BTreeSet;

use thiserror::Error;

use crate::listing::{Does, Listing};
use crate::scenario::{Count, ExecutorKind, Plan, ProgramPlan};
use crate::units::TaskId;

use functions::FAILURE;
use layout::{Expr, Text, quoted};
use types::{Calls, inputs_once};

/// Why a scenario has no Rust text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoRust {
    /// Its executor is no thread pool.
    #[error("Rust's standard library has threads and nothing like {0}")]
    Executor(&'static str),
    /// Its workers do something before their first call.
    #[error("the Rust text has no initializer of workers")]
    Initializer,
    /// A person acts on the run.
    #[error("the Rust text has nobody who acts on a run from outside")]
    Interventions,
    /// There is nothing to do.
    #[error("there is no task that the Rust text could show")]
    Empty,
    /// A function shows what only Python has, or waits for somebody from outside.
    #[error("the Rust text has no counterpart of the function {0}")]
    Function(&'static str),
    /// Tasks return different types, or one is given a type that it cannot have.
    #[error("a channel of Rust's carries one type, and here are both {0} and {1}")]
    Types(String, String),
    /// An argument of this task has no plain form.
    #[error("the argument {param} of the task {task} has no plain form in Rust")]
    Argument {
        /// The task.
        task: String,
        /// The parameter.
        param: String,
    },
    /// A map node stands where the text has no place for its items.
    #[error("the Rust text has no place here for the items of the map node {0}")]
    MapNode(String),
    /// An option of the program.
    #[error("the Rust text has no counterpart of the program's {0}")]
    Option(&'static str),
    /// A step.
    #[error("threads and channels of Rust's have no counterpart of {0}")]
    Step(&'static str),
    /// A task is submitted twice.
    #[error("the Rust text submits each task once, and {0} is submitted again")]
    Again(String),
    /// A name stands for nothing there, or for something that Rust cannot show.
    #[error("the Rust text has nothing that it could call {0} here")]
    Name(String),
}

/// The scenario as a Rust program; each line is tied to what it does in the log.
///
/// # Errors
/// Why there is none, as [`NoRust`].
pub fn rust(plan: &Plan) -> Result<Listing, NoRust> {
    match plan.kind() {
        ExecutorKind::Threads => {}
        kind @ (ExecutorKind::Interpreters | ExecutorKind::Processes | ExecutorKind::Pool) => {
            return Err(NoRust::Executor(kind.class()));
        }
    }
    if plan.initializer.is_some() {
        return Err(NoRust::Initializer);
    }
    if !plan.interventions.is_empty() {
        return Err(NoRust::Interventions);
    }
    if plan.tasks.is_empty() {
        return Err(NoRust::Empty);
    }
    let shape = Shape::of(plan)?;
    let program = match &plan.program {
        ProgramPlan::Mode { .. } => modes::program(&shape)?,
        ProgramPlan::Steps { steps, .. } => steps::program(&shape, steps)?,
    };
    Ok(shape.text(program).into_listing())
}

/// What a whole text has in common.
struct Shape<'a> {
    plan: &'a Plan,
    calls: Calls,
    /// Calls come to a `Result`.
    fallible: bool,
    /// A job carries the values of its inputs.
    carries: bool,
    /// A job is an item of a task.
    has_items: bool,
}

/// What a mode or steps make of it.
#[derive(Default)]
struct Program {
    /// What stands before `work`: constants, and who remembers what came back.
    before: Text,
    /// What a worker does with a job; empty if it is to send what comes of it up the channel.
    worker: Option<Worker>,
    /// What main does before the pool is there.
    first: Vec<String>,
    /// What it does with the pool, two levels deep.
    body: Text,
    /// What it does behind it.
    behind: Text,
    /// Whether a failure ends main.
    propagates: bool,
    /// Whether main lets go of `submit` itself.
    lets_go: bool,
    /// Paths that it uses.
    uses: BTreeSet<&'static str>,
}

/// What a worker does with a job, in place of sending what comes of it.
#[derive(Default)]
struct Worker {
    /// Parameters of `work` behind the jobs.
    params: String,
    /// The same, as main hands them over.
    handed: String,
    /// Lines.
    does: Vec<String>,
}

impl<'a> Shape<'a> {
    fn of(plan: &'a Plan) -> Result<Self, NoRust> {
        let calls = Calls::of(plan)?;
        let has_items = plan.tasks.iter().any(|task| task.items.is_some());
        let edges = plan.graph.needs.iter().any(|needs| !needs.is_empty());
        for task in &plan.tasks {
            let is_empty = task.items == Some(Count::Finite(0));
            if task.items.is_some() && (edges || is_empty) {
                return Err(NoRust::MapNode(task.id.clone()));
            }
        }
        let carries = plan.tasks.iter().any(|task| !task.inputs.is_empty());
        let times_out = match &plan.program {
            ProgramPlan::Mode { .. } => false,
            ProgramPlan::Steps { steps, .. } => steps::times_out(steps),
        };
        let fallible = times_out || calls.sources.iter().any(|source| source.fails);
        Ok(Self { plan, calls, fallible, carries, has_items })
    }

    fn all(&self) -> impl Iterator<Item = TaskId> + use<> {
        (0..self.plan.tasks.len()).map(TaskId::at)
    }

    fn id(&self, task: TaskId) -> String {
        quoted(&self.plan.task(task).id)
    }

    /// What a call comes to.
    fn outcome(&self) -> String {
        let value = self.calls.value.rust();
        if self.fallible { format!("Result<{value}, Failure>") } else { value }
    }

    /// Whether what a call comes to is copied, and never cloned.
    fn is_copy(&self) -> bool {
        !self.fallible && self.calls.value.is_copy()
    }

    /// What tells one call from another.
    fn key(&self) -> &'static str {
        if self.has_items { "(&'static str, usize)" } else { "&'static str" }
    }

    /// The same as a pattern and as an expression.
    fn key_pattern(&self) -> &'static str {
        if self.has_items { "(task, item)" } else { "task" }
    }

    /// A line that shows what a call returned.
    fn shows(&self) -> String {
        let item = if self.has_items { "[{item}]" } else { "" };
        format!("println!(\"{{task}}{item}: {{value{}}}\");", self.calls.value.format())
    }

    /// A line that shows what went wrong.
    fn shows_failure(&self) -> String {
        let item = if self.has_items { "[{item}]" } else { "" };
        format!("println!(\"{{task}}{item}: {{failure:?}}\")")
    }

    fn text(&self, mut program: Program) -> Text {
        let mut text = Text::default();
        self.header(&mut text, &program);
        text.line("");
        text.line("/// How many threads the pool has.");
        text.line(&format!("const WORKERS: usize = {};", self.plan.max_workers()));
        if self.fallible {
            text.line("");
            text.block(FAILURE);
        }
        self.functions(&mut text);
        self.tables(&mut text);
        self.run(&mut text);
        self.types(&mut text, &program);
        text.append(std::mem::take(&mut program.before));
        self.work(&mut text, program.worker.as_ref());
        main(&mut text, program);
        text
    }

    fn header(&self, text: &mut Text, program: &Program) {
        let title = self.plan.scenario.title.split_whitespace().collect::<Vec<_>>().join(" ");
        if !title.is_empty() {
            text.line(&format!("//! {title}"));
            text.line("");
        }
        let mut uses = program.uses.clone();
        uses.extend(["std::sync::Mutex", "std::thread"]);
        let sends = uses.remove("std::sync::mpsc::Sender") || program.worker.is_none();
        uses.insert(if sends {
            "std::sync::mpsc::{self, Receiver, Sender}"
        } else {
            "std::sync::mpsc::{self, Receiver}"
        });
        uses.extend(self.calls.sources.iter().flat_map(|source| source.uses));
        if self.fallible {
            uses.insert("std::fmt");
        }
        for path in uses {
            text.line(&format!("use {path};"));
        }
    }

    fn functions(&self, text: &mut Text) {
        for source in &self.calls.sources {
            text.line("");
            let is_it = |task: &TaskId| {
                let name = self.plan.task(*task).function.name;
                functions::source(name).is_some_and(|of| of.name == source.name)
            };
            let tasks: Vec<TaskId> = self.all().filter(is_it).collect();
            for line in source.text.lines() {
                let does = if line.starts_with("fn ") {
                    vec![Does::Body(tasks.clone())]
                } else {
                    Vec::new()
                };
                text.does(line, does);
            }
        }
    }

    fn tables(&self, text: &mut Text) {
        for (name, of, values) in &self.calls.tables {
            text.line("");
            let before = format!("const {name}: [{}; {}] = ", of.rust(), values.len());
            text.expr(&before, &Expr::array("", values.clone()), ";", Vec::new());
        }
    }

    /// `run`: what each task is.
    fn run(&self, text: &mut Text) {
        let mut params = vec!["task: &str".to_owned()];
        if self.has_items {
            params.push("item: usize".to_owned());
        }
        if self.carries {
            params.push(format!("v: &[{}]", self.calls.value.rust()));
        }
        text.line("");
        text.line(if self.carries {
            "/// Does a task; `v` are the values of its inputs."
        } else {
            "/// Does a task."
        });
        text.open(&format!("fn run({}) -> {} {{", params.join(", "), self.outcome()));
        text.open("match task {");
        for task in self.all() {
            let before = format!("{} => ", self.id(task));
            let call = &self.calls.exprs[task.index()];
            let fails = functions::source(self.plan.task(task).function.name);
            let fails = fails.is_some_and(|source| source.fails);
            let does = vec![Does::Body(vec![task])];
            if self.fallible && !fails {
                text.expr(&before, &Expr::call("Ok", vec![call.clone()]), ",", does);
            } else {
                text.expr(&before, call, ",", does);
            }
        }
        text.line("_ => unreachable!(\"there is no such task\"),");
        text.close("}");
        text.close("}");
    }

    /// What goes down and comes up the channels.
    fn types(&self, text: &mut Text, program: &Program) {
        let value = self.calls.value.rust();
        text.line("");
        if self.carries {
            text.line("/// What a worker is told: a task, and the values of its inputs.");
            text.line(&format!("type Job = ({}, Vec<{value}>);", self.key()));
        } else {
            let what = if self.has_items { "a task, and which of its items" } else { "a task" };
            text.line(&format!("/// What a worker is told: {what}."));
            text.line(&format!("type Job = {};", self.key()));
        }
        if program.worker.is_none() {
            text.line("");
            text.line("/// What it says: what that was, and what came of it.");
            text.line(&format!("type Done = ({}, {});", self.key(), self.outcome()));
        }
    }

    fn work(&self, text: &mut Text, worker: Option<&Worker>) {
        let job = match (self.carries, self.has_items) {
            (true, _) => "(task, v)",
            (false, true) => "(task, item)",
            (false, false) => "task",
        };
        let run = self.run_call("task", "item", "&v");
        text.line("");
        text.line("/// A worker: does one job after the other, until there are no more to come.");
        let params = worker.map_or("done: &Sender<Done>", |worker| worker.params.as_str());
        let params = if params.is_empty() { String::new() } else { format!(", {params}") };
        text.open(&format!("fn work(jobs: &Mutex<Receiver<Job>>{params}) {{"));
        text.open("loop {");
        text.line("// Not `while let`: that would keep the lock while the job is done.");
        text.open(&format!("let Ok({job}) = jobs.lock().unwrap().recv() else {{"));
        text.line("return;");
        text.close("};");
        match worker {
            None => {
                text.line(&format!("done.send(({}, {run})).unwrap();", self.key_pattern()));
            }
            // Nobody wants to know what came of it.
            Some(worker) if worker.does.is_empty() => text.line(&format!("let _ = {run};")),
            Some(worker) => {
                text.line(&format!("let {} = {run};", self.came()));
                worker.does.iter().for_each(|line| text.line(line));
            }
        }
        text.close("}");
        text.close("}");
    }

    /// What a call comes to is called so.
    fn came(&self) -> &'static str {
        if self.fallible { "outcome" } else { "value" }
    }

    /// The call of `run`.
    fn run_call(&self, task: &str, item: &str, values: &str) -> String {
        let mut args = vec![task];
        args.extend(self.has_items.then_some(item));
        args.extend(self.carries.then_some(values));
        format!("run({})", args.join(", "))
    }

    /// `needs`, for a program over a graph: inputs first.
    fn needs(&self, text: &mut Text) {
        text.line("");
        text.line("/// What must be there before a task is submitted.");
        text.open("fn needs(task: &str) -> &'static [&'static str] {");
        text.open("match task {");
        for task in self.all() {
            let needs = self.needs_of(task);
            if !needs.is_empty() {
                let ids = needs.iter().map(|need| Expr::atom(self.id(*need))).collect();
                let before = format!("{} => ", self.id(task));
                text.expr(&before, &Expr::array("&", ids), ",", Vec::new());
            }
        }
        text.line("_ => &[],");
        text.close("}");
        text.close("}");
    }

    /// Inputs in the order in which `v` has them, then what a task needs besides.
    fn needs_of(&self, task: TaskId) -> Vec<TaskId> {
        let mut needs = inputs_once(self.plan.task(task));
        for need in &self.plan.graph.needs[task.index()] {
            if !needs.contains(need) {
                needs.push(*need);
            }
        }
        needs
    }
}

/// The text's `main`.
fn main(text: &mut Text, program: Program) {
    let Program { first, body, behind, propagates, lets_go, worker, .. } = program;
    let is_last = behind.is_empty();
    text.line("");
    let returns = if propagates { " -> Result<(), Failure>" } else { "" };
    text.open(&format!("fn main(){returns} {{"));
    text.line("let (submit, jobs) = mpsc::channel();");
    text.line("let jobs = Mutex::new(jobs);");
    first.iter().for_each(|line| text.line(line));
    text.open(match (propagates, is_last) {
        (true, false) => "thread::scope(|scope| -> Result<(), Failure> {",
        (true, true) | (false, _) => "thread::scope(|scope| {",
    });
    let handed = worker.as_ref().map_or("&done", |worker| worker.handed.as_str());
    let handed = if handed.is_empty() { String::new() } else { format!(", {handed}") };
    text.does("for _ in 0..WORKERS {", vec![Does::Executor]);
    text.does(&format!("    scope.spawn(|| work(&jobs{handed}));"), vec![Does::Executor]);
    text.line("}");
    if !lets_go {
        text.line("// It ends with this block: then there are no more jobs, and the workers end.");
        text.line("let submit = submit;");
    }
    text.append(body);
    if propagates {
        text.line("Ok(())");
    }
    let closing = match (propagates, is_last) {
        (true, true) => "})",
        (true, false) => "})?;",
        (false, _) => "});",
    };
    text.close_doing(closing, vec![Does::Leave]);
    text.append(behind);
    if propagates && !is_last {
        text.line("Ok(())");
    }
    text.close("}");
}

#[cfg(test)]
mod tests;
