//! Lines of Rust as rustfmt would lay them out, so that whoever runs it on the text sees no change.
//!
//! Only as much of rustfmt is here as the text needs: calls and arrays that fit on a line stay there,
//! and what does not is written one element a line, or filled where all elements are short.

use crate::listing::{Does, Line, Listing};

/// rustfmt's `max_width`.
const WIDTH: usize = 100;
/// rustfmt's `fn_call_width` and `array_width`: of what stands between the brackets.
const INSIDE: usize = 60;
/// rustfmt's `short_array_element_width_threshold`.
const SHORT: usize = 10;
const INDENT: usize = 4;

/// An expression that may need several lines.
#[derive(Debug, Clone)]
pub enum Expr {
    /// It has no place at which it could be broken.
    Atom(String),
    /// `open`, the elements with commas between them, `close`.
    List {
        /// Such as `sleep(`.
        open: String,
        /// What stands in it.
        elements: Vec<Expr>,
        /// Such as `)`.
        close: &'static str,
    },
}

impl Expr {
    /// What cannot be broken.
    pub fn atom(text: impl Into<String>) -> Self {
        Self::Atom(text.into())
    }

    /// `name(…)`.
    pub fn call(name: &str, elements: Vec<Self>) -> Self {
        Self::List { open: format!("{name}("), elements, close: ")" }
    }

    /// `prefix[…]`.
    pub fn array(prefix: &str, elements: Vec<Self>) -> Self {
        Self::List { open: format!("{prefix}["), elements, close: "]" }
    }

    /// It on one line, however long.
    pub fn flat(&self) -> String {
        match self {
            Self::Atom(text) => text.clone(),
            Self::List { open, elements, close } => format!("{open}{}{close}", joined(elements)),
        }
    }

    /// Whether there is nothing between its brackets.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::List { elements, .. } if elements.is_empty())
    }

    fn fits_inside(&self) -> bool {
        match self {
            Self::Atom(_) => true,
            Self::List { elements, .. } => {
                joined(elements).chars().count() <= INSIDE && elements.iter().all(Self::fits_inside)
            }
        }
    }

    /// It with what stands before and behind it, at this depth, in as many lines as it takes.
    fn lines(&self, depth: usize, before: &str, behind: &str) -> Vec<String> {
        let pad = " ".repeat(depth * INDENT);
        let whole = format!("{pad}{before}{}{behind}", self.flat());
        let fits = whole.chars().count() <= WIDTH && self.fits_inside();
        let Self::List { open, elements, close } = self else { return vec![whole] };
        if fits || elements.is_empty() {
            return vec![whole];
        }
        let beneath = format!("{pad}    {}{behind}", self.flat());
        if before.ends_with(" = ") && beneath.chars().count() <= WIDTH && self.fits_inside() {
            return vec![format!("{pad}{}", before.trim_end()), beneath];
        }
        // An only argument that has brackets keeps them with the call's.
        if let [only @ Self::List { .. }] = elements.as_slice() {
            let before = format!("{before}{open}");
            return only.lines(depth, &before, &format!("{close}{behind}"));
        }
        let mut lines = vec![format!("{pad}{before}{open}")];
        let short = |element: &Self| element.flat().chars().count() <= SHORT;
        if open.ends_with('[') && elements.iter().all(short) {
            lines.extend(filled(elements, depth + 1));
        } else {
            lines.extend(elements.iter().flat_map(|element| element.lines(depth + 1, "", ",")));
        }
        lines.push(format!("{pad}{close}{behind}"));
        lines
    }
}

fn joined(elements: &[Expr]) -> String {
    elements.iter().map(Expr::flat).collect::<Vec<_>>().join(", ")
}

/// As many on each line as it takes.
fn filled(elements: &[Expr], depth: usize) -> Vec<String> {
    let pad = " ".repeat(depth * INDENT);
    let mut lines: Vec<String> = Vec::new();
    for element in elements {
        let text = format!("{},", element.flat());
        match lines.last_mut() {
            // It leaves the last column empty.
            Some(line) if line.chars().count() + 1 + text.chars().count() < WIDTH => {
                line.push(' ');
                line.push_str(&text);
            }
            _ => lines.push(format!("{pad}{text}")),
        }
    }
    lines
}

/// The text, as it grows.
#[derive(Debug, Default)]
pub struct Text {
    lines: Vec<Line>,
    depth: usize,
}

impl Text {
    /// A text that begins so deep.
    pub fn at(depth: usize) -> Self {
        Self { lines: Vec::new(), depth }
    }

    /// A line that does nothing that the log shows.
    pub fn line(&mut self, text: &str) {
        self.does(text, Vec::new());
    }

    /// A line that does this.
    pub fn does(&mut self, text: &str, does: Vec<Does>) {
        let pad = if text.is_empty() { 0 } else { self.depth * INDENT };
        self.lines.push(Line { text: format!("{}{text}", " ".repeat(pad)), does });
    }

    /// An expression with what stands before and behind it; its first line does this.
    pub fn expr(&mut self, before: &str, expr: &Expr, behind: &str, does: Vec<Does>) {
        let mut does = Some(does);
        for text in expr.lines(self.depth, before, behind) {
            self.lines.push(Line { text, does: does.take().unwrap_or_default() });
        }
    }

    /// Lines that belong together, indented from the first column on.
    pub fn block(&mut self, text: &str) {
        text.lines().for_each(|line| self.line(line));
    }

    /// A line behind which the text is one deeper.
    pub fn open(&mut self, text: &str) {
        self.does_and_opens(text, Vec::new());
    }

    /// The same, with what that line does.
    pub fn does_and_opens(&mut self, text: &str, does: Vec<Does>) {
        self.does(text, does);
        self.depth += 1;
    }

    /// From here on it is one deeper: the line before, which may be several, opened it.
    pub fn deeper(&mut self) {
        self.depth += 1;
    }

    /// Back again, and the line that closes.
    pub fn close(&mut self, text: &str) {
        self.close_doing(text, Vec::new());
    }

    /// The same, with what that line does.
    pub fn close_doing(&mut self, text: &str, does: Vec<Does>) {
        self.depth -= 1;
        self.does(text, does);
    }

    /// Whether there is no line yet.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// `} else {`, and its likes.
    pub fn turn(&mut self, text: &str) {
        self.close(text);
        self.depth += 1;
    }

    /// Another text behind this one.
    pub fn append(&mut self, other: Self) {
        self.lines.extend(other.lines);
    }

    /// The whole.
    pub fn into_listing(self) -> Listing {
        Listing { lines: self.lines }
    }
}

/// A string as Rust writes it.
pub fn quoted(text: &str) -> String {
    format!("{text:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(expr: &Expr) -> String {
        expr.lines(1, "x = ", ";").join("\n")
    }

    fn atoms(count: usize, text: &str) -> Vec<Expr> {
        vec![Expr::atom(text); count]
    }

    #[test]
    fn what_fits_is_one_line() {
        assert_eq!(shown(&Expr::call("f", atoms(2, "1"))), "    x = f(1, 1);");
    }

    #[test]
    fn arguments_that_do_not_fit_have_a_line_each() {
        let long = "a".repeat(40);
        let call = Expr::call("f", atoms(2, &long));
        assert_eq!(shown(&call), format!("    x = f(\n        {long},\n        {long},\n    );"));
    }

    #[test]
    fn short_elements_fill_their_lines_and_keep_the_brackets_of_the_call() {
        let text = shown(&Expr::call("sum", vec![Expr::array("&", atoms(30, "v[0]"))]));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines[0], lines[3]), ("    x = sum(&[", "    ]);"));
        assert!(lines[1].len() <= 100 && lines[1].len() > 94 && lines[1].ends_with("v[0],"));
    }
}
