//! The arguments of a task, as they stand in a call.

use super::{Text, literal};
use crate::function::{Function, Kind};
use crate::rng::Rng;
use crate::scenario::{Argument as Given, Each, ExecutorKind};
use crate::units::TaskId;
use crate::value::Value;

/// One argument of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// Its parameter, if it must be named.
    keyword: Option<&'static str>,
    value: String,
}

impl Argument {
    /// Whether it can stand without its parameter's name.
    pub fn is_positional(&self) -> bool {
        self.keyword.is_none() && !self.value.starts_with('*')
    }

    /// As it stands between parentheses.
    pub fn text(&self) -> String {
        match self.keyword {
            Some(keyword) => format!("{keyword}={}", self.value),
            None => self.value.clone(),
        }
    }
}

/// The arguments that are given, in the order of the parameters; behind one that is not, the others
/// are named. Only a variadic parameter takes more than one.
pub fn arguments(function: &'static Function, values: Vec<Vec<String>>) -> Vec<Argument> {
    let mut named = false;
    let mut arguments = Vec::new();
    for (param, values) in function.params.iter().zip(values) {
        named |= values.is_empty() && param.kind != Kind::Values;
        let keyword = named.then_some(param.name);
        arguments.extend(values.into_iter().map(|value| Argument { keyword, value }));
    }
    arguments
}

/// `function(a, b)`.
pub fn call(function: &Function, arguments: &[Argument]) -> String {
    let arguments: Vec<String> = arguments.iter().map(Argument::text).collect();
    format!("{}({})", function.name, arguments.join(", "))
}

/// A task's call: which function, with which arguments.
#[derive(Debug, Clone)]
pub struct Call {
    /// Whose call it is.
    pub task: TaskId,
    /// The function's name.
    pub function: &'static str,
    /// Its arguments.
    pub arguments: Vec<Argument>,
    /// For a map node, its mapped parameters, each with what it goes through.
    pub each: Vec<(&'static str, String)>,
    /// What the reader is told beside it.
    pub note: Option<String>,
}

impl Call {
    /// What the reader is told, as a comment behind the line.
    pub fn comment(&self) -> String {
        self.note.as_ref().map_or_else(String::new, |note| format!("  # {note}"))
    }

    /// `for x in range(10)`: what makes a comprehension of a map node's call.
    pub fn comprehension(&self) -> String {
        let names: Vec<&str> = self.each.iter().map(|(name, _)| *name).collect();
        let items: Vec<&str> = self.each.iter().map(|(_, items)| items.as_str()).collect();
        match items.as_slice() {
            [one] => format!("for {} in {one}", names.join(", ")),
            several => format!("for {} in zip({})", names.join(", "), several.join(", ")),
        }
    }

    /// `for place, x in enumerate(range(10))`.
    pub fn numbered_comprehension(&self) -> String {
        let names: Vec<&str> = self.each.iter().map(|(name, _)| *name).collect();
        let items: Vec<&str> = self.each.iter().map(|(_, items)| items.as_str()).collect();
        match (names.as_slice(), items.as_slice()) {
            ([name], [items]) => format!("for place, {name} in enumerate({items})"),
            (names, items) => {
                let (names, items) = (names.join(", "), items.join(", "));
                format!("for place, ({names}) in enumerate(zip({items}))")
            }
        }
    }

    /// Whether it is a map node's.
    pub fn is_mapped(&self) -> bool {
        !self.each.is_empty()
    }

    /// `sleep, 5`: what stands in `submit`'s parentheses.
    pub fn submitted(&self) -> String {
        let arguments = self.arguments.iter().map(Argument::text);
        std::iter::once(self.function.to_owned()).chain(arguments).collect::<Vec<_>>().join(", ")
    }

    /// `sleep(5)`.
    pub fn direct(&self) -> String {
        let arguments: Vec<String> = self.arguments.iter().map(Argument::text).collect();
        format!("{}({})", self.function, arguments.join(", "))
    }

    /// `partial(sleep, 5)`; the bare function if it takes nothing.
    pub fn partial(&self) -> String {
        if self.arguments.is_empty() {
            return self.function.to_owned();
        }
        format!("partial({})", self.submitted())
    }

    /// `sleep, (5,)`: what stands in `apply`'s parentheses.
    pub fn applied(&self) -> String {
        let texts = |wanted: bool| -> Vec<String> {
            let of_kind = |argument: &&Argument| argument.keyword.is_none() == wanted;
            self.arguments.iter().filter(of_kind).map(Argument::text).collect()
        };
        let (positional, keywords) = (texts(true), texts(false));
        let positional = match positional.as_slice() {
            [] => "()".to_owned(),
            [one] => format!("({one},)"),
            several => format!("({})", several.join(", ")),
        };
        match (positional.as_str(), keywords.as_slice()) {
            ("()", []) => self.function.to_owned(),
            (positional, []) => format!("{}, {positional}", self.function),
            (positional, keywords) => {
                format!("{}, {positional}, dict({})", self.function, keywords.join(", "))
            }
        }
    }
}

impl Text<'_> {
    /// The call of a task. `input` says where the value of the task with this number is.
    pub fn call(&mut self, task: TaskId, input: &dyn Fn(&mut Self, TaskId) -> String) -> Call {
        let plan = self.plan;
        let of_task = plan.task(task);
        if let Some(call) = self.drawn(task, input) {
            return call;
        }
        let function = of_task.function;
        self.page.function(function, Some(task));
        let mut each = Vec::new();
        let mut values = Vec::new();
        for (param, argument) in function.params.iter().zip(&of_task.args) {
            if param.name == "kind" {
                self.exceptions(argument);
            }
            let is_variadic = param.kind == Kind::Values;
            let is_given = plan.scenario.tasks[task.index()].args.contains_key(param.name);
            values.push(match argument {
                Given::Value(_) if !is_given => Vec::new(),
                Given::Value(Value::None) if param.default.is_some() => Vec::new(),
                Given::Value(Value::List(list)) if is_variadic => {
                    list.iter().map(literal).collect()
                }
                Given::List(list) if is_variadic => {
                    list.iter().map(|given| self.argument(task, given, input)).collect()
                }
                Given::Each(items) => {
                    each.push((param.name, self.each(items)));
                    let star = if is_variadic { "*" } else { "" };
                    vec![format!("{star}{}", param.name)]
                }
                given => {
                    let star = if is_variadic { "*" } else { "" };
                    vec![format!("{star}{}", self.argument(task, given, input))]
                }
            });
        }
        let arguments = arguments(function, values);
        Call { task, function: function.name, arguments, each, note: None }
    }

    /// `random_sleep` with the number that this run draws: a sleep.
    fn drawn(&mut self, task: TaskId, input: &dyn Fn(&mut Self, TaskId) -> String) -> Option<Call> {
        let plan = self.plan;
        let of_task = plan.task(task);
        let [
            Given::Value(Value::Int(low)),
            Given::Value(Value::Int(high)),
            returns @ (Given::Value(_) | Given::Input(_)),
        ] = of_task.args.as_slice()
        else {
            return None;
        };
        if of_task.function.name != "random_sleep" || low > high {
            return None;
        }
        let number = u32::try_from(task.index()).expect("tasks are limited");
        let drawn = Rng::for_task(plan.scenario.seed, number, 0).between_inclusive(*low, *high);
        let sleep = crate::function::find("sleep").expect("it is in the catalogue");
        self.page.function(sleep, Some(task));
        let returns = match returns {
            Given::Value(Value::None) => Vec::new(),
            given => vec![self.argument(task, given, input)],
        };
        let arguments = arguments(sleep, vec![vec![drawn.to_string()], returns]);
        let note = Some(format!("random.randint({low}, {high})"));
        Some(Call { task, function: sleep.name, arguments, each: Vec::new(), note })
    }

    fn argument(
        &mut self,
        task: TaskId,
        given: &Given,
        input: &dyn Fn(&mut Self, TaskId) -> String,
    ) -> String {
        match given {
            Given::Value(value) => literal(value),
            Given::Input(number) => {
                let needed = self.plan.task(task).inputs[*number];
                input(self, needed)
            }
            Given::List(list) => {
                let list: Vec<String> =
                    list.iter().map(|given| self.argument(task, given, input)).collect();
                format!("[{}]", list.join(", "))
            }
            Given::Each(each) => self.each(each),
        }
    }

    /// What a mapped argument goes through, written out.
    fn each(&mut self, each: &Each) -> String {
        match each {
            Each::Values(values) => literal(&Value::List(values.to_vec())),
            Each::Range(_) => each.python(),
            Each::Count(_) => {
                self.page.import("itertools");
                format!("itertools.{}", each.python())
            }
        }
    }

    /// The classes that `fail` is to raise.
    fn exceptions(&mut self, kind: &Given) {
        let mut name = |value: &Value| {
            if let Value::Text(kind) = value {
                self.page.exception(kind);
            }
        };
        match kind {
            Given::Value(value) => name(value),
            Given::Each(Each::Values(values)) => values.iter().for_each(name),
            Given::Each(_) | Given::Input(_) | Given::List(_) => {}
        }
    }

    /// What `map` is given for these calls: the function, and what it is mapped over, one or several.
    ///
    /// Calls of one function with plain arguments are mapped as they are; others through `call`, which
    /// calls what it is given.
    pub fn mapped(&mut self, calls: &[Call]) -> Mapped {
        if let [call] = calls
            && call.is_mapped()
        {
            // `f(x, y)` for each pair of `x` and `y`, and nothing else.
            let mapped = call.each.iter().map(|(name, _)| *name);
            let plain = call.arguments.iter().all(Argument::is_positional);
            if plain && call.arguments.iter().map(|argument| argument.value.as_str()).eq(mapped) {
                let over = call.each.iter().map(|(_, items)| items.clone().into()).collect();
                return Mapped { function: call.function.to_owned(), over };
            }
        }
        let first = calls.first();
        let alike = first.is_some_and(|first| {
            let same = |call: &Call| {
                call.function == first.function
                    && !call.is_mapped()
                    && call.arguments.len() == first.arguments.len()
                    && call.arguments.iter().all(Argument::is_positional)
            };
            !first.arguments.is_empty() && calls.iter().all(same)
        });
        if let (true, Some(first)) = (alike, first) {
            let column = |place: usize| {
                let value = |call: &Call| call.arguments[place].value.clone();
                Item::List(calls.iter().map(value).collect())
            };
            let over = (0..first.arguments.len()).map(column).collect();
            return Mapped { function: first.function.to_owned(), over };
        }
        self.through_call(calls)
    }

    /// The same, through `call`.
    pub fn through_call(&mut self, calls: &[Call]) -> Mapped {
        self.uses_call();
        Mapped { function: "call".to_owned(), over: vec![partials(calls)] }
    }

    /// `call(partial(sleep, 5))` stands somewhere.
    pub fn uses_call(&mut self) {
        self.page.import_from("functools", "partial");
        self.page.helper("call", "def call(function):\n    return function()\n");
    }

    /// Whether calls travel in chunks here at all: threads ignore `chunksize` (rule 67).
    pub fn has_chunks(&self) -> bool {
        matches!(self.plan.kind(), ExecutorKind::Processes | ExecutorKind::Pool)
    }
}

/// What a `map` is called with.
#[derive(Debug)]
pub struct Mapped {
    /// The function.
    pub function: String,
    /// What it is mapped over, for each parameter.
    pub over: Vec<Item>,
}

/// A piece of a call: one expression, or a list that may take several lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// An expression.
    One(String),
    /// `[a, b]`.
    List(Vec<String>),
}

impl Item {
    /// On one line.
    pub fn text(&self) -> String {
        match self {
            Self::One(text) => text.clone(),
            Self::List(items) => format!("[{}]", items.join(", ")),
        }
    }
}

impl From<String> for Item {
    fn from(text: String) -> Self {
        Self::One(text)
    }
}

impl Mapped {
    /// The arguments: the function, and what it is mapped over.
    pub fn arguments(self) -> Vec<Item> {
        std::iter::once(Item::One(self.function)).chain(self.over).collect()
    }
}

/// `[partial(sleep, 5), *(partial(square, x) for x in range(10))]`.
fn partials(calls: &[Call]) -> Item {
    let one = |call: &Call| {
        if call.is_mapped() {
            format!("*({} {})", call.partial(), call.comprehension())
        } else {
            call.partial()
        }
    };
    Item::List(calls.iter().map(one).collect())
}
