//! Python's values have a type each; a channel of Rust's carries one type for all.
//!
//! [`Calls::of`] finds that type, and with it writes each task's call. Whole numbers become floats
//! where others are floats, as `1 + 0.5` would make them; all else that is mixed has no Rust text.

use std::collections::{BTreeMap, BTreeSet};

use super::NoRust;
use super::functions::{Source, source};
use super::layout::{Expr, quoted};
use crate::rng::Rng;
use crate::scenario::{Argument, Count, Each, Plan, TaskPlan};
use crate::units::TaskId;
use crate::value::Value;

/// A type of Rust's that values of a scenario have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// `i64`
    Int,
    /// `f64`
    Float,
    /// `bool`
    Bool,
    /// `&'static str`
    Text,
    /// `Vec<…>`
    List(Box<Type>),
    /// `(…, …)`: a list whose elements have different types.
    Tuple(Vec<Type>),
}

impl Type {
    /// As Rust writes it.
    pub fn rust(&self) -> String {
        match self {
            Self::Int => "i64".to_owned(),
            Self::Float => "f64".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Text => "&'static str".to_owned(),
            Self::List(element) => format!("Vec<{}>", element.rust()),
            Self::Tuple(types) => {
                let types: Vec<String> = types.iter().map(Self::rust).collect();
                format!("({})", types.join(", "))
            }
        }
    }

    /// Whether it is copied, and never cloned.
    pub fn is_copy(&self) -> bool {
        match self {
            Self::Int | Self::Float | Self::Bool | Self::Text => true,
            Self::List(_) => false,
            Self::Tuple(types) => types.iter().all(Self::is_copy),
        }
    }

    /// What follows a name in the braces of `println!`: `""` or `":?"`.
    pub fn format(&self) -> &'static str {
        match self {
            Self::Int | Self::Bool | Self::Text => "",
            Self::Float | Self::List(_) | Self::Tuple(_) => ":?",
        }
    }

    fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Float)
    }

    /// The type of this value; `None` of what has none of its own: Python's `None`, an empty list.
    fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::None => return None,
            Value::Bool(_) => Self::Bool,
            Value::Int(_) => Self::Int,
            Value::Float(_) => Self::Float,
            Value::Text(_) => Self::Text,
            Value::List(values) => {
                let types = values.iter().map(Self::of).collect::<Option<Vec<_>>>()?;
                let first = types.first()?.clone();
                if types.iter().all(|of| *of == first) {
                    Self::List(Box::new(first))
                } else {
                    Self::Tuple(types)
                }
            }
        })
    }
}

/// The type that both have, or that both can be made.
fn unify(one: &Type, other: &Type) -> Result<Type, NoRust> {
    match (one, other) {
        _ if one == other => Ok(one.clone()),
        (Type::Int, Type::Float) | (Type::Float, Type::Int) => Ok(Type::Float),
        _ => Err(NoRust::Types(one.rust(), other.rust())),
    }
}

/// A value as Rust writes it, made to be of this type.
fn literal(value: &Value, of: &Type) -> Expr {
    match (value, of) {
        // It has no type, and so is refused before.
        (Value::None, _) => Expr::atom("()"),
        (Value::Bool(bool), _) => Expr::atom(bool.to_string()),
        (Value::Int(int), Type::Float) => Expr::atom(format!("{:?}", *int as f64)),
        (Value::Int(int), _) => Expr::atom(int.to_string()),
        (Value::Float(float), _) => Expr::atom(format!("{float:?}")),
        (Value::Text(text), _) => Expr::atom(quoted(text)),
        (Value::List(values), Type::Tuple(types)) => {
            let elements = values.iter().zip(types).map(|(value, of)| literal(value, of));
            Expr::call("", elements.collect())
        }
        (Value::List(values), Type::List(of)) => {
            Expr::array("vec!", values.iter().map(|value| literal(value, of)).collect())
        }
        (Value::List(values), _) => {
            Expr::array("vec!", values.iter().map(|value| literal(value, of)).collect())
        }
    }
}

/// What all tasks return, and how each is called.
pub struct Calls {
    /// What each returns, or would.
    pub value: Type,
    /// The call of each task; it is a `Result` if the text's calls are.
    pub exprs: Vec<Expr>,
    /// Tables for mapped arguments: name, type, elements.
    pub tables: Vec<(String, Type, Vec<Expr>)>,
    /// The functions that are called.
    pub sources: Vec<&'static Source>,
    /// The kinds of failure that each can come to.
    pub kinds: Vec<BTreeSet<String>>,
}

/// The tasks whose values a task's arguments use, each once, in the order in which they first do.
pub fn inputs_once(task: &TaskPlan) -> Vec<TaskId> {
    let mut once = Vec::new();
    for input in &task.inputs {
        if !once.contains(input) {
            once.push(*input);
        }
    }
    once
}

impl Calls {
    /// Of all tasks.
    ///
    /// # Errors
    /// [`NoRust::Function`], [`NoRust::Argument`], [`NoRust::Types`], [`NoRust::MapNode`].
    pub fn of(plan: &Plan) -> Result<Self, NoRust> {
        let mut known: BTreeMap<TaskId, Type> = BTreeMap::new();
        let mut value: Option<Type> = None;
        for task in plan.graph.levels.iter().flatten() {
            let of = Writer { plan, task: *task, known: &known, want: None }.call()?.0;
            if let Some(of) = of {
                value = Some(value.map_or(Ok(of.clone()), |value| unify(&value, &of))?);
                known.insert(*task, of);
            }
        }
        let value = value.unwrap_or(Type::Int);
        let all = (0..plan.tasks.len()).map(TaskId::at);
        let known: BTreeMap<TaskId, Type> = all.clone().map(|task| (task, value.clone())).collect();
        let mut calls = Self {
            value: value.clone(),
            exprs: Vec::new(),
            tables: Vec::new(),
            sources: Vec::new(),
            kinds: Vec::new(),
        };
        let mut names = BTreeSet::new();
        for task in all {
            let writer = Writer { plan, task, known: &known, want: Some(&value) };
            calls.exprs.push(writer.call()?.1);
            calls.tables.extend(writer.tables()?);
            calls.kinds.push(writer.kinds()?);
            let source = writer.source()?;
            if names.insert(source.name) {
                calls.sources.push(source);
            }
        }
        Ok(calls)
    }
}

/// Writes the call of one task.
struct Writer<'a> {
    plan: &'a Plan,
    task: TaskId,
    /// What tasks return.
    known: &'a BTreeMap<TaskId, Type>,
    /// What it is to return.
    want: Option<&'a Type>,
}

/// What a task returns, if it ever does, and its call.
type Call = (Option<Type>, Expr);

impl Writer<'_> {
    fn plan(&self) -> &TaskPlan {
        self.plan.task(self.task)
    }

    fn source(&self) -> Result<&'static Source, NoRust> {
        let name = self.plan().function.name;
        source(name).ok_or(NoRust::Function(name))
    }

    fn wrong(&self, param: &str) -> NoRust {
        NoRust::Argument { task: self.plan().id.clone(), param: param.to_owned() }
    }

    fn argument(&self, param: &str) -> &Argument {
        let plan = self.plan();
        let place = plan.function.param(param).expect("the function has this parameter").0;
        &plan.args[place]
    }

    /// An argument that no other task gives.
    fn value(&self, param: &str) -> Result<&Value, NoRust> {
        match self.argument(param) {
            Argument::Value(value) => Ok(value),
            Argument::Input(_) | Argument::List(_) | Argument::Each(_) => Err(self.wrong(param)),
        }
    }

    fn text(&self, param: &str) -> Result<&str, NoRust> {
        match self.value(param)? {
            Value::Text(text) => Ok(text),
            _ => Err(self.wrong(param)),
        }
    }

    /// The type of an argument; `None` if it comes from a task that never returns.
    fn type_of(&self, param: &str, argument: &Argument) -> Result<Option<Type>, NoRust> {
        match argument {
            Argument::Value(value) => Type::of(value).map(Some).ok_or_else(|| self.wrong(param)),
            Argument::Input(number) => Ok(self.known.get(&self.plan().inputs[*number]).cloned()),
            Argument::List(elements) => {
                let mut all: Option<Type> = None;
                for element in elements {
                    if let Some(of) = self.type_of(param, element)? {
                        all = Some(all.map_or(Ok(of.clone()), |all| unify(&all, &of))?);
                    }
                }
                Ok(all.map(|all| Type::List(Box::new(all))))
            }
            Argument::Each(Each::Range(_) | Each::Count(_)) => Ok(Some(Type::Int)),
            Argument::Each(Each::Values(values)) => match Type::of(&Value::List(values.to_vec())) {
                Some(Type::List(of)) if of.is_copy() => Ok(Some(*of)),
                _ => Err(self.wrong(param)),
            },
        }
    }

    /// An argument, made to be of this type.
    fn expr(&self, param: &str, argument: &Argument, of: &Type) -> Result<Expr, NoRust> {
        let own = self.type_of(param, argument)?;
        let text = match argument {
            Argument::Value(value) => return Ok(literal(value, of)),
            Argument::List(elements) => {
                let Type::List(of) = of else { return Err(self.wrong(param)) };
                let exprs = elements.iter().map(|element| self.expr(param, element, of));
                return Ok(Expr::array("vec!", exprs.collect::<Result<_, _>>()?));
            }
            Argument::Input(number) => {
                let input = self.plan().inputs[*number];
                let place = inputs_once(self.plan()).iter().position(|one| *one == input);
                let place = place.expect("it is one of them");
                if own.as_ref().is_none_or(Type::is_copy) {
                    format!("v[{place}]")
                } else {
                    format!("v[{place}].clone()")
                }
            }
            Argument::Each(Each::Range(range)) => progression(range.start, range.step),
            Argument::Each(Each::Count(start)) => progression(*start, 1),
            Argument::Each(Each::Values(_)) => format!("{}[item]", self.table(param)),
        };
        Ok(Expr::atom(match (own, of) {
            (Some(Type::Int), Type::Float) if text.contains(' ') => format!("({text}) as f64"),
            (Some(Type::Int), Type::Float) => format!("{text} as f64"),
            _ => text,
        }))
    }

    /// A number of seconds.
    fn seconds(&self, param: &str) -> Result<Expr, NoRust> {
        let argument = self.argument(param);
        match self.type_of(param, argument)? {
            Some(Type::Int | Type::Float) | None => self.expr(param, argument, &Type::Float),
            Some(_) => Err(self.wrong(param)),
        }
    }

    /// What the call returns, if the type of this is it.
    fn same(&self, of: Option<Type>) -> Type {
        self.want.cloned().or(of).unwrap_or(Type::Int)
    }

    /// A type that cannot be made another one.
    fn fixed(&self, of: Type) -> Result<Option<Type>, NoRust> {
        match self.want {
            Some(want) if *want != of => Err(NoRust::Types(of.rust(), want.rust())),
            _ => Ok(Some(of)),
        }
    }

    /// What is calculated of these, which must be numbers.
    fn numbers(&self, params: &[&str]) -> Result<(Option<Type>, Vec<Expr>), NoRust> {
        let mut all: Option<Type> = None;
        for param in params {
            let Some(of) = self.type_of(param, self.argument(param))? else { continue };
            if !of.is_number() {
                return Err(self.wrong(param));
            }
            all = Some(all.map_or(Ok(of.clone()), |all| unify(&all, &of))?);
        }
        let of = self.same(all.clone());
        let exprs = params.iter().map(|param| self.expr(param, self.argument(param), &of));
        Ok((all, exprs.collect::<Result<_, _>>()?))
    }

    fn call(&self) -> Result<Call, NoRust> {
        let plan = self.plan();
        let name = plan.function.name;
        let source = self.source()?;
        if plan.items == Some(Count::Endless) {
            return Err(NoRust::MapNode(plan.id.clone()));
        }
        let (of, args) = match name {
            "sleep" => {
                let param = match self.argument("returns") {
                    Argument::Value(Value::None) => "seconds",
                    _ => "returns",
                };
                let of = self.type_of(param, self.argument(param))?;
                let returned = self.expr(param, self.argument(param), &self.same(of.clone()))?;
                (of, vec![self.seconds("seconds")?, returned])
            }
            "random_sleep" => self.random_sleep()?,
            "fetch" => {
                let url = Expr::atom(quoted(self.text("url")?));
                (self.fixed(Type::Int)?, vec![url, self.seconds("timeout")?])
            }
            "identity" => {
                let of = self.type_of("value", self.argument("value"))?;
                let expr = self.expr("value", self.argument("value"), &self.same(of.clone()))?;
                (of, vec![expr])
            }
            "square" => self.numbers(&["x"])?,
            "sum" => self.sum()?,
            "diff" => self.numbers(&["x", "y"])?,
            "divide" => {
                for param in ["x", "y"] {
                    if !is_exact_float(self.argument(param)) {
                        return Err(self.wrong(param));
                    }
                }
                (self.fixed(Type::Float)?, self.numbers(&["x", "y"])?.1)
            }
            "slow_sum" | "slow_diff" => {
                let (of, mut args) = self.numbers(&["x", "y"])?;
                args.insert(0, self.seconds("seconds")?);
                (of, args)
            }
            "factors" | "is_prime" => {
                let argument = self.argument("n");
                if self.type_of("n", argument)?.is_some_and(|of| of != Type::Int) {
                    return Err(self.wrong("n"));
                }
                let of = match name {
                    "factors" => Type::List(Box::new(Type::Int)),
                    _ => Type::Bool,
                };
                (self.fixed(of)?, vec![self.expr("n", argument, &Type::Int)?])
            }
            "fail" => {
                let (kind, message) = self.failure()?;
                let [kind, message] = [kind, message].map(|text| Expr::atom(quoted(&text)));
                (None, vec![kind, message, self.seconds("seconds")?])
            }
            "hang" => (None, Vec::new()),
            name => return Err(NoRust::Function(name)),
        };
        Ok((of, Expr::call(source.name, args)))
    }

    fn random_sleep(&self) -> Result<(Option<Type>, Vec<Expr>), NoRust> {
        let whole = |param| self.value(param)?.as_int().ok_or_else(|| self.wrong(param));
        let (low, high) = (whole("low")?, whole("high")?);
        if low > high || self.plan().items.is_some() {
            return Err(self.wrong("low"));
        }
        let mut rng = Rng::for_task(self.plan.scenario.seed, self.task.0, 0);
        let drawn = Value::Int(rng.between_inclusive(low, high));
        let returned = match self.value("returns")? {
            Value::None => &drawn,
            returned => returned,
        };
        let of = Type::of(returned).ok_or_else(|| self.wrong("returns"))?;
        let expr = literal(returned, &self.same(Some(of.clone())));
        Ok((Some(of), vec![literal(&drawn, &Type::Float), expr]))
    }

    fn sum(&self) -> Result<(Option<Type>, Vec<Expr>), NoRust> {
        let values = self.argument("values");
        let elements: Vec<Argument> = match values {
            Argument::Value(Value::List(values)) => {
                values.iter().cloned().map(Argument::Value).collect()
            }
            Argument::Value(Value::None) => Vec::new(),
            Argument::List(elements) => elements.clone(),
            Argument::Value(_) | Argument::Input(_) | Argument::Each(_) => {
                return Err(self.wrong("values"));
            }
        };
        let mut all: Option<Type> = None;
        for element in &elements {
            let Some(of) = self.type_of("values", element)? else { continue };
            if !of.is_number() {
                return Err(self.wrong("values"));
            }
            all = Some(all.map_or(Ok(of.clone()), |all| unify(&all, &of))?);
        }
        let all = all.or(Some(Type::Int));
        let of = self.same(all.clone());
        let exprs = elements.iter().map(|element| self.expr("values", element, &of));
        Ok((all, vec![Expr::array("&", exprs.collect::<Result<_, _>>()?)]))
    }

    /// The exception that the task raises: its kind and its text.
    fn failure(&self) -> Result<(String, String), NoRust> {
        let (kind, message) = (self.text("kind")?, self.text("message")?);
        let text = match kind {
            // The text of a KeyError is the repr of its key.
            "KeyError" => self.value("message")?.repr(),
            "URLError" => format!("<urlopen error {message}>"),
            _ => message.to_owned(),
        };
        Ok((kind.to_owned(), text))
    }

    fn kinds(&self) -> Result<BTreeSet<String>, NoRust> {
        Ok(match self.plan().function.name {
            "fail" => [self.failure()?.0].into(),
            "fetch" => ["TimeoutError", "URLError"].map(str::to_owned).into(),
            "divide" => ["ZeroDivisionError".to_owned()].into(),
            _ => BTreeSet::new(),
        })
    }

    /// What the table of a mapped argument's values is called.
    fn table(&self, param: &str) -> String {
        let id = self.plan().id.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        // Two ids may differ only in what is replaced, or in their case.
        format!("{param}_OF_{id}_{}", self.task).to_ascii_uppercase()
    }

    fn tables(&self) -> Result<Vec<(String, Type, Vec<Expr>)>, NoRust> {
        let mut tables = Vec::new();
        let plan = self.plan();
        for (param, argument) in plan.function.params.iter().zip(&plan.args) {
            let Argument::Each(Each::Values(values)) = argument else { continue };
            let of = self.type_of(param.name, argument)?.expect("values have a type");
            let exprs = values.iter().map(|value| literal(value, &of)).collect();
            tables.push((self.table(param.name), of, exprs));
        }
        Ok(tables)
    }
}

/// Whether making it a float changes no number: Python divides whole numbers as they are.
fn is_exact_float(argument: &Argument) -> bool {
    let fits = |int: i64| int.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS;
    let is_exact = |value: &Value| value.as_int().is_none_or(fits);
    match argument {
        Argument::Value(value) => is_exact(value),
        Argument::Each(Each::Values(values)) => values.iter().all(is_exact),
        Argument::Each(Each::Range(range)) => fits(range.start) && fits(range.stop),
        // Another argument ends its items long before they have doubled.
        Argument::Each(Each::Count(start)) => fits(start.saturating_mul(2)),
        // What tasks return is a float in Rust already, if it is divided.
        Argument::Input(_) | Argument::List(_) => true,
    }
}

/// The item of a range.
fn progression(start: i64, step: i64) -> String {
    let item = match step {
        1 => "item as i64".to_owned(),
        step => format!("{step} * item as i64"),
    };
    if start == 0 { item } else { format!("{start} + {item}") }
}
