//! The page as a folder, and the sources that it is made of.

use super::*;

/// Sources like those in `static`, as small as they can be.
fn sources(index: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("style")).unwrap();
    for (name, content) in [
        ("index.html", index),
        ("boot.js", "import('{{app.js}}'); fetch('{{app.wasm}}');"),
        ("theme.js", "theme"),
        ("favicon.svg", "<svg/>"),
        ("icons.svg", "<symbol/>"),
        ("style/zoom.css", "zoom"),
        ("style/parts.css", "parts"),
        ("style/tokens.css", "tokens\n"),
        ("style/canvas.css", "canvas"),
        ("style/README.md", "not a stylesheet"),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

fn bundle_of(wasm: &str) -> Bundle {
    let js = br#"import * as it from "./split.js"; ({"./split.js": it})"#.to_vec();
    let split_js = br#"import { it } from "./app.js"; new URL("./later.wasm")"#.to_vec();
    Bundle { js, wasm: wasm.as_bytes().to_vec(), split_js, later_wasm: b"later".to_vec() }
}

/// The names of all files in the page's assets, in order.
fn assets(page: &Page) -> Vec<String> {
    let entries = fs::read_dir(page.folder.join("assets")).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn stylesheets_come_after_those_that_they_build_on() {
    let sources = sources("");
    let all = styles(&sources.path().join("style")).unwrap();
    assert_eq!(all, "tokens\n\nparts\ncanvas\nzoom\n");
}

#[test]
fn page_leads_from_its_index_to_every_asset() {
    let sources = sources("{{boot.js}} {{theme.js}} {{style.css}} {{favicon.svg}}");
    let place = tempfile::tempdir().unwrap();
    let page = dress(&bundle_of("wasm"), sources.path(), place.path().join("page")).unwrap();

    let index = fs::read_to_string(page.folder.join("index.html")).unwrap();
    let read = |address: &str| {
        fs::read_to_string(page.folder.join(address.strip_prefix('/').unwrap())).unwrap()
    };
    let linked: Vec<String> = index.split(' ').map(read).collect();
    assert_eq!(linked[1..], ["theme", "tokens\n\nparts\ncanvas\nzoom\n", "<svg/>"]);
    let booted: Vec<String> = linked[0].split('\'').skip(1).step_by(2).map(read).collect();
    assert_eq!(booted.len(), 2);
    assert_eq!(booted[1], "wasm");
    // The scripts of the bundle mention each other as they are named in the page.
    let mentioned = |script: &str| {
        let names = script.split('"').skip(1).step_by(2).filter(|name| name.contains('-'));
        names.map(|name| read(&name.replacen('.', "/assets", 1))).collect::<Vec<_>>()
    };
    let split = mentioned(&booted[0]);
    assert_eq!(mentioned(&split[0]), [booted[0].as_str(), "later"]);
}

#[test]
fn icons_stand_in_the_page_itself() {
    let sources = sources("<body>{{icons.svg}}</body>");
    let place = tempfile::tempdir().unwrap();
    let page = dress(&bundle_of("wasm"), sources.path(), place.path().join("page")).unwrap();
    let index = fs::read_to_string(page.folder.join("index.html")).unwrap();
    assert_eq!(index, "<body><symbol/></body>");
}

#[test]
fn changed_app_leaves_no_old_one_behind_and_renames_what_starts_it() {
    let sources = sources("{{boot.js}}");
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("page");
    let old = assets(&dress(&bundle_of("one"), sources.path(), folder.clone()).unwrap());
    let new = assets(&dress(&bundle_of("two"), sources.path(), folder).unwrap());

    assert_eq!(old.len(), 8 * 3, "eight assets, each with two copies: {old:?}");
    assert_eq!(new.len(), old.len());
    let renamed: Vec<&String> = new.iter().filter(|name| !old.contains(name)).collect();
    let stems: Vec<&str> =
        renamed.iter().filter_map(|name| Some(name.split_once('-')?.0)).collect();
    assert_eq!(
        stems,
        [
            "app", "app", "app", "app", "app", "app", "boot", "boot", "boot", "later", "later",
            "later", "split", "split", "split"
        ]
    );
}

#[test]
fn source_that_asks_for_what_there_is_not_is_named() {
    let sources = sources("{{boot.css}}");
    let place = tempfile::tempdir().unwrap();
    let error = dress(&bundle_of("wasm"), sources.path(), place.path().join("page")).unwrap_err();
    let message = error.to_string();
    assert!(message.starts_with("static/index.html: `{{boot.css}}` is no asset"), "{message}");
}

#[test]
fn page_without_a_style_is_refused() {
    let sources = sources("");
    fs::remove_dir_all(sources.path().join("style")).unwrap();
    fs::create_dir(sources.path().join("style")).unwrap();
    let place = tempfile::tempdir().unwrap();
    let refused = dress(&bundle_of("wasm"), sources.path(), place.path().join("page"));
    assert!(matches!(refused, Err(PageError::NoStyle(_))), "{refused:?}");
}

/// The policy that the page is served under lets nothing run that stands in the page.
#[test]
fn our_index_holds_no_inline_script_and_no_inline_style() {
    let read = |name| fs::read_to_string(workspace::root().join("static").join(name)).unwrap();
    let index = read("index.html") + &read("icons.svg");
    for tag in index.split('<').filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag)) {
        // What stands outside quotes: the tag's name and those of its attributes.
        let unquoted: String = tag.split('"').step_by(2).collect();
        let names: Vec<&str> = unquoted.split([' ', '=']).filter(|it| !it.is_empty()).collect();
        assert_ne!(names[0], "style", "<{tag}>");
        assert!(names[0] != "script" || names.contains(&"src"), "<{tag}>");
        let inline = |name: &&str| *name == "style" || name.starts_with("on");
        assert!(!names[1..].iter().any(inline), "<{tag}>");
    }
}
