//! Three small experiments for an empty graph, each with a picture of itself half way through.

use std::sync::Arc;

use leptos::prelude::*;
use shared::scenario::Scenario;
use shared::sim::Sim;
use shared::units::{Instant, TaskId};
use shared::view::View;
use shared::view::shown::Shown;

use crate::bench::Bench;
use crate::focus::focus;
use crate::gallery::{kind_and_mode, picture};
use crate::keys::GRAPH;

const STARTERS: [&str; 3] = [
    include_str!("../../static/starters/two-sleeps.json"),
    include_str!("../../static/starters/map-five.json"),
    include_str!("../../static/starters/sum-of-three.json"),
];

/// The cards.
#[component]
pub fn Starters() -> impl IntoView {
    let cards = STARTERS.map(|text| {
        let scenario = Scenario::read(text).expect("the tests read every starter");
        view! { <Card scenario=scenario/> }
    });
    view! { <div class="starters">{cards.collect_view()}</div> }
}

#[component]
fn Card(scenario: Scenario) -> impl IntoView {
    let bench = Bench::get();
    let (title, about) = (scenario.title.clone(), scenario.about.clone());
    let meta = kind_and_mode(&scenario);
    let picture = picture(scenario.clone(), &half_way(&scenario));
    let scenario = StoredValue::new(scenario);
    let open = move |_| {
        bench.open(scenario.get_value(), "begin with an example");
        request_animation_frame(|| {
            focus(GRAPH);
        });
    };
    view! {
        <button type="button" class="tpl" title=about on:click=open>
            {picture}
            <b>{title}</b>
            <span>{meta}</span>
        </button>
    }
}

/// Where each task stands when half of the time that the experiment takes has passed.
fn half_way(scenario: &Scenario) -> Vec<Shown> {
    let plan = Arc::new(scenario.clone().check().expect("the tests check every starter"));
    let records = Sim::new(plan.clone(), 0).run();
    let end = records.last().map_or(0, |record| record.at.0);
    let half = records.iter().take_while(|record| record.at <= Instant(end / 2));
    let mut view = View::new(plan);
    half.for_each(|record| view.apply(record));
    (0..scenario.tasks.len()).map(|task| view.shown(TaskId::at(task))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_starter_can_be_read_and_run_and_is_seen_at_work() {
        for text in STARTERS {
            let scenario = Scenario::read(text).expect(text);
            let shown = half_way(&scenario);
            assert!(shown.contains(&Shown::Running), "{}: {shown:?}", scenario.title);
        }
    }
}
