//! What is recorded: every example whose text CPython can run, and a list of our own.

use std::fs;
use std::path::Path;

use shared::scenario::Scenario;

use super::OracleError;
use super::notation::document;

/// A scenario to be recorded.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The name of its file, without `.json`.
    pub name: String,
    /// The scenario, by the rules of whatever version.
    pub scenario: Scenario,
    /// Whether it is one of `static/examples`.
    pub is_example: bool,
}

/// Examples that are not recorded, each with the reason.
pub const NOT_RECORDED: &[(&str, &str)] = &[
    (
        "seed-002-line-127-many-one-by-one",
        "39,999 futures; a search compares them all at every step",
    ),
    ("seed-002-line-138-many-in-chunks", "39,999 items; its 40 chunks' values alone fill the file"),
    ("seed-002-line-117-many-sequential", "39,999 values printed by two calls without a pool"),
    ("seed-002-line-150-builtin-map", "39,999 values without a pool"),
];

/// All entries, in the order of their names.
///
/// # Errors
/// An example cannot be read: `File`, `Scenario`.
pub fn all(root: &Path) -> Result<Vec<Entry>, OracleError> {
    let mut entries = examples(root)?;
    entries.retain(|entry| !NOT_RECORDED.iter().any(|(not, _)| *not == entry.name));
    for (name, executor, tasks, program) in own() {
        entries.push(entry(&name, &document(&executor, tasks, program).to_string(), false)?);
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// Every example, in the order of their names.
///
/// # Errors
/// One cannot be read: `File`, `Scenario`.
pub fn examples(root: &Path) -> Result<Vec<Entry>, OracleError> {
    let folder = root.join("static/examples");
    let file = |error| OracleError::File { path: folder.clone(), error };
    let mut entries = Vec::new();
    for found in fs::read_dir(&folder).map_err(file)? {
        let path = found.map_err(file)?.path();
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        let text = fs::read_to_string(&path)
            .map_err(|error| OracleError::File { path: path.clone(), error })?;
        entries.push(entry(name, &text, true)?);
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

fn entry(name: &str, text: &str, is_example: bool) -> Result<Entry, OracleError> {
    let wrong = |error| OracleError::Scenario { name: name.to_owned(), error };
    let scenario = Scenario::parse(text).map_err(wrong)?;
    Ok(Entry { name: name.to_owned(), scenario, is_example })
}

type Own = (String, String, &'static str, &'static str);

/// Our own list: graphs in all modes on all executors, then steps by what they ask about.
fn own() -> Vec<Own> {
    let mut list = Vec::new();
    for (pool, executor) in
        [("threads", "threads 2"), ("processes", "processes 2"), ("pool", "pool 2")]
    {
        for (graph, tasks) in GRAPHS {
            for mode in ["submit", "map", "as_completed", "wait"] {
                let program = match mode {
                    "submit" => "mode submit",
                    "map" => "mode map",
                    "as_completed" => "mode as_completed",
                    _ => "mode wait",
                };
                let name = format!("mode-{pool}-{graph}-{}", mode.replace('_', "-"));
                list.push((name, executor.to_owned(), *tasks, program));
            }
        }
    }
    for (kinds, cases) in STEPS {
        for kind in kinds.split(',') {
            for (name, executor, tasks, program) in *cases {
                let pool = if kind.starts_with("threads") { "threads" } else { kind };
                let name = format!("{pool}-{name}");
                list.push((name, format!("{kind} {executor}"), *tasks, *program));
            }
        }
    }
    list
}

/// Graphs, for all modes on all executors.
const GRAPHS: &[(&str, &str)] = &[
    ("flat", "a:3 b:1 c:2 d:1"),
    ("failure", "a:2 b:fail@1 c:=b d:3"),
    ("diamond", "a:1 b:+a,a c:=a d:+b,c"),
];

type Case = (&'static str, &'static str, &'static str, &'static str);

/// Executors, and what is tried on each of them.
const STEPS: &[(&str, &[Case])] =
    &[("threads,processes", BOTH), ("threads", THREADS), ("processes", PROCESSES), ("pool", POOL)];

/// What all of `concurrent.futures` has.
const BOTH: &[Case] = &[
    ("result", "2", "a:2 b:1", "submit a b\nresult b\nresult a\nprint {x}"),
    ("result-timeout", "1", "a:2", "submit a\ntry result a 1s\nresult a"),
    ("result-timeout-zero", "1", "a:1", "submit a\ntry result a 0s\nresult a\ntry result a 0s"),
    ("result-raises", "1", "a:fail@1", "submit a\ntry result a\nexception a\ntry result a"),
    ("result-uncaught", "1", "a:fail@1 b:1", "submit a b\nresult a\nprint never"),
    ("exception-timeout", "1", "a:2", "submit a\ntry exception a 1s\nexception a"),
    ("exit-is-stored", "1", "a:exit@1 b:1", "submit a b\ntry result a\nresult b"),
    ("keyboard-is-stored", "1", "a:keyboard@1 b:1", "submit a b\ntry result a\nresult b"),
    (
        "cancel-pending",
        "1",
        "a:3 b:1 c:1 d:1 e:1",
        "submit a b c d e\nsleep 1s\ncancel e\ndone e\ncancelled e\nrunning e\ntry result e",
    ),
    ("cancel-running", "1", "a:2", "submit a\nsleep 1s\ncancel a\nrunning a\nresult a\ncancel a"),
    (
        "cancel-twice",
        "1",
        "a:2 b:1 c:1 d:1",
        "submit a b c d\nsleep 1s\ncancel d\ncancel d\ntry result d 0s",
    ),
    (
        "cancel-then-wait",
        "1",
        "a:2 b:1 c:1 d:1",
        "submit a b c d\nsleep 1s\ncancel d\nwait d 500ms\nwait a b c d",
    ),
    (
        "cancel-as-completed",
        "1",
        "a:2 b:1 c:1 d:1",
        "submit a b c d\nsleep 1s\ncancel d\nas_completed a b c d",
    ),
    (
        "running-counts",
        "1",
        "a:2 b:2 c:2 d:2",
        "submit a b c d\nsleep 1s\nrunning a\nrunning b\nrunning c\nrunning d",
    ),
    ("wait-all", "2", "a:1 b:2 c:3", "submit a b c\nwait a b c"),
    ("wait-first", "2", "a:1 b:2 c:3", "submit a b c\nwait a b c FIRST_COMPLETED\nwait a b c"),
    ("wait-first-tied", "2", "a:1 b:1 c:1", "submit a b c\nwait a b c FIRST_COMPLETED\nwait a b c"),
    (
        "wait-exception",
        "3",
        "a:3 b:fail@1 c:2",
        "submit a b c\nwait a b c FIRST_EXCEPTION\nwait a b c",
    ),
    ("wait-exception-none", "3", "a:1 b:2", "submit a b\nwait a b FIRST_EXCEPTION"),
    ("wait-timeout", "2", "a:1 b:3", "submit a b\nwait a b 2s\nwait a b 0s\nwait a b"),
    ("wait-already", "1", "a:1 b:3", "submit a b\nresult a\nwait a b FIRST_COMPLETED\nwait a"),
    ("as-completed-order", "3", "a:3 b:1 c:2", "submit a b c\nas_completed a b c"),
    ("as-completed-tied", "3", "a:1 b:1 c:1", "submit a b c\nas_completed a b c"),
    ("as-completed-done", "3", "a:1 b:0 c:1", "submit a b c\nwait a b c\nas_completed a b c"),
    ("as-completed-half-done", "3", "a:1 b:3 c:2", "submit a b c\nresult a\nas_completed a b c"),
    (
        "as-completed-timeout",
        "2",
        "a:1 b:4 c:1",
        "submit a b c\ntry as_completed a b c 3s\nresult b",
    ),
    ("as-completed-twice", "2", "a:1 b:2", "submit a b\nas_completed a b a\nas_completed a b"),
    ("map-order", "2", "a:3 b:1 c:2", "map a b c\nfor m"),
    (
        "map-raises",
        "1",
        "a:1 b:fail@1 c:1 d:1 e:1",
        "map a b c d e\nnext m\ntry next m\ntry next m",
    ),
    ("map-timeout", "1", "a:1 b:3", "map a b 2s\nnext m\ntry next m"),
    ("map-close", "1", "a:1 b:1 c:1 d:1 e:1", "map a b c d e\nnext m\nclose m"),
    ("map-close-before-next", "1", "a:1 b:1 c:1", "map a b c\nclose m"),
    ("map-dropped", "1", "a:1 b:1 c:1 d:1 e:1", "bare\nmap a b c d e\nnext m"),
    ("map-dropped-before-next", "1", "a:1 b:1 c:1", "bare\nmap a b c\nprint end"),
    ("map-rebound", "1", "a:1 b:1 c:1 d:1 e:1 f:1", "map a b c d e\nnext m\nmap f\nfor m"),
    (
        "map-held-by-a-traceback",
        "1",
        "x:fail a:1 b:1 c:1 d:1",
        "bare\nsubmit x\ntry result x\nmap a b c d\nnext m",
    ),
    (
        "map-held-by-an-error",
        "1",
        "x:fail a:1 b:1 c:1 d:1",
        "bare\nsubmit x\nmap a b c d\nnext m\nresult x",
    ),
    ("map-chunks", "2", "n:each*5", "map n chunk=2\nfor m"),
    ("map-chunk-raises", "2", "a:1 b:fail c:1 d:1", "map a b c d chunk=2\ntry for m"),
    ("map-untouched", "1", "a:1 b:fail@1", "map a b\nprint done"),
    ("callback", "1", "a:1 b:1", "submit a\ncallback a\nresult a\nsubmit b\nresult b"),
    ("callback-late", "1", "a:1", "submit a\nresult a\nsleep 1s\ncallback a\nprint after"),
    ("callback-of-failure", "1", "a:fail@1", "submit a\ncallback a\nwait a"),
    (
        "callback-cancelled",
        "1",
        "a:2 b:1 c:1 d:1",
        "submit a b c d\ncallback d\nsleep 1s\ncancel d\nprint cancelled",
    ),
    (
        "callback-raises",
        "1",
        "a:1 b:1",
        "submit a b\n{\"do\":\"add_done_callback\",\"of\":\"a\",\"print\":\"x\",\"raise\":\"ValueError: oops\"}\nresult a\nresult b",
    ),
    (
        "callback-submits",
        "1",
        "a:1 b:1",
        "submit a\n{\"do\":\"add_done_callback\",\"of\":\"a\",\"steps\":[{\"do\":\"submit\",\"task\":\"b\"}]}\nresult a\nsleep 2s",
    ),
    ("shutdown", "1", "a:1 b:1", "bare\nsubmit a b\nshutdown\ndone b\ntry submit a"),
    (
        "shutdown-nowait",
        "1",
        "a:1 b:1",
        "bare\nsubmit a b\nshutdown nowait\ntry submit a\ndone b\nresult b",
    ),
    (
        "shutdown-cancels",
        "1",
        "a:2 b:1 c:1 d:1 e:1",
        "bare\nsubmit a b c d e\nsleep 1s\nshutdown cancel\ncancelled e\nwait a e 1s",
    ),
    (
        "shutdown-cancels-nowait",
        "1",
        "a:2 b:1 c:1 d:1 e:1",
        "bare\nsubmit a b c d e\nsleep 1s\nshutdown cancel nowait\nsleep 2s\ncancelled e\ntry result e",
    ),
    ("shutdown-twice", "1", "a:1", "bare\nsubmit a\nshutdown\nshutdown\nresult a"),
    ("no-shutdown", "1", "a:1 b:1", "bare\nsubmit a b\nprint end"),
    ("leave-then-ask", "1", "a:1 b:fail@1", "submit a b\nleave\ndone a\nresult a\ntry result b"),
    ("chain", "2", "a:1 b:=a c:+a,b", "submit a\nsubmit b\nsubmit c\nresult c"),
    ("call", "1", "a:1 b:fail", "submit a\ncall a\ntry call b\nresult a"),
    (
        "repeat",
        "1",
        "a:2",
        "submit a\n{\"do\":\"repeat\",\"until_done\":\"a\",\"steps\":[{\"do\":\"print\",\"text\":\"tick\"},{\"do\":\"sleep\",\"span\":\"1500ms\"}]}",
    ),
];

/// Threads alone.
const THREADS: &[Case] = &[
    (
        "initializer-fails",
        "1 {\"initializer\":{\"function\":\"fail\"}}",
        "a:1 b:1",
        "submit a\nsleep 1s\ntry submit b\ntry result a",
    ),
    (
        "initializer-fails-late",
        "2 {\"initializer\":{\"function\":\"fail\",\"from_worker\":1}}",
        "a:2 b:1",
        "submit a\nsleep 1s\ntry submit b\ntry result b\nresult a",
    ),
    ("nested-deadlock", "1", "a:wait@1", "submit a\nresult a"),
    ("nested", "2", "a:wait@1", "submit a\nresult a"),
    ("hard-exit", "1", "a:kill@1 b:3", "submit a b\nresult b\nprint never"),
    ("lazy", "3", "a:0 b:0", "submit a\nresult a\nsubmit b\nresult b"),
];

/// Processes alone.
const PROCESSES: &[Case] = &[
    (
        "call-queue",
        "1",
        "a:3 b:1 c:1 d:1",
        "submit a b c d\nsleep 1s\nrunning a\nrunning b\nrunning c\nrunning d\ncancel b\ncancel d",
    ),
    (
        "killed",
        "2",
        "a:kill@1 b:3 c:3 d:3",
        "submit a b c d\nsleep 2s\ntry result a\ntry result b\ntry result d\ntry submit a",
    ),
    (
        "killed-with-cancelled",
        "1",
        "a:kill@1 b:2 c:1 d:1 e:1 f:1",
        "submit a b c d e f\nsleep 500ms\ncancel e\ntry result a\ntry result d\ntry result f 1s",
    ),
    (
        "killed-after-result",
        "1",
        "a:1 b:kill@1 c:1",
        "submit a b c\nresult a\ntry result b\nresult a\ntry result c",
    ),
    (
        "initializer-fails",
        "2 {\"initializer\":{\"function\":\"fail\"}}",
        "a:1 b:1",
        "submit a\ntry result a\ntry submit b",
    ),
    ("unpicklable-result", "1", "a:unpicklable b:1", "submit a b\ntry result a\nresult b"),
    ("unpicklable-call", "1", "a:closure b:1", "submit a b\ntry result a\nresult b"),
    (
        "unreadable-exception",
        "1",
        "a:fail_in_two_parts b:1",
        "submit a b\ntry result a\ntry result b",
    ),
    ("spawn", "2 spawn", "a:1 b:2 c:1", "submit a b c\nas_completed a b c"),
    (
        "forkserver",
        "2 forkserver",
        "a:1 b:2 c:1",
        "submit a b c\nwait a b c FIRST_COMPLETED\nwait a b c",
    ),
    ("nested-deadlock", "2", "a:wait@1", "submit a\ntry result a 2s"),
];

/// `multiprocessing.Pool`.
const POOL: &[Case] = &[
    ("apply", "2", "a:1 b:1", "apply a\nprint {x}\napply b"),
    ("apply-raises", "2", "a:fail@1 b:1", "try apply a\napply b"),
    ("async", "2", "a:2 b:1", "apply_async a b\nready a\nget b\nready b\nsuccessful b\nget a"),
    ("get-timeout", "1", "a:2", "apply_async a\ntry get a 1s\nget a"),
    (
        "not-ready",
        "1",
        "a:1 b:fail",
        "apply_async a b\ntry successful a\nget a\ntry get b\nsuccessful b",
    ),
    ("map", "2", "n:each*5", "map n\nfor m"),
    ("map-raises", "2", "a:2 b:fail c:1", "try map a b c chunk=1\nprint after"),
    ("map-chunks", "2", "a:1 b:1 c:fail d:1", "try map a b c d chunk=2"),
    ("map-async", "2", "a:1 b:2 c:1", "map_async a b c chunk=1\nready j\nget j\nsuccessful j"),
    ("map-async-timeout", "1", "a:1 b:2", "map_async a b chunk=1\ntry get j 2s\nget j"),
    ("imap", "2", "a:2 b:1 c:1", "imap a b c\nfor m"),
    ("imap-raises", "2", "a:1 b:fail c:1", "imap a b c\nnext m\ntry next m\nnext m\ntry next m"),
    (
        "imap-chunks-raise",
        "2",
        "a:1 b:fail c:1 d:1",
        "imap a b c d chunk=2\ntry next m\ntry next m\ntry next m",
    ),
    ("imap-timeout", "1", "a:2 b:1", "imap a b\ntry next m 1s\nnext m\nnext m"),
    ("imap-unordered", "3", "a:3 b:1 c:2", "imap_unordered a b c\nfor m"),
    (
        "imap-unordered-raises",
        "2",
        "a:2 b:fail@1 c:1",
        "imap_unordered a b c\ntry next m\ntry next m\ntry next m",
    ),
    (
        "callback",
        "1",
        "a:1",
        "{\"do\":\"apply_async\",\"task\":\"a\",\"callback\":{\"print\":\"got {outcome}\"}}\nget a\nprint after",
    ),
    (
        "error-callback",
        "1",
        "a:fail@1",
        "{\"do\":\"apply_async\",\"task\":\"a\",\"callback\":{\"print\":\"never\"},\"error_callback\":{\"print\":\"{outcome}\"}}\ntry get a",
    ),
    (
        "callback-raises",
        "1",
        "a:1 b:1",
        "{\"do\":\"apply_async\",\"task\":[\"a\",\"b\"],\"callback\":{\"raise\":\"ValueError: oops\"}}\ntry get a 3s\ntry get b 1s",
    ),
    ("leaving-terminates", "1", "a:1 b:1", "apply_async a b\nleave\nready a\nprint left"),
    ("close-join", "1", "a:1 b:1", "apply_async a b\nclose\njoin\nready b\ntry apply_async a"),
    ("join-first", "1", "a:1", "apply_async a\ntry join\nget a"),
    (
        "terminate",
        "1",
        "a:2 b:1",
        "apply_async a b\nsleep 1s\nterminate\njoin\nready a\ntry get b 1s",
    ),
    ("killed", "2", "a:kill@1 b:2", "apply_async a b\nget b\ntry get a 1s"),
    ("killed-for-ever", "1", "a:kill", "apply_async a\nget a"),
    ("exit-kills", "1", "a:exit b:1", "apply_async a b\nget b\ntry get a 1s"),
    (
        "initializer-fails",
        "1 {\"initializer\":{\"function\":\"fail\",\"args\":{\"seconds\":1}}}",
        "a:1",
        "apply_async a\ntry get a 2500ms",
    ),
    ("retires", "1 {\"max_tasks_per_child\":1}", "a:1 b:1 c:0", "apply_async a b c\nget c"),
    ("unpicklable-result", "1", "a:unpicklable b:1", "apply_async a b\ntry get a\nget b"),
    ("unpicklable-call", "1", "a:closure b:1", "apply_async a b\ntry get a\nget b"),
    ("wait", "2", "a:1 b:3", "apply_async a b\nwait a b 2s\nwait a b"),
    ("spawn", "2 spawn", "a:1 b:2", "apply_async a b\nget a\nget b"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use shared::scenario::Python;

    use super::*;
    use crate::workspace::root;

    #[test]
    fn every_scenario_of_the_list_is_one_under_each_version_that_is_recorded() {
        let entries = all(&root()).unwrap();
        let names: BTreeSet<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names.len(), entries.len(), "two have one name");
        assert!(entries.len() >= 80);
        for entry in &entries {
            for python in [Python::V3_11, Python::V3_12, Python::V3_13] {
                let scenario = Scenario { python, ..entry.scenario.clone() };
                scenario.check().unwrap_or_else(|error| panic!("{}: {error}", entry.name));
            }
        }
    }

    #[test]
    fn what_is_not_recorded_is_an_example() {
        for (name, _) in NOT_RECORDED {
            assert!(root().join(format!("static/examples/{name}.json")).is_file(), "{name}");
        }
    }
}
