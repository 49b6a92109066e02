//! The parts of a text in their order: imports, what stands on its own, functions, `main`.

use std::collections::{BTreeMap, BTreeSet};

use super::calls::Item;
use crate::function::Function;
use crate::listing::{Does, Line, Listing};
use crate::outcome;
use crate::scenario::Plan;
use crate::units::TaskId;

/// The longest line, in characters.
pub const WIDTH: usize = 92;

/// The parts of a text, filled in any order.
#[derive(Debug, Default)]
pub struct Page {
    imports: BTreeSet<String>,
    from_imports: BTreeMap<String, BTreeSet<String>>,
    /// Module-level assignments, before the functions.
    globals: Vec<String>,
    /// Exception classes of the scenario's own.
    classes: BTreeSet<String>,
    functions: Vec<(&'static Function, Vec<TaskId>)>,
    helpers: Vec<(String, Vec<Line>)>,
    /// Names that `main` shares with the functions of tasks.
    shared: BTreeSet<&'static str>,
    main: Vec<Line>,
    depth: usize,
}

impl Page {
    /// `import module`.
    pub fn import(&mut self, module: &str) {
        self.imports.insert(module.to_owned());
    }

    /// `from module import name`.
    pub fn import_from(&mut self, module: &str, name: &str) {
        self.from_imports.entry(module.to_owned()).or_default().insert(name.to_owned());
    }

    /// An import line of the catalogue.
    fn import_line(&mut self, line: &str) {
        match line.strip_prefix("from ").and_then(|rest| rest.split_once(" import ")) {
            Some((module, name)) => self.import_from(module, name),
            None => self.import(line.strip_prefix("import ").unwrap_or(line)),
        }
    }

    /// An assignment that stands before the functions.
    pub fn global(&mut self, line: &str) {
        if !self.globals.iter().any(|known| known == line) {
            self.globals.push(line.to_owned());
        }
    }

    /// A function of the catalogue is used, by this task.
    pub fn function(&mut self, function: &'static Function, task: Option<TaskId>) {
        let known = self.functions.iter().position(|(known, _)| known.name == function.name);
        let place = known.unwrap_or_else(|| {
            self.functions.push((function, Vec::new()));
            function.imports.iter().for_each(|line| self.import_line(line));
            self.functions.len() - 1
        });
        self.functions[place].1.extend(task);
        match function.name {
            "gate" => self.global("gate_opened = threading.Event()"),
            "submit_and_wait" => {
                self.shared.insert("executor");
                let sleep = crate::function::find("sleep").expect("it is in the catalogue");
                self.function(sleep, None);
            }
            _ => {}
        }
    }

    /// A function of our own, once.
    pub fn helper(&mut self, name: &str, source: &str) {
        if !self.helpers.iter().any(|(known, _)| known == name) {
            let line = |text: &str| Line { text: text.to_owned(), does: Vec::new() };
            self.helpers.push((name.to_owned(), source.lines().map(line).collect()));
        }
    }

    /// The lines of `main` from this one on stand on their own, in front of it.
    pub fn hoist(&mut self, name: &str, from: usize) {
        let depth = 4 * (self.depth + 1);
        let lines = self.main.split_off(from).into_iter().map(|line| Line {
            text: line.text.get(depth..).unwrap_or_default().to_owned(),
            does: line.does,
        });
        self.helpers.push((name.to_owned(), lines.collect()));
    }

    /// How a program names this exception class; imported or defined if need be.
    pub fn exception(&mut self, kind: &str) -> String {
        match outcome::known(kind) {
            Some(known) if known.module == "builtins" => {}
            Some(known) if kind.contains('.') => self.import(known.module),
            Some(known) => self.import_from(known.module, kind),
            None => {
                self.classes.insert(kind.to_owned());
            }
        }
        kind.to_owned()
    }

    /// A line of `main`.
    pub fn line(&mut self, text: impl AsRef<str>, does: impl IntoIterator<Item = Does>) {
        let text = format!("{}{}", "    ".repeat(self.depth + 1), text.as_ref());
        self.main.push(Line { text, does: does.into_iter().collect() });
    }

    /// `head[item, item, …]tail`, on as many lines as it takes; `open` and `close` are its brackets.
    pub fn list(
        &mut self,
        head: &str,
        (open, close): (char, char),
        items: &[Item],
        tail: &str,
        does: &[Does],
    ) {
        let texts: Vec<String> = items.iter().map(Item::text).collect();
        let one = format!("{head}{open}{}{close}{tail}", texts.join(", "));
        if one.chars().count() <= self.room() {
            return self.line(one, does.iter().cloned());
        }
        self.line(format!("{head}{open}"), does.iter().cloned());
        self.indent();
        let mut row = String::new();
        for (item, text) in items.iter().zip(texts) {
            let is_long = text.chars().count() + 1 > self.room();
            let full = row.chars().count() + text.chars().count() + 1 > self.room();
            if !row.is_empty() && (full || is_long) {
                self.line(row.trim_end(), does.iter().cloned());
                row.clear();
            }
            match item {
                Item::List(items) if is_long => {
                    let items: Vec<Item> = items.iter().cloned().map(Item::One).collect();
                    self.list("", ('[', ']'), &items, ",", does);
                }
                Item::One(_) | Item::List(_) => {
                    row.push_str(&text);
                    row.push_str(", ");
                }
            }
        }
        if !row.is_empty() {
            self.line(row.trim_end(), does.iter().cloned());
        }
        self.dedent();
        self.line(format!("{close}{tail}"), does.iter().cloned());
    }

    /// The characters that a line has.
    fn room(&self) -> usize {
        WIDTH.saturating_sub(4 * (self.depth + 1))
    }

    /// Several lines of `main` that leave no trace of their own; their own indentation is kept.
    pub fn block(&mut self, source: &str) {
        for line in source.lines() {
            if line.is_empty() {
                self.main.push(Line { text: String::new(), does: Vec::new() });
            } else {
                self.line(line, []);
            }
        }
    }

    /// An empty line in `main`, unless a block has just begun.
    pub fn gap(&mut self) {
        let begins =
            self.main.last().is_none_or(|line| line.text.is_empty() || line.text.ends_with(':'));
        if !begins {
            self.main.push(Line { text: String::new(), does: Vec::new() });
        }
    }

    /// The lines that follow stand one level deeper.
    pub fn indent(&mut self) {
        self.depth += 1;
    }

    /// The end of that.
    pub fn dedent(&mut self) {
        self.depth -= 1;
    }

    /// How many lines `main` has.
    pub fn len(&self) -> usize {
        self.main.len()
    }

    /// The whole text.
    pub fn finish(mut self, plan: &Plan) -> Listing {
        let mut lines = Vec::new();
        let mut plain = |text: &str| {
            lines.extend(text.lines().map(|line| Line { text: line.to_owned(), does: Vec::new() }));
        };
        let scenario = &plan.scenario;
        if !scenario.title.is_empty() {
            plain(&docstring(&scenario.title));
            plain("\n");
        }
        if scenario.executor.gil == Some(false) {
            plain("# For a free-threaded build of Python: python3.13t, or later.\n\n");
        }
        self.imports.iter().for_each(|module| plain(&format!("import {module}")));
        for (module, names) in &self.from_imports {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            plain(&format!("from {module} import {}", names.join(", ")));
        }
        if !self.globals.is_empty() {
            plain("\n");
            self.globals.iter().for_each(|line| plain(line));
        }
        for class in &self.classes {
            plain(&format!("\n\nclass {class}(Exception):\n    pass"));
        }
        let mut local = None;
        for (function, tasks) in &self.functions {
            match function.name {
                "closure" => local = Some((*function, tasks.clone())),
                // A worker process that is started anew does not find it.
                "unimportable" => {
                    lines.extend(blank(2));
                    lines.push(Line {
                        text: "if __name__ == \"__main__\":".to_owned(),
                        does: vec![],
                    });
                    lines.extend(body(function, tasks, 1));
                }
                _ => {
                    lines.extend(blank(2));
                    lines.extend(body(function, tasks, 0));
                }
            }
        }
        for (_, helper) in self.helpers {
            lines.extend(blank(2));
            lines.extend(helper);
        }
        lines.extend(blank(2));
        lines.push(Line { text: "def main():".to_owned(), does: Vec::new() });
        for name in &self.shared {
            lines.push(Line { text: format!("    global {name}"), does: Vec::new() });
        }
        if let Some((function, tasks)) = local {
            lines.extend(body(function, &tasks, 1));
            lines.extend(blank(1));
        }
        if self.main.is_empty() {
            self.main.push(Line { text: "    pass".to_owned(), does: Vec::new() });
        }
        lines.append(&mut self.main);
        lines.extend(blank(2));
        lines.push(Line { text: "if __name__ == \"__main__\":".to_owned(), does: Vec::new() });
        lines.push(Line { text: "    main()".to_owned(), does: Vec::new() });
        let first = lines.iter().position(|line| !line.text.is_empty()).unwrap_or(0);
        lines.drain(..first);
        Listing { lines }
    }
}

fn blank(count: usize) -> impl Iterator<Item = Line> {
    (0..count).map(|_| Line { text: String::new(), does: Vec::new() })
}

/// A function's source, at this depth.
fn body(function: &Function, tasks: &[TaskId], depth: usize) -> Vec<Line> {
    let mut does: Vec<Does> = Vec::new();
    if !tasks.is_empty() {
        does.push(Does::Body(tasks.to_vec()));
    }
    let line = |text: &str| match text {
        "" => Line { text: String::new(), does: Vec::new() },
        text => Line { text: format!("{}{text}", "    ".repeat(depth)), does: does.clone() },
    };
    function.python.lines().map(line).collect()
}

/// A title as the text's first line.
fn docstring(title: &str) -> String {
    let title: String = title.chars().filter(|c| !c.is_control()).collect();
    let title = title.replace('\\', "\\\\").replace('"', "'");
    format!("\"\"\"{title}\"\"\"\n")
}
