//! A step in words: a line close to the Python that it stands for, without what is within it.

use super::{Callback, Condition, Names, Step};
use crate::engine::io::ReturnWhen;

impl Step {
    /// Its kind, as the document spells it: `submit`, `as_completed`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Submit { .. } => "submit",
            Self::Map { .. } => "map",
            Self::Next { .. } => "next",
            Self::Close { .. } => "close",
            Self::For { .. } => "for",
            Self::AsCompleted { .. } => "as_completed",
            Self::Wait { .. } => "wait",
            Self::Result { .. } => "result",
            Self::Exception { .. } => "exception",
            Self::Done { .. } => "done",
            Self::Running { .. } => "running",
            Self::Cancelled { .. } => "cancelled",
            Self::Cancel { .. } => "cancel",
            Self::AddDoneCallback { .. } => "add_done_callback",
            Self::Apply { .. } => "apply",
            Self::ApplyAsync { .. } => "apply_async",
            Self::Starmap { .. } => "starmap",
            Self::MapAsync { .. } => "map_async",
            Self::Imap { .. } => "imap",
            Self::ImapUnordered { .. } => "imap_unordered",
            Self::Ready { .. } => "ready",
            Self::Successful { .. } => "successful",
            Self::Get { .. } => "get",
            Self::Terminate {} => "terminate",
            Self::Join {} => "join",
            Self::TerminateWorkers {} => "terminate_workers",
            Self::KillWorkers {} => "kill_workers",
            Self::Repr { .. } => "repr",
            Self::Raise { .. } => "raise",
            Self::Sleep { .. } => "sleep",
            Self::Print { .. } => "print",
            Self::Call { .. } => "call",
            Self::Shutdown { .. } => "shutdown",
            Self::Leave {} => "leave",
            Self::Try { .. } => "try",
            Self::If { .. } => "if",
            Self::Repeat { .. } => "repeat",
        }
    }

    /// Its line: `submit a, b`, `for f in as_completed(a, b):`.
    pub fn line(&self) -> String {
        match self {
            Self::Submit { task } | Self::ApplyAsync { task, .. } => {
                format!("{} {}", self.word(), listed(task))
            }
            Self::Map { tasks, name, chunksize, timeout, buffersize } => {
                let options = [
                    option("chunksize", chunksize.as_ref()),
                    option("buffersize", buffersize.as_ref()),
                    option("timeout", timeout.as_ref()),
                ];
                format!("{name} = map({}{})", tasks.join(", "), options.concat())
            }
            Self::Starmap { tasks, name, chunksize }
            | Self::MapAsync { tasks, name, chunksize, .. }
            | Self::Imap { tasks, name, chunksize }
            | Self::ImapUnordered { tasks, name, chunksize } => {
                let options = option("chunksize", chunksize.as_ref());
                format!("{name} = {}({}{options})", self.word(), tasks.join(", "))
            }
            Self::Next { of, timeout: None, name } => format!("{}next({of})", bound(name.as_ref())),
            Self::Next { of, timeout: Some(timeout), name } => {
                format!("{}{of}.next(timeout={timeout})", bound(name.as_ref()))
            }
            Self::Close { of } => format!("{}.close()", of.as_deref().unwrap_or("pool")),
            Self::For { over, name, .. } => format!("for {name} in {}:", listed(over)),
            Self::AsCompleted { of, timeout, name, .. } => {
                let timeout = option("timeout", timeout.as_ref());
                format!("for {name} in as_completed({}{timeout}):", listed(of))
            }
            Self::Wait { of, timeout, return_when, name } => {
                let when = match return_when {
                    ReturnWhen::AllCompleted => "",
                    ReturnWhen::FirstCompleted => ", return_when=FIRST_COMPLETED",
                    ReturnWhen::FirstException => ", return_when=FIRST_EXCEPTION",
                };
                let timeout = option("timeout", timeout.as_ref());
                format!("{}wait({}{timeout}{when})", bound(name.as_ref()), listed(of))
            }
            Self::Result { of, timeout, name }
            | Self::Exception { of, timeout, name }
            | Self::Get { of, timeout, name } => {
                let timeout =
                    timeout.map_or_else(String::new, |timeout| format!("timeout={timeout}"));
                format!("{}{of}.{}({timeout})", bound(name.as_ref()), self.word())
            }
            Self::Done { of, name }
            | Self::Running { of, name }
            | Self::Cancelled { of, name }
            | Self::Cancel { of, name }
            | Self::Ready { of, name }
            | Self::Successful { of, name } => {
                format!("{}{of}.{}()", bound(name.as_ref()), self.word())
            }
            Self::AddDoneCallback { of, print, raise, .. } => {
                let does = does(print.as_deref(), raise.as_deref());
                format!("add_done_callback to {}:{does}", listed(of))
            }
            Self::Apply { task, name } => format!("{}apply {task}", bound(name.as_ref())),
            Self::Call { task, name } => {
                format!("{}call {task} in main itself", bound(name.as_ref()))
            }
            Self::Terminate {} | Self::Join {} => format!("pool.{}()", self.word()),
            Self::TerminateWorkers {} | Self::KillWorkers {} => {
                format!("executor.{}()", self.word())
            }
            Self::Repr { of, name } => format!("{name} = repr({of})"),
            Self::Raise { error } => format!("raise {error}"),
            Self::Sleep { span } => format!("sleep({span})"),
            Self::Print { text } => print_line(text),
            Self::Shutdown { wait, cancel_futures } => {
                let given = [(!wait, "wait=False"), (*cancel_futures, "cancel_futures=True")];
                let given = given.into_iter().filter_map(|(given, text)| given.then_some(text));
                format!("shutdown({})", given.collect::<Vec<_>>().join(", "))
            }
            Self::Leave {} => "leave the with block".to_owned(),
            Self::Try { .. } => "try:".to_owned(),
            Self::If { future, is, .. } => match is {
                Condition::Done => format!("if {future}.done():"),
                Condition::Running => format!("if {future}.running():"),
                Condition::Cancelled => format!("if {future}.cancelled():"),
                Condition::Failed => format!("if {future}.exception() is not None:"),
                Condition::Ready => format!("if {future}.ready():"),
                Condition::Successful => format!("if {future}.successful():"),
            },
            Self::Repeat { until_done, .. } => format!("repeat until done: {}", listed(until_done)),
        }
    }

    /// The line above a block of its own, as [`Self::blocks`] counts them; none where the step's line
    /// is that already.
    pub fn block_line(&self, block: usize) -> Option<String> {
        match self {
            Self::Try { except, .. } => {
                let clause = except.get(block.checked_sub(1)?)?;
                let name =
                    clause.name.as_ref().map_or_else(String::new, |name| format!(" as {name}"));
                Some(format!("except {}{name}:", clause.kind))
            }
            Self::If { .. } => (block == 1).then(|| "else:".to_owned()),
            Self::ApplyAsync { callback, error_callback, .. }
            | Self::MapAsync { callback, error_callback, .. } => {
                let both = [("callback", callback), ("error_callback", error_callback)];
                let mut there =
                    both.into_iter().filter_map(|(word, of)| Some((word, of.as_ref()?)));
                let (word, Callback { print, raise, .. }) = there.nth(block)?;
                Some(format!("{word}:{}", does(print.as_deref(), raise.as_deref())))
            }
            _ => None,
        }
    }
}

fn print_line(text: &str) -> String {
    format!("print(\"{text}\")")
}

/// What a callback does besides its steps.
fn does(print: Option<&str>, raise: Option<&str>) -> String {
    let print = print.map(|text| format!(" {}", print_line(text)));
    let raise = raise.map(|error| format!(" raise {error}"));
    [print, raise].into_iter().flatten().collect::<Vec<_>>().join(", then")
}

fn listed(names: &Names) -> String {
    names.as_slice().join(", ")
}

fn bound(name: Option<&String>) -> String {
    name.map_or_else(String::new, |name| format!("{name} = "))
}

fn option(word: &str, value: Option<&impl ToString>) -> String {
    value.map_or_else(String::new, |value| format!(", {word}={}", value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_close_to_the_python_that_it_stands_for() {
        let line = |json: &str| serde_json::from_str::<Step>(json).unwrap().line();
        let cases = [
            (r#"{"do":"submit","task":["a","b"]}"#, "submit a, b"),
            (
                r#"{"do":"map","tasks":["a","b"],"as":"r","chunksize":2,"timeout":"1s"}"#,
                "r = map(a, b, chunksize=2, timeout=1s)",
            ),
            (r#"{"do":"next","of":"r","as":"x"}"#, "x = next(r)"),
            (r#"{"do":"close"}"#, "pool.close()"),
            (r#"{"do":"for","in":"r","as":"x"}"#, "for x in r:"),
            (
                r#"{"do":"as_completed","of":["a","b"],"as":"f","timeout":"500ms"}"#,
                "for f in as_completed(a, b, timeout=500ms):",
            ),
            (
                r#"{"do":"wait","of":"a","return_when":"FIRST_EXCEPTION","as":"s"}"#,
                "s = wait(a, return_when=FIRST_EXCEPTION)",
            ),
            (r#"{"do":"result","of":"a","timeout":"1s","as":"x"}"#, "x = a.result(timeout=1s)"),
            (r#"{"do":"exception","of":"a"}"#, "a.exception()"),
            (
                r#"{"do":"add_done_callback","of":"a","print":"{task}","raise":"ValueError"}"#,
                "add_done_callback to a: print(\"{task}\"), then raise ValueError",
            ),
            (
                r#"{"do":"shutdown","wait":false,"cancel_futures":true}"#,
                "shutdown(wait=False, cancel_futures=True)",
            ),
            (r#"{"do":"if","future":"a","is":"failed"}"#, "if a.exception() is not None:"),
        ];
        for (json, expected) in cases {
            assert_eq!(line(json), expected);
        }
    }

    #[test]
    fn a_block_of_its_own_has_a_line_of_its_own() {
        let step: Step = serde_json::from_str(
            r#"{"do":"try","steps":[],"except":[{"kind":"ValueError","as":"e"},{"kind":"OSError"}]}"#,
        )
        .unwrap();
        let lines: Vec<_> = (0..4).map(|block| step.block_line(block)).collect();
        let expected = [None, Some("except ValueError as e:"), Some("except OSError:"), None];
        assert_eq!(lines, expected.map(|line| line.map(str::to_owned)));
        let json = r#"{"do":"apply_async","task":"a","error_callback":{"print":"no"}}"#;
        let step: Step = serde_json::from_str(json).unwrap();
        assert_eq!(step.block_line(0).as_deref(), Some("error_callback: print(\"no\")"));
    }
}
