//! Everything that a key, a menu or the command palette can do, in one table: so no shortcut is without
//! a visible twin, and what one says of a command all say.
//!
//! ```text
//!  COMMANDS ──▶ keys            a chord does it
//!           ──▶ the list of `?`  what each chord does
//!           ──▶ the palette     found by its words
//!           ──▶ the menus       for what was pointed at
//! ```

mod table;

use leptos::prelude::*;

use crate::bench::Bench;
pub use table::COMMANDS;

/// A command.
#[derive(Debug)]
pub struct Command {
    /// What menus and tests call it.
    pub id: &'static str,
    /// The chords that do it as long as nobody chose another, such as `Ctrl Shift Z`; the first is
    /// shown.
    pub chords: &'static [&'static str],
    /// What it does, as an imperative.
    pub does: &'static str,
    /// Other words for which people look; often empty.
    pub also: &'static str,
    /// Where it is listed.
    pub group: Group,
    /// Whether its chords hold while somebody is typing, too.
    pub always: bool,
    /// Whether it is done again and again while its keys are held.
    pub repeats: bool,
    /// Whether the browser itself knows its keys, and tells of them by events of their own: nobody can
    /// give it others.
    pub by_browser: bool,
    /// Does it.
    run: fn(Bench),
    /// Why it cannot be done now; none if it can.
    off: fn(Bench) -> Option<&'static str>,
}

/// The parts of the list of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Running, and acting on a run.
    Run,
    /// Changing the graph.
    Edit,
    /// Selecting, and looking elsewhere.
    Look,
    /// Moving to another moment.
    Time,
    /// The executor and the program.
    Program,
    /// The page itself.
    Page,
}

impl Group {
    /// All, in the order of the list.
    pub const ALL: [Self; 6] =
        [Self::Run, Self::Edit, Self::Look, Self::Time, Self::Program, Self::Page];

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Run => "Run",
            Self::Edit => "Edit the graph",
            Self::Look => "Select and look",
            Self::Time => "Go back in time",
            Self::Program => "Executor and mode",
            Self::Page => "The page",
        }
    }
}

impl Command {
    /// Does it, or says why it cannot be done.
    pub fn run(&self, bench: Bench) {
        match self.off(bench) {
            Some(why) => bench.say(why),
            None => (self.run)(bench),
        }
    }

    /// Why it cannot be done now; none if it can. Not tracked.
    pub fn off(&self, bench: Bench) -> Option<&'static str> {
        untrack(|| (self.off)(bench))
    }
}

/// A chord as the keys that one presses.
pub fn caps(chord: &str) -> impl IntoView + use<> {
    let cap = |key: &str| view! { <kbd>{key.to_owned()}</kbd> };
    view! { <span class="keys">{chord.split(' ').map(cap).collect_view()}</span> }
}

/// The keys of a command as they are now, once the page is whole.
pub fn keys_of(bench: Bench, id: &'static str) -> impl IntoView {
    move || bench.chord(id).as_deref().map(caps)
}

/// The command of this id.
///
/// # Panics
/// If there is none.
pub fn command(id: &str) -> &'static Command {
    COMMANDS.iter().find(|command| command.id == id).expect("commands are spelled as in the table")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_commands_have_an_id_or_a_chord_in_common() {
        let mut seen = BTreeSet::new();
        for command in COMMANDS {
            assert!(seen.insert(command.id), "{}", command.id);
            for chord in command.chords {
                assert!(seen.insert(chord), "{chord}");
            }
        }
    }

    #[test]
    fn every_command_says_what_it_does_as_an_imperative() {
        for command in COMMANDS {
            let first = command.does.chars().next().expect("it says something");
            assert!(first.is_uppercase(), "{}", command.does);
            assert!(!command.does.ends_with('.'), "{}", command.does);
        }
    }
}
