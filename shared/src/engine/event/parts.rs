//! The parts of a call, of which there is nearly always one.
//!
//! A call's work is copied on its way: into the log, to the worker, into the worker's process. One part
//! is copied in place; a list of one would take memory from the heap and give it back each time.

use std::fmt;
use std::ops::Deref;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Part;

/// Parts of a call, in order; a slice of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Parts {
    /// The only one.
    One(Part),
    /// Any other number; never exactly one.
    Several(Vec<Part>),
}

impl Default for Parts {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Parts {
    /// Appends one.
    pub fn push(&mut self, part: Part) {
        *self = match std::mem::take(self) {
            Self::One(first) => Self::Several(vec![first, part]),
            Self::Several(none) if none.is_empty() => Self::One(part),
            Self::Several(mut parts) => {
                parts.push(part);
                Self::Several(parts)
            }
        };
    }
}

impl Deref for Parts {
    type Target = [Part];

    fn deref(&self) -> &[Part] {
        match self {
            Self::One(part) => std::slice::from_ref(part),
            Self::Several(parts) => parts,
        }
    }
}

impl<'a> IntoIterator for &'a Parts {
    type Item = &'a Part;
    type IntoIter = std::slice::Iter<'a, Part>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<Vec<Part>> for Parts {
    fn from(parts: Vec<Part>) -> Self {
        match parts[..] {
            [part] => Self::One(part),
            _ => Self::Several(parts),
        }
    }
}

impl FromIterator<Part> for Parts {
    fn from_iter<I: IntoIterator<Item = Part>>(parts: I) -> Self {
        let mut gathered = Self::default();
        parts.into_iter().for_each(|part| gathered.push(part));
        gathered
    }
}

/// As a list, whichever it is.
impl Serialize for Parts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.deref().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Parts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListOfParts)
    }
}

struct ListOfParts;

impl<'de> Visitor<'de> for ListOfParts {
    type Value = Parts;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of parts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Parts, A::Error> {
        // Grows as parts come: what a length says takes no memory.
        let mut parts = Parts::default();
        while let Some(part) = list.next_element()? {
            parts.push(part);
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::TaskId;

    fn parts(count: u32) -> Vec<Part> {
        (0..count).map(|n| Part { task: TaskId(n), first: n, count: 1 }).collect()
    }

    #[test]
    fn it_is_the_list_however_it_was_made_and_travels_as_one() {
        for count in 0..4 {
            let list = parts(count);
            let made = Parts::from(list.clone());
            assert_eq!(*made, *list);
            assert_eq!(list.iter().copied().collect::<Parts>(), made);
            let (bytes, text) =
                (postcard::to_stdvec(&list).unwrap(), serde_json::to_string(&list).unwrap());
            assert_eq!(postcard::to_stdvec(&made).unwrap(), bytes);
            assert_eq!(serde_json::to_string(&made).unwrap(), text);
            assert_eq!(postcard::from_bytes::<Parts>(&bytes).unwrap(), made);
            assert_eq!(serde_json::from_str::<Parts>(&text).unwrap(), made);
        }
    }
}
