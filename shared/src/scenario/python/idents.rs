//! Which Python name stands for which name of the scenario.

use std::collections::{BTreeMap, BTreeSet};

use crate::function::CATALOGUE;
use crate::scenario::Plan;
use crate::units::TaskId;

/// What a text uses itself: keywords, builtins, modules, and the names that our own lines give.
const TAKEN: &str = "False None True and as assert async await break class continue def del elif else \
except finally for from global if import in is lambda nonlocal not or pass raise return try while with \
match case type print len list dict set tuple range zip next repr all any iter str int float bool max \
min sorted reversed enumerate chain main executor pool names outcome show call partial multiprocessing \
threading time os signal sys itertools math builtins random wait as_completed each context gate_opened after \
Exception BaseException";

/// The names of one text, one for each name of the scenario.
#[derive(Debug, Default)]
pub struct Idents {
    known: BTreeMap<String, String>,
    used: BTreeSet<String>,
}

impl Idents {
    /// Names for the tasks of this plan.
    pub fn new(plan: &Plan) -> Self {
        let mut idents = Self::default();
        idents.used.extend(TAKEN.split_whitespace().map(str::to_owned));
        idents.used.extend(CATALOGUE.iter().map(|function| function.name.to_owned()));
        for task in &plan.tasks {
            if task.items.is_some() {
                // The variables of its comprehension.
                idents.used.extend(task.function.params.iter().map(|param| param.name.to_owned()));
            }
        }
        for task in &plan.tasks {
            idents.of(&task.id);
        }
        idents
    }

    /// What this name is called in Python; always the same.
    pub fn of(&mut self, name: &str) -> String {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let ident = self.fresh(name);
        self.known.insert(name.to_owned(), ident.clone());
        ident
    }

    /// What a task's future is called.
    pub fn task(&mut self, plan: &Plan, task: TaskId) -> String {
        self.of(&plan.task(task).id)
    }

    /// A name like this one that nothing else has.
    pub fn fresh(&mut self, like: &str) -> String {
        let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let mut ident: String = like.chars().map(letter).collect();
        if ident.starts_with(|c: char| c.is_ascii_digit()) || ident.is_empty() {
            ident.insert_str(0, "task_");
        }
        while self.used.contains(&ident) {
            ident.push('_');
        }
        self.used.insert(ident.clone());
        ident
    }
}
