//! What is not the graph.

use super::*;
use crate::scenario::StartMethod;

#[test]
fn another_pool_clears_what_only_the_first_has() {
    let mut now = abc();
    now.executor.workers = 12;
    now.executor.thread_name_prefix = Some(text("w"));
    let now = apply(&Edit::SetGil(Some(false)), &now);
    assert_eq!(now.executor.gil, Some(false));
    let processes = apply(&Edit::SetExecutor(ExecutorKind::Processes), &now);
    assert_eq!(processes.executor.workers, limits::PROCESSES);
    let mut processes = processes;
    processes.clone().check().unwrap();
    assert_eq!(
        refusal(&Edit::SetGil(Some(true)), &processes),
        "ProcessPoolExecutor has no gil option."
    );
    assert_eq!(apply(&Edit::SetGil(None), &processes), processes);
    processes.executor.start_method = Some(StartMethod::Spawn);
    let threads = apply(&Edit::SetExecutor(ExecutorKind::Threads), &processes);
    threads.check().unwrap();
    assert_eq!(refusal(&Edit::SetWorkers(9), &processes), "workers must be from 1 to 8, not 9.");
    assert_eq!(apply(&Edit::SetWorkers(3), &now).executor.workers, 3);
}

#[test]
fn a_mode_takes_the_place_of_steps_and_keeps_the_options_that_it_has() {
    let now = with_program("", r#"{"steps":[{"do":"leave"}],"with_block":false}"#);
    let now = apply(&Edit::SetMode(Mode::Map), &now);
    now.clone().check().unwrap();
    let options = [
        Edit::SetTimeout(Some(Span::from_secs(2))),
        Edit::SetChunksize(Some(3)),
        Edit::SetOnError(OnError::Continue),
    ];
    let map = options.iter().fold(now, |now, option| apply(option, &now));
    let wait = apply(&Edit::SetMode(Mode::Wait), &map);
    assert_eq!(wait.program.timeout, Some(Span::from_secs(2)));
    wait.clone().check().unwrap();
    let wait = apply(&Edit::SetReturnWhen(Some(ReturnWhen::FirstCompleted)), &wait);
    let submit = apply(&Edit::SetMode(Mode::Submit), &wait);
    assert_eq!(submit.program.timeout, None);
    submit.clone().check().unwrap();
    for option in &options {
        assert!(matches!(option.apply(&submit), Err(Refused::NoSuchOption { .. })), "{option:?}");
    }
    assert_eq!(refusal(&options[1], &submit), "chunksize goes with mode map or a map node only.");
    assert_eq!(apply(&Edit::SetTimeout(None), &submit), submit);
}

#[test]
fn a_timeout_of_nothing_does_not_follow_into_mode_wait() {
    let now = apply(&Edit::SetMode(Mode::Map), &abc());
    let now = apply(&Edit::SetTimeout(Some(Span::ZERO)), &now);
    assert_eq!(apply(&Edit::SetMode(Mode::AsCompleted), &now).program.timeout, Some(Span::ZERO));
    apply(&Edit::SetMode(Mode::Wait), &now).check().unwrap();
}

#[test]
fn timeout_and_buffersize_do_not_follow_to_pool_map_which_has_none() {
    let now = apply(&Edit::SetMode(Mode::Map), &abc());
    let map = apply(&Edit::SetTimeout(Some(Span::from_secs(2))), &now);
    let map = apply(&Edit::SetBuffersize(Some(2)), &map);
    apply(&Edit::SetExecutor(ExecutorKind::Pool), &map).check().unwrap();
    let pool = apply(&Edit::SetExecutor(ExecutorKind::Pool), &abc());
    let waits = apply(&Edit::SetMode(Mode::Wait), &pool);
    let waits = apply(&Edit::SetTimeout(Some(Span::from_secs(2))), &waits);
    assert_eq!(waits.program.timeout, Some(Span::from_secs(2)));
    apply(&Edit::SetMode(Mode::Map), &waits).check().unwrap();
}

#[test]
fn only_a_limit_of_tasks_takes_fork_away() {
    let processes = apply(&Edit::SetExecutor(ExecutorKind::Processes), &abc());
    let forks = apply(&Edit::SetStartMethod(Some(StartMethod::Fork)), &processes);
    assert_eq!(apply(&Edit::SetMaxTasks(None), &forks), forks);
    let retires = apply(&Edit::SetMaxTasks(Some(1)), &forks);
    assert_eq!(retires.executor.start_method, None);
    retires.check().unwrap();
}

#[test]
fn time_title_version_and_places_are_set_within_their_limits() {
    let now = apply(&Edit::SetScale(0.1), &abc());
    assert!((now.scale - 0.1).abs() < f64::EPSILON);
    for scale in [0.0, -1.0, 11.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(Edit::SetScale(scale).apply(&now), Err(Refused::OutOfRange { .. })));
    }
    let long = "x".repeat(limits::TEXT_CHARS + 1);
    assert_eq!(
        refusal(&Edit::SetTitle(long), &now),
        "That would make 2001 characters of a title; at most 2000 are allowed."
    );
    let now = apply(&Edit::SetTitle(text("new")), &now);
    let now = apply(&Edit::SetPython(Python::V3_11), &now);
    let now = apply(&Edit::SetSeed(u64::MAX), &now);
    assert_eq!(now.seed, u64::MAX);
    let now = apply(&Edit::Move(vec![(text("b"), (20, -40)), (text("c"), (1, 2))]), &now);
    assert_eq!((now.title.as_str(), now.python), ("new", Python::V3_11));
    assert_eq!((now.tasks[1].position, now.tasks[2].position), (Some((20, -40)), Some((1, 2))));
    assert!(matches!(
        Edit::Move(vec![(text("z"), (0, 0))]).apply(&now),
        Err(Refused::UnknownTask(_))
    ));
}
