//! Steps: what a script's main thread does, line for line.

mod groups;
mod names;
mod printed;

use super::calls::{Call, Item};
use super::modes::return_when_name;
use super::{Text, method, quoted, seconds, timeout};
use crate::listing::Does;
use crate::scenario::{Callback, Condition, ExecutorKind, Names, Step};
use crate::units::TaskId;

use names::{Meaning, Meanings};

/// What a script's lines need to know.
pub struct Script {
    meanings: Meanings,
    /// Whether some line shows what a future is called.
    listed: bool,
    /// Whether some step cancels.
    cancels: bool,
    /// Tasks that are only ever used together, and what they are called.
    groups: Vec<(Vec<String>, String)>,
}

impl Script {
    /// What these are called together, if they are only ever used so.
    fn group(&self, names: &Names) -> Option<String> {
        let same = |(group, _): &&(Vec<String>, String)| group.as_slice() == names.as_slice();
        self.groups.iter().find(same).map(|(_, name)| name.clone())
    }
}

impl Text<'_> {
    /// A script's `main`.
    pub fn script(&mut self, steps: &[Step], with_block: bool) {
        let mut meanings = Meanings::new(steps, self.plan);
        let listed = printed::needs_names(steps, &meanings);
        printed::list(steps, &mut meanings);
        let groups = groups::find(steps, self.plan);
        let mut script =
            Script { meanings, listed, cancels: printed::cancels(steps), groups: vec![] };
        for group in groups {
            let one_dictionary = script.meanings.listed_are_all(&group);
            if script.listed && one_dictionary {
                script.listed = false;
                script.groups.push((group, "names".to_owned()));
            } else if !script.listed {
                let name =
                    if self.plan.kind() == ExecutorKind::Pool { "results" } else { "futures" };
                let name = self.idents.fresh(name);
                script.groups.push((group, name));
            }
        }
        if script.listed {
            self.page.line("names = {}  # each future's task", []);
        }
        let leave = steps.iter().position(|step| matches!(step, Step::Leave {}));
        match (with_block, leave) {
            (true, leave) => {
                let (inside, outside) = steps.split_at(leave.unwrap_or(steps.len()));
                self.open_block();
                let before = self.page.len();
                self.timers(&|text, task| text.idents.of(task));
                self.steps(&mut script, inside);
                if self.page.len() == before {
                    self.page.line("pass", []);
                }
                self.page.dedent();
                self.steps(&mut script, outside.get(1..).unwrap_or_default());
            }
            (false, _) => {
                let (constructor, name) = (self.constructor(), self.executor());
                self.page.line(format!("{name} = {constructor}"), [Does::Executor]);
                self.timers(&|text, task| text.idents.of(task));
                self.steps(&mut script, steps);
            }
        }
    }

    fn steps(&mut self, script: &mut Script, steps: &[Step]) {
        for step in steps {
            self.step(script, step);
        }
    }

    /// A block's steps; `pass` if they leave no line.
    fn inner(&mut self, script: &mut Script, steps: &[Step]) {
        self.page.indent();
        let before = self.page.len();
        self.steps(script, steps);
        if self.page.len() == before {
            self.page.line("pass", []);
        }
        self.page.dedent();
    }

    fn tasks_called(&self, script: &Script, name: &str) -> Vec<TaskId> {
        script.meanings.tasks_of(name, self.plan)
    }

    /// `name = ` in front of a call, if it is bound.
    fn bound(&mut self, name: Option<&String>) -> String {
        name.map_or_else(String::new, |name| format!("{} = ", self.idents.of(name)))
    }

    fn ask(&mut self, script: &Script, of: &str, call: &str, name: Option<&String>, cancel: bool) {
        let bound = self.bound(name);
        let tasks = self.tasks_called(script, of);
        let of = self.idents.of(of);
        let does = if cancel { Does::Cancel(tasks) } else { Does::Ask(tasks) };
        self.page.line(format!("{bound}{of}.{call}"), [does]);
    }

    #[allow(clippy::too_many_lines)] // an arm for each step
    fn step(&mut self, script: &mut Script, step: &Step) {
        match step {
            Step::Submit { task } => {
                if let Some(group) = script.group(task) {
                    return self.submit_group(&group, task.as_slice(), |_, call| {
                        format!("executor.submit({})", call.submitted())
                    });
                }
                for name in task.as_slice() {
                    self.submit(script, name);
                }
            }
            Step::Map { tasks, name, chunksize, timeout: span, buffersize } => {
                if self.plan.kind() == ExecutorKind::Pool {
                    return self.pool_map_step(name, tasks, *chunksize, "", false);
                }
                let (tasks, calls) = self.input_calls(tasks);
                let name = self.idents.of(name);
                let mut arguments = self.mapped(&calls).arguments();
                let options = [
                    chunksize.map(|size| format!("chunksize={size}")),
                    span.map(|span| format!("timeout={}", seconds(span))),
                    buffersize.map(|size| format!("buffersize={size}")),
                ];
                arguments.extend(options.into_iter().flatten().map(Item::One));
                let head = format!("{name} = executor.map");
                self.page.list(&head, ('(', ')'), &arguments, "", &[Does::Map(tasks)]);
            }
            Step::Next { of, timeout: span, name } => {
                let (bound, of) = (self.bound(name.as_ref()), self.idents.of(of));
                let call = match span {
                    Some(span) => format!("{of}.next(timeout={})", seconds(*span)),
                    None => format!("next({of})"),
                };
                self.page.line(format!("{bound}{call}"), [Does::Next]);
            }
            Step::Close { of } => {
                let of = of.as_ref().map_or_else(|| "pool".to_owned(), |of| self.idents.of(of));
                self.page.line(format!("{of}.close()"), [Does::Shutdown]);
            }
            Step::For { over, name, steps } => self.for_loop(script, over, name, steps),
            Step::AsCompleted { of, timeout: span, name, steps } => {
                self.page.import_from("concurrent.futures", "as_completed");
                let (over, name) = (self.futures_of(script, of), self.idents.of(name));
                let line = format!("for {name} in as_completed({over}{}):", timeout(*span));
                self.page.line(line, [Does::Next]);
                self.inner(script, steps);
            }
            Step::Wait { of, timeout: span, return_when, name } => {
                if self.plan.kind() == ExecutorKind::Pool {
                    let span = span.map_or_else(String::new, seconds);
                    for of in of.as_slice() {
                        let of = self.idents.of(of);
                        self.page.line(format!("{of}.wait({span})"), [Does::Wait]);
                    }
                    return;
                }
                self.page.import_from("concurrent.futures", "wait");
                let over = self.futures_of(script, of);
                let when = return_when_name(*return_when);
                let bound = self.bound(name.as_ref());
                let when = if when == "ALL_COMPLETED" {
                    String::new()
                } else {
                    self.page.import_from("concurrent.futures", when);
                    format!(", return_when={when}")
                };
                let line = format!("{bound}wait({over}{}{when})", timeout(*span));
                self.page.line(line, [Does::Wait]);
            }
            Step::Result { of, timeout: span, name } => {
                let call = format!("result({})", span_argument(*span));
                self.ask(script, of, &call, name.as_ref(), false);
            }
            Step::Exception { of, timeout: span, name } => {
                let call = format!("exception({})", span_argument(*span));
                self.ask(script, of, &call, name.as_ref(), false);
            }
            Step::Get { of, timeout: span, name } => {
                let call = format!("get({})", span_argument(*span));
                self.ask(script, of, &call, name.as_ref(), false);
            }
            Step::Done { of, name } => self.ask(script, of, "done()", name.as_ref(), false),
            Step::Running { of, name } => self.ask(script, of, "running()", name.as_ref(), false),
            Step::Cancelled { of, name } => {
                self.ask(script, of, "cancelled()", name.as_ref(), false);
            }
            Step::Cancel { of, name } => self.ask(script, of, "cancel()", name.as_ref(), true),
            Step::Ready { of, name } => self.ask(script, of, "ready()", name.as_ref(), false),
            Step::Successful { of, name } => {
                self.ask(script, of, "successful()", name.as_ref(), false);
            }
            Step::Repr { of, name } => {
                let tasks = self.tasks_called(script, of);
                let (name, of) = (self.idents.of(name), self.idents.of(of));
                self.page.line(format!("{name} = repr({of})"), [Does::Ask(tasks)]);
            }
            Step::AddDoneCallback { of, print, steps, raise } => {
                let callback =
                    Callback { print: print.clone(), steps: steps.clone(), raise: raise.clone() };
                self.add_callback(script, of, &callback);
            }
            Step::Apply { task, name } => {
                let bound = self.bound(name.as_ref());
                let task = self.plan.names[task.as_str()];
                let applied = self.input_call(task).applied();
                self.page.line(format!("{bound}pool.apply({applied})"), [Does::Submit(task)]);
            }
            Step::ApplyAsync { task, callback, error_callback } => {
                let value = self.pool_callback(script, callback.as_ref(), "value");
                let error = self.pool_callback(script, error_callback.as_ref(), "error");
                let callbacks = |name: &str| {
                    option("callback", value.as_ref(), name)
                        + &option("error_callback", error.as_ref(), name)
                };
                if let Some(group) = script.group(task) {
                    return self.submit_group(&group, task.as_slice(), |text, call| {
                        let name = &text.plan.task(call.task).id;
                        format!("pool.apply_async({}{})", call.applied(), callbacks(name))
                    });
                }
                for name in task.as_slice() {
                    let task = self.plan.names[name.as_str()];
                    let call = self.input_call(task);
                    let (applied, ident) = (call.applied(), self.idents.of(name));
                    let callbacks = callbacks(name);
                    let line = format!("{ident} = pool.apply_async({applied}{callbacks})");
                    self.page.line(line, [Does::Submit(task)]);
                    self.list_name(script, name);
                    self.followers(name, &|text, task| text.idents.of(task));
                }
            }
            Step::Starmap { tasks, name, chunksize } => {
                self.pool_map_step(name, tasks, *chunksize, "", true);
            }
            Step::MapAsync { tasks, name, chunksize, callback, error_callback } => {
                let value = self.pool_callback(script, callback.as_ref(), "value");
                let error = self.pool_callback(script, error_callback.as_ref(), "error");
                let callbacks = option("callback", value.as_ref(), name)
                    + &option("error_callback", error.as_ref(), name);
                self.pool_map_step(name, tasks, *chunksize, &format!("_async{callbacks}"), false);
            }
            Step::Imap { tasks, name, chunksize } => self.imap(name, tasks, *chunksize, "imap"),
            Step::ImapUnordered { tasks, name, chunksize } => {
                self.imap(name, tasks, *chunksize, "imap_unordered");
            }
            Step::Terminate {} => self.page.line("pool.terminate()", [Does::Shutdown]),
            Step::Join {} => self.page.line("pool.join()", [Does::Shutdown]),
            Step::TerminateWorkers {} => {
                self.page.line("executor.terminate_workers()", [Does::Shutdown]);
            }
            Step::KillWorkers {} => self.page.line("executor.kill_workers()", [Does::Shutdown]),
            Step::Raise { error } => {
                let raised = self.raised(error);
                self.page.line(format!("raise {raised}"), []);
            }
            Step::Sleep { span } => {
                self.page.import("time");
                self.page.line(format!("time.sleep({})", seconds(*span)), [Does::Sleep]);
            }
            Step::Print { text } => {
                let printed = self.printed(script, text, None);
                self.page.line(format!("print({printed})"), [Does::Print]);
            }
            Step::Call { task, name } => {
                let bound = self.bound(name.as_ref());
                let task = self.plan.names[task.as_str()];
                let call = self.input_call(task);
                let direct = if call.is_mapped() {
                    format!("[{} {}]", call.direct(), call.comprehension())
                } else {
                    call.direct()
                };
                self.page.line(format!("{bound}{direct}"), [Does::Call(task)]);
            }
            Step::Shutdown { wait, cancel_futures } => {
                let mut arguments = Vec::new();
                if !wait {
                    arguments.push("wait=False");
                }
                if *cancel_futures {
                    arguments.push("cancel_futures=True");
                }
                let line = format!("executor.shutdown({})", arguments.join(", "));
                self.page.line(line, [Does::Shutdown]);
            }
            // What the end of the block does, where it is not the end of a block here.
            Step::Leave {} => match self.plan.kind() {
                ExecutorKind::Pool => self.page.line("pool.terminate()", [Does::Leave]),
                _ => self.page.line("executor.shutdown()", [Does::Leave]),
            },
            Step::Try { steps, except } => {
                self.page.line("try:", []);
                self.inner(script, steps);
                for clause in except {
                    let kind = self.page.exception(&clause.kind);
                    let bound = match &clause.name {
                        Some(name) => format!(" as {}", self.idents.of(name)),
                        None => String::new(),
                    };
                    self.page.line(format!("except {kind}{bound}:"), []);
                    self.inner(script, &clause.steps);
                }
                if except.is_empty() {
                    self.page.line("finally:", []);
                    self.inner(script, &[]);
                }
            }
            Step::If { future, is, then, otherwise } => {
                let tasks = self.tasks_called(script, future);
                let of = self.idents.of(future);
                let asked = method(*is);
                let more = if *is == Condition::Failed { " is not None" } else { "" };
                self.page.line(format!("if {of}.{asked}(){more}:"), [Does::Ask(tasks)]);
                self.inner(script, then);
                if !otherwise.is_empty() {
                    self.page.line("else:", []);
                    self.inner(script, otherwise);
                }
            }
            Step::Repeat { until_done, steps } => {
                self.page.line("while True:", []);
                self.page.indent();
                self.steps(script, steps);
                let asked = match self.plan.kind() {
                    ExecutorKind::Pool => "ready",
                    _ => "done",
                };
                let over = self.futures_of(script, until_done);
                let tasks = until_done
                    .as_slice()
                    .iter()
                    .flat_map(|name| self.tasks_called(script, name))
                    .collect();
                let line = format!("if all(each.{asked}() for each in {over}):");
                self.page.line(line, [Does::Ask(tasks)]);
                self.page.line("    break", []);
                self.page.dedent();
            }
        }
    }

    /// `futures = [executor.submit(…), …]`, a line for each; as keys of a dictionary where their names
    /// are looked up.
    fn submit_group(
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
            let note = call.note.as_ref().map_or_else(String::new, |note| format!("  # {note}"));
            let line = format!("{}{label},{note}", submit(self, &call));
            self.page.line(line, [Does::Submit(task)]);
        }
        self.page.dedent();
        self.page.line(close.to_string(), []);
    }

    fn submit(&mut self, script: &Script, name: &str) {
        let task = self.plan.names[name];
        let call = self.input_call(task);
        let ident = self.idents.of(name);
        let one = format!("executor.submit({})", call.submitted());
        let note = call.note.as_ref().map_or_else(String::new, |note| format!("  # {note}"));
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
    fn list_name(&mut self, script: &Script, name: &str) {
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
    fn input_call(&mut self, task: TaskId) -> Call {
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

    fn input_calls(&mut self, tasks: &[String]) -> (Vec<TaskId>, Vec<Call>) {
        let tasks: Vec<TaskId> = tasks.iter().map(|name| self.plan.names[name.as_str()]).collect();
        let calls = tasks.iter().map(|task| self.input_call(*task)).collect();
        (tasks, calls)
    }

    /// `name = pool.map(...)`, or `starmap` where the function takes more than one argument; `more` is
    /// `_async` with its callbacks.
    fn pool_map_step(
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

    fn imap(&mut self, name: &str, tasks: &[String], chunksize: Option<u32>, method: &str) {
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

    /// `[a, b]`, or the one name of several.
    fn futures_of(&mut self, script: &Script, names: &Names) -> String {
        if let Some(group) = script.group(names) {
            return group;
        }
        let one = |text: &mut Self, name: &String| -> String {
            let ident = text.idents.of(name);
            match script.meanings.of(name) {
                Some(Meaning::Futures) => format!("*{ident}"),
                _ => ident,
            }
        };
        match names.as_slice() {
            [only] if matches!(script.meanings.of(only), Some(Meaning::Futures)) => {
                self.idents.of(only)
            }
            several => {
                let idents: Vec<String> = several.iter().map(|name| one(self, name)).collect();
                format!("[{}]", idents.join(", "))
            }
        }
    }

    fn for_loop(&mut self, script: &mut Script, over: &Names, name: &str, steps: &[Step]) {
        let items = match over {
            names if script.group(names).is_some() => script.group(names).unwrap_or_default(),
            Names::One(name) => self.idents.of(name),
            Names::Many(names) => {
                let idents: Vec<String> = names.iter().map(|name| self.idents.of(name)).collect();
                format!("[{}]", idents.join(", "))
            }
        };
        let does = match over {
            Names::One(name) if matches!(script.meanings.of(name), Some(Meaning::Iterator)) => {
                vec![Does::Next]
            }
            _ => Vec::new(),
        };
        let name = self.idents.of(name);
        self.page.line(format!("for {name} in {items}:"), does);
        self.inner(script, steps);
    }

    fn add_callback(&mut self, script: &mut Script, of: &Names, callback: &Callback) {
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
    fn pool_callback(
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
    fn callback_function(
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

    fn callback_body(&mut self, script: &mut Script, callback: &Callback, given: printed::Given) {
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
    fn raised(&mut self, error: &str) -> String {
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
fn option(keyword: &str, callback: Option<&(String, bool)>, name: &str) -> String {
    match callback {
        Some((function, true)) => format!(", {keyword}=partial({function}, {})", quoted(name)),
        Some((function, false)) => format!(", {keyword}={function}"),
        None => String::new(),
    }
}

fn span_argument(span: Option<crate::units::Span>) -> String {
    span.map_or_else(String::new, |span| format!("timeout={}", seconds(span)))
}
