//! The modes of `concurrent.futures`, as programs over the graph.
//!
//! A graph without edges is a few lines. One with edges keeps its calls in a dictionary, each to be
//! made as soon as its inputs are there.

use super::calls::{Call, Item};
use super::{Text, quoted, timeout};
use crate::listing::Does;
use crate::scenario::{Argument, ExecutorKind, Mode, OnError, PlannedAct, ReturnWhen};
use crate::units::TaskId;

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

    fn all_tasks(&self) -> Vec<TaskId> {
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
        let exits = |task: &super::super::TaskPlan| {
            let of_kind = |argument: &Argument| match argument {
                Argument::Value(value) => {
                    ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "BaseException"]
                        .iter()
                        .any(|kind| *value == crate::value::Value::from(*kind))
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

    /// Each task on its own: nothing to wait for.
    fn flat(&mut self, mode: Mode) {
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
            let note = call.note.as_ref().map_or_else(String::new, |note| format!("  # {note}"));
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

    fn wait_round(&mut self, return_when: Option<ReturnWhen>, span: Option<crate::units::Span>) {
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
    fn guarded(&mut self, name: &str, line: &str, does: &[Does]) {
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

    /// Whether some future may come to anything else than a value.
    pub fn may_fail(&self) -> bool {
        use crate::function::Group;
        let plan = self.plan;
        let calm = |task: &super::super::TaskPlan| {
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

    /// The call of a task that needs none.
    fn no_input_call(&mut self, task: TaskId) -> Call {
        self.call(task, &|_, _| unreachable!("a graph without edges has no inputs"))
    }

    /// The call of a task, with its inputs from `results`.
    pub fn results_call(&mut self, task: TaskId) -> Call {
        self.call(task, &|text, input| format!("results[{}]", quoted(&text.plan.task(input).id)))
    }

    /// `"a": lambda: …,` for each task, and what each needs.
    pub fn dictionaries(&mut self, lambda: &str, submit: &dyn Fn(&mut Self, &Call) -> String) {
        self.page.line("# Each task's call, to be made as soon as what it needs is there.", []);
        self.page.line("tasks = {", []);
        self.page.indent();
        for task in self.all_tasks() {
            let call = self.results_call(task);
            let id = quoted(&self.plan.task(task).id);
            let note = call.note.as_ref().map_or_else(String::new, |note| format!("  # {note}"));
            let submitted = submit(self, &call);
            self.page.line(format!("{id}: {lambda}: {submitted},{note}"), [Does::Submit(task)]);
        }
        self.page.dedent();
        self.page.line("}", []);
        let plan = self.plan;
        let name = |task: &TaskId| quoted(&plan.task(*task).id);
        let needs: Vec<Item> = self
            .all_tasks()
            .iter()
            .filter(|task| !plan.graph.needs[task.index()].is_empty())
            .map(|task| {
                let needed: Vec<String> = plan.graph.needs[task.index()].iter().map(name).collect();
                Item::One(format!("{}: [{}]", name(task), needed.join(", ")))
            })
            .collect();
        self.page.list("needs = ", ('{', '}'), &needs, "", &[]);
    }

    /// Whether some task's calls are several.
    pub fn has_nodes(&self) -> bool {
        self.plan.tasks.iter().any(|task| task.items.is_some())
    }

    /// `executor.submit(...)`, of a map node a list of them.
    fn submitted(&mut self, call: &Call) -> String {
        let one = format!("executor.submit({})", call.submitted());
        if !call.is_mapped() {
            return if self.has_nodes() { format!("[{one}]") } else { one };
        }
        if self.is_chunked() {
            let calls = self.chunked(call);
            return format!("[executor.submit(run_chunk, chunk) for chunk in {calls}]");
        }
        format!("[{one} {}]", call.comprehension())
    }

    /// The calls of a map node, so many in each list.
    pub fn chunked(&mut self, call: &Call) -> String {
        self.page.import_from("functools", "partial");
        self.page.helper("run_chunk", RUN_CHUNK);
        self.page.helper("chunks", CHUNKS);
        let size = self.plan.scenario.program.chunksize.unwrap_or(1);
        format!("chunks([{} {}], {size})", call.partial(), call.comprehension())
    }

    /// A graph with edges, or whose executor may refuse a call.
    fn graph(&mut self, mode: Mode) {
        let program = &self.plan.scenario.program;
        let acts = self.names_its_futures();
        self.page.line("results = {}", []);
        if mode == Mode::Submit {
            self.page.import("threading");
            self.page.line("lock = threading.Lock()", []);
            self.page.line("finished = threading.Event()", []);
        }
        self.open_block();
        self.dictionaries("lambda", &|text, call| text.submitted(call));
        self.page.line("left = list(tasks)", []);
        self.page.line("running = {}  # each future's task", []);
        if acts {
            self.page.line("futures = {}  # each task's future", []);
            self.timers(&|_, task| format!("futures[{}]", quoted(task)));
        }
        if self.has_nodes() {
            self.page.line("parts = {}  # what has come of each task's calls", []);
        }
        if mode == Mode::Submit {
            self.page.line("over = set()", []);
        }
        self.page.gap();
        self.page.block(TAKE_READY);
        self.page.gap();
        if mode == Mode::Submit {
            self.give_up_function();
        }
        self.submit_function(mode, acts);
        self.page.gap();
        if self.has_nodes() {
            self.settle_function(mode);
        }
        let ids: Vec<TaskId> = self.all_tasks();
        match mode {
            Mode::Submit => {
                self.page.line("def done(future):", [Does::Callback(ids.clone())]);
                self.page.indent();
                self.page.line("name = running[future]", []);
                self.page.line("with lock:", []);
                self.page.indent();
                self.read(mode, &[Does::Callback(ids)]);
                self.page.line("ready = take_ready()", []);
                self.page.dedent();
                self.page.line("submit(ready)", []);
                self.page.line("if len(over) == len(tasks):", []);
                self.page.line("    finished.set()", [Does::AllTasks]);
                self.page.dedent();
                self.page.gap();
                self.page.line("submit(take_ready())", []);
                self.page.line("if len(over) < len(tasks):", []);
                self.page.line("    finished.wait()", [Does::AllTasks]);
            }
            Mode::AsCompleted => {
                self.page.import_from("concurrent.futures", "as_completed");
                self.page.line("submit(take_ready())", []);
                self.page.line("while running:", []);
                let line =
                    format!("for future in as_completed(running{}):", timeout(program.timeout));
                self.page.indent();
                self.page.line(line, [Does::Next]);
                self.page.indent();
                self.page.line("name = running.pop(future)", []);
                self.read(mode, &[Does::Ask(ids)]);
                self.page.line("ready = take_ready()", []);
                self.page.line("if ready:", []);
                self.page.line("    submit(ready)", []);
                self.page.line("    break  # as_completed does not see what came later", []);
            }
            Mode::Wait | Mode::Map => {
                self.page.line("submit(take_ready())", []);
                self.page.line("while running:", []);
                self.page.indent();
                self.wait_round(program.return_when, program.timeout);
                self.page.line("ready = []", []);
                let line = "for future in [future for future in running if future in done]:";
                self.page.line(line, []);
                self.page.indent();
                self.page.line("name = running.pop(future)", []);
                self.read(mode, &[Does::Ask(ids)]);
                self.page.line("ready += take_ready()", []);
                self.page.dedent();
                self.page.line("submit(ready)", []);
            }
        }
    }

    /// `results[name] = future.result()`, and what it may raise.
    fn read(&mut self, mode: Mode, does: &[Does]) {
        let widest = self.widest();
        let nodes = self.has_nodes();
        self.page.line("try:", []);
        self.page.indent();
        self.page.line("value = future.result()", does.iter().cloned());
        let take = if nodes { "settle(name, future, value)" } else { "results[name] = value" };
        self.page.line(take, []);
        if mode == Mode::Submit && !nodes {
            self.page.line("over.add(name)", []);
        }
        self.page.line("print(f\"{name}: {value}\")", [Does::Show]);
        self.page.dedent();
        self.page.line(format!("except {widest} as error:"), []);
        self.page.indent();
        self.page.line("print(f\"{name}: {error!r}\")", [Does::Show]);
        if nodes {
            self.page.line("settle(name, future)", []);
        } else if mode == Mode::Submit {
            self.page.line("give_up(name)", []);
        }
        self.page.dedent();
    }

    /// `give_up(name)`: neither this task nor what needs it will be computed.
    pub fn give_up_function(&mut self) {
        self.page.block(GIVE_UP);
        let shown = "        print(f\"{other}: skipped, as {name} is lost\")";
        self.page.line(shown, [Does::Skip, Does::Show]);
        self.page.line("        give_up(other)", [Does::Skip]);
        self.page.gap();
    }

    /// `settle(name, future, value)`: a task of several calls is over when all of them are.
    fn settle_function(&mut self, mode: Mode) {
        let plan = self.plan;
        let nodes: Vec<Item> = plan
            .tasks
            .iter()
            .filter(|task| task.items.is_some())
            .map(|task| Item::One(quoted(&task.id)))
            .collect();
        self.page.list("several = ", ('{', '}'), &nodes, "", &[]);
        self.page.gap();
        self.page.line("def settle(name, future, *value):", []);
        self.page.indent();
        self.page.line("parts[name][future] = value  # nothing if it failed", []);
        self.page.line("values = list(parts[name].values())", []);
        self.page.line("if None in values:", []);
        self.page.line("    return", []);
        self.page.line("if all(values):", []);
        self.page.indent();
        let gather = if self.is_chunked() {
            "[value for chunk, in values for value in chunk]"
        } else {
            "[value for value, in values]"
        };
        let line = format!("results[name] = {gather} if name in several else values[0][0]");
        self.page.line(line, []);
        if mode == Mode::Submit {
            self.page.line("over.add(name)", []);
            self.page.dedent();
            self.page.line("else:", []);
            self.page.indent();
            self.page.line("give_up(name)", []);
        }
        self.page.dedent();
        self.page.dedent();
        self.page.gap();
    }

    /// Whether the items of map nodes travel in chunks.
    pub fn is_chunked(&self) -> bool {
        self.has_chunks() && self.plan.scenario.program.chunksize.is_some_and(|size| size > 1)
    }

    /// `submit(names)`: makes the calls of these tasks.
    fn submit_function(&mut self, mode: Mode, acts: bool) {
        let (refuses, nodes) = (self.may_refuse(), self.has_nodes());
        self.page.line("def submit(names):", []);
        self.page.indent();
        self.page.line("for name in names:", []);
        self.page.indent();
        if refuses {
            self.page.line("try:", []);
            self.page.indent();
        }
        if nodes {
            self.page.line("calls = tasks[name]()", []);
            self.page.line("parts[name] = dict.fromkeys(calls)", []);
            self.page.line("running.update(dict.fromkeys(calls, name))", []);
        } else {
            self.page.line("future = tasks[name]()", []);
            self.page.line("running[future] = name", []);
        }
        if acts {
            let future = if nodes { "calls[0]" } else { "future" };
            self.page.line(format!("futures[name] = {future}"), []);
        }
        if refuses {
            self.page.dedent();
            self.page.line("except RuntimeError as error:", [Does::Skip]);
            self.page.indent();
            self.page.line("print(f\"{name}: {error!r}\")", [Does::Show]);
            if mode == Mode::Submit {
                self.page.line("give_up(name)", []);
            }
            self.page.line("continue", []);
            self.page.dedent();
        }
        if self.plan.tasks.iter().any(|task| task.item_count() == Some(0)) {
            self.page.line("if not calls:", []);
            self.page.indent();
            self.page.line("results[name] = []", []);
            if mode == Mode::Submit {
                self.page.line("over.add(name)", []);
            }
            self.page.line("names += take_ready()", []);
            self.page.dedent();
        }
        for task in &self.plan.tasks {
            if self.is_followed(&task.id) {
                self.page.line(format!("if name == {}:", quoted(&task.id)), []);
                self.page.indent();
                self.followers(&task.id, &|_, task| format!("futures[{}]", quoted(task)));
                self.page.dedent();
            }
        }
        if mode == Mode::Submit {
            let all = self.all_tasks();
            if nodes {
                self.page.line("for future in calls:", []);
                self.page.line("    future.add_done_callback(done)", [Does::AddCallback(all)]);
            } else {
                self.page.line("future.add_done_callback(done)", [Does::AddCallback(all)]);
            }
        }
        self.page.dedent();
        self.page.dedent();
    }

    /// Whether some act follows an event of this task.
    pub fn is_followed(&self, task: &str) -> bool {
        use crate::scenario::Anchor;
        self.plan.scenario.interventions.iter().any(|planned| match &planned.when.after {
            Some(
                Anchor::Submitted(of)
                | Anchor::Running(of)
                | Anchor::Taken(of)
                | Anchor::Finished(of)
                | Anchor::Cancelled(of),
            ) => of == task,
            None => false,
        })
    }

    /// One `executor.map` a level.
    fn map_mode(&mut self) {
        let plan = self.plan;
        let program = &plan.scenario.program;
        if program.on_error == OnError::Continue {
            return self.map_mode_that_continues();
        }
        self.open_block();
        self.timers(&|text, task| text.idents.of(task));
        let chunksize = match program.chunksize {
            Some(size) if self.has_chunks() => format!(", chunksize={size}"),
            _ => String::new(),
        };
        let buffersize =
            program.buffersize.map_or_else(String::new, |size| format!(", buffersize={size}"));
        let options = format!("{}{chunksize}{buffersize}", timeout(program.timeout));
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

    /// The call of a task, with its inputs in variables.
    pub fn variable_call(&mut self, task: TaskId) -> Call {
        self.call(task, &|text, input| {
            let plan = text.plan;
            text.idents.task(plan, input)
        })
    }

    /// One `executor.map` a level over what can still be computed.
    pub fn map_mode_that_continues(&mut self) {
        let plan = self.plan;
        let program = &plan.scenario.program;
        self.page.import_from("functools", "partial");
        self.page.helper("call", "def call(function):\n    return function()\n");
        self.page.line("results = {}", []);
        self.open_block();
        self.timers(&|_, task| format!("futures[{}]", quoted(task)));
        self.page.helper("level", CONTINUE);
        let is_pool = plan.kind() == ExecutorKind::Pool;
        let chunksize = match program.chunksize {
            Some(size) if self.has_chunks() => format!(", chunksize={size}"),
            _ => String::new(),
        };
        let options = format!("{}{chunksize}", timeout(program.timeout));
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

    /// The tasks of each call of `map`.
    fn map_groups(&self) -> Vec<Vec<TaskId>> {
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

/// `FIRST_COMPLETED`, and its likes.
pub fn return_when_name(when: ReturnWhen) -> &'static str {
    match when {
        ReturnWhen::AllCompleted => "ALL_COMPLETED",
        ReturnWhen::FirstCompleted => "FIRST_COMPLETED",
        ReturnWhen::FirstException => "FIRST_EXCEPTION",
    }
}

/// What is ready, in the order of the tasks.
pub const TAKE_READY: &str = "\
def take_ready():
    ready = [name for name in left if all(need in results for need in needs.get(name, []))]
    for name in ready:
        left.remove(name)
    return ready";

/// Behind it stand the lines that show and go on.
const GIVE_UP: &str = "\
def give_up(name):
    over.add(name)
    while other := next((other for other in left if name in needs.get(other, [])), None):
        left.remove(other)";

const RUN_CHUNK: &str = "def run_chunk(calls):\n    return [call() for call in calls]\n";

const CHUNKS: &str = "\
def chunks(items, size):
    return [items[start:start + size] for start in range(0, len(items), size)]
";

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
            results[name] = values[name] if len(calls) > 1 else values[name][0]
";
