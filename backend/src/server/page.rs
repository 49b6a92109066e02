//! The page's files: one document for all its addresses, and assets whose names tell their content.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use shared::protocol::http::ProblemKind;
use tower::ServiceExt;
use tower_http::services::{ServeDir, ServeFile};

use super::app::App;
use super::problem::Refusal;

/// What `/play` says when there is no page.
const NO_PAGE: &str = "This server has no page: `cargo xtask serve` builds one and serves it, \
    `cargo xtask page` only builds it, for `futurescope serve --page target/page`.\n";

/// The addresses for people.
pub fn router(app: &App) -> Router<Arc<App>> {
    let pages = Router::new()
        .route("/", get(|| async { Redirect::temporary("/play") }))
        .route("/play", get(document))
        .route("/run/{id}", get(document))
        .route("/gallery", get(document))
        .route("/limits", get(document));
    let Some(dir) = &app.config.page else { return pages };
    let assets = ServeDir::new(dir.join("assets")).precompressed_br().precompressed_gzip();
    let assets = Router::new().fallback_service(assets).layer(from_fn(keep));
    pages.nest("/assets", assets)
}

async fn document(State(app): State<Arc<App>>, request: Request) -> Response {
    match &app.config.page {
        Some(dir) => index(dir, request).await,
        None => NO_PAGE.into_response(),
    }
}

/// What is answered where nothing is: a person who is not at the API gets the page, which says so.
pub async fn nothing(State(app): State<Arc<App>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    match &app.config.page {
        Some(dir) if is_person(request.headers()) && !path.starts_with("/api/") => {
            let mut response = index(dir, request).await;
            if response.status().is_success() {
                *response.status_mut() = StatusCode::NOT_FOUND;
            }
            response
        }
        _ => {
            let detail = format!("there is nothing at {path}");
            Refusal::new(ProblemKind::Unknown, StatusCode::NOT_FOUND, detail).into_response()
        }
    }
}

fn is_person(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The document, which may change with every build.
async fn index(dir: &Path, request: Request) -> Response {
    let file = ServeFile::new(dir.join("index.html")).precompressed_br().precompressed_gzip();
    let served = file.oneshot(request).await;
    let mut response = served.unwrap_or_else(|never| match never {}).into_response();
    if response.status() == StatusCode::NOT_FOUND {
        tracing::error!("the folder of the page has no index.html");
        return Refusal::internal().into_response();
    }
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// An asset never changes: another content has another name.
async fn keep(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if !response.status().is_client_error() && !response.status().is_server_error() {
        let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
        response.headers_mut().insert(CACHE_CONTROL, forever);
    }
    response
}
