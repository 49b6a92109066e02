//! Which address is answered by what, and what stands around all of them.

use std::sync::Arc;

use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use axum::{Json, Router};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use super::app::App;
use super::{examples, functions, layers, page, problem, runs, security};

/// Everything that the server answers.
pub fn router(app: &Arc<App>) -> Router {
    // An answer about a run is old as soon as it is given.
    let fresh =
        SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let documents = Router::new()
        .route("/api/runs/{id}/records", get(runs::records))
        .route("/api/functions", get(async || Json(functions::all())))
        .route("/api/examples", get(async || Json(examples::all())))
        .layer(CompressionLayer::new());
    let api = Router::new()
        .route("/api/runs", post(runs::create))
        .route("/api/series", post(runs::create_series))
        .route("/api/runs/{id}", get(runs::status))
        .route("/api/runs/{id}/ask", post(runs::ask))
        .route("/api/runs/{id}/live", get(runs::live))
        .route("/api/limits", get(layers::limits))
        .route("/healthz", get(async || "ok\n"))
        .merge(documents)
        .layer(fresh);
    // From the inside out: a panic is an answer like any other, and each answer has the headers.
    api.merge(page::router(app))
        .fallback(page::nothing)
        .with_state(Arc::clone(app))
        .layer(CatchPanicLayer::custom(problem::after_panic))
        .layer(from_fn_with_state(Arc::clone(app), security::admit))
        .layer(from_fn(problem::mend))
        .layer(from_fn(security::dress))
}
