//! The page: one component for each address, mounted once.
//!
//! ```text
//!  address ──▶ bench (document, run, selection) ──signals──▶ top bar, canvas, inspector, dock, legend
//!                  ▲                                                        │
//!                  └───────────── edits, acts, selection ───────────────────┘
//! ```
//!
//! It compiles for the browser and natively. Natively it cannot run, for want of a document, but
//! clippy and the tests reach it.

// Handles of signals are passed as what they are, numbers; they are large only natively, where each
// remembers where it was made.
#![allow(clippy::large_types_passed_by_value)]

mod address;
mod api;
mod bench;
mod canvas;
mod clipboard;
mod code;
mod commands;
mod compare;
mod dock;
mod download;
mod drafts;
mod editor;
mod files;
mod finder;
mod focus;
mod fold;
mod frames;
mod functions;
mod gallery;
mod ghost;
mod hands;
mod honesty;
mod icons;
mod inspector;
mod kept;
mod keys;
mod later;
mod limits;
mod lineage;
mod many;
mod menu;
mod modal;
mod new_task;
mod notice;
mod outline;
mod outside;
mod palette;
mod picker;
mod program;
mod proof;
mod recording;
mod results;
mod run_lanes;
mod session;
mod share;
mod size;
mod socket;
mod starters;
mod status;
mod story;
mod theme;
mod timeline;
mod told;
mod topbar;
mod units;
mod workbench;

use leptos::prelude::*;

use crate::later::Later;
use crate::workbench::WorkbenchProps;

fn main() {
    console_error_panic_hook::set_once();
    mount_to_body(App);
    if let Some(shell) = document().get_element_by_id("shell") {
        shell.remove();
    }
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-drawn", "true");
    }
}

/// The page at the present address. Links between pages load it anew, from the browser's cache.
#[component]
fn App() -> impl IntoView {
    let later = Later::fetch();
    let path = window().location().pathname().unwrap_or_default();
    match path.as_str() {
        "/gallery" => later.view(|parts| (parts.gallery)()).into_any(),
        "/limits" => later.view(|parts| (parts.limits)()).into_any(),
        _ => workbench::Workbench(WorkbenchProps { later }).into_any(),
    }
}
