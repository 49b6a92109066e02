//! How we know what we show: measured or simulated, on how many processors, how busy the workers were,
//! and what would have been possible.

use std::fmt::Write as _;

use leptos::prelude::*;
use shared::engine::event::Used;
use shared::units::Span;
use shared::view::View;
use shared::view::bounds::Bounds;

use crate::bench::{Bench, Selection};
use crate::icons::Icon;
use crate::recording::Recording;
use crate::session::{Phase, Session};
use crate::topbar::{GilBadge, InterpretersBadge};
use crate::units::{moment, span};

/// How we know what we show, and how busy the workers are.
#[component]
pub fn Honesty() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    // At its end nobody is busy any more: then it is said how many were.
    let at_most = move || {
        let bounds = bench.bounds.get().filter(|_| session.held.with(Option::is_none))?;
        Some((bounds.at_once, bounds.workers))
    };
    let busy = move || {
        session.tick.track();
        let now = |view: &View| (view.busy_workers(), view.plan().max_workers());
        at_most().or(session.with(|fold| now(&fold.view)))
    };
    let busy_words = move || if at_most().is_some() { "at once, at most" } else { "workers busy" };
    let simulated = move || session.simulated.get();
    let kept = move || if session.linked.get() { ", kept in the link" } else { "" };
    let words = move || match session.phase.get() {
        Phase::Running | Phase::Ended(_) if simulated().is_some() => simulated_words(session),
        Phase::None => "nothing measured yet".to_owned(),
        Phase::Starting => "starting…".to_owned(),
        Phase::Waiting(place) => format!("in the line, place {place}"),
        Phase::Running if session.retries.get() > 0 => {
            format!("connection lost, the run goes on; trying again ({})", session.retries.get())
        }
        Phase::Running if session.reads.get() => "measured, its log is being read".to_owned(),
        Phase::Running => "measured, live".to_owned(),
        Phase::Ended(_) => {
            session.tick.track();
            match session.whole(|all| all.fold.view.used).flatten() {
                Some(Used { cores: 1, .. }) => format!("measured on 1 core{}", kept()),
                Some(Used { cores, .. }) => format!("measured on {cores} cores{}", kept()),
                None => format!("measured{}", kept()),
            }
        }
        Phase::Lost(_) => "lost".to_owned(),
    };
    let kind = move || match session.phase.get() {
        _ if simulated().is_some() => "badge simulated",
        Phase::Running | Phase::Ended(_) => "badge measured",
        _ => "badge simulated",
    };
    let title = move || {
        simulated().map(|_| {
            if session.linked.get() {
                "In virtual time, in a page: no thread and no process ran."
            } else if session.by_hand.get() {
                "In virtual time, in this page: no thread and no process ran. Somebody here said who takes which call."
            } else {
                "In virtual time, in this page: no thread and no process ran. The same seed always gives this run."
            }
        })
    };
    let meter = move || {
        let (busy, of) = busy().unwrap_or((0, 1));
        format!("{:.0}", 100.0 * f64::from(busy) / f64::from(of.max(1)))
    };
    let cores = Memo::new(move |_| {
        session.tick.track();
        session.whole(cores_used).flatten()
    });
    let ended = Memo::new(move |_| ends(bench));
    view! {
        <BackToNow/>
        <div class="honesty" role="group" aria-label="Where this comes from">
            <Show when=move || busy().is_some()>
                <span class="pair">
                    {busy_words}
                    <span class="meter" aria-hidden="true">
                        <span style=("width", move || format!("{}%", meter()))></span>
                    </span>
                    <b>{move || busy().map(|(busy, of)| format!("{busy} of {of}"))}</b>
                </span>
            </Show>
            <Show when=move || cores.with(Option::is_some)>
                <span class="pair cores" title="Processor time, divided by the time that passed: who sleeps or waits uses none">
                    "cores used "
                    <b>{move || cores.get().map(|(used, of)| format!("{used:.2} of {of}"))}</b>
                </span>
            </Show>
            <span class="ends" title=move || in_words(bench)>{move || ended.get()}</span>
            <GilBadge/>
            <InterpretersBadge/>
            <Show when=move || bench.stale.get()>
                <span class="badge before" title="This run is of the experiment as it was before your last edits. Run shows the new one.">
                    "from before your edit"
                </span>
            </Show>
            <span class=kind title=title><span class="dot"></span>{words}</span>
        </div>
    }
}

/// `simulated, seed 7`; empty if the run is a real one.
pub fn simulated_words(session: Session) -> String {
    let Some(seed) = session.simulated.get() else { return String::new() };
    match (session.linked.get(), session.by_hand.get()) {
        // Whether a hand was in it, its log does not say.
        (true, _) => "simulated, kept in the link".to_owned(),
        (false, true) => format!("simulated, by hand, seed {seed}"),
        (false, false) => format!("simulated, seed {seed}"),
    }
}

/// How the run ended, in a few words, and how it might have ended at best.
fn ends(bench: Bench) -> Option<String> {
    let Phase::Ended(cause) = bench.session.phase.get() else { return None };
    let at_best = bench.bounds.with(|bounds| bounds.as_ref().map(Bounds::at_best));
    bench.session.whole(|all| {
        let plan = all.fold.view.plan();
        let ended = format!("{} at {}", cause.words(), moment(all.fold.view.now, plan));
        match at_best {
            Some(at_best) => format!("{ended}, {} at best", span(at_best, plan)),
            None => ended,
        }
    })
}

/// The moment at which the page holds, and the way back from there.
#[component]
pub fn BackToNow() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let going = move || session.phase.with(Phase::is_going);
    let words = move || {
        let behind = session.clock.get().since(session.held.get()?.at);
        let behind = session.plan.with(|plan| plan.as_ref().map(|plan| span(behind, plan)))?;
        Some(if going() { format!("{behind} behind") } else { format!("{behind} before the end") })
    };
    view! {
        <Show when=move || session.held.with(Option::is_some)>
            <div class="back-to-now">
                <button type="button" class="btn" on:click=move |_| session.go_live()>
                    <Icon of="#i-last"/>
                    {move || if going() { "Back to live" } else { "To the end" }}
                </button>
                <span class="num">{words}</span>
            </div>
        </Show>
    }
}

/// Processors that the run used on average, and how many there are.
fn cores_used(all: &Recording) -> Option<(f64, u16)> {
    let Used { cpu, cores } = all.fold.view.used?;
    Some((cpu.seconds() / all.fold.view.now.seconds().max(1e-9), cores))
}

/// What the run took, and why it could not have been faster than it could: in whole sentences.
fn in_words(bench: Bench) -> Option<String> {
    let bounds = bench.bounds.get()?;
    bench.session.whole(|all| told(all, &bounds))
}

fn told(all: &Recording, bounds: &Bounds) -> String {
    let view = &all.fold.view;
    let plan = view.plan();
    let workers = match bounds.workers {
        1 => "1 worker".to_owned(),
        workers => format!("{workers} workers"),
    };
    let time = |of| span(of, plan);
    let mut words = format!(
        "It took {}. {} of work on {workers} takes {} at best",
        time(Span(view.now.0)),
        time(bounds.work),
        time(bounds.at_best()),
    );
    if bounds.chain_takes > bounds.shared_out() && bounds.chain.len() > 1 {
        let mut names: Vec<String> =
            bounds.chain.iter().map(|task| view.task_name(*task)).collect();
        if names.len() > 5 {
            names.splice(2..names.len() - 2, ["…".to_owned()]);
        }
        let chain = names.join(" → ");
        let _ = write!(words, ", for {chain} run one after the other");
    }
    words.push('.');
    if bounds.workers > 1 {
        let _ = match bounds.at_once {
            1 => write!(words, " No two workers were at work at once."),
            some => {
                write!(
                    words,
                    " {some} of them were at work at once for {}.",
                    time(bounds.at_once_for)
                )
            }
        };
    }
    if let Some((used, of)) = cores_used(all) {
        let cores = if of == 1 { "core" } else { "cores" };
        let _ = write!(words, " It used {used:.2} of {of} {cores}");
        words.push_str(if used < 0.05 { ": who sleeps uses none." } else { "." });
    }
    words
}

/// The whole sentences, on a page of their own.
#[component]
pub fn Verdict() -> impl IntoView {
    let bench = Bench::get();
    move || {
        in_words(bench).map(|words| {
            view! {
                <p class="verdict" data-verdict="">
                    {words}
                    " "
                    <button type="button" class="plain link" on:click=move |_| bench.select_chain()>
                        "Select the longest chain"
                    </button>
                </p>
            }
        })
    }
}

impl Bench {
    /// Selects the chain of tasks, each of which needs the one before, that took longest.
    pub fn select_chain(self) {
        let chain = self.bounds.get_untracked().and_then(|bounds| {
            self.session.whole(|all| {
                let view = &all.fold.view;
                let names = bounds.chain.iter().map(|task| view.task_name(*task));
                (names.collect::<Vec<_>>(), span(bounds.chain_takes, view.plan()))
            })
        });
        let Some((chain, takes)) = chain else {
            return self.say("A run that finished has a longest chain; there is none yet.");
        };
        self.say(format!("The longest chain, {takes}: {}.", chain.join(" → ")));
        self.selection.set(Selection::Tasks(chain.into_iter().collect()));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use shared::scenario::Scenario;
    use shared::sim::Sim;

    use super::*;

    fn verdict(workers: u32) -> String {
        let text = format!(
            r#"{{"format":1,"executor":{{"kind":"threads","workers":{workers}}},"tasks":[
            {{"id":"a","function":"sleep","args":{{"seconds":1}}}},
            {{"id":"b","function":"sleep","args":{{"seconds":2}},"after":["a"]}},
            {{"id":"c","function":"sleep","args":{{"seconds":2}}}}],
            "program":{{"mode":"as_completed"}}}}"#
        );
        let plan = Arc::new(Scenario::parse(&text).unwrap().check().unwrap());
        let mut all = Recording::new(plan.clone());
        Sim::new(plan, 0).run().into_iter().for_each(|record| all.apply(record));
        told(&all, &Bounds::of(&all.fold.view, &all.timeline).unwrap())
    }

    #[test]
    fn the_verdict_says_what_held_it_up() {
        assert_eq!(verdict(1), "It took 5.0 s. 5.0 s of work on 1 worker takes 5.0 s at best.");
        let two = "It took 3.0 s. 5.0 s of work on 2 workers takes 3.0 s at best, for a → b run one \
                   after the other. 2 of them were at work at once for 2.0 s.";
        assert_eq!(verdict(2), two);
    }
}
