//! What CPython was seen to do, the engine may do: every form of `tests/golden` is found by the search,
//! by that version's rules; and what CPython nearly always did, the scenario's own seed gives.
//!
//! `cargo xtask golden` records them. Nothing here needs a Python.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use shared::golden::{Golden, Recording};
use shared::scenario::{Plan, Scenario};
use shared::sim::Sim;
use shared::sim::explore::{Found, explore_seen};
use shared::view::normal_form::{NormalForm, NormalFormBuilder};

/// Above, a file says how long it took.
const SLOW: Duration = Duration::from_secs(2);

/// Files that need so much are looked at on all cores.
fn each_file(check: impl Fn(&Path) -> Vec<String> + Sync) {
    let files = files();
    let (next, workers) = (AtomicUsize::new(0), std::thread::available_parallelism().unwrap());
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let look = || {
            let mut wrong = Vec::new();
            while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                let start = Instant::now();
                wrong.extend(check(file));
                // For whoever looks why the test has become slow.
                if start.elapsed() > SLOW {
                    eprintln!("{}: {:.1?}", file.display(), start.elapsed());
                }
            }
            wrong
        };
        let workers: Vec<_> = (0..workers.get()).map(|_| scope.spawn(look)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{} differences:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files() -> Vec<PathBuf> {
    let folder = root().join("shared/tests/golden");
    let mut files: Vec<PathBuf> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    assert!(files.len() >= 80, "{} golden files", files.len());
    files
}

fn read(file: &Path) -> Golden {
    let text = fs::read_to_string(file).unwrap();
    let golden: Golden =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert_eq!(golden.to_json(), text, "{} is written as no recording is", file.display());
    golden
}

fn plan(golden: &Golden, recording: &Recording) -> Arc<Plan> {
    let scenario = match (&golden.example, &golden.scenario) {
        (Some(example), None) => {
            let file = root().join(format!("static/examples/{example}.json"));
            Scenario::parse(&fs::read_to_string(file).unwrap()).unwrap()
        }
        (None, Some(scenario)) => scenario.clone(),
        _ => panic!("a golden file has an example or a scenario"),
    };
    Arc::new(Golden::plan(scenario, recording.python).unwrap())
}

fn what(file: &Path, recording: &Recording) -> String {
    let name = file.file_stem().unwrap().to_string_lossy();
    format!("{name} under {}", recording.version)
}

#[test]
fn what_cpython_does_the_engine_may_do() {
    each_file(|file| {
        let golden = read(file);
        let mut wrong = Vec::new();
        for recording in &golden.recordings {
            let plan = plan(&golden, recording);
            for (form, count) in golden.forms.iter().zip(&recording.counts) {
                if *count == 0 {
                    continue;
                }
                match (explore_seen(&plan, form), &golden.too_large) {
                    (Found::Yes { .. }, _) | (Found::Undecided { .. }, Some(_)) => {}
                    (found, _) => wrong.push(format!(
                        "{}, {count} of {} runs: {found:?}\n{form}",
                        what(file, recording),
                        recording.runs
                    )),
                }
            }
        }
        wrong
    });
}

#[test]
fn what_cpython_nearly_always_does_the_scenarios_seed_gives() {
    each_file(|file| {
        let golden = read(file);
        let mut wrong = Vec::new();
        for recording in &golden.recordings {
            let Some(place) = recording.dominant().filter(|_| golden.seed_differs.is_none()) else {
                continue;
            };
            let (form, ours) = (&golden.forms[place], of_seed(&plan(&golden, recording)));
            if ours != *form {
                wrong.push(format!(
                    "{}, {} of {} runs (there), but the seed gives (here)\n{}",
                    what(file, recording),
                    recording.counts[place],
                    recording.runs,
                    ours.diff(form)
                ));
            }
        }
        wrong
    });
}

/// What the scenario's own seed gives, as it looks from Python.
fn of_seed(plan: &Arc<Plan>) -> NormalForm {
    let mut builder = NormalFormBuilder::seen_from_python(plan);
    for record in Sim::new(plan.clone(), plan.scenario.seed).run() {
        builder.apply(&record);
    }
    builder.finish()
}
