//! Every example, again and again, each run in a process of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use backend::supervisor::{Patience, Supervisor};
use shared::function::Group;
use shared::scenario::{Plan, Scenario};
use shared::sim::Sim;
use shared::view::normal_form::{End, FutureForm, NormalForm};

use crate::told::told;
use crate::{ALONE, exe};

/// Runs of each example.
const TIMES: usize = 20;
/// Seeds of the simulator that say what may become of an example.
const SEEDS: u64 = 64;
/// Runs at once of what mostly sleeps.
const SLEEPERS: usize = 8;

/// An example, and what may become of it.
struct Example {
    name: String,
    plan: Arc<Plan>,
    names: Vec<String>,
    futures: BTreeSet<FutureForm>,
    /// With whether the executor broke.
    ends: Vec<(End, bool)>,
    /// How its runs ended, each with how many did.
    seen: Mutex<BTreeMap<String, usize>>,
}

fn examples() -> Vec<Example> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../static/examples");
    let entries = std::fs::read_dir(folder).expect("the examples are there");
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("it can be read").path()).collect();
    paths.sort();
    paths.iter().map(|path| Example::read(path)).collect()
}

impl Example {
    fn read(path: &Path) -> Self {
        let name = path.file_stem().expect("files have names").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).expect("an example can be read");
        let plan = Scenario::parse(&text).and_then(Scenario::check);
        let plan = Arc::new(plan.expect("an example is right"));
        // Forty thousand items take their time, and come to the same with each seed.
        let seeds = if name.contains("-many-") { 1 } else { SEEDS };
        let (mut names, mut futures, mut ends) = (Vec::new(), BTreeSet::new(), Vec::new());
        for seed in 0..seeds {
            let form = NormalForm::from_records(&plan, &Sim::new(Arc::clone(&plan), seed).run());
            names = form.futures.iter().map(|future| future.name.clone()).collect();
            futures.extend(form.futures);
            let end = (form.end, form.broken);
            if !ends.contains(&end) {
                ends.push(end);
            }
        }
        Self { name, plan, names, futures, ends, seen: Mutex::default() }
    }

    /// Whether it keeps cores busy.
    fn computes(&self) -> bool {
        self.plan.tasks.iter().any(|task| task.function.group == Group::Computing)
    }

    /// Runs it once. What becomes of each future, and how the program ends, is what the simulator says
    /// may become of it.
    fn run(&self) {
        let name = &self.name;
        let records = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&records);
        let supervisor = Supervisor::start(
            &exe(),
            self.plan.scenario.to_json(),
            Patience::default(),
            move |_, records| log.lock().expect("nobody panics with it").extend_from_slice(records),
        )
        .expect("a run can be started");
        let ending = supervisor.wait();
        assert_eq!((ending.stderr.as_str(), &ending.fault), ("", &None), "{name}");
        let records = records.lock().expect("nobody panics with it");
        let form = NormalForm::from_records(&self.plan, records.iter());
        let names: Vec<&str> = form.futures.iter().map(|future| future.name.as_str()).collect();
        assert_eq!(names, self.names, "{name}");
        for future in &form.futures {
            assert!(self.futures.contains(future), "{name}: {future:?}");
        }
        assert!(self.ends.contains(&(form.end.clone(), form.broken)), "{name}: {:?}", form.end);
        let mut seen = self.seen.lock().expect("nobody panics with it");
        *seen.entry(format!("{:?}", ending.cause)).or_default() += 1;
    }
}

/// Runs each of them so often, so many at once.
fn run_all(examples: &[Example], at_once: usize) {
    let jobs = Mutex::new(examples.iter().flat_map(|example| [example; TIMES]));
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(example) = job else { return };
                    example.run();
                }
            });
        }
    });
}

#[test]
#[ignore = "takes minutes"]
fn every_example_comes_twenty_times_to_what_the_simulator_says() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (computing, sleeping): (Vec<_>, Vec<_>) =
        examples().into_iter().partition(Example::computes);
    run_all(&sleeping, SLEEPERS);
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    run_all(&computing, cores);
    let mut causes: BTreeMap<String, usize> = BTreeMap::new();
    for example in computing.iter().chain(&sleeping) {
        for (cause, count) in example.seen.lock().expect("nobody panics with it").iter() {
            *causes.entry(cause.clone()).or_default() += count;
        }
    }
    let runs: usize = causes.values().sum();
    let causes: Vec<String> =
        causes.iter().map(|(cause, count)| format!("{count} {cause}")).collect();
    told(
        &format!("{} examples, {TIMES} times each: {runs} real runs", runs / TIMES),
        &format!("each future and each end as in the simulator; {}", causes.join(", ")),
    );
}
