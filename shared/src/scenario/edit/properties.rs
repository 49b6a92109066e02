//! What must be true of any edits of any scenario.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value as Json, json};

use super::*;
use crate::function::CATALOGUE;
use crate::graph::layout;
use crate::scenario::{Each, Range};
use crate::value::Value;

/// Ids that tasks have, or get, or nobody has, or that cannot be ids.
const IDS: [&str; 9] = ["a", "b", "c", "d", "a-2", "sleep", "sum", "nobody", "no name"];

fn id() -> impl Strategy<Value = String> {
    select(IDS.to_vec()).prop_map(str::to_owned)
}

fn ids() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(id(), 0..3)
}

fn function() -> impl Strategy<Value = String> {
    let names: Vec<&str> = CATALOGUE.iter().map(|function| function.name).collect();
    prop_oneof![20 => select(names), 1 => Just("nothing")].prop_map(str::to_owned)
}

fn param() -> impl Strategy<Value = String> {
    select(vec!["seconds", "values", "x", "y", "value", "returns", "odd"]).prop_map(str::to_owned)
}

fn arg() -> impl Strategy<Value = Arg> {
    let leaf = prop_oneof![
        (-1..4_i64).prop_map(|int| Arg::Value(Value::Int(int))),
        Just(Arg::Value(Value::from("text"))),
        id().prop_map(Arg::From),
    ];
    prop_oneof![
        6 => leaf.clone(),
        2 => prop::collection::vec(prop_oneof![9 => leaf, 1 => each()], 0..3).prop_map(Arg::list),
        2 => each(),
    ]
}

fn each() -> impl Strategy<Value = Arg> {
    let value = prop_oneof![
        3 => (-1..4_i64).prop_map(Value::Int),
        1 => Just(Value::from("text")),
    ];
    prop_oneof![
        prop::collection::vec(value, 0..3).prop_map(|values| Each::Values(values.into())),
        (any::<i64>(), -3..70_000_i64, -1..3_i64).prop_map(|(start, stop, step)| {
            let start = if step == 2 { start } else { 0 };
            Each::Range(Range { start, stop, step })
        }),
        any::<i64>().prop_map(Each::Count),
    ]
    .prop_map(Arg::Each)
}

/// Edits that keep a scenario right.
fn safe_edit() -> impl Strategy<Value = Edit> {
    let corner = || (any::<i32>(), any::<i32>());
    prop_oneof![
        1 => (function(), proptest::option::of(corner()))
            .prop_map(|(function, position)| Edit::AddTask { function, position }),
        1 => ids().prop_map(Edit::Duplicate),
        1 => ids().prop_map(Edit::Remove),
        1 => (id(), id()).prop_map(|(from, to)| Edit::Rename { from, to }),
        1 => (id(), function()).prop_map(|(task, function)| Edit::SetFunction { task, function }),
        3 => (id(), id()).prop_map(|(from, to)| Edit::Connect { from, to }),
        1 => (id(), id()).prop_map(|(from, to)| Edit::Disconnect { from, to }),
        1 => (id(), corner()).prop_map(|(id, corner)| Edit::Move(vec![(id, corner)])),
        1 => (".{0,5}", corner()).prop_map(|(text, position)| Edit::AddNote { text, position }),
        1 => (0..3_usize, ".{0,5}").prop_map(|(note, text)| Edit::SetNote { note, text }),
        1 => (0..3_usize, corner()).prop_map(|(note, position)| Edit::MoveNote { note, position }),
        1 => (0..3_usize).prop_map(Edit::RemoveNote),
        1 => (0..20_u32).prop_map(Edit::SetWorkers),
        1 => select(vec![Mode::Submit, Mode::Map, Mode::AsCompleted, Mode::Wait])
            .prop_map(Edit::SetMode),
    ]
}

fn path() -> impl Strategy<Value = StepPath> {
    let down = prop::collection::vec((0..2_usize, 0..3_usize), 0..3);
    (0..4_usize, down).prop_map(|(first, down)| {
        down.into_iter().fold(StepPath::top(first), |path, (block, at)| path.inside(block, at))
    })
}

/// Edits of steps and of what a person does, sensible ones and others.
fn program_edit() -> impl Strategy<Value = Edit> {
    let way = select(vec![Way::Up, Way::Down, Way::In, Way::Out]);
    let moment = || {
        let at = (0..3_u64)
            .prop_map(|seconds| Moment { at: Some(Span::from_secs(seconds)), ..Moment::default() });
        let after = id().prop_map(|task| Moment {
            after: Some(crate::scenario::Anchor::Running(task)),
            ..Moment::default()
        });
        prop_oneof![at, after]
    };
    let act = || prop_oneof![id().prop_map(PlannedAct::Cancel), Just(PlannedAct::KillWorker(0))];
    // Of the right scenario's kinds, so that they do not depend on what is edited.
    let new = || select(kinds(&right_scenario())).prop_map(|kind| kind.new);
    prop_oneof![
        1 => Just(Edit::TurnIntoSteps),
        2 => Just(Edit::StartSteps),
        4 => (path(), new()).prop_map(|(path, step)| Edit::InsertStep(path, step)),
        1 => (path(), new()).prop_map(|(path, step)| Edit::SetStep(path, step)),
        4 => (path(), way).prop_map(|(path, way)| Edit::MoveStep(path, way)),
        1 => path().prop_map(Edit::RemoveStep),
        1 => path().prop_map(Edit::WrapStep),
        1 => any::<bool>().prop_map(Edit::SetWithBlock),
        1 => (act(), moment()).prop_map(|(act, when)| Edit::AddIntervention(Intervention { act, when })),
        1 => (0..3_usize, moment()).prop_map(|(at, when)| Edit::SetMoment(at, when)),
        1 => (0..3_usize, act()).prop_map(|(at, act)| Edit::SetAct(at, act)),
        1 => (0..3_usize).prop_map(Edit::RemoveIntervention),
    ]
}

fn edit() -> impl Strategy<Value = Edit> {
    let kinds = vec![ExecutorKind::Threads, ExecutorKind::Processes];
    prop_oneof![
        12 => safe_edit(),
        12 => program_edit(),
        3 => (id(), param(), proptest::option::of(arg()))
            .prop_map(|(task, param, arg)| Edit::SetArg { task, param, arg }),
        1 => select(kinds).prop_map(Edit::SetExecutor),
        1 => any::<Option<bool>>().prop_map(Edit::SetGil),
        1 => any::<f64>().prop_map(Edit::SetScale),
        1 => any::<u64>().prop_map(Edit::SetSeed),
        1 => ".{0,5}".prop_map(Edit::SetTitle),
        1 => proptest::option::of(0..3_u32).prop_map(Edit::SetChunksize),
        1 => proptest::option::of(-1..3_i64).prop_map(Edit::SetBuffersize),
        1 => proptest::option::of((0..3_u64).prop_map(Span::from_secs)).prop_map(Edit::SetTimeout),
    ]
}

/// Scenarios right and wrong: ids that come twice, circles, tasks and functions that there are not.
fn any_scenario() -> impl Strategy<Value = Scenario> {
    let task = (id(), function(), prop::collection::vec((param(), arg()), 0..3), ids()).prop_map(
        |(id, function, args, after)| {
            let args: serde_json::Map<String, Json> = args
                .into_iter()
                .map(|(name, arg)| (name, serde_json::to_value(arg).unwrap()))
                .collect();
            json!({ "id": id, "function": function, "args": args, "after": after })
        },
    );
    let step = prop_oneof![
        ids().prop_map(|task| json!({ "do": "submit", "task": task })),
        (id(), id()).prop_map(|(of, name)| json!({ "do": "result", "of": of, "as": name })),
        id().prop_map(
            |name| json!({ "do": "print", "text": format!("{{{name}}} {{{name}.kind}}") })
        ),
        (ids(), id(), id()).prop_map(|(over, name, of)| {
            json!({ "do": "for", "in": over, "as": name, "steps": [{ "do": "cancel", "of": of }] })
        }),
    ];
    let program = prop_oneof![
        Just(json!({ "mode": "wait" })),
        Just(json!({ "mode": "submit", "chunksize": 2 })),
        (-1..3_i64).prop_map(|ahead| json!({ "mode": "map", "buffersize": ahead })),
        prop::collection::vec(step, 0..5).prop_map(|steps| json!({ "steps": steps })),
    ];
    let act = prop_oneof![
        (id(), id()).prop_map(
            |(a, b)| json!({ "do": { "cancel": a }, "when": { "after": { "taken": b } } })
        ),
        Just(json!({ "do": { "kill_worker": 1 }, "when": {} })),
    ];
    let acts = prop::collection::vec(act, 0..3);
    (prop::collection::vec(task, 0..6), program, acts, 0..18_u32).prop_map(
        |(tasks, program, interventions, workers)| {
            let scenario = json!({ "format": 1, "executor": { "kind": "threads", "workers": workers },
                "tasks": tasks, "program": program, "interventions": interventions });
            Scenario::parse(&scenario.to_string()).unwrap()
        },
    )
}

fn right_scenario() -> Scenario {
    let text = r#"{"format":1,"executor":{"kind":"threads","workers":2},"tasks":[
        {"id":"a","function":"sleep","args":{"seconds":1}},
        {"id":"b","function":"sum","args":{"values":[{"from":"a"},3]}},
        {"id":"c","function":"diff","args":{"x":{"from":"a"},"y":{"from":"b"}}},
        {"id":"d","function":"hang","after":["a"]},
        {"id":"a-2","function":"square","args":{"x":{"each":{"range":[9]}}}}],
        "program":{"mode":"submit","chunksize":3},
        "interventions":[{"do":{"cancel":"c"},"when":{"after":{"running":"b"}}}]}"#;
    Scenario::parse(text).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn undo_brings_back_each_scenario_and_redo_each_later_one(
        start in any_scenario(),
        edits in prop::collection::vec(edit(), 0..20),
    ) {
        let mut history = History::new(start.clone());
        let mut been = vec![start];
        for edit in &edits {
            let before = history.now().clone();
            if history.edit(edit).is_err() {
                prop_assert_eq!(history.now(), &before);
            }
            if **history.now() != been[been.len() - 1] {
                been.push((**history.now()).clone());
            }
        }
        for earlier in been.iter().rev().skip(1) {
            prop_assert!(history.undo().is_some());
            prop_assert_eq!(&**history.now(), earlier);
        }
        prop_assert!(history.undo().is_none());
        for later in been.iter().skip(1) {
            prop_assert!(history.redo().is_some());
            prop_assert_eq!(&**history.now(), later);
        }
        prop_assert!(history.redo().is_none());
    }

    #[test]
    fn merged_edits_lead_to_the_same_scenario_and_back(
        start in any_scenario(),
        edits in prop::collection::vec(edit(), 0..20),
    ) {
        let (mut merged, mut plain) = (History::new(start.clone()), History::new(start.clone()));
        for edit in &edits {
            prop_assert_eq!(merged.edit_merging(edit), plain.edit(edit));
        }
        prop_assert_eq!(merged.now(), plain.now());
        while merged.undo().is_some() {}
        prop_assert_eq!(&**merged.now(), &start);
    }

    #[test]
    fn a_right_scenario_stays_right(edits in prop::collection::vec(safe_edit(), 0..30)) {
        let mut now = right_scenario();
        for edit in &edits {
            let name = edit.name(&now);
            if let Ok(next) = edit.apply(&now) {
                now = next;
                let checked = now.clone().check();
                prop_assert!(checked.is_ok(), "{}: {:?}", name, checked.err());
            }
        }
        prop_assert_eq!(Scenario::parse(&now.to_json()), Ok(now));
    }

    #[test]
    fn a_scenario_without_problems_is_one_that_checks(
        now in any_scenario(),
        edits in prop::collection::vec(edit(), 0..10),
    ) {
        let now = edits.iter().fold(now, |now, edit| edit.apply(&now).unwrap_or(now));
        let found = problems(&now);
        match now.clone().check() {
            Ok(plan) => {
                prop_assert_eq!(found, []);
                prop_assert_eq!(drawable(&now), plan.graph);
            }
            Err(first) => prop_assert!(found.contains(&first), "{first} is not in {found:?}"),
        }
    }

    #[test]
    fn a_step_that_was_moved_can_be_found_and_nothing_is_lost(
        start in any_scenario(),
        edits in prop::collection::vec(program_edit(), 0..20),
    ) {
        fn count(steps: &[crate::scenario::Step]) -> usize {
            let inner = steps.iter().flat_map(crate::scenario::Step::blocks);
            steps.len() + inner.map(|(_, block)| count(block)).sum::<usize>()
        }
        let mut now = start;
        for edit in &edits {
            let Ok(next) = edit.apply(&now) else { continue };
            if let Edit::MoveStep(from, way) = edit {
                let (before, after) = (now.program.steps.unwrap(), next.program.steps.clone().unwrap());
                let to = from.moved(&before, *way).unwrap();
                prop_assert_eq!(to.step(&after), from.step(&before));
                prop_assert_eq!(count(&after), count(&before));
                let pointer = to.pointer(&after);
                prop_assert_eq!(StepPath::at_pointer(&after, &pointer), Some(to));
            }
            now = next;
        }
    }

    #[test]
    fn any_scenario_can_be_drawn(now in any_scenario()) {
        prop_assert_eq!(layout::layout(&drawable(&now)).len(), now.tasks.len());
    }

    #[test]
    fn what_was_connected_can_be_disconnected(start in any_scenario(), from in id(), to in id()) {
        let connect = Edit::Connect { from: from.clone(), to: to.clone() };
        if let Ok(connected) = connect.apply(&start) {
            let apart = Edit::Disconnect { from, to }.apply(&connected);
            prop_assert_eq!(apart.map(|apart| edges(&apart)), Ok(edges(&start)));
        }
    }
}
