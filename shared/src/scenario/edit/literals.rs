//! Literals that make a new task right at once.

use crate::function::{Function, Kind, Param};
use crate::scenario::{Arg, Task};
use crate::value::Value;

/// A literal that a parameter takes and that shows something: a second, a small number, a page that
/// the pretended web has.
pub fn sensible(param: &Param) -> Value {
    match param.kind {
        Kind::Seconds | Kind::Number | Kind::Any => Value::Int(1),
        Kind::Int { min, max } => {
            let shows = match param.name {
                // Above `low`, or there is nothing random about it.
                "high" => 3,
                // To be factored, or tested: neither 1 nor too much to do in the head.
                "n" => 12,
                _ => 1,
            };
            Value::Int(shows.clamp(min, max))
        }
        Kind::Text { max_len } => {
            let text = match param.name {
                "url" => "http://www.bbc.co.uk/",
                _ => "hello",
            };
            let fits = (0..=max_len.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
            Value::from(&text[..fits.unwrap_or(0)])
        }
        Kind::Exception => Value::from("ValueError"),
        Kind::Values => Value::List(Vec::new()),
    }
}

/// Gives each required parameter that has nothing its sensible literal.
pub(super) fn fill(task: &mut Task, function: &Function) {
    for param in function.params.iter().filter(|param| param.default.is_none()) {
        task.args.entry(param.name.to_owned()).or_insert_with(|| Arg::Value(sensible(param)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::CATALOGUE;

    #[test]
    fn every_parameter_takes_its_sensible_literal() {
        for param in CATALOGUE.iter().flat_map(|function| function.params) {
            assert_eq!(param.check(&sensible(param)), Ok(()), "{param:?}");
        }
    }

    #[test]
    fn the_page_to_fetch_is_one_that_there_is() {
        let fetch = crate::function::find("fetch").unwrap();
        let Value::Text(url) = sensible(&fetch.params[0]) else { panic!("a url is a text") };
        assert!(fetch.python.contains(&format!("{url:?}: (")), "{url}");
    }

    #[test]
    fn a_short_text_is_cut_to_fit() {
        let kind = Kind::Text { max_len: 2 };
        let param = Param { name: "it", kind, default: None, about: "" };
        assert_eq!(sensible(&param), Value::from("he"));
    }
}
