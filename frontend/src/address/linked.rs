//! Runs that an address names: one that is in it, one of the server's, one to be simulated anew; and
//! the moment of it that is to be seen.

use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::engine::event::{EndCause, Event, Record};
use shared::link::{LinkError, Recorded, pack, pack_run, unpack_run};
use shared::scenario::Plan;
use shared::view::sound;

use super::fragment::{Fragment, Looked, Moment};
use super::{KEY, origin, run_id};
use crate::api;
use crate::bench::{Bench, Selection, Side};
use crate::recording::Recording;
use crate::session::Phase;

/// Opens the run that the page's own address names, if it names one.
pub fn follow(bench: Bench) {
    let fragment = super::fragment();
    match run_id() {
        Some(id) => ask_for(bench, id, fragment.look),
        None => open(bench, fragment),
    }
}

/// Looks at what a fragment shows of the run that is there.
pub fn look(bench: Bench, fragment: &Fragment) {
    bench.session.go_live();
    look_at(bench, &fragment.look);
}

/// Opens the run of a fragment whose experiment is the document already.
pub fn open(bench: Bench, fragment: Fragment) {
    let (experiment, run) = (fragment.experiment.unwrap_or_default(), fragment.run);
    if run.is_none() && !fragment.simulates {
        return select(bench, &fragment.look);
    }
    let plan = match bench.editor.scenario.with_untracked(|all| (**all).clone().check()) {
        Ok(plan) => Arc::new(plan),
        Err(error) => {
            return bench.say(format!("The experiment of this link cannot run: {error}."));
        }
    };
    match run.map(|run| read(&plan, &experiment, &run)) {
        Some(Ok(recorded)) => bench.session.replay(recorded, plan),
        Some(Err(words)) => return bench.say(words),
        None => bench.session.simulate(plan, false),
    }
    bench.follow_what_is_shown();
    look_at(bench, &fragment.look);
}

/// The run of a link, or why there is none.
fn read(plan: &Plan, experiment: &str, run: &str) -> Result<Recorded, String> {
    let recorded = unpack_run(experiment, run).map_err(|error| error.to_string())?;
    sound::check(plan, &recorded.records)
        .map_err(|wrong| format!("the run in the link is not one of this experiment: {wrong}"))?;
    Ok(recorded)
}

/// Asks the server for a run: its scenario, and its log.
fn ask_for(bench: Bench, id: String, look: Looked) {
    let era = bench.session.era.get_untracked();
    let document = bench.editor.scenario.get_untracked();
    spawn_local(async move {
        let status = api::run_status(&id).await;
        let same = bench.editor.scenario.with_untracked(|now| **now == *document);
        if bench.session.era.get_untracked() != era || !same {
            // Somebody did not wait for the answer.
            return;
        }
        match status {
            Ok(status) => match status.scenario.clone().check() {
                Ok(plan) => {
                    bench.open(status.scenario.clone(), "open a run");
                    bench.session.follow(status, Arc::new(plan));
                    bench.follow_what_is_shown();
                    look_at(bench, &look);
                }
                Err(error) => bench.say(format!("This run's scenario cannot be read: {error}.")),
            },
            Err(error) => {
                let words = error.sentence();
                bench.session.phase.set(Phase::Lost(words.clone()));
                bench.say(words);
            }
        }
    });
}

/// Selects what a link selects, of what there is.
fn select(bench: Bench, look: &Looked) {
    let there = bench.editor.ids.get_untracked();
    let selected: BTreeSet<String> =
        look.selected.iter().filter(|id| there.contains(id)).cloned().collect();
    if selected != BTreeSet::new() {
        if bench.session.plan.with_untracked(Option::is_some) {
            bench.side.set(Side::Future);
        }
        let one = selected.first().filter(|_| selected.len() == 1).cloned();
        bench.item.set(one.zip(look.item));
        bench.selection.set(Selection::Tasks(selected));
    }
}

/// Shows of the run what a link shows of it: at its moment, as soon as the log has come that far.
fn look_at(bench: Bench, look: &Looked) {
    select(bench, look);
    let session = bench.session;
    let moment = match look.moment(untrack(|| session.unit())) {
        Ok(Some(moment)) => moment,
        Ok(None) => return,
        Err(text) => {
            return bench.say(format!("This link is of the moment \"{text}\", which is no time."));
        }
    };
    let era = session.era.get_untracked();
    // Until the log has come so far, or somebody looks at something else.
    let waiting = StoredValue::new_local(None::<Effect<LocalStorage>>);
    let effect = Effect::new(move |_| {
        session.tick.track();
        let elsewhere = session.held.get().is_some() || session.era.get_untracked() != era;
        let known = |all: &Recording| {
            let (now, next) = (all.fold.view.now, all.fold.next_seq());
            now > moment.at || moment.next.is_some_and(|of| next > of)
        };
        // What is not past is yet to come, or is the end, which is shown anyway.
        if !elsewhere && session.whole(known) != Some(true) {
            return;
        }
        if let Some(effect) = waiting.try_get_value().flatten() {
            effect.stop();
        }
        if !elsewhere {
            untrack(|| session.hold_at_moment(moment.at, moment.next));
        }
    });
    waiting.set_value(Some(effect));
}

/// What is looked at now.
pub fn looked(bench: Bench) -> Looked {
    let session = bench.session;
    let moment = session.held.get().map(|held| {
        let all_of_then = session.whole(|all| all.records_until(held.at));
        let next = Some(held.next).filter(|next| Some(*next) != all_of_then);
        Moment { at: held.at, next }.written(session.unit())
    });
    let selected = bench.selection.with(|selection| match selection {
        Selection::Tasks(ids) => ids.clone(),
        Selection::Nothing | Selection::Worker(_) => BTreeSet::new(),
    });
    let one = selected.first().filter(|_| selected.len() == 1);
    let item = one.and_then(|one| bench.item_of(one));
    Looked { at: moment, item, selected }
}

/// The address that opens this run anywhere, with the run itself in it; of a simulated one that is too
/// long for that, with what simulates it again, unless it may have been `steered`. What is looked at goes behind it.
///
/// # Errors
/// [`LinkError`] if there is no such address.
pub fn of_recorded(all: &Recording, simulated: bool, steered: bool) -> Result<String, LinkError> {
    let plan = all.fold.view.plan();
    let experiment = pack(&plan.scenario)?;
    let run = match pack_run(&experiment, all.records(), simulated) {
        Ok(run) => format!("&r={run}"),
        Err(LinkError::LongRun { .. }) if simulated && !steered && !was_acted_on(all) => {
            "&sim".to_owned()
        }
        Err(error) => return Err(error),
    };
    Ok(format!("{}/play{KEY}{experiment}{run}", origin()))
}

/// Whether a person did something in it that the experiment does not say: an act, or Stop.
fn was_acted_on(all: &Recording) -> bool {
    let stopped = all.fold.view.end == Some(EndCause::Stopped);
    let act = |record: &Record| matches!(record.event, Event::Intervened { plan: None, .. });
    stopped || all.records().iter().any(act)
}
