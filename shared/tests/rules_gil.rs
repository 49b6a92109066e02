//! python-semantics §7 and §8.9: the GIL.

mod common;

use common::{Run, each_seed, lines, run};
use shared::engine::event::{Agent, Event};
use shared::sim::cpu::Costs;
use shared::units::Span;

/// A prime that takes 281,690 trial divisions, and so much virtual time.
const PRIME: &str = "is_prime(317398151159)";
const WORK: u64 = 19_999_990;
const MS: u64 = 1_000_000;

/// Who had the GIL, from when until when, in nanoseconds; and that it was never two at once.
fn turns(run: &Run) -> Vec<(Agent, u64, u64)> {
    let mut turns = Vec::new();
    let mut holder = None;
    for record in &run.records {
        match record.event {
            Event::GilTaken { by } => {
                assert_eq!(holder, None, "{by:?} takes it from another");
                holder = Some((by, record.at.0));
            }
            Event::GilReleased { by } => {
                let (taker, since) = holder.take().expect("it was taken");
                assert_eq!(taker, by, "only who has it can let go");
                turns.push((by, since, record.at.0));
            }
            _ => {}
        }
    }
    assert_eq!(holder, None, "whoever has it lets go in the end");
    turns
}

/// When the last of these futures was finished, in nanoseconds.
fn end(run: &Run, names: &[&str]) -> u64 {
    let ends =
        names.iter().map(|name| run.records[run.place(name, "finished").expect("finished")].at.0);
    ends.max().expect("somebody was asked for")
}

#[test]
fn rule_180_two_computations_share_the_gil_in_turns_of_5_ms() {
    each_seed(&format!("threads 2\n a: {PRIME}\n b: {PRIME}\n mode submit"), |run| {
        let turns = turns(run);
        let spans: Vec<(u64, u64)> = turns.iter().map(|(_, from, until)| (*from, *until)).collect();
        let last = 30 * MS + (WORK - 15 * MS);
        let by_fives = (0..6).map(|turn| (5 * turn * MS, 5 * (turn + 1) * MS));
        let expected: Vec<_> = by_fives.chain([(30 * MS, last), (last, 2 * WORK)]).collect();
        assert_eq!(spans, expected);
        assert!(turns.windows(2).all(|two| two[0].0 != two[1].0), "{turns:?}");
        assert_eq!(end(run, &["a", "b"]), 2 * WORK);
    });
}

#[test]
fn rule_180_three_computations_go_round() {
    let text = format!("threads 3\n a: {PRIME}\n b: {PRIME}\n c: {PRIME}\n mode submit");
    each_seed(&text, |run| {
        let who: Vec<Agent> = turns(run).iter().map(|(by, ..)| *by).collect();
        assert!(who.windows(3).all(|w| w[0] != w[1] && w[1] != w[2] && w[0] != w[2]), "{who:?}");
        assert_eq!((who.len(), end(run, &["a", "b", "c"])), (12, 3 * WORK));
    });
}

#[test]
fn rule_180_sleeping_tasks_overlap_fully_also_beside_one_that_computes() {
    let sleeps = "a: sleep(0.02)\n b: sleep(0.02)\n";
    each_seed(&format!("threads 3\n {sleeps} c: {PRIME}\n mode submit"), |run| {
        assert_eq!((end(run, &["a"]), end(run, &["b"])), (20 * MS, 20 * MS));
        assert_eq!(end(run, &["c"]), WORK);
        assert_eq!(turns(run).len(), 1, "nobody interrupts one that computes alone");
    });
    each_seed(&format!("threads 2\n {sleeps} mode submit"), |run| assert_eq!(turns(run), []));
}

#[test]
fn rule_180_who_has_the_gil_keeps_it_until_another_has_waited_5_ms() {
    let text =
        format!("threads 2\n a: {PRIME}\n b: {PRIME}\n do\n submit a\n sleep 0.007\n submit b");
    each_seed(&text, |run| {
        let ends: Vec<u64> = turns(run).iter().map(|(.., until)| *until).collect();
        assert_eq!(ends[..2], [12 * MS, 17 * MS]);
        assert_eq!(end(run, &["a", "b"]), 2 * WORK);
    });
}

#[test]
fn rule_180_the_main_thread_competes_with_its_own_call() {
    each_seed(&format!("threads 1\n a: {PRIME}\n b: {PRIME}\n do\n submit a\n call b"), |run| {
        let turns = turns(run);
        let of_main = turns.iter().filter(|(by, ..)| *by == Agent::Main).count();
        assert_eq!((turns.len(), of_main), (8, 4));
        assert_eq!(turns.last().map(|(.., until)| *until), Some(2 * WORK));
    });
}

#[test]
fn rule_180_an_initializer_that_computes_takes_turns_too() {
    let text = format!("threads 2\n initializer 1 {PRIME}\n a: {PRIME}\n b: {PRIME}\n mode submit");
    each_seed(&text, |run| assert_eq!((turns(run).len(), end(run, &["a", "b"])), (9, 3 * WORK)));
}

#[test]
fn rule_180_without_a_gil_and_on_processes_computations_overlap() {
    for executor in ["threads 2 free", "processes 2"] {
        each_seed(&format!("{executor}\n a: {PRIME}\n b: {PRIME}\n mode submit"), |run| {
            assert_eq!(turns(run), [], "{executor}");
            assert_eq!(end(run, &["a", "b"]), WORK, "{executor}");
        });
    }
}

/// Golden shape G5 (python-semantics §12).
#[test]
fn rule_180_six_computations_take_their_sum_on_threads_and_a_schedule_on_processes() {
    let primes = [
        50_783_974_603_usize,
        96_012_599_863,
        155_525_330_663,
        229_319_350_103,
        419_757_564_763,
        714_144_995_033,
    ];
    // One division by 2, then one by each odd number from 3 to the root.
    let work = |n: &usize| {
        let divisions = 1 + (n.isqrt() as u64 - 3) / 2 + 1;
        Costs::IDEAL.compute(divisions)
    };
    let works: Vec<Span> = primes.iter().map(work).collect();
    let sum: u64 = works.iter().map(|span| span.0).sum();
    let names = ["t50783974603", "t96012599863", "t155525330663", "t229319350103"];
    let names = [&names[..], &["t419757564763", "t714144995033"]].concat();
    let tasks = lines(primes, |n| format!("t{n}: is_prime({n})"));
    let makespan = |executor: &str, seed| {
        let run = run(&format!("{executor}\n{tasks} mode map"), seed);
        end(&run, &names)
    };
    for workers in [1_usize, 2, 3, 6] {
        // Each goes to whichever worker is free first.
        let mut free = vec![0_u64; workers];
        for work in &works {
            let first = free.iter_mut().min().expect("there are workers");
            *first += work.0;
        }
        let schedule = free.into_iter().max();
        for seed in 0..8 {
            assert_eq!(makespan(&format!("threads {workers}"), seed), sum, "{workers} threads");
            let processes = makespan(&format!("processes {workers}"), seed);
            assert_eq!(Some(processes), schedule, "{workers} processes");
            let free = makespan(&format!("threads {workers} free"), seed);
            assert_eq!(Some(free), schedule, "{workers} threads without a GIL");
        }
    }
}
