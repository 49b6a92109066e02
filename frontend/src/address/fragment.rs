//! What stands behind the `#` of an address: the experiment, the run, and what of it is looked at.
//!
//! ```text
//!  /play#x=…              the experiment
//!       &r=…              its run, as it was recorded           or  &sim, to be simulated anew
//!       &t=4.02           the moment, in the scenario's seconds; @37 behind it: record 37 is next
//!       &sel=fetch,sum    what is selected
//!       &item=37          which item of it
//!  /run/abc#t=…&sel=…     the same of a run of the server's
//! ```
//!
//! Names are escaped as in any address. What is not known here is passed over: a later page may have
//! written it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use shared::units::{Instant, Seq};

/// What is escaped in a name: all but letters, digits and the signs that a task's name may have.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// The parts of a fragment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fragment {
    /// The packed experiment.
    pub experiment: Option<String>,
    /// The packed run of it.
    pub run: Option<String>,
    /// Whether it is to be simulated anew.
    pub simulates: bool,
    /// What of the run is looked at.
    pub look: Looked,
}

/// What of a run is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Looked {
    /// The moment, as it is written.
    pub at: Option<String>,
    /// The selected tasks.
    pub selected: BTreeSet<String>,
    /// The item that is chosen of the one task that is selected.
    pub item: Option<u32>,
}

impl Fragment {
    /// Reads a fragment, with or without its `#`.
    pub fn parse(text: &str) -> Self {
        let mut fragment = Self::default();
        for part in text.strip_prefix('#').unwrap_or(text).split('&') {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            match key {
                "x" => fragment.experiment = Some(value.to_owned()),
                "r" => fragment.run = Some(value.to_owned()),
                "sim" => fragment.simulates = true,
                "t" => fragment.look.at = Some(value.to_owned()),
                "sel" => {
                    let names = value.split(',').filter(|name| !name.is_empty());
                    let name = |name| percent_decode_str(name).decode_utf8_lossy().into_owned();
                    fragment.look.selected = names.map(name).collect();
                }
                "item" => fragment.look.item = value.parse().ok(),
                _ => {}
            }
        }
        fragment
    }
}

impl Looked {
    /// Behind the other parts of a fragment.
    pub fn written(&self) -> String {
        let mut text = String::new();
        if let Some(at) = &self.at {
            let _ = write!(text, "&t={at}");
        }
        let escaped = |name: &String| utf8_percent_encode(name, NAME).to_string();
        let names: Vec<String> = self.selected.iter().map(escaped).collect();
        if !names.is_empty() {
            let _ = write!(text, "&sel={}", names.join(","));
        }
        if let Some(item) = self.item {
            let _ = write!(text, "&item={item}");
        }
        text
    }

    /// The moment in a run whose seconds are so many times as long as the scenario's.
    ///
    /// # Errors
    /// What is written, if it is no moment.
    pub fn moment(&self, scale: f64) -> Result<Option<Moment>, &str> {
        let Some(text) = &self.at else { return Ok(None) };
        let moment = || {
            let (seconds, next) = match text.split_once('@') {
                Some((seconds, next)) => (seconds, Some(next.parse().ok()?)),
                None => (text.as_str(), None),
            };
            let seconds = seconds.parse::<f64>().ok()?;
            // What is beyond all times is the end.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            // saturates; not negative
            let ns = (seconds * scale * 1e9).round() as u64;
            (seconds.is_finite() && seconds >= 0.0).then_some(Moment { at: Instant(ns), next })
        };
        moment().map(Some).ok_or(text)
    }
}

/// A moment of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The run's time.
    pub at: Instant,
    /// The record that comes next, where the time alone does not say it: a simulated instant may have
    /// thousands. None if all of that time have happened.
    pub next: Option<Seq>,
}

impl Moment {
    /// As a fragment has it: not earlier than it is, so that what happened at it has happened.
    pub fn written(self, scale: f64) -> String {
        let micros = (self.at.seconds() / scale * 1e6).ceil();
        let text = format!("{:.6}", micros / 1e6);
        let seconds = text.trim_end_matches('0').trim_end_matches('.');
        self.next.map_or_else(|| seconds.to_owned(), |next| format!("{seconds}@{next}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_at_is_written_and_read_again() {
        let selected = ["fetch-2.a_b", "größe", "x, 1&y"].map(str::to_owned).into();
        let look = Looked { at: Some("4.02".to_owned()), selected, item: Some(37) };
        let text = look.written();
        assert_eq!(text, "&t=4.02&sel=fetch-2.a_b,gr%C3%B6%C3%9Fe,x%2C%201%26y&item=37");
        assert_eq!(Fragment::parse(&format!("#x=AQ{text}")).look, look);
        assert_eq!(Looked::default().written(), "");
    }

    #[test]
    fn a_fragment_has_its_parts_in_any_order_and_what_is_unknown_is_passed_over() {
        let fragment = Fragment::parse("#r=run&wonder=1&x=experiment&sel=,,&sim");
        assert_eq!(fragment.experiment.as_deref(), Some("experiment"));
        assert_eq!(fragment.run.as_deref(), Some("run"));
        assert!(fragment.simulates);
        assert_eq!(fragment.look, Looked::default());
        assert_eq!(Fragment::parse(""), Fragment::default());
    }

    #[test]
    fn a_moment_is_not_earlier_than_what_happened_at_it() {
        let looked = |text: &str| Looked { at: Some(text.to_owned()), ..Looked::default() };
        for (ns, next, scale, text) in [
            (1_250_000_000, None, 1.0, "1.25"),
            (0, Some(1_234), 1.0, "0@1234"),
            (1, None, 1.0, "0.000001"),
            (402_000_400, Some(7), 0.1, "4.020004@7"),
            (30_000_000_000, None, 1.0, "30"),
        ] {
            assert_eq!(Moment { at: Instant(ns), next }.written(scale), text);
            let read = looked(text).moment(scale).unwrap().unwrap();
            assert!(read.at >= Instant(ns) && read.next == next, "{text}");
        }
        for text in ["soon", "-1", "inf", "", "1@", "1@x", "@7"] {
            assert_eq!(looked(text).moment(1.0), Err(text));
        }
        let far = looked("1e300").moment(1.0).unwrap().unwrap();
        assert_eq!(far.at, Instant(u64::MAX));
    }
}
