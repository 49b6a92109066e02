use proptest::prelude::*;

use super::*;
use crate::engine::event::{
    Agent, BlockedOn, EndCause, Event, Items, Question, Reply, Transport, Used, Work,
};
use crate::outcome::{Outcome, Raised};
use crate::units::{CallId, FutureId, Instant, Span, TaskId, WorkerId};
use crate::value::Value;

/// A log with one event, cycling through `events`, every millisecond.
fn log(events: &[Event], first_seq: Seq) -> Vec<Record> {
    (first_seq..)
        .zip(events)
        .map(|(seq, event)| Record {
            seq,
            at: Instant(seq * 1_000_000),
            cause: seq.checked_sub(2),
            event: event.clone(),
        })
        .collect()
}

/// One of every shape: no field, numbers, texts, values, columns, optional fields.
fn sample() -> Vec<Event> {
    let future = FutureId(300);
    let call = CallId(300);
    let worker = WorkerId(1);
    let raised = Raised::new("ValueError", "an “odd” one\n");
    let value = Value::List(vec![Value::None, Value::Float(0.5), Value::from("a")]);
    let at = Instant(u64::MAX);
    let mut items = Items::one(Instant(1), at, Outcome::Returned(value.clone()));
    items.push(Instant(2), at, Outcome::Raised(raised.clone()));
    let transport = Some(Transport { arrived: at, unpacked: at, packed: at });
    vec![
        Event::ProgramStarted { max_workers: 2 },
        Event::Submitted { future, call, work: Work::task(TaskId(1)), by: Agent::Main },
        Event::Returned { call, worker, items, transport },
        Event::WorkerStarted { worker, name: "ForkServerProcess-2".to_owned(), pid: Some(4120) },
        Event::ProgramBlocked { by: Agent::Main, on: BlockedOn::Sleep(Span::from_ms(20)) },
        Event::Answered {
            by: Agent::Worker(worker),
            what: Question::Result(future),
            reply: Reply::Raised(raised),
        },
        Event::BlockLeft,
        Event::EndOfRun { cause: EndCause::Deadline, after_seq: None, used: None },
        Event::EndOfRun {
            cause: EndCause::Exit(-1),
            after_seq: Some(u64::MAX),
            used: Some(Used { cpu: Span(10_000_000), cores: 2 }),
        },
    ]
}

fn read_all(bytes: &[u8]) -> Result<Vec<Record>, ProtocolError> {
    let mut reader = FrameReader::new();
    reader.push(bytes);
    let mut records = Vec::new();
    while let Some(frame) = reader.next_frame()? {
        records.extend(decode(&frame)?);
    }
    Ok(records)
}

fn first_frame(bytes: &[u8]) -> Result<Option<Frame>, ProtocolError> {
    let mut reader = FrameReader::joining();
    reader.push(bytes);
    reader.next_frame()
}

#[test]
fn records_come_out_as_they_went_in_whatever_the_pieces() {
    let records = log(&sample(), 0);
    let (first, second) = records.split_at(3);
    let bytes = [seal(first), seal(second)].concat();
    assert_eq!(read_all(&bytes).unwrap(), records);

    let mut reader = FrameReader::new();
    let mut one_by_one = Vec::new();
    for byte in &bytes {
        reader.push(std::slice::from_ref(byte));
        while let Some(frame) = reader.next_frame().unwrap() {
            one_by_one.extend(decode(&frame).unwrap());
        }
    }
    assert_eq!(one_by_one, records);
    assert_eq!(reader.torn_bytes(), 0);
}

#[test]
fn no_records_are_no_bytes() {
    assert_eq!(seal(&[]), Vec::<u8>::new());
    assert_eq!(read_all(&[]).unwrap(), []);
}

#[test]
fn many_records_become_several_frames() {
    let events = vec![Event::BlockLeft; 50_000];
    let records = log(&events, 0);
    let bytes = seal(&records);
    let first = first_frame(&bytes).unwrap().unwrap();
    assert!(first.header.count <= MAX_FRAME_RECORDS);
    assert!(first.as_bytes().len() < bytes.len());
    assert_eq!(read_all(&bytes).unwrap(), records);
}

#[test]
fn a_frame_is_forwarded_as_it_came() {
    let bytes = seal(&log(&sample(), 7));
    let frame = first_frame(&bytes).unwrap().unwrap();
    assert_eq!(frame.as_bytes(), bytes);
    assert_eq!(frame.header.first_seq, 7);
    assert_eq!(frame.header.next_seq(), 7 + sample().len() as u64);
    assert_eq!(frame.header.t0, Instant(7_000_000));
}

#[test]
fn a_torn_last_frame_is_cut_and_no_error() {
    let records = log(&sample(), 0);
    let (first, second) = records.split_at(3);
    let (whole, last) = (seal(first), seal(second));
    for len in 1..last.len() {
        let mut reader = FrameReader::new();
        reader.push(&whole);
        reader.push(&last[..len]);
        assert!(reader.next_frame().unwrap().is_some());
        assert_eq!(reader.next_frame(), Ok(None));
        assert_eq!(reader.torn_bytes(), len);
    }
}

#[test]
fn each_damage_has_its_name() {
    let sealed = seal(&log(&sample(), 0));
    let with = |place: usize, byte: u8| {
        let mut bytes = sealed.clone();
        bytes[place] = byte;
        read_all(&bytes).unwrap_err().to_string()
    };
    assert_eq!(with(0, b'X'), r#"a frame begins with "FSLG", not with [88, 83, 76, 71]"#);
    assert_eq!(with(5, 1), "the log has format 257; this version reads formats 1 to 1");
    assert_eq!(with(6, 4), "the log goes on with record 4, not with 0");
    assert_eq!(
        with(17, 1),
        format!(
            "a frame of {} records in {} bytes; 1 to 16384 are allowed",
            (1 << 24) + sample().len(),
            sealed.len() - HEADER_BYTES
        )
    );
    let too_long = with(29, 1);
    assert!(too_long.ends_with("bytes; at most 4194304 are allowed"), "{too_long}");
    let damaged = with(HEADER_BYTES, 77);
    assert!(damaged.starts_with("the frame of record 0 is damaged"), "{damaged}");
}

#[test]
fn a_gap_between_frames_is_refused_for_ever() {
    let mut reader = FrameReader::new();
    reader.push(&seal(&log(&[Event::BlockLeft], 0)));
    reader.push(&seal(&log(&[Event::BlockLeft], 2)));
    assert!(reader.next_frame().unwrap().is_some());
    let gap = Err(ProtocolError::Gap { expected: 1, found: 2 });
    assert_eq!(reader.next_frame(), gap);
    reader.push(&seal(&log(&[Event::BlockLeft], 1)));
    assert_eq!(reader.next_frame(), gap);
}

/// A frame with a right header around any body.
fn frame_around(body: &[u8], first_seq: Seq, count: u32, t0: Instant) -> Vec<u8> {
    let header = Header {
        version: LOG_FORMAT,
        first_seq,
        count,
        t0,
        len: u32::try_from(body.len()).unwrap(),
        crc32: crc32fast::hash(body),
    };
    [&header.to_bytes(), body].concat()
}

#[test]
fn nonsense_with_a_right_checksum_is_refused_by_decode() {
    let left = postcard::to_stdvec(&Event::BlockLeft).unwrap();
    let record = |after_t0: u8, cause: &[u8]| [&[after_t0], cause, &left].concat();
    let refused = |body: &[u8], count| {
        let bytes = frame_around(body, 1, count, Instant(5));
        let frame = first_frame(&bytes).unwrap().unwrap();
        decode(&frame).unwrap_err().to_string()
    };
    let none = [0].as_slice();
    assert_eq!(
        refused(&[record(1, none), record(0, none)].concat(), 2),
        "record 2 cannot be read: time goes back"
    );
    assert_eq!(refused(&record(0, &[1, 0]), 1), "record 1 cannot be read: it is its own cause");
    assert_eq!(refused(&record(0, &[1, 2]), 1), "record 1 cannot be read: its cause is no record");
    assert_eq!(refused(&record(0, none), 2), "record 2 cannot be read: its bytes make no event");
    assert_eq!(
        refused(&[record(0, none), vec![0]].concat(), 1),
        "record 2 cannot be read: there are bytes behind the last record"
    );
}

#[test]
fn a_record_as_json_reads_back() {
    for record in log(&sample(), 0) {
        let line = record_json(&record);
        assert!(!line.contains('\n'), "{line}");
        assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), record);
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_all(&bytes);
    }

    #[test]
    fn random_bodies_never_panic(
        body in proptest::collection::vec(any::<u8>(), 0..300),
        first_seq in any::<u64>(),
        count in 1..200_u32,
        t0 in any::<u64>(),
    ) {
        let bytes = frame_around(&body, first_seq, count, Instant(t0));
        let frame = first_frame(&bytes).unwrap().unwrap();
        let _ = decode(&frame);
    }

    #[test]
    fn mutated_bodies_never_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let records = log(&sample(), 0);
        let sealed = seal(&records);
        let mut body = sealed[HEADER_BYTES..].to_vec();
        for (place, byte) in changes {
            let place = place.index(body.len());
            body[place] = byte;
        }
        let count = u32::try_from(records.len()).unwrap();
        let frame = first_frame(&frame_around(&body, 0, count, Instant::ZERO)).unwrap().unwrap();
        let _ = decode(&frame);
    }

    #[test]
    fn any_cut_and_any_flip_is_found(
        place in any::<prop::sample::Index>(),
        flip in 1..=255_u8,
    ) {
        let records = log(&sample(), 0);
        let mut bytes = seal(&records);
        let place = place.index(bytes.len());
        bytes[place] ^= flip;
        // A header's time is all that can change unseen; its length can only grow unseen.
        let read = read_all(&bytes);
        let in_t0 = (18..26).contains(&place);
        prop_assert!(in_t0 || read.is_err() || read == Ok(Vec::new()));
    }
}
