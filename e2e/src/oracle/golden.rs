//! `cargo xtask golden`: records what every Python on this machine does with every scenario of a list.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use shared::golden::{Golden, Recording};
use shared::scenario::Scenario;
use shared::view::normal_form::NormalForm;

use super::OracleError;
use super::interpreter::{self, Interpreter};
use super::pace::{pace, start_method};
use super::recording::{self, Seen};
use super::scenarios::{self, Entry};
use crate::workspace::root;

/// Runs of each scenario under each interpreter.
pub const RUNS: u32 = 50;

/// Of a scenario that computes for seconds, whose outcome computing does not change.
const RUNS_OF_LONG: u32 = 5;

/// Seconds from which on one run is long.
const LONG: f64 = 3.0;

/// Recordings at once: most of a run is waiting, but waking up must not wait for others.
const AT_ONCE: usize = 6;

/// Where the files stand.
pub fn folder() -> PathBuf {
    root().join("shared/tests/golden")
}

/// Records all scenarios whose name begins with one of `names`, or all. Comes back with the number of
/// those that failed, each of which it has told about.
///
/// # Errors
/// `NoPython`, `Unknown`, `File`.
pub fn record(names: &[String], runs: u32) -> Result<usize, OracleError> {
    let interpreters = interpreter::find()?;
    for Interpreter { program, version, .. } in &interpreters {
        eprintln!("==> {}: {version}", program.display());
    }
    let mut entries = scenarios::all(&root())?;
    if !names.is_empty() {
        for name in names {
            if !entries.iter().any(|entry| entry.name.starts_with(name)) {
                return Err(OracleError::Unknown(name.clone()));
            }
        }
        entries.retain(|entry| names.iter().any(|name| entry.name.starts_with(name)));
    }
    let folder = folder();
    fs::create_dir_all(&folder).map_err(|error| OracleError::File { path: folder, error })?;
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(0));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(entry) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match record_one(entry, &interpreters, runs) {
                        Ok(said) => eprintln!("{}: {said}", entry.name),
                        Err(error) => {
                            eprintln!("{}: FAILED: {error}", entry.name);
                            *failed.lock().expect("nobody panics with it") += 1;
                        }
                    }
                }
            });
        }
    });
    Ok(failed.into_inner().expect("nobody panics with it"))
}

/// Records one scenario, and writes its file. Comes back with what there is to say about it.
fn record_one(
    entry: &Entry,
    interpreters: &[Interpreter],
    runs: u32,
) -> Result<String, OracleError> {
    let mut seen: Vec<(&Interpreter, Seen)> = Vec::new();
    for interpreter in interpreters {
        let plan = recording::plan_for(&entry.name, &entry.scenario, interpreter)?;
        let long = pace(&plan).expected.as_secs_f64() > LONG;
        let runs = if long { runs.min(RUNS_OF_LONG) } else { runs };
        let one = recording::record(&entry.name, &entry.scenario, interpreter, runs)?;
        seen.push((interpreter, one));
    }
    let path = folder().join(format!("{}.json", entry.name));
    let golden = golden(entry, &seen, &path);
    fs::write(&path, golden.to_json())
        .map_err(|error| OracleError::File { path: path.clone(), error })?;
    let counts: Vec<String> =
        golden.recordings.iter().map(|recording| format!("{:?}", recording.counts)).collect();
    let disturbed: u32 = seen.iter().map(|(_, seen)| seen.disturbed).sum();
    Ok(format!("{} forms, {}; {disturbed} disturbed", golden.forms.len(), counts.join(" ")))
}

/// The file of these recordings; what was written into the old one by hand stays.
fn golden(entry: &Entry, seen: &[(&Interpreter, Seen)], path: &Path) -> Golden {
    let mut totals: HashMap<&NormalForm, u32> = HashMap::new();
    for (form, count) in seen.iter().flat_map(|(_, seen)| &seen.forms) {
        *totals.entry(form).or_default() += count;
    }
    let mut forms: Vec<(&NormalForm, u32)> = totals.into_iter().collect();
    // Equally frequent ones need some order, too.
    forms.sort_by_cached_key(|(form, total)| (std::cmp::Reverse(*total), form.to_string()));
    let recordings = seen.iter().map(|(interpreter, seen)| {
        let count = |(form, _): &(&NormalForm, u32)| seen.forms.get(form).copied().unwrap_or(0);
        let method = seen.plan.kind().has_processes().then(|| start_method(&seen.plan));
        Recording {
            python: interpreter.python,
            version: interpreter.version.clone(),
            start_method: method,
            runs: seen.runs,
            counts: forms.iter().map(count).collect(),
        }
    });
    let old = fs::read_to_string(path).ok();
    let old: Option<Golden> = old.and_then(|text| serde_json::from_str(&text).ok());
    let (too_large, seed_differs) =
        old.map(|old| (old.too_large, old.seed_differs)).unwrap_or_default();
    let scenario: Option<Scenario> = (!entry.is_example).then(|| entry.scenario.clone());
    Golden {
        example: entry.is_example.then(|| entry.name.clone()),
        scenario,
        too_large,
        seed_differs,
        recordings: recordings.collect(),
        forms: forms.iter().map(|(form, _)| (*form).clone()).collect(),
    }
}
