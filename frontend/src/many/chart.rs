//! Pictures of many runs: how long each took as dots on a line, and a sweep as a curve.

use leptos::prelude::*;
use shared::units::Instant;

use super::{Batch, One, open};
use crate::bench::Bench;
use crate::size;
use crate::units::moment;

/// Pixels; a picture is as wide as there is room.
const HEIGHT: f64 = 190.0;
const DOTS: f64 = 128.0;
const FLOOR: f64 = DOTS - 24.0;
const NARROWEST: f64 = 280.0;
/// Around it.
const PADDING: f64 = 24.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 28.0;
const FOOT: f64 = 28.0;

/// From this ratio on, times are told apart on a logarithmic axis only.
const WIDE: f64 = 20.0;

/// How long each of the runs took: a dot opens its run.
#[component]
pub fn Dots() -> impl IntoView {
    let bench = Bench::get();
    let many = bench.many;
    let (figure, width) = room();
    let picture = move || {
        let batch = many.batch.get()?;
        let width = width();
        let runs = many.runs.get();
        let times = || runs.iter().map(|one| one.summary.took);
        let (least, most) = (times().min()?, times().max()?);
        let x = |at: Instant| {
            let (from, span) = (least.seconds(), (most.seconds() - least.seconds()).max(1e-9));
            LEFT + (at.seconds() - from) / span * (width - LEFT - RIGHT)
        };
        // Dots of one place stand above each other.
        let mut taken: Vec<f64> = Vec::new();
        let dot = |one: &One| {
            let at = one.at;
            let x = x(one.summary.took);
            let below = taken.iter().filter(|other| (*other - x).abs() < 9.0).count();
            taken.push(x);
            let y = FLOOR - 8.0 - 9.0 * (below.min(9) as f64);
            let words = format!("{}: {}", batch.name(at), batch.took(&one.summary));
            view! { <Spot x=x y=y words=words on_open=move || open(bench, at)/> }
        };
        let dots = runs.iter().map(dot).collect_view();
        let end = |at: Instant| moment(at, &batch.plan);
        let middle = (least == most).then_some("middle");
        Some(view! {
            <svg class="dots" width=width height=DOTS viewBox=format!("0 0 {width} {DOTS}") role="group" aria-label="How long each run took">
                <line x1=LEFT y1=FLOOR x2=width - RIGHT y2=FLOOR class="axis"/>
                {dots}
                <text x=LEFT y=DOTS - 6.0 text-anchor=middle.unwrap_or("start")>{end(least)}</text>
                {(least < most).then(|| view! { <text x=width - RIGHT y=DOTS - 6.0 text-anchor="end">{end(most)}</text> })}
            </svg>
        })
    };
    view! { <figure node_ref=figure>{picture}</figure> }
}

/// How long it took with each number: a point opens its run. What CPython would take is dashed.
#[component]
pub fn Curve() -> impl IntoView {
    let bench = Bench::get();
    let many = bench.many;
    let (figure, width) = room();
    let picture = move || {
        let batch = many.batch.get()?;
        let width = width();
        let runs = many.runs.get();
        let models: Vec<(usize, Instant)> = many.models.with(|models| {
            models.iter().enumerate().filter_map(|(at, took)| Some((at, (*took)?))).collect()
        });
        let all = || runs.iter().map(|one| one.summary.took).chain(models.iter().map(|it| it.1));
        let axis = Upright::of(all())?;
        let count = batch.values.len().max(2) - 1;
        let x = |at: usize| LEFT + 20.0 + at as f64 / count as f64 * (width - LEFT - RIGHT - 40.0);
        let path = |points: &mut dyn Iterator<Item = (usize, Instant)>| {
            let place = |(at, took)| format!("{:.1},{:.1}", x(at), axis.y(took));
            points.map(place).collect::<Vec<_>>().join(" ")
        };
        let measured = path(&mut runs.iter().map(|one| (one.at, one.summary.took)));
        let model = path(&mut models.iter().copied());
        let point = |one: &One| {
            let at = one.at;
            let words = format!("{}: {}", batch.name(at), batch.took(&one.summary));
            view! { <Spot x=x(at) y=axis.y(one.summary.took) words=words on_open=move || open(bench, at)/> }
        };
        let number = |(at, value): (usize, &u64)| {
            view! { <text x=x(at) y=HEIGHT - 8.0 text-anchor="middle">{shared::units::with_commas(&value.to_string())}</text> }
        };
        let tick = |at: Instant| {
            let y = axis.y(at);
            view! {
                <line x1=LEFT y1=y x2=width - RIGHT y2=y class="tick"/>
                <text x=LEFT - 8.0 y=y + 4.0 text-anchor="end">{moment(at, &batch.plan)}</text>
            }
        };
        let legend = move |from: f64, class: &'static str, words: &'static str| {
            view! {
                <polyline points=format!("{from},8 {},8", from + 24.0) class=class/>
                <text x=from + 32.0 y="12">{words}</text>
            }
        };
        let scale = axis.logarithmic.then(|| {
            view! { <text x="0" y="12">"logarithmic"</text> }
        });
        let how = if batch.simulated { "simulated" } else { "measured" };
        Some(view! {
            <svg class="curve" width=width height=HEIGHT viewBox=format!("0 0 {width} {HEIGHT}") role="group" aria-label=aria(&batch)>
                {axis.ticks().into_iter().map(tick).collect_view()}
                {batch.values.iter().enumerate().map(number).collect_view()}
                <polyline points=model class="model"/>
                {scale}
                {legend(width - 270.0, "measured", how)}
                {legend(width - 150.0, "model", "CPython, a model")}
                <polyline points=measured class="measured"/>
                {runs.iter().map(point).collect_view()}
            </svg>
        })
    };
    view! { <figure node_ref=figure>{picture}</figure> }
}

/// A picture's place, and how wide it can be.
fn room() -> (NodeRef<leptos::html::Figure>, impl Fn() -> f64 + Copy + Send + 'static) {
    let figure = NodeRef::new();
    let width = size::width_of(figure);
    (figure, move || (width.get() - PADDING).max(NARROWEST))
}

fn aria(batch: &Batch) -> String {
    let first = batch.name(0);
    let last = batch.name(batch.values.len().saturating_sub(1));
    format!("How long it took, from {first} to {last}")
}

/// A run in a picture, which is a button.
#[component]
fn Spot(x: f64, y: f64, words: String, on_open: impl Fn() + Copy + 'static) -> impl IntoView {
    let on_key = move |event: web_sys::KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            event.stop_propagation();
            on_open();
        }
    };
    let title = words.clone();
    view! {
        <g class="spot" role="button" tabindex="0" aria-label=words on:click=move |_| on_open() on:keydown=on_key>
            <title>{title}</title>
            // A finger needs more than an eye.
            <circle cx=x cy=y r="12" class="hit"/>
            <circle cx=x cy=y r="4.5"/>
        </g>
    }
}

/// The upright axis: from nothing, or logarithmic where times differ widely.
struct Upright {
    least: f64,
    most: f64,
    logarithmic: bool,
}

impl Upright {
    fn of(times: impl Iterator<Item = Instant> + Clone) -> Option<Self> {
        let seconds = |at: Instant| at.seconds().max(1e-6);
        let most = seconds(times.clone().max()?);
        let least = seconds(times.min()?);
        let logarithmic = most / least > WIDE;
        Some(Self { least: if logarithmic { least } else { 0.0 }, most, logarithmic })
    }

    fn y(&self, at: Instant) -> f64 {
        let seconds = at.seconds().max(1e-6);
        let part = if self.logarithmic {
            (seconds / self.least).ln() / (self.most / self.least).ln()
        } else {
            seconds / self.most
        };
        HEIGHT - FOOT - part * (HEIGHT - FOOT - TOP)
    }

    /// Round numbers in it.
    fn ticks(&self) -> Vec<Instant> {
        let seconds: Vec<f64> = if self.logarithmic {
            let (low, high) = (self.least.log10().ceil(), self.most.log10().floor());
            #[allow(clippy::cast_possible_truncation)] // from -6 to 3
            (low as i32..=high as i32).map(|power| 10_f64.powi(power)).collect()
        } else {
            let rough = self.most / 3.0;
            let power = 10_f64.powf(rough.log10().floor());
            let step =
                [1.0, 2.0, 5.0, 10.0].map(|it| it * power).into_iter().find(|it| *it >= rough);
            let step = step.unwrap_or(10.0 * power);
            (0..=3).map(|count| f64::from(count) * step).filter(|it| *it <= self.most).collect()
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative
        seconds.into_iter().map(|it| Instant((it * 1e9) as u64)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ms: &[u64]) -> Upright {
        Upright::of(ms.iter().map(|ms| Instant(ms * 1_000_000))).unwrap()
    }

    fn ticks(axis: &Upright) -> Vec<f64> {
        axis.ticks().iter().map(|at| (at.seconds() * 1e4).round() / 1e4).collect()
    }

    #[test]
    fn times_that_are_alike_begin_at_nothing_and_others_are_told_apart() {
        let alike = of(&[800, 500, 1_300]);
        assert_eq!(ticks(&alike), [0.0, 0.5, 1.0]);
        assert!(alike.y(Instant(0)) > alike.y(Instant(500_000_000)));
        let wide = of(&[3, 150, 6_000]);
        assert_eq!(ticks(&wide), [0.01, 0.1, 1.0]);
        let steps = [30_000_000, 300_000_000, 3_000_000_000].map(|at| wide.y(Instant(at)));
        assert!(((steps[0] - steps[1]) - (steps[1] - steps[2])).abs() < 1e-6, "{steps:?}");
        assert!(Upright::of([].into_iter()).is_none());
    }

    #[test]
    fn nothing_leaves_the_picture() {
        for axis in [of(&[0]), of(&[7, 7]), of(&[1, 29_000]), of(&[1_000, 1_900])] {
            for ms in [0, 1, 7, 1_000, 1_900, 29_000] {
                let at = Instant(ms * 1_000_000);
                let inside = at.seconds() <= axis.most && at.seconds() >= axis.least;
                if inside {
                    assert!((TOP - 0.01..=HEIGHT - FOOT + 0.01).contains(&axis.y(at)), "{ms}");
                }
            }
        }
    }
}
