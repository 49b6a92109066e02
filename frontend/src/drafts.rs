//! What was edited lately, kept in this browser: the last twenty documents, each as it was last.
//!
//! A document becomes a draft with its first edit. Tabs share the list: each reads it anew before it
//! writes, and replaces only what is its own.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use shared::scenario::Scenario;

use crate::bench::Bench;
use crate::kept;

/// Where they are kept.
const KEY: &str = "drafts";

/// So many are kept …
const KEPT: usize = 20;

/// … but no more bytes than this, of the five million that a browser gives a site.
const BYTES: usize = 2_000_000;

/// How long after an edit it is kept.
const SOON: Duration = Duration::from_millis(300);

/// A document that was edited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// When it was begun, in milliseconds since 1970, which is also its name.
    pub begun: u64,
    /// When it was last edited.
    pub edited: u64,
    /// Its text. As a text: one that a later version wrote must not take the others with it.
    scenario: String,
}

impl Draft {
    /// The document; none if this version cannot read it.
    pub fn scenario(&self) -> Option<Scenario> {
        Scenario::read(&self.scenario)
    }

    /// How long ago it was edited, in words.
    pub fn age(&self) -> String {
        ago(now().saturating_sub(self.edited))
    }
}

/// A span of milliseconds until now, as people say it.
fn ago(ms: u64) -> String {
    let count = |count: u64, unit: &str| {
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {unit}{plural} ago")
    };
    let minutes = ms / 60_000;
    match minutes {
        0 => "just now".to_owned(),
        1..60 => count(minutes, "minute"),
        60..1_440 => count(minutes / 60, "hour"),
        _ => count(minutes / 1_440, "day"),
    }
}

/// Milliseconds since 1970.
fn now() -> u64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole, and long after 1970
    let now = js_sys::Date::now() as u64;
    now
}

/// All that are kept, the last edited first.
pub fn all() -> Vec<Draft> {
    serde_json::from_str(&kept::recalled(KEY).unwrap_or_default()).unwrap_or_default()
}

/// These with this one, which replaces what it was before; the oldest go where there are too many.
fn with(mut drafts: Vec<Draft>, draft: Draft) -> Vec<Draft> {
    drafts.retain(|other| other.begun != draft.begun);
    drafts.push(draft);
    drafts.sort_by_key(|draft| std::cmp::Reverse(draft.edited));
    let mut bytes = 0;
    let fits = |draft: &Draft| {
        bytes += draft.scenario.len();
        bytes <= BYTES
    };
    drafts.into_iter().take(KEPT).take_while(fits).collect()
}

/// Keeps the document after each edit for as long as the workbench is there.
pub fn keep(bench: Bench) {
    let begun = StoredValue::new(0_u64);
    let pending = StoredValue::new(None::<TimeoutHandle>);
    let refused = StoredValue::new(false);
    let save = move || {
        pending.set_value(None);
        let scenario = bench.editor.scenario.get_untracked();
        let edited = now();
        let draft = Draft { begun: begun.get_value(), edited, scenario: scenario.to_json() };
        let text =
            serde_json::to_string(&with(all(), draft)).expect("drafts are texts and numbers");
        let kept = kept::keep(KEY, Some(&text));
        bench.drafts.update(|count| *count += 1);
        if !kept && !refused.get_value() {
            refused.set_value(true);
            bench.say("This browser lets us keep no drafts; the address holds the experiment.");
        }
    };
    Effect::watch(
        move || (bench.editor.documents.get(), bench.editor.scenario.get()),
        move |(document, scenario), before: Option<&(u32, Arc<Scenario>)>, _| {
            let Some((before_document, before)) = before else { return };
            // Opening is no edit; what is edited then is another draft.
            if document != before_document {
                begun.set_value(0);
                return;
            }
            if scenario == before {
                return;
            }
            if begun.get_value() == 0 {
                begun.set_value(now());
            }
            if pending.with_value(Option::is_none) {
                pending.set_value(set_timeout_with_handle(save, SOON).ok());
            }
        },
        true,
    );
    // Who closes the page at once has edited, too.
    let on_hide =
        window_event_listener(leptos::ev::Custom::<web_sys::Event>::new("pagehide"), move |_| {
            if let Some(handle) = pending.get_value() {
                handle.clear();
                save();
            }
        });
    on_cleanup(move || on_hide.remove());
}

/// The document that was edited last, for who comes back without a link.
pub fn last() -> Option<Scenario> {
    all().first()?.scenario()
}

/// The list of drafts.
#[component]
pub fn DraftList() -> impl IntoView {
    let bench = Bench::get();
    let drafts = move || {
        bench.drafts.track();
        all()
    };
    let entry = move |draft: Draft| {
        let scenario = draft.scenario()?;
        let title = title(&scenario);
        let about = about(&scenario, &draft.age());
        let open = move |_| bench.open(scenario.clone(), "open a draft");
        Some(view! {
            <li>
                <button type="button" data-draft="" on:click=open>
                    <b>{title}</b>
                    <span>{about}</span>
                </button>
            </li>
        })
    };
    view! {
        <div class="functions">
            <h2 class="hide">"Drafts"</h2>
            {move || match drafts() {
                none if none.is_empty() => view! {
                    <p class="pad dim">"What you edit is kept here, in this browser: the last 20 experiments."</p>
                }.into_any(),
                some => view! {
                    <ul class="drafts">{some.into_iter().filter_map(entry).collect_view()}</ul>
                }.into_any(),
            }}
        </div>
    }
}

/// What a draft is called.
pub fn title(scenario: &Scenario) -> String {
    if scenario.title.is_empty() { "Untitled".to_owned() } else { scenario.title.clone() }
}

/// How large it is, and how old.
pub fn about(scenario: &Scenario, age: &str) -> String {
    match scenario.tasks.len() {
        1 => format!("1 task · {age}"),
        count => format!("{count} tasks · {age}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(begun: u64, edited: u64, bytes: usize) -> Draft {
        Draft { begun, edited, scenario: "x".repeat(bytes) }
    }

    #[test]
    fn a_draft_replaces_itself_and_the_oldest_goes() {
        let mut drafts = Vec::new();
        for at in 0..30 {
            drafts = with(drafts, draft(at, at, 10));
        }
        drafts = with(drafts, draft(15, 40, 11));
        let order: Vec<u64> = drafts.iter().map(|draft| draft.begun).collect();
        assert_eq!(drafts.len(), KEPT);
        assert_eq!(order[..3], [15, 29, 28]);
        assert_eq!(order.iter().filter(|begun| **begun == 15).count(), 1);
    }

    #[test]
    fn together_they_stay_within_what_the_browser_gives() {
        let drafts = (0..6).fold(Vec::new(), |drafts, at| with(drafts, draft(at, at, BYTES / 4)));
        assert_eq!(drafts.len(), 4);
        assert_eq!(drafts[0].begun, 5);
    }

    #[test]
    fn an_age_is_said_as_people_say_it() {
        let minute = 60_000;
        assert_eq!(ago(minute - 1), "just now");
        assert_eq!(ago(minute), "1 minute ago");
        assert_eq!(ago(60 * minute - 1), "59 minutes ago");
        assert_eq!(ago(90 * minute), "1 hour ago");
        assert_eq!(ago(50 * 60 * minute), "2 days ago");
    }
}
