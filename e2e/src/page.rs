//! The folder that the server serves as the page.
//!
//! ```text
//! frontend ──cargo──▶ frontend.wasm ──cut in two──▶ app.js, app.wasm ───┤
//!                                                   split.js, later.wasm │
//! static/style/*.css ──one after the other──▶ style.css ────────────────┤
//! static/{theme,boot}.js, favicon.svg ──────────────────────────────────┤
//!                                                     names by content  │
//! static/index.html ──addresses filled in──▶ index.html ◀───────────────┘
//!                                                 ▲
//! static/icons.svg ──as it is─────────────────────┘
//! ```
//!
//! Only `index.html` keeps its name: whoever has the newest one gets the newest of
//! everything. Whatever is up to date is left as it is.

pub mod asset;
pub mod bundle;
pub mod fill;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::tools::{self, WASM_TARGET};
use crate::workspace;
use bundle::{Bundle, BundleError, bundle};
use fill::{Addresses, FillError, fill};

/// What shapes the compiled frontend, besides its sources: `Cargo.toml` says more.
const PROFILE: &str = "wasm-release";

/// Stylesheets that others build on, so they come first, in this order.
const FIRST_STYLES: [&str; 2] = ["tokens.css", "parts.css"];

/// What would leak from our own build into that of the frontend.
const LEAKS: [&str; 4] =
    ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"];

/// A page that is ready to be served.
#[derive(Debug)]
pub struct Page {
    /// Holds `index.html` and `assets`.
    pub folder: PathBuf,
    /// The WebAssembly that the first picture waits for.
    pub first: Size,
    /// What comes after it.
    pub later: Size,
}

/// How large a file is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// In memory, in bytes.
    pub bytes: u64,
    /// As most browsers fetch it, in bytes.
    pub brotli_bytes: u64,
}

/// Why there is no page.
#[derive(Debug, Error)]
pub enum PageError {
    /// The machine lacks something, and it could not be installed.
    #[error(transparent)]
    Missing(#[from] tools::Missing),
    /// Cargo has said why.
    #[error("the frontend does not compile for the browser")]
    Compile,
    /// The compiled frontend does not become a bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A source mentions an asset that there is not.
    #[error("{file}: {error}")]
    Fill {
        /// The source, from the top of the workspace.
        file: &'static str,
        /// What is wrong with it.
        error: FillError,
    },
    /// The folder of stylesheets holds none.
    #[error("{0} holds no stylesheet")]
    NoStyle(PathBuf),
    /// A file cannot be read or written.
    #[error("{path}: {error}")]
    Io {
        /// The file, or the folder that it is in.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
}

/// Makes the page of what the sources are now, at `page` in the target folder.
///
/// # Errors
/// Each of [`PageError`].
pub fn build() -> Result<Page, PageError> {
    let target = workspace::target();
    // A folder of its own: the outer cargo holds the lock of the other.
    let wasm_target = target.join("wasm");
    tools::wasm_target()?;
    compile(&wasm_target)?;

    // Somebody else may build the same page, say for the tests.
    let lock = at(&wasm_target.join("page.lock"), File::create)?;
    lock.lock().map_err(|error| PageError::Io { path: wasm_target.clone(), error })?;
    let compiled = wasm_target.join(WASM_TARGET).join(PROFILE).join("frontend.wasm");
    let bundle = bundle(&at(&compiled, fs::read)?, &wasm_target.join("bundle"))?;
    dress(&bundle, &workspace::root().join("static"), target.join("page"))
}

/// Compiles the frontend for the browser.
fn compile(target: &Path) -> Result<(), PageError> {
    let mut cargo = workspace::cargo(&["build", "--package", "frontend"]);
    cargo.args(["--target", WASM_TARGET, "--profile", PROFILE, "--target-dir"]).arg(target);
    for leak in LEAKS {
        cargo.env_remove(leak);
    }
    let status = cargo.status().map_err(|error| PageError::Io { path: "cargo".into(), error })?;
    if status.success() { Ok(()) } else { Err(PageError::Compile) }
}

/// Writes the page into `folder`: the bundle, and what `sources` adds to it.
fn dress(bundle: &Bundle, sources: &Path, folder: PathBuf) -> Result<Page, PageError> {
    let assets = folder.join("assets");
    at(&assets, fs::create_dir_all)?;
    let mut shelf = Shelf { folder: assets, addresses: BTreeMap::new(), files: Vec::new() };

    let [wasm, later] = shelf.add_bundle(bundle)?;
    let boot = at(&sources.join("boot.js"), fs::read_to_string)?;
    shelf.add("boot.js", shelf.fill("static/boot.js", &boot)?.as_bytes())?;
    shelf.add("theme.js", &at(&sources.join("theme.js"), fs::read)?)?;
    shelf.add("favicon.svg", &at(&sources.join("favicon.svg"), fs::read)?)?;
    shelf.add("style.css", styles(&sources.join("style"))?.as_bytes())?;

    // In the page itself: a symbol of another file cannot take the page's colours.
    let icons = at(&sources.join("icons.svg"), fs::read_to_string)?;
    shelf.addresses.insert("icons.svg", icons);
    let index = at(&sources.join("index.html"), fs::read_to_string)?;
    let index = shelf.fill("static/index.html", &index)?;
    let index_file = folder.join("index.html");
    at(&index_file, |file| asset::put(file, index.as_bytes()))?;
    // Only now: until the new index is there, the old one asks for the old assets.
    at(&shelf.folder, |assets| asset::prune(assets, &shelf.files))?;
    at(&folder, |folder| asset::prune(folder, &[index_file]))?;

    Ok(Page { folder, first: size(&wasm)?, later: size(&later)? })
}

fn size(file: &Path) -> Result<Size, PageError> {
    let [brotli, _] = asset::copies(file);
    let bytes = at(file, fs::metadata)?.len();
    Ok(Size { bytes, brotli_bytes: at(&brotli, fs::metadata)?.len() })
}

/// The assets so far.
struct Shelf {
    folder: PathBuf,
    addresses: Addresses,
    files: Vec<PathBuf>,
}

impl Shelf {
    /// Puts the bundle under one name by all of its content, since its files mention each other, and
    /// says which files the two halves are.
    fn add_bundle(&mut self, bundle: &Bundle) -> Result<[PathBuf; 2], PageError> {
        let files = bundle.files();
        let whole = files.map(|(_, content)| content).concat();
        let in_page = |script: &[u8]| {
            let mut script = String::from_utf8_lossy(script).into_owned();
            for (name, _) in files {
                let hashed = asset::named_by_content(name, &whole);
                // The compiled half knows the module by its first name; only where it is changes.
                for mention in ["from \"./", "new URL(\"./"] {
                    let now = format!("{mention}{hashed}\"");
                    script = script.replace(&format!("{mention}{name}\""), &now);
                }
            }
            script.into_bytes()
        };
        self.add_as("app.js", &whole, &in_page(&bundle.js))?;
        self.add_as("split.js", &whole, &in_page(&bundle.split_js))?;
        let first = self.add_as("app.wasm", &whole, &bundle.wasm)?;
        Ok([first, self.add_as("later.wasm", &whole, &bundle.later_wasm)?])
    }

    /// Puts an asset under the name of its content, and says which file that is.
    fn add(&mut self, name: &'static str, content: &[u8]) -> Result<PathBuf, PageError> {
        self.add_as(name, content, content)
    }

    fn add_as(
        &mut self,
        name: &'static str,
        named_by: &[u8],
        content: &[u8],
    ) -> Result<PathBuf, PageError> {
        let hashed = asset::named_by_content(name, named_by);
        let file = self.folder.join(&hashed);
        at(&file, |file| asset::put(file, content))?;
        self.addresses.insert(name, format!("/assets/{hashed}"));
        self.files.push(file.clone());
        Ok(file)
    }

    /// Fills a source with the addresses of the assets so far.
    fn fill(&self, file: &'static str, source: &str) -> Result<String, PageError> {
        fill(source, &self.addresses).map_err(|error| PageError::Fill { file, error })
    }
}

/// All stylesheets of a folder as one: first those that the others build on, then the
/// rest by name.
fn styles(folder: &Path) -> Result<String, PageError> {
    let mut names = Vec::new();
    for entry in at(folder, fs::read_dir)? {
        let entry = entry.map_err(|error| PageError::Io { path: folder.to_owned(), error })?;
        if let Ok(name) = entry.file_name().into_string()
            && Path::new(&name).extension().is_some_and(|extension| extension == "css")
        {
            names.push(name);
        }
    }
    if names.is_empty() {
        return Err(PageError::NoStyle(folder.to_owned()));
    }
    names.sort_by_cached_key(|name| {
        let first = FIRST_STYLES.iter().position(|first| first == name);
        (first.unwrap_or(FIRST_STYLES.len()), name.clone())
    });
    let mut all = String::new();
    for name in names {
        all.push_str(&at(&folder.join(name), fs::read_to_string)?);
        // A last line without its end would run into the next file.
        all.push('\n');
    }
    Ok(all)
}

/// Does something to a file, and says which one it was if that fails.
fn at<'p, T>(path: &'p Path, act: impl FnOnce(&'p Path) -> io::Result<T>) -> Result<T, PageError> {
    act(path).map_err(|error| PageError::Io { path: path.to_owned(), error })
}

#[cfg(test)]
mod tests;
