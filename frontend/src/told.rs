//! The run told to who cannot see it: the newest sentences, in a live region, at most once a second.

use std::time::Duration;

use leptos::prelude::*;
use shared::view::story::Depth;

use crate::bench::Bench;
use crate::session::now_ms;

/// Milliseconds between two tellings: faster than that nobody can listen.
const APART: f64 = 1_000.0;

/// Sentences that are told at once; of more, only how many there were.
const AT_ONCE: usize = 3;

/// The live region.
#[component]
pub fn Told() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let text = RwSignal::new(String::new());
    // How many lines were told of which run, and when.
    let told = StoredValue::new((0_u32, 0_usize, f64::MIN));
    let pending = StoredValue::new(false);
    let tell = move || {
        pending.set_value(false);
        let era = session.era.get_untracked();
        let (of, before, _) = told.get_value();
        let before = if of == era { before } else { 0 };
        let new = session.whole(|all| {
            let new = all.lines.get(before..).unwrap_or_default();
            let new: Vec<_> = new.iter().filter(|line| line.depth == Depth::Main).collect();
            (all.lines.len(), words(new.iter().map(|line| line.text.as_str())))
        });
        let Some((lines, Some(words))) = new else { return };
        told.set_value((era, lines, now_ms()));
        text.set(words);
    };
    Effect::new(move |_| {
        session.tick.track();
        let (_, _, last) = told.get_value();
        let wait = last + APART - now_ms();
        if wait <= 0.0 {
            tell();
        } else if !pending.get_value() {
            pending.set_value(true);
            set_timeout(tell, Duration::from_secs_f64(wait / 1_000.0));
        }
    });
    view! { <p class="hide" role="log" aria-live="polite" aria-label="The run" data-told="">{text}</p> }
}

/// New sentences in one telling; none if there are none.
fn words<'a>(new: impl DoubleEndedIterator<Item = &'a str> + ExactSizeIterator) -> Option<String> {
    let count = new.len();
    let skipped = count.saturating_sub(AT_ONCE);
    let last: Vec<&str> = new.skip(skipped).collect();
    let last = last.join(". ");
    match (count, skipped) {
        (0, _) => None,
        (_, 0) => Some(format!("{last}.")),
        (_, 1) => Some(format!("1 event more, then: {last}.")),
        _ => Some(format!("{skipped} events more, then: {last}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_to_be_heard_is_counted() {
        let of = |count: usize| {
            let lines: Vec<String> = (1..=count).map(|at| format!("line {at}")).collect();
            words(lines.iter().map(String::as_str))
        };
        assert_eq!(of(0), None);
        assert_eq!(of(2).as_deref(), Some("line 1. line 2."));
        assert_eq!(of(4).as_deref(), Some("1 event more, then: line 2. line 3. line 4."));
        assert_eq!(of(9).as_deref(), Some("6 events more, then: line 7. line 8. line 9."));
    }
}
