//! Python's `repr`, character by character, because learners compare it with what their own
//! Python prints.

use std::fmt::Write;

use super::Value;

/// Appends `repr(value)`.
pub(super) fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::None => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Int(int) => out.push_str(&int.to_string()),
        Value::Float(float) => out.push_str(&float_repr(*float)),
        Value::Text(text) => write_text(out, text),
        Value::List(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push_str(", ");
                }
                write_value(out, item);
            }
            out.push(']');
        }
    }
}

/// The fewest digits that read back as the same float, and of those the nearest to it.
///
/// Rust finds how many digits that takes. But where two candidates are equally near, it takes
/// the greater and Python the even one; and they differ on when to write an exponent, and how.
fn float_repr(float: f64) -> String {
    let shortest = format!("{float:e}");
    let Some((digits, exponent)) = shortest.split_once('e') else {
        // Infinity or not-a-number: no value holds them, but a wrong one should show as it is.
        return shortest;
    };
    let exponent: i32 = exponent.parse().expect("Rust writes a whole exponent");
    // Digits after the point of the scientific notation.
    let after = digits.split_once('.').map_or(0, |(_, after)| after.len());
    if (-4..16).contains(&exponent) {
        let after = i32::try_from(after).expect("at most 17 digits") - exponent;
        let after = usize::try_from(after).unwrap_or(0).max(1);
        let even = format!("{float:.after$}");
        return if reads_as(&even, float) { even } else { float.to_string() };
    }
    let even = format!("{float:.after$e}");
    let digits = match even.split_once('e') {
        Some((digits, _)) if reads_as(&even, float) => digits,
        _ => digits,
    };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// Whether rounding to even was right. Not next to a power of two, where the nearer candidate
/// may already belong to the next float.
fn reads_as(written: &str, float: f64) -> bool {
    written.parse::<f64>().is_ok_and(|read| read.to_bits() == float.to_bits())
}

/// Single quotes, unless the text has some and no double ones.
fn write_text(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => out.extend(['\\', c]),
            c if is_printable(c) => out.push(c),
            c => write_escape(out, u32::from(c)),
        }
    }
    out.push(quote);
}

fn write_escape(out: &mut String, code: u32) {
    let written = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
    written.expect("writing to a String cannot fail");
}

/// Python's `str.isprintable` of one character.
///
/// Rust's `escape_debug` escapes what Unicode calls other or separator, which is Python's rule
/// too; only the first character of a text gets a stricter one, hence the `x` before it.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    let mut buffer = [b'x'; 5];
    let length = 1 + c.encode_utf8(&mut buffer[1..]).len();
    let text = std::str::from_utf8(&buffer[..length]).expect("an x and one character");
    !text.escape_debug().any(|written| written == '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_cpython_writes_them() {
        let cases = [
            (50.0, "50.0"),
            (0.1, "0.1"),
            (-0.0, "-0.0"),
            (1e15, "1000000000000000.0"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-2.5e-7, "-2.5e-07"),
            (5e-324, "5e-324"),
            // This is ….125: as near to .13, and .12 is even.
            (1_959_959_973_295_497.0 / 8.0, "244994996661937.12"),
            (0.1 + 0.2, "0.30000000000000004"),
        ];
        for (float, written) in cases {
            assert_eq!(float_repr(float), written);
        }
    }

    #[test]
    fn text_is_quoted_and_escaped_as_cpython_does() {
        let cases = [
            ("a", "'a'"),
            ("it's", "\"it's\""),
            ("both ' and \"", "'both \\' and \"'"),
            ("a\\b\n\r\t\0\x7f", r"'a\\b\n\r\t\x00\x7f'"),
            ("é 先 🦀", "'é 先 🦀'"),
            ("\u{a0}\u{ad}\u{200b}\u{feff}\u{e0001}", r"'\xa0\xad\u200b\ufeff\U000e0001'"),
            // A combining accent is printable, even at the beginning.
            ("\u{301}", "'\u{301}'"),
        ];
        for (text, written) in cases {
            let mut out = String::new();
            write_text(&mut out, text);
            assert_eq!(out, written);
        }
    }
}
