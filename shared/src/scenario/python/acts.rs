//! What a person does, as threads that do it in their name.

use super::{Text, seconds};
use crate::listing::Does;
use crate::scenario::Anchor;
use crate::scenario::plan::AnchorKind;
use crate::scenario::{ExecutorKind, Intervention, Moment, PlannedAct};

const AFTER: &str = "\
def after(condition, seconds, act):
    \"\"\"Acts so many seconds after a condition has come true.\"\"\"
    def watch():
        while not condition():
            time.sleep(0.001)
        time.sleep(seconds)
        act()

    threading.Thread(target=watch, daemon=True).start()
";

impl Text<'_> {
    /// The acts at a time of their own. They stand where the executor has just been made.
    pub fn timers(&mut self, future: &dyn Fn(&mut Self, &str) -> String) {
        let plan = self.plan;
        for (number, planned) in (0..).zip(&plan.scenario.interventions) {
            self.timer(planned, number, future);
        }
    }

    /// The acts that follow an event of this task. They stand where its future is known.
    pub fn followers(&mut self, task: &str, future: &dyn Fn(&mut Self, &str) -> String) {
        let plan = self.plan;
        for (number, planned) in (0..).zip(&plan.scenario.interventions) {
            let Some(anchor) = &planned.when.after else { continue };
            let (of, kind) = anchor_of(anchor);
            if of != task {
                continue;
            }
            let Some(act) = self.act(&planned.act, future) else {
                self.cannot(planned, number);
                continue;
            };
            let anchor = future(self, task);
            let is_pool = self.plan.kind() == ExecutorKind::Pool;
            let condition = match kind {
                AnchorKind::Submitted => "True".to_owned(),
                AnchorKind::Finished if is_pool => format!("{anchor}.ready()"),
                AnchorKind::Finished => format!("{anchor}.done()"),
                AnchorKind::Cancelled => format!("{anchor}.cancelled()"),
                // A future does not tell whether a worker has its call.
                AnchorKind::Taken | AnchorKind::Running if is_pool => {
                    self.cannot(planned, number);
                    continue;
                }
                AnchorKind::Taken | AnchorKind::Running => {
                    format!("{anchor}.running() or {anchor}.done()")
                }
            };
            let wait = planned.when.plus.map_or_else(|| "0".to_owned(), seconds);
            self.page.import("threading");
            self.page.import("time");
            self.page.helper("after", AFTER);
            let line = format!("after(lambda: {condition}, {wait}, lambda: {act})");
            self.page.line(line, [Does::Act(number)]);
        }
    }

    /// Whether some act follows an event of this task.
    pub fn is_followed(&self, task: &str) -> bool {
        let mut anchors = self
            .plan
            .scenario
            .interventions
            .iter()
            .filter_map(|planned| planned.when.after.as_ref());
        anchors.any(|anchor| anchor_of(anchor).0 == task)
    }

    /// The acts of a program that has no future in its hands: those that need none, at their times.
    pub fn acts_without_futures(&mut self) {
        let plan = self.plan;
        for (number, planned) in (0..).zip(&plan.scenario.interventions) {
            let needs_one =
                planned.when.after.is_some() || matches!(planned.act, PlannedAct::Cancel(_));
            if needs_one {
                self.cannot(planned, number);
            } else {
                self.timer(planned, number, &|_, _| unreachable!("it needs no future"));
            }
        }
    }

    fn timer(
        &mut self,
        planned: &Intervention,
        number: u32,
        future: &dyn Fn(&mut Self, &str) -> String,
    ) {
        let Moment { at: Some(at), .. } = planned.when else { return };
        let Some(act) = self.act(&planned.act, future) else {
            return self.cannot(planned, number);
        };
        self.page.import("threading");
        let line = format!("threading.Timer({}, lambda: {act}).start()", seconds(at));
        self.page.line(line, [Does::Act(number)]);
    }

    fn act(
        &mut self,
        act: &PlannedAct,
        future: &dyn Fn(&mut Self, &str) -> String,
    ) -> Option<String> {
        let kind = self.plan.kind();
        let kill = |text: &mut Self, number: u32| {
            text.page.import("os");
            text.page.import("signal");
            match kind {
                ExecutorKind::Pool => {
                    format!("os.kill(pool._pool[{number}].pid, signal.SIGKILL)")
                }
                _ => format!("os.kill(list(executor._processes)[{number}], signal.SIGKILL)"),
            }
        };
        Some(match act {
            PlannedAct::Cancel(task) => format!("{}.cancel()", future(self, task)),
            PlannedAct::Open(_) => "gate_opened.set()".to_owned(),
            PlannedAct::KillWorker(number) => kill(self, *number),
            // Whichever worker dies, the whole pool is broken.
            PlannedAct::KillWorkerOf(_) if kind == ExecutorKind::Processes => kill(self, 0),
            PlannedAct::KillWorkerOf(_) => return None,
            PlannedAct::Shutdown { .. } if kind == ExecutorKind::Pool => {
                "pool.terminate()".to_owned()
            }
            PlannedAct::Shutdown { cancel_futures: false } => {
                "executor.shutdown(wait=False)".to_owned()
            }
            PlannedAct::Shutdown { cancel_futures: true } => {
                "executor.shutdown(wait=False, cancel_futures=True)".to_owned()
            }
        })
    }

    fn cannot(&mut self, planned: &Intervention, number: u32) {
        let what = match &planned.act {
            PlannedAct::Cancel(task) => format!("cancels \"{task}\""),
            PlannedAct::KillWorkerOf(task) => format!("kills the worker that has \"{task}\""),
            PlannedAct::KillWorker(number) => format!("kills worker {number}"),
            PlannedAct::Open(task) => format!("opens the gate of \"{task}\""),
            PlannedAct::Shutdown { .. } => "shuts the executor down".to_owned(),
        };
        let line = format!("# Here a person {what}, which a program cannot do by itself.");
        self.page.line(line, [Does::Act(number)]);
    }
}

fn anchor_of(anchor: &Anchor) -> (&str, AnchorKind) {
    match anchor {
        Anchor::Submitted(task) => (task, AnchorKind::Submitted),
        Anchor::Running(task) => (task, AnchorKind::Running),
        Anchor::Taken(task) => (task, AnchorKind::Taken),
        Anchor::Finished(task) => (task, AnchorKind::Finished),
        Anchor::Cancelled(task) => (task, AnchorKind::Cancelled),
    }
}
