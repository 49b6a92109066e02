//! The forms in which the program is told, and their texts.

use std::ops::Range;
use std::sync::Arc;

use leptos::prelude::*;
use shared::listing::Listing;
use shared::listing::differ::{Differing, differing};
use shared::scenario::{ExecutorKind, Plan, python, python_of_other_module, rust};

use crate::bench::Bench;

/// A form of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Python, with a pool of `concurrent.futures`.
    Futures,
    /// Python, with `multiprocessing.Pool`.
    Pool,
    /// Rust, with threads and channels.
    Rust,
}

impl Dialect {
    /// All of them, in the order of [`Texts`].
    pub const ALL: [Self; 3] = [Self::Futures, Self::Pool, Self::Rust];

    /// What it is called in full.
    pub fn name(self) -> &'static str {
        match self {
            Self::Futures => "concurrent.futures",
            Self::Pool => "multiprocessing.Pool",
            Self::Rust => "Rust",
        }
    }

    /// The same where there is little room.
    pub fn short(self) -> &'static str {
        match self {
            Self::Pool => "Pool",
            Self::Futures | Self::Rust => self.name(),
        }
    }

    /// What the name of such a file ends with.
    pub fn ending(self) -> &'static str {
        if self == Self::Rust { "rs" } else { "py" }
    }

    /// The one that a scenario with this pool is run as.
    pub fn of(kind: ExecutorKind) -> Self {
        if kind == ExecutorKind::Pool { Self::Pool } else { Self::Futures }
    }

    /// The other Python; of Rust, the first.
    pub fn other(self) -> Self {
        if self == Self::Futures { Self::Pool } else { Self::Futures }
    }

    /// The text, or a sentence on why there is none.
    fn listing(self, plan: &Plan) -> Result<Listing, String> {
        match self {
            Self::Rust => rust(plan).map_err(|why| format!("There is none in Rust: {why}.")),
            own if own == Self::of(plan.kind()) => Ok(python(plan)),
            Self::Futures | Self::Pool => python_of_other_module(plan).map_err(|why| {
                let why = why.kind.to_string();
                let why = why.trim_end_matches('.');
                format!("The same program cannot be written with {}: {why}.", self.name())
            }),
        }
    }
}

/// A text, or why there is none.
pub type Text = Result<Arc<Listing>, String>;

/// The document's texts, so that they are there before a run and follow each edit. A handle: copies
/// are the same.
#[derive(Clone, Copy)]
pub struct Texts {
    /// The dialect that the document is run as.
    pub own: Memo<Dialect>,
    all: [Memo<Text>; 3],
    /// What the two Python texts do not share, if both are there.
    pub differing: Memo<Option<Arc<Differing>>>,
}

impl Texts {
    /// Those of the workbench's document.
    pub fn of(bench: Bench) -> Self {
        let own = bench.editor.scenario;
        let own = Memo::new(move |_| Dialect::of(own.with(|all| all.executor.kind)));
        let texts = Dialect::ALL.map(|dialect| {
            Memo::new(move |_| {
                bench.editor.scenario.track();
                match bench.editor.plan() {
                    Ok(plan) => dialect.listing(&plan).map(Arc::new),
                    Err(error) => Err(format!("There is no program yet: {}.", error.kind)),
                }
            })
        });
        let [futures, pool, _] = texts;
        let differing = Memo::new(move |_| match (futures.get(), pool.get()) {
            (Ok(left), Ok(right)) => differing(&left, &right).map(Arc::new),
            _ => None,
        });
        Self { own, all: texts, differing }
    }

    /// The text in a dialect.
    pub fn text(self, dialect: Dialect) -> Text {
        self.all[dialect as usize].get()
    }

    /// By line: the bytes of a text that the other Python text has otherwise; empty in Rust.
    pub fn marks(self, dialect: Dialect) -> Vec<Vec<Range<usize>>> {
        let Some(differing) = self.differing.get() else { return Vec::new() };
        match dialect {
            Dialect::Futures => differing.left.clone(),
            Dialect::Pool => differing.right.clone(),
            Dialect::Rust => Vec::new(),
        }
    }
}
