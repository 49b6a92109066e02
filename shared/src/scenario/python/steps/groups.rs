//! Tasks that are submitted together and only ever used together: one list instead of many names.

use crate::scenario::{Names, Plan, Step};

/// The tasks of each step that submits several which nobody names one by one.
pub fn find(steps: &[Step], plan: &Plan) -> Vec<Vec<String>> {
    let candidates = steps.iter().filter_map(|step| match step {
        Step::Submit { task } | Step::ApplyAsync { task, .. } if task.as_slice().len() > 1 => {
            Some(task.as_slice().to_vec())
        }
        _ => None,
    });
    candidates.filter(|group| is_only_used_together(group, steps, plan)).collect()
}

fn is_only_used_together(group: &[String], steps: &[Step], plan: &Plan) -> bool {
    let is_input = |name: &String| {
        let id = plan.names[name.as_str()];
        plan.tasks.iter().any(|task| task.inputs.contains(&id))
    };
    let is_node = |name: &String| plan.task(plan.names[name.as_str()]).items.is_some();
    let mut submits = 0;
    plan.scenario.interventions.is_empty()
        && !group.iter().any(|name| is_input(name) || is_node(name))
        && steps.iter().all(|step| allows(group, step, plan, &mut submits))
        && submits == 1
}

/// Whether a step uses all of them, or none.
fn allows(group: &[String], step: &Step, plan: &Plan, submits: &mut u32) -> bool {
    let has = |name: &String| group.contains(name);
    let all_or_none =
        |names: &Names| names.as_slice() == group || !names.as_slice().iter().any(has);
    let here = match (step, step.goes_through(), step.asks()) {
        (Step::Submit { task } | Step::ApplyAsync { task, .. }, ..) => {
            if task.as_slice() == group {
                *submits += 1;
            }
            all_or_none(task)
        }
        // Pool's results are waited for one by one.
        (Step::Wait { of, .. }, ..) if !plan.kind().has_futures() => !of.as_slice().iter().any(has),
        (_, Some(names), _) => all_or_none(names),
        (_, None, Some(of)) => !group.iter().any(|name| name == of),
        (_, None, None) => true,
    };
    here && step
        .blocks()
        .iter()
        .all(|(_, block)| block.iter().all(|step| allows(group, step, plan, submits)))
}
