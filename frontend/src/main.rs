//! The page: mounts the one component there is so far.
//!
//! It compiles for the browser and natively. Natively it cannot run, for want of a
//! document, but clippy and the tests reach it.

use leptos::prelude::*;

fn main() {
    console_error_panic_hook::set_once();
    mount_to_body(App);
}

/// The whole page: a heading and where to go instead.
#[component]
fn App() -> impl IntoView {
    view! {
        <main>
            <h1>"Futurescope"</h1>
            <p>
                "The workbench is not built yet: for now "<code>"futurescope run FILE"</code>
                " runs scenarios from the shell."
            </p>
        </main>
    }
}
