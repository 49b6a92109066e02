use std::fmt::Write;

use expect_test::{Expect, expect};

use super::*;
use crate::engine::event::{ActResult, Because, EndCause, HangLink, WhyHang};
use crate::outcome::Raised;
use crate::scenario::Scenario;
use crate::units::{CallbackId, IteratorId, Span};
use crate::value::Value;
use crate::view::testing::*;

/// Tells the events at both depths; what only `Everything` tells is indented.
fn check(plan: Arc<Plan>, events: impl IntoIterator<Item = Event>, expect: &Expect) {
    let mut view = View::new(plan);
    let mut told = String::new();
    for record in log(events) {
        view.apply(&record);
        let (main, everything) =
            (sentence(&view, &record, Depth::Main), sentence(&view, &record, Depth::Everything));
        match (main, everything) {
            (Some(text), everything) => {
                assert_eq!(Some(&text), everything.as_ref(), "both depths tell it alike");
                writeln!(told, "{text}").unwrap();
            }
            (None, Some(text)) => writeln!(told, "    {text}").unwrap(),
            (None, None) => panic!("{record:?} is told at no depth"),
        }
    }
    expect.assert_eq(&told);
}

const MAIN: Agent = Agent::Main;

fn blocked(on: BlockedOn) -> Event {
    Event::ProgramBlocked { by: MAIN, on }
}

fn raised(what: Question, raised: Raised) -> Event {
    Event::Answered { by: MAIN, what, reply: Reply::Raised(raised) }
}

#[test]
fn a_call_of_a_thread_pool() {
    let future = FutureId(0);
    let name = "ThreadPoolExecutor-0_0".to_owned();
    check(
        threads("a b"),
        [
            Event::ProgramStarted { max_workers: 2 },
            submitted(0),
            spawned(0),
            Event::WorkerStarted { worker: WorkerId(0), name, pid: None },
            running(0),
            taken(0, 0),
            blocked(BlockedOn::Result(future)),
            returned(0, 0, value(4)),
            finished(0, value(4)),
            answered(Question::Result(future), 4),
            Event::WorkerIdle { worker: WorkerId(0) },
            Event::ProgramEnded { raised: None },
            Event::EndOfRun { cause: EndCause::Finished, after_seq: Some(11) },
        ],
        &expect![[r#""#]],
    );
}

#[test]
fn a_worker_process_is_killed() {
    let (worker, call) = (WorkerId(0), CallId(0));
    check(
        processes("a b"),
        [
            submitted(0),
            submitted(1),
            Event::AgentWoke { agent: Agent::Manager },
            running(0),
            Event::Queued { call },
            Event::Packed { call, bytes: 40 },
            spawned(0),
            process_started(0, 77),
            taken(0, 0),
            Event::WorkerExited { worker, how: HowExited::Signal(9) },
            Event::Lost { call, worker },
            Event::ExecutorBroken { raised: Raised::broken_pool_submit() },
            finished(0, Outcome::Raised(Raised::broken_pool_future())),
            raised(Question::Submit, Raised::broken_pool_submit()),
            Event::EndOfRun { cause: EndCause::Deadline, after_seq: Some(13) },
        ],
        &expect![[r#""#]],
    );
}

#[test]
fn an_exception_waits_in_its_future() {
    let future = FutureId(0);
    check(
        threads("c"),
        [
            submitted(0),
            spawned(0),
            taken(0, 0),
            returned(0, 0, failed()),
            finished(0, failed()),
            raised(Question::Result(future), Raised::new("ValueError", "Called broken function")),
            raised(Question::Exception(future), Raised::new("ValueError", "")),
        ],
        &expect![[r#""#]],
    );
}

#[test]
fn questions_and_answers() {
    let future = FutureId(0);
    let cancelled = Event::Cancelled { future: FutureId(1), by: MAIN };
    check(
        threads("a b"),
        [
            submitted(0),
            submitted(1),
            running(0),
            answered(Question::Done(future), false),
            answered(Question::Running(future), true),
            answered(Question::Cancel(future), false),
            cancelled,
            answered(Question::Cancel(FutureId(1)), true),
            answered(Question::Cancelled(FutureId(1)), true),
            Event::Notified { future: FutureId(1) },
            answered(Question::Exception(future), Value::None),
            raised(Question::Next(IteratorId(0)), Raised::unfinished(2, 3)),
            answered(Question::Sleep, Value::None),
        ],
        &expect![[r#""#]],
    );
}

#[test]
fn everything_that_main_can_wait_for() {
    let on = [
        BlockedOn::Result(FutureId(0)),
        BlockedOn::MapNext(FutureId(0)),
        BlockedOn::CompletedNext(IteratorId(0)),
        BlockedOn::Wait(1),
        BlockedOn::Wait(3),
        BlockedOn::AllTasks,
        BlockedOn::Sleep(Span::from_ms(500)),
        BlockedOn::Shutdown,
        BlockedOn::Exit,
        BlockedOn::OwnProcess,
        BlockedOn::Gate(TaskId(0)),
    ];
    let events = [submitted(0)].into_iter().chain(on.map(blocked));
    check(
        threads("a"),
        events.chain([Event::TimedOut { by: MAIN, on: BlockedOn::Result(FutureId(0)) }]),
        &expect![[r#""#]],
    );
}

#[test]
fn deliveries() {
    let futures = |numbers: std::ops::Range<u32>| numbers.map(FutureId).collect::<Vec<_>>();
    let wait = |done, not_done| Event::WaitReturned { by: MAIN, done, not_done };
    let ids: Vec<String> = (0..20).map(|number| format!("t{number}")).collect();
    let events = (0..20).map(submitted).chain([
        finished(0, value(50)),
        mapped(0, 0),
        completed(1, 1),
        wait(futures(0..2), futures(2..3)),
        wait(futures(0..20), futures(0..0)),
    ]);
    let mut view = View::new(threads(&ids.join(" ")));
    let mut told = String::new();
    for record in log(events).into_iter() {
        view.apply(&record);
        if record.seq > 20 {
            writeln!(told, "{}", sentence(&view, &record, Depth::Main).unwrap()).unwrap();
        }
    }
    expect![[r#""#]].assert_eq(&told);
}

#[test]
fn calls_are_written_as_in_python() {
    let text = r#"{"format":1,"executor":{"kind":"threads","workers":1},
        "tasks":[
            {"id":"a","function":"sleep","args":{"seconds":0.5,"returns":"x"}},
            {"id":"b","function":"sum","args":{"values":[1,{"from":"a"}]}},
            {"id":"c","function":"identity","args":{"value":[1,[2]]}},
            {"id":"d","function":"fetch","args":{"url":"http://example.org"}}],
        "program":{"mode":"submit"}}"#;
    let plan = Arc::new(Scenario::parse(text).unwrap().check().unwrap());
    let chunk = Work::Tasks(
        vec![Work::task(TaskId(0)), Work::task(TaskId(2))].into_iter().flat_map(parts).collect(),
    );
    let inner = Work::Inner {
        of: FutureId(0),
        number: 0,
        function: "sleep".to_owned(),
        args: vec![Value::Int(1), Value::None],
    };
    check(
        plan,
        [
            submitted(0),
            submits(1, Work::task(TaskId(1))),
            finished(0, Outcome::Returned("x".into())),
            submits(2, Work::task(TaskId(1))),
            submits(3, Work::task(TaskId(2))),
            submits(4, Work::task(TaskId(3))),
            submits(5, chunk),
            submits(6, inner),
            Event::DirectCallStarted { task: TaskId(2) },
            Event::DirectCallReturned { task: TaskId(2), outcome: value(1) },
        ],
        &expect![[r#""#]],
    );
}

fn parts(work: Work) -> Vec<crate::engine::event::Part> {
    match work {
        Work::Tasks(parts) => parts,
        Work::Inner { .. } => Vec::new(),
    }
}

#[test]
fn a_hang_says_who_waits_for_whom() {
    let inner = Work::Inner {
        of: FutureId(0),
        number: 0,
        function: "sleep".to_owned(),
        args: vec![Value::Int(1)],
    };
    let on = BlockedOn::Result(FutureId(1));
    let chain = vec![
        HangLink { who: MAIN, of: None, on: BlockedOn::Result(FutureId(0)) },
        HangLink { who: Agent::Worker(WorkerId(0)), of: Some(FutureId(0)), on },
    ];
    let hangs = |why| Event::ProgramHangs { why, chain: chain.clone() };
    check(
        threads("a"),
        [
            submitted(0),
            spawned(0),
            taken(0, 0),
            submits(1, inner),
            Event::Blocked { call: CallId(0), on },
            hangs(WhyHang::PoolFull),
            hangs(WhyHang::Circle),
            hangs(WhyHang::NeverNotified),
            hangs(WhyHang::OwnProcess),
            hangs(WhyHang::NoWorker),
            Event::Unblocked { call: CallId(0) },
        ],
        &expect![[r#""#]],
    );
}

#[test]
fn what_callbacks_people_and_the_end_of_the_program_tell() {
    let (future, callback, lane) = (FutureId(0), CallbackId(0), Agent::Worker(WorkerId(0)));
    let worker = WorkerId(0);
    let oops = Some(Raised::new("ValueError", "oops"));
    let acted = |act, result| Event::Intervened { plan: Some(0), act, result };
    check(
        threads("a b"),
        [
            submitted(0),
            spawned(0),
            Event::CallbackStarted { future, callback, lane },
            Event::Printed { by: lane, text: "done".to_owned() },
            Event::CallbackEnded { future, callback, lane, raised: None },
            Event::CallbackEnded { future, callback, lane, raised: oops.clone() },
            Event::InitializerStarted { worker },
            Event::InitializerEnded { worker, raised: None },
            Event::InitializerEnded { worker, raised: oops.clone() },
            Event::GilTaken { by: lane },
            Event::GilReleased { by: lane },
            acted(Act::Cancel(TaskId(0)), ActResult::Done),
            acted(Act::Cancel(TaskId(0)), ActResult::Refused),
            acted(Act::Open(TaskId(0)), ActResult::Done),
            acted(Act::KillWorkerOf(TaskId(0)), ActResult::NeverCame),
            Event::Intervened { plan: None, act: Act::KillWorker(worker), result: ActResult::Done },
            Event::TaskSkipped { task: TaskId(1), because: Because::InputFailed(TaskId(0)) },
            Event::TaskSkipped { task: TaskId(1), because: Because::MapEnded },
            Event::ShutdownAsked { by: MAIN, wait: false, cancel_futures: true },
            Event::ShutdownReturned { by: MAIN },
            Event::BlockLeft,
            Event::SpawnFailed { worker, message: "no more threads".to_owned() },
            Event::ProgramExiting { code: 3, by: lane },
            Event::ProgramEnded { raised: oops },
            answered(Question::AllTasks, Value::None),
        ],
        &expect![[r#""#]],
    );
}

#[test]
fn every_end_has_its_words() {
    let causes = [
        EndCause::Finished,
        EndCause::Hang,
        EndCause::Stopped,
        EndCause::Deadline,
        EndCause::Exit(3),
        EndCause::Signal(11),
        EndCause::Signal(50),
        EndCause::Cpu,
        EndCause::Memory,
        EndCause::Records,
        EndCause::Internal,
    ];
    let ends = causes.map(|cause| Event::EndOfRun { cause, after_seq: None });
    let before = [
        submitted(0),
        submitted(1),
        finished(0, value(1)),
        finished(1, failed()),
        Event::TaskSkipped { task: TaskId(2), because: Because::InputFailed(TaskId(1)) },
    ];
    let mut view = View::new(threads("a b c d"));
    log(before).iter().for_each(|record| view.apply(record));
    let mut told = String::new();
    for record in log(ends) {
        view.apply(&record);
        writeln!(told, "{}", sentence(&view, &record, Depth::Main).unwrap()).unwrap();
    }
    expect![[r#""#]].assert_eq(&told);
}
