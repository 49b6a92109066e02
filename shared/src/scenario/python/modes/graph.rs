//! A graph with edges, or whose executor may refuse a call.

use crate::listing::Does;
use crate::scenario::Mode;
use crate::scenario::python::calls::{Call, Item};
use crate::scenario::python::{Text, quoted, timeout};
use crate::units::TaskId;

impl Text<'_> {
    /// A graph with edges, or whose executor may refuse a call.
    pub fn graph(&mut self, mode: Mode) {
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

    /// `"a": lambda: …,` for each task, and what each needs.
    pub fn dictionaries(&mut self, lambda: &str, submit: &dyn Fn(&mut Self, &Call) -> String) {
        self.page.line("# Each task's call, to be made as soon as what it needs is there.", []);
        self.page.line("tasks = {", []);
        self.page.indent();
        for task in self.all_tasks() {
            let call = self.results_call(task);
            let id = quoted(&self.plan.task(task).id);
            let note = call.comment();
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

    /// `executor.submit(...)`, of a map node a list of them.
    pub fn submitted(&mut self, call: &Call) -> String {
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

    /// `results[name] = future.result()`, and what it may raise.
    pub fn read(&mut self, mode: Mode, does: &[Does]) {
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
    pub fn settle_function(&mut self, mode: Mode) {
        let nodes: Vec<Item> = self.node_names().into_iter().map(Item::One).collect();
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
        let gather = self.gather();
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

    /// What makes a map node's value of what its calls returned, each in a tuple of its own.
    pub fn gather(&self) -> &'static str {
        if self.is_chunked() {
            "[value for chunk, in values for value in chunk]"
        } else {
            "[value for value, in values]"
        }
    }

    /// `submit(names)`: makes the calls of these tasks.
    pub fn submit_function(&mut self, mode: Mode, acts: bool) {
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
            // A map node may have no items.
            let future = if nodes {
                "futures.update({name: call for call in calls[:1]})"
            } else {
                "futures[name] = future"
            };
            self.page.line(future, []);
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
