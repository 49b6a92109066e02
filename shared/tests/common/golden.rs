//! The recordings in `shared/tests/golden`, and what is done with each of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use shared::golden::{Golden, Recording};
use shared::scenario::{Plan, Scenario};

/// Above, a file says how long it took.
const SLOW: Duration = Duration::from_secs(5);

/// Looks at all files, so many at once, and fails with what was found to be wrong.
pub fn each_file(at_once: usize, check: impl Fn(&Path, &Golden) -> Vec<String> + Sync) {
    let (files, next) = (files(), AtomicUsize::new(0));
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let look = || {
            let mut wrong = Vec::new();
            while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                let start = Instant::now();
                wrong.extend(check(file, &read(file)));
                // For whoever looks why the test has become slow.
                if start.elapsed() > SLOW {
                    eprintln!("{}: {:.1?}", file.display(), start.elapsed());
                }
            }
            wrong
        };
        let workers: Vec<_> = (0..at_once).map(|_| scope.spawn(look)).collect();
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

/// The scenario by the rules of the version that was recorded, and as fast as `scale` says, whatever it
/// says itself.
pub fn plan(golden: &Golden, recording: &Recording, scale: f64) -> Arc<Plan> {
    let scenario = match (&golden.example, &golden.scenario) {
        (Some(example), None) => {
            let file = root().join(format!("static/examples/{example}.json"));
            Scenario::parse(&fs::read_to_string(file).unwrap()).unwrap()
        }
        (None, Some(scenario)) => scenario.clone(),
        _ => panic!("a golden file has an example or a scenario"),
    };
    let scenario = Scenario { scale, ..scenario };
    Arc::new(Golden::plan(scenario, recording.python).unwrap())
}

/// What a recording is called in a message.
pub fn what(file: &Path, recording: &Recording) -> String {
    let name = file.file_stem().unwrap().to_string_lossy();
    format!("{name} under {}", recording.version)
}
