//! What all requests share.

use std::net::SocketAddr;
use std::sync::Arc;

use shared::limits;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::config::Config;
use super::desk::Desk;
use crate::supervisor::Stock;

/// A server's state.
pub struct App {
    /// What it was told.
    pub config: Config,
    /// Where it listens.
    pub address: SocketAddr,
    /// Every run that is known.
    pub desk: Desk,
    /// Runners that wait.
    pub stock: Arc<Stock>,
    /// One task for each series that runs, most often of one run.
    pub running: TaskTracker,
    /// One task for each socket, which axum forgets.
    pub sockets: TaskTracker,
    /// Sockets that may still be opened.
    pub viewers: Arc<Semaphore>,
    /// Bytes that the bodies of requests may still have.
    pub bodies: Arc<Semaphore>,
    /// Downloads of records that may still begin.
    pub downloads: Arc<Semaphore>,
    /// Thrown when all connections are to be closed.
    pub closing: CancellationToken,
}

impl App {
    /// A server's state before its first request.
    pub fn new(config: Config, address: SocketAddr) -> Self {
        let at_once = config.at_once.max(1);
        Self {
            address,
            desk: Desk::new(at_once),
            stock: Arc::new(Stock::new(config.exe.clone(), at_once)),
            running: TaskTracker::new(),
            sockets: TaskTracker::new(),
            viewers: Arc::new(Semaphore::new(limits::VIEWERS)),
            bodies: Arc::new(Semaphore::new(limits::BODIES_BYTES)),
            downloads: Arc::new(Semaphore::new(limits::DOWNLOADS)),
            closing: CancellationToken::new(),
            config,
        }
    }

    /// Starts the runners that are missing in the stock, and does not wait for it.
    pub fn refill(&self) {
        let stock = Arc::clone(&self.stock);
        spawn_blocking(move || {
            if let Err(error) = stock.refill() {
                tracing::warn!(%error, "no runner could be started ahead");
            }
        });
    }
}
