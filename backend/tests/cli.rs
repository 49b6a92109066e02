//! The command as a person or a script sees it: its words, its exit codes, its lines.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use shared::engine::event::{EndCause, Event, Record};
use shared::protocol::LogHash;

/// The built program, with these arguments.
fn futurescope(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_futurescope"));
    command.args(args);
    command
}

fn output(args: &[&str]) -> Output {
    futurescope(args).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Runs the command on a file of these bytes.
fn run_file(bytes: &[u8], options: &[&str]) -> Output {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), bytes).unwrap();
    let mut command = futurescope(&["run", "file"]);
    command.args(options).current_dir(dir.path()).output().unwrap()
}

/// The one line on stderr of a command that was refused, and nothing else.
fn refused(output: &Output) -> String {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert_eq!(text(&output.stdout), "");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    stderr.trim_end().to_owned()
}

/// What is said of a file that is refused, behind its name.
fn refused_file(bytes: &[u8]) -> String {
    let said = refused(&run_file(bytes, &[]));
    said.strip_prefix("futurescope: file: ").unwrap_or_else(|| panic!("{said}")).to_owned()
}

/// A scenario with these tasks, on threads, in mode `submit`.
fn scenario(tasks: &str) -> Vec<u8> {
    scenario_with(r#"{"kind":"threads","workers":2}"#, tasks, r#"{"mode":"submit"}"#)
}

fn scenario_with(executor: &str, tasks: &str, program: &str) -> Vec<u8> {
    let head = format!(r#"{{"format":1,"title":"A test","executor":{executor},"#);
    format!(r#"{head}"tasks":[{tasks}],"program":{program}}}"#).into_bytes()
}

/// Two tasks that return at once; the second needs the first.
const TWO: &str = r#"
    {"id":"a","function":"identity","args":{"value":2}},
    {"id":"b","function":"square","args":{"x":{"from":"a"}}}"#;

/// A task that blocks until somebody opens its gate, which nobody does.
const GATE: &str = r#"{"id":"a","function":"gate"}"#;

#[test]
fn a_file_that_is_not_json() {
    let said = refused_file(b"{\"format\": 1,\n oops}");
    assert!(said.starts_with("this is not JSON: "), "{said}");
    assert!(said.ends_with("(line 2, column 2)"), "{said}");
}

#[test]
fn an_empty_file() {
    assert!(refused_file(b"").starts_with("this is not JSON: "));
}

#[test]
fn a_file_that_is_not_text() {
    assert_eq!(refused_file(b"{\"format\xff"), "this is not text in UTF-8, from byte 8 on");
}

#[test]
fn an_unknown_function() {
    let said = refused_file(&scenario(r#"{"id":"a","function":"slep"}"#));
    let expected = "at /tasks/0/function: there is no function \"slep\"";
    assert!(said.starts_with(expected), "{said}");
}

#[test]
fn a_wrong_argument() {
    let said =
        refused_file(&scenario(r#"{"id":"a","function":"sleep","args":{"seconds":"long"}}"#));
    assert!(said.starts_with("at /tasks/0/args/seconds: seconds must be "), "{said}");
}

#[test]
fn a_circle() {
    let said = refused_file(&scenario(
        r#"{"id":"a","function":"identity","args":{"value":{"from":"b"}}},
           {"id":"b","function":"identity","args":{"value":{"from":"a"}}}"#,
    ));
    assert!(said.contains("is a circle"), "{said}");
}

#[test]
fn one_task_too_many() {
    let tasks: Vec<String> =
        (0..2_001).map(|number| format!(r#"{{"id":"t{number}","function":"hang"}}"#)).collect();
    let said = refused_file(&scenario(&tasks.join(",")));
    assert!(said.contains("2001 tasks; at most 2000 are allowed"), "{said}");
}

#[test]
fn no_workers() {
    let executor = r#"{"kind":"threads","workers":0}"#;
    let said = refused_file(&scenario_with(executor, TWO, r#"{"mode":"submit"}"#));
    assert_eq!(said, "at /executor/workers: max_workers must be greater than 0");
}

#[test]
fn a_format_of_the_future() {
    let said = refused_file(br#"{"format":99,"whatever":{"comes":"then"}}"#);
    assert!(said.contains("format 99 is from a later version"), "{said}");
}

#[test]
fn a_file_of_ten_megabytes() {
    let said = refused_file(&vec![b' '; 10 * 1024 * 1024]);
    assert_eq!(said, "the file is too large; at most 4194304 bytes are allowed");
}

#[test]
fn a_file_without_end_is_not_read_to_its_end() {
    let said = refused(&output(&["run", "/dev/zero"]));
    assert!(said.contains("/dev/zero: the file is too large"), "{said}");
}

#[test]
fn a_missing_file() {
    let said = refused(&output(&["run", "/nonexistent/file"]));
    assert!(said.starts_with("futurescope: /nonexistent/file: No such file"), "{said}");
}

#[test]
fn a_directory() {
    let said = refused(&output(&["run", "/"]));
    assert!(said.starts_with("futurescope: /: Is a directory"), "{said}");
}

#[test]
fn a_strangers_file_cannot_write_to_the_terminal() {
    let said = refused_file(&scenario(r#"{"id":"a","function":"\u001b[2J\nx"}"#));
    assert!(said.contains(r"\u{1b}[2J\nx"), "{said}");
}

#[test]
fn a_command_that_there_is_not() {
    assert!(refused(&output(&["rnu"])).contains("there is no command rnu"));
    assert!(refused(&output(&[])).contains("a command is missing"));
    assert!(refused(&output(&["run", "x", "--jsn"])).contains("run has no option --jsn"));
}

#[test]
fn help_and_version_are_no_errors() {
    let version = output(&["--version"]);
    assert_eq!(text(&version.stdout), concat!("futurescope ", env!("CARGO_PKG_VERSION"), "\n"));
    let help = output(&["help"]);
    assert!(text(&help.stdout).contains("usage:"));
    assert!(version.status.success() && help.status.success());
}

/// The records of a run, which must be the whole of its stdout and without a gap.
fn records(output: &Output) -> Vec<Record> {
    let records: Vec<Record> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    for (seq, record) in (0..).zip(&records) {
        assert_eq!(record.seq, seq);
    }
    records
}

/// The cause in the last record, which is the only one of its kind.
fn cause(records: &[Record]) -> EndCause {
    let ends = |record: &&Record| matches!(record.event, Event::EndOfRun { .. });
    assert_eq!(records.iter().filter(ends).count(), 1);
    match records.last().unwrap().event {
        Event::EndOfRun { cause, after_seq, .. } => {
            assert_eq!(after_seq, Some(records.len() as u64 - 2));
            cause
        }
        ref other => panic!("the last record is {other:?}"),
    }
}

#[test]
fn json_is_one_record_a_line_up_to_the_end_of_the_run() {
    for kind in ["threads", "processes"] {
        let executor = format!(r#"{{"kind":"{kind}","workers":2}}"#);
        let bytes = scenario_with(&executor, TWO, r#"{"mode":"as_completed"}"#);
        for options in [&["--json"][..], &["--json", "--simulate"]] {
            let output = run_file(&bytes, options);
            assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
            let records = records(&output);
            assert_eq!(records[0].event, Event::ProgramStarted { max_workers: 2 });
            assert_eq!(cause(&records), EndCause::Finished);
        }
    }
}

#[test]
fn a_story_begins_with_what_is_run_and_ends_with_how_it_ended() {
    let output = run_file(&scenario(TWO), &[]);
    let story = text(&output.stdout);
    let lines: Vec<&str> = story.lines().collect();
    assert_eq!(lines[0], "A test: ThreadPoolExecutor(max_workers=2), program submit");
    assert!(story.contains("main submits a: identity(2)\n"), "{story}");
    assert!(lines.last().unwrap().ends_with(" s  finished; 2 of 2 tasks finished"), "{story}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_run_is_written_as_a_trace_beside_its_story() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.trace.json");
    for kind in ["threads", "processes"] {
        let executor = format!(r#"{{"kind":"{kind}","workers":2}}"#);
        let bytes = scenario_with(&executor, TWO, r#"{"mode":"as_completed"}"#);
        for options in [&["--out"][..], &["--simulate", "--out"]] {
            let output = run_file(&bytes, &[options, &[file.to_str().unwrap()]].concat());
            assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
            assert!(text(&output.stdout).contains("main submits a"));
            let trace: serde_json::Value =
                serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
            let events = trace["traceEvents"].as_array().unwrap();
            let ran = events.iter().filter(|it| it["ph"] == "X" && it["cat"] == "succeeded");
            assert_eq!(ran.count(), 2, "{kind} {options:?}");
        }
    }
    // A run that cannot be told, because its scenario is wrong, leaves the trace of the one before.
    let before = std::fs::read(&file).unwrap();
    let output = run_file(b"{}", &["--out", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(std::fs::read(&file).unwrap(), before);
    // What cannot be written is said before anything runs.
    for (name, words) in [
        ("/nowhere/run.trace.json", "/nowhere/run.trace.json"),
        ("run.txt", "it ends in .trace.json, .json, .svg, .html, .py"),
        ("run.png", "writes the same picture as .svg"),
    ] {
        let output = run_file(&scenario(TWO), &["--out", name]);
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        assert!(text(&output.stderr).contains(words), "{}", text(&output.stderr));
    }
}

#[test]
fn a_run_is_written_in_every_form_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let names = ["a.html", "a.svg", "a.trace.json", "a.json", "a.py"].map(path);
    let options: Vec<String> = names.iter().map(|name| format!("--out={name}")).collect();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let output = run_file(&scenario(TWO), &options);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let [report, picture, trace, again, program] =
        names.map(|name| std::fs::read_to_string(name).unwrap());
    assert!(report.starts_with("<!doctype html>") && report.contains("measured on"));
    assert!(picture.starts_with("<svg ") && picture.contains("data-task=\"a\""));
    assert!(trace.contains("traceEvents"));
    assert!(program.contains("ThreadPoolExecutor(max_workers=2)"));
    let output = run_file(again.as_bytes(), &["--simulate"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn everything_tells_more_than_the_main_things() {
    let lines = |options: &[&str]| {
        let output = run_file(&scenario(TWO), &[&["--simulate"], options].concat());
        text(&output.stdout).lines().count()
    };
    assert!(lines(&["--everything"]) > lines(&[]));
}

#[test]
fn the_same_seed_simulates_the_same_run() {
    let tasks = r#"
        {"id":"a","function":"random_sleep","args":{"low":1,"high":9}},
        {"id":"b","function":"random_sleep","args":{"low":1,"high":9}}"#;
    let run =
        |seed: &str| run_file(&scenario(tasks), &["--simulate", "--json", "--seed", seed]).stdout;
    assert_eq!(run("7"), run("7"));
    assert_ne!(run("7"), run("8"));
}

/// What `futurescope simulate` says of a file of these bytes.
fn simulate(bytes: &[u8], options: &[&str]) -> Output {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), bytes).unwrap();
    let mut command = futurescope(&["simulate", "file"]);
    command.args(options).current_dir(dir.path()).output().unwrap()
}

#[test]
fn simulate_tells_the_story_that_run_simulate_tells() {
    for options in [&[][..], &["--json"], &["--everything", "--seed", "5"]] {
        let bytes = scenario(TWO);
        let output = simulate(&bytes, options);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let run = run_file(&bytes, &[options, &["--simulate"]].concat());
        assert_eq!(text(&output.stdout), text(&run.stdout));
    }
    let story = simulate(&scenario(TWO), &["--seed=5"]).stdout;
    assert!(text(&story).starts_with("A test: ThreadPoolExecutor(max_workers=2), "));
    assert!(text(&story).lines().next().unwrap().ends_with("simulated with seed 5"));
}

#[test]
fn hash_is_one_line_of_the_whole_log() {
    for (bytes, code) in [(scenario(TWO), 0), (scenario(GATE), 4)] {
        for seed in ["0", "1"] {
            let output = simulate(&bytes, &["--hash", "--seed", seed]);
            assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
            let mut hash = LogHash::new();
            let json = simulate(&bytes, &["--json", "--seed", seed]);
            records(&json).iter().for_each(|record| hash.push(record));
            assert_eq!(text(&output.stdout), format!("{:016x}\n", hash.finish()));
        }
    }
}

fn rust(bytes: &[u8]) -> Output {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), bytes).unwrap();
    futurescope(&["rust", "file"]).current_dir(dir.path()).output().unwrap()
}

#[test]
fn rust_prints_a_program_and_nothing_else() {
    let output = rust(&scenario(TWO));
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let program = text(&output.stdout);
    assert!(program.starts_with("//! A test\n\nuse std::"), "{program}");
    assert!(program.ends_with("}\n"), "{program}");
}

#[test]
fn a_scenario_without_a_rust_program_is_exit_code_2_and_the_reason() {
    let processes = r#"{"kind":"processes","workers":2}"#;
    let output = rust(&scenario_with(processes, TWO, r#"{"mode":"submit"}"#));
    let nothing = "Rust's standard library has threads and nothing like ProcessPoolExecutor";
    assert_eq!(refused(&output), format!("futurescope: file: {nothing}"));
    assert!(refused(&rust(b"{")).starts_with("futurescope: file: "));
}

#[test]
fn an_exception_that_nobody_catches_is_exit_code_1() {
    let program = r#"{"steps":[{"do":"submit","task":"a"},{"do":"result","of":"a"}]}"#;
    let executor = r#"{"kind":"threads","workers":1}"#;
    let output =
        run_file(&scenario_with(executor, r#"{"id":"a","function":"fail"}"#, program), &[]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("ended with ValueError"), "{}", text(&output.stdout));
}

#[test]
fn a_hang_is_exit_code_3() {
    let executor = r#"{"kind":"threads","workers":1}"#;
    let tasks = r#"{"id":"a","function":"submit_and_wait","args":{"seconds":0}}"#;
    let bytes = scenario_with(executor, tasks, r#"{"mode":"wait"}"#);
    for options in [&["--json"][..], &["--json", "--simulate"]] {
        let output = run_file(&bytes, options);
        assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
        assert_eq!(cause(&records(&output)), EndCause::Hang);
    }
}

#[test]
fn a_program_that_exits_by_itself_is_exit_code_7() {
    let executor = r#"{"kind":"threads","workers":1}"#;
    let tasks = r#"{"id":"a","function":"hard_exit","args":{"code":3}}"#;
    let bytes = scenario_with(executor, tasks, r#"{"mode":"wait"}"#);
    let output = run_file(&bytes, &["--json"]);
    assert_eq!(output.status.code(), Some(7), "{}", text(&output.stderr));
    assert_eq!(cause(&records(&output)), EndCause::Exit(3));
}

#[test]
fn a_scenario_can_come_from_stdin() {
    let mut child = futurescope(&["run", "-", "--simulate"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&scenario(TWO)).unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
}

/// Starts a run whose task blocks for ever, and reads its story up to the line that says so.
fn start_blocked(dir: &Path, kind: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    let executor = format!(r#"{{"kind":"{kind}","workers":1}}"#);
    let bytes = scenario_with(&executor, GATE, r#"{"mode":"wait"}"#);
    fs::write(dir.join("file"), bytes).unwrap();
    let mut child = futurescope(&["run", "file"])
        .current_dir(dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut story = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("waits at the gate of a") {
        line.clear();
        assert_ne!(story.read_line(&mut line).unwrap(), 0, "the run ended before it blocked");
    }
    (child, story)
}

fn terminate(child: &Child) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
}

#[test]
fn a_signal_stops_the_run_and_is_exit_code_5() {
    for kind in ["threads", "processes"] {
        let dir = tempfile::tempdir().unwrap();
        let (mut child, mut story) = start_blocked(dir.path(), kind);
        terminate(&child);
        let mut rest = String::new();
        story.read_to_string(&mut rest).unwrap();
        assert!(rest.contains("stopped by a person; 0 of 1 tasks finished"), "{rest}");
        assert_eq!(child.wait().unwrap().code(), Some(5));
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_run_quietly() {
    let dir = tempfile::tempdir().unwrap();
    let (mut child, story) = start_blocked(dir.path(), "threads");
    drop(story);
    // The next line that is written is the one that finds nobody.
    terminate(&child);
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(5), ""));
}
