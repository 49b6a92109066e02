//! One viewer: a socket, and a place in a run's log.
//!
//! ```text
//!  Hello ─▶ Waiting … ─▶ frames from the one that has record N ─▶ … ─▶ EndOfRun ─▶ close 1000
//! ```
//!
//! Nothing is kept for a viewer but the message that it is taking. One that does not read stops here,
//! at its own place in the log; it is closed when it has taken nothing for a while. It is never
//! skipped: what it was not sent, it gets when it reads on, or when it comes back with `from=N`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Error;
use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use shared::limits;
use shared::protocol::http::{Downward, close};
use shared::protocol::record_json;
use shared::units::Seq;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::error::ProtocolError;

use super::app::App;
use super::connection::Peer;
use super::log::{self, Cursor};
use super::problem::Refusal;
use super::run::{Run, Stage};
use super::upward::{self, Bucket};

/// Refusals that wait for a viewer to read; further ones are not sent. It is enough for all that one
/// may send at once, and for the word that it was too much.
const REFUSALS: usize = 2 * limits::MESSAGES_A_SECOND as usize;

/// How long a viewer has to answer our close.
const GOODBYE: Duration = Duration::from_secs(2);

/// What a viewer wants.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// From which record on.
    pub from: Seq,
    /// Each record as JSON, not frames.
    pub json: bool,
}

/// One viewer of one run.
pub struct Viewer {
    app: Arc<App>,
    run: Arc<Run>,
    peer: Peer,
    wanted: Wanted,
    /// Pings since we heard something.
    unanswered: AtomicU32,
    _permit: OwnedSemaphorePermit,
}

/// Why a viewer's socket is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Farewell {
    /// It was sent the log to its end.
    Done,
    /// The server ends.
    Restart,
    /// It takes nothing.
    Stalled,
    /// It does not answer.
    Silent,
    /// It sent bytes that are no text.
    Binary,
    /// It sent a message that is too large.
    TooLarge,
    /// It sent what no websocket sends; with the code for that.
    Garbled(u16),
    /// We failed.
    Failed,
    /// There is nobody.
    Gone,
}

impl Farewell {
    fn frame(self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::Done => (close::DONE, "this is the whole log"),
            Self::Restart => (close::RESTART, "the server restarts: come back in a moment"),
            Self::Stalled => {
                (close::TRY_LATER, "nothing was read for too long: come back with from=N")
            }
            Self::Silent => (close::TRY_LATER, "pings were not answered: come back with from=N"),
            Self::Binary => (close::POLICY, "only text is understood here"),
            Self::TooLarge => (close::TOO_LARGE, "the message is too large"),
            Self::Garbled(code) => (code, "this breaks the rules of websockets"),
            Self::Failed => (close::FAILED, "the server failed: come back with from=N"),
            Self::Gone => return None,
        };
        Some(CloseFrame { code, reason: reason.into() })
    }
}

impl Viewer {
    /// A viewer who was let in.
    pub fn new(
        app: Arc<App>,
        run: Arc<Run>,
        peer: Peer,
        wanted: Wanted,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        run.viewers.fetch_add(1, Ordering::Relaxed);
        Self { app, run, peer, wanted, unanswered: AtomicU32::new(0), _permit: permit }
    }

    /// Sends it the log, and does what it asks, until one of us ends it.
    pub async fn serve(self, socket: WebSocket) {
        let (mut sink, mut stream) = socket.split();
        let (tell, told) = mpsc::channel(REFUSALS);
        let farewell = tokio::select! {
            farewell = self.listen(&mut stream, &tell) => farewell,
            farewell = self.tell(&mut sink, told) => farewell.unwrap_or_else(|farewell| farewell),
        };
        let Some(frame) = farewell.frame() else { return };
        // We read on until it has closed, too: to hang up on what it has sent would take from it
        // what it has not read yet.
        let _ = timeout(GOODBYE, async {
            sink.send(Message::Close(Some(frame))).await?;
            while stream.next().await.is_some() {}
            Ok::<(), Error>(())
        })
        .await;
    }

    /// Reads what it sends.
    async fn listen(
        &self,
        stream: &mut SplitStream<WebSocket>,
        tell: &mpsc::Sender<Downward>,
    ) -> Farewell {
        let mut bucket = Bucket::new(std::time::Instant::now());
        loop {
            let message = match stream.next().await {
                Some(Ok(message)) => message,
                Some(Err(error)) => return of_error(error),
                None => return Farewell::Gone,
            };
            self.unanswered.store(0, Ordering::Relaxed);
            match message {
                Message::Text(text) => {
                    if let Some(problem) = upward::take(&self.app, &self.run, &mut bucket, &text) {
                        // One who does not read its refusals need not have them.
                        let _ = tell.try_send(Downward::Refused(problem));
                    }
                }
                Message::Binary(_) => return Farewell::Binary,
                // Reading on answers both a ping and a close, and behind a close there is nothing.
                Message::Ping(_) | Message::Pong(_) | Message::Close(_) => {}
            }
        }
    }

    /// Sends it what it wants.
    async fn tell(
        &self,
        sink: &mut SplitSink<WebSocket, Message>,
        mut told: mpsc::Receiver<Downward>,
    ) -> Result<Farewell, Farewell> {
        let hello = Downward::Hello {
            run: self.run.id.clone(),
            from: self.wanted.from,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        self.send(sink, vec![text(&hello)]).await?;
        let mut changes = self.run.watch();
        let mut cursor = Cursor::new(self.wanted.from);
        let mut place = None;
        let mut pings = interval(Duration::from_nanos(limits::PING.0));
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.tick().await;
        loop {
            let stage = changes.borrow_and_update().stage;
            match stage {
                Stage::Waiting(now) if place != Some(now) => {
                    place = Some(now);
                    self.send(sink, vec![text(&Downward::Waiting { place: now })]).await?;
                }
                Stage::Dropped => {
                    let problem = Refusal::restarting().into_problem();
                    self.send(sink, vec![text(&Downward::Refused(problem))]).await?;
                    return Ok(Farewell::Restart);
                }
                Stage::Waiting(_) | Stage::Running | Stage::Ended(_) => {}
            }
            while let Some(bytes) = cursor.advance(&self.run.log) {
                let messages = self.messages(bytes).await?;
                self.send(sink, messages).await?;
                while let Ok(refused) = told.try_recv() {
                    self.send(sink, vec![text(&refused)]).await?;
                }
            }
            if let Stage::Ended(_) = stage {
                // Its stage was looked at before its log: this was all.
                return Ok(Farewell::Done);
            }
            tokio::select! {
                changed = changes.changed() => changed.map_err(|_| Farewell::Failed)?,
                Some(refused) = told.recv() => self.send(sink, vec![text(&refused)]).await?,
                _ = pings.tick() => {
                    if self.unanswered.fetch_add(1, Ordering::Relaxed) >= 2 {
                        return Ok(Farewell::Silent);
                    }
                    self.send(sink, vec![Message::Ping(Bytes::new())]).await?;
                }
                () = self.app.closing.cancelled() => return Ok(Farewell::Restart),
            }
        }
    }

    /// Frames as they are, or their records as text.
    async fn messages(&self, bytes: Bytes) -> Result<Vec<Message>, Farewell> {
        if !self.wanted.json {
            return Ok(vec![Message::Binary(bytes)]);
        }
        let from = self.wanted.from;
        let messages = spawn_blocking(move || {
            let records = log::records(&bytes)?;
            let wanted = records.iter().filter(|record| record.seq >= from);
            Ok(wanted.map(|record| Message::text(record_json(record))).collect())
        });
        let messages: Result<_, shared::protocol::ProtocolError> =
            messages.await.map_err(|_| Farewell::Failed)?;
        messages.map_err(|error| {
            tracing::error!(run = self.run.id, %error, "a log that we keep cannot be read");
            Farewell::Failed
        })
    }

    /// Sends messages, as long as they are taken.
    async fn send(
        &self,
        sink: &mut SplitSink<WebSocket, Message>,
        messages: Vec<Message>,
    ) -> Result<(), Farewell> {
        let sending = async {
            for message in messages {
                sink.feed(message).await?;
            }
            sink.flush().await
        };
        tokio::pin!(sending);
        let stalled = Duration::from_nanos(self.app.config.patience.stalled.0);
        let taken = || self.peer.taken.load(Ordering::Relaxed);
        let mut before = taken();
        loop {
            tokio::select! {
                biased;
                sent = &mut sending => return sent.map_err(|_| Farewell::Gone),
                () = self.app.closing.cancelled() => return Err(Farewell::Restart),
                () = sleep(stalled) => {
                    if taken() == before {
                        return Err(Farewell::Stalled);
                    }
                    before = taken();
                }
            }
        }
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.run.viewers.fetch_sub(1, Ordering::Relaxed);
    }
}

fn text(downward: &Downward) -> Message {
    let json = serde_json::to_string(downward).expect("it is text and numbers");
    Message::text(json)
}

fn of_error(error: Error) -> Farewell {
    let Ok(error) = error.into_inner().downcast::<tungstenite::Error>() else {
        return Farewell::Gone;
    };
    match *error {
        tungstenite::Error::Capacity(_) => Farewell::TooLarge,
        tungstenite::Error::Utf8(_) => Farewell::Garbled(close::NOT_TEXT),
        tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Farewell::Gone,
        tungstenite::Error::Protocol(_) => Farewell::Garbled(close::PROTOCOL),
        _ => Farewell::Gone,
    }
}
