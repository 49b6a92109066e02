//! The names of a script: what each stands for, and how a printed line shows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::io::Handle;
use crate::limits;
use crate::outcome::Raised;
use crate::scenario::pieces::{Piece, pieces};
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
    /// The futures of a map node's items, in the order of submission, and the node's name.
    Futures(Arc<str>, Arc<[FutureId]>),
    /// The result of Pool's `map_async`, and the futures of its chunks.
    Job(IteratorId, Arc<[FutureId]>),
}

/// What a loop goes through.
pub enum Iterable {
    /// What this iterator delivers.
    Iterator(IteratorId),
    /// These, in order.
    Bindings(Vec<Binding>),
}

/// What was asked of the names, or the exception that asking raises.
pub type Found<T> = Result<T, Raised>;

/// What a name raises that stands for nothing.
pub fn not_defined(name: &str) -> Raised {
    Raised::new("NameError", format!("name '{name}' is not defined"))
}

/// What the future of an item is called.
pub fn item_name(node: &str, place: usize) -> String {
    format!("{node}[{place}]")
}

fn no_attribute<T>(binding: &Binding, attribute: &str) -> Found<T> {
    let text = format!("'{}' object has no attribute '{attribute}'", kind_of(binding));
    Err(Raised::new("AttributeError", text))
}

/// The class of what a name stands for.
fn kind_of(binding: &Binding) -> String {
    match binding {
        Binding::Value(value) => value.type_name().to_owned(),
        Binding::Future(..) => "Future".to_owned(),
        Binding::Iterator(_) => "generator".to_owned(),
        Binding::Exception(raised) => raised.kind.clone(),
        Binding::Sets(..) => "DoneAndNotDoneFutures".to_owned(),
        Binding::Futures(..) => "list".to_owned(),
        Binding::Job(..) => "MapResult".to_owned(),
    }
}

impl Names {
    /// `name = …`.
    pub fn bind(&mut self, name: String, binding: Binding) {
        self.names.insert(name, binding);
    }

    /// Whether some name stands for this iterator.
    pub fn speak_of(&self, iterator: IteratorId) -> bool {
        self.names
            .values()
            .any(|binding| matches!(binding, Binding::Iterator(of) if *of == iterator))
    }
}

/// The names that some code sees: a callback's own before those that all share.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    pub locals: Option<&'a Names>,
    pub globals: &'a Names,
}

impl Scope<'_> {
    fn find(&self, name: &str) -> Option<&Binding> {
        let local = self.locals.and_then(|locals| locals.names.get(name));
        local.or_else(|| self.globals.names.get(name))
    }

    pub fn binding(&self, name: &str) -> Found<&Binding> {
        self.find(name).ok_or_else(|| not_defined(name))
    }

    pub fn future(&self, name: &str, attribute: &str) -> Found<FutureId> {
        match self.binding(name)? {
            Binding::Future(future, _) => Ok(*future),
            other => no_attribute(other, attribute),
        }
    }

    /// The futures that a method is called of, each with its name: one, or all of a map node.
    pub fn callees(&self, name: &str, attribute: &str) -> Found<Vec<(FutureId, String)>> {
        match self.binding(name)? {
            Binding::Futures(node, futures) => {
                let named = |(place, future): (usize, &FutureId)| (*future, item_name(node, place));
                Ok(futures.iter().enumerate().map(named).collect())
            }
            _ => Ok(vec![(self.future(name, attribute)?, self.text_of(name)?)]),
        }
    }

    /// A result of Pool's.
    pub fn handle(&self, name: &str, attribute: &str) -> Found<Handle> {
        match self.binding(name)? {
            Binding::Future(future, _) => Ok(Handle::Future(*future)),
            Binding::Job(job, _) => Ok(Handle::Job(*job)),
            other => no_attribute(other, attribute),
        }
    }

    /// What a `for` over one name goes through.
    pub fn iterable(&self, name: &str) -> Found<Iterable> {
        match self.binding(name)? {
            Binding::Iterator(iterator) => Ok(Iterable::Iterator(*iterator)),
            Binding::Value(Value::List(values)) => {
                Ok(Iterable::Bindings(values.iter().cloned().map(Binding::Value).collect()))
            }
            Binding::Futures(node, futures) => {
                let future = |(place, future): (usize, &FutureId)| {
                    Binding::Future(*future, item_name(node, place))
                };
                Ok(Iterable::Bindings(futures.iter().enumerate().map(future).collect()))
            }
            other => {
                let text = format!("'{}' object is not iterable", kind_of(other));
                Err(Raised::new("TypeError", text))
            }
        }
    }

    pub fn iterator(&self, name: &str, attribute: &str) -> Found<IteratorId> {
        match self.binding(name)? {
            Binding::Iterator(iterator) => Ok(*iterator),
            other => no_attribute(other, attribute),
        }
    }

    pub fn futures(&self, names: &[String]) -> Found<Vec<FutureId>> {
        let mut futures = Vec::with_capacity(names.len());
        for name in names {
            match self.binding(name)? {
                Binding::Futures(_, of_items) => futures.extend(of_items.iter()),
                Binding::Job(_, of_job) => futures.extend(of_job.iter()),
                _ => futures.push(self.future(name, "_condition")?),
            }
        }
        Ok(futures)
    }

    /// The name under which a future was submitted; `map`'s futures have none.
    pub fn binding_of(&self, future: FutureId) -> Binding {
        let named = self.globals.names.values().find_map(|binding| match binding {
            Binding::Future(f, task) if *f == future => Some(task.clone()),
            Binding::Futures(node, futures) => {
                futures.binary_search(&future).ok().map(|place| item_name(node, place))
            }
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
        let known = |name: &str| self.find(name).is_some();
        let (base, field) = match name.rsplit_once('.') {
            // A task may itself be called `a.b`.
            _ if known(name) => (name, None),
            Some((base, field)) if known(base) => (base, Some(field)),
            _ => (name, None),
        };
        let set = |names: &Vec<String>| format!("{{{}}}", names.join(", "));
        match (self.binding(base)?, field) {
            (Binding::Value(value), None) => Ok(value.str()),
            (Binding::Future(_, task), None) => Ok(task.clone()),
            (Binding::Exception(raised), None) => Ok(raised.message.clone()),
            // `type(e).__name__`, which does not say the module.
            (Binding::Exception(raised), Some("kind")) => {
                let name = raised.kind.rsplit('.').next().unwrap_or(&raised.kind);
                Ok(name.to_owned())
            }
            (Binding::Futures(node, futures), None) => {
                // No printed line shows more of them.
                let shown = 0..futures.len().min(limits::PRINTED_CHARS / 4);
                let names: Vec<String> = shown.map(|place| item_name(node, place)).collect();
                Ok(format!("[{}]", names.join(", ")))
            }
            (Binding::Iterator(_), None) => Ok("<generator object>".to_owned()),
            (Binding::Job(..), None) => Ok("<MapResult object>".to_owned()),
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
        render(text, |name| self.text_of(name))
    }
}

/// A line with each `{name}` replaced; no longer than a printed line may be, and not made longer first.
pub fn render(text: &str, text_of: impl Fn(&str) -> Found<String>) -> Found<String> {
    let mut line = String::new();
    let mut room = limits::PRINTED_CHARS;
    let mut push = |text: &str| {
        let fits: String = text.chars().take(room).collect();
        room -= fits.chars().count();
        line.push_str(&fits);
    };
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => push(text),
            // Asked also where nothing fits any more: a name that stands for nothing raises.
            Piece::Name(name) => push(&text_of(name)?),
        }
    }
    Ok(line)
}
