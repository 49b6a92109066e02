//! Who may run next: first come, first served, but nobody has more than their share.
//!
//! ```text
//!  join ──▶ [ a  a  a  b  c ] ──next──▶ at most so many at once, and so many of one address ──leave──▶
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

/// Those who wait, and how many run. Knows nothing of runs.
pub struct Line<T> {
    /// How many may run at once.
    at_once: usize,
    /// How many of one address may.
    of_one: usize,
    /// How many may wait.
    length: usize,
    waiting: VecDeque<(IpAddr, T)>,
    /// How many of each address run; no zeros.
    running: BTreeMap<IpAddr, usize>,
}

impl<T> Line<T> {
    /// An empty line.
    pub fn new(at_once: usize, of_one: usize, length: usize) -> Self {
        Self { at_once, of_one, length, waiting: VecDeque::new(), running: BTreeMap::new() }
    }

    /// Whether nobody more may wait.
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= self.length
    }

    /// Stands at the end of the line.
    pub fn join(&mut self, address: IpAddr, who: T) {
        self.waiting.push_back((address, who));
    }

    /// The next that may run; whoever gets it runs from now on.
    pub fn next(&mut self) -> Option<T> {
        if self.running.values().sum::<usize>() >= self.at_once {
            return None;
        }
        let share = |address| self.running.get(address).copied().unwrap_or(0);
        let place = self.waiting.iter().position(|(address, _)| share(address) < self.of_one)?;
        let (address, who) = self.waiting.remove(place)?;
        *self.running.entry(address).or_default() += 1;
        Some(who)
    }

    /// One of this address has ended.
    pub fn leave(&mut self, address: IpAddr) {
        if let Some(count) = self.running.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.running.remove(&address);
            }
        }
    }

    /// Takes one out of the line, or all.
    pub fn take(&mut self, wanted: impl Fn(&T) -> bool) -> Vec<T> {
        let (taken, left) =
            std::mem::take(&mut self.waiting).into_iter().partition(|(_, who)| wanted(who));
        self.waiting = left;
        let taken: VecDeque<(IpAddr, T)> = taken;
        taken.into_iter().map(|(_, who)| who).collect()
    }

    /// Who waits, in order.
    pub fn waiting(&self) -> impl Iterator<Item = &T> {
        self.waiting.iter().map(|(_, who)| who)
    }
}

/// By which address somebody is known: that of a network for IPv6, where one person has very many.
pub fn known_by(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            IpAddr::V6(network.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    fn line() -> Line<&'static str> {
        let mut line = Line::new(3, 2, 5);
        for (last, who) in [(1, "a1"), (1, "a2"), (1, "a3"), (2, "b1"), (2, "b2")] {
            line.join(address(last), who);
        }
        line
    }

    fn all(line: &mut Line<&'static str>) -> Vec<&'static str> {
        std::iter::from_fn(|| line.next()).collect()
    }

    #[test]
    fn who_has_their_share_lets_others_pass() {
        let mut line = line();
        assert_eq!(all(&mut line), ["a1", "a2", "b1"]);
        line.leave(address(2));
        assert_eq!(all(&mut line), ["b2"]);
        line.leave(address(1));
        assert_eq!(all(&mut line), ["a3"]);
    }

    #[test]
    fn it_is_full_by_those_who_wait() {
        let mut line = line();
        assert!(line.is_full());
        line.next();
        assert!(!line.is_full());
        assert_eq!(line.take(|who| *who == "b1"), ["b1"]);
        assert_eq!(line.waiting().collect::<Vec<_>>(), [&"a2", &"a3", &"b2"]);
    }

    #[test]
    fn one_network_of_ipv6_is_one_address() {
        let known = |text: &str| known_by(text.parse().unwrap()).to_string();
        assert_eq!(known("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(known("::ffff:10.0.0.1"), "10.0.0.1");
    }
}
