//! The command palette: commands, tasks, functions, examples and drafts, found by a few letters.

use std::sync::Arc;

use leptos::prelude::*;
use shared::function::CATALOGUE;
use shared::protocol::http::Example;

use crate::api;
use crate::bench::{Bench, Selection};
use crate::canvas;
use crate::commands::{COMMANDS, Group};
use crate::drafts;
use crate::focus::focus;
use crate::functions::icon_of;
use crate::inspector::short_call_text;
use crate::keys::GRAPH;
use crate::picker::{Choice, Picker};

/// The palette.
#[component]
pub fn Finder() -> impl IntoView {
    let bench = Bench::get();
    // Asked for when the palette is opened for the first time.
    let wanted = Memo::new(move |before: Option<&bool>| {
        before.copied().unwrap_or_default() || bench.finding.get()
    });
    let examples = LocalResource::new(move || {
        let wanted = wanted.get();
        async move { if wanted { api::examples().await.unwrap_or_default() } else { Vec::new() } }
    });
    // Gathered when it is opened, and not at every letter.
    let gather = move |_: Option<&Vec<Choice>>| {
        let examples = examples.get().unwrap_or_default();
        if bench.finding.get() { all(bench, &examples) } else { Vec::new() }
    };
    let all = Memo::new_with_compare(gather, |_, _| true);
    let choices = move |text: String| ranked(all.get(), &text);
    view! {
        <Picker
            open=bench.finding
            label="Commands"
            id="find"
            field="What to do, or where to go"
            placeholder="A command, a task, a function, an example …"
            choices=choices
            nothing="Nothing of this name. Press ? for all keys; the gallery has all examples."
        />
    }
}

/// All there is. Commands that cannot be done now are left out.
fn all(bench: Bench, examples: &[Example]) -> Vec<Choice> {
    let commands = COMMANDS.iter().filter(|command| command.off(bench).is_none());
    let commands = commands.filter(|command| command.id != "commands").map(move |command| Choice {
        icon: icon_of_group(command.group),
        title: command.does.to_owned(),
        is_code: false,
        about: command.also.to_owned(),
        chord: bench.chords(command).into_iter().next(),
        take: Arc::new(move || command.run(bench)),
    });
    let tasks = bench.editor.scenario.get_untracked();
    let tasks = tasks.tasks.iter().map(move |task| Choice {
        icon: "#i-graph",
        title: task.id.clone(),
        is_code: true,
        about: format!("task, {}", short_call_text(task)),
        chord: None,
        take: {
            let id = task.id.clone();
            Arc::new(move || {
                bench.selection.set(Selection::task(id.clone()));
                canvas::fit_selected();
                request_animation_frame(|| {
                    focus(GRAPH);
                });
            })
        },
    });
    let functions = CATALOGUE.iter().map(move |function| Choice {
        icon: icon_of(function),
        title: format!("Add {}", function.name),
        is_code: false,
        about: function.about.to_owned(),
        chord: None,
        take: Arc::new(move || {
            bench.add(function.name, None);
            request_animation_frame(|| {
                focus(GRAPH);
            });
        }),
    });
    let examples = examples.iter().map(move |example| Choice {
        icon: "#i-story",
        title: format!("Open: {}", example.scenario.title),
        is_code: false,
        about: format!("example of tutorial {}", example.seed),
        chord: None,
        take: {
            let scenario = example.scenario.clone();
            Arc::new(move || bench.open(scenario.clone(), "open an example"))
        },
    });
    let drafts = drafts::all().into_iter().filter_map(move |draft| {
        let scenario = draft.scenario()?;
        Some(Choice {
            icon: "#i-undo",
            title: format!("Draft: {}", drafts::title(&scenario)),
            is_code: false,
            about: drafts::about(&scenario, &draft.age()),
            chord: None,
            take: Arc::new(move || bench.open(scenario.clone(), "open a draft")),
        })
    });
    commands.chain(tasks).chain(functions).chain(examples).chain(drafts).collect()
}

fn icon_of_group(group: Group) -> &'static str {
    match group {
        Group::Run => "#i-run",
        Group::Edit => "#i-fork",
        Group::Look => "#i-fit",
        Group::Program => "#i-sliders",
        Group::Time => "#i-timeline",
        Group::Page => "#i-list",
    }
}

/// Those that have every word of the text in them: first those whose name begins with it, then those
/// that have it in their name, and in the order of the list among themselves.
fn ranked(mut choices: Vec<Choice>, text: &str) -> Vec<Choice> {
    let text = text.trim().to_lowercase();
    let rank = |choice: &Choice| {
        let title = choice.title.to_lowercase();
        let about = choice.about.to_lowercase();
        let has = |word: &str| title.contains(word) || about.contains(word);
        match () {
            () if title.starts_with(&text) => Some(0),
            () if title.contains(&text) => Some(1),
            () => text.split_whitespace().all(has).then_some(2),
        }
    };
    choices.retain(|choice| rank(choice).is_some());
    choices.sort_by_key(rank);
    choices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(title: &str, about: &str) -> Choice {
        let (title, about) = (title.to_owned(), about.to_owned());
        Choice { icon: "", title, is_code: false, about, chord: None, take: Arc::new(|| ()) }
    }

    #[test]
    fn what_begins_with_the_text_comes_first_and_all_words_have_to_be_there() {
        let all = || {
            vec![
                choice("Mode map", ""),
                choice("Open: map keeps the order", "example of tutorial 001"),
                choice("map-node", "task"),
                choice("Run", ""),
            ]
        };
        let titles = |text: &str| {
            ranked(all(), text).into_iter().map(|choice| choice.title).collect::<Vec<_>>()
        };
        assert_eq!(titles("map"), ["map-node", "Mode map", "Open: map keeps the order"]);
        assert_eq!(titles("tutorial map"), ["Open: map keeps the order"]);
        assert_eq!(titles("").len(), 4);
        assert!(titles("nothing like it").is_empty());
    }
}
