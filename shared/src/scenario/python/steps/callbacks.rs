//! Callbacks: functions of their own where they stand alone, else within `main`.

use super::names::Meaning;
use super::{Script, printed};
use crate::listing::Does;
use crate::scenario::python::{Text, quoted};
use crate::scenario::{Callback, Names};
use crate::units::TaskId;

impl Text<'_> {
    pub fn add_callback(&mut self, script: &mut Script, of: &Names, callback: &Callback) {
        let tasks: Vec<TaskId> =
            of.as_slice().iter().flat_map(|name| self.tasks_called(script, name)).collect();
        let function = self.idents.fresh("on_done");
        let alone = callback.steps.is_empty() && !callback.shows("task");
        self.callback_function(
            script,
            &function,
            "future",
            callback,
            (printed::Given::Future, alone),
        );
        let does = [Does::AddCallback(tasks)];
        match of.as_slice() {
            [only] if !matches!(script.meanings.of(only), Some(Meaning::Futures)) => {
                let ident = self.idents.of(only);
                self.page.line(format!("{ident}.add_done_callback({function})"), does);
            }
            _ => {
                let over = self.futures_of(script, of);
                self.page.line(format!("for each in {over}:"), []);
                self.page.line(format!("    each.add_done_callback({function})"), does);
            }
        }
    }

    /// A callback of Pool's, and whether it must be told its task's name.
    pub fn pool_callback(
        &mut self,
        script: &mut Script,
        callback: Option<&Callback>,
        given: &str,
    ) -> Option<(String, bool)> {
        let callback = callback?;
        let function = self.idents.fresh(if given == "value" { "on_value" } else { "on_error" });
        let named = callback.shows("task");
        let parameters = if named {
            self.page.import_from("functools", "partial");
            format!("task, {given}")
        } else {
            given.to_owned()
        };
        let given = if given == "value" { printed::Given::Value } else { printed::Given::Error };
        let alone = callback.steps.is_empty();
        self.callback_function(script, &function, &parameters, callback, (given, alone));
        Some((function, named))
    }

    /// `def function(parameters):`; one that stands alone is no part of `main`.
    pub fn callback_function(
        &mut self,
        script: &mut Script,
        function: &str,
        parameters: &str,
        callback: &Callback,
        (given, alone): (printed::Given, bool),
    ) {
        if !alone {
            self.page.gap();
        }
        let from = self.page.len();
        self.page.line(format!("def {function}({parameters}):"), [Does::Callback(Vec::new())]);
        self.callback_body(script, callback, given);
        if alone {
            self.page.hoist(function, from);
        } else {
            self.page.gap();
        }
    }

    pub fn callback_body(
        &mut self,
        script: &mut Script,
        callback: &Callback,
        given: printed::Given,
    ) {
        let outer = script.meanings.enter_callback(given);
        self.page.indent();
        let before = self.page.len();
        if let Some(text) = &callback.print {
            let printed = self.printed(script, text, Some(given));
            self.page.line(format!("print({printed})"), [Does::Print]);
        }
        self.steps(script, &callback.steps);
        if let Some(error) = &callback.raise {
            let raised = self.raised(error);
            self.page.line(format!("raise {raised}"), []);
        }
        if self.page.len() == before {
            self.page.line("pass", []);
        }
        self.page.dedent();
        script.meanings.leave_callback(outer);
    }

    /// `ValueError("its message")` from `ValueError: its message`.
    pub fn raised(&mut self, error: &str) -> String {
        let (kind, message) = error.split_once(':').unwrap_or((error, ""));
        let kind = self.page.exception(kind.trim());
        match message.trim() {
            "" => format!("{kind}()"),
            message => format!("{kind}({})", quoted(message)),
        }
    }
}

impl Callback {
    /// Whether some line of it shows this name.
    fn shows(&self, name: &str) -> bool {
        let printed = self.print.iter().any(|text| text.contains(&format!("{{{name}}}")));
        printed || printed::prints(&self.steps, name)
    }
}

/// `, callback=on_value`; one that shows its task's name is told it.
pub fn option(keyword: &str, callback: Option<&(String, bool)>, name: &str) -> String {
    match callback {
        Some((function, true)) => format!(", {keyword}=partial({function}, {})", quoted(name)),
        Some((function, false)) => format!(", {keyword}={function}"),
        None => String::new(),
    }
}
