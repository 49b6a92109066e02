//! The Rust texts of scenarios really run, and come to what the simulator says.
//!
//! All are modules of one program, which one call of `rustc` builds; each runs in a process of its own.
//! There, `Duration` is one whose seconds are shorter.

#![cfg(not(feature = "shuttle"))]

#[path = "../../shared/tests/common/mod.rs"]
mod common;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use common::Run;
use shared::engine::event::{Agent, Event};
use shared::scenario::{NoRust, rust};
use shared::scenario::{Plan, Scenario};
use shared::sim::Sim;
use shared::view::normal_form::{End, Moment, NormalForm, OutcomeForm};

/// Seconds of the run for a second of the scenario.
const SCALE: &str = "0.05";
/// Seeds of the simulator, of which one must have said what a text says.
const SEEDS: u64 = 16;
/// A loaded machine may be late with what the scenario has at another time: then once more. What is
/// wrong is so each time.
const TRIES: usize = 5;

/// The main of the one program.
const MAIN: &str = r#"
use std::process::{ExitCode, Termination};

struct Duration;

impl Duration {
    fn from_secs_f64(seconds: f64) -> std::time::Duration {
        let scale = std::env::var("FUTURESCOPE_SCALE").unwrap();
        std::time::Duration::from_secs_f64(seconds * scale.parse::<f64>().unwrap())
    }
}

fn report(ended: impl Termination) -> ExitCode {
    ended.report()
}

fn main() -> ExitCode {
    match std::env::args().nth(1).unwrap().as_str() {
"#;

/// A graph with edges, values along them, and one edge that carries none.
const GRAPH: &str = r#"a: sleep(1, 3)
    b: slow_sum(0.5, @a, 4)
    c: square(@a)
    d: sum([{"from":"b"},{"from":"c"},{"from":"b"},1])
    e: slow_diff(2, 9, @c)"#;

/// It, and what fails and is skipped.
const FAILING: &str = r#"
    f: fail("KeyError", "k")
    g: square(@f)
    h: diff(@g, 1)"#;

fn made() -> Vec<(String, Arc<Plan>)> {
    let mut all = Vec::new();
    let mut add = |name: &str, text: &str| all.push((name.to_owned(), common::plan(text)));
    for mode in ["submit", "map", "as_completed", "wait"] {
        add(&format!("graph, {mode}"), &format!("threads 2\n {GRAPH}\n mode {mode}"));
        let failing = format!("threads 2\n {GRAPH} {FAILING}\n mode {mode}");
        add(&format!("failing, {mode}"), &failing);
        let flat = "a: sleep(3, \"x\")\n b: sleep(2, \"y\")\n c: sleep(1, \"z\")";
        add(&format!("flat, {mode}"), &format!("threads 2\n {flat}\n mode {mode}"));
        let nodes = "m: square({\"each\":{\"range\":[2,20,3]}})\n n: square({\"each\":[5,1,4]})";
        add(&format!("map nodes, {mode}"), &format!("threads 2\n {nodes}\n mode {mode}"));
        let lists = "a: identity([1,2])\n b: factors(360)\n c: identity(@b)";
        add(&format!("lists, {mode}"), &format!("threads 2\n {lists}\n mode {mode}"));
    }
    for when in ["FIRST_COMPLETED", "FIRST_EXCEPTION"] {
        let wait = format!("mode wait {{\"return_when\":\"{when}\"}}");
        add(when, &format!("threads 2\n {GRAPH} {FAILING}\n {wait}"));
    }
    add(
        "numbers",
        "threads 1
 a: sleep(0.5)
 b: sleep(1)
 c: diff(@b, 0.5)
 mode wait",
    );
    add(
        "primes",
        "threads 1
 a: is_prime(7)
 b: is_prime(8)
 c: is_prime(-1)
 mode submit",
    );
    add(
        "nobody asks",
        "threads 2
 a: sleep(0.5)
 b: fail()
 do
 submit a b",
    );
    add(
        "inputs",
        &format!(
            r#"threads 2
            {GRAPH}
            do
            submit a b c d
            {{"do":"result","of":"d","as":"D.value"}}
            print d is {{D.value}}, {{{{so}}}}
            {{"do":"call","task":"e","as":"loop"}}
            print {{loop}}"#
        ),
    );
    add(
        "map",
        r#"threads 2
        x: sleep(3, 4.5)
        y: sleep(1, 0.5)
        do
        map x y
        {"do":"for","in":"m","as":"v","steps":[{"do":"print","text":"got {v}"}]}
        leave
        print end"#,
    );
    add(
        "a map that fails",
        r#"threads 1
        x: sleep(1, 5)
        f: fail("ValueError", "no \"value\"")
        y: sleep(1, 6)
        do
        map x f y
        {"do":"for","in":"m","as":"v","steps":[{"do":"print","text":"got {v}"}]}
        print never"#,
    );
    add(
        "a timeout where nothing fails",
        r#"threads 2
        a: sleep(3, "a")
        do
        submit a
        {"do":"try","steps":[{"do":"result","of":"a","timeout":"1s"}],"except":[{"kind":"OSError","steps":[{"do":"print","text":"late"}]}]}
        {"do":"result","of":"a","timeout":"9s","as":"v"}
        print {v}"#,
    );
    add(
        "timeouts and failures",
        r#"threads 2
        a: sleep(5, true)
        f: fail("ValueError", "no", 1)
        do
        submit a f
        {"do":"try","steps":[{"do":"result","of":"a","timeout":"2s"}],
         "except":[{"kind":"TimeoutError","steps":[{"do":"print","text":"late"}]}]}
        {"do":"try","steps":[{"do":"result","of":"f","as":"v"},{"do":"print","text":"{v}"}],
         "except":[{"kind":"LookupError","steps":[{"do":"print","text":"never"}]},
                   {"kind":"Exception","as":"e","steps":[{"do":"print","text":"{e.kind}: {e}"},
                                                         {"do":"print","text":"caught"}]}]}
        {"do":"result","of":"a","as":"v"}
        print {v}
        shutdown
        print down"#
            .replace("\n         ", " ")
            .replace("\n                   ", " ")
            .replace("\n                                                         ", " ")
            .as_str(),
    );
    add(
        "a failure that is not caught",
        "threads 1
        f: fail(\"ValueError\", \"no\")
        do
        submit f
        {\"do\":\"try\",\"steps\":[{\"do\":\"result\",\"of\":\"f\"}],\"except\":[{\"kind\":\"KeyError\"}]}
        print never",
    );
    add(
        "looking instead of waiting",
        r#"threads 3
        p1: sleep(1, 1)
        p2: sleep(2, 2)
        do
        submit p1 p2
        sleep 0.5
        {"do":"repeat","until_done":["p1","p2"],"steps":[{"do":"for","in":["p1","p2"],"as":"p","steps":[{"do":"if","future":"p","is":"done","then":[{"do":"print","text":"{p} done"}],"else":[{"do":"print","text":"{p} at work"}]}]},{"do":"sleep","span":"1s"}]}
        print over"#,
    );
    add(
        "which failed",
        r#"threads 2
        f: fail("OSError", "no")
        a: identity("fine")
        do
        submit f a
        {"do":"for","in":["f","a"],"as":"x","steps":[{"do":"if","future":"x","is":"failed","then":[{"do":"print","text":"{x} failed"}],"else":[{"do":"print","text":"{x} did not"}]}]}
        leave
        {"do":"result","of":"a","as":"v"}
        print {v}"#,
    );
    add("nobody waits", "threads 1\n a: sleep(1)\n do\n submit a\n shutdown nowait\n print on");
    let wide: Vec<String> = (0..40).map(|n| format!("n{n}: identity({n})")).collect();
    let all_of_them: Vec<String> = (0..40).map(|n| format!("{{\"from\":\"n{n}\"}}")).collect();
    let wide = format!(
        "threads 8\n {}\n s: sum([{}])\n long: sum([{}])\n mode as_completed",
        wide.join("\n "),
        all_of_them.join(", "),
        vec!["1234567890123"; 30].join(", ")
    );
    add("wide", &wide);
    all
}

fn examples() -> Vec<(String, Arc<Plan>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../static/examples");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the examples are there") {
        let path = entry.expect("the folder can be read").path();
        let text = std::fs::read_to_string(&path).expect("an example can be read");
        let plan = Scenario::parse(&text).and_then(Scenario::check).expect("it is right");
        let name = path.file_stem().expect("files have names").to_string_lossy();
        all.push((name.into_owned(), Arc::new(plan)));
    }
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    all
}

/// Writes the texts as modules of a program, and builds it without a warning.
fn build(folder: &Path, texts: &[(String, String, Arc<Plan>)]) -> PathBuf {
    let mut main = String::new();
    for number in 0..texts.len() {
        writeln!(main, "mod t{number};").unwrap();
    }
    main.push_str(MAIN);
    for (number, (_, text, _)) in texts.iter().enumerate() {
        writeln!(main, "        \"{number}\" => t{number}::ended(),").unwrap();
        let text = text.replace("use std::time::Duration;", "use crate::Duration;");
        let ended = "pub fn ended() -> std::process::ExitCode {\n    crate::report(main())\n}\n";
        let text = text + "\n" + ended;
        std::fs::write(folder.join(format!("t{number}.rs")), text).unwrap();
    }
    main.push_str("        _ => unreachable!(),\n    }\n}\n");
    std::fs::write(folder.join("main.rs"), main).unwrap();
    let program = folder.join("texts");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut rustc = Command::new(rustc);
    rustc.current_dir(folder).args(["--edition", "2024", "-D", "warnings", "main.rs", "-o"]);
    let built = rustc.arg(&program).output().expect("rustc is there");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    program
}

/// Whether rustfmt, told nothing, leaves the texts as they are.
fn is_formatted(folder: &Path, texts: &[(String, String, Arc<Plan>)]) {
    // In a folder of their own, with a file that says nothing: ours would be found else.
    std::fs::write(folder.join("rustfmt.toml"), "").unwrap();
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.current_dir(folder).args(["--check", "--edition", "2024"]);
    for (number, (_, text, _)) in texts.iter().enumerate() {
        let file = format!("f{number}.rs");
        std::fs::write(folder.join(&file), text).unwrap();
        rustfmt.arg(file);
    }
    let checked = rustfmt.output().expect("rustfmt is there");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}

/// Python's spelling and Rust's made one: quotes left out, one kind of brackets.
fn spelled(line: &str) -> String {
    let line =
        line.replace(['\'', '"', '\\'], "").replace(['(', '{'], "[").replace([')', '}'], "]");
    let words: Vec<&str> = line.split(' ').collect();
    let word = |word: &str| word.strip_suffix(".0").unwrap_or(word).to_owned();
    let line = words.into_iter().map(word).collect::<Vec<_>>().join(" ");
    line.replace("True", "true").replace("False", "false")
}

/// What the simulator says that a text prints, and the kind of exception that it ends with.
fn said(plan: &Arc<Plan>, seed: u64) -> (Vec<String>, Option<String>) {
    let run = Run { plan: plan.clone(), records: Sim::new(plan.clone(), seed).run() };
    let form = NormalForm::from_records(plan, &run.records);
    let raised = match &form.end {
        End::Returned => None,
        End::Raised(text) => Some(text.split(':').next().unwrap().to_owned()),
        other => panic!("{other:?}"),
    };
    let by_main = |record: &shared::engine::event::Record| match &record.event {
        Event::Printed { text, by: Agent::Main, .. } => Some(text.clone()),
        _ => None,
    };
    if plan.scenario.program.steps.is_some() {
        return (run.records.iter().filter_map(by_main).collect(), raised);
    }
    let shows = |name: &str| {
        let future = form.futures.iter().find(|future| future.name == name).unwrap();
        match future.outcome.as_ref() {
            Some(OutcomeForm::Returned(text) | OutcomeForm::Raised(text)) => {
                format!("{name}: {text}")
            }
            _ => panic!("{name} has no outcome"),
        }
    };
    let mapped = form.main.iter().filter_map(|moment| match moment {
        Moment::Mapped(name, _) => Some(shows(name)),
        _ => None,
    });
    let mut lines: Vec<String> = mapped.collect();
    if lines.is_empty() {
        lines = form.futures.iter().map(|future| shows(&future.name)).collect();
    }
    (lines, raised)
}

/// What a text printed, in the order in which its mode promises it; and how it ended.
fn printed(plan: &Plan, output: &Output) -> (Vec<String>, Option<String>) {
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines: Vec<String> = text.lines().map(spelled).collect();
    if !is_ordered(plan) {
        lines.sort();
    }
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    let raised = match output.status.code() {
        Some(0) => None,
        Some(1) => error.strip_prefix("Error: ").and_then(|rest| rest.split(':').next()),
        other => panic!("{other:?}: {error}"),
    };
    (lines, raised.map(str::to_owned))
}

fn is_ordered(plan: &Plan) -> bool {
    use shared::scenario::Mode;
    matches!(plan.scenario.program.mode, None | Some(Mode::Map))
}

fn comes_to_the_same(program: &Path, number: usize, name: &str, text: &str, plan: &Arc<Plan>) {
    let all_said: Vec<_> = (0..SEEDS)
        .map(|seed| {
            let (lines, raised) = said(plan, seed);
            let mut lines: Vec<String> = lines.iter().map(|line| spelled(line)).collect();
            if !is_ordered(plan) {
                lines.sort();
            }
            (lines, raised)
        })
        .collect();
    let mut last = None;
    for _ in 0..TRIES {
        let mut command = Command::new(program);
        command.arg(number.to_string()).env("FUTURESCOPE_SCALE", SCALE).stdin(Stdio::null());
        let came = printed(plan, &command.output().expect("it can be run"));
        if all_said.contains(&came) {
            return;
        }
        last = Some(came);
    }
    panic!("{name} came to\n{last:#?}\nand the simulator says\n{:#?}\n{text}", all_said[0]);
}

#[test]
fn the_texts_build_without_a_warning_are_formatted_and_come_to_what_the_simulator_says() {
    let mut texts = Vec::new();
    let mut of_examples = 0;
    for (name, plan) in examples() {
        match rust(&plan) {
            Ok(listing) => {
                of_examples += 1;
                texts.push((name, listing.text(), plan));
            }
            Err(NoRust::Executor(_)) => {}
            Err(NoRust::Step(_))
                if ["repr", "callback"]
                    .iter()
                    .any(|part| plan.scenario.to_json().contains(part)) => {}
            Err(other) => panic!("{name}: {other}"),
        }
    }
    assert_eq!(of_examples, 9, "of eleven examples on threads, all but repr and a callback");
    for (name, plan) in made() {
        let listing = rust(&plan).unwrap_or_else(|why| panic!("{name}: {why}"));
        texts.push((name, listing.text(), plan));
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    is_formatted(folder.path(), &texts);
    let program = build(folder.path(), &texts);
    let texts = std::sync::Mutex::new(texts.into_iter().enumerate());
    std::thread::scope(|scope| {
        // They mostly sleep.
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let next = texts.lock().expect("nobody panics with it").next();
                    let Some((number, (name, text, plan))) = next else { return };
                    comes_to_the_same(&program, number, &name, &text, &plan);
                }
            });
        }
    });
}
