//! Values out of columns.
//!
//! What claims to be columns may be anything. No memory is taken because a count said so: each item of
//! a list takes at least one number from some column, and those were counted when they were read.

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, SeqAccess,
    VariantAccess, Visitor, value::U32Deserializer,
};

use super::{COLUMNS, Column, ColumnsError, take_varint, unzigzag};

/// Columns that are being emptied.
#[derive(Debug)]
pub struct Reader<'a> {
    columns: [Numbers<'a>; COLUMNS],
}

/// What is left of one.
#[derive(Debug, Clone, Copy, Default)]
struct Numbers<'a> {
    bytes: &'a [u8],
    differs: bool,
    before: u64,
}

impl Numbers<'_> {
    fn next(&mut self) -> Option<u64> {
        let number = take_varint(&mut self.bytes)?;
        if self.differs {
            self.before = self.before.wrapping_add(unzigzag(number).cast_unsigned());
            return Some(self.before);
        }
        Some(number)
    }
}

fn ends_early() -> ColumnsError {
    ColumnsError("its columns end too early".to_owned())
}

impl<'a> Reader<'a> {
    /// The columns in these bytes.
    ///
    /// # Errors
    /// [`ColumnsError`] if their lengths are not those of the bytes.
    pub fn new(mut bytes: &'a [u8]) -> Result<Self, ColumnsError> {
        let mut lengths = [0; COLUMNS];
        for length in &mut lengths {
            *length = take_varint(&mut bytes).ok_or_else(ends_early)?;
        }
        let mut columns = [Numbers::default(); COLUMNS];
        for (column, length) in columns.iter_mut().zip(lengths) {
            let split = usize::try_from(length >> 1).ok().and_then(|at| bytes.split_at_checked(at));
            let (taken, rest) = split.ok_or_else(ends_early)?;
            *column = Numbers { bytes: taken, differs: length & 1 == 1, before: 0 };
            bytes = rest;
        }
        if !bytes.is_empty() {
            return Err(ColumnsError("something stands behind its columns".to_owned()));
        }
        Ok(Self { columns })
    }

    /// The next value under this name.
    ///
    /// # Errors
    /// [`ColumnsError`] if it is not one of this type, or there is none.
    pub fn take<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<T, ColumnsError> {
        T::deserialize(Field { from: self, name })
    }

    /// Makes sure that nothing is left.
    ///
    /// # Errors
    /// [`ColumnsError`] if something is.
    pub fn finish(self) -> Result<(), ColumnsError> {
        if self.columns.iter().all(|column| column.bytes.is_empty()) {
            return Ok(());
        }
        Err(ColumnsError("its columns hold more than its records".to_owned()))
    }

    fn pull(&mut self, column: Column) -> Result<u64, ColumnsError> {
        self.columns[column as usize].next().ok_or_else(ends_early)
    }
}

/// Where a value comes from.
struct Field<'r, 'a> {
    from: &'r mut Reader<'a>,
    name: &'static str,
}

impl Field<'_, '_> {
    fn number(&mut self) -> Result<u64, ColumnsError> {
        self.from.pull(Column::of(self.name))
    }

    fn shape(&mut self) -> Result<u64, ColumnsError> {
        self.from.pull(Column::Shape)
    }

    fn count(&mut self) -> Result<usize, ColumnsError> {
        usize::try_from(self.shape()?).map_err(|_| ends_early())
    }

    fn truth(&mut self) -> Result<bool, ColumnsError> {
        match self.shape()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(ColumnsError(format!("{other} is neither yes nor no"))),
        }
    }

    fn bytes(&mut self) -> Result<Vec<u8>, ColumnsError> {
        // Byte by byte: the count is a stranger's word.
        let count = self.count()?;
        let byte = |_| u8::try_from(self.from.pull(Column::Texts)?).map_err(|_| ends_early());
        (0..count).map(byte).collect()
    }

    fn text(&mut self) -> Result<String, ColumnsError> {
        String::from_utf8(self.bytes()?).map_err(serde::de::Error::custom)
    }
}

/// As they were written: all widths are one kind of number.
macro_rules! numbers {
    ($($method:ident $visit:ident $number:expr),* $(,)?) => {$(
        fn $method<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, ColumnsError> {
            let number = self.number()?;
            let given: fn(u64) -> _ = $number;
            visitor.$visit(given(number))
        }
    )*};
}

impl<'de> Deserializer<'de> for Field<'_, '_> {
    type Error = ColumnsError;

    numbers! {
        deserialize_u8 visit_u64 |number| number,
        deserialize_u16 visit_u64 |number| number,
        deserialize_u32 visit_u64 |number| number,
        deserialize_u64 visit_u64 |number| number,
        deserialize_i8 visit_i64 unzigzag,
        deserialize_i16 visit_i64 unzigzag,
        deserialize_i32 visit_i64 unzigzag,
        deserialize_i64 visit_i64 unzigzag,
    }

    fn deserialize_bool<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, ColumnsError> {
        visitor.visit_bool(self.truth()?)
    }

    fn deserialize_char<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, ColumnsError> {
        let letter = u32::try_from(self.number()?).ok().and_then(char::from_u32);
        visitor.visit_char(letter.ok_or_else(|| ColumnsError("no character".to_owned()))?)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ColumnsError> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, ColumnsError> {
        let text = self.text()?;
        let float = text.parse().map_err(|_| ColumnsError(format!("{text:?} is no number")))?;
        visitor.visit_f64(float)
    }

    fn deserialize_str<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, ColumnsError> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ColumnsError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, ColumnsError> {
        visitor.visit_byte_buf(self.bytes()?)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ColumnsError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, ColumnsError> {
        if self.truth()? { visitor.visit_some(self) } else { visitor.visit_none() }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ColumnsError> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ColumnsError> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ColumnsError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, ColumnsError> {
        let left = self.count()?;
        visitor.visit_seq(Several { from: self.from, names: Names::One(self.name, left) })
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        count: usize,
        visitor: V,
    ) -> Result<V::Value, ColumnsError> {
        visitor.visit_seq(Several { from: self.from, names: Names::One(self.name, count) })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        count: usize,
        visitor: V,
    ) -> Result<V::Value, ColumnsError> {
        self.deserialize_tuple(count, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ColumnsError> {
        visitor.visit_seq(Several { from: self.from, names: Names::Each(fields) })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        of: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ColumnsError> {
        let number = u32::try_from(self.shape()?).map_err(|_| ends_early())?;
        visitor.visit_enum(Variant { from: self.from, of, name: self.name, number })
    }

    fn deserialize_map<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ColumnsError> {
        Err(ColumnsError("a map has no columns".to_owned()))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ColumnsError> {
        Err(ColumnsError("columns do not say what they hold".to_owned()))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ColumnsError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(
        self,
        visitor: V,
    ) -> Result<V::Value, ColumnsError> {
        self.deserialize_any(visitor)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// What the values of a list or a struct are called.
enum Names {
    /// So many more, all by this name.
    One(&'static str, usize),
    /// Each by its own.
    Each(&'static [&'static str]),
}

struct Several<'r, 'a> {
    from: &'r mut Reader<'a>,
    names: Names,
}

impl<'de> SeqAccess<'de> for Several<'_, '_> {
    type Error = ColumnsError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ColumnsError> {
        let name = match &mut self.names {
            Names::One(_, 0) | Names::Each([]) => return Ok(None),
            Names::One(name, left) => {
                *left -= 1;
                *name
            }
            Names::Each(names) => {
                let name = names[0];
                *names = &names[1..];
                name
            }
        };
        seed.deserialize(Field { from: self.from, name }).map(Some)
    }
}

struct Variant<'r, 'a> {
    from: &'r mut Reader<'a>,
    of: &'static str,
    name: &'static str,
    number: u32,
}

impl<'de> EnumAccess<'de> for Variant<'_, '_> {
    type Error = ColumnsError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self), ColumnsError> {
        let number: U32Deserializer<ColumnsError> = self.number.into_deserializer();
        Ok((seed.deserialize(number)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, '_> {
    type Error = ColumnsError;

    fn unit_variant(self) -> Result<(), ColumnsError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, ColumnsError> {
        seed.deserialize(Field { from: self.from, name: self.of })
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        count: usize,
        visitor: V,
    ) -> Result<V::Value, ColumnsError> {
        visitor.visit_seq(Several { from: self.from, names: Names::One(self.of, count) })
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ColumnsError> {
        let Self { from, name, .. } = self;
        Field { from, name }.deserialize_struct("", fields, visitor)
    }
}
