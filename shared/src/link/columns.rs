//! Values of any type that serde knows, taken apart into columns.
//!
//! What is alike stands together. The same things happen to every task, so what happened, without the
//! numbers in it, is the same few rows over and over; a future's number is most often that of the
//! record before; of four workers each is named a hundred times. In the order of a record all that is
//! mixed, and compresses badly.
//!
//! ```text
//!  taken { call: 4, worker: 0 }            shape     9  5  9  5     which variant, how many, whether
//!  finished { future: 4, … }       ──▶     subject   4  0 +1  0     as differences
//!  taken { call: 5, worker: 1 }            who       0  1           plain
//!  finished { future: 5, … }
//! ```
//!
//! The columns are few and fixed, [`Column`]; which of them a number stands in is said by the name of
//! its field, or of the enum whose variant holds it. Nothing says where a value ends: whoever reads
//! knows what to expect. Numbers are varints of seven bits a byte.
//!
//! ```text
//!  ┌──────────────────────────┬───────┬───────┬─────┬───────┐
//!  │ for each: bytes × 2 + 1  │ shape │ texts │ …   │ other │
//!  │ if it holds differences  │       │       │     │       │
//!  └──────────────────────────┴───────┴───────┴─────┴───────┘
//! ```

mod read;
mod write;

pub use read::Reader;
pub use write::Writer;

/// Where a part of a value stands. The order is that in the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    /// Which variant of an enum, whether there is one, how many there are; truths.
    Shape,
    /// The bytes of texts, and of floats as text.
    Texts,
    /// Futures, calls and tasks: mostly the same number.
    Subject,
    /// Workers.
    Who,
    /// When a record was.
    At,
    /// When an item began.
    Began,
    /// When it ended.
    Ended,
    /// Integers that the tasks computed.
    Value,
    /// All other numbers.
    Other,
}

/// How many there are.
const COLUMNS: usize = Column::Other as usize + 1;

impl Column {
    /// Where a number of this name stands.
    fn of(name: &str) -> Self {
        match name {
            "future" | "call" | "callback" | "task" | "Question" => Self::Subject,
            "worker" | "Agent" => Self::Who,
            "at" => Self::At,
            "started" | "arrived" | "unpacked" => Self::Began,
            "ended" | "packed" => Self::Ended,
            "Value" => Self::Value,
            "cause" => Self::Shape,
            _ => Self::Other,
        }
    }
}

/// Bytes that are no columns, or not those of what is asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ColumnsError(String);

impl serde::ser::Error for ColumnsError {
    fn custom<T: std::fmt::Display>(what: T) -> Self {
        Self(what.to_string())
    }
}

impl serde::de::Error for ColumnsError {
    fn custom<T: std::fmt::Display>(what: T) -> Self {
        Self(what.to_string())
    }
}

/// A number that may be negative as one that is not, small if it is near 0.
pub fn zigzag(number: i64) -> u64 {
    (number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned()
}

/// The number that [`zigzag`] folded.
pub fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

fn put_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push((number & 0x7f) as u8);
}

fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(first & 0x7f);
        if shift == 63 && bits > 1 {
            return None;
        }
        number |= bits << shift;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests;
