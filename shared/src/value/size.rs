//! How large a value may be that a function returns: as large as can travel to another process and be
//! read there, on every driver alike.

use super::{MAX_DEPTH, Value};
use crate::limits;
use crate::outcome::Raised;

impl Value {
    /// Whether this value may be returned by a function.
    ///
    /// Its encoding then takes at most [`limits::VALUE_BYTES`], and a chunk can put it into one more
    /// list.
    pub fn can_travel(&self) -> bool {
        let mut room = limits::VALUE_BYTES;
        self.fits(MAX_DEPTH - 1, &mut room)
    }

    /// Whether it is nested at most `deeper` deep and takes at most `room` bytes, by a rule of thumb
    /// that is never below what its encoding takes.
    fn fits(&self, deeper: usize, room: &mut usize) -> bool {
        let bytes = match self {
            Self::None | Self::Bool(_) => 2,
            Self::Int(_) | Self::Float(_) => 11,
            Self::Text(text) => text.len() + 6,
            Self::List(_) => 6,
        };
        if *room < bytes {
            return false;
        }
        *room -= bytes;
        match self {
            Self::List(items) => deeper > 0 && items.iter().all(|item| item.fits(deeper - 1, room)),
            _ => true,
        }
    }
}

impl Raised {
    /// What comes of a value that cannot travel.
    pub fn too_large(what: &str) -> Self {
        let mib = limits::VALUE_BYTES / (1024 * 1024);
        let deep = MAX_DEPTH - 1;
        let text =
            format!("{what} is too large: at most {mib} MiB and {deep} nested lists are allowed");
        Self::new("ValueError", text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> Value {
        (0..depth).fold(Value::Int(1), |inner, _| Value::List(vec![inner]))
    }

    #[test]
    fn what_can_travel_can_be_read_again() {
        let deepest = nested(MAX_DEPTH - 1);
        let longest = Value::from("x".repeat(limits::VALUE_BYTES - 6).as_str());
        let widest = Value::List(vec![Value::Int(i64::MIN); (limits::VALUE_BYTES - 6) / 11]);
        for value in [deepest, longest, widest] {
            assert!(value.can_travel());
            let bytes = postcard::to_stdvec(&value).unwrap();
            assert!(bytes.len() <= limits::VALUE_BYTES);
            assert_eq!(postcard::from_bytes::<Value>(&bytes).unwrap(), value);
        }
    }

    #[test]
    fn what_is_too_long_or_too_deep_cannot() {
        let too_long = Value::from("x".repeat(limits::VALUE_BYTES).as_str());
        for value in [nested(MAX_DEPTH), too_long] {
            assert!(!value.can_travel());
        }
        assert!(Raised::too_large("it").message.contains("at most 1 MiB"));
    }
}
