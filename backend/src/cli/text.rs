//! `futurescope python` and `futurescope rust`: a scenario as a program's text.

use shared::scenario::python;
use shared::scenario::rust::{NoRust, rust};

use super::args::{Asked, Language};
use super::run::{load, name};
use super::{code, complain, say};

/// Prints the text, and gives the exit code.
pub fn print(asked: &Asked) -> u8 {
    let wrong = |why: NoRust| format!("{}: {why}", name(&asked.file));
    let listing = load(&asked.file, None).and_then(|plan| match asked.language {
        Language::Python => Ok(python(&plan)),
        Language::Rust => rust(&plan).map_err(wrong),
    });
    let listing = match listing {
        Ok(listing) => listing,
        Err(message) => {
            complain(&message);
            return code::USAGE;
        }
    };
    if asked.lines {
        let json = serde_json::to_string(&listing).expect("a listing is plain data");
        return say(&format!("{json}\n"));
    }
    say(&listing.text())
}
