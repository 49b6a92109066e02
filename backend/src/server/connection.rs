//! Connections: how many there may be, and for how long one may be silent.
//!
//! Neither axum nor hyper ends a connection on which nothing happens. Here each one has a clock,
//! whoever uses it: a request that never comes to its end, a download that nobody reads, a socket.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use rustix::net::sockopt::set_socket_send_buffer_size;
use shared::limits;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep_until};

/// Bytes that the system keeps for a reader who is behind. Without it, it would be megabytes.
const SEND_BUFFER: usize = 128 * 1024;

/// How long to wait before the next `accept` when the system has nothing left for one.
const EXHAUSTED: Duration = Duration::from_millis(200);

/// Where connections come from.
pub struct Connections {
    listener: TcpListener,
    free: Arc<Semaphore>,
}

impl Connections {
    /// At most [`limits::CONNECTIONS`] from this listener; further ones wait in the system's queue.
    pub fn new(listener: TcpListener) -> Self {
        Self { listener, free: Arc::new(Semaphore::new(limits::CONNECTIONS)) }
    }
}

impl Listener for Connections {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let free = Arc::clone(&self.free).acquire_owned().await;
        let permit = free.expect("nobody closes it");
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    // Both only make it better: frames leave at once, and a stopped reader is cheap.
                    let _ = stream.set_nodelay(true);
                    let _ = set_socket_send_buffer_size(&stream, SEND_BUFFER);
                    return (Connection::new(stream, permit), address);
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(EXHAUSTED).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// Who is at the other end, for whoever answers.
#[derive(Clone)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// Bytes that it has taken so far.
    pub taken: Arc<AtomicU64>,
}

impl Connected<IncomingStream<'_, Connections>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Connections>) -> Self {
        Self { address: *stream.remote_addr(), taken: Arc::clone(&stream.io().taken) }
    }
}

/// A connection that ends itself when nothing happens on it for [`limits::SILENCE`].
pub struct Connection {
    stream: TcpStream,
    taken: Arc<AtomicU64>,
    /// When something happened last.
    last: Instant,
    clock: Pin<Box<Sleep>>,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    fn new(stream: TcpStream, permit: OwnedSemaphorePermit) -> Self {
        let last = Instant::now();
        let clock = Box::pin(sleep_until(last + silence()));
        Self { stream, taken: Arc::default(), last, clock, _permit: permit }
    }

    /// Nothing can be read or written now: for how long has that been so?
    fn still_silent<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        // The clock is set anew when it rings and not at each byte, which would cost more.
        while self.clock.as_mut().poll(cx).is_ready() {
            let due = self.last + silence();
            if due <= Instant::now() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.clock.as_mut().reset(due);
        }
        Poll::Pending
    }

    fn wrote(&mut self, written: io::Result<usize>) -> io::Result<usize> {
        let bytes = written?;
        self.last = Instant::now();
        self.taken.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

fn silence() -> Duration {
    Duration::from_nanos(limits::SILENCE.0)
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Pending => self.still_silent(cx),
            Poll::Ready(read) => {
                self.last = Instant::now();
                Poll::Ready(read)
            }
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(cx, bytes) {
            Poll::Pending => self.still_silent(cx),
            Poll::Ready(written) => Poll::Ready(self.wrote(written)),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write_vectored(cx, pieces) {
            Poll::Pending => self.still_silent(cx),
            Poll::Ready(written) => Poll::Ready(self.wrote(written)),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
