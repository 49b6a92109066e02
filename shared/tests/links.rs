//! Links that were sent long ago open for ever, with the run that is in them.
//!
//! `links/format-N/NAME.link` has a link's two parts as format N wrote them, a line each; beside it, in
//! `NAME.jsonl`, is the log that was packed. Nothing here is ever written again: a new format gets a
//! folder of its own.

use std::path::{Path, PathBuf};

use shared::link::{pack_run, unpack, unpack_run};
use shared::protocol::record_json;
use shared::view::sound;

/// The links in a folder, without their endings.
fn links(format: u8) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/links/format-{format}"));
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut links: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|ending| ending == "link")).collect();
    links.sort();
    links
}

#[test]
fn links_of_format_1_open_with_their_runs() {
    let links = links(1);
    assert_eq!(links.len(), 7);
    for path in links {
        let name = path.display();
        let text = std::fs::read_to_string(&path).unwrap();
        let (experiment, run) = text.trim_end().split_once('\n').unwrap();
        let scenario = unpack(experiment).unwrap_or_else(|error| panic!("{name}: {error}"));
        let recorded =
            unpack_run(experiment, run).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!recorded.simulated, "{name} was measured");
        let log: String =
            recorded.records.iter().map(|record| record_json(record) + "\n").collect();
        assert_eq!(log, std::fs::read_to_string(path.with_extension("jsonl")).unwrap(), "{name}");
        let plan = scenario.check().unwrap();
        assert_eq!(sound::check(&plan, &recorded.records), Ok(()), "{name}");
        // Whoever opens a link may send it on, perhaps packed better.
        let again = pack_run(experiment, &recorded.records, false).unwrap();
        assert_eq!(unpack_run(experiment, &again), Ok(recorded), "{name}");
    }
}
