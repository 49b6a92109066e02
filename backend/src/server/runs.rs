//! The addresses of runs.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, Path, Query, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use serde_json::value::RawValue;
use shared::limits;
use shared::protocol::http::{NewSeries, ProblemKind, RunCreated, SeriesCreated, Upward};
use shared::protocol::{MAX_BODY_BYTES, ProtocolError, record_json};
use shared::scenario::{Scenario, ScenarioError};
use shared::units::Seq;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::app::App;
use super::connection::Peer;
use super::line::known_by;
use super::live::{Viewer, Wanted};
use super::log::{self, Cursor};
use super::problem::Refusal;
use super::run::{Given, Run, Stage};
use super::upward::not_understood;

type Found = Result<Path<String>, PathRejection>;

/// `POST /api/runs`: a scenario, to be run.
pub async fn create(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
) -> Result<Response, Refusal> {
    let (text, _held) = read_json(&app, request, limits::SCENARIO_BYTES, "scenario file").await?;
    app.desk.is_open()?;
    let checked = spawn_blocking(move || check(&text, "")).await;
    let given = checked.map_err(|_| Refusal::internal())??;
    let address = known_by(peer.address.ip());
    let runs = app.desk.take_on(&app, address, &[given], 1)?;
    let created = created(&runs[0]);
    let at = created.run.clone();
    Ok((StatusCode::CREATED, [(LOCATION, at)], Json(created)).into_response())
}

/// `POST /api/series`: scenarios, to be run one after another.
pub async fn create_series(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
) -> Result<Response, Refusal> {
    let (text, _held) = read_json(&app, request, limits::SCENARIO_BYTES, "scenario file").await?;
    app.desk.is_open()?;
    let checked = spawn_blocking(move || check_series(&text)).await;
    let (given, times) = checked.map_err(|_| Refusal::internal())??;
    let address = known_by(peer.address.ip());
    let runs = app.desk.take_on(&app, address, &given, times)?;
    let created = SeriesCreated { runs: runs.iter().map(|run| created(run)).collect() };
    Ok((StatusCode::CREATED, Json(created)).into_response())
}

/// What is said of a run that was taken on.
fn created(run: &Run) -> RunCreated {
    let place = match run.stage() {
        Stage::Waiting(place) => Some(place),
        Stage::Running | Stage::Ended(_) | Stage::Dropped => None,
    };
    let at = format!("/api/runs/{}", run.id);
    RunCreated {
        id: run.id.clone(),
        control: run.key.clone(),
        records: format!("{at}/records"),
        live: format!("{at}/live"),
        page: format!("/run/{}", run.id),
        run: at,
        place,
    }
}

/// The scenarios of a series that can be run, and how often all of them shall be, or why they cannot.
fn check_series(text: &str) -> Result<(Vec<Given>, usize), Refusal> {
    let series: NewSeries<&RawValue> = serde_json::from_str(text).map_err(|error| {
        let form = r#"{"scenarios": [SCENARIO, …], "times": NUMBER}"#;
        let detail = format!("this is not understood: {error}; it must be {form}");
        Refusal::request(StatusCode::BAD_REQUEST, detail)
    })?;
    let NewSeries { scenarios, times } = series;
    let most = limits::SERIES_RUNS;
    let times = times as usize;
    let count = scenarios.len().saturating_mul(times);
    if !(1..=most).contains(&count) {
        let detail = format!(
            "a series has 1 to {most} runs, and this one would have {count}: those are its \
             scenarios, each as many times as it says"
        );
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Err(Refusal::request(status, detail).limited_by("runs of a series"));
    }
    let places = (0..).map(|place| format!("/scenarios/{place}"));
    let given = scenarios.iter().zip(places).map(|(text, at)| check(text.get(), &at));
    Ok((given.collect::<Result<_, _>>()?, times))
}

/// A scenario that can be run, or why it cannot; it stands at this place of the body.
fn check(text: &str, place: &str) -> Result<Given, Refusal> {
    let wrong = |error: ScenarioError| {
        let error = ScenarioError { at: format!("{place}{}", error.at), ..error };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Refusal::new(ProblemKind::Scenario, status, error.to_string()).at(error.at)
    };
    let scenario = Scenario::parse(text).map_err(wrong)?;
    let plan = scenario.check().map_err(wrong)?;
    Ok(Given { scenario: Arc::new(plan.scenario), text: text.into() })
}

/// `GET /api/runs/{id}`: how it stands.
pub async fn status(State(app): State<Arc<App>>, id: Found) -> Result<Response, Refusal> {
    let run = find(&app, id)?;
    // A scenario can be megabytes, which take their time to be written.
    let status = spawn_blocking(move || Some(Json(run.status()?).into_response())).await;
    status.map_err(|_| Refusal::internal())?.ok_or_else(Refusal::unknown_run)
}

/// `POST /api/runs/{id}/ask`: act on it, or stop it.
pub async fn ask(
    State(app): State<Arc<App>>,
    id: Found,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let (text, _held) =
        read_json(&app, request, limits::MESSAGE_BYTES, "message on the socket").await?;
    let upward: Upward = serde_json::from_str(&text).map_err(|error| not_understood(&error))?;
    let run = find(&app, id)?;
    app.desk.ask(&app, &run, upward)?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/runs/{id}/records`: all records so far, as a JSON array with one a line.
pub async fn records(State(app): State<Arc<App>>, id: Found) -> Result<Response, Refusal> {
    let run = find(&app, id)?;
    let permit = Arc::clone(&app.downloads).try_acquire_owned().map_err(|_| {
        let detail = "too many logs are being downloaded: try again in a moment";
        Refusal::busy(StatusCode::SERVICE_UNAVAILABLE, "downloads at once", 5, detail)
    })?;
    let download = Download::new(run, permit);
    // Fused, because compression asks again behind the end.
    let parts = stream::unfold(download, Download::next).fuse();
    let mut response = Body::from_stream(parts).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// A log on its way as JSON, a part at a time: each is unpacked when the one before was taken, and
/// beside the threads that serve.
struct Download {
    run: Arc<Run>,
    cursor: Cursor,
    /// What comes in the meantime is not waited for: this is the log as it was asked for.
    end: usize,
    stage: Part,
    _permit: OwnedSemaphorePermit,
}

/// What is next of an array.
enum Part {
    First,
    Further,
    Nothing,
}

impl Download {
    fn new(run: Arc<Run>, permit: OwnedSemaphorePermit) -> Self {
        let end = run.watch().borrow().chunks;
        Self { run, cursor: Cursor::new(0), end, stage: Part::First, _permit: permit }
    }

    async fn next(mut self) -> Option<(Result<Bytes, ProtocolError>, Self)> {
        let before = match self.stage {
            Part::First => "[",
            Part::Further => ",",
            Part::Nothing => return None,
        };
        let part = match self.cursor.advance_to(&self.run.log, self.end) {
            Some(bytes) => {
                self.stage = Part::Further;
                spawn_blocking(move || array_part(before, &bytes)).await
            }
            None => {
                let none = matches!(self.stage, Part::First);
                self.stage = Part::Nothing;
                Ok(Ok(Bytes::from_static(if none { b"[]" } else { b"\n]" })))
            }
        };
        let part = part.expect("unpacking does not panic, whatever the bytes are");
        if let Err(error) = &part {
            tracing::error!(run = self.run.id, %error, "a log that we keep cannot be read");
            self.stage = Part::Nothing;
        }
        Some((part, self))
    }
}

/// Records as elements of an array, each on a line of its own.
fn array_part(before: &str, bytes: &[u8]) -> Result<Bytes, ProtocolError> {
    let mut text = String::new();
    for (place, record) in log::records(bytes)?.iter().enumerate() {
        text.push_str(if place == 0 { before } else { "," });
        text.push('\n');
        text.push_str(&record_json(record));
    }
    Ok(text.into())
}

/// What may be asked of a socket.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveQuery {
    #[serde(default)]
    from: Seq,
    #[serde(default)]
    format: Format,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Frames,
    Json,
}

/// `GET /api/runs/{id}/live`: the log on a socket.
pub async fn live(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    id: Found,
    query: Result<Query<LiveQuery>, QueryRejection>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    let run = find(&app, id)?;
    let Query(LiveQuery { from, format }) = query.map_err(|error| {
        let detail = format!("{}; it takes from=NUMBER and format=json", error.body_text());
        Refusal::request(StatusCode::BAD_REQUEST, detail)
    })?;
    let upgrade = upgrade.map_err(|error| {
        let detail = format!("this address is a websocket: {}", error.body_text());
        Refusal::request(error.into_response().status(), detail)
    })?;
    let permit = Arc::clone(&app.viewers).try_acquire_owned().map_err(|_| {
        let detail = "there are as many viewers as the server can serve: try again in a moment";
        Refusal::busy(StatusCode::SERVICE_UNAVAILABLE, "viewers at once", 10, detail)
    })?;
    let wanted = Wanted { from, json: format == Format::Json };
    // Counted from here on: the task of a socket is none of axum's concern.
    let tracked = app.sockets.token();
    let viewer = Viewer::new(app, run, peer, wanted, permit);
    let upgrade = upgrade
        .max_message_size(limits::MESSAGE_BYTES)
        .max_frame_size(limits::MESSAGE_BYTES)
        .read_buffer_size(4 * 1024)
        .write_buffer_size(8 * 1024)
        // One message is written at a time, and none is larger than a frame as JSON.
        .max_write_buffer_size(16 * MAX_BODY_BYTES);
    Ok(upgrade.on_upgrade(async move |socket| {
        viewer.serve(socket).await;
        drop(tracked);
    }))
}

fn find(app: &App, id: Found) -> Result<Arc<Run>, Refusal> {
    let Path(id) = id.map_err(|_| Refusal::unknown_run())?;
    app.desk.find(&id)
}

/// The body of a request, which must be JSON of at most `most` bytes, and what it holds of the memory
/// for all bodies.
async fn read_json(
    app: &App,
    request: Request,
    most: usize,
    limit: &str,
) -> Result<(String, Held), Refusal> {
    let (parts, body) = request.into_parts();
    let time = Duration::from_nanos(limits::BODY.0);
    let bytes =
        timeout(time, read(&app.bodies, body, &parts.headers, most)).await.map_err(|_| {
            let seconds = time.as_secs();
            let detail = format!("the body did not come within {seconds} s: send it again");
            Refusal::request(StatusCode::REQUEST_TIMEOUT, detail)
        })??;
    let Some((bytes, held)) = bytes else {
        let detail = format!("the body is too large; at most {most} bytes are allowed");
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        return Err(Refusal::request(status, detail).limited_by(limit));
    };
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    let essence = kind.split(';').next().unwrap_or("").trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let detail = "the body must come with Content-Type: application/json";
        return Err(Refusal::request(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        let detail = format!("the body is not text in UTF-8, from byte {place} on");
        Refusal::request(StatusCode::BAD_REQUEST, detail)
    })?;
    Ok((text, held))
}

/// What a body holds of the memory for all bodies; none if it is empty.
type Held = Option<OwnedSemaphorePermit>;

/// The bytes of a body; none if they are too many.
///
/// They are read nevertheless, up to a multiple: whoever is still sending when we hang up never sees
/// our answer.
async fn read(
    free: &Arc<Semaphore>,
    body: Body,
    headers: &HeaderMap,
    most: usize,
) -> Result<Option<(Vec<u8>, Held)>, Refusal> {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let patience = most.saturating_mul(16);
    let waits = headers.contains_key(EXPECT);
    if length.is_some_and(|length: usize| length > patience || waits && length > most) {
        return Ok(None);
    }
    let (mut bytes, mut held): (_, Held) = (Vec::new(), None);
    let mut total = 0;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| {
            Refusal::request(StatusCode::BAD_REQUEST, "the body broke off: send it again")
        })?;
        total += piece.len();
        if total <= most {
            // Held as it comes: a body that is announced and never sent holds nothing.
            let more = hold(free, piece.len())?;
            match &mut held {
                Some(held) => held.merge(more),
                None => held = Some(more),
            }
            bytes.extend_from_slice(&piece);
        } else {
            (bytes, held) = (Vec::new(), None);
        }
        if total > patience {
            break;
        }
    }
    Ok((total <= most).then_some((bytes, held)))
}

fn hold(free: &Arc<Semaphore>, bytes: usize) -> Result<OwnedSemaphorePermit, Refusal> {
    let permits = u32::try_from(bytes).ok();
    let held = permits.and_then(|permits| Arc::clone(free).try_acquire_many_owned(permits).ok());
    held.ok_or_else(|| {
        let detail = "too many requests are being read: send it again in a moment";
        Refusal::busy(StatusCode::SERVICE_UNAVAILABLE, "requests at once", 2, detail)
    })
}
