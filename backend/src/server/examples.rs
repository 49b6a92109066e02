//! The scenarios that the server offers, in the order in which they are best met.

use std::sync::LazyLock;

use shared::protocol::http::Example;
use shared::scenario::Scenario;

/// Names and texts of the files of `static/examples`.
macro_rules! examples {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../../../static/examples/", $name, ".json")))),*]
    };
}

const EXAMPLES: [(&str, &str); 40] = examples! {
    "seed-000-line-017-pool-callbacks"
    "seed-000-line-036-callbacks"
    "seed-000-line-036-callbacks-as-written"
    "seed-000-line-061-as-completed"
    "seed-000-line-077-imap-unordered"
    "seed-000-line-107-timeout"
    "seed-000-line-107-hanging"
    "seed-000-line-131-pool-timeout"
    "seed-000-line-162-pool-apply"
    "seed-000-line-185-tie-result-to-argument"
    "seed-001-line-024-map"
    "seed-001-line-071-submit"
    "seed-001-line-111-as-completed"
    "seed-001-line-146-callback"
    "seed-001-line-204-processes"
    "seed-002-line-013-submit"
    "seed-002-line-063-one-number"
    "seed-002-line-081-sequential"
    "seed-002-line-091-factors"
    "seed-002-line-103-threads"
    "seed-002-line-117-many-sequential"
    "seed-002-line-127-many-one-by-one"
    "seed-002-line-138-many-in-chunks"
    "seed-002-line-150-builtin-map"
    "seed-002-line-150-sys-exit"
    "seed-002-line-150-crash"
    "seed-002-line-173-pool-freeze"
    "seed-003-line-024-done"
    "seed-003-line-046-done-processes"
    "seed-003-line-073-fetch"
    "seed-003-line-104-primes"
    "seed-003-line-143-as-completed"
    "seed-003-line-167-wait-all"
    "seed-003-line-167-wait-first"
    "seed-003-line-167-wait-exception"
    "seed-004-line-013-apply"
    "seed-004-line-074-apply-sum"
    "seed-004-line-124-apply-async"
    "seed-004-line-224-polling"
    "seed-004-line-224-futures"
};

/// All of them.
pub fn all() -> &'static [Example] {
    static ALL: LazyLock<Vec<Example>> =
        LazyLock::new(|| EXAMPLES.iter().map(|(name, text)| example(name, text)).collect());
    &ALL
}

fn example(name: &str, text: &str) -> Example {
    let seed = name.split('-').nth(1).expect("a name begins with seed-NNN-");
    let scenario = Scenario::parse(text).expect("each example is tested");
    Example { name: name.to_owned(), seed: seed.to_owned(), scenario }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_table_has_exactly_the_files() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/examples");
        let files: BTreeSet<String> = fs::read_dir(dir)
            .unwrap()
            .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        let table: BTreeSet<String> = all().iter().map(|example| example.name.clone()).collect();
        assert_eq!(table, files);
    }

    #[test]
    fn each_can_be_run_and_they_come_in_the_order_of_the_tutorials() {
        let examples = all();
        assert!(examples.is_sorted_by_key(|example| &example.seed));
        for example in examples {
            assert!(example.scenario.clone().check().is_ok(), "{}", example.name);
        }
    }
}
