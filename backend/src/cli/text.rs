//! `futurescope python`: a scenario as a program's text.

use shared::scenario::python;

use super::args::Asked;
use super::run::load;
use super::{code, complain, say};

/// Prints the text, and gives the exit code.
pub fn print(asked: &Asked) -> u8 {
    let plan = match load(&asked.file, None) {
        Ok(plan) => plan,
        Err(message) => {
            complain(&message);
            return code::USAGE;
        }
    };
    let listing = python(&plan);
    if asked.lines {
        let json = serde_json::to_string(&listing).expect("a listing is plain data");
        return say(&format!("{json}\n"));
    }
    say(&listing.text())
}
