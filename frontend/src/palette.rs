//! What a state looks like: its class, its glyph and its word. The only place.
//!
//! A state is said four times, so that nobody needs to see colours: the word is `Shown`'s, the glyph
//! comes from here, the pattern and the colour from the class (`static/style/parts.css`).

use shared::view::shown::Shown;

/// How a state is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skin {
    /// The class of a mark, a bar or a node.
    pub class: &'static str,
    /// The symbol of `static/icons.svg`.
    pub glyph: &'static str,
    /// The word on a node.
    pub word: &'static str,
    /// The word in the legend, where there is room.
    pub legend: &'static str,
}

/// The skin of a state.
pub fn skin(shown: Shown) -> Skin {
    let legend = shown.word();
    let (class, glyph, word) = match shown {
        Shown::Waiting => ("is-waiting", "#g-waiting", legend),
        Shown::Queued => ("is-queued", "#g-queued", legend),
        // A node has no room for all of it; the glyph and the outline say the rest.
        Shown::Claims => ("is-claims", "#g-claims", "queued"),
        Shown::Running => ("is-running", "#g-running", legend),
        Shown::Succeeded => ("is-succeeded", "#g-succeeded", legend),
        Shown::Failed => ("is-failed", "#g-failed", legend),
        Shown::Cancelled => ("is-cancelled", "#g-cancelled", legend),
        Shown::Broken => ("is-broken", "#g-broken", legend),
        Shown::Skipped => ("is-skipped", "#g-skipped", legend),
    };
    Skin { class, glyph, word, legend }
}

#[cfg(test)]
mod tests;
