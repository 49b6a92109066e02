//! Refusals: every error leaves as `application/problem+json`.

use std::any::Any;

use axum::extract::Request;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, UPGRADE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shared::limits;
use shared::protocol::http::{Problem, ProblemKind};

/// The type of a problem's body.
const PROBLEM_JSON: &str = "application/problem+json";

/// A problem on its way out.
#[derive(Debug)]
pub struct Refusal(Box<Problem>);

impl Refusal {
    /// What happened, to what, and what now.
    pub fn new(kind: ProblemKind, status: StatusCode, detail: impl Into<String>) -> Self {
        Self(Box::new(Problem {
            kind,
            title: kind.title().to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            pointer: None,
            limit: None,
            retry_after: None,
        }))
    }

    /// A request that is not what its address takes.
    pub fn request(status: StatusCode, detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::Request, status, detail)
    }

    /// There is no such run, or its log is gone, or the key is another: one answer, so that it tells
    /// nothing.
    pub fn unknown_run() -> Self {
        let hours = limits::KEPT_FOR.0 / 1_000_000_000 / 3_600;
        let kept = if hours == 1 { "an hour".to_owned() } else { format!("{hours} hours") };
        let detail = format!(
            "there is no run with this name and key; the log of a run is kept for {kept} after its \
             end, and less if there are many: run the scenario again"
        );
        Self::new(ProblemKind::Unknown, StatusCode::NOT_FOUND, detail)
    }

    /// There are too many of something; `limit` is its name on `/api/limits`.
    pub fn busy(status: StatusCode, limit: &str, retry_after: u32, detail: &str) -> Self {
        let mut refusal = Self::new(ProblemKind::Busy, status, detail);
        refusal.0.limit = Some(limit.to_owned());
        refusal.0.retry_after = Some(retry_after);
        refusal
    }

    /// The server is about to end.
    pub fn restarting() -> Self {
        let detail =
            "the server is about to end, and starts no runs any more: try again in a moment";
        let mut refusal =
            Self::new(ProblemKind::Restarting, StatusCode::SERVICE_UNAVAILABLE, detail);
        refusal.0.retry_after = Some(5);
        refusal
    }

    /// We failed; what exactly is in our own log.
    pub fn internal() -> Self {
        let detail = "the server failed at this request, and goes on with others: try again";
        Self::new(ProblemKind::Internal, StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// To this place of the scenario, a JSON pointer.
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.0.pointer = Some(pointer.into());
        self
    }

    /// Because of this limit, by its name on `/api/limits`.
    pub fn limited_by(mut self, limit: &str) -> Self {
        self.0.limit = Some(limit.to_owned());
        self
    }

    /// The same, for a socket.
    pub fn into_problem(self) -> Problem {
        *self.0
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::BAD_REQUEST);
        let body = serde_json::to_vec(&*self.0).expect("a problem is text and numbers");
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = self.0.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Makes a problem of each error that a library answered with in its own way.
pub async fn mend(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = next.run(request).await;
    let status = response.status();
    let kind = response.headers().get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let is_ours = kind == PROBLEM_JSON.as_bytes() || kind.starts_with(b"text/html");
    if is_ours || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let refusal = match status {
        StatusCode::NOT_FOUND => {
            let detail = format!("there is nothing at {path}");
            Refusal::new(ProblemKind::Unknown, status, detail)
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            Refusal::request(status, format!("{path} cannot be asked with {method}"))
        }
        _ if status.is_server_error() => Refusal::internal(),
        _ => Refusal::request(status, "this is not a request that can be answered"),
    };
    let mut mended = refusal.into_response();
    for name in [ALLOW, UPGRADE] {
        if let Some(value) = response.headers().get(&name) {
            mended.headers_mut().insert(name, value.clone());
        }
    }
    mended
}

/// What is answered when we panicked.
#[allow(clippy::needless_pass_by_value)] // as tower-http calls it
pub fn after_panic(_: Box<dyn Any + Send>) -> Response {
    // The panic's message went to stderr, by Rust's own hook.
    Refusal::internal().into_response()
}
