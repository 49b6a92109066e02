//! The table of commands.

use leptos::prelude::*;
use shared::scenario::edit::Edit;
use shared::scenario::{ExecutorKind, Mode};

use super::Command;
use super::Group::{self, Edit as Editing, Look, Page, Program, Run, Time};
use crate::bench::{Bench, GraphAs, Pane, Selection, Tab};
use crate::keys::{more_workers, next_view, press};
use crate::many::Vary;
use crate::program::add_intervention;
use crate::session::Phase;
use crate::topbar::choose_executor;
use crate::{canvas, clipboard, hands, inspector, lineage, many, theme};

const fn new(
    id: &'static str,
    chords: &'static [&'static str],
    does: &'static str,
    group: Group,
    run: fn(Bench),
) -> Command {
    Command {
        id,
        chords,
        does,
        also: "",
        group,
        always: false,
        repeats: false,
        by_browser: false,
        run,
        off: |_| None,
    }
}

const fn always(mut command: Command) -> Command {
    command.always = true;
    command
}

const fn repeats(mut command: Command) -> Command {
    command.repeats = true;
    command
}

const fn by_browser(mut command: Command) -> Command {
    command.by_browser = true;
    command
}

const fn also(mut command: Command, words: &'static str) -> Command {
    command.also = words;
    command
}

const fn unless(mut command: Command, off: fn(Bench) -> Option<&'static str>) -> Command {
    command.off = off;
    command
}

/// All commands.
pub const COMMANDS: &[Command] = &[
    always(unless(new("run", &["Ctrl Enter"], "Run", Run, Bench::run), going)),
    always(unless(new("stop", &["Ctrl ."], "Stop the run", Run, |b| b.session.stop()), not_going)),
    new("how", &["R"], "Choose: for real, or simulated in this page", Run, Bench::other_how),
    new("seed", &["Shift R"], "Simulate with another seed", Run, Bench::simulate_another),
    unless(new("cancel", &["C"], "Cancel the future", Run, Bench::cancel), no_task_in_run),
    unless(new("kill", &["K"], "Kill the worker", Run, Bench::kill), not_going),
    unless(new("gate", &["O"], "Open the gate", Run, Bench::open_gate), no_task_in_run),
    new("act", &["Shift A"], "Add an intervention", Run, add_intervention),
    also(
        new("new-graph", &[], "New graph, empty", Editing, Bench::new_graph),
        "clear everything and begin anew",
    ),
    new("add", &["N"], "Add a task", Editing, |b| b.adding.set(true)),
    new("note", &["Shift N"], "Add a note", Editing, Bench::new_note),
    new("connect", &["E"], "Connect to…", Editing, Bench::start_wiring),
    unless(new("edit", &["F2"], "Edit in place", Editing, Bench::edit_selected), nothing_at_all),
    unless(
        new("panel", &["Shift F2"], "Edit in the panel", Editing, inspector::focus_first_field),
        nothing_selected,
    ),
    unless(new("duplicate", &["Ctrl D"], "Duplicate", Editing, Bench::duplicate), nothing_selected),
    unless(
        by_browser(new("copy", &["Ctrl C"], "Copy", Editing, clipboard::copy_selected)),
        nothing_selected,
    ),
    unless(
        by_browser(new("cut", &["Ctrl X"], "Cut", Editing, clipboard::cut_selected)),
        nothing_selected,
    ),
    by_browser(new("paste", &["Ctrl V"], "Paste", Editing, clipboard::paste_asked)),
    unless(
        also(
            new("delete", &["Delete", "Backspace"], "Delete", Editing, Bench::remove_selected),
            "remove what is selected",
        ),
        nothing_at_all,
    ),
    unless(new("undo", &["Ctrl Z"], "Undo", Editing, Bench::undo), nothing_to_undo),
    unless(new("redo", &["Ctrl Shift Z", "Ctrl Y"], "Redo", Editing, Bench::redo), nothing_to_redo),
    new("layout", &["L"], "Lay the graph out", Editing, |b| b.editor.lay_out()),
    new("all", &["Ctrl A"], "Select all tasks", Look, Bench::select_all),
    unless(
        new("upstream", &["["], "Select what it needs, and what that needs", Look, |b| {
            lineage::select(b, lineage::Way::Up);
        }),
        nothing_selected,
    ),
    unless(
        new("downstream", &["]"], "Select what needs it, and what needs that", Look, |b| {
            lineage::select(b, lineage::Way::Down);
        }),
        nothing_selected,
    ),
    new("chain", &[], "Select the longest chain", Look, Bench::select_chain),
    also(new("fit", &["Shift 1"], "Fit the graph", Look, |_| canvas::fit()), "zoom to all"),
    unless(
        new("fit-selection", &["Shift 2"], "Fit the selection", Look, |_| {
            canvas::fit_selected();
        }),
        nothing_selected,
    ),
    new("next-view", &["G"], "Go from graph to timeline to story", Look, next_view),
    new("canvas", &[], "Show the graph as a drawing", Look, |b| show_graph(b, GraphAs::Canvas)),
    new("outline", &[], "Show the graph as an outline", Look, |b| show_graph(b, GraphAs::Outline)),
    new("timeline", &[], "Show the timeline", Look, |b| show(b, Tab::Timeline)),
    new("story", &[], "Show the story", Look, |b| show(b, Tab::Story)),
    new("results", &[], "Show the results", Look, |b| show(b, Tab::Results)),
    new("code", &[], "Show the program's text", Look, |b| show(b, Tab::Code)),
    unless(new("start", &["Home"], "To the start of the run", Time, Bench::to_start), no_run),
    unless(
        new("now", &["End"], "Back to now, or to the end", Time, |b| b.session.go_live()),
        no_run,
    ),
    unless(repeats(new("back", &[","], "One event back", Time, |b| b.step(false))), no_run),
    unless(repeats(new("forth", &["."], "One event on", Time, |b| b.step(true))), no_run),
    unless(
        repeats(new(
            "back-selected",
            &["Shift ,"],
            "Back to the event before, of the selection",
            Time,
            |b| {
                b.step_selected(false);
            },
        )),
        no_run,
    ),
    unless(
        repeats(new(
            "forth-selected",
            &["Shift ."],
            "On to the next event of the selection",
            Time,
            |b| {
                b.step_selected(true);
            },
        )),
        no_run,
    ),
    unless(new("play", &[], "Play from here, or hold", Time, |b| b.session.play_or_hold()), no_run),
    new("faster", &[], "Play faster", Time, |b| b.change_pace(true)),
    new("slower", &[], "Play slower", Time, |b| b.change_pace(false)),
    new("program", &[], "Show the program as steps", Look, |b| show(b, Tab::Program)),
    also(
        new("compare", &["B"], "Compare with the run before", Look, |b| {
            b.many.shown.set(None);
            show(b, Tab::Compare);
        }),
        "two runs side by side, differences",
    ),
    also(
        new("by hand", &[], "Be the scheduler: simulate by hand", Time, hands::start),
        "give calls to workers yourself, manual",
    ),
    also(
        new("thirty", &[], "Run it 30 times", Look, |b| many::start(b, Vary::Nature)),
        "repeat thirty spread order places seeds",
    ),
    also(
        new("sweep workers", &[], "Run it with 1, 2, 3 … workers", Look, |b| {
            many::start(b, Vary::Workers);
        }),
        "sweep curve scale",
    ),
    also(
        new("sweep chunks", &[], "Run it with chunks of 1, 10, 100 …", Look, |b| {
            many::start(b, Vary::Chunks);
        }),
        "sweep curve chunksize",
    ),
    unless(
        new("keep", &["Shift B"], "Keep this run to compare with", Look, Bench::keep_run),
        no_run,
    ),
    new("submit", &["1"], "Choose submit", Program, |b| set_mode(b, Mode::Submit)),
    new("map", &["2"], "Choose map", Program, |b| set_mode(b, Mode::Map)),
    new("as-completed", &["3"], "Choose as_completed", Program, |b| set_mode(b, Mode::AsCompleted)),
    new("wait", &["4"], "Choose wait", Program, |b| set_mode(b, Mode::Wait)),
    new("threads", &["T"], "Choose threads", Program, |b| {
        choose_executor(b, ExecutorKind::Threads);
    }),
    new("interpreters", &["I"], "Choose interpreters", Program, |b| {
        choose_executor(b, ExecutorKind::Interpreters);
    }),
    new("processes", &["P"], "Choose processes", Program, |b| {
        choose_executor(b, ExecutorKind::Processes);
    }),
    new("pool", &["M"], "Choose multiprocessing.Pool", Program, |b| {
        choose_executor(b, ExecutorKind::Pool);
    }),
    repeats(new("more-workers", &["+"], "One worker more", Program, |b| more_workers(b, 1))),
    repeats(new("fewer-workers", &["-"], "One worker less", Program, |b| more_workers(b, -1))),
    always(new("commands", &["Ctrl K"], "Find a command, a task, an example", Page, |b| {
        b.finding.set(true);
    })),
    also(new("share", &["Shift S"], "Share", Page, |_| press("[data-share]")), "copy a link"),
    always(new("theme", &["Alt Shift D"], "Dark or light", Page, |_| theme::toggle())),
    new("keys", &["?"], "Show all keys", Page, |b| b.keys_shown.set(true)),
    also(
        new("gallery", &[], "Open the gallery of examples", Page, |_| go("/gallery")),
        "examples of the tutorials",
    ),
    new("limits", &[], "Show all limits", Page, |_| go("/limits")),
];

fn going(bench: Bench) -> Option<&'static str> {
    let going = bench.session.phase.with(Phase::is_going);
    going.then_some("A run is going: stop it first.")
}

fn not_going(bench: Bench) -> Option<&'static str> {
    let going = bench.session.phase.with(Phase::is_going);
    (!going).then_some("Nothing runs. Press Run.")
}

fn nothing_to_undo(bench: Bench) -> Option<&'static str> {
    bench.editor.undo_name().is_none().then_some("Nothing to undo.")
}

fn nothing_to_redo(bench: Bench) -> Option<&'static str> {
    bench.editor.redo_name().is_none().then_some("Nothing to redo.")
}

fn no_run(bench: Bench) -> Option<&'static str> {
    let none = bench.session.plan.with(Option::is_none);
    none.then_some("There is no run yet. Press Run.")
}

fn nothing_selected(bench: Bench) -> Option<&'static str> {
    let some = bench.selection.with(|selection| matches!(selection, Selection::Tasks(_)));
    (!some).then_some("Select a task first.")
}

fn nothing_at_all(bench: Bench) -> Option<&'static str> {
    if bench.note.with(Option::is_some) { None } else { nothing_selected(bench) }
}

fn no_task_in_run(bench: Bench) -> Option<&'static str> {
    let one = bench.selection.with(|selection| selection.one().map(str::to_owned));
    let in_run = one.is_some_and(|id| bench.session.task_id(&id).is_some());
    (!in_run).then_some("Select one task of a run first.")
}

fn set_mode(bench: Bench, mode: Mode) {
    bench.editor.edit(Edit::SetMode(mode));
}

fn show(bench: Bench, tab: Tab) {
    bench.pane.set(Pane::Dock);
    bench.tab.set(tab);
}

fn show_graph(bench: Bench, graph_as: GraphAs) {
    bench.pane.set(Pane::Graph);
    bench.graph_as.set(graph_as);
}

fn go(address: &str) {
    let _ = window().location().set_href(address);
}
