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
            Event::EndOfRun { cause: EndCause::Finished, after_seq: Some(11), used: None },
        ],
        &expect![[r#"
            the program starts with ThreadPoolExecutor(max_workers=2)
            main submits a: sleep(1)
                ThreadPoolExecutor-0_0 is asked for
            ThreadPoolExecutor-0_0 starts
                a is RUNNING
            ThreadPoolExecutor-0_0 takes a
            main waits for a (result)
            a returned 4 after 0.40 s (ThreadPoolExecutor-0_0)
                a is FINISHED
            main has a: 4
                ThreadPoolExecutor-0_0 finds nothing to do, and sleeps
            the program ends
            finished; 1 of 2 tasks finished
        "#]],
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
            Event::EndOfRun { cause: EndCause::Deadline, after_seq: Some(13), used: None },
        ],
        &expect![[r#"
            main submits a: sleep(1)
            main submits b: sleep(1)
                the manager thread wakes
            a is RUNNING: it is in the call queue, and no worker has it yet
                a enters the call queue
                a is packed: 40 bytes
                ForkServerProcess-1 is asked for
            ForkServerProcess-1 (pid 77) starts
            ForkServerProcess-1 takes a
            worker ForkServerProcess-1 (pid 77) was killed by SIGKILL; it had a
                a is lost with ForkServerProcess-1
            the pool is broken: A child process terminated abruptly, the process pool is not usable anymore
            a is FINISHED with BrokenProcessPool: A process in the process pool was terminated abruptly while the future was running or pending.
            submit is refused: BrokenProcessPool: A child process terminated abruptly, the process pool is not usable anymore
            stopped at 30 s, the limit of wall-clock time; 1 of 2 tasks finished (1 raised)
        "#]],
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
        &expect![[r#"
            main submits c: sleep(1)
                ThreadPoolExecutor-0_0 is asked for
            ThreadPoolExecutor-0_0 takes c
            c raised ValueError: Called broken function after 0.40 s (ThreadPoolExecutor-0_0); the exception waits in the future until someone calls result()
                c is FINISHED
            main calls c.result(): it raises ValueError: Called broken function
            main asks c.exception(): ValueError
        "#]],
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
        &expect![[r#"
            main submits a: sleep(1)
            main submits b: sleep(1)
                a is RUNNING
            main asks a.done(): False
            main asks a.running(): True
            a: cancel() came too late: it is RUNNING
            main cancels b: it is CANCELLED
                b: cancel() came in time
            main asks b.cancelled(): True
            b is CANCELLED_AND_NOTIFIED
            main asks a.exception(): None
            the iterator raises in main: TimeoutError: 2 (of 3) futures unfinished
                main has slept enough
        "#]],
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
        &expect![[r#"
            main submits a: sleep(1)
            main waits for a (result)
            main waits for a (map)
            main waits for the next future (as_completed)
            main waits for 1 future (wait)
            main waits for 3 futures (wait)
            main waits until all tasks are over
            main sleeps for 0.50 s
            main waits for the workers to end (shutdown)
            main is through; the interpreter waits for the workers
            main waits for a future of its own process
            main waits at the gate of a
            time is up: main waits for a (result) no longer
        "#]],
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
    for record in log(events) {
        view.apply(&record);
        if record.seq > 20 {
            writeln!(told, "{}", sentence(&view, &record, Depth::Main).unwrap()).unwrap();
        }
    }
    expect![[r#"
        map delivers t0: 50
        as_completed delivers t1
        wait returns: done {t0, t1}, not done {t2}
        wait returns: done {t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, 8 more}, not done {}
    "#]]
    .assert_eq(&told);
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
        of: Some(FutureId(0)),
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
        &expect![[r#"
            main submits a: sleep(0.5, 'x')
            main submits b: sum(1, a)
                a is FINISHED
            main submits b: sum(1, 'x')
            main submits c: identity([1, [2]])
            main submits d: fetch('http://example.org')
            main submits a…c: 2 tasks in one call
            a submits a/0: sleep(1)
            main itself calls c: identity([1, [2]])
            main's own call of c returned 1
        "#]],
    );
}

fn parts(work: Work) -> Vec<crate::engine::event::Part> {
    match work {
        Work::Tasks(parts) => parts.to_vec(),
        Work::Inner { .. } => Vec::new(),
    }
}

#[test]
fn a_hang_says_who_waits_for_whom() {
    let inner = Work::Inner {
        of: Some(FutureId(0)),
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
        &expect![[r#"
            main submits a: sleep(1)
                ThreadPoolExecutor-0_0 is asked for
            ThreadPoolExecutor-0_0 takes a
            a submits a/0: sleep(1)
            a waits for a/0 (result)
            the program hangs: main waits for a (result); a on ThreadPoolExecutor-0_0 waits for a/0 (result); a/0 is PENDING, and every worker is occupied
            the program hangs: main waits for a (result); a on ThreadPoolExecutor-0_0 waits for a/0 (result); that closes the circle
            the program hangs: main waits for a (result); a on ThreadPoolExecutor-0_0 waits for a/0 (result); a/0 is CANCELLED, and nobody will ever notify it
            the program hangs: main waits for a (result); a on ThreadPoolExecutor-0_0 waits for a/0 (result); no manager thread runs there
            the program hangs: main waits for a (result); a on ThreadPoolExecutor-0_0 waits for a/0 (result); no worker is left that could help
                a goes on
        "#]],
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
            Event::ShutdownAsked {
                by: MAIN,
                wait: false,
                cancel_futures: true,
                leaves_block: false,
            },
            Event::ShutdownReturned { by: MAIN },
            Event::BlockLeft,
            Event::SpawnFailed { worker, message: "no more threads".to_owned() },
            Event::ProgramExiting { code: 3, by: lane },
            Event::ProgramEnded { raised: oops },
            answered(Question::AllTasks, Value::None),
        ],
        &expect![[r#"
            main submits a: sleep(1)
                ThreadPoolExecutor-0_0 is asked for
                ThreadPoolExecutor-0_0 runs a callback of a
            ThreadPoolExecutor-0_0 prints: done
                the callback of a returns
            a callback of a raised ValueError: oops; Python logs it and goes on
                ThreadPoolExecutor-0_0 runs its initializer
                the initializer of ThreadPoolExecutor-0_0 returns
            the initializer of ThreadPoolExecutor-0_0 raised ValueError: oops
                ThreadPoolExecutor-0_0 takes the GIL
                ThreadPoolExecutor-0_0 lets go of the GIL
                as planned: cancel a
            as planned: cancel a, but it is too late or not possible
            as planned: open the gate of a
            planned, but its moment never came: kill the worker that has a
            a person's click: kill ThreadPoolExecutor-0_0
            b is skipped: its input a raised
            b is skipped: an earlier map ended with an exception
            main calls shutdown(wait=False, cancel_futures=True)
                shutdown returns to main
            main leaves the with block
            ThreadPoolExecutor-0_0 could not be started: no more threads
            ThreadPoolExecutor-0_0 ends the whole program with exit code 3
            the program ends with ValueError: oops
            all tasks are over, and main goes on
        "#]],
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
    let ends = causes.map(|cause| Event::EndOfRun { cause, after_seq: None, used: None });
    let before = [
        submitted(0),
        submitted(1),
        finished(0, value(1)),
        finished(1, failed()),
        Event::TaskSkipped { task: TaskId(2), because: Because::InputFailed(TaskId(1)) },
    ];
    let mut view = View::new(threads("a b c d"));
    for record in &log(before) {
        view.apply(record);
    }
    let mut told = String::new();
    for record in log(ends) {
        view.apply(&record);
        writeln!(told, "{}", sentence(&view, &record, Depth::Main).unwrap()).unwrap();
    }
    expect![[r#"
        finished; 2 of 4 tasks finished (1 raised), 1 skipped
        ended, since the program hangs; 2 of 4 tasks finished (1 raised), 1 skipped
        stopped by a person; 2 of 4 tasks finished (1 raised), 1 skipped
        stopped at 30 s, the limit of wall-clock time; 2 of 4 tasks finished (1 raised), 1 skipped
        the program ended itself with exit code 3; 2 of 4 tasks finished (1 raised), 1 skipped
        the program's process was killed by SIGSEGV; 2 of 4 tasks finished (1 raised), 1 skipped
        the program's process was killed by signal 50; 2 of 4 tasks finished (1 raised), 1 skipped
        stopped at 60 s, the limit of CPU time of a process; 2 of 4 tasks finished (1 raised), 1 skipped
        stopped at 256 MiB, the limit of memory of a process; 2 of 4 tasks finished (1 raised), 1 skipped
        stopped at 1,000,000 records, the limit of a run; 2 of 4 tasks finished (1 raised), 1 skipped
        this run failed on our side; 2 of 4 tasks finished (1 raised), 1 skipped
    "#]].assert_eq(&told);
}
