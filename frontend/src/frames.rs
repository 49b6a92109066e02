//! Long work, a little in each animation frame.

use crate::session::now_ms;

/// Takes steps until one of them was the last, or these milliseconds are over; whether one was the last.
/// A step should take much less, and much more than a look at the clock.
pub fn within(ms: f64, mut is_last: impl FnMut() -> bool) -> bool {
    let start = now_ms();
    loop {
        if is_last() {
            return true;
        }
        if now_ms() - start > ms {
            return false;
        }
    }
}
