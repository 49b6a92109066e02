//! Dialogs that are open while a signal says so.

use leptos::html::Dialog;
use leptos::prelude::*;

/// Opens and closes a dialog as `open` says; `begin` comes before each opening.
pub fn follow(dialog: NodeRef<Dialog>, open: RwSignal<bool>, begin: impl Fn() + 'static) {
    Effect::new(move |_| {
        let open = open.get();
        let Some(dialog) = dialog.get() else { return };
        if open && !dialog.open() {
            begin();
            let _ = dialog.show_modal();
        } else if !open && dialog.open() {
            dialog.close();
        }
    });
}
