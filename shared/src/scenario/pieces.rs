//! A printed line's template: text, and names that stand for something.

/// A piece of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// As it stands; never empty.
    Text(&'a str),
    /// What stands between two braces.
    Name(&'a str),
}

/// The pieces of a template in order. `{{` and `}}` are braces, and so is a brace without another.
#[derive(Debug, Clone)]
pub struct Pieces<'a> {
    rest: &'a str,
}

/// Of this template.
pub fn pieces(template: &str) -> Pieces<'_> {
    Pieces { rest: template }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let at = self.rest.find(['{', '}']).unwrap_or(self.rest.len());
        if at > 0 {
            let (text, rest) = self.rest.split_at(at);
            self.rest = rest;
            return Some(Piece::Text(text));
        }
        let (brace, rest) = self.rest.split_at(1);
        self.rest = rest;
        if let Some(behind) = rest.strip_prefix(brace) {
            self.rest = behind;
        } else if brace == "{"
            && let Some((name, behind)) = rest.split_once('}')
        {
            self.rest = behind;
            return Some(Piece::Name(name));
        }
        Some(Piece::Text(brace))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_text_and_names_and_doubled_braces_are_text() {
        let parts = |template| pieces(template).collect::<Vec<_>>();
        assert_eq!(parts(""), []);
        let expected = [Piece::Text("a "), Piece::Name("b.c"), Piece::Text(" d")];
        assert_eq!(parts("a {b.c} d"), expected);
        assert_eq!(parts("{{a}}"), [Piece::Text("{"), Piece::Text("a"), Piece::Text("}")]);
        assert_eq!(
            parts("}a{b"),
            [Piece::Text("}"), Piece::Text("a"), Piece::Text("{"), Piece::Text("b")]
        );
        assert_eq!(parts("{}"), [Piece::Name("")]);
    }
}
