//! The names of assets, filled into the files that mention them.
//!
//! A source names an asset as `{{boot.js}}`; the page names it by its content,
//! `/assets/boot-9f….js`. A name that is not an asset's is refused: in the browser it
//! would only be a request that finds nothing.

use std::collections::BTreeMap;

use thiserror::Error;

/// Addresses of assets by the names that sources have for them; for what stands in the
/// page itself, the text of it.
pub type Addresses = BTreeMap<&'static str, String>;

/// Why a source could not be filled.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum FillError {
    /// The name between the braces is nobody's.
    #[error("`{{{{{name}}}}}` is no asset; there are {known}")]
    Unknown {
        /// What stands between the braces.
        name: String,
        /// All names that would have been right, with commas between them.
        known: String,
    },
    /// A `{{` without its `}}`.
    #[error("`{{{{` is not closed: `{rest}`")]
    Open {
        /// The line from the braces on.
        rest: String,
    },
}

/// Replaces each `{{name}}` in `source` by the address of that asset.
///
/// # Errors
/// [`FillError::Unknown`] and [`FillError::Open`], for the first place that is wrong.
pub fn fill(source: &str, addresses: &Addresses) -> Result<String, FillError> {
    let mut filled = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, from_braces)) = rest.split_once("{{") {
        let line = from_braces.lines().next().unwrap_or_default();
        let Some((name, _)) = line.split_once("}}") else {
            return Err(FillError::Open { rest: format!("{{{{{line}") });
        };
        let Some(address) = addresses.get(name) else {
            let known = addresses.keys().copied().collect::<Vec<_>>().join(", ");
            return Err(FillError::Unknown { name: name.to_owned(), known });
        };
        filled.push_str(before);
        filled.push_str(address);
        rest = &from_braces[name.len() + "}}".len()..];
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> Addresses {
        BTreeMap::from([("app.js", "/assets/app-1.js".into()), ("boot.js", "/b.js".into())])
    }

    #[test]
    fn every_mention_of_an_asset_becomes_its_address() {
        let source = "{{app.js}} { }} {{boot.js}}{{app.js}} end";
        let filled = "/assets/app-1.js { }} /b.js/assets/app-1.js end";
        assert_eq!(fill(source, &addresses()).as_deref(), Ok(filled));
    }

    #[test]
    fn name_that_is_no_asset_is_refused_with_those_that_are() {
        let error = fill("{{app.js}} {{ap.js}}", &addresses()).unwrap_err();
        assert_eq!(error.to_string(), "`{{ap.js}}` is no asset; there are app.js, boot.js");
    }

    #[test]
    fn braces_that_are_not_closed_on_their_line_are_refused() {
        let error = fill("a {{app.js\n}}", &addresses()).unwrap_err();
        assert_eq!(error.to_string(), "`{{` is not closed: `{{app.js`");
    }
}
