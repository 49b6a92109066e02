//! The names of a script: which it asks for, what Rust calls them; and what a refused step is called.

use std::collections::BTreeSet;

use crate::scenario::pieces::{Piece, pieces};
use crate::scenario::{Condition, Names, Step};

/// Whether some step waits for a result so long at most.
pub fn times_out(steps: &[Step]) -> bool {
    steps.iter().any(|step| {
        matches!(step, Step::Result { timeout: Some(_), .. })
            || step.blocks().iter().any(|(_, block)| times_out(block))
    })
}

/// The names that steps ask for, in texts and as futures; of `a.b` both `a.b` and `a`.
pub fn names_used<'a>(steps: &'a [Step], used: &mut BTreeSet<&'a str>) {
    for step in steps {
        if let Step::Print { text } = step {
            for piece in pieces(text) {
                if let Piece::Name(name) = piece {
                    used.insert(name);
                    used.extend(name.rsplit_once('.').map(|(base, _)| base));
                }
            }
        }
        used.extend(step.asks());
        let through = step.goes_through().map(Names::as_slice).unwrap_or_default();
        used.extend(through.iter().map(String::as_str));
        for (_, block) in step.blocks() {
            names_used(block, used);
        }
    }
}

/// Words that a variable of the text cannot be called: Rust's own, and the text's.
const RESERVED: &str = "\
    abstract as async await become box break const continue crate do done dyn else enum \
    extern false final fn for gen if impl in jobs left let loop looked_at macro match mod \
    move mut override priv pub ref results return run scope self static struct submit super \
    task thread trait true try type typeof unsafe unsized use virtual where while work yield";

/// A name of Python's as one of Rust's variables.
pub fn identifier(name: &str) -> String {
    let lower = name.to_lowercase();
    let mut ident = String::new();
    for c in lower.chars() {
        ident.push(if c.is_ascii_alphanumeric() { c } else { '_' });
    }
    let ident = ident.trim_matches('_');
    if ident.is_empty() || ident.starts_with(|c: char| c.is_ascii_digit()) {
        return format!("the_{ident}").trim_end_matches('_').to_owned();
    }
    if RESERVED.split(' ').any(|word| word == ident) {
        format!("{ident}_")
    } else {
        ident.to_owned()
    }
}

/// What is refused.
pub fn name_of(step: &Step) -> &'static str {
    match step {
        Step::Next { .. } => "next() of an iterator",
        Step::Close { .. } => "close() of an iterator",
        Step::Exception { .. } => "exception()",
        Step::Running { .. } => "running(): nobody knows whether a worker has taken a job",
        Step::Cancelled { .. } => "cancelled(): what was sent cannot be taken back",
        Step::Cancel { .. } => "cancel(): what was sent cannot be taken back",
        Step::AddDoneCallback { .. } => "add_done_callback(): a job cannot be told anything later",
        Step::Repr { .. } => "repr(future): there is no future",
        Step::Raise { .. } => "raise in main",
        Step::Shutdown { cancel_futures: true, .. } => {
            "shutdown(cancel_futures=True): what was sent cannot be taken back"
        }
        Step::Shutdown { .. } | Step::Leave {} => "an end of the pool inside another step",
        Step::If { is: Condition::Done, .. } => "done()",
        Step::If { is: Condition::Failed, .. } => "a failure where nothing fails",
        Step::If { .. } => "asking whether it is running or cancelled",
        Step::Submit { .. }
        | Step::Map { .. }
        | Step::For { .. }
        | Step::AsCompleted { .. }
        | Step::Wait { .. }
        | Step::Result { .. }
        | Step::Done { .. }
        | Step::Sleep { .. }
        | Step::Print { .. }
        | Step::Call { .. }
        | Step::Try { .. }
        | Step::Repeat { .. } => "this in this place",
        Step::Apply { .. }
        | Step::ApplyAsync { .. }
        | Step::Starmap { .. }
        | Step::MapAsync { .. }
        | Step::Imap { .. }
        | Step::ImapUnordered { .. }
        | Step::Ready { .. }
        | Step::Successful { .. }
        | Step::Get { .. }
        | Step::Terminate {}
        | Step::Join {}
        | Step::TerminateWorkers {}
        | Step::KillWorkers {} => "what only pools of processes do",
    }
}
