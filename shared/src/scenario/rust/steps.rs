//! A script of steps.
//!
//! Main remembers what came back (`Results`), and each question of Python's futures that a channel can
//! answer is one to that memory.

mod blocks;
mod names;

use std::collections::{BTreeMap, BTreeSet};

use super::layout::{Expr, Text, quoted};
use super::results::{Ask, RESULTS_MADE, results};
use super::types::{Type, inputs_once};
use super::{NoRust, Program, Shape, Worker};
use names::{identifier, name_of, names_used};

use crate::listing::Does;
use crate::scenario::{Condition, Names, Step};
use crate::units::{Span, TaskId};
pub use names::times_out;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq)]
enum Bound {
    /// A value, and how its type is shown.
    Value(Type),
    /// Yes or no.
    Bool,
    /// A task, by its name.
    Task(Vec<TaskId>),
    /// What went wrong.
    Failure,
    /// What `wait` returned: two lists of names.
    Sets,
    /// What `map` returned: the tasks whose results it goes through.
    Mapped(Vec<String>),
}

/// The program of these steps.
pub fn program(shape: &Shape<'_>, steps: &[Step]) -> Result<Program, NoRust> {
    if let Some(task) = shape.plan.tasks.iter().find(|task| task.items.is_some()) {
        return Err(NoRust::MapNode(task.id.clone()));
    }
    let mut used = BTreeSet::new();
    names_used(steps, &mut used);
    let mut script = Script {
        shape,
        fallible: shape.fallible,
        used,
        bound: BTreeMap::new(),
        idents: BTreeMap::new(),
        submitted: BTreeSet::new(),
        asks: BTreeSet::new(),
        propagates: false,
        lets_go: false,
        loops: 0,
        uses: BTreeSet::new(),
        text: Text::at(2),
    };
    let (mut body, mut outside) = (None, false);
    for step in steps {
        match step {
            Step::Leave {} | Step::Shutdown { wait: true, cancel_futures: false } if !outside => {
                outside = true;
                body = Some(std::mem::replace(&mut script.text, Text::at(1)));
                script.bound.clear();
            }
            // A second time there is nothing left to wait for.
            Step::Leave {} | Step::Shutdown { cancel_futures: false, .. } if outside => {}
            Step::Submit { .. } | Step::Map { .. } if outside => {
                return Err(NoRust::Step("submit() after the end of the pool"));
            }
            step => script.step(step)?,
        }
    }
    let rest = std::mem::take(&mut script.text);
    let (body, behind) = match body {
        Some(body) => (body, rest),
        None => (rest, Text::default()),
    };
    if script.submitted.is_empty() {
        return Err(NoRust::Empty);
    }
    Ok(script.into_program(body, behind))
}

/// Writes steps, one after the other.
struct Script<'a> {
    shape: &'a Shape<'a>,
    fallible: bool,
    /// Names that some step asks for.
    used: BTreeSet<&'a str>,
    bound: BTreeMap<String, Bound>,
    /// What Rust calls Python's names.
    idents: BTreeMap<String, String>,
    submitted: BTreeSet<String>,
    asks: BTreeSet<Ask>,
    propagates: bool,
    lets_go: bool,
    /// How many loops are around.
    loops: usize,
    /// Paths that it uses.
    uses: BTreeSet<&'static str>,
    text: Text,
}

impl<'a> Script<'a> {
    fn into_program(self, body: Text, behind: Text) -> Program {
        let mut program = Program {
            body,
            behind,
            propagates: self.propagates,
            lets_go: self.lets_go,
            uses: self.uses,
            ..Program::default()
        };
        if self.asks.is_empty() {
            program.worker = Some(Worker::default());
            return program;
        }
        let before = &mut program.before;
        if self.asks.iter().any(|ask| matches!(ask, Ask::Wait | Ask::WaitForFailure)) {
            before.line("");
            before.line("type Names = Vec<&'static str>;");
        }
        results(self.shape, before, self.asks.iter().copied());
        program.first.extend(RESULTS_MADE.map(str::to_owned));
        program.uses.insert("std::collections::BTreeMap");
        if self.asks.contains(&Ask::ResultWithin) {
            program.uses.extend(["std::time::Duration", "std::time::Instant"]);
        }
        program
    }

    fn steps(&mut self, steps: &'a [Step]) -> Result<(), NoRust> {
        steps.iter().try_for_each(|step| self.step(step))
    }

    fn ask(&mut self, ask: Ask) {
        if ask == Ask::ResultWithin {
            self.asks.insert(Ask::Result);
        }
        self.asks.insert(ask);
    }

    /// The tasks that a name of futures stands for.
    fn tasks(&self, name: &str) -> Result<Vec<TaskId>, NoRust> {
        match self.bound.get(name) {
            Some(Bound::Task(tasks)) => Ok(tasks.clone()),
            Some(_) => Err(NoRust::Name(name.to_owned())),
            None if self.submitted.contains(name) => Ok(vec![self.shape.plan.names[name]]),
            None => Err(NoRust::Name(name.to_owned())),
        }
    }

    /// A future's task, as an expression.
    fn task(&self, name: &str) -> Result<String, NoRust> {
        self.tasks(name)?;
        Ok(match self.bound.get(name) {
            Some(_) => self.idents[name].clone(),
            None => quoted(name),
        })
    }

    /// The names of futures as a list of tasks, and which they are.
    fn list(&self, names: &Names) -> Result<(Vec<Expr>, Vec<TaskId>), NoRust> {
        let (mut exprs, mut all) = (Vec::new(), Vec::new());
        for name in names.as_slice() {
            exprs.push(Expr::atom(self.task(name)?));
            all.extend(self.tasks(name)?);
        }
        Ok((exprs, all))
    }

    /// Binds a name, and returns what Rust calls it; `None` if nobody asks for it.
    fn bind(&mut self, name: &str, bound: Bound) -> Option<String> {
        self.bound.insert(name.to_owned(), bound);
        let taken: BTreeSet<&String> = self.idents.values().collect();
        let mut ident = identifier(name);
        while !self.idents.contains_key(name) && taken.contains(&ident) {
            ident.push('_');
        }
        let ident = self.idents.entry(name.to_owned()).or_insert(ident).clone();
        self.used.contains(name).then_some(ident)
    }

    /// `let name = …;`, or `…;` if nobody asks for the name.
    fn let_be(&mut self, name: Option<&str>, bound: Bound, call: &str, does: Vec<Does>) {
        let ident = name.and_then(|name| self.bind(name, bound));
        let text = match ident {
            Some(ident) => format!("let {ident} = {call};"),
            None => format!("{call};"),
        };
        self.text.does(&text, does);
    }

    /// `?`, if there is anything that it could hand on.
    fn raises(&mut self) -> &'static str {
        self.propagates |= self.fallible;
        if self.fallible { "?" } else { "" }
    }

    /// The call that waits for a result.
    fn result(&mut self, of: &str, timeout: Option<f64>) -> Result<String, NoRust> {
        let task = self.task(of)?;
        Ok(match timeout {
            None => {
                self.ask(Ask::Result);
                format!("results.result({task})")
            }
            Some(seconds) => {
                self.ask(Ask::ResultWithin);
                format!("results.result_within({task}, {seconds:?})")
            }
        })
    }

    /// The values of a task's inputs, as an expression.
    fn inputs(&mut self, task: TaskId) -> Result<Vec<Expr>, NoRust> {
        let mut exprs = Vec::new();
        for input in inputs_once(self.shape.plan.task(task)) {
            let call = self.result(&self.shape.plan.task(input).id.clone(), None)?;
            exprs.push(Expr::atom(format!("{call}{}", self.raises())));
        }
        Ok(exprs)
    }

    fn submit(&mut self, names: &[String], does: fn(TaskId) -> Does) -> Result<(), NoRust> {
        if self.loops > 0 {
            return Err(NoRust::Step("submit() inside another step"));
        }
        let all: Vec<TaskId> = names.iter().map(|name| self.shape.plan.names[name]).collect();
        if let Some(twice) = names.iter().find(|name| self.submitted.contains(*name)) {
            return Err(NoRust::Again(twice.clone()));
        }
        if self.shape.carries {
            for (name, task) in names.iter().zip(all) {
                let inputs = Expr::array("vec!", self.inputs(task)?);
                if !inputs.is_empty() {
                    self.text.expr("let v = ", &inputs, ";", Vec::new());
                }
                let values = if inputs.is_empty() { "vec![]" } else { "v" };
                let line = format!("submit.send(({}, {values})).unwrap();", quoted(name));
                self.text.does(&line, vec![does(task)]);
                self.submitted.insert(name.clone());
            }
            return Ok(());
        }
        match names {
            [name] => {
                let line = format!("submit.send({}).unwrap();", quoted(name));
                self.text.does(&line, all.into_iter().map(does).collect());
            }
            _ => {
                let list = names.iter().map(|name| Expr::atom(quoted(name))).collect();
                self.text.expr("for task in ", &Expr::array("", list), " {", Vec::new());
                let does = all.into_iter().map(does).collect();
                self.text.does("    submit.send(task).unwrap();", does);
                self.text.line("}");
            }
        }
        self.submitted.extend(names.iter().cloned());
        Ok(())
    }

    fn step(&mut self, step: &'a Step) -> Result<(), NoRust> {
        match step {
            Step::Submit { task } => self.submit(task.as_slice(), Does::Submit)?,
            Step::Map { tasks, name, chunksize: _, timeout: None, buffersize: None } => {
                self.submit(tasks, |task| Does::Map(vec![task]))?;
                self.bound.insert(name.clone(), Bound::Mapped(tasks.clone()));
            }
            Step::Map { .. } => return Err(NoRust::Step("map() with a timeout or buffersize")),
            Step::For { over, name, steps } => self.for_each(over, name, steps)?,
            Step::AsCompleted { of, timeout: None, name, steps } => {
                let (list, all) = self.list(of)?;
                self.ask(Ask::Next);
                self.text.expr("let mut left = ", &Expr::array("vec!", list), ";", Vec::new());
                let ident = self.bind(name, Bound::Task(all));
                let ident = ident.unwrap_or_else(|| "_".to_owned());
                let line = format!("while let Some({ident}) = results.next(&mut left) {{");
                self.text.does_and_opens(&line, vec![Does::Next]);
                self.body(steps)?;
                self.text.close("}");
            }
            Step::AsCompleted { .. } => return Err(NoRust::Step("as_completed() with a timeout")),
            Step::Wait { of, timeout: None, return_when, name } => {
                self.wait(of, *return_when, name.as_deref())?;
            }
            Step::Wait { .. } => return Err(NoRust::Step("wait() with a timeout")),
            Step::Result { of, timeout, name } => {
                let does = vec![Does::Ask(self.tasks(of)?)];
                let call = self.result(of, timeout.map(Span::seconds))?;
                let call = format!("{call}{}", self.raises());
                let bound = Bound::Value(self.shape.calls.value.clone());
                self.let_be(name.as_deref(), bound, &call, does);
            }
            Step::Done { of, name } => {
                let does = vec![Does::Ask(self.tasks(of)?)];
                let call = format!("results.done({})", self.task(of)?);
                self.ask(Ask::Done);
                self.let_be(name.as_deref(), Bound::Bool, &call, does);
            }
            Step::Sleep { span } => {
                self.uses.insert("std::time::Duration");
                let seconds = span.seconds();
                let line = format!("thread::sleep(Duration::from_secs_f64({seconds:?}));");
                self.text.does(&line, vec![Does::Sleep]);
            }
            Step::Print { text } => self.print(text)?,
            Step::Call { task, name } => {
                let id = self.shape.plan.names[task];
                let inputs = Expr::array("&", self.inputs(id)?);
                let call = self.shape.run_call(&quoted(task), "0", &inputs.flat());
                let call = format!("{call}{}", self.raises());
                let bound = Bound::Value(self.shape.calls.value.clone());
                self.let_be(name.as_deref(), bound, &call, vec![Does::Call(id)]);
            }
            Step::Shutdown { wait: false, cancel_futures: false } if self.loops == 0 => {
                if !self.lets_go {
                    self.text.does("drop(submit);", vec![Does::Shutdown]);
                }
                self.lets_go = true;
            }
            Step::Try { steps, except } => self.attempt(steps, except)?,
            Step::If { future, is: Condition::Done, then, otherwise } => {
                self.ask(Ask::Done);
                let asked = format!("results.done({})", self.task(future)?);
                self.branch(&asked, future, then, otherwise)?;
            }
            Step::If { future, is: Condition::Failed, then, otherwise } if self.fallible => {
                let asked = format!("{}.is_err()", self.result(future, None)?);
                self.branch(&asked, future, then, otherwise)?;
            }
            Step::Repeat { until_done, steps } => {
                let (list, all) = self.list(until_done)?;
                self.ask(Ask::Done);
                self.text.open("loop {");
                self.body(steps)?;
                self.text.expr("let looked_at = ", &Expr::array("", list), ";", Vec::new());
                let line = "if looked_at.iter().all(|task| results.done(task)) {";
                self.text.does_and_opens(line, vec![Does::Ask(all)]);
                self.text.line("break;");
                self.text.close("}");
                self.text.close("}");
            }
            other => return Err(NoRust::Step(name_of(other))),
        }
        Ok(())
    }

    /// The body of a loop or a branch.
    fn body(&mut self, steps: &'a [Step]) -> Result<(), NoRust> {
        self.loops += 1;
        let done = self.steps(steps);
        self.loops -= 1;
        done
    }
}
