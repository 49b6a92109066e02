//! The parts of a step as fields of a form: each has a place in the step's JSON, and is read and
//! written as a text.
//!
//! One way for all kinds, by the document's own form: so a new kind of step needs a row in
//! [`Step::fields`] and no code, and nothing can be written here that could not be read from a file.

use serde_json::{Map, Value as Json};

use super::{Except, Step};
use crate::units::Span;

/// A part of a step that a form shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its place within the step, as in a JSON pointer: `of`, `callback/print`, `except/0/kind`.
    pub at: String,
    /// What it is called, as Python calls it.
    pub label: &'static str,
    /// What can be written there.
    pub kind: FieldKind,
    /// What it is for, in a few words.
    pub about: &'static str,
}

/// What can be written in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Names with commas between them; in the document one name, or a list.
    Names,
    /// The same, always a list.
    List,
    /// One name, or any other words that there must be.
    Word,
    /// The same, or nothing.
    MaybeWord,
    /// A text, of which spaces count.
    Text,
    /// The same, or nothing.
    MaybeText,
    /// `300ms`, `1.5s`; a number alone is seconds.
    Span,
    /// The same, or nothing.
    MaybeSpan,
    /// A whole number, or nothing.
    MaybeCount,
    /// Yes or no: `true` or `false`.
    Flag,
    /// One of these.
    Choice(&'static [&'static str]),
    /// Whether there is this part at all: `true` or `false`. An object.
    Part,
}

/// A text that cannot stand in a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadField {
    /// There must be something.
    #[error("{0} must not be empty.")]
    Empty(&'static str),
    /// It is no span of time.
    #[error("{name}: \"{text}\" is no time; write a number and a unit, such as 300ms or 1.5s.")]
    Span {
        /// The field.
        name: &'static str,
        /// What was written.
        text: String,
    },
    /// It is no whole number.
    #[error("{name}: \"{text}\" is no whole number.")]
    Count {
        /// The field.
        name: &'static str,
        /// What was written.
        text: String,
    },
    /// The step cannot be so.
    #[error("{name}: \"{text}\" does not fit there.")]
    Other {
        /// The field.
        name: &'static str,
        /// What was written.
        text: String,
    },
}

const CONDITIONS: FieldKind =
    FieldKind::Choice(&["done", "running", "cancelled", "failed", "ready", "successful"]);
const RETURN_WHEN: FieldKind =
    FieldKind::Choice(&["ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION"]);

impl Step {
    /// Its fields, in the order in which its line reads.
    pub fn fields(&self) -> Vec<Field> {
        let field = |at: &str, label, kind, about| Field { at: at.to_owned(), label, kind, about };
        let name = || field("as", "as", FieldKind::MaybeWord, "What the answer is called");
        let named = |about| field("as", "as", FieldKind::Word, about);
        let of = |about| field("of", "of", FieldKind::Word, about);
        let timeout = || field("timeout", "timeout", FieldKind::MaybeSpan, "How long at most");
        let futures = |at, about| field(at, "futures", FieldKind::Names, about);
        let tasks = |kind, at| field(at, "tasks", kind, "Tasks, in this order");
        let chunksize =
            || field("chunksize", "chunksize", FieldKind::MaybeCount, "Tasks that travel together");
        let print = |at| {
            field(
                at,
                "print",
                FieldKind::MaybeText,
                "What it prints; {task} and {outcome} stand for its future's",
            )
        };
        let raise = |at| {
            field(
                at,
                "raise",
                FieldKind::MaybeText,
                "What it raises at its end: ValueError: its message",
            )
        };
        let callback = |at: &'static str, has: bool| {
            let about = "A callback that does the steps of its body";
            let mut fields = vec![field(at, at, FieldKind::Part, about)];
            if has {
                fields.push(Field { at: format!("{at}/print"), ..print("") });
                fields.push(Field { at: format!("{at}/raise"), ..raise("") });
            }
            fields
        };
        match self {
            Self::Submit { .. } => vec![tasks(FieldKind::Names, "task")],
            Self::Map { .. } => vec![
                tasks(FieldKind::List, "tasks"),
                named("What the iterator is called"),
                chunksize(),
                field(
                    "buffersize",
                    "buffersize",
                    FieldKind::MaybeCount,
                    "Calls that are submitted ahead; since 3.14",
                ),
                timeout(),
            ],
            Self::Next { .. } => vec![of("The iterator"), name(), timeout()],
            Self::Close { .. } => {
                vec![field("of", "of", FieldKind::MaybeWord, "The iterator; nothing for the pool")]
            }
            Self::For { .. } => vec![
                named("What each is called in the body"),
                field("in", "in", FieldKind::Names, "An iterator, or futures"),
            ],
            Self::AsCompleted { .. } => {
                vec![
                    named("What each future is called in the body"),
                    futures("of", "Futures"),
                    timeout(),
                ]
            }
            Self::Wait { .. } => vec![
                futures("of", "Futures"),
                field("return_when", "return_when", RETURN_WHEN, "When it comes back"),
                timeout(),
                field(
                    "as",
                    "as",
                    FieldKind::MaybeWord,
                    "What the two sets are called; a text can use {name.done}",
                ),
            ],
            Self::Result { .. } | Self::Exception { .. } | Self::Get { .. } => {
                vec![of("The future"), name(), timeout()]
            }
            Self::Done { .. }
            | Self::Running { .. }
            | Self::Cancelled { .. }
            | Self::Cancel { .. }
            | Self::Ready { .. }
            | Self::Successful { .. } => vec![of("The future"), name()],
            Self::AddDoneCallback { .. } => {
                vec![futures("of", "Futures that get it"), print("print"), raise("raise")]
            }
            Self::Apply { .. } | Self::Call { .. } => {
                vec![field("task", "task", FieldKind::Word, "The task"), name()]
            }
            Self::ApplyAsync { callback: value, error_callback: error, .. } => {
                let mut fields = vec![tasks(FieldKind::Names, "task")];
                fields.extend(callback("callback", value.is_some()));
                fields.extend(callback("error_callback", error.is_some()));
                fields
            }
            Self::MapAsync { callback: value, error_callback: error, .. } => {
                let named = named("What the result is called");
                let mut fields = vec![tasks(FieldKind::List, "tasks"), named, chunksize()];
                fields.extend(callback("callback", value.is_some()));
                fields.extend(callback("error_callback", error.is_some()));
                fields
            }
            Self::Starmap { .. } | Self::Imap { .. } | Self::ImapUnordered { .. } => {
                vec![tasks(FieldKind::List, "tasks"), named("What it gives is called"), chunksize()]
            }
            Self::Repr { .. } => vec![of("The future"), named("What the text is called")],
            Self::Raise { .. } => {
                vec![field("error", "error", FieldKind::Word, "ValueError: its message")]
            }
            Self::Sleep { .. } => vec![field("span", "for", FieldKind::Span, "How long")],
            Self::Print { .. } => {
                vec![field(
                    "text",
                    "text",
                    FieldKind::Text,
                    "{name} stands for what the name is bound to",
                )]
            }
            Self::Shutdown { .. } => vec![
                field("wait", "wait", FieldKind::Flag, "Wait for the workers to end"),
                field(
                    "cancel_futures",
                    "cancel_futures",
                    FieldKind::Flag,
                    "Cancel what is pending",
                ),
            ],
            Self::Try { except, .. } => {
                let clause = |number: usize| {
                    let at = |part: &str| format!("except/{number}/{part}");
                    [
                        Field {
                            at: at("kind"),
                            ..field("", "except", FieldKind::Word, "The class that it catches")
                        },
                        Field {
                            at: at("as"),
                            ..field("", "as", FieldKind::MaybeWord, "What the exception is called")
                        },
                    ]
                };
                (0..except.len()).flat_map(clause).collect()
            }
            Self::If { .. } => vec![
                field("future", "future", FieldKind::Word, "Which future is asked"),
                field("is", "is", CONDITIONS, "What it is asked"),
            ],
            Self::Repeat { .. } => vec![futures("until_done", "Until all of these are done")],
            Self::Terminate {}
            | Self::Join {}
            | Self::TerminateWorkers {}
            | Self::KillWorkers {}
            | Self::Leave {} => Vec::new(),
        }
    }

    /// What stands in a field.
    pub fn field(&self, field: &Field) -> String {
        let json = self.json();
        let value = json.pointer(&format!("/{}", field.at));
        match (value, field.kind) {
            (Some(_), FieldKind::Part) => "true".to_owned(),
            (None, FieldKind::Part) => "false".to_owned(),
            (Some(Json::Array(items)), _) => {
                items.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", ")
            }
            (Some(Json::String(text)), _) => text.clone(),
            (Some(Json::Null) | None, _) => String::new(),
            (Some(other), _) => other.to_string(),
        }
    }

    /// This step with another text in a field.
    ///
    /// # Errors
    /// [`BadField`], with a sentence for the person.
    pub fn with_field(&self, field: &Field, text: &str) -> Result<Self, BadField> {
        let mut json = self.json();
        let value = field.kind.read(field.label, text)?;
        let (owner, key) = match field.at.rsplit_once('/') {
            Some((owner, key)) => (json.pointer_mut(&format!("/{owner}")), key),
            None => (Some(&mut json), field.at.as_str()),
        };
        let owner = owner.and_then(Json::as_object_mut);
        let owner = owner.ok_or(BadField::Empty(field.label))?;
        match value {
            // A part that is there stays as it is.
            Some(Json::Object(_)) if owner.contains_key(key) => {}
            Some(value) => drop(owner.insert(key.to_owned(), value)),
            None => drop(owner.remove(key)),
        }
        let bad = |_| BadField::Other { name: field.label, text: text.to_owned() };
        serde_json::from_str(&json.to_string()).map_err(bad)
    }

    /// A `try` with one more `except` clause at its end; any other step as it is.
    #[must_use]
    pub fn with_clause(mut self) -> Self {
        if let Self::Try { except, .. } = &mut self {
            let name = except.iter().find_map(|clause| clause.name.clone());
            except.push(Except { kind: "Exception".to_owned(), name, steps: Vec::new() });
        }
        self
    }

    /// A `try` without one of its `except` clauses and what is in it; any other step as it is.
    #[must_use]
    pub fn without_clause(mut self, number: usize) -> Self {
        if let Self::Try { except, .. } = &mut self
            && number < except.len()
        {
            except.remove(number);
        }
        self
    }

    fn json(&self) -> Json {
        let text = serde_json::to_string_pretty(self).expect("a step has only texts and numbers");
        serde_json::from_str(&text).expect("it was just written")
    }
}

impl FieldKind {
    /// What a text means in such a field; none for nothing.
    fn read(self, name: &'static str, text: &str) -> Result<Option<Json>, BadField> {
        let trimmed = text.trim();
        let word = || Json::from(trimmed);
        if trimmed.is_empty() {
            return match self {
                Self::MaybeWord | Self::MaybeText | Self::MaybeSpan | Self::MaybeCount => Ok(None),
                Self::Names | Self::List => Ok(Some(Json::Array(Vec::new()))),
                Self::Text => Ok(Some(Json::from(text))),
                _ => Err(BadField::Empty(name)),
            };
        }
        Ok(Some(match self {
            Self::Names | Self::List => {
                let names = trimmed.split(',').map(str::trim).filter(|name| !name.is_empty());
                let mut names: Vec<Json> = names.map(Json::from).collect();
                match (self, names.len()) {
                    (Self::Names, 1) => names.remove(0),
                    _ => Json::Array(names),
                }
            }
            Self::Word | Self::MaybeWord | Self::Choice(_) => word(),
            Self::Text | Self::MaybeText => Json::from(text),
            Self::Span | Self::MaybeSpan => {
                let span = span(trimmed);
                let span = span.ok_or_else(|| BadField::Span { name, text: text.to_owned() })?;
                Json::from(span.to_string())
            }
            Self::MaybeCount => {
                let count: Result<i64, _> = trimmed.parse();
                Json::from(count.map_err(|_| BadField::Count { name, text: text.to_owned() })?)
            }
            Self::Flag => Json::Bool(trimmed == "true"),
            Self::Part if trimmed == "true" => Json::Object(Map::new()),
            Self::Part => return Ok(None),
        }))
    }
}

/// A span as a person writes it: with its unit, or in seconds.
pub fn span(text: &str) -> Option<Span> {
    let text = text.trim();
    Span::parse(text).or_else(|_| Span::parse(&format!("{text}s"))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(json: &str) -> Step {
        serde_json::from_str(json).unwrap()
    }

    fn with(step: &Step, at: &str, text: &str) -> Result<Step, BadField> {
        let fields = step.fields();
        step.with_field(fields.iter().find(|field| field.at == at).unwrap(), text)
    }

    #[test]
    fn what_stands_in_a_field_can_be_written_there() {
        let steps = [
            r#"{"do":"submit","task":["a","b"]}"#,
            r#"{"do":"map","tasks":["a"],"as":"r","chunksize":2,"timeout":"1s","buffersize":3}"#,
            r#"{"do":"wait","of":"a","return_when":"FIRST_EXCEPTION"}"#,
            r#"{"do":"try","steps":[{"do":"leave"}],"except":[{"kind":"OSError","as":"e","steps":[]}]}"#,
            r#"{"do":"apply_async","task":"a","callback":{"print":"x","raise":"OSError"}}"#,
            r#"{"do":"shutdown","wait":false}"#,
            r#"{"do":"print","text":" {a} "}"#,
            r#"{"do":"if","future":"a","is":"failed","then":[],"else":[]}"#,
        ];
        for json in steps {
            let step = step(json);
            for field in step.fields() {
                let text = step.field(&field);
                assert_eq!(step.with_field(&field, &text).as_ref(), Ok(&step), "{field:?}: {text}");
            }
        }
    }

    #[test]
    fn a_field_is_read_as_people_write_it() {
        let sleep = step(r#"{"do":"sleep","span":"1s"}"#);
        assert_eq!(with(&sleep, "span", "0.5").unwrap().line(), "sleep(500ms)");
        assert_eq!(with(&sleep, "span", "20us").unwrap().line(), "sleep(20us)");
        let submit = step(r#"{"do":"submit","task":"a"}"#);
        assert_eq!(with(&submit, "task", " a,b ,").unwrap().line(), "submit a, b");
        let result = step(r#"{"do":"result","of":"a","as":"x","timeout":"1s"}"#);
        assert_eq!(with(&result, "as", " ").unwrap().line(), "a.result(timeout=1s)");
        assert_eq!(with(&result, "timeout", "").unwrap().line(), "x = a.result()");
    }

    #[test]
    fn what_cannot_stand_in_a_field_is_said() {
        let words =
            |step: &Step, at: &str, text: &str| with(step, at, text).unwrap_err().to_string();
        let map = step(r#"{"do":"map","tasks":["a"],"as":"r"}"#);
        assert_eq!(words(&map, "as", ""), "as must not be empty.");
        assert_eq!(words(&map, "chunksize", "two"), "chunksize: \"two\" is no whole number.");
        assert_eq!(words(&map, "chunksize", "-1"), "chunksize: \"-1\" does not fit there.");
        assert_eq!(
            words(&map, "timeout", "soon"),
            "timeout: \"soon\" is no time; write a number and a unit, such as 300ms or 1.5s."
        );
    }

    #[test]
    fn a_callback_comes_and_goes_with_its_mark_and_keeps_what_is_in_it() {
        let bare = step(r#"{"do":"apply_async","task":"a"}"#);
        let with_one = with(&bare, "callback", "true").unwrap();
        let told = with(&with_one, "callback/print", "{outcome}").unwrap();
        assert_eq!(with(&told, "callback", "true").as_ref(), Ok(&told));
        assert_eq!(with(&told, "callback", "false"), Ok(bare));
    }

    #[test]
    fn a_try_gets_and_loses_clauses() {
        let one = step(r#"{"do":"try","steps":[],"except":[{"kind":"OSError","as":"e"}]}"#);
        let two = one.clone().with_clause();
        assert_eq!(two.block_line(2).as_deref(), Some("except Exception as e:"));
        assert_eq!(two.clone().without_clause(1), one);
        assert_eq!(two.clone().without_clause(7), two);
    }
}
