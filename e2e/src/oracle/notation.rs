//! Scenarios in few words, for the list of what is recorded.
//!
//! ```text
//!  tasks   a:1 b:fail c:fail@2 d:exit e:kill@1 n:each*5 s:+a,b w:wait@1
//!          sleep 1 s · raise · raise after 2 s · sys.exit · os._exit after 1 s · square of range(5)
//!          · sum of a and b · submit_and_wait
//!  steps   one a line; `try` before it catches all, and prints what it caught; a line that begins
//!          with `{` is the step itself
//! ```

use serde_json::{Value as Json, json};

/// A scenario's document.
pub fn document(executor: &str, tasks: &str, program: &str) -> Json {
    let tasks: Vec<Json> = tasks.split_whitespace().map(task).collect();
    json!({
        "format": 1,
        "executor": self::executor(executor),
        "tasks": tasks,
        "program": self::program(program),
    })
}

/// `threads 2`, `processes 2 spawn`, `pool 2 {"max_tasks_per_child":1}`.
fn executor(text: &str) -> Json {
    let (words, more) =
        text.split_once('{').map_or((text, None), |(words, more)| (words, Some(more)));
    let words: Vec<&str> = words.split_whitespace().collect();
    let [kind, workers, method @ ..] = words.as_slice() else {
        panic!("an executor is a kind and a number, and not {text:?}")
    };
    let workers: u32 = workers.parse().expect("workers are a number");
    let mut executor = json!({ "kind": kind, "workers": workers });
    if let [method] = method {
        executor["start_method"] = json!(method);
    } else if *kind != "threads" {
        executor["start_method"] = json!("fork");
    }
    if let Some(more) = more {
        merge(&mut executor, &parse(&format!("{{{more}")));
    }
    executor
}

fn merge(into: &mut Json, more: &Json) {
    for (name, value) in more.as_object().expect("options are an object") {
        into[name] = value.clone();
    }
}

fn parse(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

fn task(text: &str) -> Json {
    let (id, what) = text.split_once(':').expect("a task is id:what");
    let (what, seconds) = match what.split_once('@') {
        Some((what, seconds)) => (what, Some(number(seconds))),
        None => (what, None),
    };
    let (function, mut args) = match what {
        "fail" | "exit" | "gate" | "hang" | "unpicklable" | "closure" | "unimportable"
        | "fail_in_two_parts" => (what, json!({})),
        "kill" => ("hard_exit", json!({})),
        "wait" => ("submit_and_wait", json!({})),
        "keyboard" => ("fail", json!({ "kind": "KeyboardInterrupt", "message": "" })),
        _ if what.starts_with('+') => {
            let from = what[1..].split(',').map(|id| json!({ "from": id })).collect::<Vec<_>>();
            ("sum", json!({ "values": from }))
        }
        _ if what.starts_with('=') => ("identity", json!({ "value": { "from": &what[1..] } })),
        _ if what.starts_with("each*") => {
            ("square", json!({ "x": { "each": { "range": [number(&what[5..])] } } }))
        }
        _ if what.starts_with("sleeps*") => {
            ("sleep", json!({ "seconds": { "each": { "range": [number(&what[7..])] } } }))
        }
        seconds => ("sleep", json!({ "seconds": number(seconds) })),
    };
    if let Some(seconds) = seconds {
        args["seconds"] = seconds;
    }
    json!({ "id": id, "function": function, "args": args })
}

fn number(text: &str) -> Json {
    parse(text)
}

/// `mode wait {"timeout":"1s"}`, or steps, one a line; `bare` on the first line: without a block.
fn program(text: &str) -> Json {
    if let Some(mode) = text.trim().strip_prefix("mode ") {
        let (name, options) = mode.split_once(' ').unwrap_or((mode, "{}"));
        let mut program = json!({ "mode": name });
        merge(&mut program, &parse(options));
        return program;
    }
    let mut lines: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let bare = lines.first() == Some(&"bare");
    if bare {
        lines.remove(0);
    }
    let steps: Vec<Json> = lines.into_iter().map(step).collect();
    json!({ "steps": steps, "with_block": !bare })
}

fn step(line: &str) -> Json {
    if line.starts_with('{') {
        return parse(line);
    }
    if let Some(inner) = line.strip_prefix("try ") {
        let caught = json!({ "kind": "BaseException", "as": "e",
            "steps": [{ "do": "print", "text": "caught {e.kind}" }] });
        return json!({ "do": "try", "steps": [step(inner)], "except": [caught] });
    }
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let mut words: Vec<&str> = rest.split_whitespace().collect();
    let is_span =
        |word: &&str| word.ends_with('s') && word.starts_with(|c: char| c.is_ascii_digit());
    let mut take =
        |is: &dyn Fn(&&str) -> bool| words.iter().position(is).map(|place| words.remove(place));
    let timeout = take(&is_span);
    let when = take(&|word: &&str| word.starts_with("FIRST_") || word.starts_with("ALL_"));
    let option = take(&|word: &&str| word.starts_with("chunk="));
    let chunksize = option.map(|option| number(&option[6..]));
    let one = words.first().copied();
    match verb {
        "submit" | "apply_async" => json!({ "do": verb, "task": words }),
        "apply" | "call" => json!({ "do": verb, "task": one, "as": "x" }),
        "result" | "exception" | "get" | "next" => {
            json!({ "do": verb, "of": one, "timeout": timeout, "as": "x" })
        }
        "done" | "running" | "cancelled" | "cancel" | "ready" | "successful" => {
            json!({ "do": verb, "of": one, "as": "x" })
        }
        "wait" => {
            let mut step = json!({ "do": verb, "of": words, "timeout": timeout });
            if let Some(when) = when {
                step["return_when"] = json!(when);
            }
            step
        }
        "as_completed" => json!({ "do": verb, "of": words, "timeout": timeout, "as": "f" }),
        "map" => {
            let mut step = json!({ "do": verb, "tasks": words, "chunksize": chunksize, "as": "m" });
            if timeout.is_some() {
                step["timeout"] = json!(timeout);
            }
            step
        }
        "imap" | "imap_unordered" | "starmap" => {
            json!({ "do": verb, "tasks": words, "chunksize": chunksize, "as": "m" })
        }
        "map_async" => json!({ "do": verb, "tasks": words, "chunksize": chunksize, "as": "j" }),
        "for" => json!({ "do": verb, "in": one, "as": "v",
            "steps": [{ "do": "print", "text": "{v}" }] }),
        "close" if one.is_some() => json!({ "do": verb, "of": one }),
        "close" | "terminate" | "join" | "leave" => json!({ "do": verb }),
        "sleep" => json!({ "do": verb, "span": timeout }),
        "print" => json!({ "do": verb, "text": rest }),
        "shutdown" => {
            let has = |word: &str| words.contains(&word);
            json!({ "do": verb, "wait": !has("nowait"), "cancel_futures": has("cancel") })
        }
        "callback" => {
            json!({ "do": "add_done_callback", "of": words, "print": "{task}: {outcome}" })
        }
        other => panic!("there is no step {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use shared::scenario::Scenario;

    use super::*;

    #[test]
    fn what_is_written_in_few_words_is_a_scenario() {
        let json = document(
            "threads 2",
            "a:1 b:fail@2 s:+a",
            "submit a b\ntry result b 500ms\nwait a b FIRST_EXCEPTION 2s\nshutdown cancel nowait",
        );
        let scenario = Scenario::parse(&json.to_string()).unwrap();
        assert_eq!(scenario.tasks[1].function, "fail");
        assert!(scenario.check().is_ok());
    }
}
