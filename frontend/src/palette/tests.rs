//! The promises of the palette, computed: states can be told apart in four kinds of vision, and seen
//! against what they stand on.

use std::collections::BTreeSet;

use palette::color_difference::{Ciede2000, Wcag21RelativeContrast};
use palette::{IntoColor, Lab, LinSrgb, Srgb};

use super::*;

const TOKENS: &str = include_str!("../../../static/style/tokens.css");

/// The eight colours of states; what says RUNNING and is queued has the outline of one and the fill of
/// another.
const STATES: [&str; 8] =
    ["waiting", "queued", "running", "succeeded", "failed", "cancelled", "broken", "skipped"];

/// The least difference of two states, as CIEDE2000; a difference of 1 can just be seen.
const APART: f32 = 15.0;

/// The least contrast of what has a meaning, WCAG 1.4.11.
const MEANING: f32 = 3.0;

/// The least contrast of text, WCAG 1.4.3.
const TEXT: f32 = 4.5;

/// How much of red, green and blue each kind of vision makes of each, at full severity (Machado,
/// Oliveira and Fernandes 2009), in linear light.
const VISIONS: [(&str, [[f32; 3]; 3]); 4] = [
    ("normal", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protan",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "deutan",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
    (
        "tritan",
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ),
];

const THEMES: [&str; 2] = ["light", "dark"];

/// The colour of a token in a theme, followed through other tokens.
fn token(name: &str, theme: &str) -> Srgb<f32> {
    let head = format!("--{name}:");
    let at = TOKENS.find(&head).unwrap_or_else(|| panic!("no token {head}"));
    let value = TOKENS[at + head.len()..].split(';').next().unwrap().trim();
    if let Some(other) = value.strip_prefix("var(--") {
        return token(other.trim_end_matches(')'), theme);
    }
    let both = value.strip_prefix("light-dark(").and_then(|value| value.strip_suffix(')'));
    let (light, dark) = both.and_then(|both| both.split_once(',')).unwrap();
    let hex = if theme == "light" { light } else { dark };
    hex.trim().parse::<Srgb<u8>>().unwrap().into_format()
}

fn seen(colour: Srgb<f32>, [r, g, b]: [[f32; 3]; 3]) -> Lab {
    let light: LinSrgb<f32> = colour.into_linear();
    let of = |row: [f32; 3]| {
        (row[0] * light.red + row[1] * light.green + row[2] * light.blue).clamp(0.0, 1.0)
    };
    LinSrgb::new(of(r), of(g), of(b)).into_color()
}

#[test]
fn every_two_states_can_be_told_apart_in_four_kinds_of_vision() {
    for theme in THEMES {
        for (vision, matrix) in VISIONS {
            for (at, one) in STATES.iter().enumerate() {
                for other in &STATES[..at] {
                    let lab = |name: &str| seen(token(&format!("st-{name}"), theme), matrix);
                    let apart = lab(one).difference(lab(other));
                    assert!(apart >= APART, "{one} and {other}, {theme}, {vision}: {apart:.1}");
                }
            }
        }
    }
}

#[test]
fn every_state_can_be_seen_on_the_canvas_and_its_text_on_it() {
    for theme in THEMES {
        let paper = token("paper", theme);
        for state in STATES {
            let colour = token(&format!("st-{state}"), theme);
            let contrast = colour.relative_contrast(paper);
            assert!(contrast >= MEANING, "{state} on paper, {theme}: {contrast:.2}");
            let on = token(&format!("on-{state}"), theme).relative_contrast(colour);
            assert!(on >= TEXT, "text on {state}, {theme}: {on:.2}");
        }
    }
}

#[test]
fn every_text_can_be_read_on_every_ground() {
    for theme in THEMES {
        for ground in ["paper", "chrome", "sunken", "raised"] {
            for ink in ["ink", "ink-2", "ink-3", "accent"] {
                let contrast = token(ink, theme).relative_contrast(token(ground, theme));
                assert!(contrast >= TEXT, "{ink} on {ground}, {theme}: {contrast:.2}");
            }
        }
        let on = token("on-accent", theme).relative_contrast(token("accent", theme));
        assert!(on >= TEXT, "on the accent, {theme}: {on:.2}");
    }
}

#[test]
fn no_two_states_share_a_class_or_a_glyph() {
    let skins = Shown::ALL.map(skin);
    let classes: BTreeSet<_> = skins.iter().map(|skin| skin.class).collect();
    let glyphs: BTreeSet<_> = skins.iter().map(|skin| skin.glyph).collect();
    assert_eq!((classes.len(), glyphs.len()), (skins.len(), skins.len()));
}

#[test]
fn every_glyph_and_class_exists() {
    let icons = include_str!("../../../static/icons.svg");
    let styles = include_str!("../../../static/style/parts.css");
    for Skin { class, glyph, .. } in Shown::ALL.map(skin) {
        let symbol = format!("id=\"{}\"", &glyph[1..]);
        assert!(icons.contains(&symbol), "{symbol}");
        assert!(styles.contains(&format!(".{class} ")), "{class}");
    }
}
