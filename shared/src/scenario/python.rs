//! A scenario as a Python program: what a learner reads beside the picture, copies and runs.
//!
//! ```text
//!  Plan ──▶ modes.rs, steps.rs, pool.rs ──lines──▶ Page ──imports, functions, main──▶ Listing
//! ```
//!
//! The text does what the scenario's program does, call for call, so that CPython can be asked what
//! really comes of it. A line that only shows something to the reader says so ([`Does::Show`]).
//! Spans stand in the scenario's own seconds, before its `scale`.
//!
//! What Python cannot do by itself stands as a comment: a person who kills the worker *that has* a
//! task's call, say.

mod acts;
mod calls;
mod idents;
mod modes;
mod page;
mod pool_modes;
mod steps;

use crate::listing::{Does, Listing};
use crate::scenario::{
    Condition, ExecutorKind, Plan, ProgramPlan, Scenario, ScenarioError, StartMethod,
};
use crate::units::Span;
use crate::value::Value;

use idents::Idents;
use page::Page;

/// The program's text.
pub fn python(plan: &Plan) -> Listing {
    let mut text = Text { plan, page: Page::default(), idents: Idents::new(plan) };
    match &plan.program {
        ProgramPlan::Mode { .. } if plan.kind() == ExecutorKind::Pool => text.pool_mode(),
        ProgramPlan::Mode { .. } => text.mode(),
        ProgramPlan::Steps { steps, with_block } => text.script(steps, *with_block),
    }
    text.page.finish(plan)
}

/// The same program on the pool of the other module: `multiprocessing.Pool` for one of
/// `concurrent.futures`, and `ProcessPoolExecutor` for a Pool.
///
/// # Errors
/// What the other pool has not, as [`Scenario::check`] says it. Nothing is left out for its sake, as
/// [`crate::scenario::edit::Edit::SetExecutor`] would: without its timeout it is another program.
pub fn python_of_other_module(plan: &Plan) -> Result<Listing, ScenarioError> {
    let mut scenario = Scenario::clone(&plan.scenario);
    scenario.executor.kind = match plan.kind() {
        ExecutorKind::Threads | ExecutorKind::Interpreters | ExecutorKind::Processes => {
            ExecutorKind::Pool
        }
        ExecutorKind::Pool => ExecutorKind::Processes,
    };
    // No line of the text says it.
    scenario.executor.gil = None;
    scenario.check().map(|plan| python(&plan))
}

/// A text in the making.
struct Text<'a> {
    plan: &'a Plan,
    page: Page,
    idents: Idents,
}

impl Text<'_> {
    /// What the executor is called in `main`.
    fn executor(&self) -> &'static str {
        if self.plan.kind() == ExecutorKind::Pool { "pool" } else { "executor" }
    }

    /// `ThreadPoolExecutor(max_workers=2)`, and its likes.
    fn constructor(&mut self) -> String {
        let executor = &self.plan.scenario.executor;
        let kind = executor.kind;
        let mut arguments = Vec::new();
        let context = executor.start_method.filter(|_| kind.has_processes());
        if let Some(method) = context {
            self.page.import("multiprocessing");
            self.page.line(format!("context = multiprocessing.get_context({})", name(method)), []);
        }
        let class = match (kind, context) {
            (ExecutorKind::Pool, Some(_)) => {
                arguments.push(executor.workers.to_string());
                "context.Pool"
            }
            (ExecutorKind::Pool, None) => {
                self.page.import("multiprocessing");
                arguments.push(executor.workers.to_string());
                "multiprocessing.Pool"
            }
            (kind, context) => {
                self.page.import_from("concurrent.futures", kind.class());
                arguments.push(format!("max_workers={}", executor.workers));
                arguments.extend(context.map(|_| "mp_context=context".to_owned()));
                kind.class()
            }
        };
        if let Some(prefix) = &executor.thread_name_prefix {
            let prefix = literal(&Value::from(prefix.as_str()));
            arguments.push(format!("thread_name_prefix={prefix}"));
        }
        if let Some(initializer) = self.initializer() {
            arguments.push(initializer);
        }
        if let Some(most) = executor.max_tasks_per_child {
            let name = match kind {
                ExecutorKind::Pool => "maxtasksperchild",
                _ => "max_tasks_per_child",
            };
            arguments.push(format!("{name}={most}"));
        }
        format!("{class}({})", arguments.join(", "))
    }

    /// `initializer=fail, initargs=(1,)`.
    fn initializer(&mut self) -> Option<String> {
        let plan = self.plan;
        let initializer = plan.initializer.as_ref()?;
        let function = initializer.function;
        self.page.function(function, None);
        let values = initializer.args.iter().map(|value| match value {
            Value::None => Vec::new(),
            value => vec![literal(value)],
        });
        let arguments = calls::arguments(function, values.collect());
        if initializer.from_worker == 0 && arguments.iter().all(calls::Argument::is_positional) {
            let texts: Vec<String> = arguments.iter().map(calls::Argument::text).collect();
            return Some(match texts.as_slice() {
                [] => format!("initializer={}", function.name),
                [one] => format!("initializer={}, initargs=({one},)", function.name),
                texts => {
                    format!("initializer={}, initargs=({})", function.name, texts.join(", "))
                }
            });
        }
        // A worker's number stands at the end of its name; processes count from 1.
        let first = initializer.from_worker;
        let call = calls::call(function, &arguments);
        let (current, last) = if plan.kind().has_processes() {
            self.page.import("multiprocessing");
            ("multiprocessing.current_process().name.rpartition(\"-\")", first)
        } else {
            self.page.import("threading");
            ("threading.current_thread().name.rpartition(\"_\")", first)
        };
        let at_least = if plan.kind().has_processes() { ">" } else { ">=" };
        self.page.helper(
            "initialize",
            &format!(
                "def initialize():\n    if int({current}[2]) {at_least} {last}:\n        {call}\n"
            ),
        );
        Some("initializer=initialize".to_owned())
    }

    /// `with … as executor:`, and what a person does from now on.
    fn open_block(&mut self) {
        let constructor = self.constructor();
        let name = self.executor();
        self.page.line(format!("with {constructor} as {name}:"), [Does::Executor, Does::Leave]);
        self.page.indent();
    }
}

fn name(method: StartMethod) -> &'static str {
    match method {
        StartMethod::Fork => "\"fork\"",
        StartMethod::Forkserver => "\"forkserver\"",
        StartMethod::Spawn => "\"spawn\"",
    }
}

/// A value as Python source, with double quotes where that needs no other escapes.
fn literal(value: &Value) -> String {
    match value {
        Value::Text(_) => {
            let repr = value.repr();
            match repr.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
                Some(inner) if !inner.contains('"') => {
                    format!("\"{}\"", inner.replace("\\'", "'"))
                }
                _ => repr,
            }
        }
        Value::List(values) => {
            let values: Vec<String> = values.iter().map(literal).collect();
            format!("[{}]", values.join(", "))
        }
        Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) => value.repr(),
    }
}

/// A text as Python source.
fn quoted(text: &str) -> String {
    literal(&Value::from(text))
}

/// A span in seconds, as Python writes the number.
fn seconds(span: Span) -> String {
    let nanos = span.0;
    if nanos.is_multiple_of(1_000_000_000) {
        return (nanos / 1_000_000_000).to_string();
    }
    let text = format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
    text.trim_end_matches('0').to_owned()
}

/// `, timeout=1`, if there is one.
fn timeout(span: Option<Span>) -> String {
    span.map_or_else(String::new, |span| format!(", timeout={}", seconds(span)))
}

/// The method that asks this.
fn method(condition: Condition) -> &'static str {
    match condition {
        Condition::Done => "done",
        Condition::Running => "running",
        Condition::Cancelled => "cancelled",
        Condition::Failed => "exception",
        Condition::Ready => "ready",
        Condition::Successful => "successful",
    }
}

#[cfg(test)]
mod tests;
