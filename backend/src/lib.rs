//! The drivers of Futurescope and its command: real threads, real processes, and who watches them.
//!
//! `shared` knows what an executor *would* do. This crate makes it happen on the machine at hand and
//! tells the engine what really did:
//!
//! ```text
//!  futurescope serve           a server whose runs people follow in their browsers   (module `server`)
//!  futurescope run FILE        a parent that starts a runner and tells its story
//!     └─ futurescope runner    one run: engine, program, threads        (module `runner`)
//!          └─ futurescope worker   one process of a process pool        (module `runner::worker`)
//! ```
//!
//! One binary is all of them, so they always agree on the formats between them. They share no path and
//! no memory, only pipes and sockets that were made before the child locked itself down.
//!
//! - [`wire`]: what goes into a runner, and its exit codes.
//! - [`supervisor`]: a runner seen from outside: start it, read its log, say why it ended.
//! - [`runner`]: a runner seen from inside.
//! - [`server`]: many runs, over HTTP; the only module that knows of tokio.
//! - [`cli`]: the command line.

pub mod cli;
pub mod runner;
pub mod server;
pub mod supervisor;
pub mod wire;

#[cfg(all(test, feature = "shuttle"))]
mod interleavings;
