//! The page is what the rules and the tests make of it.

use super::*;
use crate::workspace;
use rules::Tag;

/// How many rules there are.
const RULES_IN_ALL: usize = 181;

#[test]
fn the_committed_page_is_what_would_be_made() {
    let root = workspace::root();
    let made = Conformance::read(&root).unwrap_or_else(|error| panic!("{error}")).page();
    let committed = read(&root.join(PAGE)).unwrap_or_default();
    assert!(
        made == committed,
        "{PAGE} is out of date: run `cargo xtask conformance`, and commit it"
    );
}

#[test]
fn every_rule_is_listed_and_has_a_test_or_a_reason() {
    let conformance = Conformance::read(&workspace::root()).unwrap();
    assert_eq!(conformance.rules().count(), RULES_IN_ALL);
    let unnamed = conformance.unnamed();
    assert!(unnamed.is_empty(), "no test and no reason: {unnamed:?}");
}

const LIST: &str = "\
# What this is.

== Future core
1 observable: It begins PENDING.
2 library: It changes.
  note: not all of it

== Thread pool
3 observable: It runs.
  no test: it is late
4 observable: It ends.
";

fn of(sources: &[(&str, &str)]) -> Result<Conformance, ConformanceError> {
    let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
    let sources: Vec<(String, String)> = sources.iter().map(owned).collect();
    Conformance::of(rules::parse(LIST).unwrap(), &sources)
}

#[test]
fn a_page_has_each_rule_with_its_tests_or_why_not() {
    let source = "#[test]\nfn rules_1_2_it_lives() {}\n\n    #[test]\n    // Why.\n    fn rule_1_again() {\n";
    let conformance = of(&[("shared/tests/a.rs", source)]).unwrap();
    assert_eq!(conformance.unnamed(), [4]);
    let page = conformance.page();
    assert!(page.contains("2 of them have a test. 1 have none and say why; 1 have none yet."));
    let (_, entries) = page.split_once("\n## ").unwrap();
    let expected = "\
Future core

- **1** It begins PENDING. *(observable)*
  - [`rules_1_2_it_lives`](../shared/tests/a.rs)
  - [`rule_1_again`](../shared/tests/a.rs)
- **2** It changes. *(library)* Note: not all of it.
  - [`rules_1_2_it_lives`](../shared/tests/a.rs)

## Thread pool

- **3** It runs. *(observable)*
  - no test: it is late
- **4** It ends. *(observable)*
  - no test yet
";
    assert_eq!(entries, expected);
}

#[test]
fn a_test_of_a_rule_that_there_is_not_is_refused() {
    for name in ["rule_5_none", "rule_0_none", "rules_1_5_one_of_two"] {
        let source = format!("#[test]\nfn {name}() {{}}");
        let refused = of(&[("a.rs", &source)]).unwrap_err().to_string();
        assert!(refused.starts_with(&format!("a.rs: {name} names rule ")), "{refused}");
    }
}

#[test]
fn a_reason_ends_with_the_first_test() {
    let refused = of(&[("a.rs", "#[test]\nfn rule_3_early() {}")]).unwrap_err();
    assert!(matches!(refused, ConformanceError::Outdated { number: 3, .. }), "{refused}");
}

#[test]
fn a_name_says_one_rule_or_several() {
    let rules = |name: &str| {
        let found = named::find(&format!("#[test]\nfn {name}() {{}}"))?;
        Ok(found.into_iter().flat_map(|named| named.rules).collect::<Vec<u16>>())
    };
    assert_eq!(rules("rule_35_it_stays"), Ok(vec![35]));
    assert_eq!(rules("rules_35_36_it_stays"), Ok(vec![35, 36]));
    assert_eq!(rules("rule_27_0_workers"), Ok(vec![27]), "the 0 is no rule");
    assert_eq!(rules("rules_of_thumb"), Err(NameError::Numbers("rules_of_thumb".to_owned())));
    for wrong in ["rules_35_it_stays", "rule_it_stays", "rule_35", "rules_35_36"] {
        assert_eq!(rules(wrong), Err(NameError::Numbers(wrong.to_owned())));
    }
    assert_eq!(rules("ruler_1_x"), Ok(vec![]));
}

#[test]
fn only_a_test_that_runs_counts() {
    let refused = Err(NameError::NoTest("rule_1_x".to_owned()));
    assert_eq!(named::find("#[test]\n\nfn rule_1_x() {}"), refused, "another's attribute");
    assert_eq!(named::find("fn rule_1_x() {}"), refused);
    assert_eq!(named::find("#[test]\n#[ignore = \"slow\"]\nfn rule_1_x() {}"), refused);
    assert_eq!(named::find("fn rule(line: &str) {}\nfn rules(&self) {}"), Ok(vec![]));
}

#[test]
fn a_list_that_is_wrong_says_in_which_line() {
    let error = |text: &str| rules::parse(text).unwrap_err();
    assert_eq!(error("1 library: X."), RulesError::Orphan(1));
    assert_eq!(error("== A\n  note: x"), RulesError::Orphan(2));
    assert_eq!(error("== A\n2 library: X."), RulesError::Number { line: 2, expected: 1 });
    assert_eq!(error("== A\n1 hidden: X."), RulesError::Line(2, "1 hidden: X.".to_owned()));
    assert_eq!(error("== A\n1 library: X.\n  but: y"), RulesError::Line(3, "  but: y".to_owned()));
    let twice = "== A\n1 library: X.\n  note: y\n  note: z";
    assert_eq!(error(twice), RulesError::Twice(4));
    let groups = rules::parse(LIST).unwrap();
    assert_eq!(groups[0].rules[1].tag, Tag::Library);
}
