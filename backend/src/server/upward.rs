//! What comes up a socket: a few messages a second, of those who have the key.

use std::sync::Arc;
use std::time::Instant;

use axum::http::StatusCode;
use shared::limits;
use shared::protocol::http::{Problem, Upward};

use super::app::App;
use super::problem::Refusal;
use super::run::Run;

/// The messages that one socket may send: [`limits::MESSAGES_A_SECOND`] at once, and again as many
/// with each second.
#[derive(Debug)]
pub struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    /// A full one.
    pub fn new(now: Instant) -> Self {
        Self { left: f64::from(limits::MESSAGES_A_SECOND), at: now }
    }

    /// Takes one, if there is one.
    pub fn take(&mut self, now: Instant) -> bool {
        let size = f64::from(limits::MESSAGES_A_SECOND);
        let since = now.duration_since(self.at).as_secs_f64();
        self.left = (self.left + since * size).min(size);
        self.at = now;
        let some = self.left >= 1.0;
        if some {
            self.left -= 1.0;
        }
        some
    }
}

/// Does what a message asks for; returns why not.
pub fn take(app: &Arc<App>, run: &Arc<Run>, bucket: &mut Bucket, text: &str) -> Option<Problem> {
    if !bucket.take(Instant::now()) {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let detail =
            "too many messages on this socket: this one was not read, try again in a second";
        return Some(Refusal::busy(status, "messages on a socket", 1, detail).into_problem());
    }
    let upward: Upward = match serde_json::from_str(text) {
        Ok(upward) => upward,
        Err(error) => return Some(not_understood(&error).into_problem()),
    };
    app.desk.ask(app, run, upward).err().map(Refusal::into_problem)
}

/// A message, or a body, that asks for nothing that there is.
pub fn not_understood(error: &serde_json::Error) -> Refusal {
    let form = r#"{"control": KEY, "ask": "stop"} or {"control": KEY, "ask": {"act": …}}"#;
    let detail = format!("this is not understood: {error}; it must be {form}");
    Refusal::request(StatusCode::BAD_REQUEST, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_bucket_gives_twenty_at_once_and_one_every_fiftieth_of_a_second() {
        let start = Instant::now();
        let mut bucket = Bucket::new(start);
        let taken = |bucket: &mut Bucket, now| (0..100).filter(|_| bucket.take(now)).count();
        assert_eq!(taken(&mut bucket, start), 20);
        assert_eq!(taken(&mut bucket, start + Duration::from_millis(101)), 2);
        assert_eq!(taken(&mut bucket, start + Duration::from_mins(10)), 20);
    }
}
