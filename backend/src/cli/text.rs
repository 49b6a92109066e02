//! `futurescope python` and `futurescope rust`: a scenario as a program's text.

use shared::scenario::{python, rust};

use super::args::{Asked, Language};
use super::run::load;
use super::{code, complain, say};

/// Prints the text, and gives the exit code.
pub fn print(asked: &Asked) -> u8 {
    let listing = load(&asked.file, None).and_then(|plan| match asked.language {
        Language::Python => Ok(python(&plan)),
        Language::Rust => rust(&plan).map_err(|why| format!("{}: {why}", asked.file.display())),
    });
    match listing {
        Ok(listing) if asked.lines => {
            let json = serde_json::to_string(&listing).expect("a listing is plain data");
            say(&format!("{json}\n"))
        }
        Ok(listing) => say(&listing.text()),
        Err(message) => {
            complain(&message);
            code::USAGE
        }
    }
}
