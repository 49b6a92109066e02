//! The way out: no new runs, time for those that run, and a word to everybody who follows.

use std::future::{Future, IntoFuture};
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::app::App;

/// How long what takes no time may take: to kill stopped runs, to say goodbye, to finish an answer.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How long viewers have to take the end of their logs, once all runs have ended.
const CATCH_UP: Duration = Duration::from_secs(1);

/// SIGINT and SIGTERM: the first asks the server to end, the second ends it on the spot with
/// `exit_code`. Runners die with it, too.
///
/// # Errors
/// If the system does not let us hear of signals.
pub fn asked_to_end(exit_code: i32) -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        either(&mut interrupt, &mut terminate).await;
        tokio::spawn(async move {
            either(&mut interrupt, &mut terminate).await;
            tracing::warn!("asked to end a second time");
            std::process::exit(exit_code);
        });
    })
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Brings everything to its end.
pub async fn drain(app: &Arc<App>) {
    tracing::info!(runs = app.running.len(), "the server is asked to end, and takes no new runs");
    app.desk.close();
    app.running.close();
    let patience = Duration::from_nanos(app.config.patience.drain.0);
    if timeout(patience, app.running.wait()).await.is_err() {
        tracing::info!(runs = app.running.len(), "runs that have not ended are stopped");
        app.desk.stop_all();
        or_give_up(app.running.wait()).await;
    }
    let stock = Arc::clone(&app.stock);
    or_give_up(spawn_blocking(move || stock.clear())).await;
    app.sockets.close();
    // All logs have their ends now, and whoever reads is closed for that reason.
    let _ = timeout(CATCH_UP, app.sockets.wait()).await;
    app.closing.cancel();
    or_give_up(app.sockets.wait()).await;
}

/// Waits for what should take no time, and goes on without it if it does.
pub async fn or_give_up(what: impl IntoFuture) {
    if timeout(LAST_WORDS, what).await.is_err() {
        tracing::warn!("something did not end in time, and is left behind");
    }
}
