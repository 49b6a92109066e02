//! Times as people read them: in the scenario's own seconds.

use shared::scenario::Plan;
use shared::units::{Instant, Span};
use shared::view::timeline::scale::{format_exact_instant, format_instant, format_seconds};

/// A span of a run, in the seconds of the scenario that it runs, which may be scaled.
pub fn span(span: Span, plan: &Plan) -> String {
    format_seconds(span, plan.scenario.scale)
}

/// A moment of a run, in the scenario's seconds.
pub fn moment(at: Instant, plan: &Plan) -> String {
    format_instant(at, plan.scenario.scale)
}

/// The same to the thousandth: what happens within milliseconds is told apart.
pub fn exact_moment(at: Instant, plan: &Plan) -> String {
    format_exact_instant(at, plan.scenario.scale)
}
