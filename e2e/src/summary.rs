//! What all stages of a command came to, as people read it.

use std::fmt;

use crate::stage::Report;
use crate::tally::Tally;

/// The reports of one command, in the order in which they ran.
///
/// Shown as a table with a line for each stage, then the total alone on the last line.
#[derive(Debug)]
pub struct Summary(Vec<Report>);

impl FromIterator<Report> for Summary {
    fn from_iter<I: IntoIterator<Item = Report>>(reports: I) -> Self {
        Self(reports.into_iter().collect())
    }
}

impl Summary {
    /// The sum over all stages.
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        for report in &self.0 {
            total += report.tally;
        }
        total
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<14}{:>10}{:>8}{:>8}", "stage", "wall", "passed", "failed")?;
        for Report { name, wall, tally } in &self.0 {
            let wall = format!("{:.1} s", wall.as_secs_f64());
            let Tally { passed, failed } = tally;
            writeln!(f, "{name:<14}{wall:>10}{passed:>8}{failed:>8}")?;
        }
        writeln!(f)?;
        write!(f, "{}", self.total())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn report(name: &'static str, millis: u64, passed: u32, failed: u32) -> Report {
        Report { name, wall: Duration::from_millis(millis), tally: Tally { passed, failed } }
    }

    #[test]
    fn summary_is_a_table_and_ends_with_the_total() {
        let summary =
            Summary::from_iter([report("fmt", 420, 1, 0), report("tests", 61_250, 340, 2)]);
        let expected = "\
stage               wall  passed  failed
fmt                0.4 s       1       0
tests             61.2 s     340       2

341 passed, 2 failed";
        assert_eq!(summary.to_string(), expected);
    }
}
