//! The compiled frontend made ready for a browser by wasm-bindgen.
//!
//! wasm-bindgen takes time, so its two files are kept until the compiled frontend
//! changes.

use std::fs;
use std::io;
use std::path::Path;

use thiserror::Error;
use wasm_bindgen_cli_support::Bindgen;

use super::asset::{fingerprint, put_whole};

/// Goes up when this file makes something else of the same input.
const RECIPE: u32 = 1;

/// What the browser loads: a module, and the JavaScript that starts it.
#[derive(Debug, PartialEq, Eq)]
pub struct Bundle {
    /// An ES module; its default export takes the address of the other.
    pub js: Vec<u8>,
    /// WebAssembly without names and without a list of who made it.
    pub wasm: Vec<u8>,
}

/// Why there is no bundle.
#[derive(Debug, Error)]
pub enum BundleError {
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
pub fn bundle(compiled: Vec<u8>, folder: &Path) -> Result<Bundle, BundleError> {
    let [js, wasm, made_of] = ["app.js", "app.wasm", "made-of"].map(|name| folder.join(name));
    let stamp = format!("{RECIPE} {:016x}\n", fingerprint(&compiled));
    if fs::read(&made_of).is_ok_and(|old| old == stamp.as_bytes())
        && let (Ok(js), Ok(wasm)) = (fs::read(&js), fs::read(&wasm))
    {
        return Ok(Bundle { js, wasm });
    }

    let bundle = bind(compiled)?;
    fs::create_dir_all(folder)?;
    // First the old stamp goes and last the new one comes: it never stands beside
    // files that are not its own.
    if made_of.exists() {
        fs::remove_file(&made_of)?;
    }
    put_whole(&js, &bundle.js)?;
    put_whole(&wasm, &bundle.wasm)?;
    put_whole(&made_of, stamp.as_bytes())?;
    Ok(bundle)
}

fn bind(compiled: Vec<u8>) -> Result<Bundle, BundleError> {
    // `{:#}` shows what an error came from too.
    let refused = |error| BundleError::Bindgen(format!("{error:#}"));
    let mut output = Bindgen::new()
        .input_bytes("app", compiled)
        .web(true)
        .map_err(refused)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
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
    Ok(Bundle { js: output.js().as_bytes().to_owned(), wasm: output.wasm_mut().emit_wasm() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_webassembly_is_refused_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let refused = bundle(b"not wasm".to_vec(), folder.path());
        assert!(matches!(refused, Err(BundleError::Bindgen(_))), "{refused:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn bundle_is_taken_from_the_folder_only_for_the_same_input() {
        let folder = tempfile::tempdir().unwrap();
        let stamp = format!("{RECIPE} {:016x}\n", fingerprint(b"one"));
        for (name, content) in [("app.js", "js"), ("app.wasm", "wasm"), ("made-of", &stamp)] {
            fs::write(folder.path().join(name), content).unwrap();
        }
        let kept = bundle(b"one".to_vec(), folder.path()).unwrap();
        assert_eq!(kept, Bundle { js: b"js".to_vec(), wasm: b"wasm".to_vec() });
        // "two" is made anew, and so it shows that it is no WebAssembly.
        assert!(bundle(b"two".to_vec(), folder.path()).is_err());
    }
}
