//! From instants to pixels and back, round numbers for the axis, and spans as words.
//!
//! Positions are in the run's own time; what is *written* is in the scenario's seconds. A run of
//! `scale` 0.1 sleeps 0.5 s where its scenario says 5, and the axis says 5. So whatever makes text here
//! takes the `unit`: how many seconds of the run are one second of the scenario.

use crate::units::{Instant, Span, with_commas};

/// Pixels that two ticks are apart at least.
const TICKS_APART: f64 = 56.0;
/// Pixels that one character of a tick's label takes, and the room around it.
const CHARACTER: f64 = 8.0;
/// The closest look: a nanosecond is a pixel.
const CLOSEST: f64 = 1e9;
/// What is shown of a run that has just begun, in seconds of the scenario.
const FIRST: f64 = 1.0;

/// A window on time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// The second of the run at x = 0; never negative behind [`Scale::clamped`].
    pub from: f64,
    /// Pixels that a second of the run takes; above zero.
    pub px_per_second: f64,
}

/// A mark on the axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Where, in pixels from the left.
    pub x: f64,
    /// Which instant.
    pub at: Instant,
    /// Seconds of the scenario; only at zero with their unit: `0 s`, `0.05`, `1,200`.
    pub label: String,
}

impl Scale {
    /// All from zero to `until` in `width` pixels, up to the next round number of the scenario's
    /// seconds behind it.
    pub fn fit(until: Instant, width: f64, unit: f64) -> Self {
        let (width, unit) = (positive(width), positive(unit));
        let seconds = (until.seconds() / unit).max(FIRST);
        let step = step(width / (seconds * unit), unit);
        let end = (seconds / step).ceil() * step;
        Self { from: 0.0, px_per_second: (width / (end * unit)).min(CLOSEST) }
    }

    /// Where an instant is, in pixels from the left; outside of the window too.
    pub fn x(&self, at: Instant) -> f64 {
        (at.seconds() - self.from) * self.px_per_second
    }

    /// The instant at a pixel; zero for what lies before the run.
    pub fn instant(&self, x: f64) -> Instant {
        let seconds = self.from + x / positive(self.px_per_second);
        Instant::ZERO + Span::from_seconds(seconds)
    }

    /// The instants at both edges of `width` pixels.
    pub fn window(&self, width: f64) -> (Instant, Instant) {
        (self.instant(0.0), self.instant(width))
    }

    /// `factor` times as close, with the instant at `x` staying there.
    #[must_use]
    pub fn zoom_at(&self, x: f64, factor: f64) -> Self {
        let before = positive(self.px_per_second);
        let after = (before * positive(factor)).min(CLOSEST);
        Self { from: self.from + x / before - x / after, px_per_second: after }
    }

    /// Moved so that what was at `x` is at `x - by`: a positive `by` goes forward in time.
    #[must_use]
    pub fn pan(&self, by: f64) -> Self {
        Self { from: self.from + by / positive(self.px_per_second), ..*self }
    }

    /// Back to where there is something to see: never before zero, at most twice as wide as the run,
    /// and at least half of the window before its end.
    #[must_use]
    pub fn clamped(&self, until: Instant, width: f64, unit: f64) -> Self {
        let width = positive(width);
        let whole = Self::fit(until, width, unit).px_per_second;
        let px_per_second = positive(self.px_per_second).clamp((whole / 2.0).min(CLOSEST), CLOSEST);
        let last = (until.seconds() - width / px_per_second / 2.0).max(0.0);
        let from = if self.from.is_finite() { self.from.clamp(0.0, last) } else { 0.0 };
        Self { from, px_per_second }
    }

    /// The marks of an axis of `width` pixels, at 1, 2 or 5 times a power of ten of the scenario's
    /// seconds, at least 56 px apart and wider where the labels are.
    pub fn ticks(&self, width: f64, unit: f64) -> Vec<Tick> {
        let unit = positive(unit);
        let per_second = positive(self.px_per_second) * unit;
        if !(width.is_finite() && self.from.is_finite() && per_second.is_finite()) {
            return Vec::new();
        }
        let first_second = self.from.max(0.0) / unit;
        let last_second = (self.from + width / self.px_per_second) / unit;
        let step = step(per_second / unit, unit);
        let step = widened(step, per_second, last_second);
        let decimals = decimals(step);
        let mut ticks = Vec::new();
        let mut number = (first_second / step).ceil();
        while number * step <= last_second {
            let seconds = number * step;
            let at = Instant::ZERO + Span::from_seconds(seconds * unit);
            let x = (seconds * unit - self.from) * self.px_per_second;
            let label = if number == 0.0 { "0 s".to_owned() } else { written(seconds, decimals) };
            ticks.push(Tick { x, at, label });
            // Numbers so great that one more is none would never come to an end.
            if number + 1.0 <= number {
                break;
            }
            number += 1.0;
        }
        ticks
    }
}

/// The distance of ticks in the scenario's seconds, if a second of the run takes so many pixels.
fn step(px_per_second: f64, unit: f64) -> f64 {
    next_round(TICKS_APART / (px_per_second * unit))
}

/// A step so wide that the longest label fits between two ticks.
fn widened(step: f64, per_second: f64, last_second: f64) -> f64 {
    let longest = written(last_second.max(step), decimals(step)).chars().count();
    let needed = CHARACTER * (longest as f64 + 2.0);
    if step * per_second >= needed { step } else { next_round(needed / per_second) }
}

/// The least of 1, 2 and 5 times a power of ten that is not below this.
fn next_round(least: f64) -> f64 {
    let least = least.clamp(1e-9, 1e18);
    let exponent = least.log10().floor();
    // Ten to the minus third is not a thousandth in binary: divide, so that 1, 2 and 5 stay whole.
    let of = |digit: f64, exponent: f64| {
        if exponent < 0.0 { digit / 10_f64.powf(-exponent) } else { digit * 10_f64.powf(exponent) }
    };
    // The logarithm of a power of ten may fall short of it, by next to nothing.
    let enough = |step: &f64| *step >= least * (1.0 - 1e-9);
    let steps = [of(1.0, exponent), of(2.0, exponent), of(5.0, exponent)];
    steps.into_iter().find(enough).unwrap_or_else(|| of(1.0, exponent + 1.0))
}

/// Digits behind the point that multiples of this step have.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn decimals(step: f64) -> usize {
    (-step.log10() - 1e-9).ceil().clamp(0.0, 9.0) as usize
}

/// A number with a comma at every third place before the point.
fn written(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    with_commas(whole) + rest
}

/// A span of the run in the scenario's time, about three digits of it: `1,200.0 s`, `6.5 s`, `0.41 s`,
/// `41 ms`, `4.1 ms`, `0.41 ms`, and `0 s`.
pub fn format_seconds(span: Span, unit: f64) -> String {
    let seconds = span.seconds() / positive(unit);
    let ms = seconds * 1e3;
    // Each border lies where the text of the finer form would round up to the coarser one's.
    match () {
        () if span == Span::ZERO => "0 s".to_owned(),
        () if seconds >= 0.995 => format!("{} s", written(seconds, 1)),
        () if ms >= 99.5 => format!("{} s", written(seconds, 2)),
        () if ms >= 9.95 => format!("{} ms", written(ms, 0)),
        () if ms >= 0.995 => format!("{} ms", written(ms, 1)),
        () if ms >= 0.005 => format!("{} ms", written(ms, 2)),
        () => "<0.01 ms".to_owned(),
    }
}

/// An instant in the scenario's time, always to the hundredth, so that it does not jump while it
/// counts: `6.50 s`.
pub fn format_instant(at: Instant, unit: f64) -> String {
    format!("{} s", written(at.seconds() / positive(unit), 2))
}

/// The same to the thousandth: `6.502 s`.
pub fn format_exact_instant(at: Instant, unit: f64) -> String {
    format!("{} s", written(at.seconds() / positive(unit), 3))
}

/// Widths, factors and units come from a page in whatever state it is: what is no positive number is 1.
fn positive(number: f64) -> f64 {
    if number.is_finite() && number > 0.0 { number } else { 1.0 }
}

#[cfg(test)]
mod tests;
