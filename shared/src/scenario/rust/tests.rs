//! What the texts say, and why some scenarios have none. That texts are right is seen where they run:
//! `backend/tests/rust_text.rs`.

use expect_test::expect;
use serde_json::{Value as Json, json};

use super::{NoRust, rust};
use crate::listing::{Does, Listing};
use crate::scenario::Scenario;
use crate::units::TaskId;

fn listing(document: &Json) -> Result<Listing, NoRust> {
    let plan = Scenario::parse(&document.to_string()).and_then(Scenario::check);
    rust(&plan.unwrap_or_else(|error| panic!("{error}\nin {document:#}")))
}

fn scenario(tasks: &Json, program: &Json) -> Json {
    json!({
        "format": 1,
        "executor": { "kind": "threads", "workers": 2 },
        "tasks": tasks,
        "program": program,
    })
}

fn why(document: &Json) -> String {
    listing(document).expect_err("there is no text").to_string()
}

/// Main's own lines.
fn main_of(listing: &Listing) -> String {
    let text = listing.text();
    text[text.find("fn main()").expect("it has a main")..].to_owned()
}

#[test]
fn a_whole_text_is_short() {
    let tasks = json!([
        { "id": "a", "function": "sleep", "args": { "seconds": 2 } },
        { "id": "b", "function": "sleep", "args": { "seconds": 1 } },
    ]);
    let text = listing(&scenario(&tasks, &json!({ "mode": "as_completed" }))).unwrap().text();
    expect![[r#"
        use std::sync::Mutex;
        use std::sync::mpsc::{self, Receiver, Sender};
        use std::thread;
        use std::time::Duration;

        /// How many threads the pool has.
        const WORKERS: usize = 2;

        fn sleep<T>(seconds: f64, returns: T) -> T {
            thread::sleep(Duration::from_secs_f64(seconds));
            returns
        }

        /// Does a task.
        fn run(task: &str) -> i64 {
            match task {
                "a" => sleep(2.0, 2),
                "b" => sleep(1.0, 1),
                _ => unreachable!("there is no such task"),
            }
        }

        /// What a worker is told: a task.
        type Job = &'static str;

        /// What it says: what that was, and what came of it.
        type Done = (&'static str, i64);

        const TASKS: [&str; 2] = ["a", "b"];

        /// A worker: does one job after the other, until there are no more to come.
        fn work(jobs: &Mutex<Receiver<Job>>, done: &Sender<Done>) {
            loop {
                // Not `while let`: that would keep the lock while the job is done.
                let Ok(task) = jobs.lock().unwrap().recv() else {
                    return;
                };
                done.send((task, run(task))).unwrap();
            }
        }

        fn main() {
            let (submit, jobs) = mpsc::channel();
            let jobs = Mutex::new(jobs);
            let (done, results) = mpsc::channel();
            thread::scope(|scope| {
                for _ in 0..WORKERS {
                    scope.spawn(|| work(&jobs, &done));
                }
                // It ends with this block: then there are no more jobs, and the workers end.
                let submit = submit;
                for task in TASKS {
                    submit.send(task).unwrap();
                }
                for (task, value) in results.iter().take(TASKS.len()) {
                    println!("{task}: {value}");
                }
            });
        }
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_timeout_is_a_failure_beside_those_of_tasks() {
    let tasks = json!([
        { "id": "a", "function": "fetch", "args": { "url": "http://a", "timeout": 9 } },
    ]);
    let except = json!([
        { "kind": "URLError", "as": "e", "steps": [{ "do": "print", "text": "{e.kind}: {e}" }] },
        { "kind": "Exception", "steps": [{ "do": "print", "text": "late" }] },
    ]);
    let steps = json!({ "steps": [
        { "do": "submit", "task": "a" },
        { "do": "try", "steps": [{ "do": "result", "of": "a", "timeout": "500ms" }],
          "except": except },
        { "do": "leave" },
        { "do": "print", "text": "end" },
    ] });
    let text = main_of(&listing(&scenario(&tasks, &steps)).unwrap());
    expect![[r#"
        fn main() {
            let (submit, jobs) = mpsc::channel();
            let jobs = Mutex::new(jobs);
            let (done, incoming) = mpsc::channel();
            let mut results = Results {
                incoming,
                came: BTreeMap::new(),
            };
            thread::scope(|scope| {
                for _ in 0..WORKERS {
                    scope.spawn(|| work(&jobs, &done));
                }
                // It ends with this block: then there are no more jobs, and the workers end.
                let submit = submit;
                submit.send("a").unwrap();
                match results.result_within("a", 0.5) {
                    Ok(_) => {}
                    Err(e) if matches!(e.kind, "URLError") => println!("{}: {}", e.kind, e.message),
                    Err(_) => println!("late"),
                }
            });
            println!("end");
        }
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_random_number_is_the_one_that_the_seed_draws() {
    let tasks = json!([
        { "id": "a", "function": "random_sleep", "args": { "low": 1, "high": 5 } },
    ]);
    let mut document = scenario(&tasks, &json!({ "mode": "submit" }));
    let mut drawn = std::collections::BTreeSet::new();
    for seed in 0..32 {
        document["seed"] = json!(seed);
        let text = listing(&document).unwrap().text();
        let line = text.lines().find(|line| line.contains("\"a\" => sleep(")).unwrap();
        drawn.insert(line.trim().to_owned());
    }
    let all = (1..=5).map(|n| format!("\"a\" => sleep({n}.0, {n}),")).collect();
    assert_eq!(drawn, all);
}

#[test]
fn lines_are_tied_to_what_they_do() {
    let tasks = json!([
        { "id": "a", "function": "sleep", "args": { "seconds": 2 } },
        { "id": "b", "function": "square", "args": { "x": { "from": "a" } } },
    ]);
    let program = json!({ "steps": [
        { "do": "submit", "task": ["a", "b"] },
        { "do": "sleep", "span": "1s" },
        { "do": "result", "of": "b", "as": "v" },
        { "do": "print", "text": "{v}" },
    ] });
    let listing = listing(&scenario(&tasks, &program)).unwrap();
    let (a, b) = (TaskId(0), TaskId(1));
    for (text, does) in [
        ("fn sleep<T>(seconds: f64, returns: T) -> T {", Does::Body(vec![a])),
        ("\"b\" => square(v[0]),", Does::Body(vec![b])),
        ("scope.spawn(|| work(&jobs, &done));", Does::Executor),
        ("submit.send((\"b\", v)).unwrap();", Does::Submit(b)),
        ("thread::sleep(Duration::from_secs_f64(1.0));", Does::Sleep),
        ("let v = results.result(\"b\");", Does::Ask(vec![b])),
        ("println!(\"{v}\");", Does::Print),
        ("});", Does::Leave),
    ] {
        let found = listing.lines.iter().find(|line| line.text.trim() == text);
        let found = found.unwrap_or_else(|| panic!("no line {text} in\n{}", listing.text()));
        assert_eq!(found.does, [does], "{text}");
    }
}

#[test]
fn names_of_python_that_rust_has_for_itself_are_others() {
    let tasks = json!([{ "id": "a", "function": "identity", "args": { "value": 1 } }]);
    let names = ["match", "Results", "2nd", "x-y", "x.y", "task"];
    let mut steps = vec![json!({ "do": "submit", "task": "a" })];
    for name in names {
        steps.push(json!({ "do": "result", "of": "a", "as": name }));
    }
    let all: Vec<String> = names.iter().map(|name| format!("{{{name}}}")).collect();
    steps.push(json!({ "do": "print", "text": all.join(" ") }));
    let text = main_of(&listing(&scenario(&tasks, &json!({ "steps": steps }))).unwrap());
    let printed = text.lines().find(|line| line.contains("println!")).unwrap();
    assert_eq!(
        printed.trim(),
        r#"println!("{match_} {results_} {the_2nd} {x_y} {x_y_} {task_}");"#
    );
}

#[test]
fn dividing_by_zero_is_a_failure_and_no_infinity() {
    let args = json!({ "x": 1, "y": { "each": { "range": [-2, 3] } } });
    let tasks = json!([{ "id": "a", "function": "divide", "args": args }]);
    let listing = listing(&scenario(&tasks, &json!({ "mode": "map" }))).unwrap();
    let text = listing.text();
    let (_, text) = text.split_once("/// Where").unwrap();
    let (text, _) = text.split_once("\n\n/// What").unwrap();
    expect![[r#"
         Python raises, a float of Rust's would be infinite, or not a number.
        fn divide(x: f64, y: f64) -> Result<f64, Failure> {
            if y == 0.0 {
                return Err(Failure::new("ZeroDivisionError", "division by zero"));
            }
            Ok(x / y)
        }

        /// Does a task.
        fn run(task: &str, item: usize) -> Result<f64, Failure> {
            match task {
                "a" => divide(1.0, (-2 + item as i64) as f64),
                _ => unreachable!("there is no such task"),
            }
        }"#]]
    .assert_eq(text);
}

#[test]
fn what_has_no_text_is_said_in_one_sentence() {
    let one = json!([{ "id": "a", "function": "identity", "args": { "value": 1 } }]);
    let mode = json!({ "mode": "wait" });
    let task = |function: &str, args: Json| {
        scenario(&json!([{ "id": "a", "function": function, "args": args }]), &mode)
    };
    let step =
        |step: Json| scenario(&one, &json!({ "steps": [{ "do": "submit", "task": "a" }, step] }));
    let with = |field: &str, value: Json| {
        let mut document = scenario(&one, &mode);
        document[field] = value;
        document
    };
    let processes = json!({ "kind": "processes", "workers": 1 });
    let initializer = json!({ "function": "fail" });
    let initialized = json!({ "kind": "threads", "workers": 1, "initializer": initializer });
    let cancel = json!([{ "do": { "cancel": "a" }, "when": { "at": "1s" } }]);
    let mixed = json!([
        { "id": "a", "function": "identity", "args": { "value": 1 } },
        { "id": "b", "function": "identity", "args": { "value": "x" } },
    ]);
    let node = json!([
        { "id": "m", "function": "square", "args": { "x": { "each": [1, 2] } } },
        { "id": "s", "function": "identity", "args": { "value": 1 }, "after": ["m"] },
    ]);
    let said: Vec<String> = [
        with("executor", processes),
        with("executor", initialized),
        with("interventions", cancel),
        scenario(&json!([]), &mode),
        task("gate", json!({})),
        task("identity", json!({ "value": null })),
        task("divide", json!({ "x": (1_i64 << 53) + 1, "y": 3 })),
        scenario(&mixed, &mode),
        scenario(&node, &mode),
        scenario(&one, &json!({ "mode": "wait", "timeout": "1s" })),
        scenario(&one, &json!({ "mode": "map", "buffersize": 1 })),
        step(json!({ "do": "cancel", "of": "a" })),
        step(json!({ "do": "repr", "of": "a", "as": "r" })),
        step(json!({ "do": "wait", "of": ["a"], "timeout": "1s" })),
        step(json!({ "do": "submit", "task": "a" })),
    ]
    .iter()
    .map(why)
    .collect();
    expect![[r#"
        Rust's standard library has threads and nothing like ProcessPoolExecutor
        the Rust text has no initializer of workers
        the Rust text has nobody who acts on a run from outside
        there is no task that the Rust text could show
        the Rust text has no counterpart of the function gate
        the argument value of the task a has no plain form in Rust
        the argument x of the task a has no plain form in Rust
        a channel of Rust's carries one type, and here are both i64 and &'static str
        the Rust text has no place here for the items of the map node m
        the Rust text has no counterpart of the program's timeout
        the Rust text has no counterpart of the program's buffersize
        threads and channels of Rust's have no counterpart of cancel(): what was sent cannot be taken back
        threads and channels of Rust's have no counterpart of repr(future): there is no future
        threads and channels of Rust's have no counterpart of wait() with a timeout
        the Rust text submits each task once, and a is submitted again"#]].assert_eq(&said.join("\n"));
}

#[test]
fn a_step_that_was_not_run_is_no_reason_to_panic() {
    let one = json!([{ "id": "a", "function": "identity", "args": { "value": 1 } }]);
    let of_nobody = json!({ "steps": [
        { "do": "result", "of": "a" },
        { "do": "submit", "task": "a" },
    ] });
    assert_eq!(
        why(&scenario(&one, &of_nobody)),
        "the Rust text has nothing that it could call a here"
    );
    assert_eq!(listing(&scenario(&one, &json!({ "steps": [] }))), Err(NoRust::Empty));
}
