//! A pretended web: pages that take a while to load, and names that nobody knows.
//!
//! Nothing is asked of any network, so that a lesson gives the same every time and a server that
//! runs strangers' graphs reaches nobody.

use super::args::{Args, not_ordered, sleep};
use super::{Ctx, Unwind};
use crate::outcome::Raised;
use crate::value::Value;

/// Milliseconds until it is known that nobody has the name.
const NAME_LOOKUP_MS: u16 = 100;

/// The pages that there are; the table in [`PYTHON`] says the same.
const PAGES: &[Page] = &[
    Page { url: "http://www.foxnews.com/", ms: 700, bytes: 224_512 },
    Page { url: "http://www.cnn.com/", ms: 1_200, bytes: 1_143_207 },
    Page { url: "http://europe.wsj.com/", ms: 900, bytes: 886_330 },
    Page { url: "http://www.bbc.co.uk/", ms: 400, bytes: 338_514 },
];

struct Page {
    url: &'static str,
    /// Milliseconds until it is loaded.
    ms: u16,
    /// Its size.
    bytes: i64,
}

/// `fetch` in Python.
pub(super) const PYTHON: &str = r#"PAGES = {
    # url: (seconds to load it, bytes in it); all others are names that nobody knows
    "http://www.foxnews.com/": (0.7, 224_512),
    "http://www.cnn.com/": (1.2, 1_143_207),
    "http://europe.wsj.com/": (0.9, 886_330),
    "http://www.bbc.co.uk/": (0.4, 338_514),
}


def fetch(url, timeout=60):
    seconds, size = PAGES.get(url, (0.1, None))
    if seconds > timeout:
        time.sleep(timeout)
        raise TimeoutError("timed out")
    time.sleep(seconds)
    if size is None:
        raise URLError("[Errno -2] Name or service not known")
    return size
"#;

/// Loads the page at `url` and returns its size in bytes.
pub(super) fn fetch(args: &Args<'_>, ctx: &mut dyn Ctx) -> Result<Value, Unwind> {
    let (url, timeout) = (args.get("url"), args.get("timeout"));
    let page = match url {
        Value::Text(url) => PAGES.iter().find(|page| page.url == url),
        Value::List(_) => return Err(Raised::type_error("unhashable type: 'list'").into()),
        Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) => None,
    };
    let seconds = f64::from(page.map_or(NAME_LOOKUP_MS, |page| page.ms)) / 1_000.0;
    let Some(patience) = timeout.as_float() else {
        return Err(not_ordered(">", "float", timeout.type_name()).into());
    };
    if seconds > patience {
        sleep(timeout, ctx)?;
        return Err(Raised::new("TimeoutError", "timed out").into());
    }
    sleep(&Value::Float(seconds), ctx)?;
    page.map(|page| Value::Int(page.bytes)).ok_or_else(|| {
        let message = "<urlopen error [Errno -2] Name or service not known>";
        Raised::new("URLError", message).into()
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{raised, run, waits};
    use super::*;
    use crate::units::Span;

    #[test]
    fn the_python_has_the_same_pages() {
        let rows = PYTHON.lines().filter(|line| line.trim_start().starts_with("\"http"));
        let written: Vec<String> = rows.map(|row| row.trim().replace('_', "")).collect();
        let row = |page: &Page| {
            let seconds = f64::from(page.ms) / 1_000.0;
            format!("\"{}\": ({seconds}, {}),", page.url, page.bytes)
        };
        assert_eq!(written, PAGES.iter().map(row).collect::<Vec<_>>());
    }

    #[test]
    fn a_page_takes_its_time_and_returns_its_size() {
        let (ended, waits) = run("fetch", &[Value::from("http://www.bbc.co.uk/")]);
        assert_eq!(ended, Ok(Value::Int(338_514)));
        assert_eq!(waits, [Span::from_ms(400)]);
    }

    #[test]
    fn an_unknown_name_and_a_short_timeout_fail() {
        let made_up = [Value::from("http://some-made-up-domain.com/")];
        let unknown = "URLError: <urlopen error [Errno -2] Name or service not known>";
        assert_eq!(raised("fetch", &made_up), unknown);
        assert_eq!(raised("fetch", &[Value::Int(5)]), unknown);
        assert_eq!(waits("fetch", &made_up), [Span::from_ms(100)]);
        let hurried = [Value::from("http://www.cnn.com/"), Value::Float(0.5)];
        assert_eq!(raised("fetch", &hurried), "TimeoutError: timed out");
        assert_eq!(waits("fetch", &hurried), [Span::from_ms(500)]);
    }
}
