//! Golden runs as scores: a diff of one shows what changed in time.

mod common;

use expect_test::{Expect, expect};
use shared::units::Span;
use shared::view::score::score;

/// One column is a second.
fn check(text: &str, seed: u64, expected: &Expect) {
    let run = common::run(text, seed);
    expected.assert_eq(&score(&run.plan, &run.records, Span::from_secs(1)));
}

const FIVE: &str = "t5: sleep(5)\n t4: sleep(4)\n t3: sleep(3)\n t2: sleep(2)\n t1: sleep(1)\n";

#[test]
fn seed_001_map_on_two_threads() {
    check(
        &format!("threads 2\n{FIVE} mode map"),
        1,
        &expect![[r#"
        0       55555221
        1       4444333
        main    t5@5 t4@5 t3@7 t2@7 t1@8 end@8
    "#]],
    );
}

#[test]
fn seed_001_as_completed_on_two_processes() {
    check(
        &format!("processes 2\n{FIVE} mode as_completed"),
        1,
        &expect![[r#"
        0       55555221
        1       4444333
        main    t4@4 t5@5 t2@7 t3@7 t1@8 end@8
    "#]],
    );
}

#[test]
fn a_cancelled_task_is_yielded_only_when_its_worker_reaches_it() {
    check(
        "threads 2
         a: sleep(6)
         b: sleep(2)
         c: sleep(10)
         d: sleep(1)
         do
         submit a b c d
         sleep 3
         cancel d
         completed a b c d",
        1,
        &expect![[r#"
            0       aaaaaa
            1       bbcccccccccc
            main    b@3 a@6 d@6 c@12 end@12
        "#]],
    );
}

#[test]
fn a_crash_fails_everything_at_once() {
    check(
        "processes 2
         a: sleep(9)
         b: hard_exit(1, 3)
         c: sleep(1)
         do
         submit a b c
         completed a b c",
        1,
        &expect![[r#"
            0       aaax
            1       bbbx
            main    a@3 b@3 c@3 end@3
        "#]],
    );
}

#[test]
fn a_chunk_occupies_one_worker() {
    let tasks = "a: sleep(1)\n b: sleep(1)\n c: sleep(1)\n d: sleep(1)\n e: sleep(1)\n";
    check(
        &format!("processes 2\n{tasks} mode map {{\"chunksize\":3}}"),
        1,
        &expect![[r#"
            0       dd
            1       aaa
            main    a@3 a@3 a@3 d@3 d@3 end@3
        "#]],
    );
}

#[test]
fn a_diamond_overlaps_in_submit_and_waits_in_map() {
    let diamond = "a: sleep(1)\n b: slow_sum(3, @a, 1)\n c: slow_sum(1, @a, 2)\n \
                   d: slow_sum(2, @c, 1)\n e: slow_sum(1, @b, @d)\n";
    check(
        &format!("threads 2\n{diamond} mode submit"),
        1,
        &expect![[r#"
            0       acdd
            1       .bbbe
            main    end@5
        "#]],
    );
    check(
        &format!("threads 2\n{diamond} mode map"),
        1,
        &expect![[r#"
            0       abbb..e
            1       .c..dd
            main    a@1 b@4 c@4 d@6 e@7 end@7
        "#]],
    );
}
