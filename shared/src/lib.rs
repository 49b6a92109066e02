//! The heart of Futurescope: one pure engine, and all that can be known from its log.
//!
//! This crate reads no clock, does no I/O, spawns nothing, and iterates only ordered collections. It
//! compiles natively and to WebAssembly, and behaves the same in both.
//!
//! ```text
//!  scenario ──▶ program ──commands──▶ ┌────────┐ ──records──▶ log ──▶ view (story, normal form, …)
//!                  ▲                  │ engine │
//!                  └────answers────── └────────┘ ◀──facts── driver: simulator, threads, processes
//!                                          └──────effects──────▲
//! ```
//!
//! Layers, each knowing only those before it:
//! [`units`], [`window`], [`value`] and [`rng`] ◀ [`function`] ◀ [`graph`] ◀ [`scenario`] ◀ [`engine`] ◀
//! [`program`] ◀ [`sim`]; beside it [`engine::event`] ◀ [`view`] and [`protocol`], and behind that [`export`].

pub mod engine;
pub mod export;
pub mod function;
pub mod golden;
pub mod graph;
pub mod limits;
pub mod link;
pub mod listing;
pub mod outcome;
pub mod program;
pub mod protocol;
pub mod rng;
pub mod scenario;
pub mod sim;
pub mod units;
pub mod value;
pub mod view;
pub mod window;
