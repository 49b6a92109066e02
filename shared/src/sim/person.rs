//! The person at a simulated run: who opens gates, cancels, kills, and stops it.

use super::Sim;
use super::lanes::Todo;
use crate::engine::event::{Act, Agent, EndCause};

impl Sim {
    /// The same run with a person beside it: where only an opened gate could let it go on, it waits
    /// for one instead of meeting its limit of time.
    #[must_use]
    pub fn attended(self) -> Self {
        Self { attended: true, ..self }
    }

    /// Whether nothing can happen until a person [acts](Sim::act) or [stops](Sim::stop) it. Only of
    /// runs that are [attended](Sim::attended); time stands still meanwhile.
    pub fn waits_for_person(&self) -> bool {
        self.stands
    }

    /// A person acts at the present instant of virtual time, and after their earlier acts.
    ///
    /// It happens in one of the next steps, as nature chooses, and the log tells what came of it.
    /// False once the run has ended.
    pub fn act(&mut self, act: Act) -> bool {
        if self.ended {
            return false;
        }
        self.stands = false;
        self.withdraw_offers();
        let now = self.now;
        let lane = self.lane(Agent::Person);
        if lane.todo.is_empty() {
            lane.at = now;
        }
        // Beneath what this lane still has to do: a callback of an earlier act comes first.
        lane.todo.insert(0, Todo::Act(act));
        true
    }

    /// A person stops the run: its `EndOfRun` is written, unless it is already.
    pub fn stop(&mut self) {
        if !self.ended {
            self.end(EndCause::Stopped);
        }
    }

    /// Whether a task waits at a gate.
    pub(super) fn waits_at_gate(&self) -> bool {
        self.lanes.iter().any(|(agent, lane)| match lane.todo.last() {
            Some(Todo::AtGate(..)) => true,
            Some(Todo::Woke) => self.engine.waits_at_gate(*agent),
            _ => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::event::{ActResult, Event, Record};
    use crate::engine::future::FutureState;
    use crate::scenario::{Plan, Scenario};
    use crate::units::{Instant, TaskId};
    use crate::view::View;

    /// On one worker: `a` waits at its gate, and `b` and `c` behind it.
    fn gated(kind: &str) -> Arc<Plan> {
        let text = format!(
            r#"{{"format":1,"executor":{{"kind":"{kind}","workers":1}},"tasks":[
                {{"id":"a","function":"gate"}},
                {{"id":"b","function":"sleep","args":{{"seconds":1}}}},
                {{"id":"c","function":"sleep","args":{{"seconds":1}}}},
                {{"id":"d","function":"sleep","args":{{"seconds":1}}}}
            ],"program":{{"mode":"as_completed"}}}}"#
        );
        Arc::new(Scenario::parse(&text).unwrap().check().unwrap())
    }

    /// Steps until it waits for its person, or has ended.
    fn go_on(sim: &mut Sim) {
        while sim.step() && !sim.waits_for_person() {}
    }

    fn cause(records: &[Record]) -> EndCause {
        match records.last().unwrap().event {
            Event::EndOfRun { cause, after_seq, .. } => {
                assert_eq!(after_seq, Some(records.len() as u64 - 2));
                cause
            }
            ref other => panic!("the last record is {other:?}"),
        }
    }

    fn acts(records: &[Record]) -> Vec<(Act, ActResult, Instant)> {
        let act = |record: &Record| match &record.event {
            Event::Intervened { plan: None, act, result } => {
                Some((act.clone(), *result, record.at))
            }
            _ => None,
        };
        records.iter().filter_map(act).collect()
    }

    #[test]
    fn nobody_there_a_gate_meets_the_limit_of_time() {
        for kind in ["threads", "processes"] {
            let records = Sim::new(gated(kind), 0).run();
            assert_eq!(cause(&records), EndCause::Deadline, "{kind}");
        }
    }

    #[test]
    fn a_person_opens_a_gate_and_the_run_goes_on_from_that_instant() {
        for kind in ["threads", "processes"] {
            let mut sim = Sim::new(gated(kind), 3).attended();
            go_on(&mut sim);
            assert!(sim.waits_for_person(), "{kind}");
            assert!(sim.act(Act::Open(TaskId(0))));
            go_on(&mut sim);
            let records = sim.drain_records();
            assert_eq!(cause(&records), EndCause::Finished, "{kind}");
            let done = (Act::Open(TaskId(0)), ActResult::Done, Instant::ZERO);
            assert_eq!(acts(&records), [done], "{kind}");
            assert_eq!(records.last().unwrap().at, Instant(3_000_000_000), "{kind}");
        }
    }

    #[test]
    fn a_person_cancels_what_is_pending_and_is_refused_what_runs() {
        let plan = gated("threads");
        let mut sim = Sim::new(plan.clone(), 1).attended();
        go_on(&mut sim);
        for act in [Act::Cancel(TaskId(2)), Act::Cancel(TaskId(0)), Act::Open(TaskId(0))] {
            assert!(sim.act(act));
        }
        go_on(&mut sim);
        let records = sim.drain_records();
        let results: Vec<ActResult> = acts(&records).iter().map(|(_, result, _)| *result).collect();
        assert_eq!(results, [ActResult::Done, ActResult::Refused, ActResult::Done]);
        let mut view = View::new(plan);
        records.iter().for_each(|record| view.apply(record));
        let states: Vec<FutureState> =
            (0..4).map(|id| view.future(crate::units::FutureId(id)).unwrap().state).collect();
        let (over, cancelled) = (FutureState::Finished, FutureState::CancelledAndNotified);
        assert_eq!(states, [over, over, cancelled, over]);
    }

    #[test]
    fn a_person_cancels_the_future_that_the_program_has_and_not_a_maps() {
        let text = r#"{"format":1,"executor":{"kind":"threads","workers":1},"tasks":[
            {"id":"a","function":"gate"},{"id":"b","function":"sleep","args":{"seconds":1}}
        ],"program":{"steps":[
            {"do":"submit","task":"a"},{"do":"submit","task":"b"},{"do":"submit","task":"b"},
            {"do":"map","tasks":["b"],"as":"results"}
        ]}}"#;
        let plan = Arc::new(Scenario::parse(text).unwrap().check().unwrap());
        let mut sim = Sim::new(plan.clone(), 0).attended();
        go_on(&mut sim);
        assert!(sim.act(Act::Cancel(TaskId(1))));
        assert!(sim.act(Act::Open(TaskId(0))));
        go_on(&mut sim);
        let mut view = View::new(plan);
        sim.drain_records().iter().for_each(|record| view.apply(record));
        let states: Vec<FutureState> = view.futures.iter().map(|future| future.state).collect();
        let (over, cancelled) = (FutureState::Finished, FutureState::CancelledAndNotified);
        assert_eq!(states, [over, over, cancelled, over]);
    }

    #[test]
    fn a_callback_of_an_act_comes_before_the_next_act() {
        let text = r#"{"format":1,"executor":{"kind":"threads","workers":1},"tasks":[
            {"id":"a","function":"gate"},{"id":"b","function":"sleep","args":{"seconds":1}},
            {"id":"c","function":"sleep","args":{"seconds":1},"after":["b"]}
        ],"program":{"mode":"submit"}}"#;
        let plan = Arc::new(Scenario::parse(text).unwrap().check().unwrap());
        let mut sim = Sim::new(plan, 0).attended();
        go_on(&mut sim);
        assert!(sim.act(Act::Cancel(TaskId(1))));
        assert!(sim.act(Act::Open(TaskId(0))));
        go_on(&mut sim);
        let records = sim.drain_records();
        let place = |wanted: &dyn Fn(&Event) -> bool| {
            records.iter().position(|record| wanted(&record.event)).unwrap()
        };
        let skipped = place(&|event| matches!(event, Event::TaskSkipped { .. }));
        let opened = place(&|event| matches!(event, Event::Intervened { act: Act::Open(_), .. }));
        assert!(skipped < opened, "the callback skips c in the person's lane");
        assert_eq!(cause(&records), EndCause::Finished);
    }

    #[test]
    fn a_stop_is_the_last_record_and_nothing_follows() {
        let mut sim = Sim::new(gated("processes"), 0).attended();
        go_on(&mut sim);
        sim.stop();
        sim.stop();
        assert!(!sim.step() && !sim.act(Act::Open(TaskId(0))));
        assert_eq!(cause(&sim.drain_records()), EndCause::Stopped);
        assert!(!sim.step() && sim.drain_records().is_empty());
    }

    #[test]
    fn a_task_that_never_returns_is_nothing_to_wait_for() {
        let text = r#"{"format":1,"executor":{"kind":"threads","workers":1},"tasks":[
            {"id":"a","function":"hang"}],"program":{"mode":"submit"}}"#;
        let plan = Arc::new(Scenario::parse(text).unwrap().check().unwrap());
        let mut sim = Sim::new(plan, 0).attended();
        go_on(&mut sim);
        assert_eq!(cause(&sim.drain_records()), EndCause::Deadline);
    }
}
