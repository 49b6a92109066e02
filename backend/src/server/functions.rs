//! The catalogue of task functions, for programs that write scenarios.

use serde::Serialize;
use serde_json::Value as Json;
use shared::function::{CATALOGUE, Function, Kind, Param};

/// A function, as `/api/functions` says it.
#[derive(Serialize)]
pub struct FunctionInfo {
    name: &'static str,
    about: &'static str,
    params: Vec<ParamInfo>,
    /// The lines that `python` needs.
    imports: &'static [&'static str],
    python: &'static str,
}

#[derive(Serialize)]
struct ParamInfo {
    name: &'static str,
    about: &'static str,
    kind: &'static str,
    /// What a literal for it must be, in words that follow "must be".
    takes: String,
    required: bool,
    /// What it is when not given; `null` for one that must be.
    default: Json,
}

/// All of them.
pub fn all() -> Vec<FunctionInfo> {
    CATALOGUE.iter().map(info).collect()
}

fn info(function: &Function) -> FunctionInfo {
    FunctionInfo {
        name: function.name,
        about: function.about,
        params: function.params.iter().map(param).collect(),
        imports: function.imports,
        python: function.python,
    }
}

fn param(param: &Param) -> ParamInfo {
    let default = param.default.map(|default| serde_json::to_value(default.value()));
    ParamInfo {
        name: param.name,
        about: param.about,
        kind: kind(param.kind),
        takes: param.kind.to_string(),
        required: param.default.is_none(),
        default: default.and_then(Result::ok).unwrap_or(Json::Null),
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Seconds => "seconds",
        Kind::Int { .. } => "int",
        Kind::Number => "number",
        Kind::Text { .. } => "text",
        Kind::Exception => "exception",
        Kind::Any => "any",
        Kind::Values => "values",
    }
}
