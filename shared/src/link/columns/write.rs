//! Values into columns.

use miniz_oxide::deflate::compress_to_vec;
use serde::Serialize;
use serde::ser::{self, Serializer};

use super::{COLUMNS, Column, ColumnsError, put_varint, zigzag};

/// How thoroughly a column is packed to see how it packs best.
const LEVEL: u8 = 6;

/// Columns that are being filled.
#[derive(Debug, Default)]
pub struct Writer {
    columns: [Vec<u64>; COLUMNS],
}

impl Writer {
    /// Appends a value under this name.
    ///
    /// # Errors
    /// [`ColumnsError`] if the value has no columns, as a map.
    pub fn put<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), ColumnsError> {
        value.serialize(Field { to: self, name })
    }

    /// The columns, one after the other.
    pub fn finish(self) -> Vec<u8> {
        let columns = self.columns.map(|column| packs_best(&column));
        let mut bytes = Vec::new();
        for (differs, column) in &columns {
            put_varint(&mut bytes, (column.len() as u64) << 1 | u64::from(*differs));
        }
        columns.into_iter().for_each(|(_, column)| bytes.extend(column));
        bytes
    }

    fn push(&mut self, column: Column, number: u64) {
        self.columns[column as usize].push(number);
    }
}

/// A column's bytes, and whether they are differences.
fn packs_best(column: &[u64]) -> (bool, Vec<u8>) {
    let mut plain = Vec::new();
    let mut differences = Vec::new();
    let mut before = 0;
    for number in column {
        put_varint(&mut plain, *number);
        put_varint(&mut differences, zigzag(number.wrapping_sub(before).cast_signed()));
        before = *number;
    }
    let packed = |bytes: &[u8]| compress_to_vec(bytes, LEVEL).len();
    if packed(&differences) < packed(&plain) { (true, differences) } else { (false, plain) }
}

/// Where a value goes.
struct Field<'a> {
    to: &'a mut Writer,
    name: &'static str,
}

impl Field<'_> {
    fn shape(&mut self, number: u64) {
        self.to.push(Column::Shape, number);
    }

    fn texts(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.to.push(Column::Texts, u64::from(*byte)));
    }

    fn count(&mut self, count: usize) {
        self.shape(count as u64);
    }
}

/// Numbers of all widths are one kind of number; signed ones are folded first.
macro_rules! numbers {
    ($($method:ident $type:ty => $number:expr),* $(,)?) => {$(
        fn $method(self, value: $type) -> Result<(), ColumnsError> {
            let number: fn($type) -> u64 = $number;
            self.to.push(Column::of(self.name), number(value));
            Ok(())
        }
    )*};
}

impl<'a> Serializer for Field<'a> {
    type Ok = ();
    type Error = ColumnsError;
    type SerializeSeq = Several<'a>;
    type SerializeTuple = Several<'a>;
    type SerializeTupleStruct = Several<'a>;
    type SerializeTupleVariant = Several<'a>;
    type SerializeMap = ser::Impossible<(), ColumnsError>;
    type SerializeStruct = Several<'a>;
    type SerializeStructVariant = Several<'a>;

    numbers! {
        serialize_u8 u8 => u64::from,
        serialize_u16 u16 => u64::from,
        serialize_u32 u32 => u64::from,
        serialize_u64 u64 => |number| number,
        serialize_i8 i8 => |number| zigzag(number.into()),
        serialize_i16 i16 => |number| zigzag(number.into()),
        serialize_i32 i32 => |number| zigzag(number.into()),
        serialize_i64 i64 => zigzag,
        serialize_char char => |letter| u64::from(u32::from(letter)),
    }

    fn serialize_bool(mut self, truth: bool) -> Result<(), ColumnsError> {
        self.shape(truth.into());
        Ok(())
    }

    fn serialize_f32(self, float: f32) -> Result<(), ColumnsError> {
        self.serialize_f64(float.into())
    }

    /// As text: what people write has few digits, and eight bytes of it do not compress.
    fn serialize_f64(self, float: f64) -> Result<(), ColumnsError> {
        self.serialize_str(&format!("{float:?}"))
    }

    fn serialize_str(mut self, text: &str) -> Result<(), ColumnsError> {
        self.count(text.len());
        self.texts(text.as_bytes());
        Ok(())
    }

    fn serialize_bytes(mut self, bytes: &[u8]) -> Result<(), ColumnsError> {
        self.count(bytes.len());
        self.texts(bytes);
        Ok(())
    }

    fn serialize_none(mut self) -> Result<(), ColumnsError> {
        self.shape(0);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(mut self, value: &T) -> Result<(), ColumnsError> {
        self.shape(1);
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), ColumnsError> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), ColumnsError> {
        Ok(())
    }

    fn serialize_unit_variant(
        mut self,
        _: &'static str,
        variant: u32,
        _: &'static str,
    ) -> Result<(), ColumnsError> {
        self.shape(variant.into());
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), ColumnsError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        of: &'static str,
        variant: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), ColumnsError> {
        self.shape(variant.into());
        self.to.put(of, value)
    }

    fn serialize_seq(mut self, count: Option<usize>) -> Result<Several<'a>, ColumnsError> {
        let count = count.ok_or_else(|| ColumnsError("a list of unknown length".to_owned()))?;
        self.count(count);
        Ok(Several { to: self.to, name: self.name })
    }

    fn serialize_tuple(self, _: usize) -> Result<Several<'a>, ColumnsError> {
        Ok(Several { to: self.to, name: self.name })
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Several<'a>, ColumnsError> {
        Ok(Several { to: self.to, name: self.name })
    }

    fn serialize_tuple_variant(
        mut self,
        of: &'static str,
        variant: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Several<'a>, ColumnsError> {
        self.shape(variant.into());
        Ok(Several { to: self.to, name: of })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, ColumnsError> {
        Err(ColumnsError("a map has no columns".to_owned()))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Several<'a>, ColumnsError> {
        Ok(Several { to: self.to, name: self.name })
    }

    fn serialize_struct_variant(
        mut self,
        _: &'static str,
        variant: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Several<'a>, ColumnsError> {
        self.shape(variant.into());
        Ok(Several { to: self.to, name: self.name })
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// Values of which each says, or all have, a name.
struct Several<'a> {
    to: &'a mut Writer,
    name: &'static str,
}

/// Lists and tuples: all under the one name.
macro_rules! unnamed {
    ($($trait:ident $method:ident),*) => {$(
        impl ser::$trait for Several<'_> {
            type Ok = ();
            type Error = ColumnsError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ColumnsError> {
                self.to.put(self.name, value)
            }

            fn end(self) -> Result<(), ColumnsError> {
                Ok(())
            }
        }
    )*};
}

/// Fields: each under its own.
macro_rules! named {
    ($($trait:ident),*) => {$(
        impl ser::$trait for Several<'_> {
            type Ok = ();
            type Error = ColumnsError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), ColumnsError> {
                self.to.put(name, value)
            }

            fn end(self) -> Result<(), ColumnsError> {
                Ok(())
            }
        }
    )*};
}

unnamed!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);
named!(SerializeStruct, SerializeStructVariant);
