//! What becomes of a link on its way.

use std::path::PathBuf;

use proptest::prelude::*;

use miniz_oxide::deflate::compress_to_vec;

use super::envelope::{CHARS, FORMAT, LEVEL, is_of_the_alphabet, seal};
use super::*;

/// The examples by name, and the links to them.
fn examples() -> Vec<(String, Scenario, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../static/examples");
    let mut examples = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let scenario = Scenario::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let link = pack(&scenario).unwrap();
        examples.push((path.file_stem().unwrap().to_string_lossy().into_owned(), scenario, link));
    }
    examples.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(!examples.is_empty());
    examples
}

fn shortest() -> (Scenario, String) {
    let (_, scenario, link) = examples().into_iter().min_by_key(|e| e.2.len()).unwrap();
    (scenario, link)
}

/// A link that is right in itself and holds this text.
fn holding(json: &[u8]) -> String {
    let packed = compress_to_vec(json, LEVEL);
    seal(FORMAT, u32::try_from(packed.len()).unwrap(), crc32fast::hash(json), &packed)
}

#[test]
fn every_example_comes_out_of_its_link_as_it_went_in() {
    for (name, scenario, link) in examples() {
        assert!(link.bytes().all(is_of_the_alphabet), "{name}");
        assert_eq!(unpack(&link), Ok(scenario), "{name}");
    }
}

#[test]
fn an_example_fits_into_a_short_message() {
    for (name, _, link) in examples() {
        assert!(link.len() < 1_000, "{name} takes {} characters", link.len());
    }
}

#[test]
fn an_unfinished_scenario_can_be_sent() {
    let draft = r#"{"format":1,"executor":{"kind":"threads","workers":0},
        "tasks":[{"id":"a","function":"nothing","after":["b"]}],"program":{}}"#;
    let draft = Scenario::parse(draft).unwrap();
    assert!(draft.clone().check().is_err());
    assert_eq!(unpack(&pack(&draft).unwrap()), Ok(draft));
}

#[test]
fn every_beginning_of_a_link_is_told_from_a_damaged_one() {
    let (_, link) = shortest();
    assert_eq!(unpack(""), Err(LinkError::NotALink));
    assert_eq!(unpack(&link[..1]), Err(LinkError::NotALink));
    for after in 2..link.len() {
        assert_eq!(unpack(&link[..after]), Err(LinkError::Cut { after }));
    }
    assert_eq!(
        unpack(&link[..100]).unwrap_err().to_string(),
        "the link is cut off after 100 characters; the sender's program may have shortened it"
    );
}

#[test]
fn no_single_changed_character_makes_another_scenario() {
    let (scenario, link) = shortest();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".as_bytes();
    let mut unnoticed = 0;
    for at in 0..link.len() {
        let mut changed = link.clone().into_bytes();
        let value = alphabet.iter().position(|letter| *letter == changed[at]).unwrap();
        for bits in [1, 2, 4, 8, 16, 32, 63] {
            changed[at] = alphabet[value ^ bits];
            match unpack(std::str::from_utf8(&changed).unwrap()) {
                Err(_) => {}
                Ok(same) => {
                    assert_eq!(same, scenario, "character {at}");
                    unnoticed += 1;
                }
            }
        }
        changed[at] = b'.';
        assert!(unpack(std::str::from_utf8(&changed).unwrap()).is_err());
    }
    // The bits that fill deflate's last byte mean nothing. There are at most seven: each can change
    // unseen, and if six of them are one letter, these can all change at once.
    assert!(unnoticed <= 8, "{unnoticed} changes were not noticed");
}

#[test]
fn what_sticks_to_the_end_of_a_link_is_damage() {
    let (_, link) = shortest();
    for rubbish in ["A", "AA", "AAAA", ".", ")", " ", "\u{2026}", "=", "&r=1"] {
        assert_eq!(unpack(&format!("{link}{rubbish}")), Err(LinkError::Damaged), "{rubbish:?}");
    }
}

#[test]
fn a_wrong_checksum_is_damage() {
    let json = br#"{"format":1,"executor":{"kind":"threads","workers":1},"program":{}}"#;
    assert!(unpack(&holding(json)).is_ok());
    let packed = compress_to_vec(json, LEVEL);
    let link = seal(FORMAT, u32::try_from(packed.len()).unwrap(), 7, &packed);
    assert_eq!(unpack(&link), Err(LinkError::Damaged));
}

#[test]
fn a_later_link_and_a_later_scenario_are_both_named() {
    assert_eq!(unpack(&seal(FORMAT + 1, 3, 0, b"new")), Err(LinkError::Later(2)));
    assert_eq!(unpack(&holding(br#"{"format":9,"wonders":[]}"#)), Err(LinkError::Later(9)));
}

#[test]
fn a_bomb_is_refused_while_it_inflates() {
    let bomb = holding(&vec![b' '; limits::LINK_BYTES * 64]);
    assert!(bomb.len() < CHARS, "it must be small enough to be looked at");
    assert_eq!(unpack(&bomb), Err(LinkError::TooLarge));
}

#[test]
fn a_scenario_that_no_link_can_hold_is_refused_when_it_is_packed() {
    let (mut scenario, _) = shortest();
    scenario.about = "x".repeat(limits::LINK_BYTES);
    assert_eq!(pack(&scenario), Err(LinkError::TooLarge));
}

#[test]
fn what_does_not_shrink_still_fits() {
    let (mut scenario, _) = shortest();
    let mut rng = crate::rng::Rng::new(1);
    let noise = |_| char::from(32 + u8::try_from(rng.below(95)).unwrap());
    scenario.about = (0..limits::LINK_BYTES / 2).map(noise).collect();
    let link = pack(&scenario).unwrap();
    assert_eq!(unpack(&link), Ok(scenario));
    assert!(link.len() <= CHARS);
}

#[test]
fn a_whole_link_with_something_else_in_it_says_what_is_wrong() {
    let Err(LinkError::Scenario(error)) = unpack(&holding(b"[1, 2]")) else {
        panic!("a list is no scenario")
    };
    assert!(matches!(error.kind, ScenarioErrorKind::Shape(_)), "{error}");
    assert_eq!(unpack(&holding(b"\xff\xfe")), Err(LinkError::Damaged));
}

#[test]
fn other_texts_are_no_links() {
    let long = "hello ".repeat(CHARS);
    for text in ["A", "hello-world-how-are-you", "https://example.org/", "é", "ab\u{e9}", &long] {
        assert_eq!(unpack(text), Err(LinkError::NotALink), "{text:.40}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_unpack_panic(text in ".{0,40}", letters in "[A-Za-z0-9_-]{0,60}") {
        prop_assert!(unpack(&text).is_err());
        prop_assert!(unpack(&letters).is_err());
        // With a header that is believed, so that the inflater gets to see it.
        let body = letters.as_bytes();
        let length = u32::try_from(body.len()).unwrap();
        prop_assert!(unpack(&seal(FORMAT, length, 0, body)).is_err());
    }
}
