//! What the page asks the server over HTTP.

use shared::protocol::http::{
    Ask, Example, NewSeries, Problem, RunCreated, RunStatus, SeriesCreated, Upward,
};
use shared::scenario::Scenario;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};

/// Why there is no answer that can be used.
#[derive(Debug, Clone, PartialEq)]
pub enum ApiError {
    /// The server refused, and said why.
    Refused(Problem),
    /// The server could not be reached, or said something that is not ours.
    Unreachable(String),
}

impl ApiError {
    /// A sentence for people: what happened, and what now.
    pub fn sentence(&self) -> String {
        match self {
            Self::Refused(problem) => said(problem),
            Self::Unreachable(why) => {
                format!("The server cannot be reached ({why}). Nothing was lost; try again.")
            }
        }
    }
}

/// What a refusal says, as a sentence: alone in its place it begins and ends like one.
pub fn said(problem: &Problem) -> String {
    let mut letters = problem.detail.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if problem.detail.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// Starts a run of this scenario.
///
/// # Errors
/// [`ApiError`], as for every function here.
pub async fn start_run(scenario: &Scenario) -> Result<RunCreated, ApiError> {
    post("/api/runs", scenario).await
}

/// Starts runs that go one after another, all by one key.
///
/// # Errors
/// [`ApiError`].
pub async fn start_series(series: &NewSeries<&Scenario>) -> Result<SeriesCreated, ApiError> {
    post("/api/series", series).await
}

/// Stops a run, and with it its series. Whoever stops does not wait for what comes of it.
pub async fn stop(run: &RunCreated) {
    let upward = Upward { control: run.control.clone(), ask: Ask::Stop };
    let init = posted(&upward);
    let asked = leptos::prelude::window()
        .fetch_with_str_and_init(&format!("/api/runs/{}/ask", run.id), &init);
    let _ = JsFuture::from(asked).await;
}

/// How a run stands.
///
/// # Errors
/// [`ApiError`].
pub async fn run_status(id: &str) -> Result<RunStatus, ApiError> {
    fetch(&format!("/api/runs/{id}"), &RequestInit::new()).await
}

/// The scenarios that the server offers.
///
/// # Errors
/// [`ApiError`].
pub async fn examples() -> Result<Vec<Example>, ApiError> {
    fetch("/api/examples", &RequestInit::new()).await
}

async fn post<T: serde::de::DeserializeOwned>(
    address: &str,
    body: &impl serde::Serialize,
) -> Result<T, ApiError> {
    fetch(address, &posted(body)).await
}

fn posted(body: &impl serde::Serialize) -> RequestInit {
    let text = serde_json::to_string(body).expect("it has only text keys and finite numbers");
    let init = RequestInit::new();
    init.set_method("POST");
    let headers = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&headers, &"content-type".into(), &"application/json".into());
    init.set_headers(&headers);
    init.set_body(&JsValue::from_str(&text));
    init
}

async fn fetch<T: serde::de::DeserializeOwned>(
    address: &str,
    init: &RequestInit,
) -> Result<T, ApiError> {
    let window = leptos::prelude::window();
    let response = JsFuture::from(window.fetch_with_str_and_init(address, init))
        .await
        .map_err(|error| ApiError::Unreachable(js_message(&error)))?;
    let response: Response = response.unchecked_into();
    let text = match response.text() {
        Ok(text) => JsFuture::from(text).await,
        Err(error) => Err(error),
    };
    let text = text
        .map_err(|error| ApiError::Unreachable(js_message(&error)))?
        .as_string()
        .unwrap_or_default();
    if !response.ok() {
        let problem = serde_json::from_str(&text);
        let strange = |_| ApiError::Unreachable(format!("it answered {}", response.status()));
        return Err(problem.map_or_else(strange, ApiError::Refused));
    }
    serde_json::from_str(&text)
        .map_err(|error| ApiError::Unreachable(format!("its answer cannot be read: {error}")))
}

/// What JavaScript says of an error.
fn js_message(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => "no reason given".to_owned(),
    }
}
