//! A line of a program as it is shown: the language's own words in bold, comments dimmed, and what
//! another text has otherwise marked.

use std::ops::Range;

use leptos::prelude::*;

use super::dialect::Dialect;

const PYTHON: &[&str] = &[
    "import", "from", "def", "return", "with", "as", "for", "in", "while", "if", "else", "try",
    "except", "finally", "raise", "break", "continue", "pass", "lambda", "class", "global", "not",
    "and", "or", "is", "assert",
];

const RUST: &[&str] = &[
    "use", "fn", "let", "mut", "for", "in", "while", "loop", "if", "else", "match", "return",
    "break", "continue", "move", "struct", "enum", "impl", "type", "const", "static", "where",
    "pub", "as", "dyn",
];

/// How a piece of a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Plain,
    Keyword,
    Comment,
}

/// The views of a line; `marks` are in order and none touches the next.
pub fn words(of: Dialect, text: &str, marks: &[Range<usize>]) -> Vec<AnyView> {
    let mut shown: Vec<AnyView> = Vec::new();
    let mut end = 0;
    for mark in marks {
        shown.extend(pieces(of, text, end..mark.start));
        let marked = pieces(of, text, mark.clone());
        shown.push(view! { <mark>{marked}</mark> }.into_any());
        end = mark.end;
    }
    shown.extend(pieces(of, text, end..text.len()));
    shown
}

/// The part of a line that lies in this range. What it is depends on the whole line: half a comment is
/// a comment.
fn pieces(of: Dialect, text: &str, range: Range<usize>) -> Vec<AnyView> {
    let within = |(place, look): (Range<usize>, Look)| {
        let (start, end) = (place.start.max(range.start), place.end.min(range.end));
        let piece = text.get(start..end).filter(|piece| !piece.is_empty())?.to_owned();
        Some(match look {
            Look::Plain => piece.into_any(),
            Look::Keyword => view! { <b>{piece}</b> }.into_any(),
            Look::Comment => view! { <span class="dim">{piece}</span> }.into_any(),
        })
    };
    looks(of, text).into_iter().filter_map(within).collect()
}

/// How the pieces of a line look, one behind the other.
fn looks(of: Dialect, text: &str) -> Vec<(Range<usize>, Look)> {
    let is_rust = of == Dialect::Rust;
    let (keywords, comment) = if is_rust { (RUST, "//") } else { (PYTHON, "#") };
    // In Rust a single quote is more often a lifetime's.
    let quotes: &[char] = if is_rust { &['"'] } else { &['"', '\''] };
    let mut looks: Vec<(Range<usize>, Look)> = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (length, look) = match first {
            _ if rest.starts_with(comment) => (rest.len(), Look::Comment),
            c if quotes.contains(&c) => (quoted(rest, first), Look::Plain),
            c if is_of_word(c) => {
                let length = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
                let is_keyword = keywords.contains(&&rest[..length]);
                (length, if is_keyword { Look::Keyword } else { Look::Plain })
            }
            c => (c.len_utf8(), Look::Plain),
        };
        match looks.last_mut() {
            // One text node for what looks alike.
            Some((before, Look::Plain)) if look == Look::Plain => before.end += length,
            _ => looks.push((at..at + length, look)),
        }
        at += length;
    }
    looks
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The bytes of a quoted text, its quotes included.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(of: Dialect, text: &str) -> String {
        let piece = |(range, look): (Range<usize>, Look)| match look {
            Look::Plain => text[range].to_owned(),
            Look::Keyword => format!("<b>{}</b>", &text[range]),
            Look::Comment => format!("<i>{}</i>", &text[range]),
        };
        looks(of, text).into_iter().map(piece).collect()
    }

    #[test]
    fn keywords_and_comments_stand_out_but_not_within_a_quoted_text() {
        assert_eq!(
            shown(Dialect::Futures, r#"for ö in f("if # \" not", 'a'):  # for you"#),
            r#"<b>for</b> ö <b>in</b> f("if # \" not", 'a'):  <i># for you</i>"#
        );
        assert_eq!(
            shown(Dialect::Rust, "let x = a / b; // let's 'a"),
            "<b>let</b> x = a / b; <i>// let's 'a</i>"
        );
    }
}
