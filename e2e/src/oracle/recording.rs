//! Many runs of one scenario under one interpreter.
//!
//! Runs are made some at a time by one process, which forks for each: importing the library takes
//! longer than most runs. A new process now and then gives objects other addresses, on which the order
//! of Python's sets depends.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use shared::scenario::{Plan, Scenario, StartMethod};
use shared::view::normal_form::{NormalForm, Observed};

use super::OracleError;
use super::interpreter::Interpreter;
use super::pace::{Pace, pace, start_method};
use crate::workspace::{root, target};

/// Runs of one process.
const RUNS_A_PROCESS: u32 = 17;

/// Where the machine disturbs more than half of them, the next ones live at half the pace. After so
/// many times as many runs as are wanted it is too busy.
const TRIES: u32 = 4;

/// What was seen.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The plan by this interpreter's version.
    pub plan: Arc<Plan>,
    /// How often each form was seen.
    pub forms: HashMap<NormalForm, u32>,
    /// Runs that count.
    pub runs: u32,
    /// Runs that were thrown away.
    pub disturbed: u32,
}

/// What `observe.py` writes of a run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RunFile {
    #[allow(dead_code)] // for people who look into the file
    version: String,
    cannot_tell: Option<String>,
    disturbed: Option<String>,
    observed: Observed,
}

/// A scenario ready to be run by one interpreter.
struct Session<'a> {
    name: &'a str,
    interpreter: &'a Interpreter,
    plan: Arc<Plan>,
    pace: Pace,
    folder: PathBuf,
}

/// The scenario by this interpreter's rules.
///
/// # Errors
/// It is none of this version's: `Scenario`.
pub fn plan_for(
    name: &str,
    scenario: &Scenario,
    interpreter: &Interpreter,
) -> Result<Arc<Plan>, OracleError> {
    let wrong = |error| OracleError::Scenario { name: name.to_owned(), error };
    let scenario = Scenario { python: interpreter.python, ..scenario.clone() };
    scenario.check().map(Arc::new).map_err(wrong)
}

/// Runs a scenario until so many runs count. `name` is a file's.
///
/// # Errors
/// `Scenario`, `File`, `Observer`; `Disturbed` if too few runs count after many.
pub fn record(
    name: &str,
    scenario: &Scenario,
    interpreter: &Interpreter,
    runs: u32,
) -> Result<Seen, OracleError> {
    let plan = plan_for(name, scenario, interpreter)?;
    let folder = target().join("oracle").join(format!("{name}-{}", interpreter.name));
    let mut session = Session { name, interpreter, pace: pace(&plan), plan, folder };
    session.prepare()?;
    let mut seen =
        Seen { plan: session.plan.clone(), forms: HashMap::new(), runs: 0, disturbed: 0 };
    while seen.runs < runs {
        let all = seen.runs + seen.disturbed;
        if all >= runs * TRIES {
            let (name, version) = (name.to_owned(), interpreter.name.to_owned());
            let disturbed = seen.disturbed;
            return Err(OracleError::Disturbed { name, version, disturbed, runs: all });
        }
        let (batch, disturbed) = ((runs - seen.runs).min(RUNS_A_PROCESS), seen.disturbed);
        session.batch(batch, &mut seen)?;
        if (seen.disturbed - disturbed) * 2 > batch {
            session.pace = session.pace.slower();
        }
    }
    Ok(seen)
}

impl Session<'_> {
    fn prepare(&self) -> Result<(), OracleError> {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder).map_err(file(&self.folder))?;
        }
        fs::create_dir_all(&self.folder).map_err(file(&self.folder))?;
        let listing = shared::scenario::python(&self.plan);
        self.write("text.py", &listing.text())?;
        let lines = serde_json::to_string(&listing).expect("a listing has text keys only");
        self.write("lines.json", &lines)?;
        self.write("scenario.json", &self.plan.scenario.to_json())
    }

    fn write(&self, name: &str, text: &str) -> Result<(), OracleError> {
        let path = self.folder.join(name);
        fs::write(&path, text).map_err(file(&path))
    }

    /// Some runs by one process.
    fn batch(&self, runs: u32, seen: &mut Seen) -> Result<(), OracleError> {
        let out = self.folder.join("runs");
        if out.exists() {
            fs::remove_dir_all(&out).map_err(file(&out))?;
        }
        fs::create_dir_all(&out).map_err(file(&out))?;
        let oracle = root().join("e2e/oracle");
        let method = match start_method(&self.plan) {
            StartMethod::Fork => "fork",
            StartMethod::Forkserver => "forkserver",
            StartMethod::Spawn => "spawn",
        };
        let mut command = Command::new(&self.interpreter.program);
        command
            // Python 3.12 and later warn whoever forks with threads; our watchdog is one.
            .args(["-W", "ignore::DeprecationWarning"])
            .arg(oracle.join("observe.py"))
            .args(["text.py", "lines.json", "scenario.json", "runs"].map(|it| self.folder.join(it)))
            .arg(seconds(self.pace.deadline))
            .arg(method)
            .arg(runs.to_string())
            .env("PYTHONPATH", oracle.join("scale"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("FUTURESCOPE_SCALE", self.pace.scale.to_string())
            .env("FUTURESCOPE_TOLERANCE", seconds(self.pace.tolerance))
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let stderr = self.folder.join("stderr");
        command.stderr(fs::File::create(&stderr).map_err(file(&stderr))?);
        let status = command.status().map_err(file(&self.interpreter.program))?;
        if !status.success() {
            return Err(self.observer(format!("observe.py ended with {status}")));
        }
        for nth in 0..runs {
            self.take(&out.join(format!("{nth}.json")), seen)?;
        }
        Ok(())
    }

    fn take(&self, path: &Path, seen: &mut Seen) -> Result<(), OracleError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return Err(self.observer(format!("{}: {error}", path.display()))),
        };
        let run: RunFile = serde_json::from_str(&text)
            .map_err(|error| self.observer(format!("{}: {error}", path.display())))?;
        if let Some(what) = run.cannot_tell {
            return Err(self.observer(what));
        }
        if run.disturbed.is_some() {
            seen.disturbed += 1;
            return Ok(());
        }
        seen.runs += 1;
        *seen.forms.entry(run.observed.form()).or_default() += 1;
        Ok(())
    }

    fn observer(&self, what: String) -> OracleError {
        let stderr = fs::read_to_string(self.folder.join("stderr")).unwrap_or_default();
        let last: Vec<&str> = stderr.lines().rev().take(12).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        OracleError::Observer {
            name: self.name.to_owned(),
            version: self.interpreter.name.to_owned(),
            what,
            stderr: last.join("\n"),
        }
    }
}

fn seconds(span: Duration) -> String {
    span.as_secs_f64().to_string()
}

fn file(path: &Path) -> impl FnOnce(std::io::Error) -> OracleError + '_ {
    move |error| OracleError::File { path: path.to_owned(), error }
}
