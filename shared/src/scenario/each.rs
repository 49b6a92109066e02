//! Mapped arguments: what a map node's function is applied to, one item after the other.
//!
//! ```text
//!  {"each": [3, 1, 2]}             these values
//!  {"each": {"range": [2, 10]}}    range(2, 10)
//!  {"each": {"count": 1}}          itertools.count(1), which never ends
//! ```
//!
//! A task with a mapped argument is a *map node*. Several mapped arguments are zipped, and the
//! shortest decides (rule 56). A range is a range wherever it travels: nobody ever writes it out.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::function::{BadArgument, Param};
use crate::limits;
use crate::value::Value;

/// What a mapped argument goes through.
#[derive(Debug, Clone, PartialEq)]
pub enum Each {
    /// These values, in order.
    Values(Arc<[Value]>),
    /// `range(start, stop, step)`.
    Range(Range),
    /// `itertools.count(start)`: it never ends.
    Count(i64),
}

/// Python's `range`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Range {
    /// The first item, if there is one.
    pub start: i64,
    /// The end, which is no item.
    pub stop: i64,
    /// From one item to the next; 0 is refused by [`Scenario::check`](super::Scenario::check).
    pub step: i64,
}

/// How many items there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Count {
    /// So many, at most [`limits::ITEMS`] in a checked scenario.
    Finite(u64),
    /// There is always one more. (Behind every finite one in the order, so that the least of several
    /// is what `zip` stops at.)
    Endless,
}

impl Range {
    /// `len(range(...))`; 0 for a step of 0, which Python refuses.
    pub fn len(&self) -> u64 {
        let (start, stop, step) =
            (i128::from(self.start), i128::from(self.stop), i128::from(self.step));
        let items = match step {
            1.. if start < stop => (stop - start - 1) / step + 1,
            ..=-1 if start > stop => (start - stop - 1) / -step + 1,
            _ => 0,
        };
        u64::try_from(items).expect("two 64-bit numbers are less than 2^64 apart")
    }

    /// Whether it has no item.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn item(&self, index: u64) -> Option<i64> {
        if index >= self.len() {
            return None;
        }
        let item = i128::from(self.start) + i128::from(index) * i128::from(self.step);
        i64::try_from(item).ok()
    }
}

impl Each {
    /// How many items it has by itself.
    pub fn count(&self) -> Count {
        match self {
            Self::Values(values) => Count::Finite(values.len() as u64),
            Self::Range(range) => Count::Finite(range.len()),
            Self::Count(_) => Count::Endless,
        }
    }

    /// The item with this number, from 0; `None` behind the end.
    pub fn item(&self, index: u32) -> Value {
        let index = u64::from(index);
        let int = match self {
            Self::Values(values) => {
                let index = usize::try_from(index).unwrap_or(usize::MAX);
                return values.get(index).cloned().unwrap_or(Value::None);
            }
            Self::Range(range) => range.item(index),
            Self::Count(start) => {
                i64::try_from(index).ok().and_then(|index| start.checked_add(index))
            }
        };
        int.map_or(Value::None, Value::Int)
    }

    /// As Python writes it; of many values, the first few.
    pub fn python(&self) -> String {
        const SHOWN: usize = 8;
        match self {
            Self::Values(values) => {
                let mut texts: Vec<String> = values.iter().take(SHOWN).map(Value::repr).collect();
                if values.len() > SHOWN {
                    texts.push("…".to_owned());
                }
                format!("[{}]", texts.join(", "))
            }
            Self::Range(range) => {
                let numbers: Vec<String> = range.written().iter().map(i64::to_string).collect();
                format!("range({})", numbers.join(", "))
            }
            Self::Count(start) => format!("count({start})"),
        }
    }

    /// Whether a parameter takes each of its items. Of numbers in a row the two ends tell.
    ///
    /// # Errors
    /// The first item that it does not take, by its number.
    pub fn check(&self, param: &Param) -> Result<(), (u64, BadArgument)> {
        let takes = |(index, value): (u64, &Value)| param.check(value).map_err(|bad| (index, bad));
        match self {
            Self::Values(values) => (0..).zip(values.iter()).try_for_each(takes),
            Self::Range(range) => {
                let ends = [0, range.len().saturating_sub(1)];
                let ends = ends.into_iter().filter_map(|index| Some((index, range.item(index)?)));
                ends.into_iter().try_for_each(|(index, int)| takes((index, &Value::Int(int))))
            }
            Self::Count(start) => {
                // A run has no more futures than this, and so pulls no more items.
                let futures = i64::try_from(limits::FUTURES).expect("a limit is small");
                let last = start.saturating_add(futures);
                takes((0, &Value::Int(*start)))?;
                takes((limits::FUTURES as u64, &Value::Int(last)))
            }
        }
    }
}

/// The JSON form of a mapped argument.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mapped {
    each: Json,
}

/// What stands behind `each`.
enum Json {
    Values(Arc<[Value]>),
    Rule(Rule),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Rule {
    Range(Vec<i64>),
    Count(i64),
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Values(values) => serializer.collect_seq(values.iter()),
            Self::Rule(rule) => rule.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        match serde_json::Value::deserialize(deserializer)? {
            json @ serde_json::Value::Array(_) => {
                let values: Vec<Value> = serde_json::from_value(json).map_err(Error::custom)?;
                Ok(Self::Values(values.into()))
            }
            json @ serde_json::Value::Object(_) => {
                serde_json::from_value(json).map(Self::Rule).map_err(Error::custom)
            }
            _ => Err(Error::custom(
                "each takes a list of values, {\"range\": [start, stop]} or {\"count\": start}",
            )),
        }
    }
}

impl Serialize for Each {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let each = match self {
            Self::Values(values) => Json::Values(values.clone()),
            Self::Range(range) => Json::Rule(Rule::Range(range.written())),
            Self::Count(start) => Json::Rule(Rule::Count(*start)),
        };
        Mapped { each }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Each {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Mapped::deserialize(deserializer)?.each {
            Json::Values(values) => Self::Values(values),
            Json::Rule(Rule::Count(start)) => Self::Count(start),
            Json::Rule(Rule::Range(numbers)) => {
                let (start, stop, step) = match numbers.as_slice() {
                    [stop] => (0, *stop, 1),
                    [start, stop] => (*start, *stop, 1),
                    [start, stop, step] => (*start, *stop, *step),
                    _ => {
                        let text = "range takes [stop], [start, stop] or [start, stop, step]";
                        return Err(serde::de::Error::custom(text));
                    }
                };
                Self::Range(Range { start, stop, step })
            }
        })
    }
}

impl Range {
    /// As few numbers as Python needs, so that each document has one form.
    pub fn written(&self) -> Vec<i64> {
        match self {
            Self { start: 0, stop, step: 1 } => vec![*stop],
            Self { start, stop, step: 1 } => vec![*start, *stop],
            Self { start, stop, step } => vec![*start, *stop, *step],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: i64, stop: i64, step: i64) -> Range {
        Range { start, stop, step }
    }

    #[test]
    fn a_range_has_the_items_that_python_gives_it() {
        let items = |range: Range| -> Vec<i64> {
            (0..range.len()).map(|index| range.item(index).unwrap()).collect()
        };
        assert_eq!(items(range(2, 9, 3)), [2, 5, 8]);
        assert_eq!(items(range(2, 8, 3)), [2, 5]);
        assert_eq!(items(range(3, -4, -2)), [3, 1, -1, -3]);
        for empty in [range(3, 3, 1), range(4, 3, 1), range(3, 4, -1), range(0, 5, 0)] {
            assert!(empty.is_empty(), "{empty:?}");
        }
        let all = range(i64::MIN, i64::MAX, 1);
        assert_eq!(all.len(), u64::MAX);
        assert_eq!(all.item(u64::MAX - 1), Some(i64::MAX - 1));
        assert_eq!(range(i64::MAX, i64::MIN, i64::MIN).len(), 2);
    }

    #[test]
    fn the_least_of_several_counts_is_what_zip_stops_at() {
        assert!(Count::Finite(u64::MAX) < Count::Endless);
        assert!(Count::Finite(2) < Count::Finite(3));
    }

    #[test]
    fn each_form_is_written_as_shortly_as_it_can_be() {
        let texts = [
            r#"{"each":[1,"a",null,[2]]}"#,
            r#"{"each":{"range":[5]}}"#,
            r#"{"each":{"range":[1,5]}}"#,
            r#"{"each":{"range":[0,5,2]}}"#,
            r#"{"each":{"count":-1}}"#,
        ];
        for text in texts {
            let each: Each = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&each).unwrap(), text);
        }
        let long: Each = serde_json::from_str(r#"{"each":{"range":[0,5,1]}}"#).unwrap();
        assert_eq!(serde_json::to_string(&long).unwrap(), texts[1]);
    }

    #[test]
    fn what_is_no_form_of_each_is_refused_in_words() {
        let said = |text: &str| serde_json::from_str::<Each>(text).unwrap_err().to_string();
        assert!(said(r#"{"each":3}"#).starts_with("each takes a list of values"));
        assert!(said(r#"{"each":{"range":[]}}"#).starts_with("range takes [stop]"));
        assert!(said(r#"{"each":{"range":[1,2,3,4]}}"#).starts_with("range takes [stop]"));
        assert!(said(r#"{"each":{"steps":[1]}}"#).contains("expected `range` or `count`"));
    }
}
