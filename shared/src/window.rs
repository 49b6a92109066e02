//! A table by number, for what comes and goes about in the order of its numbers.
//!
//! ```text
//!  numbers     7   8   9  10  11
//!  places    [ a │   │ b │   │ c ]     first = 7; what is taken from the front moves it on
//! ```
//!
//! Futures and calls are numbered as they are submitted, and are over about in that order. A place in a
//! row for each number between the first and the last that is held costs a tenth of what a tree does,
//! and goes through them in the same order.

use std::collections::VecDeque;

/// What is held under some numbers, ascending. Two that hold the same are equal, whatever they held
/// before.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Window<T> {
    /// The number of the first place; 0 if there is none.
    first: u32,
    /// From the first number held to the last: neither end is empty.
    places: VecDeque<Option<T>>,
    /// How many are held.
    len: usize,
}

impl<T> Default for Window<T> {
    fn default() -> Self {
        Self { first: 0, places: VecDeque::new(), len: 0 }
    }
}

impl<T> Window<T> {
    /// Holds something under this number, in place of what was there.
    pub fn insert(&mut self, number: u32, value: T) {
        if self.places.is_empty() {
            self.first = number;
        }
        while number < self.first {
            self.places.push_front(None);
            self.first -= 1;
        }
        let place = (number - self.first) as usize;
        while self.places.len() <= place {
            self.places.push_back(None);
        }
        if self.places[place].replace(value).is_none() {
            self.len += 1;
        }
    }

    /// Takes what is held under this number, if anything is.
    pub fn remove(&mut self, number: u32) -> Option<T> {
        let place = number.checked_sub(self.first)?;
        let value = self.places.get_mut(place as usize)?.take()?;
        self.len -= 1;
        while let Some(None) = self.places.front() {
            self.places.pop_front();
            self.first += 1;
        }
        while let Some(None) = self.places.back() {
            self.places.pop_back();
        }
        if self.places.is_empty() {
            self.first = 0;
        }
        Some(value)
    }

    /// What is held under this number.
    pub fn get(&self, number: u32) -> Option<&T> {
        let place = number.checked_sub(self.first)?;
        self.places.get(place as usize)?.as_ref()
    }

    /// What is held and under which numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (self.first..)
            .zip(&self.places)
            .filter_map(|(number, place)| Some((number, place.as_ref()?)))
    }

    /// The numbers under which something is held, ascending.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        self.iter().map(|(number, _)| number)
    }

    /// How many are held.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Lets go of everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn it_holds_what_a_tree_would(steps in prop::collection::vec((0..40_u32, any::<bool>()), 0..200)) {
            let (mut window, mut tree) = (Window::default(), BTreeMap::new());
            for (step, (number, comes)) in steps.into_iter().enumerate() {
                if comes {
                    window.insert(number, step);
                    tree.insert(number, step);
                } else {
                    prop_assert_eq!(window.remove(number), tree.remove(&number));
                }
                prop_assert_eq!(window.len(), tree.len());
                prop_assert_eq!(window.is_empty(), tree.is_empty());
                prop_assert_eq!(window.get(number), tree.get(&number));
                prop_assert!(window.iter().eq(tree.iter().map(|(number, value)| (*number, value))));
                prop_assert!(window.numbers().eq(tree.keys().copied()));
                // What it held before leaves no trace.
                let mut fresh = Window::default();
                tree.iter().rev().for_each(|(number, value)| fresh.insert(*number, *value));
                prop_assert_eq!(&window, &fresh);
            }
            window.clear();
            prop_assert_eq!(window, Window::default());
        }
    }
}
