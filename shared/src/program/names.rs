//! The names of a script: what each stands for, and how a printed line shows it.

use std::collections::BTreeMap;

use crate::limits;
use crate::outcome::Raised;
use crate::units::{FutureId, IteratorId};
use crate::value::Value;

/// The table of names, flat, as in a Python function.
#[derive(Debug, Clone, Default, Hash)]
pub struct Names {
    names: BTreeMap<String, Binding>,
}

/// What a name stands for.
#[derive(Debug, Clone, Hash)]
pub enum Binding {
    Value(Value),
    Future(FutureId, String),
    Iterator(IteratorId),
    Exception(Raised),
    Sets(Vec<String>, Vec<String>),
}

/// What was asked of the names, or the exception that asking raises.
pub type Found<T> = Result<T, Raised>;

fn name_error<T>(name: &str) -> Found<T> {
    Err(Raised::new("NameError", format!("name '{name}' is not defined")))
}

fn no_attribute<T>(binding: &Binding, attribute: &str) -> Found<T> {
    let kind = match binding {
        Binding::Value(value) => value.type_name().to_owned(),
        Binding::Future(..) => "Future".to_owned(),
        Binding::Iterator(_) => "generator".to_owned(),
        Binding::Exception(raised) => raised.kind.clone(),
        Binding::Sets(..) => "DoneAndNotDoneFutures".to_owned(),
    };
    let text = format!("'{kind}' object has no attribute '{attribute}'");
    Err(Raised::new("AttributeError", text))
}

impl Names {
    /// `name = …`.
    pub fn bind(&mut self, name: String, binding: Binding) {
        self.names.insert(name, binding);
    }

    pub fn binding(&self, name: &str) -> Found<&Binding> {
        match self.names.get(name) {
            Some(binding) => Ok(binding),
            None => name_error(name),
        }
    }

    pub fn future(&self, name: &str, attribute: &str) -> Found<FutureId> {
        match self.binding(name)? {
            Binding::Future(future, _) => Ok(*future),
            other => no_attribute(other, attribute),
        }
    }

    pub fn iterator(&self, name: &str, attribute: &str) -> Found<IteratorId> {
        match self.binding(name)? {
            Binding::Iterator(iterator) => Ok(*iterator),
            other => no_attribute(other, attribute),
        }
    }

    pub fn futures(&self, names: &[String]) -> Found<Vec<FutureId>> {
        names.iter().map(|name| self.future(name, "_condition")).collect()
    }

    /// The name under which a future was submitted; `map`'s futures have none.
    pub fn binding_of(&self, future: FutureId) -> Binding {
        let named = self.names.values().find_map(|binding| match binding {
            Binding::Future(f, task) if *f == future => Some(task.clone()),
            _ => None,
        });
        Binding::Future(future, named.unwrap_or_else(|| format!("future {future}")))
    }

    pub fn names_of(&self, futures: &[FutureId]) -> Vec<String> {
        let name = |future: &FutureId| match self.binding_of(*future) {
            Binding::Future(_, name) => name,
            _ => unreachable!("a future is bound as one"),
        };
        futures.iter().map(name).collect()
    }

    pub fn text_of(&self, name: &str) -> Found<String> {
        let (base, field) = match name.rsplit_once('.') {
            Some((base, field)) if self.names.contains_key(base) => (base, Some(field)),
            _ => (name, None),
        };
        let set = |names: &Vec<String>| format!("{{{}}}", names.join(", "));
        match (self.binding(base)?, field) {
            (Binding::Value(value), None) => Ok(value.str()),
            (Binding::Future(_, task), None) => Ok(task.clone()),
            (Binding::Exception(raised), None) => Ok(raised.message.clone()),
            (Binding::Exception(raised), Some("kind")) => Ok(raised.kind.clone()),
            (Binding::Iterator(_), None) => Ok("<generator object>".to_owned()),
            (Binding::Sets(done, _), Some("done")) => Ok(set(done)),
            (Binding::Sets(_, not_done), Some("not_done")) => Ok(set(not_done)),
            (Binding::Sets(done, not_done), None) => {
                Ok(format!("DoneAndNotDoneFutures(done={}, not_done={})", set(done), set(not_done)))
            }
            (other, Some(field)) => no_attribute(other, field),
        }
    }

    /// A line with each `{name}` replaced by what it stands for; `{{` and `}}` are braces.
    pub fn render(&self, text: &str) -> Found<String> {
        let mut line = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            line.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if rest.starts_with(brace) {
                line.push_str(brace);
                rest = &rest[1..];
            } else if brace == "{"
                && let Some(end) = rest.find('}')
            {
                line.push_str(&self.text_of(&rest[..end])?);
                rest = &rest[end + 1..];
            } else {
                line.push_str(brace);
            }
        }
        line.push_str(rest);
        Ok(line.chars().take(limits::PRINTED_CHARS).collect())
    }
}
