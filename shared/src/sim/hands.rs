//! A person in nature's place, where it is about who takes a call: "be the scheduler".
//!
//! ```text
//!   all else that can happen at this instant, as nature chooses
//!      │ nothing else is left
//!      ▼
//!   which worker takes the head of the queue? ── one move ──▶ it is made
//!      │ several: the run stands, and offers them
//!      ▼
//!   choose ─┬─ Give: that worker takes it, and all else goes on at this instant
//!           └─ Wait: who was offered it is held back, and the clock moves to what happens next
//! ```
//!
//! Two workers that come to a queue at one instant come in either order, and an operating system may
//! hold back any thread for as long as it likes. So whatever a person chooses, it is a run that could
//! have been; without a `Wait` it is one that [`explore`](super::explore) finds. The order of the queue
//! is Python's, and nobody's to choose: every worker would take the same call.
//!
//! A call that was cancelled lies in a thread pool's queue like any other: whoever takes it finds out,
//! and asks again.
//!
//! This is not the person of `person.rs`, who acts on the program from outside and whose acts are in
//! the log. A move is seen only by what comes of it.

use std::collections::BTreeSet;

use super::lanes::Todo;
use super::{Choice, Sim};
use crate::engine::event::Agent;
use crate::limits;
use crate::units::{CallId, FutureId, Instant, WorkerId};

/// What a person can choose where workers could take a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Move {
    /// This worker takes the call that is next in the queue.
    Give {
        /// Who.
        worker: WorkerId,
        /// What: of all that are offered at once, the same.
        call: CallId,
        /// The call's future.
        future: FutureId,
    },
    /// Nobody takes it until the clock has moved on. Only where something else will happen later.
    Wait,
}

/// What a person decides.
#[derive(Debug, Clone, Default)]
pub struct Hands {
    /// What can be chosen; empty while the run does not stand for that.
    offers: Vec<Move>,
    /// Workers that were offered a call at the present instant, and got none.
    held: BTreeSet<WorkerId>,
}

impl Sim {
    /// The same run with a person who hands calls to the workers: where several things could come of
    /// that, it stands until one of its [offers](Sim::offers) is [chosen](Sim::choose).
    ///
    /// Whatever else can happen at an instant happens before that, as nature chooses; a program that
    /// asks round and round without a sleep comes to the limit of its rounds first.
    #[must_use]
    pub fn by_hand(self) -> Self {
        Self { hands: Some(Hands::default()), ..self }
    }

    /// Whether it stands until a move is [chosen](Sim::choose), or a person [acts](Sim::act) or
    /// [stops](Sim::stop) it, or [lets it run](Sim::let_run). Only of runs [by hand](Sim::by_hand).
    pub fn waits_for_move(&self) -> bool {
        !self.offers().is_empty()
    }

    /// The moves among which to choose, never one alone: workers in the order of their numbers, and a
    /// `Wait` at the end. Empty when it does not stand for a choice.
    pub fn offers(&self) -> &[Move] {
        self.hands.as_ref().map_or(&[], |hands| &hands.offers)
    }

    /// Makes the move in this place of the [offers](Sim::offers). False if there is none there, and
    /// nothing changes.
    pub fn choose(&mut self, at: usize) -> bool {
        let Some(chosen) = self.offers().get(at).copied() else {
            return false;
        };
        let hands = self.hands.as_mut().expect("what has offers is by hand");
        let offers = std::mem::take(&mut hands.offers);
        match chosen {
            Move::Give { worker, .. } => self.happen(Some(Choice::Lane(Agent::Worker(worker)))),
            Move::Wait => hands.held.extend(offers.iter().filter_map(|offer| match offer {
                Move::Give { worker, .. } => Some(*worker),
                Move::Wait => None,
            })),
        }
        true
    }

    /// Leaves all to nature from now on, as if it had never been [by hand](Sim::by_hand).
    pub fn let_run(&mut self) {
        self.hands = None;
    }

    /// What is offered may be so no more; the next step looks anew.
    pub(super) fn withdraw_offers(&mut self) {
        if let Some(hands) = &mut self.hands {
            hands.offers.clear();
        }
    }

    /// What nature may choose from; nothing if it is a person's turn, who has offers then.
    pub(super) fn choices_by_hand(&mut self) -> Option<Vec<Choice>> {
        loop {
            if self.now > Instant::ZERO + limits::WALL {
                return Some(self.choices());
            }
            let (there, others) = self.takers_and_others();
            // Who comes to the queue only later is among the others: that, too, is worth waiting for.
            let next = others.iter().map(|(at, _)| *at).min();
            if next.is_some_and(|at| at <= self.now) || (next.is_none() && there.is_empty()) {
                return Some(self.due(others));
            }
            let hands = self.hands.as_mut().expect("only asked of a run by hand");
            let is_free = |give: &Move| match give {
                Move::Give { worker, .. } => !hands.held.contains(worker),
                Move::Wait => true,
            };
            let mut moves: Vec<Move> = there.into_iter().filter(is_free).collect();
            match (moves.as_slice(), next) {
                // Without anything to wait for, nobody can be held back any longer.
                ([], next) => {
                    hands.held.clear();
                    self.now = next.unwrap_or(self.now);
                }
                ([Move::Give { worker, .. }], None) => {
                    return Some(vec![Choice::Lane(Agent::Worker(*worker))]);
                }
                (_, next) => {
                    moves.extend(next.map(|_| Move::Wait));
                    hands.offers = moves;
                    return None;
                }
            }
        }
    }

    /// Of all that is ready: what would give a call to a worker that is there, and all else.
    fn takers_and_others(&self) -> (Vec<Move>, Vec<(Instant, Choice)>) {
        let (mut there, mut others) = (Vec::new(), Vec::new());
        for (at, choice) in self.ready() {
            match self.gives(choice) {
                Some(give) if at <= self.now => there.push(give),
                _ => others.push((at, choice)),
            }
        }
        (there, others)
    }

    /// The move that this is, if by it a worker takes a call.
    fn gives(&self, choice: Choice) -> Option<Move> {
        let Choice::Lane(agent @ Agent::Worker(worker)) = choice else { return None };
        match self.lanes[&agent].todo.last() {
            Some(Todo::Ask | Todo::Idle | Todo::Asleep) => {
                let call = self.engine.would_take(worker)?;
                Some(Move::Give { worker, call, future: call.into() })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::event::{Act, EndCause, Event, Record};
    use crate::scenario::{Plan, Scenario};
    use crate::units::{Span, TaskId};

    fn plan(executor: &str, tasks: &str, program: &str) -> Arc<Plan> {
        let text = format!(
            r#"{{"format":1,"executor":{executor},"tasks":[{tasks}],"program":{program}}}"#
        );
        Arc::new(Scenario::parse(&text).and_then(Scenario::check).unwrap())
    }

    /// Sleeps of so many seconds, on threads.
    fn sleeps(workers: u32, seconds: &[u32], mode: &str) -> Arc<Plan> {
        let task = |(place, seconds): (usize, &u32)| {
            format!(r#"{{"id":"t{place}","function":"sleep","args":{{"seconds":{seconds}}}}}"#)
        };
        let tasks: Vec<String> = seconds.iter().enumerate().map(task).collect();
        let executor = format!(r#"{{"kind":"threads","workers":{workers}}}"#);
        plan(&executor, &tasks.join(","), &format!(r#"{{"mode":"{mode}"}}"#))
    }

    /// Steps until it stands or has ended; whether it stands.
    fn go_on(sim: &mut Sim) -> bool {
        while sim.step() && !sim.waits_for_move() && !sim.waits_for_person() {}
        sim.waits_for_move()
    }

    /// To the end, with these moves.
    fn play(mut sim: Sim, mut chosen: impl FnMut(&[Move]) -> usize) -> Vec<Record> {
        while go_on(&mut sim) {
            let at = chosen(sim.offers());
            assert!(sim.choose(at));
        }
        sim.drain_records()
    }

    fn first(_: &[Move]) -> usize {
        0
    }

    fn last(moves: &[Move]) -> usize {
        moves.len() - 1
    }

    fn give(worker: u32, call: u32) -> Move {
        Move::Give { worker: WorkerId(worker), call: CallId(call), future: FutureId(call) }
    }

    fn ended(records: &[Record]) -> (EndCause, Instant) {
        let last = records.last().unwrap();
        let Event::EndOfRun { cause, .. } = last.event else { panic!("it ends with {last:?}") };
        (cause, last.at)
    }

    fn seconds(seconds: u32) -> Instant {
        Instant::ZERO + Span::from_secs(u64::from(seconds))
    }

    fn taken(records: &[Record]) -> Vec<(u32, u32, Instant)> {
        let taken = |record: &Record| match record.event {
            Event::Taken { call, worker } => Some((call.0, worker.0, record.at)),
            _ => None,
        };
        records.iter().filter_map(taken).collect()
    }

    #[test]
    fn each_worker_that_is_there_is_offered_the_head_of_the_queue() {
        let mut sim = Sim::new(sleeps(2, &[3, 2, 1], "submit"), 0).by_hand();
        assert!(go_on(&mut sim));
        // Nothing else is going to happen, so there is nothing to wait for.
        assert_eq!(sim.offers(), [give(0, 0), give(1, 0)]);
        assert!(sim.choose(1));
        assert!(go_on(&mut sim));
        assert_eq!(sim.offers(), [give(0, 1), Move::Wait]);
        assert!(sim.choose(0));
        // Both are at work until the first is through; the last call is for it, or for the other.
        assert!(go_on(&mut sim));
        assert_eq!(sim.offers(), [give(0, 2), Move::Wait]);
        assert!(sim.choose(1));
        assert!(go_on(&mut sim));
        assert_eq!(sim.offers(), [give(0, 2), give(1, 2)]);
        assert!(sim.choose(1));
        assert!(!go_on(&mut sim));
        let records = sim.drain_records();
        let expected = [(0, 1, seconds(0)), (1, 0, seconds(0)), (2, 1, seconds(3))];
        assert_eq!(taken(&records), expected);
        assert_eq!(ended(&records), (EndCause::Finished, seconds(4)));
    }

    #[test]
    fn who_is_held_back_is_offered_again_when_something_has_happened() {
        let mut sim = Sim::new(sleeps(3, &[1, 1, 1], "submit"), 0).by_hand();
        assert!(go_on(&mut sim) && sim.choose(2) && go_on(&mut sim));
        assert_eq!(sim.offers(), [give(0, 1), give(1, 1), Move::Wait]);
        assert!(sim.choose(2) && go_on(&mut sim));
        assert_eq!((sim.now, sim.offers().len()), (seconds(1), 3));
        assert_eq!(sim.offers(), [give(0, 1), give(1, 1), give(2, 1)]);
    }

    #[test]
    fn while_it_stands_nothing_happens_and_a_move_that_is_not_there_changes_nothing() {
        let mut sim = Sim::new(sleeps(2, &[1, 1], "submit"), 0).by_hand();
        assert!(!sim.choose(0), "it has not come to a choice");
        assert!(go_on(&mut sim));
        let offers = sim.offers().to_vec();
        sim.drain_records();
        assert!(!sim.choose(2));
        assert!(sim.step() && sim.step());
        assert!(sim.waits_for_move() && !sim.waits_for_person());
        assert_eq!(sim.offers(), offers);
        assert_eq!(sim.drain_records(), []);
    }

    #[test]
    fn one_move_alone_is_made_without_asking() {
        let plan = sleeps(1, &[1, 1, 1], "map");
        let records = play(Sim::new(plan.clone(), 0).by_hand(), |offers| panic!("{offers:?}"));
        assert_eq!(taken(&records), taken(&Sim::new(plan, 0).run()));
    }

    #[test]
    fn holding_workers_back_costs_time() {
        let plan = sleeps(3, &[5, 4, 3, 2, 1], "map");
        let by_nature = ended(&Sim::new(plan.clone(), 0).run());
        assert_eq!(by_nature, (EndCause::Finished, seconds(5)));
        let at_once = play(Sim::new(plan.clone(), 0).by_hand(), first);
        assert_eq!(ended(&at_once), by_nature);
        let one_by_one = play(Sim::new(plan.clone(), 0).by_hand(), last);
        assert_eq!(ended(&one_by_one), (EndCause::Finished, seconds(15)));
        // Once is enough: two of three wait for the first, and what they do then takes seven more.
        let mut waits = 0;
        let once = play(Sim::new(plan, 0).by_hand(), |offers| {
            let waiting = *offers.last().unwrap() == Move::Wait && waits == 0;
            waits += u32::from(waiting);
            if waiting { last(offers) } else { 0 }
        });
        assert!(ended(&once).1 >= seconds(8), "{:?}", ended(&once));
    }

    #[test]
    fn a_task_that_waits_for_its_own_pool_hangs_when_no_worker_is_left_for_what_it_submits() {
        let task =
            |id| format!(r#"{{"id":"{id}","function":"submit_and_wait","args":{{"seconds":1}}}}"#);
        let mode = r#"{"mode":"submit"}"#;
        let one = plan(r#"{"kind":"threads","workers":1}"#, &task("a"), mode);
        let records = play(Sim::new(one, 0).by_hand(), first);
        assert_eq!((taken(&records).len(), ended(&records).0), (1, EndCause::Hang));
        // Two workers, and both are given one that waits.
        let two =
            plan(r#"{"kind":"threads","workers":2}"#, &[task("a"), task("b")].join(","), mode);
        let records = play(Sim::new(two, 0).by_hand(), first);
        assert_eq!((taken(&records).len(), ended(&records).0), (2, EndCause::Hang));
    }

    #[test]
    fn a_call_that_was_cancelled_is_found_by_whoever_takes_it() {
        let mut sim = Sim::new(sleeps(2, &[1, 1], "as_completed"), 0).by_hand();
        assert!(go_on(&mut sim) && sim.act(Act::Cancel(TaskId(0))));
        assert!(!sim.waits_for_move(), "what is offered is looked at anew");
        assert!(go_on(&mut sim));
        assert_eq!(sim.offers(), [give(0, 0), give(1, 0)]);
        let notified = |records: &[Record]| {
            records.iter().any(|record| matches!(record.event, Event::Notified { .. }))
        };
        assert!(!notified(&sim.drain_records()));
        assert!(sim.choose(1) && go_on(&mut sim));
        assert!(notified(&sim.drain_records()));
        assert_eq!(sim.offers(), [give(0, 1), give(1, 1)]);
    }

    #[test]
    fn a_worker_that_was_killed_is_offered_no_more() {
        let tasks = r#"{"id":"a","function":"sleep","args":{"seconds":{"each":[1,1,1]}}}"#;
        let plan = plan(r#"{"kind":"pool","workers":2}"#, tasks, r#"{"mode":"map"}"#);
        let mut sim = Sim::new(plan, 0).by_hand();
        assert!(go_on(&mut sim));
        assert_eq!(sim.offers(), [give(0, 0), give(1, 0)]);
        assert!(sim.act(Act::KillWorker(WorkerId(0))) && go_on(&mut sim));
        assert_eq!(sim.offers(), [give(1, 0), give(2, 0)], "it was replaced");
    }

    #[test]
    fn a_thread_that_is_about_to_sleep_takes_nothing_by_itself() {
        let task = |id| format!(r#"{{"id":"{id}","function":"sleep","args":{{"seconds":1}}}}"#);
        let steps = r#"{"steps":[{"do":"submit","task":"a"},{"do":"sleep","span":"1s"},
                                 {"do":"submit","task":"b"}]}"#;
        let tasks = [task("a"), task("b")].join(",");
        let plan = plan(r#"{"kind":"threads","workers":2}"#, &tasks, steps);
        let mut asked = 0;
        for seed in 0..64 {
            let mut sim = Sim::new(plan.clone(), seed).by_hand();
            assert!(go_on(&mut sim) && sim.choose(0));
            if go_on(&mut sim) {
                assert_eq!((sim.now, sim.offers()), (seconds(1), &[give(0, 1), give(1, 1)][..]));
                asked += 1;
            } else {
                // The submit found it idle, and made no second thread that one could choose.
                let is_spawn =
                    |record: &&Record| matches!(record.event, Event::WorkerSpawned { .. });
                assert_eq!(sim.drain_records().iter().filter(is_spawn).count(), 1);
            }
        }
        assert!((1..64).contains(&asked));
    }

    #[test]
    fn processes_take_from_the_call_queue_what_the_manager_moved_there() {
        let tasks = r#"{"id":"a","function":"sleep","args":{"seconds":{"each":[1,1,1,1,1]}}}"#;
        let executor = r#"{"kind":"processes","workers":2}"#;
        let mut sim = Sim::new(plan(executor, tasks, r#"{"mode":"submit"}"#), 0).by_hand();
        assert!(go_on(&mut sim));
        let queued = |records: &[Record]| {
            records.iter().filter(|record| matches!(record.event, Event::Queued { .. })).count()
        };
        // One more than there are workers, though none of them has taken any.
        assert_eq!(queued(&sim.drain_records()), 3);
        assert_eq!(sim.offers(), [give(0, 0), give(1, 0)]);
        assert!(sim.choose(0) && go_on(&mut sim));
        // A call that is taken does not wake the manager.
        assert_eq!(queued(&sim.drain_records()), 0);
        assert_eq!(sim.offers(), [give(1, 1), Move::Wait]);
    }

    #[test]
    fn the_same_moves_give_the_same_log() {
        let plan = sleeps(3, &[3, 1, 2, 1, 1], "as_completed");
        for seed in 0..4 {
            let played = |sim: Sim| {
                let mut count = 0;
                play(sim.by_hand(), |offers| {
                    count += 1;
                    count % offers.len()
                })
            };
            let records = played(Sim::new(plan.clone(), seed));
            assert_eq!(records, played(Sim::new(plan.clone(), seed).in_slices().attended()));
        }
    }

    #[test]
    fn nature_takes_over_when_it_is_let_run() {
        let mut sim = Sim::new(sleeps(2, &[1, 1, 1, 1], "wait"), 0).by_hand();
        assert!(go_on(&mut sim) && sim.choose(0) && go_on(&mut sim));
        sim.let_run();
        assert!(!go_on(&mut sim) && !sim.choose(0));
        assert_eq!(ended(&sim.drain_records()), (EndCause::Finished, seconds(2)));
    }

    #[test]
    fn a_stop_ends_it_where_it_stands() {
        let mut sim = Sim::new(sleeps(2, &[1, 1], "submit"), 0).by_hand();
        assert!(go_on(&mut sim));
        sim.stop();
        assert!(!sim.waits_for_move() && !sim.choose(0) && !sim.step());
        assert_eq!(ended(&sim.drain_records()).0, EndCause::Stopped);
    }

    #[test]
    fn behind_the_last_move_it_waits_for_who_opens_its_gate() {
        let tasks = r#"{"id":"a","function":"gate"},{"id":"b","function":"gate"}"#;
        let plan = plan(r#"{"kind":"threads","workers":2}"#, tasks, r#"{"mode":"submit"}"#);
        let mut sim = Sim::new(plan, 0).attended().by_hand();
        assert!(go_on(&mut sim) && sim.choose(0));
        assert!(!go_on(&mut sim) && sim.waits_for_person());
        for task in [0, 1] {
            assert!(sim.act(Act::Open(TaskId(task))));
        }
        assert!(!go_on(&mut sim));
        assert_eq!(ended(&sim.drain_records()).0, EndCause::Finished);
    }

    #[test]
    #[should_panic(expected = "does not end by itself")]
    fn nobody_there_to_choose_it_does_not_run_to_its_end() {
        Sim::new(sleeps(2, &[1, 1], "submit"), 0).by_hand().run();
    }
}
