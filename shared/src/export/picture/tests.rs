use std::sync::Arc;

use super::*;
use crate::export::form::folded;
use crate::scenario::Scenario;
use crate::sim::Sim;

fn pictured(text: &str, theme: Theme) -> Picture {
    let plan = Arc::new(Scenario::parse(text).unwrap().check().unwrap());
    let mut sim = Sim::new(plan.clone(), 0);
    while sim.step() {}
    let (view, timeline) = folded(&plan, &sim.drain_records());
    picture(&view, &timeline, true, theme)
}

const MAP: &str = include_str!("../../../../static/examples/seed-001-line-024-map.json");

#[test]
fn every_task_is_in_the_picture_in_its_state() {
    let svg = pictured(MAP, Theme::Light).svg;
    for task in ["task-1", "task-5"] {
        assert!(svg.contains(&format!(r#"<g class="node is-succeeded" data-task="{task}""#)));
    }
    assert!(svg.contains(
        "ThreadPoolExecutor, 2 workers, time ×0.1 · simulated, seed 0 · finished at 8.00 s"
    ));
    assert!(svg.contains(">succeeded 5</text>"), "the legend counts");
    assert!(svg.contains(">worker A</text>") && svg.contains(">main</text>"));
}

#[test]
fn light_and_dark_differ_in_their_colours_only() {
    let [light, dark] = [Theme::Light, Theme::Dark].map(|theme| pictured(MAP, theme).svg);
    let body = |svg: &str| svg.split("</style>").nth(1).unwrap().to_owned();
    assert_ne!(light, dark);
    assert_eq!(body(&light), body(&dark));
}

#[test]
fn names_cannot_break_out_of_it() {
    let text =
        MAP.replace("\"title\":", "\"title\":\"</svg><script>\",\"about\":\"\",\"x-title\":");
    // Only if the scenario may hold it; what is unknown is refused.
    assert_eq!(escaped("</svg>\u{1}&\""), "&lt;/svg&gt; &amp;&quot;");
    assert!(Scenario::parse(&text).is_err());
}

#[test]
fn forty_thousand_calls_are_a_picture_of_a_screen() {
    let many = r#"{"format":1,"executor":{"kind":"threads","workers":4},"tasks":[
        {"id":"a","function":"sleep","args":{"seconds":{"each":{"range":[6000]}}}}],
        "program":{"mode":"map"},"scale":0.001}"#;
    let many = many.replace(r#"{"each":{"range":[6000]}}"#, "0.1").replace(
        r#"{"id":"a","#,
        r#"{"id":"m","function":"square","args":{"x":{"each":{"range":[12000]}}}},{"id":"a","#,
    );
    let svg = pictured(&many, Theme::Light).svg;
    assert!(svg.len() < 2_000_000, "{} bytes", svg.len());
}
