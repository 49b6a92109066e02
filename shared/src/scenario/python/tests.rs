use std::fs;
use std::path::PathBuf;

use expect_test::{Expect, expect};
use serde_json::{Value as Json, json};

use super::{python, python_of_other_module};
use crate::listing::differ::differing;
use crate::listing::{Does, Listing};
use crate::scenario::{Plan, ProgramPlan, Scenario};

fn rendered(scenario: &Json) -> (Plan, Listing) {
    let plan = Scenario::parse(&scenario.to_string()).unwrap().check().unwrap();
    let listing = python(&plan);
    (plan, listing)
}

fn task(id: &str, function: &str, args: &Json) -> Json {
    json!({ "id": id, "function": function, "args": args })
}

/// `main` alone; the rest is imports and the catalogue's own functions.
#[allow(clippy::needless_pass_by_value)] // as `expect!` makes them
fn check(executor: &Json, tasks: &[Json], program: &Json, expected: Expect) {
    let scenario = json!({ "format": 1, "executor": executor, "tasks": tasks, "program": program });
    let text = rendered(&scenario).1.text();
    let main = text.find("def main():").expect("each text has one");
    let end = text.find("\n\nif __name__").expect("and calls it");
    expected.assert_eq(&text[main..end]);
}

fn threads() -> Json {
    json!({ "kind": "threads", "workers": 2 })
}

#[test]
fn a_graph_without_edges_is_a_few_lines() {
    let tasks = [
        task("a", "sleep", &json!({ "seconds": 2 })),
        task("2nd-b", "sleep", &json!({ "seconds": 1, "returns": "it's \"b\"" })),
    ];
    check(
        &threads(),
        &tasks,
        &json!({ "mode": "as_completed", "timeout": "1500ms" }),
        expect![[r#"
        def main():
            with ThreadPoolExecutor(max_workers=2) as executor:
                names = {
                    executor.submit(sleep, 2): "a",
                    executor.submit(sleep, 1, 'it\'s "b"'): "2nd-b",
                }
                for future in as_completed(names, timeout=1.5):
                    print(f"{names[future]}: {future.result()}")
    "#]],
    );
    check(
        &threads(),
        &tasks,
        &json!({ "mode": "submit" }),
        expect![[r#"
        def main():
            with ThreadPoolExecutor(max_workers=2) as executor:
                futures = {
                    "a": executor.submit(sleep, 2),
                    "2nd-b": executor.submit(sleep, 1, 'it\'s "b"'),
                }
            # Leaving the block has waited for all of them.
            for name, future in futures.items():
                print(f"{name}: {future.result()}")
    "#]],
    );
    check(
        &threads(),
        &tasks,
        &json!({ "mode": "map" }),
        expect![[r#"
        def main():
            with ThreadPoolExecutor(max_workers=2) as executor:
                for value in executor.map(
                    call, [partial(sleep, 2), partial(sleep, 1, 'it\'s "b"')],
                ):
                    print(value)
    "#]],
    );
}

#[test]
fn a_graph_with_edges_keeps_its_calls_until_their_inputs_are_there() {
    let tasks = [
        task("a", "sleep", &json!({ "seconds": 1 })),
        task("b", "square", &json!({ "x": { "from": "a" } })),
    ];
    check(
        &threads(),
        &tasks,
        &json!({ "mode": "as_completed" }),
        expect![[r#"
        def main():
            results = {}
            with ThreadPoolExecutor(max_workers=2) as executor:
                # Each task's call, to be made as soon as what it needs is there.
                tasks = {
                    "a": lambda: executor.submit(sleep, 1),
                    "b": lambda: executor.submit(square, results["a"]),
                }
                needs = {"b": ["a"]}
                left = list(tasks)
                running = {}  # each future's task

                def take_ready():
                    ready = [name for name in left if all(need in results for need in needs.get(name, []))]
                    for name in ready:
                        left.remove(name)
                    return ready

                def submit(names):
                    for name in names:
                        future = tasks[name]()
                        running[future] = name

                submit(take_ready())
                while running:
                    for future in as_completed(running):
                        name = running.pop(future)
                        try:
                            value = future.result()
                            results[name] = value
                            print(f"{name}: {value}")
                        except Exception as error:
                            print(f"{name}: {error!r}")
                        ready = take_ready()
                        if ready:
                            submit(ready)
                            break  # as_completed does not see what came later
    "#]],
    );
    let processes = json!({ "kind": "processes", "workers": 3, "start_method": "spawn" });
    check(
        &processes,
        &tasks,
        &json!({ "mode": "map" }),
        expect![[r#"
            def main():
                context = multiprocessing.get_context("spawn")
                with ProcessPoolExecutor(max_workers=3, mp_context=context) as executor:
                    [a] = executor.map(sleep, [1])
                    [b] = executor.map(square, [a])
                    print("a:", a)
                    print("b:", b)
        "#]],
    );
}

#[test]
fn steps_are_the_lines_that_a_person_would_write() {
    let tasks = [
        task("a", "sleep", &json!({ "seconds": 1 })),
        task("b", "fail", &json!({ "kind": "MyError" })),
        task("squares", "square", &json!({ "x": { "each": { "range": [1, 5] } } })),
    ];
    let steps = json!([
        { "do": "submit", "task": ["a", "b", "squares"] },
        { "do": "add_done_callback", "of": "a", "print": "{task} came to {outcome}" },
        { "do": "cancel", "of": "b", "as": "could" },
        { "do": "print", "text": "could: {could}" },
        { "do": "wait", "of": ["a", "squares"], "timeout": "2s", "return_when": "FIRST_EXCEPTION",
          "as": "sets" },
        { "do": "print", "text": "{sets.not_done} are left" },
        { "do": "try", "steps": [{ "do": "result", "of": "b", "as": "value" }],
          "except": [{ "kind": "MyError", "as": "error",
                       "steps": [{ "do": "print", "text": "{error.kind}: {error}" }] }] },
        { "do": "leave" },
        { "do": "print", "text": "over" },
    ]);
    check(
        &threads(),
        &tasks,
        &json!({ "steps": steps }),
        expect![[r#"
        def main():
            names = {}  # each future's task
            with ThreadPoolExecutor(max_workers=2) as executor:
                a = executor.submit(sleep, 1)
                names[a] = "a"
                b = executor.submit(fail, "MyError")
                squares = [executor.submit(square, x) for x in range(1, 5)]
                names.update((each, f"squares[{place}]") for place, each in enumerate(squares))

                def on_done(future):
                    print(f"{names[future]} came to {outcome(future)}")

                a.add_done_callback(on_done)
                could = b.cancel()
                print(f"could: {could}")
                sets = wait([a, *squares], timeout=2, return_when=FIRST_EXCEPTION)
                print(f"{show(names, sets.not_done)} are left")
                try:
                    value = b.result()
                except MyError as error:
                    print(f"{type(error).__name__}: {error}")
            print("over")
    "#]],
    );
}

#[test]
fn pools_dialect_is_its_own() {
    let tasks = [
        task("a", "slow_sum", &json!({ "seconds": 1, "x": 6, "y": 7 })),
        task("b", "slow_sum", &json!({ "seconds": 2, "x": 1, "y": 2 })),
    ];
    let pool = json!({ "kind": "pool", "workers": 4, "max_tasks_per_child": 2,
                       "initializer": { "function": "sleep", "args": { "seconds": 1 } } });
    let steps = json!([
        { "do": "apply_async", "task": ["a", "b"], "callback": { "print": "{task}: {outcome}" } },
        { "do": "map", "tasks": ["a", "b"], "as": "sums", "chunksize": 2 },
        { "do": "get", "of": "a", "timeout": "1s", "as": "value" },
        { "do": "imap", "tasks": ["a", "b"], "as": "it" },
        { "do": "next", "of": "it", "as": "first", "timeout": "3s" },
        { "do": "close" },
        { "do": "join" },
    ]);
    check(
        &pool,
        &tasks,
        &json!({ "steps": steps }),
        expect![[r#"
        def main():
            with multiprocessing.Pool(4, initializer=sleep, initargs=(1,), maxtasksperchild=2) as pool:
                a = pool.apply_async(slow_sum, (1, 6, 7), callback=partial(on_value, "a"))
                b = pool.apply_async(slow_sum, (2, 1, 2), callback=partial(on_value, "b"))
                sums = pool.starmap(slow_sum, [(1, 6, 7), (2, 1, 2)], chunksize=2)
                value = a.get(timeout=1)
                it = pool.imap(call, [partial(slow_sum, 1, 6, 7), partial(slow_sum, 2, 1, 2)])
                first = it.next(timeout=3)
                pool.close()
                pool.join()
    "#]],
    );
}

#[test]
fn each_value_of_a_variadic_function_is_mapped_over_on_its_own() {
    let tasks = [
        task("a", "identity", &json!({ "value": 1 })),
        task("b", "identity", &json!({ "value": 2 })),
        task("c", "sum", &json!({ "values": [{ "from": "a" }, { "from": "b" }] })),
    ];
    check(
        &threads(),
        &tasks,
        &json!({ "mode": "map" }),
        expect![[r#"
        def main():
            with ThreadPoolExecutor(max_workers=2) as executor:
                a, b = executor.map(identity, [1, 2])
                [c] = executor.map(sum, [a], [b])
                print("a:", a)
                print("b:", b)
                print("c:", c)
    "#]],
    );
}

#[test]
fn an_error_callback_shows_the_exception_with_its_class() {
    let scenario = json!({
        "format": 1, "executor": { "kind": "pool", "workers": 1 },
        "tasks": [task("a", "fail", &json!({}))],
        "program": { "steps": [{ "do": "apply_async", "task": "a",
                                 "error_callback": { "print": "{outcome}" } }] },
    });
    let text = rendered(&scenario).1.text();
    assert!(text.contains(r#"print(f"{type(error).__name__}: {error}")"#), "{text}");
}

#[test]
fn what_a_person_does_stands_in_the_text() {
    let scenario = json!({
        "format": 1, "executor": threads(),
        "tasks": [task("a", "gate", &json!({})), task("b", "identity", &json!({ "value": 1 }))],
        "program": { "steps": [{ "do": "submit", "task": ["a", "b"] }] },
        "interventions": [
            { "do": { "open": "a" }, "when": { "at": "1s" } },
            { "do": { "cancel": "b" }, "when": { "after": { "running": "a" }, "plus": "500ms" } },
        ],
    });
    let text = rendered(&scenario).1.text();
    assert!(text.contains("threading.Timer(1, lambda: gate_opened.set()).start()\n"), "{text}");
    let after = "after(lambda: a.running() or a.done(), 0.5, lambda: b.cancel())\n";
    assert!(text.contains(after), "{text}");
}

#[test]
fn what_a_person_does_to_a_future_that_nobody_holds_is_a_comment() {
    let scenario = json!({
        "format": 1, "executor": threads(),
        "tasks": [task("a", "sleep", &json!({ "seconds": 1 }))],
        "program": { "mode": "map" },
        "interventions": [
            { "do": { "cancel": "a" }, "when": { "at": "1s" } },
            { "do": { "shutdown": {} }, "when": { "after": { "running": "a" } } },
            { "do": { "shutdown": {} }, "when": { "at": "1s" } },
        ],
    });
    let text = rendered(&scenario).1.text();
    for line in [
        "# Here a person cancels \"a\", which a program cannot do by itself.",
        "# Here a person shuts the executor down, which a program cannot do by itself.",
        "threading.Timer(1, lambda: executor.shutdown(wait=False)).start()",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
}

/// The scenarios under `static/examples`.
fn examples() -> Vec<(String, Plan, Listing)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../static/examples");
    let mut examples = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let json: Json = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let (plan, listing) = rendered(&json);
        examples.push((path.file_name().unwrap().to_string_lossy().into_owned(), plan, listing));
    }
    examples
}

#[test]
fn each_examples_lines_are_short_and_none_ends_in_space() {
    for (name, _, listing) in examples() {
        for line in &listing.lines {
            assert!(line.text.chars().count() <= 100, "{name}: {}", line.text);
            assert_eq!(line.text, line.text.trim_end(), "{name}");
        }
    }
}

#[test]
fn each_task_of_a_modes_example_has_a_line_that_hands_it_to_the_pool() {
    for (name, plan, listing) in examples() {
        if matches!(plan.program, ProgramPlan::Steps { .. }) {
            continue;
        }
        let mut handed: Vec<usize> = Vec::new();
        for does in listing.lines.iter().flat_map(|line| &line.does) {
            match does {
                Does::Submit(task) => handed.push(task.index()),
                Does::Map(tasks) => handed.extend(tasks.iter().map(|task| task.index())),
                _ => {}
            }
        }
        handed.sort_unstable();
        handed.dedup();
        assert_eq!(handed, (0..plan.tasks.len()).collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn a_mode_catches_what_is_no_exception_where_a_task_raises_it() {
    for kind in ["threads", "processes", "pool"] {
        // In mode submit a callback is told, and nothing is to be caught.
        for mode in ["map", "as_completed", "wait"] {
            let mut program = json!({ "mode": mode });
            if mode == "map" {
                program["on_error"] = json!("continue");
            }
            for (function, catches) in [("exit", "BaseException"), ("fail", "Exception")] {
                let executor = json!({ "kind": kind, "workers": 2 });
                let tasks = [task("a", function, &json!({}))];
                let scenario = json!({ "format": 1, "executor": executor, "tasks": tasks,
                    "program": program });
                let text = rendered(&scenario).1.text();
                let clause = format!("except {catches} as error:");
                assert!(text.contains(&clause), "{kind}, {mode}, {function}:\n{text}");
            }
        }
    }
}

#[test]
fn a_map_node_is_a_list_however_many_items_it_has() {
    for items in [json!([]), json!([3])] {
        let each = json!({ "x": { "each": items } });
        let scenario = json!({ "format": 1, "executor": threads(),
            "tasks": [task("a", "square", &each)],
            "program": { "mode": "map", "on_error": "continue" } });
        let text = rendered(&scenario).1.text();
        let line = r#"results[name] = values[name] if name in ("a",) else values[name][0]"#;
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn an_exception_may_be_called_like_a_task() {
    let steps = json!([
        { "do": "submit", "task": "e" },
        { "do": "try", "steps": [{ "do": "result", "of": "e" }],
          "except": [{ "kind": "ValueError", "as": "e",
              "steps": [{ "do": "print", "text": "{e.kind}" }] }] },
    ]);
    let scenario = json!({ "format": 1, "executor": threads(),
        "tasks": [task("e", "fail", &json!({}))], "program": { "steps": steps } });
    let text = rendered(&scenario).1.text();
    assert!(
        text.contains("{type(e).__name__}") || text.contains("print(type(e).__name__)"),
        "{text}"
    );
}

/// The words of `main` that another has in the same place, on either side.
fn other_words(executor: &Json, tasks: &[Json], program: &Json) -> Result<String, String> {
    let scenario = json!({ "format": 1, "executor": executor, "tasks": tasks, "program": program });
    let (plan, own) = rendered(&scenario);
    let other = python_of_other_module(&plan).map_err(|error| error.kind.to_string())?;
    let found = differing(&own, &other).expect("they are alike");
    let words = |text: &Listing, ranges: &[Vec<std::ops::Range<usize>>]| {
        let lines = text.lines.iter().zip(ranges);
        let of_line =
            lines.flat_map(|(line, ranges)| ranges.iter().map(|it| &line.text[it.clone()]));
        of_line.collect::<Vec<_>>().join(" | ")
    };
    let (left, right) = (words(&own, &found.left), words(&other, &found.right));
    Ok(format!("{}: {left}\n{right}", found.words))
}

#[test]
fn the_same_program_on_the_pool_of_the_other_module_differs_in_a_few_words() {
    let tasks = [
        task("a", "sleep", &json!({ "seconds": 2 })),
        task("b", "sleep", &json!({ "seconds": 1 })),
    ];
    let kinds = ["threads", "interpreters", "processes", "pool"];
    let shown = kinds.map(|kind| {
        let executor = json!({ "kind": kind, "workers": 2 });
        let words = other_words(&executor, &tasks, &json!({ "mode": "map" }));
        format!("{kind} {}\n", words.unwrap())
    });
    expect![[r#"
        threads 12: from concurrent.futures import ThreadPoolExecutor | ThreadPoolExecutor | max_workers= | executor | executor
        import multiprocessing | multiprocessing.Pool | pool | pool
        interpreters 12: from concurrent.futures import InterpreterPoolExecutor | InterpreterPoolExecutor | max_workers= | executor | executor
        import multiprocessing | multiprocessing.Pool | pool | pool
        processes 12: from concurrent.futures import ProcessPoolExecutor | ProcessPoolExecutor | max_workers= | executor | executor
        import multiprocessing | multiprocessing.Pool | pool | pool
        pool 10: multiprocessing | time | multiprocessing.Pool | pool | pool
        time | from concurrent.futures | ProcessPoolExecutor | ProcessPoolExecutor | max_workers= | executor | executor
    "#]].assert_eq(&shown.concat());
}

#[test]
fn what_the_other_pool_has_not_is_said_and_not_left_out() {
    let tasks = [task("a", "sleep", &json!({ "seconds": 2 }))];
    let why = |executor: Json, program: Json| other_words(&executor, &tasks, &program).unwrap_err();
    let map = || json!({ "mode": "map" });
    let mut shown = vec![
        why(threads(), json!({ "mode": "map", "timeout": "1s" })),
        why(threads(), json!({ "mode": "wait", "return_when": "FIRST_EXCEPTION" })),
        why(threads(), json!({ "mode": "map", "buffersize": 2 })),
        why(threads(), json!({ "steps": [{ "do": "submit", "task": "a" }] })),
        why(json!({ "kind": "threads", "workers": 16 }), map()),
        why(json!({ "kind": "threads", "workers": 2, "thread_name_prefix": "w" }), map()),
        why(
            json!({ "kind": "pool", "workers": 2, "start_method": "fork", "max_tasks_per_child": 1 }),
            map(),
        ),
    ];
    shown.push(String::new());
    expect![[r#"
        Pool.map has no timeout
        Pool's results are waited for one by one: there is no return_when
        multiprocessing.Pool has no buffersize
        multiprocessing.Pool has no submit
        there are 16 processes; at most 8 are allowed
        only thread pools have a thread_name_prefix
        max_tasks_per_child is incompatible with the 'fork' multiprocessing start method; supply a different mp_context.
    "#]].assert_eq(&shown.join("\n"));
}
