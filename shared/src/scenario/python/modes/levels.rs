//! Mode `map`: one `executor.map` a level of the graph.

use crate::listing::Does;
use crate::scenario::python::calls::{Call, Item};
use crate::scenario::python::{Text, quoted, timeout};
use crate::scenario::{ExecutorKind, OnError};
use crate::units::TaskId;

impl Text<'_> {
    /// One `executor.map` a level.
    pub fn map_mode(&mut self) {
        let plan = self.plan;
        if plan.scenario.program.on_error == OnError::Continue {
            return self.map_mode_that_continues();
        }
        self.open_block();
        self.acts_without_futures();
        let options = self.map_options();
        let options = options.strip_prefix(", ").map(|options| Item::One(options.to_owned()));
        let groups = self.map_groups();
        let is_only = groups.len() == 1;
        for group in groups {
            let calls: Vec<Call> = group.iter().map(|task| self.variable_call(*task)).collect();
            let is_node = calls.iter().any(Call::is_mapped);
            let mut arguments = self.mapped(&calls).arguments();
            arguments.extend(options.clone());
            let names: Vec<String> =
                group.iter().map(|task| self.idents.task(plan, *task)).collect();
            let (head, tail) = match names.as_slice() {
                _ if is_only && !is_node => ("for value in executor.map".to_owned(), ":"),
                [one] if is_node => (format!("{one} = list(executor.map"), ")"),
                [one] => (format!("[{one}] = executor.map"), ""),
                several => (format!("{} = executor.map", several.join(", ")), ""),
            };
            let does = [Does::Map(group), Does::Next];
            self.page.list(&head, ('(', ')'), &arguments, tail, &does);
            if is_only && !is_node {
                return self.page.line("    print(value)", [Does::Show]);
            }
        }
        self.show_variables();
    }

    /// One `executor.map` a level over what can still be computed.
    pub fn map_mode_that_continues(&mut self) {
        let plan = self.plan;
        self.uses_call();
        self.page.line("results = {}", []);
        self.open_block();
        self.acts_without_futures();
        let widest = format!("except {} as", self.widest());
        let value = match self.node_names().join(", ") {
            none if none.is_empty() => "values[name][0]".to_owned(),
            nodes => format!("values[name] if name in ({nodes},) else values[name][0]"),
        };
        let helper = CONTINUE.replace("except Exception as", &widest).replace("VALUE", &value);
        self.page.helper("level", &helper);
        let is_pool = plan.kind() == ExecutorKind::Pool;
        let options = self.map_options();
        for group in self.map_groups() {
            self.page.line("level(results, {", [Does::Map(group.clone())]);
            self.page.indent();
            for task in &group {
                let call = self.results_call(*task);
                let needed: Vec<String> = plan.graph.needs[task.index()]
                    .iter()
                    .map(|need| quoted(&plan.task(*need).id))
                    .collect();
                let calls = if call.is_mapped() {
                    format!("[{} {}]", call.partial(), call.comprehension())
                } else {
                    format!("[{}]", call.partial())
                };
                let id = quoted(&plan.task(*task).id);
                let line = format!("{id}: ([{}], lambda: {calls}),", needed.join(", "));
                self.page.line(line, [Does::Map(group.clone())]);
            }
            self.page.dedent();
            let map = if is_pool { "pool.map" } else { "executor.map" };
            let line = format!("}}, lambda calls: {map}(call, calls{options}))");
            self.page.line(line, [Does::Map(group), Does::Next]);
        }
        self.page.line("print(results)", [Does::Show]);
    }

    /// `, timeout=1, chunksize=2`: what `map` is given besides its calls.
    fn map_options(&self) -> String {
        let program = &self.plan.scenario.program;
        let given = |name: &str, number: Option<i64>| {
            number.map_or_else(String::new, |number| format!(", {name}={number}"))
        };
        let chunksize = program.chunksize.filter(|_| self.has_chunks()).map(i64::from);
        format!(
            "{}{}{}",
            timeout(program.timeout),
            given("chunksize", chunksize),
            given("buffersize", program.buffersize)
        )
    }

    /// The tasks of each call of `map`.
    pub fn map_groups(&self) -> Vec<Vec<TaskId>> {
        let plan = self.plan;
        if plan.kind() == ExecutorKind::Pool {
            return plan.graph.levels.clone();
        }
        let mut groups = Vec::new();
        for level in &plan.graph.levels {
            let is_node = |task: &TaskId| plan.task(*task).items.is_some();
            let (nodes, plain): (Vec<TaskId>, Vec<TaskId>) =
                level.iter().partition(|task| is_node(task));
            groups.push(plain);
            groups.extend(nodes.into_iter().map(|node| vec![node]));
        }
        groups.retain(|group| !group.is_empty());
        groups
    }
}

/// One level, of which what needs something that there is not is left out.
const CONTINUE: &str = "\
def level(results, tasks, run):
    ready = {name: calls() for name, (needs, calls) in tasks.items() if all(n in results for n in needs)}
    names = [name for name, calls in ready.items() for _ in calls]
    values = {name: [] for name in ready}
    try:
        for name, value in zip(names, run([call for calls in ready.values() for call in calls])):
            values[name].append(value)
    except Exception as error:
        print(repr(error))
    for name, calls in ready.items():
        if len(values[name]) == len(calls):
            results[name] = VALUE
";
