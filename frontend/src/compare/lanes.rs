//! The lanes of both runs, one below the other, on one axis.

use leptos::prelude::*;
use shared::units::{Instant, Span};
use shared::view::timeline::scale::Scale;

use crate::bench::Bench;
use crate::recording::Recording;
use crate::run_lanes::{RunLanes, Which, unit_of};
use crate::size;
use crate::timeline::{Axis, Transport};

/// Both runs' lanes below one axis.
#[component]
pub fn Both(
    /// How much later than in the run that is shown it is in the other, in seconds of their scenarios.
    #[prop(into)]
    ahead: Signal<f64>,
) -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let axis_at = NodeRef::<leptos::html::Canvas>::new();
    let width = size::width_of(axis_at);
    let unit = move || session.unit();
    // Seconds of the run that is shown; the other's are moved.
    let scale = Memo::new(move |_| {
        session.tick.track();
        session.left.track();
        let (ahead, unit) = (ahead.get(), unit());
        let end = |all: &Recording| all.fold.view.now.seconds() / unit_of(all);
        let left = session.with_left(|all, _| end(all)).unwrap_or_default();
        let shown = session.clock.get().seconds() / unit;
        let (from, until) = ((-ahead).min(0.0), shown.max(left - ahead));
        let all = Span::from_seconds((until - from) * unit * 33.0 / 32.0);
        Scale { from: from * unit, ..Scale::fit(Instant::ZERO + all, width.get() - 12.0, unit) }
    });
    let lanes = move |which: Which| {
        view! { <RunLanes which=which ahead=ahead scale=scale width=width axis=axis_at/> }
    };
    view! {
        <div class="both">
            <div class="axis-row">
                <Transport/>
                <Axis canvas=axis_at scale=scale unit=Signal::derive(unit)/>
            </div>
            <div class="runs">
                {lanes(Which::Left)}
                {lanes(Which::Shown)}
            </div>
        </div>
    }
}
