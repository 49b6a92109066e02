//! `futurescope run` and `futurescope simulate`: from a file to an exit code.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use shared::engine::event::{EndCause, Record};
use shared::export::form::{Run, folded};
use shared::export::picture::Theme;
use shared::limits;
use shared::protocol::Frame;
use shared::scenario::{Plan, Scenario};
use shared::sim::Sim;
use shared::view::story::Depth;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::args::Options;
use super::print::{Printer, Telling};
use super::{code, complain};
use crate::supervisor::{Patience, Supervisor};

/// Our own program, wherever it lies, and also when it has been replaced meanwhile.
const OWN_EXE: &str = "/proc/self/exe";

/// Runs what the options say, and gives the exit code.
pub fn run(options: &Options) -> u8 {
    let plan = match load(&options.file, options.seed) {
        Ok(plan) => Arc::new(plan),
        Err(message) => {
            complain(&message);
            return code::USAGE;
        }
    };
    let telling = match (options.json, options.hash, options.everything) {
        (true, _, _) => Telling::Json,
        (_, true, _) => Telling::Hash,
        (_, _, true) => Telling::Story(Depth::Everything),
        (_, _, false) => Telling::Story(Depth::Main),
    };
    let mut files = Vec::new();
    for (name, form) in &options.out {
        match writable(name) {
            Ok(file) => files.push((name, *form, file)),
            Err(error) => {
                complain(&format!("{}: {error}", name.display()));
                return code::USAGE;
            }
        }
    }
    // Buffered, and flushed after each bunch of records: live, but not a system call a line.
    let out = io::BufWriter::new(io::stdout());
    let mut printer = Printer::new(out, plan.clone(), telling);
    if !files.is_empty() {
        printer.keep_records();
    }
    let ended = if options.simulate {
        simulate(&plan, &mut printer)
    } else {
        run_for_real(&plan, &mut printer)
    };
    match ended {
        Ok(()) => {}
        Err(error) => {
            complain(&format!("the run could not be started: {error}"));
            return code::FAILED;
        }
    }
    if files.is_empty() {
        return printer.exit_code();
    }
    let records = printer.records();
    let (view, timeline) = &folded(&plan, records);
    let run = Run { plan: &plan, records, view, timeline, simulated: options.simulate };
    for (name, form, mut file) in files {
        let text = form.written(&run, Theme::Light, None);
        if let Err(error) = file.set_len(0).and_then(|()| file.write_all(text.as_bytes())) {
            complain(&format!("{}: the run is not written: {error}", name.display()));
            return code::FAILED;
        }
    }
    printer.exit_code()
}

/// A file that can be written. What is in it stays until there is something to write.
fn writable(name: &OsStr) -> io::Result<File> {
    File::options().write(true).create(true).truncate(false).open(name)
}

/// The scenario of a file, checked; the error is one line that begins with the file.
pub fn load(file: &OsStr, seed: Option<u64>) -> Result<Plan, String> {
    let name = if file == "-" { "stdin".into() } else { file.to_string_lossy() };
    let wrong = |message: &dyn ToString| format!("{name}: {}", message.to_string());
    let bytes = read(file).map_err(|error| wrong(&error))?;
    if bytes.len() > limits::SCENARIO_BYTES {
        let limit = limits::SCENARIO_BYTES;
        return Err(wrong(&format!("the file is too large; at most {limit} bytes are allowed")));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        wrong(&format!("this is not text in UTF-8, from byte {place} on"))
    })?;
    let mut scenario = Scenario::parse(&text).map_err(|error| wrong(&error))?;
    if let Some(seed) = seed {
        scenario.seed = seed;
    }
    scenario.check().map_err(|error| wrong(&error))
}

/// At most one byte more than is allowed, however much there is.
fn read(file: &OsStr) -> io::Result<Vec<u8>> {
    let most = limits::SCENARIO_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    if file == "-" {
        io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        File::open(file)?.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Runs it on threads or processes.
fn run_for_real(plan: &Arc<Plan>, printer: &mut Printer<impl Write>) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel();
    // Not bounded: a reader who stops to think must not hold up the run, which has limits of its own.
    let sink = move |_: &Frame, records: &[Record]| {
        let _ = sender.send(records.to_vec());
    };
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let scenario = plan.scenario.to_json();
    let run = Supervisor::start(Path::new(OWN_EXE), scenario, Patience::default(), sink)?;

    let control = run.control();
    let handle = signals.handle();
    let listener = thread::spawn(move || {
        for _ in &mut signals {
            control.stop();
        }
    });
    let mut readable = printer.header(None).is_ok();
    if !readable {
        run.stop();
    }
    for records in receiver {
        let printed = printer.print(&records);
        if readable && printed.is_err() {
            readable = false;
            run.stop();
        }
    }
    let ending = run.wait();
    handle.close();
    let _ = listener.join();

    if let Some(fault) = ending.fault {
        complain(&format!("the run was ended: {fault}"));
    }
    if ending.cause == EndCause::Internal {
        for line in ending.stderr.lines() {
            complain(line);
        }
    }
    Ok(())
}

/// Runs it in virtual time.
fn simulate(plan: &Arc<Plan>, printer: &mut Printer<impl Write>) -> io::Result<()> {
    let stopped = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, stopped.clone())?;
    }
    let seed = plan.scenario.seed;
    // In slices, so that a signal is heard also while a body computes.
    let mut sim = Sim::new(plan.clone(), seed).in_slices();
    let mut readable = printer.header(Some(seed)).is_ok();
    loop {
        let goes_on = sim.step();
        readable &= printer.print(&sim.drain_records()).is_ok();
        if !goes_on {
            return Ok(());
        }
        if !readable || stopped.load(Ordering::Relaxed) {
            sim.stop();
        }
    }
}
