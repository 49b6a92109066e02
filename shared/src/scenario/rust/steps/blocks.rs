//! Steps with others inside, and the two that show several things at once: `wait` and `print`.

use std::collections::BTreeSet;

use super::{Bound, Script};
use crate::listing::Does;
use crate::outcome::Raised;
use crate::scenario::pieces::{Piece, pieces};
use crate::scenario::rust::NoRust;
use crate::scenario::rust::layout::{Expr, Text, quoted};
use crate::scenario::rust::results::Ask;
use crate::scenario::{Except, Names, ReturnWhen, Step};
use crate::units::Span;

impl<'a> Script<'a> {
    pub(super) fn for_each(
        &mut self,
        over: &Names,
        name: &str,
        steps: &'a [Step],
    ) -> Result<(), NoRust> {
        let mapped = match over {
            Names::One(over) => match self.bound.get(over) {
                Some(Bound::Mapped(tasks)) => Some(tasks.clone()),
                _ => None,
            },
            Names::Many(_) => None,
        };
        if let Some(tasks) = mapped {
            let list = tasks.iter().map(|task| Expr::atom(quoted(task))).collect();
            self.text.expr("for task in ", &Expr::array("", list), " {", Vec::new());
            self.text.deeper();
            self.ask(Ask::Result);
            let call = format!("results.result(task){}", self.raises());
            let bound = Bound::Value(self.shape.calls.value.clone());
            self.let_be(Some(name), bound, &call, vec![Does::Next]);
        } else {
            let (list, all) = self.list(over)?;
            let ident = self.bind(name, Bound::Task(all)).unwrap_or_else(|| "_".to_owned());
            self.text.expr(&format!("for {ident} in "), &Expr::array("", list), " {", Vec::new());
            self.text.deeper();
        }
        self.body(steps)?;
        self.text.close("}");
        Ok(())
    }

    pub(super) fn wait(
        &mut self,
        of: &Names,
        return_when: ReturnWhen,
        name: Option<&str>,
    ) -> Result<(), NoRust> {
        let (list, _) = self.list(of)?;
        let count = list.len();
        let list = Expr::array("&", list);
        let (method, args) = match return_when {
            ReturnWhen::FirstException if self.fallible => {
                self.ask(Ask::WaitForFailure);
                ("results.wait_for_failure", vec![list])
            }
            ReturnWhen::FirstCompleted => {
                self.ask(Ask::Wait);
                ("results.wait", vec![list, Expr::atom("1")])
            }
            ReturnWhen::FirstException | ReturnWhen::AllCompleted => {
                self.ask(Ask::Wait);
                ("results.wait", vec![list, Expr::atom(count.to_string())])
            }
        };
        let mut before = String::new();
        if let Some(name) = name
            && let Some(ident) = self.bind(name, Bound::Sets)
        {
            // Each half has a name of its own, if somebody asks for it.
            let half = |half: &str| {
                let asked = self.used.contains(format!("{name}.{half}").as_str());
                if asked || self.used.contains(name) && !self.asked_by_halves(name) {
                    format!("{ident}_{half}")
                } else {
                    format!("_{ident}_{half}")
                }
            };
            before = format!("let ({}, {}) = ", half("done"), half("not_done"));
        }
        self.text.expr(&before, &Expr::call(method, args), ";", vec![Does::Wait]);
        Ok(())
    }

    fn asked_by_halves(&self, name: &str) -> bool {
        ["done", "not_done"]
            .iter()
            .any(|half| self.used.contains(format!("{name}.{half}").as_str()))
    }

    pub(super) fn branch(
        &mut self,
        asked: &str,
        future: &str,
        then: &'a [Step],
        otherwise: &'a [Step],
    ) -> Result<(), NoRust> {
        let does = vec![Does::Ask(self.tasks(future)?)];
        if then.is_empty() {
            self.text.does_and_opens(&format!("if !{asked} {{"), does);
            self.body(otherwise)?;
        } else {
            self.text.does_and_opens(&format!("if {asked} {{"), does);
            self.body(then)?;
            if !otherwise.is_empty() {
                self.text.turn("} else {");
                self.body(otherwise)?;
            }
        }
        self.text.close("}");
        Ok(())
    }

    /// `try:` whose first step is the one that may raise: a `match` of its `Result`.
    pub(super) fn attempt(
        &mut self,
        steps: &'a [Step],
        except: &'a [Except],
    ) -> Result<(), NoRust> {
        let Some((Step::Result { of, timeout, name }, rest)) = steps.split_first() else {
            return Err(NoRust::Step("a try that does not begin with result()"));
        };
        let raises = |step: &Step| !matches!(step, Step::Print { .. } | Step::Sleep { .. });
        if !self.fallible || rest.iter().any(raises) {
            return Err(NoRust::Step("a try in which more than its first result() can raise"));
        }
        let tasks = self.tasks(of)?;
        let call = self.result(of, timeout.map(Span::seconds))?;
        let kinds = tasks.iter().flat_map(|task| &self.shape.calls.kinds[task.index()]);
        let mut kinds: BTreeSet<String> = kinds.cloned().collect();
        let does = vec![Does::Ask(tasks)];
        if timeout.is_some() {
            kinds.insert("TimeoutError".to_owned());
        }
        self.text.does_and_opens(&format!("match {call} {{"), does);
        let value = Bound::Value(self.shape.calls.value.clone());
        let value = name.as_deref().and_then(|name| self.bind(name, value));
        self.arm(&format!("Ok({})", value.as_deref().unwrap_or("_")), rest)?;
        // Rust wants an arm for every failure, also where this task cannot fail.
        let mut exhaustive = false;
        for clause in except {
            let (caught, others): (BTreeSet<String>, BTreeSet<String>) = kinds
                .into_iter()
                .partition(|kind| Raised::new(kind.as_str(), "").is_a(&clause.kind));
            kinds = others;
            if caught.is_empty() {
                continue;
            }
            let failure = clause.name.as_deref();
            let failure = failure.and_then(|name| self.bind(name, Bound::Failure));
            exhaustive = kinds.is_empty();
            let condition = if exhaustive {
                String::new()
            } else {
                let caught: Vec<String> = caught.iter().map(|kind| quoted(kind)).collect();
                let failure = failure.as_deref().unwrap_or("failure");
                format!(" if matches!({failure}.kind, {})", caught.join(" | "))
            };
            let named = match (&failure, condition.is_empty()) {
                (Some(failure), _) => failure.as_str(),
                (None, false) => "failure",
                (None, true) => "_",
            };
            self.arm(&format!("Err({named}){condition}"), &clause.steps)?;
        }
        if !exhaustive {
            self.propagates = true;
            self.text.line("Err(failure) => return Err(failure),");
        }
        self.text.close("}");
        Ok(())
    }

    fn arm(&mut self, pattern: &str, steps: &'a [Step]) -> Result<(), NoRust> {
        let mut inner = Text::default();
        std::mem::swap(&mut inner, &mut self.text);
        let done = self.body(steps);
        std::mem::swap(&mut inner, &mut self.text);
        done?;
        let lines = inner.into_listing().lines;
        match lines.as_slice() {
            [] => self.text.line(&format!("{pattern} => {{}}")),
            [line] if line.text.starts_with("println!") => {
                let text = format!("{pattern} => {},", line.text.trim_end_matches(';'));
                self.text.does(&text, line.does.clone());
            }
            _ => {
                self.text.open(&format!("{pattern} => {{"));
                lines.into_iter().for_each(|line| self.text.does(&line.text, line.does));
                self.text.close("}");
            }
        }
        Ok(())
    }

    pub(super) fn print(&mut self, template: &str) -> Result<(), NoRust> {
        let (mut line, mut args) = (String::new(), Vec::new());
        for piece in pieces(template) {
            let name = match piece {
                Piece::Text(text) => {
                    line.push_str(&text.replace('{', "{{").replace('}', "}}"));
                    continue;
                }
                Piece::Name(name) => name,
            };
            let (base, field) = match name.rsplit_once('.') {
                Some((base, field)) if self.bound.contains_key(base) => (base, Some(field)),
                _ => (name, None),
            };
            let unknown = || NoRust::Name(name.to_owned());
            if field.is_none() && !self.bound.contains_key(name) {
                // The future of a task, which is shown by its name.
                self.tasks(name)?;
                line.push_str(name);
                continue;
            }
            let ident = self.idents.get(base).ok_or_else(unknown)?.clone();
            let shown = match (self.bound.get(base).ok_or_else(unknown)?, field) {
                (Bound::Value(of), None) => format!("{{{ident}{}}}", of.format()),
                (Bound::Bool | Bound::Task(_), None) => format!("{{{ident}}}"),
                (Bound::Failure, field @ (None | Some("kind"))) => {
                    args.push(format!("{ident}.{}", field.unwrap_or("message")));
                    "{}".to_owned()
                }
                (Bound::Sets, Some(half @ ("done" | "not_done"))) => {
                    format!("{{{ident}_{half}:?}}")
                }
                (Bound::Sets | Bound::Mapped(_) | Bound::Value(_), _)
                | (Bound::Bool | Bound::Task(_) | Bound::Failure, Some(_)) => {
                    return Err(unknown());
                }
            };
            line.push_str(&shown);
        }
        // Braces are doubled already, and quoting leaves them alone.
        let mut elements = vec![Expr::atom(quoted(&line))];
        elements.extend(args.into_iter().map(Expr::atom));
        self.text.expr("", &Expr::call("println!", elements), ";", vec![Does::Print]);
        Ok(())
    }
}
