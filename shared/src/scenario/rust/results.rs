//! `Results`: what main remembers of what came back up the channel, and what it can be asked.

use super::Shape;
use super::layout::Text;

/// What the text's `Results` is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// What came of a task.
    Result,
    /// The same, but so long at most.
    ResultWithin,
    /// Whether it is done.
    Done,
    /// The next that is done.
    Next,
    /// Until so many are done.
    Wait,
    /// Until one has failed.
    WaitForFailure,
}

impl Ask {
    /// The method.
    fn text(self) -> &'static str {
        match self {
            Self::Result => RESULT,
            Self::ResultWithin => {
                r#"    /// The same, but waits so long at most.
    fn result_within(&mut self, task: &str, seconds: f64) -> OUTCOME {
        let deadline = Instant::now() + Duration::from_secs_f64(seconds);
        while !self.came.contains_key(task) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok((done, outcome)) = self.incoming.recv_timeout(left) else {
                return Err(Failure::new("TimeoutError", ""));
            };
            self.came.insert(done, outcome);
        }
        self.result(task)
    }"#
            }
            Self::Done => {
                r"    /// Whether a task is done; does not wait.
    fn done(&mut self, task: &str) -> bool {
        self.came.extend(self.incoming.try_iter());
        self.came.contains_key(task)
    }"
            }
            Self::Next => {
                r"    /// The next of these tasks that is done; takes it out of them.
    fn next(&mut self, left: &mut Vec<&'static str>) -> Option<&'static str> {
        while !left.is_empty() {
            if let Some(place) = left.iter().position(|task| self.came.contains_key(task)) {
                return Some(left.remove(place));
            }
            let (done, CAME) = self.incoming.recv().unwrap();
            self.came.insert(done, CAME);
        }
        None
    }"
            }
            Self::Wait => {
                r"    /// Waits until so many of these tasks are done, and parts them from the others.
    fn wait(&mut self, tasks: &[&'static str], enough: usize) -> (Names, Names) {
        loop {
            self.came.extend(self.incoming.try_iter());
            let is_done = |task: &&str| self.came.contains_key(task);
            let (done, not_done): (Names, Names) = tasks.iter().partition(|task| is_done(task));
            if done.len() >= enough {
                return (done, not_done);
            }
            let (done, CAME) = self.incoming.recv().unwrap();
            self.came.insert(done, CAME);
        }
    }"
            }
            Self::WaitForFailure => {
                r"    /// Waits until one of these tasks has failed, or all are done, and parts them.
    fn wait_for_failure(&mut self, tasks: &[&'static str]) -> (Names, Names) {
        loop {
            self.came.extend(self.incoming.try_iter());
            let is_done = |task: &&str| self.came.contains_key(task);
            let (done, not_done): (Names, Names) = tasks.iter().partition(|task| is_done(task));
            if not_done.is_empty() || done.iter().any(|task| self.came[task].is_err()) {
                return (done, not_done);
            }
            let (done, outcome) = self.incoming.recv().unwrap();
            self.came.insert(done, outcome);
        }
    }"
            }
        }
    }
}

/// The memory of what came back, up to the methods that ask it.
const RESULTS: &str = "/// What came back so far.
struct Results {
    incoming: Receiver<Done>,
    came: BTreeMap<KEY, OUTCOME>,
}

impl Results {";

/// What came of a task.
const RESULT: &str = "    /// What came of a task; waits for it.
    fn result(&mut self, PARAM) -> OUTCOME {
        while !self.came.contains_key(GIVEN) {
            let (done, CAME) = self.incoming.recv().unwrap();
            self.came.insert(done, CAME);
        }
        self.came[GIVEN]CLONE
    }";

/// `Results` of this shape, with the methods that ask this.
pub fn results(shape: &Shape<'_>, text: &mut Text, asks: impl IntoIterator<Item = Ask>) {
    let methods: Vec<&str> = asks.into_iter().map(Ask::text).collect();
    text.line("");
    let (param, given) =
        if shape.has_items { ("job: Job", "&job") } else { ("task: &str", "task") };
    let block = [RESULTS, &methods.join("\n\n"), "}"].join("\n");
    let block = block
        .replace("KEY", shape.key())
        .replace("OUTCOME", &shape.outcome())
        .replace("PARAM", param)
        .replace("GIVEN", given)
        .replace("CAME", shape.came())
        .replace("CLONE", if shape.is_copy() { "" } else { ".clone()" });
    text.block(&block);
}

/// How main makes it.
pub const RESULTS_MADE: [&str; 5] = [
    "let (done, incoming) = mpsc::channel();",
    "let mut results = Results {",
    "    incoming,",
    "    came: BTreeMap::new(),",
    "};",
];
