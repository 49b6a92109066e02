//! Each task on its own: nothing to wait for.

use crate::listing::Does;
use crate::scenario::python::calls::Call;
use crate::scenario::python::{Text, quoted, timeout};
use crate::scenario::{Mode, ReturnWhen};
use crate::units::{Span, TaskId};

use super::return_when_name;

impl Text<'_> {
    /// Each task on its own: nothing to wait for.
    pub fn flat(&mut self, mode: Mode) {
        self.open_block();
        let program = &self.plan.scenario.program;
        let calls: Vec<(TaskId, Call)> =
            self.all_tasks().into_iter().map(|task| (task, self.no_input_call(task))).collect();
        let (names, by_name) = match mode {
            Mode::Submit => ("futures", true),
            Mode::AsCompleted => ("names", false),
            Mode::Wait => ("running", false),
            Mode::Map => unreachable!("it has a text of its own"),
        };
        self.page.line(format!("{names} = {{"), []);
        self.page.indent();
        for (task, call) in calls {
            let id = quoted(&self.plan.task(task).id);
            let note = call.comment();
            let submit = format!("executor.submit({})", call.submitted());
            let line = if by_name {
                format!("{id}: {submit},{note}")
            } else {
                format!("{submit}: {id},{note}")
            };
            self.page.line(line, [Does::Submit(task)]);
        }
        self.page.dedent();
        self.page.line("}", []);
        let all = self.all_tasks();
        match mode {
            Mode::Submit => {
                self.page.dedent();
                self.page.line("# Leaving the block has waited for all of them.", []);
                self.page.line("for name, future in futures.items():", [Does::Show]);
                self.page.indent();
                self.guarded("name", "print(f\"{name}: {future.result()}\")", &[Does::Show]);
            }
            Mode::AsCompleted => {
                let line =
                    format!("for future in as_completed(names{}):", timeout(program.timeout));
                self.page.import_from("concurrent.futures", "as_completed");
                self.page.line(line, [Does::Next]);
                self.page.indent();
                let line = "print(f\"{names[future]}: {future.result()}\")";
                self.guarded("names[future]", line, &[Does::Ask(all)]);
            }
            Mode::Wait | Mode::Map => {
                self.page.line("while running:", []);
                self.page.indent();
                self.wait_round(program.return_when, program.timeout);
                self.page
                    .line("for future in [future for future in running if future in done]:", []);
                self.page.indent();
                self.page.line("name = running.pop(future)", []);
                let line = "print(f\"{name}: {future.result()}\")";
                self.guarded("name", line, &[Does::Ask(all)]);
            }
        }
    }

    pub fn wait_round(&mut self, return_when: Option<ReturnWhen>, span: Option<Span>) {
        self.page.import_from("concurrent.futures", "wait");
        let when = return_when.map_or_else(String::new, |when| {
            let name = return_when_name(when);
            self.page.import_from("concurrent.futures", name);
            format!(", return_when={name}")
        });
        let line = format!("done, not_done = wait(running{}{when})", timeout(span));
        self.page.line(line, [Does::Wait]);
    }

    /// A line that reads a result; what it may raise is shown.
    pub fn guarded(&mut self, name: &str, line: &str, does: &[Does]) {
        if !self.may_fail() {
            return self.page.line(line, does.iter().cloned());
        }
        let widest = self.widest();
        self.page.line("try:", []);
        self.page.indent();
        self.page.line(line, does.iter().cloned());
        self.page.dedent();
        self.page.line(format!("except {widest} as error:"), []);
        self.page.indent();
        self.page.line(format!("print(f\"{{{name}}}: {{error!r}}\")"), [Does::Show]);
        self.page.dedent();
    }

    /// The call of a task that needs none.
    pub fn no_input_call(&mut self, task: TaskId) -> Call {
        self.call(task, &|_, _| unreachable!("a graph without edges has no inputs"))
    }
}
