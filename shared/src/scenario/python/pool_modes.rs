//! The modes that `multiprocessing.Pool` does with methods of its own.

use super::calls::{Call, Item};
use super::{Text, quoted, seconds, timeout};
use crate::listing::Does;
use crate::scenario::{Mode, OnError};

impl Text<'_> {
    /// A mode's `main` on a Pool.
    pub fn pool_mode(&mut self) {
        let program = &self.plan.scenario.program;
        match program.mode.expect("a mode was checked") {
            Mode::Map if program.on_error == OnError::Continue => self.map_mode_that_continues(),
            Mode::Map => self.pool_map(),
            Mode::AsCompleted => self.pool_completed(),
            Mode::Wait => self.pool_wait(),
            Mode::Submit => self.pool_submit(),
        }
    }

    /// One `pool.map` a level.
    fn pool_map(&mut self) {
        let plan = self.plan;
        self.open_block();
        self.acts_without_futures();
        for level in plan.graph.levels.clone() {
            let calls: Vec<Call> = level.iter().map(|task| self.variable_call(*task)).collect();
            let arguments = self.pool_mapped(&calls, plan.scenario.program.chunksize);
            let names: Vec<String> =
                level.iter().map(|task| self.idents.task(plan, *task)).collect();
            let does = [Does::Map(level.clone())];
            let head = match (calls.as_slice(), names.as_slice()) {
                ([call], [one]) if call.is_mapped() => one.clone(),
                (_, [one]) => format!("[{one}]"),
                (_, several) => several.join(", "),
            };
            if plan.graph.levels.len() == 1 && !calls.iter().any(Call::is_mapped) {
                let head = format!("for value in pool.{}", arguments.0);
                self.page.list(&head, ('(', ')'), &arguments.1, ":", &does);
                return self.page.line("    print(value)", [Does::Show]);
            }
            if calls.len() == 1 || !calls.iter().any(Call::is_mapped) {
                let head = format!("{head} = pool.{}", arguments.0);
                self.page.list(&head, ('(', ')'), &arguments.1, "", &does);
                continue;
            }
            let head = format!("values = iter(pool.{}", arguments.0);
            self.page.list(&head, ('(', ')'), &arguments.1, ")", &does);
            for (task, name) in level.iter().zip(names) {
                let of_task = plan.task(*task);
                match (of_task.items, of_task.item_count()) {
                    (Some(_), count) => {
                        let count = count.unwrap_or(0);
                        let line = format!("{name} = [next(values) for _ in range({count})]");
                        self.page.line(line, []);
                    }
                    (None, _) => self.page.line(format!("{name} = next(values)"), []),
                }
            }
        }
        self.show_variables();
    }

    /// Which of `map` and `starmap` takes these calls, and its arguments.
    pub fn pool_mapped(
        &mut self,
        calls: &[Call],
        chunksize: Option<u32>,
    ) -> (&'static str, Vec<Item>) {
        let mapped = self.mapped(calls);
        let (method, over) = match mapped.over.as_slice() {
            [one] => ("map", one.clone()),
            several => ("starmap", zipped(several)),
        };
        let mut arguments = vec![Item::One(mapped.function), over];
        arguments.extend(chunksize.map(|size| Item::One(format!("chunksize={size}"))));
        (method, arguments)
    }

    /// One `imap_unordered` a level. Its results have no names, so each call brings its own.
    fn pool_completed(&mut self) {
        let plan = self.plan;
        let program = &plan.scenario.program;
        let has_edges = plan.graph.levels.len() > 1;
        self.page.line("results = {}", []);
        self.open_block();
        self.acts_without_futures();
        self.uses_call();
        self.page.helper("named", NAMED);
        for level in plan.graph.levels.clone() {
            let does = [Does::Map(level.clone())];
            self.page.line("calls = [", does.clone());
            self.page.indent();
            for task in &level {
                let call = self.results_call(*task);
                let id = quoted(&plan.task(*task).id);
                let submitted = call.submitted();
                let line = if call.is_mapped() {
                    format!("*(partial(named, {id}, {submitted}) {}),", call.comprehension())
                } else {
                    format!("partial(named, {id}, {submitted}),")
                };
                let needs: Vec<String> = plan.graph.needs[task.index()]
                    .iter()
                    .map(|need| format!("{} in results", quoted(&plan.task(*need).id)))
                    .collect();
                if has_edges && !needs.is_empty() {
                    let line = line.trim_end_matches(',');
                    let one = match line.strip_prefix('*') {
                        Some(several) => several.to_owned(),
                        None => format!("[{line}]"),
                    };
                    let line = format!("*({one} if {} else []),", needs.join(" and "));
                    self.page.line(line, does.clone());
                } else {
                    self.page.line(line, does.clone());
                }
            }
            self.page.dedent();
            self.page.line("]", does.clone());
            self.page.line("values = pool.imap_unordered(call, calls)", does.clone());
            self.page.line("for _ in calls:", []);
            self.page.indent();
            self.page.line("try:", []);
            self.page.indent();
            let next = match program.timeout {
                Some(span) => format!("name, value = values.next(timeout={})", seconds(span)),
                None => "name, value = next(values)".to_owned(),
            };
            self.page.line(next, [Does::Next]);
            self.page.line("print(f\"{name}: {value}\")", [Does::Show]);
            if has_edges {
                let nodes: Vec<String> = level
                    .iter()
                    .filter(|task| plan.task(**task).items.is_some())
                    .map(|task| quoted(&plan.task(*task).id))
                    .collect();
                if nodes.is_empty() {
                    self.page.line("results[name] = value", []);
                } else {
                    let line = format!("if name in ({},):", nodes.join(", "));
                    self.page.line(line, []);
                    self.page.line("    results.setdefault(name, []).append(value)", []);
                    self.page.line("else:", []);
                    self.page.line("    results[name] = value", []);
                }
            }
            self.page.dedent();
            let widest = self.widest();
            if program.timeout.is_some() {
                self.page.import("multiprocessing");
                self.page.line("except multiprocessing.TimeoutError:", []);
                self.page.line("    raise", []);
            }
            self.page.line(format!("except {widest} as error:"), []);
            self.page.line("    print(repr(error))", [Does::Show]);
            self.page.dedent();
        }
    }

    /// `apply_async` of what is ready, then `wait` for each.
    fn pool_wait(&mut self) {
        let program = &self.plan.scenario.program;
        let all = self.all_tasks();
        self.page.line("results = {}", []);
        self.open_block();
        self.dictionaries("lambda", &|text, call| text.pool_applied(call, &|_| String::new()));
        self.page.line("left = list(tasks)", []);
        self.page.line("running = []", []);
        self.acts_without_futures();
        self.page.gap();
        self.page.block(super::modes::TAKE_READY);
        self.page.gap();
        let nodes = self.has_nodes();
        self.page.line("running += [(name, tasks[name]()) for name in take_ready()]", []);
        self.page.line("while running:", []);
        self.page.indent();
        if nodes {
            self.page.line("for result in [part for _, parts in running for part in parts]:", []);
        } else {
            self.page.line("for _, result in running:", []);
        }
        let line =
            format!("    result.wait({})", timeout(program.timeout).trim_start_matches(", "));
        self.page.line(line, [Does::Wait]);
        if nodes {
            self.page.line(
                "done = [item for item in running if all(r.ready() for r in item[1])]",
                [Does::Ask(all.clone())],
            );
        } else {
            let line = "done = [item for item in running if item[1].ready()]";
            self.page.line(line, [Does::Ask(all.clone())]);
        }
        self.page.line("running = [item for item in running if item not in done]", []);
        self.page.line("for name, result in done:", []);
        self.page.indent();
        self.page.line("try:", []);
        let read = if nodes {
            "    value = [part.get() for part in result]"
        } else {
            "    value = result.get()"
        };
        self.page.line(read, [Does::Ask(all)]);
        if nodes {
            let value = if self.is_chunked() {
                "[item for part in value for item in part]"
            } else {
                "value"
            };
            let several = self.node_names().join(", ");
            let line = format!("    results[name] = {value} if name in ({several},) else value[0]");
            self.page.line(line, []);
        } else {
            self.page.line("    results[name] = value", []);
        }
        self.page.line("    print(f\"{name}: {value}\")", [Does::Show]);
        let widest = self.widest();
        self.page.line(format!("except {widest} as error:"), []);
        self.page.line("    print(f\"{name}: {error!r}\")", [Does::Show]);
        self.page.dedent();
        self.page.line("running += [(name, tasks[name]()) for name in take_ready()]", []);
    }

    /// `pool.apply_async(...)`; of a map node a list of them. `callbacks` is for a call by its place
    /// among those of its task.
    fn pool_applied(&mut self, call: &Call, callbacks: &dyn Fn(&str) -> String) -> String {
        let nodes = self.has_nodes();
        let one = |place: &str| format!("pool.apply_async({}{})", call.applied(), callbacks(place));
        match call.is_mapped() {
            true if self.is_chunked() => {
                let calls = self.chunked(call);
                let callbacks = callbacks("place");
                format!(
                    "[pool.apply_async(run_chunk, (chunk,){callbacks}) for place, chunk in \
                     enumerate({calls})]"
                )
            }
            true if callbacks("").is_empty() => format!("[{} {}]", one(""), call.comprehension()),
            true => format!("[{} {}]", one("place"), call.numbered_comprehension()),
            false if nodes => format!("[{}]", one("0")),
            false => one("0"),
        }
    }

    /// `apply_async`, whose callbacks submit what became ready.
    fn pool_submit(&mut self) {
        let all = self.all_tasks();
        let nodes = self.has_nodes();
        self.page.import("threading");
        self.page.import_from("functools", "partial");
        self.page.line("results = {}", []);
        self.page.line("over = set()", []);
        self.page.line("lock = threading.RLock()", []);
        self.page.line("finished = threading.Event()", []);
        self.open_block();
        self.dictionaries("lambda name", &|text, call| {
            text.pool_applied(call, &|place| {
                let given = if nodes { format!("name, {place}") } else { "name".to_owned() };
                format!(
                    ", callback=partial(done, {given}), error_callback=partial(failed, {given})"
                )
            })
        });
        self.page.line("left = list(tasks)", []);
        if nodes {
            self.page
                .line("parts = {name: {} for name in tasks}  # what has come of its calls", []);
            let counts: Vec<Item> = self
                .plan
                .tasks
                .iter()
                .filter(|task| task.items.is_some())
                .map(|task| (quoted(&task.id), self.calls_of(task.item_count())))
                .map(|(id, count)| Item::One(format!("{id}: {count}")))
                .collect();
            self.page.list("several = ", ('{', '}'), &counts, "  # how many calls", &[]);
        }
        self.acts_without_futures();
        self.page.gap();
        self.page.block(super::modes::TAKE_READY);
        self.page.gap();
        self.give_up_function();
        self.page.line("def submit(names):", []);
        self.page.line("    for name in names:", []);
        if self.plan.tasks.iter().any(|task| task.item_count() == Some(0)) {
            self.page.line("        if not tasks[name](name):", []);
            self.page.line("            results[name] = []", []);
            self.page.line("            over.add(name)", []);
            self.page.line("            names += take_ready()", []);
        } else {
            self.page.line("        tasks[name](name)", []);
        }
        self.page.gap();
        if nodes {
            let settle = SETTLE.replace("GATHER", self.gather());
            self.page.block(&settle);
        } else {
            self.page.line("def go_on():", []);
        }
        self.page.line("    submit(take_ready())", []);
        self.page.line("    if len(over) == len(tasks):", []);
        self.page.line("        finished.set()", [Does::AllTasks]);
        self.page.gap();
        let given = if nodes { "name, place" } else { "name" };
        self.page.line(format!("def done({given}, value):"), [Does::Callback(all.clone())]);
        self.page.line("    print(f\"{name}: {value}\")", [Does::Show]);
        self.page.line("    with lock:", []);
        if nodes {
            self.page.line("        settle(name, place, value)", []);
        } else {
            self.page.line("        results[name] = value", []);
            self.page.line("        over.add(name)", []);
            self.page.line("        go_on()", []);
        }
        self.page.gap();
        self.page.line(format!("def failed({given}, error):"), [Does::Callback(all)]);
        self.page.line("    print(f\"{name}: {error!r}\")", [Does::Show]);
        self.page.line("    with lock:", []);
        if nodes {
            self.page.line("        settle(name, place)", []);
        } else {
            self.page.line("        give_up(name)", []);
            self.page.line("        go_on()", []);
        }
        self.page.gap();
        self.page.line("submit(take_ready())", []);
        self.page.line("if len(over) < len(tasks):", []);
        self.page.line("    finished.wait()", [Does::AllTasks]);
    }

    /// Into how many calls so many items go.
    fn calls_of(&self, items: Option<u32>) -> u32 {
        let size = if self.is_chunked() { self.plan.scenario.program.chunksize } else { None };
        items.unwrap_or(0).div_ceil(size.unwrap_or(1).max(1))
    }
}

/// A task of several calls is over when all of them are; the lines that go on stand behind it.
/// `GATHER` makes its value of what they returned.
const SETTLE: &str = "\
def settle(name, place, *value):
    parts[name][place] = value  # nothing if it failed
    values = [parts[name][place] for place in sorted(parts[name])]
    if len(values) < several.get(name, 1):
        return
    if all(values):
        results[name] = GATHER if name in several else values[0][0]
        over.add(name)
    else:
        give_up(name)";

/// `[(1, 2), (3, 4)]` where the lists are known, else `zip(…)`.
fn zipped(several: &[Item]) -> Item {
    let lists: Option<Vec<&Vec<String>>> = several
        .iter()
        .map(|item| match item {
            Item::List(list) => Some(list),
            Item::One(_) => None,
        })
        .collect();
    match lists {
        Some(lists) => {
            let rows = lists.first().map_or(0, |list| list.len());
            let row = |row: usize| {
                let texts: Vec<&str> = lists.iter().map(|list| list[row].as_str()).collect();
                format!("({})", texts.join(", "))
            };
            Item::List((0..rows).map(row).collect())
        }
        None => {
            let texts: Vec<String> = several.iter().map(Item::text).collect();
            Item::One(format!("zip({})", texts.join(", ")))
        }
    }
}

const NAMED: &str = "\
def named(name, function, *arguments, **keywords):
    return name, function(*arguments, **keywords)
";
