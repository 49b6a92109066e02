//! Which words of two texts differ: what a learner would have to type anew.
//!
//! ```text
//!  two Listings ──tokens──▶ the longest tokens that both have in one order ──▶ ranges of the others
//! ```
//!
//! Compared are words, numbers, quoted texts and signs, over the whole text and not line by line:
//! where a call is broken into lines differently, nothing differs. The search is Myers' greedy one,
//! whose work grows with what differs and not with how long the texts are; it gives up where almost
//! everything does, since marks on everything would show nothing.

use std::ops::Range;

use super::Listing;

/// Tokens that may be added and removed between the two texts.
const MOST_EDITS: usize = 2_000;

/// What two texts do not share.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differing {
    /// By line of the left text: bytes that stand only there, in order, none touching the next.
    pub left: Vec<Vec<Range<usize>>>,
    /// The same of the right text.
    pub right: Vec<Vec<Range<usize>>>,
    /// How many words differ. Words that take the place of others are counted once.
    pub words: usize,
}

/// What two texts do not share, or nothing if that is almost everything.
pub fn differing(left: &Listing, right: &Listing) -> Option<Differing> {
    let (lefts, rights) = (tokens(left), tokens(right));
    let mut shared = shared_tokens(&lefts, &rights)?;
    // As if something stood behind both, so that the last difference ends like all others.
    shared.push((lefts.len(), rights.len()));
    begin_at_lines(&mut shared, &lefts, &rights);

    let mut found = Differing {
        left: vec![Vec::new(); left.lines.len()],
        right: vec![Vec::new(); right.lines.len()],
        words: 0,
    };
    let (mut from_left, mut from_right) = (0, 0);
    for (to_left, to_right) in shared {
        let (here, there) = (&lefts[from_left..to_left], &rights[from_right..to_right]);
        mark(&mut found.left, left, here);
        mark(&mut found.right, right, there);
        found.words += words(here).max(words(there));
        (from_left, from_right) = (to_left + 1, to_right + 1);
    }
    Some(found)
}

/// Where a difference may begin at one of two equal words, it begins with its line: of `import a` and
/// `import b`, the second is new, and not `a import`.
fn begin_at_lines(shared: &mut [(usize, usize)], left: &[Token], right: &[Token]) {
    let later = |tokens: &[Token], at: usize, next: usize| {
        let begins = at == 0 || tokens[at - 1].line < tokens[at].line;
        (next > at + 1 && begins && tokens[next - 1].text == tokens[at].text).then(|| next - 1)
    };
    for at in (0..shared.len().saturating_sub(1)).rev() {
        let ((x, y), (next_x, next_y)) = (shared[at], shared[at + 1]);
        if next_x == x + 1 {
            shared[at].1 = later(right, y, next_y).unwrap_or(y);
        } else if next_y == y + 1 {
            shared[at].0 = later(left, x, next_x).unwrap_or(x);
        }
    }
}

/// A token of a text.
struct Token<'a> {
    text: &'a str,
    line: usize,
    /// Its first byte in the line.
    at: usize,
}

fn words(tokens: &[Token]) -> usize {
    let is_word = |token: &&Token| token.text.starts_with(|c: char| is_of_word(c) || is_quote(c));
    tokens.iter().filter(is_word).count()
}

/// Adds tokens that follow each other to the ranges of their lines, with the spaces between them.
fn mark(ranges: &mut [Vec<Range<usize>>], text: &Listing, tokens: &[Token]) {
    for token in tokens {
        let end = token.at + token.text.len();
        let of_line = &mut ranges[token.line];
        match of_line.last_mut() {
            Some(last) if text.lines[token.line].text[last.end..token.at].trim().is_empty() => {
                last.end = end;
            }
            _ => of_line.push(token.at..end),
        }
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'')
}

fn tokens(listing: &Listing) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (line, of) in listing.lines.iter().enumerate() {
        let mut at = 0;
        while let Some(first) = of.text[at..].chars().next() {
            let rest = &of.text[at..];
            let length = match first {
                c if c.is_whitespace() => c.len_utf8(),
                c if is_of_word(c) => rest.find(|c| !is_of_word(c)).unwrap_or(rest.len()),
                c if is_quote(c) => quoted(rest, c),
                c => c.len_utf8(),
            };
            if !first.is_whitespace() {
                tokens.push(Token { text: &rest[..length], line, at });
            }
            at += length;
        }
    }
    tokens
}

/// The bytes of a quoted text, its quotes included; of one without an end, its first quote alone.
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
    quote.len_utf8()
}

/// The longest sequence of tokens that both have in this order, as places in the two, or nothing if
/// too much lies between.
fn shared_tokens(left: &[Token], right: &[Token]) -> Option<Vec<(usize, usize)>> {
    let rows = reached(left, right)?;
    // Back from the end, always the way that the search came.
    let mut shared = Vec::new();
    let (mut x, mut y) = (left.len(), right.len());
    for edits in (1..rows.len()).rev() {
        let diagonal = (x + edits - y) / 2;
        let before = &rows[edits - 1];
        let adds = is_added(before, diagonal, edits);
        let (from_x, from_diagonal) =
            if adds { (before[diagonal], diagonal) } else { (before[diagonal - 1], diagonal - 1) };
        let begins = if adds { from_x } else { from_x + 1 };
        while x > begins {
            (x, y) = (x - 1, y - 1);
            shared.push((x, y));
        }
        (x, y) = (from_x, from_x + (edits - 1) - 2 * from_diagonal);
    }
    while x > 0 {
        (x, y) = (x - 1, y - 1);
        shared.push((x, y));
    }
    shared.reverse();
    Some(shared)
}

/// For each number of edits from 0 to the least that does: how many tokens of the left text are behind
/// us at best, by `diagonal`. On diagonal `i` after `d` edits, `x - y = 2 i - d`.
fn reached(left: &[Token], right: &[Token]) -> Option<Vec<Vec<usize>>> {
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for edits in 0..=MOST_EDITS {
        let mut row = Vec::with_capacity(edits + 1);
        for diagonal in 0..=edits {
            let mut x = match rows.last() {
                None => 0,
                Some(before) if is_added(before, diagonal, edits) => before[diagonal],
                Some(before) => before[diagonal - 1] + 1,
            };
            let mut y = x + edits - 2 * diagonal;
            while x < left.len() && y < right.len() && left[x].text == right[y].text {
                (x, y) = (x + 1, y + 1);
            }
            row.push(x);
            if x >= left.len() && y >= right.len() {
                rows.push(row);
                return Some(rows);
            }
        }
        rows.push(row);
    }
    None
}

/// Whether the last edit before this diagonal takes a token of the right text, and not of the left.
fn is_added(before: &[usize], diagonal: usize, edits: usize) -> bool {
    diagonal == 0 || (diagonal < edits && before[diagonal - 1] + 1 < before[diagonal])
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::listing::Line;

    fn listing(text: &str) -> Listing {
        let line = |text: &str| Line { text: text.to_owned(), does: Vec::new() };
        Listing { lines: text.lines().map(line).collect() }
    }

    /// The text with what differs in brackets.
    fn bracketed(text: &str, ranges: &[Vec<Range<usize>>]) -> String {
        let mut shown = String::new();
        for (line, ranges) in text.lines().zip(ranges) {
            let mut end = 0;
            for range in ranges {
                shown.extend([&line[end..range.start], "[", &line[range.clone()], "]"]);
                end = range.end;
            }
            shown += &line[end..];
            shown.push('\n');
        }
        shown
    }

    #[allow(clippy::needless_pass_by_value)] // as `expect!` makes them
    fn check(left: &str, right: &str, expected: Expect) {
        let found = differing(&listing(left), &listing(right)).unwrap();
        let (left, right) = (bracketed(left, &found.left), bracketed(right, &found.right));
        expected.assert_eq(&format!("{left}---\n{right}{} words", found.words));
    }

    #[test]
    fn words_that_take_the_place_of_others_are_marked_on_both_sides_and_counted_once() {
        check(
            "with ThreadPoolExecutor(max_workers=2) as executor:\n    a = executor.submit(sleep, 1)",
            "with Pool(2) as pool:\n    a = pool.apply_async(sleep, (1,))",
            expect![[r#"
                with [ThreadPoolExecutor]([max_workers=]2) as [executor]:
                    a = [executor].[submit](sleep, 1)
                ---
                with [Pool](2) as [pool]:
                    a = [pool].[apply_async](sleep, [(]1[,])[)]
                5 words"#]],
        );
    }

    #[test]
    fn where_lines_are_broken_otherwise_nothing_differs() {
        check(
            "f(a, b)",
            "f(\n    a,\n    b)",
            expect![[r#"
            f(a, b)
            ---
            f(
                a,
                b)
            0 words"#]],
        );
    }

    #[test]
    fn a_quoted_text_is_one_word_and_so_is_one_of_other_letters() {
        check(
            r#"f("the end", "größe")"#,
            r#"f("an \" end", "größen")"#,
            expect![[r#"
                f(["the end"], ["größe"])
                ---
                f(["an \" end"], ["größen"])
                2 words"#]],
        );
    }

    #[test]
    fn a_line_that_was_put_in_is_marked_from_its_first_word() {
        check(
            "import b\nc",
            "import a\nimport b\nc",
            expect![[r#"
            import b
            c
            ---
            [import a]
            import b
            c
            2 words"#]],
        );
        check(
            "import a\nimport b\nc",
            "import b\nc",
            expect![[r#"
            [import a]
            import b
            c
            ---
            import b
            c
            2 words"#]],
        );
    }

    #[test]
    fn the_same_text_and_an_empty_one() {
        check(
            "a = 1",
            "a = 1",
            expect![[r#"
            a = 1
            ---
            a = 1
            0 words"#]],
        );
        check(
            "",
            "a = 1",
            expect![[r#"
            ---
            [a = 1]
            2 words"#]],
        );
        check(
            "a = 1",
            "",
            expect![[r#"
            [a = 1]
            ---
            2 words"#]],
        );
    }

    #[test]
    fn where_almost_everything_differs_nothing_is_marked() {
        let text = |word: &str| {
            let lines: Vec<String> = (0..=MOST_EDITS / 2).map(|n| format!("{word}{n}")).collect();
            listing(&lines.join("\n"))
        };
        assert_eq!(differing(&text("a"), &text("b")), None);
        let same = differing(&text("a"), &text("a")).unwrap();
        assert!(same.words == 0 && same.left.iter().all(Vec::is_empty));
    }

    /// What is left when the marks are taken out is the same text on both sides.
    #[test]
    fn what_is_not_marked_is_the_same_on_both_sides() {
        let texts =
            ["a b c a b b a", "c b a b a c", "x", "a.b(c, d)", "a.c(d, \"e\")", "(((", ")("];
        for left in texts {
            for right in texts {
                let (lefts, rights) = (listing(left), listing(right));
                let found = differing(&lefts, &rights).unwrap();
                let rest = |text: &Listing, ranges: &[Vec<Range<usize>>]| -> Vec<String> {
                    let of =
                        |token: &Token| !ranges[token.line].iter().any(|it| it.contains(&token.at));
                    tokens(text).iter().filter(|it| of(it)).map(|it| it.text.to_owned()).collect()
                };
                assert_eq!(
                    rest(&lefts, &found.left),
                    rest(&rights, &found.right),
                    "{left} | {right}"
                );
            }
        }
    }
}
