use expect_test::{Expect, expect};

use super::*;
use crate::engine::event::{Agent, Because, BlockedOn, Event, Question, Reply};
use crate::units::{CallbackId, FutureId, IteratorId, TaskId, WorkerId};
use crate::view::testing::*;

fn form(ids: &str, events: impl IntoIterator<Item = Event>) -> NormalForm {
    NormalForm::from_records(&threads(ids), &log(events))
}

fn check(ids: &str, events: impl IntoIterator<Item = Event>, expect: &Expect) {
    expect.assert_eq(&form(ids, events).to_string());
}

fn next_blocks(iterator: u32) -> Event {
    Event::ProgramBlocked { by: Agent::Main, on: BlockedOn::CompletedNext(IteratorId(iterator)) }
}

fn exhausted(iterator: u32) -> Event {
    let what = Question::Next(IteratorId(iterator));
    Event::Answered { by: Agent::Main, what, reply: Reply::Exhausted }
}

fn ended() -> Event {
    Event::ProgramEnded { raised: None }
}

/// `a b c` are submitted and finished, in this order.
fn three_finished() -> Vec<Event> {
    let submits = (0..3).map(submitted);
    submits.chain((0..3).map(|number| finished(number, value(i64::from(number))))).collect()
}

#[test]
fn a_run_of_every_kind_of_moment() {
    let future = FutureId(0);
    let (done, not_done) = (vec![FutureId(1), FutureId(0)], vec![FutureId(2)]);
    check(
        "a b c d",
        [
            submitted(2),
            submitted(0),
            submits(1, crate::engine::event::Work::task(TaskId(2))),
            submits(2, crate::engine::event::Work::task(TaskId(1))),
            finished(0, value(5)),
            finished(1, failed()),
            Event::Cancelled { future: FutureId(2), by: Agent::Main },
            mapped(0, 0),
            Event::WaitReturned { by: Agent::Main, done, not_done },
            answered(Question::Result(future), 5),
            answered(Question::Cancel(FutureId(2)), true),
            answered(Question::Sleep, crate::value::Value::None),
            Event::TimedOut { by: Agent::Main, on: BlockedOn::Result(future) },
            Event::Answered {
                by: Agent::Main,
                what: Question::Submit,
                reply: Reply::Raised(Raised::after_shutdown()),
            },
            Event::DirectCallReturned { task: TaskId(0), outcome: value(7) },
            printed("it's over"),
            Event::TaskSkipped { task: TaskId(3), because: Because::InputFailed(TaskId(2)) },
            Event::ExecutorBroken { raised: Raised::broken_pool_submit() },
            ended(),
        ],
        &expect![[r#"
            futures    a FINISHED 5, b CANCELLED, c FINISHED ValueError: Called broken function
            main       map a; wait {a, c} {b}; a.result() 5; b.cancel() True; time out on a; submit refused: RuntimeError: cannot schedule new futures after shutdown; called a 7; print "it's over"
            skipped    d: its input c raised
            executor   broken
            end        returned"#]],
    );
}

#[test]
fn futures_that_settled_before_the_first_next_come_in_any_order() {
    let run = |order: [u32; 3]| {
        let yields = order.map(|number| completed(0, number));
        form("a b c", three_finished().into_iter().chain(yields).chain([exhausted(0), ended()]))
    };
    assert_eq!(run([0, 1, 2]), run([2, 0, 1]));
    expect![[r#"
        futures    a FINISHED 0, b FINISHED 1, c FINISHED 2
        main       in any order {as_completed a | as_completed b | as_completed c}
        end        returned"#]]
    .assert_eq(&run([2, 0, 1]).to_string());
}

#[test]
fn what_the_loop_does_with_each_tied_future_goes_with_it() {
    let run = |order: [u32; 3]| {
        let body = order.map(|number| [completed(0, number), printed(&format!("got {number}"))]);
        let events = three_finished().into_iter().chain(body.into_iter().flatten());
        form("a b c", events.chain([exhausted(0), printed("after")]))
    };
    assert_eq!(run([0, 1, 2]), run([1, 2, 0]));
    expect![[r#"
        futures    a FINISHED 0, b FINISHED 1, c FINISHED 2
        main       in any order {as_completed a; print "got 0" | as_completed b; print "got 1" | as_completed c; print "got 2"}; print "after"
        end        not yet"#]].assert_eq(&run([1, 2, 0]).to_string());
}

#[test]
fn futures_that_settle_after_the_first_next_keep_their_order() {
    let run = |order: [u32; 2]| {
        let mut events: Vec<Event> = (0..2).map(submitted).collect();
        events.push(next_blocks(0));
        events.extend(order.map(|number| finished(number, value(1))));
        events.extend(order.map(|number| completed(0, number)));
        form("a b", events)
    };
    assert_ne!(run([0, 1]), run([1, 0]));
}

#[test]
fn only_those_that_had_settled_are_tied() {
    let events = [
        submitted(0),
        submitted(1),
        submitted(2),
        finished(0, value(0)),
        finished(1, value(1)),
        completed(0, 1),
        finished(2, value(2)),
        completed(0, 0),
        completed(0, 2),
    ];
    expect![[r#"
        futures    a FINISHED 0, b FINISHED 1, c FINISHED 2
        main       in any order {as_completed a | as_completed b}; as_completed c
        end        not yet"#]]
    .assert_eq(&form("a b c", events).to_string());
}

#[test]
fn a_loop_within_a_tied_loop_is_part_of_its_block() {
    let run = |order: [u32; 2], inner: [[u32; 2]; 2]| {
        let mut events = three_finished();
        for (place, number) in order.into_iter().enumerate() {
            events.push(completed(0, number));
            let iterator = 1 + u32::try_from(place).unwrap();
            events.extend(inner[place].map(|number| completed(iterator, number)));
            events.push(exhausted(iterator));
        }
        events.push(exhausted(0));
        form("a b c", events)
    };
    let here = run([0, 1], [[0, 1], [1, 2]]);
    assert_eq!(here, run([1, 0], [[2, 1], [1, 0]]));
    expect![[r#"
        futures    a FINISHED 0, b FINISHED 1, c FINISHED 2
        main       in any order {as_completed a; in any order {as_completed a | as_completed b} | as_completed b; in any order {as_completed b | as_completed c}}
        end        not yet"#]].assert_eq(&here.to_string());
}

#[test]
fn what_callbacks_print_is_sorted_wherever_they_ran() {
    let (future, callback) = (FutureId(0), CallbackId(0));
    let in_main = |text| {
        let lane = Agent::Main;
        [
            Event::CallbackStarted { future, callback, lane },
            printed(text),
            answered(Question::Result(future), 1),
            Event::CallbackEnded { future, callback, lane, raised: None },
        ]
    };
    let by = Agent::Worker(WorkerId(0));
    let in_worker = |text: &str| Event::Printed { by, text: text.to_owned() };
    let here = [submitted(0), in_worker("one")].into_iter().chain(in_main("two"));
    let here = form("a", here.chain([printed("main")]));
    let there = [submitted(0), printed("main")].into_iter();
    let there = form("a", there.chain(in_main("one")).chain([in_worker("two")]));
    assert_eq!(here, there);
    assert_eq!(here.callbacks, ["one", "two"]);
}

#[test]
fn how_a_program_ended_outlives_what_is_said_from_outside() {
    let end = |events: &[Event]| {
        let cut = Event::EndOfRun { cause: EndCause::Deadline, after_seq: None, used: None };
        form("a", events.iter().cloned().chain([cut])).end
    };
    let hangs = Event::ProgramHangs { why: WhyHang::PoolFull, chain: Vec::new() };
    assert_eq!(end(&[]), End::CutOff(EndCause::Deadline));
    assert_eq!(end(&[ended()]), End::Returned);
    assert_eq!(end(std::slice::from_ref(&hangs)), End::Hangs(WhyHang::PoolFull));
    let exits = Event::ProgramExiting { code: 3, by: Agent::Worker(WorkerId(1)) };
    let by = |by: &str| End::Exiting { code: 3, by: by.to_owned() };
    assert_eq!(end(&[submitted(0), taken(0, 1), exits.clone()]), by("a"));
    assert_eq!(end(&[exits]), by("a worker"));
    let acted = Event::Intervened {
        plan: None,
        act: crate::engine::event::Act::Open(TaskId(0)),
        result: crate::engine::event::ActResult::Done,
    };
    assert_eq!(end(&[hangs, acted]), End::CutOff(EndCause::Deadline));
}

#[test]
fn workers_are_letters_by_first_use() {
    let plan = plan_with("threads", "a b c", r#","compare":"workers""#);
    let run = |first: u32, second: u32| {
        let events = [
            spawned(0),
            spawned(1),
            submitted(0),
            submitted(1),
            submitted(2),
            taken(0, first),
            taken(1, second),
            returned(1, second, value(1)),
            taken(2, second),
        ];
        NormalForm::from_records(&plan, &log(events))
    };
    assert_eq!(run(0, 1), run(1, 0));
    assert_eq!(run(0, 1).workers.unwrap().to_string(), "2: a A, b B, c B");
    assert_eq!(form("a", [spawned(0)]).workers, None);
}

#[test]
fn differences_are_named() {
    let here = form("a b", [submitted(0), finished(0, value(1)), printed("x"), ended()]);
    let there = form(
        "a b",
        [
            submitted(0),
            submitted(1),
            finished(0, failed()),
            printed("y"),
            printed("z"),
            Event::Printed { by: Agent::Manager, text: "cb".to_owned() },
            Event::TaskSkipped { task: TaskId(1), because: Because::MapEnded },
            Event::ExecutorBroken { raised: Raised::broken_pool_submit() },
        ],
    );
    assert_eq!(here.diff(&here), "");
    expect![[r#"
        here a FINISHED 1, there a FINISHED ValueError: Called broken function
        here no b, there b PENDING
        main, moment 1: here print "x", there print "y"
        only there a callback prints cb
        only there skipped is b (an earlier map ended with an exception)
        the executor is whole here and broken there
        … and 1 more"#]]
    .assert_eq(&here.diff(&there));
}

#[test]
fn a_form_survives_json() {
    let mut events = three_finished();
    events.extend([completed(0, 1), completed(0, 0), ended()]);
    let form = form("a b c", events);
    let json = serde_json::to_string(&form).unwrap();
    assert_eq!(serde_json::from_str::<NormalForm>(&json).unwrap(), form);
}

/// Every prefix of a run that ends like `whole` must be allowed, whatever nature's choices were.
fn assert_prefixes(whole: &NormalForm, plan: &Plan, events: &[Event]) {
    let mut builder = NormalFormBuilder::new(plan);
    for record in log(events.iter().cloned()) {
        builder.apply(&record);
        assert!(builder.is_prefix_of(whole), "{record:?}\n{}\n\n{whole}", builder.finish());
    }
    assert_eq!(builder.finish(), *whole);
}

#[test]
fn every_prefix_of_a_run_is_one_whatever_the_order_of_ties() {
    let plan = threads("a b c");
    let run = |order: [u32; 3]| {
        let body = order.map(|number| [completed(0, number), printed(&format!("got {number}"))]);
        let mut events = three_finished();
        events.extend(body.into_iter().flatten());
        events.extend([exhausted(0), printed("after"), ended()]);
        events
    };
    let whole = NormalForm::from_records(&plan, &log(run([0, 1, 2])));
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_prefixes(&whole, &plan, &run(order));
    }
}

#[test]
fn a_run_that_went_elsewhere_is_no_prefix() {
    let plan = threads("a b c");
    let mut events = three_finished();
    events.extend([completed(0, 1), printed("x"), completed(0, 0), completed(0, 2), ended()]);
    let whole = NormalForm::from_records(&plan, &log(events));
    let is_prefix = |events: &[Event]| {
        let mut builder = NormalFormBuilder::new(&plan);
        for record in &log(events.iter().cloned()) {
            builder.apply(record);
        }
        builder.is_prefix_of(&whole)
    };
    let three = three_finished();
    let and = |more: &[Event]| is_prefix(&[&three[..], more].concat());
    assert!(and(&[completed(0, 2)]));
    assert!(and(&[completed(0, 1), printed("x"), completed(0, 2)]));
    assert!(!and(&[completed(0, 1), printed("y")]), "another line");
    assert!(!and(&[completed(0, 2), printed("x")]), "the line of another block");
    assert!(!and(&[mapped(0, 0)]), "another moment");
    assert!(!and(&[ended()]), "too early an end");
    assert!(!and(&[Event::ExecutorBroken { raised: Raised::broken_pool_submit() }]));
    assert!(!is_prefix(&[submitted(0), finished(0, value(9))]), "another outcome");
    let cancelled = Event::Cancelled { future: FutureId(0), by: Agent::Main };
    assert!(!is_prefix(&[submitted(0), cancelled]), "it will never finish");
    assert!(is_prefix(&[submitted(0), running(0)]));
}
