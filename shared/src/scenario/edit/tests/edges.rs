//! Drawing edges, removing them, reading them off.

use super::*;

#[test]
fn an_edge_feeds_a_list_else_a_number_else_it_is_only_an_order() {
    let mut now = scenario("");
    for function in ["sleep", "sum", "diff", "hang"] {
        now = apply(&add(function), &now);
    }
    for from in ["sleep", "sum", "hang"] {
        now = apply(&connect(from, "diff"), &now);
    }
    assert_eq!(
        json(&now, "diff"),
        r#"{"id":"diff","function":"diff","args":{"x":{"from":"sleep"},"y":{"from":"sum"}},"after":["hang"]}"#
    );
    for from in ["sleep", "hang"] {
        now = apply(&connect(from, "sum"), &now);
    }
    assert_eq!(
        json(&now, "sum"),
        r#"{"id":"sum","function":"sum","args":{"values":[{"from":"sleep"},{"from":"hang"}]}}"#
    );
    now = apply(&connect("hang", "sleep"), &now);
    assert_eq!(
        json(&now, "sleep"),
        r#"{"id":"sleep","function":"sleep","args":{"seconds":1},"after":["hang"]}"#
    );
    now.check().unwrap();
}

#[test]
fn a_list_keeps_its_literals_when_an_edge_comes_to_it() {
    let now = scenario(
        r#"{"id":"a","function":"hang"},{"id":"b","function":"sum","args":{"values":[1,2]}},
           {"id":"c","function":"sum","args":{"values":{"from":"b"}}}"#,
    );
    let now = apply(&connect("a", "b"), &now);
    assert_eq!(
        json(&now, "b"),
        r#"{"id":"b","function":"sum","args":{"values":[1,2,{"from":"a"}]}}"#
    );
    // `b` brings the whole list of `c`.
    let now = apply(&connect("a", "c"), &now);
    assert_eq!(
        json(&now, "c"),
        r#"{"id":"c","function":"sum","args":{"values":{"from":"b"}},"after":["a"]}"#
    );
}

#[test]
fn an_edge_that_closes_a_circle_is_refused_with_the_way_around() {
    let mut now = scenario("");
    for _ in 0..3 {
        now = apply(&add("sum"), &now);
    }
    let names = [("sum", "5"), ("sum-2", "3"), ("sum-3", "4")];
    for (from, to) in names {
        now = apply(&Edit::Rename { from: text(from), to: text(to) }, &now);
    }
    now = apply(&connect("5", "3"), &now);
    assert_eq!(
        refusal(&connect("3", "5"), &now),
        "3 → 5 would close a circle: 3 → 5 → 3. A task cannot wait for itself."
    );
    now = apply(&connect("3", "4"), &now);
    assert_eq!(
        refusal(&connect("4", "5"), &now),
        "4 → 5 would close a circle: 4 → 5 → 3 → 4. A task cannot wait for itself."
    );
    assert_eq!(
        refusal(&connect("4", "4"), &now),
        "4 → 4 would close a circle: 4 → 4. A task cannot wait for itself."
    );
    assert_eq!(refusal(&connect("5", "3"), &now), "5 → 3 is there already: 3 waits for 5.");
}

#[test]
fn disconnecting_takes_every_edge_between_two_tasks() {
    let now = scenario(
        r#"{"id":"a","function":"hang"},
           {"id":"b","function":"diff","args":{"x":{"from":"a"},"y":[{"from":"a"}]},"after":["a"]}"#,
    );
    let edit = Edit::Disconnect { from: text("a"), to: text("b") };
    let after = apply(&edit, &now);
    assert_eq!(json(&after, "b"), r#"{"id":"b","function":"diff","args":{"x":1,"y":1}}"#);
    assert_eq!(refusal(&edit, &after), "There is no edge a → b.");
}

#[test]
fn edges_come_in_the_order_of_their_references_checked_or_not() {
    let now = scenario(
        r#"{"id":"a","function":"diff","args":{"y":{"from":"b"},"x":{"from":"c"}},"after":["gone"]},
           {"id":"b","function":"sum","args":{"values":[1,{"from":"a"}]}}"#,
    );
    assert!(now.clone().check().is_err());
    let arg = |param: &str, index| Slot::Arg { param: text(param), index };
    let edge = |from: &str, to: &str, slot| Edge { from: text(from), to: text(to), slot };
    assert_eq!(
        edges(&now),
        [
            edge("c", "a", arg("x", None)),
            edge("b", "a", arg("y", None)),
            edge("gone", "a", Slot::After),
            edge("a", "b", arg("values", Some(1))),
        ]
    );
    // Of the circle, the edge that closes it is left out; the unknown tasks are, too.
    let graph = drawable(&now);
    assert_eq!(graph.levels.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
}
