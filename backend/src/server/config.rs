//! What a server is told when it is started.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use axum::http::Uri;
use shared::limits;
use shared::units::Span;

/// How to serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where to listen; port 0 lets the system pick one.
    pub listen: SocketAddr,
    /// The folder of the built page: `index.html`, and `assets` with names that tell their content.
    pub page: Option<PathBuf>,
    /// Where others find this server, besides this machine: its names behind a proxy or in a network.
    /// Pages of these origins may ask it.
    pub origins: Vec<Origin>,
    /// The program that is started as `… runner` for each run.
    pub exe: PathBuf,
    /// Series at once, each of which has one run going on.
    pub at_once: usize,
    /// How long it waits for others.
    pub patience: Patience,
}

/// How long a server waits for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a socket that takes nothing of what it is sent.
    pub stalled: Span,
    /// For runs to end by themselves when it is asked to end.
    pub drain: Span,
    /// For all runs of a series together, from its first start on; then it is stopped.
    pub series: Span,
}

impl Default for Patience {
    fn default() -> Self {
        Self { stalled: limits::STALLED, drain: limits::DRAIN, series: limits::SERIES_WALL }
    }
}

impl Config {
    /// A server on `listen` with this very program as its runners, as many at once as there are
    /// cores, and no page.
    pub fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            page: None,
            origins: Vec::new(),
            exe: PathBuf::from("/proc/self/exe"),
            at_once: std::thread::available_parallelism().map_or(1, usize::from),
            patience: Patience::default(),
        }
    }
}

/// A web page's origin, as browsers say it: `https://lab.example`, `http://10.0.0.7:7070`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: String,
    host: String,
    /// None if it is the scheme's own.
    port: Option<u16>,
}

/// Text that is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no origin: it must be http:// or https://, a host and perhaps a port, no more")]
pub struct NoOrigin(String);

impl FromStr for Origin {
    type Err = NoOrigin;

    fn from_str(text: &str) -> Result<Self, NoOrigin> {
        let wrong = || NoOrigin(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let scheme = uri.scheme_str().unwrap_or_default().to_ascii_lowercase();
        let own_port = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return Err(wrong()),
        };
        let authority = uri.authority().ok_or_else(wrong)?;
        let bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        if !bare || authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(wrong());
        }
        let host = authority.host().to_ascii_lowercase();
        let port = authority.port_u16().filter(|port| *port != own_port);
        Ok(Self { scheme, host, port })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl Origin {
    /// Whether a request with this `Host` came by this origin's name.
    pub fn is_host(&self, host: &str) -> bool {
        format!("{}://{host}", self.scheme).parse() == Ok(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_perhaps_a_port() {
        for (text, shown) in [
            ("https://Lab.example", "https://lab.example"),
            ("https://lab.example:443/", "https://lab.example"),
            ("http://10.0.0.7:7070", "http://10.0.0.7:7070"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().to_string(), shown);
        }
        for text in [
            "",
            "null",
            "lab.example",
            "ftp://a",
            "http://a/b",
            "http://a?b",
            "http://u@a",
            "http://",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_host_belongs_to_an_origin_with_or_without_the_schemes_own_port() {
        let origin: Origin = "https://lab.example".parse().unwrap();
        assert!(origin.is_host("lab.example") && origin.is_host("LAB.example:443"));
        for host in
            ["lab.example:80", "lab.example.evil", "evil", "", "x@lab.example", "a/lab.example"]
        {
            assert!(!origin.is_host(host), "{host}");
        }
    }
}
