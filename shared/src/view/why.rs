//! Why a call waited: for its inputs, for a worker, on the shelf. Told from what the log says, and never
//! guessed.
//!
//! ```text
//!  inputs ──▶ submitted ──▶ taken ──▶ finished ──▶ delivered
//!         needs        waits      runs        shelf
//!         of whom?     who has    (its own    for whom does
//!                      the        seconds)    main wait?
//!                      workers?
//! ```

use imbl::Vector;

use crate::engine::event::{BlockedOn, Event, Record};
use crate::scenario::ExecutorKind;
use crate::units::{CallId, FutureId, Instant, Span, TaskId, WorkerId};
use crate::view::shown::{Shown, letter};
use crate::view::{Place, TaskView, View, WorkerState};

/// Names that are listed before it says how many more there are.
const NAMED: usize = 3;

/// What is known of each call's way, as the log tells it.
#[derive(Debug, Clone, Default)]
pub struct Whys {
    /// By [`CallId`].
    ways: Vector<Way>,
    /// By [`WorkerId`].
    workers: Vec<Hand>,
    /// Calls that no worker has taken yet, and that are not over.
    waiting: usize,
    /// How many of the view's deliveries were taken into account.
    delivered: usize,
}

/// What a worker did last.
#[derive(Debug, Clone, Copy, Default)]
struct Hand {
    /// Since when it runs.
    started: Option<Instant>,
    /// What it returned last, and when.
    returned: Option<(Instant, CallId)>,
}

/// Why a worker took a call just then.
#[derive(Debug, Clone)]
struct Taken {
    at: Instant,
    worker: WorkerId,
    by: TakenBy,
    /// What the workers had while it waited; empty if one was free or not there yet.
    had: Vec<CallId>,
    /// Calls that waited before it, besides those.
    before: usize,
}

/// What a worker did before it took a call.
#[derive(Debug, Clone, Copy)]
enum TakenBy {
    /// It had another, that was submitted before.
    Through(CallId),
    /// It began to run only then.
    Starting,
    /// It had nothing to do.
    Idle,
}

/// A call's way so far.
#[derive(Debug, Clone)]
struct Way {
    submitted: Instant,
    /// What the workers had when it was submitted; empty once a worker has taken it.
    had: Vec<CallId>,
    /// Calls that waited then.
    before: usize,
    /// When it came into the process pool's call queue.
    queued: Option<Instant>,
    /// Once a worker has taken it.
    taken: Option<Taken>,
    finished: Option<Instant>,
    /// For whose result main waited when this one was there.
    main_waited: Option<FutureId>,
    delivered: Option<Instant>,
}

impl Whys {
    /// Takes the next record into account; `view` has done so, and has taken none after it.
    pub fn apply(&mut self, view: &View, record: &Record) {
        let at = record.at;
        match &record.event {
            Event::Submitted { call, .. } => {
                let way = Way {
                    submitted: at,
                    had: calls_of_workers(view).collect(),
                    before: self.waiting,
                    queued: None,
                    taken: None,
                    finished: None,
                    main_waited: None,
                    delivered: None,
                };
                debug_assert_eq!(call.index(), self.ways.len());
                self.ways.push_back(way);
                self.waiting += 1;
            }
            Event::Queued { call } => self.way(*call, |way| way.queued = Some(at)),
            Event::Taken { call, worker } => {
                self.waiting = self.waiting.saturating_sub(1);
                let hand = *self.hand(*worker);
                let of = view.plan().max_workers() as usize;
                self.way(*call, |way| {
                    way.taken = Some(taken(view, *call, way, (at, *worker), hand, of));
                    // What is still of interest of it is there now.
                    way.had = Vec::new();
                });
            }
            Event::WorkerStarted { worker, .. } => self.hand(*worker).started = Some(at),
            Event::Returned { call, worker, .. } => {
                self.hand(*worker).returned = Some((at, *call));
            }
            Event::Finished { future, .. } | Event::Cancelled { future, .. } => {
                let main_waited = view.main_waits_for().and_then(one_future);
                if let Some(way) = self.ways.get_mut(future.index()) {
                    if way.taken.is_none() && way.finished.is_none() {
                        self.waiting = self.waiting.saturating_sub(1);
                    }
                    way.finished = Some(at);
                    way.main_waited = main_waited.filter(|other| other != future);
                }
            }
            _ => {}
        }
        // However it came to main: yielded, or asked for.
        for at in self.delivered..view.delivered.len() {
            let delivery = view.delivered[at];
            self.way(CallId(delivery.future.0), |way| {
                way.delivered = way.delivered.or(Some(delivery.at));
            });
        }
        self.delivered = view.delivered.len();
    }

    fn hand(&mut self, worker: WorkerId) -> &mut Hand {
        if self.workers.len() <= worker.index() {
            self.workers.resize(worker.index() + 1, Hand::default());
        }
        &mut self.workers[worker.index()]
    }

    fn way(&mut self, call: CallId, change: impl FnOnce(&mut Way)) {
        if let Some(way) = self.ways.get_mut(call.index()) {
            change(way);
        }
    }

    /// Why this task is where it is at this instant, and why it took so long to get there, in sentences.
    pub fn why(
        &self,
        view: &View,
        task: TaskId,
        future: Option<FutureId>,
        now: Instant,
    ) -> Vec<String> {
        let mut told = Vec::new();
        let Some((future, way)) = future.and_then(|it| Some((it, self.ways.get(it.index())?)))
        else {
            told.extend(missing_inputs(view, task));
            return told;
        };
        told.extend(self.inputs(view, task, way));
        told.push(waiting(view, future, way, now));
        told.extend(shelf(view, future, way));
        told
    }

    /// The last of its inputs, and when that was there.
    fn inputs(&self, view: &View, task: TaskId, way: &Way) -> Option<String> {
        let needs = view.plan().graph.needs.get(task.index())?;
        let there = |needed: &TaskId| {
            let Some(TaskView::Submitted(future)) = view.tasks.get(needed.index()) else {
                return None;
            };
            Some((self.ways.get(future.index())?.finished?, *needed))
        };
        let (last, needed) = needs.iter().filter_map(there).max_by_key(|(at, _)| *at)?;
        let late = way.submitted.since(last);
        let name = view.task_name(needed);
        Some(if is_nothing(view, late) {
            format!("It needed {name}, and was submitted as soon as that was there.")
        } else {
            let late = view.told(late);
            format!("It needed {name}, and was submitted {late} after that was there.")
        })
    }
}

/// Why this worker takes the call now. `view` knows that it has.
fn taken(
    view: &View,
    call: CallId,
    way: &Way,
    (at, worker): (Instant, WorkerId),
    hand: Hand,
    of: usize,
) -> Taken {
    let by = match hand {
        Hand { returned: Some((returned, last)), .. } if returned > way.submitted => {
            TakenBy::Through(last)
        }
        Hand { started: Some(started), .. } if started > way.submitted => TakenBy::Starting,
        _ => TakenBy::Idle,
    };
    let mut had = way.had.clone();
    if let (TakenBy::Through(last), true) = (by, had.len() < of) {
        // They were in the queue themselves when this one came, and then with the workers before it.
        had = calls_of_workers(view).filter(|other| *other < call).chain([last]).collect();
        had.sort_unstable();
    }
    if had.len() < of {
        had.clear();
    }
    let were_before = had.iter().filter(|other| !way.had.contains(other)).count();
    Taken { at, worker, by, had, before: way.before.saturating_sub(were_before) }
}

/// The calls that workers have now, in the workers' order.
fn calls_of_workers(view: &View) -> impl Iterator<Item = CallId> {
    let busy = view.workers.iter().filter(|worker| worker.state == WorkerState::Busy);
    busy.filter_map(|worker| worker.call)
}

/// What it waited for until a worker took it.
fn waiting(view: &View, future: FutureId, way: &Way, now: Instant) -> String {
    match (&way.taken, way.finished) {
        (Some(taken), _) => was_taken(view, way, taken),
        (None, Some(at)) => {
            let span = view.told(at.since(way.submitted));
            format!("No worker ever took it: it was over {span} after it was submitted.")
        }
        (None, None) => still_waits(view, future, way, now),
    }
}

fn was_taken(view: &View, way: &Way, taken: &Taken) -> String {
    let waited = taken.at.since(way.submitted);
    let worker = worker_name(taken.worker);
    if is_nothing(view, waited) {
        return format!("{worker} took it at once.");
    }
    let span = view.told(waited);
    let had = if taken.had.is_empty() {
        None
    } else {
        let names: Vec<String> = taken.had.iter().map(|call| name_of(view, *call)).collect();
        Some(format!("{} had {}", the_workers(taken.had.len()), listed(&names)))
    };
    let before = (taken.before > 0).then(|| calls(taken.before, "was", "were"));
    let reasons = match (had, before) {
        (Some(had), Some(before)) => Some(format!("{had}, and {before}")),
        (had, before) => had.or(before),
    };
    let told = match (taken.by, reasons) {
        (TakenBy::Through(last), reasons) => {
            let reasons = reasons.map(|reasons| format!(": {reasons}")).unwrap_or_default();
            let last = name_of(view, last);
            format!("It waited {span}{reasons}. {worker} took it when it was through with {last}.")
        }
        (TakenBy::Starting, _) => {
            format!("It waited {span}: {worker} had to start first, and took it as its first call.")
        }
        (TakenBy::Idle, _) => {
            format!("It was {span} on its way to {worker}, which had nothing to do.")
        }
    };
    let by_idle = matches!(taken.by, TakenBy::Idle);
    let lay = way.queued.map(|queued| taken.at.since(queued)).filter(|_| !by_idle);
    match lay.filter(|lay| !is_nothing(view, *lay)) {
        Some(lay) => format!(
            "{told} For {} of that it lay in the call queue, where its future says RUNNING.",
            view.told(lay)
        ),
        None => told,
    }
}

fn still_waits(view: &View, future: FutureId, way: &Way, now: Instant) -> String {
    let waited = now.since(way.submitted);
    let of = view.plan().max_workers() as usize;
    let busy: Vec<String> = calls_of_workers(view).map(|call| name_of(view, call)).collect();
    let in_line = |place| matches!(place, Place::Queued | Place::InCallQueue);
    let earlier = view.futures.iter().take(future.index());
    let before = earlier.filter(|cell| in_line(cell.place) && !cell.state.done()).count();

    let mut told = vec![if is_nothing(view, waited) {
        "It waits: ".to_owned()
    } else {
        format!("It has waited {}: ", view.told(waited))
    }];
    let starts = view.workers.iter().any(|worker| worker.state == WorkerState::Starting);
    told.push(match busy.len() {
        0 if starts => "its worker has to start first".to_owned(),
        0 => "no worker has a call".to_owned(),
        some if some < of => format!("{some} of {of} workers are busy"),
        _ if of == 1 => format!("the worker has {}", listed(&busy)),
        _ => format!("{} have {}", the_workers(of), listed(&busy)),
    });
    told.push(match before {
        0 => ", and it is next.".to_owned(),
        some => format!(", and {}.", calls(some, "is", "are")),
    });
    if view.future(future).is_some_and(|cell| cell.place == Place::InCallQueue) {
        let lies = match view.plan().kind() {
            ExecutorKind::Processes => {
                " It lies in the call queue, where it cannot be cancelled any more."
            }
            _ => " It lies in the pipe to the workers.",
        };
        told.push(lies.to_owned());
    }
    told.concat()
}

/// How long its result lay there until main took it, and what main did meanwhile.
fn shelf(view: &View, future: FutureId, way: &Way) -> Option<String> {
    let finished = way.finished?;
    let waited_for = way.main_waited.map(|other| view.future_name(other));
    match way.delivered {
        Some(at) => {
            let lay = at.since(finished);
            (!is_nothing(view, lay)).then(|| {
                let lay = view.told(lay);
                match waited_for {
                    Some(other) => format!(
                        "Its result lay on the shelf for {lay}: main waited for {other} first."
                    ),
                    None => {
                        format!("Its result lay on the shelf for {lay} until main took it.")
                    }
                }
            })
        }
        None if view.end.is_some() || view.future(future)?.outcome.is_none() => None,
        None => {
            let waits = view.main_waits_for().and_then(one_future).filter(|it| *it != future);
            waits.map(|other| {
                format!("Its result lies on the shelf: main waits for {}.", view.future_name(other))
            })
        }
    }
}

/// What a task that was not submitted waits for.
fn missing_inputs(view: &View, task: TaskId) -> Option<String> {
    let needs = view.plan().graph.needs.get(task.index())?;
    let missing: Vec<String> = needs
        .iter()
        .filter(|needed| view.shown(**needed) != Shown::Succeeded)
        .map(|needed| view.task_name(*needed))
        .collect();
    (!missing.is_empty()).then(|| format!("It needs {}.", listed(&missing)))
}

fn name_of(view: &View, call: CallId) -> String {
    view.future_name(FutureId(call.0))
}

fn worker_name(worker: WorkerId) -> String {
    format!("Worker {}", letter(worker))
}

/// The one future for which somebody waits.
fn one_future(on: BlockedOn) -> Option<FutureId> {
    match on {
        BlockedOn::Result(future) | BlockedOn::MapNext(future) => Some(future),
        _ => None,
    }
}

/// Whether nobody would see it: it is written as no time at all.
fn is_nothing(view: &View, span: Span) -> bool {
    view.told(span) == view.told(Span(0))
}

fn the_workers(count: usize) -> String {
    match count {
        1 => "the worker".to_owned(),
        2 => "both workers".to_owned(),
        count => format!("all {count} workers"),
    }
}

/// `one call was before it`, `3 calls are before it`.
fn calls(count: usize, one: &str, many: &str) -> String {
    match count {
        1 => format!("one call {one} before it"),
        count => format!("{count} calls {many} before it"),
    }
}

/// `a, b and c`, or `a, b, c and 4 more`.
fn listed(names: &[String]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        some if some.len() <= NAMED => {
            format!("{} and {}", some[..some.len() - 1].join(", "), some[some.len() - 1])
        }
        many => format!("{} and {} more", many[..NAMED].join(", "), many.len() - NAMED),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::scenario::{Plan, Scenario};
    use crate::sim::Sim;

    /// What is said of each task, up to this moment of a simulated run.
    fn whys(executor: &str, mode: &str, tasks: &str, until: u64) -> String {
        whys_of(executor, &format!(r#"{{"mode":"{mode}"}}"#), tasks, until)
    }

    fn whys_of(executor: &str, program: &str, tasks: &str, until: u64) -> String {
        let text = format!(
            r#"{{"format":1,"executor":{executor},"tasks":[{tasks}],"program":{program}}}"#
        );
        let plan = Arc::new(Scenario::parse(&text).unwrap().check().unwrap());
        let now = Instant::ZERO + Span::from_secs(until);
        let records = Sim::new(plan.clone(), 0).run();
        let until_now = records.into_iter().take_while(|record| record.at <= now);
        told(&plan, until_now, now)
    }

    /// What is said of each task after these records.
    fn told(plan: &Arc<Plan>, records: impl Iterator<Item = Record>, now: Instant) -> String {
        let (mut view, mut whys) = (View::new(plan.clone()).in_scenario_seconds(), Whys::default());
        for record in records {
            view.apply(&record);
            whys.apply(&view, &record);
        }
        let of = |(at, task): (usize, &crate::scenario::TaskPlan)| {
            let future = match view.tasks[at] {
                TaskView::Submitted(future) => Some(future),
                TaskView::Waiting | TaskView::Skipped(_) => None,
            };
            format!("{}: {}", task.id, whys.why(&view, TaskId::at(at), future, now).join(" "))
        };
        plan.tasks.iter().enumerate().map(of).collect::<Vec<_>>().join("\n")
    }

    fn sleeps(seconds: &[u32]) -> String {
        let sleep = |seconds: &u32| {
            format!(r#"{{"id":"t{seconds}","function":"sleep","args":{{"seconds":{seconds}}}}}"#)
        };
        seconds.iter().map(sleep).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn seed_001_tells_who_had_the_workers_and_for_whom_main_waited() {
        let threads = r#"{"kind":"threads","workers":2}"#;
        expect_test::expect![[r#"
            t5: Worker A took it at once.
            t4: Worker B took it at once. Its result lay on the shelf for 1.0 s: main waited for t5 first.
            t3: It waited 4.0 s: both workers had t5 and t4. Worker B took it when it was through with t4.
            t2: It waited 5.0 s: both workers had t5 and t4, and one call was before it. Worker A took it when it was through with t5.
            t1: It waited 7.0 s: both workers had t5 and t4, and 2 calls were before it. Worker A took it when it was through with t2.
        "#]]
        .assert_eq(&(whys(threads, "map", &sleeps(&[5, 4, 3, 2, 1]), 99) + "\n"));
    }

    #[test]
    fn what_main_asked_for_does_not_lie_on_the_shelf() {
        let threads = r#"{"kind":"threads","workers":2}"#;
        let asks = |of: &str| {
            format!(
                r#"{{"steps":[{{"do":"submit","task":["t2","t4"]}},{{"do":"sleep","span":"3s"}},{of}]}}"#
            )
        };
        let both = asks(r#"{"do":"result","of":"t2"},{"do":"result","of":"t4"}"#);
        let told = whys_of(threads, &both, &sleeps(&[2, 4]), 3);
        assert_eq!(
            told.lines().next(),
            Some(
                "t2: Worker A took it at once. Its result lay on the shelf for 1.0 s until main took it."
            )
        );
        let other = asks(r#"{"do":"result","of":"t4"}"#);
        let told = whys_of(threads, &other, &sleeps(&[2, 4]), 3);
        assert_eq!(
            told.lines().next(),
            Some("t2: Worker A took it at once. Its result lies on the shelf: main waits for t4.")
        );
    }

    #[test]
    fn in_the_middle_of_a_run_it_tells_who_has_the_workers() {
        let processes = r#"{"kind":"processes","workers":1}"#;
        expect_test::expect![[r#"
            t4: Worker A took it at once.
            t3: It has waited 1.0 s: the worker has t4, and it is next. It lies in the call queue, where it cannot be cancelled any more.
            t2: It has waited 1.0 s: the worker has t4, and one call is before it.
            t1: It has waited 1.0 s: the worker has t4, and 2 calls are before it.
        "#]]
        .assert_eq(&(whys(processes, "submit", &sleeps(&[4, 3, 2, 1]), 1) + "\n"));
    }

    #[test]
    fn workers_that_have_to_start_are_why_and_so_is_the_way_to_one_that_has_nothing_to_do() {
        let tasks = sleeps(&[3, 2, 1])
            + r#",{"id":"c","function":"sum",
            "args":{"values":[{"from":"t3"},{"from":"t2"},{"from":"t1"}]}}"#;
        let text = format!(
            r#"{{"format":1,"executor":{{"kind":"processes","workers":2}},"tasks":[{tasks}],
            "program":{{"mode":"submit"}}}}"#
        );
        let plan = Arc::new(Scenario::parse(&text).unwrap().check().unwrap());
        // In real time processes take a while to start, and a call has a way to go.
        let mut late = 0;
        let records = Sim::new(plan.clone(), 0).run().into_iter().map(|mut record| {
            late += match record.event {
                Event::WorkerStarted { .. } => 50,
                Event::Taken { .. } => 2,
                _ => 0,
            };
            record.at = record.at + Span::from_ms(late);
            record
        });
        expect_test::expect![[r#"
            t3: It waited 0.10 s: Worker A had to start first, and took it as its first call. For 2.0 ms of that it lay in the call queue, where its future says RUNNING.
            t2: It waited 54 ms: Worker B had to start first, and took it as its first call. For 4.0 ms of that it lay in the call queue, where its future says RUNNING.
            t1: It waited 2.0 s: both workers had t3 and t2. Worker B took it when it was through with t2. For 2.0 s of that it lay in the call queue, where its future says RUNNING.
            c: It needed t1, and was submitted as soon as that was there. It was 2.0 ms on its way to Worker B, which had nothing to do.
        "#]]
        .assert_eq(&(told(&plan, records, Instant::ZERO) + "\n"));
    }

    #[test]
    fn a_task_that_needs_others_tells_which_was_the_last() {
        let tasks = r#"{"id":"a","function":"sleep","args":{"seconds":1}},
            {"id":"b","function":"sleep","args":{"seconds":2}},
            {"id":"c","function":"sum","args":{"values":[{"from":"a"},{"from":"b"}]}}"#;
        let threads = r#"{"kind":"threads","workers":2}"#;
        expect_test::expect![[r#"
            a: Worker A took it at once.
            b: Worker B took it at once.
            c: It needs b.
        "#]]
        .assert_eq(&(whys(threads, "as_completed", tasks, 1) + "\n"));
        expect_test::expect![[r#"
            a: Worker A took it at once.
            b: Worker B took it at once.
            c: It needed b, and was submitted as soon as that was there. Worker B took it at once.
        "#]]
        .assert_eq(&(whys(threads, "as_completed", tasks, 99) + "\n"));
    }
}
