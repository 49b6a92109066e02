//! The program as steps.

use std::sync::Arc;

use super::*;
use crate::scenario::Names;
use crate::sim::Sim;
use crate::view::normal_form::NormalForm;

/// Two tasks, and `try: result of a except: print`, then `print`.
fn nested() -> Scenario {
    with_program(
        r#"{"id":"a","function":"square","args":{"x":1}},{"id":"b","function":"square","args":{"x":2}}"#,
        r#"{"steps":[{"do":"submit","task":["a","b"]},
            {"do":"try","steps":[{"do":"result","of":"a"}],
             "except":[{"kind":"OSError","steps":[{"do":"print","text":"no"}]}]},
            {"do":"leave"}]}"#,
    )
}

/// Each line, two spaces a level, as a reader would see it.
fn lines(scenario: &Scenario) -> Vec<String> {
    fn add(steps: &[Step], depth: usize, lines: &mut Vec<String>) {
        for step in steps {
            lines.push(format!("{}{}", "  ".repeat(depth), step.line()));
            for (number, (_, block)) in step.blocks().into_iter().enumerate() {
                let head = step.block_line(number);
                lines.extend(head.map(|head| format!("{}{head}", "  ".repeat(depth))));
                add(block, depth + 1, lines);
            }
        }
    }
    let mut lines = Vec::new();
    add(scenario.program.steps.as_deref().unwrap(), 0, &mut lines);
    lines
}

fn moved(scenario: &Scenario, path: &StepPath, way: Way) -> Vec<String> {
    lines(&apply(&Edit::MoveStep(path.clone(), way), scenario))
}

fn print(text: &str) -> Step {
    Step::Print { text: text.to_owned() }
}

#[test]
fn a_step_goes_up_and_down_line_by_line_through_bodies() {
    let now = nested();
    assert_eq!(
        lines(&now),
        [
            "submit a, b",
            "try:",
            "  a.result()",
            "except OSError:",
            "  print(\"no\")",
            "leave the with block"
        ]
    );
    let result = StepPath::top(1).inside(0, 0);
    assert_eq!(
        moved(&now, &result, Way::Down),
        [
            "submit a, b",
            "try:",
            "except OSError:",
            "  a.result()",
            "  print(\"no\")",
            "leave the with block"
        ]
    );
    assert_eq!(moved(&now, &result, Way::Up)[1], "a.result()");
    let print = StepPath::top(1).inside(1, 0);
    assert_eq!(moved(&now, &print, Way::Up)[3], "  print(\"no\")");
    assert_eq!(moved(&now, &print, Way::Down)[4], "print(\"no\")");
    assert_eq!(moved(&now, &StepPath::top(2), Way::Up)[1], "leave the with block");
}

#[test]
fn a_step_goes_into_the_body_above_and_out_of_it() {
    let now = nested();
    let inside = apply(&Edit::MoveStep(StepPath::top(2), Way::In), &now);
    assert_eq!(lines(&inside)[5], "  leave the with block");
    let from = StepPath::top(1).inside(1, 1);
    assert_eq!(apply(&Edit::MoveStep(from, Way::Out), &inside), now);
    let refused = |at: usize, way: Way| refusal(&Edit::MoveStep(StepPath::top(at), way), &now);
    assert_eq!(refused(0, Way::Up), "It cannot go up: it is the program's first step.");
    assert_eq!(refused(2, Way::Down), "It cannot go down: it is the program's last step.");
    assert_eq!(refused(1, Way::In), "It cannot go in: the step above has no body.");
    assert_eq!(refused(1, Way::Out), "It cannot go out: it is in no other step's body.");
}

#[test]
fn steps_are_added_changed_deleted_and_wrapped_and_undo_gives_each_back() {
    let mut history = History::new(nested());
    let at = StepPath::top(1).inside(1, 0);
    let edits = [
        (Edit::InsertStep(at.clone(), print("one")), "add print"),
        (Edit::SetStep(at.clone(), print("{a}")), "change print"),
        (Edit::WrapStep(at.clone()), "put print into a try"),
        (Edit::MoveStep(at.clone(), Way::Out), "move try out"),
        (Edit::RemoveStep(StepPath::top(1)), "delete try"),
        (Edit::SetWithBlock(false), "take the steps out of the with block"),
        (Edit::SetMode(Mode::Wait), "choose wait"),
        (Edit::TurnIntoSteps, "turn wait into steps"),
        (Edit::StartSteps, "start with plain steps"),
    ];
    let mut been = Vec::new();
    for (edit, name) in &edits {
        been.push(history.now().clone());
        history.edit(edit).unwrap();
        assert_eq!(history.undo_name(), Some(*name));
    }
    for before in been.iter().rev() {
        history.undo();
        assert_eq!(history.now(), before);
    }
    let wrapped = apply(&Edit::WrapStep(at), &nested());
    assert_eq!(
        lines(&wrapped)[4..8],
        ["  try:", "    print(\"no\")", "  except Exception as e:", "    print(\"{e.kind}: {e}\")"]
    );
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let now = nested();
    let gone = "There is no such step; it may have been deleted.";
    for path in [StepPath::top(9), StepPath::top(0).inside(0, 0), StepPath::top(1).inside(7, 0)] {
        assert_eq!(refusal(&Edit::RemoveStep(path.clone()), &now), gone);
        assert_eq!(refusal(&Edit::SetStep(path.clone(), print("")), &now), gone);
        assert_eq!(refusal(&Edit::InsertStep(path.clone(), print("")), &now), gone);
    }
    let words = "The program is a mode and has no steps. Turn it into steps first.";
    assert_eq!(refusal(&Edit::InsertStep(StepPath::top(0), print("")), &abc()), words);
    let mut deep = now.clone();
    let mut path = StepPath::top(0);
    for _ in 0..limits::STEP_DEPTH {
        deep = apply(&Edit::WrapStep(path.clone()), &deep);
        path = path.inside(0, 0);
    }
    // The last try prints what it catches one level down.
    assert_eq!(
        refusal(&Edit::WrapStep(path), &deep),
        "That would make 17 levels of nested steps; at most 16 are allowed."
    );
    deep.check().unwrap();
}

#[test]
fn every_kind_of_step_is_right_as_it_comes() {
    for kind in ["threads", "processes", "pool"] {
        let text = format!(
            r#"{{"format":1,"executor":{{"kind":"{kind}","workers":2}},
                "tasks":[{{"id":"a","function":"square","args":{{"x":1}}}}],"program":{{"steps":[]}}}}"#
        );
        let start = Scenario::parse(&text).unwrap();
        let found = kinds(&start);
        assert!(found.len() > 15, "{kind} has {} kinds", found.len());
        for StepKind { new, about } in found {
            let now = apply(&Edit::InsertStep(StepPath::top(0), new.clone()), &start);
            // An iterator has its name only from the step that makes it.
            let unnamed = new.asks() == Some("results");
            assert_eq!(problems(&now).is_empty(), !unnamed, "{kind}: {about} {:?}", problems(&now));
        }
    }
}

#[test]
fn every_step_that_is_wrong_is_said_with_its_place() {
    let mut now = nested();
    let steps = now.program.steps.as_mut().unwrap();
    steps.insert(1, Step::Result { of: text("nobody"), timeout: None, name: Some(text("x")) });
    steps.push(Step::For {
        over: Names::One(text("x")),
        name: text("y"),
        steps: vec![Step::Submit { task: Names::One(text("no-task")) }, Step::Join {}],
    });
    let found: Vec<String> = problems(&now).into_iter().map(|error| error.at).collect();
    assert_eq!(
        found,
        ["/program/steps/1/of", "/program/steps/4/steps/0/task", "/program/steps/4/steps/1"]
    );
    let path = StepPath::at_pointer(now.program.steps.as_ref().unwrap(), &found[1]);
    assert_eq!(path, Some(StepPath::top(4).inside(0, 0)));
}

/// Runs with both programs and many seeds come out alike.
fn assert_equal(scenario: &Scenario) {
    let turned = apply(&Edit::TurnIntoSteps, scenario);
    let forms = |scenario: &Scenario| {
        let plan = Arc::new(scenario.clone().check().unwrap());
        let form = |seed| NormalForm::from_records(&plan, &Sim::new(plan.clone(), seed).run());
        (0..40).map(form).collect::<Vec<_>>()
    };
    let (mode, steps) = (forms(scenario), forms(&turned));
    // The seed chooses among other things in another program: the sets of outcomes are compared.
    for form in &mode {
        assert!(steps.contains(form), "only the mode: {}", form.diff(&steps[0]));
    }
    for form in &steps {
        assert!(mode.contains(form), "only the steps: {}", form.diff(&mode[0]));
    }
}

#[test]
fn a_mode_and_the_steps_that_it_is_turned_into_do_the_same() {
    let tasks = r#"{"id":"a","function":"sleep","args":{"seconds":3}},
        {"id":"b","function":"fail","args":{"seconds":1}},
        {"id":"c","function":"square","args":{"x":3}},
        {"id":"future","function":"sleep","args":{"seconds":2}}"#;
    let node = r#"{"id":"a","function":"square","args":{"x":{"each":[1,2,3]}}}"#;
    let cancel = r#"[{"do":{"cancel":"c"},"when":{"at":"500ms"}}]"#;
    let modes = [
        r#"{"mode":"submit"}"#,
        r#"{"mode":"as_completed"}"#,
        r#"{"mode":"as_completed","timeout":"1500ms"}"#,
        r#"{"mode":"wait"}"#,
        r#"{"mode":"map"}"#,
        r#"{"mode":"map","on_error":"continue","chunksize":2}"#,
        r#"{"mode":"map","timeout":"2s"}"#,
    ];
    for program in modes {
        for kind in [ExecutorKind::Threads, ExecutorKind::Processes] {
            for tasks in [tasks, node, ""] {
                let mut now = with_program(tasks, program);
                now.executor.kind = kind;
                let by_items = ["as_completed", "wait"].iter().any(|mode| program.contains(mode));
                if tasks == node && by_items {
                    let words = refusal(&Edit::TurnIntoSteps, &now);
                    assert!(words.contains("each item of a map node"), "{words}");
                    continue;
                }
                assert_equal(&now);
                if tasks.contains("\"c\"") {
                    now.interventions = serde_json::from_str(cancel).unwrap();
                    assert_equal(&now);
                }
            }
        }
    }
    let mut pool = with_program(tasks, r#"{"mode":"map"}"#);
    pool.executor.kind = ExecutorKind::Pool;
    assert_equal(&pool);
}

#[test]
fn a_mode_without_equal_steps_says_why_and_plain_steps_can_run() {
    assert_eq!(
        refusal(&Edit::TurnIntoSteps, &abc()),
        "Mode submit has no equal steps here: the graph has edges, and a mode decides after each \
         result what comes next. Start with plain steps instead, and change them."
    );
    let mut now = apply(&Edit::StartSteps, &abc());
    assert_eq!(lines(&now)[..2], ["submit a, b, c", "for future in as_completed(a, b, c):"]);
    assert_eq!(problems(&now), []);
    let printed = |scenario: &Scenario| {
        let plan = Arc::new(scenario.clone().check().unwrap());
        let form = NormalForm::from_records(&plan, &Sim::new(plan.clone(), 0).run());
        format!("{:?}", form.main).matches("Printed").count()
    };
    assert_eq!(printed(&now), 3);
    now.executor.kind = ExecutorKind::Pool;
    let now = apply(&Edit::StartSteps, &now);
    assert_eq!(problems(&now), []);
    assert_eq!(printed(&now), 3);
}
