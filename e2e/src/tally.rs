//! How many checks passed and failed.
//!
//! A test binary and rustdoc close with a line that we read, and `e2e/tally.ts` makes
//! Playwright close with the same; fmt, clippy and the like have no such line and count
//! as one check each.

use std::fmt;
use std::ops::AddAssign;

/// Checks that passed and checks that failed. Ignored tests are in neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Checks that held.
    pub passed: u32,
    /// Checks that did not, or that could not be made.
    pub failed: u32,
}

impl Tally {
    /// One check, passed or failed.
    pub fn one(passed: bool) -> Self {
        Self { passed: u32::from(passed), failed: u32::from(!passed) }
    }

    /// What the closing line of a test harness says; `None` for any other line.
    ///
    /// ```
    /// use e2e::tally::Tally;
    ///
    /// let line = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured";
    /// assert_eq!(Tally::of_line(line), Some(Tally { passed: 3, failed: 0 }));
    /// assert_eq!(Tally::of_line("test it_works ... ok"), None);
    /// ```
    pub fn of_line(line: &str) -> Option<Self> {
        let (_verdict, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let mut counts = counts.split("; ");
        Some(Self {
            passed: counts.next()?.strip_suffix(" passed")?.parse().ok()?,
            failed: counts.next()?.strip_suffix(" failed")?.parse().ok()?,
        })
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// `N passed, N failed`: the closing line of every command of xtask.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_line_of_a_failed_binary_is_counted() {
        let line = "test result: FAILED. 12 passed; 2 failed; 0 ignored; 0 measured; \
                    0 filtered out; finished in 0.01s";
        let expected = Tally { passed: 12, failed: 2 };
        assert_eq!(Tally::of_line(line), Some(expected));
    }

    #[test]
    fn closing_line_of_the_browser_tests_is_counted() {
        let line = "test result: FAILED. 5 passed; 1 failed; 1 ignored";
        assert_eq!(Tally::of_line(line), Some(Tally { passed: 5, failed: 1 }));
    }

    #[test]
    fn closing_line_counts_only_at_the_start_of_a_line() {
        let line = "printed: test result: ok. 3 passed; 0 failed; 0 ignored";
        assert_eq!(Tally::of_line(line), None);
    }

    #[test]
    fn closing_line_without_numbers_is_not_counted() {
        let line = "test result: ok. all passed; none failed";
        assert_eq!(Tally::of_line(line), None);
    }
}
