//! Files that the page makes for a person to keep.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Blob, HtmlAnchorElement, Url};

use crate::bench::Bench;

/// Characters of a file's name before its ending.
const NAME_CHARS: usize = 60;

/// Has the browser keep a text as a file of this name. False where it does not let us.
pub fn download(name: &str, text: &str) -> bool {
    let parts = js_sys::Array::of1(&text.into());
    Blob::new_with_str_sequence(&parts).is_ok_and(|blob| keep(name, &blob))
}

/// The same of bytes.
pub fn download_bytes(name: &str, bytes: &[u8]) -> bool {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    Blob::new_with_u8_array_sequence(&parts).is_ok_and(|blob| keep(name, &blob))
}

fn keep(name: &str, blob: &Blob) -> bool {
    let Ok(address) = Url::create_object_url_with_blob(blob) else { return false };
    let link = document().create_element("a").ok().map(JsCast::unchecked_into::<HtmlAnchorElement>);
    if let Some(link) = &link {
        link.set_href(&address);
        link.set_download(name);
        link.click();
    }
    // The browser has taken hold of the file by now; without this the page would keep it, too.
    set_timeout(
        move || {
            let _ = Url::revoke_object_url(&address);
        },
        std::time::Duration::from_secs(10),
    );
    link.is_some()
}

impl Bench {
    /// Says as what a file was kept; `otherwise` if the browser did not let us.
    pub fn say_downloaded(self, name: &str, kept: bool, otherwise: &str) {
        self.say(if kept { format!("Downloaded as {name}.") } else { otherwise.to_owned() });
    }
}

/// A file's name for a text with this title: its letters and digits, the rest as `_`, so that Python
/// can import it and no system refuses it.
pub fn file_name(title: &str, ending: &str) -> String {
    let mut name = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    let name: String = name.chars().take(NAME_CHARS).collect();
    let name = name.trim_end_matches('_');
    format!("{}.{ending}", if name.is_empty() { "futurescope" } else { name })
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_file_is_named_after_the_title() {
        assert_eq!(file_name("Five sleeps, two workers!", "py"), "five_sleeps_two_workers.py");
        assert_eq!(file_name("../../Größe: 10 µs", "rs"), "größe_10_µs.rs");
        assert_eq!(file_name(" … ", "py"), "futurescope.py");
        let long = file_name(&"ab ".repeat(100), "py");
        assert!(long.ends_with("b.py") && long.chars().count() <= 63, "{long}");
    }
}
