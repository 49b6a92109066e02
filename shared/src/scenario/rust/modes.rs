//! The four modes over the graph.
//!
//! Each is its shortest form for the graph at hand: without edges, everything is submitted at once.

use super::layout::{Expr, Text};
use super::results::{Ask, RESULTS_MADE, results};
use super::{NoRust, Program, Shape, Worker};
use crate::listing::Does;
use crate::scenario::{Count, Mode, OnError, ProgramPlan, ReturnWhen};
use crate::units::TaskId;

/// The program of a mode.
pub fn program(shape: &Shape<'_>) -> Result<Program, NoRust> {
    let ProgramPlan::Mode { mode, timeout, return_when, buffersize, on_error, .. } =
        &shape.plan.program
    else {
        unreachable!("the caller saw that it is a mode")
    };
    if timeout.is_some() {
        return Err(NoRust::Option("timeout"));
    }
    if buffersize.is_some() {
        return Err(NoRust::Option("buffersize"));
    }
    let edges = shape.plan.graph.levels.len() > 1;
    match (mode, edges) {
        (Mode::Submit, false) => Ok(submit_flat(shape)),
        (Mode::Submit, true) => Ok(submit_graph(shape)),
        (Mode::Map, _) if *on_error == OnError::Continue && shape.fallible => {
            Err(NoRust::Option("on_error"))
        }
        (Mode::Map, false) => map_flat(shape),
        (Mode::Map, true) => Ok(map_levels(shape)),
        (Mode::AsCompleted, false) => Ok(completed_flat(shape)),
        (Mode::AsCompleted, true) => Ok(rounds(shape, None)),
        (Mode::Wait, _) => Ok(rounds(shape, Some(*return_when))),
    }
}

fn submits(shape: &Shape<'_>) -> Vec<Does> {
    shape.all().map(Does::Submit).collect()
}

/// How many items a task has; one if it is no map node.
fn items_of(shape: &Shape<'_>, task: TaskId) -> u64 {
    match shape.plan.task(task).items {
        None | Some(Count::Endless) => 1,
        Some(Count::Finite(items)) => items,
    }
}

/// `TASKS`, with their items if any has some.
fn tasks(shape: &Shape<'_>, text: &mut Text) {
    let count = shape.plan.tasks.len();
    let one = |task| {
        let id = Expr::atom(shape.id(task));
        if !shape.has_items {
            return id;
        }
        Expr::call("", vec![id, Expr::atom(items_of(shape, task).to_string())])
    };
    text.line("");
    let of = if shape.has_items {
        text.line("/// The tasks, each with the number of its items.");
        "(&str, usize)"
    } else {
        "&str"
    };
    let tasks = Expr::array("", shape.all().map(one).collect());
    text.expr(&format!("const TASKS: [{of}; {count}] = "), &tasks, ";", Vec::new());
}

/// Submits everything.
fn submit_all(shape: &Shape<'_>, body: &mut Text) {
    if shape.has_items {
        body.open("for (task, items) in TASKS {");
        submit_items(body, submits(shape));
        body.close("}");
    } else {
        body.open("for task in TASKS {");
        body.does("submit.send(task).unwrap();", submits(shape));
        body.close("}");
    }
}

fn submit_items(body: &mut Text, does: Vec<Does>) {
    body.open("for item in 0..items {");
    body.does("submit.send((task, item)).unwrap();", does);
    body.close("}");
}

/// Shows what came, and perhaps keeps it.
fn show(shape: &Shape<'_>, text: &mut Text, keep: Option<&str>) {
    if shape.fallible {
        text.open("match outcome {");
        match keep {
            None => {
                let shows = shape.shows();
                let arm = format!("Ok(value) => {},", shows.trim_end_matches(';'));
                text.does(&arm, vec![Does::Show]);
            }
            Some(keep) => {
                text.open("Ok(value) => {");
                text.does(&shape.shows(), vec![Does::Show]);
                text.line(keep);
                text.close("}");
            }
        }
        text.does(&format!("Err(failure) => {},", shape.shows_failure()), vec![Does::Show]);
        text.close("}");
    } else {
        text.does(&shape.shows(), vec![Does::Show]);
        keep.into_iter().for_each(|keep| text.line(keep));
    }
}

/// `submit` without edges: the worker itself shows what came, as a done-callback would.
fn submit_flat(shape: &Shape<'_>) -> Program {
    let mut program = Program::default();
    tasks(shape, &mut program.before);
    let mut text = Text::default();
    text.line("// This is the done-callback: it runs in the worker.");
    show(shape, &mut text, None);
    let does = text.into_listing().lines.into_iter().map(|line| line.text).collect();
    program.worker = Some(Worker { params: String::new(), handed: String::new(), does });
    program.body = Text::at(2);
    submit_all(shape, &mut program.body);
    program
}

/// `submit` with edges: the done-callback submits what became ready, and the last one hangs up.
fn submit_graph(shape: &Shape<'_>) -> Program {
    let mut program = Program::default();
    let before = &mut program.before;
    tasks(shape, before);
    shape.needs(before);
    let value = shape.calls.value.rust();
    before.line("");
    before.line("/// What all workers share.");
    before.open("struct Graph {");
    before.line("/// Tasks that were not submitted.");
    before.line("left: Vec<&'static str>,");
    before.line("/// What tasks returned.");
    before.line(&format!("values: BTreeMap<&'static str, {value}>,"));
    before.line("/// How many tasks are under way.");
    before.line("running: usize,");
    before.line("/// The way to the workers, as long as there is more to come.");
    before.line("submit: Option<Sender<Job>>,");
    before.close("}");
    before.line("");
    before.open("impl Graph {");
    before.line("/// Submits what has all that it needs.");
    before.open("fn submit_ready(&mut self) {");
    before.line("let mut ready = self.left.clone();");
    before.line("let there = |need: &&'static str| self.values.contains_key(need);");
    before.line("ready.retain(|task| needs(task).iter().all(there));");
    before.line("self.left.retain(|task| !ready.contains(task));");
    before.line("self.running += ready.len();");
    before.open("if self.running == 0 {");
    before.line("// Without a sender there are no more jobs, and the workers end.");
    before.does("self.submit = None;", vec![Does::AllTasks]);
    before.close("}");
    before.open("for task in ready {");
    if shape.carries {
        let copied = if shape.calls.value.is_copy() { "" } else { ".clone()" };
        before.line("let inputs = needs(task).iter();");
        before.line(&format!("let v = inputs.map(|need| self.values[need]{copied}).collect();"));
    }
    let job = if shape.carries { "(task, v)" } else { "task" };
    before.line("let submit = self.submit.as_ref().expect(\"there is more to come\");");
    before.does(&format!("submit.send({job}).unwrap();"), submits(shape));
    before.close("}");
    before.close("}");
    before.line("");
    before.line("/// The done-callback: runs in the worker that did the task.");
    let outcome = shape.outcome();
    before.open(&format!("fn done(&mut self, task: &'static str, {}: {outcome}) {{", shape.came()));
    before.line("self.running -= 1;");
    show(shape, before, Some("self.values.insert(task, value);"));
    before.line("self.submit_ready();");
    before.close("}");
    before.close("}");
    program.worker = Some(Worker {
        params: "graph: &Mutex<Graph>".to_owned(),
        handed: "&graph".to_owned(),
        does: vec![format!("graph.lock().unwrap().done(task, {});", shape.came())],
    });
    program.first.push("let graph = Mutex::new(Graph {".to_owned());
    for line in ["left: TASKS.to_vec(),", "values: BTreeMap::new(),", "running: 0,"] {
        program.first.push(format!("    {line}"));
    }
    program.first.extend(["    submit: Some(submit),".to_owned(), "});".to_owned()]);
    program.body = Text::at(2);
    program.body.line("graph.lock().unwrap().submit_ready();");
    program.lets_go = true;
    program.uses.extend(["std::collections::BTreeMap", "std::sync::mpsc::Sender"]);
    program
}

/// What `map` does with each result.
fn deliver(shape: &Shape<'_>, body: &mut Text, key: &str) {
    let raises = if shape.fallible { "?" } else { "" };
    if shape.fallible {
        body.line(
            "// Where one failed, main goes no further; what was submitted is done all the same.",
        );
    }
    body.does(&format!("let value = results.result({key}){raises};"), vec![Does::Next]);
    body.does(&shape.shows(), vec![Does::Show]);
}

fn map(shape: &Shape<'_>) -> Program {
    let mut program = Program { propagates: shape.fallible, ..Program::default() };
    program.first.extend(RESULTS_MADE.map(str::to_owned));
    program.uses.insert("std::collections::BTreeMap");
    program.body = Text::at(2);
    program
}

/// `map` without edges: one map of all tasks, or one for each map node.
fn map_flat(shape: &Shape<'_>) -> Result<Program, NoRust> {
    let mut program = map(shape);
    tasks(shape, &mut program.before);
    results(shape, &mut program.before, [Ask::Result]);
    let body = &mut program.body;
    let all: Vec<TaskId> = shape.all().collect();
    if !shape.has_items {
        body.open("for task in TASKS {");
        body.does("submit.send(task).unwrap();", vec![Does::Map(all)]);
        body.close("}");
        body.line("// In the order of the tasks, whichever is done first.");
        body.open("for task in TASKS {");
        deliver(shape, body, "task");
        body.close("}");
        return Ok(program);
    }
    if let Some(task) = shape.plan.tasks.iter().find(|task| task.items.is_none()) {
        // It would stand in a map of its own, and so would its neighbours.
        return Err(NoRust::MapNode(task.id.clone()));
    }
    body.open("for (task, items) in TASKS {");
    submit_items(body, vec![Does::Map(all)]);
    body.line("// In the order of the items, whichever is done first.");
    body.open("for item in 0..items {");
    deliver(shape, body, "(task, item)");
    body.close("}");
    body.close("}");
    Ok(program)
}

/// `map` with edges: one for each level.
fn map_levels(shape: &Shape<'_>) -> Program {
    let mut program = map(shape);
    let before = &mut program.before;
    let level = |level: &Vec<TaskId>| {
        Expr::array("&", level.iter().map(|task| Expr::atom(shape.id(*task))).collect())
    };
    let levels: Vec<Expr> = shape.plan.graph.levels.iter().map(level).collect();
    before.line("");
    before.line("/// The tasks: each level needs only those before it.");
    let start = format!("const LEVELS: [&[&str]; {}] = ", levels.len());
    before.expr(&start, &Expr::array("", levels), ";", Vec::new());
    if shape.carries {
        shape.needs(before);
    }
    results(shape, before, [Ask::Result]);
    let body = &mut program.body;
    let all: Vec<TaskId> = shape.all().collect();
    body.open("for level in LEVELS {");
    body.open("for &task in level {");
    if shape.carries {
        body.line("let inputs = needs(task).iter().map(|need| results.result(need));");
        if shape.fallible {
            body.line("let v = inputs.collect::<Result<_, _>>()?;");
        } else {
            body.line("let v = inputs.collect();");
        }
        body.does("submit.send((task, v)).unwrap();", vec![Does::Map(all)]);
    } else {
        body.does("submit.send(task).unwrap();", vec![Does::Map(all)]);
    }
    body.close("}");
    body.line("// In the order of the tasks, whichever is done first.");
    body.open("for &task in level {");
    deliver(shape, body, "task");
    body.close("}");
    body.close("}");
    program
}

/// `as_completed` without edges: results in the order in which they come.
fn completed_flat(shape: &Shape<'_>) -> Program {
    let mut program = Program::default();
    tasks(shape, &mut program.before);
    program.first.push("let (done, results) = mpsc::channel();".to_owned());
    program.body = Text::at(2);
    let body = &mut program.body;
    submit_all(shape, body);
    let calls: u64 = shape.all().map(|task| items_of(shape, task)).sum();
    let calls = if shape.has_items { calls.to_string() } else { "TASKS.len()".to_owned() };
    let pattern = format!("({}, {})", shape.key_pattern(), shape.came());
    body.does(&format!("for {pattern} in results.iter().take({calls}) {{"), vec![Does::Next]);
    // The line above opens; the text's depth does not know.
    let mut inner = Text::at(3);
    show(shape, &mut inner, None);
    body.append(inner);
    body.line("}");
    program
}

/// Rounds: one result a round as `as_completed` has it, or what a `wait` returns.
fn rounds(shape: &Shape<'_>, wait: Option<ReturnWhen>) -> Program {
    let mut program = Program::default();
    let edges = shape.plan.graph.levels.len() > 1;
    tasks(shape, &mut program.before);
    if edges {
        shape.needs(&mut program.before);
        program.uses.insert("std::collections::BTreeMap");
    }
    program.first.push("let (done, results) = mpsc::channel();".to_owned());
    program.body = Text::at(2);
    let body = &mut program.body;
    if edges {
        body.line("let mut left = TASKS.to_vec();");
        let value = shape.calls.value.rust();
        body.line(&format!("let mut values: BTreeMap<&str, {value}> = BTreeMap::new();"));
        body.line("let mut running = 0;");
        body.open("loop {");
        submit_ready(shape, body);
        body.open("if running == 0 {");
        body.line("break;");
        body.close("}");
    } else {
        submit_all(shape, body);
        let calls: u64 = shape.all().map(|task| items_of(shape, task)).sum();
        let calls = if shape.has_items { calls.to_string() } else { "TASKS.len()".to_owned() };
        body.line(&format!("let mut running = {calls};"));
        body.open("while running > 0 {");
    }
    let keep = edges.then_some("values.insert(task, value);");
    let pattern = format!("({}, {})", shape.key_pattern(), shape.came());
    let Some(when) = wait else {
        body.does(&format!("let {pattern} = results.recv().unwrap();"), vec![Does::Next]);
        body.line("running -= 1;");
        show(shape, body, keep);
        body.close("}");
        return program;
    };
    round(shape, body, when);
    body.line("running -= round.len();");
    body.open(&format!("for {pattern} in round {{"));
    show(shape, body, keep);
    body.close("}");
    body.close("}");
    program
}

/// One `wait`.
fn round(shape: &Shape<'_>, body: &mut Text, when: ReturnWhen) {
    let waits = vec![Does::Wait];
    match when {
        ReturnWhen::FirstCompleted => {
            body.line("// FIRST_COMPLETED: one, and what has come besides.");
            body.does("let mut round = vec![results.recv().unwrap()];", waits);
            body.line("round.extend(results.try_iter());");
        }
        ReturnWhen::FirstException if shape.fallible => {
            body.line("// FIRST_EXCEPTION: all, or up to the first that failed.");
            body.line("let mut round: Vec<Done> = Vec::new();");
            body.line("let failed = |done: &Done| done.1.is_err();");
            body.open("while round.len() < running && !round.last().is_some_and(failed) {");
            body.does("round.push(results.recv().unwrap());", waits);
            body.close("}");
        }
        ReturnWhen::FirstException | ReturnWhen::AllCompleted => {
            body.line(match when {
                ReturnWhen::FirstException => "// FIRST_EXCEPTION: nothing here fails, so all.",
                ReturnWhen::AllCompleted | ReturnWhen::FirstCompleted => "// ALL_COMPLETED.",
            });
            body.does("let round: Vec<Done> = results.iter().take(running).collect();", waits);
        }
    }
}

/// Submits what has all that it needs.
fn submit_ready(shape: &Shape<'_>, body: &mut Text) {
    body.line("// Submit what has all that it needs.");
    body.line("let mut ready = left.clone();");
    body.line("let there = |need: &&'static str| values.contains_key(need);");
    body.line("ready.retain(|task| needs(task).iter().all(there));");
    body.line("left.retain(|task| !ready.contains(task));");
    body.line("running += ready.len();");
    body.open("for task in ready {");
    if shape.carries {
        let cloned = if shape.calls.value.is_copy() { "" } else { ".clone()" };
        body.line("let inputs = needs(task).iter();");
        body.line(&format!("let v = inputs.map(|need| values[need]{cloned}).collect();"));
        body.does("submit.send((task, v)).unwrap();", submits(shape));
    } else {
        body.does("submit.send(task).unwrap();", submits(shape));
    }
    body.close("}");
}
