//! Playing: how fast the moment moves on by itself.
//!
//! By a fixed pace, run time passes so many times as fast as it did. By itself, what matters takes the
//! time: from one line of the story to the next it is long enough to be seen and short enough to be
//! waited for, however long it was. The axis always shows true times.

use leptos::prelude::*;
use shared::units::{Instant, Span};

use super::{Held, Phase, Session, now_ms};

/// From one line to the next, played by itself, at least: so long it takes to see one.
const LEAST_MS: f64 = 120.0;

/// … and at most: nobody waits longer for nothing to happen.
const MOST_MS: f64 = 300.0;

/// How fast the moment moves on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// So many times as fast as it was.
    Times(f64),
    /// From line to line of the story.
    Auto,
}

impl Pace {
    /// All, the slowest first.
    pub const ALL: [Self; 8] = [
        Self::Times(0.1),
        Self::Times(0.2),
        Self::Times(0.5),
        Self::Times(1.0),
        Self::Times(2.0),
        Self::Times(5.0),
        Self::Times(10.0),
        Self::Auto,
    ];

    /// What it is called.
    pub fn name(self) -> String {
        match self {
            Self::Times(times) => format!("{times}×"),
            Self::Auto => "auto".to_owned(),
        }
    }

    /// The next faster or slower one; itself at either end.
    pub fn next(self, faster: bool) -> Self {
        let at = Self::ALL.iter().position(|pace| *pace == self).unwrap_or_default();
        let to = if faster { at + 1 } else { at.saturating_sub(1) };
        *Self::ALL.get(to).unwrap_or(&self)
    }
}

/// A stretch without a line, as it is played by [`Pace::Auto`].
#[derive(Debug, Clone, Copy)]
struct Gap {
    /// The instant at which it begins.
    from: Instant,
    /// When that was shown, by the page's clock.
    shown_ms: f64,
}

impl Session {
    /// Lets the moment move on as time does, or holds it.
    pub fn play_or_hold(self) {
        if self.playing.get_untracked() {
            return self.playing.set(false);
        }
        match self.held.get_untracked() {
            Some(held) => {
                // Who is at the end wants to see it again.
                let at_end = held.at >= self.clock.get_untracked();
                if at_end {
                    self.hold_at_start();
                }
            }
            None if self.phase.with_untracked(Phase::is_going) => {
                return self.hold_at(self.clock.get_untracked());
            }
            None => self.hold_at_start(),
        }
        if let Some(held) = self.held.get_untracked() {
            self.playing.set(true);
            // A frame that an earlier play asked for may still come.
            let play = self.plays.get_value() + 1;
            self.plays.set_value(play);
            let now = now_ms();
            self.play_on(play, now, Gap { from: held.at, shown_ms: now });
        }
    }

    fn play_on(self, play: u32, before: f64, gap: Gap) {
        request_animation_frame(move || {
            if self.plays.get_value() != play {
                return;
            }
            let held = self.held.get_untracked().filter(|_| self.playing.get_untracked());
            let Some(held) = held else { return self.cut_short(false) };
            let now = now_ms();
            let gap = match self.pace.get_untracked() {
                Pace::Times(times) => {
                    self.cut_short(false);
                    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                    // not negative
                    let passed = ((now - before).max(0.0) * times * 1e6) as u64;
                    let next = Instant(held.at.0.saturating_add(passed));
                    if next >= self.clock.get_untracked() {
                        return self.go_live();
                    }
                    self.hold_at(next);
                    // Whoever chooses to go by lines begins here.
                    Gap { from: next, shown_ms: now }
                }
                Pace::Auto => match self.go_on_in(gap, held, now) {
                    Some(gap) => gap,
                    None => {
                        self.cut_short(false);
                        return self.go_live();
                    }
                },
            };
            self.play_on(play, now, gap);
        });
    }

    /// Shows what of this gap is to be seen by now, and its line when it is over; the gap that goes on
    /// then, or none if no line is left.
    fn go_on_in(self, gap: Gap, held: Held, now: f64) -> Option<Gap> {
        let depth = self.depth.get_untracked();
        let next = self.whole(|all| all.next_line(held.next, true, depth, |_| true).cloned());
        let line = next.flatten()?;
        let length = line.at.since(gap.from);
        let lasts = lasts_ms(length);
        let part = (now - gap.shown_ms) / lasts;
        self.cut_short(length.seconds() * 1_000.0 > MOST_MS);
        if part >= 1.0 {
            self.hold_behind(&line);
            return Some(Gap { from: line.at, shown_ms: now });
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        // a part of what it is of
        let at = Instant(gap.from.0 + (length.0 as f64 * part.max(0.0)) as u64);
        if at > held.at {
            let until = self.whole(|all| all.records_until(at))?;
            // What followed from the line before at once has been shown with it.
            self.hold(Held { next: until.max(held.next), at });
        }
        Some(gap)
    }

    fn cut_short(self, skips: bool) {
        if self.skips.get_untracked() != skips {
            self.skips.set(skips);
        }
    }
}

/// How long a stretch without a line takes to be played by itself, in milliseconds.
fn lasts_ms(length: Span) -> f64 {
    (length.seconds() * 1_000.0).clamp(LEAST_MS, MOST_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_at_once_is_stretched_and_waiting_is_cut_short() {
        let last = |ms: u64| format!("{:.0}", lasts_ms(Span::from_ms(ms)));
        assert_eq!([0, 1, 200, 5_000].map(last), ["120", "120", "200", "300"]);
    }

    #[test]
    fn paces_go_from_slow_to_fast_and_end_there() {
        let one = Pace::Times(1.0);
        assert_eq!([one.next(false).name(), one.next(true).name()], ["0.5×", "2×"]);
        assert_eq!(Pace::ALL[0].next(false), Pace::ALL[0]);
        assert_eq!(Pace::Auto.next(true), Pace::Auto);
    }
}
