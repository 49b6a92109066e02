//! Files: the experiment and its run in the forms that one can keep, and what can be opened again.
//!
//! ```text
//!  records ──Form──▶ .json .svg .html .trace.json      a scenario ◀── .json
//!            .svg ──browser──▶ .png + scenario ──────────────────────▶ .png
//! ```

use leptos::ev::{dragover, drop};
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::export::form::Form;
use shared::export::picture::{Theme, picture};
use shared::export::png;
use shared::limits;
use shared::scenario::Scenario;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{CanvasRenderingContext2d, DataTransfer, File, HtmlCanvasElement, HtmlImageElement};

use crate::address;
use crate::bench::Bench;
use crate::download::{download, download_bytes, file_name};

/// A PNG has so many pixels for one of the picture, for screens that have as many.
const SHARP: f64 = 2.0;

/// Pixels that a side of an image has at most, so that every browser can make it.
const SIDE: f64 = 16_000.0;

/// What can be kept as a file, and that one can be opened.
#[component]
pub fn Files() -> impl IntoView {
    let bench = Bench::get();
    let session = bench.session;
    let has_run = move || {
        session.tick.track();
        session.whole(|all| all.fold.next_seq() > 0) == Some(true)
    };
    let button = move |words: &'static str, title: &'static str, form: Form| {
        let needs_run = form != Form::Scenario;
        view! {
            <button
                type="button"
                class="btn"
                title=title
                disabled=move || needs_run && !has_run()
                on:click=move |_| keep(bench, form)
            >
                {words}
            </button>
        }
    };
    let chooser = NodeRef::<Input>::new();
    let choose = move |_| {
        if let Some(chooser) = chooser.get_untracked() {
            chooser.click();
        }
    };
    let chosen = move |_| {
        let Some(chooser) = chooser.get_untracked() else { return };
        if let Some(file) = chooser.files().and_then(|files| files.get(0)) {
            open(bench, file);
        }
        // The same file can be chosen again.
        chooser.set_value("");
    };
    view! {
        <div class="files">
            <b>"As a file"</b>
            <div>
                {button("Experiment", "The scenario as JSON, for the shell and for this page", Form::Scenario)}
                {button("Replay", "One HTML file that replays the run wherever it is opened", Form::Report)}
                <button
                    type="button"
                    class="btn"
                    title="Graph and timeline as an image; dropped on this page, it opens the experiment"
                    disabled=move || !has_run()
                    on:click=move |_| keep_png(bench)
                >
                    "PNG"
                </button>
                {button("SVG", "Graph and timeline as a drawing", Form::Picture)}
                {button("Trace", "For ui.perfetto.dev, Chrome and Speedscope", Form::Trace)}
                <button type="button" class="btn" on:click=choose>"Open a file…"</button>
                <input
                    type="file"
                    class="hide"
                    node_ref=chooser
                    accept=".json,.png,application/json,image/png"
                    aria-label="A file with an experiment"
                    tabindex="-1"
                    on:change=chosen
                />
            </div>
            <p>"An experiment, or a PNG with one in it, can also be dropped on the page."</p>
        </div>
    }
}

/// Keeps the run, or the document, as a file.
fn keep(bench: Bench, form: Form) {
    if form == Form::Scenario {
        let scenario = bench.editor.scenario.get_untracked();
        return keep_text(bench, &scenario.title, form, &scenario.to_json());
    }
    let steered = untrack(|| bench.session.is_steered());
    let simulated = bench.session.simulated.with_untracked(Option::is_some);
    let made = bench.session.whole(|all| {
        let link =
            (form == Form::Report).then(|| address::of_recorded(all, simulated, steered).ok());
        let title = all.fold.view.plan().scenario.title.clone();
        (title, form.written(&all.run(simulated), theme(), link.flatten().as_deref()))
    });
    if let Some((title, text)) = made {
        keep_text(bench, &title, form, &text);
    }
}

fn keep_text(bench: Bench, title: &str, form: Form, text: &str) {
    let name = file_name(title, form.ending());
    say_kept(bench, &name, download(&name, text));
}

fn say_kept(bench: Bench, name: &str, kept: bool) {
    bench.say_downloaded(name, kept, "The browser does not let us keep a file.");
}

/// Keeps the run as an image, with its experiment inside.
fn keep_png(bench: Bench) {
    let simulated = bench.session.simulated.with_untracked(Option::is_some);
    let drawn = bench.session.whole(|all| {
        let scenario = &all.fold.view.plan().scenario;
        let drawn = picture(&all.fold.view, &all.timeline, simulated, theme());
        (drawn, scenario.title.clone(), scenario.to_json())
    });
    let Some((drawn, title, scenario)) = drawn else { return };
    let name = file_name(&title, "png");
    spawn_local(async move {
        let image = image_of(&drawn.svg, drawn.size).await;
        let with = image.and_then(|image| png::with_text(&image, &scenario));
        let kept = with.is_some_and(|image| download_bytes(&name, &image));
        say_kept(bench, &name, kept);
    });
}

/// What the browser makes of a drawing: the bytes of a PNG.
async fn image_of(svg: &str, (width, height): (f64, f64)) -> Option<Vec<u8>> {
    let image = HtmlImageElement::new().ok()?;
    let text = js_sys::encode_uri_component(svg);
    image.set_src(&format!("data:image/svg+xml;charset=utf-8,{text}"));
    JsFuture::from(image.decode()).await.ok()?;
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    // A graph may be so tall that no browser has room for two pixels in place of one.
    let sharp = SHARP.min(SIDE / width.max(height));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a few thousand
    let pixels = |side: f64| (side * sharp) as u32;
    canvas.set_width(pixels(width));
    canvas.set_height(pixels(height));
    let context = canvas.get_context("2d").ok()??;
    let context: CanvasRenderingContext2d = context.dyn_into().ok()?;
    let (width, height) = (width * sharp, height * sharp);
    context
        .draw_image_with_html_image_element_and_dw_and_dh(&image, 0.0, 0.0, width, height)
        .ok()?;
    let url = canvas.to_data_url_with_type("image/png").ok()?;
    let bytes = window().atob(url.split_once(',')?.1).ok()?;
    // One character is one byte.
    bytes.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

/// The theme that the page is shown in.
fn theme() -> Theme {
    if crate::theme::is_dark() { Theme::Dark } else { Theme::Light }
}

/// Takes files that are dropped anywhere on the page, for as long as the workbench is there.
pub fn listen(bench: Bench) {
    let has_files = |data: &DataTransfer| {
        data.types().iter().any(|kind| kind.as_string().as_deref() == Some("Files"))
    };
    let on_over = window_event_listener(dragover, move |event| {
        if event.data_transfer().is_some_and(|data| has_files(&data)) {
            // Without this the browser would leave the page and show the file.
            event.prevent_default();
        }
    });
    let on_drop = window_event_listener(drop, move |event| {
        let Some(data) = event.data_transfer().filter(has_files) else { return };
        event.prevent_default();
        if let Some(file) = data.files().and_then(|files| files.get(0)) {
            open(bench, file);
        }
    });
    on_cleanup(move || {
        on_over.remove();
        on_drop.remove();
    });
}

/// Opens the experiment in a file, or says why there is none.
fn open(bench: Bench, file: File) {
    let name = file.name();
    if file.size() > 16.0 * limits::SCENARIO_BYTES as f64 {
        return bench.say(format!("{name} is too large to hold an experiment."));
    }
    spawn_local(async move {
        let bytes = match JsFuture::from(file.array_buffer()).await {
            Ok(buffer) => js_sys::Uint8Array::new(&buffer).to_vec(),
            Err(_) => return bench.say(format!("The browser could not read {name}.")),
        };
        match experiment_in(&bytes) {
            Ok(scenario) => {
                bench.open(scenario, "open a file");
                bench.say(format!("Opened {name}. Undo brings the old one back."));
            }
            Err(why) => bench.say(format!("{name} {why}")),
        }
    });
}

fn experiment_in(bytes: &[u8]) -> Result<Scenario, String> {
    let text = match png::text_of(bytes) {
        Some(text) => text,
        None if bytes.starts_with(b"\x89PNG") => {
            return Err(
                "is a picture without an experiment in it: ours have one inside, unless a \
                        program that it went through took it out."
                    .to_owned(),
            );
        }
        None => std::str::from_utf8(bytes)
            .map_err(|_| "holds no experiment: neither JSON nor one of our pictures.".to_owned())?,
    };
    Scenario::parse(text).map_err(|error| format!("holds no experiment that can be read: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_no_experiment_is_told_apart() {
        let text = include_str!("../../static/examples/seed-001-line-024-map.json");
        assert_eq!(experiment_in(text.as_bytes()), Ok(Scenario::parse(text).unwrap()));
        for (bytes, words) in [
            (&b"\x89PNG\r\n\x1a\n"[..], "picture without an experiment"),
            (b"\xff\xfe", "neither JSON nor"),
            (b"[1]", "no experiment that can be read"),
        ] {
            let why = experiment_in(bytes).unwrap_err();
            assert!(why.contains(words), "{why}");
        }
    }
}
