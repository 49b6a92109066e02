//! Sockets: everybody gets the whole log, nobody waits for anybody.

#![cfg(not(feature = "shuttle"))]

#[allow(dead_code)] // each test uses a part of it
#[path = "support/site.rs"]
mod site;

use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value as Json, json};
use shared::engine::event::{Act, EndCause, Event, HowExited, Record};
use shared::limits;
use shared::protocol::FrameReader;
use shared::protocol::http::{Ask, Downward, ProblemKind, RunCreated, RunState, Upward, close};
use shared::protocol::record_json;
use shared::units::{Span, TaskId};
use site::{Follower, Heard, Site, gated, scenario, short, talkative, waits_at_gate};
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{MaybeTlsStream, client_async};

/// Lines of a log that is larger than all buffers on its way.
const MANY_LINES: usize = 2_400;

fn text(upward: &Upward) -> Message {
    Message::text(serde_json::to_string(upward).unwrap())
}

/// The last refusal that was heard, once there are so many.
async fn refused(follower: &mut Follower, count: usize) -> ProblemKind {
    let refusals = |heard: &Heard| {
        let refused = heard.said.iter().filter_map(|said| match said {
            Downward::Refused(problem) => Some(problem.kind),
            _ => None,
        });
        refused.collect::<Vec<_>>()
    };
    follower.until(|heard| refusals(heard).len() >= count).await;
    refusals(&follower.heard)[count - 1]
}

#[tokio::test]
async fn a_late_viewer_gets_the_same_bytes_as_an_early_one() {
    let site = Site::start().await;
    let run = site.create(&talkative(MANY_LINES)).await;
    let mut early = site.follow(&run, "").await;
    early.until_event(waits_at_gate).await;
    site.open_gate(&run).await;
    let early = early.until_end().await;
    assert_eq!((early.cause(), early.code), (Some(EndCause::Finished), Some(close::DONE)));
    let hello = Downward::Hello {
        run: run.id.clone(),
        from: 0,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    assert_eq!(early.said, [hello]);

    let late = site.follow(&run, "").await.until_end().await;
    assert_eq!((late.cause(), late.code), (Some(EndCause::Finished), Some(close::DONE)));
    assert!(late.bytes == early.bytes, "{} and {} bytes", late.bytes.len(), early.bytes.len());
    assert!(early.records.iter().map(|record| record.seq).eq(0..early.records.len() as u64));
}

#[tokio::test]
async fn who_comes_back_with_the_next_number_has_no_gap_and_no_double() {
    let site = Site::start().await;
    let run = site.create(&talkative(1_000)).await;
    let mut before = site.follow(&run, "").await;
    before.until_event(waits_at_gate).await;
    let mut log = before.heard.records;
    drop(before.socket);

    let next = log.len();
    let mut after = site.follow(&run, &format!("?from={next}")).await;
    assert!(after.next().await);
    assert!(matches!(after.heard.said[..], [Downward::Hello { from, .. }] if from == next as u64));
    site.open_gate(&run).await;
    let after = after.until_end().await;
    log.extend(after.records.into_iter().filter(|record| record.seq >= next as u64));
    assert!(log == site.whole_log(&run).await);
}

#[tokio::test]
async fn the_first_frame_is_the_one_that_holds_the_record() {
    let site = Site::start().await;
    let run = site.create(&talkative(1_000)).await;
    site.open_gate(&run).await;
    let whole = site.follow(&run, "").await.until_end().await;
    let mut reader = FrameReader::new();
    reader.push(&whole.bytes);
    let mut bounds = Vec::new();
    while let Some(frame) = reader.next_frame().unwrap() {
        bounds.push((frame.header.first_seq, frame.header.next_seq()));
    }
    assert!(bounds.len() > 5, "{bounds:?}");
    let (first, next) = bounds[bounds.len() / 2];
    for from in [first, next - 1] {
        let heard = site.follow(&run, &format!("?from={from}")).await.until_end().await;
        assert_eq!(heard.records[0].seq, first, "from {from}");
        assert_eq!(heard.cause(), Some(EndCause::Finished));
    }
    // There is nothing behind the end, and one who asks for it is told so.
    let heard =
        site.follow(&run, &format!("?from={}", whole.records.len())).await.until_end().await;
    assert_eq!((heard.records.len(), heard.code), (0, Some(close::DONE)));
}

#[tokio::test]
async fn records_can_be_had_as_text_one_each() {
    let site = Site::start().await;
    let run = site.create(&short()).await;
    let log = site.whole_log(&run).await;
    let mut follower = site.follow(&run, "?format=json&from=2").await;
    let mut lines = Vec::new();
    while let Some(Ok(message)) = follower.socket.next().await {
        if let Message::Text(line) = message {
            lines.push(line.to_string());
        }
    }
    let hello: Downward = serde_json::from_str(&lines[0]).unwrap();
    assert!(matches!(hello, Downward::Hello { from: 2, .. }));
    let expected: Vec<String> = log[2..].iter().map(record_json).collect();
    assert_eq!(lines[1..], expected);
}

#[tokio::test]
async fn rubbish_is_refused_and_the_socket_stays_open() {
    let site = Site::start().await;
    let run = site.create(&gated()).await;
    let mut follower = site.follow(&run, "").await;
    for (count, rubbish) in (1..).zip(["", "{", "[]", "{\"control\":1}", "\u{0}"]) {
        follower.socket.send(Message::text(rubbish)).await.unwrap();
        assert_eq!(refused(&mut follower, count).await, ProblemKind::Request);
    }
    let wrong_key = Upward { control: "0".repeat(32), ask: Ask::Stop };
    follower.socket.send(text(&wrong_key)).await.unwrap();
    assert_eq!(refused(&mut follower, 6).await, ProblemKind::Unknown);

    // A flood is not read. How much of it is refused in words depends on who reads how fast.
    for _ in 0..100 {
        follower.socket.send(text(&wrong_key)).await.unwrap();
    }
    follower
        .until(|heard| {
            let busy = |said: &Downward| matches!(said, Downward::Refused(problem) if problem.kind == ProblemKind::Busy);
            heard.said.iter().any(busy)
        })
        .await;
    assert_eq!(site.status(&run).await.state, RunState::Running);
    site.open_gate(&run).await;
    assert_eq!(follower.until_end().await.cause(), Some(EndCause::Finished));
}

#[tokio::test]
async fn what_breaks_the_rules_closes_the_socket_and_nothing_else() {
    let site = Site::start().await;
    let run = site.create(&gated()).await;
    for (message, code) in [
        (Message::binary(vec![1, 2, 3]), close::POLICY),
        (Message::text("x".repeat(limits::MESSAGE_BYTES + 1)), close::TOO_LARGE),
        (Message::binary(vec![0; 4 << 20]), close::TOO_LARGE),
    ] {
        let mut follower = site.follow(&run, "").await;
        // It may be closed before all of it is sent.
        let _ = follower.socket.send(message).await;
        assert_eq!(follower.until_end().await.code, Some(code));
    }
    assert_eq!(site.status(&run).await.state, RunState::Running);
    site.open_gate(&run).await;
    assert_eq!(site.follow(&run, "").await.until_end().await.cause(), Some(EndCause::Finished));
}

#[tokio::test]
async fn who_waits_in_the_line_sees_their_places_and_then_the_log() {
    let site = Site::with(|config| config.at_once = 1).await;
    let first = site.create(&gated()).await;
    let second = site.create(&gated()).await;
    let third = site.create(&short()).await;
    assert_eq!((first.place, second.place, third.place), (None, Some(1), Some(2)));
    let waiting = |place| move |heard: &Heard| heard.said.contains(&Downward::Waiting { place });
    let mut follower = site.follow(&third, "").await;
    follower.until(waiting(2)).await;
    assert_eq!(site.status(&third).await.state, RunState::Waiting { place: 2 });
    let too_early = site.ask(&third, Ask::Act(Act::Open(TaskId(0)))).await;
    assert_eq!(too_early.status(), 409);

    site.open_gate(&first).await;
    follower.until(waiting(1)).await;
    // One that is stopped before it began has a log, too.
    let mut fourth = site.follow(&site.create(&gated()).await, "").await;
    fourth.until(waiting(2)).await;
    site.open_gate(&second).await;
    let heard = follower.until_end().await;
    assert_eq!((heard.cause(), heard.code), (Some(EndCause::Finished), Some(close::DONE)));
}

#[tokio::test]
async fn a_run_that_is_stopped_in_the_line_has_its_end_as_its_log() {
    let site = Site::with(|config| config.at_once = 1).await;
    let first = site.create(&gated()).await;
    let second = site.create(&gated()).await;
    let follower = site.follow(&second, "").await;
    assert_eq!(site.ask(&second, Ask::Stop).await.status(), 204);
    let heard = follower.until_end().await;
    assert_eq!((heard.cause(), heard.records.len()), (Some(EndCause::Stopped), 1));
    assert_eq!(site.status(&first).await.state, RunState::Running);
    assert_eq!(site.create(&gated()).await.place, Some(1));
}

#[tokio::test]
async fn whoever_has_the_key_can_kill_a_worker_and_stop_the_run_on_the_socket() {
    let site = Site::start().await;
    let tasks = json!([{ "id": "a", "function": "gate" }, { "id": "b", "function": "gate" }]);
    let run = site.create(&scenario("processes", &tasks, &json!({ "mode": "wait" }))).await;
    let mut follower = site.follow(&run, "").await;
    follower.until_event(|event| matches!(event, Event::Taken { .. })).await;
    let kill = Ask::Act(Act::KillWorkerOf(TaskId(0)));
    follower.socket.send(text(&Upward { control: run.control.clone(), ask: kill })).await.unwrap();
    let killed =
        |event: &Event| matches!(event, Event::WorkerExited { how: HowExited::Signal(9), .. });
    follower.until_event(killed).await;
    let heard = follower.until_end().await;
    assert_eq!(heard.cause(), Some(EndCause::Finished));

    let run = site.create(&gated()).await;
    let mut follower = site.follow(&run, "").await;
    follower.until_event(|event| matches!(event, Event::Taken { .. })).await;
    let stop = Upward { control: run.control.clone(), ask: Ask::Stop };
    follower.socket.send(text(&stop)).await.unwrap();
    assert_eq!(follower.until_end().await.cause(), Some(EndCause::Stopped));
}

/// A viewer that has no room for what it is sent, and does not read it.
async fn follow_without_reading(site: &Site, run: &RunCreated) -> Follower {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 * 1024).unwrap();
    let stream = MaybeTlsStream::Plain(socket.connect(site.address).await.unwrap());
    let (socket, _) = client_async(site.live_url(run, ""), stream).await.unwrap();
    Follower::new(socket)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_does_not_read_holds_up_neither_the_run_nor_the_other_299() {
    let before = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: before.maximum, ..before }).unwrap();
    let site = Site::start().await;
    let run = site.create(&talkative(MANY_LINES)).await;
    let stopped = follow_without_reading(&site, &run).await;
    let followers = join_all((0..299).map(|_| site.follow(&run, ""))).await;
    assert_eq!(site.status(&run).await.viewers, 300);
    site.open_gate(&run).await;
    // Their bytes are counted, and looked at once: that is quicker in a debug build.
    let all = join_all(followers.into_iter().map(|follower| tokio::spawn(bytes_to_end(follower))));
    let all: Vec<Vec<u8>> = all.await.into_iter().map(Result::unwrap).collect();
    let whole = site.follow(&run, "").await.until_end().await;
    assert_eq!(whole.cause(), Some(EndCause::Finished));
    assert!(whole.records.len() > 2 * MANY_LINES);
    assert!(all.iter().all(|bytes| *bytes == whole.bytes));
    // It was not skipped either: what it missed comes when it reads on.
    assert_eq!(site.status(&run).await.viewers, 1);
    assert!(bytes_to_end(stopped).await == whole.bytes);
}

async fn bytes_to_end(mut follower: Follower) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(Ok(message)) = follower.socket.next().await {
        if let Message::Binary(frames) = message {
            bytes.extend_from_slice(&frames);
        }
    }
    bytes
}

#[tokio::test]
async fn one_who_takes_nothing_for_too_long_is_closed_and_may_come_back() {
    let site = Site::with(|config| config.patience.stalled = Span::from_ms(50)).await;
    let run = site.create(&talkative(MANY_LINES)).await;
    site.open_gate(&run).await;
    let whole = site.follow(&run, "").await.until_end().await;
    let mut stopped = follow_without_reading(&site, &run).await;
    while site.status(&run).await.viewers > 0 {
        tokio::task::yield_now().await;
    }
    while stopped.next().await {}
    let had = stopped.heard.records.len();
    assert!(had < whole.records.len());
    let rest = site.follow(&run, &format!("?from={had}")).await.until_end().await;
    let rest = rest.records.into_iter().filter(|record| record.seq >= had as u64);
    let log: Vec<Record> = stopped.heard.records.into_iter().chain(rest).collect();
    assert!(log == whole.records);
}

#[tokio::test]
async fn one_who_does_not_read_does_not_hold_up_the_servers_end() {
    let mut site = Site::start().await;
    let run = site.create(&talkative(MANY_LINES)).await;
    let mut stopped = follow_without_reading(&site, &run).await;
    site.open_gate(&run).await;
    assert_eq!(site.follow(&run, "").await.until_end().await.cause(), Some(EndCause::Finished));
    site.ask_to_end();
    site.ended().await;
    while stopped.next().await {}
    assert_eq!(stopped.heard.cause(), None);
}

#[tokio::test]
async fn who_closes_is_answered() {
    let site = Site::start().await;
    let run = site.create(&gated()).await;
    let mut follower = site.follow(&run, "").await;
    follower.socket.close(None).await.unwrap();
    while let Some(message) = follower.socket.next().await {
        message.expect("it does not just hang up");
    }
}

#[tokio::test]
async fn a_viewer_that_vanishes_ends_nothing() {
    let site = Site::start().await;
    let run = site.create(&gated()).await;
    let mut follower = site.follow(&run, "").await;
    follower.until_event(|event| matches!(event, Event::Taken { .. })).await;
    drop(follower);
    while site.status(&run).await.viewers > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(site.status(&run).await.state, RunState::Running);
    let records = site.get_json(&run.records).await;
    assert!(records.as_array().is_some_and(|records: &Vec<Json>| !records.is_empty()));
    site.open_gate(&run).await;
    assert_eq!(site.follow(&run, "").await.until_end().await.cause(), Some(EndCause::Finished));
}
