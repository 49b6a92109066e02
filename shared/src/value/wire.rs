//! How a value is written down: as JSON would have it for people, tagged for machines.
//!
//! | value | JSON | postcard |
//! |---|---|---|
//! | `None` | `null` | 0 |
//! | `True` | `true` | 1, bool |
//! | `5` | `5` | 2, int |
//! | `5.0` | `5.0` | 3, float |
//! | `'a'` | `"a"` | 4, text |
//! | `[1]` | `[1]` | 5, values |
//!
//! Both readers refuse what a [`Value`] cannot be: floats that are not finite, integers beyond 64
//! bits, objects, and lists nested deeper than [`MAX_DEPTH`], which would exhaust the stack.

use std::fmt;

use serde::de::{DeserializeSeed, EnumAccess, SeqAccess, VariantAccess, Visitor};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{MAX_DEPTH, Value};

/// In the order of the tags, which old logs rely on: append only.
const VARIANTS: &[&str] = &["none", "bool", "int", "float", "text", "list"];

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Self::Float(float) = self
            && !float.is_finite()
        {
            // JSON would quietly make it `null`.
            return Err(S::Error::custom(format!("{float} is not a finite number")));
        }
        if serializer.is_human_readable() {
            self.serialize_plain(serializer)
        } else {
            self.serialize_tagged(serializer)
        }
    }
}

impl Value {
    fn serialize_plain<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_unit(),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Int(int) => serializer.serialize_i64(*int),
            Self::Float(float) => serializer.serialize_f64(*float),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => items.serialize(serializer),
        }
    }

    fn serialize_tagged<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = "Value";
        match self {
            Self::None => serializer.serialize_unit_variant(name, 0, "none"),
            Self::Bool(truth) => serializer.serialize_newtype_variant(name, 1, "bool", truth),
            Self::Int(int) => serializer.serialize_newtype_variant(name, 2, "int", int),
            Self::Float(float) => serializer.serialize_newtype_variant(name, 3, "float", float),
            Self::Text(text) => serializer.serialize_newtype_variant(name, 4, "text", text),
            Self::List(items) => serializer.serialize_newtype_variant(name, 5, "list", items),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Reader { deeper: MAX_DEPTH }.deserialize(deserializer)
    }
}

/// Reads one value that may hold lists `deeper` levels deep.
#[derive(Clone, Copy)]
struct Reader {
    deeper: usize,
}

impl Reader {
    /// The reader of the items of a list.
    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.deeper.checked_sub(1) {
            Some(deeper) => Ok(Self { deeper }),
            None => Err(E::custom(format!("lists are nested more than {MAX_DEPTH} deep"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reader {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(Plain(self))
        } else {
            deserializer.deserialize_enum("Value", VARIANTS, Tagged(self))
        }
    }
}

/// A value as JSON has it: its own type says what it is.
struct Plain(Reader);

impl<'de> Visitor<'de> for Plain {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, true, false, a number, a text or a list")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::None)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, int: i64) -> Result<Value, E> {
        Ok(Value::Int(int))
    }

    fn visit_u64<E: serde::de::Error>(self, int: u64) -> Result<Value, E> {
        i64::try_from(int)
            .map(Value::Int)
            .map_err(|_| E::custom(format!("{int} is too large: integers end at {}", i64::MAX)))
    }

    // An integer of more than 64 bits comes here as well: `serde_json` makes it a float before
    // anyone is asked. It stays a float, and shows as one.
    fn visit_f64<E: serde::de::Error>(self, float: f64) -> Result<Value, E> {
        if float.is_finite() {
            return Ok(Value::Float(float));
        }
        Err(E::custom(format!("{float} is not a finite number")))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<Value, A::Error> {
        read_items(self.0, sequence)
    }
}

/// A value as postcard has it: a tag, then what belongs to the tag.
struct Tagged(Reader);

#[derive(Deserialize)]
#[serde(variant_identifier, rename_all = "snake_case")]
enum Tag {
    None,
    Bool,
    Int,
    Float,
    Text,
    List,
}

impl<'de> Visitor<'de> for Tagged {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tagged value")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Value, A::Error> {
        let (tag, content) = data.variant()?;
        match tag {
            Tag::None => content.unit_variant().map(|()| Value::None),
            Tag::Bool => content.newtype_variant().map(Value::Bool),
            Tag::Int => content.newtype_variant().map(Value::Int),
            Tag::Float => Plain(self.0).visit_f64(content.newtype_variant()?),
            Tag::Text => content.newtype_variant().map(Value::Text),
            Tag::List => content.newtype_variant_seed(Items(self.0)),
        }
    }
}

/// The items of a list, where the list itself is `Reader::deeper` levels from the bottom.
struct Items(Reader);

impl<'de> DeserializeSeed<'de> for Items {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_seq(Plain(self.0))
    }
}

fn read_items<'de, A: SeqAccess<'de>>(reader: Reader, mut sequence: A) -> Result<Value, A::Error> {
    let reader = reader.inside()?;
    // Without a capacity: what the length claims is a stranger's word.
    let mut items = Vec::new();
    while let Some(item) = sequence.next_element_seed(reader)? {
        items.push(item);
    }
    Ok(Value::List(items))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> Value {
        (0..depth).fold(Value::Int(1), |inside, _| Value::List(vec![inside]))
    }

    fn refusal(json: &str) -> String {
        serde_json::from_str::<Value>(json).expect_err("must be refused").to_string()
    }

    #[test]
    fn every_kind_of_value_survives_both_formats() {
        let cases = [
            (Value::None, "null"),
            (Value::Bool(true), "true"),
            (Value::Int(5), "5"),
            (Value::Int(i64::MIN), "-9223372036854775808"),
            (Value::Float(5.0), "5.0"),
            (Value::Float(-0.5), "-0.5"),
            (Value::Float(1e300), "1e+300"),
            (Value::from("x\"\n"), r#""x\"\n""#),
            (Value::List(vec![]), "[]"),
            (Value::List(vec![Value::Int(1), nested(2), Value::None]), "[1,[[1]],null]"),
        ];
        for (value, json) in cases {
            assert_eq!(serde_json::to_string(&value).unwrap(), json);
            assert_eq!(serde_json::from_str::<Value>(json).unwrap(), value);
            let bytes = postcard::to_stdvec(&value).unwrap();
            assert_eq!(postcard::from_bytes::<Value>(&bytes).unwrap(), value);
        }
    }

    #[test]
    fn a_log_written_today_can_be_read_for_ever() {
        let list = Value::List(vec![Value::None, Value::Int(-3), Value::from("a")]);
        assert_eq!(postcard::to_stdvec(&list).unwrap(), [5, 3, 0, 2, 5, 4, 1, b'a']);
    }

    #[test]
    fn what_is_no_value_is_refused_with_a_reason() {
        assert!(refusal(r#"{"a": 1}"#).contains("invalid type: map, expected null, true, false"));
        assert!(refusal("9223372036854775808").contains("integers end at 9223372036854775807"));
        assert!(refusal("1e999").contains("number out of range"));
        assert!(serde_json::to_string(&Value::Float(f64::NAN)).is_err());
        let mut infinite = postcard::to_stdvec(&Value::Float(1.0)).unwrap();
        infinite[1..].copy_from_slice(&f64::INFINITY.to_le_bytes());
        assert!(postcard::from_bytes::<Value>(&infinite).is_err());
        assert!(postcard::from_bytes::<Value>(&[6]).is_err());
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        let deepest = postcard::to_stdvec(&nested(MAX_DEPTH)).unwrap();
        assert_eq!(postcard::from_bytes::<Value>(&deepest).unwrap(), nested(MAX_DEPTH));
        let json = serde_json::to_string(&nested(MAX_DEPTH)).unwrap();
        assert!(serde_json::from_str::<Value>(&json).is_ok());
        assert!(refusal(&format!("[{json}]")).contains("nested more than 32 deep"));
        // Tag and length of a list with one item, a million times over.
        let bomb = [5, 1].repeat(1_000_000);
        assert!(postcard::from_bytes::<Value>(&bomb).is_err());
    }
}
