//! The lines of the program: what each says, how deep it stands, and what is wrong there.

use shared::scenario::edit::StepPath;
use shared::scenario::{ScenarioError, Step};

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it stands for.
    pub is: Is,
    /// How many steps it is within.
    pub depth: usize,
    /// Its text.
    pub words: String,
    /// What is wrong with it.
    pub problem: Option<String>,
}

/// What a line stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Is {
    /// A step. What is within it stands below.
    Step {
        /// Where it stands.
        path: StepPath,
        /// Whether the next line is the first of its body.
        opens: bool,
    },
    /// `except …:` or `else:`; or that a block has no steps.
    Block {
        /// The step whose block it is.
        of: StepPath,
        /// Which of its blocks.
        block: usize,
    },
}

impl Row {
    /// The step of this line, if it is one.
    pub fn step(&self) -> Option<&StepPath> {
        match &self.is {
            Is::Step { path, .. } => Some(path),
            Is::Block { .. } => None,
        }
    }

    /// Whether it is a step of the program's own list.
    pub fn is_at_top(&self) -> bool {
        self.step().is_some_and(|path| path.depth() == 0)
    }
}

/// The lines of these steps, each problem at the innermost step that it is about.
pub fn rows(steps: &[Step], problems: &[ScenarioError]) -> Vec<Row> {
    let mut rows = Vec::new();
    add(steps, &StepPath::top(0), &mut rows);
    for error in problems {
        let Some(path) = StepPath::at_pointer(steps, &error.at) else { continue };
        if let Some(row) = rows.iter_mut().find(|row| row.step() == Some(&path)) {
            row.problem.get_or_insert_with(|| error.kind.to_string());
        }
    }
    rows
}

fn add(steps: &[Step], first: &StepPath, rows: &mut Vec<Row>) {
    let depth = first.depth();
    for (at, step) in steps.iter().enumerate() {
        let path = first.beside(at);
        let blocks = step.blocks();
        let opens = !blocks.is_empty() && step.block_line(0).is_none();
        let row = |is, depth, words| Row { is, depth, words, problem: None };
        rows.push(row(Is::Step { path: path.clone(), opens }, depth, step.line()));
        for (block, (_, list)) in blocks.into_iter().enumerate() {
            let is = Is::Block { of: path.clone(), block };
            if let Some(head) = step.block_line(block) {
                rows.push(row(is.clone(), depth, head));
            }
            if list.is_empty() {
                rows.push(row(is, depth + 1, "pass".to_owned()));
            }
            add(list, &path.inside(block, 0), rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_and_each_block_has_a_line_as_deep_as_it_stands() {
        let json = r#"[{"do":"submit","task":"a"},
            {"do":"try","steps":[{"do":"result","of":"a"}],"except":[{"kind":"OSError"}]},
            {"do":"if","future":"a","is":"done","then":[],"else":[{"do":"leave"}]}]"#;
        let steps: Vec<Step> = serde_json::from_str(json).expect("they are steps");
        let lines: Vec<String> = rows(&steps, &[])
            .into_iter()
            .map(|row| format!("{}{}", "  ".repeat(row.depth), row.words))
            .collect();
        assert_eq!(
            lines,
            [
                "submit a",
                "try:",
                "  a.result()",
                "except OSError:",
                "  pass",
                "if a.done():",
                "  pass",
                "else:",
                "  leave the with block",
            ]
        );
    }
}
