//! What a state looks like on the page: its class, its glyph and its word, together.
//!
//! A state is said four times, so that nobody needs to see colours: class and word are `Shown`'s, for
//! pictures have them, too; the glyph comes from here, the pattern and the colour from the class
//! (`static/style/parts.css`).

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
    let glyph = match shown {
        Shown::Waiting => "#g-waiting",
        Shown::Queued => "#g-queued",
        Shown::Claims => "#g-claims",
        Shown::Running => "#g-running",
        Shown::Succeeded => "#g-succeeded",
        Shown::Failed => "#g-failed",
        Shown::Cancelled => "#g-cancelled",
        Shown::Broken => "#g-broken",
        Shown::Skipped => "#g-skipped",
    };
    Skin { class: shown.class(), glyph, word: shown.word_on_node(), legend: shown.word() }
}

#[cfg(test)]
mod tests;
