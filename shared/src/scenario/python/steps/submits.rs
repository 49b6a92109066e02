//! Lines that hand tasks to the executor, one by one, in a group, or through a `map`.

use super::Script;
use crate::listing::Does;
use crate::scenario::ExecutorKind;
use crate::scenario::python::calls::{Call, Item};
use crate::scenario::python::{Text, quoted};
use crate::units::TaskId;

impl Text<'_> {
    /// `futures = [executor.submit(…), …]`, a line for each; as keys of a dictionary where their names
    /// are looked up.
    pub fn submit_group(
        &mut self,
        group: &str,
        tasks: &[String],
        submit: impl Fn(&Self, &Call) -> String,
    ) {
        let is_dictionary = group == "names";
        let (open, close) = if is_dictionary { ('{', '}') } else { ('[', ']') };
        self.page.line(format!("{group} = {open}"), []);
        self.page.indent();
        for name in tasks {
            let task = self.plan.names[name.as_str()];
            let call = self.input_call(task);
            let label = if is_dictionary { format!(": {}", quoted(name)) } else { String::new() };
            let note = call.comment();
            let line = format!("{}{label},{note}", submit(self, &call));
            self.page.line(line, [Does::Submit(task)]);
        }
        self.page.dedent();
        self.page.line(close.to_string(), []);
    }

    pub fn submit(&mut self, script: &Script, name: &str) {
        let task = self.plan.names[name];
        let call = self.input_call(task);
        let ident = self.idents.of(name);
        let one = format!("executor.submit({})", call.submitted());
        let note = call.comment();
        let line = if call.is_mapped() {
            format!("{ident} = [{one} {}]{note}", call.comprehension())
        } else {
            format!("{ident} = {one}{note}")
        };
        self.page.line(line, [Does::Submit(task)]);
        self.list_name(script, name);
        self.followers(name, &|text, task| text.idents.of(task));
    }

    /// `names[a] = "a"`, where somebody prints what a future is called.
    pub fn list_name(&mut self, script: &Script, name: &str) {
        if !script.listed || !script.meanings.is_listed(name) {
            return;
        }
        let ident = self.idents.of(name);
        if self.plan.task(self.plan.names[name]).items.is_some() {
            let label = format!("{}[{{place}}]", name.replace('{', "{{").replace('}', "}}"));
            let line = format!(
                "names.update((each, f{}) for place, each in enumerate({ident}))",
                quoted(&label)
            );
            return self.page.line(line, []);
        }
        self.page.line(format!("names[{ident}] = {}", quoted(name)), []);
    }

    /// The call of a task, each input's result asked for in its place.
    pub fn input_call(&mut self, task: TaskId) -> Call {
        let method = if self.plan.kind() == ExecutorKind::Pool { "get" } else { "result" };
        self.call(task, &|text, input| {
            let plan = text.plan;
            let ident = text.idents.task(plan, input);
            if plan.task(input).items.is_some() {
                format!("[each.{method}() for each in {ident}]")
            } else {
                format!("{ident}.{method}()")
            }
        })
    }

    pub fn input_calls(&mut self, tasks: &[String]) -> (Vec<TaskId>, Vec<Call>) {
        let tasks: Vec<TaskId> = tasks.iter().map(|name| self.plan.names[name.as_str()]).collect();
        let calls = tasks.iter().map(|task| self.input_call(*task)).collect();
        (tasks, calls)
    }

    /// `name = pool.map(...)`, or `starmap` where the function takes more than one argument; `more` is
    /// `_async` with its callbacks.
    pub fn pool_map_step(
        &mut self,
        name: &str,
        tasks: &[String],
        chunksize: Option<u32>,
        more: &str,
        star: bool,
    ) {
        let (tasks, calls) = self.input_calls(tasks);
        let (mut method, mut arguments) = self.pool_mapped(&calls, chunksize);
        if star && method == "map" {
            method = "starmap";
            arguments[1] = match &arguments[1] {
                Item::List(items) => {
                    Item::List(items.iter().map(|item| format!("({item},)")).collect())
                }
                Item::One(items) => Item::One(format!("[(each,) for each in {items}]")),
            };
        }
        let (suffix, options) = more.split_once(',').unwrap_or((more, ""));
        if !options.is_empty() {
            arguments.push(Item::One(options.trim_start().to_owned()));
        }
        let name = self.idents.of(name);
        let head = format!("{name} = pool.{method}{suffix}");
        self.page.list(&head, ('(', ')'), &arguments, "", &[Does::Map(tasks)]);
    }

    pub fn imap(&mut self, name: &str, tasks: &[String], chunksize: Option<u32>, method: &str) {
        let (tasks, calls) = self.input_calls(tasks);
        let mut mapped = self.mapped(&calls);
        if mapped.over.len() != 1 {
            // `imap` passes one argument.
            mapped = self.through_call(&calls);
        }
        let mut arguments = mapped.arguments();
        arguments.extend(chunksize.map(|size| Item::One(format!("chunksize={size}"))));
        let name = self.idents.of(name);
        let head = format!("{name} = pool.{method}");
        self.page.list(&head, ('(', ')'), &arguments, "", &[Does::Map(tasks)]);
    }
}
