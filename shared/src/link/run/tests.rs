//! What becomes of a run that travels in a link.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::link::envelope::{FORMAT, LEVEL, seal};
use crate::link::{pack, unpack};
use crate::scenario::Scenario;
use crate::sim::Sim;

/// Beside what the runs here stand.
const X: &str = "AQcAAAAAAAAAexperiment";

const MAP: &str = include_str!("../../../../static/examples/seed-001-line-024-map.json");

fn simulated(text: &str, seed: u64) -> Recorded {
    let plan = Arc::new(Scenario::parse(text).unwrap().check().unwrap());
    let mut sim = Sim::new(plan, seed);
    while sim.step() {}
    Recorded { records: sim.drain_records(), simulated: true }
}

/// A link that is right in itself and holds these columns.
fn holding(columns: &[u8]) -> String {
    let packed = miniz_oxide::deflate::compress_to_vec(columns, LEVEL);
    let mut sum = crc32fast::Hasher::new();
    sum.update(X.as_bytes());
    sum.update(columns);
    seal(FORMAT, u32::try_from(packed.len()).unwrap(), sum.finalize(), &packed)
}

fn refused(columns: Writer) -> String {
    unpack_run(X, &holding(&columns.finish())).unwrap_err().to_string()
}

/// Columns that begin as those of a run do.
fn beginning(log: u16, records: u64) -> Writer {
    let mut to = Writer::default();
    to.put("log", &log).unwrap();
    to.put("simulated", &true).unwrap();
    to.put("records", &records).unwrap();
    to.put("tick", &1_u64).unwrap();
    to
}

#[test]
fn every_example_comes_out_of_its_link_as_it_ran() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/examples");
    let mut short = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let run = simulated(&std::fs::read_to_string(&path).unwrap(), 3);
        match pack_run(X, &run.records, run.simulated) {
            Ok(text) => {
                short += 1;
                assert!(X.len() + text.len() <= limits::LINK_CHARS);
                assert_eq!(unpack_run(X, &text), Ok(run), "{}", path.display());
            }
            Err(error) => {
                assert_eq!(error, LinkError::LongRun { records: run.records.len() });
                // What nobody writes nobody reads.
                let bytes = write(&run.records, run.simulated).unwrap();
                let again = read(Reader::new(&bytes).unwrap());
                let fits = run.records.len() <= limits::LINK_RECORDS;
                assert_eq!(again.is_ok_and(|again| again == run), fits, "{}", path.display());
            }
        }
    }
    assert!(short > 30, "only {short} examples fit into a link with their run");
}

#[test]
fn no_time_is_rounded_and_whole_microseconds_are_shorter() {
    let whole = simulated(MAP, 3);
    let mut odd = whole.clone();
    odd.records.last_mut().unwrap().at.0 += 1;
    let [of_whole, of_odd] = [&whole, &odd].map(|run| pack_run(X, &run.records, true).unwrap());
    assert!(of_whole.len() < of_odd.len());
    assert_eq!(unpack_run(X, &of_whole), Ok(whole));
    assert_eq!(unpack_run(X, &of_odd), Ok(odd));
}

#[test]
fn a_run_is_nothing_beside_another_experiment() {
    let text = pack_run(X, &simulated(MAP, 3).records, true).unwrap();
    assert!(unpack_run(X, &text).is_ok());
    assert_eq!(unpack_run("AQcAAAAAAAAAanother", &text), Err(LinkError::Damaged));
}

#[test]
fn a_run_says_whether_it_was_measured() {
    let run = Recorded { simulated: false, ..simulated(MAP, 3) };
    assert!(!unpack_run(X, &pack_run(X, &run.records, run.simulated).unwrap()).unwrap().simulated);
}

#[test]
fn every_beginning_of_a_run_is_told_from_a_damaged_one() {
    let text = pack_run(X, &simulated(MAP, 3).records, true).unwrap();
    for after in 2..text.len() {
        assert_eq!(unpack_run(X, &text[..after]), Err(LinkError::Cut { after }));
    }
    assert_eq!(unpack_run(X, &format!("{text}.")), Err(LinkError::Damaged));
}

#[test]
fn a_run_of_a_later_version_is_named() {
    assert_eq!(unpack_run(X, &seal(FORMAT + 1, 3, 0, b"new")), Err(LinkError::Later(2)));
    let later = holding(&beginning(LOG_FORMAT + 1, 0).finish());
    assert_eq!(unpack_run(X, &later), Err(LinkError::Later((LOG_FORMAT + 1).into())));
}

#[test]
fn a_run_that_inflates_to_more_than_any_is_refused_on_the_way() {
    let bomb = holding(&vec![0; limits::LINK_BYTES * 64]);
    assert!(bomb.len() < limits::LINK_CHARS * 3, "it must be small enough to be looked at");
    let error = unpack_run(X, &bomb).unwrap_err().to_string();
    assert!(error.ends_with("it unpacks to more than 262144 bytes"), "{error}");
}

#[test]
fn a_run_that_promises_more_than_it_has_takes_no_memory_for_it() {
    assert_eq!(
        refused(beginning(LOG_FORMAT, u64::MAX)),
        "the link is whole, but the run in it cannot be read: it has more than 20000 records"
    );
    assert!(refused(beginning(LOG_FORMAT, 20_000)).ends_with("its columns end too early"));
    let mut list = beginning(LOG_FORMAT, 1);
    list.put("at", &0_u64).unwrap();
    list.put("cause", &11_u64).unwrap();
    list.put("call", &0_u32).unwrap();
    list.put("worker", &0_u32).unwrap();
    list.put("cause", &u64::MAX).unwrap();
    assert!(refused(list).ends_with("its columns end too early"));
}

#[test]
fn what_is_no_run_is_refused_in_words() {
    assert!(refused(beginning(LOG_FORMAT, 0)).ends_with("it has no end"));
    let mut twice = beginning(LOG_FORMAT, 0);
    twice.put("at", &7_u64).unwrap();
    assert!(refused(twice).ends_with("its columns hold more than its records"));
    let mut run = simulated(MAP, 3);
    run.records.pop();
    let text = pack_run(X, &run.records, run.simulated).unwrap();
    assert_eq!(unpack_run(X, &text), Err(LinkError::Run("it has no end".to_owned())));
    // A cause that is the record itself, and a time behind all times.
    let mut own = beginning(LOG_FORMAT, 1);
    own.put("at", &0_u64).unwrap();
    own.put("event", &Event::BlockLeft).unwrap();
    own.put("cause", &1_u64).unwrap();
    assert!(refused(own).ends_with("record 0 is out of time"));
    let mut late = beginning(LOG_FORMAT, 2);
    for at in [u64::MAX, 1] {
        late.put("at", &at).unwrap();
        late.put("event", &Event::BlockLeft).unwrap();
        late.put("cause", &0_u64).unwrap();
    }
    assert!(refused(late).ends_with("record 1 is out of time"));
}

#[test]
fn a_run_of_too_many_records_is_refused_before_it_is_packed() {
    let mut run = simulated(MAP, 3);
    let beside = "x".repeat(limits::LINK_CHARS);
    assert_eq!(
        pack_run(&beside, &run.records, run.simulated),
        Err(LinkError::LongRun { records: run.records.len() })
    );
    let one = run.records[1].clone();
    run.records.extend(std::iter::repeat_n(one, limits::LINK_RECORDS));
    let error = pack_run(X, &run.records, run.simulated).unwrap_err();
    assert_eq!(error, LinkError::LongRun { records: run.records.len() });
    assert!(error.to_string().contains("would take more than 8000 characters"), "{error}");
}

/// Twelve tasks in the mode that says most, run on real threads: the callbacks of each submit the next.
#[test]
fn twelve_tasks_travel_with_their_run_in_a_message() {
    let text = include_str!("twelve.json");
    let scenario = Scenario::parse(text).unwrap();
    assert_eq!(scenario.tasks.len(), 12);
    let lines = include_str!("twelve.run.jsonl").lines();
    let records = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    let run = Recorded { records, simulated: false };
    let experiment = pack(&scenario).unwrap();
    let packed = pack_run(&experiment, &run.records, run.simulated).unwrap();
    let all = format!("https://futurescope.example/play#x={experiment}&r={packed}");
    assert!(experiment.len() <= 520, "{} characters", experiment.len());
    assert!(all.len() <= 1_050, "{} characters", all.len());
    assert_eq!(unpack(&experiment), Ok(scenario));
    assert_eq!(unpack_run(&experiment, &packed), Ok(run));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any bytes as columns, and the right columns with some bytes forged: refused, or read.
    #[test]
    fn no_forged_columns_make_it_panic(
        noise in proptest::collection::vec(any::<u8>(), 0..80),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        prop_assert!(unpack_run(X, &holding(&noise)).is_err());
        let mut bytes = write(&simulated(MAP, 3).records, true).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = unpack_run(X, &holding(&bytes));
    }
}
