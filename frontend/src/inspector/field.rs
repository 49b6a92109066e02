//! A field for one argument: what is written is read as JSON or as Python writes it, else it is a text.

use leptos::prelude::*;
use shared::function::{Kind, Param};
use shared::scenario::Arg;
use shared::scenario::edit::Edit;
use shared::value::Value;

use super::task::{Problem, fed_by};
use crate::bench::Bench;
use crate::icons::Icon;

/// The field of a parameter.
#[component]
pub fn ArgField(task: String, param: &'static Param, first: bool) -> impl IntoView {
    let bench = Bench::get();
    let task = StoredValue::new(task);
    let name = move || task.get_value();
    let arg = Memo::new(move |_| {
        bench.editor.task(&name()).and_then(|task| task.args.get(param.name).cloned())
    });
    let problem = Signal::derive(move || {
        let place = format!("/args/{}", param.name);
        let within = |at: &str| at == place || at.starts_with(&format!("{place}/"));
        let all = bench.editor.problems_of(&name());
        all.into_iter().find(|(at, _)| within(at)).map(|(_, words)| words)
    });
    let text = move || {
        arg.with(|arg| arg.as_ref().map(|arg| written(arg, param.kind)).unwrap_or_default())
    };
    let change = move |event| {
        let arg = read(&event_target_value(&event), param.kind);
        bench.editor.edit(Edit::SetArg { task: name(), param: param.name.to_owned(), arg });
    };
    let unplug = move |_| {
        if let Some(from) = arg.with_untracked(|arg| fed_by(arg.as_ref())) {
            bench.editor.edit(Edit::Disconnect { from, to: name() });
        }
    };
    let default = param.default.map(|default| default.value().repr());
    let label = format!("{}, {}", param.name, param.about);
    view! {
        <div class="arg" data-arg=param.name data-first=first.then_some("")>
            <label class="row" title=param.about>
                <span><code>{param.name}</code></span>
                {move || match arg.with(|arg| fed_by(arg.as_ref())) {
                    Some(from) => view! {
                        <span class="field fed">
                            <span>{format!("from {from}")}</span>
                            <button type="button" class="btn quiet icon" aria-label=format!("Disconnect {from}") on:click=unplug>
                                <Icon of="#i-x"/>
                            </button>
                        </span>
                    }.into_any(),
                    None => view! {
                        <input
                            class="field"
                            aria-label=label.clone()
                            aria-invalid=move || problem.get().is_some().then_some("true")
                            autocomplete="off"
                            spellcheck="false"
                            placeholder=default.clone()
                            prop:value=text
                            on:change=change
                        />
                    }.into_any(),
                }}
            </label>
            <Problem words=problem/>
        </div>
    }
}

/// An argument as its field shows it.
pub fn written(arg: &Arg, kind: Kind) -> String {
    match arg {
        // Quotes only where the text would be read as something else without them.
        Arg::Value(Value::Text(text)) if read(text, kind).as_ref() == Some(arg) => text.clone(),
        arg => serde_json::to_string(arg).unwrap_or_default(),
    }
}

/// What a person wrote, as an argument: nothing for the default. What is no value of any other kind is
/// a text, also where none will do: then the document is wrong, and says so until it is mended.
pub fn read(text: &str, kind: Kind) -> Option<Arg> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return None;
    }
    let plain = || Arg::Value(Value::from(text));
    if matches!(kind, Kind::Text { .. } | Kind::Exception) {
        return Some(plain());
    }
    let python = match trimmed {
        "True" => "true",
        "False" => "false",
        "None" => "null",
        other => other,
    };
    Some(serde_json::from_str(python).unwrap_or_else(|_| plain()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: Kind = Kind::Text { max_len: 100 };

    #[test]
    fn what_is_written_comes_back_as_it_was() {
        let written_and_read = [
            ("5", Kind::Seconds),
            ("0.5", Kind::Seconds),
            ("[1,2]", Kind::Values),
            ("a b", TEXT),
            ("5", TEXT),
            ("soon", Kind::Seconds),
            ("abc", Kind::Any),
            ("\"5\"", Kind::Any),
        ];
        for (text, kind) in written_and_read {
            let arg = read(text, kind).unwrap();
            assert_eq!(written(&arg, kind), text);
        }
    }

    #[test]
    fn nothing_written_is_the_default() {
        assert_eq!(read("  ", Kind::Number), None);
    }

    #[test]
    fn what_is_no_number_stays_as_it_was_written() {
        assert_eq!(read("soon", Kind::Seconds), Some(Arg::Value(Value::from("soon"))));
        assert_eq!(read("5", TEXT), Some(Arg::Value(Value::from("5"))));
        assert_eq!(read("5", Kind::Any), Some(Arg::Value(Value::Int(5))));
    }

    #[test]
    fn python_s_own_words_are_understood() {
        assert_eq!(read("True", Kind::Any), Some(Arg::Value(Value::Bool(true))));
        assert_eq!(read("None", Kind::Any), Some(Arg::Value(Value::None)));
    }
}
