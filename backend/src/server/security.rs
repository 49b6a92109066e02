//! Whom we answer: our own page and programs, not other people's pages.
//!
//! A page of a stranger can make its visitor's browser ask *us*. Two checks keep that out, and there
//! are no cookies that it could use:
//!
//! - `Host` must be one of our names. A stranger's name that suddenly leads to this machine (DNS
//!   rebinding) is none.
//! - `Origin`, which browsers send with every POST and every socket, must be ours. Programs send none,
//!   and may ask.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, UPGRADE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shared::protocol::http::ProblemKind;

use super::app::App;
use super::config::Origin;
use super::problem::Refusal;

/// What our pages may do: load their own files and ask this server, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; \
    form-action 'none'; object-src 'none'; frame-ancestors 'none'";

/// On every answer.
const HEADERS: [(HeaderName, &str); 4] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Puts the headers on every answer.
pub async fn dress(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Refuses whoever may not ask.
pub async fn admit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let upgrades = request.headers().contains_key(UPGRADE);
    let names = Names { origins: &app.config.origins, port: app.address.port() };
    match names.check(request.headers(), changes || upgrades) {
        Ok(()) => next.run(request).await,
        Err(detail) => {
            Refusal::new(ProblemKind::Origin, StatusCode::FORBIDDEN, detail).into_response()
        }
    }
}

/// The names that are ours.
struct Names<'a> {
    origins: &'a [Origin],
    port: u16,
}

impl Names<'_> {
    /// `matters`: this is a request that a stranger's page must not make.
    fn check(&self, headers: &HeaderMap, matters: bool) -> Result<(), String> {
        let host = only(headers, &HOST).ok_or("a request must have one header Host")?;
        if !self.is_ours(host) {
            return Err("this server is not known by the name that was used; it answers to \
                        localhost, and to the names that it was given with --origin"
                .to_owned());
        }
        if !matters || !headers.contains_key(ORIGIN) {
            return Ok(());
        }
        let origin = only(headers, &ORIGIN).ok_or("a request has one header Origin at most")?;
        let same = origin.to_ascii_lowercase() == format!("http://{}", host.to_ascii_lowercase());
        let allowed = origin.parse().is_ok_and(|origin: Origin| self.origins.contains(&origin));
        if same || allowed {
            return Ok(());
        }
        Err("another server's page may not do this; one that shall is named with --origin when this \
             server is started"
            .to_owned())
    }

    fn is_ours(&self, host: &str) -> bool {
        self.is_loopback(host) || self.origins.iter().any(|origin| origin.is_host(host))
    }

    fn is_loopback(&self, host: &str) -> bool {
        let (name, port) = match host.rsplit_once(':') {
            // The last colon of an address in brackets stands within them, if there is no port.
            Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()),
            _ => (host, Some(80)),
        };
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        let is_loopback = name.eq_ignore_ascii_case("localhost")
            || bare.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        is_loopback && port == Some(self.port)
    }
}

/// The value of a header that is there once, as text.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, origin: Option<&str>) -> bool {
        let origins = ["https://lab.example".parse().unwrap()];
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        Names { origins: &origins, port: 7070 }.check(&headers, true).is_ok()
    }

    #[test]
    fn hosts_that_are_ours() {
        for host in
            ["localhost:7070", "LocalHost:7070", "127.0.0.1:7070", "127.9.9.9:7070", "[::1]:7070"]
        {
            assert!(check(host, None), "{host}");
        }
        assert!(check("lab.example", None) && check("lab.example:443", None));
    }

    #[test]
    fn hosts_that_are_not() {
        for host in [
            "localhost",
            "localhost:80",
            "localhost:7071",
            "localhost.evil.example:7070",
            "evil.example:7070",
            "127.0.0.1.evil.example:7070",
            "10.0.0.1:7070",
            "lab.example:7070",
            "lab.example.evil.example",
            "localhost:7070:7070",
            "[::1]",
            "[::1",
            "",
            ":7070",
        ] {
            assert!(!check(host, None), "{host}");
        }
    }

    #[test]
    fn origins_are_ours_or_allowed_as_a_whole() {
        let host = "localhost:7070";
        assert!(check(host, Some("http://localhost:7070")));
        assert!(check(host, Some("https://lab.example")));
        for origin in [
            "null",
            "",
            "http://localhost",
            "https://localhost:7070",
            "http://127.0.0.1:7070",
            "http://localhost:7070.evil.example",
            "http://lab.example",
            "https://lab.example.evil.example",
            "https://evil.example",
            "https://lab.example@evil.example",
        ] {
            assert!(!check(host, Some(origin)), "{origin}");
        }
    }

    #[test]
    fn two_hosts_are_none() {
        let mut headers = HeaderMap::new();
        headers.append(HOST, "localhost:7070".parse().unwrap());
        headers.append(HOST, "localhost:7070".parse().unwrap());
        assert!(Names { origins: &[], port: 7070 }.check(&headers, false).is_err());
    }
}
