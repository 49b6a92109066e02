//! The compiled frontend made ready for a browser: cut in two, and bound to JavaScript.
//!
//! ```text
//!  frontend.wasm ──wasm-split──▶ first half ──wasm-bindgen──▶ app.wasm, app.js
//!                           └──▶ later.wasm, split.js, which fetches it
//! ```
//!
//! That takes time, so the files are kept until the compiled frontend changes.

use std::fs;
use std::io;
use std::path::Path;

use thiserror::Error;
use wasm_bindgen_cli_support::Bindgen;
use wasm_encoder::RawSection;
use wasmparser::Payload;

use super::asset::{fingerprint, put_whole};

/// Goes up when this file makes something else of the same input.
const RECIPE: u32 = 2;

/// What the browser loads: two modules, and the JavaScript that starts them. The files mention each
/// other by the names that they have here, as `./app.js`.
#[derive(Debug, PartialEq, Eq)]
pub struct Bundle {
    /// An ES module; its default export takes the address of the first half.
    pub js: Vec<u8>,
    /// The first half, in WebAssembly without names and without a list of who made it.
    pub wasm: Vec<u8>,
    /// An ES module, which fetches the second half when the first asks for it.
    pub split_js: Vec<u8>,
    /// The second half.
    pub later_wasm: Vec<u8>,
}

impl Bundle {
    /// Its files, by their names.
    pub fn files(&self) -> [(&'static str, &[u8]); 4] {
        [
            ("app.js", &self.js),
            ("split.js", &self.split_js),
            ("app.wasm", &self.wasm),
            ("later.wasm", &self.later_wasm),
        ]
    }
}

/// Why there is no bundle.
#[derive(Debug, Error)]
pub enum BundleError {
    /// The compiled frontend cannot be cut in two.
    #[error("wasm-split: {0}")]
    Split(String),
    /// wasm-bindgen refused the compiled frontend.
    #[error("wasm-bindgen: {0}")]
    Bindgen(String),
    /// A crate brings its own JavaScript, and the page has no place for that.
    #[error("the frontend brings JavaScript of its own, which the page does not carry: {0}")]
    Foreign(String),
    /// The folder cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The bundle of a compiled frontend, from `folder` if it is there from last time.
///
/// # Errors
/// Each of [`BundleError`].
pub fn bundle(compiled: &[u8], folder: &Path) -> Result<Bundle, BundleError> {
    let made_of = folder.join("made-of");
    let stamp = format!("{RECIPE} {:016x}\n", fingerprint(compiled));
    if fs::read(&made_of).is_ok_and(|old| old == stamp.as_bytes())
        && let Ok(kept) = kept(folder)
    {
        return Ok(kept);
    }

    let bundle = make(compiled)?;
    fs::create_dir_all(folder)?;
    // First the old stamp goes and last the new one comes: it never stands beside
    // files that are not its own.
    if made_of.exists() {
        fs::remove_file(&made_of)?;
    }
    for (name, content) in bundle.files() {
        put_whole(&folder.join(name), content)?;
    }
    put_whole(&made_of, stamp.as_bytes())?;
    Ok(bundle)
}

fn kept(folder: &Path) -> io::Result<Bundle> {
    let read = |name: &str| fs::read(folder.join(name));
    Ok(Bundle {
        js: read("app.js")?,
        wasm: read("app.wasm")?,
        split_js: read("split.js")?,
        later_wasm: read("later.wasm")?,
    })
}

fn make(compiled: &[u8]) -> Result<Bundle, BundleError> {
    let folder = tempfile::tempdir()?;
    let first = folder.path().join("first.wasm");
    let mut options = wasm_split_cli_support::Options::new(compiled);
    options.output_dir = folder.path();
    options.main_out_path = &first;
    options.link_name = "./split.js";
    options.main_module = "./app.js";
    // `{:#}` shows what an error came from too.
    let split = wasm_split_cli_support::transform(options)
        .map_err(|error| BundleError::Split(format!("{error:#}")))?;
    let [later] = &split.split_modules[..] else {
        let found = split.split_modules.len();
        return Err(BundleError::Split(format!("one part is to come later, and not {found}")));
    };
    let later_wasm = without_names(&fs::read(later)?)?;
    let name = later.file_name().unwrap_or_default().to_string_lossy();
    let split_js = fs::read_to_string(folder.path().join("split.js"))?;
    let split_js = split_js.replace(&format!("./{name}"), "./later.wasm").into_bytes();
    let (js, wasm) = bind(fs::read(&first)?)?;
    Ok(Bundle { js, wasm, split_js, later_wasm })
}

/// The JavaScript and the WebAssembly that wasm-bindgen makes of the first half.
fn bind(first: Vec<u8>) -> Result<(Vec<u8>, Vec<u8>), BundleError> {
    let refused = |error| BundleError::Bindgen(format!("{error:#}"));
    let mut output = Bindgen::new()
        .input_bytes("app", first)
        .web(true)
        .map_err(refused)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        // The second half is linked to them.
        .keep_lld_exports(true)
        .generate_output()
        .map_err(refused)?;

    // A crate is also listed where it brings none.
    let inline = output.snippets().iter().filter(|(_, scripts)| !scripts.is_empty());
    let foreign: Vec<&str> = inline
        .map(|(of, _)| of)
        .chain(output.local_modules().keys())
        .chain(output.npm_dependencies().keys())
        .map(String::as_str)
        .collect();
    if !foreign.is_empty() {
        return Err(BundleError::Foreign(foreign.join(", ")));
    }
    Ok((output.js().as_bytes().to_owned(), output.wasm_mut().emit_wasm()))
}

/// A module without its custom sections: nothing that runs is in them.
fn without_names(module: &[u8]) -> Result<Vec<u8>, BundleError> {
    let mut bare = wasm_encoder::Module::new();
    for payload in wasmparser::Parser::new(0).parse_all(module) {
        let payload = payload.map_err(|error| BundleError::Split(error.to_string()))?;
        if matches!(payload, Payload::CustomSection(_)) {
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            #[allow(clippy::cast_possible_truncation)] // within the module, which is in memory
            let data = &module[range.start as usize..range.end as usize];
            bare.section(&RawSection { id, data });
        }
    }
    Ok(bare.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_webassembly_is_refused_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let refused = bundle(b"not wasm", folder.path());
        assert!(matches!(refused, Err(BundleError::Split(_))), "{refused:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn bundle_is_taken_from_the_folder_only_for_the_same_input() {
        let folder = tempfile::tempdir().unwrap();
        let stamp = format!("{RECIPE} {:016x}\n", fingerprint(b"one"));
        let files = ["app.js", "app.wasm", "split.js", "later.wasm"];
        for (name, content) in
            files.map(|name| (name, name)).into_iter().chain([("made-of", &*stamp)])
        {
            fs::write(folder.path().join(name), content).unwrap();
        }
        let [js, wasm, split_js, later_wasm] = files.map(|name| name.as_bytes().to_vec());
        let kept = bundle(b"one", folder.path()).unwrap();
        assert_eq!(kept, Bundle { js, wasm, split_js, later_wasm });
        // "two" is made anew, and so it shows that it is no WebAssembly.
        assert!(bundle(b"two", folder.path()).is_err());
    }

    #[test]
    fn what_runs_stays_where_names_go() {
        let mut module = wasm_encoder::Module::new();
        let mut types = wasm_encoder::TypeSection::new();
        types.ty().function([], []);
        module.section(&types);
        let bare = module.clone().finish();
        let names = wasm_encoder::CustomSection { name: "name".into(), data: b"who".into() };
        module.section(&names);
        let named = module.finish();
        assert_ne!(named, bare);
        assert_eq!(without_names(&named).unwrap(), bare);
    }
}
