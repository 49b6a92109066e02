//! Steps: what a script's main thread does, line for line.

mod callbacks;
mod groups;
mod names;
mod printed;
mod submits;

use super::calls::Item;
use super::modes::return_when_name;
use super::{Text, method, seconds, timeout};
use crate::listing::Does;
use crate::scenario::{Callback, Condition, ExecutorKind, Names, Step};
use crate::units::TaskId;

use callbacks::option;
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

    pub fn steps(&mut self, script: &mut Script, steps: &[Step]) {
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

    pub fn tasks_called(&self, script: &Script, name: &str) -> Vec<TaskId> {
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
                    let outside = clause.name.as_ref().and_then(|name| {
                        Some((name, script.meanings.means(name, Meaning::Exception)?))
                    });
                    self.inner(script, &clause.steps);
                    if let Some((name, meaning)) = outside {
                        script.meanings.means(name, meaning);
                    }
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

    /// `[a, b]`, or the one name of several.
    pub fn futures_of(&mut self, script: &Script, names: &Names) -> String {
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
}

fn span_argument(span: Option<crate::units::Span>) -> String {
    span.map_or_else(String::new, |span| format!("timeout={}", seconds(span)))
}
