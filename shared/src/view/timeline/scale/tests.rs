use super::*;

const SECOND: Instant = Instant(1_000_000_000);

fn labels(scale: Scale, width: f64, unit: f64) -> String {
    let labels: Vec<String> = scale.ticks(width, unit).into_iter().map(|tick| tick.label).collect();
    labels.join(" ")
}

#[test]
fn a_run_fits_with_a_round_end() {
    // 8 s of the scenario are 0.8 s of the run.
    let scale = Scale::fit(Instant(810_000_000), 1260.0, 0.1);
    assert_eq!(
        labels(scale, 1260.0, 0.1),
        "0 s 0.5 1.0 1.5 2.0 2.5 3.0 3.5 4.0 4.5 5.0 5.5 6.0 6.5 7.0 7.5 8.0 8.5"
    );
    let ticks = scale.ticks(1260.0, 0.1);
    assert!((ticks.last().unwrap().x - 1260.0).abs() < 1e-6, "the end is a round number");
    assert_eq!(ticks[2].at, Instant(100_000_000));
}

#[test]
fn before_anything_happened_one_second_is_shown() {
    let scale = Scale::fit(Instant::ZERO, 560.0, 0.1);
    assert_eq!(labels(scale, 560.0, 0.1), "0 s 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1.0");
}

#[test]
fn pixels_and_instants_are_each_others_inverse() {
    let scale = Scale { from: 2.0, px_per_second: 100.0 };
    assert!((scale.x(Instant(3_500_000_000)) - 150.0).abs() < 1e-9);
    assert_eq!(scale.instant(150.0), Instant(3_500_000_000));
    assert_eq!(scale.instant(-1000.0), Instant::ZERO, "there is nothing before the run");
    assert_eq!(scale.window(100.0), (Instant(2_000_000_000), Instant(3_000_000_000)));
}

#[test]
fn zooming_keeps_the_instant_under_the_pointer() {
    let scale = Scale { from: 1.0, px_per_second: 100.0 };
    let closer = scale.zoom_at(300.0, 4.0);
    assert_eq!(closer.instant(300.0), scale.instant(300.0));
    assert!((closer.px_per_second - 400.0).abs() < 1e-9);
    let panned = scale.pan(50.0);
    assert!((panned.x(SECOND) - (scale.x(SECOND) - 50.0)).abs() < 1e-9);
}

#[test]
fn a_window_never_leaves_the_run() {
    let (until, width) = (Instant(8_000_000_000), 800.0);
    let far = Scale { from: 1e9, px_per_second: 100.0 }.clamped(until, width, 1.0);
    assert!((far.x(until) - width / 2.0).abs() < 1e-6);
    let before = Scale { from: -5.0, px_per_second: 1e-9 }.clamped(until, width, 1.0);
    assert!(before.from.abs() < 1e-9);
    assert!((before.x(until) - width / 2.0).abs() < 1e-6, "at most twice as wide");
    for odd in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
        let clamped = Scale { from: odd, px_per_second: odd }.clamped(until, odd, odd);
        assert!(clamped.from >= 0.0 && clamped.px_per_second > 0.0, "{clamped:?}");
        assert!(clamped.ticks(width, odd).len() < 100);
        assert!(Scale { from: odd, px_per_second: odd }.ticks(odd, odd).len() < 100);
    }
}

#[test]
fn ticks_stand_at_round_numbers_far_enough_apart_and_without_dirt() {
    let mut px_per_second = 1e-3;
    while px_per_second < 1e9 {
        for unit in [1e-6, 0.1, 0.3, 1.0, 10.0] {
            let scale = Scale { from: 0.37, px_per_second };
            let ticks = scale.ticks(1000.0, unit);
            assert!(ticks.len() <= 19, "{px_per_second} {unit}");
            for pair in ticks.windows(2) {
                assert!(pair[1].x - pair[0].x >= 56.0 - 1e-3, "{px_per_second} {unit} {pair:?}");
                assert_ne!(pair[0].label, pair[1].label, "{px_per_second} {unit}");
                assert!(pair[0].label.len() <= 20, "{pair:?}");
            }
        }
        px_per_second *= 1.7;
    }
}

#[test]
fn labels_have_as_many_digits_as_their_step_and_commas_at_thousands() {
    let ticks = |from, px_per_second| labels(Scale { from, px_per_second }, 300.0, 1.0);
    assert_eq!(ticks(0.0, 1200.0), "0 s 0.05 0.10 0.15 0.20 0.25");
    assert_eq!(ticks(0.0, 60.0), "0 s 1 2 3 4 5");
    assert_eq!(ticks(900.0, 0.5), "1,000 1,200 1,400");
}

#[test]
fn spans_are_told_in_about_three_digits_of_the_scenarios_time() {
    let cases = [
        (0, "0 s"),
        (3, "<0.01 ms"),
        (410_000, "0.41 ms"),
        (4_100_000, "4.1 ms"),
        (9_960_000, "10 ms"),
        (41_000_000, "41 ms"),
        (99_600_000, "0.10 s"),
        (120_000_000, "0.12 s"),
        (410_000_000, "0.41 s"),
        (996_000_000, "1.0 s"),
        (6_500_000_000, "6.5 s"),
        (1_200_000_000_000, "1,200.0 s"),
    ];
    for (ns, expected) in cases {
        assert_eq!(format_seconds(Span(ns), 1.0), expected, "{ns} ns");
    }
    assert_eq!(format_seconds(Span::from_ms(650), 0.1), "6.5 s");
    assert_eq!(format_seconds(Span::from_ms(650), 0.0), "0.65 s", "no scale is none");
    assert_eq!(format_instant(Instant(650_000_000), 0.1), "6.50 s");
}
