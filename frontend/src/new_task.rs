//! The box for a new task: type the name of a function, Enter adds it.

use std::sync::Arc;

use leptos::prelude::*;
use shared::function::{CATALOGUE, Function};

use crate::bench::Bench;
use crate::focus::focus;
use crate::functions::icon_of;
use crate::keys::GRAPH;
use crate::picker::{Choice, Picker};

/// The box.
#[component]
pub fn NewTask() -> impl IntoView {
    let bench = Bench::get();
    let choice = move |function: &'static Function| Choice {
        icon: icon_of(function),
        title: function.name.to_owned(),
        is_code: true,
        about: function.about.to_owned(),
        chord: None,
        take: Arc::new(move || {
            bench.add(function.name, None);
            request_animation_frame(|| {
                focus(GRAPH);
            });
        }),
    };
    let choices = move |text: String| matching(&text).into_iter().map(choice).collect::<Vec<_>>();
    view! {
        <Picker
            open=bench.adding
            label="New task"
            id="new"
            field="Function of the new task"
            placeholder="Which function? sleep, sum, fail …"
            choices=choices
            nothing="No function of this name. The palette on the left has all there are."
        />
    }
}

/// The functions whose name has this in it, those that begin with it first; else those whose
/// sentence has it.
fn matching(text: &str) -> Vec<&'static Function> {
    let text = text.trim().to_lowercase();
    let mut named: Vec<&Function> =
        CATALOGUE.iter().filter(|function| function.name.contains(&text)).collect();
    named.sort_by_key(|function| !function.name.starts_with(&text));
    if named.is_empty() {
        named = CATALOGUE
            .iter()
            .filter(|function| function.about.to_lowercase().contains(&text))
            .collect();
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_with_the_text_comes_first() {
        let names = |text| matching(text).iter().map(|function| function.name).collect::<Vec<_>>();
        assert_eq!(names("sleep"), ["sleep", "random_sleep"]);
        assert_eq!(names("prime factors"), ["factors"]);
        assert!(names("nothing like it").is_empty());
        assert_eq!(names("").len(), CATALOGUE.len());
    }
}
