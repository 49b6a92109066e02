//! A field for one argument: what is written is read as JSON or as Python writes it, else it is a text.

use leptos::prelude::*;
use shared::function::{Kind, Param};
use shared::scenario::edit::{Edit, sensible};
use shared::scenario::{Arg, Count, Each, Range};
use shared::units::with_commas;
use shared::value::Value;

use super::task::Problem;
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
        // That one is missing is said of all of them.
        let is_missing = arg.with(Option::is_none) && param.default.is_none();
        let is_mine = |at: &str| within(at) || (is_missing && at == "/args");
        let all = bench.editor.problems_of(&name());
        all.into_iter().find(|(at, _)| is_mine(at)).map(|(_, words)| words)
    });
    let text = move || {
        arg.with(|arg| arg.as_ref().map(|arg| written(arg, param.kind)).unwrap_or_default())
    };
    let is_mapped = Memo::new(move |_| arg.with(|arg| matches!(arg, Some(Arg::Each(_)))));
    let change = move |event| {
        let text = event_target_value(&event);
        let arg = arg.with_untracked(|was| read_like(was.as_ref(), &text, param.kind));
        bench.editor.edit(Edit::SetArg { task: name(), param: param.name.to_owned(), arg });
    };
    let fed = move |from: String| {
        let unplug = {
            let from = from.clone();
            move |_| {
                bench.editor.edit(Edit::Disconnect { from: from.clone(), to: name() });
            }
        };
        view! {
            <span class="field fed">
                <span>{format!("from {from}")}</span>
                <button type="button" class="btn quiet icon" aria-label=format!("Disconnect {from}") on:click=unplug>
                    <Icon of="#i-x"/>
                </button>
            </span>
        }
    };
    let map = move |_| {
        let arg = arg.with_untracked(|arg| match arg {
            Some(Arg::Each(each)) => Some(Arg::Value(each.item(0))),
            other => Some(each_of(other.as_ref(), param)),
        });
        bench.editor.edit(Edit::SetArg { task: name(), param: param.name.to_owned(), arg });
    };
    let count = move || {
        arg.with(|arg| match arg {
            Some(Arg::Each(each)) => Some(match each.count() {
                Count::Finite(1) => "1 item".to_owned(),
                Count::Finite(items) => format!("{} items", with_commas(&items.to_string())),
                Count::Endless => "no end of items".to_owned(),
            }),
            _ => None,
        })
    };
    let default = param.default.map(|default| default.value().repr());
    let label = format!("{}, {}", param.name, param.about);
    view! {
        <div class="arg" data-arg=param.name data-first=first.then_some("")>
            <label class="row" title=param.about>
                <span><code>{param.name}</code></span>
                {move || match arg.with(|arg| feeders(arg.as_ref())) {
                    Some(from) => view! {
                        <span class="feeders">{from.into_iter().map(fed).collect_view()}</span>
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
                        <button
                            type="button"
                            class="btn quiet"
                            data-each=param.name
                            aria-pressed=move || is_mapped.get().to_string()
                            title="Call it once for each of several values: 3, 1, 2, or range(1, 40)"
                            on:click=map
                        >
                            "each"
                        </button>
                    }.into_any(),
                }}
            </label>
            {move || count().map(|count| view! { <p class="dim">{count}</p> })}
            <Problem words=problem/>
        </div>
    }
}

/// The inputs that a parameter's value comes from, if it comes from inputs alone.
fn feeders(arg: Option<&Arg>) -> Option<Vec<String>> {
    let from = |arg: &Arg| match arg {
        Arg::From(task) => Some(task.clone()),
        Arg::Value(_) | Arg::List(_) | Arg::Each(_) => None,
    };
    match arg {
        Some(Arg::List(items)) if !items.is_empty() => items.iter().map(from).collect(),
        Some(arg) => Some(vec![from(arg)?]),
        None => None,
    }
}

/// An argument as its field shows it.
pub fn written(arg: &Arg, kind: Kind) -> String {
    match arg {
        // Quotes only where the text would be read as something else without them.
        Arg::Value(Value::Text(text)) if read(text, kind).as_ref() == Some(arg) => text.clone(),
        Arg::Each(Each::Values(values)) => {
            let json = |value: &Value| serde_json::to_string(value).unwrap_or_default();
            let texts: Vec<String> = values.iter().map(json).collect();
            // A list alone would be read as its elements.
            let alone = matches!(values.as_ref(), [Value::List(_)]);
            if alone { format!("[{}]", texts[0]) } else { texts.join(", ") }
        }
        Arg::Each(each) => each.python(),
        arg => serde_json::to_string(arg).unwrap_or_default(),
    }
}

/// A mapped argument in the place of this one: its elements, or itself as the only item.
fn each_of(arg: Option<&Arg>, param: &Param) -> Arg {
    let values = match arg {
        Some(Arg::Value(Value::List(values))) if param.kind != Kind::Values => values.clone(),
        Some(Arg::Value(value)) => vec![value.clone()],
        _ => vec![sensible(param)],
    };
    Arg::Each(Each::Values(values.into()))
}

/// What a person wrote in the place of an argument: one value for each item where it was mapped.
pub fn read_like(was: Option<&Arg>, text: &str, kind: Kind) -> Option<Arg> {
    match was {
        Some(Arg::Each(_)) => Some(read_each(text, kind)),
        _ => read(text, kind),
    }
}

/// What a person wrote for each item: `range(1, 40)`, `count(1)`, or values with commas between them.
fn read_each(text: &str, kind: Kind) -> Arg {
    let inside = |name: &str| -> Option<Vec<i64>> {
        let inside = text.trim().strip_prefix(name)?.trim().strip_prefix('(')?.strip_suffix(')')?;
        inside.split(',').map(|number| number.trim().parse().ok()).collect()
    };
    if let Some([start]) = inside("count").as_deref() {
        return Arg::Each(Each::Count(*start));
    }
    let range = |start, stop, step| Arg::Each(Each::Range(Range { start, stop, step }));
    match inside("range").as_deref() {
        Some([stop]) => return range(0, *stop, 1),
        Some([start, stop]) => return range(*start, *stop, 1),
        Some([start, stop, step]) => return range(*start, *stop, *step),
        _ => {}
    }
    let listed = serde_json::from_str(text).or_else(|_| serde_json::from_str(&format!("[{text}]")));
    let values: Vec<Value> = listed.unwrap_or_else(|_| {
        // What is no JSON is texts, or whatever each is read as by itself.
        text.split(',').filter_map(|one| value_of(one.trim(), kind)).collect()
    });
    Arg::Each(Each::Values(values.into()))
}

fn value_of(text: &str, kind: Kind) -> Option<Value> {
    match read(text, kind)? {
        Arg::Value(value) => Some(value),
        Arg::From(_) | Arg::List(_) | Arg::Each(_) => None,
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
    fn what_is_written_for_each_item_comes_back_as_it_was() {
        let written_and_read = [
            ("3, 1, 2", Kind::Number),
            ("range(1, 40000)", Kind::Number),
            ("range(9, 0, -1)", Kind::Number),
            ("count(1)", Kind::Number),
            ("\"a\", \"b\"", TEXT),
            ("[1,2], [3]", Kind::Values),
            ("[[1,2]]", Kind::Values),
            ("\"a,b\", 1", Kind::Any),
        ];
        for (text, kind) in written_and_read {
            assert_eq!(written(&read_each(text, kind), kind), text);
        }
        let texts = read_each("ValueError, KeyError", Kind::Exception);
        assert_eq!(written(&texts, Kind::Exception), "\"ValueError\", \"KeyError\"");
        assert_eq!(read_each("[1, 2]", Kind::Number), read_each("1,2", Kind::Number));
        assert_eq!(read_each("", Kind::Number), Arg::Each(Each::Values([].into())));
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
