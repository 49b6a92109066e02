//! What a process has that a run must not leave behind.

/// How many descriptors and children this process has.
pub fn belongings() -> (usize, usize) {
    let descriptors = std::fs::read_dir("/proc/self/fd").expect("this is Linux").count();
    let tasks = std::fs::read_dir("/proc/self/task").expect("this is Linux");
    let children = tasks.filter_map(|task| {
        // A thread may have ended since.
        std::fs::read_to_string(task.ok()?.path().join("children")).ok()
    });
    (descriptors, children.map(|children| children.split_whitespace().count()).sum())
}
