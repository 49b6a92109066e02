//! Keys of one's own: a command answers to the chord that somebody chose for it, in this browser, and
//! then no more to those that it came with.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::bench::Bench;
use crate::commands::{COMMANDS, Command};
use crate::kept;

/// Where they are kept.
const KEY: &str = "keys";

/// Chosen chords by the ids of their commands.
pub type Own = BTreeMap<String, String>;

/// Keys that mean something by themselves everywhere: nobody could leave a field or a list otherwise.
const TAKEN: [&str; 8] =
    ["Escape", "Tab", "Enter", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "ContextMenu"];

/// Keys that are held beside another one, and are none by themselves.
const HELD: [&str; 5] = ["Shift", "Control", "Alt", "Meta", "AltGraph"];

/// Takes up what was chosen in earlier visits.
pub fn recall(bench: Bench) {
    let kept: Own =
        kept::recalled(KEY).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    // A later version may have given a command a chord that was free.
    bench.own_keys.set(without_doubles(kept));
}

/// What keys say that are parts of a letter, or that the browser does not know.
const NAMELESS: [&str; 3] = ["Dead", "Process", "Unidentified"];

impl Bench {
    /// The chords that do a command.
    pub fn chords(self, command: &Command) -> Vec<String> {
        self.own_keys.with(|own| chords(own, command))
    }

    /// The command that a chord does. Not tracked.
    pub fn of_chord(self, chord: &str) -> Option<&'static Command> {
        self.own_keys.with_untracked(|own| of_chord(own, chord))
    }

    /// Makes a command answer to this chord alone.
    ///
    /// # Errors
    /// Why it cannot, in a sentence.
    pub fn choose_chord(self, command: &'static Command, chord: &str) -> Result<(), String> {
        self.own_keys.with_untracked(|own| may_be(own, command, chord))?;
        self.own_keys.update(|own| {
            own.insert(command.id.to_owned(), chord.to_owned());
        });
        self.keep_keys();
        Ok(())
    }

    /// Gives a command its first chords back, or all commands theirs. Whoever took one of those in the
    /// meantime gets its own first ones back, too.
    pub fn forget_chord(self, command: Option<&'static Command>) {
        self.own_keys.update(|own| match command {
            None => own.clear(),
            Some(command) => {
                own.remove(command.id);
                *own = without_doubles(std::mem::take(own));
            }
        });
        self.keep_keys();
    }

    fn keep_keys(self) {
        self.own_keys.with_untracked(|own| {
            let text = serde_json::to_string(own).expect("texts by texts");
            if !kept::keep(KEY, (!own.is_empty()).then_some(&text)) {
                self.say("This browser lets us keep nothing: these keys hold for this visit.");
            }
        });
    }
}

fn chords(own: &Own, command: &Command) -> Vec<String> {
    match own.get(command.id) {
        Some(chosen) => vec![chosen.clone()],
        None => command.chords.iter().map(|&chord| chord.to_owned()).collect(),
    }
}

fn of_chord(own: &Own, chord: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| match own.get(command.id) {
        Some(chosen) => chosen == chord,
        None => command.chords.contains(&chord),
    })
}

/// Without the choices that another command answers to as well: those give way, and whoever gets its
/// first chords back by that may be in the way of the next.
fn without_doubles(mut own: Own) -> Own {
    loop {
        let is_double = |(id, chosen): (&String, &String)| {
            let others = COMMANDS.iter().filter(|command| command.id != id);
            others.into_iter().any(|command| chords(&own, command).contains(chosen))
        };
        let Some(id) = own.iter().find(|of| is_double(*of)).map(|(id, _)| id.clone()) else {
            return own;
        };
        own.remove(&id);
    }
}

/// Whether the chord is one, and nobody else's.
fn may_be(own: &Own, command: &Command, chord: &str) -> Result<(), String> {
    let key = chord.rsplit_once(' ').map_or(chord, |(_, key)| key);
    let held = chord.contains("Ctrl ") || chord.contains("Alt ");
    if HELD.contains(&key) {
        return Err("Hold it, and press another key with it.".to_owned());
    }
    if NAMELESS.contains(&key) {
        return Err("This key tells us no name of its own. Choose another.".to_owned());
    }
    if TAKEN.contains(&key) && !held {
        return Err(format!("{chord} moves around the page. Choose another, or hold Ctrl or Alt."));
    }
    if key.is_empty() {
        return Err("Space presses whatever has the focus. Choose another.".to_owned());
    }
    // In a field it would be typed and done at once.
    let is_function_key = key.strip_prefix('F').is_some_and(|number| number.parse::<u8>().is_ok());
    if command.always && !held && !is_function_key {
        return Err("This works while one types, too: hold Ctrl or Alt with it.".to_owned());
    }
    match of_chord(own, chord).filter(|other| other.id != command.id) {
        Some(other) => {
            Err(format!("{chord} does \"{}\". Give that another key first.", other.does))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::command;

    fn own(pairs: &[(&str, &str)]) -> Own {
        pairs.iter().map(|(id, chord)| ((*id).to_owned(), (*chord).to_owned())).collect()
    }

    fn does(own: &Own, chord: &str) -> Option<&'static str> {
        of_chord(own, chord).map(|command| command.id)
    }

    #[test]
    fn a_chosen_chord_takes_the_place_of_those_that_a_command_came_with() {
        let own = own(&[("redo", "Ctrl R")]);
        assert_eq!(does(&own, "Ctrl R"), Some("redo"));
        assert_eq!(does(&own, "Ctrl Y"), None);
        assert_eq!(does(&own, "Ctrl Z"), Some("undo"));
        assert_eq!(chords(&own, command("redo")), ["Ctrl R"]);
        assert_eq!(chords(&own, command("delete")), ["Delete", "Backspace"]);
    }

    #[test]
    fn a_chord_of_another_command_is_refused_with_its_name() {
        let none = Own::new();
        let refused = may_be(&none, command("add"), "K").unwrap_err();
        assert_eq!(refused, "K does \"Kill the worker\". Give that another key first.");
        // It is free once that has another.
        assert_eq!(may_be(&own(&[("kill", "Alt K")]), command("add"), "K"), Ok(()));
        assert_eq!(may_be(&none, command("kill"), "K"), Ok(()));
    }

    #[test]
    fn whoever_took_a_chord_that_is_given_back_gives_way_and_so_on() {
        // `add` has its N back, so `note` must leave it, and so `edit` must leave Shift N.
        let chain = own(&[("note", "N"), ("edit", "Shift N")]);
        assert_eq!(without_doubles(chain), Own::new());
        let fine = own(&[("add", "Alt K"), ("note", "N"), ("edit", "Shift N")]);
        assert_eq!(without_doubles(fine.clone()), fine);
    }

    #[test]
    fn what_moves_around_the_page_is_nobodys_chord() {
        let none = Own::new();
        for chord in ["Tab", "Shift Tab", "Escape", "ArrowLeft", "Enter", " "] {
            assert!(may_be(&none, command("add"), chord).is_err(), "{chord}");
        }
        assert_eq!(may_be(&none, command("add"), "Ctrl ArrowLeft"), Ok(()));
        assert!(may_be(&none, command("add"), "Ctrl Control").is_err());
    }

    #[test]
    fn what_works_while_one_types_needs_a_key_that_types_nothing() {
        let none = Own::new();
        for chord in ["J", "F", "Shift F"] {
            assert!(may_be(&none, command("run"), chord).is_err(), "{chord}");
        }
        assert_eq!(may_be(&none, command("run"), "Alt J"), Ok(()));
        assert_eq!(may_be(&none, command("run"), "F9"), Ok(()));
    }
}
