//! Printed lines: f-strings that show what the scenario's line shows.

use super::names::{Meaning, Meanings};
use super::{Script, Text};
use crate::scenario::pieces::{Piece, pieces};
use crate::scenario::{Names, Step};

/// What a callback is called with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// Its future.
    Future,
    /// Pool's `callback`: the value.
    Value,
    /// Pool's `error_callback`: the exception.
    Error,
}

/// The name in front of a dot, and the field behind it.
fn split<'a>(name: &'a str, meanings: &Meanings) -> (&'a str, Option<&'a str>) {
    match name.rsplit_once('.') {
        _ if meanings.of(name).is_some() => (name, None),
        Some((base, field)) if meanings.of(base).is_some() => (base, Some(field)),
        _ => (name, None),
    }
}

/// Whether some line of these steps shows this name.
pub fn prints(steps: &[Step], name: &str) -> bool {
    steps.iter().any(|step| {
        let here = match step {
            Step::Print { text } => pieces(text).any(|piece| piece == Piece::Name(name)),
            _ => false,
        };
        here || step.blocks().iter().any(|(_, block)| prints(block, name))
    })
}

/// Whether somebody prints what a future is called that a line cannot know; notes which.
pub fn needs_names(steps: &[Step], meanings: &Meanings) -> bool {
    // Which tasks: all whose future is in some loop, set or callback that shows it.
    let mut needed = false;
    for step in steps {
        needed |= match step {
            Step::Print { text } => shows_a_future(text, meanings),
            Step::AddDoneCallback { print, steps, .. } => {
                let own =
                    print.iter().any(|text| pieces(text).any(|piece| piece == Piece::Name("task")));
                own || prints(steps, "task") || prints(steps, "future")
            }
            _ => false,
        };
        needed |= step.blocks().iter().any(|(_, block)| needs_names(block, meanings));
    }
    needed
}

fn shows_a_future(text: &str, meanings: &Meanings) -> bool {
    pieces(text).any(|piece| match piece {
        Piece::Name(name) => {
            matches!(meanings.of(split(name, meanings).0), Some(Meaning::Each(_) | Meaning::Sets))
        }
        Piece::Text(_) => false,
    })
}

const SHOW: &str = "\
def show(names, futures):
    \"\"\"The names of these futures, in the order of submission.\"\"\"
    return \"{\" + \", \".join(name for future, name in names.items() if future in futures) + \"}\"
";

const OUTCOME: &str = "\
def outcome(future):
    try:
        return future.result()
    except CancelledError:
        return \"cancelled\"
    except BaseException as error:
        return f\"{type(error).__name__}: {error}\" if str(error) else type(error).__name__
";

impl Text<'_> {
    /// What stands between the parentheses of `print`.
    pub(super) fn printed(&mut self, script: &Script, text: &str, given: Option<Given>) -> String {
        let shown: Vec<(bool, String)> = pieces(text)
            .map(|piece| match piece {
                Piece::Text(text) => (false, text.to_owned()),
                Piece::Name(name) => self.shown(script, name, given),
            })
            .collect();
        // An exception with its class is two expressions already.
        if let [(true, expression)] = shown.as_slice()
            && !expression.contains("}: {")
        {
            return expression.clone();
        }
        let has_names = shown.iter().any(|(is_expression, _)| *is_expression);
        let plain: String = shown.iter().map(|(_, text)| text.as_str()).collect();
        if !has_names {
            return super::super::quoted(&plain);
        }
        let mut string = String::from("f\"");
        for (is_expression, text) in &shown {
            if *is_expression {
                string.push('{');
                string.push_str(text);
                string.push('}');
            } else {
                string.push_str(&escaped(text));
            }
        }
        string.push('"');
        string
    }

    /// What a name is shown as: an expression, or a text that is known already.
    fn shown(&mut self, script: &Script, name: &str, given: Option<Given>) -> (bool, String) {
        let (base, field) = split(name, &script.meanings);
        let ident = match script.meanings.of(base) {
            Some(Meaning::Given(_)) => base.to_owned(),
            Some(Meaning::Value) if base == "task" && given.is_some() => base.to_owned(),
            _ => self.idents.of(base),
        };
        match (script.meanings.of(base), field) {
            (Some(Meaning::Future(task)), None) => (false, task.clone()),
            (Some(Meaning::Each(_)), None) => (true, format!("names[{ident}]")),
            (Some(Meaning::Exception), Some("kind")) => (true, format!("type({ident}).__name__")),
            (Some(Meaning::Sets), Some(field @ ("done" | "not_done"))) => {
                self.page.helper("show", SHOW);
                (true, format!("show(names, {ident}.{field})"))
            }
            (Some(Meaning::Given(Given::Future)), None) if base == "outcome" => {
                if !self.may_fail() && !script.cancels {
                    return (true, "future.result()".to_owned());
                }
                self.page.import_from("concurrent.futures", "CancelledError");
                self.page.helper("outcome", OUTCOME);
                (true, "outcome(future)".to_owned())
            }
            (Some(Meaning::Given(Given::Future)), None) => (true, "names[future]".to_owned()),
            (Some(Meaning::Given(Given::Value)), None) => (true, "value".to_owned()),
            (Some(Meaning::Given(Given::Error)), None) => {
                (true, "type(error).__name__}: {error".to_owned())
            }
            (_, Some(field)) => (true, format!("{ident}.{field}")),
            (_, None) => (true, ident),
        }
    }
}

/// Text between the quotes of an f-string.
fn escaped(text: &str) -> String {
    let quoted = crate::value::Value::from(text).repr();
    let inner = quoted.get(1..quoted.len() - 1).unwrap_or_default();
    inner.replace("\\'", "'").replace('"', "\\\"").replace('{', "{{").replace('}', "}}")
}

/// Whether some step cancels.
pub fn cancels(steps: &[Step]) -> bool {
    steps.iter().any(|step| {
        let here =
            matches!(step, Step::Cancel { .. } | Step::Shutdown { cancel_futures: true, .. });
        here || step.blocks().iter().any(|(_, block)| cancels(block))
    })
}

/// The names of the futures that some line looks up, into the meanings.
pub fn list(steps: &[Step], meanings: &mut Meanings) {
    for step in steps {
        match step {
            Step::Print { text } => {
                for piece in pieces(text) {
                    if let Piece::Name(name) = piece {
                        let base = split(name, meanings).0.to_owned();
                        meanings.list(&base);
                    }
                }
            }
            Step::Wait { of, .. } | Step::AddDoneCallback { of, .. } => list_all(of, meanings),
            _ => {}
        }
        for (_, block) in step.blocks() {
            list(block, meanings);
        }
    }
}

fn list_all(names: &Names, meanings: &mut Meanings) {
    for name in names.as_slice() {
        meanings.list(name);
    }
}
