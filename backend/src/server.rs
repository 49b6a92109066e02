//! The server: runs over HTTP, and their logs on sockets, to as many as like to follow.
//!
//! ```text
//!  POST /api/runs ──▶ check ──▶ line ──permit──▶ stock of idle runners ──▶ supervisor (a thread)
//!                                                                             │ sealed frames
//!  GET …/live ──▶ viewer ◀── one tick a run ◀── log: an append-only list ◀────┘
//! ```
//!
//! - `routes.rs` says which address is answered by what; `security.rs` and `problem.rs` stand around it.
//! - `desk.rs` knows every run by its name and lets them run in the order of `line.rs`; `run.rs` is
//!   one of them, from the line to its end, and `series.rs` several that stand in the line as one.
//! - `log.rs` is what a run's viewers read from; `live.rs` is one viewer, who owns nothing but a place
//!   in that log: one that does not read costs the buffers of its socket, and nobody waits for it.
//! - `drain.rs` is the way out.
//!
//! Only this module knows of tokio. Runs are plain threads and processes (see
//! [`supervisor`](crate::supervisor)); what they call, a log's `push`, never waits. Nothing is stored:
//! when the server ends, its logs are gone.

mod app;
mod config;
mod connection;
mod desk;
mod drain;
mod examples;
mod functions;
mod kept;
mod keys;
mod layers;
mod line;
mod live;
mod log;
mod page;
mod problem;
mod routes;
mod run;
mod runs;
mod security;
mod series;
mod upward;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use app::App;
use connection::{Connections, Peer};

pub use config::{Config, Origin, Patience};
pub use drain::asked_to_end;

/// A server that listens, and does not answer yet.
pub struct Server {
    connections: Connections,
    address: SocketAddr,
    app: Arc<App>,
}

impl Server {
    /// Takes the address of the configuration; with port 0 the system picks one.
    ///
    /// # Errors
    /// What the system said, most likely that the address is in use.
    pub async fn bind(config: Config) -> io::Result<Self> {
        let listener = TcpListener::bind(config.listen).await?;
        let address = listener.local_addr()?;
        let app = Arc::new(App::new(config, address));
        Ok(Self { connections: Connections::new(listener), address, app })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `asked_to_end` comes; then lets runs end, tells everybody, and returns.
    pub async fn run(self, asked_to_end: impl Future<Output = ()>) {
        let app = self.app;
        app.refill();
        let service = routes::router(&app).into_make_service_with_connect_info::<Peer>();
        let closing = app.closing.clone();
        let serving = axum::serve(self.connections, service)
            .with_graceful_shutdown(async move { closing.cancelled().await });
        let serving = tokio::spawn(serving.into_future());
        asked_to_end.await;
        drain::drain(&app).await;
        drain::or_give_up(serving).await;
    }
}
