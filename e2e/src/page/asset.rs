//! Files of the page, each beside its two compressed copies.
//!
//! An asset is named by its content, so it never changes under its name: a browser may
//! keep it for ever, and a copy that is there already need not be made again.
//!
//! ```text
//! app.wasm ──name by content──▶ app-9f….wasm   app-9f….wasm.br   app-9f….wasm.gz
//! ```

use std::ffi::OsString;
use std::fs;
use std::hash::Hasher;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

/// The endings of compressed copies, as servers look for them.
const COPIES: [&str; 2] = ["br", "gz"];

/// A number for `content`: equal for equal content, and otherwise different.
///
/// It guards against nobody; two versions of one file must not share it by chance.
pub fn fingerprint(content: &[u8]) -> u64 {
    // Its keys are fixed, and where another version of the standard library counts
    // differently, files get other names once.
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(content);
    hasher.finish()
}

/// `app.js` with some content becomes `app-0123456789abcdef.js`.
pub fn named_by_content(name: &str, content: &[u8]) -> String {
    let (stem, extension) = name.rsplit_once('.').expect("names of assets have an extension");
    format!("{stem}-{:016x}.{extension}", fingerprint(content))
}

/// A file's compressed copies: `app.js.br`, `app.js.gz`.
pub fn copies(file: &Path) -> [PathBuf; 2] {
    COPIES.map(|ending| {
        let mut name = OsString::from(file);
        name.push(".");
        name.push(ending);
        PathBuf::from(name)
    })
}

/// Makes `file` hold `content`, with compressed copies beside it.
///
/// Does nothing where all of it is there already.
///
/// # Errors
/// Those of writing into the folder.
pub fn put(file: &Path, content: &[u8]) -> io::Result<()> {
    let [br, gz] = copies(file);
    let is_there = fs::read(file).is_ok_and(|old| old == content);
    if is_there && br.is_file() && gz.is_file() {
        return Ok(());
    }
    // The file itself comes last: once it is there, its copies are those of its content.
    put_whole(&br, &brotli(content)?)?;
    put_whole(&gz, &gzip(content)?)?;
    put_whole(file, content)
}

/// Writes a file that is there in full or not at all, whoever stops us.
///
/// # Errors
/// Those of writing into the folder.
pub fn put_whole(file: &Path, content: &[u8]) -> io::Result<()> {
    let mut half = OsString::from(file);
    half.push(".half");
    fs::write(&half, content)?;
    fs::rename(&half, file)
}

/// Removes each file of `folder` that is not among `keep` and their copies.
///
/// # Errors
/// Those of reading the folder and of removing from it.
pub fn prune(folder: &Path, keep: &[PathBuf]) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let kept = keep.iter().any(|file| *file == path || copies(file).contains(&path));
        if path.is_file() && !kept {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn brotli(content: &[u8]) -> io::Result<Vec<u8>> {
    let parameters =
        BrotliEncoderParams { quality: 11, size_hint: content.len(), ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters)?;
    Ok(compressed)
}

fn gzip(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn name_says_the_content_and_keeps_its_extension() {
        let name = named_by_content("app.js", b"one");
        assert_eq!(name, named_by_content("app.js", b"one"));
        assert_ne!(name, named_by_content("app.js", b"two"));
        let hash = name.strip_prefix("app-").and_then(|rest| rest.strip_suffix(".js"));
        assert_eq!(hash.map(str::len), Some(16), "{name}");
    }

    #[test]
    fn copies_unpack_to_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("app.js");
        let content = b"to submit is to get a future ".repeat(50);
        put(&file, &content).unwrap();

        let [br, gz] = copies(&file).map(|copy| fs::read(copy).unwrap());
        let (mut from_br, mut from_gz) = (Vec::new(), Vec::new());
        brotli::BrotliDecompress(&mut &br[..], &mut from_br).unwrap();
        flate2::read::GzDecoder::new(&gz[..]).read_to_end(&mut from_gz).unwrap();
        assert_eq!(from_br, content);
        assert_eq!(from_gz, content);
        assert!(br.len() < content.len() && gz.len() < content.len());
    }

    #[test]
    fn file_whose_content_changed_gets_new_copies() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("index.html");
        put(&file, b"one").unwrap();
        let old = copies(&file).map(|copy| fs::read(copy).unwrap());
        put(&file, b"two").unwrap();
        let new = copies(&file).map(|copy| fs::read(copy).unwrap());
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert_ne!(old[0], new[0]);
        assert_ne!(old[1], new[1]);
    }

    #[test]
    fn file_that_is_there_is_not_compressed_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("app.js");
        put(&file, b"one").unwrap();
        let [br, _] = copies(&file);
        fs::write(&br, b"left as it is").unwrap();
        put(&file, b"one").unwrap();
        assert_eq!(fs::read(&br).unwrap(), b"left as it is");
    }

    #[test]
    fn copy_that_is_gone_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("app.js");
        put(&file, b"one").unwrap();
        let [br, gz] = copies(&file);
        fs::remove_file(&gz).unwrap();
        put(&file, b"one").unwrap();
        assert!(br.is_file() && gz.is_file());
    }

    #[test]
    fn pruning_leaves_what_is_kept_with_its_copies() {
        let folder = tempfile::tempdir().unwrap();
        let [kept, old] = ["app-2.js", "app-1.js"].map(|name| folder.path().join(name));
        put(&kept, b"two").unwrap();
        put(&old, b"one").unwrap();
        prune(folder.path(), std::slice::from_ref(&kept)).unwrap();

        let mut left: Vec<PathBuf> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        left.sort();
        let [br, gz] = copies(&kept);
        assert_eq!(left, [kept, br, gz]);
    }
}
