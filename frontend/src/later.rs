//! What comes after the first picture: half of the page's code, in a file of its own.
//!
//! ```text
//!  app.wasm    document, graph, top bar ──▶ the graph stands
//!  later.wasm  runs, panels, dialogs    ──▶ [`Parts`] ──▶ into their places
//! ```
//!
//! `cargo xtask page` moves whatever is reached only through [`Parts`] into the second file. So the
//! first half calls none of it by its name: it asks [`Later`].

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

use shared::view::bounds::Bounds;

use crate::bench::{Bench, Tab};
use crate::canvas::{self, Camera, Gestures};
use crate::code::Code;
use crate::compare::Compare;
use crate::drafts::{self, DraftList};
use crate::finder::Finder;
use crate::functions::ExampleList;
use crate::gallery::Gallery;
use crate::hands::Hands;
use crate::honesty::Honesty;
use crate::inspector::Inspector;
use crate::keys::{self, Keys};
use crate::limits::Limits;
use crate::menu::ContextMenu;
use crate::new_task::NewTask;
use crate::outline::Outline;
use crate::program::Program;
use crate::proof::{self, Proof};
use crate::recording::Recording;
use crate::results::Results;
use crate::session::Session;
use crate::share::Links;
use crate::starters::Starters;
use crate::story::StoryList;
use crate::timeline::Timeline;
use crate::told::Told;
use crate::topbar::OptionFields;
use crate::{address, clipboard, commands, files, ghost};

/// How often the second file is asked for.
const ATTEMPTS: u32 = 4;

/// Milliseconds before it is asked for again, the first time; then twice as many, and so on.
const PAUSE_MS: u64 = 500;

/// The ways into the second file.
pub struct Parts {
    /// Takes up what goes on for as long as the workbench is there: keys, drafts, the address. Whether
    /// that holds a scenario which could not be read.
    pub take_up: fn(Bench, bool),
    /// Does the command of this id.
    pub command: fn(Bench, &'static str),
    /// The keys of this command.
    pub chord: fn(Bench, &'static str) -> Option<String>,
    /// What a run could have taken at best.
    pub bounds: fn(Session) -> Option<Bounds>,
    /// The hash of the log that is here.
    pub log_hash: fn(Session) -> Option<u32>,
    /// A tab of the dock.
    pub tab: fn(Tab) -> AnyView,
    /// Whose turn it is, above any tab.
    pub hands: fn() -> AnyView,
    /// The sentence on a run above the dock.
    pub honesty: fn() -> AnyView,
    /// The panel at the right.
    pub inspector: fn() -> AnyView,
    /// Dialogs, menus, and the run told aloud.
    pub around: fn() -> AnyView,
    /// The graph as a list.
    pub outline: fn() -> AnyView,
    /// The form over a node and the field over a note.
    pub in_place: fn(Camera, Gestures) -> AnyView,
    /// Examples, for the panel at the left.
    pub examples: fn() -> AnyView,
    /// Drafts, for the same.
    pub drafts: fn() -> AnyView,
    /// What executor and mode can be told.
    pub options: fn() -> AnyView,
    /// What Share opens.
    pub links: fn() -> AnyView,
    /// The hash of a simulated log.
    pub proof: Proof,
    /// What an empty graph may begin with.
    pub starters: fn() -> AnyView,
    /// The page of all examples.
    pub gallery: fn() -> AnyView,
    /// The page of limits.
    pub limits: fn() -> AnyView,
}

/// Where the second file begins.
#[wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
#[allow(clippy::unnecessary_wraps)] // what cannot be fetched is refused in its place
fn parts() -> Result<Box<Parts>, SplitLoaderError> {
    Ok(Box::new(Parts {
        take_up: |bench, is_broken| {
            keys::listen(bench);
            clipboard::listen(bench);
            files::listen(bench);
            drafts::keep(bench);
            ghost::follow(bench);
            if is_broken {
                address::say_trouble(bench);
            }
            address::follow(bench);
            address::keep(bench);
        },
        command: |bench, id| commands::command(id).run(bench),
        chord: |bench, id| bench.chords(commands::command(id)).into_iter().next(),
        bounds: |session| session.whole(|all| Bounds::of(&all.fold.view, &all.timeline)).flatten(),
        log_hash: |session| session.whole(Recording::log_hash),
        tab: |tab| match tab {
            Tab::Timeline => Timeline().into_any(),
            Tab::Story => StoryList().into_any(),
            Tab::Results => Results().into_any(),
            Tab::Code => Code().into_any(),
            Tab::Program => Program().into_any(),
            Tab::Compare => Compare().into_any(),
        },
        hands: || Hands().into_any(),
        honesty: || Honesty().into_any(),
        inspector: || Inspector().into_any(),
        around: || view! { <NewTask/><Finder/><ContextMenu/><Keys/><Told/> }.into_any(),
        outline: || Outline().into_any(),
        in_place: |camera, gestures| canvas::in_place(camera, gestures).into_any(),
        examples: || ExampleList().into_any(),
        drafts: || DraftList().into_any(),
        options: || OptionFields().into_any(),
        links: || Links().into_any(),
        proof: proof::hash,
        starters: || Starters().into_any(),
        gallery: || Gallery().into_any(),
        limits: || Limits().into_any(),
    }))
}

/// The second file, as far as it is here. A handle: copies are the same.
#[derive(Clone, Copy)]
pub struct Later(RwSignal<Option<&'static Parts>>);

impl Later {
    /// Fetches it, and says so on the page once it is here or cannot be had.
    pub fn fetch() -> Self {
        let later = Self(RwSignal::new(None));
        later.ask(1);
        later
    }

    fn ask(self, attempt: u32) {
        spawn_local(async move {
            match parts().await {
                Ok(parts) => {
                    proof::offer(parts.proof);
                    self.0.set(Some(Box::leak(parts)));
                    // What it fills is there when the effects have run.
                    request_animation_frame(tell_ready);
                }
                Err(_) if attempt < ATTEMPTS => {
                    let pause = Duration::from_millis(PAUSE_MS << (attempt - 1));
                    set_timeout(move || self.ask(attempt + 1), pause);
                }
                Err(_) => tell_half(),
            }
        });
    }

    /// Whether it is here.
    pub fn is_here(self) -> bool {
        self.0.with(Option::is_some)
    }

    /// Something of it, for its place in a view: nothing until it is here.
    pub fn view(
        self,
        of: impl Fn(&'static Parts) -> AnyView + Send + 'static,
    ) -> impl Fn() -> Option<AnyView> + Send + 'static {
        move || self.ask_for(|parts| untrack(|| of(parts)))
    }

    /// An answer of it; none until it is here.
    pub fn ask_for<T>(self, of: impl FnOnce(&'static Parts) -> T) -> Option<T> {
        self.0.get().map(of)
    }
}

/// Tells whoever waits for the whole page, on its outermost element.
fn tell_ready() {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-ready", "true");
    }
}

/// Says above everything that half of the page is missing.
fn tell_half() {
    let Ok(said) = document().create_element("p") else { return };
    // It looks like what is said when there is no page at all.
    said.set_id("shell");
    let _ = said.set_attribute("role", "alert");
    said.set_text_content(Some(
        "Half of the workbench did not arrive, the one with Run in it. Load the page again; if that \
         does not help, the server may be down.",
    ));
    if let Some(body) = document().body() {
        let _ = body.prepend_with_node_1(&said);
    }
}
