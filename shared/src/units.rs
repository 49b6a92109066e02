//! The units of the model: instants, spans, and one newtype for each kind of number.
//!
//! An `Instant` cannot be added to a `TaskId`, and a future cannot be mistaken for a call:
//! the compiler keeps apart what a bare `u32` would mix.

use std::fmt;
use std::ops::{Add, Sub};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Nanoseconds since the run began. Virtual in the simulator, monotonic in the drivers.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Instant(pub u64);

impl Instant {
    /// The beginning of the run.
    pub const ZERO: Self = Self(0);

    /// How long after `earlier` this is; zero if it is not after it.
    pub fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// The same in whole microseconds, which is what real runs are measured in.
    #[must_use]
    pub fn floor_to_micros(self) -> Self {
        Self(self.0 - self.0 % 1_000)
    }

    /// Seconds since the run began, for showing to people.
    #[allow(clippy::cast_precision_loss)]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Add<Span> for Instant {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Instant {
    type Output = Self;

    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

/// A length of time in whole nanoseconds.
///
/// In JSON it is text with a unit, `"300ms"` or `"1.5s"` (`ns`, `us`, `ms`, `s`, `min`), so that a
/// reader never has to ask which unit a number is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(pub u64);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A span of whole milliseconds.
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms * 1_000_000)
    }

    /// A span of whole seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds * 1_000_000_000)
    }

    /// A span of `seconds`, rounded to the nanosecond; negative or not-a-number is zero, and more
    /// than `u64` nanoseconds (584 years) is the longest span there is.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn from_seconds(seconds: f64) -> Self {
        // Float to integer casts saturate in Rust, which is what is promised above.
        Self((seconds.max(0.0) * 1e9).round() as u64)
    }

    /// This span in seconds, for showing to people.
    #[allow(clippy::cast_precision_loss)]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// This span `scale` times as long, rounded to the nanosecond.
    #[must_use]
    pub fn scaled(self, scale: f64) -> Self {
        if (scale - 1.0).abs() < f64::EPSILON {
            return self;
        }
        Self::from_seconds(self.seconds() * scale)
    }

    /// Reads `"300ms"`, `"1.5s"`, `"20us"`, `"5ns"` or `"2min"`.
    ///
    /// # Errors
    /// [`BadSpan`] if the number or the unit cannot be read, or the number is negative.
    pub fn parse(text: &str) -> Result<Self, BadSpan> {
        let bad = || BadSpan(text.to_owned());
        let unit_at = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(bad)?;
        let (number, unit) = text.split_at(unit_at);
        let factor = match unit {
            "ns" => 1e-9,
            "us" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "min" => 60.0,
            _ => return Err(bad()),
        };
        let number: f64 = number.trim().parse().map_err(|_| bad())?;
        if !number.is_finite() || number < 0.0 {
            return Err(bad());
        }
        Ok(Self::from_seconds(number * factor))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ns = self.0;
        let (unit, size) = match ns {
            0 => ("s", 1),
            ns if ns.is_multiple_of(1_000_000_000) => ("s", 1_000_000_000),
            ns if ns.is_multiple_of(1_000_000) => ("ms", 1_000_000),
            ns if ns.is_multiple_of(1_000) => ("us", 1_000),
            _ => ("ns", 1),
        };
        write!(f, "{}{unit}", ns / size)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_u64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
            Self::parse(&text).map_err(serde::de::Error::custom)
        } else {
            u64::deserialize(deserializer).map(Self)
        }
    }
}

/// A span that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a span: write a number and a unit, such as \"300ms\" or \"1.5s\"")]
pub struct BadSpan(pub String);

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The number as an index into the table of its kind.
            pub fn index(self) -> usize {
                self.0 as usize
            }

            /// The id at place `index` of its table.
            ///
            /// Tables are bounded far below `u32` by the limits in `limits.rs`.
            pub fn at(index: usize) -> Self {
                Self(u32::try_from(index).expect("tables are bounded far below u32"))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    )*};
}

ids! {
    /// A node of the task graph: its place in the scenario's list.
    TaskId;
    /// A future, numbered in the order of submission from 0.
    FutureId;
    /// What travels to a worker: one task, or a chunk of them.
    CallId;
    /// A worker of the pool, numbered in the order of creation from 0; never used again.
    WorkerId;
    /// An iterator that the program holds: of `as_completed` or of `map`.
    IteratorId;
    /// A done-callback that the program registered; what it does, only the program knows.
    CallbackId;
}

/// The place of a record in the log, from 0, without gaps.
pub type Seq = u64;

/// A place in an order, from 1, for people: `1st`, `12th`, `23rd`.
pub fn nth(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (1, ten) if ten != 11 => "st",
        (2, ten) if ten != 12 => "nd",
        (3, ten) if ten != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// A number's digits with a comma at every third place, for people: `1,000,000`.
pub fn with_commas(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_written_in_the_largest_unit_that_keeps_it_whole() {
        let cases = [
            (Span::ZERO, "0s"),
            (Span::from_secs(90), "90s"),
            (Span::from_ms(1500), "1500ms"),
            (Span(20_000), "20us"),
            (Span(7), "7ns"),
        ];
        for (span, text) in cases {
            assert_eq!(span.to_string(), text);
            assert_eq!(Span::parse(text), Ok(span));
        }
        assert_eq!(Span::parse("1.5s"), Ok(Span::from_ms(1500)));
        assert_eq!(Span::parse("2min"), Ok(Span::from_secs(120)));
    }

    #[test]
    fn a_span_without_number_or_unit_is_refused() {
        for text in ["", "5", "s", "-1s", "5h", "1e400s", "nan s", "five s"] {
            assert!(Span::parse(text).is_err(), "{text} was taken for a span");
        }
    }

    #[test]
    fn scaling_rounds_to_the_nanosecond() {
        assert_eq!(Span::from_secs(5).scaled(0.1), Span::from_ms(500));
        assert_eq!(Span(7).scaled(1.0), Span(7));
    }
}
